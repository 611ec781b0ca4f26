"""Statistics of predicted against measured, beside those of rules that use no physics."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..calls import calibration
from ..errors import PlanError
from . import _weighted as weighted
from ._measured import Measured, measured_of, near_factor, setting, volume_change
from ._values import Difference, Estimate, NearThreshold, Scores, Statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._weighted import Floats, Measure

__all__ = ["BASELINES", "GROUPS", "grouped", "inhibitor_of", "pair_of", "statistics"]

#: What `grouped` groups by.
GROUPS: Final = ("ligand", "uniprot_position", "klifs_position", "kinase", "structure", "role")


def _number(row: Mapping[str, Any], column: str) -> float:
    """Number of a cell, NaN where there is none."""
    value = row.get(column)
    if value is None or value == "":
        return math.nan
    return float(value)


def _volume(row: Mapping[str, Any]) -> float:
    change = volume_change(str(row.get("mutation_uniprot") or row.get("mutation") or ""))
    return math.nan if change is None else change


#: Rules that use no physics, each a number that is higher for what it takes to be resistant.
BASELINES: Final[dict[str, Callable[[Mapping[str, Any]], float]]] = {
    "always retained": lambda row: 0.0,
    "minus the distance": lambda row: -_number(row, "distance_ang"),
    "volume change": _volume,
    "best rotamer": lambda row: _number(row, "best_rotamer_kcal"),
}
#: Baselines that are energies, so that their error is one.
_ENERGIES: Final = ("always retained", "mean of the others")


def inhibitor_of(row: Mapping[str, Any]) -> str:
    """Say which inhibitor a row is about, whatever it is called there.

    Parameters
    ----------
    row : mapping of str to object
        A row of results.

    Returns
    -------
    str
    """
    return str(row.get("ligand_smiles") or row.get("ligand") or "")


def pair_of(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Say which pair a row is about: two rows of one pair are no two pairs.

    Parameters
    ----------
    row : mapping of str to object
        A row of results.

    Returns
    -------
    tuple of str
        Kinase, mutation, inhibitor.
    """
    mutation = row.get("mutation_uniprot") or row.get("mutation") or ""
    return str(row.get("kinase") or ""), str(mutation), inhibitor_of(row)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Answered rows with a measurement, in an order that does not depend on that of the table."""

    rows: tuple[Mapping[str, Any], ...]
    measured: tuple[Measured, ...]
    resampling: weighted.Resampling
    level: float

    def column(self, value: Callable[[Mapping[str, Any]], float]) -> Floats:
        return np.array([value(row) for row in self.rows], dtype=np.float64)

    def truth(self, threshold: float) -> Floats:
        """1 for resistant, 0 for not, NaN where it cannot be told."""
        known = (m.resistant(threshold) for m in self.measured)
        return np.array([math.nan if x is None else float(x) for x in known], dtype=np.float64)

    @property
    def exact(self) -> Floats:
        """Measured ddG; NaN where there is none or only a bound."""
        values = (m.ddg_kcal if m.exact and m.ddg_kcal is not None else math.nan
                  for m in self.measured)  # fmt: skip
        return np.array(list(values), dtype=np.float64)

    def estimate(self, kept: NDArray[np.bool_], measure: Measure, without: str) -> Estimate:
        """Value of a measure of the rows that are kept, with its interval."""
        rows = np.flatnonzero(kept)
        n = len(rows)
        if not n:
            return Estimate(None, n=0, reason=without)
        value = float(measure(np.ones((1, n)))[0])
        if math.isnan(value):
            return Estimate(None, n=n, reason=without)
        drawn = self.resampling(rows, measure)
        if not len(drawn):
            return Estimate(value, n=n)
        usable = drawn[np.isfinite(drawn)]
        if len(usable) < setting("usable_resamples") * len(drawn):
            return Estimate(value, n=n, reason="too few resamples define it for an interval")
        tail = 50.0 * (1.0 - self.level)
        low, high = (float(x) for x in np.percentile(usable, [tail, 100.0 - tail]))
        same = high - low < 1e-12 and n > 1
        reason = "every resample gives the same, so that the interval is too narrow" if same else ""
        return Estimate(value, low, high, n, reason)


def _why_no_area(truth: Floats) -> str:
    known = truth[np.isfinite(truth)]
    if not len(known):
        return "no pair is known to be resistant or not"
    if known.all():
        return "all pairs are resistant: nothing to tell apart"
    if not known.any():
        return "no pair is resistant: nothing to tell apart"
    return "no pair of both classes has a score"


def _areas(sample: _Sample, score: Floats, truth: Floats) -> tuple[Estimate, Estimate]:
    kept = np.isfinite(score) & np.isfinite(truth)
    yes = truth[kept] == 1.0
    without = _why_no_area(truth)
    return (
        sample.estimate(kept, weighted.auroc(score[kept], yes), without),
        sample.estimate(kept, weighted.auprc(score[kept], yes), without),
    )


def _correlations(sample: _Sample, score: Floats) -> tuple[Estimate, Estimate]:
    exact = sample.exact
    kept = np.isfinite(score) & np.isfinite(exact)
    n = int(kept.sum())
    if n < setting("fewest"):
        few = Estimate(None, n=n, reason=f"{n} pairs with a value; it takes {setting('fewest')}")
        return few, few
    x, y = score[kept], exact[kept]
    without = "the prediction is the same for all" if np.ptp(x) == 0 else "all values are the same"
    return (
        sample.estimate(kept, weighted.spearman(x, y), without),
        sample.estimate(kept, weighted.pearson(x, y), without),
    )


def _errors(sample: _Sample, score: Floats, energy: bool) -> tuple[Estimate, Estimate]:
    if not energy:
        no = Estimate(None, reason="it is not in kcal/mol")
        return no, no
    kept = np.isfinite(score) & np.isfinite(sample.exact)
    off = (score - sample.exact)[kept]
    without = "no pair has a value"
    return (
        sample.estimate(kept, weighted.rmse(off), without),
        sample.estimate(kept, weighted.mean(off), without),
    )


def _scores(
    sample: _Sample, name: str, score: Floats, truth: Floats, *, energy: bool, ranks: bool = True
) -> Scores:
    if ranks:
        areas, correlations = _areas(sample, score, truth), _correlations(sample, score)
    else:
        no = Estimate(None, reason="made of the measured values, so that its order means nothing")
        areas = correlations = (no, no)
    return Scores(name, *areas, *correlations, *_errors(sample, score, energy))


def _mean_of_others(sample: _Sample) -> Floats:
    """Mean measured ddG of the other inhibitors, of the other rows if there is one inhibitor."""
    exact = sample.exact
    names = np.array([inhibitor_of(row) for row in sample.rows], dtype=object)
    known = np.isfinite(exact)
    alone = len(set(names[known])) < 2
    out = np.full(len(exact), np.nan)
    for k in np.flatnonzero(known):
        others = known & ((np.arange(len(exact)) != k) if alone else (names != names[k]))
        if others.any():
            out[k] = exact[others].mean()
    return out


#: Makes a measure of a score on the rows that are kept.
_Maker = Callable[["Floats", "NDArray[np.bool_]"], "Measure"]


def _difference(
    sample: _Sample,
    own: Floats,
    others: Mapping[str, Floats],
    usable: Floats,
    make: _Maker,
    sign: float,
    without: str,
) -> Difference:
    """Difference to the baseline that comes nearest, on the rows where both have a value."""
    found: list[Difference] = []
    for name, score in others.items():
        kept = np.isfinite(own) & np.isfinite(score) & np.isfinite(usable)
        if kept.sum() < setting("fewest"):
            continue
        mine, theirs = make(own[kept], kept), make(score[kept], kept)
        one = np.ones((1, int(kept.sum())))
        a, b = float(mine(one)[0]), float(theirs(one)[0])
        if math.isnan(a) or math.isnan(b):
            continue

        def paired(weights: Floats, x: Measure = mine, y: Measure = theirs) -> Floats:
            return sign * (x(weights) - y(weights))

        found.append(Difference(name, sample.estimate(kept, paired, without), a, b))
    if not found:
        return Difference("", Estimate(None, reason=without))
    return min(found, key=lambda item: item.estimate.value or 0.0)


def _area_difference(
    sample: _Sample, own: Floats, others: Mapping[str, Floats], truth: Floats
) -> Difference:
    def make(score: Floats, kept: NDArray[np.bool_]) -> Measure:
        return weighted.auroc(score, truth[kept] == 1.0)

    return _difference(sample, own, others, truth, make, 1.0, _why_no_area(truth))


def _intervals(sample: _Sample, low: Floats, high: Floats) -> Estimate:
    kept = np.isfinite(sample.exact) & np.isfinite(low) & np.isfinite(high)
    inside = (low <= sample.exact) & (sample.exact <= high)
    return sample.estimate(
        kept, weighted.mean(inside[kept].astype(np.float64)), "no pair has a value"
    )


def _bounds(sample: _Sample, ddg: Floats, low: Floats, high: Floats) -> tuple[int, int]:
    """Bounds on whose wrong side the prediction is, and all of its interval."""
    violated = outside = 0
    for k, item in enumerate(sample.measured):
        if item.relation not in ("<", ">") or item.ddg_kcal is None:
            continue
        side = 1.0 if item.relation == ">" else -1.0
        best = high[k] if item.relation == ">" else low[k]
        violated += bool(side * (ddg[k] - item.ddg_kcal) < 0)
        outside += bool(side * (best - item.ddg_kcal) < 0)
    return violated, outside


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    columns = ("structure", "id", "ddg_kcal", "measured_ddg_kcal", "measured_fold", "measured_call")
    return (*pair_of(row), *(str(row.get(column)) for column in columns))


def statistics(
    rows: Iterable[Mapping[str, Any]],
    *,
    seed: int = 0,
    resamples: int | None = None,
) -> Statistics:
    """Compare predicted with measured.

    A pair is resistant if its measured fold is at least that of the call ``resistant``, or if it
    has no value and is called so. Errors and correlations are over values that are no bounds.
    Intervals are percentiles of a bootstrap, of inhibitors if there are more than five, else of
    rows; the same resamples serve every measure.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results with what was measured, as `measured_of` reads it: ``ddg_kcal``,
        ``ddg_low_kcal``, ``ddg_high_kcal``, ``p_resistant``, ``status``, ``ligand``, ``mutation``,
        ``distance_ang`` and, if there, ``best_rotamer_kcal``.
    seed : int, default 0
        Seed of the bootstrap.
    resamples : int, optional
        Number of resamples; 0 for no intervals, that of ``benchmarking.json`` if not given.

    Returns
    -------
    Statistics

    Raises
    ------
    PlanError
        If a measurement cannot be read.

    References
    ----------
    Efron 1979, doi:10.1214/aos/1176344552; of clusters, Cameron, Gelbach & Miller 2008,
    doi:10.1162/rest.90.3.414.

    Examples
    --------
    >>> from trkstruct.benchmarking import statistics
    >>> table = [("A", 2.0, 30), ("A", 0.1, 1.2), ("B", 1.0, 4), ("B", 1.2, 12)]
    >>> rows = [{"ligand": l, "ddg_kcal": d, "measured_fold": f, "status": "ok"}
    ...         for l, d, f in table]
    >>> found = statistics(rows)
    >>> found.model.auroc.value, found.n_resistant
    (1.0, 2)
    """
    given = list(rows)
    pairs = [(row, found) for row in given if (found := measured_of(row)) is not None]
    status = [str(row.get("status") or "ok") for row, _ in pairs]
    answered = [
        pair
        for pair, said in zip(pairs, status, strict=True)
        if said == "ok" and math.isfinite(_number(pair[0], "ddg_kcal"))
    ]
    answered.sort(key=lambda pair: _key(pair[0]))
    sample, by, n_inhibitors = _sampled(answered, seed, resamples)
    limit, near = calibration().resistant_fold, near_factor()
    truth = sample.truth(limit)
    ddg = sample.column(lambda row: _number(row, "ddg_kcal"))
    low = sample.column(lambda row: _number(row, "ddg_low_kcal"))
    high = sample.column(lambda row: _number(row, "ddg_high_kcal"))
    chance = sample.column(lambda row: _number(row, "p_resistant"))
    rules = {name: sample.column(value) for name, value in BASELINES.items()}
    missing = [name for name, values in rules.items() if not np.isfinite(values).any()]
    rules = {name: values for name, values in rules.items() if name not in missing}
    guess = _mean_of_others(sample)
    energies = {"always retained": rules.get("always retained", np.zeros(len(ddg))),
                "mean of the others": guess}  # fmt: skip

    def ranked(score: Floats, kept: NDArray[np.bool_]) -> Measure:
        return weighted.spearman(score, sample.exact[kept])

    def off(score: Floats, kept: NDArray[np.bool_]) -> Measure:
        return weighted.rmse(score - sample.exact[kept])

    yes, no = int(np.sum(truth == 1.0)), int(np.sum(truth == 0.0))
    prevalence = yes / (yes + no) if yes + no else None
    # A little more and less than the factor, so that a value on the edge is counted both ways.
    down, up = sample.truth(limit / near * (1 - 1e-9)), sample.truth(limit * near * (1 + 1e-9))
    decided = np.isfinite(chance) & np.isfinite(truth)
    violated, outside = _bounds(sample, ddg, low, high)
    count = {said: status.count(said) for said in ("abstained", "failed")}
    return Statistics(
        n=len(given),
        n_measured=len(pairs),
        n_answered=len(answered),
        n_abstained=count["abstained"],
        n_failed=count["failed"],
        n_abstained_resistant=sum(
            bool(found.resistant())
            for (_, found), said in zip(pairs, status, strict=True)
            if said == "abstained"
        ),
        coverage=len(answered) / len(pairs) if pairs else None,
        n_resistant=yes,
        n_not_resistant=no,
        n_undecided=len(answered) - yes - no,
        n_folds=int(np.isfinite(sample.exact).sum()),
        n_bounds=sum(item.relation in ("<", ">") for item in sample.measured),
        prevalence=prevalence,
        model=_scores(sample, "trkstruct", ddg, truth, energy=True),
        probability=_scores(sample, "p_resistant", chance, truth, energy=False),
        brier=sample.estimate(
            decided,
            weighted.mean((chance - truth)[decided] ** 2),
            "no pair with a class has p_resistant",
        ),
        brier_of_prevalence=None if prevalence is None else prevalence * (1.0 - prevalence),
        baselines=(
            *(
                _scores(sample, name, values, truth, energy=name in _ENERGIES)
                for name, values in rules.items()
            ),
            _scores(sample, "mean of the others", guess, truth, energy=True, ranks=False),
        ),
        auroc_difference=_area_difference(sample, ddg, rules, truth),
        spearman_difference=_difference(
            sample, ddg, rules, sample.exact, ranked, 1.0, "no baseline can be compared"
        ),
        rmse_difference=_difference(
            sample, ddg, energies, sample.exact, off, -1.0, "no baseline can be compared"
        ),
        near_threshold=NearThreshold(
            sum(item.near_threshold for item in sample.measured),
            _areas(sample, ddg, down)[0],
            _areas(sample, ddg, up)[0],
            _area_difference(sample, ddg, rules, down),
            _area_difference(sample, ddg, rules, up),
        ),
        interval_coverage=_intervals(sample, low, high),
        n_bounds_violated=violated,
        n_bounds_outside=outside,
        n_inhibitors=n_inhibitors,
        resampled_by=by,
        resamples=_resamples(resamples),
        seed=seed,
        level=sample.level,
        notes=_notes(sample, missing, limit, by),
    )


def _resamples(given: int | None) -> int:
    return int(setting("resamples")) if given is None else given


def _sampled(
    answered: Sequence[tuple[Mapping[str, Any], Measured]], seed: int, resamples: int | None
) -> tuple[_Sample, str, int]:
    """Sample with its resamples, what they draw, and the number of inhibitors."""
    names = [inhibitor_of(row) for row, _ in answered]
    clustered = len(set(names)) > setting("cluster_over")
    units = names if clustered else [f"{k:08d}" for k in range(len(names))]
    sample = _Sample(
        tuple(row for row, _ in answered),
        tuple(found for _, found in answered),
        weighted.Resampling(units, _resamples(resamples), seed),
        float(setting("level")),
    )
    return sample, "inhibitor" if clustered else "row", len(set(names))


def _notes(sample: _Sample, missing: Sequence[str], limit: float, by: str) -> tuple[str, ...]:
    notes = []
    needs = {"minus the distance": "distance_ang", "best rotamer": "best_rotamer_kcal"}
    for name in missing:
        if sample.rows:
            column = f": the rows have no {needs[name]}" if name in needs else ""
            notes.append(f"The baseline '{name}' is left out{column}.")
    reduced = sum(m.label == "reduced" and m.ddg_kcal is None for m in sample.measured)
    if reduced:
        notes.append(
            f"{reduced} pair{'s are' if reduced > 1 else ' is'} only called reduced: neither "
            "resistant nor not."
        )
    loose = sum(m.ddg_kcal is not None and m.resistant(limit) is None for m in sample.measured)
    if loose:
        notes.append(
            f"{loose} bound{'s do' if loose > 1 else ' does'} not tell on which side of "
            f"{limit:g}-fold the pair lies."
        )
    pairs = [pair_of(row) for row in sample.rows]
    repeated = len(pairs) - len(set(pairs))
    if repeated and by == "row":
        notes.append(
            f"{repeated} row{'s repeat' if repeated > 1 else ' repeats'} a pair of another row: "
            "the intervals count them as pairs of their own and are too narrow."
        )
    return tuple(notes)


def grouped(
    rows: Iterable[Mapping[str, Any]],
    by: str = "ligand",
    *,
    seed: int = 0,
    resamples: int | None = None,
) -> dict[str, Statistics]:
    """Compare predicted with measured, group by group.

    Parameters
    ----------
    rows : iterable of mapping
        As for `statistics`.
    by : str, default "ligand"
        One of `GROUPS`.
    seed : int, default 0
        Seed of the bootstrap.
    resamples : int, optional
        Number of resamples; 0 for no intervals.

    Returns
    -------
    dict of str to Statistics
        By the text of the column, in alphabetical order; rows without it are under "".

    Raises
    ------
    PlanError
        If rows cannot be grouped by that, or a measurement cannot be read.
    """
    if by not in GROUPS:
        raise PlanError(f"Rows cannot be grouped by {by!r}; by {', '.join(GROUPS)} they can.")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        value = row.get(by)
        groups.setdefault("" if value is None else str(value), []).append(row)
    return {
        name: statistics(groups[name], seed=seed, resamples=resamples) for name in sorted(groups)
    }
