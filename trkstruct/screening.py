"""The one batch engine: a plan of questions in, one row of results each out.

A row that cannot be answered is a row with ``status`` ``failed`` and its message in ``error``;
it never ends the others and never leaves the table.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ._files import shown_name
from ._processes import begin_worker, interrupts_ignored, one_line
from ._receptors import Host, choose, complex_of
from ._version import version_string
from .errors import (
    NoModelError,
    PlanError,
    TrkstructError,
    UnpublishedLigandError,
    UnresolvedResidueError,
)
from .kinases import kinase, role
from .mutations import MutationSet
from .plans import NUMBERINGS, PlanRow, resolve_ligand
from .residues import Finding
from .results import RESULTS_COLUMNS, cell
from .states import dfg_state

if TYPE_CHECKING:
    from .complexes import Complex
    from .ensembles import MutationEngine
    from .sources import Found
    from .structures import Structure

__all__ = [
    "Bench", "Prepared", "answer", "answer_alone", "complex_columns", "results_row", "row_of",
    "run",
]  # fmt: skip

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Rows that one worker takes at a time: enough to be worth the way there, few enough to share.
_PIECE: Final = 64
#: And where the inhibitor may have to be placed first, which is dear beside a row.
_PLACED_PIECE: Final = 512
#: Findings that say that a model was chosen for the user.
_CHOSEN: Final = ("receptor", "bundled-model")
#: Structures and complexes that a process keeps, so that each is read and prepared once.
_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """A complex that a batch prepared, as far as it is of use when the batch is over.

    Parameters
    ----------
    structure : str
        Name of the structure; of a bundled model its id.
    file, sha256 : str
        Name of its file, and the sum of its text.
    kinase, ligand, smiles : str
        Name of the kinase; name and SMILES of the ligand.
    pose_source, template : str
        Where the pose is from.
    overlap : float or None
        Share of the ligand that the template has.
    findings : tuple of Finding
        What was chosen and noticed.
    sdf : str
        The pose as one SDF record with hydrogens.
    """

    structure: str
    file: str
    sha256: str
    kinase: str
    ligand: str
    smiles: str
    pose_source: str
    template: str
    overlap: float | None
    findings: tuple[Finding, ...] = field(repr=False)
    sdf: str = field(repr=False)


def _prepared(complex_: Complex) -> Prepared:
    """Keep of a complex what is of use later."""
    from .ligands.chemistry import sdf_record

    structure, pose, drug = complex_.structure, complex_.poses[0], complex_.ligand
    known = complex_.numbering.kinase
    named = known.name if known is not None else ""
    # A name of "$$$$" would end the record before it has begun.
    title = drug.name.replace("$$$$", "$ $ $ $")
    fields = {
        "structure": structure.name,
        "kinase": named,
        "ligand": title,
        "pose_source": pose.source,
        "template": pose.template,
        "overlap": "" if pose.overlap is None else f"{pose.overlap:.3f}",
        "smiles": drug.smiles,
    }
    return Prepared(
        structure.name,
        shown_name(structure.path) if structure.path is not None else "",
        structure.sha256,
        named,
        drug.name,
        drug.smiles,
        pose.source,
        pose.template,
        pose.overlap,
        complex_.findings,
        sdf_record(complex_.to_rdkit(hydrogens=True), title, fields),
    )


class Bench:
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
            self._once(
                self._engines,
                row.engine_key,
                lambda: MutationEngine(complex_, rigid=row.rigid, seed=row.seed),
            )

    def engine(self, row: PlanRow) -> MutationEngine:
        """Complex that a row is about, ready to be mutated."""
        from .ensembles import MutationEngine

        return self._once(
            self._engines,
            row.engine_key,
            lambda: MutationEngine(self._prepare(row), rigid=row.rigid, seed=row.seed),
        )

    def has(self, row: PlanRow) -> bool:
        """Whether the complex of a row is prepared, or known to be one that cannot be."""
        return row.engine_key in self._engines

    def _read(self, found: Found) -> Structure:
        key = (str(found.path), *(finding.message for finding in found.findings))
        return self._once(self._structures, key, found.read)

    def _host(self, label: str, given: str | Structure, of: str) -> Host:
        from .sources import locate

        read = given if not isinstance(given, str) else self._read(locate(given))
        chain = read.kinase_chain(None, kinase(of) if of else None)
        return Host(label, dfg_state(read, read.numbering(chain)).dfg, lambda: read, chain)

    def _prepare(self, row: PlanRow) -> Complex:
        if not row.structure:
            raise PlanError("The row names no structure.")
        ligand = resolve_ligand(row.ligand, name=row.ligand_name, folder=row.folder)
        if row.hosts and ligand is not None:
            hosts = [self._host(label, given, row.kinase) for label, given in row.hosts]
            what = f"structures of {row.kinase}" if row.kinase else "structures"
            return choose(hosts, ligand, what, chain=row.chain).complex(ligand, "place", row.chain)
        structure = row.structure
        if isinstance(structure, str):
            beside = Path(row.folder, structure)
            structure = str(beside) if beside.is_file() else structure
        return complex_of(
            structure, ligand, pose=row.pose, chain=row.chain, kinase=row.kinase, read=self._read
        )


def row_of(row: PlanRow, known: Mapping[str, Any]) -> dict[str, Any]:
    """Make the row of results of a question.

    Parameters
    ----------
    row : PlanRow
        The question.
    known : mapping of str to object
        What is known of its answer, by column.

    Returns
    -------
    dict
        As `results_row` gives it.
    """
    structure = row.structure
    ligand = row.ligand
    asked: dict[str, Any] = {
        "chain": row.chain,
        "kinase": row.kinase,
        "ligand": row.ligand_name or (ligand if isinstance(ligand, str) else ligand.name),
        "ligand_smiles": getattr(ligand, "smiles", None),
        "binding_type": getattr(ligand, "binding_type", None),
        **_site_columns(row),
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


def _site_columns(row: PlanRow) -> dict[str, Any]:
    """What is known of a mutation without a structure: its site in the kinase that was named.

    Only where its letters fit its UniProt numbers, so that nothing is guessed.
    """
    try:
        of = kinase(row.kinase) if row.kinase else None
        found = MutationSet.parse(row.mutation).mutations if of is not None else ()
    except TrkstructError:
        return {}
    if of is None or not of.complete or row.numbering not in ("auto", "uniprot"):
        return {}
    if any(of.letter(m.position) != m.wild_type for m in found):
        return {}
    pocket = [of.klifs(m.position) for m in found]
    columns = {
        "mutation_uniprot": "+".join(m.short for m in found),
        "role": ";".join(role(position) for position in pocket),
    }
    if len(found) == 1:
        return columns | {"uniprot_position": found[0].position, "klifs_position": pocket[0]}
    return columns | {
        "uniprot_position": ";".join(str(m.position) for m in found),
        "klifs_position": ";".join("" if n is None else str(n) for n in pocket),
    }


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
        "template": poses[0].template if poses else None,
        "template_overlap": poses[0].overlap if poses else None,
    }


def answer(row: PlanRow, bench: Bench) -> dict[str, Any]:
    """Answer one question; whatever goes wrong stays in its row.

    Parameters
    ----------
    row : PlanRow
        The question.
    bench : Bench
        What the process has read and prepared.

    Returns
    -------
    dict
        Row of results.
    """
    from .calls import judge

    known: dict[str, Any] = {}
    chosen = False
    try:
        if row.numbering not in NUMBERINGS:
            raise PlanError(
                f"Numbering {row.numbering!r} is not known; it is one of {', '.join(NUMBERINGS)}."
            )
        engine = bench.engine(row)
        known = complex_columns(engine.complex)
        chosen = any(f.code in _CHOSEN for f in engine.complex.findings)
        known |= judge(engine.mutate(row.mutation, row.numbering)).row()
    except Exception as error:
        unresolved = isinstance(error, UnresolvedResidueError) and chosen
        if unresolved or isinstance(error, (UnpublishedLigandError, NoModelError)):
            # Nothing is wrong with the question. An unresolved residue of one's own structure is
            # a reason to take another; of a model that was chosen, that there is no answer.
            known |= {"status": "abstained", "call": "abstain", "reasons": one_line(error)}
        else:
            log.debug("row %d failed", row.row, exc_info=True)
            known |= {"status": "failed", "error": one_line(error)}
    return row_of(row, known)


#: Rows of results, and the complex that they are about if there is one.
Answered = tuple[list[dict[str, Any]], Prepared | None]

_worker_bench: Bench | None = None


def _answer_piece(rows: Sequence[PlanRow], complex_: Complex | None) -> Answered:
    """Answer rows about one complex in a worker process, which keeps what it has prepared."""
    global _worker_bench
    if _worker_bench is None:
        _worker_bench = Bench()
    return _answered(rows, complex_, _worker_bench)


def _answered(rows: Sequence[PlanRow], complex_: Complex | None, bench: Bench) -> Answered:
    """Answer rows about one complex."""
    bench.adopt(rows[0], complex_)
    answers = [answer(row, bench) for row in rows]
    try:
        return answers, _prepared(bench.engine(rows[0]).complex)
    except Exception:
        # The rows say why there is no complex.
        log.debug("no complex of row %d to keep", rows[0].row, exc_info=True)
        return answers, None


def _pieces(rows: Sequence[PlanRow], largest: int, ready: Container[Any]) -> list[list[int]]:
    """Positions of rows, grouped by complex, those of one structure side by side."""
    by_structure: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
    for position, row in enumerate(rows):
        key = row.complex_key
        by_structure.setdefault((key[0], key[-1]), {}).setdefault(key, []).append(position)
    pieces = []
    for groups in by_structure.values():
        for key, group in groups.items():
            placed = bool(rows[group[0]].ligand) and key not in ready
            most = _PLACED_PIECE if placed else largest
            pieces += [group[i : i + most] for i in range(0, len(group), most)]
    return pieces


def _pool(workers: int) -> ProcessPoolExecutor:
    import multiprocessing

    # A forked child of a process with threads may hang; a spawned one starts clean.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=begin_worker)


class _Work:
    """Rows that are about one complex, and the complex if it is prepared already."""

    def __init__(self, positions: list[int], rows: list[PlanRow], complex_: Complex | None) -> None:
        self.positions = positions
        self.rows = rows
        self.complex = complex_

    def submit(self, pool: ProcessPoolExecutor) -> Future[Answered]:
        return pool.submit(_answer_piece, self.rows, self.complex)

    def alone(self) -> Answered:
        """Answer it after a worker died: whole, then row by row if that kills one again."""
        try:
            with _pool(1) as pool:
                return self.submit(pool).result()
        except BrokenProcessPool:
            pass
        answers: list[dict[str, Any]] = []
        prepared: Prepared | None = None
        for position, row in zip(self.positions, self.rows, strict=True):
            try:
                with _pool(1) as pool:
                    more, made = _Work([position], [row], self.complex).submit(pool).result()
            except BrokenProcessPool:
                error = "The process that worked on this row died (out of memory?)."
                more, made = [row_of(row, {"status": "failed", "error": error})], None
            answers += more
            prepared = made or prepared
        return answers, prepared


def answer_alone(rows: Sequence[PlanRow]) -> list[dict[str, Any]]:
    """Answer questions about which a worker died, each in a process of its own if need be.

    Parameters
    ----------
    rows : sequence of PlanRow
        The questions.

    Returns
    -------
    list of dict
        Rows of results; failed are only those that kill a process again.
    """
    return _Work(list(range(len(rows))), list(rows), None).alone()[0]


def _in_processes(work: Sequence[_Work], jobs: int) -> Iterator[tuple[_Work, Answered]]:
    """Do work in processes and give the answers in its order.

    A worker that dies takes the pool with it. What was not answered by then is asked once more,
    piece by piece and each in a process of its own, so that only the rows that kill it fail.
    """
    pool = _pool(jobs)
    try:
        with interrupts_ignored():
            waiting = [piece.submit(pool) for piece in work]
        for piece, future in zip(work, waiting, strict=True):
            try:
                yield piece, future.result()
            except BrokenProcessPool:
                yield piece, piece.alone()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run(
    rows: Iterable[PlanRow],
    *,
    jobs: int = 1,
    complexes: Mapping[tuple[str, ...], Complex] | None = None,
    progress: Callable[[int], object] | None = None,
    prepared: Callable[[tuple[str, ...], Prepared], object] | None = None,
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
    prepared : callable, optional
        Called with each complex that was prepared: its `PlanRow.complex_key`, and what is kept
        of it. Where its rows were shared out, more than once.

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
    ready = complexes or {}
    work = [
        _Work(piece, [rows[i] for i in piece], ready.get(rows[piece[0]].complex_key))
        for piece in _pieces(rows, largest, ready)
    ]
    done: dict[int, dict[str, Any]] = {}
    following = 0
    for piece, (answers, made) in _here(work) if jobs == 1 else _in_processes(work, jobs):
        done.update(zip(piece.positions, answers, strict=True))
        if prepared is not None and made is not None:
            prepared(piece.rows[0].complex_key, made)
        if progress is not None:
            progress(len(answers))
        while following in done:
            yield done.pop(following)
            following += 1


def _here(work: Sequence[_Work]) -> Iterator[tuple[_Work, Answered]]:
    """Do work in this process."""
    bench = Bench()
    for piece in work:
        yield piece, _answered(piece.rows, piece.complex, bench)
