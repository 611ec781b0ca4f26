"""What can be placed, and what cannot be: told before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import PlacementError
from ..reference import read_json
from ..residues import Finding

if TYPE_CHECKING:
    from ..ligands import Ligand

__all__ = ["check_limits"]


def check_limits(ligand: Ligand) -> tuple[Finding, ...]:
    """Make sure that a ligand is one that can be placed.

    Parameters
    ----------
    ligand : Ligand
        The ligand.

    Returns
    -------
    tuple of Finding
        That it is too flexible for its pose to be trusted.

    Raises
    ------
    PlacementError
        If it is too small, too large or far too flexible, or the force field does not know it.

    Notes
    -----
    The limits and their reasons are in ``placement.json``.

    Examples
    --------
    >>> import trkstruct as ts
    >>> from trkstruct.placement.limits import check_limits
    >>> check_limits(ts.ligand("larotrectinib"))
    ()
    """
    from rdkit.Chem import rdForceFieldHelpers, rdMolDescriptors

    from ..ligands.chemistry import silence

    limits = read_json("placement.json")["limits"]
    name, heavy = ligand.name, ligand.n_heavy
    least, most = int(limits["least_heavy_atoms"]), int(limits["most_heavy_atoms"])
    if heavy < least:
        atoms = "heavy atom" if heavy == 1 else "heavy atoms"
        raise PlacementError(
            f"{name} has {heavy} {atoms}; with fewer than {least} it has no place of its own in a "
            "pocket and is not placed."
        )
    if heavy > most:
        raise PlacementError(
            f"{name} has {heavy} heavy atoms; more than {most} do not fit a kinase's pocket and "
            "are not placed."
        )
    rotors = int(rdMolDescriptors.CalcNumRotatableBonds(ligand.mol))
    if rotors > int(limits["most_rotors"]):
        raise PlacementError(
            f"{name} has {rotors} rotatable bonds; the conformers of more than "
            f"{limits['most_rotors']} cannot be searched, and it is not placed. Give its "
            "coordinates in the frame of the structure."
        )
    with silence():
        known = rdForceFieldHelpers.MMFFHasAllMoleculeParams(ligand.to_rdkit())
    if not known:
        elements = {atom.GetSymbol() for atom in ligand.mol.GetAtoms()}
        of = ", ".join(sorted(elements & {"B", "Se"}))
        raise PlacementError(
            f"The force field that poses are refined with, MMFF94s, has no parameters for {name}"
            f"{f' ({of})' if of else ''}: it is not placed. Give its coordinates in the frame of "
            "the structure."
        )
    if rotors > int(limits["flexible_rotors"]):
        message = (
            f"{name} has {rotors} rotatable bonds, more than conformers can be searched for well: "
            "its pose is a guess."
        )
        return (Finding("flexible", message, "warning"),)
    return ()
