"""Reading a question: fusions, genes, changes and treatments, in the words of a report.

Pure text: nothing here looks at a structure or at a measured value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from .. import reference
from ..errors import QuestionError
from ..kinases import Kinase, kinase, named
from ..ligands import library
from ..ligands.components import plain_name
from ..mutations import tidied
from ._changes import as_change, is_change
from ._question import Alteration, Fusion, Question
from ._subject import about

__all__ = ["read"]

_SYMBOL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{1,14}\Z")
_ACCESSION: Final = re.compile(
    r"\(?(?P<name>(?:[NX][MPR]_|ENS[TPG])[0-9]+(?:\.[0-9]+)?)(?:\((?P<gene>[A-Za-z][\w-]*)\))?:?"
)
_SPACED: Final = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]{3})\s([0-9]{1,6})\s([A-Za-z]{3}|\*)(?![A-Za-z0-9])"
)
_ARROWS: Final = re.compile(r"(?<=[A-Za-z0-9])\s*(?:->|=>|\u2192|\u21d2)\s*(?=[A-Za-z])")
_BETWEEN: Final = re.compile(r"::|--|[-/:_]")
_EXAMPLE: Final = (
    "Ask with a fusion or a kinase and what was found in it, as in 'ETV6-NTRK3 p.G623R' or "
    "'NTRK1 G595R with KRAS G12D'."
)


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    """Return the words of a question: what is an event, a family, filler."""
    table = reference.read_json("question_words.json")
    return {
        "longest": int(table["longest"]),
        "families": table["families"],
        "events": {word: kind for kind, words in table["events"].items() for word in words},
        "prior": frozenset(table["prior"]),
        "filler": frozenset(table["filler"]),
    }


@lru_cache(maxsize=1)
def _drugs() -> re.Pattern[str]:
    """Return a pattern of all names of inhibitors, the longest first."""
    names = sorted({n for e in library.library() for n in e.names}, key=len, reverse=True)
    inside = "|".join(re.escape(name).replace(r"\ ", r"[\s-]?") for name in names)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{inside})(?![A-Za-z0-9])", re.IGNORECASE)


@lru_cache(maxsize=1)
def _others() -> Mapping[str, str]:
    """Return the symbols of genes of which the tables know that they go around an inhibitor."""
    found: dict[str, str] = {}
    for row in reference.read_csv("off_target.csv"):
        found |= {name.upper(): row["gene"] for name in (row["gene"], *row["synonyms"].split("|"))}
    found.pop("", None)
    return found


@lru_cache(maxsize=1)
def _partners() -> frozenset[str]:
    """Return the symbols of genes that the tables know as partners of a fused kinase."""
    return frozenset(row["partner"] for row in reference.read_csv("fusions.csv"))


@lru_cache(maxsize=1)
def _transcripts() -> Mapping[str, str]:
    """Return the gene of a reference sequence, by its accession without the version."""
    rows = reference.read_csv("transcripts.csv")
    return {row[column]: row["gene"] for row in rows for column in ("accession", "protein")}


@dataclass(slots=True)
class _Draft:
    """What has been read so far."""

    kinases: dict[str, Kinase] = field(default_factory=dict)
    fusions: list[Fusion] = field(default_factory=list)
    alterations: list[Alteration] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    accessions: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    gene: str = ""
    event: str = ""
    #: A word right before the one that is read, which is a gene if this is a change or an event.
    pending: str = ""


def read(text: object, prior: Sequence[str] = ()) -> Question:
    """Read a question in words.

    Parameters
    ----------
    text : object
        Text such as ``ETV6-NTRK3 p.G623R after larotrectinib``; anything else is an error that
        says so.
    prior : sequence of str
        Inhibitors that were given before, beside those that the text names.

    Returns
    -------
    Question

    Raises
    ------
    QuestionError
        If the text names no kinase, or leaves open which one it is about.

    Examples
    --------
    >>> from trkstruct.asking import read
    >>> question = read("LMNA/NTRK1 p.Gly595Arg after larotrectinib")
    >>> question.kinase.name, str(question)
    ('TRKA', 'LMNA::NTRK1, NTRK1 G595R after larotrectinib')
    """
    if not isinstance(text, str):
        raise QuestionError(f"A question is a text, not {type(text).__name__}. {_EXAMPLE}")
    whole = text.strip()
    if len(whole) > _words()["longest"]:
        raise QuestionError(
            f"{whole[:30]!r}... has {len(whole)} characters; a question has at most "
            f"{_words()['longest']}. {_EXAMPLE}"
        )
    tidy = tidied(whole)
    if not tidy:
        raise QuestionError(f"Nothing is asked (the text is empty). {_EXAMPLE}")
    given: list[str] = []
    joined, draft = False, _Draft()
    for word in _tokens(tidy, given):
        if word == "+":
            joined = True
        else:
            _take(word, draft)
    drugs = dict.fromkeys((*given, *(_drug(name) for name in prior)))
    _settle(draft)
    chosen, fusion = about(whole, draft.kinases, draft.fusions, draft.alterations, draft.families,
                           draft.unread, _EXAMPLE)  # fmt: skip
    own = chosen.gene
    changes = tuple(a if a.gene else replace(a, gene=own) for a in draft.alterations)
    return Question(
        text=whole,
        kinase=chosen,
        fusion=fusion,
        alterations=tuple(dict.fromkeys(a for a in changes if a.kind != "wild type")),
        prior=tuple(drugs),
        joined=joined,
        accessions=tuple(dict.fromkeys(draft.accessions)),
        unread=tuple(dict.fromkeys(draft.unread)),
    )


def _drug(name: str) -> str:
    """Return the library's name of an inhibitor, or the text itself."""
    entry = library.find(name)
    return entry.name if entry else " ".join(name.split())


