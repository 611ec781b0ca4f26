"""The page: its parts in order, and what lets nothing in and nothing out."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..._files import write_text
from ..._summary import headline
from ...errors import DataError, PlanError
from ...reference import read_json
from .. import _script
from ..plots import CALL_COLOURS
from . import _methods, _pictures, _tables
from ._drawings import Drawings
from ._entries import Entry, Group, answer, chosen, entries, groups, question
from ._scenes import Scenes
from ._words import plural, signed, text

if TYPE_CHECKING:
    from ...panels import CrossResistance

__all__ = ["report_html", "write_report"]

_FOLDER: Final = Path(__file__).resolve().parent
DISCLAIMER: Final = "Research use only, not for treatment decisions."
_INACTIVE: Final = "#BDBDBD"


def write_report(
    panel: CrossResistance, path: Path | str, *, question: str = "", js: Path | str = "inline"
) -> None:
    """Write the report of a panel, whole or not at all.

    Parameters
    ----------
    panel : CrossResistance
        The panel.
    path : path
        The file, ``.html``.
    question : str, default ""
        What was to be found out; what was asked, in a sentence, if empty.
    js : {"inline", "none"} or path, default "inline"
        Where 3Dmol.js is from; see `CrossResistance.to_html`.

    Raises
    ------
    PlanError
        If the panel has no rows or more than a page can show, or if the file is not to be called
        ``.html``.
    DataError
        If the file that is named is not 3Dmol.js.
    OSError
        If it cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in {".html", ".htm"}:
        raise PlanError(f"A report is written as .html; {path.name!r} has another suffix.")
    write_text(path, report_html(panel, question=question, js=js))


def report_html(
    panel: CrossResistance,
    *,
    question: str = "",
    js: Path | str = "inline",
    made: date | None = None,
) -> str:
    """Compose the report of a panel.

    Parameters
    ----------
    panel : CrossResistance
        The panel.
    question : str, default ""
        What was to be found out; what was asked, in a sentence, if empty.
    js : {"inline", "none"} or path, default "inline"
        Where 3Dmol.js is from; see `CrossResistance.to_html`.
    made : datetime.date, optional
        The date that the page bears; today if not given.

    Returns
    -------
    str
        HTML: one page that asks nobody for anything.

    Raises
    ------
    PlanError
        If the panel has no rows, or more than a page can show.
    DataError
        If the file that is named is not 3Dmol.js.
    """
    limits: Any = read_json("report.json")
    rows = panel.rows
    if len(rows) > int(limits["most_rows"]):
        raise PlanError(
            f"A report shows at most {limits['most_rows']} rows, and there are {len(rows)}. Ask "
            "for fewer kinases, inhibitors or mutations, or make a report of a part of the table."
        )
    script, why_not = _viewer(js)
    every = entries(rows, panel.reference)
    asked = groups(rows, every, panel.reference)
    span = _pictures.span_of(every)
    # What the rows and the script take is known; pictures share what is left.
    left = int(limits["most_bytes"]) - int(limits["page_bytes"]) - len(script)
    left = max(0, left - len(rows) * int(limits["row_bytes"]))
    for_drawings = int(left * float(limits["drawings_share"]))
    drawings = Drawings(for_drawings)
    scenes = Scenes(left - for_drawings) if script else None
    drugs = _tables.inhibitors(every, drawings)
    shown = _modelled(panel, chosen(asked, int(limits["most_modelled"])), drawings, scenes)
    pictures = _pictures.Pictures(shown, scenes)
    about = _about(every, shown, scenes, why_not, modelled=bool(panel.questions))
    if drawings.left_out:
        about.append(
            f"For want of room {plural(drawings.left_out, 'drawing')} of structures "
            f"{'is' if drawings.left_out == 1 else 'are'} left out."
        )
    widest = int(limits["widest_matrix"])
    parts = (
        _header(every, asked, question, made or date.today()),
        _filters(every),
        _section("matrix", "Inhibitors against mutations",
                 _tables.matrix(rows, every, asked, panel.reference, widest)
                 + _tables.matrix_key(every)),
        _section("inhibitors", "Inhibitors", drugs),
        _section("pairs", "All pairs", _tables.pairs(asked, span)),
        _section("mutations", "Mutation by mutation",
                 _pictures.legend_2d(shaded=bool(panel.questions))
                 + _pictures.mutations(asked, pictures, span)),
        _section("methods", "How it was computed",
                 _methods.methods(about, rows, bool(script)) + _methods.sources(panel, every)),
        _section("limits", "What it cannot say", _methods.limits()),
    )  # fmt: skip
    legend = (
        f'<template id="key3d">{_pictures.legend_3d(scenes)}</template>'
        '<script type="application/json" id="scenes">'
        f"{scenes.to_json()}</script>"
        if scenes is not None
        else ""
    )
    body = f"{drawings.parts()}<main>{''.join(parts)}</main>{_footer(rows)}{legend}"
    return _whole(f"{headline(rows)} - trkstruct report", body, script)


