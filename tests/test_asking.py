"""Asking in words: reading, sorting, ranking, the answers that must be given, the command."""

from __future__ import annotations

import csv
import io
import json
import random
import string
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import trkstruct as ts
from trkstruct import asking, reference
from trkstruct.asking import ANSWER_COLUMNS, Ranked, read
from trkstruct.asking._changes import as_change
from trkstruct.asking._ranking import tied
from trkstruct.asking._sorting import sort
from trkstruct.cli import main
from trkstruct.ensembles import RT_KCAL
from trkstruct.errors import AmbiguousResidueError, MutationError, QuestionError, TrkstructError
from trkstruct.evidence import _tables
from trkstruct.kinases import kinase, kinases
from trkstruct.ligands.library import library
from trkstruct.residues import AMINO_ACIDS, ONE_TO_THREE

FULL = [item for item in kinases() if item.complete]
PARTNERS = sorted({row["partner"] for row in reference.read_csv("fusions.csv")})


@cache
def answered(text, *prior):
    return ts.ask(text, prior)


def sentences(answer, title):
    return " ".join(
        text
        for part in answer.sections
        if part.title.startswith(title)
        for text in (*part.paragraphs, *part.after)
    )


def ranked(answer, cls):
    return {item.inhibitor: item for item in answer.ranking if item.listed == cls}


# --- reading


@pytest.mark.parametrize(
    "text",
    [
        "ETV6-NTRK3 p.G623R",
        "ETV6::NTRK3 G623R",
        "ETV6/NTRK3 p.Gly623Arg",
        "NTRK3-ETV6 p.(Gly623Arg)",
        "NTRK3::ETV6 Gly623Arg",
        "ETV6 -- NTRK3".replace(" ", "") + " gly623arg",
        "etv6-ntrk3 g623r",
        "ETV6-NTRK3 fusion, NTRK3 p.G623R",
        "ETV6-NTRK3-G623R",
        "p.G623R in ETV6\u2013NTRK3",
        "fusion of NTRK3 and ETV6 with Gly 623 Arg",
        "NTRK3 fusion with ETV6; G623->R",
    ],
)
def test_a_fusion_and_its_mutation_in_any_spelling(text):
    question = read(text)
    assert question.kinase.name == "TRKC"
    assert (question.fusion.partner, question.fusion.gene) == ("ETV6", "NTRK3")
    assert [(a.gene, a.text) for a in question.alterations] == [("NTRK3", "G623R")]
    assert not question.unread


def test_treatment_before_is_read_from_the_text_and_from_the_argument():
    question = read("ETV6-NTRK3 fusion, NTRK3 p.G623R after LOXO-101", ["rozlytrek", "aspirin"])
    assert question.prior == ("larotrectinib", "entrectinib", "aspirin")
    assert read("ROS1 G2032R post crizotinib").prior == ("crizotinib",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("G595R", "substitution"), ("p.Gly595Arg", "substitution"),
        ("p.(Gly595Arg)", "substitution"), ("G595G", "silent"), ("p.Gly595=", "silent"),
        ("p.(=)", "silent"), ("p.Gly595fs", "frameshift"), ("G595Rfs*12", "frameshift"),
        ("p.Gly595ArgfsTer7", "frameshift"),
        ("R220*", "stop"), ("p.Arg220Ter", "stop"), ("R220X", "stop"),
        ("T1151dup", "duplication"), ("A750del", "deletion"), ("L747_A750delinsP",
        "deletion with insertion"), ("1151Tins", "insertion"), ("G667C/A/S", "several"),
        ("c.1783G>A", "DNA"), ("p.Gly595?", "incomplete"), ("G595", "incomplete"),
    ],
)  # fmt: skip
def test_kinds_of_changes(text, kind):
    (change,) = read(f"NTRK1 {text}").alterations
    assert (change.gene, change.kind) == ("NTRK1", kind)


