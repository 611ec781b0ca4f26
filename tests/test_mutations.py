"""Mutations: reading and writing them, their sites, paralogues and the catalogue."""

from __future__ import annotations

import csv
import random
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trkstruct import reference
from trkstruct.errors import (
    AmbiguousResidueError,
    DataError,
    MutationError,
    NumberingError,
    TrkstructError,
    UnresolvedResidueError,
    WildTypeMismatchError,
)
from trkstruct.kinases import kinase, kinases, role, roles
from trkstruct.mutations import (
    CatalogueRow,
    Mutation,
    MutationSet,
    Site,
    all_substitutions,
    catalogue,
    expand,
    paralogues,
)
from trkstruct.numbering import Numbering, number_chain
from trkstruct.residues import AMINO_ACIDS, ONE_TO_THREE, ResidueId


def chain_of(name: str, first: int, last: int, offset: int = 0) -> list:
    item = kinase(name)
    return [(ResidueId("A", n + offset), item.letter(n)) for n in range(first, last + 1)]


@pytest.fixture(scope="session")
def models() -> dict[str, Numbering]:
    """A chain of each kinase that is known in full, numbered as in UniProt."""
    return {
        item.name: number_chain(chain_of(item.name, *item.domain), label=f"{item.name} model")
        for item in kinases()
        if item.complete
    }


@pytest.fixture(scope="session")
def numbered(structure):
    def number(entry: str) -> Numbering:
        whole = structure(entry)
        chain = whole.kinase_chain()
        members = [(residue.id, residue.letter) for residue in whole.protein(chain)]
        return number_chain(members, label=f"{entry} chain {chain}")

    return number


# --- reading -----------------------------------------------------------------------------

READ = {
    "G595R": "G595R",
    " G595R ": "G595R",
    "g595r": "G595R",
    "G 595 R": "G595R",
    "Gly595Arg": "G595R",
    "GLY595ARG": "G595R",
    "p.Gly595Arg": "G595R",
    "p.(Gly595Arg)": "G595R",
    "P.Gly595Arg": "G595R",
    "p.G595R": "G595R",
    "G595->R": "G595R",
    "G595→R": "G595R",
    "G595>R": "G595R",
    "Ｇ５９５Ｒ": "G595R",
    "\u200bG595R\ufeff": "G595R",
    "NTRK1 p.G595R": "TRKA G595R",
    "TRKA G595R": "TRKA G595R",
    "trka g595r": "TRKA G595R",
    "TRKA\tG595R": "TRKA G595R",
    "TRKA:G595R": "TRKA G595R",
    "NTRK1:p.Gly595Arg": "TRKA G595R",
    "NTRK1_G595R": "TRKA G595R",
    "NTRK1-G595R": "TRKA G595R",
    "NTRK1(p.Gly595Arg)": "TRKA G595R",
    "NM_002529.3(NTRK1):p.Gly595Arg": "TRKA G595R",
    "P04629 G595R": "TRKA G595R",
    "ETV6-NTRK3 G623R": "TRKC G623R",
    "ETV6–NTRK3 G623R": "TRKC G623R",
    "ETV6::NTRK3 p.Gly623Arg": "TRKC G623R",
    "ETV6/NTRK3 G623R": "TRKC G623R",
    "EML4-ALK fusion G1202R": "ALK G1202R",
    "NPM-ALK L1196M": "ALK L1196M",
    "CD74-ROS1 G2032R": "ROS1 G2032R",
    "p38-alpha T106M": "p38-alpha T106M",
    "G595R+F589L": "G595R+F589L",
    "G595R + F589L": "G595R+F589L",
    "TRKA G595R+F589L": "TRKA G595R+F589L",
    "TRKA G595R + TRKA F589L": "TRKA G595R+F589L",
    "G595R+NTRK1 F589L": "TRKA G595R+F589L",
    "p.Gly595Arg+p.Phe589Leu": "G595R+F589L",
    "NTRK1 p.[Gly595Arg;Phe589Leu]": "TRKA G595R+F589L",
    "W12C": "W12C",
    "Trp12Cys": "W12C",
    "G27AR": "G27AR",
}


