"""Which atom of the chemistry is which atom of the structure.

Bond orders and stereo come from the chemistry; distances serve only to find the graph of
the atoms in the structure, which is then matched on the graph of the chemistry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import LigandMatchError
from ..ligands.protonation import parameter
from ..reference import read_csv
from ..residues import Finding

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["AtomMatch", "assign_stereo", "match_atoms"]

#: Sums of squared bond-length deviations (angstrom squared) that are as good as equal: two
#: assignments of a symmetric group differ by less, of an exchanged C=O and C-OH by more.
_EQUAL_FIT = 0.01
#: Seconds that the search for the common part may take; it only serves a message.
_MCS_SECONDS = 3


@dataclass(frozen=True, slots=True)
class AtomMatch:
    """Assignment of a chemistry's atoms to atoms of a structure.

    Parameters
    ----------
    atoms : tuple of int
        For each atom of the chemistry the index among the atoms given, -1 if missing.
    by : str
        ``names`` or ``graph``.
    """

    atoms: tuple[int, ...]
    by: str

    @property
    def missing(self) -> tuple[int, ...]:
        """Atoms of the chemistry that the structure does not have."""
        return tuple(index for index, other in enumerate(self.atoms) if other < 0)


@lru_cache(maxsize=1)
def _covalent() -> dict[str, tuple[float, float, float]]:
    return {
        row["element"]: (
            float(row["single_ang"]), float(row["double_ang"]), float(row["triple_ang"])
        )
        for row in read_csv("covalent_radii.csv")
    }  # fmt: skip


def match_atoms(
    mol: Mol,
    chemistry_names: Sequence[str],
    names: Sequence[str],
    elements: Sequence[str],
    coords: NDArray[np.float64],
    where: str,
) -> AtomMatch:
    """Assign the atoms of a chemistry to those of a residue.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The chemistry, hydrogens implicit.
    chemistry_names : sequence of str
        Atom names of the chemistry, used if they are the residue's too.
    names, elements : sequence of str
        Of the heavy atoms of the residue.
    coords : (n, 3) float64
        Their positions in angstrom.
    where : str
        Name of the residue, for messages.

    Returns
    -------
    AtomMatch
        By names if names, elements and bonds agree, else by graph; of several graph
        matches the one whose bond lengths and stereo fit best.

    Raises
    ------
    LigandMatchError
        If the residue has atoms that the chemistry has not, or other bonds.
    """
    symbols = [element.capitalize() for element in elements]
    by_name = _by_names(mol, chemistry_names, names, symbols, coords)
    if by_name is not None:
        return AtomMatch(by_name, "names")
    expected = Counter(atom.GetSymbol() for atom in mol.GetAtoms())
    if Counter(symbols) - expected:
        raise _mismatch(mol, chemistry_names, names, symbols, coords, where)
    complete = len(symbols) == mol.GetNumAtoms()
    tolerances = [parameter("bond_tolerance"), parameter("bond_tolerance_tight")]
    tolerances.append(parameter("bond_tolerance_wide"))
    chemistry = _plain(
        [atom.GetSymbol() for atom in mol.GetAtoms()],
        [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()],
    )
    limit = int(parameter("max_matches"))
    for tolerance in tolerances:
        found = _plain(symbols, _bonds(symbols, coords, tolerance))
        if complete:
            # Close contacts in a poor model may look like bonds: extra ones are allowed.
            matches = found.GetSubstructMatches(chemistry, uniquify=False, maxMatches=limit)
            table = np.array(matches, dtype=np.intp).reshape(-1, mol.GetNumAtoms())
        else:
            matches = chemistry.GetSubstructMatches(found, uniquify=False, maxMatches=limit)
            table = np.full((len(matches), mol.GetNumAtoms()), -1, dtype=np.intp)
            for row, match in enumerate(matches):
                table[row, list(match)] = range(len(match))
        if len(table):
            return AtomMatch(tuple(int(i) for i in _best(mol, table, coords)), "graph")
    raise _mismatch(mol, chemistry_names, names, symbols, coords, where)


def _by_names(
    mol: Mol,
    chemistry_names: Sequence[str],
    names: Sequence[str],
    symbols: Sequence[str],
    coords: NDArray[np.float64],
) -> tuple[int, ...] | None:
    """Assignment by equal names, if elements and bonds then agree; else None."""
    place = {name: index for index, name in enumerate(names)}
    if len(place) != len(names) or not set(names) <= set(chemistry_names):
        return None
    match = [place.get(name, -1) for name in chemistry_names]
    for atom, other in zip(mol.GetAtoms(), match, strict=True):
        if other >= 0 and atom.GetSymbol() != symbols[other]:
            return None
    slack = parameter("bond_tolerance")
    single = _covalent()
    for bond in mol.GetBonds():
        one, two = match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()]
        if one < 0 or two < 0:
            continue
        longest = single[symbols[one]][0] + single[symbols[two]][0] + slack
        if np.linalg.norm(coords[one] - coords[two]) > longest:
            return None
    return tuple(match)


def _bonds(
    symbols: Sequence[str], coords: NDArray[np.float64], tolerance: float
) -> list[tuple[int, int]]:
    """Pairs of atoms that are near enough to be bonded."""
    known = _covalent()
    radii = np.array([known[symbol][0] if symbol in known else 0.8 for symbol in symbols])
    apart = np.linalg.norm(coords[:, None] - coords[None, :], axis=-1)
    near = apart < radii[:, None] + radii[None, :] + tolerance
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(near, k=1))]


def _plain(symbols: Sequence[str], bonds: Sequence[tuple[int, int]]) -> Mol:
    """Graph of elements and connections, without orders, charges and hydrogens."""
    from rdkit import Chem

    graph = Chem.RWMol()
    for symbol in symbols:
        atom = Chem.Atom(symbol)
        atom.SetNoImplicit(True)
        graph.AddAtom(atom)
    for one, two in bonds:
        graph.AddBond(one, two, Chem.BondType.SINGLE)
    plain: Mol = graph.GetMol()
    plain.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(plain)
    return plain


def _best(mol: Mol, table: NDArray[np.intp], coords: NDArray[np.float64]) -> NDArray[np.intp]:
    """Of several assignments the one that bond lengths, then stereo, speak for."""
    if len(table) == 1:
        return np.asarray(table[0])
    deviation = _bond_deviation(mol, table, coords)
    order = np.argsort(deviation, kind="stable")
    good = [i for i in order if deviation[i] <= deviation[order[0]] + _EQUAL_FIT]
    clashes = [_stereo_clashes(mol, table[i], coords) for i in good[:500]]
    return np.asarray(table[good[int(np.argmin(clashes))]])


def _bond_deviation(
    mol: Mol, table: NDArray[np.intp], coords: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum of squared differences to the bond lengths that the orders let expect."""
    radii = _covalent()
    total = np.zeros(len(table))
    for bond in mol.GetBonds():
        order = bond.GetBondTypeAsDouble()
        low = min(max(int(order), 1), 3) - 1
        high = min(low + 1, 2)
        part = order - int(order)
        length = 0.0
        for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
            known = radii[atom.GetSymbol()]
            length += known[low] + part * (known[high] - known[low])
        one, two = table[:, bond.GetBeginAtomIdx()], table[:, bond.GetEndAtomIdx()]
        apart = np.linalg.norm(coords[one] - coords[two], axis=-1)
        total += np.where((one < 0) | (two < 0), 0.0, (apart - length) ** 2)
    return total


