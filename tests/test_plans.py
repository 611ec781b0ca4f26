"""Reading plans, and what is wrong with those that cannot be used."""

from __future__ import annotations

import pytest

from trkstruct import plans
from trkstruct.errors import LigandError, PlanError


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_a_plan_keeps_its_order_ids_and_folder(tmp_path):
    text = "\ufeffid,structure,mutation, chain ,extra\na,x.pdb,G595R,A,1\na,y.pdb, F589L ,,\n"
    rows = plans.read_plan(write(tmp_path / "plan.csv", text))
    assert [(r.row, r.id, r.structure, r.mutation, r.chain) for r in rows] == [
        (1, "a", "x.pdb", "G595R", "A"),
        (2, "a", "y.pdb", "F589L", ""),
    ]
    assert {r.numbering for r in rows} == {"auto"}
    assert {r.folder for r in rows} == {str(tmp_path)}


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("structure,mut\nx,y\n", "utf-8", "no column 'mutation'; it has 'structure', 'mut'"),
        ("a\n1\n", "utf-8", "no column 'structure' and no column 'mutation'"),
        ("structure,mutation\n\u00e9,G1A\n", "latin-1", r"is not UTF-8 \(byte 20\)"),
        ("structure,mutation\n", "utf-8", "has no rows"),
        ("", "utf-8", "has no rows"),
        ("structure,mutation\nx,G1A,C(=O),more\n", "utf-8", "more cells in row 1"),
        ("structure,mutation,structure\nx,G1A,y\n", "utf-8", "has the column 'structure' twice"),
    ],
)
def test_what_is_wrong_with_a_plan(tmp_path, text, encoding, message):
    with pytest.raises(PlanError, match=message):
        plans.read_plan(write(tmp_path / "plan.csv", text, encoding))


def test_a_plan_that_is_not_there(tmp_path):
    with pytest.raises(PlanError, match="cannot be read: No such file"):
        plans.read_plan(tmp_path / "nothing.csv")


def test_empty_cells_of_a_data_frame_are_empty():
    rows = plans.plan([{"structure": "x", "mutation": "G1A", "chain": float("nan"), "pose": None}])
    assert rows[0].chain == "" and rows[0].pose == ""


def test_rows_about_one_complex_share_its_key():
    first, second = plans.plan(
        [{"structure": "x", "mutation": "G1A"}, {"structure": "x", "mutation": "L2M"}]
    )
    assert first.complex_key == second.complex_key
    other = plans.plan([{"structure": "x", "mutation": "G1A", "ligand": "C"}])[0]
    assert other.complex_key != first.complex_key


def test_ligands_of_a_plan_are_looked_for_in_its_folder(tmp_path):
    write(tmp_path / "series.smi", "CN1CCOCC1 one\nCCN1CCOCC1 two\n")
    pick = plans.resolve_ligand("series.smi#two", folder=str(tmp_path))
    assert pick.name == "two" and pick.n_heavy == 8
    assert plans.resolve_ligand("series.smi#1", folder=str(tmp_path)).n_heavy == 7
    with pytest.raises(LigandError, match="holds 2 molecules where one is needed"):
        plans.resolve_ligand("series.smi", folder=str(tmp_path))


def test_ligands_by_smiles_and_by_nothing():
    assert plans.resolve_ligand("") is None
    assert plans.resolve_ligand("CN1CCOCC1", name="X-1").name == "X-1"


def test_case_and_blanks_in_column_names_do_not_matter(tmp_path):
    text = "Structure,MUTATION,Ligand Name,Numbering,doi,\nx.pdb,G595R,X-1,UniProt,10.1/x,\n"
    path = write(tmp_path / "plan.csv", text)
    (row,) = plans.read_plan(path)
    assert (row.structure, row.mutation, row.ligand_name) == ("x.pdb", "G595R", "X-1")
    assert row.numbering == "uniprot"
    assert plans.further_columns(path) == ("doi",)


def test_the_same_column_in_two_spellings_is_refused(tmp_path):
    path = write(tmp_path / "plan.csv", "structure,mutation,Mutation\nx,G1A,G1A\n")
    with pytest.raises(PlanError, match="has the column 'mutation' twice"):
        plans.read_plan(path)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_plan_separated_by_something_else(tmp_path, mark):
    text = f"structure{mark}mutation{mark}ligand\nx{mark}G1A{mark}CC(=O)N,C\n"
    with pytest.raises(PlanError, match="is not separated by commas"):
        plans.read_plan(write(tmp_path / "plan.csv", text))


def test_only_line_ends_end_a_row(tmp_path):
    text = 'structure,mutation,ligand_name\r\nx,G1A,a\u2028b\x85c\r\ny,L2M,"two\nlines"\r\n'
    rows = plans.read_plan(write(tmp_path / "plan.csv", text))
    assert [row.ligand_name for row in rows] == ["a\u2028b\x85c", "two\nlines"]


def test_a_library_name_comes_before_a_file_of_that_name(tmp_path):
    write(tmp_path / "crizotinib", "x")
    assert plans.resolve_ligand("crizotinib", folder=str(tmp_path)).code == "VGH"
