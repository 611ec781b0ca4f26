"""The colours and marks that all plots share."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CALL_COLOURS", "DDG_ANCHORS", "HATCH", "INACTIVE_COLOUR", "INK", "MARKERS", "MUTED",
    "NO_CALL_COLOUR", "PALE", "RULE", "SEEN", "SEEN_COLOURS", "SOURCES",
]  # fmt: skip

#: Face colours of the calls: a scale from blue over near-white to orange that keeps its order
#: in greyscale on each side and under the common colour vision deficiencies (the hues are
#: those of Okabe & Ito 2008, https://jfly.uni-koeln.de/color/).
CALL_COLOURS: Final[dict[str, str]] = {
    "resistant": "#D55E00",
    "reduced": "#F6B66E",
    "retained": "#EEF3F7",
    "sensitised": "#56A8DC",
}
#: Of a pair whose inhibitor is not active on the wild type: nothing is there to be lost.
INACTIVE_COLOUR: Final = "#B0B0B0"
#: The same scale without steps: ddG in kcal/mol, and its colour. The calls begin at 0.65 (3-fold)
#: and 1.36 (10-fold).
DDG_ANCHORS: Final = (
    (-2.0, "#1F6FA8"), (-1.0, "#56A8DC"), (0.0, "#F4F7FA"), (1.0, "#F6B66E"), (2.0, "#D55E00"),
    (3.0, "#8F3F00"),
)  # fmt: skip
#: Of a cell without a call that is too small for hatching.
NO_CALL_COLOUR: Final = "#E4E4E4"
HATCH: Final = "////"
PALE: Final = "#FFFFFF"
INK: Final = "#1A1A1A"
MUTED: Final = "#595959"
RULE: Final = "#B5B5B5"
#: Markers of where a pose is from, filled where it was observed.
MARKERS: Final = {
    "experimental": ("o", True),
    "template": ("o", False),
    "docked": ("D", False),
    "modelled": ("^", False),
    "user": ("s", False),
}
SOURCES: Final = {
    "experimental": "observed",
    "template": "placed on a known complex",
    "docked": "docked",
    "modelled": "from a model",
    "user": "your own",
}
#: What was seen of a pair, as `trkstruct.views.grid.seen` says it: fill of the corner's mark.
SEEN_COLOURS: Final = {"lost": INK, "between": "#8A8A8A", "kept": PALE}
SEEN: Final = {
    "lost": "measured or reported: resistant",
    "between": "3 to 10-fold, or contradictory",
    "kept": "below 3-fold, or sensitive",
}
