"""Whether the poses that travel with the package are what their manifest says."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .._files import shown_name
from ..bundled import MANIFEST, BundledModel, data_folder, models_of
from ..checking import Checked
from ..errors import TrkstructError
from ..ligands.library import LibraryEntry, library
from ._records import END, Form, field_of, form_of, read
from .store import FOLDER, key_of_row, read_pose_manifest, summary, unpacked, version

if TYPE_CHECKING:
    from .poses import Placed

__all__ = ["check_poses"]

#: What may lie beside the poses.
_BESIDE: Final = frozenset({MANIFEST, "README.md"})
#: What a row says only of poses that are there.
_OF_POSES: Final = ("source", "template", "overlap", "best_score_kcal", "file", "sha256")

Rows = Sequence[Mapping[str, str]]


def check_poses(folder: Path | None = None) -> tuple[Checked, ...]:
    """Check every file of poses against their manifest.

    Its sum; that its model is there and the one that the poses were made for; that its inhibitors
    are those of the library; that each pose can be read, has the atoms and the stereo of its
    inhibitor, at positions that are numbers; what the manifest says of them; and that no file
    lies there which is not listed.

    Parameters
    ----------
    folder : pathlib.Path, optional
        A folder of models with a folder of poses in it; that of the package if not given.

    Returns
    -------
    tuple of Checked
        In the order of the manifest of models, then files that are not listed; empty if there are
        no poses.

    Raises
    ------
    DataError
        If a manifest is missing or damaged.
    """
    where = folder or data_folder("structures")
    if where is None or not (where / FOLDER).is_dir():
        return ()
    models = {model.id: model for model in models_of(folder)}
    rows = read_pose_manifest(where / FOLDER / MANIFEST)
    by_model: dict[str, list[Mapping[str, str]]] = {name: [] for name in models}
    for row in rows:
        by_model.setdefault(row["model"], []).append(row)
    done = []
    known = set(_BESIDE)
    for name, group in by_model.items():
        if not group:
            continue
        if any(row["status"] == "ok" for row in group):
            known.add(f"{name}.sdf.gz")
        problems = tuple(_problems(models.get(name), group, where / FOLDER / f"{name}.sdf.gz"))
        done.append(Checked(f"{FOLDER}/{name}.sdf.gz", models.get(name), problems))
    done += [
        Checked(f"{FOLDER}/{shown_name(path)}", None, ("it is not in the manifest of poses",))
        for path in sorted((where / FOLDER).iterdir())
        if path.name not in known
    ]
    return tuple(done)


def _problems(model: BundledModel | None, rows: Rows, path: Path) -> Iterator[str]:
    """What is wrong with the poses of a model."""
    if model is None:
        yield f"there is no model {rows[0]['model']}"
        return
    names = [row["ligand"] for row in rows]
    yield from (f"{n} is listed {names.count(n)} times" for n in sorted(set(names)) if
                names.count(n) > 1)  # fmt: skip
    records: list[str] | None = None
    placed = [row for row in rows if row["status"] == "ok"]
    if placed:
        try:
            raw = unpacked(path)
            records = raw.decode("utf-8").split(END)[:-1]
        except (OSError, EOFError, zlib.error, ValueError) as error:
            yield f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        else:
            if {row["sha256"] for row in placed} != {hashlib.sha256(raw).hexdigest()}:
                yield "its sum (sha256 of the uncompressed text) is another"
    for row in rows:
        yield from (f"{row['ligand']}: {problem}" for problem in _of_row(row, model, path, records))
    keys = {(row["inchikey"], row["smiles"]) for row in placed}
    for record in records or ():
        if (field_of(record, "inchikey"), field_of(record, "smiles")) not in keys:
            yield "it has poses that are not in the manifest"
            break


def _of_row(
    row: Mapping[str, str], model: BundledModel, path: Path, records: Sequence[str] | None
) -> Iterator[str]:
    """What is wrong with the poses of one inhibitor in a model."""
    if row["model_sha256"] != model.sha256:
        yield f"placed in another {model.id} than this one"
    if row["placement_version"] != version():
        yield f"placed by version {row['placement_version']}, and this is {version()}: never used"
    entry = next((entry for entry in library() if entry.name == row["ligand"]), None)
    if entry is None or not entry.smiles:
        yield "the library has no such structure"
        return
    form = _form(entry)
    if (row["inchikey"], row["smiles"]) != (entry.inchikey, form.smiles):
        yield "the library has another structure of that name"
        return
    if row["status"] == "none":
        if not row["reason"] or row["n_poses"] != "0" or any(row[name] for name in _OF_POSES):
            yield "nothing was placed, but there is no reason, or there are poses"
        return
    if row["reason"] or row["file"] != path.name:
        yield f"its file is {row['file']}, or there is a reason why there is none"
    if records is None:
        return
    own = [r for r in records if field_of(r, "inchikey") == entry.inchikey]
    try:
        poses = read(own, key_of_row(row), form).poses
    except (TrkstructError, ValueError, LookupError) as error:
        yield f"the poses cannot be used: {error}"
        return
    yield from _of_poses(row, poses, form)


def _of_poses(row: Mapping[str, str], poses: Sequence[Placed], form: Form) -> Iterator[str]:
    """Compare poses with what the manifest says of them, and their stereo with the molecule's."""
    for name, value in summary(poses).items():
        if row[name] != value:
            yield f"{name} is {value}, and {row[name]} in the manifest"
    wrong = [str(number) for number, pose in enumerate(poses, 1) if not _same_stereo(pose, form)]
    if wrong:
        yield f"stereo differs from the inhibitor's in pose {', '.join(wrong)}"


def _same_stereo(pose: Placed, form: Form) -> bool:
    """Whether the stereo that the coordinates have is that of the molecule."""
    from rdkit import Chem

    drawn = Chem.Mol(form.mol)
    conformer = Chem.Conformer(drawn.GetNumAtoms())
    conformer.Set3D(True)
    conformer.SetPositions(pose.coords[form.order])
    drawn.AddConformer(conformer)
    Chem.AssignStereochemistryFrom3D(drawn)
    # What is open in the molecule is not compared. Both have their atoms and bonds in one order,
    # so that tags mean the same.
    atoms = zip(form.mol.GetAtoms(), drawn.GetAtoms(), strict=True)
    bonds = zip(form.mol.GetBonds(), drawn.GetBonds(), strict=True)
    open_atom, open_bond = Chem.ChiralType.CHI_UNSPECIFIED, Chem.BondStereo.STEREONONE
    if all(a.GetChiralTag() in (open_atom, b.GetChiralTag()) for a, b in atoms) and all(
        a.GetStereo() in (open_bond, b.GetStereo()) for a, b in bonds
    ):
        return True
    # Two equal arms of a ring may have changed places, which is the same molecule.
    found: bool = drawn.HasSubstructMatch(form.mol, useChirality=True)
    return found


@lru_cache(maxsize=256)
def _form(entry: LibraryEntry) -> Form:
    return form_of(entry.ligand())
