"""A substitution, and reading the many ways in which it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from ..errors import MutationError, NumberingError
from ..kinases import kinase, roles
from ..residues import AMINO_ACIDS, ONE_TO_THREE, THREE_TO_ONE

__all__ = ["Mutation", "parse", "tidied"]

_FORM: Final[str] = (
    "Write a substitution as wild type, number and mutant: G595R, p.Gly595Arg or TRKA G595R; "
    "join several with '+'."
)
_LONGEST: Final[int] = 200

_AMINO_ACID_CODES: Final = frozenset((*THREE_TO_ONE, *ONE_TO_THREE))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"), "-")
_ARROWS = re.compile(r"\s*(?:->|=>|>|\u2192|\u21d2)\s*")
_SUBSTITUTION = re.compile(
    r"(?P<wild_type>[A-Za-z]{3}|[A-Za-z])\s*(?P<number>[0-9]{1,6})"
    r"(?:(?P<icode>[A-Z])(?=[A-Z]\Z))?\s*(?P<mutant>[A-Za-z]{3}|[A-Za-z])\Z"
)
# The end of a text that looks like a change of a protein: what stands before it is a name.
_CHANGE = re.compile(
    r"(?:\A|[\s:_-])(?P<change>[cgmnpr]\.\S.*|\(?[A-Za-z]{1,3}\s?[0-9].*|[0-9]+[A-Za-z]+.*)\Z"
)

# What is not a substitution: pattern of the change (lower case), and what to say of it.
_OTHER_CHANGES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"fs", "is a frameshift"),
        (r"delins|indel", "is a deletion with insertion"),
        (r"del|\u0394", "is a deletion"),
        (r"ins", "is an insertion"),
        (r"dup", "is a duplication"),
        (r"ext", "is an extension of the chain"),
        (r"\*|ter|stop|[0-9]x\)?\Z", "introduces a stop codon"),
        (r"=\)?\Z|silent", "is silent: it changes nothing"),
        (r"\?", "does not say what it becomes"),
        (r"amp|fusion|loss", "is no change of a single residue"),
        (r"wild.?type|\bwt\b", "is no mutation: results are relative to the wild type anyway"),
    )
)
_NOT_STANDARD: Final[dict[str, str]] = {
    "B": "Asp or Asn", "J": "Leu or Ile", "O": "pyrrolysine", "U": "selenocysteine",
    "X": "any residue", "Z": "Glu or Gln",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutation:
    """One amino acid in place of another.

    Parameters
    ----------
    wild_type : str
        One-letter amino acid.
    position : int
        Residue number, in whatever numbering it was given.
    mutant : str
        One-letter amino acid, another one.
    kinase : str or None
        Name of the kinase (``TRKA``) if the text gave one.
    text : str
        The text as it was given; not part of equality.
    insertion_code : str
        Insertion code of the residue in the file (``R`` at ``27A``), mostly empty.

    Raises
    ------
    MutationError
        If a letter is none of the twenty amino acids, if nothing changes, or if
        the number is not positive.

    Examples
    --------
    >>> from trkstruct.mutations import Mutation
    >>> mutation = Mutation.parse("NTRK1 p.Gly595Arg")
    >>> str(mutation), mutation.hgvs
    ('TRKA G595R', 'p.Gly595Arg')
    """

    wild_type: str
    position: int
    mutant: str
    kinase: str | None = None
    text: str = field(default="", compare=False, repr=False)
    insertion_code: str = ""

    def __post_init__(self) -> None:
        shown = self.text or self.short
        for letter in (self.wild_type, self.mutant):
            if len(letter) != 1 or letter not in AMINO_ACIDS:
                raise MutationError(
                    f"{shown}: {letter!r} is none of the twenty amino acids {AMINO_ACIDS}."
                )
        if self.wild_type == self.mutant:
            raise MutationError(
                f"{shown} changes nothing: both residues are "
                f"{ONE_TO_THREE[self.mutant].capitalize()}. Give another amino acid."
            )
        if self.position < 1:
            raise MutationError(f"{shown}: a residue number is 1 or more, not {self.position}.")

    def __str__(self) -> str:
        return f"{self.kinase} {self.short}" if self.kinase else self.short

    @property
    def short(self) -> str:
        """The substitution without the kinase's name, such as ``G595R``."""
        return f"{self.wild_type}{self.position}{self.insertion_code}{self.mutant}"

    @property
    def hgvs(self) -> str:
        """The substitution with three-letter codes, such as ``p.Gly595Arg``.

        References
        ----------
        J. T. den Dunnen et al., Hum. Mutat. 37, 564 (2016), doi:10.1002/humu.22981.
        """
        one, two = (ONE_TO_THREE[letter].capitalize() for letter in (self.wild_type, self.mutant))
        return f"p.{one}{self.position}{self.insertion_code}{two}"

    @classmethod
    def parse(cls, text: str) -> Mutation:
        """Read one substitution.

        Parameters
        ----------
        text : str
            As in `MutationSet.parse`.

        Returns
        -------
        Mutation

        Raises
        ------
        MutationError
            If the text is no single substitution.
        """
        found = parse(text)
        if len(found) > 1:
            raise MutationError(
                f"{text!r} holds {len(found)} mutations where one is wanted: give "
                f"{' or '.join(item.short for item in found)}."
            )
        return found[0]


