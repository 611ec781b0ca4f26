"""The tables of measured values and of reported responses, and finding rows in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..errors import AmbiguousResidueError, DataError, MutationError
from ..kinases import Kinase
from ..kinases import kinase as find_kinase
from ..ligands import library
from ..mutations import MutationSet
from ..reference import read_csv

__all__ = [
    "ASSAY_CLASSES",
    "LABELS",
    "Label",
    "Measurement",
    "canonical_variant",
    "class_statements",
    "labels",
    "measurements",
    "threshold",
    "two_digits",
]

#: Kinds of assay that are never mixed, the one that is preferred first.
ASSAY_CLASSES: Final = ("biochemical", "cellular", "binding")
#: What a source does not say; such a value is shown, and used for nothing.
UNSTATED: Final = "unstated"
#: What a response is called, from the worst for the inhibitor to the best.
LABELS: Final = ("resistant", "reduced", "sensitive", "sensitised")
#: What the word of a label rests on.
KINDS: Final = ("fold", "potency", "verbal", "class")
WILD_TYPE: Final = "WT"
_WILD_TYPE_WORDS: Final = frozenset({"wt", "wildtype"})
#: Wild type and number of a substitution, also where several mutants follow.
_RESIDUE: Final = re.compile(r"[A-Z][0-9]+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value that a source gives for an inhibitor on a kinase or one of its variants.

    Parameters
    ----------
    id : str
        Its name in the table.
    kinase, gene : str
        The kinase, as in `trkstruct.kinases`.
    variant : str
        ``WT``, a substitution with its UniProt number, several joined by ``+``, or another change
        in words.
    variant_literature : str
        The variant as the source writes it.
    inhibitor : str
        Its name in the library.
    assay : str
        What was measured how, as far as the source says.
    assay_class : {"biochemical", "cellular", "binding", "unstated"}
        The kind of assay; what the source leaves open is ``unstated``.
    measure : {"IC50", "Ki", "Kd", "GI50", "fold"}
        The quantity; ``fold`` is a change against the wild type that the source states.
    relation : {"=", "<", ">"}
        ``<`` and ``>`` where the value is a bound.
    value : float
        In nM, or a ratio for ``fold``.
    wt_value : float or None
        Value of the wild type in the same experiment, in nM.
    wt_relation : {"=", "<", ">", ""}
        The same for the wild type.
    experiment : str
        Name of one paper and one assay.
    system : str
        Cells and fusion, if cells were used.
    source : str
        DOI, PMID, PMCID, trial, entry of the PDB, or address.
    provenance : {"paper", "abstract", "transcribed", "database"}
        How directly it was read.
    conflict : str
        Where sources disagree, or one with itself.
    note : str
        A remark.
    """

    id: str
    kinase: str
    gene: str
    variant: str
    variant_literature: str
    inhibitor: str
    assay: str
    assay_class: str
    measure: str
    relation: str
    value: float
    wt_value: float | None
    wt_relation: str
    experiment: str
    system: str
    source: str
    provenance: str
    conflict: str
    note: str

    @property
    def unit(self) -> str:
        """Unit of the value: ``nM``, or ``fold``."""
        return "fold" if self.measure == "fold" else "nM"

    def __str__(self) -> str:
        bound = "" if self.relation == "=" else f"{self.relation} "
        if self.measure == "fold":
            return f"{bound}{self.value:g}-fold"
        return f"{self.measure} {bound}{self.value:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Label:
    """What a source says in words of a mutant's response to an inhibitor.

    Parameters
    ----------
    id : str
        Its name in the table.
    kinase : str
        The kinase, as in `trkstruct.kinases`.
    variant : str
        A substitution with its UniProt number, several joined by ``+``; free text for a class.
    variant_literature : str
        The variant as the source writes it.
    inhibitor : str
        Its name in the library; free text for a class.
    label : {"resistant", "reduced", "sensitive", "sensitised"}
        The response.
    kind : {"fold", "potency", "verbal", "class"}
        What it rests on: a change that was measured, a value on the mutant alone, neither; or it
        is said of a class of mutations or inhibitors and is no case.
    system : str
        Patients, cells, enzyme, ...
    source : str
        DOI, PMID, PMCID, trial, or address.
    provenance : {"paper", "abstract", "transcribed", "database"}
        How directly it was read.
    conflict : str
        Where sources disagree, or one with itself.
    note : str
        A remark.
    """

    id: str
    kinase: str
    variant: str
    variant_literature: str
    inhibitor: str
    label: str
    kind: str
    system: str
    source: str
    provenance: str
    conflict: str
    note: str


