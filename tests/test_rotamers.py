"""Side chains: library, building, inheritance.

Oracles: the chi angles and coordinates of deposited structures; the rotamer library's own
text for a bin (values below were read off the library's file by hand).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trkstruct import rotamers as ro
from trkstruct._side_chains import _geometry
from trkstruct.errors import DataError
from trkstruct.residues import AMINO_ACIDS, CHI_ATOMS, ONE_TO_THREE, SIDE_CHAIN_ATOMS
from trkstruct.structures import Structure

BACKBONE = np.array([[1.458, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.551, 1.420, 0.0]])
NAMES = [ONE_TO_THREE[a] for a in AMINO_ACIDS]
# Phe CD1, CE1 ... of rings lie on either side of the chi of the ring; all others are exact.


@pytest.fixture(scope="module")
def alk(structure_file) -> Structure:
    return Structure.read(structure_file("2YFX"))


def test_library_bin_is_what_the_source_says() -> None:
    # ARG at phi -180, psi -180: most probable rotamer of the source file and its angles.
    found = ro.rotamers("ARG", -180.0, -180.0)
    assert found.chi[0] == pytest.approx([62.5, 176.9, 176.6, 85.7], abs=0.06)
    assert found.spread[0] == pytest.approx([6.9, 11.1, 10.5, 9.9], abs=0.11)
    # 0.24973 of all, a little more of those at 0.005 and above.
    assert 0.2497 < found.probability[0] < 0.28
    assert found.backbone_dependent and found.count == 10


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_sum_to_one_everywhere(name: str) -> None:
    for phi in np.arange(-180, 180, 37.0):
        for psi in np.arange(-180, 180, 41.0):
            assert ro.rotamers(name, phi, psi).probability.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["LEU", "ARG", "TRP"])
def test_interpolation_is_continuous_across_bins_and_the_circle(name: str) -> None:
    for phi, psi in ((-60.0, -40.0), (-180.0, 160.0), (-70.0, 180.0)):
        a = ro.rotamers(name, phi - 1e-6, psi - 1e-6)
        b = ro.rotamers(name, phi + 1e-6, psi + 1e-6)
        top = min(len(a.probability), len(b.probability), 3)
        assert a.probability[:top] == pytest.approx(b.probability[:top], abs=1e-4)
        assert np.abs(ro.angle_difference(a.chi[:top], b.chi[:top])).max() < 0.01


def test_glycine_backbone_of_the_solvent_front_falls_back() -> None:
    # phi, psi of the solvent-front glycine in all input structures: no Arg observed there.
    for name in ("ARG", "LEU", "LYS", "GLU"):
        found = ro.rotamers(name, 70.0, -160.0)
        assert not found.backbone_dependent
    assert ro.rotamers("ARG", np.nan, -40.0).backbone_dependent is False
    assert ro.rotamers("ARG", -65.0, -40.0).backbone_dependent


def test_unknown_residue_has_a_message() -> None:
    with pytest.raises(DataError, match="'SEC' is not one of the twenty"):
        ro.rotamers("SEC", 0, 0)


@pytest.mark.parametrize("name", [n for n in NAMES if CHI_ATOMS[n]])
def test_built_side_chains_have_the_chi_that_was_asked(name: str) -> None:
    rng = np.random.default_rng(7)
    chi = rng.uniform(-180, 180, (20, len(CHI_ATOMS[name])))
    if name == "PRO":
        chi[:, 0] = np.clip(chi[:, 0], -30, 30)
    built = ro.build_side_chain(name, BACKBONE, chi)
    frame = dict(zip(("N", "CA", "C"), BACKBONE, strict=True))
    for wanted, coords in zip(chi, built, strict=True):
        atoms = frame | dict(zip(SIDE_CHAIN_ATOMS[name], coords, strict=True))
        assert np.abs(ro.angle_difference(ro.chi_angles(name, atoms), wanted)).max() < 1e-6


def test_chirality_is_that_of_l_amino_acids() -> None:
    # CORN rule: seen with H towards the viewer, CO, R, N run clockwise.
    n, ca, c = BACKBONE
    cb = ro.build_side_chain("ALA", BACKBONE, np.zeros((1, 0)))[0, 0]
    assert np.dot(np.cross(n - ca, c - ca), cb - ca) > 0
    cb, og, cg = ro.build_side_chain("THR", BACKBONE, [[60.0]])[0]
    # (2S,3R)-threonine. Priorities at C-beta: OG1, CA, CG2, H; seen from the side away from
    # H they run clockwise for R, so the triple product of the three bonds is negative.
    assert np.dot(np.cross(og - cb, ca - cb), cg - cb) < 0
    cb, cg1, cg2, _ = ro.build_side_chain("ILE", BACKBONE, [[60.0, 180.0]])[0]
    # (2S,3S)-isoleucine: CA, CG1, CG2, H run anticlockwise.
    assert np.dot(np.cross(ca - cb, cg1 - cb), cg2 - cb) > 0


def test_crystal_side_chains_are_rebuilt_from_their_chi(alk: Structure) -> None:
    worst: dict[str, float] = {}
    for residue in alk.protein("A"):
        name = residue.parent
        atoms = alk.atoms(residue)
        wanted = SIDE_CHAIN_ATOMS[name]
        if name != residue.name or not wanted or any(a not in atoms for a in wanted):
            continue
        if any(a not in atoms for a in ("N", "CA", "C")):
            continue
        chi = ro.chi_angles(name, atoms)
        backbone = np.array([atoms[a] for a in ("N", "CA", "C")])
        built = ro.build_side_chain(name, backbone, chi[None], atoms["CB"])[0]
        off = np.sqrt(((built - [atoms[a] for a in wanted]) ** 2).sum(axis=1).mean())
        worst[name] = max(worst.get(name, 0.0), float(off))
    assert len(worst) == 19
    assert max(worst.values()) < 0.25, worst


def test_inherited_angles_stop_where_the_chemistry_changes() -> None:
    assert list(ro.inherited_chi("MET", "LEU", [-60.0, 170.0])) == [-60.0, 170.0]
    assert list(ro.inherited_chi("MET", "PHE", [-60.0, 90.0])) == [-60.0]
    assert list(ro.inherited_chi("LEU", "LEU", [-60.0, np.nan])) == [-60.0]
    assert list(ro.inherited_chi("ALA", "PHE", [-60.0, 90.0])) == []
    assert list(ro.inherited_chi("SER", "PRO", [30.0, -30.0])) == []


@pytest.mark.parametrize("name", ["LEU", "PHE", "MET", "ARG"])
def test_crystal_angles_are_one_of_the_conformers(name: str) -> None:
    found = ro.rotamers(name, -65.0, -40.0)
    crystal = found.chi[0] + 11.0
    built = ro.conformers(name, BACKBONE, -65.0, -40.0, inherited=crystal)
    off = np.abs(ro.angle_difference(built.chi, crystal)).max(axis=1)
    hit = int(off.argmin())
    assert off[hit] < 1e-6
    # It shares its rotamer's probability; the rotamer as a whole keeps what it had.
    own = built.rotamer == built.rotamer[hit]
    assert built.probability[own].sum() == pytest.approx(found.probability[0])
    assert built.probability.sum() == pytest.approx(1.0)
    plain = ro.conformers(name, BACKBONE, -65.0, -40.0)
    assert len(built) == len(plain) + 1


@pytest.mark.parametrize("name", NAMES)
def test_atoms_are_built_once_in_each_of_their_places(name: str) -> None:
    """Oracle: each atom placed from three others, conformer by conformer."""
    cb = ro.build_side_chain("LEU", BACKBONE, [[0.0, 0.0]])[0, 0] + 0.05
    crystal = ro.rotamers(name, -65.0, -40.0).chi[0] + 11.0
    built = ro.conformers(name, BACKBONE, -65.0, -40.0, cb=cb, inherited=crystal)
    assert len(built.distinct) == len(built.atoms)
    for number, (first, back) in enumerate(built.distinct):
        position = built.coords[:, number]
        assert (position[first][back] == position).all()
        # Few of them meet by chance: the library's angles have one decimal.
        assert len(np.unique(np.round(position, 6), axis=0)) > 0.9 * len(first)
    chi = np.radians(built.chi)
    for row in range(0, len(built), max(len(built) // 7, 1)):
        placed = dict(zip(("N", "CA", "C"), BACKBONE, strict=True), CB=cb)
        for number, atom in enumerate(built.atoms):
            if atom != "CB":
                how = _geometry()[name, atom]
                turn = how.dihedral + (chi[row, how.chi - 1] if how.chi else 0.0)
                refs = (placed[ref] for ref in how.refs)
                placed[atom] = ro.place(*refs, how.bond, how.angle, turn)
            assert built.coords[row, number] == pytest.approx(placed[atom], abs=1e-9)


def test_a_ring_turned_by_half_a_turn_is_the_same_rotamer() -> None:
    found = ro.rotamers("PHE", -65.0, -40.0)
    crystal = found.chi[0] + np.array([5.0, 180.0])
    built = ro.conformers("PHE", BACKBONE, -65.0, -40.0, inherited=crystal)
    assert len(built) > len(ro.conformers("PHE", BACKBONE, -65.0, -40.0))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.floats(-180, 180),
    st.floats(-180, 180),
    st.integers(0, 2**31),
)
def test_rigid_motion_moves_the_side_chain_along(name: str, phi: float, psi: float, seed: int):
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    shift = rng.normal(size=3) * 30
    here = ro.conformers(name, BACKBONE, phi, psi)
    there = ro.conformers(name, BACKBONE @ turn.T + shift, phi, psi)
    assert there.coords == pytest.approx(here.coords @ turn.T + shift, abs=1e-9)
    assert there.probability == pytest.approx(here.probability)


@pytest.mark.parametrize("name", NAMES)
def test_conformers_have_the_angles_that_build_them_and_no_twins(name: str) -> None:
    built = ro.conformers(name, BACKBONE, -65.0, -40.0)
    assert built.chi.shape == (len(built), len(CHI_ATOMS[name]))
    flat = np.round(built.coords.reshape(len(built), -1), 6)
    assert len(np.unique(flat, axis=0)) == len(built)


def test_proline_rings_are_closed_whatever_stands_in_the_crystal(alk: Structure) -> None:
    from trkstruct.sites import Site, Surroundings, parameters

    around = Surroundings(alk, None, parameters())
    seen = set()
    for residue in alk.protein("A"):
        if residue.missing or residue.parent not in ("PRO", "LEU", "ALA", "GLY"):
            continue
        site = Site(around, residue)
        ring = site.energies("P").conformers
        bonds = np.linalg.norm(ring.coords[:, ring.atoms.index("CD")] - site.backbone[0], axis=1)
        assert bonds.min() > 1.35, residue  # 1.47 in crystals
        assert bonds.max() < 1.65, residue
        seen.add(residue.parent)
        if residue.parent == "PRO":
            # Nor does another residue take over proline's C-beta.
            other = site.energies("L").conformers.coords[0, 0]
            own = ro.build_side_chain("LEU", site.backbone, [[0.0, 0.0]])[0, 0]
            assert other == pytest.approx(own)
    assert len(seen) == 4


def test_dihedral_of_points_on_a_line_is_nan() -> None:
    assert np.isnan(ro.dihedral([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]]))
    assert np.isnan(ro.dihedral([[0, 0, 0], [1, 0, 0], [1, 0, 0], [3, 1, 0]]))
