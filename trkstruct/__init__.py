"""Which kinase inhibitors lose to which resistance mutations, computed from the structure.

>>> import trkstruct as ts
>>> ts.__version__
'...'

The names below are imported when they are first used, so that ``import trkstruct`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .asking import Answer, ask
    from .bundled import bundled_models
    from .calls import ResistanceCall, resistance
    from .complexes import Complex, Pose
    from .ensembles import Mutant
    from .errors import TrkstructError, TrkstructWarning
    from .fetching import fetch
    from .kinases import Kinase, kinase
    from .ligands import Ligand, LigandSeries, ligand, ligands
    from .mutations import Mutation, MutationSet
    from .numbering import Numbering
    from .panels import CrossResistance, cross_resistance
    from .preparation import PreparedModel, prepare
    from .residues import Finding, ResidueId
    from .sources import load
    from .structures import Structure

__all__ = [
    "Answer",
    "Complex",
    "CrossResistance",
    "Finding",
    "Kinase",
    "Ligand",
    "LigandSeries",
    "Mutant",
    "Mutation",
    "MutationSet",
    "Numbering",
    "Pose",
    "PreparedModel",
    "ResidueId",
    "ResistanceCall",
    "Structure",
    "TrkstructError",
    "TrkstructWarning",
    "__version__",
    "ask",
    "bundled_models",
    "cross_resistance",
    "fetch",
    "kinase",
    "ligand",
    "ligands",
    "load",
    "prepare",
    "resistance",
]

#: Where each public name lives.
_HOME = {
    "Answer": "asking",
    "Complex": "complexes",
    "CrossResistance": "panels",
    "Finding": "residues",
    "Kinase": "kinases",
    "Ligand": "ligands",
    "LigandSeries": "ligands",
    "Mutant": "ensembles",
    "Mutation": "mutations",
    "MutationSet": "mutations",
    "Numbering": "numbering",
    "Pose": "complexes",
    "PreparedModel": "preparation",
    "ResidueId": "residues",
    "ResistanceCall": "calls",
    "Structure": "structures",
    "TrkstructError": "errors",
    "TrkstructWarning": "errors",
    "ask": "asking",
    "bundled_models": "bundled",
    "cross_resistance": "panels",
    "fetch": "fetching",
    "kinase": "kinases",
    "ligand": "ligands",
    "load": "sources",
    "prepare": "preparation",
    "resistance": "calls",
}


def __getattr__(name: str) -> Any:
    if name == "ligands":
        # The interface has a function `ts.ligands` and the house a module of that name; the
        # module is callable, so that both are meant by the one name.
        return import_module(".ligands", __name__)
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module 'trkstruct' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
