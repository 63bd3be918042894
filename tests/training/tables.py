"""Small pictures of tables with cards on them, made by the thousand: what the locator of cards learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageOps

from tests.synth import camera
from tests.synth.backdrops import make_backdrop
from tests.synth.cards import FACES, FREE_FACE, OLDER_FACES, draw_card
from tests.synth.effects import shake
from tests.synth.scenes import HARMLESS_SCENES, make_scene
from tests.synth.truth import box_quad

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.truth import Quad

CELL = 8
"""Pixels of the picture for each cell of what the locator says."""
UNIT = 32.0
"""Pixels that it counts corners in."""

CARD_WIDTH = 400
_GROUND_SIDE = 460
_CORE = 0.5
"""Of a card, around its middle: there the map says "card"; around it, it may say anything."""
_MOST_TRIES = 12
_SMALLEST, _LARGEST = 32.0, 300.0
"""Pixels along a card's longer side."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What tables are set from: cards as RGBA pictures, and grounds without any."""

    cards: list[NDArray[np.uint8]]
    grounds: list[NDArray[np.uint8]]


def make_stock(rng: Random, per_face: int, families: tuple[str, ...], folder: Path | None) -> Stock:
    """Draw cards, and gather grounds: harmless pictures, and those of a folder if there is one."""
    cards = []
    for face in (*FACES, *OLDER_FACES, *(FREE_FACE,) * 5):
        for _ in range(per_face):
            card = draw_card(face, rng.randrange(1 << 30), families=families).image
            height = round(CARD_WIDTH * card.height / card.width)
            cards.append(np.asarray(card.resize((CARD_WIDTH, height), Image.Resampling.BOX)))
    grounds = [
        _reduced(make_scene(HARMLESS_SCENES[i % len(HARMLESS_SCENES)], rng.randrange(1 << 30), families).image)
        for i in range(12 * per_face // 5)
    ]
    for path in sorted(folder.rglob("*")) if folder else []:
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}:
            with Image.open(path) as picture:
                grounds.append(_reduced(picture.convert("RGB")))
    return Stock(cards, grounds)


def _reduced(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.contain(picture, (_GROUND_SIDE, _GROUND_SIDE), Image.Resampling.BOX))


def set_table(stock: Stock, rng: Random, side: int) -> tuple[NDArray[np.uint8], list[Quad]]:
    """Return a square picture and the outlines of the cards on it, each from the card's own top-left corner."""
    frame = _ground(stock, rng, side)
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        _lay_other(frame, stock, rng)
    quads: list[Quad] = []
    for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2, 2, 3, 5))):
        quad = _free_place(quads, rng, side)
        if quad is None:
            continue
        if rng.random() < 0.5:
            camera.cast_shadow(frame, quad, rng)
        _paint(frame, _faded(rng.choice(stock.cards), rng), quad)
        if rng.random() < 0.25:
            _cover(frame, quad, rng)
        quads.append(quad)
    if rng.random() < 0.15:
        frame = np.ascontiguousarray(frame[:, ::-1])
        quads = [_mirrored(quad, side) for quad in quads]
    return _seen(frame, rng), quads


def _ground(stock: Stock, rng: Random, side: int) -> NDArray[np.uint8]:
    chance = rng.random()
    if chance < 0.15:
        return make_backdrop((side, side), rng)
    if chance < 0.3:
        tone = [rng.randint(150, 255) if rng.random() < 0.6 else rng.randint(0, 120)] * 3
        tint = np.array([part + rng.randint(-12, 12) for part in tone]).clip(0, 255)
        return np.full((side, side, 3), tint, np.uint8)
    ground = rng.choice(stock.grounds)
    height, width = ground.shape[:2]
    share = rng.uniform(0.35, 1.0)
    high, wide = max(16, int(height * share)), max(16, int(width * share))
    top, left = rng.randint(0, height - high), rng.randint(0, width - wide)
    part = np.rot90(ground[top : top + high, left : left + wide], rng.choice((0, 0, 0, 1, 2, 3)))
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8).copy()


