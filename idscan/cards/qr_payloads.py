"""QR payloads of identity cards, health insurance cards and driving licences."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable
from idscan.cards.fields.dates import CardDate, parse_qr_date
from idscan.cards.fields.names import is_name_like, is_vietnamese_letter, normalise_name
from idscan.cards.fields.numbers import FEMALE, MALE, CitizenNumber, normalise_sex
from idscan.core.enums import CardKind

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
    FactTable(
        name="encodings that UTF-8 is taken for",
        source=GUESSED_ENCODINGS_SOURCE,
        recognise=lambda text: repair_encoding(text) != text,
        matching=("Hu廙軟h", "V藺nh", "Hu盻ｳnh", "Vﾄｩnh", "Huá»³nh", "VÄ©nh", "Nguyá»\x85n"),
        not_matching=("Huỳnh", "Vĩnh", "NGUYỄN VĂN MẪU", "漢字", "Müller", ""),
    ),
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BhytPayload:
    """What the QR code of a health insurance card says.

    Attributes:
        card_number: 10 digits, or 15 characters: people's group, level, province, insurance number.
        name: of the insured.
        date_of_birth: may be a year alone.
        sex: "Nam" or "Nữ".
        address: where given.
        parent_name: father's or mother's name, on children's cards.
        insurance_number: the 10 digits of social insurance.
        valid_from: first day of insurance.
    """

    card_number: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    date_of_birth: CardDate | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    parent_name: str | None = field(default=None, repr=False)
    insurance_number: str | None = field(default=None, repr=False)
    valid_from: CardDate | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GplxPayload:
    """What the QR code of a driving licence may say; its form is not published, so this goes by shape.

    Attributes:
        number: the licence's own twelve digits, which are no citizen number.
        name: of the driver.
        date_of_birth: as given.
        classes: such as "A1".
    """

    number: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    date_of_birth: CardDate | None = field(default=None, repr=False)
    classes: str | None = None


_BHYT_NUMBER = re.compile(r"[0-9]{10}|[A-Z]{2}[1-5][0-9]{2}[0-9]{10}")
_BHYT_MIN_FIELDS = 8
_APP_FIELDS = 2
_BHYT_SEX = {"1": MALE, "2": FEMALE}


def parse_bhyt_payload(text: str) -> BhytPayload | None:
    """Parse the QR text of a health insurance card, or the two fields that the insurance app shows."""
    fields = [part.strip() for part in clean(text).split("|")]
    name = _from_hex(fields[1]) if len(fields) > 1 else None
    is_card = len(fields) >= _BHYT_MIN_FIELDS or len(fields) == _APP_FIELDS
    if name is None or not is_card or _BHYT_NUMBER.fullmatch(fields[0]) is None:
        return None
    padded = [*fields, *([""] * 11)]
    return BhytPayload(
        card_number=fields[0],
        name=normalise_name(name),
        date_of_birth=parse_qr_date(padded[2]),
        sex=_BHYT_SEX.get(padded[3]),
        address=_from_hex(padded[4]),
        parent_name=_from_hex(padded[10]),
        insurance_number=padded[9] or None,
        valid_from=parse_qr_date(padded[6]),
    )


def _from_hex(text: str) -> str | None:
    try:
        return bytes.fromhex(text).decode("utf-8") or None
    except ValueError:
        return None


_CLASS = re.compile(r"(?:A[1-4]?|B[12E]?|C[1E]?|D[12E]?|FB2|F[CDE]|C1E|D1E|D2E)(?:[ ,](?:A[1-4]?|B[12]?|C1?|D[12]?))*")
_GPLX_PREFIX = re.compile(r"^GPLX[\s:;|]*")
_GPLX_MIN_FIELDS = 4


def parse_gplx_payload(text: str) -> GplxPayload | None:
    """Parse what looks like the QR text of a driving licence: its number, a name, a class, perhaps dates."""
    cleaned = clean(text)
    fields = split(_GPLX_PREFIX.sub("", cleaned))
    if len(fields) < _GPLX_MIN_FIELDS or TWELVE.fullmatch(fields[0]) is None:
        return None
    classes = next((part for part in fields[1:] if _CLASS.fullmatch(part)), None)
    name = next((part for part in fields[1:] if is_name_like(part)), None)
    if name is None or (classes is None and _GPLX_PREFIX.match(cleaned) is None):
        return None
    dates = [date for date in map(parse_qr_date, fields[1:]) if date]
    return GplxPayload(
        number=fields[0], name=normalise_name(name), date_of_birth=dates[0] if dates else None, classes=classes
    )


RELATIVE_PAYLOAD_TABLES = (
    FactTable(
        name="QR payloads of health insurance cards",
        source="cards of Vietnam Social Security since 2021 (Decision 1666/QD-BHXH): text fields as hex of UTF-8",
        recognise=lambda text: parse_bhyt_payload(text) is not None,
        matching=(
            (
                "GD4010000000001|4e677579e1bb856e2056c4836e204de1baab75|15/01/1999|1|58c3a3205468e1bbad204e676869e1bb876d"
                "2c2048c3a0204ee1bb9969|01 - 000|01/01/2024|-|01/01/2024|0000000001|-|4|01/01/2029|"
                "0000000000000000-0000|0|48c3a0204ee1bb9969|$"
            ),
            "0000000001|4e677579e1bb856e2056c4836e204de1baab75",
        ),
        not_matching=(
            "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "0000000001|not hex",
            "0000000001",
            "GD4010000000001|4e67|x",
            "",
        ),
    ),
    FactTable(
        name="QR payloads of driving licences",
        source="public readers of licences since June 2020; the form is not published",
        recognise=lambda text: parse_gplx_payload(text) is not None,
        matching=(
            "010099000001;Nguyễn Văn Mẫu;15/01/1999;A1;20/06/2022;Không thời hạn",
            "GPLX;010099000001;Nguyễn Văn Mẫu;15/01/1999;20/06/2022",
        ),
        not_matching=(
            "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "010099000001;Nguyễn Văn Mẫu",
            "010099000001",
            "010099000001;1;2;3;A1",
            "",
        ),
    ),
)


CHIP_FIELDS = 7
"""Fields of a chip card (2021); the card of 2024 sends the same and more."""


@dataclass(frozen=True, slots=True)
class PayloadExtra:
    """A field behind the seventh, told by its shape.

    Attributes:
        kind: "cancelled_number", "old_number", "related_name" or "other".
        text: what it says.
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
        kind: chip card of 2021, or card of 2024, as told by the number of fields.
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
    if is_other_payload(cleaned):
        return None
    fields = split(cleaned)
    if _is_strict(fields):
        names = ("number", "old_number", "name", "date_of_birth", "sex", "residence", "date_of_issue")
        return _payload(dict(zip(names, fields, strict=False)), fields, is_strict=True)
    if parse_gplx_payload(cleaned) is not None:
        return None
    named = fields_by_shape(fields[:CHIP_FIELDS])
    return None if named is None else _payload(named, fields, is_strict=False)


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
    FactTable(
        name="QR payloads of identity cards",
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
            "001099000001||Nguyá»\x85n VÄ\x83n Máº«u|15011999|Nam|HÃ\xa0 Ná»\x99i|20062022",
        ),
        not_matching=(
            "001099000001",
            "",
            "||||||",
            "000000000000||Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022",
            "00020101021138540010A00000072701240006970400011000000000010208QRIBFTTA53037045802VN6304ABCD",
            "https://example.com/001099000001|a|b|c|Nam|d",
            "BEGIN:VCARD\nFN:Nguyen Van Mau\nTEL:0912345678\nEND:VCARD",
            "001099000001;Nguyễn Văn Mẫu;15/01/1999;A1;20/06/2022;Không thời hạn",
            "order|123456789012|total|100000|VND",
            "{not json",
            "[1, 2, 3, 4]",
        ),
    ),
)
