"""From the residues of a chain to UniProt, literature and KLIFS numbers, and back.

Works on residue identifiers and one-letter codes only. The chain's sequence
decides: author numbers help to place residues beside gaps, but a file may be
numbered in any way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from ..errors import NumberingError
from ..kinases import POCKET_SIZE, Kinase, klifs_label
from ..residues import AMINO_ACIDS, Finding, ResidueId
from ._alignment import Match, confirm, recognise
from ._lookup import SCHEMES, Located, Scheme, find

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SCHEMES", "Difference", "Located", "Numbering", "Scheme", "number_chain"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A resolved residue that is another one in the canonical UniProt sequence.

    Parameters
    ----------
    residue : ResidueId
        Where.
    uniprot_position : int or None
        UniProt number; ``None`` for a residue that UniProt does not have, or if
        only the pocket of the kinase is known.
    expected : str
        One letter, or empty for a residue that UniProt does not have.
    found : str
        One letter.
    """

    residue: ResidueId
    uniprot_position: int | None
    expected: str
    found: str

    def __str__(self) -> str:
        if not self.expected:
            return f"{self.found}{self.residue.number}{self.residue.insertion_code} inserted"
        number = self.residue.number if self.uniprot_position is None else self.uniprot_position
        return f"{self.expected}{number}{self.found}"


