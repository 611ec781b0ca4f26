"""Writing files so that nobody ever finds half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_path", "write_text"]


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
