"""A matrix that builds on an earlier one: what is kept, what is computed, what is said of it."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct import _since, panels, results, screening
from trkstruct.cli import main
from trkstruct.errors import PlanError

MARKS = ("change", "change_reason", "ddg_before_kcal", "call_before")


def run(*args: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    ran = CliRunner(env={"COLUMNS": "80"}).invoke(main, [str(arg) for arg in args])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rewrite(path, **cells):
    """Write other text into the cells of the first row of a table."""
    rows = read(path)
    rows[0] |= cells
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def files(structure_file, tmp_path):
    """Copies of two structures of ALK that a test may change."""
    folder = tmp_path / "files"
    folder.mkdir()
    for pdb_id in ("2XP2", "4CLI"):
        shutil.copy(structure_file(pdb_id), folder)
    return folder


@pytest.fixture
def old(files, tmp_path):
    """An earlier matrix of them, and of two mutations."""
    matrix(files, tmp_path / "old", "L1196M", "G1202R")
    return tmp_path / "old" / "matrix.csv"


def matrix(files, out, *mutations, since=None, code=0):
    options = [part for text in mutations for part in ("-m", text)]
    more = ["--since", since] if since is not None else []
    ran = run("matrix", "--structures", files, *options, "-o", out, *more)
    assert ran[0] == code, ran[2]
    return ran[2]


@pytest.fixture
def computed(monkeypatch):
    """Rows that are computed, as kinase-free pairs of structure and mutation."""
    asked = []

    def noted(rows, **more):
        rows = list(rows)
        asked.extend((row.label.split("_")[0], row.mutation) for row in rows)
        return screening.run(rows, **more)

    monkeypatch.setattr(panels, "run", noted)
    return asked


def without_marks(rows):
    return [{k: v for k, v in row.items() if k not in MARKS} for row in rows]


def test_nothing_new_is_computed_and_every_cell_is_kept(files, old, tmp_path, computed):
    err = matrix(files, tmp_path / "new", "L1196M", "G1202R", since=old)
    rows = read(tmp_path / "new" / "matrix.csv")
    assert computed == [] and "4 rows are kept, 0 are new" in " ".join(err.split())
    assert {(row["change"], row["change_reason"]) for row in rows} == {("kept", "")}
    assert without_marks(rows) == read(old)
    for row in rows:
        assert (row["ddg_before_kcal"], row["call_before"]) == (row["ddg_kcal"], row["call"])
    record = json.loads((tmp_path / "new" / "run.json").read_text())
    assert len(record["given"]) == 2 and record["tables"] == _since.tables_sum()


def test_the_same_folder_may_be_written_again(files, old, computed):
    matrix(files, old.parent, "L1196M", "G1202R", since=old)
    matrix(files, old.parent, "L1196M", "G1202R", since=old)
    rows = read(old)
    assert computed == [] and list(rows[0])[-4:] == list(MARKS)
    assert {row["change"] for row in rows} == {"kept"}


def test_new_mutations_and_structures_alone_are_computed(
    files, old, structure_file, tmp_path, computed
):
    shutil.copy(structure_file("3AOX"), files)
    matrix(files, tmp_path / "new", "L1196M", "G1269A", since=old)
    rows = read(tmp_path / "new" / "matrix.csv")
    said = {
        (row["structure"].split("_")[0], row["mutation"]): (row["change"], row["change_reason"])
        for row in rows
    }
    assert said == {
        ("2XP2", "L1196M"): ("kept", ""), ("2XP2", "G1269A"): ("new", "mutation"),
        ("4CLI", "L1196M"): ("kept", ""), ("4CLI", "G1269A"): ("new", "mutation"),
        ("3AOX", "L1196M"): ("new", "compound"), ("3AOX", "G1269A"): ("new", "compound"),
    }  # fmt: skip
    assert sorted(computed) == sorted(key for key, (change, _) in said.items() if change == "new")
    assert [row["row"] for row in rows] == [str(n) for n in range(1, 7)]
    assert all(row["call_before"] == "" for row in rows if row["change"] == "new")


def test_what_is_asked_no_more_is_left_out_and_said(files, old, tmp_path):
    err = matrix(files, tmp_path / "new", "L1196M", since=old)
    assert "2 rows of matrix.csv are not asked any more and left out" in " ".join(err.split())
    assert len(read(tmp_path / "new" / "matrix.csv")) == 2


def test_a_structure_that_changed_is_computed_anew(files, old, tmp_path, computed):
    (path,) = files.glob("4CLI*")
    path.write_bytes(path.read_bytes() + b"REMARK 999 ANOTHER FILE\n")
    matrix(files, tmp_path / "new", "L1196M", "G1202R", since=old)
    rows = {(r["structure"][:4], r["mutation"]): r for r in read(tmp_path / "new" / "matrix.csv")}
    assert {structure for structure, _ in computed} == {"4CLI"} and len(computed) == 2
    assert rows["4CLI", "L1196M"]["change_reason"] == "structure"
    assert rows["4CLI", "L1196M"]["change"] == "unchanged"
    assert rows["2XP2", "L1196M"]["change"] == "kept"


@pytest.mark.parametrize(
    ("cells", "reason", "change"),
    [
        ({"version": "trkstruct 0.0.1"}, "version", "unchanged"),
        ({"version": "trkstruct 0.0.1", "ddg_kcal": "-9.000"}, "version", "ddg"),
        ({"version": "trkstruct 0.0.1", "call": "sensitised"}, "version", "call"),
        ({"status": "failed", "call": "", "ddg_kcal": ""}, "failed before", "call"),
    ],
)
def test_why_a_row_is_computed_anew_and_what_came_of_it(
    files, old, tmp_path, computed, cells, reason, change
):
    before = read(old)[0]
    rewrite(old, **cells)
    err = " ".join(matrix(files, tmp_path / "new", "L1196M", "G1202R", since=old).split())
    row, *others = read(tmp_path / "new" / "matrix.csv")
    assert (row["change_reason"], row["change"]) == (reason, change) and len(computed) == 1
    assert row["ddg_kcal"] == before["ddg_kcal"] and row["call"] == before["call"]
    assert row["call_before"] == cells.get("call", before["call"])
    assert row["ddg_before_kcal"] == cells.get("ddg_kcal", before["ddg_kcal"])
    assert {other["change"] for other in others} == {"kept"}
    assert f"1 were computed anew ({reason})" in err
    if change == "call":
        was = cells["call"] or "failed"
        assert f"{row['ligand']} {row['mutation_uniprot']} {was} > {row['call']}" in err


def test_tables_that_changed_compute_everything_anew(files, old, tmp_path, computed, monkeypatch):
    monkeypatch.setattr(_since, "tables_sum", lambda: "another")
    matrix(files, tmp_path / "new", "L1196M", "G1202R", since=old)
    rows = read(tmp_path / "new" / "matrix.csv")
    assert len(computed) == 4 and {row["change_reason"] for row in rows} == {"tables"}
    assert {row["change"] for row in rows} == {"unchanged"}


@pytest.mark.parametrize("more", [["--rigid"], ["--seed", "3"]])
def test_other_settings_compute_everything_anew(files, old, tmp_path, computed, more):
    code, _, err = run(
        "matrix", "--structures", files, "-m", "L1196M", "--since", old, "-o", tmp_path / "x", *more
    )
    assert code == 0, err
    rows = read(tmp_path / "x" / "matrix.csv")
    assert len(computed) == 2 and {row["change_reason"] for row in rows} == {"settings"}


def test_without_a_record_own_structures_are_computed_anew(files, old, tmp_path, computed):
    (old.parent / "run.json").unlink()
    err = matrix(files, tmp_path / "new", "L1196M", since=old)
    assert "Beside matrix.csv is no run.json" in " ".join(err.split()) and len(computed) == 2
    rows = read(tmp_path / "new" / "matrix.csv")
    assert {row["change_reason"] for row in rows} == {"structure unknown"}


# --- compounds that are placed; placing is stood in for

FIRST = "Cc1ccc2ncc(C(=O)NC3CCOCC3)n2n1"
SECOND = "Cc1ccc2ncc(C(=O)NC3CCCCC3)n2n1"


@pytest.fixture
def series(tmp_path, placing, monkeypatch):
    """Write a series and make its matrix on the bundled models of TRKA."""
    monkeypatch.delenv("TRKSTRUCT_STRUCTURES", raising=False)

    def make(out, *compounds, since=None):
        file = tmp_path / "series.csv"
        lines = [f"{name},{smiles}\n" for name, smiles in compounds]
        file.write_text("id,smiles\n" + "".join(lines), encoding="utf-8")
        more = ["--since", since] if since is not None else []
        code, _, err = run("matrix", "-k", "TRKA", "-l", file, "-m", "G595R", "-o", out, *more)
        assert code == 0, err
        return {r["ligand"]: (r["change"], r["change_reason"]) for r in read(out / "matrix.csv")
                } if since is not None else read(out / "matrix.csv")  # fmt: skip

    return make


def test_new_compounds_of_a_series_alone_are_placed(series, placing, tmp_path):
    series(tmp_path / "old", ("X-1", FIRST))
    placing.asked.clear()
    since = tmp_path / "old" / "matrix.csv"
    said = series(tmp_path / "new", ("X-1", FIRST), ("X-2", SECOND), since=since)
    assert said == {"X-1": ("kept", ""), "X-2": ("new", "compound")}
    assert {name for _, name in placing.asked} == {"X-2"}


def test_another_molecule_of_the_same_name_is_computed_anew(series, tmp_path):
    series(tmp_path / "old", ("X-1", FIRST))
    since = tmp_path / "old" / "matrix.csv"
    said = series(tmp_path / "new", ("X-1", SECOND), since=since)
    assert said["X-1"][1] == "compound" and said["X-1"][0] in ("unchanged", "ddg", "call")


def test_bundled_models_need_no_record_but_it_is_said(series, tmp_path):
    series(tmp_path / "old", ("X-1", FIRST))
    (tmp_path / "old" / "run.json").unlink()
    said = series(tmp_path / "new", ("X-1", FIRST), since=tmp_path / "old" / "matrix.csv")
    assert said == {"X-1": ("kept", "")}


def test_another_structure_to_choose_from_computes_what_is_placed_anew(
    structure_file, placing, tmp_path
):
    def panel(*ids, since=None):
        return ts.cross_resistance(
            ts.ligand(smiles=FIRST, name="X-1"),
            structures=[structure_file(pdb_id) for pdb_id in ids],
            mutations=["G595R"], since=since,
        )  # fmt: skip

    def save(made, name):
        (tmp_path / name).mkdir()
        made.to_csv(tmp_path / name / "matrix.csv")
        (tmp_path / name / "run.json").write_text(json.dumps(made.basis.record()))
        return tmp_path / name / "matrix.csv"

    old = save(panel("7VKO"), "old")
    assert [row["change"] for row in panel("7VKO", since=old).rows] == ["kept"]
    again = panel("7VKO", "4YNE", since=old)
    assert [row["change_reason"] for row in again.rows] == ["structure"]


# --- what is no earlier matrix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file"),
        ("a,b\n1,2\n", "is no table of results: it has no column row, id, structure"),
        (b"row,\xe9\n1,2\n", "is no table of results in UTF-8"),
    ],
)
def test_what_is_no_earlier_matrix_is_told_before_any_work(
    tmp_path, computed, files, text, message
):
    path = tmp_path / "x.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _, err = run("matrix", "--structures", files, "--since", path)
    assert code == 2 and message in " ".join(err.split()) and computed == []
    with pytest.raises(PlanError):
        _since.Earlier(path)


def test_a_table_is_read_as_it_was_written(tmp_path):
    rows = [
        screening.results_row(
            {
                "row": 3, "id": "=1+1", "structure": "'quoted'", "ligand": "-x", "ddg_kcal": -0.0,
                "fold_change": 137.0, "uniprot_position": "595;589", "klifs_position": 51,
                "p_resistant": 0.5, "wt_potency_nm": 0.07, "n_poses": 5, "distance_ang": 2.349,
                "reasons": ("a, b", "c\n\"d\""), "status": "ok", "more_kcal": 1.5, "text": "+5",
            }
        ),
        screening.results_row({"row": 4, "status": "failed", "error": "@x"}),
    ]  # fmt: skip
    results.write_csv(rows, tmp_path / "a.csv")
    again = results.read_results(tmp_path / "a.csv")
    results.write_csv(again, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
    assert again[0]["id"] == "=1+1" and again[0]["ligand"] == "-x" and again[0]["row"] == 3
    assert again[0]["uniprot_position"] == "595;589" and again[0]["klifs_position"] == 51
    assert again[0]["ddg_kcal"] == 0.0 and again[1]["ddg_kcal"] is None
