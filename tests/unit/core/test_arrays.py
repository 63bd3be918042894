from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.core.arrays import halved, resized_fast

RAMP = np.tile(np.linspace(0, 255, 640, dtype=np.uint8), (480, 1))


@pytest.mark.parametrize("size", [(640, 480), (500, 375), (320, 240), (200, 150), (101, 77), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_smaller_picture_shows_the_same(size: tuple[int, int], channels: int) -> None:
    picture = RAMP if channels == 1 else np.dstack([RAMP] * channels)
    small = resized_fast(picture, size)
    assert small.shape[1::-1] == size
    wanted = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - wanted).max() <= 3


def test_a_picture_of_the_size_is_left_as_it_is() -> None:
    assert resized_fast(RAMP, (640, 480)) is RAMP


def test_fine_stripes_turn_grey_and_not_into_coarser_ones() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (300, 400))
    for size in ((200, 75), (190, 71), (130, 50)):
        assert np.ptp(resized_fast(stripes, size)) <= 2


@pytest.mark.parametrize(("shape", "half"), [((5, 9), (2, 4)), ((4, 8), (2, 4)), ((1, 3), (1, 1))])
def test_half_of_an_odd_side_is_rounded_down(shape: tuple[int, int], half: tuple[int, int]) -> None:
    assert halved(np.zeros(shape, np.uint8)).shape == half
