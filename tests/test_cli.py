"""The command line: what goes where, exit codes, messages; every command on real structures."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from trkstruct import cli, results
from trkstruct.cli import main

DATA = os.path.join(os.path.dirname(__file__), "data")


class Ran:
    """What a command wrote and how it ended."""

    def __init__(self, *args: object) -> None:
        result = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}).invoke(
            main, [str(a) for a in args], prog_name="trkstruct"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@pytest.fixture(scope="module")
def trka(structure_file):
    return structure_file("7VKO")


@pytest.fixture(scope="module")
def folder(structure_file, tmp_path_factory):
    """A folder of three structures: two complexes and one without a ligand."""
    folder = tmp_path_factory.mktemp("structures")
    for pdb_id in ("7VKO", "2XP2", "4GT5"):
        (folder / structure_file(pdb_id).name).symlink_to(structure_file(pdb_id))
    return folder


# --- the whole


def test_help_lists_every_command_and_the_exit_codes():
    ran = Ran("--help")
    assert ran.code == 0
    for word in (*cli._COMMANDS, "1 if some"):
        assert word.replace("\n", " ") in " ".join(ran.out.split())


@pytest.mark.parametrize("command", [*cli._COMMANDS, "data list", "data check"])
def test_every_command_has_help_that_fits_a_terminal(command):
    ran = Ran(*command.split(), "--help")
    assert ran.code == 0 and ran.out.startswith(f"Usage: trkstruct {command} ")
    assert max(map(len, ran.out.splitlines())) <= 80


def test_version_is_package_and_parameters_with_date_and_hash():
    from trkstruct import __version__, reference

    ran = Ran("--version")
    assert ran.out.startswith(f"trkstruct {__version__}; parameters 20")
    assert ran.out.strip().endswith(reference.digest("parameters.json")[:8])


def test_an_unknown_command_is_bad_usage():
    ran = Ran("scroe")
    assert ran.code == 2 and "There is no command 'scroe'. Did you mean 'score'?" in ran.err
    assert ran.out == ""


def test_the_module_runs_like_the_command():
    ran = subprocess.run(
        [sys.executable, "-m", "trkstruct", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == Ran("--version").out


# --- info and pocket


def test_info_says_what_sources_says(trka):
    ran = Ran("info", trka)
    assert ran.code == 0 and ran.err == ""
    for text in (
        "7VKO_TRKA_repotrectinib",
        "TRKA (NTRK1, P04629)",
        "repotrectinib (7GI) A:901",
        "DFG-in",
    ):
        assert text in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_info_as_json_and_csv(trka, structure_file):
    summaries = json.loads(Ran("info", trka, structure_file("2YFX"), "--format", "json").out)
    assert [s["name"][:4] for s in summaries] == ["7VKO", "2YFX"]
    rows = Ran("info", structure_file("2YFX"), "--format", "csv").rows
    assert rows[0]["kinase"] == "ALK" and "L1196M" in rows[0]["differences"]


def test_info_goes_on_after_a_bad_file_and_ends_with_2(trka):
    ran = Ran("info", f"{DATA}/page.pdb", trka)
    assert ran.code == 2
    assert "page.pdb" in ran.err and "web page" in ran.err
    assert "TRKA (NTRK1, P04629)" in ran.out


def test_pocket_is_85_rows(trka):
    rows = Ran("pocket", trka, "--format", "csv").rows
    assert len(rows) == 85
    assert (rows[44]["label"], rows[44]["letter"], rows[44]["uniprot"]) == ("GK.45", "F", "589")
    table = Ran("pocket", trka)
    assert "gatekeeper" in table.out and max(map(len, table.out.splitlines())) <= 80
    assert len(json.loads(Ran("pocket", trka, "--format", "json").out)["positions"]) == 85


# --- score and mutate


def test_score_shows_the_sum_the_call_and_the_reasons(trka):
    ran = Ran("score", "-s", trka, "-m", "G595R", "-m", "G667C")
    assert ran.code == 0
    for text in ("repotrectinib in TRKA, chain A", "retained", "resistant", "entropy", "= ddG"):
        assert text in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "rotamer library" in ran.err, "warnings go to stderr"


def test_score_in_other_forms_has_the_columns_of_results(trka):
    table = Ran("score", "-s", trka, "-m", "G595R", "-m", "p.Gly667Cys", "--format", "csv").rows
    assert list(table[0]) == list(results.RESULTS_COLUMNS)
    assert [row["mutation"] for row in table] == ["G595R", "p.Gly667Cys"]
    (row,) = json.loads(Ran("score", "-s", trka, "-m", "G595R", "--format", "json").out)
    assert f"{row['ddg_kcal']:.3f}" == table[0]["ddg_kcal"]


def test_score_finds_a_structure_by_its_id(folder, trka):
    by_id = Ran("score", "-s", "7vko", "--structures", folder, "-m", "G595R", "--format", "csv")
    by_path = Ran("score", "-s", trka, "-m", "G595R", "--format", "csv")
    assert by_id.out == by_path.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-m", "A595R"], "595"),
        (["-m", "G595del"], "G595del"),
        (["-m", "K9999A"], "9999"),
        (["-m", "G595R", "-l", "CN1CCOCC1", "--pose", "crystal"], "7GI"),
        (["-m", "G595R", "-l", "not a drug"], "'not a drug' is no known inhibitor"),
        (["-m", "G595R", "--chain", "Q"], "Q"),
        (["-m", "G595R", "--kinase", "ALK"], "ALK"),
        (["-m", "G595R", "--pose", "crystal:XYZ"], "XYZ"),
        (["-m", "G595R", "--pose", "place"], "Pose 'place' needs a ligand"),
    ],
)
def test_score_ends_with_2_and_one_message(trka, args, message):
    ran = Ran("score", "-s", trka, *args)
    assert ran.code == 2 and ran.out == ""
    assert "Error: " in ran.err and message in ran.err
    assert "Traceback" not in ran.err and "unexpected" not in ran.err


@pytest.mark.parametrize(
    "name",
    ["empty.pdb", "page.pdb", "truncated.pdb", "truncated.cif", "nan.pdb", "not_there.pdb"],
)
def test_a_file_that_is_no_structure_ends_with_2(name):
    ran = Ran("score", "-s", f"{DATA}/{name}", "-m", "G595R")
    assert ran.code == 2 and "Error: " in ran.err and name in ran.err
    assert "unexpected" not in ran.err


def test_a_structure_without_a_ligand_ends_with_2(structure_file):
    ran = Ran("score", "-s", structure_file("4GT5"), "-m", "G595R")
    assert ran.code == 2 and "has no inhibitor bound" in ran.err


def test_a_missing_option_is_bad_usage(trka):
    ran = Ran("score", "-s", trka)
    assert ran.code == 2 and "Missing option '-m'" in ran.err


def test_a_defect_is_named_as_one_and_vv_shows_where(trka, monkeypatch):
    def broken(mutant):
        raise ZeroDivisionError("by mistake")

    monkeypatch.setattr("trkstruct.calls.judge", broken)
    ran = Ran("score", "-s", trka, "-m", "G595R")
    assert ran.code == 2 and "unexpected ZeroDivisionError: by mistake" in ran.err
    assert "Traceback" not in ran.err
    with pytest.raises(ZeroDivisionError):
        Ran("score", "-s", trka, "-m", "G595R", "-vv")


def test_mutate_writes_files_for_pymol(trka, tmp_path):
    ran = Ran("mutate", "-s", trka, "-m", "G595R", "--save", tmp_path / "G595R")
    assert ran.code == 0 and "conformers" in ran.out
    written = {p.name for p in (tmp_path / "G595R").iterdir()}
    assert written == {"protein.pdb", "mutant.pdb", "ligand.sdf", "clashes.csv", "scene.pml"}
    assert all((tmp_path / "G595R" / name).stat().st_size for name in written)
    assert max(map(len, ran.out.splitlines())) <= 80


def test_mutate_writes_nothing_if_it_fails(trka, tmp_path):
    ran = Ran("mutate", "-s", trka, "-m", "A595R", "--save", tmp_path / "out")
    assert ran.code == 2 and not (tmp_path / "out").exists()


def test_mutate_in_other_forms(trka):
    found = json.loads(Ran("mutate", "-s", trka, "-m", "F589L", "--format", "json").out)
    assert sum(c["bound"] for c in found["conformers"]) == pytest.approx(1)
    rows = Ran("mutate", "-s", trka, "-m", "F589L", "--format", "csv").rows
    assert len(rows) == len(found["conformers"])


# --- matrix


@pytest.fixture(scope="module")
def matrix(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("matrix") / "deep" / "out"
    return Ran("matrix", "--structures", folder, "-o", out), out


def test_matrix_prints_a_table_that_fits_a_terminal(matrix):
    ran, _ = matrix
    assert ran.code == 0
    for text in ("TRKA", "repotrectinib", "G595R", "ALK", "crizotinib", "G1202R", "solvent"):
        assert text in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "no inhibitor bound: 4GT5_TRKA_apo" in ran.err and "Done: " in ran.err


def test_matrix_writes_one_csv_with_its_companions(matrix):
    _, out = matrix
    assert {p.name for p in out.iterdir()} == {
        "matrix.csv", "matrix.xlsx", "matrix.png", "run.json", "poses",
    }  # fmt: skip
    with (out / "matrix.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(results.RESULTS_COLUMNS)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["rows"] == len(rows) and record["status"] == {"ok": len(rows)}
    assert record["version"] == rows[0]["version"]
    assert {s["structure"][:4] for s in record["structures"]} == {"7VKO", "2XP2"}
    assert str(out) not in json.dumps(record), "no machine paths"


def test_matrix_is_the_same_with_two_processes(matrix, folder):
    _, out = matrix
    ran = Ran("matrix", "--structures", folder, "-j", 2, "--format", "csv")
    assert ran.out == (out / "matrix.csv").read_text(encoding="utf-8")


def test_matrix_as_json_is_rows(folder):
    ran = Ran("matrix", "--structures", folder, "-k", "ALK", "-m", "gatekeeper", "--format", "json")
    assert [row["mutation"] for row in json.loads(ran.out)] == ["L1196M"]


def test_matrix_with_failed_rows_ends_with_1(folder):
    ran = Ran("matrix", "--structures", folder, "-k", "ALK", "-m", "W1202R", "-m", "xDFG")
    assert ran.code == 1
    assert "failed" in ran.err and "W1202R" in ran.err


def test_matrix_without_any_complex_ends_with_2(folder, tmp_path):
    ran = Ran("matrix", "--structures", folder, "-k", "EGFR", "-o", tmp_path / "out")
    assert ran.code == 2 and "no structure of EGFR with a bound inhibitor" in ran.err
    assert Ran("matrix", "--structures", tmp_path / "nowhere").code == 2


def test_matrix_cannot_write_where_a_file_is(folder, tmp_path):
    (tmp_path / "out").write_text("mine")
    ran = Ran("matrix", "--structures", folder, "-o", tmp_path / "out")
    assert ran.code == 2 and "Cannot make the folder" in ran.err
    assert (tmp_path / "out").read_text() == "mine"


# --- scan and screen


def test_scan_writes_every_substitution(structure_file, tmp_path):
    out, picture = tmp_path / "scan.csv", tmp_path / "profile.png"
    ran = Ran("scan", "-s", structure_file("2XP2"), "-o", out, "--plot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG") and f"Wrote: {picture}." in ran.err
    assert ran.code == 0 and "nucleotide" in ran.out
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) % 19 == 0 and len(rows) > 1500
    assert {row["nucleotide_changes_min"] for row in rows} == {"1", "2", "3"}
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "counted from the gene's codons" in " ".join(ran.out.split())
    assert {row["nucleotide_changes"] for row in rows} == {"1", "2", "3"}


def test_scan_against_another_inhibitor_names_shared_routes(placing, tmp_path):
    out = tmp_path / "scan.csv"
    ran = Ran("scan", "-s", "2XP2", "--within", "3.5", "--against", "lorlatinib", "-o", out)
    assert ran.code == 0, ran.err
    said = " ".join(ran.out.split())
    assert "Escape all 2, one nucleotide away: " in said
    assert "Escape only crizotinib: " in said and "Escape only lorlatinib: " in said
    assert max(map(len, ran.out.splitlines())) <= 80
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["ligand"] for row in rows} == {"crizotinib"}
    assert {row["escape_route"] for row in rows} <= {"shared", "only", "none", "unknown"}
    assert any(row["lorlatinib_call"] for row in rows)
    assert Ran("scan", "-s", "2XP2", "--against", "no such drug").code == 2
    assert Ran("scan", "-s", "2XP2", "--within", "0").code == 2


def test_scan_refuses_what_is_no_picture_before_any_work(structure_file, tmp_path):
    ran = Ran("scan", "-s", structure_file("2XP2"), "--plot", tmp_path / "profile.xlsx")
    assert ran.code == 2 and "a .png, .pdf or .svg file" in " ".join(ran.err.split())


def test_matrix_writes_the_pages_it_takes_and_no_others(folder, tmp_path, monkeypatch):
    """A slide is 16:9; what an earlier run left of pages is not taken for one of this run."""
    from matplotlib.image import imread

    from trkstruct.panels import CrossResistance

    def pages(self, size):
        return iter([self.plot(size=size) for _ in range(3)])

    asked = ("matrix", "--structures", folder, "-k", "TRKA", "-m", "G595R", "--size", "slide")
    with monkeypatch.context() as patch:
        patch.setattr(CrossResistance, "pages", pages)
        assert "matrix-3.png" in Ran(*asked, "-o", tmp_path).err
    mine = tmp_path / "matrix-final.png"
    mine.touch()
    ran = Ran(*asked, "-o", tmp_path)
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["matrix-final.png", "matrix.png"]
    assert "matrix.png" in ran.err and "matrix-2.png" not in ran.err
    high, wide, _ = imread(tmp_path / "matrix.png").shape
    assert wide / high == pytest.approx(16 / 9, rel=0.01)


class Terminal(io.StringIO):
    """Standard error as a terminal is one."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.mark.parametrize("told", [False, True])
