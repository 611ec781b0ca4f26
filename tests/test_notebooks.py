"""Notebooks: each runs from a clean state, and what is committed is what a run gives."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "build_notebooks.py"
SOURCES = ROOT / "notebooks" / "sources"
NAMES = (
    "01_load_and_number", "02_one_mutation", "03_cross_resistance", "04_a_new_compound",
    "05_batch",
)  # fmt: skip
#: Largest that a committed notebook may be.
MOST_BYTES = 500_000


@pytest.fixture(scope="module")
def builder():
    """The script that makes them, as a module."""
    spec = importlib.util.spec_from_file_location("build_notebooks", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(folder: Path, name: str):
    return json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))


def joined(value) -> str:
    return value if isinstance(value, str) else "".join(value)


def outputs(notebook):
    """Number of a cell, its source, and each of its outputs."""
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", []):
            yield number, joined(cell["source"]), output


def without_scripts(html: str) -> str:
    """What is left where a notebook is not trusted."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)


def check(notebook, name: str) -> None:
    """What is asked of every notebook, as committed and as it runs."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), name
    kinds = {output["output_type"] for _, _, output in outputs(notebook)}
    assert kinds <= {"execute_result", "display_data", "stream"}, f"{name}: {kinds}"
    for number, _, output in outputs(notebook):
        assert output.get("name", "stdout") == "stdout", f"{name}, cell {number}: {output}"
    text = json.dumps([output for _, _, output in outputs(notebook)], ensure_ascii=False)
    # Chemistry has slashes too: a path has a folder of machines at its root.
    machine = re.search(r"(?<![\w/.])/(?:home|work|root|Users|tmp|usr|var|opt)/[\w.]+", text)
    assert machine is None, f"{name} names {machine}"
    for noise in ("Traceback", "Warning:", "DeprecationWarning", "\\u001b["):
        assert noise not in text, f"{name}: {noise}"
    # The last line of each cell that shows something shows it.
    for cell in code:
        last = joined(cell["source"]).rstrip().splitlines()[-1]
        if last.endswith((".figure", ".view()")) or "compare(" in joined(cell["source"]):
            assert cell["outputs"], f"{name} shows nothing for {last}"


def pictures(notebook):
    """Pictures that are there without a script: PNG outputs, and those in HTML."""
    for number, source, output in outputs(notebook):
        data = output.get("data", {})
        found = [joined(data["image/png"])] if "image/png" in data else []
        html = without_scripts(joined(data.get("text/html", "")))
        found += re.findall(r'src="data:image/png;base64,([^"]+)"', html)
        yield number, source, [base64.b64decode(text) for text in found]


# --- as committed


def test_these_are_the_notebooks():
    assert sorted(path.stem for path in SOURCES.glob("*.py")) == list(NAMES)
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_committed_notebooks_are_light_and_of_their_sources(builder, name):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    assert path.stat().st_size < MOST_BYTES
    notebook = read(ROOT / "notebooks", name)
    check(notebook, name)
    made = [(cell["cell_type"], joined(cell["source"])) for cell in notebook["cells"]]
    source = (SOURCES / f"{name}.py").read_text(encoding="utf-8")
    assert made == list(builder.cells(source)), "run: make notebooks"
    text = path.read_text(encoding="utf-8")
    assert "createViewerGrid = function" not in text and text.count("$3Dmol") < 20
    assert max(map(len, source.splitlines())) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_there_where_scripts_are_stripped(name):
    notebook = read(ROOT / "notebooks", name)
    asked = 0
    for number, source, found in pictures(notebook):
        if re.search(r"\.figure$|\.view\(\)$|^compare\(", source, flags=re.M):
            asked += 1
            assert found, f"{name}, cell {number}"
            assert all(picture.startswith(b"\x89PNG") for picture in found)
    assert asked >= 1


def test_views_are_not_blank_and_say_how_to_get_3d():
    notebook = read(ROOT / "notebooks", "02_one_mutation")
    (html,) = [
        joined(output["data"]["text/html"])
        for _, source, output in outputs(notebook)
        if source.endswith(".view()")
    ]
    bare = without_scripts(html)
    assert "data:image/png;base64," in bare and "Download https://" in bare


def test_prose_quotes_no_number_that_is_computed():
    """A new pose changes numbers; prose that has none of them stays true."""
    for name in NAMES:
        notebook = read(ROOT / "notebooks", name)
        prose = " ".join(joined(c["source"]) for c in notebook["cells"] if "outputs" not in c)
        for kind in (r"\bkcal/mol\b.{0,20}\d", r"\d[.\d]*\s*kcal", r"\d+-fold", r"\b\d+\s*nM\b"):
            found = re.search(kind, prose)
            assert found is None, f"{name}: {found[0]}"


# --- as it runs


@pytest.mark.parametrize("name", NAMES)
def test_each_runs_from_a_clean_state(name, tmp_path):
    """In a folder of its own, with an empty cache and without a network."""
    if (
        importlib.util.find_spec("nbclient") is None
        or importlib.util.find_spec("ipykernel") is None
    ):
        reason = "needs nbclient and ipykernel: pip install 'trkstruct[notebook]'"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), name, "-o", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    notebook, committed = read(tmp_path, name), read(ROOT / "notebooks", name)
    check(notebook, name)
    assert (tmp_path / f"{name}.ipynb").stat().st_size < MOST_BYTES

    def shown(made):
        """What each cell shows, apart from what is in it."""
        return [(number, sorted(o.get("data", {}))) for number, _, o in outputs(made)]

    assert shown(notebook) == shown(committed), "run: make notebooks"


def test_an_unknown_name_is_refused(tmp_path):
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "06_more", "-o", str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 2 and "no notebook 06_more; there are 01_load" in ran.stderr
    assert not list(tmp_path.iterdir())


def test_sources_are_taken_apart_into_cells(builder):
    text = "# %% [markdown]\n# # Title\n#\n# Words.\n\n# %%\n# %magic\nx = 1\n# !ls\n# no\n"
    assert list(builder.cells(text)) == [
        ("markdown", "# Title\n\nWords."), ("code", "%magic\nx = 1\n!ls\n# no"),
    ]  # fmt: skip
