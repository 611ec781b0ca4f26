"""What was measured, read from the cells of a row."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ..calls import calibration, fold_of
from ..ensembles import RT_KCAL
from ..errors import PlanError
from ..reference import read_csv, read_json

__all__ = ["MEASURED_COLUMNS", "Measured", "measured_of", "setting", "volume_change"]

#: Columns that a measurement may be given in; of a plan they need one.
MEASURED_COLUMNS: Final = ("measured_ddg_kcal", "measured_fold", "measured_call")
#: What the words for a measured response count as: resistant, not, or neither.
_LABELS: Final[dict[str, bool | None]] = {
    "resistant": True,
    "reduced": None,
    "retained": False,
    "sensitive": False,
    "sensitised": False,
}
_SPELLINGS: Final = {"sensitized": "sensitised"}
_NUMBER: Final = re.compile(r"(?P<sign>>=|<=|[<>=≥≤])?\s*(?P<number>\S+)\Z")
_SIGNS: Final = {"": "=", "=": "=", ">": ">", ">=": ">", "≥": ">", "<": "<", "<=": "<", "≤": "<"}


def setting(name: str) -> Any:
    """Return a setting of judging predictions.

    Parameters
    ----------
    name : str
        Name in ``benchmarking.json``, which says where each is from.

    Returns
    -------
    object
    """
    return read_json("benchmarking.json")[name]


@lru_cache(maxsize=1)
def near_factor() -> float:
    """Factor about a threshold within which a value may lie on either side of it.

    Returns
    -------
    float
    """
    (value,) = (r["value"] for r in read_csv("evidence_thresholds.csv")
                if r["name"] == "near_threshold")  # fmt: skip
    return float(value)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one pair of mutation and inhibitor.

    Parameters
    ----------
    ddg_kcal : float or None
        RT ln fold in kcal/mol, positive = weaker binding; None if only a word is given.
    relation : {"=", ">", "<", ""}
        ``>`` and ``<`` where the value is a bound; empty where there is none.
    label : str, default ""
        ``resistant``, ``reduced``, ``retained``, ``sensitive``, ``sensitised`` or empty.
    """

    ddg_kcal: float | None
    relation: str
    label: str = ""

    @property
    def exact(self) -> bool:
        """Whether there is a value that is no bound."""
        return self.relation == "="

    @property
    def fold(self) -> float | None:
        """Fold change of affinity or potency, or its bound."""
        return None if self.ddg_kcal is None else fold_of(self.ddg_kcal)

    def resistant(self, threshold_fold: float | None = None) -> bool | None:
        """Whether the pair counts as resistant.

        A value decides before a word. A bound decides only if all that it allows lies on one
        side of the threshold, and ``reduced`` without a value decides nothing.

        Parameters
        ----------
        threshold_fold : float, optional
            Fold change from which on it does; that of the calls if not given.

        Returns
        -------
        bool or None
            None where it cannot be told.
        """
        threshold = calibration().resistant_fold if threshold_fold is None else threshold_fold
        if self.fold is not None:
            # Ten comes out of logarithms as 9.999999999999998.
            fold = float(f"{self.fold:.9g}")
            if self.relation == "=" or (self.relation == ">" and fold >= threshold):
                return fold >= threshold
            if self.relation == "<" and fold <= threshold:
                return False
        return _LABELS[self.label] if self.label else None

    @property
    def near_threshold(self) -> bool:
        """Whether the value is so near to the threshold that it may lie on its other side."""
        if not self.exact or self.ddg_kcal is None:
            return False
        off = abs(self.ddg_kcal - RT_KCAL * math.log(calibration().resistant_fold))
        return off <= RT_KCAL * math.log(near_factor()) + 1e-9

    @property
    def contradiction(self) -> str:
        """What a value and a word say of each other if they disagree, else empty."""
        by_value = Measured(self.ddg_kcal, self.relation).resistant()
        by_word = _LABELS[self.label] if self.label else None
        if by_value is None or by_word is None or by_value == by_word:
            return ""
        sign = "" if self.exact else self.relation
        return f"measured {sign}{self.fold:.2g}-fold is called {self.label}; the value was taken"


