"""What a table of results shows, in sentences that are counted from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .residues import Finding

if TYPE_CHECKING:
    from .screening import Prepared

__all__ = ["about_bundled", "headline", "no_answer", "unanswered"]

Rows = Sequence[Mapping[str, Any]]

#: What is doubtful about several complexes at once, by the code of the finding.
_DOUBTS: Final = {
    "no-hinge": "No hydrogen bond with the hinge",
    "strained": "A strained pose",
    "binding-type": "The pose tells another binding type than the library",
    "library-doubt": "The library has a doubt about structure or type",
    "not-docked": "No template shares much, and it was not docked",
    "ligand-overlap": "The inhibitor overlaps with the protein",
}
#: Names that one note lists before it says how many more there are.
_LISTED: Final = 12


def headline(rows: Rows) -> str:
    """Say in a sentence what rows of results show.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    str
        How many pairs are resistant, and the role in which most are.

    Examples
    --------
    >>> from trkstruct import panels
    >>> panels.headline([{"call": "resistant", "role": "xDFG", "status": "ok"}])
    'xDFG mutations cost most: 1 of 1 pairs resistant'
    """
    answered = [row for row in rows if row["status"] == "ok"]
    if not answered:
        return "No pair could be called"
    by_role: dict[str, list[bool]] = {}
    for row in answered:
        by_role.setdefault(str(row["role"]), []).append(row["call"] == "resistant")
    hits = sum(row["call"] == "resistant" for row in answered)
    if not hits:
        return f"None of {len(answered)} pairs is resistant"
    worst = max(by_role, key=lambda name: (sum(by_role[name]) / len(by_role[name]), name))
    inside = by_role[worst]
    sentence = f"{worst} mutations cost most: {sum(inside)} of {len(inside)} pairs resistant"
    if len(by_role) > 1:
        sentence += f" ({hits} of {len(answered)} overall)"
    # "xDFG" keeps its small x.
    return sentence if worst.startswith("x") else sentence[0].upper() + sentence[1:]


def unanswered(rows: Rows) -> list[tuple[tuple[str, ...], str]]:
    """Group the inhibitors that no row has a number for by why that is.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results; those of one kinase, or of all.

    Returns
    -------
    list of (tuple of str, str)
        Names, and the reason as the first of them has it. Inhibitors of which a row failed are
        not among them.
    """
    numbers: dict[str, bool] = {}
    reasons: dict[str, str] = {}
    for row in rows:
        name = str(row["ligand"] or "?")
        abstained = row["status"] == "abstained" and row["ddg_kcal"] is None
        numbers[name] = numbers.get(name, False) or not abstained
        reasons.setdefault(name, str(row["reasons"] or ""))
    groups: dict[str, list[str]] = {}
    for name in numbers:
        if not numbers[name]:
            # The same reason of two inhibitors differs only in their names.
            groups.setdefault(reasons[name].replace(name, "*"), []).append(name)
    return [(tuple(names), reasons[names[0]]) for names in groups.values()]


def no_answer(names: Sequence[str], reason: str) -> str:
    """Say for which inhibitors there is no answer, and why.

    Parameters
    ----------
    names : sequence of str
        The inhibitors.
    reason : str
        As the first of them has it.

    Returns
    -------
    str
        A sentence: of a reason that has several only the first, which says it.
    """
    first = reason.split(". ")[0].rstrip(".")
    return f"{first}." if len(names) == 1 else f"No answer for {_several(names)}: {first}."


def _several(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    more = len(listed) - _LISTED
    return ", ".join(listed[:_LISTED]) + (f" and {more} more" if more > 1 else "")


def about_bundled(rows: Rows, complexes: Sequence[Prepared]) -> list[Finding]:
    """Say of a panel on bundled models which were used, and what is doubtful.

    Parameters
    ----------
    rows : sequence of mapping
        Its rows.
    complexes : sequence of Prepared
        Its complexes.

    Returns
    -------
    list of Finding
        One for each thing that is to be said, however many complexes it is about; each row has
        what is about its own.
    """
    said: list[Finding] = []
    used: dict[str, Counter[str]] = {}
    for made in complexes:
        used.setdefault(made.kinase, Counter())[made.structure] += 1
    if used:
        listed = "; ".join(
            f"{name}: {', '.join(f'{id_} ({n})' for id_, n in count.most_common())}"
            for name, count in used.items()
        )
        message = (
            "No structures were named, so the bundled models were used; with the number of "
            f"inhibitors in each, {listed}."
        )
        said.append(Finding("bundled-models", message, "choice"))
        sources = Counter(made.pose_source for made in complexes)
        words = ", ".join(f"{n} {source}" for source, n in sources.most_common())
        said.append(Finding("poses", f"Poses: {words}; see the column pose_source.", "choice"))
    for names, reason in unanswered(rows):
        said.append(Finding("unanswered", no_answer(names, reason), "warning"))
    doubts: dict[str, dict[str, list[Prepared]]] = {}
    for made in complexes:
        for finding in made.findings:
            if finding.level == "warning":
                same = doubts.setdefault(finding.code, {})
                same.setdefault(finding.message, []).append(made)
    for code, messages in doubts.items():
        said.append(Finding(code, _doubt(code, messages, complexes), "warning"))
    return said


def _doubt(
    code: str, messages: Mapping[str, Sequence[Prepared]], complexes: Sequence[Prepared]
) -> str:
    """One sentence for all complexes that share a doubt."""
    doubted = [made for places in messages.values() for made in places]
    first = next(iter(messages))
    names = _shortest(doubted, complexes)
    if len(doubted) == 1:
        return f"{names[0]}: {first}"
    if code in _DOUBTS:
        return f"{_DOUBTS[code]} ({len(names)}): {_several(names)}."
    if len(messages) == 1:
        return f"{first} ({_several(names)})"
    return f"{first} And {len(messages) - 1} more like it; see the column findings."


def _shortest(some: Sequence[Prepared], complexes: Sequence[Prepared]) -> list[str]:
    """Names of complexes: of their structures or inhibitors alone where it is all of these."""
    for attribute in ("structure", "ligand"):
        names = list(dict.fromkeys(str(getattr(made, attribute)) for made in some))
        if sum(getattr(made, attribute) in names for made in complexes) == len(some):
            return names
    return [f"{made.ligand} in {made.structure}" for made in some]
