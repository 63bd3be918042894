"""Key-value extraction: which lines hold a label, and which text beside or below is its value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.documents import TWELVE_DIGITS, document_of, fields_of
from idscan.cards.extract.by_shape import (
    UNLABELLED,
    cut_off_facts,
    find_constellation,
    lines_of_constellation,
    unlabelled_facts,
)
from idscan.cards.extract.segments import Segment, part_of, segments_of, weakest_of
from idscan.cards.fields.dates import find_dates
from idscan.cards.fields.name_tables import FAMILY_NAMES
from idscan.cards.fields.names import normalise_name
from idscan.cards.fields.numbers import CitizenNumber, find_numbers
from idscan.cards.fields.values import PARSERS
from idscan.cards.labels.search import find_labels
from idscan.cards.labels.tables import Language
from idscan.cards.labels.titles import find_titles
from idscan.cards.mrz.repair import compact
from idscan.cards.text.normalize import fold_upper
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Source
from idscan.core.geometry import Quad, quad_from_points
from idscan.core.types import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.cards.labels.search import LabelMatch
    from idscan.cards.labels.tables import Label
    from idscan.cards.labels.titles import TitleMatch
    from idscan.core.enums import Side
    from idscan.core.types import PrintedLine

_INDENT = 3.0  # line heights by which the second line of an address may begin left of the first
_BELOW = 2.1  # line heights under a label within which its value starts
_DATES = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})
NAMES = frozenset({Field.NAME, Field.FATHER_NAME, Field.MOTHER_NAME})
GARBLED = 0.3
"""Confidence, as a share, of text that stands where a name must be and was read as none."""
_MOST_MISSED = 2.0  # line heights that a letter missed in front of a name takes at most
_WIDE_GAP = 1.1  # line heights from a label to its value: more, and a letter may have been missed between them
ADDRESSES = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
_LINE_SPACING = 1.9  # line heights from one line of an address to the next


_WORD = re.compile(r"[^\W\d_]+")

_LEAST_OF_ZONE, _MOSTLY_CAPITALS, _LEAST_VARIED = 18, 0.85, 5
"""Characters of a line of a zone, how many of them are capitals, digits or fillers, and how many different ones.

Rules of dashes and dots are read as fillers, too."""

_LETTERS_OF_ZONE, _DIGITS_OF_A_NAME, _DIGITS_OF_A_NUMBER = 2, 1, 7
"""Two lines hold the number, dates and the state, one the name: no line has letters and a few digits.

Letters of other scripts are read as such a mixture."""

_PASSPORT_LINE = re.compile(r"P[A-Z<]([A-Z<]{3})[A-Z]+<<|[A-Z0-9<]{8,9}[0-9]([A-Z]{3})[0-9]{7}[MFX<][0-9]{7}")
"""The state that gave a passport out, on either line of its zone."""
_SPELLINGS_OF_STATE = ("VYUW", "NHM", "MNH")
"""For each letter of VNM those that readers take it for."""
_SEVERAL = 2
_BETWEEN_PARTS = 1.5
"""Heights between two parts of one line at most."""
_FEWEST_OF_VALUE = 2
"""Letters and digits of anything that may be a value: less is what was read of a ruled line."""
_FEWEST_DIGITS, _MOSTLY_DIGITS = 8, 0.7
"""Of a number that was misread: as many digits, and as large a share of its letters and digits."""

_LEAST_SURE_OF_ZONE = 0.7
"""Zones on cards 160 pixels wide are read with 0.92; what is pressed into a zone's form is not read so well."""


class LabelledFact(NamedTuple):
    """A label, the value that it led to, and the label's place."""

    match: LabelMatch
    fact: Fact
    quad: Quad


@dataclass(frozen=True, slots=True)
class PrintReading:
    """What the print on one sheet says.

    Attributes:
        facts: values with their places, each value of a field once.
        by_label: each label with the value that it led to.
        labels: all labels that were recognised.
        titles: headings.
        stands_as_on_card: whether number, name and birth date stand as on a card whose labels were cut off.
    """

    facts: tuple[Fact, ...]
    by_label: tuple[LabelledFact, ...]
    labels: tuple[LabelMatch, ...]
    titles: tuple[TitleMatch, ...]
    stands_as_on_card: bool = False

    def facts_on(self, kind: CardKind, side: Side) -> tuple[Fact, ...]:
        """Return the facts that a face of a card can print.

        What no label led to, and a face does not print, is something else: no back shows the holder's name. A label
        says what its value is wherever it stands, and twelve digits expose somebody on either face.
        """
        shown = fields_of(kind, side)
        if not shown:
            return self.facts
        labelled = [found.fact for found in self.by_label]
        return tuple(
            # Where the edge of a view cuts a number, its place is known, and no value is.
            replace(fact, value=None) if _is_part_of_a_number(fact, kind) else fact
            for fact in self.facts
            if fact.field in {*shown, Field.NUMBER} or any(fact is one for one in labelled)
        )


