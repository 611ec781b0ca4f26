"""Plots: static, readable without colour vision, titles that say the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from .._summary import no_answer
from ..panels import headline
from .grid import SHORT_ROLES, Band, Block, Inhibitor, bands

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CALL_COLOURS", "cross_resistance_map", "save"]

#: Face colours of the calls: a scale from blue over near-white to orange that keeps its order
#: in greyscale on each side and under the common colour vision deficiencies (the hues are
#: those of Okabe & Ito 2008, https://jfly.uni-koeln.de/color/).
CALL_COLOURS: Final[dict[str, str]] = {
    "resistant": "#D55E00",
    "reduced": "#F6B66E",
    "retained": "#EEF3F7",
    "sensitised": "#56A8DC",
}
_PALE: Final = "#FFFFFF"
_INK: Final = "#1A1A1A"
_MUTED: Final = "#595959"
_RULE: Final = "#B5B5B5"
#: Markers of where a pose is from, filled where it was observed.
_MARKERS: Final = {
    "experimental": ("o", True),
    "template": ("o", False),
    "docked": ("D", False),
    "modelled": ("^", False),
    "user": ("s", False),
}
_SOURCES: Final = {
    "experimental": "observed",
    "template": "placed on a known complex",
    "docked": "docked",
    "modelled": "from a model",
    "user": "your own",
}

#: Mutations side by side, if they are of several kinases: more would be too small on a page.
_MOST_COLUMNS: Final = 40
#: Inches: margins, what stands above and below the cells, and between their groups.
_MARGIN: Final = 0.16
_TITLE: Final = 0.25
_KINASE: Final = 0.27
_ROLE: Final = 0.2
_NAMES: Final = 0.2
_HEADING: Final = 0.23
_GAP: Final = 0.06
_BAND_GAP: Final = 0.24
_BLOCK_GAP: Final = 0.14
_POSE: Final = 0.2
_LEGEND: Final = 0.21
#: Room for the mark of a key.
_MARKS: Final = {"call": 0.36, "pose": 0.2}
#: Narrowest picture, and how much wider than that a title may make it to stay in one line.
_NARROWEST: Final = 4.6
_TITLE_WIDEST: Final = 6.4
#: Widest that cells are made to fill it.
_WIDEST: Final = 0.8

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Sizes of a map in inches, and of its texts in points."""

    wide: float
    high: float
    number: float
    name: float
    label: float
    left: float

    @classmethod
    def of(cls, parts: Sequence[Band]) -> _Sizes:
        """Sizes that fit the number of lines and columns, so that a page holds them."""
        lines = sum(len(band.lines) for band in parts)
        columns = max(band.columns for band in parts)
        names = [name for band in parts for block in band.blocks for name in block.mutations]
        many, crowded = lines > 16, columns > 16
        number = 6.8 if crowded else 7.5
        wide = 0.345 if columns > 26 else 0.385 if crowded else 0.46 if columns > 8 else 0.56
        name = 6.0 if columns > 26 else number
        longest = max(_width(part, name) for item in names for part in _broken(item))
        labels = [line.label for band in parts for line in band.lines]
        label = 8.0 if many else 8.5
        generations = [line.generation for band in parts for line in band.lines]
        left = max(_width(text, label) for text in labels) + 0.12
        grouped = max(_width(text, label - 2) for text in generations)
        left += grouped + 0.14 if grouped else 0.0
        headings = [line.heading for band in parts for line in band.lines]
        left = max(left, *(_width(text, label) + 0.1 for text in headings))
        return cls(
            max(wide, longest + (0.05 if crowded else 0.08)),
            0.225 if many else 0.29,
            number,
            name,
            label,
            left,
        )


def _width(text: str, points: float, weight: str = "normal") -> float:
    """Width of a text in inches."""
    if not text:
        return 0.0
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    # A dollar would begin a formula.
    plain, font = text.replace("$", "S"), FontProperties(weight=weight)
    # A picture's own text is a little wider than its outline.
    return float(TextPath((0, 0), plain, size=points, prop=font).get_extents().x1) / 72 * 1.04


