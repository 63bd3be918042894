"""Print understood by its labels: which lines name a field, and which text beside or below is its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cards.dates import find_dates
from idscan.cards.labels import find_labels
from idscan.cards.name_readings import clean_name
from idscan.cards.names import FAMILY_NAMES, fold, is_name_like, normalise_name
from idscan.cards.numbers import find_numbers, find_old_numbers, repair_digits
from idscan.cards.titles import find_titles
from idscan.cards.unlabelled import UNLABELLED, unlabelled_facts
from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_points
from idscan.core.readings import Fact
from idscan.core.secret import Secret
from idscan.core.vocabulary import Field, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from idscan.cards.labels import LabelMatch
    from idscan.cards.titles import TitleMatch
    from idscan.core.readings import PrintedLine

_SAME_ROW = 0.55  # share of the line height by which the middles of two pieces of one row may differ
_BELOW = 2.1  # line heights under a label within which its value starts
_JUNK = " \t.,:;/\\|-_'\"·•*()[]{}"
_DATES = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})
_MAX_DIGITS_IN_NAME = 2
_SHORTEST_TEXT = 3  # "Số 1" may be all that stands on an address's first line
NAMES = frozenset({Field.NAME, Field.FATHER_NAME, Field.MOTHER_NAME})
GARBLED = 0.3
"""Confidence, as a share, of text that stands where a name must be and was read as none."""
_WIDE_GAP = 1.1  # line heights from a label to its value: more, and a letter may have been missed between them
ADDRESSES = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
_LINE_SPACING = 1.9  # line heights from one line of an address to the next
_SEXES = {"nam": "Nam", "nu": "Nữ", "n": "Nữ", "nir": "Nữ", "nut": "Nữ", "male": "Nam", "female": "Nữ"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: a label, or text that may be a value."""

    text: str
    quad: Quad
    confidence: float
    engine: str
    row: int
    match: LabelMatch | None = None

    def __repr__(self) -> str:
        return f"Piece(field={self.field}, row={self.row})"

    @property
    def is_label(self) -> bool:
        """Whether this piece names a field, rather than being text that may be a value."""
        return self.match is not None

    @property
    def field(self) -> Field | None:
        """What a label's value is; None for text, and for labels whose value is no finding."""
        return self.match.field if self.match else None

    @property
    def height(self) -> float:
        """Height in pixels."""
        return geometry.height(self.quad)


@dataclass(frozen=True, slots=True)
class PrintReading:
    """What the print on one sheet says.

    Attributes:
        facts: values with their places, each value of a field once.
        by_label: each label with the value that it led to.
        labels: all labels that were recognised.
        titles: headings.
        has_number: whether twelve digits stand anywhere, labelled or not.
    """

    facts: tuple[Fact, ...]
    by_label: tuple[tuple[LabelMatch, Fact], ...]
    labels: tuple[LabelMatch, ...]
    titles: tuple[TitleMatch, ...]
    has_number: bool


def read_print(lines: Sequence[PrintedLine], *, on_card: bool) -> PrintReading:
    """Return the values that labels point to.

    Args:
        lines: upright lines of one card or sheet.
        on_card: the lines lie on what is known to be a card, so that a number of the right shape counts even
            where its label could not be read.
    """
    pieces, matches = _pieces(lines)
    by_label: list[tuple[LabelMatch, Fact]] = []
    taken: set[int] = set()
    for index, label in enumerate(pieces):
        if label.match is None or label.field is None:
            continue
        fact_and_pieces = _value(label, index, pieces, taken)
        if fact_and_pieces is None and on_card and label.field in NAMES:
            fact_and_pieces = _garbled_name(label, index, pieces, taken)
        if fact_and_pieces is not None:
            fact, used = fact_and_pieces
            by_label.append((label.match, fact))
            if fact.field not in _DATES:
                taken |= used
    facts = [fact for _, fact in by_label]
    titles = tuple(match for line in lines for match in find_titles(line.text.reveal()))
    if on_card:
        facts.extend(unlabelled_facts(pieces, facts, titles))
    return PrintReading(
        facts=tuple(_best_of_each(facts)),
        by_label=tuple(by_label),
        labels=matches,
        titles=titles,
        has_number=any(find_numbers(piece.text) for piece in pieces if not piece.is_label),
    )


