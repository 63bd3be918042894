from __future__ import annotations

import pytest

from idscan.cards.extract.key_value import read_print
from idscan.cards.extract.outside_cards import headline_name, labelled_facts
from idscan.core.enums import Field
from idscan.core.types import Secret
from tests.factories import line, lines


def told(*texts: str) -> dict[Field, str]:
    facts = labelled_facts(read_print(lines(*texts), on_card=False))
    return {fact.field: fact.value.reveal() for fact in facts if fact.value}


def test_nothing_read_is_nothing_told() -> None:
    assert told() == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Họ và tên: NGUYỄN VĂN MẪU", {Field.NAME: "NGUYỄN VĂN MẪU"}),
        ("Ngày sinh: 15/01/1999", {Field.DATE_OF_BIRTH: "1999-01-15"}),
        ("Số định danh cá nhân: 001099000001", {Field.NUMBER: "001099000001"}),
    ],
)
def test_a_vietnamese_label_speaks_for_its_value(text: str, expected: dict[Field, str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize("text", ["Full name: NGUYEN VAN MAU", "Date of birth: 15/01/1999", "Số: 001099000001"])
def test_an_english_label_or_a_bare_so_does_not(text: str) -> None:
    assert told(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Nguyen Van Mau, born on 15 January 1999, ID card no. 001099000001",
        "that Mr NGUYEN VAN MAU, born 15 January 1999, Citizen ID No. 001099000001 works here",
        "I, the undersigned, Nguyen Van Mau, born on January 15, 1999, ID number 001099000001",
    ],
)
def test_a_letter_in_english_tells_of_somebody_whose_number_says_the_year_of_birth(text: str) -> None:
    found = told(text)
    assert found[Field.NAME].upper() == "NGUYEN VAN MAU"
    assert (found[Field.DATE_OF_BIRTH], found[Field.NUMBER]) == ("1999-01-15", "001099000001")


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Nguyen Van Mau will meet you on 15 January 1999",
        "Mr. Nguyen Van Mau, born on 15 January 1989, ID card no. 001099000001",
        "Mr. John Smith, born on 15 January 1999, ID card no. 701099000001",
    ],
)
def test_a_letter_in_english_alone_does_not(text: str) -> None:
    assert told(text) == {}


def test_a_vietnamese_label_of_another_field_vouches_for_them() -> None:
    assert told("Full name: NGUYEN VAN MAU", "Quê quán: Hà Nội")[Field.NAME] == "NGUYEN VAN MAU"
    assert told("Số: 001099000001", "Ngày sinh: 15/01/1999")[Field.NUMBER] == "001099000001"


def test_a_label_does_not_vouch_for_itself() -> None:
    assert told("Số: 001099000001", "Số: 001305000002") == {}


def test_a_label_of_the_same_field_does_not_vouch_either() -> None:
    reading = read_print(lines("Họ và tên: NGUYỄN VĂN MẪU", "", "", "", "Full name: TRAN VAN VI"), on_card=False)
    assert [fact.value for fact in labelled_facts(reading)] == [Secret("NGUYỄN VĂN MẪU")]


def test_an_identity_cards_heading_vouches_for_a_bare_so() -> None:
    assert told("CĂN CƯỚC CÔNG DÂN", "Số: 001099000001") == {Field.NUMBER: "001099000001"}


@pytest.mark.parametrize("heading", ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "HỘ CHIẾU / PASSPORT"])
def test_another_heading_does_not(heading: str) -> None:
    assert told(heading, "Số: 001099000001") == {}


def test_the_number_of_a_driving_licence_is_no_citizen_number() -> None:
    found = told("GIẤY PHÉP LÁI XE", "Số / No.: 790123456789", "Họ tên / Full name: NGUYỄN VĂN MẪU")
    assert found == {Field.NAME: "NGUYỄN VĂN MẪU"}


def test_what_exposes_nobody_is_not_told_off_a_card() -> None:
    assert told("Giới tính: Nam", "Quốc tịch: Việt Nam", "Quê quán: Xã Thử Nghiệm, Hà Nội") == {}


@pytest.mark.parametrize("text", ["Số: 001099000001", "Số / No.: 001099000001", "SỐ 012345678"])
def test_a_bare_so_speaks_for_a_number_that_was_cut_out(text: str) -> None:
    found = labelled_facts(read_print(lines(text), on_card=False), is_cropped=True)
    assert [fact.field for fact in found] == [Field.NUMBER]


@pytest.mark.parametrize(
    "text", ["001099000001", "No.: 001099000001", "Số: 0912345678", "Full name: NGUYEN VAN MAU", "S012345678"]
)
def test_other_print_that_was_cut_out_tells_no_more_than_elsewhere(text: str) -> None:
    assert labelled_facts(read_print(lines(text), on_card=False), is_cropped=True) == []


BADGE = ("ID number: 001 099 000 001", "Full name: Nguyễn Văn Mẫu", "Birth date: 15/01/1999")


def test_values_that_speak_of_vietnam_vouch_for_english_labels() -> None:
    assert told(*BADGE) == {
        Field.NUMBER: "001099000001",
        Field.NAME: "Nguyễn Văn Mẫu",
        Field.DATE_OF_BIRTH: "1999-01-15",
    }


