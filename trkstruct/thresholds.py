"""From which fold change on a call is which, and the error that is expected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Final

from .errors import DataError
from .reference import read_json
from .weighing import RT_KCAL

__all__ = ["CALLS", "Calibration", "calibration", "call_of", "fold_of"]

#: What a call can be, from the worst for the inhibitor to the best, and no call.
CALLS: Final = ("resistant", "reduced", "retained", "sensitised", "abstain")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Thresholds of a call and the error that is expected of a ddG.

    Parameters
    ----------
    resistant_fold, reduced_fold : float
        From this fold change on an inhibitor is called resistant, reduced; below the
        inverse of the second, sensitised.
    reach_ang : float
        If no conformer comes nearer to the ligand than this, there is no prediction.
    error_kcal : dict of str to float
        Standard deviation of predicted against measured ddG, by pose source.
    quantile : float
        Standard deviations on each side of an 80 % interval.
    sure, likely : float
        Probabilities of the call, given that error, from which confidence is not lowered,
        or lowered by one step only.
    """

    resistant_fold: float
    reduced_fold: float
    reach_ang: float
    error_kcal: dict[str, float]
    quantile: float
    sure: float
    likely: float

    def error(self, pose_source: str) -> float:
        """Return the expected error for a pose of this source, in kcal/mol."""
        try:
            return self.error_kcal[pose_source]
        except KeyError:
            known = ", ".join(self.error_kcal)
            raise DataError(
                f"No error is known for poses of source {pose_source!r}; known are {known}."
            ) from None


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """Return the calibration that the package ships.

    Returns
    -------
    Calibration
    """
    values = read_json("parameters.json")["calls"]
    return Calibration(
        float(values["resistant_fold"]),
        float(values["reduced_fold"]),
        float(values["reach_ang"]),
        {key: float(value) for key, value in values["error_kcal"].items()},
        float(values["quantile"]),
        float(values["sure"]),
        float(values["likely"]),
    )


def fold_of(ddg_kcal: float) -> float:
    """Return the fold change of affinity of a ddG.

    Parameters
    ----------
    ddg_kcal : float
        In kcal/mol, positive for weaker binding.

    Returns
    -------
    float
        exp(ddG / RT) at 298.15 K.

    Examples
    --------
    >>> from trkstruct.calls import fold_of
    >>> round(fold_of(1.3642), 1)
    10.0
    """
    return exp(ddg_kcal / RT_KCAL)


def call_of(ddg_kcal: float) -> str:
    """Return the call of a ddG.

    Parameters
    ----------
    ddg_kcal : float
        In kcal/mol, positive for weaker binding.

    Returns
    -------
    str
        ``resistant`` from 10-fold on, ``reduced`` from 3-fold on, ``sensitised`` below a
        third, else ``retained``.

    Examples
    --------
    >>> from trkstruct.calls import call_of
    >>> [call_of(x) for x in (2.0, 1.0, 0.0, -1.0)]
    ['resistant', 'reduced', 'retained', 'sensitised']
    """
    limits = calibration()
    fold = fold_of(ddg_kcal)
    if fold >= limits.resistant_fold:
        return "resistant"
    if fold >= limits.reduced_fold:
        return "reduced"
    if fold < 1.0 / limits.reduced_fold:
        return "sensitised"
    return "retained"
