"""Inhibitors that have to be placed: which model they are put in, and the matrix of the library."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from rdkit import Chem

import trkstruct as ts
from trkstruct import panels, plans, screening
from trkstruct._receptors import choose, hosts_of, receptor_for, wanted_states
from trkstruct.bundled import bundled_models
from trkstruct.cli import main
from trkstruct.complexes._binding import settled_type
from trkstruct.errors import (
    NoModelError,
    PlacementError,
    PlanError,
    StructureError,
    StructureFileError,
)
from trkstruct.ligands import LigandRecord, LigandSeries
from trkstruct.ligands.library import find_inchikey, library
from trkstruct.mutations import catalogue
from trkstruct.residues import Finding

LAROTRECTINIB = "O=C(Nc1cnn2ccc(N3CCC[C@@H]3c3cc(F)ccc3F)nc12)N1CC[C@H](O)C1"
#: An imidazopyridazine that nobody has named.
UNNAMED = "Cc1ccc2ncc(C(=O)NC3CCOCC3)n2n1"
KINASES = ("TRKA", "TRKB", "TRKC")


@pytest.fixture(autouse=True)
def no_folders(monkeypatch):
    """No structures of a user's are searched."""
    monkeypatch.delenv("TRKSTRUCT_STRUCTURES", raising=False)


def one_row(structure, mutation, **more):
    (row,) = screening.run(plans.plan([{"structure": structure, "mutation": mutation, **more}]))
    return row


# --- which model


@pytest.mark.parametrize(
    ("kinase", "name", "model"),
    [
        ("TRKA", "repotrectinib", "7VKO"),
        ("NTRK2", "TPX-0005", "TRKB-7VKO"),
        ("TRKA", "entrectinib", "5KVT"),
        ("ALK", "lorlatinib", "4CLI"),
        ("TRKB", "GW2580", "4AT5"),
    ],
)
def test_a_model_that_holds_the_inhibitor_is_taken_and_nothing_is_placed(
    placing, kinase, name, model
):
    chosen = receptor_for(kinase, ts.ligand(name))
    assert (chosen.host.label, chosen.bound) == (model, True)
    assert placing.asked == [] and f"{model} was taken because it holds" in chosen.finding.message


def test_of_the_models_in_the_right_state_the_one_with_the_best_score_is_taken(placing):
    drug = ts.ligand("larotrectinib")
    placing.scores = {("4YNE", drug.name): -12.5, ("5KVT", drug.name): -11.0}
    chosen = receptor_for("TRKA", drug)
    assert (chosen.host.label, chosen.bound) == ("4YNE", False)
    assert sorted(model for model, _ in placing.asked) == ["4YNE", "5KVT", "7VKO"]
    assert "of the DFG-in models of TRKA" in chosen.finding.message
    assert "4YNE -12.5, 5KVT -11.0, 7VKO -9.0" in chosen.finding.message
    placing.scores[("7VKO", drug.name)] = -13.0
    assert receptor_for("TRKA", drug).host.label == "7VKO"


def test_a_type_ii_inhibitor_goes_into_dfg_out_and_not_into_the_apo_sample(placing):
    chosen = receptor_for("TRKA", ts.ligand("cabozantinib"))
    assert chosen.host.label == "TRKA-6KZD" and placing.asked == [("TRKA-6KZD", "cabozantinib")]
    assert "the only choice among the DFG-out models of TRKA" in chosen.finding.message


def test_a_sample_of_a_state_holds_nothing_but_its_own_inhibitor(placing):
    receptor_for("TRKB", ts.ligand("larotrectinib"))
    assert "4AT3" not in {model for model, _ in placing.asked}
    own = next(model for model in bundled_models("TRKB") if model.id == "4AT3")
    assert receptor_for("TRKB", ts.ligand(own.ligand)).host.label == "4AT3"


def test_an_inhibitor_of_unknown_type_is_tried_in_both_states_in_first(placing):
    drug = ts.ligand(UNNAMED)
    assert wanted_states(drug) == ("in", "out")
    chosen = receptor_for("TRKA", drug)
    assert chosen.host.state == "in", "of equal scores the first"
    assert {model for model, _ in placing.asked} == {"7VKO", "4YNE", "5KVT", "TRKA-6KZD"}
    placing.scores[("TRKA-6KZD", drug.name)] = -20.0
    assert receptor_for("TRKA", drug).host.label == "TRKA-6KZD"


