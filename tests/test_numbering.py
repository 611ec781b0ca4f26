"""Numbering: which kinase a chain is, and author, UniProt, literature and KLIFS numbers.

| structures | what they cover |
|---|---|
| 2XP2 2YFX 4ANS 5AAB ... | constructs with and without mutations, gaps in the P-loop |
| 4AT3 4AT5 4ASZ | files numbered UniProt + 16, a tag numbered 1-3 |
| 4YNE 7VKO | a tag with negative numbers; a tag that runs into the UniProt numbers |
| 4ASD | a long gap in the kinase insert |
| 4MKC 7BTT | an engineered residue outside the pocket |
| 4YMJ 5KVT | modelled loops and chain caps |
| 7BTT 7R7R | mmCIF |
"""

from __future__ import annotations

import csv
import random
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trkstruct.errors import (
    AmbiguousResidueError,
    MutationError,
    NumberingError,
    UnresolvedResidueError,
    WildTypeMismatchError,
)
from trkstruct.kinases import POCKET_SIZE, kinase, kinases
from trkstruct.numbering import Difference, Numbering, number_chain
from trkstruct.numbering._alignment import match_pocket, thread
from trkstruct.numbering.numbering import _substitutions
from trkstruct.residues import AMINO_ACIDS, ResidueId

ENTRIES = """2XP2 2YFX 2YJR 3AOX 3LQ8 3ZBF 4ANQ 4ANS 4ASD 4ASZ 4AT3 4AT5 4CLI 4CLJ 4GT5 4MKC 4YMJ
4YNE 5AAA 5AAB 5AAC 5J7H 5KVT 6KZC 6KZD 7BTT 7R7R 7VKO""".split()

# Residues that differ from UniProt beyond the variant that SOURCES.csv names: engineered
# outside the pocket (S1281G of the ALK constructs of 4MKC and 7BTT).
ENGINEERED = {"4MKC": ["S1281G"], "7BTT": ["S1281G"]}


@pytest.fixture(scope="session")
def sources(shared):
    with (shared / "structures" / "SOURCES.csv").open(encoding="utf-8", newline="") as handle:
        rows = {row["pdb_id"]: row for row in csv.DictReader(handle)}
    assert sorted(rows) == ENTRIES
    return rows


@pytest.fixture(scope="session")
def numbered(structure):
    """The numbering of an entry's kinase chain, labelled as messages name it."""
    cache: dict[str, Numbering] = {}

    def number(entry: str) -> Numbering:
        if entry not in cache:
            whole = structure(entry)
            chain = whole.kinase_chain()
            members = [(residue.id, residue.letter) for residue in whole.protein(chain)]
            cache[entry] = number_chain(members, label=f"{entry} chain {chain}")
        return cache[entry]

    return number


def chain_of(name: str, first: int, last: int, offset: int = 0, skip=()) -> list:
    """A chain cut from UniProt, with author numbers shifted by an offset."""
    item = kinase(name)
    return [
        (ResidueId("A", n + offset), item.letter(n))
        for n in range(first, last + 1)
        if n not in skip
    ]


TRKA = number_chain(chain_of("TRKA", 502, 790), label="TRKA model")
TRKB = number_chain(chain_of("TRKB", 530, 820), label="TRKB model")


# --- the real structures -----------------------------------------------------------------


@pytest.mark.parametrize("entry", ENTRIES)
def test_all_structures_are_recognised_with_their_construct_mutations(entry, numbered, sources):
    numbering = numbered(entry)
    row = sources[entry]
    assert numbering.kinase is not None and numbering.kinase.name == row["kinase"]
    variant = [] if row["variant"] == "WT" else row["variant"].split("+")
    expected = [*variant, *ENGINEERED.get(entry, [])]
    assert [str(item) for item in numbering.differences] == expected
    assert numbering.identity > 0.99
    said = [f.message for f in numbering.findings if f.code == "construct-differences"]
    assert bool(said) == bool(expected) and all(text in said[0] for text in expected)


