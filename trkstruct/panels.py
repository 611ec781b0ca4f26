"""Panels: inhibitors against mutations, as one table with its notes."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import results
from ._candidates import Candidate, LeftOut
from ._candidates import candidates as candidates_of
from ._files import shown_name
from .errors import (
    AmbiguousResidueError,
    MutationError,
    NumberingError,
    PlanError,
    TrkstructError,
    UnresolvedResidueError,
)
from .kinases import kinase
from .mutations import MutationSet, catalogue, expand
from .plans import PlanRow, resolve_ligand
from .residues import Finding
from .screening import run

if TYPE_CHECKING:
    import pandas as pd

    from .complexes import Complex
    from .ligands import Ligand

__all__ = ["DEFAULT_ROLES", "CrossResistance", "cross_resistance", "headline"]

#: Roles whose catalogued mutations a matrix asks for if none are named.
DEFAULT_ROLES: Final = ("solvent-front", "gatekeeper", "xDFG")

Progress = Callable[[int, int], object]


@dataclass(frozen=True, eq=False)
class CrossResistance:
    """Inhibitors against mutations: one row of results for each pair.

    Parameters
    ----------
    rows : tuple of mapping
        Rows of results, as `trkstruct.screening.run` gives them.
    findings : tuple of Finding
        What was left out and chosen, and why.
    reference : str
        Name of the inhibitor that stands first; empty if none does.
    inputs : tuple of mapping
        ``structure``, ``file``, ``sha256`` and ``kinase`` of each structure that was used.
    """

    rows: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...] = ()
    reference: str = ""
    inputs: tuple[Mapping[str, str], ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        drugs = len({(row["structure"], row["ligand"]) for row in self.rows})
        return f"<CrossResistance: {len(self)} rows, {drugs} complexes. {self.headline}>"

    def _repr_html_(self) -> str:
        def shown(row: Mapping[str, Any]) -> str:
            values = (
                row["kinase"], row["ligand"], row["structure"], row["mutation"], row["role"],
                results.written("ddg_kcal", row["ddg_kcal"]), row["call"] or row["status"],
                row["confidence"],
            )  # fmt: skip
            return "".join(f"<td>{html.escape(str(v or ''))}</td>" for v in values)

        names = "kinase", "ligand", "structure", "mutation", "role", "ddG kcal/mol", "call"
        head = "".join(f"<th>{name}</th>" for name in (*names, "confidence"))
        body = "".join(f"<tr>{shown(row)}</tr>" for row in self.rows)
        return f"<p>{html.escape(self.headline)}</p><table><tr>{head}</tr>{body}</table>"

    @property
    def headline(self) -> str:
        """What the panel shows, in a sentence that is counted from its rows.

        Returns
        -------
        str
        """
        return headline(self.rows)

    def to_dataframe(self) -> pd.DataFrame:
        """Make a data frame of the rows.

        Returns
        -------
        pandas.DataFrame
            One row a pair, columns as in `trkstruct.results.RESULTS_COLUMNS`.
        """
        return results.table(self.rows)

    def to_csv(self, path: Path | str) -> None:
        """Write the rows as CSV in UTF-8, whole or not at all.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        results.write_csv(self.rows, path)

    def to_excel(self, path: Path | str) -> None:
        """Write the rows as a spreadsheet; no text in it is ever taken for a formula.

        Parameters
        ----------
        path : path
            The file, ``.xlsx``.

        Raises
        ------
        PlanError
            If the file is not to be called ``.xlsx``.
        OSError
            If it cannot be written.
        """
        results.write_excel(self.rows, path)

    def plot(self, ax: Any = None) -> Any:
        """Draw the heat map: inhibitors against mutations.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a figure of fitting size is made if not given.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        PlanError
            If the panel has no rows.
        """
        from .views.plots import cross_resistance_map

        return cross_resistance_map(self.rows, ax=ax)


