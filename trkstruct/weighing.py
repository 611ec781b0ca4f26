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
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .atoms import TypedAtoms
from .energies import TERMS, PairTable
from .sites import Site, SiteEnergies

__all__ = ["RT_KCAL", "Ensemble", "ensemble", "interaction", "log_sum"]

Floats = NDArray[np.float64]

#: RT at 298.15 K in kcal/mol.
RT_KCAL: Final = 0.0019872043 * 298.15
#: A conformer that the free protein populates less than this cannot be said to reach anything.
_REACHABLE: Final = 1e-3
#: So many combinations of conformers of several sites are weighed one by one; where there
#: are more, the best conformers of each site stand for all of it.
_MOST_COMBINATIONS: Final = 200_000


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


def _most_of_each(sizes: Sequence[int]) -> int:
    """Return how many conformers of each site may be kept."""
    most = max(sizes)
    while np.prod([float(min(size, most)) for size in sizes]) > _MOST_COMBINATIONS:
        most -= 1
    return most


def _best(
    energies: SiteEnergies, most: int, poses: Floats
) -> tuple[NDArray[np.intp], float, Floats]:
    """Return the conformers that matter, with the ligand or without it, and what they omit.

    The numbers are the logarithms of all conformers' weight over that of those kept, without
    the ligand and with it in each pose: what is left out is taken to meet the other sites as
    what is kept does.
    """
    free = np.log(energies.conformers.probability) - energies.protein / RT_KCAL
    bound = free - energies.ligand_total / RT_KCAL
    if len(free) <= most:
        return np.arange(len(free)), 0.0, np.zeros(len(bound))
    likely = bound[int(np.argmax(poses + np.array([log_sum(row) for row in bound])))]
    rank = np.minimum(*(np.argsort(np.argsort(-x, kind="stable")) for x in (free, likely)))
    kept = np.sort(np.argsort(rank, kind="stable")[:most])
    omitted = np.array([log_sum(row) - log_sum(row[kept]) for row in bound])
    return kept, log_sum(free) - log_sum(free[kept]), omitted


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


def _joint(sites: Sequence[Site], letters: str, poses: Floats) -> Ensemble:
    """Return the ensemble of several sites together."""
    n = len(sites)
    energies = tuple(site.energies(a) for site, a in zip(sites, letters, strict=True))
    most = _most_of_each([len(e.conformers) for e in energies])
    best = [_best(e, most, poses) for e in energies]
    kept = [b[0] for b in best]
    free = np.zeros(tuple(len(k) for k in kept))
    along = [tuple(-1 if x == axis else 1 for x in range(n)) for axis in range(n)]
    for axis, (e, k) in enumerate(zip(energies, kept, strict=True)):
        own = np.log(e.conformers.probability[k]) - e.protein[k] / RT_KCAL
        free += own.reshape(along[axis])
    for i in range(n):
        for j in range(i + 1, n):
            apart = np.linalg.norm(sites[i].backbone[1] - sites[j].backbone[1])
            if apart > 15.0 + sites[i].surroundings.score.pair.cutoff:
                continue
            pair = interaction(sites[i], sites[j], letters[i], letters[j], kept[i], kept[j])
            shape = [1] * n
            shape[i], shape[j] = pair.shape
            free -= pair.reshape(shape) / RT_KCAL

    def bound(pose: int) -> Floats:
        out = free + poses[pose]
        for axis, (e, k) in enumerate(zip(energies, kept, strict=True)):
            out = out - (e.ligand_total[pose, k] / RT_KCAL).reshape(along[axis])
        return np.asarray(out)

    omitted = sum((b[2] for b in best), np.zeros(len(poses)))
    by_pose = np.array([log_sum(bound(p)) for p in range(len(poses))]) + omitted
    z_free = log_sum(free)
    z_bound = log_sum(by_pose)
    weight_free = np.exp(free - z_free)
    z_free += sum(b[1] for b in best)
    means = np.zeros(len(TERMS))
    others = [tuple(x for x in range(n) if x != axis) for axis in range(n)]
    posed = [np.zeros((len(poses), len(e.conformers))) for e in energies]
    for p in range(len(poses)):
        weight = np.exp(bound(p) + omitted[p] - z_bound)
        for axis, k in enumerate(kept):
            posed[axis][p, k] = weight.sum(axis=others[axis])
    whole_free = []
    for axis, (e, k) in enumerate(zip(energies, kept, strict=True)):
        whole = np.zeros(len(e.conformers))
        whole[k] = weight_free.sum(axis=others[axis])
        whole_free.append(whole)
        means += np.einsum("ptr,pr->t", e.ligand, posed[axis])
    return Ensemble(
        letters,
        energies,
        tuple(whole_free),
        tuple(p.sum(axis=0) for p in posed),
        tuple(posed),
        -RT_KCAL * (z_bound - z_free) if any(e.ligand.any() for e in energies) else 0.0,
        means,
        -RT_KCAL * z_free,
        min(_distance(*each) for each in zip(sites, energies, whole_free, strict=True)),
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
