"""Finding structures by path and by id."""

from __future__ import annotations

import pytest

import trkstruct as ts
from trkstruct import sources
from trkstruct.errors import StructureFileError


@pytest.fixture
def folder(tmp_path):
    for name in (
        "7VKO_TRKA.pdb",
        "2xp2.cif.gz",
        "notes.txt",
        ".hidden.pdb",
        "1ABC_a.pdb",
        "1ABC_b.ent",
    ):
        (tmp_path / name).write_text("x")
    (tmp_path / "3XYZ.pdb").mkdir()
    return tmp_path


def test_structure_files_are_the_structures_of_the_folder(folder):
    names = [p.name for p in sources.structure_files(folder)]
    assert names == ["1ABC_a.pdb", "1ABC_b.ent", "2xp2.cif.gz", "7VKO_TRKA.pdb"]


def test_find_by_id_whatever_the_case(folder):
    assert sources.find("7vko", [folder]).name == "7VKO_TRKA.pdb"
    assert sources.find("2XP2", [folder]).name == "2xp2.cif.gz"


def test_an_id_is_not_any_beginning(folder):
    with pytest.raises(StructureFileError, match="there are 1ABC, 2xp2, 7VKO"):
        sources.find("7VK", [folder])


def test_find_in_the_folders_of_the_environment(folder, monkeypatch):
    monkeypatch.setenv(sources.ENVIRONMENT, str(folder))
    assert sources.find("7VKO").parent == folder


def test_an_id_that_fits_two_files_lists_both(folder):
    with pytest.raises(StructureFileError, match=r"several files: .*1ABC_a\.pdb, .*1ABC_b\.ent"):
        sources.find("1ABC", [folder])


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.pdb", "There is no file 'missing.pdb'"), ("x/7VKO", "There is no file 'x/7VKO'")],
)
def test_a_path_is_taken_as_a_path(folder, name, message):
    with pytest.raises(StructureFileError, match=message):
        sources.find(name, [folder])


def test_without_any_folder_the_message_says_how_to_name_one(monkeypatch, tmp_path):
    monkeypatch.delenv(sources.ENVIRONMENT, raising=False)
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path))
    with pytest.raises(StructureFileError, match="TRKSTRUCT_STRUCTURES or with --structures"):
        sources.find("9XYZ")


def test_a_folder_is_no_structure(folder):
    with pytest.raises(StructureFileError, match="is a folder"):
        sources.find(str(folder))
    with pytest.raises(StructureFileError, match="does not exist"):
        sources.structure_files(folder / "nowhere")


def test_load_by_id_and_by_path_is_the_same(structure_file, monkeypatch):
    file = structure_file("7VKO")
    monkeypatch.setenv(sources.ENVIRONMENT, str(file.parent))
    assert ts.load("7VKO").sha256 == ts.load(file).sha256


def test_a_link_that_leads_nowhere_is_told(folder):
    (folder / "one.pdb").symlink_to(folder / "two.pdb")
    (folder / "two.pdb").symlink_to(folder / "one.pdb")
    with pytest.raises(StructureFileError, match="is a link that leads to no file"):
        sources.find(str(folder / "one.pdb"))
    assert "one.pdb" not in {p.name for p in sources.structure_files(folder)}


def test_no_name_and_the_name_of_a_kinase_are_told(folder):
    with pytest.raises(StructureFileError, match="No structure is named"):
        sources.find(" ", [folder])
    (folder / "ALK.pdb").write_text("x")
    assert sources.find("ALK", [folder]).name == "ALK.pdb"
    assert sources.find("ROS1", [folder]).name == "3ZBF.cif.gz"
    with pytest.raises(StructureFileError, match="'EGFR' is a kinase of which no model is bundled"):
        sources.find("EGFR", [folder])
