"""What each change of a question is: scored, out of reach, silent, elsewhere, or unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ..errors import MutationError
from ..evidence import canonical_variant
from ..kinases import Kinase, klifs_label, role
from ._mechanisms import mechanism
from ._question import Alteration, Question

__all__ = ["Variant", "sort"]

#: What is said of a change of the protein that is no substitution.
_OTHER: Final[dict[str, str]] = {
    "deletion": "is a deletion",
    "insertion": "is an insertion",
    "duplication": "is a duplication",
    "deletion with insertion": "is a deletion with an insertion",
    "extension": "lengthens the chain",
    "exon 14 skipping": "takes out residues before the kinase domain",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A change that a question names, and what it is for the answer.

    Parameters
    ----------
    alteration : Alteration
        The change as it was read.
    standing : str
        ``scored``, ``outside`` the kinase domain, ``silent``, ``truncated``, ``not modelled``,
        ``off-target`` (a known way around the inhibitors of the kinase), ``other gene``,
        ``unclear``, ``no sequence``.
    text : str
        The change in short, with the gene or the name of the kinase.
    why : str
        What is to be said of it, in sentences.
    mutation : str
        A substitution with its UniProt number; empty otherwise.
    klifs_position : int or None
        Its place in the pocket.
    role : str
        What the place is called.
    source : str
        DOI, PMID or address, where something is said that is not this program's own.
    """

    alteration: Alteration
    standing: str
    text: str
    why: str
    mutation: str = ""
    klifs_position: int | None = None
    role: str = ""
    source: str = ""


def sort(question: Question) -> tuple[Variant, ...]:
    """Say of each change of a question what it is.

    Parameters
    ----------
    question : Question
        The question.

    Returns
    -------
    tuple of Variant
        In the order of the question.

    Raises
    ------
    MutationError
        If the wild type of a substitution is not there, in no numbering that is known.
    AmbiguousResidueError
        If a number fits two residues.
    """
    own = question.kinase
    return tuple(
        _own(change, own, fused=question.fusion is not None)
        if change.gene == own.gene
        else _other(change, own)
        for change in question.alterations
    )


def _own(change: Alteration, of: Kinase, *, fused: bool) -> Variant:
    """Judge a change of the kinase itself."""
    text = f"{of.name} {change.text}"
    kind = change.kind
    if kind == "substitution":
        return _substitution(change, of, fused=fused)
    if kind == "silent":
        why = (
            f"{change.text} changes no residue: the protein is the wild type's, and so is all "
            "that is known and predicted of it."
        )
        return Variant(change, "silent", text, why)
    if kind in ("frameshift", "stop"):
        return Variant(change, "truncated", text, _cut(change, of))
    if kind in _OTHER:
        why = (
            f"{change.text} {_OTHER[kind]}. Only substitutions of single residues are "
            "modelled: not scored."
        )
        return Variant(change, "not modelled", text, why)
    if kind == "DNA":
        why = (
            f"{change.text} is a change of the DNA. What the protein becomes is asked here: "
            f"give it as p., as in {of.gene} p.G595R."
        )
        return Variant(change, "unclear", text, why)
    if kind == "several":
        why = (
            f"{change.text} stands for several mutants of one residue. Ask about each alone: "
            "they differ."
        )
        return Variant(change, "unclear", text, why)
    if kind == "incomplete":
        why = f"{change.text} does not say which residue it becomes: not scored."
        return Variant(change, "unclear", text, why)
    if kind == "mutation":
        why = (
            f"A mutation of {of.name} is named, but not which one: not scored. Give it, as in "
            f"{of.gene} G595R."
        )
        return Variant(change, "unclear", f"{of.name} mutation", why)
    if kind in ("amplification", "activation", "overexpression", "loss"):
        why = (
            f"{of.name} {kind} changes how much of the kinase there is, or how active it is, "
            "not how it binds an inhibitor: not scored."
        )
        return Variant(change, "not modelled", f"{of.name} {kind}", why)
    why = f"{change.text!r} cannot be read as a change of a protein."
    return Variant(change, "unclear", text, why)


