"""The cross-resistance matrix: how much fits on a page, and drawing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ...panels import headline
from ..grid import SHORT_ROLES, Band, Block, Inhibitor, blocks, seen, side_by_side
from ._key import Below
from ._palette import CALL_COLOURS, INACTIVE_COLOUR, INK, MUTED, RULE, SEEN_COLOURS
from ._sheet import Page, Sheet, new_axes, page_of, plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cross_resistance_map", "cross_resistance_pages"]

#: Mutations side by side that are tried, from the widest.
_COLUMNS: Final = (40, 30, 24, 18, 12)
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
#: Narrowest picture, and how much wider than that a title may make it to stay in one line.
_NARROWEST: Final = 4.6
_TITLE_WIDEST: Final = 6.4
#: Widest that cells are made to fill it.
_WIDEST: Final = 0.8
#: Highest that lines are made to fill a slide.
_HIGHEST: Final = 0.3
#: Side of the mark of evidence in the corner of a cell.
_CORNER: Final = 0.085
#: Scales that are tried between the largest and the smallest that can be read.
_STEPS: Final = 16

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
        wide = 0.345 if columns > 26 else 0.385 if crowded else 0.43 if columns > 8 else 0.56
        name = 6.0 if columns > 26 else number
        longest = max(width(part, name) for item in names for part in _broken(item))
        labels = [plain(line.label) for band in parts for line in band.lines]
        label = 8.0 if many else 8.5
        generations = [line.generation for band in parts for line in band.lines]
        left = max(width(text, label) for text in labels) + 0.12
        grouped = max(width(text, label - 1.5) for text in generations)
        left += grouped + 0.14 if grouped else 0.0
        headings = [line.heading for band in parts for line in band.lines]
        left = max(left, *(width(text, label) + 0.1 for text in headings))
        return cls(
            max(wide, longest + (0.05 if crowded else 0.08)),
            0.225 if many else 0.29,
            number,
            name,
            label,
            left,
        )


def _broken(mutation: str) -> list[str]:
    """Lines of a mutation's name: a compound one, or one with its kinase's, takes several."""
    return [plain(part) for part in mutation.replace("+", "+\n").replace(" ", "\n").split("\n")]


class _Composition:
    """What is on one picture, in inches of its natural size.

    Parameters
    ----------
    parts : sequence of Band
        Kinases, below each other.
    sizes : _Sizes
        Sizes.
    rows : sequence of mapping
        Rows of results that the key is about.
    title : str
        The title.
    least : float, default 0.0
        Inches that it is at least wide.
    """

    def __init__(
        self, parts: Sequence[Band], sizes: _Sizes, rows: Rows, title: str, least: float = 0.0
    ) -> None:
        self.parts = parts
        inside = max(_band_width(band, sizes) for band in parts)
        wanted = max(_NARROWEST, min(width(title, 11, "bold"), _TITLE_WIDEST))
        room = max(inside, wanted, least - 2 * _MARGIN)
        # A title that is wider than a few columns spreads them, so that no half stays white.
        spread = (room - inside) / max(band.columns for band in parts)
        wide = min(sizes.wide + spread, max(sizes.wide, _WIDEST))
        self.sizes = replace(sizes, wide=wide)
        self.width = room + 2 * _MARGIN
        self.heading = wrapped(title, 11, room, "bold")
        self.below = Below(rows, parts, room)
        self.top = _MARGIN + _TITLE * len(self.heading) + 0.06
        cells = sum(_band_height(band, sizes) for band in parts)
        cells += _BAND_GAP * (len(parts) - 1)
        #: Inches beside the cells of its bands, and in all.
        self.around = self.top + self.below.height + _MARGIN
        self.height = self.around + cells

    def draw(self, ax: Axes | None, page: Page, scale: float, number: str = "") -> Axes:
        """Draw it, on a new figure if there are no axes."""
        wide, high = self.width, self.height
        if ax is None:
            if page.fixed:
                wide, high = page.width / scale, page.height / scale
            ax = new_axes(wide * scale, high * scale)
        sheet = Sheet(ax, wide, high, scale)
        ax.set_title("\n".join(self.heading), loc="left", x=_MARGIN / wide, y=1 - _MARGIN / high,
                     va="top", fontsize=11 * scale, fontweight="bold", color=INK, pad=0,
                     parse_math=False)  # fmt: skip
        if number:
            sheet.text(self.width - _MARGIN, _MARGIN + 0.08, number, 7.5, ha="right", color=MUTED)
        top = self.top
        for band in self.parts:
            _draw_band(sheet, band, self.sizes, top)
            top += _band_height(band, self.sizes) + _BAND_GAP
        self.below.draw(sheet, _MARGIN, top - _BAND_GAP + 0.16)
        return ax


def _fits(parts: Sequence[Band], rows: Rows, title: str, page: Page) -> tuple[float, float, float]:
    """Largest scale at which the width fits, the smallest that is read, and inches around."""
    sizes = _Sizes.of(parts)
    made = _Composition(parts, sizes, rows, title)
    widest = max(page.width / made.width, 1e-3)
    # Of the other texts none is much smaller than the numbers.
    return min(page.largest, widest), page.least_points / sizes.number, made.around


def _layouts(rows: Rows, reference: str) -> list[list[Band]]:
    """Ways to put kinases beside and below one another, from the widest."""
    whole = blocks(rows, reference)
    made = [side_by_side(whole, most, most) for most in _COLUMNS]
    columns = [[band.columns for band in parts] for parts in made]
    return [parts for n, parts in enumerate(made) if columns[n] not in columns[:n]]


def cross_resistance_map(
    rows: Rows,
    *,
    title: str | None = None,
    reference: str = "",
    size: str = "a4",
    ax: Axes | None = None,
) -> Axes:
    """Draw inhibitors against mutations, all in one picture.

    Kinases that are asked about the same inhibitors stand side by side, others below each other;
    inhibitors are grouped by binding type and generation, mutations by role. The colour of a cell
    is the call, the number in it the ddG in kcal/mol, the mark in its corner what was measured or
    reported. Pairs without a call are hatched, and those whose inhibitor is not active on the
    wild type are grey.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results, as `trkstruct.screening.run` gives them.
    title : str, optional
        Title; the finding, counted from the rows, if not given.
    reference : str, default ""
        Name of the inhibitor that stands first.
    size : {"a4", "slide"}
        What the picture has to fit on; its type is as small as it must be for that. Where that
        is too small to be read, see `cross_resistance_pages`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    PlanError
        If there are no rows, or if there is no such size.
    """
    page = page_of(size)
    sentence = headline(rows) if title is None else title
    best: tuple[float, _Composition] | None = None
    for parts in _layouts(rows, reference):
        made = _Composition(parts, _Sizes.of(parts), rows, sentence)
        scale = min(page.largest, page.width / made.width, page.height / made.height)
        if best is None or scale * made.sizes.number > best[0] * best[1].sizes.number:
            best = scale, made
    assert best is not None  # blocks() has refused to go on without rows
    scale, made = best
    if page.fixed:
        made = _Composition(made.parts, _Sizes.of(made.parts), rows, sentence, page.width / scale)
    return made.draw(ax, page, scale if ax is None else 1.0)


def cross_resistance_pages(
    rows: Rows, *, title: str | None = None, reference: str = "", size: str = "a4"
) -> Iterator[Axes]:
    """Draw inhibitors against mutations on as many pages as can be read.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results, as `trkstruct.screening.run` gives them.
    title : str, optional
        Title; the finding, counted from the rows, if not given.
    reference : str, default ""
        Name of the inhibitor that stands first.
    size : {"a4", "slide"}
        The page. Pages end between groups of inhibitors where they can.

    Yields
    ------
    matplotlib.axes.Axes
        Page by page, as in `cross_resistance_map`.

    Raises
    ------
    PlanError
        If there are no rows, or if there is no such size.
    """
    page = page_of(size)
    sentence = headline(rows) if title is None else title
    best: tuple[int, float, list[list[Band]]] | None = None
    layouts = _layouts(rows, reference)
    for number, parts in enumerate(layouts):
        top, low, around = _fits(parts, rows, sentence, page)
        if top < low and number < len(layouts) - 1:
            continue
        sizes = _Sizes.of(parts)
        low = min(low, top)
        fewest = len(_paginated(parts, sizes, page.height / low - around))
        steps = (top - (top - low) * n / _STEPS for n in range(_STEPS + 1))
        scale, pages = next(
            (scale, pages)
            for scale in steps
            if len(pages := _paginated(parts, sizes, page.height / scale - around)) == fewest
        )
        if best is None or (fewest, -scale) < (best[0], -best[1]):
            best = fewest, scale, pages
    assert best is not None  # the last layout is always taken
    count, scale, pages = best
    sizes = _Sizes.of([band for own in pages for band in own])
    least = page.width / scale if page.fixed else 0.0
    for number, own in enumerate(pages, start=1):
        made = _Composition(own, sizes, rows, sentence, least)
        if page.fixed:
            free = (page.height / scale - made.height) / sum(len(band.lines) for band in own)
            high = min(_HIGHEST, sizes.high + max(0.0, free))
            made = _Composition(own, replace(sizes, high=high), rows, sentence, least)
        # A page with less on it is not larger than the others; one that is fuller is smaller.
        fitting = min(scale, page.width / made.width, page.height / made.height)
        yield made.draw(None, page, fitting, f"{number} of {count}" if count > 1 else "")


def _paginated(parts: Sequence[Band], sizes: _Sizes, room: float) -> list[list[Band]]:
    """Put bands on pages that have so many inches for them, and about equally much each."""
    pages = _filled(parts, sizes, room)
    # Fill to the brim, and the last page would have the crumbs.
    for share in (0.55, 0.65, 0.75, 0.85, 0.93):
        even = _filled(parts, sizes, room * share)
        if len(even) == len(pages):
            return even
    return pages


def _filled(parts: Sequence[Band], sizes: _Sizes, room: float) -> list[list[Band]]:
    pages: list[list[Band]] = [[]]
    left = room
    for band in parts:
        head = _KINASE + _ROLE + _names_height(band)
        lines: list[Inhibitor] = []
        for group in _groups(band):
            grown = [*lines, *group]
            if head + _places(grown, sizes)[1] <= left:
                lines = grown
                continue
            if lines:
                pages[-1].append(Band(band.blocks, tuple(lines)))
                lines = []
            if pages[-1]:
                pages.append([])
            left = room
            # A group that is longer than a page goes on at the next.
            each = max(1, int((room - head - _HEADING) / sizes.high))
            *full, lines = (list(group[n : n + each]) for n in range(0, len(group), each))
            for chunk in full:
                pages[-1].append(Band(band.blocks, tuple(chunk)))
                pages.append([])
        if lines:
            pages[-1].append(Band(band.blocks, tuple(lines)))
            left -= head + _places(lines, sizes)[1] + _BAND_GAP
    return pages


def _groups(band: Band) -> list[list[Inhibitor]]:
    """Lines of the same type and generation; the reference stays with what follows it."""
    groups: list[list[Inhibitor]] = []
    for line in band.lines:
        last = groups[-1][-1] if groups else None
        same = last is not None and (last.heading, last.generation) == (
            line.heading, line.generation,
        )  # fmt: skip
        alone = last is not None and (last.heading == "reference" or line.heading == "no answer")
        if same or alone:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _block_width(block: Block, sizes: _Sizes) -> float:
    return len(block.mutations) * sizes.wide + _POSE


def _band_width(band: Band, sizes: _Sizes) -> float:
    inside = sum(_block_width(block, sizes) + _BLOCK_GAP for block in band.blocks)
    return sizes.left + inside - _BLOCK_GAP


def _names_height(band: Band) -> float:
    lines = max(len(_broken(name)) for block in band.blocks for name in block.mutations)
    return _NAMES + 0.12 * (lines - 1)


def _places(lines: Sequence[Inhibitor], sizes: _Sizes) -> tuple[list[float], float]:
    """Top of each line below the top of the first, and the height of all."""
    tops: list[float] = []
    at = 0.0
    before: Inhibitor | None = None
    for line in lines:
        if before is None or before.heading != line.heading:
            at += _HEADING + (_GAP if before is not None else 0.0)
        elif before.generation != line.generation:
            at += _GAP
        tops.append(at)
        at += sizes.high
        before = line
    return tops, at


def _band_height(band: Band, sizes: _Sizes) -> float:
    return _KINASE + _ROLE + _names_height(band) + _places(band.lines, sizes)[1]


def _draw_band(sheet: Sheet, band: Band, sizes: _Sizes, top: float) -> None:
    """Draw kinases that stand side by side, from `top` on downwards."""
    start = _MARGIN + sizes.left
    cells = top + _KINASE + _ROLE + _names_height(band)
    tops, _ = _places(band.lines, sizes)
    before: Inhibitor | None = None
    for line, at in zip(band.lines, tops, strict=True):
        middle = cells + at + sizes.high / 2
        if before is None or before.heading != line.heading:
            sheet.text(start - 0.08, cells + at - _HEADING / 2 + 0.02, line.heading, sizes.label,
                       ha="right", fontweight="bold")  # fmt: skip
        changed = before is None or (before.heading, before.generation) != (
            line.heading, line.generation,
        )  # fmt: skip
        if changed and line.generation:
            sheet.text(_MARGIN, middle, line.generation, sizes.label - 1.5, color=MUTED)
        sheet.text(start - 0.08, middle, plain(line.label), sizes.label, ha="right",
                   color=INK if not line.names else MUTED)  # fmt: skip
        before = line
    for block in band.blocks:
        _draw_heads(sheet, block, sizes, start, top, cells)
        for line, at in zip(band.lines, tops, strict=True):
            _draw_line(sheet, block, line, sizes, start, cells + at)
        start += _block_width(block, sizes) + _BLOCK_GAP


def _draw_heads(
    sheet: Sheet, block: Block, sizes: _Sizes, start: float, top: float, cells: float
) -> None:
    """Draw the name of a kinase, its roles and its mutations."""
    sheet.text(start + _POSE, top + _KINASE / 2, plain(block.kinase), 10.5, fontweight="bold")
    first = 0
    for last in range(1, len(block.roles) + 1):
        if last < len(block.roles) and block.roles[last] == block.roles[first]:
            continue
        left, right = (start + _POSE + n * sizes.wide for n in (first, last))
        label = block.roles[first] or "not found"
        if width(label, 7) > right - left - 0.06:
            label = SHORT_ROLES.get(label, label)
        while len(label) > 2 and width(label, 7) > right - left:
            label = f"{label.rstrip('.')[:-1]}."
        sheet.text((left + right) / 2, top + _KINASE + 0.07, label, 7, ha="center", color=MUTED)
        sheet.line([left + 0.03, right - 0.03], [top + _KINASE + 0.17] * 2, MUTED)
        first = last
    for number, name in enumerate(block.mutations):
        sheet.text(start + _POSE + (number + 0.5) * sizes.wide, cells - 0.04,
                   "\n".join(_broken(name)), sizes.name, ha="center", va="bottom",
                   linespacing=0.95)  # fmt: skip


def _draw_line(
    sheet: Sheet, block: Block, line: Inhibitor, sizes: _Sizes, start: float, top: float
) -> None:
    """Draw the cells of an inhibitor, and where its pose is from."""
    left = start + _POSE
    if line.names:
        wide = len(block.mutations) * sizes.wide
        sheet.box(left + 0.015, top + 0.015, wide - 0.03, sizes.high - 0.03, None)
        return
    source = block.poses.get(line.label, "")
    if source:
        sheet.marker(left - _POSE / 2 + 0.02, top + sizes.high / 2, source)
    for number, name in enumerate(block.mutations):
        row = block.cells.get((line.label, name))
        if row is not None:
            _draw_cell(sheet, left + number * sizes.wide, top, sizes, row)


def _draw_cell(sheet: Sheet, x: float, y: float, sizes: _Sizes, row: Mapping[str, Any]) -> None:
    call = str(row["call"] or "")
    inactive = row["wt_active"] == "no" and row["status"] == "ok"
    colour = INACTIVE_COLOUR if inactive else CALL_COLOURS.get(call)
    # White lines part the cells.
    wide, high = sizes.wide - 0.03, sizes.high - 0.03
    # A pale cell on white paper needs its outline.
    edge = {"edgecolor": RULE} if call == "retained" and not inactive else {}
    sheet.box(x + 0.015, y + 0.015, wide, high, colour, **edge)
    mark = seen(row["evidence"])
    if mark:
        sheet.corner(x + 0.015 + wide, y + 0.015, _CORNER, SEEN_COLOURS[mark])
    ddg = row["ddg_kcal"]
    if row["status"] == "failed":
        text = "failed"
    elif ddg is None:
        return
    else:
        text = f"{ddg:+.1f}".replace("-", "\N{MINUS SIGN}")
        text = "0.0" if text[1:] == "0.0" else text
    sheet.text(
        x + sizes.wide / 2, y + sizes.high / 2, text, sizes.number - (text == "failed"),
        ha="center", va="center_baseline", color=MUTED if colour is None else INK,
        fontweight="bold" if call == "resistant" and not inactive else "normal",
        fontstyle="italic" if call == "sensitised" else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6} if colour is None else None,
    )  # fmt: skip
