"""Docking with AutoDock Vina.

Oracles: the package's own kernel for the receptor that is written, crystal poses, RDKit's
stereo and covalent radii for what comes back.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

import trkstruct as ts
from trkstruct.complexes import Complex
from trkstruct.energies import PairTable
from trkstruct.errors import PlacementError, ResidueNotFoundError
from trkstruct.ligands import Ligand
from trkstruct.placement import docking
from trkstruct.placement.docking import Docked, dock, receptor_pdbqt
from trkstruct.sites import parameters, surroundings_of
from trkstruct.structures import Structure

FRAGMENT = "Nc1ncc(-c2ccccc2)s1"


@pytest.fixture(scope="module")
def vina() -> None:
    """AutoDock Vina; absent it skips here and fails in CI."""
    missing = [name for name in ("vina", "meeko", "gemmi") if docking.find_spec(name) is None]
    if missing:
        reason = f"needs the extra dock: {', '.join(missing)} not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def core() -> Complex:
    """TRKA with an inhibitor of larotrectinib's core."""
    return ts.load("4YNE").complex()


@pytest.fixture(scope="module")
def centre(core: Complex) -> np.ndarray:
    return core.ligand_atoms.coords.mean(axis=0)


@pytest.fixture(scope="module")
def larotrectinib(vina, core: Complex, centre: np.ndarray) -> tuple[Ligand, tuple[Docked, ...]]:
    """Two stereocentres, five rotors, a ring that puckers."""
    ligand = ts.ligand("larotrectinib")
    return ligand, dock(core.structure, ligand, centre, chain="A", exhaustiveness=2)


@pytest.fixture(scope="module")
def lorlatinib(vina) -> tuple[Complex, Ligand, tuple[Docked, ...]]:
    """A macrocycle, from its SMILES back into its own crystal."""
    own = ts.load("4CLI").complex()
    fresh = Ligand.from_smiles(own.ligand.smiles, name="fresh")
    centre = own.ligand_atoms.coords.mean(axis=0)
    return own, fresh, dock(own.structure, fresh, centre, chain="A", size=20, exhaustiveness=8)


def fragment(name: str = "fragment") -> Ligand:
    return Ligand.from_smiles(FRAGMENT, name=name)


def carrying(ligand: Ligand, coords: np.ndarray) -> Chem.Mol:
    return ligand.with_coords(coords).to_rdkit(hydrogens=True)


def assert_sound(ligand: Ligand, coords: np.ndarray) -> None:
    """Every bond has its length, nothing else comes near, and the stereo is what was asked."""
    table = Chem.GetPeriodicTable()
    mol = ligand.to_rdkit(hydrogens=False)
    apart = np.linalg.norm(coords[:, None] - coords, axis=-1)
    bonded = np.eye(len(coords), dtype=bool)
    for bond in mol.GetBonds():
        i, j = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        radii = [
            table.GetRcovalent(a.GetSymbol()) for a in (bond.GetBeginAtom(), bond.GetEndAtom())
        ]
        assert -0.35 < apart[i, j] - sum(radii) < 0.12, (i, j)
        bonded[i, j] = bonded[j, i] = True
    assert apart[~bonded].min() > 1.95
    found = carrying(ligand, coords)
    Chem.AssignStereochemistryFrom3D(found)
    assert Chem.CanonSmiles(Chem.MolToSmiles(Chem.RemoveHs(found))) == Chem.CanonSmiles(
        ligand.state.smiles
    )


