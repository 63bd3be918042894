from __future__ import annotations

import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.vision import perspective
from idscan.vision.card_contours import CARD_ASPECT
from idscan.vision.card_pose import card_from_anchors, card_from_places, card_from_symbol, match_outline

BOX = (0.79, 0.09, 0.94, 0.09 + 0.15 * CARD_ASPECT)
UNIT = quad_from_box(0, 0, 1, 1)
CARD = quad_from_points([(120, 90), (760, 130), (735, 530), (95, 490)])


def _symbol(card: geometry.Quad) -> geometry.Quad:
    return geometry.transform(perspective.homography(UNIT, card), quad_from_box(*BOX))


def test_the_card_follows_from_its_symbol() -> None:
    assert geometry.iou(card_from_symbol(_symbol(CARD), BOX), CARD) > 0.9


@pytest.mark.parametrize("turns", range(4))
def test_an_outline_is_turned_until_the_symbol_fits(turns: int) -> None:
    outlines = [quad_from_box(5, 5, 60, 40), geometry.turned(CARD, turns)]
    matched = match_outline(outlines, _symbol(CARD), BOX)
    assert matched is not None
    assert matched[0] == pytest.approx(CARD[0])


def test_an_outline_elsewhere_does_not_match() -> None:
    assert match_outline([geometry.shifted(CARD, 400, 0)], _symbol(CARD), BOX) is None


def test_the_card_follows_from_three_fields() -> None:
    boxes = [(0.4, 0.4, 0.8, 0.5), (0.3, 0.53, 0.9, 0.62), (0.5, 0.61, 0.8, 0.69)]
    card = quad_from_points([(100, 100), (740, 100), (740, 503.6), (100, 503.6)])
    to_picture = perspective.homography(UNIT, card)
    pairs = [(box, geometry.transform(to_picture, quad_from_box(*box))) for box in boxes]
    estimate = card_from_places(pairs)
    assert estimate is not None
    assert geometry.iou(estimate, card) > 0.95


def test_one_field_is_not_enough() -> None:
    assert card_from_places([((0.1, 0.1, 0.5, 0.2), quad_from_box(0, 0, 10, 4))]) is None


@pytest.mark.parametrize("turns", range(4))
def test_an_outline_is_flipped_for_a_symbol_in_a_mirror(turns: int) -> None:
    card = geometry.flipped(CARD)
    assert geometry.iou(card_from_symbol(_symbol(card), BOX), card) > 0.9
    matched = match_outline([geometry.turned(CARD, turns)], _symbol(card), BOX)
    assert matched is not None
    assert matched[0] == pytest.approx(card[0])
    assert geometry.is_mirrored(matched)


def test_the_card_follows_from_points_but_for_one_that_misleads() -> None:
    card = quad_from_points([(100, 100), (740, 100), (740, 503.6), (100, 503.6)])
    points = [(0.1, 0.1), (1.4, 0.2), (0.3, 0.9), (1.2, 0.8)]
    anchors = [((x, y), (100 + 403.6 * x, 100 + 403.6 * y)) for x, y in points]
    estimate = card_from_anchors([*anchors, ((0.5, 0.5), (900.0, 900.0))])
    assert estimate is not None
    assert geometry.iou(estimate, card) > 0.99


@pytest.mark.parametrize(
    "anchors",
    [[], [((0.0, 0.0), (5.0, 5.0))], [((0.0, 0.0), (5.0, 5.0)), ((1.0, 1.0), (0.0, 0.0))]],
    ids=["none", "one", "the wrong way round"],
)
def test_points_that_do_not_tell_give_no_card(anchors: list[tuple[geometry.Point, geometry.Point]]) -> None:
    assert card_from_anchors(anchors) is None


def test_fields_on_one_spot_give_no_card() -> None:
    pairs = [
        ((0.1, 0.1, 0.5, 0.2), quad_from_box(10, 10, 20, 14)),
        ((0.2, 0.8, 0.5, 0.9), quad_from_box(10, 10, 20, 14)),
    ]
    assert card_from_places(pairs) is None
