"""Inhibitors in 2D, their atoms shaded by an energy: where a mutant hits them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..energies import TERMS
from ..errors import LigandError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

    from ..calls import ResistanceCall
    from ..complexes import Complex
    from ..ensembles import Mutant
    from ..ligands import Ligand

__all__ = ["SHADES", "Depiction", "Key", "clash_depiction", "depict", "drawings", "layout"]

#: Shades of an energy that costs and of one that is gained (Okabe and Ito; Wong, Nat. Methods
#: 2011, doi:10.1038/nmeth.1618).
SHADES: Final = {"cost": "#D55E00", "gain": "#56B4E9"}
#: The energy in kcal/mol at which an atom has all of its shade, and the least that is shown.
_FULL_KCAL: Final = 2.0
_LEAST_KCAL: Final = 0.1
#: Colours of elements: dark enough to be read on a shade.
_ELEMENTS: Final = {
    7: "#1F3F94", 8: "#9E1B16", 9: "#1E6B2E", 15: "#8A4B00", 16: "#6E5A00", 17: "#1E6B2E",
    35: "#6E2C14", 53: "#54207A",
}  # fmt: skip
_INK: Final = "#1A1A1A"
#: Height of the line that says what the shades mean, in pixels of a picture 420 wide.
_LEGEND_PX: Final = 26
_WIDTH_PX: Final = 420
#: Largest ring that is drawn as a regular polygon.
_SMALL_RING: Final = 8
#: Colours of a PNG.
_COLOURS: Final = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Key:
    """What a shade means.

    Parameters
    ----------
    shade : str
        A key of `SHADES`.
    text : str
        Its meaning.
    """

    shade: str
    text: str


@dataclass(frozen=True, eq=False)
class Depiction:
    """A 2D picture of an inhibitor; a notebook shows it.

    Parameters
    ----------
    title : str
        What it shows, for readers who cannot see it.
    mol : rdkit.Chem.Mol
        The molecule, laid out; atoms in the order of its canonical SMILES.
    shades : dict of int to (str, float)
        By atom of `mol`, of each shaded atom a key of `SHADES`, and how much of it, 0 to 1.
    legend : tuple of Key
        The line below the picture; empty for none.
    size : tuple of int
        Width and height in pixels.
    """

    title: str
    mol: Mol = field(repr=False)
    shades: Mapping[int, tuple[str, float]] = field(repr=False)
    legend: tuple[Key, ...] = field(repr=False)
    size: tuple[int, int]

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, without a declaration: it can stand in a page."""
        from rdkit.Chem.Draw import rdMolDraw2D

        wide, high, below = self._measures()
        drawing = rdMolDraw2D.MolDraw2DSVG(wide, high, wide, high - below)
        return _tidy(self._drawn(drawing), self.title)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG, with two dots a pixel."""
        from rdkit.Chem.Draw import rdMolDraw2D

        wide, high, below = (2 * pixels for pixels in self._measures())
        drawing = rdMolDraw2D.MolDraw2DCairo(wide, high, wide, high - below)
        return _small(bytes(self._drawn(drawing)))

    def _measures(self) -> tuple[int, int, int]:
        """Width, height, and that of the line below."""
        wide, high = self.size
        return wide, high, round(_LEGEND_PX * wide / _WIDTH_PX) if self.legend else 0

    def _drawn(self, drawing: Any) -> Any:
        return _draw(drawing, self.mol, self.shades, self.legend)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_png_(self) -> bytes:
        return self.png


def _rgb(colour: str, share: float = 1.0) -> tuple[float, float, float]:
    """Return a colour in parts of one, mixed with white if the share is smaller than one."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (1.0 - share * (1.0 - part) for part in parts)
    return red, green, blue


# --- where the atoms stand


