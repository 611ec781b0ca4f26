"""What a pose costs: saturation time over the number of poses in the ensemble.

    python benchmarks/speed/poses.py ../shared/structures

More displaced copies of the best pose stand for more poses. Time is that of this process from
the complex being ready to the last call, the best of three. Writes ``poses.csv`` and
``poses.png``.
"""

from __future__ import annotations

import csv
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from run import ENTRY, HERE, find, mutants

POSES = (1, 2, 5, 10, 20, 40)
REPEATS = 3


def main() -> None:
    """Run the command line."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from trkstruct.calls import judge
    from trkstruct.ensembles import MutationEngine
    from trkstruct.sites import parameters
    from trkstruct.structures import Structure

    path = find(Path(sys.argv[1]))
    wanted = [f"{wild}{number}{new}" for wild, number, new in mutants(path)]
    complex_ = Structure.read(path).complex()
    # Tables, the rotamer library and the compiled loop are there before the clock starts.
    rows = []
    for poses in (POSES[0], *POSES):
        score = replace(parameters(), jitter=poses - 1)
        best = np.inf
        for _ in range(REPEATS):
            begun = time.process_time()
            engine = MutationEngine(complex_, score)
            for mutation in wanted:
                judge(engine.mutate(mutation, "author"))
            best = min(best, time.process_time() - begun)
        rows.append((poses, best, len(wanted) / best))
    rows = rows[1:]
    with (HERE / "poses.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("poses", "seconds", "mutants_per_s"))
        writer.writerows((n, f"{seconds:.3f}", f"{rate:.0f}") for n, seconds, rate in rows)
    x, y = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows])
    slope, start = np.polyfit(x, y, 1)
    figure, axes = plt.subplots(figsize=(5.2, 3.6), layout="constrained")
    axes.plot(x, start + slope * x, color="0.6", label=f"{start:.2f} s + {slope:.3f} s a pose")
    axes.plot(x, y, "o", color="#0072B2", label="measured")
    axes.set(xlabel="poses in the ensemble", ylabel="seconds on one core")
    axes.set_title(f"{len(wanted)} mutants of {ENTRY}", fontsize=10)
    axes.set_xlim(0)
    axes.set_ylim(0)
    axes.legend(frameon=False)
    figure.savefig(HERE / "poses.png", dpi=150)


if __name__ == "__main__":
    main()
