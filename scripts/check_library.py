"""Check ligands/inhibitors.csv against chemistry, and say what disagrees.

    python scripts/check_library.py [TABLE]

For each structure, RDKit works out the canonical isomeric SMILES, InChIKey, formula and whether
there is a ring of twelve atoms or more; all must be as written. The entry of the chemical component
dictionary, which has its stereo from coordinates, must be the same compound. Each structure needs a
source, and a doubt where it has only one. Exits 1 if anything disagrees.
"""

from __future__ import annotations

import sys
from pathlib import Path

from trkstruct.errors import TrkstructError
from trkstruct.ligands import LibraryEntry, Ligand
from trkstruct.ligands.library import TABLE, read_library

FILE = Path(__file__).resolve().parent.parent / "ligands" / TABLE
STATUS = ("approved", "clinical", "preclinical")


def disagreements(entry: LibraryEntry) -> list[str]:
    """What is wrong with one row; nothing if all agrees."""
    wrong = []
    if entry.status not in STATUS:
        wrong.append(f"status {entry.status!r} is none of {', '.join(STATUS)}")
    if entry.binding_type and not entry.binding_type_source:
        wrong.append("its binding type has no source")
    if entry.abstained:
        given = (entry.inchikey, entry.formula, entry.component, *entry.sources)
        return [*wrong, "it has no SMILES, but facts of a structure"] if any(given) else wrong
    if not entry.sources:
        wrong.append("its structure has no source")
    if len(entry.sources) == 1 and not entry.doubt:
        wrong.append("its structure has one source, and no doubt is stated")
    try:
        made = Ligand.from_smiles(entry.smiles, entry.name)
        found = [("SMILES", made)]
        if entry.component:
            found.append((f"component {entry.component}", Ligand.from_component(entry.component)))
    except TrkstructError as error:
        return [*wrong, str(error)]
    wrong += [str(finding) for finding in made.findings]
    for what, ligand in found:
        for fact in ("smiles", "inchikey", "formula", "macrocycle"):
            written, worked_out = getattr(entry, fact), getattr(ligand, fact)
            if written != worked_out:
                wrong.append(f"{fact} is {worked_out} by {what}, not {written}")
    return wrong


def main(argv: list[str]) -> int:
    """Check the table named, or the library's own."""
    file = Path(argv[0]) if argv else FILE
    try:
        entries = read_library(file)
    except TrkstructError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    bad = 0
    for entry in entries:
        for problem in disagreements(entry):
            sys.stderr.write(f"{entry.name}: {problem}\n")
            bad += 1
    with_structure = [entry for entry in entries if not entry.abstained]
    twice = sum(len(entry.sources) > 1 for entry in with_structure)
    sys.stdout.write(
        f"{len(entries)} inhibitors, {len(with_structure)} with a structure, {twice} of them from "
        f"two sources; {bad} disagreements\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
