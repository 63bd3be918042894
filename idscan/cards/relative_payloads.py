"""QR payloads of the documents beside identity cards: health insurance and driving licence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from idscan.cards import payload_fields
from idscan.cards.dates import CardDate, parse_qr_date
from idscan.cards.knowledge import KnowledgeTable
from idscan.cards.names import is_name_like, normalise_name
from idscan.cards.numbers import FEMALE, MALE


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
    fields = [part.strip() for part in payload_fields.clean(text).split("|")]
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
    cleaned = payload_fields.clean(text)
    fields = payload_fields.split(_GPLX_PREFIX.sub("", cleaned))
    if len(fields) < _GPLX_MIN_FIELDS or payload_fields.TWELVE.fullmatch(fields[0]) is None:
        return None
    classes = next((part for part in fields[1:] if _CLASS.fullmatch(part)), None)
    name = next((part for part in fields[1:] if is_name_like(part)), None)
    if name is None or (classes is None and _GPLX_PREFIX.match(cleaned) is None):
        return None
    dates = [date for date in map(parse_qr_date, fields[1:]) if date]
    return GplxPayload(
        number=fields[0], name=normalise_name(name), date_of_birth=dates[0] if dates else None, classes=classes
    )


TABLES = (
    KnowledgeTable(
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
    KnowledgeTable(
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
