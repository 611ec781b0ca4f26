"""What each residue is, and in which order the residues of a chain are bonded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..reference import read_csv
from ..residues import SIDE_CHAIN_ATOMS, THREE_TO_ONE, Finding, ResidueId
from ._parts import Draft, Gap, ResidueKind, het_classes, listed, waters
from ._raw import threshold

__all__ = ["classify", "find_gaps", "order_chains"]

_ION_ELEMENTS: Final = frozenset(
    "LI NA K RB CS MG CA SR BA MN FE CO NI CU ZN CD HG AG AU PT PD AL GA Y LA CE SM EU GD TB YB "
    "LU CL BR I F PB U V CR MO W".split()
)


#: Names that simulation programs give to atoms of standard residues (CHARMM, GROMOS).
_ALIASES: Final[Mapping[tuple[str, str], str]] = {
    ("ILE", "CD"): "CD1",
    ("", "OT1"): "O", ("", "OT2"): "OXT", ("", "O1"): "O", ("", "O2"): "OXT",
    ("", "OC1"): "O", ("", "OC2"): "OXT",
}  # fmt: skip


class _Modified(NamedTuple):
    parent: str
    needed: frozenset[str]
    renamed: Mapping[str, str]


@lru_cache(maxsize=1)
def _modified() -> Mapping[str, tuple[_Modified, ...]]:
    found: dict[str, list[_Modified]] = defaultdict(list)
    for row in read_csv("modified_residues.csv"):
        renamed = dict(pair.split("=") for pair in row["renamed"].split())
        needed = frozenset(row["if_atoms"].split())
        found[row["code"]].append(_Modified(row["parent"], needed, renamed))
    return {code: tuple(rows) for code, rows in found.items()}


def _find_links(drafts: Sequence[Draft]) -> dict[int, int]:
    """Peptide bonds: the residue whose N is bonded to this one's C."""
    from scipy.spatial import cKDTree

    carbons: list[tuple[int, NDArray[np.float64]]] = []
    nitrogens: list[tuple[int, NDArray[np.float64]]] = []
    for i, draft in enumerate(drafts):
        for name, found in (("C", carbons), ("N", nitrogens)):
            position = draft.position(name)
            if position is not None and draft.name not in waters():
                found.append((i, position))
    if not carbons or not nitrogens:
        return {}
    tree = cKDTree(np.array([p for _, p in nitrogens]))
    links: dict[int, int] = {}
    positions = [position for _, position in carbons]
    neighbours = tree.query_ball_point(positions, threshold("peptide_bond"))
    for (i, position), near in zip(carbons, neighbours, strict=True):
        others = [
            (float(np.linalg.norm(nitrogens[k][1] - position)), nitrogens[k][0])
            for k in near
            if nitrogens[k][0] != i and drafts[nitrogens[k][0]].id.chain == drafts[i].id.chain
        ]
        if others:
            links[i] = min(others)[1]
    return links


def classify(
    drafts: Sequence[Draft], parents: Mapping[str, str], findings: list[Finding]
) -> dict[int, int]:
    """Set kind, parent and atom names of all residues; return the peptide bonds."""
    for draft in drafts:
        draft.by_name = {a.name: a for a in draft.atoms}
    links = _find_links(drafts)
    linked = set(links) | set(links.values())
    spans: dict[str, tuple[int, int]] = {}
    for i, draft in enumerate(drafts):
        if i in linked or (not draft.hetero and draft.name in THREE_TO_ONE):
            low, high = spans.get(draft.id.chain, (draft.id.number, draft.id.number))
            number = draft.id.number
            spans[draft.id.chain] = (min(low, number), max(high, number))
    modified: dict[tuple[str, str], list[ResidueId]] = defaultdict(list)
    for i, draft in enumerate(drafts):
        amino = {"N", "CA", "C"} <= draft.by_name.keys()
        low, high = spans.get(draft.id.chain, (0, -1))
        # An amino acid between the residues of a chain is part of it, even beside a gap;
        # one that floats elsewhere is a molecule of its own.
        in_chain = i in linked or not draft.hetero or low <= draft.id.number <= high
        rename: Mapping[str, str] = {}
        if draft.name in THREE_TO_ONE and in_chain:
            draft.kind, draft.parent = "protein", draft.name
        elif draft.name in het_classes() and het_classes()[draft.name] != "buffer":
            draft.kind = het_classes()[draft.name]
        elif amino and in_chain and (found := _modification(draft)) is not None:
            draft.kind, draft.parent, rename = "protein", found.parent, found.renamed
        elif amino and i in linked and (draft.id.chain in spans):
            draft.kind = "protein"
            parent = parents.get(draft.name, "")
            draft.parent = parent if parent in THREE_TO_ONE else ""
        else:
            draft.kind = _molecule_kind(draft, findings)
        if draft.kind == "protein":
            _rename(draft, rename)
            if draft.name != draft.parent:
                modified[draft.name, draft.parent].append(draft.id)
    for (name, parent), places in modified.items():
        findings.append(
            Finding("modified-residue", f"{name} at {listed(places)} takes part as {parent}.")
            if parent
            else Finding(
                "unknown-residue",
                f"{name} at {listed(places)} is bonded into the chain, but no table knows its "
                "parent: it takes part with its atoms and cannot be mutated.",
                "warning",
            )
        )
    return links


