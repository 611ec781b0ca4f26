"""Batches in part files: killed, interrupted, out of space, shared out, and put together again."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from trkstruct import _batches, _parts, plans, results, screening
from trkstruct._parts import Merged, Parts, default_folder
from trkstruct._planfile import PlanFile
from trkstruct.cli import main
from trkstruct.errors import PlanError

#: Two bundled models, their rows mixed, one row in three wrong in some way.
MUTATIONS = {
    "7VKO": ("G595R", "A595R", "F589L", "G667C", "G667S", "p.G595del"),
    "2XP2": ("G1202R", "L1196M", "A1202R", "G1269A", "S1281A", "F1174L"),
}


def run(*args: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    ran = CliRunner(env={"COLUMNS": "80"}).invoke(main, [str(arg) for arg in args])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.csv"
    rows = [
        (f"{model}-{mutation}", model, mutation)
        for pair in zip(*MUTATIONS.values(), strict=True)
        for model, mutation in zip(MUTATIONS, pair, strict=True)
    ]
    rows.append(("no file", "nowhere.pdb", "G595R"))
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "structure", "mutation"), *rows])
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The table of the plan as the engine gives it without any files in between."""
    rows = [
        {"id": f"{model}-{mutation}", "structure": model, "mutation": mutation}
        for pair in zip(*MUTATIONS.values(), strict=True)
        for model, mutation in zip(MUTATIONS, pair, strict=True)
    ]
    rows.append({"id": "no file", "structure": "nowhere.pdb", "mutation": "G595R"})
    folder = tmp_path_factory.mktemp("plain")
    results.write_csv(screening.run(plans.plan(rows, folder=folder)), folder / "x.csv")
    return (folder / "x.csv").read_bytes()


@pytest.fixture
def quick(monkeypatch):
    """Rows are answered at once, without any structure: what matters is where they go."""
    asked: list[int] = []

    def answer(row, bench):
        asked.append(row.row)
        bad = row.mutation.startswith("bad")
        known = {"row": row.row, "id": row.id, "mutation": row.mutation, "ddg_kcal": row.row / 8}
        known |= {"status": "failed", "error": f"no {row.row}"} if bad else {"status": "ok"}
        return screening.results_row(known)

    monkeypatch.setattr(_batches, "answer", answer)
    return asked


def write_plan(path, n, models=3, bad=()):
    lines = [f"{i},m{i % models},{'bad' if i in bad else 'G'}{i}R\n" for i in range(1, n + 1)]
    path.write_text("id,structure,mutation\n" + "".join(lines), encoding="utf-8")
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# --- the same table, whatever happens on the way


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_table_is_that_of_the_engine(plan, table, tmp_path, jobs):
    out = tmp_path / "out.csv"
    code, _, err = run("screen", plan, "-o", out, "-j", jobs)
    assert code == 1 and "13 rows: " in err
    assert out.read_bytes() == table
    assert not default_folder(out).exists()


