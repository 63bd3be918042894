"""Where something stands on a card, and where its ground is bare or was painted over."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from idscan.core.geometry import quad_from_box
from idscan.vision.ink_map import InkMap
from tests.fakes.stored import text_patch

TEXT = quad_from_box(100, 100, 400, 130)
BARE = quad_from_box(100, 300, 400, 330)
SIZE = (600, 1000)


def card() -> np.ndarray:
    """Return a card's ground that gets lighter downwards, with a line of print on it."""
    ramp = np.linspace(170, 235, SIZE[0])[:, None] + np.zeros(SIZE)
    noise = np.random.default_rng(5).normal(0, 2, SIZE)
    grey = np.clip(ramp + noise, 0, 255).astype(np.uint8)
    patch = np.asarray(text_patch("NGUYEN VAN MAU 001099000001", 34, (300, 30)))
    grey[100:130, 100:400][patch > 128] = 40
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def ink() -> InkMap:
    return InkMap.of(card())


def test_print_stands_out_and_bare_ground_does_not(ink: InkMap) -> None:
    contrast = ink.contrast([TEXT])
    assert contrast > 80
    assert ink.contrast([BARE]) < 15
    assert ink.ink_share(TEXT, [], 0.35 * contrast) > 0.1
    assert ink.ink_share(BARE, [], 0.35 * contrast) == 0


def test_print_that_was_painted_over_softly_leaves_no_ink() -> None:
    picture = card()
    least = 0.35 * InkMap.of(picture).contrast([TEXT])
    soft = cv2.GaussianBlur(picture, (0, 0), 30)
    picture[90:140, 90:410] = soft[90:140, 90:410]
    assert InkMap.of(picture).ink_share(TEXT, [], least) < 0.015


def test_ink_that_is_spared_does_not_count(ink: InkMap) -> None:
    left, right = quad_from_box(100, 100, 250, 130), quad_from_box(250, 100, 400, 130)
    assert ink.ink_share(quad_from_box(90, 90, 410, 300), [left, right], 30) < 0.005
    assert ink.ink_share(TEXT, [left], 30) == pytest.approx(ink.ink_share(right, [], 30), rel=0.1)


def test_a_place_that_is_spared_whole_has_no_ink(ink: InkMap) -> None:
    assert ink.ink_share(TEXT, [quad_from_box(0, 0, 1000, 600)], 30) == 0


def test_without_lines_there_is_no_contrast(ink: InkMap) -> None:
    assert ink.contrast([]) == 0


@pytest.mark.parametrize(
    "place",
    [
        quad_from_box(-400, 100, -1, 130),
        quad_from_box(1000, 100, 1400, 130),
        quad_from_box(100, -60, 400, -1),
        quad_from_box(100, 600, 400, 700),
    ],
    ids=["left", "right", "above", "below"],
)
def test_what_lies_off_the_card_counts_for_nothing(ink: InkMap, place: object) -> None:
    assert ink.contrast([place]) == 0  # type: ignore[list-item]
    assert ink.ink_share(place, [], 1) == 0  # type: ignore[arg-type]


def test_a_place_that_reaches_beyond_the_card_is_measured_on_it(ink: InkMap) -> None:
    assert ink.ink_share(quad_from_box(100, -500, 400, 130), [], 30) == pytest.approx(
        ink.ink_share(quad_from_box(100, 0, 400, 130), [], 30)
    )


def test_strokes_are_measured_against_the_size_of_the_card() -> None:
    # A small card is its own scale: its thin strokes stand out as those of a large one.
    small = cv2.resize(card(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    place = quad_from_box(50, 50, 200, 65)
    least = 0.35 * InkMap.of(small).contrast([place])
    assert InkMap.of(small).ink_share(place, [], least) == pytest.approx(
        InkMap.of(card()).ink_share(TEXT, [], 0.35 * InkMap.of(card()).contrast([TEXT])), abs=0.12
    )


def test_a_tiny_picture_can_be_measured() -> None:
    assert InkMap.of(np.full((2, 3, 3), 90, np.uint8)).strength.shape == (2, 3)
