"""Side chains of the wild type, rebuilt without knowing where they are.

    python benchmarks/accuracy/side_chains.py ../shared/structures

Every complete side chain within 8 A of the ligand in the deposited and reassembled complexes
is rebuilt from the rotamer library alone (the crystal's chi angles are withheld, its C-beta
kept) among the crystal's other side chains; right is within 40 degrees. Baseline: the
library's most probable rotamer at that backbone. Sets the protein's part of the pair terms:
``--vary`` runs other parameters. Writes side_chains.json beside itself.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from trkstruct import sites
from trkstruct._version import version_string
from trkstruct.complexes import Complex
from trkstruct.ensembles import RT_KCAL
from trkstruct.preparation.packing import pack
from trkstruct.residues import THREE_TO_ONE
from trkstruct.rotamers import angle_difference
from trkstruct.structures import Structure

HERE = Path(__file__).parent
ENTRIES = ("7VKO", "4YNE", "2XP2", "3AOX", "4MKC", "4CLI", "5J7H", "3ZBF", "3LQ8", "4ASD",
           "6KZD", "7BTT", "7R7R")  # fmt: skip
# The last chi of these is the same, or cannot be told in a crystal, after half a turn.
HALF_TURN = {"PHE": 1, "TYR": 1, "ASP": 1, "GLU": 2, "ASN": 1, "GLN": 2, "HIS": 1}
VARIED = {
    "shift": (0.0, 0.2, 0.3, 0.4), "charge": (0.0, 0.1, 0.5, 1.0),
    "repulsion": (0.59, 1.18, 1.68), "gauss1": (-0.018, -0.071, -0.107),
    "hydrophobic": (0.0, -0.070, -0.105), "hbond": (0.0, -0.29, -0.88),
    "repulsion_cap": (1.0, 1000.0),
}  # fmt: skip


def near_ligand(complex_: Complex) -> list:
    """Return the complete residues with chi angles within 8 A of the ligand."""
    structure, ligand = complex_.structure, complex_.ligand_atoms.coords
    out = []
    for residue in structure.protein(complex_.chain):
        if residue.parent in ("GLY", "ALA", "PRO") or residue.name != residue.parent:
            continue
        if residue.missing:
            continue
        atoms = structure.coords[residue.start : residue.stop]
        if np.linalg.norm(atoms[:, None] - ligand, axis=-1).min() < 8.0:
            out.append(residue)
    return out


def recover(complexes: list[Complex], score: sites.Parameters) -> dict[str, object]:
    """Return the share of side chains that come out right."""
    first = right = library = total = 0
    by_type: dict[str, list[int]] = {}
    logs = 0.0
    for complex_ in complexes:
        around = sites.surroundings_of(complex_, score)
        for residue in near_ligand(complex_):
            site = sites.Site(around, residue)
            truth = site.crystal_chi()
            energies = site.energies(THREE_TO_ONE[residue.parent])
            built = energies.conformers
            log = np.log(built.probability)
            log = log - (energies.protein + energies.ligand_total[0]) / RT_KCAL
            weight = np.exp(log - log.max())
            weight /= weight.sum()
            off = np.abs(angle_difference(built.chi, truth))
            if residue.parent in HALF_TURN:
                last = HALF_TURN[residue.parent]
                off[:, last] = np.minimum(off[:, last], 180 - off[:, last])
            good = (off < 40).all(axis=1)
            own = np.flatnonzero(built.rotamer == np.bincount(built.rotamer, weight).argmax())
            best = own[weight[own].argmax()]
            prior = np.bincount(built.rotamer, built.probability).argmax()
            total += 1
            first += int(off[best, 0] < 40)
            right += int(good[best])
            library += int(good[np.flatnonzero(built.rotamer == prior)[0]])
            logs += float(np.log(max(weight[good].sum(), 1e-4)))
            counts = by_type.setdefault(residue.parent, [0, 0])
            counts[0] += 1
            counts[1] += int(good[best])
    return {
        "n": total,
        "chi1": round(first / total, 3),
        "all_chi": round(right / total, 3),
        "library_all_chi": round(library / total, 3),
        "mean_log_weight_of_crystal": round(logs / total, 3),
        "by_residue": {k: [v[0], round(v[1] / v[0], 2)] for k, v in sorted(by_type.items())},
    }


def right_chi(residue: object, chi: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return for each angle whether it is within 40 degrees, half a turn of a ring allowed."""
    off = np.abs(angle_difference(chi, truth))
    last = HALF_TURN.get(residue.parent)  # type: ignore[attr-defined]
    if last is not None:
        off[last] = min(off[last], 180 - off[last])
    return np.asarray(off < 40)


def recover_together(complexes: list[Complex]) -> dict[str, object]:
    """Return the share that comes right when all of them are built at once, as in packing."""
    first = right = total = 0
    for complex_ in complexes:
        wanted = [(r, THREE_TO_ONE[r.parent]) for r in near_ligand(complex_)]
        for built in pack(sites.surroundings_of(complex_), wanted):
            truth = sites.chi_angles(built.residue.parent, complex_.structure.atoms(built.residue))
            good = right_chi(built.residue, built.chi, truth)
            total += 1
            first += int(good[0])
            right += int(good.all())
    return {"n": total, "chi1": round(first / total, 3), "all_chi": round(right / total, 3)}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    parser.add_argument("--vary", action="store_true", help="other parameters as well")
    options = parser.parse_args()
    files = {path.name[:4]: path for path in options.structures.iterdir()}
    complexes = [Structure.read(files[code]).complex() for code in ENTRIES]
    # Withhold the crystal's angles.
    sites.inherited_chi = lambda *_: np.zeros(0)  # type: ignore[assignment]
    base = sites.parameters()
    result: dict[str, object] = {"version": version_string(), "shipped": recover(complexes, base)}
    print(json.dumps(result["shipped"]))
    result["all_together"] = recover_together(complexes)
    print("all together", json.dumps(result["all_together"]))
    recorded = HERE / "side_chains.json"
    if not options.vary and recorded.exists():
        # What was varied before stays on record.
        result["varied"] = json.loads(recorded.read_text(encoding="utf-8")).get("varied", {})
    if options.vary:
        varied = result["varied"] = {}
        for name, values in VARIED.items():
            for value in values:
                other = replace(base, pair=replace(base.pair, **{name: value}))
                found = recover(complexes, other)
                del found["by_residue"]
                varied[f"{name} {value}"] = found
                print(name, value, json.dumps(found), flush=True)
    recorded.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
