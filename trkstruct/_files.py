"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_path", "shown_name", "write_gzip", "write_text"]


def shown_name(path: Path | str) -> str:
    """Name of a file as it can be written into tables, also if it is not UTF-8.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str
        Bytes that are no text are shown as question marks in a diamond, line ends as blanks.
    """
    text = os.fsencode(Path(path).name).decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def atomic_path(target: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `target` that replaces it if all goes well.

    Parameters
    ----------
    target : path
        The file to be written. Its folder is made if it is missing.

    Yields
    ------
    pathlib.Path
        Where to write. It has the suffix of `target`, for writers that go by it.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes files that only their owner may read; a result is an ordinary file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path | str, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Parameters
    ----------
    target : path
        The file to be written.
    text : str
        Its content; line ends are written as they are.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_gzip(target: Path | str, text: str) -> None:
    """Write a compressed text file, whole or not at all; the same text gives the same bytes.

    Parameters
    ----------
    target : path
        The file to be written.
    text : str
        Its content, compressed as UTF-8.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic_path(target) as temporary:
        # No time stamp and no name in the header.
        temporary.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
