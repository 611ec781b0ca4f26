"""The resistance profile of an inhibitor: a scan along the pocket as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any, Final

from ...ensembles import RT_KCAL
from ...errors import PlanError
from ...kinases import role
from ...thresholds import calibration
from ..grid import SHORT_ROLES
from ._palette import CALL_COLOURS, DDG_ANCHORS, INK, MUTED, NO_CALL_COLOUR, PALE, RULE
from ._sheet import Sheet, new_axes, page_of, plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["scan_profile"]

#: Amino acids by what their side chains are like, with what the group is called.
_GROUPS: Final = (
    ("GAVLIM", "aliphatic"), ("FYW", "aromatic"), ("PCSTNQ", "polar"), ("HKR", "basic"),
    ("DE", "acidic"),
)  # fmt: skip
#: Inches: a cell, the bars above the cells, what stands beside them.
_CELL: Final = 0.116
_ROW: Final = 0.138
_GROUP_GAP: Final = 0.045
_BARS: Final = 1.15
_MARGIN: Final = 0.16
_LEFT: Final = 0.62
_ROLES: Final = 0.34
_NUMBERS: Final = 0.44
_HEADROOM: Final = 0.36
_RIGHT: Final = 0.2
#: Inches that the key takes.
_NARROWEST: Final = 8.2
_FULL_KCAL: Final = 3.0

Rows = Sequence[Mapping[str, Any]]


def _colour(ddg: float) -> str:
    """Colour of a ddG between its two anchors."""
    from matplotlib.colors import to_hex, to_rgb

    values = [value for value, _ in DDG_ANCHORS]
    ddg = min(max(ddg, values[0]), values[-1])
    after = next(n for n, value in enumerate(values) if value >= ddg)
    if after == 0:
        return DDG_ANCHORS[0][1]
    (low, one), (high, two) = DDG_ANCHORS[after - 1], DDG_ANCHORS[after]
    share = (ddg - low) / (high - low)
    pairs = zip(to_rgb(one), to_rgb(two), strict=True)
    return str(to_hex([a + share * (b - a) for a, b in pairs]))


def _sentence(rows: Rows) -> str:
    """Say what the scan shows, counted from its rows."""
    single = [r for r in rows if r["nucleotide_changes_min"] == 1 and r["status"] == "ok"]
    lost = sorted((r for r in single if r["call"] == "resistant"), key=lambda r: -r["ddg_kcal"])
    about = f"{plain(str(rows[0]['ligand']))} in {plain(str(rows[0]['kinase'] or '?'))}"
    if not lost:
        return f"{about}: none of {len(single)} single-nucleotide changes is called resistant"
    names = list(dict.fromkeys(str(r["role"]) for r in lost))
    places = {n: sum(r["role"] == n for r in lost) for n in names}
    worst = max(places, key=lambda n: (places[n], -names.index(n)))
    return (
        f"{about}: {len(lost)} of {len(single)} single-nucleotide changes are called resistant, "
        f"most ({places[worst]}) in {worst}"
    )


def scan_profile(
    rows: Rows, *, title: str | None = None, size: str = "slide", ax: Axes | None = None
) -> Axes:
    """Draw the scan of one inhibitor: positions of the pocket across, amino acids down.

    The colour of a cell is the ddG; amino acids that one nucleotide's change may give have a dot.
    Bars above show the worst of those at each position, and names the worst of all.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of a scan of one complex, as `trkstruct.scans.scan` gives them.
    title : str, optional
        Title; the finding, counted from the rows, if not given.
    size : {"a4", "slide"}
        What the picture has to fit on: A4 is taken across.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    PlanError
        If there are no rows, if they are no scan of one complex, or if there is no such size.
    """
    page = page_of(size)
    if not rows:
        raise PlanError("There are no rows to show.")
    if "nucleotide_changes_min" not in rows[0]:
        raise PlanError(
            "A profile shows a scan, whose rows have the column nucleotide_changes_min; these "
            "have none. trkstruct.scans.scan makes one."
        )
    if len({(row["structure"], row["ligand"], row["chain"]) for row in rows if row["ligand"]}) > 1:
        raise PlanError("A profile shows one inhibitor in one structure; these rows are of more.")
    sentence = _sentence(rows) if title is None else title
    drawing = _Profile(rows, sentence)
    if page.fixed:
        # Cells as wide as the page allows.
        spare = drawing.height * page.width / page.height - drawing.width
        drawing = _Profile(rows, sentence, min(max(0.0, spare) / len(drawing.positions), _CELL))
        scale = min(page.width / drawing.width, page.height / drawing.height)
        wide, high = page.width / scale, page.height / scale
    else:
        # The long side of the page.
        scale = min(page.height / drawing.width, page.width / drawing.height)
        wide, high = drawing.width, drawing.height
    if ax is None:
        ax = new_axes(wide * scale, high * scale)
    else:
        scale = 1.0
    drawing.draw(Sheet(ax, wide, high, scale))
    return ax


class _Profile:
    """What is on the picture, in inches of its natural size."""

    def __init__(self, rows: Rows, title: str, wider: float = 0.0) -> None:
        self.cell = _CELL + wider
        self.columns: dict[int, list[Mapping[str, Any]]] = {}
        for row in rows:
            if row["klifs_position"] is not None:
                self.columns.setdefault(int(row["klifs_position"]), []).append(row)
        self.positions = sorted(self.columns)
        letters = "".join(group for group, _ in _GROUPS)
        #: Inches from the top of the cells to that of each amino acid's.
        self.rises: dict[str, float] = {}
        at = 0.0
        for group, _ in _GROUPS:
            for letter in group:
                self.rises[letter] = at
                at += _ROW
            at += _GROUP_GAP
        self.cells_high = len(letters) * _ROW + _GROUP_GAP * (len(_GROUPS) - 1)
        self.room = max(_NARROWEST, _LEFT + len(self.positions) * self.cell + _RIGHT)
        self.width = self.room + 2 * _MARGIN
        self.heading = wrapped(title, 10.5, self.room, "bold")
        self.bars_top = _MARGIN + 0.2 * len(self.heading) + 0.3 + _HEADROOM
        self.cells_top = self.bars_top + _BARS + _ROLES
        self.key_top = self.cells_top + self.cells_high + _NUMBERS + 0.1
        self.height = self.key_top + 0.62 + _MARGIN

    def _x(self, number: int) -> float:
        return _MARGIN + _LEFT + number * self.cell

    def draw(self, sheet: Sheet) -> None:
        """Draw all of it."""
        sheet.text(_MARGIN, _MARGIN, "\n".join(self.heading), 10.5, fontweight="bold", va="top")
        self._bars(sheet)
        self._roles(sheet)
        self._cells(sheet)
        self._key(sheet)

    def _worst(self) -> dict[int, Mapping[str, Any]]:
        """The worst single-nucleotide change at each position that has one with a call."""
        worst: dict[int, Mapping[str, Any]] = {}
        for position, rows in self.columns.items():
            near = [r for r in rows if r["nucleotide_changes_min"] == 1 and r["status"] == "ok"]
            if near:
                worst[position] = max(near, key=lambda r: float(r["ddg_kcal"]))
        return worst

    def _bars(self, sheet: Sheet) -> None:
        worst = self._worst()
        base = self.bars_top + _BARS
        tall = _BARS / _FULL_KCAL
        end = self._x(len(self.positions))
        sheet.text(
            _MARGIN,
            self.bars_top - _HEADROOM,
            "worst single-nucleotide change, ddG in kcal/mol",
            6.5,
            color=MUTED,
        )
        for value in range(int(_FULL_KCAL) + 1):
            y = base - value * tall
            sheet.line([self._x(0), end], [y, y], RULE, 0.4, zorder=0)
            sheet.text(self._x(0) - 0.06, y, f"{value:+d}" if value else "0", 6, ha="right",
                       color=MUTED)  # fmt: skip
        limits = calibration()
        for fold in (limits.reduced_fold, limits.resistant_fold):
            y = base - RT_KCAL * log(fold) * tall
            sheet.line([self._x(0), end], [y, y], MUTED, 0.6, ls=(0, (4, 3)), zorder=0)
            sheet.text(end + 0.03, y, f"{fold:g}x", 5.5, color=MUTED)
        for number, position in enumerate(self.positions):
            row = worst.get(position)
            if row is None or row["ddg_kcal"] <= 0:
                continue
            rise = min(float(row["ddg_kcal"]), _FULL_KCAL) * tall
            sheet.box(
                self._x(number) + 0.012,
                base - rise,
                self.cell - 0.024,
                rise,
                CALL_COLOURS[str(row["call"])],
                edgecolor=MUTED,
                linewidth=0.3 * sheet.scale,
            )
        self._names(sheet, worst, base, tall)

    def _names(
        self, sheet: Sheet, worst: Mapping[int, Mapping[str, Any]], base: float, tall: float
    ) -> None:
        """Name what costs affinity above its bar."""
        for number, position in enumerate(self.positions):
            row = worst.get(position)
            if row is None or row["call"] not in {"resistant", "reduced"}:
                continue
            text = plain(str(row["mutation_uniprot"] or row["mutation"]))
            rise = min(float(row["ddg_kcal"]), _FULL_KCAL) * tall
            sheet.text(self._x(number) + self.cell / 2, base - rise - 0.03, text, 6, ha="center",
                       va="bottom", rotation=90,
                       fontweight="bold" if row["call"] == "resistant" else "normal",
                       bbox={"facecolor": PALE, "edgecolor": "none", "pad": 0.2})  # fmt: skip

    def _roles(self, sheet: Sheet) -> None:
        """Name the parts of the pocket between bars and cells."""
        y = self.bars_top + _BARS + 0.1
        parts: list[list[Any]] = []
        for number, position in enumerate(self.positions):
            name = role(position)
            if parts and parts[-1][0] == name:
                parts[-1][2] = number + 1
            else:
                parts.append([name, number, number + 1])
        high = False
        for name, first, last in parts:
            left, right = self._x(first), self._x(last)
            sheet.line([left + 0.015, right - 0.015], [y + 0.15] * 2, MUTED, 0.8)
            short = SHORT_ROLES.get(name, name)
            # Narrow parts beside one another are named in two heights.
            tight = width(short, 5.5) > right - left - 0.02
            high = tight and not high
            sheet.text((left + right) / 2, y + (0.01 if high else 0.085), short, 5.5, ha="center",
                       color=INK)  # fmt: skip

    def _cells(self, sheet: Sheet) -> None:
        end = self._x(len(self.positions))
        for group, name in _GROUPS:
            top = self.cells_top + self.rises[group[0]]
            sheet.text(_MARGIN, top + len(group) * _ROW / 2, name, 6, color=MUTED)
            for letter in group:
                y = self.cells_top + self.rises[letter] + _ROW / 2
                sheet.text(self._x(0) - 0.05, y, letter, 6.5, ha="right")
                sheet.text(end + 0.05, y, letter, 6.5, color=MUTED)
        for number, position in enumerate(self.positions):
            x = self._x(number)
            rows = self.columns[position]
            wild_type = str(rows[0]["mutation"])[0]
            for row in rows:
                self._cell(sheet, x, self.cells_top + self.rises[str(row["mutation"])[-1]], row)
            if wild_type in self.rises:
                y = self.cells_top + self.rises[wild_type]
                sheet.text(
                    x + self.cell / 2, y + _ROW / 2, wild_type, 5.5, ha="center", color=MUTED
                )
            uniprot = rows[0]["uniprot_position"]
            label = f"{wild_type}{uniprot}" if uniprot else str(rows[0]["mutation"])[:-1]
            sheet.text(x + self.cell / 2, self.cells_top + self.cells_high + 0.05, label, 5.5,
                       ha="center", va="top", rotation=90)  # fmt: skip

    def _cell(self, sheet: Sheet, x: float, y: float, row: Mapping[str, Any]) -> None:
        ddg = row["ddg_kcal"]
        called = row["status"] == "ok" and ddg is not None
        look: dict[str, Any] = {"edgecolor": PALE, "linewidth": 0.35 * sheet.scale}
        if not called:
            look = {"facecolor": NO_CALL_COLOUR, "hatch": None, **look}
        sheet.box(x, y, self.cell, _ROW, _colour(float(ddg)) if called else None, **look)
        if row["nucleotide_changes_min"] == 1:
            sheet.dot(x + self.cell / 2, y + _ROW / 2, 1.7, INK if called else "#9A9A9A")

    def _key(self, sheet: Sheet) -> None:
        low, high = DDG_ANCHORS[0][0], DDG_ANCHORS[-1][0]
        left, y, each, steps = _MARGIN, self.key_top, 0.03, 60
        for n in range(steps):
            value = low + (high - low) * (n + 0.5) / steps
            sheet.box(left + n * each, y, each * 1.15, 0.12, _colour(value), linewidth=0)
        for value in range(int(low), int(high) + 1):
            x = left + (value - low) / (high - low) * steps * each
            text = f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"
            sheet.text(x, y + 0.2, text, 6, ha="center", color=MUTED)
        x = left + steps * each + 0.12
        for text, kind in (
            ("ddG in kcal/mol, positive = weaker binding", ""),
            ("one nucleotide away at best", "dot"),
            ("no call", "none"),
            ("wild type", "letter"),
        ):
            if kind == "dot":
                sheet.dot(x + 0.05, y + 0.06, 2.2, INK)
            elif kind == "none":
                sheet.box(x, y, 0.12, 0.12, NO_CALL_COLOUR, linewidth=0)
            elif kind == "letter":
                sheet.text(x + 0.05, y + 0.06, "G", 6, ha="center", color=MUTED)
            start = x + (0.16 if kind else 0.0)
            sheet.text(start, y + 0.06, text, 6.5)
            x = start + width(text, 6.5) + 0.2
        note = (
            "Computed, not measured. The nucleotide count is over all codons of the wild type: the "
            "gene's own codon may need more. Positions are those of the KLIFS pocket, with the "
            "numbers of UniProt."
        )
        lines = wrapped(note, 6, self.room)
        sheet.text(left, y + 0.34, "\n".join(lines), 6, va="top", color=MUTED)
