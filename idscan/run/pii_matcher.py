"""Find the values of a run, and citizen numbers, in text such as a path.

The name of a file may be in an old encoding, or in UTF-8 that was decoded as another encoding. Browsers and archivers
escape letters in the names of files.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

from idscan.cards.fields.numbers import PROVINCES, CitizenNumber
from idscan.cards.text import fold_character
from idscan.core.enums import NAME_FIELDS, NUMBER_FIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from idscan.core.types import Finding, ImageResult, ScanResult

_ESCAPES = re.compile(
    r"(?P<bytes>(?:%[0-9a-f]{2})+)|#u(?P<zip>[0-9a-f]{4})|\\u(?P<json>[0-9a-f]{4})|&#(?P<html>\d{2,5});", re.IGNORECASE
)
"""Bytes escaped by browsers, and letters escaped by unzip, JSON and HTML."""

_MOST_ESCAPES = 3
"""Levels of nested escapes. Lower: a name that was escaped twice is missed; higher: many percent signs take longer."""
_LONGEST = 20_000
"""Characters of a text that is decoded in other ways. Lower: long paths are not; higher: long metadata takes longer."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNDECODED = re.compile(r"[\udc80-\udcff]")

_TCVN3: dict[int, str] = {
    byte: letter
    for letter, ranges in {
        "a": ((0xA1, 0xA2), (0xA8, 0xA9), (0xB5, 0xB9), (0xBB, 0xBE), (0xC6, 0xCB)),
        "d": ((0xA7, 0xA7), (0xAE, 0xAE)),
        "e": ((0xA3, 0xA3), (0xAA, 0xAA), (0xCC, 0xCC), (0xCE, 0xD6)),
        "i": ((0xD7, 0xD8), (0xDC, 0xDE)),
        "o": ((0xA4, 0xA5), (0xAB, 0xAC), (0xDF, 0xDF), (0xE1, 0xEE)),
        "u": ((0xA6, 0xA6), (0xAD, 0xAD), (0xEF, 0xEF), (0xF1, 0xF9)),
        "y": ((0xFA, 0xFE),),
    }.items()
    for first, last in ranges
    for byte in range(first, last + 1)
}
"""TCVN 5712:1993, VN3, the encoding of Vietnamese office files until the 2000s: its letters without their marks."""


@dataclass(frozen=True, slots=True)
class AlternativeDecoding:
    """A text decoded in another way.

    Attributes:
        text: the decoded text.
        places: for each of its characters the (start, stop) of its source in the given text.
    """

    text: str
    places: tuple[tuple[int, int], ...]

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Return the (start, stop) in the given text of a part of this one."""
        return self.places[start][0], self.places[stop - 1][1]


def alternative_decodings(text: str) -> Iterator[AlternativeDecoding]:
    """Yield the decodings of a text that differ from the text itself; usually there are none."""
    if len(text) > _LONGEST:
        return
    unescaped = _unescaped(text)
    if unescaped is not None:
        yield unescaped
    if text.isascii():
        return
    for encode in _ENCODERS:
        reading = _redecoded(text, encode, _utf_8)
        if reading is not None:
            yield reading
    encode = _encoder(sys.getfilesystemencoding()) if _UNDECODED.search(text) else _encoder("latin-1")
    for decode in (_utf_8_in_part, _cp1258, _tcvn3):
        reading = _redecoded(text, encode, decode)
        if reading is not None:
            yield reading


def _unescaped(text: str) -> AlternativeDecoding | None:
    reading = AlternativeDecoding(text, tuple((place, place + 1) for place in range(len(text))))
    for _ in range(_MOST_ESCAPES):
        pieces: list[str] = []
        places: list[tuple[int, int]] = []
        end = 0
        for match in _ESCAPES.finditer(reading.text):
            letters = _letters_of(match)
            pieces += [reading.text[end : match.start()], letters]
            places += [*reading.places[end : match.start()], *([reading.span(*match.span())] * len(letters))]
            end = match.end()
        if end == 0:
            break
        reading = AlternativeDecoding("".join([*pieces, reading.text[end:]]), (*places, *reading.places[end:]))
    return None if reading.text == text else reading


def _letters_of(match: re.Match[str]) -> str:
    if match["bytes"]:
        raw = unquote_to_bytes(match["bytes"])
        return _utf_8(raw) or _cp1258(raw)
    if match["html"]:
        return chr(int(match["html"]))
    return chr(int(match["zip"] or match["json"], 16))


def _redecoded(
    text: str, encode: Callable[[str], bytes | None], decode: Callable[[bytes], str | None]
) -> AlternativeDecoding | None:
    """Return a text whose runs of letters outside ASCII are decoded anew; None where that fails or changes nothing."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    runs = [(0, 0), *(match.span() for match in _NOT_ASCII.finditer(text)), (len(text), len(text))]
    for (_start, end), (start, stop) in pairwise(runs):
        raw = encode(text[start:stop])
        letters = None if raw is None else decode(raw)
        if letters is None:
            return None
        pieces += [text[end:start], letters]
        places += [*((place, place + 1) for place in range(end, start)), *([(start, stop)] * len(letters))]
    read = "".join(pieces)
    return None if read == text else AlternativeDecoding(read, tuple(places))


