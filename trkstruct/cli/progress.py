"""How far a command has come."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Any

__all__ = ["Progress"]


class Progress:
    """One progress bar on stderr for what takes over two seconds; silent in pipes.

    The bar comes by itself, so that work that tells nothing for a long time has one too.

    Parameters
    ----------
    what : str
        What is being done.
    """

    _PATIENCE_SECONDS = 2.0

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar: Any = None
        self._task: Any = None
        self._told: tuple[int, int | None, int | None] | None = None
        #: Rows that were done, and when, as the first was told: what --resume found is no speed.
        self._first = (0, 0.0)
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._timer = threading.Timer(self._PATIENCE_SECONDS, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int | None, failed: int | None = None) -> None:
        """Tell how far it has come; rows also how fast, and how many failed so far."""
        if self._timer is None:
            return
        with self._lock:
            if self._told is None:
                self._first = done, time.monotonic()
            self._told = done, total, failed
            if self._bar is not None:
                self._update()

    def _show(self) -> None:
        """Show the bar, in the timer's thread."""
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import Progress as Bar

        with self._lock:
            if self._timer is None:  # it has ended meanwhile
                return
            self._bar = Bar(console=Console(stderr=True), transient=True)
            # It may have a molecule's name in it, which may look like rich's own marks.
            self._what = escape(self._what)
            self._task = self._bar.add_task(self._what, total=None)
            self._update()
            self._bar.start()

    def _update(self) -> None:
        if self._told is None:
            return
        done, total, failed = self._told
        said = self._what
        if failed is not None:
            first, since = self._first
            rate = (done - first) / max(1e-9, time.monotonic() - since)
            speed = f", {rate:,.0f} rows/s" if rate >= 10 else f", {rate:.1f} rows/s"
            said += f"{speed if done > first else ''}, {failed} failed"
        self._bar.update(self._task, description=said, completed=done, total=total)
