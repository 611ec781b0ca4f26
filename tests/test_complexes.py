"""Complexes: the bound ligand with its chemistry, poses, types, and what is refused.

| what | structure |
|---|---|
| every complex beside the project | 24 files |
| atoms by graph: other names, other order, hydrogens | 5KVT, and 2XP2 rewritten |
| incomplete ligand, extra atom, wrong stereo, covalent link, placeholder name | 2XP2 rewritten |
| coordinates in frame and not | 4YNE, 4GT5 with ligand_poses |
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from scipy.spatial.transform import Rotation

from trkstruct.complexes import Complex, Pose, make_complex
from trkstruct.complexes._matching import match_atoms
from trkstruct.errors import (
    LigandError,
    LigandMatchError,
    LigandNotFoundError,
    PlacementError,
)
from trkstruct.ligands import Ligand
from trkstruct.ligands.chemistry import cut_atoms
from trkstruct.structures import Structure

BoundOf = Callable[[str], Complex]
StructureOf = Callable[[str], Structure]

#: Entry: component, binding type (that of the literature), pose source.
COMPLEXES = {
    "7VKO": ("7GI", "I", "experimental"), "4YNE": ("4EK", "I", "experimental"),
    "5KVT": ("YMX", "I", "modelled"), "4AT3": ("LTI", "I", "experimental"),
    "4AT5": ("MUJ", "II", "experimental"), "6KZD": ("DZ6", "II", "experimental"),
    "6KZC": ("DZC", "II", "modelled"), "2XP2": ("VGH", "I", "experimental"),
    "2YFX": ("VGH", "I", "experimental"), "4ANQ": ("VGH", "I", "experimental"),
    "4ANS": ("VGH", "I", "experimental"), "5AAA": ("VGH", "I", "experimental"),
    "5AAB": ("VGH", "I", "experimental"), "5AAC": ("VGH", "I", "experimental"),
    "3AOX": ("EMH", "I", "experimental"), "4MKC": ("4MK", "I", "experimental"),
    "4CLI": ("5P8", "I", "experimental"), "4CLJ": ("5P8", "I", "experimental"),
    "5J7H": ("6GY", "I", "experimental"), "7BTT": ("F8R", "I", "experimental"),
    "7R7R": ("AWJ", "I", "experimental"), "3ZBF": ("VGH", "I", "experimental"),
    "3LQ8": ("88Z", "II", "experimental"), "4ASD": ("BAX", "II", "experimental"),
}  # fmt: skip
CRIZOTINIB = "C[C@@H](Oc1cc(-c2cnn(C3CCNCC3)c2)cnc1N)c1c(Cl)ccc(F)c1Cl"


def _codes(complex_: Complex) -> set[str]:
    return {f.code for f in complex_.findings} - {f.code for f in complex_.structure.findings}


# --- every complex there is


@pytest.mark.parametrize("entry", sorted(COMPLEXES))
def test_bound_ligand_of_every_complex(bound: BoundOf, entry: str) -> None:
    code, kind, source = COMPLEXES[entry]
    complex_ = bound(entry)
    drug, pose = complex_.ligand, complex_.poses[0]
    assert (drug.code, complex_.binding_type, pose.source) == (code, kind, source)
    assert pose.missing == ()
    assert "stereo-differs" not in _codes(complex_)
    residue = complex_.residue
    assert residue is not None
    atoms = complex_.structure.atoms(residue)
    for name, position in zip(drug.atom_names, pose.coords, strict=True):
        assert np.array_equal(atoms[name], position)
    # The oracle: stereo and elements from the coordinates alone, bonds from the component.
    seen = Chem.MolFromMolBlock(complex_.ligand_sdf())
    Chem.AssignStereochemistryFrom3D(seen)
    neutral = Ligand.from_mol(seen)
    assert neutral.inchikey == Ligand.from_component(code).inchikey == drug.inchikey


@pytest.mark.parametrize("entry", ["3AOX", "3LQ8", "4AT3", "4CLI", "4MKC", "4YNE", "5J7H", "6KZD"])
def test_coordinates_are_those_of_the_dictionary_s_model(
    bound: BoundOf, shared: Path, entry: str
) -> None:
    complex_ = bound(entry)
    file = next((shared / "ligand_poses").glob(f"{entry}_*.sdf"))
    model = Ligand.from_file(file)
    assert model.inchikey == complex_.ligand.inchikey
    assert model.coords is not None
    apart = np.linalg.norm(model.coords[:, None] - complex_.poses[0].coords[None], axis=-1)
    nearest = apart.argmin(axis=1)
    assert apart.min(axis=1).max() < 0.01  # the same entry, rounded to 0.001 A
    assert sorted(nearest) == list(range(model.n_heavy))
    for one in model.mol.GetBonds():
        two = complex_.ligand.mol.GetBondBetweenAtoms(
            int(nearest[one.GetBeginAtomIdx()]), int(nearest[one.GetEndAtomIdx()])
        )
        assert two is not None
        assert two.GetIsAromatic() == one.GetIsAromatic()
        if not one.GetIsAromatic():
            assert two.GetBondType() == one.GetBondType()


def test_all_hydrogens_come_out_with_positions(bound: BoundOf) -> None:
    for entry in ("7VKO", "5KVT", "2XP2"):
        complex_ = bound(entry)
        mol = complex_.ligand.to_rdkit()
        assert Chem.GetFormalCharge(mol) == complex_.ligand.charge
        positions = mol.GetConformer().GetPositions()
        assert np.array_equal(positions[: complex_.ligand.n_heavy], complex_.poses[0].coords)
        for bond in mol.GetBonds():
            length = np.linalg.norm(
                positions[bond.GetBeginAtomIdx()] - positions[bond.GetEndAtomIdx()]
            )
            assert 0.9 < length < 2.0


def test_kinase_inhibitor_types_of_apo_files(structure: StructureOf) -> None:
    for entry in ("4GT5", "4ASZ", "2YJR", "4YMJ"):
        with pytest.raises(LigandNotFoundError):
            make_complex(structure(entry))


# --- what a complex offers


def test_a_complex_in_words(bound: BoundOf) -> None:
    complex_ = bound("7VKO")
    assert repr(complex_).endswith("TRKA with repotrectinib, type I, experimental pose>")
    assert "repotrectinib" in complex_._repr_html_()
    assert complex_.numbering.kinase is not None
    assert complex_.numbering.kinase.name == "TRKA"
    assert complex_.chain == "A"
    state = next(f for f in complex_.findings if f.code == "protonation")
    assert "charge +0 at pH 7.4" in state.message
    both = next(f for f in bound("5KVT").findings if f.code == "protonation")
    assert (both.level, "also likely: +0 (28%)" in both.message) == ("choice", True)


def test_typed_atoms_stand_where_the_ligand_stands(bound: BoundOf) -> None:
    complex_ = bound("2XP2")
    typed = complex_.ligand_atoms
    assert len(typed) == 30
    assert np.array_equal(typed.coords, complex_.poses[0].coords)
    assert typed.names == complex_.ligand.atom_names
    assert sum(t.charge for t in typed.types) == pytest.approx(1.0, abs=1e-6)
    assert [t.element for t in typed.types] == [
        a.GetSymbol() for a in complex_.ligand.mol.GetAtoms()
    ]
    with pytest.raises(ValueError, match="read-only"):
        complex_.poses[0].coords[0, 0] = 0.0


def test_near_agrees_with_all_distances(bound: BoundOf) -> None:
    complex_ = bound("7VKO")
    near = {r.id for r in complex_.near(4.0)}
    drug = complex_.ligand_atoms.coords
    for residue in complex_.structure.protein():
        own = complex_.structure.coords[complex_.structure.atom_slice(residue)]
        nearest = min(float(np.linalg.norm(a - b)) for a in own for b in drug)
        assert (nearest <= 4.0) == (residue.id in near)


def test_complexes_and_poses_can_be_sent_to_workers(bound: BoundOf) -> None:
    complex_ = bound("2XP2")
    sent = pickle.loads(pickle.dumps(complex_))
    assert sent.poses == complex_.poses
    assert hash(sent.poses[0]) == hash(complex_.poses[0])
    assert sent.poses[0] != replace(complex_.poses[0], source="user")
    assert sent.ligand == complex_.ligand
    assert not sent.poses[0].coords.flags.writeable
    assert repr(sent) == repr(complex_)


# --- the user's own chemistry


def test_smiles_of_the_bound_ligand(structure: StructureOf) -> None:
    crystal = structure("2XP2")
    one, two = make_complex(crystal), make_complex(crystal, CRIZOTINIB)
    assert two.poses[0].source == "experimental"
    assert (two.ligand.name, two.ligand.code) == ("crizotinib", "VGH")
    order = [one.ligand.atom_names.index(name) for name in two.ligand.atom_names]
    mol = Chem.RenumberAtoms(one.ligand.mol, order)
    assert np.array_equal(one.poses[0].coords[order], two.poses[0].coords)
    assert {(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in two.ligand.mol.GetBonds()} <= {
        pair
        for b in mol.GetBonds()
        for pair in (
            (b.GetBeginAtomIdx(), b.GetEndAtomIdx()),
            (b.GetEndAtomIdx(), b.GetBeginAtomIdx()),
        )
    }
    named = make_complex(crystal, Ligand.from_smiles(CRIZOTINIB, "X-1"))
    assert named.ligand.name == "X-1"
    assert make_complex(crystal, Chem.MolFromSmiles(CRIZOTINIB)).ligand.code == "VGH"


def test_open_stereo_is_filled_in_from_the_crystal(structure: StructureOf) -> None:
    flat = CRIZOTINIB.replace("[C@@H]", "C")
    complex_ = make_complex(structure("2XP2"), flat)
    assert complex_.ligand.smiles == CRIZOTINIB
    assert "stereo-from-coordinates" in _codes(complex_)
    assert "stereo-unspecified" not in _codes(complex_)
    finding = next(f for f in complex_.findings if f.code == "stereo-from-coordinates")
    assert "C21" in finding.message


def test_opposite_stereo_is_said_and_kept(structure: StructureOf) -> None:
    mirrored = CRIZOTINIB.replace("@@", "@")
    complex_ = make_complex(structure("2XP2"), mirrored)
    assert complex_.ligand.smiles == mirrored
    finding = next(f for f in complex_.findings if f.code == "stereo-differs")
    assert (finding.level, "at C21" in finding.message) == ("warning", True)


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        ("lorlatinib", ["too many in the structure: Cl2", "too few: N1 O1", "counterpart"]),
        (CRIZOTINIB.replace("C3CCNCC3", "C3CCCNC3"), ["counterpart in the structure: ", "N"]),
        (CRIZOTINIB.replace("CCNCC", "CCN(C)CC"), ["complete with 30 heavy atoms", "has 31"]),
        (CRIZOTINIB.replace("c1N", "c1"), ["too many in the structure: N1", "N22"]),
    ],
)
def test_another_compound_is_refused(structure: StructureOf, smiles: str, words: list[str]) -> None:
    with pytest.raises(LigandMatchError) as problem:
        make_complex(structure("2XP2"), smiles, pose="crystal")
    for word in ["VGH A:9000", *words]:
        assert word in str(problem.value)
    assert isinstance(problem.value, ValueError)


# --- where the pose comes from


def test_poses_asked_for_in_words(structure: StructureOf) -> None:
    crystal = structure("2XP2")
    for pose in ("crystal", "crystal:VGH", "crystal:vgh:A", "crystal:VGH:A:9000", None):
        assert make_complex(crystal, pose=pose).ligand.code == "VGH"
    with pytest.raises(LigandNotFoundError, match="VGH"):
        make_complex(crystal, pose="crystal:XYZ")
    with pytest.raises(LigandError, match=r"'crystal:VGH:A:x' cannot be read"):
        make_complex(crystal, pose="crystal:VGH:A:x")
    with pytest.raises(LigandError, match=r"'docked' is unknown: write crystal"):
        make_complex(crystal, pose="docked")
    with pytest.raises(LigandError, match="'sdf' needs a ligand with three-dimensional"):
        make_complex(crystal, CRIZOTINIB, pose="sdf")
    with pytest.raises(LigandError, match="'place' needs a ligand"):
        make_complex(crystal, pose="place")


def test_a_file_in_the_frame(structure: StructureOf, shared: Path) -> None:
    file = str(shared / "ligand_poses" / "4YNE_4EK.sdf")
    crystal = structure("4YNE")
    assert make_complex(crystal, file).poses[0].source == "experimental"
    asked = make_complex(crystal, file, pose="sdf")
    assert (asked.poses[0].source, asked.residue) == ("user", None)
    apart = np.linalg.norm(
        asked.poses[0].coords[:, None] - make_complex(crystal).poses[0].coords[None], axis=-1
    )
    assert apart.min(axis=1).max() < 0.01
    assert asked.binding_type == "I"


def test_a_file_in_the_pocket_is_used_unasked_and_said(
    structure: StructureOf, bound: BoundOf, tmp_path: Path
) -> None:
    # The same ligand with a methyl cut off is not the bound one, but lies in its place.
    drug = bound("2XP2").ligand.to_rdkit(hydrogens=False, charged=False)
    edited = cut_atoms(drug, [bound("2XP2").ligand.atom_names.index("C1")])
    file = tmp_path / "analogue.sdf"
    file.write_text(Chem.MolToMolBlock(edited) + "$$$$\n")
    complex_ = make_complex(structure("2XP2"), str(file))
    assert complex_.poses[0].source == "user"
    assert "pose-from-file" in _codes(complex_)


def test_what_is_bound_nowhere_is_placed_and_said(
    structure: StructureOf, shared: Path, placing: list[str]
) -> None:
    placed = make_complex(structure("2XP2"), "lorlatinib")
    assert placed.poses[0].source == "template"
    said = next(f for f in placed.findings if f.code == "not-bound")
    assert "lorlatinib is not what is bound in 2XP2" in said.message
    assert "crizotinib, VGH A:9000" in said.message
    empty = make_complex(structure("4GT5"), "crizotinib")
    assert "4GT5_TRKA_apo has no bound ligand: it was placed." in map(str, empty.findings)
    # Coordinates of another frame are not trusted, unless the user says that they are good.
    file = str(shared / "ligand_poses" / "4AT3_LTI.sdf")
    elsewhere = make_complex(structure("4GT5"), file)
    assert any("do not lie in the pocket and are not trusted" in str(f) for f in elsewhere.findings)
    with pytest.raises(PlacementError, match=r"A away from the protein.*frame"):
        make_complex(structure("4GT5"), file, pose="sdf")


def test_a_residue_of_unknown_chemistry_is_not_passed_over(
    rewritten: Callable[..., Structure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A SMILES that was to say what it is, and does not fit, is an error and not placed."""
    import trkstruct.ligands.components as components

    def missing(code: str) -> None:
        raise LigandNotFoundError(f"Component {code} is not in the dictionary.")

    monkeypatch.setattr(components, "_look_up", missing)
    monkeypatch.setattr(components, "_cache_file", lambda code: Path("/nonexistent"))
    crystal = rewritten(lambda lines: [f"{x[:17]}ZZ9{x[20:]}" for x in lines])
    with pytest.raises(LigandMatchError, match="ZZ9 A:9000"):
        make_complex(crystal, CRIZOTINIB.replace("c1N", "c1"))


