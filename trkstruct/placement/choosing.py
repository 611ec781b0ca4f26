"""The way to poses: those kept from before, templates, docking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..errors import LigandError, PlacementError
from ..reference import read_json
from ..residues import Finding
from .placing import Placing
from .poses import PoseSet
from .sources import bundled_templates

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ligands import Ligand
    from ..structures import Structure

__all__ = ["METHODS", "pose_set"]

#: How a ligand may be placed.
METHODS: Final = ("auto", "template", "dock")


def pose_set(
    structure: Structure,
    ligand: Ligand,
    *,
    chain: str | None = None,
    templates: Sequence[Complex] | None = None,
    method: str = "auto",
    seed: int = 0,
    reuse: bool = True,
) -> PoseSet:
    """Place a ligand in the pocket of a structure.

    The part that it shares with a template's ligand is laid on it, the rest embedded in many
    conformers, and the best are minimised in the pocket. Where the templates share little,
    docked poses join them, and all are ranked alike.

    Parameters
    ----------
    structure : Structure
        The receptor; whatever is bound in its pocket is ignored.
    ligand : Ligand
        The ligand; its own coordinates are not used.
    chain : str, optional
        Author chain of the receptor.
    templates : sequence of Complex, optional
        Complexes of kinases; the bundled ones in the receptor's DFG state if not given.
    method : {"auto", "template", "dock"}
        With ``auto``, templates, and docking where none shares enough.
    seed : int
        Of the random numbers; the same seed gives the same poses.
    reuse : bool
        Whether to take poses that travel with the package, or that were kept from before.

    Returns
    -------
    PoseSet
        Distinct poses, best first.

    Raises
    ------
    PlacementError
        If no template shares enough with the ligand and docking is not installed, or no pose
        could be made.
    LigandError
        If the ligand has too few atoms to be placed, or too many.

    Examples
    --------
    >>> import trkstruct as ts
    >>> from trkstruct.placement import pose_set
    >>> pose_set(ts.load("4YNE"), ts.ligand("larotrectinib")).best.template
    '4YNE'
    """
    from . import store

    if method not in METHODS:
        raise PlacementError(f"Method {method!r} is not known; it is one of {', '.join(METHODS)}.")
    if ligand.n_heavy < 1:
        raise LigandError(f"{ligand.name} has no atoms.")
    where = structure.choose_chain(chain)[0]
    ordinary = templates is None and method == "auto" and seed == 0
    if ordinary and reuse:
        found = store.find(structure, ligand, where)
        if found is not None:
            return found
    known = bundled_templates(structure, where) if templates is None else tuple(templates)
    made = _placed(Placing(structure, ligand, where, known, seed), method)
    # What was not docked for want of the extra is to be tried again once it is there.
    if ordinary and reuse and not any(f.code == "not-docked" for f in made.findings):
        return store.keep(structure, ligand, where, made)
    return store.rounded(made)


def _placed(work: Placing, method: str) -> PoseSet:
    settings = read_json("placement.json")
    begun = [] if method == "dock" else work.on_templates()
    said: list[Finding] = []
    if method == "dock" or (method == "auto" and work.best_overlap < settings["sure_overlap"]):
        try:
            begun += work.docked()
        except PlacementError as error:
            if not begun:
                raise _nowhere(work, str(error)) from error
            message = f"No template shares much of {work.ligand.name}, and it was not docked: "
            said.append(Finding("not-docked", message + str(error), "warning"))
    if not begun:
        raise _nowhere(work, "")
    return work.result(begun, said)


def _nowhere(work: Placing, why: str) -> PlacementError:
    """Say why a ligand could not be placed."""
    if work.templates:
        tried = f"No conformer of {work.ligand.name} could be laid on a template."
    else:
        tried = f"No known complex shares enough with {work.ligand.name} to place it on."
    advice = "Give a complex of a relative as template, or its coordinates in the structure's frame"
    return PlacementError(" ".join(filter(None, (tried, why, f"{advice}."))))
