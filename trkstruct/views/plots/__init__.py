"""Plots: static, readable without colour vision, titles that say the finding."""

from __future__ import annotations

from ._matrix import cross_resistance_map, cross_resistance_pages
from ._palette import CALL_COLOURS, INACTIVE_COLOUR
from ._panel import of_panel
from ._profile import scan_profile
from ._sheet import PAGES, save
from ._waterfall import waterfall

__all__ = [
    "CALL_COLOURS",
    "INACTIVE_COLOUR",
    "PAGES",
    "cross_resistance_map",
    "cross_resistance_pages",
    "of_panel",
    "save",
    "scan_profile",
    "waterfall",
]