@pytest.mark.parametrize("entry", ENTRIES)
def test_numbers_are_one_to_one_and_letters_fit(entry, numbered):
    numbering = numbered(entry)
    given_numbers = [n for n in numbering.uniprot_numbers if n is not None]
    assert given_numbers == sorted(set(given_numbers))
    positions = [p for p in numbering.klifs_positions if p is not None]
    assert positions == sorted(set(positions))
    differing = {item.residue for item in numbering.differences}
    for residue, letter in zip(numbering.residues, numbering.letters, strict=True):
        number = numbering.uniprot(residue)
        if number is None:
            assert residue in numbering.tags and numbering.literature(residue) is None
            continue
        assert numbering.residue(number) == residue
        assert residue in differing or numbering.kinase.letter(number) == letter
        position = numbering.klifs(residue)
        assert position == numbering.kinase.klifs(number)
        assert position is None or numbering.at_klifs(position) == residue
    assert {*positions, *numbering.unresolved_pocket} == set(range(1, POCKET_SIZE + 1))


@pytest.mark.parametrize(
    ("entry", "offset"), [(e, 16 if e in ("4ASZ", "4AT3", "4AT5") else 0) for e in ENTRIES]
)
def test_author_numbers_and_what_is_said_of_them(entry, offset, numbered):
    numbering = numbered(entry)
    assert numbering.offset == offset
    said = [f.message for f in numbering.findings if f.code == "author-numbering"]
    if offset:
        assert numbering.author_offset == "author numbers are UniProt +16 (TRKB-838)"
        assert said and "UniProt +16" in said[0]
    else:
        assert numbering.author_offset == "author numbers are UniProt numbers" and not said


@pytest.mark.parametrize(
    ("entry", "tag", "first"),
    [
        ("4AT3", "GAM", 1),
        ("4ASZ", "GAM", 1),
        ("4YNE", "GSGIR", -4),  # negative numbers
        ("7VKO", "GSGIR", 497),  # numbers that TRKA residues have in UniProt
    ],
)
def test_expression_tags_are_kept_apart(entry, tag, first, numbered):
    numbering = numbered(entry)
    assert "".join(numbering.letter(residue) for residue in numbering.tags) == tag
    assert numbering.tags[0].number == first
    assert not any(item.residue in numbering.tags for item in numbering.differences)
    (said,) = [f.message for f in numbering.findings if f.code == "expression-tag"]
    assert tag in said


def test_structures_without_a_tag_have_none(numbered):
    tagged = {entry for entry in ENTRIES if numbered(entry).tags}
    assert tagged == {"4ASZ", "4AT3", "4YNE", "7VKO"}


@pytest.mark.parametrize(
    ("entry", "gaps"),
    [
        ("4YNE", ((535, 536), (549, 553), (672, 676), (683, 686))),  # as SOURCES.csv says
        ("4ASD", ((939, 995),)),
        ("6KZD", ((637, 648), (713, 728))),
        ("4AT5", ()),
        ("4YMJ", ()),
        ("5KVT", ()),
    ],
)
def test_gaps_are_given_in_uniprot_numbers(entry, gaps, numbered):
    assert numbered(entry).gaps == gaps


def test_unresolved_pocket_positions_are_named(numbered):
    assert numbered("3AOX").unresolved_pocket == (5, 6, 7, 8)
    (said,) = [f.message for f in numbered("3AOX").findings if f.code == "pocket-unresolved"]
    assert "g.l.5, g.l.6, g.l.7, g.l.8" in said


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_pocket_alone_gives_the_same_klifs_positions(entry, numbered):
    # What any of the 348 kinases gets, judged where the numbers are known.
    numbering = numbered(entry)
    numbers = [residue.number for residue in numbering.residues]
    steps = [0, *(max(0, b - a) for a, b in pairwise(numbers))]
    match = match_pocket(numbering.letters, steps, numbering.kinase, _substitutions())
    assert match.positions == numbering.klifs_positions