def parse(text: object) -> tuple[Mutation, ...]:
    """Read substitutions, several joined by ``+``.

    Parameters
    ----------
    text : object
        Text; anything else is an error that says so.

    Returns
    -------
    tuple of Mutation

    Raises
    ------
    MutationError
        If the text is not of that form.
    """
    if not isinstance(text, str):
        raise MutationError(f"A mutation is a text, not {type(text).__name__} {text!r}. {_FORM}")
    whole = text.strip()
    if len(whole) > _LONGEST:
        raise MutationError(
            f"{whole[:30]!r}... has {len(whole)} characters; a mutation has at most {_LONGEST}. "
            f"{_FORM}"
        )
    tidy = tidied(whole)
    if not tidy:
        raise MutationError(f"No mutation is given (the text is empty). {_FORM}")
    _refuse_role(tidy, whole)
    prefix, changes = _split(tidy, whole)
    name = _kinase_of(prefix, whole) if prefix else None
    parsed = []
    for part in changes:
        own, change = _prefix_and_change(part)
        own_name = _kinase_of(own, whole) if own else None
        if name is not None and own_name not in (None, name):
            raise MutationError(
                f"{whole!r} names two kinases ({name}, {own_name}): substitutions that are joined "
                "must be of one kinase. Ask for each alone."
            )
        name = name or own_name
        wild_type, position, icode, mutant = _substitution(change, whole)
        parsed.append((wild_type, position, mutant, icode, change))
    return tuple(
        Mutation(wild_type, position, mutant, name, change, icode)
        for wild_type, position, mutant, icode, change in parsed
    )


