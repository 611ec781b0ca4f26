"""Tables of many rows for a terminal, readable at 80 columns and without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._summary import no_answer
from ..views.grid import SHORT_ROLES, Band, Block, bands
from .common import console
from .score import call_style, signed

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..complexes import Complex
    from ..panels import CrossResistance

__all__ = ["matrix_tables", "scan_table", "screen_table"]

#: Letter of a call, so that a table needs no colour.
_LETTERS = {"resistant": "R", "reduced": "r", "retained": "=", "sensitised": "s", "abstain": "?"}
_KEY = (
    "ddG in kcal/mol, positive = weaker binding. R resistant (10-fold or more), r reduced "
    "(3 to 10), = retained, s sensitised, ? no call, - failed."
)
#: Where a pose is from, in few letters.
_POSES = {
    "experimental": "exp", "template": "tmpl", "docked": "dock", "modelled": "model",
    "user": "user",
}  # fmt: skip
_POSE_KEY = {
    "exp": "observed", "tmpl": "placed on a known complex", "dock": "docked",
    "model": "from a model", "user": "your own",
}  # fmt: skip
#: Characters of a column of mutations, and of that of poses, with the blank before them.
_CELL = 8
_POSE = 6


def _cell(row: Mapping[str, Any] | None) -> Any:
    from rich.text import Text

    if row is None:
        return Text("")
    ddg, call = row["ddg_kcal"], row["call"]
    if row["status"] == "failed" or ddg is None:
        return Text("- ?" if call == "abstain" else "-", style="dim")
    return Text(f"{signed(ddg)} {_LETTERS.get(str(call), '?')}", style=call_style(call))


def matrix_tables(panel: CrossResistance) -> list[RenderableType]:
    """Make the tables of a matrix: one a kinase, cut by role where it would be too wide.

    Parameters
    ----------
    panel : CrossResistance
        The matrix.

    Returns
    -------
    list of rich renderable
        Inhibitors by type and generation; those without any answer in a sentence below.
    """
    from rich.text import Text

    width = console().width
    parts: list[RenderableType] = []
    silent: dict[str, None] = {}
    sources: dict[str, None] = {}
    for band in bands(panel.rows, panel.reference, most=0):
        (block,) = band.blocks
        shown = [line.label for line in band.lines if not line.names]
        label = max(map(len, (block.kinase, *shown)))
        widest = max(_CELL, *(len(name) + 1 for name in block.mutations))
        room = max(1, (width - label - _POSE - 2) // widest)
        if shown:
            for start in range(0, len(block.mutations), room):
                parts.append(_block_table(band, block, start, start + room, label))
        sources |= dict.fromkeys(_POSES.get(p, p) for p in block.poses.values())
        told = (no_answer(line.names, line.reason) for line in band.lines if line.names)
        silent |= dict.fromkeys(told)
    key = "; ".join(f"{name} {_POSE_KEY[name]}" for name in _POSE_KEY if name in sources)
    poses = f" Poses: {key}." if key else ""
    said = [Text(text) for text in silent]
    return [*parts, Text(f"{panel.headline}."), *said, Text(f"{_KEY}{poses}", style="dim")]


def _block_table(band: Band, block: Block, start: int, stop: int, label: int) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column(Text(block.kinase, style="bold"), min_width=label, no_wrap=True)
    table.add_column(Text("pose", style="dim"), min_width=_POSE - 1, no_wrap=True)
    shown = block.mutations[start:stop]
    for name, role in zip(shown, block.roles[start:stop], strict=True):
        head = Text.assemble(
            (SHORT_ROLES.get(role, role)[: _CELL - 1], "dim"), "\n", (name, "bold")
        )
        table.add_column(head, justify="right", no_wrap=True, min_width=_CELL - 1)
    lines = [line for line in band.lines if not line.names]
    headings = list(dict.fromkeys(line.heading for line in lines))
    before = ""
    for line in lines:
        if len(headings) > 1 and line.heading != before:
            if before:
                table.add_row("")
            table.add_row(Text(line.heading, style="dim"))
        before = line.heading
        table.add_row(
            line.label,
            Text(_POSES.get(block.poses.get(line.label, ""), ""), style="dim"),
            *(_cell(block.cells.get((line.label, name))) for name in shown),
        )
    return table


#: Rows of a screen that its table shows.
SHOWN = 100


def screen_table(rows: Sequence[Mapping[str, Any]], total: int) -> list[RenderableType]:
    """Make the table of the rows of a screen.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results, the first ones if there are many.
    total : int
        Number of rows that there are.

    Returns
    -------
    list of rich renderable
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("row", justify="right", no_wrap=True)
    for name in ("id", "kinase", "ligand", "mutation"):
        table.add_column(name, overflow="fold")
    table.add_column("ddG", justify="right", no_wrap=True)
    table.add_column("call", no_wrap=True)
    for row in rows:
        ddg, call = row["ddg_kcal"], row["call"] or row["status"]
        table.add_row(
            str(row["row"]),
            *(Text(str(row[name] or "")) for name in ("id", "kinase", "ligand", "mutation")),
            "" if ddg is None else signed(ddg, 2),
            Text(str(call), style=call_style(row["call"])),
        )
    more = f"{len(rows)} of {total} rows are shown. " if total > len(rows) else ""
    return [table, Text(f"{more}ddG in kcal/mol, positive = weaker binding.", style="dim")]


def scan_table(panel: CrossResistance, complex_: Complex, most: int = 15) -> list[RenderableType]:
    """Make the table of the worst mutations of a scan.

    Parameters
    ----------
    panel : CrossResistance
        The scan.
    complex_ : Complex
        The complex that was scanned.
    most : int, default 15
        Number of rows to show.

    Returns
    -------
    list of rich renderable
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    answered = [row for row in panel.rows if row["status"] == "ok"]
    near = [row for row in answered if row["nucleotide_changes_min"] == 1]
    ranked: Sequence[Mapping[str, Any]] = sorted(near, key=lambda row: -row["ddg_kcal"])[:most]
    title = f"{complex_.ligand.name} in {complex_.structure.name}: worst single-nucleotide changes"
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("mutation")
    table.add_column("role")
    for name in ("ddG", "fold", "strain", "nearest A"):
        table.add_column(name, justify="right")
    table.add_column("call")
    for row in ranked:
        table.add_row(
            str(row["mutation_uniprot"] or row["mutation"]),
            str(row["role"]),
            signed(row["ddg_kcal"], 2),
            f"{row['fold_change']:g}",
            signed(row["strain_kcal"]),
            f"{row['distance_ang']:.1f}",
            Text(str(row["call"]), style=call_style(row["call"])),
        )
    resistant = [row for row in answered if row["call"] == "resistant"]
    single = sum(row["nucleotide_changes_min"] == 1 for row in resistant)
    return [
        Text(title, style="bold"),
        table,
        Text(
            f"{len(resistant)} of {len(answered)} called mutations are resistant, {single} of them "
            "perhaps one nucleotide away (from the amino acid's best codon; the gene's own may "
            "need more). ddG in kcal/mol; strain is the protein's own cost."
        ),
    ]
