"""Poses that were placed before: kept, shipped, found again, and checked."""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import importlib.util
import io
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign

import trkstruct as ts
from trkstruct import bundled
from trkstruct.cli import main
from trkstruct.errors import DataError, LigandError, PlacementError
from trkstruct.ligands import Ligand
from trkstruct.ligands.library import library
from trkstruct.placement import Placed, PoseSet, store
from trkstruct.placement.checking import check_poses
from trkstruct.placement.judging import hinge_bonds
from trkstruct.residues import Finding, ResidueId
from trkstruct.structures import Structure

#: Two equal rings, two equal methyl groups, and a pyrazole whose two nitrogens differ only by a
#: hydrogen: many ways to lay it on itself, of which some are wrong.
SYMMETRIC = "CC(C)c1cc(-c2cn[nH]c2)cc(C(=O)Nc2cc(F)cc(F)c2)c1"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "cache"))
    # Whatever poses the package has, a test begins without.
    empty = tmp_path / "no-models"
    monkeypatch.setattr(store, "data_folder", lambda name: empty)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def receptor() -> Structure:
    return ts.load("7VKO")


@cache
def conformers(smiles: str, seed: int) -> tuple[np.ndarray, ...]:
    """Heavy atoms of three conformers, in the order of the SMILES."""
    whole = Chem.AddHs(Ligand.from_smiles(smiles).mol)
    rdDistGeom.EmbedMultipleConfs(whole, 3, randomSeed=seed)
    heavy = whole.GetNumHeavyAtoms()
    return tuple(conformer.GetPositions()[:heavy] for conformer in whole.GetConformers())


def made(ligand: Ligand, where: np.ndarray, seed: int = 1) -> PoseSet:
    """Three conformers about a point, as if they had been placed."""
    form = store.form_of(ligand)
    poses = []
    for number, points in enumerate(conformers(form.smiles, seed)):
        own = np.empty_like(points)
        own[form.order] = points
        own = own - own.mean(axis=0) + where
        site = "A:589" if number == 2 else ""
        source: Any = "docked" if number == 1 else "template"
        numbers = (-9.87654 + number, 3.21987 * number, -9.5 + number)
        template, overlap = ("", 0.0) if source == "docked" else ("4YNE", 2 / 3)
        poses.append(Placed(own, *numbers, template, overlap, source, site))
    hinge = "; ".join(f"MET A:592 N - {ligand.atom_names[k]} 3.1 A" for k in (0, 1))
    findings = (
        Finding("placed", f"{ligand.name} was placed on 4YNE (67%).", "choice"),
        Finding("hinge", f"Hinge hydrogen bonds of the pose: {hinge}."),
        Finding("strained", 'Ångström, "quotes" and\na line.', "warning", ResidueId("A", 592, "B")),
    )
    return PoseSet(tuple(poses), findings)


@pytest.fixture(scope="module")
def site(receptor: Structure) -> np.ndarray:
    """The middle of the bound inhibitor."""
    bound = receptor.bound_ligand()
    return receptor.coords[bound.start : bound.stop].mean(axis=0)


def placed_mol(ligand: Ligand, coords: np.ndarray) -> Chem.Mol:
    return ligand.with_coords(coords).to_rdkit(hydrogens=False, charged=False)


# --- the same poses come back


@pytest.mark.parametrize("name", ["lorlatinib", "belizatinib", "nintedanib", "lestaurtinib"])
def test_poses_come_back_atom_by_atom(receptor, site, name) -> None:
    """A macrocycle, a ring with cis and trans, a double bond, a cage."""
    ligand = ts.ligand(name)
    given = made(ligand, site)
    kept = store.keep(receptor, ligand, "A", given)
    found = store.find(receptor, ligand, "A")
    assert found is not None and found.origin == "cached" and len(found) == 3
    for before, same, after in zip(given.poses, kept.poses, found.poses, strict=True):
        assert np.abs(before.coords - after.coords).max() <= 0.00051
        assert np.array_equal(same.coords, after.coords)
        assert not after.coords.flags.writeable
        for field in ("energy_kcal", "strain_kcal", "score_kcal", "overlap"):
            assert getattr(after, field) == getattr(same, field)
            assert getattr(after, field) == pytest.approx(getattr(before, field), abs=0.00051)
        for field in ("template", "source", "site"):
            assert getattr(after, field) == getattr(before, field)
    assert found.findings == (
        *given.findings[:2],
        replace(given.findings[2], message='Ångström, "quotes" and\na line.'),
    )


