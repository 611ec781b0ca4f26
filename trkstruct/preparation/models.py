"""Prepared models: from a raw entry to a complete, relaxed, checked and annotated complex."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .._files import write_gzip, write_text
from .._version import version_string
from ..kinases import klifs_label
from ..reference import read_json
from ..residues import ResidueId
from ..states import DfgState, dfg_state
from ..structures import Structure
from .checks import Check, check_ligand, check_protein
from .drafts import Draft, Part, Source, draft
from .model_file import model_cif
from .relaxation import openmm_version, relax

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..numbering import Numbering

__all__ = ["Movement", "PreparedModel", "prepare"]

Floats = NDArray[np.float64]

#: Findings on a structure that say that its ligand was docked.
_DOCKED: Final = frozenset({"docking-model", "docked-ligand"})
_POCKET_ANG: Final = 6.0


@dataclass(frozen=True, slots=True)
class Movement:
    """How far the observed heavy atoms moved from the input.

    Parameters
    ----------
    ca_rmsd_ang, pocket_rmsd_ang : float
        Root mean square over C-alpha atoms, and over heavy atoms of residues within 6 A of
        the ligand (of the KLIFS pocket where there is no ligand), in angstrom.
    largest_ang : float
        The largest move.
    over_limit : tuple of str
        Atoms that moved further than the limit for listing, with the distance.
    """

    ca_rmsd_ang: float
    pocket_rmsd_ang: float
    largest_ang: float
    over_limit: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PreparedModel:
    """A prepared model.

    Parameters
    ----------
    name : str
        Its id.
    title : str
        What it is, for people.
    source : str
        Id of the entry that it was computed from.
    input_kind : str
        Kind of the input structure.
    protein_kind : str
        ``prepared`` or ``comparative``.
    ligand_kind : str
        ``experimental``, ``docked``, ``placed`` or ``none``.
    kinase : str
        Name of the kinase.
    parts : tuple of Part
        Residues and caps, as they were before relaxation.
    atoms : tuple of dict of str to (3,) float64
        Positions after it, hydrogens included, one mapping a part, in angstrom.
    ligand : tuple or None
        Component code, residue id as a tuple, atom names, elements, positions.
    steps : tuple of str
        What was done.
    checks : tuple of Check
        What was checked.
    movement : Movement
        How far atoms moved.
    state : DfgState
        DFG and alpha-C.
    klifs : tuple of ResidueId or None
        The 85 pocket positions.
    """

    name: str
    title: str
    source: str
    input_kind: str
    protein_kind: str
    ligand_kind: str
    kinase: str
    parts: tuple[Part, ...]
    atoms: tuple[dict[str, Floats], ...]
    ligand: tuple[str, tuple[str, int, str], list[str], list[str], Floats] | None
    steps: tuple[str, ...]
    checks: tuple[Check, ...]
    movement: Movement
    state: DfgState | None
    klifs: tuple[ResidueId | None, ...]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether all checks passed."""
        return all(check.passed for check in self.checks)

    def __repr__(self) -> str:
        failed = [check.name for check in self.checks if not check.passed]
        verdict = f"fails {', '.join(failed)}" if failed else "passes its checks"
        return f"<PreparedModel {self.name}: {self.title}; {verdict}>"

    def record(self) -> dict[str, Any]:
        """Return the one row that describes the model.

        Returns
        -------
        dict of str to object
        """
        return {
            "id": self.name,
            "source_id": self.source,
            "input_kind": self.input_kind,
            "protein_kind": self.protein_kind,
            "ligand_kind": self.ligand_kind,
            "kinase": self.kinase,
            "dfg_state": self.state.dfg if self.state else "",
            "alpha_c": self.state.alpha_c if self.state else "",
            "ca_rmsd_ang": round(self.movement.ca_rmsd_ang, 3),
            "pocket_rmsd_ang": round(self.movement.pocket_rmsd_ang, 3),
            "largest_move_ang": round(self.movement.largest_ang, 2),
            "checks": "passed" if self.good else "failed",
            "made_with": f"{version_string()}; OpenMM {openmm_version()}",
            **self.more,
        }

    def klifs_rows(self) -> list[tuple[object, ...]]:
        """Return the pocket annotation: position, label, residue name, chain, number, code.

        Returns
        -------
        list of tuple
        """
        names = {part.where: part.name for part in self.parts}
        rows: list[tuple[object, ...]] = []
        for position, where in enumerate(self.klifs, start=1):
            if where is not None and where in names:
                rows.append(
                    (position, klifs_label(position), names[where], where.chain, where.number,
                     where.insertion_code)
                )  # fmt: skip
        return rows

    def to_cif(self) -> str:
        """Return the model as mmCIF; see `trkstruct.preparation.model_file.model_cif`.

        Returns
        -------
        str
        """
        return model_cif(self)

    def save(self, path: str | Path) -> Path:
        """Write the model, whole or not at all.

        Parameters
        ----------
        path : str or pathlib.Path
            ``.cif`` or ``.cif.gz``.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        OSError
            If it cannot be written.
        """
        target = Path(path)
        (write_gzip if target.suffix == ".gz" else write_text)(target, self.to_cif())
        return target


