"""Parsers of cards accept any text without raising, and show none of it."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from idscan.cards.documents import read_qr_payload
from idscan.cards.explain import explain
from idscan.cards.fields.dates import CardDate, find_dates, parse_mrz_date, parse_qr_date
from idscan.cards.fields.numbers import CitizenNumber, OldNumber, find_numbers, find_old_numbers
from idscan.cards.fields.person_names import is_name_like, normalise_name, same_name
from idscan.cards.labels.headings import find_headings
from idscan.cards.labels.search import find_labels
from idscan.cards.mrz import find_mrz
from idscan.cards.mrz.zone import assemble_td1, check_digit, parse_td3
from idscan.cards.qr_payloads import parse_payload, repair_encoding
from idscan.cards.text import fold, fold_with_places, squeeze_with_places
from tests.unit.cards.specimens import classify_lines

CARD_LETTERS = (
    "0123456789 <|/.:-ABDEGHIKLMNOSTUVXYZaceghinotuyăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
    "\n«\u0300\udcff｜"
)
ANY_TEXT = st.one_of(st.text(max_size=120), st.text(alphabet=CARD_LETTERS, max_size=150))
ZONE_LINE = st.text(alphabet="0123456789<VNMIDPKCELSX ", max_size=50)
ZONES = st.lists(st.one_of(ZONE_LINE, st.builds("IDVNM{}".format, ZONE_LINE), ANY_TEXT), max_size=5)


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_no_text_makes_a_parser_raise(text: str) -> None:
    for parse in (
        CitizenNumber.parse,
        OldNumber.parse,
        parse_qr_date,
        parse_payload,
        read_qr_payload,
        explain,
        is_name_like,
        normalise_name,
        repair_encoding,
        check_digit,
    ):
        parse(text)
    parse_mrz_date(text, century_from=1900)
    classify_lines(text.splitlines())


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT)
def test_whatever_is_found_stands_where_it_is_said_to_stand(text: str) -> None:
    matches = [*find_numbers(text), *find_old_numbers(text), *find_dates(text), *find_dates(text, lenient=True)]
    for match in (*matches, *find_headings(text)):
        assert 0 <= match.start < match.end <= len(text)
    previous = 0
    for label in find_labels(text):
        assert previous <= label.start < label.end <= label.value_end <= len(text)
        assert label.rest(text) in text[label.end : label.value_end]
        previous = label.value_end


@settings(max_examples=100, deadline=None)
@given(ZONES)
def test_no_lines_make_the_search_for_a_zone_raise(lines: list[str]) -> None:
    assemble_td1(*(lines or [None])[:3])
    parse_td3(lines)
    match = find_mrz(lines)
    if match is not None:
        assert match.mrz.valid_checks
        assert match.repairs >= 0
        assert all(0 <= index < len(lines) for index in match.indices)


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text).isascii() or not text.isascii()


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_folded_characters_know_their_places(text: str) -> None:
    folded, places = fold_with_places(text)
    assert len(places) == len(folded) + 1
    assert places == sorted(places)
    letters, where = squeeze_with_places(text)
    assert len(letters) == len(where)
    assert all(0 <= place < len(text) for place in where)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_date_survives_every_printed_form(day: date) -> None:
    expected = CardDate(day.year, day.month, day.day)
    for text in (
        day.strftime("%d/%m/%Y"),
        day.strftime("%d-%m-%Y"),
        day.strftime("%d . %m . %Y"),
        day.strftime("Ngày %d tháng %m năm %Y"),
        f"{day.day}/{day.month}/{day.year}",
    ):
        assert [match.date for match in find_dates(f"x {text} y")] == [expected]
    assert [match.date for match in find_dates(day.strftime("%d%m%Y"), lenient=True)] == [expected]
    assert parse_qr_date(day.strftime("%d%m%Y")) == expected
    assert parse_mrz_date(day.strftime("%y%m%d"), century_from=day.year // 100 * 100) == expected


@given(ANY_TEXT)
def test_a_name_is_the_same_as_itself_in_any_case(text: str) -> None:
    assert same_name(text, text) == same_name(text, normalise_name(text))
