"""Whether a prepared model can be trusted: geometry, chirality, overlaps, the ligand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..reference import read_csv, read_json
from .drafts import Part, inverted_centres

if TYPE_CHECKING:
    from ..complexes import Complex

__all__ = ["Check", "check_ligand", "check_protein"]

Floats = NDArray[np.float64]

#: Van der Waals radii of Bondi 1964, doi:10.1021/j100785a001, in angstrom.
_BONDI: Final = {
    "C": 1.70, "N": 1.55, "O": 1.52, "S": 1.80, "P": 1.80, "F": 1.47, "CL": 1.75, "BR": 1.85,
    "I": 1.98, "B": 1.92, "SI": 2.10,
}  # fmt: skip
_POLAR: Final = frozenset({"N", "O"})
_RINGS: Final = {
    "PHE": ("CG", "CD1", "CD2", "CE1", "CE2", "CZ"),
    "TYR": ("CG", "CD1", "CD2", "CE1", "CE2", "CZ", "OH"),
    "TRP": ("CG", "CD1", "CD2", "NE1", "CE2", "CE3", "CZ2", "CZ3", "CH2"),
    "HIS": ("CG", "ND1", "CD2", "CE1", "NE2"),
    "ARG": ("NE", "CZ", "NH1", "NH2"),
}
#: Heavy atoms closer than this are bonded; no contact without a bond comes as near.
_BONDED_ANG: Final = 2.0
_DISULFIDE_ANG: Final = 2.3


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a model.

    Parameters
    ----------
    name : str
        What was checked.
    value : float
        What was found, in the unit that the name gives.
    limit : float
        What is allowed.
    detail : str
        Where the largest value is, or what failed.
    """

    name: str
    value: float
    limit: float
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the value is within its limit."""
        return self.value <= self.limit


class _Worst:
    """Keeps the largest value and where it is."""

    def __init__(self) -> None:
        self.value, self.where = 0.0, ""

    def see(self, value: float, where: str) -> None:
        if value > self.value:
            self.value, self.where = float(value), where


def _angle(a: Floats, b: Floats, c: Floats) -> float:
    u, v = a - b, c - b
    cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def check_protein(
    parts: Sequence[Part], atoms: Sequence[Mapping[str, Floats]], ligand: tuple[Floats, list[str]]
) -> list[Check]:
    """Check the geometry of a chain and its contacts.

    Parameters
    ----------
    parts : sequence of Part
        Residues and caps.
    atoms : sequence of mapping of str to (3,) float64
        Positions of each part's atoms in angstrom; hydrogens are ignored.
    ligand : ((n, 3) float64, list of str)
        Positions and elements of the ligand's heavy atoms; may be empty.

    Returns
    -------
    list of Check

    References
    ----------
    Limits: ``reference/data/preparation.json``; ideal geometry as in `trkstruct.rotamers`.
    """
    limits = read_json("preparation.json")["checks"]
    bond, angle, ring = _Worst(), _Worst(), _Worst()
    inverted: list[str] = []
    table = [row for row in read_csv("side_chain_geometry.csv")]
    for part, found in zip(parts, atoms, strict=True):
        for row in table:
            if row["residue"] != part.name:
                continue
            where = f"{part.name} {part.where} {row['atom']}"
            b, c, d = (found[row[key]] for key in ("ref2", "ref3", "atom"))
            bond.see(abs(float(np.linalg.norm(d - c)) - float(row["bond_ang"])), where)
            angle.see(abs(_angle(b, c, d) - float(row["angle_deg"])), where)
        if part.name in _RINGS:
            ring.see(
                _out_of_plane([found[n] for n in _RINGS[part.name]]), f"{part.name} {part.where}"
            )
        inverted += [f"{part.name} {part.where} {c}" for c in inverted_centres(part.name, found)]
    overlap, hbond = _overlaps(parts, atoms, ligand)
    return [
        Check("bond length off by, A", round(bond.value, 3), limits["bond_ang"], bond.where),
        Check("bond angle off by, deg", round(angle.value, 1), limits["angle_deg"], angle.where),
        Check("ring out of plane, A", round(ring.value, 3), limits["planarity_ang"], ring.where),
        Check("inverted centres", len(inverted), 0, ", ".join(inverted)),
        Check("overlap, A", round(overlap.value, 2), limits["overlap_ang"], overlap.where),
        Check("polar overlap, A", round(hbond.value, 2), limits["hbond_overlap_ang"], hbond.where),
    ]


def _out_of_plane(points: Sequence[Floats]) -> float:
    """Return the largest distance of points from their best plane."""
    p = np.array(points)
    p = p - p.mean(axis=0)
    normal = np.linalg.svd(p)[2][2]
    return float(np.abs(p @ normal).max())


def _overlaps(
    parts: Sequence[Part], atoms: Sequence[Mapping[str, Floats]], ligand: tuple[Floats, list[str]]
) -> tuple[_Worst, _Worst]:
    """Return the worst overlaps of heavy atoms more than three bonds apart; polar pairs apart."""
    from scipy.spatial import cKDTree

    labels, elements, coords = [], [], []
    for part, found in zip(parts, atoms, strict=True):
        for name, position in found.items():
            if not name.startswith("H"):
                labels.append(f"{part.name} {part.where} {name}")
                elements.append(name[0])
                coords.append(position)
    first = len(coords)
    for number, (position, element) in enumerate(zip(*ligand, strict=True)):
        labels.append(f"ligand atom {number + 1}")
        elements.append(element.upper())
        coords.append(position)
    xyz = np.array(coords)
    tree = cKDTree(xyz)
    neighbours: list[set[int]] = [set() for _ in coords]
    for i, j in tree.query_pairs(_DISULFIDE_ANG):
        both_sulfur = elements[i] == elements[j] == "S"
        apart = np.linalg.norm(xyz[i] - xyz[j])
        if (both_sulfur or apart < _BONDED_ANG) and (i < first) == (j < first):
            neighbours[i].add(j)
            neighbours[j].add(i)
    plain, polar = _Worst(), _Worst()
    for i, j in tree.query_pairs(3.6):
        if (i >= first and j >= first) or j in _within_three(neighbours, i):
            continue
        overlap = _BONDI[elements[i]] + _BONDI[elements[j]] - float(np.linalg.norm(xyz[i] - xyz[j]))
        worst = polar if elements[i] in _POLAR and elements[j] in _POLAR else plain
        worst.see(overlap, f"{labels[i]} - {labels[j]}")
    return plain, polar


def _within_three(neighbours: Sequence[set[int]], start: int) -> set[int]:
    reached = {start}
    for _ in range(3):
        reached |= {j for i in reached for j in neighbours[i]}
    return reached


def check_ligand(complex_: Complex, protein_pdb: str) -> list[Check]:
    """Check a ligand's pose by PoseBusters.

    Parameters
    ----------
    complex_ : Complex
        The complex whose ligand is meant.
    protein_pdb : str
        The prepared protein in PDB format.

    Returns
    -------
    list of Check
        One, with the names of the tests that failed; or one that says that PoseBusters is
        not installed.

    References
    ----------
    Buttenschoen et al. 2024, Chem Sci 15:3130, doi:10.1039/D3SC04185A.
    """
    try:
        from posebusters import PoseBusters
    except ImportError:
        return [Check("PoseBusters", 0, 0, "not installed: the ligand was not checked")]
    import tempfile
    import warnings
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        protein, ligand = Path(folder, "protein.pdb"), Path(folder, "ligand.sdf")
        protein.write_text(protein_pdb)
        ligand.write_text(complex_.ligand_sdf(hydrogens=True))
        report = PoseBusters(config="dock").bust([ligand], None, protein)
    row = report.iloc[0]
    failed = [str(name) for name, value in row.items() if value is False or value == False]  # noqa: E712
    return [Check(f"PoseBusters, failed of {len(row)}", len(failed), 0, ", ".join(failed))]
