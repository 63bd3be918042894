"""Second readings of printed names and addresses: with every Vietnamese letter, and against the table of syllables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import same_value
from idscan.cards.name_readings import in_ascii, is_lossy_copy, is_spelled_out, join_address, weigh_name
from idscan.cards.names import SYLLABLES
from idscan.cards.printed import ADDRESSES, GARBLED, NAMES
from idscan.cards.spelling import all_spellings
from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.core.vocabulary import Source
from idscan.pipeline.readers import diacritics_reader, line_reader, text_reader
from idscan.vision import warp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact, LineReading
    from idscan.core.secret import Secret
    from idscan.vision.warp import View

# Above, below and beside, as shares of the line's height: tone marks stand above capitals, dots below. Measured on
# made-up names: more room brings in the lines around, less cuts marks off.
ROOM_TO_SPELL = (0.11, 0.07, 0.25)
_ROOM_FOR_WORDS = (0.16, 0.10, 0.25)
_SPELLING_HEIGHT = 96
_GUESSED = 0.9  # a reader that lacks letters is right less often than it believes


def second_readings(view: View, facts: Sequence[Fact], *, needed: bool) -> list[Fact]:
    """Return the facts with each printed name read again by better means; names that stay garbled are left out.

    Args:
        view: the upright view in whose pixels the facts' quads are.
        facts: what the print was read to say.
        needed: whether the name is worth the time; without, names are only reduced to what the reader can vouch for.
    """
    result: list[Fact] = []
    for fact in _with_spelled_addresses(view, facts) if needed else facts:
        if fact.field not in NAMES or fact.by is not Source.PRINT or fact.value is None or fact.quad is None:
            result.append(fact)
        elif needed:
            result.extend(_read_again(view, fact, fact.quad, fact.value))
        elif fact.confidence > GARBLED:
            result.append(replace(fact, value=in_ascii(fact.value)))
    return result


def _read_again(view: View, fact: Fact, quad: Quad, first: Secret) -> list[Fact]:
    is_garbled = fact.confidence <= GARBLED
    reading = _spelled_name(view, quad)
    spelled = _as_fact(fact, reading) if reading is not None else []
    for one in spelled:
        if is_garbled and one.value is not None:
            return [one] if is_spelled_out(one.value) else []
        if one.value is not None and is_lossy_copy(first, one.value):
            agrees = same_value(fact.field, first, one.value)
            return [one, replace(fact, value=in_ascii(first))] if agrees else [one]
    guess = _in_words(view, fact, quad, first)
    if is_garbled:
        return [guess] if guess.value != in_ascii(first) else []
    return [*spelled, guess]


def _spelled_name(view: View, quad: Quad) -> LineReading | None:
    """Read a name by a reader that knows every letter: Tesseract where it is installed, the package's own elsewhere."""
    crop = warp.cut_line(view.pixels, with_room(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT)
    tesseract, own = diacritics_reader(), line_reader()
    if tesseract is not None:
        return tesseract.read_lines([crop])[0]
    if own is None:
        return None
    return own.read_names([crop], all_spellings())[0] or own.read_lines([crop])[0]


def _in_words(view: View, fact: Fact, quad: Quad, first: Secret) -> Fact:
    """Return the name as whole syllables: what the embedded reader can vouch for without the letters it lacks."""
    guess = replace(fact, value=in_ascii(first), confidence=_GUESSED * fact.confidence)
    reader = text_reader()
    if is_spelled_out(first) or reader is None:
        return guess
    crop = warp.cut_line(view.pixels, with_room(quad, _ROOM_FOR_WORDS))
    words = reader.read_words([crop], SYLLABLES)[0]
    again = _as_fact(guess, words) if words is not None else []
    return replace(again[0], confidence=min(guess.confidence, again[0].confidence)) if again else guess


def _with_spelled_addresses(view: View, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts with addresses spelled by a reader that knows every letter, where there is one."""
    addresses = [fact for fact in facts if fact.field in ADDRESSES and fact.by is Source.PRINT and fact.lines]
    read = _reader_of_lines()
    if read is None or not addresses:
        return list(facts)
    quads = [quad for fact in addresses for quad in fact.lines]
    crops = [warp.cut_line(view.pixels, with_room(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT) for quad in quads]
    readings = list(read(crops))
    spelled: dict[int, Fact] = {}
    for fact in addresses:
        own, readings = readings[: len(fact.lines)], readings[len(fact.lines) :]
        value = join_address([reading.text for reading in own])
        if fact.value is not None and same_value(fact.field, fact.value, value):
            confidence = sum(reading.confidence for reading in own) / len(own)
            spelled[id(fact)] = replace(fact, value=value, confidence=confidence, engine=own[0].engine)
    return [spelled.get(id(fact), fact) for fact in facts]


def _reader_of_lines() -> Callable[[Sequence[NDArray[np.uint8]]], tuple[LineReading, ...]] | None:
    """Return what spells several lines at once, None where nothing does."""
    tesseract, own = diacritics_reader(), line_reader()
    if tesseract is not None:
        return tesseract.read_stack
    return own.read_lines if own is not None else None


def _as_fact(fact: Fact, reading: LineReading) -> list[Fact]:
    weighed = weigh_name(reading) if reading.text else None
    if weighed is None:
        return []
    value, confidence = weighed
    return [replace(fact, value=value, confidence=confidence, engine=reading.engine)]


def with_room(quad: Quad, room: tuple[float, float, float]) -> Quad:
    """Return a line's place with room above, below and beside it, as shares of its height."""
    height = geometry.height(quad)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    above, below, beside = (share * height for share in room)
    return quad_from_points(
        ((ax - beside, ay - above), (bx + beside, by - above), (cx + beside, cy + below), (dx - beside, dy + below))
    )
