"""Docking with AutoDock Vina, for a ligand that resembles no known complex.

The receptor's PDBQT is written here, from the package's own atom types: Meeko would strip caps,
and ask a website about residues that it does not know. The ligand's is Meeko's, in the
protonation state that is scored, so that Vina sees the same donors and acceptors as the score.

Vina turns bonds and keeps everything else as it is. So it is given several geometries of the
ligand, which differ in what it cannot change: the pucker of rings, where their substituents
stand, and, of macrocycles, the ring itself. Macrocycles are not broken open: of the two that
were measured, one has no bond that Meeko would break, and the ring of the other closed only
with a strain that costs it 3 kcal/mol, at six times the time.

Vina runs in a short-lived child process: it ends the process that it runs in when it does not
like its input, writes past Python, and cannot be stopped from inside. Needs the extra ``dock``.

References
----------
AutoDock Vina 1.2: Eberhardt et al. 2021, doi:10.1021/acs.jcim.1c00203; its function: Trott &
Olson 2010, doi:10.1002/jcc.21334. Conformers: ETKDGv3, Wang et al. 2020,
doi:10.1021/acs.jcim.0c00025.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..atoms import TypedAtoms, radius
from ..errors import PlacementError
from ..ligands.chemistry import silence
from ..reference import read_json
from ..rotamers import dihedral
from ..sites import Surroundings, parameters

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..ligands import Ligand
    from ..structures import Structure

__all__ = ["Docked", "dock"]

Floats = NDArray[np.float64]

#: Bonds to a group of one heavy atom and its hydrogens: Vina does not see where those point.
_BLIND_ROTOR: Final = "[!#1]-[!#1;!$([!#1](~[!#1])~[!#1])]"
#: What the child process runs.
_CHILD: Final = "import sys; from trkstruct.placement import docking; docking._child(sys.argv[1])"


@dataclass(frozen=True, slots=True, eq=False)
class Docked:
    """A pose that Vina found.

    Parameters
    ----------
    coords : (n, 3) float64
        Heavy atoms in angstrom, in the order of the ligand's, read-only.
    affinity_kcal : float
        Vina's estimate of the binding free energy, kcal/mol.
    """

    coords: Floats
    affinity_kcal: float

    def __post_init__(self) -> None:
        own = np.array(self.coords, dtype=np.float64)
        own.flags.writeable = False
        object.__setattr__(self, "coords", own)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A geometry of the ligand as Vina reads it, and each heavy atom's number in that."""

    text: str
    serials: tuple[int, ...]


def dock(
    structure: Structure,
    ligand: Ligand,
    centre: ArrayLike,
    *,
    chain: str,
    seed: int = 0,
    size: float | Sequence[float] | None = None,
    exhaustiveness: int | None = None,
    poses: int | None = None,
) -> tuple[Docked, ...]:
    """Dock a ligand into a rigid structure.

    Parameters
    ----------
    structure : Structure
        The receptor, with its ions. Ligands, waters and buffers are left out, and so is a
        cofactor that lies where the ligand shall go.
    ligand : Ligand
        The ligand; its own coordinates are not used.
    centre : (3,) array_like of float
        Centre of the box that the ligand's heavy atoms must lie in, in angstrom.
    chain : str
        Author chain of the receptor. What lies near of other chains is there as well.
    seed : int
        Of the random numbers; the same seed gives the same poses.
    size : float or (3,) sequence of float, optional
        Edges of the box in angstrom; if left out, those of ``placement.json``.
    exhaustiveness : int, optional
        Number of searches, shared out among the ligand's geometries.
    poses : int, optional
        Most poses to return.

    Returns
    -------
    tuple of Docked
        Best first, no two alike.

    Raises
    ------
    PlacementError
        If Vina or Meeko is not installed, the ligand has an element that they do not know or
        is too large, the box is not at the chain, or nothing was found.
    ResidueNotFoundError
        If the structure has no such chain.

    Notes
    -----
    One thread. The settings and their reasons are in ``placement.json``.
    """
    settings = _settings()
    searches = int(settings["exhaustiveness"] if exhaustiveness is None else exhaustiveness)
    most = int(settings["poses"] if poses is None else poses)
    if searches < 1 or most < 1:
        raise PlacementError(
            f"Docking needs at least one search and one pose, not {searches} and {most}."
        )
    where = structure.choose_chain(chain)[0]
    origin, edges = _box(centre, size)
    _require(ligand)
    receptor = receptor_pdbqt(structure, where, origin, edges)
    prepared = _prepare(ligand, seed)
    # What one evaluation costs grows with the pairs of atoms.
    usual = float(settings["evaluations_atoms"])
    evaluations = float(settings["evaluations"]) * min(1.0, (usual / ligand.n_heavy) ** 2)
    job = {
        "seed": 1 + seed % 1_000_000_000,
        "size": edges.tolist(),
        # The first ones, whose geometries are the least strained, take what is left over.
        "searches": [len(range(k, searches, len(prepared))) for k in range(len(prepared))],
        "evaluations": round(evaluations),
        "poses": int(settings["poses_a_geometry"]),
        "range_kcal": float(settings["range_kcal"]),
        "distinct_ang": float(settings["distinct_ang"]),
        "ligands": [one.text for one in prepared],
    }
    runs = _run(ligand.name, receptor, job)
    found = _distinct(ligand, _ranked(runs, prepared), most)
    if not found:
        raise PlacementError(
            f"AutoDock Vina found no place for {ligand.name} within {_shown(edges)} A of "
            f"{_shown(origin)}: the pocket may be closed in this structure, or the box too small."
        )
    return tuple(Docked(pose.coords + origin, pose.affinity_kcal) for pose in found)


