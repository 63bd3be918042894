"""The list of what no result may say: whose values are on it, and where they are looked for."""

from __future__ import annotations

import pytest

from idscan.core.enums import Field, Source
from idscan.core.geometry import quad_from_box
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import (
    BIRTH_DATE,
    BOX,
    NAME,
    NUMBER,
    OLD_NUMBER,
    OTHER_NAME,
    OTHER_NUMBER,
    chip_front,
    finding,
    image,
)
from tests.fakes.laid_out import seen

OWN, OTHER = image("a.jpg", chip_front()), image("b.jpg", chip_front(OTHER_NUMBER, OTHER_NAME, None))
DATES = ("15/01/1999", "1999-01-15", "15011999", "15.1.1999")


@pytest.fixture
def watch() -> Watchlist:
    return Watchlist.of_run([OWN, OTHER])


@pytest.mark.parametrize(
    "text", [NUMBER, f"x{OTHER_NUMBER}y", "001 305 000 002", NAME, "NGUYEN VAN MAU", "tran-thi-vi-du"]
)
def test_numbers_and_names_of_the_whole_run_are_watched(watch: Watchlist, text: str) -> None:
    assert watch.is_in_text(text)


@pytest.mark.parametrize("text", ["", "001099000007", "Le Thi Khac", "012345679"])
def test_what_nobody_of_the_run_is_called_is_not(watch: Watchlist, text: str) -> None:
    assert not watch.is_in_text(text)


@pytest.mark.parametrize("date", DATES)
def test_birth_dates_are_watched_in_the_pictures_of_their_own_people_only(watch: Watchlist, date: str) -> None:
    assert not watch.is_in_text(date)
    assert watch.with_own([OWN]).is_in_text(date)
    assert not watch.with_own([image("c.jpg")]).is_in_text(date)


def test_a_file_is_watched_for_its_own_values_and_all_others() -> None:
    watch = Watchlist.of_run([OTHER]).with_own([OWN])
    for text in (NUMBER, OLD_NUMBER, NAME, OTHER_NUMBER, OTHER_NAME):
        assert watch.is_in_text(text)


def test_what_disagrees_is_watched_as_well(watch: Watchlist) -> None:
    assert watch.is_in_text(NAME + "x")


def test_texts_that_say_a_value_are_told_with_their_place(watch: Watchlist) -> None:
    place = quad_from_box(1, 2, 3, 4)
    texts = [seen("Receipt", BOX), seen(f"Số: {NUMBER}", place), seen(f"https://a.b/{NUMBER}", BOX, Source.QR)]
    assert watch.seen_in(texts) == (texts[1], texts[2])


@pytest.mark.parametrize(
    "text", ["NGUYN VĂN MÃU", "Tran Th Vi Du", "STK 001099O00001", "001099000007", f"Số: {NUMBER}", NAME]
)
def test_print_that_was_read_with_errors_is_hidden(watch: Watchlist, text: str) -> None:
    assert watch.resembled_in([seen("Receipt", BOX), seen(text, BOX)]) == (seen(text, BOX),)


@pytest.mark.parametrize("text", ["NGUYN VĂN MÃU", "001099000007"])
def test_what_only_resembles_a_value_is_no_leak(watch: Watchlist, text: str) -> None:
    assert watch.seen_in([seen(text, BOX)]) == ()


def test_a_code_is_read_without_errors(watch: Watchlist) -> None:
    near, exact = seen("https://a.b/001099000007", BOX, Source.QR), seen(f"https://a.b/{NUMBER}", BOX, Source.QR)
    assert watch.resembled_in([near, exact]) == (exact,)


def test_what_was_read_with_errors_of_a_files_own_people_is_hidden() -> None:
    watch = Watchlist.of_run([OTHER]).with_own([OWN])
    line = seen("NGUYN VĂN MÃU", BOX)
    assert watch.resembled_in([line]) == (line,)
    assert Watchlist.of_run([OTHER]).resembled_in([line]) == ()


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("number", [NUMBER, OLD_NUMBER])
def test_a_number_is_found_in_the_bytes_of_a_file(watch: Watchlist, number: str, encoding: str) -> None:
    content = b"\xff\x00\x80" + number.encode(encoding) + b"\xff\x00"
    assert watch.is_in_bytes(content)
    assert not watch.is_in_bytes(content.replace(b"9", b"7").replace(b"4", b"6"))


def test_short_numbers_are_not_looked_for_in_bytes_where_they_turn_up_by_chance() -> None:
    short = image("a.jpg", findings=(finding(Field.NUMBER, "12345678"),))
    watch = Watchlist.of_run([short])
    assert watch.is_in_text("No 12345678")
    assert not watch.is_in_bytes(b"No 12345678")


def test_the_values_do_not_show(watch: Watchlist) -> None:
    shown = repr(watch.with_own([OWN]))
    for value in (NUMBER, OLD_NUMBER, "nguyenvanmau", BIRTH_DATE):
        assert value not in shown


def test_nothing_is_watched_where_nothing_was_found() -> None:
    assert Watchlist.of_run([image("a.jpg")]) == Watchlist(PiiMatcher())
