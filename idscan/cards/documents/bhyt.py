"""Health insurance card, with a QR code on the front since 2021."""

from __future__ import annotations

import re

from idscan.cards import FactTable
from idscan.cards.documents import DocumentSpec, QrReading, SideSpec
from idscan.cards.fields.dates import parse_qr_date
from idscan.cards.fields.numbers import FEMALE, MALE
from idscan.cards.fields.person_names import normalise_name
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.cards.qr_payloads import clean
from idscan.core.enums import CardKind, Field, Side

_NUMBER = re.compile(r"[0-9]{10}|[A-Z]{2}[1-5][0-9]{2}[0-9]{10}")
"""Ten digits, or fifteen characters: group of people, level, province, insurance number."""
_FEWEST_FIELDS, _MOST_FIELDS_READ = 8, 11
"""Fields of a payload: fewer are no health insurance card's, later ones are not read."""
_APP_FIELDS = 2
"""Fields of the payload that the app shows."""
_SEX = {"1": MALE, "2": FEMALE}


def read_insurance_qr(text: str) -> QrReading | None:
    """Read the QR text of a health insurance card, or the two fields that the insurance app shows."""
    fields = [part.strip() for part in clean(text).split("|")]
    name = _from_hex(fields[1]) if len(fields) > 1 else None
    is_card = len(fields) >= _FEWEST_FIELDS or len(fields) == _APP_FIELDS
    if name is None or not is_card or _NUMBER.fullmatch(fields[0]) is None:
        return None
    padded = [*fields, *([""] * _MOST_FIELDS_READ)]
    name, birth = normalise_name(name), parse_qr_date(padded[2])
    return QrReading(
        values=((Field.NAME, name), (Field.DATE_OF_BIRTH, birth.iso if birth else None)),
        details=(
            ("insurance_card", fields[0]),
            ("insurance_number", padded[9]),
            ("name", name),
            ("date_of_birth", birth),
            ("sex", _SEX.get(padded[3])),
            ("place_of_residence", _from_hex(padded[4])),
            # The father's or mother's, on cards of children.
            ("parent_name", _from_hex(padded[10])),
            ("valid_from", parse_qr_date(padded[6])),
        ),
    )


def _from_hex(text: str) -> str | None:
    try:
        return bytes.fromhex(text).decode("utf-8") or None
    except ValueError:
        return None


TABLES = (
    FactTable(
        name="QR payloads of health insurance cards",
        source="cards of Vietnam Social Security since 2021 (Decision 1666/QD-BHXH): text fields as hex of UTF-8",
        recognise=lambda text: read_insurance_qr(text) is not None,
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
)

DOCUMENT = DocumentSpec(
    kind=CardKind.BHYT,
    source="Decision 1666/QD-BHXH",
    is_identity_card=False,
    read_qr=read_insurance_qr,
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="bao_hiem_y_te",
                    variants=("THẺ BẢO HIỂM Y TẾ", "BẢO HIỂM XÃ HỘI VIỆT NAM"),
                    matching=("THẺ BẢO HIỂM Y TẾ", "THE BAO HIEM Y TE", "BẢO HIỂM XÃ HỘI VIỆT NAM"),
                    not_matching=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bảo vệ"),
                ),
            ),
            labels=labels_named("Họ và tên", "Ngày sinh", "Giới tính", "Nơi ĐK KCB BĐ"),
            boxes={Field.QR: (0.01, 0.25, 0.30, 0.80)},
        )
    },
)
