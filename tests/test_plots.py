"""Plots: what is drawn, that it fits its page, and that it reads without colour vision."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import trkstruct as ts
from trkstruct.errors import PlanError
from trkstruct.kinases import role
from trkstruct.panels import CrossResistance
from trkstruct.residues import AMINO_ACIDS
from trkstruct.results import RESULTS_COLUMNS
from trkstruct.scans import nucleotide_changes
from trkstruct.views import grid, plots
from trkstruct.views.plots import _profile
from trkstruct.views.plots._palette import NO_CALL_COLOUR, SEEN_COLOURS

MINUS_ONE = "\N{MINUS SIGN}1.0"


def row(**known):
    base = dict.fromkeys(RESULTS_COLUMNS) | {
        "kinase": "TRKA", "ligand": "a drug", "structure": "1ABC_x", "mutation": "G595R",
        "role": "solvent-front", "uniprot_position": 595, "ddg_kcal": 2.96, "call": "resistant",
        "status": "ok", "pose_source": "experimental",
    }  # fmt: skip
    return base | known


ROWS = [
    row(),
    row(mutation="F589L", role="gatekeeper", uniprot_position=589, ddg_kcal=-0.04,
        call="retained"),
    row(mutation="A608D", role="outside pocket", uniprot_position=608, ddg_kcal=0.0,
        call="abstain", status="abstained"),
    row(mutation="W1A", role=None, uniprot_position=None, ddg_kcal=None, call=None,
        status="failed"),
    row(kinase="ALK", ligand="b", structure="2XP2_x", mutation="G1202R", ddg_kcal=-1.2,
        call="sensitised", uniprot_position=1202),
    row(kinase="ALK", ligand="b", structure="3AOX_x", mutation="G1202R", ddg_kcal=0.9,
        call="reduced", uniprot_position=1202, pose_source="modelled"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ax():
    return plots.cross_resistance_map(ROWS)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_pair_has_its_number(ax):
    assert {"+3.0", "0.0", "failed", "\N{MINUS SIGN}1.2", "+0.9"} <= set(texts(ax))


def test_calls_are_colours_and_no_call_is_hatched(ax):
    cells = [p for p in ax.patches if p.get_height() > 0.2]
    assert len(cells) == len(ROWS)
    assert sum(p.get_hatch() is not None for p in cells) == 2
    colours = [p.get_facecolor()[:3] for p in cells if p.get_hatch() is None]
    assert set(colours) == {to_rgb(plots.CALL_COLOURS[c]) for c in plots.CALL_COLOURS}


def test_names_tell_structures_apart(ax):
    assert {"a drug", "b (2XP2)", "b (3AOX)"} <= set(texts(ax))


def test_markers_say_where_poses_are_from(ax):
    assert {"pose observed", "pose from a model"} <= set(texts(ax))
    assert not any("docked" in text for text in texts(ax)), "only what is there is explained"
    shapes = Counter(line.get_marker() for line in ax.lines if line.get_linestyle() == "None")
    assert shapes == {"o": 2 + 1, "^": 1 + 1}, "one each, and one in the key"


def test_the_title_is_the_finding(ax):
    assert " ".join(ax.get_title(loc="left").split()) == (
        "Solvent-front mutations cost most: 1 of 3 pairs resistant (1 of 4 overall)"
    )
    own = plots.cross_resistance_map(ROWS, title="Mine")
    assert own.get_title(loc="left") == "Mine"


def test_the_picture_is_filled_from_left_to_right(ax):
    """No empty half beside the cells, whatever the number of columns."""
    wide, _ = ax.figure.get_size_inches()
    right = max(p.get_x() + p.get_width() for p in ax.patches)
    assert right > 0.8 * wide


def test_inhibitors_stand_by_type_and_generation_the_reference_first():
    def named(name, kind):
        return row(ligand=name, binding_type=kind, ligand_smiles=name)

    listed = [
        named("cabozantinib", "II"), named("NVL-655", "I"), named("mine", None),
        named("selitrectinib", "I"), named("larotrectinib", "I"), named("crizotinib", "I"),
    ]  # fmt: skip
    (band,) = grid.bands(listed)
    assert [line.label for line in band.lines] == [
        "larotrectinib", "selitrectinib", "crizotinib", "NVL-655", "cabozantinib", "mine",
    ]  # fmt: skip
    assert [line.heading for line in band.lines][3:] == ["type I", "type II", "type not told"]
    assert band.lines[1].generation == "2nd gen. TRK"
    (band,) = grid.bands(listed, "crizotinib")
    assert (band.lines[0].label, band.lines[0].heading) == ("crizotinib", "reference")


def test_kinases_with_the_same_inhibitors_stand_side_by_side():
    other = [{**r, "kinase": "TRKC"} for r in ROWS[:4]]
    together, alone = grid.bands([*ROWS, *other])
    assert [block.kinase for block in together.blocks] == ["TRKA", "TRKC"]
    assert together.columns == 8 and alone.blocks[0].kinase == "ALK"
    assert len(grid.bands([*ROWS[:4], *other], most=7)) == 2


def test_inhibitors_without_any_number_share_a_line_for_each_reason():
    silent = {"ddg_kcal": None, "call": "abstain", "status": "abstained", "pose_source": None}
    rows = [
        *ROWS[:4],
        row(ligand="x", reasons="x is not public. Give it.", **silent),
        row(ligand="y", reasons="y is not public. Give it.", **silent),
        row(ligand="z", reasons="z does not fit.", **silent),
    ]
    (band,) = grid.bands(rows)
    assert [line.label for line in band.lines] == ["a drug", "2 inhibitors", "z"]
    assert band.lines[1].names == ("x", "y")
    said = texts(plots.cross_resistance_map(rows))
    assert {"No answer for x, y: x is not public.", "z does not fit."} <= set(said)


def test_two_ligands_of_one_name_are_two_lines():
    (band,) = grid.bands([row(ligand_smiles="CO"), row(ligand_smiles="CCO", ddg_kcal=0.1)])
    assert [line.label for line in band.lines] == ["a drug", "a drug #2"]


def test_mutations_stand_by_role_and_kinases_in_their_order():
    trka, alk = grid.blocks([*ROWS[4:], *ROWS[:4]])
    assert (trka.kinase, alk.kinase) == ("TRKA", "ALK")
    assert trka.mutations == ["G595R", "F589L", "A608D", "W1A"]


def test_it_draws_where_it_is_told(ax):
    from matplotlib.figure import Figure

    own = Figure().add_subplot()
    assert plots.cross_resistance_map(ROWS, ax=own) is own


def test_a_picture_is_written(ax, tmp_path):
    plots.save(ax, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_nothing_lies_outside_the_picture(ax):
    figure = ax.figure
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    for text in [*ax.texts, ax._left_title]:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text


def test_nothing_to_draw():
    with pytest.raises(PlanError, match="no rows to show"):
        plots.cross_resistance_map([])


#: Linear RGB to what people see who lack one kind of cone: Machado, Oliveira & Fernandes 2009,
#: doi:10.1109/TVCG.2009.113, table 1 at severity 1.0.
DICHROMATS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
#: sRGB (IEC 61966-2-1) to CIE XYZ under D65, and its white.
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750),
          (0.0193339, 0.1191920, 0.9503041))  # fmt: skip
WHITE = (0.95047, 1.0, 1.08883)


def seen_as(colour, vision):
    """CIE Lab of a colour as somebody sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(DICHROMATS.get(vision, np.eye(3))) @ linear, 0, 1)
    x = np.array(TO_XYZ) @ linear / np.array(WHITE)
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_lab_is_lab():
    """White, black and red as the CIE has them."""
    assert seen_as("white", "normal") == pytest.approx([100, 0, 0], abs=0.02)
    assert seen_as("black", "normal") == pytest.approx([0, 0, 0], abs=0.02)
    assert seen_as("#FF0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    # Red and green that a deuteranope takes for one another.
    one, two = (seen_as(c, "deuteranopia") for c in ("#A04000", "#5A5A00"))
    assert np.linalg.norm(one - two) < 20
    one, two = (seen_as(c, "normal") for c in ("#A04000", "#5A5A00"))
    assert np.linalg.norm(one - two) > 40


@pytest.mark.parametrize("vision", ["normal", *DICHROMATS])
def test_calls_differ_for_every_kind_of_vision(vision):
    """A difference of 2.3 is just seen side by side; across a page it has to be much more."""
    colours = plots.CALL_COLOURS | {"inactive": plots.INACTIVE_COLOUR}
    for one, two in combinations(colours, 2):
        apart = np.linalg.norm(seen_as(colours[one], vision) - seen_as(colours[two], vision))
        assert apart > 20, f"{one} and {two}: {apart:.0f}"
    # What was seen is told by lightness alone.
    light = [seen_as(SEEN_COLOURS[key], vision)[0] for key in ("lost", "between", "kept")]
    assert light[1] - light[0] > 30 and light[2] - light[1] > 30


@pytest.mark.parametrize("vision", ["normal", *DICHROMATS])
def test_the_scale_of_a_profile_keeps_its_order_and_its_sides_apart(vision):
    colours = [seen_as(_profile._colour(ddg), vision) for ddg in np.linspace(-2, 3, 21)]
    steps = [np.linalg.norm(b - a) for a, b in pairwise(colours)]
    assert min(steps) > 3
    light = [colour[0] for colour in colours]
    top = light.index(max(light))
    assert top == 8, "zero is the lightest"
    assert light[:9] == sorted(light[:9]) and light[8:] == sorted(light[8:], reverse=True)
    for gain, cost in zip(colours[7::-1], colours[9:], strict=False):
        assert np.linalg.norm(gain - cost) > 8


# --- pages


def many(inhibitors, mutations=5, kinases=("TRKA", "TRKB", "TRKC"), **known):
    """A matrix of so many rows, with every call in it."""
    ddg = {"resistant": 2.4, "reduced": 1.0, "retained": 0.1, "sensitised": -1.0}
    calls = list(ddg)
    return [
        row(kinase=name, ligand=f"inhibitor {i:03d}", ligand_smiles=f"{i}", structure="1ABC",
            mutation=f"G{500 + m}R", uniprot_position=500 + m, call=calls[(i + m) % 4],
            ddg_kcal=ddg[calls[(i + m) % 4]], **known)
        for name in kinases for i in range(inhibitors) for m in range(mutations)
    ]  # fmt: skip


def sizes_of(ax):
    """Points of the numbers in the cells."""
    return {t.get_fontsize() for t in ax.texts if t.get_text() in {"+2.4", "+0.1", "+1.0"}}


def outside(ax):
    """Texts that are not wholly in the picture."""
    ax.figure.draw_without_rendering()
    wide, high = ax.figure.canvas.get_width_height()
    boxes = {text: text.get_window_extent() for text in [*ax.texts, ax._left_title]}
    return [
        text.get_text() for text, box in boxes.items()
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > wide + 0.5 or box.y1 > high + 0.5
    ]  # fmt: skip


@pytest.mark.parametrize("size", list(plots.PAGES))
@pytest.mark.parametrize("rows", [
    pytest.param(many(33), id="library"),
    pytest.param(many(3, mutations=1, kinases=("TRKA",)), id="small"),
    pytest.param(many(120, mutations=2), id="series"),
    pytest.param(many(4, mutations=70, kinases=("TRKA",)), id="all-substitutions"),
])  # fmt: skip
def test_pages_are_readable_and_show_every_row_once(rows, size):
    page = plots.PAGES[size]
    pages = list(plots.cross_resistance_pages(rows, size=size))
    shown = 0
    for ax in pages:
        wide, high = ax.figure.get_size_inches()
        assert wide <= page.width + 1e-6 and high <= page.height + 1e-6
        if page.fixed:
            assert wide / high == pytest.approx(16 / 9)
        (points,) = sizes_of(ax)
        assert points >= page.least_points - 1e-6
        shown += sum(t.get_text() in {"+2.4", "+0.1", "+1.0", MINUS_ONE} for t in ax.texts)
        assert not outside(ax)
    assert shown == len(rows)
    numbered = [t for ax in pages for t in texts(ax) if t.endswith(f" of {len(pages)}")]
    assert len(numbered) == (len(pages) if len(pages) > 1 else 0)


def test_the_library_takes_one_page_of_paper_and_few_slides():
    rows = many(33)
    assert len(list(plots.cross_resistance_pages(rows))) == 1
    assert len(list(plots.cross_resistance_pages(rows, size="slide"))) <= 4
    (points,) = sizes_of(plots.cross_resistance_map(rows))
    assert points >= 6


def test_one_picture_holds_all_of_it_however_small():
    rows = many(120)
    ax = plots.cross_resistance_map(rows, size="slide")
    assert tuple(ax.figure.get_size_inches()) == pytest.approx((40 / 3, 7.5))
    assert sum(t.startswith("inhibitor ") for t in texts(ax)) == 120
    assert not outside(ax)


def test_a_size_that_does_not_exist():
    with pytest.raises(PlanError, match="one of a4, slide, not 'letter'"):
        plots.cross_resistance_map(ROWS, size="letter")
    with pytest.raises(PlanError, match="not 'letter'"):
        list(plots.cross_resistance_pages(ROWS, size="letter"))


# --- what was seen, and what is not active


def test_what_was_seen_is_read_as_evidence_writes_it():
    from trkstruct.evidence import columns

    def told(mutation, inhibitor, kinase="TRKA"):
        return grid.seen(columns(kinase, mutation, inhibitor, None)["evidence"])

    assert told("G595R", "larotrectinib") == "lost"
    assert told("G623R", "selitrectinib", "TRKC") == "kept"
    assert told("G595R", "selitrectinib") == "between", "3.3-fold"
    assert told("G623R", "repotrectinib", "TRKC") == "between", "21-fold, and reported sensitive"
    assert told("F589L", "AZ-23") == grid.seen(None) == grid.seen("") == ""
    assert grid.seen("measured > 12-fold, cellular (x)") == "lost"
    assert grid.seen("measured > 2-fold, cellular (x)") == "", "a bound may leave it open"
    assert grid.seen("measured < 2-fold, cellular (x)") == "kept"
    assert grid.seen("wild type: values from 0.47 to 2 nM") == ""


def test_what_was_seen_is_a_mark_in_the_corner():
    told = "reported {} (doi:10.1000/x)".format
    ax = plots.cross_resistance_map([
        row(evidence=told("resistant")), row(mutation="F589L", evidence=told("sensitive")),
        row(mutation="G667C"),
    ])  # fmt: skip
    marks = Counter(p.get_facecolor()[:3] for p in ax.patches if type(p).__name__ == "Polygon")
    assert marks == {to_rgb(SEEN_COLOURS["lost"]): 2, (1.0, 1.0, 1.0): 2}, "each, and in the key"
    assert "measured or reported: resistant" in texts(ax)
    assert "3 to 10-fold, or contradictory" not in texts(ax)


def test_inhibitors_that_are_not_active_are_grey():
    ax = plots.cross_resistance_map([row(wt_active="no"), row(mutation="F589L", wt_active="yes")])
    faces = Counter(p.get_facecolor()[:3] for p in ax.patches)
    assert faces[to_rgb(plots.INACTIVE_COLOUR)] == 2, "the cell, and the key"
    assert faces[to_rgb(plots.CALL_COLOURS["resistant"])] == 2
    assert "not active on the wild type" in texts(ax)
    assert "not active on the wild type" not in texts(plots.cross_resistance_map([row()]))


def test_names_do_no_harm(tmp_path):
    """Formulas, tags, line breaks, and names without an end are shown as text."""
    evil = ["<script>alert(1)</script>", r"$\frac{1}{0}$ $x$", "two\nlines\tand", "C" * 300]
    rows = [row(ligand=name, ligand_smiles=name) for name in evil]
    rows.append(row(ligand="x", mutation="$\\undefined$", kinase="$K$ <b>", status="failed",
                    ddg_kcal=None, call=None, role=None, uniprot_position=None))  # fmt: skip
    ax = plots.cross_resistance_map(rows, title="$\\oops$ <b>")
    plots.save(ax, tmp_path / "x.svg")
    assert "<script>" not in (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert not outside(ax)
    assert "two lines and" in texts(ax) and evil[0] in texts(ax)
    (long,) = [t for t in texts(ax) if t.startswith("CCCC")]
    assert len(long) < 40 and "\N{HORIZONTAL ELLIPSIS}" in long


# --- the profile of a scan


def scanned(**known):
    """Positions of a pocket with their substitutions, as a scan has them."""
    rows = []
    for position, wild_type in ((1, "W"), (45, "F"), (51, "G"), (80, "G")):
        for letter in AMINO_ACIDS.replace(wild_type, ""):
            near = nucleotide_changes(wild_type, letter)
            ddg = 2.2 if (position, letter) == (51, "R") else 1.0 if position == 80 else 0.0
            rows.append(
                row(mutation=f"{wild_type}{500 + position}{letter}", klifs_position=position,
                    mutation_uniprot=f"{wild_type}{500 + position}{letter}",
                    uniprot_position=500 + position, role=role(position), ddg_kcal=ddg,
                    call="resistant" if ddg > 2 else "reduced" if ddg else "retained",
                    nucleotide_changes_min=near, chain="A", **known)
            )  # fmt: skip
    return rows


def test_a_profile_has_every_substitution_and_marks_what_is_one_nucleotide_away():
    rows = scanned()
    for r in rows[:19]:
        r.update(status="abstained", call="abstain")
    ax = plots.scan_profile(rows, size="a4")
    cells = [p for p in ax.patches if p.get_height() == pytest.approx(_profile._ROW)]
    assert len(cells) == 4 * 19
    silent = [p for p in cells if p.get_facecolor()[:3] == to_rgb(NO_CALL_COLOUR)]
    assert len(silent) == 19
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(dots) == 1 + sum(r["nucleotide_changes_min"] == 1 for r in rows)
    # Dots lie in cells.
    for dot in dots[:-1]:
        (x,), (y,) = dot.get_data()
        assert sum(p.contains_point(ax.transData.transform((x, y))) for p in cells) == 1
    shown = texts(ax)
    assert {"W501", "F545", "G551", "G580"} <= set(shown), "positions, with their UniProt numbers"
    assert "G551R" in shown, "the worst are named"
    assert ax.texts[0].get_text().replace("\n", " ") == (
        "a drug in TRKA: 1 of 22 single-nucleotide changes are called resistant, most (1) in "
        "solvent-front"
    )
    assert not [t for t in outside(ax) if t]


@pytest.mark.parametrize("size", list(plots.PAGES))
def test_a_profile_fits_on_its_page(size):
    wide, high = plots.scan_profile(scanned(), size=size).figure.get_size_inches()
    if size == "slide":
        assert (wide, high) == pytest.approx((40 / 3, 7.5))
    else:
        assert wide <= 11.3 and high <= 7.9


def test_what_has_no_profile():
    with pytest.raises(PlanError, match="no rows to show"):
        plots.scan_profile([])
    with pytest.raises(PlanError, match=r"nucleotide_changes_min; these have none"):
        plots.scan_profile(ROWS)
    two = [*scanned(), *scanned(ligand="another")]
    with pytest.raises(PlanError, match="one inhibitor in one structure"):
        plots.scan_profile(two)


def test_a_panel_is_drawn_as_what_it_is():
    scan = CrossResistance(tuple(scanned()))
    assert "one nucleotide away at best" in texts(scan.plot())
    panel = CrossResistance(tuple(ROWS))
    assert "one nucleotide away at best" not in texts(panel.plot())
    assert tuple(panel.plot(size="slide").figure.get_size_inches()) == pytest.approx((40 / 3, 7.5))
    assert len(list(panel.pages("slide"))) == 1


# --- the waterfall


@pytest.fixture(scope="module")
def calls():
    cx = ts.load("7VKO").complex(ts.ligand("larotrectinib"))
    return {name: ts.resistance(cx, name) for name in ("G595R", "V573A", "A608D")}


@pytest.mark.parametrize("name", ["G595R", "V573A", "A608D"])
def test_the_steps_of_a_waterfall_add_up(calls, name):
    call = calls[name]
    ax = call.plot()
    *steps, total = ax.patches
    assert [label.get_text() for label in ax.get_xticklabels()][-1] == "ddG"
    assert len(steps) == len(call.contributions) == 6
    at = 0.0
    for step, value in zip(steps, call.contributions.values(), strict=True):
        assert step.get_y() == pytest.approx(at) and step.get_height() == pytest.approx(value)
        at += value
    assert total.get_y() == 0 and total.get_height() == pytest.approx(at, abs=0.01)
    low, high = ax.get_ylim()
    assert low <= min(0.0, at) and max(0.0, at) < high
    if call.call == "abstain":
        assert total.get_hatch() and "no prediction" in ax.get_title(loc="left")
    else:
        assert total.get_facecolor()[:3] == to_rgb(plots.CALL_COLOURS[call.call])
        assert call.call in ax.get_title(loc="left")
        assert low < call.ddg_low_kcal or call.ddg_low_kcal > 0
        assert call.ddg_high_kcal < high
    assert not outside(ax)