def test_a_compound_of_the_library_has_its_type_by_whatever_name(placing):
    assert wanted_states(ts.ligand(LAROTRECTINIB)) == ("in",)
    assert wanted_states(ts.ligand("merestinib")) == ("out",)


def test_a_state_that_is_asked_for_is_taken_whatever_the_type(placing):
    drug = ts.ligand("larotrectinib")
    assert receptor_for("TRKA", drug, "DFG-out").host.label == "TRKA-6KZD"
    # Repotrectinib is bound, but not in this state.
    assert not receptor_for("TRKA", ts.ligand("repotrectinib"), "DFG-out").bound


def test_a_kinase_without_a_model_in_the_state_is_said_with_what_there_is(placing):
    with pytest.raises(NoModelError) as told:
        receptor_for("ALK", ts.ligand("cabozantinib"))
    assert "cabozantinib is an inhibitor of type II, which binds to DFG-out" in str(told.value)
    assert "2XP2 (DFG-in)" in str(told.value) and placing.asked == []
    with pytest.raises(NoModelError, match="DFG-in was asked for"):
        receptor_for("MET", ts.ligand("cabozantinib"), "DFG-in")
    with pytest.raises(StructureFileError, match="no model is bundled") as none:
        receptor_for("EGFR", ts.ligand("cabozantinib"))
    assert not isinstance(none.value, NoModelError)
    with pytest.raises(StructureError, match="no DFG state"):
        receptor_for("TRKA", ts.ligand("cabozantinib"), "upside down")


def test_a_model_in_which_it_cannot_be_placed_is_passed_over(placing):
    drug = ts.ligand("larotrectinib")
    placing.errors = {("4YNE", drug.name): PlacementError("No room.")}
    chosen = receptor_for("TRKA", drug)
    assert chosen.host.label == "7VKO"
    assert "It could not be placed in 4YNE." in chosen.finding.message
    placing.errors |= {(name, drug.name): PlacementError("No room.") for name in ("7VKO", "5KVT")}
    with pytest.raises(PlacementError, match=r"^No room\.$"):
        receptor_for("TRKA", drug)
    placing.errors["5KVT", drug.name] = PlacementError("No template.")
    with pytest.raises(PlacementError, match=r"none of the models of TRKA\. 7VKO: No room\."):
        receptor_for("TRKA", drug)


def test_coordinates_in_no_known_frame_are_not_used_and_that_is_said(placing, shared):
    (record,) = ts.ligands(shared / "ligand_poses" / "4CLI_5P8.sdf")
    chosen = receptor_for("TRKA", record.ligand)
    assert "Its own coordinates are in no frame that is known" in chosen.finding.message


def test_a_structure_whose_state_is_not_told_is_not_ruled_out(placing):
    hosts = hosts_of(model for model in bundled_models("TRKA") if model.ligand)
    doubtful = [replace(host, state="other") for host in hosts[:2]]
    chosen = choose(doubtful, ts.ligand("larotrectinib"), "structures")
    assert chosen.host.label == doubtful[0].label
    with pytest.raises(NoModelError):
        choose(doubtful, ts.ligand("larotrectinib"), "structures", states=("in",))


# --- plans, options and panels choose alike


def test_a_plan_that_names_a_kinase_goes_the_same_way(placing):
    placing.scores = {("4YNE", "larotrectinib"): -12.5}
    row = one_row("TRKA", "G595R", ligand="larotrectinib")
    assert row["structure"] == "TRKA", "as it was asked"
    assert (row["pose_source"], row["template"], row["template_overlap"]) == (
        "template", "4YNE", 0.5,
    )  # fmt: skip
    assert "larotrectinib was placed in 4YNE" in row["findings"]
    assert "larotrectinib was placed on the ligand of 4YNE" in row["findings"]
    panel = ts.cross_resistance("larotrectinib", ["TRKA"], ["G595R"])
    (same,) = panel.rows
    assert same["structure"] == "4YNE" and same["ddg_kcal"] == row["ddg_kcal"]
    told = CliRunner(env={"TRKSTRUCT_STRUCTURES": ""}).invoke(
        main, ["score", "-s", "TRKA", "-l", "larotrectinib", "-m", "G595R", "--format", "csv"]
    )
    (scored,) = csv.DictReader(told.stdout.splitlines())
    assert float(scored["ddg_kcal"]) == row["ddg_kcal"], told.stderr


