"""What is done to a small molecule before it is a ligand, and how its atoms are typed.

A molecule from outside may be a salt, charged, a radical, or not a molecule at all.
`clean` makes the neutral form of its main organic component out of it and says what it
did; `atom_types` gives the types of the AutoDock Vina terms (Trott & Olson 2010,
https://doi.org/10.1002/jcc.21334) and partial charges in a protonation state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..atoms import AtomType, radius
from ..errors import LigandError
from ..reference import read_csv
from ..residues import Finding
from .protonation import parameter

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

__all__ = [
    "CleanMolecule",
    "atom_types",
    "clean",
    "cut_atoms",
    "formula_of",
    "parse_smiles",
    "silence",
]

_HALOGENS = frozenset({"F", "Cl", "Br", "I"})
#: Longest title line that the format allows (BIOVIA, CTfile Formats).
_SDF_TITLE = 80


class CleanMolecule(NamedTuple):
    """A molecule fit to be a ligand.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Neutral where it can be, one component, hydrogens implicit, no conformers.
    kept : tuple of int
        Index, in the molecule given, of each atom kept.
    findings : tuple of Finding
        What was changed.
    """

    mol: Mol
    kept: tuple[int, ...]
    findings: tuple[Finding, ...]


def silence() -> Any:
    """Return a context in which RDKit writes nothing to standard error.

    Returns
    -------
    context manager
    """
    from rdkit import rdBase

    return rdBase.BlockLogs()


def formula_of(mol: Mol) -> str:
    """Return the molecular formula, such as ``C21H22Cl2FN5O``.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Any molecule.

    Returns
    -------
    str
    """
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    return str(CalcMolFormula(mol))


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def parse_smiles(smiles: str) -> Mol:
    """Read SMILES, with an error that says what is wrong with it.

    Parameters
    ----------
    smiles : str
        One molecule; salts are allowed.

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised, hydrogens implicit.

    Raises
    ------
    LigandError
        If the text is empty, too long, or not SMILES of a possible molecule.
    """
    from rdkit import Chem

    text = smiles.strip()
    if not text:
        raise LigandError("The SMILES is empty: give one molecule, such as CN1CCOCC1.")
    limit = int(parameter("max_smiles_length"))
    if len(text) > limit:
        raise LigandError(
            f"The SMILES {_shorten(text)!r} has {len(text)} characters; no ligand that can be "
            f"scored needs more than {limit}."
        )
    with silence():
        # MolFromSmiles would take what follows a blank for a name.
        mol = Chem.MolFromSmiles(text) if len(text.split()) == 1 else None
        if mol is not None:
            return mol
        raw = Chem.MolFromSmiles(text, sanitize=False) if len(text.split()) == 1 else None
        if raw is None:
            raise LigandError(f"{_shorten(text)!r} is not SMILES.")
        try:
            Chem.SanitizeMol(raw)
        except ValueError as problem:
            raise LigandError(
                f"The SMILES {_shorten(text)!r} is not a possible molecule: {problem}."
            ) from None
        return raw


def clean(mol: Mol, label: str = "") -> CleanMolecule:
    """Take the main organic component of a molecule in its neutral form.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Sanitised.
    label : str
        Name for messages.

    Returns
    -------
    CleanMolecule

    Raises
    ------
    LigandError
        If it has no atoms or no carbon, radicals, metals or other elements that
        cannot be typed, dummy atoms, or too many heavy atoms.
    """
    from rdkit import Chem

    who = f"The ligand {label!r}" if label else "The ligand"
    findings: list[Finding] = []
    work = Chem.RWMol(mol)
    work.RemoveAllConformers()
    isotopes = 0
    for atom in work.GetAtoms():
        atom.SetIntProp("_given", atom.GetIdx())
        atom.SetAtomMapNum(0)
        if atom.GetIsotope():
            isotopes += 1
            atom.SetIsotope(0)
    if isotopes:
        labels = "isotope label was" if isotopes == 1 else "isotope labels were"
        message = f"{isotopes} {labels} dropped: isotopes are scored as the element."
        findings.append(Finding("isotopes", message))
    with silence():
        bare = Chem.RemoveHs(work.GetMol())
    single, left = _main_component(bare)
    _check_beside(bare, single, who)
    if left:
        message = (
            f"The ligand was given with {left} beside it; only the largest organic component, "
            f"{formula_of(single)}, is used."
        )
        findings.append(Finding("salt", message, "choice"))
    _check(single, who)
    neutral, changed = _neutral(single)
    if changed:
        message = (
            "The ligand was given in a charged form; it is kept neutral, and its state at "
            f"pH {parameter('ph'):g} is worked out anew."
        )
        findings.append(Finding("neutralised", message, "choice"))
    kept = tuple(atom.GetIntProp("_given") for atom in neutral.GetAtoms())
    for atom in neutral.GetAtoms():
        atom.ClearProp("_given")
    return CleanMolecule(neutral, kept, tuple(findings))


def _main_component(mol: Mol) -> tuple[Mol, str]:
    """Largest component with carbon, and the formulas of the others."""
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcExactMolWt

    parts = Chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False)
    if len(parts) < 2:
        return mol, ""

    def size(part: Mol) -> tuple[bool, int, float, str]:
        carbon = any(atom.GetSymbol() == "C" for atom in part.GetAtoms())
        return carbon, part.GetNumHeavyAtoms(), CalcExactMolWt(part), Chem.MolToSmiles(part)

    ranked = sorted(parts, key=size, reverse=True)
    return ranked[0], ", ".join(sorted(formula_of(part) for part in ranked[1:]))


def _check_beside(mol: Mol, single: Mol, who: str) -> None:
    """Refuse a metal complex that is drawn as ions: without its metal it is another compound."""
    ions = {row["element"] for row in read_csv("counter_ions.csv")}
    kept = {atom.GetSymbol() for atom in single.GetAtoms()}
    metals = sorted({atom.GetSymbol() for atom in mol.GetAtoms()} - kept - ions - _elements())
    metals = [symbol for symbol in metals if symbol != "*"]
    if metals and "C" in kept:
        raise LigandError(
            f"{who} comes with {', '.join(metals)}: a metal complex cannot be scored. If it is "
            "only a counter-ion, give the organic molecule alone."
        )


@lru_cache(maxsize=1)
def _elements() -> frozenset[str]:
    return frozenset(row["element"] for row in read_csv("covalent_radii.csv"))


def _check(mol: Mol, who: str) -> None:
    atoms = list(mol.GetAtoms())
    if not any(atom.GetSymbol() == "C" for atom in atoms):
        what = formula_of(mol) if atoms else "no atoms"
        raise LigandError(f"{who} has no carbon atom ({what}): it is no inhibitor.")
    if any(atom.GetAtomicNum() == 0 or atom.HasQuery() for atom in atoms):
        raise LigandError(
            f"{who} has open places (dummy or query atoms, '*', 'R'): give the complete molecule."
        )
    strange = sorted({atom.GetSymbol() for atom in atoms} - _elements())
    if strange:
        raise LigandError(
            f"{who} contains {', '.join(strange)}: metals and elements without force-field "
            f"parameters cannot be scored. Known are {', '.join(sorted(_elements()))}."
        )
    radicals = [a for a in atoms if a.GetNumRadicalElectrons()]
    if radicals:
        named = ", ".join(f"{a.GetSymbol()}{a.GetIdx() + 1}" for a in radicals)
        raise LigandError(
            f"{who} is a radical at {named}: hydrogens are missing or a valence is wrong."
        )
    limit = int(parameter("max_heavy_atoms"))
    if len(atoms) > limit:
        raise LigandError(
            f"{who} has {len(atoms)} heavy atoms, more than the {limit} that an inhibitor may have."
        )


def _neutral(mol: Mol) -> tuple[Mol, bool]:
    from rdkit import Chem
    from rdkit.Chem.MolStandardize import rdMolStandardize

    if not any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        return mol, False
    before = [atom.GetFormalCharge() for atom in mol.GetAtoms()]
    with silence():
        neutral = rdMolStandardize.Uncharger().uncharge(mol)
        Chem.SanitizeMol(neutral)
        Chem.AssignStereochemistry(neutral, cleanIt=True, force=True)
    return neutral, before != [atom.GetFormalCharge() for atom in neutral.GetAtoms()]


def atom_types(mol: Mol) -> tuple[tuple[AtomType, ...], tuple[Finding, ...]]:
    """Types of the heavy atoms of a molecule, in the protonation state it is in.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit, formal charges as they shall be scored.

    Returns
    -------
    types : tuple of AtomType
        One for each atom, in order. Charges sum to the net charge.
    findings : tuple of Finding
        If the charges come from the second-best model.

    Notes
    -----
    Hydrophobic: carbon bonded to no heteroatom, and the halogens. Donor: N and O that
    carry hydrogen. Acceptor: O with a free pair, and N with one that is not delocalised
    (not amide, aniline, pyrrole or sulfonamide) nor bound to a proton. Charges are those
    of MMFF94 (Halgren 1996, https://doi.org/10.1002/(SICI)1096-987X(199604)17:5/6<520::
    AID-JCC2>3.0.CO;2-W), which follow bond increments and need no conformer; where MMFF94
    has no parameters, those of Gasteiger & Marsili 1980
    (https://doi.org/10.1016/0040-4020(80)80168-2). A hydrogen's charge is added to the
    heavy atom that carries it.
    """
    charges, findings = _charges(mol)
    types = []
    for atom, charge in zip(mol.GetAtoms(), charges, strict=True):
        symbol = atom.GetSymbol()
        hydrogens = atom.GetTotalNumHs()
        polar = any(n.GetSymbol() not in ("C", "H") for n in atom.GetNeighbors())
        types.append(
            AtomType(
                symbol,
                radius(symbol),
                symbol in _HALOGENS or (symbol == "C" and not polar),
                symbol in ("N", "O") and hydrogens > 0,
                _accepts(atom),
                charge,
            )
        )
    return tuple(types), findings


def _accepts(atom: Atom) -> bool:
    """Whether the atom has a lone pair that a hydrogen bond can use."""
    from rdkit.Chem import HybridizationType

    if atom.GetFormalCharge() > 0:
        return False
    if atom.GetSymbol() == "O":
        return True
    if atom.GetSymbol() != "N":
        return False
    if atom.GetFormalCharge() < 0:
        return True
    neighbours = atom.GetTotalDegree()
    if atom.GetIsAromatic():
        # Pyridine type has two neighbours; pyrrole type gives its pair to the ring.
        return neighbours == 2
    if neighbours < 3:
        return True
    # RDKit calls a nitrogen SP2 when its pair is conjugated with what it is bound to.
    delocalised = atom.GetHybridization() != HybridizationType.SP3
    sulfonyl = any(
        n.GetSymbol() in ("S", "P") and any(b.GetBondTypeAsDouble() == 2 for b in n.GetBonds())
        for n in atom.GetNeighbors()
    )
    return not delocalised and not sulfonyl


def partial_charges(whole: Mol) -> tuple[list[float], tuple[Finding, ...]]:
    """Partial charges of a molecule with all its hydrogens.

    Parameters
    ----------
    whole : rdkit.Chem.Mol
        Hydrogens explicit.

    Returns
    -------
    charges : list of float
        Charge of each atom in e: MMFF94's (Halgren 1996, J Comput Chem 17:490), or, where
        it has none, those of Gasteiger and Marsili, or formal charges.
    findings : tuple of Finding
        Says so if they are not MMFF94's.
    """
    import math

    from rdkit.Chem import rdForceFieldHelpers, rdPartialCharges

    findings: tuple[Finding, ...] = ()
    with silence():
        typed = rdForceFieldHelpers.MMFFGetMoleculeProperties(whole)
    if typed is not None:
        raw = [typed.GetMMFFPartialCharge(index) for index in range(whole.GetNumAtoms())]
    else:
        rdPartialCharges.ComputeGasteigerCharges(whole)
        raw = [atom.GetDoubleProp("_GasteigerCharge") for atom in whole.GetAtoms()]
        what = "those of Gasteiger and Marsili are used"
        if not all(math.isfinite(value) for value in raw):
            raw = [float(atom.GetFormalCharge()) for atom in whole.GetAtoms()]
            what = "nor have Gasteiger and Marsili; formal charges are used"
        message = f"MMFF94 has no charges for this molecule; {what}."
        findings = (Finding("charges", message, "warning"),)
    return raw, findings


def sdf_record(mol: Mol, title: str, fields: Mapping[str, str]) -> str:
    """Write a molecule as one SDF record.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        With a conformer.
    title : str
        Its name; line breaks become blanks, and of a long one the beginning is taken.
    fields : mapping of str to str
        Data behind it, one line each.

    Returns
    -------
    str
        Ends with ``$$$$``.
    """
    from rdkit import Chem

    named = Chem.Mol(mol)
    named.SetProp("_Name", _sdf_line(title)[:_SDF_TITLE])
    block = Chem.MolToMolBlock(named, kekulize=True)
    data = "".join(f">  <{key}>\n{_sdf_line(value)}\n\n" for key, value in fields.items())
    return f"{block}{data}$$$$\n"


def _sdf_line(text: str) -> str:
    """Make a line of a text that no reader takes for the end of a record or for a field."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"_{line}" if line.startswith(("$$$$", ">")) else line


def relaxed(whole: Mol, freedom_ang: float = 0.3) -> Mol:
    """Relax a molecule where it lies, by MMFF94s.

    Parameters
    ----------
    whole : rdkit.Chem.Mol
        With all its hydrogens and a conformer.
    freedom_ang : float
        Heavy atoms may move so far before a spring holds them, in angstrom.

    Returns
    -------
    rdkit.Chem.Mol
        A copy with new coordinates.

    Raises
    ------
    LigandError
        If MMFF94s lacks parameters for it.

    References
    ----------
    Halgren 1999, J Comput Chem 20:720.
    """
    from rdkit import Chem
    from rdkit.Chem import rdForceFieldHelpers

    moved = Chem.Mol(whole)
    with silence():
        typed = rdForceFieldHelpers.MMFFGetMoleculeProperties(moved, mmffVariant="MMFF94s")
    if typed is None:
        raise LigandError("MMFF94s has no parameters for this molecule; it is held instead.")
    field = rdForceFieldHelpers.MMFFGetMoleculeForceField(moved, typed)
    for atom in moved.GetAtoms():
        if atom.GetSymbol() != "H":
            field.MMFFAddPositionConstraint(atom.GetIdx(), freedom_ang, 100.0)
    field.Minimize(maxIts=2000)
    return moved


def _charges(mol: Mol) -> tuple[list[float], tuple[Finding, ...]]:
    """Partial charges with hydrogens folded in; they sum to the net charge."""
    from rdkit import Chem

    whole = Chem.AddHs(mol)
    net = Chem.GetFormalCharge(mol)
    raw, findings = partial_charges(whole)
    folded = raw[: mol.GetNumAtoms()]
    for atom in whole.GetAtoms():
        if atom.GetIdx() >= mol.GetNumAtoms():
            folded[atom.GetNeighbors()[0].GetIdx()] += raw[atom.GetIdx()]
    # Rounded parameters leave a remainder far below a thousandth of a charge.
    remainder = (net - sum(folded)) / max(len(folded), 1)
    return [value + remainder for value in folded], findings


def cut_atoms(mol: Mol, gone: Sequence[int]) -> Mol:
    """Cut atoms out of a molecule; the cut bonds become bonds to hydrogen.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Hydrogens implicit; conformers are kept.
    gone : sequence of int
        Atoms to leave out.

    Returns
    -------
    rdkit.Chem.Mol
    """
    from rdkit import Chem

    edited = Chem.RWMol(mol)
    # A fragment of a ring is no longer aromatic: bonds are localised before the cut.
    Chem.Kekulize(edited, clearAromaticFlags=True)
    lost: dict[int, float] = {}
    for index in gone:
        for bond in edited.GetAtomWithIdx(index).GetBonds():
            other = bond.GetOtherAtomIdx(index)
            lost[other] = lost.get(other, 0.0) + bond.GetBondTypeAsDouble()
    for index, orders in lost.items():
        atom = edited.GetAtomWithIdx(index)
        atom.SetNumExplicitHs(atom.GetTotalNumHs() + round(orders))
        atom.SetNoImplicit(True)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for index in sorted(gone, reverse=True):
        edited.RemoveAtom(index)
    cut: Mol = edited.GetMol()
    Chem.SanitizeMol(cut)
    return cut