# --- recognition -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["TRKA", "TRKB", "TRKC"])
@pytest.mark.parametrize("seed", range(6))
def test_the_three_trk_are_never_confused(name, seed):
    rng = random.Random(f"{name}{seed}")
    item = kinase(name)
    numbers = [n for n in range(item.domain[0] - 8, item.domain[1] + 8) if rng.random() > 0.12]
    changed = set(rng.sample(numbers, 6))
    offset = rng.choice([0, 1, -500, 1000])
    members = [
        (
            ResidueId("A", n + offset),
            rng.choice(AMINO_ACIDS) if n in changed else item.letter(n),
        )
        for n in numbers
    ]
    numbering = number_chain(members)
    assert numbering.kinase is item
    agree = sum(a == b for a, b in zip(numbering.uniprot_numbers, numbers, strict=True))
    assert agree >= len(numbers) - 3  # a change at the very end may look like a tag
    assert all(item.uniprot_position in changed for item in numbering.differences)


@pytest.mark.parametrize("offset", [0, 1, -512, 16, 1000])
def test_renumbered_files_are_read_by_sequence(offset):
    numbering = number_chain(chain_of("ALK", 1095, 1400, offset, skip=range(1216, 1221)))
    assert numbering.kinase.name == "ALK"
    assert numbering.offset == offset
    assert numbering.residue(1196) == ResidueId("A", 1196 + offset)
    assert numbering.gaps == ((1216, 1220),)


def test_numbers_without_order_are_read_by_sequence():
    rng = random.Random(7)
    letters = [letter for _, letter in chain_of("MET", 1060, 1340)]
    numbers = rng.sample(range(1, 5000), len(letters))
    members = [(ResidueId("A", n), letter) for n, letter in zip(numbers, letters, strict=True)]
    numbering = number_chain(members)
    assert numbering.kinase.name == "MET"
    assert [*numbering.uniprot_numbers] == [*range(1060, 1341)]
    assert numbering.author_offset == "author numbers do not follow UniProt"
    assert "author numbers do not follow UniProt" in numbering.findings[0].message


def test_residues_beside_a_gap_are_placed_by_author_numbers():
    # Which of two equal neighbours is missing cannot be told from letters.
    item = kinase("TRKA")
    doubled = [n for n in range(510, 780) if item.letter(n) == item.letter(n + 1)]
    assert len(doubled) > 10
    for n in doubled:
        for missing in (n, n + 1):
            numbering = number_chain(chain_of("TRKA", 502, 790, skip=[missing]))
            assert numbering.gaps == ((missing, missing),)


def test_a_short_end_beside_a_gap_is_no_tag():
    numbering = number_chain(chain_of("TRKA", 500, 790, skip=[*range(502, 511), *range(780, 788)]))
    assert numbering.tags == () and numbering.gaps == ((502, 510), (780, 787))


def test_insertion_codes_are_residues_of_their_own():
    members = chain_of("TRKA", 502, 790)
    renamed = [
        (ResidueId("A", 594, "A"), letter) if residue.number == 595 else (residue, letter)
        for residue, letter in members
    ]
    numbering = number_chain(renamed)
    assert numbering.uniprot(ResidueId("A", 594, "A")) == 595
    assert numbering.lookup("G", 595).residue == ResidueId("A", 594, "A")
    assert numbering.lookup("G", 594, insertion_code="A").residue == ResidueId("A", 594, "A")
    with pytest.raises(NumberingError, match="only author numbers have"):
        numbering.lookup("G", 594, "uniprot", insertion_code="A")


def test_inserted_residues_are_differences_without_a_number():
    members = chain_of("TRKA", 502, 790)
    extra = [(ResidueId("A", 612, code), "W") for code in "ABCD"]
    where = next(i for i, (residue, _) in enumerate(members) if residue.number == 613)
    numbering = number_chain([*members[:where], *extra, *members[where:]])
    assert [str(item) for item in numbering.differences] == [
        "W612A inserted", "W612B inserted", "W612C inserted", "W612D inserted",
    ]  # fmt: skip
    assert numbering.uniprot(ResidueId("A", 613)) == 613


