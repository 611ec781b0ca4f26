"""Placing series: what becomes of awkward molecules, of isomers, and of processes that die.

Where the geometry is not the point, a quick stand-in places the molecules: an embedded conformer
with a score that counts atoms. Oracles: the isomer that the crystal has; RDKit as a reader of the
files.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from rdkit import Chem
from rdkit.Chem import rdDistGeom

import trkstruct as ts
from trkstruct import _processes
from trkstruct.cli import main
from trkstruct.complexes import Complex
from trkstruct.errors import LigandError, PlacementError, StructureError
from trkstruct.ligands import Ligand, LigandSeries
from trkstruct.placement import (
    Placed,
    PlacedRecord,
    PoseSet,
    choosing,
    place_isomers,
    place_series,
    series,
    store,
)
from trkstruct.placement.limits import check_limits
from trkstruct.reference import read_json
from trkstruct.residues import Finding
from trkstruct.structures import Structure

EVIL = "=cmd|' /C calc'!A0"
#: Sixty heavy atoms, and one with more rotatable bonds than can be searched.
PEPTIDE = (
    "N[C@@H](Cc1ccccc1)C(=O)N[C@@H](C)C(=O)N1CCC[C@H]1C(=O)N[C@@H](Cc1ccc(O)cc1)C(=O)"
    "N[C@@H](CO)C(=O)N[C@@H](C(C)C)C(=O)N1CCC[C@H]1C(=O)NCC(=O)O"
)
LONG_PEPTIDE = "N[C@@H](CCCCN)C(=O)" * 6 + "O"
BROKEN = Path(__file__).parent / "data" / "page.pdb"


class Stand:
    """A quick stand-in for `pose_set`, which remembers how it was called."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.score: Callable[[Ligand], float] = lambda ligand: -0.5 * ligand.n_heavy

    def __call__(self, structure: Structure, ligand: Ligand, **how: Any) -> PoseSet:
        self.calls.append({"ligand": ligand, **how})
        return poses_of(ligand, self.score(ligand))


def poses_of(ligand: Ligand, score: float, number: int = 3) -> PoseSet:
    """Conformers of a ligand as poses, and one for a site that was cut to glycine."""
    whole = Chem.AddHs(ligand.mol)
    rdDistGeom.EmbedMultipleConfs(whole, number, randomSeed=7)
    made = []
    for index in range(number):
        coords = np.array(whole.GetConformer(index).GetPositions()[: ligand.n_heavy])
        made.append(Placed(coords, score + index, float(index), score + index, "4YNE", 0.5))
    site = replace(made[0], site="A:589", score_kcal=score - 5)
    return PoseSet((*made, site), (Finding("placed", f"{ligand.name} was placed.", "choice"),))


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    made = Stand()
    monkeypatch.setattr(choosing, "pose_set", made)
    return made


@pytest.fixture(scope="module")
def trka() -> Structure:
    return ts.load("4YNE")


@pytest.fixture(scope="module")
def template(trka: Structure) -> Complex:
    return trka.complex()


class Ran:
    """What `trkstruct place` wrote and how it ended."""

    def __init__(self, *args: object, env: dict[str, str] | None = None) -> None:
        result = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": "", **(env or {})}).invoke(
            main, ["place", *map(str, args)], prog_name="trkstruct"
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


def molecules(path: Path) -> list[Chem.Mol]:
    read = list(Chem.SDMolSupplier(str(path)))
    assert None not in read
    return read


# --- awkward molecules: a clear row each

