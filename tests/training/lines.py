"""Pictures of single lines as a detector cuts them out of photos of cards: drawn, worn, photographed, compressed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from idscan.engines.text_recognizer import HEIGHT, prepare
from tests.training.marks import draw_strokes, has_horn, random_style, split_letter, strokes_of
from tests.training.texts import ALPHABET, make_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.training.faces import TrainingFace

_SIZES = (30, 40, 52)
"""Font sizes in pixels that lines are drawn in before they are reduced; few, so that glyphs stay cached."""
_ABOVE, _BELOW = 0.62, 0.42
"""Room for marks over capitals and under letters, in heights of a capital."""
_MAX_WIDTH = 900
_OWN_MARKS = 0.35
"""Share of the lines with marks whose marks are drawn by ourselves."""
_LEADERS = 0.1
"""Share of the lines over the leader of a form, whose dots are easily taken for the mark under a letter."""
_SCRATCHES = 0.08
_NEIGHBOURS = 64
_GROUNDS = 96
_GROUND_SIZE = (160, 1400)
_KNOWN = frozenset(ALPHABET)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A picture of a line, shape (HEIGHT, width), as the reader wants it, and what it says."""

    pixels: NDArray[np.uint8]
    text: str


class LineMaker:
    """Makes lines in the given faces, one after the other; the same seed gives the same lines."""

    def __init__(self, faces: Sequence[TrainingFace], seed: int) -> None:
        self._neighbours: list[NDArray[np.uint8]] = []
        self.reseed(seed)
        by_family: dict[str, list[TrainingFace]] = {}
        for face in faces:
            if face.can_spell:
                by_family.setdefault(face.family, []).append(face)
        self._families = tuple(by_family.values())
        self._mono = tuple(face for face in faces if face.is_mono or face.is_for_zones)
        self._zone = tuple(face for face in faces if face.is_for_zones)
        self._grounds = [_ground(Random(f"{seed} {i}")) for i in range(_GROUNDS)]

    def reseed(self, seed: int) -> None:
        """Begin anew, as a maker of this seed would but for its grounds."""
        self._rng = Random(seed)
        self._noise = np.random.default_rng(seed)
        self._neighbours.clear()

    def make(self) -> Line:
        """Make one line."""
        rng = self._rng
        while True:
            text = make_text(rng)
            face = self._pick_face(text)
            ink, cap, base = self._draw(text, face)
            line = self._photograph(text, ink, cap, base)
            if line is not None:
                return Line(line, text)

    def _pick_face(self, text: str) -> TrainingFace:
        rng = self._rng
        is_zone = "<" in text and len(text) >= 28 and " " not in text
        if is_zone and rng.random() < 0.9:
            pool = self._zone if self._zone and rng.random() < 0.5 else self._mono
            return rng.choice(pool or self._mono)
        return rng.choice(rng.choice(self._families))

    def _draw(self, text: str, face: TrainingFace) -> tuple[NDArray[np.uint8], float, float]:
        """Return the ink of a line (0 to 255), the height of its capitals and its base line from the top."""
        rng = self._rng
        size = rng.choice(_SIZES)
        font = font_of(face.path, size)
        cap = _cap_height(face.path, size)
        tracking = 0.0
        if rng.random() < 0.25:
            tracking = rng.uniform(-0.03, 0.14) * size
        margin = math.ceil(0.8 * size)
        ascent = math.ceil(1.35 * size)
        length = font.getlength(text) + max(0.0, tracking) * len(text)
        mask = Image.new("L", (math.ceil(length) + 2 * margin, ascent + math.ceil(0.6 * size)))
        draw = ImageDraw.Draw(mask)
        strokes: list[tuple[list[tuple[float, float]], float]] = []
        if _is_marked(text) and rng.random() < _OWN_MARKS:
            style = random_style(rng)
            x = float(margin)
            for letter in text:
                bare, marks = split_letter(letter, style.drawn)
                draw.text((x, ascent), bare, fill=255, font=font, anchor="ls")
                if marks:
                    left, top, right, bottom = font.getbbox(bare, anchor="ls")
                    box = (x + left, ascent + top, x + right, ascent + bottom)
                    strokes += strokes_of(bare, marks, box, cap, style)
                x += font.getlength(bare) + tracking + (style.horn[0] * cap if has_horn(marks) else 0.0)
            mask = mask.crop((0, 0, min(mask.width, math.ceil(x) + margin), mask.height))
        elif tracking:
            x = float(margin)
            for letter in text:
                draw.text((x, ascent), letter, fill=255, font=font, anchor="ls")
                x += font.getlength(letter) + tracking
            mask = mask.crop((0, 0, min(mask.width, math.ceil(x) + margin), mask.height))
        else:
            draw.text((margin, ascent), text, fill=255, font=font, anchor="ls")
        ink = np.array(mask)
        draw_strokes(ink, strokes)
        ink = self._worn(ink)
        box = cv2.boundingRect(ink)
        if rng.random() < _LEADERS:
            self._add_leader(ink, cap, ascent)
        left, right = max(0, box[0] - 4), min(ink.shape[1], box[0] + box[2] + 4)
        return ink[:, left:right], cap, float(ascent)

    def _worn(self, ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return ink that has run or faded, as by typewriter ribbons and in pockets."""
        rng = self._rng
        chance = rng.random()
        if chance < 0.08:
            ink = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)), np.uint8)
        elif chance < 0.14:
            ink = np.asarray(cv2.erode(ink, np.ones((2, 2), np.uint8)), np.uint8)
        if rng.random() < 0.07:
            holes = self._noise.random((ink.shape[0] // 3 + 1, ink.shape[1] // 3 + 1), np.float32)
            holes = cv2.resize(holes, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_LINEAR)
            ink = np.asarray(ink * np.clip(0.5 + holes * 1.2, 0, 1), np.uint8)
        return ink

    def _add_leader(self, ink: NDArray[np.uint8], cap: float, base: int) -> None:
        """Draw the dotted, dashed or whole line that a form prints under what is filled in."""
        rng = self._rng
        y = min(ink.shape[0] - 1, round(base + cap * rng.uniform(0.08, 0.45)))
        thickness = max(1, round(cap * rng.uniform(0.03, 0.1)))
        period = max(3.0, cap * rng.uniform(0.1, 0.35))
        length = rng.choice((0.0, 0.0, period * rng.uniform(0.3, 0.7), float(ink.shape[1])))
        strength = rng.randint(90, 255)
        x = rng.uniform(-period, period)
        line = np.zeros_like(ink)
        while x < ink.shape[1]:
            cv2.line(line, (round(x), y), (round(x + length), y), strength, thickness)
            x += max(period, length + 1)
        np.maximum(ink, line, out=ink)

    def _photograph(self, text: str, ink: NDArray[np.uint8], cap: float, base: float) -> NDArray[np.uint8] | None:
        rng = self._rng
        # Capitals of 5 to 34 pixels in the picture: cards 200 to 1,600 pixels wide. Marks that are too small for
        # anybody teach nothing, so words with marks are larger on the whole than numbers and zones.
        shape = (2.0, 1.5) if _is_marked(text) else (1.4, 1.4)
        seen = min(34.0, 5.0 * math.exp(rng.betavariate(*shape) * math.log(34 / 5.0)))
        squeeze = rng.uniform(0.72, 1.08) if rng.random() < 0.6 else 1.0
        scale = seen / cap
        ink = self._tilted(ink, base)
        width, height = max(6, round(ink.shape[1] * scale * squeeze)), max(6, round(ink.shape[0] * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(ink, (width, height), interpolation=method)
        base *= scale
        # What the detector cuts out: ink with room around, now and then a little less than all of it.
        above = seen * (1 + (rng.uniform(0.3, 0.85) if rng.random() < 0.85 else rng.uniform(0.1, 0.3)))
        if rng.random() < 0.9:  # marks that are cut off teach nothing
            above = max(above, base - cv2.boundingRect(small)[1] + rng.uniform(0, 0.1) * seen)
        below = seen * (rng.uniform(0.12, 0.6) if rng.random() < 0.85 else rng.uniform(0.02, 0.12))
        left, right = (seen * rng.uniform(-0.05, 0.9) for _ in range(2))
        crop_height = max(6, round(above + below))
        crop_width = max(6, round(width + left + right))
        canvas = np.zeros((crop_height, crop_width), np.uint8)
        _paste(canvas, small, round(left), round(above - base))
        self._add_neighbours(canvas, small, seen, above)
        picture = self._printed(canvas)
        picture = self._seen(picture, seen)
        if picture.shape[1] * HEIGHT / picture.shape[0] > _MAX_WIDTH:
            return None
        return prepare(picture)

    def _tilted(self, ink: NDArray[np.uint8], base: float) -> NDArray[np.uint8]:
        """Return the line a little askew, sheared or in perspective, as crops are."""
        rng = self._rng
        if rng.random() < 0.5:
            return ink
        height, width = ink.shape
        rise = rng.gauss(0, 0.05) * height
        rise = max(-0.12 * height, min(0.12 * height, rise))
        shear = rng.gauss(0, 0.06)
        grow = 1 + rng.gauss(0, 0.03)
        source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        moved = [
            (shear * base, rise / 2),
            (width + shear * base, (1 - grow) * base - rise / 2),
            (width + shear * (base - height), base + (height - base) * grow - rise / 2),
            (shear * (base - height), height + rise / 2),
        ]
        matrix = cv2.getPerspectiveTransform(source, np.array(moved, np.float32))
        return np.asarray(cv2.warpPerspective(ink, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)

    def _add_neighbours(self, canvas: NDArray[np.uint8], small: NDArray[np.uint8], seen: float, above: float) -> None:
        """Let the lines above and below, and what stands beside, reach into the picture."""
        rng = self._rng
        if self._neighbours and rng.random() < 0.35:
            for is_above in (True, False):
                if rng.random() < 0.6:
                    other = rng.choice(self._neighbours)
                    factor = seen * rng.uniform(0.8, 1.2) / 20
                    size = (max(4, round(other.shape[1] * factor)), max(4, round(other.shape[0] * factor)))
                    other = cv2.resize(other, size, interpolation=cv2.INTER_AREA)
                    # Base lines stand at least 1.55 capitals apart on cards.
                    distance = seen * rng.uniform(1.6, 2.1)
                    base = above - distance if is_above else above + distance
                    _paste(
                        canvas,
                        other,
                        rng.randint(-size[0] // 2, max(1, canvas.shape[1] // 2)),
                        round(base - 0.72 * size[1]),
                    )
        if len(self._neighbours) < _NEIGHBOURS or rng.random() < 0.05:
            factor = 20 / seen
            size = (min(600, max(4, round(small.shape[1] * factor))), max(4, round(small.shape[0] * factor)))
            kept = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
            if len(self._neighbours) < _NEIGHBOURS:
                self._neighbours.append(kept)
            else:
                self._neighbours[rng.randrange(_NEIGHBOURS)] = kept

    def _printed(self, ink: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return ink on a patterned ground in grey levels."""
        rng = self._rng
        height, width = ink.shape
        ground = rng.choice(self._grounds)
        zoom = rng.uniform(0.5, 1.0)
        h, w = min(ground.shape[0], max(4, round(height * zoom))), min(ground.shape[1], max(4, round(width * zoom)))
        y, x = rng.randint(0, ground.shape[0] - h), rng.randint(0, ground.shape[1] - w)
        pattern = cv2.resize(ground[y : y + h, x : x + w], (width, height), interpolation=cv2.INTER_LINEAR)
        paper = rng.uniform(130, 250)
        strength = rng.choice((0.0, rng.uniform(0, 0.25), rng.uniform(0.1, 0.5), rng.uniform(0.3, 0.8)))
        contrast = rng.uniform(0.35, 0.92) if rng.random() < 0.85 else rng.uniform(0.16, 0.4)
        page = paper * (1 - strength * (1 - pattern) * min(1.0, contrast * 1.2))
        page *= np.linspace(1 + rng.uniform(-0.12, 0.12), 1 + rng.uniform(-0.12, 0.12), width, dtype=np.float32)[None]
        alpha = ink.astype(np.float32) / 255
        dark = page * (1 - contrast)
        if rng.random() < 0.3:
            dark = np.full_like(page, paper * (1 - contrast))
        page = page * (1 - alpha) + dark * alpha
        return page if rng.random() > 0.04 else 255 - page

    def _seen(self, page: NDArray[np.float32], seen: float) -> NDArray[np.uint8]:
        """Return what a camera and a network make of a page: glare, blur, shake, grain, compression."""
        rng = self._rng
        height, width = page.shape
        if rng.random() < 0.12:
            across = np.arange(width, dtype=np.float32)
            middle, reach = rng.uniform(0, width), rng.uniform(1, 6) * height
            glow = np.exp(-(((across - middle) / reach) ** 2)) * rng.uniform(20, 110)
            page = page + glow[None] * (1 - 0.5 * page / 255)
        if rng.random() < _SCRATCHES:
            self._scratch(page, seen)
        chance = rng.random()
        if chance < 0.5:
            page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.25, min(2.0, 0.05 * seen + 0.45)))
        elif chance < 0.6:
            page = cv2.filter2D(page, -1, _shake(rng, rng.uniform(1.0, max(1.5, min(0.3 * seen, 7.0)))))
        if rng.random() < 0.7:
            page = page + self._noise.standard_normal(page.shape, np.float32) * rng.uniform(
                0.5, 5 if rng.random() < 0.85 else 13
            )
        picture = np.clip(page, 0, 255).astype(np.uint8)
        if rng.random() < 0.6:
            picture = _compressed(picture, rng.randint(40, 95) if rng.random() < 0.8 else rng.randint(25, 50))
        if rng.random() < 0.35 and height > 12:
            factor = rng.uniform(0.6, 1.6)
            size = (max(6, round(width * factor)), max(6, round(height * factor)))
            picture = np.asarray(
                cv2.resize(
                    picture, size, interpolation=rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA))
                ),
                np.uint8,
            )
            if rng.random() < 0.5:
                picture = _compressed(picture, rng.randint(45, 90))
        return picture

    def _scratch(self, page: NDArray[np.float32], seen: float) -> None:
        """Draw what years in a pocket leave: creases and scratches, light or dark."""
        rng = self._rng
        height, width = page.shape
        for _ in range(rng.randint(1, 4)):
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            angle, reach = rng.uniform(0, math.pi), rng.uniform(1, 12) * seen
            dx, dy = math.cos(angle) * reach, math.sin(angle) * reach
            level = float(np.clip(page.mean() * rng.choice((0.55, 0.75, 1.2, 1.5)), 0, 255))
            thickness = max(1, round(seen * rng.uniform(0.02, 0.1)))
            ends = (round(x - dx), round(y - dy)), (round(x + dx), round(y + dy))
            cv2.line(page, *ends, level, thickness, cv2.LINE_AA)


