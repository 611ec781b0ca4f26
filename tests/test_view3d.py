"""3D views: what is in them, where 3Dmol.js comes from, and what a real browser makes of them."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct.cli import main
from trkstruct.errors import DataError, PlacementError
from trkstruct.views import _frame, _scene, _script, view3d
from trkstruct.views.pymol import clashes

EVIL = "<script>alert(1)</script>\"'</script><!--<b>"


@pytest.fixture(scope="module")
def fits():
    """A complex as it was solved."""
    return ts.load("7VKO").complex()


@pytest.fixture(scope="module")
def complex_():
    """An inhibitor that loses to the mutation, placed in the same structure."""
    return ts.load("7VKO").complex(ts.ligand("larotrectinib"))


@pytest.fixture(scope="module")
def mutant(complex_):
    return complex_.mutate("G595R")


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine without 3Dmol.js."""
    monkeypatch.setattr(_script, "_PACKAGE", tmp_path / "package")
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(_script.ENVIRONMENT, raising=False)
    return tmp_path


# --- what is shown


def test_clashes_are_marked_where_the_atoms_are(complex_, mutant):
    frame = _frame.frame_of(complex_, mutant)
    panel = _scene.panel_of(complex_, mutant, frame)
    rows = sorted(clashes(mutant), key=lambda row: -row["overlap_ang"])
    discs = [c for c in panel.cylinders if c["radius"] >= 0.2]
    assert 4 < panel.clashes == len(discs) <= min(len(rows), _scene._MOST_CLASHES)
    ligand = frame(complex_.ligand_atoms.coords)
    for disc in discs:
        middle = np.array([(disc["start"][a] + disc["end"][a]) / 2 for a in "xyz"])
        # Half of two radii of at most 2 A each.
        assert np.linalg.norm(ligand - middle, axis=1).min() < 2.0
    figures = [float(text.split()[0]) for text, _ in panel.labels if text.endswith(" Å")]
    assert figures == sorted(figures, reverse=True) and len(figures) == 4
    assert figures[0] <= round(rows[0]["overlap_ang"], 1)
    bare = _scene.panel_of(complex_, mutant, frame, clashes=False)
    assert bare.clashes == 0 and not [c for c in bare.cylinders if c["radius"] >= 0.2]


def test_frame_is_a_rigid_motion(complex_, mutant):
    frame = _frame.frame_of(complex_, mutant)
    assert np.allclose(frame.rotation @ frame.rotation.T, np.eye(3))
    assert np.linalg.det(frame.rotation) == pytest.approx(1.0)
    # The thinnest axis of what is looked at points to the reader.
    spread = frame(complex_.ligand_atoms.coords).std(axis=0)
    assert spread[0] > spread[2]


def test_labels_name_the_mutation_and_the_landmarks_and_do_not_cover_one_another(complex_, mutant):
    panel = _scene.panel_of(complex_, mutant, _frame.frame_of(complex_, mutant))
    texts = [text for text, _ in panel.labels]
    assert {"G595R", "GK F589", "xDFG G667"} <= set(texts)
    places = [(s["position"]["x"], s["position"]["y"]) for _, s in panel.labels]
    for number, (x, y) in enumerate(places):
        for other, (u, v) in enumerate(places[:number]):
            assert abs(x - u) > 1.0 or abs(y - v) > 1.0, (texts[number], texts[other])
    gate = complex_.mutate("F589L")
    panel = _scene.panel_of(complex_, gate, _frame.frame_of(complex_, gate))
    assert "F589L GK" in [text for text, _ in panel.labels]


def test_conformers_fade_with_their_weight(complex_, mutant):
    panel = _scene.panel_of(complex_, mutant, _frame.frame_of(complex_, mutant))
    drawn = _scene._drawn(mutant, 0)
    assert 2 <= len(drawn) <= 4
    # After the inhibitor and the wild-type residue.
    shown = [model.styles[0][1]["stick"].get("opacity", 1.0) for model in panel.models[2:-2]]
    assert len(shown) == len(drawn) and shown[0] == 1.0
    assert shown == sorted(shown, reverse=True) and shown[-1] < 1.0


