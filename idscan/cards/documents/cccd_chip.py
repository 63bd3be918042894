"""Citizen identity card with a chip, 2021 to June 2024: bilingual, with a QR code on the front, a zone on the back."""

from __future__ import annotations

from functools import partial

from idscan.cards.documents import TWELVE_DIGITS, DocumentSpec, SideSpec
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.cards.qr_payloads import read_citizen_qr
from idscan.core.enums import CardKind, Field, Side

TD1_ZONE = (0.03, 0.62, 0.97, 0.98)
"""Place of the zone on this card and on the card of 2024."""

HEADING = Heading(key="can_cuoc_cong_dan", variants=("CĂN CƯỚC CÔNG DÂN",),
    matching=("CĂN CƯỚC CÔNG DÂN", "CAN CUOC CONG DAN", "CĂN CC CÔNG DÂN", "Căn cước công dân"),
    not_matching=("CĂN CƯỚC", "BỘ CÔNG AN", "TỜ KHAI CĂN CƯỚC CÔNG DÂN", "Số căn cước công dân:"))  # fmt: skip
"""The heading of this card and of the one before it."""

PRINTED_BOXES = {
    Field.NUMBER: (0.36, 0.39, 0.84, 0.50),
    Field.NAME: (0.27, 0.52, 0.98, 0.62),
    Field.DATE_OF_BIRTH: (0.55, 0.60, 0.80, 0.69),
    Field.SEX: (0.43, 0.65, 0.56, 0.74),
    Field.NATIONALITY: (0.69, 0.65, 0.99, 0.74),
    Field.PLACE_OF_ORIGIN: (0.27, 0.785, 0.99, 0.865),
    Field.PLACE_OF_RESIDENCE: (0.27, 0.86, 0.99, 0.985),
    Field.DATE_OF_EXPIRY: (0.02, 0.83, 0.27, 0.95),
    Field.PORTRAIT: (0.02, 0.28, 0.30, 0.86),
}
"""Places on the front of this card, which has them from the cards before it."""

DOCUMENT = DocumentSpec(
    kind=CardKind.CCCD_CHIP,
    source=(
        "Circular 06/2021/TT-BCA (size, order of fields), ICAO Doc 9303-5 (zone); places on the front: two public "
        "calibrations; on the back: estimated from the order of fields; ages: Law on Citizen Identification 2014, "
        "article 21"
    ),
    issued=("2021-01-23", "2024-06-30"),
    number_digits=TWELVE_DIGITS,
    mrz="td1",
    read_qr=partial(read_citizen_qr, CardKind.CCCD_CHIP),
    renewal_ages=(25, 40, 60),
    sides={
        Side.FRONT: SideSpec(
            headings=(
                HEADING,
                Heading(
                    key="citizen_identity_card",
                    variants=("Citizen Identity Card",),
                    is_of_vietnam=True,
                    matching=("Citizen Identity Card", "CitizenIdentityCard"),
                    not_matching=("IDENTITY CARD", "citizen"),
                ),
            ),
            labels=labels_named(
                *("Số", "Họ và tên", "Full name", "Ngày sinh", "Date of birth", "Giới tính", "Sex"),
                *("Quốc tịch", "Nationality", "Quê quán", "Place of origin", "Nơi thường trú", "Place of residence"),
                *("Có giá trị đến", "Date of expiry"),
            ),
            boxes={**PRINTED_BOXES, Field.QR: (0.76, 0.03, 0.98, 0.34)},
            qr_modules=(0.785, 0.09, 0.945, 0.32),
        ),
        Side.BACK: SideSpec(
            labels=labels_named(
                *("Đặc điểm nhận dạng", "Personal identification", "Ngày, tháng, năm", "Date, month, year"),
                *("Ngón trỏ trái", "Left index finger", "Cục trưởng cục cảnh sát"),
                "Director general of the police department",
            ),
            boxes={
                Field.DATE_OF_ISSUE: (0.25, 0.16, 0.68, 0.27),
                Field.MRZ: TD1_ZONE,
                Field.FINGERPRINT: (0.68, 0.02, 0.98, 0.62),
                Field.PERSONAL_IDENTIFICATION: (0.02, 0.02, 0.67, 0.19),
            },
            boxes_hold_labels=True,
        ),
    },
)
