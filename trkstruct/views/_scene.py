"""What a 3D view shows of a complex or a mutant: atoms, marks and labels, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..atoms import AtomType, protein_atom_type
from ..residues import BACKBONE_ATOMS
from ._colours import COLOURS
from ._frame import Frame
from .pymol import clashes as find_clashes

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ensembles import Mutant
    from ..sites import Site

__all__ = ["COLOURS", "REGIONS", "Model", "Panel", "lost_hydrogen_bonds", "panel_of"]

Floats = NDArray[np.float64]

#: Colours that stay apart for colour-blind readers (Okabe and Ito; Wong, Nat. Methods 2011,
#: doi:10.1038/nmeth.1618), one a part of the pocket, with the KLIFS regions it is made of.
REGIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "P-loop": ("#56B4E9", ("I", "g.l", "II")),
    "αC helix and back": ("#0072B2", ("III", "alphaC", "b.l", "IV", "V")),
    "gatekeeper": ("#CC79A7", ("GK",)),
    "hinge": ("#009E73", ("hinge",)),
    "solvent front": ("#A08A00", ("linker", "alphaD")),
    "catalytic loop": ("#B9B4A6", ("alphaE", "VI", "c.l", "VII", "VIII")),
    "xDFG and activation loop": ("#6A3D7C", ("xDFG", "a.l")),
}
_ELEMENTS: Final = {
    "N": "#3050F8", "O": "#E0201B", "S": "#C9A400", "F": "#4FA83D", "Cl": "#4FA83D",
    "Br": "#8C3A1F", "I": "#6A2E8C", "P": "#E07A00", "B": "#C98A8A",
}  # fmt: skip
#: Conformers of a mutant that are drawn, and the least weight of one.
_MOST_CONFORMERS: Final = 4
_LEAST_WEIGHT: Final = 0.05
#: Below this a conformer could not be seen.
_FAINTEST: Final = 0.4
_MOST_CLASHES: Final = 8
#: Overlaps that are written out; more would hide one another.
_MOST_FIGURES: Final = 4
#: Residues that are shown where there is no kinase pocket, in angstrom from the inhibitor.
_NEAR_ANG: Final = 6.0
#: Landmarks of the pocket that are named, by KLIFS position.
_NAMED: Final = {45: "GK", 80: "xDFG"}


@dataclass(frozen=True, slots=True)
class Model:
    """Atoms of one kind.

    Parameters
    ----------
    text : str
        A PDB or MOL block.
    format : {"pdb", "sdf"}
        Which of them.
    styles : tuple of (dict, dict)
        Selection and style, as 3Dmol.js has them.
    """

    text: str
    format: str
    styles: tuple[tuple[dict[str, Any], dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a view.

    Parameters
    ----------
    inhibitor, host, note : str
        The inhibitor; kinase, mutation and structure; the call, or what else is to be said.
    models : tuple of Model
        The atoms; the inhibitor is the first.
    cylinders : tuple of dict
        Dashes and discs, as 3Dmol.js has them.
    labels : tuple of (str, dict)
        Text and its style.
    clashes, hydrogen_bonds : int
        How many are marked.
    regions : tuple of str
        Parts of the pocket that occur.
    focus : tuple of int
        Models that are in the middle of the picture.
    """

    inhibitor: str
    host: str
    note: str
    models: tuple[Model, ...]
    cylinders: tuple[dict[str, Any], ...]
    labels: tuple[tuple[str, dict[str, Any]], ...]
    clashes: int
    hydrogen_bonds: int
    regions: tuple[str, ...]
    focus: tuple[int, ...]

    @property
    def title(self) -> str:
        """Inhibitor, kinase, mutation and structure."""
        return f"{self.inhibitor}, {self.host}"


# --- atoms


