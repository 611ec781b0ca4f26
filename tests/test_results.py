"""The table of results: its columns, its cells, its files."""

from __future__ import annotations

import csv
import math

import numpy as np
import openpyxl
import pytest

from trkstruct import results
from trkstruct.errors import PlanError
from trkstruct.screening import results_row


def test_columns_are_the_contract():
    assert (
        tuple(
            "row, id, structure, structure_kind, dfg_state, chain, kinase, ligand, ligand_smiles, "
            "binding_type, pose_source, template, template_overlap, mutation, mutation_uniprot, "
            "uniprot_position, klifs_position, role, ddg_kcal, ddg_low_kcal, ddg_high_kcal, "
            "clash_kcal, contact_kcal, hbond_kcal, charge_kcal, dfg_shift_kcal, entropy_kcal, "
            "strain_kcal, fold_change, p_resistant, call, confidence, wt_active, wt_potency_nm, "
            "predicted_potency_nm, potency_assay, potency_source, distance_ang, n_rotamers, "
            "n_poses, reasons, findings, evidence, version, status, error".split(", ")
        )
        == results.RESULTS_COLUMNS
    )


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("ddg_kcal", 1.23456, 1.235),
        ("ddg_kcal", np.float64(-0.00001), 0.0),
        ("ddg_kcal", math.inf, None),
        ("ddg_kcal", math.nan, None),
        ("fold_change", 137.2, 140.0),
        ("fold_change", 0.01234, 0.012),
        ("predicted_potency_nm", 2345.0, 2300.0),
        ("distance_ang", 3.4567, 3.46),
        ("n_rotamers", np.int64(81), 81),
        ("reasons", ("a", "b"), "a; b"),
        ("reasons", "", None),
        ("id", "", None),
    ],
)
def test_cells_are_rounded_as_their_column_says(column, value, expected):
    found = results.cell(column, value)
    assert found == expected and type(found) is type(expected)
    if found == 0.0:
        assert math.copysign(1, found) == 1, "minus zero"


def test_numbers_are_written_with_their_decimals(tmp_path):
    row = results_row({"row": 1, "ddg_kcal": 1.5, "distance_ang": 3.0, "fold_change": 12.6})
    results.write_csv([row], tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as stream:
        (read,) = csv.DictReader(stream)
    assert list(read) == list(results.RESULTS_COLUMNS)
    assert (read["ddg_kcal"], read["distance_ang"], read["fold_change"]) == ("1.500", "3.00", "13")
    assert read["clash_kcal"] == "" and read["version"].startswith("trkstruct ")


def test_further_columns_stand_behind_the_contract():
    row = results_row({"row": 1, "nucleotide_changes_min": 2})
    assert results.columns_of([row]) == (*results.RESULTS_COLUMNS, "nucleotide_changes_min")


def test_a_table_without_rows_still_has_its_columns(tmp_path):
    results.write_csv([], tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text().strip() == ",".join(results.RESULTS_COLUMNS)
    assert list(results.table([]).columns) == list(results.RESULTS_COLUMNS)


def test_numbers_of_a_data_frame_are_numbers():
    frame = results.table([results_row({"ddg_kcal": None}), results_row({"ddg_kcal": 1.0})])
    assert frame["ddg_kcal"].dtype == float and frame["ddg_kcal"].isna().tolist() == [True, False]


@pytest.mark.parametrize("text", ["=1+1", "+G595R", "-x", "@SUM(A1)", '=cmd|"/c calc"!A1'])
def test_a_spreadsheet_takes_no_text_for_a_formula(tmp_path, text):
    results.write_excel([results_row({"row": 1, "id": text})], tmp_path / "x.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx").active["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize("text", ["=1+1", "+G595R", "-x", "@SUM(A1)", '=cmd|"/c calc"!A1', "\t=1"])
def test_a_spreadsheet_takes_no_csv_cell_for_a_formula(tmp_path, text):
    results.write_csv([results_row({"row": 1, "id": text})], tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="") as stream:
        (read,) = csv.DictReader(stream)
    assert read["id"] == f"'{text}"


@pytest.mark.parametrize("text", ["-3.5", "+1e-3", "-", "=", "a=b", "(-)-x", "G595R+F589L"])
def test_other_text_of_a_csv_cell_is_left_alone(text):
    assert results.written("id", text) == text


def test_a_spreadsheet_survives_control_characters(tmp_path):
    results.write_excel([results_row({"id": "a\x00\x07b", "ddg_kcal": -0.5})], tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet["B2"].value == "a  b"
    column = results.RESULTS_COLUMNS.index("ddg_kcal") + 1
    assert sheet.cell(2, column).value == -0.5


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.txt", "neither"), ("", "it is a folder")],
)
def test_results_go_where_they_can_be_written(tmp_path, name, message):
    with pytest.raises(PlanError, match=message):
        results.check_results_path(tmp_path / name)


def test_parquet_takes_single_and_joined_mutations_together(tmp_path):
    rows = [
        {"row": 1, "mutation": "L1196M", "uniprot_position": 1196, "ddg_kcal": 0.1},
        {"row": 2, "mutation": "L1196M+G1269A", "uniprot_position": "1196;1269", "ddg_kcal": None},
    ]
    results.write_results(rows, tmp_path / "x.parquet")
    back = results.read_results(tmp_path / "x.parquet")
    assert [str(row["uniprot_position"]) for row in back] == ["1196", "1196;1269"]
    assert back[0]["ddg_kcal"] == 0.1 and back[1]["ddg_kcal"] is None


def test_parquet_without_its_extra_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PlanError, match=r"trkstruct\[batch\]"):
        results.check_results_path(tmp_path / "x.parquet")


def test_a_spreadsheet_has_its_suffix(tmp_path):
    with pytest.raises(PlanError, match=r"\.xlsx"):
        results.write_excel([], tmp_path / "x.xls")


def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(PlanError, match="file' is no folder"):
        results.check_results_path(tmp_path / "file" / "x.csv")
    results.check_results_path(tmp_path / "new" / "newer" / "x.csv")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PlanError, match="may not be written to"):
        results.check_results_path(tmp_path / "x.csv")
