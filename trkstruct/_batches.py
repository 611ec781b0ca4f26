"""Batches of any size: a plan in a file, its answers in part files, the table at the end.

Neither the plan nor the answers are ever in memory as a whole. Rows about one complex are worked
on together, by one process as long as there is other work for the others.
"""

from __future__ import annotations

import hashlib
import platform
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import reference
from ._dask import on_cluster
from ._parts import Merged, Parts, Share
from ._planfile import PlanFile
from ._processes import DIED, TimeIsUp, Worker, time_limit
from ._version import version_string
from .errors import PlanError, StructureError
from .results import cell
from .screening import Bench, answer, answer_alone, row_of

if TYPE_CHECKING:
    from ._dask import Cluster
    from .plans import PlanRow

__all__ = ["Answering", "Batch", "parse_shard", "tables_sum"]

#: Rows of a part: what a crash costs at most in each process.
_LARGEST: Final = 64
#: Parts that a small plan is shared out in, and that a large one has at most, nearly.
_LEAST_PARTS: Final = 256
_MOST_PARTS: Final = 16384
#: Answers that a process keeps, for rows that ask the same again.
_KEPT: Final = 4096
#: Packages that numbers depend on.
_PACKAGES: Final = ("numpy", "scipy", "rdkit")


def parse_shard(text: str) -> tuple[int, int]:
    """Read which share of a plan is meant.

    Parameters
    ----------
    text : str
        ``3/100``: the third of a hundred.

    Returns
    -------
    shard, shards : int

    Raises
    ------
    PlanError
        If it is none.

    Examples
    --------
    >>> from trkstruct._batches import parse_shard
    >>> parse_shard("3/100")
    (3, 100)
    """
    shard, slash, shards = text.partition("/")
    if slash and shard.strip().isdecimal() and shards.strip().isdecimal():
        number, of = int(shard), int(shards)
        if 1 <= number <= of:
            return number, of
    raise PlanError(f"{text!r} is no share of a plan; 3/100 is the third of a hundred.")


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _structure_sum(folder: str, name: str) -> str:
    """Sum of the file that a structure of a plan is, or why there is none."""
    from .sources import locate

    beside = Path(folder, name)
    try:
        return _sum(beside if name and beside.is_file() else locate(name).path)
    except (StructureError, OSError, ValueError) as error:
        return f"none ({type(error).__name__})"


def tables_sum() -> str:
    """Sum of everything that travels with the package and that an answer may depend on.

    Returns
    -------
    str
    """
    from .bundled import data_folder

    digest = hashlib.sha256()
    files = sorted(file for file in reference.path("parameters.json").parent.iterdir())
    for folder in map(data_folder, ("structures", "ligands")):
        files += sorted(folder.rglob("*.csv")) if folder is not None else []
    for file in files:
        if file.is_file():
            digest.update(f"{file.name} {_sum(file)}\n".encode())
    return digest.hexdigest()


