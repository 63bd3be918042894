"""Made-up people: names, numbers, dates and addresses that follow the rules and belong to nobody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.synth.places import PROVINCES, Address, listed, make_address

LAST_DAY = date(2025, 12, 31)
"""Newest day of issue; fixed, so that a seed gives the same person in every year."""

FAMILY_NAMES = listed(
    "Nguyễn,Nguyễn,Nguyễn,Trần,Trần,Lê,Lê,Phạm,Huỳnh,Hoàng,Phan,Vũ,Võ,Đặng,Bùi,Đỗ,Hồ,Ngô,Dương,Lý,Đinh,Đoàn,Trịnh,"
    "Trương,Lâm,Mai,Tô,Tạ,Hà,Châu,Cao,Lương,Quách,Thái,Tống,Từ,Kiều,Lưu,Nghiêm,Thạch,Vương,Phùng,Đào,Triệu,Chử,Giáp,"
    "Khổng,Mạc,Nông,Hứa,Lò,Quàng,Vi,Sầm,Ôn,Ứng,Ấu,Yên,Doãn,Cù,Lã,Thiều,Đàm,Bế,Giàng,Kha,Nhữ,Uông,Văn,Xa"
)
_MALE_MIDDLE = listed(
    "Văn,Văn,Hữu,Đức,Minh,Quốc,Công,Đình,Xuân,Thanh,Ngọc,Bá,Duy,Quang,Trọng,Tấn,Gia,Hoài,Khắc,Nhật,Phúc,Thế,Việt,"
    "Chí,Mạnh,Anh,Vĩnh,Kỳ,Sỹ,Thiện"
)
_FEMALE_MIDDLE = listed(
    "Thị,Thị,Thị,Ngọc,Thanh,Thu,Kim,Hồng,Mỹ,Bích,Phương,Thùy,Minh,Diệu,Khánh,Ánh,Quỳnh,Tuyết,Bảo,Cẩm,Lệ,Xuân,Hoài,"
    "Như,Tường,Yến,Mộng,Thục"
)
_MALE_GIVEN = listed(
    "Mẫu,Thử,Hùng,Dũng,Cường,Tuấn,Sơn,Hải,Long,Thắng,Bình,Quân,Khôi,Đạt,Phước,Lộc,Thọ,Tùng,Trí,Nghĩa,Kiệt,Tài,Vỹ,"
    "Hiếu,Đăng,Khải,Luân,Quý,Toản,Vượng,Ưng,Nhẫn,Sửu,Rỹ,Thuyên,Bảo,Hoàn,Giỏi,Lưỡng,Tịnh,Uy,Bửu,Mừng,Tẩn,Lễ,Kỷ"
)
_FEMALE_GIVEN = listed(
    "Dụ,Mẫu,Hoa,Lan,Hương,Thảo,Trang,Linh,Yến,Nhung,Ngân,Hạnh,Nguyệt,Phượng,Tuyền,Hiền,Vân,Diễm,Thủy,Trinh,Uyên,Oanh,"
    "Loan,Quyên,Thơ,Ý,Nữ,Gấm,Lụa,Bưởi,Sáu,Tý,Cẩn,Hậu,Mỵ,Thắm,Ngoãn,Điểm,Huệ,Ái,Đào,Én,Ẩn,Ổn,Ửng,Kiểu,Hợi,Dậu"
)

_ISSUE_SPANS = {
    "cmnd_9": (date(1996, 1, 2), date(2015, 12, 31)),
    "cmnd_12": (date(2012, 9, 1), date(2015, 12, 31)),
    "cccd_barcode": (date(2016, 1, 1), date(2021, 1, 22)),
    "cccd_chip": (date(2021, 1, 23), date(2024, 6, 30)),
    "can_cuoc": (date(2024, 7, 1), LAST_DAY),
    "unknown": (date(2016, 1, 1), LAST_DAY),
}
_MILESTONES = {
    "cccd_barcode": (25, 40, 60),
    "cccd_chip": (25, 40, 60),
    "can_cuoc": (14, 25, 40, 60),
    "unknown": (25, 40, 60),
}
"""Ages at which a card must be replaced: the citizen identity law of 2014, the identity law of 2023."""

_TWO_LEVELS_FROM = date(2025, 7, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A made-up holder of one card.

    Attributes:
        name: words of the name, family name first, in title case and NFC.
        is_female: sex.
        birth: birth date.
        is_birth_year_only: the card shows no more than the year of birth (old CMND).
        number: 12 digits.
        old_number: 9 digits of the CMND; None where the person never had one.
        origin: place of origin or of birth registration, without a house.
        residence: where the person lives.
        issued: day of issue.
        expires: last day of validity; None for a card without end.
        father: father's name, printed nowhere, but carried by a child's QR code.
        mother: mother's name, likewise.
    """

    name: str
    is_female: bool
    birth: date
    is_birth_year_only: bool
    number: str
    old_number: str | None
    origin: str
    residence: Address
    issued: date
    expires: date | None
    father: str
    mother: str

    @property
    def sex(self) -> str:
        """Sex as printed."""
        return "Nữ" if self.is_female else "Nam"

    @property
    def age_at_issue(self) -> int:
        """Completed years when the card was issued."""
        return _age(self.birth, self.issued)

    @property
    def expiry_text(self) -> str | None:
        """Last day of validity in ISO 8601; None for a card without end."""
        return None if self.expires is None else self.expires.isoformat()

    @property
    def is_child(self) -> bool:
        """Whether the card bears no portrait (issued below the age of six)."""
        return self.age_at_issue < 6


