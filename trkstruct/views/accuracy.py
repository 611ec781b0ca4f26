"""Pictures of predicted against measured: static, readable without colour vision."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..benchmarking import Bin, judged, outliers, reliability, statistics
from ..calls import calibration
from ..ensembles import RT_KCAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["predicted_against_measured", "reliability_diagram"]

Rows = Sequence[Mapping[str, Any]]

#: Hues of Okabe & Ito 2008, https://jfly.uni-koeln.de/color/; shape and fill tell them apart too.
_AGREES: Final = "#0072B2"
_OFF: Final = "#D55E00"
_INK: Final = "#1A1A1A"
_MUTED: Final = "#595959"
_RULE: Final = "#8C8C8C"
_SHADE: Final = "#F3F1EC"
#: Fold changes on the axes.
_FOLDS: Final = (0.01, 0.1, 1 / 3, 1, 3, 10, 100, 1000, 10000)
#: Inches of a figure, and kcal/mol of free room about the points.
_SIZE: Final = (6.6, 6.2)
_ROOM: Final = 0.45
#: Columns of pairs of which only a word is known: what is written below them, and the words.
_WORDS: Final = {
    "sensitive": ("sensitised", "sensitive", "retained"),
    "reduced": ("reduced",),
    "resistant": ("resistant",),
}
#: Where a name may stand about its mark, in points, and what joins the two.
_AROUND: Final = (
    (8, 0, "left", "center"), (-8, 0, "right", "center"), (0, 9, "center", "bottom"),
    (0, -9, "center", "top"), (8, 8, "left", "bottom"), (-8, 8, "right", "bottom"),
    (8, -8, "left", "top"), (-8, -8, "right", "top"), (22, 18, "left", "bottom"),
    (-22, 18, "right", "bottom"), (22, -18, "left", "top"), (-22, -18, "right", "top"),
    (0, 34, "center", "bottom"), (0, -34, "center", "top"), (40, 34, "left", "bottom"),
    (-40, 34, "right", "bottom"), (40, -34, "left", "top"), (-40, -34, "right", "top"),
    (34, 6, "left", "center"), (-34, 6, "right", "center"), (50, 60, "left", "bottom"),
    (-50, 60, "right", "bottom"), (50, -60, "left", "top"), (-50, -60, "right", "top"),
)  # fmt: skip
_HALO: Final = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.75}
_LEADER: Final = {"arrowstyle": "-", "color": _MUTED, "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
#: Width of such a column, as a share of the axes beside them.
_COLUMN: Final = 0.15


def _axes(width: float, height: float) -> Axes:
    """Axes of a new figure of so many inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _energy(fold: float) -> float:
    return RT_KCAL * math.log(fold)


def _fold_text(fold: float) -> str:
    return f"1/{round(1 / fold)}" if fold < 1 else f"{fold:g}"


