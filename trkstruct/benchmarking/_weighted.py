"""Measures of agreement under weights: one row of weights a resample, all resamples at once.

A resample draws rows with replacement; how often it drew each is its weight. Every measure here
takes weights of shape (b, n) and gives (b,) values, NaN where a resample does not define it. With
weights of one it is the measure itself, so that there is one formula for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Measure = Callable[[Floats], Floats]

__all__ = ["Resampling", "auprc", "auroc", "mean", "pearson", "rmse", "spearman"]

#: Numbers that are in memory at a time, of a table of weights.
_CELLS: Final = 2_000_000
#: A spread below this share of a value is rounding.
_ROUNDING: Final = 1e-12


def _ordered(values: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order of values from the lowest, and where among them each group of ties begins."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return order, starts


def _ratio(above: Floats, below: Floats) -> Floats:
    """Divide, NaN where it cannot be done."""
    out = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def auroc(score: Floats, truth: NDArray[np.bool_]) -> Measure:
    """Area under the ROC curve: how often a positive scores above a negative, ties one half.

    Parameters
    ----------
    score : (n,) float64
        Higher for what is predicted to be positive.
    truth : (n,) bool
        What is positive.

    Returns
    -------
    callable
        Weights (b, n) to values (b,).

    References
    ----------
    Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747.
    """
    order, starts = _ordered(score)
    positive = truth[order]

    def measure(weights: Floats) -> Floats:
        ordered = weights[:, order]
        yes = np.add.reduceat(ordered * positive, starts, axis=1)
        no = np.add.reduceat(ordered * ~positive, starts, axis=1)
        below = np.cumsum(no, axis=1) - no
        won = (yes * (below + 0.5 * no)).sum(axis=1)
        return _ratio(won, yes.sum(axis=1) * no.sum(axis=1))

    return measure


def auprc(score: Floats, truth: NDArray[np.bool_]) -> Measure:
    """Area under the precision-recall curve as average precision; ties enter together.

    Parameters
    ----------
    score : (n,) float64
        Higher for what is predicted to be positive.
    truth : (n,) bool
        What is positive.

    Returns
    -------
    callable
        Weights (b, n) to values (b,); NaN where there is no positive or no negative.

    References
    ----------
    Davis & Goadrich 2006, doi:10.1145/1143844.1143874: without lines between the points.
    """
    order, starts = _ordered(-score)
    positive = truth[order]

    def measure(weights: Floats) -> Floats:
        ordered = weights[:, order]
        yes = np.add.reduceat(ordered * positive, starts, axis=1)
        drawn = np.cumsum(np.add.reduceat(ordered, starts, axis=1), axis=1)
        precision = np.divide(
            np.cumsum(yes, axis=1), drawn, out=np.zeros_like(drawn), where=drawn > 0
        )
        total = yes.sum(axis=1)
        area = _ratio((yes * precision).sum(axis=1), total)
        return np.where(drawn[:, -1] > total, area, np.nan)

    return measure


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Ranks in each resample; what is tied, also with itself, has the mean of its ranks."""
    order, starts = _ordered(values)
    drawn = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks = np.cumsum(drawn, axis=1) - drawn + (drawn + 1.0) / 2.0
    sizes = np.diff(np.append(starts, len(values)))
    out = np.empty_like(weights)
    out[:, order] = np.repeat(ranks, sizes, axis=1)
    return out


def _correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    total = weights.sum(axis=1)
    mean_x, mean_y = ((weights * v).sum(axis=1) / total for v in (x, y))
    off_x, off_y = x - mean_x[:, None], y - mean_y[:, None]
    spread_x, spread_y = ((weights * v * v).sum(axis=1) / total for v in (off_x, off_y))
    shared = (weights * off_x * off_y).sum(axis=1) / total
    flat = (spread_x <= _ROUNDING * (1.0 + mean_x**2)) | (spread_y <= _ROUNDING * (1.0 + mean_y**2))
    found = _ratio(shared, np.where(flat, 0.0, np.sqrt(spread_x * spread_y)))
    return np.clip(found, -1.0, 1.0)


def pearson(x: Floats, y: Floats) -> Measure:
    """Pearson's correlation.

    Parameters
    ----------
    x, y : (n,) float64
        The values.

    Returns
    -------
    callable
        Weights (b, n) to values (b,); NaN where one of them does not vary.
    """
    return lambda weights: _correlation(
        np.broadcast_to(x, weights.shape), np.broadcast_to(y, weights.shape), weights
    )


def spearman(x: Floats, y: Floats) -> Measure:
    """Spearman's correlation: Pearson's of the ranks in each resample.

    Parameters
    ----------
    x, y : (n,) float64
        The values.

    Returns
    -------
    callable
        Weights (b, n) to values (b,); NaN where one of them does not vary.
    """
    return lambda weights: _correlation(_ranks(x, weights), _ranks(y, weights), weights)


def mean(values: Floats) -> Measure:
    """Mean.

    Parameters
    ----------
    values : (n,) float64
        The values.

    Returns
    -------
    callable
        Weights (b, n) to values (b,).
    """
    return lambda weights: _ratio((weights * values).sum(axis=1), weights.sum(axis=1))


def rmse(differences: Floats) -> Measure:
    """Root of the mean square.

    Parameters
    ----------
    differences : (n,) float64
        Predicted less measured.

    Returns
    -------
    callable
        Weights (b, n) to values (b,).
    """
    squared = mean(differences**2)
    return lambda weights: np.sqrt(squared(weights))


class Resampling:
    """Resamples of rows, or of clusters of rows that are drawn together.

    The same resamples serve every measure, so that differences of measures are paired.

    Parameters
    ----------
    clusters : sequence of str
        Cluster of each row; each its own for resamples of rows.
    resamples : int
        Number of them.
    seed : int
        Seed of the draws.
    """

    def __init__(self, clusters: Sequence[str], resamples: int, seed: int) -> None:
        names = sorted(set(clusters))
        number = {name: k for k, name in enumerate(names)}
        self._unit = np.array([number[name] for name in clusters], dtype=np.intp)
        rng = np.random.default_rng(seed)
        self._counts = np.zeros((resamples if names else 0, len(names)), dtype=np.uint16)
        for row in self._counts:
            row[:] = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))

    def __call__(self, rows: NDArray[np.intp], measure: Measure) -> Floats:
        """Values of a measure of some of the rows, one a resample.

        Parameters
        ----------
        rows : (n,) int
            Positions of the rows.
        measure : callable
            Weights (b, n) to values (b,).

        Returns
        -------
        (resamples,) float64
            NaN where a resample drew none of the rows, or does not define it.
        """
        step = max(1, _CELLS // max(1, len(rows)))
        parts = [self._part(counts, rows, measure) for counts in self._slices(step)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _slices(self, step: int) -> Iterator[NDArray[np.uint16]]:
        for start in range(0, len(self._counts), step):
            yield self._counts[start : start + step]

    def _part(self, counts: NDArray[np.uint16], rows: NDArray[np.intp], measure: Measure) -> Floats:
        weights = counts[:, self._unit[rows]].astype(np.float64)
        out = np.full(len(weights), np.nan)
        drawn = weights.sum(axis=1) > 0
        if drawn.any():
            out[drawn] = measure(weights[drawn])
        return out
