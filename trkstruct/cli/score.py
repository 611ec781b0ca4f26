"""``trkstruct score`` and ``trkstruct mutate``: one complex, a few mutations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    format_option,
    note,
    note_findings,
    seed_option,
    show,
    structure_options,
)
from .trajectory import trajectory_options

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..calls import ResistanceCall
    from ..complexes import Complex
    from ..ensembles import Mutant

__all__ = ["mutate", "score"]

_NUMBERING = click.option(
    "--numbering",
    type=click.Choice(["auto", "author", "uniprot", "literature", "klifs"]),
    default="auto",
    show_default=True,
    help="How residue numbers are meant.",
)
_CONTRIBUTIONS = ("clash", "contact", "hbond", "charge", "dfg_shift", "entropy")


@click.command(cls=Command)
@structure_options
@trajectory_options
@click.option(
    "-m", "--mutation", "mutations", multiple=True, required=True, metavar="MUTATION",
    help="G595R, TRKA G595R, p.Gly595Arg; + joins a compound mutation. Repeat it for several.",
)  # fmt: skip
@_NUMBERING
@seed_option
@format_option
def score(
    complex_: Callable[[], Complex],
    mutations: Sequence[str],
    numbering: str,
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Predict what each MUTATION does to the inhibitor: ddG, its contributions, and a call."""
    from ..calls import judge
    from ..ensembles import MutationEngine
    from ..results import RESULTS_COLUMNS
    from ..screening import complex_columns, results_row

    made = complex_()
    calls: list[ResistanceCall] = []
    with Progress("score") as progress:
        engine = MutationEngine(made, rigid=rigid, seed=seed)
        for text in mutations:
            calls.append(judge(engine.mutate(text, numbering)))
            progress(len(calls), len(mutations))
    about = complex_columns(made) | {"structure": made.structure.name}
    rows = [
        results_row(about | call.row() | {"row": n, "mutation": text})
        for n, (call, text) in enumerate(zip(calls, mutations, strict=True), start=1)
    ]
    note_findings([f for call in calls for f in call.findings])
    if format_ == "json":
        emit_json(rows)
    elif format_ == "csv":
        emit_csv(rows, RESULTS_COLUMNS)
    else:
        show(*_score_tables(made, calls))


def _about(complex_: Complex) -> str:
    kinase = complex_.numbering.kinase
    chain = complex_.chain or "(blank)"
    name = f"{kinase.name}, chain {chain}" if kinase is not None else f"chain {chain}"
    return (
        f"{complex_.ligand.name} in {name} of {complex_.structure.name} "
        f"({complex_.poses[0].source} pose)"
    )


def signed(value: float, decimals: int = 1) -> str:
    """Write a number with its sign, and zero without one.

    Parameters
    ----------
    value : float
        The number.
    decimals : int, default 1
        Decimals to write.

    Returns
    -------
    str
    """
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text


def call_style(call: str | None) -> str:
    """Terminal style of a call.

    Parameters
    ----------
    call : str or None
        The call.

    Returns
    -------
    str
    """
    styles = {"resistant": "bold red", "reduced": "yellow", "sensitised": "blue"}
    return styles.get(str(call), "dim" if call in {None, "abstain"} else "")


def _table() -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)


def _score_tables(complex_: Complex, calls: Sequence[ResistanceCall]) -> list[RenderableType]:
    from rich.text import Text

    answers = _table()
    for name in ("mutation", "role"):
        answers.add_column(name, no_wrap=True)
    for name in ("ddG", "80 % interval", "fold"):
        answers.add_column(name, justify="right", no_wrap=True)
    answers.add_column("call")
    answers.add_column("confidence")
    parts = _table()
    parts.add_column("mutation")
    for name in (*_CONTRIBUTIONS, "= ddG"):
        parts.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    reasons = []
    for call in calls:
        row = call.row()
        text = call.mutant.text
        called = call.status == "ok"
        answers.add_row(
            text.replace("+", "+\n"),
            row["role"].replace(";", "\n"),
            signed(row["ddg_kcal"], 2),
            f"{signed(row['ddg_low_kcal'])} to {signed(row['ddg_high_kcal'])}" if called else "",
            f"{row['fold_change']:g}" if called else "",
            Text(call.call, style=call_style(call.call)),
            call.confidence,
        )
        parts.add_row(
            text.replace("+", "+\n"),
            *(signed(row[f"{name}_kcal"], 2) for name in _CONTRIBUTIONS),
            signed(row["ddg_kcal"], 2),
        )
        reasons.append(Text(f"{text}: {' '.join(call.reasons)}"))
    about = Text(_about(complex_), style="bold")
    units = Text("Contributions to ddG in kcal/mol, positive = weaker binding", style="bold")
    return [about, answers, units, parts, *reasons]


@click.command(cls=Command)
@structure_options
@click.option(
    "-m", "--mutation", required=True, metavar="MUTATION", help="G595R; + joins a compound one."
)
@click.option(
    "--save", "folder", metavar="DIR", type=click.Path(file_okay=False),
    help="Write protein.pdb, mutant.pdb, ligand.sdf, clashes.csv and scene.pml there.",
)  # fmt: skip
@_NUMBERING
@seed_option
@format_option
def mutate(
    complex_: Callable[[], Complex],
    mutation: str,
    folder: str | None,
    numbering: str,
    seed: int,
    rigid: bool,
    format_: str,
) -> None:
    """Model a MUTATION: its conformers, their weights and energies.

    With --save, `pymol scene.pml` in that folder opens it, clashes as dashed distances.
    """
    from ..ensembles import MutationEngine

    made = complex_()
    mutant = MutationEngine(made, rigid=rigid, seed=seed).mutate(mutation, numbering)
    note_findings([*made.findings, *mutant.findings])
    if folder is not None:
        mutant.save(folder)
        note(f"{folder}: protein.pdb, mutant.pdb, ligand.sdf, clashes.csv, scene.pml.", "Wrote")
    rows = mutant.conformer_table()
    if format_ == "json":
        emit_json({"mutation": mutant.text, "ddg_kcal": mutant.ddg_kcal, "conformers": rows})
    elif format_ == "csv":
        flat = [{**row, "chi_deg": " ".join(f"{x:.1f}" for x in row["chi_deg"])} for row in rows]
        emit_csv(flat, tuple(flat[0]) if flat else ())
    else:
        show(*_mutant_tables(mutant, rows))


def _mutant_tables(mutant: Mutant, rows: Sequence[dict[str, Any]]) -> list[RenderableType]:
    from rich.text import Text

    least, most = 0.01, 12
    table = _table()
    table.add_column("residue")
    table.add_column("chi angles")
    for name in ("free", "bound", "with protein", "with inhibitor"):
        table.add_column(name, justify="right")
    shown = [row for row in rows if max(row["free"], row["bound"]) >= least][:most]
    for row in shown:
        table.add_row(
            f"{row['amino_acid']} {row['residue']}",
            " ".join(f"{x:.0f}" for x in row["chi_deg"]) or "none",
            f"{row['free']:.0%}",
            f"{row['bound']:.0%}",
            signed(row["protein_kcal"], 2),
            signed(row["ligand_kcal"], 2),
        )
    return [
        Text(f"{mutant.text}: {_about(mutant.complex)}", style="bold"),
        table,
        Text(
            f"{len(shown)} of {len(rows)} conformers, weights without (free) and with the "
            f"inhibitor (bound), energies in kcal/mol. ddG {mutant.ddg_kcal:+.2f} kcal/mol."
        ),
    ]
