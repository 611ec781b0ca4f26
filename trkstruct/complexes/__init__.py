"""Complexes: a structure, its inhibitor with full chemistry, and where the inhibitor lies."""

from __future__ import annotations

from ._frames import complex_of_frames
from .complex import Complex, Pose, PoseSource, make_complex
from .protein import Protein

__all__ = ["Complex", "Pose", "PoseSource", "Protein", "complex_of_frames", "make_complex"]
