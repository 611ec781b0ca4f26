"""Building side chains on a fixed backbone.

Bonds, angles and ring geometry are the medians of deposited structures
(``reference/data/side_chain_geometry.csv``). A side chain is a chain of rigid pieces, each
turned about the bond that leads to it by one chi angle, so that all atoms of a piece are
placed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .reference import read_csv
from .residues import CHI_ATOMS, SIDE_CHAIN_ATOMS

__all__ = ["Distinct", "build", "build_side_chain", "chi_count", "place"]

Floats = NDArray[np.float64]
#: In which conformers something differs, (u,), and which of these each conformer is like, (r,).
Distinct = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class _Placement:
    refs: tuple[str, str, str]
    chi: int
    bond: float
    angle: float
    dihedral: float


@lru_cache(maxsize=1)
def _geometry() -> dict[tuple[str, str], _Placement]:
    return {
        (row["residue"], row["atom"]): _Placement(
            (row["ref1"], row["ref2"], row["ref3"]),
            int(row["chi"]),
            float(row["bond_ang"]),
            np.radians(float(row["angle_deg"])),
            np.radians(float(row["dihedral_deg"])),
        )
        for row in read_csv("side_chain_geometry.csv")
    }


def _axes(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return unit vectors at ``c``, the columns of (..., 3, 3).

    Away from ``a`` in the plane of the three, out of the plane, and along the bond.
    """
    axis = _unit(c - b)
    normal = _unit(_cross(b - a, axis))
    out = np.empty((*normal.shape, 3))
    out[..., 0], out[..., 1], out[..., 2] = _cross(normal, axis), normal, axis
    return out


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True)))


def _cross(one: Floats, two: Floats) -> Floats:
    """Return what numpy's cross does, which takes most of its time to look at its arguments."""
    out = np.empty(np.broadcast_shapes(one.shape, two.shape))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        out[..., i] = one[..., j] * two[..., k] - one[..., k] * two[..., j]
    return out


