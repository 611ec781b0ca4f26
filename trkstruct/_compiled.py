"""The kernel's inner loop, twice: with numpy, and compiled by numba where that pays.

Both sum tabulated terms over all pairs of some points and some fixed atoms; they differ in
the last digits of a float64 only. To import numba (extra ``fast``) and load the compiled code
takes most of a second and 100 MB, so that a process does it when numpy has worked about as long
(`_WORTH_PAIRS`): who asks for a few mutants never waits for it, who asks for thousands hardly
notices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["summed"]

Floats = NDArray[np.float64]

#: Pairs after which a process compiles; numpy sums about so many in half a second.
_WORTH_PAIRS: Final = 4e7
_ALL_SEEN: Final = np.zeros(0, dtype=np.bool_)


class _Work:
    """What this process has summed with numpy so far."""

    pairs = 0.0


def summed(
    points: Floats,
    fixed: Floats,
    start: NDArray[np.int64],
    charges: Floats,
    seen: NDArray[np.bool_] | None,
    tables: NDArray[np.complex64],
    coulomb: NDArray[np.complex64],
    charge: float,
    cutoff: float,
    scale: float,
    groups: int,
) -> Floats | None:
    """Sum tabulated terms over pairs.

    Parameters
    ----------
    points : (n, 3) ndarray of float64
        Where the moving atom stands, in angstrom.
    fixed : (m, 3) ndarray of float64
        The fixed atoms, the groups one behind the other.
    start : (m,) ndarray of int64
        Where in the tables the part of each fixed atom's kind begins.
    charges : (m,) ndarray of float64
        Of the fixed atoms, in e.
    seen : (m,) ndarray of bool, optional
        False for fixed atoms to leave out.
    tables : (t, kinds * bins) ndarray of complex64
        Lines over the squared distance in bins, kind by kind.
    coulomb : (bins,) ndarray of complex64
        Lines of the charge term of two unit charges; its last two bins are zero, as all are.
    charge : float
        Of the moving atom, in e.
    cutoff : float
        In angstrom.
    scale : float
        Bins per square angstrom.
    groups : int
        Parts of equal length that the fixed atoms fall into; each is the same atoms.

    Returns
    -------
    (groups, 1 or t + 1, n) ndarray of float64, or None
        The sum of all with one table, the terms and then charge with several, in kcal/mol;
        None if nothing is near.
    """
    if _Work.pairs > _WORTH_PAIRS and (loop := _loop()) is not None:
        found: Floats = loop(
            points, fixed, start, charges, _ALL_SEEN if seen is None else seen, tables, coulomb,
            charge, cutoff, scale, groups,
        )  # fmt: skip
        return found if found.size else None
    return _plain(
        points, fixed, start, charges, seen, tables, coulomb, charge, cutoff, scale, groups
    )


def _plain(
    points: Floats,
    fixed: Floats,
    start: NDArray[np.int64],
    charges: Floats,
    seen: NDArray[np.bool_] | None,
    tables: NDArray[np.complex64],
    coulomb: NDArray[np.complex64],
    charge: float,
    cutoff: float,
    scale: float,
    groups: int,
) -> Floats | None:
    """Do what `summed` says with numpy."""
    # Only what the atom can reach from any of the points.
    low, high = points.min(axis=0), points.max(axis=0)
    gap = np.maximum(np.maximum(low - fixed, fixed - high), 0.0)
    near = np.einsum("ij,ij->i", gap, gap) < cutoff**2
    if seen is not None:
        near &= seen
    if groups > 1:
        near = np.tile(near.reshape(groups, -1).any(axis=0), groups)
    close = np.flatnonzero(near)
    if not close.size:
        return None
    n, each = len(points), len(close) // groups
    _Work.pairs += n * len(close)
    # |p - f|^2 in one product of matrices: (p, |p|^2, 1) with (-2 f, 1, |f|^2). About a point
    # nearby, so that the squares are small numbers.
    one, two = np.empty((n, 5)), np.empty((5, len(close)))
    one[:, :3], one[:, 4] = points - points[0], 1.0
    two[:3], two[3] = (fixed[close] - points[0]).T, 1.0
    one[:, 3] = np.einsum("ij,ij->i", one[:, :3], one[:, :3])
    two[4] = np.einsum("ij,ij->j", two[:3], two[:3])
    two[:3] *= -2.0
    two *= scale
    x = one @ two
    # The last bins are zero: beyond the cutoff everything is.
    np.minimum(x, len(coulomb) - 2.0, out=x)
    index = x.astype(np.int64)
    split = len(tables) > 1
    out = np.empty((groups, len(tables) + split, n))
    electric: Floats | float = 0.0
    if charge:
        line = coulomb.take(index)
        value = line.imag * x
        value += line.real
        electric = (charge * (value.reshape(n, groups, each) @ charges[close[:each]])).T
    index += start[close]
    whole = x.reshape(n, groups, each)
    for term, table in enumerate(tables):
        line = table.take(index).reshape(n, groups, each)
        np.einsum("ngm,ngm->gn", line.imag, whole, out=out[:, term])
        out[:, term] += line.real.sum(axis=2, dtype=np.float64).T
    if split:
        out[:, -1] = electric
    else:
        out[:, 0] += electric
    return out


@lru_cache(maxsize=1)
def _loop() -> Callable[..., Any] | None:
    """Return the compiled form, or None where numba is not installed, or not for this numpy."""
    try:
        from numba import njit
    except ImportError:
        return None
    try:
        # What was compiled once is kept beside the package or in the user's cache.
        return njit(cache=True)(_pairs)  # type: ignore[no-any-return]
    except RuntimeError:  # neither can be written to
        return njit(_pairs)  # type: ignore[no-any-return]


def _pairs(
    points: Floats,
    fixed: Floats,
    start: NDArray[np.int64],
    charges: Floats,
    seen: NDArray[np.bool_],
    tables: NDArray[np.complex64],
    coulomb: NDArray[np.complex64],
    charge: float,
    cutoff: float,
    scale: float,
    groups: int,
) -> Floats:
    """Do what `summed` says, pair by pair: to be compiled. Empty if nothing is near."""
    n, m, terms = len(points), len(fixed), len(tables)
    low, high = points[0].copy(), points[0].copy()
    for i in range(1, n):
        for axis in range(3):
            low[axis] = min(low[axis], points[i, axis])
            high[axis] = max(high[axis], points[i, axis])
    near = np.empty((3, m))
    begin, own = np.empty(m, np.int64), np.empty(m)
    ends = np.zeros(groups + 1, np.int64)
    count = 0
    for group in range(groups):
        for j in range(group * (m // groups), (group + 1) * (m // groups)):
            apart = 0.0
            for axis in range(3):
                gap = max(low[axis] - fixed[j, axis], fixed[j, axis] - high[axis], 0.0)
                apart += gap * gap
            if apart < cutoff * cutoff and (len(seen) == 0 or seen[j]):
                for axis in range(3):
                    near[axis, count] = fixed[j, axis]
                begin[count], own[count] = start[j], charges[j] * charge
                count += 1
        ends[group + 1] = count
    if count == 0:
        return np.empty((0, 0, 0))
    out = np.zeros((groups, terms + (terms > 1), n))
    x, within = np.empty(count), np.empty(count, np.int64)
    last = len(coulomb) - 2.0
    for i in range(n):
        # Distances first, then which are within the cutoff: loops without branches, which the
        # processor does in parallel. Two thirds of the pairs end there.
        for j in range(count):
            a, b, c = (
                points[i, 0] - near[0, j],
                points[i, 1] - near[1, j],
                points[i, 2] - near[2, j],
            )
            x[j] = (a * a + b * b + c * c) * scale
        for group in range(groups):
            left = 0
            for j in range(ends[group], ends[group + 1]):
                within[left] = j
                left += x[j] < last
            first = second = third = electric = 0.0
            for k in range(left):
                j = within[k]
                bin_ = int(x[j])
                line = coulomb[bin_]
                electric += own[j] * (line.real + line.imag * x[j])
                line = tables[0, begin[j] + bin_]
                first += line.real + line.imag * x[j]
                if terms > 1:
                    line = tables[1, begin[j] + bin_]
                    second += line.real + line.imag * x[j]
                    line = tables[2, begin[j] + bin_]
                    third += line.real + line.imag * x[j]
            if terms > 1:
                out[group, 0, i], out[group, 1, i], out[group, 2, i] = first, second, third
                out[group, 3, i] = electric
            else:
                out[group, 0, i] = first + electric
    return out
