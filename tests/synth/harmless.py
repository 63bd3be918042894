"""Pictures without any identity card, among them those that look like more than they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw

from tests.synth import camera
from tests.synth.backdrops import clouds, make_backdrop
from tests.synth.fonts import face, pick_family
from tests.synth.ornament import Ground, contact_chip, guilloche
from tests.synth.payload import draw_symbol
from tests.synth.sheet import Pen, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from numpy.typing import NDArray

_Taken: TypeAlias = "tuple[Image.Image, int | None]"
_Names: TypeAlias = "tuple[str, ...] | None"

_GOODS = (
    "Cà phê sữa đá",
    "Bánh mì thịt",
    "Phở bò tái",
    "Nước suối 500ml",
    "Sữa chua",
    "Khăn giấy",
    "Bột giặt 2kg",
    "Gạo ST25",
)
_INK = (30, 30, 34)


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _phone(rng: Random) -> str:
    return rng.choice(("03", "05", "07", "08", "09")) + _digits(rng, 8)


def _lines_on_paper(lines: list[str], width: int, rng: Random, names: _Names) -> Image.Image:
    family = pick_family(rng, "sans", names)
    size = width // 21
    paper = Image.new("RGB", (width, (len(lines) + 2) * int(size * 1.5)), (252, 251, 247))
    draw = ImageDraw.Draw(paper)
    for i, line in enumerate(lines):
        font = face(family.bold if line.isupper() else family.regular, size)
        left, _, right = line.partition("\t")
        at = (i + 1) * size * 1.5
        draw.text((size, at), left, fill=_INK, font=font)
        draw.text((width - size, at), right, fill=_INK, font=font, anchor="ra")
    return paper


def _photo_of(picture: Image.Image, rng: Random, backgrounds: Path | None) -> Image.Image:
    """Return a hand-held photo of something flat."""
    size = (1200, 1600) if picture.height > picture.width else (1600, 1200)
    frame = make_backdrop(size, rng, backgrounds)
    pose = camera.Pose(rng.gauss(0, 4), rng.gauss(0, 8), rng.gauss(0, 8))
    corners = camera.project(pose, picture.width / picture.height)
    quad = camera.fit_corners(corners, size, rng.uniform(0.55, 0.85), rng)
    camera.cast_shadow(frame, quad, rng)
    camera.paint(frame, picture.convert("RGBA"), quad)
    frame = camera.light(frame, rng, 0.2)
    return Image.fromarray(camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4)))


def _receipt(rng: Random, names: _Names, backgrounds: Path | None) -> _Taken:
    """A till receipt with a twelve-digit code, which is no citizen's number."""
    goods = [f"{item}\t{rng.randint(8, 240)}.000" for item in rng.sample(_GOODS, rng.randint(3, 6))]
    lines = [
        "CỬA HÀNG TIỆN LỢI ABC",
        f"{rng.randint(1, 300)} Lê Lợi, P. Tân Lập",
        f"ĐT: {_phone(rng)}",
        "HÓA ĐƠN BÁN HÀNG",
        f"Mã GD: {_digits(rng, 12)}",
        f"Ngày: {rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/2025 {rng.randint(8, 21)}:{rng.randint(10, 59)}",
        "",
        *goods,
        "",
        f"TỔNG CỘNG\t{rng.randint(100, 900)}.000",
        f"Mã tra cứu: {_digits(rng, 12)}",
        "Cảm ơn quý khách!",
    ]
    return _photo_of(_lines_on_paper(lines, 700, rng, names), rng, backgrounds), 90


def _order(rng: Random, names: _Names, _backgrounds: Path | None) -> _Taken:
    """A screenshot of an order with numbers, a phone and a date."""
    lines = [
        f"{rng.randint(8, 21)}:{rng.randint(10, 59)}\tLTE",
        "XÁC NHẬN ĐƠN HÀNG",
        f"Mã đơn hàng\t{_digits(rng, 12)}",
        f"Mã vận đơn\tVN{_digits(rng, 12)}",
        f"Số điện thoại\t{_phone(rng)}",
        f"Đặt lúc\t{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/2025",
        f"Tạm tính\t{rng.randint(100, 900)}.000 đ",
        f"Phí vận chuyển\t{rng.randint(10, 40)}.000 đ",
        "ĐANG GIAO HÀNG",
        "Dự kiến nhận hàng trong 2 ngày tới",
    ]
    page = _lines_on_paper(lines, 1080, rng, names)
    screen = Image.new("RGB", (1080, 1920), rng.choice(((255, 255, 255), (244, 245, 248))))
    screen.paste(page, (0, 40))
    draw = ImageDraw.Draw(screen)
    draw.rounded_rectangle((60, 1700, 1020, 1830), radius=30, fill=(238, 77, 45))
    return screen, None


