"""Resistance mutations that have been reported, as a table with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .. import reference
from ..errors import DataError, MutationError
from ..kinases import Kinase, kinase, role, roles
from ._notation import Mutation, parse

__all__ = ["CatalogueRow", "catalogue", "expand"]


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A resistance mutation that has been reported.

    Parameters
    ----------
    kinase : str
        Name of the kinase, such as ``TRKB``.
    gene : str
        Its gene.
    mutation : Mutation
        With UniProt number.
    literature_text : str
        With the number that papers usually give.
    klifs_position : int or None
        Pocket position.
    role : str
        What the position is called.
    inhibitors : str
        Inhibitors for which resistance was reported, as in the source.
    source : str
        DOI, PMID or address of the report.
    citation : str
        Authors, year and journal.
    basis : str
        ``reported``, or ``homologous`` for the same site of a reported mutation of
        another kinase, which the source reports.
    note : str
        A remark.
    """

    kinase: str
    gene: str
    mutation: Mutation
    literature_text: str
    klifs_position: int | None
    role: str
    inhibitors: str
    source: str
    citation: str
    basis: str = "reported"
    note: str = ""

    @property
    def uniprot_position(self) -> int:
        """UniProt number of the residue."""
        return self.mutation.position

    @property
    def text(self) -> str:
        """The substitution with its UniProt number, such as ``G623R``."""
        return self.mutation.short


@lru_cache(maxsize=1)
def _catalogue() -> tuple[CatalogueRow, ...]:
    rows = []
    for row in reference.read_csv("resistance_mutations.csv"):
        of = kinase(row["kinase"])
        mutation = Mutation.parse(f"{of.name} {row['mutation']}")
        if of.letter(mutation.position) != mutation.wild_type:
            raise DataError(
                f"resistance_mutations.csv: {mutation} does not fit UniProt {of.uniprot}."
            )
        position = of.klifs(mutation.position)
        number = of.literature(mutation.position)
        rows.append(
            CatalogueRow(
                kinase=of.name,
                gene=of.gene,
                mutation=mutation,
                literature_text=f"{mutation.wild_type}{number}{mutation.mutant}",
                klifs_position=position,
                role=role(position),
                inhibitors=row["inhibitors"],
                source=row["source"],
                citation=row["citation"],
                basis=row["basis"],
                note=row["note"],
            )
        )
    return tuple(rows)


def catalogue(of: Kinase | str | None = None, role: str | None = None) -> tuple[CatalogueRow, ...]:
    """Resistance mutations that have been reported.

    Parameters
    ----------
    of : Kinase or str, optional
        Only those of one kinase.
    role : str, optional
        Only those of one role, such as ``solvent-front``.

    Returns
    -------
    tuple of CatalogueRow

    Raises
    ------
    NumberingError
        If the kinase is not known.
    MutationError
        If the role is not known.

    Examples
    --------
    >>> from trkstruct.mutations import catalogue
    >>> [(row.text, row.literature_text) for row in catalogue("TRKB", "solvent-front")]
    [('G623R', 'G639R')]
    """
    name = None if of is None else (kinase(of) if isinstance(of, str) else of).name
    wanted = None if role is None else _role(role)
    if role is not None and wanted is None:
        raise MutationError(f"{role!r} is no role; roles are {', '.join(roles())}.")
    return tuple(
        row
        for row in _catalogue()
        if (name is None or row.kinase == name) and (wanted is None or row.role == wanted)
    )


def _role(text: str) -> str | None:
    """The role that a text names, whatever its case, spaces and hyphens."""
    key = "".join(text.split()).replace("-", "").replace("_", "").casefold()
    return next((item for item in roles() if _squeezed(item) == key), None)


def _squeezed(text: str) -> str:
    return text.replace("-", "").replace(" ", "").casefold()


def expand(text: str, of: Kinase | str) -> tuple[str, ...]:
    """Mutations that a role or a mutation text stands for in a kinase.

    Parameters
    ----------
    text : str
        A role (``xDFG``, ``solvent-front``, ``gatekeeper``, ...), or mutations as in
        `MutationSet.parse`.
    of : Kinase or str
        The kinase.

    Returns
    -------
    tuple of str
        The catalogued mutations of that role with UniProt numbers (none, if none is
        catalogued), or the text itself.

    Raises
    ------
    MutationError
        If the text is neither a role nor a substitution.
    NumberingError
        If the kinase is not known.

    Examples
    --------
    >>> from trkstruct.mutations import expand
    >>> expand("gatekeeper", "ALK")
    ('L1196M',)
    >>> expand("G595R", "TRKA")
    ('G595R',)
    """
    wanted = _role(text)
    if wanted is None:
        parse(text)
        return (text.strip(),)
    return tuple(dict.fromkeys(row.text for row in catalogue(of, wanted)))
