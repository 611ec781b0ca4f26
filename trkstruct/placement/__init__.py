"""Placing a ligand in a pocket: on the template of a known complex, or by docking."""

from __future__ import annotations

from .choosing import METHODS, pose_set
from .poses import Placed, PoseSet
from .series import PlacedRecord, place_isomers, place_series
from .sources import bundled_templates

__all__ = [
    "METHODS",
    "Placed",
    "PlacedRecord",
    "PoseSet",
    "bundled_templates",
    "place_isomers",
    "place_series",
    "pose_set",
]
