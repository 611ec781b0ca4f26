"""The models that travel with the package: listed, chosen, loaded, checked, used."""

from __future__ import annotations

import csv
import gzip
import hashlib
import shutil

import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct import bundled, screening, sources
from trkstruct.checking import check_models
from trkstruct.cli import main
from trkstruct.errors import DataError, NumberingError, StructureError, StructureFileError
from trkstruct.plans import plan

IDS = [model.id for model in bundled.models_of()]


@pytest.fixture(autouse=True)
def no_folders_and_no_cache(monkeypatch, tmp_path):
    monkeypatch.delenv(sources.ENVIRONMENT, raising=False)
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "no-cache"))


# --- the set


def test_the_set_is_what_was_planned(root):
    with (root / "structures" / "models.csv").open(encoding="utf-8", newline="") as stream:
        planned = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    assert [row["id"] for row in planned] == IDS
    assert [row["kinase"] for row in planned] == [m.kinase for m in bundled.models_of()]
    states = {(m.kinase, m.dfg_state) for m in bundled.models_of()}
    for kinase in ("TRKA", "TRKB", "TRKC"):
        assert {(kinase, "in"), (kinase, "out")} <= states


def test_it_is_small(root):
    size = sum(path.stat().st_size for path in (root / "structures").rglob("*"))
    assert size < 10_000_000


def test_every_model_is_what_the_manifest_says():
    """What `trkstruct data check` checks; sums, numbering, states, poses, distances."""
    wrong = {item.file: item.problems for item in check_models() if not item.good}
    assert not wrong


@pytest.mark.parametrize("name", IDS)
def test_a_model_says_what_it_was_prepared_from(name):
    structure = ts.load(name)
    model = bundled.bundled_model(name)
    made = "comparative" if model.protein_kind == "comparative" else "prepared"
    assert f"{name}: {made} from {model.entry}," in repr(structure)
    assert structure.sha256 == model.sha256


def test_every_row_has_its_source_and_licence():
    for model in bundled.models_of():
        for name in ("entry_doi", "input_kind", "input_source", "input_licence", "input_sha256",
                     "steps", "checks", "made_with"):  # fmt: skip
            assert model.row[name], f"{model.id} has no {name}"


# --- choosing


def test_the_best_model_comes_first():
    assert [m.id for m in ts.bundled_models("TRKA", "DFG-in")] == ["7VKO", "4YNE", "5KVT"]
    assert [m.id for m in ts.bundled_models("NTRK1", "out")] == ["TRKA-6KZD", "4GT5"]
    assert ts.bundled_models("EGFR") == ()
    assert len(ts.bundled_models()) == len(IDS)
    kinases = [m.kinase for m in ts.bundled_models()]
    assert kinases == sorted(kinases, key=kinases.index), "each kinase's models stand together"


@pytest.mark.parametrize(
    ("name", "state", "chosen"),
    [
        ("TRKA", "DFG-in", "7VKO"),
        ("TRKA", None, "7VKO"),
        ("P04629", "out", "TRKA-6KZD"),
        ("TRKA:DFG-out", None, "TRKA-6KZD"),
        ("trkb:dfg-out", None, "4AT5"),
        ("TRKC", "DFG-in", "TRKC-7VKO"),
        ("TRKC", "DFGout", "6KZD"),
        ("MET", None, "3LQ8"),
        ("ROS1", "in", "3ZBF"),
    ],
)
def test_a_kinase_is_its_best_model_and_a_finding_says_so(name, state, chosen):
    structure = ts.load(name, state=state)
    assert structure.name == chosen
    (said,) = [f for f in structure.findings if f.code == "bundled-model"]
    assert said.level == "choice" and f"the bundled model {chosen} was taken" in said.message


def test_the_finding_lists_what_else_there_is():
    message = bundled.best_model("TRKA", "DFG-in")[1].message
    assert message == (
        "TRKA DFG-in: the bundled model 7VKO was taken: TRKA with repotrectinib, DFG-in. Also "
        "bundled: TRKA-6KZD (DFG-out, comparative), 4YNE (DFG-in), 5KVT (DFG-in, docked pose), "
        "4GT5 (DFG-out, no ligand)."
    )
    assert "4AT3 (DFG-in, alpha-C out)" in bundled.best_model("TRKB")[1].message