def _payment_qr(rng: Random, names: _Names, backgrounds: Path | None) -> _Taken:
    """A sheet with a payment code: a QR payload full of digits that is no card."""
    account = _digits(rng, 12)
    merchant = f"0010A000000727012{len(account) + 14}0006970436011{len(account)}{account}0208QRIBFTTA"
    payload = f"00020101021138{len(merchant)}{merchant}53037045802VN6304{_digits(rng, 4)}"
    matrix = segno.make_qr(payload, error="m").matrix
    modules = np.where(np.array([list(row) for row in matrix], np.uint8) > 0, 0, 255).astype(np.uint8)
    symbol = Image.fromarray(draw_symbol(modules, 520, 4)).convert("RGB")
    text = _lines_on_paper(
        ["QUÉT MÃ THANH TOÁN", "Ngân hàng Mẫu", f"STK: {account}", f"Hotline: {_phone(rng)}"], 700, rng, names
    )
    sheet = Image.new("RGB", (700, text.height + symbol.height + 60), (255, 255, 255))
    sheet.paste(text, (0, 0))
    sheet.paste(symbol, ((700 - symbol.width) // 2, text.height))
    return _photo_of(sheet, rng, backgrounds), 88


def _chart(rng: Random, names: _Names, _backgrounds: Path | None) -> _Taken:
    """A bar chart with labelled axes."""
    picture = Image.new("RGB", (1400, 900), (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    font = face(pick_family(rng, "sans", names).regular, 26)
    draw.text((700, 50), "Doanh thu theo tháng (triệu đồng)", fill=_INK, font=font, anchor="mm")
    draw.line((120, 100, 120, 800, 1340, 800), fill=_INK, width=3)
    for i in range(12):
        height = rng.randint(80, 640)
        x = 150 + i * 98
        draw.rectangle((x, 800 - height, x + 60, 800), fill=(60 + 10 * i, 110, 190 - 8 * i))
        draw.text((x + 30, 830), f"T{i + 1}", fill=_INK, font=font, anchor="mm")
        draw.text((x + 30, 780 - height), str(height * 3), fill=_INK, font=font, anchor="mm")
    return picture, None


def _landscape(rng: Random, _names: _Names, _backgrounds: Path | None) -> _Taken:
    """Hills before a sky."""
    width, height = 1600, 1067
    noise = np.random.default_rng(rng.randrange(1 << 30))
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sky = np.array([110, 165, 225], np.float32) * (1 - y) + np.array([235, 225, 205], np.float32) * y
    frame = np.repeat(sky, width, axis=1) + 14 * np.clip(clouds((width, height), noise, (5, 12)), 0, 3)[..., None]
    x = np.arange(width)
    for i, colour in enumerate(((120, 150, 160), (84, 124, 96), (52, 92, 58))):
        waves = sum(math.sin(k) * np.sin(x * k * 0.002 * (i + 1) + rng.uniform(0, 6)) for k in range(1, 6))
        ridge = height * (0.5 + 0.14 * i) + 40 * waves
        below = np.arange(height)[:, None] > ridge[None]
        frame[below] = np.array(colour, np.float32)
    frame += 6 * clouds((width, height), noise, (200,))[..., None]
    return Image.fromarray(np.clip(frame, 0, 255).astype(np.uint8)), 88


def _bank_card(rng: Random, names: _Names, backgrounds: Path | None) -> _Taken:
    """A bank card: the size, the ground and the chip of an identity card, but not one."""
    tone = rng.choice(((40, 70, 130), (130, 40, 60), (30, 100, 90), (190, 190, 196)))
    bright = (min(255, tone[0] + 60), min(255, tone[1] + 60), min(255, tone[2] + 60))
    ground: NDArray[np.uint8] = guilloche(Ground((tone, bright, tone), 0.15), rng)
    sheet = Sheet(ground)
    family = pick_family(rng, "sans", names)
    white = (250, 250, 250) if sum(tone) < 500 else (40, 40, 44)
    sheet.write("NGÂN HÀNG MẪU", (6, 10), Pen(family, 3.2, white, is_bold=True))
    chip = contact_chip((12, 10))
    sheet.paste(chip, (8, 17), chip)
    groups = " ".join(("9704", *(_digits(rng, 4) for _ in range(3))))
    sheet.write(groups, (8, 37), Pen(family, 3.6, white))
    sheet.write(f"{rng.randint(1, 12):02d}/{rng.randint(26, 31)}", (44, 43), Pen(family, 2.4, white))
    sheet.write("CHU THE MAU", (8, 49), Pen(family, 2.6, white))
    return _photo_of(sheet.with_round_corners(), rng, backgrounds), 90


def _screen_of_code(rng: Random, names: _Names, _backgrounds: Path | None) -> _Taken:
    """A page of numbers: a table of accounts and phones."""
    rows = [f"{i + 1}. {_digits(rng, 12)}\t{_phone(rng)}" for i in range(18)]
    page = _lines_on_paper(["DANH SÁCH GIAO DỊCH", *rows], 1000, rng, names)
    soft = cv2.GaussianBlur(np.asarray(page), (0, 0), 0.6)
    return Image.fromarray(soft), 85


HARMLESS: dict[str, Callable[[Random, _Names, Path | None], _Taken]] = {
    "receipt": _receipt,
    "order": _order,
    "payment_qr": _payment_qr,
    "chart": _chart,
    "landscape": _landscape,
    "bank_card": _bank_card,
    "number_list": _screen_of_code,
}
