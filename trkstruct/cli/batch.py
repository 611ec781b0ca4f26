"""``trkstruct matrix`` and ``screen``: commands that answer with a table."""

from __future__ import annotations

import json
import platform
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import TrkstructError
from .common import (
    INTERRUPTED,
    Command,
    Progress,
    emit_csv,
    emit_json,
    emit_json_rows,
    fail,
    format_option,
    jobs_option,
    note,
    note_findings,
    output_folder,
    panel_options,
    seed_option,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from .._batches import Batch
    from .._dask import Cluster
    from .._parts import Merged
    from ..panels import CrossResistance

__all__ = ["Tally", "finish", "matrix", "print_rows", "screen"]

Rows = Sequence[Mapping[str, Any]]


class Tally:
    """Counts rows and remembers why some failed, of any number of rows."""

    #: Reasons that are listed, rows that are listed of each, and reasons that are told apart.
    _LISTED, _ROWS, _REASONS = 5, 6, 1000

    def __init__(self) -> None:
        self._status: Counter[str] = Counter()
        self._failed: dict[str, list[Any]] = {}
        self._count: Counter[str] = Counter()

    def __call__(self, row: Mapping[str, Any]) -> None:
        """Count a row with ``row``, ``status`` and ``error``."""
        self._status[row["status"]] += 1
        if row["status"] != "failed":
            return
        text = str(row["error"])
        if text in self._failed or len(self._failed) < self._REASONS:
            self._count[text] += 1
            numbers = self._failed.setdefault(text, [])
            if len(numbers) < self._ROWS:
                numbers.append(row["row"])

    def __str__(self) -> str:
        rows = self._status.total()
        known = ("ok", "abstained", "failed")
        listed = ", ".join(f"{self._status[s]} {s}" for s in known if self._status[s])
        return f"{rows} row{'' if rows == 1 else 's'}: {listed or 'none'}"

    def finish(self, ctx: click.Context) -> None:
        """Say how it went, and end with 1 if rows failed."""
        note(f"{self}.", "Done")
        ranked = sorted(self._failed.items(), key=lambda item: -self._count[item[0]])
        for text, numbers in ranked[: self._LISTED]:
            listed, rest = ", ".join(map(str, numbers)), self._count[text] - len(numbers)
            more = f" and {rest} more" if rest else ""
            fail(f"row{'s' if len(numbers) > 1 else ''} {listed}{more}: {text}")
        rest = self._status["failed"] - sum(self._count[text] for text, _ in ranked[: self._LISTED])
        if rest:
            fail(f"{rest} more, for other reasons: see the column error.")
        if self._status["failed"]:
            ctx.exit(1)


def finish(ctx: click.Context, rows: Iterable[Mapping[str, Any]]) -> None:
    """Say how it went, and end with 1 if rows failed.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    rows : iterable of mapping
        With ``row``, ``status`` and ``error``.
    """
    tally = Tally()
    for row in rows:
        tally(row)
    tally.finish(ctx)


def print_rows(rows: Rows, format_: str) -> None:
    """Print rows to stdout.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    format_ : {"json", "csv"}
        Form.
    """
    from ..results import columns_of

    if format_ == "json":
        emit_json(list(rows))
    else:
        emit_csv(rows, columns_of(rows))


@click.command(cls=Command)
@panel_options
@click.option("--since", metavar="OLD.csv", type=click.Path(dir_okay=False),
              help="matrix.csv of an earlier matrix: compute only what is new or what was computed "
              "from something else, keep its other rows, and say in the column change what "
              "changed.")  # fmt: skip
@click.option("-o", "--output", metavar="DIR", type=click.Path(),
              help="Write matrix.csv, matrix.xlsx, matrix.png, run.json and poses/ "
              "there.")  # fmt: skip
@click.option("--size", type=click.Choice(["a4", "slide"]), default="a4", show_default=True,
              help="What matrix.png has to fit on and be read; further pages are "
              "matrix-2.png ...")  # fmt: skip
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
    since: str | None,
    output: str | None,
    size: str,
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

    With --since, a row of the earlier matrix is kept if kinase, inhibitor and mutation are asked
    again and nothing that it was computed from is another: version, SMILES, models and tables, your
    structures. The column change says kept, new, or computed anew and unchanged, with another ddg,
    or with another call; change_reason says why, call_before and ddg_before_kcal what it was.
    Pictures and tables are of all rows, poses/ only of what was computed.
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
            since=since,
            jobs=jobs,
            progress=progress,
            rigid=rigid,
            seed=seed,
        )
    note_findings(panel.findings)
    if target is not None:
        how = {"seed": seed, "rigid": rigid, "jobs": jobs}
        with Progress("writing"):
            pictures = _write_matrix(panel, target, size, how=how, started=started)
        poses = f", poses/ ({len(panel.complexes)} complexes)" if panel.complexes else ""
        listed = ", ".join(["matrix.csv", "matrix.xlsx", *pictures, "run.json"])
        note(f"{target}/: {listed}{poses}.", "Wrote")
    if format_ == "table":
        from .tables import matrix_tables

        show(*matrix_tables(panel))
    else:
        print_rows(panel.rows, format_)
    finish(ctx, panel.rows)


