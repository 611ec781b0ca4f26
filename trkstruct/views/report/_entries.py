"""Rows of results as a report shows them: named, marked, grouped, and which are modelled again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...errors import PlanError
from ...thresholds import CALLS
from ..grid import Block, blocks, seen
from ._words import listed, plural

__all__ = ["Entry", "Group", "answer", "chosen", "entries", "groups", "question"]

#: What is worth looking at first.
_RANK: Final = {"resistant": 0, "reduced": 1, "sensitised": 2, "retained": 3}
#: Inhibitors that are each given a sentence of the answer, and places of a ranking.
_FEW: Final = 4
_BEST: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of results in a report.

    Parameters
    ----------
    key : int
        Its number in the page.
    row : mapping
        The row.
    label : str
        The inhibitor, with its structure where there are several.
    kinase : str
        Name of the kinase.
    """

    key: int
    row: Mapping[str, Any]
    label: str
    kinase: str

    @property
    def call(self) -> str:
        """One of the calls, or ``failed``."""
        call = str(self.row["call"] or "")
        if self.row["status"] == "failed":
            return "failed"
        return call if call in CALLS else "abstain"

    @property
    def answered(self) -> bool:
        """Whether there is a call."""
        return bool(self.row["status"] == "ok")

    @property
    def inactive(self) -> bool:
        """Whether the inhibitor is known not to act on the wild type."""
        return bool(self.row["wt_active"] == "no")

    @property
    def mark(self) -> str:
        """What was measured and reported; see `trkstruct.views.grid.seen`."""
        return seen(self.row["evidence"])

    @property
    def mutation(self) -> str:
        """The mutation as it was asked for."""
        return str(self.row["mutation"] or "?")


@dataclass(frozen=True, slots=True)
class Group:
    """What is asked of one mutation of a kinase.

    Parameters
    ----------
    key : int
        Its number in the page.
    kinase, mutation, role : str
        What it is about.
    entries : tuple of Entry
        One an inhibitor.
    """

    key: int
    kinase: str
    mutation: str
    role: str
    entries: tuple[Entry, ...]


def _labels(found: Iterable[Block]) -> dict[int, str]:
    """Label of each row by its identity in memory; of a row that others hide, none."""
    return {id(row): label for block in found for (label, _), row in block.cells.items()}


