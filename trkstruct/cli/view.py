"""``trkstruct view``: complexes and mutants in 3D, as a page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .common import Command, Progress, make_complex, note, note_findings, structures_option

if TYPE_CHECKING:
    from ..calls import ResistanceCall
    from ..complexes import Complex

__all__ = ["view"]


@click.command(cls=Command)
@click.option("-s", "--structure", required=True, metavar="STRUCTURE",
              help="A kinase (TRKA, TRKA:DFG-out), a bundled or fetched id, a file.")  # fmt: skip
@click.option("-l", "--ligand", "ligands", multiple=True, metavar="LIGAND",
              help="Name, SMILES or file; the bound ligand if left out. Repeat it: several are "
              "shown side by side and turn together.")  # fmt: skip
@click.option("-m", "--mutation", default="", metavar="MUTATION",
              help="G595R, TRKA G595R, p.Gly595Arg; + joins a compound mutation.")  # fmt: skip
@click.option("--numbering", default="auto",
              type=click.Choice(["auto", "author", "uniprot", "literature", "klifs"]),
              show_default=True, help="How residue numbers are meant.")  # fmt: skip
@click.option("--chain", default="", metavar="ID", help="Author chain.")
@click.option("--kinase", default="", metavar="NAME", help="Kinase that the chain must be.")
@click.option("--pose", default="", metavar="POSE",
              help="crystal, crystal:RES, crystal:RES:CHAIN:NUMBER, sdf or place.")  # fmt: skip
@structures_option
@click.option("-o", "--output", required=True, metavar="VIEW.html",
              type=click.Path(dir_okay=False), help="Write the page there.")  # fmt: skip
@click.option("--js", default="inline", show_default=True, metavar="inline|cdn|PATH",
              help="3Dmol.js: this machine's copy into the page, from the network when the page "
              "is opened, or this file into the page.")  # fmt: skip
def view(
    structure: str,
    ligands: Sequence[str],
    mutation: str,
    numbering: str,
    chain: str,
    kinase: str,
    pose: str,
    folders: Sequence[str],
    output: str,
    js: str,
) -> None:
    """Show inhibitors in their pocket in 3D, and what a MUTATION does to them.

    With a mutation: the wild-type side chain in grey, the mutant's conformers in orange, and
    overlaps with the inhibitor as discs with their depth in angstrom. Any browser opens the page.
    """
    from ..calls import resistance
    from ..views._script import script_text
    from ..views.view3d import compare

    if not output.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"A view is written as .html; {output!r} is not.")
    if js != "cdn":
        # Before any work: the script may not be there.
        script_text(None if js == "inline" else js)
    with Progress("view"):
        made: list[Complex] = [
            make_complex(structure, ligand, chain=chain, kinase=kinase, pose=pose, folders=folders)
            for ligand in ligands or [""]
        ]
        shown: list[Complex | ResistanceCall] = [
            resistance(complex_, mutation, numbering) if mutation else complex_ for complex_ in made
        ]
    note_findings([finding for item in shown for finding in item.findings])
    compare(shown).write_html(output, js)
    note(f"{output}: open it in a browser.", "Wrote")