def test_a_progress_bar_comes_by_itself(monkeypatch, told):
    from trkstruct.cli.progress import Progress

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(Progress, "_PATIENCE_SECONDS", 0.0)
    with Progress("place [red]x") as progress:
        if told:
            progress(1, 4, 0)
        progress._timer.join()
        if told:
            progress(3, 4, 1)
        progress._bar.refresh()
    shown = sys.stderr.getvalue()
    assert "place [red]x" in shown, "a molecule's name is no markup"
    assert ("75%" in shown and "1 failed" in shown) == told
    assert not progress._bar.live.is_started


def test_no_progress_bar_in_pipes_on_dumb_terminals_or_before_its_time(monkeypatch):
    from trkstruct.cli.progress import Progress

    monkeypatch.setattr(Progress, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress("matrix") as progress:
        progress(1, 2)
        assert progress._timer is None
    assert sys.stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    with Progress("matrix") as progress:
        assert progress._timer is None
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(Progress, "_PATIENCE_SECONDS", 60.0)
    with Progress("matrix") as progress:
        timer = progress._timer
        progress(1, 2)
    timer.join()
    assert sys.stderr.getvalue() == ""


#: Commands that may take longer than one looks on without asking.
LONG = ("matrix", "scan", "screen", "place", "benchmark", "prepare", "view", "score")


def test_every_long_command_has_a_progress_bar():
    import ast
    from pathlib import Path

    for command in LONG:
        source = Path(cli.__file__).parent / f"{cli._COMMANDS[command][0]}.py"
        tree = ast.parse(source.read_text(encoding="utf-8"))
        (function,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == command]
        bars = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "Progress"]
        assert bars, f"{command} shows no progress"


