"""What a file mixes with hidden ink is hidden with it: whole blocks, and a rim around them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageDraw

from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box, quad_from_points
from idscan.images.pixels import Grid
from idscan.redact.mask import aligned_to_blocks, expanded_quad, inset_quad, region_mask, rounded_mask
from tests.fakes.stored import (
    CODED_BLOCKS,
    GROUND,
    SINGLE_PIXELS,
    place_of,
    stamped,
    text_patch,
    through_jpeg,
)

SIZE = (60, 44)


def boxes(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    assert mask[box[1] : box[3], box[0] : box[2]].all()
    return box


def turned_box(centre: tuple[float, float], size: tuple[float, float], degrees: float) -> Quad:
    turn = math.radians(degrees)
    right, below = size[0] / 2, size[1] / 2
    return quad_from_points(
        (
            centre[0] + x * math.cos(turn) - y * math.sin(turn),
            centre[1] + x * math.sin(turn) + y * math.cos(turn),
        )
        for x, y in ((-right, -below), (right, -below), (right, below), (-right, below))
    )


def random_quads(count: int) -> list[Quad]:
    rng = np.random.default_rng(7)
    quads = [
        turned_box(
            (rng.uniform(-10, 70), rng.uniform(-10, 54)), (rng.uniform(0.01, 50), rng.uniform(0.01, 20)), degrees
        )
        for degrees in rng.uniform(0, 360, count)
    ]
    return [quad if index % 2 else quad_from_points(quad[::-1]) for index, quad in enumerate(quads)]


@pytest.mark.parametrize("grid", [SINGLE_PIXELS, Grid(8, 8, 3, 5), Grid(16, 8, -40, 100)])
def test_exactly_the_touched_blocks_are_hidden(grid: Grid) -> None:
    for quad in random_quads(12):
        mask = region_mask([quad], SIZE, grid, rim=0)
        for y in range(SIZE[1]):
            for x in range(SIZE[0]):
                left = (x - grid.left) // grid.width * grid.width + grid.left
                top = (y - grid.top) // grid.height * grid.height + grid.top
                block = quad_from_box(left, top, left + grid.width, top + grid.height)
                if geometry.intersection_area(quad, block) > 1e-7:
                    assert mask[y, x]
                if geometry.intersection_area(quad, expanded_quad(block, 1e-4)) == 0:
                    assert not mask[y, x]


def test_a_quad_on_block_borders_hides_no_neighbour_but_the_rim() -> None:
    assert boxes(region_mask([quad_from_box(16, 16, 32, 32)], (64, 64), Grid(16, 16))) == (14, 14, 34, 34)


def test_pixels_kept_by_themselves_get_no_rim() -> None:
    assert boxes(region_mask([quad_from_box(5.5, 7, 9, 8.01)], (64, 64), SINGLE_PIXELS)) == (5, 7, 9, 9)


def test_the_grid_counts_from_any_of_its_blocks() -> None:
    for left, top in ((5, 3), (21, -13), (-11, 19)):
        box = boxes(region_mask([quad_from_box(22, 20, 23, 21)], (64, 64), Grid(16, 16, left, top)))
        assert box == (19, 17, 39, 37)


@pytest.mark.parametrize(
    ("quad", "box"),
    [
        (quad_from_box(20, 20, 20, 20), (20, 20, 21, 21)),
        (quad_from_box(20.5, 10, 20.5, 13), (20, 10, 21, 13)),
        (quad_from_box(10, 20.5, 13, 20.5), (10, 20, 13, 21)),
        (quad_from_box(10, 20, 13.2, 20), (10, 20, 14, 21)),
    ],
)
def test_a_quad_without_area_still_hides(quad: Quad, box: tuple[int, int, int, int]) -> None:
    assert boxes(region_mask([quad], (64, 64), SINGLE_PIXELS)) == box


def test_a_slanted_hair_hides_every_pixel_on_its_way() -> None:
    mask = region_mask([((2.5, 1.5), (50.5, 31.5), (50.5, 31.5), (2.5, 1.5))], SIZE, SINGLE_PIXELS)
    for share in np.linspace(0, 1, 2000):
        assert mask[int(1.5 + share * 30), int(2.5 + share * 48)]
    assert mask.sum() < 90


@pytest.mark.parametrize(
    "quad",
    [
        quad_from_box(-50, -50, -1, -1),
        quad_from_box(60, 10, 90, 20),
        quad_from_box(10, 44, 20, 90),
        quad_from_box(-9e9, 5, -1, 9),
        quad_from_box(10, -9, 20, 0),
        # Its bounding box reaches into the picture, it does not.
        ((-30.0, 10.0), (10.0, -30.0), (9.0, -31.0), (-31.0, 9.0)),
    ],
)
def test_a_quad_beside_the_picture_hides_nothing(quad: Quad) -> None:
    assert not region_mask([quad], SIZE, SINGLE_PIXELS).any()


def test_a_quad_far_larger_than_the_picture_hides_all_of_it() -> None:
    for reach in (1e3, 1e9, 1e18, 1.7e308):
        quad = ((-reach, 20.0), (20.0, -reach), (reach, 20.0), (20.0, reach))
        assert region_mask([quad], SIZE, Grid(16, 16)).all()
        assert region_mask([quad_from_box(-reach, -reach, reach, reach)], SIZE, Grid(16, 16)).all()


def exact_columns(quad: Quad, row: int) -> tuple[Fraction, Fraction] | None:
    """Return from where to where a quad reaches within a row of pixels, without rounding."""
    corners = [(Fraction(x), Fraction(y)) for x, y in quad]
    xs: list[Fraction] = []
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if max(y0, y1) <= row or min(y0, y1) >= row + 1:
            continue
        if y0 == y1:
            xs += [x0, x1]
            continue
        for y in (Fraction(row), Fraction(row + 1)):
            share = min(max((y - y0) / (y1 - y0), Fraction(0)), Fraction(1))
            xs.append(x0 + share * (x1 - x0))
    return (min(xs), max(xs)) if xs else None


def test_rounding_leaves_no_touched_pixel_out_however_far_the_corners_are() -> None:
    rng = np.random.default_rng(13)
    hidden = 0
    for reach in (1e2, 1e6, 1e12, 1e14):
        for _ in range(20):
            (x, y), (dx, dy) = rng.uniform(10, 34, 2), rng.uniform(-reach, reach, 2)
            # A band whose sides cross the picture.
            side = quad_from_points([(x - dx, y - dy), (x + dx, y + dy), (x + dx - 9, y + dy), (x - dx - 9, y - dy)])
            quad = side if rng.random() < 0.5 else quad_from_points(side[::-1])
            mask = region_mask([quad], SIZE, SINGLE_PIXELS)
            for row in range(SIZE[1]):
                columns = exact_columns(quad, row)
                if columns is not None:
                    first, last = max(0, math.floor(columns[0])), max(0, min(SIZE[0], math.ceil(columns[1])))
                    assert mask[row, first:last].all()
                    hidden += max(0, last - first)
    assert hidden > 10000


def test_no_quad_hides_nothing_and_several_add_up() -> None:
    assert not region_mask([], SIZE, SINGLE_PIXELS).any()
    first, second = random_quads(2)
    both = region_mask([first, second], SIZE, Grid(8, 8))
    assert np.array_equal(both, region_mask([first], SIZE, Grid(8, 8)) | region_mask([second], SIZE, Grid(8, 8)))


def test_a_crossed_quad_hides_its_hull() -> None:
    crossed: Quad = ((10.0, 10.0), (30.0, 30.0), (30.0, 10.0), (10.0, 30.0))
    assert boxes(region_mask([crossed], SIZE, SINGLE_PIXELS)) == (10, 10, 30, 30)


def spread_of_ink(subsampling: str, **options: int) -> bool:
    """Return whether ink that fills its blocks changes pixels outside of the mask."""
    ground = np.full((96, 96, 3), GROUND, np.uint8)
    inked = ground.copy()
    inked[32:64, 32:64] = (200, 0, 90)
    hidden = region_mask([quad_from_box(32, 32, 64, 64)], (96, 96), CODED_BLOCKS[subsampling], **options)
    decoded = [through_jpeg(pixels, 75, subsampling) for pixels in (ground, inked)]
    return bool((decoded[0] != decoded[1])[~hidden].any())


@pytest.mark.parametrize("subsampling", CODED_BLOCKS)
def test_ink_never_reaches_beyond_the_rim(subsampling: str) -> None:
    assert not spread_of_ink(subsampling)


@pytest.mark.parametrize("subsampling", ["4:2:2", "4:2:0"])
def test_without_a_rim_colour_leaks_over_the_border(subsampling: str) -> None:
    assert spread_of_ink(subsampling, rim=0)


def test_a_grown_box_has_its_sides_moved_out() -> None:
    assert expanded_quad(quad_from_box(10, 20, 30, 25), 3) == quad_from_box(7, 17, 33, 28)


def test_growing_keeps_the_first_corner_first() -> None:
    quad = quad_from_box(10, 20, 30, 25)
    for turns in range(4):
        for ordered in (geometry.turned(quad, turns), quad_from_points(geometry.turned(quad, turns)[::-1])):
            bigger = expanded_quad(ordered, 3)
            assert {*bigger} == {*quad_from_box(7, 17, 33, 28)}
            assert all(math.dist(one, other) < 5 for one, other in zip(ordered, bigger, strict=True))


@pytest.mark.parametrize("degrees", range(0, 360, 15))
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_side_moves_by_as_much_however_the_quad_lies(degrees: float, mirrored: bool) -> None:
    quad = turned_box((50, 40), (30, 8), degrees)
    expected = turned_box((50, 40), (40, 18), degrees)
    if mirrored:
        quad, expected = (quad_from_points((q[1], q[0], q[3], q[2])) for q in (quad, expected))
    assert np.allclose(expanded_quad(quad, 5), expected)


def test_a_quad_in_perspective_grows_along_its_own_sides() -> None:
    quad: Quad = ((10.0, 10.0), (90.0, 20.0), (85.0, 60.0), (15.0, 70.0))
    bigger = expanded_quad(quad, 4)
    for index in range(4):
        (x0, y0), (x1, y1) = quad[index], quad[(index + 1) % 4]
        for x, y in (bigger[index], bigger[(index + 1) % 4]):
            away = ((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / math.hypot(x1 - x0, y1 - y0)
            assert away == pytest.approx(4)


@pytest.mark.parametrize(
    ("quad", "expected"),
    [
        (quad_from_box(10, 20, 30, 20), quad_from_box(7, 17, 33, 23)),
        (quad_from_box(10, 20, 10, 40), quad_from_box(7, 17, 13, 43)),
        (quad_from_box(10, 20, 10, 20), quad_from_box(7, 17, 13, 23)),
        # Right to left, without height: the reading direction stays.
        (quad_from_box(30, 20, 10, 20), ((33, 23), (7, 23), (7, 17), (33, 17))),
        # Crossed: top and bottom side cancel out.
        (((10, 10), (30, 10), (10, 30), (30, 30)), quad_from_box(7, 7, 33, 33)),
        # Mirrored, two corners in one place.
        (((30, 10), (10, 10), (10, 30), (10, 30)), ((33, 7), (7, 7), (7, 33), (33, 33))),
    ],
)
def test_a_quad_that_is_none_becomes_a_rectangle(quad: Quad, expected: Quad) -> None:
    assert np.allclose(expanded_quad(quad, 3), expected)


def test_a_very_sharp_corner_does_not_shoot_out() -> None:
    sharp: Quad = ((0.0, 0.0), (100.0, 0.0), (160.0, 10.0), (60.0, 10.0))
    assert np.allclose(expanded_quad(sharp, 4), quad_from_box(-4, -4, 164, 14))


def test_a_grown_quad_holds_a_circle_around_each_corner() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        quad = quad_from_points(rng.uniform(0, 100, (4, 2)).tolist())
        bigger = expanded_quad(quad, 6)
        for x, y in quad:
            for turn in np.linspace(0, 2 * math.pi, 16):
                assert geometry.contains(bigger, (x + 5.99 * math.cos(turn), y + 5.99 * math.sin(turn)))


def test_drawn_text_lies_within_its_place() -> None:
    # The tests of JPEG rest on it: ink outside of the quad would be no fault of the mask.
    patch = text_patch("001099000001", 22)
    ground = np.full((140, 240, 3), GROUND, np.uint8)
    for degrees in (0, 33, 90, 201):
        inked = stamped(ground, patch, (120.3, 70.7), degrees)
        outline = Image.new("1", (240, 140))
        ImageDraw.Draw(outline).polygon(expanded_quad(place_of(patch.size, (120.3, 70.7), degrees), 2), fill=1)
        changed = (inked != ground).any(axis=2)
        assert changed.any()
        assert not (changed & ~np.asarray(outline)).any()


@pytest.mark.parametrize("degrees", [0, 3, 11, 45, 90, 200])
@pytest.mark.parametrize("grid", [Grid(8, 8, 3, 5), Grid(16, 16)])
def test_straight_sides_hold_every_block_that_a_quad_touches_and_little_more(degrees: float, grid: Grid) -> None:
    size = (400, 300)
    quad = turned_box((200, 150), (160, 40), degrees)
    straight = aligned_to_blocks(quad, size, grid)
    blocks, inside = region_mask([quad], size, grid), region_mask([straight], size, SINGLE_PIXELS)
    assert not (blocks & ~inside).any()
    reach = (grid.width + 2) * math.sqrt(2)
    assert geometry.area(straight) <= (160 + 2 * reach) * (40 + 2 * reach)
    assert geometry.angle(straight) == pytest.approx(geometry.angle(quad))


def test_a_file_of_single_pixels_has_straight_sides_already() -> None:
    quad = turned_box((30, 20), (20, 8), 12)
    assert aligned_to_blocks(quad, SIZE, SINGLE_PIXELS) == quad


@pytest.mark.parametrize(
    "quad", [quad_from_box(10, 10, 50, 12), quad_from_box(900, 900, 950, 930)], ids=["too thin", "outside"]
)
def test_an_outline_without_room_for_round_corners_is_hidden_as_it_is(quad: Quad) -> None:
    assert np.array_equal(rounded_mask(quad, SIZE, 0.1), region_mask([quad], SIZE, SINGLE_PIXELS))


def test_a_quad_is_not_moved_inward_where_nothing_would_remain() -> None:
    thin = quad_from_box(10, 10, 50, 14)
    assert inset_quad(thin, 2) == thin
    assert inset_quad(thin, 1) == quad_from_box(11, 11, 49, 13)
