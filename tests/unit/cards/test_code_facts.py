from __future__ import annotations

from functools import partial

import pytest

from idscan.cards.code_facts import (
    agrees_with_number,
    px_per_module,
    read_barcode,
    read_mrz,
    read_symbol,
    same_value,
    undecoded_symbol,
)
from idscan.core.enums import CardKind, Field, Side, Source
from idscan.core.geometry import quad_from_box
from idscan.core.types import Fact, Secret
from tests import factories
from tests.unit.cards.specimens import (
    CAN_CUOC_PAYLOAD,
    CARDS,
    CHILD,
    CHIP_OR_CAN_CUOC,
    CHIP_PAYLOAD,
    INSURANCE_PAYLOAD,
    LICENCE_PAYLOAD,
    PASSPORT,
    PASSPORT_WITH_OLD_NUMBER,
    PAYLOAD_WITHOUT_OLD_NUMBER,
)

PLACE = quad_from_box(100, 50, 198, 148)
NUMBER = Secret("001099000001")


symbol = partial(factories.symbol, quad=PLACE, modules=49)
printed = partial(factories.lines, x=40, pitch=30, width=600, height=24, confidence=0.98, engine="rapidocr")


def values(facts: tuple[Fact, ...]) -> dict[Field, str]:
    return {fact.field: fact.value.reveal() for fact in facts if fact.value is not None}


def test_a_chip_cards_code_gives_all_that_it_holds() -> None:
    code = read_symbol(symbol(CHIP_PAYLOAD))
    assert code is not None
    assert (code.kind, code.side, code.quad) == (CardKind.CCCD_CHIP, Side.FRONT, PLACE)
    assert code.number == NUMBER
    assert values(code.facts) == {
        Field.QR: CHIP_PAYLOAD,
        Field.NUMBER: "001099000001",
        Field.OLD_NUMBER: "012345678",
        Field.NAME: "Nguyễn Văn Mẫu",
        Field.DATE_OF_BIRTH: "1999-01-15",
        Field.SEX: "Nam",
        Field.PLACE_OF_RESIDENCE: "Số 1 Đường Mẫu, Phường Thử Nghiệm, Quận Ví Dụ, Hà Nội",
        Field.DATE_OF_ISSUE: "2022-06-20",
    }


def test_what_a_code_says_is_checked_and_placed_on_it() -> None:
    code = read_symbol(symbol(CHIP_PAYLOAD))
    assert code is not None
    assert {(fact.by, fact.quad, fact.is_checked, fact.engine) for fact in code.facts} == {
        (Source.QR, PLACE, True, "fake")
    }
    assert [fact.px_per_module for fact in code.facts] == [2.0, *[None] * 7]


def test_an_empty_field_of_a_code_is_no_fact() -> None:
    code = read_symbol(symbol(PAYLOAD_WITHOUT_OLD_NUMBER))
    assert code is not None
    assert Field.OLD_NUMBER not in values(code.facts)


def test_the_code_of_a_card_of_2024_stands_on_its_back() -> None:
    code = read_symbol(symbol(CAN_CUOC_PAYLOAD))
    assert code is not None
    assert (code.kind, code.side) == (CardKind.CAN_CUOC, Side.BACK)


def test_parents_and_a_cancelled_number_behind_the_seventh_field_are_facts() -> None:
    code = read_symbol(symbol(f"{CHIP_PAYLOAD}|Nguyễn Văn Thử|Trần Thị Ví Dụ|Lê Văn Dư|001099000009"))
    assert code is not None
    found = values(code.facts)
    assert (found[Field.FATHER_NAME], found[Field.MOTHER_NAME]) == ("Nguyễn Văn Thử", "Trần Thị Ví Dụ")
    old = [fact.value for fact in code.facts if fact.field is Field.OLD_NUMBER]
    assert old == [Secret("012345678"), Secret("001099000009")]


def test_a_payload_in_disorder_counts_for_less() -> None:
    strict = read_symbol(symbol(CHIP_PAYLOAD))
    loose = read_symbol(symbol("001099000001|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022"))
    assert strict is not None
    assert loose is not None
    assert loose.facts[0].confidence < strict.facts[0].confidence


