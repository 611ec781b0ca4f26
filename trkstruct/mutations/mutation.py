"""Substitutions: reading and writing them, their role, their place in a structure.

Only substitutions are modelled. What else a mutation text may say (deletions,
frameshifts, stop codons, ...) is recognised in order to be refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import MutationError
from ..kinases import Kinase, kinase, kinases, role
from ..numbering import Numbering
from ..residues import AMINO_ACIDS, ONE_TO_THREE, Finding, ResidueId
from ._catalogue import CatalogueRow, catalogue, expand
from ._notation import Mutation, parse

__all__ = [
    "CatalogueRow",
    "Mutation",
    "MutationSet",
    "Site",
    "all_substitutions",
    "catalogue",
    "expand",
    "paralogues",
]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a substitution falls in a chain.

    Parameters
    ----------
    residue : ResidueId
        The residue in the file.
    wild_type : str
        One-letter amino acid that stands there.
    mutant : str
        One-letter amino acid that is put there.
    mutation : Mutation
        The substitution as it was asked.
    uniprot_position : int or None
        UniProt number, where the kinase's sequence is known.
    literature_position : int or None
        Number that papers usually give to the residue.
    klifs_position : int or None
        KLIFS pocket position.
    role : str
        What the position is called; empty if the chain is no known kinase.
    scheme : str
        The numbering by which the residue was found.
    kinase : Kinase or None
        The kinase of the chain.
    findings : tuple of Finding
        What was noticed and chosen.
    """

    residue: ResidueId
    wild_type: str
    mutant: str
    mutation: Mutation
    uniprot_position: int | None = None
    literature_position: int | None = None
    klifs_position: int | None = None
    role: str = ""
    scheme: str = ""
    kinase: Kinase | None = None
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return f"{self.wild_type}{self.residue.number}{self.residue.insertion_code}{self.mutant}"

    @property
    def uniprot_text(self) -> str:
        """The substitution with its UniProt number, or empty if that is unknown."""
        if self.uniprot_position is None:
            return ""
        return f"{self.wild_type}{self.uniprot_position}{self.mutant}"


@dataclass(frozen=True, slots=True)
class MutationSet:
    """One or several substitutions that are present together.

    Parameters
    ----------
    mutations : tuple of Mutation
        At least one, each at another position, all of one kinase.
    text : str
        The text as it was given; not part of equality.

    Raises
    ------
    MutationError
        If there is none, or a position is named twice, or two kinases are named.

    Examples
    --------
    >>> from trkstruct.mutations import MutationSet
    >>> str(MutationSet.parse("ETV6-NTRK3 p.Gly623Arg"))
    'TRKC G623R'
    >>> [str(item) for item in MutationSet.parse("G595R+F589L")]
    ['G595R', 'F589L']
    """

    mutations: tuple[Mutation, ...]
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        shown = self.text or str(self)
        if not self.mutations:
            raise MutationError("A mutation set needs at least one substitution; none was given.")
        names = list(dict.fromkeys(item.kinase for item in self.mutations))
        if len(names) > 1:
            raise MutationError(
                f"{shown!r} names {len(names)} kinases ({', '.join(str(n) for n in names)}): "
                "substitutions that are joined must be of one kinase. Ask for each alone."
            )
        places = [(item.position, item.insertion_code) for item in self.mutations]
        twice = next((place for place in places if places.count(place) > 1), None)
        if twice is not None:
            raise MutationError(
                f"{shown!r} names residue {twice[0]}{twice[1]} twice: a residue can be exchanged "
                "for one other. Ask for each substitution alone."
            )

    def __str__(self) -> str:
        prefix = f"{self.kinase} " if self.kinase else ""
        return prefix + "+".join(item.short for item in self.mutations)

    def __iter__(self) -> Iterator[Mutation]:
        return iter(self.mutations)

    def __len__(self) -> int:
        return len(self.mutations)

    @property
    def kinase(self) -> str | None:
        """Name of the kinase, if the text gave one."""
        return self.mutations[0].kinase if self.mutations else None

    @classmethod
    def parse(cls, text: str) -> MutationSet:
        """Read substitutions, several joined by ``+``.

        Parameters
        ----------
        text : str
            ``G595R``, ``p.Gly595Arg``, ``p.(Gly595Arg)``, ``NTRK1 p.G595R``,
            ``TRKA G595R``, ``ETV6-NTRK3 G623R`` (the fusion's kinase is meant),
            ``TRKA G595R+F589L``, ``p.[Gly595Arg;Phe589Leu]``.

        Returns
        -------
        MutationSet

        Raises
        ------
        MutationError
            If the text is not of this form, or is a deletion, insertion,
            duplication, frameshift, stop codon, silent change, DNA change or role.
        """
        return cls(parse(text), text=text.strip())

    def locate(self, numbering: Numbering, scheme: str = "auto") -> tuple[Site, ...]:
        """Find the residues of a chain that are meant.

        Parameters
        ----------
        numbering : Numbering
            The chain.
        scheme : str
            As in `Numbering.lookup`: ``auto``, ``author``, ``uniprot``, ``literature``,
            ``klifs``, or a convention of the kinase.

        Returns
        -------
        tuple of Site
            One for each substitution, in their order.

        Raises
        ------
        MutationError
            If the substitutions are of another kinase than the chain, or two of
            them are of the same residue.
        WildTypeMismatchError
            If another amino acid stands there.
        UnresolvedResidueError
            If the residue has no coordinates.
        AmbiguousResidueError
            If a number fits two residues.
        NumberingError
            If a number fits no residue.
        """
        chain = numbering.kinase
        common: list[Finding] = []
        if self.kinase is not None:
            if chain is None:
                common.append(
                    Finding(
                        "kinase-not-confirmed",
                        f"{self} names {self.kinase}; {numbering.label} is no kinase that is "
                        "known, so this cannot be confirmed.",
                        "warning",
                    )
                )
            elif chain.name != self.kinase:
                raise MutationError(
                    f"{self} is a mutation of {self.kinase}, but {numbering.label} is "
                    f"{chain.name}. Give a structure of {self.kinase}, or the mutation of "
                    f"{chain.name}."
                )
        sites = tuple(_site(item, numbering, scheme, tuple(common)) for item in self.mutations)
        by_residue: dict[ResidueId, Site] = {}
        for site in sites:
            other = by_residue.setdefault(site.residue, site)
            if other is not site:
                raise MutationError(
                    f"{self}: {other.mutation.short} and {site.mutation.short} are the same "
                    f"residue, {site.residue} of {numbering.label}. Give one of them."
                )
        return sites


