"""A residue in its surroundings: its conformers, and what each costs.

For one residue of a complex and any amino acid in its place, a `Site` builds the
side-chain conformers on the fixed backbone and gives each two energies: with the rest
of the protein (``E_prot``) and with the ligand (``E_lig``, by contribution).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ._jitter import displaced
from .atoms import AtomType, TypedAtoms, protein_atom_type
from .energies import TERMS, PairParameters, PairTable, pair_parameters
from .errors import StructureError
from .reference import read_json
from .residues import BACKBONE_ATOMS, ONE_TO_THREE, THREE_TO_ONE, ResidueId
from .rotamers import Conformers, chi_angles, conformers, dihedral, inherited_chi

if TYPE_CHECKING:
    from .complexes import Complex
    from .structures import Residue, Structure

__all__ = ["Parameters", "Site", "SiteEnergies", "SiteKey", "Surroundings", "parameters"]

Floats = NDArray[np.float64]
SiteKey = tuple[int, tuple[int, ...]]

#: A peptide bond is shorter than this; longer, and the neighbour is behind a gap.
PEPTIDE_BOND_ANG: Final = 2.0
#: Side-chain atoms that carry the charge of a charged residue.
_CHARGED_ATOMS: Final = {
    "ARG": ("NE", "NH1", "NH2"), "LYS": ("NZ",), "ASP": ("OD1", "OD2"), "GLU": ("OE1", "OE2"),
}  # fmt: skip
#: These have no side chain that could turn; the empty text is what is no amino acid.
_STILL: Final = frozenset({"", "G", "A", "P"})
#: Nearer than two heavy atoms that are bonded: they cannot both be there.
_ONE_PLACE_ANG: Final = 1.2
_APOLAR: Final = frozenset({"C", "S", "F", "CL", "BR", "I"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of the score.

    Parameters
    ----------
    pair : PairParameters
        Of the pair terms.
    desolvation_kcal : float
        Cost of one apolar ligand atom next to a charged side-chain atom.
    desolvation_full_ang, desolvation_none_ang : float
        Distances between which that cost falls to zero.
    saturation_kcal : float
        Large ddG are compressed to this value, as cap * tanh(ddG / cap).
    jitter : int
        How many displaced copies of the best pose join the ensemble.
    jitter_ang, jitter_deg : float
        Their root mean square displacement and turn.
    pose_weight : float
        Share of the pocket energy by which poses are weighed: it is uncertain by more than
        RT.
    seed : int, default 0
        Seed of the displaced copies; no part of what is shipped.
    neighbours : int, default 0
        How many side chains of its first shell move with a mutated residue.
    neighbour_ang, neighbour_ligand_ang : float
        A side chain is of the first shell if its atoms beyond C-beta are nearer than this to
        conformers of wild type or mutant, and to the ligand.
    """

    pair: PairParameters
    desolvation_kcal: float
    desolvation_full_ang: float
    desolvation_none_ang: float
    saturation_kcal: float
    jitter: int
    jitter_ang: float
    jitter_deg: float
    pose_weight: float
    seed: int = 0
    neighbours: int = 0
    neighbour_ang: float = 4.0
    neighbour_ligand_ang: float = 6.0


def parameters() -> Parameters:
    """Return the parameters that the package ships.

    Returns
    -------
    trkstruct.sites.Parameters
        Read once.
    """
    values = read_json("parameters.json")
    given = values["score"]
    score: dict[str, Any] = {
        f.name: float(given[f.name])
        for f in fields(Parameters)
        # What has a default need not be in the file.
        if f.name != "pair" and (f.default is MISSING or f.name in given)
    }
    counts = {name: int(score[name]) for name in ("jitter", "neighbours", "seed") if name in score}
    return Parameters(pair_parameters(), **(score | counts))


