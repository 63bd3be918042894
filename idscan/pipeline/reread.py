"""Read lines again: second engines for numbers and dates, lexicon decoding for names and addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.code_facts import read_mrz, read_symbol, same_value
from idscan.cards.extract.key_value import ADDRESS_FIELDS, read_print
from idscan.cards.fields.person_names import (
    SYLLABLES,
    has_only_name_words,
    in_ascii,
    is_lossy_copy,
    is_surely_name,
    join_address,
    score_name,
)
from idscan.cards.fields.values import PARSERS
from idscan.cards.labels.headings import is_written_on_covers
from idscan.cards.text.syllables import first_words, further_words, unmarked_words
from idscan.core import geometry
from idscan.core.enums import NAME_FIELDS, Effort, Field, Source
from idscan.core.geometry import quad_from_points
from idscan.core.settings import PROFILES
from idscan.core.types import Secret, SeenText
from idscan.engines.ctc import Lexicon
from idscan.pipeline import qr
from idscan.pipeline.context import page_reader, second_reader, text_recognizer
from idscan.pipeline.text_lines import detect_lines, read_lines_by, read_text_page, texts_of
from idscan.vision import perspective, preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.enums import CardKind, Side
    from idscan.core.geometry import Quad
    from idscan.core.settings import EffortProfile
    from idscan.core.types import Fact, LineReading, PrintedLine
    from idscan.pipeline.text_lines import TextPage
    from idscan.vision.perspective import View

# Above, below and beside, as shares of the line's height: tone marks stand above capitals, dots below. Measured on 369
# names of made-up cards: exact are 353 with no room above and below, 358 so, 346 with 0.11 and 0.07: what is cut out is
# scaled to one height, and with much room the marks get small.
ROOM_TO_SPELL = (0.05, 0.02, 0.25)
_ROOM_OF_ZONE = (0.0, 0.0, 0.25)
"""The same for a line of a machine-readable zone, which has no marks. More: neighbouring lines are included; less
beside it: the first and last letters are cut."""
_SPELLING_HEIGHT = 96
"""Pixels of a line whose marks are read. Lower: marks are lost; higher: costs more time."""
_PLAINLY_READ = 0.9
"""Confidence (0 to 1) of every letter from which a word is kept against the lexicon.

