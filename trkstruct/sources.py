"""Finding structures: a path, or an id in the folders that the user named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .errors import NumberingError, StructureFileError

if TYPE_CHECKING:
    from .structures import Structure

__all__ = ["ENVIRONMENT", "find", "folders", "load", "search_also", "structure_files"]

#: Folders of structures, separated as in PATH.
ENVIRONMENT: Final = "TRKSTRUCT_STRUCTURES"

_SUFFIXES: Final = (".pdb", ".ent", ".cif", ".mmcif")


def _stem(path: Path) -> str | None:
    """File name without structure suffixes, or None if it is no structure file."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    stem, dot, suffix = name.rpartition(".")
    if not stem or stem.startswith(".") or f"{dot}{suffix}".lower() not in _SUFFIXES:
        return None
    return stem


def structure_files(folder: Path | str) -> tuple[Path, ...]:
    """Structure files of a folder, by name.

    Parameters
    ----------
    folder : path
        Where to look; its subfolders are not searched.

    Returns
    -------
    tuple of pathlib.Path
        Files that end in .pdb, .ent, .cif or .mmcif, plain or .gz, sorted by name.

    Raises
    ------
    StructureFileError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise StructureFileError(f"The folder of structures {str(folder)!r} {what}.")
    return tuple(sorted(p for p in folder.iterdir() if _stem(p) is not None and p.is_file()))


def folders() -> tuple[Path, ...]:
    """Folders named in the environment variable ``TRKSTRUCT_STRUCTURES``.

    Returns
    -------
    tuple of pathlib.Path
        In the order in which they are searched; empty if it is not set.
    """
    named = os.environ.get(ENVIRONMENT, "")
    return tuple(Path(part) for part in named.split(os.pathsep) if part)


@contextmanager
def search_also(more: Iterable[Path | str]) -> Iterator[None]:
    """Search further folders for ids, before those of the environment.

    Worker processes that are started inside it search them too.

    Parameters
    ----------
    more : iterable of path
        The folders.

    Yields
    ------
    None
    """
    before = os.environ.get(ENVIRONMENT)
    named = [str(Path(folder).absolute()) for folder in more]
    os.environ[ENVIRONMENT] = os.pathsep.join([*named, *([before] if before else [])])
    try:
        yield
    finally:
        if before is None:
            del os.environ[ENVIRONMENT]
        else:
            os.environ[ENVIRONMENT] = before


def find(name: str, where: Iterable[Path | str] | None = None) -> Path:
    """Find a structure file by its path or by the id at the start of its name.

    Parameters
    ----------
    name : str
        A path, or an id: ``7VKO`` finds ``7VKO.cif.gz`` and ``7VKO_TRKA_repotrectinib.pdb``.
    where : iterable of path, optional
        Folders to search for an id; those of ``TRKSTRUCT_STRUCTURES`` if not given.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StructureFileError
        If nothing is found, or if an id fits several files.
    """
    path = Path(name).expanduser()
    if not name.strip():
        raise StructureFileError("No structure is named: give a path or an id.")
    if path.is_file():
        return path
    if path.is_symlink():
        raise StructureFileError(f"{name!r} is a link that leads to no file.")
    if path.is_dir():
        raise StructureFileError(f"{name!r} is a folder; a structure file was asked for.")
    if _stem(path) is not None or len(path.parts) > 1:
        raise StructureFileError(f"There is no file {name!r}.")
    searched = tuple(Path(p) for p in where) if where is not None else folders()
    there: dict[Path, str] = {}
    for folder in searched:
        there.update({file: _stem(file) or "" for file in structure_files(folder)})
    wanted = name.casefold()
    exact = [file for file, stem in there.items() if stem.casefold() == wanted]
    fits = exact or [f for f, s in there.items() if s.casefold().startswith(f"{wanted}_")]
    if len(fits) == 1:
        return fits[0]
    if fits:
        listed = ", ".join(str(file) for file in fits)
        raise StructureFileError(f"{name!r} fits several files: {listed}. Give the path of one.")
    if not fits and _is_kinase(name):
        raise StructureFileError(
            f"{name!r} is a kinase, and this version ships no models of kinases to choose from: "
            "give the path or the id of a structure."
        )
    if not searched:
        raise StructureFileError(
            f"{name!r} is no file, and no folder of structures is named: give a path, or name "
            f"folders in the environment variable {ENVIRONMENT} or with --structures."
        )
    ids = sorted({stem.split("_")[0] for stem in there.values()})
    raise StructureFileError(
        f"{name!r} is no file, and no structure of that id is in "
        f"{', '.join(map(str, searched))}; there are {', '.join(ids) or 'none'}."
    )


def _is_kinase(name: str) -> bool:
    """Whether a text is a kinase, perhaps with a state behind it: ``TRKA:DFG-out``."""
    from .kinases import kinase

    try:
        kinase(name.partition(":")[0])
    except NumberingError:
        return False
    return True


def load(name: Path | str, *, altloc: str = "occupancy", model: int | None = None) -> Structure:
    """Load a structure from a path, or by its id from the folders that you named.

    Parameters
    ----------
    name : path
        A .pdb, .ent, .cif or .mmcif file, plain or .gz; or an id such as ``7VKO`` that is
        looked for in the folders of the environment variable ``TRKSTRUCT_STRUCTURES``.
    altloc : str, default "occupancy"
        Which alternate location to take: ``occupancy``, or the letter of one.
    model : int, optional
        Which model of the file to take, counted from 1; the first if not given, and a finding
        says so if there are several.

    Returns
    -------
    Structure
        With everything that was noticed or chosen in its ``findings``.

    Raises
    ------
    StructureFileError
        If nothing is found, or the file is not a structure.
    StructureError
        If the structure cannot be used.
    """
    from .structures import Structure

    return Structure.read(find(str(name)), altloc=altloc, model=model)