def _free_place(taken: list[Quad], rng: Random, side: int) -> Quad | None:
    """Return a place that overlaps no other, partly outside the picture at times; None where none is found."""
    for _ in range(_MOST_TRIES):
        turn = rng.uniform(0, 360) if rng.random() < 0.4 else rng.gauss(0, 7) + rng.choice((0, 0, 0, 90, 180, 270))
        pose = camera.Pose(turn, rng.gauss(0, 11), rng.gauss(0, 11), rng.uniform(2.2, 5))
        size = math.exp(rng.uniform(math.log(_SMALLEST), math.log(_LARGEST)))
        size = size * 0.5 if taken and size > side / 2 else size
        corners = camera.project(pose) * size
        extent = corners.max(axis=0) - corners.min(axis=0)
        loss = rng.uniform(0, 0.3) if rng.random() < 0.2 else 0.0
        low, high = -loss * extent, side - (1 - loss) * extent
        middle = (low + high) / 2
        at = np.array([rng.uniform(*sorted(pair)) for pair in zip(low, high, strict=True)])
        at = np.where(high > low, at, middle)
        placed = [(float(x), float(y)) for x, y in corners - corners.min(axis=0) + at]
        quad: Quad = (placed[0], placed[1], placed[2], placed[3])
        if not any(_touch(quad, other) for other in taken):
            return quad
    return None


def _touch(first: Quad, second: Quad) -> bool:
    area, _ = cv2.intersectConvexConvex(np.array(first, np.float32), np.array(second, np.float32))
    return bool(area > 0)


def _paint(frame: NDArray[np.uint8], card: NDArray[np.uint8], quad: Quad) -> None:
    """Draw a card on a quad, its parts outside the frame left out."""
    width = math.dist(quad[0], quad[1])
    size = (max(8, min(card.shape[1], round(1.2 * width))), max(6, round(1.2 * width * card.shape[0] / card.shape[1])))
    small = cv2.resize(card, size, interpolation=cv2.INTER_AREA)
    matrix = cv2.getPerspectiveTransform(np.array(box_quad(0, 0, *size), np.float32), np.array(quad, np.float32))
    warped = cv2.warpPerspective(small, matrix, frame.shape[1::-1], flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3:].astype(np.float32) / 255
    frame[:] = (frame * (1 - alpha) + warped[..., :3] * alpha + 0.5).astype(np.uint8)


def _faded(card: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    if rng.random() < 0.65:
        return card
    changed = card.astype(np.float32)
    towards = np.array(rng.choice(((250, 250, 246), (226, 214, 184), (200, 200, 205))), np.float32)
    share = rng.uniform(0.1, 0.55)
    changed[..., :3] = changed[..., :3] * (1 - share) + towards * share
    return changed.astype(np.uint8)


def _lay_other(frame: NDArray[np.uint8], stock: Stock, rng: Random) -> None:
    """Lay something flat that is no card: a part of a harmless picture, or a plain sheet, of any proportions."""
    side = frame.shape[0]
    ground = rng.choice(stock.grounds)
    high, wide = (rng.randint(30, max(31, extent)) for extent in ground.shape[:2])
    part = ground[:high, :wide] if rng.random() < 0.7 else np.full((high, wide, 3), rng.randint(190, 255), np.uint8)
    sheet = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
    pose = camera.Pose(rng.gauss(0, 20), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 5))
    corners = camera.project(pose, wide / high) * rng.uniform(0.2, 0.9) * side
    placed = corners + np.array([rng.uniform(0.2, 0.8) * side, rng.uniform(0.2, 0.8) * side])
    points = [(float(x), float(y)) for x, y in placed]
    _paint(frame, sheet, (points[0], points[1], points[2], points[3]))


