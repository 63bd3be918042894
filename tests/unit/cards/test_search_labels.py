from __future__ import annotations

import time
import unicodedata

import pytest

from idscan.cards.documents import faces_labelled
from idscan.cards.labels import LABELS, STOPS, Language
from idscan.cards.labels.headings import find_headings
from idscan.cards.labels.search import find_labels
from idscan.cards.text.fuzzy import PhraseFinder
from idscan.core.enums import CardKind, Field, Side

N, D, S, T = Field.NAME, Field.DATE_OF_BIRTH, Field.SEX, Field.NATIONALITY


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Họ và tên / Full name: NGUYỄN VĂN MẪU", [(N, "NGUYỄN VĂN MẪU")]),
        ("Họ và tên/Full name:", [(N, "")]),
        ("Full name: NGUYỄN VĂN MẪU", [(N, "NGUYỄN VĂN MẪU")]),
        ("Giới tính / Sex: Nam Quốc tịch / Nationality: Việt Nam", [(S, "Nam"), (T, "Việt Nam")]),
        ("Gii tính/Sex:Nam Quc tch/Nationality:Vit Nam", [(S, "Nam"), (T, "Vit Nam")]),
        ("Giới tính: Nữ Quốc tịch: Việt Nam", [(S, "Nữ"), (T, "Việt Nam")]),
        ("Ngày sinh / Date of birth: 15/01/1999", [(D, "15/01/1999")]),
        ("Ngaysinh/Dateofbirth:15/01/1999", [(D, "15/01/1999")]),
        ("Số / No.: 001099000001", [(Field.NUMBER, "001099000001")]),
        ("S/No.:001099000001", [(Field.NUMBER, "001099000001")]),
        ("SỐ 012345678", [(Field.NUMBER, "012345678")]),
        ("Họ tên:......NGUYỄN VĂN MẪU......", [(N, "NGUYỄN VĂN MẪU")]),
        ("Nơi ĐKHK thường trú: Thôn Mẫu", [(Field.PLACE_OF_RESIDENCE, "Thôn Mẫu")]),
        ("Có giá trị đến: 15/01/2039", [(Field.DATE_OF_EXPIRY, "15/01/2039")]),
        ("Dân tộc: Kinh Tôn giáo: Không", [(None, "Kinh"), (None, "Không")]),
        ("Hà Nội CỤC TRƯỞNG CỤC CẢNH SÁT", [(None, "")]),
        ("H và tên: NGUYN VĂN MU", [(N, "NGUYN VĂN MU")]),
        ("Ho v tn", [(N, "")]),
        ("H tnVĂN MẪU", [(N, "VĂN MẪU")]),
        ("Hotn  NGUYEN VAN MAU", [(N, "NGUYEN VAN MAU")]),
        ("H tn: Nguyễn Văn Mẫu", [(N, "Nguyễn Văn Mẫu")]),
        ("s 012345678", [(Field.NUMBER, "012345678")]),
        ("S6 001 099 000 001", [(Field.NUMBER, "001 099 000 001")]),
        ("S6001099000001", [(Field.NUMBER, "001099000001")]),
        ("S001099000001", [(Field.NUMBER, "001099000001")]),
        ("Em gửi căn cước: 001099000001", [(Field.NUMBER, "001099000001")]),
        ("Số căn cước công dân: 001099000001", [(Field.NUMBER, "001099000001")]),
        ("S căn cưc: 001099000001", [(Field.NUMBER, "001099000001")]),
        ("Họ và tên gọi khác: MẪU", [(None, "MẪU")]),
        ("NGUYỄN VĂN MẪU", []),
        ("001099000001", []),
        ("Số 1 Đường Mẫu, Hà Nội", []),
        ("", []),
        ("ab", []),
    ],
)
def test_labels_and_their_values(line: str, found: list[tuple[Field | None, str]]) -> None:
    assert [(match.field, match.rest(line)) for match in find_labels(line)] == found


def test_bilingual_label_is_one_match_with_a_partner() -> None:
    line = "Ngày, tháng, năm hết hạn / Date of expiry:"
    (match,) = find_labels(line)
    assert match.label.language is Language.VIETNAMESE
    assert match.partner is not None
    assert match.partner.language is Language.ENGLISH
    assert (match.start, match.end, match.is_whole) == (0, len(line) - 1, True)


