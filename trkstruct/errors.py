"""One tree of exceptions and warnings.

Every exception derives from `TrkstructError` and, where Python users expect
one, from a built-in as well, so that ``except ValueError`` or ``except
KeyError`` keep working. A message says what was asked, what was found, what
exists, and what to do about it.
"""

from __future__ import annotations

__all__ = [
    "AmbiguousResidueError",
    "DataError",
    "LigandError",
    "LigandMatchError",
    "LigandNotFoundError",
    "MutationError",
    "NoModelError",
    "NumberingError",
    "PlacementError",
    "PlanError",
    "QuestionError",
    "ResidueNotFoundError",
    "StructureError",
    "StructureFileError",
    "TrkstructError",
    "TrkstructWarning",
    "UnpublishedLigandError",
    "UnresolvedResidueError",
    "WildTypeMismatchError",
]


class TrkstructError(Exception):
    """Base of everything that trkstruct raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its argument: quotes around a sentence.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class StructureError(TrkstructError, ValueError):
    """A structure was read, but it cannot be used for what was asked."""


class StructureFileError(StructureError, OSError):
    """A structure file is missing, empty, cut off, or not a structure at all."""


class NoModelError(StructureFileError):
    """A kinase has models, but none in the state that an inhibitor needs."""


class ResidueNotFoundError(StructureError, KeyError):
    """A chain or residue that was asked for is not in the structure."""


class NumberingError(TrkstructError, ValueError):
    """A residue number fits no residue in any numbering that is known for the chain."""


class AmbiguousResidueError(NumberingError):
    """A residue number fits two different residues in two numberings."""


class MutationError(TrkstructError, ValueError):
    """A mutation text cannot be read, or asks for something that is not a substitution."""


class WildTypeMismatchError(MutationError):
    """The residue that a mutation names is another one in the structure."""


class UnresolvedResidueError(MutationError, KeyError):
    """The residue that a mutation names has no coordinates in the structure."""


class LigandError(TrkstructError, ValueError):
    """A ligand cannot be read or is not one that can be scored."""


class LigandNotFoundError(LigandError, KeyError):
    """No ligand of that name is in the structure, the library or the file."""


class UnpublishedLigandError(LigandError):
    """An inhibitor is known by name, but its structure is not public."""


class LigandMatchError(LigandError):
    """The atoms in the structure are not those of the chemistry that was given."""


class PlacementError(TrkstructError, RuntimeError):
    """A ligand could not be placed in the pocket."""


class DataError(TrkstructError, ValueError):
    """A table or model that comes with the package is missing or damaged."""


class PlanError(TrkstructError, ValueError):
    """A plan of a batch cannot be used as it stands."""


class QuestionError(TrkstructError, ValueError):
    """A question in words names no kinase, or leaves open which one it is about."""


class TrkstructWarning(UserWarning):
    """Base of everything that trkstruct warns of."""