@pytest.mark.parametrize("code", ["4YNE", "2XP2"])
def test_vina_sees_the_receptor_that_the_kernel_sees(vina, tmp_path: Path, code: str) -> None:
    """Donors, acceptors and hydrophobic atoms, by the energy of the crystal pose."""
    from meeko import MoleculePreparation, PDBQTWriterLegacy
    from vina import Vina

    complex_ = ts.load(code).complex()
    ligand, mol = complex_.ligand_atoms, complex_.to_rdkit()
    centre = ligand.coords.mean(axis=0)
    path = tmp_path / "receptor.pdbqt"
    path.write_text(receptor_pdbqt(complex_.structure, "A", centre, np.full(3, 28.0)))
    conformer = mol.GetConformer()
    for index, point in enumerate(conformer.GetPositions() - centre):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    maker = MoleculePreparation(charge_model="zero", rigid_macrocycles=True)
    scored = Vina(sf_name="vina", cpu=1, seed=1, verbosity=0)
    scored.set_receptor(str(path))
    scored.set_ligand_from_string(PDBQTWriterLegacy.write_string(maker.prepare(mol)[0])[0])
    scored.compute_vina_maps([0.0, 0.0, 0.0], [28.0, 28.0, 28.0])
    pair = replace(parameters().pair, shift=0.0, charge=0.0, repulsion_cap=np.inf)
    terms = PairTable(surroundings_of(complex_).atoms, pair).energies(
        ligand.coords[None], ligand.types, hard=[False] * len(ligand), split=True
    )
    assert scored.score()[1] == pytest.approx(terms.sum(), abs=0.02)


def test_only_acceptors_accept_and_only_donors_have_hydrogen(core, centre) -> None:
    """What a crystal pose need not touch."""
    around = surroundings_of(core).atoms
    there = (np.abs(around.coords - centre) < 22.0).all(axis=1)
    types = [own for own, inside in zip(around.types, there, strict=True) if inside]
    text = receptor_pdbqt(core.structure, "A", centre, np.full(3, 20.0))
    wanted = {
        "N": sum(own.element == "N" and not own.acceptor for own in types),
        "NA": sum(own.element == "N" and own.acceptor for own in types),
        "O": sum(own.element == "O" and not own.acceptor for own in types),
        "OA": sum(own.element == "O" and own.acceptor for own in types),
        "HD": sum(own.donor for own in types),
    }
    assert {kind: len(positions(text, kind)) for kind in wanted} == wanted
    assert wanted["N"] > wanted["NA"] > 0
    # Each hydrogen is on one atom, and near no other.
    heavy = np.concatenate([positions(text, kind) for kind in ("C", "N", "NA", "OA", "S")])
    apart = np.sort(np.linalg.norm(positions(text, "HD")[:, None] - heavy, axis=-1), axis=1)
    assert apart[:, 0] == pytest.approx(1.0, abs=0.002)
    assert apart[:, 1].min() > 1.3


def with_residues(structure: Structure, lines: list[str], path: Path) -> Structure:
    """Read a structure again with further HETATM lines."""
    path.write_text(structure.to_pdb_block(end=False) + "\n".join([*lines, "END", ""]))
    return Structure.read(path)


def positions(pdbqt: str, kind: str) -> np.ndarray:
    return np.array(
        [
            [float(line[i : i + 8]) for i in (30, 38, 46)]
            for line in pdbqt.splitlines()
            if line[77:].strip() == kind
        ]
    ).reshape(-1, 3)


def test_ions_stay_and_what_is_bound_goes(
    core: Complex, centre: np.ndarray, tmp_path: Path
) -> None:
    centre, size = np.round(centre, 3), np.full(3, 20.0)

    def hetatm(name: str, residue: str, number: int, off: tuple[int, ...], element: str) -> str:
        x, y, z = centre + off
        return (
            f"HETATM9{number:04d} {name:<4s} {residue:>3s} A{number:4d}    "
            f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00          {element:>2s}"
        )

    added = [
        hetatm("MG", "MG", 2001, (6, 0, 0), "MG"),
        # No metal of Vina's.
        hetatm("RB", "RB", 2002, (0, 6, 0), "RB"),
        hetatm("O", "HOH", 2003, (0, 0, 1), "O"),
        hetatm("S", "SO4", 2004, (1, 0, 0), "S"),
        hetatm("P", "AMP", 2005, (0, 1, 0), "P"),
        hetatm("P", "ADP", 2006, (0, 0, 9), "P"),
    ]
    structure = with_residues(core.structure, added, tmp_path / "more.pdb")
    plain = receptor_pdbqt(core.structure, "A", centre, size)
    text = receptor_pdbqt(structure, "A", centre, size)
    assert len(positions(plain, "Zn")) == 0
    assert positions(text, "Zn") == pytest.approx(np.array([[6, 0, 0], [0, 6, 0]]))
    # A cofactor stays where it is not in the way.
    assert positions(text, "P") == pytest.approx(np.array([[0, 0, 9]]))
    # The bound ligand is no part of the plain one, nor water and sulfate of this.
    assert len(text.splitlines()) == len(plain.splitlines()) + 3
    bound = core.ligand_atoms.coords - centre
    heavy = np.concatenate([positions(plain, kind) for kind in ("C", "N", "NA", "OA", "S")])
    assert np.linalg.norm(bound[:, None] - heavy, axis=-1).min() > 2.0


