"""Reading structures: real files against SOURCES.csv, synthetic ones for the traps.

What the files of tests/data are for stands in tests/data/README.md.
"""

from __future__ import annotations

import csv
import gzip
import pickle
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trkstruct.errors import (
    LigandNotFoundError,
    ResidueNotFoundError,
    StructureError,
    TrkstructError,
)
from trkstruct.kinases import kinase
from trkstruct.reference import read_csv
from trkstruct.residues import SIDE_CHAIN_ATOMS, THREE_TO_ONE, ResidueId
from trkstruct.states import dfg_state
from trkstruct.structures import Structure
from trkstruct.structures._raw import deduce_kind

DATA = Path(__file__).resolve().parent / "data"
IDS = (
    "7VKO 4YNE 5KVT 4GT5 4AT3 4AT5 4ASZ 6KZD 6KZC 4YMJ 2XP2 2YFX 4ANQ 4ANS 5AAA 5AAB 5AAC 3AOX "
    "4MKC 4CLI 4CLJ 5J7H 7BTT 7R7R 2YJR 3ZBF 3LQ8 4ASD"
).split()
#: SOURCES.csv knows more than the file says: 4GT5 has no header at all.
KIND_NOT_IN_FILE = {"4GT5": "file"}
#: Differences from UniProt that the entries' own SEQADV records have beside the variant.
OTHER_DIFFERENCES = {"4MKC": {"S1281G"}, "7BTT": {"S1281G"}}

Reader = Callable[[str], Structure]


def codes(structure: Structure) -> list[str]:
    return [finding.code for finding in structure.findings]


def said(structure: Structure, code: str) -> str:
    return " ".join(f.message for f in structure.findings if f.code == code)


@pytest.fixture(scope="session")
def sources(shared: Path) -> dict[str, dict[str, str]]:
    with (shared / "structures" / "SOURCES.csv").open(encoding="utf-8", newline="") as handle:
        rows = {row["pdb_id"]: row for row in csv.DictReader(handle)}
    assert sorted(rows) == sorted(IDS), "the list of structures has changed"
    return rows


# --- the real files ---------------------------------------------------------------------


@pytest.mark.parametrize("pdb_id", IDS)
def test_real_file_is_what_sources_say(
    pdb_id: str, structure: Reader, sources: dict[str, dict[str, str]]
) -> None:
    found, row = structure(pdb_id), sources[pdb_id]
    assert [r.name for r in found.ligands] == [row["ligand_code"]] * bool(row["ligand_code"])
    assert found.sha256 == row["sha256"]
    assert found.kind == KIND_NOT_IN_FILE.get(pdb_id, row["kind"])
    assert found.pdb_id in (pdb_id, "" if pdb_id == "4GT5" else pdb_id)
    numbering = found.numbering()
    assert numbering.kinase is not None
    assert numbering.kinase.name == row["kinase"]
    variant = set() if row["variant"] == "WT" else set(row["variant"].split("+"))
    differences = {f"{d.expected}{d.uniprot_position}{d.found}" for d in numbering.differences}
    assert differences - OTHER_DIFFERENCES.get(pdb_id, set()) == variant
    assert dfg_state(found, numbering).dfg == row["dfg"]


@pytest.mark.parametrize("pdb_id", IDS)
def test_atoms_agree_with_another_reader(
    pdb_id: str, structure: Reader, structure_file: Callable[[str], Path]
) -> None:
    """Oracle: biotite's readers, which choose alternate locations by occupancy as well."""
    import biotite.structure.io.pdb as pdb
    import biotite.structure.io.pdbx as pdbx

    path, found = structure_file(pdb_id), structure(pdb_id)
    if path.suffix == ".cif":
        other = pdbx.get_structure(pdbx.CIFFile.read(path), model=1, altloc="all")
    else:
        other = pdb.PDBFile.read(path).get_structure(model=1, altloc="all")
    other = other[~np.isin(other.element, ["H", "D"])]
    theirs = {
        (c, int(n), i.strip(), a): 0
        for c, n, i, a in zip(
            other.chain_id, other.res_id, other.ins_code, other.atom_name, strict=True
        )
    }
    ours = {
        (r.id.chain, r.id.number, r.id.insertion_code, name)
        for r in found.residues
        for name in found.atoms(r)
    }
    # The same atoms, each once.
    assert ours == set(theirs)
    assert len(found.coords) == len(ours)
    # And each at a place where the file has it.
    file_positions = {tuple(np.round(xyz, 3)) for xyz in other.coord.astype(float)}
    assert {tuple(np.round(xyz, 3)) for xyz in found.coords} <= file_positions


def test_gaps_are_those_of_the_note(structure: Reader) -> None:
    """SOURCES.csv: 4YNE has gaps 535-536, 549-553, 672-676, 683-686."""
    missing = [(g.before.number + 1, g.after.number - 1) for g in structure("4YNE").gaps("A")]
    assert missing == [(535, 536), (549, 553), (672, 676), (683, 686)]
    assert structure("4YNE").gaps("B") == ()


