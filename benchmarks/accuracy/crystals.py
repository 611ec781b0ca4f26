"""Crystal structures of mutants as judges of the modelled side chains.

    python benchmarks/accuracy/crystals.py ../shared/structures

Each mutation is modelled on the wild type's complex and compared with the mutant's own
crystal structure, backbones of the residue superposed; then the other way round. 'Keep chi1'
is the baseline that leaves chi1 as the wild type has it and takes the library's most
probable rotamer there. Writes crystals.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from trkstruct._version import version_string
from trkstruct.ensembles import Mutant, MutationEngine
from trkstruct.residues import ONE_TO_THREE, ResidueId
from trkstruct.rotamers import angle_difference, build_side_chain, chi_angles, rotamers
from trkstruct.structures import Structure

HERE = Path(__file__).parent
#: Modelled on, mutation, judged by.
CASES = (
    ("2XP2", "L1196M", "2YFX"), ("4CLI", "L1196M", "4CLJ"), ("2XP2", "L1198F", "5AAA"),
    ("2XP2", "G1269A", "4ANQ"), ("2XP2", "L1196M+G1269A", "4ANS"),
    ("2YFX", "M1196L", "2XP2"), ("4CLJ", "M1196L", "4CLI"), ("5AAA", "F1198L", "2XP2"),
    ("4ANQ", "A1269G", "2XP2"), ("4ANS", "M1196L+A1269G", "2XP2"),
    ("2XP2", "C1156Y", "5AAC"), ("5AAC", "Y1156C", "2XP2"),
)  # fmt: skip


def superpose(moving: np.ndarray, onto: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rotation and translation that lay one set of points on another."""
    a, b = moving.mean(axis=0), onto.mean(axis=0)
    u, _, vt = np.linalg.svd((moving - a).T @ (onto - b))
    turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return turn, b - a @ turn


def off_by(residue: str, chi: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the absolute differences of chi angles, half a turn of a ring being none."""
    off = np.abs(angle_difference(chi, truth))
    if residue in ("PHE", "TYR", "ASP"):
        off[1] = min(off[1], 180 - off[1])
    return np.asarray(off)


def compare(mutant: Mutant, number: int, judge: Structure) -> dict[str, object]:
    """Return how the model of one mutated residue compares with the judge's crystal."""
    site = mutant.sites[number]
    built = mutant.mutant.energies[number].conformers
    bound = mutant.mutant.bound[number]
    where = ResidueId("A", mutant.mutations[number].residue.number)
    residue = judge.residue(where)
    atoms = judge.atoms(residue)
    frame = np.array([atoms[a] for a in ("N", "CA", "C")])
    turn, shift = superpose(frame, site.backbone)
    row: dict[str, object] = {
        "ca_shift_after_whole_fit_ang": round(
            backbone_shift(site.surroundings.structure, judge, where), 2
        ),
    }
    if not built.atoms:
        return row
    truth = np.array([atoms[a] for a in built.atoms]) @ turn + shift
    chi_truth = chi_angles(residue.parent, atoms)

    def rmsd(coords: np.ndarray) -> float:
        return float(np.sqrt(((coords - truth) ** 2).sum(axis=1).mean()))

    weight = np.bincount(built.rotamer, bound)
    own = np.flatnonzero(built.rotamer == weight.argmax())
    best = int(own[bound[own].argmax()])
    row["rmsd_ang"] = round(rmsd(built.coords[best]), 2)
    if built.chi.shape[1]:
        off = off_by(residue.parent, built.chi[best], chi_truth)
        everything = [off_by(residue.parent, chi, chi_truth).max() < 40 for chi in built.chi]
        row |= {
            "chi_crystal": " ".join(f"{x:.0f}" for x in chi_truth),
            "chi_model": " ".join(f"{x:.0f}" for x in built.chi[best]),
            "chi_off_deg": " ".join(f"{x:.0f}" for x in off),
            "all_within_40": bool(off.max() < 40),
            "weight_of_crystal_rotamer": round(float(bound[everything].sum()), 2),
        }
        row |= baseline(mutant, number, truth, chi_truth)
    return row


def baseline(mutant: Mutant, number: int, truth: np.ndarray, chi_truth: np.ndarray) -> dict:
    """Return the comparison for the most probable rotamer near the wild type's chi1."""
    site = mutant.sites[number]
    name = ONE_TO_THREE[mutant.mutant.letters[number]]
    found = rotamers(name, site.phi, site.psi)
    wild = site.crystal_chi()
    near = np.arange(len(found.probability))
    if len(wild):
        away = np.abs(angle_difference(found.chi[:, 0], wild[0]))
        near = np.flatnonzero(away < 60) if (away < 60).any() else near[[away.argmin()]]
    chi = found.chi[near[0]].copy()
    if len(wild):
        chi[0] = wild[0]
    built = build_side_chain(name, site.backbone, chi[None], site.positions.get("CB"))[0]
    off = off_by(name, chi, chi_truth)
    return {
        "keep_chi1_rmsd_ang": round(float(np.sqrt(((built - truth) ** 2).sum(axis=1).mean())), 2),
        "keep_chi1_all_within_40": bool(off.max() < 40),
    }


def backbone_shift(one: Structure, two: Structure, where: ResidueId) -> float:
    """Return how far the C-alpha of a residue moves when the chains are laid on each other."""
    a = {r.id: one.atoms(r).get("CA") for r in one.protein("A")}
    b = {r.id: two.atoms(r).get("CA") for r in two.protein("A")}
    both = [i for i in a if a[i] is not None and b.get(i) is not None]
    turn, shift = superpose(np.array([b[i] for i in both]), np.array([a[i] for i in both]))
    return float(np.linalg.norm(b[where] @ turn + shift - a[where]))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    files = {path.name[:4]: path for path in folder.iterdir()}
    engines: dict[str, MutationEngine] = {}
    rows = []
    for code, mutation, judge in CASES:
        if code not in engines:
            engines[code] = MutationEngine(Structure.read(files[code]).complex())
        mutant = engines[code].mutate(mutation)
        crystal = Structure.read(files[judge])
        for number, part in enumerate(mutant.mutations):
            rows.append(
                {
                    "model_on": code,
                    "mutation": mutation,
                    "residue": part.residue.number,
                    "judged_by": judge,
                    "ddg_kcal": round(mutant.ddg_kcal, 2),
                    **compare(mutant, number, crystal),
                }
            )
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (HERE / "crystals.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/accuracy/crystals.py with {version_string()}\n")
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print("  ".join(f"{k}={v}" for k, v in row.items()))
    print("Hysteresis, ddG(w->m) on the wild type against -ddG(m->w) on the mutant:")
    forward = {(r["mutation"], r["judged_by"]): r["ddg_kcal"] for r in rows}
    for code, mutation, judge in CASES:
        back = "+".join(f"{m[-1]}{m[1:-1]}{m[0]}" for m in mutation.split("+"))
        if (back, code) in forward and code in ("2XP2", "4CLI"):
            there, again = forward[mutation, judge], forward[back, code]
            print(f"  {mutation:14s} {code}/{judge}  {there:+.2f}  {-again:+.2f}")


if __name__ == "__main__":
    main()
