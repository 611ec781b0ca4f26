"""Where templates come from: the bundled complexes, each read once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..bundled import bundled_models
from ..states import dfg_state

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..structures import Structure

__all__ = ["bundled_templates"]


@lru_cache(maxsize=2)
def _complexes(state: str) -> tuple[Complex, ...]:
    """Return the bundled complexes of a state whose own pose was observed or docked in them."""
    from ..complexes import make_complex
    from ..structures import Structure

    found = []
    for model in bundled_models(state=state):
        # A comparative model has its ligand from another model, which is a template itself.
        if model.ligand and model.protein_kind == "prepared":
            found.append(make_complex(Structure.read(model.path)))
    return tuple(found)


def bundled_templates(structure: Structure, chain: str | None = None) -> tuple[Complex, ...]:
    """Return the bundled complexes in the DFG state of a structure.

    Where that is neither in nor out, the complexes of both states.

    Parameters
    ----------
    structure : Structure
        The receptor.
    chain : str, optional
        Author chain.

    Returns
    -------
    tuple of Complex
    """
    state = dfg_state(structure, structure.numbering(chain)).dfg
    states = (state,) if state in ("in", "out") else ("in", "out")
    return tuple(made for each in states for made in _complexes(f"DFG-{each}"))
