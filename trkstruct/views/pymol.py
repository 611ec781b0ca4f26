"""A mutant as files that PyMOL, or any other viewer, opens."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .._files import write_text
from ..atoms import AtomType
from ..reference import read_json
from ..residues import BACKBONE_ATOMS
from ._colours import COLOURS
from ._frame import frame_of

if TYPE_CHECKING:
    from ..ensembles import Mutant
    from ..sites import Site

__all__ = ["clashes", "save_mutant"]

#: Columns of clashes.csv.
CLASH_COLUMNS: Final = (
    "state", "residue", "amino_acid", "conformer", "free_weight", "bound_weight",
    "protein_atom", "ligand_atom", "distance_ang", "overlap_ang",
)  # fmt: skip
#: Conformers below this weight, with the ligand and without it, are not worth a picture.
_SHOWN_WEIGHT: Final = 0.01
_MOST_STATES: Final = 20
_MOST_DASHES: Final = 8
#: Conformers that the scene shows, and how transparent each is.
_MOST_DRAWN: Final = 4
_FAINTER: Final = (0.0, 0.3, 0.45, 0.55)
#: Colours that the scene names.
_NAMED_COLOURS: Final = {
    "trk_inhibitor": "inhibitor", "trk_wild_type": "wild type", "trk_mutant": "mutant",
    "trk_clash": "clash", "trk_chain": "chain",
}  # fmt: skip


def _shown(mutant: Mutant, number: int) -> list[int]:
    """Return the conformers of a site to show, most populated first."""
    free, bound = mutant.mutant.free[number], mutant.mutant.bound[number]
    weight = np.maximum(free, bound)
    order = np.argsort(-weight, kind="stable")
    return [int(i) for i in order[:_MOST_STATES] if weight[i] >= _SHOWN_WEIGHT] or [int(order[0])]


def _overlap(one: AtomType, two: AtomType, apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the surfaces overlap in angstrom, hydrogen bonds allowed for."""
    overlap = one.radius + two.radius - apart
    if (one.donor and two.acceptor) or (one.acceptor and two.donor):
        # A hydrogen bond brings its atoms 0.7 A within each other's surfaces (Vina's term).
        overlap = overlap - 0.7
    return np.asarray(overlap)


def clashes(mutant: Mutant) -> list[dict[str, Any]]:
    """List the overlaps between the mutant's conformers and the ligand.

    Parameters
    ----------
    mutant : Mutant
        The model.

    Returns
    -------
    list of dict
        One a pair of atoms, with the keys of `CLASH_COLUMNS`; by state, largest overlap first.
    """
    least = float(read_json("parameters.json")["clash_overlap_ang"])
    ligand = mutant.complex.ligand_atoms
    rows: list[dict[str, Any]] = []
    for number, (site, letter, energies) in enumerate(
        zip(mutant.sites, mutant.mutant.letters, mutant.mutant.energies, strict=True)
    ):
        types = site.types(letter)
        for state, conformer in enumerate(_shown(mutant, number), start=1):
            coords = energies.conformers.coords[conformer]
            found = []
            for atom, name in enumerate(energies.conformers.atoms):
                apart = np.linalg.norm(ligand.coords - coords[atom], axis=1)
                for other, kind in enumerate(ligand.types):
                    overlap = float(_overlap(types[atom], kind, apart[other]))
                    if overlap > least:
                        found.append((overlap, name, ligand.names[other], float(apart[other])))
            for overlap, name, ligand_atom, distance in sorted(found, key=lambda x: -x[0]):
                rows.append(
                    dict(
                        zip(
                            CLASH_COLUMNS,
                            (
                                state, str(site.residue.id), letter, conformer,
                                round(float(mutant.mutant.free[number][conformer]), 4),
                                round(float(mutant.mutant.bound[number][conformer]), 4),
                                name, ligand_atom, round(distance, 3), round(overlap, 3),
                            ),
                            strict=True,
                        )
                    )
                )  # fmt: skip
    return rows


