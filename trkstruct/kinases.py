"""Kinases: names, sequences, isoforms, and the 85 pocket positions of KLIFS.

What is known of a kinase is data (`reference/data/kinases.csv`); nothing here
branches on a kinase's name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from . import reference
from .errors import NumberingError

__all__ = [
    "POCKET_SIZE",
    "Isoform",
    "Kinase",
    "kinase",
    "kinases",
    "klifs_label",
    "klifs_region",
    "named",
    "role",
    "roles",
]

POCKET_SIZE: Final[int] = 85


@dataclass(frozen=True, slots=True)
class Isoform:
    """A numbering convention of a kinase other than its canonical UniProt sequence.

    Parameters
    ----------
    name : str
        What the convention is called, such as ``TRKA-I``.
    uniprot_id : str
        Isoform accession (``P04629-2``), or empty if the convention has none.
    length : int
        Residues in the isoform; 0 if the convention is not an isoform.
    offset : int
        Number in this convention minus canonical UniProt number, within the
        kinase domain.
    literature : bool
        True if this convention, not UniProt's, is the one papers usually use.
    auto : bool
        True if numbers of resistance mutations are often given so: a number is
        then read by this convention beside UniProt's.
    source : str
        Where the convention is documented.
    note : str
        A sentence for the reader.
    """

    name: str
    uniprot_id: str
    length: int
    offset: int
    literature: bool = False
    auto: bool = False
    source: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} (UniProt number {self.offset:+d})"


@dataclass(frozen=True, slots=True)
class Kinase:
    """A human protein kinase.

    Parameters
    ----------
    gene : str
        HGNC gene symbol, such as ``NTRK1``.
    name : str
        Short protein name, such as ``TRKA``; unique.
    uniprot : str
        UniProt accession.
    group : str
        Kinase group (``TK``, ``AGC``, ...), or empty.
    pocket : str
        One letter for each of the 85 KLIFS pocket positions, ``-`` for a gap.
    synonyms : tuple of str
        Other names.
    sequence : str
        Canonical UniProt sequence, or empty if only the pocket is known.
    isoforms : tuple of Isoform
        Numbering conventions other than the canonical one.
    pocket_numbers : tuple of (int or None)
        UniProt number of each pocket position; ``None`` for gaps, and
        throughout if only the pocket letters are known.
    domain : tuple of int or None
        First and last UniProt residue of the kinase domain.

    Examples
    --------
    >>> from trkstruct.kinases import kinase
    >>> trka = kinase("TRKA")
    >>> trka.gene, trka.landmarks["gatekeeper"], trka.letter(589)
    ('NTRK1', 589, 'F')
    >>> kinase("TRKB").literature(623)
    639
    """

    gene: str
    name: str
    uniprot: str
    group: str
    pocket: str
    synonyms: tuple[str, ...] = ()
    sequence: str = field(default="", repr=False)
    isoforms: tuple[Isoform, ...] = ()
    pocket_numbers: tuple[int | None, ...] = field(default=(None,) * POCKET_SIZE, repr=False)
    domain: tuple[int, int] | None = None

    def __repr__(self) -> str:
        known = "complete" if self.complete else "pocket only"
        return f"Kinase({self.name}, {self.gene}, {self.uniprot}, {known})"

    @property
    def complete(self) -> bool:
        """Whether sequence and pocket numbers are known, not only the pocket's letters."""
        return bool(self.sequence)

    @property
    def landmarks(self) -> Mapping[str, int]:
        """UniProt numbers of the pocket's named residues; empty if the sequence is unknown."""
        found = {
            row["landmark"]: self.at_klifs(int(row["klifs_position"]))
            for row in reference.read_csv("landmarks.csv")
        }
        return MappingProxyType({name: n for name, n in found.items() if n is not None})

    @property
    def literature_isoform(self) -> Isoform | None:
        """The convention that papers use in place of UniProt's, if there is one."""
        return next((isoform for isoform in self.isoforms if isoform.literature), None)

    def literature(self, uniprot_number: int) -> int:
        """Number that papers usually give to a residue.

        Parameters
        ----------
        uniprot_number : int
            Canonical UniProt number, within the kinase domain.

        Returns
        -------
        int
        """
        usual = self.literature_isoform
        return uniprot_number + (usual.offset if usual else 0)

    def letter(self, uniprot_number: int) -> str:
        """One-letter residue of the canonical sequence.

        Parameters
        ----------
        uniprot_number : int
            Canonical UniProt number, from 1.

        Returns
        -------
        str
            Empty if the sequence is unknown or has no such residue.
        """
        if 1 <= uniprot_number <= len(self.sequence):
            return self.sequence[uniprot_number - 1]
        return ""

    def at_klifs(self, position: int) -> int | None:
        """UniProt number of a pocket position.

        Parameters
        ----------
        position : int
            KLIFS pocket position, 1 to 85.

        Returns
        -------
        int or None
            ``None`` for a gap, or if only the pocket letters are known.

        Raises
        ------
        NumberingError
            If the position is not 1 to 85.
        """
        return self.pocket_numbers[_checked(position) - 1]

    def klifs(self, uniprot_number: int) -> int | None:
        """KLIFS pocket position of a residue.

        Parameters
        ----------
        uniprot_number : int
            Canonical UniProt number.

        Returns
        -------
        int or None
            1 to 85, or ``None`` outside the pocket.
        """
        try:
            return self.pocket_numbers.index(uniprot_number) + 1
        except ValueError:
            return None


