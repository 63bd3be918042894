"""Values of pictures, looked for in a text."""

from __future__ import annotations

import pytest

from idscan.core.vocabulary import Field
from idscan.run.traces import Traces
from tests.fakes.made_up import (
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
def traces() -> Traces:
    return Traces.of_images(IMAGES)


def found(spans: tuple[tuple[int, int], ...], text: str) -> set[str]:
    return {text[start:stop] for start, stop in spans}


def test_values_of_cards_and_of_what_stands_beside_them_are_collected(traces: Traces) -> None:
    assert traces.numbers == {NUMBER, OLD_NUMBER}
    assert traces.birth_dates == {BIRTH_DATE}
    assert traces.names == {"nguyenvanmau", "nguyenvanmaux", "tranthividu"}
    assert traces.spellings == {NAME, f"{NAME}x", OTHER_NAME}
    assert (traces.number_lengths, traces.name_lengths["tra"]) == ({9, 12}, {11})


def test_the_values_of_a_run_are_those_of_its_pictures(traces: Traces) -> None:
    assert Traces.of_run(run_of(*IMAGES)) == traces


def test_values_of_two_sources_are_joined(traces: Traces) -> None:
    first, second = (Traces.of_images([image]) for image in IMAGES)
    assert first.joined(second) == second.joined(first) == traces


def test_what_is_too_short_to_be_a_name_or_no_number_at_all_is_left_out() -> None:
    odd = image("c.jpg", findings=(finding(Field.NAME, "Lê"), finding(Field.NUMBER, "không")))
    assert Traces.of_images([odd]) == Traces()


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
def test_values_are_found_however_they_are_written(traces: Traces, text: str, expected: set[str]) -> None:
    assert found(traces.find_known(text), text) == expected


@pytest.mark.parametrize("number", [OTHER_NUMBER, THIRD_NUMBER, "001 305 000 002"])
def test_digits_that_only_look_like_a_number_are_found_but_not_known(traces: Traces, number: str) -> None:
    assert traces.find_known(f"x {number} y") == ()
    assert found(traces.find(f"x {number} y"), f"x {number} y") == {number}


def test_without_values_nothing_is_known() -> None:
    assert Traces().find_known(f"{NUMBER} {NAME} {BIRTH_DATE}") == ()
    assert Traces().find(f"{BIRTH_DATE} {NAME}") == ()


def test_a_birth_date_alone_is_not_looked_for_where_there_is_none(traces: Traces) -> None:
    only_numbers = Traces(traces.numbers)
    assert only_numbers.find_known("15.01.1999") == ()
    assert traces.find_known("15.01.1999") == ((0, 10),)


def test_values_do_not_show(traces: Traces) -> None:
    for value in (NUMBER, OLD_NUMBER, BIRTH_DATE, "nguyenvanmau"):
        assert value not in repr(traces)
