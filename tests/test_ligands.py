"""Ligands: reading from everywhere, protonation, atom types; the component dictionary.

Oracles: InChIKeys of the 68 conformations beside the project (read by RDKit alone), the
published charge states of the drugs, and measured pKa's of simple amines.
"""

from __future__ import annotations

import csv
import gzip
import json
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

import trkstruct as ts
from trkstruct.errors import LigandError, LigandNotFoundError, UnpublishedLigandError
from trkstruct.ligands import (
    Ligand,
    LigandSeries,
    components,
    enumerate_stereo,
    library_names,
    resolve,
)
from trkstruct.ligands.chemistry import atom_types, parse_smiles, sdf_record
from trkstruct.ligands.protonation import ionisable_sites, protonate
from trkstruct.reference import path as reference_path
from trkstruct.reference import read_csv

CRIZOTINIB = "C[C@@H](Oc1cc(-c2cnn(C3CCNCC3)c2)cnc1N)c1c(Cl)ccc(F)c1Cl"
LAROTRECTINIB = "O=C(Nc1cnn2ccc(N3CCC[C@@H]3c3cc(F)ccc3F)nc12)N1CC[C@H](O)C1"
SELITRECTINIB = "C[C@@H]1CCc2ncc(F)cc2[C@H]2CCCN2c2ccn3ncc(c3n2)C(=O)N1"
CABOZANTINIB = "COc1cc2nccc(Oc3ccc(NC(=O)C4(C(=O)Nc5ccc(F)cc5)CC4)cc3)c2cc1OC"


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


# --- components


def test_every_pose_beside_the_project_has_its_component(shared: Path) -> None:
    rows = _table(shared / "ligand_poses" / "LIGANDS.csv")
    assert len(rows) == 68
    for row in rows:
        file = shared / "ligand_poses" / f"{row['pdb_id']}_{row['ccd_code']}.sdf"
        oracle = Chem.MolToInchiKey(Chem.SDMolSupplier(str(file))[0])  # type: ignore[no-untyped-call]
        component = Ligand.from_component(row["ccd_code"])
        read = Ligand.from_file(file)
        assert component.inchikey == oracle == read.inchikey, row["ccd_code"]
        assert component.n_heavy == int(row["heavy_atoms"]) == read.n_heavy
        assert component.smiles == read.smiles
        assert read.coords is not None
        assert read.coords.shape == (read.n_heavy, 3)


def test_component_atoms_keep_the_dictionary_s_order_names_and_bonds() -> None:
    entry = components.component("vgh")
    drug = Ligand.from_component("VGH")
    assert list(drug.atom_names) == [row[0] for row in entry["atoms"]]
    assert [a.GetSymbol() for a in drug.mol.GetAtoms()] == [row[1] for row in entry["atoms"]]
    assert [a.GetTotalNumHs() for a in drug.mol.GetAtoms()] == [row[3] for row in entry["atoms"]]
    bonds = {frozenset((b.GetBeginAtomIdx(), b.GetEndAtomIdx())) for b in drug.mol.GetBonds()}
    assert bonds == {frozenset(row[:2]) for row in entry["bonds"]}
    centre = next(i for i, row in enumerate(entry["atoms"]) if row[4])
    assert drug.mol.GetAtomWithIdx(centre).GetProp("_CIPCode") == entry["atoms"][centre][4] == "R"


def test_bundled_components_have_deterministic_bytes() -> None:
    raw = reference_path("components.json.gz").read_bytes()
    assert raw[4:8] == b"\0\0\0\0"  # no time stamp
    assert not raw[3] & 0x08  # no file name
    content = json.loads(gzip.decompress(raw))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert gzip.decompress(raw).decode() == text
    assert {"VGH", "7GI", "YMX", "MSE", "TPO"} <= set(content["components"])


def test_bundled_formulas_agree_with_the_dictionary_s_own() -> None:
    for code, entry in json.loads(
        gzip.decompress(reference_path("components.json.gz").read_bytes())
    )["components"].items():
        mol = Chem.MolFromSmiles(entry["smiles"])
        formula = Chem.rdMolDescriptors.CalcMolFormula(mol)
        assert re.sub("[+-]", "", formula) == re.sub("[+-]", "", entry["formula"]), code


def test_another_code_is_looked_up_once_in_a_child_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(components, "_cache_file", lambda code: tmp_path / f"{code}.json")
    components.component.cache_clear()
    before = "biotite" in sys.modules
    imatinib = Ligand.from_component("STI")
    assert imatinib.inchikey == "KTUFNOKKBVMGRW-UHFFFAOYSA-N"
    assert ("biotite" in sys.modules) == before
    components.component.cache_clear()
    monkeypatch.setattr(components, "_look_up", lambda code: pytest.fail("looked up twice"))
    assert Ligand.from_component("STI") == imatinib
    components.component.cache_clear()


