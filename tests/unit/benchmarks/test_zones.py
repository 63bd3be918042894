from __future__ import annotations

from collections import Counter

import pytest

from tests.benchmarks.zones import FIELDS, count, is_good, make_zone

FEW_ZONES, ZONES = range(1, 301), range(1, 1001)
LEAST_GIVEN = 0.88
"""Share of the values of these zones that are given; of those that no edge cuts, nineteen of twenty."""

LEAST_PROVEN = 0.76
"""Likewise of those that are proven: a number that stands once, as in a passport, is not while a digit is in doubt."""


@pytest.mark.parametrize("zones", [FEW_ZONES, pytest.param(ZONES, marks=pytest.mark.slow)], ids=["few", "all"])
def test_zones_with_the_errors_of_readers_prove_nothing_wrong_and_give_next_to_nothing_wrong(zones: range) -> None:
    counts = count(zones)
    assert is_good(counts), counts
    for name in FIELDS:
        total = sum(counts[name, outcome] for outcome in ("right", "wrong", "not given"))
        assert total > len(zones) / 2, name
        assert counts[name, "right"] >= LEAST_GIVEN * total, name
        assert counts[name, "proven and right"] >= LEAST_PROVEN * total, name


def test_a_value_that_is_proven_and_wrong_is_noticed() -> None:
    good = Counter({("number", "right"): 100_000, ("number", "wrong"): 5})
    assert is_good(good)
    assert not is_good(good + Counter({("number", "proven and wrong"): 1}))
    assert not is_good(good + Counter({("sex", "wrong"): 200}))


def test_a_seed_gives_one_zone() -> None:
    assert make_zone(3) == make_zone(3) != make_zone(4)
