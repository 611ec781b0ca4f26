"""The heat map: what is drawn, and that it reads without colour vision."""

from __future__ import annotations

from collections import Counter

import pytest
from matplotlib.colors import to_rgb

from trkstruct.errors import PlanError
from trkstruct.results import RESULTS_COLUMNS
from trkstruct.views import grid, plots


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


#: Linear RGB to what protanopes and deuteranopes see: Vienot, Brettel & Mollon 1999,
#: doi:10.1002/(SICI)1520-6378(199908)24:4<243::AID-COL5>3.0.CO;2-3.
DICHROMATS = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, -0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, -0.0), (-0.02234, 0.02234, 1.0)),
}


@pytest.mark.parametrize("vision", ["normal", *DICHROMATS])
def test_calls_differ_for_every_kind_of_vision(vision):
    import numpy as np
    from matplotlib.colors import to_rgb

    matrix = np.array(DICHROMATS.get(vision, np.eye(3)))
    seen = {}
    for call, colour in plots.CALL_COLOURS.items():
        linear = np.power(to_rgb(colour), 2.2)
        seen[call] = np.power(np.clip(matrix @ linear, 0, 1), 1 / 2.2)
    names = list(seen)
    for i, one in enumerate(names):
        for two in names[i + 1 :]:
            assert np.linalg.norm(seen[one] - seen[two]) > 0.2, f"{one} and {two}"
