"""What a cover of nearly one colour lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.vision.preprocess import stretch_faint_covers
from tests.fakes.stored import text_patch, through_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACE = quad_from_box(100, 100, 400, 140)
PART = (slice(100, 140), slice(100, 400))


def covered(bar: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a photo's noisy ground with a bar on it."""
    picture = np.random.default_rng(1).normal(170, 3, (300, 500, 3)).clip(0, 255).astype(np.uint8)
    picture[PART] = bar
    return picture


def ink() -> NDArray[np.bool_]:
    return np.asarray(text_patch("001099000001", 30, (300, 40))) > 128


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("shade", [0, 128, 252])
def test_ink_that_differs_by_few_levels_is_brought_out(levels: int, shade: int) -> None:
    bar = np.full((40, 300, 3), shade, np.uint8)
    bar[ink()] += levels
    found = stretch_faint_covers(covered(bar))
    assert found is not None
    assert max(geometry.overlap(PLACE, place) for place in found.places) > 0.6
    inside = found.pixels[PART].astype(int)
    assert abs(int(np.median(inside[ink()])) - int(np.median(inside[~ink()]))) > 200


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_ink_in_one_channel_is_brought_out(channel: int) -> None:
    bar = np.zeros((40, 300, 3), np.uint8)
    bar[..., channel][ink()] = 12
    found = stretch_faint_covers(covered(bar))
    assert found is not None
    inside = found.pixels[PART].astype(int)
    assert int(np.median(inside[ink()])) - int(np.median(inside[~ink()])) > 200


@pytest.mark.parametrize("channel", [0, 2])
def test_a_channel_that_a_cover_left_faintly_is_brought_out_with_its_noise(channel: int) -> None:
    print_ = np.where(ink(), 20.0, 190.0) + np.random.default_rng(2).normal(0, 12, (40, 300))
    bar = np.zeros((40, 300, 3), np.uint8)
    bar[..., channel] = (print_.clip(0, 255) // 8).astype(np.uint8)
    found = stretch_faint_covers(covered(bar))
    assert found is not None
    inside = found.pixels[PART].astype(int)
    assert abs(int(np.median(inside[ink()])) - int(np.median(inside[~ink()]))) > 150


def test_a_flat_cover_has_nothing_to_bring_out() -> None:
    assert stretch_faint_covers(covered(np.zeros((40, 300, 3), np.uint8))) is None
    assert stretch_faint_covers(through_jpeg(covered(np.zeros((40, 300, 3), np.uint8)), 95, "4:4:4")) is None


def test_what_can_be_seen_is_left_alone() -> None:
    bar = np.full((40, 300, 3), 200, np.uint8)
    bar[ink()] = 30
    found = stretch_faint_covers(covered(bar))
    assert found is None or np.array_equal(found.pixels[PART], bar)
