"""The same settings on kinases outside the fit: every pocket substitution of MET and KDR.

    python benchmarks/accuracy/elsewhere.py ../shared/structures

Nothing is measured here: it shows that nothing depends on TRK, ALK or ROS1, and what the method
says, by each kinase's own numbers. Writes elsewhere.csv beside itself.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

from trkstruct._version import version_string
from trkstruct.calls import judge
from trkstruct.ensembles import MutationEngine
from trkstruct.errors import TrkstructError
from trkstruct.structures import Structure

HERE = Path(__file__).parent
ENTRIES = ("3LQ8", "4ASD")
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def main() -> None:
    """Run the scans."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    rows = []
    for code in ENTRIES:
        path = next(p for p in sorted(folder.iterdir()) if p.name.startswith(code))
        complex_ = Structure.read(path).complex()
        engine = MutationEngine(complex_)
        for position in complex_.structure.pocket:
            if position.residue is None:
                continue
            old = complex_.structure.residue(position.residue)
            for new in LETTERS:
                text = f"{position.letter}{position.residue.number}{new}"
                if new == position.letter:
                    continue
                try:
                    call = judge(engine.mutate(text, "author"))
                except TrkstructError as error:
                    rows.append([code, complex_.ligand.name, text, position.label, "", "failed",
                                 str(error)])  # fmt: skip
                    continue
                rows.append([code, complex_.ligand.name, text, position.label,
                             round(call.ddg_kcal, 2), call.call, old.name])  # fmt: skip
    lines = []
    for code in ENTRIES:
        own = [row for row in rows if row[0] == code]
        lines.append(
            f"{code} {own[0][1]}: {len(own)} substitutions, {dict(Counter(r[5] for r in own))}"
        )
        gate = [
            f"{r[2]} {r[4]:+.1f} {r[5]}" for r in own if r[3].startswith("GK") and r[5] != "failed"
        ]
        lines.append(f"  gatekeeper: {', '.join(gate)}")
    print("\n".join(lines))
    with (HERE / "elsewhere.csv").open("w", newline="", encoding="utf-8") as out:
        out.write(f"# benchmarks/accuracy/elsewhere.py with {version_string()}\n")
        out.writelines(f"# {line}\n" for line in lines)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["entry", "ligand", "mutation", "position", "ddg_kcal", "call", "note"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
