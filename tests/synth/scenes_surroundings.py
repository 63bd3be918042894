"""Cards whose surroundings make them hard to find: steep views, shadows, fingers, bends, print."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.synth import camera, effects
from tests.synth.backdrops import make_backdrop, starry
from tests.synth.cards import Face
from tests.synth.fonts import face, pick_family
from tests.synth.scenes_hard import cut_out, is_bare
from tests.synth.shots import FRAMES, shifted
from tests.synth.truth import box_quad

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.stock import Supplies, Taken
    from tests.synth.truth import CardTruth, Quad

_STEEP = (30.0, 55.0)
"""Degrees of tilt; a photo taken across a table comes to 50."""
_PRINT = (
    "hợp đồng thuê nhà bên cho thuê và bên đi thuê thống nhất các điều khoản sau đây kể từ ngày giao nhận "
    "giá chưa gồm tiền điện nước thanh toán mỗi tháng một lần bằng tiền mặt hoặc chuyển khoản trước ngày mồng năm"
)
_WITH_LABELS_BESIDE = (Face("cmnd_9", "front"), Face("cccd_chip", "front"), Face("can_cuoc", "front"))


def steep(rng: Random, stock: Supplies) -> Taken:
    """A card seen at 30 to 55 degrees from above, from below or from the side."""
    size = rng.choice(FRAMES)
    frame = _ground(size, rng, stock)
    lean = rng.choice((-1, 1)) * rng.uniform(*_STEEP)
    tilt, swing = (lean, rng.gauss(0, 6)) if rng.random() < 0.5 else (rng.gauss(0, 6), lean)
    pose = camera.Pose(_any_turn(rng, 12), tilt, swing, rng.uniform(2.2, 4.0))
    quad = camera.fit_corners(camera.project(pose), size, rng.uniform(0.6, 0.92), rng)
    return _finished(frame, _put(frame, rng, stock, quad), rng)


def shadowed(rng: Random, stock: Supplies) -> Taken:
    """A card half of which lies in the shadow of a hand, a phone or a window frame."""
    size = rng.choice(FRAMES)
    frame = _ground(size, rng, stock)
    quad = _placed(rng, size, (0.5, 0.85))
    truths = _put(frame, rng, stock, quad)
    effects.throw_shadow(frame, quad, rng)
    return _finished(frame, truths, rng)


def fingers(rng: Random, stock: Supplies) -> Taken:
    """A card held between thumb and fingers, whose tips lie on it."""
    size = rng.choice(FRAMES)
    frame = make_backdrop(size, rng, stock.backgrounds)
    quad = _placed(rng, size, (0.5, 0.78))
    (truth,) = _put(frame, rng, stock, quad)
    covers = effects.hold(frame, quad, rng)
    seen = truth.seen(lambda source, place: is_bare(source, place, covers, size))
    return _finished(frame, (seen,), rng)


def bent(rng: Random, stock: Supplies) -> Taken:
    """A card that is bent like a part of a cylinder, as in a hand or a wallet."""
    size = rng.choice(FRAMES)
    frame = _ground(size, rng, stock)
    pose = camera.Pose(_any_turn(rng, 10), rng.gauss(0, 12), rng.gauss(0, 12), rng.uniform(2.2, 4.0))
    bend = camera.Bend(rng.choice((-1, 1)) * rng.uniform(0.5, 1.1), is_lengthwise=rng.random() < 0.6)
    card = stock.draw(rng)
    truth = camera.put_bent(frame, card.image, card.truth, pose=pose, bend=bend, share=rng.uniform(0.5, 0.85), rng=rng)
    return _finished(frame, (truth,), rng)


def on_print(rng: Random, stock: Supplies) -> Taken:
    """A card on a page of large or small print that runs in another direction."""
    size = rng.choice(FRAMES)
    frame = _printed_page(size, rng, stock)
    quad = _placed(rng, size, (0.35, 0.7))
    return _finished(frame, _put(frame, rng, stock, quad), rng)


def two_on_stars(rng: Random, stock: Supplies) -> Taken:
    """Two cards side by side, or one above the other, on a ground full of spots."""
    size = rng.choice(((2000, 1500), (1920, 1440), (1600, 1200)))
    frame = starry(size, rng)
    is_beside = rng.random() < 0.6
    slot = (size[0] // 2, size[1]) if is_beside else (size[0], size[1] // 2)
    truths: list[CardTruth] = []
    for i in range(2):
        pose = camera.Pose(rng.gauss(0, 5), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 4.5))
        quad = camera.fit_corners(camera.project(pose), slot, rng.uniform(0.75, 0.92), rng)
        moved = shifted(quad, i * slot[0] if is_beside else 0, 0 if is_beside else i * slot[1])
        truths.extend(_put(frame, rng, stock, moved))
    return _finished(frame, tuple(truths), rng)


def low_light(rng: Random, stock: Supplies) -> Taken:
    """A card on a page by the light of a lamp far away, with the noise of a small sensor."""
    size = rng.choice(FRAMES)
    frame = _ground(size, rng, stock)
    quad = _placed(rng, size, (0.45, 0.8))
    truths = _put(frame, rng, stock, quad)
    frame = camera.light(frame, rng, rng.uniform(0.1, 0.4))
    frame = effects.darken(frame, rng, rng.uniform(0.04, 0.2), rng.uniform(6, 14))
    return Image.fromarray(frame), truths, rng.choice((92, 88, 82))


def cut_at_left(rng: Random, stock: Supplies) -> Taken:
    """A photo cut so closely around the values that their labels are cut off."""
    size = (1920, 1440)
    frame = make_backdrop(size, rng, stock.backgrounds)
    pose = camera.Pose(rng.gauss(0, 1.5), rng.gauss(0, 4), rng.gauss(0, 4), rng.uniform(3, 5))
    quad = camera.fit_corners(camera.project(pose), size, rng.uniform(0.75, 0.95), rng)
    faces = tuple(one for one in stock.faces if one in _WITH_LABELS_BESIDE) or _WITH_LABELS_BESIDE
    (truth,) = _put(frame, rng, stock, quad, rng.choice(faces))
    picture, _, quality = _finished(frame, (truth,), rng)
    shown = np.array(
        [
            point
            for name in ("number", "name", "date_of_birth")
            for source, place in truth.fields[name].places
            if source == "print"
            for point in place
        ]
    )
    (left, top), (right, bottom) = shown.min(axis=0), shown.max(axis=0)
    across, down = math.dist(*quad[:2]), math.dist(*quad[1:3])
    box = (
        float(left) - rng.uniform(0.015, 0.09) * across,
        float(top) - rng.uniform(0.02, 0.16) * down,
        float(right) + rng.uniform(0.02, 0.2) * across,
        float(bottom) + rng.uniform(0.03, 0.2) * down,
    )
    return *cut_out(picture, truth, box), quality


def wallet(rng: Random, stock: Supplies) -> Taken:
    """A card behind the window of a wallet, whose frame lies over the card's edges."""
    size = rng.choice(FRAMES)
    frame = make_backdrop(size, rng, stock.backgrounds)
    quad = _placed(rng, size, (0.5, 0.72))
    (truth,) = _put(frame, rng, stock, quad)
    effects.sleeve(frame, quad, rng)
    covers = effects.frame_window(frame, quad, rng)
    seen = truth.seen(lambda source, place: is_bare(source, place, covers, size))
    return _finished(frame, (seen,), rng)