def telling_lines(lines: Sequence[PrintedLine]) -> list[PrintedLine]:
    """Return the lines with a label, a heading or a number: those that surely belong to a card among other print."""
    return [
        line
        for line in lines
        if find_labels(text := line.text.reveal()) or find_titles(text) or find_numbers(text) or "<<" in text
    ]


def part_of(quad: Quad, start: float, end: float) -> Quad:
    """Return the part of a line between two fractions of its width."""

    def along(a: geometry.Point, b: geometry.Point, share: float) -> geometry.Point:
        return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)

    top_left, top_right, bottom_right, bottom_left = quad
    return quad_from_points(
        (
            along(top_left, top_right, start),
            along(top_left, top_right, end),
            along(bottom_left, bottom_right, end),
            along(bottom_left, bottom_right, start),
        )
    )


def span_of(line: PrintedLine, start: int, end: int) -> Quad:
    """Return the part of a line that holds its characters `start` to `end` (exclusive)."""
    count = max(len(line.text), 1)
    columns = line.columns if len(line.columns) == count else tuple((i + 0.5) / count for i in range(count))
    left = 0.0 if start <= 0 else (columns[start - 1] + columns[start]) / 2
    right = 1.0 if end >= count else (columns[end - 1] + columns[end]) / 2
    return part_of(line.quad, left, max(right, left + 1e-3))


def _pieces(lines: Sequence[PrintedLine]) -> tuple[list[Piece], tuple[LabelMatch, ...]]:
    pieces: list[Piece] = []
    found: list[LabelMatch] = []
    for row, group in enumerate(rows_of(lines)):
        for line in group:
            text = line.text.reveal()
            matches = find_labels(text)
            found.extend(matches)
            position = 0
            for match in matches:
                pieces.extend(_free(line, row, position, match.start))
                quad = span_of(line, match.start, match.end)
                pieces.append(Piece(text[match.start : match.end], quad, line.confidence, line.engine, row, match))
                position = match.end
            pieces.extend(_free(line, row, position, len(text)))
    return pieces, tuple(found)


def rows_of(lines: Sequence[PrintedLine]) -> list[list[PrintedLine]]:
    """Group lines that stand on one baseline, rows from top to bottom, each from left to right."""
    rows: list[list[PrintedLine]] = []
    for line in sorted(lines, key=lambda line: geometry.centre(line.quad)[1]):
        y = geometry.centre(line.quad)[1]
        for row in reversed(rows[-4:]):
            last = row[-1]
            limit = _SAME_ROW * min(geometry.height(line.quad), geometry.height(last.quad))
            if abs(_baseline_at(last.quad, geometry.centre(line.quad)[0]) - y) < limit:
                row.append(line)
                break
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.quad[0][0]) for row in rows]


def _baseline_at(quad: Quad, x: float) -> float:
    """Return where the middle line of a quad, drawn on, passes at `x`: rows of a card seen aslant are not level."""
    (left_x, left_y), (right_x, right_y) = (
        ((quad[0][0] + quad[3][0]) / 2, (quad[0][1] + quad[3][1]) / 2),
        ((quad[1][0] + quad[2][0]) / 2, (quad[1][1] + quad[2][1]) / 2),
    )
    length = right_x - left_x
    # A short piece says little about the slope of its row.
    if length < 4 * geometry.height(quad):
        return (left_y + right_y) / 2
    return left_y + (right_y - left_y) * (x - left_x) / length


def _free(line: PrintedLine, row: int, start: int, end: int) -> list[Piece]:
    text = line.text.reveal()[start:end]
    lead = len(text) - len(text.lstrip(_JUNK))
    body = text.strip(_JUNK)
    if not any(character.isalnum() for character in body):
        return []
    first = start + lead
    quad = span_of(line, first, first + len(body))
    return [Piece(body, quad, line.confidence, line.engine, row)]


def _value(label: Piece, index: int, pieces: list[Piece], taken: set[int]) -> tuple[Fact, set[int]] | None:
    parse = _PARSERS.get(label.field) if label.field else None
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
        elif label.field in NAMES and piece.row == label.row:
            quads = [_from_label(piece, label)]
        fact = Fact(
            field=label.field,
            value=Secret(value),
            by=Source.PRINT,
            quad=quads[0] if len(quads) == 1 else geometry.enclosing(quads),
            confidence=piece.confidence,
            engine=piece.engine,
            lines=tuple(quads),
        )
        return fact, used
    return None