@pytest.mark.parametrize("name", ["lorlatinib", "belizatinib", "nintedanib"])
def test_records_are_molecules_with_their_stereo(receptor, site, name) -> None:
    ligand = ts.ligand(name)
    text = store.records(receptor, ligand, "A", made(ligand, site))
    supplier = Chem.SDMolSupplier()
    supplier.SetData(text)
    mols = list(supplier)
    assert len(mols) == 3 and text.count(store.END) == 3
    for mol in mols:
        assert Chem.MolToSmiles(mol) == mol.GetProp("smiles") == ligand.smiles
        assert mol.GetProp("inchikey") == ligand.inchikey
        assert mol.GetConformer().Is3D()
    assert mols[2].GetProp("_Name") == f"{name} in 7VKO, pose 3, A:589 cut to glycine"
    assert [mol.HasProp("findings") for mol in mols] == [1, 0, 0]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("smiles", [SYMMETRIC, ts.ligand("lorlatinib").smiles])
def test_another_order_of_atoms_gets_the_same_atoms(receptor, site, smiles, number) -> None:
    ligand = Ligand.from_smiles(smiles, name="first drawing")
    given = store.keep(receptor, ligand, "A", made(ligand, site))
    drawing = Chem.MolToRandomSmilesVect(ligand.mol, 4, randomSeed=11)[number]
    other = Ligand.from_smiles(drawing, name="second drawing")
    assert [a.GetSymbol() for a in other.mol.GetAtoms()] != [
        a.GetSymbol() for a in ligand.mol.GetAtoms()
    ]
    found = store.find(receptor, other, "A")
    assert found is not None
    for before, after in zip(given.poses, found.poses, strict=True):
        one, two = placed_mol(ligand, before.coords), placed_mol(other, after.coords)
        assert rdMolAlign.CalcRMS(Chem.Mol(one), two, maxMatches=10_000) < 1e-6
        # The hydrogen of the pyrazole stays where it was.
        for a in one.GetAtoms():
            near = np.linalg.norm(after.coords - before.coords[a.GetIdx()], axis=1)
            b = two.GetAtomWithIdx(int(near.argmin()))
            assert near.min() < 1e-6
            assert (a.GetSymbol(), a.GetTotalNumHs()) == (b.GetSymbol(), b.GetTotalNumHs())
            assert a.GetDegree() == b.GetDegree()


def test_findings_speak_of_the_ligand_that_asks(receptor, site) -> None:
    ligand = ts.ligand("repotrectinib")
    crystal = receptor.complex().poses[0].coords
    order = receptor.complex().ligand.mol.GetSubstructMatch(ligand.mol, useChirality=True)
    given = made(ligand, site)
    placed = replace(given.best, coords=crystal[list(order)])
    bonds = "; ".join(hinge_bonds(receptor, "A", ligand, placed.coords))
    assert bonds
    said = Finding("hinge", f"Hinge hydrogen bonds of the pose: {bonds}.")
    store.keep(receptor, ligand, "A", PoseSet((placed,), (given.findings[0], said)))
    drawn = "C[C@H]1CNC(=O)c2cnn3ccc(nc23)N[C@H](C)c2cc(F)ccc2O1"
    other = Ligand.from_smiles(Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(drawn), 1)[0], "X-1")
    found = store.find(receptor, other, "A")
    assert found is not None
    expected = "; ".join(hinge_bonds(receptor, "A", other, found.best.coords))
    assert found.findings[0].message == "X-1 was placed on 4YNE (67%)."
    assert found.findings[1].message == f"Hinge hydrogen bonds of the pose: {expected}."
    assert expected != bonds


@pytest.mark.parametrize(
    ("old", "new", "message", "renamed"),
    [
        ("A", "B-2", "A was placed; 3.1 A, A:589.", "B-2 was placed; 3.1 A, A:589."),
        ("A", "B-2", "Alanine was placed.", "Alanine was placed."),
        ("X-100", r"a\1", "X-100 and X-1000 on X-100.", r"a\1 and X-1000 on a\1."),
    ],
)
def test_a_name_is_replaced_where_it_is_one(old, new, message, renamed) -> None:
    assert store._renamed(message, old, new) == renamed


