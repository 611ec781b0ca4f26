"""Where predictions are furthest from what was measured, and how their probabilities hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ._measured import setting

__all__ = ["Bin", "judged", "outliers", "reliability"]

#: Standard deviations on each side of a 95 % interval.
_QUANTILE: Final = 1.96


def outliers(
    rows: Iterable[Mapping[str, Any]], most: int | None = None
) -> tuple[Mapping[str, Any], ...]:
    """Find the rows that are furthest from what was measured.

    Parameters
    ----------
    rows : iterable of mapping
        As `benchmark_rows` gives them.
    most : int, optional
        Number of them; that of ``benchmarking.json`` if not given.

    Returns
    -------
    tuple of mapping
        Answered rows of which the measurement is outside the prediction interval, or the call is
        ``resistant`` where no resistance was measured, or ``retained`` where it was. Furthest in
        kcal/mol first; those of which only a word is known behind the others.
    """
    found = [row for row in rows if row["status"] == "ok" and _is_off(row)]
    found.sort(key=lambda row: (-_distance(row), row["row"]))
    return tuple(found[: setting("outliers") if most is None else most])


def _distance(row: Mapping[str, Any]) -> float:
    """How far a prediction is from the value, or from the bound if it is on its wrong side."""
    measured, ddg = row["measured_ddg_kcal"], row["ddg_kcal"]
    if measured is None:
        return -1.0
    off = float(ddg - measured)
    if row["measured_relation"] == ">":
        return max(0.0, -off)
    return max(0.0, off) if row["measured_relation"] == "<" else abs(off)


def _is_off(row: Mapping[str, Any]) -> bool:
    called, truth = row["call"] == "resistant", row["measured_class"]
    clear = truth == "resistant" and row["call"] in ("retained", "sensitised")
    wrong = called and truth == "not resistant"
    return row["inside_interval"] == "no" or clear or wrong


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of a similar probability to be resistant.

    Parameters
    ----------
    predicted : float
        Their mean probability.
    observed : float
        Share of them that were measured as resistant.
    low, high : float
        95 % interval of that share.
    n : int
        Number of them.
    """

    predicted: float
    observed: float
    low: float
    high: float
    n: int


def reliability(rows: Iterable[Mapping[str, Any]]) -> tuple[Bin, ...]:
    """Compare the probability to be resistant with how often that was measured.

    Parameters
    ----------
    rows : iterable of mapping
        As `benchmark_rows` gives them.

    Returns
    -------
    tuple of Bin
        Of about equal numbers of pairs, from low to high probability; empty if there are too
        few pairs for it.

    References
    ----------
    Interval of a share: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    pairs = judged(rows)
    if len(pairs) < setting("calibration_pairs"):
        return ()
    bins = min(setting("calibration_bins"), len(pairs) // setting("calibration_of_a_bin"))
    found = []
    for k in range(bins):
        part = pairs[k * len(pairs) // bins : (k + 1) * len(pairs) // bins]
        n, share = len(part), sum(yes for _, yes in part) / len(part)
        middle = (share + _QUANTILE**2 / (2 * n)) / (1 + _QUANTILE**2 / n)
        inside = share * (1 - share) / n + _QUANTILE**2 / (4 * n * n)
        half = _QUANTILE * math.sqrt(inside) / (1 + _QUANTILE**2 / n)
        found.append(Bin(sum(p for p, _ in part) / n, share, middle - half, middle + half, n))
    return tuple(found)


def judged(rows: Iterable[Mapping[str, Any]]) -> list[tuple[float, bool]]:
    """Collect the pairs that have a probability and a class.

    Parameters
    ----------
    rows : iterable of mapping
        As `benchmark_rows` gives them.

    Returns
    -------
    list of (float, bool)
        Probability and whether it is resistant, by probability.
    """
    return sorted(
        (float(row["p_resistant"]), row["measured_class"] == "resistant")
        for row in rows
        if row["status"] == "ok" and row["p_resistant"] is not None and row["measured_class"]
    )
