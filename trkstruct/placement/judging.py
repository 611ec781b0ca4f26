"""What speaks for and against a pose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..reference import read_json
from ..residues import Finding
from .poses import Placed

if TYPE_CHECKING:
    from ..ligands import Ligand
    from ..structures import Structure

__all__ = ["doubts", "hinge_bonds"]

Floats = NDArray[np.float64]

#: Residues of the hinge whose backbone inhibitors bind, as KLIFS positions.
_HINGE = (46, 47, 48)


def hinge_bonds(structure: Structure, chain: str, ligand: Ligand, coords: Floats) -> list[str]:
    """List hydrogen bonds with the backbone of the hinge.

    Parameters
    ----------
    structure : Structure
        The receptor.
    chain : str
        Author chain.
    ligand : Ligand
        The ligand.
    coords : (n, 3) ndarray of float64
        Its heavy atoms in angstrom.

    Returns
    -------
    list of str
        Residue, backbone atom, ligand atom and distance.
    """
    limit = float(read_json("placement.json")["hinge_ang"])
    numbering = structure.numbering(chain)
    found = []
    for position in _HINGE:
        where = numbering.at_klifs(position)
        if where is None:
            continue
        residue = structure.residue(where)
        atoms = structure.atoms(residue)
        for name, wanted in (("N", "acceptor"), ("O", "donor")):
            if name not in atoms:
                continue
            apart = np.linalg.norm(coords - atoms[name], axis=1)
            for index in np.flatnonzero(apart < limit):
                if getattr(ligand.atom_types[index], wanted):
                    found.append(
                        f"{residue.name} {where} {name} - {ligand.atom_names[index]} "
                        f"{apart[index]:.1f} A"
                    )
    return found


def _inside(coords: Floats, pocket: Floats) -> float:
    """Return the share of atoms that are in contact with the pocket."""
    limit = float(read_json("placement.json")["contact_ang"])
    apart = np.sqrt(((coords[:, None] - pocket) ** 2).sum(axis=-1)).min(axis=1)
    return float((apart < limit).mean())


def doubts(
    structure: Structure, chain: str, ligand: Ligand, pose: Placed, pocket: Floats
) -> list[Finding]:
    """Say what speaks for and against a pose.

    Parameters
    ----------
    structure : Structure
        The receptor.
    chain : str
        Author chain.
    ligand : Ligand
        The ligand.
    pose : Placed
        Its pose.
    pocket : (n, 3) ndarray of float64
        Atoms of the receptor in angstrom.

    Returns
    -------
    list of Finding
        ``hinge``, or warnings: ``no-hinge``, ``strained``, ``poor-energy``, ``left-pocket``.
    """
    settings = read_json("placement.json")
    out = []
    bonds = hinge_bonds(structure, chain, ligand, pose.coords)
    if bonds:
        out.append(Finding("hinge", f"Hinge hydrogen bonds of the pose: {'; '.join(bonds)}."))
    else:
        message = "The pose has no hydrogen bond with the hinge's backbone."
        out.append(Finding("no-hinge", message, "warning"))
    if pose.strain_kcal > settings["strained_kcal"]:
        message = f"The pose is strained by {pose.strain_kcal:.0f} kcal/mol (MMFF94s, no charges)."
        out.append(Finding("strained", message, "warning"))
    each = pose.energy_kcal / max(ligand.n_heavy, 1)
    if each > settings["poor_kcal_per_atom"]:
        message = (
            f"The pose fits poorly: {pose.energy_kcal:.1f} kcal/mol with the pocket for "
            f"{ligand.n_heavy} heavy atoms."
        )
        out.append(Finding("poor-energy", message, "warning"))
    share = _inside(pose.coords, pocket)
    if share < settings["contact_share"]:
        message = f"The pose leaves the pocket: {share:.0%} of its atoms touch the protein."
        out.append(Finding("left-pocket", message, "warning"))
    return out