class Surroundings:
    """The atoms of a complex, typed once for all its sites.

    Parameters
    ----------
    structure : Structure
        Protein, with whatever else the file has.
    ligand : TypedAtoms or None
        The inhibitor in its pose.
    others : sequence of (n, 3) ndarray of float64
        Its atoms in the other poses of the ensemble, in angstrom.
    score : Parameters
        Parameters of the score.
    bound : Residue, optional
        The residue that the ligand was read from. A cofactor may be the ligand, and is
        then no part of the surroundings.
    """

    def __init__(
        self,
        structure: Structure,
        ligand: TypedAtoms | None,
        score: Parameters,
        bound: Residue | None = None,
        others: Sequence[Floats] = (),
    ) -> None:
        self.structure = structure
        self.ligand = ligand
        self.poses: tuple[TypedAtoms, ...] = ()
        if ligand is not None:
            more = (TypedAtoms(coords, ligand.types, ligand.names) for coords in others)
            self.poses = (ligand, *more)
        self.score = score
        kept, types, owner = [], [], []
        for residue in structure.residues:
            # Waters and buffers come and go; other ligands are not the protein's.
            if residue.kind not in ("protein", "cap", "ion", "cofactor"):
                continue
            if bound is not None and residue.index == bound.index:
                continue
            if residue.kind == "cofactor" and self._displaced(residue):
                continue
            for atom in range(residue.start, residue.stop):
                element = str(structure.elements[atom])
                name = str(structure.atom_names[atom])
                types.append(protein_atom_type(residue.parent or residue.name, name, element))
                kept.append(atom)
                owner.append(residue.index)
        self.index = np.array(kept, dtype=np.int64)
        self.owner = np.array(owner, dtype=np.int64)
        names = tuple(str(structure.atom_names[atom]) for atom in kept)
        self.atoms = TypedAtoms(structure.coords[self.index], tuple(types), names)
        self.names = np.array(names)
        self.hard_pair = replace(score.pair, shift=0.0)

    def _displaced(self, cofactor: Residue) -> bool:
        """Return whether a placed ligand lies where a cofactor lay, whose place it has taken."""
        if self.ligand is None or not len(self.ligand):
            return False
        coords = self.structure.coords[cofactor.start : cofactor.stop]
        nearest = squared_distances(coords[None], self.ligand.coords).min(initial=np.inf)
        return bool(nearest < _ONE_PLACE_ANG**2)

    @cached_property
    def table(self) -> PairTable:
        """Pair terms with all that surrounds a site, of which each site takes its part."""
        return PairTable(self.atoms, self.score.pair)

    @cached_property
    def ligand_coords(self) -> Floats:
        """Positions of the ligand's atoms, (p, n, 3) float64 in angstrom; p is 0 without one."""
        if not self.poses:
            return np.zeros((0, 0, 3))
        return np.stack([pose.coords for pose in self.poses])

    @cached_property
    def ligand_table(self) -> PairTable:
        """Pair terms with the ligand in all its poses, a group each."""
        count = len(self.poses)
        types, names = self.poses[0].types * count, self.poses[0].names * count
        together = TypedAtoms(self.ligand_coords, types, names)
        return PairTable(together, self.score.pair, count)

    @cached_property
    def side_chains_at_ligand(self) -> list[tuple[int, str, Floats]]:
        """Side chains that could turn, near the best pose: index, amino acid, turning atoms.

        The atoms are those beyond C-beta, (n, 3) float64 in angstrom.
        """
        out = []
        nearest = self.score.neighbour_ligand_ang**2
        for residue in self.structure.residues:
            letter = THREE_TO_ONE.get(residue.parent, "")
            if residue.kind != "protein" or letter in _STILL or self.ligand is None:
                continue
            atoms = self.structure.atoms(residue)
            side = [at for name, at in atoms.items() if name not in (*BACKBONE_ATOMS, "CB")]
            if side and {"N", "CA", "C"} <= atoms.keys():
                turning = np.array(side)
                if squared_distances(turning[None], self.ligand.coords).min() <= nearest:
                    out.append((residue.index, letter, turning))
        return out

    @cached_property
    def apolar_ligand(self) -> Floats:
        """Positions of the ligand's apolar atoms, (p, n, 3) float64 in angstrom."""
        if self.ligand is None:
            return self.ligand_coords
        apolar = np.array([t.element.upper() in _APOLAR for t in self.ligand.types], dtype=bool)
        return np.asarray(self.ligand_coords[:, apolar])


