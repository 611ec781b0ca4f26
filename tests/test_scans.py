"""Scans: nineteen amino acids at every pocket position."""

from __future__ import annotations

import pytest

from trkstruct import scans
from trkstruct._codons import codons_for
from trkstruct.errors import MutationError, PlanError
from trkstruct.residues import AMINO_ACIDS


@pytest.fixture(scope="module")
def scanned(bound):
    return scans.scan(bound("2XP2"))


def test_a_scan_is_nineteen_rows_a_resolved_position(scanned, bound):
    numbering = bound("2XP2").numbering
    resolved = [p for p in range(1, 86) if numbering.at_klifs(p) is not None]
    assert [row["klifs_position"] for row in scanned.rows][::19] == resolved
    assert len(scanned) == 19 * len(resolved)
    for start in range(0, len(scanned), 19):
        rows = scanned.rows[start : start + 19]
        assert {row["mutation"][-1] for row in rows} | {rows[0]["mutation"][0]} == set(AMINO_ACIDS)


def test_positions_that_are_not_resolved_are_named(scanned, bound):
    missing = {f.message for f in scanned.findings if f.code == "unresolved-position"}
    assert len(missing) == len(bound("2XP2").numbering.unresolved_pocket)


def test_a_scan_agrees_with_single_scores(scanned, bound):
    from trkstruct.calls import resistance

    by_name = {row["mutation_uniprot"]: row for row in scanned.rows}
    for text in ("G1202R", "L1196M"):
        alone = resistance(bound("2XP2"), text)
        assert by_name[text]["ddg_kcal"] == round(alone.ddg_kcal, 3)
        assert by_name[text]["call"] == alone.call


def test_processes_change_nothing(bound, scanned, monkeypatch):
    monkeypatch.setattr(scans, "AMINO_ACIDS", "AGR")
    few = scans.scan(bound("2XP2"))
    assert scans.scan(bound("2XP2"), jobs=2).rows == few.rows
    assert len(few) < len(scanned)


@pytest.mark.parametrize(
    ("wild_type", "mutant", "changes"),
    [
        # GGA to CGA; TTT to TTA; CTG to ATG; GGT to TGT; GGN to AAR; ATG to TGG; TGG to TAT/TAC
        ("G", "R", 1), ("F", "L", 1), ("L", "M", 1), ("G", "C", 1), ("G", "K", 2),
        ("M", "W", 2), ("W", "Y", 2), ("M", "Y", 3), ("G", "G", 0),
    ],
)  # fmt: skip
def test_nucleotide_changes_of_the_genetic_code(wild_type, mutant, changes):
    assert scans.nucleotide_changes(wild_type, mutant) == changes
    assert scans.nucleotide_changes(mutant, wild_type) == changes


def test_the_genetic_code_is_that_of_biopython():
    from Bio.Data.CodonTable import unambiguous_dna_by_id

    table = unambiguous_dna_by_id[1].forward_table
    ours = {codon: letter for letter, codons in codons_for().items() for codon in codons}
    assert ours == table


def test_a_letter_that_is_no_amino_acid():
    with pytest.raises(MutationError, match="'X' is none of the twenty"):
        scans.nucleotide_changes("G", "X")


# --- codons, ranks


def test_each_row_says_how_its_amino_acid_is_reached(scanned):
    by_name = {row["mutation_uniprot"]: row for row in scanned.rows}
    # GGA of G1202 and CTG of L1196: NM_004304
    row = by_name["G1202R"]
    assert (row["codon"], row["nucleotide_changes"], row["codon_change"]) == ("GGA", 1, "GGA>AGA")
    assert by_name["L1196M"]["codon_change"] == "CTG>ATG"
    assert by_name["G1269S"]["nucleotide_changes"] == 2  # one by the code, two by the gene
    assert by_name["G1269S"]["nucleotide_changes_min"] == 1
    assert {row["nucleotide_changes_basis"] for row in scanned.rows} == {"gene"}
    assert all("NM_004304" in row["codon_source"] for row in scanned.rows)


def test_resistant_rows_are_ranked(scanned):
    ranked = [row for row in scanned.rows if row["resistant_rank"] is not None]
    assert {row["call"] for row in ranked} == {"resistant"}
    assert len(ranked) == sum(row["call"] == "resistant" for row in scanned.rows)
    ranked.sort(key=lambda row: row["resistant_rank"])
    assert [row["resistant_rank"] for row in ranked] == list(range(1, len(ranked) + 1))
    ddg = [row["ddg_kcal"] for row in ranked]
    assert ddg == sorted(ddg, reverse=True)


def test_a_gene_without_codons_falls_back_on_the_code_and_says_so(bound, monkeypatch):
    monkeypatch.setattr(scans, "AMINO_ACIDS", "AGR")
    rows = scans.scan(bound("3ZBF")).rows  # ROS1
    assert rows and {row["nucleotide_changes_basis"] for row in rows} == {"genetic code"}
    for row in rows:
        assert row["codon"] is row["codon_change"] is row["codon_source"] is None
        assert row["nucleotide_changes"] == row["nucleotide_changes_min"]


