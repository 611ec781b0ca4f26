"""Stereo that a molecule leaves open, and the isomers that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..residues import Finding
from .chemistry import silence
from .protonation import parameter

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from .molecule import Ligand

__all__ = ["OpenStereo", "enumerate_stereo", "open_stereo", "unspecified"]

#: Phosphorus and sulfur with =O and -OH, which change places with the proton, as a SMARTS pattern.
_MOVING_CENTRE = "[#15,#16](=[O,S])[OX2H,OX1-,SX2H,SX1-]"
#: Double bonds whose configuration is not held, and where in the pattern they are: amidines and
#: guanidines, whose proton moves (as InChI has it, doi:10.1186/s13321-015-0068-4), cumulated ones.
_LOOSE_BONDS = {"[#7;!H0][#6]=[#7]": (1, 2), "*=*=*": (0, 1)}

#: Stereo elements that a message names; of more, it says how many.
_SHOWN = 8


class OpenStereo(NamedTuple):
    """What a molecule does not say of its stereo.

    Parameters
    ----------
    atoms : tuple of int
        Stereocentres without configuration.
    bonds : tuple of int
        Double bonds without configuration.
    groups : tuple of int
        Stereocentres that are drawn, but only relative to each other, or as a racemate.
    """

    atoms: tuple[int, ...]
    bonds: tuple[int, ...]
    groups: tuple[int, ...]


def open_stereo(mol: Mol) -> OpenStereo:
    """Find what a molecule does not say of its stereo.

    Not counted is what cannot be said: bridgeheads whose configuration the rings leave no
    choice, as in quinuclidine or adamantane; what a proton that moves undoes, as in amidines,
    guanidines and phosphinic acids; cumulated double bonds.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit.

    Returns
    -------
    OpenStereo
    """
    return _unassigned(mol)[0]


def _unassigned(mol: Mol) -> tuple[OpenStereo, OpenStereo]:
    """Stereo without configuration: what may matter, and what cannot be said."""
    from rdkit import Chem

    # Atoms that have no configuration to be said, and double bonds that have none.
    moving = {i for match in _matches(mol, _MOVING_CENTRE) for i in match[:1]}
    loose = {
        bond.GetIdx()
        for text, (one, two) in _LOOSE_BONDS.items()
        for match in _matches(mol, text)
        if (bond := mol.GetBondBetweenAtoms(match[one], match[two])) is not None
    }
    atoms, bonds = [], []
    for item in Chem.FindPotentialStereo(mol):
        if item.specified == Chem.StereoSpecified.Specified:
            continue
        if item.type == Chem.StereoType.Atom_Tetrahedral:
            atoms.append(item.centeredOn)
        elif item.type == Chem.StereoType.Bond_Double:
            ends = list(item.controllingAtoms)
            if Chem.Atom.NOATOM in (ends[0], ends[2]):
                loose.add(item.centeredOn)  # hydrogen alone on a nitrogen: it moves
            bonds.append(item.centeredOn)
    if _shared(mol, atoms):
        for system, core in _ring_systems(mol, labels=True):
            if system.intersection(atoms) and _forced(Chem.MolToSmiles(core)):
                moving |= system
    groups = {
        atom.GetIdx()
        for group in mol.GetStereoGroups()
        if group.GetGroupType() != Chem.StereoGroupType.STEREO_ABSOLUTE
        for atom in group.GetAtoms()
    }
    said = OpenStereo(
        tuple(i for i in atoms if i not in moving),
        tuple(i for i in bonds if i not in loose),
        tuple(sorted(groups)),
    )
    left = OpenStereo(
        tuple(i for i in atoms if i in moving), tuple(i for i in bonds if i in loose), ()
    )
    return said, left


def _matches(mol: Mol, smarts: str) -> tuple[tuple[int, ...], ...]:
    from rdkit import Chem

    found: tuple[tuple[int, ...], ...] = mol.GetSubstructMatches(
        Chem.MolFromSmarts(smarts), uniquify=False, maxMatches=1000
    )
    return found


def _shared(mol: Mol, atoms: Sequence[int]) -> bool:
    """Whether one of the atoms is in several rings."""
    rings = mol.GetRingInfo()
    return any(rings.NumAtomRings(index) > 1 for index in atoms)


def _isomers(mol: Mol) -> tuple[list[Mol], int]:
    """Isomers that can exist, in an order that does not depend on that of the atoms.

    Also their number: larger than that of those returned where there are too many to look at.
    """
    from rdkit import Chem

    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=True))
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    canonical = Chem.RenumberAtoms(mol, order)
    said, left = _unassigned(canonical)
    with silence():
        found, most = _variants(canonical, left)
        names = sorted(found)
        few = len(found) <= int(parameter("stereo_isomers_tried"))
        if few and _shared(canonical, said.atoms):
            # If none can be embedded, that is for another reason, and tells nothing.
            names = [name for name in names if _can_exist(found[name])] or names
        isomers = [Chem.RenumberAtoms(found[name], ranks) for name in names]
    return isomers, max(most, len(isomers)) if len(isomers) > 1 else 1


def _variants(mol: Mol, left: OpenStereo) -> tuple[dict[str, Mol], int]:
    """Combinations of the stereo that is not specified, by their SMILES, without that of `left`.

    Also their number if there are too many to look at; else 0.
    """
    from rdkit import Chem
    from rdkit.Chem import EnumerateStereoisomers as Enumeration

    how: Any = Enumeration  # it has no types
    seen = int(parameter("stereo_isomers_seen"))
    # Not unique: of a symmetric cage it would look for other isomers for ever.
    options = how.StereoEnumerationOptions(unique=False, maxIsomers=seen)
    found: dict[str, Mol] = {}
    for isomer in how.EnumerateStereoisomers(mol, options):
        for index in left.atoms:
            isomer.GetAtomWithIdx(index).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        for index in left.bonds:
            isomer.GetBondWithIdx(index).SetStereo(Chem.BondStereo.STEREONONE)
        found.setdefault(Chem.MolToSmiles(isomer), isomer)
    most = how.GetStereoisomerCount(mol, options) // 2 ** (len(left.atoms) + len(left.bonds))
    return found, most if most > seen else 0


def _can_exist(mol: Mol) -> bool:
    """Whether its rings allow the configuration of a molecule's shared ring atoms."""
    from rdkit import Chem

    return all(_can_close(Chem.MolToSmiles(core)) for _, core in _ring_systems(mol))


