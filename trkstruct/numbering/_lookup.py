"""From a wild-type letter and a number to the residue that is meant.

The rule is stated at `trkstruct.numbering.Numbering.lookup`; this module holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ..errors import (
    AmbiguousResidueError,
    NumberingError,
    UnresolvedResidueError,
    WildTypeMismatchError,
)
from ..kinases import Isoform, klifs_label
from ..residues import AMINO_ACIDS, ONE_TO_THREE, Finding, ResidueId

if TYPE_CHECKING:
    from .numbering import Numbering

__all__ = ["SCHEMES", "Located", "Scheme", "find"]

Scheme = Literal["auto", "author", "uniprot", "literature", "klifs"]
SCHEMES: Final[tuple[str, ...]] = ("auto", "author", "uniprot", "literature", "klifs")


@dataclass(frozen=True, slots=True)
class Located:
    """Where a wild-type letter and a number lead.

    Parameters
    ----------
    residue : ResidueId
        The resolved residue.
    scheme : str
        The numbering that fitted: ``author``, ``uniprot``, ``klifs``, or the name of
        a literature convention such as ``TRKB-838``.
    finding : Finding or None
        Present if the number is not the residue's number in UniProt or in the
        file, or if the residue is not one of the kinase.
    """

    residue: ResidueId
    scheme: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One reading of a number: a residue that is there, or one that UniProt has."""

    scheme: str
    residue: ResidueId | None
    uniprot: int | None
    letter: str
    expected: str

    @property
    def place(self) -> object:
        return self.residue if self.residue is not None else self.uniprot


