"""Frames of an animation are compared with those before them, to the same answers in any process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from idscan.core.settings import Settings
from idscan.core.types import Frame, ImageRef, Likeness
from idscan.images import decode
from idscan.images.decode import FrameHistory
from idscan.images.load import load
from tests.synth.planted import scenery

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GROUND = np.full((60, 80, 3), 120, np.uint8)


def with_box(box: tuple[int, int, int, int], level: int = 20) -> NDArray[np.uint8]:
    pixels = GROUND.copy()
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = level
    return pixels


def answers(*frames: NDArray[np.uint8]) -> list[Likeness | None]:
    history = FrameHistory()
    return [history.likeness(page, (pixels,)) for page, pixels in enumerate(frames)]


def test_a_frame_that_did_not_change_is_like_the_first_that_shows_it() -> None:
    other = with_box((10, 10, 30, 30))
    assert answers(GROUND, GROUND, other, GROUND, other) == [
        None,
        Likeness(0),
        Likeness(0, (10, 10, 30, 30)),
        Likeness(0),
        Likeness(2),
    ]


def test_a_part_that_changed_is_told_by_its_bounds() -> None:
    first, second = with_box((2, 3, 12, 9)), with_box((50, 40, 70, 55))
    assert answers(first, second) == [None, Likeness(0, (2, 3, 70, 55))]


def test_noise_and_a_few_pixels_are_no_change() -> None:
    noisy = GROUND + np.random.default_rng(2).integers(0, 8, GROUND.shape, dtype=np.uint8)
    assert answers(GROUND, noisy, with_box((0, 0, 6, 7))) == [None, Likeness(0), Likeness(0)]


def test_what_comes_in_slowly_counts_as_a_change_once_it_can_be_seen() -> None:
    frames = [with_box((10, 10, 30, 30), level) for level in range(120, 60, -5)]
    found = answers(*frames)
    changed = [page for page, likeness in enumerate(found) if likeness and likeness.changed]
    assert changed == [2, 4, 6, 8, 10], "each time it differs by more than noise from the frame that was read"


def test_a_long_animation_keeps_only_a_few_frames_in_memory() -> None:
    history = FrameHistory()
    for page in range(40):
        history.likeness(page, (with_box((page, 0, page + 20, 40)),))
    assert len(history._kept) <= 4
    assert history.likeness(39, ()) is not None


@pytest.mark.parametrize("pillow_format", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2], [2]])
def test_a_page_is_like_the_same_one_in_whatever_order_pages_are_loaded(
    tmp_path: Path, pillow_format: str, order: list[int]
) -> None:
    shown = [GROUND, with_box((10, 10, 30, 30)), GROUND, with_box((40, 5, 70, 50))]
    options = {"lossless": True} if pillow_format == "WEBP" else {}
    buffer = io.BytesIO()
    first, *others = map(Image.fromarray, shown)
    first.save(buffer, pillow_format, save_all=True, append_images=others, duration=50, **options)
    path = tmp_path / "a"
    path.write_bytes(buffer.getvalue())
    decode._histories.clear()
    expected = [None, Likeness(0, (10, 10, 30, 30)), Likeness(0), Likeness(1, (10, 5, 70, 50))]
    for page in order:
        loaded = load(ImageRef(str(path), page=page, pages=4), Settings())
        assert isinstance(loaded, Frame)
        assert loaded.like == expected[page]


def test_pages_that_are_no_frames_are_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    scenery().save(path, save_all=True, append_images=[scenery()])
    loaded = load(ImageRef(str(path), page=1, pages=2), Settings())
    assert isinstance(loaded, Frame)
    assert loaded.like is None