def predicted_against_measured(
    rows: Iterable[Mapping[str, Any]], *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the predicted ddG of pairs against the measured one.

    Bars are the 80 % prediction intervals. Where the measurement is outside the interval, or the
    call is wrong, the mark is filled with orange; a bound is a triangle that points to where the
    truth lies. Pairs of which only a word is known stand in columns of their own at the right.
    Abstentions are not drawn. The furthest outliers are named.

    Parameters
    ----------
    rows : iterable of mapping
        As `trkstruct.benchmarking.benchmark_rows` gives them.
    title : str, optional
        Title; the finding, computed from the rows, if not given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes
    """
    table = list(rows)
    shown = [row for row in table if row["status"] == "ok" and row["ddg_kcal"] is not None]
    valued = [row for row in shown if row["measured_ddg_kcal"] is not None]
    worded = [row for row in shown if row["measured_ddg_kcal"] is None and row["measured_call"]]
    if ax is None:
        ax = _axes(*_SIZE)
    x, y = _limits(valued, worded)
    end, starts, places = _columns(worded, *x)
    places |= {id(row): float(row["measured_ddg_kcal"]) for row in valued}
    _backdrop(ax, x, y, end)
    off = {id(row) for row in outliers(shown, len(shown))}
    for row in (*valued, *worded):
        _point(ax, row, places[id(row)], id(row) in off)
    ax.set_xlim(x[0], end)
    ax.set_ylim(*y)
    for at in starts.values():
        ax.axvline(at, color=_INK if at == x[1] else _RULE, lw=0.8, zorder=2)
    _ticks(ax, x, y, _middles(starts, end))
    ax.set_xlabel("measured ddG, kcal/mol (positive = weaker binding)", color=_INK)
    ax.set_ylabel("predicted ddG, kcal/mol (bar: 80 % interval)", color=_INK)
    _title(ax, _finding(table) if title is None else title)
    _legend(ax, valued, worded, off)
    _names(ax, outliers(shown), places, valued + worded)
    return ax


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=11, fontweight="bold", color=_INK)


def _limits(valued: Rows, worded: Rows) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ends of both axes: all points and bars, and the thresholds, with some room."""
    limits = calibration()
    always = [_energy(1 / limits.reduced_fold), _energy(limits.resistant_fold)]
    measured = [float(row["measured_ddg_kcal"]) for row in valued]
    predicted = [
        float(row[column])
        for row in (*valued, *worded)
        for column in ("ddg_kcal", "ddg_low_kcal", "ddg_high_kcal")
        if row[column] is not None
    ]
    x, y = (sorted([*always, *found]) for found in (measured, predicted))
    return (x[0] - _ROOM, x[-1] + _ROOM), (y[0] - _ROOM / 2, y[-1] + _ROOM / 2)


def _columns(
    worded: Rows, low: float, high: float
) -> tuple[float, dict[str, float], dict[int, float]]:
    """Columns of pairs of which a word is known.

    The right end of the last, where each begins, and where the rows stand.
    """
    starts: dict[str, float] = {}
    places: dict[int, float] = {}
    at, width = high, _COLUMN * (high - low)
    for name, words in _WORDS.items():
        found = sorted(
            (row for row in worded if row["measured_call"] in words),
            key=lambda row: (float(row["ddg_kcal"]), row["row"]),
        )
        if not found:
            continue
        for k, row in enumerate(found):
            # Side by side in turn, so that neighbours do not hide each other.
            places[id(row)] = at + width * (0.5 + 0.2 * (k % 3 - 1))
        starts[name] = at
        at += width
    return at, starts, places


def _middles(starts: Mapping[str, float], end: float) -> dict[str, float]:
    """Middle of each column, by what is written below it."""
    edges = [*starts.values(), end]
    return {name: (edges[k] + edges[k + 1]) / 2 for k, name in enumerate(starts)}


def _backdrop(ax: Axes, x: tuple[float, float], y: tuple[float, float], end: float) -> None:
    """Draw the diagonal, the thresholds, and where a call would be wrong."""
    limits = calibration()
    ten, three = _energy(limits.resistant_fold), _energy(limits.reduced_fold)
    for left, bottom, right, top in ((ten, y[0], x[1], ten), (x[0], ten, ten, y[1])):
        ax.fill([left, right, right, left], [bottom, bottom, top, top], color=_SHADE, lw=0,
                zorder=0)  # fmt: skip
    low, high = max(x[0], y[0]), min(x[1], y[1])
    ax.plot([low, high], [low, high], color=_RULE, lw=1.0, zorder=1)
    for value, style in ((ten, (0, (6, 3))), (three, (0, (1, 2)))):
        ax.plot([value, value], y, color=_RULE, lw=0.9, ls=style, zorder=1)
        ax.plot([x[0], end], [value, value], color=_RULE, lw=0.9, ls=style, zorder=1)
    small: dict[str, Any] = {
        "fontsize": 8, "color": _MUTED, "fontstyle": "italic", "textcoords": "offset points",
        "zorder": 1,
    }  # fmt: skip
    ax.annotate("resistance missed", (x[1], y[0]), (-4, 4), ha="right", va="bottom", **small)
    ax.annotate("false alarm", (x[0], y[1]), (4, -4), ha="left", va="top", **small)


def _point(ax: Axes, row: Mapping[str, Any], x: float, off: bool) -> None:
    """Draw a pair: its bar, and a mark whose shape says what was measured."""
    relation = row["measured_relation"]
    bound = relation in ("<", ">")
    marker = relation if bound else "s" if row["measured_ddg_kcal"] is None else "o"
    colour = _OFF if off else _AGREES
    low, high = row["ddg_low_kcal"], row["ddg_high_kcal"]
    if low is not None and high is not None:
        ax.plot([x, x], [low, high], color=colour, lw=0.9, alpha=0.4, zorder=2)
    ax.plot([x], [row["ddg_kcal"]], marker=marker, ms=6.4, ls="none", zorder=3, mec=colour,
            mfc=colour if off else "white", mew=1.3)  # fmt: skip


def _legend(ax: Axes, valued: Rows, worded: Rows, off: set[int]) -> None:
    """Say below the axes what the marks mean that are there."""
    from matplotlib.lines import Line2D

    def mark(shape: str, filled: bool, text: str) -> Line2D:
        colour = _OFF if filled else _AGREES
        return Line2D([], [], marker=shape, ls="none", ms=6.4, mec=colour, mew=1.3,
                      mfc=colour if filled else "white", label=text)  # fmt: skip

    rows = [*valued, *worded]
    handles = []
    if any(id(row) not in off for row in rows):
        handles.append(mark("o", False, "inside its interval"))
    if any(id(row) in off for row in rows):
        handles.append(mark("o", True, "outside it, or the wrong call"))
    if any(row["measured_relation"] in ("<", ">") for row in valued):
        handles.append(mark(">", False, "bound: truth lies that way"))
    if worded:
        handles.append(mark("s", False, "only a word is known"))
    handles.append(Line2D([], [], color=_RULE, lw=0.9, ls=(0, (6, 3)), label="10-fold"))
    handles.append(Line2D([], [], color=_RULE, lw=0.9, ls=(0, (1, 2)), label="3-fold"))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.02, -0.12), ncols=3,
              fontsize=8, frameon=False, labelcolor=_INK)  # fmt: skip


