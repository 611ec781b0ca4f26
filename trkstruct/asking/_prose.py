"""An answer in sentences and tables, from what was read, scored and known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from .. import reference
from ..evidence import two_digits
from ._known import (
    approvals,
    catalogued,
    clinical,
    fusion_sentence,
    measured_folds,
    reported,
    type_switch,
)
from ._ranking import Ranked, by_potency, tied, wild_type_ranking
from ._sections import Section, Table, joined, plural

if TYPE_CHECKING:
    from .answer import Answer

__all__ = ["caveats", "sections"]

_NUMERIC: Final = frozenset({"", "wild type", "fold", "predicted (80 %)", "measured", "ddG (80 %)"})
#: Inhibitors without a known potency that are shown one by one.
_SHOWN: Final = 12


def sections(answer: Answer) -> tuple[Section, ...]:
    """Write an answer.

    Parameters
    ----------
    answer : Answer
        The answer.

    Returns
    -------
    tuple of Section
        Parts with something in them, the caveats last.
    """
    parts = [
        Section("In short", tuple(_short(answer))),
        Section("What was asked", tuple(_asked(answer))),
        *_tables(answer),
        Section("Treatment before", tuple(_prior(answer))),
        Section("What is reported", tuple(_reported(answer))),
        Section("Approved, and in trials", tuple(_clinic(answer))),
        Section("What this answer does not know", tuple(_limits(answer))),
    ]
    return tuple(part for part in parts if part.paragraphs or part.table or part.after)


# --- in short


def _short(answer: Answer) -> list[str]:
    if answer.mutation:
        return _short_scored(answer)
    of = answer.kinase
    around = [v.text for v in answer.variants if v.standing == "off-target"]
    if around:
        return [
            f"Nothing is predicted: {joined(around)} "
            f"{plural(around, 'is a known way', 'are known ways')} "
            f"around the inhibitors of {of.name}, and no mutation of {of.name} itself that "
            "could be "
            "scored is named. An inhibitor that "
            f"binds {of.name} more tightly does not answer that."
        ]
    if not answer.variants:
        said = f"No mutation of {of.name} is named, so that nothing is predicted."
    elif all(v.standing == "silent" for v in answer.variants):
        said = f"Nothing changes: the protein is wild-type {of.name}, and nothing is predicted."
    else:
        texts = [v.text for v in answer.variants]
        verb = plural(texts, "is", "are")
        said = f"{joined(texts)} {verb} not scored, for the reason below, and nothing is predicted."
        if wild_type_ranking(of):
            said += (
                f" Asked about {of.gene} alone, this tool shows what is measured on the wild type."
            )
    return [f"{said}{_best_wild_type(answer)}"]


def _best_wild_type(answer: Answer) -> str:
    lists = by_potency(answer.ranking)
    if not lists:
        return ""
    cls, items = next(iter(lists.items()))
    exact = [item for item in items if item.rank][:3]
    if not exact:
        return ""
    best = joined([f"{item.inhibitor} ({_nm(item.wild_type_nm)})" for item in exact])
    return f" On the wild type the most potent that were measured are {best}; {cls} assays."


def _short_scored(answer: Answer) -> list[str]:
    name = answer.scored_name
    lists = by_potency(answer.ranking)
    said = []
    for cls, items in lists.items():
        said.append(_best(name, cls, items))
        break
    known = [item for item in answer.ranking if item.listed not in ("not known on it", "no call")]
    ranked = list({item.inhibitor: item for item in known}.values())
    lost = [i.inhibitor for i in ranked if i.call in ("resistant", "reduced")]
    kept = [i.inhibitor for i in ranked if i.call in ("retained", "sensitised")]
    if lost:
        said.append(f"Predicted to lose potency on {name}: {joined(lost)}.")
    if kept:
        said.append(f"Predicted to keep it within threefold, or to gain: {joined(kept)}.")
    if not lists:
        if all(item.listed == "no call" for item in answer.ranking):
            said.append(
                f"No call can be made for {name} with any inhibitor of the library. That is not "
                "the same as no resistance."
            )
        else:
            said.append(
                f"For no inhibitor is the potency on wild-type {answer.kinase.name} known, so that "
                f"only the change that {name} makes is given."
            )
    odd = [i.inhibitor for i in ranked if i.disagrees]
    if odd:
        said.append(
            f"Measured values contradict the prediction for {joined(list(dict.fromkeys(odd)))}: "
            "there "
            "trust the measurement."
        )
    said += _against_reports(answer, ranked)
    said += type_switch(answer.kinase, answer.scored)
    around = [v.text for v in answer.variants if v.standing == "off-target"]
    if around:
        said.append(
            f"But {joined(around)} {plural(around, 'is', 'are')} there as well, which no "
            "inhibitor of "
            f"{answer.kinase.name} answers: what keeps binding may still not work."
        )
    return said


def _against_reports(answer: Answer, ranked: Sequence[Ranked]) -> list[str]:
    """Say where sources report the opposite of a call."""
    opposite = {"resistant": {"sensitive", "sensitised"}, "retained": {"resistant"},
                "sensitised": {"resistant"}}  # fmt: skip
    odd = []
    for item in ranked:
        words = set(reported(answer.kinase, answer.mutation, item.inhibitor))
        if words and words <= opposite.get(item.call, set()):
            odd.append(f"{item.inhibitor} (reported {joined(sorted(words))})")
    if not odd:
        return []
    return [f"Reports say the opposite of the prediction for {joined(odd)}: trust the report."]


def _best(name: str, cls: str, items: Sequence[Ranked]) -> str:
    first, *rest = items
    same = [item for item in rest if tied(first, item)]
    said = (
        f"Predicted to be most potent on {name}, of the inhibitors with {cls} values: "
        f"{first.inhibitor}, {_nm(first.predicted_nm)}{_measured_aside(first)}"
    )
    if not rest:
        return f"{said}. It is the only one with such a value."
    if not same:
        return (
            f"{said}; it stands apart from the next, {rest[0].inhibitor} "
            f"({_nm(rest[0].predicted_nm)})."
        )
    named = [f"{item.inhibitor} ({_nm(item.predicted_nm)})" for item in same]
    return f"{said}. By their intervals {joined(named)} cannot be told apart from it."


def _measured_aside(item: Ranked) -> str:
    return f" (measured: {item.measured})" if item.measured else ""


# --- what was asked


def _asked(answer: Answer) -> list[str]:
    question = answer.question
    of = answer.kinase
    said = []
    if question.fusion is not None:
        said.append(fusion_sentence(question.fusion, of))
    said += [variant.why for variant in answer.variants]
    if len(answer.scored) > 1 and not question.joined:
        said.append(
            f"The {len(answer.scored)} mutations are scored together, as on one molecule. If they "
            "lie on different copies, ask about each alone; a + between them says that they are on "
            "one."
        )
    if not answer.variants:
        said.append(f"{of.name} ({of.gene}, UniProt {of.uniprot}) is taken as the wild type.")
    if question.accessions:
        named = joined(question.accessions)
        said.append(
            f"Numbers were read by the wild-type residue, in UniProt's numbering and those that "
            f"papers use, whatever {named} has."
        )
    if question.unread:
        said.append(f"Not understood, and left out: {', '.join(question.unread)}.")
    return said


# --- tables


def _tables(answer: Answer) -> list[Section]:
    if not answer.mutation:
        return _wild_type_tables(answer)
    made = []
    for cls, items in by_potency(answer.ranking).items():
        rows = tuple(
            (
                str(item.rank), item.inhibitor, item.binding_type, _nm(item.wild_type_nm, ""),
                _fold(item.fold_change),
                f"{_nm(item.predicted_nm, '')} ({_nm(item.low_nm, '')} to {_nm(item.high_nm, '')})",
                item.measured.replace(" nM", "") + (" !" if item.disagrees else ""), item.call,
            )
            for item in items
        )  # fmt: skip
        columns = (
            "", "inhibitor", "type", "wild type", "fold", "predicted (80 %)", "measured", "call",
        )  # fmt: skip
        made.append(
            Section(
                f"Predicted on {answer.scored_name}: {cls} assays, in nM",
                table=_table(columns, rows),
                after=tuple(_apart(items)),
            )
        )
    made += _unknown_tables(answer)
    return made


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    """Make a table without the columns in which nothing stands."""
    kept = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    return Table(
        tuple(columns[n] for n in kept),
        tuple(tuple(row[n] for n in kept) for row in rows),
        _NUMERIC,
    )


def _wild_type_tables(answer: Answer) -> list[Section]:
    made = []
    for cls, items in by_potency(answer.ranking).items():
        rows = tuple(
            (
                str(item.rank) if item.rank else "", item.inhibitor, item.binding_type,
                f"{'' if item.wild_type_relation == '=' else item.wild_type_relation + ' '}"
                f"{_nm(item.wild_type_nm, '')}",
                ", ".join(item.sources),
            )
            for item in items
        )  # fmt: skip
        columns = "", "inhibitor", "type", "wild type", "source"
        made.append(
            Section(
                f"Measured on wild-type {answer.kinase.name}: {cls} assays, in nM",
                table=_table(columns, rows),
            )
        )
    return made


def _apart(items: Sequence[Ranked]) -> list[str]:
    """Say which neighbours of a list cannot be told apart, and what contradicts it."""
    said = []
    if len(items) > 1:
        groups: list[list[Ranked]] = [[items[0]]]
        for item in items[1:]:
            if tied(groups[-1][0], item):
                groups[-1].append(item)
            else:
                groups.append([item])
        if len(groups) == 1:
            said.append("By their intervals none of these can be told apart.")
        else:
            together = [joined([i.inhibitor for i in g]) for g in groups if len(g) > 1]
            said.append(
                f"Cannot be told apart by their intervals: {'; '.join(together)}."
                if together
                else "By their intervals each is told apart from the next."
            )
        said.append(
            "The wild-type values are from different papers, whose error is not in the intervals."
            if len({item.sources for item in items}) > 1
            else "The error of the wild-type values is not in the intervals."
        )
    if any(item.disagrees for item in items):
        said.append("! marks measured values outside the interval.")
    weak = [i.inhibitor for i in items if i.row.get("wt_active") == "no"]
    if weak:
        said.append(f"Not active on the wild type to begin with (above 100 nM): {joined(weak)}.")
    return said


def _unknown_tables(answer: Answer) -> list[Section]:
    made = []
    only = [item for item in answer.ranking if item.listed == "ddG only"]
    if only:
        columns = "", "inhibitor", "type", "ddG (80 %)", "fold", "reported", "call"
        rows = tuple(
            (
                str(item.rank), item.inhibitor, item.binding_type,
                f"{item.ddg_kcal:+.1f} ({item.ddg_low_kcal:+.1f} to {item.ddg_high_kcal:+.1f})",
                _fold(item.fold_change),
                item.measured
                or ", ".join(reported(answer.kinase, answer.mutation, item.inhibitor)),
                item.call,
            )
            for item in only[:_SHOWN]
        )  # fmt: skip
        more = len(only) - _SHOWN
        made.append(
            Section(
                f"Inhibitors of {answer.kinase.name} without a wild-type value to rank by: ddG in "
                "kcal/mol",
                table=_table(columns, rows),
                after=(
                    "A small ddG says that the mutation costs little, not that the inhibitor is "
                    f"potent.{f' {more} more are in --format csv.' if more > 0 else ''}",
                ),
            )
        )
    said = []
    others = [item for item in answer.ranking if item.listed == "not known on it"]
    if others:
        names = joined([item.inhibitor for item in others])
        said.append(
            f"Also scored, but not known as inhibitors of {answer.kinase.name}, so that their ddG "
            f"says little: {names}. They are in --format csv."
        )
    silent = [item for item in answer.ranking if item.listed == "no call"]
    hidden = [item for item in silent if item.row.get("ddg_kcal") is None]
    distant = [item for item in silent if item not in hidden]
    if distant:
        why = _reason(distant[0])
        said.append(f"No call for {_names_or_all(distant, answer)}: {why}")
    reasons: dict[str, list[Ranked]] = {}
    for item in hidden:
        reasons.setdefault(_reason(item), []).append(item)
    for why, items in reasons.items():
        silent_names = [item.inhibitor for item in items]
        each = why.replace("it is an", "each is an") if len(items) > 1 else why
        said.append(f"No answer for {joined(silent_names)}: {each}")
    said += [f.message for f in answer.findings if f.code == "not-placed"]
    if said:
        made.append(Section("Left out of the lists", tuple(said)))
    return made


def _names_or_all(items: Sequence[Ranked], answer: Answer) -> str:
    if len(items) > len(answer.ranking) / 2:
        return f"{len(items)} of {len(answer.ranking)} inhibitors"
    return joined([item.inhibitor for item in items])


def _reason(item: Ranked) -> str:
    """Give the first sentence of why there is no call, of the inhibitor or any like it."""
    text = str(item.row.get("reasons") or item.row.get("error") or item.row.get("findings") or "")
    if item.row.get("ddg_kcal") is None and "not found in public sources" in text:
        return "the structure is not public."
    first = text.split(". ")[0].strip().rstrip(".").removeprefix("No prediction: ")
    first = re.sub(r" \(nearest [0-9.]+ A\)", "", first)
    first = first.replace(f"{item.inhibitor} is an", "it is an")
    return f"{first}." if first else "no reason is given."


# --- before, reported, clinic, limits


def _prior(answer: Answer) -> list[str]:
    said = []
    for name in answer.question.prior:
        found = [item for item in answer.ranking if item.inhibitor == name]
        if not found:
            if answer.mutation:
                said.append(f"{name} is not in the library: nothing is predicted for it here.")
            continue
        item = found[0]
        if not answer.mutation:
            continue
        words = reported(answer.kinase, answer.mutation, name)
        folds = measured_folds(answer.kinase, answer.mutation, name)
        known = [f"measured {joined(folds)}"] if folds else []
        known += [f"reported {joined(words)}"] if words else []
        seen = f" It is {' and '.join(known)}." if known else ""
        resistant = any(w in ("resistant", "reduced") for w in words)
        if item.call in ("resistant", "reduced"):
            said.append(
                f"{name}: predicted {_fold(item.fold_change)}-fold weaker on "
                f"{answer.scored_name}, so "
                f"that the mutation can explain progression on it.{seen}"
            )
        elif resistant:
            said.append(
                f"{name}: predicted {item.call}, but reported to lose. The report counts for more "
                f"than the model.{seen}"
            )
        elif item.listed == "no call":
            said.append(
                f"{name}: no call, so that the model does not say what the mutation does.{seen}"
            )
        else:
            said.append(
                f"{name}: predicted {item.call}. By the model alone {answer.scored_name} does not "
                f"explain progression on it; look for other mechanisms, too.{seen}"
            )
    return said


def _reported(answer: Answer) -> list[str]:
    said = catalogued(answer.kinase, answer.scored)
    if len(answer.scored) > 1:
        said += [
            f"Of {answer.kinase.name} {one} alone: {'; '.join(parts)}."
            for one in answer.scored
            if (parts := _alone(answer, one))
        ]
    seen: dict[str, str] = {}
    for item in answer.ranking:
        # What is said of the wild type only stands in the tables.
        if answer.mutation and item.evidence and not item.evidence.startswith("wild type"):
            seen.setdefault(item.inhibitor, item.evidence)
    said += [f"{name}: {text.rstrip('.')}." for name, text in seen.items()]
    if answer.mutation and not seen:
        said.append(f"No value and no report of {answer.scored_name} with a source was found.")
    return said


def _alone(answer: Answer, mutation: str) -> list[str]:
    """Write what was measured of a mutation that is here one of several."""
    names = dict.fromkeys(item.inhibitor for item in answer.ranking)
    return [
        f"{name} {joined(folds)}"
        for name in names
        if (folds := measured_folds(answer.kinase, mutation, name))
    ]


def _clinic(answer: Answer) -> list[str]:
    names = list(dict.fromkeys(item.inhibitor for item in answer.ranking))
    if not names:
        return []  # nothing was said of inhibitors
    return [approvals(answer.kinase), *clinical(answer.question, names)]


def _limits(answer: Answer) -> list[str]:
    return list(answer.caveats)


def _nm(value: float | None, unit: str = " nM") -> str:
    return "" if value is None else f"{two_digits(value)}{unit}"


def _fold(value: float | None) -> str:
    return "" if value is None else two_digits(value)


def caveats() -> tuple[str, ...]:
    """Return what every answer says of itself.

    Returns
    -------
    tuple of str
        Sentences, from ``answer_notes.csv``.
    """
    return tuple(row["text"] for row in reference.read_csv("answer_notes.csv"))
