"""All that a ligand states of its molecule, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LigandError
from .chemistry import clean, formula_of, parse_smiles, silence
from .components import component, component_names
from .protonation import parameter, protonate
from .stereo import unspecified

if TYPE_CHECKING:
    from rdkit.Chem import Mol

__all__ = ["component_molecule", "describe"]


def describe(
    mol: Mol,
    name: str | None,
    *,
    code: str = "",
    source: str = "",
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Clean a molecule and work out all that a ligand states of it.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The molecule, perhaps with coordinates.
    name : str or None
        Name to show; the code or the SMILES if there is none.
    code : str, default ""
        Component code.
    source : str, default ""
        Where the chemistry is from.
    names : sequence of str, optional
        Atom names; element and number if not given.

    Returns
    -------
    dict of str to object
        The fields of a `trkstruct.ligands.Ligand`.

    Raises
    ------
    LigandError
        If it is no molecule that can be scored, or its coordinates are not numbers.
    """
    from rdkit import Chem

    cleaned = clean(mol, name or code)
    own = cleaned.mol
    coords = None
    if mol.GetNumConformers() and mol.GetConformer().Is3D():
        positions = np.array(mol.GetConformer().GetPositions(), dtype=np.float64)
        coords = positions[list(cleaned.kept)]
        if not np.isfinite(coords).all():
            raise LigandError(f"The coordinates of {name or 'the ligand'} are not all numbers.")
    with silence():
        smiles = Chem.MolToSmiles(own)
        inchikey = Chem.MolToInchiKey(own)  # type: ignore[no-untyped-call]
    if names is None:
        names = [f"{atom.GetSymbol()}{atom.GetIdx() + 1}" for atom in own.GetAtoms()]
    else:
        names = [names[index] for index in cleaned.kept]
    rings = [len(ring) for ring in own.GetRingInfo().AtomRings()]
    return {
        "name": (name or "").strip() or code or smiles,
        "code": code,
        "smiles": smiles,
        "inchikey": inchikey,
        "formula": formula_of(own),
        "n_heavy": own.GetNumAtoms(),
        "macrocycle": max(rings, default=0) >= parameter("macrocycle_ring_size"),
        "states": protonate(own, names=names),
        "atom_names": tuple(names),
        "findings": (*cleaned.findings, *unspecified(own, names)),
        "source": source,
        "mol": own,
        "coords": coords,
    }


def component_molecule(code: str) -> tuple[Mol, str, list[str]]:
    """Build the molecule of a component, with atoms in its order.

    Parameters
    ----------
    code : str
        Component code.

    Returns
    -------
    mol : rdkit.Chem.Mol
        Heavy atoms with bond orders and stereo.
    name : str
        Its common name, or the code.
    names : list of str
        Atom names of the component.

    Raises
    ------
    LigandError
        If the component has no chemistry that RDKit accepts.
    """
    from rdkit import Chem

    entry = component(code)
    if not entry["smiles"]:
        raise LigandError(
            f"Component {code} ({entry['name']}, {entry['formula']}) has no chemistry that RDKit "
            "accepts (a metal complex?): give the ligand as SMILES."
        )
    parsed = parse_smiles(entry["smiles"])
    place = {atom: position for position, atom in enumerate(entry["smiles_order"])}
    mol = Chem.RenumberAtoms(parsed, [place[index] for index in range(len(place))])
    known = dict(component_names().values())
    return mol, known.get(code, code), [row[0] for row in entry["atoms"]]