def test_label_with_a_value_is_not_the_whole_line() -> None:
    assert not find_labels("Ngày sinh: 15/01/1999")[0].is_whole
    assert find_labels("Ngày sinh:")[0].is_whole
    assert not find_labels("abc Ngày sinh:")[0].is_whole


def test_places_count_in_the_text_itself_also_where_marks_are_apart() -> None:
    line = unicodedata.normalize("NFD", "Họ và tên: NGUYỄN VĂN MẪU")
    (match,) = find_labels(line)
    assert unicodedata.normalize("NFC", line[match.start : match.end]) == "Họ và tên"
    assert unicodedata.normalize("NFC", match.rest(line)) == "NGUYỄN VĂN MẪU"
    ended = unicodedata.normalize("NFD", "Giới tính: NỮ, Nguyên quán")
    assert unicodedata.normalize("NFC", ended[find_labels(ended)[0].start : find_labels(ended)[0].end]) == "Giới tính"
    last = unicodedata.normalize("NFD", "Nơi cư trú")
    assert find_labels(last)[0].end == len(last)


@pytest.mark.parametrize(
    "name",
    [
        "HỒ TẤN MẪU",
        "HO TAN MAU",
        "HỒ TIẾN",
        "HỒ VĂN TIẾN",
        "TRẦN QUỐC TÍNH",
        "TRAN QUOC TINH",
        "LE QUOC TICH",
        "NGUYỄN QUÂN",
        "NGUYEN QUAN",
        "NGUYỄN QUANG MẪU",
        "NGUYEN VAN QUE QUAN",
        "PHẠM SINH NGỌC",
        "Trần Quốc Tịnh",
        "NGÔ THƯỜNG TRUNG",
        "TRẦN GIA TÍN",
        "ĐẶNG NGỌC SINH",
    ],
)
def test_a_persons_name_is_no_label(name: str) -> None:
    assert find_labels(name) == ()


def test_perfect_match_is_nearer_than_a_garbled_one() -> None:
    exact, garbled = find_labels("Place of origin:")[0], find_labels("Piace of orgin:")[0]
    assert exact.distance == 0 < garbled.distance <= 0.2


def test_longer_heading_wins() -> None:
    assert [match.heading.key for match in find_headings("CĂN CƯỚC CÔNG DÂN / Citizen Identity Card")] == [
        "can_cuoc_cong_dan",
        "citizen_identity_card",
    ]
    assert [match.heading.key for match in find_headings("CHỨNG NHẬN CĂN CƯỚC")] == ["chung_nhan_can_cuoc"]


def test_heading_in_a_sentence_is_a_mention() -> None:
    (mention,) = find_headings("người dân làm căn cước công dân tại nơi ở")
    (heading,) = find_headings("CĂN CƯỚC CÔNG DÂN")
    (in_small_letters,) = find_headings("căn cước công dân")
    assert (mention.is_whole, heading.is_whole, in_small_letters.is_whole) == (False, True, False)


def test_labels_have_variants_and_a_field_unless_they_only_end_values() -> None:
    for label in (*LABELS, *STOPS):
        assert label.variants
        assert (label.field is None) == (label in STOPS)
    chip_front = {label.field for label in LABELS if (CardKind.CCCD_CHIP, Side.FRONT) in faces_labelled(label)}
    assert chip_front >= {Field.NUMBER, N, D, S, T, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE}


def test_a_line_is_searched_in_about_a_millisecond() -> None:
    line = "Nơi thường trú / Place of residence: Số 1 Đường Mẫu"
    find_labels(line)
    started = time.process_time()
    for _ in range(20):
        find_labels(line)
    assert (time.process_time() - started) / 20 < 0.02, "twenty times what it takes"


def test_finder_without_phrases_finds_nothing() -> None:
    assert PhraseFinder([]).find("Họ và tên") == []


