"""Structures as they stand in their files: PDB and mmCIF, read, checked, numbered and written."""

from __future__ import annotations

from ._trajectories import Frames, parse_frames
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
    "Frames",
    "Gap",
    "Pocket",
    "PocketResidue",
    "Residue",
    "ResidueKind",
    "Structure",
    "parse_frames",
]