def test_every_pocket_residue_has_the_colour_of_its_region(fits):
    panel = _scene.panel_of(fits, None, _frame.frame_of(fits))
    assert panel.regions == tuple(_scene.REGIONS)
    pocket = panel.models[-2]
    atoms = [line for line in pocket.text.splitlines() if line.startswith("ATOM")]
    colour = {
        serial: style["stick"]["color"]
        for chosen, style in pocket.styles
        for serial in chosen["serial"]
    }
    assert sorted(colour) == list(range(1, len(atoms) + 1))
    gate = {
        colour[int(line[6:11])] for line in atoms if line[17:20] == "PHE" and line[22:26] == " 589"
    }
    assert gate == {_scene.REGIONS["gatekeeper"][0]}


def test_a_protein_that_is_no_kinase_shows_what_is_near(monkeypatch):
    from trkstruct.complexes import Complex

    cx = ts.load("7VKO").complex()
    near = {residue.id.number for residue in cx.near(6.0)}
    unknown = replace(cx.numbering, kinase=None)
    monkeypatch.setattr(Complex, "numbering", property(lambda self: unknown))
    panel = _scene.panel_of(cx, None, _frame.frame_of(cx))
    lines = [line for line in panel.models[-2].text.splitlines() if line.startswith("ATOM")]
    assert {int(line[22:26]) for line in lines} == near
    assert panel.regions == () and panel.labels == () and panel.host == "(7VKO)"


def test_regions_cover_the_klifs_pocket():
    from trkstruct.kinases import klifs_region

    parts = [region for _, regions in _scene.REGIONS.values() for region in regions]
    assert sorted(parts) == sorted({klifs_region(position) for position in range(1, 86)})


