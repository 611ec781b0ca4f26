"""Mutants: the ensembles of wild type and mutant, and what the difference costs the inhibitor.

A mutation w -> m costs ddG = dG(m) - dG(w), each from an ensemble of conformers and poses; see
`trkstruct.weighing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ._shell import first_shell, of_the_first
from .energies import TERMS, exact_terms
from .errors import MutationError
from .mutations import MutationSet
from .mutations import Site as Located
from .placement.refinement import Pocket
from .residues import BACKBONE_ATOMS, Finding
from .sites import (
    Parameters,
    Site,
    SiteEnergies,
    SiteKey,
    Surroundings,
    parameters,
    surroundings_of,
)
from .weighing import RT_KCAL, Ensemble, ensemble, log_sum

if TYPE_CHECKING:
    from .complexes import Complex
    from .views.view3d import View

__all__ = ["RT_KCAL", "Ensemble", "Mutant", "mutate"]

Floats = NDArray[np.float64]

#: More mutated residues at once than this leave little of a pocket whose backbone is held.
MOST_MUTATIONS: Final = 4
#: Sites that an engine remembers, each with its conformers, up to a megabyte: a scan goes from
#: one to the next, in many structures at once.
_KEPT_SITES: Final = 16


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
    standing : tuple of Ensemble
        Where neighbours move: wild type and mutant among the neighbours as they stand.
    """

    complex: Complex
    mutations: tuple[Located, ...]
    sites: tuple[Site, ...]
    wild_type: Ensemble
    mutant: Ensemble
    score: Parameters
    text: str
    findings: tuple[Finding, ...] = field(default=())
    standing: tuple[Ensemble, ...] = field(default=())

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

    @property
    def distance_ang(self) -> float:
        """Nearest approach to the ligand of wild type and mutant in angstrom; see `Ensemble`.

        The neighbours as they stand.
        """
        return min(one.distance_ang for one in self.standing or (self.wild_type, self.mutant))

    @property
    def n_poses(self) -> int:
        """Number of poses in the ensemble, displaced copies of the best included."""
        return len(self.wild_type.posed[0])

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
            ``protein_kcal``, ``ligand_kcal`` (with the best pose).
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
                        "ligand_kcal": float(energies.ligand_total[0, number]),
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
            for site, letter, energies, posed in zip(
                self.sites, variant.letters, variant.energies, variant.posed, strict=True
            ):
                for pose, weights in zip(site.surroundings.poses, posed, strict=True):
                    heavy = np.flatnonzero(weights > 1e-4)
                    if not len(heavy):
                        continue
                    for number, kind in enumerate(site.types(letter)):
                        hard = energies.conformers.atoms[number] == "CB"
                        pair = site.surroundings.hard_pair if hard else self.score.pair
                        position = energies.conformers.coords[heavy, number]
                        for atom, other in enumerate(ligand.types):
                            apart = np.linalg.norm(position - pose.coords[atom], axis=1)
                            terms = exact_terms(kind, other, apart, pair)
                            total[atom] += sign * (terms @ weights[heavy])
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

    def view(self, clashes: bool = True) -> View:
        """Show the mutant in 3D; see `trkstruct.views.view3d`.

        Parameters
        ----------
        clashes : bool, default True
            Whether to mark overlaps with the inhibitor and lost hydrogen bonds.

        Returns
        -------
        trkstruct.views.view3d.View
            A notebook shows it; `View.write_html` writes it.
        """
        from .views.view3d import view

        return view(self, clashes=clashes)


