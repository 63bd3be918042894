"""Laminated identity card on paper with nine digits, issued until about 2016, in some provinces until 2021."""

from __future__ import annotations

from idscan.cards.documents import NINE_DIGITS, DocumentSpec, SideSpec
from idscan.cards.documents.cmnd_12 import HEADING
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.core.enums import CardKind, Field, Side

DOCUMENT = DocumentSpec(
    kind=CardKind.CMND_9,
    source="Decree 05/1999/ND-CP, the forms of CMND cards; places: estimated from the order of fields",
    issued=(None, "2021"),
    number_digits=NINE_DIGITS,
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="giay_chung_minh",
                    variants=("GIẤY CHỨNG MINH NHÂN DÂN",),
                    matching=("GIẤY CHỨNG MINH NHÂN DÂN", "GIAY CHUNG MINH NHAN DAN", "GIY CHNG MINH NHÂN DÂN"),
                    not_matching=("CHỨNG MINH NHÂN DÂN", "GIẤY CHỨNG NHẬN"),
                ),
                # What is left of its heading where the first word was lost.
                HEADING,
            ),
            labels=labels_named("Số", "Họ tên", "Sinh ngày", "Nguyên quán", "Nơi ĐKHK thường trú"),
            boxes={
                Field.NUMBER: (0.44, 0.23, 0.90, 0.36),
                Field.NAME: (0.40, 0.33, 0.99, 0.53),
                Field.DATE_OF_BIRTH: (0.42, 0.51, 0.99, 0.62),
                Field.PLACE_OF_ORIGIN: (0.30, 0.60, 0.99, 0.80),
                Field.PLACE_OF_RESIDENCE: (0.30, 0.78, 0.99, 0.98),
                Field.PORTRAIT: (0.02, 0.38, 0.31, 0.97),
            },
        ),
        Side.BACK: SideSpec(
            labels=labels_named("Dân tộc", "Tôn giáo", "Dấu vết riêng và dị hình", "Ngón trỏ trái", "Giám đốc CA"),
            boxes={
                Field.DATE_OF_ISSUE: (0.39, 0.46, 0.99, 0.59),
                Field.FINGERPRINT: (0.02, 0.18, 0.39, 0.97),
                Field.PERSONAL_IDENTIFICATION: (0.39, 0.23, 0.99, 0.47),
            },
            boxes_hold_labels=True,
        ),
    },
)
