"""The tables of a report: the matrix, the inhibitors at a glance, and all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from ..._summary import no_answer
from ...ligands.library import find
from ..grid import SHORT_ROLES, Band, Block, Inhibitor, bands
from ._drawings import Drawings
from ._entries import Entry, Group
from ._words import evidence_items, listed, number, plural, signed, text

__all__ = [
    "CALL_WORDS",
    "MARK_WORDS",
    "POSE_WORDS",
    "chip",
    "data_of",
    "inhibitors",
    "interval",
    "mark",
    "matrix",
    "matrix_key",
    "pairs",
]

#: What the calls mean.
CALL_WORDS: Final = {
    "resistant": "resistant: 10-fold or more",
    "reduced": "reduced: 3 to 10-fold",
    "retained": "retained",
    "sensitised": "sensitised: gains 3-fold or more",
    "abstain": "no call",
    "failed": "failed",
}
#: What was seen, as `trkstruct.views.grid.seen` says it.
MARK_WORDS: Final = {
    "lost": "measured or reported: resistant",
    "between": "measured 3 to 10-fold, or sources disagree",
    "kept": "measured below 3-fold, or reported sensitive",
}
#: Where a pose is from, and its mark.
POSE_WORDS: Final = {
    "experimental": ("●", "pose observed"),
    "template": ("○", "pose placed on a known complex"),
    "docked": ("◇", "pose docked"),
    "modelled": ("△", "pose from a model"),
    "user": ("□", "pose is your own"),
}
#: Mutations up to which a matrix has wide cells.
_ROOMY: Final = 10
#: Pairs from which on their table is left out in print.
_LONG: Final = 60
_ON_SCREEN: Final = (
    '<p class="printed">The table of all pairs is left out in print; what it says stands in the '
    "matrix above and mutation by mutation below.</p>"
)
#: How calls are written where there is little room.
_SHORT_CALLS: Final = {"abstain": "no call"}


def data_of(entry: Entry) -> str:
    """Attributes by which the page filters.

    Parameters
    ----------
    entry : Entry
        The row.

    Returns
    -------
    str
        HTML.
    """
    role = str(entry.row["role"] or "").split(";")[0]
    return (
        f'data-pair="{entry.key}" data-kinase="{text(entry.kinase)}" data-call="{entry.call}" '
        f'data-role="{text(role)}" data-inhibitor="{text(entry.label)}" '
        f'data-evidence="{"yes" if entry.row["evidence"] else "no"}"'
    )


def _class(entry: Entry) -> str:
    return f"c-{entry.call}{' c-inactive' if entry.inactive and entry.answered else ''}"


def chip(entry: Entry) -> str:
    """A call as a small coloured word.

    Parameters
    ----------
    entry : Entry
        The row.

    Returns
    -------
    str
        HTML.
    """
    return f'<span class="chip {_class(entry)}">{_SHORT_CALLS.get(entry.call, entry.call)}</span>'


def mark(entry: Entry) -> str:
    """What was seen of a pair, as a mark with its meaning.

    Parameters
    ----------
    entry : Entry
        The row.

    Returns
    -------
    str
        HTML; empty where nothing is known.
    """
    if not entry.mark:
        return ""
    words = MARK_WORDS[entry.mark]
    return f'<i class="seen {entry.mark}" role="img" title="{words}" aria-label="{words}"></i>'


# --- the matrix


def matrix(
    rows: Sequence[Mapping[str, Any]],
    every: Iterable[Entry],
    asked: Iterable[Group],
    reference: str,
    widest: int,
) -> str:
    """Inhibitors against mutations, as tables of which each fits across a page.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.
    every : iterable of Entry
        The same, as entries.
    asked : iterable of Group
        The same by mutation, for links.
    reference : str
        Inhibitor that stands first.
    widest : int
        Mutations that stand side by side.

    Returns
    -------
    str
        HTML.
    """
    by_row = {id(entry.row): entry for entry in every}
    links = {(group.kinase, group.mutation): group.key for group in asked}
    return "".join(_band(band, by_row, links) for band in bands(rows, reference, widest, widest))


def _band(band: Band, by_row: Mapping[int, Entry], links: Mapping[tuple[str, str], int]) -> str:
    span = sum(len(block.mutations) + 1 for block in band.blocks)
    kinases, roles, names = "", "", ""
    for block in band.blocks:
        kinases += f'<th class="pose"></th><th scope="colgroup" colspan="{len(block.mutations)}">'
        kinases += f"{text(block.kinase)}</th>"
        roles += '<th class="pose"></th>'
        names += '<th class="pose" title="where the pose is from"></th>'
        for role, own in groupby(block.roles):
            wide = len(list(own))
            label = role or "not found"
            short = SHORT_ROLES.get(label, label) if wide < 2 else label
            roles += f'<th scope="colgroup" colspan="{wide}" title="{text(label)}">'
            roles += f"<span>{text(short)}</span></th>"
        for mutation in block.mutations:
            key = links[block.kinase, mutation]
            broken = text(mutation).replace("+", "+<wbr>")
            names += f'<th scope="col"><a href="#m{key}">{broken}</a></th>'
    body = ""
    roomy = " roomy" if band.columns <= _ROOMY else ""
    before: Inhibitor | None = None
    for line in band.lines:
        if before is None or before.heading != line.heading:
            body += f'<tr class="heading"><th colspan="{span + 1}" scope="rowgroup">'
            body += f"{text(line.heading)}</th></tr>"
        body += _line(line, band.blocks, by_row, span, before)
        before = line
    kinases_ = ", ".join(block.kinase for block in band.blocks)
    return (
        f'<div class="wide"><table class="matrix{roomy}"><caption>{text(kinases_)}: change of '
        f"binding free energy (ddG) in kcal/mol</caption><thead>"
        f'<tr class="kinases"><td></td>{kinases}</tr><tr class="roles"><td></td>{roles}</tr>'
        f'<tr class="names"><th scope="col">inhibitor</th>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _line(
    line: Inhibitor,
    own: Sequence[Block],
    by_row: Mapping[int, Entry],
    span: int,
    before: Inhibitor | None,
) -> str:
    if line.names:
        why = no_answer(line.names, line.reason)
        return (
            f'<tr><th scope="row">{text(line.label)}</th>'
            f'<td class="silent" colspan="{span}"><span>{text(why)}</span></td></tr>'
        )
    new = before is None or (before.heading, before.generation) != (line.heading, line.generation)
    family = f"<small>{text(line.generation)}</small>" if new and line.generation else ""
    cells = ""
    for block in own:
        glyph, words = POSE_WORDS.get(block.poses.get(line.label, ""), ("", ""))
        shown = f'<span role="img" aria-label="{words}" title="{words}">{glyph}</span>'
        cells += f'<td class="pose">{shown if glyph else ""}</td>'
        for mutation in block.mutations:
            row = block.cells.get((line.label, mutation))
            cells += _cell(by_row[id(row)]) if row is not None else "<td></td>"
    name = f'<span title="{text(line.label)}">{text(line.label)}</span>'
    return f'<tr><th scope="row">{family}{name}</th>{cells}</tr>'


def _cell(entry: Entry) -> str:
    ddg = entry.row["ddg_kcal"]
    shown = "failed" if entry.call == "failed" else signed(ddg) or "no call"
    quiet = ' class="quiet"' if ddg is None and entry.call == "abstain" else ""
    said = f"{entry.label}, {entry.kinase} {entry.mutation}: {CALL_WORDS[entry.call]}"
    if entry.inactive and entry.answered:
        said += "; not active on the wild type"
    return (
        f'<td class="cell {_class(entry)}" {data_of(entry)}><a href="#p{entry.key}" '
        f'title="{text(said)}"><span{quiet}>{shown}</span></a>{mark(entry)}</td>'
    )


def matrix_key(every: Sequence[Entry]) -> str:
    """Meaning of the colours and marks that occur.

    Parameters
    ----------
    every : sequence of Entry
        The rows.

    Returns
    -------
    str
        HTML.
    """
    calls = {entry.call for entry in every}
    items = [
        f'<span><i class="box c-{call}"></i>{words}</span>'
        for call, words in CALL_WORDS.items()
        if call in calls
    ]
    if any(entry.inactive and entry.answered for entry in every):
        items.append(
            '<span><i class="box c-retained c-inactive"></i>not active on the wild type</span>'
        )
    marks = {entry.mark for entry in every}
    items += [
        f'<span><i class="seen {name}"></i>{words}</span>'
        for name, words in MARK_WORDS.items()
        if name in marks
    ]
    poses = {str(entry.row["pose_source"] or "") for entry in every}
    items += [
        f"<span><b>{glyph}</b>{words}</span>"
        for name, (glyph, words) in POSE_WORDS.items()
        if name in poses
    ]
    return f'<p class="key">{"".join(items)}</p>'


# --- inhibitors


def inhibitors(every: Sequence[Entry], drawings: Drawings) -> str:
    """Each inhibitor with its structure and the count of its calls.

    Parameters
    ----------
    every : sequence of Entry
        The rows.
    drawings : Drawings
        Takes the structures.

    Returns
    -------
    str
        HTML.
    """
    own: dict[str, list[Entry]] = {}
    for entry in every:
        # Of several structures with one inhibitor each is a line of the matrix, but it is one.
        own.setdefault(str(entry.row["ligand"] or "?"), []).append(entry)
    drawn, bare = "", []
    for name, rows in own.items():
        smiles = next((str(e.row["ligand_smiles"]) for e in rows if e.row["ligand_smiles"]), "")
        picture = drawings.of_smiles(smiles, name) if smiles else ""
        if picture or any(entry.row["ddg_kcal"] is not None for entry in rows):
            drawn += _drug(name, rows, picture)
        else:
            bare.append(name)
    rest = f"Without a structure, and so without an answer: {listed(bare, len(bare))}."
    return f'<div class="drugs">{drawn}</div>{f"<p class=bare>{text(rest)}</p>" if bare else ""}'


def _drug(name: str, own: Sequence[Entry], picture: str) -> str:
    library = find(name)
    kind = next((str(e.row["binding_type"]) for e in own if e.row["binding_type"]), "")
    about = [f"type {kind}" if kind else ""]
    if library is not None:
        numbered = library.generation[:1].isdecimal()
        about += [f"{'generation ' if numbered else ''}{library.generation}", library.status]
    counts = Counter(entry.call for entry in own)
    bar = "".join(
        f'<i class="c-{call}" style="flex:{counts[call]}" title="{counts[call]} {call}"></i>'
        for call in CALL_WORDS
        if counts[call]
    )
    said = ", ".join(
        f"{counts[call]} {_SHORT_CALLS.get(call, call)}" for call in CALL_WORDS if counts[call]
    )
    return (
        f'<figure class="drug">{picture or "<p class=none>no structure</p>"}'
        f"<figcaption><b>{text(name)}</b>"
        f"<small>{text(', '.join(part for part in about if part))}</small>"
        f'<span class="counts" role="img" aria-label="{said}">{bar}</span><small>{said}</small>'
        f"</figcaption></figure>"
    )


# --- pairs

_COLUMNS: Final = (
    ("kinase", "text"), ("inhibitor", "text"), ("mutation", "place"), ("role", "place"),
    ("ddG, 80 % interval", "number"), ("fold", "number"), ("call", "number"),
    ("confidence", "number"), ("seen", "number"), ("pose", "text"),
)  # fmt: skip
_CONFIDENCE: Final = {"high": 3, "medium": 2, "low": 1}
_SEEN: Final = {"lost": 3, "between": 2, "kept": 1}


def pairs(asked: Sequence[Group], span: float) -> str:
    """All rows as a table that sorts by click.

    Parameters
    ----------
    asked : sequence of Group
        The rows, by mutation.
    span : float
        What the axis of the ddG reaches to, in kcal/mol.

    Returns
    -------
    str
        HTML.
    """
    heads = "".join(
        f'<th scope="col"><button type="button" data-sort="{kind}">{name}</button></th>'
        for name, kind in _COLUMNS
    )
    body = "".join(_row(entry, group, span) for group in asked for entry in group.entries)
    long = sum(len(group.entries) for group in asked) > _LONG
    return (
        f'<div class="wide{" long" if long else ""}"><table class="pairs"><caption>Every pair; a '
        f"click on a head sorts.</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
        f"{_ON_SCREEN if long else ''}"
    )


def _row(entry: Entry, group: Group, span: float) -> str:
    row = entry.row
    fold, ddg = row["fold_change"], row["ddg_kcal"]
    order = list(CALL_WORDS).index(entry.call)
    items = plural(sum(1 for _ in evidence_items(row["evidence"])), "entry", "entries")
    glyph, words = POSE_WORDS.get(str(row["pose_source"] or ""), ("", ""))
    cells = (
        (entry.kinase, text(entry.kinase)),
        (entry.label, f'<a href="#p{entry.key}">{text(entry.label)}</a>'),
        (group.key, text(entry.mutation)),
        (group.key, text(group.role)),
        ("" if ddg is None else ddg, f"<b>{signed(ddg)}</b>{interval(row, span)}"),
        ("" if fold is None else fold, "" if fold is None else f"{fold:.2g}"),
        (-order, chip(entry)),
        (_CONFIDENCE.get(str(row["confidence"]), 0), text(row["confidence"])),
        (
            _SEEN.get(entry.mark, 0.5 if row["evidence"] else 0),
            f"{mark(entry)} <small>{items}</small>" if row["evidence"] else "",
        ),
        (
            row["pose_source"] or "",
            f'{glyph} <small title="{words}">{text(row["pose_source"])}</small>',
        ),
    )
    shown = "".join(f'<td data-value="{text(value)}">{html}</td>' for value, html in cells)
    return f"<tr {data_of(entry)}>{shown}</tr>"


def interval(row: Mapping[str, Any], span: float) -> str:
    """The ddG as a point with its interval on an axis.

    Parameters
    ----------
    row : mapping
        Row of results.
    span : float
        What the axis reaches to, in kcal/mol.

    Returns
    -------
    str
        HTML; empty where there is no ddG.
    """
    ddg, low, high = row["ddg_kcal"], row["ddg_low_kcal"], row["ddg_high_kcal"]
    if ddg is None:
        return ""

    def at(value: float) -> float:
        return round(50.0 + 50.0 * max(-1.0, min(1.0, value / span)), 1)

    whisker = ""
    if low is not None and high is not None:
        whisker = f'<u style="left:{at(low)}%;width:{round(at(high) - at(low), 1)}%"></u>'
    said = "" if not whisker else f' title="{number(low)} to {number(high)}"'
    return f'<span class="axis"{said}>{whisker}<i style="left:{at(ddg)}%"></i></span>'
