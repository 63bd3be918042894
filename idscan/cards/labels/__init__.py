"""Printed labels in Vietnamese and English.

Several generations share a label; which document prints which labels is listed in `idscan.cards.documents`.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum

from idscan.cards.text.fuzzy import MAX_DISTANCE
from idscan.core.enums import Field

SOURCE = (
    "Circular 07/2016/TT-BCA, Circular 06/2021/TT-BCA, Circular 16/2024/TT-BCA (article 3), the forms of CMND cards; "
    "licences: Circular 12/2025/TT-BCA; health insurance: Decision 1666/QD-BHXH; passports: Circular 73/2021/TT-BCA"
)


class Language(StrEnum):
    """The language of a label."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Label:
    """A printed label.

    Attributes:
        field: what its value is; None for a label whose value is no finding but which ends the value before it.
        variants: as printed; the first one names the label.
        language: of the variants.
        is_strict: too short for approximate search: stands at the start of a line, before a separator or digits.
        is_never_capitals: not printed in capitals, and in capitals likely a person's name.
        max_distance: weighted edits per letter.
        digits: how many digits a number behind it may have.
        is_common: stands in texts of any kind, so that it is no reason to look closer at one.
        needs_likely: ordinary words, which count before a citizen number of right structure, and before others only
            beside a person's name and date of birth.
        needs_person: a role that companies have as well, or words of a sentence: the name behind it counts only for
            somebody whose number or date of birth stands near by.
        matching: lines in which it must be found.
        not_matching: lines in which it must not be found.
    """

    field: Field | None
    variants: tuple[str, ...]
    _: KW_ONLY
    language: Language = Language.VIETNAMESE
    is_strict: bool = False
    is_never_capitals: bool = False
    max_distance: float = MAX_DISTANCE
    digits: tuple[int, ...] = (9, 12)
    is_common: bool = False
    needs_likely: bool = False
    needs_person: bool = False
    matching: tuple[str, ...] = ()
    not_matching: tuple[str, ...] = ()


_EN = Language.ENGLISH

