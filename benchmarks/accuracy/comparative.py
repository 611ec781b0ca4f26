"""Comparative models against the crystals of what they model.

    python benchmarks/accuracy/comparative.py ../shared/structures

A kinase that has a crystal of the same state is modelled on a relative, without looking at its
own crystal, and compared with it: side chains that were built (chi within 40 degrees) and the
scores of the pocket's substitutions with the same ligand where both have it (raw_kcal: on the
crystal; prepared_kcal: on the model). Writes comparative.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from prepared import compare as compare_scores

from trkstruct._version import version_string
from trkstruct.preparation import compare
from trkstruct.residues import CHI_ATOMS
from trkstruct.rotamers import angle_difference, chi_angles
from trkstruct.structures import Structure

HERE = Path(__file__).parent
#: Target, template, the target's own crystal; the same ligand is bound in both of the first two.
CASES = (("ALK", "3ZBF", "2XP2"), ("ROS1", "2XP2", "3ZBF"), ("TRKB", "6KZD", "4AT5"),
         ("TRKC", "4AT5", "6KZD"))  # fmt: skip
HALF_TURN = {"PHE": 1, "TYR": 1, "ASP": 1, "GLU": 2, "ASN": 1, "GLN": 2, "HIS": 1}


def side_chains(made: Structure, truth: Structure, built: set[str]) -> dict[str, object]:
    """Return how many side chains agree: those built, and the others, in the KLIFS pocket."""
    one, two = made.numbering(), truth.numbering()
    counts = {"built": [0, 0, 0], "kept": [0, 0, 0]}
    for position in range(1, 86):
        a, b = one.at_klifs(position), two.at_klifs(position)
        if a is None or b is None:
            continue
        left, right = made.residue(a), truth.residue(b)
        if left.parent != right.parent or not CHI_ATOMS[left.parent] or right.missing:
            continue
        found = chi_angles(left.parent, made.atoms(left))
        off = np.abs(angle_difference(found, chi_angles(right.parent, truth.atoms(right))))
        if left.parent in HALF_TURN:
            last = HALF_TURN[left.parent]
            off[last] = min(off[last], 180 - off[last])
        row = counts["built" if str(a) in built else "kept"]
        row[0] += 1
        row[1] += int(off[0] < 40)
        row[2] += int((off < 40).all())
    out: dict[str, object] = {}
    for name, (n, first, all_) in counts.items():
        out |= {
            f"{name}_n": n,
            f"{name}_chi1": round(first / n, 2) if n else "",
            f"{name}_all_chi": round(all_ / n, 2) if n else "",
        }
    return out


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    files = {path.name[:4]: path for path in folder.iterdir()}
    scratch = HERE / ".comparative.cif"
    rows = []
    for target, template, crystal in CASES:
        model = compare(target, Structure.read(files[template]), name=f"{target}-{template}")
        made = Structure.read(model.save(scratch))
        truth = Structure.read(files[crystal])
        built = {str(part.where) for part in model.parts if len(part.built) > 2}
        row = {
            "target": target,
            "template": template,
            "judged_by": crystal,
            "identity": model.record()["identity"],
            "checks": model.record()["checks"],
            **side_chains(made, truth, built),
        }
        if made.complex().ligand.inchikey == truth.complex().ligand.inchikey:
            row |= compare_scores(truth, made)
        rows.append(row)
        print(row, flush=True)
    scratch.unlink()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (HERE / "comparative.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/accuracy/comparative.py with {version_string()}\n")
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