def _encoder(encoding: str) -> Callable[[str], bytes | None]:
    def encode(letters: str) -> bytes | None:
        try:
            return letters.encode(encoding, "surrogateescape")
        except UnicodeEncodeError:
            return None

    return encode


def _windows_1252(letters: str) -> bytes | None:
    """Encode letters in Windows-1252; bytes without a letter there are C1 control characters."""
    raw = bytearray()
    for letter in letters:
        try:
            raw += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:  # noqa: PLR2004  one byte
                return None
            raw.append(ord(letter))
    return bytes(raw)


_ENCODERS = (_windows_1252, _encoder("cp437"))
"""Encodings in which UTF-8 is most often misread: by Windows programs, and by those that open ZIP archives."""


def _utf_8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _utf_8_in_part(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _cp1258(raw: bytes) -> str:
    return raw.decode("cp1258", "replace")


def _tcvn3(raw: bytes) -> str:
    return "".join(_TCVN3.get(byte, "\N{REPLACEMENT CHARACTER}") for byte in raw)


Span: TypeAlias = tuple[int, int]

_GROUPED_TWELVE = re.compile(r"(?<!\d)(?=(\d(?:[ ._-]?\d){11})(?!\d))")
_DATE_FORMS = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[ ._-]?(?P<month>\d{2})[ ._-]?(?P<day>\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[ ._-](?P<month>\d{1,2})[ ._-](?P<year>\d{4})(?!\d)"),
)

_PREFIX_LETTERS = 3
"""Letters of the shortest name searched for. Lower: names of two match any text; higher: short ones are missed."""
_WHOLE_WORD_LETTERS = 8
"""Letters of a name that may be part of a word. Lower: "le an" is found in "clean"; higher: joined names are missed."""
_KEYS = frozenset("sfrxjw")
_DOUBLED = frozenset("aeod")
"""Letters typed for marks in the Telex input method: "Nguyeenx Vawn Maaux"."""


@dataclass(frozen=True, slots=True)
class PiiMatcher:
    """Index of the values of a run, for searching text.

    Attributes:
        numbers: digits of every number that was read.
        birth_dates: ISO 8601 dates.
        names: letters of every name, without case, diacritics and spaces.
        spellings: the same names as they were read.
        number_lengths: numbers of digits of the numbers.
        name_lengths: lengths of the names by their first letters, so that the time of a search hardly grows with the
            number of names.
        typed: the same names by their letters without those that may be keys of Telex.
        typed_lengths: as `name_lengths`, for these.
    """

    numbers: frozenset[str] = field(default=frozenset(), repr=False)
    birth_dates: frozenset[str] = field(default=frozenset(), repr=False)
    names: frozenset[str] = field(default=frozenset(), repr=False)
    spellings: frozenset[str] = field(default=frozenset(), repr=False)
    number_lengths: frozenset[int] = field(init=False, repr=False)
    name_lengths: Mapping[str, frozenset[int]] = field(init=False, repr=False)
    typed: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    typed_lengths: Mapping[str, frozenset[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        typed: dict[str, set[str]] = {}
        for name in self.names:
            left = "".join(letter for letter, _ in _without_keys((letter, 0) for letter in name))
            if len(left) >= _PREFIX_LETTERS:
                typed.setdefault(left, set()).add(name)
        object.__setattr__(self, "number_lengths", frozenset(map(len, self.numbers)))
        object.__setattr__(self, "name_lengths", _lengths_by_prefix(self.names))
        object.__setattr__(self, "typed", {left: frozenset(names) for left, names in typed.items()})
        object.__setattr__(self, "typed_lengths", _lengths_by_prefix(typed))

    @classmethod
    def of_run(cls, result: ScanResult) -> PiiMatcher:
        """Collect the values of all findings of a run, conflicting readings included."""
        return cls.of_images(result.images)

    @classmethod
    def of_images(cls, images: Iterable[ImageResult]) -> PiiMatcher:
        """Collect the values of all findings in these images, conflicting readings included."""
        numbers: set[str] = set()
        birth_dates: set[str] = set()
        names: dict[str, str] = {}
        for image in images:
            for finding in image.all_findings:
                for text in _texts_of_run(finding):
                    if finding.field in NUMBER_FIELDS:
                        numbers.add("".join(digit for digit, _ in _digits(text)))
                    elif finding.field is Field.DATE_OF_BIRTH:
                        birth_dates.add(text)
                    elif finding.field in NAME_FIELDS:
                        names[text] = "".join(letter for letter, _ in _letters(text))
        names = {spelling: letters for spelling, letters in names.items() if len(letters) >= _PREFIX_LETTERS}
        return cls(frozenset(numbers - {""}), frozenset(birth_dates), frozenset(names.values()), frozenset(names))

    def joined(self, other: PiiMatcher) -> PiiMatcher:
        """Return the values of both."""
        return PiiMatcher(
            self.numbers | other.numbers,
            self.birth_dates | other.birth_dates,
            self.names | other.names,
            self.spellings | other.spellings,
        )

    def find(self, text: str) -> tuple[Span, ...]:
        """Return (start, stop) of all personal data in the text, in no particular order.

        For the names of files, which may be in any encoding, escaped, or typed with the keys of an input method.
        """
        spans = [*self._find(text)]
        for reading in alternative_decodings(text):
            spans += (reading.span(*span) for span in self._find(reading.text))
        return tuple(spans)

    def _find(self, text: str) -> Iterator[Span]:
        yield from _citizen_numbers("".join(_plain_digit(character) for character in text))
        yield from self.find_known(text)
        yield from self._typed_names(text)

    def find_known(self, text: str) -> tuple[Span, ...]:
        """Return (start, stop) of the values of the run in the text, without other digits of the form of a number."""
        plain = "".join(_plain_digit(character) for character in text)
        return (*self._known_numbers(plain), *self._known_dates(plain), *self._known_names(text))

    def _known_numbers(self, text: str) -> Iterator[Span]:
        digits = list(_digits(text))
        run = "".join(digit for digit, _ in digits)
        for length in self.number_lengths:
            for start in range(len(run) - length + 1):
                if run[start : start + length] in self.numbers:
                    yield digits[start][1], digits[start + length - 1][1] + 1

    def _known_dates(self, text: str) -> Iterator[Span]:
        for form in _DATE_FORMS if self.birth_dates else ():
            for match in form.finditer(text):
                if f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}" in self.birth_dates:
                    yield match.span()

    def _known_names(self, text: str) -> Iterator[Span]:
        if self.names:
            letters = list(_letters(text))
            for start, stop in _matches(letters, self.names, self.name_lengths):
                yield from _name_span(text, letters[start:stop])

    def _typed_names(self, text: str) -> Iterator[Span]:
        """Yield where a name is written with the Telex keys of its marks."""
        if not self.names:
            return
        written = list(_letters(text))
        kept = list(_without_keys((letter, place) for place, (letter, _) in enumerate(written)))
        for first, last in _matches(kept, self.typed, self.typed_lengths):
            start, stop = kept[first][1], _end_of_keys(text, written, kept[last - 1][1] + 1)
            for name in self.typed["".join(letter for letter, _ in kept[first:last])]:
                # A first letter that may be a key precedes the letters that were kept.
                begin = start if name[0] not in _KEYS else max(0, start - 1)
                # Keys are only added to a name: all its letters are there in order.
                if _has_in_order("".join(letter for letter, _ in written[begin:stop]), name):
                    yield from _name_span(text, written[begin:stop])


def _texts_of_run(finding: Finding) -> Iterator[str]:
    if finding.value is not None:
        yield finding.value.reveal()
    for conflict in finding.conflicts:
        yield conflict.value.reveal()


def _citizen_numbers(text: str) -> Iterator[Span]:
    for match in _GROUPED_TWELVE.finditer(text):
        number = CitizenNumber.parse(re.sub(r"\D", "", match[1]))
        is_grouped = not match[1].isdecimal()
        # Grouped digits are as often a date with a time; a number begins with a province and a century.
        if number is not None and (not is_grouped or _has_home_structure(number)):
            yield match.span(1)


def _has_home_structure(number: CitizenNumber) -> bool:
    return number.province_code in PROVINCES and number.digits[3] in "0123"


def _lengths_by_prefix(names: Iterable[str]) -> dict[str, frozenset[int]]:
    lengths: dict[str, set[int]] = {}
    for name in names:
        lengths.setdefault(name[:_PREFIX_LETTERS], set()).add(len(name))
    return {prefix: frozenset(found) for prefix, found in lengths.items()}


def _matches(
    letters: Sequence[tuple[str, int]], names: Container[str], lengths: Mapping[str, frozenset[int]]
) -> Iterator[Span]:
    """Yield (start, stop) among the letters of each of the names."""
    run = "".join(letter for letter, _ in letters)
    for start in range(len(run)):
        for length in lengths.get(run[start : start + _PREFIX_LETTERS], ()):
            # A slice at the end of the text is shorter, and may be another name.
            if start + length <= len(run) and run[start : start + length] in names:
                yield start, start + length


def _name_span(text: str, letters: Sequence[tuple[str, int]]) -> Iterator[Span]:
    """Yield the span of the letters of a name, with the marks of the last one, unless it is part of other words."""
    start, stop = letters[0][1], letters[-1][1] + 1
    while stop < len(text) and unicodedata.combining(text[stop]):
        stop += 1
    if len(letters) >= _WHOLE_WORD_LETTERS or (_begins_word(text, start) and _is_word_end(text, stop)):
        yield start, stop


def _begins_word(text: str, start: int) -> bool:
    """Return whether no letter precedes, or a capital begins a word: "photoLeAn", "CCCDLeAn"."""
    before, first, second = text[max(0, start - 1) : start], text[start], text[start + 1 : start + 2]
    return not before.isalpha() or (first.isupper() and (before.islower() or second.islower()))


def _is_word_end(text: str, stop: int) -> bool:
    after = text[stop : stop + 1]
    last = next((letter for letter in reversed(text[:stop]) if not unicodedata.combining(letter)), "")
    return not after.isalpha() or (after.isupper() and last.islower())


def _without_keys(letters: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield the letters without those that may be keys of Telex, doubled ones once."""
    last = ""
    for letter, index in letters:
        if letter in _KEYS or (letter == last and letter in _DOUBLED):
            continue
        last = letter
        yield letter, index


def _end_of_keys(text: str, letters: Sequence[tuple[str, int]], stop: int) -> int:
    """Return the index of the letter after the keys that follow the last letter of a name."""
    while stop < len(letters):
        (last, before), (letter, place) = letters[stop - 1], letters[stop]
        is_key = letter in _KEYS or (letter == last and letter in _DOUBLED)
        if not is_key or place - before > 1 or (text[place].isupper() and text[before].islower()):
            break
        stop += 1
    return stop


def _has_in_order(text: str, name: str) -> bool:
    """Return whether a text contains the letters of a name in their order, with any others between them."""
    letters = iter(text)
    return all(letter in letters for letter in name)


@lru_cache(maxsize=4096)
def _plain_digit(character: str) -> str:
    """Return the ASCII digit for a digit of any script (full-width forms among them), else the character."""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _digits(text: str) -> Iterable[tuple[str, int]]:
    return ((digit, index) for index, digit in enumerate(map(_plain_digit, text)) if digit.isdecimal())


def _letters(text: str) -> Iterable[tuple[str, int]]:
    folded = ((letter, index) for index, character in enumerate(text) for letter in fold_character(character))
    return ((letter, index) for letter, index in folded if "a" <= letter <= "z")
