"""From a structure file to raw atoms: what is in the file, and nothing chosen but the model.

Files are streamed, so that a file that is no structure is refused after its first
lines and one with thousands of models costs the memory of one. Biopython parses what
was kept; its warnings become findings.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from ..errors import StructureError, StructureFileError
from ._raw import RawFile, not_a_structure
from ._reading_mmcif import read_mmcif
from ._reading_pdb import PDB_RECORDS, read_pdb

__all__ = ["read_raw"]

#: A file is judged by its first bytes; every real one shows its records within them.
_SNIFF_BYTES: Final = 65536


#: PDB lines have 80 columns, mmCIF lines at most 2048 characters.
_LONGEST_LINE: Final = 1 << 20


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The uncompressed bytes of a file, closed afterwards."""
    try:
        raw = path.open("rb")
    except IsADirectoryError:
        raise StructureFileError(f"{path} is a folder, not a structure file.") from None
    except FileNotFoundError:
        raise StructureFileError(
            f"There is no file {path}. Structures are .pdb, .ent, .cif or .mmcif files, plain or "
            "gzipped."
        ) from None
    except OSError as error:
        raise StructureFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    with raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield raw


def _sniff(path: Path, start: bytes) -> str:
    """Tell ``pdb`` from ``mmcif`` by content, and say what other things are."""
    if not start.strip():
        raise StructureFileError(
            f"{path} is empty. If it was downloaded, the download failed: fetch it again."
        )
    if b"\0" in start:
        raise not_a_structure(path, "it holds binary data (BinaryCIF and MMTF are not read)")
    text = start.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    opening = text[:200].lower()
    if opening.startswith(("<!doctype", "<html", "<head", "<body")):
        raise not_a_structure(
            path, "it is a web page (HTML), perhaps an error message saved by a download"
        )
    if opening.startswith("<"):
        raise not_a_structure(path, "it is XML")
    if opening.startswith(("{", "[")):
        raise not_a_structure(path, "it looks like JSON")
    if "@<TRIPOS>" in text or "V2000" in text or "V3000" in text:
        raise not_a_structure(path, "it is a small-molecule file, which belongs to --ligand")
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    if first.lower().startswith("data_"):
        return "mmcif"
    if any(line[:6].rstrip() in PDB_RECORDS for line in lines[:50]):
        return "pdb"
    raise not_a_structure(path, f"no PDB or mmCIF record in its first lines ({first[:40]!r}...)")


def _lines(path: Path, stream: BinaryIO, digest: Any) -> Iterator[str]:
    """Lines with their line ends, hashed as they pass."""
    while True:
        line = stream.readline(_LONGEST_LINE)
        if not line:
            return
        if len(line) == _LONGEST_LINE:
            raise not_a_structure(path, "it has a line of more than a million characters")
        digest.update(line)
        yield line.decode("utf-8", errors="replace")


def read_raw(path: Path, model: int | None = None) -> RawFile:
    """Read one model of a PDB or mmCIF file.

    Parameters
    ----------
    path : pathlib.Path
        The file; ``.gz`` is recognised by content.
    model : int, optional
        Which model, counted from 1. The first if absent, which must then be of the
        same structure as the second.

    Returns
    -------
    RawFile

    Raises
    ------
    StructureFileError
        If the file is missing, empty, cut off, damaged or of another kind.
    StructureError
        If there is no such model, or the file holds several structures.
    """
    if model is not None and model < 1:
        raise StructureError(f"Models are counted from 1; model {model} was asked for.")
    with _opened(path) as stream:
        try:
            start = stream.read(_SNIFF_BYTES)
            form = _sniff(path, start)
            stream.seek(0)
            digest = hashlib.sha256()
            lines = _lines(path, stream, digest)
            read = read_pdb if form == "pdb" else read_mmcif
            raw = read(path, lines, model)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise StructureFileError(
                f"{path} is a gzip file that is damaged or cut off ({error}): fetch it again."
            ) from error
    raw.sha256 = digest.hexdigest()
    return raw
