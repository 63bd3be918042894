"""How much of a value a report shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from idscan.core.vocabulary import NUMBER_FIELDS, PAYLOAD_FIELDS, Field

if TYPE_CHECKING:
    from idscan.core.secret import Secret

MASK = "***"

PLACE_FIELDS = frozenset({Field.PLACE_OF_ORIGIN, Field.PLACE_OF_RESIDENCE})
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
        lambda match: rf"\x{ord(match[0]) - 0xDC00:02x}" if ord(match[0]) >= 0xDC80 else rf"\u{ord(match[0]):04x}",  # noqa: PLR2004  the surrogates of undecodable bytes start here
        text,
    )
