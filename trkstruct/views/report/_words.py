"""Texts of a report: everything that comes from outside is escaped here, and sources are linked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

__all__ = ["evidence_items", "linked", "listed", "number", "plural", "signed", "text"]

#: Sources as the tables write them, and the pages that they mean. The order matters: the first
#: that fits is taken.
_SOURCES: Final = (
    (re.compile(r"https?://[^\s<>\"'|\\^`{}]+"), "{0}"),
    (re.compile(r"doi:(10\.\d{4,9}/[^\s<>\"'|\\^`{}]+)", re.IGNORECASE), "https://doi.org/{1}"),
    (re.compile(r"PMID:\s?(\d{1,9})\b"), "https://pubmed.ncbi.nlm.nih.gov/{1}/"),
    (re.compile(r"\b(PMC\d{4,9})\b"), "https://pmc.ncbi.nlm.nih.gov/articles/{1}/"),
    (re.compile(r"\b(NCT\d{8})\b"), "https://clinicaltrials.gov/study/{1}"),
    (re.compile(r"\bentry:([0-9][A-Za-z0-9]{3})\b"), "https://www.rcsb.org/structure/{1}"),
)
_ANY: Final = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _SOURCES), re.I)
#: What may end a sentence, and so ends no address.
_ENDS: Final = ".,;:!?"


def text(value: object) -> str:
    """Escape a value for a page; control characters become blanks.

    Parameters
    ----------
    value : object
        Anything; None is nothing.

    Returns
    -------
    str
        HTML that shows it as it is, in elements and in quoted attributes.
    """
    if value is None:
        return ""
    # A lone surrogate, such as of a file name that is no UTF-8, could not be written.
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    return escape("".join(c if c.isprintable() or c in " \n" else " " for c in plain))


def _cut(found: str) -> str:
    """Take from an address what belongs to the sentence around it."""
    while found:
        last = found[-1]
        unpaired = last in ")]" and found.count(last) > found.count("(" if last == ")" else "[")
        if last not in _ENDS and not unpaired:
            break
        found = found[:-1]
    return found


def linked(value: object) -> str:
    """Escape a value, and link the sources in it: DOI, PMID, PMC, NCT, PDB entry, address.

    Parameters
    ----------
    value : object
        The text.

    Returns
    -------
    str
        HTML. Links lead to ``https`` or ``http`` addresses only, and are followed only by click.
    """
    plain = str(value or "")
    parts, at = [], 0
    for match in _ANY.finditer(plain):
        found = _cut(match[0])
        for pattern, address in _SOURCES:
            exact = pattern.fullmatch(found)
            if exact is not None:
                url = address.format(exact[0], *exact.groups())
                parts.append(text(plain[at : match.start()]))
                parts.append(
                    f'<a href="{text(url)}" target="_blank" rel="noopener noreferrer">'
                    f"{text(_shown(found))}</a>"
                )
                at = match.start() + len(found)
                break
    return "".join(parts) + text(plain[at:])


def _shown(source: str) -> str:
    """An address without what nobody reads of it."""
    bare = re.sub(r"^https?://(www\.)?", "", source).rstrip("/")
    return source if bare == source or len(bare) < 4 else bare


def evidence_items(evidence: object) -> Iterator[str]:
    """Take the column ``evidence`` apart: one item a measurement, report or remark.

    Parameters
    ----------
    evidence : object
        The text; None for none.

    Yields
    ------
    str
        Not escaped.
    """
    depth, item = 0, ""
    pieces = re.split(r"([();]|\. (?=measured|reported|wild type|But:))", str(evidence or ""))
    for piece in pieces:
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if (piece == ";" and depth <= 0) or piece == ". ":
            if item.strip():
                yield item.strip()
            item = ""
        else:
            item += piece
    if item.strip():
        yield item.strip()


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with so many decimals, with a minus sign that is one.

    Parameters
    ----------
    value : float or None
        The number.
    digits : int, default 1
        Decimals.

    Returns
    -------
    str
        Nothing for None; zero without a sign.
    """
    if value is None:
        return ""
    shown = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return shown.lstrip("\N{MINUS SIGN}") if float(f"{value:.{digits}f}") == 0 else shown


def signed(value: float | None, digits: int = 1) -> str:
    """Write a number as `number` does, with a plus sign where it is positive.

    Parameters
    ----------
    value : float or None
        The number.
    digits : int, default 1
        Decimals.

    Returns
    -------
    str
    """
    shown = number(value, digits)
    return f"+{shown}" if value is not None and float(f"{value:.{digits}f}") > 0 else shown


def listed(names: Iterable[object], most: int = 12) -> str:
    """List names in a sentence.

    Parameters
    ----------
    names : iterable of object
        The names.
    most : int, default 12
        How many are named before it is said how many more there are.

    Returns
    -------
    str
        Not escaped: ``a, b and c``.
    """
    each = list(dict.fromkeys(map(str, names)))
    if len(each) > most + 1:
        return f"{', '.join(each[:most])} and {len(each) - most} more"
    return f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else "".join(each)


def plural(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    count : int
        How many.
    one : str
        The noun for one.
    many : str, default ""
        The noun for several; with an ``s`` if empty.

    Returns
    -------
    str
    """
    return f"{count} {one if count == 1 else many or one + 's'}"