@dataclass(frozen=True, slots=True, eq=False)
class SiteEnergies:
    """Conformers of one amino acid at a site and their energies.

    Parameters
    ----------
    conformers : Conformers
        Side chains on the fixed backbone.
    protein : (r,) float64
        Energy with the rest of the protein, kcal/mol.
    ligand : (p, 4, r) float64
        Contributions of the energy with the ligand in each pose, in the order of `TERMS`,
        kcal/mol. The best pose is the first.
    """

    conformers: Conformers
    protein: Floats
    ligand: Floats

    @property
    def ligand_total(self) -> Floats:
        """Energy with the ligand in each pose, (p, r) float64 in kcal/mol."""
        return np.asarray(self.ligand.sum(axis=1))


class Site:
    """One residue of a complex.

    Parameters
    ----------
    surroundings : Surroundings
        The complex.
    residue : Residue
        The residue; its backbone must be resolved.
    removed : sequence of int, optional
        Indices of other residues whose side chains are modelled as well, and are
        therefore no part of these surroundings.

    Raises
    ------
    StructureError
        If N, CA or C of the residue has no coordinates.
    """

    def __init__(
        self, surroundings: Surroundings, residue: Residue, removed: Sequence[int] = ()
    ) -> None:
        self.surroundings = surroundings
        self.residue = residue
        structure = surroundings.structure
        self.positions = structure.atoms(residue)
        lost = [name for name in ("N", "CA", "C") if name not in self.positions]
        if lost:
            raise StructureError(
                f"Residue {residue.name} {residue.id} has no coordinates for backbone atom "
                f"{' and '.join(lost)}; a side chain cannot be built there. Use another "
                "structure, or rebuild the backbone first."
            )
        self.backbone = np.array([self.positions[name] for name in ("N", "CA", "C")])
        self.before, self.after = _neighbours(structure, residue, self.positions)
        self.phi, self.psi = self._backbone_dihedrals()
        self._removed = frozenset(removed)
        #: The residue's index, and those removed: what tells sites of one complex apart.
        self.key: SiteKey = (residue.index, tuple(sorted(self._removed)))
        self._cache: dict[str, SiteEnergies] = {}
        self._fixed = self._fixed_atoms()
        self._table = surroundings.table.take(self._fixed)
        self._chi = chi_angles(residue.parent, self.positions)

    def _backbone_dihedrals(self) -> tuple[float, float]:
        n, ca, c = self.backbone
        structure = self.surroundings.structure
        phi = psi = float("nan")
        if self.before is not None:
            phi = dihedral([structure.atoms(self.before)["C"], n, ca, c])
        if self.after is not None:
            psi = dihedral([n, ca, c, structure.atoms(self.after)["N"]])
        return phi, psi

    def _reached(self, coords: Floats) -> NDArray[np.bool_]:
        """Return which of some atoms a side chain here could reach."""
        # An extended arginine ends 7.4 A from its C-alpha.
        reach = 7.5 + self.surroundings.score.pair.cutoff
        apart = coords - self.backbone[1]
        return np.asarray((apart**2).sum(axis=-1) < reach**2)

    def _fixed_atoms(self) -> NDArray[np.int64]:
        """Return which surrounding atoms a side chain here could reach."""
        around = self.surroundings
        near = self._reached(around.atoms.coords)
        near &= around.owner != self.residue.index
        if self._removed:
            modelled = np.isin(around.owner, list(self._removed))
            near &= ~(modelled & ~np.isin(around.names, BACKBONE_ATOMS))
        return np.flatnonzero(near)

    @cached_property
    def _bonded(self) -> dict[tuple[int, str], NDArray[np.bool_]]:
        """Which fixed atoms are C, O, CA of the residue before (-1), or N of that behind (1)."""
        around, found = self.surroundings, {}
        for side, neighbour, names in (
            (-1, self.before, ("C", "O", "CA")),
            (1, self.after, ("N",)),
        ):
            for name in names:
                own = np.zeros(len(self._fixed), dtype=bool)
                if neighbour is not None:
                    own = around.owner[self._fixed] == neighbour.index
                    own &= around.names[self._fixed] == name
                found[side, name] = own
        return found

    def _masks(self, name: str, atoms: Sequence[str]) -> NDArray[np.bool_]:
        """Return what each side-chain atom sees of the fixed atoms."""
        masks = np.ones((len(atoms), len(self._fixed)), dtype=bool)
        # Atoms within three bonds. (The rotamer library's prior holds what lies within the
        # residue, so its own backbone is no part of the fixed atoms at all.)
        bonded = [("CB", -1, "C"), ("CB", 1, "N")]
        if name == "PRO":
            bonded += [("CD", -1, "C"), ("CD", -1, "O"), ("CD", -1, "CA"), ("CG", -1, "C")]
        for atom, side, hidden in bonded:
            if atom in atoms:
                masks[atoms.index(atom)] &= ~self._bonded[side, hidden]
        return masks

    def crystal_chi(self) -> Floats:
        """Chi angles of the residue as it stands, (k,) float64 in degrees, nan if missing."""
        return self._chi

    def energies(self, amino_acid: str) -> SiteEnergies:
        """Conformers of an amino acid at this site with their energies.

        Parameters
        ----------
        amino_acid : str
            One-letter code.

        Returns
        -------
        SiteEnergies
            The same object at every call.
        """
        found = self._cache.get(amino_acid)
        if found is None:
            found = self._cache[amino_acid] = self._energies(ONE_TO_THREE[amino_acid])
        return found

    def _energies(self, name: str) -> SiteEnergies:
        # Proline's ring pulls its C-beta aside by 0.15 A: no place for another's, nor theirs
        # for proline's, whose ring would not close.
        alike = (name == "PRO") == (self.residue.parent == "PRO")
        built = conformers(
            name,
            self.backbone,
            self.phi,
            self.psi,
            cb=self.positions.get("CB") if alike else None,
            inherited=inherited_chi(name, self.residue.parent, self._chi),
        )
        atoms = built.atoms
        types = [protein_atom_type(name, atom) for atom in atoms]
        hard = [atom == "CB" for atom in atoms]
        protein = self._table.energies(
            built.coords, types, self._masks(name, atoms), hard=hard, split=False,
            distinct=built.distinct,
        )[0]  # fmt: skip
        around = self.surroundings
        shape = max(len(around.poses), 1), len(TERMS), len(built)
        if not self._reached(around.ligand_coords).any():
            # Nothing to store, either: most sites of a kinase are far from its ligand.
            return SiteEnergies(built, protein, np.broadcast_to(0.0, shape))
        ligand = around.ligand_table.energies(
            built.coords, types, hard=hard, split=True, distinct=built.distinct
        ).reshape(shape)
        ligand[:, TERMS.index("charge")] += self._desolvation(built)
        return SiteEnergies(built, protein, ligand)

    def _desolvation(self, built: Conformers) -> Floats:
        """Return what apolar ligand atoms next to a charged group cost; (p, r) kcal/mol."""
        apolar = self.surroundings.apolar_ligand
        poses, each = apolar.shape[:2]
        charged = [built.atoms.index(a) for a in _CHARGED_ATOMS.get(built.residue, ())]
        if not charged or not each:
            return np.zeros((poses, len(built)))
        score = self.surroundings.score
        square = squared_distances(built.coords[:, charged], apolar.reshape(-1, 3)).min(axis=1)
        nearest = np.sqrt(square)
        width = score.desolvation_none_ang - score.desolvation_full_ang
        share = np.clip((score.desolvation_none_ang - nearest) / width, 0.0, 1.0)
        return np.asarray(score.desolvation_kcal * share.reshape(-1, poses, each).sum(axis=2).T)

    def ligand_distance(
        self, built: Conformers, chosen: NDArray[np.bool_] | slice = slice(None)
    ) -> Floats:
        """Distance of each conformer from the ligand.

        Parameters
        ----------
        built : Conformers
            Conformers at this site.
        chosen : (r,) ndarray of bool, optional
            Of which of them; of all if not given.

        Returns
        -------
        (r,) ndarray of float64
            Between the nearest heavy atoms of side chain and ligand, in angstrom; from
            C-alpha for glycine; inf without a ligand.
        """
        ligand = self.surroundings.ligand
        if ligand is None or not len(ligand):
            return np.full(len(built), np.inf)[chosen]
        coords = built.coords[chosen] if built.atoms else self.backbone[None, 1:2]
        square = squared_distances(coords, ligand.coords)
        return np.asarray(np.sqrt(square.min(axis=(1, 2))))

    def types(self, amino_acid: str) -> list[AtomType]:
        """Types of the side-chain atoms of an amino acid, in building order."""
        name = ONE_TO_THREE[amino_acid]
        return [protein_atom_type(name, a) for a in self.energies(amino_acid).conformers.atoms]