def start(plan, out, *more):
    command = [sys.executable, "-m", "trkstruct", "screen", str(plan), "-o", str(out), *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_parts(process, folder, number):
    """Wait until there are so many parts, or the process has ended."""
    parts = Parts(folder)
    while process.poll() is None and len(parts.files) < number:
        time.sleep(0.01)


@pytest.fixture(scope="module")
def saturation(tmp_path_factory):
    """A plan that takes some seconds, and its table in an undisturbed run."""
    folder = tmp_path_factory.mktemp("saturation")
    sites = {"7VKO": ("G595", "F589", "G667"), "2XP2": ("G1202", "L1196", "G1269")}
    lines = [
        f"{model},{site}{letter}\n"
        for letter in "ACDEFGHIKLMNPQRSTVWY"
        for model, positions in sites.items()
        for site in positions
    ]
    (folder / "plan.csv").write_text("structure,mutation\n" + "".join(lines), encoding="utf-8")
    assert run("screen", folder / "plan.csv", "-o", folder / "out.csv")[0] == 1
    return folder / "plan.csv", (folder / "out.csv").read_bytes(), len(lines)


def test_killed_at_any_moment_and_resumed_the_table_is_the_same(saturation, tmp_path):
    plan, undisturbed, rows = saturation
    out = tmp_path / "out.csv"
    folder = default_folder(out)
    chance = random.Random(7)
    for trial in range(3):
        process = start(plan, out, "-j", str(1 + trial % 2), "--resume")
        wait_for_parts(process, folder, 25 * trial + chance.randint(1, 20))
        time.sleep(chance.random() / 50)
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, err
        assert not out.exists()
    there = len(Parts(folder).files)
    assert 50 < there < rows
    code, _, err = run("screen", plan, "-o", out, "--resume")
    assert code == 1 and f"{there} of {rows} rows were there" in err
    assert out.read_bytes() == undisturbed and not folder.exists()


def children(pid):
    """Processes that a process has spawned as workers."""
    found = []
    for other in os.listdir("/proc"):
        try:
            with open(f"/proc/{other}/stat") as about, open(f"/proc/{other}/cmdline") as command:
                parent = int(about.read().rpartition(")")[2].split()[1])
                if parent == pid and "spawn_main" in command.read():
                    found.append(int(other))
        except (OSError, ValueError):
            continue
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds its workers in /proc")
def test_a_worker_that_is_killed_costs_nothing(saturation, tmp_path):
    plan, undisturbed, _ = saturation
    out = tmp_path / "out.csv"
    process = start(plan, out, "-j", "2")
    wait_for_parts(process, default_folder(out), 2)
    killed = children(process.pid)[:1]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate()
    assert killed and process.returncode == 1, err
    assert out.read_bytes() == undisturbed


def test_ctrl_c_leaves_parts_and_says_how_to_go_on(tmp_path, quick, monkeypatch):
    plan, out = write_plan(tmp_path / "plan.csv", 9), tmp_path / "out.csv"
    whole = _batches.answer

    def interrupted(row, bench):
        if len(quick) == 4:
            raise KeyboardInterrupt
        return whole(row, bench)

    monkeypatch.setattr(_batches, "answer", interrupted)
    code, _, err = run("screen", plan, "-o", out)
    assert code == 130 and "Interrupted." in err
    assert "4 of 9 rows are kept" in err and "--resume does the rest" in err
    assert not out.exists()
    monkeypatch.setattr(_batches, "answer", whole)
    assert run("screen", plan, "-o", out, "--resume")[0] == 0
    assert len(quick) == 9 and len(set(quick)) == 9
    assert [row["row"] for row in rows_of(out)] == [str(n) for n in range(1, 10)]


@pytest.mark.parametrize("where", ["part", "table"])
def test_a_full_disk_is_said_and_what_was_written_stays(tmp_path, quick, monkeypatch, where):
    plan, out = write_plan(tmp_path / "plan.csv", 9), tmp_path / "out.csv"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "some file"))
    if where == "part":
        original, written = type(tmp_path).write_bytes, []

        def write_bytes(path, data):
            if len(written) == 5:
                original(path, data[:7])  # what still fits
                raise full
            written.append(path)
            return original(path, data)

        monkeypatch.setattr(type(tmp_path), "write_bytes", write_bytes)
    else:
        monkeypatch.setattr(_parts, "written", lambda *_: (_ for _ in ()).throw(full))
    code, _, err = run("screen", plan, "-o", out)
    assert code == 2 and "No space left on device" in err and "--resume does the rest" in err
    kept = 5 if where == "part" else 9
    assert f"{kept} of 9 rows are kept" in err and not out.exists()
    left = default_folder(out)
    assert len(list(left.iterdir())) == kept + 1  # and nothing that is written by half
    monkeypatch.undo()
    monkeypatch.setattr(_batches, "answer", lambda row, _: screening.results_row(
        {"row": row.row, "id": row.id, "mutation": row.mutation, "ddg_kcal": row.row / 8,
         "status": "ok"}))  # fmt: skip
    assert run("screen", plan, "-o", out, "--resume")[0] == 0
    assert len(rows_of(out)) == 9 and not left.exists()


def test_a_damaged_part_is_done_again(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 6), tmp_path / "out.csv"
    assert run("screen", plan, "-o", out, "--keep-parts")[0] == 0
    before = out.read_bytes()
    files = Parts(default_folder(out)).files
    files[1].write_bytes(files[1].read_bytes()[:-9])
    files[3].write_bytes(files[3].read_bytes().replace(b"G5R", b"G5K"))
    files[4].write_bytes(b"")
    quick.clear()
    assert run("screen", plan, "-o", out, "--resume")[0] == 0
    assert len(quick) == 3 and out.read_bytes() == before