def test_a_pose_of_the_caller_s(bound: BoundOf, structure: StructureOf) -> None:
    complex_ = bound("2XP2")
    moved = Pose(complex_.poses[0].coords + 0.1, "docked", energy=-9.0)
    again = make_complex(structure("2XP2"), complex_.ligand, pose=moved)
    assert again.poses == (moved,)
    assert np.array_equal(again.ligand_atoms.coords, moved.coords)
    with pytest.raises(LigandError, match="A Pose has positions only"):
        make_complex(structure("2XP2"), pose=moved)
    far = Pose(complex_.poses[0].coords + 100.0, "user")
    lost = make_complex(structure("2XP2"), complex_.ligand, pose=far)
    # The library says what the pose does not tell.
    assert (lost.binding_type, "binding-type" in _codes(lost)) == ("I", True)


# --- files that were rewritten


Lines = list[str]


@pytest.fixture
def rewritten(structure_file: Callable[[str], Path], tmp_path: Path) -> Callable[..., Structure]:
    """2XP2 with its ligand's lines passed through a function."""

    def write(change: Callable[[Lines], Lines]) -> Structure:
        lines = structure_file("2XP2").read_text().splitlines()
        own = [line for line in lines if line.startswith("HETATM") and line[17:20] == "VGH"]
        first = lines.index(own[0])
        rest = [line for line in lines if line not in own and not line.startswith("CONECT")]
        file = tmp_path / "rewritten.pdb"
        file.write_text("\n".join([*rest[:first], *change(own), *rest[first:]]) + "\n")
        return Structure.read(file)

    return write


