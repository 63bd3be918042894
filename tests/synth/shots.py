"""How a picture of a card comes about: on a scanner, before a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.synth import camera
from tests.synth.backdrops import make_backdrop
from tests.synth.sheet import WIDTH_MM

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.synth.cards import DrawnCard
    from tests.synth.stock import Shown, Supplies
    from tests.synth.truth import Quad

FRAMES = ((1600, 1200), (1920, 1440), (2016, 1512), (1600, 1200), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Shot:
    """How a photo of a card is taken.

    Attributes:
        size: of the frame in pixels, width and height.
        share: of the frame's width that the card takes.
        turn: degrees by which the card lies askew.
        harshness: factor on tilt, uneven light, blur and grain; 1 is an ordinary photo.
        backgrounds: folder with photos to put the card on.
    """

    size: tuple[int, int]
    share: float
    turn: float = 0.0
    harshness: float = 1.0
    backgrounds: Path | None = None


def photograph(card: DrawnCard, rng: Random, shot: Shot) -> Shown:
    """Return a card as a phone sees it: perspective, uneven light, a shadow, sometimes a thumb or a reflection."""
    frame = make_backdrop(shot.size, rng, shot.backgrounds)
    harsh = shot.harshness
    pose = camera.Pose(shot.turn, rng.gauss(0, 11 * harsh), rng.gauss(0, 11 * harsh), rng.uniform(2.2, 4.5))
    quad = camera.fit_corners(camera.project(pose), shot.size, shot.share, rng)
    camera.cast_shadow(frame, quad, rng)
    truth = camera.put(frame, card.image, card.truth, quad)
    if rng.random() < 0.3:
        camera.draw_thumb(frame, quad, rng)
    if rng.random() < 0.4:
        camera.add_glare(frame, quad, rng)
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.4) * harsh)
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 1.0) * harsh, rng.uniform(1, 5) * harsh)
    return Image.fromarray(frame), (truth,)


def snap(rng: Random, stock: Supplies, turn: float, share: tuple[float, float], card: DrawnCard | None = None) -> Shown:
    """Photograph a card, a random one where None, in a frame of random size."""
    width, height = rng.choice(FRAMES)
    size = (height, width) if rng.random() < 0.4 else (width, height)
    shot = Shot(size, rng.uniform(*share), turn, backgrounds=stock.backgrounds)
    return photograph(card or stock.draw(rng), rng, shot)


def scan(cards: list[DrawnCard], rng: Random, px_per_mm: float, bed_mm: tuple[float, float] | None = None) -> Shown:
    """Return one or two cards on the bed of a scanner, one below the other, slightly askew."""
    usual = (rng.uniform(98, 200), rng.uniform(66, 100) if len(cards) == 1 else rng.uniform(128, 160))
    width_mm, height_mm = bed_mm or usual
    size = (round(width_mm * px_per_mm), round(height_mm * px_per_mm))
    frame = np.full((size[1], size[0], 3), rng.choice((255, 250, 240, 205, 170, 90)), np.uint8)
    truths = []
    for i, card in enumerate(cards):
        corners = camera.project(camera.Pose(turn=rng.gauss(0, 1.2), distance=1e6)) * WIDTH_MM * px_per_mm
        slot = (size[0], size[1] // len(cards))
        quad = camera.fit_corners(corners, slot, float(np.ptp(corners[:, 0])) / slot[0], rng)
        placed = shifted(quad, 0, i * slot[1])
        camera.cast_shadow(frame, placed, rng)
        truths.append(camera.put(frame, card.image, card.truth, placed))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0, 0.5), rng.uniform(0.3, 2))
    return Image.fromarray(frame), tuple(truths)


def shifted(quad: Quad, right: float, down: float) -> Quad:
    """Return the quad at another place."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((ax + right, ay + down), (bx + right, by + down), (cx + right, cy + down), (dx + right, dy + down))
