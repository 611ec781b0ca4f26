"""How far an amino acid is from another in nucleotides: the gene's codon where it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .errors import DataError, MutationError
from .kinases import kinase
from .reference import read_csv
from .residues import AMINO_ACIDS

if TYPE_CHECKING:
    from .kinases import Kinase

__all__ = ["Codon", "Reach", "codon_of", "codons_for", "nucleotide_changes", "reach"]

#: Exchanges of a purine for the other, or a pyrimidine for the other.
_TRANSITIONS: Final = frozenset({"AG", "GA", "CT", "TC"})


@lru_cache(maxsize=1)
def codons_for() -> Mapping[str, tuple[str, ...]]:
    """Codons of each amino acid.

    Returns
    -------
    mapping of str to tuple of str
        One-letter amino acid to codons.
    """
    found: dict[str, list[str]] = {}
    for row in read_csv("genetic_code.csv"):
        found.setdefault(row["amino_acid"], []).append(row["codon"])
    return {letter: tuple(codons) for letter, codons in found.items()}


@dataclass(frozen=True, slots=True)
class Codon:
    """The codon that a gene has at a residue.

    Parameters
    ----------
    bases : str
        The three bases, of the coding strand.
    source : str
        Where it was read.
    """

    bases: str
    source: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How an amino acid is reached.

    Parameters
    ----------
    changes : int
        Nucleotides that must change: 0 to 3.
    example : str
        Codon before and after, ``GGG>AGG``; empty where the gene's codon is not known. Of several
        with as few changes the one with most transitions, then the first in the alphabet.
    basis : str
        ``gene``: from the gene's codon. ``genetic code``: from whichever codon of the amino acid
        is nearest, so that the gene may need more.
    codon : str
        The gene's codon; empty where it is not known.
    source : str
        Where the codon was read; empty where it is not known.
    """

    changes: int
    example: str
    basis: str
    codon: str = ""
    source: str = ""


@lru_cache(maxsize=1)
def _sequences() -> Mapping[str, tuple[int, str, str]]:
    """First residue, sequence and source by UniProt accession, each held to the protein."""
    found = {}
    letter_of = {codon: letter for letter, codons in codons_for().items() for codon in codons}
    for row in read_csv("coding_sequences.csv"):
        first, bases = int(row["first_residue"]), row["sequence"]
        of = kinase(row["gene"])
        read = "".join(letter_of.get(bases[i : i + 3], "?") for i in range(0, len(bases), 3))
        there = of.sequence[first - 1 : first - 1 + len(read)]
        if read != there or of.uniprot != row["uniprot"]:
            raise DataError(
                f"coding_sequences.csv: the sequence of {row['gene']} does not code for residues "
                f"{first} to {first + len(read) - 1} of {of.uniprot}. The table is damaged."
            )
        found[row["uniprot"]] = first, bases, row["source"]
    return found


def codon_of(of: Kinase | None, position: int | None) -> Codon | None:
    """Look up the codon that a gene has at a residue.

    Parameters
    ----------
    of : Kinase or None
        The kinase.
    position : int or None
        UniProt number of the residue.

    Returns
    -------
    Codon or None
        None where it is not known.

    Raises
    ------
    DataError
        If the table of sequences is damaged.

    Examples
    --------
    >>> from trkstruct._codons import codon_of
    >>> from trkstruct.kinases import kinase
    >>> codon_of(kinase("TRKA"), 595).bases
    'GGG'
    """
    if of is None or position is None or of.uniprot not in _sequences():
        return None
    first, bases, source = _sequences()[of.uniprot]
    start = 3 * (position - first)
    if not 0 <= start < len(bases):
        return None
    return Codon(bases[start : start + 3], source)


def _differences(one: str, two: str) -> int:
    return sum(a != b for a, b in zip(one, two, strict=True))


def _known(*letters: str) -> None:
    for letter in letters:
        if letter not in codons_for():
            raise MutationError(f"{letter!r} is none of the twenty amino acids {AMINO_ACIDS}.")


def nucleotide_changes(wild_type: str, mutant: str) -> int:
    """Count the nucleotides that must change at least to make one amino acid another.

    The count is over all codons of the wild type: the codon that a gene really has may need
    more, never fewer.

    Parameters
    ----------
    wild_type : str
        One-letter amino acid.
    mutant : str
        One-letter amino acid.

    Returns
    -------
    int
        0 to 3.

    Raises
    ------
    MutationError
        If one of the letters is no amino acid.

    Examples
    --------
    >>> from trkstruct.scans import nucleotide_changes
    >>> nucleotide_changes("G", "R"), nucleotide_changes("G", "K"), nucleotide_changes("M", "W")
    (1, 2, 2)
    """
    _known(wild_type, mutant)
    return min(
        _differences(one, two)
        for one in codons_for()[wild_type]
        for two in codons_for()[mutant]
    )  # fmt: skip


def reach(wild_type: str, mutant: str, codon: Codon | None = None) -> Reach:
    """Say how an amino acid is reached from another.

    Parameters
    ----------
    wild_type : str
        One-letter amino acid.
    mutant : str
        One-letter amino acid.
    codon : Codon, optional
        The gene's codon; used if it codes for `wild_type`, which a construct may have changed.

    Returns
    -------
    Reach

    Raises
    ------
    MutationError
        If one of the letters is no amino acid.

    Examples
    --------
    >>> from trkstruct._codons import Codon, reach
    >>> reach("G", "R", Codon("GGG", "a source")).example
    'GGG>AGG'
    >>> reach("G", "R").basis
    'genetic code'
    """
    _known(wild_type, mutant)
    if codon is None or codon.bases not in codons_for()[wild_type]:
        return Reach(nucleotide_changes(wild_type, mutant), "", "genetic code")

    def cost(other: str) -> tuple[int, int, str]:
        pairs = [a + b for a, b in zip(codon.bases, other, strict=True) if a != b]
        return len(pairs), sum(pair not in _TRANSITIONS for pair in pairs), other

    nearest = min(codons_for()[mutant], key=cost)
    return Reach(
        _differences(codon.bases, nearest),
        f"{codon.bases}>{nearest}",
        "gene",
        codon.bases,
        codon.source,
    )
