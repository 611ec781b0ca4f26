"""Whether the tool is worth using on a series, in words that the numbers bear out."""

from __future__ import annotations

from ._measured import setting
from ._values import Difference, Statistics

__all__ = ["sentence", "verdict"]

#: What a rule of a baseline does, in words.
_RULES = {
    "always retained": "calling everything retained",
    "minus the distance": "the distance to the inhibitor alone",
    "volume change": "the change of side-chain volume alone",
    "best rotamer": "the overlap of the best rotamer alone",
    "mean of the others": "the mean of the other inhibitors",
}


def _class_is_enough(found: Statistics) -> bool:
    pairs = found.n_resistant + found.n_not_resistant
    fewest = min(found.n_resistant, found.n_not_resistant)
    return bool(pairs >= setting("few_pairs") and fewest >= setting("few_of_a_class"))


def _ranking(found: Statistics) -> Difference | None:
    """The difference that decides: of the area, else of the rank correlation, else none."""
    if _class_is_enough(found) and found.auroc_difference.verdict:
        return found.auroc_difference
    if found.n_folds >= setting("few_folds") and found.spearman_difference.verdict:
        return found.spearman_difference
    return None


def verdict(found: Statistics) -> str:
    """Say in a word whether the tool ranks better than the best rule without physics.

    Parameters
    ----------
    found : Statistics
        Of the series.

    Returns
    -------
    {"better", "not shown", "worse", "too few", "not judged"}
        The last if there are no intervals to judge by.
    """
    if not found.resamples:
        return "not judged"
    ranking = _ranking(found)
    return "too few" if ranking is None else ranking.verdict


def sentence(found: Statistics) -> str:
    """Say whether the tool is worth using on a series.

    Parameters
    ----------
    found : Statistics
        Of the series.

    Returns
    -------
    str
        One to four sentences: order, size, what hangs on few values, what is left out.
    """
    if not found.resamples:
        return "Without intervals nothing can be said of whether trkstruct is worth using."
    ranking = _ranking(found)
    said = [_too_few(found) if ranking is None else _order(found, ranking)]
    if ranking is not None and ranking is found.auroc_difference:
        said.append(_hangs(found, ranking))
    if found.n_folds >= setting("few_folds"):
        said.append(_size(found))
    said.append(_left_out(found))
    return " ".join(text for text in said if text)


def _too_few(found: Statistics) -> str:
    pairs = found.n_resistant + found.n_not_resistant
    about = f"{found.n_resistant} of them resistant" if pairs else "none known to be resistant"
    if not found.n_answered:
        return "No measured pair was answered: there is nothing to tell."
    what = "Too few pairs"
    if pairs >= setting("few_pairs"):
        what = "Too few pairs of one class"
    return (
        f"{what} ({pairs or found.n_answered}, {about}) to tell whether trkstruct is worth using "
        "on this series."
    )


def _order(found: Statistics, ranking: Difference) -> str:
    area = ranking is found.auroc_difference
    name = "AUROC" if area else "Spearman"
    task = "tell resistant pairs from others" if area else "rank the fold changes"
    rule = _RULES.get(ranking.to, ranking.to)
    value, low, high = ranking.estimate.value, ranking.estimate.low, ranking.estimate.high
    numbers = (
        f"({name} {ranking.own:.2f} against {ranking.other:.2f} of {rule}; difference "
        f"{value:+.2f}, {100 * found.level:.0f} % interval {low:+.2f} to {high:+.2f}, "
        f"{ranking.estimate.n} pairs)"
    )
    if ranking.verdict == "better":
        return (
            f"Worth using on this series to {task}: better than the best rule without physics "
            f"{numbers}."
        )
    if ranking.verdict == "worse":
        return (
            f"Not worth using on this series to {task}: the best rule without physics is better "
            f"{numbers}."
        )
    return (
        f"Not shown to be worth using on this series to {task}: no better than the best rule "
        f"without physics, as far as these pairs can tell {numbers}."
    )


def _hangs(found: Statistics, ranking: Difference) -> str:
    near = found.near_threshold
    ways = (near.difference_if_resistant.verdict, near.difference_if_not.verdict)
    if not near.n or all(way == ranking.verdict for way in ways):
        return ""
    return (
        f"This hangs on {near.n} pair{'s' if near.n > 1 else ''} measured so near to the threshold "
        "that another measurement may put them on its other side."
    )


def _size(found: Statistics) -> str:
    found_ = found.rmse_difference
    if not found_.verdict or found_.own is None:
        return ""
    rule = _RULES.get(found_.to, found_.to)
    numbers = f"RMSE {found_.own:.2f} kcal/mol against {found_.other:.2f}"
    if found_.verdict == "better":
        return f"The size of its ddG is nearer to the truth than {rule} ({numbers})."
    if found_.verdict == "worse":
        return f"Use its order, not its size: its ddG is further off than {rule} ({numbers})."
    return f"Its ddG is not shown to be nearer to the truth than {rule} ({numbers})."


def _left_out(found: Statistics) -> str:
    if found.coverage is None or 1.0 - found.coverage <= setting("much_unanswered"):
        return ""
    return (
        f"It answered {found.n_answered} of {found.n_measured} measured pairs, and nothing here "
        "is about the rest."
    )
