"""Part files of a batch: what was answered, in files that are whole or not there.

A folder of parts holds for each share of a plan (``run-1-of-1.json``) what it was made from, and
for each finished piece of work one file of rows (``part-0000012.jsonl``). What is killed at any
moment leaves only whole files, and what is there need not be done again.
"""

from __future__ import annotations

import csv
import json
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ._files import atomic_path, write_text
from .errors import PlanError
from .results import RESULTS_COLUMNS, check_results_path, written

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Merged", "Parts", "Share", "default_folder"]

#: Form of the files; one of another is refused.
_FORM: Final = 1
_RUN: Final = re.compile(r"run-(\d+)-of-(\d+)\.json")
_PART: Final = re.compile(r"part-(\d+)\.jsonl")
#: Part files that are open at a time while rows are put in order.
_OPEN: Final = 64
#: Rows of a row group in Parquet.
_GROUP: Final = 8192
#: Columns that are counts; see `_kind`.
_COUNTS: Final = frozenset({"row", "n_rotamers", "n_poses"})
_REALS: Final = frozenset({"fold_change", "p_resistant", "template_overlap"})


def default_folder(output: Path | str) -> Path:
    """Folder of the parts of a table.

    Parameters
    ----------
    output : path
        The table: ``RESULTS.csv``.

    Returns
    -------
    pathlib.Path
        ``RESULTS.parts`` beside it.
    """
    return Path(output).with_suffix(".parts")


@dataclass(frozen=True, slots=True)
class Share:
    """What one run does of a plan, and what it does it from.

    Parameters
    ----------
    source : mapping
        Plan, inputs, versions and parameters: what must be the same for parts to fit together.
    shard, shards : int
        Which share, from 1, of how many.
    total, rows : int
        Rows of the plan, and of the share.
    first, stop : int
        Its parts: from this number up to before that.
    """

    source: Mapping[str, Any]
    shard: int
    shards: int
    total: int
    rows: int
    first: int
    stop: int

    @property
    def name(self) -> str:
        """Name of its file.

        Returns
        -------
        str
        """
        return f"run-{self.shard}-of-{self.shards}.json"

    def differences(self, other: Share) -> list[str]:
        """Say what two shares were not made from alike.

        Parameters
        ----------
        other : Share
            The one in the folder.

        Returns
        -------
        list of str
            Empty if they are of one run.
        """
        said = [
            text
            for key in dict.fromkeys([*self.source, *other.source])
            for text in _difference(key, other.source.get(key), self.source.get(key))
        ]
        if self.shards != other.shards:
            said.append(f"shares: {other.shards}, now {self.shards}")
        return said