def _crossings(points: Floats, bonds: NDArray[np.int64]) -> int:
    """Count bonds that run over one another without sharing an atom."""
    start, end = points[bonds[:, 0]], points[bonds[:, 1]]

    def side(a: Floats, b: Floats, c: Floats) -> Floats:
        ab, ac = b - a, c - a
        return np.asarray(np.sign(ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]))

    a, b, c, d = start[:, None], end[:, None], start[None], end[None]
    over = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    apart = (bonds[:, None, :, None] != bonds[None, :, None, :]).all(axis=(2, 3))
    return int((over & apart).sum() // 2)


def _flaws(mol: Mol) -> float:
    """Rate a drawing: bonds that cross, atoms on one another, rings and bonds out of shape."""
    from rdkit import Chem

    points = mol.GetConformer().GetPositions()[:, :2]
    bonds = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()])
    if not len(bonds):
        return 0.0
    lengths = np.linalg.norm(points[bonds[:, 0]] - points[bonds[:, 1]], axis=1)
    unit = float(np.median(lengths))
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1) / unit
    crowded = int(((apart < 0.75) & (Chem.GetDistanceMatrix(mol) > 1)).sum() // 2)
    uneven = 0.0
    for ring in mol.GetRingInfo().AtomRings():
        if len(ring) <= _SMALL_RING:
            own = points[list(ring)]
            uneven += float(np.linalg.norm(own - own.mean(axis=0), axis=1).std()) / unit
    uneven_bonds = float((lengths / unit).std())
    # A crossing misleads, a crowded atom is hard to read, the rest is ugly.
    return 10.0 * _crossings(points, bonds) + 3.0 * crowded + 20.0 * uneven + 5.0 * uneven_bonds


def layout(mol: Mol) -> Mol:
    """Lay a molecule out in the plane.

    RDKit's own layout keeps chains and fused rings straight, CoordGen
    (https://github.com/schrodinger/coordgenlibs) the small rings within a macrocycle: of a molecule
    with a large ring both are made, and the drawing with fewer flaws is taken.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The molecule; its conformers are not used.

    Returns
    -------
    rdkit.Chem.Mol
        A copy, atoms in the same order, with one conformer in the plane.
    """
    from rdkit import Chem
    from rdkit.Chem import rdCoordGen, rdDepictor

    drawn = Chem.Mol(mol)
    drawn.RemoveAllConformers()
    rdDepictor.Compute2DCoords(drawn, useRingTemplates=True)
    if max((len(ring) for ring in drawn.GetRingInfo().AtomRings()), default=0) > _SMALL_RING:
        other = Chem.Mol(mol)
        other.RemoveAllConformers()
        rdCoordGen.AddCoords(other)
        if _flaws(other) < _flaws(drawn):
            drawn = other
    rdDepictor.NormalizeDepiction(drawn)
    rdDepictor.StraightenDepiction(drawn)
    return drawn


# --- drawing


def _mol_of(ligand: Ligand | Mol | str) -> tuple[Any, str]:
    """Return the molecule and its name."""
    from rdkit import Chem, rdBase

    if isinstance(ligand, str):
        with rdBase.BlockLogs():
            found = Chem.MolFromSmiles(ligand)
        if found is None:
            raise LigandError(f"{ligand!r} is no SMILES, so it cannot be drawn.")
        return found, ""
    mol = getattr(ligand, "mol", None)
    return (ligand, "") if mol is None else (mol, str(getattr(ligand, "name", "")))


def _canonical(mol: Any) -> tuple[Any, list[int]]:
    """Return a molecule as its SMILES has it, and the atoms of the given one in that order.

    So that one compound has one drawing, however it came.
    """
    from rdkit import Chem, rdBase

    smiles = Chem.MolToSmiles(mol)
    order = [int(i) for i in mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"]]
    with rdBase.BlockLogs():
        again = Chem.MolFromSmiles(smiles)
    if again is None or again.GetNumAtoms() != mol.GetNumAtoms():
        # Written-out hydrogens, or what RDKit refuses to read again.
        return mol, list(range(mol.GetNumAtoms()))
    return again, order


def _listed(values: Any, atoms: int) -> dict[int, float]:
    """Values by atom, without those that are not numbers."""
    if values is None:
        return {}
    if isinstance(values, Mapping):
        pairs = [(int(atom), float(value)) for atom, value in values.items()]
    else:
        pairs = [(atom, float(value)) for atom, value in enumerate(values)]
        if len(pairs) != atoms:
            raise LigandError(
                f"There are {len(pairs)} values for the {atoms} atoms of the molecule; a value "
                "for each heavy atom in its order is needed, or a mapping of atom to value."
            )
    wrong = [atom for atom, _ in pairs if not 0 <= atom < atoms]
    if wrong:
        raise LigandError(f"The molecule has atoms 0 to {atoms - 1}, and there is no {wrong[0]}.")
    return {atom: value for atom, value in pairs if math.isfinite(value)}


def _shades(values: Mapping[int, float]) -> dict[int, tuple[str, float]]:
    """Shade of each atom that has one: which, and how much of it."""
    return {
        atom: ("cost" if value > 0 else "gain", min(1.0, abs(value) / _FULL_KCAL))
        for atom, value in values.items()
        if abs(value) > _LEAST_KCAL
    }


def _options(drawing: Any) -> float:
    """Set how molecules are drawn, and return the scale of the picture."""
    scale = float(drawing.Width()) / _WIDTH_PX
    options = drawing.drawOptions()
    options.updateAtomPalette({number: _rgb(colour) for number, colour in _ELEMENTS.items()})
    options.setSymbolColour(_rgb(_INK))
    options.bondLineWidth = 1.6 * scale
    options.scaleBondWidth = False
    options.padding = 0.05
    # Small molecules are not blown up.
    options.fixedBondLength = 30.0 * scale
    options.minFontSize = round(9 * scale)
    options.maxFontSize = round(15 * scale)
    return scale


def _draw(
    drawing: Any, mol: Any, shades: Mapping[int, tuple[str, float]], legend: Sequence[Key]
) -> Any:
    """Draw a molecule that is laid out, and the line below it."""
    from rdkit.Chem.Draw import rdMolDraw2D
    from rdkit.Geometry import Point2D

    scale = _options(drawing)
    colours = {a: _rgb(SHADES[kind], 0.25 + 0.75 * share) for a, (kind, share) in shades.items()}
    drawing.DrawMolecule(
        rdMolDraw2D.PrepareMolForDrawing(mol),
        highlightAtoms=list(colours),
        highlightAtomColors=colours,
        highlightAtomRadii={atom: 0.34 + 0.16 * share for atom, (_, share) in shades.items()},
        highlightBonds=[],
    )
    left, middle = 10.0 * scale, drawing.Height() - _LEGEND_PX * scale / 2.0
    drawing.SetFontSize(11.5 * scale)
    for key in legend:
        for share in (0.25, 0.6, 1.0):
            drawing.SetColour(_rgb(SHADES[key.shade], share))
            drawing.SetFillPolys(True)
            corners = (left, middle - 5 * scale), (left + 13 * scale, middle + 5 * scale)
            drawing.DrawRect(*(Point2D(*corner) for corner in corners), True)
            left += 14 * scale
        drawing.SetColour(_rgb(_INK))
        drawing.DrawString(key.text, Point2D(left + 6 * scale, middle), 1, True)
        left += (6 + 6.4 * len(key.text) + 16) * scale
    drawing.FinishDrawing()
    return drawing.GetDrawingText()


def _small(png: bytes) -> bytes:
    """Write a PNG with a palette: a third of the size, and the same to the eye."""
    from PIL import Image

    out = io.BytesIO()
    few = (
        Image.open(io.BytesIO(png))
        .convert("RGB")
        .quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _tidy(svg: str, title: str) -> str:
    """Make an SVG fit to stand in a page: short, scalable, with a title for who cannot see it."""
    start = svg.index("<!-- END OF HEADER -->") + len("<!-- END OF HEADER -->")
    box = re.search(r"viewBox='([^']*)'", svg)
    assert box is not None
    body = svg[start:].replace("</svg>", "")
    body = re.sub(r" class='[^']*'", "", body)
    body = re.sub(r"fill-rule:evenodd;|stroke-linecap:butt;|stroke-linejoin:miter;", "", body)
    body = re.sub(r";?stroke-opacity:1(?=')", "", body).replace("opacity:1.0;", "")
    body = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), body)
    body = re.sub(r"\n\s*", "\n", body).strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img">'
        f"<title>{escape(title)}</title>\n{body}\n</svg>"
    )