AWKWARD = [
    ("C1CC", "failed", "'C1CC' is not SMILES"),
    ("CC(C)(C)(C)C", "failed", "not a possible molecule: Explicit valence"),
    ("", "failed", "SMILES is empty"),
    ("C" * 10_000, "failed", "has 10000 characters; no ligand that can be scored needs more"),
    ("xy" * 5_000, "failed", "has 10000 characters"),
    ("C[Pt](Cl)(N)N", "failed", "contains Pt: metals"),
    ("c1ccncc1.[Ru+2]", "failed", "comes with Ru: a metal complex cannot be scored"),
    ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "failed", "comes with Fe: a metal complex"),
    ("CC1(C)CCCC(C)(C)N1[O]", "failed", "is a radical at O11"),
    ("*c1ccc(N)cc1", "failed", "has open places"),
    ("[H][H]", "failed", r"no carbon atom \(H2\)"),
    ("[Xe]", "failed", "no carbon atom"),
    ("C", "failed", "has 1 heavy atom; with fewer than 5"),
    ("C" * 101, "failed", "has 101 heavy atoms; more than 100"),
    ("C" * 201, "failed", "201 heavy atoms, more than the 200"),
    (LONG_PEPTIDE, "failed", "35 rotatable bonds; the conformers of more than 32"),
    ("OB(O)c1ccc(N)cc1", "failed", r"MMFF94s, has no parameters for .* \(B\)"),
    ("C[Se]c1ccccc1", "failed", r"no parameters for .* \(Se\)"),
    (PEPTIDE, "ok", "rotatable bonds, more than conformers can be searched for well"),
    ("CN1CCC(O)CC1.CS(=O)(=O)O", "ok", "given with CH4O3S beside it; only the largest"),
    ("[Na+].[O-]C(=O)c1ccccc1", "ok", "given with Na"),
    ("[2H]C([2H])([2H])Nc1ccccc1", "ok", "3 isotope labels were dropped"),
    ("C[N+](C)(C)Cc1ccccc1", "ok", "was placed"),
    ("C[n+]1ccc(N)cc1", "ok", "was placed"),
    ("[NH3+]CCC([O-])=O", "ok", "given in a charged form"),
    ("CC(O)c1ccccc1", "ok", "2 isomers were placed"),
    ("CC=Cc1ccccc1", "ok", "C2=C3"),
    ("C1CN2CCC1CC2", "ok", "was placed"),
    ("OC(=O)c1ccccc1.Oc1ccccc1", "ok", "given with C6H6O beside it"),
]