def _named(line: str, name: str) -> str:
    return f"{line[:12]}{name:<4}{line[16:]}"


def test_other_names_and_order_are_matched_by_graph(
    rewritten: Callable[..., Structure], bound: BoundOf
) -> None:
    def change(lines: Lines) -> Lines:
        return [_named(line, f" X{n}") for n, line in enumerate(reversed(lines))]

    complex_ = make_complex(rewritten(change))
    assert "ligand-names" in _codes(complex_)
    assert "stereo-differs" not in _codes(complex_)
    there = bound("2XP2")
    assert complex_.ligand.smiles == there.ligand.smiles
    assert complex_.binding_type == there.binding_type
    # Symmetric atoms may change places; the positions are the same set with the same types.
    assert _typed_positions(complex_) == _typed_positions(there)


def _typed_positions(complex_: Complex) -> dict[tuple[float, ...], tuple[object, ...]]:
    typed = complex_.ligand_atoms
    return {
        tuple(point): (*kind[:5], round(kind.charge, 6))
        for point, kind in zip(typed.coords, typed.types, strict=True)
    }


def test_an_incomplete_ligand_is_accepted_and_flagged(rewritten: Callable[..., Structure]) -> None:
    gone = {"N25", "C10", "C11"}
    crystal = rewritten(lambda lines: [x for x in lines if x[12:16].strip() not in gone])
    for chemistry in (None, CRIZOTINIB):
        complex_ = make_complex(crystal, chemistry)
        assert complex_.ligand.inchikey == "KTEIFNKAUNYNJU-GFCCVEGCSA-N"
        assert len(complex_.poses[0].missing) == 3
        assert len(complex_.ligand_atoms) == 27
        assert np.isnan(complex_.poses[0].coords).any(axis=1).sum() == 3
        finding = next(f for f in complex_.findings if f.code == "ligand-incomplete")
        assert finding.level == "warning"
        assert "3 of 30 heavy atoms" in finding.message
        assert Chem.MolFromMolBlock(complex_.ligand_sdf()).GetNumAtoms() == 27
    assert set(make_complex(crystal).poses[0].missing) == gone


