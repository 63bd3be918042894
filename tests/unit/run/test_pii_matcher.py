"""Values of pictures, looked for in a text."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest

from idscan.core.enums import Field
from idscan.run.pii_matcher import PiiMatcher
from tests.factories import (
    BIRTH_DATE,
    NAME,
    NUMBER,
    OLD_NUMBER,
    OTHER_NAME,
    OTHER_NUMBER,
    THIRD_NUMBER,
    chip_front,
    finding,
    image,
    run_of,
)

IMAGES = (
    image("a.jpg", chip_front()),
    image("b.jpg", findings=(finding(Field.FATHER_NAME, OTHER_NAME), finding(Field.NUMBER, None))),
)


@pytest.fixture
def traces() -> PiiMatcher:
    return PiiMatcher.of_images(IMAGES)


def found(spans: tuple[tuple[int, int], ...], text: str) -> set[str]:
    return {text[start:stop] for start, stop in spans}


def test_values_of_cards_and_of_what_stands_beside_them_are_collected(traces: PiiMatcher) -> None:
    assert traces.numbers == {NUMBER, OLD_NUMBER}
    assert traces.birth_dates == {BIRTH_DATE}
    assert traces.names == {"nguyenvanmau", "nguyenvanmaux", "tranthividu"}
    assert traces.spellings == {NAME, f"{NAME}x", OTHER_NAME}
    assert (traces.number_lengths, traces.name_lengths["tra"]) == ({9, 12}, {11})


def test_the_values_of_a_run_are_those_of_its_pictures(traces: PiiMatcher) -> None:
    assert PiiMatcher.of_run(run_of(*IMAGES)) == traces


def test_values_of_two_sources_are_joined(traces: PiiMatcher) -> None:
    first, second = (PiiMatcher.of_images([image]) for image in IMAGES)
    assert first.joined(second) == second.joined(first) == traces


def test_what_is_too_short_to_be_a_name_or_no_number_at_all_is_left_out() -> None:
    odd = image("c.jpg", findings=(finding(Field.NAME, "Lê"), finding(Field.NUMBER, "không")))
    assert PiiMatcher.of_images([odd]) == PiiMatcher()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a{NUMBER}b", {NUMBER}),
        ("so 001 099 000 001.", {"001 099 000 001"}),
        ("nguyen van mau, born 15.01.1999", {"nguyen van mau", "15.01.1999"}),
        (OLD_NUMBER, {OLD_NUMBER}),
        ("TRẦN-THỊ-VÍ-DỤ", {"TRẦN-THỊ-VÍ-DỤ"}),
        ("Nothing of note", set()),
        ("", set()),
    ],
)
def test_values_are_found_however_they_are_written(traces: PiiMatcher, text: str, expected: set[str]) -> None:
    assert found(traces.find_known(text), text) == expected


@pytest.mark.parametrize("number", [OTHER_NUMBER, THIRD_NUMBER, "001 305 000 002"])
def test_digits_that_only_look_like_a_number_are_found_but_not_known(traces: PiiMatcher, number: str) -> None:
    assert traces.find_known(f"x {number} y") == ()
    assert found(traces.find(f"x {number} y"), f"x {number} y") == {number}


def test_without_values_nothing_is_known() -> None:
    assert PiiMatcher().find_known(f"{NUMBER} {NAME} {BIRTH_DATE}") == ()
    assert PiiMatcher().find(f"{BIRTH_DATE} {NAME}") == ()


def test_a_birth_date_alone_is_not_looked_for_where_there_is_none(traces: PiiMatcher) -> None:
    only_numbers = PiiMatcher(traces.numbers)
    assert only_numbers.find_known("15.01.1999") == ()
    assert traces.find_known("15.01.1999") == ((0, 10),)


def test_values_do_not_show(traces: PiiMatcher) -> None:
    for value in (NUMBER, OLD_NUMBER, BIRTH_DATE, "nguyenvanmau"):
        assert value not in repr(traces)


SHORT = PiiMatcher.of_images(
    [image("a.jpg", findings=(finding(Field.NAME, "Lê Sơn"), finding(Field.NAME, OTHER_NAME)))]
)


def by_bytes(text: str, encoding: str) -> str:
    """Return how a name of a file in an encoding is held where it cannot be decoded."""
    return text.encode(encoding).decode("ascii", "surrogateescape")


CP1258 = "Nguy\u00ea\u0303n V\u0103n M\u00e2\u0303u"
"""Marks of tone apart, as this encoding has them."""

TCVN3 = b"Nguy\xd4n V\xa8n M\xc9u"


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", NAME),
        NAME.replace(" ", ""),
        NAME.upper().replace(" ", "."),
        "Nguy%E1%BB%85n%20V%C4%83n%20M%E1%BA%ABu",
        quote(unicodedata.normalize("NFD", NAME)),
        quote(quote(NAME)),
        quote(CP1258.encode("cp1258")),
        "Nguy#U1ec5n V#U0103n M#U1eabu",
        r"Nguy\u1ec5n V\u0103n M\u1eabu",
        "Nguy&#7877;n V&#259;n M&#7851;u",
        by_bytes(NAME, "utf-8"),
        by_bytes(unicodedata.normalize("NFD", NAME), "utf-8"),
        by_bytes(CP1258, "cp1258"),
        TCVN3.decode("ascii", "surrogateescape"),
        TCVN3.decode("latin-1"),
        NAME.encode().decode("latin-1"),
        NAME.encode().decode("cp437"),
        unicodedata.normalize("NFD", NAME).encode().decode("latin-1"),
        "Nguyeenx Vawn Maaux",
        "nguyeenxvawnmaaux",
        "NGUYEENXVAWNMAAUX",
        "Nguyeexn_Vawn_Maaxu",
        "Nguye^~n Va(n Ma^~u",
        "Nguye64n Va8n Ma64u",
    ],
)
@pytest.mark.parametrize("around", ["{}", "photos/{} (2).jpg", "anh{}.jpg", "CCCD_{}_front.jpg"])
def test_a_name_of_a_file_is_found_in_every_encoding_and_spelling(traces: PiiMatcher, text: str, around: str) -> None:
    spans = traces.find(around.format(text))
    assert spans
    start, stop = around.index("{"), around.index("{") + len(text)
    assert max(min(last, stop) - max(first, start) for first, last in spans) > len(text) - 4


@pytest.mark.parametrize(
    "text",
    [
        "Lee Sown",
        "leesown.jpg",
        "LE SON",
        "anhLeSonCCCD.jpg",
        "CCCDLeSon",
        "LeeSownFront",
        "le%20son",
        "x-Lee_Sown.jpg",
    ],
)
def test_a_short_name_is_found_as_a_word_of_its_own(text: str) -> None:
    assert SHORT.find(text)


@pytest.mark.parametrize(
    "text", ["Leon.jpg", "leo", "lesong.jpg", "Alesons", "Leesowng", "tan thi vi du", "100%", "%zz.jpg", "é.jpg"]
)
def test_what_only_looks_like_a_name_is_none(text: str) -> None:
    assert SHORT.find(text) == ()


def test_an_escaped_space_before_a_number_is_not_two_of_its_digits() -> None:
    assert PiiMatcher().find(f"CCCD%20{NUMBER}.jpg") == ((7, 19),)


def test_the_marks_of_a_names_last_letter_belong_to_it() -> None:
    text = unicodedata.normalize("NFD", f"{OTHER_NAME}.jpg")
    assert (0, text.index(".")) in SHORT.find(text)