def _tokens(tidy: str, given: list[str]) -> Iterator[str]:
    """Take a text apart; names of inhibitors are put aside into `given`."""

    def aside(match: re.Match[str]) -> str:
        given.append(_drug(match[0]))
        return " ; "

    text = _drugs().sub(aside, tidy)
    text = _ARROWS.sub("", text)
    text = _SPACED.sub(r"\1\2\3", text)
    text = re.sub(r"(?i)\bwild[\s-]type\b", "wildtype", text)
    text = re.sub(r"(?i)\bexon\s14\b", "exon14", text)
    # Brackets hold a change or a remark, never something of their own; p.(...) loses them too.
    text = re.sub(r"(?<=[A-Za-z0-9_.])\(([A-Za-z][\w-]*)\):", r"(\1): ", text)
    for word in re.split(r"([+])|[\s,;|&\[\]\"'`\u201c\u201d\u2018\u2019]+", text):
        if not word:
            continue
        found = _ACCESSION.match(word)
        if found is not None:
            yield found["name"]
            if found["gene"]:
                yield found["gene"]
            word = word[found.end() :]
        plain = word.rstrip(".!").lstrip("(") if not is_change(word) else word
        plain = plain if is_change(plain) else plain.strip("()?.:!")
        if plain:
            yield plain


def _take(word: str, draft: _Draft) -> None:
    """Make something of a word, or keep it as unread."""
    pending, draft.pending = draft.pending, ""
    if pending and (is_change(word) or word.casefold() in _words()["events"]):
        draft.unread = [other for other in draft.unread if other != pending]
        draft.gene = _noted(pending, draft) or pending
    if _simple(word, draft):
        return
    parts = [part for part in _BETWEEN.split(word) if part]
    if len(parts) < 2:
        draft.unread.append(word)
        return
    # A fusion is two symbols side by side of which one is a kinase; the rest stands for itself.
    n = 0
    while n < len(parts):
        pair = parts[n : n + 2]
        if len(pair) == 2 and (fusion := _fusion(*pair)) is not None:
            draft.fusions.append(replace(fusion, text=word))
            draft.gene = fusion.gene
            n += 2
            continue
        if not _simple(parts[n], draft):
            draft.unread.append(parts[n])
        n += 1


def _simple(word: str, draft: _Draft) -> bool:
    """Take a word that is one thing: a change, a gene, an event, filler."""
    low = word.casefold()
    words = _words()
    if _ACCESSION.fullmatch(word):
        draft.accessions.append(word)
        gene = _transcripts().get(word.partition(".")[0], "")
        if gene:
            draft.gene = _noted(gene, draft)
        return True
    if (change := as_change(word)) is not None:
        draft.alterations.append(replace(change, gene=draft.gene))
        draft.event = ""
        return True
    if low in words["events"]:
        _event(words["events"][low], draft)
        return True
    if low in words["prior"] or low in words["filler"] or low in ("wildtype", "exon14"):
        return True
    family = plain_name(word).upper()
    if family in words["families"]:
        draft.families.append(word)
        return True
    gene = _gene(word, draft)
    if gene:
        draft.gene = gene
        if draft.event:
            draft.alterations.append(Alteration(gene, draft.event, draft.event))
            draft.event = ""
        return True
    if word.upper() in _partners():
        draft.partners.append(word.upper())
        return True
    if _SYMBOL.match(word) and (word.isupper() or named(word)):
        # A symbol that no table knows, or a short word that may be one of the language (a kit, a
        # limit that was met): a gene if a change or an event follows, else unread.
        draft.pending = word
        draft.unread.append(word)
        return True
    return word.isdigit()


