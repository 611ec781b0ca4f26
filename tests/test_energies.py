"""Pair terms and the kernel that sums them.

Oracles: AutoDock Vina's published function, written out again here from the paper
(Trott & Olson 2010) without the package's changes; AutoDock Vina 1.2.7 itself on whole
complexes, as `benchmarks/accuracy/vina_oracle.py` recorded it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trkstruct.atoms import AtomType, TypedAtoms, protein_atom_type, radius
from trkstruct.energies import TERMS, PairTable, exact_terms, pair_parameters
from trkstruct.errors import DataError


@pytest.fixture(autouse=True)
def never_compiled(monkeypatch) -> None:
    """The loop is chosen by what the process did before; each test says which it means."""
    monkeypatch.setattr("trkstruct._compiled._Work.pairs", -1e18)


P = pair_parameters()
CARBON = protein_atom_type("ALA", "CB")
DONOR = protein_atom_type("LYS", "NZ")
ACCEPTOR = protein_atom_type("ASP", "OD1")
KINDS = [CARBON, DONOR, ACCEPTOR, protein_atom_type("MET", "SD"), protein_atom_type("SER", "OG")]


def vina(one: AtomType, two: AtomType, r: float) -> float:
    """Return Vina's pair energy as the paper has it."""
    d = r - one.radius - two.radius
    total = -0.035579 * np.exp(-((d / 0.5) ** 2)) - 0.005156 * np.exp(-(((d - 3) / 2) ** 2))
    total += 0.840245 * (d * d if d < 0 else 0.0)
    if one.hydrophobic and two.hydrophobic:
        total -= 0.035069 * (1.0 if d < 0.5 else 0.0 if d > 1.5 else 1.5 - d)
    if (one.donor and two.acceptor) or (one.acceptor and two.donor):
        total -= 0.587439 * (1.0 if d < -0.7 else 0.0 if d > 0 else -d / 0.7)
    return float(total)


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("two", KINDS)
def test_without_its_changes_the_function_is_vinas(one: AtomType, two: AtomType) -> None:
    plain = replace(P, shift=0.0, charge=0.0, repulsion_cap=np.inf)
    r = np.linspace(1.0, 7.9, 70)
    expected = [vina(one, two, x) for x in r]
    assert exact_terms(one, two, r, plain).sum(axis=0) == pytest.approx(expected, abs=1e-12)


def test_everything_is_exactly_zero_beyond_the_cutoff() -> None:
    far = np.array([P.cutoff, P.cutoff + 1e-9, 50.0])
    for one in KINDS:
        for two in KINDS:
            assert (exact_terms(one, two, far, P) == 0.0).all()


def test_opposite_charges_attract_and_the_term_goes_to_zero_without_a_step() -> None:
    charge = TERMS.index("charge")
    r = np.array([3.0, P.cutoff - 1e-6])
    terms = exact_terms(DONOR, ACCEPTOR, r, P)[charge]
    assert terms[0] < -0.1
    assert abs(terms[1]) < 1e-5


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 7.9), st.floats(0.0, 1.0), st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_larger_radii_never_lower_the_clash(
    r: float, more: float, one: AtomType, two: AtomType
) -> None:
    bigger = one._replace(radius=one.radius + more)
    at = np.array([r])
    assert exact_terms(bigger, two, at, P)[0, 0] >= exact_terms(one, two, at, P)[0, 0]


def random_atoms(rng: np.random.Generator, n: int, spread: float) -> TypedAtoms:
    kinds = tuple(KINDS[i] for i in rng.integers(0, len(KINDS), n))
    return TypedAtoms(rng.normal(size=(n, 3)) * spread, kinds, tuple(f"X{i}" for i in range(n)))


def direct(coords, types, fixed: TypedAtoms, masks, hard) -> np.ndarray:
    """Return the kernel's sum, pair by pair."""
    out = np.zeros((4, len(coords)))
    for r, conformer in enumerate(coords):
        for a, position in enumerate(conformer):
            pair = replace(P, shift=0.0) if hard[a] else P
            for j, other in enumerate(fixed.types):
                if masks is None or masks[a, j]:
                    apart = np.linalg.norm(position - fixed.coords[j], keepdims=True)
                    out[:, r] += exact_terms(types[a], other, apart, pair)[:, 0]
    return out


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
@example(187)
def test_the_kernel_is_the_sum_over_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fixed = random_atoms(rng, 30, 4.0)
    coords = rng.normal(size=(6, 4, 3)) * 3
    coords[:, 0] = coords[0, 0]  # a C-beta stands still
    types = [KINDS[i] for i in rng.integers(0, len(KINDS), 4)]
    hard = [True, False, False, False]
    masks = rng.random((4, 30)) > 0.2
    # In the table's last bin, 0.0006 A wide, the step at the cutoff (0.004 kcal/mol) is a slope.
    square = ((coords[:, :, None] - fixed.coords) ** 2).sum(axis=-1)
    masks &= ~((square > P.cutoff**2 - 0.01) & (square < P.cutoff**2)).any(axis=0)
    table = PairTable(fixed, P)
    split = table.energies(coords, types, masks, hard=hard, split=True)
    expected = direct(coords, types, fixed, masks, hard)
    assert split == pytest.approx(expected, abs=2e-3)
    summed = table.energies(coords, types, masks, hard=hard, split=False)
    # Tables are in single precision.
    assert summed[0] == pytest.approx(split.sum(axis=0), abs=1e-5)


