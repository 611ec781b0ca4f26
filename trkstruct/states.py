"""DFG and alpha-C state of a kinase, told by published distance criteria.

The criteria are data (``state_criteria.csv``). The distances are reported beside the
call, since structures near a boundary exist.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import StructureError
from .reference import read_csv
from .residues import Finding, ResidueId

if TYPE_CHECKING:
    from .numbering import Numbering
    from .structures import Structure

__all__ = ["DfgState", "dfg_state"]

#: KLIFS positions of the residues that the criteria use (doi:10.1021/jm400378w).
LYS, GLU, GLU_4, PHE = 17, 24, 28, 82


@dataclass(frozen=True, slots=True)
class DfgState:
    """State of one kinase chain, with the distances that tell it.

    Parameters
    ----------
    dfg : str
        ``in``, ``out``, ``inter``, ``other`` (no criterion fits), or ``unknown`` if atoms
        are missing.
    alpha_c : str
        ``in``, ``out`` or ``unknown``.
    phe_glu4_ang : float
        Tip of the DFG-Phe to CA of the fourth residue behind the alphaC-Glu; NaN if unknown.
    phe_lys_ang : float
        Tip of the DFG-Phe to CA of the beta3-Lys.
    cb_cb_ang : float
        CB of the alphaC-Glu to CB of the beta3-Lys, which calls `alpha_c`.
    salt_bridge_ang : float
        Nearest of Lys NZ to Glu OE1 and OE2; reported, not used: no cutoff on it
        separates the published calls.
    findings : tuple of Finding
        What could not be measured, and why.

    References
    ----------
    Modi & Dunbrack 2019, doi:10.1073/pnas.1814279116; Modi & Dunbrack 2022,
    doi:10.1093/nar/gkab920.
    """

    dfg: str
    alpha_c: str
    phe_glu4_ang: float
    phe_lys_ang: float
    cb_cb_ang: float
    salt_bridge_ang: float
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return f"DFG-{self.dfg}, alphaC-{self.alpha_c}"

    def record(self) -> dict[str, Any]:
        """Plain values for tables and JSON.

        Returns
        -------
        dict
            Distances to 0.01 angstrom, ``None`` where unknown.
        """
        names = ("phe_glu4_ang", "phe_lys_ang", "cb_cb_ang", "salt_bridge_ang")
        distances = {name: getattr(self, name) for name in names}
        return {
            "dfg": self.dfg,
            "alpha_c": self.alpha_c,
            **{n: None if math.isnan(d) else round(d, 2) for n, d in distances.items()},
        }


def _call(criterion: str, first: float, second: float) -> str:
    if math.isnan(first):
        return "unknown"
    for row in read_csv("state_criteria.csv"):
        if row["property"] != criterion:
            continue
        fits = True
        for name, value in (("first", first), ("second", second)):
            low, high = row[f"{name}_min"], row[f"{name}_max"]
            if (low or high) and math.isnan(value):
                return "unknown"
            fits &= (not low or value >= float(low)) and (not high or value <= float(high))
        if fits:
            return row["state"]
    return "other"


def dfg_state(structure: Structure, numbering: Numbering | None = None) -> DfgState:
    """Tell the DFG and alpha-C state of a kinase chain.

    Parameters
    ----------
    structure : Structure
        The structure.
    numbering : Numbering, optional
        Of the chain in question; of the kinase's chain if not given.

    Returns
    -------
    DfgState

    Raises
    ------
    StructureError
        If the chain is no known kinase.

    References
    ----------
    Modi & Dunbrack 2019, doi:10.1073/pnas.1814279116.
    """
    numbering = structure.numbering() if numbering is None else numbering
    if numbering.kinase is None:
        raise StructureError(
            f"{structure.name}: the chain is no known kinase, so that its DFG motif is not known."
        )
    findings: list[Finding] = []
    tips = {row["residue"]: row["atom"] for row in read_csv("state_atoms.csv")}
    glu = numbering.at_klifs(GLU)
    # The alphaC helix has no gaps in KLIFS: position 28 is the fourth residue behind 24.
    glu_4 = numbering.at_klifs(GLU_4)

    def at(residue: ResidueId | None, position: int, *names: str) -> np.ndarray | None:
        """First of some atoms that is there."""
        if residue is not None:
            atoms = structure.atoms(residue)
            for name in names:
                if name in atoms:
                    return atoms[name]
        what = f"KLIFS position {position}" if residue is None else f"{names[0]} of {residue}"
        findings.append(
            Finding("state", f"{what} is not resolved: the state is not known.", "warning", residue)
        )
        return None

    phe = numbering.at_klifs(PHE)
    parent = "PHE" if phe is None else structure.residue(phe).parent
    tip = at(phe, PHE, tips.get(parent, "CZ"))
    lys = numbering.at_klifs(LYS)
    lys_ca = at(lys, LYS, "CA")
    first = _distance([tip], [at(glu_4, GLU_4, "CA")])
    second = _distance([tip], [lys_ca])
    betas = _distance([at(lys, LYS, "CB", "CA")], [at(glu, GLU, "CB", "CA")])
    bridge = float("nan")
    if lys is not None and glu is not None:
        ends = structure.atoms(glu)
        bridge = _distance(
            [structure.atoms(lys).get("NZ")], [ends.get(name) for name in ("OE1", "OE2")]
        )
    return DfgState(
        dfg=_call("dfg", first, second),
        alpha_c=_call("alpha_c", betas, float("nan")),
        phe_glu4_ang=first,
        phe_lys_ang=second,
        cb_cb_ang=betas,
        salt_bridge_ang=bridge,
        findings=tuple(dict.fromkeys(findings)),
    )


def _distance(ones: Iterable[np.ndarray | None], others: Iterable[np.ndarray | None]) -> float:
    """Shortest distance between two sets of positions; NaN if one is empty."""
    right = [other for other in others if other is not None]
    found = [
        float(np.linalg.norm(one - other)) for one in ones if one is not None for other in right
    ]
    return min(found, default=float("nan"))