def _is_part_of_a_number(fact: Fact, kind: CardKind) -> bool:
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
    """Return facts without those of fields that a face does not print whose value it prints as another field.

    Of a label that is read in part ("Ngày, tháng, năm") one reader may make another field's.
    """
    shown = fields_of(kind, side)
    values = {fact.value for fact in facts if fact.field in shown}
    return [fact for fact in facts if not shown or fact.field in shown or fact.value not in values]


def read_print(lines: Sequence[PrintedLine], *, on_card: bool) -> PrintReading:
    """Return the values that labels point to.

    Args:
        lines: upright lines of one card or sheet.
        on_card: the lines lie on what is known to be a card, so that a number of the right shape counts even
            where its label could not be read.
    """
    pieces, matches = segments_of(lines)
    by_label: list[LabelledFact] = []
    taken: set[int] = set()
    for index, label in enumerate(pieces):
        if label.match is None or label.field is None:
            continue
        fact_and_pieces = _value(label, index, pieces, taken)
        if fact_and_pieces is None and on_card and label.field in NAMES:
            fact_and_pieces = _garbled_name(label, index, pieces, taken)
        if fact_and_pieces is None and not on_card and label.field is Field.NUMBER:
            fact_and_pieces = _garbled_number(label, index, pieces)
        if fact_and_pieces is not None:
            fact, used = fact_and_pieces
            by_label.append(LabelledFact(label.match, fact, label.quad))
            if fact.field not in _DATES:
                taken |= used
    facts = [labelled.fact for labelled in by_label]
    titles = tuple(match for line in lines for match in find_titles(line.text.reveal()))
    constellation = find_constellation(pieces)
    if constellation is not None:
        known = {fact.field for fact in facts}
        facts.extend(fact for fact in constellation.facts if fact.field not in known)
    if on_card:
        facts.extend(cut_off_facts(pieces, facts))
        facts.extend(unlabelled_facts(pieces, facts, titles))
    return PrintReading(
        facts=tuple(_best_of_each(facts)),
        by_label=tuple(by_label),
        labels=matches,
        titles=titles,
        stands_as_on_card=constellation is not None,
    )


