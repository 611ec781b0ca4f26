"""From a free energy to a call: how far the inhibitor falls, and how sure that is."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from math import erf, inf, isnan, log, nan, sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .ensembles import RT_KCAL, Mutant, engine_of
from .errors import TrkstructError
from .evidence import Evidence, columns, evidence_of
from .mutations import CatalogueRow, MutationSet, catalogue
from .residues import Finding
from .thresholds import CALLS, Calibration, calibration, call_of, fold_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .complexes import Complex
    from .views.view3d import View

__all__ = [
    "CALLS",
    "Calibration",
    "ResistanceCall",
    "calibration",
    "call_of",
    "fold_of",
    "judge",
    "resistance",
]

#: So many structures are named one by one.
_NAMED: Final = 6
_LEVELS: Final = ("low", "medium", "high")
#: KLIFS positions of xDFG and the motif: a mutation there moves the balance of the states.
_AT_DFG: Final = (80, 81, 82, 83)
#: What placing says of a pose that is not to be relied on.
_POSE_DOUBTS: Final = frozenset({"no-hinge", "strained", "poor-energy", "left-pocket"})


@dataclass(frozen=True, eq=False)
class ResistanceCall:
    """What a mutation does to an inhibitor, and how sure that is.

    Parameters
    ----------
    mutant : Mutant
        The model behind the call.
    call : str
        One of `CALLS`.
    confidence : {"high", "medium", "low", ""}
        Lowered by a pose that is not experimental, each doubt about it, a doubtful backbone,
        and where the expected error leaves much room for another call. Empty where there is
        no call.
    ddg_low_kcal, ddg_high_kcal : float
        80 % prediction interval in kcal/mol; nan where there is no call.
    p_resistant : float
        Probability of a fold change of ten or more; nan where there is no call.
    reasons : tuple of str
        Sentences: what the number comes from, and why there is no call if there is none.
    findings : tuple of Finding
        What was noticed in the input and chosen for the user.
    others : tuple of Mutant
        The same mutation in further structures; the ddG and its contributions are means.
    """

    mutant: Mutant
    call: str
    confidence: str
    ddg_low_kcal: float
    ddg_high_kcal: float
    p_resistant: float
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())
    others: tuple[Mutant, ...] = field(default=())

    @property
    def status(self) -> str:
        """``ok`` or ``abstained``."""
        return "abstained" if self.call == "abstain" else "ok"

    @property
    def ddg_kcal(self) -> float:
        """Change of binding free energy in kcal/mol; positive is weaker binding."""
        return _mean_ddg((self.mutant, *self.others))

    @property
    def fold_change(self) -> float:
        """How many times weaker the inhibitor binds."""
        return fold_of(self.ddg_kcal)

    @property
    def contributions(self) -> dict[str, float]:
        """Contributions to the ddG in kcal/mol; they add up to it."""
        return _mean_contributions((self.mutant, *self.others))

    @property
    def interval(self) -> tuple[float, float]:
        """80 % prediction interval of the ddG in kcal/mol; nan where there is no call."""
        return self.ddg_low_kcal, self.ddg_high_kcal

    @property
    def evidence(self) -> Evidence:
        """What was measured and reported of this mutation and inhibitor; never in the score."""
        return evidence_of(*self._asked())

    def _asked(self) -> tuple[str, str, str]:
        """Kinase, mutation in UniProt numbers and inhibitor, by which the literature is asked."""
        complex_ = self.mutant.complex
        kinase = complex_.numbering.kinase
        texts = [item.uniprot_text for item in self.mutant.mutations]
        return (
            kinase.name if kinase else "",
            "+".join(texts) if all(texts) else "",
            complex_.ligand.inchikey,
        )

    @property
    def atoms(self) -> NDArray[np.float64]:
        """Per ligand atom, (n, 4) float64; see `Mutant.ligand_atoms_kcal`."""
        return self.mutant.ligand_atoms_kcal

    def __repr__(self) -> str:
        asked = f"{self.mutant.text} / {self.mutant.complex.ligand.name}"
        if self.call == "abstain":
            return f"<ResistanceCall {asked}: no prediction>"
        return (
            f"<ResistanceCall {asked}: {self.call}, "
            f"ddG {self.ddg_kcal:+.2f} [{self.ddg_low_kcal:+.2f}, {self.ddg_high_kcal:+.2f}] "
            f"kcal/mol, confidence {self.confidence}>"
        )

    def _repr_html_(self) -> str:
        rows = {"mutation": self.mutant.text, "inhibitor": self.mutant.complex.ligand.name}
        if self.call == "abstain":
            rows["call"] = "no prediction"
        else:
            rows |= {
                "call": f"{self.call} (confidence {self.confidence})",
                "ddG": f"{self.ddg_kcal:+.2f} kcal/mol "
                f"({self.ddg_low_kcal:+.2f} to {self.ddg_high_kcal:+.2f})",
                "fold change": f"{self.fold_change:.2g}",
                **{key: f"{value:+.2f} kcal/mol" for key, value in self.contributions.items()},
            }
        rows["reasons"] = " ".join(self.reasons)
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(key)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for key, value in rows.items()
        )
        return f"<table>{cells}</table>"

    def view(self, clashes: bool = True) -> View:
        """Show the modelled mutant in 3D, titled with the call; see `trkstruct.views.view3d`.

        Parameters
        ----------
        clashes : bool, default True
            Whether to mark overlaps with the inhibitor and lost hydrogen bonds.

        Returns
        -------
        trkstruct.views.view3d.View
        """
        from .views.view3d import view

        return view(self, clashes=clashes)

    def plot(self, ax: Any = None) -> Any:
        """Draw the contributions to the ddG as steps that add up to it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a figure is made if not given.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from .views.plots import waterfall

        return waterfall(self, ax=ax)

    def row(self) -> dict[str, Any]:
        """Return what this call knows of the columns of a table of results.

        Returns
        -------
        dict of str to object
            Column to value: text, float or int, None where there is none; energies in
            kcal/mol to 0.001, the contributions rounded so that they still add up.
        """
        mutant, complex_ = self.mutant, self.mutant.complex
        pose = complex_.poses[0]
        numbering = complex_.numbering
        kinase = numbering.kinase
        parts = {key: _rounded(value) for key, value in self.contributions.items()}
        total = _rounded(self.ddg_kcal)
        parts["entropy"] = _rounded(total - sum(v for k, v in parts.items() if k != "entropy"))

        def joined(values: list[Any]) -> str:
            return ";".join("" if value is None else str(value) for value in values)

        located = list(mutant.mutations)
        several = len(located) > 1
        abstained = self.call == "abstain"
        uniprot = [item.uniprot_position for item in located]
        klifs = [item.klifs_position for item in located]
        measured = columns(*self._asked(), None if abstained else self.fold_change)
        return {
            "structure_kind": complex_.structure_kind,
            "chain": complex_.chain,
            "kinase": kinase.name if kinase else "",
            "ligand": complex_.ligand.name,
            "ligand_smiles": complex_.ligand.smiles,
            "binding_type": complex_.binding_type,
            "pose_source": pose.source,
            "template": pose.template or "",
            "template_overlap": "" if pose.overlap is None else round(pose.overlap, 3),
            "mutation_uniprot": "+".join(item.uniprot_text for item in located),
            "uniprot_position": joined(uniprot) if several else _blank(uniprot[0]),
            "klifs_position": joined(klifs) if several else _blank(klifs[0]),
            "role": ";".join(item.role for item in located),
            "ddg_kcal": total,
            "ddg_low_kcal": _known(self.ddg_low_kcal),
            "ddg_high_kcal": _known(self.ddg_high_kcal),
            **{f"{key}_kcal": value for key, value in parts.items()},
            "strain_kcal": _rounded(mutant.strain_kcal),
            "fold_change": None if abstained else float(f"{self.fold_change:.2g}"),
            "p_resistant": _known(self.p_resistant),
            "call": self.call,
            "confidence": self.confidence,
            **measured,
            "distance_ang": round(_nearest((mutant, *self.others)), 2),
            "n_rotamers": mutant.n_rotamers,
            "n_poses": mutant.n_poses,
            "reasons": " ".join(self.reasons),
            "findings": " ".join(f.message for f in self.findings if f.level != "note"),
            "status": self.status,
            "error": "",
        }


