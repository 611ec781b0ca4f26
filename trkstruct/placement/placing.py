"""Placing a ligand: choosing templates, refining, ranking, checking."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PlacementError
from ..reference import read_json
from ..residues import Finding
from ..sites import Surroundings, parameters
from .refinement import Internal, Pocket, minimise
from .template import Start, common, labelled, similarity, starts

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..complexes import Complex
    from ..ligands import Ligand
    from ..structures import Structure

__all__ = ["Placed", "place"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A ligand placed in a pocket.

    Parameters
    ----------
    coords : (n, 3) float64
        Heavy atoms in angstrom, in the order of the ligand's.
    energy_kcal : float
        Of the ligand with the pocket.
    strain_kcal : float
        Of the ligand above the least strained of all that were refined, by MMFF94s.
    score_kcal : float
        By which poses are ranked: the energy, and a small share of the strain.
    template : str
        Complex whose ligand it was laid on.
    overlap : float
        Share of the ligand that the template has.
    """

    coords: Floats
    energy_kcal: float
    strain_kcal: float
    score_kcal: float
    template: str
    overlap: float


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    name: str
    mol: Mol
    overlap: float
    query: Mol
    labels: bool


def pocket_frame(complex_or_structure: Any, chain: str) -> dict[int, Floats]:
    """Return the C-alpha positions of the KLIFS pocket.

    Parameters
    ----------
    complex_or_structure : Structure
        The structure.
    chain : str
        Author chain.

    Returns
    -------
    dict of int to (3,) float64
        By KLIFS position, in angstrom.
    """
    numbering = complex_or_structure.numbering(chain)
    found = {}
    for position in range(1, 86):
        residue = numbering.at_klifs(position)
        if residue is not None:
            alpha = complex_or_structure.atoms(complex_or_structure.residue(residue)).get("CA")
            if alpha is not None:
                found[position] = alpha
    return found


def superposition(moving: dict[int, Floats], fixed: dict[int, Floats]) -> tuple[Floats, Floats]:
    """Return rotation and shift that lay one pocket on another, flexible parts left out.

    Parameters
    ----------
    moving, fixed : dict of int to (3,) float64
        From `pocket_frame`.

    Returns
    -------
    rotation : (3, 3) float64
        Points are rows: ``points @ rotation + shift``.
    shift : (3,) float64
        In angstrom.

    Raises
    ------
    PlacementError
        If fewer than ten positions are resolved in both.
    """
    positions = [p for p in moving if p in fixed]
    if len(positions) < 10:
        raise PlacementError("Fewer than ten pocket residues are resolved in both structures.")
    turn, shift = np.eye(3), np.zeros(3)
    for _ in range(3):
        a = np.array([moving[p] for p in positions])
        b = np.array([fixed[p] for p in positions])
        u, _, vt = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
        turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        shift = b.mean(axis=0) - a.mean(axis=0) @ turn
        apart = np.linalg.norm(a @ turn + shift - b, axis=1)
        limit = max(2.0 * float(np.median(apart)), 0.5)
        kept = [p for p, d in zip(positions, apart, strict=True) if d < limit]
        if len(kept) < 10:
            break
        positions = kept
    return turn, shift


def _moved(mol: Mol, turn: Floats, shift: Floats) -> Mol:
    from rdkit import Chem

    copy = Chem.Mol(mol)
    conformer = copy.GetConformer()
    for index, point in enumerate(conformer.GetPositions() @ turn + shift):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    return copy


def _templates(
    ligand: Mol, structure: Structure, chain: str, complexes: Sequence[Complex]
) -> list[_Template]:
    """Return the templates worth trying, most of the ligand first, in the structure's frame."""
    settings = read_json("placement.json")
    frame = pocket_frame(structure, chain)
    ranked = []
    for complex_ in complexes:
        mol = complex_.to_rdkit(hydrogens=False)
        ranked.append((similarity(ligand, mol), complex_, mol))
    ranked.sort(key=lambda item: (-item[0], item[1].structure.name))
    by_labels: dict[bool, list[_Template]] = {True: [], False: []}
    # Fingerprints choose whom to compare by common substructure, which takes its time.
    for _, complex_, mol in ranked[: 2 * int(settings["templates"])]:
        moved: Mol | None = None
        for labels in (True, False):
            one, two = (labelled(ligand), labelled(mol)) if labels else (ligand, mol)
            query = common(one, two, whole_rings=not labels)
            overlap = query.GetNumAtoms() / ligand.GetNumAtoms()
            enough = query.GetNumAtoms() >= settings["least_atoms"]
            if overlap < settings["least_overlap"] or not enough:
                continue
            if moved is None:
                own = pocket_frame(complex_.structure, complex_.chain)
                moved = _moved(mol, *superposition(own, frame))
            made = _Template(complex_.structure.name, moved, overlap, query, labels)
            by_labels[labels].append(made)
    found = []
    for templates in by_labels.values():
        templates.sort(key=lambda t: (-t.overlap, t.name))
        found += templates[: int(settings["templates"])]
    return found


