"""Typed atoms: what the energy terms see of a protein or a ligand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .reference import read_csv

__all__ = ["AtomType", "TypedAtoms", "protein_atom_type", "radius"]


class AtomType(NamedTuple):
    """Type of one heavy atom, hydrogens folded in.

    Parameters
    ----------
    element : str
        Element symbol, such as ``"C"`` or ``"Cl"``.
    radius : float
        Van der Waals radius in angstrom, as AutoDock Vina has it.
    hydrophobic, donor, acceptor : bool
        As AutoDock Vina has them (doi:10.1002/jcc.21334).
    charge : float
        United-atom charge in e.
    """

    element: str
    radius: float
    hydrophobic: bool
    donor: bool
    acceptor: bool
    charge: float


@dataclass(frozen=True, slots=True, eq=False)
class TypedAtoms:
    """Heavy atoms with what the pair terms need; all arrays are read-only.

    Parameters
    ----------
    coords : (n, 3) float64
        Positions in angstrom.
    types : tuple of AtomType
        One for each atom.
    names : tuple of str
        Atom names, for reports.
    """

    coords: NDArray[np.float64]
    types: tuple[AtomType, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        coords = np.array(self.coords, dtype=np.float64).reshape(-1, 3)
        if not len(coords) == len(self.types) == len(self.names):
            raise DataError(
                f"{len(coords)} positions, {len(self.types)} types and {len(self.names)} names "
                "do not describe the same atoms."
            )
        coords.flags.writeable = False
        object.__setattr__(self, "coords", coords)

    def __len__(self) -> int:
        return len(self.types)

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> TypedAtoms:
        """Return the atoms of these indices, in that order.

        Parameters
        ----------
        indices : (m,) int
            Which atoms.

        Returns
        -------
        TypedAtoms
        """
        kept = [int(i) for i in indices]
        return TypedAtoms(
            self.coords[kept],
            tuple(self.types[i] for i in kept),
            tuple(self.names[i] for i in kept),
        )


@lru_cache(maxsize=1)
def _radii() -> dict[str, float]:
    return {row["element"].upper(): float(row["radius_ang"]) for row in read_csv("radii.csv")}


def radius(element: str) -> float:
    """Return the van der Waals radius that the pair terms use.

    Parameters
    ----------
    element : str
        Element symbol, in any case.

    Returns
    -------
    float
        Angstrom; AutoDock Vina's (doi:10.1002/jcc.21334).

    Raises
    ------
    DataError
        If the table has no such element.
    """
    try:
        return _radii()[element.upper()]
    except KeyError:
        known = ", ".join(sorted(_radii()))
        raise DataError(f"No radius for element {element!r}; the table has {known}.") from None


@lru_cache(maxsize=1)
def _protein_types() -> dict[tuple[str, str], AtomType]:
    types = {}
    for row in read_csv("protein_atoms.csv"):
        types[row["residue"], row["atom"]] = AtomType(
            row["element"],
            radius(row["element"]),
            row["hydrophobic"] == "1",
            row["donor"] == "1",
            row["acceptor"] == "1",
            float(row["charge_e"]),
        )
    return types


def protein_atom_type(residue: str, atom: str, element: str = "") -> AtomType:
    """Return the type of a heavy atom of an amino acid or a cap.

    Parameters
    ----------
    residue : str
        Three-letter name of a standard amino acid, or ``ACE`` or ``NME``.
    atom : str
        Atom name.
    element : str
        Used where the residue has no such atom (a modified residue's extra atoms,
        metal ions): a neutral atom of that element without hydrogen bonds.

    Returns
    -------
    AtomType

    Raises
    ------
    DataError
        If neither the atom nor its element is known.
    """
    found = _protein_types().get((residue, atom))
    if found is None and atom == "OXT":
        found = _protein_types().get((residue, "O"))
    if found is not None:
        return found
    return AtomType(element, radius(element), False, False, element in ("N", "O"), 0.0)
