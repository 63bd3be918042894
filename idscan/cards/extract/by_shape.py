"""Values without a readable label: recognised by shape, by position and by what the number implies."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.extract.segments import JUNK, part_of, segments_of, span_within
from idscan.cards.fields.dates import CardDate, find_dates, find_written_date
from idscan.cards.fields.names import begins_with_family_name, clean_name, is_name_like
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.fields.values import PARSERS, has_vietnamese_only_letters
from idscan.cards.labels.tables import LABELS, Language
from idscan.cards.labels.titles import find_titles
from idscan.cards.text.normalize import fold
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.extract.segments import Segment
    from idscan.cards.labels.titles import TitleMatch
    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine

UNLABELLED = 0.85
"""What is left of a value's confidence where only its shape and place speak for it."""

_NAME_REACH = 4.5  # heights of the number under it within which the name stands
_NAME_OFFSET = 9.0  # heights of the number by which it may start further left or right


def unlabelled_facts(pieces: Sequence[Segment], facts: Sequence[Fact], titles: Sequence[TitleMatch]) -> list[Fact]:
    """Return number, birth date, name and day of issue that no label led to, on what is known to be a card.

    Args:
        pieces: all labels and texts of the card.
        facts: what labels led to.
        titles: headings on the card.
    """
    texts = [piece for piece in pieces if not piece.is_label]
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    if Field.NUMBER not in known:
        found += _numbers(texts, titles)
    number = next((fact for fact in (*facts, *found) if fact.field is Field.NUMBER), None)
    if number is not None and Field.DATE_OF_BIRTH not in known:
        found += _birth_dates(texts, number)
    if number is not None and Field.NAME not in known:
        found += _names(texts, number)[:1]
    if Field.DATE_OF_ISSUE not in known:
        found += _issue_dates(texts, facts)
    return found


def unlabelled_fact(field: Field, value: str, piece: Segment) -> Fact:
    """Return a value of a piece of print, less sure for want of its label."""
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=piece.quad,
        confidence=piece.confidence * UNLABELLED,
        engine=piece.engine,
        weakest=piece.weakest,
    )


def _numbers(texts: Sequence[Segment], titles: Sequence[TitleMatch]) -> list[Fact]:
    """Nine digits count under the heading of a CMND only; a code that is no province's weighs less."""
    find = find_old_numbers if any(CardKind.CMND_9 in match.title.kinds for match in titles) else find_numbers
    facts = []
    for piece in texts:
        for match in find(piece.text) or find_numbers(piece.text):
            fact = unlabelled_fact(Field.NUMBER, match.digits, piece)
            citizen = CitizenNumber.parse(match.digits)
            doubt = 1.0 if citizen is None else 0.4 + 0.6 * citizen.plausibility()
            facts.append(replace(fact, confidence=fact.confidence * doubt))
    return facts


def _birth_dates(texts: Sequence[Segment], number: Fact) -> list[Fact]:
    """A whole date in the year that the number gives is the date of birth."""
    citizen = CitizenNumber.parse(number.value.reveal()) if number.value else None
    if citizen is None:
        return []
    return [
        unlabelled_fact(Field.DATE_OF_BIRTH, match.date.iso, piece)
        for piece in texts
        for match in find_dates(piece.text)
        if match.date.is_whole and match.date.year == citizen.birth_year and find_written_date(piece.text) is None
    ]


def _issue_dates(texts: Sequence[Segment], facts: Sequence[Fact]) -> list[Fact]:
    """A date that is written out is the day of issue ("Ngày 16 tháng 9 năm 2005"), unless a label says otherwise."""
    labelled = {fact.value.reveal() for fact in facts if fact.value is not None}
    dates = ((find_written_date(piece.text), piece) for piece in texts)
    found = [(match.date.iso, piece) for match, piece in dates if match is not None]
    return [unlabelled_fact(Field.DATE_OF_ISSUE, iso, piece) for iso, piece in found if iso not in labelled][:1]


