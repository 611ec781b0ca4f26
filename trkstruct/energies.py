"""Pair terms between typed atoms, and the one kernel that sums them.

The terms are AutoDock Vina's (Trott & Olson 2010, doi:10.1002/jcc.21334) as functions
of the distance between van der Waals surfaces, with two changes that a rigid backbone
asks for: the surfaces are moved apart by ``shift`` and the repulsion of a pair is
capped. A Coulomb term with the distance-dependent dielectric of Mehler & Solmajer 1991
(doi:10.1093/protein/4.8.903), shifted to zero at the cutoff, is added. All parameters
come from ``reference/data/parameters.json``.

The terms of each pair of atom types are tabulated once over the squared distance and
read with linear interpolation, so that the kernel is one table look-up whatever the
terms; `exact_terms` evaluates the same functions without the table. Where numba is
installed, a process that has much to do compiles the kernel; see `_compiled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._compiled import summed
from .atoms import AtomType, TypedAtoms
from .errors import DataError
from .reference import read_json

__all__ = ["TERMS", "Distinct", "PairParameters", "PairTable", "exact_terms", "pair_parameters"]

Floats = NDArray[np.float64]
#: Straight lines between the edges of a table's bins; see `_lines`.
Lines = NDArray[np.complex64]
#: In which conformers an atom stands in all its places, and which place each conformer has.
Distinct = tuple[NDArray[np.int64], NDArray[np.int64]]

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


def _kind(of: AtomType) -> AtomType:
    """Return what the terms but charge see of an atom type."""
    return of._replace(element="", charge=0.0)


def _edges(parameters: PairParameters) -> Floats:
    bins = int(np.ceil(parameters.cutoff**2 / _BIN)) + 1
    return np.asarray(np.sqrt(np.arange(bins + 1) * _BIN))


def _lines(values: Floats) -> Lines:
    """Return the straight line in each bin, its value at bin 0 real, its slope imaginary.

    One complex number holds both, so that one look-up fetches them; x being the squared
    distance in bins, the term is ``real + imag * x``. Single precision is good to a few
    millionths of a kcal/mol, and twice as much of the tables fits the processor's cache.
    """
    slope = np.diff(values, axis=-1)
    out = np.zeros(values.shape, dtype=np.complex64)
    out[..., :-1] = values[..., :-1] - slope * np.arange(slope.shape[-1]) + 1j * slope
    out.flags.writeable = False
    return out


@lru_cache(maxsize=16)
def _charge_lines(parameters: PairParameters) -> Lines:
    """Return the charge term of two unit charges, (bins,)."""
    return _lines(exact_terms(_UNIT_CHARGE, _UNIT_CHARGE, _edges(parameters), parameters)[3])


# A table has up to a megabyte; a complex needs some twenty of them.
@lru_cache(maxsize=64)
def _kinds_table(
    moving: AtomType, kinds: tuple[AtomType, ...], parameters: PairParameters, split: bool
) -> Lines:
    """Return the tables of one moving kind with several fixed kinds, one behind the other."""
    edges = _edges(parameters)
    rows = np.stack([exact_terms(moving, kind, edges, parameters)[:3] for kind in kinds], axis=1)
    table = _lines(rows if split else rows.sum(axis=0, keepdims=True))
    return table.reshape(len(table), -1)


class PairTable:
    """The terms between a few moving atom types and a fixed set of atoms.

    Parameters
    ----------
    fixed : TypedAtoms
        The atoms that do not move.
    parameters : PairParameters
        Weights and cutoff.
    groups : int, default 1
        Parts of equal length that the fixed atoms fall into, each with a sum of its own: the
        same atoms in several places, such as the poses of a ligand.

    Raises
    ------
    DataError
        If the groups are not the same atoms.
    """

    def __init__(self, fixed: TypedAtoms, parameters: PairParameters, groups: int = 1) -> None:
        one = fixed.types[: len(fixed) // max(groups, 1)]
        if groups < 1 or fixed.types != one * groups:
            raise DataError(f"{len(fixed)} atoms are not {groups} times the same ones.")
        self.fixed = fixed
        self.parameters = parameters
        self.groups = groups
        self._hard = replace(parameters, shift=0.0)
        kinds = [_kind(t) for t in one]
        # Sorted, so that the order of atoms does not make more tables of the same kinds.
        self._kinds = tuple(sorted(set(kinds)))
        number = {kind: n for n, kind in enumerate(self._kinds)}
        self._bins = len(_edges(parameters))
        start = np.array([number[kind] for kind in kinds], dtype=np.int64) * self._bins
        self._start = np.tile(start, groups)
        self._charge = np.tile(np.array([t.charge for t in one], dtype=np.float64), groups)
        self._coords = fixed.coords
        self._tables: dict[tuple[AtomType, bool, bool], Lines] = {}

    def take(self, indices: NDArray[np.int64]) -> PairTable:
        """Return the terms with some of the fixed atoms alone, sharing all that can be shared.

        Parameters
        ----------
        indices : (n,) ndarray of int64
            Which of the fixed atoms, which are one group then.

        Returns
        -------
        PairTable
        """
        part = copy(self)
        part.groups = 1
        part._start, part._charge = self._start[indices], self._charge[indices]
        part._coords = self._coords[indices]
        return part

    def _table(self, moving: AtomType, hard: bool, split: bool) -> Lines:
        """Return the (3 or 1, kinds * bins) table of one moving atom type."""
        key = (moving, hard, split)
        found = self._tables.get(key)
        if found is None:
            parameters = self._hard if hard else self.parameters
            found = _kinds_table(_kind(moving), self._kinds, parameters, split)
            self._tables[key] = found
        return found

    def energies(
        self,
        coords: Floats,
        types: Sequence[AtomType],
        masks: NDArray[np.bool_] | None = None,
        *,
        hard: Sequence[bool],
        split: bool,
        distinct: Sequence[Distinct] | None = None,
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
        distinct : sequence of (first, back), optional
            For each moving atom, conformers in which it stands in all its places, and which of
            these every conformer has, as `trkstruct.rotamers.Conformers.distinct` gives them.

        Returns
        -------
        (4, r) or (1, r) ndarray of float64
            Terms in the order of `TERMS`, or their sum, in kcal/mol; with several groups
            (groups, 4, r) or (groups, 1, r).
        """
        r, a = coords.shape[:2]
        out = np.zeros((self.groups, 4 if split else 1, r))
        coulomb = _charge_lines(self.parameters)
        for number in range(a if len(self._coords) else 0):
            points, back = coords[:, number], None
            if distinct is not None and len(distinct[number][0]) < r:
                first, back = distinct[number]
                points = points[first]
            seen = None if masks is None else masks[number]
            terms = summed(
                np.ascontiguousarray(points), self._coords, self._start, self._charge, seen,
                self._table(types[number], hard[number], split), coulomb,
                types[number].charge if self.parameters.charge else 0.0,
                self.parameters.cutoff, 1.0 / _BIN, self.groups,
            )  # fmt: skip
            if terms is not None:
                out += terms if back is None else terms[:, :, back]
        return out if self.groups > 1 else np.asarray(out[0])
