"""Write the structure files of this folder: synthetic peptides, not anybody's coordinates.

    python tests/data/make.py

An ideal helix is built from internal coordinates; side chains are extended, so that
names, distances along the backbone and the format are right, and nothing else is.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent

SIDE_CHAINS = {
    "GLY": (),
    "ALA": ("CB",),
    "SER": ("CB", "OG"),
    "LEU": ("CB", "CG", "CD1", "CD2"),
    "LYS": ("CB", "CG", "CD", "CE", "NZ"),
    "MSE": ("CB", "CG", "SE", "CE"),
    "PTR": ("CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ", "OH", "P", "O1P", "O2P", "O3P"),
    "CSO": ("CB", "SG", "OD"),
    "HIE": ("CB", "CG", "ND1", "CD2", "CE1", "NE2"),
}
ELEMENTS = {"SE": "SE", "ZN": "ZN"}


@dataclass(frozen=True)
class Atom:
    """One atom record."""

    residue: str
    number: int
    name: str
    xyz: tuple[float, float, float]
    chain: str = "A"
    code: str = ""
    altloc: str = ""
    occupancy: float = 1.0
    b_factor: float = 20.0
    hetero: bool = False

    @property
    def element(self) -> str:
        """Element, by the names that occur here."""
        return ELEMENTS.get(self.name, self.name[0])


def place(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, bond: float, angle: float, twist: float
) -> np.ndarray:
    """Position bonded to c, at an angle to b and a dihedral to a (degrees)."""
    angle, twist = np.radians(angle), np.radians(twist)
    axis = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, axis)
    normal /= np.linalg.norm(normal)
    frame = np.array([axis, np.cross(normal, axis), normal])
    local = (-np.cos(angle), np.sin(angle) * np.cos(twist), np.sin(angle) * np.sin(twist))
    return np.asarray(c + bond * (np.array(local) @ frame))


def helix(names: list[str], first: int = 1, shift: float = 0.0, chain: str = "A") -> list[Atom]:
    """A peptide in a helix, its residues numbered from `first`."""
    n = np.array([0.0, 0.0, 0.0])
    ca = np.array([1.458, 0.0, 0.0])
    c = place(np.array([0.0, 1.0, 0.3]), n, ca, 1.525, 111.0, -60.0)
    atoms: list[Atom] = []
    for i, name in enumerate(names):
        following = place(n, ca, c, 1.329, 117.2, -47.0)
        found = {"N": n, "CA": ca, "C": c, "O": place(n, ca, c, 1.231, 120.1, 133.0)}
        chain_of = [c, n, ca]
        for j, atom in enumerate(SIDE_CHAINS[name]):
            twist = 122.6 if j == 0 else 180.0
            found[atom] = place(chain_of[-3], chain_of[-2], chain_of[-1], 1.53, 110.5, twist)
            chain_of = [*chain_of, found[atom]]
        hetero = name in ("MSE", "PTR", "CSO")
        for atom, xyz in found.items():
            moved = tuple(float(v) for v in xyz + np.array([shift, 0.0, 0.0]))
            atoms.append(Atom(name, first + i, atom, moved, chain, hetero=hetero))  # type: ignore[arg-type]
        next_ca = place(ca, c, following, 1.458, 121.7, 180.0)
        n, ca, c = following, next_ca, place(c, following, next_ca, 1.525, 111.0, -57.0)
    return atoms


def molecule(name: str, number: int, atoms: list[str], at: float, chain: str = "A") -> list[Atom]:
    """A zigzag of atoms, 1.5 angstrom apart, away from the peptide."""
    return [
        Atom(name, number, atom, (at + 1.25 * i, 12.0 + 0.83 * (i % 2), 9.0), chain, hetero=True)
        for i, atom in enumerate(atoms)
    ]


def pdb(atoms: list[Atom], header: tuple[str, ...] = (), end: str = "END\n") -> str:
    """PDB text."""
    lines = list(header)
    for i, a in enumerate(atoms, 1):
        name = f" {a.name:<3}" if len(a.element) == 1 else f"{a.name:<4}"
        x, y, z = a.xyz
        lines.append(
            f"{'HETATM' if a.hetero else 'ATOM  '}{i:5d} {name}{a.altloc or ' '}{a.residue:>3} "
            f"{a.chain}{a.number:4d}{a.code or ' '}   {x:8.3f}{y:8.3f}{z:8.3f}"
            f"{a.occupancy:6.2f}{a.b_factor:6.2f}          {a.element:>2}"
        )
    return "\n".join(lines) + "\n" + end


COLUMNS = (
    "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id "
    "label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy "
    "B_iso_or_equiv auth_seq_id auth_comp_id auth_asym_id auth_atom_id pdbx_PDB_model_num"
).split()


def mmcif(atoms: list[Atom], chain: str) -> str:
    """Give mmCIF text whose label items differ from the author's, as they do in the archive."""
    lines = ["data_SYNTHETIC", "#", "_entry.id SYNTHETIC", "#"]
    lines += ["_struct.title", ";A peptide with", "a title in a text field", ";", "#", "loop_"]
    lines += [f"_atom_site.{column}" for column in COLUMNS]
    places = list(dict.fromkeys((a.number, a.code) for a in atoms))
    for i, a in enumerate(atoms, 1):
        sequence = "." if a.hetero else str(places.index((a.number, a.code)) + 1)
        x, y, z = a.xyz
        lines.append(
            f"{'HETATM' if a.hetero else 'ATOM'} {i} {a.element} {a.name} {a.altloc or '.'} "
            f"{a.residue} {'B' if a.hetero else 'A'} {'2' if a.hetero else '1'} {sequence} "
            f"{a.code or '?'} {x:.5f} {y:.5f} {z:.5f} {a.occupancy} {a.b_factor} {a.number} "
            f"{a.residue} {chain} {a.name} 1"
        )
    return "\n".join(lines) + "\n#\n"