def prepare(
    raw: Structure | Complex,
    *,
    name: str = "",
    chain: str | None = None,
    title: str = "",
    relax_ligand: bool = False,
    entry: str = "",
) -> PreparedModel:
    """Prepare a model from a raw entry.

    One chain is chosen, incomplete side chains are built anew, expression tags and residues
    without backbone left out, ends and gaps capped (loops are not invented), hydrogens added
    at pH 7.4, and the whole relaxed under restraints with the ligand held in place.

    Parameters
    ----------
    raw : Structure or Complex
        The entry as read; a structure is taken with its bound ligand, if it has one.
    name : str, optional
        Id of the model; the entry's if left out.
    chain : str, optional
        Author chain; chosen if left out.
    title : str, optional
        What the model is.
    relax_ligand : bool
        Relax the ligand by MMFF94s before the protein; it is held where it is otherwise.
    entry : str, optional
        Id of the entry, where the file does not name it.

    Returns
    -------
    PreparedModel
        With its checks; `PreparedModel.good` says whether they passed.

    Raises
    ------
    StructureError
        If the chain cannot be completed, or the force field does not know it.
    DataError
        If OpenMM is not installed.
    """
    source = source_of(raw, chain)
    made = draft(source)
    if relax_ligand and source.complex is not None:
        source = _with_relaxed_ligand(source, made.steps)
    return finish(source, made, name=name, title=title, protein_kind="prepared", entry=entry)


def _with_relaxed_ligand(source: Source, steps: list[str]) -> Source:
    """Return the source with its ligand relaxed by MMFF94s where it lies."""
    from ..ligands.chemistry import relaxed

    complex_ = source.complex
    assert complex_ is not None
    pose = complex_.poses[0]
    moved = relaxed(complex_.to_rdkit(True)).GetConformer().GetPositions()
    coords = np.array(pose.coords)
    coords[list(complex_.resolved)] = moved[: len(complex_.resolved)]
    apart = np.linalg.norm(coords - pose.coords, axis=1)
    steps.append(
        f"Relaxed the ligand by MMFF94s: heavy atoms moved {np.nanmax(apart):.2f} A at most."
    )
    new = replace(complex_, poses=(replace(pose, coords=coords), *complex_.poses[1:]))
    return Source(source.structure, source.chain, new)


def source_of(raw: Structure | Complex, chain: str | None = None) -> Source:
    """Return what a model is made from, with the bound ligand if there is one.

    Parameters
    ----------
    raw : Structure or Complex
        The entry.
    chain : str, optional
        Author chain; chosen if left out.

    Returns
    -------
    Source
    """
    from ..complexes import Complex, make_complex

    if isinstance(raw, Complex):
        return Source(raw.structure, raw.chain, raw)
    if raw.ligands:
        made = make_complex(raw, chain=chain)
        return Source(raw, made.chain, made)
    return Source(raw, raw.choose_chain(chain)[0], None)