def test_a_row_that_takes_too_long_fails_and_is_tried_again(tmp_path, quick, monkeypatch):
    plan, out = write_plan(tmp_path / "plan.csv", 9, models=9), tmp_path / "out.csv"
    whole = _batches.answer

    def slow(row, bench):
        while row.row == 4:  # for ever, and through what catches errors
            with contextlib.suppress(Exception):
                time.sleep(0.01)
        return whole(row, bench)

    monkeypatch.setattr(_batches, "answer", slow)
    before = signal.getsignal(signal.SIGALRM)
    code, _, err = run("screen", plan, "-o", out, "--time-limit", "0.2", "--keep-parts")
    assert code == 1 and "row 4: It took longer than the limit of 0.2 s" in err
    assert [row["status"] for row in rows_of(out)] == ["ok"] * 3 + ["failed"] + ["ok"] * 5
    assert signal.getsignal(signal.SIGALRM) is before
    monkeypatch.setattr(_batches, "answer", whole)
    quick.clear()
    assert run("screen", plan, "-o", out, "--resume")[0] == 0
    assert quick == [4] and {row["status"] for row in rows_of(out)} == {"ok"}


def test_a_complex_that_takes_too_long_is_not_prepared_for_each_row(tmp_path, monkeypatch):
    prepared = []

    def endless(bench, row):
        prepared.append(row.row)
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(screening.Bench, "_prepare", endless)
    plan, out = write_plan(tmp_path / "plan.csv", 9, models=2), tmp_path / "out.csv"
    code, _, err = run("screen", plan, "-o", out, "--time-limit", "0.2")
    assert code == 1 and "It took longer than the limit of 0.2 s" in err
    assert len(prepared) == 2 and len(rows_of(out)) == 9


# --- what is refused


def test_parts_that_are_there_are_not_used_unasked(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 6), tmp_path / "out.csv"
    run("screen", plan, "-o", out, "--keep-parts")
    quick.clear()
    code, _, err = run("screen", plan, "-o", out)
    assert code == 2 and "has parts of an earlier run. Use --resume" in err and not quick


def test_resuming_where_there_is_nothing_begins(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 6), tmp_path / "out.csv"
    assert run("screen", plan, "-o", out, "--resume")[0] == 0 and len(quick) == 6


def test_what_ended_before_its_first_part_is_begun_again(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 6), tmp_path / "out.csv"
    with PlanFile(plan) as questions:
        _batches.Batch(questions, default_folder(out), parameters={"seed": 5})
    assert run("screen", plan, "-o", out)[0] == 0 and len(quick) == 6
    assert not default_folder(out).exists()


@pytest.mark.parametrize("what", ["plan", "structure", "version", "parameter", "share", "ligand"])
def test_parts_of_another_run_are_refused(tmp_path, quick, monkeypatch, what):
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    (tmp_path / "mine.pdb").write_text("HEADER\n")
    (tmp_path / "mine.sdf").write_text("one\n")
    plan.write_text("structure,mutation,ligand\nmine.pdb,G595R,mine.sdf#1\n", encoding="utf-8")
    assert run("screen", plan, "-o", out, "--keep-parts")[0] == 0
    more = []
    if what == "plan":
        plan.write_text(plan.read_text().replace("G595R", "G595K"), encoding="utf-8")
    elif what == "structure":
        (tmp_path / "mine.pdb").write_text("HEADER else\n")
    elif what == "ligand":
        (tmp_path / "mine.sdf").write_text("two\n")
    elif what == "version":
        monkeypatch.setattr(_batches, "version_string", lambda: "trkstruct 99")
    elif what == "parameter":
        more = ["--seed", "7"]
    else:
        more = ["--shard", "1/2"]
    before = out.read_bytes()
    code, _, err = run("screen", plan, "-o", out, "--resume", *more)
    said = {
        "plan": "plan sum: ",
        "structure": "structure mine.pdb: ",
        "ligand": "ligand file mine.sdf: ",
        "version": "now trkstruct 99",
        "parameter": "parameter seed: 0, now 7",
        "share": "shares: 1, now 2",
    }[what]
    assert code == 2 and "are of another run" in err and said in err
    assert len(quick) == 1 and out.read_bytes() == before


