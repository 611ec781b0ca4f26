"""``trkstruct place``: one inhibitor or a series into the pocket of a structure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import (
    Command,
    Progress,
    emit_csv,
    emit_json,
    format_option,
    jobs_option,
    load,
    note,
    note_findings,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..ligands import Ligand
    from ..placement import Placed, PlacedRecord
    from ..structures import Structure

__all__ = ["place"]

#: Columns of the table: one row a pose, one row a molecule that has none.
_COLUMNS = (
    "row", "name", "smiles", "pose", "score_kcal", "energy_kcal", "strain_kcal", "pose_source",
    "template", "overlap", "structure", "findings", "status", "error",
)  # fmt: skip
#: Of these, the fields of a record in the SDF.
_FIELDS = (
    "name", "smiles", "pose", "score_kcal", "energy_kcal", "strain_kcal", "pose_source", "template",
    "overlap", "structure",
)  # fmt: skip
_METHODS = ("auto", "template", "dock")
#: Most characters of a name in a table; the other forms have all of it.
_WIDEST = {"name": 20, "template": 12}


@click.command(cls=Command)
@click.option("-s", "--structure", required=True, metavar="STRUCTURE",
              help="A path, a bundled id, or a kinase (TRKA, TRKA:DFG-out).")  # fmt: skip
@click.option("-l", "--ligand", "ligand_text", required=True, metavar="LIGAND",
              help="A name, a SMILES, or a file of one or many molecules.")  # fmt: skip
@click.option("-o", "--output", required=True, metavar="POSES.sdf",
              type=click.Path(dir_okay=False),
              help="Write the poses there, best first.")  # fmt: skip
@click.option("--chain", default="", metavar="ID", help="Author chain.")
@click.option("--method", type=click.Choice(_METHODS), default="auto", show_default=True,
              help="On templates, by docking, or docking where no template shares "
              "enough.")  # fmt: skip
@click.option("-t", "--template", "template_names", multiple=True, metavar="COMPLEX",
              help="File or id of a complex of a relative, tried beside the bundled ones; "
              "repeat it for several.")  # fmt: skip
@click.option("-n", "--poses", "most", type=click.IntRange(1), metavar="N",
              help="Poses to write of each molecule. Left out: all of one, the best of each of "
              "a series.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of the random numbers.")
@click.option("--no-reuse", is_flag=True, help="Compute also what was placed before.")
@jobs_option
@structures_option
@format_option
@click.pass_context
def place(
    ctx: click.Context,
    structure: str,
    ligand_text: str,
    output: str,
    chain: str,
    method: str,
    template_names: Sequence[str],
    most: int | None,
    seed: int,
    no_reuse: bool,
    jobs: int,
    folders: Sequence[str],
    format_: str,
) -> None:
    """Place an inhibitor, or a series, in a pocket.

    The part that it shares with a known complex's inhibitor is laid on it, the rest grown in many
    conformers, and the best minimised in the pocket; where none shares enough, it is docked. What
    is bound in the structure is ignored. Of a molecule whose stereo is not specified, each isomer
    is placed and the best taken. Molecules of a series that cannot be placed are rows with their
    error, and the end is 1.
    """
    from .._files import write_text
    from ..ligands import LigandSeries, resolve
    from ..placement import place_series

    _check_output(output, [ligand_text.partition("#")[0], *template_names])
    found = resolve(ligand_text)
    if isinstance(found, LigandSeries) and len(found) == 1:
        found = found.only()
    single = None if isinstance(found, LigandSeries) else found
    receptor = load(_suiting(structure, single), folders, single)
    where = receptor.choose_chain(chain or None)[0]
    templates = _templates(receptor, where, template_names, folders)
    how: dict[str, Any] = {
        "chain": where, "templates": templates, "method": method, "seed": seed,
        "reuse": not no_reuse,
    }  # fmt: skip
    note_findings(receptor.findings)
    many = isinstance(found, LigandSeries)
    if isinstance(found, LigandSeries):
        most = most or 1
        with Progress("place") as progress:
            placed = place_series(receptor, found, jobs=jobs, progress=progress, poses=most, **how)
            records = list(placed)
    else:
        _note_state(receptor, where, found)
        with Progress(f"place {found.name}"):
            records = [_one(receptor, found, most, how)]
        note_findings(records[0].findings, notes=True)
    written = [(record, n, pose) for record in records for n, pose in _poses(record)]
    write_text(output, "".join(_sdf(receptor, *item) for item in written))
    note(f"{output}: {len(written)} pose{'' if len(written) == 1 else 's'}.", "Wrote")
    if format_ == "table":
        show(*(_series_table if many else _table)(receptor, records))
    else:
        rows = [row for record in records for row in _rows(receptor, record)]
        emit_json(rows) if format_ == "json" else emit_csv(rows, _COLUMNS)
    if many:
        from .batch import finish

        finish(ctx, [{"row": r.row, "status": r.status, "error": r.error} for r in records])


def _one(
    structure: Structure, ligand: Ligand, most: int | None, how: dict[str, Any]
) -> PlacedRecord:
    """Place one molecule; what goes wrong is raised."""
    from dataclasses import replace

    from ..placement import PlacedRecord, place_isomers

    taken, found = place_isomers(structure, ligand, **how)
    if most is not None:
        found = replace(found, poses=found.of_site()[:most])
    return PlacedRecord(1, ligand.name, taken, found, "ok")


def _suiting(structure: str, ligand: Ligand | None) -> str:
    """Add to a kinase the DFG state that an inhibitor binds to, if it has a model in that state."""
    from .._receptors import wanted_states
    from ..bundled import bundled_models
    from ..kinases import named

    kinases = () if ligand is None or Path(structure).exists() else named(structure)
    if ligand is None or len(kinases) != 1:
        return structure
    known = {model.dfg_state for model in bundled_models(kinases[0].name)}
    state = next((state for state in wanted_states(ligand) if state in known), "")
    return f"{structure}:DFG-{state}" if state else structure


def _note_state(structure: Structure, chain: str, ligand: Ligand) -> None:
    """Say so if an inhibitor of a known type is placed in a structure of the other state."""
    from .._receptors import wanted_states
    from ..states import dfg_state

    numbering = structure.numbering(chain)
    state = "" if numbering.kinase is None else dfg_state(structure, numbering).dfg
    wanted = wanted_states(ligand)
    if state in ("in", "out") and state not in wanted:
        note(
            f"{ligand.name} is known to bind to DFG-{' or '.join(wanted)}, and {structure.name} is "
            f"DFG-{state}: another structure would suit it better.",
            "Warning",
        )


def _templates(
    structure: Structure, chain: str, names: Sequence[str], folders: Sequence[str]
) -> tuple[Complex, ...] | None:
    """Return the user's templates with the bundled ones behind them; None for those alone."""
    from .. import complexes
    from ..placement import bundled_templates

    if not names:
        return None
    own = tuple(complexes.make_complex(load(name, folders)) for name in names)
    return (*own, *bundled_templates(structure, chain))


