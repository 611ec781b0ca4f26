"""Poses that were placed before: those that travel with the package, and the user's own.

The inhibitors of the library in the bundled models lie in ``structures/poses``, one file a model
and a manifest; what a user places is kept in the cache folder. Either is found by the sum of the
structure, the ligand, and the version of the placing, so that nothing old is taken for new.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .._files import write_gzip
from ..bundled import MANIFEST, data_folder
from ..errors import DataError, PlacementError
from ..fetching import cache_folder
from ..reference import digest, read_json
from ..residues import Finding
from ._records import END, Ensemble, Form, Key, field_of, form_of, plain_text, read, rounded, write
from .judging import hinge_bonds
from .poses import Placed, PoseSet

if TYPE_CHECKING:
    from ..ligands import Ligand
    from ..structures import Structure

__all__ = [
    "COLUMNS",
    "END",
    "FOLDER",
    "field_of",
    "find",
    "form_of",
    "keep",
    "key_of",
    "key_of_row",
    "manifest_text",
    "read_pose_manifest",
    "records",
    "rounded",
    "summary",
    "unpacked",
    "version",
]

#: Where the poses lie, in the folder of the models and in the cache.
FOLDER: Final = "poses"
#: Columns of the manifest of poses: one row a model and inhibitor.
COLUMNS: Final = (
    "model", "model_sha256", "chain", "ligand", "inchikey", "smiles", "placement_version", "seed",
    "status", "n_poses", "source", "template", "overlap", "best_score_kcal", "file", "sha256",
    "reason",
)  # fmt: skip
_HEADER: Final = """\
# Inhibitors of the library placed in the bundled models, by scripts/place_library.py: one row a
# model and inhibitor. status: ok, or none where nothing could be placed, and why under reason.
# sha256: of the file's uncompressed text. The poses are this project's own work (MIT).
"""
#: No file of poses is larger; whatever is, is not read any further.
_LARGEST: Final = 100_000_000

Index = Mapping[str, tuple[str, ...]]


def version() -> str:
    """Version of the placing: poses of another one are not used.

    Returns
    -------
    str
        From ``placement.json``; it changes whenever placing gives other poses.

    Examples
    --------
    >>> from trkstruct.placement import store
    >>> store.version().isprintable()
    True
    """
    return str(read_json("placement.json")["version"])


def key_of(structure: Structure, ligand: Ligand, chain: str, seed: int = 0) -> tuple[Key, Form]:
    """Say by what the poses of a ligand in a structure are known.

    Parameters
    ----------
    structure : Structure
        The receptor.
    ligand : Ligand
        The ligand.
    chain : str
        Author chain of the receptor.
    seed : int, default 0
        Of the random numbers.

    Returns
    -------
    key : Key
    form : Form
        The ligand's atoms in the order that files have.
    """
    form = form_of(ligand)
    return Key(structure.sha256, chain, ligand.inchikey, form.smiles, version(), seed), form


def records(
    structure: Structure, ligand: Ligand, chain: str, pose_set: PoseSet, *, seed: int = 0
) -> str:
    """Write an ensemble as the records of an SDF.

    Parameters
    ----------
    structure : Structure
        The receptor.
    ligand : Ligand
        The ligand.
    chain : str
        Author chain of the receptor.
    pose_set : PoseSet
        The ensemble.
    seed : int, default 0
        Of the random numbers.

    Returns
    -------
    str
        One record a pose: heavy atoms, and what is known of the pose.

    Raises
    ------
    LigandError
        If a pose has another number of atoms than the ligand.
    """
    key, form = key_of(structure, ligand, chain, seed)
    hinge = "; ".join(hinge_bonds(structure, chain, ligand, pose_set.best.coords))
    return write(key, form, ligand, pose_set, model=structure.name, hinge=hinge)


def find(structure: Structure, ligand: Ligand, chain: str, *, seed: int = 0) -> PoseSet | None:
    """Find the poses of a ligand in a structure that were placed before.

    Parameters
    ----------
    structure : Structure
        The receptor; it is known by its sum, not by its name.
    ligand : Ligand
        The ligand; it must be the same molecule, stereo and tautomer included, in any order of
        atoms.
    chain : str
        Author chain of the receptor.
    seed : int, default 0
        Of the random numbers.

    Returns
    -------
    PoseSet or None
        Those that travel with the package, else the user's own; None if there are none.

    Raises
    ------
    PlacementError
        If it is known that the ligand cannot be placed there.
    DataError
        If the poses that travel with the package are damaged.
    """
    key, form = key_of(structure, ligand, chain, seed)
    found, origin = _shipped(key, form, ligand), "shipped"
    if found is None:
        found, origin = _kept(_path(structure, key), key, form), "cached"
    if found is None:
        return None
    return PoseSet(found.poses, tuple(_said(found, structure, ligand, chain, form)), origin)


def keep(
    structure: Structure, ligand: Ligand, chain: str, pose_set: PoseSet, *, seed: int = 0
) -> PoseSet:
    """Keep an ensemble in the user's cache; where that cannot be written, nothing happens.

    Parameters
    ----------
    structure : Structure
        The receptor.
    ligand : Ligand
        The ligand.
    chain : str
        Author chain of the receptor.
    pose_set : PoseSet
        The ensemble, made with the bundled templates.
    seed : int, default 0
        Of the random numbers.

    Returns
    -------
    PoseSet
        The same, rounded to what is kept: the next time gives just this.

    Raises
    ------
    LigandError
        If a pose has another number of atoms than the ligand.
    """
    text = records(structure, ligand, chain, pose_set, seed=seed)
    # A read-only home, a full disk, or no home at all.
    with contextlib.suppress(OSError, RuntimeError):
        write_gzip(_path(structure, key_of(structure, ligand, chain, seed)[0]), text)
    return rounded(pose_set)


# --- the user's own


def _path(structure: Structure, key: Key) -> Path:
    """Where an ensemble is kept: a name for each key, and for the atoms that were read."""
    # One file has several alternate locations and models, of which one was read; and whoever
    # changes the settings of placing without a new version shall not find old poses.
    atoms = hashlib.sha256((structure.coords * 1000.0).round().astype("<i8").tobytes())
    atoms.update("\n".join(map(str, structure.atom_names)).encode("utf-8", "replace"))
    parts = [*asdict(key).values(), atoms.hexdigest(), digest("placement.json")]
    tail = hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()[:16]
    folder = cache_folder() / FOLDER / key.version / key.model_sha256[:16]
    return folder / f"{key.inchikey or 'ligand'}-{tail}.sdf.gz"


def _kept(path: Path, key: Key, form: Form) -> Ensemble | None:
    """Read an ensemble of the cache; what is damaged or foreign counts as not there."""
    try:
        stat = path.stat()
        index, _ = _index(path, stat.st_mtime_ns, stat.st_size)
        return read(index[key.inchikey], key, form)
    except (OSError, EOFError, zlib.error, ValueError, LookupError, RuntimeError):
        return None


# --- those that travel with the package


def _shipped(key: Key, form: Form, ligand: Ligand) -> Ensemble | None:
    folder = data_folder("structures")
    if folder is None or not (folder / FOLDER / MANIFEST).is_file():
        return None
    manifest = folder / FOLDER / MANIFEST
    rows = _rows(manifest, manifest.stat().st_mtime_ns)
    for row in rows.get((key.model_sha256, key.inchikey), ()):
        if key_of_row(row) != key:
            continue
        if row["status"] == "none":
            raise PlacementError(_renamed(row["reason"], row["ligand"], ligand.name))
        return _from_file(folder / FOLDER / row["file"], row["sha256"], key, form)
    return None


def key_of_row(row: Mapping[str, str]) -> Key:
    """Say what a row of the manifest was made for.

    Parameters
    ----------
    row : mapping of str to str
        Column to text.

    Returns
    -------
    Key
    """
    same = {name: row[name] for name in ("model_sha256", "chain", "inchikey", "smiles")}
    return Key(**same, version=row["placement_version"], seed=int(row["seed"]))


def _from_file(path: Path, sha256: str, key: Key, form: Form) -> Ensemble:
    try:
        stat = path.stat()
        index, found = _index(path, stat.st_mtime_ns, stat.st_size)
        if found != sha256:
            raise ValueError("its sum is not that of the manifest")
        return read(index.get(key.inchikey, ()), key, form)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"The poses that travel with the package, {path}, cannot be used: {why}. Install "
            "trkstruct again; `trkstruct data check` says what else is damaged."
        ) from error


def unpacked(path: Path) -> bytes:
    """Read a file of poses.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    bytes
        Its uncompressed text.

    Raises
    ------
    ValueError
        If it is too large to be one.
    OSError, EOFError, zlib.error
        If it cannot be read, is cut off or damaged.
    """
    with gzip.open(path) as stream:
        raw = stream.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST:,} bytes")
    return raw


@lru_cache(maxsize=8)
def _index(path: Path, changed: int, size: int) -> tuple[Index, str]:
    """Return the records of a file by InChIKey, and the sum of its text."""
    raw = unpacked(path)
    found: dict[str, list[str]] = {}
    for record in raw.decode("utf-8").split(END)[:-1]:
        found.setdefault(field_of(record, "inchikey"), []).append(record)
    index = MappingProxyType({name: tuple(group) for name, group in found.items()})
    return index, hashlib.sha256(raw).hexdigest()


@lru_cache(maxsize=4)
def _rows(path: Path, changed: int) -> Mapping[tuple[str, str], tuple[Mapping[str, str], ...]]:
    """Return the rows of a manifest by sum of the model and InChIKey."""
    found: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for row in read_pose_manifest(path):
        found.setdefault((row["model_sha256"], row["inchikey"]), []).append(row)
    return MappingProxyType({both: tuple(group) for both, group in found.items()})


def read_pose_manifest(path: Path) -> tuple[Mapping[str, str], ...]:
    """Rows of a manifest of poses.

    Parameters
    ----------
    path : pathlib.Path
        The file; lines that begin with ``#`` are skipped.

    Returns
    -------
    tuple of mapping
        Column to text, read-only.

    Raises
    ------
    DataError
        If it cannot be read, lacks a column, or has a row that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"The table of poses {path} cannot be read: {why}.") from error
    reader = csv.DictReader(line for line in text.splitlines(True) if not line.startswith("#"))
    lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise DataError(f"The table of poses {path} has no column {', '.join(lacking)}.")
    rows = []
    for number, row in enumerate(reader, start=1):
        whole = None not in row and None not in row.values()
        if not whole or row["status"] not in ("ok", "none") or not row["seed"].isdecimal():
            raise DataError(f"Row {number} of the table of poses {path} is damaged: install "
                            "trkstruct again.")  # fmt: skip
        rows.append(MappingProxyType(dict(row)))
    return tuple(rows)


