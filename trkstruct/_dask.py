"""A batch on a Dask cluster: the same pieces, answered by its workers, written by this process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ._version import version_string
from .errors import PlanError, StructureError
from .screening import answer_alone
from .sources import ENVIRONMENT, locate

if TYPE_CHECKING:
    from distributed import Client

    from ._planfile import PlanFile
    from .plans import PlanRow

__all__ = ["Cluster", "Inputs", "on_cluster"]

#: Rows of results, and the numbers of those that took too long.
Answers = tuple[list[dict[str, Any]], list[int]]

#: Pieces that wait at a worker while it is at another, so that it need not wait for this process.
_AHEAD: Final = 1
#: Seconds between looks at which workers there are.
_LOOK: Final = 1.0
#: Seconds that a cluster may be without any worker.
_PATIENCE: Final = 600.0
#: Folder, below a worker's own, of a file that was sent.
_SENT: Final = "trkstruct-input-"


class Queue(Protocol):
    """Pieces that wait, as `trkstruct._batches` has them."""

    def take(self, lane: int | None) -> tuple[int, int] | None:
        """Next lane and piece for somebody who was at a lane, if there is any."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster is meant.

    Parameters
    ----------
    scheduler : str, default ""
        Address (``tcp://host:8786``) or scheduler file (``.json``) of one that runs.
    local : int, default 0
        Else, the number of worker processes of one that is started here and ended afterwards.

    Raises
    ------
    PlanError
        If both or neither are given, or Dask is not installed.
    """

    scheduler: str = ""
    local: int = 0

    def __post_init__(self) -> None:
        import importlib.util

        if bool(self.scheduler) == (self.local > 0):
            raise PlanError(
                "A cluster is either the address of a scheduler or a number of workers."
            )
        if importlib.util.find_spec("distributed") is None:
            raise PlanError("Running on a cluster needs Dask: install trkstruct[cluster].")

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Connect to the cluster, and end it afterwards if it was started here.

        Yields
        ------
        distributed.Client

        Raises
        ------
        PlanError
            If there is no scheduler at the address.
        """
        import logging

        from distributed import Client, LocalCluster

        # What becomes of workers is told in the rows and in this project's own messages.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if self.local:
            with (
                LocalCluster(
                    n_workers=self.local,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                ) as cluster,
                Client(cluster) as client,
            ):
                yield client
            return
        file = self.scheduler.endswith(".json")
        try:
            if file:
                Path(self.scheduler).read_bytes()  # Dask would wait for it for ever
            client = Client(**{"scheduler_file" if file else "address": self.scheduler})
        except (OSError, ValueError) as error:
            raise PlanError(
                f"There is no Dask scheduler at {self.scheduler!r} ({error}). Give the address "
                "that `dask scheduler` prints, or its --scheduler-file."
            ) from error
        with client:
            yield client


@dataclass(slots=True)
class Inputs:
    """Files of a plan that workers get, each once, and how rows name them there.

    Parameters
    ----------
    names : mapping of str to str
        Text in a cell of the plan to where the file is below a worker's folder.
    paths : mapping of str to str
        Where it is there to its path here, which is what messages should name.
    files : dict of str to bytes
        Where it is there to its content.
    folders : str
        Folders in which ids are looked for; workers have to reach them.
    """

    names: Mapping[str, str]
    paths: Mapping[str, str]
    files: dict[str, bytes]
    folders: str

    @classmethod
    def of(cls, plan: PlanFile) -> Inputs:
        """Collect what the rows of a plan need.

        Parameters
        ----------
        plan : PlanFile
            The plan.

        Returns
        -------
        Inputs
        """
        names: dict[str, str] = {}
        paths: dict[str, str] = {}
        files: dict[str, bytes] = {}
        texts = {text: Path(plan.folder, text) for text in plan.structures if text}
        texts |= {text: path for path in plan.ligand_files for text in _texts(plan.folder, path)}
        for text, beside in texts.items():
            path = beside if beside.is_file() else _own_file(text)
            if path is not None:
                there = f"{_SENT}{len(files)}/{path.name}"
                names[text], paths[there], files[there] = there, str(path), path.read_bytes()
        return cls(names, paths, files, os.environ.get(ENVIRONMENT, ""))

    def sent(self, row: PlanRow) -> PlanRow:
        """Name in a row the files as they are called at a worker.

        Parameters
        ----------
        row : PlanRow
            A row of the plan.

        Returns
        -------
        PlanRow
        """
        structure, ligand = str(row.structure), str(row.ligand)
        given, mark, record = ligand.rpartition("#")
        if structure in self.names:
            row = replace(row, structure=self.names[structure], label=row.label or structure)
        if ligand in self.names:
            row = replace(row, ligand=self.names[ligand])
        elif mark and given in self.names:
            row = replace(row, ligand=f"{self.names[given]}#{record}")
        return row

    def here(self, row: dict[str, Any], folder: str) -> dict[str, Any]:
        """Name in a row of results the files as they are called here.

        Parameters
        ----------
        row : dict
            Row of results of a worker.
        folder : str
            Folder in which the worker has the files.

        Returns
        -------
        dict
        """
        if not self.names:
            return row
        texts = {there: text for text, there in self.names.items()}

        def named(value: Any) -> Any:
            if not isinstance(value, str) or _SENT not in value:
                return value
            for there, path in self.paths.items():
                value = value.replace(str(Path(folder, there)), path).replace(there, texts[there])
            return value

        return {column: named(value) for column, value in row.items()}


def _texts(folder: str, path: Path) -> Iterator[str]:
    """How a cell may name a file of molecules."""
    yield str(path)
    if path.is_relative_to(folder):
        yield str(path.relative_to(folder))


def _own_file(text: str) -> Path | None:
    """File that a text names, if it is the user's own; what travels with the package is there."""
    try:
        found = locate(text)
    except (StructureError, OSError, ValueError):
        return None
    return found.path if Path(text).is_file() else None


#: What a thread of a worker has prepared.
_threads = threading.local()


def _plugin(inputs: Inputs, token: str) -> Any:
    """What each worker does before its first piece, also one that comes later."""
    from distributed import WorkerPlugin

    class Unpack(WorkerPlugin):  # type: ignore[misc]
        name = f"trkstruct-{token}"

        def __init__(self) -> None:
            self.inputs: Inputs | None = inputs

        def setup(self, worker: Any) -> None:
            if self.inputs is not None:
                _unpack(self.inputs, Path(worker.local_directory, token))
            self.inputs = None

    return Unpack()


def _unpack(inputs: Inputs, folder: Path) -> None:
    """Write the files that were sent."""
    for name, content in inputs.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    if inputs.folders:
        os.environ[ENVIRONMENT] = inputs.folders


def _piece(rows: Sequence[PlanRow], token: str, version: str) -> tuple[list[dict[str, Any]], str]:
    """Answer rows at a worker; also tells the folder of its files."""
    from distributed import get_worker

    from ._batches import Answering

    worker = get_worker()
    if version_string() != version:
        raise PlanError(
            f"The Dask worker {worker.address} has another version than this process: "
            f"{version_string()}, here {version}. Install one version everywhere."
        )
    folder = str(Path(worker.local_directory, token))
    if getattr(_threads, "token", "") != token:
        _threads.token, _threads.answering = token, Answering(None)
    there = [
        replace(row, folder=folder) if _SENT in f"{row.structure}{row.ligand}" else row
        for row in rows
    ]
    return _threads.answering(there)[0], folder


def on_cluster(
    queue: Queue, rows_of: Callable[[int], Sequence[PlanRow]], cluster: Cluster, plan: PlanFile
) -> Generator[tuple[int, Answers], None, None]:
    """Work on pieces on a cluster.

    Dask gives what a lost worker was at to another one. A piece that no worker survives is asked
    once more by this process, row by row if need be.

    Parameters
    ----------
    queue : Queue
        The pieces.
    rows_of : callable
        Rows of a piece.
    cluster : Cluster
        The cluster.
    plan : PlanFile
        What the rows are of.

    Yields
    ------
    piece : int
        One that is done.
    answers : tuple
        Its rows of results.

    Raises
    ------
    PlanError
        If the scheduler is lost, there is no worker for long, or one has another version.
    """
    from distributed import KilledWorker, wait

    inputs = Inputs.of(plan)
    token, version = f"{plan.sha256[:16]}-{os.getpid()}", version_string()
    with cluster.client() as client:
        client.register_plugin(_plugin(inputs, token))
        at: dict[Any, tuple[str, int]] = {}
        lanes: dict[str, int] = {}
        workers: dict[str, int] = {}
        looked, seen = 0.0, time.monotonic()

        def employ(address: str) -> bool:
            """Give a worker a piece, of the complex that it has prepared if there is one left."""
            taken = queue.take(lanes.get(address))
            if taken is None:
                return False
            lanes[address], piece = taken
            rows = [inputs.sent(row) for row in rows_of(piece)]
            future = client.submit(
                _piece, rows, token, version,
                pure=False, workers=[address], allow_other_workers=True,
            )  # fmt: skip
            at[future] = address, piece
            return True

        more = True
        try:
            while more or at:
                if time.monotonic() - looked >= _LOOK:
                    workers, looked = client.nthreads(), time.monotonic()
                    seen = looked if workers else seen
                    if looked - seen > _PATIENCE:
                        raise PlanError(
                            f"The cluster has had no worker for {_PATIENCE:.0f} s. What was done "
                            "is kept; start workers and use --resume."
                        )
                for address, threads in workers.items():
                    busy = sum(theirs == address for theirs, _ in at.values())
                    while more and busy < threads + _AHEAD:
                        more = employ(address)
                        busy += 1
                if not at:
                    time.sleep(_LOOK / 10)
                    continue
                try:
                    finished = wait(list(at), timeout=_LOOK, return_when="FIRST_COMPLETED").done
                except TimeoutError:
                    continue
                for future in finished:
                    _, piece = at.pop(future)
                    try:
                        rows, folder = future.result()
                        yield piece, ([inputs.here(row, folder) for row in rows], [])
                    except KilledWorker:
                        yield piece, (answer_alone(rows_of(piece)), [])
                    except CancelledError as error:
                        raise PlanError(
                            "The Dask scheduler is gone. What was done is kept; --resume goes on."
                        ) from error
        finally:
            client.cancel(list(at))
