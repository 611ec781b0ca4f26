"""What a panel is asked: its inhibitors and its mutations, in a stable order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .errors import (
    AmbiguousResidueError,
    MutationError,
    NumberingError,
    PlanError,
    TrkstructError,
    UnresolvedResidueError,
)
from .kinases import Kinase, kinase, kinases, role, roles
from .mutations import MutationSet, catalogue, expand
from .plans import resolve_ligand
from .residues import Finding

if TYPE_CHECKING:
    from .ligands import Ligand, LigandRecord
    from .numbering import Numbering

    Asked = str | Ligand | LigandRecord

__all__ = [
    "ROLE_ORDER",
    "in_place",
    "is_same",
    "kinase_rank",
    "library_rank",
    "mutations_of",
    "resolved",
    "wanted_ligands",
]

#: Roles in the order of tables and pictures: first where resistance is seen most.
ROLE_ORDER: Final = tuple(
    dict.fromkeys(("solvent-front", "gatekeeper", "xDFG", *roles(), role(None)))
)


def wanted_ligands(given: object) -> list[Asked]:
    """Take ligands that were asked for apart: files and series into their records.

    Parameters
    ----------
    given : object
        Names, SMILES, files, ligands, series, or iterables of these; None for nothing.

    Returns
    -------
    list of str, Ligand or LigandRecord
        Records that could not be read stay: their rows fail.

    Raises
    ------
    PlanError
        If something is none of these.
    LigandError
        If a file cannot be read.
    """
    from .ligands import Ligand, LigandRecord, ligands

    if given is None:
        return []
    if isinstance(given, LigandRecord):
        return [given if given.ligand is None else given.ligand]
    if isinstance(given, Ligand):
        return [given]
    if isinstance(given, str) and not _is_file(given):
        return [given]
    if isinstance(given, (str, Path)):
        return wanted_ligands(ligands(given))
    if isinstance(given, Iterable):
        return [asked for item in given for asked in wanted_ligands(item)]
    raise PlanError(f"Ligands are names, SMILES, files or Ligands, not {type(given).__name__}.")


def _is_file(text: str) -> bool:
    from .ligands.library import find

    if find(text) is not None:  # a name comes before a file of that name
        return False
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # SMILES may be too long for a file name
        return False


def resolved(asked: Asked) -> Asked:
    """Make the ligand that a text means, if there is one.

    Parameters
    ----------
    asked : str, Ligand or LigandRecord
        What was asked for.

    Returns
    -------
    str, Ligand or LigandRecord
        The ligand; what was asked if there is none, so that its rows say why.
    """
    if not isinstance(asked, str):
        return asked
    try:
        return resolve_ligand(asked) or asked
    except TrkstructError:
        return asked


def is_same(one: Asked, two: Asked) -> bool:
    """Tell whether two ligands are one compound.

    Parameters
    ----------
    one, two : str, Ligand or LigandRecord
        The ligands, resolved.

    Returns
    -------
    bool
        By InChIKey; of what could not be resolved, by text.
    """
    keys = [getattr(item, "inchikey", "") for item in (one, two)]
    if all(keys):
        return bool(keys[0] == keys[1])
    return isinstance(one, str) and isinstance(two, str) and one.casefold() == two.casefold()


def kinase_rank(name: str) -> int:
    """Return the place of a kinase in tables.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    int
        That in the package's list; behind it for others.
    """
    order = [item.name for item in kinases()]
    return order.index(name) if name in order else len(order)


def library_rank(ligand: Ligand) -> tuple[int, str]:
    """Return the place of an inhibitor in tables.

    Parameters
    ----------
    ligand : Ligand
        The inhibitor.

    Returns
    -------
    tuple of int and str
        That in the library; behind it by name for others.
    """
    from .ligands.library import library

    keys = [entry.inchikey for entry in library()]
    rank = keys.index(ligand.inchikey) if ligand.inchikey in keys else len(keys)
    return rank, ligand.name.casefold()


def _is_role(text: str) -> bool:
    try:
        catalogue(role=text)
    except MutationError:
        return False
    return True


def mutations_of(
    numberings: Mapping[str, Numbering], asked: Sequence[str] | None
) -> tuple[dict[str, list[str]], list[Finding]]:
    """Choose the mutations to ask of each kinase.

    A role stands for its catalogued mutations. A mutation without a kinase's name belongs to the
    kinases that have that residue; if none has it, it is asked of all, so that it fails in the
    table and not in silence.

    Parameters
    ----------
    numberings : mapping of str to Numbering
        A chain of each kinase, by the kinase's name.
    asked : sequence of str or None
        Mutations and roles; all catalogued mutations if None.

    Returns
    -------
    mutations : dict of str to list of str
        By kinase; in the order of `ROLE_ORDER`, then by position.
    findings : list of Finding
        What has none, and what is not asked of whom.

    Raises
    ------
    MutationError
        If a mutation cannot be read.
    """
    notes: list[Finding] = []
    chosen: dict[str, list[str]] = {name: [] for name in numberings}
    if asked is None:
        for name in chosen:
            chosen[name] += [row.text for row in catalogue(name)]
            if not chosen[name]:
                message = f"No resistance mutation of {name} is catalogued."
                notes.append(Finding("no-catalogued-mutation", message))
    for text in asked or ():
        if _is_role(text):
            for name in chosen:
                catalogued = expand(text, name)
                chosen[name] += catalogued
                if not catalogued:
                    message = f"{name} has no catalogued {text} mutation."
                    notes.append(Finding("no-catalogued-mutation", message))
            continue
        parsed = MutationSet.parse(text)
        fitting = [name for name in chosen if _belongs(parsed, numberings[name])]
        for name in chosen:
            if name in fitting or not fitting:
                chosen[name].append(text)
            else:
                message = f"{text} is not asked of {name}, which has no such residue."
                notes.append(Finding("mutation-of-another-kinase", message))
    ordered = {name: in_place(kinase(name), texts) for name, texts in chosen.items()}
    return ordered, notes


def in_place(of: Kinase, texts: Iterable[str]) -> list[str]:
    """Sort mutations of a kinase by role and position, each once.

    Parameters
    ----------
    of : Kinase
        The kinase.
    texts : iterable of str
        The mutations; those that are not at their UniProt number stay behind the others.

    Returns
    -------
    list of str
    """

    def place(text: str) -> tuple[int, int, str]:
        first = MutationSet.parse(text).mutations[0]
        if of.complete and of.letter(first.position) == first.wild_type:
            where = role(of.klifs(first.position))
            return ROLE_ORDER.index(where), first.position, first.mutant
        return len(ROLE_ORDER), 0, ""

    return sorted(dict.fromkeys(texts), key=place)


def _belongs(mutations: MutationSet, numbering: Numbering) -> bool:
    """Whether a kinase has the residues of a mutation, resolved or not."""
    try:
        mutations.locate(numbering)
    except UnresolvedResidueError:
        # A number may fit by chance far from the kinase domain, where no structure reaches.
        of = numbering.kinase
        first, last = (of.domain if of is not None else None) or (0, 10**6)
        return all(first <= mutation.position <= last for mutation in mutations)
    except AmbiguousResidueError:
        return True
    except (MutationError, NumberingError):
        return False
    return True
