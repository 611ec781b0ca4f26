"""The layout that the heat map and the terminal's table share."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .._asked import ROLE_ORDER, kinase_rank
from .._summary import unanswered
from ..errors import PlanError
from ..ligands.library import BINDING_TYPES, find
from ..thresholds import calibration

__all__ = [
    "SHORT_ROLES", "Band", "Block", "Inhibitor", "bands", "blocks", "seen", "side_by_side",
]  # fmt: skip

Rows = Sequence[Mapping[str, Any]]

#: Names of roles where there is room for one column only.
SHORT_ROLES: Final = {"solvent-front": "solvent", "gatekeeper": "gate", "outside pocket": "distal"}
#: Generations of the library in words.
_GENERATIONS: Final = {
    "1": "1st gen.", "2": "2nd gen.", "3": "3rd gen.", "4": "4th gen.", "next": "next gen.",
}  # fmt: skip
_TYPES: Final = (*BINDING_TYPES, "")


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """A line of a table: an inhibitor, or several that nothing could be computed for.

    Parameters
    ----------
    label : str
        What stands in front of the line.
    heading : str
        Group that it belongs to: its binding type, or that it is the reference.
    generation : str
        Part of the group: ``2nd gen. TRK``; empty if the library does not tell.
    rank : tuple of int
        Its place.
    names : tuple of str
        The inhibitors, where the line stands for several.
    reason : str
        Why there is nothing to show, where that is so.
    """

    label: str
    heading: str
    generation: str
    rank: tuple[int, ...]
    names: tuple[str, ...] = ()
    reason: str = ""


class Block:
    """The rows of one kinase: its inhibitors down, its mutations across, grouped by role.

    Parameters
    ----------
    kinase : str
        Name of the kinase.
    rows : sequence of mapping
        Its rows of results.
    reference : str, default ""
        Name of the inhibitor that stands first.
    """

    def __init__(self, kinase: str, rows: Rows, reference: str = "") -> None:
        self.kinase = kinase
        self.rows = rows
        self.cells: dict[tuple[str, str], Mapping[str, Any]] = {}
        #: Where the pose of an inhibitor is from, by its label.
        self.poses: dict[str, str] = {}
        #: Inhibitors' own names, without what their labels have more.
        self.names: dict[str, str] = {}
        self.inhibitors: list[Inhibitor] = []
        columns: dict[str, tuple[int, int, str, str]] = {}
        labels = _labels(rows)
        seen: set[str] = set()
        for row in rows:
            label = labels[_identity(row)]
            self.names[label] = str(row["ligand"] or "?")
            if label not in seen:
                seen.add(label)
                self.inhibitors.append(_inhibitor(label, row, reference, len(seen)))
            if row["pose_source"]:
                self.poses[label] = str(row["pose_source"])
            name = str(row["mutation"])
            role = str(row["role"] or "")
            position = str(row["uniprot_position"] or "0").split(";")[0]
            first = role.split(";")[0]
            rank = ROLE_ORDER.index(first) if first in ROLE_ORDER else len(ROLE_ORDER)
            place = (rank, int(position), name, role)
            # A row that failed knows no role; one that did not fail knows better.
            columns[name] = min(columns.get(name, place), place)
            self.cells[label, name] = row
        self.inhibitors.sort(key=lambda inhibitor: inhibitor.rank)
        self.mutations = sorted(columns, key=lambda name: columns[name])
        self.roles = [columns[name][3] for name in self.mutations]

    def parts(self, most: int) -> list[Block]:
        """Cut it into blocks of about equally many mutations.

        Parameters
        ----------
        most : int
            Mutations that a block may have.

        Returns
        -------
        list of Block
            Itself where it is not too wide.
        """
        count = -(-len(self.mutations) // most)
        if count <= 1:
            return [self]
        each = -(-len(self.mutations) // count)
        made = []
        for start in range(0, len(self.mutations), each):
            part = copy.copy(self)
            part.mutations = self.mutations[start : start + each]
            part.roles = self.roles[start : start + each]
            made.append(part)
        return made


@dataclass(frozen=True, slots=True)
class Band:
    """Kinases side by side that share their lines.

    Parameters
    ----------
    blocks : tuple of Block
        The kinases.
    lines : tuple of Inhibitor
        Their lines, in order.
    """

    blocks: tuple[Block, ...]
    lines: tuple[Inhibitor, ...]

    @property
    def columns(self) -> int:
        """Number of mutations of all its kinases.

        Returns
        -------
        int
        """
        return sum(len(block.mutations) for block in self.blocks)


def _identity(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row["ligand"] or "?"), str(row["structure"]), str(row["ligand_smiles"] or "")


def _labels(rows: Rows) -> dict[tuple[str, str, str], str]:
    """Name of each complex: the inhibitor's, and the structure's where there are several."""
    structures: dict[str, set[str]] = {}
    for row in rows:
        name, structure, _ = _identity(row)
        structures.setdefault(name, set()).add(structure)
    labels: dict[tuple[str, str, str], str] = {}
    for row in rows:
        identity = _identity(row)
        if identity in labels:
            continue
        name, structure, _ = identity
        several = len(structures[name]) > 1
        label = stem = f"{name} ({structure.split('_')[0]})" if several else name
        number = 1
        while label in labels.values():
            number += 1
            label = f"{stem} #{number}"
        labels[identity] = label
    return labels


def _inhibitor(label: str, row: Mapping[str, Any], reference: str, number: int) -> Inhibitor:
    """Line of an inhibitor, with its place: by type, family, generation, then as it came."""
    name = str(row["ligand"] or "?")
    entry = find(name)
    kind = str(row["binding_type"] or (entry.binding_type if entry is not None else ""))
    heading = f"type {kind}" if kind else "type not told"
    type_rank = _TYPES.index(kind) if kind in _TYPES else len(_TYPES)
    generation, rank = _generation(entry.generation if entry is not None else "")
    if reference and name.casefold() == reference.casefold():
        heading, generation, type_rank, rank = "reference", "", -1, (0, 0)
    return Inhibitor(label, heading, generation, (type_rank, *rank, number))


def _generation(text: str) -> tuple[str, tuple[int, int]]:
    """Take ``2 (TRK, ROS1)`` for what it says of the first family, with its rank."""
    number, _, family = text.partition(" (")
    first = re.split(r"[,)]", family)[0]
    families = ("TRK", "ROS1", "ALK")
    rank = families.index(first) if first in families else len(families)
    words = _GENERATIONS.get(number, number)
    order = ("1", "2", "3", "4", "next", "multikinase", "preclinical")
    at = order.index(number) if number in order else len(order)
    return f"{words} {first}".strip(), (rank, at)


def blocks(rows: Rows, reference: str = "") -> list[Block]:
    """Sort rows of results into one block for each kinase.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    reference : str, default ""
        Name of the inhibitor that stands first.

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
    named: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        named.setdefault(str(row["kinase"] or "unknown kinase"), []).append(row)
    ordered = sorted(named, key=kinase_rank)
    return [Block(name, named[name], reference) for name in ordered]


