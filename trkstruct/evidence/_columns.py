"""What is measured, as columns of a table of results: shown beside a prediction, never in it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..errors import MutationError, NumberingError
from ..kinases import kinase as find_kinase
from ._folds import FoldMean, mean_folds
from ._potencies import Potency, wild_type_potency
from ._tables import Label, Measurement, canonical_variant, labels, measurements, two_digits

__all__ = ["Evidence", "columns", "evidence_of"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured and reported of a mutation and an inhibitor.

    False if that is nothing; as text what the column ``evidence`` of a table says.

    Parameters
    ----------
    folds : tuple of FoldMean
        Fold changes, one an assay class.
    measurements : tuple of Measurement
        Potencies on the mutant.
    labels : tuple of Label
        Responses that were reported in words.
    wild_type : Potency or None
        The inhibitor's potency on the wild type.
    """

    folds: tuple[FoldMean, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    labels: tuple[Label, ...] = ()
    wild_type: Potency | None = None

    def __bool__(self) -> bool:
        return bool(self.folds or self.measurements or self.labels)

    def __str__(self) -> str:
        return _text(self.folds, self.measurements, self.labels)


def evidence_of(kinase: str, mutation_uniprot: str, inhibitor: str) -> Evidence:
    """Find what was measured and reported of a mutation and an inhibitor.

    Parameters
    ----------
    kinase : str
        Name of the kinase; empty if the chain is none.
    mutation_uniprot : str
        The mutation with UniProt numbers, several joined by ``+``.
    inhibitor : str
        Name, synonym or InChIKey; the last where a name might be somebody else's.

    Returns
    -------
    Evidence
        Of a kinase, mutation or inhibitor that is not known, and of a mutation that does not
        start from the wild type, there is nothing.

    Examples
    --------
    >>> from trkstruct.evidence import evidence_of
    >>> [fold.assay_class for fold in evidence_of("TRKA", "G595R", "repotrectinib").folds]
    ['biochemical']
    """
    try:
        found = find_kinase(kinase)
        variant = canonical_variant(mutation_uniprot, found)
    except (NumberingError, MutationError):
        return Evidence()
    return Evidence(
        mean_folds(found, variant, inhibitor),
        measurements(found, variant, inhibitor),
        labels(found, variant, inhibitor),
        wild_type_potency(found, inhibitor),
    )


def columns(
    kinase: str, mutation_uniprot: str, inhibitor: str, fold_change: float | None
) -> dict[str, Any]:
    """Columns of a table of results that say what is measured.

    Parameters
    ----------
    kinase : str
        Name of the kinase; empty if the chain is none.
    mutation_uniprot : str
        The mutation with UniProt numbers, several joined by ``+``.
    inhibitor : str
        Name, synonym or InChIKey; the last where a name might be somebody else's.
    fold_change : float or None
        The predicted fold change, by which the potency on the mutant is predicted.

    Returns
    -------
    dict of str to object
        ``wt_active`` (``yes``, ``no``, ``unknown``), ``wt_potency_nm`` and
        ``predicted_potency_nm`` (None where there is none, or only a bound), ``potency_assay``,
        ``potency_source``, ``evidence``. Of a kinase, mutation or inhibitor that is not known,
        and of a mutation that does not start from the wild type, there is nothing.

    Examples
    --------
    >>> from trkstruct.evidence import columns
    >>> found = columns("TRKA", "G595R", "repotrectinib", 4.0)
    >>> found["wt_active"], found["wt_potency_nm"], found["predicted_potency_nm"]
    ('yes', 0.53, 2.1)
    """
    known = evidence_of(kinase, mutation_uniprot, inhibitor)
    potency, text = known.wild_type, str(known)
    empty: dict[str, Any] = {
        "wt_active": "unknown",
        "wt_potency_nm": None,
        "predicted_potency_nm": None,
        "potency_assay": "",
        "potency_source": "",
        "evidence": "",
    }
    if potency is None:
        return {**empty, "evidence": text}
    exact = potency.relation == "="
    predicted = None
    if exact and fold_change is not None and isfinite(fold_change):
        predicted = float(f"{potency.value_nm * fold_change:.2g}")
    if not exact:  # a bound is no number to rank by: it is said, not tabled
        text = _joined(f"wild type {potency.relation} {potency.value_nm:g} nM", text)
    if potency.conflict:
        text = _joined(text, f"wild type: {potency.conflict}")
    return {
        "wt_active": potency.active,
        "wt_potency_nm": float(f"{potency.value_nm:.2g}") if exact else None,
        "predicted_potency_nm": predicted,
        "potency_assay": potency.assay_class,
        "potency_source": "; ".join(potency.sources),
        "evidence": text,
    }


def _joined(*parts: str) -> str:
    return ". ".join(part for part in parts if part)


def _text(
    means: tuple[FoldMean, ...], rows: tuple[Measurement, ...], words: tuple[Label, ...]
) -> str:
    """Say in short what was measured and reported, each with its source."""
    parts = [_fold_text(mean) for mean in means]
    used = {item.measurement.id for mean in means for item in mean.folds}
    parts += [f"{row}, {row.assay_class} ({row.source})" for row in rows if row.id not in used]
    grouped: dict[str, list[str]] = {}
    for label in words:
        grouped.setdefault(label.label, []).append(label.source)
    parts += [
        f"reported {label} ({', '.join(dict.fromkeys(sources))})"
        for label, sources in grouped.items()
    ]
    conflicts = (item.conflict for mean in means for item in mean.folds)
    notes = dict.fromkeys(c for c in (*conflicts, *(w.conflict for w in words)) if c)
    return _joined("; ".join(parts), f"But: {'; '.join(notes)}" if notes else "")


def _fold_text(mean: FoldMean) -> str:
    bound = "" if mean.relation == "=" else f"{mean.relation} "
    low, high = two_digits(mean.low), two_digits(mean.high)
    span = f" ({low} to {high})" if mean.high > mean.low else ""
    sources = ", ".join(mean.sources)
    return f"measured {bound}{two_digits(mean.fold)}-fold{span}, {mean.assay_class} ({sources})"
