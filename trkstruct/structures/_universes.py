"""MDAnalysis universes to structures and back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StructureError
from ..residues import THREE_TO_ONE, Finding
from ._raw import RawAtom, RawFile

if TYPE_CHECKING:
    from .structure import Structure

__all__ = ["raw_from_universe", "to_universe"]


def raw_from_universe(universe: Any, frame: int | None) -> tuple[RawFile, str, str]:
    """Take the atoms of one frame.

    Parameters
    ----------
    universe : MDAnalysis.Universe or MDAnalysis.AtomGroup
        Where from.
    frame : int or None
        Frame, counted from 0; the current one if ``None``.

    Returns
    -------
    raw : RawFile
        The atoms, with findings on what the universe does not say.
    name : str
        Stem of the topology's file, and the frame if there are several.
    sha256 : str
        Of names and positions.

    Raises
    ------
    StructureError
        If there are no atoms, no positions, or no such frame.
    """
    atoms = universe.atoms
    if len(atoms) == 0:
        raise StructureError("The atom group is empty: its selection matches no atom.")
    trajectory = getattr(atoms.universe, "trajectory", None)
    if trajectory is None:
        raise StructureError("The universe has no positions: load coordinates into it.")
    before = trajectory.frame
    wanted = before if frame is None else frame
    if not 0 <= wanted < len(trajectory):
        raise StructureError(
            f"The trajectory has {len(trajectory)} frames, counted from 0; frame {wanted} was "
            "asked for."
        )
    try:
        if wanted != before:
            trajectory[wanted]
        positions = np.array(atoms.positions, dtype=np.float64)
    finally:
        if wanted != before:
            trajectory[before]
    if not np.isfinite(positions).all():
        raise StructureError(f"Frame {wanted} has positions that are not numbers.")
    # MDAnalysis holds single precision: to the digits that it has, not to those of a double.
    positions = np.round(positions, 4)
    findings: list[Finding] = []
    records = _columns(atoms, findings)
    raw = RawFile(
        [
            RawAtom._make((*identity, *position, *rest))
            for identity, position, rest in zip(
                records[0], positions.tolist(), records[1], strict=True
            )
        ],
        kind="trajectory" if len(trajectory) > 1 else "file",
        findings=findings,
    )
    source = getattr(atoms.universe, "filename", None)
    name = Path(str(source)).stem if source else "universe"
    if len(trajectory) > 1:
        name = f"{name}_frame{wanted}"
        findings.append(
            Finding("frame", f"Frame {wanted} of {len(trajectory)} was taken.", "choice")
        )
    digest = hashlib.sha256(repr(records).encode())
    digest.update(positions.tobytes())
    return raw, name, digest.hexdigest()


def _columns(atoms: Any, findings: list[Finding]) -> tuple[list[Any], list[Any]]:
    """Attributes of the atoms, with defaults for those that the topology lacks."""
    count = len(atoms)

    def get(name: str, default: Any) -> list[Any]:
        try:
            return list(getattr(atoms, name))
        except (AttributeError, ValueError):
            return [default] * count

    names = [str(name).strip() for name in get("names", "")]
    residues = [str(name).strip() for name in get("resnames", "")]
    if not any(names) or not any(residues):
        raise StructureError(
            "The universe has no atom or residue names: give it a topology that has them "
            "(PDB, PSF, PRMTOP, GRO)."
        )
    chains = [str(chain).strip() for chain in get("chainIDs", "")]
    if not any(chains):
        chains = [str(segment).strip() for segment in get("segids", "")]
        chains = ["" if chain == "SYSTEM" else chain for chain in chains]
    elements = [str(element).strip().upper() for element in get("elements", "")]
    if not all(elements):
        from MDAnalysis.guesser.tables import atomelements

        findings.append(
            Finding(
                "elements-guessed",
                "The topology has no elements for some atoms; they were told from atom names.",
                "choice",
            )
        )
        elements = [
            element or _element(name, residue, atomelements)
            for element, name, residue in zip(elements, names, residues, strict=True)
        ]
    record_types = get("record_types", "")
    hetero = [
        record == "HETATM" if record else residue not in THREE_TO_ONE
        for record, residue in zip(record_types, residues, strict=True)
    ]
    identity = list(
        zip(
            chains,
            [int(number) for number in get("resids", 1)],
            [str(code).strip() for code in get("icodes", "")],
            residues,
            hetero,
            names,
            [str(letter).strip() for letter in get("altLocs", "")],
            strict=True,
        )
    )
    rest = list(
        zip(
            [float(value) for value in get("occupancies", 1.0)],
            [float(value) for value in get("tempfactors", 0.0)],
            elements,
            strict=True,
        )
    )
    return identity, rest


def _element(name: str, residue: str, table: dict[str, str]) -> str:
    """Element of an atom by its name; in amino acids the first letter is the element."""
    letters = name.lstrip("0123456789")
    if residue in THREE_TO_ONE or len(letters) < 2:
        return letters[:1].upper()
    whole = "".join(c for c in letters if c.isalpha()).upper()
    if whole == residue.upper() and whole in table:
        return str(table[whole]).upper()
    # Two-letter elements of inhibitors; CA, CD and the like are carbons there.
    return whole[:2] if whole[:2] in ("CL", "BR") else whole[:1]


def to_universe(structure: Structure) -> Any:
    """Give heavy atoms to MDAnalysis; see `Structure.to_universe`.

    Parameters
    ----------
    structure : Structure
        What to convert.

    Returns
    -------
    MDAnalysis.Universe
    """
    import MDAnalysis

    residues = structure.residues
    chains = list(dict.fromkeys(r.id.chain for r in residues))
    universe = MDAnalysis.Universe.empty(
        n_atoms=len(structure.coords),
        n_residues=len(residues),
        n_segments=len(chains),
        atom_resindex=structure.residue_index,
        residue_segindex=[chains.index(r.id.chain) for r in residues],
        trajectory=True,
    )
    back = [dict(r.renamed) for r in residues]
    names = [
        back[index].get(str(name), str(name))
        for index, name in zip(structure.residue_index, structure.atom_names, strict=True)
    ]
    per_atom = {
        "names": names,
        "elements": [str(e).capitalize() for e in structure.elements],
        "types": [str(e).capitalize() for e in structure.elements],
        "chainIDs": [residues[i].id.chain for i in structure.residue_index],
        "occupancies": structure.occupancy.copy(),
        "tempfactors": structure.b_factor.copy(),
        "record_types": [
            "HETATM" if residues[i].hetero else "ATOM" for i in structure.residue_index
        ],
        "altLocs": [residues[i].altloc for i in structure.residue_index],
    }
    per_residue = {
        "resnames": [r.name for r in residues],
        "resids": [r.id.number for r in residues],
        "resnums": [r.id.number for r in residues],
        "icodes": [r.id.insertion_code for r in residues],
    }
    for name, values in (*per_atom.items(), *per_residue.items(), ("segids", chains)):
        universe.add_TopologyAttr(name, values)
    universe.atoms.positions = structure.coords
    return universe
