"""Certificate of identity on paper, since July 2024: for people of Vietnamese origin without a known nationality."""

from __future__ import annotations

from idscan.cards.documents import DocumentSpec, SideSpec
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.core.enums import CardKind, Side

DOCUMENT = DocumentSpec(
    kind=CardKind.UNKNOWN,
    source="Circular 16/2024/TT-BCA; Law on Identification 2023",
    issued=("2024-07-01", None),
    sides={
        Side.FRONT: SideSpec(
            headings=(
                Heading(
                    key="chung_nhan_can_cuoc",
                    variants=("CHỨNG NHẬN CĂN CƯỚC", "GIẤY CHỨNG NHẬN CĂN CƯỚC"),
                    # Certificates of other things differ in the last words only.
                    max_distance=0.1,
                    matching=("CHỨNG NHẬN CĂN CƯỚC", "CHUNG NHAN CAN CUOC"),
                    not_matching=("CĂN CƯỚC", "CHỨNG MINH NHÂN DÂN", "GIẤY CHỨNG NHẬN CHẤT LƯỢNG"),
                ),
            ),
            labels=labels_named(
                *("Số định danh cá nhân", "Họ và tên khai sinh", "Ngày, tháng, năm sinh", "Giới tính", "Dân tộc"),
                *("Quê quán", "Tình trạng hôn nhân", "Nơi cư trú"),
            ),
        ),
        Side.BACK: SideSpec(
            labels=labels_named(*("Họ, chữ đệm và tên cha", "Họ, chữ đệm và tên mẹ", "Ngày, tháng, năm", "Tôn giáo"))
        ),
    },
)
