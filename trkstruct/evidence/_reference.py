"""The reference tables, as they are printed and exported: one row a fact, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .. import reference
from ..errors import DataError, LigandNotFoundError
from ..kinases import Kinase
from ..kinases import kinase as find_kinase
from ..ligands import library
from ..mutations import catalogue
from ._tables import canonical_variant

__all__ = ["TABLES", "reference_table"]

Row = Mapping[str, str]


def _mutations() -> tuple[Row, ...]:
    """Resistance mutations of the catalogue, with where they lie and what the place is called."""
    return tuple(
        {
            "kinase": row.kinase, "gene": row.gene, "mutation": row.text,
            "mutation_literature": row.literature_text,
            "klifs_position": "" if row.klifs_position is None else str(row.klifs_position),
            "role": row.role, "basis": row.basis,
            "inhibitors": "|".join(x.strip() for x in row.inhibitors.split(";") if x.strip()),
            "source": row.source, "citation": row.citation, "note": row.note,
        }
        for row in catalogue()
    )  # fmt: skip


def _inhibitors() -> tuple[Row, ...]:
    """Inhibitors of the library, one row for each indication, or one if there is none."""
    approved: dict[str, list[Row]] = {}
    for row in reference.read_csv("indications.csv"):
        approved.setdefault(row["inhibitor"], []).append(row)
    nothing = {key: "" for key in ("agency", "genes", "indication", "since", "source", "note")}
    return tuple(
        {
            "inhibitor": entry.name, "synonyms": "|".join(entry.synonyms),
            "generation": entry.generation, "binding_type": entry.binding_type,
            "macrocycle": {True: "yes", False: "no"}.get(bool(entry.macrocycle), "")
            if entry.smiles else "",
            "targets": "|".join(entry.targets), "status": entry.status,
            "agency": row["agency"], "genes": row["genes"], "indication": row["indication"],
            "since": row["since"], "source": row["source"] or entry.status_source,
            "note": row["note"] or entry.abstained,
        }
        for entry in library.library()
        for row in approved.get(entry.name, [nothing])
    )  # fmt: skip


def _plain(name: str) -> Callable[[], tuple[Row, ...]]:
    return lambda: reference.read_csv(name)


_MAKERS: Final[dict[str, Callable[[], tuple[Row, ...]]]] = {
    "mutations": _mutations,
    "inhibitors": _inhibitors,
    "fusions": _plain("fusions.csv"),
    "detection": _plain("detection_methods.csv"),
    "clinical": _plain("clinical_activity.csv"),
    "trials": _plain("trials.csv"),
    "off-target": _plain("off_target.csv"),
}
#: Names of the reference tables.
TABLES: Final = tuple(_MAKERS)


def reference_table(
    name: str,
    kinase: str | Kinase | None = None,
    mutation: str | None = None,
    inhibitor: str | None = None,
) -> tuple[Row, ...]:
    """Rows of a reference table, all or those about a kinase, a mutation, an inhibitor.

    Parameters
    ----------
    name : {"mutations", "inhibitors", "fusions", "detection", "clinical", "trials", "off-target"}
        The table.
    kinase : str or Kinase, optional
        Any of its names; of a table without kinases every row stays.
    mutation : str, optional
        Of the table of mutations, in UniProt numbers or those of papers.
    inhibitor : str, optional
        Name or synonym.

    Returns
    -------
    tuple of mapping
        Column to text, in the order of the table.

    Raises
    ------
    DataError
        If there is no such table.
    NumberingError
        If the kinase is not known.
    MutationError
        If the mutation cannot be read or does not fit the kinase.
    LigandNotFoundError
        If the library has no such inhibitor.

    Examples
    --------
    >>> from trkstruct.evidence import reference_table
    >>> [row["mutation"] for row in reference_table("mutations", "TRKB", "G639R")]
    ['G623R']
    """
    if name not in _MAKERS:
        raise DataError(f"There is no reference table {name!r}; there are {', '.join(TABLES)}.")
    of = find_kinase(kinase) if isinstance(kinase, str) else kinase
    entry = library.find(inhibitor) if inhibitor is not None else None
    if inhibitor is not None and entry is None:
        raise LigandNotFoundError(f"No inhibitor of the library is called {inhibitor!r}.")
    rows = _MAKERS[name]()
    return tuple(
        row
        for row in rows
        if (of is None or _of_kinase(row, of))
        and (entry is None or _of_inhibitor(row, entry.name))
        and (mutation is None or _of_mutation(row, mutation))
    )


def _of_kinase(row: Row, of: Kinase) -> bool:
    """Tell whether a row is about a kinase; one that names none is about all."""
    if "seen_with" in row:
        return of.name in row["seen_with"].split("|")
    if "kinase" in row:
        return row["kinase"] == of.name
    named = [row[column] for column in ("genes", "targets") if column in row]
    return not named or any(of.gene in text.split("|") for text in named)


def _of_inhibitor(row: Row, name: str) -> bool:
    if "inhibitors" in row:
        return name in (text.partition(" (")[0] for text in row["inhibitors"].split("|"))
    column = "inhibitor" if "inhibitor" in row else "drug"
    return column not in row or row[column] == name


def _of_mutation(row: Row, text: str) -> bool:
    if "mutation" not in row:
        return True
    wanted = text.strip().casefold()
    if wanted in (row["mutation"].casefold(), row["mutation_literature"].casefold()):
        return True
    try:
        return canonical_variant(text, row["kinase"]) == row["mutation"]
    except ValueError:
        return False
