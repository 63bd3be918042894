from __future__ import annotations

import numpy as np
import pytest

from idscan.core.arrays import levels_at


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 5), (48, 400)])
def test_levels_are_percentiles(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(sum(shape)).integers(0, 256, shape).astype(np.uint8)
    percents = (0, 1, 4, 33.3, 50, 96, 100)
    assert levels_at(pixels, *percents) == pytest.approx(np.percentile(pixels, percents))


def test_levels_of_a_part_of_a_larger_array() -> None:
    whole = np.arange(200, dtype=np.uint8).reshape(10, 20)
    assert levels_at(whole[2:5, 3:9], 50) == pytest.approx(np.median(whole[2:5, 3:9]))