@pytest.mark.parametrize(
    "name", ["$$$$", ">  <inchikey>", "=cmd|' /C calc'!A0", "M  END", "a\udcffb"]
)
def test_no_name_breaks_a_record(receptor, site, name) -> None:
    ligand = Ligand.from_smiles(SYMMETRIC, name=name)
    given = store.keep(receptor, ligand, "A", made(ligand, site))
    found = store.find(receptor, ligand, "A")
    assert found is not None
    assert np.array_equal(found.best.coords, given.best.coords)


# --- what is not the same is not taken


def test_a_tautomer_of_the_same_inchikey_is_another_molecule(receptor, site) -> None:
    one = Ligand.from_smiles("O=c1cc(-c2ccccc2)cc[nH]1", name="pyridone")
    two = Ligand.from_smiles("Oc1cc(-c2ccccc2)ccn1", name="hydroxypyridine")
    assert one.inchikey == two.inchikey and one.smiles != two.smiles
    store.keep(receptor, one, "A", made(one, site))
    assert store.find(receptor, one, "A") is not None
    assert store.find(receptor, two, "A") is None
    store.keep(receptor, two, "A", made(two, site, seed=2))
    first, second = store.find(receptor, one, "A"), store.find(receptor, two, "A")
    assert first is not None and second is not None
    assert not np.array_equal(first.best.coords, second.best.coords)
    # Nor if its file stands where the other's would.
    here, there = (store._path(receptor, store.key_of(receptor, m, "A")[0]) for m in (one, two))
    shutil.copy(here, there)
    assert store.find(receptor, two, "A") is None


def test_another_stereoisomer_structure_chain_seed_or_version_is_not_taken(
    receptor, site, monkeypatch
) -> None:
    ligand = ts.ligand("lorlatinib")
    store.keep(receptor, ligand, "A", made(ligand, site))
    assert store.find(receptor, ligand, "A") is not None
    inverted = Ligand.from_smiles(ligand.smiles.replace("@", "@@"), name="inverted")
    assert store.find(receptor, inverted, "A") is None
    assert store.find(replace(receptor, sha256="0" * 64), ligand, "A") is None
    # Another alternate location or model of one file has the same sum, and other atoms.
    assert store.find(replace(receptor, coords=receptor.coords + 0.01), ligand, "A") is None
    assert store.find(receptor, ligand, "B") is None
    assert store.find(receptor, ligand, "A", seed=1) is None
    monkeypatch.setattr(store, "version", lambda: "another")
    assert store.find(receptor, ligand, "A") is None


def test_a_pose_of_other_atoms_is_refused(receptor, site) -> None:
    given = made(ts.ligand("lorlatinib"), site)
    with pytest.raises(LigandError, match="has 26 heavy atoms"):
        store.keep(receptor, ts.ligand("repotrectinib"), "A", given)


# --- the cache


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x10
    path.write_bytes(bytes(raw))


