"""What a question in words says: a kinase, a fusion, its changes, treatments, and what else."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..kinases import Kinase

__all__ = ["Alteration", "Fusion", "Question"]


@dataclass(frozen=True, slots=True)
class Fusion:
    """A gene fusion with a kinase.

    Parameters
    ----------
    partner : str
        Symbol of the other gene; empty if it was not named.
    gene : str
        Gene of the kinase.
    text : str
        The fusion as it was written; not part of equality.
    """

    partner: str
    gene: str
    text: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.partner}::{self.gene}" if self.partner else f"{self.gene} fusion"


@dataclass(frozen=True, slots=True)
class Alteration:
    """A change that a question names, read but not yet judged.

    Parameters
    ----------
    gene : str
        Its gene, by the kinase's gene symbol where it is one; empty if the text leaves it open.
    kind : str
        ``substitution``, ``silent``, ``frameshift``, ``stop``, ``deletion``, ``insertion``,
        ``duplication``, ``deletion with insertion``, ``extension``, ``start``, ``incomplete``,
        ``several``, ``DNA``, ``unreadable``; or an event of the whole gene: ``amplification``,
        ``activation``, ``overexpression``, ``loss``, ``mutation``, ``exon 14 skipping``,
        ``fusion``, ``wild type``.
    text : str
        The change as it was written, without the gene; a substitution in one-letter form.
    wild_type, mutant : str
        One-letter residues; empty if the kind has none.
    position : int or None
        The residue number that was given.
    """

    gene: str
    kind: str
    text: str
    wild_type: str = ""
    position: int | None = None
    mutant: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.gene, self.text) if part)


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, read.

    Parameters
    ----------
    text : str
        The question as it was asked; not part of equality.
    kinase : Kinase
        The kinase that it is about.
    fusion : Fusion or None
        The fusion that carries the kinase.
    alterations : tuple of Alteration
        Everything that the text says is changed, in its order.
    prior : tuple of str
        Inhibitors that were given before, by their names in the library.
    joined : bool
        True if the substitutions were joined by ``+``, which puts them on one molecule.
    accessions : tuple of str
        Reference sequences that the text names.
    unread : tuple of str
        Words that nothing was made of.
    """

    text: str = field(compare=False)
    kinase: Kinase
    fusion: Fusion | None = None
    alterations: tuple[Alteration, ...] = ()
    prior: tuple[str, ...] = ()
    joined: bool = False
    accessions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        own = [a for a in self.alterations if a.gene == self.kinase.gene]
        other = [a for a in self.alterations if a.gene != self.kinase.gene]
        parts = [str(self.fusion)] if self.fusion else []
        if own:
            parts.append(f"{self.kinase.gene} {'+'.join(a.text for a in own)}")
        elif not parts:
            parts.append(self.kinase.gene)
        parts += [str(a) for a in other]
        after = f" after {' and '.join(self.prior)}" if self.prior else ""
        return ", ".join(parts) + after