@pytest.fixture(scope="module")
def awkward(trka: Structure) -> list[PlacedRecord]:
    """The records of one series that holds all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "pose_set", Stand())
        found = ts.ligands([smiles for smiles, _, _ in AWKWARD])
        return list(place_series(trka, found))


def test_every_record_is_answered_in_order(awkward: list[PlacedRecord]) -> None:
    assert [record.row for record in awkward] == list(range(1, len(AWKWARD) + 1))
    for record in awkward:
        assert (record.pose_set is None) == (record.status != "ok") == bool(record.error)
        assert "unexpected" not in record.error and "\n" not in record.error
        assert len(record.error) < 400 and len(record.name) <= 250


@pytest.mark.parametrize("number", range(len(AWKWARD)), ids=lambda n: AWKWARD[n][0][:30] or "none")
def test_an_awkward_molecule_is_a_clear_row(awkward: list[PlacedRecord], number: int) -> None:
    _, status, message = AWKWARD[number]
    record = awkward[number]
    assert record.status == status
    said = record.error or " ".join(finding.message for finding in record.findings)
    assert re.search(message, said), said


def test_what_has_no_choice_is_not_said_to_have_one(awkward: list[PlacedRecord]) -> None:
    by_smiles = {smiles: record for (smiles, _, _), record in zip(AWKWARD, awkward, strict=True)}
    for smiles in ("C1CN2CCC1CC2", "C[N+](C)(C)Cc1ccccc1", "C[n+]1ccc(N)cc1"):
        assert [f.code for f in by_smiles[smiles].findings] == ["placed"]


@pytest.mark.parametrize(
    ("smiles", "message"),
    [(smiles, message) for smiles, status, message in AWKWARD if status == "failed"],
    ids=lambda text: text[:30] or "none",
)
def test_one_awkward_molecule_alone_is_a_message_and_2(
    tmp_path: Path, stand: Stand, smiles: str, message: str
) -> None:
    ran = Ran("-s", "4YNE", "-l", smiles, "-o", tmp_path / "x.sdf")
    assert ran.code == 2 and ran.out == ""
    lines = ran.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: ") and "defect" not in ran.err
    if smiles not in ("", "C1CC"):  # which are no SMILES, so that they might be names
        assert re.search(message, lines[0])
    assert not (tmp_path / "x.sdf").exists() and not stand.calls


def test_a_compound_without_a_published_structure_is_an_abstention(
    trka: Structure, stand: Stand, tmp_path: Path
) -> None:
    asked = ["zurletrectinib", "larotrectinib", "no such drug"]
    found = list(place_series(trka, asked))
    assert [record.status for record in found] == ["abstained", "ok", "failed"]
    assert "zurletrectinib is a known inhibitor, but" in found[0].error
    ran = Ran("-s", "4YNE", "-l", "zurletrectinib", "-o", tmp_path / "x.sdf")
    assert ran.code == 2 and "zurletrectinib is a known inhibitor, but" in ran.err


def test_limits_are_data_with_their_reasons() -> None:
    limits = read_json("placement.json")["limits"]
    for name in limits:
        assert name == "about" or name in limits["about"], f"{name} has no reason"
    largest = max(ts.ligand(n).n_heavy for n in ("foretinib", "sitravatinib", "entrectinib"))
    assert limits["least_heavy_atoms"] < largest < limits["most_heavy_atoms"]
    assert check_limits(ts.ligand("foretinib")) == ()


# --- isomers


def test_of_isomers_the_best_is_taken_and_all_are_named(trka: Structure, stand: Stand) -> None:
    flat = Ligand.from_smiles("CC(O)c1cc(F)ccc1C(C)N", "flat")
    wanted = "C[C@H](O)c1cc(F)ccc1[C@@H](C)N"
    stand.score = lambda isomer: -9.0 if isomer.smiles == Chem.CanonSmiles(wanted) else -7.5
    taken, found = place_isomers(trka, flat, chain="A", seed=4, reuse=False)
    assert taken.smiles == Chem.CanonSmiles(wanted) and taken.name == "flat"
    assert found.best.score_kcal == -9.0
    assert len(stand.calls) == 4 and len({c["ligand"].inchikey for c in stand.calls}) == 4
    assert all((c["chain"], c["seed"], c["reuse"]) == ("A", 4, False) for c in stand.calls)
    (said,) = [f.message for f in found.findings if f.code == "isomers"]
    assert f"{taken.smiles} -9.0 (taken)" in said and said.count("-7.5") == 3
    assert "(taken)" not in said.replace(f"{taken.smiles} -9.0 (taken)", "")
    (assumed,) = [f.message for f in taken.findings if f.code == "stereo-assumed"]
    assert "not specified at C2, C11" in assumed and "one of 4 isomers" in assumed
    assert not [f for f in taken.findings if f.code == "stereo-unspecified"]


def test_equal_isomers_give_the_same_answer_whatever_the_order_of_atoms(
    trka: Structure, stand: Stand
) -> None:
    stand.score = lambda isomer: -8.0
    mol = Chem.MolFromSmiles("CC(O)c1ccccc1")
    turned = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])
    one, _ = place_isomers(trka, Ligand.from_mol(mol, "x"))
    two, _ = place_isomers(trka, Ligand.from_mol(turned, "x"))
    assert one.smiles == two.smiles == "C[C@@H](O)c1ccccc1"


def test_an_isomer_that_cannot_be_placed_leaves_the_others(trka: Structure, stand: Stand) -> None:
    def score(isomer: Ligand) -> float:
        if "@@" in isomer.smiles:
            raise RuntimeError("Invariant Violation\n\tbad direction in linearSearch\n\tmore")
        return -6.0

    stand.score = score
    taken, found = place_isomers(trka, Ligand.from_smiles("CC(O)c1ccccc1", "x"))
    assert taken.smiles == "C[C@H](O)c1ccccc1"
    (said,) = [f.message for f in found.findings if f.code == "isomers"]
    assert "C[C@@H](O)c1ccccc1 not placed (No conformer of x could be made: RDKit says" in said
    with pytest.raises(PlacementError, match="RDKit says Invariant Violation bad direction"):
        place_isomers(trka, Ligand.from_smiles("C[C@@H](O)c1ccccc1", "x"))


def test_what_is_specified_is_placed_as_it_is(trka: Structure, stand: Stand) -> None:
    drug = ts.ligand("larotrectinib")
    taken, found = place_isomers(trka, drug)
    assert taken is drug and stand.calls[0]["ligand"] is drug
    assert [f.code for f in found.findings] == ["placed"]


def test_of_a_guess_one_isomer_is_assumed(trka: Structure, stand: Stand) -> None:
    peptide = Ligand.from_smiles(PEPTIDE.replace("@", "").replace("[CH]", "C"), "peptide")
    taken, _ = place_isomers(trka, peptide)
    assert len(stand.calls) == 1
    said = " ".join(f.message for f in taken.findings)
    assert "this is one of 128 isomers" in said and "considered: 1." in said


def test_the_isomer_of_the_crystal_is_the_one_that_fits(trka: Structure, template: Complex) -> None:
    """The core of 4YNE's inhibitor, drawn without its stereocentre."""
    core = Ligand.from_smiles("c1ccc(C2CCCN2c2ccn3nccc3n2)cc1", "core")
    taken, found = place_isomers(trka, core, templates=[template], method="template")
    one, other = (Chem.MolFromSmarts(f"c[{tag}]1CCCN1c") for tag in ("C@H", "C@@H"))
    for mol in (template.ligand.mol, taken.mol):
        assert mol.HasSubstructMatch(one, useChirality=True)
        assert not mol.HasSubstructMatch(other, useChirality=True)
    (said,) = [f.message for f in found.findings if f.code == "isomers"]
    assert said.count(";") == 1 and f"{taken.smiles} {found.best.score_kcal:.1f} (taken)" in said