def alternate(
    atoms: list[Atom], number: int, names: tuple[str, ...], weights: dict[str, float]
) -> list[Atom]:
    """Split some atoms of a residue into alternate locations."""
    out: list[Atom] = []
    for a in atoms:
        if a.number != number or (names and a.name not in names):
            out.append(a)
            continue
        for k, (letter, weight) in enumerate(weights.items()):
            x, y, z = a.xyz
            moved = (x + 0.4 * k, y, z)
            out.append(replace(a, altloc=letter, occupancy=weight, xyz=moved))
    return out


def files() -> dict[str, str]:
    """All files by name."""
    out: dict[str, str] = {}
    base = helix(["ALA", "LEU", "SER", "LYS", "GLY", "LEU", "SER", "ALA"], first=10)

    alts = alternate(base, 11, ("CG", "CD1", "CD2"), {"A": 0.3, "B": 0.7})
    alts = alternate(alts, 13, (), {"A": 0.5, "B": 0.5})
    alts = alternate(alts, 16, ("OG",), {"A": 0.3, "B": 0.3, "C": 0.4})
    # One atom of residue 11 exists in A only.
    alts = [a for a in alts if not (a.number == 11 and a.name == "CD2" and a.altloc == "B")]
    out["altlocs.pdb"] = pdb(alts)

    # Leu and Ser compete for one place.
    mixed = [replace(a, altloc="A", occupancy=0.35) if a.number == 15 else a for a in base]
    rival = [a for a in helix(["ALA"] * 5 + ["SER"], first=10) if a.number == 15]
    where = max(i for i, a in enumerate(mixed) if a.number == 15) + 1
    mixed[where:where] = [replace(a, altloc="B", occupancy=0.65) for a in rival]
    out["microheterogeneity.pdb"] = pdb(mixed)

    labels = {10: (26, ""), 11: (27, ""), 12: (27, "A"), 13: (27, "B"), 14: (28, ""), 15: (29, ""),
              16: (30, ""), 17: (31, "")}  # fmt: skip
    inserted = [replace(a, number=labels[a.number][0], code=labels[a.number][1]) for a in base]
    out["insertion_code.pdb"] = pdb(inserted)

    second = helix(["LEU", "SER", "ALA", "GLY"], first=10, shift=40.0, chain="B")
    ligand = [f"C{i}" for i in range(1, 9)]
    company = [
        *molecule("LG1", 201, ligand, 0.0),
        *molecule("LG2", 202, ligand[:7], 20.0),
        *molecule("GOL", 203, ["C1", "O1", "C2", "O2", "C3", "O3"], 60.0),
        *molecule("ANP", 204, [f"C{i}" for i in range(1, 10)], 80.0),
        *molecule("ZN", 205, ["ZN"], 100.0),
        *molecule("TNY", 206, ["C1", "O1"], 110.0),
        *molecule("GLU", 207, ["N", "CA", "C", "O", "CB", "CG", "CD"], 130.0),
        *molecule("HOH", 301, ["O"], 150.0),
        *molecule("HOH", 302, ["O"], 160.0),
    ]
    out["two_chains.pdb"] = pdb([*base, *second, *company])
    joined = molecule("LG1", 201, ligand, 0.0) + molecule("LG2", 202, ligand[:7], 10.0)
    out["joined_ligands.pdb"] = pdb([*base, *joined])

    changed = helix(["ALA", "MSE", "PTR", "CSO", "HIE", "LEU"], first=10)
    cap = [
        Atom("ACE", 9, "C", (-0.7, -1.1, 0.3)),
        Atom("ACE", 9, "O", (-0.3, -2.2, 0.6)),
        Atom("ACE", 9, "CH3", (-2.2, -1.0, 0.2)),
    ]
    # Modified residues behind the chain, as some programs list them.
    ordered = sorted(changed, key=lambda a: a.hetero)
    out["modified.pdb"] = pdb([*cap, *ordered])
    # A residue that no table knows, bonded into the chain.
    out["unknown_residue.pdb"] = pdb(
        [replace(a, residue="ZZ9", hetero=True) if a.number == 12 else a for a in base]
    )

    # Two residues are not there, but the numbers run on; and numbers that jump without a gap.
    gapped = [a for a in base if a.number not in (12, 13)]
    gapped = [replace(a, number=a.number - 2) if a.number > 13 else a for a in gapped]
    gapped = [replace(a, number=a.number + 50) if a.number > 14 else a for a in gapped]
    out["gap.pdb"] = pdb(gapped)

    short = [a for a in base if not (a.number == 13 and a.name in ("CD", "CE", "NZ"))]
    short = [
        replace(a, occupancy=0.0) if a.number == 11 and a.name.startswith("CD") else a
        for a in short
    ]
    out["incomplete.pdb"] = pdb(short)
    out["no_backbone_n.pdb"] = pdb([a for a in base if not (a.number == 12 and a.name == "N")])

    text = pdb(base)
    lines = text.splitlines(keepends=True)
    out["nan.pdb"] = "".join(
        line[:30] + "     NaN" * 3 + line[54:] if i == 7 else line for i, line in enumerate(lines)
    )
    out["truncated.pdb"] = "".join(lines[:20]) + lines[20][:43]
    out["no_end.pdb"] = "".join(lines[:21])
    out["damaged.pdb"] = "".join(
        line[:30] + "  ******" + line[38:] if i == 4 else line for i, line in enumerate(lines)
    )
    moved = [line[:30] + f"{99.0:8.3f}" + line[38:] for line in lines[:-1]]
    models = (("MODEL        1\n", lines[:-1]), ("MODEL        2\n", moved))
    out["models.pdb"] = "".join(head + "".join(body) + "ENDMDL\n" for head, body in models)
    out["models.pdb"] += "END\n"
    out["empty.pdb"] = ""
    out["page.pdb"] = "<!DOCTYPE html>\n<html><body><h1>404 Not Found</h1></body></html>\n"

    site = alternate(inserted, 28, (), {"A": 0.4, "B": 0.6})
    cif = mmcif([*site, *molecule("LG1", 201, ligand, 0.0)], chain="KIN")
    out["author_items.cif"] = cif
    rows = cif.splitlines(keepends=True)
    out["truncated.cif"] = "".join(rows[:40]) + rows[40][:60] + "\n"
    out["truncated_text.cif"] = "".join(rows[:6])
    return out


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
    sys.exit(0)