def test_gaps_agree_with_remark_465(
    structure: Reader, structure_file: Callable[[str], Path]
) -> None:
    """Residues that REMARK 465 has inside the chain are the gaps, if the entry says so."""
    for pdb_id in ("2YFX", "4CLI", "3ZBF", "4ASD"):
        lines = structure_file(pdb_id).read_text().splitlines()
        unseen = {
            int(line[21:26])
            for line in lines
            if line.startswith("REMARK 465") and line[15:18] in THREE_TO_ONE
        }
        residues = structure(pdb_id).protein("A")
        inside = {n for n in unseen if residues[0].id.number < n < residues[-1].id.number}
        gaps = structure(pdb_id).gaps("A")
        numbers = {n for g in gaps for n in range(g.before.number + 1, g.after.number)}
        # KDR's kinase insert, 940 to 989, was cut out of the construct: it is not "missing".
        assert inside == numbers - (set(range(940, 990)) if pdb_id == "4ASD" else set())


def test_incomplete_side_chains_agree_with_remark_470(
    structure: Reader, structure_file: Callable[[str], Path]
) -> None:
    for pdb_id in ("4MKC", "2XP2", "4CLI"):
        expected: dict[int, set[str]] = {}
        for line in structure_file(pdb_id).read_text().splitlines():
            found_row = re.match(r"REMARK 470 +([A-Z]{3}) A *(\d+) +(.+)", line)
            if found_row and found_row[1] in THREE_TO_ONE:
                expected.setdefault(int(found_row[2]), set()).update(found_row[3].split())
        found = {r.id.number: set(r.missing) for r in structure(pdb_id).protein() if r.missing}
        assert found == expected


def test_zero_occupancy_atoms_are_told(structure: Reader) -> None:
    assert "19 atoms" in said(structure("3AOX"), "zero-occupancy")


def test_built_atoms_are_told_by_their_b_factor(structure: Reader) -> None:
    """SOURCES.csv: in 7VKO atoms with B = 0 were built by its preparers."""
    assert "LYS A:538, LYS A:547" in said(structure("7VKO"), "zero-b-factor")
    # All of them are 0 in a file of MOE's; that says nothing of a single atom.
    assert "zero-b-factor" not in codes(structure("4ASZ"))


def test_hydrogens_are_set_aside(structure: Reader) -> None:
    found = structure("5KVT")
    assert "2355 hydrogens" in said(found, "hydrogens")
    assert "H" not in set(found.elements.tolist())


def test_models_and_hybrids_are_told(structure: Reader) -> None:
    for pdb_id, code in {
        "5KVT": "docking-model",
        "4YMJ": "docking-model",
        "6KZC": "hybrid",
        "4ASZ": "prepared-moe",
        "4AT5": "protein-model",
    }.items():
        levels = {f.code: f.level for f in structure(pdb_id).findings}
        assert levels[code] == "warning", pdb_id


def test_caps_are_no_ligands(structure: Reader) -> None:
    found = structure("4YMJ")
    assert found.ligands == ()
    assert {r.name for r in found.residues if r.kind == "cap"} == {"ACE", "NME"}


# --- numbering, pocket, states ----------------------------------------------------------


def test_pocket_table(structure: Reader) -> None:
    pocket = structure("4AT3").pocket
    assert len(pocket) == 85
    row = pocket[51]
    assert (row.role, row.letter, row.uniprot, row.literature) == ("solvent-front", "G", 623, 639)
    # 4AT3 is numbered for the 838-residue isoform.
    assert row.author == "A:639"
    assert pocket[45].label == "GK.45"
    text = repr(pocket)
    assert text.splitlines()[0] == "Pocket of TRKB, chain A"
    assert len(text.splitlines()) == 87
    assert "<table>" in pocket._repr_html_()
    with pytest.raises(ResidueNotFoundError, match="positions 1 to 85; 86"):
        pocket[86]


def test_pocket_agrees_with_klifs(structure: Reader, shared: Path) -> None:
    """Oracle: letters and residue numbers of klifs_pockets.csv."""
    with (shared / "evidence" / "klifs_pockets.csv").open(encoding="utf-8") as handle:
        table = {row["uniprot"]: row for row in csv.DictReader(handle)}
    (column,) = (name for name in table["P04629"] if name.startswith("residue_numbers"))
    for pdb_id in ("7VKO", "2XP2", "3ZBF", "6KZD"):
        pocket = structure(pdb_id).pocket
        kinase_of = structure(pdb_id).numbering().kinase
        assert kinase_of is not None
        numbers = table[kinase_of.uniprot][column].split()
        expected = [text for text in numbers if text[1:].isdigit()]
        # In these files author numbers are UniProt's.
        resolved = [f"{r.letter}{r.residue.number}" for r in pocket if r.residue is not None]
        assert len(resolved) >= 80
        missing = {row.uniprot for row in pocket if row.residue is None}
        assert resolved == [text for text in expected if int(text[1:]) not in missing]


def test_unresolved_pocket_positions_have_no_residue(structure: Reader) -> None:
    pocket = structure("4YNE").pocket
    unresolved = structure("4YNE").numbering().unresolved_pocket
    assert {row.position for row in pocket if row.residue is None} == set(unresolved)


def test_no_pocket_without_a_kinase() -> None:
    peptide = Structure.read(DATA / "insertion_code.pdb")
    assert peptide.numbering().kinase is None
    with pytest.raises(StructureError, match=r"no known kinase.*author numbers"):
        _ = peptide.pocket
    with pytest.raises(StructureError, match="no known kinase"):
        dfg_state(peptide)


