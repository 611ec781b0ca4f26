"""Sites, ensembles and calls on real complexes.

Oracles: the crystal structures of the mutants (2YFX, 4CLJ, 5AAA), measured folds only as
far as the issue asks for (which mutation defeats which inhibitor), and identities that hold
whatever the parameters: wild type to wild type, far sites, sums, rigid motion.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from trkstruct._shell import first_shell
from trkstruct.calls import calibration, call_of, fold_of, judge, resistance
from trkstruct.complexes import Complex, Pose, make_complex
from trkstruct.energies import TERMS
from trkstruct.ensembles import RT_KCAL, MutationEngine
from trkstruct.errors import (
    DataError,
    MutationError,
    StructureError,
    WildTypeMismatchError,
)
from trkstruct.placement.refinement import Pocket
from trkstruct.residues import AMINO_ACIDS, THREE_TO_ONE, ResidueId
from trkstruct.rotamers import angle_difference, chi_angles
from trkstruct.sites import Site, Surroundings, parameters
from trkstruct.structures import Structure
from trkstruct.weighing import ensemble, interaction


@pytest.fixture(autouse=True)
def never_compiled(monkeypatch) -> None:
    """Numbers are compared to the last digit here, which the compiled loop has another of."""
    monkeypatch.setattr("trkstruct._compiled._Work.pairs", -1e18)


@pytest.fixture(scope="session")
def engines(structure_file):
    """Give the engine of an entry's complex, made once; no neighbours move, as sums are checked."""
    made: dict[str, MutationEngine] = {}
    alone = replace(parameters(), neighbours=0)

    def get(code: str) -> MutationEngine:
        if code not in made:
            made[code] = MutationEngine(Structure.read(structure_file(code)).complex(), alone)
        return made[code]

    return get


# ------------------------------------------------------------------ what the issue asks


def test_entrectinib_falls_to_g595r_and_repotrectinib_does_not(engines) -> None:
    lost = judge(engines("5KVT").mutate("G595R"))
    kept = judge(engines("7VKO").mutate("G595R"))
    assert lost.call == "resistant"
    assert kept.call == "retained"
    assert lost.ddg_kcal - kept.ddg_kcal > 2.0


@pytest.mark.parametrize(("code", "mutation"), [("3ZBF", "G2032R"), ("2XP2", "G1202R")])
def test_crizotinib_falls_at_the_solvent_front(engines, code: str, mutation: str) -> None:
    assert judge(engines(code).mutate(mutation)).call in ("reduced", "resistant")


@pytest.mark.parametrize(
    ("code", "mutation", "judge_code"),
    [("4CLI", "L1196M", "4CLJ"), ("2XP2", "L1198F", "5AAA"), ("2YFX", "M1196L", "2XP2")],
)
def test_the_favourite_rotamer_is_the_crystals(
    engines, structure_file, code: str, mutation: str, judge_code: str
) -> None:
    mutant = engines(code).mutate(mutation)
    truth = Structure.read(structure_file(judge_code))
    residue = truth.residue(ResidueId("A", int(mutation[1:-1])))
    built = mutant.mutant.energies[0].conformers
    weight = np.bincount(built.rotamer, mutant.mutant.bound[0])
    own = np.flatnonzero(built.rotamer == weight.argmax())
    best = own[mutant.mutant.bound[0][own].argmax()]
    off = angle_difference(built.chi[best], chi_angles(residue.parent, truth.atoms(residue)))
    assert np.abs(off).max() < 40


# ------------------------------------------------------------------ identities


@pytest.mark.parametrize("letter", sorted(AMINO_ACIDS))
def test_wild_type_to_wild_type_is_exactly_zero(engines, letter: str) -> None:
    engine = engines("7VKO")
    structure = engine.complex.structure
    ligand = engine.complex.ligand_atoms.coords
    found = [r for r in structure.protein("A") if THREE_TO_ONE[r.parent] == letter]
    found.sort(key=lambda r: np.linalg.norm(structure.atoms(r)["CA"] - ligand, axis=1).min())
    sites = [Site(engine.surroundings, found[0]) for _ in range(2)]
    one, two = (ensemble([site], letter) for site in sites)
    assert two.dg_kcal - one.dg_kcal == 0.0
    assert (two.means_kcal == one.means_kcal).all()


