"""``trkstruct fetch`` and ``trkstruct data``: entries from the PDB, and the bundled models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import TrkstructError
from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    fail,
    format_option,
    message,
    note,
    show,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["data", "fetch"]


@click.command(cls=Command)
@click.argument("entries", nargs=-1, required=True, metavar="ID...")
@click.option("--again", is_flag=True, help="Get it anew if it is there already.")
@click.option("-o", "--output", "folder", metavar="DIR", type=click.Path(file_okay=False),
              help="Put it there; else into the cache, where -s ID finds it.")  # fmt: skip
@click.option("--url", metavar="URL", default=None,
              help="Folder of files on a mirror. Also: TRKSTRUCT_FETCH_URL.")  # fmt: skip
@click.pass_context
def fetch(
    ctx: click.Context, entries: Sequence[str], again: bool, folder: str | None, url: str | None
) -> None:
    """Get entries of the PDB from RCSB, as mmCIF.

    Prints the file of each. They are kept in a cache folder (TRKSTRUCT_CACHE names another),
    where every command finds them by their id.
    """
    from .. import bundled, fetching

    failed = False
    for name in entries:
        try:
            entry = fetching.entry_id(name)
            with Progress(f"fetch {entry}") as progress:
                path = fetching.fetch(entry, folder=folder, base=url, again=again,
                                      progress=progress)  # fmt: skip
        except (TrkstructError, OSError) as error:
            failed = True
            fail(message(error))
            continue
        click.echo(str(path))
        if folder is None and bundled.bundled_model(entry) is not None:
            note(f"{entry} is a bundled model too, and -s {entry} means that: for the entry as "
                 "it was fetched, give its path.")  # fmt: skip
    if failed:
        ctx.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def data() -> None:
    """List and check the models that travel with the package."""


@data.command("list", cls=Command)
@click.option("-k", "--kinase", default=None, metavar="KINASE", help="Only of this kinase.")
@click.option("--state", default=None, metavar="STATE", help="Only DFG-in, DFG-out, ...")
@format_option
def list_models(kinase: str | None, state: str | None, format_: str) -> None:
    """List the bundled models, the best of each kinase first."""
    from ..bundled import bundled_models

    models = bundled_models(kinase, state)
    rows = [dict(model.row) for model in models]
    if format_ == "json":
        emit_json(rows)
    elif format_ == "csv":
        emit_csv(rows, tuple(rows[0]) if rows else ())
    else:
        show(_models_table(models))


def _plain_table(*columns: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, name in enumerate(columns, start=1):
        table.add_column(name, overflow="fold", no_wrap=number < len(columns))
    return table


def _models_table(models: Sequence[Any]) -> RenderableType:
    from rich.text import Text

    table = _plain_table("kinase", "id", "state", "protein", "pose", "what it is")
    for model in models:
        helix = "" if model.alpha_c == "in" else f", aC-{model.alpha_c}"
        table.add_row(
            model.kinase,
            Text(model.id),
            f"DFG-{model.dfg_state}{helix}",
            model.protein_kind,
            model.ligand_kind,
            Text(model.title),
        )
    return table  # type: ignore[no-any-return]


@data.command(cls=Command)
@click.option("--folder", metavar="DIR", type=click.Path(exists=True, file_okay=False),
              help="A folder of models with a manifest, in place of the bundled one.")  # fmt: skip
@format_option
@click.pass_context
def check(ctx: click.Context, folder: str | None, format_: str) -> None:
    """Check every bundled model and its poses of the library against the manifests.

    A model: its sum, kinase, KLIFS numbering, state, ligand and pose, its recorded checks, its
    distance from its input. A file of poses: its sum, its model, each inhibitor, its atoms and
    stereo. And that nothing else lies there. Ends with 1 if something is wrong.
    """
    from ..checking import check_models
    from ..placement.checking import check_poses

    where = Path(folder) if folder is not None else None
    with Progress("check"):
        checked = (*check_models(where), *check_poses(where))
    rows = [_row(item) for item in checked]
    if format_ == "json":
        emit_json(rows)
    elif format_ == "csv":
        emit_csv(rows, tuple(rows[0]))
    else:
        show(_check_table(rows))
    for item in checked:
        if not item.good:
            fail(f"{item.file}: {'; '.join(item.problems)}.")
    wrong = sum(not item.good for item in checked)
    note(f"{len(checked)} files, {wrong or 'nothing'} wrong.", "Done")
    if wrong:
        ctx.exit(1)


def _row(item: Any) -> dict[str, Any]:
    """Row about one file."""
    model = item.model
    about = {
        "file": item.file,
        "kinase": model.kinase if model else "",
        "dfg_state": model.dfg_state if model else "",
    }
    # Poses have their model, but not its input.
    model = model if model and item.file == model.path.name else None
    return {
        **about,
        "input_kind": model.row["input_kind"] if model else "",
        "protein_kind": model.protein_kind if model else "",
        "ligand_kind": model.ligand_kind if model else "",
        "pocket_rmsd_ang": float(model.row["pocket_rmsd_ang"]) if model else None,
        "largest_move_ang": float(model.row["largest_move_ang"]) if model else None,
        "result": "ok" if item.good else "wrong",
        "problems": "; ".join(item.problems),
    }


def _check_table(rows: Sequence[dict[str, Any]]) -> RenderableType:
    from rich.text import Text

    table = _plain_table("file", "kinase", "DFG", "input", "ligand", "moved A", "result")
    for row in rows:
        moved = row["pocket_rmsd_ang"]
        table.add_row(
            Text(row["file"]),
            row["kinase"],
            row["dfg_state"],
            row["input_kind"],
            row["ligand_kind"],
            "" if moved is None else f"{moved:.2f} / {row['largest_move_ang']:.1f}",
            Text(row["result"], style="bold red" if row["problems"] else ""),
        )
    table.caption = "moved: heavy atoms of the pocket (rmsd) / the farthest atom"
    table.caption_justify = "left"
    return table  # type: ignore[no-any-return]
