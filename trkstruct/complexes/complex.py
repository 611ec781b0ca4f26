"""Complexes: a structure, its inhibitor with full chemistry, and where the inhibitor lies.

A `Complex` is checked and ready to score. The bound ligand takes bond orders and stereo
from its component entry or from the chemistry that the user gives, never from distances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LigandError
from ..residues import Finding
from ._binding import binding_type, settled_type
from ._locating import POSE_SOURCES, Located, Pose, PoseSource, locate, neighbourhood

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..atoms import TypedAtoms
    from ..ensembles import Mutant
    from ..ligands import Ligand
    from ..numbering import Numbering
    from ..structures import Residue, Structure
    from ..views.view3d import View
    from .protein import Protein

__all__ = ["Complex", "Pose", "PoseSource", "make_complex"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Complex:
    """A kinase with an inhibitor in it, ready to score; see `make_complex`.

    Parameters
    ----------
    structure : Structure
        As read.
    chain : str
        Author chain of the kinase.
    ligand : Ligand
        The inhibitor, at the coordinates of the first pose.
    poses : tuple of Pose
        One or more.
    binding_type : str
        ``I``, ``I1/2``, ``II`` or ``III``: as the library has it, for others as the pose tells
        it; empty if it does not (not a kinase, residues missing).
    findings : tuple of Finding
        What was chosen and noticed: structure, ligand and match.
    residue : Residue or None
        The residue that the ligand was read from.
    siblings : tuple of Complex
        The same inhibitor placed in further structures of the same kinase and state, which a
        prediction is averaged over.
    """

    structure: Structure
    chain: str
    ligand: Ligand
    poses: tuple[Pose, ...]
    binding_type: str = ""
    findings: tuple[Finding, ...] = ()
    residue: Residue | None = None
    siblings: tuple[Complex, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict, init=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), tuple(getattr(self, f.name) for f in fields(self) if f.init))

    @property
    def structure_kind(self) -> str:
        """How the structure came about, such as ``deposited`` or ``model``."""
        return self.structure.kind

    @property
    def protein(self) -> Protein:
        """The amino acids of the chain, for RDKit, ProLIF and PoseBusters."""
        from .protein import protein_of

        return protein_of(self.structure, self.chain)

    @property
    def numbering(self) -> Numbering:
        """Numbering of the kinase's chain."""
        return self.structure.numbering(self.chain)

    @property
    def ligand_atoms(self) -> TypedAtoms:
        """Types, charges and positions of the resolved ligand atoms at pH 7.4."""
        found: TypedAtoms = self.remember("ligand_atoms", self._typed_ligand)
        return found

    def _typed_ligand(self) -> TypedAtoms:
        from ..atoms import TypedAtoms

        types = self.ligand.atom_types
        kept = self.resolved
        return TypedAtoms(
            self.poses[0].coords[list(kept)],
            tuple(types[i] for i in kept),
            tuple(self.ligand.atom_names[i] for i in kept),
        )

    def remember(self, name: str, make: Callable[[], Any]) -> Any:
        """Keep something that is derived from the complex and costly to make.

        Parameters
        ----------
        name : str
            What it is.
        make : callable
            Makes it, the first time. What is kept is not pickled with the complex.

        Returns
        -------
        object
            The same at every call.
        """
        if name not in self._cache:
            self._cache[name] = make()
        return self._cache[name]

    @property
    def resolved(self) -> tuple[int, ...]:
        """Indices, in the ligand, of the atoms of `ligand_atoms`."""
        known = ~np.isnan(self.poses[0].coords).any(axis=1)
        return tuple(int(i) for i in np.flatnonzero(known))

    def near(self, distance: float) -> tuple[Residue, ...]:
        """Protein residues near the ligand.

        Parameters
        ----------
        distance : float
            Greatest distance between heavy atoms in angstrom.

        Returns
        -------
        tuple of Residue
            Of all chains, in the order of the structure.
        """
        coords = self.structure.coords
        positions = self.ligand_atoms.coords
        found = []
        for residue in self.structure.residues:
            if residue.kind == "protein":
                own = coords[residue.start : residue.stop]
                apart = np.linalg.norm(own[:, None] - positions[None, :], axis=-1)
                if apart.size and apart.min() <= distance:
                    found.append(residue)
        return tuple(found)

    def mutate(self, mutation: str, numbering: str = "auto") -> Mutant:
        """Model a mutation; see `trkstruct.ensembles.mutate`.

        Parameters
        ----------
        mutation : str
            Such as ``G595R`` or ``G595R+F589L``.
        numbering : str
            ``auto``, ``author``, ``uniprot``, ``literature`` or ``klifs``.

        Returns
        -------
        Mutant
        """
        from ..ensembles import mutate

        return mutate(self, mutation, numbering)

    def view(self) -> View:
        """Show the inhibitor in its pocket in 3D; see `trkstruct.views.view3d`.

        Returns
        -------
        trkstruct.views.view3d.View
            A notebook shows it; `View.write_html` writes it.
        """
        from ..views.view3d import view

        return view(self)

    def to_rdkit(self, hydrogens: bool = True, pose: int = 0) -> Mol:
        """Return the ligand in place, for RDKit, ProLIF or PoseBusters.

        Parameters
        ----------
        hydrogens : bool
            Whether to add hydrogens (state at pH 7.4).
        pose : int
            Which pose.

        Returns
        -------
        rdkit.Chem.Mol
        """
        return self.ligand.with_coords(self.poses[pose].coords).to_rdkit(hydrogens)

    def ligand_sdf(self, hydrogens: bool = False, pose: int = 0) -> str:
        """Write the ligand as one SDF record with bond orders, stereo and charges.

        Parameters
        ----------
        hydrogens : bool
            Whether to write hydrogens, which were not observed but added.
        pose : int
            Which pose.

        Returns
        -------
        str
            Ends with ``$$$$``.
        """
        from ..ligands.chemistry import sdf_record

        fields = {
            "structure": self.structure.name,
            "pose_source": self.poses[pose].source,
            "smiles": self.ligand.smiles,
            "state_ph_7.4": self.ligand.state.smiles,
        }
        return sdf_record(self.to_rdkit(hydrogens, pose), self.ligand.name, fields)

    def __repr__(self) -> str:
        kinase = self.numbering.kinase
        name = kinase.name if kinase else f"chain {self.chain}"
        kind = f", type {self.binding_type}" if self.binding_type else ""
        return (
            f"<Complex {self.structure.name}: {name} with {self.ligand.name}{kind}, "
            f"{self.poses[0].source} pose>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        kinase = self.numbering.kinase
        rows = (
            ("structure", f"{self.structure.name} ({self.structure_kind})"),
            ("kinase", f"{kinase.name if kinase else 'unknown'}, chain {self.chain}"),
            ("ligand", f"{self.ligand.name} ({self.ligand.formula})"),
            ("pose", ", ".join(pose.source for pose in self.poses)),
            ("binding type", self.binding_type or "not told"),
            ("state at pH 7.4", self.ligand.state.sites),
            ("findings", "; ".join(map(str, self.findings)) or "none"),
        )
        cells = "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in rows)
        return f"<table>{cells}</table>"


def make_complex(
    structure: Structure,
    ligand: Any = None,
    pose: str | Pose | None = None,
    chain: str | None = None,
) -> Complex:
    """Join a structure with an inhibitor and check that they fit.

    Parameters
    ----------
    structure : Structure
        As read.
    ligand : Ligand, str or rdkit.Chem.Mol, optional
        The inhibitor's chemistry; that of the bound ligand's component if not given. A
        text is a name, a file or SMILES.
    pose : str or Pose, optional
        ``crystal``, ``crystal:RES``, ``crystal:RES:CHAIN:NUMBER``: the ligand bound in the
        structure; ``sdf``: the ligand's own coordinates, which are in the structure's
        frame; ``place``: placed on the templates of bundled complexes. If not given:
        ``crystal`` if this ligand is bound in the structure, else ``sdf`` if its
        coordinates lie in the pocket, else ``place``.
    chain : str, optional
        Author chain of the kinase.

    Returns
    -------
    Complex

    Raises
    ------
    LigandNotFoundError
        If the structure has no (such) ligand.
    LigandMatchError
        If the atoms in the structure are not those of the chemistry.
    LigandError
        If the ligand cannot be used, or the pose is asked for in words that are unknown.
    PlacementError
        If the ligand has to be placed and cannot be.

    Examples
    --------
    >>> import trkstruct as ts
    >>> structure = ts.load("7VKO.pdb")  # doctest: +SKIP
    >>> ts.complexes.make_complex(structure)  # doctest: +SKIP
    <Complex 7VKO: TRKA with repotrectinib, type I, experimental pose>
    """
    chemistry = _chemistry(ligand)
    kinase_chain, findings = structure.choose_chain(chain)
    placed, used, residue, said, others = _pose(structure, chemistry, pose, kinase_chain)
    more = (*said, *neighbourhood(structure, used.coords, placed.atom_names))
    placed = placed.with_coords(used.coords)
    told, reason = binding_type(structure, kinase_chain, used.coords)
    kind, binding = settled_type(placed, told, reason)
    # What a model says of the pose of its own ligand is not about another one.
    own = residue is not None
    about = (f for f in structure.findings if own or f.code not in POSE_SOURCES)
    return Complex(
        structure,
        kinase_chain,
        placed,
        (used, *others),
        kind,
        (*about, *findings, *placed.findings, *_state(placed), *more, *binding),
        residue,
    )


def _pose(
    structure: Structure, chemistry: Ligand | None, pose: str | Pose | None, chain: str
) -> Located:
    if isinstance(pose, str) and pose.strip().casefold() == "place":
        return _placed(structure, chemistry, chain)
    if not isinstance(pose, Pose):
        found = locate(structure, chemistry, pose, chain)
        if isinstance(found, Located):
            return found
        placed = _placed(structure, chemistry, chain)
        return placed._replace(findings=(found, *placed.findings))
    if chemistry is None:
        raise LigandError("A Pose has positions only: give its ligand too.")
    return Located(chemistry.with_coords(pose.coords), pose, None, ())


def _placed(structure: Structure, chemistry: Ligand | None, chain: str) -> Located:
    """Place the ligand on the templates of the bundled complexes."""
    from ..placement import place_isomers

    if chemistry is None:
        raise LigandError("Pose 'place' needs a ligand: give a name, a SMILES or a file.")
    placed, found = place_isomers(structure, chemistry, chain=chain)
    poses = tuple(
        Pose(p.coords, p.source, p.template, p.overlap if p.template else None, p.energy_kcal)
        for p in found.poses
    )
    ligand = placed.with_coords(poses[0].coords)
    return Located(ligand, poses[0], None, found.findings, poses[1:])


def _chemistry(ligand: Any) -> Ligand | None:
    from ..ligands import Ligand, LigandSeries, resolve

    if ligand is None or isinstance(ligand, Ligand):
        return ligand
    if isinstance(ligand, str):
        found = resolve(ligand)
        return found.only() if isinstance(found, LigandSeries) else found
    return Ligand.from_mol(ligand)


def _state(ligand: Ligand) -> tuple[Finding, ...]:
    """Say which protonation state is scored, and what else is likely."""
    findings = list(ligand.typed()[1])
    state = ligand.state
    message = f"{ligand.name} is scored with charge {state.charge:+d} at pH {state.ph:g}"
    if len(ligand.states) > 1:
        others = ", ".join(f"{s.charge:+d} ({s.population:.0%})" for s in ligand.states[1:])
        message += f" ({state.population:.0%} by group pKa's; also likely: {others})."
        findings.append(Finding("protonation", message, "choice"))
    else:
        findings.append(Finding("protonation", f"{message} ({state.sites}).", "note"))
    return tuple(findings)
