"""Citizen identity card with a barcode, 2016 to January 2021: Vietnamese only."""

from __future__ import annotations

from idscan.cards.documents import TWELVE_DIGITS, DocumentSpec, SideSpec
from idscan.cards.documents.cccd_chip import HEADING, PRINTED_BOXES
from idscan.cards.labels import labels_named
from idscan.core.enums import CardKind, Field, Side

BACK_BOXES = {
    Field.DATE_OF_ISSUE: (0.33, 0.42, 0.98, 0.56),
    Field.BARCODE: (0.01, 0.01, 0.99, 0.24),
    Field.FINGERPRINT: (0.02, 0.24, 0.33, 0.97),
    Field.PERSONAL_IDENTIFICATION: (0.33, 0.24, 0.98, 0.43),
}
"""Places on the back of this card, which has them from the plastic CMND before it."""

DOCUMENT = DocumentSpec(
    kind=CardKind.CCCD_BARCODE,
    source=(
        "Circular 07/2016/TT-BCA (size, order of fields); places on the front: those of the chip card; on the back: "
        "estimated from the order of fields; ages: Law on Citizen Identification 2014, article 21"
    ),
    issued=("2016-01-01", "2021-01-22"),
    number_digits=TWELVE_DIGITS,
    renewal_ages=(25, 40, 60),
    sides={
        Side.FRONT: SideSpec(
            headings=(HEADING,),
            labels=labels_named(
                *("Số", "Họ và tên", "Ngày, tháng, năm sinh", "Giới tính", "Quốc tịch", "Quê quán"),
                *("Nơi thường trú", "Có giá trị đến"),
            ),
            boxes=PRINTED_BOXES,
        ),
        Side.BACK: SideSpec(
            labels=labels_named(
                *("Đặc điểm nhận dạng", "Ngày, tháng, năm", "Ngón trỏ trái", "Cục trưởng cục cảnh sát")
            ),
            boxes=BACK_BOXES,
            boxes_hold_labels=True,
        ),
    },
)
