"""The questions of a panel: about bundled models, and about structures that were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ._asked import is_same, kinase_rank, library_rank, mutations_of, resolved
from ._candidates import Candidate, LeftOut
from ._receptors import numbering_of
from .bundled import bundled_models, what_there_is
from .errors import PlanError
from .plans import PlanRow
from .residues import Finding

if TYPE_CHECKING:
    from ._asked import Asked
    from .complexes import Complex

__all__ = ["DEFAULT_KINASES", "DEFAULT_ROLES", "Questions", "in_models", "in_structures"]

#: Kinases of a matrix if neither kinases nor structures are named.
DEFAULT_KINASES: Final = ("TRKA", "TRKB", "TRKC")
#: Roles whose catalogued mutations a matrix of your own structures asks for if none are named.
DEFAULT_ROLES: Final = ("solvent-front", "gatekeeper", "xDFG")


@dataclass(frozen=True, slots=True)
class Questions:
    """What a panel asks.

    Parameters
    ----------
    rows : tuple of PlanRow
        The questions, in order.
    complexes : dict of tuple to Complex
        Complexes that are prepared already, by `PlanRow.complex_key`.
    findings : tuple of Finding
        What is not asked of whom.
    reference : str
        Name of the inhibitor that stands first; empty if none does.
    """

    rows: tuple[PlanRow, ...]
    complexes: dict[tuple[str, ...], Complex]
    findings: tuple[Finding, ...]
    reference: str


def in_models(
    asked: Sequence[Asked],
    names: Sequence[str],
    mutations: Sequence[str] | None,
    reference: str,
    left_out: LeftOut,
) -> Questions:
    """Ask about bundled models: every inhibitor in every kinase.

    Parameters
    ----------
    asked : sequence of str, Ligand or LigandRecord
        Inhibitors; the library if there are none.
    names : sequence of str
        Kinases; `DEFAULT_KINASES` if there are none.
    mutations : sequence of str or None
        Mutations and roles; all catalogued ones if None.
    reference : str
        Inhibitor that stands first.
    left_out : LeftOut
        Takes what cannot be asked about.

    Returns
    -------
    Questions

    Raises
    ------
    PlanError
        If there is nothing to ask, or the reference is no inhibitor.
    MutationError
        If a mutation cannot be read.
    """
    from .ligands.library import library

    there = {model.kinase for model in bundled_models() if model.ligand}
    wanted = sorted(dict.fromkeys(names or DEFAULT_KINASES), key=kinase_rank)
    usable = [name for name in wanted if name in there]
    if not usable:
        raise PlanError(
            f"No model of {', '.join(wanted)} with an inhibitor is bundled; there are models of "
            f"{what_there_is()}. Name a folder or files (structures=..., --structures DIR, or "
            "TRKSTRUCT_STRUCTURES)."
        )
    for name in wanted:
        if name not in there:
            message = f"No model of {name} is bundled, so it is not asked about."
            left_out.say(Finding("no-model", message, "warning"))
    drugs = _in_front(list(asked) or [resolved(entry.name) for entry in library()], reference)
    questions, notes = mutations_of({name: numbering_of(name) for name in usable}, mutations)
    rows = [
        PlanRow(structure=name, mutation=text, kinase=name, ligand=drug)
        for name in usable
        for drug in drugs
        for text in questions[name]
    ]
    first = _name(drugs[0]) if reference else ""
    return Questions(_numbered(rows), {}, tuple(notes), first)


def _name(drug: Asked) -> str:
    return drug if isinstance(drug, str) else drug.name


def _numbered(rows: Iterable[PlanRow]) -> tuple[PlanRow, ...]:
    numbered = tuple(replace(row, row=number) for number, row in enumerate(rows, start=1))
    if not numbered:
        raise PlanError("None of the kinases has a catalogued mutation of the roles asked for.")
    return numbered


def _in_front(drugs: list[Asked], reference: str) -> list[Asked]:
    """Inhibitors with the reference first, added if it is not among them."""
    if not reference:
        return drugs
    first = resolved(reference)
    if isinstance(first, str) and not any(is_same(first, drug) for drug in drugs):
        raise PlanError(
            f"The reference {reference!r} is the name of no inhibitor that is known, and none of "
            "those that are asked about is called so."
        )
    same = [drug for drug in drugs if is_same(first, drug)]
    return [*(same or [first]), *(drug for drug in drugs if not is_same(first, drug))]


def in_structures(
    found: Sequence[Candidate],
    asked: Sequence[Asked],
    names: Sequence[str],
    mutations: Sequence[str] | None,
    reference: str,
    left_out: LeftOut,
) -> Questions:
    """Ask about structures that were given: what is bound in them, and what is placed.

    Parameters
    ----------
    found : sequence of Candidate
        The structures.
    asked : sequence of str, Ligand or LigandRecord
        Inhibitors; those that are bound if there are none.
    names : sequence of str
        Kinases that were asked for, for messages.
    mutations : sequence of str or None
        Mutations and roles; those of `DEFAULT_ROLES` if None.
    reference : str
        Inhibitor that stands first.
    left_out : LeftOut
        Takes what cannot be asked about.

    Returns
    -------
    Questions

    Raises
    ------
    PlanError
        If there is nothing to ask, or the reference is bound in none and not asked about.
    MutationError
        If a mutation cannot be read.
    """
    bound = [(c, c.complex) for c in found if c.complex is not None]
    if not bound and not (asked and found):
        of = f" of {', '.join(sorted(set(names)))}" if names else ""
        why = " ".join(note.message for note in left_out.findings[:3])
        raise PlanError(f"There is no structure{of} with a bound inhibitor. {why}".strip())
    drugs = [complex_.ligand for _, complex_ in bound]
    first: Asked = ""
    if reference:
        known = [d for d in drugs if reference.casefold() in (d.name.casefold(), d.code.casefold())]
        first = known[0] if known else resolved(reference)
        if not any(is_same(first, drug) for drug in (*drugs, *asked)):
            there = ", ".join(dict.fromkeys(drug.name for drug in drugs))
            raise PlanError(f"The reference {reference!r} is bound in none of them: {there}.")
    by_kinase = _by_kinase(found, first)
    questions, notes = mutations_of(
        {name: own[0].structure.numbering(own[0].chain) for name, own in by_kinase.items()},
        mutations or DEFAULT_ROLES,
    )
    rows: list[PlanRow] = []
    complexes: dict[tuple[str, ...], Complex] = {}
    for name, own in by_kinase.items():
        if not questions[name]:
            for candidate in own:
                left_out.add("no-mutation", candidate.label)
        hosts = tuple((candidate.label, candidate.source) for candidate in own)
        for what in _inhibitors(own, asked, first):
            for text in questions[name]:
                if isinstance(what, Candidate) and what.complex is not None:
                    rows.append(what.row(text))
                    complexes[rows[-1].complex_key] = what.complex
                elif not isinstance(what, Candidate):
                    rows.append(PlanRow(name, text, kinase=name, ligand=what, hosts=hosts))
    return Questions(_numbered(rows), complexes, tuple(notes), _name(first))


def _by_kinase(found: Sequence[Candidate], first: Asked) -> dict[str, list[Candidate]]:
    """Structures by kinase, those in which the reference is bound before the others."""
    with_first = {
        c.kinase.name for c in found if c.complex is not None and is_same(c.complex.ligand, first)
    }
    ordered = sorted(
        found, key=lambda c: (c.kinase.name not in with_first, kinase_rank(c.kinase.name))
    )
    by_kinase: dict[str, list[Candidate]] = {}
    for candidate in ordered:
        by_kinase.setdefault(candidate.kinase.name, []).append(candidate)
    return by_kinase


def _inhibitors(
    own: Sequence[Candidate], asked: Sequence[Asked], first: Asked
) -> list[Candidate | Asked]:
    """What to ask of a kinase, in order: structures with what is bound, and what is placed."""
    found: list[tuple[bool, tuple[int, str], str, Candidate | Asked]] = []
    for candidate in own:
        held = candidate.complex.ligand if candidate.complex is not None else None
        if held is not None and (not asked or any(is_same(held, drug) for drug in asked)):
            place = library_rank(held) if not asked else (_place(asked, held), "")
            found.append((not is_same(held, first), place, candidate.label, candidate))
    for number, drug in enumerate(asked):
        if not any(c.complex is not None and is_same(c.complex.ligand, drug) for c in own):
            # Bound in none of them: it is placed, and the row says what came of it.
            found.append((not is_same(drug, first), (number, ""), "", drug))
    return [item[-1] for item in sorted(found, key=lambda item: item[:3])]


def _place(asked: Sequence[Asked], drug: Asked) -> int:
    return next(number for number, item in enumerate(asked) if is_same(item, drug))
