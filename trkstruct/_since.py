"""What an earlier matrix has already, what has to be computed anew, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ._batches import tables_sum
from ._version import version_string
from .errors import PlanError
from .residues import Finding
from .results import read_results

if TYPE_CHECKING:
    from .complexes import Complex
    from .plans import PlanRow

__all__ = ["CHANGES", "Basis", "Earlier", "changed", "in_words"]

#: What the column ``change`` may say; see `trkstruct.panels.cross_resistance`.
CHANGES: Final = ("kept", "new", "unchanged", "ddg", "call")

#: Settings of a matrix that says nothing of them.
_USUAL: Final = "seed 0"

Key = tuple[str, str, str, str]


def _sum_of(source: object) -> str:
    """Sum of a structure: of its file, or of what was read."""
    if not isinstance(source, str):
        return str(getattr(source, "sha256", ""))
    try:
        return hashlib.sha256(Path(source).read_bytes()).hexdigest()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the rows of a panel are computed from, as ``run.json`` keeps it.

    Parameters
    ----------
    settings : str
        Seed, and whether it is rigid.
    tables : str
        Sum of the reference tables, models and library that travel with the package.
    asked : mapping of str to str
        SMILES of each inhibitor as it was asked for, by name.
    given : mapping of str to str
        Sum of each structure that was given, by its name in the table.
    """

    settings: str = ""
    tables: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[PlanRow], complexes: Mapping[tuple[str, ...], Complex]) -> Basis:
        """Collect it from the questions of a panel.

        Parameters
        ----------
        rows : sequence of PlanRow
            The questions.
        complexes : mapping of tuple of str to Complex
            Complexes that are prepared already.

        Returns
        -------
        Basis
        """
        asked: dict[str, str] = {}
        sources: dict[str, object] = {}
        for row in rows:
            name, smiles = _drug(row, complexes.get(row.complex_key))
            asked[name] = smiles
            sources |= dict(row.hosts)
            if row.label:
                sources[row.label] = row.structure
        given = {label: _sum_of(source) for label, source in sources.items()}
        how = sorted({f"seed {row.seed}{', rigid' if row.rigid else ''}" for row in rows})
        return cls("; ".join(how), tables_sum(), asked, given)

    def record(self) -> dict[str, Any]:
        """Make of it what ``run.json`` has.

        Returns
        -------
        dict
        """
        return {
            "settings": self.settings,
            "tables": self.tables,
            "asked": dict(self.asked),
            "given": dict(self.given),
        }


def _drug(row: PlanRow, made: Complex | None) -> tuple[str, str]:
    """Name and SMILES of the inhibitor that a row asks about."""
    if made is not None:
        return made.ligand.name, made.ligand.smiles
    drug = row.ligand
    if isinstance(drug, str):
        return row.ligand_name or drug, ""
    found = getattr(drug, "ligand", drug)  # of a record its ligand, if it could be read
    return row.ligand_name or drug.name, str(getattr(found, "smiles", ""))


