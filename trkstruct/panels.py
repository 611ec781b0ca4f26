"""Panels: inhibitors against mutations, as one table with its notes."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import results
from ._asked import resolved, wanted_ligands
from ._candidates import LeftOut
from ._candidates import candidates as candidates_of
from ._files import write_text
from ._questions import DEFAULT_KINASES, DEFAULT_ROLES, in_models, in_structures
from ._since import Basis, Earlier, changed, in_words
from ._summary import about_bundled, headline
from .errors import PlanError, TrkstructError
from .kinases import kinase
from .plans import PlanRow
from .residues import Finding
from .screening import Bench, Prepared, run
from .sources import folders

if TYPE_CHECKING:
    import pandas as pd

    from .calls import ResistanceCall
    from .complexes import Complex

__all__ = [
    "DEFAULT_KINASES",
    "DEFAULT_ROLES",
    "CrossResistance",
    "Used",
    "cross_resistance",
    "headline",
]

Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Used:
    """A complex of a panel, and which rows are about it.

    Parameters
    ----------
    label : str
        Name of the structure in the table.
    prepared : Prepared
        The complex.
    rows : tuple of int
        Numbers of its rows.
    """

    label: str
    prepared: Prepared = field(repr=False)
    rows: tuple[int, ...] = field(repr=False)


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
    complexes : tuple of Used
        Structures with their inhibitors, each with its pose, in the order of the rows. Rows that
        were kept from an earlier matrix have none.
    questions : tuple of PlanRow
        What was asked, by which rows are modelled again; empty where the rows are from a table.
    ready : mapping of tuple of str to Complex
        Complexes of structures that were given, by `PlanRow.complex_key`.
    basis : Basis
        What the rows were computed from.
    """

    rows: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...] = ()
    reference: str = ""
    complexes: tuple[Used, ...] = field(default=(), repr=False)
    questions: tuple[PlanRow, ...] = field(default=(), repr=False)
    ready: Mapping[tuple[str, ...], Complex] = field(default_factory=dict, repr=False)
    basis: Basis = field(default_factory=Basis, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        pairs = {(row["structure"], row["ligand"]) for row in self.rows}
        drugs = len(self.complexes) or len(pairs)
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

    @property
    def inputs(self) -> tuple[Mapping[str, str], ...]:
        """What the rows were computed from.

        Returns
        -------
        tuple of mapping
            ``structure``, ``file``, ``sha256``, ``kinase``, ``ligand``, ``pose_source`` and
            ``template`` of each complex.
        """
        return tuple(
            {
                "structure": used.label,
                "file": used.prepared.file,
                "sha256": used.prepared.sha256,
                "kinase": used.prepared.kinase,
                "ligand": used.prepared.ligand,
                "pose_source": used.prepared.pose_source,
                "template": used.prepared.template,
            }
            for used in self.complexes
        )

    def models(self, numbers: Iterable[int]) -> Iterator[tuple[int, ResistanceCall]]:
        """Model rows again, for pictures of them.

        Parameters
        ----------
        numbers : iterable of int
            Numbers of rows, as in the column ``row``.

        Yields
        ------
        (int, ResistanceCall)
            Number of a row and its call, complex by complex; rows that are not known, and those
            that cannot be modelled, are left out.
        """
        from .calls import judge

        wanted = set(numbers)
        asked = [question for question in self.questions if question.row in wanted]
        by_complex: dict[tuple[str, ...], list[PlanRow]] = {}
        for question in asked:
            by_complex.setdefault(question.complex_key, []).append(question)
        bench = Bench()
        for key, own in by_complex.items():
            bench.adopt(own[0], self.ready.get(key))
            for question in own:
                # What failed then fails again, and its row says why.
                with suppress(TrkstructError):
                    mutant = bench.engine(question).mutate(question.mutation, question.numbering)
                    yield question.row, judge(mutant)

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
        """Write the rows as a spreadsheet, each with the structure drawing of its inhibitor.

        No text in it is ever taken for a formula.

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
        from .views.depiction import drawings

        results.write_excel(self.rows, path, drawings(self.rows))

    def to_html(self, path: Path | str, *, question: str = "", js: Path | str = "inline") -> None:
        """Write a report: one page with everything in it, which needs no network.

        Parameters
        ----------
        path : path
            The file, ``.html``.
        question : str, default ""
            What was to be found out; what was asked, in a sentence, if empty.
        js : {"inline", "none"} or path, default "inline"
            Where 3Dmol.js is from, which 3D needs: the copy of this machine, or this file. With
            ``none``, and where there is no copy, the page has none and says so.

        Raises
        ------
        PlanError
            If the panel has no rows or more than a page can show, or if the file is not to be
            called ``.html``.
        DataError
            If the file that is named is not 3Dmol.js.
        OSError
            If it cannot be written.
        """
        from .views.report import write_report

        write_report(self, path, question=question, js=js)

    def to_sdf(self, path: Path | str) -> None:
        """Write the pose of each complex as one record of an SDF, whole or not at all.

        Parameters
        ----------
        path : path
            The file. Records have hydrogens, and the fields ``structure``, ``kinase``,
            ``ligand``, ``pose_source``, ``template``, ``overlap``, ``smiles`` and ``calls``.

        Raises
        ------
        PlanError
            If the panel has no complex.
        OSError
            If it cannot be written.
        """
        if not self.complexes:
            raise PlanError("The panel has no complex, and so no pose to write.")
        write_text(path, "".join(self._record(used) for used in self.complexes))

    def to_sdf_files(self, folder: Path | str) -> tuple[str, ...]:
        """Write the pose of each complex as a file of its own.

        Parameters
        ----------
        folder : path
            Where to; made if it is not there.

        Returns
        -------
        tuple of str
            Names of the files: ``KINASE_STRUCTURE_LIGAND.sdf``, with a hyphen in place of what
            file names should not have.

        Raises
        ------
        OSError
            If one cannot be written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        names: list[str] = []
        taken: set[str] = set()
        for used in self.complexes:
            parts = used.prepared.kinase or "kinase", used.label, used.prepared.ligand
            stem = "_".join(map(_file_part, parts))
            number, name = 1, stem
            # Some file systems do not tell upper from lower case.
            while name.casefold() in taken:
                number += 1
                name = f"{stem}-{number}"
            taken.add(name.casefold())
            names.append(f"{name}.sdf")
            write_text(folder / names[-1], self._record(used))
        return tuple(names)

    def _record(self, used: Used) -> str:
        """One record of an SDF, with the calls of the rows about it."""
        numbers = set(used.rows)
        calls = "; ".join(_in_short(row) for row in self.rows if row["row"] in numbers)
        body, end = used.prepared.sdf[: -len(_END)], used.prepared.sdf[-len(_END) :]
        return f"{body}>  <calls>\n{calls}\n\n{end}"

    def plot(self, ax: Any = None, *, size: str = "") -> Any:
        """Draw the heat map in one picture: inhibitors against mutations; of a scan its profile.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a figure of fitting size is made if not given.
        size : {"", "a4", "slide"}
            What the picture has to fit on; what suits its kind if not given.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        PlanError
            If the panel has no rows, or if there is no such size.
        """
        from .views.plots import of_panel

        return of_panel(self, size=size, ax=ax)

    def pages(self, size: str = "a4") -> Iterator[Any]:
        """Draw the heat map on as many pages as it takes to be read.

        Parameters
        ----------
        size : {"a4", "slide"}
            The page.

        Returns
        -------
        iterator of matplotlib.axes.Axes
            Page by page, each drawn when it is asked for.

        Raises
        ------
        PlanError
            If the panel has no rows, or if there is no such size.
        """
        from .views.plots import cross_resistance_pages

        return cross_resistance_pages(self.rows, reference=self.reference, size=size)


#: The end of a record of an SDF.
_END: Final = "$$$$\n"


def _file_part(text: str) -> str:
    """Part of a file name: nothing that leads elsewhere, hides it, or needs quotes."""
    plain = re.sub(r"[^A-Za-z0-9+.-]+", "-", text).strip("-.")
    return plain[:60] or "unnamed"


def _in_short(row: Mapping[str, Any]) -> str:
    """One call in a few words."""
    ddg = "" if row["ddg_kcal"] is None else f" {row['ddg_kcal']:+.2f} kcal/mol"
    # The text of a failed row is the user's own.
    mutation = " ".join(str(row["mutation"]).split())
    return f"{mutation} {row['call'] or row['status']}{ddg}"


def cross_resistance(
    ligands: object = None,
    kinases: Sequence[str] | None = None,
    mutations: Sequence[str] | None = None,
    *,
    structures: object = None,
    reference: str = "",
    all_structures: bool = False,
    since: Path | str | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    rigid: bool = False,
    seed: int = 0,
) -> CrossResistance:
    """Ask which mutations cost which inhibitors their affinity.

    Without structures, each inhibitor is put in a bundled model of each kinase: one in which it
    is bound, else the one of the DFG state that its type needs in which its pose scores best.
    Structures that are given are asked about the inhibitors that are bound in them, and with
    `ligands` about those, which are placed if they are not bound.

    Parameters
    ----------
    ligands : str, path, Ligand or iterable of these, optional
        Names, SMILES, files or ligands. If not given, the whole library of inhibitors; with
        structures, every bound inhibitor.
    kinases : sequence of str, optional
        Kinases to ask; TRKA, TRKB and TRKC if not given, with structures all of theirs.
    mutations : sequence of str, optional
        Mutations (``G595R``) or roles (``solvent-front``: the catalogued mutations there). If not
        given, all catalogued resistance mutations of each kinase; with structures, those of
        solvent front, gatekeeper and xDFG.
    structures : path, Structure or iterable of these, optional
        A folder, files, ids or structures; if not given, the folders of
        ``TRKSTRUCT_STRUCTURES``, and if there are none the bundled models.
    reference : str, optional
        Name of the inhibitor that stands first in table and plot.
    all_structures : bool, default False
        Of structures that are given, also take constructs that carry a resistance mutation.
    since : path, optional
        ``matrix.csv`` of an earlier matrix. A row of it is kept, and not computed, if the same
        kinase, inhibitor and mutation are asked and nothing that it was computed from is
        another: version, SMILES, what travels with the package and your own structures
        (``run.json`` beside it). Each row says in ``change`` what became of it: ``kept``;
        ``new``; or computed anew and ``unchanged``, with another ``ddg``, or with another
        ``call``. ``change_reason`` says what is new (``kinase``, ``compound``, ``structure``,
        ``mutation``) or why it was computed anew (``version``, ``compound``, ``settings``: seed
        or rigid, ``tables``, ``structure``, ``structure unknown``, ``failed before``,
        ``ambiguous``);
        ``ddg_before_kcal`` and ``call_before`` what it was.
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
        Its rows by kinase, inhibitor (reference first, then as in the library or as given) and
        mutation (by role and position).

    Raises
    ------
    PlanError
        If no structure can be used, the reference is not among the inhibitors, or `since` is no
        table of results.
    MutationError
        If a mutation cannot be read.
    NumberingError
        If a kinase is not known.
    LigandError
        If a file of ligands cannot be read.
    """
    earlier = Earlier(since) if since is not None else None
    names = [kinase(name).name for name in kinases or ()]
    asked = [resolved(item) for item in wanted_ligands(ligands)]
    left_out = LeftOut()
    bundled = structures is None and not folders()
    if bundled:
        questions = in_models(asked, names, mutations, reference, left_out)
    else:
        found = candidates_of(
            structures, frozenset(names), left_out, all_structures=all_structures, hosts=bool(asked)
        )
        questions = in_structures(found, asked, names, mutations, reference, left_out)
    rows, done = [replace(row, rigid=rigid, seed=seed) for row in questions.rows], 0
    basis = Basis.of(rows, questions.complexes)
    old: dict[int, tuple[dict[str, Any] | None, str]] = {}
    if earlier is not None:
        made_already = questions.complexes
        old = {r.row: earlier.find(r, made_already.get(r.complex_key), basis) for r in rows}
    todo = [row for row in rows if row.row not in old or old[row.row][1]]

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, len(todo))

    prepared: dict[tuple[str, ...], Prepared] = {}
    answers = run(
        todo,
        jobs=jobs,
        complexes=questions.complexes,
        progress=count,
        prepared=prepared.__setitem__,
    )
    by_complex: dict[tuple[str, ...], list[PlanRow]] = {}
    table = []
    for row in rows:
        before, reason = old.get(row.row, (None, ""))
        if before is not None and not reason:
            answer = {c: before[c] for c in before if c not in _MARKS} | {"row": row.row}
        else:
            answer = next(answers)
            made = prepared.get(row.complex_key)
            if made is not None:
                by_complex.setdefault(row.complex_key, []).append(row)
                answer["structure"] = row.label or made.structure
        if earlier is not None:
            answer |= changed(answer, before, reason)
        table.append(answer)
    used = tuple(
        Used(own[0].label or prepared[key].structure, prepared[key], tuple(r.row for r in own))
        for key, own in by_complex.items()
    )
    said = [*left_out.findings, *questions.findings]
    if bundled:
        said += about_bundled(table, [item.prepared for item in used])
    if earlier is not None:
        said += [*earlier.findings(), in_words(table)]
    return CrossResistance(
        tuple(table),
        tuple(said),
        questions.reference,
        used,
        tuple(rows),
        questions.complexes,
        basis,
    )


#: Columns that say what became of a row, which the next matrix says anew.
_MARKS: Final = ("change", "change_reason", "ddg_before_kcal", "call_before")
