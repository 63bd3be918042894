"""Cards laid out as no real one is: labels, values, picture and code anywhere, worded and set in any way.

Other people draw cards as well, for lessons, forgeries and tests; a reader that knows only the layouts of the circulars
fails on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.synth.draft import BLACK, DARK, RED, VIOLET, Draft
from tests.synth.ornament import Ground, emblem
from tests.synth.payload import chip_payload
from tests.synth.portrait import draw_portrait
from tests.synth.sheet import HEIGHT_MM, PX_PER_MM, WIDTH_MM

if TYPE_CHECKING:
    from random import Random

    from tests.synth.sheet import Colour

GROUND = Ground(((232, 240, 246), (244, 240, 226), (226, 240, 236), (240, 232, 240)), 0.08)

_TITLES = (
    ("CĂN CƯỚC CÔNG DÂN", "Citizen Identity Card"),
    ("CĂN CƯỚC", "IDENTITY CARD"),
    ("THẺ CĂN CƯỚC CÔNG DÂN", ""),
    ("CHỨNG MINH NHÂN DÂN", ""),
)
_NUMBER_LABELS = (
    ("Số", "No."),
    ("Số", ""),
    ("Số CCCD", ""),
    ("Số định danh cá nhân", "Personal identification number"),
    ("Số căn cước", ""),
)
_NAME_LABELS = (
    ("Họ và tên", "Full name"),
    ("Họ tên", ""),
    ("Họ, chữ đệm và tên khai sinh", "Full name"),
    ("Họ và tên khai sinh", ""),
)
_BIRTH_LABELS = (
    ("Ngày sinh", "Date of birth"),
    ("Ngày, tháng, năm sinh", "Date of birth"),
    ("Sinh ngày", ""),
    ("Ngày tháng năm sinh", ""),
)
_OTHERS = (
    ("sex", "Giới tính", "Sex"),
    ("nationality", "Quốc tịch", "Nationality"),
    ("place_of_origin", "Quê quán", "Place of origin"),
    ("place_of_residence", "Nơi thường trú", "Place of residence"),
    ("date_of_expiry", "Có giá trị đến", "Date of expiry"),
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one card is set.

    Attributes:
        language: "both", "vietnamese" or "english".
        is_below: values stand on the line below their label, not beside it.
        column: fraction of the width where all values begin; None for right behind the label.
        ends_with: what ends a label.
        left: fraction of the width where the text begins.
        right: fraction of the width where it ends.
        ink: of labels.
    """

    language: str
    is_below: bool
    column: float | None
    ends_with: str
    left: float
    right: float
    ink: Colour


def draw(draft: Draft) -> None:
    """Draw a face with heading, number, name, birth date and some of the rest, in a random arrangement."""
    rng = draft.rng
    has_portrait, has_code = rng.random() < 0.75, rng.random() < 0.35
    portrait_left = rng.random() < 0.6
    left, right = 0.05, 0.95
    if has_portrait:
        wide = rng.uniform(16, 21)
        size = (wide, wide * rng.uniform(1.25, 1.5))
        at_x = 0.04 if portrait_left else 0.96 - size[0] / WIDTH_MM
        picture = draw_portrait(size, rng, is_female=draft.person.is_female)
        draft.note("portrait", None, draft.sheet.paste(picture, draft.at(at_x, rng.uniform(0.3, 0.42))))
        if portrait_left:
            left = 0.07 + size[0] / WIDTH_MM
        else:
            right = 0.93 - size[0] / WIDTH_MM
    is_below = rng.random() < 0.4
    plan = _Plan(
        language=rng.choice(("both", "both", "vietnamese", "vietnamese", "english")),
        is_below=is_below,
        column=left + rng.uniform(0.3, 0.36) if not is_below and rng.random() < 0.35 else None,
        ends_with=rng.choice((":", ":", "", " :")),
        left=left,
        right=right,
        ink=rng.choice((DARK, BLACK, VIOLET, (90, 96, 110))),
    )
    top = _head(draft, rng)
    if has_code:
        side = rng.uniform(13, 15)
        draft.draw_qr(chip_payload(draft.person), (0.97 - side / WIDTH_MM, 0.05), side)
        top = max(top, 0.1 + side / HEIGHT_MM)
    _rows(draft, plan, top)


