"""The fields of a card's QR payload: cleaning, splitting, and telling each by its shape."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

from idscan.cards.dates import parse_qr_date
from idscan.cards.encodings import repair_encoding
from idscan.cards.names import is_name_like
from idscan.cards.numbers import normalise_sex

if TYPE_CHECKING:
    from collections.abc import Callable

_MIN_FIELDS = 4
_OTHER_SEPARATORS = (";", "\t", "\n", "$")
_TRIMMED = "\ufeff\x00\r\n \t"
_LABEL = re.compile(r"^\s*[A-Za-zÀ-ỹ ./]{2,24}:\s*")

TWELVE = re.compile(r"[0-9]{12}")
NINE = re.compile(r"[0-9]{9}")


def clean(text: str) -> str:
    """Return the payload without byte order mark, line ends and padding, with ASCII bars."""
    return text.strip(_TRIMMED).replace("\uff5c", "|")


def is_other_payload(text: str) -> bool:
    """Return whether the text is a payment code (EMVCo), link, contact, network or event: never a card."""
    return _OTHER_PAYLOAD.match(text) is not None


_OTHER_PAYLOAD = re.compile(
    r"000201|[a-z][a-z0-9+.\-]*://|www\.|begin:|mecard:|wifi:|mailto:|tel:|sms|geo:", re.IGNORECASE
)


def split(text: str) -> list[str]:
    """Return the fields: between bars, or else between what some scanners put in their place.

    Each field is repaired where its character set was guessed wrongly, and composed (NFC); bytes that are no
    text in any way come out as U+FFFD.
    """
    return [_field(part) for part in _raw_fields(text)]


def _field(part: str) -> str:
    repaired = _SURROGATE.sub("\ufffd", repair_encoding(part))
    return unicodedata.normalize("NFC", repaired).strip(_TRIMMED)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _raw_fields(text: str) -> list[str]:
    if text.startswith(("{", "[")):
        return _json_fields(text)
    repaired = repair_encoding(text)
    for separator in ("|", *_OTHER_SEPARATORS):
        parts = repaired.split(separator)
        if len(parts) >= _MIN_FIELDS:
            # "CCCD: 001..." and the like: scanners that label each field.
            return [_LABEL.sub("", part) if _LABEL.match(parts[0]) else part for part in parts]
    return [repaired]


def _json_fields(text: str) -> list[str]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    values = parsed.values() if isinstance(parsed, dict) else parsed
    return [str(value) if isinstance(value, (str, int)) else "" for value in values]


def tell_by_shape(fields: list[str]) -> dict[str, str] | None:
    """Name the fields by their shape when one is missing; None if they are not a card's.

    A number and a sex are needed, and a name or a date of birth beside them.
    """
    named: dict[str, str] = {}
    for field in fields:
        for name, fits in _SHAPES:
            if name not in named and fits(field):
                named[name] = field
                break
    has_person = "sex" in named and ("name" in named or "date_of_birth" in named)
    return named if "number" in named and has_person else None


def _is_date(text: str) -> bool:
    return parse_qr_date(text) is not None


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


_SHAPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("number", lambda text: TWELVE.fullmatch(text) is not None),
    ("old_number", lambda text: NINE.fullmatch(text) is not None or TWELVE.fullmatch(text) is not None),
    ("date_of_birth", _is_date),
    ("date_of_issue", _is_date),
    ("sex", lambda text: normalise_sex(text) is not None),
    ("name", is_name_like),
    ("residence", _has_letters),
)
"""Shapes of the fields in the order in which they are tried; the first of two dates is the birth."""
