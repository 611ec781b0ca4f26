"""What the reference tables add to an answer: fusions, catalogue, types, approvals, trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import reference
from ..evidence import Label, class_statements, labels, mean_folds, measurements, two_digits
from ..kinases import Kinase
from ..ligands import library
from ..mutations import Mutation, catalogue, paralogues
from ._question import Fusion, Question
from ._sections import joined

__all__ = [
    "approvals",
    "catalogued",
    "clinical",
    "fusion_sentence",
    "known_on",
    "measured_folds",
    "reported",
    "type_switch",
]


def fusion_sentence(fusion: Fusion, of: Kinase) -> str:
    """Say what is known of a fusion.

    Parameters
    ----------
    fusion : Fusion
        The fusion.
    of : Kinase
        Its kinase.

    Returns
    -------
    str
    """
    if not fusion.partner:
        return (
            f"{fusion.gene} is fused, with a partner that is not named. Fusions of this kinase "
            "that "
            "drive tumours keep its kinase domain, so that what follows does not depend on the "
            "partner."
        )
    row = next(
        (
            r
            for r in reference.read_csv("fusions.csv")
            if r["gene"] == of.gene and r["partner"] == fusion.partner
        ),
        None,
    )
    if row is None:
        return (
            f"{fusion} is not in the table of fusions. What follows holds if the kinase domain of "
            f"{of.name} is whole in it: check the breakpoint."
        )
    return (
        f"{fusion} is a known fusion ({row['found_in']}; {row['citation']}, {row['source']}). It "
        "keeps the kinase domain, so that what follows does not depend on the partner."
    )


def catalogued(of: Kinase, mutations: Sequence[str]) -> list[str]:
    """Say what the catalogue of resistance mutations has of each substitution.

    Parameters
    ----------
    of : Kinase
        The kinase.
    mutations : sequence of str
        Substitutions with UniProt numbers.

    Returns
    -------
    list of str
        A sentence each.
    """
    said = []
    for text in mutations:
        rows = [row for row in catalogue(of) if row.text == text]
        for row in rows:
            if row.basis == "reported":
                drugs = [drug.strip() for drug in row.inhibitors.split(";") if drug.strip()]
                to = f" to {joined(drugs)}" if drugs else ""
                said.append(
                    f"{of.name} {text} is catalogued: resistance{to} was reported "
                    f"({row.citation}, {row.source})."
                )
            else:
                said.append(
                    f"{of.name} {text} is catalogued because a paralogue has it: {row.note} "
                    f"({row.citation}, {row.source})."
                )
        if rows:
            continue
        near = sorted({r.text for r in catalogue(of) if r.text[:-1] == text[:-1]})
        others = f" Other mutants of this residue are: {joined(near)}." if near else ""
        said.append(
            f"{of.name} {text} is not in the catalogue of reported resistance mutations, which "
            "says "
            f"nothing for or against it.{others}"
        )
    return said


def type_switch(of: Kinase, mutations: Sequence[str]) -> list[str]:
    """Say what is reported of whole types of inhibitors at the site of a mutation.

    Parameters
    ----------
    of : Kinase
        The kinase.
    mutations : sequence of str
        Substitutions with UniProt numbers.

    Returns
    -------
    list of str
        A sentence each, with its source; of paralogues only where nothing is said of the kinase.
    """
    said: list[str] = []
    for text in mutations:
        item = Mutation.parse(f"{of.name} {text}")
        places = [(of, item)] if _of_types(of, item) else list(paralogues(item, of))
        for kinase, same in places:
            rows = _of_types(kinase, same)
            if not rows:
                continue
            here = "" if kinase.name == of.name else ", the same place in a relative,"
            words = "; ".join(f"{row.inhibitor}: {row.label}" for row in rows)
            sources = ", ".join(dict.fromkeys(row.source for row in rows))
            said.append(
                f"By type of inhibitor, {kinase.name} {rows[0].variant}{here} is reported as "
                f"follows: {words} ({sources}). That is evidence for a class, not a prediction for "
                f"any one of them.{_of_type(of, rows)}"
            )
    return list(dict.fromkeys(said))


def _of_type(of: Kinase, rows: Sequence[Label]) -> str:
    """Name the inhibitors of a type to which a mutant is said to be more sensitive."""
    types = {row.inhibitor.removeprefix("type ") for row in rows if row.label == "sensitised"}
    names = [
        entry.name
        for entry in library.library()
        if entry.binding_type in types and known_on(of, entry.name)
    ]
    if not names:
        return ""
    which = joined(sorted(types))
    return f" Known on {of.name} and of type {which} in the library: {joined(names)}."


def known_on(of: Kinase, name: str) -> bool:
    """Tell whether an inhibitor is known to act on a kinase: a target of it, or measured on it.

    Parameters
    ----------
    of : Kinase
        The kinase.
    name : str
        The inhibitor.

    Returns
    -------
    bool
    """
    entry = library.find(name)
    if entry is not None and of.gene in entry.targets:
        return True
    return bool(measurements(of, None, name) or labels(of, None, name))


def _of_types(of: Kinase, item: Mutation) -> list[Label]:
    """Return statements about types of inhibitors that name the residue of a mutation."""
    return [
        row
        for row in class_statements(of, item.short)
        if row.inhibitor.startswith("type ")
        and any(item.short[-1] == mutant for mutant in row.variant.replace("/", ""))
    ]


def approvals(of: Kinase) -> str:
    """Say which inhibitors are approved for alterations of a kinase.

    Parameters
    ----------
    of : Kinase
        The kinase.

    Returns
    -------
    str
        A sentence; empty if the table has none.
    """
    rows = [r for r in reference.read_csv("indications.csv") if of.gene in r["genes"].split("|")]
    by_agency: dict[str, list[str]] = {}
    for row in rows:
        by_agency.setdefault(row["agency"], []).append(row["inhibitor"])
    if not rows:
        return f"No inhibitor of the library is approved for {of.gene}, as far as the table knows."
    listed = "; ".join(
        f"{joined(list(dict.fromkeys(names)))} ({agency})" for agency, names in by_agency.items()
    )
    return (
        f"Approved for tumours with a fusion or rearrangement of {of.gene}: {listed}. The label "
        "decides for whom; see `trkstruct evidence --table inhibitors`."
    )


def clinical(question: Question, names: Sequence[str]) -> list[str]:
    """Say what inhibitors did in trials, after or without one before.

    Parameters
    ----------
    question : Question
        The question; with inhibitors given before, figures of pretreated patients.
    names : sequence of str
        Inhibitors that the answer speaks of.

    Returns
    -------
    list of str
        A sentence each, with n and source.
    """
    lines = ("pretreated",) if question.prior else ("naive", "any")
    rows = [
        row
        for row in reference.read_csv("clinical_activity.csv")
        if question.kinase.gene in row["genes"].split("|")
        and row["line"] in lines
        and row["inhibitor"] in names
        and row["measure"] == "ORR"
    ]
    largest: dict[str, Mapping[str, str]] = {}
    for row in rows:  # of several reports the one on most patients counts
        before = largest.get(row["inhibitor"])
        if before is None or int(row["n"]) > int(before["n"]):
            largest[row["inhibitor"]] = row
    after = " after another inhibitor of the kinase" if question.prior else ""
    return [
        f"{row['inhibitor']}{after}: {row['value']} % of {row['n']} patients responded"
        f"{_interval(row)}: {row['population']} ({_source(row)})."
        for row in largest.values()
    ]


def _source(row: Mapping[str, str]) -> str:
    """Write a citation with its identifier; an address would only be long."""
    return row["citation"] + ("" if row["source"].startswith("http") else f", {row['source']}")


def _interval(row: Mapping[str, str]) -> str:
    return f" (95 % interval {row['low']} to {row['high']} %)" if row["low"] else ""


def reported(of: Kinase, mutation: str, name: str) -> tuple[str, ...]:
    """Return the responses that are reported of an inhibitor on a mutant.

    Parameters
    ----------
    of : Kinase
        The kinase.
    mutation : str
        With UniProt numbers.
    name : str
        The inhibitor.

    Returns
    -------
    tuple of str
        Words such as ``resistant``, each once.
    """
    return tuple(dict.fromkeys(row.label for row in labels(of, mutation, name)))


def measured_folds(of: Kinase, mutation: str, name: str) -> list[str]:
    """Write the fold changes that were measured of an inhibitor on a mutant.

    Parameters
    ----------
    of : Kinase
        The kinase.
    mutation : str
        With UniProt numbers.
    name : str
        The inhibitor.

    Returns
    -------
    list of str
        One for each assay class, such as ``17-fold (biochemical)``.
    """
    return [
        f"{'' if mean.relation == '=' else mean.relation + ' '}{two_digits(mean.fold)}-fold "
        f"({mean.assay_class})"
        for mean in mean_folds(of, mutation, name)
    ]
