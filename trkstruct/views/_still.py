"""The picture that stands where 3D cannot be: the inhibitor in 2D, clashing atoms shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..energies import TERMS

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ensembles import Mutant

__all__ = ["still"]

#: The clash's colour, and the energy in kcal/mol at which an atom has all of it.
_SHADE: Final = (0.84, 0.37, 0.0)
_FULL_KCAL: Final = 2.0
_LEAST_KCAL: Final = 0.1


def still(
    complex_: Complex, mutant: Mutant | None = None, size: tuple[int, int] = (420, 320)
) -> bytes:
    """Draw an inhibitor in 2D, its atoms shaded by the clash energy with a mutant.

    Parameters
    ----------
    complex_ : Complex
        The complex.
    mutant : Mutant, optional
        A mutation in it; nothing is shaded without one.
    size : tuple of int, default (420, 320)
        Width and height in pixels.

    Returns
    -------
    bytes
        A PNG picture.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDepictor
    from rdkit.Chem.Draw import rdMolDraw2D

    mol = Chem.Mol(complex_.ligand.mol)
    mol.RemoveAllConformers()
    rdDepictor.Compute2DCoords(mol)
    colours, radii = {}, {}
    if mutant is not None:
        clash = mutant.ligand_atoms_kcal[:, TERMS.index("clash")]
        for atom, energy in zip(complex_.resolved, clash, strict=True):
            if energy > _LEAST_KCAL:
                share = min(1.0, float(energy) / _FULL_KCAL)
                colours[atom] = tuple(1.0 - share * (1.0 - part) for part in _SHADE)
                radii[atom] = 0.3 + 0.2 * share
    drawing = rdMolDraw2D.MolDraw2DCairo(*size)
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawing,
        mol,
        highlightAtoms=list(colours),
        highlightAtomColors=colours,
        highlightAtomRadii=radii,
        highlightBonds=[],
    )
    drawing.FinishDrawing()
    return bytes(drawing.GetDrawingText())