def _substitution(change: Alteration, of: Kinase, *, fused: bool) -> Variant:
    """Place a substitution of the kinase in its sequence, its domain and its pocket."""
    if not of.complete:
        why = (
            f"Of {of.name} only the letters of the pocket are known here, not its sequence and "
            f"no model: {change.text} cannot be placed, and is not scored."
        )
        return Variant(change, "no sequence", f"{of.name} {change.text}", why)
    try:
        mutation = canonical_variant(change.text, of)
    except MutationError as error:
        raise MutationError(
            f"{of.gene} {change.text} fits no sequence that is known: {error} Check gene, "
            "transcript and number."
        ) from None
    number = int(mutation[1:-1])
    first, last = of.domain or (1, len(of.sequence))
    position = of.klifs(number)
    found = Variant(
        change, "scored", f"{of.name} {mutation}", "", mutation, position, role(position)
    )
    numbered = _numbered(change, mutation, of)
    if not first <= number <= last:
        lost = (
            " In a fusion the part before the kinase domain mostly belongs to the partner, so that "
            "this residue may not be there at all."
            if fused and number < first
            else ""
        )
        why = (
            f"{mutation} lies outside the kinase domain (residues {first} to {last} of UniProt "
            f"{of.uniprot}), far from where the inhibitors bind: not scored. That says nothing of "
            f"what else it may do; it may be a passenger.{lost}{numbered}"
        )
        return replace(found, standing="outside", role="", why=why)
    if position is None:
        why = (
            f"{mutation} lies in the kinase domain (residues {first} to {last}), but outside "
            "the 85 "
            "residues that line the pocket. It is scored where its side chain comes near an "
            f"inhibitor; otherwise there is no call.{numbered}"
        )
    else:
        why = (
            f"{mutation} lies in the pocket: {_place(found.role, position)}. It is "
            f"scored.{numbered}"
        )
    return replace(found, why=why)


def _place(name: str, position: int) -> str:
    """Say where a residue of the pocket is."""
    label = klifs_label(position)
    known = {"gatekeeper", "solvent-front", "hinge", "DFG", "xDFG", "P-loop"}
    if name not in known:
        return f"region {name} of KLIFS (position {label})"
    words = {
        "xDFG": "xDFG, the residue before the DFG motif",
        "solvent-front": "solvent front",
        "DFG": "DFG motif",
    }
    return f"{words.get(name, name)} (KLIFS position {label})"


def _numbered(change: Alteration, mutation: str, of: Kinase) -> str:
    """Say by which numbers the residue is called."""
    number = int(mutation[1:-1])
    if change.position != number:
        used = next((i for i in of.isoforms if change.position == number + i.offset), None)
        by = f" ({used.name} numbering)" if used is not None else ""
        return f" {change.text}{by} is {mutation} by UniProt {of.uniprot}."
    usual = of.literature_isoform
    if usual is None:
        return ""
    return (
        f" Papers mostly write it {mutation[0]}{of.literature(number)}{mutation[-1]} "
        f"({usual.name} numbering)."
    )


def _cut(change: Alteration, of: Kinase) -> str:
    """Say what a chain that ends early means for the kinase domain."""
    what = "is a frameshift" if change.kind == "frameshift" else "is a stop codon"
    if of.domain is None or change.position is None:
        return f"{change.text} {what}: not scored."
    first, last = of.domain
    if change.position <= last:
        where = "before" if change.position < first else "inside"
        return (
            f"{change.text} {what} {where} the kinase domain (residues {first} to {last}): of "
            "this "
            "copy no whole kinase is made, and there is no binding site to score. If a fusion or "
            "another copy drives the tumour, ask about that."
        )
    return (
        f"{change.text} {what} behind the kinase domain (residues {first} to {last}), which stays "
        "whole: not scored."
    )


def _other(change: Alteration, of: Kinase) -> Variant:
    """Judge a change of another gene."""
    text = str(change)
    row = mechanism(change, of)
    if row is None:
        why = (
            f"Nothing is known here of {text} as a way around inhibitors of {of.name}. It may "
            "be a passenger; it is not scored."
        )
        return Variant(change, "other gene", text, why)
    seen = row["seen_with"].split("|")
    whose = f"inhibitors of {' and '.join(seen) if len(seen) < 3 else ', '.join(seen)}"
    elsewhere = "" if of.name in seen else f" It was not found reported for {of.name} itself."
    next_step = f" Reported next: {row['followed_by']}." if row["followed_by"] else ""
    explained = row["explanation"]
    why = (
        f"{text} is a known way around {whose}: {explained} ({row['pathway']}; {row['citation']})."
        f"{elsewhere}{next_step} It is not scored: it leaves the pocket of {of.name} as it is."
    )
    return Variant(change, "off-target", text, why, source=row["source"])
