"""Getting entries from the PDB into a cache folder, carefully.

What comes over the network is checked before anyone finds it: its size, packed and unpacked,
that it is whole, and that it is the mmCIF of the entry that was asked for.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urljoin, urlsplit

from ._files import atomic_path
from ._version import __version__
from .errors import StructureFileError
from .reference import read_json

__all__ = ["CACHE_ENVIRONMENT", "URL_ENVIRONMENT", "cache_folder", "cached", "entry_id", "fetch"]

#: The cache folder, if it shall not be the user's own.
CACHE_ENVIRONMENT: Final = "TRKSTRUCT_CACHE"
#: A mirror to fetch from.
URL_ENVIRONMENT: Final = "TRKSTRUCT_FETCH_URL"

Progress = Callable[[int, int | None], object]

_ENTRY: Final = re.compile(r"(?:pdb_0000)?([1-9][a-z0-9]{3})\Z", re.IGNORECASE | re.ASCII)
_PIECE: Final = 1 << 16


def entry_id(text: str) -> str:
    """Read the id of a PDB entry.

    Parameters
    ----------
    text : str
        ``7VKO``, or ``pdb_00007vko``, the extended form of the same id.

    Returns
    -------
    str
        Four capitals and digits.

    Raises
    ------
    StructureFileError
        If it is no such id.

    Examples
    --------
    >>> from trkstruct import fetching
    >>> fetching.entry_id("pdb_00007vko")
    '7VKO'
    """
    found = _ENTRY.match(text.strip())
    if found is None:
        raise StructureFileError(
            f"{text!r} is no id of a PDB entry: those are a digit from 1 to 9 and three letters or "
            "digits (7VKO), or the same as pdb_00007vko."
        )
    return found[1].upper()


def cache_folder() -> Path:
    """Folder of what was fetched.

    Returns
    -------
    pathlib.Path
        That of the environment variable ``TRKSTRUCT_CACHE``, else the user's cache folder; it
        need not exist.
    """
    named = os.environ.get(CACHE_ENVIRONMENT, "")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("trkstruct")


def cached(name: str) -> Path | None:
    """Find an entry that was fetched before.

    Parameters
    ----------
    name : str
        Its id.

    Returns
    -------
    pathlib.Path or None
        None if it is not there, or if `name` is no id of an entry.
    """
    try:
        path = _path(entry_id(name), None)
    except StructureFileError:
        return None
    return path if path.is_file() else None


def _path(entry: str, folder: Path | str | None) -> Path:
    return (Path(folder) if folder is not None else cache_folder() / "structures") / (
        f"{entry}.cif.gz"
    )


def fetch(
    entry: str,
    *,
    folder: Path | str | None = None,
    base: str | None = None,
    again: bool = False,
    progress: Progress | None = None,
    limits: dict[str, Any] | None = None,
) -> Path:
    """Get an entry of the PDB as mmCIF, over HTTPS.

    The file appears under its name only when it is whole and has been checked.

    Parameters
    ----------
    entry : str
        Its id, such as ``7VKO``.
    folder : path, optional
        Where to put it; ``structures`` in `cache_folder` if not given, where `trkstruct.load`
        finds it by its id.
    base : str, optional
        Address of the folder of files on a mirror; that of the environment variable
        ``TRKSTRUCT_FETCH_URL``, else RCSB's if not given.
    again : bool, default False
        Get it anew if it is there already.
    progress : callable, optional
        Called with the bytes that have come and the bytes in all (None if not announced).
    limits : dict, optional
        Limits that differ from those of ``fetching.json``.

    Returns
    -------
    pathlib.Path
        The file, ``ID.cif.gz``.

    Raises
    ------
    StructureFileError
        If `entry` is no id, there is no such entry, the service cannot be reached, or what came
        is not the entry, not whole, or too large.
    OSError
        If the file cannot be written.
    """
    entry = entry_id(entry)
    target = _path(entry, folder)
    if target.is_file() and not again:
        return target
    service = _Service(
        base or os.environ.get(URL_ENVIRONMENT) or read_json("fetching.json")["base"],
        {**read_json("fetching.json"), **(limits or {})},
    )
    with atomic_path(target) as temporary:
        service.get(entry, temporary, progress)
    return target


class _AgainError(Exception):
    """What may go better at the next attempt."""


@dataclass(frozen=True, slots=True)
class _Service:
    """A place to fetch from, and the limits to keep."""

    base: str
    limits: dict[str, Any]

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise StructureFileError(
                f"Entries are fetched over https; {self.base!r} is no such address."
            )

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc.rpartition("@")[2]

    def get(self, entry: str, target: Path, progress: Progress | None) -> None:
        """Fetch an entry into a file; try again what may go better then."""
        url = urljoin(self.base.rstrip("/") + "/", f"{entry}.cif.gz")
        waits = [*self.limits["waits_seconds"], None]
        deadline = time.monotonic() + self.limits["patience_seconds"]
        for attempt, wait in enumerate(waits, start=1):
            try:
                with target.open("wb") as out:
                    self._attempt(entry, url, out, progress, deadline)
            except _AgainError as problem:
                if wait is None or time.monotonic() + wait > deadline:
                    raise StructureFileError(
                        f"{entry} could not be fetched: {problem}, in {attempt} attempts. "
                        f"{_OTHERWISE}"
                    ) from problem
                time.sleep(wait)
            else:
                return

    def _attempt(
        self, entry: str, url: str, out: IO[bytes], progress: Progress | None, deadline: float
    ) -> None:
        """Fetch once."""
        about = {"User-Agent": f"trkstruct/{__version__}", "Accept-Encoding": "identity"}
        try:
            with self._opener().open(
                urllib.request.Request(url, headers=about), timeout=self.limits["timeout_seconds"]
            ) as answer:
                self._take(entry, answer, out, progress, deadline)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                raise StructureFileError(
                    f"There is no entry {entry} at {self.host}, or it has no mmCIF file. Check the "
                    "id at https://www.rcsb.org."
                ) from None
            if error.code >= 500:
                raise _AgainError(f"{self.host} answered {error.code} ({error.reason})") from None
            raise StructureFileError(
                f"{entry} could not be fetched: {self.host} answered {error.code} ({error.reason})."
            ) from None
        except TimeoutError as error:
            raise _AgainError(_why(error, self.host)) from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise _AgainError(_why(error.reason, self.host)) from error
            raise StructureFileError(
                f"{entry} could not be fetched: {_why(error.reason, self.host)}. {_OTHERWISE}"
            ) from error
        except (http.client.HTTPException, ConnectionError) as error:
            raise StructureFileError(
                f"{entry} could not be fetched: {_why(error, self.host)}. Try again."
            ) from error

    def _opener(self) -> urllib.request.OpenerDirector:
        """HTTP and HTTPS only, with the user's proxies, and redirects that stay where they are."""
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _SameHost(),
        ):
            opener.add_handler(handler)
        return opener

    def _take(
        self, entry: str, answer: Any, out: IO[bytes], progress: Progress | None, deadline: float
    ) -> None:
        """Write the body of an answer and check it as it comes."""
        announced = answer.headers.get("Content-Length", "")
        total = int(announced) if announced.isdigit() else None
        check = _Check(entry, self.host, self.limits)
        check.size(total or 0)
        while True:
            piece = answer.read1(_PIECE)
            if not piece:
                break
            check.take(piece)
            out.write(piece)
            if progress is not None:
                progress(check.packed, total)
            if time.monotonic() > deadline:
                raise StructureFileError(
                    f"{entry} could not be fetched: {self.host} is too slow, {check.packed:,} "
                    f"bytes came in {self.limits['patience_seconds']:g} seconds. {_OTHERWISE}"
                )
        if total is not None and check.packed < total:
            raise StructureFileError(
                f"{entry} could not be fetched: {self.host} broke off after {check.packed:,} of "
                f"{total:,} bytes. Try again."
            )
        check.end()