def _change(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = gzip.decompress(path.read_bytes()).decode()
        assert old in text
        path.write_bytes(gzip.compress(text.replace(old, new, 1).encode()))

    return change


def _lose_a_pose(path: Path) -> None:
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress(text[: text.index(store.END) + 5].encode()))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "cut": _cut,
    "flipped": _flip,
    "empty": lambda path: path.write_bytes(b""),
    "no gzip": lambda path: path.write_text("something else"),
    "binary": lambda path: path.write_bytes(gzip.compress(bytes(range(256)))),
    "no records": lambda path: path.write_bytes(gzip.compress(b"hello\n")),
    "only ends": lambda path: path.write_bytes(gzip.compress(b"$$$$\n$$$$\n")),
    "folder": _folder,
    "a pose less": _lose_a_pose,
    "another element": _change(" Cl ", " F  "),
    "another bond": _change("\n  1  2  1  0", "\n  1 12  1  0"),
    "another molecule": _change("Cl", "F"),
    "no number": _change(">  <energy_kcal>\n-", ">  <energy_kcal>\nx"),
    "no finite number": _change(">  <score_kcal>\n-9.500", ">  <score_kcal>\ninf"),
    "no source": _change(">  <source>\ntemplate", ">  <source>\nguessed"),
    "findings that are none": _change('[{"code": "placed"', '[17, {"code": "placed"'),
    "no findings": _change(">  <findings>\n", ">  <others>\n"),
    "a level that is none": _change('"level": "choice"', '"level": "loud"'),
    "a residue that is none": _change('"A:592B"', '"here"'),
    "atoms without names": _change('>  <atom_names>\n["', '>  <atom_names>\n["X", "'),
    "another sum": _change(">  <model_sha256>\n", ">  <model_sha256>\n0"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_damaged_or_foreign_in_the_cache_counts_as_not_there(
    receptor, site, own_cache, damage
) -> None:
    ligand = Ligand.from_smiles("CC(=O)Nc1ccc(Cl)cc1", name="small")
    given = made(ligand, site)
    store.keep(receptor, ligand, "A", given)
    (path,) = own_cache.rglob("*.sdf.gz")
    damage(path)
    assert store.find(receptor, ligand, "A") is None
    if path.is_dir():
        path.rmdir()
    store.keep(receptor, ligand, "A", given)
    assert store.find(receptor, ligand, "A") is not None


def test_a_file_that_unpacks_to_too_much_is_not_read(
    receptor, site, own_cache, monkeypatch
) -> None:
    ligand = Ligand.from_smiles("CC(=O)Nc1ccc(Cl)cc1", name="small")
    store.keep(receptor, ligand, "A", made(ligand, site))
    monkeypatch.setattr(store, "_LARGEST", 1000)
    store._index.cache_clear()
    assert store.find(receptor, ligand, "A") is None


def test_a_cache_that_cannot_be_written_changes_nothing(
    receptor, site, tmp_path, monkeypatch
) -> None:
    # Not by permissions: tests may run as root. A file stands where the folder would be.
    (tmp_path / "file").touch()
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "file" / "cache"))
    ligand = ts.ligand("lorlatinib")
    given = made(ligand, site)
    kept = store.keep(receptor, ligand, "A", given)
    assert np.array_equal(kept.best.coords, store.rounded(given).best.coords)
    assert kept.origin == "computed"
    assert store.find(receptor, ligand, "A") is None
    assert (tmp_path / "file").read_bytes() == b""


def test_nothing_half_written_is_left(receptor, site, own_cache) -> None:
    ligand = ts.ligand("lorlatinib")
    for _ in range(2):
        store.keep(receptor, ligand, "A", made(ligand, site))
    files = [path for path in own_cache.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].name.startswith(f"{ligand.inchikey}-")


# --- those that travel with the package


