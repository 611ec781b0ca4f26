"""The pocket as a frame of reference, shared by all kinases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import PlacementError

if TYPE_CHECKING:
    from ..structures import Structure

__all__ = ["pocket_frame", "superposition"]

Floats = NDArray[np.float64]


def pocket_frame(structure: Structure, chain: str) -> dict[int, Floats]:
    """Return the C-alpha positions of the KLIFS pocket.

    Parameters
    ----------
    structure : Structure
        The structure.
    chain : str
        Author chain.

    Returns
    -------
    dict of int to (3,) float64
        By KLIFS position, in angstrom.
    """
    numbering = structure.numbering(chain)
    found = {}
    for position in range(1, 86):
        residue = numbering.at_klifs(position)
        if residue is not None:
            alpha = structure.atoms(structure.residue(residue)).get("CA")
            if alpha is not None:
                found[position] = alpha
    return found


def superposition(moving: dict[int, Floats], fixed: dict[int, Floats]) -> tuple[Floats, Floats]:
    """Return rotation and shift that lay one pocket on another, flexible parts left out.

    Parameters
    ----------
    moving, fixed : dict of int to (3,) float64
        From `pocket_frame`.

    Returns
    -------
    rotation : (3, 3) float64
        Points are rows: ``points @ rotation + shift``.
    shift : (3,) float64
        In angstrom.

    Raises
    ------
    PlacementError
        If fewer than ten positions are resolved in both.
    """
    positions = [p for p in moving if p in fixed]
    if len(positions) < 10:
        raise PlacementError("Fewer than ten pocket residues are resolved in both structures.")
    turn, shift = np.eye(3), np.zeros(3)
    for _ in range(3):
        a = np.array([moving[p] for p in positions])
        b = np.array([fixed[p] for p in positions])
        u, _, vt = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
        turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        shift = b.mean(axis=0) - a.mean(axis=0) @ turn
        apart = np.linalg.norm(a @ turn + shift - b, axis=1)
        limit = max(2.0 * float(np.median(apart)), 0.5)
        kept = [p for p, d in zip(positions, apart, strict=True) if d < limit]
        if len(kept) < 10:
            break
        positions = kept
    return turn, shift
