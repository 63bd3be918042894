"""Layout of the chip card of 2021 (circular 06/2021/TT-BCA)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from tests.synth.draft import BLACK, DARK, RED, Draft, two_lines
from tests.synth.mrz import NO_EXPIRY, ZoneFacts, td1
from tests.synth.ornament import Ground, chip_icon, contact_chip, drum, emblem, signature, stamp
from tests.synth.payload import chip_payload
from tests.synth.portrait import draw_fingerprint, draw_portrait
from tests.synth.sheet import WIDTH_MM, WIDTH_PX

if TYPE_CHECKING:
    from tests.synth.people import Person

GROUND = Ground(((176, 212, 226), (206, 226, 210), (240, 236, 196), (212, 228, 206), (172, 214, 218)), 0.16)
"""Blue, yellow in the middle, blue-green."""

NO_END = "Không thời hạn"
PORTRAIT_MM = (20.0, 30.0)

_FEATURES = (
    "Nốt ruồi C: 1,5cm trên sau cánh mũi trái",
    "Sẹo chấm C: 2cm dưới sau mép phải",
    "Nốt ruồi C: 0,5cm trước đầu mày trái",
    "Sẹo chấm C: 3cm trên trước bình tai phải",
)
_SIGNERS = ("Phạm Ký Mẫu", "Đỗ Ký Thử", "Trần Ký Ví Dụ")


def zone_facts(person: Person) -> ZoneFacts:
    """Return what the machine-readable zone says of a person."""
    expiry = NO_EXPIRY if person.expires is None else f"{person.expires:%y%m%d}"
    return ZoneFacts(person.number, person.name, f"{person.birth:%y%m%d}", "F" if person.is_female else "M", expiry)


def draw_front(draft: Draft) -> None:
    """Draw the face with portrait and QR code."""
    person, sheet = draft.person, draft.sheet
    faint = drum(30).point(lambda value: value // 4)
    sheet.paste(Image.new("RGB", faint.size, (170, 120, 60)), draft.at(0.5, 0.42), faint)
    mark = emblem(12)
    sheet.paste(mark, draft.at(0.045, 0.05), mark)
    draft.header(0.505, 0.075, DARK, english=True)
    sheet.write("CĂN CƯỚC CÔNG DÂN", draft.at(0.52, 0.312), draft.pen(3.3, RED, is_bold=True), "m", 0.48 * WIDTH_MM)
    if draft.style.is_bilingual:
        sheet.write("Citizen Identity Card", draft.at(0.52, 0.37), draft.pen(1.8, RED, is_bold=True), "m")
    icon = chip_icon(7.5)
    sheet.paste(icon, draft.at(0.855, 0.365), icon)
    draft.draw_qr(chip_payload(person), (0.787, 0.085), draft.rng.uniform(12.3, 13.6))
    portrait = draw_portrait(PORTRAIT_MM, draft.rng, is_female=person.is_female)
    draft.note("portrait", None, sheet.paste(portrait, draft.at(0.035, 0.285)))
    _front_values(draft)
    _front_expiry(draft)


def _front_values(draft: Draft) -> None:
    person = draft.person
    label, value = draft.pen(1.5, DARK), draft.value_pen()
    end = draft.label(("Số", "No."), (0.274, 0.478), draft.pen(1.9, DARK))
    draft.value(
        ("number", person.number, person.number),
        (max(0.39, end + 0.02), 0.485),
        draft.pen(3.4, BLACK, is_bold=True),
        0.45,
    )
    draft.label(("Họ và tên", "Full name"), (0.274, 0.532), label)
    name = person.name.upper()
    draft.value(("name", name, name), (0.274, 0.603), draft.value_pen(2.4), 0.7)
    end = draft.label(("Ngày sinh", "Date of birth"), (0.274, 0.668), label)
    draft.value(
        ("date_of_birth", person.birth.isoformat(), f"{person.birth:%d/%m/%Y}"), (max(0.55, end + 0.015), 0.668), value
    )
    end = draft.label(("Giới tính", "Sex"), (0.274, 0.722), label)
    draft.value(("sex", person.sex, person.sex), (end + 0.012, 0.722), value)
    end = draft.label(("Quốc tịch", "Nationality"), (0.555, 0.722), label)
    draft.value(("nationality", "Việt Nam", "Việt Nam"), (end + 0.012, 0.722), value, 0.97 - end)
    draft.label(("Quê quán", "Place of origin"), (0.274, 0.778), label)
    draft.value(("place_of_origin", person.origin, person.origin), (0.274, 0.84), value, 0.7)
    end = draft.label(("Nơi thường trú", "Place of residence"), (0.274, 0.903), label, 0.45)
    residence = str(person.residence)
    first, second = two_lines(residence, 0.35)
    place = draft.sheet.write(first, draft.at(end + 0.012, 0.903), value, fit_mm=(0.975 - end) * WIDTH_MM)
    below = draft.sheet.write(second, draft.at(0.274, 0.963), value, fit_mm=0.7 * WIDTH_MM)
    draft.note("place_of_residence", residence, place, printed=first)
    draft.note("place_of_residence", residence, below, printed=second)


def _front_expiry(draft: Draft) -> None:
    person, tiny = draft.person, draft.pen(1.15, DARK)
    label = draft.sheet.write("Có giá trị đến:", draft.at(0.035, 0.885), tiny)
    if draft.style.is_bilingual:
        label = label.joined(draft.sheet.write("Date of expiry:", draft.at(0.035, 0.922), tiny))
    start = label.x1 / WIDTH_PX + 0.01
    printed = NO_END if person.expires is None else f"{person.expires:%d/%m/%Y}"
    draft.value(("date_of_expiry", person.expiry_text, printed), (start, 0.905), draft.value_pen(1.5), 0.268 - start)


def draw_back(draft: Draft) -> None:
    """Draw the face with chip, fingerprints and machine-readable zone."""
    person, sheet, label = draft.person, draft.sheet, draft.pen(1.5, DARK)
    draft.label(("Đặc điểm nhận dạng", "Personal identification"), (0.04, 0.09), label, 0.6)
    features = draft.rng.choice(_FEATURES)
    draft.value(("personal_identification", features, features), (0.04, 0.15), draft.value_pen(2.0), 0.63)
    end = draft.label(("Ngày, tháng, năm", "Date, month, year"), (0.2, 0.215), label, 0.32)
    issued = f"{person.issued:%d/%m/%Y}"
    draft.value(
        ("date_of_issue", person.issued.isoformat(), issued), (end + 0.01, 0.215), draft.value_pen(1.9), 0.66 - end
    )
    _issuer(draft)
    chip = contact_chip((13.5, 12.5))
    sheet.paste(chip, draft.at(0.05, 0.3), chip)
    fingers = (("Ngón trỏ trái", "Left index finger"), ("Ngón trỏ phải", "Right index finger"))
    for i, words in enumerate(fingers):
        top = 0.03 + 0.29 * i
        sheet.write(
            draft.style.label(*words)[:-1], draft.at(0.83, top + 0.03), draft.pen(1.15, DARK), "m", 0.28 * WIDTH_MM
        )
        ridges = draw_fingerprint((12.5, 12.5), draft.rng)
        box = sheet.paste(Image.new("RGB", ridges.size, (70, 60, 70)), draft.at(0.757, top + 0.045), ridges)
        draft.note("fingerprint", None, box)
    draft.draw_zone(td1(zone_facts(person)), 0.715, 0.112)


def _issuer(draft: Draft) -> None:
    lines = ["CỤC TRƯỞNG CỤC CẢNH SÁT", "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI"]
    english = ["DIRECTOR GENERAL OF THE POLICE DEPARTMENT", "FOR ADMINISTRATIVE MANAGEMENT OF SOCIAL ORDER"]
    for i, text in enumerate(lines + (english if draft.style.is_bilingual else [])):
        pen = draft.pen(1.15 if i < len(lines) else 0.95, DARK, is_bold=i < len(lines))
        draft.sheet.write(text, draft.at(0.475, 0.265 + 0.037 * i), pen, "m", 0.42 * WIDTH_MM)
    scrawl = signature(17, draft.rng)
    draft.sheet.paste(Image.new("RGB", scrawl.size, (40, 50, 130)), draft.at(0.4, 0.4), scrawl)
    seal = stamp(14.5, draft.rng)
    x, y = draft.at(0.3, 0.36)
    draft.sheet.paste(seal, (x, y), seal)
    draft.sheet.write(draft.rng.choice(_SIGNERS), draft.at(0.5, 0.6), draft.pen(1.5, DARK, is_bold=True), "m")
