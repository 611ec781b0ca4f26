"""Pose ensembles as text: each pose a record of an SDF, and back.

A record has the heavy atoms of the neutral molecule in the order of its canonical SMILES, which it
states. Whoever writes the same SMILES for a molecule has the same atoms in the same order, stereo
included, however it was drawn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..ligands.chemistry import sdf_record, silence
from ..residues import Finding, ResidueId
from .poses import Placed, PoseSet

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..ligands import Ligand

__all__ = ["END", "Ensemble", "Form", "Key", "field_of", "form_of", "read", "rounded", "write"]

#: Last line of a record.
END: Final = "$$$$\n"
#: Coordinates in angstrom and energies in kcal/mol, as in the files of the models.
_DECIMALS: Final = 3
_FIELD: Final = re.compile(r"^>  <(\w+)>\n(.*)\n", re.MULTILINE)
_LEVELS: Final = ("note", "choice", "warning")
_SOURCES: Final[dict[str, Literal["template", "docked"]]] = {
    "template": "template",
    "docked": "docked",
}


@dataclass(frozen=True, slots=True)
class Key:
    """What an ensemble was made for; another one is not taken.

    Parameters
    ----------
    model_sha256 : str
        Of the structure's uncompressed text.
    chain : str
        Author chain.
    inchikey, smiles : str
        Of the ligand; an InChIKey alone does not tell tautomers apart.
    version : str
        Of the placing.
    seed : int
        Of the random numbers.
    """

    model_sha256: str
    chain: str
    inchikey: str
    smiles: str
    version: str
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A molecule in the order of atoms that files have.

    Parameters
    ----------
    smiles : str
        Canonical SMILES of the neutral form.
    order : (n,) intp
        For each atom of the file, which of the ligand's it is.
    mol : rdkit.Chem.Mol
        The neutral form, atoms in the order of the file.
    """

    smiles: str
    order: NDArray[np.intp]
    mol: Mol

    def graph(self) -> tuple[list[str], set[tuple[int, int]]]:
        """Return the elements, and the bonds as pairs of atoms."""
        ends = ((b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in self.mol.GetBonds())
        return [a.GetSymbol() for a in self.mol.GetAtoms()], {_pair(*both) for both in ends}


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """What was read of an ensemble.

    Parameters
    ----------
    poses : tuple of Placed
        Atoms in the order of the ligand that asks.
    findings : tuple of Finding
        As they were said of the ligand that was placed.
    name : str
        What that was called.
    atom_names : tuple of str
        How its atoms were called, in the order of the file.
    hinge : str
        Hydrogen bonds with the hinge, as they are listed in the findings.
    """

    poses: tuple[Placed, ...]
    findings: tuple[Finding, ...]
    name: str
    atom_names: tuple[str, ...]
    hinge: str


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _output_order(mol: Mol) -> tuple[str, list[int]]:
    from rdkit import Chem

    smiles = Chem.MolToSmiles(mol)
    return smiles, list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])


def form_of(ligand: Ligand) -> Form:
    """Bring the atoms of a ligand into the order of its canonical SMILES.

    Parameters
    ----------
    ligand : Ligand
        The ligand.

    Returns
    -------
    Form
    """
    from rdkit import Chem

    own = Chem.Mol(ligand.mol)
    smiles, order = _output_order(own)
    # What a drawing left in the molecule, such as explicit hydrogens in brackets, is gone once the
    # SMILES was read again: two drawings then give one text.
    settings: Any = Chem.SmilesParserParams()
    settings.removeHs = False
    with silence():
        plain: Mol | None = Chem.MolFromSmiles(smiles, settings)
    if plain is None:
        return Form(smiles, np.array(order, dtype=np.intp), Chem.RenumberAtoms(own, order))
    smiles, second = _output_order(plain)
    total = np.array([order[index] for index in second], dtype=np.intp)
    return Form(smiles, total, Chem.RenumberAtoms(plain, second))


def _number(value: float, decimals: int = _DECIMALS) -> float:
    return float(f"{value:.{decimals}f}") + 0.0  # no negative zero


