"""A structure's atoms in PDB format."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import StructureError

if TYPE_CHECKING:
    from ._parts import Residue
    from .structure import Structure

__all__ = ["pdb_block"]

_MOST_ATOMS = 99999
_POLYMER = frozenset({"protein", "cap", "nucleic"})


def pdb_block(structure: Structure, residues: Sequence[Residue], *, end: bool = True) -> str:
    """Write residues in PDB format 3.3; see `Structure.to_pdb_block`.

    Parameters
    ----------
    structure : Structure
        Holds the residues.
    residues : sequence of Residue
        Which to write, in this order.
    end : bool
        Whether to close with ``END``.

    Returns
    -------
    str

    Raises
    ------
    StructureError
        If the format cannot hold it.
    """
    lines, letters = _chain_letters(residues)
    serial = 0
    previous: Residue | None = None
    for residue in residues:
        if (
            previous is not None
            and previous.kind in _POLYMER
            and (residue.kind not in _POLYMER or previous.id.chain != residue.id.chain)
        ):
            serial += 1
            lines.append(_ter(serial, previous, letters))
        name = residue.name if len(residue.name) <= 3 else "LIG"
        if name != residue.name:
            lines.append(f"REMARK 951 {residue.name} {residue.id} IS NAMED LIG HERE.")
        if not -999 <= residue.id.number <= 9999:
            raise StructureError(
                f"{residue} has a number that the PDB format cannot hold (-999 to 9999)."
            )
        file_names = dict(residue.renamed)
        record = "HETATM" if residue.hetero else "ATOM  "
        for i in range(residue.start, residue.stop):
            serial += 1
            atom = str(structure.atom_names[i])
            atom = file_names.get(atom, atom)
            element = str(structure.elements[i])
            # One-letter elements begin in the second of the four columns of the name.
            padded = f" {atom:<3}" if len(element) == 1 and len(atom) < 4 else f"{atom:<4}"
            x, y, z = (float(value) for value in structure.coords[i])
            if not all(-999.9995 < value < 9999.9995 for value in (x, y, z)):
                raise StructureError(
                    f"Atom {atom} of {residue} is at {x:.0f}, {y:.0f}, {z:.0f} A, which the PDB "
                    "format cannot hold: move the structure nearer to the origin."
                )
            b_factor = min(float(structure.b_factor[i]), 999.99)
            lines.append(
                f"{record}{serial:5d} {padded} {name:>3} {letters[residue.id.chain]}"
                f"{residue.id.number:4d}{residue.id.insertion_code or ' '}   "
                f"{x:8.3f}{y:8.3f}{z:8.3f}{float(structure.occupancy[i]):6.2f}{b_factor:6.2f}"
                f"          {element:>2}"
            )
        previous = residue
    if serial > _MOST_ATOMS:
        raise StructureError(
            f"{structure.name} has {serial} atoms; the PDB format holds {_MOST_ATOMS}. "
            "Write fewer residues."
        )
    if previous is not None and previous.kind in _POLYMER:
        lines.append(_ter(serial + 1, previous, letters))
    if end:
        lines.append("END")
    return "".join(f"{line}\n" for line in lines)


def _ter(serial: int, residue: Residue, letters: dict[str, str]) -> str:
    where = f"{letters[residue.id.chain]}{residue.id.number:4d}{residue.id.insertion_code}"
    return f"TER   {serial:5d}      {residue.name[:3]:>3} {where}".rstrip()


def _chain_letters(residues: Sequence[Residue]) -> tuple[list[str], dict[str, str]]:
    """One letter for each chain; the chains of mmCIF may have longer names."""
    chains = list(dict.fromkeys(residue.id.chain for residue in residues))
    letters = {chain: chain or " " for chain in chains if len(chain) <= 1}
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase + string.digits
            if c not in letters]  # fmt: skip
    remarks = []
    for chain in chains:
        if chain not in letters:
            if not free:
                raise StructureError("The PDB format has no letters left for so many chains.")
            letters[chain] = free.pop(0)
            remarks.append(f"REMARK 951 CHAIN {chain} IS NAMED {letters[chain]} HERE.")
    return remarks, letters