def test_unknown_residues_are_no_differences():
    members = [
        (residue, "X" if residue.number == 600 else letter)
        for residue, letter in chain_of("TRKA", 502, 790)
    ]
    numbering = number_chain(members)
    assert numbering.differences == () and numbering.uniprot(ResidueId("A", 600)) == 600


def _chain_around(pocket: str, rng: random.Random, changed: int = 0) -> tuple[str, list]:
    """A made-up chain that holds a pocket, and the position of each of its letters."""
    between = {14: 13, 20: 10, 33: 1, 42: 7, 60: 25, 79: 7}
    letters = [rng.choice(AMINO_ACIDS) for _ in range(12)]
    positions: list[int | None] = [None] * 12
    for position, letter in enumerate(pocket, start=1):
        for _ in range(between.get(position, 0)):
            letters.append(rng.choice(AMINO_ACIDS))
            positions.append(None)
        if letter != "-":
            letters.append(letter)
            positions.append(position)
    tail = 60
    letters += [rng.choice(AMINO_ACIDS) for _ in range(tail)]
    positions += [None] * tail
    inside = [i for i, position in enumerate(positions) if position]
    for i in rng.sample(inside, changed):
        letters[i] = rng.choice(AMINO_ACIDS.replace(letters[i], ""))
    return "".join(letters), positions


def test_every_other_kinase_is_recognised_by_its_pocket():
    rng = random.Random(85)
    others = [item for item in kinases() if not item.complete]
    assert len(others) == 337
    for item in others:
        letters, positions = _chain_around(item.pocket, rng)
        numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(letters)])
        codes = [finding.code for finding in numbering.findings]
        if item.name == "PAK3":  # its pocket is that of PAK1, letter for letter
            assert numbering.kinase.name == "PAK1" and "kinase-ambiguous" in codes
            continue
        assert numbering.kinase is item, item.name
        assert "kinase-by-pocket" in codes
        assert list(numbering.klifs_positions) == positions, item.name
        assert set(numbering.uniprot_numbers) == {None}


def test_a_kinase_known_by_its_pocket_with_mutations():
    rng = random.Random(3)
    item = kinase("SRC")
    letters, _ = _chain_around(item.pocket, rng, changed=3)
    numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(letters)])
    assert numbering.kinase is item and len(numbering.differences) == 3
    for difference in numbering.differences:
        assert difference.uniprot_position is None
        position = numbering.klifs(difference.residue)
        assert difference.expected == item.pocket[position - 1]
        assert str(difference) == (
            f"{difference.expected}{difference.residue.number}{difference.found}"
        )
    gatekeeper = numbering.at_klifs(45)
    found = numbering.lookup(numbering.letter(gatekeeper), gatekeeper.number)
    assert found.residue == gatekeeper and found.finding is None
    with pytest.raises(NumberingError, match="its sequence is not in the package"):
        numbering.lookup("T", 341, "uniprot")


def test_a_pocket_far_from_all_known_ones_is_given_no_name():
    rng = random.Random(4)
    letters, _ = _chain_around(kinase("SRC").pocket, rng, changed=30)
    numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(letters)])
    assert numbering.kinase is None and numbering.identity == 0.0
    (said,) = numbering.findings
    assert said.code == "kinase-unknown" and "go by their author numbers" in said.message


def test_a_near_relative_is_recognised_with_a_warning():
    rng = random.Random(5)
    letters, _ = _chain_around(kinase("SRC").pocket, rng, changed=6)
    numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(letters)])
    assert numbering.kinase is not None
    assert "kinase-inexact" in [finding.code for finding in numbering.findings]


def test_a_relative_that_is_not_known_is_not_named_unless_it_is_given():
    rng = random.Random(6)
    letters, _ = _chain_around(kinase("SRC").pocket, rng, changed=12)
    members = [(ResidueId("A", i + 1), c) for i, c in enumerate(letters)]
    assert number_chain(members).kinase is None
    given_one = number_chain(members, kinase("SRC"))
    assert given_one.kinase is kinase("SRC") and len(given_one.differences) >= 9