@pytest.mark.parametrize(
    "word", ["TP53", "KRAS", "banana", "H3", "E2F1", "B3X", "C11orf95", "", "p"]
)
def test_what_is_no_change(word):
    assert as_change(word) is None


def test_reference_sequences_name_their_gene():
    for text in ("NM_002529.4(NTRK1):c.1783G>A (p.Gly595Arg)", "NP_002520.2:p.Gly595Arg"):
        question = read(text)
        assert question.kinase.name == "TRKA" and len(question.accessions) == 1
        assert [a.text for a in question.alterations] == ["G595R"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NTRK1 G595R with KRAS G12D", ["NTRK1 G595R", "KRAS G12D"]),
        ("NTRK1 G595R and KRAS p.Gly12Asp mutation", ["NTRK1 G595R", "KRAS G12D"]),
        ("NTRK3 MET amp", ["MET amplification"]),
        ("amplification of MET in ETV6-NTRK3", ["MET amplification"]),
        ("NTRK1 G595R, IGF-1R activation", ["NTRK1 G595R", "IGF1R activation"]),
        ("NTRK1 G595R TP53 R175H", ["NTRK1 G595R", "TP53 R175H"]),
        ("NTRK3 p.G623R, BRAF V600E", ["NTRK3 G623R", "BRAF V600E"]),
        ("EML4-ALK G1202R L1196M", ["ALK G1202R", "ALK L1196M"]),
        ("NTRK1 fusion with CDKN2A loss", ["CDKN2A loss"]),
    ],
)
def test_changes_go_to_their_gene(text, expected):
    assert [str(a) for a in read(text).alterations] == expected


def test_words_that_are_not_understood_are_kept():
    assert read("NTRK1 G595R zorgle Q!").unread == ("zorgle", "Q")


def test_a_plus_says_that_mutations_are_on_one_molecule():
    assert read("NTRK1 G595R+F589L").joined
    assert not read("NTRK1 G595R, F589L").joined


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("banana", "no question about a kinase"),
        ("", "empty"),
        ("G595R", "G595R of which? It is catalogued in TRKA"),
        ("KRAS G12D", "KRAS mutation is known as a way around inhibitors of TRKA"),
        ("NTRK fusion G595R", "TRKA or TRKB or TRKC. Say which"),
        ("NTKR1 G595R", "Did you mean NTRK1?"),
        ("ALK and ROS1", "2 kinases (ALK, ROS1)"),
        ("ETV6-NTRK3 and EML4-ALK", "2 kinases (NTRK3, ALK)"),
        ("x" * 501, "at most 500"),
        (None, "is a text, not NoneType"),
        ("the sequencing kit met criteria", "no question about a kinase"),
    ],
)
def test_what_is_no_question_is_said_politely(text, says):
    with pytest.raises(QuestionError) as raised:
        read(text)
    assert says in str(raised.value)
    assert isinstance(raised.value, ValueError)


def test_a_mutation_that_fits_no_sequence_is_an_error_with_what_is_there():
    with pytest.raises(MutationError, match=r"residue 590 of TRKA .* is E, not G"):
        ts.ask("NTRK1 G590R")


# --- properties of the reader

spaces = st.sampled_from(["", " ", "  "])
drugs = st.sampled_from([entry.name for entry in library()])


@st.composite
def substitutions(draw, of):
    position = draw(st.integers(min_value=1, max_value=len(of.sequence)))
    wild = of.letter(position)
    mutant = draw(st.sampled_from([a for a in AMINO_ACIDS if a != wild]))
    return wild, position, mutant