def summary(poses: Sequence[Placed]) -> dict[str, str]:
    """Say of an ensemble what the manifest says of it.

    Parameters
    ----------
    poses : sequence of Placed
        Best first.

    Returns
    -------
    dict of str to str
        Column to text.
    """
    best = poses[0]
    return {
        "n_poses": str(len(poses)),
        "source": best.source,
        "template": plain_text(best.template),
        "overlap": f"{best.overlap:.4f}",
        "best_score_kcal": f"{best.score_kcal:.3f}",
    }


def manifest_text(rows: Iterable[Mapping[str, str]]) -> str:
    """Write a manifest of poses.

    Parameters
    ----------
    rows : iterable of mapping
        Column to text.

    Returns
    -------
    str
    """
    out = io.StringIO()
    out.write(_HEADER)
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


# --- whoever asks may call the ligand and its atoms otherwise


def _said(
    found: Ensemble, structure: Structure, ligand: Ligand, chain: str, form: Form
) -> Iterable[Finding]:
    """Say the findings of the ligand that asks: the same molecule may have other names."""
    same_atoms = found.atom_names == tuple(ligand.atom_names[index] for index in form.order)
    hinge = found.hinge
    if found.hinge and not same_atoms:
        hinge = "; ".join(hinge_bonds(structure, chain, ligand, found.poses[0].coords))
    for finding in found.findings:
        message = _renamed(finding.message, found.name, plain_text(ligand.name))
        if found.hinge and not same_atoms:
            message = message.replace(found.hinge, hinge)
        yield replace(finding, message=message)


def _renamed(message: str, old: str, new: str) -> str:
    """Put another name in place of a ligand's in a message."""
    if old == new or not old:
        return message
    # A short name may be a word by chance: the unit A, or an element.
    if len(old) < 4:
        return new + message[len(old) :] if message.startswith(f"{old} ") else message
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, message)
