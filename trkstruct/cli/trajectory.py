"""Options and complexes of commands that read frames of a simulation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ..complexes import Complex

__all__ = ["of_frames", "trajectory_options"]

F = TypeVar("F", bound=Callable[..., Any])


def trajectory_options(command: F) -> F:
    """Add to a command with `structure_options` what reads frames of a simulation.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    options = [
        click.option("--trajectory", default="", metavar="FILE",
                     help="Frames of a simulation, averaged: XTC, DCD, TRR, PDB ..."),
        click.option("--topology", default="", metavar="FILE",
                     help="Its atoms: PDB, GRO, PSF, PRMTOP ...; left out, the file of -s."),
        click.option("--frames", default="", metavar="WHICH",
                     help="From 0: 0:100:10, 5, -1, or several joined by commas. Left out: all, "
                     "or twenty evenly spaced."),
    ]  # fmt: skip
    result: Any = command
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]


def of_frames(
    structure: str,
    trajectory: str,
    topology: str,
    frames: str,
    folders: Sequence[str],
    ligand: str,
    ligand_name: str,
    chain: str,
    kinase: str,
    pose: str,
) -> Complex:
    """Make the complex that is averaged over frames of a simulation.

    Parameters
    ----------
    structure, trajectory, topology, frames : str
        Files, of which `structure` may be an id or a kinase, and which frames.
    folders : sequence of str
        Folders in which an id is looked for.
    ligand, ligand_name, chain, kinase, pose : str
        As in a plan.

    Returns
    -------
    Complex

    Raises
    ------
    TrkstructError
        If a file or the ligand cannot be used.
    click.UsageError
        If two options name the atoms.
    """
    from ..kinases import kinase as find_kinase
    from ..plans import resolve_ligand
    from ..sources import find
    from ..sources import folders as searched
    from ..structures import Structure

    if structure and topology:
        raise click.UsageError(
            "-s and --topology both name the atoms of the trajectory: give one of them."
        )
    atoms = topology or (str(find(structure, [*folders, *searched()])) if structure else "")
    read = Structure.frames(atoms or trajectory, trajectory or None, frames)
    of = find_kinase(kinase) if kinase else None
    known = read[0].kinase_chain(chain or None, of) if of is not None else chain or None
    return read.complex(resolve_ligand(ligand, name=ligand_name), pose or None, known)
