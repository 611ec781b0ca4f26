"""What placing gives: poses with their energies, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..residues import Finding

__all__ = ["Placed", "PoseSet"]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A ligand placed in a pocket.

    Parameters
    ----------
    coords : (n, 3) float64
        Heavy atoms in angstrom, in the order of the ligand's.
    energy_kcal : float
        Of the ligand with the pocket.
    strain_kcal : float
        Of the ligand above the least strained of all that were refined, by MMFF94s.
    score_kcal : float
        By which poses are ranked: the energy, a small share of the strain, and what the
        hinge and the template speak for.
    template : str
        Complex whose ligand it was laid on; empty if it was docked.
    overlap : float
        Share of the ligand that the template has.
    source : {"template", "docked"}
        How it was found.
    site : str
        Residue (``A:589``) whose side chain was cut to glycine while the pose was refined;
        empty for a pose in the pocket as it is.
    """

    coords: NDArray[np.float64]
    energy_kcal: float
    strain_kcal: float
    score_kcal: float
    template: str
    overlap: float
    source: Literal["template", "docked"] = "template"
    site: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PoseSet:
    """The poses of a ligand in a pocket.

    Parameters
    ----------
    poses : tuple of Placed
        In the pocket as it is, best first, then those of each site that was cut to glycine.
    findings : tuple of Finding
        What was tried and chosen, and what is doubtful about the best pose.
    origin : {"computed", "shipped", "cached"}
        Whether it was computed now, travels with the package, or was kept from before.
    """

    poses: tuple[Placed, ...]
    findings: tuple[Finding, ...] = ()
    origin: str = "computed"

    @property
    def best(self) -> Placed:
        """The pose of the best score in the pocket as it is."""
        return self.poses[0]

    @property
    def source(self) -> str:
        """How the best pose was found: ``template`` or ``docked``."""
        return self.best.source

    def of_site(self, site: str = "") -> tuple[Placed, ...]:
        """Return the poses that were refined with one site cut to glycine.

        Parameters
        ----------
        site : str, default ""
            The residue, such as ``A:589``; empty for the pocket as it is.

        Returns
        -------
        tuple of Placed
            Best first.
        """
        return tuple(pose for pose in self.poses if pose.site == site)

    def __len__(self) -> int:
        return len(self.poses)

    def __repr__(self) -> str:
        best = self.best
        on = f" on {best.template} ({best.overlap:.0%})" if best.template else ""
        return f"<PoseSet: {len(self)} poses, {best.source}{on}, {best.score_kcal:.1f} kcal/mol>"