def test_phrase_that_occurs_twice_is_found_twice() -> None:
    finder = PhraseFinder(["Ngày sinh"])
    assert [match.start for match in finder.find("Ngày sinh 15/01/1999 và Ngày sinh 20/02/2005")] == [0, 24]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mục 1: ghi họ và tên bằng chữ in hoa.",
        "Mục 2: ghi ngày, tháng, năm sinh dạng dd/mm/yyyy.",
        "Trên thẻ mới, mục quê quán được thay bằng nơi",
        "đăng ký khai sinh; nơi thường trú thay bằng nơi cư trú.",
        "Số định danh cá nhân gồm mười hai chữ số.",
        "(Ký, ghi rõ họ tên)",
        "Please enter your date of birth here",
    ],
)
def test_label_that_a_sentence_mentions_is_none(sentence: str) -> None:
    assert find_labels(sentence) == ()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Xin ghi rõ họ và tên: Nguyễn Văn Mẫu", [N]),
        ("Ngày sinh của bạn là 15/01/1999", [D]),
        ("số cccd của em là 001099000001", [Field.NUMBER]),
        ("ghi họ và tên bằng chữ in hoa, số CCCD: 001099000001", [Field.NUMBER]),
        ("Ông Nguyễn Văn Mẫu, sinh ngày 15/01/1999", [N, D]),
        ("Nơi thường trú thôn Mẫu, xã Thử Nghiệm", [Field.PLACE_OF_RESIDENCE]),
        ("Giới tính nam Quốc tịch Việt Nam", [S, T]),
    ],
)
def test_label_with_a_value_counts_also_in_a_sentence(line: str, found: list[Field]) -> None:
    assert [match.field for match in find_labels(line)] == found


@pytest.mark.parametrize(
    ("line", "is_whole"),
    [
        ("IDENTITY CARD", True),
        ("CĂN CƯỚC / IDENTITY CARD", True),
        ("CĂN CƯỚC CÔNG DÂN / Citizen Identity Card", True),
        ("THẺ CĂN CƯỚC CÔNG DÂN", True),
        ("CĂN CƯỚC CÔNG DÂN 001099000001", True),
        ("STUDENT IDENTITY CARD", False),
        ("NATIONAL CITIZEN IDENTITY CARD", False),
        ("PERSONALAUSWEIS / IDENTITY CARD", False),
        ("LUẬT CĂN CƯỚC CÔNG DÂN", False),
        ("THỦ TỤC CẤP ĐỔI CĂN CƯỚC CÔNG DÂN", False),
    ],
)
def test_heading_with_more_words_before_it_is_another_one(line: str, is_whole: bool) -> None:
    found = find_headings(line)
    assert found
    assert all(match.is_whole == is_whole for match in found)


@pytest.mark.parametrize("line", ["TỜ KHAI CĂN CƯỚC CÔNG DÂN", "ĐƠN XIN CẤP CHỨNG MINH NHÂN DÂN", "PHIẾU CĂN CƯỚC"])
def test_heading_of_a_form_is_no_cards(line: str) -> None:
    assert [match.heading.key for match in find_headings(line)] == ["form"]


def test_words_of_a_heading_before_a_number_are_its_label() -> None:
    for line in ("Số căn cước: 001099000001", "Căn cước công dân số 001099000001", "CCCD (căn cước): 001099000001"):
        assert not any(match.is_whole for match in find_headings(line))
        assert Field.NUMBER in {match.field for match in find_labels(line)}


def test_only_vietnamese_headings_speak_of_viet_nam() -> None:
    lines = {"CĂN CƯỚC": True, "SOCIALIST REPUBLIC OF VIET NAM": True, "IDENTITY CARD": False, "PASSPORT": False}
    assert {line: find_headings(line)[0].is_vietnamese for line in lines} == lines


@pytest.mark.parametrize(
    "text", ["Số CCCD/ĐDCN:", "[03] Số CCCD/ĐDCN: 001099000001", "7. Số định danh của chủ hộ:", "Số CCCD của vợ:"]
)
def test_a_label_may_be_an_abbreviation_or_say_whose_it_is(text: str) -> None:
    assert [match.field for match in find_labels(text)] == [Field.NUMBER]


def test_the_end_of_a_name_and_what_a_comma_parts_from_it_are_no_label() -> None:
    assert find_labels("Thông tin của Trần Mẫu Hợi, sinh") == ()


def test_a_label_that_resembles_what_follows_a_number_takes_none_of_its_digits() -> None:
    text = "Căn cước công dân số: 045068000001 do Cục Cảnh sát quản lý hành chính về trật tự xã hội cấp"
    number, *_ = find_labels(text)
    assert number.rest(text).split()[0] == "045068000001"


@pytest.mark.parametrize(
    ("text", "needs_person"), [("Họ và tên khách hàng:", False), ("Họ tên khách hàng", False), ("Khách hàng:", True)]
)
def test_a_role_behind_the_words_for_a_name_is_a_persons(text: str, needs_person: bool) -> None:
    assert [match.label.needs_person for match in find_labels(text)] == [needs_person]