def test_the_frame_does_not_matter(core: Complex, centre: np.ndarray) -> None:
    centre, size, shift = np.round(centre, 3), np.full(3, 20.0), np.array([9000.0, -9000.0, 10.0])
    moved = replace(core.structure, coords=core.structure.coords + shift)
    there = receptor_pdbqt(moved, "A", centre + shift, size)
    assert there == receptor_pdbqt(core.structure, "A", centre, size)


def test_atoms_bonds_and_stereo_come_back(larotrectinib) -> None:
    ligand, poses = larotrectinib
    assert len(poses) > 3
    for pose in poses:
        assert pose.coords.shape == (ligand.n_heavy, 3)
        assert not pose.coords.flags.writeable
        assert_sound(ligand, pose.coords)


def test_poses_are_in_the_box_and_in_order(larotrectinib, centre: np.ndarray) -> None:
    _, poses = larotrectinib
    settings = docking._settings()
    affinities = [pose.affinity_kcal for pose in poses]
    assert affinities == sorted(affinities)
    assert affinities[0] < -8.0
    assert affinities[-1] <= affinities[0] + settings["range_kcal"]
    for number, pose in enumerate(poses):
        assert np.abs(pose.coords - centre).max() <= settings["box_ang"] / 2 + 0.2
        for other in poses[:number]:
            off = np.sqrt(((pose.coords - other.coords) ** 2).sum(axis=1).mean())
            assert off >= settings["distinct_ang"]


def test_a_macrocycle_comes_back_closed(lorlatinib) -> None:
    own, fresh, poses = lorlatinib
    for pose in poses:
        assert_sound(fresh, pose.coords)
    mol = fresh.to_rdkit(hydrogens=False)
    order = own.to_rdkit(hydrogens=False).GetSubstructMatch(mol)
    crystal = own.poses[0].coords[list(order)]
    off = [np.sqrt(((pose.coords - crystal) ** 2).sum(axis=1).mean()) for pose in poses]
    assert off[0] < 1.0


def test_the_same_seed_gives_the_same_poses(vina, core: Complex, centre: np.ndarray, capfd) -> None:
    def run(seed: int) -> tuple[Docked, ...]:
        return dock(
            core.structure, fragment(), centre, chain="A", seed=seed, exhaustiveness=1, poses=3
        )

    one, two, other = run(5), run(5), run(6)
    assert [p.affinity_kcal for p in one] == [p.affinity_kcal for p in two]
    assert all((p.coords == q.coords).all() for p, q in zip(one, two, strict=True))
    assert len(one) == 3
    assert abs(one[0].coords - other[0].coords).max() > 1e-3
    assert capfd.readouterr() == ("", "")


def test_affinities_are_vinas(vina, monkeypatch, core: Complex, centre: np.ndarray) -> None:
    """Of one geometry they are those that Vina itself gives."""
    settings = {**docking._settings(), "geometries": 1}
    monkeypatch.setattr(docking, "_settings", lambda: settings)
    kept = []
    run = docking._run

    def watched(*asked):
        kept.extend(run(*asked))
        return kept

    monkeypatch.setattr(docking, "_run", watched)
    poses = dock(core.structure, fragment(), centre, chain="A", exhaustiveness=2)
    given = [row[0] for row in kept[0]["energies"]]
    assert len(kept) == 1
    for pose in poses:
        assert min(abs(pose.affinity_kcal - energy) for energy in given) < 0.01