def test_a_question_without_a_model_is_an_abstention_and_never_a_failure(placing):
    row = one_row("ALK", "G1202R", ligand="cabozantinib", kinase="ALK")
    assert (row["status"], row["call"], row["error"]) == ("abstained", "abstain", None)
    assert "none can take it in that state" in row["reasons"]
    assert (row["role"], row["uniprot_position"], row["klifs_position"]) == (
        "solvent-front", 1202, 51,
    )  # fmt: skip
    asked = one_row("ALK:DFG-out", "G1202R")
    assert asked["status"] == "abstained" and "ALK in DFG-out is bundled" in asked["reasons"]
    assert one_row("EGFR", "T790M", ligand="cabozantinib")["status"] == "failed"


def test_a_residue_that_the_chosen_model_lacks_is_an_abstention(placing, structure_file):
    row = one_row("ROS1", "D2113N", ligand="crizotinib")
    assert row["status"] == "abstained" and "no coordinates" in row["reasons"]
    own = one_row(str(structure_file("3ZBF")), "D2113N")
    assert own["status"] == "failed", "of one's own structure one may ask for another"


def test_the_kinase_of_a_plan_must_be_that_of_its_structure(placing):
    row = one_row("TRKA", "G595R", ligand="larotrectinib", kinase="ALK")
    assert row["status"] == "failed" and "ALK" in row["error"] and placing.asked == []


# --- the matrix


@pytest.fixture(scope="module")
def seen():
    """What `default` prepared, by structure and ligand."""
    return []