@given(st.data())
def test_round_trip_of_fusion_mutation_and_treatment(data):
    of = data.draw(st.sampled_from(FULL))
    partner = data.draw(st.sampled_from(PARTNERS))
    separator = data.draw(st.sampled_from(["-", "::", "/", "--", "\u2013"]))
    pair = data.draw(st.permutations([partner, of.gene]))
    wild, position, mutant = data.draw(substitutions(of))
    one, two = (ONE_TO_THREE[a].capitalize() for a in (wild, mutant))
    change = data.draw(
        st.sampled_from(
            [f"{wild}{position}{mutant}", f"p.{wild}{position}{mutant}", f"p.{one}{position}{two}",
             f"p.({one}{position}{two})", f"{one}{position}{two}"]
        )
    )  # fmt: skip
    drug = data.draw(drugs)
    question = read(f"{separator.join(pair)} {change} after {drug}")
    assert question.kinase == of
    assert (question.fusion.partner, question.fusion.gene) == (partner, of.gene)
    (found,) = question.alterations
    assert (found.wild_type, found.position, found.mutant) == (wild, position, mutant)
    assert question.prior == (drug,) and not question.unread
    # What it says of itself is read as the same question.
    assert read(str(question)) == question


@given(st.text(max_size=60))
@settings(max_examples=400)
def test_any_text_is_a_question_or_a_polite_error(text):
    try:
        assert str(read(text))
    except TrkstructError as error:
        assert len(str(error)) > 20


PIECES = (
    "NTRK1", "G595R", "ETV6-", "::", "p.", "(", ")", "fs", "*", "+", " ", "KRAS", "amplification",
    "fusion", "c.1A>G", "/", "\u00e9", "\u200b", "123", "MET", "larotrectinib", "=", "_", "TRK",
    "alk", "p.[", "]", ";", "NM_002529.4", "(NTRK1):", "wild type", "->", "0", "del",
)  # fmt: skip


def test_a_hundred_thousand_random_texts_raise_nothing_else():
    rng = random.Random(7)
    letters = string.ascii_letters + string.digits + " -+:/().*=_"
    questions = 0
    for number in range(100_000):
        if number % 3 == 0:
            text = "".join(map(chr, rng.choices(range(1, 0x2FF), k=rng.randrange(25))))
        elif number % 3 == 1:
            text = "".join(rng.choices(letters, k=rng.randrange(25)))
        else:
            text = "".join(rng.choices(PIECES, k=rng.randrange(1, 8)))
        try:
            read(text)
            questions += 1
        except QuestionError:
            pass
    assert 1_000 < questions < 50_000


@given(st.data())
@settings(max_examples=200)
def test_sorting_never_fails_on_residues_that_are_there(data):
    of = data.draw(st.sampled_from(FULL))
    wild, position, mutant = data.draw(substitutions(of))
    question = read(f"{of.gene} {wild}{position}{mutant}")
    try:
        (variant,) = sort(question)
    except AmbiguousResidueError:
        return  # the same letter stands at two numberings' places
    if int(variant.mutation[1:-1]) == position:
        inside = of.domain[0] <= position <= of.domain[1]
        assert variant.standing == ("scored" if inside else "outside")
        assert (variant.klifs_position is not None) <= inside


# --- sorting


def test_either_numbering_of_trkb_is_one_mutation():
    (one,), (two,) = (sort(read(f"NTRK2 {text}")) for text in ("G639R", "G623R"))
    assert one.mutation == two.mutation == "G623R"
    assert "TRKB-838 numbering" in one.why and "G639R" in two.why
    (short,) = sort(read("NTRK1 G589R"))
    assert short.mutation == "G595R" and "TRKA-I numbering" in short.why


