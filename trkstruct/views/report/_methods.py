"""What a reader of a report has to know: how it was computed, from what, and what it cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any

from ..._version import version_string
from ...ensembles import RT_KCAL
from ...reference import read_json
from ...thresholds import calibration
from ._entries import Entry
from ._words import linked, plural, text

if TYPE_CHECKING:
    from ...panels import CrossResistance

__all__ = ["LIMITS", "limits", "methods", "sources"]

#: What a reader must not take from a number.
LIMITS = (
    "Poses hardly move. A prediction averages over a few poses, and over the structures of a "
    "kinase in which the inhibitor is placed; a mutation that the inhibitor could evade otherwise "
    "looks worse than it is.",
    "A placed or docked pose is a model; the receptor does not move when it is placed.",
    "The backbone is fixed; of the side chains only the few nearest to the mutated one move.",
    "Where no side chain reaches the inhibitor there is no call. That does not mean that affinity "
    "is retained: a distal mutation may act from afar.",
    "Not modelled: affinity for ATP (it matters at the gatekeeper), shifts between DFG-in and "
    "DFG-out (they matter at xDFG), covalent chemistry, expression, efflux.",
    "A call is relative to the inhibitor's own affinity for the wild type. It does not say that "
    "the inhibitor is active.",
    "What was measured stands beside a prediction and enters no number.",
)


def methods(page: Sequence[str], rows: Sequence[Mapping[str, Any]], viewer: bool) -> str:
    """How it was computed, with versions and parameters.

    Parameters
    ----------
    page : sequence of str
        What this page shows and leaves out, in sentences.
    rows : sequence of mapping
        Rows of results.
    viewer : bool
        Whether 3Dmol.js is in the page.

    Returns
    -------
    str
        HTML.
    """
    limits_of = calibration()
    reduced, resistant = (
        RT_KCAL * log(fold) for fold in (limits_of.reduced_fold, limits_of.resistant_fold)
    )
    errors = ", ".join(f"{source} {error:g}" for source, error in limits_of.error_kcal.items())
    paragraphs = (
        "The inhibitor is bound in the structure, or placed there. At the mutated position the "
        "side chains of wild type and mutant are built in all rotamers of the Dunbrack library "
        "(doi:10.1016/j.str.2011.03.019). Pair terms of the form of AutoDock Vina "
        "(doi:10.1002/jcc.21334), with charges and desolvation, score each rotamer against the "
        "inhibitor in several poses and against the protein. ddG is the difference of the binding "
        "free energies of the two ensembles; positive is weaker binding. The contributions are "
        "differences of ensemble averages, and entropy is what remains, so that they add up.",
        f"Calls: resistant from {limits_of.resistant_fold:g}-fold on ({resistant:.2f} kcal/mol), "
        f"reduced from {limits_of.reduced_fold:g}-fold on ({reduced:.2f}), sensitised below one "
        f"{'third' if limits_of.reduced_fold == 3 else 'over that'}, else retained. No call where "
        f"no populated conformer comes within {limits_of.reach_ang:g} Å of the inhibitor. The "
        "interval holds 80 % of measured values if the expected errors hold (standard deviation "
        f"in kcal/mol by pose: {errors}).",
    )
    versions = Counter(str(row["version"] or "not given") for row in rows)
    made = [f"Rows: {text(v)} ({plural(n, 'row')})." for v, n in versions.most_common()]
    made.append(f"Page: {text(version_string())}.")
    if viewer:
        pinned: Any = read_json("viewer.json")
        made.append(f"3D: 3Dmol.js {text(pinned['version'])}, {linked(pinned['source'])}.")
    shown = "".join(f"<p>{linked(paragraph)}</p>" for paragraph in paragraphs)
    about = "".join(f"<li>{text(sentence)}</li>" for sentence in page)
    return (
        f"{shown}<h3>This page</h3><ul>{about}</ul>"
        f"<h3>Versions</h3><ul>{''.join(f'<li>{line}</li>' for line in made)}</ul>"
    )


def limits() -> str:
    """What the numbers do not say.

    Returns
    -------
    str
        HTML.
    """
    return f"<ul>{''.join(f'<li>{text(limit)}</li>' for limit in LIMITS)}</ul>"


def sources(panel: CrossResistance, every: Sequence[Entry]) -> str:
    """Structures and poses that the rows were computed from, and what was noticed and chosen.

    Parameters
    ----------
    panel : CrossResistance
        The panel.
    every : sequence of Entry
        Its rows.

    Returns
    -------
    str
        HTML.
    """
    lines: dict[tuple[str, ...], None] = {}
    for item in panel.inputs:
        lines[
            item["kinase"], item["ligand"], item["structure"], item["file"], item["sha256"][:12],
            " ".join(filter(None, (item["pose_source"], item["template"]))),
        ] = None  # fmt: skip
    if not lines:
        for entry in every:
            row = entry.row
            pose = " ".join(filter(None, (row["pose_source"], row["template"])))
            lines[entry.kinase, entry.label, str(row["structure"]), "", "", pose] = None
    heads = "kinase", "inhibitor", "structure", "file", "sha256", "pose"
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{text(value)}</td>' for value in line)}</tr>" for line in lines
    )
    notes = dict.fromkeys((f.level, f.message) for f in panel.findings)
    said = "".join(f'<li class="{level}">{text(message)}</li>' for level, message in notes)
    noticed = f"<h3>Noticed and chosen</h3><ul>{said}</ul>" if said else ""
    return (
        f"{noticed}<details><summary>Structures and poses ({len(lines)})</summary>"
        f'<div class="wide"><table class="sources"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></details>"
    )
