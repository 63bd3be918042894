"""Made-up papers and screens that list people: tables, lists, forms, letters, slips; and the same with other numbers.

A harmless paper has the layout of one with people, but order codes, phones and accounts where those have citizen
numbers, and no label or date that makes somebody's data of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from tests.synth import camera
from tests.synth.backdrops import make_backdrop
from tests.synth.fonts import Family, face, installed_families, missing_letters, pick_family
from tests.synth.people import make_person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.ImageFont import FreeTypeFont

    from tests.synth.people import Person

_GREYS = ((20, 20, 26), (45, 45, 52), (70, 72, 80))
_RULES = ((40, 40, 44), (120, 122, 126), (176, 178, 182))
_GOODS = ("Áo mưa", "Bàn phím", "Cà phê rang", "Đèn bàn", "Nước mắm", "Gạo thơm", "Sổ tay", "Bình giữ nhiệt")


class PaperRow(NamedTuple):
    """What a paper tells of one person, normalised; None for what it does not show."""

    number: str | None
    name: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One made-up paper.

    Attributes:
        image: its picture, RGB.
        kind: one of `KINDS`.
        rows: the people on it; none on a harmless one.
    """

    image: Image.Image
    kind: str
    rows: tuple[PaperRow, ...]


@dataclass(slots=True)
class _Page:
    """A page that is being drawn."""

    rng: Random
    family: Family
    size: int
    width: int
    height: int
    ink: tuple[int, int, int] = (20, 20, 26)
    paper: tuple[int, int, int] = (255, 255, 255)
    image: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), self.paper)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, *, is_bold: bool = False, scale: float = 1.0) -> FreeTypeFont:
        return face(self.family.bold if is_bold else self.family.regular, round(self.size * scale))

    def text(self, at: tuple[float, float], text: str, *, is_bold: bool = False, scale: float = 1.0) -> float:
        font = self.font(is_bold=is_bold, scale=scale)
        self.draw.text(at, text, font=font, fill=self.ink)
        return float(font.getlength(text))

    def right(self, at: tuple[float, float], text: str, *, is_bold: bool = False) -> None:
        font = self.font(is_bold=is_bold)
        self.draw.text((at[0] - font.getlength(text), at[1]), text, font=font, fill=self.ink)

    def wrapped(self, text: str, width: float) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.font().getlength(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


Drawer: TypeAlias = "Callable[[Random, Family, bool], tuple[Image.Image, tuple[PaperRow, ...]]]"


def _people(rng: Random, count: int) -> list[Person]:
    return [make_person(rng.randrange(10**9)) for _ in range(count)]


def _date(person: Person, form: str) -> str:
    day = person.birth
    return {
        "d/m/yyyy": f"{day.day}/{day.month}/{day.year}",
        "dd/mm/yyyy": f"{day.day:02}/{day.month:02}/{day.year}",
        "dd-mm-yyyy": f"{day.day:02}-{day.month:02}-{day.year}",
        "dd.mm.yyyy": f"{day.day:02}.{day.month:02}.{day.year}",
        "yyyy-mm-dd": day.isoformat(),
        "yyyy": str(day.year),
    }[form]


def _truth(person: Person, form: str, *, folds: bool = False, has_date: bool = True) -> PaperRow:
    iso = (str(person.birth.year) if form == "yyyy" else person.birth.isoformat()) if has_date else None
    name = _plain(person.name) if folds else person.name
    return PaperRow(person.number, name, iso)


def _plain(name: str) -> str:
    import unicodedata

    text = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _phone(rng: Random) -> str:
    number = rng.choice(("03", "05", "07", "08", "09")) + _digits(rng, 8)
    return f"{number[:4]} {number[4:7]} {number[7:]}" if rng.random() < 0.4 else number


def _code(rng: Random) -> str:
    """Return a number of twelve digits or so that is nobody's."""
    return rng.choice(
        (
            _digits(rng, 12),
            f"{rng.randint(1, 9)}{_digits(rng, 11)}",
            f"DH{_digits(rng, 9)}",
            f"9704{_digits(rng, 12)}",
            _digits(rng, 13),
            _digits(rng, 10),
            _digits(rng, 9),
        )
    )


def _spelt(rng: Random) -> Callable[[str], str]:
    return rng.choice((str, str, str.upper))


# --- tables and lists ---------------------------------------------------------------------------------------------

_NUMBER_HEADS = (
    "Số CCCD", "CCCD", "Số CMND/CCCD", "CCCD/CMND", "Số CCCD/CMND", "Mã định danh", "Số định danh cá nhân",
    "Số căn cước", "Số căn cước công dân", "Số định danh", "CCCD/Căn cước", "Số thẻ căn cước", "Số ĐDCN",
    "Số giấy tờ", "Số giấy tờ tùy thân",
)  # fmt: skip
_NAME_HEADS = ("Họ và tên", "Họ tên", "Họ và Tên", "HỌ VÀ TÊN", "Họ, chữ đệm và tên", "Tên", "Họ & tên", "Nhân viên")
_DATE_HEADS = (
    "Ngày sinh",
    "Năm sinh",
    "Ngày, tháng, năm sinh",
    "Ngày tháng năm sinh",
    "NGÀY SINH",
    "Sinh ngày",
    "NTNS",
)
_OTHER_NUMBERS = ("Mã đơn", "Số tài khoản", "SĐT", "Mã vận đơn", "Mã số thuế", "Số BHXH", "Mã KH", "Số hóa đơn")
_OTHER_NAMES = ("Khách hàng", "Người nhận", "Tên", "Người liên hệ")
_OTHER_DATES = ("Ngày giao", "Ngày đặt", "Ngày hóa đơn", "Ngày lập")


class _Column(NamedTuple):
    head: str
    cells: list[str]
    align: str = "left"


def _columns(rng: Random, form: str, *, is_harmless: bool, count: int) -> tuple[list[_Column], tuple[PaperRow, ...]]:
    people = _people(rng, count)
    spelt = _spelt(rng)
    names = [spelt(person.name) for person in people]
    rows: tuple[PaperRow, ...] = ()
    if is_harmless:
        dates = [f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.choice((2023, 2024, 2025))}" for _ in people]
        code = rng.choice((_phone, _code, lambda rng: _digits(rng, 12), lambda rng: _digits(rng, 10)))
        number = _Column(rng.choice(_OTHER_NUMBERS), [code(rng) for _ in people])
        name = _Column(rng.choice(_OTHER_NAMES), names)
        birth = _Column(rng.choice(_OTHER_DATES), dates)
    else:
        rows = tuple(_truth(person, form) for person in people)
        grouped = rng.random() < 0.12
        cells = [_grouped(person.number) if grouped else person.number for person in people]
        number = _Column(rng.choice(_NUMBER_HEADS), cells, rng.choice(("left", "left", "centre", "right")))
        name = _Column(rng.choice(_NAME_HEADS), names)
        birth = _Column(
            rng.choice(_DATE_HEADS), [_date(person, form) for person in people], rng.choice(("left", "centre"))
        )
    columns = [name, birth, number]
    if rng.random() < 0.35:
        columns = [name, number, birth]
    elif rng.random() < 0.1:
        columns = [number, name, birth]
    extras = [
        _Column("Giới tính", [person.sex for person in people], "centre"),
        _Column("SĐT", [_phone(rng) for _ in people]),
        _Column("Địa chỉ", [str(person.residence) for person in people]),
        _Column("Ghi chú", [""] * count),
        _Column("Điểm", [str(rng.randint(3, 10)) for _ in people], "right"),
    ]
    if not is_harmless:
        extras.append(_Column("Ngày cấp", [f"{p.issued:%d/%m/%Y}" for p in people]))
    for extra in rng.sample(extras, rng.randint(0, 2)):
        columns.insert(rng.randint(1, len(columns)), extra)
    if rng.random() < 0.75:
        columns.insert(0, _Column(rng.choice(("STT", "TT", "#", "Stt")), [str(i + 1) for i in range(count)], "centre"))
    return columns, rows


def _grouped(number: str) -> str:
    return " ".join(number[i : i + 3] for i in range(0, 12, 3))


def _table(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    form = rng.choice(("dd/mm/yyyy", "dd/mm/yyyy", "d/m/yyyy", "dd-mm-yyyy", "yyyy", "dd.mm.yyyy", "yyyy-mm-dd"))
    columns, rows = _columns(rng, form, is_harmless=is_harmless, count=rng.choice((2, 3, 5, 8, 12, 20, 30)))
    return _draw_grid(rng, family, columns, has_head=True), rows


def _list(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    form = rng.choice(("dd/mm/yyyy", "d/m/yyyy", "dd-mm-yyyy", "yyyy"))
    columns, rows = _columns(rng, form, is_harmless=is_harmless, count=rng.choice((4, 7, 12, 25, 40)))
    return _draw_grid(rng, family, columns, has_head=False), rows


def _item_lines(rng: Random, form: str, style: str, person: Person, *, is_harmless: bool) -> list[str]:
    """Return the lines of one person's item, the values of which have few labels or none."""
    name, number = person.name, person.number
    date, label = _date(person, form), rng.choice(("CCCD", "CCCD số", "Số CCCD:", "số căn cước", "Số định danh:"))
    born = "giao" if is_harmless else "sinh"
    if is_harmless:
        date, label = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2024", rng.choice(("Mã đơn", "STK", "MST"))
        number = rng.choice((_phone(rng), _code(rng), _digits(rng, 12)))
    return {
        "dash": [f"{name} - {date} - {number}"],
        "comma": [f"{name}, {born} {date}, {label} {number}, trú tại {person.residence.province}"],
        "stroke": [f"{name} / {date} / {label} {number} / P.{rng.randint(101, 900)}"],
        "number first": [f"{number} {name} ({date})"],
        "lines": [name, date, f"{label} {number}"],
    }[style]


def _items(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw a list whose items are sentences or lines of their own, not columns."""
    form = rng.choice(("dd/mm/yyyy", "d/m/yyyy", "dd-mm-yyyy", "dd.mm.yyyy"))
    style = rng.choice(("dash", "comma", "stroke", "number first", "lines"))
    bullet = rng.choice(("{}. ", "{}) ", "- ", "• ", ""))
    people = _people(rng, rng.choice((2, 4, 7, 12)))
    size = rng.choice((20, 24, 28))
    page = _Page(rng, family, size, size * 50, round(size * (7 + 8 * len(people))), rng.choice(_GREYS))
    page.text((size * 2, size * 1.5), rng.choice(("Danh sách đoàn", "Gửi anh chị thông tin", "Ghi chú")), scale=1.2)
    y, pitch = size * 4.5, size * rng.uniform(1.5, 1.8)
    for i, person in enumerate(people):
        for j, text in enumerate(_item_lines(rng, form, style, person, is_harmless=is_harmless)):
            start = page.text((size * 2, y), bullet.format(i + 1)) if j == 0 else 0
            for part in page.wrapped(text, size * 44):
                page.text((size * 2 + start, y), part)
                y += pitch
        y += size * rng.uniform(0.3, 0.9)
    image = page.image.crop((0, 0, page.width, round(y + size * 2)))
    return image, () if is_harmless else tuple(_truth(person, form) for person in people)


def _chat(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw a chat in which somebody sends the data of several people, each in a bubble."""
    people = _people(rng, rng.choice((1, 2, 3)))
    form = rng.choice(("dd/mm/yyyy", "d/m/yyyy"))
    size = rng.choice((24, 28, 32))
    is_dark = rng.random() < 0.4
    page = _Page(rng, family, size, size * 26, size * 60, (240, 240, 240) if is_dark else (20, 20, 24),
                 (20, 20, 24) if is_dark else (226, 233, 240))  # fmt: skip
    y = size * 2.0
    for person in people:
        name, date, number = person.name, _date(person, form), person.number
        if is_harmless:
            text = f"Mã đơn hàng {_digits(rng, 12)} của {name} giao ngày {rng.randint(1, 28)}/11/2024"
        else:
            text = rng.choice(
                (
                    f"Quý khách {name}, sinh {date}, số CCCD {number} đã đăng ký thành công",
                    f"Anh gửi thông tin: {name}, {date}, {number}",
                    f"{name} sinh {date} cccd {number}",
                    f"{name}\n{date}\nCCCD: {number}",
                )
            )
        lines = [part for line in text.split("\n") for part in page.wrapped(line, size * 17)]
        wide = max(page.font().getlength(line) for line in lines) + size * 1.4
        left = rng.choice((size * 0.8, page.width - wide - size * 0.8))
        fill = (
            ((44, 44, 52) if is_dark else (255, 255, 255))
            if left < size
            else ((0, 84, 166) if is_dark else (208, 232, 255))
        )
        page.draw.rounded_rectangle((left, y, left + wide, y + size * (1.4 * len(lines) + 1)), size // 2, fill=fill)
        for i, line in enumerate(lines):
            page.text((left + size * 0.7, y + size * (0.4 + 1.4 * i)), line)
        y += size * (1.4 * len(lines) + 1.8)
    image = page.image.crop((0, 0, page.width, round(y + size * 2)))
    return image, () if is_harmless else tuple(_truth(person, form) for person in people)


def _draw_grid(rng: Random, family: Family, columns: Sequence[_Column], *, has_head: bool) -> Image.Image:  # noqa: C901  one page from top to bottom
    size = rng.choice((16, 18, 20, 24, 28))
    pad = round(size * rng.uniform(0.35, 0.8))
    pitch = round(size * rng.uniform(1.45, 2.3))
    page = _Page(rng, family, size, 10, 10)
    font = page.font()
    wraps_address = rng.random() < 0.3
    wraps_heads = rng.random() < 0.3
    longest = size * 14
    widths = []
    for column in columns:
        cells = column.cells
        widest = max((font.getlength(cell) for cell in cells), default=0)
        if column.head == "Địa chỉ" and wraps_address:
            widest = min(widest, longest)
        head = page.font(is_bold=True).getlength(column.head)
        if wraps_heads and " " in column.head:
            head = max(page.font(is_bold=True).getlength(word) for word in column.head.split()) * 1.3
        widths.append(max(widest, head if has_head else 0) + 2 * pad + rng.choice((0, 0, size)))
    margin = round(size * rng.uniform(1.5, 3))
    heads = [page.wrapped(column.head, width - 2 * pad) for column, width in zip(columns, widths, strict=True)]
    bodies = [
        [page.wrapped(cell, width - 2 * pad + 2) or [""] for cell in column.cells]
        for column, width in zip(columns, widths, strict=True)
    ]
    count = len(columns[0].cells)
    heights = [max(len(body[i]) for body in bodies) * size * 1.25 + (pitch - size * 1.25) for i in range(count)]
    head_height = max(map(len, heads)) * size * 1.25 + (pitch - size * 1.25) if has_head else 0
    title = rng.choice(("DANH SÁCH", "Danh sách kèm theo", "BẢNG KÊ", "Phụ lục 01", "", ""))
    top = margin + (size * 3 if title else 0)
    page = _Page(
        rng,
        family,
        size,
        round(sum(widths) + 2 * margin),
        round(top + head_height + sum(heights) + margin + size * rng.choice((0, 4))),
        rng.choice(_GREYS),
        rng.choice(((255, 255, 255), (255, 255, 255), (250, 249, 244))),
    )
    if title:
        page.text((margin, margin), title, is_bold=True, scale=1.3)
    rules = rng.choice(("grid", "grid", "rows", "none", "zebra")) if has_head else rng.choice(("none", "none", "rows"))
    rule, y = rng.choice(_RULES), float(top)
    if has_head:
        if rng.random() < 0.4:
            page.draw.rectangle((margin, y, margin + sum(widths), y + head_height), fill=(222, 228, 236))
        _row(page, columns, widths, heads, (margin, y, head_height, pad), is_bold=rng.random() < 0.6)
        y += head_height
    tops = [top, y] if has_head else [y]
    for i, height in enumerate(heights):
        if rules == "zebra" and i % 2:
            page.draw.rectangle((margin, y, margin + sum(widths), y + height), fill=(240, 241, 243))
        _row(page, columns, widths, [body[i] for body in bodies], (margin, y, height, pad))
        y += height
        tops.append(y)
    if rules in {"grid", "rows"}:
        for edge in tops:
            page.draw.line((margin, edge, margin + sum(widths), edge), fill=rule, width=max(1, size // 14))
    if rules == "grid":
        x = float(margin)
        for width in (*widths, 0):
            page.draw.line((x, top, x, y), fill=rule, width=max(1, size // 14))
            x += width
    return page.image


def _row(
    page: _Page,
    columns: Sequence[_Column],
    widths: Sequence[float],
    cells: Sequence[Sequence[str]],
    place: tuple[float, float, float, int],
    *,
    is_bold: bool = False,
) -> None:
    x, y, height, pad = place
    font = page.font(is_bold=is_bold)
    for column, width, lines in zip(columns, widths, cells, strict=True):
        at = y + (height - len(lines) * page.size * 1.25) / 2
        for line in lines:
            length = font.getlength(line)
            left = {"left": pad, "centre": (width - length) / 2, "right": width - pad - length}[column.align]
            page.draw.text((x + left, at), line, font=font, fill=page.ink)
            at += page.size * 1.25
        x += width


# --- forms --------------------------------------------------------------------------------------------------------

_FORM_NAMES = (
    "Họ và tên", "Họ tên", "Họ, chữ đệm và tên", "HỌ VÀ TÊN", "Họ tên khách", "Họ và tên người bệnh", "Khách hàng",
    "Hành khách 1", "Họ và tên (viết in hoa)", "Chủ tài khoản", "Bệnh nhân",
)  # fmt: skip
_FORM_DATES = ("Ngày sinh", "Sinh ngày", "Ngày, tháng, năm sinh")
_FORM_NUMBERS = ("Số CCCD", "Số căn cước", "CCCD/CMND", "Số định danh cá nhân", "Số CMND/CCCD", "Số căn cước công dân",
                 "Số giấy tờ", "Giấy tờ tùy thân")  # fmt: skip
_HEADINGS = ("TỜ KHAI", "PHIẾU ĐĂNG KÝ", "ĐƠN XIN NGHỈ PHÉP", "GIẤY ĐỀ NGHỊ MỞ TÀI KHOẢN", "THÔNG TIN KHÁCH HÀNG")


def _person_fields(rng: Random, person: Person, form: str, *, is_harmless: bool) -> list[tuple[str, str]]:
    spelt = _spelt(rng)
    if is_harmless:
        return [
            (rng.choice(("Khách hàng", "Người nhận", "Công ty")), spelt(person.name)),
            (rng.choice(("Mã đơn hàng", "Số tài khoản", "Mã số thuế", "Số hợp đồng")), _code(rng)),
            (rng.choice(("Ngày giao", "Ngày lập")), f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2024"),
            ("Điện thoại", _phone(rng)),
            ("Số sổ BHXH", _digits(rng, 10)),
        ]
    fields = [
        (rng.choice(_FORM_NAMES), spelt(person.name)),
        (rng.choice(_FORM_DATES), _date(person, form)),
        (rng.choice(_FORM_NUMBERS), person.number),
    ]
    rest = [
        ("Giới tính", person.sex),
        ("Điện thoại", _phone(rng)),
        ("Ngày cấp", f"{person.issued:%d/%m/%Y}"),
        ("Nơi thường trú", str(person.residence)),
        ("Nghề nghiệp", "Giáo viên"),
    ]
    fields += rng.sample(rest, rng.randint(1, 4))
    return fields


def _form(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    form = rng.choice(("dd/mm/yyyy", "dd-mm-yyyy", "d/m/yyyy"))
    person = _people(rng, 1)[0]
    fields = _person_fields(rng, person, form, is_harmless=is_harmless)
    size = rng.choice((20, 24, 28, 32))
    style = rng.choice(("inline", "leaders", "right", "under", "columns", "two"))
    page = _Page(rng, family, size, size * 46, round(size * (8 + 4 * len(fields))), rng.choice(_GREYS))
    page.text((size * 2, size * 1.5), rng.choice(_HEADINGS), is_bold=True, scale=1.3)
    y, x = size * 5.0, size * 2.0
    for i, (label, value) in enumerate(fields):
        column = i % 2 if style == "two" else 0
        x = size * (2.0 + 23 * column)
        if style == "under":
            page.text((x, y), label, scale=0.85)
            page.text((x, y + size * 1.25), value, is_bold=True)
            y += size * 3.3
            continue
        end = x + page.text((x, y), f"{label}:")
        if style == "leaders":
            dots = "." * rng.randint(3, 9)
            end += page.text((end + 4, y), dots) + 4
            end += page.text((end + 3, y - 2), value) + 3
            page.text((end + 3, y), "." * rng.randint(5, 20))
        elif style == "right":
            page.right((page.width - size * 2, y), value)
        elif style == "columns":
            page.text((size * 18, y), value)
        else:
            page.text((end + size * 0.4, y), value[: 60 if style == "inline" else 26])
        y += 0 if style == "two" and column == 0 else size * rng.choice((1.8, 2.0, 2.4))
    rows = () if is_harmless else (_truth(person, form),)
    return page.image, rows


def _boxes(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    person = _people(rng, 1)[0]
    day = person.birth
    folds = rng.random() < 0.6
    name = (_plain(person.name) if folds else person.name).upper()
    written = f"{day.day:02}{day.month:02}{day.year}"
    rows = (
        [("Khách hàng", name), ("Số tài khoản", _digits(rng, 13)), ("Điện thoại", _phone(rng).replace(" ", ""))]
        if is_harmless
        else [
            (rng.choice(_FORM_NAMES), name),
            (rng.choice(_FORM_DATES), written),
            (rng.choice((*_FORM_NUMBERS, "Số CCCD/ĐDCN", "Số định danh của người khai")), person.number),
        ]
    )
    is_parted = rng.random() < 0.3
    rng.shuffle(rows)
    size = rng.choice((22, 26, 30))
    cell = round(size * rng.uniform(1.3, 2.0))
    left = size * 3 + max(face(family.regular, size).getlength(f"{label}:") for label, _ in rows)
    page = _Page(rng, family, size, round(left + cell * 1.2 * max(len(name), 14)), size * 5 + len(rows) * cell * 2)
    page.text((size, size), rng.choice(_HEADINGS), is_bold=True, scale=1.4)
    rule, gap = rng.choice(_RULES), rng.choice((0, 0, size // 5))
    for i, (label, value) in enumerate(rows):
        y = size * 4 + i * cell * 2
        page.text((size, y + (cell - size * 1.2) / 2), f"{label}:")
        for j, letter in enumerate(value):
            x = left + j * (cell + gap)
            if is_parted and value == written:
                # Day, month and year apart.
                x += (size // 2) * ((j > 1) + (j > 3))
            page.draw.rectangle((x, y, x + cell, y + cell), outline=rule, width=max(1, size // 14))
            font = page.font()
            page.draw.text((x + (cell - font.getlength(letter)) / 2, y + (cell - size * 1.25) / 2), letter, font=font,
                           fill=page.ink)  # fmt: skip
    return page.image, () if is_harmless else (_truth(person, "dd/mm/yyyy", folds=folds),)


def _english(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    person = _people(rng, 1)[0]
    if is_harmless:
        fields = [
            ("Full name", rng.choice(("John Carter", "Maria Lopez", "Lim Wei Ming", "Kim Soo Jin", "Jan Novak"))),
            ("Date of birth", f"{person.birth:%d/%m/%Y}"),
            (
                rng.choice(("ID number", "National ID", "ID card no.", "Personal number")),
                f"{rng.randint(2, 9)}{_digits(rng, 11)}",
            ),
        ]  # fmt: skip
    else:
        folds = rng.random() < 0.4
        name = _plain(person.name) if folds else person.name
        fields = [
            (rng.choice(("Full name", "Name", "Full Name")), name),
            (rng.choice(("Date of birth", "D.O.B.", "Date of Birth")), f"{person.birth:%d/%m/%Y}"),
            (
                rng.choice(
                    ("ID card no. (Vietnam)", "Citizen ID", "Personal identification number", "Citizen ID No.",
                     "ID card number", "Vietnamese ID card No.", "Citizen identification no.")
                ),
                person.number,
            ),
        ]  # fmt: skip
        if rng.random() < 0.5:
            fields.append(("Nationality", rng.choice(("Vietnamese", "Viet Nam", "VIETNAM"))))
    fields.append((rng.choice(("Room", "Visa type", "Position")), str(rng.randint(1, 40))))
    size = rng.choice((22, 26, 32))
    page = _Page(rng, family, size, size * 38, size * (6 + 3 * len(fields)), rng.choice(_GREYS))
    page.text((size * 2, size * 1.5), rng.choice(("GUEST REGISTRATION", "APPLICATION FORM", "Visitor form")), scale=1.2)
    is_column = rng.random() < 0.4
    for i, (label, value) in enumerate(fields):
        y = size * (5 + 2.6 * i)
        end = page.text((size * 2, y), f"{label}:")
        page.text((size * 17 if is_column else size * 2.4 + end, y), value)
    row = () if is_harmless else (PaperRow(person.number, fields[0][1], person.birth.isoformat()),)
    return page.image, row


# --- running text -------------------------------------------------------------------------------------------------


def _letter(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    person = _people(rng, 1)[0]
    day = person.birth
    spelt = _spelt(rng)
    issued = f"{person.issued:%d/%m/%Y}"
    born = rng.choice(
        (
            f"{day:%d/%m/%Y}",
            f"{day.day}/{day.month}/{day.year}",
            f"ngày {day.day:02} tháng {day.month:02} năm {day.year}",
        )
    )
    if is_harmless:
        lines = [
            "Kính gửi: Ban giám đốc công ty",
            f"Chúng tôi xin báo đơn hàng số {_digits(rng, 12)} đã giao ngày {rng.randint(1, 28)}/11/2024",
            f"Số tài khoản nhận tiền: {_digits(rng, 13)} tại ngân hàng Mẫu",
            f"Mọi thắc mắc xin gọi số điện thoại {_phone(rng)}",
            f"Mã số thuế: {_digits(rng, 10)}",
        ]
        rows: tuple[PaperRow, ...] = ()
    else:
        number = rng.choice(
            ("Số căn cước", "CCCD số", "Số CCCD", "Số định danh cá nhân", "Căn cước công dân số", "Số CMND/CCCD")
        )
        style = rng.choice(("lines", "prose"))
        opening = rng.choice(("Tôi tên là", "Tên tôi là", "Họ và tên", "Tôi là"))
        birth = rng.choice(("Sinh ngày", "Ngày sinh", "Ngày tháng năm sinh"))
        if style == "lines":
            lines = [
                f"{opening}: {spelt(person.name)}",
                f"{birth}: {born}",
                f"{number}: {person.number}" + rng.choice(("", f" cấp ngày {issued}", f" Ngày cấp: {issued}")),
                f"Hiện cư trú tại: {person.residence}",
                "Nay tôi làm đơn này kính mong quý cơ quan xem xét giải quyết.",
            ]
        else:
            label = rng.choice(("CCCD số", "số CCCD", "căn cước công dân số"))
            text = (
                f"{opening} {person.name}, sinh ngày {born}, {label} "
                f"{person.number} cấp ngày {issued} tại Cục Cảnh sát QLHC về TTXH, hiện cư trú tại {person.residence}."
            )
            lines = [text, "Nay tôi làm đơn này kính mong quý cơ quan xem xét giải quyết."]
        rows = (_truth(person, "dd/mm/yyyy"),)
    size = rng.choice((20, 24, 28))
    page = _Page(rng, family, size, size * 44, size * 30, rng.choice(_GREYS))
    y = size * 2.0
    if rng.random() < 0.6:
        page.text((size * 8, y), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", is_bold=True)
        page.text((size * 12, y + size * 1.5), "Độc lập - Tự do - Hạnh phúc")
        y += size * 4
    page.text(
        (size * 14, y), rng.choice(("ĐƠN XIN VIỆC", "GIẤY CAM KẾT", "ĐƠN ĐỀ NGHỊ", "BẢN TƯỜNG TRÌNH")), is_bold=True
    )
    y += size * 3
    for line in lines:
        for part in page.wrapped(line, size * 38):
            page.text((size * 2.5, y), part)
            y += size * 1.75
    return page.image, rows


def _contract(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    people = _people(rng, 2)
    spelt = _spelt(rng)
    lines = ["HỢP ĐỒNG " + rng.choice(("THUÊ NHÀ", "VAY TIỀN", "CHUYỂN NHƯỢNG")), ""]
    style = rng.choice(("lines", "dense"))
    for letter, person in zip("AB", people, strict=True):
        title = (
            rng.choice(("Ông", "Ông/Bà", "Ông (Bà)")) if not person.is_female else rng.choice(("Bà", "Ông/Bà", "Bà"))
        )
        lines.append(f"BÊN {letter}" + rng.choice(("", " (Bên cho thuê)", ":")))
        if is_harmless:
            lines += [f"Công ty Mẫu {letter}", f"Mã số thuế: {_digits(rng, 10)}", f"Tài khoản số: {_digits(rng, 12)}",
                      f"Điện thoại: {_phone(rng)}"]  # fmt: skip
        elif style == "lines":
            lines += [
                f"{title}: {spelt(person.name)}",
                f"{rng.choice(('Sinh ngày', 'Ngày sinh'))}: {person.birth:%d/%m/%Y}",
                f"{rng.choice(('CCCD số', 'Số CCCD', 'Số căn cước'))}: {person.number} "
                + rng.choice(("", f"cấp ngày {person.issued:%d/%m/%Y}")),
                f"Địa chỉ: {person.residence}",
            ]
        else:
            lines += [
                f"{title}: {spelt(person.name)}    Sinh ngày: {person.birth:%d/%m/%Y}",
                f"CCCD số: {person.number}    Cấp ngày: {person.issued:%d/%m/%Y}",
                f"Thường trú: {person.residence}",
            ]
    size = rng.choice((20, 24, 28))
    page = _Page(rng, family, size, size * 44, size * 40, rng.choice(_GREYS))
    y = size * 2.0
    for line in lines:
        for part in page.wrapped(line, size * 40) if "    " not in line else [line]:
            page.text((size * 2, y), part, is_bold=line.startswith(("BÊN", "HỢP")))
            y += size * 1.7
        y += 0 if line else size
    return page.image, () if is_harmless else tuple(_truth(person, "dd/mm/yyyy") for person in people)


def _slip(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    person = _people(rng, 1)[0]
    fields = _person_fields(rng, person, "dd/mm/yyyy", is_harmless=is_harmless)[: 5 if is_harmless else 3]
    size = rng.choice((18, 22, 26))
    width = size * 22
    page = _Page(rng, family, size, width, size * 26, rng.choice(((60, 60, 66), (95, 95, 100))), (246, 246, 244))
    page.text((size * 5, size), rng.choice(("KHÁCH SẠN MẪU", "NHÀ NGHỈ MẪU", "PHÒNG KHÁM MẪU")), scale=1.2)
    page.text((size * 3, size * 3), rng.choice(("PHIẾU ĐĂNG KÝ", "PHIẾU LƯU TRÚ", "BIÊN NHẬN")))
    y, is_right = size * 6.0, rng.random() < 0.4
    for label, value in fields:
        end = page.text((size, y), f"{label}:")
        if end + page.font().getlength(value) > width - size * 3:
            y += size * 1.5
            page.text((size * 2, y), value)
        elif is_right:
            page.right((width - size, y), value)
        else:
            page.text((size * 1.5 + end, y), value)
        y += size * rng.choice((1.6, 2.0))
    page.text((size, y), f"Phòng: {rng.randint(100, 900)}")
    for i in range(rng.randint(1, 3)):
        page.text((size, y + size * 2 * (i + 1)), rng.choice(_GOODS))
        page.right((width - size, y + size * 2 * (i + 1)), f"{rng.randint(20, 500)}.000")
    return page.image, () if is_harmless else (_truth(person, "dd/mm/yyyy"),)


def _screen(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    person = _people(rng, 1)[0]
    fields = _person_fields(rng, person, "dd/mm/yyyy", is_harmless=is_harmless)
    size = rng.choice((30, 36, 40))
    is_dark = rng.random() < 0.25
    page = _Page(rng, family, size, size * 27, size * 52, (235, 235, 238) if is_dark else (24, 24, 30),
                 (24, 26, 32) if is_dark else (250, 250, 252))  # fmt: skip
    page.draw.rectangle((0, 0, page.width, size * 5), fill=rng.choice(((20, 90, 180), (180, 30, 40), (10, 120, 90))))
    page.text((size * 7, size * 2), rng.choice(("Thông tin cá nhân", "Hồ sơ của tôi", "Tài khoản")), is_bold=True)
    y, style = size * 7.0, rng.choice(("under", "right", "inline"))
    for label, value in fields:
        shown = value if len(value) < 24 else value[:24] + "…"
        if style == "under":
            page.text((size * 1.5, y), label, scale=0.75)
            page.text((size * 1.5, y + size * 1.1), shown, is_bold=True)
            y += size * 3.2
        else:
            end = page.text((size * 1.5, y), label + (":" if style == "inline" else ""), scale=0.85)
            if style == "right" and end + page.font().getlength(shown) < page.width - size * 4:
                page.right((page.width - size * 1.5, y), shown)
            elif style == "right":
                y += size * 1.5
                page.right((page.width - size * 1.5, y), shown)
            else:
                page.text((size * 2 + end, y), shown)
            y += size * 2.4
    return page.image, () if is_harmless else (_truth(person, "dd/mm/yyyy"),)


def _parted(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw a table with the parts of a name, or the dates of men and of women, in columns of their own."""
    people = _people(rng, rng.choice((5, 8, 14)))
    numbers = [_digits(rng, 13) if is_harmless else person.number for person in people]
    days = [f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2024" for _ in people]
    dates = days if is_harmless else [_date(person, "dd/mm/yyyy") for person in people]
    number = _Column("Mã vạch" if is_harmless else rng.choice(_NUMBER_HEADS), numbers)
    order = _Column("STT", [str(i + 1) for i in range(len(people))], "centre")
    if rng.random() < 0.5:
        head = "Nhóm hàng" if is_harmless else rng.choice(("Họ và tên đệm", "Họ đệm", "Họ và chữ đệm", "Họ lót"))
        parts = [(rng.choice(_GOODS), "Kho") if is_harmless else person.name.rsplit(maxsplit=1) for person in people]
        columns = [
            _Column(head, [part[0] for part in parts]),
            _Column("Nơi nhận" if is_harmless else "Tên", [part[1] for part in parts]),
            _Column("Ngày giao" if is_harmless else "Ngày sinh", dates),
        ]
    else:
        names = [rng.choice(_GOODS) if is_harmless else person.name for person in people]
        sexes = [[date if (person.sex == sex) else "" for date, person in zip(dates, people, strict=True)]
                 for sex in ("Nam", "Nữ")]  # fmt: skip
        columns = [_Column("Mặt hàng" if is_harmless else rng.choice(_NAME_HEADS[:4]), names)]
        columns += [_Column(head, cells) for head, cells in zip(("Nam", "Nữ"), sexes, strict=True)]
    image = _draw_grid(rng, family, [order, *columns, number], has_head=True)
    return image, () if is_harmless else tuple(_truth(person, "dd/mm/yyyy") for person in people)


def _delimited(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw an editor's view of a data file."""
    people = _people(rng, rng.choice((4, 9, 16)))
    delimiter = rng.choice((",", ";", "|"))
    keys = rng.choice(
        (("ho_ten", "ngay_sinh", "so_cccd"), ("hoTen", "ngaySinh", "soCCCD"), ("full_name", "dob", "cccd"))
    )
    if is_harmless:
        keys = ("ten_hang", "ngay_giao", "ma_van_don")
    rows = [
        (rng.choice(_GOODS), f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}", _digits(rng, 12))
        if is_harmless
        else (person.name, person.birth.isoformat(), person.number)
        for person in people
    ]
    lines = [("stt", *keys, "sdt"), *((str(i + 1), *row, _phone(rng).replace(" ", "")) for i, row in enumerate(rows))]
    size = rng.choice((20, 24, 28))
    is_dark = rng.random() < 0.5
    ink, paper = ((214, 214, 214), (30, 30, 30)) if is_dark else ((20, 20, 26), (255, 255, 255))
    page = _Page(rng, family, size, size * 46, round(size * (3 + 1.6 * len(lines))), ink, paper)
    for i, line in enumerate(lines):
        y = size * (1 + 1.6 * i)
        page.right((size * 2.5, y), str(i + 1))
        page.text((size * 4, y), delimiter.join(line))
    return page.image, () if is_harmless else tuple(_truth(person, "dd/mm/yyyy") for person in people)


def _certificate(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw an official paper about people: spouses side by side, or a decision that names them in sentences."""
    people = _people(rng, 2)
    size = rng.choice((24, 28))
    page = _Page(rng, family, size, size * 60, size * 28, rng.choice(_GREYS))
    page.text((size * 18, size), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", is_bold=True)
    page.text((size * 23, size * 2.5), "Độc lập - Tự do - Hạnh phúc")
    is_decision = rng.random() < 0.5
    heading = "QUYẾT ĐỊNH BỔ NHIỆM" if is_decision else "GIẤY CHỨNG NHẬN KẾT HÔN"
    page.text((size * 20, size * 5), "GIẤY CHỨNG NHẬN CHẤT LƯỢNG" if is_harmless else heading, is_bold=True, scale=1.3)
    y = size * 9.0
    for i, person in enumerate(people):
        if is_harmless:
            page.text((size * 3, y), f"Lô hàng {rng.choice(_GOODS)}, số vận đơn {_digits(rng, 13)}")
            y += size * 2
        elif is_decision:
            title = "bà" if person.is_female else "ông"
            page.text(
                (size * 3, y), f"Điều {i + 1}. Bổ nhiệm {title} {person.name}; ngày sinh: {person.birth:%d/%m/%Y};"
            )
            page.text((size * 3, y + size * 2), f"số định danh cá nhân: {person.number}; giữ chức vụ Trưởng phòng.")
            y += size * 5
        else:
            lines = (
                f"Họ, chữ đệm, tên {('vợ', 'chồng')[i]}: {person.name.upper()}",
                f"Ngày, tháng, năm sinh: {person.birth:%d/%m/%Y}",
                "Quốc tịch: Việt Nam",
                f"Giấy tờ tùy thân: CCCD {person.number}",
            )
            for j, text in enumerate(lines):
                page.text((size * (3 + 28 * i), y + size * 2 * j), text)
    return page.image, () if is_harmless else tuple(_truth(person, "dd/mm/yyyy") for person in people)


def _vitae(rng: Random, family: Family, is_harmless: bool) -> tuple[Image.Image, tuple[PaperRow, ...]]:
    """Draw a CV with its name in large print and no label."""
    person = _people(rng, 1)[0]
    size = rng.choice((20, 24))
    page = _Page(rng, family, size, size * 40, size * 22, rng.choice(_GREYS))
    page.text(
        (size * 14, size), rng.choice(_GOODS).upper() if is_harmless else person.name.upper(), is_bold=True, scale=1.7
    )
    page.text((size * 14, size * 4), "Hàng chính hãng" if is_harmless else "Nhân viên kinh doanh")
    fields = (("Ngày sinh", f"{person.birth:%d/%m/%Y}"), ("CCCD", person.number), ("Điện thoại", _phone(rng)))
    if is_harmless:
        fields = (("Ngày giao", "12/05/2024"), ("Mã vạch", _digits(rng, 13)), ("Điện thoại", _phone(rng)))
    for i, (label, value) in enumerate(fields):
        page.text((size * 1.5, size * (6 + 4 * i)), label, is_bold=True)
        page.text((size * 1.5, size * (7.6 + 4 * i)), value)
    return page.image, () if is_harmless else (_truth(person, "dd/mm/yyyy"),)


KINDS: dict[str, Drawer] = {
    "table": _table,
    "list": _list,
    "items": _items,
    "chat": _chat,
    "form": _form,
    "boxes": _boxes,
    "english": _english,
    "letter": _letter,
    "contract": _contract,
    "slip": _slip,
    "screen": _screen,
    "parted": _parted,
    "delimited": _delimited,
    "certificate": _certificate,
    "vitae": _vitae,
}
_TAKEN = ("flat", "flat", "turned", "photo")
"""How a picture of a paper comes about; screens are screenshots."""


def make_paper(kind: str, seed: int, *, is_harmless: bool = False, taken: str | None = None) -> Paper:
    """Draw a paper.

    Args:
        kind: one of `KINDS`.
        seed: the same seed gives the same paper.
        is_harmless: other numbers and labels in the same layout.
        taken: "flat", "turned" (by a few degrees or many) or "photo"; None leaves it to the seed.
    """
    rng = Random(f"paper {kind} {seed} {is_harmless}")
    image, rows = KINDS[kind](rng, _family(rng), is_harmless)
    way = "flat" if kind == "screen" else rng.choice(_TAKEN)
    way = taken or way
    if kind != "screen" and rng.random() < 0.3:
        image = image.resize((round(image.width * rng.uniform(0.8, 1.0)), image.height), Image.Resampling.LANCZOS)
    if way == "turned":
        degrees = rng.choice((rng.uniform(-3, 3), rng.uniform(-35, 35), 90.0, 180.0))
        image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(232, 232, 230))
    elif way == "photo":
        image = _photo(image, rng)
    if rng.random() < 0.5:
        image = camera.recompress(image, rng.randint(60, 92))
    return Paper(image, kind, rows)


def _family(rng: Random) -> Family:
    """Pick a family with every Vietnamese letter."""
    while True:
        family = pick_family(rng, rng.choice(("sans", "sans", "serif", "mono")), installed_families())
        if not missing_letters(family.regular) + missing_letters(family.bold):
            return family


def _photo(image: Image.Image, rng: Random) -> Image.Image:
    """Return a hand-held photo of a paper, large enough to be read."""
    scale = max(1.0, 1500 / max(image.size))
    size = (round(image.width * scale * 1.25), round(image.height * scale * 1.25))
    frame = make_backdrop(size, rng)
    pose = camera.Pose(rng.gauss(0, 3), rng.gauss(0, 6), rng.gauss(0, 6))
    corners = camera.project(pose, image.width / image.height)
    quad = camera.fit_corners(corners, size, rng.uniform(0.85, 0.95), rng)
    camera.cast_shadow(frame, quad, rng)
    camera.paint(frame, image.convert("RGBA"), quad)
    frame = camera.light(frame, rng, 0.15)
    return Image.fromarray(np.asarray(camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.7), rng.uniform(1, 3))))
