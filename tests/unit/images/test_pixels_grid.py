"""Where blocks lie in the upright picture, checked against turning a picture of the blocks themselves."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from idscan.images.pixels import _TURNS, Grid, upright_grid, upright_pixels


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("block", [(1, 1), (16, 16), (32, 16), (16, 24)])
@pytest.mark.parametrize("size", [(100, 80), (96, 64), (33, 17), (5, 7)])
def test_a_grid_turns_with_its_picture(turn: int, block: tuple[int, int], size: tuple[int, int]) -> None:
    columns, rows = np.meshgrid(np.arange(size[0]) // block[0], np.arange(size[1]) // block[1])
    stored = np.stack([columns, rows], axis=2).astype(np.uint8)
    upright = upright_pixels(stored, turn)
    grid = upright_grid(block, size, turn)
    assert 0 <= grid.left < grid.width
    assert 0 <= grid.top < grid.height
    across = (upright[:, 1:] != upright[:, :-1]).any(axis=(0, 2)).nonzero()[0] + 1
    down = (upright[1:] != upright[:-1]).any(axis=(1, 2)).nonzero()[0] + 1
    height, width = upright.shape[:2]
    assert list(across) == [x for x in range(1, width) if x % grid.width == grid.left]
    assert list(down) == [y for y in range(1, height) if y % grid.height == grid.top]


@pytest.mark.parametrize("turn", range(1, 9))
def test_pixels_turn_as_the_scan_turns_them(turn: int) -> None:
    stored = np.random.default_rng(turn).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    image = Image.fromarray(stored)
    expected = image if turn == 1 else image.transpose(_TURNS[turn])
    upright = upright_pixels(stored, turn)
    assert np.array_equal(upright, np.asarray(expected))
    assert not upright.flags.writeable


def test_a_lossless_picture_has_blocks_of_one_pixel() -> None:
    assert upright_grid((1, 1), (30, 20), 7) == Grid()
