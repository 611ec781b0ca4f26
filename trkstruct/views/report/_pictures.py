"""The part of a report about each mutation: pictures, contributions, evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .._scene import COLOURS, REGIONS
from ._entries import Entry, Group
from ._scenes import Scenes
from ._tables import POSE_WORDS, chip, data_of, interval, mark
from ._words import evidence_items, linked, listed, number, plural, signed, text

__all__ = ["Pictures", "legend_2d", "legend_3d", "mutations", "span_of"]

#: Contributions to the ddG in the order in which they are read, with their names.
_PARTS: Final = {
    "clash_kcal": "clash",
    "contact_kcal": "contacts",
    "hbond_kcal": "hydrogen bonds",
    "charge_kcal": "charge, desolvation",
    "dfg_shift_kcal": "DFG shift",
    "entropy_kcal": "entropy, remainder",
}


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was modelled again for a report.

    Parameters
    ----------
    drawings : dict of int to str
        Drawing of a row, as HTML.
    scenes : Scenes or None
        3D pictures; None where the page has no 3Dmol.js.
    """

    drawings: Mapping[int, str]
    scenes: Scenes | None


def span_of(every: Iterable[Entry]) -> float:
    """Return what the axes of energies reach to, in kcal/mol: the same for all rows.

    Parameters
    ----------
    every : iterable of Entry
        The rows.

    Returns
    -------
    float
        At least 3.
    """
    found = [
        abs(float(value))
        for entry in every
        for name in ("ddg_kcal", *_PARTS)
        if (value := entry.row[name]) is not None
    ]
    return max(3.0, *found) if found else 3.0


def legend_2d(*, shaded: bool) -> str:
    """Meaning of the colours of drawings and bars.

    Parameters
    ----------
    shaded : bool
        Whether atoms are shaded.

    Returns
    -------
    str
        HTML.
    """
    shade = (
        '<span><i class="shade"></i>atom of the inhibitor that clashes with the mutant, 0.1 to '
        "2 kcal/mol or more</span>"
    )
    return (
        f'<p class="key">{shade if shaded else ""}'
        '<span><i class="box up"></i>costs binding</span>'
        '<span><i class="box down"></i>gains binding</span></p>'
    )


def legend_3d(scenes: Scenes) -> str:
    """Meaning of the colours of the 3D pictures.

    Parameters
    ----------
    scenes : Scenes
        The pictures.

    Returns
    -------
    str
        HTML.
    """
    items = [
        ("inhibitor", COLOURS["inhibitor"]),
        ("wild type", COLOURS["wild type"]),
        ("mutant (the fainter, the rarer the conformer)", COLOURS["mutant"]),
        ("clash: overlap in Å", COLOURS["clash"]),
        ("lost hydrogen bond", COLOURS["lost hydrogen bond"]),
    ]
    items += [(part, REGIONS[part][0]) for part in REGIONS if part in scenes.regions]
    spans = "".join(
        f'<span><i class="box" style="background:{colour}"></i>{text(words)}</span>'
        for words, colour in items
    )
    return f'<p class="key">{spans}</p>'


def mutations(every: Sequence[Group], pictures: Pictures, span: float) -> str:
    """One part for each mutation.

    Parameters
    ----------
    every : sequence of Group
        The mutations.
    pictures : Pictures
        What was modelled again.
    span : float
        What the axes reach to, in kcal/mol.

    Returns
    -------
    str
        HTML.
    """
    return "".join(_mutation(group, pictures, span) for group in every)