Measured on 120 made-up names each, in faces that the reader had never seen, on cards 250 to 1,000 pixels wide. Exact
are by a lexicon of syllables alone, so, and by plain reading: of ordinary names 115, 114 and 99; of syllables drawn
evenly 106, 105 and 103; of names of minorities 86, 105 and 103.
"""
_GUESSED = 0.9  # a reader that lacks letters is right less often than it believes
_UNSURE = 0.5
"""Confidence below which a first reading may be anything behind a label."""


def reread_names(view: View, facts: Sequence[Fact], profile: EffortProfile) -> list[Fact]:
    """Return the facts with each printed name read again by better means; names that stay unreadable are left out.

    Text that turns out to be written on a cover is left out as well.

    Args:
        view: the upright view in whose pixels the facts' quads are.
        facts: values read from print.
        profile: with all engines, Tesseract reads as well, where it is installed.
    """
    result: list[Fact] = []
    for fact in _with_spelled_addresses(view, facts):
        is_one_line = len(fact.lines) <= 1
        if fact.field in NAME_FIELDS and fact.by is Source.PRINT and is_one_line and fact.value and fact.quad:
            result.extend(_read_again(view, fact, fact.quad, fact.value, profile))
        elif fact.field in NAME_FIELDS and fact.by is Source.MRZ and fact.lines:
            result.append(_spelt_in_zone(view, fact, fact.lines[0]))
        else:
            result.append(fact)
    return result


def _read_again(view: View, fact: Fact, quad: Quad, first: Secret, profile: EffortProfile) -> list[Fact]:
    crop = perspective.cut_line(view.pixels, padded_line(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT)
    readings = [_without_edges(reading, first) for reading in _spellings(crop, profile)]
    if any(reading.text and is_written_on_covers(reading.text.reveal()) for reading in readings):
        return []
    again = [one for reading in readings for one in _as_fact(fact, reading)]
    if fact.confidence < _UNSURE:
        # This may be what a cover left of a label, or its edge: a lexicon makes syllables of anything.
        return [one for one in again if one.value and _is_whole(one.value)]
    if any(_is_copy(fact, first, one) for one in again):
        return again
    return [*again, _discounted(fact, first)]


def _is_whole(name: Secret) -> bool:
    return has_only_name_words(name) and is_surely_name(name.reveal())


def _without_edges(reading: LineReading, first: Secret) -> LineReading:
    """Return a second reading without a spurious last letter from the margin around the name."""
    words, fewer = reading.text.reveal().split(), first.reveal().split()
    if len(words) != len(fewer) + 1 or len(words[-1]) != 1:
        return reading
    text = " ".join(words[:-1])
    return replace(reading, text=Secret(text), columns=(), confidences=reading.confidences[: len(text)])


def _spelt_in_zone(view: View, fact: Fact, line: Quad) -> Fact:
    """Decode a name of a machine-readable zone with the lexicon of syllables, if its line fits one."""
    own = text_recognizer()
    if own is None:
        return fact
    (reading,) = own.read_names(
        [perspective.cut_line(view.pixels, padded_line(line, _ROOM_OF_ZONE))], zone_lexicon(), is_zone=True
    )
    return fact if reading is None else replace(fact, value=reading.text)


def _is_copy(fact: Fact, first: Secret, again: Fact) -> bool:
    """Return whether a second reading has all that the first one has, so that the first adds nothing."""
    value = again.value
    return value is not None and (same_value(fact.field, first, value) or is_lossy_copy(first, value))


def _discounted(fact: Fact, first: Secret) -> Fact:
    """Return a first reading with lower confidence; without marks if its reader does not support them."""
    own = text_recognizer()
    if own is not None and fact.engine == own.name:
        return replace(fact, confidence=_GUESSED * fact.confidence)
    return replace(fact, value=in_ascii(first), confidence=_GUESSED * fact.confidence)


def _spellings(crop: NDArray[np.uint8], profile: EffortProfile) -> Iterator[LineReading]:
    """Yield readings of a name by the readers that support all Vietnamese letters."""
    own, third = text_recognizer(), page_reader()
    if own is not None:
        plain = own.read_lines([crop])[0]
        # A name without any mark was printed so: marks must not be read into it.
        lexicon = unmarked_lexicon() if plain.text.reveal().isascii() else name_lexicon()
        yield choose_by_word(plain, own.read_names([crop], lexicon)[0])
    if third is not None and (profile.uses_all_engines or own is None):
        yield third.read_lines([crop])[0]


def choose_by_word(plain: LineReading, named: LineReading | None) -> LineReading:
    """Return a name as words that can be spelt but for those that read plainly without doubt: names need no spelling.

    Args:
        plain: what each letter looks like.
        named: the same line as words of a lexicon; None where none fit.
    """
    text = plain.text.reveal()
    if not named or text == named.text.reveal() or len(plain.confidences) != len(text):
        return named or plain
    seen, spelt = list(_words_of(plain)), named.text.reveal().split(" ")
    if len(seen) != len(spelt):
        # The lexicon has no words with an apostrophe (H'HEN, K'BRỚI), and makes two of each.
        has_joined = any("'" in word[1:-1] for word, _ in seen)
        return plain if has_joined or min(plain.confidences) >= _PLAINLY_READ else named
    chosen: list[tuple[str, tuple[float, ...]]] = []
    for (word, sure), other in zip(seen, spelt, strict=True):
        is_plain = word == other or "'" in word[1:-1] or min(sure, default=0.0) >= _PLAINLY_READ
        chosen.append((word, sure) if is_plain else (other, (_GUESSED,) * len(other)))
    joined = (sure for _, confidences in chosen for sure in (*confidences, 1.0))
    confidences = tuple(joined)[:-1]
    return replace(named, text=Secret(" ".join(word for word, _ in chosen)), confidences=confidences)


def _words_of(reading: LineReading) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Yield each word of a line with how sure the reader was of its letters."""
    start = 0
    for word in reading.text.reveal().split(" "):
        yield word, reading.confidences[start : start + len(word)]
        start += len(word) + 1


@cache
def name_lexicon() -> Lexicon:
    """Return all syllables that can be spelt, each weighed by how common it is in names."""
    return Lexicon(further_words(), first_words())


