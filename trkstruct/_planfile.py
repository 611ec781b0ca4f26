"""A plan that is read row by row: what is kept of a row is where it is and what it is about."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from .errors import PlanError
from .plans import PLAN_COLUMNS, PlanRow, checked_header, named_cells, not_utf8, plan_row

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PlanFile"]

_BOM: Final = b"\xef\xbb\xbf"
#: A line with its end, whichever of the three ends it has.
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
#: Texts of ligands of which it is remembered whether they are files.
_REMEMBERED: Final = 4096


class _Lines:
    """Lines of a file as text, and where the next one begins."""

    def __init__(self, path: Path, stream: IO[bytes], digest: hashlib._Hash | None = None) -> None:
        self._path = path
        self._stream = stream
        self._digest = digest
        self._ahead: list[bytes] = []
        self.position = stream.tell()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._ahead:
            line = next(self._stream)
            if self._digest is not None:
                self._digest.update(line)
            # Some programs end lines with \r alone, which files do not split at.
            self._ahead = _LINE.findall(line)[::-1] if b"\r" in line[:-2] else [line]
        line = self._ahead.pop()
        start, self.position = self.position, self.position + len(line)
        skipped = len(_BOM) if start == 0 and line.startswith(_BOM) else 0
        try:
            text = line[skipped:].decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_utf8(self._path, start + skipped + error.start) from error
        # One kind of end, also within cells.
        return text.rstrip("\r\n") + "\n" if text.endswith(("\r", "\r\n")) else text


class PlanFile:
    """A plan in a file, of which only the rows that are asked for are in memory.

    Of each row 20 bytes are kept: where it begins, and numbers that say which structure and which
    complex it is about.

    Parameters
    ----------
    path : path
        A CSV file as `trkstruct.plans.read_plan` reads it.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    header : list of str
        Its columns.
    sha256 : str
        Sum of its bytes.
    structures : tuple of str
        What its column ``structure`` has, each once.
    ligand_files : tuple of pathlib.Path
        Files that its column ``ligand`` names.

    Raises
    ------
    PlanError
        As of `trkstruct.plans.read_plan`.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.folder = str(self.path.resolve().parent)
        self._offsets = array("Q")
        self._complexes = array("Q")
        self._structures = array("L")
        try:
            self._stream = self._open()
        except OSError as error:
            raise PlanError(
                f"The plan {str(self.path)!r} cannot be read: {error.strerror}."
            ) from error
        try:
            self._read()
        except BaseException:
            self._stream.close()
            raise
        self._stamp = self._now()

    def _open(self) -> IO[bytes]:
        stream = self.path.open("rb")
        if stream.seekable():
            return stream
        with stream:  # a pipe can be read only once
            kept = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this
            shutil.copyfileobj(stream, kept)
            kept.seek(0)
            return kept

    def _now(self) -> tuple[int, int]:
        about = os.fstat(self._stream.fileno())
        return about.st_size, about.st_mtime_ns

    def _read(self) -> None:
        """Go through the file once."""
        digest = hashlib.sha256()
        lines = _Lines(self.path, self._stream, digest)
        reader = csv.reader(lines)
        structures: dict[str, int] = {}
        files: dict[Path, None] = {}

        @lru_cache(maxsize=_REMEMBERED)
        def note_file(text: str) -> None:
            found = _molecules(self.folder, text)
            if found is not None:
                files[found] = None

        try:
            self.header = checked_header(self.path, next(reader, []))
            position = lines.position
            for cells in reader:
                start, position = position, lines.position
                if not cells:
                    continue
                row = self._row(cells, len(self._offsets) + 1)
                key = hashlib.blake2b("\0".join(row.complex_key).encode(), digest_size=8).digest()
                self._offsets.append(start)
                self._complexes.append(int.from_bytes(key, "little"))
                number = structures.setdefault(str(row.structure), len(structures))
                self._structures.append(number)
                note_file(str(row.ligand))
        except csv.Error as error:
            raise PlanError(f"The plan {str(self.path)!r} is not a CSV table: {error}.") from error
        if not self._offsets:
            raise PlanError(f"The plan {str(self.path)!r} has no rows.")
        self.sha256 = digest.hexdigest()
        self.structures = tuple(structures)
        self.ligand_files = tuple(files)

    def _row(self, cells: Sequence[str], number: int) -> PlanRow:
        return plan_row(named_cells(self.path, self.header, cells, number), number, self.folder)

    def __enter__(self) -> PlanFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def further_columns(self) -> tuple[str, ...]:
        """Columns that a plan does not have.

        Returns
        -------
        tuple of str
        """
        return tuple(name for name in self.header if name and name not in PLAN_COLUMNS)

    @property
    def about(self) -> np.ndarray:
        """Which structure each row is about.

        Returns
        -------
        (n,) uint
            Positions in `structures`.
        """
        import numpy as np

        return np.frombuffer(self._structures, dtype=np.dtype("L"))

    @property
    def complexes(self) -> np.ndarray:
        """What each row is about.

        Returns
        -------
        (n,) uint64
            Equal for rows about one complex.
        """
        import numpy as np

        return np.frombuffer(self._complexes, dtype=np.uint64)

    def rows(self, numbers: Sequence[int]) -> list[PlanRow]:
        """Read rows.

        Parameters
        ----------
        numbers : sequence of int
            Which, from 1.

        Returns
        -------
        list of PlanRow
            In the order of `numbers`.

        Raises
        ------
        PlanError
            If the file is no longer what it was.
        """
        found = []
        for number in numbers:
            self._stream.seek(self._offsets[number - 1])
            cells = next(csv.reader(_Lines(self.path, self._stream)), [])
            found.append(self._row(cells, number))
        if self._now() != self._stamp:
            raise PlanError(
                f"The plan {str(self.path)!r} was changed while it was worked on. What was "
                "written until then is of the plan as it was."
            )
        return found


def _molecules(folder: str, text: str) -> Path | None:
    """File of molecules that a cell names, perhaps with #RECORD behind it."""
    for part in (text, text.rpartition("#")[0]):
        for path in (Path(folder, part), Path(part)):
            try:
                if part and path.is_file():
                    return path
            except (OSError, ValueError):  # SMILES may be too long for a file name
                return None
    return None
