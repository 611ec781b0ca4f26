"""The 3D pictures of a report: plain data, each long text once, packed, drawn when asked for."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ...errors import PlacementError
from .._frame import Frame, frame_of, onto
from .._scene import panel_of
from ..view3d import SLAB_ANG

if TYPE_CHECKING:
    from ...calls import ResistanceCall
    from ...complexes import Complex

__all__ = ["Scenes"]

#: Texts from this length on are kept apart: other pictures may have them too.
_LONG: Final = 4000


def _packed(value: str) -> str:
    return base64.b64encode(zlib.compress(value.encode("utf-8"), 9)).decode("ascii")


class Scenes:
    """Pictures by the number of their row, all seen from one side, so that they share texts.

    Parameters
    ----------
    most_bytes : int
        What they may take in the page; a picture that would take more is not added.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._texts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._pictures: dict[str, str] = {}
        self._first: tuple[Complex, Frame] | None = None
        #: Bytes that they take.
        self.size = 0
        #: Parts of the pocket that are coloured in one of them.
        self.regions: set[str] = set()

    def __len__(self) -> int:
        return len(self._pictures)

    def __contains__(self, key: object) -> bool:
        return str(key) in self._pictures

    def _frame(self, complex_: Complex) -> Frame:
        if self._first is None:
            self._first = complex_, frame_of(complex_)
        first, frame = self._first
        try:
            return onto(first, complex_, frame)
        except PlacementError:
            # It shares too little with the first, and is seen from its own side.
            return frame_of(complex_)

    def add(self, key: int, call: ResistanceCall, note: str) -> bool:
        """Add the picture of a call.

        Parameters
        ----------
        key : int
            Number of its row.
        call : ResistanceCall
            What is shown.
        note : str
            Line below its title.

        Returns
        -------
        bool
            Whether there was room for it.
        """
        panel = panel_of(call.mutant.complex, call.mutant, self._frame(call.mutant.complex))
        new: dict[str, str] = {}
        models = []
        for model in panel.models:
            body = model.text
            if len(body) >= _LONG:
                name = self._names.get(body) or f"t{len(self._names) + len(new)}"
                if body not in self._names:
                    new[body] = name
                models.append([name, "", model.format, model.styles])
            else:
                models.append(["", body, model.format, model.styles])
        data: Mapping[str, Any] = {
            "title": panel.title,
            "note": note,
            "models": models,
            "cylinders": panel.cylinders,
            "labels": panel.labels,
            "focus": panel.focus,
            "clashes": panel.clashes,
            "bonds": panel.hydrogen_bonds,
        }
        texts = {name: _packed(body) for body, name in new.items()}
        picture = _packed(json.dumps(data, separators=(",", ":")))
        size = len(picture) + sum(map(len, texts.values()))
        if self.size + size > self._most:
            return False
        self.size += size
        self._texts |= texts
        self._names |= new
        self._pictures[str(key)] = picture
        self.regions |= set(panel.regions)
        return True

    def to_json(self) -> str:
        """Return everything as JSON that may stand in a page.

        Returns
        -------
        str
            ``texts`` and ``pictures``, each packed (zlib, base64), and ``slab`` in angstrom.
        """
        whole = {"texts": self._texts, "pictures": self._pictures, "slab": SLAB_ANG}
        return json.dumps(whole, separators=(",", ":")).replace("<", "\\u003c")
