"""Preparing models: mending, capping, relaxing, checking, comparative models, the file.

Oracles: the input's own coordinates (what was observed stays), UniProt (a comparative model has
its target's sequence), crystal side chains (packing), PoseBusters and geometry (checks).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trkstruct.errors import DataError, StructureError
from trkstruct.kinases import kinase
from trkstruct.numbering.homology import align_to
from trkstruct.preparation import PreparedModel, compare, prepare
from trkstruct.preparation.checks import check_protein
from trkstruct.preparation.drafts import Part, capped, draft, inverted_centres
from trkstruct.preparation.model_file import model_cif
from trkstruct.preparation.models import _with_relaxed_ligand, source_of
from trkstruct.preparation.packing import pack
from trkstruct.preparation.relaxation import relax
from trkstruct.residues import SIDE_CHAIN_ATOMS, THREE_TO_ONE, ResidueId
from trkstruct.rotamers import angle_difference, chi_angles
from trkstruct.structures import Structure

Reader = Callable[[str], Structure]


@pytest.fixture(scope="module")
def model(structure: Reader) -> PreparedModel:
    """4YNE has a tag, four gaps, 14 incomplete side chains and an inhibitor."""
    return prepare(structure("4YNE"), name="4YNE", title='it\'s "quoted"; and # odd')


@pytest.fixture(scope="module")
def written(model: PreparedModel, tmp_path_factory: pytest.TempPathFactory) -> Structure:
    return Structure.read(model.save(tmp_path_factory.mktemp("models") / "4YNE.cif.gz"))


# ------------------------------------------------------------------ drafts


def test_what_was_observed_is_kept_and_nothing_is_invented(structure: Reader) -> None:
    raw = structure("4YNE")
    made = draft(source_of(raw))
    parts = {part.where: part for part in made.parts if part.name in THREE_TO_ONE}
    tags = set(raw.numbering().tags)
    assert set(parts) == {residue.id for residue in raw.protein("A")} - tags
    for residue in raw.protein("A"):
        if residue.id not in parts:
            continue
        part = parts[residue.id]
        assert set(part.atoms) >= {"N", "CA", "C", "O", *SIDE_CHAIN_ATOMS[part.name]}
        for name, xyz in raw.atoms(residue).items():
            if name in part.atoms and name not in part.built:
                assert np.abs(part.atoms[name] - xyz).max() < 1e-9
    assert any("incomplete" in step and "LYS A:506" in step for step in made.steps)
    assert any("A:671 to A:677" in step for step in made.steps)


def test_every_stretch_is_capped(structure: Reader) -> None:
    made = draft(source_of(structure("4YNE")))
    names = [part.name for part in made.parts]
    assert names.count("ACE") == names.count("NME") == 5  # four gaps
    assert names[0] == "ACE" and names[-1] == "NME"
    for one, two in zip(made.parts, made.parts[1:], strict=False):
        if one.name == "NME" or two.name == "NME":
            if two.name == "NME":
                bond = np.linalg.norm(one.atoms["C"] - two.atoms["N"])
                assert bond == pytest.approx(1.329, abs=0.01)
            continue
        assert np.linalg.norm(one.atoms["C"] - two.atoms["N"]) < 1.6
    assert len({part.where for part in made.parts}) == len(made.parts)


def test_a_gap_of_one_residue_still_has_room_for_two_caps() -> None:
    def glycine(number: int, shift: float) -> Part:
        atoms = {"N": [0, 0, 0], "CA": [1.458, 0, 0], "C": [2.0, 1.42, 0], "O": [1.4, 2.5, 0]}
        xyz = {k: np.add(v, (shift, 0, 0)) for k, v in atoms.items()}
        return Part(ResidueId("A", number), "GLY", xyz)

    steps: list[str] = []
    out = capped([glycine(10, 0.0), glycine(12, 40.0)], steps)
    assert [part.name for part in out] == ["ACE", "GLY", "NME", "ACE", "GLY", "NME"]
    assert len({part.where for part in out}) == 6
    assert "A:10 to A:12" in steps[0]


def test_residues_of_the_wrong_hand_are_found(structure: Reader) -> None:
    # 5KVT's loop was built by another program: two of its residues are D-amino acids.
    made = draft(source_of(structure("5KVT")))
    assert any("D-amino acids here: GLU A:535, GLN A:536" in step for step in made.steps)
    # 4AT5 has an isoleucine whose C-beta is inverted: its side chain is built anew.
    made = draft(source_of(structure("4AT5")))
    assert any("inverted" in step and "ILE A:583" in step for step in made.steps)
    assert not any(inverted_centres(part.name, part.atoms) for part in made.parts)


def test_packing_finds_the_crystals_rotamers(structure: Reader) -> None:
    raw = structure("2XP2")
    source = source_of(raw)
    assert source.complex is not None
    near = [
        residue
        for residue in source.complex.near(5.0)
        if residue.parent not in ("GLY", "ALA", "PRO") and not residue.missing
    ]
    wanted = [(residue, THREE_TO_ONE[residue.parent]) for residue in near]
    right = 0
    for built in pack(source.surroundings, wanted):
        truth = chi_angles(built.residue.parent, raw.atoms(built.residue))
        right += bool(abs(angle_difference(built.chi[0], truth[0])) < 40)
    assert len(near) >= 12
    assert right >= 0.8 * len(near)


# ------------------------------------------------------------------ the model


def test_the_model_passes_its_checks_and_says_what_was_done(model: PreparedModel) -> None:
    assert model.good, model
    names = " ".join(check.name for check in model.checks)
    for expected in ("bond length", "bond angle", "inverted", "overlap", "pocket moved"):
        assert expected in names
    assert "PoseBusters" in names
    assert model.movement.pocket_rmsd_ang < 0.6
    assert model.movement.over_limit == ()
    assert any("OpenMM" in step for step in model.steps)
    assert (model.protein_kind, model.ligand_kind) == ("prepared", "experimental")
    assert model.state is not None and model.state.dfg == "in"


def test_the_file_reads_back(model: PreparedModel, written: Structure) -> None:
    assert written.kind == "prepared" and written.pdb_id == "4YNE"
    assert "prepared from 4YNE" in repr(written)
    assert not any(finding.level == "warning" for finding in written.findings), written.findings
    numbering = written.numbering()
    assert numbering.kinase is kinase("TRKA") and not numbering.tags
    complex_ = written.complex()
    assert complex_.poses[0].source == "experimental"
    assert complex_.ligand.code == "4EK"
    assert all(not residue.missing for residue in written.protein("A"))
    for part, atoms in zip(model.parts, model.atoms, strict=True):
        if part.name in THREE_TO_ONE:
            found = written.atoms(written.residue(part.where))
            for name, xyz in found.items():
                assert np.abs(xyz - atoms[name]).max() < 6e-4


def test_the_ligand_does_not_move(model: PreparedModel, structure: Reader) -> None:
    raw = structure("4YNE").complex()
    assert model.ligand is not None
    assert np.abs(model.ligand[4] - raw.ligand_atoms.coords).max() < 1e-9


def test_a_ligand_can_be_relaxed_instead(structure: Reader) -> None:
    source = source_of(structure("4YNE"))
    assert source.complex is not None
    before = source.complex.poses[0].coords
    steps: list[str] = []
    after = _with_relaxed_ligand(source, steps)
    assert after.complex is not None
    moved = np.linalg.norm(after.complex.poses[0].coords - before, axis=1)
    assert 0.01 < moved.max() < 0.6
    assert "MMFF94s" in steps[0]
    assert after.complex.ligand is source.complex.ligand


def test_annotations_stand_in_the_file(model: PreparedModel) -> None:
    import io

    from Bio.PDB.MMCIF2Dict import MMCIF2Dict

    table = MMCIF2Dict(io.StringIO(model_cif(model)))
    positions = [int(value) for value in table["_trkstruct_klifs.position"]]
    assert positions == [p for p in range(1, 86) if p != 85]  # 85 is not resolved
    at = dict(zip(positions, table["_trkstruct_klifs.auth_seq_id"], strict=True))
    assert (at[45], at[51], at[80]) == ("589", "595", "667")
    assert len(table["_trkstruct_step.ordinal"]) == len(model.steps)
    assert set(table["_trkstruct_check.passed"]) == {"yes"}
    assert "506" in table["_trkstruct_built.auth_seq_id"]
    elements = table["_atom_site.type_symbol"]
    assert elements.count("H") > 2000


def test_preparing_again_gives_the_same(structure: Reader, model: PreparedModel) -> None:
    source = source_of(structure("4YNE"))
    assert source.complex is not None
    made = draft(source)
    again = relax(made.parts, source.complex.to_rdkit(True))
    worst = max(
        float(np.abs(one[name] - two[name]).max())
        for one, two in zip(model.atoms, again.atoms, strict=True)
        for name in one
    )
    assert worst < 0.01
    assert again.energy_after_kcal < again.energy_before_kcal


def test_checks_find_what_is_wrong(model: PreparedModel) -> None:
    nothing = (np.zeros((0, 3)), [])

    def failed(change: Callable[[dict[str, np.ndarray]], None], where: int) -> set[str]:
        atoms = [dict(a) for a in model.atoms]
        change(atoms[where])
        found = check_protein(model.parts, atoms, nothing)
        return {check.name.split(",")[0] for check in found if not check.passed}

    leucine = next(i for i, part in enumerate(model.parts) if part.name == "LEU")
    assert failed(lambda a: None, leucine) == set()

    def stretch(atoms: dict[str, np.ndarray]) -> None:
        atoms["CD1"] = atoms["CG"] + 1.25 * (atoms["CD1"] - atoms["CG"])

    def mirror(atoms: dict[str, np.ndarray]) -> None:
        n, ca, c = (atoms[k] for k in ("N", "CA", "C"))
        normal = np.cross(n - ca, c - ca)
        normal /= np.linalg.norm(normal)
        for name in SIDE_CHAIN_ATOMS["LEU"]:
            atoms[name] = atoms[name] - 2 * ((atoms[name] - ca) @ normal) * normal

    assert "bond length off by" in failed(stretch, leucine)
    assert "inverted centres" in failed(mirror, leucine)
    far = model.atoms[leucine + 30]["CA"]
    assert "overlap" in failed(lambda a: a.update(CD1=np.add(far, (0.0, 0.0, 2.1))), leucine)


def test_without_openmm_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openmm", None)
    with pytest.raises(DataError, match=r"pip install 'trkstruct\[prepare\]'"):
        relax([], None)


# ------------------------------------------------------------------ comparative models


def test_alignment_of_paralogues_keeps_the_equivalent_sites(structure: Reader) -> None:
    numbering = structure("7VKO").numbering()
    numbers = align_to(numbering.letters, kinase("TRKC"))
    to = dict(zip((numbering.uniprot(r) for r in numbering.residues), numbers, strict=True))
    assert (to[589], to[595], to[667]) == (617, 623, 696)


@pytest.fixture(scope="module")
def trkc(structure: Reader) -> PreparedModel:
    return compare("TRKC", structure("4YNE"), name="TRKC-4YNE")


def test_a_comparative_model_has_the_targets_sequence(trkc: PreparedModel, tmp_path: Path) -> None:
    assert trkc.good, trkc
    target = kinase("TRKC")
    for part in trkc.parts:
        if part.name in THREE_TO_ONE:
            assert THREE_TO_ONE[part.name] == target.letter(part.where.number), part.where
    made = Structure.read(trkc.save(tmp_path / "TRKC-4YNE.cif"))
    assert made.kind == "comparative"
    numbering = made.numbering()
    assert numbering.kinase is target and not numbering.differences
    assert any(finding.code == "comparative-model" for finding in made.findings)
    complex_ = made.complex()
    assert complex_.poses[0].source == "template"
    record = trkc.record()
    assert record["template_kinase"] == "TRKA" and 0.7 < record["identity"] < 0.9


def test_what_cannot_be_modelled_says_why(structure: Reader) -> None:
    with pytest.raises(StructureError, match="sequence of AAK1 is not known"):
        compare("AAK1", structure("7VKO"))
    source = source_of(structure("7VKO"))
    lone = replace(source.structure, residues=source.structure.residues[:0])
    with pytest.raises(StructureError):
        prepare(lone)
