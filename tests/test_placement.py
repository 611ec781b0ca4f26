"""Placing ligands on templates.

Oracles: the ligand's own crystal pose, in a structure where it was never seen; finite
differences for the gradient; RDKit's stereo for what was placed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rdkit import Chem
from rdkit.Chem import AllChem

import trkstruct as ts
from trkstruct.calls import resistance
from trkstruct.cli import main
from trkstruct.complexes import Complex
from trkstruct.energies import pair_parameters
from trkstruct.errors import LigandError, PlacementError
from trkstruct.ligands import Ligand
from trkstruct.ligands.library import library
from trkstruct.placement import PoseSet, bundled_templates, pose_set, store
from trkstruct.placement.frames import pocket_frame, superposition
from trkstruct.placement.judging import doubts, hinge_bonds
from trkstruct.placement.refinement import Internal, Pocket, minimise
from trkstruct.placement.template import common, labelled
from trkstruct.sites import Surroundings, parameters

Bound = Callable[[str], Complex]


@pytest.fixture(scope="module")
def larotrectinib() -> tuple[Complex, PoseSet]:
    """Larotrectinib in the structure of its core."""
    structure = ts.load("4YNE")
    found = pose_set(structure, ts.ligand("larotrectinib"), method="template", reuse=False)
    return structure.complex("larotrectinib", pose="place"), found


def test_the_gradient_is_that_of_the_energy() -> None:
    structure = ts.load("4YNE")
    complex_ = structure.complex()
    atoms = Surroundings(structure, None, parameters()).atoms
    near = np.linalg.norm(atoms.coords - complex_.ligand_atoms.coords.mean(axis=0), axis=1) < 9
    pocket = Pocket(atoms.take(np.flatnonzero(near)), complex_.ligand.atom_types, pair_parameters())
    # Away from the crystal, where there are overlaps too.
    coords = complex_.ligand_atoms.coords + np.random.default_rng(3).normal(size=(27, 3)) * 0.4
    for soft in (None, 0.3):
        energy, gradient = pocket.energy(coords, soft)
        assert np.isfinite(energy)
        for atom, axis in ((0, 0), (5, 1), (20, 2)):
            step = np.zeros_like(coords)
            step[atom, axis] = 1e-5
            numeric = pocket.energy(coords + step, soft)[0] - pocket.energy(coords - step, soft)[0]
            assert gradient[atom, axis] == pytest.approx(numeric / 2e-5, abs=1e-3)


def test_the_ligands_own_gradient_is_that_of_where_its_atoms_are() -> None:
    whole = Chem.AddHs(ts.ligand("crizotinib").to_rdkit(hydrogens=False))
    AllChem.EmbedMolecule(whole, randomSeed=7)
    internal = Internal(whole)
    before = whole.GetConformer().GetPositions()
    internal.energy(before)
    # What was computed before must not show: the atoms have moved since.
    coords = before + np.random.default_rng(3).normal(size=before.shape) * 0.2
    _, gradient = internal.energy(coords)
    for atom, axis in ((0, 0), (5, 1), (20, 2)):
        step = np.zeros_like(coords)
        step[atom, axis] = 1e-5
        numeric = internal.energy(coords + step)[0] - internal.energy(coords - step)[0]
        assert gradient[atom, axis] == pytest.approx(numeric / 2e-5, abs=1e-2)


def test_minimising_gets_where_the_gradient_vanishes() -> None:
    complex_ = ts.load("2XP2").complex()
    atoms = Surroundings(complex_.structure, None, parameters()).atoms
    near = np.linalg.norm(atoms.coords - complex_.ligand_atoms.coords.mean(axis=0), axis=1) < 12
    types = complex_.ligand.atom_types
    pocket = Pocket(atoms.take(np.flatnonzero(near)), types, pair_parameters())
    whole = Chem.AddHs(complex_.to_rdkit(hydrogens=False), addCoords=True)
    internal, heavy = Internal(whole), complex_.ligand.n_heavy
    start = whole.GetConformer().GetPositions()
    found = minimise(start, internal, pocket, heavy, weight=0.5, steps=400)

    def total(coords: np.ndarray) -> tuple[float, float]:
        own, pull = internal.energy(coords)
        outer, push = pocket.energy(coords[:heavy])
        pull = 0.5 * pull
        pull[:heavy] += push
        return 0.5 * own + outer, float(np.abs(pull).max())

    assert total(found)[0] < total(start)[0] - 10
    assert total(found)[1] < 0.5  # it began at about 100


def test_bioisosteres_lie_on_each_other() -> None:
    one = ts.ligand("larotrectinib").to_rdkit(hydrogens=False)
    two = ts.load("4YNE").complex().to_rdkit(hydrogens=False)
    shared = common(labelled(one), labelled(two), whole_rings=False).GetNumAtoms()
    assert shared >= 20  # pyrazolopyrimidine on imidazopyridazine, pyrrolidine, phenyl, fluorine
    assert one.GetAtomWithIdx(0).GetIsotope() == 0  # the labels stay on the copy


def test_larotrectinib_lies_as_its_core_does(larotrectinib) -> None:
    complex_, found = larotrectinib
    assert complex_.poses[0].source == "template"
    assert complex_.poses[0].template == "4YNE"
    assert complex_.poses[0].energy < -10
    structure = complex_.structure
    core = structure.complex()
    placed, crystal = complex_.ligand_atoms.coords, core.ligand_atoms.coords
    # The phenyl rings' fluorine atoms that both have.
    fluorine = [i for i, t in enumerate(core.ligand_atoms.types) if t.element == "F"]
    apart = np.linalg.norm(placed[:, None] - crystal[fluorine], axis=-1)
    ours = [i for i, t in enumerate(complex_.ligand_atoms.types) if t.element == "F"]
    assert apart[ours].min() < 2.0
    bonds = hinge_bonds(structure, complex_.chain, complex_.ligand, complex_.poses[0].coords)
    assert any("MET A:592 N" in bond for bond in bonds)
    own = found.of_site()
    assert own[0] is found.best
    assert [p.score_kcal for p in own] == sorted(p.score_kcal for p in own)
    assert not {f.code for f in found.findings} & {"no-hinge", "strained", "left-pocket"}


def test_what_was_placed_is_what_was_asked(larotrectinib) -> None:
    complex_, _ = larotrectinib
    mol = complex_.to_rdkit(hydrogens=True)
    Chem.AssignStereochemistryFrom3D(mol)
    found = Chem.MolToSmiles(Chem.RemoveHs(mol))
    assert Chem.CanonSmiles(found) == Chem.CanonSmiles(complex_.ligand.state.smiles)


def test_the_same_seed_gives_the_same_pose(bound: Bound) -> None:
    structure, known = ts.load("4YNE"), [bound("4YNE")]
    fragment = Ligand.from_smiles("c1ccc(C2CCCN2c2ccc3nccn3n2)cc1", name="fragment")
    one, two = (pose_set(structure, fragment, templates=known, method="template") for _ in range(2))
    assert len(one) == len(two)
    for first, second in zip(one.poses, two.poses, strict=True):
        assert np.abs(first.coords - second.coords).max() < 1e-6
        assert first.score_kcal == second.score_kcal


def test_what_ships_is_what_is_computed(larotrectinib) -> None:
    """But for the last tenths of an angstrom, in which minimisations on two machines differ."""
    complex_, found = larotrectinib
    assert np.abs(complex_.poses[0].coords - found.best.coords).max() < 0.5
    assert complex_.poses[0].energy == pytest.approx(found.best.energy_kcal, abs=0.5)


def test_a_placed_inhibitor_can_be_scored(larotrectinib) -> None:
    complex_, _ = larotrectinib
    call = resistance(complex_, "G595R")
    assert call.row()["pose_source"] == "template"
    assert any("not experimental" in reason for reason in call.reasons)
    assert call.ddg_kcal > 1.0


def test_a_macrocycle_comes_back_where_it_was_never_seen(bound: Bound) -> None:
    """Repotrectinib from its SMILES into 4YNE, whose ligand shares its core alone."""
    own, receptor = bound("7VKO"), bound("4YNE")
    fresh = Ligand.from_smiles(own.ligand.smiles, name="fresh")
    poses = pose_set(receptor.structure, fresh, templates=[receptor], method="template").poses
    turn, shift = superposition(
        pocket_frame(own.structure, "A"), pocket_frame(receptor.structure, "A")
    )
    mol = fresh.to_rdkit(hydrogens=False)
    order = own.to_rdkit(hydrogens=False).GetSubstructMatch(mol)
    crystal = own.poses[0].coords[list(order)] @ turn + shift
    off = np.sqrt(((poses[0].coords - crystal) ** 2).sum(axis=1).mean())
    assert off < 2.0


def test_superposition_is_exact_for_a_rigid_motion() -> None:
    rng = np.random.default_rng(1)
    frame = {k: rng.normal(size=3) * 10 for k in range(1, 40)}
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    moved = {k: v @ turn + [1.0, 2.0, 3.0] for k, v in frame.items()}
    found, shift = superposition(frame, moved)
    assert found == pytest.approx(turn)
    assert shift == pytest.approx([1.0, 2.0, 3.0])
    with pytest.raises(PlacementError, match="Fewer than ten pocket residues"):
        superposition({1: np.zeros(3)}, frame)


def test_what_cannot_be_placed_says_why(bound: Bound) -> None:
    structure, known = ts.load("4YNE"), [bound("4YNE")]
    dodecane = Ligand.from_smiles("CCCCCCCCCCCC", name="dodecane")
    with pytest.raises(PlacementError, match=r"No known complex shares enough.*Give a complex"):
        pose_set(structure, dodecane, templates=known, method="template")
    with pytest.raises(PlacementError, match="No complex is at hand"):
        pose_set(structure, dodecane, templates=[], method="template")
    with pytest.raises(PlacementError, match="'guess' is not known; it is one of auto, template"):
        pose_set(structure, dodecane, method="guess")
    with pytest.raises(LigandError, match="'place' needs a ligand"):
        structure.complex(pose="place")
    bare = Chem.AddHs(Chem.MolFromSmiles("B1OCCO1"))
    from rdkit.Chem import rdDistGeom

    rdDistGeom.EmbedMolecule(bare, randomSeed=1)
    with pytest.raises(PlacementError, match="MMFF94s has no parameters"):
        Internal(bare)


def test_a_pose_outside_is_doubted(larotrectinib) -> None:
    complex_, found = larotrectinib
    pocket = complex_.structure.coords
    away = replace(found.best, coords=found.best.coords + 15.0, energy_kcal=-1.0, strain_kcal=40.0)
    said = doubts(complex_.structure, complex_.chain, complex_.ligand, away, pocket)
    assert {f.code for f in said} == {"no-hinge", "strained", "poor-energy", "left-pocket"}
    # Each doubt costs the call some confidence.
    trusted = resistance(complex_, "G595R")
    doubtful = replace(complex_, findings=(*complex_.findings, *said))
    assert len(resistance(doubtful, "G595R").reasons) == len(trusted.reasons) + 4
    sure = next(
        m for m in ("G667W", "G667F", "G667L", "G667M") if _confidence(complex_, m) != "low"
    )
    assert _confidence(doubtful, sure) == "low"


def _confidence(complex_: Complex, mutation: str) -> str:
    return resistance(complex_, mutation).confidence


def test_sites_cut_to_glycine_give_poses_of_their_own() -> None:
    """Without the gatekeeper's side chain other poses fit, which then are told apart."""
    structure = ts.load("4YNE")
    gatekeeper = str(structure.numbering("A").at_klifs(45))
    sets = [store.find(structure, entry.ligand(), "A") for entry in library() if entry.smiles]
    found = [one for one in sets if one is not None and one.of_site(gatekeeper)]
    assert found
    for one in found:
        assert {pose.site for pose in one.poses} == {"", gatekeeper}
        for pose in one.of_site(gatekeeper):
            for other in one.of_site():
                # Settling moves what was more than 1 A apart.
                assert np.sqrt(((pose.coords - other.coords) ** 2).sum(axis=1).mean()) > 0.3


def test_an_unknown_state_takes_the_templates_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from trkstruct.placement import sources
    from trkstruct.states import DfgState

    structure = ts.load("4YNE")
    inside = bundled_templates(structure)
    nothing = DfgState("other", "unknown", 0.0, 0.0, 0.0, 0.0)
    monkeypatch.setattr(sources, "dfg_state", lambda *_: nothing)
    assert len(bundled_templates(structure)) > len(inside)


def test_the_command_writes_poses(tmp_path: Path) -> None:
    out = tmp_path / "poses.sdf"
    asked = ["place", "-s", "7VKO", "-l", "selitrectinib", "-o", str(out), "--format", "csv"]
    ran = CliRunner().invoke(main, asked)
    assert ran.exit_code == 0, ran.output
    mols = [mol for mol in Chem.SDMolSupplier(str(out)) if mol is not None]
    assert len(mols) >= 1
    assert mols[0].GetProp("template")
    assert float(mols[0].GetProp("score_kcal")) < -8
    assert "pose,score_kcal" in ran.output
