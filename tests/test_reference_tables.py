"""The reference tables: each row has a source, identifiers have their form, names are known."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from click.testing import CliRunner

from trkstruct import reference
from trkstruct.cli import main
from trkstruct.errors import DataError, LigandNotFoundError, NumberingError
from trkstruct.evidence import TABLES, reference_table
from trkstruct.kinases import kinase, kinases
from trkstruct.ligands import library

#: What a source may be: one identifier, or several with ", " or "; " between them.
IDENTIFIER = re.compile(
    r"doi:10\.\d{4,9}/\S+|PMID:\d{7,8}|PMCID:PMC\d{6,9}|NCT\d{8}|entry:[1-9][A-Z0-9]{3}"
    r"|(?:FDA )?NDA\d{6}|https?://[a-z0-9.-]+/\S+"
)
#: How directly a row was read; "cited" says that it was not.
PROVENANCE = {"paper", "abstract", "transcribed", "database", "cited"}
FILES = ("fusions", "off_target", "detection_methods", "clinical_activity", "trials", "indications")
NCT = re.compile(r"NCT\d{8}")
#: Trials that must be there, with what is known of them or a note on what is not.
TRIALS = """
NCT02122913 NCT02576431 NCT02637687 NCT02568267 NCT02097810 NCT02650401 NCT03093116 NCT04094610
NCT06140836 NCT02675491 NCT02279433 NCT04395677 NCT03215511 NCT03206931 NCT02920996 NCT01639508
NCT02048488 NCT02219711 NCT01804530 NCT06010342 NCT05745623 NCT04687423 NCT05212987
""".split()


def rows_of(name):
    return [(n, row) for n, row in enumerate(reference.read_csv(f"{name}.csv"), start=1)]


def genes(text):
    return [part for part in text.split("|") if part]


@pytest.mark.parametrize("name", FILES)
def test_each_row_has_a_source_of_the_right_form_and_says_how_it_was_read(name):
    for number, row in rows_of(name):
        for part in re.split(r"[;,] ", row["source"]):
            assert IDENTIFIER.fullmatch(part), (name, number, part)
        assert not row["source"].endswith((".", ",")), (name, number)
        assert row["provenance"] in PROVENANCE, (name, number)
        assert all(value == value.strip() for value in row.values()), (name, number)


@pytest.mark.parametrize("table", TABLES)
def test_each_row_that_is_printed_has_a_source(table):
    rows = reference_table(table)
    assert rows
    for row in rows:
        # The library says of some compounds that their status was not looked up.
        assert row["source"], (table, row)


def test_identifiers_within_the_notes_and_texts_have_their_form():
    for name in (*FILES, "resistance_mutations", "answer_notes"):
        for number, row in rows_of(name):
            for text in row.values():
                for found in re.findall(r"doi:\S+", text):
                    assert IDENTIFIER.fullmatch(found.strip("().;,")), (name, number, found)
                for found in re.findall(r"NCT\w*", text):
                    assert NCT.fullmatch(found), (name, number, found)


def test_inhibitors_resolve_to_the_library():
    for name, column in (("clinical_activity", "inhibitor"), ("indications", "inhibitor"),
                         ("trials", "drug")):  # fmt: skip
        for number, row in rows_of(name):
            if not row[column]:
                assert "could not be settled" in row["note"], (name, number)
                continue
            found = library.find(row[column])
            assert found is not None and found.name == row[column], (name, number)


def test_kinases_and_genes_resolve():
    known = {item.gene for item in kinases()}
    for _, row in rows_of("fusions"):
        assert kinase(row["gene"]).name == row["kinase"]
        assert row["fusion"] == f"{row['partner']}::{row['gene']}"
        assert row["kinase_domain"] == "kept"
    for name in ("clinical_activity", "indications", "trials"):
        for number, row in rows_of(name):
            assert set(genes(row["genes"])) <= known, (name, number)
    for _, row in rows_of("off_target"):
        assert {kinase(k).name for k in row["seen_with"].split("|")} == set(
            row["seen_with"].split("|")
        )
        assert row["kind"] in {"mutation", "amplification", "activation"}
    for _, row in rows_of("transcripts"):
        assert re.fullmatch(r"NM_\d+", row["accession"]) and re.fullmatch(r"NP_\d+", row["protein"])
        assert kinase(row["gene"]).complete


def test_no_fusion_and_no_figure_stands_twice():
    fusions = [row["fusion"] for _, row in rows_of("fusions")]
    assert len(set(fusions)) == len(fusions)
    ids = [row["id"] for _, row in rows_of("clinical_activity")]
    assert len(set(ids)) == len(ids)
    off = [(r["gene"], r["kind"], k) for _, r in rows_of("off_target") for k in
           r["seen_with"].split("|")]  # fmt: skip
    assert len(set(off)) == len(off)


def test_trials_are_all_there_with_drug_and_phase_or_a_note():
    found = {row["nct"]: row for _, row in rows_of("trials")}
    assert set(TRIALS) <= set(found)
    for number, row in found.items():
        assert NCT.fullmatch(number) and row["source"] == number
        settled = row["drug"] and row["phase"]
        assert settled or "could not be settled" in row["note"], number
        assert row["phase"] in {"", "1", "1/2", "2", "3", "expanded access"}


def test_clinical_figures_have_n_population_and_unit():
    for number, row in rows_of("clinical_activity"):
        assert int(row["n"]) > 0 and row["population"], number
        assert row["line"] in {"naive", "pretreated", "any"}
        assert (row["measure"] == "ORR") == (row["unit"] == "%")
        assert row["measure"] in {"ORR", "DOR", "PFS", "OS"}
        value = float(row["value"])
        if row["low"]:
            assert float(row["low"]) < value, number
        if row["high"] not in {"", "NE"}:
            assert value < float(row["high"]), number
        dated = re.fullmatch(r"20\d\d-\d\d-\d\d", row["cut_off"])
        assert dated or "cut-off not" in row["note"], number
        assert all(NCT.fullmatch(part) for part in row["trials"].split("|"))


@pytest.mark.parametrize(
    ("name", "line", "n", "measure", "value"),
    [
        ("larotrectinib", "any", 153, "ORR", 79), ("larotrectinib", "any", 102, "ORR", 73),
        ("larotrectinib", "any", 51, "ORR", 92), ("larotrectinib", "any", 121, "DOR", 35.2),
        ("larotrectinib", "any", 159, "PFS", 28.3), ("larotrectinib", "any", 159, "OS", 44.4),
        ("entrectinib", "naive", 54, "ORR", 57.4), ("entrectinib", "naive", 31, "DOR", 10.4),
        ("entrectinib", "naive", 54, "PFS", 11.2), ("entrectinib", "naive", 54, "OS", 20.9),
        ("entrectinib", "naive", 74, "DOR", 20.0), ("entrectinib", "naive", 121, "PFS", 13.8),
        ("repotrectinib", "naive", 40, "ORR", 58), ("repotrectinib", "pretreated", 48, "ORR", 50),
        ("taletrectinib", "any", 12, "ORR", 58.3), ("taletrectinib", "pretreated", 6, "ORR", 33.3),
    ],
)  # fmt: skip
def test_figures_that_must_be_there(name, line, n, measure, value):
    found = [
        row
        for _, row in rows_of("clinical_activity")
        if (row["inhibitor"], row["line"], int(row["n"]), row["measure"], float(row["value"]))
        == (name, line, n, measure, value)
    ]
    assert len(found) == 1


def test_all_ways_of_detection_are_there():
    methods = {row["method"] for _, row in rows_of("detection_methods")}
    assert methods >= {"IHC", "FISH", "RT-PCR", "DNA-based NGS", "RNA-based NGS"}
    for _, row in rows_of("detection_methods"):
        assert row["strengths"] and row["limits"]
        assert bool(row["turnaround_source"]) == (row["turnaround"] not in ("", "not stated"))


def test_what_every_answer_says_is_there():
    names = [row["name"] for _, row in rows_of("answer_notes")]
    assert names == ["research", "model", "off-target", "atp"]
    assert all(row["text"].endswith(".") and row["source"] for _, row in rows_of("answer_notes"))


# --- as they are asked for


def test_a_table_is_filtered_by_kinase_mutation_and_inhibitor():
    assert {row["kinase"] for row in reference_table("mutations", "NTRK2")} == {"TRKB"}
    (row,) = reference_table("mutations", "TRKB", "G639R")
    assert (row["mutation"], row["role"], row["klifs_position"]) == ("G623R", "solvent-front", "51")
    assert {r["kinase"] for r in reference_table("fusions", "ROS1")} == {"ROS1"}
    trials = reference_table("trials", inhibitor="LOXO-101")
    assert {r["drug"] for r in trials} == {"larotrectinib"} and len(trials) == 3
    assert len(reference_table("detection", "TRKA")) == len(reference_table("detection"))
    assert {r["gene"] for r in reference_table("off-target", "TRKC")} >= {"KRAS", "MET", "BRAF"}
    assert "IGF1R" not in {r["gene"] for r in reference_table("off-target", "TRKC")}
    assert [r["mutation"] for r in reference_table("mutations", "TRKB", None, "repotrectinib")] == [
        "G623R"
    ]


def test_every_inhibitor_of_the_library_is_in_its_table():
    names = {row["inhibitor"] for row in reference_table("inhibitors")}
    assert names == {entry.name for entry in library.library()}
    larotrectinib = reference_table("inhibitors", inhibitor="larotrectinib")
    assert [row["agency"] for row in larotrectinib] == ["FDA"]


def test_what_is_not_there_is_said():
    with pytest.raises(DataError, match="no reference table 'nothing'; there are mutations"):
        reference_table("nothing")
    with pytest.raises(NumberingError):
        reference_table("fusions", "banana")
    with pytest.raises(LigandNotFoundError, match="'banana'"):
        reference_table("trials", inhibitor="banana")


def run(*arguments):
    env = {"COLUMNS": "100"}
    return CliRunner(env=env).invoke(main, ["evidence", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("table", TABLES)
def test_command_prints_and_exports_each_table(table, tmp_path):
    shown = run("--table", table)
    assert shown.exit_code == 0 and "Sources:" in shown.stdout
    assert max(map(len, shown.stdout.split("Sources:")[0].splitlines())) <= 100
    rows = reference_table(table)
    whole = json.loads(run("--table", table, "--format", "json").stdout)
    assert whole == [dict(row) for row in rows]
    file = tmp_path / "table.csv"
    written = run("--table", table, "-o", str(file))
    assert written.exit_code == 0 and written.stdout == ""
    again = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert again == [dict(row) for row in rows]


def test_command_says_where_a_table_has_nothing():
    result = run("--table", "fusions", "-k", "MET")
    assert result.exit_code == 0 and result.stdout == ""
    assert "says nothing for or against it" in result.stderr
    result = run("--table", "fusions", "-k", "TRKC", "-m", "G623R")
    assert "ETV6::NTRK3" in result.stdout and "not by mutation" in result.stderr
    assert run("--table", "nothing").exit_code == 2