def rounded(pose_set: PoseSet) -> PoseSet:
    """Round an ensemble to what files keep, so that it is the same read back or not.

    Parameters
    ----------
    pose_set : PoseSet
        The ensemble.

    Returns
    -------
    PoseSet
    """
    return replace(pose_set, poses=tuple(_rounded(pose) for pose in pose_set.poses))


def _rounded(pose: Placed) -> Placed:
    coords = np.array([[_number(value) for value in point] for point in pose.coords.tolist()])
    coords.flags.writeable = False
    return replace(
        pose,
        coords=coords,
        energy_kcal=_number(pose.energy_kcal),
        strain_kcal=_number(pose.strain_kcal),
        score_kcal=_number(pose.score_kcal),
        overlap=_number(pose.overlap, 4),
    )


def plain_text(value: str) -> str:
    """Make a text fit for one line of a record.

    Parameters
    ----------
    value : str
        Any text.

    Returns
    -------
    str
        Without line breaks, without the end of a record, and such that UTF-8 can hold it.
    """
    text = " ".join(value.encode("utf-8", "replace").decode("utf-8").split())
    return text.replace("$$$$", "$ $ $ $")


def write(
    key: Key, form: Form, ligand: Ligand, pose_set: PoseSet, *, model: str, hinge: str = ""
) -> str:
    """Write an ensemble.

    Parameters
    ----------
    key : Key
        What it was made for.
    form : Form
        Of the ligand.
    ligand : Ligand
        The ligand.
    pose_set : PoseSet
        The ensemble.
    model : str
        Name of the structure.
    hinge : str
        The part of the findings that names atoms of the ligand.

    Returns
    -------
    str
        Records of an SDF, one a pose.

    Raises
    ------
    LigandError
        If a pose has another number of atoms than the ligand.
    """
    from rdkit import Chem

    heavy = Chem.Mol(form.mol)
    conformer = Chem.Conformer(heavy.GetNumAtoms())
    conformer.Set3D(True)
    heavy.AddConformer(conformer)
    conformer = heavy.GetConformer()
    ensemble = rounded(pose_set)
    out = []
    for number, pose in enumerate(ensemble.poses, start=1):
        coords = ligand.with_coords(pose.coords).coords
        assert coords is not None
        for index, point in enumerate(coords[form.order].tolist()):
            conformer.SetAtomPosition(index, point)
        fields = {
            **{name: str(value) for name, value in asdict(key).items() if name != "version"},
            "placement_version": key.version,
            "name": ligand.name,
            "model": model,
            "pose": str(number),
            "n_poses": str(len(ensemble)),
            **{name: f"{getattr(pose, name):.{_DECIMALS}f}" for name in
               ("score_kcal", "energy_kcal", "strain_kcal")},
            "template": pose.template,
            "overlap": f"{pose.overlap:.4f}",
            "source": pose.source,
            "site": pose.site,
        }  # fmt: skip
        if number == 1:
            names = [ligand.atom_names[index] for index in form.order]
            fields |= {
                "atom_names": json.dumps(names),
                "hinge": json.dumps(hinge),
                "findings": json.dumps([_said(finding) for finding in ensemble.findings]),
            }
        at = f", {pose.site} cut to glycine" if pose.site else ""
        title = plain_text(f"{ligand.name} in {model}, pose {number}{at}")
        filled = {name: plain_text(value) for name, value in fields.items() if value}
        out.append(sdf_record(heavy, title, filled))
    return "".join(out)


def _said(finding: Finding) -> dict[str, str]:
    said = {"code": finding.code, "level": finding.level, "message": finding.message}
    return said | ({"residue": str(finding.residue)} if finding.residue is not None else {})


def field_of(record: str, name: str) -> str:
    """Return one field of a record without reading the rest.

    Parameters
    ----------
    record : str
        The record.
    name : str
        Name of the field.

    Returns
    -------
    str
        Empty if it has none.
    """
    return record.partition(f"\n>  <{name}>\n")[2].partition("\n")[0]