def squared_distances(coords: Floats, others: Floats) -> Floats:
    """Return squared distances of several sets of atoms from one.

    Parameters
    ----------
    coords : (r, a, 3) ndarray of float64
        The sets.
    others : (n, 3) ndarray of float64
        The one.

    Returns
    -------
    (r, a, n) ndarray of float64
    """
    out = np.zeros((*coords.shape[:2], len(others)))
    # Axis by axis: no array with three numbers a pair.
    for axis in range(3):
        out += (coords[..., axis, None] - others[:, axis]) ** 2
    return out


def _neighbours(
    structure: Structure, residue: Residue, positions: dict[str, Floats]
) -> tuple[Residue | None, Residue | None]:
    """Return the residues that are peptide-bonded to this one."""
    before = after = None
    if residue.index > 0:
        other = structure.residues[residue.index - 1]
        carbon = structure.atoms(other).get("C")
        if carbon is not None and np.linalg.norm(carbon - positions["N"]) < PEPTIDE_BOND_ANG:
            before = other
    if residue.index + 1 < len(structure.residues):
        other = structure.residues[residue.index + 1]
        nitrogen = structure.atoms(other).get("N")
        if nitrogen is not None and np.linalg.norm(nitrogen - positions["C"]) < PEPTIDE_BOND_ANG:
            after = other
    return before, after


def site_of(surroundings: Surroundings, where: ResidueId, removed: Sequence[int] = ()) -> Site:
    """Return the site of a residue.

    Parameters
    ----------
    surroundings : Surroundings
        The complex.
    where : ResidueId
        The residue.
    removed : sequence of int, optional
        As in `Site`.

    Returns
    -------
    Site

    Raises
    ------
    ResidueNotFoundError
        If the structure has no such residue.
    StructureError
        If its backbone is not resolved.
    """
    return Site(surroundings, surroundings.structure.residue(where), removed)


def surroundings_of(complex_: Complex, score: Parameters | None = None) -> Surroundings:
    """Return the surroundings that the sites of a complex share.

    Parameters
    ----------
    complex_ : Complex
        Structure and ligand.
    score : Parameters, optional
        The package's own if left out.

    Returns
    -------
    Surroundings
        With the poses of the complex, and displaced copies of the first.
    """
    ligand, read_from = complex_.ligand_atoms, complex_.residue
    used = score or parameters()
    kept = list(complex_.resolved)
    others = [np.asarray(pose.coords[kept]) for pose in complex_.poses[1:]]
    others += displaced(complex_.structure, ligand.coords, used)
    return Surroundings(complex_.structure, ligand, used, read_from, others)
