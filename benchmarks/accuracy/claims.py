"""What the literature says that the tool exists for, and what it predicts.

    python benchmarks/accuracy/claims.py

Needs the package alone. Writes claims.csv beside itself and prints it. ``against`` says what a
claim was checked against: a measured fold, a reported response, or nothing that is in the evidence
tables; only the first two count.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trkstruct import screening
from trkstruct._version import version_string
from trkstruct.evidence import pairs
from trkstruct.plans import plan

HERE = Path(__file__).parent
#: Kinase, mutation (UniProt numbers; TRKB G623R is the literature's G639R), inhibitor, claim.
#: resists: ten-fold or more. keeps: less than ten-fold. potent: under 20 nM from the wild-type
#: value. neutral: within three-fold.
CLAIMS = (
    ("TRKA", "G595R", "larotrectinib", "resists"),
    ("TRKA", "G595R", "entrectinib", "resists"),
    ("TRKC", "G623R", "larotrectinib", "resists"),
    ("TRKC", "G623R", "entrectinib", "resists"),
    ("TRKB", "G623R", "larotrectinib", "resists"),
    ("TRKB", "G623R", "entrectinib", "resists"),
    ("TRKA", "G595R", "selitrectinib", "potent"),
    ("TRKC", "G623R", "selitrectinib", "potent"),
    ("TRKA", "G595R", "repotrectinib", "potent"),
    ("TRKB", "G623R", "repotrectinib", "potent"),
    ("TRKC", "G623R", "repotrectinib", "potent"),
    ("TRKA", "G595R", "cabozantinib", "resists"),
    ("TRKA", "G667C", "cabozantinib", "keeps"),
    ("TRKA", "G667C", "larotrectinib", "resists"),
    ("TRKA", "G667C", "entrectinib", "resists"),
    ("TRKA", "G667C", "merestinib", "keeps"),
    ("ALK", "G1202R", "repotrectinib", "keeps"),
    ("ROS1", "G2032R", "repotrectinib", "keeps"),
    ("ROS1", "D2033N", "repotrectinib", "keeps"),
    ("ROS1", "G2032R", "crizotinib", "resists"),
    ("ROS1", "L2026M", "crizotinib", "resists"),
    ("ROS1", "L2026M", "lorlatinib", "keeps"),
    ("TRKA", "F589L", "larotrectinib", "more than the macrocycles"),
    ("TRKA", "F589L", "selitrectinib", "less than larotrectinib"),
    ("TRKA", "F589L", "repotrectinib", "less than larotrectinib"),
    ("TRKC", "G696A", "larotrectinib", "neutral"),
    ("TRKC", "G696A", "selitrectinib", "neutral"),
)
POTENT_NM = 20.0


def verdict(
    row: Mapping[str, Any], claim: str, ddg: Mapping[tuple[str, str, str], float], key: Any
) -> str:
    """Say whether a claim comes out."""
    if row["status"] != "ok":
        return "no call"
    call, own = row["call"], row["ddg_kcal"]
    if claim == "potent":
        value = row["predicted_potency_nm"]
        return "no wild-type value" if value is None else "yes" if value < POTENT_NM else "no"
    if claim.startswith("more"):
        others = [ddg[key[0], key[1], name] for name in ("selitrectinib", "repotrectinib")]
        return "yes" if own > max(others) else "no"
    if claim.startswith("less"):
        return "yes" if own < ddg[key[0], key[1], "larotrectinib"] else "no"
    right = {"resists": call == "resistant", "keeps": call != "resistant",
             "neutral": call == "retained"}[claim]  # fmt: skip
    return "yes" if right else "no"


def main() -> None:
    """Run the table."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_known_args()
    asked = [
        {"structure": k, "mutation": m, "ligand": drug, "numbering": "uniprot"}
        for k, m, drug, _ in CLAIMS
    ]
    rows = list(screening.run(plan(asked)))
    ddg = {c[:3]: row["ddg_kcal"] for c, row in zip(CLAIMS, rows, strict=True)}
    known = {(p.kinase, p.mutation, p.inhibitor): p for p in pairs()}
    table = []
    for (kinase, mutation, drug, claim), row in zip(CLAIMS, rows, strict=True):
        pair = known.get((kinase, mutation, drug))
        against = "nothing here"
        if pair is not None:
            against = "fold" if pair.folds else "label"
        measured = ""
        if pair is not None and pair.folds:
            measured = f"{pair.folds[0].relation}{pair.folds[0].fold:.3g}-fold"
        elif pair is not None:
            measured = "; ".join(dict.fromkeys(label.label for label in pair.labels))
        table.append(
            {
                "kinase": kinase, "mutation": mutation, "inhibitor": drug, "claim": claim,
                "ddg_kcal": row["ddg_kcal"], "low_kcal": row["ddg_low_kcal"],
                "high_kcal": row["ddg_high_kcal"], "call": row["call"],
                "predicted_nm": row["predicted_potency_nm"], "pose": row["pose_source"],
                "comes_out": verdict(row, claim, ddg, (kinase, mutation, drug)),
                "against": against, "measured": measured,
            }
        )  # fmt: skip
        print(*table[-1].values(), sep="  ", flush=True)
    counted = [row for row in table if row["against"] != "nothing here"]
    yes = sum(row["comes_out"] == "yes" for row in counted)
    silent = sum(row["comes_out"].startswith("no ") for row in counted)
    line = f"{yes} of {len(counted)} claims with evidence come out; no answer to {silent}"
    print(line)
    with (HERE / "claims.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/accuracy/claims.py with {version_string()}\n# {line}\n")
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