@pytest.fixture
def plan(folder, tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "id,structure,mutation\n"
        f"a,{next(folder.glob('7VKO*'))},G595R\nb,2XP2,G1202R\nc,2XP2,A1202R\n",
        encoding="utf-8",
    )
    return path


def test_screen_answers_every_row_in_order_and_ends_with_1(plan, folder, tmp_path):
    out = tmp_path / "results.csv"
    ran = Ran("screen", plan, "-o", out, "--structures", folder)
    assert ran.code == 1 and ran.out == ""
    assert "3 rows: 2 ok, 1 failed" in ran.err and "row 3: A1202R" in ran.err
    with out.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["id"], r["status"]) for r in rows] == [("a", "ok"), ("b", "ok"), ("c", "failed")]
    assert Ran("screen", plan, "--structures", folder).out == out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [("structure\nx\n", "no column 'mutation'"), ("", "no rows"), (None, "cannot be read")],
)
def test_a_bad_plan_ends_with_2_and_writes_nothing(tmp_path, text, message):
    plan, out = tmp_path / "plan.csv", tmp_path / "results.csv"
    if text is not None:
        plan.write_text(text, encoding="utf-8")
    ran = Ran("screen", plan, "-o", out)
    assert ran.code == 2 and message in ran.err and not out.exists()