#: Pages of a matrix that are drawn; of more somebody would have to ask for a part.
_MOST_PAGES = 12


def _write_matrix(
    panel: CrossResistance, folder: Path, size: str, *, how: Mapping[str, Any], started: float
) -> list[str]:
    """Write all files, and return the names of the pictures."""
    from .._files import write_text
    from ..views.plots import save

    panel.to_csv(folder / "matrix.csv")
    panel.to_excel(folder / "matrix.xlsx")
    pictures: list[str] = []
    for number, page in enumerate(panel.pages(size), start=1):
        if number > _MOST_PAGES:
            note(f"only the first {_MOST_PAGES} pages are drawn; -k, -l and -m ask for a part.")
            break
        pictures.append("matrix.png" if number == 1 else f"matrix-{number}.png")
        save(page, folder / pictures[-1])
    for earlier in folder.glob("matrix-*.png"):
        # A page of an earlier run beside those of this one would be taken for one of them.
        if earlier.name not in pictures and earlier.stem.removeprefix("matrix-").isdecimal():
            earlier.unlink()
    poses = panel.to_sdf_files(folder / "poses") if panel.complexes else ()
    old = {p.name for p in (folder / "poses").glob("*.sdf")} - set(poses)
    if old:
        note(f"{folder}/poses also has {len(old)} files that are not of this run.")
    record = _run_record(panel, poses, how=how, started=started)
    write_text(folder / "run.json", json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return pictures


def _run_record(
    panel: CrossResistance, poses: Sequence[str], *, how: Mapping[str, Any], started: float
) -> dict[str, Any]:
    """What somebody needs to know to make the table again."""
    from .._version import version_string

    packages = "numpy", "scipy", "rdkit", "biopython", "MDAnalysis", "pandas", "matplotlib"
    return {
        "version": version_string(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        **how,
        "rows": len(panel),
        "status": dict(Counter(str(row["status"]) for row in panel.rows)),
        "calls": dict(Counter(str(row["call"]) for row in panel.rows if row["call"])),
        "headline": panel.headline,
        "structures": [dict(item) for item in panel.inputs],
        **panel.basis.record(),
        "poses": list(poses),
        "left_out_and_chosen": [finding.message for finding in panel.findings],
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in packages},
    }


@click.command(cls=Command)
@click.argument("plan", metavar="PLAN.csv", type=click.Path(dir_okay=False))
@click.option("-o", "--output", metavar="RESULTS.csv", type=click.Path(),
              help="CSV, or .parquet with trkstruct[batch]; stdout if left out.")  # fmt: skip
@jobs_option
@click.option("--resume", is_flag=True,
              help="Go on with RESULTS.parts: do only what is missing.")  # fmt: skip
@click.option("--shard", metavar="N/OF",
              help="Do only this share, 1/100 to 100/100, and leave its parts for "
              "`trkstruct merge`.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
              help="Longest that a row may take; one that takes longer fails, and --resume tries "
              "it again.")  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS",
              help="Work on the Dask cluster of this scheduler: its address, or its scheduler "
              "file. Needs trkstruct[cluster].")  # fmt: skip
@click.option("--dask-local", type=click.IntRange(1, 256), metavar="N",
              help="Work on a Dask cluster of N processes of this machine.")  # fmt: skip
