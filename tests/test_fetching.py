"""Fetching, against a real HTTP server on loopback that misbehaves in every way."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct import fetching
from trkstruct.cli import main
from trkstruct.errors import StructureFileError

#: Limits that let the tests be quick.
QUICK = {"waits_seconds": [0.01, 0.02], "timeout_seconds": 20, "patience_seconds": 60}


def cif(entry: str) -> bytes:
    """A small mmCIF file of an entry, with one residue."""
    atoms = "".join(
        f"ATOM {n} {name[0]} {name} . ALA A 1 1 ? {n}.0 0.0 0.0 1.00 10.0 1 A\n"
        for n, name in enumerate(("N", "CA", "C", "O", "CB"), start=1)
    )
    columns = (
        "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id "
        "label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy "
        "B_iso_or_equiv auth_seq_id auth_asym_id"
    ).split()
    header = "".join(f"_atom_site.{name}\n" for name in columns)
    return f"data_{entry}\n_entry.id {entry}\n#\nloop_\n{header}{atoms}#\n".encode()


@cache
def bomb() -> bytes:
    """Fifty megabytes of blanks behind an entry, in fifty kilobytes."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    pieces = [packer.compress(cif("1BOM"))]
    pieces += [packer.compress(b" " * 1_000_000) for _ in range(50)]
    return b"".join([*pieces, packer.flush()])


