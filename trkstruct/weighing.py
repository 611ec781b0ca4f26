"""Ensembles: the weights of conformers and poses, and the free energy that follows.

With p_r the prior of a conformer, E_prot its energy with the protein and E_lig that
with the ligand, the ligand takes from the ensemble of residue a

    dG(a) = -RT ln [ sum_r p_r exp(-(E_prot + E_lig) / RT) / sum_r p_r exp(-E_prot / RT) ]

Several residues are one ensemble: r then runs over the combinations of conformers, whose energy
has their interaction too. Several poses are one ensemble too: the bound state runs over them,
each with the weight that its energy with all but these side chains gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._networks import sum_over
from .atoms import TypedAtoms
from .energies import TERMS, PairTable
from .sites import Site, SiteEnergies

__all__ = ["RT_KCAL", "TWO_SIDE_CHAINS_ANG", "Ensemble", "ensemble", "interaction", "log_sum"]

Floats = NDArray[np.float64]
T = TypeVar("T")

#: RT at 298.15 K in kcal/mol.
RT_KCAL: Final = 0.0019872043 * 298.15
#: A conformer that the free protein populates less than this cannot be said to reach anything.
_REACHABLE: Final = 1e-3
#: Of several sites, conformers with less than this weight beside the best of their own site are
#: left out, wherever the other sites are.
_LEAST_OF_A_SITE: Final = 1e-6
_MOST_OF_A_SITE: Final = 250
#: Two extended side chains end this far apart at most, beside the distance of what they reach.
TWO_SIDE_CHAINS_ANG: Final = 15.0


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
    posed : tuple of (p, r) float64
        The weight with the ligand, pose by pose.
    dg_kcal : float
        What the ensemble costs the ligand, kcal/mol.
    means_kcal : (4,) float64
        Mean contributions in the bound ensemble, in the order of `TERMS`, kcal/mol.
    protein_kcal : float
        Free energy of the conformers in the protein without the ligand, kcal/mol.
    distance_ang : float
        Nearest approach to the ligand in its best pose, of conformers that hold at least one
        part in a thousand of the ensemble without it, angstrom.
    """

    letters: str
    energies: tuple[SiteEnergies, ...]
    free: tuple[Floats, ...]
    bound: tuple[Floats, ...]
    posed: tuple[Floats, ...]
    dg_kcal: float
    means_kcal: Floats
    protein_kcal: float
    distance_ang: float


def log_sum(values: Floats) -> float:
    """Return the logarithm of the sum of exponentials.

    Parameters
    ----------
    values : ndarray of float64
        The exponents.

    Returns
    -------
    float
    """
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))


def _distance(site: Site, energies: SiteEnergies, free: Floats) -> float:
    """Return how near to the ligand the populated conformers of a site come, in angstrom."""
    return float(site.ligand_distance(energies.conformers, free >= _REACHABLE).min(initial=np.inf))


def _single(site: Site, letter: str, poses: Floats) -> Ensemble:
    """Return the ensemble of one site; `poses` are the logarithms of their weights."""
    energies = site.energies(letter)
    free = np.log(energies.conformers.probability) - energies.protein / RT_KCAL
    bound = poses[:, None] + free - energies.ligand_total / RT_KCAL
    z_free, z_bound = log_sum(free), log_sum(bound)
    posed = np.exp(bound - z_bound)
    populated = np.exp(free - z_free)
    # Out of reach is exactly nothing, whatever the rounding of sums over poses.
    seen = bool(energies.ligand.any())
    return Ensemble(
        letter,
        (energies,),
        (populated,),
        (posed.sum(axis=0),),
        (posed,),
        -RT_KCAL * (z_bound - z_free) if seen else 0.0,
        np.einsum("ptr,pr->t", energies.ligand, posed),
        -RT_KCAL * z_free,
        _distance(site, energies, populated),
    )