def _normal(x: float) -> float:
    """Return the cumulative standard normal distribution."""
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def _certainty(ddg: float, error: float, call: str) -> float:
    """Return the probability that the true ddG has this call, the error being normal."""
    limits = calibration()
    reduced, resistant = (RT_KCAL * log(x) for x in (limits.reduced_fold, limits.resistant_fold))
    ranges = {
        "resistant": (resistant, inf),
        "reduced": (reduced, resistant),
        "retained": (-reduced, reduced),
        "sensitised": (-inf, -reduced),
    }
    low, high = ranges[call]
    return _normal((high - ddg) / error) - _normal((low - ddg) / error)


def _known(value: float) -> float | None:
    """Return a number as it is written, None where it is not known."""
    return None if isnan(value) else _rounded(value)


def _rounded(value: float) -> float:
    """Return a number to three decimals, zero without a sign."""
    return round(value, 3) + 0.0


def _blank(value: int | None) -> int | str:
    return "" if value is None else value


def _mean_ddg(mutants: Sequence[Mutant]) -> float:
    return sum(mutant.ddg_kcal for mutant in mutants) / len(mutants)


def _mean_contributions(mutants: Sequence[Mutant]) -> dict[str, float]:
    every = [mutant.contributions for mutant in mutants]
    return {key: sum(parts[key] for parts in every) / len(every) for key in every[0]}


