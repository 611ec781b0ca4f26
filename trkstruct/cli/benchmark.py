"""``trkstruct benchmark``: predicted against measured on a series of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .batch import finish
from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    format_option,
    jobs_option,
    note,
    note_findings,
    output_folder,
    seed_option,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..benchmarking import BenchmarkResult, Difference, Estimate, Scores, Statistics

__all__ = ["benchmark"]

#: Columns of the table: heading, name in `Scores`.
_MEASURES = (
    ("AUROC", "auroc"), ("AUPRC", "auprc"), ("Spearman", "spearman"), ("Pearson", "pearson"),
    ("RMSE", "rmse_kcal"), ("error", "signed_error_kcal"),
)  # fmt: skip


@click.command(cls=Command)
@click.argument("plan", metavar="PLAN.csv", type=click.Path(dir_okay=False))
@click.option("-o", "--output", metavar="OUT_DIR", type=click.Path(),
              help="Write benchmark.json, predicted.csv, predicted.png and, if there are pairs "
              "enough, calibration.png there.")  # fmt: skip
@jobs_option
@structures_option
@seed_option
@format_option
@click.pass_context
def benchmark(
    ctx: click.Context,
    plan: str,
    output: str | None,
    jobs: int,
    folders: Sequence[str],
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Answer PLAN.csv and compare the answers with what was measured.

    The plan is one of `trkstruct screen` with a column measured_fold or measured_ddg_kcal (>10
    and <3 are bounds), or measured_call (resistant, reduced, sensitive, sensitised). Any kinase
    will do. Nothing that is known of a pair from the literature enters. The numbers stand beside
    those of rules that use no physics, with 95 % bootstrap intervals, and a sentence says whether
    the tool is worth using on this series.
    """
    from ..benchmarking import run_benchmark
    from ..plans import further_columns
    from ..sources import search_also

    unused = [name for name in further_columns(plan) if name != "measured_relation"]
    target = output_folder(output) if output is not None else None
    # What was written has the columns of a plan, so that it may well be given as one.
    written = None if target is None else target / "predicted.csv"
    if written is not None and written.exists() and written.samefile(plan):
        raise click.UsageError(f"The results would be written over the plan {plan!r}.")
    if unused:
        note(f"columns of {plan} that are not used: {', '.join(unused)}.")
    with Progress("benchmark") as progress, search_also(folders):
        result = run_benchmark(plan, jobs=jobs, progress=progress, seed=seed, rigid=rigid)
    note_findings(result.findings)
    if target is not None:
        note(f"{target}/: {', '.join(_write(result, target))}.", "Wrote")
    if format_ == "json":
        emit_json(result.to_dict())
    elif format_ == "csv":
        from ..results import columns_of

        emit_csv(result.rows, columns_of(result.rows))
    else:
        show(*_tables(result))
    finish(ctx, result.rows)


def _write(result: BenchmarkResult, folder: Path) -> list[str]:
    """Write the files of a benchmark, and say which."""
    from .._files import write_text
    from ..views.accuracy import predicted_against_measured, reliability_diagram
    from ..views.plots import save

    record = json.dumps(result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / "benchmark.json", f"{record}\n")
    result.to_csv(folder / "predicted.csv")
    save(predicted_against_measured(result.rows), folder / "predicted.png")
    written = ["benchmark.json", "predicted.csv", "predicted.png"]
    diagram = reliability_diagram(result.rows)
    calibration = folder / "calibration.png"
    if diagram is not None:
        save(diagram, calibration)
        written.append(calibration.name)
    elif calibration.exists():
        note(f"{calibration} is of another run: there are too few pairs here for one.")
    return written


def _tables(result: BenchmarkResult) -> list[RenderableType]:
    """Tables and sentences for a terminal of 80 columns."""
    from rich.text import Text

    found = result.statistics
    parts: list[RenderableType] = [
        Text(_counts(found)),
        _scores_table((found.model, found.probability, *found.baselines)),
        Text(_about(found), style="dim"),
        Text(_differences(found)),
        *(Text(text, style="dim") for text in (*found.notes, *_reasons(found))),
        Text(f"\n{result.sentence}", style="bold"),
    ]
    outliers = result.outliers()
    if outliers:
        parts += [Text("\nFurthest off:", style="bold"), _outlier_table(outliers)]
    return parts


def _many(n: int, what: str, several: str = "") -> str:
    return f"{n} {what if n == 1 else several or what + 's'}"


def _counts(found: Statistics) -> str:
    unmeasured = found.n - found.n_measured
    left = f", {unmeasured} not measured" if unmeasured else ""
    missed = f" ({found.n_abstained_resistant} of them resistant)" if found.n_abstained else ""
    undecided = f", {found.n_undecided} neither" if found.n_undecided else ""
    bounds = f", {found.n_bounds} only a bound" if found.n_bounds else ""
    return (
        f"{_many(found.n, 'row')}{left}: {found.n_answered} answered, "
        f"{found.n_abstained} abstained{missed}, {found.n_failed} failed. Of the answered, "
        f"{found.n_resistant} were measured as resistant, {found.n_not_resistant} as "
        f"not{undecided}; {_many(found.n_folds, 'has', 'have')} a value{bounds}."
    )


