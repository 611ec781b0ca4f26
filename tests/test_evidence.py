"""The evidence room: its tables, fold changes, potencies, and that nothing of it enters a score."""

from __future__ import annotations

import csv
import json
import math
import random
import re
from types import MappingProxyType

import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct import evidence, reference
from trkstruct.cli import main
from trkstruct.ensembles import RT_KCAL
from trkstruct.errors import DataError, MutationError, NumberingError
from trkstruct.evidence import _tables
from trkstruct.kinases import kinase
from trkstruct.ligands import library
from trkstruct.mutations import MutationSet

SOURCE = re.compile(
    r"doi:10\.\d{4,9}/[^\s;,]+|PMID:\d{7,8}|PMCID:PMC\d{6,9}|NCT\d{8}|entry:[1-9][A-Z0-9]{3}"
    r"|https://[a-z.]+/[^\s;,]+"
)
#: What a source found in the evidence beside the project is called here.
PROVENANCE = {"paper", "abstract", "transcribed", "database"}


@pytest.fixture
def tables(monkeypatch):
    """Put other rows in the place of a table, for one test."""
    real = _tables.read_csv

    def clear():
        _tables._measurements.cache_clear()
        _tables._labels.cache_clear()

    def replace(**rows):
        monkeypatch.setattr(
            _tables, "read_csv", lambda name: rows.get(name.removesuffix(".csv"), real(name))
        )
        clear()

    yield replace
    monkeypatch.undo()
    clear()


def measured(**fields):
    """A row of measurements, as the loader gives it."""
    row = {
        "id": "x-1", "kinase": "TRKA", "gene": "NTRK1", "variant": "G595R",
        "variant_literature": "G595R", "inhibitor": "larotrectinib", "assay": "",
        "assay_class": "biochemical", "measure": "IC50", "relation": "=", "value": "10",
        "unit": "nM", "wt_value": "", "wt_relation": "", "experiment": "x", "system": "",
        "source": "PMID:1234567", "provenance": "paper", "conflict": "", "note": "",
    }  # fmt: skip
    return MappingProxyType(row | fields)


# --- the tables


def all_rows():
    return [*evidence.measurements(), *evidence.labels(), *evidence.class_statements()]


def test_every_row_has_a_source_of_the_right_form_and_says_how_it_was_read():
    for row in all_rows():
        assert SOURCE.fullmatch(row.source), row
        assert row.provenance in PROVENANCE, row
        if row.provenance == "transcribed":
            from_review = "review" in row.note or "review" in row.system
            assert row.note or from_review, f"{row.id}: transcribed where?"


def test_rows_have_names_of_their_own_and_none_is_there_twice():
    ids = [row.id for row in all_rows()]
    assert len(set(ids)) == len(ids)
    said = [
        (r.kinase, r.variant, r.inhibitor, r.label, r.kind, r.source)
        for r in (*evidence.labels(), *evidence.class_statements())
    ]
    assert len(set(said)) == len(said)
    values = [
        (r.kinase, r.variant, r.inhibitor, r.measure, r.experiment) for r in evidence.measurements()
    ]
    assert len(set(values)) == len(values), "one value a quantity in one experiment"


def test_names_are_those_of_the_kinases_and_of_the_library():
    for row in (*evidence.measurements(), *evidence.labels()):
        assert kinase(row.kinase).name == row.kinase
        entry = library.find(row.inhibitor)
        assert entry is not None, f"{row.id}: {row.inhibitor}"
        assert entry.name == row.inhibitor, row.id
    for row in evidence.measurements():
        assert kinase(row.kinase).gene == row.gene


def substitutions():
    return [
        row
        for row in (*evidence.measurements(), *evidence.labels())
        if row.variant not in {"WT", "T1151dup", "del exons 4-11"}
    ]


def test_wild_types_are_the_residues_of_uniprot():
    assert len(substitutions()) > 100
    for row in substitutions():
        of = kinase(row.kinase)
        for item in MutationSet.parse(row.variant):
            assert of.letter(item.position) == item.wild_type, row
        assert evidence.canonical_variant(row.variant, of) == row.variant, row
        assert evidence.canonical_variant(row.variant_literature, of) == row.variant, row


def test_trkb_is_found_by_either_numbering_and_only_there():
    for text in ("G623R", "G639R", "p.Gly639Arg", "NTRK2 G639R"):
        (row,) = evidence.measurements("TRKB", text, "repotrectinib")
        assert (row.variant, row.variant_literature) == ("G623R", "G639R")
    assert {row.kinase for row in evidence.measurements(None, "G623R")} == {"TRKB", "TRKC"}
    assert {row.kinase for row in evidence.measurements(None, "TRKC G623R")} == {"TRKC"}
    assert {row.kinase for row in evidence.measurements(None, "G639R")} == {"TRKB"}