PLACE_AND_CARD_LABELS: tuple[Label, ...] = (
    Label(Field.PLACE_OF_ORIGIN, ("Nguyên quán",), is_never_capitals=True,
        matching=("Nguyên quán: Hà Nội", "Nguyen quan"),
        not_matching=("Nguyễn Quang Mẫu", "NGUYỄN VĂN MẪU", "NGUYỄN QUÂN", "NGUYEN QUAN MAU", "nguyên tắc")),
    Label(Field.PLACE_OF_ORIGIN, ("Quê quán",),
        matching=("Quê quán / Place of origin:", "Que quan", "Quê quán xã Mẫu, Hà Nội"),
        not_matching=("Quán quân", "Quý khách", "Trên thẻ mới, mục quê quán được thay bằng nơi")),
    Label(Field.PLACE_OF_ORIGIN, ("Place of origin",), language=_EN,
        matching=("Place of origin:", "Piace of origin", "Placeoforigin"),
        not_matching=("Place of residence", "original")),
    Label(Field.PLACE_OF_ORIGIN, ("Nơi đăng ký khai sinh", "Nơi sinh"),
        matching=("Nơi đăng ký khai sinh / Place of birth:", "Noi dang ky khai sinh", "Roi dang ky khai sinh"),
        not_matching=("Nơi cư trú", "Họ và tên khai sinh")),
    Label(Field.PLACE_OF_ORIGIN, ("Place of birth",), language=_EN,
        matching=("Place of birth:", "Pace of brth", "Place of birth registration"),
        not_matching=("Date of birth", "Place of residence")),
    Label(Field.PLACE_OF_RESIDENCE, ("Nơi ĐKHK thường trú",),
        matching=("Nơi ĐKHK thường trú: Hà Nội", "Noi DKHK thuong tru"),
        not_matching=("Nơi đăng ký khai sinh", "thường dân")),
    Label(Field.PLACE_OF_RESIDENCE, ("Nơi thường trú", "Địa chỉ thường trú", "Hộ khẩu thường trú"),
        matching=("Nơi thường trú / Place of residence:", "Noi thuong tru", "Ni thng trú"),
        not_matching=("Nơi cấp", "thường xuyên", "sinh; nơi thường trú thay bằng nơi khác.")),
    Label(Field.PLACE_OF_RESIDENCE, ("Place of residence",), language=_EN,
        matching=("Place of residence:", "Placeofresidence", "Piace of residence"),
        not_matching=("Place of origin", "president")),
    Label(Field.PLACE_OF_RESIDENCE, ("Nơi cư trú", "Nơi ở hiện tại"),
        matching=("Nơi cư trú / Place of residence:", "Noi cu tru", "Nơi cư trú / Address: Hà Nội"),
        not_matching=("Nơi sinh", "Người chủ trì")),
    Label(Field.DATE_OF_EXPIRY, ("Có giá trị đến",),
        matching=("Có giá trị đến: 15/01/2039", "Co gia tri den", "Có giá tr đn"),
        not_matching=("Giá trị sử dụng", "có giá", "đã cấp vẫn có giá trị đến hết thời hạn.")),
    Label(Field.DATE_OF_EXPIRY, ("Ngày, tháng, năm hết hạn", "Thời hạn sử dụng đến", "Ngày hết hạn"),
        matching=("Ngày, tháng, năm hết hạn / Date of expiry:", "Ngay, thang, nam het han",
            "Ngay, tháng, nãm hét hany/Date of expiry: 26/07/2031", "Thời hạn sử dụng đến: 15/01/2039"),
        not_matching=("Ngày, tháng, năm sinh", "Không thời hạn")),
    Label(Field.DATE_OF_EXPIRY, ("Date of expiry", "Expires"), language=_EN,
        matching=("Date of expiry: 15/01/2039", "Dateofexpiry", "Date of expry"),
        not_matching=("Date of birth", "Date of issue")),
    Label(Field.DATE_OF_ISSUE, ("Ngày, tháng, năm",),
        matching=("Ngày, tháng, năm / Date, month, year: 20/06/2022", "Ngay, thang, nam: 20/06/2022"),
        not_matching=("Ngày, tháng, năm sinh", "Ngày 20 tháng 06 năm 2022", "Ngày Tháng Tám")),
    Label(Field.DATE_OF_ISSUE, ("Date, month, year",), language=_EN,
        matching=("Date, month, year:", "Date,month,year"),
        not_matching=("Date of birth", "monthly")),
    Label(Field.DATE_OF_ISSUE, ("Ngày, tháng, năm cấp", "Ngày cấp", "Cấp ngày"),
        matching=("Ngày, tháng, năm cấp / Date of issue:", "Ngay cap: 20/06/2022"),
        not_matching=("Ngày, tháng, năm sinh", "Nơi cấp")),
    Label(Field.DATE_OF_ISSUE, ("Date of issue",), language=_EN,
        matching=("Date of issue:", "Dateofissue"),
        not_matching=("Date of expiry", "tissue")),
    Label(Field.PERSONAL_IDENTIFICATION, ("Đặc điểm nhận dạng", "Đặc điểm nhân dạng"),
        matching=("Đặc điểm nhận dạng / Personal identification:", "Dac diem nhan dang", "Đc đim nhân dng"),
        not_matching=("Số định danh cá nhân", "đặc biệt")),
    Label(Field.PERSONAL_IDENTIFICATION, ("Personal identification",), language=_EN,
        matching=("Personal identification:", "Personal identificaton"),
        not_matching=("Personal identification number", "person")),
    Label(Field.PERSONAL_IDENTIFICATION, ("Dấu vết riêng và dị hình",),
        matching=("DẤU VẾT RIÊNG VÀ DỊ HÌNH", "Dau vet rieng va di hinh"),
        not_matching=("Dấu chân", "dị ứng")),
    Label(Field.FINGERPRINT, ("Ngón trỏ trái", "Ngón trỏ phải"),
        matching=("NGÓN TRỎ TRÁI", "Ngon tro phai", "Ngón trỏ trái / Left index finger"),
        not_matching=("Ngon quá", "trỏ chuột")),
    Label(Field.FINGERPRINT, ("Left index finger", "Right index finger"), language=_EN,
        matching=("Left index finger", "Rightindexfinger"),
        not_matching=("index", "finger food")),
    Label(Field.FATHER_NAME, ("Họ, chữ đệm và tên cha", "Họ và tên cha", "Họ tên cha", "Họ và tên bố"),
        matching=("Họ và tên cha: NGUYỄN VĂN MẪU", "Họ, chữ đệm và tên cha"),
        not_matching=("Họ, chữ đệm và tên khai sinh", "tên cháu")),
    Label(Field.MOTHER_NAME, ("Họ, chữ đệm và tên mẹ", "Họ và tên mẹ", "Họ tên mẹ"),
        matching=("Họ và tên mẹ: TRẦN THỊ VÍ DỤ", "Họ, chữ đệm và tên mẹ"),
        not_matching=("Họ, chữ đệm và tên khai sinh", "tên miền")),
)  # fmt: skip
"""Labels of places, of the card itself, and of parents."""


