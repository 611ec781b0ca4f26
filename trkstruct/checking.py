"""Whether the models that travel with the package are what their manifest says."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .bundled import MANIFEST, BundledModel, data_folder, models_of
from .errors import DataError, TrkstructError
from .reference import read_json
from .residues import ResidueId
from .states import dfg_state
from .structures import Structure

if TYPE_CHECKING:
    from .complexes import Complex

__all__ = ["Checked", "check_models"]

#: What may lie beside the models: tables, notes, and folders of poses.
_BESIDE: Final = frozenset({MANIFEST, "models.csv", "README.md", "poses"})
#: Inputs whose coordinates are those of the entry, so that a model must stay near them.
_OBSERVED: Final = frozenset({"deposited", "reassembled"})
_POSES: Final = {"experimental": "experimental", "docked": "docked", "placed": "template"}
#: The manifest has three decimals; the file two for the largest move.
_ROUNDED: Final = 0.006


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking one file.

    Parameters
    ----------
    file : str
        Its name.
    model : BundledModel or None
        Its row in the manifest; None for a file that is not listed.
    problems : tuple of str
        What is wrong; empty if nothing is.
    """

    file: str
    model: BundledModel | None
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_models(folder: Path | None = None) -> tuple[Checked, ...]:
    """Check every model against the manifest.

    Its sum, that it reads back, its kinase, the 85 KLIFS positions written in it against those
    found anew, its state, its ligand and how its pose is known, that its checks passed, how far
    it is from its input; and that no file lies there which is not listed.

    Parameters
    ----------
    folder : pathlib.Path, optional
        A folder with a manifest; that of the package if not given.

    Returns
    -------
    tuple of Checked
        In the order of the manifest, then files that are not listed.

    Raises
    ------
    DataError
        If the folder or its manifest is missing or damaged.
    """
    models = models_of(folder)
    where = folder or data_folder("structures")
    if where is None or not models:
        raise DataError("The manifest lists no models.")
    names = [model.path.name for model in models]
    done = []
    for model, row in zip(models, (model.row for model in models), strict=True):
        problems = list(_problems(model, row))
        if names.count(row["file"]) > 1:
            problems.append("its file is listed twice")
        done.append(Checked(row["file"], model, tuple(problems)))
    known = {*names, *_BESIDE}
    done += [
        Checked(path.name, None, ("it is not in the manifest",))
        for path in sorted(where.iterdir())
        if path.name not in known
    ]
    return tuple(done)


def _problems(model: BundledModel, row: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a model."""
    if row["file"] != Path(row["file"]).name or row["file"] != f"{model.id}.cif.gz":
        yield f"its file is called {row['file']}, not {model.id}.cif.gz"
        return
    if not model.path.is_file():
        yield "the file is missing"
        return
    try:
        structure = Structure.read(model.path)
        text = gzip.decompress(model.path.read_bytes()).decode("utf-8")
    except (TrkstructError, OSError, zlib.error, EOFError, UnicodeDecodeError) as error:
        yield f"it cannot be read: {error}"
        return
    if structure.sha256 != model.sha256:
        yield "its sum (sha256 of the uncompressed text) is another"
    yield from _of_the_file(model, row, text)
    try:
        yield from _of_the_structure(model, structure, text)
    except TrkstructError as error:
        yield f"it cannot be used: {error}"


def _of_the_file(model: BundledModel, row: Mapping[str, str], text: str) -> Iterator[str]:
    """Compare what the file says of itself with the manifest."""
    said = {
        name.removeprefix("_trkstruct_model."): value
        for name, _, value in (line.partition(" ") for line in text.splitlines())
        if name.startswith("_trkstruct_model.")
    }
    said = {name: value.strip().strip("'\"") for name, value in said.items()}
    for name in ("id", "kinase", "dfg_state", "alpha_c", "protein_kind", "ligand_kind"):
        if said.get(name) != row[name]:
            yield f"{name} is {said.get(name)} in the file and {row[name]} in the manifest"
    if row.get("passed") != "passed" or said.get("checks") != "passed":
        yield "it did not pass its checks"
    failed = [line[:1] for line in _rows(text, "_trkstruct_check.") if line[3:4] != ["yes"]]
    if failed:
        yield f"checks failed: {', '.join(name for (name,) in failed)}"
    for name in ("ca_rmsd_ang", "pocket_rmsd_ang", "largest_move_ang"):
        if not abs(_number(said.get(name)) - _number(row.get(name))) < _ROUNDED:
            yield f"{name} is {said.get(name)} in the file and {row.get(name)} in the manifest"
    limits = read_json("preparation.json")["checks"]
    if row.get("input_kind") in _OBSERVED and not (
        _number(row.get("pocket_rmsd_ang")) < limits["pocket_rmsd_ang"]
    ):
        yield f"the pocket is {row.get('pocket_rmsd_ang')} A from its input"
    far = _number(row.get("largest_move_ang")) > limits["listed_move_ang"]
    if far != bool(row.get("moved_over_2_ang")):
        yield "the atoms that moved far are not those that are listed"


def _of_the_structure(model: BundledModel, structure: Structure, text: str) -> Iterator[str]:
    """Compare what is found in the structure with the manifest."""
    numbering = structure.numbering()
    found = numbering.kinase.name if numbering.kinase is not None else "no kinase"
    if found != model.kinase:
        yield f"it is {found}, not {model.kinase}"
        return
    state = dfg_state(structure, numbering)
    if (state.dfg, state.alpha_c) != (model.dfg_state, model.alpha_c):
        yield f"its state is {state}, not DFG-{model.dfg_state}, alphaC-{model.alpha_c}"
    if structure.kind != model.protein_kind:
        yield f"it reads as {structure.kind}, not {model.protein_kind}"
    written = {
        int(position): (ResidueId(chain, int(number), "" if code in "?." else code), residue)
        for position, _, residue, chain, number, code in _rows(text, "_trkstruct_klifs.")
    }
    wrong = []
    for position in range(1, 86):
        where = numbering.at_klifs(position)
        expected = None if where is None else (where, structure.residue(where).name)
        if written.get(position) != expected:
            wrong.append(str(position))
    if wrong:
        yield f"KLIFS positions differ: {', '.join(wrong)}"
    yield from _of_the_ligand(model, structure)


def _of_the_ligand(model: BundledModel, structure: Structure) -> Iterator[str]:
    from .complexes import make_complex

    codes = [ligand.name for ligand in structure.ligands]
    if codes != ([model.ligand] if model.ligand else []):
        yield f"its ligand is {', '.join(codes) or 'none'}, not {model.ligand or 'none'}"
    elif not model.ligand:
        if model.ligand_kind != "none":
            yield f"it has no ligand, and the manifest says {model.ligand_kind}"
    else:
        made: Complex = make_complex(structure)
        if made.poses[0].source != _POSES.get(model.ligand_kind):
            yield f"its pose reads as {made.poses[0].source}, not {model.ligand_kind}"


def _rows(text: str, category: str) -> list[list[str]]:
    """Rows of a loop of one of our own categories: one line each, quoted where there are blanks."""
    import shlex

    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(category):
            inside = True
        elif inside and line.startswith(("#", "loop_", "_")):
            break
        elif inside:
            rows.append(shlex.split(line))
    return rows


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return math.nan