def _pdb_line(serial: int, name: str, residue: str, site: Site, position: Any, weights: Any) -> str:
    """Return an ATOM record; ``weights`` are occupancy and temperature factor."""
    where = site.residue.id
    padded = f" {name:<3s}" if len(name) < 4 else name
    x, y, z = position
    return (
        f"ATOM  {serial:5d} {padded} {residue:>3s} {where.chain[:1] or ' '}{where.number:4d}"
        f"{where.insertion_code or ' '}   {x:8.3f}{y:8.3f}{z:8.3f}"
        f"{weights[0]:6.2f}{weights[1]:6.2f}          {name[0]:>2s}"
    )


def _mutant_pdb(mutant: Mutant) -> str:
    """Return the mutated residues as one model a state."""
    lines = [
        f"REMARK   1 {_plain(mutant.text)} OF {mutant.complex.structure.name}, BUILT BY TRKSTRUCT",
        "REMARK   1 ONE MODEL A CONFORMER; OCCUPANCY: WEIGHT WITH THE INHIBITOR BOUND;",
        "REMARK   1 TEMPERATURE FACTOR: WEIGHT WITHOUT IT, IN PER CENT.",
    ]
    shown = [_shown(mutant, number) for number in range(len(mutant.sites))]
    for state in range(max(map(len, shown))):
        lines.append(f"MODEL     {state + 1:4d}")
        serial = 0
        for number, (site, energies) in enumerate(
            zip(mutant.sites, mutant.mutant.energies, strict=True)
        ):
            if state >= len(shown[number]):
                continue
            conformer = shown[number][state]
            weights = (
                mutant.mutant.bound[number][conformer],
                100 * mutant.mutant.free[number][conformer],
            )
            built = energies.conformers
            atoms = [(n, site.positions[n]) for n in BACKBONE_ATOMS if n in site.positions]
            atoms += list(zip(built.atoms, built.coords[conformer], strict=True))
            for name, position in atoms:
                serial += 1
                lines.append(_pdb_line(serial, name, built.residue, site, position, weights))
        lines.append("ENDMDL")
    return "\n".join([*lines, "END", ""])


def _scene(mutant: Mutant, rows: list[dict[str, Any]]) -> str:
    """Return the PyMOL script that opens the files beside it."""
    chosen = " or ".join(_residue(site) for site in mutant.sites)
    states = min(_MOST_DRAWN, max(len(_shown(mutant, n)) for n in range(len(mutant.sites))))
    lines = [
        # PyMOL takes what follows a semicolon for a command, in a comment too.
        f"# {_harmless(mutant.text)} against {_harmless(mutant.complex.ligand.name)}.",
        "# Open it in the folder of the files: pymol scene.pml",
        "load protein.pdb, protein",
        "load mutant.pdb, mutant",
        "load ligand.sdf, inhibitor",
        "hide everything",
        "bg_color white",
        *(f"set_color {name}, {_rgb(COLOURS[what])}" for name, what in _NAMED_COLOURS.items()),
        "set cartoon_transparency, 0.8",
        "show cartoon, protein",
        "color trk_chain, protein",
        f"select wild_type, protein and ({chosen})",
        "select pocket, byres (protein within 5 of inhibitor) and not wild_type",
        "show sticks, pocket and not name N+C+O",
        "set_bond stick_radius, 0.07, pocket",
        "show sticks, wild_type",
        "color trk_wild_type, wild_type",
        "show sticks, inhibitor",
        "color trk_inhibitor, inhibitor and elem C",
        "util.cnc inhibitor",
        "set stick_radius, 0.17, inhibitor",
        "# All conformers are states of the object mutant, which is off. The likeliest are shown.",
    ]
    for state in range(1, states + 1):
        name = f"conformer_{state}"
        lines += [
            f"create {name}, mutant, {state}, 1",
            f"show sticks, {name} and not name N+C+O",
            f"show nb_spheres, {name} and name CA",
            f"color trk_mutant, {name} and elem C",
            f"util.cnc {name}",
            f"set stick_radius, 0.14, {name}",
            f"set stick_transparency, {_FAINTER[state - 1]}, {name}",
        ]
    lines += ["group conformers, conformer_*", "disable mutant"]
    words = _Words(mutant, states)
    lines += [
        *_marks(mutant, rows, states, words),
        *_labels(mutant, words),
        *_camera(mutant),
        "deselect",
        "",
    ]
    return "\n".join(lines)


