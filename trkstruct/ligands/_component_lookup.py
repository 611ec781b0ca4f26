"""One entry of the chemical component dictionary, read in a process of its own.

The dictionary that comes with biotite takes about 850 MB of memory once it is
open, so it is opened only here: by ``scripts/extract_components.py``, and by
``python -m trkstruct.ligands._component_lookup CODE``, which writes one entry as JSON to
standard output and ends.

The dictionary is the Chemical Component Dictionary of the wwPDB (CC0), Westbrook
et al. 2015, https://doi.org/10.1093/bioinformatics/btu789.
"""

from __future__ import annotations

import json
import sys
from typing import Any

__all__ = ["dictionary_entry", "main"]

_ORDERS = {"SING": 1, "DOUB": 2, "TRIP": 3, "QUAD": 4}


def dictionary_entry(code: str) -> dict[str, Any] | None:
    """Read one component out of the dictionary.

    Parameters
    ----------
    code : str
        Component identifier, such as ``VGH``; case does not matter.

    Returns
    -------
    dict or None
        A JSON-able record with heavy atoms only: ``code``, ``name``, ``synonyms``,
        ``type``, ``parent`` (standard residue it derives from, or empty),
        ``formula``, ``charge``, ``smiles`` (isomeric), ``inchikey``, ``atoms``
        (rows of name, element, formal charge, number of hydrogens, and R, S or
        empty), ``bonds`` (rows of two atom indices, order, and E, Z or empty),
        ``smiles_order`` (the atom index of each SMILES atom in turn) and
        ``stereo_source``. None if the dictionary has no such entry.

    Notes
    -----
    Stereo is perceived from the idealised coordinates, or from the model
    coordinates where those are missing; the R/S and E/Z letters are the
    dictionary's own.
    """
    from biotite.structure.info.ccd import get_from_ccd

    code = code.strip().upper()
    head = get_from_ccd("chem_comp", code)
    atoms = get_from_ccd("chem_comp_atom", code)
    if head is None or atoms is None:
        return None
    bonds = get_from_ccd("chem_comp_bond", code)

    def column(table: Any, name: str) -> list[Any]:
        values: list[Any] = table[name].as_array().tolist()
        return values

    def text(name: str) -> str:
        value = str(column(head, name)[0])
        return "" if value in {"?", "."} else value

    names = [str(name) for name in column(atoms, "atom_id")]
    elements = [str(symbol).capitalize() for symbol in column(atoms, "type_symbol")]
    elements = ["H" if symbol == "D" else symbol for symbol in elements]
    charges = [int(charge) for charge in column(atoms, "charge")]
    stereo = [str(letter) for letter in column(atoms, "pdbx_stereo_config")]
    place = {name: index for index, name in enumerate(names)}
    rows: list[tuple[int, int, int, str]] = []
    if bonds is not None:
        rows = [
            (place[str(first)], place[str(second)], _ORDERS[str(order)], str(letter))
            for first, second, order, letter in zip(
                column(bonds, "atom_id_1"),
                column(bonds, "atom_id_2"),
                column(bonds, "value_order"),
                column(bonds, "pdbx_stereo_config"),
                strict=True,
            )
        ]
    heavy = [index for index, symbol in enumerate(elements) if symbol != "H"]
    if not heavy:
        return None
    new = {old: index for index, old in enumerate(heavy)}
    hydrogens = [0] * len(names)
    for first, second, _, _ in rows:
        if elements[second] == "H":
            hydrogens[first] += 1
        if elements[first] == "H":
            hydrogens[second] += 1
    coords, source = _coordinates(atoms, heavy, column)
    record: dict[str, Any] = {
        "code": code,
        "name": text("name"),
        "synonyms": text("pdbx_synonyms"),
        "type": text("type"),
        "parent": text("mon_nstd_parent_comp_id"),
        "formula": text("formula").replace(" ", ""),
        "charge": int(column(head, "pdbx_formal_charge")[0]),
        "atoms": [
            [
                names[index],
                elements[index],
                charges[index],
                hydrogens[index],
                stereo[index] if stereo[index] in "RS" else "",
            ]
            for index in heavy
        ],
        "bonds": [
            [new[first], new[second], order, letter if letter in "EZ" else ""]
            for first, second, order, letter in rows
            if first in new and second in new
        ],
        "stereo_source": source,
    }
    record.update(_chemistry(record, coords))
    return record


def _coordinates(atoms: Any, heavy: list[int], column: Any) -> tuple[list[Any], str]:
    """Idealised coordinates of the heavy atoms, or the model's, or none."""
    import math

    for names, source in (
        (tuple(f"pdbx_model_Cartn_{axis}_ideal" for axis in "xyz"), "ideal coordinates"),
        (tuple(f"model_Cartn_{axis}" for axis in "xyz"), "model coordinates"),
    ):
        axes = [[float(value) for value in column(atoms, name)] for name in names]
        points = [[axis[index] for axis in axes] for index in heavy]
        known = all(math.isfinite(value) for point in points for value in point)
        if known and (len(points) == 1 or len({tuple(point) for point in points}) > 1):
            return points, source
    return [], ""


def _chemistry(record: dict[str, Any], coords: list[Any]) -> dict[str, Any]:
    """SMILES with its atom order, and InChIKey, of a record; empty where RDKit refuses."""
    from rdkit import Chem, rdBase
    from rdkit.Geometry import Point3D

    orders = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
    mol = Chem.RWMol()
    for _, element, charge, hydrogens, _ in record["atoms"]:
        atom = Chem.Atom(element)
        atom.SetFormalCharge(charge)
        atom.SetNumExplicitHs(hydrogens)
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    for first, second, order, _ in record["bonds"]:
        mol.AddBond(first, second, orders[order])
    quiet = rdBase.BlockLogs()
    try:
        Chem.SanitizeMol(mol)
        if coords:
            conformer = Chem.Conformer(mol.GetNumAtoms())
            conformer.Set3D(True)
            for index, point in enumerate(coords):
                conformer.SetAtomPosition(index, Point3D(*point))
            mol.AddConformer(conformer)
            Chem.AssignStereochemistryFrom3D(mol)
        # Let ordinary valence rules carry the hydrogens wherever they suffice.
        plain = Chem.RemoveHs(Chem.AddHs(mol))
        smiles = Chem.MolToSmiles(plain)
        order = list(plain.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])
        inchikey = Chem.MolToInchiKey(plain)  # type: ignore[no-untyped-call]
    except (ValueError, RuntimeError, KeyError):
        return {"smiles": "", "smiles_order": [], "inchikey": ""}
    finally:
        del quiet
    return {"smiles": smiles, "smiles_order": [int(i) for i in order], "inchikey": inchikey}


def main(argv: list[str]) -> int:
    """Write the entry named in `argv` to standard output as JSON.

    Parameters
    ----------
    argv : list of str
        One component code.

    Returns
    -------
    int
        0; 1 if there is no such entry; 2 if not exactly one code was given.
    """
    if len(argv) != 1:
        sys.stderr.write("usage: python -m trkstruct.ligands._component_lookup CODE\n")
        return 2
    entry = dictionary_entry(argv[0])
    if entry is None:
        return 1
    sys.stdout.write(json.dumps(entry, sort_keys=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
