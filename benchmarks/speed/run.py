"""How fast: saturation of one complex, start-up, memory, beside PyMOL and PDBFixer with OpenMM.

    python benchmarks/speed/run.py ../shared/structures

One core (threads of numerical libraries are set to one). Each part runs in a process of its
own; the ratios are taken in one run of this script. Writes ``results.json`` beside itself.

Saturation puts nineteen amino acids at each pocket position. Its clock starts when the complex
is ready (read, numbered, chemistry matched: ``prepare_s``) and stops at the last
`ResistanceCall`; ``engine_per_s`` is the same without judging, that is up to the free energies.
``first`` is the first saturation of a process, tables, the rotamer library and the import of
numba (where installed) included; ``next`` is a second engine of the same process, as in a batch.
``numpy`` is ``next`` with numba left out. Rates are per second of the clock; ``cpu_share`` below
one says that other programs were running, and ``per_cpu_s`` is per second of this process.

PyMOL (extra ``bench``) gets a sample of the same mutants; its wizard scores every rotamer's bumps.
PDBFixer and OpenMM build one of them and minimise it for 200 steps in vacuum, heavy atoms on
springs, without the inhibitor, which the force field does not know.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib.util
import json
import os
import platform
import pstats
import random
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENTRY = "2XP2"
PYMOL_SAMPLE = 60
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
#: An inhibitor that is placed in several models, whose mean is the answer.
SIBLINGS = ("TRKA", "larotrectinib")
#: Steps of the minimiser, and the springs on heavy atoms in kJ/mol/nm^2.
MINIMISATION, SPRING = 200, 1000.0
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


def saturate(complex_: Any, wanted: list[str], *, rigid: bool, judged: bool) -> dict[str, float]:
    """Score every substitution with a new engine."""
    from trkstruct.calls import judge
    from trkstruct.ensembles import MutationEngine

    begun, spent = time.perf_counter(), time.process_time()
    engine = MutationEngine(complex_, rigid=rigid)
    abstained = 0
    for mutation in wanted:
        mutant = engine.mutate(mutation, "author")
        if judged:
            abstained += judge(mutant).call == "abstain"
    seconds, cpu = time.perf_counter() - begun, time.process_time() - spent
    found = {
        "per_s": len(wanted) / seconds,
        "per_cpu_s": len(wanted) / cpu,
        "cpu_share": cpu / seconds,
    }
    return found | ({"abstained": abstained} if judged else {})


def saturation(prepare: Any, wanted: list[str], *, rigid: bool) -> dict[str, Any]:
    """Score every substitution: the first time, again, without judging, without numba."""
    from trkstruct import _compiled

    begun = time.perf_counter()
    complex_ = prepare()
    assert complex_.numbering.kinase is not None
    result: dict[str, Any] = {
        "mutants": len(wanted),
        "prepare_s": time.perf_counter() - begun,
        "numba": importlib.util.find_spec("numba") is not None,
    }
    result["first"] = saturate(complex_, wanted, rigid=rigid, judged=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result["first"]["peak_memory_mb"] = peak
    runs = [saturate(complex_, wanted, rigid=rigid, judged=True) for _ in range(2)]
    result["next"] = max(runs, key=lambda run: run["per_s"])
    bare = saturate(complex_, wanted, rigid=rigid, judged=False)
    result["next"]["engine_per_s"] = bare["per_s"]
    _compiled._loop = lambda: None
    result["numpy"] = saturate(complex_, wanted, rigid=rigid, judged=True)
    return result


def texts(path: Path) -> list[str]:
    """Return all substitutions as text."""
    return [f"{wild}{number}{new}" for wild, number, new in mutants(path)]


def part_rigid(path: Path) -> dict[str, Any]:
    """Saturate with the best pose in one structure alone."""
    from trkstruct.structures import Structure

    wanted = texts(path)
    return saturation(lambda: Structure.read(path).complex(), wanted, rigid=True)


def part_full(path: Path) -> dict[str, Any]:
    """Saturate with the ensemble of five poses."""
    from trkstruct.structures import Structure

    wanted = texts(path)
    return saturation(lambda: Structure.read(path).complex(), wanted, rigid=False)


def part_siblings(_: Path) -> dict[str, Any]:
    """Saturate an inhibitor that is averaged over several structures of its kinase."""
    from trkstruct._receptors import receptor_for
    from trkstruct.ligands import ligand

    drug = ligand(SIBLINGS[1])
    complex_ = receptor_for(SIBLINGS[0], drug).complex(drug)
    numbering = complex_.numbering
    wanted = []
    for position in range(1, 86):
        residue = numbering.at_klifs(position)
        if residue is not None:
            wild = numbering.letter(residue)
            wanted += [f"{wild}{residue.number}{new}" for new in LETTERS if new != wild]
    result = saturation(lambda: complex_, wanted, rigid=False)
    return {
        "of": " ".join(SIBLINGS),
        "structures": 1 + len(complex_.siblings),
        "poses": [len(c.poses) for c in (complex_, *complex_.siblings)],
        **result,
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


def part_openmm(path: Path) -> dict[str, float]:
    """Build one mutant with PDBFixer and minimise it with OpenMM."""
    import openmm
    from openmm import app, unit
    from pdbfixer import PDBFixer

    from trkstruct.residues import ONE_TO_THREE

    wild, number, new = random.Random(0).sample(mutants(path), 1)[0]
    begun = time.perf_counter()
    fixer = PDBFixer(filename=str(path))
    fixer.removeHeterogens(keepWater=False)
    fixer.applyMutations([f"{ONE_TO_THREE[wild]}-{number}-{ONE_TO_THREE[new]}"], "A")
    fixer.findMissingResidues()
    fixer.missingResidues = {}
    fixer.findNonstandardResidues()
    fixer.replaceNonstandardResidues()
    fixer.findMissingAtoms()
    fixer.addMissingAtoms()
    fixer.addMissingHydrogens(7.4)
    built = time.perf_counter()
    system = app.ForceField("amber14-all.xml").createSystem(
        fixer.topology,
        nonbondedMethod=app.CutoffNonPeriodic,
        nonbondedCutoff=1.0 * unit.nanometer,
        constraints=None,
    )
    springs = openmm.CustomExternalForce(f"{SPRING / 2}*((x-x0)^2+(y-y0)^2+(z-z0)^2)")
    for name in ("x0", "y0", "z0"):
        springs.addPerParticleParameter(name)
    for atom in fixer.topology.atoms():
        if atom.element.symbol != "H":
            springs.addParticle(
                atom.index, fixer.positions[atom.index].value_in_unit(unit.nanometer)
            )
    system.addForce(springs)
    platform_ = openmm.Platform.getPlatformByName("CPU")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform_, {"Threads": "1"})
    context.setPositions(fixer.positions)
    ready = time.perf_counter()
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=MINIMISATION)
    context.getState(getPositions=True)
    end = time.perf_counter()
    return {
        "mutants": 1,
        "build_s": built - begun,
        "force_field_s": ready - built,
        "minimise_s": end - ready,
        "mutants_per_s": 1 / (end - begun),
    }


#: Of which functions the time of a command is made up: (file, function) to a name. None of them
#: calls another but where the second takes its part from the first.
STAGES = {
    ("structure.py", "read"): "read_structures_s",
    ("numbering.py", "number_chain"): "number_chains_s",
    ("complex.py", "make_complex"): "make_complexes_s",
    ("ensembles.py", "mutate"): "ensembles_s",
    ("calls.py", "judge"): "calls_s",
    ("calls.py", "row"): "rows_s",
    ("<frozen importlib._bootstrap>", "_find_and_load"): "imports_s",
}


def stages(arguments: list[str]) -> dict[str, float]:
    """Run a command under the profiler; seconds and calls of each stage, with what it calls."""
    import contextlib
    import io

    from trkstruct.cli import main as command

    profile = cProfile.Profile()
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        profile.runcall(command, arguments)
    result = {"profiled_s": time.perf_counter() - begun}
    for (file, _, function), (_, calls, _, cumulative, _) in pstats.Stats(profile).stats.items():
        name = STAGES.get((Path(file).name, function))
        if name is not None:
            result[name] = result.get(name, 0.0) + cumulative
            count = name.removesuffix("_s") + "_n"
            result[count] = result.get(count, 0) + calls
    return result


def part_score(path: Path) -> dict[str, float]:
    """Where the time of one `trkstruct score` goes."""
    return stages(["score", "-s", str(path), "-m", "G1202R", "--format", "csv"])


def part_matrix(_: Path) -> dict[str, float]:
    """Where the time of one `trkstruct matrix` goes: a kinase's whole library in its models."""
    return stages(["matrix", "-k", "TRKA", "--format", "csv"])


