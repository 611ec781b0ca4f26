"""Where an inhibitor lies: matched on the bound ligand, or at coordinates of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import LigandError, LigandMatchError, LigandNotFoundError, PlacementError
from ..ligands.protonation import parameter
from ..residues import Finding
from ._matching import assign_stereo, match_atoms

if TYPE_CHECKING:
    from ..ligands import Ligand
    from ..structures import Residue, Structure

__all__ = ["POSE_SOURCES", "Located", "Pose", "PoseSource", "locate", "neighbourhood"]

PoseSource = Literal["experimental", "modelled", "template", "docked", "user"]

#: Kinds of structure whose ligand was not observed where it lies.
_MODELLED = frozenset({"model", "hybrid", "trajectory"})
#: Kinds whose name says too little.
_KINDS = {"trajectory": "frame of a trajectory"}
#: What a prepared model says of its ligand, by the code of the finding.
POSE_SOURCES: dict[str, PoseSource] = {"docked-ligand": "docked", "placed-ligand": "template"}


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where the atoms of a ligand are, and how that is known.

    Parameters
    ----------
    coords : (n_heavy, 3) float64
        In angstrom, in the order of the ligand's atoms; nan where not resolved. Read-only.
    source : {"experimental", "modelled", "template", "docked", "user"}
        ``experimental``: observed in this entry; ``modelled``: in a structure that is a
        model or a hybrid; ``user``: from a file of the user.
    template : str
        Entry that a placed pose was built on.
    overlap : float or None
        Share of the ligand that the template covers.
    energy : float or None
        Pocket energy in kcal/mol.
    missing : tuple of str
        Names of atoms that are not resolved.
    """

    coords: NDArray[np.float64]
    source: PoseSource
    template: str = ""
    overlap: float | None = None
    energy: float | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        coords = np.array(self.coords, dtype=np.float64)
        coords.flags.writeable = False
        object.__setattr__(self, "coords", coords)

    def _key(self) -> tuple[Any, ...]:
        return (self.source, self.template, self.overlap, self.energy, self.missing)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pose):
            return NotImplemented
        same = np.array_equal(self.coords, other.coords, equal_nan=True)
        return same and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self._key(), self.coords.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor, so that the array is read-only in the other process too.
        return (type(self), (self.coords, *self._key()))

    def __repr__(self) -> str:
        lost = f", {len(self.missing)} missing" if self.missing else ""
        return f"<Pose {self.source}, {len(self.coords)} atoms{lost}>"


class Located(NamedTuple):
    """A ligand in its place.

    Parameters
    ----------
    ligand : Ligand
        With stereo completed and names as in the structure.
    pose : Pose
        Its coordinates.
    residue : Residue or None
        The residue that it was matched on.
    findings : tuple of Finding
        What was chosen and noticed.
    others : tuple of Pose
        Further poses that it may have.
    """

    ligand: Ligand
    pose: Pose
    residue: Residue | None
    findings: tuple[Finding, ...]
    others: tuple[Pose, ...] = ()


def locate(
    structure: Structure, chemistry: Ligand | None, pose: str | None, chain: str
) -> Located | Finding:
    """Find the pose that a text such as ``crystal:VGH`` asks for.

    Parameters
    ----------
    structure : Structure
        The structure.
    chemistry : Ligand or None
        The ligand; that of the bound residue's component if None.
    pose : str or None
        As `trkstruct.complexes.make_complex` takes it.
    chain : str
        Author chain of the kinase.

    Returns
    -------
    Located or Finding
        Why the ligand has to be placed if no pose was asked for and there is none.

    Raises
    ------
    LigandNotFoundError, LigandMatchError, LigandError, PlacementError
        As `trkstruct.complexes.make_complex`.
    """
    word, _, selection = (pose or "").strip().partition(":")
    kind = word.casefold()
    if kind == "sdf":
        if chemistry is None or chemistry.coords is None:
            raise LigandError(
                "Pose 'sdf' needs a ligand with three-dimensional coordinates: give an SDF or MOL "
                "file in the frame of the structure."
            )
        return _own_coordinates(structure, chemistry, chain, asked=True)
    if kind not in ("", "crystal"):
        raise LigandError(
            f"The pose {pose!r} is unknown: write crystal, crystal:RES, crystal:RES:CHAIN:NUMBER, "
            "sdf or place."
        )
    if kind == "crystal" or chemistry is None:
        wanted = _selection(selection, pose or "")
        residue, said = structure.choose_ligand(*wanted, kinase_chain=chain)
        ligand, used, more = _bound(structure, residue, chemistry)
        return Located(ligand, used, residue, (*said, *more))
    return _anywhere(structure, chemistry, chain)


