"""A sheet to draw on in inches, at any scale, and the pages that sheets have to fit on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ...errors import PlanError
from ._palette import HATCH, INK, MARKERS, PALE, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PAGES", "Page", "Sheet", "new_axes", "page_of", "plain", "save", "width", "wrapped"]

#: Characters of a name that are shown; a SMILES may be used as one.
_LONGEST_NAME: Final = 34


@dataclass(frozen=True, slots=True)
class Page:
    """What a picture has to fit on.

    Parameters
    ----------
    width, height : float
        Inches that there are.
    least_points : float
        Smallest size of a number that is still read there.
    largest : float
        How much larger than its natural size a picture is made to fill it.
    fixed : bool
        Whether the picture has exactly this size; else it ends where it is filled.
    """

    width: float
    height: float
    least_points: float
    largest: float
    fixed: bool


#: A4 within margins that printers need, and the slide of 16:9 that presentation programs make.
#: Type below 6 points is hard to read on paper, and below 9 points on a slide.
PAGES: Final[dict[str, Page]] = {
    "a4": Page(7.87, 11.29, 6.0, 1.0, False),
    "slide": Page(40 / 3, 7.5, 9.0, 1.8, True),
}


def page_of(size: str) -> Page:
    """Return the page of a name.

    Parameters
    ----------
    size : {"a4", "slide"}
        Its name.

    Returns
    -------
    Page

    Raises
    ------
    PlanError
        If there is no such page.
    """
    if size not in PAGES:
        raise PlanError(f"A picture's size is one of {', '.join(PAGES)}, not {size!r}.")
    return PAGES[size]


def plain(text: str) -> str:
    """Return a name as a picture can show it: in one line, and not longer than there is room.

    Parameters
    ----------
    text : str
        The name.

    Returns
    -------
    str
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) <= _LONGEST_NAME:
        return line
    head = _LONGEST_NAME * 2 // 3
    return f"{line[:head]}\N{HORIZONTAL ELLIPSIS}{line[-(_LONGEST_NAME - head - 1) :]}"


@lru_cache(maxsize=4096)
def _advance(letter: str, weight: str) -> float:
    """Width of a letter of one point, in points, with what parts it from the next."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(weight=weight)))
    font.set_size(1000.0, 72)
    # By its index: a letter that the font lacks is drawn as a box, and needs no warning here.
    glyph = font.load_glyph(font.get_char_index(ord(letter)))
    return float(glyph.linearHoriAdvance) / 65536 / 1000


def width(text: str, points: float, weight: str = "normal") -> float:
    """Return the width of a text in inches.

    Parameters
    ----------
    text : str
        One line.
    points : float
        Size of its type.
    weight : str, default "normal"
        Weight of its type.

    Returns
    -------
    float
    """
    # Letters of small type are set to whole dots, which takes a little more.
    return sum(_advance(letter, weight) for letter in text) * points / 72 * 1.03


def wrapped(text: str, points: float, room: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that are not wider than the room there is.

    Parameters
    ----------
    text : str
        The text.
    points : float
        Size of its type.
    room : float
        Inches.
    weight : str, default "normal"
        Weight of its type.

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", points, weight) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def new_axes(wide: float, high: float) -> Axes:
    """Make axes that fill a new figure.

    Parameters
    ----------
    wide, high : float
        Its inches.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide, high), layout=None)
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


class Sheet:
    """Axes that are drawn on in inches of the natural size, y downwards.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    wide, high : float
        Inches of the natural size.
    scale : float, default 1.0
        By how much the picture is larger than its natural size.
    """

    def __init__(self, ax: Axes, wide: float, high: float, scale: float = 1.0) -> None:
        self.ax = ax
        self.scale = scale
        ax.set_xlim(0, wide)
        ax.set_ylim(high, 0)
        ax.set_axis_off()

    def text(self, x: float, y: float, text: str, points: float, **how: Any) -> None:
        """Write a text; nothing in it is taken for a formula."""
        how = {"color": INK, "va": "center", **how}
        self.ax.text(x, y, text, fontsize=points * self.scale, parse_math=False, **how)

    def box(
        self, x: float, y: float, wide: float, high: float, colour: str | None, **how: Any
    ) -> None:
        """Draw a box; one without a colour is hatched."""
        from matplotlib.patches import Rectangle

        # The hatching needs an edge colour of its own.
        look = {
            "facecolor": colour or PALE, "edgecolor": colour or RULE,
            "linewidth": 0.6 * self.scale, "hatch": None if colour else HATCH, **how,
        }  # fmt: skip
        self.ax.add_patch(Rectangle((x, y), wide, high, **look))

    def corner(self, right: float, top: float, side: float, colour: str) -> None:
        """Draw the mark in the upper right corner of a box."""
        from matplotlib.patches import Polygon

        points = [(right - side, top), (right, top), (right, top + side)]
        self.ax.add_patch(
            Polygon(points, closed=True, facecolor=colour, edgecolor=INK, lw=0.5 * self.scale)
        )

    def line(self, xs: Any, ys: Any, colour: str = INK, lw: float = 0.8, **how: Any) -> None:
        """Draw a line."""
        self.ax.plot(xs, ys, color=colour, lw=lw * self.scale, **how)

    def dot(self, x: float, y: float, points: float, colour: str) -> None:
        """Draw a dot."""
        self.ax.plot([x], [y], marker="o", ms=points * self.scale, mew=0, color=colour, ls="none")

    def marker(self, x: float, y: float, source: str) -> None:
        """Draw the marker of where a pose is from."""
        shape, filled = MARKERS.get(source, ("x", True))
        self.ax.plot([x], [y], marker=shape, ms=3.6 * self.scale, mew=0.8 * self.scale, color=INK,
                     ls="none", mfc=INK if filled else PALE)  # fmt: skip


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
    from ..._files import atomic_path

    with atomic_path(path) as temporary:
        figure: Any = ax.figure
        figure.savefig(temporary, dpi=dpi, facecolor="white")
