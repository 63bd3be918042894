"""Provinces with their codes, and names to make up addresses from.

The codes are those of the annex to circular 07/2016/TT-BCA, the merged provinces those of resolution 202/2025/QH15.
Communes and districts are common names put together at random: an address here is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def listed(text: str) -> tuple[str, ...]:
    """Return the entries of a list written with commas."""
    return tuple(text.split(","))


PROVINCES = tuple(
    line.split(":")
    for line in """\
001:Hà Nội 002:Hà Giang 004:Cao Bằng 006:Bắc Kạn 008:Tuyên Quang 010:Lào Cai 011:Điện Biên 012:Lai Châu 014:Sơn La
015:Yên Bái 017:Hòa Bình 019:Thái Nguyên 020:Lạng Sơn 022:Quảng Ninh 024:Bắc Giang 025:Phú Thọ 026:Vĩnh Phúc
027:Bắc Ninh 030:Hải Dương 031:Hải Phòng 033:Hưng Yên 034:Thái Bình 035:Hà Nam 036:Nam Định 037:Ninh Bình
038:Thanh Hóa 040:Nghệ An 042:Hà Tĩnh 044:Quảng Bình 045:Quảng Trị 046:Thừa Thiên Huế 048:Đà Nẵng 049:Quảng Nam
051:Quảng Ngãi 052:Bình Định 054:Phú Yên 056:Khánh Hòa 058:Ninh Thuận 060:Bình Thuận 062:Kon Tum 064:Gia Lai
066:Đắk Lắk 067:Đắk Nông 068:Lâm Đồng 070:Bình Phước 072:Tây Ninh 074:Bình Dương 075:Đồng Nai
077:Bà Rịa - Vũng Tàu 079:TP.Hồ Chí Minh 080:Long An 082:Tiền Giang 083:Bến Tre 084:Trà Vinh 086:Vĩnh Long
087:Đồng Tháp 089:An Giang 091:Kiên Giang 092:Cần Thơ 093:Hậu Giang 094:Sóc Trăng 095:Bạc Liêu 096:Cà Mau
""".replace("\n", " ")
    .replace(" 0", "\n0")
    .strip()
    .splitlines()
)

_MERGED_INTO = {
    "Tuyên Quang": ("Hà Giang",),
    "Lào Cai": ("Yên Bái",),
    "Thái Nguyên": ("Bắc Kạn",),
    "Phú Thọ": ("Vĩnh Phúc", "Hòa Bình"),
    "Bắc Ninh": ("Bắc Giang",),
    "Hưng Yên": ("Thái Bình",),
    "Hải Phòng": ("Hải Dương",),
    "Ninh Bình": ("Hà Nam", "Nam Định"),
    "Quảng Trị": ("Quảng Bình",),
    "Đà Nẵng": ("Quảng Nam",),
    "Quảng Ngãi": ("Kon Tum",),
    "Gia Lai": ("Bình Định",),
    "Khánh Hòa": ("Ninh Thuận",),
    "Lâm Đồng": ("Đắk Nông", "Bình Thuận"),
    "Đắk Lắk": ("Phú Yên",),
    "TP.Hồ Chí Minh": ("Bình Dương", "Bà Rịa - Vũng Tàu"),
    "Đồng Nai": ("Bình Phước",),
    "Tây Ninh": ("Long An",),
    "Cần Thơ": ("Sóc Trăng", "Hậu Giang"),
    "Vĩnh Long": ("Bến Tre", "Trà Vinh"),
    "Đồng Tháp": ("Tiền Giang",),
    "Cà Mau": ("Bạc Liêu",),
    "An Giang": ("Kiên Giang",),
    "Huế": ("Thừa Thiên Huế",),
}
_SURVIVOR = {old: new for new, olds in _MERGED_INTO.items() for old in olds}

_CITIES = {"Hà Nội", "Hải Phòng", "Đà Nẵng", "TP.Hồ Chí Minh", "Cần Thơ"}
_DISTRICTS = listed(
    "Châu Thành,Đông Sơn,Tân Phú,Thạch Hà,Yên Lạc,Phú Vang,Mỹ Lộc,Bình Giang,Hoài Đức,Kim Sơn,Đức Thọ,Vĩnh Lộc,"
    "Quỳnh Phụ,Tam Nông,Lộc Bình,Sơn Dương,Cẩm Xuyên,Ứng Hòa,Ý Yên,Ngọc Hồi,Đầm Dơi,Cầu Ngang,Giồng Trôm,Chợ Mới"
)
_COMMUNES = listed(
    "Tân Lập,Đồng Tâm,Hòa Bình,Phú Mỹ,Thạnh Lợi,Quảng Phước,Bình Nguyên,Mỹ Thuận,An Khánh,Vĩnh Thịnh,Xuân Trường,"
    "Đại Thắng,Thanh Sơn,Nghĩa Hưng,Yên Mỹ,Cẩm Lệ,Hương Trà,Long Thới,Trung Hậu,Lộc Ninh,Tam Hiệp,Hải Lý,Phước Hữu,"
    "Ninh Xá,Đức Giang,Khánh Bình,Trường Đông,Ngũ Phụng,Quế Sơn,Diễn Thọ,Lạc Sỹ,Kỳ Ninh,Ea Yông,Bản Vược,Đắk Hà"
)
_VILLAGES = listed("Thượng,Hạ,Đông,Đoài,Mẫu,Giữa,Chùa,Nội,Vân Cốc,Phú Lễ,Đồi Sim,Cây Thị,Mỹ Đình,Bến Gỗ,Nà Pàn")
_STREETS = listed(
    "Trần Hưng Đạo,Lê Lợi,Nguyễn Trãi,Hai Bà Trưng,Quang Trung,Lý Thường Kiệt,Phan Đình Phùng,Hoàng Diệu,Bạch Đằng,"
    "Cách Mạng Tháng Tám,Điện Biên Phủ,Võ Thị Sáu,Ngô Quyền,Hùng Vương,Đinh Tiên Hoàng,Tôn Đức Thắng"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives, from the house to the province.

    Attributes:
        house: street and number, or hamlet.
        commune: ward or commune.
        district: None in the two-level style in force since July 2025.
        province: name as on the card.
    """

    house: str
    commune: str
    district: str | None
    province: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.house, self.commune, self.district, self.province) if part)

    @property
    def region(self) -> str:
        """The address without the house, as a place of origin is written."""
        return ", ".join(part for part in (self.commune, self.district, self.province) if part)


