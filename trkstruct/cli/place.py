"""``trkstruct place``: an inhibitor into the pocket of a structure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .common import (
    Command,
    emit_csv,
    emit_json,
    format_option,
    load,
    note,
    note_findings,
    show,
    structures_option,
)

if TYPE_CHECKING:
    from ..ligands import Ligand
    from ..placement import Placed

__all__ = ["place"]

_COLUMNS = ("pose", "score_kcal", "energy_kcal", "strain_kcal", "template", "overlap")


@click.command(cls=Command)
@click.option("-s", "--structure", required=True, metavar="STRUCTURE",
              help="A path, a bundled id, or a kinase (TRKA, TRKA:DFG-out).")  # fmt: skip
@click.option("-l", "--ligand", "ligand_text", required=True, metavar="LIGAND",
              help="A name, a SMILES, or a file of one molecule.")  # fmt: skip
@click.option("-o", "--output", required=True, metavar="POSES.sdf",
              type=click.Path(dir_okay=False), 
              help="Write the poses there, best first.")  # fmt: skip
@click.option("--chain", default="", metavar="ID", help="Author chain.")
@click.option("--seed", default=0, show_default=True, help="Of the random numbers.")
@structures_option
@format_option
def place(
    structure: str,
    ligand_text: str,
    output: str,
    chain: str,
    seed: int,
    folders: Sequence[str],
    format_: str,
) -> None:
    """Place an inhibitor in a pocket, on the templates of known complexes.

    The part that it shares with a template's inhibitor is laid on it, the rest grown in many
    conformers, and the best minimised in the pocket. What is bound in the structure is ignored.
    """
    from .._files import write_text
    from ..errors import LigandError
    from ..ligands import LigandSeries, resolve
    from ..placement import bundled_templates
    from ..placement import place as place_ligand

    found = resolve(ligand_text)
    ligand = found.only() if isinstance(found, LigandSeries) else found
    if ligand.n_heavy < 1:
        raise LigandError(f"{ligand.name} has no atoms.")
    receptor = load(structure, folders)
    where = receptor.choose_chain(chain or None)[0]
    templates = bundled_templates(receptor, where)
    poses, findings = place_ligand(receptor, ligand, templates, chain=where, seed=seed)
    note_findings([*ligand.findings, *findings], notes=True)
    write_text(output, "".join(_record(ligand, n, pose) for n, pose in enumerate(poses, 1)))
    note(f"{output}: {len(poses)} poses.", "Wrote")
    rows = [_row(number, pose) for number, pose in enumerate(poses, 1)]
    if format_ == "json":
        emit_json(rows)
    elif format_ == "csv":
        emit_csv(rows, _COLUMNS)
    else:
        _show(f"{ligand.name} in {receptor.name}", rows)


def _row(number: int, pose: Placed) -> dict[str, Any]:
    return {
        "pose": number,
        "score_kcal": round(pose.score_kcal, 2),
        "energy_kcal": round(pose.energy_kcal, 2),
        "strain_kcal": round(pose.strain_kcal, 1),
        "template": pose.template,
        "overlap": round(pose.overlap, 2),
    }


def _record(ligand: Ligand, number: int, pose: Placed) -> str:
    """Return one record of an SDF."""
    from ..ligands.chemistry import sdf_record

    fields = {"name": ligand.name, **{k: str(v) for k, v in _row(number, pose).items()}}
    mol = ligand.with_coords(pose.coords).to_rdkit(hydrogens=True)
    return sdf_record(mol, f"{ligand.name} pose {number}", fields)


def _show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in ("pose", "score", "energy", "strain", "template", "shared"):
        table.add_column(name, justify="left" if name == "template" else "right")
    for row in rows:
        table.add_row(
            str(row["pose"]),
            f"{row['score_kcal']:.1f}",
            f"{row['energy_kcal']:.1f}",
            f"{row['strain_kcal']:.0f}",
            row["template"],
            f"{row['overlap']:.0%}",
        )
    show(Text(title, style="bold"), table, Text("kcal/mol; lower is better."))
