"""The one batch engine: a plan of questions in, one row of results each out.

A row that cannot be answered is a row with ``status`` ``failed`` and its message in ``error``;
it never ends the others and never leaves the table.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ._version import version_string
from .errors import PlanError, TrkstructError, UnpublishedLigandError
from .kinases import kinase
from .plans import NUMBERINGS, PlanRow, resolve_ligand
from .results import RESULTS_COLUMNS, cell

if TYPE_CHECKING:
    from .complexes import Complex
    from .ensembles import MutationEngine
    from .ligands import Ligand
    from .structures import Structure

__all__ = ["complex_columns", "results_row", "run"]

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Rows that one worker takes at a time: enough to be worth the way there, few enough to share.
_PIECE: Final = 64
#: Structures and complexes that a process keeps, so that each is read and prepared once.
_KEPT: Final = 8


class _Bench:
    """What one process has read and prepared, so that nothing is done twice.

    Failures are kept like results: a file that cannot be read is not read again for each row.
    """

    def __init__(self) -> None:
        self._structures: dict[tuple[str, ...], Structure | Exception] = {}
        self._engines: dict[tuple[str, ...], MutationEngine | Exception] = {}

    @staticmethod
    def _once(
        kept: dict[tuple[str, ...], T | Exception], key: tuple[str, ...], make: Callable[[], T]
    ) -> T:
        if key not in kept:
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            try:
                kept[key] = make()
            except Exception as error:
                kept[key] = error
        found = kept[key]
        if isinstance(found, Exception):
            # Without this the traceback grows by a frame each time that it is raised.
            raise found.with_traceback(None)
        return found

    def adopt(self, row: PlanRow, complex_: Complex | None) -> None:
        """Take over a complex that somebody has prepared already."""
        from .ensembles import MutationEngine

        if complex_ is not None:
            self._once(self._engines, row.complex_key, lambda: MutationEngine(complex_))

    def engine(self, row: PlanRow) -> MutationEngine:
        """Complex that a row is about, ready to be mutated."""
        from .ensembles import MutationEngine

        return self._once(
            self._engines, row.complex_key, lambda: MutationEngine(self._prepare(row))
        )

    def _structure(self, row: PlanRow, ligand: Ligand | None) -> Structure:
        from .sources import locate

        if not isinstance(row.structure, str):
            return row.structure
        beside = Path(row.folder, row.structure)
        found = locate(str(beside) if beside.is_file() else row.structure, ligand=ligand)
        key = (str(found.path), *(finding.message for finding in found.findings))
        return self._once(self._structures, key, found.read)

    def _prepare(self, row: PlanRow) -> Complex:
        from .complexes import make_complex

        if not row.structure:
            raise PlanError("The row names no structure.")
        ligand = resolve_ligand(row.ligand, name=row.ligand_name, folder=row.folder)
        structure = self._structure(row, ligand)
        chain = row.chain or None
        if row.kinase:
            chain = structure.kinase_chain(chain, kinase(row.kinase))
        return make_complex(structure, ligand, pose=row.pose or None, chain=chain)


def _results_row(row: PlanRow, known: Mapping[str, Any]) -> dict[str, Any]:
    """Complete row of results of a question and what is known of its answer."""
    structure = row.structure
    ligand = row.ligand
    asked: dict[str, Any] = {
        "chain": row.chain,
        "kinase": row.kinase,
        "ligand": row.ligand_name or (ligand if isinstance(ligand, str) else ligand.name),
        "ligand_smiles": None if isinstance(ligand, str) else ligand.smiles,
    }
    # What was asked stands as it was asked; the answer fills in what it knows better.
    answered = {k: v for k, v in known.items() if v is not None and v != ""}
    fixed = {
        "row": row.row,
        "id": row.id,
        "structure": row.label or (structure if isinstance(structure, str) else structure.name),
        "mutation": row.mutation,
    }
    return results_row(asked | answered | fixed)


def results_row(known: Mapping[str, Any]) -> dict[str, Any]:
    """Complete and round a row of results.

    Parameters
    ----------
    known : mapping of str to object
        Column to value.

    Returns
    -------
    dict
        Every column of `trkstruct.results.RESULTS_COLUMNS`, None where nothing is known, then
        the further columns of `known`.
    """
    more = [column for column in known if column not in RESULTS_COLUMNS]
    whole = {"version": version_string(), **known}
    return {column: cell(column, whole.get(column)) for column in (*RESULTS_COLUMNS, *more)}


def complex_columns(complex_: Complex) -> dict[str, Any]:
    """Say of a complex what a row can say, also where the mutation could not be scored.

    Parameters
    ----------
    complex_ : Complex
        The complex.

    Returns
    -------
    dict of str to object
        Column to value.
    """
    from .states import dfg_state

    kinase = complex_.numbering.kinase
    poses = complex_.poses
    known = kinase is not None
    return {
        "structure_kind": complex_.structure_kind,
        "dfg_state": dfg_state(complex_.structure, complex_.numbering).dfg if known else None,
        "chain": complex_.chain,
        "kinase": kinase.name if kinase is not None else None,
        "ligand": complex_.ligand.name,
        "ligand_smiles": complex_.ligand.smiles,
        "binding_type": complex_.binding_type,
        "pose_source": poses[0].source if poses else None,
    }


def _message(error: Exception) -> str:
    """One line for the column ``error``."""
    text = " ".join(str(error).split())
    if isinstance(error, (TrkstructError, OSError)):
        return text
    return f"unexpected {type(error).__name__}: {text}. This is a defect of trkstruct: report it."


def _answer(row: PlanRow, bench: _Bench) -> dict[str, Any]:
    """Row of results of one question; whatever goes wrong stays in its row."""
    from .calls import judge

    known: dict[str, Any] = {}
    try:
        if row.numbering not in NUMBERINGS:
            raise PlanError(
                f"Numbering {row.numbering!r} is not known; it is one of {', '.join(NUMBERINGS)}."
            )
        engine = bench.engine(row)
        known = complex_columns(engine.complex)
        known |= judge(engine.mutate(row.mutation, row.numbering)).row()
    except UnpublishedLigandError as error:
        # There is nothing to compute with, and nothing wrong with the question.
        known |= {"status": "abstained", "call": "abstain", "reasons": _message(error)}
    except Exception as error:
        log.debug("row %d failed", row.row, exc_info=True)
        known |= {"status": "failed", "error": _message(error)}
    return _results_row(row, known)


_worker_bench: _Bench | None = None


def _start_worker() -> None:
    """Prepare a worker process: one thread each, and Ctrl-C is the parent's business."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def _answer_piece(rows: Sequence[PlanRow], complex_: Complex | None) -> list[dict[str, Any]]:
    """Answer rows about one complex in a worker process, which keeps what it has prepared."""
    global _worker_bench
    if _worker_bench is None:
        _worker_bench = _Bench()
    _worker_bench.adopt(rows[0], complex_)
    return [_answer(row, _worker_bench) for row in rows]