PERSON_LABELS: tuple[Label, ...] = (
    Label(Field.NUMBER, ("Số", "Số / No.", "No."), is_strict=True,
        matching=("Số: 001099000001", "SỐ 012345678", "Số / No.: 001099000001", "S/No:", "s 343000075",
            "No.: 001099000001", "Số:", "s 193589353", "S6 001 099 000 001", "S6001099000001", "SO 001099000001",
            "Só001099000001", "S001099000001", "S0 001099000001"),
        not_matching=("S0123456789", "S6 12", "S 12 34", "Số 1 Đường Mẫu", "Số nhà 12", "Nguyễn Văn Số", "November",
            "Sông Mẫu", "So what?", "No")),
    Label(Field.NUMBER, ("Số định danh cá nhân", "Mã định danh cá nhân", "Mã số định danh cá nhân"), digits=(12,),
        matching=("Số định danh cá nhân / Personal identification number:", "S đnh danh cá nhân",
            "Mã số định danh cá nhân: 001099000001"),
        not_matching=("Số nhà", "Đặc điểm nhận dạng", "Số định danh cá nhân gồm 12 chữ số.")),
    Label(Field.NUMBER, ("Số định danh", "Mã định danh", "Mã số định danh"),
        # "Định danh" (identifier) alone heads much in specifications and forms.
        max_distance=0.1, digits=(12,),
        matching=("Mã số định danh: 001099000001", "Số định danh", "Ma dinh danh: 001099000001"),
        not_matching=("Định danh duy nhất", "Định danh", "Số nhà")),
    Label(Field.NUMBER, ("Định danh",), is_strict=True, digits=(12,), needs_likely=True,
        matching=("Định danh: 001099000001", "Định danh cá nhân:", "định danh 001 099 000 001"),
        not_matching=("Định danh duy nhất toàn cầu", "Định danh: A000000727", "Số định danh cá nhân gồm 12 chữ số.")),
    Label(Field.NUMBER, ("Personal identification number",), language=_EN,
        matching=("Personal identification number:", "Personalidentificationnumber"),
        not_matching=("Personal identification", "identification")),
    Label(Field.NUMBER,
        ("Số CCCD", "CCCD số", "CCCD", "Số CMND", "CMND số", "CMND", "Số GCMND", "Số ĐDCN", "Số CCCD/CMND",
            "Số CMND/CCCD", "CCCD/CMND", "CMND/CCCD", "Số ĐDCN/CCCD", "CCCD/ĐDCN", "CCCD/Căn cước", "Số CCCD/Căn cước",
            "CCCD/Hộ chiếu", "CMND/CCCD/Hộ chiếu", "CCCD/Passport", "Số CCCD/Passport", "CMND/Hộ chiếu", "CCCD/HC",
            "CMND/CCCD/HC", "Số CMND/CCCD/Hộ chiếu", "Số CCCD/Hộ chiếu", "CMND/CCCD/Mã định danh", "CMND/CCCD/ĐDCN",
            "Số CCCD/ĐDCN", "CMT/CCCD", "CCCD/CMT", "Số CMT/CCCD", "Thẻ CCCD", "Số thẻ CCCD", "Số giấy CMND",
            "Số CMTND", "CMTND"),
        matching=("Số CCCD: 001099000001", "CMND số 012345678", "CCCD/CMND: 001099000001", "Số ĐDCN: 001099000001",
            "Số CCCD/Passport: 001099000001", "CMTND số 012345678"),
        not_matching=("CCD", "Idea note", "Số nhà", "ghi số CCCD gồm 12 chữ số.")),
    Label(Field.NUMBER,
        # Abbreviations of few letters.
        ("Số CMT", "Số CC", "ĐDCN", "Mã ĐDCN"), max_distance=0.0,
        matching=("Số CMT: 012345678", "Mã ĐDCN: 001099000001"),
        not_matching=("Số CT: 001099000001", "Số chứng từ", "CMT")),
    Label(Field.NUMBER,
        # Words for any proof of identity: the number of a passport may follow them, too.
        ("Số giấy tờ", "Mã giấy tờ", "Giấy tờ số", "Số giấy tờ tùy thân", "Giấy tờ tùy thân số", "Giấy tờ tùy thân",
            "Số giấy tờ cá nhân", "Giấy tờ cá nhân", "Số giấy tờ định danh", "Giấy tờ định danh", "Số giấy tờ pháp lý",
            "Giấy tờ pháp lý", "Giấy tờ chứng thực cá nhân", "Số hiệu giấy tờ", "Mã công dân", "Mã số công dân",
            "Mã số cá nhân", "Giấy tờ/Passport", "Giấy tờ/Hộ chiếu", "Giấy tờ/CCCD"),
        # "Số giấy phép", "Giấy tờ xe" are near.
        max_distance=0.1, needs_likely=True,
        matching=("Số giấy tờ: 001099000001", "Số giấy tờ tùy thân: 001099000001", "Giấy tờ/Passport: 001099000001",
            "S giấy tờ: 012345678", "SỐ GIẤY TỜ"),
        not_matching=("Số giấy phép: 001099000001", "Số chứng từ", "giấy tờ xe",
            "kiểm tra thông tin trên giấy tờ trước")),
    Label(Field.NUMBER, ("Số GTTT", "GTTT", "Số GTTT/Hộ chiếu", "Số ID", "ID/Passport"), max_distance=0.0,
        needs_likely=True,
        matching=("Số GTTT: 001099000001", "GTTT: 001099000001", "Số ID: 001099000001"),
        not_matching=("GTGT: 001099000001", "Số IP", "VIDEO")),
    Label(Field.NUMBER, ("ID card No", "ID No"), language=_EN,
        matching=("ID No.: 001099000001", "Số GCMND / ID card No: 001099000001"),
        not_matching=("Idea note", "idol", "Student No.")),
    Label(Field.NUMBER,
        # In English, but of Vietnam's own papers: they need no more evidence than a Vietnamese label does.
        ("ID card No (Vietnam)", "ID No (Vietnam)", "ID card number (Vietnam)", "Vietnamese ID card No",
            "Vietnamese ID No", "Vietnamese ID", "Vietnamese identity card No", "Vietnam ID card No", "Vietnam ID",
            "CCCD No"), max_distance=0.05, digits=(12,), needs_likely=True,
        matching=("ID card no. (Vietnam): 001099000001", "Vietnamese ID card No.: 001099000001"),
        not_matching=("ID card No.: 001099000001", "Vietnam", "Vietnamese")),
    Label(Field.NUMBER,
        ("ID number", "Identity number", "Identity No", "Personal number", "Personal No", "Citizen number",
            "Citizen ID number", "Citizen ID", "Citizen ID No", "Citizen identification No",
            "Citizen identification number", "Citizen identity card No", "ID card number", "Identity card No",
            "Identity card number", "National ID", "National ID No", "National ID number", "ID / Passport No"),
        language=_EN,
        # Ordinary words are near.
        max_distance=0.08,
        matching=("ID number: 001099000001", "Identity No.", "PERSONAL NO.: 001 099 000 001", "Citizen ID number",
            "Citizen ID: 001099000001", "Identity card no.: 001099000001"),
        not_matching=("identity", "personal note", "Invoice number", "Personal data", "IDENTITY CARD")),
    Label(Field.NUMBER, ("Số căn cước", "Số thẻ căn cước", "Căn cước số", "Thẻ căn cước số"), digits=(12,),
        # Nearer than the heading without "Số" is.
        max_distance=0.12,
        matching=("Số căn cước: 001099000001", "S căn cưc: 001099000001", "S căn cước",
            "Căn cước công dân: 001099000001", "công dân số 001099000001 cấp ngày 01/02/2021"),
        not_matching=("Dân số 98 504 400 người", "CĂN CƯỚC", "CAN CUOC", "CĂN CC", "CĂN CƯỚC: thủ tục mới",
            "Số căn nhà")),
    Label(Field.NUMBER,
        ("Căn cước công dân số", "Số căn cước công dân", "Số thẻ căn cước công dân", "Chứng minh nhân dân số",
            "Số chứng minh nhân dân", "Số chứng minh thư", "Chứng minh thư số"),
        # The headings of cards are the same words but for "Số".
        max_distance=0.05,
        matching=("Căn cước công dân số: 001099000001", "Số căn cước công dân", "S căn cưc công dân:"),
        not_matching=("CĂN CƯỚC CÔNG DÂN", "CĂN CƯỚC", "CAN CUOC CONG DAN", "GIẤY CHỨNG MINH NHÂN DÂN")),
    Label(Field.NAME, ("Họ và tên",),
        matching=("Họ và tên / Full name:", "H và tên", "Ho v tn", "Ho va ten", "HỌ VÀ TÊN", "Hovaten",
            "Họ và tên: NGUYỄN VĂN MẪU"),
        not_matching=("Hạnh phúc", "Họ hàng và tiền", "HÀ VĂN TÊN", "HỒ VĂN TIẾN", "HO VAN TEN",
            "Họ và tên gọi khác: MẪU", "ghi họ và tên bằng chữ in hoa")),
    Label(Field.NAME,
        # Over the first of two columns, with the given name in the second.
        ("Họ và tên đệm", "Họ tên đệm", "Họ và chữ đệm", "Họ, chữ đệm", "Họ và đệm", "Họ đệm", "Họ và tên lót",
            "Họ và chữ lót", "Họ và lót", "Họ lót"), max_distance=0.1,
        matching=("Họ và tên đệm", "Họ đệm", "HỌ VÀ CHỮ LÓT"),
        not_matching=("Hồ điểm", "Họ hàng", "Hộp đệm")),
    Label(Field.NAME, ("Họ tên",),
        matching=("Họ tên: NGUYỄN VĂN MẪU", "HO TEN", "H tên", "H tn: NGUYỄN VĂN MẪU", "Hotn NGUYỄN VĂN MẪU",
            "H tnNGUYỄN VĂN MẪU", "Htn: Nguyễn Văn Mẫu"),
        not_matching=("Hôm nay", "Hotel", "HỒ TẤN MẪU", "HO TAN MAU", "HỒ TIẾN", "HTN MẪU", "H tn công", "Htn")),
    Label(Field.NAME, ("Tôi tên là", "Tên tôi là", "Tên tôi", "Tôi tên"), max_distance=0.13,
        matching=("Tôi tên là: Nguyễn Văn Mẫu", "Tên tôi là Nguyễn Văn Mẫu", "Toi ten la Nguyen Van Mau"),
        not_matching=("Tôi là", "Tên tệp", "Tới tận nơi", "TÔ TẤN LẠC")),
    Label(Field.NAME, ("Ông/Bà", "Tôi là"), is_strict=True, is_common=True,
        matching=("Ông: Nguyễn Văn Mẫu", "Bà: TRẦN THỊ VÍ DỤ", "Ông (Bà): Nguyễn Văn Mẫu", "Tôi là Nguyễn Văn Mẫu"),
        not_matching=("Ông nội", "BẢN CAM KẾT", "Tôi là người", "Bà con", "Hà Bà Mẫu", "ông Mẫu nói")),
    Label(Field.NAME, ("Mr/Ms", "I, the undersigned"), language=_EN, is_strict=True, is_common=True, needs_person=True,
        matching=("Mr. Nguyen Van Mau, born on 15 January 1999", "I, the undersigned, Tran Thi Vi Du",
            "certify that Ms Tran Thi Vi Du"),
        not_matching=("Mr. John Smith", "Items", "I, Robot", "The undersigned has read this")),
    Label(Field.NAME, ("ông/bà", "Và vợ là bà"), is_strict=True, is_common=True, needs_person=True,
        matching=("Và vợ là bà: TRẦN THỊ VÍ DỤ", "Bổ nhiệm ông Nguyễn Văn Mẫu; ngày sinh: 15/01/1999",
            "cùng chồng là Ông Nguyễn Văn Mẫu"),
        not_matching=("Kính thưa các ông bà", "Phan Anh Nguyễn Mẫu", "quý khách hàng", "Hà Bà Mẫu", "ông Mẫu nói")),
    Label(Field.NAME, ("Khách hàng", "Người được bổ nhiệm"), is_strict=True, is_common=True, needs_person=True,
        matching=("Khách hàng: Nguyễn Văn Mẫu", "Hành khách 1", "Quý khách Nguyễn Văn Mẫu, số CCCD 001099000001",
            "Tên khách: Nguyễn Văn Mẫu", "2. Người được bổ nhiệm: Nguyễn Văn Mẫu", "BỆNH NHÂN: NGUYỄN VĂN MẪU",
            "Khách hàng / Customer: Nguyễn Văn Mẫu", "Chủ tài khoản (viết in hoa): NGUYỄN VĂN MẪU"),
        not_matching=("Khách hàng thân thiết", "Khách sạn Mẫu", "Mã khách hàng: 1", "KHÁCH SẠN BÌNH MINH")),
    Label(Field.NAME,
        # As long as the label of a father's name, and near to it; that of a wife's name is the holder's with a tail.
        ("Họ, chữ đệm và tên chồng", "Họ, chữ đệm, tên chồng", "Họ và tên chồng", "Họ tên chồng", "Họ và tên vợ/chồng",
            "Họ và tên vợ (chồng)"), max_distance=0.1,
        matching=("Họ, chữ đệm, tên chồng: NGUYỄN VĂN MẪU", "Họ và tên vợ (chồng):"),
        not_matching=("Họ và tên: VÕ VĂN MẪU", "HỌ VÀ TÊN VÕ", "Họ và tên cha")),
    Label(Field.NAME, ("Họ và tên khai sinh", "Họ, chữ đệm và tên khai sinh", "Họ, chữ đệm và tên", "Họ, chữ đệm, tên"),
        matching=("Họ, chữ đệm và tên khai sinh / Full name:", "H, ch đm và tên khai sinh", "Ho, chu dem va ten"),
        not_matching=("Nơi đăng ký khai sinh", "Hộ chiếu")),
    Label(Field.NAME, ("Full name",), language=_EN,
        matching=("Full name:", "Fullname", "Ful name", "/ Full name: NGUYỄN VĂN MẪU"),
        not_matching=("full", "Name of the game", "fulfil")),
    Label(Field.NAME, ("Name",), language=_EN, is_strict=True,
        matching=("Name:", "NAME", "Name: Nguyễn Văn Mẫu", " / Name :"),
        not_matching=("Name of the game", "Username:", "File name", "names:", "Tên: Nguyễn Văn Mẫu")),
    Label(Field.NAME, ("Chữ đệm và tên",),
        matching=("Chữ đệm và tên / Given names", "Chu dem va ten"),
        not_matching=("Given names", "Surname", "chữ đẹp và tốt")),
    Label(Field.NAME, ("Given names", "Surname"), language=_EN,
        matching=("Chữ đệm và tên / Given names", "Họ / Surname", "Given Names HAPPY"),
        not_matching=("give", "summer", "Chữ đệm và tên")),
    Label(Field.DATE_OF_BIRTH, ("Ngày sinh", "Năm sinh"),
        matching=("Ngày sinh / Date of birth: 15/01/1999", "Ngay sinh", "NGÀY SINH", "Ngaysinh:15/01/1999"),
        not_matching=("Ngày cấp", "NGÂN SINH", "Ngày xưa")),
    Label(Field.DATE_OF_BIRTH, ("Sinh ngày", "Sinh năm"),
        matching=("Sinh ngày: 15-01-1999", "Sinh ngay", "sinh năm 1999", "Sinh: 15/01/1999", "NTNS: 15/01/1999"),
        not_matching=("Sinh viên", "Kính ngài")),
    Label(Field.DATE_OF_BIRTH, ("Ngày, tháng, năm sinh",),
        matching=("Ngày, tháng, năm sinh / Date of birth:", "Ngay thang nam sinh", "Ngày,tháng,nămsinh"),
        not_matching=("Ngày, tháng, năm", "Ngày, tháng, năm cấp", "Ngày, tháng, năm hết hạn")),
    Label(Field.DATE_OF_BIRTH, ("Date of birth",), language=_EN,
        matching=("Date of birth:", "Dateofbirth", "Dale of birh", "DOB: 15/01/1999", "D.O.B.:"),
        not_matching=("Date of expiry", "Place of birth", "birthday party")),
    Label(Field.DATE_OF_BIRTH, ("Birth date", "Born on"), language=_EN, max_distance=0.1,
        matching=("Birth date: 15/01/1999", "BIRTHDATE"),
        not_matching=("birthday", "Place of birth", "born")),
    Label(Field.SEX, ("Giới tính",),
        matching=("Giới tính / Sex: Nam", "Gi tính", "Gioi tinh", "GIỚI TÍNH: NỮ"),
        not_matching=("GIA TÍN", "Thông tin", "Quốc tịch")),
    Label(Field.SEX, ("Sex",), language=_EN, is_strict=True,
        matching=("Sex: Nam", "Giới tính / Sex: Nam"),
        not_matching=("sextant", "Sussex: x", "sexy")),
    Label(Field.NATIONALITY, ("Quốc tịch",),
        matching=("Quốc tịch / Nationality: Việt Nam", "Quc tch", "Quoc tich"),
        not_matching=("Quốc khánh", "TRẦN QUỐC TÍNH", "LE QUOC TINH", "LE QUOC TICH", "Lê Quốc Tích")),
    Label(Field.NATIONALITY, ("Nationality",), language=_EN,
        matching=("Nationality: Việt Nam", "Nationalty"),
        not_matching=("NATIONAL DAY", "nation")),
)  # fmt: skip
"""Labels of values that identify the holder."""