def test_a_symmetric_ligand_is_not_given_twice(vina, core: Complex, centre: np.ndarray) -> None:
    poses = dock(
        core.structure, Ligand.from_smiles("c1ccccc1", name="benzene"), centre, chain="A",
        exhaustiveness=4,
    )  # fmt: skip
    for number, pose in enumerate(poses):
        for other in poses[:number]:
            middle = pose.coords.mean(axis=0) - other.coords.mean(axis=0)
            # Turned in its own plane it is the same pose.
            same_plane = abs(np.dot(*(np.linalg.svd(p.coords - p.coords.mean(axis=0))[2][2]
                                      for p in (pose, other)))) > 0.98  # fmt: skip
            assert np.linalg.norm(middle) > 0.5 or not same_plane


@pytest.mark.parametrize(
    ("gone", "said"),
    [({"vina"}, "needs vina,"), ({"vina", "meeko", "gemmi"}, "needs vina and meeko and gemmi,")],
)
def test_without_the_extra_it_is_named(
    monkeypatch, core, centre, gone: set[str], said: str
) -> None:
    monkeypatch.setattr(docking, "find_spec", lambda name: None if name in gone else name)
    with pytest.raises(PlacementError, match=said) as raised:
        dock(core.structure, fragment(), centre, chain="A")
    assert "pip install 'trkstruct[dock]'" in str(raised.value)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("raise ImportError('libboost is gone')", r"cannot be loaded \(libboost is gone\)"),
        ("def Vina(**_): raise RuntimeError('bad input')", "could not dock fragment: bad input"),
        (
            "import os, sys\ndef Vina(**_):\n    print('box', file=sys.stderr, flush=True)\n"
            "    os._exit(1)",
            "could not dock fragment: box",
        ),
        ("import os\ndef Vina(**_): os._exit(3)", "fragment: it ended with code 3"),
        ("import time\ndef Vina(**_): time.sleep(60)", "fragment was given up after 2 s"),
    ],
)
def test_a_vina_that_fails(vina, monkeypatch, tmp_path, core, centre, module, said) -> None:
    """It may not load, complain, end its process or never end: this one goes on."""
    (tmp_path / "vina.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    limit = 2 if "sleep" in module else 120
    settings = {**docking._settings(), "time_limit_s": limit, "conformers": 1}
    monkeypatch.setattr(docking, "_settings", lambda: settings)
    with pytest.raises(PlacementError, match=said):
        dock(core.structure, fragment(), centre, chain="A")


@pytest.mark.parametrize("smiles", ["OB(O)c1ccccc1", "C[Se]c1ccccc1"])
def test_elements_without_a_type(vina, core, centre, smiles: str) -> None:
    ligand = Ligand.from_smiles(smiles, name="odd")
    with pytest.raises(PlacementError, match=r"odd contains (B|Se), for which docking has no type"):
        dock(core.structure, ligand, centre, chain="A")


def test_what_cannot_be_docked_says_why(vina, core: Complex, centre: np.ndarray) -> None:
    def refused(said: str, ligand: Ligand | None = None, at=centre, **how) -> None:
        with pytest.raises(PlacementError, match=said):
            dock(core.structure, ligand or fragment(), at, **{"chain": "A", **how})

    refused("No atom of chain A of 4YNE lies in the box around", at=centre + 500)
    refused("three numbers in the frame of the structure", at=[1.0, 2.0])
    refused("three numbers in the frame of the structure", at=[1.0, 2.0, np.nan])
    refused("between 8 and 50 A, not 5", size=5)
    refused(r"between 8 and 50 A, not \(20, 20\)", size=(20, 20))
    refused("at least one search and one pose, not 0 and 20", exhaustiveness=0)
    refused("at least one search and one pose, not 24 and 0", poses=0)
    refused("docking takes up to 60", Ligand.from_smiles("C" * 61, name="long"))
    # Twelve carbons in a row are longer than the box.
    long = Ligand.from_smiles("C#CC#CC#CC#CC#CC#C", name="rod")
    refused("found no place for rod within 8.0, 8.0, 8.0 A", long, size=8, exhaustiveness=1)
    with pytest.raises(ResidueNotFoundError):
        dock(core.structure, fragment(), centre, chain="Z")
