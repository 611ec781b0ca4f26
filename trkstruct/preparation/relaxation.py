"""Hydrogens and restrained minimisation in a protein force field.

The protein is Amber ff14SB (Maier et al. 2015, doi:10.1021/acs.jctc.5b00255) with the
distance-dependent dielectric of Mehler & Solmajer 1991 (doi:10.1093/protein/4.8.903) in
place of a solvent: a vacuum would fold charged side chains onto each other, and an implicit
solvent costs twenty times as much for moves of tenths of an angstrom. The ligand is present
as fixed Lennard-Jones spheres with charges, so that the pocket does not fall into its place.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, StructureError
from ..reference import read_csv, read_json
from ..residues import BACKBONE_ATOMS
from .drafts import Part

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["Relaxed", "openmm_version", "relax"]

Floats = NDArray[np.float64]

_KJ: Final = 4.184
#: Coulomb's constant in kJ nm / (mol e^2).
_COULOMB: Final = 138.935456
_DIELECTRIC: Final = "(-8.5525+86.9525/(1+7.7839*exp(-0.003627*86.9525*10*{r})))"


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """A relaxed chain with its hydrogens.

    Parameters
    ----------
    atoms : tuple of dict of str to (3,) float64
        One a part, hydrogens included, in angstrom.
    energy_before_kcal, energy_after_kcal : float
        Potential energy without restraints after adding hydrogens, and at the end.
    """

    atoms: tuple[dict[str, Floats], ...]
    energy_before_kcal: float
    energy_after_kcal: float


def _openmm() -> Any:
    try:
        import openmm
        import openmm.app
    except ImportError as error:
        raise DataError(
            "Preparing models needs OpenMM, which is not installed: pip install "
            "'trkstruct[prepare]'."
        ) from error
    return openmm


def openmm_version() -> str:
    """Return the version of OpenMM.

    Returns
    -------
    str

    Raises
    ------
    DataError
        If it is not installed.
    """
    return str(_openmm().__version__)


def relax(parts: Sequence[Part], ligand: Mol | None) -> Relaxed:
    """Add hydrogens at pH 7.4 and minimise under restraints.

    One thread and deterministic forces: the same versions give the same positions.

    Parameters
    ----------
    parts : sequence of Part
        Complete residues and caps, in chain order.
    ligand : rdkit.Chem.Mol or None
        With hydrogens and a conformer in the same frame; it does not move.

    Returns
    -------
    Relaxed

    Raises
    ------
    DataError
        If OpenMM is not installed.
    StructureError
        If the force field has no template for a residue, or the minimisation fails.
    """
    mm = _openmm()
    settings = read_json("preparation.json")
    topology, positions = _topology(mm, parts)
    modeller = mm.app.Modeller(topology, positions * 0.1)
    # OpenMM scatters new hydrogens at random before it settles them: with this seed, always alike.
    state = random.getstate()
    random.seed(20110524)
    try:
        modeller.addHydrogens(pH=settings["ph"], platform=mm.Platform.getPlatform("Reference"))
    finally:
        random.setstate(state)
    start = np.array(modeller.positions.value_in_unit(mm.unit.nanometer))
    _straighten(modeller.topology, start)
    try:
        system = mm.app.ForceField(settings["forcefield"]).createSystem(
            modeller.topology,
            nonbondedMethod=mm.app.CutoffNonPeriodic,
            nonbondedCutoff=settings["cutoff_nm"] * mm.unit.nanometer,
            constraints=None,
            removeCMMotion=False,
        )
    except ValueError as error:
        raise StructureError(f"The force field does not know this chain: {error}") from error
    spheres = _ligand_spheres(ligand)
    _screen(mm, system, spheres, settings["cutoff_nm"])
    _restrain(mm, system, modeller.topology, parts, start, settings)
    context = mm.Context(
        system,
        mm.VerletIntegrator(0.001),
        mm.Platform.getPlatform("CPU"),
        {"Threads": "1", "DeterministicForces": "true"},
    )
    fixed = np.array([s.position for s in spheres]).reshape(-1, 3)
    context.setPositions(np.vstack([start, fixed]))
    before = _energy(mm, context)
    try:
        mm.LocalEnergyMinimizer.minimize(
            context, settings["tolerance_kj_nm"], settings["iterations"]
        )
    except mm.OpenMMException as error:
        raise StructureError(f"The minimisation failed: {error}") from error
    found = context.getState(getPositions=True).getPositions(asNumpy=True)
    end = found.value_in_unit(mm.unit.nanometer)[: len(start)] * 10.0
    atoms: list[dict[str, Floats]] = [{} for _ in parts]
    for atom in modeller.topology.atoms():
        atoms[atom.residue.index][atom.name] = np.asarray(end[atom.index])
    return Relaxed(tuple(atoms), before, _energy(mm, context))


def _topology(mm: Any, parts: Sequence[Part]) -> tuple[Any, Floats]:
    """Return OpenMM's topology of the heavy atoms and their positions in angstrom."""
    topology = mm.app.Topology()
    chain = topology.addChain("A")
    positions = []
    for number, part in enumerate(parts):
        residue = topology.addResidue(part.name, chain, str(number))
        for name, position in part.atoms.items():
            element = mm.app.Element.getBySymbol(name[0])
            topology.addAtom(name, element, residue)
            positions.append(position)
    topology.createStandardBonds()
    _unbind_gaps(topology, parts)
    coords = np.array(positions)
    topology.createDisulfideBonds(coords * 0.1 * mm.unit.nanometer)
    return topology, coords