def test_unknown_codes_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LigandNotFoundError, match=r"'V/GH' is not a component code"):
        Ligand.from_component("V/GH")
    monkeypatch.setattr(components, "_cache_file", lambda code: tmp_path / f"{code}.json")
    monkeypatch.setattr(subprocess, "run", _ended(1))
    with pytest.raises(LigandNotFoundError, match=r"ZZZZZ is not in the .* dictionary.*SMILES"):
        components.component("ZZZZZ")
    monkeypatch.setattr(subprocess, "run", _ended(3, b"MemoryError"))
    with pytest.raises(LigandError, match=r"could not be looked up \(MemoryError\)"):
        components.component("ZZZZY")


def _ended(code: int, stderr: bytes = b"") -> object:
    return lambda *args, **kwargs: subprocess.CompletedProcess(args, code, b"", stderr)


# --- what a ligand states of itself


def test_facts_of_a_macrocycle() -> None:
    drug = ts.ligand("repotrectinib")
    assert (drug.code, drug.formula, drug.n_heavy) == ("7GI", "C18H18FN5O2", 26)
    assert drug.inchikey == "FIKPXCOQUIZNHB-WDEREUQCSA-N"
    assert drug.macrocycle
    assert ts.ligand("lorlatinib").macrocycle
    assert not ts.ligand("crizotinib").macrocycle
    assert repr(drug) == "<Ligand repotrectinib, C18H18FN5O2, macrocycle, charge +0 at pH 7.4>"
    assert "FIKPX" not in drug._repr_html_()
    assert "C18H18FN5O2" in drug._repr_html_()


def test_ligands_are_equal_by_content_frozen_and_can_be_sent_to_workers() -> None:
    one, two = Ligand.from_smiles(CRIZOTINIB, "c"), Ligand.from_smiles(CRIZOTINIB, "c")
    assert one == two
    assert hash(one) == hash(two)
    assert one != replace(one, name="other")
    with pytest.raises(AttributeError):
        one.name = "x"  # type: ignore[misc]
    placed = one.with_coords(np.zeros((one.n_heavy, 3)))
    sent = pickle.loads(pickle.dumps(placed))
    assert sent == placed
    assert sent.atom_types == placed.atom_types
    for copy in (placed, sent):
        assert copy.coords is not None
        with pytest.raises(ValueError, match="read-only"):
            copy.coords[0, 0] = 1.0
    with pytest.raises(LigandError, match=r"30 heavy atoms; positions of shape \(2, 3\)"):
        one.with_coords(np.zeros((2, 3)))


def test_rdkit_molecule_has_hydrogens_and_the_scored_charge() -> None:
    mol = Ligand.from_smiles(CRIZOTINIB, "crizotinib").to_rdkit()
    assert Chem.GetFormalCharge(mol) == 1
    assert mol.GetNumAtoms() == 30 + 23
    assert mol.GetNumConformers() == 0
    neutral = Ligand.from_smiles(CRIZOTINIB).to_rdkit(hydrogens=False, charged=False)
    assert Chem.MolToSmiles(neutral) == CRIZOTINIB


def test_rdkit_molecule_without_its_unresolved_atoms(shared: Path) -> None:
    drug = Ligand.from_file(shared / "ligand_poses" / "2WGJ_VGH.sdf")
    assert drug.coords is not None
    coords = np.array(drug.coords)
    coords[[26, 27, 28]] = np.nan  # part of the piperidine
    mol = drug.with_coords(coords).to_rdkit()
    assert Chem.RemoveHs(mol).GetNumAtoms() == 27
    assert np.isfinite(mol.GetConformer().GetPositions()).all()
    kept = Chem.RemoveHs(mol).GetConformer().GetPositions()
    assert np.allclose(kept, np.delete(drug.coords, [26, 27, 28], axis=0))


# --- protonation


@pytest.mark.parametrize("name", ["crizotinib", "ceritinib", "brigatinib", "entrectinib"])
def test_drugs_that_are_charged_at_ph_7_4(name: str) -> None:
    assert ts.ligand(name).charge == 1


@pytest.mark.parametrize("name", ["lorlatinib", "repotrectinib", "sorafenib", "altiratinib"])
def test_drugs_that_are_neutral_in_one_state(name: str) -> None:
    assert [state.charge for state in ts.ligand(name).states] == [0]


