"""A series of 200 analogues placed by the command a chemist would use.

    python benchmarks/placement/series.py [--analogues 200] [-j 2]

One hydrogen on a carbon of larotrectinib, or of repotrectinib, is replaced by a small group, in
RDKit's order; three of the molecules are bad (no SMILES at all, a carbon with five bonds, a peptide
that is too long). Runs ``trkstruct place`` in TRKA; what it took, how many were placed and what was
said of the others goes to series.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rdkit import Chem

import trkstruct as ts
from trkstruct._version import version_string

HERE = Path(__file__).parent
PARENTS = ("larotrectinib", "repotrectinib")
GROUPS = ("F", "C", "Cl", "O", "N", "OC", "C#N", "CC", "C(F)(F)F", "CO", "NC", "C(N)=O")
BAD = (("empty", ""), ("five-bonds", "CC(C)(C)(C)C"), ("long", "CC(=O)" + "NCC(=O)" * 60 + "N"))


def analogues(most: int) -> Iterator[tuple[str, str]]:
    """Give names and SMILES, alternately of each parent, no molecule twice."""
    known: set[str] = set()
    made = [one_of(parent) for parent in PARENTS]
    while len(known) < most:
        for several in made:
            name, smiles = next(several)
            while smiles in known:
                name, smiles = next(several)
            known.add(smiles)
            yield name, smiles
            if len(known) == most:
                return


def one_of(parent: str) -> Iterator[tuple[str, str]]:
    """Give the analogues of one inhibitor."""
    mol = ts.ligand(parent).to_rdkit(hydrogens=False)
    mol.RemoveAllConformers()
    for group in GROUPS:
        for atom in mol.GetAtoms():
            if atom.GetSymbol() != "C" or not atom.GetTotalNumHs():
                continue
            put = Chem.RWMol(Chem.CombineMols(mol, Chem.MolFromSmiles(group)))
            put.AddBond(atom.GetIdx(), mol.GetNumAtoms(), Chem.BondType.SINGLE)
            put.GetAtomWithIdx(atom.GetIdx()).SetNoImplicit(False)
            put.GetAtomWithIdx(atom.GetIdx()).SetNumExplicitHs(0)
            Chem.SanitizeMol(put)
            yield f"{parent}-{atom.GetIdx()}-{group}", Chem.MolToSmiles(put)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--analogues", type=int, default=200)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    asked = parser.parse_args()
    molecules = list(analogues(asked.analogues - len(BAD)))
    for number, bad in enumerate(BAD):
        molecules.insert((number + 1) * len(molecules) // (len(BAD) + 1), bad)
    with tempfile.TemporaryDirectory() as folder:
        series, poses = Path(folder, "series.csv"), Path(folder, "poses.sdf")
        with series.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(("id", "smiles"))
            writer.writerows(molecules)
        command = [
            sys.executable, "-m", "trkstruct", "place", "-s", "TRKA", "-l", str(series),
            "-o", str(poses), "-j", str(asked.jobs), "--format", "csv", "--no-reuse",
        ]  # fmt: skip
        began = time.perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        written = poses.read_text(encoding="utf-8").count("$$$$") if poses.exists() else 0
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = {
        "version": version_string(),
        "molecules": len(molecules),
        "processes": asked.jobs,
        "exit_code": ran.returncode,
        "rows": len(rows),
        "placed": sum(row["status"] == "ok" for row in rows),
        "poses_written": written,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(child.ru_utime + child.ru_stime, 1),
        "cpu_seconds_a_molecule": round((child.ru_utime + child.ru_stime) / len(molecules), 2),
        "most_megabytes_of_a_process": round(child.ru_maxrss / 1024),
        "not_placed": {
            next(iter(row.values())) if "name" not in row else row["name"]: row["error"]
            for row in rows
            if row["status"] != "ok"
        },
    }
    text = json.dumps(result, indent=1)
    print(text)
    (HERE / "series.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
