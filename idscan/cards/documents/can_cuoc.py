"""Identity card since 1 July 2024: bilingual, QR code and machine-readable zone on the back."""

from __future__ import annotations

from functools import partial

from idscan.cards.documents import TWELVE_DIGITS, DocumentSpec, SideSpec
from idscan.cards.documents.cccd_chip import TD1_ZONE
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.cards.qr_payloads import read_citizen_qr
from idscan.core.enums import CardKind, Field, Side

DOCUMENT = DocumentSpec(
    kind=CardKind.CAN_CUOC,
    source=(
        "Circular 16/2024/TT-BCA (size, order of fields, labels), ICAO Doc 9303-5 (zone); places: estimated from the "
        "order of fields; ages: Law on Identification 2023, article 21"
    ),
    issued=("2024-07-01", None),
    number_digits=TWELVE_DIGITS,
    mrz="td1",
    read_qr=partial(read_citizen_qr, CardKind.CAN_CUOC),
    renewal_ages=(14, 25, 40, 60),
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="can_cuoc",
                    variants=("CĂN CƯỚC", "THẺ CĂN CƯỚC"),
                    max_distance=0.13,
                    matching=("CĂN CƯỚC", "CAN CUOC", "CĂN CC", "CĂN CUÓC"),
                    not_matching=(
                        "CĂN CƯỚC CÔNG DÂN",
                        "CHỨNG NHẬN CĂN CƯỚC",
                        "CẦN CÙ",
                        "Căn cứ",
                        "ĐƠN ĐỀ NGHỊ CẤP THẺ CĂN CƯỚC",
                        "Số căn cước: 001099000001",
                        "Căn cước: 001099000001",
                    ),
                ),
                Heading(
                    key="identity_card",
                    variants=("IDENTITY CARD",),
                    matching=("IDENTITY CARD", "IDENTITYCARD", "CĂN CƯỚC / IDENTITY CARD"),
                    not_matching=("Citizen Identity Card", "identity"),
                ),
            ),
            labels=labels_named(
                *("Số định danh cá nhân", "Personal identification number", "Họ và tên khai sinh", "Full name"),
                *("Ngày, tháng, năm sinh", "Date of birth", "Giới tính", "Sex", "Quốc tịch", "Nationality"),
            ),
            boxes={
                Field.NUMBER: (0.28, 0.41, 0.98, 0.56),
                Field.NAME: (0.28, 0.55, 0.98, 0.72),
                Field.DATE_OF_BIRTH: (0.28, 0.71, 0.98, 0.84),
                Field.SEX: (0.28, 0.83, 0.60, 0.97),
                Field.NATIONALITY: (0.58, 0.83, 0.98, 0.97),
                # Cards of children under six leave it empty.
                Field.PORTRAIT: (0.02, 0.36, 0.29, 0.95),
            },
            boxes_hold_labels=True,
            labels_stand_above=True,
        ),
        Side.BACK: SideSpec(
            labels=labels_named(
                *("Nơi cư trú", "Place of residence", "Nơi đăng ký khai sinh", "Place of birth"),
                *("Ngày, tháng, năm cấp", "Date of issue", "Ngày, tháng, năm hết hạn", "Date of expiry"),
                *("Bộ Công an", "Ministry of Public Security"),
            ),
            boxes={
                Field.PLACE_OF_RESIDENCE: (0.03, 0.03, 0.73, 0.20),
                Field.PLACE_OF_ORIGIN: (0.03, 0.18, 0.73, 0.35),
                Field.DATE_OF_ISSUE: (0.26, 0.34, 0.74, 0.47),
                Field.DATE_OF_EXPIRY: (0.26, 0.44, 0.74, 0.57),
                Field.QR: (0.72, 0.03, 0.99, 0.44),
                Field.MRZ: TD1_ZONE,
            },
            boxes_hold_labels=True,
            # 18 mm square (Circular 16/2024/TT-BCA, article 3).
            qr_modules=(0.75, 0.07, 0.96, 0.40),
        ),
    },
)