def _modification(draft: Draft) -> _Modified | None:
    for row in _modified().get(draft.name, ()):
        if row.needed <= draft.by_name.keys():
            return row
    return None


def _rename(draft: Draft, table: Mapping[str, str]) -> None:
    """Give atoms the names that the parent has for them."""
    renamed: list[tuple[str, str]] = []
    for name in list(draft.by_name):
        new = (
            table.get(name)
            or _ALIASES.get((draft.parent, name))
            or ("" if name in SIDE_CHAIN_ATOMS.get(draft.parent, ()) else _ALIASES.get(("", name)))
        )
        if new and draft.parent in THREE_TO_ONE and new not in draft.by_name:
            draft.by_name[new] = draft.by_name.pop(name)
            renamed.append((new, name))
    draft.renamed = tuple(renamed)


def _molecule_kind(draft: Draft, findings: list[Finding]) -> ResidueKind:
    known = het_classes().get(draft.name)
    if known is not None:
        return known
    if len(draft.atoms) == 1 and draft.atoms[0].element in _ION_ELEMENTS:
        return "ion"
    if len(draft.atoms) < threshold("smallest_ligand"):
        findings.append(
            Finding(
                "small-molecule",
                f"{draft.name} {draft.id} has {len(draft.atoms)} heavy atoms and is not taken "
                "for a ligand.",
                "choice",
                draft.id,
            )
        )
        return "buffer"
    return "ligand"


def order_chains(
    drafts: list[Draft], links: Mapping[int, int], findings: list[Finding]
) -> list[Draft]:
    """Put residues that are listed out of the order of their peptide bonds into it."""
    chains: dict[str, list[int]] = defaultdict(list)
    for i, draft in enumerate(drafts):
        if draft.kind in ("protein", "cap"):
            chains[draft.id.chain].append(i)
    ordered = list(drafts)
    for chain, slots in chains.items():
        following = dict(pairwise(slots))
        members = set(slots)
        joined = {i: j for i, j in links.items() if i in members and j in members}
        if all(following.get(i) == j for i, j in joined.items()):
            continue
        heads = sorted(members - set(joined.values()), key=lambda i: drafts[i].id)
        order: list[int] = []
        seen: set[int] = set()
        # Heads first, then what is left of rings, which only a broken file has.
        for head in [*heads, *slots]:
            place: int | None = head
            while place is not None and place not in seen:
                seen.add(place)
                order.append(place)
                place = joined.get(place)
        for slot, source in zip(slots, order, strict=True):
            ordered[slot] = drafts[source]
        findings.append(
            Finding(
                "residue-order",
                f"Residues of chain {chain or '(blank)'} are not listed in the order of their "
                "peptide bonds; they were put into it.",
                "choice",
            )
        )
    return ordered


def find_gaps(drafts: Sequence[Draft]) -> list[Gap]:
    gaps: list[Gap] = []
    bonds = ((("C", "N"), threshold("peptide_bond")), (("CA", "CA"), threshold("ca_ca")))
    previous: dict[str, Draft] = {}
    for draft in drafts:
        if draft.kind not in ("protein", "cap"):
            continue
        before = previous.get(draft.id.chain)
        previous[draft.id.chain] = draft
        if before is None:
            continue
        distance, limit = float("nan"), 0.0
        for names, most in bonds:
            one, other = before.position(names[0]), draft.position(names[1])
            if one is not None and other is not None:
                distance, limit = float(np.linalg.norm(one - other)), most
                break
        step = draft.id.number - before.id.number
        broken = step > 1 if np.isnan(distance) else distance > limit
        if broken and "cap" not in (before.kind, draft.kind):
            gaps.append(Gap(before.id, draft.id, distance, max(step - 1, 0)))
    return gaps