class Earlier:
    """An earlier matrix.

    Parameters
    ----------
    path : path
        Its ``matrix.csv``; ``run.json`` beside it says what it was computed from.

    Raises
    ------
    PlanError
        If it is no table of results.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._rows: dict[Key, list[dict[str, Any]]] = {}
        try:
            rows = read_results(self.path)
        except OSError as error:
            raise PlanError(
                f"The earlier matrix {str(self.path)!r} cannot be read: {error.strerror or error}."
            ) from error
        for row in rows:
            for structure in (str(row["structure"] or ""), ""):
                key = (str(row["kinase"]), structure, str(row["ligand"]), str(row["mutation"]))
                self._rows.setdefault(key, []).append(row)
        self._used: set[Key] = set()
        self._basis = self._read_basis()

    def _read_basis(self) -> Basis | None:
        try:
            known = json.loads(self.path.with_name("run.json").read_text(encoding="utf-8"))
            return Basis(**{name: known[name] for name in ("settings", "tables", "asked", "given")})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def find(
        self, row: PlanRow, made: Complex | None, basis: Basis
    ) -> tuple[dict[str, Any] | None, str]:
        """Look a question up.

        Parameters
        ----------
        row : PlanRow
            The question.
        made : Complex or None
            Its complex, if it is prepared already.
        basis : Basis
            What it would be computed from now.

        Returns
        -------
        row : dict or None
            What the earlier matrix has of it.
        reason : str
            Why it is to be computed; empty if the earlier row can be kept.
        """
        of = made.numbering.kinase if made is not None else None
        kinase = of.name if of is not None else row.kinase
        name, smiles = _drug(row, made)
        key = (kinase, row.label, name, row.mutation)
        found = self._rows.get(key, [])
        if not found:
            return None, self._novelty(key)
        self._used.add(key)
        if len(found) > 1:
            return None, "ambiguous"
        (old,) = found
        return old, self._outdated(old, row, name, smiles, basis)

    def _novelty(self, key: Key) -> str:
        """What is new about a question: the kinase, the compound, the structure or the mutation."""
        kinase, label, name, _ = key
        if not any(other[0] == kinase for other in self._rows):
            return "kinase"
        if not any(other[0] == kinase and other[2] == name for other in self._rows):
            return "compound"
        if not any(other[:3] == (kinase, label, name) for other in self._rows):
            return "structure"
        return "mutation"

    def _outdated(
        self, old: Mapping[str, Any], row: PlanRow, name: str, smiles: str, basis: Basis
    ) -> str:
        """Why an earlier row does not hold any more; empty if it does."""
        if old["status"] == "failed":
            return "failed before"
        if old["version"] != version_string():
            return "version"
        before = self._basis
        asked = before.asked.get(name) if before is not None else old["ligand_smiles"] or ""
        if asked != smiles:
            return "compound"
        if basis.settings != (before.settings if before is not None else _USUAL):
            return "settings"
        if before is not None and before.tables != basis.tables:
            return "tables"
        labels = {label for label, _ in row.hosts} | ({row.label} if row.label else set())
        if labels and before is None:
            return "structure unknown"
        if row.hosts and before is not None and labels != set(before.given):
            return "structure"  # another one may suit it better
        if any(before.given.get(label) != basis.given[label] for label in labels if before):
            return "structure"
        return ""

    def findings(self) -> list[Finding]:
        """Say what of the earlier matrix is not asked any more, and what could not be checked.

        Returns
        -------
        list of Finding
        """
        said = []
        if self._basis is None:
            message = (
                f"Beside {self.path.name} is no run.json that says what it was computed from: its "
                "rows are kept by version and compound alone, and those of your own structures are "
                "computed anew."
            )
            said.append(Finding("since-unchecked", message, "warning"))
        used = {id(row) for key in self._used for row in self._rows[key]}
        left = {id(row) for rows in self._rows.values() for row in rows} - used
        if left:
            message = f"{len(left)} rows of {self.path.name} are not asked any more and left out."
            said.append(Finding("since-left-out", message, "choice"))
        return said


def changed(
    answer: Mapping[str, Any], old: Mapping[str, Any] | None, reason: str
) -> dict[str, Any]:
    """Say what came of a row.

    Parameters
    ----------
    answer : mapping
        The row now.
    old : mapping or None
        What the earlier matrix had.
    reason : str
        Why it was computed; empty if it was kept.

    Returns
    -------
    dict of str to object
        Columns ``change``, ``change_reason``, ``ddg_before_kcal`` and ``call_before``.
    """
    if old is None:
        change = "new"
    elif not reason:
        change = "kept"
    elif (answer["call"], answer["status"]) != (old["call"], old["status"]):
        change = "call"
    else:
        change = "unchanged" if answer["ddg_kcal"] == old["ddg_kcal"] else "ddg"
    before = {} if old is None else old
    return {
        "change": change,
        "change_reason": reason or None,
        "ddg_before_kcal": before.get("ddg_kcal"),
        "call_before": before.get("call"),
    }


#: Rows with another call that a sentence lists.
_LISTED: Final = 8


def in_words(rows: Sequence[Mapping[str, Any]]) -> Finding:
    """Say what changed since an earlier matrix.

    Parameters
    ----------
    rows : sequence of mapping
        Rows with the columns of `changed`.

    Returns
    -------
    Finding
    """
    counts = {name: [row for row in rows if row["change"] == name] for name in CHANGES}
    done = [f"{len(counts['kept'])} rows are kept", f"{len(counts['new'])} are new"]
    again = len(rows) - len(counts["kept"]) - len(counts["new"])
    if again:
        why = dict.fromkeys(str(r["change_reason"]) for r in rows if r["change"] in CHANGES[2:])
        done.append(
            f"{again} were computed anew ({', '.join(why)}), of which {len(counts['ddg'])} have "
            f"another ddG and {len(counts['call'])} another call"
        )
    told = [
        f"{row['ligand']} {row['mutation_uniprot'] or row['mutation']} "
        f"{row['call_before'] or 'failed'} > {row['call'] or row['status']}"
        for row in counts["call"][:_LISTED]
    ]
    more = len(counts["call"]) - len(told)
    listed = f": {'; '.join(told)}{f'; and {more} more' if more else ''}" if told else ""
    return Finding("since", f"{', '.join(done)}{listed}.", "choice")