def _pdb(atoms: Iterable[tuple[str, str, str, int, str, Any, str]]) -> str:
    """Return a PDB block of (name, residue, chain, number, insertion code, xyz, element)."""
    lines = []
    for serial, (name, residue, chain, number, code, xyz, element) in enumerate(atoms, start=1):
        padded = f" {name:<3.3s}" if len(name) < 4 and len(element) < 2 else f"{name:<4.4s}"
        x, y, z = xyz
        lines.append(
            f"ATOM  {serial % 100000:5d} {padded} {residue:>3.3s} {chain[:1] or ' '}"
            f"{number % 10000:4d}{code[:1] or ' '}   {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00"
            f"          {element:>2.2s}"
        )
    return "\n".join([*lines, "END", ""])


def _stick(
    colour: str, radius: float, opacity: float = 1.0, elements: bool = False
) -> dict[str, Any]:
    """Return a style of sticks; with `elements` the colour is that of carbon only."""
    style: dict[str, Any] = {"radius": radius}
    if elements:
        style["colorscheme"] = {"prop": "elem", "map": {**_ELEMENTS, "C": colour}}
    else:
        style["color"] = colour
    if opacity < 1.0:
        style["opacity"] = round(opacity, 2)
    return {"stick": style}


def _residue_atoms(complex_: Complex, residue: Any, frame: Frame) -> list[Any]:
    structure, where = complex_.structure, residue.id
    own = slice(residue.start, residue.stop)
    return [
        (str(name), residue.name, where.chain, where.number, where.insertion_code, xyz, str(kind))
        for name, kind, xyz in zip(
            structure.atom_names[own], structure.elements[own],
            frame(structure.coords[own]), strict=True,
        )
    ]  # fmt: skip


def _chain(complex_: Complex, frame: Frame) -> Model:
    """Return the chain as a faint ribbon."""
    atoms = [
        atom
        for residue in complex_.structure.protein(complex_.chain)
        for atom in _residue_atoms(complex_, residue, frame)
        if atom[0] in BACKBONE_ATOMS
    ]
    ribbon = {"cartoon": {"color": COLOURS["chain"], "opacity": 0.25, "thickness": 0.2}}
    return Model(_pdb(atoms), "pdb", (({}, ribbon),))


def _pocket(
    complex_: Complex, frame: Frame, left_out: frozenset[int]
) -> tuple[Model, tuple[str, ...]]:
    """Return the pocket's residues by region, and the regions that occur."""
    part_of = {region: part for part, (_, regions) in REGIONS.items() for region in regions}
    structure = complex_.structure
    wanted: list[tuple[Any, str]] = []
    if complex_.numbering.kinase is not None:
        for row in structure.pocket_of(complex_.chain):
            if row.residue is not None:
                wanted.append((structure.residue(row.residue), part_of.get(row.region, "")))
    if not wanted:
        wanted = [(residue, "") for residue in complex_.near(_NEAR_ANG)]
    atoms: list[Any] = []
    serials: dict[str, list[int]] = {}
    for residue, part in wanted:
        own = _residue_atoms(complex_, residue, frame)
        if residue.index in left_out:
            own = [atom for atom in own if atom[0] in BACKBONE_ATOMS]
        serials.setdefault(part, []).extend(range(len(atoms) + 1, len(atoms) + len(own) + 1))
        atoms += own
    styles = tuple(
        ({"serial": numbers}, _stick(REGIONS[part][0] if part else COLOURS["other"], 0.07))
        for part, numbers in serials.items()
    )
    return Model(_pdb(atoms), "pdb", styles), tuple(part for part in REGIONS if part in serials)


def _inhibitor(complex_: Complex, frame: Frame) -> Model:
    from rdkit import Chem

    mol = complex_.to_rdkit(hydrogens=False)
    conformer = mol.GetConformer()
    for number, xyz in enumerate(frame(conformer.GetPositions())):
        conformer.SetAtomPosition(number, xyz.tolist())
    mol.SetProp("_Name", "")
    stick = _stick(COLOURS["inhibitor"], 0.17, elements=True)
    return Model(Chem.MolToMolBlock(mol), "sdf", (({}, stick),))