def _nearest(mutants: Sequence[Mutant]) -> float:
    return min(mutant.distance_ang for mutant in mutants)


def _spread(mutants: Sequence[Mutant]) -> float:
    """Return the standard deviation of the ddG over structures, in kcal/mol; zero for one."""
    if len(mutants) < 2:
        return 0.0
    mean = _mean_ddg(mutants)
    return sqrt(sum((m.ddg_kcal - mean) ** 2 for m in mutants) / (len(mutants) - 1))


def _over_structures(mutants: Sequence[Mutant]) -> str:
    """Say what the structures say one by one, or of many how far they go apart."""
    named = [f"{m.complex.structure.name} {m.ddg_kcal:+.2f}" for m in mutants]
    if len(mutants) <= _NAMED:
        return f"Mean of {len(mutants)} structures: {', '.join(named)}."
    ranked = sorted(zip(mutants, named, strict=True), key=lambda item: item[0].ddg_kcal)
    return (
        f"Mean of {len(mutants)} structures, from {ranked[0][1]} to {ranked[-1][1]}; standard "
        f"deviation {_spread(mutants):.2f}."
    )


def _main_reason(ddg: float, contributions: dict[str, float]) -> str:
    """Say in a sentence which contribution the ddG comes from."""
    names = {
        "clash": "clash with the inhibitor",
        "contact": "contacts with the inhibitor",
        "hbond": "hydrogen bonds with the inhibitor",
        "charge": "charge and desolvation",
        "entropy": "freedom of the side chain",
    }
    if abs(ddg) < 0.05:
        return "The mutant costs the inhibitor next to nothing: what it loses and gains is even."
    parts = {key: value for key, value in contributions.items() if key in names}
    sign = 1.0 if ddg > 0 else -1.0
    ranked = sorted(parts, key=lambda key: -sign * parts[key])
    chosen = [key for key in ranked[:2] if sign * parts[key] > 0.25 * abs(ddg)]
    listed = " and ".join(f"{names[key]} ({parts[key]:+.2f})" for key in chosen or ranked[:1])
    # Tables hold three decimals, and are shown with two of them: the same here.
    return f"ddG {round(ddg, 3):+.2f} kcal/mol, mostly {listed}."


def _dfg_out(mutant: Mutant) -> bool:
    """Return whether the inhibitor is bound to the DFG-out state."""
    from .states import dfg_state

    complex_ = mutant.complex
    state = complex_.remember("dfg", lambda: dfg_state(complex_.structure, complex_.numbering).dfg)
    return bool(state == "out")


def _why_not(mutants: Sequence[Mutant]) -> str | None:
    """Say why geometry forbids a prediction, if it does; what is near in one structure is near."""
    mutant, reach = mutants[0], calibration().reach_ang
    distance = _nearest(mutants)
    residues = {item.residue for item in mutant.mutations}
    for finding in mutant.complex.findings:
        # A bond would be scored as a clash, and its loss as relief.
        if finding.code == "ligand-overlap" or (
            finding.code == "covalent" and finding.residue in residues
        ):
            return finding.message
    if any(item.klifs_position in _AT_DFG for item in mutant.mutations) and _dfg_out(mutant):
        return (
            f"{mutant.text} lies at the DFG motif of a DFG-out complex. It also shifts the kinase "
            "between DFG-in and DFG-out, which this method cannot see and which may outweigh what "
            "the contacts say."
        )
    if distance > reach:
        return (
            f"no populated conformer of {mutant.text} comes within {reach:g} A of the inhibitor "
            f"(nearest {distance:.1f} A). A mutation may still act from afar, which this method "
            "cannot see."
        )
    return None


@lru_cache(maxsize=64)
def _reported(kinase: str) -> Mapping[str, CatalogueRow]:
    return MappingProxyType({row.text: row for row in catalogue(kinase)})


