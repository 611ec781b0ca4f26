"""Known ligands placed again, from their SMILES alone, where they were never seen.

    python benchmarks/placement/run.py ../shared/structures

Every complex of the same DFG state with another ligand is a template; every structure with the
same InChIKey is left out, as receptor too: a ligand goes into structures of its kinase that hold
another one (up to three; of other kinases where there is none), laid on its own crystal by the
pocket's C-alpha atoms. RMSD of heavy atoms, symmetry allowed for. ``best score``: the pose that
would be used; ``best of all``: the nearest among those kept. Writes results.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolAlign

from trkstruct._version import version_string
from trkstruct.complexes import Complex
from trkstruct.errors import PlacementError
from trkstruct.ligands import Ligand
from trkstruct.placement import place
from trkstruct.placement.placing import hinge_bonds, pocket_frame, superposition
from trkstruct.states import dfg_state
from trkstruct.structures import Structure

HERE = Path(__file__).parent
#: Approximate or docked poses, reported apart.
APART = ("5KVT", "6KZC", "4AT5")
RECEPTORS = 3


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


def run(code: str, complexes: dict[str, Complex], states: dict[str, str]) -> dict[str, object]:
    """Place the ligand of one entry."""
    own = complexes[code]
    key = own.ligand.inchikey
    others = [
        c for c in complexes if complexes[c].ligand.inchikey != key and states[c] == states[code]
    ]
    kinase = own.numbering.kinase
    same = [c for c in others if complexes[c].numbering.kinase is kinase]
    templates = [complexes[c] for c in others]
    fresh = Ligand.from_smiles(own.ligand.smiles, name=own.ligand.name)
    mol = fresh.to_rdkit(hydrogens=False)
    mol.RemoveAllConformers()
    # The crystal's atoms in the order of the molecule that was made from the SMILES.
    order = own.to_rdkit(hydrogens=False).GetSubstructMatch(mol)
    crystal = own.poses[0].coords[list(order)]
    found = []
    start = time.perf_counter()
    receptors = (same or others)[:RECEPTORS]
    for name in receptors:
        receptor = complexes[name]
        try:
            poses, _ = place(receptor.structure, fresh, templates, chain=receptor.chain)
        except PlacementError as error:
            found.append((np.inf, np.nan, name, "", 0.0, str(error), 0))
            continue
        turn, shift = superposition(
            pocket_frame(own.structure, own.chain),
            pocket_frame(receptor.structure, receptor.chain),
        )
        truth = crystal @ turn + shift
        for pose in poses:
            bonds = hinge_bonds(receptor.structure, receptor.chain, fresh, pose.coords)
            off = rmsd(mol, pose.coords, truth)
            found.append((pose.score_kcal, off, name, pose.template, pose.overlap, "", len(bonds)))
    seconds = (time.perf_counter() - start) / max(len(receptors), 1)
    found.sort(key=lambda item: item[0])
    best = found[0]
    return {
        "entry": code,
        "ligand": own.ligand.name,
        "kinase": kinase.name if kinase else "",
        "state": states[code],
        "own_kinase_receptor": bool(same),
        "receptor": best[2],
        "template": best[3],
        "overlap": round(best[4], 2),
        "score_kcal": round(best[0], 1),
        "rmsd_best_score_ang": round(best[1], 2),
        "rmsd_best_of_all_ang": round(float(np.nanmin([f[1] for f in found])), 2),
        "hinge_bonds": best[6],
        "seconds_a_receptor": round(seconds, 1),
        "error": best[5],
        "apart": code in APART,
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    complexes: dict[str, Complex] = {}
    states: dict[str, str] = {}
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
        if identity in known:
            continue
        known.add(identity)
        complexes[path.name[:4]] = made
        states[path.name[:4]] = dfg_state(structure).dfg
    rows = []
    for code in complexes:
        row = run(code, complexes, states)
        rows.append(row)
        print({k: v for k, v in row.items() if k != "error" or v}, flush=True)
    judged = [r for r in rows if not r["apart"]]
    near = sum(r["rmsd_best_score_ang"] <= 2.0 for r in judged)
    print(f"{near} of {len(judged)} within 2 A, {version_string()}")
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/placement/run.py with {version_string()}\n")
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