def _checked(position: int) -> int:
    if not 1 <= position <= POCKET_SIZE:
        raise NumberingError(
            f"KLIFS position {position} does not exist: the pocket has positions 1 to "
            f"{POCKET_SIZE}."
        )
    return position


def klifs_region(position: int) -> str:
    """Pocket region of a KLIFS position.

    Parameters
    ----------
    position : int
        1 to 85.

    Returns
    -------
    str
        ``I``, ``g.l``, ``II``, ``III``, ``alphaC``, ``b.l``, ``IV``, ``V``, ``GK``,
        ``hinge``, ``linker``, ``alphaD``, ``alphaE``, ``VI``, ``c.l``, ``VII``,
        ``VIII``, ``xDFG`` or ``a.l``.

    Raises
    ------
    NumberingError
        If the position is not 1 to 85.

    References
    ----------
    O. P. J. van Linden et al., J. Med. Chem. 57, 249 (2014),
    doi:10.1021/jm400378w; A. J. Kooistra et al., Nucleic Acids Res. 44, D365
    (2016), doi:10.1093/nar/gkv1082.

    Examples
    --------
    >>> from trkstruct.kinases import klifs_region
    >>> klifs_region(51), klifs_region(80)
    ('linker', 'xDFG')
    """
    return reference.read_csv("klifs_positions.csv")[_checked(position) - 1]["region"]


def klifs_label(position: int) -> str:
    """Region and position together, as KLIFS writes them.

    Parameters
    ----------
    position : int
        1 to 85.

    Returns
    -------
    str

    Raises
    ------
    NumberingError
        If the position is not 1 to 85.

    Examples
    --------
    >>> from trkstruct.kinases import klifs_label
    >>> klifs_label(45)
    'GK.45'
    """
    return f"{klifs_region(position)}.{position}"


def role(position: int | None) -> str:
    """What a pocket position is called where resistance is discussed.

    Parameters
    ----------
    position : int or None
        KLIFS position, or ``None`` for a residue outside the pocket.

    Returns
    -------
    str
        ``gatekeeper`` (45), ``hinge`` (46-48), ``solvent-front`` (50-52), ``xDFG``
        (80), ``DFG`` (81-83), ``P-loop`` (4-9), otherwise the KLIFS region;
        ``outside pocket`` for ``None``.

    Raises
    ------
    NumberingError
        If the position is not 1 to 85.

    Examples
    --------
    >>> from trkstruct.kinases import role
    >>> role(45), role(51), role(80), role(None)
    ('gatekeeper', 'solvent-front', 'xDFG', 'outside pocket')
    """
    if position is None:
        return "outside pocket"
    return reference.read_csv("klifs_positions.csv")[_checked(position) - 1]["role"]


