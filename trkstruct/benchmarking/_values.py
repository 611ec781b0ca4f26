"""What comes out of judging predictions: values with their intervals, side by side."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

__all__ = ["Difference", "Estimate", "NearThreshold", "Scores", "Statistics", "plain"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its bootstrap interval.

    Parameters
    ----------
    value : float or None
        None where there is none.
    low, high : float or None, default None
        The interval; None where there is none.
    n : int, default 0
        Pairs that it comes from.
    reason : str, default ""
        Why there is no value or no interval, or what is wrong with it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    reason: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        span = "" if self.low is None else f" ({self.low:.2f} to {self.high:.2f})"
        return f"{self.value:.2f}{span}"


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one way of predicting agrees with what was measured.

    Parameters
    ----------
    name : str
        The way: ``trkstruct``, or the rule of a baseline.
    auroc : Estimate
        How often a resistant pair is put above one that is not.
    auprc : Estimate
        Average precision; that of guessing is the prevalence.
    spearman, pearson : Estimate
        Correlation with the measured ddG, of values that are no bounds.
    rmse_kcal, signed_error_kcal : Estimate
        Error in kcal/mol, and its mean (predicted less measured), of the same; none for a rule
        that gives no energy.
    """

    name: str
    auroc: Estimate
    auprc: Estimate
    spearman: Estimate
    pearson: Estimate
    rmse_kcal: Estimate
    signed_error_kcal: Estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better than a baseline, on the same pairs and resamples.

    Parameters
    ----------
    to : str
        Name of the baseline: of all, that which comes nearest or is better; empty if none can
        be compared.
    estimate : Estimate
        Positive = better than the baseline.
    own, other : float or None
        The two that it is the difference of, on the pairs where both have a value.
    """

    to: str
    estimate: Estimate
    own: float | None = None
    other: float | None = None

    @property
    def verdict(self) -> str:
        """``better``, ``worse``, ``not shown`` by the interval, or empty if there is none."""
        low, high = self.estimate.low, self.estimate.high
        if low is None or high is None:
            return ""
        return "better" if low > 0 else "worse" if high < 0 else "not shown"


@dataclass(frozen=True, slots=True)
class NearThreshold:
    """Pairs that were measured near the threshold of resistance, counted both ways.

    Parameters
    ----------
    n : int
        Number of them.
    auroc_if_resistant, auroc_if_not : Estimate
        Area with all of them resistant, and with none.
    difference_if_resistant, difference_if_not : Difference
        Difference of the area to that of the best baseline, in the same two ways.
    """

    n: int
    auroc_if_resistant: Estimate
    auroc_if_not: Estimate
    difference_if_resistant: Difference
    difference_if_not: Difference


@dataclass(frozen=True, slots=True)
class Statistics:
    """Predicted against measured over rows of results.

    Parameters
    ----------
    n, n_measured : int
        Rows, and those with a measurement. What follows is about the latter.
    n_answered, n_abstained, n_failed : int
        Rows by status; the scores are over the answered ones.
    n_abstained_resistant : int
        Of the abstained, those that were measured as resistant.
    coverage : float or None
        Answered of measured.
    n_resistant, n_not_resistant, n_undecided : int
        Answered rows by what was measured; undecided are bounds that do not tell, and
        ``reduced`` without a value.
    n_folds, n_bounds : int
        Answered rows with a value, and with a bound.
    prevalence : float or None
        Resistant of those that are decided.
    model : Scores
        Of the predicted ddG.
    probability : Scores
        Of ``p_resistant``.
    brier, brier_of_prevalence : Estimate, float or None
        Mean square error of ``p_resistant``, and that of always saying the prevalence.
    baselines : tuple of Scores
        Of rules that use no physics.
    auroc_difference, spearman_difference, rmse_difference : Difference
        To the best baseline; for the RMSE how much smaller it is, in kcal/mol.
    near_threshold : NearThreshold
        How the area depends on pairs near the threshold.
    interval_coverage : Estimate
        Share of measured values, no bounds, inside the 80 % prediction interval.
    n_bounds_violated, n_bounds_outside : int
        Bounds on whose wrong side the prediction is, and the whole of its interval.
    n_inhibitors : int
        Different inhibitors among the answered rows.
    resampled_by : {"inhibitor", "row"}
        What the bootstrap draws.
    resamples, seed : int
        Number of resamples, and seed of their draws.
    level : float
        Level of the intervals.
    notes : tuple of str
        What a reader has to know of how it was counted.
    """

    n: int
    n_measured: int
    n_answered: int
    n_abstained: int
    n_failed: int
    n_abstained_resistant: int
    coverage: float | None
    n_resistant: int
    n_not_resistant: int
    n_undecided: int
    n_folds: int
    n_bounds: int
    prevalence: float | None
    model: Scores
    probability: Scores
    brier: Estimate
    brier_of_prevalence: float | None
    baselines: tuple[Scores, ...]
    auroc_difference: Difference
    spearman_difference: Difference
    rmse_difference: Difference
    near_threshold: NearThreshold
    interval_coverage: Estimate
    n_bounds_violated: int
    n_bounds_outside: int
    n_inhibitors: int
    resampled_by: str
    resamples: int
    seed: int
    level: float
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give it as mappings, lists and plain values.

        Returns
        -------
        dict
            By the names above; floats to 0.001.
        """
        found: dict[str, Any] = plain(self)
        return found


def plain(value: Any) -> Any:
    """Give a value as mappings, lists and plain values, floats to 0.001.

    Parameters
    ----------
    value : object
        Dataclasses, tuples and plain values.

    Returns
    -------
    object
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return round(value, 3) + 0.0 if isinstance(value, float) else value
