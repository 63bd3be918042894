"""From regions to pixels: blocks where ink was seen, an end at the card's edge elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Region
from idscan.core.vocabulary import Field, Rule
from idscan.redact.cover import hidden_mask
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
    beyond = quad_from_box(900, 600, 1100, 800)
    left, top, right, bottom = box_of(hidden_mask([region(beyond, CARD)], SIZE, BLOCKS))
    assert (right, bottom) == (1000 + 2, 667 + 2)
    assert (left, top) == (896 - 2, 592 - 2)


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
