from __future__ import annotations

from idscan.core.enums import Field, Source
from tests.benchmarks.calibration import Calibration, judge
from tests.factories import finding, image
from tests.synth.cards import Face, draw_card

CARD = draw_card(Face("cmnd_9", "front"), 3).truth


def judged(field: Field, value: str | None, **facts: object) -> Calibration:
    table = Calibration()
    shown = finding(field, value, by=Source.PRINT, **facts)
    table.take(list(judge([CARD], image("a.png", findings=(shown,)))))
    return table


def test_a_value_that_no_card_of_the_picture_bears_is_wrong() -> None:
    number = CARD.fields["number"].value
    assert number is not None
    right, wrong = (judged(Field.NUMBER, value, verified=True) for value in (number, number[::-1]))
    assert (right.verified_and_wrong, wrong.verified_and_wrong) == (0, 1)
    assert any("verified and wrong: 1 x number (print, readers agree)" in line for line in wrong.lines())


def test_values_are_counted_by_source_and_confidence() -> None:
    name = CARD.fields["name"].value
    lines = list(judged(Field.NAME, name, confidence=0.85).lines())
    assert lines[1].split() == ["print,", "one", "reader", "-", "-", "-", "1", "100.0", "%", "-", "-", "-", "0", "0"]


def test_a_name_said_to_lack_its_diacritics_is_measured_without() -> None:
    table = judged(Field.NAME, "X", without_diacritics=True)
    assert sum(table.right.values()) == 0
    assert judged(Field.PORTRAIT, None).total == {}


def test_sure_values_of_all_sources_are_counted_together() -> None:
    number = CARD.fields["number"].value
    assert number is not None
    table = judged(Field.NUMBER, number, confidence=0.95)
    table.take(list(judge([CARD], image("b.png", findings=(finding(Field.NUMBER, number[::-1], confidence=0.9),)))))
    table.take(list(judge([CARD], image("c.png", findings=(finding(Field.NUMBER, number[::-1], confidence=0.5),)))))
    assert "given 0.9 to 1 by any source: 1 of 2 right, 50.0%" in table.lines()