def _catalogued(mutant: Mutant) -> tuple[Finding, ...]:
    """Say where resistance was reported although there is no call: it may act from afar.

    A warning beside the call, which changes no number in it.
    """
    kinase = mutant.complex.numbering.kinase
    if kinase is None:
        return ()
    reported = _reported(kinase.name)
    out = []
    for item in mutant.mutations:
        row = reported.get(item.uniprot_text)
        if row is not None:
            message = (
                f"{row.text} was reported as a resistance mutation of {kinase.name} "
                f"({row.inhibitors}; {row.source}), although no call is made here."
            )
            out.append(Finding("catalogued", message, "warning", item.residue))
    return tuple(out)


def _in_siblings(mutant: Mutant) -> tuple[Mutant, ...]:
    """Return the same mutation in the other structures of the complex."""
    text = "+".join(item.uniprot_text for item in mutant.mutations)
    if not all(item.uniprot_text for item in mutant.mutations):
        return ()
    found = []
    for sibling in mutant.complex.siblings:
        # A structure that lacks the residue says nothing of it.
        with suppress(TrkstructError):
            found.append(engine_of(sibling, mutant.score).mutate(text, "uniprot"))
    return tuple(found)


def judge(mutant: Mutant) -> ResistanceCall:
    """Turn a modelled mutant into a call.

    Where its complex has siblings, the same inhibitor in further structures of the kinase, the
    ddG is the mean over all, and their spread widens the interval.

    Abstention looks at geometry alone: where neither the wild-type nor the mutant side
    chain, as the free protein holds them, comes near the ligand, where the residue is
    bonded to the ligand, where the ligand lies on top of the protein, and where the residue
    is at the DFG motif of a DFG-out complex, the method has nothing to say, which is not the
    same as 'retained'.

    Parameters
    ----------
    mutant : Mutant
        The model.

    Returns
    -------
    ResistanceCall
    """
    limits = calibration()
    complex_ = mutant.complex
    pose = complex_.poses[0]
    others = _in_siblings(mutant)
    every = (mutant, *others)
    error = sqrt(limits.error(pose.source) ** 2 + _spread(every) ** 2)
    ddg = _mean_ddg(every)
    low, high = ddg - limits.quantile * error, ddg + limits.quantile * error
    threshold = RT_KCAL * log(limits.resistant_fold)
    p_resistant = _normal((ddg - threshold) / error)
    findings = (*complex_.findings, *mutant.findings)
    reasons: list[str] = []
    if (silence := _why_not(every)) is not None:
        call, level = "abstain", 0
        low = high = p_resistant = nan
        reasons.append(f"No prediction: {silence}")
    else:
        call = call_of(ddg)
        level = 2
        reasons.append(_main_reason(ddg, _mean_contributions(every)))
        if others:
            reasons.append(_over_structures(every))
        if pose.source != "experimental":
            level -= 1
            reasons.append(f"The inhibitor's pose is {pose.source}, not experimental.")
        doubtful = [f.message for f in complex_.findings if f.code in _POSE_DOUBTS]
        level -= len(doubtful)
        reasons += doubtful
        if any(f.code in ("backbone-unfavourable", "proline") for f in mutant.findings):
            level -= 1
        certainty = _certainty(ddg, error, call)
        level -= 0 if certainty >= limits.sure else 1 if certainty >= limits.likely else 2
    for item in mutant.mutations:
        if item.klifs_position == 45:
            reasons.append("ATP affinity not modelled.")
        if item.klifs_position == 80:
            reasons.append("A shift between DFG-in and DFG-out is not modelled.")
    reasons += [f.message for f in mutant.findings if f.level == "warning"]
    if call == "abstain":
        findings += _catalogued(mutant)
    return ResistanceCall(
        mutant,
        call,
        "" if call == "abstain" else _LEVELS[max(level, 0)],
        low,
        high,
        p_resistant,
        tuple(reasons),
        findings,
        others,
    )


def resistance(
    complex: Complex,  # the interface's name for it
    mutation: str | MutationSet,
    numbering: str = "auto",
) -> ResistanceCall:
    """Predict what a mutation does to the inhibitor of a complex.

    Parameters
    ----------
    complex : Complex
        Structure and inhibitor.
    mutation : str or MutationSet
        For example ``G595R``, ``p.Gly595Arg``, ``G595R+F589L``.
    numbering : {"auto", "author", "uniprot", "literature", "klifs"}
        How the numbers are meant.

    Returns
    -------
    ResistanceCall
        With ddG, contributions, interval, call and reasons.

    Raises
    ------
    MutationError
        If the mutation cannot be read or is no substitution.
    NumberingError
        If a number fits no residue of that letter, or two.
    StructureError
        If the residue's backbone is not resolved.
    """
    return judge(engine_of(complex).mutate(mutation, numbering))