@lru_cache(maxsize=4096)
def _forced(smiles: str) -> bool:
    """Whether a ring system, from `_ring_systems`, has but one isomer that can exist."""
    from rdkit import Chem

    mol: Mol | None = Chem.MolFromSmiles(smiles)
    if mol is None:
        return False  # the part alone is no molecule, which says nothing of the whole
    with silence():
        found, _ = _variants(mol, OpenStereo((), (), ()))
        if len(found) > int(parameter("stereo_isomers_tried")):
            return False
        return len(found) == 1 or sum(map(_can_exist, found.values())) == 1


def _ring_systems(mol: Mol, labels: bool = False) -> list[tuple[set[int], Mol]]:
    """Ring systems that share atoms between rings, with a carbon for each substituent.

    With `labels`, substituents that are alike, and no others, are the same isotope.
    """
    from rdkit import Chem

    systems: list[set[int]] = []
    for ring in map(set, mol.GetRingInfo().AtomRings()):
        touching = [system for system in systems if system & ring]
        systems = [system for system in systems if not system & ring]
        systems.append(ring.union(*touching))
    classes = list(Chem.CanonicalRankAtoms(mol, breakTies=False)) if labels else []
    cores = []
    for system in systems:
        if not _shared(mol, sorted(system)):
            continue
        core = Chem.RWMol(mol)
        core.RemoveAllConformers()
        outer = {n.GetIdx() for i in system for n in mol.GetAtomWithIdx(i).GetNeighbors()} - system
        kinds = sorted({classes[index] for index in outer}) if labels else []
        for index in outer:
            carbon = Chem.Atom(6)
            if labels:
                carbon.SetIsotope(13 + kinds.index(classes[index]))
            core.ReplaceAtom(index, carbon)
        for index in sorted(set(range(mol.GetNumAtoms())) - system - outer, reverse=True):
            core.RemoveAtom(index)
        made = core.GetMol()
        Chem.SanitizeMol(made)
        Chem.AssignStereochemistry(made, cleanIt=True, force=True)
        cores.append((system, made))
    return cores


@lru_cache(maxsize=4096)
def _can_close(smiles: str) -> bool:
    """Whether RDKit finds a conformer of a ring system."""
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom

    how: Any = rdDistGeom.ETKDGv3()
    how.randomSeed = 1
    how.useMacrocycleTorsions = True
    how.useSmallRingTorsions = True
    how.maxIterations = int(parameter("stereo_attempts"))
    mol: Mol | None = Chem.MolFromSmiles(smiles)
    if mol is None:
        return True
    try:
        return bool(rdDistGeom.EmbedMolecule(Chem.AddHs(mol), how) >= 0)
    except RuntimeError:  # RDKit's minimiser breaks down where rings are too tight
        return False