# --- a series


def test_poses_are_cut_to_those_in_the_pocket_as_it_is(trka: Structure, stand: Stand) -> None:
    (all_of_it,) = place_series(trka, ["CCc1ccccc1"])
    assert all_of_it.pose_set is not None and len(all_of_it.pose_set) == 4
    (cut,) = place_series(trka, ["CCc1ccccc1"], poses=2)
    assert cut.pose_set is not None and [p.site for p in cut.pose_set.poses] == ["", ""]


def test_whatever_holds_ligands_is_a_series(trka: Structure, stand: Stand, tmp_path: Path) -> None:
    file = tmp_path / "s.smi"
    file.write_text("CCc1ccccc1 one\nbad two\n")
    by_path = list(place_series(trka, file))
    assert [(r.name, r.status) for r in by_path] == [("one", "ok"), ("two", "failed")]
    assert [r.name for r in place_series(trka, str(file))] == ["one", "two"]
    assert [r.name for r in place_series(trka, "larotrectinib")] == ["larotrectinib"]
    assert [r.name for r in place_series(trka, ts.ligand("crizotinib"))] == ["crizotinib"]
    picked = ts.ligands(file)[1:]
    assert isinstance(picked, LigandSeries)
    assert [r.row for r in place_series(trka, picked)] == [2]
    mixed: list[Any] = ["CCO", Chem.MolFromSmiles("CCc1ccccc1"), None, by_path[0].ligand, picked[0]]
    found = list(place_series(trka, mixed))
    assert [r.row for r in found] == [1, 2, 3, 4, 2]
    assert [r.status for r in found] == ["failed", "ok", "failed", "ok", "failed"]


def test_progress_counts_every_record(trka: Structure, stand: Stand) -> None:
    seen: list[tuple[int, int]] = []
    found = place_series(
        trka, ["CCc1ccccc1", "x1", "CCCc1ccccc1"], progress=lambda *n: seen.append(n)
    )
    assert len(list(found)) == 3
    assert [total for _, total in seen] == [3, 3]
    assert seen[-1][0] == 3


