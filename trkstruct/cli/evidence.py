"""``trkstruct evidence``: what was measured and reported, with its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .common import Command, emit_csv, emit_json, format_option, note, show
from .output import form_of, output_option, to_file
from .references import reference_tables

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..evidence import FoldMean, Label, Measurement

__all__ = ["evidence"]

_MEASURED = (
    "id", "kinase", "gene", "variant", "variant_literature", "inhibitor", "assay", "assay_class",
    "measure", "relation", "value", "unit", "wt_value", "wt_relation", "experiment", "system",
    "source", "provenance", "conflict", "note",
)  # fmt: skip
_REPORTED = (
    "id", "kinase", "variant", "variant_literature", "inhibitor", "label", "kind", "system",
    "source", "provenance", "conflict", "note",
)  # fmt: skip
_FOLDS = (
    "kinase", "variant", "inhibitor", "assay_class", "relation", "fold", "ddg_kcal", "stated",
    "experiment", "source", "conflict",
)  # fmt: skip
_MEANS = (
    "kinase", "variant", "inhibitor", "assay_class", "relation", "fold", "low", "high", "spread",
    "ddg_kcal",
)  # fmt: skip


@click.command(cls=Command)
@click.option("-k", "--kinase", default=None, metavar="KINASE", help="Only of this kinase.")
@click.option("-m", "--mutation", "mutations", multiple=True, metavar="MUTATION",
              help="Only of this mutation, in either numbering; repeatable.")  # fmt: skip
@click.option("-l", "--ligand", "inhibitors", multiple=True, metavar="NAME",
              help="Only of this inhibitor of the library; repeatable.")  # fmt: skip
@click.option("--table", "table", default=None, metavar="TABLE",
              type=click.Choice(["mutations", "inhibitors", "fusions", "detection", "clinical",
                                 "trials", "off-target"]),
              help="A reference table: mutations, inhibitors (with indications), fusions, "
              "detection, clinical, trials or off-target.")  # fmt: skip
@format_option
@output_option
def evidence(
    kinase: str | None,
    mutations: Sequence[str],
    inhibitors: Sequence[str],
    table: str | None,
    format_: str,
    output: str | None,
) -> None:
    """Print what was measured and reported of mutations and inhibitors, with its sources.

    Fold changes are formed within one experiment, never across papers or assays. What is said of a
    class of mutations or inhibitors is listed apart, and where sources disagree it is said. With
    --table, a reference table is printed instead, each row with its source.
    """
    form = form_of(format_, output)
    with to_file(output):
        if table is None:
            _measured_and_reported(kinase, mutations, inhibitors, form)
        else:
            _reference(table, kinase, mutations, inhibitors, form)


def _reference(
    table: str,
    kinase: str | None,
    mutations: Sequence[str],
    inhibitors: Sequence[str],
    form: str,
) -> None:
    """Print a reference table, or what of it is about what was asked."""
    from ..evidence import reference_table

    for name in inhibitors:
        _known(name)
    if mutations and table != "mutations":
        note(f"The table {table!r} is not by mutation: -m is left out.")
        mutations = ()
    found = [
        row
        for m in mutations or (None,)
        for i in inhibitors or (None,)
        for row in reference_table(table, kinase, m, i)
    ]
    rows = [row for n, row in enumerate(found) if row not in found[:n]]
    if form == "json":
        emit_json(rows)
    elif form == "csv":
        columns = tuple(rows[0]) if rows else tuple(reference_table(table)[0])
        emit_csv(rows, columns)
    elif rows:
        show(*reference_tables(table, rows))
    if not rows:
        note(
            f"The table {table!r} has no row about that. It says nothing for or against it: only "
            "what was found with a source is in it."
        )


def _measured_and_reported(
    kinase: str | None, mutations: Sequence[str], inhibitors: Sequence[str], format_: str
) -> None:
    """Print what was measured and reported."""
    from ..evidence import class_statements, folds, labels, mean_folds, measurements

    for name in inhibitors:
        _known(name)
    asked = [(m, i) for m in mutations or (None,) for i in inhibitors or (None,)]

    def collected(find: Any) -> list[Any]:
        found = [row for m, i in asked for row in find(kinase, m, i)]
        return [row for n, row in enumerate(found) if row not in found[:n]]

    rows, words = collected(measurements), collected(labels)
    single, means = collected(folds), collected(mean_folds)
    classes = collected(lambda k, m, i: _about(class_statements(k, m), i))
    if format_ == "json":
        emit_json(
            {
                "measurements": [_fields(row, _MEASURED) for row in rows],
                "folds": [_fields(row, _FOLDS) for row in single],
                "mean_folds": [_fields(row, _MEANS) for row in means],
                "labels": [_fields(row, _REPORTED) for row in words],
                "class_statements": [_fields(row, _REPORTED) for row in classes],
            }
        )
    elif format_ == "csv":
        columns = ("record", *dict.fromkeys((*_MEASURED, *_FOLDS, *_REPORTED)))
        emit_csv(
            [
                *({"record": "measurement", **_fields(row, _MEASURED)} for row in rows),
                *({"record": "fold", **_fields(row, _FOLDS)} for row in single),
                *({"record": "label", **_fields(row, _REPORTED)} for row in words),
                *({"record": "class statement", **_fields(row, _REPORTED)} for row in classes),
            ],
            columns,
        )
    elif rows or words or classes:
        show(*_tables(rows, means, words, classes))
    if not (rows or words):
        note(_nothing(kinase, mutations, inhibitors, bool(classes)))


def _known(name: str) -> None:
    """Refuse an inhibitor that the library does not have: it may be a slip of the pen."""
    import difflib

    from ..errors import LigandNotFoundError
    from ..ligands import library

    if library.find(name) or library.find_inchikey(name):
        return
    names = [item for entry in library.library() for item in entry.names]
    folded = {item.casefold(): item for item in names}
    near = [folded[key] for key in difflib.get_close_matches(name.casefold(), folded, n=2)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise LigandNotFoundError(
        f"No inhibitor of the library is called {name!r}: nothing is known of it here.{hint}"
    )


def _about(rows: Sequence[Label], inhibitor: str | None) -> list[Label]:
    """Leave out what is said of other inhibitors by name; a type of them may be meant."""
    from ..ligands import library

    if inhibitor is None:
        return list(rows)
    asked = library.find(inhibitor) or library.find_inchikey(inhibitor)
    kept = []
    for row in rows:
        named = [entry for x in row.inhibitor.split(",") if (entry := library.find(x.strip()))]
        if not named or asked in named:
            kept.append(row)
    return kept


def _fields(row: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _nothing(
    kinase: str | None, mutations: Sequence[str], inhibitors: Sequence[str], classes: bool
) -> str:
    """Say that there is nothing, and what that means."""
    from ..evidence import canonical_variant

    named = []
    for text in mutations:
        number = canonical_variant(text, kinase) if kinase else text
        named.append(text if number in text else f"{text} (UniProt {number})")
    of = " ".join(x for x in (kinase or "", ", ".join(named)) if x)
    drug = f"{' and '.join(inhibitors)} on " if inhibitors else ""
    what = "no more than statements about classes" if classes else "nothing"
    return (
        f"The tables hold {what} for {drug}{of or 'this'}. That says nothing of the mutation: "
        "only that no value or report with a source was found for it."
    )


def _table(title: str, *columns: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, title=title,
                  title_justify="left")  # fmt: skip
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in {"inhibitor", "value", "source"})
    return table


class _Sources:
    """Sources by the number that stands for each in the tables."""

    def __init__(self) -> None:
        self.read: dict[str, list[str]] = {}

    def number(self, row: Measurement | Label) -> str:
        """Return the number of a row's source, and remember how the row was read."""
        how = self.read.setdefault(row.source, [])
        if row.provenance not in how:
            how.append(row.provenance)
        return f"[{list(self.read).index(row.source) + 1}]"

    def lines(self) -> list[str]:
        """Return the list that explains the numbers."""
        listed = enumerate(self.read.items(), start=1)
        return [f"  [{n}] {source} (read: {', '.join(how)})" for n, (source, how) in listed]