@lru_cache(maxsize=1)
def _measurements() -> tuple[Measurement, ...]:
    found = []
    for row in read_csv("measurements.csv"):
        fields = {key: text for key, text in row.items() if key != "unit"}
        try:
            value = float(row["value"])
            wt_value = float(row["wt_value"]) if row["wt_value"] else None
        except ValueError as error:
            raise DataError(f"measurements.csv, {row['id']}: {error}.") from error
        if row["assay_class"] not in (*ASSAY_CLASSES, UNSTATED) or value <= 0:
            raise DataError(
                f"measurements.csv, {row['id']}: {row['assay_class']!r} is none of "
                f"{', '.join((*ASSAY_CLASSES, UNSTATED))}, or {value:g} is no value."
            )
        found.append(Measurement(**{**fields, "value": value, "wt_value": wt_value}))  # type: ignore[arg-type]
    return tuple(found)


@lru_cache(maxsize=1)
def _labels() -> tuple[Label, ...]:
    found = tuple(Label(**row) for row in read_csv("response_labels.csv"))
    for row in found:
        if row.label not in LABELS or row.kind not in KINDS:
            raise DataError(
                f"response_labels.csv, {row.id}: {row.label!r} is none of {', '.join(LABELS)}, or "
                f"{row.kind!r} none of {', '.join(KINDS)}."
            )
    return found


def threshold(name: str) -> float:
    """Look up a number by which measured values are read.

    Parameters
    ----------
    name : str
        Its name in ``evidence_thresholds.csv``.

    Returns
    -------
    float
    """
    return next(float(r["value"]) for r in read_csv("evidence_thresholds.csv") if r["name"] == name)


def two_digits(value: float) -> str:
    """Write a number with two significant digits and without an exponent where it can be.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str

    Examples
    --------
    >>> from trkstruct.evidence import two_digits
    >>> two_digits(128.12), two_digits(0.533)
    ('130', '0.53')
    """
    return f"{float(f'{value:.2g}'):g}"


def canonical_variant(text: str, of: str | Kinase) -> str:
    """Write a variant as the tables do: UniProt numbers, in their order.

    Parameters
    ----------
    text : str
        ``WT``, or mutations as in `MutationSet.parse`, by the UniProt number or a number that
        papers use.
    of : str or Kinase
        The kinase.

    Returns
    -------
    str

    Raises
    ------
    NumberingError
        If the kinase is not known.
    MutationError
        If the text is no substitution, is of another kinase, or its wild type is not there.
    AmbiguousResidueError
        If the number fits two residues.

    Examples
    --------
    >>> from trkstruct.evidence import canonical_variant
    >>> canonical_variant("p.Gly639Arg", "TRKB"), canonical_variant("G623R", "TRKB")
    ('G623R', 'G623R')
    """
    of = find_kinase(of) if isinstance(of, str) else of
    if re.sub(r"[\s_-]", "", text).casefold() in _WILD_TYPE_WORDS:
        return WILD_TYPE
    asked = MutationSet.parse(text)
    if asked.kinase not in (None, of.name):
        raise MutationError(f"{asked} is a mutation of {asked.kinase}, not of {of.name}.")
    parts = []
    for item in asked:
        number = (
            _uniprot_number(item.wild_type, item.position, of) if of.complete else item.position
        )
        parts.append((number, f"{item.wild_type}{number}{item.mutant}"))
    return "+".join(part for _, part in sorted(parts))


def _uniprot_number(wild_type: str, number: int, of: Kinase) -> int:
    """Return the UniProt number of a residue that is numbered in one of the usual ways."""
    shifts = (0, *(i.offset for i in of.isoforms if i.auto or i.literature))
    numbers = (number - shift for shift in shifts)
    fits = list(dict.fromkeys(n for n in numbers if of.letter(n) == wild_type))
    if not fits:
        there = of.letter(number)
        raise MutationError(
            f"{wild_type}{number}: residue {number} of {of.name} (UniProt {of.uniprot}) is "
            f"{there or 'not there'}, not {wild_type}, and no other numbering that papers use has "
            "that residue there."
        )
    if len(fits) > 1:
        places = " or ".join(map(str, fits))
        raise AmbiguousResidueError(
            f"{wild_type}{number} of {of.name} can be UniProt residue {places}. Give the UniProt "
            "number of the one that is meant, in a numbering where it fits only once."
        )
    return fits[0]


def _inhibitor(name: str) -> str | None:
    """Return the library's name of an inhibitor that is given by a name or an InChIKey."""
    entry = library.find(name) or library.find_inchikey(name)
    return entry.name if entry else None


def _variants(of: Kinase | None, text: str) -> dict[str, str]:
    """Return the variant that a text means, by kinase; several if the kinase is left open."""
    literal = text.strip().casefold()
    if re.sub(r"[\s_-]", "", literal) in _WILD_TYPE_WORDS:
        return _everywhere(of, WILD_TYPE)
    for row in _measurements():  # an insertion or a deletion, as the table writes it
        if literal != row.variant.casefold() or _RESIDUE.match(row.variant):
            continue
        if of is None or of.name == row.kinase:
            return {row.kinase: row.variant}
    if of is None and (named := MutationSet.parse(text).kinase) is not None:
        of = find_kinase(named)
    if of is not None:
        return {of.name: canonical_variant(text, of)}
    found = {}
    for name in _kinases():
        try:
            found[name] = canonical_variant(text, find_kinase(name))
        except (MutationError, AmbiguousResidueError):
            continue
    return found