def test_what_makes_no_sense_is_told_at_once(trka: Structure) -> None:
    with pytest.raises(PlacementError, match="Method 'magic' is not known; it is one of auto"):
        place_series(trka, ["CCO"], method="magic")
    with pytest.raises(PlacementError, match="number of processes is 0"):
        place_series(trka, ["CCO"], jobs=0)
    with pytest.raises(PlacementError, match="number of poses is 0"):
        place_series(trka, ["CCO"], poses=0)
    with pytest.raises(StructureError, match="Z"):
        place_series(trka, ["CCO"], chain="Z")
    with pytest.raises(LigandError):
        place_series(trka, 3)


def test_a_defect_is_a_failed_record_that_says_so(trka: Structure, stand: Stand) -> None:
    def broken(ligand: Ligand) -> float:
        raise ZeroDivisionError("by mistake")

    stand.score = broken
    (record,) = place_series(trka, ["CCc1ccccc1"])
    assert record.status == "failed"
    assert record.error.startswith("unexpected ZeroDivisionError: by mistake. This is a defect")


# --- processes


@pytest.fixture
def cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trka: Structure
) -> Iterator[dict[str, PoseSet]]:
    """Poses of three molecules that were kept from before, for processes to find."""
    monkeypatch.setenv("TRKSTRUCT_CACHE", str(tmp_path / "cache"))
    kept = {}
    for number, smiles in enumerate(("CCc1ccccc1", "OCc1ccccc1", "NCc1ccccc1")):
        ligand = Ligand.from_smiles(smiles)
        kept[smiles] = store.keep(trka, ligand, "A", poses_of(ligand, -6.0 - number))
    yield kept


def test_processes_change_nothing(trka: Structure, cache: dict[str, PoseSet]) -> None:
    asked = ts.ligands(["CCc1ccccc1", "bad", "OCc1ccccc1", "NCc1ccccc1"])
    here = list(place_series(trka, asked))
    spread = list(place_series(trka, asked, jobs=2))
    assert [r.status for r in here] == ["ok", "failed", "ok", "ok"]
    for one, two in zip(here, spread, strict=True):
        assert (one.row, one.name, one.status, one.error) == (
            two.row, two.name, two.status, two.error
        )  # fmt: skip
        assert one.ligand == two.ligand
        if one.pose_set is not None and two.pose_set is not None:
            for a, b in zip(one.pose_set.poses, two.pose_set.poses, strict=True):
                assert np.array_equal(a.coords, b.coords)
                assert (a.score_kcal, a.template, a.site) == (b.score_kcal, b.template, b.site)


def _dies(job: Any, record: PlacedRecord) -> PlacedRecord:
    """Work that ends its process at one molecule, in place of the real one."""
    if record.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(record, error=str(os.getpid()))


def _forked() -> Any:
    """Forked workers see the replaced function; spawned ones would import the real one."""
    return multiprocessing.get_context("fork")


def test_a_process_that_dies_costs_only_its_molecule(
    trka: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "_place", _dies)
    monkeypatch.setattr(_processes, "_context", _forked)
    names = ["a", "deadly", "b", "c", "deadly", "d", "e"]
    asked = [Ligand.from_smiles("CCc1ccccc1", name) for name in names]
    found = list(place_series(trka, asked, jobs=2))
    assert [record.name for record in found] == names
    for record in found:
        assert (record.status == "failed") == (record.name == "deadly")
        assert ("died (out of memory?)" in record.error) == (record.name == "deadly")
    assert str(os.getpid()) not in {record.error for record in found}
    assert not multiprocessing.active_children()


def _sleeps(job: Any, record: PlacedRecord) -> PlacedRecord:
    if record.name != "first":
        time.sleep(600)
    return record