def test_a_model_that_holds_the_inhibitor_is_preferred():
    drug = ts.ligand("entrectinib")
    assert sources.load("TRKA", ligand=drug).name == "5KVT"
    same = ts.Ligand.from_smiles(drug.smiles)
    assert same.code == "" and sources.load("TRKA", ligand=same).name == "5KVT"
    assert sources.load("TRKA", ligand=ts.ligand("crizotinib")).name == "7VKO"
    assert sources.load("4YNE", ligand=drug).name == "4YNE", "an id is that id"


def test_an_id_is_found_whatever_its_case_and_after_the_users_own(tmp_path, monkeypatch):
    assert sources.find("trkc-7vko").name == "TRKC-7VKO.cif.gz"
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copy(sources.find("4YNE"), mine / "7VKO.cif.gz")
    monkeypatch.setenv(sources.ENVIRONMENT, str(mine))
    assert sources.find("7VKO") == mine / "7VKO.cif.gz"
    assert sources.find("4YNE").parent != mine


def test_the_order_is_path_folders_models_cache(tmp_path, monkeypatch):
    cache = tmp_path / "cache" / "structures"
    cache.mkdir(parents=True)
    for name in ("7VKO", "9ABC"):
        shutil.copy(sources.find("4YNE"), cache / f"{name}.cif.gz")
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "cache"))
    assert sources.find("7VKO") == bundled.bundled_model("7VKO").path
    assert sources.find("9abc") == cache / "9ABC.cif.gz"
    monkeypatch.chdir(cache)
    assert sources.find("7VKO.cif.gz").absolute() == cache / "7VKO.cif.gz"


# --- messages