def test_beyond_the_cutoff_everything_is_exactly_zero_and_there_is_no_call(engines) -> None:
    mutant = engines("2XP2").mutate("C1156Y")
    assert mutant.raw_ddg_kcal == 0.0
    assert set(mutant.contributions.values()) == {0.0}
    call = judge(mutant)
    assert call.call == "abstain" and call.status == "abstained"
    assert "No prediction" in call.reasons[0] and "may still act from afar" in call.reasons[0]
    row = call.row()
    assert row["ddg_kcal"] == 0.0  # kept, with its reason
    # What would read as a prediction is empty.
    for column in ("ddg_low_kcal", "ddg_high_kcal", "fold_change", "p_resistant", "confidence"):
        assert not row[column]
    assert "no prediction" in repr(call) and "no prediction" in call._repr_html_()


@pytest.mark.parametrize(
    ("code", "mutation"),
    [("5KVT", "G595R"), ("7VKO", "F589L"), ("2XP2", "L1196M"), ("7VKO", "G595R+F589L")],
)
def test_contributions_add_up(engines, code: str, mutation: str) -> None:
    call = judge(engines(code).mutate(mutation))
    assert sum(call.contributions.values()) == pytest.approx(call.ddg_kcal, abs=1e-9)
    row = call.row()
    names = [f"{key}_kcal" for key in call.contributions]
    assert sum(row[name] for name in names) == pytest.approx(row["ddg_kcal"], abs=1e-9)
    assert row["ddg_low_kcal"] < row["ddg_kcal"] < row["ddg_high_kcal"]


def test_the_free_energy_is_what_a_plain_sum_gives(engines) -> None:
    """Over conformers, and over poses with the weight that the rest of the pocket gives them."""
    mutant = engines("7VKO").mutate("G667C")
    site = mutant.sites[0]
    weights = np.exp(engines("7VKO")._poses((site,)))
    assert mutant.n_poses == len(weights) == 1 + parameters().jitter
    assert weights.sum() == pytest.approx(1.0)

    def dg(letter: str) -> float:
        e = site.energies(letter)
        total = without = 0.0
        for number, p in enumerate(e.conformers.probability):
            free = p * np.exp(-e.protein[number] / RT_KCAL)
            without += free
            for pose, weight in enumerate(weights):
                total += weight * free * np.exp(-e.ligand[pose, :, number].sum() / RT_KCAL)
        return float(-RT_KCAL * np.log(total / without))

    assert mutant.raw_ddg_kcal == pytest.approx(dg("C") - dg("G"), abs=1e-9)
    cap = parameters().saturation_kcal
    assert mutant.ddg_kcal == pytest.approx(cap * np.tanh(mutant.raw_ddg_kcal / cap))


def test_what_is_catalogued_is_a_warning_beside_an_abstention(engines) -> None:
    call = judge(engines("2XP2").mutate("C1156Y"))
    (said,) = [f for f in call.findings if f.code == "catalogued"]
    assert call.call == "abstain" and "C1156Y" in said.message and "PMID" in said.message
    assert not any("reported" in reason for reason in call.reasons)
    # Where there is a call, the catalogue says nothing.
    other = judge(engines("2XP2").mutate("G1202R"))
    assert other.call != "abstain"
    assert not [f for f in other.findings if f.code == "catalogued"]


def test_at_the_dfg_motif_of_a_dfg_out_complex_there_is_no_call(engines) -> None:
    silent = judge(engines("6KZD").mutate("G696A"))
    assert silent.call == "abstain" and "shifts the kinase" in silent.reasons[0]
    assert np.isfinite(silent.ddg_kcal) and np.isnan(silent.p_resistant)
    # The same site of a DFG-in complex has one, and so have other sites of this one.
    assert judge(engines("7VKO").mutate("G667A")).call != "abstain"
    assert judge(engines("6KZD").mutate("F617L")).call != "abstain"


