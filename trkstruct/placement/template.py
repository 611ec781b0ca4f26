"""Conformers of a ligand laid on the part that it shares with a template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ligands.chemistry import silence
from ..reference import read_json

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["Start", "common", "labelled", "similarity", "starts", "ways"]

Floats = NDArray[np.float64]
#: An atom of the ligand and one of the template.
Pair = tuple[int, int]

#: Larger rings are macrocycles, whose atoms count as those of a chain.
_SMALL_RING = 8


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A conformer laid on a template.

    Parameters
    ----------
    coords : (n, 3) float64
        All atoms of the ligand in angstrom, heavy atoms first.
    pairs : tuple of (int, int)
        Ligand atom and template atom of the part that they share.
    rmsd_ang : float
        How well that part lies on the template.
    """

    coords: Floats
    pairs: tuple[tuple[int, int], ...]
    rmsd_ang: float


def similarity(ligand: Mol, template: Mol) -> float:
    """Compare two molecules by their Morgan fingerprints of radius 2.

    Parameters
    ----------
    ligand, template : rdkit.Chem.Mol
        Heavy atoms.

    Returns
    -------
    float
        Tversky similarity, which asks how much of the ligand the template has.
    """
    from rdkit import DataStructs
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    one, two = generator.GetCountFingerprint(ligand), generator.GetCountFingerprint(template)
    return float(DataStructs.TverskySimilarity(one, two, 0.7, 0.3))


def labelled(mol: Mol) -> Mol:
    """Label atoms by what may stand for one another in a binding site.

    An aromatic atom stands for any other in rings of the same sizes, whatever its element:
    bioisosteric ring systems lie on each other. An atom of a small ring stands for one of
    the same element in a ring of that size; any other, macrocycles' atoms among them, for
    one of the same element.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Heavy atoms.

    Returns
    -------
    rdkit.Chem.Mol
        A copy with the labels in place of isotopes.
    """
    from rdkit import Chem

    copy = Chem.Mol(mol)
    sizes: dict[int, list[int]] = {}
    for ring in mol.GetRingInfo().AtomRings():
        if len(ring) <= _SMALL_RING:
            for index in ring:
                sizes.setdefault(index, []).append(len(ring))
    for atom in copy.GetAtoms():
        own = sorted(sizes.get(atom.GetIdx(), []))
        if atom.GetIsAromatic():
            label = 1000 + sum(size * 10**power for power, size in enumerate(own))
        elif own:
            label = 200 + 100 * own[0] + atom.GetAtomicNum()
        else:
            label = atom.GetAtomicNum()
        atom.SetIsotope(label)
    return copy


def common(ligand: Mol, template: Mol, *, whole_rings: bool) -> Mol:
    """Find the largest substructure that two molecules share.

    Parameters
    ----------
    ligand, template : rdkit.Chem.Mol
        As they are, or both from `labelled`.
    whole_rings : bool
        Compare elements, and match rings only whole and with rings; else compare the labels
        alone, which know rings.

    Returns
    -------
    rdkit.Chem.Mol
        A query; without atoms if nothing is shared.
    """
    from rdkit import Chem
    from rdkit.Chem import rdFMCS

    found = rdFMCS.FindMCS(
        [ligand, template],
        atomCompare=(
            rdFMCS.AtomCompare.CompareElements
            if whole_rings
            else rdFMCS.AtomCompare.CompareIsotopes
        ),
        bondCompare=rdFMCS.BondCompare.CompareOrder,
        ringMatchesRingOnly=whole_rings,
        completeRingsOnly=whole_rings,
        timeout=int(read_json("placement.json")["mcs_timeout_s"]),
    )
    return Chem.MolFromSmarts(found.smartsString) if found.numAtoms else Chem.Mol()


def ways(ligand: Mol, template: Mol, query: Mol, labels: bool) -> list[tuple[Pair, ...]]:
    """Return the ways of laying the shared part of one molecule on the other.

    Parameters
    ----------
    ligand, template : rdkit.Chem.Mol
        Heavy atoms.
    query : rdkit.Chem.Mol
        From `common`.
    labels : bool
        Whether it was found by labels.

    Returns
    -------
    list of tuple of (int, int)
        Atoms of the ligand and of the template.
    """
    one, two = (labelled(ligand), labelled(template)) if labels else (ligand, template)
    mine = one.GetSubstructMatches(query, uniquify=False, maxMatches=64)
    theirs = two.GetSubstructMatches(query, uniquify=True, maxMatches=8)
    found = {tuple(sorted(zip(a, b, strict=True))) for a in mine for b in theirs}
    # Ways that differ by a symmetry of the ligand give the same poses.
    alike = ligand.GetSubstructMatches(ligand, uniquify=False, useChirality=True, maxMatches=64)
    first = {min(tuple(sorted((own[a], b) for a, b in way)) for own in alike) for way in found}
    return sorted(first)[: int(read_json("placement.json")["maps"])]


def starts(
    ligand: Mol, template: Mol, laid_on: Sequence[tuple[Pair, ...]], seed: int
) -> Iterator[Start]:
    """Embed conformers whose shared part lies on the template's.

    Parameters
    ----------
    ligand : rdkit.Chem.Mol
        With all its hydrogens, heavy atoms first.
    template : rdkit.Chem.Mol
        Heavy atoms with a conformer in the frame of the pocket.
    laid_on : sequence of tuple of (int, int)
        From `ways`.
    seed : int
        Of the random numbers.

    Yields
    ------
    Start

    References
    ----------
    ETKDGv3: Wang et al. 2020, doi:10.1021/acs.jcim.0c00025, with its terms for macrocycles.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom, rdMolAlign
    from rdkit.Geometry import Point3D

    settings = read_json("placement.json")
    positions = template.GetConformer().GetPositions()
    each = max(int(settings["least_conformers"]), int(settings["conformers"]) // len(laid_on))
    for pairs in laid_on:
        laid = Chem.Mol(ligand)
        with silence():
            numbers = []
            for fixed in (True, False):
                # A ring that cannot close on the template's coordinates is embedded freely.
                how: Any = rdDistGeom.ETKDGv3()
                # RDKit multiplies the seed by the conformer's number: zero makes all alike.
                how.randomSeed = 1 + seed % 1_000_000
                how.useMacrocycleTorsions = True
                how.useSmallRingTorsions = True
                how.maxIterations = 5 if fixed else 50
                if fixed:
                    how.SetCoordMap({a: Point3D(*map(float, positions[b])) for a, b in pairs})
                numbers = list(rdDistGeom.EmbedMultipleConfs(laid, each, how))
                if numbers:
                    break
            for number in numbers:
                rmsd = rdMolAlign.AlignMol(laid, template, prbCid=number, atomMap=list(pairs))
                yield Start(laid.GetConformer(number).GetPositions(), pairs, float(rmsd))