def _cell(estimate: Estimate) -> RenderableType:
    """A number, and below it the ends of its interval, short enough for six side by side."""
    from rich.text import Text

    if estimate.value is None:
        return Text("-", style="dim")
    if estimate.low is None:
        return Text(f"{estimate.value:.2f}")
    ends = f"{estimate.low:.2f},{estimate.high:.2f}".replace("0.", ".")
    return Text.assemble(f"{estimate.value:.2f}\n", (ends, "dim"))


def _scores_table(scores: Sequence[Scores]) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=0, collapse_padding=True)
    table.add_column("", no_wrap=True, min_width=max(len(item.name) for item in scores))
    for heading, _ in _MEASURES:
        table.add_column(heading, justify="right", no_wrap=True)
    for k, item in enumerate(scores):
        cells = [_cell(getattr(item, name)) for _, name in _MEASURES]
        table.add_row(Text(item.name, style="" if k else "bold"), *cells)
    return table


def _about(found: Statistics) -> str:
    drawn = f"{found.n_inhibitors} inhibitors" if found.resampled_by == "inhibitor" else "rows"
    prevalence = "" if found.prevalence is None else f" AUPRC of guessing: {found.prevalence:.2f}."
    return (
        "RMSE and error (predicted less measured) in kcal/mol. Below each number the ends of its "
        f"{100 * found.level:.0f} % interval ({found.resamples} bootstrap resamples of {drawn})."
        f"{prevalence} A rule that is no energy has no error."
    )


def _difference(what: str, found: Difference, unit: str = "") -> str:
    if not found.to or found.estimate.value is None:
        return ""
    span = ""
    if found.estimate.low is not None:
        span = f" ({found.estimate.low:+.2f} to {found.estimate.high:+.2f})"
    return f"{what} {found.estimate.value:+.2f}{unit}{span} to '{found.to}'"


def _differences(found: Statistics) -> str:
    """What stands beside the table: differences, the interval, pairs near the threshold."""
    each = [
        _difference("AUROC", found.auroc_difference),
        _difference("Spearman", found.spearman_difference),
        _difference("RMSE smaller by", found.rmse_difference, " kcal/mol"),
    ]
    listed = "; ".join(text for text in each if text)
    said = [f"Difference to the best rule: {listed}."] if listed else []
    inside = found.interval_coverage
    if inside.value is not None:
        said.append(f"The 80 % interval holds {inside} of {inside.n} values.")
    if found.n_bounds:
        said.append(
            f"{_many(found.n_bounds, 'bound')}: the prediction is on the wrong side of "
            f"{found.n_bounds_violated}, all of its interval of {found.n_bounds_outside}."
        )
    near = found.near_threshold
    if near.n and near.auroc_if_resistant.value is not None and near.auroc_if_not.value is not None:
        said.append(
            f"{near.n} measured near the threshold: AUROC {near.auroc_if_resistant.value:.2f} if "
            f"they are resistant, {near.auroc_if_not.value:.2f} if not."
        )
    brier = found.brier
    if brier.value is not None:
        said.append(
            f"Mean square error of p_resistant (Brier) {brier}; of always saying the prevalence "
            f"{found.brier_of_prevalence:.2f}."
        )
    return "\n".join(said)


def _reasons(found: Statistics) -> list[str]:
    """Why there is no number, or no interval, where there might be one."""
    listed: dict[str, list[str]] = {}
    for heading, name in _MEASURES:
        estimate = getattr(found.model, name)
        if estimate.reason:
            listed.setdefault(estimate.reason, []).append(heading)
    return [f"{', '.join(names)}: {reason}." for reason, names in listed.items()]


def _outlier_table(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("row", justify="right", no_wrap=True)
    table.add_column("pair", overflow="fold", max_width=22)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("predicted", justify="right", no_wrap=True)
    table.add_column("reasons", overflow="fold", ratio=1)
    for row in rows:
        ddg = row["measured_ddg_kcal"]
        measured = str(row["measured_call"] or "")
        if ddg is not None:
            sign = "" if row["measured_relation"] == "=" else row["measured_relation"]
            measured = f"{sign}{ddg:+.2f}"
        span = f"\n{row['ddg_low_kcal']:+.1f}..{row['ddg_high_kcal']:+.1f}"
        name = f"{row['ligand']} {row['kinase'] or ''} {row['mutation']}"
        table.add_row(
            str(row["row"]),
            Text(name),
            measured,
            f"{row['ddg_kcal']:+.2f}{span}",
            Text(_short(str(row["reasons"] or ""))),
        )
    return table


def _short(text: str, most: int = 160) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most].rsplit(' ', 1)[0]} ..."
