from __future__ import annotations

import pytest

from idscan.cards.classify import recognise, shows_several
from idscan.cards.code_facts import CodeEvidence, read_mrz, read_symbol
from idscan.cards.extract.key_value import PrintReading, read_print
from idscan.core.enums import CardKind, Side
from idscan.core.geometry import quad_from_box
from tests.factories import lines, symbol
from tests.unit.cards.specimens import (
    CAN_CUOC_PAYLOAD,
    CHIP_OR_CAN_CUOC,
    CHIP_PAYLOAD,
    INSURANCE_PAYLOAD,
    LICENCE_PAYLOAD,
    PASSPORT,
)

FRONT = (
    "CĂN CƯỚC CÔNG DÂN",
    "Citizen Identity Card",
    "Số / No.: 001099000001",
    "Họ và tên / Full name: NGUYỄN VĂN MẪU",
    "Ngày sinh / Date of birth: 15/01/1999",
    "Giới tính / Sex: Nam",
)


def reading(*texts: str) -> PrintReading:
    return read_print(lines(*texts), on_card=True)


def zone(*texts: str) -> CodeEvidence:
    found = read_mrz(lines(*texts))
    assert found is not None
    return found


def code(payload: str) -> CodeEvidence:
    found = read_symbol(symbol(payload, quad_from_box(0, 0, 90, 90)))
    assert found is not None
    return found


def test_nothing_read_is_no_card() -> None:
    found = recognise(reading(), (), None)
    assert not found.is_card
    assert not found.is_identity_card


def test_print_alone_tells_a_chip_cards_front() -> None:
    found = recognise(reading(*FRONT), (), None)
    assert (found.kind, found.side, found.is_identity_card) == (CardKind.CCCD_CHIP, Side.FRONT, True)


@pytest.mark.parametrize(
    ("payload", "kind", "side"),
    [(CHIP_PAYLOAD, CardKind.CCCD_CHIP, Side.FRONT), (CAN_CUOC_PAYLOAD, CardKind.CAN_CUOC, Side.BACK)],
)
def test_a_code_alone_tells_its_card(payload: str, kind: CardKind, side: Side) -> None:
    found = recognise(reading(), [code(payload)], None)
    assert (found.kind, found.side, found.is_identity_card) == (kind, side, True)


@pytest.mark.parametrize(("payload", "kind"), [(INSURANCE_PAYLOAD, CardKind.BHYT), (LICENCE_PAYLOAD, CardKind.GPLX)])
def test_the_code_of_a_relative_makes_no_identity_card(payload: str, kind: CardKind) -> None:
    found = recognise(reading(), [code(payload)], None)
    assert (found.kind, found.is_identity_card) == (kind, False)


def test_a_zone_makes_a_back_of_an_open_generation() -> None:
    found = recognise(reading(), (), zone(*CHIP_OR_CAN_CUOC))
    assert (found.kind, found.side, found.is_identity_card) == (CardKind.UNKNOWN, Side.BACK, True)


def test_a_passports_zone_makes_no_identity_card() -> None:
    assert not recognise(reading(), (), zone(*PASSPORT)).is_identity_card


def test_codes_and_zone_together_are_surer_than_either() -> None:
    both = recognise(reading(*FRONT[2:4]), [code(CHIP_PAYLOAD)], None)
    assert both.confidence >= recognise(reading(*FRONT[2:4]), (), None).confidence


def test_a_printed_number_of_nine_digits_speaks_for_the_old_card() -> None:
    found = recognise(reading("CHỨNG MINH NHÂN DÂN", "Số: 012345678", "Họ tên: NGUYỄN VĂN MẪU"), (), None)
    newer = recognise(reading("CHỨNG MINH NHÂN DÂN", "Số: 001099000001", "Họ và tên: NGUYỄN VĂN MẪU"), (), None)
    assert (found.kind, newer.kind) == (CardKind.CMND_9, CardKind.CMND_12)


def test_one_front_is_one_card() -> None:
    assert not shows_several(reading(*FRONT), None)


def test_labels_of_two_people_are_several_cards() -> None:
    assert shows_several(reading(*FRONT, *FRONT), None)


def test_one_label_twice_is_still_one_card() -> None:
    assert not shows_several(reading(*FRONT, "Ngày sinh / Date of birth: 15/01/1999"), None)


def test_labels_in_both_languages_are_still_one_card() -> None:
    texts = ("Số: 001099000001", "No.: 001099000001", "Họ và tên:", "Full name: NGUYEN VAN MAU", "Ngày sinh:")
    assert not shows_several(reading(*texts, "Date of birth: 15/01/1999"), None)


def test_a_zone_and_the_labels_of_a_front_are_both_faces() -> None:
    assert shows_several(reading(*FRONT), zone(*CHIP_OR_CAN_CUOC))


def test_a_zone_and_the_labels_of_a_back_are_one_face() -> None:
    back = ("Đặc điểm nhận dạng / Personal identification:", "Ngày, tháng, năm / Date, month, year: 20/06/2022")
    assert not shows_several(reading(*back), zone(*CHIP_OR_CAN_CUOC))


def test_a_passport_prints_labels_and_zone_on_one_page() -> None:
    page = ("HỘ CHIẾU / PASSPORT", "Họ và tên / Full name: NGUYEN VAN MAU", "Ngày sinh / Date of birth: 15/01/1999")
    assert not shows_several(reading(*page), zone(*PASSPORT))
