"""3D views of complexes and mutants by py3Dmol, which need no network.

py3Dmol composes the calls of 3Dmol.js (doi:10.1093/bioinformatics/btu829) and carries no
JavaScript itself. A `View` finds a copy on this machine, and shows a static picture until, and
wherever, 3D cannot be shown.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from .._files import write_text
from ..errors import DataError
from . import _script
from ._frame import frame_of, onto
from ._scene import COLOURS, REGIONS, Panel, panel_of
from .depiction import clash_depiction

if TYPE_CHECKING:
    from ..calls import ResistanceCall
    from ..complexes import Complex
    from ..ensembles import Mutant

__all__ = ["SLAB_ANG", "View", "compare", "view"]

#: How far the picture reaches towards the reader and away, in angstrom from the middle.
SLAB_ANG: Final = (-14.0, 22.0)
_DISCLAIMER: Final = "Computed by trkstruct. Research use only, not for treatment decisions."

_STYLE: Final = """
.trkstruct3d{font:14px/1.4 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:100%}
.trkstruct3d .stage{position:relative;width:100%;display:none}
.trkstruct3d .head{position:absolute;z-index:2;pointer-events:none;padding:4px 8px}
.trkstruct3d .head span{display:inline-block;background:#ffffffd0;padding:1px 6px;border-radius:4px}
.trkstruct3d .head b{display:block}
.trkstruct3d .still figure{display:inline-block;margin:4px;vertical-align:top}
.trkstruct3d .still img{width:420px;max-width:100%}
.trkstruct3d .said,.trkstruct3d .limits{color:#595959;margin:4px 8px;overflow-wrap:anywhere}
.trkstruct3d:not([data-state=drawn]) .key{display:none}
.trkstruct3d .key{margin:4px 8px}
.trkstruct3d .key span{white-space:nowrap;margin-right:14px}
.trkstruct3d .key i{display:inline-block;width:12px;height:12px;margin-right:5px;border-radius:2px}
"""

#: Starts a picture. Until it has drawn, and if it cannot, the static picture stays.
_START: Final = """
(function () {
  var box = document.getElementById("@ID@");
  var stage = box.querySelector(".stage"), rest = box.querySelector(".still");
  var said = box.querySelector(".said");
  function stay(why) {
    stage.style.display = "none";
    box.setAttribute("data-state", "still");
    said.textContent = why + " " + @HELP@;
  }
  function start() {
    var views = null;
    try {
      stage.style.display = "block";
      views = window.$3Dmol.createViewerGrid(stage.querySelector(".canvas"),
        {rows: @ROWS@, cols: @COLUMNS@, control_all: true}, {backgroundColor: "white"});
      if (!views) throw new Error("there is no WebGL");
    } catch (error) {
      return stay("This browser shows no 3D (" + error + ").");
    }
    try {
@CALLS@
      // All look from where the widest picture needs it, so that they turn together.
      var all = [].concat.apply([], views);
      var shown = all.filter(function (one) { return one.getModel(0); });
      var far = shown.map(function (one) { return one.getView(); })
        .reduce(function (a, b) { return b[3] < a[3] ? b : a; });
      shown.forEach(function (one) { one.setView(far); one.render(); });
    } catch (error) {
      return stay("The 3D picture could not be drawn (" + error + ").");
    }
    rest.style.display = "none";
    said.style.display = "none";
    box.setAttribute("data-state", "drawn");
    box.setAttribute("data-shapes", String(all.reduce(
      function (sum, one) { return sum + (one.shapes || []).length; }, 0)));
  }
  function fetched() {
    var tag = document.createElement("script");
    tag.src = @URL@; tag.integrity = @SUM@; tag.crossOrigin = "anonymous";
    tag.onload = start;
    tag.onerror = function () { stay("3D needs 3Dmol.js, and the network has not given it."); };
    document.head.appendChild(tag);
  }
  var waited = 0;
  (function wait() {
    if (window.$3Dmol) return start();
    waited += 1;
    if (waited <= @PATIENCE@) return setTimeout(wait, 100);
    if (@NETWORK@) return fetched();
    stay("3D needs 3Dmol.js, which is not in this page.");
  })();
})();
"""


def _js(value: Any) -> str:
    """Return a value as JavaScript that may stand in a page, whatever text is in it."""
    return _no_tags(json.dumps(value))


def _no_tags(code: str) -> str:
    # json.dumps leaves < as it is, and in what py3Dmol composes it stands in texts only.
    return code.replace("<", "\\u003c")


@dataclass(frozen=True, eq=False)
class View:
    """A 3D picture, or several that turn together; a notebook shows it.

    Parameters
    ----------
    title : str
        What is shown.
    panels : tuple of Panel
        The pictures, side by side in one WebGL context.
    stills : tuple of bytes
        Static pictures (PNG), one a panel.
    columns : int
        How many pictures stand side by side.
    height : int
        Height of one picture in pixels.
    """

    title: str
    panels: tuple[Panel, ...] = field(repr=False)
    stills: tuple[bytes, ...] = field(repr=False)
    columns: int = 1
    height: int = 520

    @property
    def rows(self) -> int:
        """How many pictures stand one above another."""
        return -(-len(self.panels) // self.columns)

    def _places(self) -> list[tuple[int, int]]:
        return [divmod(number, self.columns) for number in range(len(self.panels))]

    def to_py3dmol(self, width: int = 900) -> Any:
        """Return the picture as py3Dmol has it, to go on from.

        Parameters
        ----------
        width : int, default 900
            In pixels.

        Returns
        -------
        py3Dmol.view
            A grid of viewers; ``viewer=(row, column)`` picks one. It loads 3Dmol.js from the
            network.
        """
        import py3Dmol

        url, _ = _script.cdn()
        made = py3Dmol.view(
            width=width,
            height=self.height * self.rows,
            viewergrid=(self.rows, self.columns),
            linked=True,
            js=url,
        )
        for where, panel in zip(self._places(), self.panels, strict=True):
            for number, model in enumerate(panel.models):
                made.addModel(model.text, model.format, viewer=where)
                made.setStyle({"model": number}, {}, viewer=where)
                for chosen, style in model.styles:
                    made.setStyle({"model": number, **chosen}, style, viewer=where)
            for cylinder in panel.cylinders:
                made.addCylinder(cylinder, viewer=where)
            for text, style in panel.labels:
                made.addLabel(text, style, viewer=where)
            made.zoomTo({"model": list(panel.focus)}, viewer=where)
            made.zoom(0.85, viewer=where)
            made.setSlab(*SLAB_ANG, viewer=where)
        made.render()
        return made

    def _calls(self) -> str:
        """Return the calls that draw, each long text once."""
        made = self.to_py3dmol()
        code = made.updatejs.replace("viewergrid_UNIQUEID", "views")
        texts = {model.text for panel in self.panels for model in panel.models}
        declared = []
        for number, text in enumerate(sorted(texts)):
            written = json.dumps(text)
            code = code.replace(f"({written},", f"(text{number},")
            declared.append(f"var text{number} = {written};\n")
        return _no_tags("".join(declared) + code)

    def fragment(self, *, network: bool = False, patience: int = 0, name: str = "") -> str:
        """Return the picture as a piece of a page that has 3Dmol.js already.

        Parameters
        ----------
        network : bool, default False
            Whether to take 3Dmol.js from the network if the page has none.
        patience : int, default 0
            Tenths of a second to wait for a script that is still to come.
        name : str, default ""
            Id of the element, such as no other has in the page; one is made up if left out.

        Returns
        -------
        str
            HTML: static pictures, which 3D replaces where it can be drawn.
        """
        # A notebook keeps what earlier sessions wrote, so that counting would not do.
        name = name or f"trkstruct3d-{uuid4().hex[:12]}"
        url, integrity = _script.cdn()
        start = _START
        help_ = _js(_script.how_to_get(public=True))
        for mark, value in {
            "@ID@": escape(name), "@ROWS@": str(self.rows), "@COLUMNS@": str(self.columns),
            "@HELP@": help_, "@URL@": _js(url), "@SUM@": _js(integrity),
            "@PATIENCE@": str(patience), "@NETWORK@": _js(network), "@CALLS@": self._calls(),
        }.items():  # fmt: skip
            start = start.replace(mark, value, 1)
        heads = "".join(
            f'<div class="head" style="left:{100 * column / self.columns:.2f}%;'
            f'top:{100 * row / self.rows:.2f}%;width:{100 / self.columns:.2f}%">'
            f"<span><b>{escape(panel.title)}</b>{escape(panel.note)}</span></div>"
            for (row, column), panel in zip(self._places(), self.panels, strict=True)
        )
        height = self.height * self.rows
        return (
            f'<div class="trkstruct3d" id="{escape(name)}" data-state="still" '
            f'data-clashes="{sum(panel.clashes for panel in self.panels)}">'
            f"<style>{_STYLE}</style>"
            f'<div class="stage" style="height:{height}px" role="img" '
            f'aria-label="{escape(self.title)}">{heads}'
            f'<div class="canvas" style="position:relative;width:100%;height:{height}px"></div>'
            f"</div>{self._still_html()}"
            f'<p class="said">Static picture; where scripts run, 3D takes its place. '
            f"{escape(_script.how_to_get(public=True))}</p>"
            f"{self._key()}</div>\n<script>{start}</script>"
        )

    def _still_html(self) -> str:
        figures = "".join(
            f'<figure><img alt="{escape(panel.title)}" '
            f'src="data:image/png;base64,{base64.b64encode(picture).decode("ascii")}">'
            f"<figcaption><b>{escape(panel.title)}</b><br>{escape(panel.note)}"
            f"{'<br>Shaded: atoms that clash with the mutant.' if panel.clashes else ''}"
            "</figcaption></figure>"
            for panel, picture in zip(self.panels, self.stills, strict=True)
        )
        return f'<div class="still">{figures}</div>'

    def _key(self) -> str:
        """Return the meaning of the colours."""
        entries = [("inhibitor", COLOURS["inhibitor"])]
        if any(len(panel.focus) > 1 for panel in self.panels):
            entries.append(("wild type", COLOURS["wild type"]))
            entries.append(("mutant (the fainter, the rarer the conformer)", COLOURS["mutant"]))
        if any(panel.clashes for panel in self.panels):
            entries.append(("clash: overlap in Å", COLOURS["clash"]))
        if any(panel.hydrogen_bonds for panel in self.panels):
            entries.append(("lost hydrogen bond (dashed)", COLOURS["lost hydrogen bond"]))
        occurring = {part for panel in self.panels for part in panel.regions}
        entries += [(part, REGIONS[part][0]) for part in REGIONS if part in occurring]
        spans = "".join(
            f'<span><i style="background:{colour}"></i>{escape(text)}</span>'
            for text, colour in entries
        )
        return f'<p class="key">{spans}</p><p class="limits">{_DISCLAIMER}</p>'

    def to_html(self, js: str | Path = "inline") -> str:
        """Return the picture as a page of its own.

        Parameters
        ----------
        js : {"inline", "cdn"} or path, default "inline"
            Where 3Dmol.js comes from: ``inline`` puts the copy of this machine into the page,
            which then needs no network; ``cdn`` lets the browser take the pinned version from
            the network; a path puts that file into the page.

        Returns
        -------
        str
            HTML.

        Raises
        ------
        DataError
            If there is no 3Dmol.js, or if the path is none.
        """
        head, sources = "", "'unsafe-inline'"
        if str(js) == "cdn":
            sources += " " + _script.cdn()[0].split("/npm/")[0]
        else:
            text = _script.script_text(None if str(js) == "inline" else js)
            head = f"<script>{_script.in_page(text)}</script>\n"
        # A page with somebody's compound in it asks nobody for anything.
        policy = (
            f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; "
            "img-src data: blob:"
        )
        # One picture has its title inside.
        heading = f"<h1>{escape(self.title)}</h1>" if len(self.panels) > 1 else ""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n{head}"
            "<style>body{margin:0}h1{font:600 18px/1.3 system-ui,sans-serif;margin:10px}</style>"
            f"</head>\n<body>{heading}\n"
            f"{self.fragment(network=str(js) == 'cdn', name='trkstruct3d')}\n</body></html>\n"
        )

    def write_html(self, path: str | Path, js: str | Path = "inline") -> Path:
        """Write the picture as a page of its own.

        Parameters
        ----------
        path : str or pathlib.Path
            The file.
        js : {"inline", "cdn"} or path, default "inline"
            As in `to_html`.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        DataError
            If there is no 3Dmol.js, or if the path is none.
        OSError
            If the file cannot be written.
        """
        write_text(path, self.to_html(js))
        return Path(path)

    def _repr_html_(self) -> str:
        try:
            script = _notebook_script()
        except DataError:
            # The browser may still have the network; the static picture stays if it has not.
            return self.fragment(network=True)
        carried = f"<script>{_script.in_page(script)}</script>\n" if script else ""
        return carried + self.fragment(network=True, patience=30)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        picture = base64.b64encode(self.stills[0]).decode("ascii")
        return {"text/html": self._repr_html_(), "image/png": picture, "text/plain": repr(self)}


#: The cell whose output has the script. One for the process, as a notebook's kernel is.
_carrier: list[str] = []


def _notebook_script() -> str:
    """Return 3Dmol.js the first time, and again when the cell that has it is run again."""
    text = _script.script_text()
    cell = _cell()
    if _carrier and (not cell or cell != _carrier[0]):
        return ""
    _carrier[:] = [cell]
    return text


def _cell() -> str:
    """Return the id of the notebook's cell that runs; empty if nobody says."""
    import sys

    # Where IPython runs it is imported.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    parent: Any = getattr(shell, "get_parent", dict)() or {}
    return str(parent.get("metadata", {}).get("cellId", ""))


def _parts(shown: Complex | Mutant | ResistanceCall) -> tuple[Complex, Mutant | None, str]:
    """Return complex, mutant and note of what is to be shown."""
    mutant: Any = getattr(shown, "mutant", None)
    if mutant is not None and hasattr(shown, "call"):
        call: Any = shown
        if call.call == "abstain":
            return mutant.complex, mutant, "no prediction"
        note = f"{call.call}, ddG {call.ddg_kcal:+.1f} kcal/mol"
        return mutant.complex, mutant, note
    made: Any = shown
    if mutant is not None:
        return made.complex, made, f"ddG {made.ddg_kcal:+.1f} kcal/mol"
    return made, None, f"{made.poses[0].source} pose"


def view(shown: Complex | Mutant | ResistanceCall, *, clashes: bool = True) -> View:
    """Show a complex, a mutant or a call in 3D.

    Parameters
    ----------
    shown : Complex, Mutant or ResistanceCall
        What to show.
    clashes : bool, default True
        Whether to mark overlaps with the inhibitor and lost hydrogen bonds.

    Returns
    -------
    View
    """
    return compare([shown], clashes=clashes)


def compare(
    items: Sequence[Complex | Mutant | ResistanceCall],
    *,
    columns: int | None = None,
    clashes: bool = True,
) -> View:
    """Show several side by side, laid on one another by their pockets; they turn together.

    Parameters
    ----------
    items : sequence of Complex, Mutant or ResistanceCall
        Such as several inhibitors against one mutation.
    columns : int, optional
        How many stand side by side; at most three if not given.
    clashes : bool, default True
        Whether to mark overlaps with the inhibitors and lost hydrogen bonds.

    Returns
    -------
    View

    Raises
    ------
    DataError
        If there is nothing to show.
    PlacementError
        If the structures share too little to be laid on one another.
    """
    if not items:
        raise DataError("There is nothing to show: give one or more complexes, mutants or calls.")
    parts = [_parts(item) for item in items]
    first, mutant, _ = parts[0]
    frame = frame_of(first, mutant)
    panels = tuple(
        panel_of(cx, change, onto(first, cx, frame), clashes=clashes, note=note)
        for cx, change, note in parts
    )
    stills = tuple(clash_depiction(c if m is None or not clashes else m).png for c, m, _ in parts)
    hosts = list(dict.fromkeys(panel.host for panel in panels))
    title = f"{', '.join(panel.inhibitor for panel in panels)}: {', '.join(hosts)}"
    wide = max(1, min(columns or 3, len(panels)))
    return View(title, panels, stills, wide, 520 if len(panels) <= wide else 400)
