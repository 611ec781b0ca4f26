"""The table of results: its columns, its cells, and how it is written."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ._files import atomic_path
from .errors import PlanError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RESULTS_COLUMNS",
    "cell",
    "check_results_path",
    "columns_of",
    "frame",
    "read_results",
    "table",
    "write_csv",
    "write_excel",
    "write_results",
    "write_rows",
    "written",
]

#: Columns of a table of results, in order. Other people's scripts read them.
RESULTS_COLUMNS: Final[tuple[str, ...]] = (
    "row", "id", "structure", "structure_kind", "dfg_state", "chain", "kinase", "ligand",
    "ligand_smiles", "binding_type", "pose_source", "template", "template_overlap", "mutation",
    "mutation_uniprot", "uniprot_position", "klifs_position", "role", "ddg_kcal", "ddg_low_kcal",
    "ddg_high_kcal", "clash_kcal", "contact_kcal", "hbond_kcal", "charge_kcal", "dfg_shift_kcal",
    "entropy_kcal", "strain_kcal", "fold_change", "p_resistant", "call", "confidence",
    "wt_active", "wt_potency_nm", "predicted_potency_nm", "potency_assay", "potency_source",
    "distance_ang", "n_rotamers", "n_poses", "reasons", "findings", "evidence", "version",
    "status", "error",
)  # fmt: skip


def _decimals(column: str) -> int | None:
    """Decimals that a column is written with; None where it is text or a count."""
    if column.endswith("_kcal") or column in {"p_resistant", "template_overlap"}:
        return 3
    return 2 if column.endswith("_ang") else None


def cell(column: str, value: Any) -> Any:
    """Round the value of a cell to what is written of it.

    Parameters
    ----------
    column : str
        Name of the column; a name that ends in ``_kcal`` has three decimals, ``_ang`` two, and
        folds and nanomolar values have two significant digits.
    value : object
        The value; sequences are joined with semicolons.

    Returns
    -------
    object
        None where there is nothing to say: None, empty text, NaN or infinity.

    Examples
    --------
    >>> from trkstruct import results
    >>> results.cell("ddg_kcal", 1.23456), results.cell("fold_change", 137.2)
    (1.235, 140.0)
    """
    if value is None or value == "":
        return None
    if isinstance(value, (tuple, list)):
        return "; ".join(map(str, value)) or None
    if isinstance(value, (str, bool)):
        return value
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        decimals = _decimals(column)
        if column == "fold_change" or column.endswith("_nm"):
            return float(f"{value:.2g}")
        # Adding zero turns -0.0, which would read as a sign that means something, into 0.0.
        return value + 0.0 if decimals is None else round(value, decimals) + 0.0
    return value


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Columns of a table of results: those of the contract, then what else the rows have.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    tuple of str
    """
    more = dict.fromkeys(c for row in rows for c in row if c not in RESULTS_COLUMNS)
    return (*RESULTS_COLUMNS, *more)


def table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a data frame of rows of results.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results, as `screening.run` gives them.

    Returns
    -------
    pandas.DataFrame
        The columns of `RESULTS_COLUMNS`; numbers as float64 with NaN where there is nothing,
        counts and positions that are always there as integers.
    """
    rows = list(rows)
    return frame(rows, columns_of(rows))


#: Columns of numbers that their names do not show to be such.
_NUMBERS: Final = frozenset({"fold_change", "n_poses", "p_resistant", "n_rotamers",
                             "template_overlap"})  # fmt: skip


def frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a data frame of rows with the columns that are named.

    Parameters
    ----------
    rows : iterable of mapping
        The rows.
    columns : sequence of str
        Their columns, in order.

    Returns
    -------
    pandas.DataFrame
        Energies, distances, potencies and folds as float64 with NaN where there is nothing.
    """
    import pandas as pd

    made = pd.DataFrame.from_records([dict(row) for row in rows], columns=list(columns))
    for column in made.columns:
        if column.endswith(("_kcal", "_ang", "_nm")) or column in _NUMBERS:
            made[column] = pd.to_numeric(made[column], errors="coerce")
    return made


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Write rows of results as CSV in UTF-8, whole or not at all.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results, as `screening.run` gives them.
    path : path
        The file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    rows = list(rows)
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        write_rows(rows, stream)


def write_rows(rows: Sequence[Mapping[str, Any]], stream: IO[str]) -> None:
    """Write rows of results as CSV to an open text stream.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    stream : text stream
        Opened with ``newline=""``.
    """
    columns = columns_of(rows)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(written(column, row.get(column)) for column in columns)