def test_options_that_make_no_sense_are_told(tmp_path, quick):
    plan = write_plan(tmp_path / "plan.csv", 3)
    code, _, err = run("screen", plan, "--resume")
    assert code == 2 and "need -o RESULTS.csv" in err
    for text in ("0/3", "4/3", "3", "a/b", "/", "-1/3"):
        code, _, err = run("screen", plan, "-o", tmp_path / "out.csv", "--shard", text)
        assert code == 2 and "is no share of a plan" in err
    (tmp_path / "out.parts").write_text("mine")
    code, _, err = run("screen", plan, "-o", tmp_path / "out.csv")
    assert code == 2 and "it is no folder" in err
    assert not quick


def test_a_folder_that_does_not_say_what_it_is_of_is_refused(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 3), tmp_path / "out.csv"
    run("screen", plan, "-o", out, "--keep-parts")
    manifest = default_folder(out) / "run-1-of-1.json"
    manifest.write_text("{", encoding="utf-8")
    code, _, err = run("screen", plan, "-o", out, "--resume")
    assert code == 2 and "run-1-of-1.json cannot be used" in " ".join(err.split())
    manifest.unlink()
    code, _, err = run("screen", plan, "-o", out, "--resume")
    assert code == 2 and "nothing says of which run" in err


# --- shares


def test_shares_make_the_same_table(plan, table, tmp_path):
    out = tmp_path / "out.csv"
    for shard in (2, 3, 1):
        code, _, err = run("screen", plan, "-o", out, "--shard", f"{shard}/3")
        assert code in (0, 1) and f"share {shard} of 3" in err and not out.exists()
        if shard != 1:
            code, _, err = run("merge", out)
            assert code == 1 and "of 13 rows are missing; never begun: share" in err
            assert not out.exists()
    code, _, err = run("merge", out)
    assert code == 1 and "13 rows: " in err
    assert out.read_bytes() == table and not default_folder(out).exists()


def test_shares_from_several_folders(tmp_path, quick):
    plan = write_plan(tmp_path / "plan.csv", 700, models=5)
    run("screen", plan, "-o", tmp_path / "whole.csv")
    folders = []
    for shard in (1, 2, 3, 4):
        out = tmp_path / str(shard) / "out.csv"
        assert run("screen", plan, "-o", out, "--shard", f"{shard}/4")[0] == 0
        folders.append(default_folder(out))
    out = tmp_path / "out.csv"
    out.write_text("old")
    code, _, err = run("merge", "-o", out, *folders[:2], folders[3])
    assert code == 1 and "never begun: share 3 of 4" in err and out.read_text() == "old"
    lost = Parts(folders[2]).files[0]
    text = lost.read_bytes()
    lost.unlink()
    code, _, err = run("merge", "-o", out, *folders)
    assert code == 1 and "not finished: share 3 of 4" in err and out.read_text() == "old"
    lost.write_bytes(text)
    assert run("merge", "-o", out, *folders[::-1])[0] == 0
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert all(folder.is_dir() for folder in folders)


def test_shares_of_different_plans_are_not_merged(tmp_path, quick):
    folders = []
    for n in (1, 2):
        plan = write_plan(tmp_path / "plan.csv", 8, bad=(n,))
        out = tmp_path / str(n) / "out.csv"
        run("screen", plan, "-o", out, "--shard", f"{n}/2")
        folders.append(default_folder(out))
    code, _, err = run("merge", "-o", tmp_path / "out.csv", *folders)
    assert code == 2 and "of another run" in err and "plan sum" in err
    code, _, err = run("merge", tmp_path / "none.csv")
    assert code == 2 and "has no parts of a run" in err
    code, _, err = run("merge", *folders)
    assert code == 2 and "need -o RESULTS.csv" in err


@pytest.mark.parametrize(
    ("n", "models", "shards"), [(500, 1, 7), (500, 9, 4), (5, 5, 9), (90, 90, 2)]
)
def test_every_row_is_in_exactly_one_share_and_complexes_stay_together(tmp_path, n, models, shards):
    with PlanFile(write_plan(tmp_path / "plan.csv", n, models)) as plan:
        pieces = _batches._share_out(plan, shards)
        about = plan.complexes
        share = {}
        seen = []
        for piece, shard in enumerate(pieces.shards):
            rows = pieces.rows(piece)
            seen += rows
            for row in rows:
                share.setdefault(int(about[row - 1]), set()).add(shard)
    assert sorted(seen) == list(range(1, n + 1))
    if n / models <= n / shards:
        assert all(len(of) == 1 for of in share.values())
    elif n >= shards:
        assert set.union(*share.values()) == set(range(1, shards + 1))