def test_rigid_is_one_pose_in_one_structure(structure_file) -> None:
    complex_ = Structure.read(structure_file("7VKO")).complex()
    more = replace(complex_, poses=complex_.poses * 2, siblings=(complex_,))
    rigid = judge(MutationEngine(more, rigid=True).mutate("G595R"))
    assert (rigid.mutant.n_poses, rigid.others) == (1, ())
    whole = judge(MutationEngine(more).mutate("G595R"))
    assert (whole.mutant.n_poses, len(whole.others)) == (2 + parameters().jitter, 1)
    assert any("Mean of 2 structures" in reason for reason in whole.reasons)
    assert rigid.ddg_kcal != whole.ddg_kcal


def test_a_pose_that_yields_takes_the_cost_away(structure_file) -> None:
    """With a second pose that avoids the mutant, its clash costs no more than that pose does."""
    complex_ = Structure.read(structure_file("5KVT")).complex()
    rigid = replace(parameters(), jitter=0, pose_weight=0.0)
    before = MutationEngine(complex_, rigid).mutate("G595R")
    site = before.sites[0]
    arginine = site.energies("R").conformers.coords[:, -1].mean(axis=0)
    away = complex_.poses[0].coords - arginine
    step = 12.0 * away.mean(axis=0) / np.linalg.norm(away.mean(axis=0))
    moved = Pose(complex_.poses[0].coords + step, "modelled")
    both = replace(complex_, poses=(*complex_.poses, moved))
    after = MutationEngine(both, rigid).mutate("G595R")
    assert (before.n_poses, after.n_poses) == (1, 2)
    assert after.raw_ddg_kcal < before.raw_ddg_kcal
    # Weights do not depend on the mutated residue: the same for wild type and mutant.
    assert after.wild_type.posed[0].sum(axis=1)[0] > after.mutant.posed[0].sum(axis=1)[0]


def test_two_mutations_that_do_not_meet_cost_their_sum(engines) -> None:
    engine = engines("7VKO")
    both = engine.mutate("G595R+V524A").raw_ddg_kcal
    apart = engine.mutate("G595R").raw_ddg_kcal + engine.mutate("V524A").raw_ddg_kcal
    assert both == pytest.approx(apart, abs=0.25)
    # Order of the parts does not matter.
    assert engine.mutate("V524A+G595R").raw_ddg_kcal == pytest.approx(both, abs=0.02)


@pytest.mark.parametrize(
    ("code", "mutation"), [("2XP2", "G1202R+L1196M+G1269A"), ("2XP2", "L1196M+L1198F+G1269A")]
)
def test_three_sites_are_what_all_their_combinations_give(engines, code, mutation) -> None:
    mutant = engines(code).mutate(mutation)

    def dg(letters: str) -> float:
        sites = mutant.sites
        every = [s.energies(a) for s, a in zip(sites, letters, strict=True)]
        rows = [range(len(e.conformers)) for e in every]
        grid = np.ix_(*rows)
        energy = sum(e.protein[g] for e, g in zip(every, grid, strict=True))
        prior = sum(np.log(e.conformers.probability[g]) for e, g in zip(every, grid, strict=True))
        for i, j in combinations(range(3), 2):
            pair = interaction(sites[i], sites[j], letters[i], letters[j], rows[i], rows[j])
            energy = energy + np.expand_dims(pair, 3 - i - j)
        free = prior - energy / RT_KCAL
        bound = []
        for number, weight in enumerate(engines(code)._poses(sites)):
            ligand = sum(e.ligand_total[number][g] for e, g in zip(every, grid, strict=True))
            bound.append(weight + logsumexp(free - ligand / RT_KCAL))
        return float(-RT_KCAL * (logsumexp(bound) - logsumexp(free)))

    exact = dg(mutant.mutant.letters) - dg(mutant.wild_type.letters)
    assert mutant.raw_ddg_kcal == pytest.approx(exact, abs=0.02)


