"""The models that travel with the package: which there are, and which is the best.

They were made by `trkstruct prepare`. ``manifest.csv`` beside them says of each what it was
computed from and how, and what was checked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .errors import DataError, NoModelError, StructureError, StructureFileError
from .kinases import kinase as find_kinase
from .residues import Finding

__all__ = [
    "MANIFEST",
    "BundledModel",
    "best_model",
    "bundled_model",
    "bundled_models",
    "data_folder",
    "models_of",
    "read_manifest",
    "state_of",
    "what_there_is",
]

#: The table of the models, beside them.
MANIFEST: Final = "manifest.csv"

_HERE: Final = Path(__file__).resolve().parent
_COLUMNS: Final = (
    "id", "file", "title", "kinase", "dfg_state", "alpha_c", "rank", "ligand", "ligand_kind",
    "protein_kind", "entry", "sha256",
)  # fmt: skip
#: States that a model may have, the one that is taken first first: type I inhibitors, the most
#: frequent ones, bind to DFG-in.
_STATES: Final = ("in", "out", "inter", "other", "unknown")
#: What a model says of its ligand, in words for a list of models.
_LIGANDS: Final = {"docked": "docked pose", "placed": "placed pose", "none": "no ligand"}


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model that travels with the package.

    Parameters
    ----------
    id : str
        Its name, such as ``7VKO`` or ``TRKC-7VKO``.
    path : pathlib.Path
        Its file.
    title : str
        What it is, for people.
    kinase : str
        Name of the kinase.
    dfg_state, alpha_c : str
        ``in``, ``out``, ...
    rank : int
        Which model of its kinase and state is taken first; 1 is the first.
    ligand : str
        Component code of its ligand; empty if it has none.
    ligand_kind : str
        ``experimental``, ``docked``, ``placed`` or ``none``.
    protein_kind : str
        ``prepared`` or ``comparative``.
    entry : str
        The entry that it was computed from.
    sha256 : str
        Of its uncompressed text.
    row : mapping of str to str
        Its whole row in the manifest, read-only.
    """

    id: str
    path: Path
    title: str
    kinase: str
    dfg_state: str
    alpha_c: str
    rank: int
    ligand: str
    ligand_kind: str
    protein_kind: str
    entry: str
    sha256: str
    row: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def short(self) -> str:
        """Id, state, and what to know of it before using it, in a few words."""
        about = [f"DFG-{self.dfg_state}"]
        about += [f"alpha-C {self.alpha_c}"] if self.alpha_c == "out" else []
        about += ["comparative"] if self.protein_kind == "comparative" else []
        about += [_LIGANDS[self.ligand_kind]] if self.ligand_kind in ("docked", "none") else []
        return f"{self.id} ({', '.join(about)})"


def data_folder(name: str) -> Path | None:
    """Find a folder of data that travels with the package.

    Parameters
    ----------
    name : str
        ``structures`` or ``ligands``.

    Returns
    -------
    pathlib.Path or None
        In an installed package ``trkstruct/_data/NAME``, else ``NAME`` in the repository beside
        the package; None if neither is there.
    """
    inside = _HERE / "_data" / name
    if inside.is_dir():
        return inside
    # A folder of that name beside an installed package would be somebody else's.
    beside = _HERE.parent / name
    return beside if (_HERE.parent / "pyproject.toml").is_file() and beside.is_dir() else None


def models_of(folder: Path | None = None) -> tuple[BundledModel, ...]:
    """All models of a folder, in the order of its manifest.

    Parameters
    ----------
    folder : pathlib.Path, optional
        A folder with a manifest; that of the package if not given.

    Returns
    -------
    tuple of BundledModel

    Raises
    ------
    DataError
        If the folder or its manifest is missing or damaged.
    """
    folder = folder or data_folder("structures")
    if folder is None:
        raise DataError(
            "The models that should travel with the package are missing: install trkstruct again, "
            "or give the path of a structure."
        )
    return _models(folder)


@lru_cache(maxsize=4)
def _models(folder: Path) -> tuple[BundledModel, ...]:
    models = []
    for number, row in enumerate(read_manifest(folder / MANIFEST), start=1):
        try:
            known = {name: row[name] for name in _COLUMNS if name not in ("file", "rank")}
            models.append(
                BundledModel(path=folder / row["file"], rank=int(row["rank"]), row=row, **known)
            )
        except (KeyError, ValueError) as error:
            raise DataError(
                f"Row {number} of {folder / MANIFEST} cannot be used: {error}."
            ) from error
    return tuple(models)


