"""Structures that a user gave and a panel can use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._files import shown_name
from .errors import LigandError, PlanError, TrkstructError
from .kinases import Kinase
from .mutations import catalogue
from .plans import PlanRow
from .residues import Finding
from .sources import find, folders, load, structure_files

if TYPE_CHECKING:
    from .complexes import Complex
    from .structures import Structure

__all__ = ["Candidate", "LeftOut", "candidates"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A structure that a panel may use, with the inhibitor that is bound in it."""

    label: str
    structure: Structure
    chain: str
    kinase: Kinase
    complex: Complex | None

    @property
    def source(self) -> str | Structure:
        """The structure for a plan: its file, which any process can read, if it has one."""
        path = self.structure.path
        return str(path) if path is not None else self.structure

    def row(self, mutation: str) -> PlanRow:
        """Question about a mutation and the bound inhibitor."""
        return PlanRow(structure=self.source, mutation=mutation, chain=self.chain, label=self.label)


def _label(path: Path) -> str:
    return shown_name(path).split(".")[0]


def _named(given: object) -> list[tuple[str, Structure | Path]]:
    """Structures that somebody gave, each with the name that it has in the table."""
    from .structures import Structure

    if given is None:
        return [(_label(path), path) for folder in folders() for path in structure_files(folder)]
    if isinstance(given, Structure):
        return [(given.name, given)]
    if isinstance(given, (str, Path)):
        path = Path(given)
        files = structure_files(path) if path.is_dir() else (find(str(given)),)
        if not files:
            raise PlanError(f"The folder {str(path)!r} has no structure files (.pdb or .cif).")
        return [(_label(file), file) for file in files]
    if isinstance(given, Iterable):
        return [pair for item in given for pair in _named(item)]
    raise PlanError(f"Structures are paths or Structures; {type(given).__name__} is neither.")


def _resistance_differences(structure: Structure, chain: str, of: Kinase) -> list[str]:
    """Differences of a construct from UniProt at positions where resistance is catalogued."""
    numbers = {row.uniprot_position for row in catalogue(of.name)}
    return [
        f"{d.expected}{d.uniprot_position}{d.found}"
        for d in structure.numbering(chain).differences
        if d.uniprot_position in numbers
    ]


#: Why structures are left out of a panel.
_LEFT_OUT: Final = {
    "no-kinase": "no kinase that is known",
    "no-ligand": "no inhibitor bound",
    "mutant-construct": "the construct carries a resistance mutation already "
    "(all_structures, --all-structures takes them in)",
    "no-mutation": "nothing to ask, no mutation of these roles is catalogued",
}


class LeftOut:
    """Structures that are left out, told in one sentence for each reason."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._said: list[Finding] = []
        self._errors: list[Finding] = []

    def say(self, finding: Finding) -> None:
        """Tell what was chosen."""
        self._said.append(finding)

    def add(self, code: str, name: str) -> None:
        """Leave a structure out."""
        self._names.setdefault(code, []).append(name)

    def fail(self, name: str, error: Exception) -> None:
        """Leave out a structure that cannot be used."""
        text = f"{name} is left out, it cannot be used: {error}"
        self._errors.append(Finding("unusable", text, "warning"))

    @property
    def findings(self) -> list[Finding]:
        """What was chosen, left out, and why."""
        listed = [
            Finding(code, f"Left out, {_LEFT_OUT[code]}: {', '.join(names)}.", "choice")
            for code, names in self._names.items()
        ]
        return [*self._said, *listed, *self._errors]


def candidates(
    given: object,
    wanted: frozenset[str],
    left_out: LeftOut,
    *,
    all_structures: bool = False,
    hosts: bool = False,
) -> list[Candidate]:
    """Structures that a panel can use; as hosts, also those without an inhibitor."""
    from .complexes import make_complex

    used: list[Candidate] = []
    for name, source in _named(given):
        try:
            structure = load(source) if isinstance(source, Path) else source
            chain = structure.kinase_chain()
            found = structure.numbering(chain).kinase
            if found is None:
                left_out.add("no-kinase", name)
                continue
            if wanted and found.name not in wanted:
                continue
            if not structure.ligands and not hosts:
                left_out.add("no-ligand", name)
                continue
            carried = _resistance_differences(structure, chain, found)
            if carried and not all_structures:
                left_out.add("mutant-construct", f"{name} ({', '.join(carried)})")
                continue
            complex_ = None
            try:
                complex_ = make_complex(structure, chain=chain) if structure.ligands else None
            except LigandError:
                if not hosts:
                    raise
        except TrkstructError as error:
            left_out.fail(name, error)
            continue
        used.append(Candidate(name, structure, chain, found, complex_))
    return used
