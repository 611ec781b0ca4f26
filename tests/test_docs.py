"""What the documents say of files is true."""

from __future__ import annotations

import fnmatch
import re


def test_every_reference_table_has_its_licence_and_source(root):
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w*.]+)`", text)
    for file in sorted((root / "trkstruct" / "reference" / "data").iterdir()):
        known = any(fnmatch.fnmatch(file.name, pattern) for pattern in named)
        assert known, f"CONTRIBUTING.md says nothing of {file.name}"


def test_scripts_and_test_files_that_are_named_exist(root):
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for script in re.findall(r"`(scripts/[\w.]+)`", text):
        assert (root / script).is_file(), script
    for test in re.findall(r"`(test_\w+)`", text):
        assert (root / "tests" / f"{test}.py").is_file(), test
    for test in (root / "tests").glob("test_*.py"):
        assert f"`{test.stem}`" in text or test.stem == "test_docs", f"{test.stem} is not listed"


def test_one_version_everywhere(root):
    from trkstruct import __version__

    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation


def test_nothing_names_a_machine(root):
    """No path of a developer's machine in what is shipped."""
    for folder in ("trkstruct", "scripts", "tests", "benchmarks"):
        for file in (root / folder).rglob("*"):
            if file.suffix in {".py", ".sh", ".csv", ".json", ".md"}:
                text = file.read_text(encoding="utf-8")
                found = re.search(r"/(?:home|work|root|Users)/\w+", text)
                assert found is None or file.name == "test_docs.py", f"{file}: {found}"
