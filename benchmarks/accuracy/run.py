"""Predicted against measured: every TRK, ALK and ROS1 pair of the evidence tables.

    python benchmarks/accuracy/run.py

Needs the package alone: its models, its poses, its evidence. Each pair is asked as a user asks
(``structure`` is the kinase), and judged by `trkstruct.benchmarking`; the same plan is written to
plan.csv, for ``trkstruct benchmark``. Beside the shipped parameters, the two that were chosen on
these pairs (desolvation, saturation) are chosen anew with one inhibitor, and with one position,
left out at a time. Writes results.csv, results.json and predicted.png beside itself.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from scipy.stats import norm, spearmanr

from trkstruct import screening
from trkstruct._receptors import complex_of
from trkstruct._version import version_string
from trkstruct.benchmarking import benchmark_rows, statistics
from trkstruct.benchmarking._verdict import sentence
from trkstruct.benchmarking._weighted import auroc
from trkstruct.complexes import Complex
from trkstruct.ensembles import Mutant, MutationEngine
from trkstruct.errors import TrkstructError
from trkstruct.evidence import Pair, pairs
from trkstruct.ligands import ligand
from trkstruct.plans import plan
from trkstruct.sites import parameters
from trkstruct.thresholds import calibration
from trkstruct.weighing import RT_KCAL

matplotlib.use("Agg")

HERE = Path(__file__).parent
KINASES = ("TRKA", "TRKB", "TRKC", "ALK", "ROS1")
DESOLVATION = (0.0, 0.1, 0.2, 0.3, 0.4)
SATURATION = (2.0, 2.5, 3.0, 4.0)
#: Error of a prediction, in kcal/mol: between those of experimental and of placed poses.
ERROR_KCAL = 0.9
#: ddG in kcal/mol by desolvation and saturation.
Grid = dict[tuple[float, float], float]


def measured(pair: Pair) -> dict[str, str]:
    """Return the cells of a plan that say what was measured.

    A fold is taken of one assay class, the biochemical if there is one; a reported response only
    where there is no fold, and where the reports agree.
    """
    if pair.folds:
        first = pair.folds[0]
        sign = "" if first.relation == "=" else first.relation
        return {"measured_fold": f"{sign}{first.fold:.4g}"}
    said = pair.resistant_by_label
    if said is None:
        return {}
    return {"measured_call": "resistant" if said else "sensitive"}


def questions() -> list[dict[str, str]]:
    """Return the rows of the plan."""
    rows = []
    for pair in pairs():
        cells = measured(pair)
        if pair.kinase in KINASES and cells:
            rows.append(
                {
                    "id": f"{pair.kinase} {pair.mutation} {pair.inhibitor}",
                    "structure": pair.kinase, "ligand": pair.inhibitor,
                    "mutation": pair.mutation, "numbering": "uniprot",
                    "measured_fold": "", "measured_call": "",
                    "near_threshold": "yes" if pair.near_threshold else "",
                    "conflict": "; ".join(pair.conflicts), **cells,
                }
            )  # fmt: skip
    return rows


def best_overlap(mutant: Mutant) -> float:
    """Return the smallest clash of any mutant rotamer less that of the wild type."""
    return float(
        sum(
            m.ligand[0, 0].min() - w.ligand[0, 0].min()
            for m, w in zip(mutant.mutant.energies, mutant.wild_type.energies, strict=True)
        )
    )


def every_setting(complex_: Complex, mutation: str) -> tuple[Grid, float]:
    """Return the ddG for every setting of the two parameters, and the smallest overlap."""
    raw: dict[float, list[float]] = {}
    overlaps = []
    for made in (complex_, *complex_.siblings):
        for weight in DESOLVATION:
            key = f"engine with desolvation {weight}"
            score = replace(parameters(), desolvation_kcal=weight)
            engine = made.remember(key, lambda m=made, s=score: MutationEngine(m, s))
            try:
                mutant = engine.mutate(mutation, "uniprot")
            except TrkstructError:
                continue
            raw.setdefault(weight, []).append(mutant.raw_ddg_kcal)
            overlaps.append(best_overlap(mutant))
    grid = {
        (weight, cap): float(np.mean([cap * np.tanh(x / cap) for x in raw[weight]]))
        for weight, cap in product(DESOLVATION, SATURATION)
    }
    return grid, float(np.mean(overlaps))


def rmse(rows: Sequence[Mapping[str, Any]], setting: tuple[float, float]) -> float:
    """Return the error of a setting over exact folds."""
    off = [
        row["grid"][setting] - row["measured_ddg_kcal"]
        for row in rows
        if row["measured_ddg_kcal"] is not None and row["measured_relation"] == "="
    ]
    return float(np.sqrt(np.mean(np.square(off))))


def misfit(rows: Sequence[Mapping[str, Any]], setting: tuple[float, float]) -> float:
    """Return minus the log-likelihood of what was measured, folds and reported responses alike.

    Each prediction has a normal error of `ERROR_KCAL`: a fold is a draw from it, a bound one tail,
    and a reported response the side of the threshold that it lies on.
    """
    total = 0.0
    for row in rows:
        value, truth = row["grid"][setting], row["measured_ddg_kcal"]
        if truth is not None and row["measured_relation"] == "=":
            total += 0.5 * ((value - truth) / ERROR_KCAL) ** 2
            continue
        if truth is not None:
            over = row["measured_relation"] == ">"
        elif row["measured_class"]:
            truth = RT_KCAL * np.log(calibration().resistant_fold)
            over = row["measured_class"] == "resistant"
        else:
            continue
        total -= float(norm.logcdf((value - truth if over else truth - value) / ERROR_KCAL))
    return total


def left_out(
    rows: Sequence[dict[str, Any]], group: Callable[[Mapping[str, Any]], str]
) -> dict[str, Any]:
    """Choose the two parameters without a group, predict the group, and judge all together."""
    predicted: list[tuple[dict[str, Any], float]] = []
    chosen: dict[str, int] = {}
    for name in sorted({group(row) for row in rows}):
        others = [row for row in rows if group(row) != name]
        best = min(product(DESOLVATION, SATURATION), key=lambda s: misfit(others, s))
        chosen[str(best)] = chosen.get(str(best), 0) + 1
        predicted += [(row, row["grid"][best]) for row in rows if group(row) == name]
    exact = [
        (value, row["measured_ddg_kcal"])
        for row, value in predicted
        if row["measured_ddg_kcal"] is not None and row["measured_relation"] == "="
    ]
    decided = [(value, row["measured_class"] == "resistant") for row, value in predicted
               if row["measured_class"]]  # fmt: skip
    x, y = np.array(exact).T
    score, truth = np.array([d[0] for d in decided]), np.array([d[1] for d in decided])
    area = auroc(score, truth)(np.ones((1, len(score))))
    return {
        "auroc": round(float(np.ravel(area)[0]), 3),
        "spearman": round(float(spearmanr(x, y)[0]), 3),
        "rmse_kcal": round(float(np.sqrt(((x - y) ** 2).mean())), 2),
        "n": len(decided), "n_folds": len(x),
        "chosen (desolvation, saturation): times": chosen,
    }  # fmt: skip


def residuals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the spread of predicted less measured by how the pose is known."""
    out = {}
    for source in ("experimental", "modelled", "template", "docked"):
        off = np.array(
            [
                row["difference_kcal"]
                for row in rows
                if row["pose_source"] == source and row["difference_kcal"] is not None
            ]
        )
        if len(off):
            root = float(np.sqrt((off**2).mean()))
            out[source] = {
                "n": len(off),
                "mean": round(float(off.mean()), 2),
                "rms": round(root, 2),
            }
    return out


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_known_args()
    asked = questions()
    answers = tuple(screening.run(plan(asked)))
    rows, _ = benchmark_rows(answers, tuple(asked))
    complete: list[dict[str, Any]] = []
    complexes: dict[tuple[str, str], Complex] = {}
    for row, question in zip(rows, asked, strict=True):
        if row["status"] != "ok":
            print(row["id"], row["status"], row["error"] or row["reasons"][:120])
            complete.append(dict(row))
            continue
        key = question["structure"], question["ligand"]
        if key not in complexes:
            complexes[key] = complex_of(key[0], ligand(key[1]))
        grid, overlap = every_setting(complexes[key], question["mutation"])
        complete.append({**row, "grid": grid, "best_rotamer_kcal": overlap})
    found = statistics(complete)
    answered = [row for row in complete if row["status"] == "ok"]
    decided = [row for row in answered if row["measured_class"] or row["measured_ddg_kcal"]]
    result = {
        "version": version_string(),
        "sentence": sentence(found),
        "shipped": found.to_dict(),
        "leave_one_inhibitor_out": left_out(decided, lambda row: str(row["ligand"])),
        "leave_one_position_out": left_out(decided, lambda row: str(row["klifs_position"])),
        "leave_one_kinase_out": left_out(decided, lambda row: str(row["kinase"])),
        "residuals_by_pose": residuals(answered),
        "in_sample_grid (RMSE over folds, misfit of all)": {
            str(s): (round(rmse(decided, s), 3), round(misfit(decided, s), 2))
            for s in product(DESOLVATION, SATURATION)
        },
        "abstained": [row["id"] for row in complete if row["status"] == "abstained"],
        "failed": [row["id"] for row in complete if row["status"] == "failed"],
    }
    columns = (
        "id", "pose_source", "structure", "template", "distance_ang", "ddg_kcal", "ddg_low_kcal",
        "ddg_high_kcal", "clash_kcal", "contact_kcal", "hbond_kcal", "charge_kcal",
        "entropy_kcal", "call", "confidence", "status", "measured_ddg_kcal", "measured_relation",
        "measured_class", "difference_kcal", "inside_interval", "near_threshold", "conflict",
    )  # fmt: skip
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/accuracy/run.py with {version_string()}\n")
        writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row, question in zip(complete, asked, strict=True):
            more = {name: question[name] for name in ("near_threshold", "conflict")}
            writer.writerow({**row, **more})
    with (HERE / "plan.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(asked[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asked)
    text = json.dumps(result, indent=1, default=str)
    (HERE / "results.json").write_text(text + "\n", encoding="utf-8")
    from trkstruct.views.accuracy import predicted_against_measured

    axes = predicted_against_measured(complete)
    axes.figure.savefig(HERE / "predicted.png", dpi=110)
    for row in sorted(answered, key=lambda r: -abs(r["difference_kcal"] or 0)):
        value = row["measured_ddg_kcal"]
        told = f"{row['measured_relation']}{value:.2f}" if value is not None else ""
        print(
            f"{row['id']:34s} {row['pose_source']:12s} {row['ddg_kcal']:+.2f} measured "
            f"{told or row['measured_class']:14s} {row['call']}"
        )
    print(json.dumps({k: v for k, v in result.items() if k != "shipped"}, indent=1, default=str))
    model, nearest = found.model, found.auroc_difference
    print("AUROC", model.auroc, "Spearman", model.spearman, "RMSE", model.rmse_kcal)
    print("to the best baseline", nearest, found.spearman_difference, found.rmse_difference)
    print("interval", found.interval_coverage, "coverage", found.coverage)


if __name__ == "__main__":
    main()
