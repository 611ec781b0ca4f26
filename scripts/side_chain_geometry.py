"""Measure the internal coordinates of side chains in deposited crystal structures.

    python scripts/side_chain_geometry.py STRUCTURE.pdb ...

The entries that made the table are named in its header. For every heavy
side-chain atom it gives the bond, the angle and the dihedral by which the atom
is placed from three atoms that stand already; the dihedral is a chi angle plus
an offset, or the offset alone. Medians, with n and half the 16-84 percentile
range, so that a few poor residues do not count. Residues with atoms above
B = 50 A^2, or of partial occupancy, are left out.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from Bio.PDB import PDBParser

from trkstruct.residues import CHI_ATOMS, SIDE_CHAIN_ATOMS

OUTPUT = Path(__file__).resolve().parents[1] / "trkstruct/reference/data/side_chain_geometry.csv"

# Atoms that no chi angle names as its fourth: (reference atoms, chi number whose value is added).
BRANCHES = {
    ("ILE", "CG2"): (("N", "CA", "CB"), 1), ("THR", "CG2"): (("N", "CA", "CB"), 1),
    ("VAL", "CG2"): (("N", "CA", "CB"), 1), ("LEU", "CD2"): (("CA", "CB", "CG"), 2),
    ("ASN", "ND2"): (("CA", "CB", "CG"), 2), ("ASP", "OD2"): (("CA", "CB", "CG"), 2),
    ("GLN", "NE2"): (("CB", "CG", "CD"), 3), ("GLU", "OE2"): (("CB", "CG", "CD"), 3),
    ("HIS", "CD2"): (("CA", "CB", "CG"), 2), ("HIS", "CE1"): (("CB", "CG", "ND1"), 0),
    ("HIS", "NE2"): (("CB", "CG", "CD2"), 0),
    ("PHE", "CD2"): (("CA", "CB", "CG"), 2), ("PHE", "CE1"): (("CB", "CG", "CD1"), 0),
    ("PHE", "CE2"): (("CB", "CG", "CD2"), 0), ("PHE", "CZ"): (("CG", "CD1", "CE1"), 0),
    ("TYR", "CD2"): (("CA", "CB", "CG"), 2), ("TYR", "CE1"): (("CB", "CG", "CD1"), 0),
    ("TYR", "CE2"): (("CB", "CG", "CD2"), 0), ("TYR", "CZ"): (("CG", "CD1", "CE1"), 0),
    ("TYR", "OH"): (("CD1", "CE1", "CZ"), 0),
    ("TRP", "CD2"): (("CA", "CB", "CG"), 2), ("TRP", "NE1"): (("CB", "CG", "CD1"), 0),
    ("TRP", "CE2"): (("CB", "CG", "CD2"), 0), ("TRP", "CE3"): (("CB", "CG", "CD2"), 0),
    ("TRP", "CZ2"): (("CG", "CD2", "CE2"), 0), ("TRP", "CZ3"): (("CG", "CD2", "CE3"), 0),
    ("TRP", "CH2"): (("CD2", "CE3", "CZ3"), 0),
    ("ARG", "NH1"): (("CD", "NE", "CZ"), 0), ("ARG", "NH2"): (("CD", "NE", "CZ"), 0),
}  # fmt: skip


def placement(residue: str, atom: str) -> tuple[tuple[str, str, str], int]:
    """Return the three reference atoms and the number of the chi angle, 0 for none."""
    if atom == "CB":
        return ("N", "C", "CA"), 0
    for number, chi in enumerate(CHI_ATOMS[residue], start=1):
        if chi[3] == atom:
            return chi[:3], number
    return BRANCHES[residue, atom]


def dihedral(p: np.ndarray) -> float:
    """Return the dihedral of four points in degrees."""
    b0, b1, b2 = p[0] - p[1], p[2] - p[1], p[3] - p[2]
    b1 = b1 / np.linalg.norm(b1)
    v, w = b0 - b0 @ b1 * b1, b2 - b2 @ b1 * b1
    return float(np.degrees(np.arctan2(np.cross(b1, v) @ w, v @ w)))


def measure(paths: list[Path]) -> dict[tuple[str, str], list[tuple[float, float, float]]]:
    """Return (bond, angle, dihedral less its chi) for each residue and atom."""
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    parser = PDBParser(QUIET=True)
    for path in paths:
        for residue in parser.get_structure(path.stem, path)[0].get_residues():
            name = residue.get_resname()
            if name not in SIDE_CHAIN_ATOMS or residue.is_disordered():
                continue
            atoms = {a.name: a.coord.astype(float) for a in residue}
            wanted = ("N", "CA", "C", *SIDE_CHAIN_ATOMS[name])
            if any(a not in atoms for a in wanted):
                continue
            if any(residue[a].occupancy < 1 or residue[a].bfactor > 50 for a in wanted):
                continue
            for atom in SIDE_CHAIN_ATOMS[name]:
                (a, b, c), chi = placement(name, atom)
                p = np.array([atoms[a], atoms[b], atoms[c], atoms[atom]])
                u, v = p[1] - p[2], p[3] - p[2]
                angle = np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v)))
                turn = dihedral(p)
                if chi:
                    turn -= dihedral(np.array([atoms[x] for x in CHI_ATOMS[name][chi - 1]]))
                found.setdefault((name, atom), []).append((float(np.linalg.norm(v)), angle, turn))
    return found


def centre(values: np.ndarray) -> tuple[float, float]:
    """Return median and half the 16-84 percentile range."""
    low, middle, high = np.percentile(values, [16, 50, 84])
    return float(middle), float(high - low) / 2


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path, nargs="+")
    paths = sorted(parser.parse_args().structures)
    found = measure(paths)
    with OUTPUT.open("w", newline="", encoding="utf-8") as out:
        out.write(
            "# Internal coordinates of side chains: medians over deposited X-ray entries, with\n"
            "# spread and count. Written by scripts/side_chain_geometry.py. Entries (wwPDB, CC0):\n"
            f"# {', '.join(path.name[:4] for path in paths)}.\n"
            "# An atom is placed by bond, angle and dihedral from ref1, ref2, ref3 (bonded\n"
            "# to ref3); its dihedral is the chi angle of that number (0: none) plus "
            "dihedral_deg.\n"
        )
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(
            "residue atom ref1 ref2 ref3 chi bond_ang angle_deg dihedral_deg "
            "bond_spread angle_spread dihedral_spread n".split()
        )
        for name, atoms in SIDE_CHAIN_ATOMS.items():
            for atom in atoms:
                refs, chi = placement(name, atom)
                values = np.array(found[name, atom])
                # Unwrap around the first value, so that +179 and -179 have a median.
                turn = values[0, 2] + (values[:, 2] - values[0, 2] + 180) % 360 - 180
                bond, angle = centre(values[:, 0]), centre(values[:, 1])
                middle, spread = centre(turn)
                # Trigonal and aromatic centres are planar; what is left of a degree is noise.
                nearest = round(middle / 180) * 180
                middle = nearest if abs(middle - nearest) < 1 else middle
                middle = (middle + 179.99) % 360 - 179.99
                writer.writerow(
                    [name, atom, *refs, chi, f"{bond[0]:.3f}", f"{angle[0]:.1f}", f"{middle:.1f}",
                     f"{bond[1]:.3f}", f"{angle[1]:.1f}", f"{spread:.1f}", len(values)]
                )  # fmt: skip


if __name__ == "__main__":
    main()
