"""Which kinase a question is about, if it names none, one or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from .. import reference
from ..errors import QuestionError
from ..kinases import Kinase, kinase, kinases
from ..kinases import named as domains
from ..mutations import catalogue
from ._mechanisms import mechanism
from ._question import Alteration, Fusion

__all__ = ["about"]


def about(
    whole: str,
    found: Mapping[str, Kinase],
    fusions: Sequence[Fusion],
    alterations: Sequence[Alteration],
    families: Sequence[str],
    unread: Sequence[str],
    example: str,
) -> tuple[Kinase, Fusion | None]:
    """Choose the kinase that a question is about.

    A fusion decides. Without one, a kinase that is named only for a known way around other
    inhibitors (an amplified MET, a mutated BRAF) is not the one that is meant if another is.

    Parameters
    ----------
    whole : str
        The question, for messages.
    found : mapping of str to Kinase
        Kinases that are named, by gene.
    fusions : sequence of Fusion
        Fusions that are named.
    alterations : sequence of Alteration
        Changes that are named.
    families : sequence of str
        Families that are named, such as ``TRK``.
    unread : sequence of str
        Words that nothing was made of.
    example : str
        How to ask.

    Returns
    -------
    Kinase
        The kinase.
    Fusion or None
        The fusion that carries it.

    Raises
    ------
    QuestionError
        If it is none, or more than one.
    """
    genes = list(dict.fromkeys(fusion.gene for fusion in fusions))
    if len(genes) == 1:
        named = [fusion for fusion in fusions if fusion.partner]
        return found[genes[0]], (named or list(fusions))[0]
    if genes:
        raise QuestionError(_several(whole, genes, example))
    if not found:
        raise QuestionError(_none(whole, alterations, families, unread, example))
    left = [gene for gene in found if not _aside(gene, alterations)] or list(found)
    if len(left) > 1:  # of kinases whose sequence is not known there is nothing to answer
        left = [gene for gene in left if found[gene].complete] or left
    if len(left) > 1:
        raise QuestionError(_several(whole, left, example))
    return found[left[0]], None


def _aside(gene: str, alterations: Sequence[Alteration]) -> bool:
    """Tell whether all that is said of a gene is known as a way around other inhibitors."""
    own = [change for change in alterations if change.gene == gene]
    return bool(own) and all(mechanism(change) is not None for change in own)


def _several(whole: str, genes: Sequence[str], example: str) -> str:
    return (
        f"{whole!r} is about {len(genes)} kinases ({', '.join(genes)}), and an answer is about "
        f"one. Ask about each alone. {example}"
    )


def _none(
    whole: str,
    alterations: Sequence[Alteration],
    families: Sequence[str],
    unread: Sequence[str],
    example: str,
) -> str:
    """Say what is missing of a question that names no kinase."""
    shown = whole if len(whole) <= 80 else f"{whole[:77]}..."
    if families:
        members = reference.read_json("question_words.json")["families"]
        word = "".join(c for c in families[0] if c.isalnum()).upper()
        names = " or ".join(members[word])
        return f"{shown!r} leaves the gene open: {families[0]} can be {names}. Say which. {example}"
    loose = next((a for a in alterations if not a.gene and a.kind == "substitution"), None)
    if loose is not None:
        of = sorted({r.kinase for r in catalogue() if loose.text in (r.text, r.literature_text)})
        known = f" It is catalogued in {' and '.join(of)}." if of else ""
        gene = kinase(of[0]).gene if of else "NTRK1"
        return (
            f"{shown!r} names a mutation but no kinase: {loose.text} of which?{known} Put the "
            f"gene in front, as in '{gene} {loose.text}'."
        )
    other = next((a for a in alterations if a.gene), None)
    if other is not None:
        row = mechanism(other)
        why = (
            f" {other.gene} {row['kind']} is known as a way around inhibitors of "
            f"{row['seen_with'].replace('|', ', ')} ({row['source']}): name that kinase, too."
            if row
            else ""
        )
        two = len(domains(other.gene)) > 1
        what = (
            "has two kinase domains, of which no model is here"
            if two
            else "no table here calls a kinase"
        )
        near = "" if row or two else _near([other.gene])
        return f"{shown!r} is about {other.gene}, which {what}.{near}{why} {example}"
    complete = ", ".join(_complete())
    near = _near(unread)
    return (
        f"{shown!r} is no question about a kinase: it names no kinase, no fusion with one and no "
        f"mutation.{near} {example} Kinases that are known in full: {complete}."
    )


@lru_cache(maxsize=1)
def _complete() -> tuple[str, ...]:
    """Return the genes of the kinases that are known in full."""
    return tuple(item.gene for item in kinases() if item.complete)


def _near(words: Sequence[str]) -> str:
    """Suggest a kinase for a word that looks like the name of one."""
    for word in words[:3]:
        if not (3 <= len(word) <= 8 and word.isalnum()):
            continue
        near = get_close_matches(word.upper(), _complete(), n=3, cutoff=0.7)
        if near:
            return f" Did you mean {' or '.join(near)}?"
    return ""
