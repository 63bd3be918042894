"""Second opinions: what other readers than the first make of the same lines, above all of numbers and dates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.printed import read_print
from idscan.cards.values import PARSERS
from idscan.core.secret import Secret
from idscan.core.vocabulary import Effort, Field
from idscan.pipeline.names import ROOM_TO_SPELL, with_room
from idscan.pipeline.readers import line_reader, text_reader, third_reader
from idscan.pipeline.sheet import read_lines_by
from idscan.vision import warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.readings import Fact, PrintedLine
    from idscan.core.vocabulary import CardKind, Side
    from idscan.pipeline.sheet import Sheet
    from idscan.vision.warp import View

DIGIT_FIELDS = frozenset(
    {Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY}
)
_LEAST_DIGITS = 6
_MOST_LINES = 12


def other_readings(sheet: Sheet, effort: Effort) -> list[tuple[PrintedLine, ...]]:
    """Return what each other reader makes of lines that the first one has read.

    The embedded reader reads lines with digits, in a thorough scan all lines; Tesseract, where it is installed, those
    with digits in a thorough scan.
    """
    if line_reader() is None:
        return []
    second, third = text_reader(), third_reader()
    digits = [line.quad for line in sheet.lines if _bears_digits(line)][:_MOST_LINES]
    readings = []
    if second is not None:
        quads = [line.quad for line in sheet.lines] if effort is Effort.THOROUGH else digits
        readings.append(read_lines_by(second, sheet.view, quads))
    if third is not None and effort is Effort.THOROUGH:
        readings.append(read_lines_by(third, sheet.view, digits))
    return [lines for lines in readings if lines]


def digit_opinions(
    sheet: Sheet, facts: Sequence[Fact], readings: Sequence[Sequence[PrintedLine]], face: tuple[CardKind, Side]
) -> list[Fact]:
    """Return the numbers and dates of a card in other readings, found by the labels as the first reader read them.

    Args:
        sheet: what was read first.
        facts: what that was understood to say; who agrees says so of the same place.
        readings: as from `other_readings`.
        face: generation of the card and its side, which print some fields only.
    """
    found: list[Fact] = []
    for lines in readings:
        others = {line.quad: line for line in lines if _bears_digits(line)}
        reading = read_print([others.get(line.quad, line) for line in sheet.lines], on_card=True)
        engines = {line.engine for line in lines}
        of_reader = (fact for fact in reading.facts_on(*face) if fact.field in DIGIT_FIELDS and fact.engine in engines)
        found.extend(_at_the_same_place(fact, facts) for fact in of_reader)
    return found


def digits_again(view: View, facts: Sequence[Fact]) -> list[Fact]:
    """Return what the embedded reader makes of the places of numbers and dates, as facts of their own."""
    second = text_reader()
    placed = [(fact, fact.quad) for fact in facts if fact.quad is not None]
    if second is None or not placed:
        return []
    crops = [warp.cut_line(view.pixels, with_room(quad, ROOM_TO_SPELL)) for _, quad in placed]
    found: list[Fact] = []
    for (fact, _), reading in zip(placed, second.read_lines(crops), strict=True):
        value = PARSERS[fact.field](reading.text.reveal())
        if value is not None:
            found.append(replace(fact, value=Secret(value), confidence=reading.confidence, engine=reading.engine))
    return found


def _at_the_same_place(fact: Fact, firsts: Sequence[Fact]) -> Fact:
    """Return a fact with the place of the one that it agrees with: readers place their letters a little differently."""
    for first in firsts:
        if first.by is fact.by and first.field is fact.field and first.value == fact.value:
            return replace(fact, quad=first.quad, lines=first.lines)
    return fact


def _bears_digits(line: PrintedLine) -> bool:
    text = line.text.reveal()
    return "<" not in text and sum(letter.isdigit() for letter in text) >= _LEAST_DIGITS