def _three(letter: str) -> str:
    return ONE_TO_THREE[letter].capitalize()


def _site(
    mutation: Mutation, numbering: Numbering, scheme: str, common: tuple[Finding, ...]
) -> Site:
    chain = numbering.kinase
    located = numbering.lookup(
        mutation.wild_type,
        mutation.position,
        scheme,
        insertion_code=mutation.insertion_code,
        asked=mutation.short,
    )
    residue = located.residue
    uniprot, position = numbering.uniprot(residue), numbering.klifs(residue)
    found = [*common, *([located.finding] if located.finding else [])]
    canonical = next((d for d in numbering.differences if d.residue == residue), None)
    if canonical is not None and canonical.expected:
        back = " It is put back by this mutation." if canonical.expected == mutation.mutant else ""
        found.append(
            Finding(
                "construct-mutation-at-site",
                f"{numbering.label} carries {canonical} here: UniProt has "
                f"{_three(canonical.expected)}, and the change is reckoned from "
                f"{_three(mutation.wild_type)}, as in the structure.{back}",
                "warning",
                residue,
            )
        )
    if chain is not None and position is None:
        found.append(
            Finding(
                "outside-pocket",
                f"{mutation.short} (residue {residue}) lies outside the 85 pocket residues of "
                f"{chain.name}.",
                "note",
                residue,
            )
        )
    return Site(
        residue=residue,
        wild_type=mutation.wild_type,
        mutant=mutation.mutant,
        mutation=mutation,
        uniprot_position=uniprot,
        literature_position=numbering.literature(residue),
        klifs_position=position,
        role=role(position) if chain is not None else "",
        scheme=located.scheme,
        kinase=chain,
        findings=tuple(found),
    )


# --- the same site in other kinases ----------------------------------------------------


def paralogues(
    item: Mutation | Site, of: Kinase | str | None = None
) -> tuple[tuple[Kinase, Mutation], ...]:
    """Find the same pocket position in the other kinases whose numbers are known.

    Parameters
    ----------
    item : Mutation or Site
        A substitution; the number of a `Mutation` is read as UniProt number.
    of : Kinase or str, optional
        Its kinase, if `item` does not say.

    Returns
    -------
    tuple of (Kinase, Mutation)
        Substitutions by the same amino acid, with UniProt numbers. Kinases that
        have this amino acid there already, or a gap, are left out; empty for a
        residue outside the pocket.

    Raises
    ------
    MutationError
        If the kinase is not known, or the wild type is another residue.

    Examples
    --------
    >>> from trkstruct.mutations import Mutation, paralogues
    >>> [str(m) for _, m in paralogues(Mutation.parse("TRKA G595R"))][:4]
    ['TRKB G623R', 'TRKC G623R', 'ALK G1202R', 'ROS1 G2032R']
    """
    home = kinase(of) if isinstance(of, str) else of
    if isinstance(item, Site):
        home = home or item.kinase
        position = item.klifs_position
    else:
        if home is None and item.kinase is not None:
            home = kinase(item.kinase)
        position = None
        if home is not None and home.complete:
            there = home.letter(item.position)
            if there != item.wild_type:
                raise MutationError(
                    f"{item.short}: residue {item.position} of {home.name} (UniProt "
                    f"{home.uniprot}) is {_three(there) if there else 'not there'}, not "
                    f"{_three(item.wild_type)}. Give the UniProt number."
                )
            position = home.klifs(item.position)
    if home is None:
        raise MutationError(f"{item}: of which kinase? Give it, as in 'TRKA {item}'.")
    if position is None:
        return ()
    found = []
    for other in kinases():
        number = other.at_klifs(position)
        if other.name == home.name or number is None:
            continue
        letter = other.letter(number)
        if letter != item.mutant:
            found.append((other, Mutation(letter, number, item.mutant, other.name)))
    return tuple(found)


def all_substitutions(
    wild_type: str, position: int, kinase: str | None = None, insertion_code: str = ""
) -> tuple[Mutation, ...]:
    """Exchange a residue for each of the nineteen others.

    Parameters
    ----------
    wild_type : str
        One-letter amino acid.
    position : int
        Residue number.
    kinase : str, optional
        Name of the kinase.
    insertion_code : str
        Insertion code of the residue.

    Returns
    -------
    tuple of Mutation
        In alphabetical order of the one-letter codes.

    Raises
    ------
    MutationError
        If the wild type is none of the twenty amino acids.

    Examples
    --------
    >>> from trkstruct.mutations import all_substitutions
    >>> len(all_substitutions("G", 595)), str(all_substitutions("G", 595)[0])
    (19, 'G595A')
    """
    return tuple(
        Mutation(wild_type, position, mutant, kinase, insertion_code=insertion_code)
        for mutant in AMINO_ACIDS
        if mutant != wild_type or wild_type not in AMINO_ACIDS
    )
