"""What has been measured and reported: potencies, fold changes and responses, with their sources.

Nothing here enters a score. Fold changes are formed within one experiment only, assay classes are
kept apart, censored values stay one-sided, and what is said of a class is not taken for cases.
"""

from __future__ import annotations

from ._columns import Evidence, columns, evidence_of
from ._folds import Fold, FoldMean, folds, mean_folds
from ._pairs import Pair, pairs
from ._potencies import Potency, wild_type_potencies, wild_type_potency
from ._reference import TABLES, reference_table
from ._tables import (
    ASSAY_CLASSES,
    LABELS,
    Label,
    Measurement,
    canonical_variant,
    class_statements,
    labels,
    measurements,
    two_digits,
)

__all__ = [
    "ASSAY_CLASSES",
    "LABELS",
    "TABLES",
    "Evidence",
    "Fold",
    "FoldMean",
    "Label",
    "Measurement",
    "Pair",
    "Potency",
    "canonical_variant",
    "class_statements",
    "columns",
    "evidence_of",
    "folds",
    "labels",
    "mean_folds",
    "measurements",
    "pairs",
    "reference_table",
    "two_digits",
    "wild_type_potencies",
    "wild_type_potency",
]