def test_plausible_routes_are_near_and_alive(scanned):
    routes = scans.escape_routes(scanned)
    assert routes and {row["nucleotide_changes"] for row in routes} == {1}
    assert {row["call"] for row in routes} == {"resistant"}
    catalytic = {row["klifs_position"] for row in scanned.rows if row["catalytic"]}
    assert catalytic == {17, 24, 70, 75, 81}
    assert not catalytic & {row["klifs_position"] for row in routes}
    assert len(scans.escape_routes(scanned, most_changes=3)) > len(routes)
    with pytest.raises(PlanError, match="no route 'both'"):
        scans.escape_routes(scanned, "both")


# --- within a distance


def test_within_a_distance_scans_what_is_near(bound, monkeypatch):
    import numpy as np

    monkeypatch.setattr(scans, "AMINO_ACIDS", "AGRLFDTSVYIKNQPHCMEW")
    complex_ = bound("2XP2")
    near = scans.scan(complex_, within=4.0)
    atoms = complex_.structure.coords
    ligand = complex_.ligand_atoms.coords
    expected = []
    for residue in complex_.structure.protein(complex_.chain):
        own = atoms[residue.start : residue.stop]
        if np.linalg.norm(own[:, None] - ligand[None], axis=-1).min() <= 4.0:
            expected.append(complex_.numbering.uniprot(residue.id))
    assert [row["uniprot_position"] for row in near.rows][::19] == expected
    assert len(near) == 19 * len(expected) and 10 < len(expected) < 40


def test_within_nothing_is_an_error(bound):
    with pytest.raises(PlanError, match=r"No residue of chain A of .* is within 0.1 angstrom"):
        scans.scan(bound("2XP2"), within=0.1)
    with pytest.raises(PlanError, match="it must be positive"):
        scans.scan(bound("2XP2"), within=-1)


# --- several inhibitors


@pytest.fixture(scope="module")
def several(bound):
    """Three inhibitors of ALK, each in its own entry, at two residues."""
    first, *others = (bound(name) for name in ("2XP2", "3AOX", "4CLI"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "_pocket", lambda complex_, notes: (
            scans._Site(complex_.numbering.residue(n), complex_.numbering.kinase.letter(n))
            for n in (1196, 1202)
        ))  # fmt: skip
        return first, others, scans.scan(first, against=others)


def test_each_inhibitor_has_its_own_numbers(several):
    from trkstruct.calls import resistance

    first, others, panel = several
    assert len(panel) == 38
    row = next(row for row in panel.rows if row["mutation_uniprot"] == "G1202R")
    for one in (first, *others):
        alone = resistance(one, "G1202R", "uniprot")
        column = one.ligand.name.replace("-", "_").replace(" ", "_")
        assert row[f"{column}_ddg_kcal"] == round(alone.ddg_kcal, 3)
        assert row[f"{column}_call"] == alone.call
    assert row["ddg_kcal"] == row[f"{first.ligand.name}_ddg_kcal"]
    assert row["ligand"] == first.ligand.name


def test_columns_of_several_come_behind_those_of_the_contract(several):
    from trkstruct.results import RESULTS_COLUMNS, columns_of

    columns = columns_of(several[2].rows)
    assert columns[: len(RESULTS_COLUMNS)] == RESULTS_COLUMNS
    assert columns[-2:] == ("escapes", "escape_route")


def answer(call, ddg=2.0):
    return None if call == "gone" else {"call": call, "ddg_kcal": ddg}


@pytest.mark.parametrize(
    ("calls", "route", "escapes"),
    [
        (("resistant", "resistant", "resistant"), "shared", "A; B; C"),
        (("resistant", "retained", "reduced"), "only", "A"),
        (("retained", "resistant", "sensitised"), "only", "B"),
        (("resistant", "resistant", "reduced"), "some", "A; B"),
        (("retained", "reduced", "retained"), "none", None),
        (("resistant", "abstain", "retained"), "unknown", "A"),
        (("resistant", "resistant", "abstain"), "unknown", "A; B"),
        (("resistant", "resistant", "gone"), "unknown", "A; B"),
        (("retained", None, "retained"), "unknown", None),
    ],
)
def test_what_a_mutation_is_to_three_inhibitors(calls, route, escapes):
    names = [("A", "a"), ("B", "b"), ("C", "c")]
    columns = scans._escape_columns(names, [answer(call) for call in calls])
    assert columns["escape_route"] == route in scans.ROUTES and columns["escapes"] == escapes


def test_inhibitors_of_one_name_keep_columns_of_their_own(bound):
    names = scans._names([bound("2XP2"), bound("2XP2")])
    assert names == [("crizotinib", "crizotinib"), ("crizotinib", "crizotinib_2")]


def test_another_kinase_is_refused(bound):
    with pytest.raises(PlanError, match=r"A scan is of one kinase: .* is ALK, .* is TRKA"):
        scans.scan(bound("2XP2"), against=[bound("7VKO")])
