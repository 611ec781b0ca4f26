"""Finding structures.

The order: a path; an id in the folders that the user named; a bundled model, by its id or as the
best of its kinase; an entry that was fetched before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .bundled import best_model, bundled_model, models_of, state_of, what_there_is
from .errors import DataError, NumberingError, StructureError, StructureFileError
from .fetching import cached, entry_id
from .residues import Finding

if TYPE_CHECKING:
    from .ligands import Ligand
    from .structures import Structure

__all__ = [
    "ENVIRONMENT",
    "Found",
    "find",
    "folders",
    "load",
    "locate",
    "search_also",
    "structure_files",
]

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


@dataclass(frozen=True, slots=True)
class Found:
    """Where a structure is, and what was chosen to get there.

    Parameters
    ----------
    path : pathlib.Path
        Its file.
    entry : str
        The entry that it was computed from, for a bundled model; else empty.
    findings : tuple of Finding
        What was chosen.
    kinase, state : str
        The kinase whose best model this is, if a kinase was asked for, and the state that was
        asked for; else empty.
    """

    path: Path
    entry: str = ""
    findings: tuple[Finding, ...] = ()
    kinase: str = ""
    state: str = ""

    def read(self, *, altloc: str = "occupancy", model: int | None = None) -> Structure:
        """Read it.

        Parameters
        ----------
        altloc, model
            As in `load`.

        Returns
        -------
        Structure

        Raises
        ------
        StructureFileError, StructureError
            If it cannot be read or used.
        """
        from .structures import Structure

        read = Structure.read(self.path, altloc=altloc, model=model)
        if self.findings or (self.entry and not read.pdb_id):
            return replace(
                read,
                findings=(*self.findings, *read.findings),
                pdb_id=read.pdb_id or self.entry,
            )
        return read


def find(name: str, where: Iterable[Path | str] | None = None) -> Path:
    """Find a structure file; see `locate`.

    Parameters
    ----------
    name : str
        A path, an id, or a kinase.
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
    return locate(name, where).path


def locate(
    name: str,
    where: Iterable[Path | str] | None = None,
    *,
    state: str | None = None,
    ligand: Ligand | None = None,
) -> Found:
    """Find a structure by its path, its id, or its kinase.

    Parameters
    ----------
    name : str
        A path; an id: ``7VKO`` finds ``7VKO.cif.gz`` and ``7VKO_TRKA_repotrectinib.pdb`` in your
        folders, then the bundled model, then the entry that was fetched; or a kinase, perhaps
        with a state: ``TRKA``, ``TRKA:DFG-out``.
    where : iterable of path, optional
        Folders to search for an id; those of ``TRKSTRUCT_STRUCTURES`` if not given.
    state : str, optional
        ``DFG-in``, ``DFG-out``, ...: of a kinase's models only those in this state.
    ligand : Ligand, optional
        Of a kinase's models, those that hold this inhibitor come first.

    Returns
    -------
    Found

    Raises
    ------
    StructureFileError
        If nothing is found, or if an id fits several files.
    StructureError
        If the state is none, or is asked of something that is no kinase.
    """
    if state is not None:
        return _of_kinase(name, state, ligand)
    path = Path(name).expanduser()
    if not name.strip():
        raise StructureFileError("No structure is named: give a path, an id or a kinase.")
    if path.is_file():
        return Found(path)
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
        return Found(fits[0])
    if fits:
        listed = ", ".join(str(file) for file in fits)
        raise StructureFileError(f"{name!r} fits several files: {listed}. Give the path of one.")
    model = bundled_model(name)
    if model is not None:
        return Found(model.path, model.entry)
    if _is_kinase(name):
        return _of_kinase(name, None, ligand)
    fetched = cached(name)
    if fetched is not None:
        message = f"{fetched.name} is the entry as it was fetched."
        return Found(fetched, findings=(Finding("fetched", message, "note"),))
    raise StructureFileError(_not_found(name, searched, there.values()))


