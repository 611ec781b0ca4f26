"""Colours of 3D pictures, by whatever program they are drawn."""

from __future__ import annotations

from typing import Final

__all__ = ["COLOURS"]

#: Colours of what is not the pocket; they stay apart for colour-blind readers (Okabe and Ito;
#: Wong, Nat. Methods 2011, doi:10.1038/nmeth.1618).
COLOURS: Final = {
    "inhibitor": "#2B2B2B",
    "wild type": "#9A9A9A",
    "mutant": "#E69F00",
    "clash": "#D55E00",
    "lost hydrogen bond": "#E6007E",
    "chain": "#D9D9D9",
    "other": "#B9B4A6",
}
