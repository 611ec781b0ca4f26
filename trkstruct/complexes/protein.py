"""The protein of a complex as RDKit atoms, from templates.

RDKit is never asked to perceive a protein: bonds, bond orders and charges come from the
residues' names (``reference/data/amino_acid_bonds.csv`` and the table that builds side
chains), and only hydrogens are added by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from ..reference import read_csv

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

    from ..structures import Residue, Structure

__all__ = ["Protein"]

#: A peptide bond is shorter than this.
_PEPTIDE_ANG: Final = 2.0
#: A disulfide bond is shorter than this.
_DISULFIDE_ANG: Final = 2.5


@lru_cache(maxsize=1)
def _templates() -> dict[str, dict[tuple[str, str], int]]:
    """Return the bonds within each residue by name, with their orders."""
    bonds: dict[str, dict[tuple[str, str], int]] = {}
    for row in read_csv("side_chain_geometry.csv"):
        bonds.setdefault(row["residue"], {})[row["ref3"], row["atom"]] = 1
    bonds.setdefault("GLY", {})
    for name in ("ACE", "NME"):
        bonds[name] = {}
    for name in bonds:
        if name not in ("ACE", "NME"):
            bonds[name] |= {("N", "CA"): 1, ("CA", "C"): 1, ("C", "OXT"): 1}
    for row in read_csv("amino_acid_bonds.csv"):
        for name in bonds if row["residue"] == "*" else (row["residue"],):
            known = bonds[name]
            pair = (row["atom1"], row["atom2"])
            known.pop(pair[::-1], None)
            known[pair] = int(row["order"])
    return bonds


@lru_cache(maxsize=1)
def _charges() -> dict[tuple[str, str], int]:
    """Return formal charges by residue and atom."""
    return {
        (row["residue"], row["atom2"]): int(row["charge"])
        for row in read_csv("amino_acid_bonds.csv")
        if row["charge"] != "0"
    }


@dataclass(frozen=True, slots=True, eq=False)
class Protein:
    """Residues of a structure, as other programs want them.

    Parameters
    ----------
    structure : Structure
        Where they are from.
    residues : tuple of Residue
        Amino acids and caps, in the structure's order.
    """

    structure: Structure
    residues: tuple[Residue, ...]

    def __len__(self) -> int:
        return len(self.residues)

    def __repr__(self) -> str:
        return f"<Protein of {self.structure.name}: {len(self.residues)} residues>"

    def near(self, points: np.ndarray, distance: float) -> Protein:
        """Keep the residues near some points.

        Parameters
        ----------
        points : (n, 3) ndarray of float64
            For example a ligand's atoms, in angstrom.
        distance : float
            Greatest distance of a heavy atom, in angstrom.

        Returns
        -------
        Protein
        """
        kept = []
        for residue in self.residues:
            own = self.structure.coords[residue.start : residue.stop]
            if np.linalg.norm(own[:, None] - points[None], axis=-1).min() <= distance:
                kept.append(residue)
        return Protein(self.structure, tuple(kept))

    def to_rdkit(self, hydrogens: bool = True) -> Mol:
        """Return the residues as one RDKit molecule, for RDKit, ProLIF or PoseBusters.

        Parameters
        ----------
        hydrogens : bool
            Whether to add hydrogens, with positions.

        Returns
        -------
        rdkit.Chem.Mol
            With residue information on each atom and one conformer. An atom that is missing
            from its residue leaves its place to hydrogen, as does a bond to a residue that
            is not there.

        Raises
        ------
        StructureError
            If a residue is no amino acid whose bonds are known.
        """
        from rdkit import Chem

        mol = Chem.RWMol()
        index: dict[tuple[int, str], int] = {}
        positions: list[np.ndarray] = []
        for residue in self.residues:
            for name, xyz in self.structure.atoms(residue).items():
                index[residue.index, name] = mol.AddAtom(self._atom(residue, name))
                positions.append(xyz)
        for one, two, order in self._bonds(index):
            mol.AddBond(one, two, Chem.BondType.values[order])
        conformer = Chem.Conformer(mol.GetNumAtoms())
        conformer.Set3D(True)
        for number, xyz in enumerate(positions):
            conformer.SetAtomPosition(number, [float(value) for value in xyz])
        mol.AddConformer(conformer)
        Chem.SanitizeMol(mol)
        Chem.AssignStereochemistryFrom3D(mol)
        made: Mol = mol.GetMol()
        return Chem.AddHs(made, addCoords=True, addResidueInfo=True) if hydrogens else made

    def _atom(self, residue: Residue, name: str) -> Atom:
        from rdkit import Chem

        from ..errors import StructureError

        parent = residue.parent or residue.name
        if parent not in _templates():
            raise StructureError(
                f"{residue.name} {residue.id} is no amino acid whose bonds are known; leave it out."
            )
        known = {a for pair in _templates()[parent] for a in pair}
        if name not in known:
            raise StructureError(
                f"Atom {name} of {residue.name} {residue.id} is none of {parent}'s; modified "
                "residues can only be handed over as their parents."
            )
        element = name[0]
        atom = Chem.Atom(element)
        atom.SetFormalCharge(_charges().get((parent, name), 0))
        if name == "OXT":
            atom.SetFormalCharge(-1)
        where = residue.id
        atom.SetMonomerInfo(
            Chem.AtomPDBResidueInfo(
                f" {name:<3s}" if len(name) < 4 else name,
                residueName=parent,
                residueNumber=where.number,
                chainId=where.chain,
                insertionCode=where.insertion_code,
            )
        )
        return atom

    def _bonds(self, index: dict[tuple[int, str], int]) -> Iterable[tuple[int, int, int]]:
        """Give the bonds between the atoms that are there: atom, atom, order."""
        atoms = self.structure.atoms
        for residue in self.residues:
            for (a, b), order in _templates()[residue.parent or residue.name].items():
                one, two = index.get((residue.index, a)), index.get((residue.index, b))
                if one is not None and two is not None:
                    yield one, two, order
        for before, after in zip(self.residues, self.residues[1:], strict=False):
            one, two = index.get((before.index, "C")), index.get((after.index, "N"))
            if one is not None and two is not None:
                gap = atoms(before)["C"] - atoms(after)["N"]
                if np.linalg.norm(gap) < _PEPTIDE_ANG:
                    yield one, two, 1
        sulfur = [r for r in self.residues if (r.index, "SG") in index]
        for number, first in enumerate(sulfur):
            for second in sulfur[number + 1 :]:
                gap = atoms(first)["SG"] - atoms(second)["SG"]
                if np.linalg.norm(gap) < _DISULFIDE_ANG:
                    yield index[first.index, "SG"], index[second.index, "SG"], 1


def protein_of(structure: Structure, chain: str) -> Protein:
    """Return the protein of a chain: its plain amino acids with a whole backbone.

    Parameters
    ----------
    structure : Structure
        As read.
    chain : str
        Author chain.

    Returns
    -------
    Protein
        Without modified residues, whose bonds are not known here.
    """
    kept = []
    for residue in structure.protein(chain):
        names = structure.atoms(residue)
        whole = all(name in names for name in ("N", "CA", "C"))
        if whole and residue.name == residue.parent:
            kept.append(residue)
    return Protein(structure, tuple(kept))
