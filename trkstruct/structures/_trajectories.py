"""Frames of a trajectory, or models of a file, as structures: one protein and inhibitor, often."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from .._files import shown_name
from ..errors import StructureError, StructureFileError
from ..residues import Finding
from ._parts import listed, waters
from ._raw import threshold

if TYPE_CHECKING:
    from ..complexes import Complex
    from .structure import Structure

__all__ = ["Frames", "parse_frames", "read_frames"]

#: Files that this package reads itself; MDAnalysis does not read them all.
_MMCIF: Final = (".cif", ".mmcif")
#: Monovalent ions of simulations, by residue name without sign: they come and go as waters do.
_MOBILE: Final = frozenset(
    "LI NA K RB CS CL BR IOD LIT SOD POT RUB CES CLA NIO CIO CLI IB IM".split()
)
_WHOLE: Final = (
    "Make the molecules whole and bring them together first: `gmx trjconv -pbc mol -center`, "
    "`autoimage` of cpptraj, or MDAnalysis.transformations (unwrap, center_in_box, wrap)."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frames(Sequence["Structure"]):
    """Frames of one trajectory, each a structure; see `trkstruct.Structure.frames`.

    Parameters
    ----------
    structures : tuple of Structure
        One a frame.
    numbers : tuple of int
        Which frames they are, counted from 0.
    total : int
        Number of frames of the trajectory.
    name : str
        Name of its file.
    findings : tuple of Finding
        What was chosen and left out.
    """

    structures: tuple[Structure, ...]
    numbers: tuple[int, ...]
    total: int
    name: str
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.structures)

    def __iter__(self) -> Iterator[Structure]:
        return iter(self.structures)

    @overload
    def __getitem__(self, index: int) -> Structure: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Structure, ...]: ...
    def __getitem__(self, index: int | slice) -> Structure | tuple[Structure, ...]:
        return self.structures[index]

    def __repr__(self) -> str:
        return f"<Frames {self.name}: {listed(self.numbers)} of {self.total}>"

    def complex(self, ligand: Any = None, pose: Any = None, chain: str | None = None) -> Complex:
        """Join all frames with their inhibitor; see `trkstruct.complexes.complex_of_frames`.

        Parameters
        ----------
        ligand : Ligand, str or rdkit.Chem.Mol, optional
            The inhibitor that was simulated; by its residue's name if not given.
        pose : str, optional
            ``crystal:RES`` or ``crystal:RES:CHAIN:NUMBER`` if several ligands are there.
        chain : str, optional
            Author chain of the kinase.

        Returns
        -------
        Complex
            The first frame's, with the others as its siblings.
        """
        from ..complexes import complex_of_frames

        return complex_of_frames(self, ligand, pose, chain)


def parse_frames(text: str, total: int) -> tuple[int, ...]:
    """Read which frames are meant.

    Parameters
    ----------
    text : str
        Numbers from 0 and ranges as Python writes them, joined by commas: ``5``, ``-1`` (the
        last), ``0:100:10`` (up to 90), ``::20``.
    total : int
        Number of frames that there are.

    Returns
    -------
    tuple of int
        In the order of the text, each once.

    Raises
    ------
    StructureError
        If it cannot be read, names a frame that is not there, or names none.

    Examples
    --------
    >>> from trkstruct.structures import parse_frames
    >>> parse_frames("0:100:25,-1", 100)
    (0, 25, 50, 75, 99)
    """
    there = f"the trajectory has {total} frame{'' if total == 1 else 's'}, 0 to {total - 1}"
    found: list[int] = []
    for part in text.split(","):
        cells = [cell.strip() for cell in part.split(":")]
        try:
            values = [int(cell) if cell else None for cell in cells]
        except ValueError:
            values = []
        if not 1 <= len(values) <= 3 or (len(values) == 1 and values[0] is None):
            raise StructureError(
                f"The frames {text!r} cannot be read: write numbers from 0 and ranges "
                "START:STOP:STEP, joined by commas, such as 0:100:10 or 0,5,-1."
            )
        beyond = [v for v in values[:2] if v is not None and not -total <= v <= total]
        if beyond or (len(values) == 1 and values[0] == total):
            raise StructureError(f"The frames {part.strip()!r} go beyond what is there: {there}.")
        if len(values) == 1:
            assert values[0] is not None
            found.append(values[0] % total)
            continue
        if len(values) == 3 and values[2] == 0:
            raise StructureError(f"The frames {part.strip()!r} have a step of 0, which is none.")
        found += range(total)[slice(*values)]
    if not found:
        raise StructureError(f"The frames {text!r} are none: {there}.")
    return tuple(dict.fromkeys(found))


def read_frames(
    kind: type[Structure],
    topology: Structure | Path | str,
    trajectory: Path | str | None,
    frames: str,
) -> Frames:
    """Read frames; see `trkstruct.Structure.frames`.

    Parameters
    ----------
    kind : type
        `Structure`.
    topology : Structure, path
        Which atoms there are.
    trajectory : path, optional
        Where they are; the topology's own models if not given.
    frames : str
        Which frames; up to a number of them, evenly spaced, if empty.

    Returns
    -------
    Frames

    Raises
    ------
    StructureError
        As `trkstruct.Structure.frames` has it.
    """
    universe = _universe(kind, topology, trajectory)
    read = trajectory if trajectory is not None else topology
    name = read.name if not isinstance(read, (str, Path)) else shown_name(read)
    try:
        total = len(universe.trajectory)
        numbers, said = _chosen(frames, total, name)
        atoms, left_out = _of_interest(universe)
        found = []
        for number in numbers:
            made = kind.from_universe(atoms, _at(universe, number, name))
            made = replace(made, name=f"{Path(name).stem}_frame{number}", kind="trajectory")
            _check_whole(made, universe.dimensions, f"Frame {number} of {name}")
            found.append(made)
    finally:
        universe.trajectory.close()
    return Frames(tuple(found), numbers, total, name, (*said, *left_out))


def _at(universe: Any, number: int, name: str) -> int:
    """Go to a frame, and say which one it was if it is damaged."""
    try:
        universe.trajectory[number]
    except Exception as error:
        raise StructureFileError(f"Frame {number} of {name} cannot be read: {error}.") from error
    return number


def _universe(
    kind: type[Structure], topology: Structure | Path | str, trajectory: Path | str | None
) -> Any:
    """Open topology and trajectory together."""
    import warnings

    import MDAnalysis

    for given in (topology, trajectory):
        if isinstance(given, (str, Path)) and not Path(given).is_file():
            raise StructureFileError(f"There is no file {str(given)!r}.")
    with warnings.catch_warnings():
        # That masses or elements are missing is no matter here, or is told in a finding.
        warnings.simplefilter("ignore")
        if isinstance(topology, (str, Path)):
            plain = Path(topology).name.lower().removesuffix(".gz")
            if plain.endswith(_MMCIF):
                topology = kind.read(topology)
        if isinstance(topology, (str, Path)):
            what, heavy = shown_name(topology), ""
            opened: list[Any] = []
            why = _failure(lambda: opened.append(MDAnalysis.Universe(str(topology))))
            if why:
                raise StructureFileError(
                    f"The topology {what} cannot be read: {why} Give a PDB, GRO, PSF, PRMTOP or "
                    "another topology that MDAnalysis reads."
                )
            universe = opened[0]
        else:
            what, heavy = topology.name, " heavy"
            universe = topology.to_universe()
        if trajectory is not None:
            _load(universe, trajectory, what, heavy)
    if getattr(universe, "trajectory", None) is None:
        raise StructureError(
            f"The topology {what} has no coordinates: name a trajectory beside it (--trajectory)."
        )
    return universe


def _load(universe: Any, trajectory: Path | str, what: str, heavy: str) -> None:
    """Put the coordinates of a trajectory into a universe."""
    from MDAnalysis.coordinates.core import get_reader_for

    name = shown_name(trajectory)
    why = _failure(lambda: universe.load_new(str(trajectory)))
    if not why:
        return
    own = len(universe.atoms)
    counts = [own]

    def count() -> None:
        with get_reader_for(str(trajectory))(str(trajectory)) as reader:
            counts.append(int(reader.n_atoms))

    _failure(count)
    if counts[-1] != own:
        raise StructureError(
            f"{name} has {counts[-1]} atoms a frame, and the topology {what} has {own}{heavy} "
            "atoms: they are not of one simulation. Give the topology with which the "
            "trajectory was written, with or without water as it was."
        )
    raise StructureFileError(f"The trajectory {name} cannot be read: {why}")


def _failure(do: Callable[[], object]) -> str:
    """Do something, and return the first line of what goes wrong with it.

    A reader of MDAnalysis that could not be made complains once more on stderr when it is thrown
    away; that is done here, and unheard.
    """
    before, why = sys.unraisablehook, ""
    sys.unraisablehook = lambda _: None
    try:
        try:
            do()
        except Exception as error:
            why = str(error).partition("\n")[0] or type(error).__name__
        if why:
            gc.collect()
    finally:
        sys.unraisablehook = before
    return why


def _chosen(frames: str, total: int, name: str) -> tuple[tuple[int, ...], tuple[Finding, ...]]:
    """Which frames to read, and what was chosen for the user."""
    if frames.strip():
        return parse_frames(frames, total), ()
    most = int(threshold("most_frames"))
    if total <= most:
        return tuple(range(total)), ()
    numbers = tuple(int(n) for n in np.linspace(0, total - 1, most).round())
    message = (
        f"{most} of the {total} frames of {name} were taken, evenly spaced ({listed(numbers)}); "
        "--frames chooses others."
    )
    return numbers, (Finding("frames-chosen", message, "choice"),)


def _of_interest(universe: Any) -> tuple[Any, tuple[Finding, ...]]:
    """Leave out water and mobile ions: there are many, and they come and go."""
    residues = universe.residues
    if not hasattr(residues, "resnames"):
        raise StructureError(
            f"{universe.filename} has positions and no names of atoms and residues: name its "
            "topology too (--topology)."
        )
    codes = [str(name).strip().upper() for name in residues.resnames]
    water = np.array([code in waters() for code in codes], dtype=bool)
    sizes = np.array([len(residue.atoms) for residue in residues])
    ion = np.array([code.rstrip("+-") in _MOBILE for code in codes], dtype=bool) & (sizes == 1)
    kept = residues[~(water | ion)].atoms
    if not len(kept):
        raise StructureError("The topology has water and ions only; a protein is needed.")
    if not (water.any() or ion.any()):
        return kept, ()
    message = (
        f"{int(water.sum())} waters and {int(ion.sum())} ions of the simulation were left out: "
        "they are no part of the score."
    )
    return kept, (Finding("solvent-left-out", message),)


def _check_whole(structure: Structure, box: Any, where: str) -> None:
    """Refuse a frame in which molecules are cut or kept apart by the periodic box.

    Raises
    ------
    StructureError
        If atoms of one residue, or bonded residues, are nearer through the box's faces.
    """
    from MDAnalysis.lib.distances import calc_bonds, capped_distance

    if box is None or not np.all(np.asarray(box[:3]) > 0):
        return
    coords = structure.coords

    def cut(one: Any, two: Any) -> Any:
        apart, near = calc_bonds(one, two), calc_bonds(one, two, box=box)
        return np.flatnonzero(apart > near + 1.0)

    firsts = np.array([r.start for r in structure.residues])[structure.residue_index]
    atoms = cut(coords, coords[firsts])
    if len(atoms):
        residue = structure.residues[structure.residue_index[atoms[0]]]
        raise StructureError(f"{where}: {residue} is cut in two by the periodic box. {_WHOLE}")
    chain = [r for r in structure.residues if r.kind == "protein"]
    for one, two in pairwise(chain):
        ends = structure.atoms(one).get("C"), structure.atoms(two).get("N")
        if one.id.chain != two.id.chain or ends[0] is None or ends[1] is None:
            continue
        near = float(calc_bonds(ends[0], ends[1], box=box))
        if near <= threshold("peptide_bond") and len(cut(ends[0][None], ends[1][None])):
            raise StructureError(
                f"{where}: the chain is cut in two by the periodic box between {one} and {two}. "
                f"{_WHOLE}"
            )
    if not chain:
        return
    protein = np.concatenate([coords[r.start : r.stop] for r in chain])
    reach = threshold("contact")
    for ligand in structure.ligands:
        own = coords[ligand.start : ligand.stop]
        pairs = capped_distance(own, protein, reach, return_distances=False)
        through = capped_distance(own, protein, reach, box=box, return_distances=False)
        if not len(pairs) and len(through):
            raise StructureError(
                f"{where}: {ligand} touches the protein only through a face of the periodic box: "
                f"it is drawn in another image of it. {_WHOLE}"
            )
