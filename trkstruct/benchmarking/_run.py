"""A plan with measured values, answered and compared with them."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import results, screening
from .._files import shown_name
from .._version import version_string
from ..errors import PlanError
from ..plans import plan_cells, read_plan
from ..residues import Finding
from ._measured import MEASURED_COLUMNS, Measured, measured_of, volume_change
from ._outliers import outliers
from ._statistics import statistics
from ._values import Statistics, plain
from ._verdict import sentence, verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BenchmarkResult", "benchmark_rows", "run_benchmark"]

#: What is known of a pair from the literature: it has no place where predictions are judged.
_KNOWN: Final = (
    "wt_active", "wt_potency_nm", "predicted_potency_nm", "potency_assay", "potency_source",
    "evidence",
)  # fmt: skip
#: Columns of a row in the record; the table has all of them.
_SHORT: Final = (
    "row", "id", "structure", "kinase", "ligand", "mutation", "pose_source", "ddg_kcal",
    "ddg_low_kcal", "ddg_high_kcal", "p_resistant", "call", "confidence", "status", "error",
    "measured_ddg_kcal", "measured_relation", "measured_fold", "measured_call", "measured_class",
    "difference_kcal", "inside_interval",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class BenchmarkResult:
    """Predicted against measured on a series.

    Parameters
    ----------
    rows : tuple of mapping
        Rows of results in the order of the plan, without what the literature knows of a pair,
        and behind them what was measured: ``measured_ddg_kcal``, ``measured_relation``
        (``=``, ``<`` or ``>``), ``measured_fold`` and ``measured_call`` as they were given,
        ``measured_class``, ``difference_kcal`` (predicted less measured), ``inside_interval``
        and ``volume_change_ang3``.
    statistics : Statistics
        Of them, with baselines.
    verdict : {"better", "not shown", "worse", "too few", "not judged"}
        Against the best baseline.
    sentence : str
        Whether the tool is worth using on this series.
    findings : tuple of Finding
        What could not be read, and what contradicts itself.
    plan, sha256 : str
        Name and sum of the plan.
    rigid : bool
        Whether only the best pose in one structure was taken.
    """

    rows: tuple[Mapping[str, Any], ...] = field(repr=False)
    statistics: Statistics = field(repr=False)
    verdict: str
    sentence: str
    findings: tuple[Finding, ...]
    plan: str
    sha256: str = field(repr=False)
    rigid: bool = False

    @property
    def baselines(self) -> tuple[Any, ...]:
        """Scores of the rules without physics.

        Returns
        -------
        tuple of Scores
        """
        return self.statistics.baselines

    def outliers(self, most: int | None = None) -> tuple[Mapping[str, Any], ...]:
        """Rows that are furthest from what was measured, worst first.

        Parameters
        ----------
        most : int, optional
            Number of them.

        Returns
        -------
        tuple of mapping
            See `trkstruct.benchmarking.outliers`.
        """
        return outliers(self.rows, most)

    def to_dataframe(self) -> pd.DataFrame:
        """Make a data frame of the rows.

        Returns
        -------
        pandas.DataFrame
        """
        return results.table(self.rows)

    def to_csv(self, path: Path | str) -> None:
        """Write the rows as CSV in UTF-8, whole or not at all.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        results.write_csv(self.rows, path)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as mappings, lists and plain values.

        Returns
        -------
        dict
            ``sentence``, ``verdict``, ``version``, ``plan``, ``sha256``, ``seed``, ``rigid``,
            ``statistics``, ``outliers`` (numbers of their rows), ``findings`` and ``rows``.
        """
        return {
            "sentence": self.sentence,
            "verdict": self.verdict,
            "version": version_string(),
            "plan": self.plan,
            "sha256": self.sha256,
            "seed": self.statistics.seed,
            "rigid": self.rigid,
            "statistics": plain(self.statistics),
            "outliers": [row["row"] for row in self.outliers()],
            "findings": [finding.message for finding in self.findings],
            "rows": [{column: row.get(column) for column in _SHORT} for row in self.rows],
        }

    def _repr_html_(self) -> str:
        names = ("auroc", "auprc", "spearman", "pearson", "rmse_kcal")
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *names))
        body = "".join(
            f"<tr><th>{html.escape(scores.name)}</th>"
            + "".join(f"<td>{getattr(scores, name)}</td>" for name in names)
            + "</tr>"
            for scores in (self.statistics.model, *self.baselines)
        )
        return f"<p>{html.escape(self.sentence)}</p><table><tr>{head}</tr>{body}</table>"


def _measured_columns(
    row: Mapping[str, Any], given: Mapping[str, Any], found: Measured | None
) -> dict[str, Any]:
    """Columns of a row that say what was measured, and how far it is from the prediction."""
    ddg, low, high = (row[c] for c in ("ddg_kcal", "ddg_low_kcal", "ddg_high_kcal"))
    answered = row["status"] == "ok" and ddg is not None
    value = None if found is None else found.ddg_kcal
    truth = None if found is None else found.resistant()
    inside: str | None = None
    if answered and found is not None and value is not None and None not in (low, high):
        # A bound is outside where all of the interval is on its wrong side, and else unknown.
        if found.exact:
            inside = "yes" if low <= value <= high else "no"
        elif (high if found.relation == ">" else -low) < (
            value if found.relation == ">" else -value
        ):
            inside = "no"
    exact = answered and found is not None and found.exact and value is not None
    return {
        "measured_ddg_kcal": value,
        "measured_relation": "" if found is None else found.relation,
        # What could not be read is told in a finding, and would not be read the next time either.
        "measured_fold": "" if found is None else str(given.get("measured_fold") or "").strip(),
        "measured_call": "" if found is None else found.label,
        "measured_class": "" if truth is None else "resistant" if truth else "not resistant",
        "difference_kcal": ddg - value if exact else None,
        "inside_interval": inside,
        "volume_change_ang3": volume_change(str(row["mutation_uniprot"] or row["mutation"])),
    }


def benchmark_rows(
    rows: tuple[Mapping[str, Any], ...], given: tuple[Mapping[str, Any], ...]
) -> tuple[tuple[dict[str, Any], ...], tuple[Finding, ...]]:
    """Put what was measured behind rows of results.

    Parameters
    ----------
    rows : tuple of mapping
        Rows of results.
    given : tuple of mapping
        For each the cells that `measured_of` reads.

    Returns
    -------
    tuple of dict, tuple of Finding
        The rows, without what the literature knows of a pair; and a warning for each measurement
        that could not be read, which then counts as none, or that contradicts itself.
    """
    complete: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for row, cells in zip(rows, given, strict=True):
        found: Measured | None = None
        try:
            found = measured_of(cells)
        except PlanError as error:
            message = f"row {row['row']}: {error} The row counts as not measured."
            findings.append(Finding("unreadable-measurement", message, "warning"))
        if found is not None and found.contradiction:
            message = f"row {row['row']}: {found.contradiction}."
            findings.append(Finding("contradiction", message, "warning"))
        bare = {**row, **dict.fromkeys(_KNOWN)}
        more = _measured_columns(row, cells, found)
        complete.append(bare | {column: results.cell(column, v) for column, v in more.items()})
    return tuple(complete), tuple(findings)


def run_benchmark(
    plan_path: Path | str,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
    seed: int = 0,
    rigid: bool = False,
) -> BenchmarkResult:
    """Answer a plan with measured values, and compare the answers with them.

    Nothing that is known of a pair enters: what the literature says is left out of the rows.

    Parameters
    ----------
    plan_path : path
        A plan with ``measured_ddg_kcal``, ``measured_fold`` or ``measured_call``. Bounds are
        written ``>10`` or ``<3``; empty cells are rows without a measurement.
    jobs : int, default 1
        Worker processes; the numbers do not depend on it.
    progress : callable, optional
        Called with the number of rows that are done, and of all.
    seed : int, default 0
        Seed of whatever is random: the bootstrap, the displaced poses.
    rigid : bool, default False
        Take the best pose alone, in one structure.

    Returns
    -------
    BenchmarkResult

    Raises
    ------
    PlanError
        If the plan cannot be read, has none of these columns, or no measurement in them.
    """
    path = Path(plan_path)
    asked, cells = read_plan(path), plan_cells(path)
    questions = [replace(row, rigid=rigid, seed=seed) for row in asked]
    if not any(column in cells[0] for column in MEASURED_COLUMNS):
        raise PlanError(
            f"The plan {str(path)!r} has nothing to compare with: it needs a column "
            f"{', '.join(MEASURED_COLUMNS[:-1])} or {MEASURED_COLUMNS[-1]}; it has "
            f"{', '.join(cells[0])}. `trkstruct screen` answers plans without them."
        )
    _check_any_measured(path, cells)
    done = 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, len(questions))

    answers = tuple(screening.run(questions, jobs=jobs, progress=count))
    rows, findings = benchmark_rows(answers, cells)
    # Of the rows and not of the cells, so that a measurement that could not be read is none.
    found = statistics(rows, seed=seed)
    return BenchmarkResult(
        rows,
        found,
        verdict(found),
        sentence(found),
        findings,
        shown_name(path),
        hashlib.sha256(path.read_bytes()).hexdigest(),
        rigid,
    )


def _check_any_measured(path: Path, cells: tuple[Mapping[str, Any], ...]) -> None:
    """Refuse a plan without any measurement that can be read, before it is computed for hours."""
    reasons: list[str] = []
    for number, row in enumerate(cells, start=1):
        try:
            if measured_of(row) is not None:
                return
        except PlanError as error:
            reasons.append(f"row {number}: {error}")
    why = f" {reasons[0]}" if reasons else f" The columns {', '.join(MEASURED_COLUMNS)} are empty."
    raise PlanError(f"The plan {str(path)!r} has no measurement that can be read.{why}")
