"""Ligands: small molecules with full chemistry, one or many.

The package is callable: ``trkstruct.ligands("series.sdf")`` reads a file of many, which the
interface asks for, while ``trkstruct.ligands`` is this package.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ._series import one_line_name
from .library import LibraryEntry
from .molecule import (
    Ligand,
    LigandRecord,
    LigandSeries,
    library_names,
    ligand,
    ligands,
    rebuilt,
    resolve,
)
from .stereo import enumerate_stereo

__all__ = [
    "LibraryEntry",
    "Ligand",
    "LigandRecord",
    "LigandSeries",
    "enumerate_stereo",
    "library_names",
    "ligand",
    "ligands",
    "one_line_name",
    "rebuilt",
    "resolve",
]


class _CallableModule(types.ModuleType):
    """The type of this package, which can also be called like its function `ligands`."""

    def __call__(self, source: Path | str | Iterable[Any]) -> LigandSeries:
        """Read many ligands; see `ligands`."""
        return ligands(source)


sys.modules[__name__].__class__ = _CallableModule