def _mutation(group: Group, pictures: Pictures, span: float) -> str:
    first = group.entries[0].row
    position = first["klifs_position"]
    where = [group.role or "not found", f"KLIFS {position}" if position else ""]
    uniprot = str(first["mutation_uniprot"] or "")
    if uniprot and uniprot != group.mutation:
        where.append(f"UniProt {uniprot}")
    shown = [entry for entry in group.entries if entry.key in pictures.drawings]
    told = [e for e in group.entries if e not in shown and e.row["ddg_kcal"] is not None]
    silent = [e for e in group.entries if e not in shown and e not in told]
    cards = "".join(_card(entry, pictures, span) for entry in shown)
    rest = "".join(_folded(entry, span) for entry in told)
    return (
        f'<section class="mutation" id="m{group.key}"><h3>{text(group.kinase)} '
        f"{text(group.mutation)} <small>{text(', '.join(filter(None, where)))}</small></h3>"
        f'<p class="lead">{text(_in_short(group))}</p>{_stage(group, shown, pictures)}'
        f'<div class="cards">{cards}</div>'
        f'{f"""<div class="folded">{rest}</div>""" if rest else ""}{_silent(silent)}</section>'
    )


def _in_short(group: Group) -> str:
    called = [entry for entry in group.entries if entry.answered]
    if not called:
        return "No inhibitor could be called."
    said = []
    for call, words in (
        ("resistant", "Resistant"), ("reduced", "Reduced"), ("sensitised", "Sensitised"),
        ("retained", "Retained"),
    ):  # fmt: skip
        names = [entry.label for entry in called if entry.call == call]
        if names:
            said.append(f"{words}: {listed(names)}.")
    return " ".join(said)


def _stage(group: Group, shown: Sequence[Entry], pictures: Pictures) -> str:
    scenes = pictures.scenes
    there = [entry for entry in shown if scenes is not None and entry.key in scenes]
    if not there:
        return ""
    buttons = "".join(
        f'<button type="button" data-scene="{entry.key}" aria-pressed="false">'
        f'<i class="dot c-{entry.call}"></i>{text(entry.label)}</button>'
        for entry in there
    )
    title = f"3D picture of {group.kinase} {group.mutation}"
    return (
        f'<div class="stage" data-state="closed"><p class="choose"><b>Show in 3D</b>'
        f"{buttons}<span>up to three side by side, turned together</span>"
        '<button type="button" class="close" hidden>close</button></p>'
        f'<div class="heads"></div><div class="canvas" role="img" aria-label="{text(title)}"></div>'
        '<p class="said" role="status"></p><div class="key3d"></div></div>'
    )


def _head(entry: Entry) -> str:
    row = entry.row
    fold = (
        ""
        if row["fold_change"] is None or not entry.answered
        else (f", {float(row['fold_change']):.2g}-fold")
    )
    ddg = "" if row["ddg_kcal"] is None else f"ddG {signed(row['ddg_kcal'])} kcal/mol{fold}"
    return f"<b>{text(entry.label)}</b>{chip(entry)}{mark(entry)}<span>{ddg}</span>"


def _card(entry: Entry, pictures: Pictures, span: float) -> str:
    return (
        f'<article class="card" id="p{entry.key}" {data_of(entry)}><h4>{_head(entry)}</h4>'
        f'<div class="both">{pictures.drawings[entry.key]}{_contributions(entry.row, span)}</div>'
        f"{_words(entry)}</article>"
    )


def _folded(entry: Entry, span: float) -> str:
    return (
        f'<details class="card" id="p{entry.key}" {data_of(entry)}><summary>{_head(entry)}'
        f"</summary>{_contributions(entry.row, span)}{_words(entry)}</details>"
    )


def _contributions(row: Mapping[str, Any], span: float) -> str:
    """The contributions as bars from zero, and their sum."""
    if row["ddg_kcal"] is None:
        return ""
    lines = ""
    for name, words in _PARTS.items():
        value = row[name]
        # What this version does not model is no bar.
        if value is None or (name == "dfg_shift_kcal" and not value):
            continue
        lines += f'<tr><th scope="row">{words}</th><td>{signed(value)}</td>'
        lines += f"<td>{_bar(float(value), span)}</td></tr>"
    low, high = row["ddg_low_kcal"], row["ddg_high_kcal"]
    note = "" if low is None or high is None else f" title='{number(low)} to {number(high)}'"
    return (
        '<table class="parts"><caption>contributions, kcal/mol</caption><tbody>'
        f'{lines}<tr class="sum"{note}><th scope="row">ddG, 80 % interval</th>'
        f"<td>{signed(row['ddg_kcal'])}</td><td>{interval(row, span)}</td></tr></tbody></table>"
    )


