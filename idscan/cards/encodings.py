"""Vietnamese text that a code reader decoded with the wrong character set, put right."""

from __future__ import annotations

import unicodedata

from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.names import is_vietnamese_letter

GUESSED_ENCODINGS_SOURCE = "zbar, qrcode/qrdectxt.c: candidates when a QR code declares no character set"
GUESSED_ENCODINGS = ("big5", "cp950", "shift_jis", "cp932", "latin-1", "cp1252")
"""Encodings that readers take UTF-8 for, in the order in which a repair is tried."""

_C1_CONTROLS = range(0x80, 0xA0)


def is_garbled(text: str) -> bool:
    """Return whether the text holds a character that no Vietnamese text has.

    >>> is_garbled("Huỳnh"), is_garbled("Hu廙軟h"), is_garbled("Huá»³nh")
    (False, True, True)
    """
    composed = unicodedata.normalize("NFC", text)
    return any(_is_foreign(character) for character in composed)


def _is_foreign(character: str) -> bool:
    if character.isascii() or is_vietnamese_letter(character):
        return False
    if ord(character) in _C1_CONTROLS or unicodedata.category(character) in {"Cs", "Cn", "Co", "So", "Sc", "No", "Lo"}:
        return True
    return (
        unicodedata.category(character) not in {"Mn", "Pd", "Zs", "Pi", "Pf", "Po", "Cf"} or character in "¡¦§¶·¿«»¨¯´¸"
    )


def repair_encoding(text: str) -> str:
    """Return the Vietnamese text behind one that was decoded wrongly, or the text itself where none is found.

    >>> repair_encoding("Hu盻ｳnh"), repair_encoding("Nguyễn")
    ('Huỳnh', 'Nguyễn')
    """
    if not is_garbled(text):
        return text
    for encoding in GUESSED_ENCODINGS:
        try:
            repaired = text.encode(encoding, "surrogateescape").decode("utf-8")
        except UnicodeError:
            continue
        if not is_garbled(repaired) and any(map(is_vietnamese_letter, unicodedata.normalize("NFC", repaired))):
            return repaired
    return text


TABLES = (
    KnowledgeTable(
        name="encodings that UTF-8 is taken for",
        source=GUESSED_ENCODINGS_SOURCE,
        recognise=lambda text: repair_encoding(text) != text,
        matching=("Hu廙軟h", "V藺nh", "Hu盻ｳnh", "Vﾄｩnh", "Huá»³nh", "VÄ©nh", "Nguyá»\x85n"),
        not_matching=("Huỳnh", "Vĩnh", "NGUYỄN VĂN MẪU", "漢字", "Müller", ""),
    ),
)
