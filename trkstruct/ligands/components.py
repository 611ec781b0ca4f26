"""Chemical components: the ligands of the PDB by their codes and names.

The entries that the package needs lie in ``reference/data/components.json.gz``. Any other
code is looked up once, in a short-lived child process, because the dictionary takes 850 MB
of memory; the answer is kept in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from .._files import write_text
from ..errors import LigandError, LigandNotFoundError
from ..reference import read_csv, read_json

__all__ = ["component", "component_names", "has_component", "plain_name"]

_CODE: Final = re.compile(r"[A-Za-z0-9]{1,5}\Z")
#: Seconds after which the child process is given up; it needs about five.
_PATIENCE: Final = 120


def _bundled() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = read_json("components.json.gz")["components"]
    return entries


def _cache_file(code: str) -> Path:
    from ..fetching import cache_folder

    return cache_folder() / "components" / f"{code}.json"


def has_component(code: str) -> bool:
    """Tell whether the package itself has the entry, so that no look-up is needed.

    Parameters
    ----------
    code : str
        Component code.

    Returns
    -------
    bool
    """
    return code.strip().upper() in _bundled()


@lru_cache(maxsize=256)
def component(code: str) -> dict[str, Any]:
    """Return an entry of the chemical component dictionary.

    Parameters
    ----------
    code : str
        Component code, such as ``VGH``; case does not matter.

    Returns
    -------
    dict
        As described at `trkstruct.ligands._component_lookup.dictionary_entry`. Shared between
        callers: do not change it.

    Raises
    ------
    LigandNotFoundError
        If there is no such component.
    LigandError
        If the look-up fails.

    Examples
    --------
    >>> from trkstruct.ligands.components import component
    >>> component("VGH")["formula"]
    'C21H22Cl2FN5O'
    """
    wanted = code.strip().upper()
    if not _CODE.match(wanted):
        raise LigandNotFoundError(
            f"{code!r} is not a component code of the PDB, which has one to five letters or digits."
        )
    if wanted in _bundled():
        return _bundled()[wanted]
    cached = _cache_file(wanted)
    try:
        entry: dict[str, Any] = json.loads(cached.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        entry = _look_up(wanted)
        # A cache that cannot be written costs five seconds next time, no more.
        with contextlib.suppress(OSError):
            write_text(cached, json.dumps(entry, sort_keys=True))
    return entry


def _look_up(code: str) -> dict[str, Any]:
    """Ask a child process, which alone opens the dictionary."""
    home = str(Path(__file__).resolve().parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "trkstruct.ligands._component_lookup", code]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise LigandError(
            f"Component {code} could not be looked up ({problem}): give the ligand as SMILES."
        ) from None
    if done.returncode == 1 and not done.stdout and not done.stderr.strip():
        raise LigandNotFoundError(
            f"Component {code} is not in the chemical component dictionary: give the ligand as "
            "SMILES, so that its bond orders are known."
        )
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise LigandError(
            f"Component {code} could not be looked up ({last}): give the ligand as SMILES."
        )
    entry: dict[str, Any] = json.loads(done.stdout)
    return entry


@lru_cache(maxsize=1)
def component_names() -> dict[str, tuple[str, str]]:
    """Names under which components are known: those of the library, and some others.

    Returns
    -------
    dict of str to (str, str)
        Name or synonym in lower case without blanks, hyphens and underscores, to component
        code and name. Shared between callers: do not change it.
    """
    from .library import library

    known = [(row["code"], row["name"], row["synonyms"]) for row in read_csv("ligand_names.csv")]
    known += [(e.component, e.name, "|".join(e.synonyms)) for e in library() if e.component]
    names = {}
    for code, name, synonyms in known:
        for other in (name, *synonyms.split("|")):
            if other.strip():
                names[plain_name(other)] = (code, name)
    return names


def plain_name(name: str) -> str:
    """Return a name as it is compared: lower case, no blanks, hyphens or underscores.

    Parameters
    ----------
    name : str
        Any name.

    Returns
    -------
    str
    """
    return re.sub(r"[\s_-]+", "", name).casefold()
