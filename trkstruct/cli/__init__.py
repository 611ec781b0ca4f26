"""The command ``trkstruct``: thin, one file a group of commands."""

from __future__ import annotations

import os
from importlib import import_module

import click

__all__ = ["main"]

# The matrices here are small: threads of the linear algebra would only wait for one another.
# NumPy reads this when it is imported, which no command has done yet.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

#: Command, the file it is in, and the line about it in the list of commands. The files are
#: imported only when their command runs, so that --help answers at once.
_COMMANDS: dict[str, tuple[str, str]] = {
    "info": ("inspect", "Chains, ligands, gaps and differences from UniProt."),
    "pocket": ("inspect", "The 85 pocket positions in all numberings."),
    "score": ("score", "What mutations do to an inhibitor: ddG and call."),
    "place": ("place", "An inhibitor into the pocket of a structure."),
    "mutate": ("score", "Model a mutation and write it for PyMOL."),
    "view": ("view", "An inhibitor, and what a mutation does to it, in 3D."),
    "matrix": ("batch", "Inhibitors against mutations: table, heat map, files."),
    "scan": ("scan", "Every pocket position x 19, and the escape routes of drugs."),
    "screen": ("batch", "A batch of questions from a CSV table."),
    "merge": ("merge", "The table of all shares of a batch."),
    "report": ("report", "One page with everything: matrix, 3D, evidence, methods."),
    "prepare": ("prepare", "A model from a raw entry or from a relative's structure."),
    "fetch": ("data", "Entries of the PDB into the cache."),
    "data": ("data", "The bundled models: list, check."),
    "evidence": ("evidence", "What was measured and reported, with its sources."),
    "ask": ("ask", "A variant in the words of a report, answered."),
    "benchmark": ("benchmark", "Predicted against measured on a series of your own."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f".{_COMMANDS[cmd_name][0]}", __name__)
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Commands: {', '.join(_COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from .._version import version_string

    click.echo(version_string())
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog="`trkstruct COMMAND --help` says more. Research use only, not for treatment decisions.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Version of package and parameters.",
)
def main() -> None:
    """Which kinase inhibitors lose to which resistance mutations, computed from the structure.

    A structure is a kinase (TRKA, TRKA:DFG-out: its best bundled model), an id, or a file.
    Results go to stdout or -o, progress and notes to stderr. One-answer commands (info, pocket,
    score, mutate, view, fetch, ask) end with 2 on any error; table commands with 0 if every row was
    answered, 1 if some failed, 2 for bad usage or unreadable input.
    """
    import sys

    for stream in (sys.stdout, sys.stderr):
        if stream.errors == "strict" and hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character shows its code; it is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