def make_address(rng: Random, province: str, *, two_level: bool) -> Address:
    """Make up an address; wards and districts sometimes bear their rank, as real cards do both."""
    urban = province in _CITIES or rng.random() < 0.3
    ranked = two_level or rng.random() < 0.4
    commune_rank = rng.choice(("Phường ", "P. ")) if urban else "Xã "
    commune = (commune_rank if ranked else "") + rng.choice(_COMMUNES)
    if two_level:
        return Address(_house(rng, urban=urban), commune, None, _SURVIVOR.get(province, province))
    district_rank = rng.choice(("Quận ", "TP ", "Thị xã ")) if urban else "Huyện "
    district = (district_rank if ranked else "") + rng.choice(_DISTRICTS)
    return Address(_house(rng, urban=urban), commune, district, province)


def _house(rng: Random, *, urban: bool) -> str:
    if not urban:
        return rng.choice(("Thôn ", "Ấp ", "Xóm ", "Bản ", "Khu phố ")) + rng.choice(_VILLAGES)
    number = str(rng.randint(1, 399))
    street = rng.choice(_STREETS)
    lane = rng.randint(2, 90)
    return rng.choice(
        (f"Số {number} {street}", f"{number}/{lane} {street}", f"Tổ {lane}", f"SN {number} Ngõ {lane} {street}")
    )
