"""Kill -9: a worker and then the parent, ten times; a worker of a Dask cluster.

    python benchmarks/scale/kills.py [--trials 10]

Each trial starts the same screen with two processes, kills one of its workers at a random moment
and the parent at a later one, goes on with ``--resume``, and compares the table, byte by byte,
with that of an undisturbed run. Then the same screen runs on a local Dask cluster of two worker
processes, one of which is killed. Writes ``kills.json`` beside itself.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from run import ONE_CORE, children, questions, rows_of, write_plan

HERE = Path(__file__).parent
ROWS = 100


def start(plan: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a screen."""
    command = [sys.executable, "-m", "trkstruct", "screen", str(plan), "-o", str(out), *more]
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ONE_CORE},
    )


def wait_for(process: subprocess.Popen[bytes], parts: Path, number: int) -> int:
    """Wait until there are so many parts, or the process has ended; return how many there are."""
    while True:
        there = len(list(parts.glob("part-*.jsonl")))
        if there >= number or process.poll() is not None:
            return there
        time.sleep(0.01)


def trial(number: int, plan: Path, folder: Path, undisturbed: bytes, total: int) -> dict[str, Any]:
    """Kill a worker, then the parent, and go on."""
    chance = random.Random(number)
    out = folder / f"{number}.csv"
    parts = out.with_suffix(".parts")
    first, second = sorted(chance.sample(range(1, total - 5), 2))
    process = start(plan, out, "-j", "2")
    worker_at = wait_for(process, parts, first)
    time.sleep(chance.random() / 20)
    workers = children(process.pid)
    if workers:
        os.kill(chance.choice(workers), signal.SIGKILL)
    parent_at = wait_for(process, parts, second)
    time.sleep(chance.random() / 20)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = process.returncode == -signal.SIGKILL
    there = len(list(parts.glob("part-*.jsonl")))
    resumed = start(plan, out, "--resume", "-j", "2")
    code = resumed.wait()
    return {
        "trial": number,
        "worker_killed_at_part": worker_at if workers else None,
        "parent_killed_at_part": parent_at if killed else None,
        "parts_there_on_resume": there,
        "exit_code": code,
        "identical": out.exists() and out.read_bytes() == undisturbed,
        "nothing_left": not parts.exists(),
    }


def dask(plan: Path, folder: Path, undisturbed: bytes) -> dict[str, Any]:
    """Kill one of two workers of a Dask cluster."""
    out = folder / "dask.csv"
    parts = out.with_suffix(".parts")
    process = start(plan, out, "--dask-local", "2")
    at = wait_for(process, parts, 20)
    workers = children(process.pid)
    os.kill(workers[0], signal.SIGKILL)
    code = process.wait()
    return {
        "workers": len(workers),
        "worker_killed_at_part": at,
        "exit_code": code,
        "identical": out.exists() and out.read_bytes() == undisturbed,
    }


def main() -> None:
    """Do the trials and write the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--scratch", type=Path)
    given = parser.parse_args()
    from itertools import islice

    from trkstruct._version import version_string

    with tempfile.TemporaryDirectory(dir=given.scratch) as name:
        folder = Path(name)
        plan = folder / "plan.csv"
        write_plan(plan, islice(rows_of(questions()[:2]), ROWS))
        whole = folder / "whole.csv"
        code = start(plan, whole, "--keep-parts").wait()
        total = len(list(whole.with_suffix(".parts").glob("part-*.jsonl")))
        undisturbed = whole.read_bytes()
        trials = [
            trial(number, plan, folder, undisturbed, total) for number in range(1, given.trials + 1)
        ]
        record = {
            "version": version_string(),
            "rows": ROWS,
            "parts": total,
            "exit_code_undisturbed": code,
            "identical": sum(item["identical"] for item in trials),
            "trials": trials,
            "dask": dask(plan, folder, undisturbed),
        }
    (HERE / "kills.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
