"""Plans of a batch: rows of questions, from a CSV file or from mappings."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import LigandError, PlanError

if TYPE_CHECKING:
    from .ligands import Ligand, LigandRecord
    from .structures import Structure

__all__ = [
    "NUMBERINGS",
    "PLAN_COLUMNS",
    "PlanRow",
    "checked_header",
    "further_columns",
    "named_cells",
    "not_utf8",
    "plan",
    "plan_cells",
    "plan_row",
    "read_plan",
    "resolve_ligand",
]

#: Columns that a plan may have; `structure` and `mutation` it must have.
PLAN_COLUMNS: Final[tuple[str, ...]] = (
    "id", "structure", "chain", "kinase", "ligand", "ligand_name", "pose", "mutation",
    "numbering", "measured_ddg_kcal", "measured_fold", "measured_call",
)  # fmt: skip
_REQUIRED: Final = ("structure", "mutation")
#: How a residue number may be meant.
NUMBERINGS: Final = ("auto", "author", "uniprot", "literature", "klifs")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One question: this mutation, this ligand, this structure.

    Parameters
    ----------
    structure : str or Structure
        A path, an id or a kinase (``TRKA:DFG-out``) that `trkstruct.load` finds, or a structure
        that is already read.
    mutation : str
        As a chemist writes it: ``G595R``, ``TRKA G595R``, ``p.Gly595Arg``, ``G595R+F589L``.
    row : int, default 1
        Number of the row in its plan, from 1.
    id : str, default ""
        Carried through; may repeat.
    chain : str, default ""
        Author chain; chosen if empty.
    kinase : str, default ""
        Kinase that the chain must be; found from the sequence if empty.
    ligand : str, Ligand or LigandRecord, default ""
        A name, a SMILES, a file of one molecule, ``series.sdf#3`` or ``series.sdf#NAME``; the
        bound ligand if empty. A record that could not be read makes a failed row.
    ligand_name : str, default ""
        Name to show for the ligand.
    pose : str, default ""
        ``crystal``, ``crystal:RES``, ``crystal:RES:CHAIN:NUMBER``, ``sdf`` or ``place``;
        chosen if empty.
    hosts : tuple of (str, str or Structure), default ()
        Names and structures of one kinase: the ligand is placed in all that are in the DFG state
        that it needs, and the best taken. `structure` is then only a name for them all.
    numbering : str, default "auto"
        ``auto``, ``author``, ``uniprot``, ``literature`` or ``klifs``.
    label : str, default ""
        Text for the column ``structure``; that of `structure` if empty.
    folder : str, default ""
        Folder that relative paths are relative to; the working directory if empty.
    rigid : bool, default False
        Take the best pose alone, in one structure.
    seed : int, default 0
        Seed of whatever is random.
    """

    structure: str | Structure
    mutation: str
    row: int = 1
    id: str = ""
    chain: str = ""
    kinase: str = ""
    ligand: str | Ligand | LigandRecord = ""
    ligand_name: str = ""
    pose: str = ""
    hosts: tuple[tuple[str, str | Structure], ...] = ()
    numbering: str = "auto"
    label: str = ""
    folder: str = field(default="", repr=False)
    rigid: bool = False
    seed: int = 0

    @property
    def complex_key(self) -> tuple[str, ...]:
        """What decides which complex the row is about; rows that share it share the work.

        Returns
        -------
        tuple of str
            Structure first. Good within one process: hashes of text differ between processes.
        """
        hosts = " ".join(f"{name} {_structure_key(given)}" for name, given in self.hosts)
        return (
            _structure_key(self.structure),
            self.chain,
            self.kinase,
            _ligand_key(self.ligand),
            self.ligand_name,
            self.pose,
            hosts,
            self.folder,
        )

    @property
    def engine_key(self) -> tuple[str, ...]:
        """What decides which ensemble the row is answered from.

        Returns
        -------
        tuple of str
            `complex_key`, and how its ensemble is made.
        """
        return (*self.complex_key, str(self.rigid), str(self.seed))


def _structure_key(structure: str | Structure) -> str:
    if isinstance(structure, str):
        return structure
    return f"{structure.name} {structure.sha256} {hash(structure)}"