def test_an_incomplete_ligand_without_its_names(rewritten: Callable[..., Structure]) -> None:
    def change(lines: Lines) -> Lines:
        kept = [x for x in lines if x[12:16].strip() != "N22"]  # the amine on the pyridine
        return [_named(line, f" X{n}") for n, line in enumerate(kept)]

    complex_ = make_complex(rewritten(change))
    assert complex_.poses[0].missing == ("N22",)


def test_an_atom_too_many_is_named(rewritten: Callable[..., Structure]) -> None:
    def change(lines: Lines) -> Lines:
        extra = _named(lines[10], " C99")
        x = float(extra[30:38]) + 1.5
        return [*lines, f"{extra[:30]}{x:8.3f}{extra[38:]}"]

    with pytest.raises(LigandMatchError) as problem:
        make_complex(rewritten(change))
    assert "has C22 Cl2 F1 N5 O1, the chemistry C21 Cl2 F1 N5 O1" in str(problem.value)
    assert "C99" in str(problem.value)
    assert "placeholder" in str(problem.value)


def test_a_ligand_of_unknown_name(
    rewritten: Callable[..., Structure], monkeypatch: pytest.MonkeyPatch
) -> None:
    import trkstruct.ligands.components as components

    def missing(code: str) -> None:
        raise LigandNotFoundError(f"Component {code} is not in the dictionary.")

    monkeypatch.setattr(components, "_look_up", missing)
    monkeypatch.setattr(components, "_cache_file", lambda code: Path("/nonexistent"))
    crystal = rewritten(lambda lines: [f"{x[:17]}ZZ9{x[20:]}" for x in lines])
    with pytest.raises(LigandNotFoundError, match=r"ZZ9 A:9000 is not in .* give its SMILES"):
        make_complex(crystal)
    complex_ = make_complex(crystal, "crizotinib")
    assert complex_.ligand.name == "crizotinib"


