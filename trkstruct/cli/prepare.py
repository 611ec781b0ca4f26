"""``trkstruct prepare``: from a raw entry, or the structure of a relative, to a checked model."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    note,
    note_findings,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..preparation import PreparedModel
    from ..structures import Structure

__all__ = ["prepare"]

#: mmCIF takes no blanks in the name of a data block.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SUFFIXES = (".cif", ".cif.gz")


@click.command(cls=Command)
@click.argument("raw", required=False, metavar="[RAW]")
@click.option("-o", "--output", required=True, metavar="MODEL.cif.gz",
              type=click.Path(dir_okay=False), help="Write the model there.")  # fmt: skip
@click.option("--chain", default="", metavar="ID", help="Author chain.")
@click.option("--name", default="", metavar="TEXT", help="Id of the model; that of the entry.")
@click.option("--title", default="", metavar="TEXT", help="What it is.")
@click.option("--comparative", default="", metavar="KINASE",
              help="Model this kinase on the structure of its relative RAW.")  # fmt: skip
@click.option("--template", default="", metavar="MODEL",
              help="The same, in place of RAW: a path, a bundled id or a kinase.")  # fmt: skip
@structures_option
@format_option
@click.pass_context
def prepare(
    ctx: click.Context,
    raw: str | None,
    output: str,
    chain: str,
    name: str,
    title: str,
    comparative: str,
    template: str,
    folders: Sequence[str],
    format_: str,
) -> None:
    """Prepare a model: complete, relaxed, checked and annotated.

    RAW is a structure as it was deposited: a file, or an id that was fetched. One chain is
    taken, incomplete side chains are built, gaps capped, hydrogens added at pH 7.4, and all
    atoms relaxed under restraints with the inhibitor held in place. Ends with 0 if the model
    passes its checks, with 1 if it does not (it is written all the same), with 2 on any error.
    """
    from .. import preparation
    from ..preparation.relaxation import openmm_version

    if template and not comparative:
        raise click.UsageError("--template goes with --comparative KINASE.")
    if bool(raw) == bool(template):
        what = "RAW or --template, not both" if raw else "RAW, or --comparative with --template"
        raise click.UsageError(f"Give {what}.")
    if not output.lower().endswith(_SUFFIXES):
        raise click.UsageError(f"A model is written as .cif or .cif.gz; {output!r} is neither.")
    if name and not _NAME.fullmatch(name):
        raise click.UsageError(
            f"A model's id has letters, digits and . _ - only; {name!r} has not."
        )
    # Before any work: OpenMM may not be installed.
    openmm_version()
    source = _source(template or str(raw), folders, bool(comparative))
    if source.path is not None and Path(output).exists() and Path(output).samefile(source.path):
        raise click.UsageError(f"The model would be written over its input {output!r}.")
    note_findings(source.findings)
    named: dict[str, Any] = {"name": name, "title": title, "chain": chain or None}
    with Progress("prepare"):
        if comparative:
            model = preparation.compare(comparative, source, **named)
        else:
            model = preparation.prepare(source, **named)
    model.save(output)
    note(f"{output}.", "Wrote")
    _print(model, format_)
    if model.ligand is not None and not any("PoseBusters" in c.name for c in model.checks):
        note("the ligand's pose was not checked: PoseBusters is not installed (pip install "
             "'trkstruct[prepare]').", "Warning")  # fmt: skip
    if not model.good:
        failed = ", ".join(check.name for check in model.checks if not check.passed)
        fail(f"{output} was written, but fails its checks and is no good model: {failed}.")
        ctx.exit(1)


def _source(name: str, folders: Sequence[str], comparative: bool) -> Structure:
    """Structure to start from; an id means the raw entry unless a template is asked for."""
    from .. import sources
    from ..bundled import bundled_model

    found = sources.locate(name, [*folders, *sources.folders()])
    model = bundled_model(name)
    if not comparative and model is not None and found.path == model.path:
        raise click.UsageError(
            f"{name} is a bundled model, which is prepared already. For the entry, give its "
            f"path: `trkstruct fetch {model.entry}` prints it."
        )
    return found.read()


def _print(model: PreparedModel, format_: str) -> None:
    checks = [
        {"check": c.name, "value": c.value, "limit": c.limit, "passed": c.passed,
         "detail": c.detail}
        for c in model.checks
    ]  # fmt: skip
    if format_ == "json":
        listed = list(model.movement.over_limit)
        emit_json(model.record() | {"steps": model.steps, "moved_far": listed, "checked": checks})
    elif format_ == "csv":
        emit_csv(checks, tuple(checks[0]))
    else:
        show(*_tables(model))


def _tables(model: PreparedModel) -> list[RenderableType]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    moved = model.movement
    state = f", {model.state}" if model.state is not None else ""
    about = f"{model.name}: {model.kinase or 'no known kinase'}{state}, {model.protein_kind}"
    if model.ligand is not None:
        about += f" with {model.ligand[0]} ({model.ligand_kind} pose)"
    lines = [Text(f"{number}. {step}") for number, step in enumerate(model.steps, start=1)]
    far = f"; over 2 A: {', '.join(moved.over_limit)}" if moved.over_limit else ""
    movement = (
        f"Observed atoms moved: C-alpha {moved.ca_rmsd_ang:.2f} A and pocket "
        f"{moved.pocket_rmsd_ang:.2f} A (rmsd), {moved.largest_ang:.2f} A at most{far}."
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("check")
    for name in ("value", "limit"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("where", overflow="fold")
    for check in model.checks:
        verdict = Text("passed") if check.passed else Text("FAILED", style="bold red")
        table.add_row(check.name, f"{check.value:g}", f"{check.limit:g}", verdict,
                      Text(check.detail))  # fmt: skip
    return [Text(about, style="bold"), *lines, Text(movement), table]
