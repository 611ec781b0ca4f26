"""From a structure as read to a complete chain: chosen, mended, capped, not yet relaxed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import StructureError
from ..residues import BACKBONE_ATOMS, SIDE_CHAIN_ATOMS, THREE_TO_ONE, ResidueId
from ..rotamers import place
from ..sites import PEPTIDE_BOND_ANG, Surroundings, parameters
from .packing import pack

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..numbering import Numbering
    from ..structures import Residue, Structure

__all__ = ["Draft", "Part", "Source", "capped", "draft"]

Floats = NDArray[np.float64]

# Geometry of the peptide bond and its neighbours: Engh & Huber 1991,
# doi:10.1107/S0108767391001071, in angstrom and degrees.
_CN: Final = 1.329
_CO: Final = 1.231
_NC_CAP: Final = 1.458
_CC_CAP: Final = 1.507


@dataclass(slots=True)
class Part:
    """One residue of a model in the making.

    Parameters
    ----------
    where : ResidueId
        Author chain, number and insertion code.
    name : str
        Three-letter name; ``ACE`` and ``NME`` for caps.
    atoms : dict of str to (3,) float64
        Heavy atoms in angstrom.
    built : set of str
        Atoms that were not observed.
    """

    where: ResidueId
    name: str
    atoms: dict[str, Floats]
    built: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What a model is made from.

    Parameters
    ----------
    structure : Structure
        As read.
    chain : str
        Author chain.
    complex : Complex or None
        With its ligand, if there is one.
    """

    structure: Structure
    chain: str
    complex: Complex | None

    @property
    def numbering(self) -> Numbering:
        """Numbering of the chain."""
        return self.structure.numbering(self.chain)

    @property
    def surroundings(self) -> Surroundings:
        """All its atoms, typed."""
        ligand = self.complex.ligand_atoms if self.complex else None
        return Surroundings(self.structure, ligand, parameters())


@dataclass(slots=True)
class Draft:
    """A chain of complete residues.

    Parameters
    ----------
    parts : list of Part
        In chain order, caps among them.
    steps : list of str
        What was done, a sentence each.
    """

    parts: list[Part]
    steps: list[str]


def draft(source: Source) -> Draft:
    """Choose, mend and cap a chain.

    Parameters
    ----------
    source : Source
        Structure, chain and ligand.

    Returns
    -------
    Draft

    Raises
    ------
    StructureError
        If the chain has residues that are not amino acids or too few to work with.
    """
    structure, chain = source.structure, source.chain
    tags = set(source.numbering.tags)
    steps = [
        f"Took chain {chain} of {structure.name}; other chains, waters and additives left out."
    ]
    kept: list[Residue] = []
    cut: dict[str, list[str]] = {"tag": [], "backbone": [], "inverted": []}
    for residue in structure.protein(chain):
        atoms = structure.atoms(residue)
        if residue.id in tags:
            cut["tag"].append(str(residue.id))
        elif any(name not in atoms for name in ("N", "CA", "C")):
            cut["backbone"].append(f"{residue.name} {residue.id}")
        elif "CA" in inverted_centres(residue.parent, atoms):
            cut["inverted"].append(f"{residue.name} {residue.id}")
        elif residue.parent not in SIDE_CHAIN_ATOMS:
            raise StructureError(
                f"{residue.name} {residue.id} is no amino acid that can be prepared; remove it or "
                "name its parent."
            )
        else:
            kept.append(residue)
    if len(kept) < 2:
        raise StructureError(f"Chain {chain} of {structure.name} has {len(kept)} whole residues.")
    if cut["tag"]:
        steps.append(f"Left out the expression tag: {_listed(cut['tag'])}.")
    if cut["backbone"]:
        steps.append(f"Left out residues without a whole backbone: {_listed(cut['backbone'])}.")
    if cut["inverted"]:
        steps.append(f"Left out residues that are D-amino acids here: {_listed(cut['inverted'])}.")
    parts = [_part(structure.atoms(residue), residue) for residue in kept]
    changed = [
        f"{residue.name} {residue.id} to {residue.parent}"
        for residue in kept
        if residue.name != residue.parent
    ]
    if changed:
        steps.append(f"Turned modified residues into their parents: {_listed(changed)}.")
    _mend(source, kept, parts, steps)
    return Draft(capped(parts, steps), steps)


def inverted_centres(name: str, atoms: Mapping[str, Floats]) -> list[str]:
    """Name the chiral centres that are not those of an L-amino acid.

    Parameters
    ----------
    name : str
        Three-letter name.
    atoms : mapping of str to (3,) float64
        Positions by atom name.

    Returns
    -------
    list of str
        ``CA``, ``CB`` or nothing.
    """
    out = []

    def wrong(centre: str, one: str, two: str, three: str) -> bool:
        if not {centre, one, two, three} <= atoms.keys():
            return False
        c = atoms[centre]
        return bool(np.dot(np.cross(atoms[one] - c, atoms[two] - c), atoms[three] - c) <= 0)

    if wrong("CA", "N", "C", "CB"):
        out.append("CA")
    if name == "THR" and wrong("CB", "CA", "OG1", "CG2"):
        out.append("CB")
    if name == "ILE" and wrong("CB", "CA", "CG1", "CG2"):
        out.append("CB")
    return out


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def _part(atoms: dict[str, Floats], residue: Residue) -> Part:
    """Return a residue with the atoms that its parent has."""
    names = (*BACKBONE_ATOMS, *SIDE_CHAIN_ATOMS[residue.parent])
    return Part(residue.id, residue.parent, {n: atoms[n] for n in names if n in atoms})


