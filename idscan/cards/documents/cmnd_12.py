"""Plastic identity card with twelve digits and a barcode, issued in some provinces from 2012 to 2015."""

from __future__ import annotations

from idscan.cards.documents import TWELVE_DIGITS, DocumentSpec, SideSpec
from idscan.cards.documents.cccd_barcode import BACK_BOXES
from idscan.cards.documents.cccd_chip import PRINTED_BOXES
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.core.enums import CardKind, Field, Side

HEADING = Heading(key="chung_minh", variants=("CHỨNG MINH NHÂN DÂN",),
    matching=("CHỨNG MINH NHÂN DÂN", "CHUNG MINH NHAN DAN"),
    not_matching=("GIẤY CHỨNG MINH NHÂN DÂN", "CHỨNG NHẬN CĂN CƯỚC", "nhân dân"))  # fmt: skip
"""The heading of this card, and part of that of the card on paper."""

DOCUMENT = DocumentSpec(
    kind=CardKind.CMND_12,
    source=(
        "Circular 27/2012/TT-BCA, the forms of CMND cards; places on the front: those of the chip card; on the back: "
        "estimated from the order of fields"
    ),
    issued=("2012", "2015"),
    number_digits=TWELVE_DIGITS,
    sides={
        Side.FRONT: SideSpec(
            headings=(HEADING,),
            labels=labels_named(
                *("Số", "Họ và tên khai sinh", "Họ và tên gọi khác", "Ngày, tháng, năm sinh", "Giới tính", "Dân tộc"),
                *("Quê quán", "Nơi thường trú", "Có giá trị đến"),
            ),
            boxes={**PRINTED_BOXES, Field.NAME: (0.27, 0.48, 0.98, 0.62)},
        ),
        Side.BACK: SideSpec(
            labels=labels_named(
                *("Họ, chữ đệm và tên cha", "Họ, chữ đệm và tên mẹ", "Dấu vết riêng và dị hình", "Ngón trỏ trái"),
                *("Ngày, tháng, năm", "Giám đốc CA"),
            ),
            boxes={
                **BACK_BOXES,
                Field.DATE_OF_ISSUE: (0.33, 0.42, 0.98, 0.58),
                Field.FATHER_NAME: (0.02, 0.22, 0.98, 0.34),
                Field.MOTHER_NAME: (0.02, 0.32, 0.98, 0.44),
            },
            boxes_hold_labels=True,
        ),
    },
)
