"""How large: a screen of many rows, its speed and its memory; what rows and poses cost.

    python benchmarks/scale/run.py [--rows 1000000] [--jobs 2] [--scratch DIR] [--only large]

The plan repeats real complexes (the bundled models of single entries, with the inhibitors bound
in them) and all substitutions of their pockets, in an order that mixes them. The engine computes
what is asked twice once in each process, so that of a million rows most are repetitions: the
record says how many questions are distinct, and the part `rows` has none that is asked twice.
What rows and poses cost is CPU time of one process, which a busy machine does not change much.
Memory is the resident set of each process, read every two seconds. A sample of the rows is
answered once more, serially and by the engine without part files, and compared cell by cell.
Writes ``results.json`` and ``scale.png`` beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LETTERS = "ACDEFGHIKLMNPQRSTVWY"
SAMPLE = 300
ROWS = (500, 1000, 2000, 3000, 4000, 6000)
POSES = (1, 4, 8, 16, 32, 64)
PAGE = os.sysconf("SC_PAGE_SIZE")


def questions() -> list[list[tuple[str, str]]]:
    """Return, for each model, all substitutions of its resolved pocket residues."""
    from trkstruct.bundled import bundled_models
    from trkstruct.sources import load

    found = []
    for model in bundled_models():
        if not model.ligand or "-" in model.id:  # comparative models repeat their templates
            continue
        numbering = load(model.id).numbering()
        residues = [numbering.at_klifs(position) for position in range(1, 86)]
        found.append(
            [
                (model.id, f"{numbering.letter(residue)}{residue.number}{new}")
                for residue in residues
                if residue is not None
                for new in LETTERS.replace(numbering.letter(residue), "")
            ]
        )
    return found


def rows_of(sets: list[list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """Yield questions for ever: the models in turn, each with its mutations in turn."""
    number = 0
    while True:
        for own in sets:
            yield own[number % len(own)]
        number += 1


def write_plan(path: Path, rows: Iterator[tuple[str, str]]) -> int:
    """Write a plan and return how many of its questions are distinct."""
    distinct = set()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "structure", "mutation", "numbering"))
        for number, question in enumerate(rows, start=1):
            distinct.add(question)
            writer.writerow((f"q{number}", *question, "author"))
    return len(distinct)


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def children(pid: int) -> list[int]:
    """Return the worker processes of a process."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except (OSError, ValueError):
                continue
    return found


class Sampler(threading.Thread):
    """Reads the memory of a process and of its workers until it is stopped."""

    def __init__(self, pid: int, parts: Path) -> None:
        super().__init__(daemon=True)
        self.pid, self.parts = pid, parts
        self.samples: list[dict[str, float]] = []
        self.stopped = threading.Event()
        self.began = time.perf_counter()

    def run(self) -> None:
        """Read until it is stopped."""
        while not self.stopped.wait(2.0):
            workers = [resident(pid) for pid in children(self.pid)]
            try:
                done = sum(1 for _ in os.scandir(self.parts))
            except OSError:
                done = 0
            self.samples.append(
                {
                    "s": round(time.perf_counter() - self.began, 1),
                    "parts": done,
                    "parent_mb": round(resident(self.pid) / 1e6, 1),
                    "largest_worker_mb": round(max(workers, default=0) / 1e6, 1),
                    "all_mb": round((resident(self.pid) + sum(workers)) / 1e6, 1),
                }
            )