@pytest.mark.parametrize(
    ("text", "standing", "says"),
    [
        ("NTRK1 R220C", "outside", "outside the kinase domain (residues 510 to 783"),
        ("ETV6-NTRK3 E100C", "outside", "mostly belongs to the partner"),
        ("NTRK1 G595G", "silent", "changes no residue"),
        ("NTRK1 G595fs", "truncated", "inside the kinase domain"),
        ("NTRK1 R100*", "truncated", "before the kinase domain"),
        ("ALK R1500*", "truncated", "behind the kinase domain"),
        ("ALK T1151dup", "not modelled", "duplication"),
        ("NTRK1 amplification", "not modelled", "how much of the kinase"),
        ("NTRK1 G667C/A/S", "unclear", "Ask about each alone"),
        ("NTRK1 c.1783G>A", "unclear", "change of the DNA"),
        ("NTRK1 mutation", "unclear", "not which one"),
        ("BRAF V600E", "no sequence", "only the letters of the pocket"),
        ("ALK C1156Y", "scored", "outside the 85 residues"),
        ("NTRK1 G667C", "scored", "xDFG"),
    ],
)
def test_what_a_change_of_the_kinase_is(text, standing, says):
    (variant,) = sort(read(text))
    assert variant.standing == standing
    assert says in variant.why


@pytest.mark.parametrize(
    ("text", "standing", "source", "says"),
    [
        ("NTRK1 KRAS G12D", "off-target", "doi:10.1038/s41591-019-0542-z", "whether or not"),
        ("NTRK2 MET amplification", "off-target", "doi:10.1038/s41591-019-0542-z", "receptor"),
        ("NTRK1 BRAF V600E", "off-target", "doi:10.1038/s41591-019-0542-z", "MAPK"),
        ("NTRK1 IGF1R activation", "off-target", "doi:10.1158/1535-7163.MCT-16-0909", "takes over"),
        ("NTRK3 IGF1R activation", "off-target", "doi:10.1158/1535-7163.MCT-16-0909",
         "not found reported for TRKC"),
        ("ROS1 G2032R KRAS G12C", "off-target",
         "https://aacrjournals.org/clincancerres/article/27/10/2899", "ROS1"),
        ("NTRK1 TP53 R175H", "other gene", "", "may be a passenger"),
        ("NTRK1 BRAF D594G", "other gene", "", "Nothing is known"),
        ("NTRK1 G595R NRAS Q61K", "off-target",
         "https://aacrjournals.org/clincancerres/article/27/10/2899", "inhibitors of ROS1"),
    ],
)  # fmt: skip
def test_ways_around_the_kinase_are_named_with_their_source(text, standing, source, says):
    *_, variant = sort(read(text))
    assert (variant.standing, variant.source) == (standing, source)
    assert says in variant.why and "not scored" in variant.why


# --- the questions that must be answered well


def caveats_are_there(answer):
    text = answer.text
    for words in ("Research use only", "not clinical advice", "without a mutation of the kinase is "
                  "common", "ATP is not modelled"):  # fmt: skip
        assert words in text


def test_etv6_ntrk3_g623r_after_larotrectinib():
    answer = answered("ETV6-NTRK3 p.G623R", "larotrectinib")
    assert (answer.kinase.name, answer.mutation) == ("TRKC", "G623R")
    assert "known fusion" in sentences(answer, "What was asked")
    biochemical = ranked(answer, "biochemical")
    assert list(biochemical)[-1] == "larotrectinib"
    larotrectinib = biochemical["larotrectinib"]
    assert larotrectinib.measured == "48 nM" and larotrectinib.wild_type_nm == 2.8
    assert ranked(answer, "cellular")["larotrectinib"].measured == "> 1000 nM"
    before = sentences(answer, "Treatment before")
    assert before.startswith("larotrectinib: predicted") and "17-fold (biochemical)" in before
    assert "repotrectinib" in sentences(answer, "Approved")
    assert "50 % of 48" in sentences(answer, "Approved"), "pretreated patients, not naive ones"
    assert "catalogued" in sentences(answer, "What is reported")
    caveats_are_there(answer)