PARTS = {
    "reading": part_reading, "rigid": part_rigid, "full": part_full, "siblings": part_siblings,
    "score": part_score, "matrix": part_matrix, "pymol": part_pymol, "openmm": part_openmm,
}  # fmt: skip
#: What a part beside our own needs.
NEEDS = {"pymol": "pymol2", "openmm": "pdbfixer"}


def child(part: str, path: Path) -> dict[str, Any]:
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

    load = os.getloadavg()[0]
    result: dict[str, Any] = {
        "version": version_string(),
        "entry": ENTRY,
        "machine": f"{platform.machine()}, one core, Python {platform.python_version()}",
        "load_before": load,
        "import_s": start_up("-c", "import trkstruct"),
        "help_s": start_up("-m", "trkstruct", "--help"),
        "bare_python_s": start_up("-c", "pass"),
        "score_command_s": start_up(
            "-m", "trkstruct", "score", "-s", str(path), "-m", "G1202R", "--format", "csv"
        ),
    }
    for part in PARTS:
        if part in NEEDS and importlib.util.find_spec(NEEDS[part]) is None:
            print(f"{part} is left out: pip install 'trkstruct[bench]'", file=sys.stderr)
            continue
        result[part] = child(part, path)
    for other in NEEDS:
        if other in result:
            theirs = result[other]["mutants_per_s"]
            result[f"ratio_{other}"] = {
                ours: result[ours]["next"]["per_s"] / theirs for ours in ("rigid", "full")
            }
    text = json.dumps(result, indent=1, default=float)
    print(text)
    (HERE / "results.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