def finish(
    source: Source,
    made: Draft,
    *,
    name: str,
    title: str,
    protein_kind: str,
    numbering: Numbering | None = None,
    more: dict[str, Any] | None = None,
    entry: str = "",
) -> PreparedModel:
    """Relax a draft, check it and annotate it.

    Parameters
    ----------
    source : Source
        What it was drafted from; its ligand is taken over.
    made : Draft
        Complete residues and caps.
    name, title : str
        As in `prepare`.
    protein_kind : str
        ``prepared`` or ``comparative``.
    numbering : Numbering, optional
        Of the model's chain; that of the source if left out.
    more : dict, optional
        Further items of its record.
    entry : str, optional
        Id of the entry, where the file does not name it.

    Returns
    -------
    PreparedModel
    """
    structure, complex_ = source.structure, source.complex
    numbering = numbering or source.numbering
    relaxed = relax(made.parts, complex_.to_rdkit(True) if complex_ else None)
    steps = [
        *made.steps,
        f"Added hydrogens at pH 7.4 and relaxed all atoms under restraints (OpenMM "
        f"{openmm_version()}, Amber ff14SB" + (", ligand held in place)." if complex_ else ")."),
    ]
    ligand = _ligand_of(complex_) if complex_ else None
    heavy = (ligand[4], ligand[3]) if ligand else (np.zeros((0, 3)), [])
    klifs = tuple(numbering.at_klifs(position) for position in range(1, 86))
    movement = _movement(made.parts, relaxed.atoms, heavy[0], klifs)
    limits = read_json("preparation.json")["checks"]
    checks = check_protein(made.parts, relaxed.atoms, heavy)
    checks.append(
        Check("pocket moved, A rmsd", round(movement.pocket_rmsd_ang, 3), limits["pocket_rmsd_ang"])
    )
    if complex_:
        checks += check_ligand(complex_, protein_pdb(made.parts, relaxed.atoms))
    kinase = numbering.kinase
    model = PreparedModel(
        name=name or structure.pdb_id or structure.name,
        title=title,
        source=entry or structure.pdb_id or structure.name,
        input_kind=structure.kind,
        protein_kind=protein_kind,
        ligand_kind=_ligand_kind(source, protein_kind),
        kinase=kinase.name if kinase else "",
        parts=tuple(made.parts),
        atoms=relaxed.atoms,
        ligand=ligand,
        steps=tuple(steps),
        checks=tuple(checks),
        movement=movement,
        state=None,
        klifs=klifs,
        more=dict(more or {}),
    )
    # Read back as anyone will read it: the state is that of the file.
    with tempfile.TemporaryDirectory() as folder:
        written = Structure.read(model.save(Path(folder, f"{model.name}.cif")))
    return replace(model, state=dfg_state(written) if kinase else None)


def _ligand_kind(source: Source, protein_kind: str) -> str:
    """Return how the ligand's pose in a model is known."""
    if source.complex is None:
        return "none"
    if protein_kind == "comparative":
        return "placed"
    if any(finding.code in _DOCKED for finding in source.structure.findings):
        return "docked"
    return "experimental" if source.complex.poses[0].source == "experimental" else "placed"


def _ligand_of(complex_: Complex) -> tuple[str, tuple[str, int, str], list[str], list[str], Floats]:
    """Return code, residue id, atom names, elements and positions of the ligand."""
    atoms = complex_.ligand_atoms
    residue = complex_.residue
    code = complex_.ligand.code or (residue.name if residue is not None else "LIG")
    where = residue.id if residue is not None else ResidueId(complex_.chain, 9001)
    elements = [kind.element for kind in atoms.types]
    place = (where.chain, where.number, where.insertion_code)
    return code, place, list(atoms.names), elements, atoms.coords


def _movement(
    parts: Sequence[Part],
    atoms: Sequence[dict[str, Floats]],
    ligand: Floats,
    klifs: Sequence[ResidueId | None],
) -> Movement:
    limit = read_json("preparation.json")["checks"]["listed_move_ang"]
    alpha, pocket, over = [], [], []
    largest = 0.0
    for part, moved in zip(parts, atoms, strict=True):
        old = {name: xyz for name, xyz in part.atoms.items() if name not in part.built}
        if not old:
            continue
        if len(ligand):
            own = np.array(list(old.values()))
            near = np.linalg.norm(own[:, None] - ligand, axis=-1).min() < _POCKET_ANG
        else:
            near = part.where in klifs
        for name, xyz in old.items():
            distance = float(np.linalg.norm(moved[name] - xyz))
            largest = max(largest, distance)
            if name == "CA":
                alpha.append(distance)
            if near:
                pocket.append(distance)
            if distance > limit:
                over.append(f"{part.name} {part.where} {name} {distance:.1f}")

    def rms(values: list[float]) -> float:
        return float(np.sqrt(np.mean(np.square(values)))) if values else 0.0

    return Movement(rms(alpha), rms(pocket), largest, tuple(over))


def protein_pdb(parts: Sequence[Part], atoms: Sequence[dict[str, Floats]]) -> str:
    """Return the chain in PDB format, hydrogens included.

    Parameters
    ----------
    parts : sequence of Part
        Residues and caps.
    atoms : sequence of dict of str to (3,) float64
        Their atoms.

    Returns
    -------
    str
    """
    lines: list[str] = []
    for part, found in zip(parts, atoms, strict=True):
        for name, (x, y, z) in found.items():
            padded = f" {name:<3s}" if len(name) < 4 else name
            lines.append(
                f"ATOM  {(len(lines) + 1) % 100000:5d} {padded} {part.name:>3s} "
                f"{part.where.chain[:1] or ' '}{part.where.number:4d}"
                f"{part.where.insertion_code or ' '}   {x:8.3f}{y:8.3f}{z:8.3f}"
                f"  1.00  0.00          {name[0]:>2s}"
            )
    return "\n".join([*lines, "END", ""])
