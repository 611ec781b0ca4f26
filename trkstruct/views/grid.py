"""The layout that the heat map and the terminal's table share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..errors import PlanError
from ..kinases import kinases, roles

__all__ = ["SHORT_ROLES", "Block", "any_modelled", "blocks"]

Rows = Sequence[Mapping[str, Any]]

#: Names of roles where there is room for one column only.
SHORT_ROLES: Final = {"solvent-front": "solvent", "outside pocket": "distal"}


def _order(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


class Block:
    """The rows of one kinase: its inhibitors down, its mutations across, grouped by role.

    Parameters
    ----------
    kinase : str
        Name of the kinase.
    rows : sequence of mapping
        Its rows of results.
    """

    def __init__(self, kinase: str, rows: Rows) -> None:
        self.kinase = kinase
        role_rank = _order(("solvent-front", "gatekeeper", "xDFG", *roles()))
        columns: dict[str, tuple[int, int, str, str]] = {}
        self.cells: dict[tuple[str, str], Mapping[str, Any]] = {}
        drugs: dict[str, set[str]] = {}
        for row in rows:
            drugs.setdefault(str(row["ligand"] or "?"), set()).add(str(row["structure"]))
        self.inhibitors: list[str] = []
        for row in rows:
            drug = str(row["ligand"] or "?")
            if len(drugs[drug]) > 1:
                drug = f"{drug} ({_short(str(row['structure']))})"
            if _is_modelled(row):
                drug += "*"
            if drug not in self.inhibitors:
                self.inhibitors.append(drug)
            name = str(row["mutation"])
            role = str(row["role"] or "")
            position = str(row["uniprot_position"] or "0").split(";")[0]
            place = (role_rank.get(role, len(role_rank)), int(position), name, role)
            # A row that failed knows no role; one that did not fail knows better.
            columns[name] = min(columns.get(name, place), place)
            self.cells[drug, name] = row
        self.mutations = sorted(columns, key=lambda name: columns[name])
        self.roles = [columns[name][3] for name in self.mutations]


def _is_modelled(row: Mapping[str, Any]) -> bool:
    return str(row["pose_source"] or "experimental") != "experimental"


def any_modelled(rows: Rows) -> bool:
    """Tell whether any row is about a pose that is not experimental.

    Such inhibitors have an asterisk behind their name.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    bool
    """
    return any(_is_modelled(row) for row in rows)


def _short(structure: str) -> str:
    return structure.split("_")[0]


def blocks(rows: Rows) -> list[Block]:
    """Sort rows of results into one block for each kinase.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    list of Block
        In the order in which the package lists kinases.

    Raises
    ------
    PlanError
        If there are no rows.
    """
    if not rows:
        raise PlanError("There are no rows to show.")
    rank = _order([item.name for item in kinases()])
    named: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        named.setdefault(str(row["kinase"] or "unknown kinase"), []).append(row)
    ordered = sorted(named, key=lambda name: rank.get(name, len(rank)))
    return [Block(name, named[name]) for name in ordered]