def measured_of(row: Mapping[str, Any]) -> Measured | None:
    """Read what was measured from the cells of a row.

    Parameters
    ----------
    row : mapping of str to object
        With ``measured_ddg_kcal`` or ``measured_fold``, as numbers or as text, which may begin
        with ``>`` or ``<``, and ``measured_call``. The sign may also stand in
        ``measured_relation``. Columns that are not there are empty.

    Returns
    -------
    Measured or None
        None if nothing is given.

    Raises
    ------
    PlanError
        If a cell cannot be read, or ddG and fold are both given and are not the same.

    Examples
    --------
    >>> from trkstruct.benchmarking import measured_of
    >>> found = measured_of({"measured_fold": ">30"})
    >>> found.relation, round(found.ddg_kcal, 2), found.resistant()
    ('>', 2.02, True)
    >>> measured_of({"measured_fold": ">5"}).resistant() is None
    True
    """
    relation = _text(row.get("measured_relation"))
    fold = _number(row.get("measured_fold"), "measured_fold", relation)
    ddg = _number(row.get("measured_ddg_kcal"), "measured_ddg_kcal", relation)
    label = _text(row.get("measured_call")).casefold()
    label = _SPELLINGS.get(label, label)
    if label and label not in _LABELS:
        raise PlanError(
            f"measured_call {label!r} is not known; it is one of {', '.join(_LABELS)}, or empty."
        )
    from_fold: tuple[str, float] | None = None
    if fold is not None:
        if fold[1] <= 0:
            raise PlanError(f"measured_fold {fold[1]:g} is not above zero, as a ratio must be.")
        from_fold = fold[0], RT_KCAL * math.log(fold[1])
    if from_fold is not None and ddg is not None:
        apart = abs(from_fold[1] - ddg[1])
        if from_fold[0] != ddg[0] or apart > setting("disagree_kcal"):
            raise PlanError(
                f"measured_ddg_kcal and measured_fold are not the same: {fold_of(ddg[1]):.3g}-fold "
                f"and {fold_of(from_fold[1]):.3g}-fold. Give the one that was measured."
            )
    value = from_fold or ddg
    if value is not None:
        return Measured(value[1], value[0], label)
    return Measured(None, "", label) if label else None


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def _number(value: object, column: str, relation: str) -> tuple[str, float] | None:
    """Sign and number of a cell, None if it is empty."""
    # Spreadsheets, and our own tables, mark text that begins with = by an apostrophe.
    text = _text(value).removeprefix("'")
    if not text:
        return None
    found = _NUMBER.match(text)
    try:
        number = float(found["number"]) if found is not None else math.nan
    except ValueError:
        number = math.nan
    if found is None or not math.isfinite(number) or relation not in _SIGNS:
        raise PlanError(
            f"{column} {relation}{text!r} is not a number; a bound is written >10 or <3."
        )
    return _SIGNS[found["sign"] or relation], number


@lru_cache(maxsize=1)
def _volumes() -> dict[str, float]:
    return {row["letter"]: float(row["volume_ang3"]) for row in read_csv("residue_volumes.csv")}


def volume_change(mutation: str) -> float | None:
    """Say by how much a mutation makes its side chain larger.

    Parameters
    ----------
    mutation : str
        As in a plan; of a compound mutation the changes are added.

    Returns
    -------
    float or None
        Cubic angstrom; None if the text cannot be read.

    References
    ----------
    Zamyatnin 1972, doi:10.1016/0079-6107(72)90005-3.

    Examples
    --------
    >>> from trkstruct.benchmarking import volume_change
    >>> round(volume_change("G595R"), 1)
    113.3
    """
    from ..errors import MutationError
    from ..mutations import MutationSet

    try:
        found = MutationSet.parse(mutation).mutations
    except MutationError:
        return None
    sizes = _volumes()
    return sum(sizes[m.mutant] - sizes[m.wild_type] for m in found)