def _noted(word: str, draft: _Draft) -> str:
    """Return the gene of a kinase, which is noted; nothing if the word names none or two."""
    found = named(word)
    if len(found) != 1:
        return ""
    draft.kinases[found[0].gene] = found[0]
    return found[0].gene


def _gene(word: str, draft: _Draft) -> str:
    """Return the gene that a word names without doubt; its kinase is noted."""
    if word.isupper() or (len(word) > 3 and any(c.isdigit() or c.isupper() for c in word)):
        return _noted(word, draft) or _others().get(word.upper(), "")
    found = named(word)
    sure = len(word) > 3 and len(found) == 1 and found[0].complete
    return _noted(word, draft) if sure else ""


def _event(kind: str, draft: _Draft) -> None:
    """Note what befell a whole gene; the gene may stand before or behind."""
    last = draft.alterations[-1] if draft.alterations else None
    if kind == "fusion":
        draft.event = "" if draft.fusions else "fusion"
        if draft.gene and not draft.fusions:
            draft.alterations.append(Alteration(draft.gene, kind, kind))
            draft.event = ""
        return
    if kind == "mutation" and last is not None and last.gene == draft.gene:
        return  # "G595R mutation" is one thing
    if draft.gene and not (last is not None and last.gene == draft.gene and last.kind == kind):
        has_change = any(a.gene == draft.gene for a in draft.alterations)
        if kind in ("activation", "loss") and has_change:
            return  # "an activating V600E mutation" is one thing, too
        draft.alterations.append(Alteration(draft.gene, kind, kind))
    elif not draft.gene:
        draft.event = kind


def _fusion(one: str, two: str) -> Fusion | None:
    """Return the fusion that two symbols make, in either order."""
    if is_change(one) or is_change(two) or not (_SYMBOL.match(one) and _SYMBOL.match(two)):
        return None
    first, second = (_single(word) for word in (one, two))
    if first is None and second is None:
        return None
    if first is not None and second is not None:
        # Two kinases: the one that is known in full carries on, by convention the second.
        if first.gene == second.gene:
            return None
        kept, partner = (second, one) if second.complete or not first.complete else (first, two)
        return Fusion(_symbol(partner), kept.gene)
    kept, partner = (second, one) if second is not None else (first, two)  # type: ignore[assignment]
    low = partner.casefold()
    if low in _words()["events"] or low in _words()["filler"] or low in _words()["prior"]:
        return None
    return Fusion(_symbol(partner), kept.gene)


def _single(word: str) -> Kinase | None:
    found = named(word)
    return found[0] if len(found) == 1 else None


def _symbol(word: str) -> str:
    """Write the symbol of a gene as the tables do, capitals otherwise."""
    return _others().get(word.upper(), word.upper())


def _settle(draft: _Draft) -> None:
    """Put right what only the whole text shows."""
    for fusion in draft.fusions:
        draft.kinases.setdefault(fusion.gene, kinase(fusion.gene))
    # A short name in small letters, alone.
    if not draft.kinases and len(draft.unread) == 1 and _noted(draft.unread[0], draft):
        draft.unread.clear()
    # A symbol beside a fused kinase is the partner, be it known or not.
    fused = [a for a in draft.alterations if a.kind == "fusion"]
    symbols = [w for w in draft.unread if _SYMBOL.match(w) and w.isupper() and len(w) > 2]
    if fused and not draft.fusions and len(draft.kinases) == 1:
        (gene,) = draft.kinases
        partners = [*draft.partners, *(a.gene for a in fused if a.gene not in ("", gene)), *symbols]
        partner = partners[0] if len(set(partners)) == 1 else ""
        draft.fusions.append(Fusion(partner, gene, "fusion"))
        draft.unread = [word for word in draft.unread if word != partner]
        draft.partners = [word for word in draft.partners if word != partner]
    draft.unread += draft.partners
    coded = {a.gene for a in draft.alterations if a.position is not None}
    # Of a change that is written for the gene and for the protein, the protein's counts.
    draft.alterations = [
        a
        for a in draft.alterations
        if a.kind != "fusion" and not (a.kind == "DNA" and a.gene in coded)
    ]
    if draft.event and draft.event not in ("fusion", "wild type", "mutation"):
        draft.unread.append(draft.event)