def _head(draft: Draft, rng: Random) -> float:
    """Print the heading and return where the text below it may begin, as a fraction of the height."""
    if rng.random() < 0.6:
        mark = emblem(rng.uniform(8, 11))
        draft.sheet.paste(mark, draft.at(0.05, 0.05), mark)
    y = 0.09
    middle = rng.uniform(0.42, 0.5)
    if rng.random() < 0.7:
        draft.sheet.write(
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            draft.at(middle, y),
            draft.pen(1.7, DARK, is_bold=True),
            "m",
            0.5 * WIDTH_MM,
        )
        draft.sheet.write(
            "Độc lập - Tự do - Hạnh phúc", draft.at(middle, y + 0.05), draft.pen(1.5, DARK), "m", 0.45 * WIDTH_MM
        )
        y += 0.12
    title, english = rng.choice(_TITLES)
    colour = rng.choice((RED, RED, DARK, (20, 60, 140)))
    draft.sheet.write(
        title, draft.at(middle, y + 0.04), draft.pen(rng.uniform(2.8, 3.6), colour, is_bold=True), "m", 0.5 * WIDTH_MM
    )
    if english and rng.random() < 0.6:
        draft.sheet.write(english, draft.at(middle, y + 0.095), draft.pen(1.7, colour), "m", 0.4 * WIDTH_MM)
        y += 0.06
    return y + 0.13


def _rows(draft: Draft, plan: _Plan, top: float) -> None:
    rng, person = draft.rng, draft.person
    name = person.name.upper() if rng.random() < 0.75 else person.name
    birth = _printed_date(rng, person.birth.year, person.birth.month, person.birth.day)
    rows = [
        ("number", person.number, _grouped(rng, person.number), *rng.choice(_NUMBER_LABELS)),
        ("name", person.name.upper(), name, *rng.choice(_NAME_LABELS)),
        ("date_of_birth", person.birth.isoformat(), birth, *rng.choice(_BIRTH_LABELS)),
    ]
    if rng.random() < 0.25:
        rng.shuffle(rows)
    values = {
        "sex": (person.sex, person.sex),
        "nationality": ("Việt Nam", "Việt Nam"),
        "place_of_origin": (person.origin, person.origin),
        "place_of_residence": (str(person.residence), str(person.residence)),
        "date_of_expiry": (person.expiry_text, f"{person.expires:%d/%m/%Y}" if person.expires else "Không thời hạn"),
    }
    room = 0.97 - top
    step = 0.13 if plan.is_below else 0.085
    more = max(0, min(len(_OTHERS), int(room / step) - len(rows)))
    for field, vietnamese, english in _OTHERS[:more]:
        rows.append((field, *values[field], vietnamese, english))
    step = min(step * 1.2, room / len(rows))
    for i, row in enumerate(rows):
        _row(draft, plan, row, top + step * (i + 0.5))


def _row(draft: Draft, plan: _Plan, row: tuple[str, str | None, str, str, str], base: float) -> None:
    field, value, printed, vietnamese, english = row
    words = {"both": (vietnamese, english), "vietnamese": (vietnamese, ""), "english": (english or vietnamese, "")}
    first, second = words[plan.language]
    label = f"{first}{draft.style.separator}{second}" if second else first
    size = 1.6 if plan.is_below or second else 1.9
    height = 3.0 if field == "number" else 2.3
    box = draft.sheet.write(
        label + plan.ends_with, draft.at(plan.left, base), draft.pen(size, plan.ink), fit_mm=0.45 * WIDTH_MM
    )
    pen = draft.pen(height, BLACK, is_bold=draft.style.has_bold_values or field == "number")
    if plan.is_below:
        at = (plan.left, base + (height + 1.1) / HEIGHT_MM)
    else:
        end = box.x1 / PX_PER_MM / WIDTH_MM + 0.02
        at = (max(end, plan.column or 0.0), base)
    draft.value((field, value, printed), at, pen, max(0.12, plan.right - at[0]))


def _grouped(rng: Random, number: str) -> str:
    size = rng.choice((0, 0, 0, 3, 4))
    if not size:
        return number
    return " ".join(number[i : i + size] for i in range(0, len(number), size))


def _printed_date(rng: Random, year: int, month: int, day: int) -> str:
    form = rng.choice(
        ("{d:02}/{m:02}/{y}", "{d:02}/{m:02}/{y}", "{d:02}-{m:02}-{y}", "{d:02}.{m:02}.{y}", "{d}/{m}/{y}")
    )
    return form.format(d=day, m=month, y=year)
