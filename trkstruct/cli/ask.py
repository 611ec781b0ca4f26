"""``trkstruct ask``: a variant in the words of a report, answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    format_option,
    jobs_option,
    note_findings,
    show,
)
from .output import form_of, output_option, to_file

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..asking import Answer

__all__ = ["ask"]

#: Columns that are never broken.
_WHOLE = frozenset({"inhibitor", "predicted (80 %)", "ddG (80 %)", "measured", "call"})


@click.command(cls=Command)
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--prior", multiple=True, metavar="INHIBITOR",
    help="An inhibitor that was given before; repeatable. The question may name it, too.",
)  # fmt: skip
@click.option(
    "--place", is_flag=True,
    help="Also score inhibitors that must be placed in a model first: minutes.",
)  # fmt: skip
@jobs_option
@format_option
@output_option
def ask(
    question: Sequence[str],
    prior: Sequence[str],
    place: bool,
    jobs: int,
    format_: str,
    output: str | None,
) -> None:
    """Answer a QUESTION about a variant: what is known, what is predicted, what is not known.

    A question is a fusion or a kinase and what was found in it: "ETV6-NTRK3 p.G623R",
    "NTRK1 G595R with KRAS G12D". Mutations of the kinase domain are scored against the library of
    inhibitors; other changes are named and explained. Research use only.
    """
    from .. import asking

    with Progress("inhibitors") as progress:
        answer = asking.ask(
            " ".join(question), tuple(prior), place=place, jobs=jobs, progress=progress
        )
    note_findings([f for f in answer.findings if f.code in ("no-model",)])
    form = form_of(format_, output)
    with to_file(output):
        if form == "json":
            emit_json(answer.to_dict())
        elif form == "csv":
            emit_csv(answer.rows(), asking.ANSWER_COLUMNS)
        else:
            show(*_parts(answer))


def _parts(answer: Answer) -> list[RenderableType]:
    """Make what a terminal shows of an answer."""
    from rich.text import Text

    parts: list[RenderableType] = [Text(str(answer.question), style="bold"), ""]
    for section in answer.sections:
        parts.append(Text(section.title, style="bold underline"))
        if section.paragraphs:
            parts.append(_list(section.paragraphs))
        if section.table is not None:
            parts.append(_table(section.table))
        if section.after:
            parts.append(_list(section.after))
        parts.append("")
    return parts[:-1]


def _list(texts: Sequence[str]) -> Any:
    """Set sentences as a list, the second line of each below its first word."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_column(width=1)
    made.add_column(overflow="fold")
    for text in texts:
        made.add_row("-", Text(text))
    return made


def _table(table: Any) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from .score import call_style

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1))
    for name in table.columns:
        justify = "right" if name in table.numeric else "left"
        made.add_column(name, justify=justify, overflow="fold", no_wrap=name in _WHOLE)  # type: ignore[arg-type]
    for row in table.rows:
        made.add_row(*(Text(cell, style=call_style(cell) if cell else "") for cell in row))
    return made
