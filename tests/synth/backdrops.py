"""What cards lie on: wood, cloth, paper, stone, drawn by formula; or a photo from a folder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from numpy.typing import NDArray

_PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def clouds(size: tuple[int, int], rng: np.random.Generator, cells: tuple[int, ...]) -> NDArray[np.float32]:
    """Return smooth noise around zero, of shape (height, width): one layer for each number of cells across."""
    width, height = size
    total = np.zeros((height, width), np.float32)
    for i, count in enumerate(cells):
        coarse = rng.standard_normal((max(2, count * height // width), count), np.float32)
        total += cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC) / (i + 1)
    return total


def _coloured(tone: NDArray[np.float32], dark: tuple[int, int, int], light: tuple[int, int, int]) -> NDArray[np.uint8]:
    weight = np.clip(tone, 0, 1)[..., None]
    return (np.array(dark, np.float32) * (1 - weight) + np.array(light, np.float32) * weight).astype(np.uint8)


def _wood(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    width, height = size
    strand = rng.standard_normal((height // 3, 6), np.float32)
    fibre = cv2.resize(strand, size, interpolation=cv2.INTER_LINEAR)
    y = np.arange(height, dtype=np.float32)[:, None] / height
    rings = np.sin(2 * math.pi * (rng.uniform(4, 9) * y + 0.8 * clouds(size, rng, (3,))))
    tone = 0.5 + 0.2 * rings + 0.13 * fibre
    shades = (((92, 58, 34), (166, 116, 74)), ((150, 112, 76), (208, 174, 132)), ((48, 34, 28), (96, 70, 56)))
    picture = _coloured(tone, *shades[rng.integers(len(shades))])
    for seam in range(int(rng.integers(0, 3))):
        at = int(height * (0.2 + 0.3 * seam + 0.1 * rng.random()))
        picture[at : at + max(2, height // 400)] //= 2
    return picture if width >= height else np.ascontiguousarray(picture[::-1])


def _cloth(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    width, height = size
    pitch = rng.uniform(5, 9)
    x = np.sin(np.arange(width, dtype=np.float32) * 2 * math.pi / pitch)[None]
    y = np.sin(np.arange(height, dtype=np.float32) * 2 * math.pi / pitch)[:, None]
    tone = 0.5 + 0.14 * x * y + 0.12 * clouds(size, rng, (4, 90))
    if rng.random() < 0.5:
        stripe = width / rng.uniform(5, 11)
        tone += 0.14 * (np.sin(np.arange(width) * 2 * math.pi / stripe) > 0.2)[None].astype(np.float32)
        tone += 0.14 * (np.sin(np.arange(height) * 2 * math.pi / stripe) > 0.2)[:, None].astype(np.float32)
    shades = (((60, 70, 100), (140, 150, 180)), ((120, 40, 46), (196, 120, 116)), ((160, 152, 140), (226, 220, 208)))
    return _coloured(tone, *shades[rng.integers(len(shades))])


def _paper(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    tone = 0.6 + 0.18 * clouds(size, rng, (2, 5)) + 0.05 * clouds(size, rng, (200,))
    picture = _coloured(tone, (206, 204, 198), (250, 249, 245))
    if rng.random() < 0.4:
        step = int(rng.integers(36, 70))
        picture[::step] = (170, 188, 214)
    return picture


def _stone(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    tone = 0.5 + 0.12 * clouds(size, rng, (6, 14, 40, 160, 400))
    shades = (((90, 90, 92), (178, 176, 172)), ((206, 202, 194), (244, 242, 238)), ((34, 36, 40), (84, 86, 92)))
    return _coloured(tone, *shades[rng.integers(len(shades))])


_DRAWN: tuple[Callable[[tuple[int, int], np.random.Generator], NDArray[np.uint8]], ...] = (
    _wood,
    _cloth,
    _paper,
    _stone,
)


def make_backdrop(size: tuple[int, int], rng: Random, folder: Path | None = None) -> NDArray[np.uint8]:
    """Return a ground of a size (width, height): drawn, or where a folder is given, mostly one of its pictures."""
    photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES) if folder else []
    if photos and rng.random() < 0.7:
        with Image.open(rng.choice(photos)) as photo:
            photo.draft("RGB", size)
            fitted = ImageOps.fit(photo.convert("RGB"), size, Image.Resampling.BILINEAR)
        return np.array(fitted)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    return rng.choice(_DRAWN)(size, noise)


def starry(size: tuple[int, int], rng: Random) -> NDArray[np.uint8]:
    """Return a dark or light ground strewn with spots of any size and colour, as cloth and photos of the sky are."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    is_dark = rng.random() < 0.7
    frame = np.full((size[1], size[0], 3), rng.randint(4, 30) if is_dark else rng.randint(200, 240), np.uint8)
    for _ in range(rng.randint(300, 1500)):
        at = (int(noise.uniform(0, size[0])), int(noise.uniform(0, size[1])))
        reach = min(1 + noise.pareto(1.4), 18) * size[0] / 2000
        axes = (max(1, round(reach)), max(1, round(reach * noise.uniform(0.3, 1))))
        colour = tuple(int(level) for level in noise.uniform(60, 255, 3))
        cv2.ellipse(frame, at, axes, noise.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 0.8), np.uint8)