def test_alpha_c_agreement_with_klifs(structure: Reader, shared: Path) -> None:
    """Calls by a published criterion, beside KLIFS's own: the agreement is recorded here."""
    with (shared / "evidence" / "klifs_structures.csv").open(encoding="utf-8") as handle:
        table = {row["pdb"].upper(): row["ac_helix"] for row in csv.DictReader(handle)}
    known = [pdb_id for pdb_id in IDS if table.get(pdb_id) in ("in", "out")]
    disagree = [p for p in known if dfg_state(structure(p)).alpha_c != table[p]]
    assert len(known) == 19
    # Both are TRKB DFG-out with Cbeta distances of 9.1 and 9.4 A, below the criterion's 10 A.
    assert disagree == ["4AT5", "4ASZ"]


def test_salt_bridge_distance(structure: Reader) -> None:
    """design/science.md quotes NZ-OE 4.5-4.9 A for 2XP2, 4ANS and 4CLI, 4.7 A for 4ASZ."""
    found = {p: dfg_state(structure(p)).salt_bridge_ang for p in ("2XP2", "4ANS", "4CLI", "4ASZ")}
    assert found == pytest.approx(
        {"2XP2": 4.84, "4ANS": 4.89, "4CLI": 4.52, "4ASZ": 4.74}, abs=0.01
    )


def test_state_with_missing_atoms_is_unknown(structure: Reader) -> None:
    whole = structure("7VKO")
    phe = whole.numbering().at_klifs(82)
    assert phe is not None
    universe = whole.to_universe()
    rest = universe.select_atoms(f"not (resid {phe.number} and name CZ)")
    state = dfg_state(Structure.from_universe(rest))
    assert state.dfg == "unknown"
    assert state.record()["phe_glu4_ang"] is None
    assert "CZ of A:669 is not resolved" in str(state.findings[0])
    # 4GT5 has no side chain of the glutamate, which takes nothing from the call.
    assert np.isnan(dfg_state(structure("4GT5")).salt_bridge_ang)


def test_numbering_is_cached(structure: Reader) -> None:
    assert structure("7VKO").numbering() is structure("7VKO").numbering("A")


# --- chains and ligands -----------------------------------------------------------------


def relabelled(path: Path, chain: str) -> str:
    return "".join(
        line[:21] + chain + line[22:] if line.startswith(("ATOM", "HETATM", "TER")) else line
        for line in path.read_text().splitlines(keepends=True)
        if line.startswith(("ATOM", "HETATM", "TER"))
    )


