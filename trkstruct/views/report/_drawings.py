"""Structure drawings of a report: each inhibitor once, the shades of a pair laid under it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import LigandError
from ..depiction import Depiction, clash_depiction, depict
from ._words import text

if TYPE_CHECKING:
    from ...calls import ResistanceCall

__all__ = ["Drawings"]

_SIZE: Final = (300, 200)
_WHOLE: Final = re.compile(
    r'<svg [^>]*viewBox="([^"]*)"[^>]*><title>.*?</title>\n(.*)\n</svg>\Z', re.DOTALL
)
_BACKGROUND: Final = re.compile(r"<rect style='fill:#FFFFFF[^>]*>\s*</rect>\n?")
_SHADE: Final = re.compile(r"<ellipse [^>]*/>\n?")


class Drawings:
    """The drawings of a page, and the parts that they share.

    Parameters
    ----------
    most_bytes : int
        What the shared parts may take in the page; what would take more is not drawn.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        #: How many were left out for want of room.
        self.left_out = 0
        self._parts: dict[str, str] = {}
        self._plain: dict[str, str] = {}

    def of_smiles(self, smiles: str, name: str) -> str:
        """Draw an inhibitor.

        Parameters
        ----------
        smiles : str
            Its structure.
        name : str
            Its name.

        Returns
        -------
        str
            HTML; empty if it is no structure, or if there is no room for it.
        """
        if smiles not in self._plain:
            try:
                made = depict(smiles, size=_SIZE)
            except LigandError:
                self._plain[smiles] = ""
            else:
                self._plain[smiles] = self._shown(made, f"Structure of {name}")
        return self._plain[smiles]

    def of_call(self, call: ResistanceCall) -> str:
        """Draw the inhibitor of a call, the atoms that clash shaded.

        Parameters
        ----------
        call : ResistanceCall
            The call.

        Returns
        -------
        str
            HTML; empty if there is no room for it.
        """
        made = clash_depiction(call, size=_SIZE, legend=False)
        title = made.title if made.shades else f"{call.mutant.complex.ligand.name}: no atom clashes"
        return self._shown(made, title)

    def _shown(self, made: Depiction, title: str) -> str:
        whole = _WHOLE.match(made.svg)
        assert whole is not None
        box, body = whole[1], _BACKGROUND.sub("", whole[2])
        shades = "".join(_SHADE.findall(body))
        part = _SHADE.sub("", body)
        name = self._parts.get(part)
        if name is None:
            if len(part) > self._left:
                self.left_out += 1
                return ""
            self._left -= len(part)
            name = self._parts[part] = f"d{len(self._parts)}"
        return (
            f'<svg class="mol" viewBox="{box}" role="img" aria-label="{text(title)}">'
            f'{shades}<use href="#{name}"/></svg>'
        )

    def parts(self) -> str:
        """Return what the drawings share, to stand in the page before them.

        Returns
        -------
        str
            HTML.
        """
        shared = "".join(f'<g id="{name}">{body}</g>' for body, name in self._parts.items())
        return f'<svg class="parts" aria-hidden="true"><defs>{shared}</defs></svg>'
