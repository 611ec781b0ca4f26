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
    chosen = " or ".join(
        f"(chain '{s.residue.id.chain}' and resi "
        f"{s.residue.id.number}{s.residue.id.insertion_code})".replace("resi -", "resi \\-")
        for s in mutant.sites
    )
    lines = [
        f"# {_plain(mutant.text)} against {_plain(mutant.complex.ligand.name)}; open in the",
        "# folder of the files: pymol scene.pml",
        "load protein.pdb, protein",
        "load mutant.pdb, mutant",
        "load ligand.sdf, inhibitor",
        "hide everything",
        "bg_color white",
        "set cartoon_transparency, 0.6",
        "show cartoon, protein",
        "color grey80, protein",
        "show sticks, inhibitor",
        "util.cbay inhibitor",
        f"select wild_type, protein and ({chosen})",
        "show sticks, wild_type",
        "color grey50, wild_type",
        "show sticks, mutant",
        "util.cbao mutant",
        "# All conformers at once; 'set all_states, 0' steps through them instead.",
        "set all_states, 1, mutant",
        "set stick_radius, 0.12, mutant",
        "select pocket, byres (protein within 5 of inhibitor) and not wild_type",
        "show lines, pocket",
        "color grey60, pocket",
        "set dash_color, 0xD55E00",
        "set dash_width, 4",
        "set dash_gap, 0.25",
        "set label_color, black",
    ]
    # One dash a pair of atoms, in the conformer where they overlap most.
    worst: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: -row["overlap_ang"]):
        worst.setdefault((row["residue"], row["protein_atom"], row["ligand_atom"]), row)
    for number, row in enumerate(list(worst.values())[:_MOST_DASHES]):
        where = row["residue"].split(":")[-1].replace("-", "\\-")
        index = mutant.complex.ligand_atoms.names.index(row["ligand_atom"]) + 1
        lines.append(
            f"distance clash_{number + 1:02d}, (mutant and resi {where} and name "
            f"{row['protein_atom']}), (inhibitor and index {index}), "
            f"state1={row['state']}, state2=1"
        )
    lines += [
        "group clashes, clash_*",
        "deselect",
        "orient inhibitor or mutant",
        "zoom inhibitor or mutant, 6",
        "",
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a name without line breaks or other control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


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
