"""The version of the package and of the parameters that a result came from."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["__version__", "version_string"]

__version__ = "0.1.0"

#: The one data file of the scoring function: a result changes when it changes.
PARAMETERS = "parameters.json"


@lru_cache(maxsize=1)
def version_string() -> str:
    """Version of the package with date and short hash of its parameters.

    Returns
    -------
    str
        Written into every row of every table, so that a number can be traced.

    Raises
    ------
    DataError
        If the parameters are missing from the installation.

    Examples
    --------
    >>> from trkstruct._version import version_string
    >>> version_string()
    'trkstruct ...; parameters ...'
    """
    from . import reference

    date = str(reference.read_json(PARAMETERS).get("date", "undated"))
    return f"trkstruct {__version__}; parameters {date} {reference.digest(PARAMETERS)[:8]}"
