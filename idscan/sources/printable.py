"""Runs of printable text in bytes of any kind."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_LENGTH = 9
"""Shorter runs hold no number of a card; a full name that is shorter says little without one."""

_MOST_RUNS = 5000

_UTF8 = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}){%d,}"
    % MIN_LENGTH
)
# Latin letters with any mark, combining marks and general punctuation.
_UTF16_LITTLE = re.compile(
    rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\x00|[\x00-\xff][\x01\x1e]|[\x00-\x6f]\x03|[\x10-\x2f]\x20){%d,}" % MIN_LENGTH,
    re.DOTALL,
)
_UTF16_BIG = re.compile(
    rb"(?:\x00[\t\n\r\x20-\x7e\xa0-\xff]|[\x01\x1e][\x00-\xff]|\x03[\x00-\x6f]|\x20[\x10-\x2f]){%d,}" % MIN_LENGTH,
    re.DOTALL,
)


def text_runs(data: bytes) -> tuple[str, ...]:
    r"""Return the printable runs of at least `MIN_LENGTH` characters, each once: UTF-8, then UTF-16 of either order.

    >>> text_runs(b"\x00\x01Made by Nobody\x00")
    ('Made by Nobody',)
    """
    runs: dict[str, None] = {}
    for text in _runs(data):
        for reading in {text, html.unescape(text)}:
            stripped = reading.strip()
            if len(stripped) >= MIN_LENGTH:
                runs.setdefault(stripped)
        if len(runs) >= _MOST_RUNS:
            break
    return tuple(runs)


def plain_text(data: bytes) -> tuple[str, ...]:
    """Return what a field that holds nothing but text says: as UTF-8, else as Latin-1, else its printable runs."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.strip("\0 \t\r\n")
    readings = dict.fromkeys([text] if len(text) >= MIN_LENGTH and "\0" not in text else [])
    readings.update(dict.fromkeys(text_runs(data)))
    return tuple(readings)


def _runs(data: bytes) -> Iterator[str]:
    for pattern, encoding in ((_UTF8, "utf-8"), (_UTF16_LITTLE, "utf-16-le"), (_UTF16_BIG, "utf-16-be")):
        for match in pattern.finditer(data):
            yield match.group().decode(encoding, "replace")
