"""Second readings of printed names and addresses: against the syllables of Vietnamese, and by Tesseract if asked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from idscan.cards.cover_words import is_written_on_covers
from idscan.cards.evidence import same_value
from idscan.cards.name_lexicon import first_words, further_words, unmarked_words
from idscan.cards.name_readings import in_ascii, is_lossy_copy, is_spelled_out, join_address, weigh_name
from idscan.cards.names import SYLLABLES, is_surely_name
from idscan.cards.printed import ADDRESSES, NAMES
from idscan.core import geometry
from idscan.core.geometry import quad_from_points
from idscan.core.secret import Secret
from idscan.core.vocabulary import Effort, Source
from idscan.engines.ctc import Lexicon
from idscan.pipeline.readers import line_reader, third_reader
from idscan.vision import warp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact, LineReading
    from idscan.vision.warp import View

# Above, below and beside, as shares of the line's height: tone marks stand above capitals, dots below. Measured on 369
# names of made-up cards: exact are 353 with no room above and below, 358 so, 346 with 0.11 and 0.07: what is cut out is
# scaled to one height, and with much room the marks get small.
ROOM_TO_SPELL = (0.05, 0.02, 0.25)
_ROOM_OF_ZONE = (0.0, 0.0, 0.25)
_SPELLING_HEIGHT = 96
_PLAINLY_READ = 0.9
"""How sure the reader must be of every letter of a word for it to stand against the lexicon.

Measured on 120 made-up names each, in faces that the reader had never seen, on cards 250 to 1,000 pixels wide. Exact
are by a lexicon of syllables alone, so, and by plain reading: of ordinary names 115, 114 and 99; of syllables drawn
evenly 106, 105 and 103; of names of minorities 86, 105 and 103.
"""
_GUESSED = 0.9  # a reader that lacks letters is right less often than it believes
_UNSURE = 0.5
"""Confidence under which a first reading is anything that stands behind a label."""


def second_readings(view: View, facts: Sequence[Fact], effort: Effort) -> list[Fact]:
    """Return the facts with each printed name read again by better means; names that stay garbled are left out.

    What a closer look shows to be written on a cover is left out as well.

    Args:
        view: the upright view in whose pixels the facts' quads are.
        facts: what the print was read to say.
        effort: thorough asks Tesseract too, where it is installed.
    """
    result: list[Fact] = []
    for fact in _with_spelled_addresses(view, facts):
        is_one_line = len(fact.lines) <= 1
        if fact.field in NAMES and fact.by is Source.PRINT and is_one_line and fact.value and fact.quad:
            result.extend(_read_again(view, fact, fact.quad, fact.value, effort))
        elif fact.field in NAMES and fact.by is Source.MRZ and fact.lines:
            result.append(_spelt_in_zone(view, fact, fact.lines[0]))
        else:
            result.append(fact)
    return result


def _read_again(view: View, fact: Fact, quad: Quad, first: Secret, effort: Effort) -> list[Fact]:
    crop = warp.cut_line(view.pixels, with_room(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT)
    readings = [_without_edges(reading, first) for reading in _spellings(crop, effort)]
    if any(reading.text and is_written_on_covers(reading.text.reveal()) for reading in readings):
        return []
    again = [one for reading in readings for one in _as_fact(fact, reading)]
    if fact.confidence < _UNSURE:
        # This may be what a cover left of a label, or its edge: a lexicon makes syllables of anything.
        return [one for one in again if one.value and _is_whole(one.value)]
    if any(_is_copy(fact, first, one) for one in again):
        return again
    return [*again, _vouched_for(fact, first)]


def _is_whole(name: Secret) -> bool:
    return is_spelled_out(name) and is_surely_name(name.reveal())


def _without_edges(reading: LineReading, first: Secret) -> LineReading:
    """Return a second reading without a letter at its end that the room around the name made of what stands there."""
    words, fewer = reading.text.reveal().split(), first.reveal().split()
    if len(words) != len(fewer) + 1 or len(words[-1]) != 1:
        return reading
    text = " ".join(words[:-1])
    return replace(reading, text=Secret(text), columns=(), confidences=reading.confidences[: len(text)])


def _spelt_in_zone(view: View, fact: Fact, line: Quad) -> Fact:
    """Return a name of a machine-readable zone as syllables that can be spelt, if its line may say so."""
    own = line_reader()
    if own is None:
        return fact
    (reading,) = own.read_names(
        [warp.cut_line(view.pixels, with_room(line, _ROOM_OF_ZONE))], zone_lexicon(), is_zone=True
    )
    return fact if reading is None else replace(fact, value=reading.text)


def _is_copy(fact: Fact, first: Secret, again: Fact) -> bool:
    """Return whether a second reading has all that the first one has, so that the first adds nothing."""
    value = again.value
    return value is not None and (same_value(fact.field, first, value) or is_lossy_copy(first, value))


def _vouched_for(fact: Fact, first: Secret) -> Fact:
    """Return a first reading as far as its reader can vouch for it: one that lacks letters, for no marks."""
    own = line_reader()
    if own is not None and fact.engine == own.name:
        return replace(fact, confidence=_GUESSED * fact.confidence)
    return replace(fact, value=in_ascii(first), confidence=_GUESSED * fact.confidence)


def _spellings(crop: NDArray[np.uint8], effort: Effort) -> Iterator[LineReading]:
    """Yield what the readers that know every letter make of a name."""
    own, tesseract = line_reader(), third_reader()
    if own is not None:
        plain = own.read_lines([crop])[0]
        # A name without any mark was printed so: marks must not be read into it.
        lexicon = unmarked_lexicon() if plain.text.reveal().isascii() else name_lexicon()
        yield by_word(plain, own.read_names([crop], lexicon)[0])
    if tesseract is not None and (effort is Effort.THOROUGH or own is None):
        yield tesseract.read_lines([crop])[0]


def by_word(plain: LineReading, named: LineReading | None) -> LineReading:
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
    addresses = [fact for fact in facts if fact.field in ADDRESSES and fact.by is Source.PRINT and fact.lines]
    own = line_reader()
    if own is None or not addresses:
        return list(facts)
    quads = [quad for fact in addresses for quad in fact.lines]
    crops = [warp.cut_line(view.pixels, with_room(quad, ROOM_TO_SPELL), _SPELLING_HEIGHT) for quad in quads]
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
    weighed = weigh_name(reading) if reading.text else None
    if weighed is None:
        return []
    value, confidence = weighed
    weakest = min(reading.confidences, default=None)
    return [replace(fact, value=value, confidence=confidence, engine=reading.engine, weakest=weakest)]


def with_room(quad: Quad, room: tuple[float, float, float]) -> Quad:
    """Return a line's place with room above, below and beside it, as shares of its height."""
    height = geometry.height(quad)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    above, below, beside = (share * height for share in room)
    return quad_from_points(
        ((ax - beside, ay - above), (bx + beside, by - above), (cx + beside, cy + below), (dx - beside, dy + below))
    )