def test_processes_end_with_whoever_asked(trka: Structure, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after Ctrl-C, in the middle of molecules that take long."""
    monkeypatch.setattr(series, "_place", _sleeps)
    monkeypatch.setattr(_processes, "_context", _forked)
    asked = [Ligand.from_smiles("CCc1ccccc1", name) for name in ("first", "second", "third")]
    found = place_series(trka, asked, jobs=2)
    assert next(iter(found)).name == "first"
    assert len(multiprocessing.active_children()) == 2
    found.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_ctrl_c_while_processes_start_is_kept_from_them_and_not_lost(
    trka: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = []

    def start(*args: Any, **options: Any) -> Any:
        process = multiprocessing.get_context("fork").Process(*args, **options)
        run = process.start

        def interrupted() -> None:
            blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
            os.kill(os.getpid(), signal.SIGINT)
            run()

        process.start = interrupted  # type: ignore[method-assign]
        return process

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(series, "_place", _dies)
    context = SimpleNamespace(Process=start, Pipe=multiprocessing.Pipe)
    monkeypatch.setattr(_processes, "_context", lambda: context)
    asked = [Ligand.from_smiles("CCc1ccccc1", name) for name in "ab"]
    with pytest.raises(KeyboardInterrupt):
        list(place_series(trka, asked, jobs=2))
    assert blocked == [True] and signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert not multiprocessing.active_children()


# --- the command

COLUMNS = [
    "row", "name", "smiles", "pose", "score_kcal", "energy_kcal", "strain_kcal", "pose_source",
    "template", "overlap", "structure", "findings", "status", "error",
]  # fmt: skip
FIELDS = COLUMNS[1:11]


def test_a_series_with_a_bad_molecule_in_two_processes(
    tmp_path: Path, cache: dict[str, PoseSet]
) -> None:
    file, out = tmp_path / "s.smi", tmp_path / "poses.sdf"
    file.write_text("CCc1ccccc1 one\nC1CC two\nOCc1ccccc1 three\nNCc1ccccc1 four\n")
    ran = Ran("-s", "4YNE", "-l", file, "-o", out, "-j", 2, "--format", "csv")
    assert ran.code == 1
    assert list(ran.rows[0]) == COLUMNS
    assert [(r["row"], r["name"], r["status"]) for r in ran.rows] == [
        ("1", "one", "ok"), ("2", "two", "failed"), ("3", "three", "ok"), ("4", "four", "ok")
    ]  # fmt: skip
    assert ran.rows[1]["error"] == "'C1CC' is not SMILES." and ran.rows[1]["score_kcal"] == ""
    assert [mol.GetProp("_Name") for mol in molecules(out)] == ["one", "three", "four"]
    assert "Done: 4 rows: 3 ok, 1 failed." in ran.err and "row 2: 'C1CC' is not SMILES" in ran.err
    assert "\r" not in ran.err and "placing" not in ran.err, "no progress where nobody looks"


def test_a_series_without_failures_ends_with_0(
    tmp_path: Path, stand: Stand, cache: dict[str, PoseSet]
) -> None:
    file, out = tmp_path / "s.smi", tmp_path / "poses.sdf"
    file.write_text("CCc1ccccc1 one\nOCc1ccccc1 two\n")
    ran = Ran("-s", "4YNE", "-l", file, "-o", out, "-n", 2)
    assert ran.code == 0 and "2 molecules in 4YNE" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    read = molecules(out)
    assert [(m.GetProp("_Name"), m.GetProp("pose")) for m in read] == [
        ("one", "1"), ("one", "2"), ("two", "1"), ("two", "2")
    ]  # fmt: skip
    assert [call["reuse"] for call in stand.calls] == [True, True]


def test_a_series_of_nothing_but_failures_leaves_an_empty_file(tmp_path: Path) -> None:
    file, out = tmp_path / "s.smi", tmp_path / "poses.sdf"
    file.write_text("C1CC one\nC two\n")
    out.write_text("old poses")
    ran = Ran("-s", "4YNE", "-l", file, "-o", out)
    assert ran.code == 1 and out.read_text() == "" and "2 failed" in ran.err


def test_one_molecule_writes_all_its_poses_with_their_fields(tmp_path: Path, stand: Stand) -> None:
    out = tmp_path / "poses.sdf"
    asked = ("-s", "4YNE", "-l", "larotrectinib", "-o", out, "--no-reuse", "--seed", 3)
    ran = Ran(*asked, "--method", "template", "--chain", "A", "--format", "json")
    assert ran.code == 0
    rows = json.loads(ran.out)
    assert [list(row) for row in rows] == [COLUMNS] * 3
    read = molecules(out)
    assert [list(mol.GetPropNames()) for mol in read] == [FIELDS] * 3
    drug = ts.ligand("larotrectinib")
    for number, (mol, row) in enumerate(zip(read, rows, strict=True), 1):
        fields = {name: mol.GetProp(name) for name in FIELDS}
        assert fields == {name: str(row[name]) for name in FIELDS}
        assert fields["pose"] == str(number) and fields["structure"] == "4YNE"
        assert Chem.MolToInchiKey(Chem.MolFromSmiles(fields["smiles"])) == drug.inchikey
        assert mol.GetConformer().Is3D() and mol.GetNumHeavyAtoms() == drug.n_heavy
    (call,) = stand.calls
    assert {name: call[name] for name in ("chain", "method", "seed", "reuse", "templates")} == {
        "chain": "A", "method": "template", "seed": 3, "reuse": False, "templates": None
    }  # fmt: skip
    table = Ran(*asked)
    assert "larotrectinib in 4YNE" in table.out and max(map(len, table.out.splitlines())) <= 80
    assert len(molecules(out)) == 3
    assert Ran(*asked, "-n", 1).code == 0 and len(molecules(out)) == 1


def test_an_inhibitor_in_the_wrong_state_is_told(tmp_path: Path, stand: Stand) -> None:
    said = "cabozantinib is known to bind to DFG-out, and 7VKO is DFG-in"
    for name in ("TRKA:DFG-in", "7VKO"):
        wrong = Ran("-s", name, "-l", "cabozantinib", "-o", tmp_path / "x.sdf")
        assert wrong.code == 0 and said in wrong.err
    right = Ran("-s", "TRKA:DFG-out", "-l", "cabozantinib", "-o", tmp_path / "x.sdf")
    assert right.code == 0 and "is known to bind" not in right.err


def test_a_kinase_stands_for_its_model_in_the_state_that_the_inhibitor_binds(
    tmp_path: Path, stand: Stand
) -> None:
    for ligand, model in (("cabozantinib", "TRKA-6KZD"), ("larotrectinib", "7VKO")):
        ran = Ran("-s", "TRKA", "-l", ligand, "-o", tmp_path / "x.sdf", "--format", "csv")
        assert ran.code == 0 and "is known to bind" not in ran.err
        assert {row["structure"] for row in ran.rows} == {model}


def test_an_undefined_stereocentre_says_what_was_taken(tmp_path: Path, stand: Stand) -> None:
    out = tmp_path / "x.sdf"
    stand.score = lambda isomer: -9.0 if "@@" in isomer.smiles else -8.0
    ran = Ran("-s", "4YNE", "-l", "CC(O)c1ccccc1", "-o", out, "-n", 1)
    assert ran.code == 0
    assert "Warning: The stereo of CC(O)c1ccccc1 is not specified: 2 isomers were placed" in ran.err
    assert "C[C@@H](O)c1ccccc1 -9.0 (taken); C[C@H](O)c1ccccc1 -8.0." in ran.err
    (mol,) = molecules(out)
    assert mol.GetProp("smiles") == "C[C@@H](O)c1ccccc1"


def test_the_user_s_templates_come_before_the_bundled_ones(
    tmp_path: Path, stand: Stand, structure_file: Callable[[str], Path]
) -> None:
    asked = ("-s", "4YNE", "-l", "CCc1ccccc1", "-o", tmp_path / "x.sdf")
    own = structure_file("2YFX")
    assert Ran(*asked, "-t", own, "--template", "3AOX").code == 0
    names = [template.structure.name for template in stand.calls[0]["templates"]]
    assert names[:2] == [own.stem.removesuffix(".pdb"), "3AOX"] and "7VKO" in names[2:]
    bad = Ran(*asked, "-t", structure_file("4GT5"))
    assert bad.code == 2 and "4GT5" in bad.err and len(stand.calls) == 1
    assert Ran(*asked, "-t", BROKEN).code == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["-o", "x.pdb"], "Poses are written as .sdf; 'x.pdb' has another suffix"),
        (["-o", "file/x.sdf"], "is no folder"),
        (["-o", "in.sdf"], "would be written over the input 'in.sdf'"),
        (["-o", "x.sdf", "--method", "magic"], "'magic' is not one of"),
        (["-o", "x.sdf", "-n", "0"], "0 is not in the range"),
        (["-o", "x.sdf", "-j", "0"], "0 is not in the range"),
        (["-o", "x.sdf", "--chain", "Z"], "Z"),
        ([], "Missing option '-o'"),
    ],
)
def test_bad_usage_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stand: Stand, more: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("CCc1ccccc1"))
    Path("in.sdf").write_text(f"{block}$$$$\n")
    Path("file").write_text("")
    ran = Ran("-s", "4YNE", "-l", "in.sdf", *more)
    assert ran.code == 2 and message in ran.err
    assert not stand.calls and Path("in.sdf").read_text() == f"{block}$$$$\n"


def test_an_interrupt_leaves_no_file(tmp_path: Path, stand: Stand) -> None:
    def interrupted(ligand: Ligand) -> float:
        raise KeyboardInterrupt

    stand.score = interrupted
    ran = Ran("-s", "4YNE", "-l", "CCc1ccccc1", "-o", tmp_path / "x.sdf")
    assert ran.code == 130 and "Interrupted" in ran.err and not list(tmp_path.iterdir())


# --- names that would do harm

NAMES = [EVIL, "+1+1|x", "-2+3", "@SUM(A1)", "$$$$", "> <score_kcal>", "<script>alert(1)</script>",
         "\x1b[31mred", "a\nb\n$$$$\n", "[bold]x[/bold]", "n" * 500, "-7"]  # fmt: skip


@pytest.fixture
def named(tmp_path: Path) -> Path:
    file = tmp_path / "names.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["name", "smiles"])
        writer.writerows([name, "CCc1ccccc1"] for name in NAMES)
        writer.writerow([EVIL, "C1CC"])
    return file


def test_a_name_does_no_harm_in_a_spreadsheet(named: Path, tmp_path: Path, stand: Stand) -> None:
    ran = Ran("-s", "4YNE", "-l", named, "-o", tmp_path / "x.sdf", "--format", "csv")
    assert ran.code == 1 and len(ran.rows) == len(NAMES) + 1
    assert ran.rows[0]["name"] == f"'{EVIL}" == ran.rows[-1]["name"]
    for row in ran.rows:
        for column in ("name", "smiles", "findings", "error", "template", "structure"):
            text = row[column]
            assert text[:1] not in ("=", "+", "-", "@") or text == "-7", row
    told = [json.loads(Ran("-s", "4YNE", "-l", named, "-o", tmp_path / "x.sdf", "--format",
                           "json").out)[0]["name"]]  # fmt: skip
    assert told == [EVIL], "JSON is no spreadsheet"


def test_a_name_ends_no_record_and_makes_no_field(
    named: Path, tmp_path: Path, stand: Stand
) -> None:
    out = tmp_path / "x.sdf"
    assert Ran("-s", "4YNE", "-l", named, "-o", out).code == 1
    read = molecules(out)
    assert len(read) == len(NAMES)
    lines = out.read_text().splitlines()
    assert [line for line in lines if line.startswith("$$$$")] == ["$$$$"] * len(NAMES)
    heads = [line for line in lines if line.startswith(">")]
    assert heads == [f">  <{name}>" for name in FIELDS] * len(NAMES)
    for mol in read:
        assert list(mol.GetPropNames()) == FIELDS
        assert float(mol.GetProp("score_kcal")) == -4.0
        assert len(mol.GetProp("_Name")) <= 80
    again = ts.ligands(out)
    assert len(again) == len(NAMES) and not again.failed
    assert again[0].name == EVIL


def test_a_name_does_no_harm_in_a_terminal(named: Path, tmp_path: Path, stand: Stand) -> None:
    ran = Ran("-s", "4YNE", "-l", named, "-o", tmp_path / "x.sdf")
    assert "\x1b" not in ran.out + ran.err
    assert "[bold]x[/bold]" in ran.out and "<script>" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert len([line for line in ran.out.splitlines() if " template " in line]) == len(NAMES) + 1
