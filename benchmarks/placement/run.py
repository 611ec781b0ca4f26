"""Known ligands placed again, from their SMILES alone, where they were never seen.

    python benchmarks/placement/run.py ../shared/structures ../shared/ligand_poses [--no-dock]

Every complex of the same DFG state with another ligand is a template; every structure with the same
InChIKey is left out, as template and as receptor: a ligand goes into structures of its kinase that
hold another one (up to two; of other kinases where there is none), and its crystal pose is laid on
them by the pocket's C-alpha atoms. Beside it AutoDock Vina in the first of these receptors, by its
own score. RMSD of heavy atoms, symmetry allowed for. ``best score``: the pose that would be used;
``best of all``: the nearest among those kept. PoseBusters' tests are those of its ``dock`` set, for
the pose that would be used. Writes results.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolAlign

from trkstruct._version import version_string
from trkstruct.complexes import Complex
from trkstruct.errors import PlacementError
from trkstruct.ligands import Ligand
from trkstruct.placement import PoseSet, pose_set
from trkstruct.placement.frames import pocket_frame, superposition
from trkstruct.placement.judging import hinge_bonds
from trkstruct.placement.placing import Placing
from trkstruct.states import dfg_state
from trkstruct.structures import Structure

HERE = Path(__file__).parent
#: Approximate or docked poses, reported apart.
APART = ("5KVT", "6KZC", "4AT5", "5FTO", "9GBE")
#: Ligands of entries whose protein is not at hand: file, kinase's structure in about that frame.
FRAMES = {"5FTO": ("5FTO_YMX.sdf", "7BTT"), "9GBE": ("9GBE_A1IJ8.sdf", "4MKC")}
RECEPTORS = 2


def with_coords(mol: Chem.Mol, coords: np.ndarray) -> Chem.Mol:
    """Return a copy of a molecule with one conformer."""
    copy = Chem.Mol(mol)
    copy.RemoveAllConformers()
    conformer = Chem.Conformer(copy.GetNumAtoms())
    for index, point in enumerate(coords):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    copy.AddConformer(conformer)
    return copy


def rmsd(mol: Chem.Mol, one: np.ndarray, two: np.ndarray) -> float:
    """Return the symmetry-corrected RMSD of two poses, without laying them on each other."""
    return float(rdMolAlign.CalcRMS(with_coords(mol, one), with_coords(mol, two), maxMatches=5000))


@lru_cache(maxsize=1)
def complexes(folder: Path, poses: Path) -> dict[str, tuple[Complex, str, bool]]:
    """Return the complexes by entry, with their DFG state and whether they may be receptors."""
    found: dict[str, tuple[Complex, str, bool]] = {}
    known: set[tuple[str, str]] = set()
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".pdb", ".cif"):
            continue
        structure = Structure.read(path)
        # Mutants are left out; 4MKC and 7BTT differ from UniProt far from the pocket.
        mutant = structure.numbering().differences and path.name[:4] not in ("4MKC", "7BTT")
        if not structure.ligands or mutant:
            continue
        made = structure.complex()
        identity = (made.ligand.inchikey, made.numbering.kinase.name)
        if identity not in known:
            known.add(identity)
            found[path.name[:4]] = (made, dfg_state(structure).dfg, True)
    for code, (name, frame) in FRAMES.items():
        structure = found[frame][0].structure
        made = structure.complex(str(poses / name), pose="sdf")
        found[code] = (made, found[frame][1], False)
    return found


def busted(mol: Chem.Mol, receptor: Complex) -> tuple[list[str], int]:
    """Return the PoseBusters tests that fail, and how many there are."""
    from posebusters import PoseBusters

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        protein, ligand = Path(folder, "protein.pdb"), Path(folder, "ligand.sdf")
        kept = receptor.structure.protein(receptor.chain)
        protein.write_text(receptor.structure.to_pdb_block(kept))
        ligand.write_text(Chem.MolToMolBlock(mol) + "$$$$\n")
        row = PoseBusters(config="dock").bust([ligand], None, protein).iloc[0]
    return [str(name) for name, passed in row.items() if not bool(passed)], len(row)


def vina(code: str, work: Placing, mol: Chem.Mol, truth: np.ndarray) -> list[tuple[float, float]]:
    """Return Vina's affinity and the RMSD of each docked pose."""
    from trkstruct.placement.docking import dock

    found = dock(work.structure, work.ligand, work.centre, chain=work.chain)
    return [(pose.affinity_kcal, rmsd(mol, pose.coords, truth)) for pose in found]


