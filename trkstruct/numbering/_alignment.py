"""Placing letters in order along a sequence, with gap costs that depend on the place.

A kinase pocket is 85 letters in order with known breaks between them, and a
chain is a row of letters whose author numbers say where residues are missing.
General aligners know one cost for all gaps; here each row has its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from .. import reference
from ..errors import NumberingError
from ..kinases import Kinase, kinases
from ..residues import AMINO_ACIDS, Finding

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Match", "confirm", "match_pocket", "match_sequence", "recognise", "thread"]

_CODE = {letter: i for i, letter in enumerate(AMINO_ACIDS)}


def thread(
    scores: np.ndarray,
    skip_open: np.ndarray,
    skip_extend: float,
    drop_open: float,
    drop_extend: float,
    steps: Sequence[int] | None = None,
) -> tuple[np.ndarray, float]:
    """Place rows in order on columns so that the score is highest.

    A local alignment with affine gaps (Gotoh 1982, doi:10.1016/0022-2836(82)90398-9)
    whose cost of skipping columns depends on the row: rows before the first and
    after the last placed one are free, and so are the columns outside.

    Parameters
    ----------
    scores : (n, m) float64
        Score of row i on column j.
    skip_open : (n,) float64
        Cost of skipping columns directly before row i.
    skip_extend : float
        Cost of each further skipped column.
    drop_open : float
        Cost of leaving a row between two placed ones without a column.
    drop_extend : float
        Cost of each further row left out.
    steps : sequence of int, optional
        How many columns row i is expected behind row i - 1; that step costs
        nothing. 0 where nothing is known.

    Returns
    -------
    columns : (n,) int64
        Column of each row, -1 for rows that are left out.
    score : float
        Score of the placement.
    """
    import numpy as np

    n, m = scores.shape
    columns = np.full(n, -1, dtype=np.int64)
    if n == 0 or m == 0:
        return columns, 0.0
    low = -1e9
    index = np.arange(m)
    ramp = skip_extend * index
    # placed[j]: the row before stands on column j; open_[j]: it was left out, and the last
    # row that was placed stands on column j.
    placed = np.full(m, low)
    left_out = np.full(m, low)
    # Where each placement came from: column of the row placed before (-1: none), and
    # whether rows in between were left out. dropped[i, j]: row i - 1 was left out too.
    origin = np.full((n, m), -1, dtype=np.int32)
    via_drop = np.zeros((n, m), dtype=bool)
    still_dropped = np.zeros((n, m), dtype=bool)
    best, best_at = 0.0, (-1, -1)
    for i in range(n):
        either = np.maximum(placed, left_out)
        from_drop = left_out > placed
        before = np.full(m, low)
        source = np.full(m, -1, dtype=np.int64)
        before[1:] = either[:-1]
        source[1:] = index[:-1]
        if m > 2:
            ramped = either + ramp
            running = np.maximum.accumulate(ramped)
            # Column at which the running maximum was reached.
            at = np.maximum.accumulate(np.where(ramped == running, index, 0))
            jump = running[:-2] - ramp[1:-1] - skip_open[i]
            better = jump > before[2:]
            before[2:][better] = jump[better]
            source[2:][better] = at[:-2][better]
        step = steps[i] if steps is not None else 0
        if 1 <= step < m:
            # A hair above the adjacent column, so that numbers decide between equals.
            numbered = placed[:-step] + 1e-3
            better = numbered > before[step:]
            before[step:][better] = numbered[better]
            source[step:][better] = index[:-step][better]
        began = before > 0.0
        now = scores[i] + np.where(began, before, 0.0)
        origin[i] = np.where(began, source, -1)
        via_drop[i] = np.where(began, from_drop[np.maximum(source, 0)], False)
        if 1 <= step < m:
            via_drop[i, step:][better] = False
        opened = placed - drop_open
        extended = left_out - drop_extend
        still_dropped[i] = extended > opened
        left_out = np.maximum(opened, extended)
        placed = now
        j = int(np.argmax(placed))
        if placed[j] > best:
            best, best_at = float(placed[j]), (i, j)
    i, j = best_at
    while i >= 0:
        columns[i] = j
        previous = int(origin[i, j])
        if previous < 0:
            break
        dropped = bool(via_drop[i, j])
        i -= 1
        while dropped:
            dropped = bool(still_dropped[i, previous])
            i -= 1
        j = previous
    return columns, best


@dataclass(frozen=True, slots=True)
class Match:
    """How a chain and a kinase fit together.

    Parameters
    ----------
    kinase : Kinase
        The kinase.
    numbers : tuple of (int or None)
        UniProt number of each residue of the chain; all ``None`` if only the
        pocket of the kinase is known.
    positions : tuple of (int or None)
        KLIFS position of each residue of the chain.
    aligned : int
        Residues that were compared.
    identical : int
        Residues of these that are the same.
    """

    kinase: Kinase
    numbers: tuple[int | None, ...]
    positions: tuple[int | None, ...]
    aligned: int
    identical: int

    @property
    def identity(self) -> float:
        """Identical fraction of the compared residues."""
        return self.identical / self.aligned if self.aligned else 0.0


def _codes(letters: str) -> np.ndarray:
    import numpy as np

    return np.array([_CODE.get(letter, len(AMINO_ACIDS)) for letter in letters], dtype=np.intp)


@lru_cache(maxsize=1)
def _words() -> tuple[tuple[frozenset[str], ...], tuple[frozenset[str], ...]]:
    """Words of each sequence, and of each run of pocket positions, for pre-selection."""
    settings = parameters()
    long, short = int(settings["word"]), int(settings["pocket_word"])
    sequences, pockets = [], []
    joins = [row["joins"] for row in reference.read_csv("klifs_positions.csv")]
    starts = [i for i, join in enumerate(joins) if join == "break"]
    for item in kinases():
        sequences.append(_word_set(item.sequence, long))
        runs = [item.pocket[i:j] for i, j in pairwise([0, *starts, len(item.pocket)])]
        pockets.append(
            frozenset(word for run in runs for word in _word_set(run, short) if "-" not in word)
        )
    return tuple(sequences), tuple(pockets)


def _word_set(text: str, size: int) -> frozenset[str]:
    return frozenset(text[i : i + size] for i in range(len(text) - size + 1))


@lru_cache(maxsize=1)
def parameters() -> Mapping[str, float]:
    """Thresholds of alignment and recognition.

    Returns
    -------
    mapping of str to float
        The table ``numbering.csv``.
    """
    return {row["name"]: float(row["value"]) for row in reference.read_csv("numbering.csv")}


def shortlist(letters: str) -> tuple[tuple[Kinase, ...], tuple[Kinase, ...]]:
    """Kinases that share words with a chain, before anything is aligned.

    Parameters
    ----------
    letters : str
        One-letter codes of the chain.

    Returns
    -------
    by_sequence : tuple of Kinase
        Kinases with a known sequence, the likeliest first.
    by_pocket : tuple of Kinase
        Kinases by their pocket, the likeliest first.
    """
    settings = parameters()
    known = kinases()
    long = _word_set(letters, int(settings["word"]))
    short = _word_set(letters, int(settings["pocket_word"]))
    sequences, pockets = _words()
    limit = int(settings["pre_selected"])
    by_sequence = sorted(
        (i for i, words in enumerate(sequences) if len(words & long) >= settings["short_chain"]),
        key=lambda i: -len(sequences[i] & long),
    )
    # Two are enough: what shares fewer words than the second is not the kinase.
    by_pocket = sorted(range(len(known)), key=lambda i: -len(pockets[i] & short))
    return (
        tuple(known[i] for i in by_sequence[:2]),
        tuple(known[i] for i in by_pocket[:limit] if pockets[i] & short),
    )


def match_sequence(letters: str, steps: Sequence[int], kinase: Kinase) -> Match:
    """Align a chain to a kinase's UniProt sequence.

    Parameters
    ----------
    letters : str
        One-letter codes of the chain.
    steps : sequence of int
        Author number of each residue minus that of the one before, 0 if unknown.
    kinase : Kinase
        A kinase with a known sequence.

    Returns
    -------
    Match
    """
    import numpy as np

    settings = parameters()
    chain, target = _codes(letters), _codes(kinase.sequence)
    same = chain[:, None] == target[None, :]
    scores = np.where(same, settings["match"], settings["mismatch"])
    scores[chain == len(AMINO_ACIDS)] = 0.0
    columns, _ = thread(
        scores,
        np.full(len(letters), settings["skip_open"]),
        settings["skip_extend"],
        settings["drop_open"],
        settings["drop_extend"],
        steps,
    )
    columns = _without_ragged_ends(columns, letters, steps, kinase.sequence)
    numbers = tuple(None if column < 0 else int(column) + 1 for column in columns)
    pairs = [
        (letter, kinase.letter(number))
        for letter, number in zip(letters, numbers, strict=True)
        if number is not None and letter in _CODE
    ]
    at = {number: i + 1 for i, number in enumerate(kinase.pocket_numbers) if number is not None}
    return Match(
        kinase=kinase,
        numbers=numbers,
        positions=tuple(None if number is None else at.get(number) for number in numbers),
        aligned=len(pairs),
        identical=sum(a == b for a, b in pairs),
    )


def _without_ragged_ends(
    columns: np.ndarray, letters: str, steps: Sequence[int], sequence: str
) -> np.ndarray:
    """Leave out short islands at either end: residues of a tag that fit by chance.

    An island that stands where the author numbers put it is no chance.
    """
    columns = columns.copy()
    island = int(parameters()["word"])
    for order in (range(len(columns)), range(len(columns) - 1, -1, -1)):
        run: list[int] = []
        for i in order:
            if run:
                apart = abs(int(columns[i]) - int(columns[run[-1]]))
                if columns[i] < 0 or apart not in (1, steps[max(i, run[-1])]):
                    columns[run] = -1
                    run = []
            if columns[i] >= 0:
                run.append(i)
            if sum(letters[k] == sequence[columns[k]] for k in run) >= island:
                break
    return columns


def match_pocket(letters: str, steps: Sequence[int], kinase: Kinase, matrix: np.ndarray) -> Match:
    """Align the 85 pocket letters of a kinase to a chain.

    Parameters
    ----------
    letters : str
        One-letter codes of the chain.
    steps : sequence of int
        Author number of each residue minus that of the one before, 0 if unknown.
    kinase : Kinase
        Any kinase.
    matrix : (21, 21) float64
        Substitution scores in the order of `AMINO_ACIDS`, unknown last.

    Returns
    -------
    Match
        With KLIFS positions, without UniProt numbers.
    """
    import numpy as np

    settings = parameters()
    opening = {
        "break": 0.0,
        "loose": settings["pocket_loose_open"],
        "next": settings["pocket_skip_open"],
    }
    costs, kept = [], []
    over_gap = opening["next"]
    for i, row in enumerate(reference.read_csv("klifs_positions.csv")):
        cost = min(opening[row["joins"]], over_gap)
        if kinase.pocket[i] == "-":
            # What stands in place of a gap in KLIFS may be any residue, or none.
            over_gap = min(cost, opening["loose"])
            continue
        costs.append(cost)
        kept.append(i + 1)
        over_gap = opening["next"]
    pocket = "".join(kinase.pocket[position - 1] for position in kept)
    # Residues that the author numbers show to be missing are columns of their own, so that
    # what stands beside a gap is not taken for what lies in it.
    stands: list[int] = []
    for i, step in enumerate(steps):
        stands += [-1] * (step - 1 if 1 < step <= settings["loop"] else 0)
        stands.append(i)
    spelled = "".join("X" if i < 0 else letters[i] for i in stands)
    scores = matrix[_codes(pocket)[:, None], _codes(spelled)[None, :]]
    columns, _ = thread(
        scores,
        np.array(costs),
        settings["pocket_skip_extend"],
        settings["pocket_drop_open"],
        settings["pocket_drop_extend"],
    )
    positions: list[int | None] = [None] * len(letters)
    identical = aligned = 0
    for position, letter, column in zip(kept, pocket, columns, strict=True):
        if column >= 0 and stands[column] >= 0:
            positions[stands[column]] = position
            aligned += 1
            identical += letters[stands[column]] == letter
    return Match(
        kinase=kinase,
        numbers=(None,) * len(letters),
        positions=tuple(positions),
        aligned=aligned,
        identical=identical,
    )


def _match(letters: str, steps: Sequence[int], kinase: Kinase, matrix: np.ndarray) -> Match:
    if kinase.complete:
        return match_sequence(letters, steps, kinase)
    return match_pocket(letters, steps, kinase, matrix)


def _enough(match: Match) -> bool:
    limits = parameters()
    least = "short_chain" if match.kinase.complete else "pocket_resolved"
    return match.aligned >= limits[least] and match.identity >= limits["recognised"]


def confirm(
    letters: str, steps: Sequence[int], kinase: Kinase, label: str, matrix: np.ndarray
) -> tuple[Match, list[Finding]]:
    """Align a chain to the kinase that it is said to be.

    Parameters
    ----------
    letters : str
        One-letter codes of the chain.
    steps : sequence of int
        Author number of each residue minus that of the one before, 0 if unknown.
    kinase : Kinase
        The kinase.
    label : str
        What to call the chain.
    matrix : (21, 21) float64
        Substitution scores in the order of `AMINO_ACIDS`, unknown last.

    Returns
    -------
    match : Match
        The alignment.
    findings : list of Finding
        Empty.

    Raises
    ------
    NumberingError
        If the chain is another protein.
    """
    match = _match(letters, steps, kinase, matrix)
    if _enough(match):
        return match, []
    other, _ = recognise(letters, steps, label, matrix)
    found = (
        f"It is {other.kinase.name} ({other.identity:.0%} identical over {other.aligned} residues)"
        if other is not None
        else "It is none of the kinases that are known either"
    )
    raise NumberingError(
        f"{label} is not {kinase.name}: {match.identical} of {match.aligned} aligned residues "
        f"are the same. {found}. Leave the kinase out to have it found from the sequence."
    )


def recognise(
    letters: str, steps: Sequence[int], label: str, matrix: np.ndarray
) -> tuple[Match | None, list[Finding]]:
    """Find the kinase of a chain.

    Parameters
    ----------
    letters : str
        One-letter codes of the chain.
    steps : sequence of int
        Author number of each residue minus that of the one before, 0 if unknown.
    label : str
        What to call the chain.
    matrix : (21, 21) float64
        Substitution scores in the order of `AMINO_ACIDS`, unknown last.

    Returns
    -------
    match : Match or None
        ``None`` if the chain is no kinase that is known.
    findings : list of Finding
        Doubts and choices.
    """
    limits = parameters()
    by_sequence, by_pocket = shortlist(letters)
    best: Match | None = None
    for item in by_sequence:
        match = match_sequence(letters, steps, item)
        if _enough(match) and (best is None or match.identical > best.identical):
            best = match
    if best is not None and best.identity >= limits["same_kinase"]:
        return best, []
    # No sequence fits to the letter: see whether another kinase's pocket fits better.
    own = (best.kinase,) if best is not None else ()
    pockets = [
        match_pocket(letters, steps, item, matrix) for item in dict.fromkeys((*own, *by_pocket))
    ]
    if not pockets:
        return None, []
    top = max(match.identical for match in pockets)
    equal = [match for match in pockets if match.identical == top]
    if best is not None and any(match.kinase == best.kinase for match in equal):
        return best, [_relative(best, label)]
    chosen = equal[0]
    if chosen.aligned < limits["pocket_resolved"] or chosen.identity < limits["pocket_recognised"]:
        return None, [_unknown(chosen, label)]
    findings = []
    if len(equal) > 1:
        others = ", ".join(match.kinase.name for match in equal[1:])
        findings.append(
            Finding(
                "kinase-ambiguous",
                f"The pocket of {label} fits {chosen.kinase.name} and {others} alike; "
                f"{chosen.kinase.name} was taken. Give the kinase if it is another.",
                "choice",
            )
        )
    elif chosen.identity < limits["exact_pocket"]:
        findings.append(_relative(chosen, label))
    return _match(letters, steps, chosen.kinase, matrix), findings


def _relative(match: Match, label: str) -> Finding:
    what = "residues" if match.kinase.complete else "pocket residues"
    return Finding(
        "kinase-inexact",
        f"{label} was recognised as {match.kinase.name}, but only {match.identical} of "
        f"{match.aligned} {what} are the same: it may be of another species, heavily "
        "engineered, or a near relative that is not among the known kinases.",
        "warning",
    )


def _unknown(nearest: Match, label: str) -> Finding:
    return Finding(
        "kinase-unknown",
        f"{label} is none of the known kinases (nearest: {nearest.kinase.name}, "
        f"{nearest.identical} of {nearest.aligned} placed pocket residues the same); residues go "
        "by their author numbers. Give the kinase if it is one of them all the same.",
        "warning",
    )