def test_colours_stay_apart_without_red_green_vision():
    # Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1.
    blind = {
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                   [-0.011820, 0.042940, 0.968881]],
    }  # fmt: skip
    marks = [_scene.COLOURS[k] for k in ("inhibitor", "wild type", "mutant", "clash")]
    marks.append(_scene.COLOURS["lost hydrogen bond"])
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in marks])
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    for kind, matrix in blind.items():
        seen = np.clip(linear @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
        assert apart[np.triu_indices(len(marks), 1)].min() > 0.15, kind


def test_lost_hydrogen_bonds():
    """MET's catalytic lysine holds foretinib's carbonyl (3LQ8); alanine cannot."""
    held = ts.load("3LQ8").complex()
    ((where, name, atom, at, there),) = _scene.lost_hydrogen_bonds(held.mutate("K1110A"))
    assert (where, name, atom) == ("A:1110", "NZ", "O36")
    assert np.linalg.norm(at - there) == pytest.approx(2.96, abs=0.05)
    frame = _frame.frame_of(held)
    panel = _scene.panel_of(held, held.mutate("K1110A"), frame)
    dashes = [c for c in panel.cylinders if c["color"] == _scene.COLOURS["lost hydrogen bond"]]
    assert panel.hydrogen_bonds == 1 and [c for c in dashes if c.get("dashed")]
    assert "H-bond lost" in [text for text, _ in panel.labels]
    # A valine that gives nothing loses nothing.
    assert not _scene.lost_hydrogen_bonds(held.mutate("L1157V"))


def test_a_grid_is_one_context_on_one_frame(mutant, fits):
    other = ts.load("4YNE").complex(ts.ligand("larotrectinib"))
    made = view3d.compare([mutant, fits.mutate("G595R"), other.mutate("G595R")], columns=2)
    assert (made.rows, made.columns) == (2, 2)
    html = made.fragment()
    assert html.count("createViewerGrid") == 1 and "rows: 2, cols: 2" in html
    # The pocket of another structure lies on the first.
    frame = _frame.frame_of(mutant.complex, mutant)
    moved = _frame.onto(mutant.complex, other, frame)
    alphas = [
        f(cx.structure.atoms(cx.structure.residue(cx.numbering.at_klifs(45)))["CA"])
        for cx, f in ((mutant.complex, frame), (other, moved))
    ]
    assert np.linalg.norm(alphas[0] - alphas[1]) < 1.5
    with pytest.raises(DataError, match="nothing to show"):
        view3d.compare([])


def test_what_cannot_be_laid_on_one_another_is_said(monkeypatch, mutant):
    monkeypatch.setattr(_frame, "pocket_frame", lambda structure, chain: {})
    other = ts.load("4YNE").complex()
    with pytest.raises(PlacementError, match="7VKO and 4YNE cannot be shown side by side"):
        view3d.compare([mutant, other])


def test_a_call_is_titled_with_what_it_says(complex_):
    call = ts.resistance(complex_, "G595R")
    panel = call.view().panels[0]
    assert panel.title == "larotrectinib, TRKA G595R (7VKO)"
    assert panel.note == f"{call.call}, ddG {call.ddg_kcal:+.1f} kcal/mol"
    assert complex_.view().panels[0].note == "template pose"
    assert complex_.mutate("G595R").view(clashes=False).panels[0].clashes == 0


def test_mutations_to_glycine_and_proline_and_several_at_once(fits):
    for text in ("F589G", "V524P", "G595R+F589L"):
        made = fits.mutate(text).view()
        assert text in made.title and len(made.panels[0].focus) >= 3


def test_to_py3dmol_is_py3dmol(mutant):
    import py3Dmol

    made = mutant.view().to_py3dmol()
    assert isinstance(made, py3Dmol.view) and "addCylinder" in made.updatejs


# --- harm


def test_names_do_no_harm(fits, script):
    bad = replace(fits, ligand=replace(fits.ligand, name=EVIL))
    page = bad.mutate("G595R").view().to_html()
    body = page.split("<body>")[1]
    assert "alert(1)</script>" not in body and '<b>"' not in body
    assert body.count("<script>") == body.count("</script>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


def test_nothing_in_data_ends_the_script():
    code = view3d._js({"a": "</script><!-- \u2028"})
    assert "<" not in code and json.loads(code) == {"a": "</script><!-- \u2028"}


def test_nothing_in_the_script_ends_its_element():
    safe = _script.in_page('a("</script><!--")')
    assert "</script" not in safe and "<!--" not in safe


# --- where 3Dmol.js is from


def test_pinned_versions_are_the_same_everywhere(script):
    import hashlib

    pinned = ts.reference.read_json("viewer.json")
    url, integrity = _script.cdn()
    assert f"@{pinned['version']}/" in url
    data = script.read_bytes()
    assert hashlib.sha256(data).hexdigest() == pinned["files"]["3Dmol-min.js"][1]
    assert "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode() == integrity
    assert "Copyright (c) 2014, University of Pittsburgh" in (
        script.parent / "3Dmol-min.js.LICENSE.txt"
    ).read_text(encoding="utf-8")


def test_inline_cdn_and_path(mutant, tmp_path, script):
    shown = mutant.view()
    inline = shown.to_html()
    assert shown.to_html() == inline
    assert script.read_text(encoding="utf-8")[:200] in inline and len(inline) < 2_000_000
    cdn = shown.to_html("cdn")
    assert len(cdn) < 500_000 and _script.cdn()[0] in cdn and _script.cdn()[1] in cdn
    own = tmp_path / "own.js"
    own.write_text("window.$3Dmol = {createViewer: 'mine'};", encoding="utf-8")
    target = shown.write_html(tmp_path / "view.html", own)
    assert "createViewer: 'mine'" in target.read_text(encoding="utf-8")
    # A page that is given away does not say whose machine it was made on.
    assert str(Path.home()) not in inline.replace(script.read_text(encoding="utf-8"), "")


def test_no_copy_says_how_to_get_one(mutant, nowhere, monkeypatch):
    with pytest.raises(
        DataError, match=r"no copy is on this machine\. Download https://.*--js cdn"
    ):
        mutant.view().write_html(nowhere / "view.html")
    assert not (nowhere / "view.html").exists()
    other = nowhere / "other.js"
    other.write_text("var jQuery;", encoding="utf-8")
    with pytest.raises(DataError, match=r"other\.js is not 3Dmol\.js"):
        mutant.view().to_html(other)
    with pytest.raises(DataError, match=r"cannot be read from .*missing\.js: No such file"):
        mutant.view().to_html(nowhere / "missing.js")
    monkeypatch.setenv(_script.ENVIRONMENT, "missing.js")
    with pytest.raises(DataError, match=r"TRKSTRUCT_3DMOL names 'missing\.js'"):
        _script.find_script()


def test_the_order_in_which_copies_are_found(nowhere, monkeypatch):
    inside = nowhere / "package" / "_data" / _script.NAME
    built = nowhere / "build" / "3dmol" / _script.NAME
    cached = nowhere / "cache" / _script.NAME
    named = nowhere / "named.js"
    for path in (built, inside, cached, named):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
        if path is built:
            # A folder of that name beside an installed package is somebody else's.
            assert _script.find_script() is None
            (nowhere / "pyproject.toml").touch()
        if path is named:
            monkeypatch.setenv(_script.ENVIRONMENT, str(named))
        assert _script.find_script() == path


def test_a_notebook_has_the_script_once(mutant, script, monkeypatch):
    monkeypatch.setattr(view3d, "_carrier", [])
    heart = script.read_text(encoding="utf-8")[:200]
    shown = mutant.view()
    first, second = shown._repr_html_(), shown._repr_html_()
    assert heart in first and heart not in second
    assert re.search(r'id="([\w-]+)"', first)[1] != re.search(r'id="([\w-]+)"', second)[1]
    # The cell that has the script has it again when it is run again; another has not.
    monkeypatch.setattr(view3d, "_carrier", [])
    had = []
    for cell in ("a", "b", "a"):
        monkeypatch.setattr(view3d, "_cell", lambda cell=cell: cell)
        had.append(heart in shown._repr_html_())
    assert had == [True, False, True]


def test_never_a_blank_cell(mutant, nowhere):
    html = mutant.view()._repr_html_()
    without_scripts = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    assert "data:image/png;base64," in without_scripts and "Download https://" in without_scripts
    bundle = mutant.view()._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith("View(title='larotrectinib")


def picture(data):
    from matplotlib import image

    return image.imread(io.BytesIO(data), format="png")[..., :3]


def test_the_static_picture_shades_what_clashes(complex_, mutant):
    def orange(data):
        red, green, blue = np.moveaxis(picture(data), -1, 0)
        return int(((red > 0.8) & (green < red - 0.1) & (blue < green - 0.1)).sum())

    assert orange(mutant.view().stills[0]) > 300
    assert orange(complex_.view().stills[0]) == 0
    assert orange(mutant.view(clashes=False).stills[0]) == 0


# --- the command


def run(*args):
    ran = CliRunner(env={"TRKSTRUCT_STRUCTURES": ""}).invoke(main, ["view", *map(str, args)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran


def test_command(tmp_path, script):
    target = tmp_path / "view.html"
    ran = run("-s", "7VKO", "-m", "G595R", "-o", target)
    assert ran.exit_code == 0 and ran.stdout == "" and "open it in a browser" in ran.stderr
    assert "repotrectinib, TRKA G595R (7VKO)" in target.read_text(encoding="utf-8")
    ran = run("-s", "7VKO", "-o", target, "--js", tmp_path / "none.js")
    assert ran.exit_code == 2 and "No such file" in ran.stderr
    ran = run("-s", "7VKO", "-o", tmp_path / "view.png")
    assert ran.exit_code == 2 and "written as .html" in ran.stderr
    ran = run("-s", "7VKO", "-m", "A595R", "-o", tmp_path / "no.html")
    assert ran.exit_code == 2 and not (tmp_path / "no.html").exists()


# --- in a browser


def state(dom: str) -> str:
    return re.search(r'data-state="(\w+)"', dom)[1]


def test_the_console_is_heard(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p data-x>x</p><script>nothing.at.all</script>", encoding="utf-8")
    dom, _, console = browser(page)
    assert "nothing is not defined" in console and "<p data-x" in dom


def test_browser_draws_a_notebook(browser, mutant, fits, tmp_path, script, monkeypatch):
    """The output with the script may come last, and a loader of modules may be about."""
    monkeypatch.setattr(view3d, "_carrier", [])
    first, second = mutant.view()._repr_html_(), fits.mutate("G595R").view()._repr_html_()
    page = tmp_path / "notebook.html"
    loader = "<script>window.define = function () {}; define.amd = {};</script>"
    page.write_text(f"<meta charset='utf-8'>{loader}{second}{first}", encoding="utf-8")
    dom, _, console = browser(page)
    assert console == "" and re.findall(r'data-state="(\w+)"', dom) == ["drawn", "drawn"]


def test_browser_draws_clashes_without_a_network(browser, mutant, tmp_path, script):
    marked, bare = tmp_path / "marked.html", tmp_path / "bare.html"
    mutant.view().write_html(marked)
    mutant.view(clashes=False).write_html(bare)
    dom, seen, console = browser(marked)
    assert console == "" and state(dom) == "drawn" and dom.count("<canvas") == 1
    shapes = int(re.search(r'data-shapes="(\d+)"', dom)[1])
    assert shapes >= 2 * 8  # a dash and a disc each
    middle = seen[60:520, 20:980]
    assert middle.std() > 0.05
    other = browser(bare)[1][60:520, 20:980]

    def vermillion(part):
        red, green, blue = np.moveaxis(part, -1, 0)
        return int(((red > 0.6) & (red - green > 0.25) & (green - blue > 0.1)).sum())

    assert vermillion(middle) > vermillion(other) + 100


def test_browser_draws_a_grid_in_one_canvas(browser, mutant, fits, tmp_path, script):
    page = tmp_path / "grid.html"
    view3d.compare([mutant, fits.mutate("G595R")]).write_html(page)
    dom, seen, console = browser(page)
    assert console == "" and state(dom) == "drawn" and dom.count("<canvas") == 1
    for left, right in ((0, 500), (500, 1000)):
        assert seen[120:500, left + 20 : right - 20].std() > 0.05


def test_browser_runs_nobodys_script(browser, fits, tmp_path, script):
    name = "<img src=x onerror=document.title='bad'></script><script>document.title='bad'</script>"
    bad = replace(fits, ligand=replace(fits.ligand, name=name))
    page = tmp_path / "bad.html"
    bad.mutate("G595R").view().write_html(page)
    dom, _, console = browser(page)
    assert console == "" and state(dom) == "drawn" and "<title>bad" not in dom


def test_browser_shows_the_drawing_in_a_notebook_without_copy_or_network(browser, mutant, nowhere):
    page = nowhere / "notebook.html"
    page.write_text(f"<meta charset='utf-8'>{mutant.view()._repr_html_()}", encoding="utf-8")
    dom, seen, _ = browser(page)
    assert state(dom) == "still" and "<canvas" not in dom
    said = re.search(r'<p class="said">(.*?)</p>', dom, flags=re.S)[1]
    assert "the network has not given it" in said and "Download https://" in said
    assert "TRKSTRUCT_3DMOL" in said and str(Path.home()) not in said
    assert seen[:330].std() > 0.02, "the drawing is there to be seen"


def test_browser_without_script_or_webgl_shows_the_static_picture(
    browser, mutant, tmp_path, script
):
    page = tmp_path / "cdn.html"
    mutant.view().write_html(page, "cdn")
    dom, seen, _ = browser(page)
    assert state(dom) == "still" and "the network has not given it" in dom
    assert "Download https://" in dom and seen.std() > 0.02
    page = tmp_path / "flat.html"
    mutant.view().write_html(page)
    dom, seen, _ = browser(page, "--disable-gpu", "--disable-3d-apis")
    assert state(dom) == "still" and "shows no 3D" in dom and seen.std() > 0.02
