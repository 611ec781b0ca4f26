"""From raw atoms to residues in arrays; every choice is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import StructureFileError
from ..residues import BACKBONE_ATOMS, SIDE_CHAIN_ATOMS, Finding
from ._classes import classify, find_gaps, order_chains
from ._conformers import choose_conformers
from ._parts import Altloc, Draft, Gap, Residue, counted, listed
from ._raw import RawAtom, RawFile, threshold

__all__ = ["Assembly", "assemble"]


@dataclass(slots=True)
class Assembly:
    """What `assemble` has built: the fields of a Structure."""

    coords: NDArray[np.float64]
    atom_names: NDArray[np.str_]
    elements: NDArray[np.str_]
    residue_index: NDArray[np.int32]
    occupancy: NDArray[np.float64]
    b_factor: NDArray[np.float64]
    residues: tuple[Residue, ...]
    gaps: tuple[Gap, ...]
    altlocs: tuple[Altloc, ...]
    findings: tuple[Finding, ...]


def assemble(raw: RawFile, altloc: str = "occupancy") -> Assembly:
    """Choose conformers, classify residues, order chains and note what is missing.

    Parameters
    ----------
    raw : RawFile
        Atoms of one model.
    altloc : str
        ``occupancy`` (the conformer with the largest summed occupancy in each residue),
        ``first``, or the letter of the conformer to read where a residue has it.

    Returns
    -------
    Assembly

    Raises
    ------
    StructureError
        If `altloc` is something else, or no residue has that letter.
    StructureFileError
        If there is no heavy atom.
    """
    findings = list(raw.findings)
    heavy = [a for a in raw.atoms if a.element not in ("H", "D")]
    if len(heavy) < len(raw.atoms):
        findings.append(
            Finding(
                "hydrogens",
                f"{len(raw.atoms) - len(heavy)} hydrogens were set aside: atoms are united with "
                "their hydrogens here.",
            )
        )
    if not heavy:
        raise StructureFileError("The structure has no heavy atoms.")
    drafts, altlocs = choose_conformers(heavy, altloc, findings)
    links = classify(drafts, raw.parents, findings)
    drafts = order_chains(drafts, links, findings)
    gaps = find_gaps(drafts)
    residues, atoms, names = _finish(drafts)
    arrays = {
        "coords": np.array([(a.x, a.y, a.z) for a in atoms], dtype=np.float64),
        "occupancy": np.array([a.occupancy for a in atoms], dtype=np.float64),
        "b_factor": np.array([a.b_factor for a in atoms], dtype=np.float64),
        "atom_names": np.array(names),
        "elements": np.array([a.element for a in atoms]),
        "residue_index": np.array(
            [r.index for r in residues for _ in range(r.n_atoms)], dtype=np.int32
        ),
    }
    findings += _content_findings(residues, gaps, arrays["occupancy"], arrays["b_factor"])
    findings += _joined_ligands(residues, arrays["coords"])
    return Assembly(
        **arrays,
        residues=tuple(residues),
        gaps=tuple(gaps),
        altlocs=tuple(altlocs),
        findings=tuple(findings),
    )


def _finish(drafts: Sequence[Draft]) -> tuple[list[Residue], list[RawAtom], list[str]]:
    residues: list[Residue] = []
    atoms: list[RawAtom] = []
    names: list[str] = []
    for index, draft in enumerate(drafts):
        missing: tuple[str, ...] = ()
        if draft.parent:
            expected = (*BACKBONE_ATOMS, *SIDE_CHAIN_ATOMS[draft.parent])
            missing = tuple(name for name in expected if name not in draft.by_name)
        start = len(atoms)
        back = {old: new for new, old in draft.renamed}
        for atom in draft.atoms:
            atoms.append(atom)
            names.append(back.get(atom.name, atom.name))
        residues.append(
            Residue(
                draft.id,
                draft.name,
                draft.parent,
                draft.kind,
                start,
                len(atoms),
                index,
                missing,
                draft.altloc,
                draft.renamed,
                draft.hetero,
            )
        )
    return residues, atoms, names


def _content_findings(
    residues: Sequence[Residue],
    gaps: Sequence[Gap],
    occupancy: NDArray[np.float64],
    b_factor: NDArray[np.float64],
) -> list[Finding]:
    findings: list[Finding] = []
    if gaps:
        findings.append(
            Finding("gap", f"Chain breaks between resolved residues: {listed(gaps)}.", "warning")
        )
    short = [r for r in residues if r.missing and not set(r.missing) & set(BACKBONE_ATOMS)]
    if short:
        texts = (f"{r.parent} {r.id} ({' '.join(r.missing)})" for r in short)
        findings.append(
            Finding(
                "incomplete-side-chain",
                f"Side-chain atoms are missing in {counted(len(short), 'residue')}: "
                f"{listed(texts)}.",
                "warning",
            )
        )
    broken = [r for r in residues if set(r.missing) & set(BACKBONE_ATOMS)]
    if broken:
        texts = (
            f"{r.parent} {r.id} ({' '.join(n for n in r.missing if n in BACKBONE_ATOMS)})"
            for r in broken
        )
        findings.append(
            Finding(
                "incomplete-backbone",
                f"Backbone atoms are missing in {counted(len(broken), 'residue')}, which cannot be "
                f"mutated: {listed(texts)}.",
                "warning",
            )
        )
    zero = [r for r in residues if (occupancy[r.start : r.stop] == 0).any()]
    if zero:
        findings.append(
            Finding(
                "zero-occupancy",
                f"Zero occupancy: {counted(int((occupancy == 0).sum()), 'atom')}, placed without "
                f"density and read nevertheless, in {listed(zero)}.",
                "warning",
            )
        )
    unseen = (b_factor == 0).sum()
    if 0 < unseen < len(b_factor):
        built = [r for r in residues if (b_factor[r.start : r.stop] == 0).any()]
        findings.append(
            Finding(
                "zero-b-factor",
                f"B factor 0, unlike the others: {counted(int(unseen), 'atom')}, as a rule built "
                f"by a program, in {listed(built)}.",
                "warning",
            )
        )
    return findings


def _joined_ligands(residues: Sequence[Residue], coords: NDArray[np.float64]) -> list[Finding]:
    """Ligand residues that are bonded to each other are one molecule."""
    ligands = [r for r in residues if r.kind == "ligand"]
    findings: list[Finding] = []
    for i, one in enumerate(ligands):
        for other in ligands[i + 1 :]:
            apart = coords[one.start : one.stop, None] - coords[None, other.start : other.stop]
            if np.sqrt((apart**2).sum(-1)).min() < threshold("bond"):
                findings.append(
                    Finding(
                        "ligand-of-several-residues",
                        f"{one} and {other} are bonded to each other: the ligand consists of "
                        "several residues, which are read one by one.",
                        "warning",
                        one.id,
                    )
                )
    return findings
