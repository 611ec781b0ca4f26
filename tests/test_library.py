"""The library of inhibitors: its rows, its chemistry, and finding one by a name.

Oracles: InChIKeys that DrugBank's open vocabulary and PKIDB state for these names, and the
component dictionary, whose stereo is from coordinates.
"""

from __future__ import annotations

import csv
import importlib.util
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trkstruct as ts
from trkstruct.errors import DataError, LigandError, UnpublishedLigandError
from trkstruct.ligands import LibraryEntry, Ligand, library_names, resolve
from trkstruct.ligands.components import component_names, has_component
from trkstruct.ligands.library import BINDING_TYPES, TABLE, find, library, read_library

#: The compounds that issue 4 asks for, with a name of each in common use.
ASKED = {
    "larotrectinib": "LOXO-101", "entrectinib": "RXDX-101", "selitrectinib": "LOXO-195",
    "repotrectinib": "TPX-0005", "taletrectinib": "DS-6051b", "merestinib": "LY2801653",
    "cabozantinib": "XL184", "belizatinib": "TSR-011", "sitravatinib": "MGCD516",
    "PLX7486": "PLX7486", "TL118": "TL118", "zurletrectinib": "ICP-723", "VC004": "VC004",
    "FCN-011": "FCN-011", "FCN-098": "FCN-098", "crizotinib": "PF-02341066",
    "lorlatinib": "PF-06463922", "ceritinib": "LDK378", "alectinib": "CH5424802",
    "brigatinib": "AP26113", "ensartinib": "X-396", "foretinib": "XL880", "ponatinib": "AP24534",
    "nintedanib": "BIBF 1120", "altiratinib": "DCC-2701", "glesatinib": "MGCD265",
    "rebastinib": "DCC-2036", "milciclib": "PHA-848125", "lestaurtinib": "CEP-701",
    "GNF-5837": "GNF-5837", "zidesamtinib": "NVL-520", "NVL-655": "neladalkib", "AZ-23": "AZ-23",
}  # fmt: skip
#: InChIKeys of DrugBank's open vocabulary (CC0): what that source says of the name.
DRUGBANK = {
    "larotrectinib": "NYNZQNWKBKUAII-KBXCAEBGSA-N",
    "selitrectinib": "OEBIHOVSAMBXIB-SJKOYZFVSA-N",
    "taletrectinib": "HEVHTYMYEMEBPX-HZPDHXFCSA-N",
    "sitravatinib": "WLAVZAAODLTUSW-UHFFFAOYSA-N",
    "ensartinib": "GLYMPHUVMRFTFV-QLFBSQMISA-N",
}
UNPUBLISHED = {"PLX7486", "TL118", "zurletrectinib", "VC004", "FCN-011", "FCN-098"}
MACROCYCLES = {"selitrectinib", "repotrectinib", "lorlatinib", "zidesamtinib", "NVL-655"}


def entry_of(name: str) -> LibraryEntry:
    found = find(name)
    assert found is not None, name
    return found


@pytest.fixture(scope="module")
def check(root: Path) -> ModuleType:
    """The script that checks the table."""
    spec = importlib.util.spec_from_file_location(
        "check_library", root / "scripts" / "check_library.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def table(root: Path, tmp_path: Path):
    """A copy of the table with one field of one row changed."""

    def change(changed: str, **fields: str) -> Path:
        text = (root / "ligands" / TABLE).read_text(encoding="utf-8")
        rows = list(csv.DictReader(x for x in text.splitlines() if not x.startswith("#")))
        (row,) = (row for row in rows if row["name"] == changed)
        row.update(fields)
        file = tmp_path / "changed.csv"
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(row))
            writer.writeheader()
            writer.writerows(rows)
        return file

    return change


# --- the rows


def test_every_compound_asked_for_has_a_row() -> None:
    assert [entry.name for entry in library()] == list(ASKED)
    for name, synonym in ASKED.items():
        assert entry_of(synonym) is entry_of(name.upper()), name


