"""How far a command has come."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any

__all__ = ["Progress"]


class Progress:
    """One progress bar on stderr for what takes over two seconds; silent in pipes.

    Parameters
    ----------
    what : str
        What is being done.
    """

    _PATIENCE_SECONDS = 2.0

    def __init__(self, what: str) -> None:
        self._what = what
        self._start = time.monotonic()
        self._bar: Any = None
        self._wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int | None, failed: int | None = None) -> None:
        """Tell how far it has come; rows also how fast, and how many failed so far."""
        if not self._wanted or time.monotonic() - self._start < self._PATIENCE_SECONDS:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=total)
            self._first = done
            self._since = time.monotonic()
        said = self._what
        if failed is not None:
            rate = (done - self._first) / max(1e-9, time.monotonic() - self._since)
            speed = f", {rate:,.0f} rows/s" if rate >= 10 else f", {rate:.1f} rows/s"
            said += f"{speed if done > self._first else ''}, {failed} failed"
        self._bar.update(self._task, description=said, completed=done, total=total)
