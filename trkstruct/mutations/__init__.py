"""Mutations: read from text, located in a chain, written back; the catalogue of known ones."""

from __future__ import annotations

from ._notation import tidied
from .mutation import (
    CatalogueRow,
    Mutation,
    MutationSet,
    Site,
    all_substitutions,
    catalogue,
    expand,
    paralogues,
)

__all__ = [
    "CatalogueRow",
    "Mutation",
    "MutationSet",
    "Site",
    "all_substitutions",
    "catalogue",
    "expand",
    "paralogues",
    "tidied",
]
