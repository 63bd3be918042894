"""Cards that are hard to see: small, dark, shaken, covered, pale, in plastic, on a screen, cut off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from tests.synth import camera, effects
from tests.synth.backdrops import clouds, make_backdrop
from tests.synth.cards import FREE_FACE, OLDER_FACES, DrawnCard, Face
from tests.synth.shots import FRAMES, Shot, photograph, snap
from tests.synth.truth import box_quad, map_quad

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.stock import Supplies, Taken
    from tests.synth.truth import CardTruth, Quad

_CHILD = (Face("can_cuoc", "front", is_child=True), Face("can_cuoc", "back", is_child=True))
_PAPER_CARD = Face("cmnd_9", "front")
_COVERABLE_OF_CODE = 0.03
"""Share of a QR code that may be covered before it is no longer counted as readable."""


def distant(rng: Random, stock: Supplies) -> Taken:
    """A card that takes a quarter to a third of the frame's width."""
    return *snap(rng, stock, rng.gauss(0, 7), (0.25, 0.34)), rng.choice((95, 90, 85))


def small(width: int) -> Callable[[Random, Supplies], Taken]:
    """Return the scene of a card so many pixels wide in a frame 1200 pixels wide."""

    def take(rng: Random, stock: Supplies) -> Taken:
        shot = Shot((1200, 900), width / 1200, rng.gauss(0, 4), 0.5, stock.backgrounds)
        return *photograph(stock.draw(rng), rng, shot), rng.choice((95, 92, 88))

    return take


def child(rng: Random, stock: Supplies) -> Taken:
    """A young child's card of 2024, which bears no portrait."""
    return *snap(rng, stock, rng.gauss(0, 5), (0.4, 0.9), stock.draw(rng, rng.choice(_CHILD))), rng.choice((95, 88))


def older(rng: Random, stock: Supplies) -> Taken:
    """A plastic card from before the chip, with a barcode on its back."""
    return *snap(rng, stock, rng.gauss(0, 5), (0.4, 0.9), stock.draw(rng, rng.choice(OLDER_FACES))), rng.choice(
        (95, 88)
    )


def free(rng: Random, stock: Supplies) -> Taken:
    """A card laid out as no real one is."""
    return *snap(rng, stock, rng.gauss(0, 5), (0.5, 0.92), stock.draw(rng, FREE_FACE)), rng.choice((95, 88))


def worn(rng: Random, stock: Supplies) -> Taken:
    """A paper card after years in a pocket."""
    card = stock.draw(rng, _PAPER_CARD)
    aged = DrawnCard(effects.wear(card.image, rng), card.truth)
    return *snap(rng, stock, rng.gauss(0, 5), (0.45, 0.9), aged), rng.choice((95, 88))


def pale(rng: Random, stock: Supplies) -> Taken:
    """A pale card on pale paper."""
    size = rng.choice(FRAMES)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    tone = 244 + 4 * clouds(size, noise, (2, 5))[..., None]
    frame = np.clip(np.repeat(tone, 3, axis=2), 0, 255).astype(np.uint8)
    card = stock.draw(rng)
    faded = effects.fade(card.image, rng, rng.uniform(0.3, 0.55), (246, 246, 242))
    pose = camera.Pose(rng.gauss(0, 4), rng.gauss(0, 6), rng.gauss(0, 6), rng.uniform(2.5, 4.5))
    quad = camera.fit_corners(camera.project(pose), size, rng.uniform(0.45, 0.85), rng)
    truth = camera.put(frame, faded, card.truth, quad)
    frame = camera.light(frame, rng, rng.uniform(0.03, 0.15))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 3))
    return Image.fromarray(frame), (truth,), rng.choice((95, 90, 85))


def in_sleeve(rng: Random, stock: Supplies) -> Taken:
    """A card in a plastic sleeve that reflects the light."""
    size = rng.choice(FRAMES)
    frame, truth, quad = _laid(rng, stock, size, rng.gauss(0, 5), (0.5, 0.85))
    effects.sleeve(frame, quad, rng)
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.25))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4))
    return Image.fromarray(frame), (truth,), rng.choice((95, 90, 85))


def dark(rng: Random, stock: Supplies) -> Taken:
    """A card by little light, with the noise of a small sensor."""
    size = rng.choice(FRAMES)
    frame, truth, _ = _laid(rng, stock, size, rng.gauss(0, 5), (0.5, 0.9))
    frame = camera.light(frame, rng, rng.uniform(0.1, 0.4))
    frame = effects.darken(frame, rng, rng.uniform(0.03, 0.12), rng.uniform(4, 10))
    return Image.fromarray(frame), (truth,), rng.choice((92, 88, 82))