def test_what_is_left_out_of_a_site_does_not_matter(structure_file, monkeypatch) -> None:
    """An arginine in a full pocket, whose way out is unlikely until its neighbours stand."""
    complex_ = Structure.read(structure_file("5KVT")).complex()
    shipped = MutationEngine(complex_).mutate("G595R").raw_ddg_kcal
    monkeypatch.setattr("trkstruct.weighing._MOST_OF_A_SITE", 1000)
    every = MutationEngine(complex_).mutate("G595R").raw_ddg_kcal
    assert shipped == pytest.approx(every, abs=0.1)
    monkeypatch.setattr("trkstruct.weighing._MOST_OF_A_SITE", 20)
    assert MutationEngine(complex_).mutate("G595R").raw_ddg_kcal > every + 0.5


@pytest.mark.parametrize(
    ("code", "one", "two"), [("7VKO", "E590F", "F589L"), ("2XP2", "L1198F", "M1199L")]
)
def test_the_order_of_neighbours_does_not_matter(engines, code: str, one: str, two: str) -> None:
    here = engines(code).mutate(f"{one}+{two}")
    there = engines(code).mutate(f"{two}+{one}")
    assert here.raw_ddg_kcal == pytest.approx(there.raw_ddg_kcal, abs=1e-9)
    assert here.strain_kcal == pytest.approx(there.strain_kcal, abs=1e-9)


def test_three_mutations_and_their_limits(engines) -> None:
    engine = engines("7VKO")
    three = engine.mutate("G595R+F589L+G667C")
    assert np.isfinite(three.ddg_kcal)
    assert len(three.mutations) == 3
    with pytest.raises(MutationError, match="5 mutations at once; at most 4"):
        engine.mutate("G595R+F589L+G667C+V524A+F521A")
    with pytest.raises(MutationError, match="are the same residue"):
        engine.mutate("G595R+G589A")  # isoform I's number of the same glycine


def test_populations_are_probabilities(engines) -> None:
    mutant = engines("5KVT").mutate("G595R+F589L")
    for variant in (mutant.wild_type, mutant.mutant):
        for weights in (*variant.free, *variant.bound):
            assert weights.sum() == pytest.approx(1.0)
            assert (weights >= 0).all()
    table = mutant.conformer_table()
    assert sum(row["bound"] for row in table) == pytest.approx(2.0)


def test_ligand_atoms_share_the_pair_terms(engines) -> None:
    mutant = engines("2XP2").mutate("L1196M")
    shares = mutant.ligand_atoms_kcal
    assert shares.shape == (mutant.complex.ligand.n_heavy, len(TERMS))
    whole = mutant.mutant.means_kcal - mutant.wild_type.means_kcal
    assert shares.sum(axis=0) == pytest.approx(whole, abs=0.01)


# ------------------------------------------------------------------ invariance


def moved(complex_: Complex, turn: np.ndarray, shift: np.ndarray) -> Complex:
    structure = replace(complex_.structure, coords=complex_.structure.coords @ turn.T + shift)
    poses = tuple(replace(p, coords=p.coords @ turn.T + shift) for p in complex_.poses)
    return replace(complex_, structure=structure, poses=poses)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2**31))