def _source(plan: PlanFile, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same for answers to fit together."""
    return {
        "plan": {"sum": plan.sha256, "rows": len(plan)},
        "structure": {name: _structure_sum(plan.folder, name) for name in plan.structures},
        "ligand file": {path.name: _sum(path) for path in plan.ligand_files},
        "version": {
            "trkstruct": version_string(),
            "tables": tables_sum(),
            "machine": platform.machine(),
            **{name: metadata.version(name) for name in _PACKAGES},
        },
        "parameter": dict(parameters),
    }


@dataclass(frozen=True, slots=True)
class _Pieces:
    """How a plan is shared out: `order` has the rows by complex, a piece is a part of it."""

    order: Any
    starts: array[int]
    stops: array[int]
    lanes: array[int]
    shards: array[int]

    def rows(self, piece: int) -> list[int]:
        """Numbers of the rows of a piece, from 1."""
        return (self.order[self.starts[piece] : self.stops[piece]] + 1).tolist()  # type: ignore[no-any-return]


def _share_out(plan: PlanFile, shards: int) -> _Pieces:
    """Cut a plan into pieces, each of one share; the same whatever is done of them where.

    A complex is not divided between shares unless it is more than one.
    """
    import numpy as np

    _, first, inverse = np.unique(plan.complexes, return_index=True, return_inverse=True)
    # By where a complex first comes, so that pieces are in the order of the plan if it has one;
    # those of one structure side by side, so that it is read once.
    rank = first[inverse]
    order = np.lexsort((rank, plan.about))
    total = len(order)
    size = max(1, min(_LARGEST, total // _LEAST_PARTS), total // _MOST_PARTS)
    share = max(size, -(-total // shards))
    cuts = [0, *(np.flatnonzero(np.diff(rank[order])) + 1).tolist(), total]
    pieces = _Pieces(order, array("Q"), array("Q"), array("Q"), array("Q"))

    def add(start: int, stop: int, lane: int, shard: int) -> None:
        fits = (
            len(pieces.starts) > 0
            and pieces.shards[-1] == shard
            and stop - pieces.starts[-1] <= size
        )
        if fits:
            pieces.stops[-1] = stop
            return
        for begin in range(start, stop, size):
            pieces.starts.append(begin)
            pieces.stops.append(min(begin + size, stop))
            pieces.lanes.append(lane)
            pieces.shards.append(shard)

    for lane, (start, stop) in enumerate(pairwise(cuts)):
        for begin in range(start, stop, share):
            add(begin, min(begin + share, stop), lane, begin * shards // total + 1)
    return pieces


class _Queue:
    """Pieces that wait. A process goes on with the complex that it has prepared."""

    def __init__(self, pieces: Iterable[tuple[int, int]]) -> None:
        self._waiting: dict[int, deque[int]] = {}
        for lane, piece in pieces:
            self._waiting.setdefault(lane, deque()).append(piece)
        self._fresh = deque(self._waiting)

    def take(self, lane: int | None) -> tuple[int, int] | None:
        """Next lane and piece for a process that was at a lane, if there is any."""
        if not self._waiting:
            return None
        if lane is None or lane not in self._waiting:
            while self._fresh and self._fresh[0] not in self._waiting:
                self._fresh.popleft()
            if self._fresh:
                lane = self._fresh.popleft()
            else:
                lane = max(self._waiting, key=lambda key: len(self._waiting[key]))
        piece = self._waiting[lane].popleft()
        if not self._waiting[lane]:
            del self._waiting[lane]
        return lane, piece


#: Rows of results, and the numbers of those that took too long.
Answers = tuple[list[dict[str, Any]], list[int]]


class Answering:
    """Answers rows in one process, none of which may take longer than the limit."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._bench = Bench()
        # A complex that takes too long would take as long for each of its rows.
        self._given_up: set[tuple[str, ...]] = set()
        self._answers: dict[tuple[str, ...], dict[str, Any]] = {}

    def _answer(self, row: PlanRow) -> dict[str, Any]:
        """Answer a row; one that asks what another has asked gets the same answer."""
        key = (*row.engine_key, row.mutation, row.numbering, row.label)
        if key not in self._answers:
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            self._answers[key] = answer(row, self._bench)
        return self._answers[key] | {"row": row.row, "id": cell("id", row.id)}

    def __call__(self, rows: Iterable[PlanRow]) -> Answers:
        answers: list[dict[str, Any]] = []
        late: list[int] = []
        for row in rows:
            try:
                if row.complex_key in self._given_up:
                    raise TimeIsUp
                with time_limit(self._limit):
                    found = self._answer(row)
            except TimeIsUp:
                if not self._bench.has(row):
                    self._given_up.add(row.complex_key)
                error = f"It took longer than the limit of {self._limit:g} s for a row."
                found = row_of(row, {"status": "failed", "error": error})
                late.append(row.row)
            answers.append(found)
        return answers, late


_answering: Answering | None = None


def _answers(limit: float | None, rows: Sequence[PlanRow]) -> Answers:
    """Answer rows in a worker process, which keeps what it has prepared."""
    global _answering
    _answering = _answering or Answering(limit)
    return _answering(rows)


def _here(
    queue: _Queue, rows_of: Callable[[int], Sequence[PlanRow]], limit: float | None
) -> Generator[tuple[int, Answers], None, None]:
    """Work on pieces in this process."""
    answering, lane = Answering(limit), None
    while (taken := queue.take(lane)) is not None:
        lane, piece = taken
        yield piece, answering(rows_of(piece))


def _in_processes(
    queue: _Queue, rows_of: Callable[[int], Sequence[PlanRow]], jobs: int, limit: float | None
) -> Generator[tuple[int, Answers], None, None]:
    """Work on pieces in processes; one that dies costs only the row that kills it again."""
    from multiprocessing.connection import wait

    at: dict[Any, tuple[Worker, int, int]] = {}

    def employ(worker: Worker | None, lane: int | None) -> None:
        taken = queue.take(lane)
        if taken is None:
            if worker is not None:
                worker.end()
            return
        lane, piece = taken
        worker = worker or Worker(_answers, limit)
        at[worker.pipe] = worker, lane, piece
        worker.take(piece, rows_of(piece))

    try:
        for _ in range(jobs):
            employ(None, None)
        while at:
            for pipe in wait(list(at)):
                worker, lane, piece = at[pipe]
                answers = worker.answer()
                del at[pipe]
                if answers is DIED:
                    worker.end()
                    employ(None, lane)
                    yield piece, (answer_alone(rows_of(piece)), [])
                else:
                    employ(worker, lane)
                    yield piece, answers
    finally:
        for worker, _, _ in at.values():
            worker.end()


class Batch:
    """A plan, or a share of it, that is worked on in parts.

    Parameters
    ----------
    plan : PlanFile
        The plan.
    folder : path
        Folder of the parts.
    shard, shards : int, default 1
        Which share of it, from 1, of how many.
    parameters : mapping of str to object, default {}
        What else the answers depend on; ``rigid`` and ``seed`` are those of every row.
    resume : bool, default False
        Use the parts that are there.

    Attributes
    ----------
    share : Share
        What is done.
    done, failed : int
        Rows of it that are answered, and how many of them failed since this run began.

    Raises
    ------
    PlanError
        If there are parts, and they are not to be used or of another run.
    OSError
        If nothing can be written.
    """

    def __init__(
        self,
        plan: PlanFile,
        folder: Path | str,
        *,
        shard: int = 1,
        shards: int = 1,
        parameters: Mapping[str, Any] | None = None,
        resume: bool = False,
    ) -> None:
        self._plan = plan
        self._pieces = _share_out(plan, shards)
        own = [n for n, of in enumerate(self._pieces.shards) if of == shard]
        rows = sum(self._pieces.stops[n] - self._pieces.starts[n] for n in own)
        first, stop = (own[0], own[-1] + 1) if own else (0, 0)
        self._parameters = dict(parameters or {})
        source = _source(plan, self._parameters)
        self.share = Share(source, shard, shards, len(plan), rows, first, stop)
        self.parts = Parts(folder)
        self.parts.begin(self.share, resume=resume)
        there = self.parts.done(self.share, self._pieces.rows) if resume else set()
        self._todo = [n for n in own if n not in there]
        self.done = rows - sum(self._pieces.stops[n] - self._pieces.starts[n] for n in self._todo)
        self.resumed = self.done
        self.failed = 0

    def run(
        self,
        *,
        jobs: int = 1,
        limit: float | None = None,
        cluster: Cluster | None = None,
        progress: Callable[[int, int, int], object] | None = None,
    ) -> None:
        """Do what is not done.

        Parameters
        ----------
        jobs : int, default 1
            Worker processes; with 1 the work is done in this one.
        limit : float, optional
            Seconds that a row may take; of the first row about a complex with preparing it.
        cluster : Cluster, optional
            A Dask cluster that does the work instead of this machine.
        progress : callable, optional
            Called with the numbers of rows that are done, of all, and that failed.

        Raises
        ------
        PlanError
            If `jobs` is not a positive number, the plan was changed, the cluster was lost, or a
            limit is asked of it.
        OSError
            If a part cannot be written; those that are written stay.
        """
        if jobs < 1:
            raise PlanError(f"The number of processes is {jobs}; it must be at least 1.")
        queue = _Queue((self._pieces.lanes[n], n) for n in self._todo)

        how = {key: v for key, v in self._parameters.items() if key in ("rigid", "seed")}

        def rows_of(piece: int) -> list[PlanRow]:
            return [replace(row, **how) for row in self._plan.rows(self._pieces.rows(piece))]

        if cluster is not None and limit is not None:
            raise PlanError(
                "A time limit is for processes of this machine: what runs on a Dask worker cannot "
                "be stopped from here."
            )
        jobs = min(jobs, len(self._todo))
        if cluster is not None and self._todo:
            work = on_cluster(queue, rows_of, cluster, self._plan)
        elif jobs <= 1:
            work = _here(queue, rows_of, limit)
        else:
            work = _in_processes(queue, rows_of, jobs, limit)
        try:
            for piece, (rows, late) in work:
                self.parts.write(piece, rows, late)
                self.done += len(rows)
                self.failed += sum(row["status"] == "failed" for row in rows)
                if progress is not None:
                    progress(self.done, self.share.rows, self.failed)
        finally:
            work.close()

    def merged(self) -> Merged:
        """Rows that are done, in the order of the plan.

        Returns
        -------
        Merged
        """
        return Merged([self.parts.folder], self.share.shard)