def bands(
    rows: Rows, reference: str = "", most: int = 10**6, widest: int | None = None
) -> list[Band]:
    """Sort rows of results into kinases side by side, where these have the same inhibitors.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    reference : str, default ""
        Name of the inhibitor that stands first.
    most : int
        Mutations that may stand side by side, if they are not of one kinase.
    widest : int, optional
        Mutations of one kinase that may; a kinase with more has several bands.

    Returns
    -------
    list of Band
        Inhibitors without any number share one line for each reason.

    Raises
    ------
    PlanError
        If there are no rows.
    """
    return side_by_side(blocks(rows, reference), most, widest or len(rows))


def side_by_side(whole: Sequence[Block], most: int, widest: int) -> list[Band]:
    """Put blocks side by side where they have the same inhibitors; see `bands`.

    Parameters
    ----------
    whole : sequence of Block
        One a kinase.
    most : int
        Mutations that may stand side by side, if they are not of one kinase.
    widest : int
        Mutations of one kinase that may.

    Returns
    -------
    list of Band
    """
    together: list[list[Block]] = []
    for block in (part for one in whole for part in one.parts(widest)):
        last = together[-1] if together else []
        wide = sum(len(b.mutations) for b in last) + len(block.mutations)
        same = bool(last) and _names(last[0]) == _names(block)
        if same and wide <= most:
            last.append(block)
        else:
            together.append([block])
    return [Band(tuple(own), _lines(own)) for own in together]


def _names(block: Block) -> set[str]:
    return {inhibitor.label for inhibitor in block.inhibitors}


def _lines(together: Iterable[Block]) -> tuple[Inhibitor, ...]:
    """Lines of a band: inhibitors, and those without numbers in one line for each reason."""
    together = list(together)
    groups = unanswered([row for block in together for row in block.rows])
    silent = {name for names, _ in groups for name in names}
    lines = [
        inhibitor
        for inhibitor in together[0].inhibitors
        if together[0].names[inhibitor.label] not in silent
    ]
    for number, (names, reason) in enumerate(groups):
        label = names[0] if len(names) == 1 else f"{len(names)} inhibitors"
        rank = (len(_TYPES) + 1, number)
        lines.append(Inhibitor(label, "no answer", "", rank, names, reason))
    return tuple(lines)


#: What `trkstruct.evidence.columns` writes of a fold change and of a reported response.
_FOLD: Final = re.compile(r"measured (?:([<>]=?) )?([\d.e+]+)-fold")
_REPORTED: Final = re.compile(r"reported (\w+)")


def seen(evidence: str | None) -> str:
    """Say in a word what was measured and reported of a pair.

    Parameters
    ----------
    evidence : str or None
        The column ``evidence`` of a row of results.

    Returns
    -------
    {"lost", "between", "kept", ""}
        By the fold changes at which a call changes, and the words of reports; ``between`` also
        where they contradict one another. Empty where neither was found, or where a bound leaves
        it open.
    """
    limits = calibration()
    found: set[str] = set()
    for relation, number in _FOLD.findall(evidence or ""):
        fold = float(number)
        if fold >= limits.resistant_fold and not relation.startswith("<"):
            found.add("lost")
        elif fold < limits.reduced_fold and not relation.startswith(">"):
            found.add("kept")
        elif not relation:
            found.add("between")
    words = {"resistant": "lost", "reduced": "between", "sensitive": "kept", "sensitised": "kept"}
    found |= {words[word] for word in _REPORTED.findall(evidence or "") if word in words}
    return found.pop() if len(found) == 1 else "between" if found else ""
