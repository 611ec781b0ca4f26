"""Prepared models: raw entries completed, relaxed, checked; and comparative models from them."""

from __future__ import annotations

from .comparative import compare
from .models import PreparedModel, prepare

__all__ = ["PreparedModel", "compare", "prepare"]
