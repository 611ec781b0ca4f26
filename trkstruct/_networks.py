"""Sums over all combinations of the states of a few sites that meet in pairs.

The weight of a combination is a product of one factor a site and one a pair of sites, so that the
sum over all combinations, and the share of each state in it, need not go through them one by one:
sites are summed over one after another, each leaving a table over those that it meets
(variable elimination; Dechter 1999, doi:10.1016/S0004-3702(99)00059-4). What decides its cost is
how many sites meet each other, so that three things are done before:

- belief propagation (Yedidia, Freeman & Weiss 2005, doi:10.1109/TIT.2005.850085) estimates the
  share of each state;
- a pair whose factor hardly differs from a product of two factors becomes such a product;
- states that hold next to nothing are left out, and what they hold is put on the sum.

The estimate may see one of two ways to pack all sites that are alike in weight. As many states stay
as the tables can have, therefore, whatever it says of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sum", "sum_over"]

Floats = NDArray[np.float64]
Pairs = Mapping[tuple[int, int], Floats]

#: A pair whose factor is a product up to this mean deviation of its logarithm becomes one.
_WEAK: Final = 0.002
#: States with less than this share of the sum are left out, more where tables would be large.
_LEAST: Final = 1e-8
#: So many numbers may a table have: combinations of states, times settings.
_MOST_IN_TABLE: Final = 2_000_000
#: What is left out of a site is believed to be at most all but this.
_LEAST_KEPT: Final = 1e-4
_ROUNDS: Final = 12
_SETTLED: Final = 1e-3
#: Stands for zero where something is divided by it, or its logarithm taken.
_TINY: Final = float(np.finfo(float).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """A sum over all combinations, setting by setting.

    Parameters
    ----------
    log : (b,) float64
        Logarithm of the sum in each setting.
    shares : tuple of (b, n) float64
        For each site the share of each of its states in the sum; a setting's add up to one.
    """

    log: Floats
    shares: tuple[Floats, ...]


def sum_over(own: Sequence[Floats], pairs: Pairs, together: Sequence[slice]) -> Sum:
    """Sum the weights of all combinations of states, in several settings at once.

    Parameters
    ----------
    own : sequence of (b, n) ndarray of float64
        For each site the logarithms of its states' own factors in each of b settings.
    pairs : mapping of (int, int) to (n_i, n_j) ndarray of float64
        Logarithms of the factors of two sites, the first the lower; the same in all settings.
    together : sequence of slice
        Settings whose sums are added up by who asks: a state matters by its share in them all.

    Returns
    -------
    Sum
    """
    beliefs, log = _propagate(own, pairs)
    shares = np.zeros(len(log))
    for group in together:
        shares[group] = np.exp(log[group] - log[group].max())
        shares[group] /= shares[group].sum()
    matter = [np.max([shares[g] @ b[g] for g in together], axis=0) for b in beliefs]
    own, pairs = _without_weak_pairs(own, pairs, matter)
    kept = _kept(matter, pairs, len(log))
    left = [np.take(factors, k, axis=1) for factors, k in zip(own, kept, strict=True)]
    strong = {(i, j): factor[np.ix_(kept[i], kept[j])] for (i, j), factor in pairs.items()}
    log, found = _eliminate(left, strong)
    every = []
    for belief, k, share in zip(beliefs, kept, found, strict=True):
        log = log - np.log(np.maximum(belief[:, k].sum(axis=1), _LEAST_KEPT))
        whole = np.zeros_like(belief)
        whole[:, k] = share
        every.append(whole)
    return Sum(log, tuple(every))


def _linear(own: Sequence[Floats]) -> tuple[list[Floats], Floats]:
    """Return factors with the largest of each site one, and the logarithm of what was taken."""
    tops = [factors.max(axis=1, keepdims=True) for factors in own]
    scaled = [np.exp(factors - top) for factors, top in zip(own, tops, strict=True)]
    return scaled, np.asarray(sum(top[:, 0] for top in tops))


def _propagate(own: Sequence[Floats], pairs: Pairs) -> tuple[list[Floats], Floats]:
    """Return estimated shares, and the logarithm of the sum in Bethe's approximation."""
    factors, log = _linear(own)
    tables: dict[tuple[int, int], Floats] = {}
    for (i, j), pair in pairs.items():
        top = float(pair.max())
        log = log + top
        tables[i, j] = np.exp(pair - top)
        tables[j, i] = tables[i, j].T
    # What each site tells another of how its states would do.
    messages = {(i, j): np.full_like(factors[j], 1.0 / factors[j].shape[1]) for i, j in tables}

    def heard(site: int, but: int = -1) -> Floats:
        out = factors[site]
        for i, j in messages:
            if j == site and i != but:
                out = out * messages[i, j]
        return out

    for number in range(_ROUNDS):
        new, largest = {}, 0.0
        for (i, j), old in messages.items():
            told = heard(i, j) @ tables[i, j]
            told /= np.maximum(told.sum(axis=1, keepdims=True), _TINY)
            # The first rounds carry news across; then half of it, so that they settle.
            new[i, j] = told if number < 3 else 0.5 * (told + old)
            largest = max(largest, float(np.abs(new[i, j] - old).max()))
        messages = new
        if largest < _SETTLED:
            break
    beliefs = []
    for site in range(len(factors)):
        belief = heard(site)
        total = np.maximum(belief.sum(axis=1, keepdims=True), _TINY)
        beliefs.append(belief / total)
        log = log + np.log(total[:, 0])
    for i, j in pairs:
        one, two = heard(i, j), heard(j, i)
        both = np.einsum("bi,ij,bj->b", one, tables[i, j], two)
        apart = (one * messages[j, i]).sum(axis=1) * (two * messages[i, j]).sum(axis=1)
        log = log + np.log(np.maximum(both, _TINY)) - np.log(np.maximum(apart, _TINY))
    return beliefs, log


