from __future__ import annotations

import pytest

from idscan.cards.extract.segments import join_split_numbers
from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Secret


def row(*parts: tuple[str, float], y: float = 100) -> list[PrintedLine]:
    return [
        PrintedLine(Secret(text), quad_from_box(x, y, x + 10 * len(text), y + 20), 0.99, "test") for text, x in parts
    ]


def joined(lines: list[PrintedLine]) -> list[list[str]]:
    return [[line.text.reveal() for line in run] for run in join_split_numbers(lines)]


@pytest.mark.parametrize(
    "parts",
    [
        (("001 099", 100), ("000 001", 180)),
        (("001", 100), ("099 000 001", 138)),
        (("001 0", 100), ("099 000 001", 138)),
        (("001 099", 100), ("000", 180), ("001", 220)),
    ],
)
def test_the_parts_of_a_number_stand_beside_each_other(parts: tuple[tuple[str, float], ...]) -> None:
    assert joined(row(*parts)[::-1]) == [[text for text, _ in parts]]


def test_the_number_of_a_row_is_no_part() -> None:
    assert joined(row(("15", 70), ("001 099", 100), ("000 001", 180))) == [["001 099", "000 001"]]


@pytest.mark.parametrize(
    "lines",
    [
        row(("001 099", 100), ("000 001", 260)),
        [*row(("001 099", 100)), *row(("000 001", 180), y=130)],
        row(("001 099 000 001", 100), ("12", 260)),
        row(("01/09/1999", 100), ("0001", 210)),
        row(("001", 100), ("099", 140)),
    ],
)
def test_other_digits_are_no_number(lines: list[PrintedLine]) -> None:
    assert joined(lines) == []
