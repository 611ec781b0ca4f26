"""Kinases: names, sequences, isoforms and the 85 pocket positions."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trkstruct import reference
from trkstruct.errors import NumberingError
from trkstruct.kinases import (
    POCKET_SIZE,
    kinase,
    kinases,
    klifs_label,
    klifs_region,
    role,
    roles,
)

SIX = ("TRKA", "TRKB", "TRKC", "ALK", "ROS1", "MET")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TRKA", "TRKA"),
        ("NTRK1", "TRKA"),
        ("ntrk1", "TRKA"),
        ("trk-a", "TRKA"),
        (" P04629 ", "TRKA"),
        ("NTRK2", "TRKB"),
        ("Trk C", "TRKC"),
        ("ROS", "ROS1"),
        ("c-ROS", "ROS1"),
        ("ROS1", "ROS1"),
        ("c-MET", "MET"),
        ("cMet", "MET"),
        ("HGFR", "MET"),
        ("VEGFR2", "KDR"),
        ("KDR", "KDR"),
        ("ABL1", "ABL1"),
        ("ABL1-nonphosphorylated", "ABL1"),
        ("HER2", "ERBB2"),
        ("MAPK14", "p38-alpha"),
        ("P38 alpha", "p38-alpha"),
        ("RSK1 N-terminal", "RSK1 N-terminal"),
    ],
)
def test_a_kinase_is_found_by_any_of_its_names(name, expected):
    assert kinase(name).name == expected


def test_an_unknown_name_lists_near_ones_and_what_is_known():
    with pytest.raises(NumberingError) as error:
        kinase("TRKD")
    message = str(error.value)
    assert message.startswith("No kinase is called 'TRKD'. Near matches: ")
    assert "TRKA" in message
    assert "Known in full are TRKA, TRKB, TRKC, ALK, ROS1, MET" in message
    assert "348 human kinases are known by their pocket" in message
    with pytest.raises(NumberingError, match="Nothing comes near it"):
        kinase("")


def test_a_protein_with_two_kinase_domains_asks_which():
    with pytest.raises(NumberingError, match=r"has 2 kinase domains: RSK1 C-term.*RSK1 N-term"):
        kinase("RPS6KA1")


def test_names_and_synonyms_are_unique_but_for_two_domain_proteins():
    assert len(kinases()) == 348
    assert max(Counter(item.name for item in kinases()).values()) == 1
    for item in kinases():
        assert kinase(item.name) is item
        assert item.name not in item.synonyms


@pytest.mark.parametrize("name", SIX)
def test_the_six_are_complete_and_come_first(name):
    item = kinase(name)
    assert item.complete and item.group == "TK" and item.domain is not None
    assert None not in item.pocket_numbers
    assert name in [k.name for k in kinases()[:6]]


def test_lengths_are_those_of_uniprot():
    lengths = {
        "TRKA": 796, "TRKB": 822, "TRKC": 839, "ALK": 1620, "ROS1": 2347, "MET": 1390,
        "ABL1": 1130, "RET": 1114, "KIT": 976, "EGFR": 1210, "KDR": 1356,
    }  # fmt: skip
    assert {k.name: len(k.sequence) for k in kinases() if k.complete} == lengths


@pytest.mark.parametrize("item", [k for k in kinases() if k.complete], ids=lambda k: k.name)
def test_pocket_letters_numbers_and_domain_agree_with_the_sequence(item):
    for position in range(1, POCKET_SIZE + 1):
        number = item.at_klifs(position)
        assert number is not None
        assert item.letter(number) == item.pocket[position - 1]
        assert item.klifs(number) == position
        assert item.domain[0] <= number <= item.domain[1]
    assert list(item.pocket_numbers) == sorted(item.pocket_numbers)


def test_pocket_numbers_are_those_of_the_evidence(shared):
    with (shared / "evidence" / "klifs_pockets.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 10
    for row in rows:
        column = next(key for key in row if key.startswith("residue_numbers"))
        item = kinase(row["uniprot"])
        expected = [f"{item.letter(n)}{n}" for n in item.pocket_numbers]
        assert row[column].split() == expected


def test_human_pockets_are_those_of_the_evidence(shared):
    path = shared / "evidence" / "klifs_pockets_human.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == len(kinases())
    for row in rows:
        item = kinase(row["gene"])
        assert (item.pocket, item.group) == (row["klifs_pocket_85"], row["group"])
        assert row["uniprot"].startswith(item.uniprot)


# One pocket position, five names: the table of shared/README.md.
EQUIVALENT = {
    "solvent-front": {"TRKA": 595, "TRKB": 623, "TRKC": 623, "ALK": 1202, "ROS1": 2032},
    "gatekeeper": {"TRKA": 589, "TRKB": 617, "TRKC": 617, "ALK": 1196, "ROS1": 2026},
    "xDFG": {"TRKA": 667, "TRKB": 693, "TRKC": 696, "ALK": 1269, "ROS1": 2101},
}


@pytest.mark.parametrize("landmark", EQUIVALENT)
def test_landmarks_are_the_same_position_in_all_kinases(landmark):
    for name, number in EQUIVALENT[landmark].items():
        assert kinase(name).landmarks[landmark] == number


@pytest.mark.parametrize("item", [k for k in kinases() if k.complete], ids=lambda k: k.name)
def test_landmarks_hold_the_residues_that_they_are_named_after(item):
    marks = item.landmarks
    letters = "".join(
        item.letter(marks[name])
        for name in ("beta3-Lys", "alphaC-Glu", "HRD-His", "HRD-Arg", "HRD-Asp", "DFG-Asp",
                     "DFG-Phe", "DFG-Gly")
    )  # fmt: skip
    assert letters == "KEHRDDFG"


def test_a_kinase_known_by_its_pocket_only_has_no_numbers():
    item = kinase("SRC")
    assert not item.complete and not item.landmarks
    assert item.letter(341) == "" and item.at_klifs(45) is None and item.klifs(341) is None
    assert "pocket only" in repr(item)


def test_literature_numbers_and_conventions():
    assert kinase("TRKB").literature(623) == 639
    assert kinase("TRKB").literature_isoform.length == 838
    for name in ("TRKA", "TRKC", "ALK", "ROS1", "MET"):
        assert kinase(name).literature(1000) == 1000
    (trka,) = kinase("TRKA").isoforms
    assert (trka.uniprot_id, trka.length, trka.offset) == ("P04629-2", 790, -6)
    assert str(trka) == "TRKA-I (UniProt number -6)"


def test_letters_beyond_the_ends_are_empty():
    item = kinase("TRKA")
    assert item.letter(0) == item.letter(-5) == item.letter(797) == ""
    assert item.letter(1) == "M" and item.letter(796) == item.sequence[-1]


def test_regions_have_the_borders_of_klifs():
    borders = {
        "I": (1, 3), "g.l": (4, 9), "II": (10, 13), "III": (14, 19), "alphaC": (20, 30),
        "b.l": (31, 37), "IV": (38, 41), "V": (42, 44), "GK": (45, 45), "hinge": (46, 48),
        "linker": (49, 52), "alphaD": (53, 59), "alphaE": (60, 64), "VI": (65, 67),
        "c.l": (68, 75), "VII": (76, 78), "VIII": (79, 79), "xDFG": (80, 83), "a.l": (84, 85),
    }  # fmt: skip
    for position in range(1, POCKET_SIZE + 1):
        first, last = borders[klifs_region(position)]
        assert first <= position <= last
    assert klifs_label(45) == "GK.45" and klifs_label(80) == "xDFG.80"


def test_roles_come_from_one_table():
    named = {"gatekeeper": [45], "solvent-front": [50, 51, 52], "xDFG": [80],
             "DFG": [81, 82, 83], "hinge": [46, 47, 48], "P-loop": [4, 5, 6, 7, 8, 9]}  # fmt: skip
    for position in range(1, POCKET_SIZE + 1):
        expected = next((name for name, at in named.items() if position in at), None)
        assert role(position) == (expected or klifs_region(position))
    assert role(None) == "outside pocket"
    assert roles()[-1] == "outside pocket" and set(named) < set(roles())


@given(st.integers().filter(lambda n: not 1 <= n <= POCKET_SIZE))
def test_positions_outside_the_pocket_are_an_error(position):
    for function in (klifs_region, klifs_label, role, kinase("TRKA").at_klifs):
        with pytest.raises(NumberingError, match="the pocket has positions 1 to 85"):
            function(position)


@given(st.text(max_size=20))
def test_any_name_gives_a_kinase_or_a_clear_error(name):
    try:
        item = kinase(name)
    except NumberingError as error:
        assert "Give " in str(error)
    else:
        assert item in kinases()


def test_every_convention_has_a_source_and_a_kinase():
    for row in reference.read_csv("kinase_isoforms.csv"):
        item = kinase(row["kinase"])
        assert row["source"] and row["note"] and int(row["offset"])
        if row["length"]:
            assert int(row["length"]) - len(item.sequence) == int(row["offset"])


def test_the_tables_are_what_the_script_writes(shared, root, tmp_path, monkeypatch):
    path = root / "scripts" / "build_kinase_tables.py"
    spec = importlib.util.spec_from_file_location("build_kinase_tables", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "DATA", tmp_path)
    monkeypatch.setattr(sys, "argv", ["build_kinase_tables.py", str(shared / "evidence")])
    script.main()
    for name, content in (("kinases.csv.gz", gzip.decompress), ("klifs_positions.csv", bytes)):
        written = content((tmp_path / name).read_bytes())
        assert written == content(reference.path(name).read_bytes()), name
