"""Forms, letters, lists and other papers, and documents that are recognised without being read as a card."""

from __future__ import annotations

from idscan.cards.documents import DocumentSpec, SideSpec
from idscan.cards.labels import labels_named
from idscan.cards.labels.headings import Heading
from idscan.core.enums import CardKind, Side

DOCUMENT = DocumentSpec(
    kind=CardKind.UNKNOWN,
    source="Circular 07/2016/TT-BCA and Circular 16/2024/TT-BCA; wording of common forms, contracts and receipts",
    is_identity_card=False,
    sides={
        Side.FRONT: SideSpec(
            labels=labels_named(
                *("Số định danh cá nhân", "Số định danh", "Định danh", "Số CCCD", "Số CMT", "Số giấy tờ", "Số GTTT"),
                *("ID card No", "ID card No (Vietnam)", "ID number", "Số căn cước", "Căn cước công dân số"),
                *("Họ và tên", "Họ và tên đệm", "Họ tên", "Tôi tên là", "Ông/Bà", "Mr/Ms", "ông/bà", "Khách hàng"),
                *("Họ, chữ đệm và tên chồng", "Họ và tên khai sinh", "Họ và tên gọi khác", "Full name", "Name"),
                *("Given names", "Ngày sinh", "Sinh ngày", "Ngày, tháng, năm sinh", "Date of birth", "Birth date"),
                *("Giới tính", "Sex", "Quốc tịch", "Nationality", "Dân tộc", "Quê quán", "Place of birth"),
                *("Nơi thường trú", "Nơi cư trú", "Date of expiry", "Ngày, tháng, năm cấp", "Date of issue"),
                *("Tình trạng hôn nhân", "Hạng / Class", "Place of issue", "Ngày lĩnh", "GST ID No"),
            )
        ),
        Side.BACK: SideSpec(
            labels=labels_named(*("Ngày, tháng, năm", "Họ, chữ đệm và tên cha", "Họ, chữ đệm và tên mẹ", "Tôn giáo"))
        ),
        Side.UNKNOWN: SideSpec(
            headings=(
                Heading(
                    key="other_document",
                    variants=(
                        "THẺ THƯỜNG TRÚ",
                        "THẺ TẠM TRÚ",
                        "CHỨNG MINH QUÂN NHÂN",
                        "CHỨNG MINH SĨ QUAN",
                        "THẺ ĐẢNG VIÊN",
                        "GIẤY CHỨNG NHẬN ĐĂNG KÝ XE",
                        "CHỨNG NHẬN ĐĂNG KÝ XE",
                    ),
                    max_distance=0.12,
                    matching=("THẺ THƯỜNG TRÚ", "CHỨNG MINH QUÂN NHÂN", "THE DANG VIEN"),
                    not_matching=("Nơi thường trú", "CHỨNG MINH NHÂN DÂN"),
                ),
            )
        ),
    },
)