def test_a_table_of_another_kind_is_refused_before_the_work(plan, tmp_path):
    ran = Ran("screen", plan, "-o", tmp_path / "x.txt")
    assert ran.code == 2 and "neither" in ran.err


def test_names_that_look_like_commands_do_no_harm(trka, tmp_path):
    import openpyxl

    evil = '=cmd|"/c calc"!A1'
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "+evil.pdb").symlink_to(trka)
    out = tmp_path / "out"
    ran = Ran("matrix", "--structures", tmp_path / "s", "-m", "G595R", "-o", out)
    assert ran.code == 0
    sheet = openpyxl.load_workbook(out / "matrix.xlsx").active
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("+evil", "s")
    named = Ran("score", "-s", trka, "-m", "G595R", "--ligand-name", evil, "-l", "repotrectinib")
    assert named.code == 0 and evil in named.out


# --- what a newcomer stumbles over


def test_a_ligand_that_is_not_the_bound_one_is_told_before_its_atoms(trka):
    asked = ("score", "-s", trka, "-m", "G595R", "-l", "crizotinib")
    ran = Ran(*asked, "--pose", "crystal")
    assert ran.code == 2
    assert ran.err.startswith(
        "Error: crizotinib is not what is bound in 7VKO_TRKA_repotrectinib; repotrectinib "
        "(7GI A:901) is. "
    )


