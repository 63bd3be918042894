"""QR payloads: encodings, fields, and the payload of identity cards."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards import FactTable
from idscan.cards.documents import QrReading, all_documents
from idscan.cards.fields.dates import CardDate, parse_qr_date
from idscan.cards.fields.numbers import CitizenNumber, normalise_sex
from idscan.cards.fields.person_names import is_name_like, is_vietnamese_letter, normalise_name
from idscan.core.enums import CardKind, Field

if TYPE_CHECKING:
    from collections.abc import Callable

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


ENCODING_TABLES = (
    FactTable(name="encodings that UTF-8 is taken for", source=GUESSED_ENCODINGS_SOURCE,
        recognise=lambda text: repair_encoding(text) != text,
        matching=("Hu廙軟h", "V藺nh", "Hu盻ｳnh", "Vﾄｩnh", "Huá»³nh", "VÄ©nh", "Nguyá»\x85n"),
        not_matching=("Huỳnh", "Vĩnh", "NGUYỄN VĂN MẪU", "漢字", "Müller", "")),
)  # fmt: skip


_MIN_FIELDS = 4
"""Parts of a payload. Lower: other texts with separators are parsed as cards; higher: short payloads are lost."""
_OTHER_SEPARATORS = (";", "\t", "\n", "$")
_TRIMMED = "\ufeff\x00\r\n \t"
_LABEL = re.compile(r"^\s*[A-Za-zÀ-ỹ ./]{2,24}:\s*")

TWELVE = re.compile(r"[0-9]{12}")
NINE = re.compile(r"[0-9]{9}")


def clean(text: str) -> str:
    """Return the payload without byte order mark, line ends and padding, with ASCII bars."""
    return text.strip(_TRIMMED).replace("\uff5c", "|")


_OTHER_PAYLOAD = re.compile(
    r"000201|[a-z][a-z0-9+.\-]*://|www\.|begin:|mecard:|wifi:|mailto:|tel:|sms|geo:", re.IGNORECASE
)
"""Beginnings of payment codes (EMVCo), links, contacts, networks and events."""


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


def fields_by_shape(fields: list[str]) -> dict[str, str] | None:
    """Name the fields by their shape when one is missing; None if they are not a card's.

    A number and a sex are needed, and a name or a date of birth beside them.
    """
    named: dict[str, str] = {}
    for value in fields:
        for name, fits in _SHAPES:
            if name not in named and fits(value):
                named[name] = value
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


CHIP_ORDER = ("number", "old_number", "name", "date_of_birth", "sex", "residence", "date_of_issue")
"""Fields of a chip card (2021) in their order; the card of 2024 sends the same and more."""
CHIP_FIELDS = len(CHIP_ORDER)


@dataclass(frozen=True, slots=True)
class PayloadExtra:
    """A field behind the seventh, named by its shape.

    Attributes:
        kind: "cancelled_number", "old_number", "related_name" or "other".
        text: its content.
    """

    kind: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPayload:
    """The contents of a card's QR code.

    Attributes:
        number: the twelve-digit citizen number.
        old_number: the number before it, nine digits, seldom twelve.
        name: as written, composed (NFC); the payload has it in title case.
        date_of_birth: may be a year alone.
        sex: "Nam" or "Nữ".
        residence: the address as written.
        date_of_issue: absent from cut payloads.
        extras: what stands in the fields behind the seventh, empty ones left out.
        kind: chip card of 2021, or card of 2024, by the number of fields.
        is_strict: whether every field stands where the cards of 2021 and 2024 put it.
    """

    number: str = field(repr=False)
    old_number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    date_of_birth: CardDate | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    residence: str | None = field(default=None, repr=False)
    date_of_issue: CardDate | None = field(default=None, repr=False)
    extras: tuple[PayloadExtra, ...] = field(default=(), repr=False)
    kind: CardKind
    is_strict: bool


def parse_payload(text: str) -> CardPayload | None:
    """Parse the text of a card's QR code; None for everything else, a bare number included.

    Args:
        text: the payload as UTF-8; undecodable bytes may stand in it as surrogates.
    """
    cleaned = clean(text)
    if _OTHER_PAYLOAD.match(cleaned) is not None:
        return None
    fields = split(cleaned)
    if _is_strict(fields):
        return _payload(dict(zip(CHIP_ORDER, fields, strict=False)), fields, is_strict=True)
    if _is_of_lookalike(cleaned):
        return None
    named = fields_by_shape(fields[:CHIP_FIELDS])
    return None if named is None else _payload(named, fields, is_strict=False)


def read_citizen_qr(kind: CardKind, text: str) -> QrReading | None:
    """Read the QR text of a generation of the identity card; None for that of another one and for everything else."""
    payload = parse_payload(text)
    if payload is None or payload.kind is not kind:
        return None
    stated = (
        (Field.NUMBER, payload.number),
        (Field.OLD_NUMBER, payload.old_number),
        (Field.NAME, payload.name),
        (Field.DATE_OF_BIRTH, payload.date_of_birth),
        (Field.SEX, payload.sex),
        (Field.PLACE_OF_RESIDENCE, payload.residence),
        (Field.DATE_OF_ISSUE, payload.date_of_issue),
    )
    values = [(name, value.iso if isinstance(value, CardDate) else value) for name, value in stated]
    parents = [Field.FATHER_NAME, Field.MOTHER_NAME]
    for extra in payload.extras:
        if extra.kind in {"cancelled_number", "old_number"}:
            values.append((Field.OLD_NUMBER, extra.text))
        elif extra.kind == "related_name" and parents:
            values.append((parents.pop(0), extra.text))
    details = (("card", kind.value), *stated, *((extra.kind, extra.text) for extra in payload.extras))
    return QrReading(values=tuple(values), details=details, is_strict=payload.is_strict)


def _is_of_lookalike(text: str) -> bool:
    """Return whether a text is the payload of a document whose own number has the form of a citizen number."""
    return any(
        document.has_lookalike_number and document.read_qr is not None and document.read_qr(text) is not None
        for document in all_documents()
    )


def _is_strict(fields: list[str]) -> bool:
    if len(fields) < CHIP_FIELDS:
        return False
    number, old_number, name, birth, sex, _, issue = fields[:CHIP_FIELDS]
    is_old_number_right = _OLD_NUMBER.fullmatch(old_number) is not None
    are_dates_right = all(_EIGHT.fullmatch(date) and parse_qr_date(date) for date in (birth, issue))
    is_person = len(name) > 1 and normalise_sex(sex) is not None
    return CitizenNumber.parse(number) is not None and is_old_number_right and are_dates_right and is_person


_OLD_NUMBER = re.compile(r"(?:[0-9]{9}|[0-9]{12})?")
_EIGHT = re.compile(r"[0-9]{8}")


def _payload(named: dict[str, str], fields: list[str], *, is_strict: bool) -> CardPayload | None:
    number = CitizenNumber.parse(named["number"])
    if number is None:
        return None
    return CardPayload(
        number=number.digits,
        old_number=named.get("old_number") or None,
        name=normalise_name(named.get("name", "")) or None,
        date_of_birth=parse_qr_date(named.get("date_of_birth", "")),
        sex=normalise_sex(named.get("sex", "")),
        residence=" ".join(named.get("residence", "").split()) or None,
        date_of_issue=parse_qr_date(named.get("date_of_issue", "")),
        extras=tuple(_extra(text) for text in fields[CHIP_FIELDS:] if text),
        kind=CardKind.CCCD_CHIP if len(fields) <= CHIP_FIELDS else CardKind.CAN_CUOC,
        is_strict=is_strict,
    )


def _extra(text: str) -> PayloadExtra:
    if TWELVE.fullmatch(text):
        return PayloadExtra("cancelled_number", text)
    if NINE.fullmatch(text):
        return PayloadExtra("old_number", text)
    is_name = " " in text and all(word.isalpha() for word in re.split(r"[\s'’.-]+", text) if word)
    return PayloadExtra("related_name" if is_name else "other", text)


TABLES = (
    FactTable(name="QR payloads of identity cards",
        source="chip cards since 2021 (7 fields) and Circular 16/2024/TT-BCA (11 fields)",
        recognise=lambda text: parse_payload(text) is not None,
        matching=(
            "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20062022",
            "001305000002||Trần Thị Ví Dụ|20022005|Nữ|Thôn Mẫu, Xã Thử Nghiệm, Huyện Ví Dụ, Hà Nội|01032021",
            "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20082024||||",
            "\ufeff001099000001｜｜Nguyễn Văn Mẫu｜15011999｜Nam｜Hà Nội｜20062022\r\n",
            "001099000001|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội",
            "001155000004||Lê Thị Thử Nghiệm|1955|Nữ|Hà Nội|20062022",
            "001099000001;012345678;Nguyễn Văn Mẫu;15011999;Nam;Hà Nội;20062022",
            "CCCD: 001099000001|CMND: 012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            '{"id": "001099000001", "name": "Nguyễn Văn Mẫu", "dob": "15011999", "sex": "Nam"}',
            "001099000001||Nguyá»\x85n VÄ\x83n Máº«u|15011999|Nam|HÃ\xa0 Ná»\x99i|20062022"),
        not_matching=("001099000001", "", "||||||", "000000000000||Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "00020101021138540010A00000072701240006970400011000000000010208QRIBFTTA53037045802VN6304ABCD",
            "https://example.com/001099000001|a|b|c|Nam|d", "BEGIN:VCARD\nFN:Nguyen Van Mau\nTEL:0912345678\nEND:VCARD",
            "001099000001;Nguyễn Văn Mẫu;15/01/1999;A1;20/06/2022;Không thời hạn",
            "order|123456789012|total|100000|VND", "{not json", "[1, 2, 3, 4]")),
)  # fmt: skip