def _ligand_key(ligand: str | Ligand | LigandRecord) -> str:
    from .ligands import LigandRecord

    if isinstance(ligand, str):
        return ligand
    if isinstance(ligand, LigandRecord):
        return f"{ligand.row} {ligand.name} {ligand.text} {ligand.error}"
    place = b"" if ligand.coords is None else ligand.coords.tobytes()
    return f"{ligand.name} {ligand.inchikey} {hash(place)}"


def _text(value: object) -> str:
    """Cell of a plan as text: what a CSV reader leaves empty is empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def plan(rows: Iterable[Mapping[str, object]], *, folder: Path | str = "") -> tuple[PlanRow, ...]:
    """Make a plan of rows that are mappings of column to value.

    Parameters
    ----------
    rows : iterable of mapping
        Keys as in `PLAN_COLUMNS`; others are carried nowhere and ignored.
    folder : path, optional
        Folder that relative paths are relative to.

    Returns
    -------
    tuple of PlanRow

    Raises
    ------
    PlanError
        If the columns ``structure`` and ``mutation`` are not there.

    Examples
    --------
    >>> from trkstruct import plans
    >>> plans.plan([{"structure": "7VKO", "mutation": "G595R"}])[0].mutation
    'G595R'
    """
    return tuple(plan_row(cells, number, str(folder)) for number, cells in enumerate(rows, start=1))


#: Columns of a plan that a question is made of.
_ASKED: Final = frozenset(column.name for column in fields(PlanRow)) & frozenset(PLAN_COLUMNS)


def plan_row(cells: Mapping[str, object], number: int, folder: str = "") -> PlanRow:
    """Make one row of a plan of a mapping of column to value.

    Parameters
    ----------
    cells : mapping
        Keys as in `PLAN_COLUMNS`; others are ignored.
    number : int
        Number of the row in its plan, from 1.
    folder : str, default ""
        Folder that relative paths are relative to.

    Returns
    -------
    PlanRow

    Raises
    ------
    PlanError
        If the columns ``structure`` and ``mutation`` are not there.
    """
    missing = [column for column in _REQUIRED if column not in cells]
    if missing:
        raise PlanError(
            f"The plan has no column {' and no column '.join(map(repr, missing))}; it has "
            f"{', '.join(map(repr, cells)) or 'none'}. It needs 'structure' and 'mutation'; "
            f"it may have {', '.join(c for c in PLAN_COLUMNS if c not in _REQUIRED)}."
        )
    given: dict[str, Any] = {name: _text(cells[name]) for name in _ASKED if name in cells}
    given["numbering"] = given.get("numbering", "").casefold() or "auto"
    return PlanRow(row=number, folder=folder, **given)


def read_plan(path: Path | str) -> tuple[PlanRow, ...]:
    """Read a plan from a CSV file in UTF-8.

    Parameters
    ----------
    path : path
        The file; relative paths in it are relative to its folder. Case and blanks in the names
        of its columns do not matter; columns that a plan does not have are ignored, see
        `further_columns`.

    Returns
    -------
    tuple of PlanRow

    Raises
    ------
    PlanError
        If there is no such file, it is not UTF-8, has no header or no rows, lacks a column that
        it needs, or has a row with more cells than columns.
    """
    path = Path(path)
    cells = _read_table(path)[1]
    if not cells:
        raise PlanError(f"The plan {str(path)!r} has no rows.")
    return plan(cells, folder=path.resolve().parent)


def further_columns(path: Path | str) -> tuple[str, ...]:
    """Columns of a file that a plan does not have, so that nobody hopes for them in vain.

    Parameters
    ----------
    path : path
        A file that `read_plan` reads.

    Returns
    -------
    tuple of str
        Their names in the file.

    Raises
    ------
    PlanError
        If it cannot be read.
    """
    header = _read_table(Path(path))[0]
    return tuple(name for name in header if name and name not in PLAN_COLUMNS)


def plan_cells(path: Path | str) -> tuple[dict[str, str], ...]:
    """Cells of a plan as they are written, also those that no question is made of.

    Parameters
    ----------
    path : path
        A file that `read_plan` reads.

    Returns
    -------
    tuple of dict
        Column to text, a row of the plan each; an empty text where a row is too short.

    Raises
    ------
    PlanError
        If it cannot be read.
    """
    return tuple(
        {name: _text(value) for name, value in row.items() if name}
        for row in _read_table(Path(path))[1]
    )


def _column(name: str | None) -> str:
    """Name of a column as `PLAN_COLUMNS` has it, or as it is if it has none like it."""
    given = (name or "").strip()
    plain = given.casefold().replace(" ", "_")
    return plain if plain in PLAN_COLUMNS else given


def _read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error.start) from error
    except OSError as error:
        raise PlanError(f"The plan {str(path)!r} cannot be read: {error.strerror}.") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[dict[str, str]] = []
    header: list[str] = []
    try:
        header = checked_header(path, next(reader, []))
        rows.extend(named_cells(path, header, cells, len(rows) + 1) for cells in reader if cells)
    except csv.Error as error:
        raise PlanError(f"The plan {str(path)!r} is not a CSV table: {error}.") from error
    return header, rows


def not_utf8(path: Path, byte: int) -> PlanError:
    """Error of a plan in another encoding.

    Parameters
    ----------
    path : pathlib.Path
        The plan.
    byte : int
        Position of the byte that is not UTF-8, from 0.

    Returns
    -------
    PlanError
    """
    return PlanError(
        f"The plan {str(path)!r} is not UTF-8 (byte {byte + 1}). Save it as 'CSV UTF-8', the "
        "name that spreadsheets give it."
    )


def checked_header(path: Path, names: Sequence[str]) -> list[str]:
    """Names of the columns of a plan as `PLAN_COLUMNS` has them.

    Parameters
    ----------
    path : pathlib.Path
        The plan.
    names : sequence of str
        Names as they are written.

    Returns
    -------
    list of str

    Raises
    ------
    PlanError
        If they are not separated by commas, or one stands there twice.
    """
    header = [_column(name) for name in names]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise PlanError(
            f"The plan {str(path)!r} is not separated by commas: its header is read as one column "
            f"{header[0]!r}. Save it with commas between the cells."
        )
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise PlanError(f"The plan {str(path)!r} has the column {repeated[0]!r} twice.")
    return header


def named_cells(
    path: Path, header: Sequence[str], cells: Sequence[str], number: int
) -> dict[str, str]:
    """Cells of a row of a plan by column, empty where the row is too short.

    Parameters
    ----------
    path : pathlib.Path
        The plan.
    header : sequence of str
        As `checked_header` gives it.
    cells : sequence of str
        The row.
    number : int
        Number of the row, from 1.

    Returns
    -------
    dict of str to str

    Raises
    ------
    PlanError
        If it has more cells than the header has columns.
    """
    if len(cells) > len(header):
        raise PlanError(
            f"The plan {str(path)!r} has more cells in row {number} than its header has "
            "columns. A text with a comma in it needs quotes around it."
        )
    return dict(zip_longest(header, cells, fillvalue=""))


def resolve_ligand(
    given: str | Ligand | LigandRecord, *, name: str = "", folder: str = ""
) -> Ligand | None:
    """Find out which ligand a cell of a plan or an option means.

    Parameters
    ----------
    given : str, Ligand or LigandRecord
        A file of molecules, with ``#3`` or ``#NAME`` behind it for one of several; or a name or
        SMILES; or nothing. Of a record its ligand.
    name : str, default ""
        Name that the ligand shall have.
    folder : str, default ""
        Folder that a relative path is relative to.

    Returns
    -------
    Ligand or None
        None if nothing was given: the ligand that is bound in the structure is meant.

    Raises
    ------
    LigandError
        If it is no file of one molecule, no name and no SMILES; or a file of several and none
        is picked; or a record that could not be read.
    """
    from .ligands import LigandRecord, ligand, ligands
    from .ligands.components import component_names, plain_name
    from .ligands.library import find

    if isinstance(given, LigandRecord):
        if given.ligand is None:
            raise LigandError(f"{given.name or f'record {given.row}'}: {given.error}")
        return given.ligand
    if not isinstance(given, str):
        return given
    if not given:
        return None
    named = find(given) is not None or plain_name(given) in component_names()
    if folder and not named and _is_file(folder, given):
        return ligands(str(Path(folder, given))).only(name or None)
    return ligand(given, name=name or None)


def _is_file(folder: str, text: str) -> bool:
    """Whether a text names a file of molecules in a folder, perhaps with #RECORD behind it."""
    try:
        return any(Path(folder, part).is_file() for part in (text, text.rpartition("#")[0]) if part)
    except (OSError, ValueError):  # SMILES may be too long for a file name
        return False
