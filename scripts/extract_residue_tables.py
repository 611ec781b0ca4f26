"""Write modified_residues.csv and het_classes.csv from the component dictionary.

    python scripts/extract_residue_tables.py

The dictionary is the wwPDB's Chemical Component Dictionary (CC0), as it comes with
biotite. Which components are buffers, cofactors and so on is this project's judgement
and stands below as lists of codes; names, parents and the ions come from the dictionary.
Opening it takes about a gigabyte of memory. The same dictionary gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from trkstruct._files import write_text
from trkstruct.residues import BACKBONE_ATOMS, SIDE_CHAIN_ATOMS

DATA = Path(__file__).resolve().parent.parent / "trkstruct" / "reference" / "data"

#: Names that simulation and preparation programs give to the standard residues.
#: code -> (parent, atoms that must be there: some of these codes are other things in the PDB)
PROGRAM_NAMES = {
    "ARN": ("ARG", "NE"),
    "ASH": ("ASP", "OD1"),
    "CYM": ("CYS", "SG"),
    "CYX": ("CYS", "SG"),
    "GLH": ("GLU", "OE1"),
    "HID": ("HIS", "ND1 NE2"),
    "HIE": ("HIS", "ND1 NE2"),
    "HIP": ("HIS", "ND1 NE2"),
    "HSD": ("HIS", "ND1 NE2"),
    "HSE": ("HIS", "ND1 NE2"),
    "HSP": ("HIS", "ND1 NE2"),
    "LYN": ("LYS", "NZ"),
    "TYM": ("TYR", "CZ"),
}

WATERS = {"HOH", "DOD", "WAT", "H2O", "TIP", "TP3", "TIP3", "TIP4", "SOL", "SPC", "OH2", "T3P"}

#: Water and ion names of simulation programs, which the dictionary has as something else or not.
PROGRAM_IONS = {
    **{"SOD": "NA", "CLA": "CL", "POT": "K", "CAL": "CA", "CES": "CS", "CIO": "CS"},
    **{"NA+": "NA", "CL-": "CL", "Na+": "NA", "Cl-": "CL", "MG2": "MG", "ZN2": "ZN"},
}

CLASSES = {
    "cap": "ACE NME NH2 FOR BOC CBZ",
    "nucleic": "A C G U I DA DC DG DT DU DI",
    "glycan": "NAG NDG BMA MAN FUC FUL GAL GLA SIA XYP A2G NGA",
    "cofactor": "ATP ADP AMP ANP ACP AGS APC ADX AP5 GTP GDP GMP GNP GSP GCP ADN CTP UTP UDP "
    "NAD NAI NAP NDP FAD FMN COA ACO SAM SAH PLP TPP HEM HEC BTN GSH B12 H4B PQQ LPA SF4 "
    "FES F3S ALF AF3 BEF MGF VO4 WO4 MOO 2BA C2E",
    "buffer": "GOL EDO PGO PDO MPD MRD BU3 BUD BU1 POL IPA EOH MOH DMS DMF ACN ACT ACY FMT OXL NHE "
    "CIT FLC MLA MLI MLT LMR TLA TAR TRS BTB BCN EPE MES MPO CXS PIN TAM B3P "
    "CAC PO4 PO3 PI 2HP SO4 SO3 SO2 NO3 NO2 CO3 BCT CO2 SCN AZI CYN NH4 NH3 BO3 BO4 CLO LCP "
    "PEG PGE PG4 PG0 PG5 PG6 1PE 2PE P6G 12P 15P 33O 7PE P33 PE3 PE4 PE5 PE6 PE7 PE8 XPE TOE "
    "1PG M2M ETE ETX C8E CXE P3G P4G PGR PGQ DTT DTV DTU BME TCE GBL IMD PYR GAI URE "
    "SUC TRE GLC BGC FRU LMT LDA BOG BNG OLA OLB OLC PLM MYR STE DAO SPM SPD PUT HEZ HED HEX OCT "
    "D10 UND DIO BEN BAM ARS CCN UNX CLR CPS SDS LAU DPO POP "
    "PPV TMA TEA EMC PHB BEZ SIN SAL SRT GLV NET TBU 144 3CN AE3 AE4 TAU DMX ICT "
    "PEO OXY PER O",
}

MODIFIED_HEADER = """\
# Modified amino acids and the standard residue whose part each plays.
# code: component id, or the name that a simulation program gives (kind 'program').
# if_atoms: atoms that the residue must have, beside N, CA and C, for the row to apply.
# renamed: FILE=PARENT, atoms that stand where the parent has another name.
# Source: wwPDB Chemical Component Dictionary (CC0; doi:10.1093/bioinformatics/btu789),
# _chem_comp.mon_nstd_parent_comp_id of released L-peptide-linking components with one
# standard parent; 'program' rows: residue names of AMBER and CHARMM force fields.
# Written by scripts/extract_residue_tables.py.
"""
HET_HEADER = """\
# What a residue that is no amino acid is, by its component id.
# class: water, ion, buffer (what crystals are grown and frozen in, with detergents and lipids),
# cofactor (nucleotides, coenzymes and their mimics), glycan, nucleic, cap. What is not here is
# a ligand if it has enough atoms.
# Names, and the ions (every released component of one metal or halogen atom): wwPDB
# Chemical Component Dictionary (CC0; doi:10.1093/bioinformatics/btu789); the classes are this
# project's judgement; names without an entry are those of simulation programs.
# Written by scripts/extract_residue_tables.py.
"""
NON_METALS = {"H", "D", "C", "N", "O", "S", "P", "SE", "B", "SI", "AS", "TE", "HE", "NE", "AR",
              "KR", "XE", "X"}  # fmt: skip


def csv_text(header: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table with its comment header."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return header + buffer.getvalue()


def main(argv: list[str] | None = None) -> int:
    """Read the dictionary and write the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DATA)
    folder = parser.parse_args(argv).output
    from biotite.structure.info.ccd import get_ccd

    dictionary = get_ccd()
    table = dictionary["chem_comp"]
    columns = ("id", "type", "mon_nstd_parent_comp_id", "name", "pdbx_release_status")
    components = list(zip(*(table[c].as_array(str).tolist() for c in columns), strict=True))
    names = {code: name for code, _, _, name, _ in components}

    atoms: dict[str, dict[str, str]] = defaultdict(dict)
    table = dictionary["chem_comp_atom"]
    for code, name, element in zip(
        *(table[c].as_array(str).tolist() for c in ("comp_id", "atom_id", "type_symbol")),
        strict=True,
    ):
        if element.upper() not in ("H", "D"):
            atoms[code][name] = element.upper()

    modified = {
        code: parent
        for code, kind, parent, _, status in components
        if status == "REL"
        and kind.upper().startswith(("L-PEPTIDE LINKING", "PEPTIDE LINKING"))
        and parent in SIDE_CHAIN_ATOMS
        and code not in SIDE_CHAIN_ATOMS
        and {"N", "CA", "C"} <= atoms[code].keys()
    }
    bonds: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    table = dictionary["chem_comp_bond"]
    wanted = modified.keys() | SIDE_CHAIN_ATOMS.keys()
    for code, one, other in zip(
        *(table[c].as_array(str).tolist() for c in ("comp_id", "atom_id_1", "atom_id_2")),
        strict=True,
    ):
        if code in wanted and one in atoms[code] and other in atoms[code]:
            bonds[code][one].add(other)
            bonds[code][other].add(one)

    rows = [
        (code, parent, "program", needed, "", f"{parent} in a force field's naming")
        for code, (parent, needed) in PROGRAM_NAMES.items()
    ]
    for code, parent in sorted(modified.items()):
        expected = {*BACKBONE_ATOMS, *SIDE_CHAIN_ATOMS[parent]}
        extra = set(atoms[code]) - expected - {"OXT"}
        renamed = [
            f"{name}={absent}"
            for absent in sorted(expected - atoms[code].keys())
            for name in sorted(extra)
            if bonds[code][name] == bonds[parent][absent] - {"OXT"}
        ]
        rows.append((code, parent, "component", "", " ".join(renamed), names[code]))
    write_text(
        folder / "modified_residues.csv",
        csv_text(MODIFIED_HEADER, ("code", "parent", "kind", "if_atoms", "renamed", "name"), rows),
    )

    classes = {code: ("water", names.get(code, "water")) for code in WATERS}
    for kind, codes in CLASSES.items():
        for code in codes.split():
            if code in names:
                classes.setdefault(code, (kind, names[code]))
    for code in ("POPC", "POPE", "POPS", "CHL1"):
        classes[code] = ("buffer", "lipid, CHARMM name")
    for code, element in PROGRAM_IONS.items():
        classes[code] = ("ion", f"{element} ion, name of a simulation program")
    for code, _, _, name, status in components:
        if status == "REL" and len(atoms[code]) == 1 and code not in classes:
            (element,) = atoms[code].values()
            if element not in NON_METALS:
                classes[code] = ("ion", name)
    write_text(
        folder / "het_classes.csv",
        csv_text(
            HET_HEADER,
            ("code", "class", "name"),
            [(code, *classes[code]) for code in sorted(classes)],
        ),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
