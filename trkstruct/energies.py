"""Pair terms between typed atoms, and the one kernel that sums them.

The terms are AutoDock Vina's (Trott & Olson 2010, doi:10.1002/jcc.21334) as functions
of the distance between van der Waals surfaces, with two changes that a rigid backbone
asks for: the surfaces are moved apart by ``shift`` and the repulsion of a pair is
capped. A Coulomb term with the distance-dependent dielectric of Mehler & Solmajer 1991
(doi:10.1093/protein/4.8.903), shifted to zero at the cutoff, is added. All parameters
come from ``reference/data/parameters.json``.

The terms of each pair of atom types are tabulated once over the squared distance and
read with linear interpolation, so that the kernel is one table look-up whatever the
terms; `exact_terms` evaluates the same functions without the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .atoms import AtomType, TypedAtoms
from .reference import read_json

__all__ = ["TERMS", "PairParameters", "PairTable", "exact_terms", "pair_parameters"]

Floats = NDArray[np.float64]

#: Contributions that the pair terms are reported as.
TERMS: Final = ("clash", "contact", "hbond", "charge")
#: Coulomb's constant in kcal angstrom / (mol e^2).
COULOMB: Final = 332.0637
#: A pair that shows the charge term alone.
_UNIT_CHARGE: Final = AtomType("", 1.0, False, False, False, 1.0)
_BIN: Final = 0.01  # width of a table bin in squared angstrom


@dataclass(frozen=True, slots=True)
class PairParameters:
    """Parameters of the pair terms; energies in kcal/mol, lengths in angstrom.

    Parameters
    ----------
    gauss1, gauss2, repulsion, hydrophobic, hbond : float
        Weights of AutoDock Vina's terms.
    shift : float
        Added to the surface distance of each pair, because a rigid backbone
        exaggerates overlap. Not added for C-beta, which the backbone fixes.
    repulsion_cap : float
        Largest squared overlap of a pair, in square angstrom.
    charge : float
        Weight of the Coulomb term.
    cutoff : float
        Distance between centres beyond which every term is exactly zero.
    """

    gauss1: float
    gauss2: float
    repulsion: float
    hydrophobic: float
    hbond: float
    shift: float
    repulsion_cap: float
    charge: float
    cutoff: float


def pair_parameters() -> PairParameters:
    """Return the parameters that the package ships.

    Returns
    -------
    PairParameters
    """
    values = read_json("parameters.json")["pair"]
    return PairParameters(**{f.name: float(values[f.name]) for f in fields(PairParameters)})


def _ramp(x: Floats, good: float, bad: float) -> Floats:
    """Return 1 where x is at ``good`` or beyond, 0 at ``bad`` or beyond, linear between."""
    return np.asarray(np.clip((bad - x) / (bad - good), 0.0, 1.0))


def _dielectric(r: Floats | float) -> Floats:
    """Return the dielectric of Mehler & Solmajer 1991 at a distance in angstrom."""
    return np.asarray(-8.5525 + 86.9525 / (1.0 + 7.7839 * np.exp(-0.003627 * 86.9525 * r)))


def exact_terms(
    one: AtomType, two: AtomType, distance: Floats, parameters: PairParameters
) -> Floats:
    """Evaluate the pair terms of two atom types.

    Parameters
    ----------
    one, two : AtomType
        The atoms.
    distance : (n,) ndarray of float64
        Between centres, in angstrom.
    parameters : PairParameters
        Weights and cutoff.

    Returns
    -------
    (4, n) ndarray of float64
        Clash, contact, hydrogen bond and charge in kcal/mol, in the order of `TERMS`.

    References
    ----------
    Trott & Olson 2010, J Comput Chem 31:455, doi:10.1002/jcc.21334. Mehler & Solmajer
    1991, Protein Eng 4:903, doi:10.1093/protein/4.8.903.

    Examples
    --------
    >>> import numpy as np
    >>> from trkstruct.atoms import protein_atom_type
    >>> from trkstruct.energies import exact_terms, pair_parameters
    >>> carbon = protein_atom_type("ALA", "CB")
    >>> terms = exact_terms(carbon, carbon, np.array([2.0, 4.0, 12.0]), pair_parameters())
    >>> bool(terms[0, 0] > 0), bool(terms[1, 1] < 0), float(np.abs(terms[:, 2]).max())
    (True, True, 0.0)
    """
    p = parameters
    r = np.asarray(distance, float)
    s = r - one.radius - two.radius + p.shift
    clash = p.repulsion * np.minimum(np.minimum(s, 0.0) ** 2, p.repulsion_cap)
    contact = p.gauss1 * np.exp(-((s / 0.5) ** 2)) + p.gauss2 * np.exp(-(((s - 3.0) / 2.0) ** 2))
    if one.hydrophobic and two.hydrophobic:
        contact = contact + p.hydrophobic * _ramp(s, 0.5, 1.5)
    hbond = np.zeros_like(r)
    if (one.donor and two.acceptor) or (one.acceptor and two.donor):
        hbond = p.hbond * _ramp(s, -0.7, 0.0)
    # A floor on the distance: overlapping charges are a clash, not an electrostatic fact.
    near = np.maximum(r, 2.5)
    edge = p.cutoff
    coulomb = 1.0 / (_dielectric(near) * near) - 1.0 / (_dielectric(edge) * edge)
    charge = p.charge * COULOMB * one.charge * two.charge * coulomb
    return np.asarray(np.where(r < p.cutoff, np.stack([clash, contact, hbond, charge]), 0.0))


@lru_cache(maxsize=4096)
def _kind_table(one: AtomType, two: AtomType, parameters: PairParameters) -> Floats:
    """Return the terms but charge, (3, bins), at the edges of the bins of squared distance."""
    table = exact_terms(one, two, _edges(parameters), parameters)[:3]
    table.flags.writeable = False
    return table


@lru_cache(maxsize=16)
def _charge_table(parameters: PairParameters) -> Floats:
    """Return the charge term of two unit charges, (bins,), at the edges of the bins."""
    table: Floats = exact_terms(_UNIT_CHARGE, _UNIT_CHARGE, _edges(parameters), parameters)[3]
    table.flags.writeable = False
    return table


def _edges(parameters: PairParameters) -> Floats:
    bins = int(np.ceil(parameters.cutoff**2 / _BIN)) + 1
    return np.asarray(np.sqrt(np.arange(bins + 1) * _BIN))


class PairTable:
    """The terms between a few moving atom types and a fixed set of atoms.

    Parameters
    ----------
    fixed : TypedAtoms
        The atoms that do not move.
    parameters : PairParameters
        Weights and cutoff.
    """

    def __init__(self, fixed: TypedAtoms, parameters: PairParameters) -> None:
        self.fixed = fixed
        self.parameters = parameters
        self._hard = replace(parameters, shift=0.0)
        kinds = [t._replace(element="", charge=0.0) for t in fixed.types]
        # Sorted, so that the order of atoms does not make more tables of the same kinds.
        self._kinds = tuple(sorted(set(kinds)))
        number = {kind: n for n, kind in enumerate(self._kinds)}
        self._kind = np.array([number[kind] for kind in kinds], dtype=np.int64)
        self._charge = np.array([t.charge for t in fixed.types])
        self._squares = (fixed.coords**2).sum(axis=1)
        self._tables: dict[tuple[AtomType, bool, bool], Floats] = {}
        self._bins = len(_edges(parameters))

    def _table(self, moving: AtomType, hard: bool, split: bool) -> Floats:
        """Return the (3 or 1, kinds * bins) table of one moving atom type."""
        kind = moving._replace(element="", charge=0.0)
        key = (kind, hard, split)
        found = self._tables.get(key)
        if found is None:
            parameters = self._hard if hard else self.parameters
            found = self._tables[key] = _kinds_table(kind, self._kinds, parameters, split)
        return found

    def energies(
        self,
        coords: Floats,
        types: Sequence[AtomType],
        masks: NDArray[np.bool_] | None = None,
        *,
        hard: Sequence[bool],
        split: bool,
    ) -> Floats:
        """Sum the terms of each conformer with the fixed atoms.

        Parameters
        ----------
        coords : (r, a, 3) ndarray of float64
            Positions of the moving atoms in each conformer, in angstrom.
        types : sequence of AtomType
            Type of each of the ``a`` moving atoms.
        masks : (a, m) ndarray of bool, optional
            False where a moving and a fixed atom do not see each other (bonded).
        hard : sequence of bool
            For each moving atom, whether the parameters' shift is left out.
        split : bool
            Whether to keep the terms apart.

        Returns
        -------
        (4, r) or (1, r) ndarray of float64
            Terms in the order of `TERMS`, or their sum, in kcal/mol.
        """
        r, a = coords.shape[:2]
        out = np.zeros((4 if split else 1, r))
        if not len(self.fixed) or not a:
            return out
        charges = _charge_table(self.parameters)
        for number in range(a):
            position = coords[:, number]
            # Only what any conformer of this atom can reach.
            low, high = position.min(axis=0), position.max(axis=0)
            gap = np.maximum(np.maximum(low - self.fixed.coords, self.fixed.coords - high), 0.0)
            seen = (gap**2).sum(axis=1) < self.parameters.cutoff**2
            if masks is not None:
                seen &= masks[number]
            close = np.flatnonzero(seen)
            if not close.size:
                continue
            unique, back = _unique_rows(position)
            fixed = self.fixed.coords[close]
            square = (unique**2).sum(axis=1)[:, None] + self._squares[close]
            square -= 2.0 * (unique @ fixed.T)
            base, part = _bins_of(square, self._bins)
            index = base + self._kind[close] * self._bins
            table = self._table(types[number], hard[number], split)
            for term in range(len(table)):
                out[term] += _interpolate(table[term], index, part).sum(axis=1)[back]
            if types[number].charge and self.parameters.charge:
                coulomb = _interpolate(charges, base, part) @ self._charge[close]
                out[-1] += types[number].charge * coulomb[back]
        return out


# A table has up to a megabyte; a complex needs some twenty of them.
@lru_cache(maxsize=128)
def _kinds_table(
    moving: AtomType, kinds: tuple[AtomType, ...], parameters: PairParameters, split: bool
) -> Floats:
    """Return the tables of one moving kind with several fixed kinds, one behind the other."""
    rows = np.stack([_kind_table(moving, kind, parameters) for kind in kinds], axis=1)
    if not split:
        rows = rows.sum(axis=0, keepdims=True)
    table = np.ascontiguousarray(rows.reshape(len(rows), -1))
    table.flags.writeable = False
    return table


def _bins_of(square: Floats, bins: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the bin of each squared distance and how far into it, capped at the last."""
    scaled = np.minimum(np.maximum(square * (1.0 / _BIN), 0.0), bins - 2.0)
    base = scaled.astype(np.int64)
    scaled -= base
    return base, scaled


def _interpolate(table: Floats, index: NDArray[np.int64], part: Floats) -> Floats:
    """Return the table's values between its bins."""
    left = table.take(index)
    right = table.take(index + 1)
    right -= left
    right *= part
    left += right
    return np.asarray(left)


def _unique_rows(position: Floats) -> tuple[Floats, NDArray[np.intp] | slice]:
    """Return the distinct positions and how to spread them over the conformers again."""
    if len(position) == 1 or (position == position[0]).all():
        return position[:1], np.zeros(len(position), dtype=np.intp)
    return position, slice(None)