def test_the_script_finds_no_disagreement(root: Path) -> None:
    command = [sys.executable, str(root / "scripts" / "check_library.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("33 inhibitors, 27 with a structure")
    assert ran.stdout.endswith("; 0 disagreements\n")


@pytest.mark.parametrize(("name", "inchikey"), DRUGBANK.items())
def test_structures_have_the_keys_that_drugbank_gives(name: str, inchikey: str) -> None:
    assert entry_of(name).ligand().inchikey == inchikey


def test_structures_agree_with_the_evidence_beside_the_project(shared: Path) -> None:
    with (shared / "evidence" / "inhibitors.csv").open(encoding="utf-8", newline="") as handle:
        rows = {row["name"]: row["inchikey"] for row in csv.DictReader(handle)}
    # GNF-5837 is drawn there as another tautomer, which has another key.
    assert rows.pop("GNF-5837") != entry_of("GNF-5837").inchikey
    known = {name: key for name, key in rows.items() if find(name)}
    assert len(known) == 21
    for name, key in known.items():
        assert entry_of(name).inchikey == key, name


def test_gnf5837_is_a_tautomer_of_the_one_source(shared: Path) -> None:
    from rdkit import Chem
    from rdkit.Chem.MolStandardize import rdMolStandardize

    with (shared / "evidence" / "inhibitors.csv").open(encoding="utf-8", newline="") as handle:
        (drawn,) = (r["smiles"] for r in csv.DictReader(handle) if r["name"] == "GNF-5837")
    forms = []
    for smiles in (drawn, entry_of("GNF-5837").smiles):
        mol = Chem.MolFromSmiles(smiles)
        Chem.RemoveStereochemistry(mol)
        forms.append(Chem.MolToSmiles(rdMolStandardize.TautomerEnumerator().Canonicalize(mol)))
    assert forms[0] == forms[1]


def test_macrocycles_and_unpublished_ones() -> None:
    assert {entry.name for entry in library() if entry.macrocycle} == MACROCYCLES
    assert {entry.name for entry in library() if entry.abstained} == UNPUBLISHED
    for entry in library():
        assert entry.binding_type in ("", *BINDING_TYPES)
        assert bool(entry.binding_type) != bool(entry.abstained), entry.name


def test_what_rests_on_one_source_says_so() -> None:
    doubtful = {entry.name for entry in library() if len(entry.sources) == 1}
    assert doubtful == {
        "taletrectinib", "belizatinib", "glesatinib", "GNF-5837", "zidesamtinib", "NVL-655",
        "AZ-23",
    }  # fmt: skip
    (finding,) = [f for f in ts.ligand("TSR-011").findings if f.code == "library-doubt"]
    assert finding.message.startswith("belizatinib: that belizatinib is component 0UV")
    assert not any(f.code == "library-doubt" for f in ts.ligand("larotrectinib").findings)


def test_the_readme_names_every_column_and_every_doubt(root: Path) -> None:
    text = (root / "ligands" / "README.md").read_text(encoding="utf-8")
    lines = (root / "ligands" / TABLE).read_text(encoding="utf-8").splitlines()
    header = next(line for line in lines if not line.startswith("#"))
    for column in header.split(","):
        assert f"`{column}`" in text, column
    for entry in library():
        if entry.doubt or entry.abstained:
            assert entry.name in text.partition("## Not settled")[2], entry.name


# --- ligands of it


def test_every_structure_makes_a_ligand() -> None:
    for entry in library():
        if entry.abstained:
            continue
        made = entry.ligand()
        assert made.name == entry.name
        assert made.binding_type == entry.binding_type
        assert (made.smiles, made.inchikey) == (entry.smiles, entry.inchikey), entry.name
        assert made.macrocycle == entry.macrocycle
        assert made.code == entry.component
        assert pickle.loads(pickle.dumps(made)) == made
        assert not entry.component or has_component(entry.component), entry.name


def test_components_keep_code_and_atom_names() -> None:
    drug = ts.ligand("crizotinib")
    assert drug.code == "VGH"
    assert drug.atom_names == Ligand.from_component("VGH").atom_names
    assert drug.source == "library, component VGH"
    assert component_names()["crizotinib"] == ("VGH", "crizotinib")
    # Bound ligands that are not in the library keep their names.
    assert ts.ligand("sorafenib").code == "BAX"


@pytest.mark.parametrize(
    ("entry", "chosen"), [("2XP2", "crizotinib"), ("7VKO", "TPX-0005"), ("3LQ8", "foretinib")]
)
def test_a_bound_inhibitor_is_matched_by_its_name(structure, entry: str, chosen: str) -> None:
    complex_ = structure(entry).complex(ts.ligand(chosen))
    assert complex_.poses[0].source == "experimental"
    assert complex_.ligand.binding_type == entry_of(chosen).binding_type
    by_itself = structure(entry).complex()
    assert complex_.ligand.atom_names == by_itself.ligand.atom_names


def test_charges_at_physiological_ph() -> None:
    for name in ("crizotinib", "ceritinib", "brigatinib", "entrectinib", "taletrectinib"):
        assert ts.ligand(name).charge == 1, name
    for name in ("larotrectinib", "selitrectinib", "repotrectinib", "cabozantinib"):
        assert ts.ligand(name).charge == 0, name


# --- names


@given(st.sampled_from(sorted(ASKED)), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_case_blanks_and_hyphens_do_not_matter(name: str, random) -> None:
    text = "".join(random.choice((c.upper(), c.lower())) for c in name)
    text = text.replace("-", random.choice(("-", " ", "_", "")))
    assert find(f" {text} ") is find(name)


def test_names_come_before_files_and_smiles(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("larotrectinib").write_text("CCO ethanol\n")
    found = resolve("larotrectinib")
    assert isinstance(found, Ligand)
    assert found.formula == "C21H22F2N6O2"
    assert ts.ligand("larotrectinib", name="mine").name == "mine"
    assert set(ASKED) <= set(library_names())
    assert library_names() == tuple(sorted(library_names()))
    assert find("CCO") is None


def test_an_unpublished_structure_says_so() -> None:
    said = (
        r"^zurletrectinib is a known inhibitor, but its structure was not found in public "
        r"sources\. If you have it, give the SMILES"
    )
    with pytest.raises(UnpublishedLigandError, match=said) as caught:
        ts.ligand("icp 723")
    assert isinstance(caught.value, LigandError)
    assert repr(entry_of("icp-723")) == (
        "<LibraryEntry zurletrectinib, its structure was not found in public sources>"
    )


# --- tables that are wrong


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("ponatinib", {"inchikey": "A"}, "inchikey is PHXJVRSECIGDHY-UHFFFAOYSA-N by SMILES"),
        ("ponatinib", {"formula": "CH4"}, "formula is C29H27F3N6O by SMILES, not CH4"),
        ("lorlatinib", {"macrocycle": "no"}, "macrocycle is True by SMILES, not False"),
        ("ponatinib", {"component": "VGH"}, "inchikey is KTEIFNKAUNYNJU-GFCCVEGCSA-N by component"),
        ("crizotinib", {"smiles": "OCC"}, "smiles is CCO by SMILES, not OCC"),
        ("crizotinib", {"smiles": "nope"}, "is not SMILES"),
        ("AZ-23", {"doubt": ""}, "has one source, and no doubt"),
        ("AZ-23", {"source_1": ""}, "has no source"),
        ("AZ-23", {"status": "sold"}, "status 'sold' is none of"),
        ("AZ-23", {"binding_type_source": ""}, "binding type has no source"),
        ("VC004", {"formula": "CH4"}, "no SMILES, but facts of a structure"),
    ],
)
def test_the_script_refuses_what_disagrees(table, check, capsys, name, fields, said) -> None:
    assert check.main([str(table(name, **fields))]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("AZ-23", {"name": ""}, r"Row 33 .* it has no name"),
        ("AZ-23", {"synonyms": "loxo 101"}, r"\(AZ-23\) .*loxo101 is also larotrectinib"),
        ("AZ-23", {"smiles": ""}, "either SMILES or a reason"),
        ("VC004", {"abstained": ""}, "either SMILES or a reason"),
        ("AZ-23", {"macrocycle": "perhaps"}, "macrocycle is yes or no"),
        ("VC004", {"macrocycle": "no"}, "macrocycle is yes or no"),
        ("AZ-23", {"binding_type": "1"}, r"'1' is none of I, I1/2, II, III"),
    ],
)
def test_rows_that_contradict_themselves(table, check, capsys, name, fields, said) -> None:
    file = table(name, **fields)
    with pytest.raises(DataError, match=said):
        read_library(file)
    assert check.main([str(file)]) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_tables_that_cannot_be_read(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(DataError, match=r"none\.csv cannot be read: No such file"):
        read_library(tmp_path / "none.csv")
    short = tmp_path / "short.csv"
    short.write_text("name,smiles\nx,C\n")
    with pytest.raises(DataError, match="has no column synonyms, component"):
        read_library(short)
    header = ",".join(LibraryEntry.__slots__).replace("sources", "source_1,source_2")
    short.write_text(f"{header}\nx,y\n")
    with pytest.raises(DataError, match=r"Row 1 .* another number of fields"):
        read_library(short)
    monkeypatch.setattr("trkstruct.ligands.library.data_folder", lambda name: None)
    with pytest.raises(DataError, match="should travel with the package is missing"):
        library()
