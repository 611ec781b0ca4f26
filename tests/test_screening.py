"""The batch engine on real structures: order, failures, processes."""

from __future__ import annotations

import os
import signal

import pytest

from trkstruct import plans, results, screening
from trkstruct.complexes import make_complex
from trkstruct.errors import PlanError
from trkstruct.sites import parameters
from trkstruct.structures import Structure


@pytest.fixture(scope="module")
def questions(structure_file):
    """Good rows and every kind of bad one, the structures mixed."""
    trka, alk = str(structure_file("7VKO")), str(structure_file("2XP2"))
    rows = [
        {"id": "good", "structure": trka, "mutation": "G595R"},
        {"id": "good", "structure": alk, "mutation": "G1202R"},
        {"id": "no file", "structure": "nowhere.pdb", "mutation": "G595R"},
        {"id": "wild type", "structure": trka, "mutation": "A595R"},
        {"id": "not resolved", "structure": alk, "mutation": "S1281A"},
        {"id": "no ligand", "structure": str(structure_file("4GT5")), "mutation": "G595R"},
        {"id": "other kinase", "structure": trka, "mutation": "G595R", "kinase": "ALK"},
        {"id": "numbering", "structure": trka, "mutation": "G595R", "numbering": "pdb"},
        {"id": "indel", "structure": trka, "mutation": "p.G595del"},
        {
            "id": "smiles",
            "structure": trka,
            "mutation": "G595R",
            "ligand": "CN1CCOCC1",
            "pose": "crystal",
        },
        {"id": "good", "structure": trka, "mutation": "G667C", "kinase": "NTRK1", "chain": "A"},
        {"id": "klifs", "structure": alk, "mutation": "L45M", "numbering": "klifs"},
    ]
    return plans.plan(rows)


@pytest.fixture(scope="module")
def answers(questions):
    return list(screening.run(questions))


def test_a_compound_without_a_published_structure_is_an_abstention() -> None:
    asked = {"structure": "7VKO", "ligand": "zurletrectinib", "mutation": "G595R"}
    rows = list(screening.run(plans.plan([asked])))
    assert rows[0]["status"] == "abstained" and rows[0]["call"] == "abstain"
    assert "zurletrectinib" in rows[0]["reasons"] and not rows[0]["error"]


def test_every_row_is_answered_in_order(questions, answers):
    assert [row["row"] for row in answers] == [q.row for q in questions]
    assert [row["id"] for row in answers] == [q.id for q in questions]
    assert all(tuple(row) == results.RESULTS_COLUMNS for row in answers)


def test_good_rows_are_complete(answers):
    good = [row for row in answers if row["id"] in {"good", "klifs"}]
    assert len(good) == 4
    for row in good:
        assert row["status"] == "ok" and row["error"] is None, row
        parts = ("clash", "contact", "hbond", "charge", "dfg_shift", "entropy")
        total = sum(row[f"{part}_kcal"] for part in parts)
        assert total == pytest.approx(row["ddg_kcal"], abs=0.01)
        assert row["ddg_low_kcal"] < row["ddg_kcal"] < row["ddg_high_kcal"]
        assert row["ligand_smiles"] and row["version"] and row["dfg_state"] == "in"
        assert 0.0 <= row["p_resistant"] <= 1.0 and row["n_poses"] == 1 + parameters().jitter


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no file", "There is no file 'nowhere.pdb'"),
        ("wild type", "595"),
        ("not resolved", "1281"),
        ("no ligand", "has no inhibitor bound"),
        ("other kinase", "ALK"),
        ("numbering", "Numbering 'pdb' is not known; it is one of auto, author"),
        ("indel", "p.G595del"),
        ("smiles", "7GI"),
    ],
)
def test_bad_rows_fail_with_their_reason(answers, name, message):
    (row,) = [row for row in answers if row["id"] == name]
    assert row["status"] == "failed"
    assert message in row["error"] and "unexpected" not in row["error"], row["error"]
    assert "\n" not in row["error"]
    assert row["ddg_kcal"] is None and row["call"] is None
    assert row["mutation"] and row["structure"]


def test_a_failed_row_still_says_what_is_known_of_its_complex(answers):
    (row,) = [row for row in answers if row["id"] == "wild type"]
    assert (row["kinase"], row["ligand"], row["chain"]) == ("TRKA", "repotrectinib", "A")


def test_processes_change_nothing(questions, answers):
    seen = []
    assert list(screening.run(questions, jobs=2, progress=seen.append)) == answers
    assert sum(seen) == len(answers)


def test_order_of_rows_changes_nothing(questions, answers):
    backwards = list(screening.run(questions[::-1]))
    assert backwards == answers[::-1]


def test_structures_are_read_and_complexes_prepared_once(questions, monkeypatch):
    read, prepared = [], []
    original_read, original_make = Structure.read.__func__, make_complex

    def count_read(cls, path, **options):
        read.append(str(path))
        return original_read(cls, path, **options)

    def count_make(structure, *args, **options):
        prepared.append(structure.name)
        return original_make(structure, *args, **options)

    monkeypatch.setattr(Structure, "read", classmethod(count_read))
    monkeypatch.setattr("trkstruct.complexes.make_complex", count_make)
    good = [q for q in questions if q.id in {"good", "klifs", "wild type"} and not q.kinase]
    assert len(list(screening.run(good))) == 4
    assert len(read) == len(set(read)) == 2
    assert len(prepared) == len(set(prepared)) == 2


def test_a_defect_is_a_failed_row_that_says_so(questions, answers, monkeypatch):
    def broken(mutant):
        raise ZeroDivisionError("by mistake")

    monkeypatch.setattr("trkstruct.calls.judge", broken)
    (row,) = screening.run(questions[:1])
    assert row["status"] == "failed"
    assert row["error"].startswith("unexpected ZeroDivisionError: by mistake. This is a defect")


def test_a_structure_that_was_never_a_file_can_be_asked(bound, answers):
    complex_ = bound("7VKO")
    question = plans.PlanRow(structure=complex_.structure, mutation="G595R", label="mine")
    (row,) = screening.run([question], complexes={question.complex_key: complex_})
    assert row["structure"] == "mine" and row["ddg_kcal"] == answers[0]["ddg_kcal"]
    assert list(screening.run([question, question], jobs=2)) == [row, row]


def test_no_processes_at_all_is_an_error(questions):
    with pytest.raises(PlanError, match="number of processes is 0"):
        list(screening.run(questions, jobs=0))


def _die(rows, complex_):
    """Worker that dies at one mutation, in place of the real one."""
    if any(row.mutation == "G667C" for row in rows):
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"mutation": row.mutation} for row in rows], None


def test_a_worker_that_dies_costs_only_its_row(structure_file, monkeypatch):
    monkeypatch.setattr(screening, "_answer_piece", _die)
    monkeypatch.setattr(screening, "_pool", _forked)
    asked = ["G595R", "F589L", "G667C", "G667S"]
    rows = plans.plan([{"structure": "x", "mutation": m} for m in asked])
    found = list(screening.run(rows, jobs=2))
    assert [row["mutation"] for row in found] == asked
    (dead,) = [row for row in found if row.get("status") == "failed"]
    assert dead["mutation"] == "G667C" and "died" in dead["error"]


def _forked(workers):
    """Forked workers see the replaced function; spawned ones would import the real one."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))


def test_processes_that_start_are_kept_from_ctrl_c(questions, monkeypatch):
    seen = []
    original = screening._Work.submit

    def submit(self, pool):
        seen.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return original(self, pool)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(screening._Work, "submit", submit)
    list(screening.run(questions[:1], jobs=2))
    assert seen == [True] and signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
