"""Side chains of several residues built together on a fixed backbone.

Each residue has its conformers with their prior, their energy with everything that stands
and with the ligand; two residues have an energy between their conformers. The weights of
all are made self-consistent in the mean field of each other (Koehl & Delarue 1994,
doi:10.1006/jmbi.1994.1366), and from the most probable conformers one goes down to the
nearest combination that no single change improves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..reference import read_json
from ..sites import Site, Surroundings
from ..weighing import RT_KCAL, TWO_SIDE_CHAINS_ANG, interaction

if TYPE_CHECKING:
    from ..structures import Residue

__all__ = ["Packed", "pack"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A side chain that was built.

    Parameters
    ----------
    residue : Residue
        Where.
    letter : str
        One-letter amino acid.
    atoms : tuple of str
        Names of its side-chain atoms.
    coords : (a, 3) float64
        Their positions in angstrom.
    chi : (k,) float64
        Chi angles in degrees.
    weight : float
        Weight of the conformer in the mean field.
    """

    residue: Residue
    letter: str
    atoms: tuple[str, ...]
    coords: Floats
    chi: Floats
    weight: float


def _kept(site: Site, letter: str, most: int) -> tuple[NDArray[np.intp], Floats]:
    """Return the best conformers of a site and their own energies in units of RT."""
    energies = site.energies(letter)
    own = (energies.protein + energies.ligand_total[0]) / RT_KCAL
    own = own - np.log(energies.conformers.probability)
    best = np.sort(np.argsort(own, kind="stable")[:most])
    return best, own[best]


def pack(around: Surroundings, wanted: Sequence[tuple[Residue, str]]) -> list[Packed]:
    """Build side chains together.

    Parameters
    ----------
    around : Surroundings
        Protein and ligand; the wanted residues' own side chains in it are ignored.
    wanted : sequence of (Residue, str)
        Residues and the one-letter amino acids to build there.

    Returns
    -------
    list of Packed
        In the order of ``wanted``.

    Raises
    ------
    StructureError
        If the backbone of a residue is not resolved.
    """
    settings = read_json("preparation.json")
    indices = [residue.index for residue, _ in wanted]
    sites = [
        Site(around, residue, [i for i in indices if i != residue.index]) for residue, _ in wanted
    ]
    letters = [letter for _, letter in wanted]
    kept = [_kept(s, a, settings["repack_conformers"]) for s, a in zip(sites, letters, strict=True)]
    pairs = _pairs(sites, letters, [k for k, _ in kept])
    own = [energy for _, energy in kept]
    weights = _mean_field(own, pairs, settings["repack_rounds"])
    chosen = _descend(own, pairs, [int(w.argmax()) for w in weights])
    packed = []
    for number, (residue, letter) in enumerate(wanted):
        built = sites[number].energies(letter).conformers
        conformer = int(kept[number][0][chosen[number]])
        packed.append(
            Packed(
                residue,
                letter,
                built.atoms,
                built.coords[conformer],
                built.chi[conformer],
                float(weights[number][chosen[number]]),
            )
        )
    return packed


def _pairs(
    sites: Sequence[Site], letters: Sequence[str], kept: Sequence[NDArray[np.intp]]
) -> dict[int, list[tuple[int, Floats]]]:
    """Return for each site its neighbours with the energies between conformers, in RT."""
    reach = TWO_SIDE_CHAINS_ANG + sites[0].surroundings.score.pair.cutoff if sites else 0.0
    out: dict[int, list[tuple[int, Floats]]] = {i: [] for i in range(len(sites))}
    for i, one in enumerate(sites):
        for j in range(i + 1, len(sites)):
            two = sites[j]
            if np.linalg.norm(one.backbone[1] - two.backbone[1]) > reach:
                continue
            energy = interaction(one, two, letters[i], letters[j], kept[i], kept[j]) / RT_KCAL
            if energy.any():
                out[i].append((j, energy))
                out[j].append((i, energy.T))
    return out


def _softmax(energy: Floats) -> Floats:
    weight = np.exp(-(energy - energy.min()))
    return np.asarray(weight / weight.sum())


def _mean_field(
    own: Sequence[Floats], pairs: dict[int, list[tuple[int, Floats]]], rounds: int
) -> list[Floats]:
    """Return self-consistent weights; half of each round's change is taken, so that they settle."""
    weights = [_softmax(energy) for energy in own]
    for _ in range(rounds):
        largest = 0.0
        for i, energy in enumerate(own):
            field = energy + sum(
                (table @ weights[j] for j, table in pairs[i]), np.zeros(len(energy))
            )
            new = 0.5 * (weights[i] + _softmax(field))
            largest = max(largest, float(np.abs(new - weights[i]).max()))
            weights[i] = new
        if largest < 1e-4:
            break
    return weights


def _descend(
    own: Sequence[Floats], pairs: dict[int, list[tuple[int, Floats]]], chosen: list[int]
) -> list[int]:
    """Return the combination from which no change of a single conformer leads further down."""
    for _ in range(100):
        changed = False
        for i, energy in enumerate(own):
            field = energy + sum(
                (table[:, chosen[j]] for j, table in pairs[i]), np.zeros(len(energy))
            )
            best = int(field.argmin())
            if field[best] < field[chosen[i]] - 1e-9:
                chosen[i], changed = best, True
        if not changed:
            break
    return chosen
