"""All pairs of a mutation and an inhibitor that something is known of, for judging predictions."""

from __future__ import annotations

from dataclasses import dataclass

from ..reference import read_json
from ._folds import FoldMean, mean_folds
from ._tables import Label, labels, threshold, two_digits

__all__ = ["Pair", "pairs"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A mutation and an inhibitor, with what was measured and reported.

    Parameters
    ----------
    kinase, mutation, inhibitor : str
        The mutation with UniProt numbers.
    folds : tuple of FoldMean
        Fold changes, one for each assay class; biochemical first.
    labels : tuple of Label
        Reported responses.
    near_threshold : bool
        True if a fold change lies within 1.5 times of the threshold of resistance.
    conflicts : tuple of str
        Where sources disagree: as the tables say, assay classes or experiments on the two sides
        of the threshold, labels that contradict each other or a fold change.
    """

    kinase: str
    mutation: str
    inhibitor: str
    folds: tuple[FoldMean, ...]
    labels: tuple[Label, ...]
    near_threshold: bool
    conflicts: tuple[str, ...]

    @property
    def conflict(self) -> bool:
        """Whether sources disagree."""
        return bool(self.conflicts)

    @property
    def resistant_by_fold(self) -> bool | None:
        """Whether the fold change says resistant; None where it is open, or there is none.

        Where assay classes differ, the first of `folds` is taken.
        """
        return _by_fold(self.folds[0]) if self.folds else None

    @property
    def resistant_by_label(self) -> bool | None:
        """Whether the labels say resistant; None where they contradict each other.

        ``reduced`` is open: it is neither.
        """
        said = {_by_label(label.label) for label in self.labels} - {None}
        return said.pop() if len(said) == 1 else None


def _limit() -> float:
    return float(read_json("parameters.json")["calls"]["resistant_fold"])


def _by_fold(mean: FoldMean) -> bool | None:
    """Whether a fold change is one of resistance; None where a bound leaves it open."""
    limit = _limit()
    if mean.relation == "=":
        return mean.fold >= limit
    if mean.relation == ">":
        return True if mean.fold >= limit else None
    return False if mean.fold <= limit else None


def _by_label(label: str) -> bool | None:
    return {"resistant": True, "reduced": None}.get(label, False)


def pairs() -> tuple[Pair, ...]:
    """All pairs of a mutation and an inhibitor with a fold change or a label.

    Statements about classes are not among them, nor insertions and deletions.

    Returns
    -------
    tuple of Pair
        Sorted by kinase, position and inhibitor.

    Examples
    --------
    >>> from trkstruct.evidence import pairs
    >>> found = {(p.kinase, p.mutation, p.inhibitor): p for p in pairs()}
    >>> found["TRKA", "G595R", "larotrectinib"].resistant_by_fold
    True
    """
    means: dict[tuple[str, str, str], list[FoldMean]] = {}
    words: dict[tuple[str, str, str], list[Label]] = {}
    for mean in mean_folds():
        means.setdefault((mean.kinase, mean.variant, mean.inhibitor), []).append(mean)
    for label in labels():
        words.setdefault((label.kinase, label.variant, label.inhibitor), []).append(label)
    keys = {key for key in (*means, *words) if _positions(key[1])}
    return tuple(
        _pair(key, tuple(means.get(key, ())), tuple(words.get(key, ())))
        for key in sorted(keys, key=lambda key: (key[0], _positions(key[1]), key[1], key[2]))
    )


def _positions(variant: str) -> tuple[int, ...]:
    """Return the numbers of substitutions; empty for any other change."""
    numbers = [part[1:-1] for part in variant.split("+")]
    return tuple(map(int, numbers)) if all(n.isdigit() for n in numbers) else ()


def _pair(key: tuple[str, str, str], means: tuple[FoldMean, ...], words: tuple[Label, ...]) -> Pair:
    limit, factor = _limit(), threshold("near_threshold")
    near = any(m.relation == "=" and limit / factor <= m.fold <= limit * factor for m in means)
    conflicts = [item.conflict for mean in means for item in mean.folds if item.conflict]
    conflicts += [label.conflict for label in words if label.conflict]
    conflicts += [
        f"{mean.assay_class} fold changes from {two_digits(mean.low)} to {two_digits(mean.high)}"
        for mean in means
        if mean.low < limit <= mean.high
    ]
    by_fold = {said for mean in means if (said := _by_fold(mean)) is not None}
    if len(by_fold) > 1:
        conflicts.append("assay classes lie on the two sides of the threshold")
    reported = {x.label: said for x in words if (said := _by_label(x.label)) is not None}
    listed = " and ".join(sorted(reported))
    if len(set(reported.values())) > 1:
        conflicts.append(f"reported {listed}")
    if by_fold and set(reported.values()) - by_fold:
        fold = f"{two_digits(means[0].fold)}-fold, {means[0].assay_class}"
        conflicts.append(f"reported {listed} at {fold}")
    return Pair(*key, means, words, near, tuple(dict.fromkeys(conflicts)))