def test_a_covalent_link_is_flagged(rewritten: Callable[..., Structure], bound: BoundOf) -> None:
    there = bound("2XP2")
    assert "covalent" not in _codes(there)
    lysine = there.numbering.at_klifs(17)
    assert lysine is not None
    atoms = there.structure.atoms(lysine)
    outwards = atoms["NZ"] - atoms["CE"]
    target = atoms["NZ"] + 1.7 * outwards / np.linalg.norm(outwards)
    moved = np.array(there.poses[0].coords)
    moved[there.ligand.atom_names.index("CL2")] = target
    complex_ = make_complex(there.structure, there.ligand, pose=Pose(moved, "user"))
    finding = next(f for f in complex_.findings if f.code == "covalent")
    assert f"CL2 to LYS {lysine} NZ (1.7 A)" in finding.message
    assert finding.residue == lysine
    shifted = make_complex(
        there.structure, there.ligand, pose=Pose(there.poses[0].coords + 3.0, "user")
    )
    assert "ligand-overlap" in _codes(shifted)


def test_each_chain_has_its_own_copy(structure_file: Callable[[str], Path], tmp_path: Path) -> None:
    lines = [
        line
        for line in structure_file("2XP2").read_text().splitlines()
        if line.startswith(("ATOM", "HETATM")) and line[17:20] != "HOH"
    ]
    copy = [f"{x[:21]}B{x[22:30]}{float(x[30:38]) + 90:8.3f}{x[38:]}" for x in lines]
    file = tmp_path / "two.pdb"
    file.write_text("\n".join([*lines, "TER", *copy, "TER", "END"]) + "\n")
    two = Structure.read(file)
    for chain in "AB":
        for drug in (None, CRIZOTINIB):
            complex_ = make_complex(two, drug, chain=chain)
            assert complex_.residue is not None
            assert (complex_.chain, complex_.residue.id.chain) == (chain, chain)
            assert complex_.binding_type == "I"
    other = make_complex(two, pose="crystal:VGH:B:9000", chain="A")
    assert "ligand-outside-pocket" in _codes(other)


