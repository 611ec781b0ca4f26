"""A ligand in a rigid pocket: energy, gradient, minimisation.

The ligand's own energy is MMFF94s without its charges (which in vacuum would fold it onto
itself); the pocket's are AutoDock Vina's terms (doi:10.1002/jcc.21334) between heavy atoms,
with the weights and the shift of the score, and without its cap, so that there is always a
way out of an overlap.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..atoms import AtomType, TypedAtoms
from ..energies import PairParameters
from ..errors import PlacementError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["Internal", "Pocket", "minimise"]

Floats = NDArray[np.float64]
#: Minimisation moves atoms by less than this between two lists of pairs, in angstrom.
_MARGIN_ANG = 2.0
#: Distances between surfaces that occur, from one atom on another to the cutoff, and the step in
#: which they are tabulated, in angstrom. An energy is off by less than 1e-5 kcal/mol a pair.
_LEAST_ANG, _MOST_ANG, _STEP_ANG = -6.0, 12.0, 0.002


@lru_cache(maxsize=16)
def _tables(p: PairParameters, soft: float | None) -> tuple[Floats, Floats]:
    """Tabulate the energy of a pair and its slope by distance between surfaces.

    A row each for pairs that are neither hydrophobic nor make hydrogen bonds, are the first, the
    second, or both: looked up, they take a third of the time of their exponentials.
    """
    s = np.arange(_LEAST_ANG, _MOST_ANG, _STEP_ANG)
    near = np.exp(-((s / 0.5) ** 2))
    wide = np.exp(-(((s - 3.0) / 2.0) ** 2))
    inside = np.minimum(s, 0.0)
    repulsion, push = inside**2, 2.0 * inside
    if soft is not None:
        deep = inside < -soft
        repulsion = np.where(deep, soft * (-2.0 * inside - soft), repulsion)
        push = np.where(deep, -2.0 * soft, push)
    energy = p.gauss1 * near + p.gauss2 * wide + p.repulsion * repulsion
    slope = p.gauss1 * near * (-8.0 * s) - p.gauss2 * wide * (s - 3.0) / 2.0
    slope += p.repulsion * push
    greasy = (
        p.hydrophobic * np.clip(1.5 - s, 0.0, 1.0),
        -p.hydrophobic * ((s > 0.5) & (s < 1.5)),
    )
    bonded = (p.hbond * np.clip(-s / 0.7, 0.0, 1.0), -p.hbond / 0.7 * ((s > -0.7) & (s < 0.0)))
    rows = [
        (energy + a * greasy[0] + b * bonded[0], slope + a * greasy[1] + b * bonded[1])
        for b in (0, 1)
        for a in (0, 1)
    ]
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])


class _Pairs:
    """Pairs of a ligand's and a pocket's atoms, as an energy with a gradient."""

    def __init__(
        self, pocket: Pocket, rows: NDArray[np.intp], columns: NDArray[np.intp], atoms: int
    ) -> None:
        self._p = pocket.parameters
        self._rows, self._columns, self._atoms = rows, columns, atoms
        # Pairs of an atom stand together: where each begins, of those that have any.
        self._having, self._begin = np.unique(rows, return_index=True)
        self._other = np.ascontiguousarray(pocket.coords[columns].T)
        kind = pocket.hydrophobic[rows, columns] + 2 * pocket.hbond[rows, columns]
        long = int(np.ceil((_MOST_ANG - _LEAST_ANG) / _STEP_ANG))
        # Where in the tables a distance of zero would be.
        self._zero = kind * long - (pocket.contact[rows, columns] + _LEAST_ANG) / _STEP_ANG

    def energy(self, coords: Floats, soft: float | None = None) -> tuple[float, Floats]:
        energy, pull = self._pairs(coords, soft)
        gradient = np.zeros((self._atoms, 3))
        if len(self._having):
            gradient[self._having] = np.add.reduceat(pull, self._begin, axis=1).T
        return float(energy.sum()), gradient

    def by_column(self, coords: Floats, columns: int) -> Floats:
        energy, _ = self._pairs(coords, None)
        return np.bincount(self._columns, energy, columns).astype(np.float64)

    def _pairs(self, coords: Floats, soft: float | None) -> tuple[Floats, Floats]:
        """Return the energy of each pair, and the gradient at its first atom."""
        energies, slopes = _tables(self._p, soft)
        apart = coords.T[:, self._rows] - self._other
        r = np.sqrt(np.einsum("ij,ij->j", apart, apart))
        # A step of the search may throw an atom far away.
        where = self._zero + np.minimum(r, self._p.cutoff) / _STEP_ANG
        entry = where.astype(np.int64)
        seen = r < self._p.cutoff
        slope = slopes[entry] * seen
        energy = energies[entry] * seen + slope * ((where - entry) * _STEP_ANG)
        return energy, apart * (slope / np.maximum(r, 1e-6))


class Pocket:
    """The pair terms of a ligand with a fixed pocket, as an energy with a gradient.

    Parameters
    ----------
    atoms : TypedAtoms
        The pocket.
    types : sequence of AtomType
        The ligand's heavy atoms.
    parameters : PairParameters
        Weights, shift and cutoff.
    """

    def __init__(
        self, atoms: TypedAtoms, types: tuple[AtomType, ...], parameters: PairParameters
    ) -> None:
        self.parameters = parameters
        self.coords = atoms.coords
        own = np.array([t.radius for t in types])
        other = np.array([t.radius for t in atoms.types])
        self.contact = own[:, None] + other - parameters.shift

        def pairs(name: str, counterpart: str) -> NDArray[np.bool_]:
            mine = np.array([getattr(t, name) for t in types], dtype=bool)
            theirs = np.array([getattr(t, counterpart) for t in atoms.types], dtype=bool)
            return np.asarray(mine[:, None] & theirs)

        self.hydrophobic = pairs("hydrophobic", "hydrophobic")
        self.hbond = pairs("donor", "acceptor") | pairs("acceptor", "donor")

    def near(self, coords: Floats, margin: float) -> _Pairs:
        """Return the pairs that are seen, or nearly.

        Parameters
        ----------
        coords : (n, 3) ndarray of float64
            The ligand's heavy atoms in angstrom.
        margin : float
            How far beyond the cutoff a pair is kept, in angstrom.

        Returns
        -------
        object
            With an `energy` like this one's, the same as long as no atom moves by more than
            the margin.
        """
        apart = np.sqrt(((coords[:, None] - self.coords) ** 2).sum(axis=-1))
        rows, columns = np.nonzero(apart < self.parameters.cutoff + margin)
        return _Pairs(self, rows, columns, len(coords))

    def energy(self, coords: Floats, soft: float | None = None) -> tuple[float, Floats]:
        """Evaluate the energy and its gradient.

        Parameters
        ----------
        coords : (n, 3) ndarray of float64
            The ligand's heavy atoms in angstrom.
        soft : float, optional
            From this overlap on, in angstrom, the repulsion grows linearly.

        Returns
        -------
        energy : float
            In kcal/mol.
        gradient : (n, 3) ndarray of float64
            In kcal/mol/angstrom.
        """
        return self.near(coords, 0.0).energy(coords, soft)

    def by_atom(self, coords: Floats) -> Floats:
        """Evaluate what each atom of the pocket gives to the energy.

        Parameters
        ----------
        coords : (n, 3) ndarray of float64
            The ligand's heavy atoms in angstrom.

        Returns
        -------
        (m,) ndarray of float64
            In kcal/mol.
        """
        return self.near(coords, 0.0).by_column(coords, len(self.coords))


class Internal:
    """The ligand's own energy by MMFF94s, without charges.

    Parameters
    ----------
    whole : rdkit.Chem.Mol
        With all its hydrogens and a conformer.

    Raises
    ------
    PlacementError
        If MMFF94s lacks parameters for it.
    """

    def __init__(self, whole: Mol) -> None:
        from rdkit.Chem import rdForceFieldHelpers

        from ..ligands.chemistry import silence

        with silence():
            typed = rdForceFieldHelpers.MMFFGetMoleculeProperties(whole, mmffVariant="MMFF94s")
        if typed is None:
            raise PlacementError(
                "MMFF94s has no parameters for this molecule; it cannot be placed. Give its "
                "coordinates in the frame of the structure."
            )
        typed.SetMMFFEleTerm(False)
        self._field = rdForceFieldHelpers.MMFFGetMoleculeForceField(whole, typed)
        self._field.Initialize()

    def energy(self, coords: Floats) -> tuple[float, Floats]:
        """Evaluate the energy and its gradient.

        Parameters
        ----------
        coords : (n, 3) ndarray of float64
            All atoms in angstrom.

        Returns
        -------
        energy : float
            In kcal/mol.
        gradient : (n, 3) ndarray of float64
            In kcal/mol/angstrom.
        """
        flat = coords.ravel().tolist()
        # In this order: RDKit keeps the distances of the last energy, and takes the gradient with
        # them, wherever the atoms are by then.
        energy = float(self._field.CalcEnergy(flat))
        gradient = np.array(self._field.CalcGrad(flat)).reshape(-1, 3)
        return energy, gradient


def minimise(
    coords: Floats,
    internal: Internal,
    pocket: Pocket,
    heavy: int,
    *,
    weight: float,
    steps: int,
    soft: float | None = None,
    held: tuple[NDArray[np.intp], Floats, float] | None = None,
) -> Floats:
    """Minimise a ligand in its pocket.

    Parameters
    ----------
    coords : (n, 3) ndarray of float64
        All its atoms in angstrom, heavy atoms first.
    internal : Internal
        Its own energy.
    pocket : Pocket
        The pocket's.
    heavy : int
        Number of heavy atoms.
    weight : float
        Of its own energy against the pocket's.
    steps : int
        Most steps of L-BFGS.
    soft : float, optional
        As in `Pocket.energy`.
    held : (indices, positions, strength), optional
        Atoms that a spring draws to positions, in kcal/mol/angstrom^2.

    Returns
    -------
    (n, 3) ndarray of float64
        In angstrom.
    """
    from scipy.optimize import minimize

    pairs = pocket.near(coords[:heavy], _MARGIN_ANG)

    def total(flat: Floats) -> tuple[float, Floats]:
        xyz = flat.reshape(-1, 3)
        energy, gradient = internal.energy(xyz)
        energy, gradient = weight * energy, weight * gradient
        outer, pull = pairs.energy(xyz[:heavy], soft)
        gradient[:heavy] += pull
        energy += outer
        if held is not None:
            index, positions, strength = held
            away = xyz[index] - positions
            energy += 0.5 * strength * float((away**2).sum())
            gradient[index] += strength * away
        return energy, gradient.ravel()

    found = minimize(total, coords.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    return np.asarray(found.x).reshape(-1, 3)