def _settings() -> dict[str, Any]:
    found: dict[str, Any] = read_json("placement.json")["docking"]
    return found


def _shown(values: Floats) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


def _box(centre: ArrayLike, size: float | Sequence[float] | None) -> tuple[Floats, Floats]:
    """Return centre and edges of the box, checked."""
    settings = _settings()
    origin = np.asarray(centre, dtype=np.float64)
    if origin.shape != (3,) or not np.isfinite(origin).all():
        raise PlacementError(
            f"The centre of the box is three numbers in the frame of the structure, not {centre!r}."
        )
    given = np.asarray(settings["box_ang"] if size is None else size, dtype=np.float64)
    edges = np.array(np.broadcast_to(given, (3,)) if given.shape in ((), (3,)) else [np.nan])
    least, most = float(settings["least_box_ang"]), float(settings["most_box_ang"])
    if not (np.isfinite(edges).all() and (edges >= least).all() and (edges <= most).all()):
        raise PlacementError(
            f"The box's size is one number or three between {least:g} and {most:g} A, not {size!r}."
        )
    return origin, edges


def _require(ligand: Ligand) -> None:
    """Make sure that docking is installed and that the ligand is none that it is not meant for."""
    missing = [name for name in ("vina", "meeko", "gemmi") if find_spec(name) is None]
    if missing:
        raise PlacementError(
            f"Docking {ligand.name} needs {' and '.join(missing)}, which is not installed: "
            "pip install 'trkstruct[dock]' (for Linux, with Python up to 3.12)."
        )
    most = int(_settings()["most_heavy_atoms"])
    if ligand.n_heavy > most:
        raise PlacementError(
            f"{ligand.name} has {ligand.n_heavy} heavy atoms; docking takes up to {most}: "
            "AutoDock Vina would need more than 1 GB of memory."
        )
    strange = {atom.GetSymbol() for atom in ligand.mol.GetAtoms()} - set(_settings()["elements"])
    if strange:
        raise PlacementError(
            f"{ligand.name} contains {', '.join(sorted(strange))}, for which docking has no type; "
            "give a template, or its coordinates in the frame of the structure."
        )


def _not_loaded(problem: object) -> PlacementError:
    return PlacementError(
        f"Docking is installed but cannot be loaded ({problem}): "
        "pip install --force-reinstall 'trkstruct[dock]'."
    )


