"""The 85 positions of the KLIFS pocket in one chain, as a table."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import ResidueNotFoundError
from ..residues import ResidueId

__all__ = ["Pocket", "PocketResidue"]


@dataclass(frozen=True, slots=True)
class PocketResidue:
    """One of the 85 positions of the KLIFS pocket (doi:10.1021/jm400378w).

    Parameters
    ----------
    position : int
        KLIFS position, 1 to 85.
    label : str
        Region and position, such as ``GK.45``.
    region, role : str
        KLIFS region, and what medicinal chemists call the place.
    residue : ResidueId or None
        Where it is in the structure; ``None`` if it is not resolved.
    letter : str
        The residue in the structure; empty if it is not resolved.
    expected : str
        The kinase's residue there, ``_`` if it has none.
    uniprot, literature : int or None
        Its other numbers.
    """

    position: int
    label: str
    region: str
    role: str
    residue: ResidueId | None
    letter: str
    expected: str
    uniprot: int | None
    literature: int | None

    @property
    def author(self) -> str:
        """Chain, author number and insertion code; empty if it is not resolved."""
        return "" if self.residue is None else str(self.residue)


@dataclass(frozen=True, slots=True)
class Pocket:
    """The 85 positions of the KLIFS pocket in one chain.

    Parameters
    ----------
    kinase : str
        Name of the kinase.
    chain : str
        Author chain.
    rows : tuple of PocketResidue
        In the order of the positions.
    """

    kinase: str
    chain: str
    rows: tuple[PocketResidue, ...]

    columns = ("position", "label", "role", "letter", "expected", "author", "uniprot", "literature")

    def __iter__(self) -> Iterator[PocketResidue]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> PocketResidue:
        """The residue at a KLIFS position, counted from 1."""
        if not 1 <= position <= len(self.rows):
            raise ResidueNotFoundError(
                f"The pocket has positions 1 to {len(self.rows)}; {position} was asked for."
            )
        return self.rows[position - 1]

    def records(self) -> list[dict[str, Any]]:
        """Rows as dictionaries, for tables.

        Returns
        -------
        list of dict
            Keys as in ``columns``; what is not known is ``None`` or empty.
        """
        return [{name: getattr(row, name) for name in self.columns} for row in self.rows]

    def __repr__(self) -> str:
        def cell(value: object) -> str:
            return "-" if value in (None, "") else str(value)

        table = [
            self.columns,
            *(tuple(map(cell, record.values())) for record in self.records()),
        ]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = (
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        )
        title = f"Pocket of {self.kinase or 'unknown kinase'}, chain {self.chain}"
        return "\n".join([title, *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self.columns)
        body = "".join(
            "<tr>"
            + "".join(
                f"<td>{'' if v is None else html.escape(str(v))}</td>" for v in record.values()
            )
            + "</tr>"
            for record in self.records()
        )
        title = html.escape(f"{self.kinase}, chain {self.chain}")
        return f"<table><caption>{title}</caption><tr>{head}</tr>{body}</table>"