def place(
    structure: Structure,
    ligand: Ligand,
    templates: Sequence[Complex],
    *,
    chain: str | None = None,
    seed: int = 0,
) -> tuple[tuple[Placed, ...], tuple[Finding, ...]]:
    """Place a ligand in the pocket of a structure, on the templates of known complexes.

    Parameters
    ----------
    structure : Structure
        The receptor; whatever is bound in its pocket is ignored.
    ligand : Ligand
        The ligand; its own coordinates are not used.
    templates : sequence of Complex
        Complexes of kinases in the same DFG state.
    chain : str, optional
        Author chain of the receptor.
    seed : int
        Of the random numbers; the same seed gives the same poses.

    Returns
    -------
    poses : tuple of Placed
        Distinct ones, best first.
    findings : tuple of Finding
        Templates that were tried, and what is doubtful.

    Raises
    ------
    PlacementError
        If no template shares enough with the ligand, or no conformer could be made.
    """
    from rdkit import Chem

    settings = read_json("placement.json")
    where = structure.choose_chain(chain)[0]
    flat = ligand.with_coords(None)
    heavy = flat.to_rdkit(hydrogens=False)
    heavy.RemoveAllConformers()
    whole = Chem.AddHs(heavy)
    tried = _templates(heavy, structure, where, templates)
    if not tried:
        raise PlacementError(
            f"No known complex shares enough with {ligand.name} to place it: give a complex of a "
            "relative as template, or its coordinates in the frame of the structure."
        )
    centre = np.mean([t.mol.GetConformer().GetPositions().mean(axis=0) for t in tried], axis=0)
    around = Surroundings(structure, None, parameters()).atoms
    near = np.linalg.norm(around.coords - centre, axis=1) < settings["reach_ang"]
    pocket = Pocket(around.take(np.flatnonzero(near)), ligand.atom_types, parameters().pair)
    begun: list[tuple[Start, _Template]] = []
    whole_share = sum(template.overlap for template in tried)
    for template in tried:
        # The more a template has of the ligand, the more of its starts are worth the time:
        # what it lacks overlaps with the pocket at first, and would lose to a small overlap.
        most = max(2, round(settings["refined"] * template.overlap / whole_share))
        begun += [(start, template) for start in _best_starts(whole, template, pocket, seed, most)]
    if not begun:
        raise PlacementError(f"No conformer of {ligand.name} could be laid on a template.")
    refined = _refine(whole, ligand.n_heavy, begun, pocket)
    poses = _distinct(heavy, refined)
    shares: dict[str, float] = {}
    for t in tried:
        shares[t.name] = max(shares.get(t.name, 0.0), t.overlap)
    named = ", ".join(f"{name} ({share:.0%})" for name, share in shares.items())
    best = poses[0]
    findings = [
        Finding(
            "placed",
            f"{ligand.name} was placed on the ligand of {best.template}, of which it shares "
            f"{best.overlap:.0%} of its heavy atoms; templates tried: {named}.",
            "choice",
        ),
        *_doubts(structure, where, ligand, best),
    ]
    return poses, tuple(findings)


def _best_starts(
    whole: Mol, template: _Template, pocket: Pocket, seed: int, most: int
) -> list[Start]:
    """Return the starts on a template that overlap least with the pocket, no two alike."""
    settings = read_json("placement.json")
    heavy = whole.GetNumHeavyAtoms()
    ranked = []
    for number, start in enumerate(
        starts(whole, template.mol, template.query, template.labels, seed)
    ):
        energy, _ = pocket.energy(start.coords[:heavy], settings["soft_overlap_ang"])
        ranked.append((energy + settings["embed_penalty"] * start.rmsd_ang, number, start))
    ranked.sort(key=lambda item: item[:2])
    kept: list[Start] = []
    for _, _, start in ranked:
        own = start.coords[:heavy]
        apart = (np.sqrt(((own - k.coords[:heavy]) ** 2).sum(axis=1).mean()) for k in kept)
        if all(distance > settings["alike_ang"] for distance in apart):
            kept.append(start)
        if len(kept) == most:
            break
    return kept


