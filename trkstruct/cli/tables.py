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
    from rich.table import Table

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


#: Mutations that a sentence of a scan lists.
_LISTED = 8


def scan_table(
    panel: CrossResistance, complexes: Sequence[Complex], most: int = 15
) -> list[RenderableType]:
    """Make the table of the worst mutations of a scan, and say which are plausible.

    Parameters
    ----------
    panel : CrossResistance
        The scan.
    complexes : sequence of Complex
        The complex that was scanned, then those that it was scanned against.
    most : int, default 15
        Number of rows to show.

    Returns
    -------
    list of rich renderable
    """
    from rich.text import Text

    first = complexes[0]
    names = " and ".join(one.ligand.name for one in complexes)
    title = f"{names} in {first.structure.name}: worst mutations one nucleotide away"
    several = len(complexes) > 1
    table = _routes(panel, complexes, most) if several else _worst(panel, most)
    answered = [row for row in panel.rows if row["status"] == "ok"]
    said = _shared_and_only(panel, complexes) if several else [_plausible(panel)]
    return [
        Text(title, style="bold"),
        table,
        *map(Text, said),
        Text(
            f"{len(answered)} of {len(panel)} mutations have a call. {_basis(panel)} Residues "
            "without which no kinase works (column catalytic) are left out here. ddG in kcal/mol; "
            "strain is the protein's own cost.",
            style="dim",
        ),
    ]


def _basis(panel: CrossResistance) -> str:
    """Say how nucleotides were counted."""
    from_gene = sum(row["nucleotide_changes_basis"] == "gene" for row in panel.rows)
    if from_gene == len(panel):
        return "Nucleotides are counted from the gene's codons."
    what = "the" if not from_gene else "some of the"
    return (
        f"The gene's codons are not known here for {what} residues: there the count is the least "
        "that the genetic code asks for, and the gene may need more."
    )


def _change(row: Mapping[str, Any]) -> str:
    return str(row["codon_change"] or f"{row['nucleotide_changes']} nt")


def _mutation(row: Mapping[str, Any]) -> str:
    return str(row["mutation_uniprot"] or row["mutation"])


def _head(*columns: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in columns:
        right = name in ("ddG", "fold", "strain", "near A")
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    return table


def _worst(panel: CrossResistance, most: int) -> RenderableType:
    """Table of the mutations of one inhibitor that cost most."""
    from rich.text import Text

    near = [
        row
        for row in panel.rows
        if row["status"] == "ok" and row["nucleotide_changes"] == 1 and not row["catalytic"]
    ]
    table = _head("mutation", "codon", "role", "ddG", "fold", "strain", "near A", "call")
    for row in sorted(near, key=lambda row: -row["ddg_kcal"])[:most]:
        table.add_row(
            _mutation(row),
            _change(row),
            str(row["role"]),
            signed(row["ddg_kcal"], 2),
            f"{row['fold_change']:g}",
            signed(row["strain_kcal"]),
            f"{row['distance_ang']:.1f}",
            Text(str(row["call"]), style=call_style(row["call"])),
        )
    return table


def _routes(panel: CrossResistance, complexes: Sequence[Complex], most: int) -> RenderableType:
    """Table of the mutations that escape several inhibitors, the shared ones first."""
    from rich.text import Text

    from ..scans import escape_routes

    columns = [c.removesuffix("_call") for c in panel.rows[0] if c.endswith("_call")]
    table = _head("mutation", "codon", *(one.ligand.name for one in complexes), "route")
    ranked = [*escape_routes(panel, "shared"), *escape_routes(panel, "some")]
    ranked += [row for row in escape_routes(panel) if row["escape_route"] in ("only", "unknown")]
    for row in ranked[:most]:
        cells = []
        for column in columns:
            ddg, call = row[f"{column}_ddg_kcal"], row[f"{column}_call"]
            text = "-" if ddg is None else f"{signed(ddg)} {_LETTERS.get(str(call), '?')}"
            cells.append(Text(text, style=call_style(call) if call else "dim"))
        table.add_row(_mutation(row), _change(row), *cells, str(row["escape_route"]))
    return table


def _named(row: Mapping[str, Any]) -> str:
    change = row["codon_change"]
    return f"{_mutation(row)} ({change})" if change else _mutation(row)


def _listed(rows: Sequence[Mapping[str, Any]]) -> str:
    said = ", ".join(map(_named, rows[:_LISTED]))
    return f"{said} and {len(rows) - _LISTED} more" if len(rows) > _LISTED else said


def _plausible(panel: CrossResistance) -> str:
    """Say how many mutations are resistant, and which one nucleotide reaches."""
    from ..scans import escape_routes

    resistant = sum(row["call"] == "resistant" for row in panel.rows)
    near = escape_routes(panel)
    if not resistant:
        return "No mutation is called resistant."
    if not near:
        return f"{resistant} mutations are called resistant, none of them one nucleotide away."
    return (
        f"{resistant} mutations are called resistant, {len(near)} of them one nucleotide away: "
        + (f"{_listed(near)}.")
    )


def _shared_and_only(panel: CrossResistance, complexes: Sequence[Complex]) -> list[str]:
    """Say which mutations one nucleotide away escape all inhibitors, and which only one."""
    from ..scans import escape_routes

    shared = escape_routes(panel, "shared")
    said = [f"Escape all {len(complexes)}, one nucleotide away: {_listed(shared) or 'none'}."]
    only = escape_routes(panel, "only")
    for one in complexes:
        name = one.ligand.name
        own = [row for row in only if row["escapes"] == name]
        said.append(f"Escape only {name}: {_listed(own) or 'none'}.")
    some = escape_routes(panel, "some")
    if some:
        said.append(f"Escape some of them: {_listed(some)}.")
    return said