@pytest.mark.parametrize("text", READ)
def test_a_substitution_is_read_in_each_of_its_forms(text):
    read = MutationSet.parse(text)
    assert str(read) == READ[text]
    assert read.text == text.strip()
    assert MutationSet.parse(str(read)) == read
    assert hash(MutationSet.parse(str(read))) == hash(read)


def test_the_parts_of_a_mutation():
    mutation = Mutation.parse("NTRK1 p.Gly595Arg")
    assert (mutation.wild_type, mutation.position, mutation.mutant) == ("G", 595, "R")
    assert (mutation.kinase, mutation.short, mutation.hgvs) == ("TRKA", "G595R", "p.Gly595Arg")
    inserted = Mutation.parse("G27AR")
    assert (inserted.position, inserted.insertion_code, inserted.mutant) == (27, "A", "R")
    double = MutationSet.parse("TRKA G595R+F589L")
    assert len(double) == 2 and double.kinase == "TRKA"
    assert [item.short for item in double] == ["G595R", "F589L"]


REFUSED = {
    "": "No mutation is given",
    "   ": "No mutation is given",
    "\u200b": "No mutation is given",
    "G595": "does not say which residue it becomes",
    "595R": "names no wild-type residue. It is needed",
    "G595*": "introduces a stop codon",
    "G595X": "introduces a stop codon",
    "p.Gly595Ter": "introduces a stop codon",
    "p.Gly595fs": "is a frameshift",
    "p.Gly595ArgfsTer5": "is a frameshift",
    "p.Glu746_Ala750del": "is a deletion",
    "E746_A750del": "is a deletion",
    "Ala750del": "is a deletion",
    "EGFR E746_A750del": "is a deletion",
    "p.L747_P753delinsS": "is a deletion with insertion",
    "T1151_L1152insT": "is an insertion",
    "EGFR exon 20 ins": "is an insertion",
    "T1151dup": "is a duplication",
    "T1151dup (1151Tins)": "is an insertion",
    "p.Ter797GlnextTer5": "is an extension",
    "p.Gly595=": "is silent",
    "p.Gly595?": "does not say what it becomes",
    "p.?": "does not say what it becomes",
    "G595G": "changes nothing: both residues are Gly",
    "MET amplification": "is no change of a single residue",
    "WT": "is no mutation",
    "c.1783G>A": "is a change of DNA or RNA",
    "NTRK1 c.1783G>A": "is a change of DNA or RNA",
    "g.156846342G>A": "is a change of DNA or RNA",
    "G667C/A/S": "may mean 'or' as well as 'and'",
    "G595R,F589L": "may mean 'or' as well as 'and'",
    "G595R+": "has nothing beside one of its joining signs",
    "+": "has nothing beside one of its joining signs",
    "solvent-front": "is a role, not a mutation",
    "Solvent Front": "is a role, not a mutation",
    "xDFG": "is a role, not a mutation",
    "B595R": "'B' (Asp or Asn) is none of the twenty amino acids",
    "G595Z": "'Z' (Glu or Gln) is none of the twenty amino acids",
    "G595Sec": "'Sec' is none of the twenty amino acids",
    "Abc595Arg": "'Abc' is none of the twenty amino acids",
    "G0R": "a residue number is 1 or more, not 0",
    "G12345678R": "has a residue number that no protein has",
    "KRAS G12C": "No kinase is called 'KRAS'",
    "TRKD G595R": "Near matches: ",
    "ALK-ROS1 G5R": "names 2 kinases (ALK, ROS1)",
    "RSK1 G5R": "'RSK1' has 2 kinase domains",
    "TRKA G595R+TRKB F617L": "names two kinases (TRKA, TRKB)",
    "G595R+G595L": "names residue 595 twice",
    "G595R+G595R": "names residue 595 twice",
    "hello": "is no mutation that can be read",
    "TRKA": "is no mutation that can be read",
    "=1+1": "is no mutation that can be read",
    "x" * 300: "has 300 characters; a mutation has at most 200",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_substitution_is_refused_by_name(text):
    with pytest.raises(MutationError) as error:
        MutationSet.parse(text)
    assert REFUSED[text] in str(error.value)
    assert type(error.value) is MutationError and isinstance(error.value, ValueError)


@pytest.mark.parametrize("given_value", [None, 3.5, float("nan"), 595, b"G595R", ["G595R"]])
def test_what_is_no_text_is_refused(given_value):
    with pytest.raises(MutationError, match=f"is a text, not {type(given_value).__name__}"):
        MutationSet.parse(given_value)


def test_an_error_says_how_to_write_a_mutation():
    with pytest.raises(MutationError) as error:
        MutationSet.parse("hello")
    assert str(error.value) == (
        "'hello' is no mutation that can be read. Write a substitution as wild type, number and "
        "mutant: G595R, p.Gly595Arg or TRKA G595R; join several with '+'."
    )


def test_one_mutation_is_not_two():
    with pytest.raises(MutationError, match=r"holds 2 mutations .*: give G595R or F589L"):
        Mutation.parse("G595R+F589L")


def test_values_are_checked_however_they_are_made():
    with pytest.raises(MutationError, match="'Gly' is none of the twenty amino acids"):
        Mutation("Gly", 595, "R")
    with pytest.raises(MutationError, match="changes nothing"):
        Mutation("G", 595, "G")
    with pytest.raises(MutationError, match="1 or more, not -4"):
        Mutation("G", -4, "R")
    with pytest.raises(MutationError, match="at least one substitution"):
        MutationSet(())
    with pytest.raises(MutationError, match="names 2 kinases"):
        MutationSet((Mutation("G", 595, "R", "TRKA"), Mutation("G", 623, "R", "TRKC")))


LETTERS = st.sampled_from(AMINO_ACIDS)
MUTATIONS = st.builds(
    lambda pair, position, of, code: Mutation(*pair[:1], position, pair[1], of, "", code),
    st.tuples(LETTERS, LETTERS).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 99999),
    st.sampled_from([None, *(item.name for item in kinases())]),
    st.sampled_from(["", "", "", *string.ascii_uppercase]),
)


