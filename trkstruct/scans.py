"""Scans: every other amino acid at every pocket position of a complex."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from .errors import MutationError, PlanError
from .kinases import POCKET_SIZE
from .panels import CrossResistance, Progress
from .plans import PlanRow
from .reference import read_csv
from .residues import AMINO_ACIDS, Finding
from .screening import run

if TYPE_CHECKING:
    from .complexes import Complex

__all__ = ["nucleotide_changes", "scan"]


@lru_cache(maxsize=1)
def _codons() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in read_csv("genetic_code.csv"):
        found.setdefault(row["amino_acid"], []).append(row["codon"])
    return {letter: tuple(codons) for letter, codons in found.items()}


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
    codons = _codons()
    for letter in (wild_type, mutant):
        if letter not in codons:
            raise MutationError(f"{letter!r} is none of the twenty amino acids {AMINO_ACIDS}.")
    return min(
        sum(a != b for a, b in zip(one, two, strict=True))
        for one in codons[wild_type]
        for two in codons[mutant]
    )


def scan(
    complex_: Complex,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    rigid: bool = False,
    seed: int = 0,
) -> CrossResistance:
    """Put every other amino acid at every resolved pocket position of a complex.

    Parameters
    ----------
    complex_ : Complex
        The complex; its chain must be a known kinase.
    jobs : int, default 1
        Worker processes.
    progress : callable, optional
        Called with the rows that are done and the rows in all.
    rigid : bool, default False
        Take the best pose alone, in one structure.
    seed : int, default 0
        Seed of whatever is random.

    Returns
    -------
    CrossResistance
        Nineteen rows a position, in the order of the pocket, with the further column
        ``nucleotide_changes_min``; see `nucleotide_changes`.

    Raises
    ------
    PlanError
        If the chain is no known kinase, so that it has no pocket positions.
    """
    numbering = complex_.numbering
    if numbering.kinase is None:
        raise PlanError(
            f"Chain {complex_.chain} of {complex_.structure.name} is no kinase that is known: it "
            "has no numbered pocket to scan."
        )
    letters = dict(zip(numbering.residues, numbering.letters, strict=True))
    rows: list[PlanRow] = []
    changes: list[int] = []
    notes: list[Finding] = []
    for position in range(1, POCKET_SIZE + 1):
        residue = numbering.at_klifs(position)
        if residue is None:
            if numbering.kinase.pocket[position - 1] != "-":
                message = f"Pocket position {position} is not resolved and is not scanned."
                notes.append(Finding("unresolved-position", message))
            continue
        wild_type = letters[residue]
        for mutant in AMINO_ACIDS.replace(wild_type, ""):
            rows.append(
                PlanRow(
                    structure=complex_.structure,
                    mutation=f"{wild_type}{residue.number}{residue.insertion_code}{mutant}",
                    row=len(rows) + 1,
                    chain=complex_.chain,
                    numbering="author",
                    label=complex_.structure.name,
                    rigid=rigid,
                    seed=seed,
                )
            )
            changes.append(nucleotide_changes(wild_type, mutant))
    done = 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, len(rows))

    answers = run(
        rows, jobs=jobs, complexes={rows[0].complex_key: complex_} if rows else None, progress=count
    )
    extended = tuple(
        {**answer, "nucleotide_changes_min": n} for answer, n in zip(answers, changes, strict=True)
    )
    return CrossResistance(extended, tuple(notes))