SURROUNDINGS: dict[str, Callable[[Random, Supplies], Taken]] = {
    "steep": steep,
    "shadowed": shadowed,
    "fingers": fingers,
    "bent": bent,
    "on_print": on_print,
    "two_on_stars": two_on_stars,
    "low_light": low_light,
    "cut_at_left": cut_at_left,
    "wallet": wallet,
}


def _ground(size: tuple[int, int], rng: Random, stock: Supplies) -> NDArray[np.uint8]:
    """Return what a card lies on: a page of print as often as not."""
    return _printed_page(size, rng, stock) if rng.random() < 0.5 else make_backdrop(size, rng, stock.backgrounds)


def _any_turn(rng: Random, spread: float) -> float:
    """Return how far a card lies askew: mostly as it is read, else in any direction."""
    return rng.gauss(0, spread) + rng.choice((0, 0, 0, 90, 180, 270))


def _placed(rng: Random, size: tuple[int, int], share: tuple[float, float]) -> Quad:
    pose = camera.Pose(_any_turn(rng, 6), rng.gauss(0, 9), rng.gauss(0, 9), rng.uniform(2.5, 4.5))
    return camera.fit_corners(camera.project(pose), size, rng.uniform(*share), rng)


def _put(
    frame: NDArray[np.uint8], rng: Random, stock: Supplies, quad: Quad, shown: Face | None = None
) -> tuple[CardTruth, ...]:
    camera.cast_shadow(frame, quad, rng)
    card = stock.draw(rng, shown)
    return (camera.put(frame, card.image, card.truth, quad),)


def _finished(frame: NDArray[np.uint8], truths: tuple[CardTruth, ...], rng: Random) -> Taken:
    lit = camera.light(frame, rng, rng.uniform(0.05, 0.3))
    lit = camera.blur_and_grain(lit, rng, rng.uniform(0.3, 0.9), rng.uniform(1, 4))
    return Image.fromarray(lit), truths, rng.choice((95, 90, 85))


def _printed_page(size: tuple[int, int], rng: Random, stock: Supplies) -> NDArray[np.uint8]:
    """Return a frame filled with lines of print, seen aslant and turned in any direction."""
    side = round(1.5 * max(size))
    tone = rng.randint(225, 252)
    page = Image.new("RGB", (side, side), (tone, tone, tone - rng.randint(0, 14)))
    draw = ImageDraw.Draw(page)
    family = pick_family(rng, rng.choice(("sans", "serif")), stock.families)
    high = round(rng.uniform(0.014, 0.045) * max(size))
    font = face(family.regular, high)
    y = 0
    while y < side:
        words = " ".join(rng.choices(_PRINT.split(), k=side // (2 * high)))
        draw.text((rng.randint(-4 * high, 0), y), words, fill=(30, 30, 36), font=font)
        y += round(high * 1.7)
    middle = np.array(size) / 2
    pose = camera.Pose(rng.uniform(0, 360), rng.gauss(0, 8), rng.gauss(0, 8), 4.0)
    corners = camera.project(pose, 1.0) * side * 1.15 + middle
    matrix = np.asarray(
        cv2.getPerspectiveTransform(np.array(box_quad(0, 0, side, side), np.float32), corners.astype(np.float32))
    )
    return np.asarray(
        cv2.warpPerspective(np.asarray(page), matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )
