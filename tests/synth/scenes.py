"""Pictures of made-up cards, and harmless pictures, each from a name and a seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.synth import camera, harmless
from tests.synth.backdrops import make_backdrop
from tests.synth.cards import FACES, DrawnCard, Face, draw_card
from tests.synth.sheet import WIDTH_MM
from tests.synth.truth import Scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.truth import CardTruth, Quad


@dataclass(frozen=True, slots=True)
class Supplies:
    """What scenes are made from.

    Attributes:
        families: names of font families; DejaVu alone where None.
        backgrounds: folder with photos to put cards on; grounds are drawn where None.
        faces: cards to choose from.
        has_watermark: whether cards say that they are specimens.
    """

    families: tuple[str, ...] | None = None
    backgrounds: Path | None = None
    faces: tuple[Face, ...] = FACES
    has_watermark: bool = False


_Taken = tuple[Image.Image, "tuple[CardTruth, ...]", "int | None"]

_FRAMES = ((1600, 1200), (1920, 1440), (2016, 1512), (1600, 1200), (1920, 1080))
_SOCIAL_SIDES = (2048, 1600, 1280, 1080, 960, 720)
_SCAN_DPI = (150, 200, 200, 300, 300)
_MM_PER_INCH = 25.4


def make_scene(
    name: str,
    seed: int,
    families: tuple[str, ...] | None = None,
    backgrounds: Path | None = None,
    *,
    supplies: Supplies | None = None,
) -> Scene:
    """Make one picture.

    Args:
        name: one of `SCENES`.
        seed: the same name, seed and supplies give the same pixels.
        families: names of font families to choose from (`tests.synth.fonts.installed_families`).
        backgrounds: folder with photos to put cards on.
        supplies: families and backgrounds together with which cards to show; stands for both where given.
    """
    stock = supplies or Supplies(families, backgrounds)
    rng = Random(f"{name} {seed}")
    if name in _CARD_SCENES:
        image, cards, quality = _CARD_SCENES[name](rng, stock)
    else:
        image, quality = harmless.HARMLESS[name](rng, stock.families, stock.backgrounds)
        cards = ()
    return Scene(name, seed, image, quality, cards)


def _draw(rng: Random, stock: Supplies, face: Face | None = None) -> DrawnCard:
    return draw_card(
        face or rng.choice(stock.faces),
        rng.randrange(1 << 30),
        families=stock.families,
        has_watermark=stock.has_watermark,
    )


def _flat_scan(rng: Random, stock: Supplies) -> _Taken:
    """Lay one card, two people's cards, or both sides of one card on a scanner."""
    px_per_mm = rng.choice(_SCAN_DPI) / _MM_PER_INCH
    shown = [_draw(rng, stock)]
    if rng.random() < 0.35:
        shown.append(_second_card(shown[0], rng, stock))
    image, truths = scan(shown, rng, px_per_mm)
    if rng.random() < 0.12:
        image = image.convert("L").convert("RGB")
    return image, truths, rng.choice((None, 95, 90, 85))


def scan(
    cards: list[DrawnCard], rng: Random, px_per_mm: float, bed_mm: tuple[float, float] | None = None
) -> tuple[Image.Image, tuple[CardTruth, ...]]:
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
        placed = _shifted(quad, i * slot[1])
        camera.cast_shadow(frame, placed, rng)
        truths.append(camera.put(frame, card.image, card.truth, placed))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0, 0.5), rng.uniform(0.3, 2))
    return Image.fromarray(frame), tuple(truths)


def _second_card(first: DrawnCard, rng: Random, stock: Supplies) -> DrawnCard:
    """Return the other side of the first card where it has one among the faces, or somebody else's card."""
    truth = first.truth
    other = "back" if truth.side == "front" else "front"
    sides = [
        face
        for face in stock.faces
        if (face.kind, face.side) == (truth.kind, other) and face.is_child == truth.person.is_child
    ]
    if sides and rng.random() < 0.6:
        return draw_card(
            sides[0],
            rng.randrange(1 << 30),
            families=stock.families,
            person=truth.person,
            has_watermark=stock.has_watermark,
        )
    return _draw(rng, stock)


def _shifted(quad: Quad, down: float) -> Quad:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return ((ax, ay + down), (bx, by + down), (cx, cy + down), (dx, dy + down))


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


def photograph(card: DrawnCard, rng: Random, shot: Shot) -> tuple[Image.Image, tuple[CardTruth, ...]]:
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


def _snap(
    rng: Random, stock: Supplies, turn: float, share: tuple[float, float]
) -> tuple[Image.Image, tuple[CardTruth, ...]]:
    """Photograph a random card in a frame of random size."""
    width, height = rng.choice(_FRAMES)
    size = (height, width) if rng.random() < 0.4 else (width, height)
    shot = Shot(size, rng.uniform(*share), turn, backgrounds=stock.backgrounds)
    return photograph(_draw(rng, stock), rng, shot)


def _hand_held(rng: Random, stock: Supplies) -> _Taken:
    """A photo as a phone takes it."""
    return *_snap(rng, stock, rng.gauss(0, 5), (0.35, 0.9)), rng.choice((95, 92, 88))


def _turned(rng: Random, stock: Supplies) -> _Taken:
    """A photo of a card that lies on its side, upside down or askew."""
    quarter = rng.choice((90, 180, 270)) + rng.gauss(0, 3)
    turn = quarter if rng.random() < 0.6 else rng.uniform(0, 360)
    return *_snap(rng, stock, turn, (0.45, 0.9)), rng.choice((95, 92, 88))


def _social(rng: Random, stock: Supplies) -> _Taken:
    """A photo with a large card as social media hand it out: resized, compressed once or twice."""
    turn = rng.gauss(0, 4) if rng.random() < 0.85 else rng.choice((90, 180, 270)) + rng.gauss(0, 3)
    image, truths = _snap(rng, stock, turn, (0.7, 0.96))
    image, truths = camera.resize(image, truths, rng.choice(_SOCIAL_SIDES))
    if rng.random() < 0.35:
        image = camera.recompress(image, rng.randint(75, 90))
    return image, truths, rng.randint(70, 85)


_CARD_SCENES: dict[str, Callable[[Random, Supplies], _Taken]] = {
    "flat_scan": _flat_scan,
    "hand_held": _hand_held,
    "turned": _turned,
    "social": _social,
}

CARD_SCENES = tuple(_CARD_SCENES)
HARMLESS_SCENES = tuple(harmless.HARMLESS)
SCENES = CARD_SCENES + HARMLESS_SCENES


def save(scene: Scene, path: Path) -> None:
    """Write the picture in the format of the path's suffix; the scene's own quality and 4:2:0 for JPEG."""
    if path.suffix == ".png":
        scene.image.save(path, compress_level=6)
    elif path.suffix == ".webp":
        scene.image.save(path, quality=scene.jpeg_quality or 85, method=4)
    else:
        scene.image.save(path, quality=scene.jpeg_quality or 92, subsampling="4:2:0")