def _tables(
    rows: Sequence[Measurement],
    means: Sequence[FoldMean],
    words: Sequence[Label],
    classes: Sequence[Label],
) -> list[RenderableType]:
    sources = _Sources()
    parts: list[RenderableType] = []
    if rows:
        parts.append(_measured(rows, sources))
    if means:
        parts.append(_folds(means, sources))
    if words:
        table = _table("Reported", "variant", "inhibitor", "response", "rests on", "in", "source")
        for row in words:
            table.add_row(f"{row.kinase} {_variant(row)}", row.inhibitor, row.label, row.kind,
                          row.system, sources.number(row))  # fmt: skip
        parts.append(table)
    if classes:
        parts.append("Said of a class; these are no cases:")
        parts += [
            f"  {row.kinase} {row.variant}, {row.inhibitor}: {row.label} ({row.system}) "
            f"{sources.number(row)}"
            for row in classes
        ]
        parts.append("")
    if conflicts := _conflicts(rows, words):
        parts += ["Where sources disagree:", *(f"  {text}" for text in conflicts), ""]
    return [*parts, "Sources:", *sources.lines()]


def _conflicts(rows: Sequence[Measurement], words: Sequence[Label]) -> list[str]:
    """Say where the tables note a conflict, and where rows contradict each other."""
    from ..evidence import pairs

    found = [((row.kinase, row.variant, row.inhibitor), row.conflict) for row in rows]
    found += [((row.kinase, row.variant, row.inhibitor), row.conflict) for row in words]
    asked = {key for key, _ in found}
    for pair in pairs():
        key = (pair.kinase, pair.mutation, pair.inhibitor)
        if key in asked:
            found += [(key, text) for text in pair.conflicts]
    return sorted({f"{k} {v}, {i}: {text}" for (k, v, i), text in found if text})