def find(
    n: Numbering, wild_type: str, number: int, insertion_code: str, scheme: str, asked: str
) -> Located:
    """Find the resolved residue that a wild-type letter and a number mean.

    Parameters
    ----------
    n : Numbering
        The chain.
    wild_type : str
        One-letter amino acid.
    number : int
        Residue number.
    insertion_code : str
        Insertion code; the number is an author number then.
    scheme : str
        One of `SCHEMES`, or a convention of the kinase.
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
    if wild_type not in AMINO_ACIDS or len(wild_type) != 1:
        raise NumberingError(
            f"{asked}: {wild_type!r} is not one of the twenty amino acids ({AMINO_ACIDS})."
        )
    candidates = _candidates(n, number, insertion_code, scheme)
    first, last = n.span or (1, 0)
    fits = [
        item
        for item in candidates
        if (
            item.letter == wild_type
            if item.residue is not None
            else item.expected == wild_type and first <= (item.uniprot or 0) <= last
        )
    ]
    # Residues that UniProt has with this letter, and the construct with another.
    carried = [
        item
        for item in candidates
        if item.residue is not None and item.expected == wild_type != item.letter
    ]
    places = dict.fromkeys(item.place for item in (*fits, *carried))
    also = ""
    if fits and len(places) > 1:
        if scheme != "literature":
            either = [item for item in candidates if item in fits or item in carried]
            raise _ambiguous(n, asked, wild_type, either)
        # The numbering was given; its conventions are in the order of their use.
        others = [item for item in fits if item.place != fits[0].place]
        fits = [item for item in fits if item.place == fits[0].place]
        also = "; ".join(f"{_described(n, item)} by {_readings([item])}" for item in others)
    if not fits:
        raise _nothing(n, asked, wild_type, number, scheme, candidates, bool(carried))
    if fits[0].residue is None:
        raise _unresolved(n, asked, fits[0])
    return Located(fits[0].residue, fits[0].scheme, _said(n, asked, number, wild_type, fits, also))


# --- the readings of a number ----------------------------------------------------------


def _candidates(n: Numbering, number: int, insertion_code: str, scheme: str) -> list[_Candidate]:
    conventions = n.kinase.isoforms if n.kinase else ()
    if insertion_code:
        # Only a file has insertion codes.
        if scheme not in ("auto", "author"):
            raise NumberingError(
                f"{number}{insertion_code} has an insertion code, which only author numbers have: "
                f"it cannot be read with numbering {scheme!r}."
            )
        return [
            item
            for item in _by_author(n, number)
            if item.residue is not None and item.residue.insertion_code == insertion_code
        ]
    if scheme == "auto":
        found = [*_by_author(n, number), *_as_uniprot(n, "uniprot", number)]
        for item in (item for item in conventions if item.auto):
            found += _as_uniprot(n, item.name, number - item.offset)
        return found
    if scheme == "author":
        return _by_author(n, number)
    named = [item for item in conventions if scheme in (item.name, item.uniprot_id)]
    if scheme not in SCHEMES and not named:
        known = ", ".join((*SCHEMES, *(item.name for item in conventions)))
        raise NumberingError(f"{scheme!r} is not a numbering of {n.label}: use {known}.")
    if n.kinase is None:
        raise NumberingError(
            f"Numbering {scheme!r} needs a known kinase, and {n.label} is none: use author "
            "numbers (numbering 'author' or 'auto')."
        )
    if scheme == "klifs":
        return _as_klifs(n, number)
    if not n.kinase.complete:
        raise NumberingError(
            f"{n.label} was recognised as {n.kinase.name} by its pocket; its sequence is not in "
            f"the package, so numbering {scheme!r} is not available. Use author numbers or KLIFS "
            "positions (numbering 'author' or 'klifs')."
        )
    if scheme == "uniprot":
        return _as_uniprot(n, "uniprot", number)
    if named:
        return _as_uniprot(n, named[0].name, number - named[0].offset)
    usual = n.kinase.literature_isoform
    order: list[Isoform | None] = [usual, *(item for item in conventions if item != usual)]
    return [
        candidate
        for item in order
        for candidate in _as_uniprot(
            n, item.name if item else "uniprot", number - (item.offset if item else 0)
        )
    ]


def _by_author(n: Numbering, number: int) -> list[_Candidate]:
    found = [
        _Candidate("author", residue, n.uniprot(residue), n.letter(residue), _expected(n, residue))
        for residue in n._by_number.get(number, ())
    ]
    if not found and (offset := n.offset) is not None:
        # Not resolved, but the file's own numbering says which residue it would be.
        return _as_uniprot(n, "author", number - offset)
    return found


def _as_uniprot(n: Numbering, scheme: str, number: int) -> list[_Candidate]:
    expected = n.kinase.letter(number) if n.kinase else ""
    if not expected:
        return []
    residue = n.residue(number)
    letter = n.letter(residue) if residue else ""
    return [_Candidate(scheme, residue, number, letter, expected)]


def _as_klifs(n: Numbering, position: int) -> list[_Candidate]:
    assert n.kinase is not None
    number = n.kinase.at_klifs(position)
    residue = n.at_klifs(position)
    expected = n.kinase.pocket[position - 1].replace("-", "")
    if residue is None and not expected:
        return []
    letter = n.letter(residue) if residue else ""
    return [_Candidate("klifs", residue, number, letter, expected)]


def _expected(n: Numbering, residue: ResidueId) -> str:
    """Letter of the canonical sequence, or of the pocket, at a residue."""
    if n.kinase is None:
        return ""
    number, position = n.uniprot(residue), n.klifs(residue)
    if number is not None:
        return n.kinase.letter(number)
    return n.kinase.pocket[position - 1].replace("-", "") if position else ""


# --- messages --------------------------------------------------------------------------

_READ_BY: Final[dict[str, str]] = {
    "author": "the author number of the file",
    "uniprot": "the UniProt number",
    "klifs": "the KLIFS position",
}


def _described(n: Numbering, item: _Candidate) -> str:
    """The residue behind a reading, with its other numbers."""
    uniprot = "" if item.uniprot is None else f"UniProt {item.expected}{item.uniprot}"
    if item.residue is None:
        three = ONE_TO_THREE.get(item.expected, item.expected).capitalize()
        return f"{three} ({uniprot or 'in the pocket'}, not resolved)"
    three = ONE_TO_THREE.get(item.letter, "an unknown residue").capitalize()
    position = n.klifs(item.residue)
    more = [str(item.residue)]
    more += [uniprot] if uniprot else []
    more += [klifs_label(position)] if position else []
    return f"{three} ({', '.join(more)})"


def _readings(items: Iterable[_Candidate]) -> str:
    names = dict.fromkeys(
        _READ_BY.get(item.scheme, f"the {item.scheme} numbering") for item in items
    )
    return " and ".join(names)


def _said(
    n: Numbering,
    asked: str,
    number: int,
    letter: str,
    fits: Sequence[_Candidate],
    also: str = "",
) -> Finding | None:
    residue = fits[0].residue
    assert residue is not None
    uniprot = n.uniprot(residue)
    if residue in n.tags:
        assert n.kinase is not None
        return Finding(
            "mutation-in-tag",
            f"{asked} is residue {residue} of {n.label} by its author number; it belongs to an "
            f"expression tag, not to {n.kinase.name}.",
            "warning",
            residue,
        )
    if residue.number == number and uniprot in (number, None) and not also:
        return None
    canonical = "" if uniprot is None else f", {letter}{uniprot} in UniProt"
    return Finding(
        "numbering-convention",
        f"{asked} was read by {_readings(fits)}: it is residue {residue} of {n.label}{canonical}."
        + (f" It would also fit {also}." if also else ""),
        "choice",
        residue,
    )


def _ambiguous(
    n: Numbering, asked: str, wild_type: str, items: Iterable[_Candidate]
) -> AmbiguousResidueError:
    by_place: dict[object, list[_Candidate]] = {}
    for item in items:
        by_place.setdefault(item.place, []).append(item)
    listed, ways = [], []
    for same in by_place.values():
        item = same[0]
        listed.append(f"{_described(n, item)} by {_readings(same)}")
        position = n.klifs(item.residue) if item.residue else None
        if item.uniprot is not None:
            ways.append(f"{wild_type}{item.uniprot} with numbering 'uniprot'")
        elif position is not None:
            ways.append(f"{wild_type}{position} with numbering 'klifs'")
        elif item.residue is not None:
            code = item.residue.insertion_code
            ways.append(f"{wild_type}{item.residue.number}{code} with numbering 'author'")
    return AmbiguousResidueError(
        f"{asked} fits {len(by_place)} residues of {n.label}: {'; '.join(listed)}. Say which: "
        f"{', or '.join(ways)}."
    )


def _unresolved(n: Numbering, asked: str, item: _Candidate) -> UnresolvedResidueError:
    first, last = n.span or (0, 0)
    number = item.uniprot
    gap = next((gap for gap in n.gaps if number is not None and gap[0] <= number <= gap[1]), None)
    if gap is not None:
        where = f"it lies in the gap {gap[0]}-{gap[1]} (UniProt numbers)"
    elif number is not None and not first <= number <= last:
        where = f"the chain holds residues {first} to {last} (UniProt numbers)"
    else:
        where = "it is missing from the chain"
    name = f"{item.expected}{number}" if number is not None else f"the pocket's {item.expected}"
    kinase = f" of {n.kinase.name}" if n.kinase else ""
    return UnresolvedResidueError(
        f"{asked}: {name}{kinase} has no coordinates in {n.label}; {where}. Use a structure in "
        "which it is resolved."
    )


def _nothing(
    n: Numbering,
    asked: str,
    wild_type: str,
    number: int,
    scheme: str,
    candidates: Sequence[_Candidate],
    carried: bool,
) -> NumberingError | WildTypeMismatchError | UnresolvedResidueError:
    absent = [i for i in candidates if i.residue is None and i.expected == wild_type]
    if absent and not carried:
        return _unresolved(n, asked, absent[0])
    if candidates:
        return _mismatch(n, asked, wild_type, number, scheme, candidates, carried)
    first, last = n.residues[0], n.residues[-1]
    tried = "any numbering" if scheme == "auto" else f"numbering {scheme!r}"
    span = f", {n.kinase.name} {n.span[0]}-{n.span[1]} in UniProt" if n.kinase and n.span else ""
    return NumberingError(
        f"{asked}: {n.label} has no residue {number} in {tried}. It has author numbers "
        f"{first.number}{first.insertion_code} to {last.number}{last.insertion_code}{span}; "
        "`trkstruct pocket` lists the pocket."
    )


def _mismatch(
    n: Numbering,
    asked: str,
    wild_type: str,
    number: int,
    scheme: str,
    candidates: Sequence[_Candidate],
    carried: bool,
) -> WildTypeMismatchError:
    three = ONE_TO_THREE[wild_type].capitalize()
    by_place: dict[object, list[_Candidate]] = {}
    for item in candidates:
        by_place.setdefault(item.place, []).append(item)
    if len(by_place) == 1:
        there = _described(n, candidates[0])
    else:
        there = ", ".join(
            f"{_described(n, same[0])} by {_readings(same)}" for same in by_place.values()
        )
    text = f"{asked}: residue {number} of {n.label} is {there}, not {three}."
    if carried:
        at = [item.residue for item in candidates if item.expected == wild_type]
        listed = ", ".join(str(d) for d in n.differences if d.residue in at)
        text += (
            f" The construct may already carry the mutation (it has {listed}); `trkstruct info` "
            "lists its differences from UniProt."
        )
        return WildTypeMismatchError(text)
    same_letter = sorted(
        (r for r, letter in zip(n.residues, n.letters, strict=True) if letter == wild_type),
        key=lambda r: (abs(r.number - number), r),
    )[:3]
    if same_letter:
        listed = ", ".join(str(r) for r in sorted(same_letter))
        text += f" The nearest {three} by author number: {listed}."
    else:
        text += f" The chain has no {three}."
    if scheme != "auto":
        text += f" Only numbering {scheme!r} was tried; 'auto' tries all."
    return WildTypeMismatchError(text)
