"""Raw atoms of a structure file, and what is common to reading both formats."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import StructureError, StructureFileError
from ..reference import read_csv
from ..residues import Finding

__all__ = [
    "MOST_UNKNOWN_LINES",
    "RawAtom",
    "RawFile",
    "SeveralStructuresError",
    "check_models",
    "deduce_kind",
    "model_finding",
    "not_a_structure",
    "threshold",
]

#: So many lines of no known record are no structure file, whatever its first lines say.
MOST_UNKNOWN_LINES: Final = 200


class SeveralStructuresError(StructureError):
    """The models of a file are different structures; its message says so by itself."""


class RawAtom(NamedTuple):
    """One atom record as it stands in the file."""

    chain: str
    number: int
    insertion_code: str
    residue: str
    hetero: bool
    name: str
    altloc: str
    x: float
    y: float
    z: float
    occupancy: float
    b_factor: float
    element: str


@dataclass(slots=True)
class RawFile:
    """Atoms of one model of a file, with what its header says."""

    atoms: list[RawAtom]
    sha256: str = ""
    title: str = ""
    pdb_id: str = ""
    kind: str = "file"
    parents: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@cache
def threshold(name: str) -> float:
    """Return a number of ``structure_thresholds.csv``.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    float
        In the unit of the table.
    """
    return next(
        float(row["value"]) for row in read_csv("structure_thresholds.csv") if row["name"] == name
    )


def not_a_structure(path: Path, what: str) -> StructureFileError:
    return StructureFileError(
        f"{path} is not a structure file: {what}. "
        "trkstruct reads PDB and mmCIF coordinates, plain or gzipped."
    )


def deduce_kind(header: str) -> tuple[str, str, list[Finding]]:
    """Tell from a header how a file came about.

    Parameters
    ----------
    header : str
        Header lines.

    Returns
    -------
    kind : str
        ``deposited``, ``reassembled``, ``hybrid``, ``prepared``, ``model``, or ``file``
        if nothing is known.
    pdb_id : str
        The entry, or empty.
    findings : list of Finding
        What was recognised, in the order of the table ``structure_kinds.csv``.
    """
    kind, pdb_id = "file", ""
    findings: list[Finding] = []
    flags = re.MULTILINE | re.IGNORECASE
    for row in read_csv("structure_kinds.csv"):
        found = re.search(row["pattern"], header, flags)
        if found is None or (row["also"] and not re.search(row["also"], header, flags)):
            continue
        pdb_id = pdb_id or (found.groupdict().get("pdb_id") or "").upper()
        if row["kind"] == "deposited" and kind != "file":
            continue
        if row["kind"] and kind == "file":
            kind = row["kind"]
        if row["code"] not in ("pdb-id", *(f.code for f in findings)):
            level: Any = row["level"]
            findings.append(Finding(row["code"], row["message"], level))
    return kind, pdb_id, findings


def check_models(
    path: Path, model: int | None, count: int, residues: tuple[set[str], set[str]]
) -> None:
    if model is not None:
        if model > max(count, 1):
            raise StructureError(f"{path} has {count} models; model {model} was asked for.")
        return
    first, second = residues
    if first and second:
        shared = len(first & second) / min(len(first), len(second))
        if shared < threshold("same_structure"):
            raise SeveralStructuresError(
                f"{path} holds several structures, one after the other: models 1 and 2 share "
                f"{len(first & second)} of {min(len(first), len(second))} residues "
                f"(the first begins with {_first(first)}, the second with {_first(second)}). "
                "Split the file, or say which is meant with model=1 or model=2."
            )


def _first(labels: set[str]) -> str:
    return " ".join(min(labels, key=lambda label: int(label[5:9])).split())


def model_finding(model: int, count: int) -> Finding:
    return Finding("models", f"The file has {count} models; model {model} was read.", "choice")
