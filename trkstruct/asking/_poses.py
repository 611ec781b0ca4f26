"""Which inhibitors can be asked about at once, because a pose of them is at hand."""

from __future__ import annotations

from .._receptors import wanted_states
from ..bundled import MANIFEST, bundled_models, data_folder
from ..kinases import Kinase
from ..ligands import library
from ..placement.store import FOLDER, read_pose_manifest

__all__ = ["unplaced"]


def unplaced(of: Kinase) -> tuple[str, ...]:
    """Name the inhibitors that would first have to be placed in a model of a kinase.

    Placing takes minutes where it means docking; poses that travel with the package, and bound
    inhibitors, take none.

    Parameters
    ----------
    of : Kinase
        The kinase.

    Returns
    -------
    tuple of str
        Inhibitors of the library that a model of the kinase could take, and of which no pose in
        one is at hand.
    """
    models = [model for model in bundled_models(of.name) if model.ligand]
    folder = data_folder("structures")
    sums = {model.sha256 for model in models}
    kept = {
        row["inchikey"]
        for row in (read_pose_manifest(folder / FOLDER / MANIFEST) if folder else ())
        if row["model_sha256"] in sums
    }
    bound = {model.ligand for model in models}
    states = {model.dfg_state for model in models}
    return tuple(
        entry.name
        for entry in library.library()
        if entry.smiles
        and entry.inchikey not in kept
        and not (entry.component and entry.component in bound)
        and states & set(wanted_states(entry.ligand()))
    )
