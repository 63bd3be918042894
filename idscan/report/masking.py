"""Mask values and paths in reports.

A person's number or name is often the name of the file. A part of a path (a folder's or the file's name) is masked
as a whole when it holds a value that was found anywhere in the run, or digits of the shape of a citizen number:
other text beside a number is seldom harmless either.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.core.enums import NUMBER_FIELDS, PAYLOAD_FIELDS, Field
from idscan.run.pii_matcher import PiiMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idscan.core.types import Secret

MASK = "***"

DATE_FIELDS = frozenset({Field.DATE_OF_BIRTH, Field.DATE_OF_ISSUE, Field.DATE_OF_EXPIRY})

_LEAST_DIGITS_SHOWN_IN_PART = 9
"""The shorter of the two kinds of number; of fewer digits, which are a misreading, none is shown."""


def masked(field: Field, text: str) -> str | None:
    """Return what may be shown of a value: neither its content nor, digits apart, its length.

    >>> masked(Field.NUMBER, "001099000001")
    '0**********1'
    >>> masked(Field.DATE_OF_BIRTH, "1999-01-15")
    '****-**-**'
    """
    if field in PAYLOAD_FIELDS:
        return None
    if field in NUMBER_FIELDS and len(text) >= _LEAST_DIGITS_SHOWN_IN_PART:
        return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}"
    if field in DATE_FIELDS:
        return re.sub(r"[^-]", "*", text)
    return MASK


def shown(field: Field, value: Secret | None, *, reveal: bool) -> str | None:
    """Return the text of a value for a report: itself if revealed, else masked; None where nothing was read."""
    if value is None:
        return None
    text = value.reveal()
    return printable(text) if reveal else masked(field, text)


def printable(text: str) -> str:
    r"""Return text that every encoding of Unicode can hold: bytes that were no UTF-8 are written as \xNN.

    >>> printable("a\udcff")
    'a\\xff'
    """
    return re.sub(
        r"[\ud800-\udfff]",
        # Surrogates from 0xDC80 on stand for undecodable bytes.
        lambda match: rf"\x{ord(match[0]) - 0xDC00:02x}" if ord(match[0]) >= 0xDC80 else rf"\u{ord(match[0]):04x}",
        text,
    )


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that draw nothing, or turn the direction of what follows."""
_NAMED_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}

_KNOWN_SUFFIX = re.compile(
    r"\.(?:jpe?g|jfif|png|webp|bmp|dib|tiff?|gif|heic|heif|avif|pdf|txt|json|zip)$", re.IGNORECASE
)
"""Suffixes that stay when a file's name is masked; any other one may be part of a value."""


@dataclass(frozen=True, slots=True)
class ShownPath:
    """A path as a report shows it."""

    text: str
    is_masked: bool = False


def escaped(text: str) -> str:
    r"""Return text in which every character is visible, and which can be turned back without doubt.

    A backslash is doubled; a byte that is no UTF-8 becomes \xNN, as do the control characters of ASCII that have
    no short name; other invisible characters, those that turn the reading direction among them, become \uNNNN.

    >>> escaped("a\x1b[31m\n\udcff\u202e")
    'a\\x1b[31m\\n\\xff\\u202e'
    """
    return "".join(_escaped_character(character) for character in text)


def _escaped_character(character: str) -> str:
    if character in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[character]
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    if code < 0x80:  # ASCII
        return rf"\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds the undecodable bytes 0x80 to 0xff
        return rf"\x{code - 0xDC00:02x}"
    return rf"\u{code:04x}" if code <= 0xFFFF else rf"\U{code:08x}"  # the basic plane


class PathMask:
    """Shows paths and messages of one run."""

    def __init__(self, traces: PiiMatcher | None = None, *, reveal: bool = False) -> None:
        """Mask what holds one of the traces, or the shape of a citizen number; nothing if `reveal`."""
        self._traces = traces or PiiMatcher()
        self._reveal = reveal

    def path(self, path: str) -> ShownPath:
        """Return a path as it may be shown."""
        spans = () if self._reveal else self._traces.find(path)
        parts = []
        is_masked = False
        start = 0
        for part in path.split("/"):
            if part and _overlap(spans, start, start + len(part)):
                is_masked = True
                suffix = _KNOWN_SUFFIX.search(part)
                parts.append(MASK + (suffix[0] if suffix else ""))
            else:
                parts.append(escaped(part))
            start += len(part) + 1
        return ShownPath("/".join(parts), is_masked)

    def message(self, text: str) -> str:
        """Return a sentence as it may be shown, such as one that names a file."""
        pieces = []
        end = 0
        for start, stop in () if self._reveal else _merged_spans(self._traces.find(text)):
            pieces += [escaped(text[end:start]), MASK]
            end = stop
        return "".join([*pieces, escaped(text[end:])])


def _overlap(spans: Iterable[tuple[int, int]], start: int, stop: int) -> bool:
    return any(first < stop and start < last for first, last in spans)


def _merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, overlapping ones joined."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged
