"""What stands below the cells of a map: the key, and what a reader has to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..._summary import no_answer
from ..grid import Band, seen
from ._palette import CALL_COLOURS, INACTIVE_COLOUR, MUTED, PALE, RULE, SEEN, SEEN_COLOURS, SOURCES
from ._sheet import Sheet, width, wrapped

__all__ = ["Below"]

_LEGEND: Final = 0.21
#: Room for the mark of an entry, and the size of their type in points.
_MARKS: Final = {"call": 0.36, "pose": 0.2, "seen": 0.2}
_POINTS: Final = 7.5


class Below:
    """The key of a map and its notes.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    parts : sequence of Band
        What is drawn.
    room : float
        Inches across.
    """

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], parts: Sequence[Band], room: float
    ) -> None:
        failed = any(row["status"] == "failed" for row in rows)
        calls = {
            "resistant": "resistant (\N{GREATER-THAN OR EQUAL TO} 10-fold)",
            "reduced": "reduced (3 to 10)",
            "retained": "retained",
            "sensitised": "sensitised",
            "abstain": "no call, or failed" if failed else "no call",
        }
        if any(row["wt_active"] == "no" for row in rows):
            calls["inactive"] = "not active on the wild type"
        lines = [line for band in parts for line in band.lines]
        blocks = [block for band in parts for block in band.blocks]
        there = {block.poses.get(line.label) for block in blocks for line in lines}
        poses = {key: f"pose {text}" for key, text in SOURCES.items() if key in there}
        marks = {seen(row["evidence"]) for row in rows}
        found = {key: text for key, text in SEEN.items() if key in marks}
        #: Lines of the key: (kind, what, text, inches from the left).
        self.lines: list[list[tuple[str, str, str, float]]] = []
        for kind, texts in (("call", calls), ("pose", poses), ("seen", found)):
            at = room
            for key, text in texts.items():
                needed = _MARKS[kind] + width(text, _POINTS) + 0.16
                if at + needed - 0.16 > room:
                    self.lines.append([])
                    at = 0.0
                self.lines[-1].append((kind, key, text, at))
                at += needed
        notes = ["ddG in kcal/mol, positive = weaker binding; computed, not measured."]
        for line in lines:
            if line.names:
                notes.append(no_answer(line.names, line.reason))
        self.notes = [part for text in dict.fromkeys(notes) for part in wrapped(text, 7, room)]

    @property
    def height(self) -> float:
        """Inches that it takes."""
        return 0.16 + _LEGEND * len(self.lines) + 0.03 + 0.14 * len(self.notes)

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """Draw it from `top` on downwards."""
        y = top + _LEGEND / 2
        for line in self.lines:
            for kind, key, text, at in line:
                x = left + at
                if kind == "call":
                    colour = INACTIVE_COLOUR if key == "inactive" else CALL_COLOURS.get(key)
                    sheet.box(x, y - 0.065, 0.3, 0.13, colour, edgecolor=RULE)
                elif kind == "pose":
                    sheet.marker(x + 0.07, y, key)
                else:
                    sheet.box(x, y - 0.065, 0.13, 0.13, PALE, edgecolor=RULE)
                    sheet.corner(x + 0.13, y - 0.065, 0.085, SEEN_COLOURS[key])
                sheet.text(x + _MARKS[kind], y, text, _POINTS)
            y += _LEGEND
        y += 0.03 - _LEGEND / 2
        for text in self.notes:
            sheet.text(left, y + 0.07, text, 7, color=MUTED)
            y += 0.14
