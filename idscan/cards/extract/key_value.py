"""Extract key-value pairs: find the labels in lines, and the text beside or below each that is its value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.documents import TWELVE_DIGITS, document_of, fields_of
from idscan.cards.extract.by_shape import (
    UNLABELLED_FACTOR,
    cut_off_facts,
    lines_in_card_layout,
    match_card_layout,
    unlabelled_facts,
)
from idscan.cards.extract.segments import TextSegment, fact_of_lines, part_of, segments_of, weakest_of
from idscan.cards.fields.dates import find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.numbers import CitizenNumber, find_numbers
from idscan.cards.fields.person_names import normalise_name
from idscan.cards.fields.values import PARSERS
from idscan.cards.labels.headings import find_headings
from idscan.cards.labels.search import find_labels
from idscan.cards.mrz.zone import compact
from idscan.cards.text import fold_upper
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, CardKind, Field, Source
from idscan.core.geometry import Quad, quad_from_points
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.labels.headings import HeadingMatch
    from idscan.cards.labels.search import LabelMatch
    from idscan.core.enums import Side
    from idscan.core.types import PrintedLine

_DATE_FIELDS = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})
ADDRESS_FIELDS = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})

_MAX_VALUE_STEP = 2.1
"""Heights from a label to a value below it. Lower: dotted lines hide values; higher: the next label's are taken."""
_MAX_OVERHANG = 2.0
"""Heights of a value below a label beside it. Lower: indented values are missed; higher: other columns are taken."""
_MAX_OUTDENT = 3.0
"""Heights by which an address may continue further left. Lower: its second line is missed; higher: other text joins."""
_MAX_ADDRESS_STEP = 1.9
"""Heights from one line of an address to the next. Lower: widely set lines are missed; higher: other fields join."""
_MAX_PART_GAP = 1.5
"""Heights between two parts of one line. Lower: split lines lose their end; higher: another column joins."""
_MIN_WIDE_GAP, _MAX_LOST_LETTER_WIDTH = 1.1, 2.0
"""Heights from a label to a name from which its first letter may be lost, and the width in heights that it may have. A
lower gap or greater width extends names into their label; a higher gap or smaller width leaves a letter visible."""
_UNPARSED_FACTOR = 0.3
"""Factor on the confidence of invalid text. Lower: it is not read again; higher: it overrules valid values."""
_MIN_UNPARSED_LETTERS = 2
"""Letters of text in place of a name. Fewer: noise is a name; more: badly read names are missed."""
_MIN_UNPARSED_DIGITS, _MIN_UNPARSED_DIGIT_SHARE = 8, 0.7
"""Digits of a misread number, count and share. Lower: codes are numbers; higher: badly read numbers are missed."""
_MIN_VALUE_CHARACTERS = 2
"""Letters and digits of any value. Fewer: what was read of a ruled line is a value; more: short values are missed."""
_MIN_LISTED_NUMBERS = 2
"""Likely citizen numbers in a list. Fewer: single codes are a list; more: short lists are missed."""
_WORD = re.compile(r"[^\W\d_]+")

_MIN_MRZ_CONFIDENCE = 0.7
"""Confidence of a line of an MRZ (0.92 at 160 pixels). Lower: other print passes; higher: blurred MRZ are missed."""
_MIN_MRZ_CHARACTERS, _MIN_MRZ_SHARE, _MIN_MRZ_VARIETY = 18, 0.85, 5
"""Characters of a line of an MRZ, the share of capitals, digits and fillers, and the number of different ones. Lower:
rules of dashes and dots, which are read as fillers, pass; higher: cut or badly read lines are missed."""
_MIN_MRZ_CAPITALS, _MAX_NAME_LINE_DIGITS, _MIN_NUMBER_LINE_DIGITS = 2, 1, 7
"""Two lines have the number, dates and the state, one the name: no line has capitals and a few digits, as misread
letters of other scripts have. A narrower gap between the digit counts lets these pass, a wider one loses MRZ."""
_PASSPORT_LINE = re.compile(r"P[A-Z<]([A-Z<]{3})[A-Z]+<<|[A-Z0-9<]{8,9}[0-9]([A-Z]{3})[0-9]{7}[MFX<][0-9]{7}")
"""The issuing state of a passport, on either line of its MRZ."""
_STATE_SPELLINGS = ("VYUW", "NHM", "MNH")
"""For each letter of VNM those that it is misread as."""
_MIN_STATE_LETTERS = 2
"""Letters of the state that may be VNM's. Fewer: foreign passports pass; more: misread Vietnamese ones do not."""