def _is_marked(text: str) -> bool:
    return not text.isascii()


def _paste(canvas: NDArray[np.uint8], ink: NDArray[np.uint8], x: int, y: int) -> None:
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(canvas.shape[1], x + ink.shape[1]), min(canvas.shape[0], y + ink.shape[0])
    if x0 < x1 and y0 < y1:
        part = canvas[y0:y1, x0:x1]
        np.maximum(part, ink[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


def _compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    encoded = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _shake(rng: Random, length: float) -> NDArray[np.float32]:
    size = max(3, 2 * math.ceil(length / 2) + 1)
    kernel = np.zeros((size, size), np.float32)
    angle = rng.uniform(0, math.pi)
    middle = size // 2
    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    shift = 4
    ends = [(round((middle + s * dx) * 16), round((middle + s * dy) * 16)) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_8, shift)
    return kernel / max(kernel.sum(), 1e-6)


def _ground(rng: Random) -> NDArray[np.float32]:
    """Return a ground as factors of brightness, 0 to 1: bundles of curves, grain, dotted leaders, stains or nothing."""
    height, width = _GROUND_SIZE
    tone = np.zeros((height, width), np.uint8)
    x = np.linspace(0, width, 240)
    kind = rng.random()
    if kind < 0.75:
        for _ in range(rng.randint(1, 4)):
            spacing = rng.uniform(3, 16)
            swing, waves, phase = rng.uniform(3, 60), rng.uniform(0.5, 9), rng.uniform(0, 6.3)
            slope = rng.uniform(-0.4, 0.4)
            shade = rng.randint(70, 220)
            for i in range(-20, int((height + 600) / spacing)):
                y = i * spacing - 300 + swing * np.sin(waves * 6.28 * x / width + phase + 0.05 * i) + slope * x
                points = (np.stack([x, y], axis=1) * 16).astype(np.int32)
                cv2.polylines(
                    tone,
                    [points],
                    isClosed=False,
                    color=(shade,),
                    thickness=rng.choice((1, 1, 2)),
                    lineType=cv2.LINE_AA,
                    shift=4,
                )
    if kind > 0.6:
        noise = np.random.default_rng(rng.randrange(1 << 30))
        patches = np.zeros((height, width), np.float32)
        for octave in (8, 24, 80):
            coarse = noise.random((height // octave + 2, width // octave + 2), np.float32)
            patches += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        tone = np.maximum(tone, np.clip((patches - 1) * 180, 0, 255).astype(np.uint8))
    if rng.random() < 0.15:
        for y in range(rng.randint(10, 40), height, rng.randint(26, 60)):
            tone[y : y + 2, :: rng.choice((4, 5, 6))] = 230
    if rng.random() < 0.12:
        for y in range(rng.randint(10, 60), height, rng.randint(50, 90)):
            tone[y : y + rng.choice((1, 2)), :] = 200
    return np.asarray(1 - tone.astype(np.float32) / 255, np.float32)


@lru_cache(maxsize=4096)
def font_of(path: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a face at a size in pixels, opened once."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def _cap_height(path: str, size: int) -> float:
    box = font_of(path, size).getbbox("H", anchor="ls")
    return max(4.0, float(box[3] - box[1]))