@cache
def unmarked_lexicon() -> Lexicon:
    """Return all syllables as they are written without marks."""
    return Lexicon(SYLLABLES)


@cache
def zone_lexicon() -> Lexicon:
    """Return all syllables as machine-readable zones write them, each weighed by how common it is in names."""
    return Lexicon(*unmarked_words())


def _with_spelled_addresses(view: View, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts with addresses read again with the room that their marks need."""
    addresses = [fact for fact in facts if fact.field in ADDRESS_FIELDS and fact.by is Source.PRINT and fact.lines]
    own = text_recognizer()
    if own is None or not addresses:
        return list(facts)
    quads = [quad for fact in addresses for quad in fact.lines]
    crops = [perspective.cut_line(view.pixels, padded_line(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT) for quad in quads]
    readings = list(own.read_lines(crops))
    spelled: dict[int, Fact] = {}
    for fact in addresses:
        lines, readings = readings[: len(fact.lines)], readings[len(fact.lines) :]
        value = join_address([reading.text for reading in lines])
        if fact.value is not None and same_value(fact.field, fact.value, value):
            confidence = sum(reading.confidence for reading in lines) / len(lines)
            spelled[id(fact)] = replace(fact, value=value, confidence=confidence, engine=own.name)
    return [spelled.get(id(fact), fact) for fact in facts]


def _as_fact(fact: Fact, reading: LineReading) -> list[Fact]:
    weighed = score_name(reading) if reading.text else None
    if weighed is None:
        return []
    value, confidence = weighed
    weakest = min(reading.confidences, default=None)
    return [replace(fact, value=value, confidence=confidence, engine=reading.engine, weakest=weakest)]


def padded_line(quad: Quad, room: tuple[float, float, float]) -> Quad:
    """Return a line's place with room above, below and beside it, as shares of its height."""
    height = geometry.height(quad)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    above, below, beside = (share * height for share in room)
    return quad_from_points(
        ((ax - beside, ay - above), (bx + beside, by - above), (cx + beside, cy + below), (dx - beside, dy + below))
    )


DIGIT_FIELDS = frozenset(
    {Field.NUMBER, Field.OLD_NUMBER, Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY}
)
_LEAST_DIGITS = 6
"""Digits of a line that other engines read. Lower: house numbers are read too; higher: misread dates are left out."""
_MOST_LINES = 12
"""Lines with digits read by other engines. Lower: numbers and dates have no second reading; higher: costs more time."""


def cross_engine_readings(text_page: TextPage, profile: EffortProfile) -> list[tuple[PrintedLine, ...]]:
    """Return readings by each other reader of lines that the first one has read.

    The second reader reads lines with digits, in a thorough scan all lines; the third reader, where one is installed,
    reads those with digits in a thorough scan.
    """
    if text_recognizer() is None:
        return []
    second, third = second_reader(), page_reader()
    digits = [line.quad for line in text_page.lines if _bears_digits(line)][:_MOST_LINES]
    readings = []
    if second is not None:
        quads = [line.quad for line in text_page.lines] if profile.uses_all_engines else digits
        readings.append(read_lines_by(second, text_page.view, quads))
    if third is not None and profile.uses_all_engines:
        readings.append(read_lines_by(third, text_page.view, digits))
    return [lines for lines in readings if lines]


def cross_engine_digits(
    text_page: TextPage, facts: Sequence[Fact], readings: Sequence[Sequence[PrintedLine]], face: tuple[CardKind, Side]
) -> list[Fact]:
    """Return the numbers and dates of a card in other readings, found by the labels as the first reader read them.

    Args:
        text_page: what was read first.
        facts: facts in it; equal values of other readers get the same place.
        readings: as from `cross_engine_readings`.
        face: generation of the card and its side, which print some fields only.
    """
    found: list[Fact] = []
    for lines in readings:
        others = {line.quad: line for line in lines if _bears_digits(line)}
        reading = read_print([others.get(line.quad, line) for line in text_page.lines], on_card=True)
        engines = {line.engine for line in lines}
        of_reader = (fact for fact in reading.facts_on(*face) if fact.field in DIGIT_FIELDS and fact.engine in engines)
        found.extend(_at_the_same_place(fact, facts) for fact in of_reader)
    return found


def reread_digits(view: View, facts: Sequence[Fact]) -> list[Fact]:
    """Read the places of numbers and dates by the embedded reader, as separate facts."""
    second = second_reader()
    placed = [(fact, fact.quad) for fact in facts if fact.quad is not None]
    if second is None or not placed:
        return []
    crops = [perspective.cut_line(view.pixels, padded_line(quad, ROOM_TO_SPELL)) for _, quad in placed]
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


_ROOM = 0.04
"""Of a card on each side: its outline may be off, and covers reach over it."""
_ROOM_FOR_LINES = 0.12
"""Likewise where lines must not be cut: corners of steep cards are off by a tenth."""
_WIDTHS = (640, 1280)
"""Pixels of the straightened card at least and at most: small print is enlarged, and more shows no reader more."""
_DETECTOR_SIDE = 960
"""Pixels of the longer side for text detection on one card. Lower: small print is missed; higher: costs more time."""


@dataclass(frozen=True, slots=True)
class CardRereading:
    """Readings of the place of a card by every reader.

    Attributes:
        texts: lines of print and contents of codes, in pixels of the image; several for a line that readers read
            differently.
        facts: facts with a value in them by the rules for such a card, likewise.
        page: the text of the place by the reader of whole pages; None where there is none.
    """

    texts: tuple[SeenText, ...]
    facts: tuple[Fact, ...]
    page: str | None


def reread_card(rgb: NDArray[np.uint8], quad: Quad, face: tuple[CardKind, Side]) -> CardRereading:
    """Read the place of a card.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: the card's outline, its first corner being the top left one as read.
        face: generation of the card and its side, which print some fields only.
    """
    view = _view_of(rgb, quad)
    text_page = read_text_page(view, detect_lines(view, _DETECTOR_SIDE), is_upright=True)
    others = cross_engine_readings(text_page, PROFILES[Effort.THOROUGH])
    readings = (text_page.lines, *others)
    print_facts = [fact for lines in readings for fact in read_print(lines, on_card=True).facts_on(*face)]
    zones = (read_mrz(lines) for lines in readings)
    print_facts += [fact for zone in zones if zone is not None for fact in zone.facts]
    facts = [fact.moved(text_page.view.source_quad) for fact in print_facts]
    decoded = [
        symbol
        for symbol in qr.read_frame(preprocess.grey(view.pixels), every_reader=True)
        if symbol.payload is not None
    ]
    codes = (read_symbol(symbol) for symbol in decoded)
    of_codes = [fact for code in codes if code is not None for fact in code.facts]
    facts += [fact.moved(view.source_quad) for fact in of_codes]
    third = page_reader()
    return CardRereading(
        texts=(
            *texts_of(text_page, *others),
            *(SeenText(code.payload, view.source_quad(code.quad), Source.QR) for code in decoded if code.payload),
        ),
        facts=tuple(fact for fact in facts if fact.value is not None and not _is_garbled(fact)),
        page=None if third is None else third.read_page(view.pixels).text.reveal(),
    )


def reread_labelled(rgb: NDArray[np.uint8], quad: Quad) -> CardRereading:
    """Read the print of a card known by its code or zone: its lines, and the values behind its labels.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: the card's outline, its first corner being the top left one as read.
    """
    view = _view_of(rgb, quad, _ROOM_FOR_LINES)
    text_page = read_text_page(view, detect_lines(view, _DETECTOR_SIDE), is_upright=True)
    facts = (found.fact for found in read_print(text_page.lines, on_card=True).by_label)
    placed = (fact.moved(text_page.view.source_quad) for fact in facts if fact.quad is not None)
    return CardRereading(texts_of(text_page), tuple(placed), None)


def _view_of(rgb: NDArray[np.uint8], quad: Quad, room: float = 0.0) -> View:
    around = perspective.widened(quad, max(room, _ROOM))
    least, most = _WIDTHS
    width = min(max(round(geometry.width(around)), least), most)
    height = max(2, round(width * geometry.height(around) / max(geometry.width(around), 1.0)))
    return perspective.rectify(rgb, around, (width, height))


def _is_garbled(fact: Fact) -> bool:
    """Return whether the text behind the label of a name is none: a sign on a cover, its edge, a part of a label."""
    return fact.field in NAME_FIELDS and fact.value is not None and not is_surely_name(fact.value.reveal())
