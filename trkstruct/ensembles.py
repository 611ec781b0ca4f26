"""Mutants: the ensemble of side chains, and what it costs the inhibitor.

With p_r the prior of a conformer, E_prot its energy with the protein and E_lig that
with the ligand, the ligand takes from the ensemble of residue a

    dG(a) = -RT ln [ sum_r p_r exp(-(E_prot + E_lig) / RT) / sum_r p_r exp(-E_prot / RT) ]

and a mutation w -> m costs ddG = dG(m) - dG(w). Several mutations are one ensemble: r
then runs over the combinations of conformers, whose energy has their interaction too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .atoms import TypedAtoms
from .energies import TERMS, PairTable, exact_terms
from .errors import MutationError
from .mutations import MutationSet
from .mutations import Site as Located
from .residues import Finding
from .sites import Parameters, Site, SiteEnergies, Surroundings, surroundings_of

if TYPE_CHECKING:
    from .complexes import Complex

__all__ = ["RT_KCAL", "Ensemble", "Mutant", "mutate"]

Floats = NDArray[np.float64]

#: RT at 298.15 K in kcal/mol.
RT_KCAL: Final = 0.0019872043 * 298.15
#: More mutated residues at once than this would make too many combinations of conformers.
MOST_MUTATIONS: Final = 4
#: So many combinations of conformers of several sites are weighed one by one; where there
#: are more, the best conformers of each site stand for all of it.
_MOST_COMBINATIONS: Final = 200_000
#: A conformer that the free protein populates less than this cannot be said to reach anything.
_REACHABLE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """The conformers of one variant at the mutated sites, with their weights.

    Parameters
    ----------
    letters : str
        One-letter amino acids, one a site.
    energies : tuple of SiteEnergies
        One a site.
    free, bound : tuple of (r,) float64
        Weight of each conformer of each site without and with the ligand; sums to one.
        Zero for a conformer that others stand for (several sites only).
    dg_kcal : float
        What the ensemble costs the ligand, kcal/mol.
    means_kcal : (4,) float64
        Mean contributions in the bound ensemble, in the order of `TERMS`, kcal/mol.
    protein_kcal : float
        Free energy of the conformers in the protein without the ligand, kcal/mol.
    """

    letters: str
    energies: tuple[SiteEnergies, ...]
    free: tuple[Floats, ...]
    bound: tuple[Floats, ...]
    dg_kcal: float
    means_kcal: Floats
    protein_kcal: float


def _log_sum(values: Floats) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))


def _single(letter: str, energies: SiteEnergies) -> Ensemble:
    """Return the ensemble of one site."""
    free = np.log(energies.conformers.probability) - energies.protein / RT_KCAL
    bound = free - energies.ligand_total / RT_KCAL
    z_free, z_bound = _log_sum(free), _log_sum(bound)
    weight_free, weight_bound = np.exp(free - z_free), np.exp(bound - z_bound)
    return Ensemble(
        letter,
        (energies,),
        (weight_free,),
        (weight_bound,),
        -RT_KCAL * (z_bound - z_free),
        energies.ligand @ weight_bound,
        -RT_KCAL * z_free,
    )


def _most_of_each(sizes: Sequence[int]) -> int:
    """Return how many conformers of each site may be kept."""
    most = max(sizes)
    while np.prod([float(min(size, most)) for size in sizes]) > _MOST_COMBINATIONS:
        most -= 1
    return most


def _best(energies: SiteEnergies, most: int) -> tuple[NDArray[np.intp], float, float]:
    """Return the conformers that matter, with the ligand or without it, and what they omit.

    The two numbers are the logarithms of all conformers' weight over that of those kept,
    without and with the ligand: what is left out is taken to meet the other sites as
    what is kept does.
    """
    free = np.log(energies.conformers.probability) - energies.protein / RT_KCAL
    bound = free - energies.ligand_total / RT_KCAL
    if len(free) <= most:
        return np.arange(len(free)), 0.0, 0.0
    rank = np.minimum(*(np.argsort(np.argsort(-x, kind="stable")) for x in (free, bound)))
    kept = np.sort(np.argsort(rank, kind="stable")[:most])
    return kept, _log_sum(free) - _log_sum(free[kept]), _log_sum(bound) - _log_sum(bound[kept])


def interaction(one: Site, two: Site, a: str, b: str, rows: Any, columns: Any) -> Floats:
    """Return the energy between conformers of two sites.

    Parameters
    ----------
    one, two : Site
        The sites, each made without the other's side chain.
    a, b : str
        One-letter amino acids there.
    rows, columns : sequence of int
        Which conformers of each.

    Returns
    -------
    (r1, r2) ndarray of float64
        In kcal/mol.
    """
    first, second = one.energies(a).conformers, two.energies(b).conformers
    out = np.zeros((len(rows), len(columns)))
    if not first.atoms or not second.atoms or not out.size:
        return out
    types = tuple(two.types(b))
    moving, moving_types = first.coords[rows], one.types(a)

    def with_atoms(column: int, chosen: slice, hard: Sequence[bool]) -> Floats:
        fixed = TypedAtoms(second.coords[column, chosen], types[chosen], second.atoms[chosen])
        table = PairTable(fixed, one.surroundings.score.pair)
        return np.asarray(table.energies(moving, moving_types, hard=hard, split=False)[0])

    # A pair is hard if either atom is a C-beta, whichever site comes first. The other's
    # C-beta is its first atom and stands in one place.
    out += with_atoms(columns[0], slice(0, 1), [True] * len(first.atoms))[:, None]
    hard = [atom == "CB" for atom in first.atoms]
    for number, column in enumerate(columns):
        out[:, number] += with_atoms(column, slice(1, None), hard)
    return out


def _joint(sites: Sequence[Site], letters: str) -> Ensemble:
    """Return the ensemble of several sites together."""
    n = len(sites)
    energies = tuple(site.energies(a) for site, a in zip(sites, letters, strict=True))
    most = _most_of_each([len(e.conformers) for e in energies])
    best = [_best(e, most) for e in energies]
    kept = [b[0] for b in best]
    shape = tuple(len(k) for k in kept)
    free = np.zeros(shape)
    ligand = np.zeros(shape)
    for axis, (e, k) in enumerate(zip(energies, kept, strict=True)):
        along = [1] * n
        along[axis] = -1
        free += (np.log(e.conformers.probability[k]) - e.protein[k] / RT_KCAL).reshape(along)
        ligand += e.ligand_total[k].reshape(along)
    for i in range(n):
        for j in range(i + 1, n):
            apart = np.linalg.norm(sites[i].backbone[1] - sites[j].backbone[1])
            if apart > 15.0 + sites[i].surroundings.score.pair.cutoff:
                continue
            pair = interaction(sites[i], sites[j], letters[i], letters[j], kept[i], kept[j])
            along = [1] * n
            along[i], along[j] = pair.shape
            free -= pair.reshape(along) / RT_KCAL
    bound = free - ligand / RT_KCAL
    z_free, z_bound = _log_sum(free), _log_sum(bound)
    weight_free, weight_bound = np.exp(free - z_free), np.exp(bound - z_bound)
    z_free += sum(b[1] for b in best)
    z_bound += sum(b[2] for b in best)
    marginals: list[tuple[Floats, Floats]] = []
    means = np.zeros(len(TERMS))
    for axis, (e, k) in enumerate(zip(energies, kept, strict=True)):
        others = tuple(x for x in range(n) if x != axis)
        full = []
        for weight in (weight_free, weight_bound):
            whole = np.zeros(len(e.conformers))
            whole[k] = weight.sum(axis=others)
            full.append(whole)
        marginals.append((full[0], full[1]))
        means += e.ligand @ full[1]
    return Ensemble(
        letters,
        energies,
        tuple(m[0] for m in marginals),
        tuple(m[1] for m in marginals),
        -RT_KCAL * (z_bound - z_free),
        means,
        -RT_KCAL * z_free,
    )


def ensemble(sites: Sequence[Site], letters: str) -> Ensemble:
    """Return the ensemble of given amino acids at given sites.

    Parameters
    ----------
    sites : sequence of Site
        Each made with the others' residues removed.
    letters : str
        One amino acid a site.

    Returns
    -------
    Ensemble
    """
    if len(sites) == 1:
        return _single(letters, sites[0].energies(letters))
    return _joint(sites, letters)


@dataclass(frozen=True, eq=False)
class Mutant:
    """A mutation modelled in a complex: both ensembles and their difference.

    Parameters
    ----------
    complex : Complex
        The complex that was mutated.
    mutations : tuple of trkstruct.mutations.Site
        What was mutated, located in the structure.
    sites : tuple of trkstruct.sites.Site
        The residues in their surroundings.
    wild_type, mutant : Ensemble
        The ensembles.
    score : Parameters
        Parameters of the score.
    text : str
        The mutation as it was asked for.
    findings : tuple of Finding
        What was noticed or chosen.
    """

    complex: Complex
    mutations: tuple[Located, ...]
    sites: tuple[Site, ...]
    wild_type: Ensemble
    mutant: Ensemble
    score: Parameters
    text: str
    findings: tuple[Finding, ...] = field(default=())

    def __repr__(self) -> str:
        return f"<Mutant {self.text} of {self.complex!r}: ddG {self.ddg_kcal:+.2f} kcal/mol>"

    @property
    def raw_ddg_kcal(self) -> float:
        """The ensembles' difference as it is, before saturation, in kcal/mol."""
        return self.mutant.dg_kcal - self.wild_type.dg_kcal

    @property
    def ddg_kcal(self) -> float:
        """Change of binding free energy in kcal/mol; positive is weaker binding."""
        cap = self.score.saturation_kcal
        return cap * float(np.tanh(self.raw_ddg_kcal / cap))

    @property
    def strain_kcal(self) -> float:
        """What the mutation costs the protein itself without the ligand, in kcal/mol."""
        return self.mutant.protein_kcal - self.wild_type.protein_kcal

    @cached_property
    def contributions(self) -> dict[str, float]:
        """Contributions to the ddG in kcal/mol.

        ``clash``, ``contact``, ``hbond`` and ``charge`` are differences of ensemble
        averages; ``entropy`` is what remains of the free energy; ``dfg_shift`` is the
        shift between DFG states, which this version does not model (zero). They add up
        to `ddg_kcal`; saturation scales all alike.
        """
        raw = self.raw_ddg_kcal
        scale = self.ddg_kcal / raw if raw else 1.0
        means = (self.mutant.means_kcal - self.wild_type.means_kcal) * scale
        parts = dict(zip(TERMS, map(float, means), strict=True))
        parts["dfg_shift"] = 0.0
        parts["entropy"] = self.ddg_kcal - sum(parts.values())
        return parts

    @cached_property
    def distance_ang(self) -> float:
        """Nearest approach to the ligand in angstrom, of what the free protein populates.

        The nearest of mutant and wild-type conformers that hold at least one part in a
        thousand of the ensemble without the ligand.
        """
        nearest = np.inf
        for variant in (self.wild_type, self.mutant):
            for site, energies, free in zip(
                self.sites, variant.energies, variant.free, strict=True
            ):
                distance = site.ligand_distance(energies.conformers)
                nearest = min(nearest, float(distance[free >= _REACHABLE].min(initial=np.inf)))
        return nearest

    @property
    def n_rotamers(self) -> int:
        """Number of conformers of the mutant, of their combinations if several residues are."""
        return int(np.prod([len(e.conformers) for e in self.mutant.energies]))

    def conformer_table(self) -> list[dict[str, Any]]:
        """List the mutant's conformers, most populated in the bound state first.

        Returns
        -------
        list of dict
            ``residue``, ``amino_acid``, ``conformer``, ``chi_deg``, ``free``, ``bound``,
            ``protein_kcal``, ``ligand_kcal``.
        """
        rows = []
        for site, letter, energies, free, bound in zip(
            self.sites, self.mutant.letters, self.mutant.energies, self.mutant.free,
            self.mutant.bound, strict=True,
        ):  # fmt: skip
            for number in np.argsort(-bound, kind="stable"):
                rows.append(
                    {
                        "residue": str(site.residue.id),
                        "amino_acid": letter,
                        "conformer": int(number),
                        "chi_deg": tuple(float(x) for x in energies.conformers.chi[number]),
                        "free": float(free[number]),
                        "bound": float(bound[number]),
                        "protein_kcal": float(energies.protein[number]),
                        "ligand_kcal": float(energies.ligand_total[number]),
                    }
                )
        return rows

    @cached_property
    def ligand_atoms_kcal(self) -> Floats:
        """Difference of the pair terms per ligand atom, (n, 4) float64 in kcal/mol.

        Averages over the bound ensembles, mutant less wild type, in the order of
        `trkstruct.energies.TERMS`, before saturation and without desolvation.
        """
        ligand = self.complex.ligand_atoms
        total = np.zeros((len(ligand), len(TERMS)))
        for sign, variant in ((1.0, self.mutant), (-1.0, self.wild_type)):
            for site, letter, energies, bound in zip(
                self.sites, variant.letters, variant.energies, variant.bound, strict=True
            ):
                heavy = np.flatnonzero(bound > 1e-4)
                for number, kind in enumerate(site.types(letter)):
                    hard = energies.conformers.atoms[number] == "CB"
                    pair = site.surroundings.hard_pair if hard else self.score.pair
                    position = energies.conformers.coords[heavy, number]
                    for atom, other in enumerate(ligand.types):
                        apart = np.linalg.norm(position - ligand.coords[atom], axis=1)
                        terms = exact_terms(kind, other, apart, pair)
                        total[atom] += sign * (terms @ bound[heavy])
        return total

    def save(self, folder: str | Path) -> Path:
        """Write the mutant as files for PyMOL; see `trkstruct.views.pymol.save_mutant`.

        Parameters
        ----------
        folder : str or pathlib.Path
            Made if it is not there.

        Returns
        -------
        pathlib.Path
            The folder.
        """
        from .views.pymol import save_mutant

        return save_mutant(self, folder)