def _difference(key: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield f"{key}: {_short(old)}, now {_short(new)}"
        return
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{key} {name}: {_short(old.get(name))}, now {_short(new.get(name))}"


def _short(value: Any) -> str:
    """A value in a message: of a sum the first digits."""
    if value is None or value == "":
        return "nothing"
    text = str(value)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text


class Parts:
    """A folder of parts.

    Parameters
    ----------
    folder : path
        The folder; it need not be there.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def _files(self, pattern: re.Pattern[str]) -> list[tuple[Path, re.Match[str]]]:
        try:
            there = sorted(self.folder.iterdir())
        except FileNotFoundError:
            return []
        return [(path, found) for path in there if (found := pattern.fullmatch(path.name))]

    @property
    def files(self) -> list[Path]:
        """Part files, by number.

        Returns
        -------
        list of pathlib.Path
        """
        return [path for path, _ in self._files(_PART)]

    def shares(self) -> tuple[Share, ...]:
        """Read which shares were begun.

        Returns
        -------
        tuple of Share

        Raises
        ------
        PlanError
            If a file that says so is damaged.
        """
        found = []
        for path, _ in self._files(_RUN):
            try:
                known = json.loads(path.read_text(encoding="utf-8"))
                if known.pop("form") != _FORM:
                    raise ValueError("written by another version")
                found.append(Share(**known))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise PlanError(
                    f"{path} cannot be used ({error}). Remove {self.folder} and begin again."
                ) from error
        return tuple(sorted(found, key=lambda share: share.shard))

    def begin(self, share: Share, *, resume: bool) -> None:
        """Begin a share, or go on with it.

        Parameters
        ----------
        share : Share
            What is about to be done.
        resume : bool
            Whether parts that are there are meant to be used.

        Raises
        ------
        PlanError
            If there are parts and they are not meant or not fit to be used; or the folder is a
            file.
        OSError
            If nothing can be written.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise PlanError(f"Parts cannot be written to {str(self.folder)!r}: it is no folder.")
        there = self.shares()
        numbers = [int(found[1]) for _, found in self._files(_PART)]
        if numbers and not there:
            raise PlanError(f"{self.folder} has parts, but nothing says of which run. Remove it.")
        # What was begun and ended before its first part leaves nothing to go on with.
        void = [
            other
            for other in there
            if other.name == share.name
            and not any(other.first <= number < other.stop for number in numbers)
        ]
        there = tuple(other for other in there if other not in void)
        for other in there:
            said = share.differences(other)
            if said:
                most = 5
                more = f"; and {len(said) - most} more" if len(said) > most else ""
                raise PlanError(
                    f"The parts in {self.folder} are of another run. What differs: "
                    f"{'; '.join(said[:most])}{more}. Restore what it was, or remove the folder "
                    "to begin again."
                )
        if any(other.shard == share.shard for other in there):
            if not resume:
                raise PlanError(
                    f"{self.folder} has parts of an earlier run. Use --resume to go on with it, "
                    "or remove the folder to begin again."
                )
            return
        text = json.dumps({"form": _FORM, **asdict(share)}, indent=1, sort_keys=True)
        write_text(self.folder / share.name, f"{text}\n")

    def write(
        self, number: int, rows: Sequence[Mapping[str, Any]], late: Sequence[int] = ()
    ) -> None:
        """Write a part, whole or not at all.

        Parameters
        ----------
        number : int
            Which.
        rows : sequence of mapping
            Rows of results.
        late : sequence of int, default ()
            Numbers of the rows that took too long; they are done again when a run is resumed.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        more = dict.fromkeys(c for row in rows for c in row if c not in RESULTS_COLUMNS)
        columns = [*RESULTS_COLUMNS, *more]
        lines = [
            json.dumps([row.get(column) for column in columns], separators=(",", ":"), default=str)
            for row in rows
        ]
        body = "".join(f"{line}\n" for line in lines).encode()
        first = {c: min(row["row"] for row in rows if c in row) for c in more}
        head = {
            "rows": [row["row"] for row in rows],
            "more": first,
            "late": list(late),
            "crc": zlib.crc32(body),
        }
        with atomic_path(self.folder / f"part-{number:07d}.jsonl") as temporary:
            temporary.write_bytes(json.dumps(head).encode() + b"\n" + body)

    def done(self, share: Share, expected: Callable[[int], Sequence[int]]) -> set[int]:
        """Numbers of the parts of a share that are there, whole, and in which no row was late.

        Parameters
        ----------
        share : Share
            The share.
        expected : callable
            Numbers of the rows that a part should have.

        Returns
        -------
        set of int
        """
        whole = set()
        for path, found in self._files(_PART):
            number = int(found[1])
            if share.first <= number < share.stop:
                part = _Part.read(path)
                if part is not None and not part.late and part.rows == list(expected(number)):
                    whole.add(number)
        return whole

    def remove(self) -> None:
        """Remove what was written to the folder, and the folder if nothing else is in it.

        Raises
        ------
        OSError
            If that is not possible.
        """
        # What says that the parts are of use goes first.
        for path, _ in self._files(_RUN) + self._files(_PART):
            path.unlink(missing_ok=True)
        for path in self.folder.glob(".part-*.jsonl"):  # of a run that was killed
            path.unlink(missing_ok=True)
        for path in self.folder.glob(".run-*.json"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()


@dataclass(frozen=True, slots=True)
class _Part:
    """What the first line of a part says, and where its rows begin."""

    rows: list[int]
    more: dict[str, int]
    late: list[int]
    starts: list[int]

    @classmethod
    def read(cls, path: Path) -> _Part | None:
        """Read a part file; nothing if it is not as it was written."""
        head, _, body = path.read_bytes().partition(b"\n")
        try:
            known = json.loads(head)
            rows, more, late = known["rows"], known["more"], known["late"]
            if known["crc"] != zlib.crc32(body) or body.count(b"\n") != len(rows):
                return None
        except (ValueError, KeyError, TypeError):
            return None
        starts, at = [], len(head) + 1
        for line in body.splitlines(keepends=True):
            starts.append(at)
            at += len(line)
        return cls(rows, more, late, starts)


class Merged:
    """The rows of parts in the order of the plan; only where they are is in memory.

    Parameters
    ----------
    folders : iterable of path
        Folders of parts that are of one run.
    shard : int, optional
        Only the parts of this share.

    Raises
    ------
    PlanError
        If there are no parts, or they are of different runs.
    """

    def __init__(self, folders: Iterable[Path | str], shard: int | None = None) -> None:
        import numpy as np

        stores = [Parts(folder) for folder in folders]
        self.shares: dict[int, Share] = {}
        for store in stores:
            shares = store.shares()
            if not shares:
                raise PlanError(f"{store.folder} has no parts of a run of `trkstruct screen`.")
            for share in shares:
                first = next(iter(self.shares.values()), share)
                said = share.differences(first)
                if said:
                    raise PlanError(
                        f"{store.folder} has parts of another run than {stores[0].folder}. What "
                        f"differs: {'; '.join(said[:5])}."
                    )
                self.shares[share.shard] = share
        known = next(iter(self.shares.values()))
        self.total, self.shards = known.total, known.shards
        self._paths: list[Path] = []
        self._file: np.ndarray = np.full(self.total, -1, dtype=np.int32)
        self._start: np.ndarray = np.zeros(self.total, dtype=np.uint32)
        more: dict[str, tuple[int, int]] = {}
        for path in (path for store in stores for path in store.files):
            if shard is not None and not self._is_of(path, self.shares[shard]):
                continue
            part = _Part.read(path)
            if part is None:
                continue
            at = np.asarray(part.rows) - 1
            self._file[at] = len(self._paths)
            self._start[at] = part.starts
            self._paths.append(path)
            for place, (column, row) in enumerate(part.more.items()):
                more[column] = min(more.get(column, (row, place)), (row, place))
        #: Columns of the table: in the order in which they would come if all rows were there.
        self.columns = (*RESULTS_COLUMNS, *sorted(more, key=lambda c: more[c]))

    @staticmethod
    def _is_of(path: Path, share: Share) -> bool:
        found = _PART.fullmatch(path.name)
        return found is not None and share.first <= int(found[1]) < share.stop

    def __len__(self) -> int:
        return int((self._file >= 0).sum())

    def missing(self) -> list[str]:
        """Say what is not there.

        Returns
        -------
        list of str
            Empty if every row of the plan is there.
        """
        lacking = self.total - len(self)
        if not lacking:
            return []
        said = [f"{lacking} of {self.total} rows are missing"]
        never = [n for n in range(1, self.shards + 1) if n not in self.shares]
        if never:
            said.append(f"never begun: {_listed(never, self.shards)}")
        numbers = [int(p.stem.partition("-")[2]) for p in self._paths]
        unfinished = [
            share.shard
            for share in self.shares.values()
            if sum(share.first <= n < share.stop for n in numbers) < share.stop - share.first
        ]
        if unfinished:
            said.append(f"not finished: {_listed(sorted(unfinished), self.shards)}")
        return said

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Rows in the order of the plan, without those that are missing."""
        with ExitStack() as stack:
            opened: OrderedDict[int, tuple[IO[bytes], list[str]]] = OrderedDict()

            def opening(number: int) -> tuple[IO[bytes], list[str]]:
                if number in opened:
                    opened.move_to_end(number)
                    return opened[number]
                if len(opened) >= _OPEN:
                    opened.popitem(last=False)[1][0].close()
                stream = self._paths[number].open("rb")
                columns = [*RESULTS_COLUMNS, *json.loads(stream.readline())["more"]]
                opened[number] = stream, columns
                return opened[number]

            stack.callback(lambda: [stream.close() for stream, _ in opened.values()])
            for file, start in zip(self._file, self._start, strict=True):
                if file < 0:
                    continue
                stream, columns = opening(int(file))
                stream.seek(int(start))
                values = json.loads(stream.readline())
                yield dict(zip(columns, values, strict=True))

    def write(self, output: Path | str, seen: Callable[[Mapping[str, Any]], object]) -> None:
        """Write the table, as CSV or as Parquet.

        Parameters
        ----------
        output : path
            The table; ``.csv`` or ``.parquet``. Written whole or not at all.
        seen : callable
            Called with each row.

        Raises
        ------
        PlanError
            If it has another suffix, or is to be Parquet and pyarrow is not installed.
        OSError
            If it cannot be written.
        """
        check_results_path(output)
        with atomic_path(output) as temporary:
            if temporary.suffix.lower() == ".parquet":
                self._write_parquet(temporary, seen)
            else:
                self._write_csv(temporary, seen)

    def _write_csv(self, path: Path, seen: Callable[[Mapping[str, Any]], object]) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(self.columns)
            for row in self:
                seen(row)
                writer.writerow(written(column, row.get(column)) for column in self.columns)

    def _write_parquet(self, path: Path, seen: Callable[[Mapping[str, Any]], object]) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        kinds = {int: pa.int64(), float: pa.float64(), str: pa.string()}
        schema = pa.schema([(column, kinds[_kind(column)]) for column in self.columns])
        with parquet.ParquetWriter(path, schema) as writer:
            group: dict[str, list[Any]] = {column: [] for column in self.columns}

            def flush() -> None:
                if group["row"]:
                    writer.write_table(pa.table(group, schema=schema))
                    for values in group.values():
                        values.clear()

            for row in self:
                seen(row)
                for column in self.columns:
                    value = row.get(column)
                    group[column].append(None if value is None else _kind(column)(value))
                if len(group["row"]) >= _GROUP:
                    flush()
            flush()


def _kind(column: str) -> type:
    """Type of a column, whichever rows there are; counts may be missing."""
    if column in _COUNTS:
        return int
    real = column.endswith(("_kcal", "_ang", "_nm")) or column in _REALS
    return float if real else str


def _listed(numbers: Sequence[int], of: int) -> str:
    most = 10
    text = ", ".join(map(str, numbers[:most]))
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"share{'s' if len(numbers) > 1 else ''} {text}{more} of {of}"
