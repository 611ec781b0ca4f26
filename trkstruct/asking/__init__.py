"""A variant in words, answered: what is known, what is predicted, and what cannot be known."""

from __future__ import annotations

from ._question import Alteration, Fusion, Question
from ._ranking import Ranked
from ._reading import read
from ._sorting import Variant
from .answer import ANSWER_COLUMNS, Answer, ask

__all__ = [
    "ANSWER_COLUMNS",
    "Alteration",
    "Answer",
    "Fusion",
    "Question",
    "Ranked",
    "Variant",
    "ask",
    "read",
]
