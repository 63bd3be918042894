"""Paint hides and blends: soft, opaque, hard-edged, and the same whatever lies below."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from idscan.core.enums import Style
from idscan.core.geometry import quad_from_box
from idscan.redact.fill import FILLS, Canvas, FillStyle, fill_regions
from idscan.redact.mask import region_mask
from tests.fakes.stored import GROUND, SINGLE_PIXELS, place_of, stamped, text_patch

BLACK = (0, 0, 0)
FORMS = [(channels, dtype) for channels in (1, 2, 3, 4) for dtype in (np.uint8, np.uint16)]
FILLED = [Style.BLUR, Style.MOSAIC]


def noise(height: int, width: int, channels: int = 3, dtype: Any = np.uint8, seed: int = 1) -> np.ndarray:
    """Return noise; opaque where there is alpha."""
    white = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, white, (height, width, channels), dtype=dtype)
    if channels in {2, 4}:
        pixels[..., -1] = white
    return pixels


def box_mask(height: int, width: int, *boxes: tuple[int, int, int, int]) -> np.ndarray:
    return region_mask([quad_from_box(*box) for box in boxes], (width, height), SINGLE_PIXELS)


@pytest.mark.parametrize(("channels", "dtype"), FORMS)
@pytest.mark.parametrize("style", Style)
def test_what_is_not_hidden_stays_and_what_is_hidden_is_opaque(style: Style, channels: int, dtype: Any) -> None:
    pixels, mask = noise(90, 120, channels, dtype), box_mask(90, 120, (30, 20, 80, 50), (0, 80, 120, 90))
    before = pixels.copy()
    if channels in {2, 4}:
        pixels[..., -1] = before[..., -1] = 7
    painted = fill_regions(pixels, mask, style, (10, 200, 30))
    assert (painted.shape, painted.dtype) == (pixels.shape, pixels.dtype)
    assert np.array_equal(pixels, before)
    assert np.array_equal(painted[~mask], pixels[~mask])
    assert not np.array_equal(painted[mask], pixels[mask])
    if channels in {2, 4}:
        assert (painted[mask][:, -1] == np.iinfo(dtype).max).all()


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(("channels", "dtype"), FORMS)
def test_hidden_pixels_do_not_show_in_the_result(style: Style, channels: int, dtype: Any) -> None:
    mask = box_mask(120, 160, (40, 30, 110, 60), (0, 0, 9, 120), (60, 58, 64, 70))
    one, other = noise(120, 160, channels, dtype, seed=1), noise(120, 160, channels, dtype, seed=2)
    other[~mask] = one[~mask]
    other[mask] = np.random.default_rng(3).integers(0, 2, other[mask].shape, dtype=dtype) * np.iinfo(dtype).max
    assert np.array_equal(fill_regions(one, mask, style, BLACK), fill_regions(other, mask, style, BLACK))


@pytest.mark.parametrize("style", Style)
def test_no_hidden_pixel_leaves_the_picture_as_it_is(style: Style) -> None:
    pixels = noise(40, 50)
    painted = fill_regions(pixels, np.zeros((40, 50), dtype=np.bool_), style, BLACK)
    assert np.array_equal(painted, pixels)
    assert painted is not pixels


def test_solid_is_the_colour_in_both_depths() -> None:
    mask = box_mask(40, 50, (10, 10, 30, 30))
    assert (fill_regions(noise(40, 50), mask, Style.SOLID, (10, 200, 30))[mask] == (10, 200, 30)).all()
    deep = fill_regions(noise(40, 50, 4, np.uint16), mask, Style.SOLID, (255, 128, 1))
    assert (deep[mask] == (65535, 128 * 257, 257, 65535)).all()


def test_solid_is_luma_where_the_picture_is_grey() -> None:
    mask = box_mask(40, 50, (10, 10, 30, 30))
    for colour in ((10, 200, 30), (255, 255, 255), (255, 0, 0)):
        expected = np.asarray(Image.new("RGB", (1, 1), colour).convert("L"))[0, 0]
        assert (fill_regions(noise(40, 50, 1), mask, Style.SOLID, colour)[mask] == expected).all()
    assert (fill_regions(noise(40, 50, 2, np.uint16), mask, Style.SOLID, (255, 255, 255))[mask] == 65535).all()


@pytest.mark.parametrize("size", [(200, 300), (5, 400), (3, 2), (90, 2)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_plain_ground_closes_without_a_trace(size: tuple[int, int], dtype: Any) -> None:
    ground = np.full((*size, 3), (200, 100, 30), dtype) * dtype(1 if dtype is np.uint8 else 257)
    pixels = ground.copy()
    mask = box_mask(*size, (0, 0, size[1] // 2, (size[0] + 1) // 2))
    pixels[mask] = 0
    painted = fill_regions(pixels, mask, Style.BLUR, BLACK)
    assert np.abs(painted.astype(int) - ground).max() <= 1


def test_the_fill_follows_the_ground_from_side_to_side() -> None:
    ramp = np.tile(np.linspace(20, 230, 400), (200, 1))[..., None]
    mask = box_mask(200, 400, (60, 80, 340, 120))
    painted = fill_regions(np.where(mask[..., None], 255, ramp).astype(np.uint8), mask, Style.BLUR, BLACK)
    assert np.abs(painted - ramp).max() < 16


def test_the_fill_is_as_soft_as_frosted_glass() -> None:
    pixels = np.full((160, 400, 3), GROUND, np.uint8)
    for y in (30, 80, 130):
        pixels = stamped(pixels, text_patch("001099000001", 34), (200, y), 0)
    # Once between the lines, once through them.
    for top, bottom in ((60, 100), (45, 115)):
        painted = fill_regions(pixels, box_mask(160, 400, (60, top, 340, bottom)), Style.BLUR, BLACK).astype(int)
        inside = painted[top:bottom, 60:340]
        assert max(np.abs(np.diff(inside, axis=axis)).max() for axis in (0, 1)) <= 4
        assert np.abs(np.diff(painted[:top, 60:340], axis=1)).max() > 50


def test_large_regions_take_the_mean_of_what_is_around_and_no_strong_border() -> None:
    pixels = np.full((500, 700, 1), 180, np.uint8)
    pixels[90:410, 90:610] = 0
    mask = box_mask(500, 700, (100, 100, 600, 400))
    painted = fill_regions(pixels, mask, Style.BLUR, BLACK)
    middle = painted[220:280, 320:380]
    assert middle.min() > 130
    assert np.ptp(middle) <= 6


def test_a_fully_hidden_picture_becomes_mid_grey() -> None:
    assert (fill_regions(noise(1, 1, 1), np.ones((1, 1), dtype=np.bool_), Style.BLUR, BLACK) == 128).all()
    for dtype, grey in ((np.uint8, 128), (np.uint16, 128 * 257)):
        mask = np.ones((50, 70), dtype=np.bool_)
        assert (fill_regions(noise(50, 70, 3, dtype), mask, Style.BLUR, BLACK) == grey).all()
        tiles = fill_regions(noise(50, 70, 3, dtype), mask, Style.MOSAIC, BLACK).astype(int)
        assert np.abs(tiles - grey).max() <= 6 * (1 if dtype is np.uint8 else 257)


@pytest.mark.parametrize("style", FILLED)
def test_colour_under_full_transparency_does_not_count(style: Style) -> None:
    pixels = np.full((80, 120, 4), (90, 160, 40, 255), np.uint8)
    pixels[:, 70:] = (255, 0, 255, 0)
    mask = box_mask(80, 120, (20, 20, 100, 60))
    painted = fill_regions(pixels, mask, style, BLACK)
    assert np.abs(painted[mask].astype(int) - (90, 160, 40, 255)).max() <= 7
    assert np.array_equal(painted[~mask], pixels[~mask])


def test_the_more_transparent_a_pixel_the_less_it_counts() -> None:
    middles = []
    for alpha in (255, 128, 20, 0):
        pixels = np.full((60, 300, 2), (200, 255), np.uint8)
        pixels[:, 150:] = (20, alpha)
        mask = np.ones((60, 300), dtype=np.bool_)
        mask[:, [0, -1]] = False
        middles.append(int(fill_regions(pixels, mask, Style.BLUR, BLACK)[30, 150, 0]))
    assert middles == sorted(set(middles))
    assert 20 < middles[0] < 170
    assert middles[-1] == 200


def test_colour_under_the_mask_of_another_region_does_not_count() -> None:
    pixels = np.full((100, 300, 3), GROUND, np.uint8)
    mask = box_mask(100, 300, (40, 30, 120, 60), (130, 30, 220, 60))
    pixels[mask] = (255, 0, 0)
    assert np.abs(fill_regions(pixels, mask, Style.BLUR, BLACK).astype(int) - GROUND).max() <= 1


def tile_borders(tiles: np.ndarray) -> list[int]:
    return np.flatnonzero(np.abs(np.diff(tiles.astype(int), axis=1)).sum(axis=(0, 2))).tolist()


def test_a_region_within_the_bend_of_another_is_painted_by_itself() -> None:
    # It comes first in reading order, and the box around the bend holds it.
    mask = box_mask(200, 260, (60, 64, 100, 104), (220, 64, 240, 180), (20, 160, 240, 180))
    tiles = fill_regions(noise(200, 260), mask, Style.MOSAIC, BLACK)[64:104, 60:100]
    assert tile_borders(tiles) == [11, 23, 35]


def test_regions_that_touch_at_a_corner_are_painted_as_one() -> None:
    mask = box_mask(200, 260, (80, 80, 120, 120), (120, 120, 160, 160))
    tiles = fill_regions(noise(200, 260), mask, Style.MOSAIC, BLACK)[120:160, 120:160]
    # Thirteen pixels a tile, a sixth of both together, counted from the first region's corner.
    assert tile_borders(tiles) == [11, 24, 37]


@pytest.mark.parametrize("is_upright", [False, True])
def test_the_fill_changes_colour_where_the_surroundings_do(is_upright: bool) -> None:
    pixels = np.full((300, 300, 1), 30, np.uint8)
    pixels[:, 170:] = 220
    mask = box_mask(300, 300, (90, 100, 250, 160))
    if is_upright:
        pixels, mask = (np.ascontiguousarray(array.swapaxes(0, 1)) for array in (pixels, mask))
    painted = fill_regions(pixels, mask, Style.BLUR, BLACK)
    line = painted[101, :, 0] if not is_upright else painted[:, 101, 0]
    assert abs(int(np.flatnonzero(line > 125)[0]) - 170) <= 2
    assert line[105] < 50
    assert line[240] > 200


@pytest.mark.parametrize("scale", [1, 257])
def test_mosaic_is_flat_tiles_in_shades_of_the_surroundings(scale: int) -> None:
    dtype = np.uint8 if scale == 1 else np.uint16
    pixels = (np.full((300, 500, 3), GROUND, np.uint16) * scale).astype(dtype)
    mask = box_mask(300, 500, (50, 60, 410, 240))
    painted = fill_regions(pixels, mask, Style.MOSAIC, BLACK).astype(int)
    shades = set()
    for y in range(60, 240, 30):
        for x in range(50, 410, 30):
            tile = painted[y : y + 30, x : x + 30]
            assert (tile == tile[0, 0]).all()
            shift = (tile[0, 0] - np.array(GROUND) * scale) / scale
            assert np.ptp(shift) < 1.01
            shades.add(round(float(shift.mean())))
    assert max(shades) <= 6
    assert min(shades) >= -6
    assert len(shades) > 8


def test_mosaic_shades_depend_on_nothing_but_the_tile() -> None:
    shifts = []
    for ground, place in (((200, 100, 30), (40, 40)), ((90, 90, 90), (61, 77))):
        pixels = np.full((300, 400, 3), ground, np.uint8)
        mask = box_mask(300, 400, (*place, place[0] + 120, place[1] + 72))
        painted = fill_regions(pixels, mask, Style.MOSAIC, BLACK).astype(int) - ground
        shifts.append(painted[mask])
    assert np.abs(shifts[0] - shifts[1]).max() <= 1


def test_slanted_masks_have_a_hard_edge() -> None:
    pixels = np.full((200, 300, 3), 255, np.uint8)
    mask = region_mask([place_of((160, 50), (150, 100), 27)], (300, 200), SINGLE_PIXELS)
    painted = fill_regions(pixels, mask, Style.SOLID, BLACK)
    assert set(np.unique(painted).tolist()) == {0, 255}
    assert (painted[..., 0] == 0).sum() == mask.sum()


def test_strips_and_cells_leave_no_seams() -> None:
    # Large enough for many strips of the finest and of coarse cells.
    y, x = np.mgrid[0:900, 0:2600]
    smooth = (120 + 60 * np.sin(x / 500) + 40 * np.cos(y / 300))[..., None].astype(np.uint8)
    for box in ((30, 400, 2570, 440), (300, 100, 2300, 800)):
        mask = box_mask(900, 2600, box)
        inside = fill_regions(smooth, mask, Style.BLUR, BLACK)[box[1] : box[3], box[0] : box[2], 0].astype(int)
        assert max(np.abs(np.diff(inside, axis=axis)).max() for axis in (0, 1)) <= 2


def test_the_result_does_not_depend_on_threads() -> None:
    pixels, mask = noise(400, 600), box_mask(400, 600, (50, 50, 500, 300))
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        alone = fill_regions(pixels, mask, Style.BLUR, BLACK)
    finally:
        cv2.setNumThreads(threads)
    assert np.array_equal(alone, fill_regions(pixels, mask, Style.BLUR, BLACK))


def test_every_style_has_a_row_with_a_guarantee() -> None:
    assert list(FILLS) == list(Style), "FILLS in idscan/redact/fill.py needs a row for every Style, in its order"
    assert all(row.guarantee.startswith("depends on the ") for row in FILLS.values())


def test_a_new_style_is_one_row_with_a_fill_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def paint_stripes(canvas: Canvas) -> None:
        stripes = np.arange(canvas.mask.shape[1])[:, None] % 2 * np.iinfo(canvas.pixels.dtype).max
        np.copyto(canvas.result[..., : canvas.colours], stripes, where=canvas.mask[..., None], casting="unsafe")

    row = FillStyle(paint=paint_stripes, guarantee="depends on the mask only", words="Hidden places are striped.")
    monkeypatch.setitem(FILLS, "stripes", row)
    pixels, mask = noise(40, 50, 4), box_mask(40, 50, (10, 10, 20, 20))
    painted = fill_regions(pixels, mask, "stripes", BLACK)
    assert (painted[12, 10:14] == [[0, 0, 0, 255], [255, 255, 255, 255]] * 2).all()
    assert np.array_equal(painted[~mask], pixels[~mask])