@pytest.mark.parametrize(
    ("name", "state", "message"),
    [
        (
            "EGFR",
            None,
            r"of which no model is bundled; there are models of TRKA \(DFG-in, DFG-out\)",
        ),
        ("EGFR", None, r"MET \(DFG-out\)\. Give the path .* `trkstruct fetch`"),
        ("MET", "DFG-in", r"No model of MET in DFG-in .* there are 3LQ8 \(DFG-out\)"),
        ("2ITY", None, r"Bundled models: 7VKO, 4YNE.*`trkstruct fetch 2ITY` gets the entry"),
        ("nothing-like-it", None, "`trkstruct fetch ID` gets an entry"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(name, state, message):
    with pytest.raises(StructureFileError, match=message):
        ts.load(name, state=state)


def test_states_that_are_none_or_contradict_are_told():
    with pytest.raises(StructureError, match="'sideways' is no DFG state: write DFG-in, DFG-out"):
        ts.load("TRKA", state="sideways")
    with pytest.raises(StructureError, match="no DFG state"):
        ts.load("TRKA:sideways")
    with pytest.raises(StructureError, match="contradict each other"):
        ts.load("TRKA:DFG-out", state="DFG-in")
    with pytest.raises(StructureError, match="'7VKO', which is no kinase"):
        ts.load("7VKO", state="DFG-in")
    with pytest.raises(NumberingError, match="No kinase is called"):
        ts.bundled_models("TRKX")


def test_models_that_are_missing_or_damaged_are_told(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        bundled.models_of(tmp_path)
    (tmp_path / "manifest.csv").write_text("id,file\nx,y\n")
    with pytest.raises(DataError, match="has no column title, kinase"):
        bundled.read_manifest(tmp_path / "manifest.csv")
    monkeypatch.setattr(bundled, "_HERE", tmp_path)
    with pytest.raises(DataError, match="are missing: install trkstruct again"):
        bundled.bundled_models()
    assert bundled.bundled_model("7VKO") is None and bundled.what_there_is() == "no kinase"


def test_data_lie_in_the_package_or_beside_it_in_the_repository(tmp_path, monkeypatch, root):
    assert bundled.data_folder("structures") == root / "structures"
    package = tmp_path / "trkstruct"
    (tmp_path / "structures").mkdir(parents=True)
    monkeypatch.setattr(bundled, "_HERE", package)
    assert bundled.data_folder("structures") is None, "somebody else's folder of that name"
    (tmp_path / "pyproject.toml").touch()
    assert bundled.data_folder("structures") == tmp_path / "structures"
    (package / "_data" / "structures").mkdir(parents=True)
    assert bundled.data_folder("structures") == package / "_data" / "structures"
    assert bundled.data_folder("ligands") is None


# --- results


@pytest.mark.parametrize(
    ("name", "mutation", "kind", "pose", "template"),
    [
        ("7VKO", "G595R", "prepared", "experimental", None),
        ("5KVT", "G595R", "prepared", "docked", None),
        ("TRKC", "G623R", "comparative", "template", "7VKO"),
        ("TRKA:DFG-out", "F589L", "comparative", "template", "6KZD"),
    ],
)
def test_results_say_what_the_model_and_the_pose_are(name, mutation, kind, pose, template):
    (row,) = screening.run(plan([{"structure": name, "mutation": mutation}]))
    assert row["status"] == "ok", row["error"]
    assert (row["structure_kind"], row["pose_source"], row["template"]) == (kind, pose, template)
    assert ("bundled model" in row["findings"]) == (name != row["structure"] or ":" in name
                                                    or name == "TRKC")  # fmt: skip


def test_a_plan_takes_kinases_and_prefers_models_that_hold_its_ligand():
    rows = list(screening.run(plan([
        {"structure": "TRKA", "ligand": "entrectinib", "mutation": "G595R"},
        {"structure": "TRKA", "mutation": "G595R"},
        {"structure": "EGFR", "mutation": "T790M"},
    ])))  # fmt: skip
    assert [row["ligand"] for row in rows[:2]] == ["entrectinib", "repotrectinib"]
    assert [row["pose_source"] for row in rows[:2]] == ["docked", "experimental"]
    assert rows[2]["status"] == "failed" and "no model is bundled" in rows[2]["error"]


def test_a_matrix_without_structures_uses_the_models():
    panel = ts.cross_resistance(
        ["entrectinib", "repotrectinib"], kinases=["TRKA", "MET"], mutations=["solvent-front"]
    )
    assert {row["structure"] for row in panel.rows} == {"7VKO", "5KVT"}
    assert {row["status"] for row in panel.rows} == {"ok"}
    messages = " ".join(f.message for f in panel.findings)
    assert "the bundled models were used" in messages and "TRKA: 5KVT (1), 7VKO (1)" in messages
    assert "MET has no catalogued solvent-front mutation" in messages


def test_a_matrix_of_a_kinase_without_model_says_what_there_is():
    from trkstruct.errors import PlanError

    with pytest.raises(PlanError, match=r"No model of EGFR .* there are models of TRKA"):
        ts.cross_resistance(kinases=["EGFR"], mutations=["T790M"])


# --- checking


@pytest.fixture
def copy(tmp_path, root):
    """Two models with their manifest, to be damaged; and how to change a row and a file."""
    folder = tmp_path / "models"
    folder.mkdir()
    rows = {m.id: dict(m.row) for m in bundled.models_of() if m.id in ("7VKO", "TRKC-7VKO")}
    for name in rows:
        shutil.copy(root / "structures" / f"{name}.cif.gz", folder)

    def write():
        with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows["7VKO"]))
            writer.writeheader()
            writer.writerows(rows.values())
        bundled._models.cache_clear()

    def change(old, new, *, sign=True):
        path = folder / "7VKO.cif.gz"
        text = gzip.decompress(path.read_bytes()).decode()
        assert old in text
        text = text.replace(old, new, 1)
        path.write_bytes(gzip.compress(text.encode()))
        if sign:
            rows["7VKO"]["sha256"] = hashlib.sha256(text.encode()).hexdigest()

    return folder, rows, change, write


def problems(folder, write):
    write()
    found = {}
    for item in check_models(folder):
        if not item.good:
            found[item.file] = found.get(item.file, ()) + item.problems
    return found


def test_an_untouched_copy_is_good(copy):
    folder, _, _, write = copy
    assert problems(folder, write) == {}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("kinase", "TRKB", "it is TRKA, not TRKB"),
        ("dfg_state", "out", "its state is DFG-in, alphaC-in, not DFG-out"),
        ("alpha_c", "out", "its state is DFG-in, alphaC-in, not DFG-in, alphaC-out"),
        ("ligand", "4EK", "its ligand is 7GI, not 4EK"),
        ("ligand_kind", "docked", "its pose reads as experimental, not docked"),
        ("protein_kind", "comparative", "it reads as prepared, not comparative"),
        ("passed", "failed", "it did not pass its checks"),
        ("pocket_rmsd_ang", "0.7", "the pocket is 0.7 A from its input"),
        ("moved_over_2_ang", "LYS A:1 NZ 2.3", "the atoms that moved far are not those"),
        ("sha256", "0" * 64, "its sum"),
        ("file", "../7VKO.cif.gz", "its file is called ../7VKO.cif.gz"),
        ("file", "TRKC-7VKO.cif.gz", "its file is called TRKC-7VKO.cif.gz, not 7VKO.cif.gz"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(copy, column, value, message):
    folder, rows, _, write = copy
    rows["7VKO"][column] = value
    assert any(message in text for texts in problems(folder, write).values() for text in texts)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("45 GK.45 PHE A 589 ?", "45 GK.45 PHE A 590 ?", "KLIFS positions differ: 45"),
        ("_trkstruct_model.kinase           TRKA", "_trkstruct_model.kinase           TRKC",
         "kinase is TRKC in the file and TRKA in the manifest"),
        ("'inverted centres' 0 0 yes", "'inverted centres' 1 0 no", "checks failed: inverted"),
        ("_atom_site.Cartn_x\n", "", "it cannot be read: "),
    ],
)  # fmt: skip
def test_a_file_that_says_something_else_is_found(copy, old, new, message):
    folder, _, change, write = copy
    change(old, new)
    assert message in " ".join(problems(folder, write)["7VKO.cif.gz"])


def test_other_atoms_missing_and_unlisted_files_are_found(copy):
    folder, _, change, write = copy
    change("'TRKA with repotrectinib'", "'TRKA with something'", sign=False)
    (folder / "TRKC-7VKO.cif.gz").unlink()
    (folder / "2XYZ.cif.gz").write_bytes(b"")
    found = problems(folder, write)
    assert found["7VKO.cif.gz"] == ("its sum (sha256 of the uncompressed text) is another",)
    assert found["TRKC-7VKO.cif.gz"] == ("the file is missing",)
    assert found["2XYZ.cif.gz"] == ("it is not in the manifest",)


def test_a_cut_file_is_found(copy):
    folder, _, _, write = copy
    path = folder / "7VKO.cif.gz"
    path.write_bytes(path.read_bytes()[:-2000])
    assert "damaged or cut off" in problems(folder, write)["7VKO.cif.gz"][0]


def test_the_command_shows_a_table_and_ends_with_1(copy):
    folder, rows, _, write = copy
    write()

    def ran(*more):
        return CliRunner(env={"COLUMNS": "80"}).invoke(
            main, ["data", "check", "--folder", str(folder), *more], prog_name="trkstruct"
        )

    good = ran()
    assert good.exit_code == 0 and "2 files, nothing wrong" in good.stderr
    assert max(map(len, good.stdout.splitlines())) <= 80
    rows["7VKO"]["ligand"] = "4EK"
    write()
    bad = ran()
    assert bad.exit_code == 1 and "wrong" in bad.stdout
    assert "Error: 7VKO.cif.gz: its ligand is 7GI, not 4EK.\n" in bad.stderr
    assert "its ligand is 7GI, not 4EK" in ran("--format", "csv").stdout
    (folder / "manifest.csv").unlink()
    bundled._models.cache_clear()
    none = ran()
    assert none.exit_code == 2 and "cannot be read" in none.stderr and none.stdout == ""
