"""The side chains around a mutated residue that may move with it: its first shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .sites import Site, squared_distances
from .weighing import Ensemble

__all__ = ["first_shell", "of_the_first"]


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
    score = around.score
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
    met: list[tuple[float, int, str]] = []
    for index, letter, turning in around.side_chains_at_ligand:
        if index not in own:
            near = squared_distances(turning[None], points)[0] < score.neighbour_ang**2
            if near.any():
                # Rounded: the last digits hang on the order in which sites are named.
                met.append((-round(float((near @ weights).sum()), 6), index, letter))
    chosen = sorted(met)[: score.neighbours]
    # In the order of the chain, so that one shell is known as the same whatever met it.
    return {index: letter for _, index, letter in sorted(chosen, key=lambda each: each[1])}


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