def test_a_process_stays_with_a_complex_while_others_have_work():
    queue = _batches._Queue([(0, 0), (0, 1), (1, 2), (1, 3), (1, 4)])
    assert queue.take(None) == (0, 0) and queue.take(None) == (1, 2)
    assert queue.take(0) == (0, 1) and queue.take(1) == (1, 3)
    assert queue.take(0) == (1, 4) and queue.take(0) is None


# --- the plan and the table


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_a_plan_is_read_as_ever_row_by_row(tmp_path, end, bom):
    path = tmp_path / "plan.csv"
    text = (
        'Structure,id,mutation,ligand name\n7VKO,"a\nb ""c""",G595R\n\n'
        "2XP2,é,G1202R,x\n\n7VKO,last,F589L,"
    )
    path.write_bytes((bom + text.replace("\n", end)).encode())
    expected = plans.read_plan(path)
    with PlanFile(path) as plan:
        assert len(plan) == len(expected) == 3
        assert plan.rows([3, 1, 2]) == [expected[2], expected[0], expected[1]]
        assert plan.structures == ("7VKO", "2XP2")
        assert plan.complexes[0] != plan.complexes[2] or expected[0].ligand_name == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"structure,mutation\n7VKO,G\xe9\n", "is not UTF-8 (byte 26)"),
        (b"structure,mutation\n7VKO,A,B\n", "more cells in row 1"),
        (b"structure;mutation\n7VKO;A\n", "not separated by commas"),
        (b"structure,mutation,mutation\nx,A,B\n", "'mutation' twice"),
        (b"structure,mutation\n\n", "has no rows"),
        (b"structure\nx\n", "no column 'mutation'"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_alike(tmp_path, text, message):
    path = tmp_path / "plan.csv"
    path.write_bytes(text)
    with pytest.raises(PlanError) as read:
        plans.read_plan(path)
    with pytest.raises(PlanError) as streamed:
        PlanFile(path)
    assert message in str(read.value) and str(streamed.value) == str(read.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("structure,mutation\n7VKO,G595R\n".encode("utf-16"), "is not UTF-8 (byte 1). Save it as"),
        ("id,structure,mutation\nprobe-é,7VKO,G595R\n".encode("latin-1"), "is not UTF-8"),
        (b"structure,change\n7VKO,G595R\n", "no column 'mutation'; it has 'structure', 'change'"),
    ],
)
def test_a_bad_plan_ends_with_2_and_leaves_nothing(tmp_path, quick, text, message):
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    plan.write_bytes(text)
    code, _, err = run("screen", plan, "-o", out)
    assert code == 2 and message in " ".join(err.split())
    assert not quick and [path.name for path in tmp_path.iterdir()] == ["plan.csv"]


def test_ids_may_repeat_and_be_empty(tmp_path, quick):
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    ids = ["x", "x", "", "y", "x", ""]
    lines = [f"{name},m{n % 2},G{n}R\n" for n, name in enumerate(ids)]
    plan.write_text("id,structure,mutation\n" + "".join(lines), encoding="utf-8")
    assert run("screen", plan, "-o", out)[0] == 0
    rows = rows_of(out)
    assert [row["id"] for row in rows] == ids
    assert [row["row"] for row in rows] == [str(n) for n in range(1, 7)]
    assert [row["mutation"] for row in rows] == [f"G{n}R" for n in range(6)]


def test_one_row_in_a_hundred_is_bad_and_the_rest_is_done(tmp_path):
    """No row is answered by a stand-in: what is bad is bad in ten ways."""
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    bad = [
        "2XP2,A1202R,", "2XP2,nonsense,", "2XP2,,", ",G1202R,", "nowhere.pdb,G1202R,",
        "2XP2,G1202R,no such drug", "2XP2,G1202R,crystal(", "2XP2,G1202*,", "2XP2,G9999R,",
        "2XP2,p.Gly1202del,",
    ]  # fmt: skip
    letters = "ARNDCQEHILKMFPSTWYV"
    good = [f"2XP2,G1202{letters[n % 19]}," for n in range(990)]
    lines = [*good[:500], *bad, *good[500:]]
    plan.write_text("structure,mutation,ligand\n" + "\n".join(lines) + "\n", encoding="utf-8")
    code, _, err = run("screen", plan, "-o", out)
    assert code == 1 and "1000 rows: 990 ok, 10 failed" in err
    rows = rows_of(out)
    assert [row["status"] for row in rows[:500] + rows[510:]] == ["ok"] * 990
    assert all(row["error"] and not row["ddg_kcal"] for row in rows[500:510])
    assert "Traceback" not in err and "This is a defect" not in err


