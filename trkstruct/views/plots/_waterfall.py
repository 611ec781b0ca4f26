"""The contributions to one ddG, as steps that add up to it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, log
from typing import TYPE_CHECKING, Any, Final

from ...calls import calibration
from ...ensembles import RT_KCAL
from ._palette import CALL_COLOURS, INK, MUTED, RULE
from ._sheet import new_axes, plain, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...calls import ResistanceCall

__all__ = ["waterfall"]

#: What the contributions are called, in the order of a table of results.
_NAMES: Final = {
    "clash": "clash",
    "contact": "contacts",
    "hbond": "hydrogen\nbonds",
    "charge": "charge and\ndesolvation",
    "dfg_shift": "DFG shift",
    "entropy": "entropy\n(remainder)",
}
#: Steps that cost affinity and steps that gain it: hues of the calls, apart in every vision.
_COSTS: Final = "#E69F45"
_GAINS: Final = "#56A8DC"
_SIZE: Final = (6.4, 3.9)
_LEAST_KCAL: Final = 0.005


def _sentence(call: ResistanceCall) -> str:
    """Say what is shown: who, what happens, and from which contribution."""
    who = f"{plain(call.mutant.complex.ligand.name)} and {plain(call.mutant.text)}"
    if call.call == "abstain":
        return f"{who}: no prediction (ddG {call.ddg_kcal:+.1f} kcal/mol)"
    return f"{who}: {call.call}, ddG {call.ddg_kcal:+.1f} kcal/mol ({call.fold_change:.2g}-fold)"


def _signed(value: float) -> str:
    text = f"{value:+.2f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def waterfall(call: ResistanceCall, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the contributions to a ddG, each from where the one before it ended.

    Parameters
    ----------
    call : ResistanceCall
        The call.
    title : str, optional
        Title; who is called what if not given.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a figure is made if not given.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        ax = new_axes(*_SIZE)
        ax.set_position((0.105, 0.145, 0.79, 0.735))
    parts: Mapping[str, float] = call.contributions
    at = 0.0
    tops = [0.0]
    for number, value in enumerate(parts.values()):
        shown = abs(value) >= _LEAST_KCAL
        ax.bar(number, value, bottom=at, width=0.62, color=_COSTS if value > 0 else _GAINS,
               edgecolor=INK if shown else "none", lw=0.6, zorder=2)  # fmt: skip
        high = max(at, at + value)
        ax.annotate(
            _signed(value),
            (number, high),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=INK if shown else MUTED,
        )
        ax.plot([number - 0.31, number + 1.31], [at + value] * 2, color=MUTED, lw=0.7, zorder=1)
        at += value
        tops += [high, min(at, at - value)]
    total = len(parts)
    abstained = call.call == "abstain"
    colour = CALL_COLOURS.get(call.call, "#FFFFFF")
    ax.bar(total, call.ddg_kcal, width=0.62, color=colour, edgecolor=RULE if abstained else INK,
           lw=0.9, hatch="////" if abstained else None, zorder=2)  # fmt: skip
    low, high = call.ddg_low_kcal, call.ddg_high_kcal
    if not isnan(low):
        ax.errorbar([total], [call.ddg_kcal], yerr=[[call.ddg_kcal - low], [high - call.ddg_kcal]],
                    color=INK, lw=1, capsize=4, zorder=3)  # fmt: skip
        tops += [low, high]
    ax.annotate(f"{_signed(call.ddg_kcal)}", (total, max(0.0, call.ddg_kcal)), (4, 3),
                textcoords="offset points", ha="left", va="bottom", fontsize=8.5,
                fontweight="bold", zorder=4)  # fmt: skip
    labels = [_NAMES.get(name, name) for name in parts]
    _dress(ax, [*labels, "ddG"], tops)
    sentence = _sentence(call) if title is None else title
    ax.set_title("\n".join(wrapped(sentence, 11, 5.9, "bold")), loc="left", x=-0.105, fontsize=11,
                 fontweight="bold", color=INK, parse_math=False)  # fmt: skip
    return ax


def _dress(ax: Any, labels: list[str], tops: list[float]) -> None:
    """Axes, limits, and the lines at which calls change."""
    limits = calibration()
    reduced, resistant = (RT_KCAL * log(x) for x in (limits.reduced_fold, limits.resistant_fold))
    low, high = min(*tops, 0.0), max(*tops, 0.9)
    room = 0.09 * (high - low)
    ax.set_ylim(low - room / 2 if low < 0 else 0.0, high + 1.4 * room)
    ax.set_xlim(-0.6, len(labels) - 0.3)
    folds = (limits.reduced_fold, limits.resistant_fold)
    for value, fold in zip((reduced, resistant), folds, strict=True):
        if value < high + room:
            ax.axhline(value, color=MUTED, lw=0.7, ls=(0, (4, 3)), zorder=0)
            ax.annotate(
                f"{fold:g}-fold",
                (1, value),
                (4, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=MUTED,
            )
    if -reduced > low:
        ax.axhline(-reduced, color=MUTED, lw=0.7, ls=(0, (4, 3)), zorder=0)
        ax.annotate(f"1/{limits.reduced_fold:g}", (1, -reduced), (4, 0),
                    xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                    fontsize=7.5, color=MUTED)  # fmt: skip
    ax.axhline(0, color=INK, lw=0.8, zorder=1)
    ax.set_xticks(range(len(labels)), labels, fontsize=8)
    ax.get_xticklabels()[-1].set_fontweight("bold")
    ax.tick_params(axis="x", length=0)
    ax.tick_params(axis="y", labelsize=8)
    ax.set_ylabel("kcal/mol, positive = weaker binding", fontsize=8.5)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