def _stereo_clashes(mol: Mol, match: NDArray[np.intp], coords: NDArray[np.float64]) -> int:
    placed = np.where((match < 0)[:, None], np.nan, coords[match])
    declared, seen = _stereo_of(mol), _stereo_of(_with_3d(mol, placed))
    return sum(1 for key, text in declared.items() if text and seen.get(key, "") not in ("", text))


def _with_3d(mol: Mol, coords: NDArray[np.float64]) -> Mol:
    """Copy of the molecule with the stereo of its coordinates."""
    from rdkit import Chem

    copy = Chem.Mol(mol)
    copy.RemoveAllConformers()
    conformer = Chem.Conformer(copy.GetNumAtoms())
    conformer.Set3D(True)
    for index, point in enumerate(np.nan_to_num(coords)):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    copy.AddConformer(conformer)
    Chem.AssignStereochemistryFrom3D(copy)
    # Where a neighbour is not resolved, coordinates say nothing of the handedness.
    unknown = {int(i) for i in np.flatnonzero(np.isnan(coords).any(axis=1))}
    for atom in copy.GetAtoms():
        around = {n.GetIdx() for n in atom.GetNeighbors()} | {atom.GetIdx()}
        if unknown & around:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in copy.GetBonds():
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        around = {n.GetIdx() for end in ends for n in end.GetNeighbors()}
        if unknown & around:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    return copy


def _stereo_of(mol: Mol) -> dict[tuple[str, int], str]:
    """Descriptor of each stereo element (kind and atom or bond index); empty if open.

    Descriptors go by the order of atoms and bonds, so they compare only within one molecule.
    """
    from rdkit import Chem

    found = {}
    for item in Chem.FindPotentialStereo(Chem.Mol(mol), cleanIt=False):
        if item.type == Chem.StereoType.Atom_Tetrahedral:
            kind = "atom"
        elif item.type == Chem.StereoType.Bond_Double:
            kind = "bond"
        else:
            continue
        specified = item.specified == Chem.StereoSpecified.Specified
        found[kind, int(item.centeredOn)] = str(item.descriptor) if specified else ""
    return found


