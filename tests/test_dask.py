"""Batches on a Dask cluster of real processes: killed, told what they lack, given files."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from trkstruct import _dask
from trkstruct._dask import Cluster, Inputs
from trkstruct._parts import Parts, default_folder
from trkstruct._planfile import PlanFile
from trkstruct.cli import main
from trkstruct.errors import PlanError

pytest.importorskip("distributed", reason="needs the extra cluster")

needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds workers in /proc")


def run(*args: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    ran = CliRunner(env={"COLUMNS": "80"}).invoke(main, [str(arg) for arg in args])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


def start(*args: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        start_new_session=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def saturation(tmp_path_factory):
    """A plan that takes some seconds, and its table without any cluster."""
    folder = tmp_path_factory.mktemp("saturation")
    sites = {"7VKO": ("G595", "F589", "G667"), "2XP2": ("G1202", "L1196", "G1269")}
    rows = [
        (f"{n}", model, f"{site}{letter}")
        for n, letter in enumerate("ACDEFGHIKLMNPQRSTVWY")
        for model, positions in sites.items()
        for site in positions
    ]
    rows.append(("x", "nowhere.pdb", "G595R"))
    with (folder / "plan.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "structure", "mutation"), *rows])
    code, _, err = run("screen", folder / "plan.csv", "-o", folder / "out.csv")
    assert code == 1 and f"{len(rows)} rows: " in err
    return folder / "plan.csv", (folder / "out.csv").read_bytes()


def workers_of(pid: int) -> list[int]:
    """Processes that a process has spawned, which are the workers of its cluster."""
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


@needs_proc
def test_a_worker_that_is_killed_costs_nothing(saturation, tmp_path):
    plan, undisturbed = saturation
    out = tmp_path / "out.csv"
    process = start("trkstruct", "screen", plan, "-o", out, "--dask-local", 2)
    parts = Parts(default_folder(out))
    while process.poll() is None and len(parts.files) < 3:
        time.sleep(0.01)
    killed = workers_of(process.pid)[:1]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate()
    assert killed and process.returncode == 1, err
    assert "Traceback" not in err
    assert out.read_bytes() == undisturbed and not parts.folder.exists()


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler of its own with one worker that nobody starts again; its file."""
    file = tmp_path / "scheduler.json"
    log = (tmp_path / "log").open("w")
    command = [sys.executable, "-m", "distributed.cli."]
    options = {
        "dask_scheduler": ["--port", "0", "--no-dashboard", "--host", "127.0.0.1"],
        "dask_worker": ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory",
                        str(tmp_path / "worker")],
    }  # fmt: skip
    processes = []
    for name, given in options.items():
        processes.append(
            subprocess.Popen(
                [*command[:2], f"{command[2]}{name}", "--scheduler-file", str(file), *given],
                stdout=log,
                stderr=log,
                cwd=tmp_path,
            )
        )
    deadline = time.monotonic() + 60
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert file.exists(), (tmp_path / "log").read_text()
    yield file
    for process in processes:
        process.kill()
        process.wait()
    log.close()


