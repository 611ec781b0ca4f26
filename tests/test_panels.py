"""Panels on real structures: what is asked, what is left out, what is written."""

from __future__ import annotations

import openpyxl
import pytest

import trkstruct as ts
from trkstruct import panels, results
from trkstruct.errors import (
    MutationError,
    NumberingError,
    PlacementError,
    PlanError,
    StructureFileError,
)

FILES = "7VKO", "5KVT", "2XP2", "2YFX", "4GT5", "3LQ8"


@pytest.fixture(scope="module")
def files(structure_file):
    return [structure_file(pdb_id) for pdb_id in FILES]


@pytest.fixture(scope="module")
def panel(files):
    return ts.cross_resistance(structures=files)


def asked(panel):
    return {(row["kinase"], row["ligand"], row["mutation"]) for row in panel.rows}


def test_every_complex_is_asked_about_the_mutations_of_its_kinase(panel):
    pairs = asked(panel)
    assert {("TRKA", "repotrectinib", "G595R"), ("TRKA", "entrectinib", "G667C")} <= pairs
    assert ("ALK", "crizotinib", "L1196M") in pairs
    assert not any(kinase == "ALK" and mutation == "G595R" for kinase, _, mutation in pairs)
    assert {row["status"] for row in panel.rows} == {"ok"}
    assert [row["row"] for row in panel.rows] == list(range(1, len(panel) + 1))


def test_the_generations_are_told_apart(panel):
    call = {(row["ligand"], row["mutation"]): row["call"] for row in panel.rows}
    assert call["entrectinib", "G595R"] == "resistant"
    assert call["repotrectinib", "G595R"] == "retained"


def test_what_is_left_out_is_said(panel):
    said = {finding.code: finding.message for finding in panel.findings}
    assert "4GT5_TRKA_apo" in said["no-ligand"]
    assert "2YFX_ALK_L1196M_crizotinib (L1196M)" in said["mutant-construct"]
    assert "3LQ8_MET_foretinib_typeII" in said["no-mutation"]
    assert {row["structure"].split("_")[0] for row in panel.rows} == {"7VKO", "5KVT", "2XP2"}


def test_a_mutant_construct_can_be_taken_in(files):
    panel = ts.cross_resistance(
        structures=[f for f in files if "ALK" in f.name], all_structures=True,
        mutations=["L1196M"],
    )  # fmt: skip
    rows = {row["structure"][:4]: row for row in panel.rows}
    assert rows["2XP2"]["status"] == "ok"
    assert rows["2YFX"]["status"] == "failed" and "Met" in rows["2YFX"]["error"]


def test_a_mutation_is_asked_of_the_kinases_that_have_it(files):
    panel = ts.cross_resistance(structures=files, mutations=["G595R", "ALK G1202R"])
    assert {(k, m) for k, _, m in asked(panel)} == {("TRKA", "G595R"), ("ALK", "ALK G1202R")}
    said = [f.message for f in panel.findings if f.code == "mutation-of-another-kinase"]
    assert any("G595R is not asked of ALK" in text for text in said)


def test_a_mutation_that_fits_nowhere_fails_in_the_table(files):
    panel = ts.cross_resistance(structures=files, kinases=["NTRK1"], mutations=["W595R"])
    assert [row["status"] for row in panel.rows] == ["failed", "failed"]
    assert panel.headline == "No pair could be called"


def test_kinases_and_ligands_select(files):
    panel = ts.cross_resistance(structures=files, kinases=["TRKA"], ligands="repotrectinib")
    assert {row["ligand"] for row in panel.rows} == {"repotrectinib"}
    same = "C[C@H]1CNC(=O)c2cnn3ccc(nc23)N[C@H](C)c2cc(F)ccc2O1"
    by_smiles = ts.cross_resistance(structures=files, kinases=["TRKA"], ligands=[same])
    assert [r["ddg_kcal"] for r in by_smiles.rows] == [r["ddg_kcal"] for r in panel.rows]


def test_a_ligand_that_is_bound_nowhere_is_placed_and_one_that_is_none_fails(files, placing):
    placing.errors = {(f.name.split(".")[0], "CN1CCOCC1"): PlacementError("No.") for f in files}
    panel = ts.cross_resistance(
        structures=files, kinases=["TRKA"], mutations=["G595R"],
        ligands=["repotrectinib", "CN1CCOCC1", "no drug", "selitrectinib"],
    )  # fmt: skip
    assert [row["status"] for row in panel.rows][:3] == ["ok", "failed", "failed"]
    assert "no drug" in panel.rows[2]["error"] and panel.rows[1]["error"] == "No."
    assert panel.rows[3]["pose_source"] == "template" and panel.rows[3]["template"]


