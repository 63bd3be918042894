"""What the QR code of an identity card says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from idscan.cards import payload_fields
from idscan.cards.dates import CardDate, parse_qr_date
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.names import normalise_name
from idscan.cards.numbers import CitizenNumber, normalise_sex
from idscan.cards.relative_payloads import (
    BhytPayload,
    GplxPayload,
    parse_bhyt_payload,
    parse_gplx_payload,
)
from idscan.core.vocabulary import CardKind

__all__ = [
    "BhytPayload",
    "CardPayload",
    "GplxPayload",
    "PayloadExtra",
    "parse_bhyt_payload",
    "parse_gplx_payload",
    "parse_payload",
]

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
        field_count: fields in the payload, empty ones included.
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
    field_count: int
    kind: CardKind
    is_strict: bool


def parse_payload(text: str) -> CardPayload | None:
    """Parse the text of a card's QR code; None for everything else, a bare number included.

    Args:
        text: the payload as UTF-8; undecodable bytes may stand in it as surrogates.
    """
    cleaned = payload_fields.clean(text)
    if payload_fields.is_other_payload(cleaned):
        return None
    fields = payload_fields.split(cleaned)
    if _is_strict(fields):
        names = ("number", "old_number", "name", "date_of_birth", "sex", "residence", "date_of_issue")
        return _payload(dict(zip(names, fields, strict=False)), fields, is_strict=True)
    if parse_gplx_payload(cleaned) is not None:
        return None
    named = payload_fields.tell_by_shape(fields[:CHIP_FIELDS])
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
        field_count=len(fields),
        kind=CardKind.CCCD_CHIP if len(fields) <= CHIP_FIELDS else CardKind.CAN_CUOC,
        is_strict=is_strict,
    )


def _extra(text: str) -> PayloadExtra:
    if payload_fields.TWELVE.fullmatch(text):
        return PayloadExtra("cancelled_number", text)
    if payload_fields.NINE.fullmatch(text):
        return PayloadExtra("old_number", text)
    is_name = " " in text and all(word.isalpha() for word in re.split(r"[\s'’.-]+", text) if word)
    return PayloadExtra("related_name" if is_name else "other", text)


TABLES = (
    KnowledgeTable(
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
