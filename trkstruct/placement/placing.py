"""Placing a ligand: templates, starts, refinement, ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..energies import PairParameters
from ..errors import PlacementError
from ..reference import read_json
from ..residues import BACKBONE_ATOMS, Finding
from ..sites import Surroundings, parameters
from .frames import pocket_frame, superposition
from .judging import doubts, hinge_bonds
from .poses import Placed, PoseSet
from .refinement import Internal, Pocket, minimise
from .template import Start, common, labelled, similarity, starts, ways

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..complexes import Complex
    from ..ligands import Ligand
    from ..structures import Structure

__all__ = ["Placing"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """A ligand laid on the receptor, and what it shares with the one to be placed."""

    name: str
    mol: Mol
    overlap: float
    ways: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """All atoms of a ligand somewhere in the pocket, and what draws it there."""

    coords: Floats
    template: str = ""
    overlap: float = 0.0
    source: Literal["template", "docked"] = "template"
    held: tuple[NDArray[np.intp], Floats] | None = None


def _moved(mol: Mol, turn: Floats, shift: Floats) -> Mol:
    from rdkit import Chem

    copy = Chem.Mol(mol)
    conformer = copy.GetConformer()
    for index, point in enumerate(conformer.GetPositions() @ turn + shift):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    return copy


def _carrying(mol: Mol, coords: Floats) -> Mol:
    """Return a copy of a molecule with one conformer."""
    from rdkit import Chem

    copy = Chem.Mol(mol)
    copy.RemoveAllConformers()
    conformer = Chem.Conformer(copy.GetNumAtoms())
    for index, point in enumerate(coords):
        conformer.SetAtomPosition(index, [float(value) for value in point])
    copy.AddConformer(conformer)
    return copy


class Placing:
    """A ligand and the pocket that it shall go into.

    Parameters
    ----------
    structure : Structure
        The receptor; whatever is bound in its pocket is ignored.
    ligand : Ligand
        The ligand; its own coordinates are not used.
    chain : str
        Author chain of the receptor.
    templates : sequence of Complex
        Complexes of kinases whose ligands show where the pocket is, and which may serve as
        templates.
    seed : int
        Of the random numbers; the same seed gives the same poses.

    Raises
    ------
    PlacementError
        If there is no complex to tell where the pocket is.
    """

    def __init__(
        self,
        structure: Structure,
        ligand: Ligand,
        chain: str,
        templates: Sequence[Complex],
        seed: int,
    ) -> None:
        from rdkit import Chem

        self.structure, self.ligand, self.chain, self.seed = structure, ligand, chain, seed
        self._settings: dict[str, Any] = read_json("placement.json")
        self._heavy = ligand.with_coords(None).to_rdkit(hydrogens=False)
        self._heavy.RemoveAllConformers()
        self._whole = Chem.AddHs(self._heavy)
        self._complexes = tuple(templates)
        if not templates:
            raise PlacementError(
                f"No complex is at hand that shows where {ligand.name} may lie: give one of a "
                "relative as template, or its coordinates in the frame of the structure."
            )
        frame = pocket_frame(structure, chain)
        self._frames = [
            superposition(pocket_frame(c.structure, c.chain), frame) for c in self._complexes
        ]
        self._around = Surroundings(structure, None, parameters())
        self._pair = PairParameters(**self._settings["pair"])
        self.pocket = self._pocket()
        self._least = 0.0

    @cached_property
    def centre(self) -> Floats:
        """Mean position of the templates' ligands in the receptor, (3,) float64 in angstrom."""
        places = [
            np.nanmean(c.poses[0].coords, axis=0) @ turn + shift
            for c, (turn, shift) in zip(self._complexes, self._frames, strict=True)
        ]
        return np.asarray(np.median(places, axis=0))

    def _pocket(self, cut: int | None = None, pair: PairParameters | None = None) -> Pocket:
        """Return the atoms around, without one residue's side chain if asked."""
        atoms = self._around.atoms
        near = np.linalg.norm(atoms.coords - self.centre, axis=1) < self._settings["reach_ang"]
        near &= ~np.isin(self._around.owner, self._displaced)
        if cut is not None:
            near &= (self._around.owner != cut) | np.isin(self._around.names, BACKBONE_ATOMS)
        return Pocket(atoms.take(np.flatnonzero(near)), self.ligand.atom_types, pair or self._pair)

    @cached_property
    def templates(self) -> list[_Template]:
        """The templates worth trying, most of the ligand first, in the receptor's frame."""
        settings = self._settings
        ranked = []
        for number, complex_ in enumerate(self._complexes):
            mol = complex_.to_rdkit(hydrogens=False)
            ranked.append((similarity(self._heavy, mol), number, mol))
        ranked.sort(key=lambda item: (-item[0], self._complexes[item[1]].structure.name, item[1]))
        by_labels: dict[bool, list[_Template]] = {True: [], False: []}
        # Fingerprints choose whom to compare by common substructure, which takes its time.
        for _, number, mol in ranked[: 2 * int(settings["templates"])]:
            moved = _moved(mol, *self._frames[number])
            name = self._complexes[number].structure.name
            # What both ways of comparing find counts once.
            known: set[tuple[tuple[int, int], ...]] = set()
            for labels in (True, False):
                one, two = (labelled(self._heavy), labelled(mol)) if labels else (self._heavy, mol)
                query = common(one, two, whole_rings=not labels)
                overlap = query.GetNumAtoms() / self._heavy.GetNumAtoms()
                enough = query.GetNumAtoms() >= settings["least_atoms"]
                if overlap < settings["least_overlap"] or not enough:
                    continue
                laid = [w for w in ways(self._heavy, mol, query, labels) if w not in known]
                known.update(laid)
                if laid:
                    by_labels[labels].append(_Template(name, moved, overlap, tuple(laid)))
        found = []
        for templates in by_labels.values():
            templates.sort(key=lambda t: (-t.overlap, t.name))
            found += templates[: int(settings["templates"])]
        return found

    @cached_property
    def _displaced(self) -> list[int]:
        """Cofactors that lie where the ligand shall go, as indices of residues."""
        away = np.linalg.norm(self._around.atoms.coords - self.centre, axis=1)
        there = np.unique(self._around.owner[away < self._settings["docking"]["cofactor_ang"]])
        return [int(i) for i in there if self.structure.residues[i].kind == "cofactor"]

    @property
    def best_overlap(self) -> float:
        """The largest share of the ligand that a template has; zero without templates."""
        return max((t.overlap for t in self.templates), default=0.0)

    def on_templates(self) -> list[_Begun]:
        """Return conformers laid on the templates.

        Returns
        -------
        list of start
            Those that overlap least with the pocket, no two alike.
        """
        begun: list[_Begun] = []
        shares = sum(template.overlap for template in self.templates)
        for template in self.templates:
            # The more a template has of the ligand, the more of its starts are worth the time:
            # what it lacks overlaps with the pocket at first, and would lose to a small overlap.
            most = max(2, round(self._settings["refined"] * template.overlap / shares))
            positions = template.mol.GetConformer().GetPositions()
            for start in self._best_starts(template, most):
                drawn = np.array([a for a, _ in start.pairs], dtype=np.intp)
                held = (drawn, positions[[b for _, b in start.pairs]])
                begun.append(
                    _Begun(start.coords, template.name, template.overlap, "template", held)
                )
        return begun

    def _best_starts(self, template: _Template, most: int) -> list[Start]:
        settings = self._settings
        heavy = self.ligand.n_heavy
        ranked = []
        laid = starts(self._whole, template.mol, template.ways, self.seed)
        for number, start in enumerate(laid):
            energy, _ = self.pocket.energy(start.coords[:heavy], settings["soft_overlap_ang"])
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

    def docked(self) -> list[_Begun]:
        """Return docked poses.

        Returns
        -------
        list of start

        Raises
        ------
        PlacementError
            If docking is not installed, or finds nothing.
        """
        from rdkit import Chem

        from .docking import dock

        found = dock(self.structure, self.ligand, self.centre, chain=self.chain, seed=self.seed)
        begun = []
        for pose in found:
            placed = Chem.AddHs(_carrying(self._heavy, pose.coords), addCoords=True)
            begun.append(_Begun(placed.GetConformer().GetPositions(), source="docked"))
        return begun

    def refined(self, begun: Iterable[_Begun]) -> list[Placed]:
        """Minimise starts: drawn to the template in a soft pocket, the best then free in the hard.

        Parameters
        ----------
        begun : iterable of start
            From `on_templates` and `docked`.

        Returns
        -------
        list of Placed
            Not ranked yet: the strain is the ligand's own energy.
        """
        return self._hardened([self._softened(start, self.pocket) for start in begun], self.pocket)

    @cached_property
    def _internal(self) -> Internal:
        conformer = np.arange(3.0 * self._whole.GetNumAtoms()).reshape(-1, 3)
        return Internal(_carrying(self._whole, conformer))

    def _softened(self, start: _Begun, pocket: Pocket) -> tuple[float, Floats, _Begun]:
        """Return what a start comes to in a soft pocket, and by how much it is worth going on."""
        settings, heavy = self._settings, self.ligand.n_heavy
        weight, soft = float(settings["intra_weight"]), float(settings["soft_overlap_ang"])
        held = None
        if start.held is not None:
            held = (*start.held, float(settings["restraint"]))
        coords = minimise(
            start.coords, self._internal, pocket, heavy, weight=weight, held=held,
            steps=int(settings["steps_soft"]), soft=soft,
        )  # fmt: skip
        promise = pocket.energy(coords[:heavy], soft)[0]
        promise += weight * self._internal.energy(coords)[0]
        return promise - float(settings["overlap_kcal"]) * start.overlap, coords, start

    def _hardened(
        self, softened: Sequence[tuple[float, Floats, _Begun]], pocket: Pocket, site: str = ""
    ) -> list[Placed]:
        """Minimise the most promising of them in the pocket as it is scored."""
        settings, heavy = self._settings, self.ligand.n_heavy
        weight, steps = float(settings["intra_weight"]), int(settings["steps_hard"])
        order = np.argsort([promise for promise, _, _ in softened], kind="stable")
        out = []
        for index in order[: int(settings["hardened"])]:
            _, coords, start = softened[index]
            coords = minimise(coords, self._internal, pocket, heavy, weight=weight, steps=steps)
            energy, _ = pocket.energy(coords[:heavy])
            strain, _ = self._internal.energy(coords)
            how = (start.template, start.overlap, start.source, site)
            out.append(Placed(coords[:heavy], energy, strain, 0.0, *how))
        return out

    def settled(self, poses: Sequence[Placed], cut: int | None = None) -> list[Placed]:
        """Minimise kept poses once more where overlap costs several times as much.

        A soft repulsion finds the way into a pocket; it leaves atoms that are too near.

        Parameters
        ----------
        poses : sequence of Placed
            Distinct ones, with strain and score.
        cut : int, optional
            Index of the residue whose side chain was cut to glycine.

        Returns
        -------
        list of Placed
            Ranked anew by their energies in the pocket as it is scored.
        """
        from rdkit import Chem

        settings, heavy = self._settings, self.ligand.n_heavy
        firm = replace(self._pair, repulsion=self._pair.repulsion * float(settings["firm"]))
        soft, hard = self._pocket(cut), self._pocket(cut, firm)
        out = []
        for pose in poses:
            whole = Chem.AddHs(_carrying(self._heavy, pose.coords), addCoords=True)
            before = minimise(
                whole.GetConformer().GetPositions(), self._internal, soft, heavy,
                weight=float(settings["intra_weight"]), steps=int(settings["steps_firm"]),
            )  # fmt: skip
            # Firmer inside too, or overlap would be paid for with bent bonds.
            coords = minimise(
                before, self._internal, hard, heavy,
                weight=float(settings["firm_weight"]),
                steps=int(settings["steps_firm"]),
            )  # fmt: skip
            energy, _ = soft.energy(coords[:heavy])
            # The strain stays that of the soft pocket: what firmness adds comes of a pocket that
            # does not yield, and would speak for or against an isomer by chance.
            own = pose.strain_kcal + self._least
            moved = replace(pose, coords=coords[:heavy], energy_kcal=energy, strain_kcal=own)
            out.append(self._scored(moved))
        return sorted(out, key=lambda pose: pose.score_kcal)

    def ranked(self, poses: Sequence[Placed]) -> list[Placed]:
        """Give poses their strain and score, and sort them.

        Parameters
        ----------
        poses : sequence of Placed
            From `refined`.

        Returns
        -------
        list of Placed
            Best first.
        """
        self._least = min((pose.strain_kcal for pose in poses), default=0.0)
        return sorted(map(self._scored, poses), key=lambda pose: pose.score_kcal)

    def _scored(self, pose: Placed) -> Placed:
        settings = self._settings
        strain = pose.strain_kcal - self._least
        bonds = hinge_bonds(self.structure, self.chain, self.ligand, pose.coords)
        score = pose.energy_kcal + float(settings["strain_weight"]) * strain
        score -= float(settings["hinge_kcal"]) * bool(bonds)
        score -= float(settings["overlap_kcal"]) * pose.overlap
        return replace(pose, strain_kcal=strain, score_kcal=score)

    def distinct(self, poses: Sequence[Placed], known: Sequence[Placed] = ()) -> list[Placed]:
        """Return the poses of which no better one lies within the limit, symmetry allowed for.

        Parameters
        ----------
        poses : sequence of Placed
            Best first.
        known : sequence of Placed
            Others that they shall differ from.

        Returns
        -------
        list of Placed
        """
        from rdkit.Chem import rdMolAlign

        settings = self._settings
        before = [_carrying(self._heavy, pose.coords) for pose in known]
        kept: list[tuple[Placed, Mol]] = []
        for pose in poses:
            if pose.score_kcal > poses[0].score_kcal + settings["window_kcal"]:
                break
            mol = _carrying(self._heavy, pose.coords)
            far = all(
                rdMolAlign.CalcRMS(_carrying(self._heavy, pose.coords), other, maxMatches=1000)
                > settings["distinct_ang"]
                for other in (*before, *(mol for _, mol in kept))
            )
            if far:
                kept.append((pose, mol))
            if len(kept) == int(settings["poses"]):
                break
        return [pose for pose, _ in kept]

    def yielding(self, begun: Sequence[_Begun], poses: Sequence[Placed]) -> list[Placed]:
        """Refine starts anew where a side chain is cut to glycine.

        A mutant that takes less room, or room elsewhere, lets the ligand lie otherwise.

        Parameters
        ----------
        begun : sequence of start
            From `on_templates` and `docked`.
        poses : sequence of Placed
            Those of the pocket as it is.

        Returns
        -------
        list of Placed
            Those that lie otherwise, best first, site by site.
        """
        settings = self._settings
        numbering = self.structure.numbering(self.chain)
        heavy, soft = self.ligand.n_heavy, float(settings["soft_overlap_ang"])
        out: list[Placed] = []
        for position in settings["yielding_klifs"]:
            where = numbering.at_klifs(int(position))
            if where is None:
                continue
            residue = self.structure.residue(where)
            if set(self.structure.atoms(residue)) <= set(BACKBONE_ATOMS):
                continue  # glycine already
            pocket = self._pocket(cut=residue.index)
            energies = [pocket.energy(start.coords[:heavy], soft)[0] for start in begun]
            order = np.argsort(energies, kind="stable")[: int(settings["yielding_starts"])]
            softened = [self._softened(begun[i], pocket) for i in order]
            refined = [self._scored(p) for p in self._hardened(softened, pocket, str(where))]
            refined.sort(key=lambda pose: pose.score_kcal)
            fresh = self.distinct(refined, known=poses)
            out += self.settled(fresh[: int(settings["yielding_poses"])], residue.index)
        return out

    def result(self, begun: Sequence[_Begun], said: Sequence[Finding]) -> PoseSet:
        """Refine and rank starts, and say of the best pose what is to be said.

        Parameters
        ----------
        begun : sequence of start
            From `on_templates` and `docked`.
        said : sequence of Finding
            What was noticed on the way.

        Returns
        -------
        PoseSet
        """
        kept = self.settled(self.distinct(self.ranked(self.refined(begun))))
        poses = (*kept, *self.yielding(begun, kept))
        return PoseSet(poses, tuple(self.findings(kept[0], said)))

    def findings(self, best: Placed, said: Sequence[Finding]) -> list[Finding]:
        """Say where the best pose comes from, and what speaks for and against it.

        Parameters
        ----------
        best : Placed
            The pose.
        said : sequence of Finding
            What was noticed on the way.

        Returns
        -------
        list of Finding
        """
        if best.template:
            how = (
                f"was placed on the ligand of {best.template}, of which it shares "
                f"{best.overlap:.0%} of its heavy atoms"
            )
        else:
            how = "was docked (AutoDock Vina)"
        shares: dict[str, float] = {}
        for t in self.templates:
            shares[t.name] = max(shares.get(t.name, 0.0), t.overlap)
        named = ", ".join(f"{name} ({share:.0%})" for name, share in shares.items()) or "none"
        text = f"{self.ligand.name} {how}; templates tried: {named}."
        more = doubts(self.structure, self.chain, self.ligand, best, self.pocket.coords)
        return [Finding("placed", text, "choice"), *said, *more]
