"""The pair terms against AutoDock Vina itself.

    python benchmarks/accuracy/vina_oracle.py ../shared/structures

Scores the bound ligand of each complex, as it lies, with the complete residues of its chain:
once with AutoDock Vina (its own typing, hydrogens by OpenMM, PDBQT by Meeko), once with the
package's kernel and types without the package's changes (no shift, no cap, no charge). Only
the intermolecular energy is compared, in kcal/mol. One complex is 0.12 off: Vina tells bonds
from distances and misses the C-N bond of 1.70 A of the ligand in 6KZD, so that it takes that
carbon for hydrophobic. Writes vina_oracle.json beside itself.
Needs the extras ``dock`` and ``prepare``; without them it says so and writes nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from trkstruct._version import version_string
from trkstruct.complexes import Complex
from trkstruct.energies import TERMS, PairTable
from trkstruct.sites import parameters, surroundings_of
from trkstruct.structures import Residue, Structure

HERE = Path(__file__).parent
ENTRIES = ("7VKO", "4YNE", "2XP2", "3AOX", "4MKC", "4CLI", "5J7H", "3ZBF", "3LQ8", "4ASD",
           "6KZD")  # fmt: skip


def complete(complex_: Complex) -> list[Residue]:
    """Return the unmodified residues of the chain that have all their atoms."""
    residues = complex_.structure.protein(complex_.chain)
    return [r for r in residues if not r.missing and r.name == r.parent]


def kernel_terms(complex_: Complex) -> dict[str, float]:
    """Return the package's intermolecular terms in kcal/mol, Vina's function unchanged."""
    around = surroundings_of(complex_)
    kept = np.isin(around.owner, [r.index for r in complete(complex_)])
    pair = replace(parameters().pair, shift=0.0, charge=0.0, repulsion_cap=np.inf)
    ligand = complex_.ligand_atoms
    terms = PairTable(around.atoms.take(np.flatnonzero(kept)), pair).energies(
        ligand.coords[None], ligand.types, hard=[False] * len(ligand), split=True
    )
    return dict(zip(TERMS, terms[:, 0].tolist(), strict=True))


def protonated(complex_: Complex) -> str:
    """Return the same residues with hydrogens, as PDB text."""
    from openmm import app

    structure, lines = complex_.structure, []
    for residue in complete(complex_):
        for i in range(residue.start, residue.stop):
            x, y, z = structure.coords[i]
            lines.append(
                f"ATOM  {len(lines) + 1:5d} {structure.atom_names[i]:^4s} {residue.name} "
                f"A{residue.id.number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00"
                f"          {structure.elements[i]:>2s}"
            )
    read = app.PDBFile(io.StringIO("\n".join([*lines, "END", ""])))
    model = app.Modeller(read.topology, read.positions)
    model.addHydrogens(pH=7.4)
    out = io.StringIO()
    app.PDBFile.writeFile(model.topology, model.positions, out, keepIds=True)
    return out.getvalue()


def vina_energy(complex_: Complex) -> float:
    """Return AutoDock Vina's intermolecular energy of the ligand as it lies, in kcal/mol."""
    from meeko import MoleculePreparation, PDBQTWriterLegacy, Polymer, ResidueChemTemplates
    from vina import Vina

    prepare = MoleculePreparation(rigid_macrocycles=True)
    receptor = Polymer.from_pdb_string(
        protonated(complex_), ResidueChemTemplates.create_from_defaults(), prepare
    )
    ligand = PDBQTWriterLegacy.write_string(prepare.prepare(complex_.to_rdkit())[0])[0]
    vina = Vina(sf_name="vina", cpu=1, seed=1, verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "receptor.pdbqt"
        path.write_text(PDBQTWriterLegacy.write_from_polymer(receptor)[0], encoding="utf-8")
        vina.set_receptor(str(path))
        vina.set_ligand_from_string(ligand)
        centre = complex_.ligand_atoms.coords.mean(axis=0)
        vina.compute_vina_maps(center=[float(x) for x in centre], box_size=[30, 30, 30])
        # Total, ligand with receptor, ...
        return float(vina.score()[1])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("structures", type=Path)
    folder = parser.parse_args().structures
    try:
        import meeko
        import openmm
        import vina
    except ImportError as problem:
        print(f"Nothing was run: {problem}. Install the extras: pip install '.[dock,prepare]'.")
        return
    files = {path.name[:4]: path for path in folder.iterdir()}
    rows = []
    for code in ENTRIES:
        complex_ = Structure.read(files[code]).complex()
        terms, oracle = kernel_terms(complex_), vina_energy(complex_)
        ours = sum(terms.values())
        rows.append(
            {
                "structure": code,
                "ligand": complex_.ligand.name,
                "vina_kcal": round(oracle, 3),
                "trkstruct_kcal": round(ours, 3),
                "difference_kcal": round(ours - oracle, 3),
                **{f"{name}_kcal": round(terms[name], 3) for name in TERMS[:3]},
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    off = np.abs([row["difference_kcal"] for row in rows])
    result = {
        "version": version_string(),
        "vina": vina.__version__,
        "meeko": meeko.__version__,
        "openmm": openmm.__version__,
        "n": len(rows),
        "median_abs_difference_kcal": round(float(np.median(off)), 3),
        "max_abs_difference_kcal": round(float(off.max()), 3),
        "complexes": rows,
    }
    (HERE / "vina_oracle.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
