"""``trkstruct info`` and ``trkstruct pocket``: what is in a structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..errors import TrkstructError
from .common import (
    Command,
    emit_csv,
    emit_json,
    fail,
    format_option,
    load,
    message,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..structures import Structure

__all__ = ["info", "pocket"]

#: Columns of ``info --format csv``.
INFO_COLUMNS = (
    "structure", "kind", "chain", "kinase", "gene", "uniprot", "residues", "first", "last",
    "ligands", "differences", "gaps", "unresolved_pocket", "altlocs", "state", "findings",
)  # fmt: skip


#: Findings that say what a line of the card says already.
_SHOWN_ABOVE = frozenset({"gap", "pocket-unresolved", "construct-differences", "deposited"})


@click.command(cls=Command)
@click.argument("structures", nargs=-1, required=True, metavar="STRUCTURE...")
@structures_option
@format_option
@click.pass_context
def info(
    ctx: click.Context, structures: Sequence[str], folders: Sequence[str], format_: str
) -> None:
    """Tell what is in STRUCTURE.

    Chains and kinases, ligands, alternate locations, gaps, differences from UniProt, DFG and
    alpha-C state, and everything that was noticed or chosen in reading it.
    """
    summaries: list[dict[str, Any]] = []
    failed = False
    for name in structures:
        try:
            summaries.append(_summary(load(name, folders)))
        except (TrkstructError, OSError) as error:
            failed = True
            fail(f"{name}: {message(error)}")
            continue
        if format_ == "table":
            show(*_card(summaries[-1]))
    if format_ == "json":
        emit_json(summaries)
    elif format_ == "csv":
        emit_csv([row for summary in summaries for row in _csv_rows(summary)], INFO_COLUMNS)
    if failed:
        ctx.exit(2)


def _summary(structure: Structure) -> dict[str, Any]:
    """Summary of a structure, with the names of the inhibitors that have one."""
    from ..ligands.components import component_names

    names = dict(component_names().values())
    summary = structure.summary()
    summary["ligands"] = [{**x, "name": names.get(x["code"], "")} for x in summary["ligands"]]
    return summary


def _ligand_text(ligand: Mapping[str, Any]) -> str:
    code, name = ligand["code"], ligand["name"]
    named = f"{name} ({code})" if name and name != code else code
    return f"{named} {ligand['residue']}, {ligand['heavy_atoms']} heavy atoms"


def _state_text(state: Mapping[str, Any]) -> str:
    """State of DFG motif and alpha-C helix, with the distances that it was told from."""
    if not state:
        return ""
    names = {
        "phe_glu4_ang": "Phe-Glu+4", "phe_lys_ang": "Phe-Lys", "cb_cb_ang": "CB-CB",
        "salt_bridge_ang": "NZ-OE",
    }  # fmt: skip
    known = [f"{text} {state[key]:.1f}" for key, text in names.items() if state.get(key)]
    listed = f" ({', '.join(known)} A)" if known else ""
    return f"DFG-{state['dfg']}, alpha-C {state['alpha_c']}{listed}"


def _csv_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for chain in summary["chains"]:
        whole = {
            "structure": summary["name"],
            "kind": summary["kind"],
            "ligands": "; ".join(_ligand_text(x) for x in summary["ligands"]),
            "altlocs": "; ".join(x["residue"] for x in summary["altlocs"]),
            "state": _state_text(summary["state"]),
            "findings": " ".join(x["message"] for x in summary["findings"]),
        }
        joined = {
            key: "; ".join(map(str, chain[key]))
            for key in ("differences", "gaps", "unresolved_pocket")
        }
        rows.append({**chain, **whole, **joined})
    return rows


def _listed(items: Sequence[object], most: int = 6) -> str:
    shown = ", ".join(map(str, items[:most]))
    return f"{shown}, and {len(items) - most} more" if len(items) > most else shown


def _card(summary: Mapping[str, Any]) -> list[RenderableType]:
    """Lines about one structure: what it is, then what to know before using it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", min_width=12, no_wrap=True)
    grid.add_column(overflow="fold")

    def line(name: str, value: object) -> None:
        if value:
            grid.add_row(f"  {name}", Text(str(value)))

    entry = f"entry {summary['pdb_id']}" if summary["pdb_id"] else ""
    kind = "of unknown origin" if summary["kind"] == "file" else summary["kind"]
    line("file", ", ".join(x for x in (entry, kind, summary["title"]) if x))
    for chain in summary["chains"]:
        named = chain["kinase"]
        gene = f" ({chain['gene']}, {chain['uniprot']})" if chain["gene"] else ""
        what = f"{named}{gene}" if named else "no kinase that is known"
        line(
            f"chain {chain['chain'] or '(blank)'}",
            f"{what}, {chain['residues']} residues, {chain['first']} to {chain['last']}",
        )
        line("  differs", _listed(chain["differences"], 12))
        line("  gaps", _listed(chain["gaps"]))
        line("  pocket gaps", _listed(chain["unresolved_pocket"], 20))
        line("  modified", _listed(chain["modified"]))
    line("ligands", "; ".join(_ligand_text(x) for x in summary["ligands"]) or "none")
    others = [f"{x['count']} {x['code']} ({x['kind']})" for x in summary["others"]]
    line("others", _listed(others, 8))
    altlocs = [f"{x['residue']} (read {x['chosen']})" for x in summary["altlocs"]]
    line("altlocs", _listed(altlocs))
    line("state", _state_text(summary["state"]))
    for item in summary["findings"]:
        if item["code"] not in _SHOWN_ABOVE:
            line(item["level"], item["message"])
    return [Text(summary["name"], style="bold cyan"), grid, ""]


@click.command(cls=Command)
@click.argument("structure", metavar="STRUCTURE")
@click.option("--chain", default="", metavar="ID", help="Author chain.")
@structures_option
@format_option
def pocket(structure: str, chain: str, folders: Sequence[str], format_: str) -> None:
    """List the 85 KLIFS pocket positions of STRUCTURE.

    Each with its residue, role, and number in the file, in UniProt and in the literature.
    """
    found = load(structure, folders).pocket_of(chain or None)
    records = found.records()
    if format_ == "json":
        emit_json({"kinase": found.kinase, "chain": found.chain, "positions": records})
    elif format_ == "csv":
        emit_csv(records, found.columns)
    else:
        show(*_pocket_table(found))


def _pocket_table(found: Any) -> list[RenderableType]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, title_justify="left")
    table.title = f"Pocket of {found.kinase}, chain {found.chain or '(blank)'}"
    for name in ("KLIFS", "role", "residue", "in the file", "UniProt", "literature"):
        table.add_column(name, justify="right" if name in {"UniProt", "literature"} else "left")
    marked = {"gatekeeper", "solvent-front", "xDFG"}
    for row in found:
        letter = row.letter or "-"
        if row.letter and row.expected and row.letter != row.expected:
            letter = f"{row.letter} (UniProt {row.expected})"
        table.add_row(
            row.label,
            row.role,
            letter,
            row.author or "not resolved",
            str(row.uniprot or "-"),
            str(row.literature or "-"),
            style="bold" if row.role in marked else ("" if row.author else "dim"),
        )
    return [table]
