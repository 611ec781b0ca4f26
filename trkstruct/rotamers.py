"""Side chains: the rotamer library, and building conformers on a fixed backbone.

Rotamers are those of Shapovalov & Dunbrack 2011 (doi:10.1016/j.str.2011.03.019),
interpolated between the library's ten-degree bins of phi and psi. Where the library
has next to no observation of a residue at a backbone, its backbone-independent mean
is used and the conformers say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._side_chains import Distinct, build, build_side_chain, chi_count, place
from .errors import DataError
from .reference import read_npz
from .residues import CHI_ATOMS, SIDE_CHAIN_ATOMS

__all__ = [
    "Conformers",
    "RotamerSet",
    "angle_difference",
    "build_side_chain",
    "chi_angles",
    "conformers",
    "dihedral",
    "inherited_chi",
    "place",
    "rotamers",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BINS: Final = 36
_STEP: Final = 10.0
#: Fewer observations than this in the library's bin: its rotamers there are a
#: smoothed guess, and the backbone-independent ones are used instead.
MINIMUM_COUNT: Final = 5.0
#: Sub-rotamers stand at -1, 0 and +1 standard deviation with the weights of a Gaussian
#: there (as Dunbrack's library gives the spread for, and Rosetta's "ex" levels use it).
_OFFSETS: Final = np.array([0.0, -1.0, 1.0])
_OFFSET_WEIGHTS: Final = np.exp(-0.5 * _OFFSETS**2) / np.exp(-0.5 * _OFFSETS**2).sum()
#: Up to this many chi angles the sub-rotamers are the full product of the offsets;
#: beyond, one angle is moved at a time, or an arginine would have 81 of each rotamer.
_FULL_PRODUCT: Final = 2
#: Inherited chi angles count as the same rotamer within this many degrees of its centre.
_SAME_BIN_DEG: Final = 40.0
#: Chi angles about a bond to a planar group turn differently from those between sp3
#: carbons, and are not inherited from one kind to the other.
_PLANAR_CHI: Final = {
    "ASN": 2, "ASP": 2, "GLN": 3, "GLU": 3, "HIS": 2, "PHE": 2, "TRP": 2, "TYR": 2,
}  # fmt: skip
#: Planar groups that look the same after half a turn.
_SYMMETRIC_CHI: Final = {"ASP": 2, "GLU": 3, "PHE": 2, "TYR": 2}


@dataclass(frozen=True, slots=True, eq=False)
class RotamerSet:
    """Rotamers of one residue type at one backbone.

    Parameters
    ----------
    residue : str
        Three-letter name.
    chi : (r, k) float64
        Mean chi angles in degrees.
    spread : (r, k) float64
        Standard deviations in degrees.
    probability : (r,) float64
        Sums to one.
    count : float
        Observations in the library near this backbone.
    backbone_dependent : bool
        False if the backbone-independent rotamers had to be used.
    """

    residue: str
    chi: Floats
    spread: Floats
    probability: Floats
    count: float
    backbone_dependent: bool


@dataclass(frozen=True, slots=True, eq=False)
class Conformers:
    """Side-chain conformers of one residue, built on its backbone.

    Parameters
    ----------
    residue : str
        Three-letter name.
    coords : (r, a, 3) float64
        Atoms in the order of `trkstruct.residues.SIDE_CHAIN_ATOMS`, in angstrom.
    chi : (r, k) float64
        Chi angles in degrees.
    probability : (r,) float64
        Prior weight, sums to one.
    rotamer : (r,) int64
        Which rotamer of `rotamers` each conformer belongs to.
    backbone_dependent : bool
        As in `RotamerSet`.
    distinct : tuple of (first, back)
        For each atom the conformers in which it stands in all its places, (u,) int64, and
        which of these every conformer has, (r,) int64: sub-rotamers share their inner atoms.
    """

    residue: str
    coords: Floats
    chi: Floats
    probability: Floats
    rotamer: NDArray[np.int64]
    backbone_dependent: bool
    distinct: tuple[Distinct, ...]

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def atoms(self) -> tuple[str, ...]:
        """Atom names, in the order of ``coords``."""
        return SIDE_CHAIN_ATOMS[self.residue]


def angle_difference(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return a - b in degrees, between -180 and 180.

    Parameters
    ----------
    a, b : array_like of float
        Degrees.

    Returns
    -------
    ndarray of float64
        Shape of the broadcast arguments.
    """
    return np.asarray((np.asarray(a, float) - np.asarray(b, float) + 180.0) % 360.0 - 180.0)


