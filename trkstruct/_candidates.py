"""Structures that a panel can use: those that were given, or the bundled models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ._files import shown_name
from .bundled import BundledModel, bundled_models, what_there_is
from .errors import PlanError, TrkstructError
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
    """A structure with a bound inhibitor that a panel may use."""

    label: str
    structure: Structure
    complex: Complex
    kinase: Kinase

    def row(self, mutation: str, **changes: Any) -> PlanRow:
        """Question about a mutation in it."""
        path = self.structure.path
        return PlanRow(
            structure=str(path) if path is not None else self.structure,
            mutation=mutation,
            chain=self.complex.chain,
            label=self.label,
            **changes,
        )


def _label(path: Path) -> str:
    return shown_name(path).split(".")[0]


def _named(
    given: object, wanted: frozenset[str], left_out: LeftOut
) -> list[tuple[str, Structure | Path]]:
    """Structures that somebody gave, each with the name that it has in the table."""
    from .structures import Structure

    if given is None:
        named = [p for folder in folders() for p in structure_files(folder)]
        return [(_label(path), path) for path in named] or _bundled(wanted, left_out)
    if isinstance(given, Structure):
        return [(given.name, given)]
    if isinstance(given, (str, Path)):
        path = Path(given)
        files = structure_files(path) if path.is_dir() else (find(str(given)),)
        if not files:
            raise PlanError(f"The folder {str(path)!r} has no structure files (.pdb or .cif).")
        return [(_label(file), file) for file in files]
    if isinstance(given, Iterable):
        return [pair for item in given for pair in _named(item, wanted, left_out)]
    raise PlanError(f"Structures are paths or Structures; {type(given).__name__} is neither.")


def _bundled(wanted: frozenset[str], left_out: LeftOut) -> list[tuple[str, Structure | Path]]:
    """Bundled models: for each kinase and inhibitor the one of the best rank."""
    used: dict[tuple[str, str], BundledModel] = {}
    for model in bundled_models():
        if wanted and model.kinase not in wanted:
            continue
        if not model.ligand:
            left_out.add("no-ligand", model.id)
        elif (model.kinase, model.ligand) in used:
            left_out.add("other-model", model.id)
        else:
            used[model.kinase, model.ligand] = model
    if not used:
        raise PlanError(
            f"No model of {', '.join(sorted(wanted))} with an inhibitor is bundled; there are "
            f"models of {what_there_is()}. Name a folder or files (structures=..., --structures "
            "DIR, or TRKSTRUCT_STRUCTURES)."
        )
    by_kinase: dict[str, list[str]] = {}
    for model in used.values():
        by_kinase.setdefault(model.kinase, []).append(model.id)
    listed = "; ".join(f"{name}: {', '.join(ids)}" for name, ids in by_kinase.items())
    message = f"No structures were named, so the bundled models were used. {listed}."
    left_out.say(Finding("bundled-models", message, "choice"))
    return [(model.id, model.path) for model in used.values()]


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
    "other-model": "the same inhibitor is in a model of better rank",
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
    given: object, wanted: frozenset[str], all_structures: bool, left_out: LeftOut
) -> list[Candidate]:
    """Complexes that a panel can use."""
    from .complexes import make_complex

    used: list[Candidate] = []
    for name, source in _named(given, wanted, left_out):
        try:
            structure = load(source) if isinstance(source, Path) else source
            chain = structure.kinase_chain()
            found = structure.numbering(chain).kinase
            if found is None:
                left_out.add("no-kinase", name)
                continue
            if wanted and found.name not in wanted:
                continue
            if not structure.ligands:
                left_out.add("no-ligand", name)
                continue
            carried = _resistance_differences(structure, chain, found)
            if carried and not all_structures:
                left_out.add("mutant-construct", f"{name} ({', '.join(carried)})")
                continue
            complex_ = make_complex(structure, chain=chain)
        except TrkstructError as error:
            left_out.fail(name, error)
            continue
        used.append(Candidate(name, structure, complex_, found))
    return used