def _without_weak_pairs(
    own: Sequence[Floats], pairs: Pairs, matter: Sequence[Floats]
) -> tuple[list[Floats], dict[tuple[int, int], Floats]]:
    """Return the factors with those of weak pairs shared out between their two sites."""
    changed, strong = list(own), {}
    weights = [m / np.maximum(m.sum(), _TINY) for m in matter]
    for (i, j), pair in pairs.items():
        rows, columns = pair @ weights[j], weights[i] @ pair
        mean = float(weights[i] @ rows)
        away = np.abs(pair - rows[:, None] - columns + mean)
        if weights[i] @ away @ weights[j] < _WEAK:
            changed[i] = changed[i] + (rows - mean)
            changed[j] = changed[j] + columns
        else:
            strong[i, j] = pair
    return changed, strong


def _order(sizes: Sequence[int], pairs: Pairs) -> tuple[list[int], float]:
    """Return an order in which to sum over the sites, and the combinations of its largest table."""
    meets: list[set[int]] = [set() for _ in sizes]
    for i, j in pairs:
        meets[i].add(j)
        meets[j].add(i)

    def size(site: int) -> float:
        return float(np.prod([sizes[other] for other in (site, *meets[site])], dtype=float))

    order, largest, left = [], 0.0, set(range(len(sizes)))
    while left:
        site = min(sorted(left), key=size)
        largest = max(largest, size(site))
        for other in meets[site]:
            meets[other] |= meets[site] - {other}
            meets[other].discard(site)
        left.remove(site)
        order.append(site)
    return order, largest


def _kept(matter: Sequence[Floats], pairs: Pairs, settings: int) -> list[NDArray[np.intp]]:
    """Return the states that matter: as many as tables may have."""
    least = _LEAST
    while True:
        kept = [np.flatnonzero(m >= min(least, float(m.max()))) for m in matter]
        largest = _order([len(k) for k in kept], pairs)[1] * settings
        if largest <= _MOST_IN_TABLE or least >= 1.0:
            return kept
        least *= 1.5


@dataclass(slots=True, eq=False)
class _Table:
    """A factor over some sites, (b or 1, n, ...); `step` is the elimination that left it."""

    sites: tuple[int, ...]
    values: Floats
    step: int = -1


def _eliminate(
    own: Sequence[Floats], pairs: Pairs, kind: type[np.floating[Any]] = np.float64
) -> tuple[Floats, list[Floats]]:
    """Return the logarithm of the sum in each setting, and the share of each state in it."""
    factors, log = _linear([values.astype(kind) for values in own])
    settings = len(log)
    tables = [_Table((site,), values) for site, values in enumerate(factors)]
    for key, pair in pairs.items():
        top = float(pair.max())
        log = log + top
        tables.append(_Table(key, np.exp((pair - top).astype(kind))[None]))
    order, _ = _order([f.shape[1] for f in factors], pairs)
    steps: list[tuple[list[int], Floats, Floats, list[_Table]]] = []
    for site in order:
        own_tables = sorted((t for t in tables if site in t.sites), key=lambda t: t.values.size)
        sites = sorted({other for t in own_tables for other in t.sites})
        product = np.ones((settings,) + (1,) * len(sites), dtype=kind)
        for table in own_tables:
            product = product * _spread(table.values, table.sites, sites)
        message = product.sum(axis=1 + sites.index(site))
        scale = message.reshape(settings, -1).max(axis=1)
        if not scale.all() and kind is np.float64:
            # All combinations are too small for its exponent; a wider one has room for them.
            return _eliminate(own, pairs, np.longdouble)
        scale = np.maximum(scale, np.finfo(kind).tiny)
        log = log + np.log(scale)
        rest = tuple(other for other in sites if other != site)
        scale = scale.reshape((settings,) + (1,) * len(rest))
        tables = [t for t in tables if site not in t.sites]
        if rest:
            tables.append(_Table(rest, message / scale, len(steps)))
        steps.append((sites, product, scale, own_tables))
    # Backwards: the share of each combination in a table is what it is worth in all later ones.
    worth: list[Floats] = [np.ones_like(scale) for _, _, scale, _ in steps]
    shares: list[Floats] = [np.empty(0)] * len(order)
    while steps:
        sites, product, scale, own_tables = steps.pop()
        number = len(steps)
        axis = 1 + sites.index(order[number])
        joint = product * np.expand_dims(worth[number] / scale, axis)
        share = joint.sum(axis=tuple(a for a in range(1, joint.ndim) if a != axis))
        share = share / np.maximum(share.sum(axis=1, keepdims=True), np.finfo(kind).tiny)
        shares[order[number]] = share.astype(np.float64)
        for table in own_tables:
            if table.step >= 0:
                gone = tuple(1 + a for a, other in enumerate(sites) if other not in table.sites)
                held = joint.sum(axis=gone)
                worth[table.step] = np.divide(
                    held, table.values, out=np.zeros_like(held), where=table.values > 0
                )
    return log.astype(np.float64), shares


def _spread(values: Floats, own: Sequence[int], sites: Sequence[int]) -> Floats:
    """Return a table over some sites as one over more of them, which it does not depend on."""
    shape = iter(values.shape[1:])
    return values.reshape(values.shape[0], *(next(shape) if s in own else 1 for s in sites))