@pytest.mark.parametrize("smiles", [LAROTRECTINIB, SELITRECTINIB, CABOZANTINIB])
def test_neutral_drugs_without_a_component(smiles: str) -> None:
    assert [state.charge for state in Ligand.from_smiles(smiles).states] == [0]


@pytest.mark.parametrize(
    ("name", "charges"), [("alectinib", [0, 1]), ("foretinib", [0, 1]), ("entrectinib", [1, 0])]
)
def test_both_states_are_recorded_where_a_pka_is_near_7(name: str, charges: list[int]) -> None:
    drug = ts.ligand(name)
    assert [state.charge for state in drug.states] == charges
    assert drug.state is drug.states[0]
    assert drug.states[0].population > drug.states[1].population > 0.1


def test_the_charged_atom_is_the_piperidine_nitrogen() -> None:
    state = ts.ligand("crizotinib").state
    assert "[NH2+]" in state.smiles
    assert state.sites == "amine secondary N25 (pKa 9.3) +1"
    assert len(state.changes) == 1


@pytest.mark.parametrize(
    ("smiles", "pka"),
    [  # the first ten as in IUPAC's compilation (doi:10.5281/zenodo.7236453), others textbook
        ("CN", 10.66), ("CN(C)C", 9.8), ("NCC(N)=O", 7.95), ("NCC#N", 5.34),
        ("CNCC(N)=O", 8.31), ("CC(=N)N", 12.4), ("Nc1ccccn1", 6.86), ("Nc1cccnc1", 6.04),
        ("Nc1ccncc1", 9.12), ("CC(=O)c1cccnc1", 3.26), ("CCNCC", 11.0), ("NCc1ccccc1", 9.3),
        ("CN(C)CC#N", 4.2), ("NCCO", 9.5), ("C1COCCN1", 8.5), ("CN1CCOCC1", 7.4),
        ("c1ccncc1", 5.2), ("c1c[nH]cn1", 7.0), ("NCC(F)(F)F", 5.7), ("CC(=O)O", 4.76),
        ("Oc1ccccc1", 9.99),
    ],
)  # fmt: skip
def test_group_pka_of_simple_molecules(smiles: str, pka: float) -> None:
    sites = ionisable_sites(parse_smiles(smiles))
    assert len(sites) == 1
    assert sites[0].pka == pytest.approx(pka, abs=0.7)


@pytest.mark.parametrize(
    ("smiles", "charge"),
    [
        ("C1CNCCN1", 1),  # piperazine: pKa 9.7 and 5.3
        ("CN1CCN(C)CC1", 1),
        ("NCCCCN", 2),
        ("NCC(=O)O", 0),  # zwitterion
        ("OC(=O)CC(=O)O", -2),
        ("NC(=N)c1ccccc1", 1),
        ("Nc1ncccn1", 0),
        ("c1ccccc1-c1nnn[nH]1", -1),
        ("CS(=O)(=O)Nc1ccccc1", 0),
        ("CC(=O)NC", 0),
        ("C[N+](C)(C)C", 1),
        ("C[N+](=O)[O-]", 0),
        ("Nc1ccccc1", 0),
        ("CN(C)C(=N)N(C)C", 1),
        ("N#CN=C(NC)NC", 0),
    ],
)
def test_charge_of_simple_molecules(smiles: str, charge: int) -> None:
    assert protonate(parse_smiles(smiles))[0].charge == charge


def test_ph_moves_the_state() -> None:
    mol = parse_smiles("C1CCNCC1")
    assert [protonate(mol, ph)[0].charge for ph in (2.0, 7.4, 13.0)] == [1, 1, 0]


def test_every_rule_can_be_read_and_has_a_number() -> None:
    for table in ("ionisable_groups.csv", "ionisable_increments.csv"):
        for row in read_csv(table):
            query = Chem.MolFromSmarts(row["smarts"])
            assert query is not None, row["name"]
            assert sum(a.GetAtomMapNum() == 1 for a in query.GetAtoms()) == 1, row["name"]
            float(row["pka" if "pka" in row else "shift"])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_atom_order_does_not_change_the_state(data: st.DataObject) -> None:
    smiles = data.draw(st.sampled_from([CRIZOTINIB, LAROTRECTINIB, "CN1CCN(CCO)CC1", CABOZANTINIB]))
    mol = Chem.MolFromSmiles(smiles)
    order = data.draw(st.permutations(range(mol.GetNumAtoms())))
    one = Ligand.from_mol(mol, "x")
    two = Ligand.from_mol(Chem.RenumberAtoms(mol, list(order)), "x")
    assert (two.smiles, two.inchikey, two.charge) == (one.smiles, one.inchikey, one.charge)
    assert [s.smiles for s in two.states] == [s.smiles for s in one.states]
    for new, old in enumerate(order):
        assert two.atom_types[new][:5] == one.atom_types[old][:5]
        assert two.atom_types[new].charge == pytest.approx(one.atom_types[old].charge, abs=1e-9)


