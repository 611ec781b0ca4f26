"""What preparing does: the same mutations on the raw entry and on the model made from it.

    python benchmarks/accuracy/prepared.py ../shared/structures

Every substitution of every pocket residue within reach of the ligand in both, for each model
whose protein is that of its entry. Also the states of all input files against SOURCES.csv, and
alpha-C against KLIFS. Writes prepared.csv and prepared.json beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from trkstruct._version import version_string
from trkstruct.calls import judge
from trkstruct.ensembles import MutationEngine
from trkstruct.residues import AMINO_ACIDS
from trkstruct.states import dfg_state
from trkstruct.structures import Structure

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "structures"


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def scan(structure: Structure) -> dict[str, tuple[float, str]]:
    """Return ddG and call of every pocket substitution, by UniProt number."""
    engine = MutationEngine(structure.complex())
    numbering = engine.complex.numbering
    found = {}
    for position in range(1, 86):
        where = numbering.at_klifs(position)
        if where is None:
            continue
        wild = numbering.letter(where)
        for letter in AMINO_ACIDS:
            if letter != wild:
                text = f"{wild}{where.number}{letter}"
                try:
                    call = judge(engine.mutate(text, "author"))
                except ValueError:
                    continue
                found[f"{wild}{numbering.uniprot(where)}{letter}"] = (call.ddg_kcal, call.call)
    return found


def compare(raw: Structure, made: Structure) -> dict[str, object]:
    """Return how the scores of two structures of one complex agree."""
    one, two = scan(raw), scan(made)
    both = [m for m in one if m in two and "abstain" not in (one[m][1], two[m][1])]
    a, b = (np.array([table[m][0] for m in both]) for table in (one, two))
    largest = int(np.abs(a - b).argmax())
    return {
        "mutations": len(both),
        "spearman": round(float(spearmanr(a, b)[0]), 3),
        "rms_change_kcal": round(float(np.sqrt(((a - b) ** 2).mean())), 2),
        "same_call": round(float(np.mean([one[m][1] == two[m][1] for m in both])), 3),
        "largest_change": both[largest],
        "raw_kcal": round(float(a[largest]), 2),
        "prepared_kcal": round(float(b[largest]), 2),
    }


def states(folder: Path) -> dict[str, object]:
    """Return how the state calls agree with SOURCES.csv and with KLIFS."""
    klifs = {
        r["pdb"].upper(): r for r in table(folder.parent / "evidence" / "klifs_structures.csv")
    }
    dfg = alpha = n_dfg = n_alpha = 0
    off = []
    for row in table(folder / "SOURCES.csv"):
        state = dfg_state(Structure.read(folder / row["file"]))
        if row["dfg"]:
            n_dfg += 1
            dfg += state.dfg == row["dfg"]
        known = klifs.get(row["pdb_id"], {}).get("ac_helix", "")
        if known in ("in", "out"):
            n_alpha += 1
            alpha += state.alpha_c == known
            if state.alpha_c != known:
                off.append(
                    f"{row['pdb_id']}: KLIFS {known}, CB-CB {state.cb_cb_ang:.1f}, "
                    f"NZ-OE {state.salt_bridge_ang:.1f} A"
                )
    return {"dfg": f"{dfg} of {n_dfg}", "alpha_c": f"{alpha} of {n_alpha}", "alpha_c_off": off}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    files = {row["pdb_id"]: folder / row["file"] for row in table(folder / "SOURCES.csv")}
    rows = []
    for model in table(MODELS / "manifest.csv"):
        if model["protein_kind"] != "prepared" or not model["ligand"]:
            continue
        raw = Structure.read(files[model["entry"]])
        row = {"model": model["id"], **compare(raw, Structure.read(MODELS / model["file"]))}
        rows.append(row)
        print(row, flush=True)
    result = {
        "version": version_string(),
        "models": len(rows),
        "median_spearman": round(float(np.median([r["spearman"] for r in rows])), 3),
        "lowest_spearman": min(r["spearman"] for r in rows),
        "median_rms_change_kcal": round(float(np.median([r["rms_change_kcal"] for r in rows])), 2),
        "median_same_call": round(float(np.median([r["same_call"] for r in rows])), 3),
        "states": states(folder),
    }
    print(json.dumps(result, indent=1))
    with (HERE / "prepared.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (HERE / "prepared.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
