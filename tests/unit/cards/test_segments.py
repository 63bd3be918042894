from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.cards.extract.segments import join_split_numbers
from tests.factories import line

if TYPE_CHECKING:
    from idscan.core.types import PrintedLine


def row(*parts: tuple[str, float], y: float = 100) -> list[PrintedLine]:
    return [line(text, x, y, height=20, advance=10, confidence=0.99) for text, x in parts]


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