def _plain(text: str) -> str:
    """Text that RDKit draws as it is: it takes angle brackets for markup."""
    return " ".join(text.replace("<", "(").replace(">", ")").split())


def depict(
    ligand: Ligand | Mol | str,
    values: Mapping[int, float] | Sequence[float] | NDArray[np.float64] | None = None,
    *,
    size: tuple[int, int] = (420, 320),
    legend: str = "energy",
    title: str = "",
) -> Depiction:
    """Draw an inhibitor in 2D, its atoms shaded by a value.

    Orange is what costs and blue what is gained, the stronger the more, up to 2 kcal/mol; what is
    below 0.1 is not shaded.

    Parameters
    ----------
    ligand : Ligand, rdkit.Chem.Mol or str
        The inhibitor, a molecule, or a SMILES.
    values : mapping of int to float, or (n,) float64, optional
        In kcal/mol, by atom, or one for each heavy atom in the order of the molecule; nothing is
        shaded where there is none. Values that are not finite are left out.
    size : tuple of int, default (420, 320)
        Width and height in pixels.
    legend : str, default "energy"
        What the values are, for the line below the picture, which stands there only if an atom
        is shaded; empty for no such line.
    title : str, default ""
        What the picture shows, for readers who cannot see it; the name of the inhibitor if empty.

    Returns
    -------
    Depiction
        The same for the same input.

    Raises
    ------
    LigandError
        If there is no such molecule or atom, or the number of values is not that of the atoms.

    Examples
    --------
    >>> from trkstruct.views.depiction import depict
    >>> depict("c1ccccc1O", {6: 1.5}, title="phenol")
    Depiction(title='phenol', size=(420, 320))
    """
    mol, name = _mol_of(ligand)
    given = _shades(_listed(values, mol.GetNumAtoms()))
    same, order = _canonical(mol)
    shades = {new: given[old] for new, old in enumerate(order) if old in given}
    flat = layout(same)
    kinds = {kind for kind, _ in shades.values()}
    keys = []
    if "cost" in kinds and legend:
        span = f"{_LEAST_KCAL:g} to {_FULL_KCAL:g} kcal/mol or more"
        keys.append(Key("cost", f"{_plain(legend)}, {span}"))
    if "gain" in kinds and legend:
        keys.append(Key("gain", "relief" if keys else f"relief of {_plain(legend)}"))
    return Depiction(title or name or "Structure", flat, shades, tuple(keys), size)