def _named(mol: Mol, names: Sequence[str], where: OpenStereo, labels: bool = False) -> str:
    """Name the stereo elements, with their descriptors if `labels`."""
    atoms, bonds = {}, {}
    if labels:
        from rdkit.Chem import rdCIPLabeler

        copy = type(mol)(mol)
        rdCIPLabeler.AssignCIPLabels(copy)
        atoms = {
            a.GetIdx(): a.GetProp("_CIPCode") for a in copy.GetAtoms() if a.HasProp("_CIPCode")
        }
        bonds = {
            b.GetIdx(): b.GetProp("_CIPCode") for b in copy.GetBonds() if b.HasProp("_CIPCode")
        }
    parts = [
        f"{names[i]} {atoms.get(i, '')}".strip() for i in sorted({*where.atoms, *where.groups})
    ]
    for index in where.bonds:
        bond = mol.GetBondWithIdx(index)
        ends = f"{names[bond.GetBeginAtomIdx()]}={names[bond.GetEndAtomIdx()]}"
        parts.append(f"{ends} {bonds.get(index, '')}".strip())
    more = [f"{len(parts) - _SHOWN} more"] if len(parts) > _SHOWN else []
    return ", ".join([*parts[:_SHOWN], *more])


def unspecified(mol: Mol, names: Sequence[str]) -> tuple[Finding, ...]:
    """Say what a molecule does not say of its stereo.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit.
    names : sequence of str
        Names of its atoms.

    Returns
    -------
    tuple of Finding
        None if all is said.
    """
    found = open_stereo(mol)
    if not any(found):
        return ()
    parts = []
    if found.atoms:
        centres = _named(mol, names, OpenStereo(found.atoms, (), ()))
        are = "stereocentre is" if len(found.atoms) == 1 else "stereocentres are"
        parts.append(f"{len(found.atoms)} {are} not specified ({centres})")
    if found.bonds:
        ends = _named(mol, names, OpenStereo((), found.bonds, ()))
        have = "double bond has" if len(found.bonds) == 1 else "double bonds have"
        parts.append(f"{len(found.bonds)} {have} no configuration ({ends})")
    if found.groups:
        drawn = _named(mol, names, OpenStereo((), (), found.groups))
        parts.append(f"the stereo at {drawn} is drawn as relative or racemic")
    text = "; ".join(parts)
    return (Finding("stereo-unspecified", f"{text[0].upper()}{text[1:]}.", "warning"),)


def enumerate_stereo(ligand: Ligand, most: int | None = None) -> tuple[Ligand, ...]:
    """List the stereoisomers that a ligand with unspecified stereo may stand for.

    Parameters
    ----------
    ligand : Ligand
        The ligand.
    most : int, optional
        Give at most so many; ``stereo_isomers`` of the parameters if not given.

    Returns
    -------
    tuple of Ligand
        In the order of their SMILES, atoms as in `ligand`, each with a finding that says what is
        assumed in it. Of more than `most`, some that differ from each other as evenly as
        possible. The ligand itself if its stereo is specified, or the rings leave no choice.

    Raises
    ------
    ValueError
        If `most` is less than one.

    Examples
    --------
    >>> from trkstruct.ligands import Ligand, enumerate_stereo
    >>> [isomer.smiles for isomer in enumerate_stereo(Ligand.from_smiles("CC(O)c1ccccc1"))]
    ['C[C@@H](O)c1ccccc1', 'C[C@H](O)c1ccccc1']
    """
    from .molecule import rebuilt

    limit = int(parameter("stereo_isomers")) if most is None else most
    if limit < 1:
        raise ValueError(f"At least one isomer can be asked for, not {limit}.")
    where, _ = _unassigned(ligand.mol)
    if not any(where):
        return (ligand,)
    isomers, count = _isomers(ligand.mol)
    taken = _spread(isomers, limit)
    given = _named(ligand.mol, ligand.atom_names, where)
    made = []
    for mol in taken:
        assumed = _named(mol, ligand.atom_names, where, labels=True)
        message = (
            f"The stereo of {ligand.name} is not specified at {given}: this is one of {count} "
            f"isomers, with {assumed}."
        )
        if count > len(taken):
            message += f" So many of them are considered: {len(taken)}."
        isomer = rebuilt(replace(ligand, coords=None), mol)
        finding = Finding("stereo-assumed", message, "warning")
        made.append(replace(isomer, findings=(*isomer.findings, finding)))
    return tuple(made)


def _spread(items: Sequence[Mol], most: int) -> list[Mol]:
    """Of a sorted list, so many items, evenly spaced."""
    if len(items) <= most:
        return list(items)
    if most == 1:
        return [items[0]]
    step = (len(items) - 1) / (most - 1)
    return [items[round(number * step)] for number in range(most)]
