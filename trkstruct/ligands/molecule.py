"""Ligands: small molecules with their chemistry, read from anywhere.

A `Ligand` has the bond orders and stereo of its chemistry, never of distances, and the
protonation state at pH 7.4 that scoring uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LigandError, LigandNotFoundError
from ..residues import Finding
from ._building import component_molecule, describe
from ._series import LigandRecord, LigandSeries, one_line_name
from .chemistry import atom_types, cut_atoms, parse_smiles, silence
from .components import component, component_names, has_component, plain_name
from .library import find, library
from .protonation import ProtonationState, parameter

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rdkit.Chem import Mol

    from ..atoms import AtomType

__all__ = [
    "Ligand",
    "LigandRecord",
    "LigandSeries",
    "library_names",
    "ligand",
    "ligands",
    "resolve",
]


@dataclass(frozen=True, slots=True, repr=False)
class Ligand:
    """A small molecule, ready to be matched, typed and scored.

    Make one with `from_smiles`, `from_mol`, `from_component` or `from_file`.

    Parameters
    ----------
    name : str
        Name to show; the SMILES if nothing better is known.
    code : str
        Component code of the PDB, or empty.
    smiles : str
        Isomeric canonical SMILES of the neutral form.
    inchikey : str
        InChIKey of the neutral form.
    formula : str
        Molecular formula of the neutral form.
    n_heavy : int
        Number of heavy atoms.
    macrocycle : bool
        Whether it has a ring of twelve atoms or more, not counting fused envelopes.
    states : tuple of ProtonationState
        All states at pH 7.4 that matter, the first being `state`; more than one where a pKa lies
        between 6.5 and 8.
    atom_names : tuple of str
        Name of each heavy atom, for reports.
    mol : rdkit.Chem.Mol
        Neutral form, hydrogens implicit, no conformer; treat as read-only.
    findings : tuple of Finding
        What was changed or chosen on reading.
    binding_type : str
        As the library has it; empty if not known.
    source : str
        Where it came from.
    coords : (n_heavy, 3) float64 or None
        Position of each heavy atom in angstrom, read-only; nan where it is not resolved.
        None if no three-dimensional coordinates came with it.
    """

    name: str
    code: str
    smiles: str
    inchikey: str
    formula: str
    n_heavy: int
    macrocycle: bool
    states: tuple[ProtonationState, ...]
    atom_names: tuple[str, ...]
    mol: Mol = field(compare=False)
    findings: tuple[Finding, ...] = ()
    binding_type: str = ""
    source: str = ""
    coords: NDArray[np.float64] | None = field(default=None, compare=False)
    _cache: dict[str, Any] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        if not self.name.isprintable():
            # A line break in a name would break the SDF record and the tables that it goes into.
            object.__setattr__(self, "name", one_line_name(self.name) or self.code or self.smiles)
        if self.coords is not None and self.coords.flags.writeable:
            own = np.array(self.coords, dtype=np.float64)
            own.flags.writeable = False
            object.__setattr__(self, "coords", own)

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor, so that the array is read-only in the other process too.
        return (type(self), tuple(getattr(self, f.name) for f in fields(self) if f.init))

    @classmethod
    def from_smiles(cls, smiles: str, name: str | None = None) -> Ligand:
        """Read a ligand from SMILES.

        Parameters
        ----------
        smiles : str
            One molecule; of a salt, the largest organic component is taken.
        name : str, optional
            Name to show.

        Returns
        -------
        Ligand

        Raises
        ------
        LigandError
            If it is not SMILES of an organic molecule that can be scored.

        Examples
        --------
        >>> from trkstruct.ligands import Ligand
        >>> drug = Ligand.from_smiles("C1COCCN1.Cl", name="morpholine")
        >>> drug
        <Ligand morpholine, C4H9NO, charge +1 at pH 7.4>
        """
        return _build(parse_smiles(smiles), name, source="SMILES")

    @classmethod
    def from_mol(cls, mol: Mol, name: str | None = None) -> Ligand:
        """Take over an RDKit molecule.

        Parameters
        ----------
        mol : rdkit.Chem.Mol
            With or without hydrogens; a three-dimensional conformer is kept as coordinates.
        name : str, optional
            Name to show; its ``_Name`` property if not given.

        Returns
        -------
        Ligand

        Raises
        ------
        LigandError
            If it is not a molecule, or not one that can be scored.
        """
        from rdkit import Chem

        if not isinstance(mol, Chem.Mol):
            raise LigandError(
                f"An RDKit molecule was expected, not {type(mol).__name__}: a molecule that RDKit "
                "could not read is None."
            )
        with silence():
            own = Chem.Mol(mol)
            try:
                Chem.SanitizeMol(own)
            except ValueError as problem:
                raise LigandError(
                    f"The molecule {name or ''} is not possible: {problem}."
                ) from None
        if name is None and own.HasProp("_Name"):
            name = own.GetProp("_Name").strip()
        return _build(own, name, source="molecule")

    @classmethod
    def from_component(cls, code: str, name: str | None = None) -> Ligand:
        """Read a ligand from the chemical component dictionary of the PDB.

        Parameters
        ----------
        code : str
            Component code, such as ``VGH``.
        name : str, optional
            Name to show; a common name or the code if not given.

        Returns
        -------
        Ligand
            Atoms in the order of the dictionary, with its names.

        Raises
        ------
        LigandNotFoundError
            If there is no such component.
        LigandError
            If it is not an organic molecule that can be scored.

        Examples
        --------
        >>> from trkstruct.ligands import Ligand
        >>> Ligand.from_component("VGH").name
        'crizotinib'
        """
        entry = component(code)
        return _component_ligand(entry["code"], name)

    @classmethod
    def from_file(cls, path: str | Path, name: str | None = None) -> Ligand:
        """Read the one molecule of a file.

        Parameters
        ----------
        path : path
            SDF, MOL, SMI or CSV; ``series.sdf#3`` and ``series.sdf#NAME`` pick a record.
        name : str, optional
            Name to show.

        Returns
        -------
        Ligand

        Raises
        ------
        LigandNotFoundError
            If there is no such file or record.
        LigandError
            If the file holds several molecules and none is picked, or the one is bad.
        """
        return ligands(path).only(name)

    @property
    def state(self) -> ProtonationState:
        """The protonation state at pH 7.4 that scoring uses."""
        return self.states[0]

    @property
    def charge(self) -> int:
        """Net charge at pH 7.4, in e."""
        return self.state.charge

    @property
    def atom_types(self) -> tuple[AtomType, ...]:
        """Type and partial charge of each heavy atom at pH 7.4; charges sum to the net charge."""
        return self.typed()[0]

    def typed(self, state: int = 0) -> tuple[tuple[AtomType, ...], tuple[Finding, ...]]:
        """Type the heavy atoms in one of the protonation states.

        Parameters
        ----------
        state : int
            Index in `states`.

        Returns
        -------
        types : tuple of AtomType
            One for each heavy atom.
        findings : tuple of Finding
            If the charges come from the second-best model.
        """
        key = f"types {state}"
        if key not in self._cache:
            self._cache[key] = atom_types(self.states[state].apply(self.mol))
        found: tuple[tuple[AtomType, ...], tuple[Finding, ...]] = self._cache[key]
        return found

    def with_coords(self, coords: NDArray[np.float64] | None) -> Ligand:
        """Return the same ligand at other positions.

        Parameters
        ----------
        coords : (n_heavy, 3) float64 or None
            Angstrom; nan where an atom is not resolved.

        Returns
        -------
        Ligand

        Raises
        ------
        LigandError
            If the number of positions is not that of the heavy atoms.
        """
        if coords is None:
            return replace(self, coords=None)
        own = np.asarray(coords, dtype=np.float64)
        if own.shape != (self.n_heavy, 3):
            raise LigandError(
                f"{self.name} has {self.n_heavy} heavy atoms; positions of shape {own.shape} were "
                f"given where ({self.n_heavy}, 3) is needed."
            )
        return replace(self, coords=own)

    def to_rdkit(self, hydrogens: bool = True, charged: bool = True) -> Mol:
        """Return the molecule for RDKit, ProLIF or PoseBusters.

        Parameters
        ----------
        hydrogens : bool
            Whether to add hydrogens; with coordinates, they get positions too.
        charged : bool
            Whether in the state at pH 7.4, or neutral.

        Returns
        -------
        rdkit.Chem.Mol
            A copy, heavy atoms first and in the order of `mol`, with one conformer if the
            ligand has coordinates. Unresolved atoms are left out and their places filled
            with hydrogen.
        """
        from rdkit import Chem

        mol = self.state.apply(self.mol) if charged else Chem.Mol(self.mol)
        mol.SetProp("_Name", self.name)
        for atom, name in zip(mol.GetAtoms(), self.atom_names, strict=True):
            atom.SetProp("atomName", name)
        coords = self.coords
        if coords is not None:
            conformer = Chem.Conformer(mol.GetNumAtoms())
            conformer.Set3D(True)
            for index, point in enumerate(np.nan_to_num(coords)):
                conformer.SetAtomPosition(index, [float(value) for value in point])
            mol.AddConformer(conformer)
            gone = [int(i) for i in np.flatnonzero(np.isnan(coords).any(axis=1))]
            if gone:
                mol = cut_atoms(mol, gone)
        return Chem.AddHs(mol, addCoords=coords is not None) if hydrogens else mol

    def __repr__(self) -> str:
        ring = ", macrocycle" if self.macrocycle else ""
        ph = parameter("ph")
        return f"<Ligand {self.name}, {self.formula}{ring}, charge {self.charge:+d} at pH {ph:g}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = (
            ("name", self.name),
            ("component", self.code or "-"),
            ("SMILES", self.smiles),
            ("formula", self.formula),
            ("macrocycle", "yes" if self.macrocycle else "no"),
            ("state at pH 7.4", f"{self.state.smiles} ({self.state.sites})"),
            ("findings", "; ".join(map(str, self.findings)) or "none"),
        )
        cells = "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in rows)
        return f"<table>{cells}</table>"


def _build(mol: Mol, name: str | None, **about: Any) -> Ligand:
    """Clean a molecule and make the ligand of it; see `describe`."""
    return Ligand(**describe(mol, name, **about))


def rebuilt(old: Ligand, mol: Mol) -> Ligand:
    """Return a ligand with the same atoms whose stereo was completed.

    Parameters
    ----------
    old : Ligand
        Names, coordinates and findings are taken from it.
    mol : rdkit.Chem.Mol
        Its molecule, atoms in the same order, stereo completed.

    Returns
    -------
    Ligand
    """
    new = _build(mol, old.name, code=old.code, source=old.source, names=old.atom_names)
    said = [f for f in old.findings if f.code != "stereo-unspecified"]
    still = [f for f in new.findings if f.code == "stereo-unspecified"]
    return replace(new, findings=(*said, *still), coords=old.coords, binding_type=old.binding_type)


def _component_ligand(code: str, name: str | None) -> Ligand:
    """Build the ligand of a component, with atoms in its order."""
    mol, known, names = component_molecule(code)
    return _build(
        mol, known if name is None else name, code=code, source=f"component {code}", names=names
    )


def ligands(source: Any) -> LigandSeries:
    """Read many ligands; a record that cannot be read stays as a row with its error.

    Parameters
    ----------
    source : path, DataFrame or iterable
        A file ``.sdf``, ``.mol``, ``.smi``, ``.csv`` or ``.tsv``, plain or ``.gz``, with
        ``#3`` or ``#NAME`` behind it for one record; a table with a column of SMILES; or
        RDKit molecules, SMILES or ligands.

    Returns
    -------
    LigandSeries

    Raises
    ------
    LigandNotFoundError
        If there is no such file or record.
    LigandError
        If the file is of another kind, or a table has no column of SMILES.

    Examples
    --------
    >>> import trkstruct
    >>> series = trkstruct.ligands(["CN1CCOCC1", "not a molecule"])
    >>> [bool(record.error) for record in series]
    [False, True]
    """
    from ._files import read_any

    if isinstance(source, LigandSeries):
        return source
    return LigandSeries(*read_any(source))


def library_names() -> tuple[str, ...]:
    """Names that `ligand` and ``-l`` understand, without synonyms.

    Returns
    -------
    tuple of str
        Sorted; also of inhibitors whose structure is not public, which `ligand` refuses with the
        reason.
    """
    names = {name for _, name in component_names().values()} | {e.name for e in library()}
    return tuple(sorted(names))


def ligand(
    text: str | None = None,
    *,
    smiles: str | None = None,
    mol: Mol | None = None,
    name: str | None = None,
) -> Ligand:
    """Make one ligand from a name, a file, SMILES or an RDKit molecule.

    Parameters
    ----------
    text : str, optional
        Name or synonym, file of one molecule, or SMILES, tried in this order.
    smiles : str, optional
        SMILES, if `text` is not given.
    mol : rdkit.Chem.Mol, optional
        Molecule, if neither is given.
    name : str, optional
        Name to show.

    Returns
    -------
    Ligand

    Raises
    ------
    LigandError
        If nothing or more than one thing was given, or it is no ligand.

    Examples
    --------
    >>> import trkstruct
    >>> trkstruct.ligand("crizotinib").code
    'VGH'
    """
    if sum(given is not None for given in (text, smiles, mol)) != 1:
        raise LigandError("Give one of a name or file, smiles= or mol=.")
    if smiles is not None:
        return Ligand.from_smiles(smiles, name)
    if mol is not None:
        return Ligand.from_mol(mol, name)
    found = resolve(str(text))
    if isinstance(found, LigandSeries):
        return found.only(name)
    return replace(found, name=name) if name else found


def resolve(text: str) -> Ligand | LigandSeries:
    """Find out what a text means: a name, an existing file or SMILES, in this order.

    Parameters
    ----------
    text : str
        Name, synonym, path, or SMILES; the code of a bundled component also counts, if it
        is not SMILES.

    Returns
    -------
    Ligand or LigandSeries
        A series if it is a file of several molecules.

    Raises
    ------
    LigandNotFoundError
        If it is none of them.
    UnpublishedLigandError
        If it is the name of an inhibitor whose structure is not public.
    LigandError
        If it is SMILES of something that cannot be a ligand.
    """
    wanted = text.strip()
    if not wanted:
        raise LigandError("The ligand is empty: give a name, a file or SMILES.")
    if (entry := find(wanted)) is not None:
        return entry.ligand()
    code, name = component_names().get(plain_name(wanted), ("", ""))
    if code:
        return _component_ligand(code, name)
    if _is_file(wanted):
        series = ligands(wanted)
        return series.only() if len(series) == 1 and not series.failed else series
    try:
        return Ligand.from_smiles(wanted)
    except LigandError as problem:
        if has_component(wanted):
            return Ligand.from_component(wanted)
        if not str(problem).endswith("is not SMILES."):
            raise
    shown = wanted if len(wanted) <= 60 else f"{wanted[:57]}..."
    raise LigandNotFoundError(
        f"{shown!r} is no known inhibitor, no existing file and no SMILES. Known names: "
        f"{', '.join(library_names())}."
    )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file() or Path(text.rpartition("#")[0] or text).is_file()
    except (OSError, ValueError):  # a SMILES may be too long for a file name
        return False