@given(MUTATIONS)
@settings(max_examples=300)
def test_writing_and_reading_a_mutation_is_a_round_trip(mutation):
    assert Mutation.parse(str(mutation)) == mutation
    if not mutation.insertion_code:
        prefix = f"{mutation.kinase} " if mutation.kinase else ""
        assert Mutation.parse(prefix + mutation.hgvs) == mutation


@given(st.lists(MUTATIONS, min_size=1, max_size=4), st.sampled_from([None, "TRKA", "ROS1"]))
@settings(max_examples=100)
def test_writing_and_reading_a_set_is_a_round_trip(items, of):
    by_place = {
        (item.position, item.insertion_code): Mutation(
            item.wild_type, item.position, item.mutant, of, "", item.insertion_code
        )
        for item in items
    }
    whole = MutationSet(tuple(by_place.values()))
    assert MutationSet.parse(str(whole)) == whole


@pytest.mark.parametrize("item", kinases(), ids=lambda item: item.name)
def test_every_kinase_can_be_named_before_a_mutation(item):
    assert MutationSet.parse(f"{item.name} G595R").kinase == item.name


def test_ten_thousand_random_texts_give_a_mutation_or_a_mutation_error():
    rng = random.Random(10_000)
    words = [
        "G595R", "p.", "Gly", "Arg", "TRKA", "NTRK1", "ETV6-", "+", "::", "(", ")", "[", "]", ";",
        "fs", "del", "ins", "Ter", "*", "=", "?", "_", "-", " ", "\n", "\u200b", "１", "²", "٣",
        "é", "→", ">", "c.", "595", "0", "x", "\x00", "🧬", "ﬁ", "\u0301", "İ", "ß",
    ]  # fmt: skip
    alphabet = string.printable + "".join(chr(rng.randrange(0x80, 0x3000)) for _ in range(100))
    read = 0
    for number in range(10_000):
        if number % 2:
            text = "".join(rng.choice(words) for _ in range(rng.randrange(8)))
        else:
            text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(16)))
        try:
            found = MutationSet.parse(text)
        except MutationError:
            continue
        read += 1
        assert MutationSet.parse(str(found)) == found
    assert read > 0


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_gives_a_mutation_or_a_mutation_error(text):
    try:
        found = MutationSet.parse(text)
    except MutationError as error:
        assert type(error) is MutationError
    else:
        assert MutationSet.parse(str(found)) == found


