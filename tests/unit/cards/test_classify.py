from __future__ import annotations

import pytest

from idscan.cards.classify import classify
from idscan.core.enums import CardKind, Side
from tests.unit.cards.specimens import classify_lines

CARDS: dict[tuple[CardKind, Side], list[str]] = {
    (CardKind.CCCD_CHIP, Side.FRONT): [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "SOCIALIST REPUBLIC OF VIET NAM",
        "CĂN CƯỚC CÔNG DÂN",
        "Citizen Identity Card",
        "Số / No.: 001099000001",
        "Họ và tên / Full name:",
        "Ngày sinh / Date of birth: 15/01/1999",
        "Giới tính / Sex: Nam Quốc tịch / Nationality: Việt Nam",
        "Quê quán / Place of origin:",
        "Nơi thường trú / Place of residence:",
        "Có giá trị đến:",
        "Date of expiry: 15/01/2039",
    ],
    (CardKind.CCCD_CHIP, Side.BACK): [
        "Đặc điểm nhận dạng / Personal identification:",
        "Ngày, tháng, năm / Date, month, year: 20/06/2022",
        "CỤC TRƯỞNG CỤC CẢNH SÁT",
        "Ngón trỏ trái",
        "Left index finger",
    ],
    (CardKind.CCCD_BARCODE, Side.FRONT): [
        "CĂN CƯỚC CÔNG DÂN",
        "Số: 001099000001",
        "Họ và tên: NGUYỄN VĂN MẪU",
        "Ngày, tháng, năm sinh: 15/01/1999",
        "Giới tính: Nam Quốc tịch: Việt Nam",
        "Quê quán: Hà Nội",
        "Nơi thường trú: Hà Nội",
        "Có giá trị đến: 15/01/2039",
    ],
    (CardKind.CCCD_BARCODE, Side.BACK): [
        "Đặc điểm nhân dạng:",
        "Ngày, tháng, năm 20/06/2017",
        "CỤC TRƯỞNG CỤC CẢNH SÁT",
        "Ngón trỏ trái",
        "Ngón trỏ phải",
    ],
    (CardKind.CMND_9, Side.FRONT): [
        "GIẤY CHỨNG MINH NHÂN DÂN",
        "SỐ 012345678",
        "Họ tên: NGUYỄN VĂN MẪU",
        "Sinh ngày: 15-01-1999",
        "Nguyên quán: Hà Nội",
        "Nơi ĐKHK thường trú: Hà Nội",
    ],
    (CardKind.CMND_9, Side.BACK): [
        "Dân tộc: Kinh Tôn giáo: Không",
        "NGÓN TRỎ TRÁI",
        "DẤU VẾT RIÊNG VÀ DỊ HÌNH",
        "GIÁM ĐỐC CA TỈNH MẪU",
    ],
    (CardKind.CMND_12, Side.FRONT): [
        "CHỨNG MINH NHÂN DÂN",
        "Số: 001099000001",
        "Họ và tên khai sinh: NGUYỄN VĂN MẪU",
        "Ngày, tháng, năm sinh: 15/01/1999",
        "Giới tính: Nam Dân tộc: Kinh",
        "Quê quán: Hà Nội",
        "Có giá trị đến: 15/01/2029",
    ],
    (CardKind.CAN_CUOC, Side.FRONT): [
        "CĂN CƯỚC",
        "IDENTITY CARD",
        "Số định danh cá nhân / Personal identification number:",
        "Họ, chữ đệm và tên khai sinh / Full name:",
        "Ngày, tháng, năm sinh / Date of birth:",
        "Giới tính / Sex: Nam Quốc tịch / Nationality: Việt Nam",
    ],
    (CardKind.CAN_CUOC, Side.BACK): [
        "Nơi cư trú / Place of residence:",
        "Nơi đăng ký khai sinh / Place of birth:",
        "Ngày, tháng, năm cấp / Date of issue:",
        "Ngày, tháng, năm hết hạn / Date of expiry:",
        "BỘ CÔNG AN",
        "MINISTRY OF PUBLIC SECURITY",
    ],
}
RELATIVES: dict[tuple[CardKind, Side], list[str]] = {
    (CardKind.GPLX, Side.FRONT): [
        "BỘ GTVT",
        "GIẤY PHÉP LÁI XE / DRIVER'S LICENSE",
        "Số / No.: 010099000001",
        "Họ tên / Full name: NGUYỄN VĂN MẪU",
        "Ngày sinh / Date of Birth: 15/01/1999",
        "Hạng / Class: A1",
    ],
    (CardKind.BHYT, Side.FRONT): [
        "BẢO HIỂM XÃ HỘI VIỆT NAM",
        "THẺ BẢO HIỂM Y TẾ",
        "Họ và tên: Nguyễn Văn Mẫu",
        "Ngày sinh: 15/01/1999",
    ],
    (CardKind.PASSPORT, Side.FRONT): ["HỘ CHIẾU / PASSPORT", "Họ / Surname", "Số ĐDCN, CMND / ID No."],
}