def _clashes(complex_: Complex, mutant: Mutant | None) -> dict[int, float]:
    """Clash energy by atom of the ligand; atoms that are not resolved have none."""
    if mutant is None:
        return {}
    clash = mutant.ligand_atoms_kcal[:, TERMS.index("clash")]
    return dict(zip(complex_.resolved, map(float, clash), strict=True))


def clash_depiction(
    shown: ResistanceCall | Mutant | Complex,
    *,
    size: tuple[int, int] = (420, 320),
    legend: bool = True,
) -> Depiction:
    """Draw the inhibitor of a call or a mutant in 2D, its atoms shaded by their clash energy.

    The clash is that of the mutant less that of the wild type, averaged over the bound ensembles
    of side chains and poses.

    Parameters
    ----------
    shown : ResistanceCall, Mutant or Complex
        What to draw; in a complex nothing is shaded.
    size : tuple of int, default (420, 320)
        Width and height in pixels.
    legend : bool, default True
        Whether a line below says what the shades mean.

    Returns
    -------
    Depiction
    """
    made: Any = getattr(shown, "mutant", shown) if hasattr(shown, "call") else shown
    mutant: Mutant | None = made if hasattr(made, "ligand_atoms_kcal") else None
    complex_: Complex = made if mutant is None else mutant.complex
    name = complex_.ligand.name
    if mutant is None:
        return depict(complex_.ligand, size=size)
    return depict(
        complex_.ligand,
        _clashes(complex_, mutant),
        size=size,
        legend=f"clash with {mutant.text}" if legend else "",
        title=f"{name}: atoms that clash with {mutant.text} are shaded",
    )


def drawings(
    rows: Iterable[Mapping[str, Any]], size: tuple[int, int] = (150, 96)
) -> dict[str, bytes]:
    """Draw the inhibitors of rows of results, for a spreadsheet.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of results.
    size : tuple of int, default (150, 96)
        Width and height in pixels.

    Returns
    -------
    dict of str to bytes
        ``ligand_smiles`` to PNG; what is no structure is left out.
    """
    found: dict[str, bytes] = {}
    for smiles in dict.fromkeys(str(row["ligand_smiles"] or "") for row in rows):
        # A table may come from elsewhere, and its rows have to stay.
        with suppress(LigandError):
            if smiles:
                found[smiles] = depict(smiles, size=size).png
    return found