def test_rigid_motion_changes_nothing(engines, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    engine = engines("2XP2")
    there = MutationEngine(
        moved(engine.complex, turn, rng.normal(size=3) * 50), engine.surroundings.score
    )
    for mutation in ("G1202R", "L1196M"):
        here = engine.mutate(mutation)
        again = there.mutate(mutation)
        assert again.raw_ddg_kcal == pytest.approx(here.raw_ddg_kcal, abs=1e-6)
        assert again.distance_ang == pytest.approx(here.distance_ang, abs=1e-6)


def test_a_second_engine_gives_the_same_to_the_last_digit(engines) -> None:
    engine = engines("7VKO")
    again = MutationEngine(engine.complex, engine.surroundings.score)
    for mutation in ("G595R", "F589L", "G595R+F589L"):
        assert again.mutate(mutation).raw_ddg_kcal == engine.mutate(mutation).raw_ddg_kcal


def test_neither_order_nor_company_changes_a_number(engines, monkeypatch) -> None:
    """One by one, all of a site, backwards, and compiled: the same to far below what is written."""
    complex_ = engines("2XP2").complex
    asked = [f"{w}{n}{a}" for w, n in (("G", 1202), ("L", 1196), ("A", 1200)) for a in "RWFDSP"]
    alone = {m: MutationEngine(complex_).mutate(m) for m in asked}
    together, backwards = MutationEngine(complex_), MutationEngine(complex_)
    # An engine that forgets its sites says the same again.
    monkeypatch.setattr("trkstruct.ensembles._KEPT_SITES", 1)
    forgetful = MutationEngine(complex_)
    runs = [
        {m: together.mutate(m) for m in asked},
        {m: backwards.mutate(m) for m in reversed(asked)},
        {m: forgetful.mutate(m) for m in asked[::6] + asked},
    ]
    for run in runs:
        for m, one in alone.items():
            assert run[m].raw_ddg_kcal == one.raw_ddg_kcal
            assert run[m].strain_kcal == one.strain_kcal
            assert run[m].contributions == one.contributions
    assert len(forgetful._sites) == 1
    assert {site for k in forgetful._ensembles for site in k[0]} <= set(forgetful._sites)
    pytest.importorskip("numba")
    monkeypatch.setattr("trkstruct._compiled._Work.pairs", 1e18)
    compiled = MutationEngine(complex_)
    for m, one in alone.items():
        other = compiled.mutate(m)
        assert other.raw_ddg_kcal == pytest.approx(one.raw_ddg_kcal, abs=1e-9)
        assert other.strain_kcal == pytest.approx(one.strain_kcal, abs=1e-9)


def test_poses_at_once_are_the_poses_one_by_one(engines) -> None:
    engine = engines("7VKO")
    around = engine.surroundings
    residue = around.structure.residue(ResidueId("A", 595))
    whole = Site(around, residue).energies("R")
    for number, pose in enumerate(around.poses):
        single = Surroundings(around.structure, pose, around.score, engine.complex.residue)
        alone = Site(single, residue).energies("R")
        assert whole.ligand[number] == pytest.approx(alone.ligand[0], abs=1e-9)
        assert whole.protein == pytest.approx(alone.protein, abs=1e-9)


def test_weights_of_poses_leave_out_the_mutated_side_chains(engines) -> None:
    """Oracle: the pocket without them, as its own list of atoms."""
    engine = engines("2XP2")
    around = engine.surroundings
    mutant = engine.mutate("G1202R+L1196M")
    rest = [
        i for i, (owner, name) in enumerate(zip(around.owner, around.names, strict=True))
        if owner not in {s.residue.index for s in mutant.sites} or name in ("N", "CA", "C", "O")
    ]  # fmt: skip
    pocket = Pocket(around.atoms.take(rest), around.poses[0].types, around.score.pair)
    energies = np.array([pocket.energy(pose.coords)[0] for pose in around.poses])
    logs = -around.score.pose_weight * energies / RT_KCAL
    expected = logs - logsumexp(logs)
    assert engine._poses(mutant.sites) == pytest.approx(expected, abs=1e-9)


def test_distance_is_that_of_what_the_free_protein_populates(engines) -> None:
    mutant = engines("2XP2").mutate("G1202R")
    site = mutant.sites[0]
    found = []
    for variant in (mutant.wild_type, mutant.mutant):
        every = site.ligand_distance(variant.energies[0].conformers)
        found.append(every[variant.free[0] >= 1e-3].min())
        assert variant.distance_ang == pytest.approx(found[-1], abs=1e-9)
    assert mutant.distance_ang == min(found)


# ------------------------------------------------------------------ special residues, errors


def test_every_substitution_of_a_pocket_residue_can_be_scored(engines) -> None:
    engine = engines("7VKO")
    for letter in AMINO_ACIDS:
        for wild, number in (("G", 595), ("F", 589), ("G", 667)):
            if letter != wild:
                mutant = engine.mutate(f"{wild}{number}{letter}")
                assert np.isfinite(mutant.raw_ddg_kcal)
                assert abs(mutant.ddg_kcal) <= parameters().saturation_kcal


def test_proline_and_glycine_are_flagged(engines) -> None:
    engine = engines("7VKO")
    codes = {f.code for f in engine.mutate("G595P").findings}
    assert "proline" in codes
    codes = {f.code for f in engine.mutate("G595R").findings}
    assert {"from-glycine", "backbone-unfavourable"} <= codes


def test_wrong_wild_type_and_missing_backbone_have_messages(engines) -> None:
    engine = engines("7VKO")
    with pytest.raises(WildTypeMismatchError):
        engine.mutate("A595R")
    structure = engine.complex.structure
    residue = structure.residue(ResidueId("A", 595))
    kept = [
        i for i in range(len(structure.coords))
        if not (residue.start <= i < residue.stop and structure.atom_names[i] == "N")
    ]  # fmt: skip
    assert len(kept) == len(structure.coords) - 1

    class Without:
        """The structure as it would be without that atom."""

        def atoms(self, other):
            atoms = structure.atoms(other)
            if other.id == residue.id:
                atoms = {k: v for k, v in atoms.items() if k != "N"}
            return atoms

        def __getattr__(self, name):
            return getattr(structure, name)

    around = Surroundings(structure, None, parameters())
    around.structure = Without()  # type: ignore[assignment]
    with pytest.raises(StructureError, match="no coordinates for backbone atom N"):
        Site(around, residue)


def test_a_cofactor_that_is_the_ligand_is_no_part_of_its_surroundings(engines) -> None:
    complex_ = engines("2XP2").complex
    bound = complex_.residue
    residues = list(complex_.structure.residues)
    residues[bound.index] = replace(bound, kind="cofactor")
    structure = replace(complex_.structure, residues=tuple(residues))
    named = replace(complex_, structure=structure, residue=residues[bound.index])
    assert bound.index not in MutationEngine(named).surroundings.owner
    alone = engines("2XP2").surroundings.score
    here = MutationEngine(named, alone).mutate("L1196M").raw_ddg_kcal
    assert here == engines("2XP2").mutate("L1196M").raw_ddg_kcal
    # Beside another ligand it stays.
    assert bound.index in Surroundings(structure, None, parameters()).owner


def test_a_sodium_ion_is_no_obstacle(engines, structure_file, tmp_path: Path) -> None:
    text = structure_file("2XP2").read_text()
    ion = "HETATM 9990 NA    NA A2001      19.000  30.000  20.000  1.00 20.00          NA  \n"
    path = tmp_path / "sodium.pdb"
    path.write_text(text.replace("\nEND", f"\n{ion}END", 1))
    complex_ = Structure.read(path).complex()
    assert any(r.kind == "ion" and r.name == "NA" for r in complex_.structure.residues)
    assert np.isfinite(MutationEngine(complex_).mutate("L1196M").raw_ddg_kcal)


def test_beside_a_gap_the_reason_is_the_gap(structure_file, tmp_path: Path) -> None:
    lines = structure_file("2XP2").read_text().splitlines(keepends=True)
    path = tmp_path / "gap.pdb"
    path.write_text("".join(x for x in lines if not (x[:4] == "ATOM" and x[22:26] == "1197")))
    mutant = MutationEngine(Structure.read(path).complex()).mutate("L1196M")
    finding = next(f for f in mutant.findings if f.code == "backbone-unfavourable")
    assert "beside a gap" in finding.message and "observations" not in finding.message


def test_without_a_ligand_nothing_is_near(engines) -> None:
    structure = engines("7VKO").complex.structure
    around = Surroundings(structure, None, parameters())
    site = Site(around, structure.residue(ResidueId("A", 595)))
    found = ensemble([site], "R")
    assert found.dg_kcal == 0.0
    assert np.isinf(site.ligand_distance(found.energies[0].conformers)).all()


# ------------------------------------------------------------------ calls


def test_calls_follow_the_fold() -> None:
    limits = calibration()
    for fold, call in ((11, "resistant"), (9.9, "reduced"), (3.1, "reduced"), (2.9, "retained"),
                       (0.34, "retained"), (0.3, "sensitised")):  # fmt: skip
        assert call_of(RT_KCAL * np.log(fold)) == call
    assert fold_of(RT_KCAL * np.log(42.0)) == pytest.approx(42.0)
    with pytest.raises(DataError, match="No error is known for poses of source 'dreamt'"):
        limits.error("dreamt")


def test_a_residue_bonded_to_the_ligand_is_not_judged(engines) -> None:
    there = engines("2XP2").complex
    lysine = there.numbering.at_klifs(17)
    atoms = there.structure.atoms(lysine)
    outwards = atoms["NZ"] - atoms["CE"]
    moved = np.array(there.poses[0].coords)
    moved[there.ligand.atom_names.index("CL2")] = atoms["NZ"] + 1.7 * outwards / np.linalg.norm(
        outwards
    )
    bonded = make_complex(there.structure, there.ligand, pose=Pose(moved, "user"))
    call = judge(bonded.mutate(f"K{lysine.number}A"))
    assert call.call == "abstain"
    assert "Covalent chemistry is not modelled" in call.reasons[0]
    assert judge(bonded.mutate("L1196M")).call != "abstain"


def test_a_pose_on_top_of_the_protein_is_not_judged(engines) -> None:
    there = engines("2XP2").complex
    shifted = make_complex(
        there.structure, there.ligand, pose=Pose(there.poses[0].coords + 3.0, "user")
    )
    call = judge(shifted.mutate("L1196M"))
    assert call.call == "abstain" and "overlaps with the protein" in call.reasons[0]


def test_rows_have_no_negative_zero(engines) -> None:
    row = judge(engines("2XP2").mutate("G1269A")).row()
    zeros = [value for value in row.values() if isinstance(value, float) and value == 0.0]
    assert zeros and not any(np.signbit(value) for value in zeros)


def test_a_modelled_pose_lowers_the_confidence_and_says_so(engines) -> None:
    call = judge(engines("5KVT").mutate("G667C"))
    assert call.confidence != "high"
    assert any("modelled, not experimental" in reason for reason in call.reasons)
    wide, narrow = call, judge(engines("7VKO").mutate("F589L"))
    assert wide.ddg_high_kcal - wide.ddg_low_kcal > narrow.ddg_high_kcal - narrow.ddg_low_kcal


def test_representations_read_well_and_escape(engines) -> None:
    complex_ = engines("2XP2").complex
    call = resistance(complex_, "G1202R")
    assert repr(call).startswith("<ResistanceCall G1202R / crizotinib: ")
    assert "kcal/mol" in repr(call)
    named = replace(complex_, ligand=replace(complex_.ligand, name="<script>alert(1)</script>"))
    html = resistance(named, "G1202R")._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


# ------------------------------------------------------------------ files for PyMOL


def test_saved_files_hold_the_model(engines, tmp_path: Path) -> None:
    from rdkit import Chem

    mutant = engines("5KVT").mutate("G595R")
    folder = mutant.save(tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    assert names == {"protein.pdb", "mutant.pdb", "ligand.sdf", "clashes.csv", "scene.pml"}
    ligand = Chem.MolFromMolFile(str(folder / "ligand.sdf"))
    assert ligand.GetNumHeavyAtoms() == mutant.complex.ligand.n_heavy
    lines = (folder / "mutant.pdb").read_text().splitlines()
    states = sum(line.startswith("MODEL") for line in lines)
    atoms = [line for line in lines if line.startswith("ATOM")]
    assert len(atoms) == states * 11  # arginine's heavy atoms
    occupancy = sum(float(line[54:60]) for line in atoms if line[12:16].strip() == "CA")
    assert 0.3 < occupancy <= 1.1
    clashes = (folder / "clashes.csv").read_text().splitlines()
    assert clashes[0].startswith("state,residue,amino_acid,conformer")
    assert len(clashes) > 10
    scene = (folder / "scene.pml").read_text()
    assert "distance clash_01" in scene and str(tmp_path) not in scene


# ------------------------------------------------------------------ the first shell


def test_a_first_shell_is_what_naming_it_as_mutated_to_itself_gives(engines) -> None:
    """The neighbours are sites of one ensemble, of which the mutated residue's part is shown."""
    complex_ = engines("4YNE").complex
    moving = MutationEngine(complex_, replace(parameters(), neighbours=2))
    mutant = moving.mutate("G595R")
    alone = engines("4YNE").mutate("G595R")
    assert mutant.mutant.letters == "R" and len(mutant.sites) == len(mutant.mutant.bound) == 1
    assert mutant.raw_ddg_kcal != alone.raw_ddg_kcal
    # Reach, and with it whether there is a call, does not hang on which neighbours move.
    assert (mutant.n_rotamers, mutant.distance_ang) == (alone.n_rotamers, alone.distance_ang)
    shell = first_shell(alone.sites, ("G", "R"))
    assert shell == {}  # the switch of those sites is off
    shell = first_shell(moving.mutate("G595R").sites, ("G", "R"))
    assert len(shell) == 2
    structure = complex_.structure
    indices = (mutant.sites[0].residue.index, *shell)
    plain = engines("4YNE")
    sites = [plain._site(i, tuple(x for x in indices if x != i)) for i in indices]
    tail = "".join(structure.residues[i].letter for i in shell)
    assert tail == "".join(shell.values())
    dg = [ensemble(sites, a + tail, plain._poses(tuple(sites))).dg_kcal for a in "GR"]
    assert mutant.raw_ddg_kcal == pytest.approx(dg[1] - dg[0], abs=1e-9)
    assert sum(mutant.contributions.values()) == pytest.approx(mutant.ddg_kcal)


def test_rigid_moves_no_neighbours(engines) -> None:
    complex_ = engines("4YNE").complex
    moving = MutationEngine(complex_, replace(parameters(), neighbours=2), rigid=True)
    rigid = MutationEngine(complex_, rigid=True)
    assert moving.mutate("G595R").raw_ddg_kcal == rigid.mutate("G595R").raw_ddg_kcal


def test_far_from_the_ligand_no_neighbours_move(engines) -> None:
    moving = MutationEngine(engines("2XP2").complex, replace(parameters(), neighbours=2))
    assert moving.mutate("C1156Y").raw_ddg_kcal == 0.0


def test_a_cofactor_whose_place_is_taken_is_not_there(structure_file, tmp_path) -> None:
    """A ligand placed on the nucleotide of an entry is not scored beside it."""
    text = Path(structure_file("2XP2")).read_text(encoding="utf-8")
    lines = text.splitlines()
    renamed = [x[:17] + "ANP" + x[20:] if x[17:20] == "VGH" else x for x in lines]
    path = tmp_path / "nucleotide.pdb"
    path.write_text("\n".join(x for x in renamed if not x.startswith("CONECT")), encoding="utf-8")
    structure = Structure.read(path)
    (nucleotide,) = (r for r in structure.residues if r.kind == "cofactor")
    ligand = Structure.read(structure_file("2XP2")).complex().ligand_atoms
    there = Surroundings(structure, ligand, parameters())
    assert nucleotide.index not in there.owner
    away = replace(ligand, coords=ligand.coords + 5.0)
    assert nucleotide.index in Surroundings(structure, away, parameters()).owner
    assert nucleotide.index in Surroundings(structure, None, parameters()).owner
