"""Plots: static, readable without colour vision, titles that say the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..panels import headline
from .grid import SHORT_ROLES, Block, any_modelled, blocks

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
_MUTED: Final = "#6B6B6B"
_RULE: Final = "#B5B5B5"
#: Inches of one cell, wide and high.
_CELL: Final = (0.62, 0.34)

Rows = Sequence[Mapping[str, Any]]


def cross_resistance_map(rows: Rows, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw inhibitors against mutations, a block for each kinase.

    The colour of a cell is the call, the number in it the ddG in kcal/mol. Pairs without a call
    are hatched.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results, as `trkstruct.screening.run` gives them.
    title : str, optional
        Title; the finding, counted from the rows, if not given.
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
    parts = blocks(rows)
    wide = max(len(block.mutations) for block in parts)
    high = sum(_height(block) for block in parts)
    if ax is None:
        ax = _axes(parts, wide, high)
    top = 0.0
    for block in parts:
        _draw_block(ax, block, top)
        top += _height(block)
    _legend(ax, top - 0.4, rows)
    ax.set_xlim(0, wide)
    ax.set_ylim(top + 0.7, -0.2)
    ax.set_axis_off()
    sentence = headline(rows) if title is None else title
    ax.set_title(sentence, loc="left", x=0.0, fontsize=11, fontweight="bold", color=_INK, pad=10)
    return ax


def _height(block: Block) -> float:
    """Rows of cells that a block takes, with its headings and the gap behind it."""
    return len(block.inhibitors) + 2.6


def _axes(parts: Sequence[Block], wide: int, high: float) -> Axes:
    """Axes of a new figure in which every cell has its size and every label its room."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    longest = max(len(name) for block in parts for name in block.inhibitors)
    left = 0.25 + 0.085 * longest
    legend = 6.6  # inches that the legend and a title need beside the first column
    width = left + max(wide * _CELL[0], legend) + 0.2
    height = (high + 1.1) * _CELL[1] + 0.55
    figure = Figure(figsize=(width, height), layout=None)
    FigureCanvasAgg(figure)
    return figure.add_axes(
        (
            left / width,
            0.1 / height,
            wide * _CELL[0] / width,
            (height - 0.1 - 0.45) / height,
        )
    )


def _draw_block(ax: Axes, block: Block, top: float) -> None:
    """Draw one kinase from `top` on downwards."""
    ax.text(-0.15, top + 0.55, block.kinase, ha="right", va="center", fontsize=10.5,
            fontweight="bold", color=_INK, clip_on=False)  # fmt: skip
    start = 0
    for end in range(1, len(block.roles) + 1):
        if end < len(block.roles) and block.roles[end] == block.roles[start]:
            continue
        ax.plot([start + 0.06, end - 0.06], [top + 0.9] * 2, color=_MUTED, lw=0.9, clip_on=False)
        label = block.roles[start] or "not located"
        room = max(4, int((end - start) * _CELL[0] / 0.068))
        label = label if len(label) <= room else SHORT_ROLES.get(label, label)
        ax.text((start + end) / 2, top + 0.55, label, ha="center", va="center", fontsize=7.5,
                color=_MUTED, clip_on=False)  # fmt: skip
        start = end
    for x, name in enumerate(block.mutations):
        # A compound mutation, or one with its kinase's name, takes two lines.
        name = name.replace("+", "+\n").replace(" ", "\n")
        ax.text(x + 0.5, top + 1.4, name, ha="center", va="center", fontsize=7.5, color=_INK,
                clip_on=False)  # fmt: skip
    for y, drug in enumerate(block.inhibitors):
        middle = top + 2.3 + y
        ax.text(-0.15, middle, drug, ha="right", va="center", fontsize=8.5, color=_INK,
                clip_on=False)  # fmt: skip
        for x, name in enumerate(block.mutations):
            row = block.cells.get((drug, name))
            if row is not None:
                _draw_cell(ax, x, middle - 0.5, row)


def _draw_cell(ax: Axes, x: float, y: float, row: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    call = str(row["call"] or "")
    colour = CALL_COLOURS.get(call)
    hatched = colour is None
    # White lines part the cells; the hatching of an abstention needs an edge colour of its own.
    patch = Rectangle(
        (x + 0.03, y + 0.04), 0.94, 0.92, facecolor=colour or _PALE, linewidth=0.6,
        edgecolor=_RULE if hatched else colour, hatch="////" if hatched else None,
    )  # fmt: skip
    ax.add_patch(patch)
    ddg = row["ddg_kcal"]
    if row["status"] == "failed":
        text = "failed"
    elif ddg is None:
        text = "?"
    else:
        text = f"{ddg:+.1f}".replace("-", "\N{MINUS SIGN}")
        text = "0.0" if text[1:] == "0.0" else text
    ax.text(
        x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=8, color=_INK,
        fontweight="bold" if call == "resistant" else "normal",
        bbox={"facecolor": _PALE, "edgecolor": "none", "pad": 0.8} if hatched else None,
    )  # fmt: skip


def _legend(ax: Axes, y: float, rows: Rows) -> None:
    """Draw the key below the blocks, in inches whatever the number of columns."""
    from matplotlib.patches import Rectangle

    failed = any(row["status"] == "failed" for row in rows)
    words = {
        "resistant": "resistant (\N{GREATER-THAN OR EQUAL TO} 10-fold)",
        "reduced": "reduced (3 to 10)",
        "retained": "retained",
        "sensitised": "sensitised",
        "abstain": "no call, or failed" if failed else "no call",
    }
    x = 0.0
    for call, text in words.items():
        colour = CALL_COLOURS.get(call)
        patch = Rectangle(
            (x, y + 0.12), 0.34, 0.56, facecolor=colour or _PALE, linewidth=0.6,
            edgecolor=_RULE, hatch=None if colour else "////", clip_on=False,
        )  # fmt: skip
        ax.add_patch(patch)
        ax.text(x + 0.42, y + 0.4, text, va="center", fontsize=7.5, color=_INK, clip_on=False)
        x += 0.42 + 0.062 * len(text) / _CELL[0] + 0.22
    about = "ddG in kcal/mol, positive = weaker binding; computed with a rigid pose, not measured."
    if any_modelled(rows):
        about += " * the pose is a model."
    ax.text(0.0, y + 1.1, about, va="center", fontsize=7, color=_MUTED, clip_on=False)


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
