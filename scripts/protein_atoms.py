"""Write the types and charges of protein heavy atoms, from the Amber ff14SB templates.

    python scripts/protein_atoms.py PATH/openmm/app/data/amber14/protein.ff14SB.xml

The file comes with OpenMM. Charges: Maier et al. 2015, doi:10.1021/acs.jctc.5b00255.
Hydrogens are folded into the heavy atom that carries them (united atoms). Backbone
charges are those of glycine's residue for all, brought to a sum of zero, so that a mutation
does not move charge along the backbone; what then lacks to the formal charge of a side chain
goes to its C-beta. Neutral histidine is the mean of its two tautomers.
Hydrophobic: carbon with no heteroatom neighbour; donor: N or O with hydrogen
(sulfur is neither donor nor acceptor, as in AutoDock Vina, doi:10.1002/jcc.21334).
"""

from __future__ import annotations

import argparse
import csv
import xml.etree.ElementTree as ET
from pathlib import Path

from trkstruct.residues import BACKBONE_ATOMS, SIDE_CHAIN_ATOMS

OUTPUT = Path(__file__).resolve().parents[1] / "trkstruct/reference/data/protein_atoms.csv"
FORMAL = {"ARG": 1, "LYS": 1, "ASP": -1, "GLU": -1}
TAUTOMERS = {"HIS": ("HID", "HIE")}
CAPS = ("ACE", "NME")


def template(root: ET.Element, name: str) -> tuple[dict[str, float], dict[str, set[str]]]:
    """Return charges and neighbours by atom name."""
    residue = root.find(f"./Residues/Residue[@name='{name}']")
    assert residue is not None, name
    charges = {a.get("name", ""): float(a.get("charge", "nan")) for a in residue.iter("Atom")}
    bonds: dict[str, set[str]] = {atom: set() for atom in charges}
    for bond in residue.iter("Bond"):
        one, two = bond.get("atomName1", ""), bond.get("atomName2", "")
        bonds[one].add(two)
        bonds[two].add(one)
    for bond in residue.iter("ExternalBond"):
        bonds[bond.get("atomName", "")].add("C" if bond.get("atomName") == "N" else "N")
    return charges, bonds


def united(root: ET.Element, name: str) -> dict[str, tuple[float, bool, bool, bool]]:
    """Return (charge, hydrophobic, donor, acceptor) of the heavy atoms of a template."""
    charges, bonds = template(root, name)
    out = {}
    for atom, charge in charges.items():
        if atom.startswith("H"):
            continue
        hydrogens = [x for x in bonds[atom] if x.startswith("H")]
        heavy = [x for x in bonds[atom] if not x.startswith("H")]
        element = atom[0]
        hydrophobic = element == "C" and not any(x[0] in "NOS" for x in heavy)
        donor = element in "NO" and bool(hydrogens)
        # A lone pair: every oxygen, and the two-coordinate nitrogen of an imidazole.
        acceptor = element == "O" or (element == "N" and len(heavy) == 2 and not hydrogens)
        total = charge + sum(charges[x] for x in hydrogens)
        out[atom] = (total, hydrophobic, donor, acceptor)
    return out


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("forcefield", type=Path)
    root = ET.parse(parser.parse_args().forcefield).getroot()
    backbone = united(root, "GLY")
    shift = sum(backbone[atom][0] for atom in BACKBONE_ATOMS) / len(BACKBONE_ATOMS)
    rows: list[tuple[str, str, str, int, int, int, float]] = []
    for name, side_chain in SIDE_CHAIN_ATOMS.items():
        forms = [united(root, form) for form in TAUTOMERS.get(name, (name,))]
        types = {}
        for atom in (*BACKBONE_ATOMS, *side_chain):
            values = [form[atom] for form in forms]
            types[atom] = (
                sum(v[0] for v in values) / len(values),
                *(any(v[k] for v in values) for k in (1, 2, 3)),
            )
        for atom in BACKBONE_ATOMS:
            types[atom] = (backbone[atom][0] - shift, *types[atom][1:])
        if name == "PRO":
            types["N"] = (types["N"][0], False, False, False)
        if side_chain:
            lack = FORMAL.get(name, 0) - sum(types[atom][0] for atom in side_chain)
            types["CB"] = (types["CB"][0] + lack, *types["CB"][1:])
        rows += [(name, a, a[0], *map(int, t[1:]), round(t[0], 4)) for a, t in types.items()]
    for name in CAPS:
        types = united(root, name)
        rows += [(name, a, a[0], *map(int, t[1:]), round(t[0], 4)) for a, t in types.items()]
    with OUTPUT.open("w", newline="", encoding="utf-8") as out:
        out.write(
            "# Protein heavy atoms: types as AutoDock Vina has them (doi:10.1002/jcc.21334) and\n"
            "# united-atom charges in e from Amber ff14SB (doi:10.1021/acs.jctc.5b00255).\n"
            "# Written by scripts/protein_atoms.py, which says how.\n"
        )
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow("residue atom element hydrophobic donor acceptor charge_e".split())
        writer.writerows(rows)


if __name__ == "__main__":
    main()