def _mend(source: Source, kept: list[Residue], parts: list[Part], steps: list[str]) -> None:
    """Build side chains with missing atoms anew, together, and missing backbone oxygens."""
    lacking = [
        (residue, part)
        for residue, part in zip(kept, parts, strict=True)
        if any(name not in part.atoms for name in SIDE_CHAIN_ATOMS[part.name])
        or inverted_centres(part.name, part.atoms)
    ]
    if lacking:
        wanted = [(residue, THREE_TO_ONE[part.name]) for residue, part in lacking]
        for (_, part), packed in zip(lacking, pack(source.surroundings, wanted), strict=True):
            # C-beta stays where it was observed; all behind it is built anew.
            part.built |= {atom for atom in packed.atoms if atom != "CB" or "CB" not in part.atoms}
            part.atoms |= dict(zip(packed.atoms, packed.coords, strict=True))
        steps.append(
            "Built incomplete or inverted side chains anew, together: "
            f"{_listed(f'{part.name} {part.where}' for _, part in lacking)}."
        )
    for number, part in enumerate(parts):
        if "O" not in part.atoms:
            after = parts[number + 1].atoms["N"] if _joined(parts, number) else None
            part.atoms["O"] = _oxygen(part.atoms, after)
            part.built.add("O")


def _oxygen(atoms: dict[str, Floats], after: Floats | None) -> Floats:
    """Return a carbonyl oxygen, trans to the next nitrogen or, without one, to this nitrogen."""
    if after is not None:
        return place(after, atoms["CA"], atoms["C"], _CO, np.radians(120.1), np.pi)
    return place(atoms["N"], atoms["CA"], atoms["C"], _CO, np.radians(120.1), np.radians(135.0))


def _joined(parts: list[Part], number: int) -> bool:
    """Return whether a part is peptide-bonded to the next."""
    if number + 1 >= len(parts):
        return False
    apart = np.linalg.norm(parts[number].atoms["C"] - parts[number + 1].atoms["N"])
    return bool(apart < PEPTIDE_BOND_ANG)


def _free_id(wanted: ResidueId, taken: set[ResidueId]) -> ResidueId:
    """Return the residue id, with an insertion code if the number is taken."""
    for code in ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        where = ResidueId(wanted.chain, wanted.number, code)
        if where not in taken:
            taken.add(where)
            return where
    raise StructureError(f"No free residue number near {wanted} for a cap.")


def capped(parts: list[Part], steps: list[str]) -> list[Part]:
    """Close both ends of every stretch with acetyl and N-methyl groups.

    Parameters
    ----------
    parts : list of Part
        Residues in chain order.
    steps : list of str
        Takes a sentence of what was done.

    Returns
    -------
    list of Part
        With the caps among them; loops are not invented.
    """
    taken = {part.where for part in parts}
    out: list[Part] = []
    gaps = []
    for number, part in enumerate(parts):
        if number == 0 or not _joined(parts, number - 1):
            where = _free_id(ResidueId(part.where.chain, part.where.number - 1), taken)
            out.append(_acetyl(part, where))
            if number:
                gaps.append(f"{parts[number - 1].where} to {part.where}")
        out.append(part)
        if not _joined(parts, number):
            where = _free_id(ResidueId(part.where.chain, part.where.number + 1), taken)
            out.append(_methylamide(part, where))
    steps.append(
        "Capped the ends with acetyl and N-methyl groups"
        + (f", and so the gaps, which were not filled: {_listed(gaps)}." if gaps else ".")
    )
    return out


def _acetyl(part: Part, where: ResidueId) -> Part:
    n, ca, c = (part.atoms[name] for name in ("N", "CA", "C"))
    # phi of an extended chain; the two other angles make the peptide trans.
    carbon = place(c, ca, n, _CN, np.radians(121.7), np.radians(-120.0))
    methyl = place(ca, n, carbon, _CC_CAP, np.radians(116.2), np.pi)
    oxygen = place(ca, n, carbon, _CO, np.radians(123.0), 0.0)
    atoms = {"C": carbon, "O": oxygen, "CH3": methyl}
    return Part(where, "ACE", atoms, set(atoms))


def _methylamide(part: Part, where: ResidueId) -> Part:
    ca, c, o = (part.atoms[name] for name in ("CA", "C", "O"))
    nitrogen = place(ca, o, c, _CN, np.radians(123.0), np.pi)
    # The plane of the carbonyl group: opposite the oxygen across the carbon.
    methyl = place(ca, c, nitrogen, _NC_CAP, np.radians(121.7), np.pi)
    atoms = {"N": nitrogen, "C": methyl}
    return Part(where, "NME", atoms, set(atoms))
