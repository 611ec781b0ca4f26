"""How far the sum over conformers of several side chains is from a finer one.

    python benchmarks/accuracy/convergence.py

Large and small amino acids are put at the pocket positions near the inhibitor of four bundled
models, side chains of the first shell moving, as shipped and with everything that is left out or
made simple an order of magnitude finer. Differences are of ddG as it is reported, after
saturation. Writes convergence.json beside itself.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from trkstruct import _networks, weighing
from trkstruct._version import version_string
from trkstruct.ensembles import MutationEngine
from trkstruct.sources import load

HERE = Path(__file__).parent
MODELS = ("5KVT", "7VKO", "2XP2", "3ZBF")
#: KLIFS positions: the P-loop, the gatekeeper, hinge and solvent front, the floor, the DFG motif.
POSITIONS = (3, 11, 14, 36, 45, 46, 48, 50, 51, 53, 68, 77, 79, 80, 81)
AMINO_ACIDS = "RWML"
FINER = {
    weighing: {"_MOST_OF_A_SITE": 1000, "_LEAST_OF_A_SITE": 1e-8},
    _networks: {"_WEAK": 0.0005, "_MOST_IN_TABLE": 30_000_000},
}


def every_ddg() -> tuple[dict[str, float], float]:
    """Return the ddG of each mutation, and the CPU seconds that all took."""
    found = {}
    start = time.process_time()
    for code in MODELS:
        complex_ = load(code).complex()
        engine = MutationEngine(complex_)
        for position in POSITIONS:
            residue = complex_.numbering.at_klifs(position)
            if residue is None:
                continue
            wild = complex_.numbering.letter(residue)
            for new in AMINO_ACIDS.replace(wild, ""):
                text = f"{wild}{residue.number}{new}"
                found[f"{code} {text}"] = engine.mutate(text, "author").ddg_kcal
    return found, time.process_time() - start


def main() -> None:
    """Compare, and write what was found."""
    shipped, seconds = every_ddg()
    for module, values in FINER.items():
        for name, value in values.items():
            setattr(module, name, value)
    finer, longer = every_ddg()
    off = {key: shipped[key] - finer[key] for key in shipped}
    sizes = np.abs(list(off.values()))
    worst = sorted(off, key=lambda key: -abs(off[key]))[:5]
    record = {
        "version": version_string(),
        "mutations": len(off),
        "rms_kcal": round(float(np.sqrt((sizes**2).mean())), 4),
        "p99_kcal": round(float(np.percentile(sizes, 99)), 3),
        "largest": {key: [round(shipped[key], 3), round(finer[key], 3)] for key in worst},
        "cpu_seconds": [round(seconds, 1), round(longer, 1)],
    }
    (HERE / "convergence.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
