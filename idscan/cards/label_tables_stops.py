"""Labels and lines of the issuer whose value is no finding but which end the value before them."""

from __future__ import annotations

from idscan.cards.label import Label, Language, back, front
from idscan.core.vocabulary import CardKind

_9, _12, _BAR, _CHIP, _CC = (
    CardKind.CMND_9,
    CardKind.CMND_12,
    CardKind.CCCD_BARCODE,
    CardKind.CCCD_CHIP,
    CardKind.CAN_CUOC,
)
_GPLX, _BHYT, _PASSPORT, _OTHER = CardKind.GPLX, CardKind.BHYT, CardKind.PASSPORT, CardKind.UNKNOWN
_EN = Language.ENGLISH

STOPS: tuple[Label, ...] = (
    Label(
        field=None,
        variants=("Dân tộc",),
        where=back(_9) | front(_12, _OTHER),
        matching=("Dân tộc: Kinh",),
        not_matching=("Nhân dân",),
    ),
    Label(
        field=None,
        variants=("Tôn giáo",),
        where=back(_9) | back(_OTHER),
        matching=("Tôn giáo: Không",),
        not_matching=("Giáo viên",),
    ),
    Label(
        field=None,
        variants=("Giám đốc CA", "Giám đốc công an"),
        where=back(_9, _12),
        matching=("GIÁM ĐỐC CA TỈNH", "Giam doc cong an"),
        not_matching=("Giám sát", "Giám thị"),
    ),
    Label(
        field=None,
        variants=(
            "Cục trưởng cục cảnh sát",
            "Cục trưởng cục cảnh sát quản lý hành chính về trật tự xã hội",
            "Cục trưởng cục cảnh sát ĐKQL cư trú và DLQG về dân cư",
        ),
        where=back(_BAR, _CHIP),
        matching=("CỤC TRƯỞNG CỤC CẢNH SÁT", "CUC TRUONG CUC CANH SAT", "CC TRNG CC CNH SÁT"),
        not_matching=("Trưởng phòng", "cảnh sát"),
    ),
    Label(
        field=None,
        variants=("Director general of the police department", "for administrative management of social order"),
        where=back(_CHIP),
        language=_EN,
        matching=("DIRECTOR GENERAL OF THE POLICE DEPARTMENT",),
        not_matching=("general", "police"),
    ),
    Label(
        field=None,
        variants=("Bộ Công an",),
        where=back(_CC),
        matching=("BỘ CÔNG AN", "BÔ CÔNG AN"),
        not_matching=("Công dân",),
    ),
    Label(
        field=None,
        variants=("Ministry of Public Security",),
        where=back(_CC),
        language=_EN,
        matching=("MINISTRY OF PUBLIC SECURITY", "MINISTRYOFPUBLICSECURITY"),
        not_matching=("security",),
    ),
    Label(
        field=None,
        variants=("Tình trạng hôn nhân", "Người đại diện hợp pháp", "Người giám hộ"),
        where=front(_OTHER),
        matching=("Tình trạng hôn nhân",),
        not_matching=("tình hình",),
    ),
    Label(
        field=None,
        variants=(
            "Hạng / Class",
            "Nơi cấp",
            "Số hộ chiếu",
            "Ngày trúng tuyển",
        ),
        where=front(_GPLX, _PASSPORT, _OTHER),
        matching=("Hạng / Class: A1", "Nơi cấp / Place of issue"),
        not_matching=("Hàng hóa", "classic", "Passport No", "Place of issue"),
    ),
    Label(
        field=None,
        variants=("Place of issue", "Passport No", "Beginning date"),
        where=front(_GPLX, _PASSPORT, _OTHER),
        language=_EN,
        matching=("Nơi cấp / Place of issue", "Số hộ chiếu / Passport No: X0000001"),
        not_matching=("Hạng / Class: A1", "Place of birth"),
    ),
    Label(
        field=None,
        # One letter off "Ngày sinh", and of goods, money and terms.
        variants=("Ngày lĩnh", "Ngày lãnh", "Ngày tính", "Ngày định", "Ngày bình", "Ngày trình", "Ngày hình thành"),
        where=front(_OTHER),
        max_distance=0.05,
        matching=("Ngày lĩnh: 17/12/2025", "NGÀY TÍNH LÃI"),
        not_matching=("Ngày sinh", "Ngày, tháng, năm sinh"),
    ),
    Label(
        field=None,
        # The rows for other names of the forms and of the cards of 2012 (Circular 27/2012/TT-BCA).
        variants=("Họ và tên gọi khác", "Họ, chữ đệm và tên gọi khác", "Tên gọi khác", "Tên khác", "Bí danh"),
        where=front(_12, _OTHER),
        # "Tên khách hàng" (customer) is close to "Tên khác".
        max_distance=0.13,
        matching=(
            "Họ và tên gọi khác: MẪU",
            "H và tên gi khác",
            "Họ tên gọi khác:",
            "Tên gọi khác",
            "Tên khác: Mẫu",
            "Bí danh: Không",
        ),
        not_matching=("Họ và tên: NGUYỄN VĂN MẪU", "Tên khách hàng: Mẫu", "Bùi Danh Mẫu", "Họ và tên khai sinh"),
    ),
    Label(
        field=None,
        # Numbers of other things, on receipts above all. A tax number is left out: Vietnam's is the citizen number.
        variants=tuple(
            f"{owner} ID{number}"
            for owner in (
                *("GST", "CGST", "SGST", "VAT", "Company", "Business", "Merchant", "Terminal", "Device", "Product"),
                *("Order", "Transaction", "Invoice", "Student", "Employee", "Staff", "Member"),
            )
            for number in (" No", " number")
        ),
        where=front(_OTHER),
        language=_EN,
        max_distance=0.05,
        is_common=True,
        matching=("(GST ID No: 000000000001)", "GSTID No :", "Order ID number: 000000000001"),
        not_matching=("ID No: 001099000001", "Tax ID No", "Guest ID No.", "Citizen ID number", "Passport/ID No."),
    ),
    Label(
        field=None,
        variants=("Nơi ĐK KCB BĐ", "Giá trị sử dụng", "Thời điểm đủ 05 năm liên tục", "Nơi cấp, đổi thẻ BHYT"),
        where=front(_BHYT),
        matching=("Nơi ĐK KCB BĐ: Trạm", "Giá trị sử dụng: từ ngày 01/01/2024"),
        not_matching=("giá cả", "liên tục"),
    ),
)
"""Labels and lines of the issuer that end the value before them."""
