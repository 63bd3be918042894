"""Fields are painted over in the colour of their card, whatever lies around it."""

from __future__ import annotations

import numpy as np
import pytest

from idscan.core.enums import Style
from idscan.core.geometry import quad_from_box
from idscan.redact.fill import fill_regions
from idscan.redact.mask import region_mask
from tests.fakes.stored import SINGLE_PIXELS

CARD = quad_from_box(100, 80, 500, 332)
FIELD = quad_from_box(200, 200, 480, 240)
TABLE, GROUND, GOLD, INK = (70, 40, 20), (190, 215, 220), (212, 176, 88), (20, 20, 30)


def scene(*, slope: float = 0.0, gold: float = 0.1, dtype: type = np.uint8) -> np.ndarray:
    """Return a card on a table, with print and a golden chip on it."""
    pixels = np.empty((420, 620, 3), np.float64)
    pixels[:] = TABLE
    x = np.arange(400, dtype=np.float64)[None, :, None]
    pixels[80:332, 100:500] = np.array(GROUND) - slope * x
    pixels[100:180, 160:460:6] = INK
    pixels[80 : 80 + round(252 * gold), 110 : 110 + round(400 * gold)] = GOLD
    return np.rint(pixels * (np.iinfo(dtype).max / 255)).astype(dtype)


def painted(pixels: np.ndarray, style: Style = Style.BLUR) -> np.ndarray:
    mask = region_mask([FIELD], (620, 420), SINGLE_PIXELS)
    return fill_regions(pixels, mask, style, (0, 0, 0), [CARD])[200:240, 200:480].astype(float)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gold", [0.1, 0.6])
def test_a_field_takes_the_colour_of_its_cards_ground(dtype: type, gold: float) -> None:
    found = painted(scene(gold=gold, dtype=dtype)) * (255 / np.iinfo(dtype).max)
    assert np.abs(found - GROUND).max() <= 2


def test_a_ground_that_varies_from_side_to_side_goes_on_below_a_field() -> None:
    found = painted(scene(slope=0.1))
    wanted = np.array(GROUND) - 0.1 * (np.arange(100, 380)[None, :, None])
    assert np.abs(found - wanted).max() <= 4


def test_tiles_are_of_the_ground_as_well() -> None:
    assert np.abs(painted(scene(), Style.MOSAIC) - GROUND).max() <= 8


def test_the_ground_does_not_depend_on_what_is_hidden() -> None:
    one, other = scene(), scene()
    other[200:240, 200:480] = 255
    assert np.array_equal(painted(one), painted(other))


def test_a_card_that_is_hidden_whole_is_plain_and_not_of_the_tables_colour() -> None:
    mask = region_mask([CARD], (620, 420), SINGLE_PIXELS)
    inside = fill_regions(scene(), mask, Style.BLUR, (0, 0, 0), [CARD])[90:320, 110:490]
    assert np.ptp(inside) == 0
    assert inside[0, 0, 0] > 180


def test_a_ground_that_changes_from_hue_to_hue_and_back_goes_on_below_a_field() -> None:
    waves = 18 * np.sin(np.linspace(0, 2 * np.pi, 400))[None, :, None] * np.array([1.0, 0.5, -1.0])
    pixels = scene().astype(float)
    pixels[80:332, 100:500] = np.array(GROUND) + waves
    found = painted(np.rint(pixels).astype(np.uint8))
    assert np.abs(found - (np.array(GROUND) + waves)[:, 100:380]).max() <= 8
