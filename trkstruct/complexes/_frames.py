"""The inhibitor of a simulation in its frames, averaged over them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import LigandError, TrkstructError
from ..residues import Finding
from .complex import Complex, make_complex

if TYPE_CHECKING:
    from ..structures import Frames

__all__ = ["complex_of_frames"]


def complex_of_frames(
    frames: Frames, ligand: Any = None, pose: str | None = None, chain: str | None = None
) -> Complex:
    """Join the frames of a simulation with the inhibitor that was simulated.

    Each frame has its own pose. A prediction is averaged over the frames, and their spread is in
    its interval.

    Parameters
    ----------
    frames : Frames
        As `trkstruct.Structure.frames` reads them.
    ligand : Ligand, str or rdkit.Chem.Mol, optional
        The inhibitor's chemistry; that of its residue's component if not given.
    pose : str, optional
        ``crystal``, ``crystal:RES`` or ``crystal:RES:CHAIN:NUMBER``.
    chain : str, optional
        Author chain of the kinase.

    Returns
    -------
    Complex
        The first frame's, with the others as its siblings.

    Raises
    ------
    LigandNotFoundError, LigandMatchError
        If the topology does not have it.
    LigandError
        If another kind of pose is asked for.
    TrkstructError
        If a frame cannot be used; the message says which.
    """
    word = (pose or "crystal").strip()
    if word.partition(":")[0].casefold() != "crystal":
        raise LigandError(
            f"The pose {pose!r} is asked for, and each frame of {frames.name} has its own. Leave "
            "it out, or name the simulated ligand: crystal:RES."
        )
    try:
        first = make_complex(frames[0], ligand, word, chain)
    except LigandError as error:
        raise type(error)(
            f"{_text(error)} A trajectory is scored with the inhibitor that was simulated; another "
            "one can be placed in a single structure."
        ) from error
    residue = first.residue
    assert residue is not None
    where = f"crystal:{residue.name}:{residue.id.chain}:{residue.id.number}"
    others = []
    for structure, number in zip(frames[1:], frames.numbers[1:], strict=True):
        try:
            others.append(make_complex(structure, first.ligand, where, first.chain))
        except TrkstructError as error:
            raise type(error)(f"Frame {number} of {frames.name}: {_text(error)}") from error
    message = f"{len(frames)} of {frames.total} frames of {frames.name} are averaged."
    if len(frames) == 1:
        message = f"Frame {frames.numbers[0]} of {frames.name} stands alone, of {frames.total}."
    said = (*frames.findings, Finding("frames", message))
    # Each frame says that it was taken, and of its own pose that it was not observed.
    kept = tuple(f for f in first.findings if f.code not in ("frame", "hydrogens"))
    return replace(first, siblings=tuple(others), findings=(*said, *kept))


def _text(error: Exception) -> str:
    """Return the message of an error; that of a KeyError would be quoted."""
    return str(error.args[0]) if error.args else str(error)