def headline(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence what rows of results show.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of results.

    Returns
    -------
    str
        How many pairs are resistant, and the role in which most are.

    Examples
    --------
    >>> from trkstruct import panels
    >>> panels.headline([{"call": "resistant", "role": "xDFG", "status": "ok"}])
    'xDFG mutations cost most: 1 of 1 pairs resistant'
    """
    answered = [row for row in rows if row["status"] == "ok"]
    if not answered:
        return "No pair could be called"
    by_role: dict[str, list[bool]] = {}
    for row in answered:
        by_role.setdefault(str(row["role"]), []).append(row["call"] == "resistant")
    hits = sum(row["call"] == "resistant" for row in answered)
    if not hits:
        return f"None of {len(answered)} pairs is resistant"
    worst = max(by_role, key=lambda name: (sum(by_role[name]) / len(by_role[name]), name))
    inside = by_role[worst]
    sentence = f"{worst} mutations cost most: {sum(inside)} of {len(inside)} pairs resistant"
    if len(by_role) > 1:
        sentence += f" ({hits} of {len(answered)} overall)"
    # "xDFG" keeps its small x.
    return sentence if worst.startswith("x") else sentence[0].upper() + sentence[1:]


def _fits(candidate: Candidate, asked: str | Ligand) -> bool:
    """Whether the bound ligand is the one that was asked for, by name or by structure."""
    bound = candidate.complex.ligand
    if isinstance(asked, str):
        return asked.casefold() in {bound.name.casefold(), bound.code.casefold()}
    return bound.inchikey == asked.inchikey


def _wanted_ligands(given: object) -> list[str | Ligand]:
    """Ligands that were asked for, files taken apart into their records."""
    from .ligands import Ligand, LigandRecord, ligands

    if given is None:
        return []
    if isinstance(given, Ligand):
        return [given]
    if isinstance(given, str) and not Path(given).is_file():
        return [given]
    if isinstance(given, (str, Path)):
        return _wanted_ligands(ligands(given))
    if isinstance(given, Iterable):
        asked: list[str | Ligand] = []
        for item in given:
            if isinstance(item, LigandRecord):
                # A record that could not be read is asked about as it stands: its rows fail.
                asked.append(item.ligand if item.ligand is not None else item.text or item.name)
            else:
                asked += _wanted_ligands(item)
        return asked
    raise PlanError(f"Ligands are names, SMILES, files or Ligands, not {type(given).__name__}.")


def _in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    from .kinases import kinases

    rank = {item.name: number for number, item in enumerate(kinases())}
    return sorted(candidates, key=lambda c: (rank[c.kinase.name], c.complex.ligand.name, c.label))


def _mutations_of(
    candidates: Sequence[Candidate], asked: Sequence[str]
) -> tuple[dict[str, list[str]], list[Finding]]:
    """Mutations to ask of each kinase: roles as its catalogued mutations, the others by fit.

    A mutation without a kinase's name belongs to the kinases that have that residue; if none
    has it, it is asked of all, so that it fails in the table and not in silence.
    """
    notes: list[Finding] = []
    by_kinase = {c.kinase.name: c for c in reversed(candidates)}
    chosen: dict[str, list[str]] = {name: [] for name in by_kinase}
    for text in asked:
        if _is_role(text):
            for name in chosen:
                catalogued = expand(text, name)
                chosen[name] += catalogued
                if not catalogued:
                    message = f"{name} has no catalogued {text} mutation."
                    notes.append(Finding("no-catalogued-mutation", message))
            continue
        parsed = MutationSet.parse(text)
        fitting = [name for name, c in by_kinase.items() if _belongs(parsed, c)]
        for name in chosen:
            if name in fitting or not fitting:
                chosen[name].append(text)
            else:
                message = f"{text} is not asked of {name}, which has no such residue."
                notes.append(Finding("mutation-of-another-kinase", message))
    return {name: list(dict.fromkeys(texts)) for name, texts in chosen.items()}, notes


def _is_role(text: str) -> bool:
    try:
        catalogue(role=text)
    except MutationError:
        return False
    return True


def _belongs(mutations: MutationSet, candidate: Candidate) -> bool:
    """Whether a kinase has the residues of a mutation, resolved or not."""
    try:
        mutations.locate(candidate.complex.numbering)
    except UnresolvedResidueError:
        # A number may fit by chance far from the kinase domain, where no structure reaches.
        first, last = candidate.kinase.domain or (0, 10**6)
        return all(first <= mutation.position <= last for mutation in mutations)
    except AmbiguousResidueError:
        return True
    except (MutationError, NumberingError):
        return False
    return True


def cross_resistance(
    ligands: object = None,
    kinases: Sequence[str] | None = None,
    mutations: Sequence[str] | None = None,
    *,
    structures: object = None,
    reference: str = "",
    all_structures: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> CrossResistance:
    """Ask which mutations cost which inhibitors their affinity.

    Every structure with a bound inhibitor is asked about the mutations of its own kinase.

    Parameters
    ----------
    ligands : str, path, Ligand or iterable of these, optional
        Names, SMILES, files or ligands; every bound inhibitor if not given. One that is bound
        in none of the structures gives failed rows.
    kinases : sequence of str, optional
        Kinases to ask; all those of the structures if not given.
    mutations : sequence of str, optional
        Mutations (``G595R``) or roles (``solvent-front``: the catalogued mutations there);
        those of solvent front, gatekeeper and xDFG if not given.
    structures : path, Structure or iterable of these, optional
        A folder, files, ids or structures. If not given, the folders of
        ``TRKSTRUCT_STRUCTURES``, and if there are none the bundled models: for each kinase and
        inhibitor the one of the best rank.
    reference : str, optional
        Name of the inhibitor that stands first in table and plot.
    all_structures : bool, default False
        Also take constructs that carry a resistance mutation already.
    jobs : int, default 1
        Worker processes.
    progress : callable, optional
        Called with the rows that are done and the rows in all.

    Returns
    -------
    CrossResistance

    Raises
    ------
    PlanError
        If no structure can be used, or the reference is in none of them.
    MutationError
        If a mutation cannot be read.
    NumberingError
        If a kinase is not known.
    LigandError
        If a ligand cannot be read.
    """
    wanted = frozenset(kinase(name).name for name in kinases or ())
    asked_mutations = tuple(mutations or DEFAULT_ROLES)
    asked_ligands = _wanted_ligands(ligands)
    left_out = LeftOut()
    found = candidates_of(structures, wanted, all_structures, left_out)
    if not found:
        of = f" of {', '.join(sorted(wanted))}" if wanted else ""
        why = " ".join(note.message for note in left_out.findings[:3])
        raise PlanError(f"There is no structure{of} with a bound inhibitor. {why}".strip())
    candidates = _in_order(found)
    if reference:
        first = [c for c in candidates if _fits(c, reference)]
        if not first:
            there = ", ".join(dict.fromkeys(c.complex.ligand.name for c in candidates))
            raise PlanError(f"The reference {reference!r} is bound in none of them: {there}.")
        reference = first[0].complex.ligand.name
        candidates.sort(key=lambda c: c not in first)
    questions, more = _mutations_of(candidates, asked_mutations)
    rows, complexes = _questions(candidates, questions, asked_ligands)
    if not rows:
        raise PlanError("None of the kinases has a catalogued mutation of the roles asked for.")
    for candidate in candidates:
        if not questions[candidate.kinase.name]:
            left_out.add("no-mutation", candidate.label)
    done = 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, len(rows))

    answers = tuple(run(rows, jobs=jobs, complexes=complexes, progress=count))
    used = {row.label for row in rows}
    inputs = tuple(
        {
            "structure": c.label,
            "file": shown_name(c.structure.path) if c.structure.path is not None else "",
            "sha256": c.structure.sha256,
            "kinase": c.kinase.name,
            "ligand": c.complex.ligand.name,
        }
        for c in candidates
        if c.label in used
    )
    return CrossResistance(answers, (*left_out.findings, *more), reference, inputs)


def _questions(
    candidates: Sequence[Candidate],
    mutations: Mapping[str, Sequence[str]],
    asked: Sequence[str | Ligand],
) -> tuple[list[PlanRow], dict[tuple[str, ...], Complex]]:
    """Rows of the plan, with the complexes that are prepared already."""
    resolved: list[str | Ligand] = []
    for item in asked:
        if isinstance(item, str) and not any(_fits(c, item) for c in candidates):
            try:
                resolved.append(resolve_ligand(item) or item)
            except TrkstructError:
                resolved.append(item)
        else:
            resolved.append(item)
    rows: list[PlanRow] = []
    complexes: dict[tuple[str, ...], Complex] = {}
    for candidate in candidates:
        if asked and not any(_fits(candidate, item) for item in resolved):
            continue
        for text in mutations[candidate.kinase.name]:
            rows.append(candidate.row(text, row=len(rows) + 1))
            complexes[rows[-1].complex_key] = candidate.complex
    for item in resolved:
        if any(_fits(c, item) for c in candidates):
            continue
        # Bound in none of them: it has to be placed, and the row says what came of it.
        hosts = {c.kinase.name: c for c in reversed(candidates)}
        for name, host in hosts.items():
            for text in mutations[name]:
                more = {"ligand": item, "pose": "place", "kinase": name}
                rows.append(host.row(text, row=len(rows) + 1, **more))
    return rows, complexes