@dataclass(frozen=True, slots=True)
class Numbering:
    """The numbers of one chain's resolved residues.

    Made by `number_chain`.

    Parameters
    ----------
    kinase : Kinase or None
        The kinase, or ``None`` if the chain is none that is known.
    identity : float
        Identical fraction of the resolved residues that were aligned: to the
        UniProt sequence, or to the pocket where only that is known. 0 without a
        kinase.
    residues : tuple of ResidueId
        Resolved residues in chain order.
    letters : str
        Their one-letter codes.
    uniprot_numbers : tuple of (int or None)
        UniProt number of each residue; ``None`` for tags and insertions.
    klifs_positions : tuple of (int or None)
        KLIFS pocket position of each residue.
    differences : tuple of Difference
        Construct mutations and polymorphisms; tags are not among them.
    tags : tuple of ResidueId
        Residues before the first and behind the last one of the kinase.
    unresolved_pocket : tuple of int
        KLIFS positions without coordinates.
    gaps : tuple of (int, int)
        First and last missing number of each gap inside the chain: UniProt
        numbers where they are known, author numbers otherwise.
    findings : tuple of Finding
        What was noticed and chosen.
    label : str
        What the chain is called in messages, such as ``2XP2 chain A``.
    """

    kinase: Kinase | None
    identity: float
    residues: tuple[ResidueId, ...]
    letters: str
    uniprot_numbers: tuple[int | None, ...] = field(repr=False)
    klifs_positions: tuple[int | None, ...] = field(repr=False)
    differences: tuple[Difference, ...] = ()
    tags: tuple[ResidueId, ...] = ()
    unresolved_pocket: tuple[int, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()
    label: str = "the chain"
    _index: dict[ResidueId, int] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _by_uniprot: dict[int, ResidueId] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _by_klifs: dict[int, ResidueId] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _by_number: dict[int, list[ResidueId]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for i, residue in enumerate(self.residues):
            self._index[residue] = i
            self._by_number.setdefault(residue.number, []).append(residue)
            uniprot, klifs = self.uniprot_numbers[i], self.klifs_positions[i]
            if uniprot is not None:
                self._by_uniprot[uniprot] = residue
            if klifs is not None:
                self._by_klifs[klifs] = residue

    def __repr__(self) -> str:
        name = self.kinase.name if self.kinase else "no known kinase"
        return (
            f"Numbering({self.label}: {name}, {len(self.residues)} residues, "
            f"identity {self.identity:.3f})"
        )

    # --- one residue, four numbers -------------------------------------------------

    def letter(self, residue: ResidueId) -> str:
        """One-letter code of a resolved residue.

        Parameters
        ----------
        residue : ResidueId
            A residue of the chain.

        Returns
        -------
        str
            Empty if the chain has no such residue.
        """
        i = self._index.get(residue)
        return "" if i is None else self.letters[i]

    def uniprot(self, residue: ResidueId) -> int | None:
        """Canonical UniProt number of a residue.

        Parameters
        ----------
        residue : ResidueId
            A residue of the chain.

        Returns
        -------
        int or None
            ``None`` for tags, insertions, residues that are not in the chain, and
            where the kinase's sequence is unknown.
        """
        i = self._index.get(residue)
        return None if i is None else self.uniprot_numbers[i]

    def residue(self, uniprot_position: int) -> ResidueId | None:
        """Resolved residue with a UniProt number.

        Parameters
        ----------
        uniprot_position : int
            Canonical UniProt number.

        Returns
        -------
        ResidueId or None
        """
        return self._by_uniprot.get(uniprot_position)

    def klifs(self, residue: ResidueId) -> int | None:
        """KLIFS pocket position of a residue.

        Parameters
        ----------
        residue : ResidueId
            A residue of the chain.

        Returns
        -------
        int or None
            1 to 85, or ``None`` outside the pocket.
        """
        i = self._index.get(residue)
        return None if i is None else self.klifs_positions[i]

    def at_klifs(self, position: int) -> ResidueId | None:
        """Resolved residue at a KLIFS pocket position.

        Parameters
        ----------
        position : int
            1 to 85.

        Returns
        -------
        ResidueId or None
        """
        return self._by_klifs.get(position)

    def literature(self, residue: ResidueId) -> int | None:
        """Number that papers usually give to a residue.

        Parameters
        ----------
        residue : ResidueId
            A residue of the chain.

        Returns
        -------
        int or None
            TRKB: UniProt + 16; where papers follow UniProt, the UniProt number.
        """
        number = self.uniprot(residue)
        if number is None or self.kinase is None:
            return None
        return self.kinase.literature(number)

    # --- the chain as a whole ------------------------------------------------------

    @property
    def offset(self) -> int | None:
        """Author number minus UniProt number, if it is one number for all residues."""
        seen = {
            residue.number - number
            for residue, number in zip(self.residues, self.uniprot_numbers, strict=True)
            if number is not None
        }
        return seen.pop() if len(seen) == 1 else None

    @property
    def author_offset(self) -> str:
        """How author numbers and UniProt numbers are related, in words."""
        if self.kinase is None or not self._by_uniprot:
            return "not known"
        offset = self.offset
        if offset is None:
            return "author numbers do not follow UniProt"
        if offset == 0:
            return "author numbers are UniProt numbers"
        text = f"author numbers are UniProt {offset:+d}"
        same = [item.name for item in self.kinase.isoforms if item.offset == offset]
        return f"{text} ({same[0]})" if same else text

    @property
    def span(self) -> tuple[int, int] | None:
        """UniProt numbers of the first and last resolved residue of the kinase."""
        return (min(self._by_uniprot), max(self._by_uniprot)) if self._by_uniprot else None

    # --- from a letter and a number to a residue -----------------------------------

    def lookup(
        self,
        wild_type: str,
        number: int,
        scheme: str = "auto",
        *,
        insertion_code: str = "",
        asked: str = "",
    ) -> Located:
        """Find the resolved residue that a wild-type letter and a number mean.

        The rule. In ``auto`` the number is read as author number, as UniProt
        number and in each convention in which resistance mutations of the kinase
        are often given (TRKB +16, TRKA isoform I -6, MET +18); the wild-type letter
        decides.

        - One residue has the letter, perhaps by several readings: it is meant, and
          a finding says so if the number is not its UniProt and author number.
        - Two residues have it: `AmbiguousResidueError` (TRKB L560 and A678; TRKA R593
          and D668). A residue that lies in a gap of the chain counts, as does one that
          the construct carries mutated: absence of coordinates is no reason to mutate
          another residue. Residues outside the construct do not count.
        - None has it: `WildTypeMismatchError` lists what stands there.

        A given scheme is taken as it is, without the others. ``literature`` is the
        convention that papers use (UniProt's unless stated otherwise in the table),
        then the kinase's other conventions. The name or accession of a convention
        (``TRKA-I``, ``P04629-2``) is a scheme, too. KLIFS positions are read only if
        asked for. The letter is compared with the residue in the chain: on a
        construct with L1196M, M1196 is right and L1196 is not.

        Parameters
        ----------
        wild_type : str
            One-letter amino acid.
        number : int
            Residue number.
        scheme : str
            ``auto``, ``author``, ``uniprot``, ``literature``, ``klifs``, or a convention of
            the kinase.
        insertion_code : str
            Insertion code; the number is an author number then.
        asked : str
            The mutation, for messages.

        Returns
        -------
        Located

        Raises
        ------
        AmbiguousResidueError
            If two different residues fit.
        WildTypeMismatchError
            If a residue of that number is there, but it is another amino acid.
        UnresolvedResidueError
            If the residue is one of the kinase but has no coordinates.
        NumberingError
            If no numbering has such a number, or the scheme is unknown.
        """
        asked = asked or f"{wild_type}{number}{insertion_code}"
        return find(self, wild_type, number, insertion_code, scheme, asked)


# --- from residues to a Numbering ------------------------------------------------------


def number_chain(
    residues: Sequence[tuple[ResidueId, str]],
    kinase: Kinase | None = None,
    *,
    label: str = "",
) -> Numbering:
    """Recognise the kinase of a chain and number its residues.

    A kinase whose sequence is known is recognised by alignment to the whole
    sequence, any other of the 348 by alignment to its 85 pocket residues. Author
    numbers only help to place residues beside gaps.

    Parameters
    ----------
    residues : sequence of (ResidueId, str)
        Resolved protein residues of one chain in chain order, with one-letter
        codes; modified residues by their parent, unknown ones as ``X``.
    kinase : Kinase, optional
        The kinase that is meant; found from the sequence if left out.
    label : str
        What to call the chain in messages, such as ``2XP2 chain A``.

    Returns
    -------
    Numbering

    Raises
    ------
    NumberingError
        If there are no residues, if a residue occurs twice, or if the chain is
        not the kinase that was given.

    References
    ----------
    A. J. Kooistra et al., Nucleic Acids Res. 44, D365 (2016), doi:10.1093/nar/gkv1082;
    S. Henikoff and J. G. Henikoff, Proc. Natl. Acad. Sci. USA 89, 10915 (1992),
    doi:10.1073/pnas.89.22.10915.

    Examples
    --------
    >>> from trkstruct.kinases import kinase
    >>> from trkstruct.numbering import number_chain
    >>> from trkstruct.residues import ResidueId
    >>> alk = kinase("ALK")
    >>> chain = [(ResidueId("A", n), alk.letter(n)) for n in range(1096, 1400)]
    >>> numbering = number_chain(chain)
    >>> numbering.kinase.name, numbering.klifs(ResidueId("A", 1196))
    ('ALK', 45)
    """
    ids = tuple(residue for residue, _ in residues)
    letters = "".join(
        letter if letter in AMINO_ACIDS and len(letter) == 1 else "X" for _, letter in residues
    )
    label = label or (f"chain {ids[0].chain}" if ids and ids[0].chain else "the chain")
    if not ids:
        raise NumberingError(
            f"{label} has no resolved protein residues, so there is nothing to number."
        )
    if len(set(ids)) < len(ids):
        seen: set[ResidueId] = set()
        twice = next(item for item in ids if item in seen or seen.add(item))  # type: ignore[func-returns-value]
        raise NumberingError(
            f"Residue {twice} occurs twice in {label}: residue numbers with insertion codes "
            "must be unique within a chain. Renumber the file."
        )
    steps = (0, *(max(0, b.number - a.number) for a, b in pairwise(ids)))
    match: Match | None
    if kinase is not None:
        match, findings = confirm(letters, steps, kinase, label, _substitutions())
    else:
        match, findings = recognise(letters, steps, label, _substitutions())
    return _numbering(ids, letters, label, match, findings)


@lru_cache(maxsize=1)
def _substitutions() -> np.ndarray:
    """BLOSUM62 in the order of `AMINO_ACIDS`, with 0 for unknown residues."""
    import numpy as np
    from Bio.Align import substitution_matrices

    blosum = substitution_matrices.load("BLOSUM62")
    size = len(AMINO_ACIDS)
    matrix = np.zeros((size + 1, size + 1))
    for i, a in enumerate(AMINO_ACIDS):
        for j, b in enumerate(AMINO_ACIDS):
            matrix[i, j] = blosum[a, b]
    matrix.flags.writeable = False
    return matrix


def _missing(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    return tuple((a + 1, b - 1) for a, b in pairwise(numbers) if b > a + 1)


def _numbering(
    ids: tuple[ResidueId, ...],
    letters: str,
    label: str,
    match: Match | None,
    findings: list[Finding],
) -> Numbering:
    if match is None:
        none = (None,) * len(ids)
        return Numbering(
            None, 0.0, ids, letters, none, none,
            gaps=_missing(item.number for item in ids), findings=tuple(findings), label=label,
        )  # fmt: skip
    kinase = match.kinase
    known = kinase.complete
    inside = [
        i
        for i in range(len(ids))
        if (match.numbers[i] if known else match.positions[i]) is not None
    ]
    tags = tuple(ids[i] for i in (*range(inside[0]), *range(inside[-1] + 1, len(ids))))
    differences = []
    for i in range(inside[0], inside[-1] + 1):
        number, position = match.numbers[i], match.positions[i]
        if known:
            expected = "" if number is None else kinase.letter(number)
        elif position is None:
            continue
        else:
            expected = kinase.pocket[position - 1]
        if letters[i] not in (expected, "X"):
            differences.append(Difference(ids[i], number, expected, letters[i]))
    resolved = {position for position in match.positions if position is not None}
    numbering = Numbering(
        kinase=kinase,
        identity=match.identity,
        residues=ids,
        letters=letters,
        uniprot_numbers=match.numbers,
        klifs_positions=match.positions,
        differences=tuple(differences),
        tags=tags if known else (),
        unresolved_pocket=tuple(
            position
            for position in range(1, POCKET_SIZE + 1)
            if kinase.pocket[position - 1] != "-" and position not in resolved
        ),
        gaps=_missing(
            [number for number in match.numbers if number is not None]
            if known
            else [item.number for item in ids]
        ),
        label=label,
    )
    return replace(numbering, findings=(*findings, *_findings(numbering)))


def _findings(numbering: Numbering) -> list[Finding]:
    """What a reader of the numbers should know."""
    kinase, label = numbering.kinase, numbering.label
    assert kinase is not None
    found = []
    if not kinase.complete:
        found.append(
            Finding(
                "kinase-by-pocket",
                f"{label} was recognised as {kinase.name} ({kinase.gene}) by its pocket; its "
                "sequence is not in the package, so residues go by author numbers and KLIFS "
                "positions.",
            )
        )
    elif numbering.offset != 0:
        found.append(
            Finding(
                "author-numbering",
                f"In {label} {numbering.author_offset}: write UniProt or author numbers, the "
                "wild-type letter decides.",
            )
        )
    if numbering.differences:
        listed = ", ".join(str(item) for item in numbering.differences)
        found.append(
            Finding(
                "construct-differences",
                f"{label} differs from {kinase.name} in UniProt {kinase.uniprot}: {listed}.",
                "warning",
            )
        )
    if numbering.tags:
        tag = set(numbering.tags)
        spelled = "".join(
            letter
            for residue, letter in zip(numbering.residues, numbering.letters, strict=True)
            if residue in tag
        )
        found.append(
            Finding(
                "expression-tag",
                f"{len(numbering.tags)} residues of {label} ({spelled}, "
                f"{numbering.tags[0]} to {numbering.tags[-1]}) belong to no {kinase.name} "
                "sequence: an expression tag; they have no UniProt number.",
            )
        )
    if numbering.unresolved_pocket:
        listed = ", ".join(klifs_label(position) for position in numbering.unresolved_pocket)
        found.append(
            Finding(
                "pocket-unresolved",
                f"{len(numbering.unresolved_pocket)} of the pocket's residues have no "
                f"coordinates in {label}: {listed}.",
                "warning",
            )
        )
    return found