def _viewer(js: Path | str) -> tuple[str, str]:
    """Return 3Dmol.js, or why the page has none."""
    if str(js) == "none":
        return "", "3D was left out."
    if str(js) != "inline":
        return _script.script_text(js), ""
    if _script.find_script() is None:
        return "", f"There is no 3D in this page. {_script.how_to_get(public=True)}"
    return _script.script_text(), ""


def _modelled(
    panel: CrossResistance, wanted: Sequence[Entry], drawings: Drawings, scenes: Scenes | None
) -> dict[int, str]:
    """Model rows again: their drawings, and their 3D pictures into the scenes.

    Of a table, which cannot be modelled again, the drawings have no shades.
    """
    if not panel.questions:
        plain = {
            entry.key: drawings.of_smiles(str(entry.row["ligand_smiles"] or ""), entry.label)
            for entry in wanted
        }
        return {key: picture for key, picture in plain.items() if picture}
    by_number = {int(entry.row["row"]): entry for entry in wanted if entry.row["row"] is not None}
    shown: dict[int, str] = {}
    for number, call in panel.models(by_number):
        entry = by_number[number]
        picture = drawings.of_call(call)
        if not picture:
            continue
        shown[entry.key] = picture
        if scenes is not None:
            scenes.add(entry.key, call, f"{entry.call}, ddG {signed(call.ddg_kcal)} kcal/mol")
    return shown


def _about(
    every: Sequence[Entry],
    shown: dict[int, str],
    scenes: Scenes | None,
    why_not: str,
    *,
    modelled: bool,
) -> list[str]:
    """Say what the page shows and leaves out."""
    said = []
    if not modelled:
        said.append(
            "The page was made from a table that was computed before: complexes were not modelled "
            "again, so that there is no 3D, and structures are drawn without their clashes."
        )
    else:
        answered = sum(entry.answered for entry in every)
        said.append(
            f"{len(shown)} of {plural(answered, 'pair')} with a call have pictures"
            + (
                "."
                if len(shown) >= answered
                else ": first those that are resistant, those with evidence, and of each mutation "
                "the first inhibitor that stands it. The others have their numbers, reasons and "
                "evidence, folded."
            )
        )
        if scenes is not None:
            said.append(
                f"{plural(len(scenes), 'pair')} can be opened in 3D, up to three at a time."
            )
        if why_not:
            said.append(why_not)
    said.append("The page asks no other computer for anything; links to sources open on click.")
    return said


# --- parts


def _section(name: str, heading: str, content: str) -> str:
    return f'<section id="{name}"><h2>{heading}</h2>{content}</section>'