class LabelledFact(NamedTuple):
    """A label, the fact of its value, and the quad of the label."""

    match: LabelMatch
    fact: Fact
    quad: Quad


@dataclass(frozen=True, slots=True)
class PrintReading:
    """Facts, labels and headings of the print on one card or page.

    Attributes:
        facts: values with their quads, each value of a field once.
        by_label: each label that has a value, with that value.
        labels: all labels.
        headings: headings.
        has_card_layout: whether number, name and birth date are arranged as on a card whose labels are cut off.
    """

    facts: tuple[Fact, ...]
    by_label: tuple[LabelledFact, ...]
    labels: tuple[LabelMatch, ...]
    headings: tuple[HeadingMatch, ...]
    has_card_layout: bool = False

    def facts_on(self, kind: CardKind, side: Side) -> tuple[Fact, ...]:
        """Return the facts that one side of a card may have.

        A value without label of a field that the side lacks is something else: no back has the holder's name. Values
        with a label, and numbers, are kept on either side.
        """
        shown = fields_of(kind, side)
        if not shown:
            return self.facts
        labelled = [found.fact for found in self.by_label]
        return tuple(
            # The value of a number that is cut by the edge of the image is not known, its quad is.
            replace(fact, value=None) if _is_cut_number(fact, kind) else fact
            for fact in self.facts
            if fact.field in {*shown, Field.NUMBER} or any(fact is one for one in labelled)
        )


def _is_cut_number(fact: Fact, kind: CardKind) -> bool:
    """Return whether a number has fewer digits than those of a generation."""
    document = document_of(kind)
    return (
        fact.field is Field.NUMBER
        and document is not None
        and document.number_digits == TWELVE_DIGITS
        and fact.value is not None
        and CitizenNumber.parse(fact.value.reveal()) is None
    )


def each_value_once(facts: Sequence[Fact], kind: CardKind, side: Side) -> list[Fact]:
    """Drop facts of fields that a side lacks whose value is that of another field on this side.

    A label that is read in part ("Ngày, tháng, năm") may be taken for that of another field by one engine.
    """
    shown = fields_of(kind, side)
    values = {fact.value for fact in facts if fact.field in shown}
    return [fact for fact in facts if not shown or fact.field in shown or fact.value not in values]


def read_print(lines: Sequence[PrintedLine], *, on_card: bool) -> PrintReading:
    """Return the facts, labels and headings of lines.

    Args:
        lines: upright lines of one card or page.
        on_card: whether the lines are on a known card, so that values also count without label.
    """
    segments, matches = segments_of(lines)
    by_label: list[LabelledFact] = []
    taken: set[int] = set()
    for index, label in enumerate(segments):
        if label.match is None or label.field is None:
            continue
        fact_and_segments = _labelled_value(label, index, segments, taken)
        if fact_and_segments is None and on_card and label.field in NAME_FIELDS:
            fact_and_segments = _unparsed_name(label, index, segments, taken)
        if fact_and_segments is None and not on_card and label.field is Field.NUMBER:
            fact_and_segments = _unparsed_number(label, index, segments)
        if fact_and_segments is not None:
            fact, used = fact_and_segments
            by_label.append(LabelledFact(label.match, fact, label.quad))
            if fact.field not in _DATE_FIELDS:
                taken |= used
    facts = [labelled.fact for labelled in by_label]
    headings = tuple(match for line in lines for match in find_headings(line.text.reveal()))
    layout = match_card_layout(segments)
    if layout is not None:
        known = {fact.field for fact in facts}
        facts.extend(fact for fact in layout if fact.field not in known)
    if on_card:
        facts.extend(cut_off_facts(segments, facts))
        facts.extend(unlabelled_facts(segments, facts, headings))
    return PrintReading(
        facts=tuple(_best_readings(facts)),
        by_label=tuple(by_label),
        labels=matches,
        headings=headings,
        has_card_layout=layout is not None,
    )