# --- atom types


def _types(smiles: str) -> dict[str, tuple[bool, bool, bool]]:
    mol = parse_smiles(smiles)
    return {
        f"{t.element}{i}": (t.hydrophobic, t.donor, t.acceptor)
        for i, t in enumerate(atom_types(mol)[0])
    }


def test_types_of_the_vina_terms() -> None:
    hydrophobic, donor, acceptor, both = (
        (True, False, False), (False, True, False), (False, False, True), (False, True, True),
    )  # fmt: skip
    nothing = (False, False, False)
    assert _types("CCO") == {"C0": hydrophobic, "C1": nothing, "O2": both}
    assert _types("CC(=O)NC")["N3"] == donor
    assert _types("CC(=O)NC")["O2"] == acceptor
    assert _types("c1ccncc1")["N3"] == acceptor
    assert _types("c1cc[nH]c1")["N3"] == donor
    assert _types("Nc1ccccc1")["N0"] == donor
    assert _types("CN(C)C")["N1"] == acceptor
    assert _types("C[NH+](C)C")["N1"] == donor
    assert _types("CC#N")["N2"] == acceptor
    assert _types("CS(=O)(=O)N(C)C")["N4"] == nothing
    assert _types("c1ccsc1")["S3"] == nothing
    assert _types("FC(Cl)Br")["F0"] == _types("FC(Cl)Br")["Br3"] == hydrophobic


def test_radii_are_those_of_vina() -> None:
    found = {t.element: t.radius for t in atom_types(parse_smiles("CNOSP(F)C(Cl)(Br)I"))[0]}
    assert found == {
        "C": 1.9, "N": 1.8, "O": 1.7, "S": 2.0, "P": 2.1, "F": 1.5, "Cl": 1.8, "Br": 2.0, "I": 2.2
    }  # fmt: skip


def test_charges_sum_to_the_net_charge_in_every_state(shared: Path) -> None:
    rows = _table(shared / "evidence" / "inhibitors.csv")
    for row in rows:
        drug = Ligand.from_smiles(row["smiles"], row["name"])
        assert drug.inchikey == row["inchikey"]
        for number, state in enumerate(drug.states):
            types, findings = drug.typed(number)
            assert sum(t.charge for t in types) == pytest.approx(state.charge, abs=1e-6)
            assert max(abs(t.charge) for t in types) < 2.0
            assert not findings, row["name"]


def test_charges_of_a_molecule_that_mmff_does_not_know() -> None:
    acid = Ligand.from_smiles("OB(O)c1ccccc1", "boronic acid")
    types, findings = acid.typed()
    assert [f.code for f in findings] == ["charges"]
    assert "Gasteiger" in findings[0].message
    assert sum(t.charge for t in types) == pytest.approx(0.0, abs=1e-6)


# --- what comes in


@pytest.mark.parametrize(
    ("smiles", "message"),
    [
        ("", "SMILES is empty"),
        ("   ", "SMILES is empty"),
        ("C" * 10_000, "10000 characters"),
        ("C" * 300, "300 heavy atoms, more than the 200"),
        ("hello", "'hello' is not SMILES"),
        ("C1CC", "is not SMILES"),
        ("CC(C)(C)(C)C", "not a possible molecule: Explicit valence"),
        ("c1cccc1", "not a possible molecule: Can't kekulize"),
        ("[CH2]c1ccccc1", "is a radical at C1"),
        ("C[Pt]C", "contains Pt: metals"),
        ("c1ccncc1.[Ru+2]", "comes with Ru: a metal complex cannot be scored.*counter-ion"),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "comes with Fe: a metal complex"),
        ("[O]N1C(C)(C)CCCC1(C)C", "is a radical at O1"),
        ("[H][H]", r"no carbon atom \(H2\)"),
        ("xy" * 5_000, "10000 characters"),
        ("[Na+].[Cl-]", "has no carbon atom"),
        ("*c1ccccc1", "open places"),
    ],
)
def test_smiles_that_are_no_ligand(smiles: str, message: str) -> None:
    with pytest.raises(LigandError, match=message):
        Ligand.from_smiles(smiles)


