"""Raw atoms from the PDB format: streamed, checked line by line, parsed by Biopython."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import StructureFileError
from ..residues import SIDE_CHAIN_ATOMS, Finding
from ._raw import (
    MOST_UNKNOWN_LINES,
    RawAtom,
    RawFile,
    check_models,
    deduce_kind,
    model_finding,
    not_a_structure,
)

__all__ = ["PDB_RECORDS", "read_pdb"]

#: Header lines kept for reading how the file came about; the wwPDB's longest have some thousands.
_MOST_HEADER_LINES: Final = 20000


PDB_RECORDS: Final = frozenset(
    "ANISOU ATOM AUTHOR CAVEAT CISPEP COMPND CONECT CRYST1 DBREF DBREF1 DBREF2 END ENDMDL "
    "EXPDTA FORMUL FTNOTE HEADER HELIX HET HETATM HETNAM HETSYN HYDBND JRNL KEYWDS LINK LINKR "
    "MASTER MDLTYP MODEL MODRES MTRIX1 MTRIX2 MTRIX3 NUMMDL OBSLTE ORIGX1 ORIGX2 ORIGX3 REMARK "
    "REVDAT SCALE1 SCALE2 SCALE3 SEQADV SEQRES SHEET SIGATM SIGUIJ SITE SLTBRG SOURCE SPLIT "
    "SPRSDE SSBOND TER TITLE TURN TVECT USER".split()
)


_HEADER_RECORDS: Final = PDB_RECORDS - {
    "ANISOU", "ATOM", "CONECT", "ENDMDL", "HETATM", "MODEL", "SIGATM", "SIGUIJ", "TER", "SEQRES",
    "HELIX", "SHEET", "LINK", "SSBOND", "SITE",
}  # fmt: skip


@dataclass(slots=True)
class _PdbContent:
    """What one pass over a PDB file has found."""

    header: list[str] = field(default_factory=list)
    groups: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    models: int = 0
    residues: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    non_finite: list[tuple[int, str]] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    ended: bool = False
    last_atom: str = ""


def read_pdb(path: Path, lines: Iterator[str], model: int | None) -> RawFile:
    content = _scan_pdb(path, lines, model or 1)
    header = "\n".join(content.header)
    check_models(path, model, content.models, content.residues)
    if not content.groups:
        raise StructureFileError(
            f"{path} has no ATOM records: it holds a header and nothing else, or was cut off."
        )
    if content.non_finite:
        line, atom = content.non_finite[0]
        raise StructureFileError(
            f"{path}: coordinates are not numbers (NaN or infinite) in {len(content.non_finite)} "
            f"of its atoms, first {atom} in line {line}. Repair the file or remove these atoms."
        )
    kind, pdb_id, findings = deduce_kind(header)
    raw = RawFile([], kind=kind, pdb_id=pdb_id, findings=findings)
    if content.models > 1:
        raw.findings.append(model_finding(model or 1, content.models))
    for what, count in content.filled.items():
        raw.findings.append(Finding(f"no-{what}", f"{count} atoms have no {what}.", "warning"))
    titles = re.findall(r"^TITLE  .{3}(.*)$", header, re.MULTILINE)
    raw.title = re.sub(r"\s+", " ", " ".join(titles)).strip()
    raw.parents = {
        line[12:15].strip(): line[24:27].strip()
        for line in content.header
        if line.startswith("MODRES")
    }
    raw.findings += _end_findings(path, content, kind)
    raw.atoms = _biopython_atoms(path, content.groups.values(), raw.findings)
    return raw


def _scan_pdb(path: Path, lines: Iterator[str], wanted: int) -> _PdbContent:
    """Keep the header and the atoms of one model, each atom line checked."""
    content = _PdbContent()
    chains: set[str] = set()
    known = unknown = 0
    boundary = ""
    short: tuple[int, str] | None = None
    line = ""
    for count, line in enumerate(lines, 1):
        if short is not None:
            raise StructureFileError(
                f"{path}: line {short[0]} is an atom record cut short ({short[1]!r}); "
                "the file is damaged: fetch it again."
            )
        record = line[:6].rstrip()
        if record in ("ATOM", "HETATM"):
            known += 1
            chain = line[21:22]
            # Atoms behind a boundary begin the next model, except that new chains behind
            # END belong to the same one: such files were put together by hand.
            if content.models == 0 or boundary == "model" or (boundary and chain in chains):
                content.models += 1
                chains.clear()
            boundary = ""
            chains.add(chain)
            content.last_atom = line
            if len(line.rstrip("\r\n")) < 54:
                short = (count, line.rstrip("\r\n"))
                continue
            if content.models <= 2 and line[12:16].strip() == "CA":
                content.residues[content.models - 1].add(line[17:27])
            if content.models == wanted:
                _keep_atom(path, count, line, record, content)
        elif record in ("MODEL", "ENDMDL"):
            known += 1
            boundary = boundary or "model"
        elif record == "END":
            known += 1
            boundary, content.ended = "end", True
        elif record == "MASTER":
            known += 1
            content.ended = True
        elif record in PDB_RECORDS:
            known += 1
            if record in _HEADER_RECORDS and len(content.header) < _MOST_HEADER_LINES:
                content.header.append(line.rstrip("\r\n"))
        elif line.strip():
            unknown += 1
            if unknown > MOST_UNKNOWN_LINES and unknown > known:
                raise not_a_structure(
                    path, f"most lines up to line {count} are no PDB records ({line[:20]!r})"
                )
    if short is not None or _cut_behind_coordinates(content, line):
        raise StructureFileError(
            f"{path} is cut off: it ends in the middle of an atom record "
            f"({content.last_atom.rstrip()!r}). Fetch or save it again."
        )
    return content


def _cut_behind_coordinates(content: _PdbContent, last_line: str) -> bool:
    """Whether the last line is an atom that breaks off before its element, with no line end."""
    if last_line != content.last_atom or not last_line or last_line.endswith(("\n", "\r")):
        return False
    lengths = Counter(len(line.rstrip()) for group in content.groups.values() for line in group)
    return len(last_line.rstrip()) < lengths.most_common(1)[0][0] - 1


def _keep_atom(path: Path, count: int, line: str, record: str, content: _PdbContent) -> None:
    """Check one atom line and put it to its residue."""
    line = line.rstrip("\r\n")
    atom = " ".join([line[12:16].strip(), "of", *line[17:27].split()])
    try:
        position = [float(line[start : start + 8]) for start in (30, 38, 46)]
    except ValueError:
        raise StructureFileError(
            f"{path}: line {count}, atom {atom}: the coordinates {line[30:54]!r} are not numbers."
        ) from None
    if not all(map(math.isfinite, position)):
        content.non_finite.append((count, atom))
    try:
        int(line[22:26])
    except ValueError:
        raise StructureFileError(
            f"{path}: line {count}, atom {atom}: the residue number {line[22:26]!r} is not a "
            "number. Structures that are too large for the PDB format are read as mmCIF."
        ) from None
    line = line.ljust(80)
    for what, start, default in (("occupancy", 54, "  1.00"), ("B factor", 60, "  0.00")):
        text = line[start : start + 6]
        try:
            usable = math.isfinite(float(text))
        except ValueError:
            usable = False
        if not usable:
            content.filled[what] += 1
            line = line[:start] + default + line[start + 6 :]
    # Without segment identifiers, which split chains for Biopython.
    line = line[:72] + "    " + line[76:]
    key = (line[21], line[22:27], line[17:20])
    content.groups.setdefault(key, []).append(line if record == "HETATM" else "ATOM  " + line[6:])


def _end_findings(path: Path, content: _PdbContent, kind: str) -> list[Finding]:
    """Signs that a file without END lacks its end."""
    if content.ended:
        return []
    announced = {
        (line[7:10].strip(), line[12:13], line[13:18])
        for line in content.header
        if line.startswith("HET   ")
    }
    there = {(name.strip(), chain, number) for chain, number, name in content.groups}
    lost = sorted(
        f"{name} {chain.strip()}:{number.strip()}" for name, chain, number in announced - there
    )
    if lost:
        raise StructureFileError(
            f"{path} is cut off: it has no END record, and {', '.join(lost[:3])}, which its "
            "header announces, is not there. Fetch or save it again."
        )
    names = {line[12:16].strip() for line in list(content.groups.values())[-1]}
    last = content.last_atom
    whole = {"C", "O", *SIDE_CHAIN_ATOMS.get(last[17:20], ())}
    if last.startswith("ATOM") and not whole <= names:
        return [
            Finding(
                "perhaps-cut-off",
                f"The file has no END record and stops within residue "
                f"{' '.join(last[17:27].split())}: "
                "it may be cut off.",
                "warning",
            )
        ]
    if kind == "deposited":
        message = (
            "The file has the header of a deposited entry but no END record: it may be cut off."
        )
        return [Finding("perhaps-cut-off", message, "warning")]
    return []


def _biopython_atoms(
    path: Path, groups: Iterable[list[str]], findings: list[Finding]
) -> list[RawAtom]:
    """Parse checked atom lines, residue by residue, with Biopython."""
    from Bio.PDB.PDBExceptions import PDBConstructionException
    from Bio.PDB.PDBParser import PDBParser

    text = "\n".join(line for group in groups for line in group)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            # Not QUIET: that would hide what the findings are made of.
            parsed = PDBParser(PERMISSIVE=True, QUIET=False).get_structure(
                "structure", io.StringIO(text)
            )
        except (PDBConstructionException, ValueError, IndexError) as error:
            raise StructureFileError(f"{path} cannot be parsed as PDB: {error}") from error
    findings += _warning_findings([str(w.message) for w in caught])
    atoms: list[RawAtom] = []
    for chain in next(iter(parsed)):
        for residue in chain:
            versions = residue.disordered_get_list() if residue.is_disordered() == 2 else [residue]
            for version in versions:
                flag, number, code = version.id
                common = (chain.id.strip(), number, code.strip(), version.resname.strip())
                for atom in version.get_unpacked_list():
                    # Biopython holds coordinates in single precision; the format has three
                    # decimals, which rounding brings back exactly.
                    x, y, z = (round(float(value), 3) for value in atom.coord)
                    element = (atom.element or "").strip().upper()
                    label = (flag != " ", atom.name.strip(), atom.altloc.strip())
                    values = (x, y, z, atom.occupancy, atom.bfactor, element)
                    atoms.append(RawAtom._make((*common, *label, *values)))
    return atoms


def _warning_findings(messages: Sequence[str]) -> list[Finding]:
    """One finding for each kind of Biopython's warnings."""
    counted: dict[str, list[str]] = {}
    for message in messages:
        plain = re.sub(r"\s+", " ", re.sub(r"\(?at line \d+\)?\.?|\bline +\d+\.?", "", message))
        plain = plain.replace("PDBConstructionException: ", "").strip()
        if "discontinuous" in plain or "redefined" in plain:
            continue  # waters behind the chains; two residues in one place have their own finding
        key = re.sub(r"[\d'\"(),]+|<[^>]*>", "", plain)[:24]
        counted.setdefault(key, []).append(plain)
    return [
        Finding(
            "parser",
            f"Biopython: {examples[0]}"
            + (f" (and {len(examples) - 1} more of the kind)" if len(examples) > 1 else ""),
            "warning",
        )
        for examples in counted.values()
    ]