def lines_with_facts(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """Return the lines with a label, heading, MRZ or number, or with values arranged as on a card.

    Where an MRZ gives another issuing state, English labels and the MRZ itself do not count.
    """
    values = lines_in_card_layout(lines)
    is_foreign = any(_is_foreign_mrz(line) for line in lines)
    has_marker = _has_vietnamese_marker if is_foreign else _has_card_marker
    return [line for line in lines if line in values or has_marker(line) or find_numbers(line.text.reveal())]


def is_only_numbers(lines: Sequence[PrintedLine]) -> bool:
    """Return whether lines have no label, heading or MRZ, and no values arranged as on a card."""
    return not (any(_has_card_marker(line) for line in lines) or lines_in_card_layout(lines))


def has_likely_number(lines: Sequence[PrintedLine]) -> bool:
    """Return whether lines have a citizen number whose structure is right in every part."""
    return any(number.is_likely for number in _numbers_in(lines))


def lists_likely_numbers(lines: Sequence[PrintedLine]) -> bool:
    """Return whether lines may list citizen numbers: several have the right structure, as have most of their length.

    Of a thousand codes of twelve digits about eight have the structure by chance.
    """
    likely = [number.is_likely for number in _numbers_in(lines)]
    return sum(likely) >= _MIN_LISTED_NUMBERS and 2 * sum(likely) >= len(likely)


def _numbers_in(lines: Sequence[PrintedLine]) -> list[CitizenNumber]:
    found = [CitizenNumber.parse(match.digits) for line in lines for match in find_numbers(line.text.reveal())]
    return [number for number in found if number is not None]


def _has_card_marker(line: PrintedLine) -> bool:
    """Return whether a line has a distinctive label or a heading, or is one of an MRZ."""
    text = line.text.reveal()
    if any(not match.label.is_common for match in find_labels(text)) or find_headings(text):
        return True
    return line.confidence > _MIN_MRZ_CONFIDENCE and _may_be_mrz(text)


def _has_vietnamese_marker(line: PrintedLine) -> bool:
    """Return whether a line has a label or heading in Vietnamese."""
    text = line.text.reveal()
    is_vietnamese = any(match.is_vietnamese for match in find_labels(text))
    return is_vietnamese or any(match.is_vietnamese for match in find_headings(text))


def _is_foreign_mrz(line: PrintedLine) -> bool:
    """Return whether a line is one of the MRZ of a passport with another issuing state than Viet Nam."""
    text = compact(line.text.reveal()).upper()
    match = _PASSPORT_LINE.match(text) if line.confidence > _MIN_MRZ_CONFIDENCE else None
    state = (match[1] or match[2]) if match is not None else None
    if state is None:
        return False
    fitting = sum(letter in spellings for letter, spellings in zip(state, _STATE_SPELLINGS, strict=True))
    return fitting < _MIN_STATE_LETTERS


def _may_be_mrz(text: str) -> bool:
    """Return whether a line, or its beginning, may be of a machine-readable zone."""
    line = compact(text)
    if "<<" not in line or len(line) < _MIN_MRZ_CHARACTERS or len(set(line) - {"<"}) < _MIN_MRZ_VARIETY:
        return False
    digits = sum(letter.isdigit() for letter in line)
    capitals = sum(letter.isascii() and letter.isupper() for letter in line)
    is_name_or_number_line = digits <= _MAX_NAME_LINE_DIGITS or digits >= _MIN_NUMBER_LINE_DIGITS
    has_mrz_characters = capitals + digits + line.count("<") >= _MIN_MRZ_SHARE * len(line)
    return is_name_or_number_line and has_mrz_characters and capitals >= _MIN_MRZ_CAPITALS


def _labelled_value(
    label: TextSegment, index: int, segments: list[TextSegment], taken: set[int]
) -> tuple[Fact, set[int]] | None:
    """Return the first valid value of a label with the indices of its segments; None without one."""
    parse = PARSERS.get(label.field) if label.field else None
    if parse is None or label.field is None:
        return None
    for candidate in _value_candidates(label, index, segments):
        if candidate in taken:
            continue
        segment = segments[candidate]
        value = parse(segment.text)
        if value is None:
            continue
        used = {candidate}
        quads = [segment.quad]
        if label.field in ADDRESS_FIELDS:
            value, following = _with_next_line(value, candidate, segments)
            used.update(following)
            quads += [segments[i].quad for i in following]
        elif label.field in NAME_FIELDS and segment.row == label.row and candidate == index + 1:
            quads = [_with_lost_letter(segment, label)]
        fact = fact_of_lines(label.field, value, quads, segment.confidence, segment.engine)
        fact = replace(fact, weakest=segment.weakest)
        return fact, used
    return None


def _with_lost_letter(segment: TextSegment, label: TextSegment) -> Quad:
    """Return the quad of a name beside its label, with room for a first letter that was not detected.

    A name that begins with a family name is complete; a gap before it is a ruled line.
    """
    gap = segment.quad[0][0] - label.quad[1][0]
    first = _WORD.search(segment.text)
    if gap < _MIN_WIDE_GAP * segment.height or (first is not None and fold_upper(first.group()) in FAMILY_NAMES):
        return segment.quad
    more = min(gap - segment.height / 2, _MAX_LOST_LETTER_WIDTH * segment.height) / max(
        geometry.width(segment.quad), 1.0
    )
    return part_of(segment.quad, -more, 1.0)


def _unparsed_name(
    label: TextSegment, index: int, segments: list[TextSegment], taken: set[int]
) -> tuple[Fact, set[int]] | None:
    """Return the text in place of a name that is no valid one, to be read again by another engine."""
    for candidate in _value_candidates(label, index, segments):
        segment = segments[candidate]
        is_short = sum(map(str.isalpha, segment.text)) < _MIN_UNPARSED_LETTERS
        if candidate in taken or is_short or any(map(str.isdigit, segment.text)) or find_headings(segment.text):
            continue
        quad = segment.quad
        if segment.row == label.row:
            quad = quad_from_points((label.quad[1], quad[1], quad[2], label.quad[2]))
        fact = Fact(
            field=label.field or Field.NAME,
            value=Secret(normalise_name(segment.text)),
            by=Source.PRINT,
            quad=quad,
            confidence=_UNPARSED_FACTOR * segment.confidence,
            engine=segment.engine,
        )
        return fact, {candidate}
    return None


def _unparsed_number(label: TextSegment, index: int, segments: list[TextSegment]) -> tuple[Fact, set[int]] | None:
    """Return a fact without value for digits behind a distinctive label of a number that are no valid one."""
    if label.match is None or label.match.label.is_strict:
        return None
    for candidate in _value_candidates(label, index, segments):
        segment = segments[candidate]
        digits = sum(character.isdigit() for character in segment.text)
        letters = sum(character.isalpha() for character in segment.text)
        is_number = digits >= _MIN_UNPARSED_DIGITS and digits > _MIN_UNPARSED_DIGIT_SHARE * (digits + letters)
        if is_number and not find_dates(segment.text):
            confidence = _UNPARSED_FACTOR * segment.confidence
            fact = Fact(field=Field.NUMBER, value=None, by=Source.PRINT, quad=segment.quad, confidence=confidence)
            return fact, {candidate}
    return None


def _value_candidates(label: TextSegment, index: int, segments: list[TextSegment]) -> list[int]:
    """Return the indices of the segments that may be the value of a label: right of it, then below it."""
    right: list[int] = []
    for i in range(index + 1, len(segments)):
        segment = segments[i]
        if segment.row != label.row:
            break
        if segment.is_label:
            if segment.field is label.field:
                continue
            break
        right.append(i)
    left_edge, right_edge = label.quad[0][0], label.quad[1][0]
    bottom = geometry.centre(label.quad)[1]
    below = [
        (segment.quad[0][1], i)
        for i, segment in enumerate(segments)
        if not segment.is_label
        and segment.row > label.row
        and geometry.centre(segment.quad)[1] - bottom < _MAX_VALUE_STEP * max(label.height, segment.height)
        and segment.quad[0][0] < right_edge + _MAX_OVERHANG * label.height
        and segment.quad[1][0] > left_edge - _MAX_OVERHANG * label.height
    ]
    return right + [i for _, i in sorted(below)] + (_wrapped_value(label, index, segments) if not right else [])


def _wrapped_value(label: TextSegment, index: int, segments: list[TextSegment]) -> list[int]:
    """Return the first segment of the next line where a sentence breaks between a label and its digits."""
    following = segments[index + 1] if index + 1 < len(segments) else None
    if following is None or following.is_label or label.field not in {Field.NUMBER, Field.DATE_OF_BIRTH}:
        return []
    step = geometry.centre(following.quad)[1] - geometry.centre(label.quad)[1]
    is_next_line = following.row == label.row + 1 and step < _MAX_VALUE_STEP * label.height
    is_wrapped = is_next_line and following.quad[0][0] < label.quad[0][0] and following.text[0].isdigit()
    return [index + 1] if is_wrapped else []


def _with_next_line(value: str, start: int, segments: list[TextSegment]) -> tuple[str, list[int]]:
    """Return an address joined with the line below, unless that is of another field, and the segments added."""
    first = segments[start]
    # A second line starts below the label or below the value; further left it is of another field.
    labels = [segment.quad[0][0] for segment in segments[:start] if segment.row == first.row and segment.is_label]
    left = (labels or [first.quad[0][0]])[-1] - _MAX_OUTDENT * first.height
    below = [i for i, segment in enumerate(segments) if segment.row == first.row + 1]
    if any(segments[i].is_label for i in below):
        return value, []
    parts: list[int] = []
    for i in below:
        segment = segments[i]
        is_near = geometry.centre(segment.quad)[1] - geometry.centre(first.quad)[1] < _MAX_ADDRESS_STEP * first.height
        # A line may be detected in parts; a part further away is of another column.
        is_next = not parts or segment.quad[0][0] - segments[parts[-1]].quad[1][0] < _MAX_PART_GAP * first.height
        is_under = is_near and (is_next if parts else left < segment.quad[0][0] < first.quad[1][0])
        if is_under and not (find_dates(segment.text) or find_numbers(segment.text) or "<" in segment.text):
            parts.append(i)
    return ", ".join((value.rstrip(","), " ".join(segments[i].text for i in parts))) if parts else value, parts


def value_places(lines: Sequence[PrintedLine], fields: frozenset[Field]) -> list[tuple[Field, Quad]]:
    """Return the quad of the text behind each label of the given fields, also of text that is no valid value.

    Roles and short labels are skipped, as their values are recognised by their shape; so are rows with several labels,
    which are headers of tables.
    """
    segments, _ = segments_of(lines)
    labels = Counter(segment.row for segment in segments if segment.is_label)
    found: list[tuple[Field, Quad]] = []
    for index, label in enumerate(segments):
        if labels[label.row] > 1:
            continue
        match = label.match
        if match is None or match.field not in fields or match.label.is_strict or match.label.needs_person:
            continue
        for candidate in _value_candidates(label, index, segments)[:1]:
            text = segments[candidate].text
            if sum(map(str.isalnum, text)) >= _MIN_VALUE_CHARACTERS and not find_headings(text):
                found.append((match.field, segments[candidate].quad))
    return found


def values_at(field: Field, lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the values of one field in lines at its position in the layout."""
    parse = PARSERS[field]
    return [
        Fact(
            field=field,
            value=Secret(value),
            by=Source.PRINT,
            quad=line.quad,
            confidence=line.confidence * UNLABELLED_FACTOR,
            engine=line.engine,
            weakest=weakest_of(line),
        )
        for line in lines
        if (value := parse(line.text.reveal())) is not None
    ]


def _best_readings(facts: Iterable[Fact]) -> list[Fact]:
    """Return the most confident reading of each value; different values of one field are kept for fusion."""
    kept: list[Fact] = []
    for fact in sorted(facts, key=lambda fact: -fact.confidence):
        if not any(fact.field is other.field and fact.value == other.value for other in kept):
            kept.append(fact)
    return kept