def tidied(text: str) -> str:
    """Write a text with one kind of dash and space, and without invisible characters.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    return " ".join(plain.split())


def _refuse_role(tidy: str, whole: str) -> None:
    squeezed = tidy.replace(" ", "").replace("-", "").replace("_", "").casefold()
    if (role := _squeezed_roles().get(squeezed)) is not None:
        raise MutationError(
            f"{whole!r} is a role, not a mutation: it stands for the catalogued mutations of a "
            f"kinase where several may be asked (`trkstruct matrix -m {role}`). {_FORM}"
        )


@lru_cache(maxsize=1)
def _squeezed_roles() -> Mapping[str, str]:
    return {role.replace("-", "").replace(" ", "").casefold(): role for role in roles()}


def _split(tidy: str, whole: str) -> tuple[str, list[str]]:
    """Take a text apart at its plus signs; ``p.[A;B]`` is two changes, too."""
    bracket = re.fullmatch(r"(?P<prefix>.*?)[\s:]*p\.\[(?P<inside>[^\[\]]*)\]", tidy)
    if bracket:
        return bracket["prefix"].strip(), [
            _nonempty(part, whole) for part in bracket["inside"].split(";")
        ]
    return "", [_nonempty(part, whole) for part in tidy.split("+")]


def _nonempty(part: str, whole: str) -> str:
    if not part.strip():
        raise MutationError(f"{whole!r} has nothing beside one of its joining signs. {_FORM}")
    return part.strip()


def _prefix_and_change(part: str) -> tuple[str, str]:
    """Take a name apart from what changes, at the last place where a change may begin."""
    bracketed = re.fullmatch(r"(?P<name>[^()]+)\((?P<change>p\.[^()]+)\)", part)
    if bracketed:
        return bracketed["name"].strip(" :_-"), bracketed["change"].strip()
    # The shortest change at the end that has a wild type, a number and a mutant.
    found = None
    for match in re.finditer(r"(?:\A|(?<=[\s:_-]))(?=[A-Za-z(0-9])", part):
        change = _SUBSTITUTION.fullmatch(_bare(part[match.start() :]))
        # Ala750del has the form of a substitution, but del is no amino acid.
        if change is not None and change["mutant"].upper() in _AMINO_ACID_CODES:
            found = match.start()
    if found is None:
        other = _CHANGE.search(part)
        found = other.start("change") if other else 0
    return part[:found].strip(" :_-"), part[found:].strip()


def _bare(change: str) -> str:
    """The change without ``p.``, brackets and arrows."""
    bare = re.sub(r"\A(?:p\.|p\s)", "", change.strip(), flags=re.IGNORECASE).strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = bare[1:-1].strip()
    return _ARROWS.sub("", bare)


def _substitution(change: str, whole: str) -> tuple[str, int, str, str]:
    if re.match(r"[cgmnr]\.", change, flags=re.IGNORECASE):
        raise MutationError(
            f"{whole!r} is a change of DNA or RNA; trkstruct asks what the protein becomes. {_FORM}"
        )
    bare = _bare(change)
    low = bare.lower()
    found = _SUBSTITUTION.fullmatch(bare)
    standard = found is not None and (
        {found["wild_type"].upper(), found["mutant"].upper()} <= _AMINO_ACID_CODES
    )
    if not standard:
        for pattern, words in _OTHER_CHANGES:
            if pattern.search(low):
                raise MutationError(
                    f"{whole!r} {words}; trkstruct models substitutions of single residues. {_FORM}"
                )
    if found is None:
        raise MutationError(_why_not(bare, whole))
    return (
        _letter(found["wild_type"], whole),
        _position(found["number"], whole),
        found["icode"] or "",
        _letter(found["mutant"], whole),
    )


def _letter(text: str, whole: str) -> str:
    code = text.upper()
    if len(code) == 3 and code in THREE_TO_ONE:
        return THREE_TO_ONE[code]
    if code in ONE_TO_THREE:
        return code
    meaning = _NOT_STANDARD.get(code)
    also = f" ({meaning})" if meaning else ""
    raise MutationError(
        f"{whole!r}: {text!r}{also} is none of the twenty amino acids "
        f"{''.join(ONE_TO_THREE)}. {_FORM}"
    )


def _position(digits: str, whole: str) -> int:
    number = int(digits)
    if number < 1:
        raise MutationError(f"{whole!r}: a residue number is 1 or more, not {number}.")
    return number


def _why_not(bare: str, whole: str) -> str:
    if re.fullmatch(r"[0-9]+\s*[A-Za-z]{1,3}", bare):
        why = (
            "names no wild-type residue. It is needed: it tells numberings apart and shows whether "
            "the construct already carries the mutation"
        )
    elif re.fullmatch(r"[A-Za-z]{1,3}\s*[0-9]+", bare):
        why = "does not say which residue it becomes"
    elif re.search(r"[0-9]\s*[A-Za-z]{1,3}\s*[/,;|&]", bare):
        why = (
            "seems to hold several mutations; '/', ',' and ';' may mean 'or' as well as 'and', so "
            "give each alone, or join those that are present together with '+'"
        )
    elif re.search(r"[0-9]{7,}", bare):
        why = "has a residue number that no protein has"
    else:
        why = "is no mutation that can be read"
    return f"{whole!r} {why}. {_FORM}"


def _kinase_of(prefix: str, whole: str) -> str:
    """The kinase that a prefix names, be it alone or as a partner of a fusion."""
    name = re.sub(r"\s+(?:fusion|kinase|mutant|variant|protein)\Z", "", prefix, flags=re.IGNORECASE)
    try:
        return kinase(name).name
    except NumberingError as error:
        problem = error
    partners = []
    for part in re.split(r"::|--|[-/:()\s]", name):
        try:
            partners.append(kinase(part).name)
        except NumberingError:
            continue
    distinct = list(dict.fromkeys(partners))
    if len(distinct) == 1:
        return distinct[0]
    if distinct:
        raise MutationError(
            f"{whole!r} names {len(distinct)} kinases ({', '.join(distinct)}): give the one that "
            "carries the mutation, alone."
        )
    raise MutationError(f"{whole!r}: {problem}")