def _broken(mutation: str) -> list[str]:
    """Lines of a mutation's name: a compound one, or one with its kinase's, takes several."""
    return mutation.replace("+", "+\n").replace(" ", "\n").split("\n")


def _wrapped(text: str, points: float, room: float, weight: str = "normal") -> list[str]:
    """Lines of a text that are not wider than the room there is."""
    lines: list[str] = []
    for word in text.split():
        if lines and _width(f"{lines[-1]} {word}", points, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def cross_resistance_map(
    rows: Rows, *, title: str | None = None, reference: str = "", ax: Axes | None = None
) -> Axes:
    """Draw inhibitors against mutations.

    Kinases that are asked about the same inhibitors stand side by side, others below each other;
    inhibitors are grouped by binding type and generation, mutations by role. The colour of a cell
    is the call, the number in it the ddG in kcal/mol. Pairs without a call are hatched.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results, as `trkstruct.screening.run` gives them.
    title : str, optional
        Title; the finding, counted from the rows, if not given.
    reference : str, default ""
        Name of the inhibitor that stands first.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    PlanError
        If there are no rows.
    """
    parts = bands(rows, reference, _MOST_COLUMNS)
    sizes = _Sizes.of(parts)
    inside = max(_band_width(band, sizes) for band in parts)
    sentence = headline(rows) if title is None else title
    wanted = max(_NARROWEST, min(_width(sentence, 11, "bold"), _TITLE_WIDEST))
    room = max(inside, wanted)
    # A title that is wider than a few columns spreads them, so that no half stays white.
    spread = (room - inside) / max(band.columns for band in parts)
    sizes = replace(sizes, wide=min(sizes.wide + spread, max(sizes.wide, _WIDEST)))
    width = room + 2 * _MARGIN
    heading = _wrapped(sentence, 11, room, "bold")
    below = _Below(rows, parts, room)
    top = _MARGIN + _TITLE * len(heading) + 0.06
    height = top + sum(_band_height(band, sizes) for band in parts)
    height += _BAND_GAP * (len(parts) - 1) + below.height + _MARGIN
    if ax is None:
        ax = _axes(width, height)
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_axis_off()
    ax.set_title("\n".join(heading), loc="left", x=_MARGIN / width, y=1 - _MARGIN / height,
                 va="top", fontsize=11, fontweight="bold", color=_INK, pad=0)  # fmt: skip
    for band in parts:
        _draw_band(ax, band, sizes, top)
        top += _band_height(band, sizes) + _BAND_GAP
    below.draw(ax, top - _BAND_GAP + 0.16)
    return ax


def _axes(width: float, height: float) -> Axes:
    """Axes that fill a new figure of so many inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=None)
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


def _block_width(block: Block, sizes: _Sizes) -> float:
    return len(block.mutations) * sizes.wide + _POSE


def _band_width(band: Band, sizes: _Sizes) -> float:
    inside = sum(_block_width(block, sizes) + _BLOCK_GAP for block in band.blocks)
    return sizes.left + inside - _BLOCK_GAP


def _names_height(band: Band) -> float:
    lines = max(len(_broken(name)) for block in band.blocks for name in block.mutations)
    return _NAMES + 0.12 * (lines - 1)


def _places(band: Band, sizes: _Sizes) -> tuple[list[float], float]:
    """Top of each line below the top of the first, and the height of all."""
    tops: list[float] = []
    at = 0.0
    before: Inhibitor | None = None
    for line in band.lines:
        if before is None or before.heading != line.heading:
            at += _HEADING + (_GAP if before is not None else 0.0)
        elif before.generation != line.generation:
            at += _GAP
        tops.append(at)
        at += sizes.high
        before = line
    return tops, at


def _band_height(band: Band, sizes: _Sizes) -> float:
    return _KINASE + _ROLE + _names_height(band) + _places(band, sizes)[1]


def _draw_band(ax: Axes, band: Band, sizes: _Sizes, top: float) -> None:
    """Draw kinases that stand side by side, from `top` on downwards."""
    start = _MARGIN + sizes.left
    cells = top + _KINASE + _ROLE + _names_height(band)
    tops, _ = _places(band, sizes)
    before: Inhibitor | None = None
    for line, at in zip(band.lines, tops, strict=True):
        middle = cells + at + sizes.high / 2
        if before is None or before.heading != line.heading:
            ax.text(start - 0.08, cells + at - _HEADING / 2 + 0.02, line.heading, ha="right",
                    va="center", fontsize=sizes.label, fontweight="bold", color=_INK)  # fmt: skip
        changed = before is None or (before.heading, before.generation) != (
            line.heading, line.generation,
        )  # fmt: skip
        if changed and line.generation:
            ax.text(_MARGIN, middle, line.generation, ha="left", va="center",
                    fontsize=sizes.label - 2, color=_MUTED)  # fmt: skip
        ax.text(start - 0.08, middle, line.label, ha="right", va="center", fontsize=sizes.label,
                color=_INK if not line.names else _MUTED)  # fmt: skip
        before = line
    for block in band.blocks:
        _draw_heads(ax, block, sizes, start, top, cells)
        for line, at in zip(band.lines, tops, strict=True):
            _draw_line(ax, block, line, sizes, start, cells + at)
        start += _block_width(block, sizes) + _BLOCK_GAP


def _draw_heads(
    ax: Axes, block: Block, sizes: _Sizes, start: float, top: float, cells: float
) -> None:
    """Draw the name of a kinase, its roles and its mutations."""
    ax.text(start + _POSE, top + _KINASE / 2, block.kinase, ha="left", va="center", fontsize=10.5,
            fontweight="bold", color=_INK)  # fmt: skip
    first = 0
    for last in range(1, len(block.roles) + 1):
        if last < len(block.roles) and block.roles[last] == block.roles[first]:
            continue
        left, right = (start + _POSE + n * sizes.wide for n in (first, last))
        label = block.roles[first] or "not found"
        if _width(label, 7) > right - left - 0.06:
            label = SHORT_ROLES.get(label, label)
        while len(label) > 2 and _width(label, 7) > right - left:
            label = f"{label.rstrip('.')[:-1]}."
        ax.text((left + right) / 2, top + _KINASE + 0.07, label, ha="center", va="center",
                fontsize=7, color=_MUTED)  # fmt: skip
        ax.plot([left + 0.03, right - 0.03], [top + _KINASE + 0.17] * 2, color=_MUTED, lw=0.8)
        first = last
    for number, name in enumerate(block.mutations):
        ax.text(start + _POSE + (number + 0.5) * sizes.wide, cells - 0.04,
                "\n".join(_broken(name)), ha="center", va="bottom", fontsize=sizes.name,
                linespacing=0.95, color=_INK)  # fmt: skip


def _draw_line(
    ax: Axes, block: Block, line: Inhibitor, sizes: _Sizes, start: float, top: float
) -> None:
    """Draw the cells of an inhibitor, and where its pose is from."""
    from matplotlib.patches import Rectangle

    left = start + _POSE
    if line.names:
        box = Rectangle(
            (left + 0.015, top + 0.015), len(block.mutations) * sizes.wide - 0.03,
            sizes.high - 0.03, facecolor=_PALE, edgecolor=_RULE, linewidth=0.6, hatch="////",
        )  # fmt: skip
        ax.add_patch(box)
        return
    source = block.poses.get(line.label, "")
    if source:
        _draw_marker(ax, source, left - _POSE / 2 + 0.02, top + sizes.high / 2)
    for number, name in enumerate(block.mutations):
        row = block.cells.get((line.label, name))
        if row is not None:
            _draw_cell(ax, left + number * sizes.wide, top, sizes, row)


def _draw_marker(ax: Axes, source: str, x: float, y: float) -> None:
    shape, filled = _MARKERS.get(source, ("x", True))
    ax.plot([x], [y], marker=shape, ms=3.6, mew=0.8, color=_INK, ls="none",
            mfc=_INK if filled else _PALE)  # fmt: skip


def _draw_cell(ax: Axes, x: float, y: float, sizes: _Sizes, row: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    call = str(row["call"] or "")
    colour = CALL_COLOURS.get(call)
    hatched = colour is None
    # White lines part the cells; the hatching of an abstention needs an edge colour of its own.
    patch = Rectangle(
        (x + 0.015, y + 0.015), sizes.wide - 0.03, sizes.high - 0.03, facecolor=colour or _PALE,
        linewidth=0.6, edgecolor=_RULE if hatched else colour, hatch="////" if hatched else None,
    )  # fmt: skip
    ax.add_patch(patch)
    ddg = row["ddg_kcal"]
    if row["status"] == "failed":
        text = "failed"
    elif ddg is None:
        return
    else:
        text = f"{ddg:+.1f}".replace("-", "\N{MINUS SIGN}")
        text = "0.0" if text[1:] == "0.0" else text
    ax.text(
        x + sizes.wide / 2, y + sizes.high / 2, text, ha="center", va="center_baseline",
        fontsize=sizes.number - (1 if text == "failed" else 0),
        color=_MUTED if hatched else _INK,
        fontweight="bold" if call == "resistant" else "normal",
        fontstyle="italic" if call == "sensitised" else "normal",
        bbox={"facecolor": _PALE, "edgecolor": "none", "pad": 0.6} if hatched else None,
    )  # fmt: skip


class _Below:
    """What stands below the cells: the key, and what a reader has to know."""

    def __init__(self, rows: Rows, parts: Sequence[Band], room: float) -> None:
        failed = any(row["status"] == "failed" for row in rows)
        calls = {
            "resistant": "resistant (\N{GREATER-THAN OR EQUAL TO} 10-fold)",
            "reduced": "reduced (3 to 10)",
            "retained": "retained",
            "sensitised": "sensitised",
            "abstain": "no call, or failed" if failed else "no call",
        }
        blocks = [block for band in parts for block in band.blocks]
        there = {source for block in blocks for source in block.poses.values()}
        poses = {key: f"pose {text}" for key, text in _SOURCES.items() if key in there}
        #: Lines of the key: (kind, call or source, text, inches from the left).
        self.lines: list[list[tuple[str, str, str, float]]] = []
        for kind, texts in (("call", calls), ("pose", poses)):
            at = room
            for key, text in texts.items():
                needed = _MARKS[kind] + _width(text, 7.5) + 0.16
                if at + needed - 0.16 > room:
                    self.lines.append([])
                    at = 0.0
                self.lines[-1].append((kind, key, text, at))
                at += needed
        notes = ["ddG in kcal/mol, positive = weaker binding; computed, not measured."]
        for band in parts:
            for line in band.lines:
                if line.names:
                    notes.append(no_answer(line.names, line.reason))
        self.notes = [part for text in dict.fromkeys(notes) for part in _wrapped(text, 7, room)]

    @property
    def height(self) -> float:
        """Inches that it takes."""
        return 0.16 + _LEGEND * len(self.lines) + 0.03 + 0.14 * len(self.notes)

    def draw(self, ax: Axes, top: float) -> None:
        """Draw it from `top` on downwards."""
        from matplotlib.patches import Rectangle

        y = top + _LEGEND / 2
        for line in self.lines:
            for kind, key, text, at in line:
                x = _MARGIN + at
                if kind == "call":
                    colour = CALL_COLOURS.get(key)
                    box = Rectangle(
                        (x, y - 0.065), 0.3, 0.13, facecolor=colour or _PALE, linewidth=0.6,
                        edgecolor=_RULE, hatch=None if colour else "////",
                    )  # fmt: skip
                    ax.add_patch(box)
                else:
                    _draw_marker(ax, key, x + 0.07, y)
                ax.text(x + _MARKS[kind], y, text, va="center", fontsize=7.5, color=_INK)
            y += _LEGEND
        y += 0.03 - _LEGEND / 2
        for text in self.notes:
            ax.text(_MARGIN, y + 0.07, text, va="center", fontsize=7, color=_MUTED)
            y += 0.14


def save(ax: Axes, path: Any, *, dpi: int = 200) -> None:
    """Write the figure of axes as a picture, whole or not at all.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the figure.
    path : path
        The file; its suffix is the format.
    dpi : int, default 200
        Dots an inch, for formats that have dots.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    from .._files import atomic_path

    with atomic_path(path) as temporary:
        figure: Any = ax.figure
        figure.savefig(temporary, dpi=dpi, facecolor="white")
