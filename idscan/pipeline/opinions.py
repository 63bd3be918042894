"""Second opinions on digits: a number or date is read by every reader there is, and their agreement counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.printed import read_print
from idscan.core.vocabulary import Effort, Field
from idscan.pipeline.readers import line_reader, text_reader, third_reader
from idscan.pipeline.sheet import read_lines_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.core.readings import Fact, PrintedLine
    from idscan.engines.base import LineReader
    from idscan.pipeline.sheet import Sheet

DIGIT_FIELDS = frozenset(
    {Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY}
)
_LEAST_DIGITS = 6
_MOST_LINES = 12


def digit_opinions(sheet: Sheet, facts: Sequence[Fact], effort: Effort, *, on_card: bool) -> list[Fact]:
    """Return what other readers than the first make of numbers and dates, with the labels as the first read them.

    Args:
        sheet: what was read.
        facts: what the first reader made of it; who agrees says so of the same place.
        effort: thorough asks Tesseract too, where it is installed.
        on_card: the lines lie on what is known to be a card.
    """
    lines = [line for line in sheet.lines if _bears_digits(line)][:_MOST_LINES]
    if not lines:
        return []
    found: list[Fact] = []
    for reader in _others(effort):
        others = {line.quad: line for line in read_lines_by(reader, sheet.view, [line.quad for line in lines])}
        reading = read_print([others.get(line.quad, line) for line in sheet.lines], on_card=on_card)
        of_reader = (fact for fact in reading.facts if fact.field in DIGIT_FIELDS and fact.engine == reader.name)
        found.extend(_at_the_same_place(fact, facts) for fact in of_reader)
    return found


def _at_the_same_place(fact: Fact, firsts: Sequence[Fact]) -> Fact:
    """Return a fact with the place of the one that it agrees with: readers place their letters a little differently."""
    for first in firsts:
        if first.by is fact.by and first.field is fact.field and first.value == fact.value:
            return replace(fact, quad=first.quad, lines=first.lines)
    return fact


def _others(effort: Effort) -> Iterator[LineReader]:
    second = text_reader() if line_reader() is not None else None
    third = third_reader() if effort is Effort.THOROUGH else None
    yield from (reader for reader in (second, third) if reader is not None)


def _bears_digits(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return "<" not in text and sum(letter.isdigit() for letter in text) >= _LEAST_DIGITS
