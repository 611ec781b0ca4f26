"""Numbers of residues: author, UniProt, literature and KLIFS, side by side."""

from __future__ import annotations

from .numbering import (
    SCHEMES,
    Difference,
    Located,
    Numbering,
    Scheme,
    number_chain,
)

__all__ = [
    "Difference",
    "Located",
    "Numbering",
    "SCHEMES",
    "Scheme",
    "number_chain",
]