def read(records: Sequence[str], key: Key, form: Form) -> Ensemble:
    """Read an ensemble.

    Parameters
    ----------
    records : sequence of str
        Its records.
    key : Key
        What it must have been made for.
    form : Form
        Of the ligand that asks.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        If they are not the whole ensemble that was asked for.
    """
    elements, bonds = form.graph()
    expected = {name: str(value) for name, value in asdict(key).items() if name != "version"}
    expected |= {"placement_version": key.version, "n_poses": str(len(records))}
    expected = {name: plain_text(value) for name, value in expected.items()}
    poses = []
    first: dict[str, str] = {}
    for number, record in enumerate(records, start=1):
        block, _, rest = record.partition("\nM  END\n")
        fields = dict(_FIELD.findall(rest))
        first = first or fields
        for name, value in {**expected, "pose": str(number)}.items():
            if fields.get(name, "") != value:
                raise ValueError(f"{name} is {fields.get(name, '')!r}, not {value!r}")
        coords = np.empty((len(elements), 3))
        coords[form.order] = _coords(block, elements, bonds)
        coords.flags.writeable = False
        poses.append(_placed(coords, fields))
    if not poses:
        raise ValueError("it has no poses")
    names = _list(first, "atom_names")
    hinge = json.loads(first.get("hinge", '""'))
    if len(names) != len(elements) or not all(isinstance(n, str) for n in (*names, hinge)):
        raise ValueError("its atoms are not named")
    findings = tuple(_findings(_list(first, "findings")))
    return Ensemble(tuple(poses), findings, first.get("name", ""), tuple(names), hinge)


def _coords(
    block: str, elements: Sequence[str], bonds: set[tuple[int, int]]
) -> NDArray[np.float64]:
    """Return the positions of a molecule's atoms; its graph must be the one expected."""
    lines = block.split("\n")
    n_atoms, n_bonds = int(lines[3][:3]), int(lines[3][3:6])
    atoms, rest = lines[4 : 4 + n_atoms], lines[4 + n_atoms : 4 + n_atoms + n_bonds]
    found = {_pair(int(line[:3]) - 1, int(line[3:6]) - 1) for line in rest}
    if [line[31:34].strip() for line in atoms] != list(elements) or found != bonds:
        raise ValueError("its atoms and bonds are not those of the ligand")
    points = [(float(a[:10]), float(a[10:20]), float(a[20:30])) for a in atoms]
    coords = np.array(points, dtype=np.float64)
    if not np.isfinite(coords).all():
        raise ValueError("its coordinates are not all numbers")
    return coords


def _placed(coords: NDArray[np.float64], fields: Mapping[str, str]) -> Placed:
    names = ("energy_kcal", "strain_kcal", "score_kcal", "overlap")
    numbers = {name: float(fields.get(name, "nan")) for name in names}
    if not np.isfinite(list(numbers.values())).all():
        raise ValueError("its energies or overlaps are not all numbers")
    source = _SOURCES.get(fields.get("source", ""))
    if source is None:
        raise ValueError(f"source is {fields.get('source')!r}, none of {', '.join(_SOURCES)}")
    template, site = fields.get("template", ""), fields.get("site", "")
    return Placed(coords=coords, template=template, source=source, site=site, **numbers)


def _list(fields: Mapping[str, str], name: str) -> list[Any]:
    found = json.loads(fields.get(name, "null"))
    if not isinstance(found, list):
        raise ValueError(f"{name} is no list")
    return found


def _findings(rows: Sequence[Any]) -> Iterator[Finding]:
    for row in rows:
        if not isinstance(row, dict) or not all(isinstance(v, str) for v in row.values()):
            raise ValueError("a finding is none")
        code, level, message = (row.get(name, "") for name in ("code", "level", "message"))
        if not code or not message or level not in _LEVELS:
            raise ValueError("a finding is none")
        residue = ResidueId.parse(row["residue"]) if "residue" in row else None
        yield Finding(code, message, level, residue)
