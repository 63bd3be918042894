"""Cards in the pictures that people send around: re-posted, collages, chats, apps, copies for an office."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.synth import camera, effects
from tests.synth.backdrops import make_backdrop
from tests.synth.fonts import face, pick_family
from tests.synth.portrait import draw_portrait
from tests.synth.sheet import WIDTH_MM
from tests.synth.shots import shifted, snap
from tests.synth.truth import map_quad

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.cards import DrawnCard
    from tests.synth.stock import Shown, Supplies, Taken
    from tests.synth.truth import CardTruth, Quad

_SERVICES = (("facebook", 2048, (70, 85)), ("zalo", 1600, (65, 80)), ("messenger", 1280, (72, 85)))
"""Longest side and quality of what each hands out, roughly: both change often."""
_A4_MM = (210.0, 297.0)
_MM_PER_INCH = 25.4
_TALK = (
    "Bạn gửi giấy tờ chưa?",
    "Dạ em gửi ạ",
    "Ảnh hơi mờ, chụp lại giúp chị",
    "Ok để mình kiểm tra",
    "Khi nào có kết quả vậy chị?",
    "Chiều nay nhé em",
    "Cảm ơn chị nhiều",
)
_INK = (28, 30, 34)


def reposted(rng: Random, stock: Supplies) -> Taken:
    """A photo that went through two services, one after the other."""
    image, truths = snap(rng, stock, rng.gauss(0, 4), (0.72, 0.96))
    (_, first, _), (_, second, quality) = rng.choice(_SERVICES), rng.choice(_SERVICES)
    if max(image.size) > first:
        image, truths = camera.resize(image, truths, first)
    image = camera.recompress(image, rng.randint(65, 85))
    second = min(second, rng.choice((960, 1080, 1280, 1600, 2048)))
    if max(image.size) > second:
        image, truths = camera.resize(image, truths, second)
    return image, truths, rng.randint(*quality)


def collage(rng: Random, stock: Supplies) -> Taken:
    """Two photos, front and back of one card where it has both, side by side or one above the other."""
    first = stock.draw(rng)
    face_of_other = stock.other_face(first)
    second = stock.draw(rng, face_of_other, first.truth.person) if face_of_other else stock.draw(rng)
    is_stacked = rng.random() < 0.6
    tile = (1200, rng.choice((800, 900))) if is_stacked else (1100, rng.choice((800, 1100)))
    gap = rng.choice((0, 0, 12, 24))
    right, down = (0, tile[1] + gap) if is_stacked else (tile[0] + gap, 0)
    canvas = Image.new("RGB", (tile[0] + right, tile[1] + down), rng.choice(((255, 255, 255), (0, 0, 0))))
    truths = []
    for i, card in enumerate((first, second)):
        frame = make_backdrop(tile, rng, stock.backgrounds)
        pose = camera.Pose(rng.gauss(0, 3), rng.gauss(0, 7), rng.gauss(0, 7), rng.uniform(2.5, 4.5))
        quad = camera.fit_corners(camera.project(pose), tile, rng.uniform(0.72, 0.94), rng)
        camera.cast_shadow(frame, quad, rng)
        truth = camera.put(frame, card.image, card.truth, quad)
        frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
        frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.9), rng.uniform(1, 4))
        at = (right * i, down * i)
        canvas.paste(Image.fromarray(frame), at)
        truths.append(_moved(truth, at))
    image, placed = camera.resize(canvas, tuple(truths), rng.choice((1280, 1440, 1600, 2048)))
    return image, placed, rng.randint(75, 90)


def _moved(truth: CardTruth, at: tuple[float, float]) -> CardTruth:
    return truth.moved(lambda quad: shifted(quad, *at))


def photocopy(rng: Random, stock: Supplies) -> Taken:
    """Both sides of a card on one sheet of A4, in black and white."""
    px_per_mm = rng.choice((150, 200, 200, 300)) / _MM_PER_INCH
    size = (round(_A4_MM[0] * px_per_mm), round(_A4_MM[1] * px_per_mm))
    frame = np.full((size[1], size[0], 3), 255, np.uint8)
    first = stock.draw(rng)
    other = stock.other_face(first)
    cards = [first, *([stock.draw(rng, other, first.truth.person)] if other else [])]
    enlargement = rng.choice((1.0, 1.0, 1.0, 1.25, 1.41))
    truths = []
    top = rng.uniform(0.05, 0.12) * size[1]
    for card in cards:
        corners = camera.project(camera.Pose(turn=rng.gauss(0, 1.5), distance=1e6)) * WIDTH_MM * px_per_mm * enlargement
        corners = corners - corners.min(axis=0)
        left = (size[0] - float(np.ptp(corners[:, 0]))) * rng.uniform(0.35, 0.65)
        points = [(float(x) + left, float(y) + top) for x, y in corners]
        quad = (points[0], points[1], points[2], points[3])
        truths.append(camera.put(frame, card.image, card.truth, quad))
        top += float(np.ptp(corners[:, 1])) + rng.uniform(12, 40) * px_per_mm
    image = effects.photocopied(Image.fromarray(frame), rng)
    return image, tuple(truths), rng.choice((None, 90, 80))


def chat(rng: Random, stock: Supplies) -> Taken:
    """A screenshot of a conversation with the picture in a bubble."""
    width, height = rng.choice(((1080, 2340), (1080, 1920), (1170, 2532), (828, 1792)))
    screen = Image.new("RGB", (width, height), rng.choice(((255, 255, 255), (238, 242, 247), (22, 24, 28))))
    picture, truths = snap(rng, stock, rng.gauss(0, 3), (0.82, 0.96))
    wide = round(width * rng.uniform(0.66, 0.86))
    factor = wide / picture.width
    tall = round(picture.height * factor)
    top, left = rng.randint(round(height * 0.2), round(height * 0.35)), rng.choice((36, width - wide - 36))
    screen.paste(picture.resize((wide, tall), Image.Resampling.LANCZOS), (left, top))
    placing = np.array([[factor, 0, left], [0, tall / picture.height, top], [0, 0, 1]])
    placed = tuple(truth.moved(lambda quad: map_quad(quad, placing)) for truth in truths)
    _draw_talk(screen, (top, top + tall), rng, stock)
    return screen, placed, rng.choice((None, 90, 80, 72))


def _draw_talk(screen: Image.Image, picture: tuple[int, int], rng: Random, stock: Supplies) -> None:
    """Draw the head of a chat and bubbles of text above and below the picture."""
    draw = ImageDraw.Draw(screen)
    family = pick_family(rng, "sans", stock.families)
    size = screen.width // 26
    font = face(family.regular, size)
    is_dark = screen.getpixel((5, 5)) == (22, 24, 28)
    draw.rectangle((0, 0, screen.width, size * 4), fill=(0, 104, 255) if not is_dark else (36, 38, 44))
    draw.text((size, size * 0.6), f"{rng.randint(8, 21)}:{rng.randint(10, 59)}", fill=(255, 255, 255), font=font)
    draw.text((size * 3, size * 2.2), "Nhóm Hồ Sơ", fill=(255, 255, 255), font=face(family.bold, size))
    for start, end in ((size * 5, picture[0]), (picture[1], screen.height)):
        y = start + size
        while y + size * 3 < end:
            text = rng.choice(_TALK)
            box_width = font.getlength(text) + size * 2
            left = rng.choice((36.0, screen.width - box_width - 36))
            fill = rng.choice(((229, 240, 255), (240, 240, 240))) if not is_dark else (52, 56, 64)
            draw.rounded_rectangle((left, y, left + box_width, y + size * 2.2), radius=size, fill=fill)
            ink = _INK if not is_dark else (236, 238, 242)
            draw.text((left + size, y + size * 0.45), text, fill=ink, font=font)
            y += size * 3


def phone(rng: Random, stock: Supplies) -> Taken:
    """A card in an app: a screenshot of it, or a photo of the phone that shows it."""
    screen, truths = _app(rng, stock)
    if rng.random() < 0.5:
        return screen, truths, rng.choice((None, 88, 78))
    size = (1200, 1600)
    frame = make_backdrop(size, rng, stock.backgrounds)
    pose = camera.Pose(rng.gauss(0, 5), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 4.5))
    quad = camera.fit_corners(camera.project(pose, screen.width / screen.height), size, rng.uniform(0.6, 0.9), rng)
    camera.cast_shadow(frame, quad, rng)
    bezel = Image.new("RGBA", (screen.width + 60, screen.height + 60), (18, 18, 20, 255))
    bezel.paste(screen, (30, 30))
    camera.paint(frame, bezel, quad)
    corners = np.array([[0, 0], [bezel.width, 0], [bezel.width, bezel.height], [0, bezel.height]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, np.array(quad, np.float32)))
    placing = matrix @ np.array([[1, 0, 30], [0, 1, 30], [0, 0, 1.0]])
    placed = tuple(truth.moved(lambda inner: map_quad(inner, placing)) for truth in truths)
    frame = camera.light(frame, rng, 0.2)
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4))
    return Image.fromarray(frame), placed, rng.randint(85, 93)


def _app(rng: Random, stock: Supplies) -> Shown:
    """Return the screen of an app with a card, its corners rounded, on a plain ground."""
    width, height = rng.choice(((1080, 2160), (1080, 2340), (1170, 2532)))
    screen = Image.new("RGB", (width, height), rng.choice(((244, 245, 248), (255, 255, 255), (128, 20, 24))))
    draw = ImageDraw.Draw(screen)
    family = pick_family(rng, "sans", stock.families)
    ink = (250, 250, 250) if screen.getpixel((2, 2)) == (128, 20, 24) else _INK
    draw.text((width / 2, 190), "Giấy tờ của tôi", fill=ink, font=face(family.bold, 46), anchor="mm")
    draw.text((60, 90), f"{rng.randint(8, 21)}:{rng.randint(10, 59)}", fill=ink, font=face(family.regular, 36))
    card = stock.draw(rng)
    wide = width - 2 * rng.choice((36, 48, 64))
    tall = round(wide * card.image.height / card.image.width)
    left, top = (width - wide) // 2, rng.randint(280, 620)
    small = card.image.resize((wide, tall), Image.Resampling.LANCZOS)
    screen.paste(small, (left, top), small)
    for i, words in enumerate(("Chia sẻ", "Xem mặt sau", "Đóng")):
        y = top + tall + 120 + 150 * i
        draw.rounded_rectangle((80, y, width - 80, y + 110), radius=50, outline=ink, width=3)
        draw.text((width / 2, y + 55), words, fill=ink, font=face(family.regular, 42), anchor="mm")
    placing = np.array([[wide / card.image.width, 0, left], [0, tall / card.image.height, top], [0, 0, 1]])
    return screen, (card.truth.moved(lambda quad: map_quad(quad, placing)),)


def held(rng: Random, stock: Supplies) -> Taken:
    """A person who holds the card beside the face: the form in which cards are bought."""
    frame, truth = _portrait_with_card(rng, stock)
    return Image.fromarray(frame), (truth,), rng.choice((92, 88, 80))


def mirrored_selfie(rng: Random, stock: Supplies) -> Taken:
    """The same as the front camera stores it: in a mirror."""
    frame, truth = _portrait_with_card(rng, stock)
    width = frame.shape[1]
    mirror = np.array([[-1.0, 0, width], [0, 1, 0], [0, 0, 1]])
    return (
        Image.fromarray(np.ascontiguousarray(frame[:, ::-1])),
        (truth.moved(lambda quad: map_quad(quad, mirror)),),
        rng.choice((92, 88, 80)),
    )


def _portrait_with_card(rng: Random, stock: Supplies) -> tuple[NDArray[np.uint8], CardTruth]:
    size = rng.choice(((1200, 1600), (1536, 2048), (1440, 1920)))
    frame = make_backdrop(size, rng, stock.backgrounds)
    card = stock.draw(rng)
    _draw_person(frame, rng, is_female=card.truth.person.is_female)
    pose = camera.Pose(rng.gauss(0, 7), rng.gauss(0, 9), rng.gauss(0, 9), rng.uniform(3, 5))
    corners = camera.project(pose)
    wide = rng.uniform(0.36, 0.55) * size[0] / float(np.ptp(corners[:, 0]))
    corners = corners * wide
    middle = np.array([rng.choice((0.3, 0.7)) * size[0], rng.uniform(0.55, 0.75) * size[1]])
    points = [(float(x), float(y)) for x, y in corners + middle]
    quad = (points[0], points[1], points[2], points[3])
    camera.cast_shadow(frame, quad, rng)
    truth = camera.put(frame, card.image, card.truth, quad)
    camera.draw_thumb(frame, quad, rng)
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    return camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4)), truth


def _draw_person(frame: NDArray[np.uint8], rng: Random, *, is_female: bool) -> None:
    """Draw head and shoulders over the middle of a frame."""
    height, width = frame.shape[:2]
    drawn = draw_portrait((36.0, 48.0), rng, is_female=is_female).resize((round(height * 0.75), height))
    ground = np.array(drawn.getpixel((4, 4)), np.int32)
    pixels = np.asarray(drawn)
    apart = np.abs(pixels.astype(np.int32) - ground).sum(axis=2) > 36
    mask = cv2.GaussianBlur(apart.astype(np.uint8) * 255, (0, 0), 1.5)
    left = (width - drawn.width) // 2
    start, end = max(0, left), min(width, left + drawn.width)
    part = slice(start - left, end - left)
    alpha = mask[:, part, None].astype(np.float32) / 255
    region = frame[:, start:end]
    region[:] = (region * (1 - alpha) + pixels[:, part] * alpha).astype(np.uint8)


def several(rng: Random, stock: Supplies) -> Taken:
    """Two to six cards of different people on a table."""
    count = rng.randint(2, 6)
    size = rng.choice(((2000, 1500), (2400, 1800), (1920, 1440)))
    columns = 2 if count <= 4 else 3
    rows = math.ceil(count / columns)
    cell = (size[0] / columns, size[1] / rows)
    frame = make_backdrop(size, rng, stock.backgrounds)
    truths: list[CardTruth] = []
    for i in range(count):
        card = stock.draw(rng)
        turn = rng.gauss(0, 6) + rng.choice((0, 0, 0, 180))
        truths.append(_lay(frame, card, (i % columns * cell[0], i // columns * cell[1], *cell), turn, rng))
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4))
    return Image.fromarray(frame), tuple(truths), rng.choice((93, 88))


def _lay(
    frame: NDArray[np.uint8], card: DrawnCard, cell: tuple[float, float, float, float], turn: float, rng: Random
) -> CardTruth:
    left, top, width, height = cell
    pose = camera.Pose(turn, rng.gauss(0, 5), rng.gauss(0, 5), rng.uniform(3, 5))
    slot = (round(width), round(height))
    quad = shifted(camera.fit_corners(camera.project(pose), slot, rng.uniform(0.78, 0.92), rng), left, top)
    camera.cast_shadow(frame, quad, rng)
    return camera.put(frame, card.image, card.truth, quad)


def documents(rng: Random, stock: Supplies) -> Taken:
    """A card on and beside papers that are none: letters, lists, receipts."""
    size = rng.choice(((1600, 1200), (2000, 1500)))
    frame = make_backdrop(size, rng, stock.backgrounds)
    for _ in range(rng.randint(1, 3)):
        paper = _paper(rng, stock)
        pose = camera.Pose(rng.gauss(0, 12), rng.gauss(0, 5), rng.gauss(0, 5))
        quad = camera.fit_corners(camera.project(pose, paper.width / paper.height), size, rng.uniform(0.4, 0.7), rng)
        camera.cast_shadow(frame, quad, rng)
        camera.paint(frame, paper.convert("RGBA"), quad)
    card = stock.draw(rng)
    pose = camera.Pose(rng.gauss(0, 8), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 4.5))
    quad: Quad = camera.fit_corners(camera.project(pose), size, rng.uniform(0.38, 0.6), rng)
    camera.cast_shadow(frame, quad, rng)
    truth = camera.put(frame, card.image, card.truth, quad)
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4))
    return Image.fromarray(frame), (truth,), rng.choice((93, 88))


def _paper(rng: Random, stock: Supplies) -> Image.Image:
    """Return a page of ordinary text."""
    family = pick_family(rng, rng.choice(("sans", "serif")), stock.families)
    paper = Image.new("RGB", (900, rng.choice((600, 1200))), (250, 250, 247))
    draw = ImageDraw.Draw(paper)
    size = rng.randint(20, 30)
    y = 50
    while y < paper.height - 60:
        draw.text((50, y), " ".join(rng.sample(_TALK, 2)), fill=_INK, font=face(family.regular, size))
        y += round(size * 1.6)
    return paper
