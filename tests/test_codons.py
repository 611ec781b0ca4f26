"""Codons: the table against UniProt and reported cDNA changes; what one nucleotide reaches."""

from __future__ import annotations

import itertools

import pytest
from Bio.Data.CodonTable import unambiguous_dna_by_id

from trkstruct import _codons, scans
from trkstruct._codons import Codon, codon_of, reach
from trkstruct.errors import DataError, MutationError
from trkstruct.kinases import kinase
from trkstruct.mutations import catalogue
from trkstruct.reference import read_csv
from trkstruct.residues import AMINO_ACIDS

TABLE = unambiguous_dna_by_id[1].forward_table
KNOWN = ("TRKA", "TRKB", "TRKC", "ALK")


@pytest.mark.parametrize("name", KNOWN)
def test_every_codon_of_the_pocket_is_known_and_codes_for_its_residue(name):
    of = kinase(name)
    numbers = [n for n in of.pocket_numbers if n is not None]
    assert len(numbers) > 80
    for number in numbers:
        found = codon_of(of, number)
        assert found is not None and TABLE[found.bases] == of.letter(number) and found.source


def test_codons_that_are_not_known_are_not_guessed():
    assert codon_of(kinase("ROS1"), 2032) is None
    assert codon_of(kinase("TRKA"), 1) is None and codon_of(kinase("TRKA"), 796) is None
    assert codon_of(None, 595) is None and codon_of(kinase("TRKA"), None) is None


#: Changes of the ALK cDNA, numbered along NM_004304, as variant annotation has them.
@pytest.mark.parametrize(
    ("name", "mutation", "base", "change"),
    [
        ("ALK", "L1196M", 3586, "C>A"),  # NM_004304.4:c.3586C>A, NP_004295.2:p.Leu1196Met
        ("ALK", "F1174L", 3522, "C>A"),  # NM_004304.5:c.3522C>A (p.Phe1174Leu)
        ("ALK", "F1174I", 3520, "T>A"),  # ENST00000389048:c.3520T>A, ENSP00000373700:p.F1174I
    ],
)
def test_reported_changes_of_the_cdna_fit_the_codons(name, mutation, base, change):
    position = int(mutation[1:-1])
    found = codon_of(kinase(name), position)
    place = base - 3 * (position - 1) - 1
    before, after = change.split(">")
    assert found.bases[place] == before
    changed = found.bases[:place] + after + found.bases[place + 1 :]
    assert TABLE[changed] == mutation[-1]
    assert reach(mutation[0], mutation[-1], found).changes == 1


def test_mutations_that_tumours_found_are_nearly_all_one_nucleotide_away():
    """Four that were reported need two; any other would speak against the codons."""
    far = set()
    for row in catalogue():
        if row.kinase in KNOWN and row.basis == "reported":
            mutation = row.mutation
            found = codon_of(kinase(row.kinase), mutation.position)
            if reach(mutation.wild_type, mutation.mutant, found).changes > 1:
                far.add(str(mutation))
    assert far == {"ALK C1156T", "ALK G1269S", "TRKC G696C", "TRKC G696S"}


@pytest.mark.parametrize("name", KNOWN)
def test_changes_are_counted_over_all_codons(name):
    """Held to a slow count of its own: every codon that differs in so many places."""
    of = kinase(name)
    for number in [n for n in of.pocket_numbers if n is not None][::7]:
        bases = codon_of(of, number).bases
        nearest: dict[str, int] = {}
        for other in map("".join, itertools.product("ACGT", repeat=3)):
            if other in TABLE:
                apart = sum(a != b for a, b in zip(bases, other, strict=True))
                letter = TABLE[other]
                nearest[letter] = min(apart, nearest.get(letter, 3))
        for mutant in AMINO_ACIDS:
            found = reach(of.letter(number), mutant, codon_of(of, number))
            before, after = found.example.split(">")
            assert found.changes == nearest[mutant] and found.basis == "gene"
            assert before == bases == found.codon and TABLE[after] == mutant
            assert found.changes >= scans.nucleotide_changes(of.letter(number), mutant)


def test_the_gene_may_need_more_than_the_code():
    """GGG does not become Cys by one change, GGT does."""
    assert reach("G", "C", Codon("GGG", "x")).changes == 2
    assert reach("G", "C", Codon("GGT", "x")).changes == 1
    assert reach("G", "C").changes == 1 and reach("G", "C").basis == "genetic code"


def test_a_transition_is_the_example():
    assert reach("G", "R", Codon("GGG", "x")).example == "GGG>AGG"
    assert reach("G", "W", Codon("GGG", "x")).example == "GGG>TGG"


def test_a_construct_that_is_mutated_has_no_codon_of_the_gene():
    found = reach("M", "L", codon_of(kinase("ALK"), 1196))
    assert found.basis == "genetic code" and found.example == "" and found.source == ""


def test_letters_are_checked():
    with pytest.raises(MutationError, match="'X' is none of the twenty"):
        reach("G", "X")


def test_a_damaged_table_is_told(monkeypatch):
    rows = [dict(row) for row in read_csv("coding_sequences.csv")]
    rows[0]["sequence"] = "TTT" + rows[0]["sequence"][3:]
    monkeypatch.setattr(
        _codons, "read_csv", lambda name: rows if "coding" in name else read_csv(name)
    )
    _codons._sequences.cache_clear()
    try:
        with pytest.raises(DataError, match="NTRK1 does not code for residues 508 to 690"):
            codon_of(kinase("TRKA"), 595)
    finally:
        _codons._sequences.cache_clear()


def test_residues_that_every_kinase_has_are_where_the_table_says():
    for row in read_csv("catalytic_residues.csv"):
        for name in (*KNOWN, "ROS1", "MET"):
            of = kinase(name)
            assert of.letter(of.at_klifs(int(row["klifs_position"]))) == row["letter"], name
