from __future__ import annotations

from collections import Counter

from tests.benchmarks.zones import FIELDS, count, is_good, make_zone

ZONES = range(1, 2001)
LEAST_GIVEN = 0.88
"""Share of the values of these zones that are given; of those that no edge cuts, nineteen of twenty."""


def test_zones_with_the_errors_of_readers_prove_nothing_wrong_and_give_next_to_nothing_wrong() -> None:
    counts = count(ZONES)
    assert is_good(counts), counts
    for name in FIELDS:
        assert counts[name, "right"] >= LEAST_GIVEN * len(ZONES), name
        assert counts[name, "proven and right"] >= 0.76 * len(ZONES), name


def test_a_value_that_is_proven_and_wrong_is_noticed() -> None:
    good = Counter({("number", "right"): 100_000, ("number", "wrong"): 5})
    assert is_good(good)
    assert not is_good(good + Counter({("number", "proven and wrong"): 1}))
    assert not is_good(good + Counter({("sex", "wrong"): 200}))


def test_a_seed_gives_one_zone() -> None:
    assert make_zone(3) == make_zone(3) != make_zone(4)
