"""The inhibitors that are known by name: their structures, types and sources.

The table is ``ligands/inhibitors.csv``, which travels with the package; the README beside it says
what its columns are and where each structure is from.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..bundled import data_folder
from ..errors import DataError, UnpublishedLigandError
from ..residues import Finding
from .components import plain_name

if TYPE_CHECKING:
    from .molecule import Ligand

__all__ = [
    "BINDING_TYPES",
    "TABLE",
    "LibraryEntry",
    "find",
    "find_inchikey",
    "library",
    "read_library",
]

#: The table, in the folder ``ligands``.
TABLE: Final = "inhibitors.csv"
#: Binding types, as `trkstruct.complexes` tells them from a pose.
BINDING_TYPES: Final = ("I", "I1/2", "II", "III")
_COLUMNS: Final = (
    "name", "synonyms", "component", "smiles", "inchikey", "formula", "binding_type",
    "binding_type_source", "macrocycle", "generation", "targets", "status", "status_source",
    "source_1", "source_2", "doubt", "note", "abstained",
)  # fmt: skip
_MACROCYCLE: Final = {"yes": True, "no": False, "": None}


@dataclass(frozen=True, slots=True, repr=False)
class LibraryEntry:
    """An inhibitor of the library.

    Parameters
    ----------
    name : str
        Its name here.
    synonyms : tuple of str
        Other names: codes, brands.
    component : str
        Its code in the chemical component dictionary, whose atom names its ligand then has; empty
        if it has none.
    smiles, inchikey, formula : str
        The neutral compound, with stereo; empty if its structure is not public.
    binding_type : str
        ``I``, ``I1/2``, ``II`` or ``III``; empty if not known.
    binding_type_source : str
        Who says so, or by what analogy.
    macrocycle : bool or None
        Whether it has a ring of twelve atoms or more; None if its structure is not public.
    generation : str
        Generation, and of which kinase's inhibitors.
    targets : tuple of str
        Genes of its main targets; not complete.
    status, status_source : str
        ``approved``, ``clinical`` or ``preclinical``, and who says so.
    sources : tuple of str
        Independent sources of the structure.
    doubt : str
        What a user of the structure or the type should know; empty if nothing.
    note : str
        Other remarks, such as sources that differ without consequence.
    abstained : str
        Why there is no structure; empty if there is one.
    """

    name: str
    synonyms: tuple[str, ...]
    component: str
    smiles: str
    inchikey: str
    formula: str
    binding_type: str
    binding_type_source: str
    macrocycle: bool | None
    generation: str
    targets: tuple[str, ...]
    status: str
    status_source: str
    sources: tuple[str, ...]
    doubt: str
    note: str
    abstained: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its synonyms."""
        return (self.name, *self.synonyms)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What its ligand says of itself: a doubt about structure or type."""
        if not self.doubt:
            return ()
        return (Finding("library-doubt", f"{self.name}: {self.doubt}.", "warning"),)

    def ligand(self) -> Ligand:
        """Make the ligand.

        Returns
        -------
        Ligand
            With the binding type of the library; atoms are named as in the component dictionary
            if it has the compound.

        Raises
        ------
        UnpublishedLigandError
            If its structure is not public.

        Examples
        --------
        >>> from trkstruct.ligands.library import find
        >>> find("LOXO-101").ligand().binding_type
        'I'
        """
        from .molecule import Ligand

        if self.abstained:
            raise UnpublishedLigandError(
                f"{self.name} is a known inhibitor, but {self.abstained}. If you have it, give the "
                "SMILES instead of the name."
            )
        if self.component:
            made = Ligand.from_component(self.component, self.name)
        else:
            made = Ligand.from_smiles(self.smiles, self.name)
        return replace(
            made,
            binding_type=self.binding_type,
            source=f"library, {made.source}",
            findings=(*made.findings, *self.findings),
        )

    def __repr__(self) -> str:
        kind = f", type {self.binding_type}" if self.binding_type else ""
        return f"<LibraryEntry {self.name}{kind}, {self.formula or self.abstained}>"


def library() -> tuple[LibraryEntry, ...]:
    """All inhibitors of the library, also those whose structure is not public.

    Returns
    -------
    tuple of LibraryEntry
        In the order of the table.

    Raises
    ------
    DataError
        If the table is missing from the installation, or damaged.

    Examples
    --------
    >>> from trkstruct.ligands.library import library
    >>> [entry.name for entry in library() if entry.macrocycle][:2]
    ['selitrectinib', 'repotrectinib']
    """
    folder = data_folder("ligands")
    if folder is None:
        raise DataError(
            "The table of inhibitors that should travel with the package is missing: install "
            "trkstruct again, or give inhibitors as SMILES or files."
        )
    return _entries(folder / TABLE)


def find(name: str) -> LibraryEntry | None:
    """Find an inhibitor by its name or a synonym.

    Parameters
    ----------
    name : str
        Case, blanks, hyphens and underscores do not matter.

    Returns
    -------
    LibraryEntry or None

    Raises
    ------
    DataError
        If the table is missing from the installation, or damaged.

    Examples
    --------
    >>> from trkstruct.ligands.library import find
    >>> find("loxo 195")
    <LibraryEntry selitrectinib, type I, C20H21FN6O>
    """
    return _by_name(library()).get(plain_name(name))


def find_inchikey(inchikey: str) -> LibraryEntry | None:
    """Find an inhibitor by its InChIKey, whatever it is called.

    Parameters
    ----------
    inchikey : str
        Of the neutral compound with stereo.

    Returns
    -------
    LibraryEntry or None

    Raises
    ------
    DataError
        If the table is missing from the installation, or damaged.

    Examples
    --------
    >>> from trkstruct.ligands.library import find_inchikey
    >>> find_inchikey("FIKPXCOQUIZNHB-WDEREUQCSA-N").name
    'repotrectinib'
    """
    return next((e for e in library() if inchikey and e.inchikey == inchikey), None)


@lru_cache(maxsize=4)
def _by_name(entries: tuple[LibraryEntry, ...]) -> dict[str, LibraryEntry]:
    return {plain_name(name): entry for entry in entries for name in entry.names}


@lru_cache(maxsize=4)
def _entries(path: Path) -> tuple[LibraryEntry, ...]:
    return read_library(path)


def read_library(path: Path) -> tuple[LibraryEntry, ...]:
    """Read a table of inhibitors.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns of ``ligands/inhibitors.csv``; lines that begin with ``#`` are skipped.

    Returns
    -------
    tuple of LibraryEntry

    Raises
    ------
    DataError
        If it cannot be read, lacks a column, gives a name twice, or a row contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"The table of inhibitors {path} cannot be read: {why}.") from error
    reader = csv.DictReader(line for line in text.splitlines(True) if not line.startswith("#"))
    lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise DataError(f"The table of inhibitors {path} has no column {', '.join(lacking)}.")
    entries: list[LibraryEntry] = []
    seen: dict[str, str] = {}
    for number, row in enumerate(reader, start=1):
        problem, entry = _entry(row)
        for name in map(plain_name, entry.names) if entry else ():
            problem = problem or (f"{name} is also {seen[name]}" if name in seen else "")
            seen[name] = row["name"]
        if problem or entry is None:
            raise DataError(f"Row {number} of {path} ({row['name']}) cannot be used: {problem}.")
        entries.append(entry)
    return tuple(entries)


def _entry(row: dict[str, Any]) -> tuple[str, LibraryEntry | None]:
    """Make the entry of a row, and say what is wrong with it."""
    if None in row or None in row.values():
        return "it has another number of fields than the header", None
    entry = LibraryEntry(
        synonyms=_parts(row["synonyms"]),
        targets=_parts(row["targets"]),
        sources=tuple(filter(None, (row["source_1"], row["source_2"]))),
        macrocycle=_MACROCYCLE.get(row["macrocycle"]),
        **{
            column: row[column]
            for column in _COLUMNS
            if column not in ("synonyms", "targets", "macrocycle", "source_1", "source_2")
        },
    )
    if not entry.name:
        return "it has no name", entry
    if bool(entry.smiles) == bool(entry.abstained):
        return "it needs either SMILES or a reason under abstained", entry
    if row["macrocycle"] not in _MACROCYCLE or bool(entry.smiles) == (entry.macrocycle is None):
        return "macrocycle is yes or no, and empty if there is no structure", entry
    if entry.binding_type not in ("", *BINDING_TYPES):
        return f"{entry.binding_type!r} is none of {', '.join(BINDING_TYPES)}", entry
    return "", entry


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
