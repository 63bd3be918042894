"""Layout of the card of 2024, for adults and for children below the age of six (circular 16/2024/TT-BCA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from tests.synth.draft import BLACK, RED, VIOLET, Draft, two_lines
from tests.synth.draw_chip import NO_END, PORTRAIT_MM, zone_facts
from tests.synth.mrz import td1
from tests.synth.ornament import Ground, chip_icon, contact_chip, drum, emblem, lotus
from tests.synth.payload import can_cuoc_payload
from tests.synth.portrait import draw_portrait

if TYPE_CHECKING:
    from tests.synth.sheet import Pen

GROUND = Ground(((164, 204, 232), (198, 222, 224), (244, 238, 190), (208, 228, 208), (166, 212, 212)), 0.15)
"""Blue, yellow in the middle, blue-green."""

_SYMBOL_MM = 18.0


def draw_front(draft: Draft) -> None:
    """Draw the face with the portrait, which a young child's card lacks."""
    person, sheet = draft.person, draft.sheet
    faint = drum(32).point(lambda value: value // 4)
    sheet.paste(Image.new("RGB", faint.size, (170, 120, 60)), draft.at(0.58, 0.36), faint)
    mark = emblem(12)
    sheet.paste(mark, draft.at(0.05, 0.06), mark)
    draft.header(0.56, 0.075, VIOLET, english=True)
    sheet.write("CĂN CƯỚC", draft.at(0.56, 0.312), draft.pen(3.4, RED, is_bold=True), "m")
    if draft.style.is_bilingual:
        sheet.write("IDENTITY CARD", draft.at(0.56, 0.374), draft.pen(1.9, VIOLET, is_bold=True), "m")
    icon = chip_icon(8)
    sheet.paste(icon, draft.at(0.86, 0.07), icon)
    if not person.is_child:
        portrait = draw_portrait(PORTRAIT_MM, draft.rng, is_female=person.is_female)
        draft.note("portrait", None, sheet.paste(portrait, draft.at(0.042, 0.375)))
    label = draft.pen(1.5, VIOLET)
    draft.label(("Số định danh cá nhân", "Personal identification number"), (0.305, 0.445), label, 0.66)
    number = draft.pen(3.2, BLACK, is_bold=True)
    draft.value(("number", person.number, person.number), (0.305, 0.527), number)
    draft.label(("Họ, chữ đệm và tên khai sinh", "Full name"), (0.305, 0.59), label, 0.66)
    name = person.name.upper()
    draft.value(("name", name, name), (0.305, 0.662), draft.value_pen(2.4), 0.67)
    (_stacked_row if draft.rng.random() < 0.5 else _inline_rows)(draft, label)


def _stacked_row(draft: Draft, label: Pen) -> None:
    """Print birth date and sex below their labels, the nationality in a row of its own."""
    person, value = draft.person, draft.value_pen()
    draft.label(("Ngày, tháng, năm sinh", "Date of birth"), (0.305, 0.725), label, 0.43)
    draft.value(("date_of_birth", person.birth.isoformat(), f"{person.birth:%d/%m/%Y}"), (0.305, 0.79), value)
    draft.label(("Giới tính", "Sex"), (0.76, 0.725), label, 0.2)
    draft.value(("sex", person.sex, person.sex), (0.76, 0.79), value)
    end = draft.label(("Quốc tịch", "Nationality"), (0.305, 0.86), label)
    draft.value(("nationality", "Việt Nam", "Việt Nam"), (end + 0.012, 0.86), value)


def _inline_rows(draft: Draft, label: Pen) -> None:
    """Print birth date, sex and nationality after their labels."""
    person, value = draft.person, draft.value_pen()
    end = draft.label(("Ngày, tháng, năm sinh", "Date of birth"), (0.305, 0.74), label, 0.45)
    date = (("date_of_birth", person.birth.isoformat(), f"{person.birth:%d/%m/%Y}"), (end + 0.015, 0.74))
    draft.value(*date, value, 0.97 - end)
    end = draft.label(("Giới tính", "Sex"), (0.305, 0.815), label)
    draft.value(("sex", person.sex, person.sex), (end + 0.012, 0.815), value)
    end = draft.label(("Quốc tịch", "Nationality"), (0.6, 0.815), label, 0.24)
    draft.value(("nationality", "Việt Nam", "Việt Nam"), (end + 0.012, 0.815), value, 0.975 - end)


def draw_back(draft: Draft) -> None:
    """Draw the face with residence, QR code, chip and machine-readable zone."""
    person, sheet, label = draft.person, draft.sheet, draft.pen(1.5, VIOLET)
    flower = lotus(30).point(lambda value: value // 3)
    sheet.paste(Image.new("RGB", flower.size, (180, 90, 120)), draft.at(0.33, 0.28), flower)
    value = draft.value_pen(2.0)
    draft.label(("Nơi cư trú", "Place of residence"), (0.04, 0.085), label)
    residence = str(person.residence)
    for i, line in enumerate(two_lines(residence, 0.5)):
        draft.value(("place_of_residence", residence, line), (0.04, 0.14 + 0.055 * i), value, 0.62)
    draft.label(("Nơi đăng ký khai sinh", "Place of birth"), (0.04, 0.255), label)
    draft.value(("place_of_origin", person.origin, person.origin), (0.04, 0.31), value, 0.62)
    chip = contact_chip((13.0, 12.0))
    sheet.paste(chip, draft.at(0.05, 0.355), chip)
    draft.draw_qr(can_cuoc_payload(person, draft.rng), (0.752, 0.06), _SYMBOL_MM)
    end = draft.label(("Ngày, tháng, năm cấp", "Date of issue"), (0.25, 0.385), label, 0.33)
    issued = f"{person.issued:%d/%m/%Y}"
    draft.value(("date_of_issue", person.issued.isoformat(), issued), (end + 0.012, 0.385), value, 0.73 - end)
    end = draft.label(("Ngày, tháng, năm hết hạn", "Date of expiry"), (0.25, 0.45), label, 0.33)
    printed = NO_END if person.expires is None else f"{person.expires:%d/%m/%Y}"
    draft.value(("date_of_expiry", person.expiry_text, printed), (end + 0.012, 0.45), value, 0.73 - end)
    sheet.write("BỘ CÔNG AN", draft.at(0.5, 0.525), draft.pen(1.7, VIOLET, is_bold=True), "m")
    if draft.style.is_bilingual:
        sheet.write("MINISTRY OF PUBLIC SECURITY", draft.at(0.5, 0.57), draft.pen(1.4, VIOLET), "m")
    draft.draw_zone(td1(zone_facts(person)), 0.705, 0.112)