LYSOZYME = (
    "KVFGRCELAAAMKRHGLDNYRGYSLGNWVCAAKFESNFNTQATNRNTDGSTDYGILQINSRWWCNDGRTPGSRNLCNIPCSALLSSDIT"
    "ASVNCAKKIVSDGNGMNAWVAWRNRCKGTDVQAWIRGCRL"
)


def test_another_protein_goes_by_author_numbers():
    numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(LYSOZYME)])
    assert numbering.kinase is None
    assert numbering.lookup("E", 35).residue == ResidueId("A", 35)
    assert numbering.literature(ResidueId("A", 35)) is None
    assert numbering.author_offset == "not known" and numbering.offset is None
    with pytest.raises(WildTypeMismatchError, match=r"residue 35 of chain A is Glu \(A:35\)"):
        numbering.lookup("Q", 35)
    with pytest.raises(NumberingError, match="needs a known kinase, and chain A is none"):
        numbering.lookup("E", 35, "uniprot")


def test_a_given_kinase_is_confirmed_or_refused():
    members = chain_of("TRKB", 530, 820)
    assert number_chain(members, kinase("TRKB")).kinase.name == "TRKB"
    with pytest.raises(NumberingError) as error:
        number_chain(members, kinase("ALK"), label="4AT3 chain A")
    assert re.match(r"4AT3 chain A is not ALK: \d+ of \d+ aligned residues", str(error.value))
    assert "It is TRKB (100% identical over 291 residues)" in str(error.value)
    with pytest.raises(NumberingError, match="none of the kinases that are known either"):
        number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(LYSOZYME)], kinase("TRKA"))


def test_an_empty_chain_and_a_residue_twice_are_errors():
    with pytest.raises(NumberingError, match="has no resolved protein residues"):
        number_chain([])
    members = chain_of("TRKA", 502, 790)
    with pytest.raises(NumberingError, match="Residue A:502 occurs twice in 1ABC chain A"):
        number_chain([*members, members[0]], label="1ABC chain A")


@given(st.lists(st.tuples(st.integers(-9, 900), st.sampled_from(AMINO_ACIDS + "X?")), min_size=1))
@settings(max_examples=40, deadline=None)
def test_any_chain_is_numbered_one_to_one(members):
    unique = {number: letter for number, letter in members}
    numbering = number_chain([(ResidueId("A", n), c) for n, c in unique.items()])
    for numbers in (numbering.uniprot_numbers, numbering.klifs_positions):
        known = [n for n in numbers if n is not None]
        assert len(known) == len(set(known))
    assert len(numbering.residues) == len(numbering.letters) == len(unique)


@given(
    name=st.sampled_from(["TRKA", "TRKB", "TRKC", "ALK", "ROS1", "MET", "KDR"]),
    start=st.integers(0, 40),
    gap=st.integers(60, 180),
    length=st.integers(1, 25),
    offset=st.sampled_from([0, 16, -6, 2000]),
)
@settings(max_examples=40, deadline=None)
def test_a_cut_out_domain_gets_its_numbers_back(name, start, gap, length, offset):
    item = kinase(name)
    first, last = item.domain[0] + start, item.domain[1]
    missing = range(first + gap, min(first + gap + length, last - 20))
    numbering = number_chain(chain_of(name, first, last, offset, skip=missing))
    assert numbering.kinase is item and not numbering.differences and not numbering.tags
    assert numbering.offset == offset


# --- the placing of letters --------------------------------------------------------------


def test_thread_places_a_row_of_letters_across_a_gap():
    target, chain = "AACDEFGHIKLMNPQRSTVWY", "CDEFPQRS"
    scores = np.where(np.array(list(chain))[:, None] == np.array(list(target)), 5.0, -4.0)
    columns, score = thread(scores, np.full(len(chain), 6.0), 0.1, 12.0, 1.0)
    assert "".join(target[j] for j in columns) == chain
    assert score == pytest.approx(8 * 5.0 - 6.0 - 0.1 * 7)


