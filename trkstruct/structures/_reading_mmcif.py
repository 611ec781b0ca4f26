"""Raw atoms from mmCIF: streamed, parsed by Biopython, the author's items first."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import StructureFileError
from ..residues import Finding
from ._raw import (
    MOST_UNKNOWN_LINES,
    RawAtom,
    RawFile,
    check_models,
    deduce_kind,
    model_finding,
    not_a_structure,
)

__all__ = ["read_mmcif"]

#: The header categories of mmCIF that are kept are small; more than this is not one of them.
_MOST_CATEGORY_CHARACTERS: Final = 20_000_000


_MMCIF_CATEGORIES: Final = frozenset(
    "atom_site chem_comp entry exptl pdbx_struct_mod_residue struct ma_model_list ma_qa_metric "
    "ma_data software trkstruct_model".split()
)


def _scan_mmcif(path: Path, lines: Iterator[str]) -> tuple[str, bool]:
    """Keep the categories that are used; tell whether the file stops in the atom table."""
    kept: list[str] = []
    pending: list[str] = []
    category, in_text, labelled = "", False, False
    blocks = unknown = size = 0
    for line in lines:
        start = line.lstrip()
        if in_text:
            in_text = not line.startswith(";")
        elif line.startswith(";"):
            in_text = True
        elif start.startswith("_"):
            category = start[1:].split(".", 1)[0].lower()
            if category in _MMCIF_CATEGORIES:
                kept += pending
            if category == "atom_site" and pending:
                labelled = start.split()[0].lower().endswith(".group_pdb")
            pending.clear()
        elif start[:5].lower() == "loop_":
            category, pending = "", [line]
            continue
        elif start[:5].lower() == "data_":
            blocks += 1
            if blocks > 1:
                break
            kept.append(line)
            continue
        elif start.startswith("#"):
            category = ""
        elif start and (
            not category
            or (category == "atom_site" and labelled and start[:4] not in ("ATOM", "HETA"))
        ):
            unknown += 1
            if unknown > MOST_UNKNOWN_LINES:
                raise not_a_structure(path, f"most of its lines are no mmCIF ({start[:20]!r})")
        if category in _MMCIF_CATEGORIES:
            kept.append(line)
            size += len(line) if category != "atom_site" or in_text else 0
            if size > _MOST_CATEGORY_CHARACTERS:
                raise not_a_structure(path, f"its category {category} has no end")
    if in_text:
        raise StructureFileError(
            f"{path} is cut off: it ends within a text field. Fetch or save it again."
        )
    return "".join(kept), category == "atom_site"


def read_mmcif(path: Path, lines: Iterator[str], model: int | None) -> RawFile:
    from Bio.PDB.MMCIF2Dict import MMCIF2Dict

    text, stops_in_atoms = _scan_mmcif(path, lines)
    try:
        table: dict[str, list[str]] = dict(MMCIF2Dict(io.StringIO(text)))
    except (ValueError, IndexError, KeyError) as error:
        raise StructureFileError(f"{path} cannot be parsed as mmCIF: {error}") from error
    columns = {key[11:]: value for key, value in table.items() if key.startswith("_atom_site.")}
    lengths = {len(column) for column in columns.values()}
    if not columns or lengths == {0}:
        raise StructureFileError(
            f"{path} has no atoms (_atom_site): it is another kind of CIF, or was cut off."
        )
    if len(lengths) > 1:
        raise StructureFileError(
            f"{path} is cut off or damaged: the last row of its atom table is incomplete "
            f"({min(lengths)} whole rows). Fetch or save it again."
        )
    header = "\n".join(
        f"{key} {value}"
        for key, values in table.items()
        if not key.startswith(("_atom_site.", "_chem_comp."))
        for value in values
    )
    kind, pdb_id, findings = deduce_kind(header)
    raw = RawFile([], kind=kind, pdb_id=pdb_id, findings=findings)
    raw.title = re.sub(r"\s+", " ", (table.get("_struct.title") or [""])[0]).strip(" ?")
    raw.parents = dict(
        zip(
            table.get("_pdbx_struct_mod_residue.label_comp_id", []),
            table.get("_pdbx_struct_mod_residue.parent_comp_id", []),
            strict=False,
        )
    )
    if stops_in_atoms:
        _check_announced(path, table, columns, raw.findings)
    raw.atoms = _mmcif_atoms(path, columns, model, raw.findings)
    return raw


def _check_announced(
    path: Path, table: dict[str, list[str]], columns: dict[str, list[str]], findings: list[Finding]
) -> None:
    """Look for components that the header has and the atom table, which ends the file, has not."""
    types = table.get("_chem_comp.type", [])
    announced = {
        code
        for code, kind in zip(table.get("_chem_comp.id", []), types, strict=False)
        if kind.lower() == "non-polymer" and code != "HOH"
    }
    lost = sorted(announced - set(columns.get("label_comp_id", [])))
    if lost:
        raise StructureFileError(
            f"{path} is cut off: it ends within its atom table, and {', '.join(lost)}, which its "
            "header announces, is not there. Fetch or save it again."
        )
    message = "The file ends within its atom table, with whole rows: it may be cut off."
    if "_entry.id" in table and types:
        findings.append(Finding("perhaps-cut-off", message, "warning"))


def _mmcif_atoms(
    path: Path, columns: dict[str, list[str]], model: int | None, findings: list[Finding]
) -> list[RawAtom]:
    count = len(next(iter(columns.values())))

    def column(*names: str, default: str = "?") -> list[str]:
        """Author's item first, the dictionary's where an author gave none."""
        found = [columns[name] for name in names if name in columns]
        if not found:
            return [default] * count
        if len(found) == 1:
            return found[0]
        return [
            next((v for v in values if v not in ("?", ".")), default)
            for values in zip(*found, strict=True)
        ]

    missing = {"Cartn_x", "Cartn_y", "Cartn_z"} - columns.keys()
    if missing:
        raise StructureFileError(f"{path}: the atom table has no column {', '.join(missing)}.")
    numbers = columns.get("pdbx_PDB_model_num") or ["1"] * count
    models = list(dict.fromkeys(numbers))
    names = column("auth_atom_id", "label_atom_id")
    chains = column("auth_asym_id", "label_asym_id", default="")
    sequence = column("auth_seq_id", "label_seq_id")
    residues = column("auth_comp_id", "label_comp_id")
    labels: tuple[set[str], set[str]] = (set(), set())
    for i, name in enumerate(names):
        if name == "CA" and numbers[i] in models[:2]:
            label = f"{residues[i]} {chains[i]}".ljust(5)[:5] + sequence[i].rjust(4)
            labels[models.index(numbers[i])].add(label)
    check_models(path, model, len(models), labels)
    wanted = models[(model or 1) - 1]
    if len(models) > 1:
        findings.append(model_finding(model or 1, len(models)))
    codes, altlocs = column("pdbx_PDB_ins_code"), column("label_alt_id")
    groups, elements = column("group_PDB"), column("type_symbol")
    occupancies = column("occupancy", default="1")
    b_factors = column("B_iso_or_equiv", default="0")
    atoms: list[RawAtom] = []
    bad: list[str] = []
    for i in range(count):
        if numbers[i] != wanted:
            continue
        where = f"{names[i]} of {residues[i]} {chains[i]} {sequence[i]}"
        try:
            x, y, z = (float(columns[key][i]) for key in ("Cartn_x", "Cartn_y", "Cartn_z"))
            number = int(sequence[i])
            occupancy, b_factor = _number(occupancies[i], 1.0), _number(b_factors[i], 0.0)
        except ValueError as error:
            raise StructureFileError(
                f"{path}: row {i + 1} of the atom table, {where}: {error}."
            ) from None
        if not all(map(math.isfinite, (x, y, z))):
            bad.append(where)
        code, altloc = codes[i], altlocs[i]
        position = (x, y, z)
        identity = (chains[i], number, "" if code in "?." else code, residues[i])
        atom = (groups[i] == "HETATM", names[i], "" if altloc in "?." else altloc)
        atoms.append(RawAtom(*identity, *atom, *position, occupancy, b_factor, elements[i].upper()))
    if bad:
        raise StructureFileError(
            f"{path}: coordinates are not numbers (NaN or infinite) in {len(bad)} of its atoms, "
            f"first {bad[0]}. Repair the file or remove these atoms."
        )
    return atoms


def _number(text: str, default: float) -> float:
    value = default if text in ("?", ".") else float(text)
    return value if math.isfinite(value) else default