def thinned(samples: list[dict[str, float]], most: int = 300) -> list[dict[str, float]]:
    """Return samples, few enough to keep."""
    step = max(1, len(samples) // most)
    return samples[::step]


def part_large(scratch: Path, rows: int, jobs: int) -> dict[str, Any]:
    """Screen a plan of many rows in processes, and compare a sample with a serial run."""
    plan, out = scratch / "plan.csv", scratch / "out.csv"
    distinct = write_plan(plan, islice(rows_of(questions()), rows))
    parts = out.with_suffix(".parts")
    shutil.rmtree(parts, ignore_errors=True)
    command = [sys.executable, "-m", "trkstruct", "screen", str(plan), "-o", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen([*command, "-j", str(jobs)], env={**os.environ, **ONE_CORE})
    sampler = Sampler(process.pid, parts)
    sampler.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    sampler.stopped.set()
    sampler.join()
    if code not in (0, 1):
        raise SystemExit(f"screen ended with {code}")
    samples = sampler.samples
    # Flat: the last third of the time in which there are workers against the second.
    working = [s for s in samples if s["largest_worker_mb"]] or samples
    third = max(1, len(working) // 3)
    middle, late = working[third : 2 * third] or working, working[-third:]
    return {
        "rows": rows,
        "distinct_questions": distinct,
        "jobs": jobs,
        "exit_code": code,
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds, 1),
        "distinct_per_s": round(distinct / seconds, 2),
        "peak_parent_mb": max(s["parent_mb"] for s in samples),
        "peak_worker_mb": max(s["largest_worker_mb"] for s in samples),
        "peak_all_mb": max(s["all_mb"] for s in samples),
        "all_mb_middle_and_last_third": [
            round(max(s["all_mb"] for s in middle), 1),
            round(max(s["all_mb"] for s in late), 1),
        ],
        "table_mb": round(out.stat().st_size / 1e6, 1),
        "sample": compare(plan, out, rows),
        "samples": thinned(samples),
    }


def compare(plan: Path, out: Path, rows: int) -> dict[str, Any]:
    """Answer a sample of the rows serially, each question anew, and compare every cell."""
    from trkstruct import screening
    from trkstruct._planfile import PlanFile
    from trkstruct.results import written

    chosen = sorted(random.Random(1).sample(range(1, rows + 1), min(SAMPLE, rows)))
    with PlanFile(plan) as questions_:
        answers = list(screening.run(questions_.rows(chosen)))
    wanted = dict(zip(chosen, answers, strict=True))
    different, counted = 0, 0
    with out.open(encoding="utf-8", newline="") as stream:
        for number, cells in enumerate(csv.DictReader(stream), start=1):
            counted += 1
            if number in wanted:
                expected = {k: str(written(k, v)) for k, v in wanted[number].items()}
                different += cells != expected
    return {"rows": len(chosen), "different": different, "rows_in_table": counted}


def part_rows(scratch: Path) -> list[dict[str, float]]:
    """Screen plans of growing size without any repetition, in one process."""
    from trkstruct._batches import Batch
    from trkstruct._planfile import PlanFile

    sets = questions()[:4]
    found = []
    for rows in (8, *ROWS):  # the first loads what all need, and is not counted
        plan = scratch / f"rows-{rows}.csv"
        # The same models each time, with as many of their mutations as are needed.
        distinct = write_plan(plan, islice(rows_of(sets), rows))
        with PlanFile(plan) as questions_:
            batch = Batch(questions_, scratch / f"rows-{rows}.parts")
            start = time.process_time()
            batch.run()
            seconds = time.process_time() - start
        found.append({"rows": rows, "distinct": distinct, "cpu_seconds": round(seconds, 3)})
    return found[1:]


def part_poses() -> list[dict[str, float]]:
    """Score one set of mutants with growing numbers of poses of one ligand."""
    from dataclasses import replace

    import numpy as np

    from trkstruct.ensembles import MutationEngine
    from trkstruct.sources import load

    complex_ = load("7VKO").complex()
    (first, *_) = complex_.poses
    generator = np.random.default_rng(1)
    shifts = generator.normal(scale=0.1, size=(max(POSES), 3))
    texts = [m for own in questions() for model, m in own if model == "7VKO"][::4]
    found = []
    for number in POSES:
        poses = tuple(replace(first, coords=first.coords + shift) for shift in shifts[:number])
        many = replace(complex_, poses=(first, *poses[1:]))
        MutationEngine(many).mutate(texts[0], "author").ddg_kcal  # noqa: B018 - loads what all need
        engine = MutationEngine(many)
        start = time.process_time()
        used = max(_computed(engine, text) for text in texts)
        seconds = time.process_time() - start
        found.append(
            {
                "poses_given": number,
                "poses_in_ensemble": used,
                "mutants": len(texts),
                "cpu_ms_per_mutant": round(1000 * seconds / len(texts), 2),
            }
        )
    return found


def _computed(engine: Any, text: str) -> int:
    """Compute a mutant, and return how many poses its ensemble has."""
    mutant = engine.mutate(text, "author")
    mutant.ddg_kcal  # noqa: B018 - it is computed when it is asked for
    return int(mutant.n_poses)


def line(x: list[float], y: list[float]) -> dict[str, float]:
    """Fit a line; R squared says how well it is one."""
    import numpy as np

    slope, intercept = np.polyfit(x, y, 1)
    rest = np.asarray(y) - (slope * np.asarray(x) + intercept)
    r2 = 1 - float((rest**2).sum() / ((np.asarray(y) - np.mean(y)) ** 2).sum())
    return {
        "slope": float(f"{slope:.4g}"),
        "intercept": float(f"{intercept:.4g}"),
        "r_squared": round(r2, 4),
    }


def picture(record: dict[str, Any], path: Path) -> None:
    """Draw what the record has: rows, poses, memory."""
    import matplotlib.pyplot as plt
    import numpy as np

    figure, axes = plt.subplots(1, 3, figsize=(13, 3.9), layout="constrained")
    blue, orange, grey = "#1f5a92", "#c9601a", "#666666"

    def straight(ax: Any, x: list[float], y: list[float], fit: dict[str, float]) -> None:
        ends = np.array([0, max(x) * 1.05])
        ax.plot(ends, fit["slope"] * ends + fit["intercept"], color=grey, lw=1, zorder=1)
        ax.scatter(x, y, color=blue, zorder=2)
        ax.set_xlim(0, None)
        ax.set_ylim(0, None)

    if record.get("rows"):
        fit = record["rows_fit"]
        straight(axes[0], [r["rows"] for r in record["rows"]],
                 [r["cpu_seconds"] for r in record["rows"]], fit)  # fmt: skip
        axes[0].set_title(
            f"{1000 * fit['slope']:.1f} ms a row, whatever their number\n"
            f"(R² {fit['r_squared']:.3f})", fontsize=10,
        )  # fmt: skip
    axes[0].set_xlabel("rows, none asked twice, one process")
    axes[0].set_ylabel("CPU seconds, preparing included")
    if record.get("poses"):
        fit = record["poses_fit"]
        straight(axes[1], [p["poses_in_ensemble"] for p in record["poses"]],
                 [p["cpu_ms_per_mutant"] for p in record["poses"]], fit)  # fmt: skip
        axes[1].set_title(
            f"{fit['slope']:.2f} ms more with each pose\n(R² {fit['r_squared']:.3f})", fontsize=10
        )
    axes[1].set_xlabel("poses in the ensemble of 7VKO")
    axes[1].set_ylabel("CPU ms a mutant")
    large = record.get("large")
    if large:
        samples = large["samples"]
        minutes = [s["s"] / 60 for s in samples]
        axes[2].plot(minutes, [s["all_mb"] for s in samples], color=blue, label="all processes")
        axes[2].plot(minutes, [s["largest_worker_mb"] for s in samples], color=orange, ls="--",
                     label="largest worker")  # fmt: skip
        axes[2].plot(minutes, [s["parent_mb"] for s in samples], color=grey, ls=":", label="parent")
        axes[2].axhline(2000, color="black", lw=0.8)
        axes[2].text(0, 2020, "2 GB", fontsize=8, va="bottom")
        axes[2].set_ylim(0, max(2300, 1.1 * large["peak_all_mb"]))
        axes[2].set_title(
            f"{large['rows']:,} rows on {large['jobs']} cores: {large['rows_per_s']:,.0f} rows/s,\n"
            f"{large['peak_all_mb']:,.0f} MB at most", fontsize=10,
        )  # fmt: skip
        axes[2].legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 0.82))
    axes[2].set_xlabel("minutes")
    axes[2].set_ylabel("resident memory, MB")
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Measure what is asked for, and write it into the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=Path, help="folder for plan and table; about 1 GB")
    parser.add_argument("--only", choices=["large", "rows", "poses", "picture"], action="append")
    parser.add_argument("-o", "--output", type=Path, default=HERE)
    given = parser.parse_args()
    os.environ.update(ONE_CORE)
    wanted = given.only or ["rows", "poses", "large"]
    file = given.output / "results.json"
    record: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    from trkstruct._version import version_string

    record["machine"] = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    record["python"] = platform.python_version()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        if "rows" in wanted:
            record["rows"] = part_rows(Path(folder))
            record["rows_fit"] = line(
                [r["rows"] for r in record["rows"]], [r["cpu_seconds"] for r in record["rows"]]
            )
        if "poses" in wanted:
            record["poses"] = part_poses()
            record["poses_fit"] = line(
                [p["poses_in_ensemble"] for p in record["poses"]],
                [p["cpu_ms_per_mutant"] for p in record["poses"]],
            )
        if "large" in wanted:
            # Memory grows with the complexes that a worker has met, not with rows: a tenth of the
            # rows about the same complexes needs as much.
            tenth = part_large(Path(folder), max(1, given.rows // 10), given.jobs)
            record["tenth"] = {k: v for k, v in tenth.items() if k != "samples"}
            record["large"] = part_large(Path(folder), given.rows, given.jobs)
    record["version"] = version_string()
    given.output.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    picture(record, given.output / "scale.png")
    shown = {k: v for k, v in record.get("large", {}).items() if k != "samples"}
    print(json.dumps({**record, "large": shown}, indent=1))


if __name__ == "__main__":
    main()