def assign_stereo(
    mol: Mol, coords: NDArray[np.float64], names: Sequence[str]
) -> tuple[Mol, tuple[Finding, ...]]:
    """Compare the stereo of a chemistry with that of its coordinates.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The chemistry.
    coords : (n, 3) float64
        Positions of its atoms in angstrom; nan where not resolved.
    names : sequence of str
        Atom names, for messages.

    Returns
    -------
    mol : rdkit.Chem.Mol
        The same molecule if its stereo was specified; else a copy in which what was open
        is filled in from the coordinates.
    findings : tuple of Finding
        What was filled in, and where coordinates and chemistry disagree.
    """
    from rdkit import Chem

    observed = _with_3d(mol, coords)
    declared, seen = _stereo_of(mol), _stereo_of(observed)
    differ, filled = [], []
    completed = Chem.Mol(mol)
    for key, text in declared.items():
        other = seen.get(key, "")
        kind, index = key
        if kind == "atom":
            label = names[index]
        else:
            bond = mol.GetBondWithIdx(index)
            label = f"{names[bond.GetBeginAtomIdx()]}={names[bond.GetEndAtomIdx()]}"
        if text and other and text != other:
            differ.append(label)
        elif not text and other:
            filled.append(label)
            if kind == "atom":
                tag = observed.GetAtomWithIdx(index).GetChiralTag()
                completed.GetAtomWithIdx(index).SetChiralTag(tag)
            else:
                _copy_bond_stereo(observed, completed, index)
    findings = []
    if differ:
        message = (
            f"The coordinates have the opposite stereo of the chemistry at {', '.join(differ)}; "
            "the chemistry's is kept."
        )
        findings.append(Finding("stereo-differs", message, "warning"))
    if filled:
        Chem.AssignStereochemistry(completed, cleanIt=True, force=True)
        message = (
            f"The stereo at {', '.join(filled)} was not specified; it is taken from the "
            "coordinates."
        )
        findings.append(Finding("stereo-from-coordinates", message, "choice"))
    return (completed if filled else mol), tuple(findings)


def _copy_bond_stereo(source: Mol, target: Mol, index: int) -> None:
    given = source.GetBondWithIdx(index)
    atoms = list(given.GetStereoAtoms())
    if len(atoms) == 2:
        bond = target.GetBondWithIdx(index)
        bond.SetStereoAtoms(*atoms)
        bond.SetStereo(given.GetStereo())


def _mismatch(
    mol: Mol,
    chemistry_names: Sequence[str],
    names: Sequence[str],
    symbols: Sequence[str],
    coords: NDArray[np.float64],
    where: str,
) -> LigandMatchError:
    """Error that names what differs."""
    from rdkit.Chem import rdFMCS

    expected = Counter(atom.GetSymbol() for atom in mol.GetAtoms())
    present = Counter(symbols)
    parts = [f"{where} has {_counts(present)}, the chemistry {_counts(expected)}"]
    extra, lacking = present - expected, expected - present
    if extra:
        parts.append(f"too many in the structure: {_counts(extra)}")
    if lacking:
        parts.append(f"too few: {_counts(lacking)}")
    chemistry = _plain(
        [atom.GetSymbol() for atom in mol.GetAtoms()],
        [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()],
    )
    found = _plain(symbols, _bonds(symbols, coords, parameter("bond_tolerance")))
    common = rdFMCS.FindMCS(
        [chemistry, found], timeout=_MCS_SECONDS, bondCompare=rdFMCS.BondCompare.CompareAny
    )
    if common.numAtoms:
        one = set(chemistry.GetSubstructMatch(common.queryMol))
        two = set(found.GetSubstructMatch(common.queryMol))
        alone = [names[i] for i in range(len(names)) if i not in two]
        other = [chemistry_names[i] for i in range(mol.GetNumAtoms()) if i not in one]
        if alone:
            parts.append(f"without counterpart in the structure: {_listed(alone)}")
        if other:
            parts.append(f"without counterpart in the chemistry: {_listed(other)}")
    return LigandMatchError(
        f"The atoms of {where} are not those of the chemistry given: {'; '.join(parts)}. Check "
        "the SMILES or the residue; for another compound than the one that is bound, give a file "
        "with its coordinates in this frame."
    )


def _counts(elements: Counter[str]) -> str:
    order = sorted(elements, key=lambda symbol: (symbol != "C", symbol))
    return " ".join(f"{symbol}{elements[symbol]}" for symbol in order) or "nothing"


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