def _bar(value: float, span: float) -> str:
    share = round(50.0 * min(1.0, abs(value) / span), 1)
    left = 50.0 if value >= 0 else round(50.0 - share, 1)
    kind = "up" if value >= 0 else "down"
    return f'<span class="bar"><i class="{kind}" style="left:{left}%;width:{share}%"></i></span>'


def _words(entry: Entry) -> str:
    """What is to be said of a row: reasons, evidence, where the numbers are from."""
    row = entry.row
    parts = ""
    if row["error"]:
        parts += f'<p class="error">{text(row["error"])}</p>'
    if row["reasons"]:
        parts += f"<p>{text(row['reasons'])}</p>"
    items = [f"<li>{linked(item)}</li>" for item in evidence_items(row["evidence"])]
    potency = _potency(row)
    if items or potency:
        lines = "".join(items) + potency
        parts += f'<ul class="evidence" aria-label="Measured and reported">{lines}</ul>'
    noticed = _unsaid(row["findings"], row["reasons"])
    if noticed:
        parts += f'<p class="noticed">{text(noticed)}</p>'
    return f"{parts}{_facts(row)}"


def _unsaid(findings: object, reasons: object) -> str:
    """Sentences of the findings that are not among the reasons."""
    sentences = re.split(r"(?<=\.) (?=[A-Z0-9])", str(findings or ""))
    return " ".join(s for s in dict.fromkeys(sentences) if s not in str(reasons or ""))


def _potency(row: Mapping[str, Any]) -> str:
    value = row["wt_potency_nm"]
    if value is None:
        return ""
    expected = row["predicted_potency_nm"]
    on_mutant = "" if expected is None else f"; from the ddG, {expected:g} nM on the mutant"
    source = linked(row["potency_source"])
    return (
        f"<li>wild type measured: {value:g} nM, {text(row['potency_assay'])}"
        f"{f' ({source})' if source else ''}{on_mutant}</li>"
    )


def _facts(row: Mapping[str, Any]) -> str:
    state = f", DFG-{row['dfg_state']}" if row["dfg_state"] else ""
    facts = [f"structure {row['structure']} ({row['structure_kind'] or 'not read'}{state})"]
    source = str(row["pose_source"] or "")
    if source:
        template = f" {row['template']}" if row["template"] else ""
        overlap = row["template_overlap"]
        share = f", {100 * float(overlap):.0f} % shared" if overlap else ""
        facts.append(f"{POSE_WORDS.get(source, ('', source))[1]}{template}{share}")
    if row["distance_ang"] is not None:
        facts.append(f"nearest approach {number(row['distance_ang'])} Å")
    if row["n_rotamers"] is not None:
        poses = int(row["n_poses"] or 0)
        facts.append(f"{plural(int(row['n_rotamers']), 'conformer')}, {plural(poses, 'pose')}")
    if row["confidence"]:
        facts.append(f"confidence {row['confidence']}")
    return f'<p class="facts">{text("; ".join(facts))}</p>'


def _silent(silent: Sequence[Entry]) -> str:
    """Rows without any number: one line for each reason, anchors for the links to them."""
    reasons: dict[str, list[Entry]] = {}
    for entry in silent:
        why = str(entry.row["error"] or entry.row["reasons"] or "No reason is given.")
        reasons.setdefault(why.replace(entry.label, "*"), []).append(entry)
    lines = ""
    for own in reasons.values():
        why = str(own[0].row["error"] or own[0].row["reasons"] or "No reason is given.")
        names = ", ".join(
            f'<b id="p{entry.key}" {data_of(entry)}>{text(entry.label)}</b>' for entry in own
        )
        failed = own[0].call == "failed"
        lines += f"<li>{'Failed' if failed else 'No call'} for {names}: {linked(why)}</li>"
    return f'<ul class="silent">{lines}</ul>' if lines else ""
