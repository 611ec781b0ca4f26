"""Predicted against measured on the complexes with an experimental or modelled pose.

    python benchmarks/accuracy/run.py ../shared/structures

Writes ``results.csv`` and ``results.json`` beside itself and prints both. Class labels:
resistant is a fold of ten or more, or a paper's word; a pair within 1.5x of the threshold
is scored both ways. Baselines use no physics: always retained, minus the distance, change
of side-chain volume, overlap of the best rotamer.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr, spearmanr

from trkstruct._version import version_string
from trkstruct.calls import judge
from trkstruct.ensembles import RT_KCAL, Mutant, MutationEngine
from trkstruct.structures import Structure

HERE = Path(__file__).parent
# Residue volumes in cubic angstrom: Zamyatnin 1972, doi:10.1016/0079-6107(72)90005-3.
VOLUME = {
    "A": 88.6, "R": 173.4, "N": 114.1, "D": 111.1, "C": 108.5, "Q": 143.8, "E": 138.4,
    "G": 60.1, "H": 153.2, "I": 166.7, "L": 166.7, "K": 168.6, "M": 162.9, "F": 189.9,
    "P": 112.7, "S": 89.0, "T": 116.1, "W": 227.8, "Y": 193.6, "V": 140.0,
}  # fmt: skip


def read_pairs() -> list[dict[str, str]]:
    """Return the rows of pairs.csv."""
    with (HERE / "pairs.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def best_overlap(mutant: Mutant) -> float:
    """Return the smallest clash of any mutant rotamer less that of the wild type."""
    return float(
        sum(m.ligand[0].min() - w.ligand[0].min() for m, w in
            zip(mutant.mutant.energies, mutant.wild_type.energies, strict=True))
    )  # fmt: skip


def find(folder: Path, code: str) -> Path:
    """Return the file of an entry."""
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith(code))


def predict(folder: Path) -> list[dict[str, object]]:
    """Return a row of prediction, baselines and measurement a pair."""
    engines: dict[str, MutationEngine] = {}
    rows: list[dict[str, object]] = []
    for pair in read_pairs():
        code = pair["structure"]
        if code not in engines:
            engines[code] = MutationEngine(Structure.read(find(folder, code)).complex())
        mutant = engines[code].mutate(pair["mutation"])
        call = judge(mutant)
        wild, new = pair["mutation"][0], pair["mutation"][-1]
        rows.append(
            {
                "structure": code,
                "ligand": mutant.complex.ligand.name,
                "mutation": pair["mutation"],
                "fold": pair["fold"],
                "label": pair["label"],
                "measured": RT_KCAL * np.log(float(pair["fold"])) if pair["fold"] else "",
                "ddg_kcal": round(call.ddg_kcal, 2),
                "raw_kcal": round(mutant.raw_ddg_kcal, 2),
                **{k: round(v, 2) for k, v in call.contributions.items()},
                "strain": round(mutant.strain_kcal, 1),
                "call": call.call,
                "distance": round(mutant.distance_ang, 1),
                "volume": VOLUME[new] - VOLUME[wild],
                "minus_distance": -mutant.distance_ang,
                "best_overlap": round(best_overlap(mutant), 2),
                "always_retained": 0.0,
            }
        )
    return rows


def is_resistant(row: dict[str, object], threshold: float) -> bool:
    """Return whether a pair counts as resistant."""
    if row["label"]:
        return row["label"] == "resistant"
    return float(str(row["fold"])) >= threshold


def auroc(score: np.ndarray, truth: np.ndarray) -> float:
    """Return the area under the ROC curve; ties count half."""
    yes, no = score[truth], score[~truth]
    if not len(yes) or not len(no):
        return float("nan")
    greater = (yes[:, None] > no).sum() + 0.5 * (yes[:, None] == no).sum()
    return float(greater / len(yes) / len(no))


def statistics(rows: list[dict[str, object]], column: str, rng: np.random.Generator) -> dict:
    """Return AUROC, Spearman, Pearson and RMSE with bootstrap 95 % intervals."""
    score = np.array([float(str(r[column])) for r in rows])
    out: dict[str, object] = {"n": len(rows)}
    for name, threshold in (("auroc", 10.0), ("auroc_low", 10 / 1.5), ("auroc_high", 15.0)):
        truth = np.array([is_resistant(r, threshold) for r in rows])
        out[name] = round(auroc(score, truth), 3)
    truth = np.array([is_resistant(r, 10.0) for r in rows])
    out["resistant"] = int(truth.sum())
    boots = [rng.integers(0, len(rows), len(rows)) for _ in range(2000)]
    areas = [auroc(score[b], truth[b]) for b in boots]
    out["auroc_95"] = [round(float(x), 2) for x in np.nanpercentile(areas, [2.5, 97.5])]
    with_fold = [i for i, r in enumerate(rows) if r["fold"]]
    x = score[with_fold]
    y = np.array([float(str(rows[i]["measured"])) for i in with_fold])
    out["n_fold"] = len(x)
    if np.ptp(x) > 0:
        out["spearman"] = round(float(spearmanr(x, y)[0]), 3)
        out["pearson"] = round(float(pearsonr(x, y)[0]), 3)
    out["rmse_kcal"] = round(float(np.sqrt(((x - y) ** 2).mean())), 2)
    return out


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    rows = predict(options.structures)
    kept = [r for r in rows if r["call"] != "abstain"]
    rng = np.random.default_rng(0)
    columns = ("ddg_kcal", "always_retained", "minus_distance", "volume", "best_overlap")
    result = {
        "version": version_string(),
        "pairs": len(rows),
        "abstained": [f"{r['structure']} {r['mutation']}" for r in rows if r["call"] == "abstain"],
        **{column: statistics(kept, column, rng) for column in columns},
    }
    for column in columns[1:]:
        del result[column]["rmse_kcal"]  # not in kcal/mol
    for row in rows:
        measured = f"{row['measured']:5.2f}" if row["fold"] else f"{row['label']!s:>9s}"
        print(f"{row['structure']} {row['ligand']!s:14s} {row['mutation']:7s} {measured:>9s} "
              + " ".join(f"{k}={row[k]}" for k in ("ddg_kcal", "raw_kcal", "clash", "contact",
                         "hbond", "charge", "entropy", "strain", "distance", "call")))  # fmt: skip
    print(json.dumps(result, indent=1))
    if not options.dry:
        with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(
                {k: round(v, 3) if isinstance(v, float) else v for k, v in r.items()} for r in rows
            )
        (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
