"""``trkstruct matrix``, ``scan`` and ``screen``: commands that answer with a table."""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    fail,
    format_option,
    jobs_option,
    note,
    note_findings,
    output_folder,
    seed_option,
    show,
    structure_options,
    structures_option,
)

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..panels import CrossResistance

__all__ = ["finish", "matrix", "scan", "screen"]

Rows = Sequence[Mapping[str, Any]]


def _tally(rows: Rows) -> str:
    count = Counter(row["status"] for row in rows)
    listed = ", ".join(f"{count[s]} {s}" for s in ("ok", "abstained", "failed") if count[s])
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}: {listed}"


def finish(ctx: click.Context, rows: Rows) -> None:
    """Say how it went, and end with 1 if rows failed.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    rows : sequence of mapping
        With ``row``, ``status`` and ``error``.
    """
    note(f"{_tally(rows)}.", "Done")
    failed: dict[str, list[Any]] = {}
    for row in rows:
        if row["status"] == "failed":
            failed.setdefault(str(row["error"]), []).append(row["row"])
    most, shown = 5, 6
    ranked = sorted(failed.items(), key=lambda item: -len(item[1]))
    for text, numbers in ranked[:most]:
        listed = ", ".join(map(str, numbers[:shown]))
        more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
        fail(f"row{'s' if len(numbers) > 1 else ''} {listed}{more}: {text}")
    if len(ranked) > most:
        rest = sum(len(numbers) for _, numbers in ranked[most:])
        fail(f"{rest} more, for other reasons: see the column error.")
    if failed:
        ctx.exit(1)


def _print(rows: Rows, format_: str) -> None:
    from ..results import columns_of

    if format_ == "json":
        emit_json(list(rows))
    else:
        emit_csv(rows, columns_of(rows))


@click.command(cls=Command)
@click.option("-k", "--kinase", "kinases", multiple=True, metavar="KINASE",
              help="TRKA, NTRK1, P04629 ... Left out: TRKA, TRKB and TRKC.")  # fmt: skip
@click.option("-l", "--ligand", "ligands", multiple=True, metavar="LIGAND",
              help="Name, SMILES or file. Left out: the whole library.")  # fmt: skip
@click.option("-m", "--mutation", "mutations", multiple=True, metavar="MUTATION-OR-ROLE",
              help="G595R, or a role: its catalogued mutations. Left out: all catalogued "
              "mutations.")  # fmt: skip
@click.option("--reference", default="", metavar="NAME", help="Inhibitor that stands first.")
@click.option("--all-structures", is_flag=True,
              help="Of your own, also constructs with a resistance mutation.")  # fmt: skip
@click.option("-o", "--output", metavar="DIR", type=click.Path(),
              help="Write matrix.csv, matrix.xlsx, matrix.png, run.json and poses/ "
              "there.")  # fmt: skip