def test_a_plan_that_changes_meanwhile_is_noticed(tmp_path):
    path = write_plan(tmp_path / "plan.csv", 5)
    with PlanFile(path) as plan:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("6,m0,F589L\n")
        with pytest.raises(PlanError, match="was changed while it was worked on"):
            plan.rows([1])


def test_failures_are_counted_and_listed(tmp_path, quick):
    plan, out = write_plan(tmp_path / "plan.csv", 400, bad=range(1, 200)), tmp_path / "out.csv"
    code, _, err = run("screen", plan, "-o", out)
    assert code == 1 and "400 rows: 201 ok, 199 failed" in err
    assert "row 1: no 1" in err and "194 more, for other reasons" in err


def test_further_columns_are_in_the_order_in_which_they_come(tmp_path):
    rows = {
        0: [{"row": 4, "late": 1, "b": 2, "status": "ok"}],
        1: [{"row": 1, "status": "ok"}, {"row": 3, "b": 1, "status": "ok"}],
        2: [{"row": 2, "a": "x", "b": 0.5, "status": "ok"}],
    }
    parts = Parts(tmp_path / "parts")
    parts.begin(_parts.Share({}, 1, 1, 4, 4, 0, 3), resume=False)
    for number, part in rows.items():
        parts.write(number, part)
    merged = Merged([parts.folder])
    in_order = sorted((row for part in rows.values() for row in part), key=lambda row: row["row"])
    assert merged.columns == results.columns_of(in_order)
    merged.write(tmp_path / "x.csv", lambda row: None)
    results.write_csv(in_order, tmp_path / "y.csv")
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "y.csv").read_bytes()


def test_parquet_has_the_same_cells(tmp_path, quick):
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra batch")
    plan = write_plan(tmp_path / "plan.csv", 30, bad=(4,))
    for name in ("out.parquet", "out.csv"):
        assert run("screen", plan, "-o", tmp_path / name)[0] == 1
    frame = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    for cells, row in zip(rows_of(tmp_path / "out.csv"), frame, strict=True):
        assert cells == {k: str(results.written(k, v)) for k, v in row.items()}
    assert frame[0]["ddg_kcal"] == 0.125 and frame[3]["error"] == "no 4"


def test_parquet_without_its_extra_is_told_before_the_work(tmp_path, quick, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    code, _, err = run("screen", write_plan(tmp_path / "p.csv", 3), "-o", tmp_path / "x.parquet")
    assert code == 2 and "trkstruct[batch]" in err and not quick


@pytest.mark.parametrize("kept", [4096, 2])
def test_what_was_asked_before_is_not_computed_again(tmp_path, quick, monkeypatch, kept):
    monkeypatch.setattr(_batches, "_KEPT", kept)
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    asked = ["G595R", "G595R", "F589L", "G595R", "bad", "bad", "F589L"]
    lines = [f"{n},m1,{text},author\n" for n, text in enumerate(asked)]
    lines += ["again,m1,G595R,uniprot\n", "again,m2,G595R,author\n", ",m1,G595R,author\n"]
    plan.write_text("id,structure,mutation,numbering\n" + "".join(lines), encoding="utf-8")
    assert run("screen", plan, "-o", out)[0] == 1
    # m1: G595R, F589L, bad, and G595R by another numbering; m2: G595R
    assert len(quick) == 5 if kept > 2 else len(quick) > 5
    rows = rows_of(out)
    assert [row["row"] for row in rows] == [str(n) for n in range(1, 11)]
    assert [row["id"] for row in rows] == [*map(str, range(7)), "again", "again", ""]
    assert [row["mutation"] for row in rows[:7]] == asked
    if kept > 2:
        assert rows[1]["ddg_kcal"] == rows[0]["ddg_kcal"] != rows[7]["ddg_kcal"]
        assert rows[5]["error"] == rows[4]["error"] == "no 5"
