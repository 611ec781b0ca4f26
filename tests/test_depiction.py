"""2D drawings: what is shaded, how macrocycles lie, and that text in them does no harm."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from rdkit import Chem

import trkstruct as ts
from trkstruct.energies import TERMS
from trkstruct.errors import LigandError
from trkstruct.ligands.library import library
from trkstruct.views import depiction
from trkstruct.views.depiction import clash_depiction, depict

EVIL = "<script>alert(1)</script>\"'&"
MACROCYCLES = [entry.name for entry in library() if entry.macrocycle]


@pytest.fixture(scope="module")
def mutant():
    return ts.load("7VKO").complex(ts.ligand("larotrectinib")).mutate("G595R")


def ellipses(svg):
    """Centre and fill of each shade."""
    found = re.findall(r"<ellipse cx='([\d.]+)' cy='([\d.]+)' [^>]*style='fill:(#\w{6})", svg)
    return [(float(x), float(y), fill) for x, y, fill in found]


def test_the_shaded_atoms_are_those_that_clash(mutant):
    clash = mutant.ligand_atoms_kcal[:, TERMS.index("clash")]
    made = clash_depiction(mutant)
    wanted = {a for a, e in zip(mutant.complex.resolved, clash, strict=True) if abs(e) > 0.1}
    assert len(made.shades) == len(wanted) >= 2
    given = mutant.complex.ligand.mol
    elements = sorted(given.GetAtomWithIdx(atom).GetSymbol() for atom in wanted)
    assert sorted(made.mol.GetAtomWithIdx(a).GetSymbol() for a in made.shades) == elements
    worst = max(made.shades, key=lambda atom: made.shades[atom][1])
    # The same surroundings, so it is the same atom.
    ranks = [list(Chem.CanonicalRankAtoms(mol)) for mol in (made.mol, given)]
    assert ranks[0][worst] == ranks[1][mutant.complex.resolved[int(clash.argmax())]]
    assert len(ellipses(made.svg)) == len(wanted)


def test_shades_of_calls_mutants_and_complexes(mutant):
    call = ts.resistance(mutant.complex, "G595R")
    assert clash_depiction(call).svg == clash_depiction(mutant).svg
    bare = clash_depiction(mutant.complex)
    assert not bare.shades and not bare.legend and not ellipses(bare.svg)
    assert "clash with G595R" in clash_depiction(mutant).legend[0].text
    assert clash_depiction(mutant, legend=False).legend == ()


def test_shades_are_stronger_for_more_and_blue_for_what_is_gained():
    made = depict("CCCCO", {0: 0.5, 2: 5.0, 3: 0.05, 4: -1.0})
    kinds = {made.mol.GetAtomWithIdx(a).GetSymbol(): kind for a, (kind, _) in made.shades.items()}
    assert len(made.shades) == 3 and kinds == {"C": "cost", "O": "gain"}
    assert sorted(share for _, share in made.shades.values()) == [0.25, 0.5, 1.0]
    assert [key.shade for key in made.legend] == ["cost", "gain"]
    colours = {fill for _, _, fill in ellipses(made.svg)}
    assert "#D55E00" in colours and len(colours) == 3
    only = depict("CCO", {0: -1.0}, legend="energy")
    assert [key.text for key in only.legend] == ["relief of energy"]


def test_one_compound_has_one_drawing_however_it_came():
    mol = ts.ligand("entrectinib").mol
    turned = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])
    # Atoms that are alike have the same value.
    ranks = np.array(list(Chem.CanonicalRankAtoms(mol, breakTies=False)))
    values = ranks / ranks.max() * 4.0 - 2.0
    assert depict(turned, values[::-1]).svg == depict(mol, values).svg
    assert depict(mol, values).png == depict(mol, values).png


def test_a_shade_lies_on_its_atom():
    made = depict("OCCCCN", {0: 2.0, 5: -2.0})
    (x1, _, one), (x2, _, two) = sorted(ellipses(made.svg), key=lambda e: e[2])
    x = made.mol.GetConformer().GetPositions()[:, 0]
    atoms = {made.mol.GetAtomWithIdx(a).GetSymbol(): a for a in made.shades}
    assert (one, two) == ("#56B4E9", "#D55E00")
    assert np.sign(x1 - x2) == np.sign(x[atoms["N"]] - x[atoms["O"]])


@pytest.mark.parametrize("name", MACROCYCLES)
def test_macrocycles_are_drawn_without_crossings_and_with_regular_rings(name):
    mol = depiction.layout(ts.ligand(name).mol)
    points = mol.GetConformer().GetPositions()[:, :2]
    bonds = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()])
    assert depiction._crossings(points, bonds) == 0
    for ring in mol.GetRingInfo().AtomRings():
        if len(ring) <= 6:
            radius = np.linalg.norm(points[list(ring)] - points[list(ring)].mean(axis=0), axis=1)
            assert radius.std() / radius.mean() < 0.03, ring


def test_crossings_are_counted():
    square = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    assert depiction._crossings(square, np.array([[0, 1], [2, 3]])) == 1
    assert depiction._crossings(square, np.array([[0, 1], [1, 2], [2, 3]])) == 1
    assert depiction._crossings(square, np.array([[0, 2], [1, 3]])) == 0


def test_the_better_layout_is_taken():
    """RDKit bends a ring of selitrectinib, CoordGen stretches lorlatinib's bonds."""
    from rdkit.Chem import rdCoordGen, rdDepictor

    taken = {}
    for name in ("selitrectinib", "lorlatinib"):
        mol = ts.ligand(name).mol
        own, other = Chem.Mol(mol), Chem.Mol(mol)
        rdDepictor.Compute2DCoords(own, useRingTemplates=True)
        other.RemoveAllConformers()
        rdCoordGen.AddCoords(other)
        flaws = [depiction._flaws(m) for m in (own, other)]
        assert depiction._flaws(depiction.layout(mol)) == pytest.approx(min(flaws), abs=0.01)
        taken[name] = int(np.argmin(flaws))
    assert taken == {"selitrectinib": 1, "lorlatinib": 0}


