"""The records of a file of many ligands, good and bad."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

from ..errors import LigandError, LigandNotFoundError

if TYPE_CHECKING:
    from .molecule import Ligand

__all__ = ["LigandRecord", "LigandSeries", "one_line_name"]


def one_line_name(text: str) -> str:
    """Make a name that goes into tables, terminals and SDF titles without breaking them.

    Parameters
    ----------
    text : str
        As it was given.

    Returns
    -------
    str
        Line breaks and control characters are blanks, and blanks are single.
    """
    if text.isprintable():
        return text
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@dataclass(frozen=True, slots=True)
class LigandRecord:
    """One record of a file of many: a ligand, or why there is none.

    Parameters
    ----------
    row : int
        Number of the record, from 1.
    name : str
        Its name in the file; empty if it has none.
    ligand : Ligand or None
        None if the record could not be read.
    error : str
        Why not; empty if it could.
    text : str
        SMILES as given, or empty.
    """

    row: int
    name: str
    ligand: Ligand | None
    error: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line_name(self.name))


@dataclass(frozen=True, slots=True, repr=False)
class LigandSeries(Sequence[LigandRecord]):
    """The records of a file, table or list, in order; bad ones stay as rows with their error.

    Parameters
    ----------
    records : tuple of LigandRecord
        All of them.
    source : str
        Where they came from.
    """

    records: tuple[LigandRecord, ...]
    source: str = ""

    @overload
    def __getitem__(self, key: int) -> LigandRecord: ...
    @overload
    def __getitem__(self, key: slice) -> LigandSeries: ...
    def __getitem__(self, key: int | slice) -> LigandRecord | LigandSeries:
        if isinstance(key, slice):
            return LigandSeries(self.records[key], self.source)
        return self.records[key]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[LigandRecord]:
        return iter(self.records)

    def __repr__(self) -> str:
        bad = len(self.failed)
        return f"<LigandSeries {self.source}: {len(self)} records, {bad} unreadable>"

    @property
    def good(self) -> tuple[Ligand, ...]:
        """Ligands that could be read."""
        return tuple(record.ligand for record in self.records if record.ligand is not None)

    @property
    def failed(self) -> tuple[LigandRecord, ...]:
        """Records that could not be read."""
        return tuple(record for record in self.records if record.ligand is None)

    def pick(self, which: str) -> LigandSeries:
        """Return the record of a number (from 1) or a name.

        Parameters
        ----------
        which : str
            ``3``, or a name in the file.

        Returns
        -------
        LigandSeries
            With one record.

        Raises
        ------
        LigandNotFoundError
            If there is no such record, or several of that name.
        """
        named = [r for r in self.records if r.name and r.name.casefold() == which.casefold()]
        if not named and which.isdigit() and 1 <= int(which) <= len(self):
            named = [self.records[int(which) - 1]]
        if len(named) != 1:
            names = ", ".join(r.name or str(r.row) for r in self.records[:10])
            more = ", ..." if len(self) > 10 else ""
            raise LigandNotFoundError(
                f"{self.source} has {len(named) or 'no'} records called {which!r}; it has "
                f"{len(self)}: {names}{more}. Pick one by number, as in {self.source}#1."
            )
        return LigandSeries((named[0],), self.source)

    def only(self, name: str | None = None) -> Ligand:
        """Return the ligand of a series of one.

        Parameters
        ----------
        name : str, optional
            Name to show.

        Returns
        -------
        Ligand

        Raises
        ------
        LigandError
            If there are several records, or the one is bad.
        """
        if len(self) != 1:
            raise LigandError(
                f"{self.source} holds {len(self)} molecules where one is needed: pick one with "
                f"{self.source}#NUMBER or {self.source}#NAME."
            )
        record = self.records[0]
        if record.ligand is None:
            raise LigandError(f"{self.source}: {record.error}")
        return replace(record.ligand, name=name) if name else record.ligand