# --- sites -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "text", "author", "uniprot_text", "literature", "klifs", "named"),
    [
        ("7VKO", "G595R", 595, "G595R", 595, 51, "solvent-front"),
        ("7VKO", "TRKA F589L", 589, "F589L", 589, 45, "gatekeeper"),
        ("7VKO", "G667C", 667, "G667C", 667, 80, "xDFG"),
        ("7VKO", "G589R", 595, "G595R", 595, 51, "solvent-front"),
        ("4AT3", "TRKB G639R", 639, "G623R", 639, 51, "solvent-front"),
        ("4AT3", "G623R", 639, "G623R", 639, 51, "solvent-front"),
        ("4AT3", "G709C", 709, "G693C", 709, 80, "xDFG"),
        ("6KZD", "ETV6-NTRK3 G623R", 623, "G623R", 623, 51, "solvent-front"),
        ("6KZD", "G696A", 696, "G696A", 696, 80, "xDFG"),
        ("2XP2", "EML4-ALK p.Gly1202Arg", 1202, "G1202R", 1202, 51, "solvent-front"),
        ("2XP2", "C1156Y", 1156, "C1156Y", 1156, None, "outside pocket"),
        ("2YFX", "M1196L", 1196, "M1196L", 1196, 45, "gatekeeper"),
        ("3ZBF", "G2032R", 2032, "G2032R", 2032, 51, "solvent-front"),
        ("7BTT", "L1198F", 1198, "L1198F", 1198, 47, "hinge"),
    ],
)
def test_sites_in_real_structures(
    entry, text, author, uniprot_text, literature, klifs, named, numbered
):
    (site,) = MutationSet.parse(text).locate(numbered(entry))
    assert site.residue == ResidueId("A", author)
    assert site.uniprot_text == uniprot_text
    assert site.uniprot_position == int(uniprot_text[1:-1])
    assert (site.literature_position, site.klifs_position, site.role) == (literature, klifs, named)
    assert str(site) == f"{uniprot_text[0]}{author}{uniprot_text[-1]}"


# Outside the pocket by shared/README.md: a pocket-only view must say so.
@pytest.mark.parametrize(
    ("name", "number"),
    [("TRKA", 608), ("TRKA", 674), ("ALK", 1156), ("ALK", 1275), ("ROS1", 1986), ("ROS1", 2113)],
)
def test_a_site_outside_the_pocket_is_said_to_be(name, number, models):
    letter = kinase(name).letter(number)
    mutant = "W" if letter != "W" else "A"
    (site,) = MutationSet.parse(f"{letter}{number}{mutant}").locate(models[name], "uniprot")
    assert site.role == "outside pocket" and site.klifs_position is None
    said = next(finding for finding in site.findings if finding.code == "outside-pocket")
    assert f"lies outside the 85 pocket residues of {name}" in said.message


def test_several_sites_come_in_their_order(models):
    first, second = MutationSet.parse("TRKA G595R+F589L").locate(models["TRKA"])
    assert (str(first), str(second)) == ("G595R", "F589L")
    assert isinstance(first, Site) and first.kinase is kinase("TRKA")