def _selection(text: str, pose: str) -> tuple[str | None, str | None, int | None]:
    """Code, chain and number of ``RES:CHAIN:NUMBER``."""
    parts = [part.strip() for part in text.split(":")] if text else []
    if len(parts) > 3 or (len(parts) == 3 and not parts[2].lstrip("-").isdigit()):
        raise LigandError(
            f"The pose {pose!r} cannot be read: write crystal, crystal:RES or "
            "crystal:RES:CHAIN:NUMBER, such as crystal:VGH:A:9000."
        )
    code = parts[0].upper() if parts and parts[0] else None
    where = parts[1] if len(parts) > 1 and parts[1] else None
    return code, where, int(parts[2]) if len(parts) == 3 else None


def _anywhere(structure: Structure, chemistry: Ligand, chain: str) -> Located | Finding:
    """Take the bound ligand if it is this one, else the ligand's own coordinates in the pocket."""
    problems: list[LigandMatchError] = []
    partial: Located | None = None
    candidates = list(structure.ligands)
    if candidates:
        # The one that would be chosen anyway comes first, so that copies are settled alike.
        first = structure.choose_ligand(kinase_chain=chain)[0]
        candidates.sort(key=lambda residue: residue.index != first.index)
    for residue in candidates:
        try:
            ligand, used, more = _bound(structure, residue, chemistry)
        except LigandMatchError as problem:
            problems.append(problem)
            continue
        where = residue.id
        said = structure.choose_ligand(residue.name, where.chain, where.number, kinase_chain=chain)[
            1
        ]
        found = Located(ligand, used, residue, (*said, *more))
        if not used.missing:
            return found
        partial = partial or found
    if partial is not None:
        return partial
    why = f"{structure.name} has no bound ligand"
    if candidates:
        named = [_known_name(residue) for residue in candidates]
        # What a residue of unknown chemistry is, the given chemistry was perhaps to say.
        if "" in named and chemistry.coords is None:
            raise problems[named.index("")]
        why = f"{chemistry.name} is not what is bound in {structure.name} ({', '.join(named)})"
    if chemistry.coords is not None:
        if _share_in_pocket(structure, chain, chemistry.coords)[0] >= parameter("pocket_share"):
            return _own_coordinates(structure, chemistry, chain, asked=False)
        why += ", and its coordinates do not lie in the pocket and are not trusted"
    return Finding("not-bound", f"{why}: it was placed.", "choice")


def _known_name(residue: Residue) -> str:
    """Return what a residue is by the component dictionary, empty if it is not in there."""
    from ..ligands import Ligand

    try:
        name = Ligand.from_component(residue.name).name
    except LigandError:
        return ""
    return f"{name}, {residue}"