class MutationEngine:
    """Mutations in one complex; what they share is prepared once.

    Parameters
    ----------
    complex_ : Complex
        The complex to mutate.
    score : Parameters, optional
        The package's own if left out.
    """

    def __init__(self, complex_: Complex, score: Parameters | None = None) -> None:
        self.complex = complex_
        self.surroundings: Surroundings = surroundings_of(complex_, score)
        self._sites: dict[tuple[int, tuple[int, ...]], Site] = {}
        self._ensembles: dict[tuple[int, str], Ensemble] = {}

    def _site(self, index: int, removed: tuple[int, ...]) -> Site:
        key = (index, removed)
        if key not in self._sites:
            structure = self.surroundings.structure
            self._sites[key] = Site(self.surroundings, structure.residues[index], removed)
        return self._sites[key]

    def _ensemble(self, sites: tuple[Site, ...], letters: str) -> Ensemble:
        if len(sites) > 1:
            return ensemble(sites, letters)
        key = (sites[0].residue.index, letters)
        if key not in self._ensembles:
            self._ensembles[key] = ensemble(sites, letters)
        return self._ensembles[key]

    def mutate(self, mutation: str | MutationSet, numbering: str = "auto") -> Mutant:
        """Model a mutation.

        Parameters
        ----------
        mutation : str or MutationSet
            For example ``G595R`` or ``G595R+F589L``.
        numbering : {"auto", "author", "uniprot", "literature", "klifs"}
            How the numbers are meant.

        Returns
        -------
        Mutant

        Raises
        ------
        MutationError
            If the text is no substitution, or names more than four residues.
        NumberingError
            If a number fits no residue, or two.
        StructureError
            If the backbone of the residue is not resolved.
        """
        wanted = MutationSet.parse(mutation) if isinstance(mutation, str) else mutation
        located = wanted.locate(self.complex.numbering, numbering)
        if len(located) > MOST_MUTATIONS:
            raise MutationError(
                f"{wanted.text}: {len(located)} mutations at once; at most {MOST_MUTATIONS} are "
                "modelled together. Split them."
            )
        structure = self.surroundings.structure
        indices = tuple(structure.residue(item.residue).index for item in located)
        sites = tuple(
            self._site(index, tuple(x for x in indices if x != index)) for index in indices
        )
        wild_type = self._ensemble(sites, "".join(item.wild_type for item in located))
        mutant = self._ensemble(sites, "".join(item.mutant for item in located))
        findings = [*(f for item in located for f in item.findings)]
        for item, site, energies in zip(located, sites, mutant.energies, strict=True):
            findings += _backbone_findings(item, site, energies)
        return Mutant(
            self.complex, tuple(located), sites, wild_type, mutant,
            self.surroundings.score, wanted.text, tuple(findings),
        )  # fmt: skip