def test_the_same_residue_by_two_numbers_is_an_error(models):
    with pytest.raises(MutationError) as error:
        MutationSet.parse("F589L+F583A").locate(models["TRKA"])
    assert str(error.value) == (
        "F589L+F583A: F589L and F583A are the same residue, A:589 of TRKA model. Give one of them."
    )


def test_a_mutation_of_another_kinase_is_an_error(models):
    with pytest.raises(MutationError) as error:
        MutationSet.parse("ALK G1202R").locate(models["TRKA"])
    assert str(error.value) == (
        "ALK G1202R is a mutation of ALK, but TRKA model is TRKA. Give a structure of ALK, or the "
        "mutation of TRKA."
    )


def test_errors_of_the_numbering_come_through_with_the_mutation(models, numbered):
    for text, error, start in (
        ("W595R", WildTypeMismatchError, "W595R: residue 595 of TRKA model is Gly"),
        ("R593A", AmbiguousResidueError, "R593A fits 2 residues of TRKA model"),
        ("D668N", AmbiguousResidueError, "D668N fits 2 residues of TRKA model"),
        ("G5000R", NumberingError, "G5000R: TRKA model has no residue 5000"),
        ("M1A", UnresolvedResidueError, "M1A: M1 of TRKA has no coordinates"),
    ):
        with pytest.raises(error, match=f"^{re.escape(start)}"):
            MutationSet.parse(text).locate(models["TRKA"])
    with pytest.raises(WildTypeMismatchError, match=r"may already carry .*it has L1196M"):
        MutationSet.parse("L1196M").locate(numbered("2YFX"))


def test_a_reverse_mutation_is_said_to_be_one(numbered):
    (site,) = MutationSet.parse("M1196L").locate(numbered("2YFX"))
    said = next(item for item in site.findings if item.code == "construct-mutation-at-site")
    assert said.message == (
        "2YFX chain A carries L1196M here: UniProt has Leu, and the change is reckoned from Met, "
        "as in the structure. It is put back by this mutation."
    )


def test_a_convention_is_in_the_findings(models):
    (site,) = MutationSet.parse("G639R").locate(models["TRKB"])
    assert [item.code for item in site.findings] == ["numbering-convention"]
    (site,) = MutationSet.parse("G51R").locate(models["TRKA"], "klifs")
    assert str(site) == "G595R" and site.scheme == "klifs"


def test_a_protein_that_is_no_kinase_goes_by_author_numbers():
    letters = "KVFGRCELAAAMKRHGLDNYRGYSLGNWVCAAKFESNFNTQATNRNTDGSTDYGILQINSRWWCND"
    numbering = number_chain([(ResidueId("A", i + 1), c) for i, c in enumerate(letters)])
    (site,) = MutationSet.parse("E35Q").locate(numbering)
    assert (site.residue, site.uniprot_text, site.role) == (ResidueId("A", 35), "", "")
    assert site.uniprot_position is None and site.findings == ()
    (site,) = MutationSet.parse("TRKA E35Q").locate(numbering)
    assert [item.code for item in site.findings] == ["kinase-not-confirmed"]


def test_insertion_codes_lead_to_their_residue():
    members = [
        (ResidueId("A", 594, "A"), letter) if residue.number == 595 else (residue, letter)
        for residue, letter in chain_of("TRKA", 502, 790)
    ]
    (site,) = MutationSet.parse("G594AR").locate(number_chain(members))
    assert site.residue == ResidueId("A", 594, "A") and site.uniprot_text == "G595R"
    assert str(site) == "G594AR" and Mutation.parse(str(site)).insertion_code == "A"


# --- paralogues --------------------------------------------------------------------------

# One pocket position, five names: the table of shared/README.md.
EQUIVALENT = [
    {"TRKA": 595, "TRKB": 623, "TRKC": 623, "ALK": 1202, "ROS1": 2032},
    {"TRKA": 589, "TRKB": 617, "TRKC": 617, "ALK": 1196, "ROS1": 2026},
    {"TRKA": 667, "TRKB": 693, "TRKC": 696, "ALK": 1269, "ROS1": 2101},
]