@pytest.fixture(scope="session")
def two_kinases(
    structure_file: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("two") / "two.pdb"
    text = relabelled(structure_file("7VKO"), "A") + relabelled(structure_file("2XP2"), "B")
    path.write_text(text + "END\n")
    return path


def test_two_kinases_need_a_chain(two_kinases: Path) -> None:
    found = Structure.read(two_kinases)
    assert found.chains == ("A", "B")
    message = r"holds 2 kinases \(chain A is TRKA, chain B is ALK\): say which chain"
    with pytest.raises(StructureError, match=message):
        found.kinase_chain()
    assert found.kinase_chain("B") == "B"
    assert found.kinase_chain(kinase=kinase("TRKA")) == "A"
    assert found.numbering("B").kinase == kinase("ALK")
    assert found.choose_ligand(kinase_chain="A")[0].name == "7GI"
    assert found.choose_ligand(kinase_chain="B")[0].name == "VGH"
    with pytest.raises(StructureError, match="no chain that is MET; there are A: TRKA, B: ALK"):
        found.kinase_chain(kinase=kinase("MET"))
    with pytest.raises(StructureError, match=r"Chain A .* is TRKA, not ALK"):
        found.kinase_chain("A", kinase("ALK"))
    summary = found.summary()
    assert [row["kinase"] for row in summary["chains"]] == ["TRKA", "ALK"]
    assert summary["kinase_chain"] == ""


def test_copies_of_a_kinase_are_chosen_and_said(
    structure_file: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "copies.pdb"
    apo = "".join(
        line
        for line in relabelled(structure_file("7VKO"), "A").splitlines(keepends=True)
        if line.startswith("ATOM")
    )
    shifted = "".join(
        line[:30] + f"{float(line[30:38]) + 100:8.3f}" + line[38:]
        if line.startswith(("ATOM", "HETATM"))
        else line
        for line in relabelled(structure_file("7VKO"), "B").splitlines(keepends=True)
    )
    path.write_text(apo + shifted + "END\n")
    found = Structure.read(path)
    chain, findings = found.choose_chain()
    assert chain == "B"
    assert "are all TRKA; chain B was taken (a ligand is in its pocket)" in findings[0].message
    assert found.bound_ligand().id == ResidueId("B", 901)


def test_chain_that_is_not_there(structure: Reader) -> None:
    with pytest.raises(ResidueNotFoundError, match="no protein chain 'Z'; it has A"):
        structure("7VKO").protein("Z")
    with pytest.raises(ResidueNotFoundError, match="no protein chain 'Z'"):
        structure("7VKO").numbering("Z")


def test_chains_and_molecules_are_told_apart() -> None:
    found = Structure.read(DATA / "two_chains.pdb")
    assert found.chains == ("A", "B")
    kinds = {r.name: r.kind for r in found.residues if r.id.number > 200}
    assert kinds == {
        "LG1": "ligand",
        "LG2": "ligand",
        "GOL": "buffer",
        "ANP": "cofactor",
        "ZN": "ion",
        "TNY": "buffer",
        "GLU": "ligand",
        "HOH": "water",
    }
    assert [r.name for r in found.ligands] == ["LG1", "LG2", "GLU"]
    assert "TNY A:206 has 2 heavy atoms" in said(found, "small-molecule")
    assert found.kinase_chain() == "A"
    assert "chain A, the longest, was taken out of A, B" in found.choose_chain()[1][0].message


def test_choosing_a_ligand() -> None:
    found = Structure.read(DATA / "two_chains.pdb")
    residue, findings = found.choose_ligand()
    assert residue.name == "LG1"
    assert "has 3 ligands (LG1 A:201, LG2 A:202, GLU A:207); LG1 A:201 was taken" in str(
        findings[0]
    )
    assert found.bound_ligand("LG2").id == ResidueId("A", 202)
    # A cofactor is a ligand if it is asked for by name, and only then.
    assert found.bound_ligand("ANP").kind == "cofactor"
    with pytest.raises(LigandNotFoundError, match="no ligand XYZ; its ligands are LG1 A:201"):
        found.bound_ligand("XYZ")
    with pytest.raises(LigandNotFoundError, match="no ligand LG1 in chain B"):
        found.bound_ligand("LG1", chain="B")
    with pytest.raises(LigandNotFoundError, match="no ligand LG1 with number 7"):
        found.bound_ligand("LG1", number=7)


def test_a_structure_without_a_ligand_says_so(structure: Reader) -> None:
    message = "4GT5_TRKA_apo has no inhibitor bound. Take a structure with an inhibitor, or give"
    with pytest.raises(LigandNotFoundError, match=message):
        structure("4GT5").bound_ligand()
    with pytest.raises(LigandNotFoundError, match="no inhibitor bound; VGH in chain A was asked"):
        structure("4GT5").bound_ligand("VGH", chain="A")
    with pytest.raises(KeyError):
        structure("4GT5").bound_ligand()


def test_ligand_of_several_residues_is_told() -> None:
    found = Structure.read(DATA / "joined_ligands.pdb")
    assert "LG1 A:201 and LG2 A:202 are bonded" in said(found, "ligand-of-several-residues")


# --- alternate locations, insertion codes, modified residues ---------------------------


def test_altlocs_are_chosen_by_summed_occupancy() -> None:
    found = Structure.read(DATA / "altlocs.pdb")
    assert {a.residue.number: a.chosen for a in found.altlocs} == {11: "B", 13: "A", 16: "C"}
    assert said(found, "altloc").startswith("Alternate locations in 3 residues")
    leu = found.residue("A:11")
    assert leu.altloc == "B"
    # CD2 exists in A only: the residue stays whole, and it is said.
    assert not leu.missing
    assert "A:11" in said(found, "altloc-mixed")
    assert found.occupancy[found.atom_slice(leu)].tolist().count(0.7) == 2


@pytest.mark.parametrize(("altloc", "chosen"), [("first", "AAA"), ("B", "BBB"), ("A", "AAA")])
def test_altloc_can_be_overruled(altloc: str, chosen: str) -> None:
    found = Structure.read(DATA / "altlocs.pdb", altloc=altloc)
    assert "".join(a.chosen for a in found.altlocs) == chosen


def test_altlocs_are_never_mixed_within_a_residue() -> None:
    found = Structure.read(DATA / "altlocs.pdb", altloc="B")
    first = Structure.read(DATA / "altlocs.pdb", altloc="A")
    shifted = found.coords[found.atom_slice(ResidueId("A", 13))]
    reference = first.coords[first.atom_slice(ResidueId("A", 13))]
    assert shifted - reference == pytest.approx(np.tile([0.4, 0, 0], (len(shifted), 1)))


def test_altloc_that_is_not_there() -> None:
    with pytest.raises(StructureError, match=r"no residue has that alternate location.*A, B, C"):
        Structure.read(DATA / "altlocs.pdb", altloc="Q")
    with pytest.raises(StructureError, match="give 'occupancy', 'first' or the letter"):
        Structure.read(DATA / "altlocs.pdb", altloc="best")


def test_real_altlocs_are_uniform(structure: Reader, structure_file: Callable[[str], Path]) -> None:
    """In 4GT5 the atoms of 528 that have a letter are all of conformer B."""
    found = structure("4GT5").residue("A:528")
    assert found.altloc == "B"
    lines = [
        line
        for line in structure_file("4GT5").read_text().splitlines()
        if line[22:26] == " 528" and line[16] == "B"
    ]
    theirs = {line[12:16].strip(): float(line[30:38]) for line in lines}
    ours = structure("4GT5").atoms(found)
    assert {name: ours[name][0] for name in theirs} == theirs


def test_two_residues_in_one_place() -> None:
    found = Structure.read(DATA / "microheterogeneity.pdb")
    residue = found.residue("A:15")
    assert residue.name == "SER"
    assert not residue.missing
    assert "A:15 is LEU/SER in the file; SER was read" in said(found, "microheterogeneity")
    assert Structure.read(DATA / "microheterogeneity.pdb", altloc="A").residue("A:15").name == "LEU"


def test_insertion_codes_are_kept() -> None:
    found = Structure.read(DATA / "insertion_code.pdb")
    numbers = [str(r.id) for r in found.protein("A")]
    assert numbers == ["A:26", "A:27", "A:27A", "A:27B", "A:28", "A:29", "A:30", "A:31"]
    assert found.residue("A:27B").name == "LYS"
    assert found.gaps() == ()
    again = "".join(found.to_pdb_block())
    assert " LYS A  27B " in again


def test_modified_residues_take_part_as_their_parents() -> None:
    found = Structure.read(DATA / "modified.pdb")
    assert found.ligands == ()
    assert "".join(r.letter for r in found.protein("A")) == "AMYCHL"
    assert [r.name for r in found.protein("A")] == ["ALA", "MSE", "PTR", "CSO", "HIE", "LEU"]
    mse = found.residue("A:11")
    assert (mse.parent, mse.kind, mse.missing) == ("MET", "protein", ())
    # Selenium stands where methionine has its sulfur, under that name.
    assert set(found.atoms(mse)) == {"N", "CA", "C", "O", *SIDE_CHAIN_ATOMS["MET"]}
    assert mse.renamed == (("SD", "SE"),)
    assert found.elements[found.atom_slice(mse)].tolist().count("SE") == 1
    assert {"P", "O1P"} <= set(found.atoms("A:12"))
    assert "MSE at A:11 takes part as MET" in said(found, "modified-residue")
    # The file lists them behind the chain.
    assert "residue-order" in codes(found)
    assert found.gaps() == ()
    assert " SE   MSE A  11" in found.to_pdb_block()


def test_every_modified_residue_of_the_table_has_a_standard_parent() -> None:
    rows = read_csv("modified_residues.csv")
    assert len(rows) > 900
    assert {row["parent"] for row in rows} <= THREE_TO_ONE.keys()
    table = {row["code"]: row["parent"] for row in rows if row["kind"] == "component"}
    assert not table.keys() & THREE_TO_ONE.keys()
    expected = {"MSE": "MET", "PTR": "TYR", "SEP": "SER", "TPO": "THR", "CSO": "CYS", "KCX": "LYS"}
    assert expected.items() <= table.items()


def test_het_classes_are_disjoint_from_amino_acids() -> None:
    rows = read_csv("het_classes.csv")
    found = {row["code"] for row in rows}
    assert len(found) == len(rows)
    assert not found & {row["code"] for row in read_csv("modified_residues.csv")} - {"NME"}
    assert not found & THREE_TO_ONE.keys()
    # No ligand of the inhibitor structures may ever stand in this table.
    assert not found & {"VGH", "7GI", "4EK", "YMX", "LTI", "MUJ", "5P8", "BAX", "88Z", "UNL", "LIG"}


def test_unknown_residue_in_the_chain_is_no_ligand() -> None:
    found = Structure.read(DATA / "unknown_residue.pdb")
    residue = found.residue("A:12")
    assert (residue.kind, residue.parent, residue.letter) == ("protein", "", "X")
    assert found.ligands == ()
    assert "ZZ9 at A:12 is bonded into the chain" in said(found, "unknown-residue")


# --- gaps, missing atoms, models, mmCIF -------------------------------------------------


def test_gaps_are_told_by_distance() -> None:
    found = Structure.read(DATA / "gap.pdb")
    (gap,) = found.gaps("A")
    assert (gap.before.number, gap.after.number, gap.missing) == (11, 12, 0)
    assert gap.distance > 2.0
    assert "A:11-A:12 (unknown length)" in said(found, "gap")


def test_incomplete_side_chain_and_zero_occupancy() -> None:
    found = Structure.read(DATA / "incomplete.pdb")
    assert found.residue("A:13").missing == ("CD", "CE", "NZ")
    assert "LYS A:13 (CD CE NZ)" in said(found, "incomplete-side-chain")
    assert "2 atoms" in said(found, "zero-occupancy")
    assert "in LEU A:11" in said(found, "zero-occupancy")


def test_residue_without_backbone_n_cannot_be_built_on() -> None:
    found = Structure.read(DATA / "no_backbone_n.pdb")
    assert found.residue("A:12").missing == ("N",)
    assert "SER A:12 (N)" in said(found, "incomplete-backbone")
    with pytest.raises(
        StructureError, match=r"SER A:12 of no_backbone_n has no backbone N: no side"
    ):
        found.backbone(ResidueId("A", 12))
    assert found.backbone(ResidueId("A", 11)).shape == (4, 3)
    with pytest.raises(
        ResidueNotFoundError, match="no residue A:99 with coordinates; chain A runs"
    ):
        found.backbone(ResidueId("A", 99))


def test_models() -> None:
    found = Structure.read(DATA / "models.pdb")
    assert "2 models; model 1 was read" in said(found, "models")
    assert Structure.read(DATA / "models.pdb", model=2).coords[0, 0] == 99.0
    with pytest.raises(StructureError, match="has 2 models; model 3 was asked for"):
        Structure.read(DATA / "models.pdb", model=3)
    with pytest.raises(StructureError, match="counted from 1"):
        Structure.read(DATA / "models.pdb", model=0)


def test_mmcif_gives_author_items() -> None:
    found = Structure.read(DATA / "author_items.cif")
    assert found.chains == ("KIN",)
    assert [str(r.id) for r in found.protein()][1:4] == ["KIN:27", "KIN:27A", "KIN:27B"]
    assert found.ligands[0].id == ResidueId("KIN", 201)
    assert found.title == "A peptide with a title in a text field"
    assert {a.residue.number: a.chosen for a in found.altlocs} == {28: "B"}
    # Five decimals, not Biopython's single precision.
    assert found.coords[1, 0] == 1.458
    block = found.to_pdb_block()
    assert block.startswith("REMARK 951 CHAIN KIN IS NAMED A HERE.")


def test_gzip_is_recognised_by_content(
    structure: Reader, structure_file: Callable[[str], Path], tmp_path: Path
) -> None:
    packed = tmp_path / "packed.bin"
    packed.write_bytes(gzip.compress(structure_file("2XP2").read_bytes()))
    found = Structure.read(packed)
    assert found == structure("2XP2")
    # The hash is that of the text, however it was packed.
    assert found.sha256 == structure("2XP2").sha256
    named = tmp_path / "7BTT.cif.gz"
    named.write_bytes(gzip.compress(structure_file("7BTT").read_bytes()))
    assert Structure.read(named).name == "7BTT"


def test_windows_line_ends(
    structure: Reader, structure_file: Callable[[str], Path], tmp_path: Path
) -> None:
    path = tmp_path / "crlf.pdb"
    path.write_bytes(structure_file("2XP2").read_bytes().replace(b"\n", b"\r\n"))
    found = Structure.read(path)
    assert found == structure("2XP2")
    assert (found.kind, found.pdb_id) == ("deposited", "2XP2")


# --- properties -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def plain_lines(structure_file: Callable[[str], Path]) -> list[str]:
    """Atoms of chain A 560-600 of 7VKO and its ligand."""
    return [
        line
        for line in structure_file("7VKO").read_text().splitlines()
        if line.startswith("HETATM") or (line.startswith("ATOM") and 560 <= int(line[22:26]) <= 600)
    ]


def content(structure: Structure) -> dict[object, object]:
    return {
        (r.id, r.name, r.parent, r.kind, name): tuple(xyz)
        for r in structure.residues
        for name, xyz in structure.atoms(r).items()
    }


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32 - 1), whole=st.booleans())
def test_atom_order_changes_nothing(
    seed: int, whole: bool, plain_lines: list[str], tmp_path: Path
) -> None:
    """Neither within residues nor over the whole file."""
    rng = np.random.default_rng(seed)
    lines = list(plain_lines)
    if whole:
        rng.shuffle(lines)
    else:
        keys = rng.permutation(len(lines)).tolist()
        labelled = zip((line[17:27] for line in lines), keys, lines, strict=True)
        lines = [line for _, _, line in sorted(labelled)]
    path = tmp_path / "shuffled.pdb"
    path.write_text("\n".join(plain_lines) + "\nEND\n")
    reference = Structure.read(path)
    path.write_text("\n".join(lines) + "\nEND\n")
    found = Structure.read(path)
    assert content(found) == content(reference)
    assert [r.id for r in found.protein()] == [r.id for r in reference.protein()]
    assert [str(g) for g in found.gaps()] == [str(g) for g in reference.gaps()]
    assert [r.missing for r in found.protein()] == [r.missing for r in reference.protein()]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rigid_motion_keeps_all_but_positions(seed: int, structure: Reader) -> None:
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(seed)
    whole = structure("4AT3")
    universe = whole.to_universe()
    turn = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    universe.atoms.positions = whole.coords @ turn.T + rng.uniform(-50, 50, 3)
    moved = Structure.from_universe(universe)
    reference = Structure.from_universe(whole.to_universe())
    assert moved.residues == reference.residues
    assert moved.atom_names.tolist() == reference.atom_names.tolist()
    assert [str(g) for g in moved.gaps()] == [str(g) for g in reference.gaps()]
    assert moved.findings == reference.findings
    there, here = dfg_state(moved), dfg_state(whole)
    assert (there.dfg, there.alpha_c) == (here.dfg, here.alpha_c)
    assert there.phe_glu4_ang == pytest.approx(here.phe_glu4_ang, abs=1e-3)


