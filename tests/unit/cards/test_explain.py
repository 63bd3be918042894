from __future__ import annotations

import pytest

from idscan.cards.explain import Explanation, explain
from tests.unit.cards import specimens


def _rows(text: str) -> tuple[str, dict[str, str]]:
    explanation = explain(text)
    assert isinstance(explanation, Explanation)
    return explanation.kind, dict(explanation.rows)


def test_citizen_number_tells_province_sex_and_year() -> None:
    kind, rows = _rows("079 224 000 003")
    assert kind == "citizen_number"
    assert rows["number"] == "079224000003"
    assert rows["province"] == "TP Hồ Chí Minh (code 079)"
    assert (rows["sex"], rows["birth_year"]) == ("Nam", "2024")


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("155305000001", "country", "Đức (code 155)"),
        ("200305000001", "country", "abroad (code 200)"),
        ("003099000001", "province", "not known (code 003)"),
        ("017099000001", "province_since_2025", "Phú Thọ"),
    ],
)
def test_place_of_registration_is_explained(text: str, key: str, value: str) -> None:
    assert _rows(text)[1][key] == value


def test_old_number_tells_the_province_of_issue() -> None:
    assert _rows("012345678") == ("old_number", {"old_number": "012345678", "province_of_issue": "Hà Nội"})
    assert _rows("990345678")[1]["province_of_issue"] == "not known"


def test_payload_tells_all_its_fields_and_whether_they_agree() -> None:
    kind, rows = _rows(specimens.CHIP_PAYLOAD)
    assert kind == "card_payload"
    assert (rows["card"], rows["name"], rows["date_of_birth"]) == ("cccd_chip", "Nguyễn Văn Mẫu", "1999-01-15")
    assert rows["number_agrees"] == "yes"
    assert _rows(specimens.CHIP_PAYLOAD.replace("Nam|", "Nữ|"))[1]["number_agrees"] == "no"
    extra = specimens.CAN_CUOC_PAYLOAD.removesuffix("||||") + "|Trần Thị Ví Dụ|||"
    assert _rows(extra)[1]["related_name"] == "Trần Thị Ví Dụ"


def test_relatives_are_explained_too() -> None:
    assert _rows(specimens.INSURANCE_PAYLOAD)[0] == "bhyt_payload"
    kind, rows = _rows(specimens.LICENCE_PAYLOAD)
    assert (kind, rows["licence_number"], "number" in rows) == ("gplx_payload", "010099000001", False)


@pytest.mark.parametrize("joint", ["\n", " ", ""])
def test_zone_is_understood_in_lines_with_spaces_or_in_one_piece(joint: str) -> None:
    kind, rows = _rows(joint.join(specimens.CHIP_OR_CAN_CUOC))
    assert (kind, rows["number"], rows["name"]) == ("mrz_td1", "001099000001", "NGUYEN VAN MAU")
    assert rows["check_composite"] == "right"
    kind, rows = _rows(joint.join(specimens.PASSPORT))
    assert (kind, rows["document_number"], rows["name"]) == ("mrz_td3", "X0000001", "NGUYEN VAN MAU")


def test_wrong_check_digits_and_repairs_are_told() -> None:
    assert _rows("IDVNM0990000317001099000001<<8")[1]["repaired_characters"] == "1"
    rows = _rows("9911155M3901153VNM<<<<<<<<<<<0")[1]
    assert (rows["check_date_of_birth"], rows["check_date_of_expiry"]) == ("wrong", "right")
    assert "number_agrees" not in rows


@pytest.mark.parametrize(
    "text", ["", "hello", "0912345678", "NGUYEN VAN MAU", "999999999999", "a\nb", "https://example.com"]
)
def test_other_texts_are_not_explained(text: str) -> None:
    assert explain(text) is None


def test_a_row_does_not_show_its_value_in_a_repr() -> None:
    assert "099" not in repr(explain("001099000001"))