def _ticks(
    ax: Axes, x: tuple[float, float], y: tuple[float, float], words: Mapping[str, float]
) -> None:
    """Energies below and at the left, folds above and at the right."""
    across, up = (_whole(*ends) for ends in (x, y))
    # A number at the very end would run into the word of the first column.
    across = [v for v in across if not words or v < x[1] - 0.05 * (x[1] - x[0])]
    ax.set_xticks([*across, *words.values()], [*map(_signed, across), *words])
    ax.set_yticks(up, [_signed(v) for v in up])
    ax.tick_params(colors=_INK, labelsize=8.5, length=3)
    top, right = ax.secondary_xaxis("top"), ax.secondary_yaxis("right")
    for axis, ends in ((top.xaxis, x), (right.yaxis, y)):
        folds = [fold for fold in _FOLDS if ends[0] < _energy(fold) < ends[1]]
        axis.set_ticks([_energy(fold) for fold in folds], [_fold_text(fold) for fold in folds])
    top.set_xlabel("measured fold change", color=_MUTED, fontsize=8.5)
    right.set_ylabel("predicted fold change", color=_MUTED, fontsize=8.5)
    for side in (top, right):
        side.tick_params(colors=_MUTED, labelsize=8, length=3)


def _whole(low: float, high: float) -> list[int]:
    step = 1 if high - low < 10 else 2
    return [v for v in range(math.ceil(low), math.floor(high) + 1) if v % step == 0]


def _signed(value: int) -> str:
    return f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _names(ax: Axes, named: Rows, places: Mapping[int, float], drawn: Rows) -> None:
    """Name rows beside their marks, where there is most room."""
    if not named:
        return
    figure: Any = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    frame = ax.get_window_extent(renderer)
    marks = [ax.transData.transform((places[id(row)], row["ddg_kcal"])) for row in drawn]
    taken: list[Any] = []
    several = len({row["kinase"] for row in drawn}) > 1
    for row in named:
        x, y = places[id(row)], row["ddg_kcal"]
        of = f" {row['kinase']}" if several and row["kinase"] else ""
        text = f"{row['ligand']}{of} {row['mutation_uniprot'] or row['mutation']}"
        best: tuple[float, Any] | None = None
        for dx, dy, ha, va in _AROUND:
            label = ax.annotate(text, (x, y), (dx, dy), textcoords="offset points", ha=ha, va=va,
                                fontsize=7.8, color=_INK, zorder=5, bbox=_HALO,
                                arrowprops=_LEADER if abs(dx) + abs(dy) > 14 else None)  # fmt: skip
            box = label.get_window_extent(renderer)
            cost = sum(8.0 for other in taken if box.overlaps(other))
            cost += sum(2.0 for mark in marks if box.padded(3).contains(*mark))
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1
            cost += 0.0 if inside and frame.y0 <= box.y0 and box.y1 <= frame.y1 else 20.0
            cost += 0.01 * (abs(dx) + abs(dy))
            if best is None or cost < best[0]:
                if best is not None:
                    best[1].remove()
                best = cost, label
            else:
                label.remove()
        if best is not None:
            taken.append(best[1].get_window_extent(renderer))