class Handler(BaseHTTPRequestHandler):
    """One way to answer an entry's file each; ids say which."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        asked = self.server.asked  # type: ignore[attr-defined]
        asked.append(self.path)
        entry = self.path.rpartition("/")[2].split(".")[0]
        body = gzip.compress(cif(entry))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"do_{entry}", self.whole)(body, asked.count(self.path))

    def whole(self, body: bytes, attempt: int = 1, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_1SLO(self, body: bytes, attempt: int) -> None:
        self.whole(body[:20], length=len(body))
        self.wfile.flush()
        time.sleep(1.5)

    def do_1DRP(self, body: bytes, attempt: int) -> None:
        """A few bytes at a time, for ever."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        for byte in gzip.compress(os.urandom(3000)):
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.05)

    def do_1CUT(self, body: bytes, attempt: int) -> None:
        self.whole(body, length=len(body) + 1000)

    def do_1END(self, body: bytes, attempt: int) -> None:
        """Cut off where nothing announces how much there is."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body[:-20])

    def do_1CHK(self, body: bytes, attempt: int) -> None:
        """A chunked answer that breaks off."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(f"{len(body):x}\r\n".encode() + body[:30])
        self.close_connection = True

    def do_1WEB(self, body: bytes, attempt: int) -> None:
        self.whole(b"<!DOCTYPE html><html>Please log in</html>")

    def do_1TXT(self, body: bytes, attempt: int) -> None:
        self.whole(gzip.compress(b"no structure at all\n" * 100))

    def do_1BAD(self, body: bytes, attempt: int) -> None:
        self.whole(body[:15] + b"\xff" * 40 + body[55:])

    def do_1XXX(self, body: bytes, attempt: int) -> None:
        self.whole(gzip.compress(cif("7VKO")))

    def do_1BIG(self, body: bytes, attempt: int) -> None:
        self.whole(body, length=10_000_000)

    def do_2BIG(self, body: bytes, attempt: int) -> None:
        """Too large, and not said before."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(gzip.compress(cif("2BIG") + os.urandom(200_000).hex().encode()))

    def do_1BOM(self, body: bytes, attempt: int) -> None:
        self.whole(bomb())

    def do_1NON(self, body: bytes, attempt: int) -> None:
        self.refuse(404)

    def do_1FOR(self, body: bytes, attempt: int) -> None:
        self.refuse(403)

    def do_1BUS(self, body: bytes, attempt: int) -> None:
        if attempt < 3:
            self.refuse(503)
        else:
            self.whole(body)

    def do_1DWN(self, body: bytes, attempt: int) -> None:
        self.refuse(503)

    def redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_1RED(self, body: bytes, attempt: int) -> None:
        self.redirect(f"http://localhost:{self.server.server_address[1]}/1RED.cif.gz")

    def do_1FIL(self, body: bytes, attempt: int) -> None:
        self.redirect("file:///etc/hostname")

    def do_1SAM(self, body: bytes, attempt: int) -> None:
        if "new" in self.path:
            self.whole(body)
        else:
            self.redirect("/new/1SAM.cif.gz")

    def do_1RND(self, body: bytes, attempt: int) -> None:
        self.redirect("/1RND.cif.gz")


@pytest.fixture(scope="module")
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base(service, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    service.asked.clear()
    return f"http://127.0.0.1:{service.server_address[1]}/"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def got(base, entry, folder, **limits):
    return fetching.fetch(entry, base=base, folder=folder, limits=QUICK | limits)


def nothing_is_left(folder):
    return not folder.exists() or not list(folder.iterdir())


# --- what goes well


def test_an_entry_is_kept_as_it_came_and_not_fetched_twice(base, folder, service):
    path = got(base, "7vko", folder)
    assert path == folder / "7VKO.cif.gz"
    assert gzip.decompress(path.read_bytes()) == cif("7VKO")
    assert got(base, "7VKO", folder) == path and service.asked == ["/7VKO.cif.gz"]
    fetching.fetch("7VKO", base=base, folder=folder, again=True)
    assert len(service.asked) == 2
    assert [p.name for p in folder.iterdir()] == ["7VKO.cif.gz"]


def test_the_extended_form_of_an_id_is_the_same_entry(base, folder):
    assert got(base, "pdb_00007vko", folder).name == "7VKO.cif.gz"


def test_what_was_fetched_is_found_by_its_id(base, tmp_path, monkeypatch):
    monkeypatch.setenv(fetching.CACHE_ENVIRONMENT, str(tmp_path))
    monkeypatch.setenv(fetching.URL_ENVIRONMENT, base)
    path = ts.fetch("9abc")
    assert path == tmp_path / "structures" / "9ABC.cif.gz" == fetching.cached("9ABC")
    structure = ts.load("9ABC")
    assert structure.path == path and "fetched" in {f.code for f in structure.findings}
    assert fetching.cached("../9ABC") is None and fetching.cached("8ABC") is None


def test_progress_counts_the_bytes(base, folder):
    seen = []
    fetching.fetch("1ABC", base=base, folder=folder, progress=lambda *n: seen.append(n))
    size = (folder / "1ABC.cif.gz").stat().st_size
    assert seen[-1] == (size, size)


def test_a_service_that_is_busy_is_asked_again(base, folder, service):
    assert got(base, "1BUS", folder).is_file()
    assert len(service.asked) == 3


def test_a_redirect_on_the_same_host_is_followed(base, folder):
    assert got(base, "1SAM", folder).is_file()


# --- what goes wrong


@pytest.mark.parametrize(
    ("entry", "message", "attempts"),
    [
        ("1SLO", "did not answer in time, in 3 attempts", 3),
        ("1CUT", r"broke off after [\d,]+ of [\d,]+ bytes", 1),
        ("1END", "ends too early", 1),
        ("1CHK", "broke off its answer", 1),
        ("1WEB", "is a web page, not the entry", 1),
        ("1TXT", "is no mmCIF file with atoms", 1),
        ("1BAD", "is damaged", 1),
        ("1XXX", "is another entry: 7VKO", 1),
        ("1BIG", "is too large: 10,000,000 bytes where at most 100,000", 1),
        ("2BIG", r"is too large: [\d,]+ bytes where at most 100,000", 1),
        ("1BOM", "is too large: it unpacks to more than 1,000,000 bytes", 1),
        ("1NON", "There is no entry 1NON at 127.0.0.1", 1),
        ("1FOR", "answered 403", 1),
        ("1DWN", r"answered 503 \(Service Unavailable\), in 3 attempts", 3),
        ("1RED", "127.0.0.1 sends the request on to http://localhost, which is another", 1),
        ("1FIL", "answered 302 .*is not allowed", 1),
        ("1RND", "answered 302", None),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    base, folder, service, entry, message, attempts
):
    with pytest.raises(StructureFileError, match=message):
        got(base, entry, folder, packed_bytes=100_000, unpacked_bytes=1_000_000,
            timeout_seconds=0.4 if entry == "1SLO" else 20)  # fmt: skip
    assert nothing_is_left(folder)
    assert attempts is None or len(service.asked) == attempts


def test_a_drip_is_given_up(base, folder):
    started = time.monotonic()
    with pytest.raises(StructureFileError, match="is too slow"):
        got(base, "1DRP", folder, patience_seconds=0.4)
    assert time.monotonic() - started < 3 and nothing_is_left(folder)


def test_a_bomb_costs_no_memory_and_no_disk(base, folder):
    """Fifty megabytes of blanks are refused at the limit, not after unpacking."""
    import tracemalloc

    assert len(bomb()) < 60_000
    tracemalloc.start()
    with pytest.raises(StructureFileError, match="unpacks to more"):
        got(base, "1BOM", folder, unpacked_bytes=2_000_000)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_what_was_there_stays_if_fetching_anew_fails(base, folder):
    folder.mkdir()
    (folder / "1CUT.cif.gz").write_bytes(b"mine")
    with pytest.raises(StructureFileError, match="broke off"):
        fetching.fetch("1CUT", base=base, folder=folder, again=True, limits=QUICK)
    assert (folder / "1CUT.cif.gz").read_bytes() == b"mine"
    assert len(list(folder.iterdir())) == 1


def test_nobody_there(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(StructureFileError, match=r"cannot be reached \(Connection refused\)"):
            got(base, "7VKO", folder)
    assert nothing_is_left(folder)


def test_without_a_network_the_message_says_what_works(folder, monkeypatch):
    def unknown(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(StructureFileError) as error:
        got("https://files.example.org/download/", "7VKO", folder)
    for text in ("files.example.org was not found", "Without a network", "bundled model"):
        assert text in str(error.value)


@pytest.mark.parametrize("base", ["file:///etc", "ftp://x/", "/etc", "https://"])
def test_other_addresses_are_refused(base, folder):
    with pytest.raises(StructureFileError, match="is no such address"):
        got(base, "7VKO", folder)


@pytest.mark.parametrize(
    "text",
    ["", "7VK", "7VKO1", "0VKO", "../7", "7/KO", "7VKO/..", "7VKO\n7VKO", "7VK?", "7VK\u00d6",
     "pdb_00017vko", "pdb_7vko", "\u0667VKO", "7VKO.cif", "http://x/7VKO"],
)  # fmt: skip
def test_only_ids_reach_a_path_or_an_address(text, base, folder, service):
    with pytest.raises(StructureFileError, match="is no id of a PDB entry"):
        got(base, text, folder)
    assert not service.asked and nothing_is_left(folder)


def test_interrupted_it_leaves_nothing(base, folder):
    """Ctrl-C in a process of its own, in the middle of a slow answer."""
    code = (
        "import sys; from trkstruct import fetching\n"
        f"fetching.fetch('1DRP', base={base!r}, folder={str(folder)!r},\n"
        "    progress=lambda *n: print('coming', flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "coming\n"
        assert len(list(folder.iterdir())) == 1, "a temporary file while it comes"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode != 0
    assert nothing_is_left(folder)


# --- the command


def run(*args, **env):
    return CliRunner(env=env).invoke(main, ["fetch", *map(str, args)], prog_name="trkstruct")


def test_the_command_prints_files_and_goes_on_after_a_bad_one(base, tmp_path):
    ran = run("1NON", "9ABC", "x/y", "--url", base, TRKSTRUCT_CACHE=str(tmp_path))
    assert ran.exit_code == 2
    assert ran.stdout == f"{tmp_path / 'structures' / '9ABC.cif.gz'}\n"
    assert "There is no entry 1NON" in ran.stderr and "'x/y' is no id" in ran.stderr
    assert "\x1b" not in ran.stderr and "%" not in ran.stderr, "no progress bar in a pipe"


def test_the_command_says_that_a_bundled_model_has_that_id(base, tmp_path):
    ran = run("7VKO", TRKSTRUCT_CACHE=str(tmp_path), TRKSTRUCT_FETCH_URL=base)
    assert ran.exit_code == 0 and "7VKO is a bundled model too" in ran.stderr
    ran = run("7VKO", "-o", tmp_path / "here", TRKSTRUCT_FETCH_URL=base)
    assert (tmp_path / "here" / "7VKO.cif.gz").is_file() and ran.stderr == ""
