from __future__ import annotations

from itertools import product

import pytest

from idscan.cards.text.grammars import MRZ_LINES, DateGrammar, NumberGrammar
from tests.synth.mrz import ZoneFacts, td1

DATES, NUMBERS = DateGrammar(), NumberGrammar()


@pytest.mark.parametrize("text", ["01/01/1999", "29-02-2000", "31.12.2049", "30/11/1920"])
def test_a_date_is_whole_and_nothing_to_read_again(text: str) -> None:
    assert DATES.is_whole(text)
    assert list(DATES.spans(f"Ngày sinh: {text}")) == []


@pytest.mark.parametrize("text", ["31/04/1999", "00/01/1999", "10/13/1999", "01/01-1999", "01/01/199", "01/01/19999"])
def test_what_is_no_date_is_not_whole(text: str) -> None:
    assert not DATES.is_whole(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Ngày sinh: 0112/1999", "0112/1999"),
        ("20107/2033", "20107/2033"),
        ("Date of birth: 1O/12/1999 Sex", "1O/12/1999"),
        ("12.02/2034,", "12.02/2034"),
    ],
)
def test_a_misread_date_is_found(text: str, part: str) -> None:
    assert [text[start:end] for start, end in DATES.spans(text)] == [part]


@pytest.mark.parametrize(
    "text", ["001099000001", "001.099.000.001", "0987 654 321", "1.234.567.890", "Số 12/34 Đường Mẫu", "12:30", ""]
)
def test_other_digits_are_no_misread_date(text: str) -> None:
    assert list(DATES.spans(text)) == []


def test_a_date_can_be_spelled_letter_by_letter_and_no_other_text_can() -> None:
    beginnings = [""]
    for _ in range(6):
        beginnings = [text + letter for text in beginnings for letter in DATES.following(text)]
    days = {text[:2] + text[3:5] for text in beginnings}
    assert len(days) == 366
    assert all(text[2] == text[5] for text in beginnings)
    assert DATES.following("01/01/1999") == ""


@pytest.mark.parametrize(("text", "part"), [("Số: 0O1099O00001", "0O1099O00001"), ("l23456789", "l23456789")])
def test_letters_among_the_digits_of_a_number_are_found(text: str, part: str) -> None:
    assert [text[start:end] for start, end in NUMBERS.spans(text)] == [part]


@pytest.mark.parametrize("text", ["001099000001", "ISOLOGO", "IDVNM0990000017001099000001<<8", "BOOGIE2000", "15 Ok"])
def test_other_words_are_no_misread_number(text: str) -> None:
    assert list(NUMBERS.spans(text)) == []


@pytest.mark.parametrize(("text", "is_whole"), [("0" * 9, True), ("0" * 12, True), ("0" * 10, False), ("", False)])
def test_a_number_has_nine_or_twelve_digits(text: str, is_whole: bool) -> None:
    assert NUMBERS.is_whole(text) is is_whole
    assert NUMBERS.following("0" * 12) == ""


def zone() -> tuple[str, ...]:
    return td1(ZoneFacts("001099000001", "Nguyen Van Mau", "990115", "M", "390115"))


def test_each_line_of_a_zone_follows_its_grammar_alone() -> None:
    for (place, line), (other, grammar) in product(enumerate(zone()), enumerate(MRZ_LINES)):
        assert grammar.is_whole(line) is (place == other)
        assert list(grammar.spans(line)) == [] or place != other


def test_a_line_of_a_zone_with_a_letter_too_many_or_wrong_is_read_again() -> None:
    for line, grammar in zip(zone(), MRZ_LINES, strict=True):
        assert list(grammar.spans(line[:-1])) == [(0, 29)]
        assert list(grammar.spans(line[:9] + "<" + line[9:])) == [(0, 31)]
    assert list(MRZ_LINES[2].spans(zone()[2].replace("O", "0").replace("U", "0", 1))) == [(0, 30)]


@pytest.mark.parametrize("text", ["NGUYỄN VĂN MẪU", "<<<", "", "001099000001", "P<VNMNGUYEN<<VAN<MAU" + "<" * 24])
def test_other_lines_are_no_misread_zone(text: str) -> None:
    assert not any(list(grammar.spans(text)) for grammar in MRZ_LINES)


def test_a_card_without_limit_may_have_fillers_for_its_expiry() -> None:
    line = zone()[1]
    assert MRZ_LINES[1].is_whole(line[:8] + "<" * 7 + line[15:])