def test_trka_isoform_numbers_are_understood():
    assert evidence.folds("TRKA", "G589R", "larotrectinib") == evidence.folds(
        "TRKA", "G595R", "larotrectinib"
    )


def test_a_fold_on_the_threshold_is_on_it():
    (mean,) = evidence.mean_folds("ALK", "L1196M", "lorlatinib")  # 0.7 over 0.07
    assert mean.fold == mean.low == mean.folds[0].fold == 10


def test_agrees_with_the_values_beside_the_project(shared):
    """Every value of a library inhibitor there is here, with the same number and wild type."""
    ours = {
        (r.gene, r.variant_literature, r.inhibitor, r.relation, r.value): r
        for r in evidence.measurements()
    }
    missing = []
    with (shared / "evidence" / "activities.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            name = row["inhibitor"].split(" (")[0].removesuffix("-like")
            if library.find(name) is None or "derivative" in row["inhibitor"]:
                continue
            relation = row["value"][0] if row["value"][0] in "<>" else "="
            variant = row["variant"].split(" (")[0]
            variant = {"T1151dup": "1151Tins"}.get(variant, variant)
            key = (row["kinase"], variant, name, relation, float(row["value"].strip("<>")))
            found = ours.get(key)
            if found is None:
                missing.append(key)
            elif row["wt_value"] and found.wt_value is not None:
                assert found.wt_value == float(row["wt_value"]), key
    # 1.6 nM of one statement and 1.7 nM of two others are one wild type; 128 is 353.62 over 2.76.
    assert missing == [
        ("ROS1", "G2032R", "crizotinib", "=", 128.0),
        ("ALK", "WT", "ceritinib", "=", 1.6),
    ]


def test_a_damaged_table_is_refused_by_name(tables):
    tables(measurements=(measured(value="ten"),))
    with pytest.raises(DataError, match=r"measurements\.csv, x-1: could not convert"):
        evidence.measurements()
    tables(measurements=(measured(assay_class="clinical"),))
    with pytest.raises(DataError, match="'clinical' is none of biochemical"):
        evidence.measurements()


# --- fold changes


def test_folds_are_formed_within_one_experiment_only():
    rows = {row.id: row for row in evidence.measurements()}
    wild = {}
    for row in rows.values():
        if row.variant == "WT":
            wild[row.experiment, row.kinase, row.inhibitor] = row
    for fold in evidence.folds():
        row = rows[fold.measurement.id]
        assert fold.experiment == row.experiment
        assert fold.assay_class == row.assay_class != "unstated"
        if fold.stated:
            assert (row.measure, fold.fold) == ("fold", row.value)
            continue
        assert fold.fold == pytest.approx(row.value / row.wt_value)
        of_experiment = wild.get((row.experiment, row.kinase, row.inhibitor))
        if of_experiment is not None and not row.conflict:
            assert (of_experiment.value, of_experiment.assay_class) == (
                row.wt_value,
                row.assay_class,
            ), row
    keys = [(f.kinase, f.variant, f.inhibitor, f.experiment) for f in evidence.folds()]
    assert len(set(keys)) == len(keys)


def test_an_experiment_is_one_source_and_one_assay_class():
    for field in ("source", "assay_class"):
        seen = {}
        for row in evidence.measurements():
            if row.source.startswith("entry:"):
                continue  # one crystal paper, an entry for each structure
            assert seen.setdefault(row.experiment, getattr(row, field)) == getattr(row, field), row


def test_no_fold_across_experiments(tables):
    tables(
        measurements=(
            measured(id="a-1", variant="WT", value="1", experiment="a"),
            measured(id="b-1", value="50", experiment="b"),
        )
    )
    assert evidence.folds() == ()
    assert evidence.pairs() == tuple(pair for pair in evidence.pairs() if not pair.folds), (
        "what is left rests on labels"
    )


@pytest.mark.parametrize(
    ("mutant", "wild", "expected"),
    [
        ("=", "=", (100.0, "=")),
        (">", "=", (100.0, ">")),
        ("=", "<", (100.0, ">")),
        (">", "<", (100.0, ">")),
        ("<", "=", (100.0, "<")),
        ("=", ">", (100.0, "<")),
        ("<", ">", (100.0, "<")),
        (">", ">", None),
        ("<", "<", None),
    ],
)
def test_censored_values_stay_one_sided(tables, mutant, wild, expected):
    row = measured(value="1000", relation=mutant, wt_value="10", wt_relation=wild)
    tables(measurements=(row,))
    found = [(fold.fold, fold.relation) for fold in evidence.folds()]
    assert found == ([expected] if expected else [])


def test_a_bound_does_not_enter_a_mean(tables):
    tables(
        measurements=(
            measured(id="a-1", measure="fold", value="4", experiment="a"),
            measured(id="b-1", measure="fold", value="9", experiment="b"),
            measured(id="c-1", measure="fold", value="100", relation=">", experiment="c"),
            measured(id="d-1", measure="fold", value="50", experiment="d", assay_class="cellular"),
        )
    )
    biochemical, cellular = evidence.mean_folds("TRKA", "G595R")
    assert biochemical.fold == pytest.approx(6.0)
    assert (biochemical.relation, biochemical.low, biochemical.high) == (
        "=", pytest.approx(4.0), pytest.approx(9.0),
    )  # fmt: skip
    assert biochemical.spread == pytest.approx(math.exp(math.log(9 / 4) / math.sqrt(2)))
    assert len(biochemical.folds) == 3
    assert (cellular.assay_class, cellular.fold, cellular.spread) == (
        "cellular", pytest.approx(50.0), 1.0,
    )  # fmt: skip


def test_of_bounds_alone_the_tightest_is_kept(tables):
    tables(
        measurements=(
            measured(id="a-1", measure="fold", value="20", relation=">", experiment="a"),
            measured(id="b-1", measure="fold", value="100", relation=">", experiment="b"),
        )
    )
    (mean,) = evidence.mean_folds()
    assert (mean.fold, mean.relation) == (100.0, ">")


def test_known_folds():
    """The numbers that the project is about, worked out by hand from the papers' tables."""
    expected = {
        ("TRKA", "G595R", "larotrectinib"): 69 / 0.9,
        ("TRKA", "G667C", "selitrectinib"): 9.8 / 0.6,
        ("TRKC", "G623R", "entrectinib"): 507 / 2,
        ("TRKC", "G623R", "repotrectinib"): 4.46 / 0.211,
        ("ROS1", "G2032R", "crizotinib"): 353.62 / 2.76,
        ("ALK", "L1196M", "lorlatinib"): 0.7 / 0.07,
        ("ALK", "G1202R", "alectinib"): math.sqrt(64.4 * 27.9),
    }
    for (of, variant, drug), fold in expected.items():
        (mean,) = evidence.mean_folds(of, variant, drug)
        assert mean.fold == pytest.approx(fold), (of, variant, drug)
        assert mean.ddg_kcal == pytest.approx(RT_KCAL * math.log(fold))


# --- potency on the wild type


def test_lorlatinib_takes_the_ki_and_says_so():
    found = evidence.wild_type_potency("ALK", "lorlatinib")
    assert (found.value_nm, found.assay_class) == (0.07, "biochemical")
    assert "cellular: 1.3 nM" in found.why
    assert "1.3 nM" in found.conflict


def test_without_a_biochemical_value_the_class_with_the_most_is_taken():
    found = evidence.wild_type_potency("ALK", "crizotinib")
    assert found.assay_class == "cellular"
    assert len(found.measurements) > 3
    assert "values from 11 to 130 nM" in found.conflict
    others = {item.assay_class for item in evidence.wild_type_potencies("ALK", "crizotinib")}
    assert others == {"cellular", "binding"}, "a value of an unstated assay is none"


def test_a_bound_is_no_potency_to_multiply():
    found = evidence.wild_type_potency("ROS1", "lorlatinib")
    assert (found.relation, found.value_nm, found.active) == ("<", 0.025, "yes")
    row = evidence.columns("ROS1", "G2032R", "lorlatinib", 20.0)
    assert (row["wt_active"], row["wt_potency_nm"], row["predicted_potency_nm"]) == (
        "yes", None, None,
    )  # fmt: skip
    assert "wild type < 0.025 nM" in row["evidence"]


def test_inactive_and_unknown(tables):
    assert evidence.wild_type_potency("MET", "lestaurtinib").active == "no"
    assert evidence.wild_type_potency("TRKA", "zurletrectinib") is None
    assert evidence.wild_type_potency("no such kinase", "larotrectinib") is None
    assert evidence.wild_type_potency("TRKA", "no such inhibitor") is None
    tables(measurements=(measured(variant="WT", relation=">", value="50"),))
    assert evidence.wild_type_potency("TRKA", "larotrectinib").active == "unknown"


def test_columns():
    row = evidence.columns("TRKC", "G623R", "repotrectinib", 10.0)
    assert row["wt_active"] == "yes"
    assert (row["wt_potency_nm"], row["predicted_potency_nm"]) == (0.21, 2.1)
    assert (row["potency_assay"], row["potency_source"]) == (
        "biochemical", "doi:10.1158/2159-8290.CD-18-0484",
    )  # fmt: skip
    assert "measured 21-fold" in row["evidence"]
    assert "reported sensitive" in row["evidence"]
    assert "But: 4.5 nM" in row["evidence"]
    by_key = library.find("repotrectinib").inchikey
    assert evidence.columns("TRKC", "G623R", by_key, 10.0) == row


@pytest.mark.parametrize(
    ("of", "mutation", "drug"),
    [
        ("", "G595R", "larotrectinib"),
        ("TRKA", "", "larotrectinib"),
        ("TRKA", "G595R", "CCO"),
        ("ALK", "M1196L", "crizotinib"),  # from the mutant: no wild type to start from
    ],
)
def test_columns_of_what_is_not_known_are_empty(of, mutation, drug):
    row = evidence.columns(of, mutation, drug, 3.0)
    assert row == {
        "wt_active": "unknown", "wt_potency_nm": None, "predicted_potency_nm": None,
        "potency_assay": "", "potency_source": "", "evidence": "",
    }  # fmt: skip


def test_no_prediction_no_predicted_potency():
    row = evidence.columns("TRKA", "G595R", "larotrectinib", None)
    assert (row["wt_potency_nm"], row["predicted_potency_nm"]) == (0.9, None)


# --- labels, classes, pairs


def test_classes_are_never_cases():
    classes = evidence.class_statements()
    assert len(classes) > 10
    assert not {row.id for row in classes} & {row.id for row in evidence.labels()}
    assert not {row.id for row in classes} & {x.id for p in evidence.pairs() for x in p.labels}
    # Only the class says that G667A resists the next generation: no case is made of it.
    assert evidence.labels("TRKA", "G667A") == ()
    assert {row.variant for row in evidence.class_statements("TRKA", "G667A")} == {"G667C/A/S"}
    assert evidence.class_statements("TRKA", "G595R") == ()


def test_labels_of_a_mutation():
    found = {row.inhibitor: row.label for row in evidence.labels("TRKA", "NTRK1 p.Gly667Cys")}
    assert found == {
        "entrectinib": "resistant", "larotrectinib": "resistant", "merestinib": "sensitive",
        "cabozantinib": "sensitive", "zurletrectinib": "sensitive",
    }  # fmt: skip


def test_unknown_is_told_apart_from_unheard_of():
    assert evidence.labels("TRKA", "G595A") == ()
    assert evidence.measurements("TRKA", None, "no such inhibitor") == ()
    with pytest.raises(NumberingError, match="No kinase is called 'TRKX'"):
        evidence.measurements("TRKX")
    with pytest.raises(MutationError, match="residue 700 of TRKA"):
        evidence.labels("TRKA", "W700R")
    with pytest.raises(MutationError, match="is a mutation of TRKC, not of TRKA"):
        evidence.folds("TRKA", "NTRK3 G623R")
    with pytest.raises(MutationError, match="'banana'"):
        evidence.labels(None, "banana")


def test_pairs():
    found = {(p.kinase, p.mutation, p.inhibitor): p for p in evidence.pairs()}
    assert len(found) == len(evidence.pairs()) > 80
    assert all(pair.folds or pair.labels for pair in found.values())
    near = {key for key, pair in found.items() if pair.near_threshold}
    assert {("ROS1", "L2026M", "crizotinib"), ("TRKB", "G623R", "repotrectinib")} <= near
    assert ("TRKA", "G595R", "larotrectinib") not in near
    hard = found["TRKC", "G623R", "repotrectinib"]
    assert (hard.resistant_by_fold, hard.resistant_by_label) == (True, False)
    assert "reported sensitive at 21-fold, biochemical" in hard.conflicts
    assert not found["ROS1", "G2032R", "crizotinib"].conflict
    assert found["ALK", "I1171T", "alectinib"].resistant_by_fold is True, "a lower bound of ten"
    assert found["ALK", "V1180L", "crizotinib"].resistant_by_label is None, "reduced is open"
    assert ("ALK", "T1151dup", "crizotinib") not in found


def test_conflicts_are_found_where_classes_and_experiments_disagree(tables):
    rows = [
        measured(id="a-1", measure="fold", value="4", experiment="a"),
        measured(id="b-1", measure="fold", value="40", experiment="b"),
        measured(id="c-1", measure="fold", value="300", experiment="c", assay_class="cellular"),
    ]
    tables(measurements=(rows[0], rows[2]), response_labels=())
    (pair,) = evidence.pairs()
    assert pair.conflicts == ("assay classes lie on the two sides of the threshold",)
    tables(measurements=(rows[0], rows[1]), response_labels=())
    (pair,) = evidence.pairs()
    assert pair.conflicts == ("biochemical fold changes from 4 to 40",)
    assert pair.near_threshold, "their mean is 12.6"


# --- nothing of it enters a score


#: Columns that may say what is measured; all others must not.
SHOWN = {
    "wt_active", "wt_potency_nm", "predicted_potency_nm", "potency_assay", "potency_source",
    "evidence",
}  # fmt: skip


def test_scores_do_not_know_the_evidence(tables):
    complex_ = ts.load("7VKO").complex()
    asked = ("G595R", "G667C", "F589L", "A608D")

    def rows():
        return [ts.resistance(complex_, mutation).row() for mutation in asked]

    with_tables = rows()
    assert with_tables[0]["evidence"] and with_tables[0]["wt_potency_nm"] == 0.53
    tables(measurements=(), response_labels=())
    without = rows()
    real = list(reference.read_csv("measurements.csv"))
    values = [row["value"] for row in real]
    random.Random(1).shuffle(values)
    words = list(reference.read_csv("response_labels.csv"))
    said = [row["label"] for row in words]
    random.Random(2).shuffle(said)
    tables(
        measurements=tuple({**row, "value": v} for row, v in zip(real, values, strict=True)),
        response_labels=tuple({**row, "label": s} for row, s in zip(words, said, strict=True)),
    )
    shuffled = rows()
    assert without[0]["wt_active"] == "unknown" and without[0]["evidence"] == ""
    assert shuffled[0]["wt_potency_nm"] != with_tables[0]["wt_potency_nm"]
    for one, other, third in zip(with_tables, without, shuffled, strict=True):
        assert one.keys() == other.keys() == third.keys() >= SHOWN
        for column in one.keys() - SHOWN:
            assert one[column] == other[column] == third[column], column


# --- the command


def run(*arguments):
    return CliRunner().invoke(main, ["evidence", *arguments], catch_exceptions=False)


def test_command_prints_values_folds_labels_sources_and_conflicts():
    result = run("-k", "TRKC", "-m", "G623R")
    assert result.exit_code == 0
    source = "[1] doi:10.1158/2159-8290.CD-17-0507"
    for text in ("IC50 > 1000 nM", "250", "resistant", source, "Where sources disagree:"):
        assert text in result.stdout, text


def test_command_takes_either_numbering_and_an_inhibitor():
    one = run("-k", "TRKB", "-m", "G639R", "-l", "TPX-0005")
    other = run("-k", "NTRK2", "-m", "G623R", "-l", "repotrectinib")
    assert one.exit_code == other.exit_code == 0
    assert one.stdout == other.stdout
    assert "2.66" in one.stdout and "larotrectinib" not in one.stdout


def test_command_shows_classes_apart():
    out = run("-k", "TRKA", "-m", "G667C", "-l", "merestinib").stdout
    assert "TRKA G667C/A/S, type II: sensitised" in out
    assert "selitrectinib" not in out, "said of others by name"


def test_command_as_json_and_csv():
    whole = json.loads(run("--format", "json").stdout)
    assert len(whole["measurements"]) == len(evidence.measurements())
    assert len(whole["labels"]) == len(evidence.labels())
    assert len(whole["class_statements"]) == len(evidence.class_statements())
    assert all(row["source"] for part in ("measurements", "labels") for row in whole[part])
    rows = list(csv.DictReader(run("-k", "ROS1", "--format", "csv").stdout.splitlines()))
    assert {row["kinase"] for row in rows} == {"ROS1"}
    assert {row["record"] for row in rows} == {"measurement", "fold", "label", "class statement"}


def test_command_says_politely_that_it_knows_nothing():
    result = run("-k", "TRKA", "-m", "G595A")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "The tables hold nothing for TRKA G595A. That says nothing of the mutation" in (
        result.stderr
    )
    assert "L595R (UniProt L601R)" in run("-k", "TRKA", "-m", "L595R").stderr
    assert json.loads(run("-k", "TRKA", "-m", "G595A", "--format", "json").stdout)["labels"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-k", "TRKX"), "No kinase is called 'TRKX'"),
        (("-k", "TRKA", "-m", "banana"), "'banana' is no mutation"),
        (("-k", "TRKA", "-m", "W700R"), "residue 700 of TRKA"),
        (("-l", "larotrectinb"), "Did you mean larotrectinib"),
    ],
)
def test_command_refuses_what_does_not_exist(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
