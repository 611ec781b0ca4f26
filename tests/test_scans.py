"""Scans: nineteen amino acids at every pocket position."""

from __future__ import annotations

import pytest

from trkstruct import scans
from trkstruct.errors import MutationError
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
    ours = {codon: letter for letter, codons in scans._codons().items() for codon in codons}
    assert ours == table


def test_a_letter_that_is_no_amino_acid():
    with pytest.raises(MutationError, match="'X' is none of the twenty"):
        scans.nucleotide_changes("G", "X")
