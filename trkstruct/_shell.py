"""The side chains around a mutated residue that may move with it: its first shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .residues import BACKBONE_ATOMS, THREE_TO_ONE
from .sites import Site
from .weighing import Ensemble

__all__ = ["first_shell", "of_the_first"]

#: These have no side chain that could turn.
_STILL: Final = frozenset({"GLY", "ALA", "PRO"})


def first_shell(sites: Sequence[Site], variants: Sequence[str]) -> dict[int, str]:
    """Choose the side chains that move with mutated residues.

    Those that conformers of wild type or mutant come near to, where nothing in the way counts,
    and that are near the ligand themselves; most met by the library's weights first.

    Parameters
    ----------
    sites : sequence of Site
        The mutated residues.
    variants : sequence of str
        Amino acids there, one text a variant.

    Returns
    -------
    dict of int to str
        Index and one-letter amino acid of each; empty if no variant reaches the ligand, which
        then does not see what moves.
    """
    around = sites[0].surroundings
    score, structure = around.score, around.structure
    energies = [
        site.energies(letter)
        for letters in variants
        for site, letter in zip(sites, letters, strict=True)
    ]
    built = [e.conformers for e in energies if e.conformers.atoms]
    if around.ligand is None or not built or not any(e.ligand.any() for e in energies):
        return {}
    points = np.concatenate([c.coords.reshape(-1, 3) for c in built])
    weights = np.concatenate([np.repeat(c.probability, len(c.atoms)) for c in built])
    own = {site.residue.index for site in sites}
    met: list[tuple[float, int]] = []
    for residue in structure.residues:
        if residue.kind != "protein" or residue.index in own or residue.parent in _STILL:
            continue
        atoms = structure.atoms(residue)
        side = [at for name, at in atoms.items() if name not in (*BACKBONE_ATOMS, "CB")]
        if residue.parent not in THREE_TO_ONE or not side or not {"N", "CA", "C"} <= atoms.keys():
            continue
        turning = np.array(side)
        to_ligand = np.linalg.norm(turning[:, None] - around.ligand.coords, axis=-1)
        if to_ligand.min() > score.neighbour_ligand_ang:
            continue
        near = np.linalg.norm(turning[:, None] - points, axis=-1) < score.neighbour_ang
        if near.any():
            met.append((-float((near * weights).sum()), residue.index))
    chosen = [index for _, index in sorted(met)[: score.neighbours]]
    return {index: THREE_TO_ONE[structure.residues[index].parent] for index in chosen}


def of_the_first(whole: Ensemble, count: int) -> Ensemble:
    """Show the first sites of an ensemble, whose energies are still those of all.

    Parameters
    ----------
    whole : Ensemble
        The ensemble.
    count : int
        How many sites to show.

    Returns
    -------
    Ensemble
    """
    return replace(
        whole,
        letters=whole.letters[:count],
        energies=whole.energies[:count],
        free=whole.free[:count],
        bound=whole.bound[:count],
        posed=whole.posed[:count],
    )
