"""Structures as they stand in their files: PDB and mmCIF, read, checked, numbered and written."""

from __future__ import annotations

from .structure import (
    Altloc,
    Gap,
    Pocket,
    PocketResidue,
    Residue,
    ResidueKind,
    Structure,
)

__all__ = [
    "Altloc",
    "Gap",
    "Pocket",
    "PocketResidue",
    "Residue",
    "ResidueKind",
    "Structure",
]