def read_manifest(path: Path) -> tuple[Mapping[str, str], ...]:
    """Rows of a manifest.

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
        If it is missing, is no text, or lacks a column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(f"The table of models {path} cannot be read: {why}.") from error
    reader = csv.DictReader(line for line in text.splitlines(True) if not line.startswith("#"))
    lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise DataError(f"The table of models {path} has no column {', '.join(lacking)}.")
    return tuple(MappingProxyType(dict(row)) for row in reader)


def state_of(text: str) -> str:
    """Read the name of a DFG state.

    Parameters
    ----------
    text : str
        ``DFG-in``, ``in``, ``DFGout``, ...

    Returns
    -------
    str
        ``in``, ``out``, ``inter``, ``other`` or ``unknown``.

    Raises
    ------
    StructureError
        If it is none of these.

    Examples
    --------
    >>> from trkstruct import bundled
    >>> bundled.state_of("DFG-in"), bundled.state_of("OUT")
    ('in', 'out')
    """
    plain = re.sub(r"^dfg[-_ ]?", "", text.strip().casefold())
    if plain not in _STATES:
        raise StructureError(
            f"{text!r} is no DFG state: write {', '.join(f'DFG-{state}' for state in _STATES[:3])}."
        )
    return plain


def bundled_models(kinase: str | None = None, state: str | None = None) -> tuple[BundledModel, ...]:
    """List the models that travel with the package, the best of each kinase first.

    Parameters
    ----------
    kinase : str, optional
        Any name of a kinase; all if not given.
    state : str, optional
        ``DFG-in``, ``DFG-out``, ...; all if not given.

    Returns
    -------
    tuple of BundledModel
        In the manifest's order of kinases, then by rank, then DFG-in before DFG-out; empty if
        there is none.

    Raises
    ------
    NumberingError
        If there is no such kinase.
    StructureError
        If there is no such state.
    DataError
        If the models are missing from the installation.

    Examples
    --------
    >>> import trkstruct as ts
    >>> [model.id for model in ts.bundled_models("TRKA", "DFG-in")]
    ['7VKO', '4YNE', '5KVT']
    """
    models = models_of()
    order = {name: n for n, name in enumerate(dict.fromkeys(model.kinase for model in models))}
    if kinase is not None:
        wanted = find_kinase(kinase).name
        models = tuple(model for model in models if model.kinase == wanted)
    if state is not None:
        asked = state_of(state)
        models = tuple(model for model in models if model.dfg_state == asked)

    def place(model: BundledModel) -> tuple[int, int, int]:
        return order[model.kinase], model.rank, _STATES.index(model.dfg_state)

    return tuple(sorted(models, key=place))


def bundled_model(name: str) -> BundledModel | None:
    """Find a bundled model by its id.

    Parameters
    ----------
    name : str
        Such as ``7VKO``; case does not matter.

    Returns
    -------
    BundledModel or None
    """
    if data_folder("structures") is None:
        return None
    wanted = name.strip().casefold()
    return next((model for model in models_of() if model.id.casefold() == wanted), None)


def best_model(
    kinase: str, state: str | None = None, ligands: Iterable[str] = ()
) -> tuple[BundledModel, Finding]:
    """Choose the best bundled model of a kinase, and say which it is and what else there is.

    Parameters
    ----------
    kinase : str
        Any name of the kinase.
    state : str, optional
        ``DFG-in``, ``DFG-out``, ...; whichever model has the best rank if not given.
    ligands : iterable of str, optional
        Component codes of one inhibitor: models that hold it come first.

    Returns
    -------
    model : BundledModel
    finding : Finding
        A choice.

    Raises
    ------
    NumberingError
        If there is no such kinase.
    StructureError
        If there is no such state.
    NoModelError
        If the kinase has models, but none in that state; the message lists what exists.
    StructureFileError
        If it has none.
    """
    fitting = bundled_models(kinase, state)
    if not fitting:
        missing = NoModelError if bundled_models(kinase) else StructureFileError
        raise missing(_nothing(kinase, state))
    codes = {code.upper() for code in ligands if code}
    holding = [model for model in fitting if model.ligand in codes]
    model = (holding or fitting)[0]
    others = [other.short for other in bundled_models(kinase) if other != model]
    asked = kinase if state is None else f"{kinase} DFG-{state_of(state)}"
    why = " because it holds the inhibitor" if holding else ""
    message = f"{asked}: the bundled model {model.id} was taken{why}: {model.title}"
    # Titles of DFG-out models say so themselves.
    if f"DFG-{model.dfg_state}" not in model.title:
        message += f", DFG-{model.dfg_state}"
    message += f". Also bundled: {', '.join(others)}." if others else "."
    return model, Finding("bundled-model", message, "choice")


def _nothing(kinase: str, state: str | None) -> str:
    """Say that there is no model of a kinase, or none in a state, and what there is."""
    own = bundled_models(kinase)
    if own and state is not None:
        there = ", ".join(model.short for model in own)
        return (
            f"No model of {kinase} in DFG-{state_of(state)} is bundled; of this kinase there are "
            f"{there}. Take one of them, or give the path of a structure."
        )
    return (
        f"{kinase!r} is a kinase of which no model is bundled; there are models of "
        f"{what_there_is()}. Give the path of a structure, or get an entry with `trkstruct fetch`."
    )


def what_there_is() -> str:
    """Say of which kinases, in which states, there are models.

    Returns
    -------
    str
        ``TRKA (DFG-in, DFG-out), ...``; ``no kinase`` if there are none.
    """
    states: dict[str, list[str]] = {}
    for model in bundled_models() if data_folder("structures") is not None else ():
        states.setdefault(model.kinase, []).append(f"DFG-{model.dfg_state}")
    listed = (f"{name} ({', '.join(sorted(set(found)))})" for name, found in states.items())
    return ", ".join(listed) or "no kinase"