def test_files_of_the_user_go_to_the_workers(structure_file, scheduler, tmp_path):
    """A worker elsewhere has none of the files, and its rows name them as they are here."""
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    (mine / "sub" / "own.pdb").write_bytes(structure_file("2XP2").read_bytes())
    (mine / "broken.pdb").write_text("ATOM nothing\n")
    (mine / "bad.sdf").write_text("no molecule\n\n\nM  END\n$$$$\n")
    absolute = structure_file("7VKO")
    rows = [
        ("sub/own.pdb", "G1202R", ""), (str(absolute), "G595R", ""), ("broken.pdb", "G595R", ""),
        ("2XP2", "L1196M", "crizotinib"), ("2XP2", "L1196M", "bad.sdf#1"),
        ("2XP2", "L1196M", "bad.sdf"),
    ]  # fmt: skip
    with (mine / "plan.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("structure", "mutation", "ligand"), *rows])
    assert run("screen", mine / "plan.csv", "-o", tmp_path / "serial.csv")[0] == 1
    code, _, err = run(
        "screen", mine / "plan.csv", "-o", tmp_path / "dask.csv", "--scheduler", scheduler
    )
    assert code == 1, err
    assert (tmp_path / "dask.csv").read_bytes() == (tmp_path / "serial.csv").read_bytes()
    text = (tmp_path / "dask.csv").read_text(encoding="utf-8")
    assert "broken.pdb" in text and _dask._SENT not in text
    sent = sorted(p.name for p in (tmp_path / "worker").rglob("*") if p.is_file())
    assert {"own.pdb", "broken.pdb", "bad.sdf", absolute.name} <= set(sent)


def test_each_file_is_sent_once_and_what_travels_with_the_package_is_not(tmp_path):
    (tmp_path / "own.pdb").write_text("HEADER\n")
    plan = tmp_path / "plan.csv"
    lines = ["own.pdb,G595R", "7VKO,G595R", "own.pdb,G595K", "TRKA,G595R", "nowhere.pdb,G595R"]
    plan.write_text("structure,mutation\n" + "\n".join(lines) + "\n", encoding="utf-8")
    with PlanFile(plan) as questions:
        inputs = Inputs.of(questions)
        rows = [inputs.sent(row) for row in questions.rows([1, 2, 3, 4, 5])]
    assert list(inputs.names) == ["own.pdb"] and list(inputs.files.values()) == [b"HEADER\n"]
    assert [row.structure for row in rows[1::2]] == ["7VKO", "TRKA"]
    assert rows[0].structure == rows[2].structure != "own.pdb" and rows[0].label == "own.pdb"
    assert rows[4].structure == "nowhere.pdb" and rows[4].label == ""


@pytest.mark.parametrize("text", ["tcp://127.0.0.1:1", "nonsense://x", "no-such-file.json"])
def test_no_scheduler_is_told(tmp_path, monkeypatch, text):
    import dask

    plan = tmp_path / "plan.csv"
    plan.write_text("structure,mutation\n7VKO,G595R\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with dask.config.set({"distributed.comm.timeouts.connect": "200ms"}):
        code, _, err = run("screen", plan, "-o", tmp_path / "out.csv", "--scheduler", text)
    said = " ".join(err.split())
    assert code == 2 and "There is no Dask scheduler at" in said and text in said


@pytest.mark.parametrize("given", [["--dask-local", "2"], ["--scheduler", "tcp://x:1"]])
def test_without_its_extra_it_names_it_before_any_work(tmp_path, monkeypatch, given):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    plan = tmp_path / "plan.csv"
    plan.write_text("structure,mutation\n7VKO,G595R\n", encoding="utf-8")
    code, _, err = run("screen", plan, "-o", tmp_path / "out.csv", *given)
    assert code == 2 and "install trkstruct[cluster]" in err
    assert not default_folder(tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--dask-local", "2", "--scheduler", "tcp://x:1"], "are two ways; give one"),
        (["--dask-local", "2", "-j", "2"], "not for a Dask cluster"),
        (["--dask-local", "2", "--time-limit", "9"], "not for a Dask cluster"),
        (["--dask-local", "0"], "Invalid value for '--dask-local'"),
    ],
)
def test_options_that_make_no_sense_are_told(tmp_path, given, said):
    plan = tmp_path / "plan.csv"
    plan.write_text("structure,mutation\n7VKO,G595R\n", encoding="utf-8")
    code, _, err = run("screen", plan, "-o", tmp_path / "out.csv", *given)
    assert code == 2 and said in " ".join(err.split())


def test_a_cluster_is_one_or_the_other():
    for given in ({}, {"scheduler": "tcp://x:1", "local": 2}):
        with pytest.raises(PlanError, match="either the address of a scheduler or a number"):
            Cluster(**given)


def test_a_worker_of_another_version_is_refused(scheduler, tmp_path, monkeypatch):
    plan, out = tmp_path / "plan.csv", tmp_path / "out.csv"
    plan.write_text("structure,mutation\n7VKO,G595R\n", encoding="utf-8")
    monkeypatch.setattr(_dask, "version_string", lambda: "trkstruct 99")
    address = json.loads(scheduler.read_text())["address"]
    code, _, err = run("screen", plan, "-o", out, "--scheduler", address)
    said = " ".join(err.split())
    assert code == 2 and "has another version than this process" in said
    assert "here trkstruct 99. Install one version everywhere." in said and not out.exists()