def _backbone_findings(item: Located, site: Site, energies: SiteEnergies) -> list[Finding]:
    """Say where the fixed backbone is a doubtful host for the mutant."""
    text = f"{item.wild_type}{item.residue.number}{item.mutant}"
    out = []
    if not energies.conformers.backbone_dependent:
        why = (
            "the rotamer library has fewer than five observations of the mutant at this backbone"
            if np.isfinite([site.phi, site.psi]).all()
            else "the backbone angles are not known beside a gap or a chain's end"
        )
        message = f"{text}: {why}; backbone-independent rotamers were used."
        out.append(Finding("backbone-unfavourable", message, "warning", item.residue))
    if "P" in (item.wild_type, item.mutant):
        change = "loses the backbone NH" if item.mutant == "P" else "gains a backbone NH"
        out.append(
            Finding(
                "proline",
                f"{text}: a mutation {'to' if item.mutant == 'P' else 'from'} proline {change} "
                "and frees or ties the backbone; neither is modelled.",
                "warning",
                item.residue,
            )
        )
    if item.wild_type == "G" and item.mutant != "P":
        out.append(
            Finding(
                "from-glycine",
                f"{text}: glycine's backbone is freer than the mutant's; it is held fixed.",
                "note",
                item.residue,
            )
        )
    return out


def engine_of(complex_: Complex) -> MutationEngine:
    """Return the engine of a complex with the package's parameters, made once.

    Parameters
    ----------
    complex_ : Complex
        The complex to mutate.

    Returns
    -------
    MutationEngine
    """
    found: MutationEngine = complex_.remember("engine", lambda: MutationEngine(complex_))
    return found


def mutate(complex_: Complex, mutation: str | MutationSet, numbering: str = "auto") -> Mutant:
    """Model a mutation in a complex.

    Parameters
    ----------
    complex_ : Complex
        Structure and ligand.
    mutation : str or MutationSet
        For example ``G595R`` or ``G595R+F589L``.
    numbering : {"auto", "author", "uniprot", "literature", "klifs"}
        How the numbers are meant.

    Returns
    -------
    Mutant

    Raises
    ------
    TrkstructError
        As `MutationEngine.mutate` has them.
    """
    return engine_of(complex_).mutate(mutation, numbering)
