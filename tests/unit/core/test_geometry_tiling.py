from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idscan.core.geometry import tile_boxes


def test_a_small_image_is_its_own_tile() -> None:
    assert tile_boxes((300, 200), 300, 50) == [(0, 0, 300, 200)]


@given(st.integers(1, 4000), st.integers(100, 900), st.integers(0, 99))
def test_tiles_cover_a_side_and_share_the_overlap(length: int, longest: int, overlap: int) -> None:
    spans = [(left, right) for left, _, right, _ in tile_boxes((length, 1), longest, overlap)]
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    assert all(right - left <= longest for left, right in spans)
    shared = [first[1] - second[0] for first, second in itertools.pairwise(spans)]
    assert all(pixels >= overlap - 1 for pixels in shared)


@pytest.mark.parametrize("size", [(8160, 6120), (1080, 20000)])
def test_no_pixel_is_left_out(size: tuple[int, int]) -> None:
    boxes = tile_boxes(size, 1280, 400)
    assert max(right for _, _, right, _ in boxes) == size[0]
    assert max(bottom for _, _, _, bottom in boxes) == size[1]