def _residue(site: Site) -> str:
    """Return PyMOL's selection of a residue; a minus sign would be a range."""
    where = site.residue.id
    number = f"{where.number}{where.insertion_code}".replace("-", "\\-")
    return f"(chain '{where.chain}' and resi {number})"


def _rgb(colour: str) -> str:
    return f"[{', '.join(f'{int(colour[n : n + 2], 16) / 255:.3f}' for n in (1, 3, 5))}]"


def _position(point: Any) -> str:
    return f"[{', '.join(f'{float(x):.3f}' for x in point)}]"


class _Words:
    """Finds places for words where they hide nothing.

    Parameters
    ----------
    mutant : Mutant
        The model.
    states : int
        Conformers of it that are shown.
    """

    #: Half of a word's height, and of the width of one letter, in angstrom.
    _HIGH, _LETTER = 0.9, 0.32
    #: How many hidden atoms an angstrom away is worth.
    _AWAY = 0.7

    def __init__(self, mutant: Mutant, states: int) -> None:
        self._frame = frame_of(mutant.complex, mutant)
        atoms = [mutant.complex.ligand_atoms.coords]
        for number, (site, energies) in enumerate(
            zip(mutant.sites, mutant.mutant.energies, strict=True)
        ):
            atoms.append(np.array(list(site.positions.values())))
            for conformer in _shown(mutant, number)[:states]:
                atoms.append(energies.conformers.coords[conformer])
        self._taken = self._frame(np.concatenate([part.reshape(-1, 3) for part in atoms]))[:, :2]
        self._words: list[tuple[float, float, float]] = []  # middle, and half the width

    def line(self, name: str, text: str, point: Any) -> str:
        """Return the command that writes a text near a point."""
        x, y, z = self._frame(point)
        half = self._LETTER * len(text)
        places = [
            (x + far * np.cos(turn), y + 0.7 * far * np.sin(turn), far)
            for far in (2.5, 4.0, 5.5, 7.0)
            for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ]

        def cost(place: tuple[float, float, float]) -> float:
            off = np.abs(self._taken - np.array(place[:2]))
            hidden = ((off[:, 0] < half + 0.6) & (off[:, 1] < self._HIGH + 0.3)).sum()
            covered = any(
                abs(place[0] - across) < half + wide + 0.6 and abs(place[1] - up) < 2 * self._HIGH
                for across, up, wide in self._words
            )
            return float(hidden) + self._AWAY * place[2] + 100.0 * covered

        # One that hides little; but a word far from what it names is read of something else.
        at = min(places, key=cost)
        self._words.append((at[0], at[1], half))
        moved = np.array([at[0], at[1], z]) - self._frame.shift
        place = _position(moved @ self._frame.rotation.T)
        return f'pseudoatom {name}, pos={place}, label="{text}"'


