"""Machine-readable zones of made-up cards, against specimens worked out by hand (ICAO Doc 9303)."""

import pytest

from tests.synth.mrz import ZoneFacts, ascii_capitals, check_digit, name_field, td1, td3

MAU = ZoneFacts("001099000001", "Nguyễn Văn Mẫu", "990115", "M", "390115")


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (MAU, "IDVNM0990000017001099000001<<8 9901155M3901153VNM<<<<<<<<<<<0 NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"),
        (
            ZoneFacts("001305000002", "Trần Thị Ví Dụ", "050220", "F", "300220"),
            "IDVNM3050000028001305000002<<9 0502205F3002201VNM<<<<<<<<<<<0 TRAN<<THI<VI<DU<<<<<<<<<<<<<<<",
        ),
        (
            ZoneFacts("079224000003", "Đỗ Đức Thử", "240301", "M", "380301"),
            "IDVNM2240000037079224000003<<7 2403018M3803017VNM<<<<<<<<<<<4 DO<<DUC<THU<<<<<<<<<<<<<<<<<<<",
        ),
        (
            ZoneFacts("001155000004", "Lê Thị Thử Nghiệm", "550310", "F", "991231"),
            "IDVNM1550000041001155000004<<2 5503104F9912315VNM<<<<<<<<<<<8 LE<<THI<THU<NGHIEM<<<<<<<<<<<<",
        ),
    ],
)
def test_identity_card_zones_equal_the_specimens(facts: ZoneFacts, lines: str) -> None:
    assert td1(facts) == tuple(lines.split(" "))


@pytest.mark.parametrize(
    ("number", "second"),
    [
        ("001099000001", "X0000001<4VNM9901155M3301100001099000001<<80"),
        ("000000001", "X0000001<4VNM9901155M3301100000000001<<<<<16"),
    ],
)
def test_passport_zones_equal_the_specimens(number: str, second: str) -> None:
    facts = ZoneFacts(number, "Nguyễn Văn Mẫu", "990115", "M", "330110")
    assert td3(facts, "X0000001") == ("P<VNMNGUYEN<<VAN<MAU".ljust(44, "<"), second)


def test_a_check_digit_catches_a_changed_character() -> None:
    assert check_digit("099000001") == "7"
    assert check_digit("099000007") != "7"


def test_names_lose_their_accents_and_are_cut_to_length() -> None:
    assert ascii_capitals("Đặng Ưng Ỹ") == "DANG UNG Y"
    assert name_field("Nguyễn Thị Phương Thảo Nguyên Anh", 30) == "NGUYEN<<THI<PHUONG<THAO<NGUYEN"