def place(
    a: Floats, b: Floats, c: Floats, bond: float, angle: float, turn: Floats | float
) -> Floats:
    """Place an atom from three others.

    Parameters
    ----------
    a, b, c : (3,) or (r, 3) ndarray of float64
        The three; the new atom is bonded to the last.
    bond : float
        Length in angstrom.
    angle : float
        Angle at ``c`` to ``b``, in radians.
    turn : float or (r,) ndarray of float64
        Dihedral to ``a``, in radians.

    Returns
    -------
    (3,) or (r, 3) ndarray of float64
        In angstrom.
    """
    axes = _axes(a, b, c)
    turned = np.asarray(turn)[..., None]
    sideways = np.cos(turned) * axes[..., 0] + np.sin(turned) * axes[..., 1]
    return np.asarray(c + bond * (np.sin(angle) * sideways - np.cos(angle) * axes[..., 2]))


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What turns rigidly with one chi angle, in the axes at the atom that it hangs on.

    Parameters
    ----------
    atoms : (n,) int64
        Which side-chain atoms.
    local : (3, n) float64
        Where they are, in angstrom, at a chi angle of zero.
    turn : (3, 3) float64
        The axes of this piece in those of the piece before.
    shift : (3,) float64
        Its origin there, in angstrom.
    """

    atoms: NDArray[np.int64]
    local: Floats
    turn: Floats
    shift: Floats


@lru_cache(maxsize=32)
def chi_count(residue: str) -> tuple[int, ...]:
    """Return by how many chi angles each side-chain atom's place is set.

    Parameters
    ----------
    residue : str
        Three-letter name.

    Returns
    -------
    tuple of int
        In the order of `trkstruct.residues.SIDE_CHAIN_ATOMS`.
    """
    count = {"N": 0, "CA": 0, "C": 0}
    for atom in SIDE_CHAIN_ATOMS[residue]:
        how = _geometry()[residue, atom]
        count[atom] = max(how.chi, *(count[ref] for ref in how.refs))
    return tuple(count[atom] for atom in SIDE_CHAIN_ATOMS[residue])


@lru_cache(maxsize=32)
def _pieces(residue: str) -> tuple[_Piece, ...]:
    """Return the rigid pieces of a side chain, one a chi angle."""
    # Built once atom by atom, with chi angles of zero; any backbone will do.
    placed = dict(
        zip(("N", "CA", "C"), np.array([[1.5, 0, 0], [0, 0, 0], [0, 1.5, 0]]), strict=True)
    )
    for atom in SIDE_CHAIN_ATOMS[residue]:
        how = _geometry()[residue, atom]
        one, two, three = (placed[ref] for ref in how.refs)
        placed[atom] = place(one, two, three, how.bond, how.angle, how.dihedral)
    coords = np.array([placed[atom] for atom in SIDE_CHAIN_ATOMS[residue]])
    counts = np.array(chi_count(residue))
    out, before, origin = [], np.eye(3), np.zeros(3)
    for number, (a, b, c, _) in enumerate(CHI_ATOMS[residue], start=1):
        axes = _axes(placed[a], placed[b], placed[c])
        own = np.flatnonzero(counts == number)
        local = axes.T @ (coords[own] - placed[c]).T
        out.append(_Piece(own, local, before.T @ axes, before.T @ (placed[c] - origin)))
        before, origin = axes, placed[c]
    return tuple(out)


def build(
    residue: str, frame: Floats, chi: Floats, cb: ArrayLike | None, distinct: Sequence[Distinct]
) -> Floats:
    """Build side chains as `build_side_chain` does, each piece once in each of its places.

    Parameters
    ----------
    residue : str
        Three-letter name.
    frame : (3, 3) ndarray of float64
        N, CA and C in angstrom.
    chi : (r, k) ndarray of float64
        Chi angles in degrees.
    cb : (3,) array_like of float, optional
        Where C-beta stands already.
    distinct : sequence of (first, back)
        By the number of leading chi angles, in which conformers these differ.

    Returns
    -------
    (r, a, 3) ndarray of float64
    """
    out = np.empty((len(chi), len(SIDE_CHAIN_ATOMS[residue]), 3))
    if not SIDE_CHAIN_ATOMS[residue]:
        return out
    n, ca, c = frame
    if cb is None:
        how = _geometry()[residue, "CB"]
        position = place(n, c, ca, how.bond, how.angle, how.dihedral)
    else:
        position = np.asarray(cb, float)
    out[:, 0] = position
    turns = np.radians(chi)
    cosine, sine = np.cos(turns), np.sin(turns)
    # The axes as (u * 3, 3), so that one product of matrices turns all of them.
    axes, origins, parents = np.zeros((0, 3, 3)), position[None], distinct[0][1]
    for number, piece in enumerate(_pieces(residue)):
        first, back = distinct[number + 1]
        if number == 0:
            base = _axes(n, ca, position)[None]
        else:
            own = parents[first]
            base = (axes.reshape(-1, 3) @ piece.turn).reshape(-1, 3, 3)[own]
            origins = (origins + axes @ piece.shift)[own]
        x, y = cosine[first, number, None], sine[first, number, None]
        axes = np.empty((len(first), 3, 3))
        axes[..., 0] = x * base[..., 0] + y * base[..., 1]
        axes[..., 1] = x * base[..., 1] - y * base[..., 0]
        axes[..., 2] = base[..., 2]
        atoms = (axes.reshape(-1, 3) @ piece.local).reshape(len(first), 3, -1)
        atoms += origins[..., None]
        out[:, piece.atoms] = atoms.transpose(0, 2, 1)[back]
        parents = back
    return out


def build_side_chain(
    residue: str, backbone: ArrayLike, chi: ArrayLike, cb: ArrayLike | None = None
) -> Floats:
    """Build side chains on a fixed backbone.

    Parameters
    ----------
    residue : str
        Three-letter name.
    backbone : (3, 3) array_like of float
        N, CA and C in angstrom.
    chi : (r, k) array_like of float
        Chi angles in degrees, one row a conformer.
    cb : (3,) array_like of float, optional
        Where C-beta stands already; built from the backbone if left out.

    Returns
    -------
    (r, a, 3) ndarray of float64
        Heavy side-chain atoms in the order of `trkstruct.residues.SIDE_CHAIN_ATOMS`.

    Examples
    --------
    >>> from trkstruct.rotamers import build_side_chain
    >>> backbone = [[1.46, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.55, 1.42, 0.0]]
    >>> build_side_chain("SER", backbone, [[60.0], [180.0]]).shape
    (2, 2, 3)
    """
    angles = np.asarray(chi, float)
    every = np.arange(len(angles))
    alone = [(every[:1], np.zeros_like(every)), *[(every, every)] * angles.shape[1]]
    return build(residue, np.asarray(backbone, float), angles, cb, alone)