def _names(texts: Sequence[Segment], number: Fact) -> list[Fact]:
    """The first line in capitals under the number that can be a name and is no heading."""
    if number.quad is None:
        return []
    height = geometry.height(number.quad)
    x, y = number.quad[0][0], geometry.centre(number.quad)[1]
    found: list[tuple[float, Fact]] = []
    for piece in texts:
        below = geometry.centre(piece.quad)[1] - y
        cleaned = clean_name(piece.text)
        if not 0.4 * height < below < _NAME_REACH * height or abs(piece.quad[0][0] - x) > _NAME_OFFSET * height:
            continue
        if cleaned and cleaned.isupper() and is_name_like(cleaned) and not find_titles(piece.text):
            found.append((below, unlabelled_fact(Field.NAME, cleaned, piece)))
    return [fact for _, fact in sorted(found, key=lambda item: item[0])]


_FIELDS = (Field.NAME, Field.DATE_OF_BIRTH)
_VALUES = (*_FIELDS, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE)
_WORD = r"[^\W\d]{1,7}"
_TAILS = tuple(
    re.compile(rf"\W*(?P<tail>{words})(?:\s*[:.;,]\s*|\s+)(?=[^\W\d]*[A-ZĐÀ-Ỹ0-9])")
    for words in (_WORD, f"{_WORD} {_WORD}")
)
"""One word or two, and then what may be a value: digits, or a word with capitals."""
_SHORTEST = 2
_DATES = ("ngay cap", "gia tri den", "date of issue", "date of expiry")
"""What other dates of a card end in; a tail that may be of one of these says nothing."""


def cut_off_facts(pieces: Sequence[Segment], facts: Sequence[Fact]) -> list[Fact]:
    """Return name and birth date that the end of a label leads to, on what is known to be a card.

    Args:
        pieces: all labels and texts of the card.
        facts: what whole labels led to; a field among them is not looked for.
    """
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    for field in _FIELDS:
        if field not in known:
            found += [fact for piece, place in _values(pieces, field) if (fact := _fact(field, piece, place))][:1]
    return found


def _values(pieces: Sequence[Segment], field: Field) -> Iterator[tuple[Segment, int]]:
    """Yield the pieces behind what may be the end of a label, each with the place of its value's first character."""
    for index, piece in enumerate(pieces):
        is_first = index == 0 or pieces[index - 1].row != piece.row
        if piece.is_label or not is_first:
            continue
        for tail in _TAILS:
            match = tail.match(piece.text)
            if match is not None and _may_end(match["tail"], field):
                yield piece, match.end()
        after = pieces[index + 1] if index + 1 < len(pieces) else None
        if after is not None and after.row == piece.row and not after.is_label and _may_end(piece.text, field):
            yield after, 0


def _fact(field: Field, piece: Segment, place: int) -> Fact | None:
    text = piece.text[place:].strip(JUNK)
    value = PARSERS[field](text)
    if value is None or find_titles(text):
        return None
    if field is Field.NAME and not (text.isupper() and is_name_like(value)):
        return None
    if field is Field.DATE_OF_BIRTH and not _is_birth_date(text):
        return None
    quad = part_of(piece.quad, place / max(len(piece.text), 1), 1.0)
    return replace(unlabelled_fact(field, value, piece), quad=quad)


def _is_birth_date(text: str) -> bool:
    """Return whether a text holds a whole date as cards print birth dates: what they write out is the day of issue."""
    return find_written_date(text) is None and any(match.date.is_whole for match in find_dates(text))


def _may_end(text: str, field: Field) -> bool:
    """Return whether a text is the end of a Vietnamese label of a field, and of none of another.

    >>> _may_end("ên", Field.NAME), _may_end("ày", Field.DATE_OF_BIRTH), _may_end("ấp", Field.DATE_OF_BIRTH)
    (True, True, False)
    """
    tail = fold(text.strip(JUNK))
    is_of_another = field is Field.DATE_OF_BIRTH and any(other.endswith(tail) for other in _DATES)
    if len(tail) < _SHORTEST or is_of_another:
        return False
    return any(variant.endswith(tail) and variant != tail for variant in _variants(field))


