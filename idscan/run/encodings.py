"""Other readings of a text: what it says where it was escaped, or decoded by an encoding that is not its own.

A file may be called after a person in the bytes of an old encoding, and a name in UTF-8 is read letter by letter
wrongly where the locale is another one. Names of files come out of browsers and archives with their letters escaped.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ESCAPES = re.compile(
    r"(?P<bytes>(?:%[0-9a-f]{2})+)|#u(?P<zip>[0-9a-f]{4})|\\u(?P<json>[0-9a-f]{4})|&#(?P<html>\d{2,5});", re.IGNORECASE
)
"""Bytes as browsers write them, and letters as unzip, JSON and HTML do where they have no better way."""

_MOST_ESCAPES = 3
"""So often may an escape have been escaped again."""

_LONGEST = 20_000
"""No path has more letters; text of other kinds, such as metadata, is read as it is."""

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
class OtherReading:
    """A text read in another way.

    Attributes:
        text: what it says then.
        places: for each of its characters the (start, stop) of what it stands for in the text as it was given.
    """

    text: str
    places: tuple[tuple[int, int], ...]

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """Return where a part of the reading stands in the text as it was given."""
        return self.places[start][0], self.places[stop - 1][1]


def other_readings(text: str) -> Iterator[OtherReading]:
    """Yield the ways to read a text that differ from the text as it is; mostly there are none."""
    if len(text) > _LONGEST:
        return
    unescaped = _unescaped(text)
    if unescaped is not None:
        yield unescaped
    if text.isascii():
        return
    for encode in _ENCODERS:
        reading = _read_again(text, encode, _utf_8)
        if reading is not None:
            yield reading
    encode = _encoder(sys.getfilesystemencoding()) if _UNDECODED.search(text) else _encoder("latin-1")
    for decode in (_utf_8_in_part, _cp1258, _tcvn3):
        reading = _read_again(text, encode, decode)
        if reading is not None:
            yield reading


def _unescaped(text: str) -> OtherReading | None:
    reading = OtherReading(text, tuple((place, place + 1) for place in range(len(text))))
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
        reading = OtherReading("".join([*pieces, reading.text[end:]]), (*places, *reading.places[end:]))
    return None if reading.text == text else reading


def _letters_of(match: re.Match[str]) -> str:
    if match["bytes"]:
        raw = unquote_to_bytes(match["bytes"])
        return _utf_8(raw) or _cp1258(raw)
    if match["html"]:
        return chr(int(match["html"]))
    return chr(int(match["zip"] or match["json"], 16))


def _read_again(
    text: str, encode: Callable[[str], bytes | None], decode: Callable[[bytes], str | None]
) -> OtherReading | None:
    """Return a text whose runs of other letters than ASCII's are decoded anew; None where that does not work."""
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
    return None if read == text else OtherReading(read, tuple(places))


def _encoder(encoding: str) -> Callable[[str], bytes | None]:
    def encode(letters: str) -> bytes | None:
        try:
            return letters.encode(encoding, "surrogateescape")
        except UnicodeEncodeError:
            return None

    return encode


def _windows_1252(letters: str) -> bytes | None:
    """Return the bytes that Windows' western encoding shows as these letters; those without a letter stay as C1."""
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
"""How UTF-8 is most often read wrongly: by Windows programs, and by those that open ZIP archives."""


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