def arguments(rng: np.random.Generator, groups: int, split: bool, masked: bool) -> tuple:
    """Return what the inner loop is asked with, by asking it."""
    from trkstruct import energies

    fixed = random_atoms(rng, 24, 4.0)
    poses = [fixed.coords + rng.normal(size=3) for _ in range(groups)]
    together = TypedAtoms(np.concatenate(poses), fixed.types * groups, fixed.names * groups)
    seen: list[tuple] = []
    real = energies.summed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(energies, "summed", lambda *a: seen.append(a) or real(*a))
        masks = rng.random((1, 24 * groups)) > 0.3 if masked else None
        coords = rng.normal(size=(9, 1, 3)) * 3
        PairTable(together, P, groups).energies(coords, [DONOR], masks, hard=[False], split=split)
    return seen[0]


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_both_inner_loops_are_the_same(groups: int, split: bool, compiled: bool) -> None:
    """Compiled and not, the loop that numba compiles gives what numpy gives."""
    from trkstruct import _compiled

    if compiled:
        pytest.importorskip("numba")
    loop = _compiled._loop() if compiled else _compiled._pairs
    for seed in range(12):
        rng = np.random.default_rng(seed)
        asked = arguments(rng, groups, split, masked=groups == 1)
        plain = _compiled._plain(*asked)
        other = loop(*asked[:4], np.zeros(0, bool) if asked[4] is None else asked[4], *asked[5:])
        assert plain is not None and plain.shape == (groups, 4 if split else 1, 9)
        assert np.abs(plain).max() > 0.05
        assert other == pytest.approx(plain, abs=1e-9)
    far = (asked[0] + 1e3, *asked[1:4], np.zeros(0, bool), *asked[5:])
    assert _compiled._plain(*far[:4], None, *far[5:]) is None and loop(*far).size == 0


def test_a_long_run_is_compiled_and_a_short_one_is_not(monkeypatch) -> None:
    from trkstruct import _compiled

    asked = arguments(np.random.default_rng(0), 1, False, masked=False)
    made = []

    def loop(*a):
        made.append(a)
        return np.zeros((1, 1, 9))

    monkeypatch.setattr(_compiled, "_loop", lambda: loop)
    monkeypatch.setattr(_compiled._Work, "pairs", 0.0)
    first = _compiled.summed(*asked)
    assert not made and 0 < _compiled._Work.pairs <= 9 * 24
    monkeypatch.setattr(_compiled._Work, "pairs", 2 * _compiled._WORTH_PAIRS)
    assert (_compiled.summed(*asked) == 0).all() and len(made) == 1
    # Without numba it stays with numpy.
    monkeypatch.setattr(_compiled, "_loop", lambda: None)
    assert (_compiled.summed(*asked) == first).all()


def test_groups_are_the_same_atoms_each_with_its_own_sum() -> None:
    rng = np.random.default_rng(5)
    fixed = random_atoms(rng, 20, 4.0)
    poses = [fixed.coords + rng.normal(size=3) for _ in range(3)]
    together = TypedAtoms(np.concatenate(poses), fixed.types * 3, fixed.names * 3)
    coords = rng.normal(size=(7, 2, 3)) * 3
    types, hard = [KINDS[1], KINDS[3]], [True, False]
    for split in (False, True):
        all_at_once = PairTable(together, P, 3).energies(coords, types, hard=hard, split=split)
        for pose, found in zip(poses, all_at_once, strict=True):
            alone = PairTable(TypedAtoms(pose, fixed.types, fixed.names), P)
            expected = alone.energies(coords, types, hard=hard, split=split)
            assert found == pytest.approx(expected, abs=1e-9)
    with pytest.raises(DataError, match="60 atoms are not 7 times the same ones"):
        PairTable(together, P, 7)