def _straighten(topology: Any, positions: Floats) -> None:
    """Put a lone hydrogen opposite the two or three heavy neighbours of its atom.

    From its random start it may have settled on their side, and would then turn the centre
    inside out.
    """
    neighbours: dict[int, list[Any]] = {atom.index: [] for atom in topology.atoms()}
    for one, two in topology.bonds():
        neighbours[one.index].append(two)
        neighbours[two.index].append(one)
    for atom in topology.atoms():
        bound = neighbours[atom.index]
        hydrogens = [other.index for other in bound if other.element.symbol == "H"]
        heavy = [other.index for other in bound if other.element.symbol != "H"]
        if len(hydrogens) != 1 or len(heavy) < 2:
            continue
        centre = positions[atom.index]
        away = positions[heavy] - centre
        direction = -(away / np.linalg.norm(away, axis=1, keepdims=True)).sum(axis=0)
        length = np.linalg.norm(direction)
        if length > 0.1:
            positions[hydrogens[0]] = centre + 0.105 * direction / length


def _unbind_gaps(topology: Any, parts: Sequence[Part]) -> None:
    """Take back the bonds that OpenMM makes between an N-methyl and an acetyl group."""
    ends = {i for i, part in enumerate(parts) if part.name == "NME"}
    topology._bonds = [
        bond
        for bond in topology._bonds
        if bond[0].residue.index == bond[1].residue.index
        or min(bond[0].residue.index, bond[1].residue.index) not in ends
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Sphere:
    position: Floats
    charge: float
    sigma: float
    epsilon: float


def _ligand_spheres(ligand: Mol | None) -> list[_Sphere]:
    """Return the ligand's atoms as the protein sees them; positions in nanometres."""
    if ligand is None:
        return []
    from ..ligands.chemistry import partial_charges

    table = {
        row["element"]: (float(row["sigma_nm"]), float(row["epsilon_kj"]))
        for row in read_csv("ligand_lennard_jones.csv")
    }
    positions = ligand.GetConformer().GetPositions() * 0.1
    spheres = []
    for atom, charge, position in zip(
        ligand.GetAtoms(), partial_charges(ligand)[0], positions, strict=True
    ):
        element = atom.GetSymbol()
        if element == "H" and any(n.GetSymbol() in ("N", "O", "S") for n in atom.GetNeighbors()):
            element = "HX"
        if element not in table:
            raise DataError(f"No Lennard-Jones parameters for the ligand's element {element}.")
        spheres.append(_Sphere(position, charge, *table[element]))
    return spheres


def _screen(mm: Any, system: Any, spheres: Sequence[_Sphere], cutoff: float) -> None:
    """Replace the Coulomb terms by screened ones, and add the ligand as fixed particles."""
    plain = next(f for f in system.getForces() if isinstance(f, mm.NonbondedForce))
    plain.setUseDispersionCorrection(False)
    shift = f"1/({cutoff}*{_DIELECTRIC.format(r=cutoff)})"
    screened = mm.CustomNonbondedForce(
        f"{_COULOMB}*q1*q2*(1/(r*{_DIELECTRIC.format(r='r')})-{shift})"
    )
    screened.addPerParticleParameter("q")
    screened.setNonbondedMethod(mm.CustomNonbondedForce.CutoffNonPeriodic)
    screened.setCutoffDistance(cutoff)
    near = mm.CustomBondForce(f"{_COULOMB}*qq/(r*{_DIELECTRIC.format(r='r')})")
    near.addPerBondParameter("qq")
    unit = mm.unit.elementary_charge
    for index in range(system.getNumParticles()):
        charge, sigma, epsilon = plain.getParticleParameters(index)
        screened.addParticle([charge.value_in_unit(unit)])
        plain.setParticleParameters(index, 0.0, sigma, epsilon)
    for number in range(plain.getNumExceptions()):
        i, j, product, sigma, epsilon = plain.getExceptionParameters(number)
        screened.addExclusion(i, j)
        if value := product.value_in_unit(unit**2):
            near.addBond(i, j, [value])
        plain.setExceptionParameters(number, i, j, 0.0, sigma, epsilon)
    first = system.getNumParticles()
    for number, sphere in enumerate(spheres):
        system.addParticle(0.0)  # no mass: it does not move
        plain.addParticle(0.0, sphere.sigma, sphere.epsilon)
        screened.addParticle([sphere.charge])
        for other in range(number):
            plain.addException(first + other, first + number, 0.0, 0.1, 0.0)
            screened.addExclusion(first + other, first + number)
    system.addForce(screened)
    system.addForce(near)


def _restrain(
    mm: Any, system: Any, topology: Any, parts: Sequence[Part], start: Floats, settings: Any
) -> None:
    """Hold observed heavy atoms by springs; what was built is free."""
    springs = mm.CustomExternalForce("0.5*k*((x-x0)^2+(y-y0)^2+(z-z0)^2)")
    for name in ("k", "x0", "y0", "z0"):
        springs.addPerParticleParameter(name)
    for atom in topology.atoms():
        if atom.element.symbol == "H":
            continue
        if atom.name in parts[atom.residue.index].built:
            strength = settings["restraint_built_kcal"]
        elif atom.name in BACKBONE_ATOMS:
            strength = settings["restraint_backbone_kcal"]
        else:
            strength = settings["restraint_side_chain_kcal"]
        if strength:
            springs.addParticle(atom.index, [strength * _KJ * 100.0, *start[atom.index]])
    springs.setForceGroup(1)
    system.addForce(springs)


def _energy(mm: Any, context: Any) -> float:
    """Return the potential energy without restraints in kcal/mol."""
    state = context.getState(getEnergy=True, groups={0})
    return float(state.getPotentialEnergy().value_in_unit(mm.unit.kilocalorie_per_mole))
