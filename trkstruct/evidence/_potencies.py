"""Potency on the wild type, one assay class at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log

from ..errors import NumberingError
from ..kinases import Kinase
from ..kinases import kinase as find_kinase
from ._tables import ASSAY_CLASSES, WILD_TYPE, Measurement, measurements, threshold, two_digits

__all__ = ["Potency", "wild_type_potencies", "wild_type_potency"]


@dataclass(frozen=True, slots=True)
class Potency:
    """How potent an inhibitor is on a wild-type kinase, in one assay class.

    Parameters
    ----------
    kinase, inhibitor : str
        As in `Measurement`.
    assay_class : {"biochemical", "cellular", "binding"}
        The kind of assay.
    value_nm : float
        Geometric mean over the experiments, in nM, of the values that are no bounds; if all are,
        the tightest bound.
    relation : {"=", "<", ">"}
        ``=`` for a mean.
    low_nm, high_nm : float
        Least and greatest of the values that enter the mean; the bound itself for a bound.
    why : str
        Why this class was chosen, if there are others.
    conflict : str
        Where values or sources disagree.
    measurements : tuple of Measurement
        The rows behind it.
    """

    kinase: str
    inhibitor: str
    assay_class: str
    value_nm: float
    relation: str
    low_nm: float
    high_nm: float
    why: str
    conflict: str
    measurements: tuple[Measurement, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the values are from, each once."""
        return tuple(dict.fromkeys(row.source for row in self.measurements))

    @property
    def active(self) -> str:
        """``yes`` up to 100 nM, ``no`` above, ``unknown`` where a bound leaves it open."""
        limit = threshold("active")
        if self.relation == "=":
            return "yes" if self.value_nm <= limit else "no"
        if self.relation == "<":
            return "yes" if self.value_nm <= limit else "unknown"
        return "no" if self.value_nm >= limit else "unknown"


def wild_type_potencies(kinase: str | Kinase, inhibitor: str) -> tuple[Potency, ...]:
    """Potency of an inhibitor on a wild-type kinase in each assay class.

    Parameters
    ----------
    kinase : str or Kinase
        Any of its names.
    inhibitor : str
        Name, synonym or InChIKey.

    Returns
    -------
    tuple of Potency
        Biochemical first; empty if nothing is known, also of the kinase or the inhibitor.
    """
    try:
        found = find_kinase(kinase) if isinstance(kinase, str) else kinase
    except NumberingError:
        return ()
    rows = measurements(found, WILD_TYPE, inhibitor)
    classes = [c for c in ASSAY_CLASSES if any(row.assay_class == c for row in rows)]
    return tuple(_potency(tuple(r for r in rows if r.assay_class == c)) for c in classes)


def wild_type_potency(kinase: str | Kinase, inhibitor: str) -> Potency | None:
    """Potency of an inhibitor on a wild-type kinase.

    Biochemical values are preferred; without them the class with the most values is taken. A
    class that has bounds only comes after those that have values.

    Parameters
    ----------
    kinase : str or Kinase
        Any of its names.
    inhibitor : str
        Name, synonym or InChIKey.

    Returns
    -------
    Potency or None
        None if nothing is known, also of the kinase or the inhibitor.

    Examples
    --------
    >>> from trkstruct.evidence import wild_type_potency
    >>> found = wild_type_potency("ALK", "lorlatinib")
    >>> found.assay_class, found.value_nm, found.active
    ('biochemical', 0.07, 'yes')
    """
    found = wild_type_potencies(kinase, inhibitor)
    if not found:
        return None

    def rank(item: Potency) -> tuple[bool, bool, int, int]:
        number = sum(row.relation == "=" for row in item.measurements)
        return (
            item.relation != "=",
            item.assay_class != ASSAY_CLASSES[0],
            -number,
            ASSAY_CLASSES.index(item.assay_class),
        )

    best = min(found, key=rank)
    if len(found) == 1:
        return best
    if best.assay_class == ASSAY_CLASSES[0]:
        why = "biochemical values come first"
    else:
        why = f"no biochemical value is more than a bound; most others are {best.assay_class}"
    others = "; ".join(f"{item.assay_class}: {_shown(item)}" for item in found if item is not best)
    return replace(best, why=f"{why} ({others})")


def _shown(item: Potency) -> str:
    bound = "" if item.relation == "=" else f"{item.relation} "
    return f"{bound}{two_digits(item.value_nm)} nM"


def _potency(rows: tuple[Measurement, ...]) -> Potency:
    """Average the values of one assay class, one value from each experiment."""
    by_experiment: dict[str, list[float]] = {}
    for row in rows:
        if row.relation == "=":
            by_experiment.setdefault(row.experiment, []).append(log(row.value))
    exact = [sum(values) / len(values) for values in by_experiment.values()]
    conflicts = list(dict.fromkeys(row.conflict for row in rows if row.conflict))
    if exact:
        value, low, high = (exp(x) for x in (sum(exact) / len(exact), min(exact), max(exact)))
        relation = "="
        if high / low > threshold("spread"):
            conflicts.insert(0, f"values from {two_digits(low)} to {two_digits(high)} nM")
    else:
        upper = [row.value for row in rows if row.relation == "<"]
        value, relation = (min(upper), "<") if upper else (max(row.value for row in rows), ">")
        low = high = value
    first = rows[0]
    return Potency(
        first.kinase,
        first.inhibitor,
        first.assay_class,
        value,
        relation,
        low,
        high,
        "",
        "; ".join(conflicts),
        rows,
    )
