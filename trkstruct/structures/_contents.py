"""What a structure holds: arrays of heavy atoms, and residues that say whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ResidueNotFoundError, StructureError
from ..residues import BACKBONE_ATOMS, Finding, ResidueId
from ._parts import Altloc, Gap, Residue

__all__ = ["Contents"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contents:
    """The fields of `trkstruct.structures.Structure`, and access to residues and atoms."""

    name: str
    coords: NDArray[np.float64]
    atom_names: NDArray[np.str_]
    elements: NDArray[np.str_]
    residue_index: NDArray[np.int32]
    occupancy: NDArray[np.float64]
    b_factor: NDArray[np.float64]
    residues: tuple[Residue, ...]
    path: Path | None = None
    pdb_id: str = ""
    title: str = ""
    sha256: str = ""
    kind: str = "file"
    altlocs: tuple[Altloc, ...] = ()
    all_gaps: tuple[Gap, ...] = ()
    findings: tuple[Finding, ...] = ()
    _cache: dict[Any, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for array in (
            self.coords, self.atom_names, self.elements, self.residue_index, self.occupancy,
            self.b_factor,
        ):  # fmt: skip
            array.flags.writeable = False

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor, so that arrays are read-only in the other process too.
        return (type(self), tuple(getattr(self, f.name) for f in fields(self) if f.init))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Contents):
            return NotImplemented
        return self.residues == other.residues and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("coords", "atom_names", "elements", "occupancy", "b_factor")
        )

    def __hash__(self) -> int:
        return hash((self.residues, self.coords.tobytes()))

    @property
    def chains(self) -> tuple[str, ...]:
        """Chains that hold protein, in the order of the file."""
        return tuple(dict.fromkeys(r.id.chain for r in self.residues if r.kind == "protein"))

    def protein(self, chain: str | None = None) -> tuple[Residue, ...]:
        """Return the amino acids of a chain that have coordinates, modified ones included.

        Parameters
        ----------
        chain : str, optional
            Author chain; all chains if not given.

        Returns
        -------
        tuple of Residue
            In the order of the chain.

        Raises
        ------
        ResidueNotFoundError
            If the chain holds no protein.
        """
        if chain is None:
            return tuple(r for r in self.residues if r.kind == "protein")
        found = tuple(r for r in self.residues if r.kind == "protein" and r.id.chain == chain)
        if not found:
            raise ResidueNotFoundError(
                f"{self.name} has no protein chain {chain!r}; it has "
                f"{', '.join(self.chains) or 'no protein at all'}."
            )
        return found

    def residue(self, residue: Residue | ResidueId | str) -> Residue:
        """Find a residue by its id.

        Parameters
        ----------
        residue : ResidueId, str or Residue
            Chain, author number and insertion code; text as in ``A:595``. Where a
            ligand or water has the number of an amino acid, the amino acid is meant.

        Returns
        -------
        Residue

        Raises
        ------
        ResidueNotFoundError
            If there is none.
        NumberingError
            If a text is no residue id.
        """
        if isinstance(residue, Residue):
            return residue
        wanted = ResidueId.parse(residue) if isinstance(residue, str) else residue
        table: Mapping[ResidueId, Residue] | None = self._cache.get("residues")
        if table is None:
            order = sorted(self.residues, key=lambda r: r.kind == "protein")
            table = self._cache["residues"] = {r.id: r for r in order}
        if wanted not in table:
            numbers = [r.id.number for r in self.residues if r.id.chain == wanted.chain]
            there = (
                f"chain {wanted.chain} runs from {min(numbers)} to {max(numbers)} with gaps"
                if numbers
                else f"the protein chains are {', '.join(self.chains) or 'none'}"
            )
            raise ResidueNotFoundError(
                f"{self.name} has no residue {wanted} with coordinates; {there}."
            )
        return table[wanted]

    def atom_slice(self, residue: Residue | ResidueId | str) -> slice:
        """Return where a residue's atoms stand in the arrays.

        Parameters
        ----------
        residue : Residue, ResidueId or str
            Which residue.

        Returns
        -------
        slice

        Raises
        ------
        ResidueNotFoundError
            If there is no such residue.
        """
        found = self.residue(residue)
        return slice(found.start, found.stop)

    def atoms(self, residue: Residue | ResidueId | str) -> dict[str, NDArray[np.float64]]:
        """Return a residue's heavy atoms by name.

        Parameters
        ----------
        residue : Residue, ResidueId or str
            Which residue.

        Returns
        -------
        dict of str to (3,) float64
            Read-only positions in angstrom.

        Raises
        ------
        ResidueNotFoundError
            If there is no such residue.
        """
        found = self.residue(residue)
        return {str(self.atom_names[i]): self.coords[i] for i in range(found.start, found.stop)}

    def backbone(self, residue: Residue | ResidueId | str) -> NDArray[np.float64]:
        """Return the positions of N, CA, C and O, on which side chains are built.

        Parameters
        ----------
        residue : Residue, ResidueId or str
            Which residue.

        Returns
        -------
        (4, 3) float64
            In angstrom.

        Raises
        ------
        ResidueNotFoundError
            If there is no such residue.
        StructureError
            If it is no amino acid or one of the four atoms has no coordinates.
        """
        found = self.residue(residue)
        atoms = self.atoms(found)
        if found.kind != "protein":
            raise StructureError(f"{found.name} {found.id} is not an amino acid ({found.kind}).")
        missing = [name for name in BACKBONE_ATOMS if name not in atoms]
        if missing:
            raise StructureError(
                f"{found.name} {found.id} of {self.name} has no backbone {' and '.join(missing)}: "
                "no side chain can be built there. Rebuild the residue or take another structure."
            )
        return np.array([atoms[name] for name in BACKBONE_ATOMS])

    def gaps(self, chain: str | None = None) -> tuple[Gap, ...]:
        """Return the breaks of a chain, told by distance.

        Parameters
        ----------
        chain : str, optional
            Author chain; all chains if not given.

        Returns
        -------
        tuple of Gap
        """
        return tuple(g for g in self.all_gaps if chain is None or g.before.chain == chain)

    @property
    def ligands(self) -> tuple[Residue, ...]:
        """Ligands, largest first; buffers, cofactors and ions are not among them."""
        found = [r for r in self.residues if r.kind == "ligand"]
        return tuple(sorted(found, key=lambda r: (-r.n_atoms, r.index)))
