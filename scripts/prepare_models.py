"""Make the models that the package ships, and their manifest.

    python scripts/prepare_models.py ../shared/structures [ID ...]

Reads structures/models.csv; writes structures/ID.cif.gz and structures/manifest.csv. The
inputs are never copied: what is written is what `trkstruct prepare` computed. With ids, only
those models are made again; their rows in the manifest are replaced.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
from pathlib import Path

from trkstruct.preparation import PreparedModel, compare, prepare
from trkstruct.structures import Structure

STRUCTURES = Path(__file__).resolve().parents[1] / "structures"


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV with comment lines."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def row_of(model: PreparedModel, plan: dict[str, str], source: dict[str, str]) -> dict[str, object]:
    """Return a model's row in the manifest."""
    record = model.record()
    return {
        "id": model.name,
        "file": f"{model.name}.cif.gz",
        "title": plan["title"],
        "kinase": model.kinase,
        "dfg_state": record["dfg_state"],
        "alpha_c": record["alpha_c"],
        "rank": plan["rank"],
        "ligand": model.ligand[0] if model.ligand else "",
        "ligand_kind": model.ligand_kind,
        "protein_kind": model.protein_kind,
        "template_kinase": record.get("template_kinase", ""),
        "identity": record.get("identity", ""),
        "entry": plan["entry"],
        "entry_doi": f"10.2210/pdb{plan['entry'].lower()}/pdb",
        "citation": plan["citation"],
        "resolution_ang": plan["resolution_ang"],
        "resolution_source": plan["resolution_source"],
        "input_kind": source["kind"],
        "input_source": source["source"],
        "input_licence": source["source_licence"],
        "input_sha256": source["sha256"],
        "ca_rmsd_ang": record["ca_rmsd_ang"],
        "pocket_rmsd_ang": record["pocket_rmsd_ang"],
        "largest_move_ang": record["largest_move_ang"],
        "moved_over_2_ang": "; ".join(model.movement.over_limit),
        "checks": "; ".join(f"{c.name} {c.value:g} (limit {c.limit:g})" for c in model.checks),
        "passed": record["checks"],
        "steps": " | ".join(model.steps),
        "made_with": record["made_with"],
        "sha256": hashlib.sha256(model.to_cif().encode("utf-8")).hexdigest(),
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("inputs", type=Path)
    parser.add_argument("ids", nargs="*")
    options = parser.parse_args()
    sources = {row["pdb_id"]: row for row in table(options.inputs / "SOURCES.csv")}
    manifest = STRUCTURES / "manifest.csv"
    rows = {row["id"]: dict(row) for row in table(manifest)} if manifest.exists() else {}
    plans = table(STRUCTURES / "models.csv")
    for plan in plans:
        if options.ids and plan["id"] not in options.ids:
            continue
        source = sources[plan["entry"]]
        path = options.inputs / source["file"]
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != source["sha256"]:
            raise SystemExit(f"{path} is not the file that SOURCES.csv describes.")
        raw = Structure.read(path)
        if plan["method"] == "comparative":
            model = compare(plan["kinase"], raw, name=plan["id"], title=plan["title"])
        else:
            model = prepare(raw, name=plan["id"], title=plan["title"], entry=plan["entry"])
        if not model.good:
            raise SystemExit(f"{model!r}: {[c for c in model.checks if not c.passed]}")
        saved = model.save(STRUCTURES / f"{model.name}.cif.gz")
        rows[model.name] = row_of(model, plan, source)
        assert gzip.decompress(saved.read_bytes()).decode("utf-8") == model.to_cif()
        print(repr(model), f"pocket moved {model.movement.pocket_rmsd_ang:.2f} A", flush=True)
    with manifest.open("w", encoding="utf-8", newline="") as out:
        ordered = [rows[plan["id"]] for plan in plans if plan["id"] in rows]
        writer = csv.DictWriter(out, list(ordered[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ordered)


if __name__ == "__main__":
    main()
