"""Which chain and which ligand of a structure are meant, its pocket, and its summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LigandNotFoundError, ResidueNotFoundError, StructureError
from ..residues import Finding
from ._parts import Residue, listed
from ._pocket import Pocket, PocketResidue
from ._raw import threshold

if TYPE_CHECKING:
    from ..kinases import Kinase
    from ..numbering import Numbering
    from .structure import Structure

__all__ = ["choose_chain", "choose_ligand", "contacts", "pocket", "summary"]


def contacts(structure: Structure, ligand: Residue, residues: tuple[Residue, ...]) -> int:
    """Count the ligand's heavy atoms that touch some residues.

    Parameters
    ----------
    structure : Structure
        Holds both.
    ligand : Residue
        The ligand.
    residues : tuple of Residue
        What it may touch.

    Returns
    -------
    int
        Atoms within 4.5 angstrom of any atom of `residues`.
    """
    from scipy.spatial import cKDTree

    if not residues:
        return 0
    rows = np.concatenate([np.arange(r.start, r.stop) for r in residues])
    tree = cKDTree(structure.coords[rows])
    own: NDArray[np.float64] = structure.coords[ligand.start : ligand.stop]
    distance, _ = tree.query(own, distance_upper_bound=threshold("contact"))
    return int(np.isfinite(distance).sum())


def _pocket_residues(structure: Structure, numbering: Numbering) -> tuple[Residue, ...]:
    ids = (numbering.at_klifs(position) for position in range(1, 86))
    return tuple(structure.residue(found) for found in ids if found is not None)


def choose_chain(
    structure: Structure, chain: str | None, kinase: Kinase | None
) -> tuple[str, tuple[Finding, ...]]:
    """See `Structure.choose_chain`."""
    if not structure.chains:
        raise ResidueNotFoundError(
            f"{structure.name} has no protein: it holds {_what_is_there(structure)}."
        )
    if chain is not None:
        structure.protein(chain)
        if kinase is not None:
            _check_kinase(structure, chain, kinase)
        return chain, ()
    sizes = {c: len(structure.protein(c)) for c in structure.chains}
    long = [c for c, size in sizes.items() if size >= threshold("shortest_kinase")]
    known = {c: found for c in long if (found := structure.numbering(c).kinase) is not None}
    if kinase is not None:
        known = {c: found for c, found in known.items() if found.gene == kinase.gene}
        if not known:
            there = [
                f"{c}: {found.name if (found := structure.numbering(c).kinase) else 'no kinase'}"
                for c in long
            ]
            raise StructureError(
                f"{structure.name} has no chain that is {kinase.name}; there are "
                f"{listed(there) or 'only short chains'}."
            )
    if not known:
        longest = max(sizes, key=lambda c: sizes[c])
        if len(sizes) == 1:
            return longest, ()
        message = (
            f"No chain of {structure.name} is a known kinase; chain {longest}, the longest, was "
            f"taken out of {', '.join(sizes)}."
        )
        return longest, (Finding("chain", message, "choice"),)
    names = dict.fromkeys(found.name for found in known.values())
    if len(names) > 1:
        there = [f"chain {c} is {found.name}" for c, found in known.items()]
        raise StructureError(
            f"{structure.name} holds {len(names)} kinases ({', '.join(there)}): say which chain "
            "is meant, with chain= or --chain."
        )
    if len(known) == 1:
        return next(iter(known)), ()

    def rank(candidate: str) -> tuple[bool, int]:
        numbering = structure.numbering(candidate)
        near = _pocket_residues(structure, numbering)
        bound = any(contacts(structure, ligand, near) for ligand in structure.ligands)
        return (not bound, len(numbering.unresolved_pocket))

    best = min(known, key=rank)
    message = (
        f"Chains {', '.join(known)} of {structure.name} are all {next(iter(names))}; chain "
        f"{best} was taken ("
        + ("a ligand is in its pocket" if not rank(best)[0] else "no chain has a ligand")
        + ")."
    )
    return best, (Finding("chain", message, "choice"),)


def _check_kinase(structure: Structure, chain: str, kinase: Kinase) -> None:
    found = structure.numbering(chain).kinase
    if found is None or found.gene != kinase.gene:
        raise StructureError(
            f"Chain {chain} of {structure.name} is {found.name if found else 'no known kinase'}, "
            f"not {kinase.name}."
        )


def _what_is_there(structure: Structure) -> str:
    counts = Counter(r.kind for r in structure.residues)
    texts = []
    for kind, count in counts.items():
        members = [r for r in structure.residues if r.kind == kind]
        if kind in ("protein", "water", "nucleic"):
            texts.append(f"{count} {kind} residues")
        else:
            texts.append(f"{kind} {listed(members, 4)}")
    return "; ".join(texts) or "nothing"


def choose_ligand(
    structure: Structure,
    code: str | None,
    chain: str | None,
    number: int | None,
    kinase_chain: str | None = None,
) -> tuple[Residue, tuple[Finding, ...]]:
    """See `Structure.choose_ligand`."""
    pool = list(structure.ligands)
    if code is not None:
        pool += [r for r in structure.residues if r.kind in ("cofactor", "buffer", "glycan", "ion")]
        # A free amino acid or nucleotide may be asked for by name; a link of a chain may not.
        pool = [r for r in pool if r.name.upper() == code.upper()]
    found = [
        r
        for r in pool
        if (chain is None or r.id.chain == chain) and (number is None or r.id.number == number)
    ]
    if not found:
        asked = " ".join(
            text
            for text in (
                code or "",
                f"in chain {chain}" if chain is not None else "",
                f"with number {number}" if number is not None else "",
            )
            if text
        )
        others = [r for r in structure.residues if r.kind in ("cofactor", "buffer", "ion")]
        beside = f"{listed(others, 5)}, which are taken only by name" if others else ""
        if not structure.ligands:
            there = f", only {beside}" if beside else ""
            raise LigandNotFoundError(
                f"{structure.name} has no inhibitor bound{there}"
                f"{f'; {asked} was asked for' if asked else ''}. Take a structure with an "
                "inhibitor, or give the inhibitor as a file in the frame of this structure."
            )
        there = f"{listed(structure.ligands)}{f' (beside {beside})' if beside else ''}"
        raise LigandNotFoundError(
            f"{structure.name} has no ligand {asked}; its ligands are {there}. "
            "Name one that is there, or take a structure with an inhibitor."
        )
    near, place = _near_residues(structure, kinase_chain)
    touching = {r.index: contacts(structure, r, near) for r in found}
    best = min(found, key=lambda r: (-touching[r.index], -r.n_atoms, r.index))
    findings: list[Finding] = []
    if len(found) > 1:
        findings.append(
            Finding(
                "ligand",
                f"{structure.name} has {len(found)} ligands ({listed(found)}); {best} was taken, "
                f"which has the most contacts with {place}.",
                "choice",
                best.id,
            )
        )
    if near and not touching[best.index]:
        message = f"{best} is not bound: none of its atoms is near {place}."
        findings.append(Finding("ligand-outside-pocket", message, "warning", best.id))
    return best, tuple(findings)


def _near_residues(structure: Structure, chain: str | None) -> tuple[tuple[Residue, ...], str]:
    """Pocket of the chain that is meant, or all protein if no chain or no kinase is."""
    try:
        numbering = structure.numbering(chain)
    except StructureError:
        return structure.protein(), "the protein"
    if numbering.kinase is None:
        return structure.protein(chain), "the protein"
    return _pocket_residues(structure, numbering), f"the pocket of {numbering.kinase.name}"


def pocket(structure: Structure, chain: str) -> Pocket:
    """See `Structure.pocket_of`."""
    from ..kinases import klifs_label, klifs_region, role

    numbering = structure.numbering(chain)
    kinase = numbering.kinase
    if kinase is None:
        raise StructureError(
            f"Chain {chain} of {structure.name} is no known kinase, so that KLIFS positions are "
            "not defined; its residues are addressed by author numbers."
        )
    rows = []
    for position in range(1, 86):
        found = numbering.at_klifs(position)
        uniprot = kinase.pocket_numbers[position - 1]
        if uniprot is None and found is not None:
            uniprot = numbering.uniprot(found)
        rows.append(
            PocketResidue(
                position=position,
                label=klifs_label(position),
                region=klifs_region(position),
                role=role(position),
                residue=found,
                letter="" if found is None else structure.residue(found).letter,
                expected=kinase.pocket[position - 1],
                uniprot=uniprot,
                literature=None if uniprot is None else kinase.literature(uniprot),
            )
        )
    return Pocket(kinase.name, chain, tuple(rows))


# --- summary ----------------------------------------------------------------------------


def summary(structure: Structure) -> dict[str, Any]:
    """See `Structure.summary`."""
    findings = list(structure.findings)
    chains = [_chain_summary(structure, chain, findings) for chain in structure.chains]
    ligands = []
    for ligand in structure.ligands:
        touching = contacts(structure, ligand, structure.protein()) if structure.chains else 0
        ligands.append(
            {
                "code": ligand.name,
                "residue": str(ligand.id),
                "heavy_atoms": ligand.n_atoms,
                "in_contact": touching,
            }
        )
    chosen = None
    if structure.chains:
        try:
            chosen, about = structure.choose_chain()
            findings += about
        except StructureError as error:
            findings.append(Finding("several-kinases", str(error), "warning"))
    if structure.ligands:
        findings += structure.choose_ligand()[1]
    others = Counter(
        (r.kind, r.name) for r in structure.residues if r.kind not in ("protein", "ligand")
    )
    return {
        "name": structure.name,
        "kind": structure.kind,
        "pdb_id": structure.pdb_id,
        "title": structure.title,
        "sha256": structure.sha256,
        "chains": chains,
        "kinase_chain": chosen or "",
        "ligands": ligands,
        "others": [
            {"kind": kind, "code": name, "count": count} for (kind, name), count in others.items()
        ],
        "altlocs": [
            {"residue": str(a.residue), "chosen": a.chosen, "occupancy": dict(a.occupancies)}
            for a in structure.altlocs
        ],
        "incomplete": [
            {"residue": str(r.id), "name": r.name, "missing": list(r.missing)}
            for r in structure.residues
            if r.missing
        ],
        "state": _state_summary(structure, chosen),
        "findings": [
            {"code": f.code, "level": f.level, "message": f.message}
            for f in dict.fromkeys(findings)
        ],
    }


def _chain_summary(structure: Structure, chain: str, findings: list[Finding]) -> dict[str, Any]:
    residues = structure.protein(chain)
    row: dict[str, Any] = {
        "chain": chain,
        "residues": len(residues),
        "first": str(residues[0].id),
        "last": str(residues[-1].id),
        "kinase": "",
        "gene": "",
        "uniprot": "",
        "identity": None,
        "differences": [],
        "tags": [],
        "gaps": [str(gap) for gap in structure.gaps(chain)],
        "unresolved_pocket": [],
        "modified": [f"{r.name} {r.id}" for r in residues if r.name != r.parent],
    }
    if len(residues) < threshold("shortest_kinase"):
        return row
    numbering = structure.numbering(chain)
    findings += numbering.findings
    if numbering.kinase is None:
        return row
    row |= {
        "kinase": numbering.kinase.name,
        "gene": numbering.kinase.gene,
        "uniprot": numbering.kinase.uniprot,
        "identity": round(numbering.identity, 3),
        "differences": [str(d) for d in numbering.differences],
        "tags": [str(tag) for tag in numbering.tags],
        "unresolved_pocket": list(numbering.unresolved_pocket),
    }
    return row


def _state_summary(structure: Structure, chain: str | None) -> dict[str, Any]:
    if chain is None:
        return {}
    numbering = structure.numbering(chain)
    if numbering.kinase is None:
        return {}
    from ..states import dfg_state

    return dfg_state(structure, numbering).record()