def _finding(rows: Rows) -> str:
    """What a picture of rows shows, in a sentence."""
    found = statistics(rows, resamples=0)
    area, order = found.model.auroc.value, found.model.spearman.value
    off = found.model.rmse_kcal.value
    parts = [
        "" if area is None else f"AUROC {area:.2f}",
        "" if order is None else f"Spearman {order:.2f}",
        "" if off is None else f"RMSE {off:.2f} kcal/mol",
    ]
    said = ", ".join(part for part in parts if part)
    counted = f"{found.n_answered} of {found.n_measured} measured pairs answered"
    return f"{said}\n{counted}" if said else counted


def reliability_diagram(
    rows: Iterable[Mapping[str, Any]], *, title: str | None = None, ax: Axes | None = None
) -> Axes | None:
    """Draw how often pairs are resistant against the probability that was predicted for it.

    Parameters
    ----------
    rows : iterable of mapping
        As `trkstruct.benchmarking.benchmark_rows` gives them.
    title : str, optional
        Title; the finding, computed from the rows, if not given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes or None
        None if there are too few pairs for it.
    """
    table = list(rows)
    bins, pairs = reliability(table), judged(table)
    if not bins:
        return None
    if ax is None:
        ax = _axes(5.2, 5.2)
    ax.plot([0, 1], [0, 1], color=_RULE, lw=1.0, zorder=1)
    ax.text(0.985, 0.955, "as predicted", ha="right", va="top", rotation=45, fontsize=8,
            color=_MUTED, fontstyle="italic", rotation_mode="anchor")  # fmt: skip
    for part in bins:
        ax.plot([part.predicted] * 2, [part.low, part.high], color=_AGREES, lw=1.1, zorder=2)
    ax.plot([b.predicted for b in bins], [b.observed for b in bins], color=_AGREES, lw=1.1,
            marker="o", ms=6.4, mfc="white", mew=1.3, zorder=3)  # fmt: skip
    for part in bins:
        # The ticks are below the lowest share, and the axes end at the right.
        right, down = part.predicted < 0.85, part.observed > 0.1
        ax.annotate(f"n={part.n}", (part.predicted, part.observed),
                    (7 if right else -7, -3 if down else 3), textcoords="offset points",
                    ha="left" if right else "right", va="top" if down else "bottom", fontsize=8,
                    color=_INK, bbox=_HALO, zorder=4)  # fmt: skip
    for chance, yes in pairs:
        ax.plot([chance] * 2, [1.03, 1.06] if yes else [-0.06, -0.03], color=_INK, lw=0.8)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.09, 1.09)
    share = sum(yes for _, yes in pairs) / len(pairs)
    ax.axhline(share, color=_RULE, lw=0.9, ls=(0, (6, 3)), zorder=1)
    ax.text(1.02, share + 0.012, f"all: {share:.2f}", ha="right", va="bottom", fontsize=8,
            color=_MUTED)  # fmt: skip
    ticks = [k / 5 for k in range(6)]
    ax.set_xticks(ticks)
    ax.set_yticks(ticks)
    ax.tick_params(colors=_INK, labelsize=8.5, length=3)
    ax.set_xlabel(
        "predicted probability of resistance (10-fold or more)\n"
        "ticks: single pairs, resistant above, others below",
        color=_INK,
    )
    ax.set_ylabel("share measured as resistant (bar: 95 % interval)", color=_INK)
    _title(ax, _said_of(bins, pairs) if title is None else title)
    return ax


def _said_of(bins: Sequence[Bin], pairs: Sequence[tuple[float, bool]]) -> str:
    off = [part for part in bins if not part.low <= part.predicted <= part.high]
    if not off:
        return f"p_resistant agrees with {len(pairs)} measured pairs"
    many = f"{len(off)} of {len(bins)} groups of {len(pairs)} pairs"
    low = [part.observed > part.predicted for part in off]
    if all(low):
        return f"p_resistant is too low in {many}"
    return f"p_resistant is {'off' if any(low) else 'too high'} in {many}"
