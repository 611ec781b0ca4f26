"""One change of a protein in any of its spellings: a substitution, or what else it may be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from ..residues import AMINO_ACIDS, THREE_TO_ONE
from ._question import Alteration

__all__ = ["as_change", "is_change"]

_AA: Final = "(?:" + "|".join((*(code.capitalize() for code in THREE_TO_ONE), "[A-Za-z]")) + ")"
_CODE: Final = rf"(?i:{_AA})"
_SITE: Final = rf"(?P<wild>{_CODE})(?P<number>[0-9]{{1,6}})"
_RANGE: Final = rf"{_CODE}[0-9]{{1,6}}(?:_{_CODE}[0-9]{{1,6}})?"

#: What a change may be, in the order in which it is tried; the first that fits the whole word.
_KINDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(rf"(?:{pattern})\Z"))
    for kind, pattern in (
        ("frameshift", rf"{_SITE}{_CODE}?(?i:fs)(?:(?:\*|(?i:ter)|X)?[0-9?]*)"),
        ("stop", rf"{_SITE}(?:\*|(?i:ter|stop)|X)"),
        ("silent", rf"{_SITE}="),
        ("several", rf"{_SITE}{_CODE}(?:/{_CODE})+"),
        ("deletion with insertion", rf"{_RANGE}(?i:delins)[A-Za-z*]+"),
        ("deletion", rf"{_RANGE}(?i:del)[A-Za-z]*"),
        ("insertion", rf"(?:{_RANGE}|[0-9]{{1,6}}{_CODE}?)(?i:ins)[A-Za-z0-9*]*"),
        ("duplication", rf"{_RANGE}(?i:dup)[A-Za-z]*"),
        ("extension", r"(?:\*|(?i:ter))[0-9]+.*(?i:ext).*"),
        ("substitution", rf"{_SITE}(?P<mutant>{_CODE})"),
        ("incomplete", rf"{_SITE}\?"),
    )
)
_CODING: Final = re.compile(r"[cgmnr]\.[^\s,;()]+\Z", re.IGNORECASE)
_ARROW: Final = re.compile(r"(?:->|=>|>|\u2192|\u21d2)")
#: A residue that is named without what it becomes. Fewer than three digits may be many things.
_BARE_SITE: Final = re.compile(rf"{_SITE}\Z")


def _letter(code: str) -> str:
    """Return the one-letter residue of a code, or nothing if it is none of the twenty."""
    upper = code.upper()
    one = THREE_TO_ONE.get(upper, upper)
    return one if len(one) == 1 and one in AMINO_ACIDS else ""


@lru_cache(maxsize=4096)
def as_change(word: str) -> Alteration | None:
    """Read a word as a change of a protein, of a gene that is left open.

    Parameters
    ----------
    word : str
        Such as ``G595R``, ``p.Gly595Arg``, ``p.(Gly595Arg)``, ``Arg220fs*12`` or ``c.1783G>A``.

    Returns
    -------
    Alteration or None
        None if the word is no change.
    """
    if _CODING.match(word):
        return Alteration("", "DNA", word)
    text = re.sub(r"\A[pP]\.", "", word)
    marked = text != word
    text = text.strip("()")
    if marked and text in {"=", "?", "0", "M1?", "Met1?"}:
        return Alteration("", "silent" if text == "=" else "incomplete", word)
    text = _ARROW.sub("", text)
    for kind, pattern in _KINDS:
        found = pattern.match(text)
        if found is None:
            continue
        parts = found.groupdict()
        wild, mutant = _letter(parts.get("wild") or ""), _letter(parts.get("mutant") or "")
        number = int(parts["number"]) if parts.get("number") else None
        if number == 0:
            return Alteration("", "unreadable", text)
        if "wild" in parts and not wild and not marked:
            return None  # letters that are no residue: a gene such as B3X, not a change
        if kind != "substitution":
            return Alteration("", kind, text, wild, number)
        if not wild or not mutant:
            return Alteration("", "unreadable", text) if marked else None
        if wild == mutant:
            return Alteration("", "silent", text, wild, number, mutant)
        return Alteration("", "substitution", f"{wild}{number}{mutant}", wild, number, mutant)
    site = _BARE_SITE.match(text)
    if site is not None and _letter(site["wild"]) and (marked or len(site["number"]) >= 3):
        return Alteration("", "incomplete", text, _letter(site["wild"]), int(site["number"]))
    return Alteration("", "unreadable", text) if marked and text else None


def is_change(word: str) -> bool:
    """Tell whether a word is a change of a protein.

    Parameters
    ----------
    word : str
        As in `as_change`.

    Returns
    -------
    bool
    """
    return as_change(word) is not None