def _of_kinase(name: str, state: str | None, ligand: Ligand | None) -> Found:
    """Best bundled model of ``TRKA`` or ``TRKA:DFG-out``."""
    kinase, _, said = name.partition(":")
    if said and state is not None and state_of(said) != state_of(state):
        raise StructureError(f"{name!r} and state {state!r} contradict each other.")
    if not _is_kinase(name):
        raise StructureError(
            f"A state is asked of {name!r}, which is no kinase: a structure has the state that it "
            f"has. Kinases with models: {what_there_is()}."
        )
    asked = state or said or None
    model, finding = best_model(kinase.strip(), asked, _codes(ligand))
    return Found(model.path, model.entry, (finding,), model.kinase, asked or "")


def _codes(ligand: Ligand | None) -> tuple[str, ...]:
    """Component codes by which the models may know an inhibitor."""
    if ligand is None:
        return ()
    from .ligands.components import component, has_component

    bound = {model.ligand for model in models_of() if has_component(model.ligand)}
    same = (code for code in sorted(bound) if component(code)["inchikey"] == ligand.inchikey)
    return (ligand.code, *same)


def _not_found(name: str, searched: Iterable[Path], stems: Iterable[str]) -> str:
    """Say where an id was looked for, what is there, and how to get it."""
    text = f"{name!r} is no file, no bundled model and no kinase"
    folders_ = ", ".join(map(str, searched))
    if folders_:
        ids = ", ".join(sorted({stem.split("_")[0] for stem in stems}))
        text += f", and no structure of that id is in {folders_}; there are {ids or 'none'}"
    try:
        models = ", ".join(model.id for model in models_of())
    except DataError:
        models = "none"
    text += f". Bundled models: {models}. "
    try:
        entry = entry_id(name)
    except StructureFileError:
        return text + (
            f"Give a path, or name folders in the environment variable {ENVIRONMENT} or with "
            "--structures; `trkstruct fetch ID` gets an entry of the PDB."
        )
    return text + (
        f"`trkstruct fetch {entry}` gets the entry; or give a path, or name folders in the "
        f"environment variable {ENVIRONMENT} or with --structures."
    )


def _is_kinase(name: str) -> bool:
    """Whether a text is a kinase, perhaps with a state behind it: ``TRKA:DFG-out``."""
    from .kinases import kinase

    try:
        kinase(name.partition(":")[0])
    except NumberingError:
        return False
    return True


def load(
    name: Path | str,
    *,
    state: str | None = None,
    altloc: str = "occupancy",
    model: int | None = None,
    where: Iterable[Path | str] | None = None,
    ligand: Ligand | None = None,
) -> Structure:
    """Load a structure: the best bundled model of a kinase, an id, or a file.

    Parameters
    ----------
    name : path
        A kinase (``TRKA``, ``TRKA:DFG-out``): the best model that travels with the package, and
        a finding says which it is and what else there is. An id (``7VKO``): looked for in the
        folders of the environment variable ``TRKSTRUCT_STRUCTURES``, then among the bundled
        models, then among the entries that were fetched. Or a .pdb, .ent, .cif or .mmcif file,
        plain or .gz.
    state : str, optional
        Of a kinase: ``DFG-in``, ``DFG-out``, ...
    altloc : str, default "occupancy"
        Which alternate location to take: ``occupancy``, or the letter of one.
    model : int, optional
        Which model of the file to take, counted from 1; the first if not given, and a finding
        says so if there are several.
    where : iterable of path, optional
        Folders to search for an id in place of those of ``TRKSTRUCT_STRUCTURES``.
    ligand : Ligand, optional
        Of a kinase: take a model that holds this inhibitor, if there is one.

    Returns
    -------
    Structure
        With everything that was noticed or chosen in its ``findings``.

    Raises
    ------
    StructureFileError
        If nothing is found, or the file is not a structure.
    StructureError
        If the structure cannot be used, or there is no such state.

    Examples
    --------
    >>> import trkstruct as ts
    >>> structure = ts.load("TRKA", state="DFG-in")
    >>> structure
    <Structure 7VKO: prepared from 7VKO, chains A, ...>
    >>> structure.complex()
    <Complex 7VKO: TRKA with repotrectinib, type I, experimental pose>
    """
    found = locate(str(name), where, state=state, ligand=ligand)
    return found.read(altloc=altloc, model=model)
