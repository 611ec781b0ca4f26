"""Tables that are data, and their one loader.

Everything in ``trkstruct/reference/data`` is read through the functions here.
A table is UTF-8 CSV; lines that start with ``#`` hold its sources and are
skipped. What is returned is shared between callers and therefore read-only.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["digest", "path", "read_csv", "read_json", "read_npz"]


def path(name: str) -> Path:
    """Where a reference file lies on disk.

    Parameters
    ----------
    name : str
        File name in ``trkstruct/reference/data``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DataError
        If the package has no such file.

    Examples
    --------
    >>> from trkstruct import reference
    >>> reference.path("no_such_table.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    trkstruct.errors.DataError: The package has no reference file 'no_such_table.csv'...
    """
    folder = Path(str(resources.files(__package__).joinpath("data")))
    found = folder / name
    if not found.is_file():
        there = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        raise DataError(
            f"The package has no reference file {name!r}; it has {', '.join(there) or 'none'}. "
            "If it should be there, the installation is damaged: install trkstruct again."
        )
    return found


def _bytes(name: str) -> bytes:
    raw = path(name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


@cache
def read_csv(name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of a reference table, all values as text.

    Parameters
    ----------
    name : str
        File name, ``.csv`` or ``.csv.gz``.

    Returns
    -------
    tuple of mapping
        One read-only mapping of column to text a row, in the order of the file.

    Raises
    ------
    DataError
        If the file is missing, or a row has another number of fields than the header.
    """
    text = _bytes(name).decode("utf-8-sig")
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    reader = csv.reader(io.StringIO("".join(lines), newline=""))
    header: list[str] = next(reader, [])
    rows: list[Mapping[str, str]] = []
    for fields in reader:
        if not fields:
            continue
        if len(fields) != len(header):
            raise DataError(
                f"Reference table {name}: row {len(rows) + 1} ({fields[0]!r}...) has "
                f"{len(fields)} fields where the header has {len(header)}."
            )
        rows.append(MappingProxyType(dict(zip(header, fields, strict=True))))
    return tuple(rows)


@cache
def read_json(name: str) -> Any:
    """Content of a reference file in JSON.

    Parameters
    ----------
    name : str
        File name, ``.json`` or ``.json.gz``.

    Returns
    -------
    object
        As the json module reads it. Shared between callers: do not change it.

    Raises
    ------
    DataError
        If the file is missing or is not JSON.
    """
    try:
        return json.loads(_bytes(name))
    except ValueError as error:
        raise DataError(f"Reference file {name} is not valid JSON: {error}") from error


@cache
def read_npz(name: str) -> Mapping[str, np.ndarray]:
    """Arrays of a reference file in numpy's ``.npz`` form.

    Parameters
    ----------
    name : str
        File name, ``.npz``.

    Returns
    -------
    mapping of str to numpy.ndarray
        Read-only arrays by their name in the file.

    Raises
    ------
    DataError
        If the file is missing or is not an ``.npz`` archive.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(path(name), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"Reference file {name} cannot be read: {error}") from error
    for array in arrays.values():
        array.flags.writeable = False
    return MappingProxyType(arrays)


def digest(name: str) -> str:
    """SHA-256 of a reference file as it lies on disk.

    Parameters
    ----------
    name : str
        File name in ``trkstruct/reference/data``.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    DataError
        If the package has no such file.
    """
    return hashlib.sha256(path(name).read_bytes()).hexdigest()