def test_tpm3_ntrk1_g667c_after_entrectinib_speaks_of_type_ii():
    answer = answered("TPM3-NTRK1 G667C", "entrectinib")
    short = sentences(answer, "In short")
    assert "type II: sensitised" in short and "doi:10.1158/2159-8290.CD-20-0571" in short
    assert "evidence for a class, not a prediction" in short
    for name in ("merestinib", "cabozantinib"):
        assert name in short
    no_call = {item.inhibitor for item in answer.ranking if item.listed == "no call"}
    assert no_call >= {"merestinib", "cabozantinib"}, "the model says nothing of them"
    assert sentences(answer, "Treatment before").startswith("entrectinib: predicted")
    caveats_are_there(answer)


def test_lmna_ntrk1_g595r_keeps_the_second_generation():
    answer = answered("LMNA-NTRK1 G595R")
    biochemical = ranked(answer, "biochemical")
    assert biochemical["larotrectinib"].call == "resistant"
    assert {n for n, item in biochemical.items() if item.call == "retained"} == {
        "repotrectinib", "selitrectinib"
    }  # fmt: skip
    assert "cannot be told apart" in sentences(answer, "In short")
    assert "LMNA::NTRK1 is a known fusion" in sentences(answer, "What was asked")


def test_ntrk1_f589l():
    answer = answered("NTRK1 F589L")
    assert "gatekeeper" in sentences(answer, "What was asked")
    assert "larotrectinib was reported" in sentences(answer, "What is reported")
    assert ranked(answer, "biochemical")
    caveats_are_there(answer)


def test_ntrk2_in_either_numbering_is_one_answer():
    one, two = answered("NTRK2 G639R"), answered("NTRK2 G623R")
    assert one.mutation == two.mutation == "G623R"
    assert one.rows() == two.rows()
    assert "G639R (TRKB-838 numbering) is G623R" in one.text
    assert ranked(one, "biochemical")["repotrectinib"].measured == "2.7 nM"


def test_a_compound_mutation_is_scored_as_one():
    answer = answered("NTRK1 G595R+F589L")
    assert answer.mutation == "F589L+G595R"
    assert ranked(answer, "biochemical")["larotrectinib"].call == "resistant"
    reported = sentences(answer, "What is reported")
    assert "Of TRKA G595R alone" in reported and "77-fold (biochemical)" in reported
    assert all(row["mutation"] == "F589L+G595R" for row in answer.panel.rows)


def test_ros1_g2032r():
    answer = answered("ROS1 G2032R")
    assert ranked(answer, "cellular")["crizotinib"].call == "resistant"
    only = ranked(answer, "ddG only")
    assert only["repotrectinib"].call == "retained"
    assert "taletrectinib" in sentences(answer, "Approved")
    # Whoever is in no list was to be placed first, and that is said.
    waiting = [f.message for f in answer.findings if f.code == "not-placed"]
    listed = {item.inhibitor for item in answer.ranking}
    assert all(entry.name in listed or entry.name in waiting[0] for entry in library())
    assert not waiting or "placing takes minutes" in sentences(answer, "Left out")
    if only["taletrectinib"].call == "resistant":
        assert "taletrectinib (reported sensitive)" in sentences(answer, "In short")


def test_alk_g1202r():
    answer = answered("ALK G1202R")
    assert next(iter(ranked(answer, "biochemical"))) == "lorlatinib"
    cellular = ranked(answer, "cellular")
    assert cellular["brigatinib"].call == cellular["ceritinib"].call == "resistant"
    assert "lorlatinib" in sentences(answer, "Approved")


def test_ntrk1_g595r_with_kras_scores_the_one_and_explains_the_other():
    answer = answered("NTRK1 G595R with KRAS G12D")
    alone = answered("LMNA-NTRK1 G595R")
    assert answer.rows() == alone.rows(), "KRAS changes no number"
    assert [v.standing for v in answer.variants] == ["scored", "off-target"]
    assert "But KRAS G12D is there as well" in sentences(answer, "In short")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("NTRK3 with MET amplification only", "MET amplification is a known way around"),
        ("NTRK1 R220C", "TRKA R220C is not scored"),
        ("NTRK1 p.Gly595fs", "TRKA Gly595fs is not scored"),
        ("BRAF V600E", "BRAF V600E is not scored"),
    ],
)
def test_what_is_not_scored_has_no_ranking_and_says_why(text, short):
    answer = answered(text)
    assert answer.mutation == "" and answer.ranking == () and answer.panel is None
    assert short in sentences(answer, "In short")
    caveats_are_there(answer)


