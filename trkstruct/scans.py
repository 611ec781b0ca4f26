"""Scans: every other amino acid at every pocket position, and which of them escape a drug."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ._codons import codon_of, nucleotide_changes, reach
from .errors import PlanError
from .kinases import POCKET_SIZE
from .panels import CrossResistance, Progress
from .plans import PlanRow
from .reference import read_csv
from .residues import AMINO_ACIDS, Finding, ResidueId
from .results import RESULTS_COLUMNS
from .screening import run

if TYPE_CHECKING:
    from .complexes import Complex
    from .numbering import Numbering

__all__ = ["ROUTES", "escape_routes", "nucleotide_changes", "scan"]

#: What a mutation is to several inhibitors; see `scan`.
ROUTES: Final = ("shared", "only", "some", "none", "unknown")


@dataclass(frozen=True, slots=True)
class _Site:
    """A residue that is scanned."""

    residue: ResidueId
    letter: str

    def mutation(self, mutant: str) -> str:
        return f"{self.letter}{self.residue.number}{self.residue.insertion_code}{mutant}"


def scan(
    complex_: Complex,
    *,
    within: float | None = None,
    against: Sequence[Complex] = (),
    jobs: int = 1,
    progress: Progress | None = None,
    rigid: bool = False,
    seed: int = 0,
) -> CrossResistance:
    """Put every other amino acid at every resolved pocket position of a complex.

    Parameters
    ----------
    complex_ : Complex
        The complex; without `within` its chain must be a known kinase.
    within : float, optional
        Scan instead the residues of the chain with a heavy atom so near, in angstrom, to the
        ligand, or to one of `against`.
    against : sequence of Complex, default ()
        Complexes of the same kinase with other inhibitors, to tell the mutations that all of them
        lose to from those that only one does. Residues are matched by UniProt number.
    jobs : int, default 1
        Worker processes.
    progress : callable, optional
        Called with the rows that are done and the rows in all.
    rigid : bool, default False
        Take the best pose alone, in one structure.
    seed : int, default 0
        Seed of whatever is random.

    Returns
    -------
    CrossResistance
        Nineteen rows a position, in the order of the chain's pocket, about the inhibitor of
        `complex_`, with these further columns:

        ``nucleotide_changes_min``
            Nucleotides that must change whichever codon the gene has; see `nucleotide_changes`.
        ``codon``, ``nucleotide_changes``, ``codon_change``, ``nucleotide_changes_basis``
            The gene's codon where it is known, how many of its nucleotides must change, the
            change itself (``GGG>AGG``), and whether this is from the ``gene`` or only from the
            ``genetic code``.
        ``codon_source``
            Where the codon was read.
        ``catalytic``
            Name of the residue if it is one that all active kinases have, so that a mutant is
            not expected to live; `escape_routes` leaves these out.
        ``resistant_rank``
            Place among the rows that are called resistant, the largest ddG first.
        ``NAME_ddg_kcal``, ``NAME_call``, ``escapes``, ``escape_route``
            With `against`: ddG and call of each inhibitor, the names of those that the mutation
            is called resistant to, and what that makes it: ``shared`` (all of them), ``only``
            (one, and the others have another call), ``some`` (several of more), ``none``, or
            ``unknown`` (an inhibitor has no call, and it matters).

    Raises
    ------
    PlanError
        If the chain is no known kinase, so that it has no pocket positions; if `within` is not
        positive or nothing is so near; if a complex of `against` is of another kinase.
    """
    complexes = (complex_, *against)
    _check(complexes)
    notes: list[Finding] = []
    sites = tuple(_pocket(complex_, notes)) if within is None else tuple(_near(complexes, within))
    questions = [(site, mutant) for site in sites for mutant in _others(site.letter)]
    rows: list[PlanRow] = []
    ready: dict[tuple[str, ...], Complex] = {}
    where: list[list[int | None]] = []
    for number, one in enumerate(complexes):
        of = {site: site if number == 0 else _same(complex_, site, one) for site in sites}
        lacking = [site.mutation("") for site, there in of.items() if there is None]
        if lacking:
            message = (
                f"{one.ligand.name} in {one.structure.name} was not asked about "
                f"{', '.join(lacking)}: not resolved there, or another residue."
            )
            notes.append(Finding("unresolved-position", message))
        at: list[int | None] = []
        for site, mutant in questions:
            there = of[site]
            at.append(None if there is None else len(rows))
            if there is not None:
                row = _question(one, there, mutant, len(rows) + 1)
                rows.append(replace(row, rigid=rigid, seed=seed))
                ready.setdefault(rows[-1].complex_key, one)
        where.append(at)
    answers = list(run(rows, jobs=jobs, complexes=ready, progress=_counted(progress, len(rows))))
    table = [
        {**answers[at], **_codon_columns(complex_.numbering, site, mutant)}
        for at, (site, mutant) in zip(where[0], questions, strict=True)
        if at is not None
    ]
    _rank(table)
    if against:
        columns = [[None if at is None else answers[at] for at in places] for places in where]
        names = _names(complexes)
        for row, *of in zip(table, *columns, strict=True):
            row.update(_escape_columns(names, of))
    return CrossResistance(tuple(table), tuple(notes))


def _check(complexes: Sequence[Complex]) -> None:
    first, *others = complexes
    of = first.numbering.kinase
    for other in others:
        theirs = other.numbering.kinase
        same = of is not None and theirs is not None and theirs.uniprot == of.uniprot
        if not same and not _one_chain(first, other):
            raise PlanError(
                f"A scan is of one kinase: {first.structure.name} is "
                f"{of.name if of else 'no kinase that is known'}, {other.structure.name} with "
                f"{other.ligand.name} is {theirs.name if theirs else 'none that is known'}."
            )


def _one_chain(one: Complex, other: Complex) -> bool:
    """Whether two complexes are of the same chain of the same file."""
    same = one.structure is other.structure or (
        bool(one.structure.sha256) and one.structure.sha256 == other.structure.sha256
    )
    return same and one.chain == other.chain


def _letters(numbering: Numbering) -> Mapping[ResidueId, str]:
    return dict(zip(numbering.residues, numbering.letters, strict=True))


def _others(letter: str) -> str:
    return AMINO_ACIDS.replace(letter, "")


def _pocket(complex_: Complex, notes: list[Finding]) -> Iterator[_Site]:
    """Resolved positions of the pocket."""
    numbering = complex_.numbering
    if numbering.kinase is None:
        raise PlanError(
            f"Chain {complex_.chain} of {complex_.structure.name} is no kinase that is known: it "
            "has no numbered pocket to scan. Use --within 8 (within=8) to scan what is near the "
            "ligand."
        )
    letters = _letters(numbering)
    for position in range(1, POCKET_SIZE + 1):
        residue = numbering.at_klifs(position)
        if residue is not None:
            yield _Site(residue, letters[residue])
        elif numbering.kinase.pocket[position - 1] != "-":
            message = f"Pocket position {position} is not resolved and is not scanned."
            notes.append(Finding("unresolved-position", message))


def _near(complexes: Sequence[Complex], distance: float) -> Iterator[_Site]:
    """Residues of the first complex that are near one of the ligands."""
    if distance <= 0:
        raise PlanError(f"The distance is {distance:g} angstrom; it must be positive.")
    first = complexes[0]
    letters = _letters(first.numbering)
    wanted: set[ResidueId] = set()
    for one in complexes:
        theirs = _letters(one.numbering)
        for residue in one.near(distance):
            if residue.id in theirs:
                site = _same(one, _Site(residue.id, theirs[residue.id]), first)
                wanted |= {site.residue} if site is not None else set()
    found = [residue for residue in first.numbering.residues if residue in wanted]
    if not found:
        raise PlanError(
            f"No residue of chain {first.chain} of {first.structure.name} is within {distance:g} "
            f"angstrom of {first.ligand.name}. Give a greater distance."
        )
    for near in found:
        if letters[near] in AMINO_ACIDS:
            yield _Site(near, letters[near])


def _same(of: Complex, site: _Site, other: Complex) -> _Site | None:
    """The same residue in another complex, if it is there and the same amino acid."""
    if _one_chain(of, other):
        return site
    position = of.numbering.uniprot(site.residue)
    residue = None if position is None else other.numbering.residue(position)
    if residue is None or other.numbering.letter(residue) != site.letter:
        return None
    return _Site(residue, site.letter)


def _question(complex_: Complex, site: _Site, mutant: str, number: int) -> PlanRow:
    return PlanRow(
        structure=complex_.structure,
        mutation=site.mutation(mutant),
        row=number,
        chain=complex_.chain,
        ligand=complex_.ligand,
        numbering="author",
        label=complex_.structure.name,
    )


def _counted(progress: Progress | None, total: int) -> Any:
    done = 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, total)

    return count


def _codon_columns(numbering: Numbering, site: _Site, mutant: str) -> dict[str, Any]:
    codon = codon_of(numbering.kinase, numbering.uniprot(site.residue))
    found = reach(site.letter, mutant, codon)
    return {
        "nucleotide_changes_min": nucleotide_changes(site.letter, mutant),
        "codon": found.codon or None,
        "nucleotide_changes": found.changes,
        "codon_change": found.example or None,
        "nucleotide_changes_basis": found.basis,
        "codon_source": found.source or None,
        "catalytic": _catalytic().get(numbering.klifs(site.residue)),
    }


@lru_cache(maxsize=1)
def _catalytic() -> Mapping[int | None, str]:
    """Names of the residues that all active kinases have, by position in the pocket."""
    rows = read_csv("catalytic_residues.csv")
    return {int(row["klifs_position"]): row["residue"] for row in rows}


def _rank(rows: Sequence[dict[str, Any]]) -> None:
    """Number the rows that are called resistant, the largest ddG first."""
    for row in rows:
        row["resistant_rank"] = None
    resistant = [row for row in rows if row["call"] == "resistant"]
    for rank, row in enumerate(sorted(resistant, key=lambda row: -row["ddg_kcal"]), start=1):
        row["resistant_rank"] = rank


def _names(complexes: Sequence[Complex]) -> list[tuple[str, str]]:
    """Name of each inhibitor, and what its columns are called."""
    taken = set(RESULTS_COLUMNS)
    found = []
    for one in complexes:
        stem = re.sub(r"[^a-z0-9]+", "_", one.ligand.name.casefold()).strip("_") or "ligand"
        column, number = stem, 1
        while column in taken:
            number += 1
            column = f"{stem}_{number}"
        taken.add(column)
        found.append((one.ligand.name, column))
    return found


def _escape_columns(
    names: Sequence[tuple[str, str]], answers: Sequence[Mapping[str, Any] | None]
) -> dict[str, Any]:
    """What a mutation does to each of several inhibitors, and what that makes it."""
    columns: dict[str, Any] = {}
    escaped, open_ = [], 0
    for (name, column), answer in zip(names, answers, strict=True):
        call = answer["call"] if answer is not None else None
        columns[f"{column}_ddg_kcal"] = answer["ddg_kcal"] if answer is not None else None
        columns[f"{column}_call"] = call
        if call == "resistant":
            escaped.append(name)
        elif call in (None, "abstain"):
            open_ += 1
    if len(escaped) == len(names):
        route = "shared"
    elif len(escaped) > 1:
        # Whether the open ones are escaped too would make it shared or not.
        route = "unknown" if len(escaped) + open_ == len(names) else "some"
    elif open_:
        route = "unknown"
    else:
        route = "only" if escaped else "none"
    return columns | {"escapes": "; ".join(escaped) or None, "escape_route": route}


def escape_routes(
    panel: CrossResistance, route: str = "", most_changes: int = 1
) -> tuple[Mapping[str, Any], ...]:
    """Pick the plausible escape routes of a scan: resistant, alive, and few nucleotides away.

    Parameters
    ----------
    panel : CrossResistance
        As `scan` gives it.
    route : {"", "shared", "only", "some"}
        Of a scan against several inhibitors: only these. With none, and of a scan of one
        inhibitor, every row that is called resistant to at least one.
    most_changes : int, default 1
        Most nucleotides that may change.

    Returns
    -------
    tuple of mapping
        Rows, the largest ddG first: of a shared route the smallest of its inhibitors counts, of
        another the largest.

    Raises
    ------
    PlanError
        If there is no such route.
    """
    if route not in ("", *ROUTES):
        raise PlanError(f"There is no route {route!r}; there are {', '.join(ROUTES)}.")
    several = any("escape_route" in row for row in panel.rows)

    def escapes(row: Mapping[str, Any]) -> bool:
        if row["nucleotide_changes"] > most_changes or row["catalytic"]:
            return False
        if not several:
            return bool(row["call"] == "resistant") and route in ("", "only")
        return bool(row["escapes"]) and route in ("", row["escape_route"])

    def size(row: Mapping[str, Any]) -> float:
        if not several:
            return float(row["ddg_kcal"])
        lost = [
            row[f"{column.removesuffix('_call')}_ddg_kcal"]
            for column, call in row.items()
            if column.endswith("_call") and call == "resistant"
        ]
        return float(min(lost) if row["escape_route"] == "shared" else max(lost))

    return tuple(sorted(filter(escapes, panel.rows), key=lambda row: -size(row)))