def _marks(mutant: Mutant, rows: list[dict[str, Any]], states: int, words: _Words) -> list[str]:
    """Return the overlaps of the conformers that are shown: a dash, a ball, the worst in words."""
    # One a pair of atoms, in the conformer where they overlap most.
    worst: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: -row["overlap_ang"]):
        if row["state"] <= states:
            worst.setdefault((row["residue"], row["protein_atom"], row["ligand_atom"]), row)
    ligand = mutant.complex.ligand_atoms
    sites = {str(site.residue.id): number for number, site in enumerate(mutant.sites)}
    lines = ["set dash_color, trk_clash", "set dash_width, 3", "set dash_gap, 0.2"]
    shown = list(worst.values())[:_MOST_DASHES]
    for number, row in enumerate(shown, start=1):
        site = sites[row["residue"]]
        index = ligand.names.index(row["ligand_atom"])
        built = mutant.mutant.energies[site].conformers
        one = built.coords[row["conformer"]][built.atoms.index(row["protein_atom"])]
        middle = (one + ligand.coords[index]) / 2.0
        ball = f"overlap_{number:02d}"
        lines += [
            f"distance clash_{number:02d}, (conformer_{row['state']} and "
            f"{_residue(mutant.sites[site])} and name {row['protein_atom']}), "
            f"(inhibitor and index {index + 1})",
            f"pseudoatom {ball}, pos={_position(middle)}, vdw={0.5 * row['overlap_ang']:.2f}",
            f"show spheres, {ball}",
        ]
        if number == 1:
            lines.append(words.line("overlap_label", f"overlap {row['overlap_ang']:.1f} A", middle))
    if shown:
        lines += [
            "hide labels, clash_*", "color trk_clash, overlap_*", "hide nonbonded, overlap_*",
            "hide nonbonded, overlap_label", "set sphere_transparency, 0.35, overlap_*",
            "group clashes, clash_* overlap_*",
        ]  # fmt: skip
    return lines


def _labels(mutant: Mutant, words: _Words) -> list[str]:
    """Return the names of the mutated residues, near their likeliest side chains."""
    lines = []
    for number, (item, site) in enumerate(zip(mutant.mutations, mutant.sites, strict=True), 1):
        text = item.uniprot_text or f"{item.wild_type}{item.residue.number}{item.mutant}"
        built = mutant.mutant.energies[number - 1].conformers.coords
        likeliest = built[int(mutant.mutant.bound[number - 1].argmax())]
        point = likeliest.mean(axis=0) if len(likeliest) else site.positions["CA"]
        lines.append(words.line(f"name_{number}", text, point))
    return [
        *lines, "hide nonbonded, name_*",
        "group names, name_*", "set label_size, 22", "set label_font_id, 7",
        "set label_color, black", "set float_labels, on",
    ]  # fmt: skip


def _camera(mutant: Mutant) -> list[str]:
    """Return from where the scene is looked at: as in the views of this package."""
    turn = frame_of(mutant.complex, mutant).rotation
    middle = mutant.complex.ligand_atoms.coords.mean(axis=0)
    numbers = [*turn.reshape(-1), 0.0, 0.0, -60.0, *middle, 40.0, 80.0, -20.0]
    return [
        f"set_view ({', '.join(f'{float(x):.4f}' for x in numbers)})",
        "zoom inhibitor or conformers or wild_type, 2.5",
        "clip slab, 24, inhibitor or conformers",
        "set ray_shadows, off",
        "set ray_trace_mode, 1",
        "set ray_trace_color, grey30",
        "set antialias, 2",
        "set ray_opaque_background, on",
        "set depth_cue, on",
        "set fog_start, 0.55",
    ]


def _plain(text: str) -> str:
    """Return a name without line breaks or other control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _harmless(text: str) -> str:
    """Return a name with nothing in it that PyMOL could take for a command or for code."""
    return "".join(c if c.isalnum() or c in " -+.,:()" else "_" for c in _plain(text))


def save_mutant(mutant: Mutant, folder: str | Path) -> Path:
    """Write a mutant for PyMOL.

    ``protein.pdb`` (as read), ``mutant.pdb`` (the conformers as states; occupancy is the
    weight with the inhibitor bound, temperature factor that without it in per cent),
    ``ligand.sdf``, ``clashes.csv`` and ``scene.pml``, which opens them with the
    largest overlaps as dashed distances.

    Parameters
    ----------
    mutant : Mutant
        The model.
    folder : str or pathlib.Path
        Made if it is not there; files of these names in it are replaced.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    target = Path(folder)
    rows = clashes(mutant)
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, CLASH_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    # Everything is composed before anything is written.
    files = {
        "protein.pdb": mutant.complex.structure.to_pdb_block(),
        "mutant.pdb": _mutant_pdb(mutant),
        "ligand.sdf": mutant.complex.ligand_sdf(),
        "clashes.csv": table.getvalue(),
        "scene.pml": _scene(mutant, rows),
    }
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_text(target / name, text)
    return target