@pytest.mark.parametrize("text", ["NTRK1", "TRKA wild type", "NTRK1 G595G"])
def test_the_wild_type_is_answered_with_what_is_measured(text):
    answer = answered(text)
    assert answer.mutation == ""
    biochemical = ranked(answer, "biochemical")
    assert list(biochemical) == ["repotrectinib", "selitrectinib", "larotrectinib"]
    assert all(item.predicted_nm is None and item.call == "" for item in answer.ranking)
    assert "nothing is predicted" in sentences(answer, "In short")


def test_a_residue_that_no_inhibitor_comes_near_has_no_call():
    answer = answered("ALK C1156Y")
    assert all(item.listed == "no call" for item in answer.ranking)
    assert "That is not the same as no resistance" in sentences(answer, "In short")


# --- ranking


def test_lists_are_ranked_and_consistent():
    answer = answered("LMNA-NTRK1 G595R")
    for cls in ("biochemical", "binding"):
        items = list(ranked(answer, cls).values())
        assert [item.rank for item in items] == list(range(1, len(items) + 1))
        values = [item.predicted_nm for item in items]
        assert values == sorted(values)
        for item in items:
            assert item.predicted_nm == pytest.approx(item.wild_type_nm * item.fold_change)
            assert (
                item.low_nm < item.predicted_nm * 1.05 and item.predicted_nm < item.high_nm * 1.05
            )
            assert item.sources
    only = list(ranked(answer, "ddG only").values())
    assert [item.ddg_kcal for item in only] == sorted(item.ddg_kcal for item in only)
    names = {item.inhibitor for item in answer.ranking}
    waiting = " ".join(f.message for f in answer.findings if f.code == "not-placed")
    assert all(e.name in names or e.name in waiting for e in library()), "each has its place"


def entry(nm, low, high):
    import math

    ddg = 1.0
    wild = nm / math.exp(ddg / RT_KCAL)
    return Ranked(
        "x", "biochemical", wild_type_nm=wild, predicted_nm=nm, ddg_kcal=ddg,
        ddg_low_kcal=RT_KCAL * math.log(low / wild), ddg_high_kcal=RT_KCAL * math.log(high / wild),
    )  # fmt: skip


def test_two_inhibitors_are_told_apart_by_their_intervals():
    assert tied(entry(1, 0.1, 10), entry(5, 0.5, 50))
    assert not tied(entry(1, 0.5, 2), entry(100, 50, 200))
    # Half widths add in squares: intervals that just touch are told apart.
    assert not tied(entry(1, 0.25, 4), entry(16, 4, 64))
    # Only the sides that face each other count.
    assert not tied(entry(1, 0.0001, 1.1), entry(3, 2.8, 1e6))


#: Columns that may say what is measured; all others must not.
SHOWN = {
    "wt_active", "wt_potency_nm", "predicted_potency_nm", "potency_assay", "potency_source",
    "evidence",
}  # fmt: skip