@lru_cache(maxsize=1)
def roles() -> tuple[str, ...]:
    """All roles, in the order of the pocket.

    Returns
    -------
    tuple of str
        Each name that `role` gives, ``outside pocket`` last.
    """
    found = dict.fromkeys(row["role"] for row in reference.read_csv("klifs_positions.csv"))
    return (*found, role(None))


@lru_cache(maxsize=1)
def kinases() -> tuple[Kinase, ...]:
    """All kinases that the package knows.

    Returns
    -------
    tuple of Kinase
        Those with sequence and numbers first.
    """
    conventions: dict[str, list[Isoform]] = {}
    for row in reference.read_csv("kinase_isoforms.csv"):
        conventions.setdefault(row["kinase"], []).append(
            Isoform(
                name=row["name"],
                uniprot_id=row["uniprot_id"],
                length=int(row["length"] or 0),
                offset=int(row["offset"]),
                literature=row["literature"] == "yes",
                auto=row["auto"] == "yes",
                source=row["source"],
                note=row["note"],
            )
        )
    return tuple(
        Kinase(
            gene=row["gene"],
            name=row["name"],
            uniprot=row["uniprot"],
            group=row["group"],
            pocket=row["pocket"],
            synonyms=tuple(row["synonyms"].split("|")) if row["synonyms"] else (),
            sequence=row["sequence"],
            isoforms=tuple(conventions.get(row["name"], ())),
            pocket_numbers=_numbers(row["pocket_numbers"]),
            domain=_domain(row["domain"]),
        )
        for row in reference.read_csv("kinases.csv.gz")
    )


def _numbers(text: str) -> tuple[int | None, ...]:
    if not text:
        return (None,) * POCKET_SIZE
    return tuple(None if word == "-" else int(word) for word in text.split())


def _domain(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    first, last = text.split("-")
    return int(first), int(last)


def _key(name: str) -> str:
    # c-MET, cMet and C MET are one name; Greek letters are spelled out in the table.
    return re.sub(r"[\s_\-./()]", "", name).casefold()


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, tuple[Kinase, ...]]:
    found: dict[str, dict[Kinase, None]] = {}
    for item in kinases():
        for name in (item.name, item.gene, item.uniprot, *item.synonyms):
            found.setdefault(_key(name), {})[item] = None
    return MappingProxyType({key: tuple(items) for key, items in found.items()})


def named(name: str) -> tuple[Kinase, ...]:
    """Find the kinases that a word may name, without an error if there is none.

    Parameters
    ----------
    name : str
        As in `kinase`.

    Returns
    -------
    tuple of Kinase
        One; none; or two, of a protein with two kinase domains.

    Examples
    --------
    >>> from trkstruct.kinases import named
    >>> [item.gene for item in named("TRK-C")], named("banana")
    (['NTRK3'], ())
    """
    return _by_name().get(_key(name), ())


def kinase(name: str) -> Kinase:
    """Find a kinase by any of its names.

    Parameters
    ----------
    name : str
        Gene, protein name, synonym or UniProt accession; case, spaces and
        hyphens do not matter.

    Returns
    -------
    Kinase

    Raises
    ------
    NumberingError
        If no kinase has that name (near matches are listed), or two have
        (the two kinase domains of one protein).

    Examples
    --------
    >>> from trkstruct.kinases import kinase
    >>> kinase("c-MET").uniprot, kinase("ntrk3").name, kinase("P08922").name
    ('P08581', 'TRKC', 'ROS1')
    """
    found = _by_name().get(_key(name), ())
    if len(found) == 1:
        return found[0]
    if found:
        raise NumberingError(
            f"{name!r} has {len(found)} kinase domains: "
            f"{', '.join(item.name for item in found)}. Give one of these names."
        )
    near = difflib.get_close_matches(_key(name), list(_by_name()), n=4, cutoff=0.6)
    listed = list(dict.fromkeys(item.name for key in near for item in _by_name()[key]))
    hint = f"Near matches: {', '.join(listed)}." if listed else "Nothing comes near it."
    complete = ", ".join(item.name for item in kinases() if item.complete)
    raise NumberingError(
        f"No kinase is called {name!r}. {hint} Known in full are {complete}; "
        f"{len(kinases())} human kinases are known by their pocket. Give a gene, a protein "
        "name or a UniProt accession."
    )
