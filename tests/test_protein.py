"""The protein as RDKit atoms, from templates.

Oracle: RDKit's own molecule of the same sequence, which comes from no coordinates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from rdkit import Chem

from trkstruct.complexes import Complex
from trkstruct.errors import StructureError
from trkstruct.residues import AMINO_ACIDS, ONE_TO_THREE
from trkstruct.structures import Structure

Bound = Callable[[str], Complex]


def heavy_counts(mol: Chem.Mol) -> Counter[str]:
    """Elements, bond orders and aromatic atoms of the heavy atoms."""
    counts = Counter(atom.GetSymbol() for atom in mol.GetAtoms() if atom.GetSymbol() != "H")
    counts["aromatic"] = sum(atom.GetIsAromatic() for atom in mol.GetAtoms())
    counts["rings"] = mol.GetRingInfo().NumRings()
    return counts


def test_the_chain_is_the_molecule_of_its_sequence(bound: Bound) -> None:
    complex_ = bound("7VKO")  # no gaps, no missing atoms
    protein = complex_.protein
    mol = protein.to_rdkit(hydrogens=False)
    sequence = "".join(residue.letter for residue in protein.residues)
    expected = heavy_counts(Chem.MolFromSequence(sequence))
    found = heavy_counts(mol)
    # The construct ends without its terminal oxygen, as the crystal does.
    missing = 1 - sum("OXT" in complex_.structure.atoms(r) for r in protein.residues)
    expected["O"] -= missing
    assert found == expected
    charge = sum(sequence.count(a) for a in "KR") - sum(sequence.count(a) for a in "DE")
    assert Chem.GetFormalCharge(mol) == charge
    assert len(Chem.GetMolFrags(mol)) == 1


def test_every_amino_acid_is_an_l_amino_acid(bound: Bound) -> None:
    mol = bound("7VKO").protein.to_rdkit(hydrogens=False)
    labels: dict[str, set[str]] = {}
    for index, label in Chem.FindMolChiralCenters(mol, useLegacyImplementation=False):
        info = mol.GetAtomWithIdx(index).GetPDBResidueInfo()
        if info.GetName().strip() == "CA":
            labels.setdefault(info.GetResidueName(), set()).add(label)
    names = {ONE_TO_THREE[a] for a in AMINO_ACIDS} - {"GLY"}
    assert set(labels) == names
    # Cysteine's sulfur outranks its carbonyl group.
    assert all(found == ({"R"} if name == "CYS" else {"S"}) for name, found in labels.items())


def test_hydrogens_have_places_and_residues(bound: Bound) -> None:
    complex_ = bound("2XP2")
    near = complex_.protein.near(complex_.ligand_atoms.coords, 5.0)
    assert 10 < len(near) < 40
    mol = near.to_rdkit()
    xyz = mol.GetConformer().GetPositions()
    for atom in mol.GetAtoms():
        assert atom.GetPDBResidueInfo() is not None
        if atom.GetSymbol() == "H":
            (parent,) = atom.GetNeighbors()
            apart = np.linalg.norm(xyz[atom.GetIdx()] - xyz[parent.GetIdx()])
            assert 0.8 < apart < 1.4


def test_gaps_are_not_bridged(bound: Bound) -> None:
    protein = bound("4YNE").protein
    mol = protein.to_rdkit(hydrogens=False)
    assert len(Chem.GetMolFrags(mol)) == 1 + len(protein.structure.gaps("A"))


def test_posebusters_takes_ligand_and_protein(bound: Bound) -> None:
    posebusters = pytest.importorskip("posebusters")
    complex_ = bound("7VKO")
    near = complex_.protein.near(complex_.ligand_atoms.coords, 8.0)
    report = posebusters.PoseBusters(config="dock").bust(complex_.to_rdkit(), None, near.to_rdkit())
    assert bool(report["mol_cond_loaded"].iloc[0])
    assert bool(report["minimum_distance_to_protein"].iloc[0])


def test_what_is_no_amino_acid_is_named(structure: Callable[[str], Structure]) -> None:
    from trkstruct.complexes import Protein

    raw = structure("2XP2")
    water = next(residue for residue in raw.residues if residue.kind == "water")
    with pytest.raises(StructureError, match="no amino acid whose bonds are known"):
        Protein(raw, (water,)).to_rdkit()