STOPS: tuple[Label, ...] = (
    Label(None, ("Dân tộc",), matching=("Dân tộc: Kinh",), not_matching=("Nhân dân",)),
    Label(None, ("Tôn giáo",), matching=("Tôn giáo: Không",), not_matching=("Giáo viên",)),
    Label(None, ("Giám đốc CA", "Giám đốc công an"),
        matching=("GIÁM ĐỐC CA TỈNH", "Giam doc cong an"),
        not_matching=("Giám sát", "Giám thị")),
    Label(None,
        ("Cục trưởng cục cảnh sát", "Cục trưởng cục cảnh sát quản lý hành chính về trật tự xã hội",
            "Cục trưởng cục cảnh sát ĐKQL cư trú và DLQG về dân cư"),
        matching=("CỤC TRƯỞNG CỤC CẢNH SÁT", "CUC TRUONG CUC CANH SAT", "CC TRNG CC CNH SÁT"),
        not_matching=("Trưởng phòng", "cảnh sát")),
    Label(None, ("Director general of the police department", "for administrative management of social order"),
        language=_EN,
        matching=("DIRECTOR GENERAL OF THE POLICE DEPARTMENT",),
        not_matching=("general", "police")),
    Label(None, ("Bộ Công an",), matching=("BỘ CÔNG AN", "BÔ CÔNG AN"), not_matching=("Công dân",)),
    Label(None, ("Ministry of Public Security",), language=_EN,
        matching=("MINISTRY OF PUBLIC SECURITY", "MINISTRYOFPUBLICSECURITY"),
        not_matching=("security",)),
    Label(None, ("Tình trạng hôn nhân", "Người đại diện hợp pháp", "Người giám hộ"),
        matching=("Tình trạng hôn nhân",),
        not_matching=("tình hình",)),
    Label(None, ("Hạng / Class", "Nơi cấp", "Số hộ chiếu", "Ngày trúng tuyển"),
        matching=("Hạng / Class: A1", "Nơi cấp / Place of issue"),
        not_matching=("Hàng hóa", "classic", "Passport No", "Place of issue")),
    Label(None, ("Place of issue", "Passport No", "Beginning date"), language=_EN,
        matching=("Nơi cấp / Place of issue", "Số hộ chiếu / Passport No: X0000001"),
        not_matching=("Hạng / Class: A1", "Place of birth")),
    Label(None,
        # One letter off "Ngày sinh", and of goods, money and terms.
        ("Ngày lĩnh", "Ngày lãnh", "Ngày tính", "Ngày định", "Ngày bình", "Ngày trình", "Ngày hình thành"),
        max_distance=0.05,
        matching=("Ngày lĩnh: 17/12/2025", "NGÀY TÍNH LÃI"),
        not_matching=("Ngày sinh", "Ngày, tháng, năm sinh")),
    Label(None,
        # The rows for other names of the forms and of the cards of 2012 (Circular 27/2012/TT-BCA).
        ("Họ và tên gọi khác", "Họ, chữ đệm và tên gọi khác", "Tên gọi khác", "Tên khác", "Bí danh"),
        # "Tên khách hàng" (customer) is close to "Tên khác".
        max_distance=0.13,
        matching=("Họ và tên gọi khác: MẪU", "H và tên gi khác", "Họ tên gọi khác:", "Tên gọi khác", "Tên khác: Mẫu",
            "Bí danh: Không"),
        not_matching=("Họ và tên: NGUYỄN VĂN MẪU", "Tên khách hàng: Mẫu", "Bùi Danh Mẫu", "Họ và tên khai sinh")),
    Label(None,
        tuple(
            # Numbers of other things, on receipts above all. A tax number is left out: Vietnam's is the citizen number.
            f"{owner} ID{number}" for owner in (
                "GST", "CGST", "SGST", "VAT", "Company", "Business", "Merchant", "Terminal", "Device", "Product",
                "Order", "Transaction", "Invoice", "Student", "Employee", "Staff", "Member")
            for number in (" No", " number")),
        language=_EN, max_distance=0.05, is_common=True,
        matching=("(GST ID No: 000000000001)", "GSTID No :", "Order ID number: 000000000001"),
        not_matching=("ID No: 001099000001", "Tax ID No", "Guest ID No.", "Citizen ID number", "Passport/ID No.")),
    Label(None, ("Nơi ĐK KCB BĐ", "Giá trị sử dụng", "Thời điểm đủ 05 năm liên tục", "Nơi cấp, đổi thẻ BHYT"),
        matching=("Nơi ĐK KCB BĐ: Trạm", "Giá trị sử dụng: từ ngày 01/01/2024"),
        not_matching=("giá cả", "liên tục")),
)  # fmt: skip
"""Labels and lines of the issuer that end the value before them."""


LABELS: tuple[Label, ...] = (*PERSON_LABELS, *PLACE_AND_CARD_LABELS)
"""Labels whose value is a field of a report."""
_BY_NAME = {label.variants[0]: label for label in (*LABELS, *STOPS)}


def label_named(name: str) -> Label:
    """Return the label whose first variant is given.

    >>> label_named("Sex").field
    <Field.SEX: 'sex'>
    """
    return _BY_NAME[name]


def labels_named(*names: str) -> tuple[Label, ...]:
    """Return the labels whose first variants are given."""
    return tuple(map(label_named, names))
