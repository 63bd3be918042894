"""Find values without a readable label by shape, by position and by the year in the number."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.documents import NINE_DIGITS
from idscan.cards.extract.segments import JUNK, part_of, segment_part, segments_of
from idscan.cards.fields.dates import CardDate, find_dates, find_written_date
from idscan.cards.fields.numbers import CitizenNumber, find_numbers, find_old_numbers
from idscan.cards.fields.person_names import begins_with_family_name, clean_name, is_name_like
from idscan.cards.fields.values import PARSERS, has_vietnamese_only_letters
from idscan.cards.labels import LABELS, Language
from idscan.cards.labels.headings import find_headings
from idscan.cards.text import fold
from idscan.core import geometry
from idscan.core.enums import Field, Source
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.cards.extract.segments import TextSegment
    from idscan.cards.labels.headings import HeadingMatch
    from idscan.core.types import PrintedLine

UNLABELLED_FACTOR = 0.85
"""Factor on confidences without a label. Lower: values are dropped; higher: they overrule labelled ones."""
_MIN_STRUCTURE_FACTOR = 0.4
"""Factor on confidences at plausibility 0. Lower: unusual numbers are dropped; higher: codes rank as numbers."""
_ROW_STEP = (0.4, 4.5)
"""Heights from one row to the next. A wider range finds values of other rows, a narrower one misses the next row."""
_MAX_INDENT = 9.0
"""Heights of the number to the start of a row below it. Lower: names are missed; higher: other columns are taken."""
_MAX_CMND_BIRTH_YEAR = 2007
"""Last birth year of holders of a CMND (14 years in 2021). Earlier: cards are missed; later: other dates are taken."""
_MIN_TAIL_LETTERS = 2
"""Letters of the end of a label. Fewer: any letter is one; more: short remains are missed."""
_MIN_TAILS_FOR_SPELLING, _MIN_TAILS_FOR_YEAR = 1, 2
"""Ends of labels that confirm nine digits with a name that is not distinctly Vietnamese, or with a year only. Fewer:
other print is taken for a card; more: cards whose labels are cut off are missed."""
_MIN_SHARE_IN_LINE = 0.5
"""Share of a value's quad in its line. Lower: neighbouring lines are taken; higher: tilted lines are missed."""


def unlabelled_facts(
    segments: Sequence[TextSegment], facts: Sequence[Fact], headings: Sequence[HeadingMatch]
) -> list[Fact]:
    """Return number, birth date, name and day of issue without a label, on a known card.

    Args:
        segments: all labels and texts of the card.
        facts: facts by labels; a field among them is not searched.
        headings: headings on the card.
    """
    texts = [segment for segment in segments if not segment.is_label]
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    if Field.NUMBER not in known:
        found += _unlabelled_numbers(texts, headings)
    number = next((fact for fact in (*facts, *found) if fact.field is Field.NUMBER), None)
    if number is not None and Field.DATE_OF_BIRTH not in known:
        found += _unlabelled_birth_dates(texts, number)
    if number is not None and Field.NAME not in known:
        found += _unlabelled_names(texts, number)[:1]
    if Field.DATE_OF_ISSUE not in known:
        found += _unlabelled_issue_dates(texts, facts)
    return found


def unlabelled_fact(field: Field, value: str, segment: TextSegment) -> Fact:
    """Return a fact with the lower confidence of values without label."""
    return Fact(
        field=field,
        value=Secret(value),
        by=Source.PRINT,
        quad=segment.quad,
        confidence=segment.confidence * UNLABELLED_FACTOR,
        engine=segment.engine,
        weakest=segment.weakest,
    )


def _unlabelled_numbers(texts: Sequence[TextSegment], headings: Sequence[HeadingMatch]) -> list[Fact]:
    """Nine digits count under the heading of a CMND only; a code that is no province's weighs less."""
    documents = [document for match in headings for document in match.documents]
    is_old = any(document.number_digits == NINE_DIGITS for document in documents)
    find = find_old_numbers if is_old else find_numbers
    facts = []
    for segment in texts:
        for match in find(segment.text) or find_numbers(segment.text):
            fact = unlabelled_fact(Field.NUMBER, match.digits, segment)
            citizen = CitizenNumber.parse(match.digits)
            plausibility = 1.0 if citizen is None else citizen.plausibility()
            factor = _MIN_STRUCTURE_FACTOR + (1 - _MIN_STRUCTURE_FACTOR) * plausibility
            facts.append(replace(fact, confidence=fact.confidence * factor))
    return facts


