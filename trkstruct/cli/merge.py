"""``trkstruct merge``: the table of all shares of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from .batch import Tally
from .common import Command, fail, note

__all__ = ["merge"]


@click.command(cls=Command)
@click.argument("given", metavar="RESULTS.csv | PARTS...", nargs=-1, required=True,
                type=click.Path())  # fmt: skip
@click.option("-o", "--output", metavar="RESULTS.csv", type=click.Path(),
              help="The table, if what is given are folders of parts.")  # fmt: skip
@click.option("--keep-parts", is_flag=True, help="Leave the folder of parts where it is.")
@click.pass_context
def merge(ctx: click.Context, given: Sequence[str], output: str | None, keep_parts: bool) -> None:
    """Make the table of the parts that `trkstruct screen --shard` has left.

    RESULTS.csv is made of RESULTS.parts beside it, which is then removed. With -o, of all the
    folders that are given, which stay. If rows are missing nothing is written, it says which
    shares they are of, and ends with 1.
    """
    from .._parts import Merged, Parts, default_folder
    from ..results import check_results_path

    if output is None and len(given) > 1:
        raise click.UsageError("Several folders of parts need -o RESULTS.csv.")
    own = output is None
    output = given[0] if output is None else output
    check_results_path(output)
    folders = [default_folder(output)] if own else [Path(folder) for folder in given]
    merged = Merged(folders)
    missing = merged.missing()
    if missing:
        fail(f"{'; '.join(missing)}. Nothing is written.")
        ctx.exit(1)
    tally = Tally()
    merged.write(output, tally)
    note(f"{output}.", "Wrote")
    if own and not keep_parts:
        Parts(folders[0]).remove()
    tally.finish(ctx)
