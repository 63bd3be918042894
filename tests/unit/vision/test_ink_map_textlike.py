from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from idscan.vision import preprocess
from idscan.vision.ink_map import may_contain_print, stroke_density
from tests.synth.cards import FACES, draw_card
from tests.synth.scenes import CARD_SCENES, make_scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = NDArray[np.float32]


def dark(picture: Picture, rng: Random) -> Picture:
    return np.asarray(picture * 0.2 + grain(picture, rng, 4), np.float32)


def noisy(picture: Picture, rng: Random) -> Picture:
    return np.asarray(picture + grain(picture, rng, 16), np.float32)


def pale(picture: Picture, _rng: Random) -> Picture:
    return np.asarray(150 + 0.3 * (picture - 128), np.float32)


def shaken(picture: Picture, rng: Random) -> Picture:
    kernel = np.zeros((11, 11), np.float32)
    kernel[5] = 1
    turned = cv2.warpAffine(kernel, cv2.getRotationMatrix2D((5, 5), rng.uniform(0, 180), 1), (11, 11))
    return np.asarray(cv2.filter2D(picture, -1, turned / turned.sum()), np.float32)


def plain(picture: Picture, _rng: Random) -> Picture:
    return picture


def grain(picture: Picture, rng: Random, strength: float) -> Picture:
    return np.asarray(np.random.default_rng(rng.randrange(1 << 30)).normal(0, strength, picture.shape), np.float32)


TREATMENTS = (plain, dark, noisy, pale, shaken)


def grey_of(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    return preprocess.grey(np.clip(picture, 0, 255).astype(np.uint8))


@cache
def scene(name: str) -> NDArray[np.uint8]:
    return np.asarray(make_scene(name, 61_000).image.convert("RGB"))


def laid_out(width: int, seed: int) -> Picture:
    """Return a frame 1200 pixels wide with a card of a certain width somewhere on it."""
    rng = Random(seed)
    card = np.asarray(draw_card(FACES[seed % len(FACES)], seed).image.convert("RGB"))
    small = cv2.resize(card, (width, round(width / 1.586)), interpolation=cv2.INTER_AREA)
    frame = np.full((900, 1200, 3), rng.randrange(30, 220), np.float32)
    x, y = rng.randrange(1200 - width), rng.randrange(900 - small.shape[0])
    frame[y : y + small.shape[0], x : x + width] = small
    return frame


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("name", CARD_SCENES)
def test_a_scene_with_a_card_may_contain_print(name: str, treatment: Callable[[Picture, Random], Picture]) -> None:
    picture = np.asarray(scene(name), np.float32)
    assert may_contain_print(grey_of(treatment(picture, Random(1))))


@pytest.mark.parametrize("width", [160, 240, 400])
@pytest.mark.parametrize("seed", range(6))
def test_a_small_card_in_a_large_frame_may_contain_print(width: int, seed: int) -> None:
    assert may_contain_print(grey_of(laid_out(width, seed)))


@pytest.mark.slow
def test_of_three_hundred_scenes_with_cards_none_is_taken_for_bare() -> None:
    bare = []
    for seed in range(60):
        name = list(CARD_SCENES)[seed % len(CARD_SCENES)]
        picture = np.asarray(make_scene(name, 62_000 + seed).image.convert("RGB"), np.float32)
        bare += [
            (name, seed, treatment.__name__)
            for treatment in TREATMENTS
            if not may_contain_print(grey_of(treatment(picture, Random(seed))))
        ]
    bare += [
        (width, seed)
        for width in (160, 240)
        for seed in range(60)
        if not may_contain_print(grey_of(laid_out(width, seed)))
    ]
    assert bare == []


def test_a_plain_ground_a_slope_and_a_few_shapes_hold_no_print() -> None:
    slope = np.tile(np.linspace(20, 220, 640, dtype=np.float32), (480, 1))
    shapes = np.full((480, 640), 200, np.uint8)
    cv2.rectangle(shapes, (60, 60), (300, 260), 40, -1)
    cv2.circle(shapes, (460, 300), 90, 90, -1)
    for grey in (np.full((480, 640), 128, np.uint8), slope.astype(np.uint8), shapes):
        assert not may_contain_print(grey)


def test_lines_of_print_are_seen_whichever_way_they_run() -> None:
    page = Image.new("L", (400, 300), 240)
    pixels = np.asarray(page).copy()
    cv2.putText(pixels, "Identity card", (40, 150), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
    assert stroke_density(pixels) == pytest.approx(stroke_density(np.ascontiguousarray(pixels.T)))
    assert may_contain_print(pixels)
    assert may_contain_print(np.ascontiguousarray(pixels[::-1]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3000, 2)])
def test_pictures_of_hardly_any_pixels_are_no_riddle(shape: tuple[int, int]) -> None:
    assert not may_contain_print(np.zeros(shape, np.uint8))