def _pieces(rows: Sequence[PlanRow], largest: int) -> list[list[int]]:
    """Positions of rows, grouped by complex, those of one structure side by side."""
    by_structure: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
    for position, row in enumerate(rows):
        key = row.complex_key
        by_structure.setdefault((key[0], key[-1]), {}).setdefault(key, []).append(position)
    groups = [group for complexes in by_structure.values() for group in complexes.values()]
    return [g[i : i + largest] for g in groups for i in range(0, len(g), largest)]


def _pool(workers: int) -> ProcessPoolExecutor:
    import multiprocessing

    # A forked child of a process with threads may hang; a spawned one starts clean.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)


class _Work:
    """Rows that are about one complex, and the complex if it is prepared already."""

    def __init__(self, positions: list[int], rows: list[PlanRow], complex_: Complex | None) -> None:
        self.positions = positions
        self.rows = rows
        self.complex = complex_

    def submit(self, pool: ProcessPoolExecutor) -> Future[list[dict[str, Any]]]:
        return pool.submit(_answer_piece, self.rows, self.complex)

    def alone(self) -> list[dict[str, Any]]:
        """Answer it after a worker died: whole, then row by row if that kills one again."""
        single = [
            _Work([p], [r], self.complex) for p, r in zip(self.positions, self.rows, strict=True)
        ]
        answers: list[dict[str, Any]] = []
        for parts in ([self], single):
            answers = []
            for part in parts:
                with _pool(1) as pool:
                    try:
                        answers += part.submit(pool).result()
                    except BrokenProcessPool:
                        if len(part.rows) > 1:
                            break
                        error = "The process that worked on this row died (out of memory?)."
                        answers.append(
                            _results_row(part.rows[0], {"status": "failed", "error": error})
                        )
            else:
                return answers
        return answers


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C while processes start, which they inherit; theirs would print tracebacks."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_processes(
    work: Sequence[_Work], jobs: int
) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
    """Do work in processes and give the answers in its order.

    A worker that dies takes the pool with it. What was not answered by then is asked once more,
    piece by piece and each in a process of its own, so that only the rows that kill it fail.
    """
    pool = _pool(jobs)
    try:
        with _interrupts_ignored():
            waiting = [piece.submit(pool) for piece in work]
        for piece, future in zip(work, waiting, strict=True):
            try:
                yield piece.positions, future.result()
            except BrokenProcessPool:
                yield piece.positions, piece.alone()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run(
    rows: Iterable[PlanRow],
    *,
    jobs: int = 1,
    complexes: Mapping[tuple[str, ...], Complex] | None = None,
    progress: Callable[[int], object] | None = None,
) -> Iterator[dict[str, Any]]:
    """Answer the questions of a plan.

    Each structure is read once and each complex prepared once in a process, whatever the order
    of the rows. The numbers do not depend on `jobs`.

    Parameters
    ----------
    rows : iterable of PlanRow
        The questions.
    jobs : int, default 1
        Worker processes; with 1 the work is done in this one. Processes are spawned: a script
        that calls this needs the usual ``if __name__ == "__main__":``.
    complexes : mapping of tuple of str to Complex, optional
        Complexes that are prepared already, by `PlanRow.complex_key`.
    progress : callable, optional
        Called with the number of rows that have just been answered.

    Yields
    ------
    dict
        One row of results, in the order of `rows`: the columns of `RESULTS_COLUMNS` and
        possibly more behind them, None where there is nothing to say.

    Raises
    ------
    PlanError
        If `jobs` is not a positive number.

    Examples
    --------
    >>> from trkstruct import plans, screening
    >>> plan = plans.plan([{"structure": "nowhere.pdb", "mutation": "G595R"}])
    >>> [(row["status"], row["error"]) for row in screening.run(plan)]
    [('failed', "There is no file 'nowhere.pdb'.")]
    """
    if jobs < 1:
        raise PlanError(f"The number of processes is {jobs}; it must be at least 1.")
    rows = tuple(rows)
    # Small enough that each process has several pieces to take.
    largest = max(1, min(_PIECE, -(-len(rows) // (4 * jobs)))) if jobs > 1 else _PIECE
    work = [
        _Work(piece, [rows[i] for i in piece], (complexes or {}).get(rows[piece[0]].complex_key))
        for piece in _pieces(rows, largest)
    ]
    done: dict[int, dict[str, Any]] = {}
    following = 0
    for positions, answers in _here(work) if jobs == 1 else _in_processes(work, jobs):
        done.update(zip(positions, answers, strict=True))
        if progress is not None:
            progress(len(positions))
        while following in done:
            yield done.pop(following)
            following += 1


def _here(work: Sequence[_Work]) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
    """Do work in this process."""
    bench = _Bench()
    for piece in work:
        bench.adopt(piece.rows[0], piece.complex)
        yield piece.positions, [_answer(row, bench) for row in piece.rows]