def _unlabelled_birth_dates(texts: Sequence[TextSegment], number: Fact) -> list[Fact]:
    """Return whole dates in the year of birth of the number."""
    citizen = CitizenNumber.parse(number.value.reveal()) if number.value else None
    if citizen is None:
        return []
    return [
        unlabelled_fact(Field.DATE_OF_BIRTH, match.date.iso, segment)
        for segment in texts
        for match in find_dates(segment.text)
        if match.date.is_whole and match.date.year == citizen.birth_year and find_written_date(segment.text) is None
    ]


def _unlabelled_issue_dates(texts: Sequence[TextSegment], facts: Sequence[Fact]) -> list[Fact]:
    """Return the first date that is written out ("Ngày 16 tháng 9 năm 2005") and has no label of another field."""
    labelled = {fact.value.reveal() for fact in facts if fact.value is not None}
    dates = ((find_written_date(segment.text), segment) for segment in texts)
    found = [(match.date.iso, segment) for match, segment in dates if match is not None]
    return [unlabelled_fact(Field.DATE_OF_ISSUE, iso, segment) for iso, segment in found if iso not in labelled][:1]


def _unlabelled_names(texts: Sequence[TextSegment], number: Fact) -> list[Fact]:
    """Return the lines in capitals below the number that may be a name and are no heading, the nearest first."""
    if number.quad is None:
        return []
    height = geometry.height(number.quad)
    x, y = number.quad[0][0], geometry.centre(number.quad)[1]
    found: list[tuple[float, Fact]] = []
    for segment in texts:
        below = geometry.centre(segment.quad)[1] - y
        cleaned = clean_name(segment.text)
        is_next_row = _ROW_STEP[0] * height < below < _ROW_STEP[1] * height
        if not is_next_row or abs(segment.quad[0][0] - x) > _MAX_INDENT * height:
            continue
        if cleaned and cleaned.isupper() and is_name_like(cleaned) and not find_headings(segment.text):
            found.append((below, unlabelled_fact(Field.NAME, cleaned, segment)))
    return [fact for _, fact in sorted(found, key=lambda item: item[0])]


_CUT_FIELDS = (Field.NAME, Field.DATE_OF_BIRTH)
_FRONT_FIELDS = (*_CUT_FIELDS, Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE)
_WORD = r"[^\W\d]{1,7}"
_TAILS = tuple(
    re.compile(rf"\W*(?P<tail>{words})(?:\s*[:.;,]\s*|\s+)(?=[^\W\d]*[A-ZĐÀ-Ỹ0-9])")
    for words in (_WORD, f"{_WORD} {_WORD}")
)
"""One word or two before a possible value: digits, or a word with capitals."""
_OTHER_DATE_LABELS = ("ngay cap", "gia tri den", "date of issue", "date of expiry")
"""Ends of labels of other dates of a card."""


def cut_off_facts(segments: Sequence[TextSegment], facts: Sequence[Fact]) -> list[Fact]:
    """Return name and birth date behind the end of a cut-off label, on a known card.

    Args:
        segments: all labels and texts of the card.
        facts: facts by whole labels; a field among them is not searched.
    """
    known = {fact.field for fact in facts}
    found: list[Fact] = []
    for field in _CUT_FIELDS:
        if field not in known:
            values = _values_behind_tails(segments, field)
            found += [fact for segment, start in values if (fact := _cut_off_fact(field, segment, start))][:1]
    return found


def _values_behind_tails(segments: Sequence[TextSegment], field: Field) -> Iterator[tuple[TextSegment, int]]:
    """Yield the texts with or behind the possible end of a label, each with the start of its value."""
    for index, segment in enumerate(segments):
        is_first = index == 0 or segments[index - 1].row != segment.row
        if segment.is_label or not is_first:
            continue
        for tail in _TAILS:
            match = tail.match(segment.text)
            if match is not None and _may_end(match["tail"], field):
                yield segment, match.end()
        after = segments[index + 1] if index + 1 < len(segments) else None
        if after is not None and after.row == segment.row and not after.is_label and _may_end(segment.text, field):
            yield after, 0


