"""Values that stand as on a card whose labels were cut off: a number, under it a name in capitals, under it a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.cut_labels import ends_label
from idscan.cards.dates import CardDate, find_dates
from idscan.cards.name_readings import clean_name
from idscan.cards.names import begins_with_family_name, is_name_like
from idscan.cards.numbers import CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.pieces import pieces_of, span_within
from idscan.cards.titles import find_titles
from idscan.cards.unlabelled import unlabelled_fact
from idscan.cards.vietnamese_values import has_letters_of_its_own
from idscan.core import geometry
from idscan.core.vocabulary import Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.pieces import Piece
    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact, PrintedLine

_NEXT = (0.4, 4.5)
"""Heights of a row within which the middle of the next one lies; old cards leave a dotted line between them."""

_BESIDE = 9.0
"""Heights of the number by which a row under it may start further left or right."""

_OF_NUMBER = re.compile(r"^\W*(?:số|so|\d?[^\W\d]{1,2}|\d)?\W*$", re.IGNORECASE)
_LAST_LETTER = re.compile(r"^\W*[ny]\s*[:.;]", re.IGNORECASE)
"""All that is left of "Họ tên:" or "Sinh ngày:" where the edge of an image cuts them at their last letter."""
_CUT = re.compile(r"^\W*(?P<tail>[^\W\d]{1,6}(?: [^\W\d]{1,6})?)\W*[:.;]\s*(?=\S)")
_LAST_BIRTH = 2007
"""Cards with nine digits were issued up to 2021, to people of 14 and more."""

_REMNANTS_FOR_SPELLING, _REMNANTS_FOR_YEAR = 1, 2
"""Ends of labels that bear out nine digits with a name that another language may spell, or with a year alone."""

_YEAR = re.compile(r"^\D{0,8}\d{4}$")
_SOME_DIGITS = re.compile(r"(?:\d\W?){5}")


@dataclass(frozen=True, slots=True)
class Constellation:
    """Number, name and date of birth that stand as on a card.

    Attributes:
        facts: the three of them.
        quads: the places of their lines.
    """

    facts: tuple[Fact, ...]
    quads: tuple[Quad, ...]


def find_constellation(pieces: Sequence[Piece]) -> Constellation | None:
    """Return values that stand as on a card though their labels are cut off, None where there are none.

    Twelve digits must say the year that stands under the name. Nine say nothing: with them a name that only Vietnamese
    spells so must stand over a whole date of birth, or ends of labels must be left.

    Args:
        pieces: all labels and texts of a sheet, upright.
    """
    if any(piece.field is Field.NAME for piece in pieces):
        return None
    texts = [piece for piece in pieces if not piece.is_label]
    remnants = sum(_is_remnant(piece) for piece in texts)
    for number, place, digits in _numbers(texts):
        for name, cut, spelled in _names(texts, place):
            for piece, date in _dates(texts, name, place):
                seen = remnants + _is_number_label(pieces, number)
                if not _bears_out(digits, spelled, date, seen):
                    continue
                facts = (
                    unlabelled_fact(Field.NUMBER, digits, place),
                    unlabelled_fact(Field.NAME, spelled, cut),
                    unlabelled_fact(Field.DATE_OF_BIRTH, date.iso, piece),
                )
                return Constellation(facts, (number.quad, name.quad, piece.quad))
    return None


def lines_of_constellation(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """Return the lines whose values may stand as on a card, [] where they do not; cheap where no number stands.

    A first look sees large digits in part, and may miss the date or the ends of labels: digits over a name tell.
    """
    if not any(_SOME_DIGITS.search(line.text.reveal()) for line in lines):
        return []
    pieces, _ = pieces_of(lines)
    texts = [piece for piece in pieces if not piece.is_label]
    digits = [piece for piece in texts if _SOME_DIGITS.search(piece.text) and not find_dates(piece.text)]
    quads = [one.quad for number in digits for name, *_ in _names(texts, number) for one in (number, name)]
    return [line for line in lines if any(geometry.overlap(quad, line.quad) > 0.5 for quad in quads)]  # noqa: PLR2004


def _bears_out(digits: str, name: str, date: CardDate, remnants: int) -> bool:
    citizen = CitizenNumber.parse(digits)
    if citizen is not None:
        return citizen.is_likely and citizen.birth_year == date.year
    is_spelt = has_letters_of_its_own(name) or remnants >= _REMNANTS_FOR_SPELLING
    is_told = date.day is not None or remnants >= _REMNANTS_FOR_YEAR
    return is_spelt and is_told and date.year <= _LAST_BIRTH


def _is_remnant(piece: Piece) -> bool:
    """Return whether a text begins with the end of a label, or is one."""
    if _LAST_LETTER.match(piece.text):
        return True
    match = _CUT.match(piece.text)
    return ends_label(match["tail"]) if match is not None else ends_label(piece.text)


def _is_number_label(pieces: Sequence[Piece], number: Piece) -> bool:
    """Return whether a bare "Số" stands before a number."""
    return any(piece.field is Field.NUMBER and piece.row == number.row for piece in pieces)


def _numbers(texts: Sequence[Piece]) -> Iterator[tuple[Piece, Piece, str]]:
    """Yield each text that ends in a number of a card, its part with the digits, and the digits."""
    for piece in texts:
        for start in (0, *(match.end() for match in re.finditer(r"^\S{1,3}\s+", piece.text))):
            text = piece.text[start:]
            for match in find_old_numbers(text) or find_numbers(text):
                before, after = piece.text[: start + match.start], text[match.end :]
                if _OF_NUMBER.match(before) and not any(letter.isalnum() for letter in after):
                    yield piece, span_within(piece, start + match.start, start + match.end), match.digits


def _names(texts: Sequence[Piece], number: Piece) -> Iterator[tuple[Piece, Piece, str]]:
    """Yield each text under a number that is a Vietnamese name in capitals, its part with the name, and the name."""
    for piece in _under(texts, number, number):
        match = _CUT.match(piece.text)
        start = match.end() if match is not None else 0
        name = clean_name(piece.text[start:])
        if name is None or not name.isupper() or not is_name_like(name) or find_titles(piece.text):
            continue
        if begins_with_family_name(name):
            yield piece, span_within(piece, start, len(piece.text)), name


def _dates(texts: Sequence[Piece], name: Piece, number: Piece) -> Iterator[tuple[Piece, CardDate]]:
    for piece in _under(texts, name, number):
        dates = [match.date for match in find_dates(piece.text)]
        if _YEAR.search(piece.text) and (year := CardDate.of(int(piece.text[-4:]))) is not None:
            dates.append(year)
        yield from ((piece, date) for date in dates)


def _under(texts: Sequence[Piece], upper: Piece, number: Piece) -> Iterator[Piece]:
    """Yield the texts in the row under another, the nearest first."""
    x, y, height = upper.quad[0][0], geometry.centre(upper.quad)[1], max(upper.height, 1.0)
    near = [
        (geometry.centre(piece.quad)[1] - y, piece)
        for piece in texts
        if abs(piece.quad[0][0] - x) < _BESIDE * max(number.height, 1.0)
    ]
    for below, piece in sorted(near, key=lambda item: item[0]):
        if _NEXT[0] * height < below < _NEXT[1] * height:
            yield piece
