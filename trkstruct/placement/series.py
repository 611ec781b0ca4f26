"""Placing a whole series, and ligands that stand for several stereoisomers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .._processes import DIED, one_line, spread
from ..errors import LigandError, PlacementError, UnpublishedLigandError
from ..residues import Finding
from . import choosing
from .limits import check_limits

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ligands import Ligand, LigandRecord
    from ..structures import Structure
    from .poses import PoseSet

__all__ = ["PlacedRecord", "place_isomers", "place_series"]

#: Longest name of a record that has none, made of its text.
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class PlacedRecord:
    """One record of a series: its poses, or why there are none.

    Parameters
    ----------
    row : int
        Number of the record, from 1.
    name : str
        Its name, in one line.
    ligand : Ligand or None
        What was placed: of a ligand with unspecified stereo, the isomer that was taken. None if
        the record could not be read.
    pose_set : PoseSet or None
        Its poses; None if there are none.
    status : {"ok", "failed", "abstained"}
        Whether it was placed; ``abstained`` where there is no structure to place.
    error : str
        Why it was not, in one line; empty if it was.
    """

    row: int
    name: str
    ligand: Ligand | None
    pose_set: PoseSet | None
    status: str
    error: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed and chosen, of the ligand and of its poses, each thing once."""
        said = () if self.ligand is None else self.ligand.findings
        more = () if self.pose_set is None else self.pose_set.findings
        return tuple(dict.fromkeys((*said, *more)))


class _Job(NamedTuple):
    """What all records of a series share."""

    structure: Structure
    chain: str
    templates: tuple[Complex, ...] | None
    method: str
    seed: int
    reuse: bool
    poses: int | None


def place_isomers(
    structure: Structure,
    ligand: Ligand,
    *,
    chain: str | None = None,
    templates: Sequence[Complex] | None = None,
    method: str = "auto",
    seed: int = 0,
    reuse: bool = True,
) -> tuple[Ligand, PoseSet]:
    """Place a ligand; if its stereo is not specified, each isomer, and take the best.

    Parameters
    ----------
    structure : Structure
        The receptor.
    ligand : Ligand
        The ligand; tautomers are as drawn.
    chain : str, optional
        Author chain of the receptor.
    templates : sequence of Complex, optional
        As for `trkstruct.placement.pose_set`.
    method : {"auto", "template", "dock"}
        As there.
    seed : int
        As there.
    reuse : bool
        As there.

    Returns
    -------
    ligand : Ligand
        What was placed: the ligand, or the isomer of it that scores best.
    poses : PoseSet
        Its poses. A finding names all isomers that were tried, and their scores.

    Raises
    ------
    PlacementError
        If it is none that can be placed, or no isomer of it could be.
    """
    from ..ligands import enumerate_stereo

    doubts = check_limits(ligand)
    # Where the pose is a guess anyway, the isomers are not worth the time: one is assumed.
    isomers = enumerate_stereo(ligand, 1 if doubts else None)
    placed: list[tuple[float, int, PoseSet]] = []
    scores: list[str] = []
    problem: PlacementError | None = None
    for number, isomer in enumerate(isomers):
        try:
            found = choosing.pose_set(
                structure, isomer, chain=chain, templates=templates, method=method, seed=seed,
                reuse=reuse,
            )  # fmt: skip
        except RuntimeError as error:  # PlacementError, and what RDKit raises of tight rings
            problem = _placement_error(error, ligand)
            scores.append(f"{isomer.smiles} not placed ({one_line(problem).rstrip('.')})")
            continue
        score = found.poses[0].score_kcal
        placed.append((score, number, found))
        scores.append(f"{isomer.smiles} {score:.1f}")
    if not placed:
        assert problem is not None
        raise problem
    _, taken, poses = min(placed, key=lambda item: item[:2])
    if len(isomers) > 1:
        scores[taken] += " (taken)"
        message = (
            f"The stereo of {ligand.name} is not specified: {len(isomers)} isomers were placed, "
            f"best scores in kcal/mol: {'; '.join(scores)}. Scores do not tell isomers apart "
            "reliably: give the stereo if it is known."
        )
        doubts = (*doubts, Finding("isomers", message, "warning"))
    return isomers[taken], replace(poses, findings=(*poses.findings, *doubts)) if doubts else poses


def _placement_error(error: RuntimeError, ligand: Ligand) -> PlacementError:
    if isinstance(error, PlacementError):
        return error
    said = " ".join(" ".join(str(error).strip().splitlines()[:2]).split()) or type(error).__name__
    return PlacementError(f"No conformer of {ligand.name} could be made: RDKit says {said}.")