def test_salts_and_charges_are_taken_off_and_said() -> None:
    salt = Ligand.from_smiles("CN1CCOCC1.OC(=O)/C=C/C(=O)O.Cl")
    assert salt.formula == "C4H4O4"  # the largest component, though the base was meant
    assert {f.code for f in salt.findings} == {"salt"}
    assert "C5H11NO, HCl" in str(salt.findings[0])
    mesylate = Ligand.from_smiles(CRIZOTINIB + ".CS(=O)(=O)O")
    assert mesylate.inchikey == Ligand.from_smiles(CRIZOTINIB).inchikey
    charged = Ligand.from_smiles(CRIZOTINIB.replace("CCNCC", "CC[NH2+]CC") + ".[Cl-]")
    assert charged.smiles == CRIZOTINIB
    assert {f.code for f in charged.findings} == {"salt", "neutralised"}
    heavy = Ligand.from_smiles("[2H]C([2H])([2H])NC(=O)c1ccccc1")
    assert heavy.n_heavy == 10
    assert [f.code for f in heavy.findings] == ["isotopes"]


@pytest.mark.parametrize("ion", ["[Na+]", "[Li+]", "[Ca+2]", "[Zn+2]", "[Al+3]"])
def test_metals_of_salts_are_taken_off(ion: str) -> None:
    acid = Ligand.from_smiles(f"{ion}.[O-]C(=O)c1ccccc1")
    assert acid.formula == "C7H6O2" and {f.code for f in acid.findings} == {"salt", "neutralised"}


def test_isotopes_make_no_stereocentre() -> None:
    for smiles in ("[2H][C@H](O)c1ccccc1", "[13CH3][C@H](C)O"):
        plain = Ligand.from_smiles(smiles)
        assert "@" not in plain.smiles and [f.code for f in plain.findings] == ["isotopes"]
        assert plain.findings[0].message.startswith("1 isotope label was dropped")


# --- stereo that is not specified


def test_open_stereo_is_said() -> None:
    flat = Ligand.from_smiles(CRIZOTINIB.replace("@@", "").replace("[CH]", "C"))
    assert [f.code for f in flat.findings] == ["stereo-unspecified"]
    assert flat.findings[0].message == "1 stereocentre is not specified (C2)."
    assert not Ligand.from_smiles(CRIZOTINIB).findings


@pytest.mark.parametrize(
    ("smiles", "message"),
    [
        ("CC(O)C=Cc1ccccc1", r"1 stereocentre .* \(C2\); 1 double bond has no config.* \(C4=C5\)"),
        ("CC=NNc1ccccc1", r"1 double bond has no configuration \(C2=N3\)"),
        ("CC=CC=CC", r"2 double bonds have no configuration \(C2=C3, C4=C5\)"),
        ("CC1CCC(O)CC1", r"2 stereocentres are not specified \(C2, C5\)"),
        ("CS(=O)c1ccccc1", r"\(S2\)"),
        ("C" + "C(F)" * 12 + "O", r"12 stereocentres .*, 4 more\)"),
    ],
)
def test_what_is_open_is_named(smiles: str, message: str) -> None:
    (finding,) = Ligand.from_smiles(smiles).findings
    assert re.search(message, finding.message), finding.message


@pytest.mark.parametrize(
    "smiles",
    [
        "C1CN2CCC1CC2", "C1C2CC3CC1CC(C2)C3", "C1CN2CCN1CC2",  # quinuclidine, adamantane, DABCO
        "c1ccc(N2C3CCC2CNC3)cc1",  # a bridged piperazine: meso
        "N(C12CC3CC(C1)CC(C3)C2)C12CC3CC(C1)CC(C3)C2",  # two adamantanes
        "CN=C(N)c1ccccc1", "CNC(=NC)NC#N",  # an amidine and a guanidine: the proton moves
        "CP(=O)(O)c1ccccc1", "CN=[N+]=[N-]", "CC=C=C", "CC(C)C=N", "C1CC=CCC1",
    ],
)  # fmt: skip
def test_what_leaves_no_choice_is_not_open(smiles: str) -> None:
    plain = Ligand.from_smiles(smiles)
    assert not plain.findings
    assert enumerate_stereo(plain) == (plain,)


