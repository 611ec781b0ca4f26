"""How fast: saturation of one complex, start-up, memory, beside PyMOL's mutagenesis wizard.

    python benchmarks/speed/run.py ../shared/structures

One core (threads of numerical libraries are set to one). Each part runs in a process of its
own; the ratio is taken in one run of this script. PyMOL (extra ``bench``) gets a sample of
the same mutants and also scores every rotamer's bumps, which is what its wizard does on
choosing a residue type. Writes ``results.json`` beside itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ENTRY = "2XP2"
PYMOL_SAMPLE = 60
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def find(folder: Path) -> Path:
    """Return the file of the entry."""
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith(ENTRY))


def mutants(path: Path) -> list[tuple[str, int, str]]:
    """Return all substitutions of the resolved pocket residues."""
    from trkstruct.structures import Structure

    numbering = Structure.read(path).numbering()
    found = []
    for position in range(1, 86):
        residue = numbering.at_klifs(position)
        if residue is not None:
            wild = numbering.letter(residue)
            found += [(wild, residue.number, new) for new in LETTERS if new != wild]
    return found


def part_reading(path: Path) -> dict[str, float]:
    """Read and number every structure of the folder; seconds a file."""
    from trkstruct.structures import Structure

    files = [p for p in sorted(path.parent.iterdir()) if p.suffix in (".pdb", ".cif")]
    Structure.read(files[0]).numbering()  # imports and tables
    reading, numbering = [], []
    for file in files:
        start = time.perf_counter()
        structure = Structure.read(file)
        read = time.perf_counter()
        structure.numbering()
        reading.append(read - start)
        numbering.append(time.perf_counter() - read)
    return {
        "files": len(files),
        "read_median_s": statistics.median(reading),
        "read_max_s": max(reading),
        "number_median_s": statistics.median(numbering),
        "number_max_s": max(numbering),
    }


def part_saturation(path: Path) -> dict[str, float]:
    """Score every substitution; from reading the file to the last call."""
    from trkstruct.calls import judge
    from trkstruct.ensembles import MutationEngine
    from trkstruct.structures import Structure

    wanted = mutants(path)
    start = time.perf_counter()
    engine = MutationEngine(Structure.read(path).complex())
    ready = time.perf_counter()
    calls = [judge(engine.mutate(f"{wild}{number}{new}")) for wild, number, new in wanted]
    end = time.perf_counter()
    return {
        "mutants": len(wanted),
        "positions": len({number for _, number, _ in wanted}),
        "prepare_s": ready - start,
        "score_s": end - ready,
        "mutants_per_s": len(wanted) / (end - start),
        "abstained": sum(call.call == "abstain" for call in calls),
    }


def part_pymol(path: Path) -> dict[str, float]:
    """Run the mutagenesis wizard on a sample of the same mutants."""
    import pymol2

    from trkstruct.residues import ONE_TO_THREE

    sample = random.Random(0).sample(mutants(path), PYMOL_SAMPLE)
    with pymol2.PyMOL() as session:
        cmd = session.cmd
        cmd.feedback("disable", "all", "everything")
        cmd.load(str(path), "alk")
        cmd.remove("resn HOH")
        start = time.perf_counter()
        for _, number, new in sample:
            cmd.wizard("mutagenesis")
            cmd.refresh_wizard()
            wizard = cmd.get_wizard()
            wizard.set_mode(ONE_TO_THREE[new])
            wizard.do_select(f"chain A and resi {number}")
            cmd.set_wizard()
        seconds = time.perf_counter() - start
    return {"mutants": len(sample), "mutants_per_s": len(sample) / seconds}


PARTS = {"reading": part_reading, "saturation": part_saturation, "pymol": part_pymol}


def child(part: str, path: Path) -> dict[str, float]:
    """Run one part in a process of its own and return what it printed."""
    command = [sys.executable, __file__, str(path.parent), "--part", part]
    done = subprocess.run(
        command, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def start_up(*arguments: str) -> float:
    """Return the median seconds of a command over seven runs, after one to warm up."""
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    parser.add_argument("--part", choices=PARTS)
    options = parser.parse_args()
    path = find(options.structures)
    if options.part:
        found = PARTS[options.part](path)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**found, "peak_memory_mb": peak}))
        return
    from trkstruct._version import version_string

    result: dict[str, object] = {
        "version": version_string(),
        "entry": ENTRY,
        "machine": f"{platform.machine()}, one core, Python {platform.python_version()}",
        "import_s": start_up("-c", "import trkstruct"),
        "help_s": start_up("-m", "trkstruct", "--help"),
        "bare_python_s": start_up("-c", "pass"),
        "reading": child("reading", path),
        "saturation": child("saturation", path),
    }
    try:
        import pymol2  # noqa: F401
    except ImportError:
        print("PyMOL is not installed: pip install 'trkstruct[bench]'", file=sys.stderr)
    else:
        result["pymol"] = child("pymol", path)
        ours, theirs = result["saturation"], result["pymol"]
        result["ratio"] = ours["mutants_per_s"] / theirs["mutants_per_s"]  # type: ignore[index]
    text = json.dumps(result, indent=1, default=float)
    print(text)
    (HERE / "results.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
