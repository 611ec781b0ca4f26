"""Write trkstruct/reference/data/components.json.gz from the component dictionary.

    python scripts/extract_components.py --structures ../shared/structures \
        --ligands ../shared/ligand_poses/LIGANDS.csv

Takes every HETATM residue name of the structure files, every code of the ligand
table, the codes of ``ligand_names.csv`` and of ``ligands/inhibitors.csv``, and the modified
residues of kinase structures.
The dictionary is that of the wwPDB (CC0), as it comes with biotite; the record says
which version. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.metadata
import json
import sys
from pathlib import Path

from trkstruct.ligands._component_lookup import dictionary_entry

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "trkstruct" / "reference" / "data"

#: Modified amino acids that kinase structures hold.
MODIFIED = ("CME", "CSO", "CSD", "CSX", "KCX", "MSE", "OCS", "PTR", "SEP", "TPO", "TYS")


def codes_of_structure(path: Path) -> set[str]:
    """Residue names of the HETATM records of a PDB or mmCIF file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found: set[str] = set()
    if path.suffix == ".cif":
        names: list[str] = []
        for line in text.splitlines():
            if line.startswith("_atom_site."):
                names.append(line.strip().removeprefix("_atom_site."))
            elif line.startswith("HETATM"):
                found.add(line.split()[names.index("label_comp_id")])
    else:
        found = {line[17:20].strip() for line in text.splitlines() if line.startswith("HETATM")}
    return found


def table_codes(path: Path, column: str) -> set[str]:
    """Values of one column of a CSV table; nothing if there is no such table."""
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(line for line in handle if not line.startswith("#"))
        return {row[column] for row in rows if row.get(column)}


def main(argv: list[str] | None = None) -> int:
    """Collect the codes, read them, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--structures", type=Path, required=True)
    parser.add_argument("--ligands", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=DATA / "components.json.gz")
    options = parser.parse_args(argv)
    codes = set(MODIFIED) | table_codes(options.ligands, "ccd_code")
    codes |= table_codes(DATA / "ligand_names.csv", "code")
    codes |= table_codes(ROOT / "ligands" / "inhibitors.csv", "component")
    for path in sorted(options.structures.iterdir()):
        if path.suffix in {".pdb", ".cif", ".ent"}:
            codes |= codes_of_structure(path)
    entries = {}
    for code in sorted(codes):
        entry = dictionary_entry(code)
        if entry is None:
            sys.stderr.write(f"{code}: not in the dictionary\n")
        else:
            entries[code] = entry
    record = {
        "source": "wwPDB Chemical Component Dictionary (CC0), from biotite "
        + importlib.metadata.version("biotite"),
        "written_by": "scripts/extract_components.py",
        "components": entries,
    }
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # No time stamp and no file name inside, so that the bytes depend on the content alone.
    options.output.write_bytes(gzip.compress(text.encode() + b"\n", compresslevel=9, mtime=0))
    sys.stderr.write(f"{len(entries)} components, {options.output.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