def _bound(
    structure: Structure, residue: Residue, chemistry: Ligand | None
) -> tuple[Ligand, Pose, tuple[Finding, ...]]:
    """Match a chemistry, or the component's, on a residue of the structure."""
    from ..ligands import Ligand
    from ..ligands.components import component_names

    own: Ligand | None = None
    given = chemistry is not None
    if chemistry is None:
        try:
            chemistry = own = Ligand.from_component(residue.name)
        except LigandNotFoundError as problem:
            raise LigandNotFoundError(
                f"The bound ligand {residue} is not in the chemical component dictionary, so its "
                "bond orders are not known: give its SMILES or name as the ligand."
            ) from problem
    atoms = slice(residue.start, residue.stop)
    coords = structure.coords[atoms]
    names = [str(name) for name in structure.atom_names[atoms]]
    elements = [str(element) for element in structure.elements[atoms]]
    where = f"{residue} of {structure.name}"
    try:
        match = match_atoms(chemistry.mol, chemistry.atom_names, names, elements, coords, where)
    except LigandMatchError as problem:
        if given:
            asked = chemistry.name if len(chemistry.name) <= 60 else f"{chemistry.name[:57]}..."
            bound = dict(component_names().values()).get(residue.name)
            what = f"{bound} ({residue}) is" if bound else f"{residue} is"
            raise LigandMatchError(
                f"{asked} is not what is bound in {structure.name}; {what}. {problem}"
            ) from None
        raise LigandMatchError(
            f"{problem} Component {residue.name} is {chemistry.formula}; if the residue name is "
            "only a placeholder, give the SMILES or the name of the ligand."
        ) from None
    if given and match.missing:
        _refuse_larger(residue, chemistry, names, where)
    placed = np.array(
        [coords[i] if i >= 0 else (np.nan, np.nan, np.nan) for i in match.atoms]
    ).reshape(-1, 3)
    findings: list[Finding] = []
    # Names in the file are what the user sees in a viewer.
    shown = tuple(
        names[i] if i >= 0 else chemistry.atom_names[k] for k, i in enumerate(match.atoms)
    )
    missing = tuple(shown[i] for i in match.missing)
    if missing:
        message = (
            f"{residue} is incomplete: {len(missing)} of {chemistry.n_heavy} heavy atoms are not "
            f"resolved ({', '.join(missing)}) and do not take part."
        )
        findings.append(Finding("ligand-incomplete", message, "warning", residue.id))
    if match.by == "graph" and own is not None:
        message = (
            f"The atom names of {residue} are not those of its component; its atoms were matched "
            "by their connections."
        )
        findings.append(Finding("ligand-names", message, "note", residue.id))
    ligand, stereo = _with_stereo(chemistry, placed, shown)
    findings.extend(replace(item, residue=residue.id) for item in stereo)
    if given and not ligand.code and _same(residue.name, ligand):
        unnamed = ligand.name in (ligand.smiles, chemistry.smiles)
        name = Ligand.from_component(residue.name).name if unnamed else ligand.name
        ligand = replace(ligand, code=residue.name, name=name)
    source: PoseSource = "modelled" if structure.kind in _MODELLED else "experimental"
    for finding in structure.findings:
        source = POSE_SOURCES.get(finding.code, source)
    if source == "modelled":
        what = _KINDS.get(structure.kind, structure.kind)
        message = f"{structure.name} is a {what}: the pose of {ligand.name} was not observed in it."
        findings.append(Finding("pose-modelled", message, "warning", residue.id))
    template = structure.pdb_id if source == "template" else ""
    located = Pose(placed, source, template, missing=missing)
    return replace(ligand, atom_names=shown), located, tuple(findings)


def _same(code: str, ligand: Ligand) -> bool:
    """Whether a bundled component is this compound."""
    from ..ligands.components import component, has_component

    return has_component(code) and bool(component(code)["inchikey"] == ligand.inchikey)


def _refuse_larger(residue: Residue, chemistry: Ligand, names: Sequence[str], where: str) -> None:
    """A complete ligand is not a fragment of a larger compound that the user names."""
    from ..ligands.components import component

    try:
        entry = component(residue.name)
    except LigandError:
        return
    # Equal names, because a residue may be called LIG without being the component LIG.
    if {row[0] for row in entry["atoms"]} == set(names):
        raise LigandMatchError(
            f"{where} is complete with {len(names)} heavy atoms ({entry['formula']}), and the "
            f"chemistry given has {chemistry.n_heavy} ({chemistry.formula}): it is another "
            f"compound, of which {residue.name} is a part. Leave the ligand out to use the bound "
            "one, or give a file of yours in this frame."
        )