def _check_output(output: str, inputs: Sequence[str]) -> None:
    """Make sure, before any work is done, that the poses can be written."""
    path = Path(output)
    if path.suffix.lower() not in (".sdf", ".sd"):
        raise click.UsageError(f"Poses are written as .sdf; {path.name!r} has another suffix.")
    for name in inputs:
        try:
            same = path.exists() and path.samefile(name)
        except (OSError, ValueError):  # no file at all: a name or SMILES
            continue
        if same:
            raise click.UsageError(f"The poses would be written over the input {name!r}.")
    there = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "may not be written to" if there.is_dir() else "is no folder"
        raise click.UsageError(f"Poses cannot be written to {output!r}: {str(there)!r} {why}.")


def _poses(record: PlacedRecord) -> list[tuple[int, Placed]]:
    """Poses in the pocket as it is, numbered from 1; none if it was not placed."""
    return [] if record.pose_set is None else list(enumerate(record.pose_set.of_site(), 1))


def _row(
    structure: Structure, record: PlacedRecord, number: int | None, pose: Placed | None
) -> dict[str, Any]:
    """Return the row of a pose, or of a molecule without one."""
    row: dict[str, Any] = dict.fromkeys(_COLUMNS)
    row |= {
        "row": record.row,
        "name": record.name,
        "smiles": record.ligand.smiles if record.ligand is not None else None,
        "structure": structure.name,
        "findings": "; ".join(finding.message for finding in record.findings) or None,
        "status": record.status,
        "error": record.error or None,
    }
    if pose is not None:
        row |= {
            "pose": number,
            "score_kcal": round(pose.score_kcal, 3),
            "energy_kcal": round(pose.energy_kcal, 3),
            "strain_kcal": round(pose.strain_kcal, 3),
            "pose_source": pose.source,
            "template": pose.template or None,
            "overlap": round(pose.overlap, 3) if pose.template else None,
        }
    return row


def _rows(structure: Structure, record: PlacedRecord) -> list[dict[str, Any]]:
    poses = [_row(structure, record, number, pose) for number, pose in _poses(record)]
    return poses or [_row(structure, record, None, None)]


def _sdf(structure: Structure, record: PlacedRecord, number: int, pose: Placed) -> str:
    """Return one record of the SDF."""
    from ..ligands.chemistry import sdf_record

    assert record.ligand is not None
    row = _row(structure, record, number, pose)
    fields = {name: "" if row[name] is None else str(row[name]) for name in _FIELDS}
    mol = record.ligand.with_coords(pose.coords).to_rdkit(hydrogens=True)
    return sdf_record(mol, record.name, fields)


def _columns(*names: str) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in names:
        table.add_column(
            name,
            justify="left" if name in _WIDEST or name in ("source", "status") else "right",
            no_wrap=True,
            overflow="ellipsis",
            # Names give way, numbers do not.
            min_width=None if name in _WIDEST else len(name),
            max_width=_WIDEST.get(name),
        )
    return table


def _cells(pose: Placed) -> tuple[str, ...]:
    return (
        f"{pose.score_kcal:.1f}",
        f"{pose.strain_kcal:.0f}",
        pose.source,
        pose.template or "-",
        f"{pose.overlap:.0%}" if pose.template else "-",
    )


def _table(structure: Structure, records: Sequence[PlacedRecord]) -> list[Any]:
    """Lay out the poses of one molecule."""
    from rich.text import Text

    (record,) = records
    table = _columns("pose", "score", "energy", "strain", "source", "template", "shared")
    for number, pose in _poses(record):
        score, *rest = _cells(pose)
        table.add_row(str(number), score, f"{pose.energy_kcal:.1f}", *rest)
    title = Text(f"{record.name} in {structure.name}", style="bold")
    return [title, table, Text("kcal/mol; lower is better.")]


def _series_table(structure: Structure, records: Sequence[PlacedRecord]) -> list[Any]:
    """Lay out the best pose of each molecule of a series."""
    from rich.text import Text

    table = _columns("row", "name", "score", "strain", "source", "template", "shared", "status")
    for record in records:
        best = [pose for _, pose in _poses(record)[:1]]
        cells = _cells(best[0]) if best else ("-",) * 5
        table.add_row(str(record.row), Text(record.name), *cells, record.status)
    title = Text(f"{len(records)} molecules in {structure.name}, best pose of each", style="bold")
    return [title, table, Text("kcal/mol; lower is better.")]