@pytest.mark.parametrize("site", EQUIVALENT)
@pytest.mark.parametrize("name", ["TRKA", "TRKB", "TRKC", "ALK", "ROS1"])
def test_paralogues_are_the_same_site(site, name):
    letter = kinase(name).letter(site[name])
    found = {of.name: m for of, m in paralogues(Mutation(letter, site[name], "R"), name)}
    for other, number in site.items():
        if other == name:
            assert other not in found
        else:
            assert found[other] == Mutation(kinase(other).letter(number), number, "R", other)


def test_paralogues_of_a_site_and_of_a_mutation_agree(models):
    (site,) = MutationSet.parse("G639R").locate(models["TRKB"])
    assert paralogues(site) == paralogues(Mutation.parse("TRKB G623R"))


def test_a_paralogue_that_has_the_residue_already_is_left_out():
    # MET has Leu where TRKA has its gatekeeper Phe.
    assert "MET" not in {of.name for of, _ in paralogues(Mutation.parse("TRKA F589L"))}


def test_paralogues_need_a_kinase_a_pocket_and_the_right_letter():
    assert paralogues(Mutation.parse("TRKA A608D")) == ()
    with pytest.raises(MutationError, match=r"of which kinase\? Give it, as in 'TRKA G595R'"):
        paralogues(Mutation.parse("G595R"))
    with pytest.raises(
        MutationError, match=r"residue 639 of TRKB .* is Met, not Gly. Give the Uni"
    ):
        paralogues(Mutation.parse("TRKB G639R"))
    with pytest.raises(NumberingError, match="No kinase is called 'XYZ1'"):
        paralogues(Mutation.parse("G595R"), "XYZ1")


def test_all_substitutions_are_the_nineteen_others():
    found = all_substitutions("G", 595, "TRKA")
    assert len(found) == 19 and {item.mutant for item in found} == set(AMINO_ACIDS) - {"G"}
    assert str(found[0]) == "TRKA G595A"
    with pytest.raises(MutationError, match="none of the twenty"):
        all_substitutions("X", 595)


# --- the catalogue -----------------------------------------------------------------------


def test_every_catalogued_mutation_fits_its_sequence_and_has_a_source():
    rows = catalogue()
    assert len({(row.kinase, row.text) for row in rows}) == len(rows) > 40
    for row in rows:
        assert isinstance(row, CatalogueRow)
        assert kinase(row.kinase).letter(row.uniprot_position) == row.mutation.wild_type
        assert row.role == role(row.klifs_position)
        assert re.fullmatch(
            r"doi:10\.\d{4,}/\S+|PMID:\d{8}|PMCID:PMC\d+|https://\S+", row.source
        ), row
        assert row.citation and row.basis in ("reported", "homologous")
        assert row.inhibitors or row.basis == "homologous"


def test_homologous_rows_are_the_site_of_a_reported_one():
    reported = [row.mutation for row in catalogue() if row.basis == "reported"]
    for row in catalogue():
        if row.basis == "homologous":
            assert {m for _, m in paralogues(row.mutation)} & set(reported), row


def test_sources_that_stand_in_the_evidence_are_written_as_there(shared):
    text = ""
    for name in ("activities.csv", "labels.csv"):
        text += (shared / "evidence" / name).read_text(encoding="utf-8")
    for row in catalogue():
        if row.source.startswith("PMID:") and row.basis == "reported":
            assert row.source.removeprefix("PMID:") in text, row


