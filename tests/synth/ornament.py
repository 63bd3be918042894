"""Ground patterns and emblems of made-up cards: simplified drawings, never copies of the real ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.synth.sheet import HEIGHT_PX, PX_PER_MM, WIDTH_PX

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.sheet import Colour

_SHIFT = 4
"""Binary digits of a pixel that cv2 draws curves with."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Colours of a security pattern.

    Attributes:
        stops: colours from the left edge to the right edge, evenly spaced.
        line: how much darker the curves are, 0 to 1.
    """

    stops: tuple[Colour, ...]
    line: float


def guilloche(ground: Ground, rng: Random) -> NDArray[np.uint8]:
    """Return the ground of a card: a gradient crossed by bundles of fine curves and a rosette."""
    positions = np.linspace(0, 1, len(ground.stops))
    across = np.linspace(0, 1, WIDTH_PX)
    row = np.stack([np.interp(across, positions, [stop[i] for stop in ground.stops]) for i in range(3)], axis=1)
    base = np.repeat(row[None].astype(np.float32), HEIGHT_PX, axis=0)
    ink = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    x = np.linspace(0, WIDTH_PX, 220)
    for _ in range(3):
        swing = rng.uniform(0.05, 0.14) * HEIGHT_PX
        waves = rng.uniform(1.5, 4.5)
        phase = rng.uniform(0, 2 * math.pi)
        turn = rng.uniform(0.01, 0.03)
        spacing = rng.uniform(0.8, 1.3) * PX_PER_MM
        for i in range(-8, int(HEIGHT_PX / spacing) + 8):
            y = i * spacing + swing * np.sin(waves * 2 * math.pi * x / WIDTH_PX + phase + turn * i)
            _curve(ink, x, y, rng.choice((110, 150)))
    _rosette(ink, rng)
    shade = 1 - ground.line * ink.astype(np.float32)[..., None] / 255
    return np.clip(base * shade, 0, 255).astype(np.uint8)


def _curve(ink: NDArray[np.uint8], x: NDArray[np.float64], y: NDArray[np.float64], tone: int) -> None:
    points = np.stack([x, y], axis=1) * (1 << _SHIFT)
    cv2.polylines(
        ink, [points.astype(np.int32)], isClosed=False, color=(tone,), thickness=1, lineType=cv2.LINE_AA, shift=_SHIFT
    )


def _rosette(ink: NDArray[np.uint8], rng: Random) -> None:
    angle = np.linspace(0, 2 * math.pi, 360)
    petals = rng.choice((8, 10, 12))
    middle = (WIDTH_PX * rng.uniform(0.5, 0.65), HEIGHT_PX * 0.55)
    for i in range(14):
        radius = HEIGHT_PX * (0.08 + 0.02 * i) * (1 + 0.12 * np.sin(petals * angle + i * 0.5))
        _curve(ink, middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle), 120)


def drum(diameter_mm: float) -> Image.Image:
    """Return a bronze drum's face, as a mask: a star within rings of strokes."""
    size = round(diameter_mm * PX_PER_MM)
    mask = np.zeros((size, size), np.uint8)
    centre = size / 2
    angle = np.linspace(0, 2 * math.pi, 240)
    for ring in (0.22, 0.26, 0.45, 0.5, 0.72, 0.78, 0.95, 0.98):
        _curve(mask, centre + ring * centre * np.cos(angle), centre + ring * centre * np.sin(angle), 150)
    for inner, outer, count in ((0.28, 0.43, 48), (0.53, 0.7, 64), (0.8, 0.93, 80)):
        for turn in np.linspace(0, 2 * math.pi, count, endpoint=False):
            ends = np.array([inner, outer]) * centre
            _curve(mask, centre + ends * math.cos(turn), centre + ends * math.sin(turn + 0.04), 110)
    star = 0.13 + 0.07 * np.cos(14 * angle)
    _curve(mask, centre + star * centre * np.cos(angle), centre + star * centre * np.sin(angle), 160)
    return Image.fromarray(mask)


def lotus(width_mm: float) -> Image.Image:
    """Return a lotus in outline, as a mask."""
    width = round(width_mm * PX_PER_MM)
    height = round(width * 0.6)
    mask = np.zeros((height, width), np.uint8)
    t = np.linspace(0, math.pi, 60)
    for petal in np.linspace(-1.1, 1.1, 7):
        length = height * (0.95 - 0.22 * abs(petal))
        for side in (-0.16, 0.16):
            along = length * np.sin(t / 2)
            out = side * width * np.sin(t)
            x = width / 2 + along * math.sin(petal) + out * math.cos(petal)
            y = height - along * math.cos(petal) + out * math.sin(petal)
            _curve(mask, x, y, 150)
    return Image.fromarray(mask)


