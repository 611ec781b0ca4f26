"""The README's commands and numbers are true."""

from __future__ import annotations

import re
import shlex

import pytest
from click.testing import CliRunner

from trkstruct.cli import main


@pytest.fixture(scope="module")
def blocks(root):
    """Fenced blocks of the README: (language, text)."""
    text = (root / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)


def commands(blocks, program):
    for language, text in blocks:
        if language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == [program]:
                    yield words[1:]


def test_its_make_targets_exist(root, blocks):
    targets = re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M)
    named = [words[0] for words in commands(blocks, "make")]
    assert {"demo", "test"} <= set(named) <= set(targets)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Nothing is there but the package."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRKSTRUCT_STRUCTURES", raising=False)


def test_its_commands_run(blocks):
    ran = 0
    for words in commands(blocks, "trkstruct"):
        result = CliRunner(env={"COLUMNS": "80"}).invoke(main, words, prog_name="trkstruct")
        assert result.exit_code == 0, f"{shlex.join(words)}\n{result.stderr}"
        ran += 1
    assert ran >= 4


def test_its_python_runs(blocks):
    scripts = [text for language, text in blocks if language == "python"]
    assert scripts
    for script in scripts:
        exec(compile(script, "README.md", "exec"), {})


def test_its_table_is_what_the_demo_prints(blocks):
    """Every line of the table of the README stands in the output of today."""
    (table,) = [text for language, text in blocks if language == "text" and "TRKA" in text]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["matrix"], prog_name="trkstruct")
    printed = {" ".join(line.split()) for line in result.stdout.splitlines()}
    for line in table.splitlines():
        assert " ".join(line.split()) in printed, f"the README shows what is not printed:\n{line}"