def test_the_reference_stands_first(files):
    panel = ts.cross_resistance(structures=files, reference="Crizotinib", mutations=["gatekeeper"])
    assert panel.rows[0]["ligand"] == panel.reference == "crizotinib"
    with pytest.raises(PlanError, match="'imatinib' is bound in none of them: "):
        ts.cross_resistance(structures=files, reference="imatinib")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"kinases": ["EGFR"]}, PlanError, "no structure of EGFR with a bound inhibitor"),
        ({"kinases": ["TRKX"]}, NumberingError, "TRKX"),
        ({"mutations": ["G595"]}, MutationError, "G595"),
        ({"structures": "nowhere"}, StructureFileError, "'nowhere' is no file"),
        ({"structures": []}, PlanError, "no structure with a bound inhibitor"),
        ({"structures": 3}, PlanError, "int is neither"),
        ({"ligands": 3}, PlanError, "not int"),
    ],
)
def test_what_cannot_be_asked(files, given, error, message):
    with pytest.raises(error, match=message):
        ts.cross_resistance(**({"structures": files[:1]} | given))


def test_without_models_of_a_kinase_the_message_says_how_to_name_structures(monkeypatch):
    monkeypatch.delenv("TRKSTRUCT_STRUCTURES", raising=False)
    with pytest.raises(PlanError, match="--structures DIR, or TRKSTRUCT_STRUCTURES"):
        ts.cross_resistance(kinases=["EGFR"], mutations=["T790M"])


def test_a_file_that_cannot_be_read_is_left_out_and_said(files, tmp_path):
    bad = tmp_path / "bad.pdb"
    bad.write_text("<html>not found</html>")
    panel = ts.cross_resistance(structures=[files[0], bad], mutations=["G595R"])
    assert len(panel) == 1
    assert any("bad is left out, it cannot be used" in f.message for f in panel.findings)


def test_the_folders_of_the_environment_are_used(files, monkeypatch, tmp_path, panel):
    for file in files[:2]:
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.setenv("TRKSTRUCT_STRUCTURES", str(tmp_path))
    again = ts.cross_resistance(kinases=["TRKA"])
    assert again.rows == tuple(row for row in panel.rows if row["kinase"] == "TRKA")


def test_a_structure_can_be_asked_as_it_is(structure, panel):
    again = ts.cross_resistance(structures=structure("2XP2"))
    assert [r["ddg_kcal"] for r in again.rows] == [
        r["ddg_kcal"] for r in panel.rows if r["kinase"] == "ALK"
    ]


def test_files_and_frames_of_a_panel(panel, tmp_path):
    panel.to_csv(tmp_path / "x.csv")
    panel.to_excel(tmp_path / "x.xlsx")
    assert len((tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()) == len(panel) + 1
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").active.max_row == len(panel) + 1
    frame = panel.to_dataframe()
    assert tuple(frame.columns) == results.RESULTS_COLUMNS and len(frame) == len(panel)
    assert {item["kinase"] for item in panel.inputs} == {"TRKA", "ALK"}
    assert all(len(item["sha256"]) == 64 for item in panel.inputs)
    panel.to_sdf(tmp_path / "x.sdf")
    assert (tmp_path / "x.sdf").read_text(encoding="utf-8").count("$$$$") == 3


def test_headlines_are_counted():
    def rows(*calls):
        return [{"call": c, "role": r, "status": "ok"} for c, r in calls]

    assert panels.headline(rows(("retained", "xDFG"))) == "None of 1 pairs is resistant"
    mixed = rows(("resistant", "gatekeeper"), ("resistant", "xDFG"), ("retained", "xDFG"))
    assert panels.headline(mixed) == (
        "Gatekeeper mutations cost most: 1 of 1 pairs resistant (2 of 3 overall)"
    )
    assert panels.headline([{"call": None, "role": None, "status": "failed"}]) == (
        "No pair could be called"
    )


def test_a_panel_shows_itself(panel):
    assert repr(panel).startswith(f"<CrossResistance: {len(panel)} rows, 3 complexes. ")
    html = panel._repr_html_()
    assert html.count("<tr>") == len(panel) + 1 and "G595R" in html
    evil = panels.CrossResistance(({**panel.rows[0], "ligand": "<script>alert(1)</script>"},))
    assert "<script>" not in evil._repr_html_()