def test_thread_leaves_out_what_does_not_fit():
    target, chain = "ACDEFGHIKL", "ACDEWWFGHI"
    scores = np.where(np.array(list(chain))[:, None] == np.array(list(target)), 5.0, -9.0)
    columns, _ = thread(scores, np.full(len(chain), 6.0), 0.1, 3.0, 1.0)
    assert list(columns) == [0, 1, 2, 3, -1, -1, 4, 5, 6, 7]


@given(st.text("ACDE", max_size=8), st.text("ACDE", max_size=8))
@settings(max_examples=150, deadline=None)
def test_thread_finds_the_best_placement(chain, target):
    # Every placement of short rows, counted one by one.
    scores = np.array([[2.0 if a == b else -1.0 for b in target] for a in chain]).reshape(
        len(chain), len(target)
    )
    opening, extend, drop, more = 1.5, 0.25, 1.0, 0.5
    _, found = thread(scores, np.full(len(chain), opening), extend, drop, more)
    best = 0.0
    stack = [(i, j, scores[i, j]) for i in range(len(chain)) for j in range(len(target))]
    while stack:
        i, j, score = stack.pop()
        best = max(best, score)
        for k in range(i + 1, len(chain)):
            lost = 0.0 if k == i + 1 else drop + more * (k - i - 2)
            for m in range(j + 1, len(target)):
                skipped = 0.0 if m == j + 1 else opening + extend * (m - j - 1)
                stack.append((k, m, score - lost - skipped + scores[k, m]))
    assert found == pytest.approx(best)


# --- from a letter and a number to a residue -----------------------------------------------


@pytest.mark.parametrize(
    ("entry", "letter", "number", "author", "uniprot"),
    [
        ("7VKO", "G", 595, 595, 595),
        ("7VKO", "G", 589, 595, 595),  # TRKA isoform I
        ("7VKO", "F", 589, 589, 589),
        ("7VKO", "G", 667, 667, 667),
        ("7VKO", "F", 583, 589, 589),
        ("4AT3", "G", 639, 639, 623),  # literature, and the file's own
        ("4AT3", "G", 623, 639, 623),  # UniProt
        ("4AT3", "F", 633, 633, 617),
        ("4AT3", "F", 617, 633, 617),
        ("4AT3", "G", 709, 709, 693),
        ("4ASZ", "G", 693, 709, 693),
        ("6KZD", "G", 623, 623, 623),
        ("2XP2", "G", 1202, 1202, 1202),
        ("2YFX", "M", 1196, 1196, 1196),  # the construct's residue counts
        ("3ZBF", "G", 2032, 2032, 2032),
        ("3LQ8", "D", 1228, 1228, 1228),
        ("3LQ8", "D", 1246, 1228, 1228),  # MET + 18
        ("3LQ8", "Y", 1248, 1230, 1230),
        ("4ASD", "V", 916, 916, 916),
    ],
)
def test_the_letter_decides_between_conventions(entry, letter, number, author, uniprot, numbered):
    located = numbered(entry).lookup(letter, number)
    assert located.residue.number == author
    assert numbered(entry).uniprot(located.residue) == uniprot
    said = located.finding
    if number == author == uniprot:
        assert said is None
    else:
        assert said.code == "numbering-convention" and said.level == "choice"
        assert f"{letter}{uniprot} in UniProt" in said.message


def test_a_convention_is_said():
    assert "TRKB-838 numbering" in TRKB.lookup("G", 639).finding.message
    assert "TRKA-I numbering" in TRKA.lookup("G", 589).finding.message


@pytest.mark.parametrize(
    ("entry", "letter", "number", "ways"),
    [
        ("4AT3", "L", 560, ("L544", "L560")),
        ("4AT3", "A", 678, ("A662", "A678")),
        ("4ASZ", "A", 678, ("A662", "A678")),
        ("7VKO", "R", 593, ("R593", "R599")),
        ("7VKO", "D", 668, ("D668", "D674")),
        ("4YNE", "D", 668, ("D668", "D674")),  # D674 lies in a gap: no reason to guess
    ],
)
def test_a_letter_that_fits_two_residues_is_an_error_that_lists_both(
    entry, letter, number, ways, numbered
):
    numbering = numbered(entry)
    with pytest.raises(AmbiguousResidueError) as error:
        numbering.lookup(letter, number)
    message = str(error.value)
    assert message.startswith(f"{letter}{number} fits 2 residues of {entry} chain A: ")
    for way in ways:
        assert f"UniProt {way}" in message
        assert f"{way} with numbering 'uniprot'" in message
    # What the message says to do works.
    for way in ways:
        if numbering.residue(int(way[1:])) is not None:
            located = numbering.lookup(letter, int(way[1:]), "uniprot")
            assert numbering.uniprot(located.residue) == int(way[1:])