def _header(every: Sequence[Entry], asked: Sequence[Group], question_: str, made: date) -> str:
    counts = Counter(entry.call for entry in every)
    drugs = len({str(entry.row["ligand"] or "?") for entry in every})
    facts = [
        plural(drugs, "inhibitor"),
        plural(len(asked), "mutation"),
        plural(len({entry.kinase for entry in every}), "kinase"),
        plural(len(every), "pair"),
    ]
    bar = "".join(
        f'<span class="c-{call}" style="flex:{counts[call]}" title="{words}"><b>{counts[call]}</b>'
        f"</span>"
        for call, words in _tables.CALL_WORDS.items()
        if counts[call]
    )
    said = ", ".join(
        f"{counts[call]} {words.split(':')[0]}"
        for call, words in _tables.CALL_WORDS.items()
        if counts[call]
    )
    sentences = "".join(f"<li>{text(sentence)}</li>" for sentence in answer(every))
    finding = headline([entry.row for entry in every])
    return (
        f'<header><p class="brand">trkstruct <span>resistance report</span>'
        f'<time datetime="{made.isoformat()}">{made.day} {made:%B %Y}</time></p>'
        f'<p class="question">{text(question_ or question(every))}</p><h1>{text(finding)}.</h1>'
        f'<ul class="answer">{sentences}</ul>'
        f'<div class="total" role="img" aria-label="{said}">{bar}</div>'
        f'<p class="facts">{" · ".join(facts)}: {said}.</p>'
        f'<p class="use"><strong>{DISCLAIMER}</strong> Computed from structures, not measured.</p>'
        "</header>"
    )


def _filters(every: Sequence[Entry]) -> str:
    def buttons(name: str, values: Sequence[str], words: dict[str, str]) -> str:
        made = "".join(
            f'<button type="button" data-filter="{name}" data-value="{text(value)}" '
            f'aria-pressed="false">'
            f"{f'<i class=dot-box><i class=c-{value}></i></i>' if name == 'call' else ''}"
            f"{text(words.get(value, value))}</button>"
            for value in values
        )
        return f'<span class="group" role="group" aria-label="{name}">{made}</span>'

    kinases = list(dict.fromkeys(entry.kinase for entry in every))
    roles = list(dict.fromkeys(str(entry.row["role"] or "").split(";")[0] for entry in every))
    calls = [call for call in _tables.CALL_WORDS if any(entry.call == call for entry in every)]
    groups_ = ""
    if len(kinases) > 1:
        groups_ += buttons("kinase", kinases, {})
    groups_ += buttons("call", calls, {"abstain": "no call"})
    if len(roles) > 1:
        groups_ += buttons("role", roles, {"": "not found"})
    if any(entry.row["evidence"] for entry in every):
        groups_ += buttons("evidence", ["yes"], {"yes": "with evidence"})
    return (
        '<nav aria-label="Contents and filter"><p class="contents">'
        '<a href="#matrix">Matrix</a><a href="#inhibitors">Inhibitors</a>'
        '<a href="#pairs">Pairs</a><a href="#mutations">Mutations</a>'
        '<a href="#methods">Methods</a><a href="#limits">Limits</a></p>'
        f'<div class="filter"><input type="search" data-search aria-label="Inhibitor" '
        f'placeholder="inhibitor">{groups_}'
        f'<button type="button" data-reset hidden>show all</button>'
        f"<output data-count>{plural(len(every), 'pair')}</output></div></nav>"
    )


def _footer(rows: Sequence[Any]) -> str:
    versions = list(dict.fromkeys(str(row["version"] or "") for row in rows))
    return f"<footer>{text('; '.join(filter(None, versions)))}. {DISCLAIMER}</footer>"


def _whole(title: str, body: str, viewer: str) -> str:
    """Compose the page. Only its own scripts run, which the browser knows by their sums."""
    own = (_FOLDER / "report.js").read_text(encoding="utf-8")
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    colours = "".join(
        f"--{call}:{colour};" for call, colour in {**CALL_COLOURS, "inactive": _INACTIVE}.items()
    )
    scripts = [script for script in (_script.in_page(viewer) if viewer else "", own) if script]
    sums = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode('utf-8')).digest()).decode('ascii')}'"
        for s in scripts
    )
    policy = (
        f"default-src 'none'; script-src {sums}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    if "</script" in own:
        raise DataError("The script of the report would end its own element.")
    run = "".join(f"<script>{script}</script>\n" for script in scripts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(title)}</title>\n<style>:root{{{colours}}}\n{style}</style></head>\n"
        f"<body>\n{body}\n{run}</body></html>\n"
    )
