"""Provinces by the first digits of a number."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from idscan.cards.fact_tables import FactTable

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVINCES_SOURCE = "Circular 07/2016/TT-BCA of the Ministry of Public Security, annex 1"
PROVINCES: Mapping[str, str] = MappingProxyType(
    {
        "001": "Hà Nội",
        "002": "Hà Giang",
        "004": "Cao Bằng",
        "006": "Bắc Kạn",
        "008": "Tuyên Quang",
        "010": "Lào Cai",
        "011": "Điện Biên",
        "012": "Lai Châu",
        "014": "Sơn La",
        "015": "Yên Bái",
        "017": "Hòa Bình",
        "019": "Thái Nguyên",
        "020": "Lạng Sơn",
        "022": "Quảng Ninh",
        "024": "Bắc Giang",
        "025": "Phú Thọ",
        "026": "Vĩnh Phúc",
        "027": "Bắc Ninh",
        "030": "Hải Dương",
        "031": "Hải Phòng",
        "033": "Hưng Yên",
        "034": "Thái Bình",
        "035": "Hà Nam",
        "036": "Nam Định",
        "037": "Ninh Bình",
        "038": "Thanh Hóa",
        "040": "Nghệ An",
        "042": "Hà Tĩnh",
        "044": "Quảng Bình",
        "045": "Quảng Trị",
        "046": "Thừa Thiên Huế",
        "048": "Đà Nẵng",
        "049": "Quảng Nam",
        "051": "Quảng Ngãi",
        "052": "Bình Định",
        "054": "Phú Yên",
        "056": "Khánh Hòa",
        "058": "Ninh Thuận",
        "060": "Bình Thuận",
        "062": "Kon Tum",
        "064": "Gia Lai",
        "066": "Đắk Lắk",
        "067": "Đắk Nông",
        "068": "Lâm Đồng",
        "070": "Bình Phước",
        "072": "Tây Ninh",
        "074": "Bình Dương",
        "075": "Đồng Nai",
        "077": "Bà Rịa - Vũng Tàu",
        "079": "TP Hồ Chí Minh",
        "080": "Long An",
        "082": "Tiền Giang",
        "083": "Bến Tre",
        "084": "Trà Vinh",
        "086": "Vĩnh Long",
        "087": "Đồng Tháp",
        "089": "An Giang",
        "091": "Kiên Giang",
        "092": "Cần Thơ",
        "093": "Hậu Giang",
        "094": "Sóc Trăng",
        "095": "Bạc Liêu",
        "096": "Cà Mau",
    }
)
"""The 63 codes in a citizen number; the merger of 2025 into 34 provinces leaves issued numbers as they are."""

ABROAD_SOURCE = "Circular 07/2016/TT-BCA of the Ministry of Public Security, annex 2 (countries, 101 to 295)"
FIRST_ABROAD_CODE = 101
"""First code of a country of birth outside Vietnam."""
LAST_ABROAD_CODE = 295
"""Last code of a country of birth outside Vietnam."""
ABROAD: Mapping[str, str] = MappingProxyType(
    {
        "101": "Afghanistan",
        "139": "Campuchia",
        "155": "Đức",
        "174": "Hàn Quốc",
        "175": "Hoa Kỳ",
        "193": "Lào",
        "231": "Nga",
        "232": "Nhật Bản",
        "240": "Pháp",
        "271": "Thái Lan",
        "279": "Trung Quốc",
        "284": "Úc",
        "295": "Zimbabwe",
    }
)
"""The most frequent countries of births registered abroad; the other codes of the range mean "abroad" only."""

OLD_PREFIXES_SOURCE = "common knowledge of CMND blocks of the provincial police; serves explanations only"
OLD_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "01": "Hà Nội",
        "02": "TP Hồ Chí Minh",
        "03": "Hải Phòng",
        "040": "Điện Biên",
        "045": "Lai Châu",
        "05": "Sơn La",
        "060": "Yên Bái",
        "061": "Yên Bái",
        "063": "Lào Cai",
        "070": "Tuyên Quang",
        "071": "Tuyên Quang",
        "073": "Hà Giang",
        "080": "Lạng Sơn",
        "081": "Lạng Sơn",
        "082": "Lạng Sơn",
        "085": "Cao Bằng",
        "090": "Thái Nguyên",
        "091": "Thái Nguyên",
        "092": "Thái Nguyên",
        "095": "Bắc Kạn",
        "10": "Quảng Ninh",
        "111": "Hà Tây",
        "112": "Hà Tây",
        "113": "Hòa Bình",
        "121": "Bắc Giang",
        "122": "Bắc Giang",
        "125": "Bắc Ninh",
        "131": "Phú Thọ",
        "132": "Phú Thọ",
        "135": "Vĩnh Phúc",
        "136": "Vĩnh Phúc",
        "141": "Hải Dương",
        "142": "Hải Dương",
        "145": "Hưng Yên",
        "15": "Thái Bình",
        "161": "Nam Định",
        "162": "Nam Định",
        "163": "Nam Định",
        "164": "Ninh Bình",
        "168": "Hà Nam",
        "17": "Thanh Hóa",
        "181": "Nghệ An",
        "182": "Nghệ An",
        "183": "Hà Tĩnh",
        "184": "Hà Tĩnh",
        "185": "Nghệ An",
        "186": "Nghệ An",
        "187": "Nghệ An",
        "190": "Thừa Thiên Huế",
        "191": "Thừa Thiên Huế",
        "192": "Thừa Thiên Huế",
        "194": "Quảng Bình",
        "197": "Quảng Trị",
        "200": "Đà Nẵng",
        "201": "Đà Nẵng",
        "205": "Quảng Nam",
        "206": "Quảng Nam",
        "210": "Bình Định",
        "211": "Bình Định",
        "212": "Quảng Ngãi",
        "215": "Bình Định",
        "220": "Phú Yên",
        "221": "Phú Yên",
        "225": "Khánh Hòa",
        "230": "Gia Lai",
        "231": "Gia Lai",
        "233": "Kon Tum",
        "240": "Đắk Lắk",
        "241": "Đắk Lắk",
        "245": "Đắk Nông",
        "25": "Lâm Đồng",
        "260": "Bình Thuận",
        "261": "Bình Thuận",
        "264": "Ninh Thuận",
        "270": "Đồng Nai",
        "271": "Đồng Nai",
        "272": "Đồng Nai",
        "273": "Bà Rịa - Vũng Tàu",
        "280": "Bình Dương",
        "281": "Bình Dương",
        "285": "Bình Phước",
        "29": "Tây Ninh",
        "30": "Long An",
        "31": "Tiền Giang",
        "32": "Bến Tre",
        "330": "Vĩnh Long",
        "331": "Vĩnh Long",
        "334": "Trà Vinh",
        "34": "Đồng Tháp",
        "35": "An Giang",
        "360": "Cần Thơ",
        "361": "Cần Thơ",
        "362": "Cần Thơ",
        "363": "Hậu Giang",
        "364": "Hậu Giang",
        "365": "Sóc Trăng",
        "366": "Sóc Trăng",
        "37": "Kiên Giang",
        "380": "Cà Mau",
        "381": "Cà Mau",
        "385": "Bạc Liêu",
    }
)
"""First two or three digits of a nine-digit CMND number, and the province whose police issued it."""

MERGER_SOURCE = "Resolution 202/2025/QH15 of the National Assembly, in force from 1 July 2025"
MERGED_INTO: Mapping[str, str] = MappingProxyType(
    {
        "Hà Giang": "Tuyên Quang",
        "Yên Bái": "Lào Cai",
        "Bắc Kạn": "Thái Nguyên",
        "Vĩnh Phúc": "Phú Thọ",
        "Hòa Bình": "Phú Thọ",
        "Bắc Giang": "Bắc Ninh",
        "Thái Bình": "Hưng Yên",
        "Hải Dương": "Hải Phòng",
        "Hà Nam": "Ninh Bình",
        "Nam Định": "Ninh Bình",
        "Quảng Bình": "Quảng Trị",
        "Quảng Nam": "Đà Nẵng",
        "Kon Tum": "Quảng Ngãi",
        "Bình Định": "Gia Lai",
        "Ninh Thuận": "Khánh Hòa",
        "Đắk Nông": "Lâm Đồng",
        "Bình Thuận": "Lâm Đồng",
        "Phú Yên": "Đắk Lắk",
        "Bình Dương": "TP Hồ Chí Minh",
        "Bà Rịa - Vũng Tàu": "TP Hồ Chí Minh",
        "Bình Phước": "Đồng Nai",
        "Long An": "Tây Ninh",
        "Sóc Trăng": "Cần Thơ",
        "Hậu Giang": "Cần Thơ",
        "Bến Tre": "Vĩnh Long",
        "Trà Vinh": "Vĩnh Long",
        "Tiền Giang": "Đồng Tháp",
        "Bạc Liêu": "Cà Mau",
        "Kiên Giang": "An Giang",
        "Thừa Thiên Huế": "Huế",
    }
)
"""Former provinces and the one that each belongs to since 2025."""


def is_abroad(code: str) -> bool:
    """Return whether a three-digit code is that of a country other than Viet Nam.

    >>> is_abroad("279"), is_abroad("001")
    (True, False)
    """
    return code.isascii() and code.isdigit() and FIRST_ABROAD_CODE <= int(code) <= LAST_ABROAD_CODE


def place_name(code: str) -> str | None:
    """Return the province of a three-digit code, or the country where its name is known."""
    return PROVINCES.get(code) or ABROAD.get(code)


def old_number_province(digits: str) -> str | None:
    """Return the province whose police issued a nine-digit number, None where the prefix is not known."""
    return OLD_PREFIXES.get(digits[:3]) or OLD_PREFIXES.get(digits[:2])


TABLES = (
    FactTable(
        name="province codes of citizen numbers",
        source=PROVINCES_SOURCE,
        recognise=PROVINCES.__contains__,
        matching=("001", "079", "096", "046"),
        not_matching=("000", "003", "097", "101", "1", ""),
    ),
    FactTable(
        name="country codes of births registered abroad",
        source=ABROAD_SOURCE,
        recognise=is_abroad,
        matching=("101", "175", "200", "295"),
        not_matching=("100", "296", "001", "x", "", "²³¹"),
    ),
    FactTable(
        name="blocks of nine-digit numbers",
        source=OLD_PREFIXES_SOURCE,
        recognise=lambda text: old_number_province(text) is not None,
        matching=("012345678", "121000001", "385000001"),
        not_matching=("990000001", "040"[:1], "390000001"),
    ),
    FactTable(
        name="provinces merged in 2025",
        source=MERGER_SOURCE,
        recognise=MERGED_INTO.__contains__,
        matching=("Hà Giang", "Thừa Thiên Huế"),
        not_matching=("Hà Nội", "Nghệ An", "TP Hồ Chí Minh"),
    ),
)