@pytest.mark.parametrize(
    ("smiles", "number"),
    [
        ("CC(O)c1ccccc1", 2),
        ("CC(O)C(C)O", 3),  # two of four are the same: meso
        ("CC(O)C(N)C", 4),
        ("C[C@H](O)C(N)C", 2),
        ("CC1CCC(O)CC1", 2),  # cis and trans
        ("CC=CC=CC", 3),
        ("OC1CN2CCC1CC2", 2),  # one centre; the bridgeheads follow
        ("CN1C2CCC1CC(O)C2", 2),  # tropine: endo and exo
        ("OC1CC2CCC1C2", 4),  # norbornanol: endo and exo, each with its mirror image
        ("C1CCC2CCCCC2C1", 2),
        ("CC(O)CN=[N+]=[N-]", 2),
        ("CC(O)C(F)C(Cl)C(N)CO", 8),  # of sixteen
    ],
)
def test_isomers_are_those_that_can_exist(smiles: str, number: int) -> None:
    flat = Ligand.from_smiles(smiles, "x")
    isomers = enumerate_stereo(flat)
    assert len(isomers) == len({isomer.inchikey for isomer in isomers}) == number
    assert [isomer.smiles for isomer in isomers] == sorted(isomer.smiles for isomer in isomers)
    for isomer in isomers:
        assert [f.code for f in isomer.findings] == ["stereo-assumed"]
        assert isomer.name == "x" and isomer.atom_names == flat.atom_names
        assert [a.GetSymbol() for a in isomer.mol.GetAtoms()] == [
            a.GetSymbol() for a in flat.mol.GetAtoms()
        ]
        assert enumerate_stereo(isomer) == (isomer,)
        assert isomer.inchikey[:14] == flat.inchikey[:14]


def test_isomers_say_what_they_assume_and_how_many_there_are() -> None:
    one, two = enumerate_stereo(Ligand.from_smiles("CC(O)c1ccccc1", "x"))
    assert one.findings[0].message == (
        "The stereo of x is not specified at C2: this is one of 2 isomers, with C2 R."
    )
    assert two.findings[0].message.endswith("with C2 S.")
    ene = enumerate_stereo(Ligand.from_smiles("CC=Cc1ccccc1", "y"))
    assert [i.findings[0].message.split("with ")[1] for i in ene] == ["C2=C3 E.", "C2=C3 Z."]
    many = Ligand.from_smiles("C" + "C(F)" * 9 + "O", "z")
    some = enumerate_stereo(many)
    assert len(some) == 8 and len(enumerate_stereo(many, 3)) == 3
    assert len(enumerate_stereo(many, 1)) == 1
    assert "one of 512 isomers" in some[0].findings[0].message
    assert some[0].findings[0].message.endswith("So many of them are considered: 8.")
    with pytest.raises(ValueError, match="At least one isomer"):
        enumerate_stereo(many, 0)


def test_isomers_differ_from_each_other_as_evenly_as_can_be() -> None:
    """Of 32, each centre is R in about as many of the eight as it is S."""
    some = enumerate_stereo(Ligand.from_smiles("CC(O)C(F)C(Cl)C(N)C(Br)C"))
    tags = np.array(
        [
            [a.GetProp("_CIPCode") == "R" for a in isomer.mol.GetAtoms() if a.HasProp("_CIPCode")]
            for isomer in some
        ]
    )
    assert tags.shape == (8, 5)
    assert (tags.sum(axis=0) >= 2).all() and (tags.sum(axis=0) <= 6).all()


def test_racemic_marks_of_a_molfile_are_open_stereo() -> None:
    both = Chem.MolFromSmiles("C[C@H](O)c1ccccc1.Cl |&1:1|")
    drawn = Ligand.from_mol(both, "rac")
    assert [f.code for f in drawn.findings] == ["salt", "stereo-unspecified"]
    assert "C2 is drawn as relative or racemic" in drawn.findings[1].message
    assert len(enumerate_stereo(drawn)) == 2
    pair = Ligand.from_mol(Chem.MolFromSmiles("C[C@H](O)[C@@H](F)c1ccccc1 |o1:1,3|"), "rel")
    assert len(enumerate_stereo(pair)) == 2  # the two centres are known to each other


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_atom_order_does_not_change_the_isomers(data: st.DataObject) -> None:
    smiles = data.draw(st.sampled_from(["CC(O)C(F)C(Cl)C(N)C=CC", "OC1CC2CCC1C2"]))
    mol = Chem.MolFromSmiles(smiles)
    order = data.draw(st.permutations(range(mol.GetNumAtoms())))
    one = enumerate_stereo(Ligand.from_mol(mol, "x"))
    two = enumerate_stereo(Ligand.from_mol(Chem.RenumberAtoms(mol, list(order)), "x"))
    assert [i.smiles for i in one] == [i.smiles for i in two]