def _cut_off_fact(field: Field, segment: TextSegment, start: int) -> Fact | None:
    text = segment.text[start:].strip(JUNK)
    value = PARSERS[field](text)
    if value is None or find_headings(text):
        return None
    if field is Field.NAME and not (text.isupper() and is_name_like(value)):
        return None
    if field is Field.DATE_OF_BIRTH and not _has_birth_date(text):
        return None
    quad = part_of(segment.quad, start / max(len(segment.text), 1), 1.0)
    return replace(unlabelled_fact(field, value, segment), quad=quad)


def _has_birth_date(text: str) -> bool:
    """Return whether a text has a whole date that is not written out as days of issue are."""
    return find_written_date(text) is None and any(match.date.is_whole for match in find_dates(text))


def _may_end(text: str, field: Field) -> bool:
    """Return whether a text may be the end of a Vietnamese label of a field, and not of another date.

    >>> _may_end("ên", Field.NAME), _may_end("ày", Field.DATE_OF_BIRTH), _may_end("ấp", Field.DATE_OF_BIRTH)
    (True, True, False)
    """
    tail = fold(text.strip(JUNK))
    is_of_another = field is Field.DATE_OF_BIRTH and any(other.endswith(tail) for other in _OTHER_DATE_LABELS)
    if len(tail) < _MIN_TAIL_LETTERS or is_of_another:
        return False
    return any(variant.endswith(tail) and variant != tail for variant in _variants(field))


def ends_label(text: str) -> bool:
    """Return whether a text is the end, and not the whole, of a Vietnamese label on the front of cards.

    >>> ends_label("ên"), ends_label("quán"), ends_label("Họ tên"), ends_label("Tổng cộng")
    (True, True, False, False)
    """
    return any(_may_end(text, field) for field in _FRONT_FIELDS)


@cache
def _variants(field: Field) -> tuple[str, ...]:
    return tuple(
        fold(variant)
        for label in LABELS
        if label.field is field and label.language is Language.VIETNAMESE
        for variant in label.variants
    )


_BEFORE_NUMBER = re.compile(r"^\W*(?:số|so|\d?[^\W\d]{1,2}|\d)?\W*$", re.IGNORECASE)
_LAST_LETTER = re.compile(r"^\W*[ny]\s*[:.;]", re.IGNORECASE)
"""The rest of "Họ tên:" or "Sinh ngày:" cut off by the edge of an image before their last letter."""
_TAIL_BEFORE_VALUE = re.compile(r"^\W*(?P<tail>[^\W\d]{1,6}(?: [^\W\d]{1,6})?)\W*[:.;]\s*(?=\S)")
_YEAR_AT_END = re.compile(r"^\D{0,8}\d{4}$")
_SOME_DIGITS = re.compile(r"(?:\d\W?){5}")


def match_card_layout(segments: Sequence[TextSegment]) -> tuple[Fact, ...] | None:
    """Return number, name and birth date that are arranged as on a card whose labels are cut off; None without.

    Twelve digits must agree with the year below the name. Nine digits encode no year: they need a distinctly Vietnamese
    name above a whole date of birth, or ends of labels.

    Args:
        segments: all labels and texts of an upright page or card.
    """
    if any(segment.field is Field.NAME for segment in segments):
        return None
    texts = [segment for segment in segments if not segment.is_label]
    tails = sum(map(_starts_with_tail, texts))
    for number_line, number, digits in _numbers_at_line_end(texts):
        for name_line, name, spelled in _names_below(texts, number):
            for birth, date in _dates_below(texts, name_line, number):
                # A bare "Số" before the number counts as well.
                labels = tails + any(one.field is Field.NUMBER and one.row == number_line.row for one in segments)
                if not _are_of_one_holder(digits, spelled, date, labels):
                    continue
                return (
                    unlabelled_fact(Field.NUMBER, digits, number),
                    unlabelled_fact(Field.NAME, spelled, name),
                    unlabelled_fact(Field.DATE_OF_BIRTH, date.iso, birth),
                )
    return None


