"""Drawn heads and fingerprints: no picture of anybody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.synth.sheet import PX_PER_MM

if TYPE_CHECKING:
    from random import Random


def draw_portrait(size_mm: tuple[float, float], rng: Random, *, is_female: bool) -> Image.Image:
    """Return a drawn head and shoulders before a plain ground, RGB."""
    width, height = (round(side * PX_PER_MM) for side in size_mm)
    picture = Image.new("RGB", (width, height), rng.choice(((196, 214, 232), (228, 232, 236), (112, 150, 200))))
    draw = ImageDraw.Draw(picture)
    skin = rng.choice(((226, 184, 152), (206, 160, 124), (238, 200, 172), (186, 140, 106)))
    shadow = (int(skin[0] * 0.82), int(skin[1] * 0.78), int(skin[2] * 0.75))
    hair = rng.choice(((28, 24, 24), (44, 34, 30), (120, 116, 114)))
    cloth = rng.choice(((240, 240, 244), (52, 60, 86), (150, 60, 66), (90, 120, 100), (30, 30, 34)))
    cx, cy = width * 0.5, height * 0.45
    rx, ry = width * rng.uniform(0.22, 0.25), height * rng.uniform(0.2, 0.225)
    if is_female:
        draw.ellipse((cx - rx * 1.4, cy - ry * 1.35, cx + rx * 1.4, cy + ry * 2.0), fill=hair)
    draw.ellipse((width * 0.02, height * 0.74, width * 0.98, height * 1.5), fill=cloth)
    draw.rectangle((cx - rx * 0.5, cy + ry * 0.6, cx + rx * 0.5, height * 0.79), fill=shadow)
    draw.polygon(((cx - rx * 0.7, height * 0.76), (cx, height * 0.9), (cx + rx * 0.7, height * 0.76)), fill=skin)
    draw.ellipse((cx - rx * 1.32, cy - ry * 1.3, cx + rx * 1.32, cy + ry * 0.5), fill=hair)
    for side in (-1, 1):
        ear = cx + side * rx * 1.02
        draw.ellipse((ear - rx * 0.14, cy - ry * 0.2, ear + rx * 0.14, cy + ry * 0.25), fill=shadow)
    draw.ellipse((cx - rx, cy - ry, cx + rx, cy + ry * 1.05), fill=skin)
    draw.pieslice((cx - rx * 1.08, cy - ry * 1.15, cx + rx * 1.08, cy + ry * 0.2), 182, 358, fill=hair)
    _draw_features(draw, (cx, cy), (rx, ry), shadow)
    soft = picture.filter(ImageFilter.GaussianBlur(width / 160))
    grain = np.random.default_rng(rng.randrange(1 << 30)).normal(0, 4, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(soft, np.float32) + grain, 0, 255).astype(np.uint8))


def _draw_features(
    draw: ImageDraw.ImageDraw, centre: tuple[float, float], radii: tuple[float, float], shadow: tuple[int, int, int]
) -> None:
    (cx, cy), (rx, ry) = centre, radii
    dark = (36, 28, 28)
    for side in (-1, 1):
        eye = cx + side * rx * 0.42
        draw.ellipse((eye - rx * 0.2, cy - ry * 0.08, eye + rx * 0.2, cy + ry * 0.1), fill=(244, 240, 238))
        draw.ellipse((eye - rx * 0.09, cy - ry * 0.07, eye + rx * 0.09, cy + ry * 0.09), fill=dark)
        draw.arc((eye - rx * 0.26, cy - ry * 0.32, eye + rx * 0.26, cy + ry * 0.05), 200, 340, fill=dark, width=4)
    draw.line((cx, cy + ry * 0.05, cx - rx * 0.1, cy + ry * 0.38, cx + rx * 0.08, cy + ry * 0.4), fill=shadow, width=4)
    draw.ellipse((cx - rx * 0.3, cy + ry * 0.56, cx + rx * 0.3, cy + ry * 0.72), fill=(178, 96, 92))
    draw.line((cx - rx * 0.3, cy + ry * 0.64, cx + rx * 0.3, cy + ry * 0.64), fill=(140, 70, 70), width=3)


def draw_fingerprint(size_mm: tuple[float, float], rng: Random) -> Image.Image:
    """Return made-up ridges within an oval, as a mask."""
    width, height = (round(side * PX_PER_MM) for side in size_mm)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x - width / 2) / (width / 2), (y - height * 0.55) / (height / 2)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    waver = cv2.resize(noise.normal(0, 1, (7, 6)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    bend = 0.5 + rng.uniform(-0.2, 0.2)
    distance = np.sqrt((u * 1.1 + bend * v * u) ** 2 + (v * 0.75 + 0.25 * u * u) ** 2) + 0.06 * waver
    ridges = np.sin(distance * math.pi * rng.uniform(22, 27) + 0.6 * np.arctan2(v, u))
    worn = 0.35 * cv2.resize(noise.normal(0, 1, (24, 20)).astype(np.float32), (width, height))
    inside = (u * u + v * v * 0.9 < 0.88).astype(np.float32)
    ink = np.clip((ridges + worn) * 2, 0, 1) * cv2.GaussianBlur(inside, (0, 0), 4)
    return Image.fromarray((ink * 200).astype(np.uint8))