def place_series(
    structure: Structure,
    ligands: Any,
    *,
    chain: str | None = None,
    templates: Sequence[Complex] | None = None,
    method: str = "auto",
    seed: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
    poses: int | None = None,
    reuse: bool = True,
) -> Iterator[PlacedRecord]:
    """Place the ligands of a series in the pocket of a structure, one bad one ending nothing.

    Parameters
    ----------
    structure : Structure
        The receptor; whatever is bound in its pocket is ignored.
    ligands : LigandSeries, path, DataFrame or iterable
        What `trkstruct.ligands` takes; in an iterable also names.
    chain : str, optional
        Author chain of the receptor.
    templates : sequence of Complex, optional
        As for `trkstruct.placement.pose_set`.
    method : {"auto", "template", "dock"}
        As there.
    seed : int
        As there.
    jobs : int, default 1
        Processes; with 1 the work is done in this one. The poses do not depend on it. Processes
        are spawned: a script that calls this needs the usual ``if __name__ == "__main__":``.
    progress : callable, optional
        Called with the number of records that are done and the number of all.
    poses : int, optional
        Keep so many poses of each, in the pocket as it is; all if not given.
    reuse : bool
        As for `trkstruct.placement.pose_set`.

    Returns
    -------
    iterator of PlacedRecord
        One for each record, in their order.

    Raises
    ------
    StructureError
        If the structure has no such chain.
    LigandError
        If the ligands cannot be read at all.
    PlacementError
        If `method`, `jobs` or `poses` make no sense.

    Examples
    --------
    >>> import trkstruct as ts
    >>> from trkstruct.placement import place_series
    >>> for record in place_series(ts.load("4YNE"), ["C1CC", "zurletrectinib"]):
    ...     print(record.row, record.status)
    1 failed
    2 abstained
    """
    if method not in choosing.METHODS:
        raise PlacementError(
            f"Method {method!r} is not known; it is one of {', '.join(choosing.METHODS)}."
        )
    for what, number in (("processes", jobs), ("poses", poses)):
        if number is not None and number < 1:
            raise PlacementError(f"The number of {what} is {number}; it must be at least 1.")
    where = structure.choose_chain(chain)[0]
    own = None if templates is None else tuple(templates)
    records = tuple(_records(ligands))
    return _placed(_Job(structure, where, own, method, seed, reuse, poses), records, jobs, progress)


def _placed(
    job: _Job,
    records: Sequence[PlacedRecord],
    jobs: int,
    progress: Callable[[int, int], object] | None,
) -> Iterator[PlacedRecord]:
    """Place records and give them in their order."""
    work = [n for n, record in enumerate(records) if record.ligand is not None]
    done = {n: record for n, record in enumerate(records) if record.ligand is None}
    items = [records[n] for n in work]
    workers = min(jobs, len(items))
    answers = spread(_place, job, items, workers) if workers > 1 else _here(job, items)
    following = 0
    with closing(answers):
        while following < len(records):
            if following in done:
                yield done.pop(following)
                following += 1
                continue
            position, answer = next(answers)
            if answer is DIED:
                error = "The process that worked on this molecule died (out of memory?)."
                answer = replace(items[position], status="failed", error=error)
            done[work[position]] = answer
            if progress is not None:
                progress(following + len(done), len(records))


def _here(
    job: _Job, records: Iterable[PlacedRecord]
) -> Generator[tuple[int, PlacedRecord], None, None]:
    for position, record in enumerate(records):
        yield position, _place(job, record)


def _place(job: _Job, record: PlacedRecord) -> PlacedRecord:
    """Place the ligand of a record; whatever goes wrong stays in its record."""
    assert record.ligand is not None
    try:
        ligand, found = place_isomers(
            job.structure, record.ligand, chain=job.chain, templates=job.templates,
            method=job.method, seed=job.seed, reuse=job.reuse,
        )  # fmt: skip
    except Exception as error:
        return replace(record, status="failed", error=one_line(error))
    if job.poses is not None:
        found = replace(found, poses=found.of_site()[: job.poses])
    return replace(record, ligand=ligand, pose_set=found)


def _records(source: Any) -> Iterator[PlacedRecord]:
    """Records of whatever holds ligands; those without a ligand say why."""
    from ..ligands import Ligand, LigandRecord, LigandSeries, ligands, resolve

    if isinstance(source, str):
        found = resolve(source)
        source = found if isinstance(found, LigandSeries) else [found]
    elif isinstance(source, Ligand):
        source = [source]
    named = isinstance(source, Iterable) and not hasattr(source, "columns")
    if isinstance(source, (LigandSeries, Path)) or not named:
        for record in ligands(source):
            yield _record(record)
        return
    for row, item in enumerate(source, 1):
        if isinstance(item, str):
            try:
                one = resolve(item)
                item = one.only() if isinstance(one, LigandSeries) else one
            except UnpublishedLigandError as error:
                yield PlacedRecord(row, _short(item), None, None, "abstained", one_line(error))
                continue
            except LigandError as error:
                yield PlacedRecord(row, _short(item), None, None, "failed", one_line(error))
                continue
        record = ligands([item])[0]
        yield _record(record if isinstance(item, LigandRecord) else replace(record, row=row))


def _record(record: LigandRecord) -> PlacedRecord:
    name = record.name or (record.ligand.name if record.ligand else _short(record.text))
    if record.ligand is None:
        error = " ".join(record.error.split())
        return PlacedRecord(record.row, name, None, None, "failed", error)
    return PlacedRecord(record.row, name, record.ligand, None, "ok")


def _short(text: str) -> str:
    """Make a name of the text of a record that has none."""
    from ..ligands import one_line_name

    line = one_line_name(text).strip()
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