def lines_in_card_layout(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """Return the lines whose values may be arranged as on a card, [] where they are not; cheap without a number.

    Digits above a name suffice: a sample of the lines may have large digits in part, and miss the date or the ends of
    labels.
    """
    if not any(_SOME_DIGITS.search(line.text.reveal()) for line in lines):
        return []
    segments, _ = segments_of(lines)
    texts = [segment for segment in segments if not segment.is_label]
    digits = [segment for segment in texts if _SOME_DIGITS.search(segment.text) and not find_dates(segment.text)]
    quads = [one.quad for number in digits for name, *_ in _names_below(texts, number) for one in (number, name)]
    return [line for line in lines if any(geometry.overlap(quad, line.quad) > _MIN_SHARE_IN_LINE for quad in quads)]


def _are_of_one_holder(digits: str, name: str, date: CardDate, label_tails: int) -> bool:
    """Return whether number, name and date are those of one holder of a card."""
    citizen = CitizenNumber.parse(digits)
    if citizen is not None:
        return citizen.is_likely and citizen.birth_year == date.year
    is_name = has_vietnamese_only_letters(name) or label_tails >= _MIN_TAILS_FOR_SPELLING
    is_birth = date.day is not None or label_tails >= _MIN_TAILS_FOR_YEAR
    return is_name and is_birth and date.year <= _MAX_CMND_BIRTH_YEAR


def _starts_with_tail(segment: TextSegment) -> bool:
    """Return whether a text begins with the end of a label, or is one."""
    if _LAST_LETTER.match(segment.text):
        return True
    match = _TAIL_BEFORE_VALUE.match(segment.text)
    return ends_label(match["tail"]) if match is not None else ends_label(segment.text)


def _numbers_at_line_end(texts: Sequence[TextSegment]) -> Iterator[tuple[TextSegment, TextSegment, str]]:
    """Yield each text that ends in a number, its part with the digits, and the digits."""
    for segment in texts:
        for start in (0, *(match.end() for match in re.finditer(r"^\S{1,3}\s+", segment.text))):
            text = segment.text[start:]
            for match in find_old_numbers(text) or find_numbers(text):
                before, after = segment.text[: start + match.start], text[match.end :]
                if _BEFORE_NUMBER.match(before) and not any(letter.isalnum() for letter in after):
                    yield segment, segment_part(segment, start + match.start, start + match.end), match.digits


def _names_below(texts: Sequence[TextSegment], number: TextSegment) -> Iterator[tuple[TextSegment, TextSegment, str]]:
    """Yield each text below a number that is a Vietnamese name in capitals, its part with the name, and the name."""
    for segment in _row_below(texts, number, number):
        match = _TAIL_BEFORE_VALUE.match(segment.text)
        start = match.end() if match is not None else 0
        name = clean_name(segment.text[start:])
        if name is None or not name.isupper() or not is_name_like(name) or find_headings(segment.text):
            continue
        if begins_with_family_name(name):
            yield segment, segment_part(segment, start, len(segment.text)), name


def _dates_below(
    texts: Sequence[TextSegment], name: TextSegment, number: TextSegment
) -> Iterator[tuple[TextSegment, CardDate]]:
    for segment in _row_below(texts, name, number):
        dates = [match.date for match in find_dates(segment.text)]
        if _YEAR_AT_END.search(segment.text) and (year := CardDate.of(int(segment.text[-4:]))) is not None:
            dates.append(year)
        yield from ((segment, date) for date in dates)


def _row_below(texts: Sequence[TextSegment], upper: TextSegment, number: TextSegment) -> Iterator[TextSegment]:
    """Yield the texts in the row below another, the nearest first."""
    x, y, height = upper.quad[0][0], geometry.centre(upper.quad)[1], max(upper.height, 1.0)
    near = [
        (geometry.centre(segment.quad)[1] - y, segment)
        for segment in texts
        if abs(segment.quad[0][0] - x) < _MAX_INDENT * max(number.height, 1.0)
    ]
    for below, segment in sorted(near, key=lambda item: item[0]):
        if _ROW_STEP[0] * height < below < _ROW_STEP[1] * height:
            yield segment
