"""Where a card may lie whose edges were not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idscan.cards.documents import field_box, symbol_box
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Side, Source
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.core.types import Place
from idscan.redact.outline_uncertainty import PossibleOutline, possible_outlines
from tests.fakes.laid_out import CHIP_BACK, OUTLINE, at, laid_out, on_card, seen

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.types import Card, Finding, SeenText

CAN_CUOC_BACK = (CardKind.CAN_CUOC, Side.BACK)
MARKS, ISSUED = "Đặc điểm nhận dạng / Personal identification:", "Ngày, tháng, năm / Date, month, year: 20/06/2022"
MARKS_PLACE, MARK_PLACE, ISSUED_PLACE = (0.02, 0.03, 0.5, 0.1), (0.02, 0.11, 0.3, 0.18), (0.25, 0.18, 0.66, 0.25)
HALF = geometry.quad_from_box(110, 60, 700, 440)
"""A guess at the card on `OUTLINE` by some of its lines."""

ASLANT = quad_from_points([(300, 80), (980, 220), (895, 633), (215, 493)])


def labels(outline: Quad = OUTLINE) -> tuple[SeenText, ...]:
    return (seen(MARKS, on_card(MARKS_PLACE, outline)), seen(ISSUED, on_card(ISSUED_PLACE, outline)))


def guessed(
    *findings: Finding, face: tuple[CardKind, Side] = CHIP_BACK, outline: Quad = HALF, is_seen: bool = False
) -> Card:
    return replace(laid_out(*findings, face=face, outline=outline), is_outline_seen=is_seen)


def mark(outline: Quad = OUTLINE) -> Finding:
    return at(Field.PERSONAL_IDENTIFICATION, on_card(MARK_PLACE, outline))


def zone(outline: Quad = OUTLINE) -> Finding:
    return at(Field.MRZ, on_card((0.045, 0.65, 0.955, 0.95), outline))


def test_an_outline_whose_edges_were_seen_is_believed() -> None:
    assert possible_outlines(guessed(mark(), is_seen=True), labels()) == (PossibleOutline(HALF),)


def test_the_labels_of_a_back_tell_where_it_lies() -> None:
    own, fitted = possible_outlines(guessed(mark()), labels())
    assert own.quad == HALF
    assert geometry.iou(fitted.quad, OUTLINE) > 0.85
    assert own.margin == fitted.margin > 0


def test_a_card_that_lies_askew_is_placed_askew() -> None:
    part = on_card((-0.05, -0.1, 0.7, 0.65), ASLANT)
    _, fitted = possible_outlines(guessed(mark(ASLANT), outline=part), labels(ASLANT))
    assert geometry.iou(fitted.quad, ASLANT) > 0.85


def test_a_zone_tells_where_its_card_lies() -> None:
    (_, fitted) = possible_outlines(guessed(zone()), ())
    assert geometry.iou(fitted.quad, OUTLINE) > 0.95


def test_a_code_tells_where_its_card_lies() -> None:
    box = symbol_box(*CAN_CUOC_BACK)
    assert box is not None
    (_, fitted) = possible_outlines(guessed(at(Field.QR, on_card(box)), face=CAN_CUOC_BACK), ())
    assert geometry.iou(fitted.quad, OUTLINE) > 0.95


def test_values_of_a_front_tell_where_it_lies_and_its_labels_do_not() -> None:
    number, name = at(Field.NUMBER, on_card((0.36, 0.4, 0.6, 0.49))), at(Field.NAME, on_card((0.27, 0.53, 0.5, 0.61)))
    card = guessed(number, name, face=(CardKind.CCCD_CHIP, Side.FRONT))
    (_, fitted) = possible_outlines(card, ())
    assert geometry.iou(fitted.quad, OUTLINE) > 0.95
    assert possible_outlines(card, [seen("Họ và tên", on_card((0.05, 0.8, 0.2, 0.85)))]) == possible_outlines(card, ())


def test_a_guess_on_which_everything_stands_in_its_place_is_believed() -> None:
    face = (CardKind.CCCD_CHIP, Side.FRONT)
    box = symbol_box(*face)
    assert box is not None
    values = {
        field: on_card((left, top + 0.01, left + 0.2, bottom - 0.01))
        for field in (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)
        for left, top, _, bottom in (field_box(*face, field) or (0, 0, 0, 0),)
    }
    findings = (at(Field.QR, on_card(box)), *(at(field, quad) for field, quad in values.items()))
    (only,) = possible_outlines(guessed(*findings, face=face, outline=OUTLINE), ())
    assert only.quad == OUTLINE
    assert 0 < only.margin < 0.05
    (found,) = possible_outlines(guessed(*findings, face=face), ())
    assert geometry.iou(found.quad, OUTLINE) > 0.9, "of a guess beside the card the place where all of it fits is taken"


def test_an_outline_that_no_card_can_have_is_left_for_what_the_print_tells() -> None:
    (left, top), (right, _), *_ = ASLANT
    stray = geometry.quad_from_points([(left, top), (right, top), ASLANT[2], (left + 60, top + 60)])
    (only,) = possible_outlines(guessed(zone(ASLANT), mark(ASLANT), outline=stray), labels(ASLANT))
    assert geometry.iou(only.quad, ASLANT) > 0.85
    (unplaced,) = possible_outlines(guessed(outline=stray), ())
    assert geometry.straightness(unplaced.quad) > 0.99
    assert geometry.centre(unplaced.quad) == pytest.approx(geometry.centre(stray))


def test_the_closer_what_was_read_stands_together_the_more_room_is_given() -> None:
    near, far = guessed(mark()), guessed(mark(), zone())
    assert possible_outlines(near, labels())[0].margin > possible_outlines(far, labels())[0].margin


@pytest.mark.parametrize(
    "texts",
    [
        (),
        labels()[1:],
        (seen("Số / No.: 001099000001", on_card(MARKS_PLACE)), labels()[1]),
        (seen(MARKS, quad_from_box(110, 700, 500, 720)), labels()[1]),
        (seen(MARKS, on_card(MARKS_PLACE), Source.QR), labels()[1]),
    ],
    ids=["nothing", "one label", "a label of the other side", "a label far off", "a code that says a label"],
)
def test_what_cannot_be_placed_is_given_most_room(texts: tuple[SeenText, ...]) -> None:
    (only,) = possible_outlines(guessed(), texts)
    assert only.quad == HALF
    assert only.margin > possible_outlines(guessed(mark()), labels())[0].margin


def test_labels_that_would_make_the_card_absurdly_large_do_not_count() -> None:
    tiny = quad_from_box(120, 100, 220, 163)
    (only,) = possible_outlines(guessed(zone(), outline=tiny), ())
    assert only.quad == tiny


def test_only_a_place_where_the_field_itself_was_read_counts() -> None:
    away = on_card((0.7, 0.7, 0.9, 0.8))
    in_code = at(
        Field.PERSONAL_IDENTIFICATION,
        away,
        seen_by=(Source.QR, Source.PRINT),
        places=(Place(away, Source.QR, 0.9), Place(on_card(MARK_PLACE), Source.PRINT, 0.9)),
    )
    nowhere = at(Field.DATE_OF_ISSUE, away, places=())
    assert possible_outlines(guessed(in_code, nowhere), labels()) == possible_outlines(guessed(mark()), labels())
