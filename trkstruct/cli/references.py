"""The reference tables for a terminal: what is read first in columns, the rest below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["reference_tables"]

#: Columns of a table in a terminal, and what they are called there; sources are numbered.
_SHOWN: Final[Mapping[str, Mapping[str, str]]] = {
    "mutations": {
        "kinase": "kinase", "mutation": "mutation", "mutation_literature": "in papers",
        "role": "role", "basis": "basis", "inhibitors": "resists",
    },
    "inhibitors": {
        "inhibitor": "inhibitor", "generation": "generation", "binding_type": "type",
        "targets": "targets", "status": "status", "indication": "indication", "agency": "agency",
        "since": "since",
    },
    "fusions": {
        "kinase": "kinase", "fusion": "fusion", "kinase_domain": "kinase domain",
        "found_in": "found in",
    },
    "detection": {
        "method": "method", "sample": "sample", "turnaround": "turnaround",
        "strengths": "strengths", "limits": "limits",
    },
    "clinical": {
        "inhibitor": "inhibitor", "population": "population", "line": "line", "n": "n",
        "measure": "measure", "value": "value", "unit": "", "cut_off": "cut-off",
    },
    "trials": {
        "nct": "trial", "drug": "inhibitor", "phase": "phase", "name": "name",
        "population": "population",
    },
    "off-target": {
        "gene": "gene", "kind": "event", "changes": "changes", "pathway": "pathway",
        "seen_with": "seen with", "inhibitors": "inhibitors",
    },
}  # fmt: skip
#: Columns that are kept on one line.
_WHOLE: Final = frozenset({"kinase", "mutation", "inhibitor", "fusion", "nct", "n", "value"})


def reference_tables(name: str, rows: Sequence[Mapping[str, str]]) -> list[RenderableType]:
    """Make what a terminal shows of a reference table.

    Parameters
    ----------
    name : str
        The table.
    rows : sequence of mapping
        Its rows.

    Returns
    -------
    list of rich renderable
        The table, sources by number, and their list; the rest is in the other formats.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0, 0, 1))
    for column, title in _SHOWN[name].items():
        made.add_column(title, overflow="fold", no_wrap=column in _WHOLE)
    made.add_column("source", no_wrap=True)
    numbers: dict[str, list[str]] = {}
    for row in rows:
        read = numbers.setdefault(_source(row), [])
        if row.get("provenance") and row["provenance"] not in read:
            read.append(row["provenance"])
        cells = [row[column].replace("|", ", ") for column in _SHOWN[name]]
        made.add_row(*map(Text, cells), f"[{list(numbers).index(_source(row)) + 1}]")
    listed = [
        f"  [{n}] {source}" + (f" (read: {', '.join(read)})" if read else "")
        for n, (source, read) in enumerate(numbers.items(), start=1)
    ]
    hidden = "Notes and what else a row has: --format csv."
    return [made, "Sources:", *listed, hidden]


def _source(row: Mapping[str, str]) -> str:
    citation = row.get("citation", "")
    return f"{citation}, {row['source']}" if citation else row["source"]
