"""Alternate locations: one conformer for each residue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from ..errors import StructureError
from ..residues import BACKBONE_ATOMS, SIDE_CHAIN_ATOMS, Finding, ResidueId
from ._parts import Altloc, Draft, counted, listed, waters
from ._raw import RawAtom

__all__ = ["choose_conformers"]


def choose_conformers(
    atoms: Sequence[RawAtom], wanted: str, findings: list[Finding]
) -> tuple[list[Draft], list[Altloc]]:
    """One conformer for each residue, the same letter for all its atoms."""
    if wanted not in ("occupancy", "first") and (len(wanted) != 1 or not wanted.isalnum()):
        raise StructureError(
            f"altloc={wanted!r}: give 'occupancy', 'first' or the letter of an alternate location."
        )
    groups: dict[tuple[str, int, str], dict[str, list[RawAtom]]] = {}
    for atom in atoms:
        key = (atom.chain, atom.number, atom.insertion_code)
        groups.setdefault(key, {}).setdefault(atom.residue, []).append(atom)
    drafts: list[Draft] = []
    altlocs: list[Altloc] = []
    borrowed: list[ResidueId] = []
    doubled: list[ResidueId] = []
    for key, by_name in groups.items():
        here = ResidueId(*key)
        letters = [{a.altloc for a in members} for members in by_name.values()]
        mixed = (
            len(by_name) > 1
            and all("" not in found for found in letters)
            and len(set.union(*letters)) == sum(map(len, letters))
        )
        sets = [list(chain.from_iterable(by_name.values()))] if mixed else list(by_name.values())
        for members in sets:
            chosen, occupancies = _choose_letter(members, wanted)
            if occupancies:
                altlocs.append(Altloc(here, chosen, occupancies))
            kept, lent = _conformer(members, chosen)
            if lent:
                borrowed.append(here)
            single = {atom.name: atom for atom in reversed(kept)}
            if len(single) < len(kept) and kept[0].residue not in waters():
                # Waters are spared: their numbers start again in large simulations.
                doubled.append(here)
                kept = [atom for atom in kept if single[atom.name] is atom]
            drafts.append(
                Draft(here, kept[0].residue, kept[0].hetero, kept, chosen if occupancies else "")
            )
            if mixed:
                names = "/".join(by_name)
                findings.append(
                    Finding(
                        "microheterogeneity",
                        f"{here} is {names} in the file; {kept[0].residue} was read.",
                        "choice",
                        here,
                    )
                )
    if len(wanted) == 1 and not any(a.chosen == wanted for a in altlocs):
        there = sorted({letter for a in altlocs for letter, _ in a.occupancies})
        raise StructureError(
            f"altloc={wanted!r}: no residue has that alternate location; "
            + (f"there are {', '.join(there)}." if there else "the structure has none.")
        )
    several = [a for a in altlocs if len(a.occupancies) > 1]
    if several:
        how = {"occupancy": "by summed occupancy", "first": "the first"}.get(wanted, wanted)
        texts = (
            f"{a.residue} {a.chosen} of {'/'.join(letter for letter, _ in a.occupancies)}"
            for a in several
        )
        findings.append(
            Finding(
                "altloc",
                f"Alternate locations in {counted(len(several), 'residue')}, one read for each, "
                f"{how}: {listed(texts)}.",
                "choice",
            )
        )
    if doubled:
        message = f"Atoms that are there twice were read once: {listed(doubled)}."
        findings.append(Finding("duplicate-atoms", message, "warning"))
    if borrowed:
        findings.append(
            Finding(
                "altloc-mixed",
                f"Some atoms of {listed(borrowed)} exist only in another alternate location "
                "than the one that was read, and were taken from there.",
                "choice",
            )
        )
    return drafts, altlocs


def _choose_letter(
    members: Sequence[RawAtom], wanted: str
) -> tuple[str, tuple[tuple[str, float], ...]]:
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for atom in members:
        if atom.altloc:
            sums[atom.altloc] += atom.occupancy
            counts[atom.altloc] += 1
    if not sums:
        return "", ()
    letters = sorted(sums)
    if wanted in sums:
        chosen = wanted
    elif wanted == "first":
        chosen = letters[0]
    else:
        # Rounded: sums of decimal fractions in another order must not decide a tie.
        chosen = min(letters, key=lambda letter: (-round(sums[letter], 4), letter))
    return chosen, tuple((letter, sums[letter] / counts[letter]) for letter in letters)


def _conformer(members: Sequence[RawAtom], chosen: str) -> tuple[list[RawAtom], bool]:
    """Atoms without a letter and of the chosen one; amino-acid atoms it lacks from the others."""
    if not chosen:
        return list(members), False
    kept = [a for a in members if a.altloc in ("", chosen)]
    name = next(a.residue for a in members if a.altloc == chosen)
    have = {a.name for a in kept}
    standard = {*BACKBONE_ATOMS, *SIDE_CHAIN_ATOMS.get(name, ())}
    lent: dict[str, RawAtom] = {}
    if name in SIDE_CHAIN_ATOMS:
        for atom in members:
            if atom.residue == name and atom.name in standard - have:
                best = lent.get(atom.name)
                if best is None or atom.occupancy > best.occupancy:
                    lent[atom.name] = atom
    return kept + list(lent.values()), bool(lent)