class MutationEngine:
    """Mutations in one complex; what they share is prepared once.

    Parameters
    ----------
    complex_ : Complex
        The complex to mutate.
    score : Parameters, optional
        The package's own if left out.
    rigid : bool, default False
        Take the best pose alone, in this structure alone.
    seed : int, default 0
        Seed of the displaced copies of the best pose.
    """

    def __init__(
        self,
        complex_: Complex,
        score: Parameters | None = None,
        *,
        rigid: bool = False,
        seed: int = 0,
    ) -> None:
        if seed:
            score = replace(score or parameters(), seed=seed)
        if rigid:
            complex_ = replace(complex_, poses=complex_.poses[:1], siblings=())
            score = replace(score or parameters(), jitter=0, neighbours=0)
        self.complex = complex_
        self.surroundings: Surroundings = surroundings_of(complex_, score)
        self._sites: dict[SiteKey, Site] = {}
        self._ensembles: dict[tuple[tuple[SiteKey, ...], str], Ensemble] = {}
        self._pose_weights: dict[tuple[int, ...], Floats] = {}

    def _site(self, index: int, removed: tuple[int, ...]) -> Site:
        key = (index, tuple(sorted(removed)))
        site = self._sites.pop(key, None)
        if site is None:
            structure = self.surroundings.structure
            site = Site(self.surroundings, structure.residues[index], removed)
        self._sites[key] = site  # behind all others: the first is the longest unused
        if len(self._sites) > _KEPT_SITES:
            oldest = next(iter(self._sites))
            del self._sites[oldest]
            for stale in [k for k in self._ensembles if oldest in k[0]]:
                del self._ensembles[stale]
            gone = [k for k in self._pose_weights if oldest[0] in k]
            for indices in gone:
                del self._pose_weights[indices]
        return site

    def _ensemble(self, sites: tuple[Site, ...], letters: str) -> Ensemble:
        key = (tuple(site.key for site in sites), letters)
        found = self._ensembles.get(key)
        if found is None:
            found = ensemble(sites, letters, self._poses(sites))
            # One of a site that is forgotten would never be forgotten itself.
            if all(site.key in self._sites for site in sites):
                self._ensembles[key] = found
        return found

    def _poses(self, sites: tuple[Site, ...]) -> Floats:
        """Return the logarithm of each pose's weight without the side chains of some sites."""
        around = self.surroundings
        if len(around.poses) < 2:
            return np.zeros(max(len(around.poses), 1))
        key = tuple(sorted(site.residue.index for site in sites))
        if key not in self._pose_weights:
            own = np.isin(around.owner, key) & ~np.isin(around.names, BACKBONE_ATOMS)
            energies = self._by_atom[:, ~own].sum(axis=1)
            logs = -around.score.pose_weight * energies / RT_KCAL
            self._pose_weights[key] = logs - log_sum(logs)
        return self._pose_weights[key]

    @cached_property
    def _by_atom(self) -> Floats:
        """What each atom around the ligand gives to the energy of each pose, (p, n) float64."""
        around = self.surroundings
        pocket = Pocket(around.atoms, around.poses[0].types, around.score.pair)
        return np.stack([pocket.by_atom(pose.coords) for pose in around.poses])

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
        letters = ["".join(item.wild_type for item in located)]
        letters.append("".join(item.mutant for item in located))
        shell = first_shell(sites, letters) if self.surroundings.score.neighbours else {}
        every = (*indices, *shell)
        standing: tuple[Ensemble, ...] = ()
        if shell:
            standing = tuple(self._ensemble(sites, text) for text in letters)
            sites = tuple(self._site(i, tuple(x for x in every if x != i)) for i in every)
            letters = [text + "".join(shell.values()) for text in letters]
        wild_type, mutant = (
            of_the_first(self._ensemble(sites, text), len(located)) for text in letters
        )
        sites = sites[: len(located)]
        findings = [*(f for item in located for f in item.findings)]
        for item, site, energies in zip(located, sites, mutant.energies, strict=True):
            findings += _backbone_findings(item, site, energies)
        return Mutant(
            self.complex, tuple(located), sites, wild_type, mutant,
            self.surroundings.score, wanted.text, tuple(findings), standing,
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


def engine_of(complex_: Complex, score: Parameters | None = None) -> MutationEngine:
    """Return the engine of a complex, made once.

    Parameters
    ----------
    complex_ : Complex
        The complex to mutate.
    score : Parameters, optional
        The package's own if left out.

    Returns
    -------
    MutationEngine
    """
    used = score or parameters()
    found: MutationEngine = complex_.remember(
        f"engine {used}", lambda: MutationEngine(complex_, used)
    )
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
