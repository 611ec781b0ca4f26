"""What every batch shares: worker processes, and what a failed row says."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .errors import TrkstructError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

__all__ = [
    "DIED", "TimeIsUp", "Worker", "begin_worker", "interrupts_ignored", "one_line", "spread",
    "time_limit",
]  # fmt: skip

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")

#: What `spread` gives for an item whose process died; no task answers with it.
DIED: Final = object()
#: Seconds that a process has to end after it was told to.
_PATIENCE: Final = 5.0


def one_line(error: Exception) -> str:
    """Say in one line why a row of a batch failed.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    str
    """
    text = " ".join(str(error).split())
    if isinstance(error, (TrkstructError, OSError)):
        return text
    return f"unexpected {type(error).__name__}: {text}. This is a defect of trkstruct: report it."


def begin_worker() -> None:
    """Prepare a worker process: one thread each, and Ctrl-C is the parent's business."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Keep Ctrl-C from processes that start, which inherit this; theirs would print tracebacks.

    In this process it waits until they have started.

    Yields
    ------
    None
    """
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = False

    def remember(*_: object) -> None:
        nonlocal came
        came = True

    # Processes inherit what is blocked, not a handler, and what is ignored would be lost here.
    block = getattr(signal, "pthread_sigmask", None)
    if block is not None:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # it starts with the first process, and unblocks
        blocked = block(signal.SIG_BLOCK, {signal.SIGINT})
    before = signal.signal(signal.SIGINT, remember if block is not None else signal.SIG_IGN)
    try:
        yield
    finally:
        if block is not None:
            block(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


class TimeIsUp(BaseException):
    """Raised where the work is when its time is up; no work that goes on after errors holds it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeIsUp` in what takes longer; once Python runs again, if it is in a library.

    Parameters
    ----------
    seconds : float or None
        The limit; none, if None, in a thread, or where the system has no timer for it.

    Yields
    ------
    None
    """
    import signal
    import threading

    here = threading.current_thread() is threading.main_thread()
    if seconds is None or not here or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _context() -> BaseContext:
    import multiprocessing

    # A forked child of a process with threads may hang; a spawned one starts clean.
    return multiprocessing.get_context("spawn")


def _work(pipe: Connection, task: Callable[[Any, Any], Any], shared: Any) -> None:
    """Do one item after the other, until the parent has no more or is gone."""
    begin_worker()
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        answer = task(shared, item)
        try:
            pipe.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return  # nobody is there any more to hear it


class Worker:
    """A process, the way to it, and the position of the item that it works on."""

    def __init__(self, task: Callable[[Any, Any], Any], shared: Any) -> None:
        context = _context()
        self.pipe, theirs = context.Pipe()
        # Daemons end with their parent, however that ends.
        self.process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_work, args=(theirs, task, shared), daemon=True
        )
        self.position = -1
        try:
            with interrupts_ignored():
                self.process.start()
        except BaseException:
            if self.process.pid is not None:
                self.end()
            raise
        finally:
            # With the last end on this side closed, a death is the end of the file.
            theirs.close()

    def take(self, position: int, item: Any) -> None:
        """Send an item; a process that is dead already shows when it is asked for the answer."""
        self.position = position
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(item)

    def answer(self) -> Any:
        try:
            return self.pipe.recv()
        except (EOFError, ConnectionResetError):
            return DIED

    def end(self) -> None:
        """End the process now, in the middle of whatever it does."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def spread(
    task: Callable[[S, T], R], shared: S, items: Sequence[T], jobs: int
) -> Generator[tuple[int, R | Any], None, None]:
    """Do items in processes, one at a time in each.

    A process that dies costs only the item that it was at, and a new one takes its place. When
    the caller stops asking, or is interrupted, the processes are ended at once: an item may
    take a minute.

    Parameters
    ----------
    task : callable
        Of a module; called with `shared` and an item. It must not raise.
    shared : object
        What all items need; sent to each process once.
    items : sequence
        What is to be done.
    jobs : int
        Number of processes, at least 1.

    Yields
    ------
    position : int
        Of the item in `items`; in the order in which they are done.
    answer : object
        What `task` returned, or `DIED`.
    """
    from multiprocessing.connection import wait

    coming = iter(enumerate(items))
    workers: dict[Any, Worker] = {}

    def employ(worker: Worker | None = None) -> None:
        for position, item in islice(coming, 1):
            worker = worker or Worker(task, shared)
            worker.take(position, item)
            workers[worker.pipe] = worker
            return
        if worker is not None:
            worker.end()

    try:
        for _ in range(jobs):
            employ()
        while workers:
            for pipe in wait(list(workers)):
                worker = workers.pop(pipe)
                position, answer = worker.position, worker.answer()
                if answer is DIED:
                    worker.end()
                    employ()
                else:
                    employ(worker)
                yield position, answer
    finally:
        for worker in workers.values():
            worker.end()