#: What to do where nothing can be fetched.
_OTHERWISE: Final = (
    "Without a network: give the path of a file that you have, or use a bundled model "
    "(`trkstruct data list`)."
)


def _why(error: object, host: str) -> str:
    """Say what went wrong with a connection."""
    if isinstance(error, TimeoutError):
        return f"{host} did not answer in time"
    if isinstance(error, socket.gaierror):
        return f"the address of {host} was not found, perhaps there is no network"
    if isinstance(error, ssl.SSLError):
        return f"the connection to {host} is not secure ({error.reason or error})"
    if isinstance(error, OSError):
        return f"{host} cannot be reached ({error.strerror or error})"
    return f"{host} broke off its answer ({type(error).__name__})"


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow redirects to the same host over the same scheme, and no others."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Make the request that a redirect asks for, unless it leads elsewhere."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (old.scheme, old.hostname, old.port) != (new.scheme, new.hostname, new.port):
            fp.close()
            raise StructureFileError(
                f"{old.hostname} sends the request on to {new.scheme}://{new.hostname}, which is "
                "another place: it was not followed."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Check:
    """What has come of an entry so far: counted, unpacked, and looked at."""

    def __init__(self, entry: str, host: str, limits: dict[str, Any]) -> None:
        self._entry, self._host, self._limits = entry, host, limits
        self.packed = self._unpacked = 0
        self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        self._start = b""
        self._tail = b""
        self._atoms = False

    def size(self, packed: int) -> None:
        """Refuse what is larger than the limit."""
        most = self._limits["packed_bytes"]
        if packed > most:
            raise StructureFileError(
                f"{self._entry} is too large: {packed:,} bytes where at most {most:,} are taken."
            )

    def take(self, piece: bytes) -> None:
        """Take the next piece; refuse what is too large or no gzip file, before it is kept."""
        first = not self.packed
        self.packed += len(piece)
        self.size(self.packed)
        if first and not piece.startswith(b"\x1f\x8b"[: len(piece)]):
            shown = "a web page" if piece.lstrip()[:1] == b"<" else "no gzip file"
            raise StructureFileError(
                f"What {self._host} sent as {self._entry} is {shown}, not the entry. Is there a "
                "log-in page of the network, or is the address of a mirror wrong?"
            )
        try:
            while piece:
                self._look(self._unpacker.decompress(piece, _PIECE * 16))
                piece = self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise StructureFileError(
                f"What {self._host} sent as {self._entry} is damaged ({error}): fetch it again."
            ) from error

    def _look(self, text: bytes) -> None:
        self._unpacked += len(text)
        most = self._limits["unpacked_bytes"]
        if self._unpacked > most:
            raise StructureFileError(
                f"{self._entry} is too large: it unpacks to more than {most:,} bytes."
            )
        if len(self._start) < 200:
            self._start += text[:200]
        self._atoms = self._atoms or b"_atom_site." in self._tail + text
        self._tail = text[-16:]

    def end(self) -> None:
        """Make sure that it is whole, and the entry that was asked for."""
        while not self._unpacker.eof and (more := self._unpacker.decompress(b"", _PIECE * 16)):
            self._look(more)
        if not self._unpacker.eof:
            raise StructureFileError(
                f"What {self._host} sent as {self._entry} ends too early ({self.packed:,} bytes). "
                "Try again."
            )
        name = self._start.split(maxsplit=1)[0] if self._start.strip() else b""
        if name.lower()[:5] != b"data_" or not self._atoms:
            raise StructureFileError(
                f"What {self._host} sent as {self._entry} is no mmCIF file with atoms."
            )
        if not name.lower().endswith(self._entry.lower().encode("ascii")):
            other = name[5:25].decode("ascii", errors="replace")
            raise StructureFileError(
                f"What {self._host} sent as {self._entry} is another entry: {other}."
            )
