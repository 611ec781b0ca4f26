"""What goes to stdout, or whole into a file."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from .common import note

__all__ = ["form_of", "output_option", "to_file"]

F = TypeVar("F", bound=Callable[..., Any])


def output_option(command: F) -> F:
    """Add ``-o`` to a command whose answer otherwise goes to stdout.

    Parameters
    ----------
    command : callable
        The command.

    Returns
    -------
    callable
    """
    option = click.option(
        "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False),
        help="Write there instead of to stdout; .json and .csv choose the format.",
    )  # fmt: skip
    return option(command)


def form_of(format_: str, output: str | None) -> str:
    """Choose the form of an answer: as asked, else by the name of its file.

    Parameters
    ----------
    format_ : str
        Value of ``--format``.
    output : str or None
        Value of ``-o``.

    Returns
    -------
    str
        ``table``, ``json`` or ``csv``.
    """
    given = click.get_current_context().get_parameter_source("format_")
    suffix = Path(output).suffix.casefold().lstrip(".") if output else ""
    if given is ParameterSource.DEFAULT and suffix in ("json", "csv"):
        return suffix
    return format_


@contextlib.contextmanager
def to_file(path: str | None) -> Iterator[None]:
    """Send what is printed to stdout into a file, which is written whole or not at all.

    Parameters
    ----------
    path : str or None
        The file; stdout stays what it is if there is none.

    Yields
    ------
    None
    """
    if path is None:
        yield
        return
    from .._files import write_text

    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        yield
    write_text(path, held.getvalue())
    note(f"{path}.", "Wrote")