@click.option("--keep-parts", is_flag=True, help="Leave RESULTS.parts when the table is there.")
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
    resume: bool,
    shard: str | None,
    time_limit: float | None,
    scheduler: str | None,
    dask_local: int | None,
    keep_parts: bool,
    folders: Sequence[str],
    seed: int,
    rigid: bool,
    format_: str | None,
) -> None:
    """Answer every row of PLAN.csv.

    The plan needs the columns structure and mutation; it may have id, chain, kinase, ligand,
    ligand_name, pose and numbering. Each row gives one row of results, in the order of the
    plan; one that cannot be answered says why and does not end the others.

    What is answered is kept in RESULTS.parts until the table is written. Whatever ends it, the
    same command with --resume goes on from there; it refuses if plan, structures, version or
    parameters are no longer the same.

    With --scheduler or --dask-local a Dask cluster does the work, and gives what a lost worker
    was at to another; this process writes the parts, and the table is the same.
    """
    from .._batches import Batch, parse_shard
    from .._parts import default_folder
    from .._planfile import PlanFile
    from ..results import check_results_path
    from ..sources import search_also

    number, of = parse_shard(shard) if shard is not None else (1, 1)
    if output is None and (resume or shard is not None or keep_parts):
        raise click.UsageError("--resume, --shard and --keep-parts need -o RESULTS.csv.")
    cluster = _cluster(scheduler, dask_local, jobs, time_limit)
    if shard is not None and format_ is not None:
        raise click.UsageError("A share has no table: --format is for the whole, see merge.")
    if output is not None:
        check_results_path(output)
        if Path(output).exists() and Path(plan).exists() and Path(output).samefile(plan):
            raise click.UsageError(f"The results would be written over the plan {plan!r}.")
    with ExitStack() as stack:
        questions = stack.enter_context(PlanFile(plan))
        unused = questions.further_columns
        if unused:
            note(f"columns of {plan} that are not used: {', '.join(unused)}.")
        stack.enter_context(search_also(folders))
        parts = default_folder(output) if output is not None else _passing(stack)
        batch = Batch(
            questions, parts, shard=number, shards=of, resume=resume,
            parameters={"seed": seed, "rigid": rigid},
        )  # fmt: skip
        if batch.resumed:
            note(f"{batch.resumed} of {batch.share.rows} rows were there.")
        tally = Tally()
        with _kept(ctx, batch, output):
            with Progress("screen") as progress:
                batch.run(jobs=jobs, limit=time_limit, cluster=cluster, progress=progress)
            merged = batch.merged()
            if shard is not None:
                for row in merged:
                    tally(row)
                note(
                    f"{parts}/: share {number} of {of}. `trkstruct merge` makes the table.", "Wrote"
                )
            elif output is not None:
                merged.write(output, tally)
                note(f"{output}.", "Wrote")
        if shard is None:
            if format_ is not None or output is None:
                _print_merged(merged, format_ or "csv", tally if output is None else None)
            if not keep_parts:
                batch.parts.remove()
    tally.finish(ctx)


def _cluster(
    scheduler: str | None, local: int | None, jobs: int, limit: float | None
) -> Cluster | None:
    """Make of the options the cluster that they mean, if any."""
    if scheduler is None and local is None:
        return None
    if scheduler is not None and local is not None:
        raise click.UsageError("--scheduler and --dask-local are two ways; give one.")
    if jobs > 1 or limit is not None:
        raise click.UsageError(
            "-j and --time-limit are for processes of this machine, not for a Dask cluster."
        )
    from .._dask import Cluster

    return Cluster(scheduler or "", local or 0)


def _passing(stack: ExitStack) -> Path:
    """Folder of the parts of a table that is not kept in a file."""
    import tempfile

    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trkstruct-")), "parts")


@contextmanager
def _kept(ctx: click.Context, batch: Batch, output: str | None) -> Iterator[None]:
    """Say what is kept and how to go on, if something ends the work early."""
    try:
        yield
        return
    except (KeyboardInterrupt, OSError) as error:
        if output is None or isinstance(error, TrkstructError):
            raise
        stopped = isinstance(error, KeyboardInterrupt)
        if isinstance(error, OSError):
            fail(f"{error.filename or batch.parts.folder}: {error.strerror or error}.")
        else:
            fail("Interrupted.")
    kept = f"{batch.done} of {batch.share.rows} rows are kept in {batch.parts.folder}/."
    if batch.parts.files:
        note(f"{kept} The same command with --resume does the rest.")
    else:
        batch.parts.remove()
        note("No row was finished, so that nothing is kept.")
    ctx.exit(INTERRUPTED if stopped else 2)


def _print_merged(merged: Merged, format_: str, tally: Tally | None) -> None:
    """Print rows of parts to stdout, and count them if nobody has yet."""

    def counted() -> Iterator[Mapping[str, Any]]:
        for row in merged:
            if tally is not None:
                tally(row)
            yield row

    if format_ == "table":
        from .tables import SHOWN, screen_table

        rows = counted()
        show(*screen_table(list(islice(rows, SHOWN)), total=len(merged)))
        for _ in rows:  # the others count too
            pass
    elif format_ == "json":
        emit_json_rows(counted())
    else:
        emit_csv(counted(), merged.columns)