def receptor_pdbqt(structure: Structure, chain: str, centre: Floats, size: Floats) -> str:
    """Write what surrounds a box as the PDBQT of a rigid receptor.

    Parameters
    ----------
    structure : Structure
        The receptor.
    chain : str
        Author chain that the box must be at.
    centre : (3,) ndarray of float64
        Centre of the box in angstrom; the origin of what is written.
    size : (3,) ndarray of float64
        Its edges in angstrom.

    Returns
    -------
    str
        Heavy atoms, and a hydrogen on each donor, by which Vina tells that it is one.

    Raises
    ------
    PlacementError
        If no atom of the chain is in the box.
    """
    settings = _settings()
    around = Surroundings(structure, None, parameters())
    away = around.atoms.coords - centre
    chains = np.array([structure.residues[i].id.chain for i in around.owner])
    if not ((np.abs(away) < size / 2).all(axis=1) & (chains == chain)).any():
        raise PlacementError(
            f"No atom of chain {chain} of {structure.name} lies in the box around "
            f"{_shown(centre)}: give a centre in the frame of the structure."
        )
    kept = (np.abs(away) < size / 2 + float(settings["margin_ang"])).all(axis=1)
    near = np.linalg.norm(away, axis=1) < float(settings["cofactor_ang"])
    for owner in np.unique(around.owner[near]):
        if structure.residues[owner].kind == "cofactor":
            kept &= around.owner != owner
    lines: list[str] = []
    for kind, (x, y, z) in _receptor_atoms(around.atoms.take(np.flatnonzero(kept))):
        lines.append(
            f"ATOM  {len(lines) + 1:5d}  {kind:<3s} REC A   1    {x - centre[0]:8.3f}"
            f"{y - centre[1]:8.3f}{z - centre[2]:8.3f}  1.00  0.00    +0.000 {kind:<2s}"
        )
    return "\n".join([*lines, ""])


def _receptor_atoms(atoms: TypedAtoms) -> Iterator[tuple[str, Floats]]:
    """Give AutoDock's type and the position of each atom, and of a hydrogen on each donor."""
    settings = _settings()
    stand_ins: dict[str, str] = settings["stand_ins"]
    metal = radius("Zn")
    for position, own in zip(atoms.coords, atoms.types, strict=True):
        element = own.element.capitalize()
        if own.radius == metal:
            # All metals are one to Vina, and it has not heard of some of them.
            yield "Zn", position
            continue
        kind = stand_ins.get(element, element)
        yield (f"{kind}A" if kind in ("N", "O") and own.acceptor else kind), position
        if own.donor:
            # Anywhere but near another atom: it is not scored, it only makes a donor.
            apart = atoms.coords - position
            far = np.linalg.norm(apart, axis=1)
            bonded = (far > 0.0) & (far < float(settings["bonded_ang"]))
            outward = -(apart[bonded] / far[bonded, None]).sum(axis=0)
            length = float(np.linalg.norm(outward))
            if length < 1e-3:
                outward, length = np.array([1.0, 0.0, 0.0]), 1.0
            yield "HD", position + outward / length


def _prepare(ligand: Ligand, seed: int) -> list[_Prepared]:
    """Make geometries of the ligand and write each as Vina reads it."""
    with warnings.catch_warnings():
        try:
            from meeko import MoleculePreparation, PDBQTWriterLegacy
        except ImportError as problem:
            raise _not_loaded(problem) from None
    mol, chosen = _geometries(ligand, seed)
    # Vina has no use for charges, and those of some elements cannot be computed.
    maker = MoleculePreparation(
        charge_model="zero",
        rigid_macrocycles=True,
        rigidify_bonds_smarts=[_BLIND_ROTOR],
        rigidify_bonds_indices=[(0, 1)],
    )
    found = []
    for number in chosen:
        with silence():
            setup = maker.prepare(_with_one_conformer(mol, number))[0]
            text, good, said = PDBQTWriterLegacy.write_string(
                setup, add_index_map=True, remove_smiles=True
            )
        if not good:
            raise PlacementError(
                f"Meeko could not prepare {ligand.name} for docking: {' '.join(said.split())}"
            )
        pairs = [
            int(field)
            for line in text.splitlines()
            if line.startswith("REMARK INDEX MAP")
            for field in line.split()[3:]
        ]
        serial = dict(zip(pairs[::2], pairs[1::2], strict=True))
        found.append(_Prepared(text, tuple(serial[k + 1] for k in range(ligand.n_heavy))))
    return found