def _everywhere(of: Kinase | None, variant: str) -> dict[str, str]:
    return dict.fromkeys((of.name,) if of else _kinases(), variant)


def _kinases() -> Iterator[str]:
    names = [row.kinase for row in _measurements()] + [row.kinase for row in _labels()]
    return iter(dict.fromkeys(names))


def _matcher(
    of: str | Kinase | None, variant: str | None, inhibitor: str | None
) -> Callable[[Measurement | Label], bool]:
    """Return what tells whether a row is about what is asked."""
    found = find_kinase(of) if isinstance(of, str) else of
    drug = None if inhibitor is None else _inhibitor(inhibitor)
    variants = None if variant is None else _variants(found, variant)

    def matches(row: Measurement | Label) -> bool:
        return (
            (found is None or row.kinase == found.name)
            and (inhibitor is None or row.inhibitor == drug)
            and (variants is None or variants.get(row.kinase) == row.variant)
        )

    return matches


def measurements(
    kinase: str | Kinase | None = None, variant: str | None = None, inhibitor: str | None = None
) -> tuple[Measurement, ...]:
    """Measured values, all or those of a kinase, a variant, an inhibitor.

    Parameters
    ----------
    kinase : str or Kinase, optional
        Any of its names.
    variant : str, optional
        ``WT``, or a mutation in UniProt numbers or those of papers, as in `MutationSet.parse`.
    inhibitor : str, optional
        Name, synonym or InChIKey; of one that the library does not have there is nothing.

    Returns
    -------
    tuple of Measurement
        In the order of the table.

    Raises
    ------
    NumberingError
        If the kinase is not known, or a number fits two of its residues.
    MutationError
        If the variant cannot be read or does not fit the kinase.

    Examples
    --------
    >>> from trkstruct.evidence import measurements
    >>> [str(row) for row in measurements("TRKB", "G639R", "repotrectinib")]
    ['IC50 2.66 nM']
    """
    matches = _matcher(kinase, variant, inhibitor)
    return tuple(row for row in _measurements() if matches(row))


def labels(
    kinase: str | Kinase | None = None, variant: str | None = None, inhibitor: str | None = None
) -> tuple[Label, ...]:
    """Reported responses, all or those of a kinase, a variant, an inhibitor.

    What is said of a class of mutations or inhibitors is not among them: `class_statements`.

    Parameters
    ----------
    kinase : str or Kinase, optional
        Any of its names.
    variant : str, optional
        A mutation in UniProt numbers or those of papers, as in `MutationSet.parse`.
    inhibitor : str, optional
        Name, synonym or InChIKey; of one that the library does not have there is nothing.

    Returns
    -------
    tuple of Label
        In the order of the table.

    Raises
    ------
    NumberingError
        If the kinase is not known, or a number fits two of its residues.
    MutationError
        If the variant cannot be read or does not fit the kinase.

    Examples
    --------
    >>> from trkstruct.evidence import labels
    >>> [row.label for row in labels("ROS1", "G2032R", "TPX-0005")]
    ['sensitive', 'sensitive']
    """
    matches = _matcher(kinase, variant, inhibitor)
    return tuple(row for row in _labels() if row.kind != "class" and matches(row))


def class_statements(
    kinase: str | Kinase | None = None, variant: str | None = None
) -> tuple[Label, ...]:
    """What is said of classes, such as "type II inhibitors on G667C/A/S"; no cases.

    Parameters
    ----------
    kinase : str or Kinase, optional
        Any of its names.
    variant : str, optional
        Only statements whose text names the residue of this mutation, be it with another mutant.

    Returns
    -------
    tuple of Label
        Of the kind ``class``: variant and inhibitor are free text.

    Raises
    ------
    NumberingError
        If the kinase is not known, or a number fits two of its residues.
    MutationError
        If the variant cannot be read or does not fit the kinase.

    Examples
    --------
    >>> from trkstruct.evidence import class_statements
    >>> [(row.inhibitor, row.label) for row in class_statements("TRKA", "G667C")][1]
    ('type II', 'sensitised')
    """
    matches = _matcher(kinase, None, None)
    rows = [row for row in _labels() if row.kind == "class" and matches(row)]
    if variant is None:
        return tuple(rows)
    found = find_kinase(kinase) if isinstance(kinase, str) else kinase
    residues = {
        name: set(_RESIDUE.findall(text)) for name, text in _variants(found, variant).items()
    }
    return tuple(
        row for row in rows if residues.get(row.kinase, set()) & set(_RESIDUE.findall(row.variant))
    )