def dihedral(points: ArrayLike) -> float:
    """Return the dihedral angle of four points.

    Parameters
    ----------
    points : (4, 3) array_like of float
        In any unit of length.

    Returns
    -------
    float
        Degrees, IUPAC sign, between -180 and 180; nan if three of them lie on a line.
    """
    p = np.asarray(points, float)
    b0, b1, b2 = p[0] - p[1], p[2] - p[1], p[3] - p[2]
    length = np.linalg.norm(b1)
    if length == 0:
        return float("nan")
    b1 = b1 / length
    v, w = b0 - (b0 @ b1) * b1, b2 - (b2 @ b1) * b1
    x, y = v @ w, np.cross(b1, v) @ w
    return float(np.degrees(np.arctan2(y, x))) if x or y else float("nan")


def chi_angles(residue: str, atoms: Mapping[str, ArrayLike]) -> Floats:
    """Measure the chi angles of a residue.

    Parameters
    ----------
    residue : str
        Three-letter name.
    atoms : mapping of str to (3,) array_like
        Positions by atom name, in angstrom; backbone included.

    Returns
    -------
    (k,) ndarray of float64
        Degrees; nan for an angle with a missing atom.

    Examples
    --------
    >>> from trkstruct.rotamers import chi_angles
    >>> chi_angles("GLY", {}).size
    0
    """
    return np.array(
        [
            dihedral(np.array([atoms[a] for a in names], dtype=float))
            if all(a in atoms for a in names)
            else np.nan
            for names in CHI_ATOMS[residue]
        ]
    )


# --------------------------------------------------------------------------- library


@dataclass(frozen=True, slots=True, eq=False)
class _Library:
    """One residue type of the library; the rotamers of all bins one behind the other."""

    start: Integers
    count: Floats
    codes: int
    code: Integers  # among the codes of this residue, in their order
    probability: NDArray[np.uint16]
    chi: NDArray[np.int16]
    spread: NDArray[np.uint8]


@lru_cache(maxsize=32)
def _library(residue: str) -> _Library:
    data = read_npz("rotamers.npz")
    codes, code = np.unique(data[f"{residue}.code"], return_inverse=True)
    # The library gives proline's ring three angles; two of them build it.
    k = len(CHI_ATOMS[residue])
    return _Library(
        data[f"{residue}.start"],
        data[f"{residue}.count"],
        len(codes),
        code.astype(np.uint8),
        data[f"{residue}.probability"],
        data[f"{residue}.chi"][:, :k],
        data[f"{residue}.spread"][:, :k],
    )


def _corners(phi: float, psi: float) -> list[tuple[int, float]]:
    """Return the four bins around a backbone with their bilinear weights."""
    x, y = (phi + 180.0) / _STEP % _BINS, (psi + 180.0) / _STEP % _BINS
    i, j = int(x), int(y)
    u, v = x - i, y - j
    return [
        (i % _BINS * _BINS + j % _BINS, (1 - u) * (1 - v)),
        ((i + 1) % _BINS * _BINS + j % _BINS, u * (1 - v)),
        (i % _BINS * _BINS + (j + 1) % _BINS, (1 - u) * v),
        ((i + 1) % _BINS * _BINS + (j + 1) % _BINS, u * v),
    ]


