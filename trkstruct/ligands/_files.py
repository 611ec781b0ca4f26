"""Reading files of many ligands, record by record, so that one bad record ends nothing."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LigandError, LigandNotFoundError
from ._series import LigandRecord, LigandSeries
from .chemistry import silence
from .molecule import Ligand

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["read_any"]

_SMILES_COLUMNS = ("smiles", "canonical_smiles", "isomeric_smiles", "ligand_smiles", "structure")
_NAME_COLUMNS = (
    "id", "name", "ligand", "ligand_name", "compound", "compound_id", "molecule", "title",
)  # fmt: skip
_SUFFIXES = ".sdf, .sd, .mol, .smi, .smiles, .csv, .tsv, plain or .gz"


def read_any(source: Any) -> tuple[tuple[LigandRecord, ...], str]:
    """Read whatever `trkstruct.ligands.ligands` takes.

    Parameters
    ----------
    source : path, DataFrame or iterable
        As described there.

    Returns
    -------
    records : tuple of LigandRecord
    source : str
        Name of the source, for messages.

    Raises
    ------
    LigandError
        If nothing can be read from it.
    """
    if isinstance(source, str | Path):
        return _read_path(source)
    if hasattr(source, "columns") and hasattr(source, "to_dict"):
        rows = [{str(k): v for k, v in row.items()} for row in source.to_dict("records")]
        return tuple(_from_rows(rows, [str(c) for c in source.columns], "table")), "table"
    if isinstance(source, Iterable):
        return tuple(_from_object(n, item) for n, item in enumerate(source, 1)), "list"
    raise LigandError(
        f"Ligands cannot be read from {type(source).__name__}: give a file ({_SUFFIXES}), a "
        "DataFrame, or a list of RDKit molecules or SMILES."
    )


def _attempt(row: int, name: str, make: Callable[[], Ligand], text: str = "") -> LigandRecord:
    try:
        made = make()
    except LigandError as problem:
        return LigandRecord(row, name, None, str(problem), text)
    except (ValueError, RuntimeError) as problem:  # RDKit's own, from records that are damaged
        return LigandRecord(row, name, None, f"The record cannot be read: {problem}", text)
    return LigandRecord(row, name or made.name, made, "", text)


def _from_object(row: int, item: Any) -> LigandRecord:
    if isinstance(item, LigandRecord):
        return item
    if isinstance(item, Ligand):
        return LigandRecord(row, item.name, item)
    if isinstance(item, str):
        return _attempt(row, "", lambda: Ligand.from_smiles(item), item)
    name = item.GetProp("_Name") if hasattr(item, "HasProp") and item.HasProp("_Name") else ""
    return _attempt(row, name, lambda: Ligand.from_mol(item, name or None))


def _read_path(source: str | Path) -> tuple[tuple[LigandRecord, ...], str]:
    path, pick = Path(source), ""
    if not path.is_file():
        file, _, pick = str(source).rpartition("#")
        path = Path(file) if file and Path(file).is_file() else path
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise LigandNotFoundError(f"The file of ligands {str(source)!r} {what}.")
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as problem:
            raise LigandError(f"{path.name} is damaged: {problem}.") from None
    text = raw.decode("utf-8-sig", errors="replace")
    suffix = Path(path.stem).suffix if path.suffix.lower() == ".gz" else path.suffix
    readers: dict[str, Callable[[str, str], Iterable[LigandRecord]]] = {
        ".sdf": _read_sdf, ".sd": _read_sdf, ".mol": _read_sdf, ".mdl": _read_sdf,
        ".smi": _read_smi, ".smiles": _read_smi, ".ism": _read_smi,
        ".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv,
    }  # fmt: skip
    reader = readers.get(suffix.lower())
    if reader is None:
        raise LigandError(
            f"{path.name} is not a file of ligands that can be read ({_SUFFIXES}). Formats without "
            "bond orders, such as PDB, do not define a molecule."
        )
    records = tuple(reader(text, path.name))
    if not records:
        raise LigandError(f"{path.name} has no molecules.")
    if pick:
        return LigandSeries(records, path.name).pick(pick).records, path.name
    return records, path.name


def _read_sdf(text: str, source: str) -> Iterable[LigandRecord]:
    lines = text.splitlines()
    start, row = 0, 0
    for end, line in enumerate([*lines, "$$$$"]):
        if line.rstrip() != "$$$$":
            continue
        block = lines[start:end]
        start = end + 1
        if any(part.strip() for part in block):
            row += 1
            yield _from_block(row, block)


def _from_block(row: int, block: list[str]) -> LigandRecord:
    from rdkit import Chem

    name = block[0].strip() or _property(block)

    def make() -> Ligand:
        with silence():
            text = "\n".join(block) + "\n"
            mol: Mol | None = Chem.MolFromMolBlock(text, removeHs=False)
            if mol is None:
                raise _refusal(row, Chem.MolFromMolBlock(text, sanitize=False))
        return Ligand.from_mol(mol, name or None)

    return _attempt(row, name, make)


def _refusal(row: int, raw: Mol | None) -> LigandError:
    """Say why RDKit refuses a record, of which `raw` is what it can read unchecked."""
    from rdkit import Chem

    if raw is None:
        return LigandError(f"Record {row} is not a molecule in MDL format.")
    try:
        Chem.SanitizeMol(raw)
    except ValueError as problem:
        return LigandError(f"Record {row} is not a possible molecule: {problem}.")
    return LigandError(f"Record {row} cannot be read.")


def _property(block: list[str]) -> str:
    """Name from the data fields of an SDF record whose title line is empty."""
    for index, line in enumerate(block[:-1]):
        if line.startswith(">") and "<" in line:
            key = line[line.index("<") + 1 :].partition(">")[0]
            if key.strip().casefold() in _NAME_COLUMNS:
                return block[index + 1].strip()
    return ""


def _read_smi(text: str, source: str) -> Iterable[LigandRecord]:
    row = 0
    for number, line in enumerate(text.splitlines()):
        fields = line.split(None, 1)
        if not fields or fields[0] == "#":
            continue
        if number == 0 and fields[0].casefold().strip("\"',") in _SMILES_COLUMNS:
            continue
        row += 1
        yield _from_text(row, fields[0], fields[1].strip() if len(fields) > 1 else "")


def _from_text(row: int, smiles: str, name: str) -> LigandRecord:
    return _attempt(row, name, lambda: Ligand.from_smiles(smiles, name or None), smiles)


def _read_csv(text: str, source: str) -> Iterable[LigandRecord]:
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    return _from_rows(list(reader), list(reader.fieldnames or ()), source)


def _from_rows(
    rows: Iterable[Mapping[str, Any]], columns: list[str], source: str
) -> Iterable[LigandRecord]:
    known = {str(column).strip().casefold().replace(" ", "_"): column for column in columns}
    smiles = next((known[c] for c in _SMILES_COLUMNS if c in known), None)
    if smiles is None:
        raise LigandError(
            f"{source} has no column of SMILES: its columns are {', '.join(columns) or 'none'}. "
            f"Call one {_SMILES_COLUMNS[0]!r}, and another 'id' or 'name'."
        )
    label = next((known[c] for c in _NAME_COLUMNS if c in known and known[c] != smiles), None)
    for row, fields in enumerate(rows, 1):
        name = _cell(fields.get(label)) if label is not None else ""
        yield _from_text(row, _cell(fields.get(smiles)), name)


def _cell(value: Any) -> str:
    # pandas marks an empty cell with nan, which is the only value that differs from itself.
    return "" if value is None or value != value else str(value).strip()