def test_coordinates_of_no_isomer_are_not_kept() -> None:
    flat = Ligand.from_smiles("CC(O)c1ccccc1").with_coords(np.zeros((9, 3)))
    assert all(isomer.coords is None for isomer in enumerate_stereo(flat))


def test_no_inhibitor_of_the_library_leaves_its_stereo_open() -> None:
    for name in library_names():
        try:
            drug = ts.ligand(name)
        except UnpublishedLigandError:
            continue
        assert enumerate_stereo(drug) == (drug,), name


def test_molecules_from_rdkit() -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles(CRIZOTINIB))
    mol.SetProp("_Name", "from RDKit")
    drug = ts.ligand(mol=mol)
    assert (drug.name, drug.n_heavy, drug.coords) == ("from RDKit", 30, None)
    assert mol.GetNumAtoms() == 52  # the caller's molecule is left alone
    with pytest.raises(LigandError, match="not NoneType"):
        Ligand.from_mol(None)  # type: ignore[arg-type]
    with pytest.raises(LigandError, match="Give one of"):
        ts.ligand("crizotinib", smiles="CC")


def test_names_files_and_smiles_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("crizotinib", "Crizotinib", "PF-02341066", "pf 02341066", "XALKORI"):
        assert ts.ligand(name).code == "VGH"
    assert {"repotrectinib", "entrectinib", "crizotinib"} <= set(library_names())
    assert resolve("BAX").inchikey == "MLDQJTXFUGDVEO-UHFFFAOYSA-N"  # type: ignore[union-attr]
    assert resolve("CCO").formula == "C2H6O"  # type: ignore[union-attr]
    monkeypatch.chdir(tmp_path)
    Path("CCN.smi").write_text("CCN ethylamine\nCCO ethanol\n")
    many = resolve("CCN.smi")
    assert isinstance(many, LigandSeries)
    assert ts.ligand("CCN.smi#2").name == "ethanol"
    assert ts.ligand("CCN.smi#ethylamine").formula == "C2H7N"
    with pytest.raises(LigandError, match=r"holds 2 molecules .* CCN.smi#NUMBER"):
        ts.ligand("CCN.smi")
    with pytest.raises(LigandNotFoundError, match=r"no records called 'x'.*ethylamine, ethanol"):
        ts.ligand("CCN.smi#x")
    with pytest.raises(LigandNotFoundError, match=r"no known inhibitor.*crizotinib"):
        ts.ligand("no such drug")
    with pytest.raises(LigandError, match="ligand is empty"):
        ts.ligand(" ")
    with pytest.raises(KeyError):
        ts.ligand("no such drug")


# --- files of many


def test_sdf_with_bad_records(shared: Path, tmp_path: Path) -> None:
    good = (shared / "ligand_poses" / "2WGJ_VGH.sdf").read_text()
    pentavalent = Chem.MolToMolBlock(
        Chem.MolFromSmiles("C(C)(C)(C)(C)C", sanitize=False), kekulize=False
    )
    file = tmp_path / "many.sdf"
    file.write_text(good + "junk\n\n\nnot a count line\n$$$$\n" + pentavalent + "$$$$\n" + good)
    series = ts.ligands(file)
    assert len(series) == 4
    assert [bool(r.error) for r in series] == [False, True, True, False]
    assert [r.row for r in series] == [1, 2, 3, 4]
    assert "not a molecule in MDL format" in series[1].error
    assert "not a possible molecule" in series[2].error
    assert [d.inchikey for d in series.good] == ["KTEIFNKAUNYNJU-GFCCVEGCSA-N"] * 2
    assert [r.row for r in series.failed] == [2, 3]
    assert repr(series) == "<LigandSeries many.sdf: 4 records, 2 unreadable>"
    packed = tmp_path / "many.sdf.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert ts.ligands(packed).good == series.good
    assert len(series[1:]) == 3
    with pytest.raises(LigandError, match="not a molecule in MDL format"):
        series.pick("2").only()