def _cover(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Put a finger or a sticker over a part of a card's rim."""
    corners = np.array(quad)
    i, share = rng.randrange(4), rng.random()
    at = corners[i] + (corners[(i + 1) % 4] - corners[i]) * share
    radius = max(2, int(math.dist(quad[0], quad[1]) * rng.uniform(0.04, 0.12)))
    colour = rng.choice(((214, 168, 140), (188, 140, 110), (250, 250, 246), (250, 226, 90), (40, 40, 44)))
    outward = at - corners.mean(axis=0)
    end = at + outward * rng.uniform(0.2, 1.2)
    cv2.line(frame, tuple(int(v) for v in at), tuple(int(v) for v in end), colour, 2 * radius, cv2.LINE_AA)


def _noise(rng: Random, side: int) -> NDArray[np.float32]:
    """Return a part of one field of noise: drawing it anew for each picture would take most of the time."""
    field = _noise_field()
    top, left = (rng.randrange(len(field) - side) for _ in range(2))
    return field[top : top + side, left : left + side]


@lru_cache(maxsize=1)
def _noise_field() -> NDArray[np.float32]:
    noise = np.random.default_rng(0).standard_normal((640, 640, 3), np.float32)
    return np.asarray(0.8 * noise[..., :1] + 0.5 * noise, np.float32)


def _mirrored(quad: Quad, side: int) -> Quad:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((side - ax, ay), (side - bx, by), (side - cx, cy), (side - dx, dy))


def _seen(frame: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Return a picture as a camera gives it: light, colour, blur, noise, JPEG."""
    changed = camera.light(frame, rng, rng.uniform(0.0, 0.45))
    chance = rng.random()
    if chance < 0.1:
        grey = cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY)
        steep = rng.choice((1.0, 1.0, 2.5))
        grey = np.clip((grey.astype(np.float32) - 128) * steep + 140, 0, 255).astype(np.uint8)
        changed = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8)
    elif chance < 0.3:
        gain = np.array([rng.uniform(0.8, 1.15) for _ in range(3)], np.float32)
        changed = np.clip(changed * gain, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        changed = (changed * rng.uniform(0.15, 0.6)).astype(np.uint8)
    if rng.random() < 0.15:
        changed = shake(changed, rng.uniform(1.5, 5), rng.uniform(0, 180))
    sigma, grain = rng.choice((0.0, 0.4, 0.8, 1.2)), rng.uniform(0, 6)
    changed = cv2.GaussianBlur(changed, (0, 0), sigma).astype(np.uint8) if sigma else changed
    changed = np.clip(changed + grain * _noise(rng, changed.shape[0]), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, stored = cv2.imencode(".jpg", changed, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(35, 92)])
        changed = cv2.imdecode(stored, cv2.IMREAD_COLOR).astype(np.uint8)
    return np.ascontiguousarray(changed)


def maps_of(quads: Sequence[Quad], side: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return what the network should say: where cards are (0, 1), where that counts (0, 1), their corners.

    Shapes (rows, columns), (rows, columns) and (8, rows, columns); corners in units, seen from each cell's middle.
    """
    cells = side // CELL
    cores, counts = np.zeros((cells, cells), np.float32), np.ones((cells, cells), np.float32)
    corners = np.zeros((8, cells, cells), np.float32)
    centres = (np.arange(cells, dtype=np.float32) + 0.5) * CELL
    for quad in quads:
        points = np.array(quad, np.float32)
        middle = points.mean(axis=0)
        whole, core = points / CELL - 0.5, (middle + (points - middle) * _CORE) / CELL - 0.5
        ring, inside = (np.zeros((cells, cells), np.uint8) for _ in range(2))
        cv2.fillConvexPoly(ring, np.rint(whole).astype(np.int32), 1)
        cv2.fillConvexPoly(inside, np.rint(core).astype(np.int32), 1)
        counts[(ring == 1) & (inside == 0)] = 0
        rows, columns = np.nonzero(inside)
        cores[rows, columns], counts[rows, columns] = 1, 1
        for i, (x, y) in enumerate(points):
            corners[2 * i, rows, columns] = (x - centres[columns]) / UNIT
            corners[2 * i + 1, rows, columns] = (y - centres[rows]) / UNIT
    return cores, counts, corners
