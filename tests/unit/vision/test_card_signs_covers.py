"""What was laid over a card, against what is printed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from idscan.vision.card_signs import find_covers
from tests.factories import PAYLOAD
from tests.fakes.stored import text_patch, through_jpeg
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 800, 505
BAR = (slice(200, 240), slice(300, 600))
INNER = (slice(206, 234), slice(306, 594))


def card() -> NDArray[np.uint8]:
    """Return a card's ground that runs from one colour to another, with lines of print on it."""
    run = np.linspace(0, 1, WIDTH)[None, :, None]
    ground = (1 - run) * np.array((200, 222, 216)) + run * np.array((226, 220, 190)) + np.zeros((HEIGHT, 1, 1))
    picture = np.clip(ground + np.random.default_rng(2).normal(0, 2, (HEIGHT, WIDTH, 1)), 0, 255).astype(np.uint8)
    patch = np.asarray(text_patch("NGUYEN VAN MAU 001099000001", 30, (400, 30)))
    for top in (60, 110, 155, 206, 260, 310, 350):
        picture[top : top + 30, 250:650][patch > 128] = 40
    return picture


def stored(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return through_jpeg(picture, 85, "4:2:0")


def share(picture: NDArray[np.uint8], part: tuple[slice, slice] = INNER) -> float:
    return float(find_covers(picture)[part].mean())


def test_print_is_no_cover() -> None:
    assert not find_covers(stored(card())).any()


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (120, 120, 120), (220, 30, 30)])
def test_a_box_of_one_colour_is_a_cover(colour: tuple[int, int, int]) -> None:
    picture = card()
    picture[BAR] = colour
    assert share(stored(picture)) > 0.99
    assert find_covers(stored(picture)).mean() < 0.05, "the rest of the card is none"


def test_a_smooth_run_of_colours_is_a_cover() -> None:
    picture = card()
    picture[BAR] = np.linspace((90, 10, 120), (10, 60, 200), 300).astype(np.uint8)[None]
    assert share(stored(picture)) > 0.95


def test_noise_is_a_cover() -> None:
    picture = card()
    picture[BAR] = np.random.default_rng(4).integers(0, 256, (40, 300, 3), np.uint8)
    assert share(stored(picture)) > 0.9


def test_a_box_with_a_word_on_it_is_a_cover() -> None:
    picture = card()
    picture[BAR] = (255, 225, 60)
    cv2.putText(picture, "HIDDEN", (380, 230), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2)
    assert share(stored(picture)) > 0.95


def test_drawn_faces_side_by_side_are_a_cover_and_bold_red_print_is_none() -> None:
    picture = card()
    for x in range(300, 610, 18):
        cv2.circle(picture, (x, 220), 24, (255, 204, 51), cv2.FILLED)
        cv2.circle(picture, (x, 220), 24, (180, 120, 0), 1)
        cv2.circle(picture, (x - 8, 214), 3, (90, 60, 0), cv2.FILLED)
        cv2.circle(picture, (x + 8, 214), 3, (90, 60, 0), cv2.FILLED)
        cv2.ellipse(picture, (x, 222), (12, 12), 0, 20, 160, (90, 60, 0), 2)
    assert share(stored(picture)) > 0.95
    printed = card()
    cv2.putText(printed, "001099000001", (300, 240), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (200, 20, 30), 5)
    assert share(stored(printed)) < 0.05


@pytest.mark.parametrize(("tile", "is_cover"), [(22, True), (30, True), (5, False)])
def test_a_mosaic_is_a_cover_once_its_tiles_are_as_high_as_a_line(tile: int, *, is_cover: bool) -> None:
    picture = card()
    left, top, right, bottom = 240, 180, 660, 260
    part = picture[top:bottom, left:right].astype(np.float32)
    for y in range(0, bottom - top, tile):
        for x in range(0, right - left, tile):
            place = (slice(y, y + tile), slice(x, x + tile))
            part[place] = part[place].mean(axis=(0, 1))
    picture[top:bottom, left:right] = part.astype(np.uint8)
    found = share(stored(picture))
    assert found > 0.6 if is_cover else found < 0.05


def test_a_frame_around_print_is_no_cover() -> None:
    picture = card()
    cv2.rectangle(picture, (240, 198), (660, 244), (30, 30, 30), 2)
    assert share(stored(picture)) < 0.05


@pytest.mark.parametrize("pitch", [3, 5])
def test_a_code_is_no_noise(pitch: int) -> None:
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    code = draw_symbol(modules, pitch * len(modules), 4)
    picture = card()
    high, wide = code.shape
    picture[200 : 200 + high, 300 : 300 + wide] = code[..., None]
    blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.uint8)
    assert share(stored(blurred), (slice(200, 200 + high), slice(300, 300 + wide))) < 0.05


def test_on_a_small_card_nothing_is_called_noise() -> None:
    picture = cv2.resize(card(), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA).astype(np.uint8)
    picture[80:96, 120:240] = np.random.default_rng(4).integers(0, 256, (16, 120, 3), np.uint8)
    assert not find_covers(picture).any()