def lines_with_facts(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """Return the lines with a label, a heading or a number: those that surely belong to a card among other print.

    Values that stand as on a card count, too, be their labels cut off. Where a zone says that another state gave the
    document out, English labels and the zone itself say nothing.
    """
    values = lines_of_constellation(lines)
    is_foreign = any(_is_zone_of_another_state(line) for line in lines)
    is_told = _is_named_in_vietnamese if is_foreign else _is_named
    return [line for line in lines if line in values or is_told(line) or find_numbers(line.text.reveal())]


def is_only_numbers(lines: Sequence[PrintedLine]) -> bool:
    """Return whether nothing says of the numbers among lines whose they are: no label, heading or zone."""
    return not (any(_is_named(line) for line in lines) or lines_of_constellation(lines))


def has_likely_number(lines: Sequence[PrintedLine]) -> bool:
    """Return whether a citizen number whose structure is right in every part stands among lines."""
    return any(number.is_likely for number in _numbers_in(lines))


def lists_likely_numbers(lines: Sequence[PrintedLine]) -> bool:
    """Return whether lines may list citizen numbers: several of right structure, and hardly any other of their length.

    Of a thousand codes of twelve digits about eight have the structure by chance.
    """
    likely = [number.is_likely for number in _numbers_in(lines)]
    return sum(likely) >= _SEVERAL and 2 * sum(likely) >= len(likely)


def _numbers_in(lines: Sequence[PrintedLine]) -> list[CitizenNumber]:
    found = [CitizenNumber.parse(match.digits) for line in lines for match in find_numbers(line.text.reveal())]
    return [number for number in found if number is not None]


def _is_named(line: PrintedLine) -> bool:
    text = line.text.reveal()
    if any(not match.label.is_common for match in find_labels(text)) or find_titles(text):
        return True
    return line.confidence > _LEAST_SURE_OF_ZONE and _is_like_a_zone(text)


def _is_named_in_vietnamese(line: PrintedLine) -> bool:
    text = line.text.reveal()
    labels = any(Language.VIETNAMESE in {match.label.language, _language(match.partner)} for match in find_labels(text))
    return labels or any(match.is_vietnamese for match in find_titles(text))


def _language(label: Label | None) -> Language | None:
    return None if label is None else label.language


def _is_zone_of_another_state(line: PrintedLine) -> bool:
    """Return whether a line is one of a passport's zone that another state than Viet Nam gave out.

    Two letters of three that may be those of Viet Nam leave it open.
    """
    text = compact(line.text.reveal()).upper()
    match = _PASSPORT_LINE.match(text) if line.confidence > _LEAST_SURE_OF_ZONE else None
    state = (match[1] or match[2]) if match is not None else None
    if state is None:
        return False
    return sum(letter in spellings for letter, spellings in zip(state, _SPELLINGS_OF_STATE, strict=True)) < 2  # noqa: PLR2004


def _is_like_a_zone(text: str) -> bool:
    """Return whether a line, or its beginning, may be of a machine-readable zone."""
    line = compact(text)
    if "<<" not in line or len(line) < _LEAST_OF_ZONE or len(set(line) - {"<"}) < _LEAST_VARIED:
        return False
    digits = sum(letter.isdigit() for letter in line)
    capitals = sum(letter.isascii() and letter.isupper() for letter in line)
    is_of_either_kind = digits <= _DIGITS_OF_A_NAME or digits >= _DIGITS_OF_A_NUMBER
    is_drawn = capitals + digits + line.count("<") >= _MOSTLY_CAPITALS * len(line)
    return is_of_either_kind and is_drawn and capitals >= _LETTERS_OF_ZONE


def _value(label: Segment, index: int, pieces: list[Segment], taken: set[int]) -> tuple[Fact, set[int]] | None:
    parse = PARSERS.get(label.field) if label.field else None
    if parse is None or label.field is None:
        return None
    for candidate in _candidates(label, index, pieces):
        if candidate in taken:
            continue
        piece = pieces[candidate]
        value = parse(piece.text)
        if value is None:
            continue
        used = {candidate}
        quads = [piece.quad]
        if label.field in ADDRESSES:
            value, following = _continued(value, candidate, pieces)
            used.update(following)
            quads += [pieces[i].quad for i in following]
        elif label.field in NAMES and piece.row == label.row and candidate == index + 1:
            quads = [_from_label(piece, label)]
        fact = Fact(
            field=label.field,
            value=Secret(value),
            by=Source.PRINT,
            quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
            confidence=piece.confidence,
            engine=piece.engine,
            lines=tuple(quads),
            weakest=piece.weakest,
        )
        return fact, used
    return None


def _from_label(piece: Segment, label: Segment) -> Quad:
    """Return the place of a name beside its label, with room for a first letter that the reader missed.

    A name that begins with a family name lacks none, and what stands in a gap may be a rule.
    """
    gap = piece.quad[0][0] - label.quad[1][0]
    first = _WORD.search(piece.text)
    if gap < _WIDE_GAP * piece.height or (first is not None and fold_upper(first.group()) in FAMILY_NAMES):
        return piece.quad
    more = min(gap - piece.height / 2, _MOST_MISSED * piece.height) / max(geometry.width(piece.quad), 1.0)
    return part_of(piece.quad, -more, 1.0)


def _garbled_name(label: Segment, index: int, pieces: list[Segment], taken: set[int]) -> tuple[Fact, set[int]] | None:
    """Return the text where a name must stand though what was read is none, for a better reader to try."""
    for candidate in _candidates(label, index, pieces):
        piece = pieces[candidate]
        letters = sum(character.isalpha() for character in piece.text)
        if candidate in taken or letters < 2 or any(c.isdigit() for c in piece.text) or find_titles(piece.text):  # noqa: PLR2004
            continue
        quad = piece.quad
        if piece.row == label.row:
            quad = quad_from_points((label.quad[1], quad[1], quad[2], label.quad[2]))
        fact = Fact(
            field=label.field or Field.NAME,
            value=Secret(normalise_name(piece.text)),
            by=Source.PRINT,
            quad=quad,
            confidence=GARBLED * piece.confidence,
            engine=piece.engine,
        )
        return fact, {candidate}
    return None


def _garbled_number(label: Segment, index: int, pieces: list[Segment]) -> tuple[Fact, set[int]] | None:
    """Return the place of digits behind a label that says whose number they are, where they were read as none."""
    if label.match is None or label.match.label.is_strict:
        return None
    for candidate in _candidates(label, index, pieces):
        piece = pieces[candidate]
        digits = sum(character.isdigit() for character in piece.text)
        letters = sum(character.isalpha() for character in piece.text)
        if digits >= _FEWEST_DIGITS and digits > _MOSTLY_DIGITS * (digits + letters) and not find_dates(piece.text):
            confidence = GARBLED * piece.confidence
            return Fact(field=Field.NUMBER, value=None, by=Source.PRINT, quad=piece.quad, confidence=confidence), {
                candidate
            }
    return None


def _candidates(label: Segment, index: int, pieces: list[Segment]) -> list[int]:
    """Return the pieces that may hold a label's value: right of it, then below it."""
    right: list[int] = []
    for i in range(index + 1, len(pieces)):
        piece = pieces[i]
        if piece.row != label.row:
            break
        if piece.is_label:
            if piece.field is label.field:
                continue
            break
        right.append(i)
    left_edge, right_edge = label.quad[0][0], label.quad[1][0]
    bottom = geometry.centre(label.quad)[1]
    below = [
        (piece.quad[0][1], i)
        for i, piece in enumerate(pieces)
        if not piece.is_label
        and piece.row > label.row
        and geometry.centre(piece.quad)[1] - bottom < _BELOW * max(label.height, piece.height)
        and piece.quad[0][0] < right_edge + 2 * label.height
        and piece.quad[1][0] > left_edge - 2 * label.height
    ]
    return right + [i for _, i in sorted(below)] + (_wrapped(label, index, pieces) if not right else [])


def _wrapped(label: Segment, index: int, pieces: list[Segment]) -> list[int]:
    """Return the first piece of the next line where a sentence breaks behind a label of digits."""
    following = pieces[index + 1] if index + 1 < len(pieces) else None
    if following is None or following.is_label or label.field not in {Field.NUMBER, Field.DATE_OF_BIRTH}:
        return []
    step = geometry.centre(following.quad)[1] - geometry.centre(label.quad)[1]
    is_next_line = following.row == label.row + 1 and step < _BELOW * label.height
    return (
        [index + 1] if is_next_line and following.quad[0][0] < label.quad[0][0] and following.text[0].isdigit() else []
    )


def _continued(value: str, start: int, pieces: list[Segment]) -> tuple[str, list[int]]:
    """Join an address with the line under it where that line is no other field's."""
    first = pieces[start]
    # A second line begins below the label or below the value; what begins far left of both belongs to another field.
    labels = [piece.quad[0][0] for piece in pieces[:start] if piece.row == first.row and piece.is_label]
    left = (labels or [first.quad[0][0]])[-1] - _INDENT * first.height
    below = [i for i, piece in enumerate(pieces) if piece.row == first.row + 1]
    if any(pieces[i].is_label for i in below):
        return value, []
    parts: list[int] = []
    for i in below:
        piece = pieces[i]
        is_near = geometry.centre(piece.quad)[1] - geometry.centre(first.quad)[1] < _LINE_SPACING * first.height
        # A line may be found in parts; what stands further off is another column's.
        is_next = not parts or piece.quad[0][0] - pieces[parts[-1]].quad[1][0] < _BETWEEN_PARTS * first.height
        is_under = is_near and (is_next if parts else left < piece.quad[0][0] < first.quad[1][0])
        if is_under and not (find_dates(piece.text) or find_numbers(piece.text) or "<" in piece.text):
            parts.append(i)
    return ", ".join((value.rstrip(","), " ".join(pieces[i].text for i in parts))) if parts else value, parts


def value_places(lines: Sequence[PrintedLine], fields: frozenset[Field]) -> list[tuple[Field, Quad]]:
    """Return the text box behind each label of the given fields, whether or not its text parses as a value.

    Roles and words that stand in any text lead to persons only, and those are told by what they are. Between the labels
    of a table's header stand others.
    """
    pieces, _ = segments_of(lines)
    labels = Counter(piece.row for piece in pieces if piece.is_label)
    found: list[tuple[Field, Quad]] = []
    for index, label in enumerate(pieces):
        if labels[label.row] > 1:
            continue
        match = label.match
        if match is None or match.field not in fields or match.label.is_strict or match.label.needs_person:
            continue
        for candidate in _candidates(label, index, pieces)[:1]:
            text = pieces[candidate].text
            if sum(map(str.isalnum, text)) >= _FEWEST_OF_VALUE and not find_titles(text):
                found.append((match.field, pieces[candidate].quad))
    return found


def values_at(field: Field, lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the values of one field in lines cut out where the layout has it."""
    parse = PARSERS[field]
    return [
        Fact(
            field=field,
            value=Secret(value),
            by=Source.PRINT,
            quad=line.quad,
            confidence=line.confidence * UNLABELLED,
            engine=line.engine,
            weakest=weakest_of(line),
        )
        for line in lines
        if (value := parse(line.text.reveal())) is not None
    ]


def _best_of_each(facts: Iterable[Fact]) -> list[Fact]:
    """Keep the surest reading of each value; two values of one field both stay, for fusion to weigh."""
    kept: list[Fact] = []
    for fact in sorted(facts, key=lambda fact: -fact.confidence):
        if not any(fact.field is other.field and fact.value == other.value for other in kept):
            kept.append(fact)
    return kept