def _side_chain(
    site: Site, residue: str, names: Iterable[str], coords: Any, frame: Frame
) -> list[Any]:
    """Return a side chain with the backbone atom that it hangs on."""
    where = site.residue.id
    # Proline's ring closes on the nitrogen.
    hung = ("CA", "N") if residue == "PRO" else ("CA",)
    atoms = [(name, site.positions[name]) for name in hung]
    atoms += list(zip(names, coords, strict=True))
    return [
        (name, residue, where.chain, where.number, where.insertion_code, frame(xyz), name[0])
        for name, xyz in atoms
    ]


def _drawn(mutant: Mutant, number: int) -> list[tuple[int, float]]:
    """Return the conformers of a site that are drawn, with their weights."""
    weight = np.maximum(mutant.mutant.free[number], mutant.mutant.bound[number])
    order = [int(i) for i in np.argsort(-weight, kind="stable")[:_MOST_CONFORMERS]]
    return [(i, float(weight[i])) for i in order if weight[i] >= _LEAST_WEIGHT or i == order[0]]


def _mutated(mutant: Mutant, frame: Frame) -> list[Model]:
    """Return the wild-type residues and the conformers of the mutant."""
    models = []
    for number, (site, energies) in enumerate(
        zip(mutant.sites, mutant.mutant.energies, strict=True)
    ):
        own = [name for name in site.positions if name not in BACKBONE_ATOMS]
        atoms = _side_chain(
            site, site.residue.parent, own, [site.positions[name] for name in own], frame
        )
        style = _stick(COLOURS["wild type"], 0.14)
        style["sphere"] = {"radius": 0.28, "color": COLOURS["wild type"]}
        models.append(Model(_pdb(atoms), "pdb", (({}, style),)))
        built = energies.conformers
        drawn = _drawn(mutant, number)
        for conformer, weight in drawn:
            atoms = _side_chain(site, built.residue, built.atoms, built.coords[conformer], frame)
            share = weight / max(drawn[0][1], 1e-9)
            opacity = _FAINTEST + (1.0 - _FAINTEST) * share
            stick = _stick(COLOURS["mutant"], 0.15, opacity, elements=True)
            if not built.atoms:
                stick = {"sphere": {"radius": 0.4, "color": COLOURS["mutant"]}}
            models.append(Model(_pdb(atoms), "pdb", (({}, stick),)))
    return models


# --- marks


def _xyz(point: Any) -> dict[str, float]:
    return {axis: round(float(value), 3) for axis, value in zip("xyz", point, strict=True)}


def _dashes(one: Floats, two: Floats, colour: str) -> dict[str, Any]:
    return {
        "start": _xyz(one), "end": _xyz(two), "radius": 0.06, "color": colour,
        "dashed": True, "dashLength": 0.18, "gapLength": 0.12, "fromCap": 1, "toCap": 1,
    }  # fmt: skip