def test_options_of_later_versions_are_told_so(plan, trka):
    ran = Ran("matrix", "--all-substitutions", "3/100")
    assert ran.code == 2 and "--all-substitutions is not in this version" in ran.err
    assert "Did you mean" not in ran.err
    assert "No such option '--shrad'" in Ran("screen", plan, "--shrad", "1").err


def test_a_kinase_in_place_of_a_structure_is_its_best_model():
    for name, model in (("TRKA", "7VKO"), ("TRKA:DFG-out", "TRKA-6KZD"), ("NTRK1", "7VKO")):
        ran = Ran("score", "-s", name, "-m", "G595R", "--format", "csv")
        assert ran.code == 0 and ran.rows[0]["structure"] == model
        assert f"the bundled model {model} was taken" in ran.err
    ran = Ran("score", "-s", "EGFR", "-m", "T790M")
    assert ran.code == 2 and "'EGFR' is a kinase of which no model is bundled" in ran.err


def test_an_inhibitor_decides_between_the_models_of_a_kinase():
    ran = Ran("score", "-s", "TRKA", "-l", "entrectinib", "-m", "G595R", "--format", "csv")
    assert ran.rows[0]["structure"] == "5KVT" and ran.rows[0]["pose_source"] == "docked"
    assert "5KVT was taken because it holds the inhibitor" in ran.err
    assert "docked, not observed" in ran.err