def _refine(
    whole: Mol, heavy: int, begun: Sequence[tuple[Start, _Template]], pocket: Pocket
) -> list[Placed]:
    """Minimise the best starts: drawn to the template in a soft pocket, then free in the hard."""
    settings = read_json("placement.json")
    from rdkit import Chem

    carrier = Chem.Mol(whole)
    conformer = Chem.Conformer(whole.GetNumAtoms())
    for index, point in enumerate(begun[0][0].coords):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    carrier.AddConformer(conformer)
    internal = Internal(carrier)
    until = time.monotonic() + float(settings["time_limit_s"])
    found = []
    for number, (start, template) in enumerate(begun):
        if number and time.monotonic() > until:
            break
        positions = template.mol.GetConformer().GetPositions()
        drawn = np.array([a for a, _ in start.pairs], dtype=np.intp)
        held = (drawn, positions[[b for _, b in start.pairs]], float(settings["restraint"]))
        weight = float(settings["intra_weight"])
        coords = minimise(
            start.coords, internal, pocket, heavy, weight=weight, held=held,
            steps=int(settings["steps_soft"]), soft=float(settings["soft_overlap_ang"]),
        )  # fmt: skip
        coords = minimise(
            coords, internal, pocket, heavy, weight=weight, steps=int(settings["steps_hard"])
        )
        energy, _ = pocket.energy(coords[:heavy])
        strain, _ = internal.energy(coords)
        found.append(Placed(coords[:heavy], energy, strain, 0.0, template.name, template.overlap))
    least = min(pose.strain_kcal for pose in found)
    share = float(settings["strain_weight"])
    ranked = [
        replace(
            pose,
            strain_kcal=pose.strain_kcal - least,
            score_kcal=pose.energy_kcal + share * (pose.strain_kcal - least),
        )
        for pose in found
    ]
    return sorted(ranked, key=lambda pose: pose.score_kcal)


def _distinct(heavy: Mol, poses: Sequence[Placed]) -> tuple[Placed, ...]:
    """Return the poses of which no better one lies within the limit, symmetry allowed for."""
    from rdkit import Chem
    from rdkit.Chem import rdMolAlign

    settings = read_json("placement.json")

    def carry(pose: Placed) -> Mol:
        mol = Chem.Mol(heavy)
        conformer = Chem.Conformer(heavy.GetNumAtoms())
        for index, point in enumerate(pose.coords):
            conformer.SetAtomPosition(index, [float(value) for value in point])
        mol.AddConformer(conformer)
        return mol

    kept: list[tuple[Placed, Mol]] = []
    for pose in poses:
        if pose.score_kcal > poses[0].score_kcal + settings["window_kcal"]:
            break
        mol = carry(pose)
        far = all(
            rdMolAlign.CalcRMS(Chem.Mol(mol), other, maxMatches=1000) > settings["distinct_ang"]
            for _, other in kept
        )
        if far:
            kept.append((pose, mol))
        if len(kept) == int(settings["poses"]):
            break
    return tuple(pose for pose, _ in kept)


def hinge_bonds(structure: Structure, chain: str, ligand: Ligand, coords: Floats) -> list[str]:
    """List hydrogen bonds with the backbone of the hinge.

    Parameters
    ----------
    structure : Structure
        The receptor.
    chain : str
        Author chain.
    ligand : Ligand
        The ligand.
    coords : (n, 3) ndarray of float64
        Its heavy atoms in angstrom.

    Returns
    -------
    list of str
        Residue, backbone atom, ligand atom and distance.
    """
    limit = float(read_json("placement.json")["hinge_ang"])
    numbering = structure.numbering(chain)
    found = []
    for position in (46, 47, 48):
        where = numbering.at_klifs(position)
        if where is None:
            continue
        residue = structure.residue(where)
        atoms = structure.atoms(residue)
        for name, wanted in (("N", "acceptor"), ("O", "donor")):
            if name not in atoms:
                continue
            apart = np.linalg.norm(coords - atoms[name], axis=1)
            for index in np.flatnonzero(apart < limit):
                if getattr(ligand.atom_types[index], wanted):
                    found.append(
                        f"{residue.name} {where} {name} - {ligand.atom_names[index]} "
                        f"{apart[index]:.1f} A"
                    )
    return found


def _doubts(structure: Structure, chain: str, ligand: Ligand, pose: Placed) -> list[Finding]:
    """Say what speaks for and against a pose."""
    settings = read_json("placement.json")
    out = []
    bonds = hinge_bonds(structure, chain, ligand, pose.coords)
    if bonds:
        out.append(Finding("hinge", f"Hinge hydrogen bonds of the pose: {'; '.join(bonds)}."))
    else:
        message = "The pose has no hydrogen bond with the hinge's backbone."
        out.append(Finding("no-hinge", message, "warning"))
    if pose.strain_kcal > settings["strained_kcal"]:
        message = f"The pose is strained by {pose.strain_kcal:.0f} kcal/mol (MMFF94s, no charges)."
        out.append(Finding("strained", message, "warning"))
    return out