def _with_one_conformer(mol: Mol, number: int) -> Mol:
    from rdkit import Chem

    return Chem.Mol(mol, confId=number)


def _geometries(ligand: Ligand, seed: int) -> tuple[Mol, list[int]]:
    """Embed conformers and choose those that differ the most in what Vina cannot change."""
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

    settings = _settings()
    mol = Chem.AddHs(ligand.with_coords(None).to_rdkit(hydrogens=False))
    embedders: list[tuple[Any, int]] = [(rdDistGeom.ETKDGv3(), int(settings["conformers"]))]
    if ligand.macrocycle:
        # The torsions of chains, which ETKDG prefers, are not always those of rings.
        embedders.append((rdDistGeom.KDG(), int(settings["macrocycle_conformers"])))
    numbers: list[int] = []
    with silence():
        for how, number in embedders:
            how.randomSeed = 1 + seed % 1_000_000
            how.useMacrocycleTorsions = how.useSmallRingTorsions = how.useExpTorsionAnglePrefs
            how.clearConfs = False
            numbers += rdDistGeom.EmbedMultipleConfs(mol, number, how)
        typed = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if not numbers:
        raise PlacementError(f"No conformer of {ligand.name} could be made to dock.")
    energies = dict.fromkeys(numbers, 0.0)
    if typed is not None:
        # In vacuum a ligand folds onto itself, and bends what Vina then cannot straighten: so
        # bonds, angles and torsions alone, but for macrocycles, whose shape it is that counts.
        typed.SetMMFFEleTerm(False)
        typed.SetMMFFVdWTerm(ligand.macrocycle)
        for number in numbers:
            field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, typed, confId=number)
            field.Initialize()
            field.Minimize(maxIts=int(settings["steps"]))
            energies[number] = field.CalcEnergy()
    order = sorted(numbers, key=lambda number: energies[number])
    within = energies[order[0]] + float(settings["geometry_window_kcal"])
    turns = _ring_torsions(mol)
    most = int(settings["geometries"])
    chosen: dict[int, Floats] = {}
    for number in order:
        positions = mol.GetConformer(number).GetPositions()
        own = np.array([dihedral(positions[list(turn)]) for turn in turns])
        new = all(
            np.abs((own - other + 180.0) % 360.0 - 180.0).max(initial=0.0)
            > float(settings["geometry_deg"])
            for other in chosen.values()
        )
        if len(chosen) < most and energies[number] <= within and new:
            chosen[number] = own
    # Where there are fewer: others, which differ in small things that may fit better.
    rest = [number for number in order if number not in chosen]
    return mol, [*chosen, *rest][:most]


def _ring_torsions(mol: Mol) -> list[tuple[int, int, int, int]]:
    """Return heavy atoms whose torsion is a matter of a ring's pucker, substituents included."""
    from rdkit import Chem

    found = []
    for bond in mol.GetBonds():
        if not bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        b, c = bond.GetBeginAtom(), bond.GetEndAtom()
        before = [a.GetIdx() for a in b.GetNeighbors() if a.GetAtomicNum() > 1]
        after = [a.GetIdx() for a in c.GetNeighbors() if a.GetAtomicNum() > 1]
        found += [
            (a, b.GetIdx(), c.GetIdx(), d)
            for a in before
            for d in after
            if a != c.GetIdx() and d not in (b.GetIdx(), a)
        ]
    return found