def test_matrix_without_structures_runs_on_the_bundled_models(placing, tmp_path):
    asked = [part for name in ("repotrectinib", "crizotinib") for part in ("-l", name)]
    ran = Ran("matrix", "-k", "TRKC", "-k", "ROS1", *asked, "-o", tmp_path)
    assert ran.code == 0 and "the bundled models were used" in ran.err
    assert "repotrectinib  tmpl" in ran.out and "crizotinib     exp" in ran.out
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    used = {(s["kinase"], s["ligand"]): s["structure"] for s in record["structures"]}
    assert used["TRKC", "repotrectinib"] == "TRKC-7VKO" and used["ROS1", "crizotinib"] == "3ZBF"
    assert {p.name for p in tmp_path.iterdir()} == {
        "matrix.csv", "matrix.xlsx", "matrix.png", "run.json", "poses",
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(record), "no machine paths"


# --- prepare, and the bundled models


def test_data_list_shows_the_models():
    ran = Ran("data", "list", "-k", "TRKA", "--state", "DFG-out")
    assert ran.code == 0 and "TRKA-6KZD" in ran.out and "7VKO" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    rows = Ran("data", "list", "--format", "csv").rows
    assert [row["id"] for row in rows][:2] == ["7VKO", "TRKA-6KZD"] and rows[0]["sha256"]
    assert Ran("data", "list", "-k", "EGFR", "--format", "csv").code == 0
    assert Ran("data", "list", "-k", "TRKX").code == 2


@pytest.fixture(scope="module")
def prepared(root, tmp_path_factory):
    """What `prepare --comparative` printed, and the model."""
    out = tmp_path_factory.mktemp("prepared") / "model.cif.gz"
    return Ran("prepare", "--comparative", "TRKC", "--template", "TRKA:DFG-out", "--name", "mine",
               "-o", out), out  # fmt: skip


def test_prepare_shows_steps_movement_and_checks_and_the_model_reads_back(prepared):
    ran, out = prepared
    assert ran.code == 0, ran.err
    assert "the bundled model TRKA-6KZD was taken" in ran.err and f"Wrote: {out}" in ran.err
    for text in ("mine: TRKC, DFG-out", "Modelled TRKC on TRKA", "Observed atoms moved: C-alpha",
                 "overlap, A", "PoseBusters, failed of", "passed"):  # fmt: skip
        assert text in " ".join(ran.out.split())
    assert max(map(len, ran.out.splitlines())) <= 80
    (row,) = Ran("score", "-s", out, "-m", "G696C", "--format", "csv").rows
    assert (row["structure_kind"], row["pose_source"]) == ("comparative", "template")


def made(good):
    """A model without the work: what `prepare` needs to see of one."""
    from trkstruct.preparation.checks import Check
    from trkstruct.preparation.models import Movement, PreparedModel

    movement = Movement(0.1, 0.2, 2.4, ("LYS A:1 NZ 2.4",))
    checks = (Check("overlap, A", 0.3 if good else 0.9, 0.6, "LYS A:1 NZ - LEU A:9 CB"),)
    parts = {"parts": (), "atoms": (), "ligand": None, "klifs": (), "state": None}
    return PreparedModel("x", "", "x", "file", "prepared", "none", "TRKA", steps=("Did it.",),
                         checks=checks, movement=movement, **parts)  # fmt: skip


@pytest.mark.parametrize("good", [True, False])
def test_prepare_ends_with_1_if_the_model_is_no_good_and_writes_it(
    good, root, tmp_path, monkeypatch
):
    monkeypatch.setattr("trkstruct.preparation.prepare", lambda *a, **b: made(good))
    out = tmp_path / "x.cif"
    ran = Ran("prepare", root / "structures" / "4GT5.cif.gz", "-o", out)
    assert ran.code == (0 if good else 1) and out.is_file()
    assert ("fails its checks and is no good model: overlap, A" in ran.err) != good
    assert "over 2 A: LYS A:1 NZ 2.4" in " ".join(ran.out.split())
    assert ("FAILED" in ran.out) != good
    record = json.loads(
        Ran("prepare", root / "structures" / "4GT5.cif.gz", "-o", out, "--format", "json").out
    )
    assert record["checked"][0]["passed"] is good and record["steps"] == ["Did it."]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["7VKO", "-o", "x.cif.gz"], "7VKO is a bundled model, which is prepared already"),
        (["9ABC", "-o", "x.cif.gz"], "`trkstruct fetch 9ABC` gets the entry"),
        (["7VKO", "-o", "x.pdb"], "written as .cif or .cif.gz"),
        (["-o", "x.cif"], "Give RAW, or --comparative with --template"),
        (["7VKO", "--template", "7VKO", "-o", "x.cif"], "--template goes with --comparative"),
        (["7VKO", "--comparative", "TRKC", "--template", "7VKO", "-o", "x.cif"], "not both"),
        (["7VKO", "--comparative", "TRKX", "-o", "x.cif"], "No kinase is called 'TRKX'"),
        (["7VKO", "--name", "a b", "-o", "x.cif"], "letters, digits and . _ - only"),
    ],
)
def test_prepare_says_what_it_cannot_do(args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "cache"))
    ran = Ran("prepare", *args)
    assert ran.code == 2 and message in " ".join(ran.err.split())
    assert not list(tmp_path.iterdir())