def _flatten(line: str) -> str:
    """Lose the letters that common recognisers lack."""
    return "".join(character for character in line if not "\u1ea0" <= character <= "\u1ef9")


@pytest.mark.parametrize(("face", "lines"), list(CARDS.items()), ids=str)
def test_identity_cards_are_told_apart(face: tuple[CardKind, Side], lines: list[str]) -> None:
    for read in (lines, [_flatten(line) for line in lines]):
        result = classify_lines(read)
        assert (result.kind, result.side) == face
        assert result.is_card
        assert result.is_identity_card
        assert result.confidence > 0.7


@pytest.mark.parametrize(("face", "lines"), list(RELATIVES.items()), ids=str)
def test_relatives_are_no_identity_cards(face: tuple[CardKind, Side], lines: list[str]) -> None:
    result = classify_lines(lines)
    assert (result.kind, result.side) == face
    assert result.is_card
    assert not result.is_identity_card


def test_certificate_of_identity_is_an_identity_card_of_its_own() -> None:
    result = classify_lines(["CHỨNG NHẬN CĂN CƯỚC", "Số định danh cá nhân", "Tình trạng hôn nhân"])
    assert (result.kind, result.is_identity_card) == (CardKind.UNKNOWN, True)


def test_other_documents_of_the_state_are_cards_but_no_identity_cards() -> None:
    result = classify_lines(["CHỨNG MINH QUÂN NHÂN"])
    assert (result.kind, result.is_card, result.is_identity_card) == (CardKind.UNKNOWN, True, False)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["TOTAL 12.00 USD", "Thank you", "ORDER 001099000001"],
        ["Bộ Công an cho biết người dân có thể làm căn cước công dân tại", "Hôm nay trời đẹp"],
        ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "ĐƠN XIN VIỆC"],
        [
            "ĐƠN XIN VIỆC",
            "Họ và tên: Nguyễn Văn Mẫu",
            "Ngày sinh: 15/01/1999",
            "Giới tính: Nam",
            "Số CCCD: 001099000001",
        ],
        ["IDENTIFICATION", "Full name: JOHN DOE", "Sex: M"],
        ["CURRICULUM VITAE", "Full name: JOHN DOE", "Date of birth: 15/01/1999", "Nationality: X", "Sex: M"],
        ["IDENTITY CARD", "Surname DOE", "Given names JOHN", "Date of birth 15.01.1999", "Date of expiry 15.01.2039"],
        ["PASSPORT", "Place of birth", "Date of issue", "Date of expiry", "Passport No", "Place of issue"],
        ["Place of origin", "Date of birth", "Date of issue", "Full name"],
        ["VISA APPLICATION", "Place of residence: X", "Personal identification number: 12345678", "Nationality: X"],
        ["Ngón trỏ trái / Left index finger", "Ngón trỏ phải / Right index finger"],
        [
            "TỜ KHAI CĂN CƯỚC CÔNG DÂN",
            "Họ và tên: ......",
            "Ngày, tháng, năm sinh: ......",
            "Giới tính: ...... Quốc tịch: ......",
            "Số CCCD: ......",
            "Quê quán: ......",
            "Nơi thường trú: ......",
            "Ngày cấp: ......",
        ],
        ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "DANH SÁCH CÔNG NHÂN", "Quê quán", "Ngày, tháng, năm"],
        ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "GIẤY CHỨNG NHẬN CHẤT LƯỢNG"],
        ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "GIẤY CHỨNG NHẬN KẾT HÔN", "Ngày, tháng, năm sinh:", "Quốc tịch:"],
        ["Họ tên: Nguyễn Văn Mẫu", "Ngày sinh: 15/01/1999", "Số CCCD: 001099000001", "Có giá trị đến: 31/12/2026"],
        [
            "Theo Luật Căn cước, thẻ căn cước công dân và chứng minh nhân dân",
            "đã cấp vẫn có giá trị đến hết thời hạn.",
            "Trên thẻ mới, mục quê quán được thay bằng nơi",
            "đăng ký khai sinh; nơi thường trú thay bằng nơi cư trú.",
        ],
    ],
)
def test_other_print_is_no_card(lines: list[str]) -> None:
    result = classify_lines(lines)
    assert not result.is_card
    assert not result.is_identity_card