def test_a_part_of_the_fixed_atoms_is_the_table_of_that_part() -> None:
    rng = np.random.default_rng(6)
    fixed = random_atoms(rng, 40, 4.0)
    chosen = np.flatnonzero(rng.random(40) > 0.5)
    coords = rng.normal(size=(7, 1, 3)) * 3
    part = PairTable(fixed, P).take(chosen).energies(coords, [CARBON], hard=[False], split=True)
    alone = PairTable(fixed.take(chosen), P).energies(coords, [CARBON], hard=[False], split=True)
    assert part == pytest.approx(alone, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_rigid_motion_and_atom_order_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fixed = random_atoms(rng, 40, 4.0)
    coords = rng.normal(size=(5, 3, 3)) * 3
    types = [KINDS[i] for i in rng.integers(0, len(KINDS), 3)]
    hard = [True, False, False]
    here = PairTable(fixed, P).energies(coords, types, hard=hard, split=True)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    shift = rng.normal(size=3) * 40
    order = rng.permutation(len(fixed))
    moved = TypedAtoms(
        (fixed.coords @ turn.T + shift)[order],
        tuple(fixed.types[i] for i in order),
        tuple(fixed.names[i] for i in order),
    )
    there = PairTable(moved, P).energies(
        (coords @ turn.T + shift)[:, ::-1], types[::-1], hard=hard[::-1], split=True
    )
    assert there == pytest.approx(here, abs=1e-8)


def test_nothing_fixed_or_nothing_moving_is_zero() -> None:
    empty = TypedAtoms(np.zeros((0, 3)), (), ())
    one = PairTable(empty, P).energies(np.zeros((2, 1, 3)), [CARBON], hard=[False], split=True)
    assert (one == 0).all() and one.shape == (4, 2)
    fixed = TypedAtoms(np.zeros((1, 3)), (CARBON,), ("CB",))
    two = PairTable(fixed, P).energies(np.zeros((3, 0, 3)), [], hard=[], split=False)
    assert (two == 0).all() and two.shape == (1, 3)


def test_side_chains_carry_their_formal_charge() -> None:
    from trkstruct.residues import SIDE_CHAIN_ATOMS

    formal = {"ARG": 1, "LYS": 1, "ASP": -1, "GLU": -1}
    for name, atoms in SIDE_CHAIN_ATOMS.items():
        total = sum(protein_atom_type(name, atom).charge for atom in atoms)
        assert total == pytest.approx(formal.get(name, 0), abs=2e-3), name


def test_unknown_elements_and_unequal_lengths_are_named() -> None:
    with pytest.raises(DataError, match="No radius for element 'Xx'"):
        radius("Xx")
    with pytest.raises(DataError, match="2 positions, 1 types and 2 names"):
        TypedAtoms(np.zeros((2, 3)), (CARBON,), ("A", "B"))


def test_every_ion_and_metal_of_a_cofactor_has_a_radius() -> None:
    from trkstruct.structures._classes import _ION_ELEMENTS

    for element in (*_ION_ELEMENTS, "BE", "AL", "AS"):  # BeF3, AlF4, cacodylate
        assert 1.0 < radius(element) < 2.3, element
        assert protein_atom_type(element, element, element).charge == 0.0


def test_tables_are_shared_by_all_orders_of_the_same_atoms() -> None:
    from trkstruct.energies import _kinds_table

    rng = np.random.default_rng(3)
    fixed = random_atoms(rng, 40, 4.0)
    position = np.zeros((1, 1, 3))
    _kinds_table.cache_clear()
    for _ in range(20):
        shuffled = fixed.take(rng.permutation(len(fixed)))
        PairTable(shuffled, P).energies(position, [CARBON], hard=[False], split=False)
    info = _kinds_table.cache_info()
    assert info.currsize == 1
    # A screen of thousands of ligands must not pile them up; each has up to a megabyte.
    assert info.maxsize is not None and info.maxsize <= 64


@pytest.mark.parametrize("code", ["2XP2", "4ASD"])
def test_a_whole_complex_has_vinas_own_energy(structure_file, root: Path, code: str) -> None:
    from trkstruct.sites import surroundings_of
    from trkstruct.structures import Structure

    recorded = json.loads((root / "benchmarks/accuracy/vina_oracle.json").read_text())
    row = next(row for row in recorded["complexes"] if row["structure"] == code)
    complex_ = Structure.read(structure_file(code)).complex()
    residues = complex_.structure.protein(complex_.chain)
    whole = [r.index for r in residues if not r.missing and r.name == r.parent]
    around = surroundings_of(complex_)
    protein = around.atoms.take(np.flatnonzero(np.isin(around.owner, whole)))
    ligand = complex_.ligand_atoms
    plain = replace(P, shift=0.0, charge=0.0, repulsion_cap=np.inf)
    total = PairTable(protein, plain).energies(
        ligand.coords[None], ligand.types, hard=[False] * len(ligand), split=False
    )
    assert total[0, 0] == pytest.approx(row["vina_kcal"], abs=0.02)
    assert total[0, 0] == pytest.approx(row["trkstruct_kcal"], abs=0.001)


def test_modified_residue_atoms_and_terminal_oxygen_have_types() -> None:
    assert protein_atom_type("ALA", "OXT").acceptor
    assert protein_atom_type("SER", "P", "P").radius == radius("P")
    assert protein_atom_type("MG", "MG", "MG").element == "MG"
