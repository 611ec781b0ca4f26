"""PoseBusters over the poses that travel with the package: the best of each model and inhibitor.

    python benchmarks/placement/shipped.py

Its `dock` tests with the prepared protein. Writes shipped.csv beside itself.
"""

from __future__ import annotations

import csv
import tempfile
import warnings
from functools import cache
from pathlib import Path

from posebusters import PoseBusters

from trkstruct._version import version_string
from trkstruct.bundled import bundled_model, data_folder
from trkstruct.ligands.library import find
from trkstruct.placement import store
from trkstruct.structures import Structure

HERE = Path(__file__).parent


@cache
def structure_of(model: str) -> Structure:
    """Return a bundled model."""
    return Structure.read(bundled_model(model).path)


def main() -> None:
    """Check every pair."""
    poses = data_folder("structures") / store.FOLDER
    rows = []
    buster = PoseBusters(config="dock")
    for row in store.read_pose_manifest(poses / "manifest.csv"):
        if row["status"] != "ok":
            continue
        structure = structure_of(row["model"])
        ligand = find(row["ligand"]).ligand()
        found = store.find(structure, ligand, row["chain"])
        placed = ligand.with_coords(found.best.coords)
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            protein, sdf = Path(folder, "protein.pdb"), Path(folder, "ligand.sdf")
            protein.write_text(structure.to_pdb_block(structure.protein(row["chain"])))
            from rdkit import Chem

            sdf.write_text(Chem.MolToMolBlock(placed.to_rdkit(hydrogens=True)) + "$$$$\n")
            report = buster.bust([sdf], None, protein).iloc[0]
        failed = [str(name) for name, passed in report.items() if not bool(passed)]
        doubts = [f.code for f in found.findings if f.level == "warning"]
        rows.append(
            {
                "model": row["model"],
                "ligand": row["ligand"],
                "source": found.source,
                "template": found.best.template,
                "overlap": found.best.overlap,
                "score_kcal": found.best.score_kcal,
                "doubts": " ".join(doubts),
                "failed": "; ".join(failed),
                "tests": len(report),
            }
        )
        print(rows[-1], flush=True)
    passed = sum(not row["failed"] for row in rows)
    line = f"{passed} of {len(rows)} poses pass every test ({passed / len(rows):.1%})"
    print(line)
    with (HERE / "shipped.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/placement/shipped.py with {version_string()}\n# {line}\n")
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
