"""The parts of an answer: what is said in sentences, and what in tables."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Section", "Table", "joined", "plural"]


@dataclass(frozen=True, slots=True)
class Table:
    """A small table of an answer, as text.

    Parameters
    ----------
    columns : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        The cells.
    numeric : frozenset of str
        Columns of numbers, which stand to the right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an answer.

    Parameters
    ----------
    title : str
        Its heading.
    paragraphs : tuple of str
        Sentences, before the table.
    table : Table or None
        A table.
    after : tuple of str
        Sentences behind the table.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    after: tuple[str, ...] = ()


def joined(words: list[str] | tuple[str, ...]) -> str:
    """Write a list as a sentence does.

    Parameters
    ----------
    words : sequence of str
        The words.

    Returns
    -------
    str
        ``a``, ``a and b``, ``a, b and c``.
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def plural(words: list[str] | tuple[str, ...], one: str, several: str) -> str:
    """Choose the form of a verb or a noun by the length of a list.

    Parameters
    ----------
    words : sequence of str
        The list.
    one, several : str
        The forms.

    Returns
    -------
    str
    """
    return one if len(words) == 1 else several
