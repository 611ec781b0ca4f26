"""Predicted against measured: statistics against SciPy and by hand, verdicts, the command."""

from __future__ import annotations

import csv
import io
import json
import math
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trkstruct import benchmarking, plans, results
from trkstruct.benchmarking import _weighted as weighted
from trkstruct.calls import call_of, fold_of
from trkstruct.cli import main
from trkstruct.ensembles import RT_KCAL
from trkstruct.errors import PlanError
from trkstruct.screening import results_row
from trkstruct.views import accuracy

# --- rows to judge


def row(number, ddg, ligand="A", mutation="G595R", status="ok", **more):
    """A row of results as a screen gives it, with an interval of 1 kcal/mol on each side."""
    answered = status == "ok"
    return results_row(
        {
            "row": number, "kinase": "TRKA", "ligand": ligand, "mutation": mutation,
            "ddg_kcal": ddg, "ddg_low_kcal": ddg - 1 if answered else None,
            "ddg_high_kcal": ddg + 1 if answered else None, "distance_ang": 4.0,
            "p_resistant": 1 / (1 + math.exp(-(ddg - 1.364))) if answered else None,
            "call": call_of(ddg) if answered else "abstain", "status": status, "reasons": "why",
            **more,
        }
    )  # fmt: skip


def series(n, noise=0.5, inhibitors=8, seed=1):
    """Rows with a measured ddG: the predicted one and noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        true = float(rng.normal(1.0, 1.4))
        more = {"distance_ang": float(rng.uniform(3, 5)), "measured_ddg_kcal": round(true, 2)}
        ddg, change = true + float(rng.normal(0, noise)), f"G{k + 1}{'RAVLFWSCTI'[k % 10]}"
        made = row(k + 1, ddg, f"L{k % inhibitors}", change, **more)
        rows.append(made)
    return rows


def value(measure, n):
    return float(measure(np.ones((1, n)))[0])


# --- measures

scores = st.lists(st.integers(-3, 3).map(float), min_size=2, max_size=12)


@given(scores, st.data())
@settings(max_examples=80, deadline=None)
def test_auroc_is_that_of_mann_whitney_with_ties(score, data):
    n = len(score)
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    score = np.array(score)
    found = value(weighted.auroc(score, truth), n)
    if truth.all() or not truth.any():
        assert math.isnan(found)
        return
    u = stats.mannwhitneyu(score[truth], score[~truth]).statistic
    assert found == pytest.approx(u / (truth.sum() * (~truth).sum()))


def test_average_precision_by_hand_with_and_without_ties():
    truth = np.array([True, False, True, False])
    # Thresholds 4, 3, 2: precision 1, 1/2, 2/3; recall steps 1/2, 0, 1/2.
    assert value(weighted.auprc(np.array([4.0, 3, 2, 1]), truth), 4) == pytest.approx(5 / 6)
    # All tied: one threshold, precision is the prevalence.
    assert value(weighted.auprc(np.zeros(4), truth), 4) == 0.5
    # Positive and negative tied at the top, then the rest: 1/2 * 1/2 + 1/2 * 2/3.
    assert value(weighted.auprc(np.array([4.0, 4, 2, 1]), truth), 4) == pytest.approx(7 / 12)
    assert math.isnan(value(weighted.auprc(np.arange(2.0), np.array([True, True])), 2))


@given(scores, st.data())
@settings(max_examples=80, deadline=None)
def test_correlations_are_those_of_scipy(x, data):
    n = len(x)
    y = np.array(data.draw(st.lists(st.integers(-3, 3).map(float), min_size=n, max_size=n)))
    x = np.array(x)
    pairs = (weighted.spearman, stats.spearmanr), (weighted.pearson, stats.pearsonr)
    for own, theirs in pairs:
        found = value(own(x, y), n)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            assert math.isnan(found)
        else:
            assert found == pytest.approx(theirs(x, y)[0], abs=1e-9)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_weight_is_a_row_so_many_times(data):
    """The bootstrap rests on this: weights of a resample give what the resample itself gives."""
    n = data.draw(st.integers(2, 8))
    numbers = st.lists(st.integers(-2, 2).map(float), min_size=n, max_size=n)
    x, y = np.array(data.draw(numbers)), np.array(data.draw(numbers))
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    drawn = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n)))
    weights = np.bincount(drawn, minlength=n)[None, :].astype(float)
    measures = (
        lambda k: weighted.auroc(x[k], truth[k]),
        lambda k: weighted.auprc(x[k], truth[k]),
        lambda k: weighted.spearman(x[k], y[k]),
        lambda k: weighted.pearson(x[k], y[k]),
        lambda k: weighted.rmse((x - y)[k]),
    )
    for make in measures:
        whole, resample = make(np.arange(n))(weights)[0], value(make(drawn), n)
        assert whole == pytest.approx(resample, nan_ok=True, abs=1e-12)


def test_a_large_table_is_worked_off_in_parts(monkeypatch):
    score, truth = np.arange(50.0), np.arange(50) % 3 == 0
    measure, rows = weighted.auroc(score, truth), np.arange(50)
    resampling = weighted.Resampling([str(k) for k in range(50)], 40, 3)
    whole = resampling(rows, measure)
    monkeypatch.setattr(weighted, "_CELLS", 150)
    assert np.array_equal(resampling(rows, measure), whole)


def test_clusters_are_drawn_whole():
    resampling = weighted.Resampling(["a", "a", "b", "c"], 200, 0)
    sums = resampling(np.array([0, 1]), lambda w: np.ptp(w, axis=1))
    assert np.nanmax(sums) == 0, "both rows of a cluster are drawn equally often"
    seen = resampling(np.array([0]), lambda w: w[:, 0])
    assert np.isnan(seen).any() and np.nanmax(seen) > 1


# --- what was measured


@pytest.mark.parametrize(
    ("cells", "relation", "fold", "resistant"),
    [
        ({"measured_fold": "10"}, "=", 10, True),
        ({"measured_fold": 9.99}, "=", 9.99, False),
        ({"measured_ddg_kcal": f"{RT_KCAL * math.log(10)}"}, "=", 10, True),
        ({"measured_fold": "> 10"}, ">", 10, True),
        ({"measured_fold": ">5"}, ">", 5, None),
        ({"measured_fold": "<3"}, "<", 3, False),
        ({"measured_fold": "<=10"}, "<", 10, False),
        ({"measured_fold": "<20"}, "<", 20, None),
        ({"measured_fold": "'=4"}, "=", 4, False),
        ({"measured_fold": 5, "measured_relation": ">"}, ">", 5, None),
        ({"measured_fold": ">5", "measured_call": "Resistant"}, ">", 5, True),
        ({"measured_fold": 2, "measured_call": "resistant"}, "=", 2, False),
        ({"measured_call": "sensitized", "measured_fold": float("nan")}, "", None, False),
        ({"measured_call": "sensitive"}, "", None, False),
        ({"measured_call": "reduced"}, "", None, None),
    ],
)
def test_reading_what_was_measured(cells, relation, fold, resistant):
    found = benchmarking.measured_of(cells)
    assert found.relation == relation and found.resistant() is resistant
    assert found.fold == (pytest.approx(fold) if fold is not None else None)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"measured_fold": "ten"}, r"measured_fold 'ten' is not a number; a bound is written >10"),
        ({"measured_fold": "0"}, "measured_fold 0 is not above zero"),
        ({"measured_ddg_kcal": "inf"}, "measured_ddg_kcal 'inf' is not a number"),
        ({"measured_call": "abstain"}, "measured_call 'abstain' is not known; it is one of resist"),
        ({"measured_fold": 10, "measured_ddg_kcal": 2}, "not the same: 29.2-fold and 10-fold"),
        ({"measured_fold": ">10", "measured_ddg_kcal": 1.364}, "are not the same"),
    ],
)
def test_measurements_that_cannot_be_read(cells, message):
    with pytest.raises(PlanError, match=message):
        benchmarking.measured_of(cells)


def test_nothing_measured_is_nothing():
    assert benchmarking.measured_of({"measured_fold": " ", "measured_call": None}) is None


def test_volume_changes_are_added_and_reversed():
    change = benchmarking.volume_change
    assert change("G595R") == pytest.approx(173.4 - 60.1)
    assert change("R595G") == -change("G595R")
    assert change("G595R+F589L") == pytest.approx(change("G595R") + change("F589L"))
    assert change("G595fs") is None


# --- statistics


def test_statistics_by_hand():
    measured = [
        (2.0, {"measured_fold": 50}),
        (1.5, {"measured_call": "resistant"}),
        (1.5, {"measured_fold": 2}),
        (0.0, {"measured_fold": 0.5}),
        (0.0, {"measured_call": "sensitive"}),
        (3.0, {"measured_call": "reduced"}),
        (0.5, {"measured_fold": ">30"}),
        (0.5, {"measured_fold": "<100"}),
        (0.5, {}),
    ]
    rows = [row(k, ddg) | cells for k, (ddg, cells) in enumerate(measured)]
    rows.append(row(20, 1.0, status="abstained") | {"measured_fold": 30})
    rows.append(row(21, 1.0, status="failed", ddg_kcal=None) | {"measured_fold": 30})
    found = benchmarking.statistics(rows)
    assert (found.n, found.n_measured, found.n_answered) == (11, 10, 8)
    assert (found.n_abstained, found.n_abstained_resistant, found.n_failed) == (1, 1, 1)
    assert found.coverage == 0.8
    assert (found.n_resistant, found.n_not_resistant, found.n_undecided) == (3, 3, 2)
    assert (found.n_folds, found.n_bounds, found.prevalence) == (3, 2, 0.5)
    # Resistant at 2.0, 1.5, 0.5 against 1.5, 0, 0: 3 + 2.5 + 2 of 9.
    assert found.model.auroc.value == pytest.approx(7.5 / 9)
    errors = np.array([2.0, 1.5, 0.0]) - RT_KCAL * np.log([50, 2, 0.5])
    assert found.model.rmse_kcal.value == pytest.approx(np.sqrt((errors**2).mean()))
    assert found.model.signed_error_kcal.value == pytest.approx(errors.mean())
    # 2.32 in 1..3, 0.41 not in 0.5..2.5, -0.41 in -1..1.
    assert found.interval_coverage.value == pytest.approx(2 / 3)
    assert (found.n_bounds_violated, found.n_bounds_outside) == (1, 1), (
        ">30 against 0.5 (-0.5..1.5)"
    )
    assert any("1 pair is only called reduced" in note for note in found.notes)
    assert any("1 bound does not tell" in note for note in found.notes)


def test_baselines_have_no_more_than_their_rule():
    rows = [
        row(1, 2.0, mutation="G595R", distance_ang=3.0) | {"measured_fold": 40},
        row(2, 0.1, mutation="G595A", distance_ang=4.0) | {"measured_fold": 1},
        row(3, 0.2, mutation="L100A", distance_ang=5.0) | {"measured_fold": 2},
        row(4, 0.3, "B", mutation="G595W", distance_ang=4.5) | {"measured_fold": 20},
    ]
    found = {scores.name: scores for scores in benchmarking.statistics(rows).baselines}
    assert list(found) == [
        "always retained", "minus the distance", "volume change", "mean of the others",
    ]  # fmt: skip
    always = found["always retained"]
    assert (always.auroc.value, always.auprc.value) == (0.5, 0.5)
    assert always.spearman.value is None and "the same for all" in always.spearman.reason
    assert found["minus the distance"].auroc.value == 0.75
    assert found["volume change"].auroc.value == 1.0
    assert found["volume change"].rmse_kcal.value is None
    # Of A the one of B, of B the mean of those of A.
    measured = RT_KCAL * np.log([40, 1, 2, 20])
    guess = np.array([measured[3]] * 3 + [measured[:3].mean()])
    off = np.sqrt(((guess - measured) ** 2).mean())
    assert found["mean of the others"].rmse_kcal.value == pytest.approx(off)
    assert found["mean of the others"].auroc.value is None


def test_the_best_rotamer_is_a_baseline_if_the_rows_have_it():
    rows = [r | {"best_rotamer_kcal": r["measured_ddg_kcal"]} for r in series(12)]
    found = benchmarking.statistics(rows)
    (best,) = (scores for scores in found.baselines if scores.name == "best rotamer")
    assert best.auroc.value == 1.0
    assert found.auroc_difference.to == "best rotamer"
    assert not any("best_rotamer_kcal" in note for note in found.notes)
    without = benchmarking.statistics(series(12))
    assert any("the rows have no best_rotamer_kcal" in note for note in without.notes)


def test_a_difference_is_paired_and_to_the_baseline_that_comes_nearest():
    rows = series(40)
    found = benchmarking.statistics(rows)
    areas = {s.name: s.auroc.value for s in found.baselines if s.auroc.value is not None}
    best = max(areas, key=areas.get)
    difference = found.auroc_difference
    assert difference.to == best
    assert difference.estimate.value == pytest.approx(found.model.auroc.value - areas[best])
    assert difference.estimate.low < difference.estimate.value < difference.estimate.high
    # A score against itself differs by nothing in any resample.
    same = [r | {"best_rotamer_kcal": r["ddg_kcal"]} for r in rows]
    nothing = benchmarking.statistics(same).auroc_difference
    assert nothing.to == "best rotamer"
    assert (nothing.estimate.low, nothing.estimate.high) == (0.0, 0.0)
    assert nothing.verdict == "not shown"


def test_one_class_alone_has_no_area_and_says_why():
    rows = [row(k, k / 3) | {"measured_fold": 1 + k / 9} for k in range(5)]
    found = benchmarking.statistics(rows)
    assert found.model.auroc.value is None
    assert found.model.auroc.reason == "no pair is resistant: nothing to tell apart"
    assert found.auroc_difference.estimate.value is None
    assert found.model.spearman.value == 1.0
    lost = benchmarking.statistics([r | {"measured_fold": 99} for r in rows])
    assert lost.model.auprc.reason == "all pairs are resistant: nothing to tell apart"
    assert lost.model.spearman.reason == "all values are the same"


def test_two_values_are_no_correlation_and_none_are_nothing():
    two = benchmarking.statistics([row(k, k) | {"measured_fold": 1 + k} for k in range(2)])
    assert two.model.spearman.reason == "2 pairs with a value; it takes 3"
    assert two.model.rmse_kcal.value is not None
    nothing = benchmarking.statistics([row(1, 1.0)])
    assert nothing.n_measured == 0 and nothing.coverage is None
    assert nothing.model.auroc.reason == "no pair is known to be resistant or not"
    assert benchmarking.statistics([]).n == 0
    assert "nothing to tell" in benchmarking.sentence(nothing)


def test_intervals_are_the_same_again_whatever_the_order_of_the_rows():
    rows = series(30, noise=1.5, inhibitors=3)
    first = benchmarking.statistics(rows, seed=4)
    assert first == benchmarking.statistics(rows, seed=4)
    assert first == benchmarking.statistics(rows[::-1], seed=4)
    other = benchmarking.statistics(rows, seed=5)
    assert other.model.auroc.value == first.model.auroc.value
    assert other.model.auroc.low != first.model.auroc.low
    assert first.resampled_by == "row"


def test_more_than_five_inhibitors_are_drawn_whole():
    rows = series(48, inhibitors=6)
    assert benchmarking.statistics(rows).resampled_by == "inhibitor"
    assert benchmarking.statistics(series(48, inhibitors=5)).resampled_by == "row"
    # Six inhibitors, each with one value eight times: there are six facts, not 48.
    repeated = [
        rows[k % 6] | {"row": k, "mutation": f"G{k}R", "ligand": f"L{k % 6}"} for k in range(48)
    ]
    by_inhibitor = benchmarking.statistics(repeated)
    single = benchmarking.statistics([r | {"row": k} for k, r in enumerate(rows[:6])])
    assert by_inhibitor.model.rmse_kcal.low == pytest.approx(single.model.rmse_kcal.low, abs=0.05)


def test_a_bootstrap_interval_of_a_mean_is_that_of_theory():
    rng = np.random.default_rng(2)
    errors = rng.normal(0.3, 1.0, 200)
    rows = [
        row(k, e, f"L{k % 4}", f"G{k + 1}R") | {"measured_ddg_kcal": 0.0}
        for k, e in enumerate(errors)
    ]
    found = benchmarking.statistics(rows).model.signed_error_kcal
    half = 1.96 * errors.std() / math.sqrt(200)
    assert found.low == pytest.approx(errors.mean() - half, abs=0.02)
    assert found.high == pytest.approx(errors.mean() + half, abs=0.02)


def test_pairs_near_the_threshold_are_scored_both_ways():
    folds = [1, 2, 7, 12, 14, 40, 50]
    ddgs = [0.0, 0.1, 2.0, 0.2, 1.0, 2.5, 3.0]
    rows = [
        row(k, d) | {"measured_fold": f} for k, (d, f) in enumerate(zip(ddgs, folds, strict=True))
    ]
    near = benchmarking.statistics(rows).near_threshold
    assert near.n == 3
    assert near.auroc_if_resistant.value == 1.0, "7, 12, 14, 40, 50 are all above 1 and 2"
    # Resistant 2.5 and 3.0 are above all others too.
    assert near.auroc_if_not.value == 1.0
    assert benchmarking.statistics(rows).model.auroc.value == pytest.approx(10 / 12)
    edges = [row(k, 1.0) | {"measured_fold": f} for k, f in enumerate([10 / 1.5, 15.0, 6.6, 15.1])]
    assert benchmarking.statistics(edges).near_threshold.n == 2


def test_rows_of_one_pair_are_told():
    twice = [row(k, k, mutation="G595R") | {"measured_fold": 1 + k} for k in range(3)]
    assert "2 rows repeat a pair of another row" in benchmarking.statistics(twice).notes[-1]
    assert not any("repeat" in note for note in benchmarking.statistics(series(10)).notes)


def test_groups():
    rows = [r | {"uniprot_position": 595 + r["row"] % 2} for r in series(12, inhibitors=3)]
    by_ligand = benchmarking.grouped(rows, "ligand", resamples=0)
    assert list(by_ligand) == ["L0", "L1", "L2"]
    assert sum(found.n for found in by_ligand.values()) == 12
    assert by_ligand["L0"].model.rmse_kcal.low is None
    assert list(benchmarking.grouped(rows, "uniprot_position", resamples=0)) == ["595", "596"]
    with pytest.raises(PlanError, match="cannot be grouped by 'colour'; by ligand, uniprot_pos"):
        benchmarking.grouped(rows, "colour")


def test_statistics_as_plain_values_are_json():
    plain = benchmarking.statistics(series(12)).to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert set(plain["model"]["auroc"]) == {"value", "low", "high", "n", "reason"}


# --- the verdict


def test_too_few_pairs_are_told_so():
    found = benchmarking.statistics(series(7))
    assert benchmarking.verdict(found) == "too few"
    assert benchmarking.sentence(found).startswith("Too few pairs (7, ")
    one_class = [row(k, 0.1 * k) | {"measured_call": "sensitive"} for k in range(30)]
    found = benchmarking.statistics(one_class)
    said = benchmarking.sentence(found)
    assert said.startswith("Too few pairs of one class (30, 0 of them resistant) to tell")


def test_a_good_prediction_is_worth_using():
    found = benchmarking.statistics(series(60, noise=0.3))
    assert benchmarking.verdict(found) == "better"
    said = benchmarking.sentence(found)
    assert said.startswith("Worth using on this series to tell resistant pairs from others")
    assert "nearer to the truth" in said
    assert f"difference {found.auroc_difference.estimate.value:+.2f}" in said


def test_noise_is_not_worth_using():
    found = benchmarking.statistics(series(60, noise=30))
    assert benchmarking.verdict(found) == "not shown"
    assert benchmarking.sentence(found).startswith("Not shown to be worth using")
    assert "further off than" in benchmarking.sentence(found)


def test_the_wrong_order_is_worse_than_no_physics():
    rows = [r | {"ddg_kcal": -r["ddg_kcal"]} for r in series(60, noise=0.3)]
    found = benchmarking.statistics(rows)
    assert benchmarking.verdict(found) == "worse"
    assert benchmarking.sentence(found).startswith("Not worth using")


def test_a_verdict_that_hangs_on_the_threshold_says_so():
    """All that is known to be resistant was measured near the threshold, and is ranked well."""
    rows = [row(k, 2.0 + k / 50, f"L{k % 3}") | {"measured_fold": 12} for k in range(8)]
    rows += [row(20 + k, k / 50, f"L{k % 3}") | {"measured_fold": 1} for k in range(8)]
    found = benchmarking.statistics(rows)
    assert benchmarking.verdict(found) == "better"
    assert "This hangs on 8 pairs measured so near" in benchmarking.sentence(found)


def test_what_was_not_answered_is_told():
    rows = series(20) + [
        row(30 + k, 0.0, status="abstained") | {"measured_fold": 30} for k in range(10)
    ]
    said = benchmarking.sentence(benchmarking.statistics(rows))
    assert said.endswith("It answered 20 of 30 measured pairs, and nothing here is about the rest.")


def test_without_intervals_nothing_is_judged():
    found = benchmarking.statistics(series(30), resamples=0)
    assert benchmarking.verdict(found) == "not judged"
    assert benchmarking.sentence(found).startswith("Without intervals")


# --- rows with what was measured, outliers, calibration


def judged_rows(n=60):
    rows = series(n)
    cells = [{"measured_ddg_kcal": r.pop("measured_ddg_kcal")} for r in rows]
    cells[0] = {"measured_call": "sensitive"}
    cells[1] = {"measured_fold": ">200"}
    return benchmarking.benchmark_rows(tuple(rows), tuple(cells))


def test_rows_have_what_was_measured_and_nothing_from_the_literature():
    given = (
        row(1, 1.0, wt_active="yes", wt_potency_nm=1.0, evidence="measured 40-fold"),
        row(2, 1.0),
        row(3, 1.0, status="abstained"),
    )
    cells = ({"measured_fold": "<2"}, {"measured_fold": "ten"}, {"measured_fold": "3"})
    rows, findings = benchmarking.benchmark_rows(given, cells)
    assert [r["evidence"] for r in rows] == [None] * 3 and rows[0]["wt_potency_nm"] is None
    assert rows[0]["measured_fold"] == "<2" and rows[0]["measured_relation"] == "<"
    assert rows[0]["measured_ddg_kcal"] == 0.411 and rows[0]["difference_kcal"] is None
    assert rows[0]["inside_interval"] is None, "0..2 may hold a value below 0.41"
    assert rows[1]["measured_relation"] is None and rows[1]["measured_fold"] is None
    assert rows[2]["measured_ddg_kcal"] == 0.651 and rows[2]["difference_kcal"] is None
    (finding,) = findings
    assert finding.level == "warning" and "row 2: measured_fold 'ten'" in finding.message


def test_rows_can_be_read_again():
    rows, _ = judged_rows(12)
    stream = io.StringIO(newline="")
    results.write_rows(rows, stream)
    again = list(csv.DictReader(io.StringIO(stream.getvalue())))
    first, second = (benchmarking.statistics(table, resamples=0) for table in (rows, again))
    assert first == second


def test_a_value_and_a_word_that_disagree_are_told():
    given = (row(1, 1.0), row(2, 1.0))
    cells = (
        {"measured_fold": "2", "measured_call": "resistant"},
        {"measured_fold": "20", "measured_call": "resistant"},
    )
    _, findings = benchmarking.benchmark_rows(given, cells)
    assert [str(f) for f in findings] == [
        "row 1: measured 2-fold is called resistant; the value was taken."
    ]


def test_outliers_are_the_furthest_first_and_only_what_is_off():
    given = (*(row(k, 0.0) for k in range(1, 7)), row(7, 2.0), row(8, 0.0, status="abstained"))
    cells = (
        {"measured_ddg_kcal": 0.5}, {"measured_ddg_kcal": 3}, {"measured_ddg_kcal": "<-4"},
        {"measured_ddg_kcal": ">4"}, {"measured_call": "resistant"}, {"measured_ddg_kcal": ">0.1"},
        {"measured_call": "sensitive"}, {"measured_ddg_kcal": 9},
    )  # fmt: skip
    rows, _ = benchmarking.benchmark_rows(given, cells)
    assert [r["row"] for r in benchmarking.outliers(rows, 99)] == [3, 4, 2, 5, 7]
    assert [r["row"] for r in benchmarking.outliers(rows, 1)] == [3]


def test_reliability_is_by_groups_of_like_probability():
    given, cells = [], []
    for k in range(40):
        given.append(row(k, 0.0, p_resistant=(k + 0.5) / 40))
        cells.append({"measured_call": "resistant" if k % 4 == 0 else "sensitive"})
    rows, _ = benchmarking.benchmark_rows(tuple(given), tuple(cells))
    bins = benchmarking.reliability(rows)
    assert [b.n for b in bins] == [8] * 5 and [b.observed for b in bins] == [0.25] * 5
    assert all(a.predicted < b.predicted for a, b in pairwise(bins))
    exact = stats.binomtest(2, 8).proportion_ci(method="wilson")
    assert bins[0].low == pytest.approx(exact.low, abs=1e-4)
    assert bins[0].high == pytest.approx(exact.high, abs=1e-4)
    assert benchmarking.reliability(rows[:29]) == ()


# --- pictures


def texts(ax):
    return " ".join(
        t.get_text() for t in (*ax.texts, ax.title, *ax.get_xticklabels(), ax._left_title)
    )


def test_the_picture_names_the_outliers_and_says_the_finding():
    rows, _ = judged_rows()
    ax = accuracy.predicted_against_measured(rows)
    ax.figure.canvas.draw()
    shown = texts(ax)
    found = benchmarking.statistics(rows, resamples=0)
    assert f"AUROC {found.model.auroc.value:.2f}" in shown
    for off in benchmarking.outliers(rows):
        assert f"{off['ligand']} {off['mutation']}" in shown
    assert "sensitive" in shown and "resistance missed" in shown
    assert {line.get_marker() for line in ax.lines} >= {"o", "s", ">"}


def test_names_say_the_kinase_where_there_are_several():
    given = (row(1, 0.0), row(2, 0.0, kinase="ALK", mutation="L1196M"))
    rows, _ = benchmarking.benchmark_rows(given, ({"measured_fold": 99}, {"measured_fold": 1}))
    assert "A TRKA G595R" in texts(accuracy.predicted_against_measured(rows))
    assert "A G595R" in texts(accuracy.predicted_against_measured(rows[:1]))


def test_names_of_outliers_do_not_cover_each_other():
    rows, _ = judged_rows()
    ax = accuracy.predicted_against_measured(rows)
    renderer = ax.figure.canvas.get_renderer()
    named = {f"{off['ligand']} {off['mutation']}" for off in benchmarking.outliers(rows)}
    boxes = [t.get_window_extent(renderer) for t in ax.texts if t.get_text() in named]
    assert len(boxes) == len(benchmarking.outliers(rows)) > 1
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


def test_the_picture_of_nothing_is_still_a_picture():
    rows, _ = benchmarking.benchmark_rows((row(1, 1.0, status="abstained"),), ({},))
    ax = accuracy.predicted_against_measured(rows)
    ax.figure.canvas.draw()
    assert "0 of 0 measured pairs answered" in texts(ax)


def test_the_diagram_of_probabilities_needs_pairs_enough():
    rows, _ = judged_rows()
    ax = accuracy.reliability_diagram(rows)
    assert sum("n=" in t.get_text() for t in ax.texts) == len(benchmarking.reliability(rows))
    assert accuracy.reliability_diagram(rows[:20]) is None


# --- plans and the command


class Ran:
    """What the command wrote and how it ended."""

    def __init__(self, *args: object) -> None:
        result = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}).invoke(
            main, ["benchmark", *map(str, args)], prog_name="trkstruct"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr


PLAN = """id,structure,mutation,measured_fold,measured_call,paper
a,7VKO,G595R,5.01,,x
b,2XP2,G1202R,,resistant,x
c,2XP2,L1196M,>8,resistant,x
d,2XP2,G1269A,1e5,,x
e,2XP2,D1203N,,,x
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.csv"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ran(plan):
    out = plan.parent / "out"
    return Ran(plan, "-o", out), out


