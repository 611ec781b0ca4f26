"""The answer to a question in words."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from .._version import version_string
from ..bundled import bundled_models
from ..ligands import library
from ..panels import CrossResistance, cross_resistance
from ..residues import Finding
from ..results import cell
from ._poses import unplaced
from ._prose import caveats, sections
from ._question import Question
from ._ranking import Ranked, rank, wild_type_ranking
from ._reading import read
from ._sections import Section, Table
from ._sorting import Variant, sort

if TYPE_CHECKING:
    import pandas as pd

    from ..kinases import Kinase

__all__ = ["ANSWER_COLUMNS", "Answer", "ask"]

#: Columns of an answer as a table.
ANSWER_COLUMNS: Final[tuple[str, ...]] = (
    "list", "rank", "kinase", "mutation", "inhibitor", "binding_type", "status", "wt_potency_nm",
    "wt_relation", "fold_change", "predicted_potency_nm", "potency_low_nm", "potency_high_nm",
    "ddg_kcal", "ddg_low_kcal", "ddg_high_kcal", "p_resistant", "call", "confidence", "wt_active",
    "measured", "measured_outside_interval", "potency_source", "evidence",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Answer:
    """What is known, what is predicted, and what cannot be known of a variant.

    Parameters
    ----------
    question : Question
        The question as it was read.
    variants : tuple of Variant
        Each change that it names, and what it is.
    mutation : str
        What was scored, with UniProt numbers, several joined by ``+``; empty if nothing was.
    ranking : tuple of Ranked
        Inhibitors, list by list; without a mutation, by their potency on the wild type.
    findings : tuple of Finding
        What was chosen and noticed.
    panel : CrossResistance or None
        The rows of results behind it.
    """

    question: Question
    variants: tuple[Variant, ...]
    mutation: str
    ranking: tuple[Ranked, ...]
    findings: tuple[Finding, ...] = ()
    panel: CrossResistance | None = field(default=None, repr=False)

    @property
    def kinase(self) -> Kinase:
        """The kinase that was asked about."""
        return self.question.kinase

    @property
    def scored(self) -> tuple[str, ...]:
        """Substitutions that were scored, with UniProt numbers."""
        return tuple(self.mutation.split("+")) if self.mutation else ()

    @property
    def scored_name(self) -> str:
        """What was scored, with the name of the kinase: ``TRKC G623R``."""
        return f"{self.kinase.name} {self.mutation}"

    @property
    def caveats(self) -> tuple[str, ...]:
        """What every answer says of itself."""
        return caveats()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The answer in sentences and tables."""
        return sections(self)

    @property
    def text(self) -> str:
        """The answer as plain text, to be read aloud."""
        blocks = [str(self.question)]
        for part in self.sections:
            lines = [part.title, *(f"- {p}" for p in part.paragraphs)]
            if part.table is not None:
                lines += _plain(part.table)
            lines += [f"- {p}" for p in part.after]
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks) + "\n"

    def rows(self) -> tuple[dict[str, Any], ...]:
        """Make a row of each entry of the ranking.

        Returns
        -------
        tuple of dict
            With the columns of `ANSWER_COLUMNS`.
        """
        return tuple(
            {column: cell(column, value) for column, value in self._row(item).items()}
            for item in self.ranking
        )

    def _row(self, item: Ranked) -> dict[str, Any]:
        return {
            "list": item.listed,
            "rank": item.rank or None,
            "kinase": self.kinase.name,
            "mutation": self.mutation or "WT",
            "inhibitor": item.inhibitor,
            "binding_type": item.binding_type,
            "status": item.status,
            "wt_potency_nm": item.wild_type_nm,
            "wt_relation": item.wild_type_relation if item.wild_type_nm else None,
            "fold_change": item.fold_change,
            "predicted_potency_nm": item.predicted_nm,
            "potency_low_nm": item.low_nm,
            "potency_high_nm": item.high_nm,
            "ddg_kcal": item.row.get("ddg_kcal"),
            "ddg_low_kcal": item.row.get("ddg_low_kcal"),
            "ddg_high_kcal": item.row.get("ddg_high_kcal"),
            "p_resistant": item.row.get("p_resistant"),
            "call": item.call or None,
            "confidence": item.confidence or None,
            "wt_active": item.row.get("wt_active"),
            "measured": item.measured or None,
            "measured_outside_interval": item.disagrees if item.measured else None,
            "potency_source": "; ".join(item.sources) or None,
            "evidence": item.evidence or None,
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Make a data frame of the ranking.

        Returns
        -------
        pandas.DataFrame
            Columns as in `ANSWER_COLUMNS`.
        """
        from ..results import frame

        return frame(self.rows(), ANSWER_COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """Make a plain value of the whole answer, as ``--format json`` prints it.

        Returns
        -------
        dict
        """
        question = self.question
        fusion = question.fusion
        return {
            "question": question.text,
            "read_as": str(question),
            "kinase": {"name": self.kinase.name, "gene": self.kinase.gene,
                       "uniprot": self.kinase.uniprot},
            "fusion": None if fusion is None else {"partner": fusion.partner, "gene": fusion.gene},
            "prior": list(question.prior),
            "unread": list(question.unread),
            "variants": [
                {
                    "text": v.text, "kind": v.alteration.kind, "standing": v.standing,
                    "mutation_uniprot": v.mutation or None, "klifs_position": v.klifs_position,
                    "role": v.role or None, "why": v.why, "source": v.source or None,
                }
                for v in self.variants
            ],
            "scored": self.mutation or None,
            "ranking": list(self.rows()),
            "sections": [
                {"title": s.title, "sentences": [*s.paragraphs, *s.after]} for s in self.sections
            ],
            "caveats": list(self.caveats),
            "findings": [{"level": f.level, "message": f.message} for f in self.findings],
            "version": version_string(),
        }  # fmt: skip

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        what = self.mutation or "nothing scored"
        return f"<Answer to {str(self.question)!r}: {what}, {len(self.ranking)} entries>"

    def _repr_html_(self) -> str:
        made = [f"<h3>{html.escape(str(self.question))}</h3>"]
        for part in self.sections:
            made.append(f"<h4>{html.escape(part.title)}</h4>")
            made += [f"<p>{html.escape(p)}</p>" for p in part.paragraphs]
            if part.table is not None:
                made.append(_html_table(part.table))
            made += [f"<p>{html.escape(p)}</p>" for p in part.after]
        return "".join(made)


def _plain(table: Table) -> list[str]:
    """Write a table as lines of text, columns under one another."""
    cells = [table.columns, *table.rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(table.columns))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if name in table.numeric else cell.ljust(width)
            for cell, width, name in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in cells
    ]


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def ask(
    text: str,
    prior: str | Sequence[str] = (),
    *,
    place: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Answer:
    """Ask about a variant in the words of a report.

    Mutations of the kinase domain are scored against the library of inhibitors; ways around the
    kinase, changes outside its domain and silent ones are named and explained, not scored.

    Parameters
    ----------
    text : str
        A fusion or a kinase, and what was found: ``ETV6-NTRK3 p.G623R after larotrectinib``,
        ``LMNA::NTRK1 Gly595Arg``, ``NTRK1 G595R with KRAS G12D``.
    prior : str or sequence of str
        Inhibitors that were given before.
    place : bool, default False
        Also score inhibitors that must be placed in a model first, which may take minutes.
    jobs : int, default 1
        Worker processes.
    progress : callable, optional
        Called with the inhibitors that are done and those in all.

    Returns
    -------
    Answer

    Raises
    ------
    QuestionError
        If the text is no question about one kinase.
    MutationError
        If a mutation does not fit the kinase.
    AmbiguousResidueError
        If a number fits two residues.

    Examples
    --------
    >>> import trkstruct as ts
    >>> answer = ts.ask("NTRK1 R220C")
    >>> answer.variants[0].standing, answer.mutation
    ('outside', '')
    """
    question = read(text, (prior,) if isinstance(prior, str) else tuple(prior))
    variants = sort(question)
    of = question.kinase
    found = sorted({v.mutation for v in variants if v.standing == "scored"}, key=_position)
    mutation = "+".join(found)
    # What is measured on the wild type answers a question about the wild type, and no other.
    wild = wild_type_ranking(of) if all(v.standing == "silent" for v in variants) else ()
    if not mutation:
        return Answer(question, variants, "", wild)
    if of.name not in {model.kinase for model in bundled_models() if model.ligand}:
        message = f"No model of {of.name} with an inhibitor is bundled: {mutation} is not scored."
        unscored = tuple(_unscored(v, message) for v in variants)
        return Answer(question, unscored, "", (), (Finding("no-model", message, "warning"),))
    waiting = () if place else unplaced(of)
    drugs = [entry.name for entry in library.library() if entry.name not in waiting]
    panel = cross_resistance(
        drugs, kinases=[of.name], mutations=[mutation], jobs=jobs, progress=progress
    )
    findings = panel.findings
    if waiting:
        message = (
            f"Not scored, because no pose in a model of {of.name} is at hand and placing takes "
            f"minutes: {', '.join(waiting)}. Ask with --place (place=True) to have it done."
        )
        findings = (*findings, Finding("not-placed", message, "choice"))
    return Answer(question, variants, mutation, rank(of, mutation, panel.rows), findings, panel)


def _position(mutation: str) -> int:
    return int(mutation[1:-1])


def _unscored(variant: Variant, message: str) -> Variant:
    if variant.standing != "scored":
        return variant
    why = variant.why.replace(" It is scored.", "")
    return replace(variant, standing="no model", why=f"{why} {message}")
