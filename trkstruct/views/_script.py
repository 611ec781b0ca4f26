"""Finding 3Dmol.js on this machine, and the text of it that can stand in a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from ..errors import DataError
from ..fetching import cache_folder
from ..reference import read_json

__all__ = ["ENVIRONMENT", "NAME", "cdn", "find_script", "how_to_get", "in_page", "script_text"]

#: Environment variable that names the file.
ENVIRONMENT: Final = "TRKSTRUCT_3DMOL"
NAME: Final = "3Dmol-min.js"
_PACKAGE = Path(__file__).resolve().parents[1]


def cdn() -> tuple[str, str]:
    """Where the pinned script is on the network.

    Returns
    -------
    url : str
        Its address.
    integrity : str
        Its sum, as browsers check it.
    """
    pinned: Any = read_json("viewer.json")
    return str(pinned["cdn"]), str(pinned["cdn_integrity"])


def how_to_get(*, public: bool = False) -> str:
    """Say how 3Dmol.js comes onto this machine.

    Parameters
    ----------
    public : bool, default False
        Leave out where the cache is: a page may go to others.

    Returns
    -------
    str
        A sentence.
    """
    place = f"in trkstruct's cache folder as {NAME}" if public else f"as {cache_folder() / NAME}"
    return (
        f"Download {cdn()[0]} and save it {place}, or name the file with "
        f"{ENVIRONMENT}; wheels that `make wheel` builds have it inside."
    )


def find_script() -> Path | None:
    """Find 3Dmol.js on this machine.

    Returns
    -------
    pathlib.Path or None
        The file that the environment variable ``TRKSTRUCT_3DMOL`` names, else that of the user's
        cache, of the installed package, or of a build in the repository; None if there is none.

    Raises
    ------
    DataError
        If the environment variable names a file that is not there.
    """
    named = os.environ.get(ENVIRONMENT, "")
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise DataError(
                f"{ENVIRONMENT} names {named!r}, and there is no such file. {how_to_get()}"
            )
        return path
    places = [cache_folder() / NAME, _PACKAGE / "_data" / NAME]
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        places.append(_PACKAGE.parent / "build" / "3dmol" / NAME)
    return next((path for path in places if path.is_file()), None)


def script_text(where: str | Path | None = None) -> str:
    """Read 3Dmol.js.

    Parameters
    ----------
    where : str or pathlib.Path, optional
        The file; `find_script` looks for it if not given.

    Returns
    -------
    str
        As it is in the file.

    Raises
    ------
    DataError
        If there is none, or if the file is something else.
    """
    path = Path(where).expanduser() if where is not None else find_script()
    if path is None:
        raise DataError(
            "A page with 3D inside needs 3Dmol.js, and no copy is on this machine. "
            f"{how_to_get()} Or let the page take it from the network: js='cdn' (--js cdn)."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise DataError(f"3Dmol.js cannot be read from {path}: {why}. {how_to_get()}") from error
    if "$3Dmol" not in text or "createViewer" not in text:
        raise DataError(f"{path} is not 3Dmol.js. {how_to_get()}")
    return text


def in_page(text: str) -> str:
    """Make 3Dmol.js fit to stand between script tags.

    Parameters
    ----------
    text : str
        The script.

    Returns
    -------
    str
        The same program: nothing in it ends the script element, and loaders that a notebook
        may have (``define``, ``module``) do not swallow it.
    """
    safe = text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"if (!window.$3Dmol) (function (exports, module, define) {{\n{safe}\n}}).call(window);"