def test_a_model_of_trkb_with_uniprot_numbers_is_ambiguous_too():
    for letter, number in (("L", 560), ("A", 678)):
        with pytest.raises(AmbiguousResidueError):
            TRKB.lookup(letter, number)


def test_a_given_numbering_is_not_ambiguous(numbered):
    trkb, trka = numbered("4AT3"), numbered("7VKO")
    assert trkb.lookup("L", 560, "uniprot").residue.number == 576
    assert trkb.lookup("L", 560, "literature").residue.number == 560
    assert trkb.lookup("L", 560, "author").residue.number == 560
    assert trkb.lookup("L", 560, "TRKB-838").residue.number == 560
    assert trka.lookup("R", 593, "uniprot").residue.number == 593
    assert trka.lookup("R", 593, "author").residue.number == 593
    assert trka.lookup("R", 593, "TRKA-I").residue.number == 599
    assert trka.lookup("R", 593, "P04629-2").residue.number == 599
    usual = trka.lookup("R", 593, "literature")
    assert usual.residue.number == 593 and "would also fit Arg (A:599" in usual.finding.message
    assert trka.lookup("G", 589, "literature").residue.number == 595


def test_rare_conventions_are_read_only_if_named():
    item = kinase("KIT")
    numbering = number_chain(chain_of("KIT", *item.domain))
    assert numbering.lookup("D", 816).residue.number == 816  # D820 is D816 without GNNK
    assert numbering.lookup("D", 816, "KIT-GNNK-minus").residue.number == 820
    assert numbering.lookup("V", 650, "literature").residue.number == 654


def test_klifs_positions_are_read_only_if_asked_for(numbered):
    numbering = numbered("7VKO")
    located = numbering.lookup("F", 45, "klifs")
    assert located.residue.number == 589
    assert "KLIFS position" in located.finding.message
    with pytest.raises(UnresolvedResidueError, match="holds residues 502 to 793"):
        numbering.lookup("S", 45)
    with pytest.raises(NumberingError, match="positions 1 to 85"):
        numbering.lookup("G", 86, "klifs")
    with pytest.raises(UnresolvedResidueError, match="has no coordinates"):
        numbered("3AOX").lookup("H", 5, "klifs")


def test_a_wrong_wild_type_lists_what_is_there(numbered):
    with pytest.raises(WildTypeMismatchError) as error:
        numbered("7VKO").lookup("W", 595, asked="W595R")
    message = str(error.value)
    assert message.startswith("W595R: residue 595 of 7VKO chain A is Gly (A:595, UniProt G595, ")
    assert "Leu (A:601, UniProt L601, alphaD.57) by the TRKA-I numbering, not Trp" in message
    assert message.endswith("The nearest Trp by author number: A:514, A:693, A:711.")
    with pytest.raises(WildTypeMismatchError, match="Only numbering 'uniprot' was tried"):
        numbered("4AT3").lookup("G", 639, "uniprot")


def test_a_construct_that_carries_the_mutation_is_named(numbered):
    with pytest.raises(WildTypeMismatchError) as error:
        numbered("2YFX").lookup("L", 1196, asked="L1196M")
    message = str(error.value)
    assert message.startswith("L1196M: residue 1196 of 2YFX chain A is Met (A:1196, UniProt L1196")
    assert "may already carry the mutation (it has L1196M); `trkstruct info` lists" in message