def make_person(seed: int, kind: str = "cccd_chip", *, child: bool = False) -> Person:
    """Make up the holder of a card.

    Args:
        seed: the same seed gives the same person.
        kind: "cmnd_9", "cccd_chip" or "can_cuoc": decides the span of issue dates.
        child: a holder below the age of six ("can_cuoc" only).
    """
    rng = Random(f"person {seed} {kind} {child}")
    first_day, last_day = _ISSUE_SPANS[kind]
    issued = first_day + timedelta(days=rng.randint(0, (last_day - first_day).days))
    age = rng.randint(0, 5) if child else min(rng.randint(14, 60), rng.randint(15, 75))
    birth = _birthday(rng, issued, age)
    is_female = rng.random() < 0.5
    code, province = rng.choice(PROVINCES)
    lives_in = province if rng.random() < 0.6 else rng.choice(PROVINCES)[1]
    had_cmnd = kind == "cmnd_9" or (birth.year < 2002 and rng.random() < 0.75)
    family = rng.choice(FAMILY_NAMES)
    two_level = issued >= _TWO_LEVELS_FROM
    return Person(
        name=make_name(rng, is_female=is_female, family=family),
        is_female=is_female,
        birth=birth,
        is_birth_year_only=kind == "cmnd_9" and rng.random() < 0.2,
        number=make_number(rng, code, birth.year, is_female=is_female),
        old_number=f"{rng.randint(10, 385):03d}{rng.randint(0, 999_999):06d}" if had_cmnd else None,
        origin=make_address(rng, province, two_level=two_level).region,
        residence=make_address(rng, lives_in, two_level=two_level),
        issued=issued,
        expires=expiry(birth, issued, kind),
        father=make_name(rng, is_female=False, family=family),
        mother=make_name(rng, is_female=True),
    )


def make_name(rng: Random, *, is_female: bool, family: str | None = None) -> str:
    """Make up a name of two to five words."""
    middle, given = (_FEMALE_MIDDLE, _FEMALE_GIVEN) if is_female else (_MALE_MIDDLE, _MALE_GIVEN)
    words = rng.choices((2, 3, 4, 5), weights=(10, 58, 26, 6))[0]
    first = family or rng.choice(FAMILY_NAMES)
    inner = rng.sample(sorted(set(middle)), words - 2) if rng.random() < 0.5 else [rng.choice(middle)][: words - 2]
    while len(inner) < words - 2:
        inner.append(rng.choice([word for word in given if word not in inner]))
    return unicodedata.normalize("NFC", " ".join((first, *inner, rng.choice(given))))


def make_number(rng: Random, province_code: str, birth_year: int, *, is_female: bool) -> str:
    """Return province of registration, century and sex, year of birth and six random digits (decree 137/2015)."""
    century = 2 * (birth_year // 100 - 19) + is_female
    return f"{province_code}{century}{birth_year % 100:02d}{rng.randint(0, 999_999):06d}"


def expiry(birth: date, issued: date, kind: str) -> date | None:
    """Return the last day of validity: a birthday at a milestone age, or 15 years for the paper card."""
    if kind in {"cmnd_9", "cmnd_12"}:
        return issued.replace(year=issued.year + 15, day=min(issued.day, 28))
    for age in _MILESTONES[kind]:
        milestone = birth.replace(year=birth.year + age)
        within_two_years = issued >= milestone.replace(year=milestone.year - 2)
        if issued < milestone and not within_two_years:
            return milestone
    return None


def _birthday(rng: Random, issued: date, age: int) -> date:
    """Return a birth date at which somebody has a given age on the day of issue; never 29 February."""
    start = issued.replace(year=issued.year - age - 1, day=min(issued.day, 28))
    birth = start + timedelta(days=rng.randint(2, 363))
    birth = min(birth, issued - timedelta(days=20)) if age == 0 else birth
    return birth - timedelta(days=1) if (birth.month, birth.day) == (2, 29) else birth


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
