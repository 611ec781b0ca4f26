"""What the commands share: options, errors, output, progress."""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from ..errors import TrkstructError
from .progress import Progress

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ..complexes import Complex
    from ..ligands import Ligand
    from ..residues import Finding
    from ..structures import Structure

__all__ = [
    "Command",
    "Progress",
    "console",
    "emit_json",
    "emit_json_rows",
    "format_option",
    "jobs_option",
    "make_complex",
    "note_findings",
    "panel_options",
    "seed_option",
    "show",
    "structure_options",
    "structures_option",
]

F = TypeVar("F", bound=Callable[..., Any])

log = logging.getLogger(__name__)


def _verbosity(ctx: click.Context, param: click.Parameter, value: int) -> None:
    ctx.meta["trkstruct.verbose"] = value
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(value, 2)]
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("trkstruct").setLevel(level)
    if not value:
        # What third-party libraries warn developers of is no business of the user's.
        import warnings

        warnings.simplefilter("ignore")
    for noisy in ("MDAnalysis", "matplotlib"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


#: Options that the interface names and that are not in this version.
_LATER = ("--all-substitutions",)
#: What a shell expects of a program that Ctrl-C ended.
INTERRUPTED = 130


class Command(click.Command):
    """A command whose errors are one message on stderr and exit code 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(
                ["-v", "--verbose"],
                count=True,
                expose_value=False,
                is_eager=True,
                callback=_verbosity,
                help="Say more; -vv shows tracebacks.",
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options, and say of those of later versions that they are of later versions."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in _LATER:
                raise
            raise click.UsageError(f"{error.option_name} is not in this version.", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn its errors into messages."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            fail("Interrupted. No file is written by half.")
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if ctx.meta.get("trkstruct.verbose", 0) >= 2:
                raise
            fail(message(error))
            ctx.exit(2)


def message(error: Exception) -> str:
    """Say what went wrong in words for the user.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    str
    """
    if isinstance(error, TrkstructError):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return (
        f"unexpected {type(error).__name__}: {error}\n"
        "This is a defect of trkstruct. Run it again with -vv and report what it prints."
    )


def fail(text: str) -> None:
    """Print an error to stderr.

    Parameters
    ----------
    text : str
        The message.
    """
    label = click.style("Error:", fg="red", bold=True)
    click.echo(f"{label} {text}", err=True)


def note(text: str, label: str = "Note") -> None:
    """Print a note to stderr.

    Parameters
    ----------
    text : str
        The message.
    label : str, default "Note"
        What stands in front of it.
    """
    click.echo(f"{click.style(label + ':', fg='yellow')} {text}", err=True)


def note_findings(findings: Iterable[Finding], *, notes: bool = False) -> None:
    """Print what was noticed and chosen to stderr, each thing once.

    Parameters
    ----------
    findings : iterable of Finding
        What was noticed and chosen.
    notes : bool, default False
        Also print what is only for information.
    """
    labels = {"note": "Note", "choice": "Chosen", "warning": "Warning"}
    for level, text in dict.fromkeys((f.level, f.message) for f in findings):
        if notes or level != "note":
            note(text, labels[level])


def console(stream: IO[str] | None = None) -> Console:
    """Make a rich console that never colours or wraps what goes into a file.

    Parameters
    ----------
    stream : text stream, optional
        Where to write; stdout if not given.

    Returns
    -------
    rich.console.Console
    """
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False)


def show(*parts: RenderableType) -> None:
    """Print tables and texts to stdout.

    Parameters
    ----------
    *parts : rich renderable
        What to print.
    """
    out = console()
    for part in parts:
        out.print(part)


def _plain(value: object) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        return _plain(value.item())
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def emit_json(value: object) -> None:
    """Print a value as JSON to stdout.

    Parameters
    ----------
    value : object
        Mappings, sequences and plain values; NaN becomes null.
    """
    click.echo(json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False))


#: Rows that are printed at a time.
_AT_ONCE = 1000


def emit_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as CSV to stdout.

    Parameters
    ----------
    rows : iterable of mapping
        The rows.
    columns : sequence of str
        Their columns, in order.
    """
    import csv
    import io

    from ..results import written

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow(written(column, row.get(column)) for column in columns)
        if number % _AT_ONCE == 0:
            click.echo(out.getvalue(), nl=False)
            out.seek(0)
            out.truncate()
    click.echo(out.getvalue(), nl=False)


def emit_json_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as `emit_json` prints a list of them, without having them all at once.

    Parameters
    ----------
    rows : iterable of mapping
        The rows.
    """
    import textwrap

    before = "[\n"
    for row in rows:
        text = json.dumps(_plain(row), indent=2, ensure_ascii=False, allow_nan=False)
        click.echo(f"{before}{textwrap.indent(text, '  ')}", nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


# --- options


def format_option(command: F) -> F:
    """Add ``--format`` to a command.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    option = click.option(
        "--format",
        "format_",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="Form of what goes to stdout.",
    )
    return option(command)


def jobs_option(command: F) -> F:
    """Add ``-j`` to a command.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    option = click.option(
        "-j", "--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
        help="Processes. The numbers do not depend on it.",
    )  # fmt: skip
    return option(command)


def seed_option(command: F) -> F:
    """Add ``--seed`` and ``--rigid`` to a command.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    seed = click.option(
        "--seed", type=int, default=0, show_default=True,
        help="Seed of whatever is random.",
    )  # fmt: skip
    rigid = click.option("--rigid", is_flag=True, help="The best pose alone, in one structure.")
    return seed(rigid(command))


def structures_option(command: F) -> F:
    """Add ``--structures`` to a command.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    option = click.option(
        "--structures", "folders", multiple=True, metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        help="Folder of structures; repeat it for several. Also: TRKSTRUCT_STRUCTURES.",
    )  # fmt: skip
    return option(command)


def panel_options(command: F) -> F:
    """Add to a command what says which inhibitors and mutations are asked about.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    options = [
        click.option("-k", "--kinase", "kinases", multiple=True, metavar="KINASE",
                     help="TRKA, NTRK1, P04629 ... Left out: TRKA, TRKB and TRKC."),
        click.option("-l", "--ligand", "ligands", multiple=True, metavar="LIGAND",
                     help="Name, SMILES or file. Left out: the whole library."),
        click.option("-m", "--mutation", "mutations", multiple=True, metavar="MUTATION-OR-ROLE",
                     help="G595R, or a role: its catalogued mutations. Left out: all catalogued "
                     "mutations."),
        click.option("--reference", default="", metavar="NAME",
                     help="Inhibitor that stands first."),
        click.option("--all-structures", is_flag=True,
                     help="Of your own, also constructs with a resistance mutation."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def structure_options(command: F) -> F:
    """Add to a command what says which complex is meant.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
        It gets ``complex_``, a function that makes the complex; what is given to it goes before
        the options.
    """
    import functools

    names = ("structure", "ligand", "ligand_name", "chain", "kinase", "pose", "folders",
             "trajectory", "topology", "frames")  # fmt: skip

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        about = {name: given.pop(name) for name in names if name in given}

        def complex_(**other: Any) -> Complex:
            # An inhibitor that is bound nowhere is placed, which may take a while.
            with Progress("complex"):
                return make_complex(**{**about, **other})

        return command(complex_=complex_, **given)

    options = [
        click.option("-s", "--structure", default="", metavar="STRUCTURE",
                     help="A kinase (TRKA, TRKA:DFG-out): its best bundled model; a bundled or "
                     "fetched id; a .pdb or .cif file, plain or .gz."),
        click.option("-l", "--ligand", default="", metavar="LIGAND",
                     help="Name, SMILES or file; the bound ligand if left out."),
        click.option("--ligand-name", default="", metavar="TEXT", help="Name to show for it."),
        click.option("--chain", default="", metavar="ID", help="Author chain."),
        click.option("--kinase", default="", metavar="NAME",
                     help="Kinase that the chain must be."),
        click.option("--pose", default="", metavar="POSE",
                     help="crystal, crystal:RES, crystal:RES:CHAIN:NUMBER, sdf or place."),
        structures_option,
    ]  # fmt: skip
    result: Any = wrapped
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]


def make_complex(
    structure: str,
    ligand: str = "",
    ligand_name: str = "",
    chain: str = "",
    kinase: str = "",
    pose: str = "",
    folders: Sequence[str] = (),
    trajectory: str = "",
    topology: str = "",
    frames: str = "",
) -> Complex:
    """Make the complex that the options of a command mean.

    Parameters
    ----------
    structure : str
        Path, id or kinase.
    ligand, ligand_name, chain, kinase, pose : str, default ""
        As in a plan.
    folders : sequence of str, default ()
        Folders in which an id is looked for, before those of the environment.
    trajectory, topology, frames : str, default ""
        Files of a simulation, and which of its frames.

    Returns
    -------
    Complex

    Raises
    ------
    TrkstructError
        If structure or ligand cannot be used.
    click.UsageError
        If nothing says which structure is meant, or two options do.
    """
    if trajectory or topology or frames:
        about = ligand, ligand_name, chain, kinase, pose
        from .trajectory import of_frames

        return of_frames(structure, trajectory, topology, frames, folders, *about)
    if not structure:
        raise click.UsageError("Missing option '-s' / '--structure'.")
    from .._receptors import complex_of
    from ..plans import resolve_ligand
    from ..sources import folders as searched

    return complex_of(
        structure,
        resolve_ligand(ligand, name=ligand_name),
        pose=pose,
        chain=chain,
        kinase=kinase,
        where=[*folders, *searched()],
    )


def load(name: str, folders: Sequence[str] = (), ligand: Ligand | None = None) -> Structure:
    """Load a structure by path, id or kinase.

    Parameters
    ----------
    name : str
        Path, id or kinase.
    folders : sequence of str, default ()
        Folders in which an id is looked for, before those of the environment.
    ligand : Ligand, optional
        Of a kinase's models, those that hold this inhibitor come first.

    Returns
    -------
    Structure

    Raises
    ------
    StructureError
        If it cannot be found or read.
    """
    from .. import sources

    return sources.load(name, where=[*folders, *sources.folders()], ligand=ligand)


def output_folder(path: str) -> Path:
    """Make a folder for results, before any work is done.

    Parameters
    ----------
    path : str
        The folder.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    click.ClickException
        If it cannot be made.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"Cannot make the folder {path!r}: {error.strerror}.") from error
    return folder
