"""Labels of number, name, date of birth, sex and nationality."""

from __future__ import annotations

from idscan.cards.label import Label, Language, ValuePlace, front
from idscan.core.vocabulary import CardKind, Field

_9, _12, _BAR, _CHIP, _CC = (
    CardKind.CMND_9,
    CardKind.CMND_12,
    CardKind.CCCD_BARCODE,
    CardKind.CCCD_CHIP,
    CardKind.CAN_CUOC,
)
_GPLX, _BHYT, _PASSPORT, _OTHER = CardKind.GPLX, CardKind.BHYT, CardKind.PASSPORT, CardKind.UNKNOWN
_EN = Language.ENGLISH
_RIGHT, _BELOW = ValuePlace.RIGHT, ValuePlace.BELOW

PERSON_LABELS: tuple[Label, ...] = (
    Label(
        field=Field.NUMBER,
        variants=("Số", "Số / No.", "No."),
        where=front(_9, _12, _BAR, _CHIP, _GPLX),
        value_place=_RIGHT,
        is_strict=True,
        matching=("Số: 001099000001", "SỐ 012345678", "Số / No.: 001099000001", "S/No:", "No.: 001099000001", "Số:"),
        not_matching=("Số 1 Đường Mẫu", "Số nhà 12", "Nguyễn Văn Số", "November", "Sông Mẫu", "So what?", "No"),
    ),
    Label(
        field=Field.NUMBER,
        variants=("Số định danh cá nhân", "Số định danh", "Mã định danh"),
        where=front(_CC),
        value_place=_BELOW,
        matching=("Số định danh cá nhân / Personal identification number:", "S đnh danh cá nhân"),
        not_matching=("Số nhà", "Đặc điểm nhận dạng"),
    ),
    Label(
        field=Field.NUMBER,
        variants=("Personal identification number",),
        where=front(_CC),
        language=_EN,
        value_place=_BELOW,
        matching=("Personal identification number:", "Personalidentificationnumber"),
        not_matching=("Personal identification", "identification"),
    ),
    Label(
        field=Field.NUMBER,
        variants=(
            "Số CCCD",
            "CCCD số",
            "CCCD",
            "Số CMND",
            "CMND số",
            "CMND",
            "Số GCMND",
            "ID card No",
            "Số ĐDCN",
            "ID No",
            "Số CCCD/CMND",
            "Số CMND/CCCD",
        ),
        where=front(_PASSPORT, _OTHER),
        matching=("Số CCCD: 001099000001", "CMND số 012345678", "ID No.: 001099000001"),
        not_matching=("CCD", "Idea note", "Số nhà"),
    ),
    Label(
        field=Field.NUMBER,
        variants=("Căn cước công dân số", "Số căn cước công dân", "Số căn cước", "Chứng minh nhân dân số"),
        where=front(_OTHER),
        # The headings of cards are the same words but for "Số".
        max_distance=0.05,
        matching=("Căn cước công dân số: 001099000001", "Số căn cước công dân", "S căn cước"),
        not_matching=("CĂN CƯỚC CÔNG DÂN", "CĂN CƯỚC", "CAN CUOC CONG DAN", "GIẤY CHỨNG MINH NHÂN DÂN"),
    ),
    Label(
        field=Field.NAME,
        variants=("Họ và tên",),
        where=front(_BAR, _CHIP, _BHYT, _PASSPORT, _OTHER),
        matching=(
            "Họ và tên / Full name:",
            "H và tên",
            "Ho v tn",
            "Ho va ten",
            "HỌ VÀ TÊN",
            "Hovaten",
            "Họ và tên: NGUYỄN VĂN MẪU",
        ),
        not_matching=("Hạnh phúc", "Họ hàng và tiền", "HÀ VĂN TÊN", "HỒ VĂN TIẾN", "HO VAN TEN"),
    ),
    Label(
        field=Field.NAME,
        variants=("Họ tên",),
        where=front(_9, _GPLX, _OTHER),
        matching=("Họ tên: NGUYỄN VĂN MẪU", "HO TEN", "H tên"),
        not_matching=("Hôm nay", "Hotel", "HỒ TẤN MẪU", "HO TAN MAU", "HỒ TIẾN"),
    ),
    Label(
        field=Field.NAME,
        variants=("Họ và tên khai sinh", "Họ, chữ đệm và tên khai sinh", "Họ, chữ đệm và tên"),
        where=front(_12, _CC, _OTHER),
        value_place=_BELOW,
        matching=("Họ, chữ đệm và tên khai sinh / Full name:", "H, ch đm và tên khai sinh", "Ho, chu dem va ten"),
        not_matching=("Nơi đăng ký khai sinh", "Hộ chiếu"),
    ),
    Label(
        field=Field.NAME,
        variants=("Full name",),
        where=front(_CHIP, _CC, _GPLX, _PASSPORT),
        language=_EN,
        matching=("Full name:", "Fullname", "Ful name", "/ Full name: NGUYỄN VĂN MẪU"),
        not_matching=("full", "Name of the game", "fulfil"),
    ),
    Label(
        field=Field.NAME,
        variants=("Chữ đệm và tên", "Given names", "Surname"),
        where=front(_PASSPORT),
        value_place=_BELOW,
        matching=("Chữ đệm và tên / Given names", "Họ / Surname"),
        not_matching=("give", "summer"),
    ),
    Label(
        field=Field.DATE_OF_BIRTH,
        variants=("Ngày sinh", "Năm sinh"),
        where=front(_CHIP, _GPLX, _BHYT, _PASSPORT, _OTHER),
        value_place=_RIGHT,
        matching=("Ngày sinh / Date of birth: 15/01/1999", "Ngay sinh", "NGÀY SINH", "Ngaysinh:15/01/1999"),
        not_matching=("Ngày cấp", "NGÂN SINH", "Ngày xưa"),
    ),
    Label(
        field=Field.DATE_OF_BIRTH,
        variants=("Sinh ngày",),
        where=front(_9, _OTHER),
        value_place=_RIGHT,
        matching=("Sinh ngày: 15-01-1999", "Sinh ngay"),
        not_matching=("Sinh viên", "Kính ngài"),
    ),
    Label(
        field=Field.DATE_OF_BIRTH,
        variants=("Ngày, tháng, năm sinh",),
        where=front(_12, _BAR, _CC, _OTHER),
        matching=("Ngày, tháng, năm sinh / Date of birth:", "Ngay thang nam sinh", "Ngày,tháng,nămsinh"),
        not_matching=("Ngày, tháng, năm", "Ngày, tháng, năm cấp", "Ngày, tháng, năm hết hạn"),
    ),
    Label(
        field=Field.DATE_OF_BIRTH,
        variants=("Date of birth",),
        where=front(_CHIP, _CC, _GPLX, _PASSPORT),
        language=_EN,
        matching=("Date of birth:", "Dateofbirth", "Dale of birh"),
        not_matching=("Date of expiry", "Place of birth", "birthday party"),
    ),
    Label(
        field=Field.SEX,
        variants=("Giới tính",),
        where=front(_12, _BAR, _CHIP, _CC, _BHYT, _PASSPORT, _OTHER),
        value_place=_RIGHT,
        matching=("Giới tính / Sex: Nam", "Gi tính", "Gioi tinh", "GIỚI TÍNH: NỮ"),
        not_matching=("GIA TÍN", "Thông tin", "Quốc tịch"),
    ),
    Label(
        field=Field.SEX,
        variants=("Sex",),
        where=front(_CHIP, _CC, _PASSPORT),
        language=_EN,
        value_place=_RIGHT,
        is_strict=True,
        matching=("Sex: Nam", "Giới tính / Sex: Nam"),
        not_matching=("sextant", "Sussex: x", "sexy"),
    ),
    Label(
        field=Field.NATIONALITY,
        variants=("Quốc tịch",),
        where=front(_BAR, _CHIP, _CC, _GPLX, _PASSPORT),
        value_place=_RIGHT,
        matching=("Quốc tịch / Nationality: Việt Nam", "Quc tch", "Quoc tich"),
        not_matching=("Quốc khánh", "TRẦN QUỐC TÍNH", "LE QUOC TINH", "LE QUOC TICH", "Lê Quốc Tích"),
    ),
    Label(
        field=Field.NATIONALITY,
        variants=("Nationality",),
        where=front(_CHIP, _CC, _GPLX, _PASSPORT),
        language=_EN,
        value_place=_RIGHT,
        matching=("Nationality: Việt Nam", "Nationalty"),
        not_matching=("NATIONAL DAY", "nation"),
    ),
)
"""Labels of what tells who the holder is."""