@pytest.fixture(scope="module")
def default(seen, new_placing):
    """The matrix without any option, and the poses that it asked for."""
    from trkstruct.complexes import make_complex

    placing = new_placing()
    # One inhibitor can be placed nowhere, and at another placing itself is broken.
    for model in bundled_models():
        placing.errors[model.id, "milciclib"] = PlacementError("No template.")
        placing.errors[model.id, "AZ-23"] = ZeroDivisionError("by mistake")

    def counted(structure, ligand=None, *args, **more):
        seen.append((structure.name, ligand.name))
        return make_complex(structure, ligand, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TRKSTRUCT_STRUCTURES", raising=False)
        patch.setattr("trkstruct.placement.choosing.pose_set", placing)
        patch.setattr("trkstruct.complexes.make_complex", counted)
        return ts.cross_resistance()


def test_it_is_the_library_against_every_catalogued_mutation_of_the_three(default):
    names = [entry.name for entry in library()]
    asked = {kinase: {row.text for row in catalogue(kinase)} for kinase in KINASES}
    expected = {
        (kinase, name, mutation)
        for kinase in KINASES
        for name in names
        for mutation in asked[kinase]
    }
    found = [(row["kinase"], row["ligand"], row["mutation"]) for row in default.rows]
    assert set(found) == expected and len(found) == len(expected)
    assert [row["row"] for row in default.rows] == list(range(1, len(found) + 1))
    order = list(dict.fromkeys((kinase, name) for kinase, name, _ in found))
    assert order == [(kinase, name) for kinase in KINASES for name in names]
    first = [mutation for kinase, name, mutation in found if (kinase, name) == order[0]]
    assert first[:2] == ["G595R", "F589L"] and first[2].startswith("G667")


def test_each_complex_is_prepared_once(default, seen):
    # Siblings, the same inhibitor in further structures, are prepared too, and no more often.
    assert len(seen) == len(set(seen)) > len(default.complexes) == 3 * 25


def test_what_has_no_structure_abstains_with_that_reason(default):
    silent = {entry.name for entry in library() if entry.abstained}
    rows = [row for row in default.rows if row["ligand"] in silent]
    assert len(silent) == 6 and {row["status"] for row in rows} == {"abstained"}
    assert all("not found in public sources" in row["reasons"] for row in rows)
    assert all(row["role"] and row["uniprot_position"] for row in rows)


def test_what_cannot_be_placed_fails_alone(default):
    status = {}
    for row in default.rows:
        status.setdefault(row["ligand"], set()).add(row["status"])
    assert status.pop("milciclib") == status.pop("AZ-23") == {"failed"}
    assert all("failed" not in found for found in status.values())
    errors = {row["ligand"]: row["error"] for row in default.rows if row["error"]}
    assert errors["milciclib"] == "No template."
    assert errors["AZ-23"].startswith("unexpected ZeroDivisionError")


def test_rows_say_which_model_and_where_the_pose_is_from(default):
    states = {model.id: (model.kinase, model.dfg_state) for model in bundled_models()}
    for row in default.rows:
        if row["ddg_kcal"] is None:
            continue
        assert states[row["structure"]][0] == row["kinase"]
        assert (row["binding_type"] == "II") == (states[row["structure"]][1] == "out"), row
        assert row["ligand_smiles"] and row["findings"]
        if row["pose_source"] == "template" and row["ligand"] != "repotrectinib":
            assert row["template"] == row["structure"] and row["template_overlap"] == 0.5
    sources = {(row["kinase"], row["ligand"]): row["pose_source"] for row in default.rows}
    assert sources["TRKA", "repotrectinib"] == "experimental"
    assert sources["TRKA", "entrectinib"] == "docked"
    assert sources["TRKB", "entrectinib"] == "template"


def test_what_a_model_says_of_its_own_ligand_is_not_said_of_another(default):
    said = {f.code for c in default.complexes if c.prepared.pose_source == "template"
            and c.prepared.ligand != "repotrectinib" for f in c.prepared.findings}  # fmt: skip
    assert not said & {"docked-ligand", "placed-ligand"} and "placed" in said


def test_notes_are_few_whatever_the_number_of_rows(default):
    messages = [finding.message for finding in default.findings]
    assert len(messages) < 15
    assert "TRKC: " in next(m for m in messages if "the bundled models were used" in m)
    (silent,) = [m for m in messages if m.startswith("No answer for ")]
    assert "FCN-098" in silent and "PLX7486 is a known inhibitor" in silent
    assert any(re.search(r"^Poses: 73 template, 1 \w+, 1 \w+;", m) for m in messages)


def test_subsets_and_another_kinase(placing):
    panel = ts.cross_resistance(
        ["cabozantinib", "crizotinib", "PLX7486"], kinases=["ALK"], mutations=["gatekeeper"],
        reference="crizotinib",
    )  # fmt: skip
    assert [row["ligand"] for row in panel.rows] == ["crizotinib", "cabozantinib", "PLX7486"]
    assert [row["status"] for row in panel.rows] == ["ok", "abstained", "abstained"]
    assert panel.reference == "crizotinib" and panel.rows[0]["structure"] == "2XP2"
    assert panel.rows[1]["binding_type"] == "II"


def test_a_series_keeps_its_order_and_its_bad_records(placing):
    good = ts.ligand(UNNAMED, name="X-1")
    series = LigandSeries((
        LigandRecord(1, "X-1", good), LigandRecord(2, "X-2", None, "it has no atoms", ""),
    ), "series.sdf")  # fmt: skip
    panel = ts.cross_resistance(series, ["TRKA"], ["G595R"], reference="larotrectinib")
    assert [row["ligand"] for row in panel.rows] == ["larotrectinib", "X-1", "X-2"]
    assert panel.rows[2]["status"] == "failed" and "it has no atoms" in panel.rows[2]["error"]
    with pytest.raises(PlanError, match="'nobody' is the name of no inhibitor"):
        ts.cross_resistance(series, ["TRKA"], ["G595R"], reference="nobody")


def test_kinases_without_models_are_said_and_alone_refused(placing):
    panel = ts.cross_resistance("repotrectinib", ["TRKA", "EGFR"], ["G595R"])
    assert any("No model of EGFR is bundled" in f.message for f in panel.findings)
    with pytest.raises(PlanError, match="No model of EGFR with an inhibitor"):
        ts.cross_resistance("repotrectinib", ["EGFR"], ["T790M"])


def test_processes_change_nothing():
    asked = {"ligands": ["repotrectinib", "PLX7486", "entrectinib"], "kinases": ["TRKA"]}
    one, two = (ts.cross_resistance(**asked, jobs=jobs) for jobs in (1, 2))
    assert one.rows == two.rows and one.complexes == two.complexes


def test_of_own_structures_the_best_takes_what_is_bound_in_none(placing, structure_file):
    files = [structure_file(pdb_id) for pdb_id in ("7VKO", "5KVT", "6KZD", "4GT5")]
    labels = {file.name[:4]: file.name.split(".")[0] for file in files}
    placing.scores = {(labels["5KVT"], "larotrectinib"): -20.0}
    panel = ts.cross_resistance(
        ["larotrectinib", "repotrectinib", "cabozantinib"], structures=files, mutations=["G623R",
        "G595R"], kinases=["TRKA", "TRKC"],
    )  # fmt: skip
    rows = {(row["kinase"], row["ligand"]): row for row in panel.rows}
    assert rows["TRKA", "larotrectinib"]["structure"] == labels["5KVT"]
    assert rows["TRKA", "repotrectinib"]["pose_source"] == "experimental"
    assert rows["TRKC", "cabozantinib"]["structure"] == labels["6KZD"]
    assert rows["TRKC", "larotrectinib"]["status"] == "abstained"
    assert (labels["4GT5"], "cabozantinib") in placing.asked, "an empty structure is a host too"
    used = {used.label for used in panel.complexes}
    assert used == {labels[name] for name in ("7VKO", "5KVT", "6KZD")} | (
        {labels["4GT5"]} if rows["TRKA", "cabozantinib"]["status"] != "failed" else set()
    )


# --- the binding type


def test_the_type_is_the_librarys_and_a_pose_that_disagrees_is_said():
    drug = ts.ligand("larotrectinib")
    assert settled_type(drug, "I", None) == ("I", ())
    kind, (finding,) = settled_type(drug, "II", None)
    assert kind == "I" and (finding.code, finding.level) == ("binding-type", "warning")
    assert finding.message == (
        "larotrectinib is of type I by the library, but lies as one of type II."
    )
    untold = Finding("binding-type", "The binding type is not told.", "warning")
    kind, (note,) = settled_type(drug, "", untold)
    assert kind == "I" and note.level == "note", "merely empty is no disagreement"
    assert settled_type(ts.ligand(LAROTRECTINIB), "II", None)[0] == "I", "by structure"
    assert settled_type(ts.ligand(UNNAMED), "I1/2", None) == ("I1/2", ())
    assert settled_type(ts.ligand(UNNAMED), "", untold) == ("", (untold,))


def test_inhibitors_are_found_by_their_structure():
    assert find_inchikey(ts.ligand(LAROTRECTINIB).inchikey).name == "larotrectinib"
    assert find_inchikey("") is None and find_inchikey("A-B-C") is None


# --- the poses


@pytest.fixture(scope="module")
def small():
    return ts.cross_resistance(["repotrectinib", "entrectinib"], ["TRKA"], ["G595R", "xDFG"])


def test_each_complex_is_a_record_with_hydrogens_and_its_calls(small, tmp_path):
    small.to_sdf(tmp_path / "poses.sdf")
    mols = list(Chem.SDMolSupplier(str(tmp_path / "poses.sdf"), removeHs=False))
    assert [mol.GetProp("_Name") for mol in mols] == ["repotrectinib", "entrectinib"]
    for mol, used in zip(mols, small.complexes, strict=True):
        assert any(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms())
        fields = mol.GetPropsAsDict()
        assert (fields["structure"], fields["kinase"]) == (used.label, "TRKA")
        assert ts.ligand(fields["smiles"]).inchikey == ts.ligand(fields["ligand"]).inchikey
        assert {"pose_source", "template", "overlap", "calls"} <= set(mol.GetPropNames())
    assert mols[0].GetProp("calls").startswith("G595R retained ")
    assert mols[0].GetProp("calls").count(";") == len(small) // 2 - 1


def test_without_complexes_there_are_no_poses_to_write(tmp_path):
    panel = ts.cross_resistance(["PLX7486"], ["TRKA"], ["G595R"])
    with pytest.raises(PlanError, match="no complex"):
        panel.to_sdf(tmp_path / "x.sdf")
    assert panel.to_sdf_files(tmp_path / "poses") == () and not list(tmp_path.glob("*.sdf"))


def test_names_of_ligands_lead_nowhere(small, tmp_path):
    evil = ["../../etc/passwd", '=cmd|"/c calc"!A1', "a\\b:c*", "...", "x" * 300, "A", "a", "$$$$"]
    used = small.complexes[0]
    made = [replace(used, prepared=replace(used.prepared, ligand=name)) for name in evil]
    panel = panels.CrossResistance(small.rows, complexes=tuple(made))
    names = panel.to_sdf_files(tmp_path / "out" / "poses")
    assert len({name.casefold() for name in names}) == len(evil)
    assert all(re.fullmatch(r"TRKA_7VKO_[A-Za-z0-9+.-]{1,64}\.sdf", name) for name in names)
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(names)


def test_a_name_that_ends_records_does_not_end_its_own(placing, tmp_path):
    drug = replace(ts.ligand("repotrectinib"), name="$$$$")
    panel = ts.cross_resistance([drug, "entrectinib"], ["TRKA"], ["G595R"])
    panel.to_sdf(tmp_path / "x.sdf")
    assert sum(mol is not None for mol in Chem.SDMolSupplier(str(tmp_path / "x.sdf"))) == 2


# --- what is printed and written


@pytest.fixture(scope="module")
def ran(new_placing, tmp_path_factory):
    out = tmp_path_factory.mktemp("matrix") / "out"
    asked = [w for name in ("larotrectinib", "cabozantinib", "VC004", "repotrectinib")
             for w in ("-l", name)]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trkstruct.placement.choosing.pose_set", new_placing())
        result = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}).invoke(
            main, ["matrix", *asked, "-k", "TRKA", "-k", "ALK", "-o", str(out)]
        )
    return result, out


