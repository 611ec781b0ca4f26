"""The heat map: what is drawn, and that it reads without colour vision."""

from __future__ import annotations

import pytest

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
    cells = [p for p in ax.patches if p.get_width() > 0.9]
    assert len(cells) == len(ROWS)
    assert sum(p.get_hatch() is not None for p in cells) == 2


def test_names_tell_structures_and_models_apart(ax):
    assert {"a drug", "b (2XP2)", "b (3AOX)*"} <= set(texts(ax))
    assert any("* the pose is a model" in text for text in texts(ax))


def test_the_title_is_the_finding(ax):
    assert ax.get_title(loc="left") == (
        "Solvent-front mutations cost most: 1 of 3 pairs resistant (1 of 4 overall)"
    )
    own = plots.cross_resistance_map(ROWS, title="Mine")
    assert own.get_title(loc="left") == "Mine"


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
