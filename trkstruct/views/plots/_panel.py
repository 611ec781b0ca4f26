"""The picture of a panel: a map, or of a scan its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._matrix import cross_resistance_map
from ._profile import scan_profile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...panels import CrossResistance

__all__ = ["of_panel"]


def of_panel(panel: CrossResistance, *, size: str = "", ax: Axes | None = None) -> Axes:
    """Draw a panel in one picture.

    Parameters
    ----------
    panel : CrossResistance
        The panel.
    size : {"", "a4", "slide"}
        What the picture has to fit on; what suits its kind if not given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure of fitting size is made if not given.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    PlanError
        If the panel has no rows, or if there is no such size.
    """
    if panel.rows and "nucleotide_changes_min" in panel.rows[0]:
        return scan_profile(panel.rows, size=size or "slide", ax=ax)
    return cross_resistance_map(panel.rows, reference=panel.reference, size=size or "a4", ax=ax)