# --- objects, writing, MDAnalysis -------------------------------------------------------


def test_nothing_can_be_changed(structure: Reader) -> None:
    found = structure("7VKO")
    with pytest.raises(ValueError, match="read-only"):
        found.coords[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        found.atoms("A:589")["CA"][0] = 0
    with pytest.raises(AttributeError):
        found.name = "other"  # type: ignore[misc]


def test_pickle_keeps_everything(structure: Reader) -> None:
    found = structure("4AT3")
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert hash(again) == hash(found)
    assert again.findings == found.findings
    assert not again.coords.flags.writeable


def test_residue_lookup(structure: Reader) -> None:
    found = structure("7VKO")
    phe = found.residue(ResidueId("A", 589))
    assert (phe.name, phe.letter, str(phe), len(phe)) == ("PHE", "F", "PHE A:589", 11)
    assert found.residue("A:589") is phe
    assert found.residue(phe) is phe
    assert found.atom_slice(phe) == slice(phe.start, phe.stop)
    assert (found.residue_index[phe.start : phe.stop] == phe.index).all()
    with pytest.raises(ResidueNotFoundError, match=r"no residue B:589.*protein chains are A"):
        found.residue("B:589")


@pytest.mark.parametrize("pdb_id", ["7VKO", "4GT5", "7BTT", "3AOX"])
def test_written_and_read_again(pdb_id: str, structure: Reader, tmp_path: Path) -> None:
    found = structure(pdb_id)
    path = tmp_path / "again.pdb"
    found.save(path)
    again = Structure.read(path)
    # mmCIF coordinates have more decimals than PDB holds.
    assert again.coords == pytest.approx(found.coords, abs=0.00051)
    assert again.atom_names.tolist() == found.atom_names.tolist()
    strip = [(r.id, r.name, r.parent, r.kind, r.missing) for r in found.residues]
    assert [(r.id, r.name, r.parent, r.kind, r.missing) for r in again.residues] == strip


def test_part_of_a_structure_is_written(structure: Reader) -> None:
    found = structure("7VKO")
    block = found.to_pdb_block([ResidueId("A", 589), found.ligands[0]], end=False)
    lines = block.splitlines()
    assert [line[:6] for line in lines].count("HETATM") == 26
    assert [line[17:26] for line in lines[:11]] == ["PHE A 589"] * 11
    assert lines[11].startswith("TER")
    assert not block.endswith("END\n")


def test_saving_says_what_it_cannot(structure: Reader, tmp_path: Path) -> None:
    with pytest.raises(StructureError, match=r"saved as PDB; name the file \.pdb"):
        structure("7VKO").save(tmp_path / "x.cif")
    assert list(tmp_path.iterdir()) == []


def test_what_the_pdb_format_cannot_hold(structure: Reader) -> None:
    ligand = structure("7VKO").ligands[0]
    moved = structure("7VKO").to_universe()
    moved.atoms.positions += 12000.0
    with pytest.raises(StructureError, match=r"of GLY A:497 is at 12001, .*cannot hold: move the"):
        Structure.from_universe(moved).to_pdb_block()
    renamed = structure("7VKO").to_universe()
    renamed.select_atoms("resname 7GI").residues.resnames = "A1IJ8"
    found = Structure.from_universe(renamed)
    block = found.to_pdb_block(found.ligands)
    assert block.startswith("REMARK 951 A1IJ8 A:901 IS NAMED LIG HERE.")
    assert [line[17:20] for line in block.splitlines()[1:-1]] == ["LIG"] * len(ligand)
    renamed.select_atoms("resname A1IJ8").residues.resids = 12345
    with pytest.raises(StructureError, match=r"A:12345 has a number that the PDB format cannot"):
        Structure.from_universe(renamed).to_pdb_block()


@pytest.mark.parametrize(
    ("header", "kind", "code"),
    [
        ("REMARK   1 CREATED WITH OPENMM 8.1, 2024-01-01", "prepared", "prepared-openmm"),
        ("REMARK   1 PDBFIXER FROM: 4aoj.pdb", "prepared", "prepared-pdbfixer"),
        ("REMARK 888 WRITTEN BY MAESTRO (A PRODUCT OF ...", "prepared", "prepared-maestro"),
        ("REMARK  99 MOE v2012.10 (Chemical Computing Group)", "prepared", "prepared-moe"),
        ("REMARK    THIS IS A SIMULATION BOX", "prepared", "prepared-gromacs"),
        ("REMARK  GENERATED BY CHARMM-GUI", "prepared", "prepared-charmm"),
        ("USER  MOD reduce.3.24 H: found=0", "prepared", "prepared-reduce"),
        ("EXPDTA    THEORETICAL MODEL, MODELLER 9.23", "model", "theoretical-model"),
        ("TITLE     ALPHAFOLD MONOMER V2.0 PREDICTION", "model", "theoretical-model"),
        ("_ma_model_list.model_id 1", "model", "theoretical-model"),
        ("COMPND\tFeaturizer: SomeDockingFeaturizer", "model", "docking-model"),
        ("REMARK   3   PROGRAM     : PHENIX/ROSETTA 1.19", "file", ""),
        ("REMARK 200 STARTING MODEL: ALPHAFOLD", "file", ""),
    ],
)
def test_kind_by_header(header: str, kind: str, code: str) -> None:
    found, pdb_id, findings = deduce_kind(f"REMARK   4 FORMAT\n{header}\nREMARK   5")
    assert (found, [f.code for f in findings], pdb_id) == (kind, [code] * bool(code), "")


def test_a_deposited_header_is_not_trusted_behind_a_program() -> None:
    header = (
        "HEADER    TRANSFERASE                             24-AUG-10   2XP2\n"
        "EXPDTA    X-RAY DIFFRACTION\n"
    )
    assert deduce_kind(header)[:2] == ("deposited", "2XP2")
    assert deduce_kind(header + "REMARK   1 PDBFIXER FROM: 2xp2.pdb")[:2] == ("prepared", "2XP2")
    assert deduce_kind("_entry.id 7BTT\n_exptl.method X-RAY DIFFRACTION")[:2] == (
        "deposited",
        "7BTT",
    )


def test_to_universe_and_back(structure: Reader) -> None:
    found = structure("4AT3")
    universe = found.to_universe()
    assert universe.select_atoms("resname LTI").n_atoms == 24
    assert universe.select_atoms("protein and name CA").n_residues == len(found.protein())
    again = Structure.from_universe(universe)
    assert again.coords == pytest.approx(found.coords, abs=1e-3)
    assert again.residues == found.residues
    assert again.kind == "file"


def test_modified_residues_go_through_mdanalysis() -> None:
    found = Structure.read(DATA / "modified.pdb")
    universe = found.to_universe()
    assert "SE" in universe.select_atoms("resname MSE").names
    assert Structure.from_universe(universe).residues == found.residues


def test_frames_of_a_trajectory(structure_file: Callable[[str], Path]) -> None:
    import MDAnalysis

    universe = MDAnalysis.Universe(str(structure_file("7VKO")))
    still = universe.atoms.positions.copy()
    universe.load_new(np.stack([still, still + 1.0, still + 2.0]))
    found = Structure.from_universe(universe, frame=2)
    assert found.coords[0] == pytest.approx(still[0] + 2.0, abs=1e-3)
    assert (found.kind, found.name.endswith("_frame2")) == ("trajectory", True)
    assert "Frame 2 of 3 was taken" in said(found, "frame")
    # The caller's universe stays where it was.
    assert universe.trajectory.frame == 0
    assert found.sha256 != Structure.from_universe(universe, frame=0).sha256
    assert found.numbering().kinase == kinase("TRKA")
    assert [r.name for r in found.ligands] == ["7GI"]
    with pytest.raises(StructureError, match="has 3 frames, counted from 0; frame 3"):
        Structure.from_universe(universe, frame=3)
    with pytest.raises(StructureError, match="atom group is empty"):
        Structure.from_universe(universe.select_atoms("resname NOPE"))


def test_names_of_simulation_programs() -> None:
    """CHARMM's names: HSD, CD of Ile, OT1 and OT2, SOD, TIP3."""
    import MDAnalysis

    residues = ["HSD", "ILE", "SOD", "TIP3"]
    names = ["N CA C O CB CG ND1 CD2 CE1 NE2", "N CA C OT1 OT2 CB CG1 CG2 CD", "SOD", "OH2 H1 H2"]
    atoms = [name for group in names for name in group.split()]
    index = [i for i, group in enumerate(names) for _ in group.split()]
    universe = MDAnalysis.Universe.empty(
        len(atoms), n_residues=4, atom_resindex=index, residue_segindex=[0] * 4, trajectory=True
    )
    universe.add_TopologyAttr("names", atoms)
    universe.add_TopologyAttr("resnames", residues)
    universe.add_TopologyAttr("resids", [1, 2, 3, 4])
    universe.add_TopologyAttr("segids", ["PROA"])
    rng = np.random.default_rng(0)
    universe.atoms.positions = rng.uniform(-50, 50, (len(atoms), 3))
    c, n = atoms.index("C"), atoms.index("N", 1)
    positions = universe.atoms.positions
    positions[n] = positions[c] + [1.33, 0, 0]
    universe.atoms.positions = positions
    found = Structure.from_universe(universe)
    kinds = {r.name: (r.kind, r.parent, r.missing) for r in found.residues}
    assert kinds == {
        "HSD": ("protein", "HIS", ()),
        "ILE": ("protein", "ILE", ()),
        "SOD": ("ion", "", ()),
        "TIP3": ("water", "", ()),
    }
    assert found.chains == ("PROA",)
    assert "elements-guessed" in codes(found)
    assert found.elements.tolist()[-2:] == ["NA", "O"]


def test_summary_of_a_construct_mutant(structure: Reader) -> None:
    summary = structure("2YFX").summary()
    (chain,) = summary["chains"]
    assert (chain["kinase"], chain["differences"]) == ("ALK", ["L1196M"])
    assert chain["gaps"][0] == "A:1122-A:1125 (2 residues)"
    assert summary["ligands"] == [
        {"code": "VGH", "residue": "A:9000", "heavy_atoms": 30, "in_contact": 29}
    ]
    assert summary["state"]["dfg"] == "in"
    assert {"kind": "water", "code": "HOH", "count": 237} in summary["others"]
    assert all(finding["message"] for finding in summary["findings"])


def test_summaries_are_plain_values(structure: Reader) -> None:
    import json

    for pdb_id in ("4GT5", "4YMJ"):
        assert json.loads(json.dumps(structure(pdb_id).summary())) == structure(pdb_id).summary()
    json.dumps(Structure.read(DATA / "two_chains.pdb").summary())


def test_reprs(structure: Reader) -> None:
    text = repr(structure("7VKO"))
    assert text.startswith("<Structure 7VKO_TRKA_repotrectinib: chains A, 297 residues, 1 ligands")
    assert "TRKA" in structure("7VKO")._repr_html_()


def test_synthetic_files_are_what_their_script_writes() -> None:
    written = runpy.run_path(str(DATA / "make.py"))["files"]()
    there = {p.name for p in DATA.iterdir() if p.suffix in (".pdb", ".cif")}
    assert there >= set(written)
    readme = (DATA / "README.md").read_text()
    for name, text in written.items():
        assert (DATA / name).read_text() == text, f"run tests/data/make.py: {name}"
        assert name in readme, f"{name} is not in the table of tests/data/README.md"


def test_errors_are_of_one_tree() -> None:
    with pytest.raises(TrkstructError):
        Structure.read(DATA / "empty.pdb")
    with pytest.raises(OSError, match="is empty"):
        Structure.read(DATA / "empty.pdb")
