"""How common names are: a soft prior for reading them, never a test of who is Vietnamese."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.knowledge import KnowledgeTable, words

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILY_NAMES_SOURCE = "shares in percent after Lê Trung Hoa, Họ và tên người Việt Nam (2005); the rest estimated"
FAMILY_NAMES: Mapping[str, float] = MappingProxyType(
    {
        "NGUYEN": 38.4,
        "TRAN": 12.1,
        "LE": 9.5,
        "PHAM": 7.0,
        "HOANG": 3.0,
        "HUYNH": 2.1,
        "PHAN": 4.5,
        "VU": 2.2,
        "VO": 1.7,
        "DANG": 2.1,
        "BUI": 2.0,
        "DO": 1.4,
        "HO": 1.3,
        "NGO": 1.3,
        "DUONG": 1.0,
        "LY": 0.5,
        **dict.fromkeys(words("DINH DAO DOAN TRINH TRUONG LAM MAI CAO LUONG LUU HA THAI CHAU TO TA"), 0.4),
        **dict.fromkeys(words("PHUNG QUACH TANG TRIEU NONG CHU KIEU TONG TU LA LUC HUA VUONG VAN BE"), 0.15),
        **dict.fromkeys(words("LO VANG GIANG THAO SUNG MA HAU LAU CU DAM NGUY NGHIEM BACH THACH SON KIM"), 0.08),
        **dict.fromkeys(words("DANH DIEP QUAN ON MAC LAI CAM AU NINH TIEU TON CONG KHUAT KHUC THAN DONG"), 0.04),
        **dict.fromkeys(words("LAC GIAP HAN MAN NHAN PHI THIEU TRANG UNG VI XA KHONG LUYEN DIEU HOA BA LIEU"), 0.02),
    }
)
"""Folded family names and the share of people, in percent, who bear each."""

GIVEN_SYLLABLES_SOURCE = "orders of magnitude from general knowledge of Vietnamese names; relative weights"
GIVEN_SYLLABLES: Mapping[str, float] = MappingProxyType(
    {
        "THI": 30.0,
        "VAN": 20.0,
        **dict.fromkeys(words("NGOC THANH MINH DUC HUU XUAN HONG KIM QUANG HOANG ANH PHUONG THU"), 4.0),
        **dict.fromkeys(words("QUOC CONG DINH TUAN HUNG HAI HUONG LAN LINH LONG MAI NAM"), 2.5),
        **dict.fromkeys(words("HOA HANH HIEN HIEU HUE HUY KHANH LOAN MY NGA NGAN NHUNG PHONG PHUC"), 2.0),
        **dict.fromkeys(words("SON TAM THAO THANG THUY TIEN TRANG TRUNG TU TUYET TUNG VINH VIET YEN"), 2.0),
        **dict.fromkeys(words("AN BAO BICH BINH CHAU CHI CUONG DAT DIEM DUNG DUY DUONG DIEU DONG GIA GIANG HA"), 1.5),
        **dict.fromkeys(words("HAN HANG HAU HIEP HOAI HOAN HOP KHAI KHOA KHOI KIEN KIEU LAM LE LIEN LOC LOI"), 1.0),
        **dict.fromkeys(words("LUAN LUONG LY MANH NGHIA NGUYEN NGUYET NHAN NHAT NHI NHU OANH PHAT PHU PHUOC"), 1.0),
        **dict.fromkeys(words("QUAN QUY QUYEN QUYNH SANG SINH TAI TAN TAO THAI THIEN THINH THO THOA THUAN"), 1.0),
        **dict.fromkeys(words("THUC THUONG TINH TOAN TRA TRI TRIEU TRINH TRONG TRUC TRUONG TUE UYEN UT VI"), 1.0),
        **dict.fromkeys(words("VU VUONG VY XUYEN Y BA BE CAM DAO DANG DOAN DO GIAP HOAT KY LUU MAN NGHI PHI SI"), 0.5),
    }
)
"""Folded syllables of middle and given names and their relative weights."""

NOT_NAMES_SOURCE = "words that cards print in capitals, as names are"
NOT_NAMES = frozenset(
    {
        "VIET NAM",
        "CAN CUOC",
        "CONG DAN",
        "CAN CUOC CONG DAN",
        "CHUNG MINH NHAN DAN",
        "GIAY CHUNG MINH NHAN DAN",
        "DOC LAP TU DO HANH PHUC",
        "HO VA TEN",
        "HO TEN",
        "NGAY SINH",
        "SINH NGAY",
        "GIOI TINH",
        "QUOC TICH",
        "QUE QUAN",
        "NGUYEN QUAN",
        "DAN TOC",
        "TON GIAO",
        "NOI THUONG TRU",
        "NOI CU TRU",
        "CO GIA TRI DEN",
        "KHONG THOI HAN",
        "BO CONG AN",
        "CUC TRUONG",
        "GIAM DOC",
        "NGON TRO TRAI",
        "NGON TRO PHAI",
        "HO CHIEU",
        "GIAY PHEP LAI XE",
        "THE BAO HIEM Y TE",
        "FULL NAME",
        "IDENTITY CARD",
    }
)
"""Folded words in capitals on cards that are nobody's name."""

SPELLED_FAMILY_NAMES: tuple[str, ...] = words(
    "NGUYỄN TRẦN LÊ PHẠM HOÀNG HUỲNH PHAN VŨ VÕ ĐẶNG BÙI ĐỖ HỒ NGÔ DƯƠNG LÝ ĐINH ĐÀO ĐOÀN TRỊNH TRƯƠNG LÂM MAI CAO "
    "LƯƠNG LƯU HÀ THÁI CHÂU TÔ TẠ PHÙNG QUÁCH TĂNG TRIỆU NÔNG KIỀU TỐNG TỪ LỤC HỨA VƯƠNG ĐÀM NGHIÊM BẠCH THẠCH TIÊU"
)
"""Family names in full spelling, those whose folded form is no other common family name's as well."""

TABLES = (
    KnowledgeTable(
        name="spelling of family names",
        source=FAMILY_NAMES_SOURCE,
        recognise=SPELLED_FAMILY_NAMES.__contains__,
        matching=("NGUYỄN", "TRẦN", "LÝ"),
        not_matching=("NGUYÊN", "TRẤN", "LY", ""),
    ),
    KnowledgeTable(
        name="family names",
        source=FAMILY_NAMES_SOURCE,
        recognise=FAMILY_NAMES.__contains__,
        matching=("NGUYEN", "TRAN", "LY", "GIANG"),
        not_matching=("Nguyễn", "SMITH", ""),
    ),
    KnowledgeTable(
        name="syllables of middle and given names",
        source=GIVEN_SYLLABLES_SOURCE,
        recognise=GIVEN_SYLLABLES.__contains__,
        matching=("VAN", "THI", "MINH"),
        not_matching=("Văn", "JOHN", ""),
    ),
    KnowledgeTable(
        name="capitals that are no name",
        source=NOT_NAMES_SOURCE,
        recognise=NOT_NAMES.__contains__,
        matching=("VIET NAM", "CAN CUOC"),
        not_matching=("NGUYEN VAN MAU", ""),
    ),
)