def _run(name: str, receptor: str, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask a child process, which alone loads Vina."""
    home = str(Path(__file__).resolve().parents[2])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    patience = float(_settings()["time_limit_s"])
    with tempfile.TemporaryDirectory(prefix="trkstruct-") as folder:
        Path(folder, "receptor.pdbqt").write_text(receptor, encoding="utf-8")
        Path(folder, "job.json").write_text(json.dumps(job), encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, folder],
                capture_output=True,
                check=False,
                timeout=patience,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except subprocess.TimeoutExpired:
            raise PlacementError(
                f"Docking {name} was given up after {patience:g} s. Give a template, or its "
                "coordinates in the frame of the structure."
            ) from None
        except OSError as problem:
            raise _not_loaded(problem) from None
        try:
            answer = json.loads(Path(folder, "answer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = done.stderr.decode(errors="replace").strip().splitlines()
            answer = {"error": said[-1] if said else f"it ended with code {done.returncode}"}
    if "not_loaded" in answer:
        raise _not_loaded(answer["not_loaded"])
    if "error" in answer:
        raise PlacementError(f"AutoDock Vina could not dock {name}: {answer['error']}")
    runs: list[dict[str, Any]] = answer["runs"]
    return runs


def _child(folder: str) -> None:
    """Dock what the folder says, and leave the answer there; in a process of its own."""
    answer: dict[str, Any]
    try:
        from vina import Vina

        answer = {"runs": _searches(Vina, Path(folder))}
    except ImportError as problem:
        answer = {"not_loaded": str(problem)}
    except Exception as problem:
        answer = {"error": " ".join(str(problem).split())}
    Path(folder, "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _searches(vina: Any, folder: Path) -> list[dict[str, Any]]:
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    runs = []
    for number, (text, searches) in enumerate(zip(job["ligands"], job["searches"], strict=True)):
        if not searches:
            continue
        # A new one each time: it keeps the memory of those that it had before.
        one = vina(sf_name="vina", cpu=1, seed=job["seed"] + number, verbosity=0)
        one.set_receptor(str(folder / "receptor.pdbqt"))
        one.set_ligand_from_string(text)
        one.compute_vina_maps([0.0, 0.0, 0.0], job["size"])
        one.dock(searches, job["poses"], job["distinct_ang"], job["evaluations"])
        asked = (job["poses"], job["range_kcal"])
        runs.append(
            {
                "geometry": number,
                "poses": one.poses(*asked),
                "energies": np.reshape(one.energies(*asked), (-1, 5)).tolist(),
            }
        )
    return runs


def _ranked(runs: Sequence[dict[str, Any]], prepared: Sequence[_Prepared]) -> list[Docked]:
    """Return the poses of all geometries, best first, their affinities measured alike."""
    found = []
    for run in runs:
        models = _models(run["poses"], prepared[run["geometry"]].serials)
        found += list(zip(run["energies"], models, strict=True))
    # With the receptor, and within the ligand.
    found.sort(key=lambda pose: pose[0][1] + pose[0][2])
    if not found:
        return []
    # Vina takes off what the best pose's own energy is, and divides by a number that grows with
    # the rotors; the best pose of each geometry is not the best of all.
    total, outer, own, _, off = found[0][0]
    share = total / (outer + own - off) if outer + own != off else 1.0
    ranked = [Docked(xyz, (e[1] + e[2] - own) * share) for e, xyz in found]
    within = min(0.0, ranked[0].affinity_kcal + float(_settings()["range_kcal"]))
    return [pose for pose in ranked if pose.affinity_kcal < within]


def _models(text: str, serials: Sequence[int]) -> Iterator[Floats]:
    """Give the heavy atoms of each model, in the order of their serial numbers."""
    atoms: dict[int, list[float]] = {}
    for line in text.splitlines():
        if line.startswith(("ATOM", "HETATM")):
            atoms[int(line[6:11])] = [float(line[i : i + 8]) for i in (30, 38, 46)]
        elif line.startswith("ENDMDL"):
            yield np.array([atoms[serial] for serial in serials])
            atoms = {}


def _distinct(ligand: Ligand, poses: Sequence[Docked], most: int) -> list[Docked]:
    """Return the best poses of which no two are alike, symmetry allowed for."""
    limit = float(_settings()["distinct_ang"])
    mol = ligand.to_rdkit(hydrogens=False)
    same = np.array(mol.GetSubstructMatches(mol, uniquify=False, maxMatches=200))
    kept: list[Docked] = []
    for pose in poses:
        if len(kept) == most:
            break
        turned = pose.coords[same]
        if all(
            np.sqrt(((turned - other.coords) ** 2).sum(axis=-1).mean(axis=-1)).min() >= limit
            for other in kept
        ):
            kept.append(pose)
    return kept
