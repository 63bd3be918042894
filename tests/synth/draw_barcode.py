"""Layouts of the plastic cards before the chip: twelve digits of 2012, barcode of 2016 (circular 61/2015/TT-BCA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import zxingcpp
from PIL import Image

from tests.synth.draft import BLACK, DARK, RED, Draft, two_lines
from tests.synth.draw_chip import NO_END, PORTRAIT_MM
from tests.synth.ornament import Ground, drum, emblem, signature, stamp
from tests.synth.portrait import draw_fingerprint, draw_portrait
from tests.synth.sheet import PX_PER_MM, WIDTH_MM, WIDTH_PX

if TYPE_CHECKING:
    from tests.synth.people import Person
    from tests.synth.sheet import Pen

GROUND = Ground(((190, 220, 228), (204, 230, 224), (214, 234, 226), (196, 224, 226)), 0.15)
"""Light blue-green."""

_FEATURES = (
    "Nốt ruồi C: 1,5cm trên sau cánh mũi trái",
    "Sẹo chấm C: 2cm dưới sau mép phải",
    "Nốt ruồi C: 0,5cm trước đầu mày trái",
)
_SIGNERS = ("Phạm Ký Mẫu", "Đỗ Ký Thử", "Trần Ký Ví Dụ")


def draw_front(draft: Draft) -> None:
    """Draw the face with portrait of the card of 2016; labels stand in Vietnamese only."""
    _draw_front(draft, "CĂN CƯỚC CÔNG DÂN", "Họ và tên")


def draw_front_of_2012(draft: Draft) -> None:
    """Draw the face with portrait of the card of 2012."""
    _draw_front(draft, "CHỨNG MINH NHÂN DÂN", "Họ và tên khai sinh")


def _draw_front(draft: Draft, title: str, name_label: str) -> None:
    person, sheet = draft.person, draft.sheet
    faint = drum(26).point(lambda value: value // 5)
    sheet.paste(Image.new("RGB", faint.size, (90, 140, 150)), draft.at(0.5, 0.4), faint)
    mark = emblem(14)
    sheet.paste(mark, draft.at(0.07, 0.05), mark)
    draft.header(0.62, 0.085, DARK, english=False)
    sheet.write(title, draft.at(0.63, 0.255), draft.pen(3.4, RED, is_bold=True), "m", 0.6 * WIDTH_MM)
    portrait = draw_portrait(PORTRAIT_MM, draft.rng, is_female=person.is_female)
    draft.note("portrait", None, sheet.paste(portrait, draft.at(0.035, 0.33)))
    label, value = draft.pen(1.8, DARK), draft.value_pen(2.3)
    end = _label(draft, "Số", (0.36, 0.365), draft.pen(2.2, DARK))
    number = draft.pen(3.3, draft.rng.choice((BLACK, BLACK, RED)), is_bold=True)
    draft.value(("number", person.number, person.number), (max(0.43, end + 0.02), 0.37), number, 0.5)
    end = _label(draft, name_label, (0.31, 0.45), label)
    name = person.name.upper()
    if draft.rng.random() < 0.5:
        draft.value(("name", name, name), (end + 0.015, 0.45), value, 0.97 - end)
    else:
        draft.value(("name", name, name), (0.36, 0.51), value, 0.6)
    end = _label(draft, "Ngày, tháng, năm sinh", (0.31, 0.58), label)
    draft.value(
        ("date_of_birth", person.birth.isoformat(), f"{person.birth:%d/%m/%Y}"), (end + 0.015, 0.58), value, 0.97 - end
    )
    end = _label(draft, "Giới tính", (0.31, 0.65), label)
    draft.value(("sex", person.sex, person.sex), (end + 0.012, 0.65), value)
    end = _label(draft, "Quốc tịch", (0.6, 0.65), label)
    draft.value(("nationality", "Việt Nam", "Việt Nam"), (end + 0.012, 0.65), value, 0.97 - end)
    _places(draft)
    _expiry(draft)


def _label(draft: Draft, words: str, at: tuple[float, float], pen: Pen) -> float:
    return draft.label((words, ""), at, pen, 0.5)


def _places(draft: Draft) -> None:
    person, label, value = draft.person, draft.pen(1.8, DARK), draft.value_pen(2.2)
    rows = (
        ("place_of_origin", "Quê quán", person.origin, 0.72, 0.5),
        ("place_of_residence", "Nơi thường trú", str(person.residence), 0.85, 0.35),
    )
    for field, words, text, base, share in rows:
        end = _label(draft, words, (0.31, base), label)
        near, far = two_lines(text, share)
        place = draft.sheet.write(near, draft.at(end + 0.012, base), value, fit_mm=(0.975 - end) * WIDTH_MM)
        below = draft.sheet.write(far, draft.at(0.31, base + 0.064), value, fit_mm=0.67 * WIDTH_MM)
        draft.note(field, text, place, printed=near)
        draft.note(field, text, below, printed=far)


def _expiry(draft: Draft) -> None:
    person, tiny = draft.person, draft.pen(1.3, DARK)
    label = draft.sheet.write("Có giá trị đến:", draft.at(0.035, 0.945), tiny)
    start = label.x1 / WIDTH_PX + 0.01
    printed = NO_END if person.expires is None else f"{person.expires:%d/%m/%Y}"
    draft.value(("date_of_expiry", person.expiry_text, printed), (start, 0.945), draft.value_pen(1.5), 0.29 - start)


def draw_back(draft: Draft) -> None:
    """Draw the face with barcode and fingerprints."""
    person, sheet, label = draft.person, draft.sheet, draft.pen(1.6, DARK)
    _barcode(draft, person)
    fingers = ("Ngón trỏ trái", "Ngón trỏ phải")
    for i, words in enumerate(fingers):
        top = 0.28 + 0.34 * i
        sheet.write(words, draft.at(0.16, top + 0.03), draft.pen(1.4, DARK), "m", 0.28 * WIDTH_MM)
        ridges = draw_fingerprint((14, 13.5), draft.rng)
        box = sheet.paste(Image.new("RGB", ridges.size, (70, 60, 70)), draft.at(0.08, top + 0.05), ridges)
        draft.note("fingerprint", None, box)
    draft.label(("Đặc điểm nhân dạng", ""), (0.36, 0.31), label, 0.6)
    features = draft.rng.choice(_FEATURES)
    draft.value(("personal_identification", features, features), (0.36, 0.385), draft.value_pen(2.0), 0.6)
    issued = f"Ngày {person.issued:%d} tháng {person.issued:%m} năm {person.issued:%Y}"
    draft.value(("date_of_issue", person.issued.isoformat(), issued), (0.45, 0.5), draft.value_pen(1.9), 0.5)
    issuer = ("CỤC TRƯỞNG CỤC CẢNH SÁT", "ĐKQL CƯ TRÚ VÀ DLQG VỀ DÂN CƯ")
    for i, text in enumerate(issuer):
        sheet.write(text, draft.at(0.66, 0.57 + 0.05 * i), draft.pen(1.6, DARK, is_bold=True), "m", 0.6 * WIDTH_MM)
    scrawl = signature(17, draft.rng)
    sheet.paste(Image.new("RGB", scrawl.size, (40, 50, 130)), draft.at(0.58, 0.7), scrawl)
    seal = stamp(16, draft.rng)
    sheet.paste(seal, draft.at(0.5, 0.63), seal)
    sheet.write(draft.rng.choice(_SIGNERS), draft.at(0.68, 0.93), draft.pen(1.7, DARK, is_bold=True), "m")


def _barcode(draft: Draft, person: Person) -> None:
    """Print the number as PDF417 across the top: neither symbology nor contents are published."""
    symbol = zxingcpp.create_barcode(person.number, zxingcpp.BarcodeFormat.PDF417)
    modules = np.asarray(symbol.to_image(scale=1, add_quiet_zones=False))
    size = (round(0.82 * WIDTH_PX), round(8.5 * PX_PER_MM))
    picture = Image.fromarray(modules).resize(size, Image.Resampling.NEAREST).convert("RGB")
    box = draft.sheet.paste(picture, draft.at(0.09, 0.05))
    draft.note("barcode", None, box, source="barcode")