@structures_option
@jobs_option
@seed_option
@format_option
@click.pass_context
def matrix(
    ctx: click.Context,
    kinases: Sequence[str],
    ligands: Sequence[str],
    mutations: Sequence[str],
    reference: str,
    all_structures: bool,
    output: str | None,
    folders: Sequence[str],
    jobs: int,
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Inhibitors against resistance mutations.

    Each inhibitor is put in the bundled model of each kinase that suits it: one in which it is
    bound, else one in the DFG state that its type needs. With --structures, your own structures
    are asked about the inhibitors that are bound in them, or about those of -l, which are placed
    if they are not, and, if -m is left out, about solvent-front, gatekeeper and xDFG. The tables
    on stdout show the ddG and the call of each pair.
    """
    from ..panels import cross_resistance

    target = output_folder(output) if output is not None else None
    started = time.time()
    with Progress("matrix") as progress:
        panel = cross_resistance(
            ligands=list(ligands) or None,
            kinases=list(kinases) or None,
            mutations=list(mutations) or None,
            structures=list(folders) or None,
            reference=reference,
            all_structures=all_structures,
            jobs=jobs,
            progress=progress,
        )
    note_findings(panel.findings)
    if target is not None:
        _write_matrix(panel, target, seed=seed, jobs=jobs, started=started)
        poses = f", poses/ ({len(panel.complexes)} complexes)" if panel.complexes else ""
        note(f"{target}/: matrix.csv, matrix.xlsx, matrix.png, run.json{poses}.", "Wrote")
    if format_ == "table":
        from .tables import matrix_tables

        show(*matrix_tables(panel))
    else:
        _print(panel.rows, format_)
    finish(ctx, panel.rows)


def _write_matrix(
    panel: CrossResistance, folder: Path, *, seed: int, jobs: int, started: float
) -> None:
    from .._files import write_text
    from ..views.plots import save

    panel.to_csv(folder / "matrix.csv")
    panel.to_excel(folder / "matrix.xlsx")
    save(panel.plot(), folder / "matrix.png")
    poses = panel.to_sdf_files(folder / "poses") if panel.complexes else ()
    old = {p.name for p in (folder / "poses").glob("*.sdf")} - set(poses)
    if old:
        note(f"{folder}/poses also has {len(old)} files that are not of this run.")
    record = _run_record(panel, poses, seed=seed, jobs=jobs, started=started)
    write_text(folder / "run.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def _run_record(
    panel: CrossResistance, poses: Sequence[str], *, seed: int, jobs: int, started: float
) -> dict[str, Any]:
    """What somebody needs to know to make the table again."""
    from .._version import version_string

    packages = "numpy", "scipy", "rdkit", "biopython", "MDAnalysis", "pandas", "matplotlib"
    return {
        "version": version_string(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "seed": seed,
        "jobs": jobs,
        "rows": len(panel),
        "status": dict(Counter(str(row["status"]) for row in panel.rows)),
        "calls": dict(Counter(str(row["call"]) for row in panel.rows if row["call"])),
        "headline": panel.headline,
        "structures": [dict(item) for item in panel.inputs],
        "poses": list(poses),
        "left_out_and_chosen": [finding.message for finding in panel.findings],
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in packages},
    }


@click.command(cls=Command)
@structure_options
@click.option("-o", "--output", metavar="OUT.csv", type=click.Path(dir_okay=False),
              help="Write all rows there; else the table on stdout shows the worst.")  # fmt: skip
@jobs_option
@seed_option
@format_option
@click.pass_context
def scan(
    ctx: click.Context,
    complex_: Callable[[], Complex],
    output: str | None,
    jobs: int,
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Every other amino acid at every pocket position.

    The column nucleotide_changes_min says how many nucleotides must change at least.
    """
    from .. import scans
    from ..results import check_results_path, write_results

    if output is not None:
        check_results_path(output)
    made = complex_()
    with Progress("scan") as progress:
        panel = scans.scan(made, jobs=jobs, progress=progress)
    note_findings([*made.findings, *panel.findings])
    if output is not None:
        write_results(panel.rows, output)
        note(f"{output}.", "Wrote")
    if format_ == "table":
        from .tables import scan_table

        show(*scan_table(panel, made))
    else:
        _print(panel.rows, format_)
    finish(ctx, panel.rows)


@click.command(cls=Command)
@click.argument("plan", metavar="PLAN.csv", type=click.Path(dir_okay=False))
@click.option("-o", "--output", metavar="RESULTS.csv", type=click.Path(),
              help="CSV, or .parquet with trkstruct[batch]; stdout if left out.")  # fmt: skip
@jobs_option
@structures_option
@seed_option
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]),
              help="Form of what goes to stdout. Left out: csv, nothing with -o.")  # fmt: skip
@click.pass_context
def screen(
    ctx: click.Context,
    plan: str,
    output: str | None,
    jobs: int,
    folders: Sequence[str],
    seed: int,
    rigid: bool,
    format_: str | None,
) -> None:
    """Answer every row of PLAN.csv.

    The plan needs the columns structure and mutation; it may have id, chain, kinase, ligand,
    ligand_name, pose and numbering. Each row gives one row of results, in the order of the
    plan; one that cannot be answered says why and does not end the others.
    """
    from ..plans import further_columns, read_plan
    from ..results import check_results_path, write_results
    from ..screening import run
    from ..sources import search_also

    if output is not None:
        check_results_path(output)
        if Path(output).exists() and Path(output).samefile(plan):
            raise click.UsageError(f"The results would be written over the plan {plan!r}.")
    questions = read_plan(plan)
    unused = further_columns(plan)
    if unused:
        note(f"columns of {plan} that are not used: {', '.join(unused)}.")
    done = 0
    with Progress("screen") as progress, search_also(folders):

        def count(n: int) -> None:
            nonlocal done
            done += n
            progress(done, len(questions))

        rows = list(run(questions, jobs=jobs, progress=count))
    if output is not None:
        write_results(rows, output)
        note(f"{output}.", "Wrote")
    if format_ == "table":
        from .tables import screen_table

        show(*screen_table(rows))
    elif format_ is not None or output is None:
        _print(rows, format_ or "csv")
    finish(ctx, rows)
