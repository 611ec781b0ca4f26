"""Residues of one kinase laid along the sequence of another."""

from __future__ import annotations

from ..kinases import Kinase

__all__ = ["align_to"]


def align_to(letters: str, kinase: Kinase) -> tuple[int | None, ...]:
    """Align the residues of a chain with the UniProt sequence of another kinase.

    Parameters
    ----------
    letters : str
        One-letter residues of the chain, in order.
    kinase : Kinase
        The other kinase; its sequence must be known.

    Returns
    -------
    tuple of (int or None)
        UniProt number in the other kinase for each residue; None where it has none.

    References
    ----------
    Local alignment with BLOSUM62 (Henikoff & Henikoff 1992, doi:10.1073/pnas.89.22.10915),
    gap costs 11 and 1.

    Examples
    --------
    >>> from trkstruct.kinases import kinase
    >>> from trkstruct.numbering.homology import align_to
    >>> align_to("VFEYMRHGDLNRFL", kinase("TRKC"))[:3]
    (616, 617, 618)
    """
    from Bio.Align import PairwiseAligner, substitution_matrices

    aligner = PairwiseAligner(mode="local")
    aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
    aligner.open_gap_score, aligner.extend_gap_score = -11.0, -1.0
    best = aligner.align(letters.replace("X", "A"), kinase.sequence)[0]
    out: list[int | None] = [None] * len(letters)
    for (start, stop), (first, _) in zip(*best.aligned, strict=True):
        for offset in range(stop - start):
            out[int(start) + offset] = int(first) + offset + 1
    return tuple(out)