def test_a_mutated_residue_does_not_send_the_reader_to_another_one():
    # D668 is mutated; by isoform numbers the letter would fit D674, which is not meant.
    members = [
        (residue, "N" if residue.number == 668 else letter)
        for residue, letter in chain_of("TRKA", 502, 790)
    ]
    numbering = number_chain(members)
    with pytest.raises(AmbiguousResidueError, match="D668 with numbering 'uniprot', or D674"):
        numbering.lookup("D", 668)


def test_an_unresolved_residue_is_named_with_its_gap(numbered):
    with pytest.raises(UnresolvedResidueError) as error:
        numbered("4YNE").lookup("S", 672, asked="S672A")
    message = str(error.value)
    assert message.startswith("S672A: S672 of TRKA has no coordinates in 4YNE chain A; it lies in ")
    assert "the gap 672-676 (UniProt numbers)" in message
    assert isinstance(error.value, KeyError) and isinstance(error.value, MutationError)
    with pytest.raises(UnresolvedResidueError, match=r"gap 1124-1125"):
        numbered("2XP2").lookup("G", 1125)
    with pytest.raises(UnresolvedResidueError, match="holds residues 502 to 793"):
        numbered("7VKO").lookup("M", 1)


def test_a_number_that_nothing_has(numbered):
    with pytest.raises(NumberingError) as error:
        numbered("7VKO").lookup("G", 5000, asked="G5000R")
    assert str(error.value) == (
        "G5000R: 7VKO chain A has no residue 5000 in any numbering. It has author numbers 497 to "
        "793, TRKA 502-793 in UniProt; `trkstruct pocket` lists the pocket."
    )
    assert not isinstance(error.value, (AmbiguousResidueError, MutationError))


def test_a_tag_residue_is_said_to_be_one(numbered):
    located = numbered("7VKO").lookup("S", 498)
    assert located.finding.code == "mutation-in-tag"
    assert "belongs to an expression tag, not to TRKA" in located.finding.message


def test_unknown_schemes_and_letters_are_errors():
    with pytest.raises(NumberingError, match="'pdb' is not a numbering of TRKA model: use auto"):
        TRKA.lookup("G", 595, "pdb")
    for letter in ("B", "", "GG", "g"):
        with pytest.raises(NumberingError, match="not one of the twenty amino acids"):
            TRKA.lookup(letter, 595)


@pytest.mark.parametrize("numbering", [TRKA, TRKB], ids=["TRKA", "TRKB"])
def test_every_residue_is_found_by_each_numbering_that_is_given(numbering):
    item = numbering.kinase
    for residue, letter in zip(numbering.residues, numbering.letters, strict=True):
        number = numbering.uniprot(residue)
        assert numbering.lookup(letter, number, "uniprot").residue == residue
        assert numbering.lookup(letter, residue.number, "author").residue == residue
        position = numbering.klifs(residue)
        if position:
            assert numbering.lookup(letter, position, "klifs").residue == residue
        for isoform in item.isoforms:
            found = numbering.lookup(letter, number + isoform.offset, isoform.name)
            assert found.residue == residue


@given(st.sampled_from([TRKA, TRKB]), st.sampled_from(AMINO_ACIDS), st.integers(-20, 900))
@settings(max_examples=300, deadline=None)
def test_auto_finds_the_letter_or_says_why_not(numbering, letter, number):
    try:
        located = numbering.lookup(letter, number)
    except (NumberingError, WildTypeMismatchError, UnresolvedResidueError) as error:
        assert str(error).startswith(f"{letter}{number}")
    else:
        assert numbering.letter(located.residue) == letter
        conventions = {0, *(item.offset for item in numbering.kinase.isoforms)}
        assert number - numbering.uniprot(located.residue) in conventions


def test_reprs_are_short(numbered):
    assert repr(numbered("2YFX")) == "Numbering(2YFX chain A: ALK, 293 residues, identity 0.997)"
    assert str(Difference(ResidueId("A", 5), 5, "L", "M")) == "L5M"
    assert number_chain(chain_of("TRKA", 502, 790), label="TRKA model") == TRKA
    assert hash(TRKA) == hash(number_chain(chain_of("TRKA", 502, 790), label="TRKA model"))