def written(column: str, value: Any) -> Any:
    """Text of a cell: numbers with the decimals of their column, nothing for None.

    Text that a spreadsheet would take for a formula gets an apostrophe in front, which makes it
    text there.

    Parameters
    ----------
    column : str
        Name of the column.
    value : object
        The value.

    Returns
    -------
    object

    Examples
    --------
    >>> from trkstruct import results
    >>> results.written("ddg_kcal", 1.5), results.written("call", None)
    ('1.500', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    decimals = _decimals(column)
    if isinstance(value, float):
        return f"{value:.{decimals}f}" if decimals is not None else f"{value:.6g}"
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    if len(text) < 2 or text[0] not in "=+-@\t\r":
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


#: Columns that are whole numbers, and such of which compound mutations have several.
_COUNTS: Final = frozenset({"row", "n_rotamers", "n_poses"})
_POSITIONS: Final = frozenset({"uniprot_position", "klifs_position"})


def read_results(path: Path | str) -> list[dict[str, Any]]:
    """Read rows of results that were written as CSV or Parquet.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    list of dict
        As `trkstruct.screening.run` gives them: numbers as numbers, None where there is nothing,
        text without the apostrophe that `written` puts before what looks like a formula.

    Raises
    ------
    PlanError
        If it is no such table.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() == ".parquet":
        found = _read_parquet(path)
    else:
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                found = list(csv.DictReader(stream))
        except (UnicodeDecodeError, csv.Error) as error:
            raise PlanError(f"{path.name!r} is no table of results in UTF-8: {error}.") from error
    columns = found[0].keys() if found else ()
    missing = [column for column in RESULTS_COLUMNS if column not in columns]
    if found and missing:
        raise PlanError(
            f"{path.name!r} is no table of results: it has no column {', '.join(missing[:5])}"
            f"{f' and {len(missing) - 5} more' if len(missing) > 5 else ''}. `trkstruct matrix`, "
            "`screen` and `scan` write such tables."
        )
    if not found:
        raise PlanError(f"{path.name!r} has no rows.")
    return [
        {str(column): _value(str(column), value) for column, value in row.items() if column}
        for row in found
    ]


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    import importlib.util

    import pandas as pd

    if importlib.util.find_spec("pyarrow") is None:
        raise PlanError("Reading Parquet needs pyarrow: install trkstruct[batch], or give a .csv.")
    try:
        frame = pd.read_parquet(path)
    except ValueError as error:
        raise PlanError(f"{path.name!r} is no Parquet file: {error}.") from error
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _value(column: str, value: Any) -> Any:
    """Value of a cell that was read."""
    if not isinstance(value, str):
        return cell(column, value)
    text = value[1:] if value[:1] == "'" and _harmless(value[1:]) == value else value
    numeric = column in _COUNTS or column in {"fold_change", "p_resistant", "template_overlap"}
    numeric = numeric or column.endswith(("_kcal", "_ang", "_nm"))
    try:
        if column in _COUNTS or column in _POSITIONS:
            return int(float(text))
        return cell(column, float(text)) if numeric else cell(column, text)
    except (ValueError, OverflowError):
        # Compound mutations have several positions; what is no number is nothing.
        return (text or None) if column in _POSITIONS else None