def shaken(rng: Random, stock: Supplies) -> Taken:
    """A card before a camera that moved."""
    size = rng.choice(FRAMES)
    frame, truth, quad = _laid(rng, stock, size, rng.gauss(0, 5), (0.55, 0.9))
    length = math.dist(quad[0], quad[1]) * rng.uniform(0.005, 0.011)
    frame = effects.shake(frame, length, rng.uniform(0, 180))
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    frame = camera.blur_and_grain(frame, rng, 0.3, rng.uniform(1, 4))
    return Image.fromarray(frame), (truth,), rng.choice((92, 88, 82))


def screen(rng: Random, stock: Supplies) -> Taken:
    """A photo of a screen that shows a photo of a card: its dots beat with the sensor's."""
    width, height = rng.choice(((1280, 720), (1366, 768), (1100, 800)))
    inner = make_backdrop((width, height), rng, stock.backgrounds)
    card = stock.draw(rng)
    pose = camera.Pose(rng.gauss(0, 3), rng.gauss(0, 5), rng.gauss(0, 5))
    within = camera.fit_corners(camera.project(pose), (width, height), rng.uniform(0.5, 0.8), rng)
    truth = camera.put(inner, card.image, card.truth, within)
    size = rng.choice(FRAMES)
    frame = np.full((size[1], size[0], 3), rng.randint(10, 40), np.uint8)
    tilt = camera.Pose(rng.gauss(0, 2), rng.gauss(0, 6), rng.gauss(0, 6), rng.uniform(2.5, 4.5))
    quad = camera.fit_corners(camera.project(tilt, width / height), size, rng.uniform(0.85, 0.96), rng)
    truths = effects.draw_screen(frame, Image.fromarray(inner), quad, (truth,), rng)
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.7), rng.uniform(1, 4))
    return Image.fromarray(frame), truths, rng.choice((92, 88, 82))


def covered(rng: Random, stock: Supplies) -> Taken:
    """A card with stickers or fingers over corners, margins and a part of its QR code."""
    size = rng.choice(FRAMES)
    frame, truth, quad = _laid(rng, stock, size, rng.gauss(0, 5), (0.5, 0.9))
    to_frame = np.asarray(
        cv2.getPerspectiveTransform(np.array(box_quad(0, 0, 1, 1), np.float32), np.array(quad, np.float32))
    )
    hidden = [_corner_place(rng) for _ in range(rng.randint(1, 2))]
    code = truth.fields.get("qr")
    places = [map_quad(place, to_frame) for place in hidden]
    if code is not None and rng.random() < 0.7:
        places.append(_part_of(code.quad, rng))
    outlines = [effects.stick(frame, place, rng) for place in places]
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 4))
    seen = truth.seen(lambda source, place: is_bare(source, place, outlines, size))
    return Image.fromarray(frame), (seen,), rng.choice((95, 90, 85))