def _star(centre: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    cx, cy = centre
    reach = [radius if i % 2 == 0 else radius * 0.4 for i in range(10)]
    return [(cx + r * math.sin(i * math.pi / 5), cy - r * math.cos(i * math.pi / 5)) for i, r in enumerate(reach)]


def emblem(diameter_mm: float) -> Image.Image:
    """Return a red disc with a yellow star in a wreath, RGBA."""
    size = round(diameter_mm * PX_PER_MM * 2)
    picture = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(picture)
    centre, radius = size / 2, size / 2 - 2
    for i in range(36):
        turn = i * math.pi / 18
        x, y = centre + radius * 0.88 * math.cos(turn), centre + radius * 0.88 * math.sin(turn)
        draw.ellipse(
            (x - radius * 0.12, y - radius * 0.09, x + radius * 0.12, y + radius * 0.09), fill=(222, 178, 40, 255)
        )
    draw.ellipse(
        (size * 0.1, size * 0.1, size * 0.9, size * 0.9), fill=(200, 32, 38, 255), outline=(214, 160, 30, 255), width=4
    )
    draw.polygon(_star((centre, centre * 0.9), radius * 0.45), fill=(250, 214, 60, 255))
    draw.pieslice((size * 0.3, size * 0.62, size * 0.7, size * 0.96), 180, 360, fill=(222, 178, 40, 255))
    return picture.resize((size // 2, size // 2), Image.Resampling.BOX)


def stamp(diameter_mm: float, rng: Random) -> Image.Image:
    """Return an office stamp: a double ring with a star and worn ink, RGBA."""
    size = round(diameter_mm * PX_PER_MM)
    mask = Image.new("L", (size, size))
    draw = ImageDraw.Draw(mask)
    draw.ellipse((3, 3, size - 4, size - 4), outline=235, width=7)
    draw.ellipse((size * 0.2, size * 0.2, size * 0.8, size * 0.8), outline=215, width=4)
    draw.polygon(_star((size / 2, size / 2), size * 0.2), fill=215)
    for i in range(46):
        turn = i * math.pi / 23
        cos, sin = math.cos(turn), math.sin(turn)
        reach = size * (0.45 - 0.03 * rng.random())
        draw.line(
            (
                size / 2 + size * 0.36 * cos,
                size / 2 + size * 0.36 * sin,
                size / 2 + reach * cos,
                size / 2 + reach * sin,
            ),
            fill=200,
            width=5,
        )
    picture = Image.new("RGBA", (size, size), (205, 40, 45, 0))
    picture.putalpha(mask.filter(ImageFilter.GaussianBlur(1.2)).point(lambda value: value * 3 // 4))
    return picture.rotate(rng.uniform(-25, 25), Image.Resampling.BILINEAR)


def signature(width_mm: float, rng: Random) -> Image.Image:
    """Return a scrawl, as a mask."""
    width = round(width_mm * PX_PER_MM)
    height = width // 2
    mask = np.zeros((height, width), np.uint8)
    t = np.linspace(0, 1, 160)
    loops = rng.uniform(3, 6)
    x = width * (0.1 + 0.75 * t + 0.08 * np.sin(loops * 7 * t))
    y = height * (0.5 + 0.33 * (1 - t) * np.sin(loops * 6 * t + rng.random()))
    points = (np.stack([x, y], axis=1) * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(mask, [points], isClosed=False, color=(235,), thickness=5, lineType=cv2.LINE_AA, shift=_SHIFT)
    return Image.fromarray(mask)


def contact_chip(size_mm: tuple[float, float]) -> Image.Image:
    """Return the gold contacts of a chip, RGBA."""
    width, height = (round(side * PX_PER_MM) for side in size_mm)
    picture = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle(
        (0, 0, width - 1, height - 1), radius=width // 8, fill=(214, 182, 96, 255), outline=(150, 118, 50, 255), width=3
    )
    lines = (150, 120, 60, 255)
    draw.rounded_rectangle(
        (width * 0.33, height * 0.3, width * 0.67, height * 0.7), radius=width // 14, outline=lines, width=3
    )
    for part in (0.3, 0.5, 0.7):
        draw.line((0, height * part, width * 0.33, height * part), fill=lines, width=3)
        draw.line((width * 0.67, height * part, width, height * part), fill=lines, width=3)
    for start, end in ((0, 0.3), (0.7, 1)):
        draw.line((width * 0.5, height * start, width * 0.5, height * end), fill=lines, width=3)
    return picture


def chip_icon(width_mm: float) -> Image.Image:
    """Return the sign of an electronic document: two bars around a circle, RGBA."""
    width = round(width_mm * PX_PER_MM)
    height = round(width * 0.6)
    picture = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(picture)
    dark = (60, 60, 66, 255)
    draw.rectangle((0, 0, width, height * 0.36), fill=dark)
    draw.rectangle((0, height * 0.64, width, height), fill=dark)
    draw.ellipse((width * 0.3, height * 0.12, width * 0.7, height * 0.88), fill=(225, 225, 220, 255))
    draw.ellipse((width * 0.38, height * 0.26, width * 0.62, height * 0.74), fill=dark)
    return picture
