"""``trkstruct report``: one page with everything, which opens anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from .common import (
    Command,
    Progress,
    jobs_option,
    note,
    note_findings,
    panel_options,
    seed_option,
    structures_option,
)

__all__ = ["report"]


@click.command(cls=Command)
@click.argument("results", metavar="[RESULTS.csv]", required=False,
                type=click.Path(dir_okay=False))  # fmt: skip
@panel_options
@click.option("--question", default="", metavar="TEXT",
              help="What is to be found out; what was asked, if left out.")  # fmt: skip
@click.option("-o", "--output", required=True, metavar="REPORT.html",
              type=click.Path(dir_okay=False), help="Write the page there.")  # fmt: skip
@click.option("--js", default="inline", show_default=True, metavar="inline|none|PATH",
              help="3Dmol.js for the 3D: this machine's copy, none, or this file.")  # fmt: skip
@structures_option
@jobs_option
@seed_option
@click.pass_context
def report(
    ctx: click.Context,
    results: str | None,
    kinases: Sequence[str],
    ligands: Sequence[str],
    mutations: Sequence[str],
    reference: str,
    all_structures: bool,
    question: str,
    output: str,
    js: str,
    folders: Sequence[str],
    jobs: int,
    seed: int,
    rigid: bool,
) -> None:
    """The matrix as one page: answer, pictures, evidence, methods, limits.

    Options are those of `trkstruct matrix`. The page needs no network and no server; it sorts,
    filters and turns by click, and prints. Of RESULTS.csv, a table that `matrix` or `screen`
    wrote, it shows what is in it, without 3D. Research use only, not for treatment decisions.
    """
    from ..panels import CrossResistance, cross_resistance
    from ..views._script import find_script, how_to_get, script_text

    if not output.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"A report is written as .html; {output!r} is not.")
    asked = bool(kinases or ligands or mutations or folders or all_structures)
    if results is not None and asked:
        raise click.UsageError("Give a table of results, or what to ask, not both.")
    if js not in ("inline", "none"):
        # Before any work: the script may not be there.
        script_text(js)
    if results is not None:
        from ..results import read_results

        panel = CrossResistance(tuple(read_results(results)), reference=reference)
    else:
        if js == "inline" and find_script() is None:
            note(f"the page will have no 3D. {how_to_get()}")
        with Progress("report") as progress:
            panel = cross_resistance(
                ligands=list(ligands) or None,
                kinases=list(kinases) or None,
                mutations=list(mutations) or None,
                structures=list(folders) or None,
                reference=reference,
                all_structures=all_structures,
                jobs=jobs,
                progress=progress,
                rigid=rigid,
                seed=seed,
            )
        note_findings(panel.findings)
    panel.to_html(output, question=question, js=js)
    size = Path(output).stat().st_size / 1e6
    note(f"{output} ({size:.1f} MB): open it in a browser.", "Wrote")
    if results is None:
        from .batch import finish

        finish(ctx, panel.rows)