def rotamers(residue: str, phi: float, psi: float) -> RotamerSet:
    """Return the rotamers of a residue type at a backbone.

    Parameters
    ----------
    residue : str
        Three-letter name of one of the twenty amino acids.
    phi, psi : float
        Backbone dihedrals in degrees; nan where a neighbour is missing.

    Returns
    -------
    RotamerSet
        One rotamer without angles for glycine and alanine.

    Raises
    ------
    DataError
        If the residue is not one of the twenty.

    References
    ----------
    Shapovalov & Dunbrack 2011, Structure 19:844, doi:10.1016/j.str.2011.03.019.

    Examples
    --------
    >>> from trkstruct.rotamers import rotamers
    >>> found = rotamers("LEU", -65.0, -40.0)
    >>> found.chi.shape[1], bool(found.probability[0] > 0.5)
    (2, True)
    >>> rotamers("ARG", 72.0, -160.0).backbone_dependent
    False
    """
    if residue not in SIDE_CHAIN_ATOMS:
        raise DataError(f"{residue!r} is not one of the twenty amino acids.")
    if not CHI_ATOMS[residue]:
        empty = np.zeros((1, 0))
        return RotamerSet(residue, empty, empty, np.ones(1), np.inf, True)
    library = _library(residue)
    known = bool(np.isfinite(phi) and np.isfinite(psi))
    corners = _corners(phi, psi) if known else []
    count = sum(weight * float(library.count[number]) for number, weight in corners)
    dependent = count >= MINIMUM_COUNT
    if not dependent:
        corners = [(_BINS * _BINS, 1.0)]
    rows, weights = [], []
    for number, weight in corners:
        start, stop = int(library.start[number]), int(library.start[number + 1])
        rows.append(np.arange(start, stop))
        weights.append(np.full(stop - start, weight))
    row = np.concatenate(rows)
    share = np.concatenate(weights) * (library.probability[row] / 65535.0)
    code = library.code[row].astype(np.int64)
    total = np.bincount(code, share, library.codes)
    codes = np.flatnonzero(total)
    total = total[codes]
    chi, spread = np.radians(library.chi[row] / 10.0), library.spread[row] / 5.0
    mean, width = np.empty((2, len(codes), chi.shape[1]))
    for angle in range(chi.shape[1]):
        sine = np.bincount(code, share * np.sin(chi[:, angle]), library.codes)
        cosine = np.bincount(code, share * np.cos(chi[:, angle]), library.codes)
        mean[:, angle] = np.degrees(np.arctan2(sine, cosine))[codes]
        width[:, angle] = np.bincount(code, share * spread[:, angle], library.codes)[codes]
    width /= total[:, None]
    order = np.lexsort((codes, -total))
    return RotamerSet(
        residue, mean[order], width[order], (total / total.sum())[order], count, dependent
    )


# --------------------------------------------------------------------------- building


@lru_cache(maxsize=8)
def _grid(residue: str, k: int) -> tuple[Floats, Floats, tuple[Distinct, ...]]:
    """Return sub-rotamers in standard deviations, their weights, and which of them differ."""
    if residue == "PRO":
        # Turning either angle of a closed ring by itself would open it.
        grid, weight = np.zeros((1, k)), np.ones(1)
    elif k <= _FULL_PRODUCT:
        grid = np.stack(np.meshgrid(*[_OFFSETS] * k, indexing="ij"), axis=-1).reshape(-1, k)
        weight = np.prod(
            np.stack(np.meshgrid(*[_OFFSET_WEIGHTS] * k, indexing="ij"), -1).reshape(-1, k), axis=1
        )
    else:
        grid = np.vstack([np.zeros((1, k)), *(s * np.eye(k) for s in (-1.0, 1.0))])
        weight = np.exp(-0.5 * (grid**2).sum(axis=1))
        weight /= weight.sum()
    distinct = []
    for level in range(1, k + 1):
        _, first, back = np.unique(grid[:, :level], axis=0, return_index=True, return_inverse=True)
        distinct.append((first, back.reshape(-1)))
    return grid, weight, tuple(distinct)


def _expand(found: RotamerSet) -> tuple[Floats, Floats, Integers]:
    """Return chi, probability and rotamer number of all sub-rotamers."""
    r, k = found.chi.shape
    if k == 0:
        return found.chi, found.probability, np.zeros(1, dtype=np.int64)
    grid, weight, _ = _grid("PRO" if found.residue == "PRO" else "", k)
    chi = found.chi[:, None, :] + grid * found.spread[:, None, :]
    probability = found.probability[:, None] * weight
    number = np.repeat(np.arange(r), len(weight))
    return chi.reshape(-1, k), probability.ravel(), number


def _distinct(found: RotamerSet, conformers: int) -> list[Distinct]:
    """Return, by the number of leading chi angles, which conformers differ in them.

    All rotamers differ in their first angle already; what was added behind the sub-rotamers
    has angles of its own.
    """
    r, k = found.chi.shape
    out = [(np.zeros(1, dtype=np.int64), np.zeros(conformers, dtype=np.int64))]
    if not k:
        return out
    grid, _, levels = _grid("PRO" if found.residue == "PRO" else "", k)
    more = np.arange(conformers - r * len(grid))
    rotamer = np.arange(r)[:, None]
    for first, back in levels:
        out.append(
            (
                np.concatenate([(rotamer * len(grid) + first).ravel(), more + r * len(grid)]),
                np.concatenate([(rotamer * len(first) + back).ravel(), more + r * len(first)]),
            )
        )
    return out


