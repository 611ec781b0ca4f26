"""The type of an inhibitor, told from its pose by published contact criteria."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..reference import read_csv
from ..residues import BACKBONE_ATOMS, Finding
from ..states import dfg_state

if TYPE_CHECKING:
    from ..ligands import Ligand
    from ..numbering import Numbering
    from ..structures import Structure

__all__ = ["binding_type", "settled_type"]

#: Backbone atoms that make hydrogen bonds, and all others, by which some contacts count.
_POLAR_BACKBONE = frozenset({"N", "O"})


@lru_cache(maxsize=1)
def _criteria() -> dict[str, tuple[float, ...]]:
    return {
        row["name"]: tuple(float(part) for part in row["value"].split())
        for row in read_csv("binding_criteria.csv")
    }


class _Distances:
    """Nearest distances between an inhibitor and the residues of a pocket."""

    def __init__(
        self, structure: Structure, numbering: Numbering, atoms: NDArray[np.float64]
    ) -> None:
        self.structure, self.numbering, self.atoms = structure, numbering, atoms
        self.missing: set[int] = set()

    def of(self, criterion: str, part: str = "all") -> NDArray[np.float64]:
        """Nearest approach to each residue of a criterion; inf where there is none.

        `part` is ``all`` atoms, ``polar`` backbone atoms or the ``side`` chain.
        """
        nearest = []
        for position in _criteria()[criterion]:
            residue = self.numbering.at_klifs(int(position))
            if residue is None:
                self.missing.add(int(position))
                continue
            named = self.structure.atoms(residue)
            if part == "polar":
                named = {name: at for name, at in named.items() if name in _POLAR_BACKBONE}
            elif part == "side":
                named = {name: at for name, at in named.items() if name not in BACKBONE_ATOMS}
            if named and len(self.atoms):
                own = np.array(list(named.values()))
                apart = np.linalg.norm(own[:, None] - self.atoms[None, :], axis=-1)
                nearest.append(float(apart.min()))
        return np.array(nearest or [np.inf])


def binding_type(
    structure: Structure, chain: str, coords: NDArray[np.float64]
) -> tuple[str, Finding | None]:
    """Tell the type of an inhibitor from where it lies.

    Parameters
    ----------
    structure : Structure
        The structure.
    chain : str
        Author chain of the kinase.
    coords : (n, 3) float64
        Heavy atoms of the inhibitor in angstrom; nan where not resolved.

    Returns
    -------
    kind : str
        ``I``: at the hinge; ``I1/2``: at the hinge and in the back pocket; ``II``: also in the
        pocket that only DFG-out kinases have; ``III``: in the back pocket and not at the
        hinge; empty if it is none of these or cannot be told.
    finding : Finding or None
        Why it cannot be told.

    References
    ----------
    Modi & Dunbrack 2022, doi:10.1093/nar/gkab920.
    """
    numbering = structure.numbering(chain)
    if numbering.kinase is None:
        return "", None
    limits = _criteria()
    found = _Distances(structure, numbering, coords[~np.isnan(coords).any(axis=1)])
    state = dfg_state(structure, numbering).dfg
    near = limits["back_ang"][0]
    back = int((found.of("back_positions") <= near).sum())
    back += bool((found.of("motif_positions", "polar") <= near).any())
    if state not in ("out", "inter"):
        back += bool((found.of("phe_positions", "side") <= near).any())
    deep = bool((found.of("deep_positions") <= limits["deep_ang"][0]).any())
    at_hinge = float(found.of("hinge_positions", "polar").min()) < limits["hinge_ang"][0]
    in_back = back >= limits["back_residues"][0]
    if in_back and not at_hinge:
        kind = "III"
    elif in_back and deep and state == "out":
        kind = "II"
    elif in_back and not deep:
        kind = "I1/2"
    else:
        kind = "I" if at_hinge else ""
    if kind:
        return kind, None
    what = "the ligand is neither at the hinge nor in the back pocket"
    if found.missing:
        what += (
            f" as far as it is resolved (KLIFS {', '.join(map(str, sorted(found.missing)))} not)"
        )
    return "", Finding("binding-type", f"The binding type is not told: {what}.", "warning")


def settled_type(
    ligand: Ligand, told: str, reason: Finding | None
) -> tuple[str, tuple[Finding, ...]]:
    """Settle between the type that the library has and the one that the pose tells.

    Parameters
    ----------
    ligand : Ligand
        The inhibitor.
    told : str
        What `binding_type` says of its pose; empty if it cannot tell.
    reason : Finding or None
        Why it cannot.

    Returns
    -------
    kind : str
        That of the library for a compound of the library, whatever name it was given by; else
        what the pose tells.
    findings : tuple of Finding
        A warning if the two disagree; that the pose does not tell is one only where nothing
        else does.
    """
    from ..ligands.library import find_inchikey

    entry = find_inchikey(ligand.inchikey)
    listed = ligand.binding_type or (entry.binding_type if entry is not None else "")
    if not listed:
        return told, () if reason is None else (reason,)
    if not told:
        return listed, () if reason is None else (replace(reason, level="note"),)
    if told == listed:
        return listed, ()
    message = f"{ligand.name} is of type {listed} by the library, but lies as one of type {told}."
    return listed, (Finding("binding-type", message, "warning"),)