def test_svg_and_png_show_the_same(mutant):
    from matplotlib import image

    made = clash_depiction(mutant, size=(300, 200))
    root = ElementTree.fromstring(made.svg)
    assert root.get("viewBox") == "0 0 300 200" and root.get("role") == "img"
    picture = image.imread(io.BytesIO(made.png), format="png")[..., :3]
    assert picture.shape[:2] == (400, 600)
    for x, y, fill in ellipses(made.svg):
        wanted = [int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        around = picture[round(2 * y) - 8 : round(2 * y) + 8, round(2 * x) - 8 : round(2 * x) + 8]
        assert np.abs(around - wanted).max(axis=-1).min() < 0.06
    assert len(made.png) < 20_000
    assert made._repr_svg_() == made.svg and made._repr_png_() == made.png


def test_text_does_no_harm(mutant):
    complex_ = replace(mutant.complex, ligand=replace(mutant.complex.ligand, name=EVIL))
    svg = clash_depiction(complex_.mutate("G595R")).svg
    assert "<script" not in svg
    title = ElementTree.fromstring(svg)[0]
    assert title.text == f"{EVIL}: atoms that clash with G595R are shaded"
    # RDKit would take it for markup.
    assert (
        depict("CCO", {0: 1.0}, legend="<sub>a</sub>\nb")
        .legend[0]
        .text.startswith("(sub)a(/sub) b, ")
    )


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(LigandError, match=r"'C1CC' is no SMILES, so it cannot be drawn"):
        depict("C1CC")
    with pytest.raises(LigandError, match=r"There are 2 values for the 3 atoms"):
        depict("CCO", [1.0, 2.0])
    with pytest.raises(LigandError, match=r"has atoms 0 to 2, and there is no 7"):
        depict("CCO", {7: 1.0})
    assert not depict("CCO", [np.nan, np.inf, 0.0]).shades


def test_hydrogens_that_are_written_out_keep_their_place():
    mol = Chem.AddHs(Chem.MolFromSmiles("CO"))
    made = depict(mol, {1: 1.0})
    assert [made.mol.GetAtomWithIdx(a).GetSymbol() for a in made.shades] == ["O"]


def test_drawings_for_a_spreadsheet():
    rows = [{"ligand_smiles": s} for s in ("CCO", "CCO", "nonsense<", None, "")]
    found = depiction.drawings(rows)
    assert list(found) == ["CCO"] and found["CCO"].startswith(b"\x89PNG")
