"""Place the inhibitors of the library in the bundled models, and write the poses that ship.

    python scripts/place_library.py [--models ID ...] [--ligands NAME ...] [-j 2]

Writes structures/poses/MODEL.sdf.gz and structures/poses/manifest.csv. Each pair of a model and an
inhibitor is kept as it is done (in build/poses), so that a run which was ended goes on where it
was; pairs that are done for the same model, molecule and placement version are not done again.
What is written does not depend on the order or on the number of processes. Needs the extra `dock`:
what has no template is docked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trkstruct._files import write_gzip, write_text
from trkstruct._processes import DIED, one_line, spread
from trkstruct.bundled import MANIFEST, BundledModel, models_of
from trkstruct.errors import PlacementError
from trkstruct.ligands import Ligand
from trkstruct.ligands.components import component
from trkstruct.ligands.library import LibraryEntry, library
from trkstruct.placement import pose_set, store
from trkstruct.structures import Structure

ROOT = Path(__file__).resolve().parents[1]
#: Of these kinases people ask without a structure of their own.
KINASES = ("TRKA", "TRKB", "TRKC", "ALK", "ROS1")
#: Binding types that fit a DFG state; an inhibitor of unknown type goes into both.
FITTING = {"in": ("I", "I1/2", ""), "out": ("II", "")}

#: Models of this rank are samples of a state, and not taken for other inhibitors.
STATE_SAMPLE = 9

Pair = tuple[BundledModel, LibraryEntry]
Done = dict[str, Any]


@lru_cache(maxsize=2)
def structure_of(path: Path) -> Structure:
    return Structure.read(path)


@cache
def ligand_of(entry: LibraryEntry) -> Ligand:
    return entry.ligand()


@cache
def smiles_of(entry: LibraryEntry) -> str:
    """SMILES as the files of poses have it."""
    return store.form_of(ligand_of(entry)).smiles


def sensible_pairs() -> list[Pair]:
    """All pairs that are asked for by default, in the order of the models and of the library.

    An inhibitor that is bound in a model of a kinase is looked at there and placed in no other.
    """
    models = [m for m in models_of() if m.ligand and m.kinase in KINASES and m.rank < STATE_SAMPLE]
    bound = {(model.kinase, component(model.ligand)["inchikey"]) for model in models}
    return [
        (model, entry)
        for model in models
        for entry in library()
        if entry.smiles
        and entry.binding_type in FITTING.get(model.dfg_state, ())
        and (model.kinase, entry.inchikey) not in bound
    ]


def names_of(pair: Pair) -> tuple[str, str]:
    return pair[0].id, pair[1].name


def place(_: object, names: tuple[str, str]) -> Done:
    """Place an inhibitor in a model: its row and records; or an error that is no answer."""
    started = time.perf_counter()
    try:
        model = next(model for model in models_of() if model.id == names[0])
        entry = next(entry for entry in library() if entry.name == names[1])
        structure = structure_of(model.path)
        chain = structure.choose_chain(None)[0]
        ligand = ligand_of(entry)
        row = {
            **dict.fromkeys(store.COLUMNS, ""),
            "model": model.id,
            "model_sha256": structure.sha256,
            "chain": chain,
            "ligand": entry.name,
            "inchikey": ligand.inchikey,
            "smiles": smiles_of(entry),
            "placement_version": store.version(),
            "seed": "0",
        }
        text = ""
        try:
            made = pose_set(structure, ligand, chain=chain, method="auto", reuse=False)
        except PlacementError as error:
            row |= {"status": "none", "n_poses": "0", "reason": " ".join(str(error).split())}
        else:
            text = store.records(structure, ligand, chain, made)
            row |= {"status": "ok", **store.summary(store.rounded(made).poses)}
    except Exception as error:  # the other pairs go on
        return {"error": one_line(error)}
    return {"row": row, "text": text, "seconds": time.perf_counter() - started}


def fits(row: Mapping[str, Any], pair: Pair) -> bool:
    """Whether a row was made for this model, molecule and version."""
    model, entry = pair
    made = (row.get(name) for name in ("model", "model_sha256", "ligand", "inchikey", "smiles"))
    asked = (model.id, model.sha256, entry.name, entry.inchikey, smiles_of(entry))
    how = (row.get("placement_version"), row.get("seed"))
    return (*made, *how) == (*asked, store.version(), "0")


def part_path(parts: Path, pair: Pair) -> Path:
    return parts / f"{pair[0].id}~{pair[1].inchikey}.json"


def read_part(path: Path, pair: Pair) -> Done | None:
    """What an earlier run did of a pair; None if it did not, or for something else."""
    try:
        done = json.loads(path.read_text(encoding="utf-8"))
        return done if fits(done["row"], pair) and isinstance(done["text"], str) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def read_written(folder: Path) -> Iterator[Done]:
    """All that was written by earlier runs."""
    if not (folder / MANIFEST).is_file():
        return
    texts: dict[str, list[str]] = {}
    for row in store.read_pose_manifest(folder / MANIFEST):
        text = ""
        if row["status"] == "ok":
            if row["file"] not in texts:
                whole = store.unpacked(folder / row["file"]).decode("utf-8")
                texts[row["file"]] = whole.split(store.END)[:-1]
            own = (
                r for r in texts[row["file"]] if store.field_of(r, "inchikey") == row["inchikey"]
            )
            text = "".join(f"{record}{store.END}" for record in own)
        yield {"row": {**row, "file": "", "sha256": ""}, "text": text}


def write(folder: Path, outcome: Mapping[tuple[str, str], Done], pairs: Sequence[Pair]) -> None:
    """Write the files and the manifest, in the order of the models and of the library."""
    texts: dict[str, str] = {}
    rows = []
    for pair in pairs:
        done = outcome.get(names_of(pair))
        if done is not None:
            rows.append(dict(done["row"]))
            if done["text"]:
                name = pair[0].id
                texts[name] = texts.get(name, "") + done["text"]
    for row in rows:
        if row["status"] == "ok":
            row["file"] = f"{row['model']}.sdf.gz"
            row["sha256"] = hashlib.sha256(texts[row["model"]].encode("utf-8")).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sdf.gz"):
        if old.name.removesuffix(".sdf.gz") not in texts:
            old.unlink()
    for name, text in texts.items():
        write_gzip(folder / f"{name}.sdf.gz", text)
    write_text(folder / MANIFEST, store.manifest_text(rows))


def lacking_tools() -> list[str]:
    """What docking needs and is not installed."""
    return [name for name in ("vina", "meeko") if find_spec(name) is None]


def told(done: Done) -> str:
    """Say what came of a pair, in one line."""
    if "error" in done:
        return f"error: {done['error']}"
    row = done["row"]
    if row["status"] == "none":
        text = f"none: {row['reason']}"
    else:
        on = f" on {row['template']} ({float(row['overlap']):.0%})" if row["template"] else ""
        text = f"{row['n_poses']} poses, {row['source']}{on}, {row['best_score_kcal']} kcal/mol"
    return f"{text}, {done['seconds']:.1f} s"


def chosen(pairs: Sequence[Pair], models: Sequence[str], names: Sequence[str]) -> list[Pair]:
    """Those pairs that were asked for; whatever is named must be there."""
    unknown = {*models} - {m.id for m, _ in pairs} | {*names} - {e.name for _, e in pairs}
    if unknown:
        raise SystemExit(
            f"No pair has {', '.join(sorted(unknown))}: ids and names as in the tables."
        )
    return [
        (model, entry)
        for model, entry in pairs
        if (not models or model.id in models) and (not names or entry.name in names)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", default=[], metavar="ID")
    parser.add_argument("--ligands", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--again", action="store_true", help="also what is done already")
    parser.add_argument("--folder", type=Path, default=ROOT / "structures" / store.FOLDER)
    parser.add_argument("--parts", type=Path, default=ROOT / "build" / "poses")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    pairs = sensible_pairs()
    asked = chosen(pairs, options.models, options.ligands)
    by_name = {names_of(pair): pair for pair in pairs}
    outcome: dict[tuple[str, str], Done] = {}
    for done in read_written(options.folder):
        names = (done["row"]["model"], done["row"]["ligand"])
        if names in by_name and fits(done["row"], by_name[names]):
            outcome[names] = done
    for names, pair in by_name.items():
        part = read_part(part_path(options.parts, pair), pair)
        if part is not None:
            outcome[names] = part
    todo = [p for p in asked if options.again or names_of(p) not in outcome]
    print(
        f"{len(pairs)} pairs make sense, {len(asked)} were asked for, {len(todo)} are to be done."
    )
    if todo and (lacking := lacking_tools()):
        raise SystemExit(f"Docking needs {', '.join(lacking)}: install the extra `dock`.")
    errors = 0
    if options.jobs > 1:
        answers = spread(place, None, [names_of(pair) for pair in todo], options.jobs)
    else:
        answers = enumerate(place(None, names_of(pair)) for pair in todo)
    for number, (position, answer) in enumerate(answers, start=1):
        pair = todo[position]
        done = {"error": "its process died"} if answer is DIED else answer
        print(f"{number}/{len(todo)} {pair[0].id} {pair[1].name}: {told(done)}", flush=True)
        if "error" in done:
            errors += 1
            continue
        write_text(part_path(options.parts, pair), json.dumps(done))
        outcome[names_of(pair)] = done
    write(options.folder, outcome, pairs)
    print(f"{len(outcome)} of {len(pairs)} pairs are in {options.folder}, {errors} errors.")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
