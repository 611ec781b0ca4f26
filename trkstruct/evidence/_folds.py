"""Fold changes against the wild type, within one experiment only."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from ..kinases import Kinase
from ._tables import ASSAY_CLASSES, UNSTATED, WILD_TYPE, Measurement, measurements

__all__ = ["Fold", "FoldMean", "folds", "mean_folds"]

#: Relation of a ratio from those of its parts, mutant and wild type; two bounds that pull apart
#: bound nothing.
_RATIO: Final = {
    ("=", "="): "=", (">", "="): ">", ("=", "<"): ">", (">", "<"): ">",
    ("<", "="): "<", ("=", ">"): "<", ("<", ">"): "<",
}  # fmt: skip


def _exact(ratio: float) -> float:
    """Drop what floating point adds: 0.7 over 0.07 is ten, and ten is a threshold."""
    return float(f"{ratio:.12g}")


def _ddg(fold: float) -> float:
    from ..ensembles import RT_KCAL

    return RT_KCAL * log(fold)


@dataclass(frozen=True, slots=True)
class Fold:
    """How many times weaker an inhibitor is on a variant, in one experiment.

    Parameters
    ----------
    kinase, variant, inhibitor : str
        As in `Measurement`.
    assay_class : {"biochemical", "cellular", "binding"}
        The kind of assay.
    experiment : str
        Name of the paper and the assay.
    fold : float
        Value of the variant over that of the wild type.
    relation : {"=", "<", ">"}
        ``<`` and ``>`` where a part is a bound.
    stated : bool
        True if the source states the ratio, False if it is formed from its values.
    measurement : Measurement
        The row it is from; it has source, system and conflict.
    """

    kinase: str
    variant: str
    inhibitor: str
    assay_class: str
    experiment: str
    fold: float
    relation: str
    stated: bool
    measurement: Measurement

    @property
    def ddg_kcal(self) -> float:
        """RT ln fold at 298.15 K, in kcal/mol; a bound where the fold is one."""
        return _ddg(self.fold)

    @property
    def source(self) -> str:
        """Where it is from."""
        return self.measurement.source

    @property
    def conflict(self) -> str:
        """Where sources disagree."""
        return self.measurement.conflict


@dataclass(frozen=True, slots=True)
class FoldMean:
    """Fold change of one assay class over all experiments.

    Parameters
    ----------
    kinase, variant, inhibitor : str
        As in `Measurement`.
    assay_class : {"biochemical", "cellular", "binding"}
        The kind of assay.
    fold : float
        Geometric mean of the values that are no bounds; if all are, the tightest bound.
    relation : {"=", "<", ">"}
        ``=`` for a mean.
    low, high : float
        Least and greatest of the values that enter the mean; the bound itself for a bound.
    spread : float
        Geometric standard deviation of the values, a factor; 1 for a single one.
    folds : tuple of Fold
        All of them, bounds too.
    """

    kinase: str
    variant: str
    inhibitor: str
    assay_class: str
    fold: float
    relation: str
    low: float
    high: float
    spread: float
    folds: tuple[Fold, ...]

    @property
    def ddg_kcal(self) -> float:
        """RT ln fold at 298.15 K, in kcal/mol; a bound where the fold is one."""
        return _ddg(self.fold)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the folds are from, each once."""
        return tuple(dict.fromkeys(item.source for item in self.folds))


def _fold(row: Measurement) -> Fold | None:
    """Make the fold change of a row, if it has one."""
    if row.variant == WILD_TYPE or row.assay_class == UNSTATED:
        return None
    value: float | None = row.value
    relation: str | None = row.relation
    if row.measure != "fold":
        if row.wt_value is None:
            return None
        value = _exact(row.value / row.wt_value)
        relation = _RATIO.get((row.relation, row.wt_relation))
    if value is None or relation is None:
        return None
    return Fold(
        row.kinase,
        row.variant,
        row.inhibitor,
        row.assay_class,
        row.experiment,
        value,
        relation,
        row.measure == "fold",
        row,
    )


def folds(
    kinase: str | Kinase | None = None, variant: str | None = None, inhibitor: str | None = None
) -> tuple[Fold, ...]:
    """Fold changes, each within one experiment: stated by the source, or from its two values.

    Parameters
    ----------
    kinase : str or Kinase, optional
        Any of its names.
    variant : str, optional
        A mutation in UniProt numbers or those of papers, as in `MutationSet.parse`.
    inhibitor : str, optional
        Name, synonym or InChIKey; of one that the library does not have there is nothing.

    Returns
    -------
    tuple of Fold
        In the order of the table.

    Raises
    ------
    NumberingError
        If the kinase is not known, or a number fits two of its residues.
    MutationError
        If the variant cannot be read or does not fit the kinase.

    Examples
    --------
    >>> from trkstruct.evidence import folds
    >>> [round(item.fold, 1) for item in folds("TRKA", "G595R", "larotrectinib")]
    [76.7]
    """
    made = (_fold(row) for row in measurements(kinase, variant, inhibitor))
    return tuple(item for item in made if item is not None)


def mean_folds(
    kinase: str | Kinase | None = None, variant: str | None = None, inhibitor: str | None = None
) -> tuple[FoldMean, ...]:
    """Fold changes of a variant and an inhibitor, one for each assay class.

    Parameters
    ----------
    kinase : str or Kinase, optional
        Any of its names.
    variant : str, optional
        A mutation in UniProt numbers or those of papers, as in `MutationSet.parse`.
    inhibitor : str, optional
        Name, synonym or InChIKey; of one that the library does not have there is nothing.

    Returns
    -------
    tuple of FoldMean
        By first appearance of the variant and inhibitor; biochemical before cellular.

    Raises
    ------
    NumberingError
        If the kinase is not known, or a number fits two of its residues.
    MutationError
        If the variant cannot be read or does not fit the kinase.

    Examples
    --------
    >>> from trkstruct.evidence import mean_folds
    >>> (mean,) = mean_folds("ALK", "G1202R", "alectinib")
    >>> mean.assay_class, round(mean.fold), len(mean.folds)
    ('cellular', 42, 2)
    """
    groups: dict[tuple[str, str, str], list[Fold]] = {}
    for item in folds(kinase, variant, inhibitor):
        groups.setdefault((item.kinase, item.variant, item.inhibitor), []).append(item)
    return tuple(
        _mean(tuple(item for item in group if item.assay_class == assay_class))
        for group in groups.values()
        for assay_class in ASSAY_CLASSES
        if any(item.assay_class == assay_class for item in group)
    )


def _mean(group: tuple[Fold, ...]) -> FoldMean:
    """Average fold changes of one assay class; bounds only where there is nothing else."""
    first = group[0]
    exact = [item.fold for item in group if item.relation == "="]
    lower = [item.fold for item in group if item.relation == ">"]
    upper = [item.fold for item in group if item.relation == "<"]
    spread = 1.0
    if exact:
        middle = sum(map(log, exact)) / len(exact)
        if len(exact) > 1:
            squares = sum((log(x) - middle) ** 2 for x in exact)
            spread = exp(sqrt(squares / (len(exact) - 1)))
        fold, relation, low, high = _exact(exp(middle)), "=", min(exact), max(exact)
    else:
        fold, relation = (max(lower), ">") if lower else (min(upper), "<")
        low = high = fold
    return FoldMean(
        first.kinase,
        first.variant,
        first.inhibitor,
        first.assay_class,
        fold,
        relation,
        low,
        high,
        spread,
        group,
    )