def entries(rows: Sequence[Mapping[str, Any]], reference: str = "") -> list[Entry]:
    """Name rows of results.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    reference : str, default ""
        Name of the inhibitor that stands first.

    Returns
    -------
    list of Entry
        In the order of the rows.

    Raises
    ------
    PlanError
        If there are no rows.
    """
    labels = _labels(blocks(rows, reference))
    return [
        Entry(
            number, row, labels.get(id(row), str(row["ligand"] or "?")),
            str(row["kinase"] or "unknown kinase"),
        )
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip


def groups(
    rows: Sequence[Mapping[str, Any]], every: Iterable[Entry], reference: str = ""
) -> list[Group]:
    """Sort entries by mutation, in the order of the matrix.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    every : iterable of Entry
        Their entries.
    reference : str, default ""
        Name of the inhibitor that stands first.

    Returns
    -------
    list of Group
    """
    asked: dict[tuple[str, str], list[Entry]] = {}
    for entry in every:
        asked.setdefault((entry.kinase, entry.mutation), []).append(entry)
    made: list[Group] = []
    for block in blocks(rows, reference):
        rank = {line.label: number for number, line in enumerate(block.inhibitors)}
        for mutation, role in zip(block.mutations, block.roles, strict=True):
            own = asked.pop((block.kinase, mutation), [])
            own.sort(key=lambda entry: rank.get(entry.label, len(rank)))
            made.append(Group(len(made) + 1, block.kinase, mutation, role, tuple(own)))
    if asked:
        raise PlanError(f"Rows are of no kinase and mutation: {listed(asked)}.")
    return made


def chosen(every: Sequence[Group], most: int) -> list[Entry]:
    """Choose the rows that are modelled again for pictures.

    First come those that are resistant, those of which something was measured or reported, and of
    each mutation the first inhibitor that stands it; then the others. Of each mutation the first
    inhibitor comes before the second of any.

    Parameters
    ----------
    every : sequence of Group
        All of them.
    most : int
        How many.

    Returns
    -------
    list of Entry
        Best first.
    """
    places: list[tuple[int, int, int, Entry]] = []
    for group in every:
        count: Counter[int | str] = Counter()
        for entry in group.entries:
            rank = _RANK.get(entry.call)
            if rank is None or not entry.answered:
                continue
            stands = entry.call == "retained" and not count["stands"]
            count["stands"] += stands
            if entry.mark or stands:
                rank = 0
            places.append((rank, count[rank], group.key, entry))
            count[rank] += 1
    return [place[-1] for place in sorted(places, key=lambda place: place[:3])[:most]]


def question(every: Sequence[Entry]) -> str:
    """Say in a sentence what was asked.

    Parameters
    ----------
    every : sequence of Entry
        The rows.

    Returns
    -------
    str
    """
    drugs = list(dict.fromkeys(str(entry.row["ligand"] or "?") for entry in every))
    kinases = list(dict.fromkeys(entry.kinase for entry in every))
    mutations = list(dict.fromkeys((entry.kinase, entry.mutation) for entry in every))
    named = f" ({listed(drugs)})" if 1 < len(drugs) <= 6 else ""
    who = f"Does {drugs[0]} lose" if len(drugs) == 1 else f"Which of {len(drugs)} inhibitors"
    what = (
        mutations[0][1]
        if len(mutations) == 1
        else f"which of {len(mutations)} mutations"
        if len(drugs) == 1
        else f"{len(mutations)} mutations"
    )
    lose = "" if len(drugs) == 1 else f"{named} lose"
    return f"{who}{lose} affinity to {what} of {listed(kinases)}?"


def answer(every: Sequence[Entry]) -> list[str]:
    """Say what came out: of a few inhibitors each, of many which lose least and most.

    Parameters
    ----------
    every : sequence of Entry
        The rows.

    Returns
    -------
    list of str
        Sentences.
    """
    several = len({entry.kinase for entry in every}) > 1
    called: dict[str, list[Entry]] = {}
    for entry in every:
        called.setdefault(entry.label, [])
        if entry.answered:
            called[entry.label].append(entry)
    answered = {label: own for label, own in called.items() if own}
    if not answered:
        return ["There is no answer to any of it; the rows say why."]
    if len(called) <= _FEW:
        said = [_of_one(label, own, several) for label, own in called.items()]
    else:
        said = _ranking(answered)
    silent = sum(not entry.answered for entry in every)
    if silent:
        said.append(
            f"{plural(silent, 'pair has', 'pairs have')} no call, which does not mean that "
            "affinity is retained."
        )
    return said


def _of_one(label: str, own: Sequence[Entry], several: bool) -> str:
    if not own:
        return f"Of {label} nothing could be said."

    def named(calls: set[str]) -> str:
        return listed(
            f"{entry.kinase} {entry.mutation}" if several else entry.mutation
            for entry in own
            if entry.call in calls
        )

    lost, less = named({"resistant"}), named({"reduced"})
    asked = plural(len(own), "mutation")
    if lost:
        count = sum(entry.call == "resistant" for entry in own)
        more = f" and is weakened by {less}" if less else ""
        return f"{label} loses to {lost} ({count} of {asked}){more}."
    if less:
        return f"{label} loses to none of {asked} and is weakened by {less}."
    return f"{label} keeps its affinity against {'all ' if len(own) > 1 else ''}{asked}."


def _ranking(answered: Mapping[str, Sequence[Entry]]) -> list[str]:
    most = max(map(len, answered.values()))
    # Who has few answers cannot lose much, and who does not act on the wild type nothing.
    compared = {
        label: own
        for label, own in answered.items()
        if 3 * len(own) >= 2 * most and not all(entry.inactive for entry in own)
    } or answered
    lost = {
        label: sum(entry.call == "resistant" for entry in own) / len(own)
        for label, own in compared.items()
    }

    def said(labels: Iterable[str]) -> str:
        return listed(
            f"{label} ({sum(e.call == 'resistant' for e in compared[label])} of "
            f"{len(compared[label])})"
            for label in labels
        )

    ranked = sorted(lost, key=lambda label: lost[label])
    if len(ranked) < 2 * _BEST:
        return [f"Pairs called resistant: {said(ranked)}."]
    return [
        f"Fewest losses: {said(ranked[:_BEST])}. Most losses: {said(ranked[: -_BEST - 1 : -1])}."
    ]