def _disc(one: Floats, two: Floats, overlap: float) -> dict[str, Any]:
    """Return a disc across the line between two atoms, the wider the more they overlap."""
    middle, along = (one + two) / 2.0, (two - one) / np.linalg.norm(two - one)
    return {
        "start": _xyz(middle - 0.04 * along), "end": _xyz(middle + 0.04 * along),
        "radius": round(0.2 + 0.3 * min(overlap, 2.0), 3), "color": COLOURS["clash"],
        "opacity": 0.85, "fromCap": 1, "toCap": 1,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Word:
    """A label, and the point in the frame of the picture that it is about."""

    text: str
    point: Floats
    colour: str
    size: int


#: Room of a label in the picture, in angstrom a character and a line.
_WIDE_ANG: Final = 0.42
_HIGH_ANG: Final = 1.5


def _placed(words: list[_Word], atoms: Floats) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return labels beside what they are about, none on another, with lines that lead there.

    ``atoms`` are those that should stay in sight, (n, 3) float64 in the frame of the picture.
    """
    labels, lines = [], []
    taken: list[tuple[float, float, float]] = []
    turns = np.arange(24) * np.pi / 12.0
    for word in words:
        half = _WIDE_ANG * len(word.text) / 2.0 + 0.3

        def cost(point: Floats, half: float = half) -> float:
            hidden = (np.abs(atoms[:, 0] - point[0]) < half) & (
                np.abs(atoms[:, 1] - point[1]) < _HIGH_ANG / 2.0
            )
            covered = sum(
                abs(point[0] - x) < half + wide and abs(point[1] - y) < _HIGH_ANG
                for x, y, wide in taken
            )
            return float(10.0 * covered + hidden.sum())

        tried = [
            word.point + away * np.array([np.cos(turn), np.sin(turn), 0.0])
            for away in (1.6, 2.6, 3.8, 5.0)
            for turn in turns
        ]
        costs = [cost(point) for point in tried]
        best = tried[int(np.argmin(costs))]
        taken.append((float(best[0]), float(best[1]), half))
        labels.append(
            (
                word.text,
                {
                    "position": _xyz(best), "fontSize": word.size, "fontColor": word.colour,
                    "backgroundColor": "#FFFFFF", "backgroundOpacity": 0.8, "inFront": True,
                    "alignment": "center",
                },
            )
        )  # fmt: skip
        lines.append(
            {"start": _xyz(word.point), "end": _xyz(best), "radius": 0.025, "color": word.colour}
        )
    return labels, lines


def _clash_marks(mutant: Mutant, frame: Frame) -> tuple[list[dict[str, Any]], list[_Word], int]:
    """Return dashes, discs and figures of the worst overlaps of what is drawn."""
    sites = {str(site.residue.id): number for number, site in enumerate(mutant.sites)}
    drawn = [{i for i, _ in _drawn(mutant, number)} for number in range(len(mutant.sites))]
    worst: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(find_clashes(mutant), key=lambda row: -row["overlap_ang"]):
        if row["conformer"] in drawn[sites[row["residue"]]]:
            worst.setdefault((row["residue"], row["protein_atom"], row["ligand_atom"]), row)
    cylinders, labels = [], []
    ligand = mutant.complex.ligand_atoms
    shown = list(worst.values())[:_MOST_CLASHES]
    for number, row in enumerate(shown):
        built = mutant.mutant.energies[sites[row["residue"]]].conformers
        one = frame(built.coords[row["conformer"]][built.atoms.index(row["protein_atom"])])
        two = frame(ligand.coords[ligand.names.index(row["ligand_atom"])])
        cylinders += [
            _dashes(one, two, COLOURS["clash"]), _disc(one, two, float(row["overlap_ang"])),
        ]  # fmt: skip
        if number < _MOST_FIGURES:
            text = f"{row['overlap_ang']:.1f} Å"
            labels.append(_Word(text, (one + two) / 2.0, "#8A3B00", 12))
    return cylinders, labels, len(shown)


def _bonded(one: AtomType, two: AtomType, apart: float) -> bool:
    """Return whether Vina's term would see a hydrogen bond (doi:10.1002/jcc.21334)."""
    fits = (one.donor and two.acceptor) or (one.acceptor and two.donor)
    return bool(fits and apart < one.radius + two.radius)


def lost_hydrogen_bonds(mutant: Mutant) -> list[tuple[str, str, str, Floats, Floats]]:
    """List hydrogen bonds of wild-type side chains with the inhibitor that the mutant lacks.

    Parameters
    ----------
    mutant : Mutant
        The model.

    Returns
    -------
    list of tuple
        Residue, its atom, the ligand's atom, and the positions of both, (3,) float64 in angstrom.
        A bond is lost where no populated conformer of the mutant bonds to the same atom.
    """
    ligand = mutant.complex.ligand_atoms
    found = []
    for number, (site, letter, energies) in enumerate(
        zip(mutant.sites, mutant.mutant.letters, mutant.mutant.energies, strict=True)
    ):
        types, built = site.types(letter), energies.conformers
        for name, position in site.positions.items():
            # Proline has no NH to give.
            if name in BACKBONE_ATOMS and not (name == "N" and letter == "P"):
                continue
            own = protein_atom_type(site.residue.parent, name)
            for other, kind in enumerate(ligand.types):
                there = ligand.coords[other]
                if not _bonded(own, kind, float(np.linalg.norm(position - there))):
                    continue
                kept = any(
                    _bonded(types[atom], kind, float(np.linalg.norm(xyz - there)))
                    for conformer, _ in _drawn(mutant, number)
                    for atom, xyz in enumerate(built.coords[conformer])
                )
                if not kept:
                    where = str(site.residue.id)
                    found.append((where, name, ligand.names[other], position, there))
    return found


def _names(complex_: Complex, mutant: Mutant | None, frame: Frame) -> list[_Word]:
    """Return labels of the mutation and of the pocket's landmarks."""
    labels, taken = [], set()
    if mutant is not None:
        for item, site in zip(mutant.mutations, mutant.sites, strict=True):
            text = item.uniprot_text or f"{item.wild_type}{item.residue.number}{item.mutant}"
            mark = _NAMED.get(item.klifs_position or 0, "")
            taken.add(site.residue.index)
            place = frame(site.positions["CA"])
            labels.append(_Word(f"{text} {mark}".strip(), place, "#000000", 15))
    if complex_.numbering.kinase is not None:
        pocket = complex_.structure.pocket_of(complex_.chain)
        for position, mark in _NAMED.items():
            row = pocket[position]
            if row.residue is None:
                continue
            residue = complex_.structure.residue(row.residue)
            alpha = complex_.structure.atoms(residue).get("CA")
            if alpha is not None and residue.index not in taken:
                text = f"{mark} {row.letter}{row.uniprot or row.residue.number}"
                labels.append(_Word(text, frame(alpha), "#404040", 12))
    return labels


def panel_of(
    complex_: Complex,
    mutant: Mutant | None,
    frame: Frame,
    *,
    clashes: bool = True,
    note: str = "",
) -> Panel:
    """Compose one picture.

    Parameters
    ----------
    complex_ : Complex
        The complex.
    mutant : Mutant or None
        A mutation in it.
    frame : Frame
        From where it is seen.
    clashes : bool, default True
        Whether to mark overlaps and lost hydrogen bonds.
    note : str, default ""
        Line below the title.

    Returns
    -------
    Panel
    """
    mutated = _mutated(mutant, frame) if mutant is not None else []
    left_out = frozenset(site.residue.index for site in mutant.sites) if mutant else frozenset()
    pocket, regions = _pocket(complex_, frame, left_out)
    models = (_inhibitor(complex_, frame), *mutated, pocket, _chain(complex_, frame))
    kinase = complex_.numbering.kinase
    host = f"{kinase.name if kinase else ''} {mutant.text if mutant else ''}".strip()
    words = _names(complex_, mutant, frame)
    cylinders: list[dict[str, Any]] = []
    count, lost = 0, []
    if mutant is not None and clashes:
        cylinders, figures, count = _clash_marks(mutant, frame)
        lost = lost_hydrogen_bonds(mutant)
        for _, _, _, one, two in lost:
            cylinders.append(_dashes(frame(one), frame(two), COLOURS["lost hydrogen bond"]))
        if lost:
            middle = (frame(lost[0][3]) + frame(lost[0][4])) / 2.0
            words.append(_Word("H-bond lost", middle, COLOURS["lost hydrogen bond"], 12))
        words += figures
    seen = [frame(complex_.ligand_atoms.coords)]
    if mutant is not None:
        for number, energies in enumerate(mutant.mutant.energies):
            seen += [frame(energies.conformers.coords[i]) for i, _ in _drawn(mutant, number)]
        seen += [frame(list(site.positions.values())) for site in mutant.sites]
    # Nor are dashes and discs hidden.
    for mark in cylinders:
        start, end = (np.array([mark[at][axis] for axis in "xyz"]) for at in ("start", "end"))
        seen.append(np.linspace(start, end, 4))
    labels, lines = _placed(words, np.concatenate(seen))
    return Panel(
        complex_.ligand.name,
        f"{host} ({complex_.structure.name})".strip(),
        note,
        models,
        (*cylinders, *lines),
        tuple(labels),
        count,
        len(lost),
        regions,
        tuple(range(1 + len(mutated))),
    )