def test_name_of_an_sdf_record_without_a_title(tmp_path: Path) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCO"))
    (tmp_path / "one.sdf").write_text(f"{block}>  <ID>\nX-17\n\n$$$$\n")
    assert ts.ligands(tmp_path / "one.sdf")[0].name == "X-17"


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".smi", "CCN one\nbad two words\nCCO three\n"),
        (".smi", "SMILES\tName\nCCN\tone\nbad\ttwo words\nCCO\tthree\n"),
        (".csv", "id,smiles\none,CCN\ntwo words,bad\nthree,CCO\n"),
        (".csv", "\ufeffSMILES;Compound ID\nCCN;one\nbad;two words\nCCO;three\n"),
        (".csv", "# a comment\nname,Canonical SMILES\none,CCN\ntwo words,bad\nthree,CCO\n"),
        (".tsv", "name\tsmiles\none\tCCN\ntwo words\tbad\nthree\tCCO\n"),
    ],
)
def test_tables_of_smiles(tmp_path: Path, suffix: str, text: str) -> None:
    file = tmp_path / f"series{suffix}"
    file.write_text(text, encoding="utf-8")
    series = ts.ligands(file)
    assert [(r.name, bool(r.error)) for r in series] == [
        ("one", False), ("two words", True), ("three", False)
    ]  # fmt: skip
    assert series.good[1].formula == "C2H6O"


def test_tables_and_lists_in_memory() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"ID": ["a", "b", None], "Smiles": ["CCN", None, "CCO"]})
    series = ts.ligands(frame)
    assert [(r.name, r.error) for r in series] == [
        ("a", ""), ("b", "The SMILES is empty: give one molecule, such as CN1CCOCC1."), ("CCO", "")
    ]  # fmt: skip
    mixed = ts.ligands(["CCN", Chem.MolFromSmiles("CCO"), None, ts.ligand("crizotinib")])
    assert [bool(r.error) for r in mixed] == [False, False, True, False]
    assert ts.ligands(mixed) is mixed
    with pytest.raises(LigandError, match=r"no column of SMILES: its columns are x"):
        ts.ligands(pandas.DataFrame({"x": [1]}))
    with pytest.raises(LigandError, match="cannot be read from int"):
        ts.ligands(3)


def test_files_that_are_no_ligands(tmp_path: Path) -> None:
    with pytest.raises(LigandNotFoundError, match="does not exist"):
        ts.ligands(tmp_path / "none.sdf")
    with pytest.raises(LigandNotFoundError, match="is a folder"):
        ts.ligands(tmp_path)
    (tmp_path / "a.pdb").write_text("HETATM\n")
    with pytest.raises(LigandError, match="without bond orders, such as PDB"):
        ts.ligands(tmp_path / "a.pdb")
    (tmp_path / "a.sdf").write_text("")
    with pytest.raises(LigandError, match="no molecules"):
        ts.ligands(tmp_path / "a.sdf")
    (tmp_path / "a.smi.gz").write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(LigandError, match="damaged"):
        ts.ligands(tmp_path / "a.smi.gz")


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    ts.ligands(["CC(C)(C)(C)C", "hello", "c1cccc1", CRIZOTINIB])
    assert capfd.readouterr() == ("", "")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_ligand_or_a_clear_error(text: str) -> None:
    record = ts.ligands([text])[0]
    assert (record.ligand is None) == bool(record.error)


def test_a_line_break_in_a_name_is_a_blank():
    drug = ts.ligand(smiles="CN1CCOCC1", name="two\nlines\u2028\x07three")
    assert drug.name == "two lines three"
    assert replace(drug, name="a\tb").name == "a b" and replace(drug, name="\n").name == drug.smiles


def test_a_bad_record_has_a_name_of_one_line_too(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text('name,smiles\n"two\nlines\x1b[31m",C1CC\n', encoding="utf-8")
    (record,) = ts.ligands(file)
    assert record.error and record.name == "two lines [31m"


@pytest.mark.parametrize(
    "title",
    ["$$$$", "$$$$ x", ">  <y>", "> 25", "a\n\n$$$$\n>  <y>\nz", "\x1b[1m", "M  END", "=1+1"],
)
def test_no_text_ends_a_record_of_an_sdf_or_makes_a_field(tmp_path: Path, title: str) -> None:
    mol = Chem.MolFromSmiles("CCO")
    text = sdf_record(mol, title, {"name": title, "after": "1"})
    lines = text.splitlines()
    assert [i for i, line in enumerate(lines) if line.startswith("$$$$")] == [len(lines) - 1]
    assert [line for line in lines if line.startswith(">")] == [">  <name>", ">  <after>"]
    (tmp_path / "x.sdf").write_text(text * 2)
    read = list(Chem.SDMolSupplier(str(tmp_path / "x.sdf")))
    assert len(read) == 2 and list(read[1].GetPropNames()) == ["name", "after"]
    assert read[1].GetProp("after") == "1"


def test_the_title_of_an_sdf_record_is_as_long_as_the_format_allows() -> None:
    first = sdf_record(Chem.MolFromSmiles("CCO"), "n" * 200, {}).splitlines()[0]
    assert first == "n" * 80