def test_a_health_insurance_card_gives_name_and_birth_date_and_no_citizen_number() -> None:
    code = read_symbol(symbol(INSURANCE_PAYLOAD))
    assert code is not None
    assert (code.kind, code.side, code.number) == (CardKind.BHYT, Side.FRONT, None)
    found = values(code.facts)
    assert found.pop(Field.QR) == INSURANCE_PAYLOAD
    assert found == {Field.NAME: "Nguyễn Văn Mẫu", Field.DATE_OF_BIRTH: "1999-01-15"}


def test_a_driving_licence_gives_no_citizen_number() -> None:
    code = read_symbol(symbol(LICENCE_PAYLOAD))
    assert code is not None
    assert (code.kind, code.side, code.number) == (CardKind.GPLX, Side.BACK, None)
    assert values(code.facts)[Field.NAME] == "Nguyễn Văn Mẫu"


@pytest.mark.parametrize("payload", [None, "", "https://example.org/001099000001", "001099000001", "WIFI:S:x;;"])
def test_a_code_of_anything_else_gives_nothing(payload: str | None) -> None:
    assert read_symbol(symbol(payload)) is None


def test_a_barcode_that_holds_a_cards_payload_gives_its_facts_as_a_barcodes() -> None:
    facts = read_barcode(symbol(CHIP_PAYLOAD, symbology="pdf417"))
    assert values(facts)[Field.NUMBER] == "001099000001"
    assert facts[0].field is Field.BARCODE
    assert {fact.by for fact in facts} == {Source.BARCODE}


def test_a_barcode_gives_the_number_that_stands_in_it() -> None:
    facts = read_barcode(symbol("IDX;001099000001;001305000002", symbology="code128"))
    assert values(facts) == {Field.BARCODE: "IDX;001099000001;001305000002", Field.NUMBER: "001099000001"}


@pytest.mark.parametrize("payload", ["X-12", None])
def test_a_barcode_without_number_is_there_all_the_same(payload: str | None) -> None:
    (fact,) = read_barcode(symbol(payload, symbology="code128"))
    assert (fact.field, fact.value) == (Field.BARCODE, Secret(payload) if payload else None)


@pytest.mark.parametrize(
    ("symbology", "field", "source"), [("qr", Field.QR, Source.QR), ("pdf417", Field.BARCODE, Source.BARCODE)]
)
def test_a_symbol_that_was_only_seen_is_a_fact_without_value(symbology: str, field: Field, source: Source) -> None:
    fact = undecoded_symbol(symbol(None, symbology=symbology))
    assert (fact.field, fact.by, fact.value, fact.quad, fact.px_per_module) == (field, source, None, PLACE, 2.0)
    assert not fact.is_checked


def test_pixels_per_module_are_not_known_without_the_symbols_version() -> None:
    assert px_per_module(symbol(None, modules=None)) is None
    assert px_per_module(symbol(None, modules=25)) == 3.92


@pytest.mark.parametrize("lines", CARDS, ids=lambda lines: lines[2].rstrip("<"))
def test_a_zone_gives_number_name_and_birth_date(lines: tuple[str, ...]) -> None:
    zone = read_mrz(printed(*lines))
    assert zone is not None
    assert (zone.kind, zone.side) == (CardKind.UNKNOWN, Side.BACK)
    found = values(zone.facts)
    assert found[Field.MRZ] == "\n".join(lines)
    assert found[Field.NUMBER] == lines[0][15:27]
    assert found[Field.NAME] == " ".join(lines[2].replace("<", " ").split())
    assert found[Field.DATE_OF_BIRTH][2:].replace("-", "") == lines[1][:6]
    assert {fact.by for fact in zone.facts} == {Source.MRZ}
    assert [fact.field for fact in zone.facts if not fact.is_checked] == [Field.NAME]  # no check digit stands for it


