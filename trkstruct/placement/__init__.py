"""Placing a ligand in a pocket, on the template of a known complex."""

from __future__ import annotations

from .placing import Placed, place
from .sources import bundled_templates

__all__ = ["Placed", "bundled_templates", "place"]