def test_every_measured_substitution_is_catalogued(shared):
    texts = {(row.gene, row.text) for row in catalogue()}
    texts |= {(row.gene, row.literature_text) for row in catalogue()}
    with (shared / "evidence" / "activities.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if re.fullmatch(r"[A-Z]\d+[A-Z]", row["variant"]):
                assert (row["kinase"], row["variant"]) in texts


@pytest.mark.parametrize("name", ["TRKA", "TRKB", "TRKC", "ALK", "ROS1", "MET"])
def test_catalogued_mutations_are_found_without_a_given_numbering(name, models):
    # Neither the UniProt nor the literature text of a known mutation may be ambiguous.
    for row in catalogue(name):
        for text in (row.text, row.literature_text):
            (site,) = MutationSet.parse(text).locate(models[name])
            assert site.uniprot_text == row.text
            assert (site.klifs_position, site.role) == (row.klifs_position, row.role)


def test_well_known_mutations_of_the_other_numbered_kinases_are_not_ambiguous(models):
    for text in (
        "ABL1 T315I", "ABL1 E255K", "ABL1 Y253H", "EGFR T790M", "EGFR C797S", "EGFR L858R",
        "KIT T670I", "KIT V654A", "KIT D816V", "RET V804M", "RET G810R", "KDR V916M",
        "MET D1228N", "MET D1246N", "MET Y1230H", "MET Y1248H", "MET G1163R", "MET F1200I",
    ):  # fmt: skip
        mutation = MutationSet.parse(text)
        (site,) = mutation.locate(models[mutation.kinase])
        assert site.kinase.name == mutation.kinase


def test_the_catalogue_is_asked_by_kinase_and_role():
    assert {row.kinase for row in catalogue("NTRK1")} == {"TRKA"}
    assert [row.text for row in catalogue(kinase("ALK"), "gatekeeper")] == ["L1196M"]
    (row,) = catalogue("TRKB", "solvent front")
    assert (row.text, row.literature_text, row.klifs_position) == ("G623R", "G639R", 51)
    assert {row.role for row in catalogue(role="xDFG")} == {"xDFG"}
    with pytest.raises(MutationError) as error:
        catalogue(role="front door")
    assert str(error.value) == f"'front door' is no role; roles are {', '.join(roles())}."
    with pytest.raises(NumberingError, match="No kinase is called 'XYZ1'"):
        catalogue("XYZ1")


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("solvent-front", "TRKA", ("G595R",)),
        ("Solvent Front", "TRKC", ("G623R",)),
        ("gatekeeper", "TRKA", ("F589L",)),
        ("xDFG", "TRKA", ("G667C", "G667A", "G667S")),
        ("XDFG", "ALK", ("G1269A", "G1269S")),
        ("solvent-front", "ROS1", ("G2032R", "D2033N")),
        ("gatekeeper", "MET", ()),
        ("G595R", "TRKA", ("G595R",)),
        (" p.Gly595Arg+F589L ", "TRKA", ("p.Gly595Arg+F589L",)),
    ],
)
def test_a_role_stands_for_the_catalogued_mutations(text, name, expected):
    assert expand(text, kinase(name)) == expand(text, name) == expected


def test_what_is_neither_role_nor_mutation_is_an_error():
    with pytest.raises(MutationError, match="is no mutation that can be read"):
        expand("front door", "TRKA")
    with pytest.raises(TrkstructError):
        expand("xDFG", "XYZ1")


def test_a_catalogue_that_does_not_fit_its_sequence_is_an_error(monkeypatch):
    from trkstruct.mutations import _catalogue

    row = {**reference.read_csv("resistance_mutations.csv")[0], "mutation": "W595R"}
    monkeypatch.setattr(_catalogue.reference, "read_csv", lambda name: (row,))
    _catalogue._catalogue.cache_clear()
    try:
        with pytest.raises(DataError, match="TRKA W595R does not fit UniProt P04629"):
            catalogue()
    finally:
        _catalogue._catalogue.cache_clear()


def test_three_letter_codes_are_read_for_all_twenty():
    for letter, three in ONE_TO_THREE.items():
        other = "A" if letter != "A" else "G"
        assert Mutation.parse(f"p.{three.capitalize()}5{ONE_TO_THREE[other].capitalize()}") == (
            Mutation(letter, 5, other)
        )