def inherited_chi(residue: str, parent: str, parent_chi: ArrayLike) -> Floats:
    """Return the chi angles that a residue can take over from another in its place.

    Parameters
    ----------
    residue, parent : str
        Three-letter names: the residue to build, the one that stands in the crystal.
    parent_chi : (k,) array_like of float
        The chi angles in the crystal, degrees.

    Returns
    -------
    (m,) ndarray of float64
        The first m angles in degrees; empty if none carries over.
    """
    angles = np.asarray(parent_chi, float)
    if residue != parent:
        kinds = [(_PLANAR_CHI.get(residue) == n, _PLANAR_CHI.get(parent) == n) for n in range(1, 5)]
        if "PRO" in (residue, parent):
            return np.zeros(0)
        same = next((n for n, (a, b) in enumerate(kinds) if a != b), 4)
        # Branched C-beta: chi1 counts from another atom in threonine, valine and isoleucine,
        # but the three staggered positions are the same.
        angles = angles[: min(same, len(CHI_ATOMS[residue]), len(angles))]
    missing = np.flatnonzero(~np.isfinite(angles))
    return angles[: missing[0]] if missing.size else angles


def _add_inherited(
    found: RotamerSet,
    chi: Floats,
    probability: Floats,
    number: NDArray[np.int64],
    kept: Floats,
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Give each rotamer in whose bin the crystal's angles lie a sub-rotamer that has them."""
    m = len(kept)
    period = np.full(m, 360.0)
    if (symmetric := _SYMMETRIC_CHI.get(found.residue, 0)) and symmetric <= m:
        period[symmetric - 1] = 180.0
    away = (found.chi[:, :m] - kept + period / 2) % period - period / 2
    inside = np.flatnonzero((np.abs(away) <= _SAME_BIN_DEG).all(axis=1))
    if inside.size == 0:
        return chi, probability, number
    if m == found.chi.shape[1]:
        # All angles are known: one rotamer is meant, though bins of planar groups overlap.
        inside = inside[[np.abs(away[inside]).max(axis=1).argmin()]]
    extra = found.chi[inside].copy()
    extra[:, :m] -= away[inside]
    # It takes the share of a sub-rotamer at its centre; the others make room.
    probability = probability.copy()
    share = np.empty(len(inside))
    for row, rotamer in enumerate(inside):
        own = number == rotamer
        total, centre = probability[own].sum(), probability[own].max()
        probability[own] *= total / (total + centre)
        share[row] = total * centre / (total + centre)
    return (
        np.vstack([chi, extra]),
        np.concatenate([probability, share]),
        np.concatenate([number, inside]),
    )


def conformers(
    residue: str,
    backbone: ArrayLike,
    phi: float,
    psi: float,
    *,
    cb: ArrayLike | None = None,
    inherited: ArrayLike = (),
) -> Conformers:
    """Build the conformers of a residue type on a fixed backbone.

    Parameters
    ----------
    residue : str
        Three-letter name.
    backbone : (3, 3) array_like of float
        N, CA and C in angstrom.
    phi, psi : float
        Backbone dihedrals in degrees; nan where a neighbour is missing.
    cb : (3,) array_like of float, optional
        C-beta of the crystal; built if left out.
    inherited : (m,) array_like of float
        Leading chi angles of the crystal, from `inherited_chi`.

    Returns
    -------
    Conformers
        The rotamers with their sub-rotamers; one empty conformer for glycine.

    Raises
    ------
    DataError
        If the residue is not one of the twenty.
    """
    found = rotamers(residue, phi, psi)
    chi, probability, number = _expand(found)
    kept = np.asarray(inherited, float)
    if kept.size:
        chi, probability, number = _add_inherited(found, chi, probability, number, kept)
    by_level = _distinct(found, len(chi))
    coords = build(residue, np.asarray(backbone, float), chi, cb, by_level)
    chi = np.asarray(angle_difference(chi, 0.0))
    for array in (coords, chi, probability, number):
        array.flags.writeable = False
    distinct = tuple(by_level[level] for level in chi_count(residue))
    return Conformers(residue, coords, chi, probability, number, found.backbone_dependent, distinct)
