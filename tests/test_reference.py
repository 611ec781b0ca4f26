"""The loader of reference tables."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from trkstruct import reference
from trkstruct.errors import DataError


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of reference files of our own, in place of the package's."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(reference.resources, "files", lambda package: tmp_path)
    for read in (reference.read_csv, reference.read_json, reference.read_npz):
        read.cache_clear()
    yield folder
    for read in (reference.read_csv, reference.read_json, reference.read_npz):
        read.cache_clear()


def test_csv_skips_its_sources_and_cannot_be_changed(data):
    (data / "t.csv").write_text('# source: doi\na,b\n# more\n1,"x, y"\n\n2,\n')
    rows = reference.read_csv("t.csv")
    assert [dict(row) for row in rows] == [{"a": "1", "b": "x, y"}, {"a": "2", "b": ""}]
    assert reference.read_csv("t.csv") is rows
    with pytest.raises(TypeError):
        rows[0]["a"] = "9"


def test_csv_with_a_ragged_row_says_where(data):
    (data / "t.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(DataError, match=r"t\.csv: row 2 \('3'\.\.\.\) has 1 fields"):
        reference.read_csv("t.csv")


def test_json_plain_and_packed(data):
    (data / "t.json").write_text('{"a": 1}')
    (data / "t.json.gz").write_bytes(gzip.compress(json.dumps({"a": 2}).encode()))
    assert reference.read_json("t.json") == {"a": 1}
    assert reference.read_json("t.json.gz") == {"a": 2}


def test_json_damaged(data):
    (data / "t.json").write_text("{")
    with pytest.raises(DataError, match=r"t\.json is not valid JSON"):
        reference.read_json("t.json")


def test_npz_is_read_only(data):
    np.savez(data / "t.npz", x=np.arange(3))
    x = reference.read_npz("t.npz")["x"]
    assert x.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 5


def test_npz_damaged(data):
    (data / "t.npz").write_bytes(b"PK not really")
    with pytest.raises(DataError, match=r"t\.npz cannot be read"):
        reference.read_npz("t.npz")


def test_missing_file_lists_what_exists(data):
    (data / "there.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"'not_there\.csv'; it has there\.csv"):
        reference.path("not_there.csv")


def test_digest_is_that_of_the_file(data):
    (data / "t.csv").write_bytes(b"a\n1\n")
    assert reference.digest("t.csv") == hashlib.sha256(b"a\n1\n").hexdigest()


def test_every_table_of_the_package_names_its_source():
    reference.read_csv.cache_clear()
    folder = Path(reference.__file__).parent / "data"
    for table in sorted(folder.glob("*.csv")):
        assert table.read_text(encoding="utf-8").startswith("#"), f"{table.name} has no source"
        assert reference.read_csv(table.name), f"{table.name} is empty"