def _from_label(piece: Piece, label: Piece) -> Quad:
    """Return the place of a name beside its label, with room for a first letter that the reader missed."""
    gap = piece.quad[0][0] - label.quad[1][0]
    if gap < _WIDE_GAP * piece.height:
        return piece.quad
    more = (gap - piece.height / 2) / max(geometry.width(piece.quad), 1.0)
    return part_of(piece.quad, -more, 1.0)


def _garbled_name(label: Piece, index: int, pieces: list[Piece], taken: set[int]) -> tuple[Fact, set[int]] | None:
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


def _candidates(label: Piece, index: int, pieces: list[Piece]) -> list[int]:
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
    return right + [i for _, i in sorted(below)]


def _continued(value: str, start: int, pieces: list[Piece]) -> tuple[str, list[int]]:
    """Join an address with the line under it where that line is no other field's."""
    first = pieces[start]
    for i, piece in enumerate(pieces):
        is_under = (
            not piece.is_label
            and piece.row == first.row + 1
            and geometry.centre(piece.quad)[1] - geometry.centre(first.quad)[1] < _LINE_SPACING * first.height
            and piece.quad[0][0] < first.quad[1][0]
            and not any(other.is_label for other in pieces if other.row == piece.row)
        )
        if is_under and not (find_dates(piece.text) or find_numbers(piece.text) or "<" in piece.text):
            return f"{value.rstrip(',')}, {piece.text}", [i]
    return value, []


def _number(text: str) -> str | None:
    found = find_numbers(text) or find_old_numbers(text)
    if not found:
        repaired = repair_digits(text)
        found = find_numbers(repaired) or find_old_numbers(repaired)
    return found[0].digits if found else None


def _old_number(text: str) -> str | None:
    found = find_old_numbers(text)
    return found[0].digits if found else None


def _date(text: str) -> str | None:
    found = find_dates(text, lenient=True)
    return found[0].date.iso if found else None


def _name(text: str) -> str | None:
    cleaned = clean_name(text)
    if cleaned is None or sum(character.isdigit() for character in text) > _MAX_DIGITS_IN_NAME:
        return None
    if not _is_capitalised(cleaned):
        return None
    # Beside its label a name in capitals counts even where so many letters were lost that it looks like none.
    is_in_capitals = cleaned == cleaned.upper() and len(cleaned.split()) > 1
    return cleaned if is_in_capitals or is_name_like(cleaned) else None


def _is_capitalised(name: str) -> bool:
    """Return whether a family name or half of the words begin with a capital: "bằng chữ in hoa" is prose."""
    words = name.split()
    capitalised = [word[0].isupper() for word in words]
    starts_with_family = capitalised[0] and fold(words[0]).upper() in FAMILY_NAMES
    return starts_with_family or 2 * sum(capitalised) >= len(words)


def _sex(text: str) -> str | None:
    word = fold(text).split(" ")[0].strip(_JUNK)
    return _SEXES.get(word)


def _free_text(text: str) -> str | None:
    cleaned = normalise_name(text)
    return cleaned if sum(character.isalnum() for character in cleaned) >= _SHORTEST_TEXT else None


_PARSERS: dict[Field, Callable[[str], str | None]] = {
    Field.NUMBER: _number,
    Field.OLD_NUMBER: _old_number,
    Field.NAME: _name,
    Field.FATHER_NAME: _name,
    Field.MOTHER_NAME: _name,
    Field.DATE_OF_BIRTH: _date,
    Field.DATE_OF_ISSUE: _date,
    Field.DATE_OF_EXPIRY: _date,
    Field.SEX: _sex,
    Field.NATIONALITY: _free_text,
    Field.PLACE_OF_ORIGIN: _free_text,
    Field.PLACE_OF_RESIDENCE: _free_text,
    Field.PERSONAL_IDENTIFICATION: _free_text,
}


def values_at(field: Field, lines: Sequence[PrintedLine]) -> list[Fact]:
    """Return the values of one field in lines cut out where the layout has it."""
    parse = _PARSERS[field]
    return [
        Fact(
            field=field,
            value=Secret(value),
            by=Source.PRINT,
            quad=line.quad,
            confidence=line.confidence * UNLABELLED,
            engine=line.engine,
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