def _corner_place(rng: Random) -> Quad:
    """Return a place over one corner of the unit card."""
    x, y = rng.choice(((0, 0), (1, 0), (1, 1), (0, 1)))
    wide, high = rng.uniform(0.06, 0.16), rng.uniform(0.08, 0.2)
    x += rng.uniform(-0.02, 0.02)
    return box_quad(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _part_of(quad: Quad, rng: Random) -> Quad:
    """Return a part of a code, a tenth of it at most."""
    side = rng.uniform(0.15, 0.32)
    x, y = rng.uniform(0, 1 - side), rng.uniform(0, 1 - side)
    unit = np.array(box_quad(0, 0, 1, 1), np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(unit, np.array(quad, np.float32)))
    return map_quad(box_quad(x, y, x + side, y + side), matrix)


def is_bare(source: str, place: Quad, covers: list[Quad], size: tuple[int, int]) -> bool:
    """Return whether nothing lies over a place, or of a QR code no more than it can spare."""
    shown = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(shown, np.array(place, np.float32).astype(np.int32), 1)
    total = int(shown.sum())
    for cover in covers:
        cv2.fillConvexPoly(shown, np.array(cover, np.float32).astype(np.int32), 0)
    lost = 1 - int(shown.sum()) / max(total, 1)
    return lost <= (_COVERABLE_OF_CODE if source == "qr" else 0.0)


def cropped(rng: Random, stock: Supplies) -> Taken:
    """A photo cut so that no corner of the card is in it, nor any of its edges in full."""
    picture, truths = snap(rng, stock, rng.gauss(0, 2.5), (0.8, 0.95))
    truth = truths[0]
    xs, ys = zip(*truth.quad, strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    # The lines of a machine-readable zone reach nearly to the edges.
    beside = 0.025 if truth.side == "back" else 0.07
    inside = (min(xs) + beside * width, min(ys) + 0.09 * height, max(xs) - 0.025 * width, max(ys) - 0.04 * height)
    facts = [truth.fields[name].quad for name in ("number", "name", "date_of_birth", "mrz") if name in truth.fields]
    points = np.array([point for quad in facts for point in quad])
    if not len(points):
        points = np.array([(sum(xs) / 4, sum(ys) / 4)])
    room = 0.02 * width
    box = (
        rng.uniform(inside[0], max(inside[0], float(points[:, 0].min()) - room)),
        rng.uniform(inside[1], max(inside[1], float(points[:, 1].min()) - room)),
        rng.uniform(min(inside[2], float(points[:, 0].max()) + room), inside[2]),
        rng.uniform(min(inside[3], float(points[:, 1].max()) + room), inside[3]),
    )
    return *cut_out(picture, truth, box), rng.choice((95, 90, 85))


def only_code(rng: Random, stock: Supplies) -> Taken:
    """Nothing but the QR code of a card and a little around it."""
    faces = tuple(face for face in stock.faces if face in _WITH_CODE) or _WITH_CODE
    return _part(rng, stock, rng.choice(faces), "qr", (0.12, 0.5))


def only_number(rng: Random, stock: Supplies) -> Taken:
    """Nothing but the line with the number and its label."""
    return _part(rng, stock, rng.choice(_WITH_NUMBER), "number", (0.3, 0.9))


def only_zone(rng: Random, stock: Supplies) -> Taken:
    """Nothing but the machine-readable zone."""
    return _part(rng, stock, rng.choice(_WITH_ZONE), "mrz", (0.03, 0.25))


_WITH_CODE = (Face("cccd_chip", "front"), Face("can_cuoc", "back"))
_WITH_NUMBER = (Face("cccd_chip", "front"), Face("can_cuoc", "front"), _PAPER_CARD)
_WITH_ZONE = (Face("cccd_chip", "back"), Face("can_cuoc", "back"))


def _part(rng: Random, stock: Supplies, face: Face, field: str, room: tuple[float, float]) -> Taken:
    picture, truths = snap(rng, stock, rng.gauss(0, 2), (0.8, 0.95), stock.draw(rng, face))
    truth = truths[0]
    xs, ys = zip(*truth.fields[field].quad, strict=True)
    high, wide = max(ys) - min(ys), max(xs) - min(xs)
    beside = high * rng.uniform(*room)
    # The label of the number stands to its left, or on the line above it.
    left = beside + (0.28 * math.dist(*truth.quad[:2]) if field == "number" else 0)
    above = beside + (1.6 * high if field == "number" and face.kind == "can_cuoc" else 0)
    box = (min(xs) - left, min(ys) - above, max(xs) + min(beside, wide), max(ys) + beside)
    return *cut_out(picture, truth, box), rng.choice((95, 90, 85))


def cut_out(
    picture: Image.Image, truth: CardTruth, box: tuple[float, float, float, float]
) -> tuple[Image.Image, tuple[CardTruth, ...]]:
    """Return a part of a picture, and what can be seen of its card there."""
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(picture.width, round(box[2])), min(picture.height, round(box[3]))
    placing = np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]])
    moved = truth.moved(lambda quad: map_quad(quad, placing))

    def is_within(_source: str, quad: Quad) -> bool:
        return all(0 <= x <= right - left and 0 <= y <= bottom - top for x, y in quad)

    return picture.crop((left, top, right, bottom)), (moved.seen(is_within),)


def _laid(
    rng: Random, stock: Supplies, size: tuple[int, int], turn: float, share: tuple[float, float]
) -> tuple[NDArray[np.uint8], CardTruth, Quad]:
    """Return a frame with a card on a ground, the card's truth and its outline."""
    frame = make_backdrop(size, rng, stock.backgrounds)
    card = stock.draw(rng)
    pose = camera.Pose(turn, rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 4.5))
    quad = camera.fit_corners(camera.project(pose), size, rng.uniform(*share), rng)
    camera.cast_shadow(frame, quad, rng)
    return frame, camera.put(frame, card.image, card.truth, quad), quad