def test_prepare_without_openmm_names_the_extra(root, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openmm", None)
    ran = Ran("prepare", root / "structures" / "4GT5.cif.gz", "-o", tmp_path / "x.cif.gz")
    assert ran.code == 2 and "pip install 'trkstruct[prepare]'" in ran.err
    assert not list(tmp_path.iterdir())


def test_prepare_never_writes_over_its_input(root, tmp_path):
    import shutil

    raw = shutil.copy(root / "structures" / "4GT5.cif.gz", tmp_path)
    ran = Ran("prepare", raw, "-o", raw)
    assert ran.code == 2 and "written over its input" in ran.err


def test_score_and_screen_fill_the_same_cells(trka, tmp_path):
    (tmp_path / "plan.csv").write_text(f"structure,mutation\n{trka},G595R\n", encoding="utf-8")
    (scored,) = Ran("score", "-s", trka, "-m", "G595R", "--format", "csv").rows
    (screened,) = Ran("screen", tmp_path / "plan.csv").rows
    assert scored["dfg_state"] == "in"
    assert scored | {"structure": ""} == screened | {"structure": ""}


def test_screen_as_table_json_and_csv_also_beside_a_file(plan, folder, tmp_path):
    args = ("screen", plan, "--structures", folder)
    table = Ran(*args, "--format", "table")
    assert "repotrectinib" in table.out and "failed" in table.out
    assert max(map(len, table.out.splitlines())) <= 80
    written = Ran(*args, "--format", "json", "-o", tmp_path / "x.csv")
    assert [row["row"] for row in json.loads(written.out)] == [1, 2, 3]
    assert Ran(*args, "--format", "csv").out == Ran(*args).out


def test_screen_says_which_columns_it_does_not_use(folder, tmp_path):
    (tmp_path / "plan.csv").write_text("Structure,Mutation,mutatoin\n7VKO,F589L,x\n")
    ran = Ran("screen", tmp_path / "plan.csv", "--structures", folder)
    assert ran.code == 0 and "not used: mutatoin." in ran.err


def test_screen_tells_of_reasons_that_it_does_not_list(folder, tmp_path):
    lines = "".join(f"7VKO,A{n}R\n" for n in range(580, 588))
    (tmp_path / "plan.csv").write_text(f"structure,mutation\n{lines}")
    ran = Ran("screen", tmp_path / "plan.csv", "--structures", folder)
    assert ran.code == 1 and "row 1: A580R" in ran.err
    assert "3 more, for other reasons: see the column error." in ran.err


def test_results_are_never_written_over_the_plan(plan):
    before = plan.read_text(encoding="utf-8")
    ran = Ran("screen", plan, "-o", plan)
    assert ran.code == 2 and "written over the plan" in ran.err
    assert plan.read_text(encoding="utf-8") == before


def test_ligands_that_are_bound_nowhere_are_placed(folder, shared):
    for given in ("lorlatinib", shared / "ligand_poses" / "4CLI_5P8.sdf"):
        ran = Ran("matrix", "--structures", folder, "-k", "TRKA", "-m", "G595R", "-l", given,
                  "--format", "csv")  # fmt: skip
        (row,) = ran.rows
        assert (row["status"], row["kinase"]) == ("ok", "TRKA")
        assert row["pose_source"] == "template" and row["template"]
        assert row["ligand"] in {"lorlatinib", "5P8"} and row["ligand_smiles"]


def test_file_names_that_are_not_text_do_no_harm(trka, tmp_path):
    (tmp_path / "s").mkdir()
    try:
        (tmp_path / "s" / os.fsdecode(b"caf\xe9.pdb")).symlink_to(trka)
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    out = tmp_path / "out"
    ran = Ran("matrix", "--structures", tmp_path / "s", "-m", "G595R", "-o", out)
    assert ran.code == 0, ran.err
    with (out / "matrix.csv").open(newline="", encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["structure"] == "caf\ufffd"


def test_characters_that_a_terminal_cannot_show_do_no_harm(trka):
    ran = subprocess.run(
        [sys.executable, "-m", "trkstruct", "score", "-s", str(trka), "-m", "F589L",
         "-l", "repotrectinib", "--ligand-name", "\u043d"],
        capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert b"\\u043d in TRKA" in ran.stdout


def test_ctrl_c_ends_with_130_and_leaves_nothing(plan, folder, tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("trkstruct._batches.answer", interrupted)
    ran = Ran("screen", plan, "--structures", folder, "-o", tmp_path / "out" / "x.csv")
    assert ran.code == 130 and "Interrupted" in ran.err and "Traceback" not in ran.err
    assert "nothing is kept" in ran.err and not list((tmp_path / "out").iterdir())


def test_info_of_a_file_without_a_header_says_so(trka, tmp_path):
    lines = trka.read_text().splitlines(keepends=True)
    atoms = [line for line in lines if line.startswith(("ATOM", "HETATM"))]
    (tmp_path / "bare.pdb").write_text("".join(atoms) + "END\n")
    ran = Ran("info", tmp_path / "bare.pdb")
    assert "of unknown origin" in ran.out and "file     file" not in ran.out


def test_text_of_the_user_stays_in_its_line_of_the_scene(trka, tmp_path):
    out = tmp_path / "out"
    ran = Ran("mutate", "-s", trka, "-m", "F589L\n+G595R", "-l", "repotrectinib", "--save", out,
              "--ligand-name", "two\nlines")  # fmt: skip
    assert ran.code == 0, ran.err
    scene = (out / "scene.pml").read_text(encoding="utf-8").splitlines()
    assert scene[0].startswith("# F589L +G595R against two lines.")
    records = {line[:6] for line in (out / "mutant.pdb").read_text().splitlines()}
    assert records <= {"REMARK", "MODEL ", "ATOM  ", "TER", "TER   ", "ENDMDL", "END"}
    assert (out / "ligand.sdf").read_text(encoding="utf-8").splitlines()[0] == "two lines"
