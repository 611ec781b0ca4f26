"""Files are written whole or not at all."""

from __future__ import annotations

import os

import pytest

from trkstruct._files import atomic_path, shown_name, write_text


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "table.csv"
    write_text(target, "a\r\nb\n")
    assert target.read_bytes() == b"a\r\nb\n"
    assert [p.name for p in target.parent.iterdir()] == ["table.csv"]
    assert target.stat().st_mode & 0o044, "others cannot read it"


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("before")
    with pytest.raises(RuntimeError, match="halfway"), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("halfway")
    assert target.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_the_temporary_file_has_the_suffix(tmp_path):
    with atomic_path(tmp_path / "x.png") as temporary:
        assert temporary.suffix == ".png" and temporary.parent == tmp_path


def test_any_file_name_can_be_written_into_a_table():
    assert shown_name("folder/a b.pdb") == "a b.pdb"
    assert shown_name("two\nlines\t.pdb") == "two lines .pdb"
    assert shown_name(os.fsdecode(b"caf\xe9.pdb")) == "caf\ufffd.pdb"