def _matter(logs: Floats) -> NDArray[np.intp]:
    """Return the conformers that may matter to any row, by their weight among those of their site.

    The other sites are not there yet: a conformer that they would keep from standing is among the
    best here, so that many more are kept than matter in the end.
    """
    rank = (logs - logs.max(axis=1, keepdims=True)).max(axis=0)
    kept = np.flatnonzero(rank >= np.log(_LEAST_OF_A_SITE))
    if len(kept) > _MOST_OF_A_SITE:
        kept = np.sort(kept[np.argsort(-rank[kept], kind="stable")[:_MOST_OF_A_SITE]])
    return kept


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

    def with_atoms(places: Floats, chosen: slice, hard: Sequence[bool]) -> Floats:
        fixed = TypedAtoms(
            places.reshape(-1, 3), types[chosen] * len(places), second.atoms[chosen] * len(places)
        )
        table = PairTable(fixed, one.surroundings.score.pair, len(places))
        found = table.energies(moving, moving_types, hard=hard, split=False)
        return np.asarray(found.reshape(len(places), -1).T)

    # A pair is hard if either atom is a C-beta, whichever site comes first. The other's
    # C-beta is its first atom and stands in one place.
    out += with_atoms(second.coords[columns[:1], :1], slice(0, 1), [True] * len(first.atoms))
    if len(types) > 1:
        hard = [atom == "CB" for atom in first.atoms]
        out += with_atoms(second.coords[columns, 1:], slice(1, None), hard)
    return out


def _joint(sites: Sequence[Site], letters: str, poses: Floats) -> Ensemble:
    """Return the ensemble of several sites together."""
    order = sorted(range(len(sites)), key=lambda n: sites[n].residue.index)
    if order != list(range(len(sites))):
        # Whatever order they are asked in, they are summed in that of the chain.
        chain = _joint([sites[n] for n in order], "".join(letters[n] for n in order), poses)
        back = np.argsort(order)

        def asked(values: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(values[n] for n in back)

        return replace(
            chain, letters=letters, energies=asked(chain.energies), free=asked(chain.free),
            bound=asked(chain.bound), posed=asked(chain.posed),
        )  # fmt: skip
    energies = tuple(site.energies(a) for site, a in zip(sites, letters, strict=True))
    own, kept = [], []
    omitted = np.zeros(1 + len(poses))
    for e in energies:
        free = np.log(e.conformers.probability) - e.protein / RT_KCAL
        logs = np.vstack([free, free - e.ligand_total / RT_KCAL])
        kept.append(_matter(logs))
        own.append(logs[:, kept[-1]])
        # What is left out is taken to meet the other sites as what is kept does.
        omitted += [log_sum(row) - log_sum(row[kept[-1]]) for row in logs]
    own[0] = own[0] + np.concatenate([[0.0], poses])[:, None]
    pairs = {}
    for i, j in combinations(range(len(sites)), 2):
        apart = np.linalg.norm(sites[i].backbone[1] - sites[j].backbone[1])
        if apart < TWO_SIDE_CHAINS_ANG + sites[i].surroundings.score.pair.cutoff:
            pair = interaction(sites[i], sites[j], letters[i], letters[j], kept[i], kept[j])
            if pair.any():
                pairs[i, j] = -pair / RT_KCAL
    found = sum_over(own, pairs, (slice(0, 1), slice(1, None)))
    z = found.log + omitted
    z_free, z_bound = float(z[0]), log_sum(z[1:])
    by_pose = np.exp(z[1:] - z_bound)
    means = np.zeros(len(TERMS))
    free_, posed = [], []
    for e, k, shares in zip(energies, kept, found.shares, strict=True):
        whole = np.zeros((len(shares), len(e.conformers)))
        whole[:, k] = shares
        free_.append(whole[0])
        posed.append(whole[1:] * by_pose[:, None])
        means += np.einsum("ptr,pr->t", e.ligand, posed[-1])
    return Ensemble(
        letters,
        energies,
        tuple(free_),
        tuple(p.sum(axis=0) for p in posed),
        tuple(posed),
        -RT_KCAL * (z_bound - z_free) if any(e.ligand.any() for e in energies) else 0.0,
        means,
        -RT_KCAL * z_free,
        min(_distance(*each) for each in zip(sites, energies, free_, strict=True)),
    )


def ensemble(sites: Sequence[Site], letters: str, poses: Floats | None = None) -> Ensemble:
    """Return the ensemble of given amino acids at given sites.

    Parameters
    ----------
    sites : sequence of Site
        Each made with the others' residues removed.
    letters : str
        One amino acid a site.
    poses : (p,) ndarray of float64, optional
        Logarithm of the weight of each pose, without the side chains of these sites; all alike
        if not given.

    Returns
    -------
    Ensemble
    """
    if poses is None:
        count = max(len(sites[0].surroundings.poses), 1)
        poses = np.full(count, -np.log(count))
    if len(sites) == 1:
        return _single(sites[0], letters, poses)
    return _joint(sites, letters, poses)
