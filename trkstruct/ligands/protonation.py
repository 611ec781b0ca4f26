"""The protonation state of a small molecule at a pH, from a table of group pKa's.

Each ionisable atom takes the pKa of the first row of ``ionisable_groups.csv`` that
matches it; aliphatic amines are shifted by what stands near them
(``ionisable_increments.csv``), and charges of the same sign oppose each other
(``ionisable_couplings.csv``). The states follow from the binding polynomial over all
combinations, so that a piperazine takes one proton and not two.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ..reference import read_csv

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["IonisableSite", "ProtonationState", "ionisable_sites", "parameter", "protonate"]

#: Combinations grow as a power of two; molecules with more sites keep the strongest.
_MAX_SITES = 10


@lru_cache(maxsize=1)
def _parameters() -> dict[str, float]:
    return {row["name"]: float(row["value"]) for row in read_csv("ligand_parameters.csv")}


def parameter(name: str) -> float:
    """Return a threshold of ``ligand_parameters.csv``.

    Parameters
    ----------
    name : str
        Name of the row.

    Returns
    -------
    float
        In the unit that the table states.
    """
    return _parameters()[name]


@dataclass(frozen=True, slots=True)
class IonisableSite:
    """An atom that may gain or lose a proton.

    Parameters
    ----------
    atom : int
        Index of the atom in the molecule.
    element : str
        Its element.
    kind : {"base", "acid"}
        Whether the table's form takes a proton or gives one.
    pka : float
        Estimated pKa, without the influence of other charges in the molecule.
    group : str
        Name of the row of ``ionisable_groups.csv``.
    name : str
        Name of the atom, for reports.
    """

    atom: int
    element: str
    kind: Literal["base", "acid"]
    pka: float
    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group} {self.name} (pKa {self.pka:.1f})"


@dataclass(frozen=True, slots=True)
class ProtonationState:
    """One protonation state of a molecule at a pH.

    Parameters
    ----------
    smiles : str
        Isomeric SMILES of the charged form.
    charge : int
        Net formal charge in e.
    population : float
        Estimated share of this state, 0 to 1, among all states.
    sites : str
        In words: which groups carry a charge, with their pKa's.
    changes : tuple of (int, int)
        Atom index and proton change (+1 or -1), against the neutral form.
    ph : float
        The pH.
    """

    smiles: str
    charge: int
    population: float
    sites: str
    changes: tuple[tuple[int, int], ...]
    ph: float

    def apply(self, mol: Mol) -> Mol:
        """Return a copy of the neutral molecule in this state.

        Parameters
        ----------
        mol : rdkit.Chem.Mol
            The neutral form, atoms in the order that the sites were found in.

        Returns
        -------
        rdkit.Chem.Mol
            Same atoms in the same order, charges and hydrogen counts changed.
        """
        return _apply(mol, self.changes)


@lru_cache(maxsize=1)
def _groups() -> tuple[tuple[Any, int, dict[str, str]], ...]:
    return tuple(_pattern("ionisable_groups.csv"))


@lru_cache(maxsize=1)
def _increments() -> tuple[tuple[Any, int, dict[str, str]], ...]:
    return tuple(_pattern("ionisable_increments.csv"))


def _pattern(table: str) -> list[tuple[Any, int, dict[str, str]]]:
    """Compiled SMARTS of a table with the position of the atom of map number 1."""
    from rdkit import Chem

    from ..errors import DataError

    compiled = []
    for row in read_csv(table):
        query = Chem.MolFromSmarts(row["smarts"])
        places = [a.GetIdx() for a in query.GetAtoms() if a.GetAtomMapNum() == 1] if query else []
        if len(places) != 1:
            raise DataError(
                f"{table}: the pattern of {row['name']!r} is not SMARTS with one atom of map "
                f"number 1: {row['smarts']}"
            )
        compiled.append((query, places[0], dict(row)))
    return compiled


@lru_cache(maxsize=1)
def _couplings() -> dict[str, float]:
    return {row["bonds"]: float(row["shift"]) for row in read_csv("ionisable_couplings.csv")}


def ionisable_sites(mol: Mol, names: Sequence[str] = ()) -> tuple[IonisableSite, ...]:
    """Find the groups that may change protonation, with estimated pKa's.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Neutral form, hydrogens implicit.
    names : sequence of str, optional
        Names of its atoms; element and number if not given.

    Returns
    -------
    tuple of IonisableSite
        In the order of the atoms.

    Examples
    --------
    >>> from rdkit import Chem
    >>> from trkstruct.ligands.protonation import ionisable_sites
    >>> [str(site) for site in ionisable_sites(Chem.MolFromSmiles("CN1CCOCC1"))]
    ['morpholine N-alkyl N2 (pKa 7.4)']
    """
    found: dict[int, IonisableSite] = {}
    for query, place, row in _groups():
        for match in mol.GetSubstructMatches(query, uniquify=False, maxMatches=10000):
            atom = match[place]
            if atom in found:
                continue
            pka = float(row["pka"])
            if row["increments"] == "1":
                pka += _shift(mol, atom)
            kind: Literal["base", "acid"] = "base" if row["kind"] == "base" else "acid"
            element = mol.GetAtomWithIdx(atom).GetSymbol()
            name = names[atom] if names else f"{element}{atom + 1}"
            found[atom] = IonisableSite(atom, element, kind, pka, row["name"], name)
    return tuple(found[atom] for atom in sorted(found))


def _shift(mol: Mol, atom: int) -> float:
    """Sum of the increments on one amine nitrogen, one for each path."""
    total = 0.0
    for query, place, row in _increments():
        # uniquify=False keeps both ways round a ring; a set drops repeats of one path.
        matches = mol.GetSubstructMatches(query, uniquify=False, maxMatches=10000)
        total += float(row["shift"]) * len({m for m in matches if m[place] == atom})
    return total


def protonate(
    mol: Mol, ph: float | None = None, names: Sequence[str] = ()
) -> tuple[ProtonationState, ...]:
    """Protonation states that matter at a pH, the most populated first.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Neutral form, hydrogens implicit.
    ph : float, optional
        7.4 if left out.
    names : sequence of str, optional
        Names of the atoms, for the description; element and number if not given.

    Returns
    -------
    tuple of ProtonationState
        The most populated state, and the state with one proton more or less where
        the pKa between the two lies between 6.5 and 8.0 (for pH 7.4).

    Notes
    -----
    The pKa's are group values, good to about one unit: the state is an assumption
    that is recorded, not a measurement.

    Examples
    --------
    >>> from rdkit import Chem
    >>> from trkstruct.ligands.protonation import protonate
    >>> protonate(Chem.MolFromSmiles("C1CCNCC1"))[0].smiles
    'C1CC[NH2+]CC1'
    """
    acidity = parameter("ph") if ph is None else ph
    sites = [site for site in ionisable_sites(mol, names) if abs(site.pka - acidity) < 12.0]
    if len(sites) > _MAX_SITES:
        sites = sorted(sites, key=lambda s: abs(s.pka - acidity))[:_MAX_SITES]
        sites.sort(key=lambda s: s.atom)
    states = _microstates(mol, sites, acidity)
    total = sum(weight for weight, _ in states)
    by_protons: dict[int, list[tuple[float, tuple[int, ...]]]] = {}
    for weight, chosen in states:
        by_protons.setdefault(_protons(sites, chosen), []).append((weight, chosen))
    sums = {protons: sum(w for w, _ in group) for protons, group in by_protons.items()}
    most = max(sums, key=lambda protons: sums[protons])
    best = max(by_protons[most], key=lambda item: item[0])
    picked = [(sums[most], best[1])]
    low = parameter("state_pka_low") - parameter("ph") + acidity
    high = parameter("state_pka_high") - parameter("ph") + acidity
    for step in (-1, 1):
        if most + step not in sums:
            continue
        # pKa between the two: the pH at which their populations would be equal.
        pka = acidity + step * math.log10(sums[most + step] / sums[most])
        if low <= pka <= high:
            other = max(by_protons[most + step], key=lambda item: item[0])
            picked.append((sums[most + step], other[1]))
    picked.sort(key=lambda item: -item[0])
    return tuple(_state(mol, sites, chosen, weight / total, acidity) for weight, chosen in picked)


def _protons(sites: Sequence[IonisableSite], charged: Sequence[int]) -> int:
    return sum(1 if sites[index].kind == "base" else -1 for index in charged)


def _microstates(
    mol: Mol, sites: Sequence[IonisableSite], ph: float
) -> list[tuple[float, tuple[int, ...]]]:
    """Statistical weight of every set of charged sites."""
    opposition = {
        pair: _coupling(mol, sites[pair[0]], sites[pair[1]])
        for pair in itertools.combinations(range(len(sites)), 2)
        if sites[pair[0]].kind == sites[pair[1]].kind
    }
    states = []
    for count in range(len(sites) + 1):
        for chosen in itertools.combinations(range(len(sites)), count):
            exponent = sum(
                sites[i].pka - ph if sites[i].kind == "base" else ph - sites[i].pka for i in chosen
            )
            exponent -= sum(opposition.get(p, 0.0) for p in itertools.combinations(chosen, 2))
            states.append((10.0**exponent, chosen))
    return states


def _coupling(mol: Mol, one: IonisableSite, other: IonisableSite) -> float:
    from rdkit import Chem

    path = Chem.GetShortestPath(mol, one.atom, other.atom)
    bonds = len(path) - 1
    if bonds < 1:  # another fragment
        return 0.0
    steps = [mol.GetBondBetweenAtoms(path[i], path[i + 1]).GetIsConjugated() for i in range(bonds)]
    table = _couplings()
    if all(steps):
        return table["system"]
    rings = mol.GetRingInfo().AtomRings()
    if f"ring {bonds}" in table and any(one.atom in r and other.atom in r for r in rings):
        return table[f"ring {bonds}"]
    return table.get(str(bonds), 0.0)


def _apply(mol: Mol, changes: Sequence[tuple[int, int]]) -> Mol:
    from rdkit import Chem

    edited = Chem.RWMol(mol)
    for index, change in changes:
        atom = edited.GetAtomWithIdx(index)
        hydrogens = atom.GetTotalNumHs()
        atom.SetFormalCharge(atom.GetFormalCharge() + change)
        atom.SetNumExplicitHs(hydrogens + change)
        atom.SetNoImplicit(True)
    changed = edited.GetMol()
    Chem.SanitizeMol(changed)
    return changed


def _state(
    mol: Mol,
    sites: Sequence[IonisableSite],
    chosen: Sequence[int],
    population: float,
    ph: float,
) -> ProtonationState:
    from rdkit import Chem

    changes = tuple((sites[i].atom, 1 if sites[i].kind == "base" else -1) for i in chosen)
    changed = _apply(mol, changes)
    words = "; ".join(f"{sites[i]} {'+' if sites[i].kind == 'base' else '-'}1" for i in chosen)
    return ProtonationState(
        Chem.MolToSmiles(changed),
        Chem.GetFormalCharge(changed),
        population,
        words or "no charged group",
        changes,
        ph,
    )