def write_results(rows: Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Write rows of results as CSV, or as Parquet if the file is to be called ``.parquet``.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results, as `screening.run` gives them.
    path : path
        The file; ``.csv`` or ``.parquet``.

    Raises
    ------
    PlanError
        If it has another suffix, or is to be Parquet and pyarrow is not installed.
    OSError
        If it cannot be written.
    """
    path = Path(path)
    check_results_path(path)
    if path.suffix.lower() == ".csv":
        write_csv(rows, path)
        return
    made = table(rows)
    for column in made.columns:
        # Positions are numbers, and text where mutations are joined: a column has one type.
        kinds = {type(value) for value in made[column].dropna()}
        if str in kinds and len(kinds) > 1:
            made[column] = [None if value is None else str(value) for value in made[column]]
    with atomic_path(path) as temporary:
        made.to_parquet(temporary, index=False)


#: Cell colours of a call in a spreadsheet: those of the heat map, light enough to read on.
_SHEET_COLOURS: Final = {
    "resistant": "F4B183",
    "reduced": "FBE5C8",
    "retained": "E8F0F7",
    "sensitised": "9DC3E6",
}


#: Size of a drawing in a spreadsheet in pixels, and the column that it stands in.
_DRAWING_PX: Final = (150, 96)
_DRAWING_COLUMN: Final = "drawing"
#: A pixel, and the room around a drawing, in the units of the format.
_PIXEL_EMU: Final = 9525
_INSET_EMU: Final = 2 * _PIXEL_EMU


def write_excel(
    rows: Iterable[Mapping[str, Any]],
    path: Path | str,
    drawings: Mapping[str, bytes] | None = None,
) -> None:
    """Write rows of results as a spreadsheet, whole or not at all.

    Text is written as text, also where it starts with ``=``, ``+``, ``-`` or ``@``.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results, as `screening.run` gives them.
    path : path
        The file, ``.xlsx``.
    drawings : mapping of str to bytes, optional
        Structure drawings (PNG) by ``ligand_smiles``; they stand in the column ``drawing`` beside
        the name of the ligand.

    Raises
    ------
    PlanError
        If the file is not to be called ``.xlsx``.
    OSError
        If it cannot be written.
    """
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise PlanError(f"A spreadsheet is written as .xlsx; {path.name!r} has another suffix.")
    rows = list(rows)
    columns = columns_of(rows)
    if drawings:
        place_of_name = columns.index("ligand") + 1
        columns = (*columns[:place_of_name], _DRAWING_COLUMN, *columns[place_of_name:])
    book = Workbook()
    sheet = book.active
    sheet.title = "results"
    widths = dict.fromkeys(columns, 0)
    for y, row in enumerate([dict(zip(columns, columns, strict=True)), *rows], start=1):
        for x, column in enumerate(columns, start=1):
            value = row.get(column)
            if value is None:
                continue
            place = sheet.cell(y, x)
            if isinstance(value, str):
                value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
                place.value = value
                # Without this openpyxl takes text with '=' in front for a formula.
                place.data_type = "s"
                place.quotePrefix = value[:1] in "=+-@"
            else:
                place.value = value
                decimals = _decimals(column)
                if decimals is not None:
                    place.number_format = f"0.{'0' * decimals}"
            widths[column] = min(36, max(widths[column], len(str(value)) + 2))
            colour = _SHEET_COLOURS.get(str(value)) if column == "call" else None
            if colour is not None:
                place.fill = PatternFill("solid", fgColor=colour)
    for x, column in enumerate(columns, start=1):
        sheet.cell(1, x).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(x)].width = widths[column]
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = sheet.dimensions
    if drawings:
        smiles = [str(row.get("ligand_smiles") or "") for row in rows]
        _draw(sheet, smiles, drawings, columns.index(_DRAWING_COLUMN))
    with atomic_path(path) as temporary:
        book.save(temporary)


def _draw(sheet: Any, smiles: Sequence[str], drawings: Mapping[str, bytes], column: int) -> None:
    """Put structure drawings into a column, which is counted from zero."""
    import io

    from openpyxl.drawing.image import Image
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
    from openpyxl.utils import get_column_letter

    wide, high = _DRAWING_PX
    # A character is about 7 pixels wide, a point 4/3 of a pixel high.
    sheet.column_dimensions[get_column_letter(column + 1)].width = wide / 7 + 1
    for number, text in enumerate(smiles, start=1):
        if text not in drawings:
            continue
        sheet.row_dimensions[number + 1].height = (high + 4) * 0.75
        picture = Image(io.BytesIO(drawings[text]))
        # It moves with its row when the table is sorted or filtered.
        picture.anchor = TwoCellAnchor(
            editAs="twoCell",
            _from=AnchorMarker(col=column, row=number, colOff=_INSET_EMU, rowOff=_INSET_EMU),
            to=AnchorMarker(
                col=column,
                row=number,
                colOff=wide * _PIXEL_EMU + _INSET_EMU,
                rowOff=high * _PIXEL_EMU + _INSET_EMU,
            ),
        )
        sheet.add_image(picture)


def check_results_path(path: Path | str) -> None:
    """Make sure, before any work is done, that results can be written to a file.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    PlanError
        If its suffix is neither ``.csv`` nor ``.parquet``, it is a folder, its folder cannot be
        written to, or it is to be Parquet and pyarrow is not installed.
    """
    import importlib.util
    import os

    path = Path(path)
    suffix = path.suffix.lower()
    if path.is_dir():
        raise PlanError(f"Results cannot be written to {str(path)!r}: it is a folder.")
    if suffix not in {".csv", ".parquet"}:
        raise PlanError(f"Results are written as .csv or .parquet; {path.name!r} is neither.")
    if suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise PlanError("Writing Parquet needs pyarrow: install trkstruct[batch], or write a .csv.")
    # The folder is made when the file is; here only whether that will be possible.
    there = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "may not be written to" if there.is_dir() else "is no folder"
        raise PlanError(f"Results cannot be written to {str(path)!r}: {str(there)!r} {why}.")