def test_shuffled_evidence_changes_no_score(monkeypatch):
    before = answered("ETV6-NTRK3 p.G623R", "larotrectinib")
    real = _tables.read_csv
    rng = random.Random(3)

    def shuffled(name):
        rows = [dict(row) for row in real(name)]
        for column in {"measurements.csv": ("value", "wt_value"),
                       "response_labels.csv": ("label",)}.get(name, ()):  # fmt: skip
            values = [row[column] for row in rows if row[column]]
            rng.shuffle(values)
            for row in rows:
                row[column] = values.pop() if row[column] else ""
        return tuple(MappingProxyType(row) for row in rows)

    monkeypatch.setattr(_tables, "read_csv", shuffled)
    _tables._measurements.cache_clear()
    _tables._labels.cache_clear()
    try:
        after = ts.ask("ETV6-NTRK3 p.G623R", "larotrectinib")
        rows = list(after.panel.rows)
    finally:
        monkeypatch.undo()
        _tables._measurements.cache_clear()
        _tables._labels.cache_clear()
    assert len(rows) == len(before.panel.rows)
    for one, other in zip(before.panel.rows, rows, strict=True):
        assert one.keys() == other.keys() >= SHOWN
        for column in one.keys() - SHOWN:
            assert one[column] == other[column], (one["ligand"], column)
    moved = [(a["wt_potency_nm"], b["wt_potency_nm"])
             for a, b in zip(before.panel.rows, rows, strict=True)]  # fmt: skip
    assert any(a != b for a, b in moved), "the shuffle must be seen where evidence may be seen"
    scores = {item.inhibitor: (item.ddg_kcal, item.call, item.confidence)
              for item in before.ranking if item.call != "abstain"}  # fmt: skip
    again = {item.inhibitor: (item.ddg_kcal, item.call, item.confidence) for item in after.ranking}
    assert scores.items() <= again.items()


# --- forms of an answer


def test_forms_of_an_answer():
    answer = answered("LMNA-NTRK1 G595R")
    frame = answer.to_dataframe()
    assert tuple(frame.columns) == ANSWER_COLUMNS and len(frame) == len(answer.ranking)
    assert frame["ddg_kcal"].dtype == float
    page = answer._repr_html_()
    assert page.count("<table>") == page.count("</table>") >= 3 and "Research use only" in page
    hostile = asking.Answer(replace(answer.question, unread=("<script>",)), (), "", ())
    assert "<script>" not in hostile._repr_html_() and "&lt;script&gt;" in hostile._repr_html_()
    whole = json.loads(json.dumps(answer.to_dict()))
    assert whole["scored"] == "G595R" and whole["fusion"] == {"partner": "LMNA", "gene": "NTRK1"}
    assert len(whole["ranking"]) == len(answer.ranking) and whole["caveats"]
    assert repr(answer).startswith("<Answer to 'LMNA::NTRK1, NTRK1 G595R': G595R")


# --- the command


def run(*arguments):
    env = {"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}
    return CliRunner(env=env).invoke(main, ["ask", *arguments], catch_exceptions=False)


def test_command_prints_a_table_that_fits_the_terminal():
    result = run("NTRK1", "wild", "type")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "Measured on wild-type TRKA: biochemical" in result.stdout


def test_command_writes_json_and_csv(tmp_path):
    table = tmp_path / "answer.csv"
    result = run("NTRK1 p.Gly595=", "-o", str(table))
    assert result.exit_code == 0 and result.stdout == ""
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == ANSWER_COLUMNS and rows[0]["inhibitor"] == "repotrectinib"
    result = run("NTRK1 R220C", "--format", "json")
    assert json.loads(result.stdout)["variants"][0]["standing"] == "outside"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("banana", "'banana' is no question about a kinase"),
        ("G595R", "of which?"),
        ("NTRK1 G590R", "residue 590 of TRKA"),
    ],
)
def test_command_ends_with_two_and_a_message(text, says):
    result = run(text)
    assert result.exit_code == 2 and result.stdout == ""
    assert says in result.stderr and "Traceback" not in result.stderr


def test_what_is_not_scored_is_an_answer_all_the_same():
    for text in ("NTRK1 R220C", "NTRK1 G595G", "NTRK1 p.Gly595fs", "NTRK3 MET amplification"):
        assert run(text).exit_code == 0, text


def test_public_names():
    assert ts.ask is asking.ask and ts.Answer is asking.Answer
    assert kinase("TRKA") == read("TRKA").kinase