# --- properties


@settings(max_examples=20, deadline=None)
@given(data=st.data(), entry=st.sampled_from(["2XP2", "5KVT", "7VKO", "4ASD", "5J7H"]))
def test_order_of_atoms_and_rigid_motion_change_nothing(
    bound: BoundOf, data: st.DataObject, entry: str
) -> None:
    complex_ = bound(entry)
    drug, coords = complex_.ligand, complex_.poses[0].coords
    order = data.draw(st.permutations(range(drug.n_heavy)))
    angles = data.draw(st.tuples(*[st.floats(-180, 180)] * 3))
    shift = data.draw(st.tuples(*[st.floats(-50, 50)] * 3))
    moved = Rotation.from_euler("xyz", angles, degrees=True).apply(np.array(coords)) + shift
    elements = [atom.GetSymbol().upper() for atom in drug.mol.GetAtoms()]
    match = match_atoms(
        drug.mol,
        drug.atom_names,
        [f"Q{n}" for n in range(drug.n_heavy)],
        [elements[i] for i in order],
        moved[list(order)],
        "test",
    )
    assert match.by == "graph"
    assert match.missing == ()
    found = [order[i] for i in match.atoms]
    assert sorted(found) == list(range(drug.n_heavy))
    # What is matched is equivalent in the chemistry: canonical ranks without ties broken.
    ranks = list(Chem.CanonicalRankAtoms(drug.mol, breakTies=False, includeChirality=False))
    assert [ranks[i] for i in found] == ranks
    names = match_atoms(
        drug.mol,
        drug.atom_names,
        [drug.atom_names[i] for i in order],
        [elements[i] for i in order],
        moved[list(order)],
        "test",
    )
    assert names.by == "names"
    assert [order[i] for i in names.atoms] == list(range(drug.n_heavy))
