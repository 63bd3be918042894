"""Layout of the laminated paper card with nine digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from tests.synth.draft import BLACK, DARK, RED, Draft, two_lines
from tests.synth.ornament import Ground, emblem, signature, stamp
from tests.synth.places import listed
from tests.synth.portrait import draw_fingerprint, draw_portrait
from tests.synth.sheet import PX_PER_MM, WIDTH_MM, Pen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tests.synth.sheet import Colour

GROUND = Ground(((204, 224, 216), (214, 230, 218), (206, 226, 222), (198, 220, 220)), 0.2)
"""Pale green-blue."""

_PORTRAIT_MM = (21.5, 28.5)
_RIGHT = 0.965
_LEADERS: Colour = (96, 104, 108)
_PEOPLES = listed("Kinh,Kinh,Kinh,Tày,Thái,Mường,Khmer,Nùng,H'Mông,Dao,Gia Rai,Ê Đê")
_RELIGIONS = ("Không", "Không", "Phật giáo", "Thiên Chúa", "Cao Đài")
_MARKS = (
    "Nốt ruồi C: 1cm trên sau cánh mũi trái",
    "Sẹo chấm C: 2cm dưới trước mép phải",
    "Sẹo thẳng C: 1,5cm trên đuôi mày trái",
)
_SIGNERS = ("Phạm Ký Mẫu", "Đỗ Ký Thử", "Trần Ký Ví Dụ")


def draw_front(draft: Draft) -> None:
    """Draw the face with portrait, typed values and dotted leaders."""
    person, sheet = draft.person, draft.sheet
    mark = emblem(13)
    sheet.paste(mark, draft.at(0.08, 0.07), mark)
    draft.header(0.63, 0.085, DARK, english=False)
    title = draft.pen(2.7, draft.rng.choice((RED, DARK)), is_bold=True)
    sheet.write("GIẤY CHỨNG MINH NHÂN DÂN", draft.at(0.64, 0.225), title, "m", 0.66 * WIDTH_MM)
    portrait = draw_portrait(_PORTRAIT_MM, draft.rng, is_female=person.is_female)
    draft.note("portrait", None, sheet.paste(portrait, draft.at(0.035, 0.41)))
    _dry_stamp(draft)
    red = Pen(draft.style.zone, 3.3, RED, is_bold=True, tracking_mm=0.35 + draft.style.tracking_mm)
    sheet.write(draft.rng.choice(("SỐ", "Số")), draft.at(0.4, 0.335), draft.pen(2.6, RED, is_bold=True))
    number = person.old_number or ""
    draft.value(("number", number, number), (0.5, 0.335), red, 0.4)
    _typed_lines(draft)


def _typed_lines(draft: Draft) -> None:
    person = draft.person
    name = person.name.upper()
    if person.is_birth_year_only:
        birth = (f"{person.birth.year}", f"{person.birth.year}")
    else:
        birth = (person.birth.isoformat(), f"{person.birth:%d-%m-%Y}")
    _line(draft, draft.rng.choice(("Họ tên", "Họ và tên")), 0.43, [("name", name, name)])
    _leaders(draft, 0.33, 0.505)
    _line(draft, "Sinh ngày", 0.58, [("date_of_birth", *birth)])
    origin, residence = person.origin, str(person.residence)
    near, far = two_lines(origin, 0.4)
    _line(draft, "Nguyên quán", 0.665, [("place_of_origin", origin, near), ("place_of_origin", origin, far)])
    near, far = two_lines(residence, 0.3)
    lines = [("place_of_residence", residence, near), ("place_of_residence", residence, far)]
    _line(draft, "Nơi ĐKHK thường trú", 0.835, lines)


def _line(draft: Draft, words: str, base: float, values: Sequence[tuple[str, str | None, str]]) -> None:
    """Print a label, leaders, and one value after the label and the next one on the line below."""
    end = draft.label((words, ""), (0.33, base), draft.pen(1.8, DARK), 0.32)
    typed = draft.value_pen(2.3)
    for i, fact in enumerate(values):
        start = end + 0.01 if i == 0 else 0.33
        line = base + 0.085 * i
        _leaders(draft, start, line)
        draft.value(fact, (start + 0.02, line - 0.004), typed, _RIGHT - start - 0.02)


def _leaders(draft: Draft, start: float, base: float) -> None:
    x, y = draft.at(start, base + 0.006)
    draw = ImageDraw.Draw(draft.sheet.image)
    end = _RIGHT * WIDTH_MM
    while x < end:
        px, py = x * PX_PER_MM, y * PX_PER_MM
        draw.ellipse((px, py, px + 3, py + 3), fill=_LEADERS)
        x += 0.75


def _dry_stamp(draft: Draft) -> None:
    """Emboss a ring over a corner of the portrait: light on one flank, dark on the other."""
    size = 15 * PX_PER_MM
    for shift, tone in ((0, (250, 250, 248)), (3, BLACK)):
        ring = Image.new("L", (size, size))
        pen = ImageDraw.Draw(ring)
        for inset, width in ((8, 6), (50, 4)):
            pen.ellipse((inset, inset, size - inset, size - inset), outline=90, width=width)
        ring = ring.filter(ImageFilter.GaussianBlur(1.5))
        x, y = 0.2 * WIDTH_MM + shift / PX_PER_MM, 0.68 * 54 + shift / PX_PER_MM
        draft.sheet.paste(Image.new("RGB", ring.size, tone), (x, y), ring)


def draw_back(draft: Draft) -> None:
    """Draw the face with fingerprints and marks: it shows neither number, name nor birth date, but a day of issue."""
    sheet, label, typed = draft.sheet, draft.pen(1.8, DARK), draft.value_pen(2.2)
    for words, value, start in (("Dân tộc", _PEOPLES, 0.05), ("Tôn giáo", _RELIGIONS, 0.52)):
        end = draft.label((words, ""), (start, 0.105), label, 0.2)
        sheet.write(draft.rng.choice(value), draft.at(end + 0.02, 0.1), typed, fit_mm=0.3 * WIDTH_MM)
    for i, words in enumerate(("NGÓN TRỎ TRÁI", "NGÓN TRỎ PHẢI")):
        top = 0.17 + 0.41 * i
        sheet.write(words, draft.at(0.2, top + 0.04), draft.pen(1.6, DARK), "m", 0.3 * WIDTH_MM)
        ridges = draw_fingerprint((20, 17), draft.rng)
        box = sheet.paste(Image.new("RGB", ridges.size, (60, 52, 60)), draft.at(0.085, top + 0.06), ridges)
        draft.note("fingerprint", None, box)
    sheet.write("DẤU VẾT RIÊNG VÀ DỊ HÌNH", draft.at(0.68, 0.245), draft.pen(1.9, DARK), "m", 0.56 * WIDTH_MM)
    marks = draft.rng.choice(_MARKS)
    draft.value(("personal_identification", marks, marks), (0.42, 0.34), typed, 0.54)
    _issue(draft)


def _issue(draft: Draft) -> None:
    """Print the day of issue, written out and at times typed over leaders, and who issued the card."""
    issued, sheet = draft.person.issued, draft.sheet
    day = draft.rng.choice((f"Ngày {issued:%d} tháng {issued:%m} năm {issued:%Y}",) * 2 + (_with_leaders(issued),))
    draft.value(("date_of_issue", issued.isoformat(), day), (0.46, 0.535), draft.pen(2.0, DARK), 0.5)
    issuer = f"GIÁM ĐỐC CA {draft.person.residence.province.upper()}"
    sheet.write(issuer, draft.at(0.69, 0.605), draft.pen(1.8, DARK, is_bold=True), "m", 0.54 * WIDTH_MM)
    scrawl = signature(17, draft.rng)
    sheet.paste(Image.new("RGB", scrawl.size, (40, 50, 130)), draft.at(0.6, 0.7), scrawl)
    seal = stamp(16, draft.rng)
    sheet.paste(seal, draft.at(0.5, 0.64), seal)
    sheet.write(draft.rng.choice(_SIGNERS), draft.at(0.7, 0.95), draft.pen(1.7, DARK, is_bold=True), "m")


def _with_leaders(day: date) -> str:
    return f"Ngày..{day:%d}..tháng..{day:%m}..năm..{day:%Y}"