def _measured(rows: Sequence[Measurement], sources: _Sources) -> Any:
    table = _table("Measured", "variant", "inhibitor", "value", "wild type", "assay", "source")
    for row in rows:
        wild = "" if row.wt_value is None else _bound(row.wt_relation, f"{row.wt_value:g} nM")
        assay = ", ".join(x for x in (row.assay_class, row.system) if x)
        variant = f"{row.kinase} {_variant(row)}"
        table.add_row(variant, row.inhibitor, str(row), wild, assay, sources.number(row))
    return table


def _folds(means: Sequence[FoldMean], sources: _Sources) -> Any:
    from ..evidence import two_digits

    table = _table(
        "Fold change, within one experiment each; geometric mean of an assay class",
        "variant", "inhibitor", "fold", "ddG kcal/mol", "assay", "source",
    )  # fmt: skip
    for mean in means:
        fold = _bound(mean.relation, two_digits(mean.fold))
        if mean.high > mean.low:
            fold += f" ({two_digits(mean.low)} to {two_digits(mean.high)})"
        numbers = dict.fromkeys(sources.number(item.measurement) for item in mean.folds)
        table.add_row(f"{mean.kinase} {mean.variant}", mean.inhibitor, fold,
                      _bound(mean.relation, f"{mean.ddg_kcal:+.2f}"), mean.assay_class,
                      " ".join(numbers))  # fmt: skip
    return table


def _variant(row: Measurement | Label) -> str:
    other = row.variant_literature
    return row.variant if other == row.variant else f"{row.variant} ({other})"


def _bound(relation: str, text: str) -> str:
    return text if relation in {"=", ""} else f"{relation} {text}"
