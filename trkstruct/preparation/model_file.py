"""Prepared models as mmCIF: the atoms, and beside them what is known of how they came about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..residues import ResidueId

if TYPE_CHECKING:
    from .models import PreparedModel

__all__ = ["model_cif"]


def _value(value: object) -> str:
    """Return a value as mmCIF writes it."""
    text = "" if value is None else str(value)
    if text == "":
        return "?"
    if "\n" in text or ("'" in text and '"' in text):
        raise ValueError(f"Not a value of one line: {text!r}")
    plain = all(c.isalnum() or c in "-+.,:/*()<=>@%" for c in text)
    reserved = text.lower().startswith(("data_", "loop_", "save_", "stop_", "global_"))
    if (plain and not reserved and text[0] not in "_#$[]-.") or _is_number(text):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("'", "´").replace('"', "”")


def _items(category: str, values: Mapping[str, object]) -> list[str]:
    width = max(len(key) for key in values) + len(category) + 3
    return [f"{f'_{category}.{key}':<{width}}{_value(value)}" for key, value in values.items()] + [
        "#"
    ]


def _loop(category: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["loop_", *(f"_{category}.{column}" for column in columns)]
    lines += [" ".join(_value(value) for value in row) for row in rows]
    return [*lines, "#"]


def model_cif(model: PreparedModel) -> str:
    """Write a prepared model.

    Parameters
    ----------
    model : PreparedModel
        The model.

    Returns
    -------
    str
        mmCIF. Beside ``_atom_site``: ``_trkstruct_model`` (one row: source, kinds, kinase,
        states, movement), ``_trkstruct_step`` (what was done), ``_trkstruct_check`` (what was
        checked, with limits), ``_trkstruct_klifs`` (the 85 pocket positions) and
        ``_trkstruct_built`` (heavy atoms that were not observed).
    """
    lines = [f"data_{re.sub(r'[^!-~]', '_', model.name)}", "#"]
    lines += _items("entry", {"id": model.name})
    lines += _items("struct", {"entry_id": model.name, "title": _clean(model.title)})
    lines += _items("trkstruct_model", {k: _clean(str(v)) for k, v in model.record().items()})
    lines += _loop(
        "trkstruct_step",
        ("ordinal", "description"),
        [(n, _clean(step)) for n, step in enumerate(model.steps, start=1)],
    )
    lines += _loop(
        "trkstruct_check",
        ("name", "value", "limit", "passed", "detail"),
        [
            (c.name, c.value, c.limit, "yes" if c.passed else "no", _clean(c.detail))
            for c in model.checks
        ],
    )
    lines += _loop(
        "trkstruct_klifs",
        ("position", "label", "residue", "auth_asym_id", "auth_seq_id", "pdbx_PDB_ins_code"),
        model.klifs_rows(),
    )
    lines += _loop(
        "trkstruct_built",
        ("auth_asym_id", "auth_seq_id", "pdbx_PDB_ins_code", "residue", "atoms"),
        [
            (*place_of(part.where), part.name, " ".join(sorted(part.built)))
            for part in model.parts
            if part.built
        ],
    )
    lines += _loop(
        "atom_site",
        (
            "group_PDB", "id", "type_symbol", "label_atom_id", "label_alt_id", "label_comp_id",
            "label_asym_id", "label_entity_id", "label_seq_id", "pdbx_PDB_ins_code", "Cartn_x",
            "Cartn_y", "Cartn_z", "occupancy", "B_iso_or_equiv", "auth_seq_id", "auth_comp_id",
            "auth_asym_id", "auth_atom_id", "pdbx_PDB_model_num",
        ),
        _atom_rows(model),
    )  # fmt: skip
    return "\n".join([*lines, ""])


def place_of(residue: ResidueId) -> tuple[str, int, str]:
    """Return chain, number and insertion code of a residue.

    Parameters
    ----------
    residue : ResidueId
        The residue.

    Returns
    -------
    (str, int, str)
    """
    return residue.chain, residue.number, residue.insertion_code


def _atom_rows(model: PreparedModel) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []

    def add(
        group: str, element: str, name: str, component: str, entity: int, number_in: object,
        where: tuple[str, int, str], position: np.ndarray,
    ) -> None:  # fmt: skip
        chain, number, code = where
        x, y, z = (f"{value:.3f}" for value in position)
        rows.append(
            (group, len(rows) + 1, element, name, ".", component, "AB"[entity - 1], entity,
             number_in, code or "?", x, y, z, "1.00", "0.00", number, component, chain, name, 1)
        )  # fmt: skip

    for number, (part, atoms) in enumerate(zip(model.parts, model.atoms, strict=True), start=1):
        for name, position in atoms.items():
            add("ATOM", name[0], name, part.name, 1, number, place_of(part.where), position)
    if model.ligand is not None:
        code, where, names, elements, coords = model.ligand
        for name, element, position in zip(names, elements, coords, strict=True):
            add("HETATM", element, name, code, 2, ".", where, position)
    return rows
