"""``trkstruct scan``: every other amino acid at every pocket position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .batch import finish, print_rows
from .common import (
    Command,
    Progress,
    format_option,
    jobs_option,
    note,
    note_findings,
    seed_option,
    show,
    structure_options,
)
from .trajectory import trajectory_options

if TYPE_CHECKING:
    from ..complexes import Complex

__all__ = ["scan"]


@click.command(cls=Command)
@structure_options
@trajectory_options
@click.option("--against", multiple=True, metavar="LIGAND",
              help="Another inhibitor; repeat it for several. Tells the mutations that escape all "
              "of them from those that escape only one.")  # fmt: skip
@click.option("--within", type=click.FloatRange(min=0, min_open=True), metavar="ANGSTROM",
              help="Scan the residues so near to the ligand instead of the 85 positions of the "
              "pocket.")  # fmt: skip
@click.option("-o", "--output", metavar="OUT.csv", type=click.Path(dir_okay=False),
              help="Write all rows there; else the table on stdout shows the worst.")  # fmt: skip
@click.option("--plot", "picture", metavar="FILE.png", type=click.Path(dir_okay=False),
              help="Draw the profile along the pocket: .png, .pdf or .svg.")  # fmt: skip
@click.option("--size", type=click.Choice(["a4", "slide"]), default="slide", show_default=True,
              help="What the picture has to fit on; A4 is taken across.")  # fmt: skip
@jobs_option
@seed_option
@format_option
@click.pass_context
def scan(
    ctx: click.Context,
    complex_: Callable[..., Complex],
    against: Sequence[str],
    within: float | None,
    output: str | None,
    picture: str | None,
    size: str,
    jobs: int,
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Every other amino acid at every pocket position.

    The column nucleotide_changes says how many nucleotides of the gene's codon must change, and
    codon_change which; where the gene's codon is not known here, nucleotide_changes_basis says
    that it is only the least that the genetic code asks for. resistant_rank numbers the rows
    that are called resistant. With --against, each inhibitor has its ddG and call, escapes lists
    those that the mutation is called resistant to, and escape_route says whether it is shared by
    all or hits only one.
    """
    from .. import scans
    from ..results import check_results_path, write_results

    if output is not None:
        check_results_path(output)
    if picture is not None and Path(picture).suffix.lower() not in {".png", ".pdf", ".svg"}:
        raise click.UsageError(f"A picture is a .png, .pdf or .svg file; {picture!r} is not.")
    made = complex_()
    others = [complex_(ligand=text, ligand_name="", pose="") for text in against]
    with Progress("scan") as progress:
        panel = scans.scan(
            made, within=within, against=others, jobs=jobs, progress=progress, rigid=rigid,
            seed=seed,
        )  # fmt: skip
    note_findings([f for one in (made, *others) for f in one.findings] + [*panel.findings])
    if output is not None:
        write_results(panel.rows, output)
        note(f"{output}.", "Wrote")
    if picture is not None:
        from ..views.plots import save

        save(panel.plot(size=size), picture)
        note(f"{picture}.", "Wrote")
    if format_ == "table":
        from .tables import scan_table

        show(*scan_table(panel, [made, *others]))
    else:
        print_rows(panel.rows, format_)
    finish(ctx, panel.rows)
