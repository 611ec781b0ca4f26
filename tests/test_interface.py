"""The interface that others rely on, line by line."""

from __future__ import annotations

import csv
import json
import re

import pytest
from click.testing import CliRunner

from trkstruct.cli import main
from trkstruct.results import RESULTS_COLUMNS

#: As the interface has it.
SNIPPET = """
import trkstruct as ts

wt = ts.load("TRKA", state="DFG-in")
wt.pocket
drug = ts.ligand("larotrectinib")
series = ts.ligands("series.sdf")
cx = wt.complex(drug)
r = ts.resistance(cx, "G595R")
panel = ts.cross_resistance(ligands=series, kinases=["TRKA", "TRKC"], mutations=["solvent-front", "G667C"], reference="larotrectinib")
panel.plot(); panel.to_dataframe(); panel.to_excel("x.xlsx"); panel.to_sdf("poses.sdf")
cx.mutate("G595R").view(clashes=True)
cx.mutate("G595R").save("G595R/")
cx.ligand.to_rdkit(); cx.protein.to_rdkit()
"""  # noqa: E501


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the snippet leaves behind, run in a folder with a series of two inhibitors."""
    import trkstruct as ts

    folder = tmp_path_factory.mktemp("interface")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("TRKSTRUCT_STRUCTURES", raising=False)
        from rdkit import Chem

        with Chem.SDWriter("series.sdf") as out:
            for name in ("repotrectinib", "selitrectinib"):
                mol = ts.ligand(name).to_rdkit()
                mol.SetProp("_Name", name)
                out.write(mol)
        known = {"folder": folder}
        exec(compile(SNIPPET, "interface", "exec"), known)
    return known


def test_the_snippet_is_that_of_the_interface(shared):
    text = (shared / "design" / "interface.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.S)[1]
    lines = [line.partition("  #")[0].rstrip() for line in code.splitlines()]
    assert [line for line in lines if line] == [line for line in SNIPPET.splitlines() if line]


def test_a_model_of_a_state_and_its_pocket(names):
    wt, ts = names["wt"], names["ts"]
    assert wt.summary()["state"]["dfg"] == "in"
    assert len(wt.pocket) == 85
    gatekeeper = wt.numbering().at_klifs(45)
    assert (wt.residue(gatekeeper).name, gatekeeper.number) == ("PHE", 589)
    assert "GK.45" in repr(wt.pocket) or "GK.45" in wt.pocket._repr_html_()
    assert ts.load("7VKO").pdb_id == "7VKO"


def test_ligands_by_name_smiles_and_mol(names):
    ts, drug = names["ts"], names["drug"]
    again = ts.ligand(smiles=drug.smiles, name="X-1")
    assert (again.name, again.inchikey) == ("X-1", drug.inchikey)
    assert ts.ligand(mol=drug.to_rdkit()).inchikey == drug.inchikey
    assert [record.name for record in names["series"]] == ["repotrectinib", "selitrectinib"]


def test_series_of_every_kind_keep_bad_records_as_rows(names, tmp_path):
    import pandas as pd

    ts = names["ts"]
    (tmp_path / "s.smi").write_text("CCO ethanol\nno-smiles bad\n")
    (tmp_path / "s.csv").write_text("id,smiles\nethanol,CCO\nbad,no-smiles\n")
    frame = pd.DataFrame({"id": ["ethanol", "bad"], "smiles": ["CCO", "no-smiles"]})
    for given in (str(tmp_path / "s.smi"), str(tmp_path / "s.csv"), frame):
        records = list(ts.ligands(given))
        assert [record.name for record in records] == ["ethanol", "bad"]
        assert [record.ligand is None for record in records] == [False, True]
        assert records[1].error


def test_what_a_call_has(names):
    r, drug = names["r"], names["drug"]
    assert sum(r.contributions.values()) == pytest.approx(r.ddg_kcal)
    assert set(r.contributions) == {"clash", "contact", "hbond", "charge", "dfg_shift", "entropy"}
    low, high = r.interval
    assert (low, high) == (r.ddg_low_kcal, r.ddg_high_kcal)
    assert low < r.ddg_kcal < high
    assert r.call in ("resistant", "reduced", "retained", "sensitised", "abstain")
    assert all(isinstance(reason, str) and reason for reason in r.reasons)
    assert r.atoms.shape == (drug.n_heavy, 4)


def test_evidence_stands_beside_a_call(names):
    """Larotrectinib loses to G595R: so it was measured, in one paper, and reported."""
    found = names["r"].evidence
    assert found
    assert {mean.assay_class for mean in found.folds} <= {"biochemical", "cellular", "binding"}
    assert all(mean.fold > 10 and mean.sources for mean in found.folds)
    assert found.wild_type.active == "yes"
    assert str(found) == names["r"].row()["evidence"] != ""
    ts = names["ts"]
    nothing = ts.resistance(names["cx"], "G595W").evidence
    assert not nothing
    assert str(nothing) == ""


def test_evidence_is_asked_by_compound_and_not_by_name(names):
    """The name of a compound of one's own may be somebody else's."""
    from dataclasses import replace

    cx, ts = names["cx"], names["ts"]
    renamed = replace(cx, ligand=replace(cx.ligand, name="X-1"), siblings=())
    assert str(ts.resistance(renamed, "G595R").evidence) == str(names["r"].evidence)


def test_a_panel_and_what_it_writes(names):
    panel, folder = names["panel"], names["folder"]
    assert {row["kinase"] for row in panel.rows} == {"TRKA", "TRKC"}
    assert panel.rows[0]["ligand"] == "larotrectinib"
    frame = panel.to_dataframe()
    assert tuple(frame.columns[: len(RESULTS_COLUMNS)]) == RESULTS_COLUMNS
    assert (folder / "x.xlsx").stat().st_size > 1000
    assert (folder / "poses.sdf").read_text().count("$$$$") == len(panel.complexes)


def test_what_a_mutant_writes(names):
    written = {path.name for path in (names["folder"] / "G595R").iterdir()}
    assert written >= {"protein.pdb", "mutant.pdb", "ligand.sdf", "clashes.csv", "scene.pml"}


def test_columns_of_results():
    """In the order of the interface; more may follow."""
    listed = """
    row, id, structure, structure_kind, dfg_state, chain, kinase, ligand, ligand_smiles,
    binding_type, pose_source, template, template_overlap, mutation, mutation_uniprot,
    uniprot_position, klifs_position, role, ddg_kcal, ddg_low_kcal, ddg_high_kcal, clash_kcal,
    contact_kcal, hbond_kcal, charge_kcal, dfg_shift_kcal, entropy_kcal, strain_kcal, fold_change,
    p_resistant, call, confidence, wt_active, wt_potency_nm, predicted_potency_nm, potency_assay,
    potency_source, distance_ang, n_rotamers, n_poses, reasons, findings, evidence, version,
    status, error
    """
    assert RESULTS_COLUMNS[:46] == tuple(listed.replace(",", " ").split())


#: Commands of the interface and the options that it names for them.
COMMANDS = {
    "info": [], "pocket": [],
    "score": ["-s", "-l", "-m", "--chain", "--pose", "--numbering", "--ligand-name", "--kinase",
              "--format", "--rigid", "--seed", "--trajectory", "--topology", "--frames"],
    "place": ["-s", "-l", "-o"],
    "mutate": ["-s", "-m", "--save", "--rigid", "--seed"],
    "matrix": ["-k", "-l", "-m", "-o", "-j", "--rigid", "--seed", "--format"],
    "scan": ["-s", "-l", "-o", "-j", "--rigid", "--seed", "--trajectory", "--topology",
             "--frames"],
    "screen": ["-o", "-j", "--resume", "--shard", "--rigid", "--seed"],
    "merge": [], "prepare": [], "fetch": [], "view": [], "evidence": ["-k", "-m"],
    "benchmark": ["-j", "--rigid", "--seed"],
    "data": [],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_and_their_options(command):
    ran = CliRunner().invoke(main, [command, "--help"], prog_name="trkstruct")
    assert ran.exit_code == 0
    for option in COMMANDS[command]:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", ran.output), option


def test_data_check_is_a_command():
    assert CliRunner().invoke(main, ["data", "check", "--help"]).exit_code == 0


# --- --rigid and --seed reach every command that answers


@pytest.fixture
def plan(tmp_path):
    """An inhibitor that is bound, and one that is placed in two models."""
    path = tmp_path / "plan.csv"
    path.write_text(
        "structure,ligand,mutation,measured_fold\n"
        "7VKO,,G595R,6\n7VKO,,F589L,2\n7VKO,,G667C,20\nTRKA,selitrectinib,G595R,4\n"
    )
    return path


def answers(args):
    ran = CliRunner().invoke(main, args)
    assert ran.exit_code == 0, ran.output
    return list(csv.DictReader(ran.stdout.splitlines()))


def ways(plan, monkeypatch):
    """One question in each way to ask it: its arguments."""
    from trkstruct import scans

    monkeypatch.setattr(scans, "AMINO_ACIDS", "GR")
    monkeypatch.setattr(scans, "POCKET_SIZE", 51)  # up to the first residue of the solvent front
    yield "score", ["score", "-s", "7VKO", "-m", "G595R", "--format", "csv"]
    yield "scan", ["scan", "-s", "7VKO", "--format", "csv"]
    matrix = ["matrix", "-k", "TRKA", "-l", "repotrectinib", "-m", "G595R", "--format", "csv"]
    yield "matrix", matrix
    yield "screen", ["screen", str(plan)]
    yield "benchmark", ["benchmark", str(plan), "--format", "csv"]


def test_rigid_and_seed_reach_every_command(plan, monkeypatch):
    found = {}
    for name, args in ways(plan, monkeypatch):
        plainly = ((), ("--seed", "0")) if name == "score" else ()
        for how in (("--rigid",), ("--seed", "7"), *plainly):
            rows = answers([*args, *how])
            (row,) = [r for r in rows if r["mutation_uniprot"] == "G595R" and
                      r["ligand"] == "repotrectinib"]  # fmt: skip
            found[name, how] = row["ddg_kcal"], row["n_poses"]
            placed = [r for r in rows if r["ligand"] == "selitrectinib"]
            assert all(("Mean of" in r["reasons"]) == (how != ("--rigid",)) for r in placed)
    for how in (("--rigid",), ("--seed", "7")):
        # Whichever command is asked, the answer is one.
        assert len({value for (_, h), value in found.items() if h == how}) == 1, how
    assert found["score", ()] == found["score", ("--seed", "0")]
    assert found["score", ("--rigid",)][1] == "1"
    assert len({found["score", how][0] for how in ((), ("--rigid",), ("--seed", "7"))}) == 3


def test_processes_keep_rigid_and_seed(plan):
    for how in (["--rigid"], ["--seed", "7"]):
        args = ["screen", str(plan), *how]
        assert answers([*args, "-j", "2"]) == answers(args)


def test_run_json_says_how(tmp_path):
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        main, ["matrix", "-k", "TRKA", "-l", "repotrectinib", "-m", "G595R", "-o", str(out),
               "--rigid", "--seed", "7"],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    record = json.loads((out / "run.json").read_text())
    assert (record["rigid"], record["seed"], record["jobs"]) == (True, 7, 1)


def test_benchmark_json_says_how(plan, tmp_path):
    out = tmp_path / "out"
    ran = CliRunner().invoke(main, ["benchmark", str(plan), "-o", str(out), "--rigid"])
    assert ran.exit_code == 0, ran.output
    record = json.loads((out / "benchmark.json").read_text())
    assert (record["rigid"], record["seed"]) == (True, 0)


@pytest.mark.parametrize("how", [["--rigid"], ["--seed", "7"]])
def test_a_batch_is_not_resumed_otherwise(plan, tmp_path, how):
    out = str(tmp_path / "r.csv")
    begun = CliRunner().invoke(main, ["screen", str(plan), "-o", out, "--keep-parts"])
    assert begun.exit_code == 0, begun.output
    (tmp_path / "r.csv").unlink()
    again = CliRunner().invoke(main, ["screen", str(plan), "-o", out, "--resume", *how])
    assert again.exit_code == 2
    assert f"parameter {how[0].strip('-')}" in again.stderr


def test_a_seed_moves_the_displaced_poses_alone():
    import trkstruct as ts
    from trkstruct.ensembles import MutationEngine

    cx = ts.load("7VKO").complex()
    poses = [
        MutationEngine(cx, seed=seed).mutate("G595R").sites[0].surroundings.poses
        for seed in (0, 7, 7)
    ]
    assert poses[0][0].coords.tobytes() == poses[1][0].coords.tobytes()
    for one, other, again in zip(*(p[1:] for p in poses), strict=True):
        assert one.coords.tobytes() != other.coords.tobytes() == again.coords.tobytes()