@pytest.mark.parametrize("other", ["Full name: Jean Mauvais", "Birth date: 15/01/1950"])
def test_one_such_value_alone_does_not(other: str) -> None:
    wanted = other.partition(":")[0]
    assert told(*(other if text.startswith(wanted) else text for text in BADGE)) == {}


NUMBER = ("Số CCCD: 001099000001", {Field.NUMBER: "001099000001"})


@pytest.mark.parametrize(
    "text",
    [
        "Họ tên khách: Nguyễn Văn Mẫu",
        "Họ và tên người bệnh: Nguyễn Văn Mẫu",
        "HỌ VÀ TÊN NGƯỜI BỆNH: Nguyễn Văn Mẫu",
        "Họ, chữ đệm và tên chủ hộ Nguyễn Văn Mẫu",
        "Họ, chữ đệm, tên vợ: Nguyễn Văn Mẫu",
        "Họ, chữ đệm, tên chồng: Nguyễn Văn Mẫu",
        "Họ và tên (viết in hoa): Nguyễn Văn Mẫu",
        "Họ và tên đầy đủ của bạn: Nguyễn Văn Mẫu",
        "Họ và tên *: Nguyễn Văn Mẫu",
        "Khách hàng: Nguyễn Văn Mẫu",
        "Hành khách 2: Nguyễn Văn Mẫu",
        "Hành khách / Passenger: Nguyễn Văn Mẫu",
        "Tên khách hàng: Nguyễn Văn Mẫu",
        "1. Người được bổ nhiệm: Nguyễn Văn Mẫu",
        "Chủ tài khoản: Nguyễn Văn Mẫu",
        "Bên mua bảo hiểm: Nguyễn Văn Mẫu",
        "Bệnh nhân Nguyễn Văn Mẫu",
        "Và chồng là ông: Nguyễn Văn Mẫu",
        "Điều 1. Bổ nhiệm ông Nguyễn Văn Mẫu, giữ chức vụ Trưởng phòng",
        "Quý khách Nguyễn Văn Mẫu đã đăng ký",
    ],
)
def test_a_name_is_found_behind_a_role_or_whose_it_is(text: str) -> None:
    number, expected = NUMBER
    assert told(text, number) == {Field.NAME: "Nguyễn Văn Mẫu", **expected}


@pytest.mark.parametrize(
    "text",
    [
        "Khách hàng: Công ty Gạo Thơm",
        "Khách hàng thân thiết Nguyễn Văn Mẫu",
        "KHÁCH SẠN BIỂN XANH",
        "BÊN THUÊ (BÊN B)",
        "Họ và tên: Võ Thị",
    ],
)
def test_a_role_of_a_company_names_nobody(text: str) -> None:
    assert told(text, NUMBER[0]).get(Field.NAME) in {None, "Võ Thị"}


@pytest.mark.parametrize(
    "label", ["Số giấy tờ", "Số giấy tờ tùy thân", "Giấy tờ/Passport", "Số GTTT", "Giấy tờ tùy thân: CCCD"]
)
def test_a_word_for_any_paper_counts_before_a_number_of_right_structure(label: str) -> None:
    assert told(f"{label}: 001099000001") == {Field.NUMBER: "001099000001"}


def test_a_word_for_any_paper_before_another_number_needs_a_person() -> None:
    assert told("Số giấy tờ: 012345678") == {}
    person = ("Họ tên: Nguyễn Văn Mẫu", "Ngày sinh: 15/01/1999")
    assert told(*person, "Số giấy tờ: 012345678")[Field.NUMBER] == "012345678"


def headed(name: str, height: float = 48, *others: str) -> list[str]:
    body = lines("Ngày sinh: 15/01/1999", "CCCD: 001099000001", *others)
    head = line(name, 400, -80, width=500, height=height)
    facts = labelled_facts(read_print(body, on_card=False))
    return [fact.value.reveal() for fact in headline_name(facts, [head, *body]) if fact.value]


def test_a_name_in_large_print_heads_a_page_about_one_person() -> None:
    assert headed("NGUYỄN VĂN MẪU") == ["NGUYỄN VĂN MẪU"]


def test_other_large_print_or_small_names_head_no_page() -> None:
    assert headed("HỒ SƠ ỨNG TUYỂN") == []
    assert headed("NGUYỄN VĂN MẪU", 32) == []
    assert headed("NGUYỄN VĂN MẪU", 48, "Họ tên: Trần Thị Ví Dụ") == []


@pytest.mark.parametrize(
    "label",
    [
        "Chứng minh thư",
        "Số chứng minh nhân dân",
        "Giấy chứng minh nhân dân số",
        "Số thẻ CCCD",
        "Giấy tờ",
        "Mã công dân",
    ],
)
def test_every_name_of_a_citizens_paper_is_a_label_before_its_number(label: str) -> None:
    assert told(f"{label}: 001099000001") == {Field.NUMBER: "001099000001"}


@pytest.mark.parametrize(
    "label", ["Tên", "Vợ", "Con", "Anh (chị)", "Bên cho thuê", "Họ tên/Name", "Họ tên BN", "Passenger name"]
)
def test_a_word_that_is_a_label_before_a_colon_only_leads_to_a_name(label: str) -> None:
    number, expected = NUMBER
    assert told(f"{label}: Nguyễn Văn Mẫu", number) == {Field.NAME: "Nguyễn Văn Mẫu", **expected}
    assert told(f"{label} đi vắng", number) == expected