@pytest.mark.parametrize(
    "lines",
    [
        ["SOCIALIST REPUBLIC OF VIET NAM", "Citizen Identity Card"],
        ["Citizen Identity Card", "Full name:", "Date of birth:", "Place of origin:"],
        ["Place of origin:", "Place of residence:", "Personal identification number:", "Full name:"],
        ["Personal identification:", "Date, month, year:", "Left index finger"],
    ],
)
def test_a_card_of_which_only_the_english_half_was_read_is_one(lines: list[str]) -> None:
    result = classify_lines(lines)
    assert (result.is_card, result.is_identity_card) == (True, True)


@pytest.mark.parametrize(("values", "is_card"), [(0, False), (1, False), (2, True), (3, True)])
def test_values_tell_that_english_labels_stand_on_a_vietnamese_card(values: int, *, is_card: bool) -> None:
    from idscan.cards.labels.search import find_labels

    lines = ["ID number:", "Full name:", "Date of birth:", "Nationality:", "Place of origin:"]
    found = [match for line in lines for match in find_labels(line)]
    result = classify(found, number_digits=12, vietnamese_values=values)
    assert (result.is_card, result.is_identity_card) == (is_card, is_card)


def test_a_card_copied_onto_a_form_is_still_a_card() -> None:
    front = CARDS[CardKind.CCCD_CHIP, Side.FRONT]
    result = classify_lines(["HỢP ĐỒNG THUÊ NHÀ", *front])
    assert (result.kind, result.is_identity_card) == (CardKind.CCCD_CHIP, True)


def test_labels_that_forms_have_make_a_card_with_a_number_under_a_bare_label() -> None:
    from idscan.cards.labels.search import find_labels

    lines = ["Số: 001099000001", "Họ và tên:", "Ngày, tháng, năm sinh:", "Giới tính:", "Quốc tịch:", "Quê quán:"]
    found = [match for line in [*lines, "Nơi thường trú:"] for match in find_labels(line)]
    assert [classify(found, number_digits=digits).is_card for digits in (0, 12)] == [False, True]


def test_codes_decide_where_there_is_no_print() -> None:
    assert classify([], qr_payload_kind=CardKind.CCCD_CHIP, has_qr=True).kind is CardKind.CCCD_CHIP
    back = classify([], qr_payload_kind=CardKind.CAN_CUOC, has_qr=True)
    assert (back.kind, back.side, back.is_identity_card) == (CardKind.CAN_CUOC, Side.BACK, True)
    zone = classify([], has_mrz=True)
    assert (zone.kind, zone.side, zone.is_card) == (CardKind.UNKNOWN, Side.BACK, True)
    both = classify([], has_mrz=True, has_qr=True)
    assert both.kind is CardKind.CAN_CUOC
    assert not classify([], qr_payload_kind=CardKind.GPLX, has_qr=True).is_identity_card


def test_a_code_that_was_not_read_is_no_card_by_itself() -> None:
    assert not classify([], has_qr=True).is_card


def test_length_of_the_number_tells_the_two_old_cards_apart() -> None:
    lines = ["CHỨNG MINH NHÂN DÂN"]
    found = classify_lines(lines)
    assert found.kind is CardKind.UNKNOWN
    from_number = [classify(_headings(lines), number_digits=digits).kind for digits in (9, 12)]
    assert from_number == [CardKind.CMND_9, CardKind.CMND_12]


def _headings(lines: list[str]) -> list[object]:
    from idscan.cards.labels.headings import find_headings

    return [match for line in lines for match in find_headings(line)]


def test_what_a_paper_says_of_people_makes_no_card_of_it() -> None:
    from idscan.cards.labels.search import find_labels

    lines = ["Họ tên:", "Ngày sinh:", "Số CCCD:", "Quê quán:", "Quốc tịch:", "Có giá trị đến:"]
    found = [match for line in lines for match in find_labels(line)]
    assert not classify(found, number_digits=12, vietnamese_values=3).is_card
