from __future__ import annotations

import json
import unicodedata

import pytest

from idscan.cards.documents.bhyt import read_insurance_qr
from idscan.cards.documents.gplx import read_licence_qr
from idscan.cards.qr_payloads import CardPayload, parse_payload, read_citizen_qr
from idscan.core.enums import CardKind, Field
from tests.unit.cards import specimens


def _payload(text: str) -> CardPayload:
    payload = parse_payload(text)
    assert payload is not None
    return payload


def test_chip_card_says_everything_in_seven_fields() -> None:
    payload = _payload(specimens.CHIP_PAYLOAD)
    assert payload.number == "001099000001"
    assert payload.old_number == "012345678"
    assert payload.name == "Nguyễn Văn Mẫu"
    assert payload.date_of_birth is not None
    assert payload.date_of_birth.iso == "1999-01-15"
    assert payload.sex == "Nam"
    assert payload.residence == "Số 1 Đường Mẫu, Phường Thử Nghiệm, Quận Ví Dụ, Hà Nội"
    assert payload.date_of_issue is not None
    assert payload.date_of_issue.iso == "2022-06-20"
    assert (payload.kind, payload.is_strict) == (CardKind.CCCD_CHIP, True)


def test_empty_old_number_is_none() -> None:
    payload = _payload(specimens.PAYLOAD_WITHOUT_OLD_NUMBER)
    assert payload.old_number is None
    assert payload.sex == "Nữ"


def test_card_of_2024_has_empty_fields_behind() -> None:
    payload = _payload(specimens.CAN_CUOC_PAYLOAD)
    assert (payload.kind, payload.extras) == (CardKind.CAN_CUOC, ())


def test_extra_fields_are_told_by_shape() -> None:
    filled = specimens.CAN_CUOC_PAYLOAD.removesuffix("||||") + "|001199000009|Trần Thị Ví Dụ|012345678|x1"
    extras = [(extra.kind, extra.text) for extra in _payload(filled).extras]
    assert extras == [
        ("cancelled_number", "001199000009"),
        ("related_name", "Trần Thị Ví Dụ"),
        ("old_number", "012345678"),
        ("other", "x1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{specimens.CHIP_PAYLOAD}\r\n",
        f" {specimens.CHIP_PAYLOAD}\x00",
        specimens.CHIP_PAYLOAD.replace("|", "\uff5c"),
        specimens.CHIP_PAYLOAD.replace("|", ";"),
        specimens.CHIP_PAYLOAD.replace("|", "\t"),
        specimens.CHIP_PAYLOAD.replace("|", "\n"),
        specimens.CHIP_PAYLOAD.replace("|", "$"),
        unicodedata.normalize("NFD", specimens.CHIP_PAYLOAD),
        specimens.CHIP_PAYLOAD.encode().decode("latin-1"),
        specimens.CHIP_PAYLOAD.upper(),
        f"CCCD: {specimens.CHIP_PAYLOAD}",
        json.dumps(specimens.CHIP_PAYLOAD.split("|")),
        json.dumps({str(place): part for place, part in enumerate(specimens.CHIP_PAYLOAD.split("|"))}),
    ],
)
def test_variants_of_scanners_say_the_same(text: str) -> None:
    payload = _payload(text)
    assert payload.number == "001099000001"
    assert (payload.name or "").casefold() == "nguyễn văn mẫu"
    assert payload.old_number == "012345678"
    assert payload.date_of_issue is not None


@pytest.mark.parametrize("lost", [1, 2, 3, 5, 6])
def test_a_missing_field_is_noticed_and_the_others_are_told_by_shape(lost: int) -> None:
    fields = specimens.CHIP_PAYLOAD.split("|")
    payload = _payload("|".join(fields[:lost] + fields[lost + 1 :]))
    assert payload.number == "001099000001"
    assert payload.sex == "Nam"
    assert not payload.is_strict
    assert (payload.old_number is None) == (lost == 1)
    assert (payload.name is None) == (lost == 2)


def test_the_first_of_two_dates_is_the_birth() -> None:
    payload = _payload("001099000001|Nguyễn Văn Mẫu|15011999|Nam|20062022")
    assert payload.date_of_birth is not None
    assert payload.date_of_birth.year == 1999
    assert payload.date_of_issue is not None
    assert payload.date_of_issue.year == 2022