def ends_label(text: str) -> bool:
    """Return whether a text is the end of the Vietnamese label of one of a front's values, and no whole one.

    >>> ends_label("ên"), ends_label("quán"), ends_label("Họ tên"), ends_label("Tổng cộng")
    (True, True, False, False)
    """
    return any(_may_end(text, field) for field in _VALUES)


@cache
def _variants(field: Field) -> tuple[str, ...]:
    return tuple(
        fold(variant)
        for label in LABELS
        if label.field is field and label.language is Language.VIETNAMESE
        for variant in label.variants
    )


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


def find_constellation(pieces: Sequence[Segment]) -> Constellation | None:
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
    for number, place, digits in _aligned_numbers(texts):
        for name, cut, spelled in _aligned_names(texts, place):
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
    pieces, _ = segments_of(lines)
    texts = [piece for piece in pieces if not piece.is_label]
    digits = [piece for piece in texts if _SOME_DIGITS.search(piece.text) and not find_dates(piece.text)]
    quads = [one.quad for number in digits for name, *_ in _aligned_names(texts, number) for one in (number, name)]
    return [line for line in lines if any(geometry.overlap(quad, line.quad) > 0.5 for quad in quads)]  # noqa: PLR2004


def _bears_out(digits: str, name: str, date: CardDate, remnants: int) -> bool:
    citizen = CitizenNumber.parse(digits)
    if citizen is not None:
        return citizen.is_likely and citizen.birth_year == date.year
    is_spelt = has_vietnamese_only_letters(name) or remnants >= _REMNANTS_FOR_SPELLING
    is_told = date.day is not None or remnants >= _REMNANTS_FOR_YEAR
    return is_spelt and is_told and date.year <= _LAST_BIRTH


def _is_remnant(piece: Segment) -> bool:
    """Return whether a text begins with the end of a label, or is one."""
    if _LAST_LETTER.match(piece.text):
        return True
    match = _CUT.match(piece.text)
    return ends_label(match["tail"]) if match is not None else ends_label(piece.text)


def _is_number_label(pieces: Sequence[Segment], number: Segment) -> bool:
    """Return whether a bare "Số" stands before a number."""
    return any(piece.field is Field.NUMBER and piece.row == number.row for piece in pieces)


def _aligned_numbers(texts: Sequence[Segment]) -> Iterator[tuple[Segment, Segment, str]]:
    """Yield each text that ends in a number of a card, its part with the digits, and the digits."""
    for piece in texts:
        for start in (0, *(match.end() for match in re.finditer(r"^\S{1,3}\s+", piece.text))):
            text = piece.text[start:]
            for match in find_old_numbers(text) or find_numbers(text):
                before, after = piece.text[: start + match.start], text[match.end :]
                if _OF_NUMBER.match(before) and not any(letter.isalnum() for letter in after):
                    yield piece, span_within(piece, start + match.start, start + match.end), match.digits


def _aligned_names(texts: Sequence[Segment], number: Segment) -> Iterator[tuple[Segment, Segment, str]]:
    """Yield each text under a number that is a Vietnamese name in capitals, its part with the name, and the name."""
    for piece in _under(texts, number, number):
        match = _CUT.match(piece.text)
        start = match.end() if match is not None else 0
        name = clean_name(piece.text[start:])
        if name is None or not name.isupper() or not is_name_like(name) or find_titles(piece.text):
            continue
        if begins_with_family_name(name):
            yield piece, span_within(piece, start, len(piece.text)), name


def _dates(texts: Sequence[Segment], name: Segment, number: Segment) -> Iterator[tuple[Segment, CardDate]]:
    for piece in _under(texts, name, number):
        dates = [match.date for match in find_dates(piece.text)]
        if _YEAR.search(piece.text) and (year := CardDate.of(int(piece.text[-4:]))) is not None:
            dates.append(year)
        yield from ((piece, date) for date in dates)


def _under(texts: Sequence[Segment], upper: Segment, number: Segment) -> Iterator[Segment]:
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
