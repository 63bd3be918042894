"""Pictures with text on them, and where a large detector sees its lines: what the small detector learns from.

`python -m tests.training.pages --count 2000` writes them; cards in scenes, other papers, and blocks of lines of any
size and slant on any ground.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from idscan.engines import rapidocr
from tests.synth import camera
from tests.synth.backdrops import make_backdrop
from tests.synth.fonts import installed_families
from tests.synth.scenes import CARD_SCENES, HARMLESS_SCENES, make_scene
from tests.synth.stock import Supplies
from tests.training import texts
from tests.training.faces import find_faces, split
from tests.training.lines import font_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.training.faces import TrainingFace

SIDE = 512
"""Pixels of the longer side that pictures are kept in; the large detector sees twice as many."""
CELL = 4
"""Pixels of a picture for one cell of the map, either way."""
_STRIDE = 32


def make_picture(rng: Random, faces: Sequence[TrainingFace], supplies: Supplies) -> NDArray[np.uint8]:
    """Make up a picture, shape (height, width, 3), its longer side twice `SIDE`."""
    kind = rng.random()
    if kind < 0.45:
        scene = make_scene(rng.choice(CARD_SCENES), rng.randrange(1 << 30), supplies=supplies)
        picture = _around(np.asarray(scene.image.convert("RGB")), [card.quad for card in scene.cards], rng)
    elif kind < 0.55:
        scene = make_scene(rng.choice(HARMLESS_SCENES), rng.randrange(1 << 30), supplies=supplies)
        picture = np.asarray(scene.image.convert("RGB"))
    else:
        picture = _page(rng, faces)
    scale = 2 * SIDE / max(picture.shape[:2])
    size = [max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in picture.shape[1::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)


def _around(
    picture: NDArray[np.uint8], quads: Sequence[Sequence[tuple[float, float]]], rng: Random
) -> NDArray[np.uint8]:
    """Return the picture, or oftener a card of it with some room, as the straightened view of one is."""
    if not quads or rng.random() < 0.35:
        return picture
    quad = rng.choice(quads)
    room = rng.uniform(0.0, 0.2) * max(abs(quad[0][0] - quad[2][0]), abs(quad[0][1] - quad[2][1]))
    x0, y0 = (max(0, round(min(point[axis] for point in quad) - room)) for axis in (0, 1))
    x1, y1 = (max(0, round(max(point[axis] for point in quad) + room)) for axis in (0, 1))
    part = picture[y0:y1, x0:x1]
    return part if min(part.shape[:2], default=0) > 64 else picture


def _page(rng: Random, faces: Sequence[TrainingFace]) -> NDArray[np.uint8]:
    """Return blocks of lines on paper, screens, tables and photos."""
    width, height = rng.choice(((1024, 768), (1024, 704), (768, 1024), (1024, 1024), (1024, 576), (640, 1024)))
    if rng.random() < 0.55:
        shade = rng.randint(120, 255) if rng.random() < 0.8 else rng.randint(0, 90)
        frame = np.full((height, width, 3), shade, np.float32) + np.array([rng.gauss(0, 12) for _ in range(3)])
        frame = np.clip(frame, 0, 255).astype(np.uint8)
    else:
        frame = make_backdrop((width, height), rng)
    image = Image.fromarray(frame)
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.3:
        _rule(draw, (width, height), rng)
    for _ in range(rng.choice((1, 2, 3, 5))):
        _block(draw, frame, rng, faces)
    picture = np.asarray(image).copy()
    if rng.random() < 0.4:
        picture = _slanted(picture, rng.gauss(0, 8) if rng.random() < 0.7 else rng.choice((90.0, 180.0, 270.0)))
    picture = camera.light(picture, rng, rng.uniform(0, 0.4))
    picture = camera.blur_and_grain(picture, rng, rng.uniform(0, 1.4), rng.uniform(0.3, 6))
    return np.asarray(camera.recompress(Image.fromarray(picture), rng.randint(40, 95)))


def _rule(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: Random) -> None:
    step = rng.randint(24, 120)
    tone = tuple(rng.randint(60, 220) for _ in range(3))
    for y in range(rng.randint(0, step), size[1], step):
        draw.line((0, y, size[0], y), fill=tone, width=rng.choice((1, 1, 2)))
    if rng.random() < 0.5:
        for x in range(rng.randint(0, 200), size[0], rng.randint(80, 300)):
            draw.line((x, 0, x, size[1]), fill=tone, width=1)


def _block(draw: ImageDraw.ImageDraw, frame: NDArray[np.uint8], rng: Random, faces: Sequence[TrainingFace]) -> None:
    height, width = frame.shape[:2]
    size = round(10 * math.exp(rng.random() * math.log(7)))
    face = rng.choice(faces)
    font = font_of(face.path, size)
    left, top = rng.randint(-20, width - 60), rng.randint(-10, height - 30)
    ground = frame[min(max(top, 0), height - 1), min(max(left, 0), width - 1)].astype(int)
    away = 255 if ground.mean() < 128 else 0
    strength = rng.uniform(0.35, 1.0)
    ink = tuple(
        int(min(255, max(0, g + (away - g) * strength + rng.gauss(0, 25)))) for g in (int(one) for one in ground)
    )
    spacing = size * rng.uniform(1.15, 2.4)
    y = float(top)
    for _ in range(rng.choice((1, 2, 4, 8, 14))):
        text = texts.make_text(rng) if face.can_spell else texts.zone_line(rng)
        draw.text((left, y), text[: rng.randint(2, 60)], font=font, fill=ink)
        y += spacing
        if y > height:
            break


def _slanted(picture: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    image = Image.fromarray(picture)
    return np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128)))


def taught(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the picture at half its size and what the large detector sees on it, a cell for each `CELL` pixels."""
    height, width = picture.shape[:2]
    heat = rapidocr.probability_map(picture)
    small = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(heat, (width // 2 // CELL, height // 2 // CELL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.asarray(np.clip(cells * 255, 0, 255), np.uint8)


def main() -> None:
    """Write pictures and maps into a folder, a hundred to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, nargs="+", default=[Path("/usr/share/fonts")])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(".cache/pages"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    faces, _ = split(find_faces(options.fonts))
    supplies = Supplies(installed_families(), None)
    begun = time.monotonic()
    for start in range(0, options.count, 100):
        path = options.folder / f"{options.seed}_{start:05}.npz"
        if path.exists():
            continue
        kept = {}
        for i in range(start, min(start + 100, options.count)):
            picture, cells = taught(make_picture(Random(f"page {options.seed} {i}"), faces, supplies))
            kept[f"picture{i - start}"], kept[f"cells{i - start}"] = picture, cells
        np.savez(path, **kept)
        print(f"{start + 100} pictures, {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
