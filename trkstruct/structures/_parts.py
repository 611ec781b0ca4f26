"""Residues, gaps and alternate locations: what a structure consists of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..reference import read_csv
from ..residues import THREE_TO_ONE, ResidueId
from ._raw import RawAtom

__all__ = [
    "Altloc",
    "Draft",
    "Gap",
    "Residue",
    "ResidueKind",
    "counted",
    "het_classes",
    "listed",
    "waters",
]

ResidueKind = Literal[
    "protein", "cap", "nucleic", "glycan", "water", "ion", "buffer", "cofactor", "ligand"
]


@dataclass(frozen=True, slots=True)
class Residue:
    """One residue of a structure and where its atoms stand in the arrays.

    Parameters
    ----------
    id : ResidueId
        Author chain, number and insertion code.
    name : str
        Component id as in the file.
    parent : str
        Standard amino acid (three letters) as which it takes part; empty if none.
    kind : str
        ``protein``, ``cap``, ``nucleic``, ``glycan``, ``water``, ``ion``, ``buffer``,
        ``cofactor`` or ``ligand``.
    start, stop : int
        Its atoms are ``start:stop`` of the structure's arrays.
    index : int
        Its place in ``Structure.residues``.
    missing : tuple of str
        Heavy atoms of the parent that have no coordinates (a terminal OXT is not asked for).
    altloc : str
        The alternate location that was read, empty if there was no choice.
    renamed : tuple of (str, str)
        Atoms whose name is not the file's: (name here, name in the file).
    hetero : bool
        Whether the file has it as HETATM.
    """

    id: ResidueId
    name: str
    parent: str
    kind: ResidueKind
    start: int
    stop: int
    index: int
    missing: tuple[str, ...] = ()
    altloc: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    hetero: bool = False

    @property
    def letter(self) -> str:
        """One-letter code of the parent; ``X`` if it has none."""
        return THREE_TO_ONE.get(self.parent, "X")

    @property
    def n_atoms(self) -> int:
        """How many heavy atoms have coordinates."""
        return self.stop - self.start

    def __len__(self) -> int:
        return self.stop - self.start

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where a chain is broken.

    Parameters
    ----------
    before, after : ResidueId
        The resolved residues on both sides.
    distance : float
        From C to N (from CA to CA if one of these is missing), in angstrom; NaN if
        neither is there.
    missing : int
        How many residues the author's numbers leave out; 0 if they do not say.
    """

    before: ResidueId
    after: ResidueId
    distance: float
    missing: int

    def __str__(self) -> str:
        many = f"{self.missing} residues" if self.missing else "unknown length"
        return f"{self.before}-{self.after} ({many})"


@dataclass(frozen=True, slots=True)
class Altloc:
    """The conformer of a residue that was read, and the others.

    Parameters
    ----------
    residue : ResidueId
        Where.
    chosen : str
        The letter that was read.
    occupancies : tuple of (str, float)
        Mean occupancy of the atoms of each letter.
    """

    residue: ResidueId
    chosen: str
    occupancies: tuple[tuple[str, float], ...]


@dataclass(slots=True)
class Draft:
    """A residue while it is being built."""

    id: ResidueId
    name: str
    hetero: bool
    atoms: list[RawAtom]
    altloc: str = ""
    kind: ResidueKind = "ligand"
    parent: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    by_name: dict[str, RawAtom] = field(default_factory=dict)

    def position(self, name: str) -> NDArray[np.float64] | None:
        atom = self.by_name.get(name)
        return None if atom is None else np.array((atom.x, atom.y, atom.z))


@lru_cache(maxsize=1)
def het_classes() -> Mapping[str, ResidueKind]:
    return {row["code"]: row["class"] for row in read_csv("het_classes.csv")}  # type: ignore[misc]


@lru_cache(maxsize=1)
def waters() -> frozenset[str]:
    return frozenset(code for code, kind in het_classes().items() if kind == "water")


def counted(count: int, noun: str) -> str:
    """Write a number with its noun.

    Parameters
    ----------
    count : int
        How many.
    noun : str
        Of what, in the singular; its plural takes an s.

    Returns
    -------
    str
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(items: Iterable[object], most: int = 8) -> str:
    """Join items for a message, the first few by name and the rest by count.

    Parameters
    ----------
    items : iterable
        What to list.
    most : int
        How many to name.

    Returns
    -------
    str
    """
    texts = [str(item) for item in items]
    if len(texts) <= most + 1:
        return ", ".join(texts)
    return f"{', '.join(texts[:most])} and {len(texts) - most} more"
