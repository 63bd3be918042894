from __future__ import annotations

import pytest

from idscan.cards.layouts import (
    CHIP_FRONT_TEXT_ZONES,
    field_box,
    fields_of,
    mrz_box,
    portrait_box,
    qr_box,
    symbol_box,
)
from idscan.core.enums import CardKind, Field, Side

FACES = [(kind, side) for kind in CardKind for side in Side if fields_of(kind, side)]


@pytest.mark.parametrize(("kind", "side"), FACES, ids=str)
def test_every_box_lies_on_the_card(kind: CardKind, side: Side) -> None:
    for field in fields_of(kind, side):
        box = field_box(kind, side, field)
        assert box is not None
        left, top, right, bottom = box
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@pytest.mark.parametrize(("kind", "side"), FACES, ids=str)
def test_symbols_lie_within_the_box_that_covers_them(kind: CardKind, side: Side) -> None:
    symbol, box = symbol_box(kind, side), qr_box(kind, side)
    if symbol is None:
        assert (kind, side) not in {(CardKind.CCCD_CHIP, Side.FRONT), (CardKind.CAN_CUOC, Side.BACK)}
        return
    assert box is not None
    assert box[0] < symbol[0] < symbol[2] < box[2]
    assert box[1] < symbol[1] < symbol[3] < box[3]


def test_codes_stand_where_each_generation_puts_them() -> None:
    assert qr_box(CardKind.CCCD_CHIP, Side.FRONT) is not None
    assert qr_box(CardKind.CAN_CUOC, Side.FRONT) is None
    assert qr_box(CardKind.CAN_CUOC, Side.BACK) is not None
    assert mrz_box(CardKind.CCCD_CHIP, Side.BACK) == mrz_box(CardKind.CAN_CUOC, Side.BACK) is not None
    assert mrz_box(CardKind.CCCD_CHIP, Side.FRONT) is None
    assert portrait_box(CardKind.CMND_9, Side.FRONT) is not None
    assert portrait_box(CardKind.CMND_9, Side.BACK) is None


def test_only_cards_with_a_zone_have_a_place_for_it() -> None:
    with_zone = {(CardKind.CCCD_CHIP, Side.BACK), (CardKind.CAN_CUOC, Side.BACK), (CardKind.PASSPORT, Side.FRONT)}
    assert {(kind, side) for kind in CardKind for side in Side if mrz_box(kind, side) is not None} == with_zone


def test_fields_come_in_the_order_of_the_report() -> None:
    fields = fields_of(CardKind.CCCD_CHIP, Side.FRONT)
    assert list(fields) == [field for field in Field if field in fields]
    assert fields[0] is Field.NUMBER
    assert fields_of(CardKind.UNKNOWN, Side.FRONT) == ()
    assert field_box(CardKind.UNKNOWN, Side.FRONT, Field.NUMBER) is None


def test_zones_of_the_chip_front_hold_every_printed_field() -> None:
    for field in set(fields_of(CardKind.CCCD_CHIP, Side.FRONT)) - {Field.QR, Field.PORTRAIT}:
        box = field_box(CardKind.CCCD_CHIP, Side.FRONT, field)
        assert box is not None
        centre = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        assert any(
            zone[0] <= centre[0] <= zone[2] and zone[1] <= centre[1] <= zone[3] for zone in CHIP_FRONT_TEXT_ZONES
        )
