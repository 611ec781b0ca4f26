"""Inhibitors in order of what is predicted on the mutant, one assay class at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, hypot, log
from typing import Any, Final

from ..ensembles import RT_KCAL
from ..evidence import (
    ASSAY_CLASSES,
    Measurement,
    measurements,
    two_digits,
    wild_type_potencies,
)
from ..kinases import Kinase
from ..ligands import library
from ._known import known_on

__all__ = ["LISTS", "Ranked", "by_potency", "rank", "tied", "wild_type_ranking"]

#: Lists of an answer beside those of the assay classes, in their order.
LISTS: Final = ("ddG only", "not known on it", "no call")


@dataclass(frozen=True, slots=True)
class Ranked:
    """An inhibitor in an answer.

    Parameters
    ----------
    inhibitor : str
        Its name in the library.
    listed : str
        The assay class of its potency on the wild type, or one of `LISTS`.
    rank : int
        Place in its list, from 1; 0 where nothing is ranked.
    binding_type : str
        Type of the library.
    status : str
        ``approved``, ``clinical`` or ``preclinical``, for whatever indication.
    wild_type_nm : float or None
        Potency on the wild type in that class, in nM.
    wild_type_relation : str
        ``=``, or ``<`` or ``>`` for a bound.
    fold_change, ddg_kcal, ddg_low_kcal, ddg_high_kcal : float or None
        As in a table of results.
    predicted_nm, low_nm, high_nm : float or None
        Potency on the mutant, wild type times fold, and its 80 % interval from that of the fold.
    measured : str
        What was measured on the mutant, in the same assay class where there is one.
    disagrees : bool
        True if a measured value of that class lies outside the interval.
    call, confidence : str
        As in a table of results.
    sources : tuple of str
        Where the potency on the wild type is from.
    evidence : str
        What is measured and reported, with its sources.
    row : mapping
        The row of results.
    """

    inhibitor: str
    listed: str
    rank: int = 0
    binding_type: str = ""
    status: str = ""
    wild_type_nm: float | None = None
    wild_type_relation: str = "="
    fold_change: float | None = None
    ddg_kcal: float | None = None
    ddg_low_kcal: float | None = None
    ddg_high_kcal: float | None = None
    predicted_nm: float | None = None
    low_nm: float | None = None
    high_nm: float | None = None
    measured: str = ""
    disagrees: bool = False
    call: str = ""
    confidence: str = ""
    sources: tuple[str, ...] = ()
    evidence: str = ""
    row: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def rank(of: Kinase, mutation: str, rows: Iterable[Mapping[str, Any]]) -> tuple[Ranked, ...]:
    """Order inhibitors by what is predicted on the mutant.

    Parameters
    ----------
    of : Kinase
        The kinase.
    mutation : str
        The mutation with UniProt numbers.
    rows : iterable of mapping
        Rows of results about it, one an inhibitor.

    Returns
    -------
    tuple of Ranked
        List by list: the assay classes, by predicted potency (an inhibitor is in each class in
        which its wild type was measured); inhibitors of the kinase without a potency, by ddG;
        those not known to inhibit it, by ddG; those without a call.
    """
    found: list[Ranked] = []
    for row in rows:
        found += _entries(of, mutation, row)
    return _numbered(found)


def _entries(of: Kinase, mutation: str, row: Mapping[str, Any]) -> list[Ranked]:
    """Make the entries of a row: one for each list that it belongs to."""
    entry = library.find(row["ligand"])
    name = entry.name if entry else str(row["ligand"])
    base = Ranked(
        name,
        "no call",
        binding_type=str(row["binding_type"] or (entry.binding_type if entry else "")),
        status=entry.status if entry else "",
        call=str(row["call"] or row["status"] or ""),
        confidence=str(row["confidence"] or ""),
        evidence=str(row["evidence"] or ""),
        row=row,
    )
    values = measurements(of, mutation, name)
    if row["status"] != "ok" or row["fold_change"] is None:
        return [replace(base, measured=_measured(values))]
    scored = replace(
        base,
        fold_change=row["fold_change"],
        ddg_kcal=row["ddg_kcal"],
        ddg_low_kcal=row["ddg_low_kcal"],
        ddg_high_kcal=row["ddg_high_kcal"],
    )
    known = [p for p in wild_type_potencies(of, name) if p.relation == "="]
    if not known:
        return [replace(scored, listed=_unranked(of, name), measured=_measured(values))]
    made = []
    for potency in known:
        of_class = tuple(v for v in values if v.assay_class == potency.assay_class)
        low, high = (
            potency.value_nm * exp(row[column] / RT_KCAL)
            for column in ("ddg_low_kcal", "ddg_high_kcal")
        )
        made.append(
            replace(
                scored,
                listed=potency.assay_class,
                wild_type_nm=potency.value_nm,
                predicted_nm=potency.value_nm * row["fold_change"],
                low_nm=low,
                high_nm=high,
                measured=_measured(of_class),
                disagrees=any(_outside(v, potency.value_nm, low, high) for v in of_class),
                sources=potency.sources,
            )
        )
    return made


def _unranked(of: Kinase, name: str) -> str:
    """Tell inhibitors that are known on the kinase from those that are not."""
    return "ddG only" if known_on(of, name) else "not known on it"


def _measured(values: Sequence[Measurement]) -> str:
    """Write measured values in short: in nM, the folds only where nothing else is."""
    absolute = [v for v in values if v.measure != "fold"]
    shown = []
    for value in absolute or values:
        bound = "" if value.relation == "=" else f"{value.relation} "
        unit = "-fold" if value.measure == "fold" else " nM"
        shown.append(f"{bound}{two_digits(value.value)}{unit}")
    return ", ".join(dict.fromkeys(shown))


def _outside(value: Measurement, wild_type: float, low: float, high: float) -> bool:
    """Tell whether a measured value contradicts an interval; a bound may do so on one side."""
    number = value.value * (wild_type if value.measure == "fold" else 1.0)
    if value.relation == "=":
        return not low <= number <= high
    return number > high if value.relation == ">" else number < low


def wild_type_ranking(of: Kinase) -> tuple[Ranked, ...]:
    """Order inhibitors by their potency on the wild type, one assay class at a time.

    Parameters
    ----------
    of : Kinase
        The kinase.

    Returns
    -------
    tuple of Ranked
        Nothing in it is predicted; a bound stands behind the values.
    """
    found = [
        Ranked(
            entry.name,
            potency.assay_class,
            binding_type=entry.binding_type,
            status=entry.status,
            wild_type_nm=potency.value_nm,
            wild_type_relation=potency.relation,
            sources=potency.sources,
            evidence=potency.conflict,
        )
        for entry in library.library()
        for potency in wild_type_potencies(of, entry.name)
    ]
    return _numbered(found)


def _numbered(found: Iterable[Ranked]) -> tuple[Ranked, ...]:
    lists = {name: n for n, name in enumerate((*ASSAY_CLASSES, *LISTS))}

    def key(item: Ranked) -> tuple[int, bool, float, str]:
        value = item.predicted_nm
        if value is None:
            value = item.wild_type_nm if item.ddg_kcal is None else item.ddg_kcal
        bound = item.wild_type_relation != "="
        return lists[item.listed], bound, value if value is not None else 0.0, item.inhibitor

    ordered, places = [], dict.fromkeys(lists, 0)
    for item in sorted(found, key=key):
        ranked = item.listed != "no call" and item.wild_type_relation == "="
        places[item.listed] += ranked
        ordered.append(replace(item, rank=places[item.listed] if ranked else 0))
    return tuple(ordered)


def by_potency(items: Iterable[Ranked]) -> dict[str, tuple[Ranked, ...]]:
    """Take the lists of the assay classes out of a ranking.

    Parameters
    ----------
    items : iterable of Ranked
        The ranking.

    Returns
    -------
    dict of str to tuple of Ranked
        By assay class, those that have entries.
    """
    found: dict[str, tuple[Ranked, ...]] = {}
    for item in items:
        if item.listed in ASSAY_CLASSES:
            found[item.listed] = (*found.get(item.listed, ()), item)
    return found


def tied(first: Ranked, other: Ranked) -> bool:
    """Tell whether the intervals of two inhibitors leave open which is the more potent.

    The errors of the two predictions are taken as independent, so that half widths add in
    squares; the error of the wild-type values is not in them.

    Parameters
    ----------
    first, other : Ranked
        Two entries of one list, the more potent first.

    Returns
    -------
    bool
    """
    better, worse = _on_scale(first), _on_scale(other)
    return worse[1] - better[1] <= hypot(better[2] - better[1], worse[1] - worse[0])


def _on_scale(item: Ranked) -> tuple[float, float, float]:
    """Return low end, value and high end in kcal/mol, on the scale by which a list is ranked."""
    if item.ddg_kcal is None or item.ddg_low_kcal is None or item.ddg_high_kcal is None:
        return 0.0, 0.0, 0.0
    base = RT_KCAL * log(item.wild_type_nm) if item.predicted_nm and item.wild_type_nm else 0.0
    return base + item.ddg_low_kcal, base + item.ddg_kcal, base + item.ddg_high_kcal
