"""Bad structure files: each a clear message of the right kind, quickly and in little memory."""

from __future__ import annotations

import gzip
import os
import random
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trkstruct.errors import StructureError, StructureFileError
from trkstruct.structures import Structure

DATA = Path(__file__).resolve().parent / "data"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty.pdb", r"empty\.pdb is empty. If it was downloaded, the download failed"),
        ("page.pdb", r"is not a structure file: it is a web page \(HTML\)"),
        ("truncated.pdb", r"is cut off: it ends in the middle of an atom record \('ATOM"),
        ("truncated.cif", r"the last row of its atom table is incomplete \(10 whole rows\)"),
        ("truncated_text.cif", r"is cut off: it ends within a text field"),
        ("nan.pdb", r"coordinates are not numbers \(NaN or infinite\) in 1 of .*C of LEU A 11 in"),
        ("damaged.pdb", r"line 5, atom CB of ALA A 10: the coordinates '  \*{6} .*' are not num"),
        ("not_there.pdb", r"There is no file .*not_there\.pdb. Structures are \.pdb, \.ent"),
    ],
)
def test_bad_file(name: str, message: str) -> None:
    with pytest.raises(StructureFileError, match=message):
        Structure.read(DATA / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"   \n\n", "is empty"),
        (b"<?xml version='1.0'?><a/>", "it is XML"),
        (b'{"entry": 1}', "looks like JSON"),
        (b"\x00\x01\x02\x03", "it holds binary data"),
        (b"REMARK nothing else\n", "has no ATOM records"),
        (b"data_x\n_entry.id x\n", r"has no atoms \(_atom_site\)"),
        (b"x\n  y\n\n 1 0 0 0 0 0 0 0 0 0999 V2000\n", "small-molecule file.*--ligand"),
        (b"Dear colleague,\nplease find attached\n", r"no PDB or mmCIF record.*\('Dear colleague"),
        (b"ATOM      1  N   ALA A   x       1.000   2.000   3.000\n", "residue number '   x'"),
    ],
)
def test_bad_content(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.pdb"
    path.write_bytes(content)
    with pytest.raises(StructureFileError, match=message):
        Structure.read(path)


def test_a_folder_is_no_structure(tmp_path: Path) -> None:
    with pytest.raises(StructureFileError, match="is a folder"):
        Structure.read(tmp_path)


def test_no_reading_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdb"
    path.write_text("END\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(StructureFileError, match="cannot be read: Permission denied"):
        Structure.read(path)


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.5, 0.7, 0.93])
@pytest.mark.parametrize("pdb_id", ["2XP2", "7BTT", "4CLI", "7R7R"])
def test_a_deposited_file_cut_anywhere_is_refused(
    pdb_id: str, kept: float, structure_file: Callable[[str], Path], tmp_path: Path
) -> None:
    """In the middle of a line and behind a whole one, in header, chain and ligand."""
    whole = structure_file(pdb_id).read_bytes()
    text = whole.decode()
    # Behind the last atom nothing is read that could be missed.
    cut = int(kept * text.rfind("\nHETATM"))
    path = tmp_path / f"cut{structure_file(pdb_id).suffix}"
    for stop in (cut, text.rfind("\n", 0, cut) + 1):
        path.write_bytes(whole[:stop])
        try:
            found = Structure.read(path)
        except StructureFileError as error:
            assert "cut off" in str(error) or "no ATOM" in str(error) or "no atoms" in str(error)
        else:
            # Waters are all that may be lost without an error, and that is said.
            assert found.ligands
            assert "perhaps-cut-off" in [f.code for f in found.findings]


def test_a_file_without_end_that_stops_in_a_residue(structure: Callable[[str], Structure]) -> None:
    found = Structure.read(DATA / "no_end.pdb")
    (finding,) = (f for f in found.findings if f.code == "perhaps-cut-off")
    assert "stops within residue LYS A 13: it may be cut off" in finding.message
    # That a file has no END says nothing by itself.
    assert "perhaps-cut-off" not in [f.code for f in structure("7VKO").findings]


def test_a_cut_gzip_file(structure_file: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.pdb.gz"
    path.write_bytes(gzip.compress(structure_file("2XP2").read_bytes())[:20000])
    with pytest.raises(StructureFileError, match="gzip file that is damaged or cut off"):
        Structure.read(path)
    path.write_bytes(b"\x1f\x8bnot gzip at all")
    with pytest.raises(StructureFileError, match="gzip file that is damaged or cut off"):
        Structure.read(path)


def test_two_files_in_one(structure_file: Callable[[str], Path], tmp_path: Path) -> None:
    """One behind the other, both with a chain A."""
    path = tmp_path / "both.pdb"
    path.write_text(structure_file("7VKO").read_text() + structure_file("2XP2").read_text())
    message = "holds several structures.*Split the file, or say.*The first is TRKA, the second ALK"
    with pytest.raises(StructureError, match=message):
        Structure.read(path)
    assert [r.name for r in Structure.read(path, model=2).ligands] == ["VGH"]


def noise(kind: str, start: bytes) -> tuple[bytes, bytes]:
    """What a noise file begins with, and a megabyte of what follows."""
    if kind == "binary":
        return start, random.Random(1).randbytes(1 << 20)
    letters = {"lines": string.ascii_letters + "   \n", "one line": string.ascii_letters}[kind]
    return start, "".join(random.Random(1).choices(letters, k=1 << 20)).encode()


@pytest.mark.parametrize("kind", ["binary", "lines", "one line"])
@pytest.mark.parametrize("start", ["nothing", "pdb", "mmcif", "mmcif atoms"])
def test_a_hundred_megabytes_of_noise(
    kind: str, start: str, structure_file: Callable[[str], Path], tmp_path: Path
) -> None:
    """Refused within seconds and without holding the file in memory, whatever it begins with."""
    opening = {
        "nothing": b"",
        "pdb": structure_file("2XP2").read_bytes()[:40000],
        "mmcif": b"data_noise\n_entry.id noise\n",
        "mmcif atoms": structure_file("7BTT").read_bytes()[:150000],
    }[start]
    path = tmp_path / "noise.pdb"
    head, body = noise(kind, opening)
    with path.open("wb") as handle:
        handle.write(head)
        for _ in range(100):
            handle.write(body)
    code = (
        "import resource, sys\n"
        "from trkstruct.errors import StructureFileError\n"
        "from trkstruct.structures import Structure\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    Structure.read(sys.argv[1])\n"
        "except StructureFileError as error:\n"
        "    print(str(error)[:300].replace(chr(10), ' '))\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,  # a guard against reading it all, not a measurement
    )
    path.unlink()
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert "is not a structure file" in lines[0] or "damaged" in lines[0], lines
    # Kilobytes; a million characters may be held, not the hundred of the file.
    assert int(lines[1]) < 60_000


def test_noise_in_a_gzip_file(tmp_path: Path) -> None:
    """A gigabyte of zeros packed into one megabyte is refused by its first bytes."""
    path = tmp_path / "bomb.pdb.gz"
    path.write_bytes(gzip.compress(b"A" * 100_000_000, compresslevel=1))
    with pytest.raises(StructureFileError, match="no PDB or mmCIF record"):
        Structure.read(path)
