"""Comparative models: a kinase without a usable structure, on the backbone of its relative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StructureError
from ..kinases import Kinase
from ..kinases import kinase as find_kinase
from ..numbering import number_chain
from ..numbering.homology import align_to
from ..residues import BACKBONE_ATOMS, ONE_TO_THREE, THREE_TO_ONE, ResidueId
from .drafts import Draft, Part, Source, capped, draft
from .models import PreparedModel, finish, source_of
from .packing import pack

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..structures import Residue, Structure

__all__ = ["compare"]


def compare(
    target: str | Kinase,
    template: Structure | Complex,
    *,
    name: str = "",
    title: str = "",
    chain: str | None = None,
) -> PreparedModel:
    """Model a kinase on the structure of another.

    Every residue that differs is exchanged on the template's backbone; their side chains,
    and those of the template's incomplete residues, are packed together with the ligand
    present; the whole is relaxed as in `trkstruct.preparation.prepare`. Residues without a
    counterpart are left out and the gap is capped.

    Parameters
    ----------
    target : str or Kinase
        The kinase to model.
    template : Structure or Complex
        Structure of a relative, with the ligand that the model shall have.
    name, title : str, optional
        Id of the model and what it is.
    chain : str, optional
        Author chain of the template.

    Returns
    -------
    PreparedModel
        ``protein_kind`` is ``comparative``; its residue numbers are the target's in UniProt.

    Raises
    ------
    StructureError
        If the template is no kinase, or the target's sequence is not known.
    DataError
        If OpenMM is not installed.
    """
    wanted = find_kinase(target) if isinstance(target, str) else target
    if not wanted.sequence:
        raise StructureError(
            f"The sequence of {wanted.name} is not known here; it cannot be modelled."
        )
    source = source_of(template, chain)
    of = source.numbering.kinase
    if of is None:
        raise StructureError(
            f"{source.structure.name} is no kinase: it is no template for {wanted.name}."
        )
    made = draft(source)
    real = [part for part in made.parts if part.name in THREE_TO_ONE]
    numbers = align_to("".join(THREE_TO_ONE[part.name] for part in real), wanted)
    parts: list[Part] = []
    exchanged: list[tuple[Part, Residue, str]] = []
    left_out = []
    same = 0
    for part, number in zip(real, numbers, strict=True):
        if number is None:
            left_out.append(str(part.where))
            continue
        letter = wanted.letter(number)
        residue = source.structure.residue(part.where)
        moved = Part(ResidueId(source.chain, number), part.name, dict(part.atoms), set(part.built))
        if THREE_TO_ONE[part.name] == letter:
            same += 1
        else:
            moved.name = ONE_TO_THREE[letter]
            moved.atoms = {n: part.atoms[n] for n in BACKBONE_ATOMS}
            moved.built = moved.built & set(BACKBONE_ATOMS)
            exchanged.append((moved, residue, letter))
        parts.append(moved)
    _exchange(source, exchanged)
    identity = same / max(len(parts), 1)
    changes = ", ".join(f"{m.where}{m.name}" for m, _, _ in exchanged)
    steps = [
        *made.steps[:-1],
        f"Modelled {wanted.name} on {of.name}: {same} of {len(parts)} residues are the same "
        f"({identity:.0%}); built and packed together: {changes}.",
    ]
    if left_out:
        steps.append(f"Left out, without a counterpart in {wanted.name}: {', '.join(left_out)}.")
    finished = Draft(capped(parts, steps), steps)
    numbering = number_chain(
        [(part.where, THREE_TO_ONE[part.name]) for part in parts],
        wanted,
        label=f"model of {wanted.name}",
    )
    return finish(
        source,
        finished,
        name=name or f"{wanted.name}-{source.structure.pdb_id or source.structure.name}",
        title=title,
        protein_kind="comparative",
        numbering=numbering,
        more={
            "template_kinase": of.name,
            "identity": round(identity, 3),
            "n_exchanged": len(exchanged),
        },
    )


def _exchange(source: Source, exchanged: list[tuple[Part, Residue, str]]) -> None:
    """Build the side chains of all exchanged residues together."""
    around = source.surroundings
    packed = pack(around, [(residue, letter) for _, residue, letter in exchanged])
    for (part, _, _), built in zip(exchanged, packed, strict=True):
        part.atoms |= dict(zip(built.atoms, built.coords, strict=True))
        part.built |= set(built.atoms)