def test_cells_of_a_plan_as_they_are_written(plan):
    cells = plans.plan_cells(plan)
    assert cells[2]["measured_fold"] == ">8" and cells[4]["measured_call"] == ""


def test_the_command_prints_numbers_baselines_and_a_sentence(ran):
    done, _ = ran
    assert done.code == 0, done.err
    for text in (
        "5 rows, 1 not measured: ", "AUROC", "trkstruct", "always retained",
        "minus the distance", "volume change", "80 % interval", "Too few pairs",
        "Furthest off", "G1269A",
    ):  # fmt: skip
        assert text in done.out
    assert "not used: paper" in done.err and "Done: 5 rows" in done.err
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_command_writes_what_it_says(ran, plan):
    done, out = ran
    assert {p.name for p in out.iterdir()} == {"benchmark.json", "predicted.csv", "predicted.png"}
    assert "benchmark.json, predicted.csv, predicted.png." in done.err
    record = json.loads((out / "benchmark.json").read_text(encoding="utf-8"))
    assert record["verdict"] == "too few" and record["plan"] == "plan.csv"
    assert record["statistics"]["n_measured"] == 4 and len(record["rows"]) == 5
    assert record["outliers"][0] == 4, "no prediction comes near a hundred thousand"
    assert str(plan.parent) not in json.dumps(record), "no machine paths"
    with (out / "predicted.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[: len(results.RESULTS_COLUMNS)] == list(results.RESULTS_COLUMNS)
    assert [r["id"] for r in rows] == list("abcde")
    assert rows[0]["evidence"] == rows[0]["wt_potency_nm"] == ""
    off = float(rows[0]["ddg_kcal"]) - RT_KCAL * math.log(5.01)
    assert float(rows[0]["difference_kcal"]) == pytest.approx(off, abs=1.1e-3)
    assert fold_of(float(rows[3]["measured_ddg_kcal"])) == pytest.approx(1e5, rel=1e-2)
    assert rows[4]["measured_class"] == ""


def test_the_same_again_in_other_forms_and_with_two_processes(ran, plan):
    _, out = ran
    again = Ran(plan, "--format", "json")
    assert json.loads(again.out) == json.loads((out / "benchmark.json").read_text("utf-8"))
    table = Ran(plan, "--format", "csv", "-j", 2)
    assert table.out == (out / "predicted.csv").read_text(encoding="utf-8")


def test_a_row_that_fails_stays_and_ends_with_1(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "structure,ligand,mutation,measured_fold\n2XP2,,G1202R,30\n2XP2,,A1202R,3\n"
        "nowhere.pdb,,G595R,4\n2XP2,,G1202R,ten\n",
        encoding="utf-8",
    )
    ran = Ran(path, "--format", "json")
    assert ran.code == 1 and "row 2: A1202R" in ran.err
    assert "row 4: measured_fold 'ten' is not a number" in ran.err
    found = json.loads(ran.out)
    assert [r["status"] for r in found["rows"]] == ["ok", "failed", "failed", "ok"]
    assert found["statistics"]["n_failed"] == 2 and found["statistics"]["n_measured"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("structure,mutation\n2XP2,G1202R\n", "it needs a column measured_ddg_kcal, measured_fold"),
        ("structure,mutation,measured_fold\n2XP2,G1202R,\n", "are empty"),
        ("structure,mutation,measured_fold\n2XP2,G1202R,ten\n", "row 1: measured_fold 'ten'"),
        ("structure,measured_fold\n2XP2,3\n", "no column 'mutation'"),
    ],
)
def test_plans_with_nothing_to_compare_with_end_with_2(tmp_path, text, message):
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    ran = Ran(path)
    assert ran.code == 2 and ran.out == ""
    assert message in " ".join(ran.err.split())


def test_a_picture_of_another_run_is_told(tmp_path, plan):
    (tmp_path / "calibration.png").write_bytes(b"old")
    ran = Ran(plan, "-o", tmp_path)
    assert "calibration.png is of another run" in " ".join(ran.err.split())


def test_what_was_written_is_a_plan_and_is_not_written_over(ran):
    _, out = ran
    again = Ran(out / "predicted.csv", "--format", "json")
    first = json.loads((out / "benchmark.json").read_text("utf-8"))["statistics"]
    assert json.loads(again.out)["statistics"] == first
    refused = Ran(out / "predicted.csv", "-o", out)
    assert refused.code == 2 and "written over the plan" in refused.err
