"""Ways around a kinase's inhibitor that leave the kinase as it is, as the table knows them."""

from __future__ import annotations

from collections.abc import Mapping

from .. import reference
from ..kinases import Kinase
from ._question import Alteration

__all__ = ["mechanism"]

#: What an event is, in the words of the table: activity comes from more of a protein, too.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "substitution": ("mutation", "activation"),
    "mutation": ("mutation", "activation"),
    "deletion": ("mutation",),
    "insertion": ("mutation",),
    "duplication": ("mutation",),
    "deletion with insertion": ("mutation",),
    "exon 14 skipping": ("mutation", "activation"),
    "amplification": ("amplification", "activation"),
    "overexpression": ("activation", "amplification"),
    "activation": ("activation",),
}


def mechanism(change: Alteration, of: Kinase | None = None) -> Mapping[str, str] | None:
    """Find what the table says of a change of another gene.

    Parameters
    ----------
    change : Alteration
        The change, with its gene.
    of : Kinase, optional
        The kinase that is asked about: a row about its inhibitors comes before others.

    Returns
    -------
    mapping or None
        The row of ``off_target.csv``.
    """
    found = [
        row
        for row in reference.read_csv("off_target.csv")
        if row["gene"] == change.gene
        and row["kind"] in _KINDS.get(change.kind, ())
        and _fits(row["changes"], change)
    ]
    own = [row for row in found if of is not None and of.name in row["seen_with"].split("|")]
    return next(iter((*own, *found)), None)


def _fits(changes: str, change: Alteration) -> bool:
    """Tell whether a change is one of those that a row means; an unnamed mutation may be."""
    if not changes or change.kind == "mutation":
        return True
    return any(change.text.upper().startswith(start) for start in changes.split("|"))