def run(task: tuple[str, Path, Path, bool]) -> dict[str, object]:
    """Place the ligand of one entry."""
    code, folder, sdf, docking = task
    known = complexes(folder, sdf)
    own, state, _ = known[code]
    key = own.ligand.inchikey
    others = [c for c, (made, s, _) in known.items() if made.ligand.inchikey != key and s == state]
    kinase = own.numbering.kinase
    same = [c for c in others if known[c][0].numbering.kinase is kinase and known[c][2]]
    templates = [known[c][0] for c in others]
    fresh = Ligand.from_smiles(own.ligand.smiles, name=own.ligand.name)
    mol = fresh.to_rdkit(hydrogens=False)
    mol.RemoveAllConformers()
    # The crystal's atoms in the order of the molecule that was made from the SMILES.
    order = own.to_rdkit(hydrogens=False).GetSubstructMatch(mol)
    crystal = own.poses[0].coords[list(order)]
    found: list[tuple[float, float, str, PoseSet, int]] = []
    docked: list[tuple[float, float]] = []
    errors, seconds, dock_seconds = [], 0.0, 0.0
    receptors = (same or [c for c in others if known[c][2]])[:RECEPTORS]
    for name in receptors:
        receptor = known[name][0]
        frame = pocket_frame(receptor.structure, receptor.chain)
        turn, shift = superposition(pocket_frame(own.structure, own.chain), frame)
        truth = crystal @ turn + shift
        start = time.perf_counter()
        try:
            made = pose_set(
                receptor.structure, fresh, chain=receptor.chain, templates=templates,
                method="template",
            )  # fmt: skip
        except PlacementError as error:
            errors.append(str(error))
        else:
            for number, pose in enumerate(made.of_site()):
                off = rmsd(mol, pose.coords, truth)
                found.append((pose.score_kcal, off, name, made, number))
        seconds += time.perf_counter() - start
        if docking and name == receptors[0]:
            start = time.perf_counter()
            work = Placing(receptor.structure, fresh, receptor.chain, templates, 0)
            docked += vina(code, work, mol, truth)
            dock_seconds += time.perf_counter() - start
    found.sort(key=lambda item: item[0])
    docked.sort()
    row: dict[str, object] = {
        "entry": code,
        "ligand": own.ligand.name,
        "kinase": kinase.name if kinase else "",
        "state": state,
        "own_kinase_receptor": bool(same),
        "apart": code in APART,
    }
    names = (
        "receptor", "template", "overlap", "score_kcal", "rmsd_best_score_ang",
        "rmsd_best_of_all_ang", "hinge_bonds", "posebusters_failed", "posebusters_of",
    )  # fmt: skip
    row |= dict.fromkeys(names, "")
    if found:
        score, off, name, made, number = found[0]
        receptor, pose = known[name][0], made.of_site()[number]
        whole = fresh.with_coords(pose.coords).to_rdkit(hydrogens=True)
        failed, tests = busted(whole, receptor)
        bonds = hinge_bonds(receptor.structure, receptor.chain, fresh, pose.coords)
        best_of_all = min(item[1] for item in found)
        values = (
            name, pose.template, round(pose.overlap, 2), round(score, 1), round(off, 2),
            round(best_of_all, 2), len(bonds), "; ".join(failed), tests,
        )  # fmt: skip
        row |= dict(zip(names, values, strict=True))
    row["vina_rmsd_best_score_ang"] = round(docked[0][1], 2) if docked else ""
    row["vina_rmsd_best_of_all_ang"] = round(min(d[1] for d in docked), 2) if docked else ""
    row["seconds_a_receptor"] = round(seconds / max(len(receptors), 1), 1)
    row["vina_seconds_a_receptor"] = round(dock_seconds, 1)
    row["error"] = errors[0] if errors and not found else ""
    return row


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    parser.add_argument("ligand_poses", type=Path)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--no-dock", action="store_true", help="Leave Vina out.")
    asked = parser.parse_args()
    codes = list(complexes(asked.structures, asked.ligand_poses))
    tasks = [(code, asked.structures, asked.ligand_poses, not asked.no_dock) for code in codes]
    rows = []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for row in pool.map(run, tasks):
            rows.append(row)
            print({k: v for k, v in row.items() if k != "error" or v}, flush=True)
    judged = [row for row in rows if not row["apart"]]

    def within(rows: list[dict[str, object]], column: str) -> int:
        return sum(bool(r[column] != "") and float(str(r[column])) <= 2.0 for r in rows)

    half = [row for row in judged if row["overlap"] != "" and float(str(row["overlap"])) >= 0.5]
    clean = [row for row in rows if row["posebusters_of"] != ""]
    passed = sum(row["posebusters_failed"] == "" for row in clean)
    lines = [
        f"{within(judged, 'rmsd_best_score_ang')} of {len(judged)} within 2 A by best score,"
        f" {within(half, 'rmsd_best_score_ang')} of the {len(half)} whose template has half",
        f"AutoDock Vina: {within(judged, 'vina_rmsd_best_score_ang')} of {len(judged)}",
        f"PoseBusters: {passed} of {len(clean)} pass every test",
    ]
    print("\n".join(lines))
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/placement/run.py with {version_string()}\n")
        out.writelines(f"# {line}\n" for line in lines)
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
