"""Sums over all combinations, against going through them one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from trkstruct import _networks
from trkstruct._networks import sum_over

APART = (slice(0, 1), slice(1, None))


def network(seed: int, sizes: tuple[int, ...], strength: float, share: float = 1.0):
    """Return random factors in three settings; `share` of the pairs meet, some strongly."""
    random = np.random.default_rng(seed)
    own = [random.normal(scale=2.0, size=(3, n)) for n in sizes]
    pairs = {
        (i, j): -strength * random.exponential(size=(sizes[i], sizes[j])) ** 2
        for i, j in combinations(range(len(sizes)), 2)
        if random.random() < share
    }
    return own, pairs


def one_by_one(own, pairs):
    """Return the logarithm of the sum in each setting, and the shares, from every combination."""
    n, logs, shares = len(own), [], [[] for _ in own]
    for setting in range(len(own[0])):
        every = np.zeros(tuple(o.shape[1] for o in own))
        for site, factors in enumerate(own):
            shape = [1] * n
            shape[site] = -1
            every = every + factors[setting].reshape(shape)
        for (i, j), pair in pairs.items():
            shape = [1] * n
            shape[i], shape[j] = pair.shape
            every = every + pair.reshape(shape)
        logs.append(logsumexp(every))
        weight = np.exp(every - logs[-1])
        for site in range(n):
            shares[site].append(weight.sum(axis=tuple(x for x in range(n) if x != site)))
    return np.array(logs), [np.array(s) for s in shares]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=5).map(tuple),
    strength=st.sampled_from([0.0, 0.1, 1.0, 10.0, 60.0]),
    share=st.sampled_from([0.4, 1.0]),
)
def test_elimination_is_exact(seed, sizes, strength, share) -> None:
    own, pairs = network(seed, sizes, strength, share)
    log, shares = _networks._eliminate(own, pairs)
    wanted, parts = one_by_one(own, pairs)
    assert log == pytest.approx(wanted, abs=1e-9)
    for found, part in zip(shares, parts, strict=True):
        assert found == pytest.approx(part, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=5).map(tuple),
    strength=st.sampled_from([0.0, 0.01, 0.1, 1.0, 4.0]),
)
def test_what_is_left_out_and_made_simple_changes_little(seed, sizes, strength) -> None:
    own, pairs = network(seed, sizes, strength)
    found = sum_over(own, pairs, APART)
    wanted, parts = one_by_one(own, pairs)
    # Each of up to ten weak pairs may be off by their limit.
    assert found.log == pytest.approx(wanted, abs=0.02)
    for share, part in zip(found.shares, parts, strict=True):
        assert share.sum(axis=1) == pytest.approx(1.0)
        assert share[0] == pytest.approx(part[0], abs=0.02)


def test_large_tables_are_made_small(monkeypatch) -> None:
    own, pairs = network(3, (9, 9, 9, 9), 0.5)
    wanted, _ = one_by_one(own, pairs)
    whole = sum_over(own, pairs, APART)
    kept = sum((share[0] > 0).sum() for share in whole.shares)
    monkeypatch.setattr(_networks, "_MOST_IN_TABLE", 1200)
    few = sum_over(own, pairs, APART)
    assert sum((share[0] > 0).sum() for share in few.shares) < kept
    # What was left out is put on the sum.
    assert few.log == pytest.approx(wanted, abs=0.15)


def test_states_that_only_one_setting_has_are_kept() -> None:
    """A state that only the second group of settings populates is not left out."""
    own = [np.array([[0.0, -50.0], [-50.0, 0.0]]), np.array([[0.0, -1.0], [0.0, -1.0]])]
    pairs = {(0, 1): np.array([[0.0, -3.0], [-3.0, 0.0]])}
    found = sum_over(own, pairs, APART)
    wanted, parts = one_by_one(own, pairs)
    assert found.log == pytest.approx(wanted, abs=1e-6)
    assert found.shares[0] == pytest.approx(parts[0], abs=1e-6)


def test_sites_that_exclude_each_other_end_in_numbers() -> None:
    """Three sites of two states, none of which bears its like: small, not nothing."""
    own = [np.zeros((2, 2))] * 3
    pairs = {key: np.diag([-900.0, -900.0]) for key in combinations(range(3), 2)}
    log, shares = _networks._eliminate(own, pairs)
    assert log == pytest.approx(np.full(2, np.log(6.0) - 900.0))
    found = sum_over(own, pairs, APART)
    assert found.log == pytest.approx(log)
    for share in (*shares, *found.shares):
        assert share == pytest.approx(np.full((2, 2), 0.5))


def test_two_ways_to_pack_are_both_seen() -> None:
    """Four sites of two states that want to be alike: two packings, nearly of one weight."""
    own = [np.array([[0.05, 0.0], [0.0, 0.05]])] * 4
    pairs = {key: np.array([[0.0, -5.0], [-5.0, 0.0]]) for key in combinations(range(4), 2)}
    found = sum_over(own, pairs, APART)
    wanted, parts = one_by_one(own, pairs)
    assert 0.4 < parts[0][0, 1] < 0.5
    assert found.log == pytest.approx(wanted, abs=1e-6)
    assert found.shares[0] == pytest.approx(parts[0], abs=1e-6)