def test_the_command_writes_one_csv_and_the_poses(ran):
    result, out = ran
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in out.rglob("*.csv")] == ["matrix.csv"]
    with (out / "matrix.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    pairs = {(r["kinase"], r["structure"], r["ligand"]) for r in rows if r["pose_source"]}
    assert {p.name for p in (out / "poses").iterdir()} == {
        f"{'_'.join(pair)}.sdf" for pair in pairs
    }
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert len(record["poses"]) == len(record["structures"]) == len(pairs) == 5
    assert f"poses/ ({len(pairs)} complexes)" in result.stderr


def test_poses_of_an_earlier_run_are_told(ran):
    _, out = ran
    (out / "poses" / "old.sdf").write_text("")
    again = CliRunner().invoke(
        main, ["matrix", "-l", "repotrectinib", "-k", "TRKA", "-m", "G595R", "-o", str(out)]
    )
    assert "poses also has 5 files that are not of this run" in " ".join(again.stderr.split())
    assert (out / "poses" / "old.sdf").exists()


def test_the_tables_are_compact_and_say_who_has_no_answer(ran):
    lines = ran[0].stdout.splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) < 60
    text = " ".join(" ".join(lines).split())
    assert "VC004 is a known inhibitor, but its structure was not found" in text
    assert "type I" in text and "type II" in text and "repotrectinib exp" in text
    assert not any(line.split()[:1] == ["VC004"] and "?" in line for line in lines)


def test_the_tables_of_the_library_fit_a_terminal(default, capsys, monkeypatch):
    from trkstruct.cli.common import show
    from trkstruct.cli.tables import matrix_tables

    monkeypatch.setenv("COLUMNS", "80")
    show(*matrix_tables(default))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) < len(default) / 3


def test_the_map_of_the_library_fits_a_page_and_keeps_its_texts_apart(default):
    ax = default.plot()
    figure = ax.figure
    wide, high = figure.get_size_inches()
    # At this share of its size the smallest numbers, 6.8 points, are 5 points.
    assert max(min(wide, high) / 7.5, max(wide, high) / 11.0) < 6.8 / 5
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    boxes = [text.get_window_extent() for text in (*ax.texts, ax._left_title)]
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= width and b.y1 <= height for b in boxes), (
        "outside the picture"
    )
    shrunk = [b.shrunk(0.98, 0.8) for b in boxes]
    for number, one in enumerate(shrunk):
        assert not any(one.overlaps(two) for two in shrunk[number + 1 :]), ax.texts[number]
    said = {text.get_text() for text in ax.texts}
    assert {"type I", "type II", "6 inhibitors", "larotrectinib", "1st gen. TRK"} <= said