@pytest.mark.parametrize("birth", ["1955", "00001955"])
def test_year_of_birth_alone_is_enough(birth: str) -> None:
    payload = _payload(f"001155000004||Lê Thị Thử Nghiệm|{birth}|Nữ|Hà Nội|20062022")
    assert payload.date_of_birth is not None
    assert payload.date_of_birth.iso == "1955"


def test_one_garbled_field_is_repaired_by_itself() -> None:
    fields = specimens.CHIP_PAYLOAD.replace("Nguyễn Văn Mẫu", "Huỳnh Văn Mẫu").split("|")
    fields[2] = fields[2].encode().decode("latin-1")
    fields[5] = "Huyện 漢, Vĩnh Long"
    payload = _payload("|".join(fields))
    assert payload.name == "Huỳnh Văn Mẫu"


def test_bytes_that_are_no_text_do_not_survive_as_surrogates() -> None:
    payload = _payload(specimens.CHIP_PAYLOAD.replace("Mẫu", "M\udcffu", 1))
    assert payload.name == "Nguyễn Văn M\ufffdu"
    (payload.name or "").encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "001099000001",
        "000201010211" + "0" * 30,
        "https://example.com/?id=001099000001|a|Nam|b",
        "BEGIN:VCARD",
        "https://example.com/|001099000001|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội",
        "WIFI:T:WPA;S:001099000001;P:Nam;;",
        specimens.INSURANCE_PAYLOAD,
        specimens.LICENCE_PAYLOAD,
        "001099000001|a|b|c",
        "999999999999|012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
        "[[1], {}, null, true]",
        "[" * 100_000,
        "{}",
    ],
)
def test_other_codes_are_no_card(text: str) -> None:
    assert parse_payload(text) is None


def test_insurance_card_is_read_from_hex() -> None:
    reading = read_insurance_qr(specimens.INSURANCE_PAYLOAD)
    assert reading is not None
    assert reading.values == ((Field.NAME, "Nguyễn Văn Mẫu"), (Field.DATE_OF_BIRTH, "1999-01-15"))
    details = dict(reading.details)
    assert (details["insurance_card"], details["insurance_number"]) == ("GD4010000000001", "0000000001")
    assert (details["name"], details["sex"]) == ("Nguyễn Văn Mẫu", "Nam")
    assert details["place_of_residence"] == "Xã Thử Nghiệm, Hà Nội"
    assert details["parent_name"] is None


def test_insurance_app_shows_two_fields() -> None:
    reading = read_insurance_qr("0000000001|4e677579e1bb856e2056c4836e204de1baab75")
    assert reading is not None
    assert reading.values == ((Field.NAME, "Nguyễn Văn Mẫu"), (Field.DATE_OF_BIRTH, None))
    assert not dict(reading.details)["insurance_number"]


def test_licence_is_read_by_shape() -> None:
    reading = read_licence_qr(specimens.LICENCE_PAYLOAD)
    assert reading is not None
    details = dict(reading.details)
    assert (details["licence_number"], details["name"], details["classes"]) == ("010099000001", "Nguyễn Văn Mẫu", "A1")
    assert details["date_of_birth"] is not None
    undated = read_licence_qr("GPLX|010099000001|Nguyễn Văn Mẫu|x|y")
    assert undated is not None
    assert dict(undated.values)[Field.DATE_OF_BIRTH] is None


def test_payload_of_another_generation_is_refused() -> None:
    assert read_citizen_qr(CardKind.CAN_CUOC, specimens.CHIP_PAYLOAD) is None
    reading = read_citizen_qr(CardKind.CCCD_CHIP, specimens.CHIP_PAYLOAD)
    assert reading is not None
    assert dict(reading.values)[Field.NUMBER] == "001099000001"


@pytest.mark.parametrize("parse", [parse_payload, read_insurance_qr, read_licence_qr])
def test_nothing_personal_shows_in_a_repr(parse: object) -> None:
    assert callable(parse)
    for text in (specimens.CHIP_PAYLOAD, specimens.INSURANCE_PAYLOAD, specimens.LICENCE_PAYLOAD):
        shown = repr(parse(text))
        assert "Nguy" not in shown
        assert "0000000" not in shown
        assert "1999" not in shown
    filled = specimens.CAN_CUOC_PAYLOAD.removesuffix("||||") + "|001199000009|Trần Thị Ví Dụ||"
    assert "Ví Dụ" not in repr(_payload(filled).extras)
