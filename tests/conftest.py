"""Fixtures that read the real structures beside the project, each parsed once a session."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from trkstruct.complexes import Complex
    from trkstruct.structures import Structure

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of inputs beside the project; absent it skips here and fails in CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "structures").is_dir():
        reason = f"needs the real structures in {folder}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def structure_file(shared: Path) -> Callable[[str], Path]:
    """Path of a structure by its PDB id: ``structure_file("7VKO")``."""

    def find(pdb_id: str) -> Path:
        found = sorted((shared / "structures").glob(f"{pdb_id}_*"))
        assert len(found) == 1, f"{pdb_id}: {found}"
        return found[0]

    return find


@pytest.fixture(scope="session")
def structure(structure_file: Callable[[str], Path]) -> Callable[[str], Structure]:
    """A parsed structure by its PDB id, read once a session."""
    from trkstruct.structures import Structure

    @cache
    def read(pdb_id: str) -> Structure:
        return Structure.read(structure_file(pdb_id))

    return read


@pytest.fixture(scope="session")
def bound(structure: Callable[[str], Structure]) -> Callable[[str], Complex]:
    """The complex of a structure with its bound ligand by PDB id, prepared once a session."""
    from trkstruct.complexes import make_complex

    @cache
    def prepare(pdb_id: str) -> Complex:
        return make_complex(structure(pdb_id))

    return prepare
