"""Displaced copies of a pose, which join its ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .sites import Parameters
    from .structures import Structure

__all__ = ["displaced"]

Floats = NDArray[np.float64]


def displaced(structure: Structure, coords: Floats, score: Parameters) -> list[Floats]:
    """Return displaced copies of a pose: nobody knows it to a tenth of an angstrom.

    Parameters
    ----------
    structure : Structure
        The protein, whose axes the displacements move with.
    coords : (n, 3) ndarray of float64
        The ligand's atoms in its pose, in angstrom.
    score : Parameters
        How many copies, and how far.

    Returns
    -------
    list of (n, 3) ndarray of float64
    """
    if not len(coords) or not score.jitter:
        return []
    centre = coords.mean(axis=0)
    frame = _frame(structure, centre)
    if frame is None:
        return []
    # The same few for every complex: nothing depends on chance, or on the axes of the file.
    random = np.random.default_rng(score.seed)
    out = []
    for _ in range(score.jitter):
        axis = random.normal(size=3) * np.deg2rad(score.jitter_deg) / np.sqrt(3.0)
        shift = random.normal(size=3) * score.jitter_ang / np.sqrt(3.0)
        turn = frame @ _rotation(axis) @ frame.T
        out.append((coords - centre) @ turn.T + centre + frame @ shift)
    return out


def _frame(structure: Structure, centre: Floats) -> Floats | None:
    """Return axes that move with the protein: those of the backbone nearest to a point."""
    nearest, found = np.inf, None
    for residue in structure.residues:
        if residue.kind == "protein":
            atoms = structure.atoms(residue)
            if {"N", "CA", "C"} <= atoms.keys():
                apart = float(np.linalg.norm(atoms["CA"] - centre))
                if apart < nearest:
                    nearest, found = apart, atoms
    if found is None:
        return None
    one = found["N"] - found["CA"]
    one = one / np.linalg.norm(one)
    two = found["C"] - found["CA"]
    two = two - (two @ one) * one
    two = two / np.linalg.norm(two)
    return np.stack([one, two, np.cross(one, two)], axis=1)


def _rotation(axis: Floats) -> Floats:
    """Return the rotation about an axis by its length in radians (Rodrigues' formula)."""
    angle = float(np.linalg.norm(axis))
    if not angle:
        return np.eye(3)
    x, y, z = axis / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross)