@pytest.fixture(scope="module")
def script(root: Path) -> Iterator[ModuleType]:
    path = root / "scripts" / "place_library.py"
    spec = importlib.util.spec_from_file_location("place_library", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["place_library"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["place_library"]


@pytest.fixture(scope="module")
def quick(script: ModuleType, site: np.ndarray) -> Iterator[None]:
    """A placing that takes no time, in five of the models."""
    ids = ("7VKO", "4YNE", "4GT5", "TRKC-7VKO", "6KZD")

    def pose_set(structure: Structure, ligand: Ligand, **asked: Any) -> PoseSet:
        assert asked == {"chain": "A", "method": "auto", "reuse": False}
        if ligand.name == "ponatinib":
            raise PlacementError("No known complex shares enough with ponatinib\nto place it on.")
        if ligand.name == "rebastinib":
            raise ZeroDivisionError("something went wrong")
        return made(ligand, site)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "models_of", lambda: [m for m in bundled.models_of() if m.id in ids])
        patch.setattr(script, "pose_set", pose_set)
        patch.setattr(script, "lacking_tools", list)
        yield


@pytest.fixture
def run(quick: None, script: ModuleType, tmp_path: Path) -> Callable[..., str]:
    """Run the script and return what it printed."""

    def begin(folder: Path, *more: str, code: int = 0, parts: str = "parts") -> str:
        where = ("--folder", str(folder), "--parts", str(tmp_path / parts), "-j", "1")
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert script.main([*where, *more]) == code
        return said.getvalue()

    return begin


@pytest.fixture(scope="module")
def written(
    quick: None, script: ModuleType, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two models with poses."""
    folder = tmp_path_factory.mktemp("shipped") / "structures"
    folder.mkdir()
    for name in ("7VKO", "6KZD"):
        shutil.copy(root / "structures" / f"{name}.cif.gz", folder)
    with (root / "structures" / "manifest.csv").open(encoding="utf-8") as whole:
        kept = [line for line in whole if line.startswith(("id,", "7VKO,", "6KZD,"))]
    (folder / "manifest.csv").write_text("".join(kept), encoding="utf-8")
    asked = ["--folder", str(folder / "poses"), "--parts", str(folder.parent), "-j", "1"]
    asked += ["--models", "7VKO", "6KZD"]
    asked += ["--ligands", "lorlatinib", "zidesamtinib", "foretinib", "ponatinib"]
    assert script.main(asked) == 0
    return folder


@pytest.fixture
def shipped(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them to be damaged, in place of the package's."""
    folder = tmp_path / "structures"
    shutil.copytree(written, folder)
    monkeypatch.setattr(store, "data_folder", lambda name: folder)
    return folder


def rows_of(folder: Path) -> list[dict[str, str]]:
    text = (folder / "poses" / "manifest.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(True) if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("".join(lines))))


def write_rows(folder: Path, rows: list[dict[str, str]]) -> None:
    text = store.manifest_text(rows)
    (folder / "poses" / "manifest.csv").write_text(text, encoding="utf-8")
    store._rows.cache_clear()


def test_only_pairs_that_make_sense_are_placed(script) -> None:
    pairs = script.sensible_pairs()
    assert {model.kinase for model, _ in pairs} == {"TRKA", "TRKB", "TRKC", "ALK", "ROS1"}
    assert {model.id for model, _ in pairs} >= {"7VKO", "TRKA-6KZD", "TRKB-4YNE", "4AT5", "3ZBF"}
    assert "4GT5" not in {model.id for model, _ in pairs}, "it has no ligand"
    names = {(model.id, entry.name) for model, entry in pairs}
    assert ("7VKO", "larotrectinib") in names and ("6KZD", "foretinib") in names
    for pair in (("7VKO", "repotrectinib"), ("TRKC-7VKO", "repotrectinib"), ("7VKO", "foretinib"),
                 ("6KZD", "larotrectinib"), ("7VKO", "TL118")):  # fmt: skip
        assert pair not in names, pair


def test_shipped_poses_are_found_by_the_sum_of_the_structure(
    shipped, receptor, site, tmp_path
) -> None:
    drug = ts.ligand("lorlatinib")
    expected = store.rounded(made(drug, site))
    drawing = Chem.MolToRandomSmilesVect(drug.mol, 1, randomSeed=5)[0]
    renamed = tmp_path / "mine.cif.gz"
    shutil.copy(shipped / "7VKO.cif.gz", renamed)
    for structure in (receptor, Structure.read(renamed)):
        for ligand in (drug, Ligand.from_smiles(drug.smiles, "X-1"), Ligand.from_smiles(drawing)):
            found = store.find(structure, ligand, "A")
            assert found is not None and found.origin == "shipped"
            one = placed_mol(drug, expected.best.coords)
            two = placed_mol(ligand, found.best.coords)
            assert rdMolAlign.CalcRMS(one, two) < 1e-6
    assert store.find(replace(receptor, sha256="0" * 64), drug, "A") is None
    assert store.find(ts.load("4YNE"), drug, "A") is None
    assert store.find(receptor, ts.ligand("repotrectinib"), "A") is None


def test_shipped_poses_come_before_the_users_own(shipped, receptor, site) -> None:
    drug = ts.ligand("lorlatinib")
    store.keep(receptor, drug, "A", made(drug, site, seed=9))
    found = store.find(receptor, drug, "A")
    assert found is not None and found.origin == "shipped"
    (shipped / "poses" / "manifest.csv").unlink()
    found = store.find(receptor, drug, "A")
    assert found is not None and found.origin == "cached"


def test_what_could_not_be_placed_is_answered_at_once(shipped) -> None:
    receptor, drug = ts.load("6KZD"), ts.ligand("ponatinib")
    message = "No known complex shares enough with ponatinib to place it on."
    with pytest.raises(PlacementError) as said:
        store.find(receptor, drug, "A")
    assert str(said.value) == message
    with pytest.raises(PlacementError, match="shares enough with X-1 to place it on"):
        store.find(receptor, Ligand.from_smiles(drug.smiles, "X-1"), "A")
    (row,) = [row for row in rows_of(shipped) if row["ligand"] == "ponatinib"]
    assert (row["status"], row["n_poses"], row["reason"], row["file"]) == ("none", "0", message, "")


def test_shipped_poses_that_are_damaged_are_told(shipped, receptor) -> None:
    path = shipped / "poses" / "7VKO.sdf.gz"
    whole = path.read_bytes()
    for damage in (_cut, _flip, Path.unlink, _change("-9.500", "-9.400"), _change(" F ", " O ")):
        path.write_bytes(whole)
        damage(path)
        with pytest.raises(DataError, match=r"7VKO\.sdf\.gz, cannot be used: .*Install trkstruct"):
            store.find(receptor, ts.ligand("lorlatinib"), "A")


def test_a_table_of_poses_that_is_damaged_is_told(shipped, receptor) -> None:
    path = shipped / "poses" / "manifest.csv"
    whole = path.read_text()
    for text, message in (
        ("model,chain\n7VKO,A\n", "has no column model_sha256, ligand"),
        (whole.replace(",ok,", ",perhaps,", 1), "Row 1 of the table of poses .* is damaged"),
        (f"{whole}7VKO,short\n", "Row 5 of the table of poses .* is damaged"),
        (whole.encode().decode("latin-1") + "\xff", "Row 5|cannot be read"),
    ):
        path.write_text(text, encoding="latin-1" if "\xff" in text else "utf-8")
        store._rows.cache_clear()
        with pytest.raises(DataError, match=message):
            store.find(receptor, ts.ligand("lorlatinib"), "A")


def test_a_file_is_read_once_and_only_what_is_asked_for_is_parsed(
    shipped, receptor, monkeypatch
) -> None:
    store._index.cache_clear()
    read = []
    monkeypatch.setattr(store, "unpacked", lambda p, own=store.unpacked: read.append(p) or own(p))
    parsed = []
    monkeypatch.setattr(
        store, "read", lambda r, *a, own=store.read: parsed.append(len(r)) or own(r, *a)
    )
    for name in ("lorlatinib", "zidesamtinib", "lorlatinib"):
        assert store.find(receptor, ts.ligand(name), "A") is not None
    assert read == [shipped / "poses" / "7VKO.sdf.gz"]
    assert parsed == [3, 3, 3]


# --- writing them


def test_the_bytes_depend_neither_on_order_nor_on_runs(run, tmp_path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    asked = ("--models", "7VKO", "TRKC-7VKO", "6KZD", "--ligands")
    names = ("larotrectinib", "lorlatinib", "foretinib", "ponatinib")
    run(one, *asked, *names)
    for name in reversed(names):
        run(two, *asked, name, parts="others")
    content = {path.name: path.read_bytes() for path in one.iterdir()}
    assert sorted(content) == ["6KZD.sdf.gz", "7VKO.sdf.gz", "TRKC-7VKO.sdf.gz", "manifest.csv"]
    assert content == {path.name: path.read_bytes() for path in two.iterdir()}
    assert content["7VKO.sdf.gz"][4:8] == bytes(4), "no time in the header"
    for name in content.keys() - {"manifest.csv"}:
        sums = {r["sha256"] for r in rows_of_file(one) if r["file"] == name}
        assert sums == {hashlib.sha256(gzip.decompress(content[name])).hexdigest()}


def rows_of_file(folder: Path) -> list[dict[str, str]]:
    return [dict(row) for row in store.read_pose_manifest(folder / "manifest.csv")]


def test_a_run_goes_on_where_it_was(run, script, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "poses"
    asked = ("--models", "7VKO", "--ligands", "larotrectinib", "lorlatinib")
    assert "2 are to be done" in run(folder, *asked)
    before = (folder / "7VKO.sdf.gz").read_bytes()
    # From what was written, and from the parts, if it was ended before it could write.
    assert "0 are to be done" in run(folder, *asked, parts="no parts")
    shutil.rmtree(folder)
    assert "0 are to be done" in run(folder, *asked)
    assert (folder / "7VKO.sdf.gz").read_bytes() == before
    assert "2 are to be done" in run(folder, *asked, "--again")
    monkeypatch.setattr(store, "version", lambda: "another")
    said = run(folder, *asked, "zidesamtinib")
    assert "3 are to be done" in said and "7VKO larotrectinib: 3 poses, template on 4YNE" in said
    assert {row["placement_version"] for row in rows_of_file(folder)} == {"another"}


def test_a_pair_that_fails_by_a_defect_is_no_answer(run, tmp_path) -> None:
    folder = tmp_path / "poses"
    said = run(folder, "--models", "6KZD", "--ligands", "rebastinib", "foretinib", code=1)
    assert "6KZD rebastinib: error: unexpected ZeroDivisionError" in said
    assert [row["ligand"] for row in rows_of_file(folder)] == ["foretinib"]


def test_what_is_asked_must_be_there_and_docking_too(run, script, tmp_path, monkeypatch) -> None:
    with pytest.raises(SystemExit, match="No pair has 4GT5, nothing"):
        run(tmp_path / "poses", "--models", "4GT5", "--ligands", "nothing")
    monkeypatch.setattr(script, "lacking_tools", lambda: ["vina"])
    with pytest.raises(SystemExit, match="Docking needs vina: install the extra `dock`"):
        run(tmp_path / "poses")
    assert not (tmp_path / "poses").exists()


# --- checking them


def problems(folder: Path) -> dict[str, str]:
    return {item.file: "; ".join(item.problems) for item in check_poses(folder) if not item.good}


def test_good_poses_are_good(shipped) -> None:
    assert [item.file for item in check_poses(shipped)] == [
        "poses/7VKO.sdf.gz",
        "poses/6KZD.sdf.gz",
    ]
    assert problems(shipped) == {}


def test_no_poses_are_no_problem(shipped, receptor) -> None:
    shutil.rmtree(shipped / "poses")
    assert check_poses(shipped) == ()
    assert store.find(receptor, ts.ligand("lorlatinib"), "A") is None
    (shipped / "poses").mkdir()
    assert store.find(receptor, ts.ligand("lorlatinib"), "A") is None
    with pytest.raises(DataError, match=r"The table of poses .* cannot be read: No such file"):
        check_poses(shipped)


def test_a_flipped_byte_is_found(shipped) -> None:
    path = shipped / "poses" / "7VKO.sdf.gz"
    whole = path.read_bytes()
    for position in range(20, len(whole), len(whole) // 12):
        raw = bytearray(whole)
        raw[position] ^= 0x01
        path.write_bytes(bytes(raw))
        assert "poses/7VKO.sdf.gz" in problems(shipped), position


def _mirror(text: str) -> str:
    """The first pose seen in a mirror: each x becomes -x."""
    lines = text.split("\n")
    for number in range(4, 4 + int(lines[3][:3])):
        lines[number] = f"{-float(lines[number][:10]):10.4f}{lines[number][10:]}"
    return "\n".join(lines)


def _first_x(new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        lines = text.split("\n")
        lines[4] = new + lines[4][10:]
        return "\n".join(lines)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_mirror, "lorlatinib: stereo differs from the inhibitor's in pose 1"),
        (_first_x("       nan"), "lorlatinib: the poses cannot be used: its coordinates are not"),
        (lambda t: t.replace(" N  ", " C  ", 1), "its atoms and bonds are not those of the ligand"),
        (lambda t: t.replace("-9.500", "-9.400", 1), "best_score_kcal is -9.400, and -9.500 in"),
        (lambda t: t[: t.rindex("$$$$", 0, -5)] + "$$$$\n", "n_poses is '3', not '2'"),
        (lambda t: t + t[: t.index("$$$$")].replace("IIXWY", "XXXXX") + "$$$$\n",
         "it has poses that are not in the manifest"),
    ],
)  # fmt: skip
def test_poses_that_are_not_those_of_the_inhibitor_are_found(shipped, change, message) -> None:
    """With a sum that fits: somebody wrote it so."""
    path = shipped / "poses" / "7VKO.sdf.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    changed = change(text)
    assert changed != text
    path.write_bytes(gzip.compress(changed.encode()))
    sum_ = hashlib.sha256(changed.encode()).hexdigest()
    rows = rows_of(shipped)
    write_rows(shipped, [r | ({"sha256": sum_} if r["file"] == path.name else {}) for r in rows])
    assert message in problems(shipped)["poses/7VKO.sdf.gz"]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("model", "9XYZ", "there is no model 9XYZ"),
        ("model_sha256", "0" * 64, "lorlatinib: placed in another 7VKO than this one"),
        ("sha256", "0" * 64, "its sum (sha256 of the uncompressed text) is another"),
        ("ligand", "aspirin", "aspirin: the library has no such structure"),
        ("ligand", "TL118", "TL118: the library has no such structure"),
        ("ligand", "crizotinib", "crizotinib: the library has another structure of that name"),
        ("smiles", "CCO", "lorlatinib: the library has another structure of that name"),
        ("placement_version", "0", "placed by version 0, and this is 1: never used"),
        ("chain", "B", "chain is 'A', not 'B'"),
        ("n_poses", "4", "n_poses is 3, and 4 in the manifest"),
        ("template", "7VKO", "template is 4YNE, and 7VKO in the manifest"),
        ("file", "6KZD.sdf.gz", "its file is 6KZD.sdf.gz"),
        ("status", "none", "nothing was placed, but there is no reason, or there are poses"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(shipped, column, value, message) -> None:
    rows = rows_of(shipped)
    (row,) = [r for r in rows if (r["model"], r["ligand"]) == ("7VKO", "lorlatinib")]
    row[column] = value
    write_rows(shipped, rows)
    assert message.replace("this is 1", f"this is {store.version()}") in "; ".join(
        problems(shipped).values()
    )


def test_rows_twice_and_files_that_are_missing_or_not_listed_are_found(shipped) -> None:
    rows = rows_of(shipped)
    write_rows(shipped, [*rows, rows[0]])
    (shipped / "poses" / "6KZD.sdf.gz").unlink()
    (shipped / "poses" / "other.sdf").touch()
    found = problems(shipped)
    assert f"{rows[0]['ligand']} is listed 2 times" in found["poses/7VKO.sdf.gz"]
    assert "it cannot be read: No such file" in found["poses/6KZD.sdf.gz"]
    assert found["poses/other.sdf"] == "it is not in the manifest of poses"


def test_the_command_checks_poses_too(shipped) -> None:
    def ran() -> Any:
        asked = ["data", "check", "--folder", str(shipped)]
        return CliRunner(env={"COLUMNS": "80"}).invoke(main, asked, prog_name="trkstruct")

    good = ran()
    assert good.exit_code == 0, good.output
    assert "4 files, nothing wrong" in good.stderr and "poses/7VKO.sdf.gz" in good.stdout
    assert max(map(len, good.stdout.splitlines())) <= 80
    _flip(shipped / "poses" / "7VKO.sdf.gz")
    bad = ran()
    assert bad.exit_code == 1 and "Error: poses/7VKO.sdf.gz: it cannot be read" in bad.stderr


def test_the_shipped_poses_are_what_their_manifest_says() -> None:
    wrong = {item.file: item.problems for item in check_poses() if not item.good}
    assert not wrong


def test_the_stereo_of_every_inhibitor_can_be_checked(site) -> None:
    """Conformers of each are as it is, and their mirror images are not, if it is chiral."""
    from trkstruct.placement.checking import _same_stereo

    for entry in library():
        if not entry.smiles:
            continue
        ligand = entry.ligand()
        form = store.form_of(ligand)
        pose = Placed(np.empty((ligand.n_heavy, 3)), 0.0, 0.0, 0.0, "", 0.0)
        whole = Chem.AddHs(ligand.to_rdkit(hydrogens=False, charged=False))
        rdDistGeom.EmbedMolecule(whole, randomSeed=3)
        coords = whole.GetConformer().GetPositions()[: ligand.n_heavy]
        assert _same_stereo(replace(pose, coords=coords), form), entry.name
        chiral = "@" in form.smiles
        # Cyclohexane-1,4-diyl and the like are their own mirror images.
        mirrored = Chem.MolFromSmiles(
            form.smiles.replace("@@", "%").replace("@", "@@").replace("%", "@")
        )
        itself = not chiral or Chem.MolToSmiles(mirrored) == form.smiles
        assert _same_stereo(replace(pose, coords=coords * [-1, 1, 1]), form) == itself, entry.name