def _with_stereo(
    chemistry: Ligand, coords: NDArray[np.float64], names: Sequence[str]
) -> tuple[Ligand, tuple[Finding, ...]]:
    """Ligand with open stereo filled in from coordinates, and what was found."""
    from ..ligands import rebuilt

    mol, findings = assign_stereo(chemistry.mol, coords, names)
    return (chemistry if mol is chemistry.mol else rebuilt(chemistry, mol)), findings


def _own_coordinates(
    structure: Structure, chemistry: Ligand, chain: str, *, asked: bool
) -> Located:
    """Use the coordinates that came with the ligand, if they lie in the pocket."""
    coords = chemistry.coords
    assert coords is not None
    share, nearest = _share_in_pocket(structure, chain, coords)
    inside = share >= parameter("pocket_share")
    if nearest > parameter("frame_distance"):
        raise PlacementError(
            f"The coordinates of {chemistry.name} are {nearest:.0f} A away from the protein of "
            f"{structure.name}: the file is not in the frame of this structure."
        )
    ligand, findings = _with_stereo(chemistry, coords, chemistry.atom_names)
    more = [*findings]
    if not asked:
        message = f"{ligand.name} is used at the coordinates of its file, which lie in the pocket."
        more.append(Finding("pose-from-file", message, "choice"))
    if asked and not inside:
        message = (
            f"Only {share:.0%} of the atoms of {ligand.name} are near the pocket: check that the "
            "file is in the frame of the structure."
        )
        more.append(Finding("pose-outside-pocket", message, "warning"))
    return Located(ligand, Pose(coords, "user"), None, tuple(more))


def _share_in_pocket(
    structure: Structure, chain: str, coords: NDArray[np.float64]
) -> tuple[float, float]:
    """Share of atoms near the pocket (near any residue if there is none), nearest distance."""
    from scipy.spatial import cKDTree

    numbering = structure.numbering(chain)
    residues = structure.protein(chain)
    pocket = [r for r in residues if numbering.klifs(r.id) is not None] or list(residues)
    near = np.concatenate([structure.coords[r.start : r.stop] for r in pocket])
    everything = np.concatenate([structure.coords[r.start : r.stop] for r in residues])
    apart = cKDTree(near).query(coords)[0]
    nearest = cKDTree(everything).query(coords)[0]
    return float(np.mean(apart <= parameter("pocket_contact"))), float(nearest.min())


def neighbourhood(
    structure: Structure, coords: NDArray[np.float64], names: Sequence[str]
) -> tuple[Finding, ...]:
    """Report covalent links and overlaps between ligand and protein.

    Parameters
    ----------
    structure : Structure
        The structure.
    coords : (n, 3) float64
        Heavy atoms of the ligand in angstrom; nan where not resolved.
    names : sequence of str
        Their names.

    Returns
    -------
    tuple of Finding
    """
    from scipy.spatial import cKDTree

    protein = [r for r in structure.residues if r.kind == "protein"]
    if not protein:
        return ()
    index = np.concatenate([np.arange(r.start, r.stop) for r in protein])
    owner = {int(i): r for r in protein for i in range(r.start, r.stop)}
    known = np.flatnonzero(~np.isnan(coords).any(axis=1))
    apart, which = cKDTree(structure.coords[index]).query(coords[known])
    close = [
        (names[int(known[i])], int(index[which[i]]), float(apart[i]))
        for i in np.flatnonzero(apart < parameter("covalent_link"))
    ]
    if not close:
        return ()
    listed = ", ".join(
        f"{name} to {owner[atom].name} {owner[atom].id} {structure.atom_names[atom]} ({far:.1f} A)"
        for name, atom, far in close[:4]
    )
    if len({owner[atom].id for _, atom, _ in close}) == 1 and len(close) <= 2:
        message = (
            f"The ligand is bound covalently: {listed}. Covalent chemistry is not modelled, so a "
            "mutation of that residue is not judged."
        )
        return (Finding("covalent", message, "warning", owner[close[0][1]].id),)
    message = f"The ligand overlaps with the protein at {len(close)} atoms: {listed}."
    return (Finding("ligand-overlap", message, "warning"),)
