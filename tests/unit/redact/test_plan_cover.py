"""From regions to pixels: blocks where ink was seen, an end at the card's edge elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Rule, Side, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Card, FileInfo, ImageRef, ImageResult, Region, Secret, SeenText
from idscan.redact.plan import cosmetic_regions, hidden_mask
from tests.fakes.stored import CODED_BLOCKS, SINGLE_PIXELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

SIZE = (1300, 900)
BLOCKS = CODED_BLOCKS["4:2:0"]
INK = quad_from_box(170, 170, 250, 190)
CARD = quad_from_box(100, 100, 1000, 667)
SMALL_CARD = quad_from_box(100, 100, 300, 226)


def region(quad: Quad, within: Quad | None = None) -> Region:
    return Region(Field.NAME, quad, Rule.PRINT, within)


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is hidden, which must be one full box."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    assert mask[box[1] : box[3], box[0] : box[2]].all()
    return box


def test_nothing_to_hide_hides_nothing() -> None:
    mask = hidden_mask((), SIZE, BLOCKS)
    assert mask.shape == (SIZE[1], SIZE[0])
    assert not mask.any()


def test_of_a_jpeg_the_blocks_under_ink_go_with_the_colour_they_lend_their_neighbours() -> None:
    assert box_of(hidden_mask([region(INK)], SIZE, BLOCKS)) == (160 - 2, 160 - 2, 256 + 2, 192 + 2)


def test_a_file_that_loses_nothing_may_have_been_a_jpeg_before() -> None:
    assert box_of(hidden_mask([region(INK)], SIZE, SINGLE_PIXELS)) == (162, 162, 258, 198)


def test_what_the_layout_has_on_a_card_ends_at_the_cards_edge() -> None:
    left, top, right, bottom = box_of(hidden_mask([region(quad_from_box(900, 300, 1100, 400), CARD)], SIZE, BLOCKS))
    assert (left, top, right, bottom) == (896 - 2, 288 - 2, 1000 + 2, 400 + 2)
    below = hidden_mask([region(quad_from_box(500, 600, 600, 800), CARD)], SIZE, BLOCKS)
    assert box_of(below)[3] == 667 + 2


def test_covers_have_the_round_corners_of_their_card_and_whole_cards_have_none() -> None:
    corner = (slice(664, 667), slice(997, 1000))
    mask = hidden_mask([region(quad_from_box(900, 600, 1100, 800), CARD)], SIZE, BLOCKS)
    assert not mask[corner].any()
    assert mask[650, 970]
    assert hidden_mask([region(CARD, CARD)], SIZE, BLOCKS)[corner].all()


def test_in_a_file_that_loses_nothing_a_layout_box_is_hidden_to_the_pixel() -> None:
    assert box_of(hidden_mask([region(INK, CARD)], SIZE, SINGLE_PIXELS)) == (170, 170, 250, 190)


def test_of_a_small_card_the_ringing_beyond_its_edge_goes_too() -> None:
    beyond = quad_from_box(200, 110, 400, 160)
    right = box_of(hidden_mask([region(beyond, SMALL_CARD)], SIZE, BLOCKS))[2]
    assert right == 300 + 12 - round(0.02 * 200)


def test_what_is_hidden_on_one_card_is_not_on_its_neighbour() -> None:
    other = geometry.shifted(SMALL_CARD, 300, 0)
    regions = [region(quad_from_box(90, 110, 700, 130), SMALL_CARD), region(quad_from_box(420, 180, 500, 200), other)]
    mask = hidden_mask(regions, SIZE, SINGLE_PIXELS)
    assert mask[120, 110:290].all()
    assert not mask[120, 330:].any()
    assert mask[190, 420:500].all()


@pytest.mark.parametrize("grid", [BLOCKS, SINGLE_PIXELS])
def test_each_card_keeps_its_own_edge(grid: object) -> None:
    other = geometry.shifted(SMALL_CARD, 300, 0)
    regions = [region(quad_from_box(90, 110, 700, 130), outline) for outline in (SMALL_CARD, other)]
    mask = hidden_mask(regions, SIZE, grid)  # type: ignore[arg-type]
    assert mask[120, 110:290].all()
    assert mask[120, 410:590].all()
    assert not mask[120, 330:370].any()


def test_ink_and_layout_are_hidden_together() -> None:
    both = hidden_mask([region(INK), region(INK, CARD), region(quad_from_box(500, 500, 600, 520), CARD)], SIZE, BLOCKS)
    alone = hidden_mask([region(INK)], SIZE, BLOCKS)
    assert not (alone & ~both).any()
    assert both[500:520, 500:600].all()


# The shape of covers on a card.


def on_small_card(*box: float) -> Quad:
    left, top, right, bottom = box
    return quad_from_box(100 + 900 * left, 100 + 567 * top, 100 + 900 * right, 100 + 567 * bottom)


def image_with(*lines: Quad) -> ImageResult:
    card = Card(kind=CardKind.CCCD_CHIP, side=Side.FRONT, quad=CARD, confidence=0.9)
    texts = tuple(SeenText(Secret("Độc lập - Tự do"), line, Source.PRINT) for line in lines)
    return ImageResult(ref=ImageRef("a.png"), info=FileInfo(None, "PNG", *SIZE), cards=(card,), texts=texts)


def tidy(hidden: Quad, *lines: Quad) -> list[Quad]:
    mask = hidden_mask([region(hidden, CARD)], SIZE, SINGLE_PIXELS)
    rests = cosmetic_regions(mask, image_with(*lines))
    assert {(rest.field, rest.rule, rest.within) for rest in rests} <= {(None, Rule.REST, CARD)}
    return [rest.quad for rest in rests]


def test_of_a_line_that_a_cover_cuts_no_half_letters_are_left() -> None:
    cut, whole = on_small_card(0.3, 0.2, 0.7, 0.27), on_small_card(0.3, 0.1, 0.7, 0.16)
    cover = on_small_card(0.3, 0.24, 0.9, 0.4)
    (rest,) = tidy(cover, cut, whole)
    assert np.array(rest) == pytest.approx(np.array(cut))


def test_what_was_read_across_several_rows_is_no_line() -> None:
    assert tidy(on_small_card(0.3, 0.24, 0.9, 0.4), on_small_card(0.3, 0.1, 0.5, 0.35)) == []


def stepped(*lines: Quad) -> list[Quad]:
    parts = [on_small_card(0.3, 0.4, 0.95, 0.6), on_small_card(0.4, 0.6, 0.95, 0.9)]
    mask = hidden_mask([region(part, CARD) for part in parts], SIZE, SINGLE_PIXELS)
    return [rest.quad for rest in cosmetic_regions(mask, image_with(*lines))]


def test_covers_that_are_nearly_a_rectangle_become_one() -> None:
    (rest,) = stepped()
    left, top, right, bottom = geometry.bounds(rest)
    assert (left, top) == pytest.approx((100 + 900 * 0.3, 100 + 567 * 0.4), abs=5)
    assert (right, bottom) == pytest.approx((100 + 900 * 0.95, 100 + 567 * 0.9), abs=5)


def test_no_rectangle_takes_a_line_that_may_stay_nor_the_emblem() -> None:
    assert stepped(on_small_card(0.31, 0.7, 0.38, 0.76)) == []
    beside_emblem = [on_small_card(0.02, 0.3, 0.95, 0.9), on_small_card(0.3, 0.1, 0.95, 0.3)]
    mask = hidden_mask([region(part, CARD) for part in beside_emblem], SIZE, SINGLE_PIXELS)
    assert cosmetic_regions(mask, image_with()) == ()


def test_what_gives_covers_their_shape_takes_no_blocks() -> None:
    rest = Region(None, quad_from_box(171, 173, 250, 190), Rule.REST, CARD)
    assert box_of(hidden_mask([rest], SIZE, BLOCKS)) == (171, 173, 250, 190)


def test_a_slit_between_covers_in_which_nothing_whole_is_left_is_closed() -> None:
    upper, lower = on_small_card(0.4, 0.4, 0.98, 0.6), on_small_card(0.3, 0.67, 0.98, 0.9)
    mask = hidden_mask([region(part, CARD) for part in (upper, lower)], SIZE, SINGLE_PIXELS)
    boxes = [geometry.bounds(rest.quad) for rest in cosmetic_regions(mask, image_with())]
    slit = on_small_card(0.45, 0.61, 0.9, 0.66)
    assert any(left < slit[0][0] and top < slit[0][1] and right > slit[2][0] for left, top, right, _ in boxes)
    whole = on_small_card(0.5, 0.615, 0.7, 0.655)
    assert cosmetic_regions(mask, image_with(whole)) == ()
