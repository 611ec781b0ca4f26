"""The frame of a picture: from where a complex is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PlacementError
from ..placement.frames import pocket_frame, superposition

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ensembles import Mutant

__all__ = ["Frame", "frame_of", "onto"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rigid motion into the frame of the picture.

    Parameters
    ----------
    rotation : (3, 3) float64
        Points are rows: ``points @ rotation + shift``.
    shift : (3,) float64
        In angstrom.
    """

    rotation: Floats
    shift: Floats

    def __call__(self, points: Any) -> Floats:
        """Move points, (..., 3) float64 in angstrom."""
        return np.asarray(np.asarray(points, dtype=np.float64) @ self.rotation + self.shift)

    def after(self, rotation: Floats, shift: Floats) -> Frame:
        """Return this motion, done after another one.

        Parameters
        ----------
        rotation : (3, 3) float64
            Of the motion that is done first.
        shift : (3,) float64
            Of that motion, in angstrom.

        Returns
        -------
        Frame
        """
        return Frame(rotation @ self.rotation, shift @ self.rotation + self.shift)


def frame_of(complex_: Complex, mutant: Mutant | None = None) -> Frame:
    """Return the frame from which an inhibitor is best seen.

    Its longest axis lies across the picture and its thinnest points to the reader, from the side
    where fewer atoms of the protein are in the way.

    Parameters
    ----------
    complex_ : Complex
        The complex.
    mutant : Mutant, optional
        Its mutated residues are kept in sight.

    Returns
    -------
    Frame
    """
    seen = complex_.ligand_atoms.coords
    if mutant is not None:
        own = [site.backbone for site in mutant.sites]
        built = [e.conformers.coords.reshape(-1, 3) for e in mutant.mutant.energies]
        seen = np.concatenate([seen, *own, *built])
    middle = seen.mean(axis=0)
    axes = np.linalg.svd(seen - middle, full_matrices=False)[2].T
    around = (complex_.structure.coords - middle) @ axes
    near = around[np.linalg.norm(around, axis=1) < 12.0]
    if (near[:, 2] > 3.0).sum() > (near[:, 2] < -3.0).sum():
        axes[:, 2] *= -1
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    return Frame(axes, -middle @ axes)


def onto(first: Complex, other: Complex, frame: Frame) -> Frame:
    """Return the frame in which the pocket of one complex lies on that of another.

    Parameters
    ----------
    first : Complex
        The complex that the frame was made for.
    other : Complex
        The complex to lay on it.
    frame : Frame
        The frame of `first`.

    Returns
    -------
    Frame

    Raises
    ------
    PlacementError
        If the structures share fewer than ten pocket residues.
    """
    if other.structure is first.structure and other.chain == first.chain:
        return frame
    moving = pocket_frame(other.structure, other.chain)
    fixed = pocket_frame(first.structure, first.chain)
    try:
        return frame.after(*superposition(moving, fixed))
    except PlacementError as error:
        raise PlacementError(
            f"{first.structure.name} and {other.structure.name} cannot be shown side by side: "
            f"{error}"
        ) from error
