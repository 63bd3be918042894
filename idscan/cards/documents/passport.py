"""Passport: its data page."""

from __future__ import annotations

from idscan.cards.documents import DocumentSpec, SideSpec
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.core.enums import CardKind, Field, Side

DOCUMENT = DocumentSpec(
    kind=CardKind.PASSPORT,
    source="Circular 73/2021/TT-BCA; ICAO Doc 9303-4 (page and zone)",
    is_identity_card=False,
    quotes_citizen_number=True,
    mrz="td3",
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="ho_chieu",
                    variants=("HỘ CHIẾU", "PASSPORT"),
                    max_distance=0.13,
                    matching=("HỘ CHIẾU / PASSPORT", "HO CHIEU", "PASSPORT"),
                    not_matching=("HỒ CHÍ MINH", "password", "Ho, chū đêm và tên khai sinh"),
                ),
            ),
            labels=labels_named(
                *("Số CCCD", "ID card No", "Họ và tên", "Full name", "Chữ đệm và tên", "Given names", "Ngày sinh"),
                *("Date of birth", "Giới tính", "Sex", "Quốc tịch", "Nationality", "Ngày, tháng, năm cấp"),
                *("Date of issue", "Có giá trị đến", "Ngày, tháng, năm hết hạn", "Date of expiry", "Hạng / Class"),
                "Place of issue",
            ),
            boxes={Field.MRZ: (0.01, 0.78, 0.99, 0.99), Field.PORTRAIT: (0.02, 0.15, 0.33, 0.72)},
        )
    },
)
