"""Residue identifiers, findings, and the names of residues and their atoms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from .errors import NumberingError

__all__ = [
    "AMINO_ACIDS",
    "BACKBONE_ATOMS",
    "CHI_ATOMS",
    "ONE_TO_THREE",
    "SIDE_CHAIN_ATOMS",
    "THREE_TO_ONE",
    "Finding",
    "ResidueId",
]

THREE_TO_ONE: Final[dict[str, str]] = {
    "ALA": "A", "ARG": "R", "ASN": "N", "ASP": "D", "CYS": "C",
    "GLN": "Q", "GLU": "E", "GLY": "G", "HIS": "H", "ILE": "I",
    "LEU": "L", "LYS": "K", "MET": "M", "PHE": "F", "PRO": "P",
    "SER": "S", "THR": "T", "TRP": "W", "TYR": "Y", "VAL": "V",
}  # fmt: skip
ONE_TO_THREE: Final[dict[str, str]] = {one: three for three, one in THREE_TO_ONE.items()}
AMINO_ACIDS: Final[str] = "ACDEFGHIKLMNPQRSTVWY"

BACKBONE_ATOMS: Final[tuple[str, ...]] = ("N", "CA", "C", "O")

#: Heavy side-chain atoms in the order in which they are built (IUPAC names, PDB format).
SIDE_CHAIN_ATOMS: Final[dict[str, tuple[str, ...]]] = {
    "ALA": ("CB",),
    "ARG": ("CB", "CG", "CD", "NE", "CZ", "NH1", "NH2"),
    "ASN": ("CB", "CG", "OD1", "ND2"),
    "ASP": ("CB", "CG", "OD1", "OD2"),
    "CYS": ("CB", "SG"),
    "GLN": ("CB", "CG", "CD", "OE1", "NE2"),
    "GLU": ("CB", "CG", "CD", "OE1", "OE2"),
    "GLY": (),
    "HIS": ("CB", "CG", "ND1", "CD2", "CE1", "NE2"),
    "ILE": ("CB", "CG1", "CG2", "CD1"),
    "LEU": ("CB", "CG", "CD1", "CD2"),
    "LYS": ("CB", "CG", "CD", "CE", "NZ"),
    "MET": ("CB", "CG", "SD", "CE"),
    "PHE": ("CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ"),
    "PRO": ("CB", "CG", "CD"),
    "SER": ("CB", "OG"),
    "THR": ("CB", "OG1", "CG2"),
    "TRP": ("CB", "CG", "CD1", "CD2", "NE1", "CE2", "CE3", "CZ2", "CZ3", "CH2"),
    "TYR": ("CB", "CG", "CD1", "CD2", "CE1", "CE2", "CZ", "OH"),
    "VAL": ("CB", "CG1", "CG2"),
}

#: The fourth atom of each chi dihedral; the first three are the chain that leads to it.
CHI_ATOMS: Final[dict[str, tuple[tuple[str, str, str, str], ...]]] = {
    "ALA": (),
    "ARG": (
        ("N", "CA", "CB", "CG"),
        ("CA", "CB", "CG", "CD"),
        ("CB", "CG", "CD", "NE"),
        ("CG", "CD", "NE", "CZ"),
    ),
    "ASN": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "OD1")),
    "ASP": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "OD1")),
    "CYS": (("N", "CA", "CB", "SG"),),
    "GLN": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD"), ("CB", "CG", "CD", "OE1")),
    "GLU": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD"), ("CB", "CG", "CD", "OE1")),
    "GLY": (),
    "HIS": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "ND1")),
    "ILE": (("N", "CA", "CB", "CG1"), ("CA", "CB", "CG1", "CD1")),
    "LEU": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD1")),
    "LYS": (
        ("N", "CA", "CB", "CG"),
        ("CA", "CB", "CG", "CD"),
        ("CB", "CG", "CD", "CE"),
        ("CG", "CD", "CE", "NZ"),
    ),
    "MET": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "SD"), ("CB", "CG", "SD", "CE")),
    "PHE": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD1")),
    "PRO": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD")),
    "SER": (("N", "CA", "CB", "OG"),),
    "THR": (("N", "CA", "CB", "OG1"),),
    "TRP": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD1")),
    "TYR": (("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "CD1")),
    "VAL": (("N", "CA", "CB", "CG1"),),
}

_RESIDUE_ID = re.compile(r"(?:(?P<chain>[^\s:]*):)?(?P<number>-?\d+)(?P<icode>[A-Za-z]?)\Z")


@dataclass(frozen=True, slots=True, order=True)
class ResidueId:
    """Where a residue stands in its file: author chain, author number, insertion code.

    Parameters
    ----------
    chain : str
        Author chain identifier; may be empty.
    number : int
        Author residue number; may be negative.
    insertion_code : str
        One letter, or empty.

    Examples
    --------
    >>> from trkstruct.residues import ResidueId
    >>> ResidueId.parse("A:595")
    ResidueId('A:595')
    >>> str(ResidueId("B", 27, "A"))
    'B:27A'
    """

    chain: str
    number: int
    insertion_code: str = ""

    def __str__(self) -> str:
        return f"{self.chain}:{self.number}{self.insertion_code}"

    def __repr__(self) -> str:
        return f"ResidueId({str(self)!r})"

    @classmethod
    def parse(cls, text: str) -> ResidueId:
        """Read ``CHAIN:NUMBER[CODE]``, the form that ``str`` writes.

        Parameters
        ----------
        text : str
            For example ``A:595``, ``A:-4``, ``B:27A``; ``595`` has an empty chain.

        Returns
        -------
        ResidueId

        Raises
        ------
        NumberingError
            If the text has another form.
        """
        found = _RESIDUE_ID.match(text.strip())
        if found is None:
            raise NumberingError(
                f"{text!r} is not a residue: write CHAIN:NUMBER, with an insertion code "
                "behind the number if there is one, as in A:595 or B:27A."
            )
        return cls(found["chain"] or "", int(found["number"]), found["icode"])


FindingLevel = Literal["note", "choice", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was noticed in the input, or chosen on the user's behalf.

    Parameters
    ----------
    code : str
        Short kebab-case name of the kind of finding, such as ``altloc``.
    message : str
        A sentence for the reader.
    level : {"note", "choice", "warning"}
        ``note`` is information, ``choice`` a decision that the user may
        overrule, ``warning`` something that lowers trust in what follows.
    residue : ResidueId or None
        Where, if it is in one place.
    """

    code: str
    message: str
    level: FindingLevel = "note"
    residue: ResidueId | None = None

    def __str__(self) -> str:
        return self.message