def test_a_zone_is_placed_around_its_own_lines() -> None:
    zone = read_mrz(printed("Bộ Công an / Ministry of Public Security", *CHILD, "xem mặt sau"))
    assert zone is not None
    assert zone.quad == quad_from_box(40, 30, 640, 114)


def test_a_wrong_check_digit_lowers_the_confidence_and_leaves_the_dates_unchecked() -> None:
    first, second, name = CHIP_OR_CAN_CUOC
    right, spoilt = read_mrz(printed(first, second, name)), read_mrz(printed(first, second[:29] + "7", name))
    assert right is not None
    assert spoilt is not None
    assert spoilt.facts[0].confidence < right.facts[0].confidence
    # Both copies of the number agree under check digits of their own.
    assert [fact.field for fact in spoilt.facts if fact.is_checked] == [Field.NUMBER, Field.SEX]


def test_a_passports_zone_is_a_passports() -> None:
    zone = read_mrz(printed(*PASSPORT))
    assert zone is not None
    assert (zone.kind, zone.side, zone.number) == (CardKind.PASSPORT, Side.FRONT, NUMBER)
    old = read_mrz(printed(*PASSPORT_WITH_OLD_NUMBER))
    assert old is not None
    assert values(old.facts)[Field.OLD_NUMBER] == "000000001"
    assert old.number is None


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("CĂN CƯỚC CÔNG DÂN", "Số: 001099000001"),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    ],
    ids=["nothing", "print", "another state's"],
)
def test_what_is_no_vietnamese_zone_gives_nothing(lines: tuple[str, ...]) -> None:
    assert read_mrz(printed(*lines)) is None


@pytest.mark.parametrize(
    ("field", "first", "second", "is_same"),
    [
        (Field.NUMBER, "001099000001", "001099000001", True),
        (Field.NUMBER, "001099000001", "001099000007", False),
        (Field.NAME, "Nguyễn Văn Mẫu", "NGUYEN VAN MAU", True),
        (Field.NAME, "Nguyễn Văn Mẫu", "NGUYEN VAN MIU", False),
        (Field.MOTHER_NAME, "Trần Thị Đức", "TRAN THI DUC", True),
        (Field.DATE_OF_BIRTH, "1999-01-15", "1999", False),
        (Field.PLACE_OF_RESIDENCE, "Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội", "Phường Thử Nghiệm, Hà Nội", True),
        (Field.PLACE_OF_RESIDENCE, "Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội", "Thôn Ví Dụ, Bắc Giang", False),
        (Field.NATIONALITY, "Việt Nam", "Vit Nam", True),
        (Field.SEX, "Nam", "nam", False),
        (Field.PLACE_OF_ORIGIN, "Hà Nội", "", False),
    ],
)
def test_readings_say_the_same_where_their_field_allows_for_it(
    field: Field, first: str, second: str, *, is_same: bool
) -> None:
    assert same_value(field, Secret(first), Secret(second)) is is_same
    assert same_value(field, Secret(second), Secret(first)) is is_same


@pytest.mark.parametrize(
    ("field", "value", "agrees"),
    [
        (Field.DATE_OF_BIRTH, "1999-01-15", True),
        (Field.DATE_OF_BIRTH, "1999", True),
        (Field.DATE_OF_BIRTH, "2099-01-15", False),
        (Field.SEX, "Nam", True),
        (Field.SEX, "Nữ", False),
        (Field.NAME, "Nguyễn Văn Mẫu", None),
        (Field.DATE_OF_ISSUE, "1999-01-15", None),
    ],
)
def test_a_number_bears_out_year_and_sex_and_nothing_else(field: Field, value: str, *, agrees: bool | None) -> None:
    assert agrees_with_number(field, Secret(value), NUMBER) is agrees


def test_an_old_number_says_nothing_of_its_holder() -> None:
    assert agrees_with_number(Field.SEX, Secret("Nam"), Secret("012345678")) is None


def test_evidence_does_not_show_what_was_read() -> None:
    assert "001099000001" not in repr(read_symbol(symbol(CHIP_PAYLOAD)))
