"""Large frames in which cards are small: photos of many megapixels, contact sheets, long scrolls of screenshots."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.synth import camera
from tests.synth.backdrops import make_backdrop
from tests.synth.truth import map_quad

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.synth.cards import DrawnCard
    from tests.synth.stock import Shown, Supplies
    from tests.synth.truth import CardTruth, Quad

_ROOM = 0.35
"""Of a card's extent: the ground around it that its shadow and the lens reach."""

_GROUND_SIDE = 4000
"""Pixels of the ground's longer side; a larger frame enlarges it, as the optics of a phone do."""


def large_photo(seed: int, stock: Supplies, megapixels: float, card_width: int) -> Shown:
    """Return a photo of 4:3 with one card so many pixels wide anywhere in it.

    Args:
        seed: the same arguments give the same pixels.
        stock: what to draw from.
        megapixels: of the frame.
        card_width: in pixels, along the card's longer edge seen straight on.
    """
    rng = Random(f"large {megapixels} {card_width} {seed}")
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (round(height * 4 / 3), height)
    frame = _ground(size, rng, stock)
    pose = camera.Pose(rng.gauss(0, 9), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 4.5))
    corners = camera.project(pose) * card_width
    corners = corners - corners.min(axis=0)
    room = np.array(size) - corners.max(axis=0)
    at = [rng.uniform(0.02, 0.98) * room[i] for i in range(2)]
    quad = tuple((float(x + at[0]), float(y + at[1])) for x, y in corners)
    truth = _laid(frame, stock.draw(rng), quad, rng)  # type: ignore[arg-type]
    return Image.fromarray(frame), (truth,)


def contact_sheet(seed: int, stock: Supplies, across: int, down: int, cell: tuple[int, int]) -> Shown:
    """Return cards in rows and columns on one ground, each a little askew.

    Args:
        seed: the same arguments give the same pixels.
        stock: what to draw from.
        across: cards in a row.
        down: rows.
        cell: width and height of a card's place in pixels.
    """
    rng = Random(f"sheet {across} {down} {cell} {seed}")
    size = (across * cell[0], down * cell[1])
    frame = np.full((size[1], size[0], 3), rng.choice((255, 246, 232, 180, 60)), np.uint8)
    truths = []
    for i in range(across * down):
        corners = camera.project(camera.Pose(rng.gauss(0, 2.5), rng.gauss(0, 4), rng.gauss(0, 4)))
        quad = camera.fit_corners(corners, cell, rng.uniform(0.8, 0.92), rng)
        left, top = i % across * cell[0], i // across * cell[1]
        placed = tuple((x + left, y + top) for x, y in quad)
        truths.append(_laid(frame, stock.draw(rng), placed, rng))  # type: ignore[arg-type]
    return Image.fromarray(frame), tuple(truths)


def long_scroll(seed: int, stock: Supplies, height: int, shown: int) -> Shown:
    """Return a scroll of 1080 pixels across, chat bubbles and photos one below the other, with cards among them.

    Args:
        seed: the same arguments give the same pixels.
        stock: what to draw from.
        height: in pixels.
        shown: how many cards.
    """
    rng = Random(f"scroll {height} {shown} {seed}")
    frame = np.full((height, 1080, 3), rng.choice((255, 244, 24)), np.uint8)
    step = height // shown
    truths = []
    for top in range(0, height - 300, 330):
        tone = rng.randrange(120, 235)
        left = rng.choice((40, 360))
        frame[top : top + rng.randrange(60, 240), left : left + 640] = (tone, rng.randrange(120, 235), tone)
    for i in range(shown):
        corners = camera.project(camera.Pose(rng.gauss(0, 4), rng.gauss(0, 6), rng.gauss(0, 6)))
        quad = camera.fit_corners(corners, (1080, step), rng.uniform(0.4, 0.8), rng)
        placed = tuple((x, y + i * step) for x, y in quad)
        truths.append(_laid(frame, stock.draw(rng), placed, rng))  # type: ignore[arg-type]
    return Image.fromarray(frame), tuple(truths)


def _ground(size: tuple[int, int], rng: Random, stock: Supplies) -> NDArray[np.uint8]:
    share = min(1.0, _GROUND_SIDE / max(size))
    small = (round(size[0] * share), round(size[1] * share))
    ground = make_backdrop(small, rng, stock.backgrounds)
    if share == 1:
        return ground
    return np.array(Image.fromarray(ground).resize(size, Image.Resampling.BICUBIC))


def _laid(frame: NDArray[np.uint8], card: DrawnCard, quad: Quad, rng: Random) -> CardTruth:
    """Lay a card on a part of a frame, with a shadow, blur and grain there alone: whole frames would take minutes."""
    xs, ys = zip(*quad, strict=True)
    reach = _ROOM * max(max(xs) - min(xs), max(ys) - min(ys))
    height, width = frame.shape[:2]
    left, top = max(0, int(min(xs) - reach)), max(0, int(min(ys) - reach))
    right, bottom = min(width, int(max(xs) + reach)), min(height, int(max(ys) + reach))
    part = np.ascontiguousarray(frame[top:bottom, left:right])
    inner = tuple((x - left, y - top) for x, y in quad)
    camera.cast_shadow(part, inner, rng)  # type: ignore[arg-type]
    truth = camera.put(part, card.image, card.truth, inner)  # type: ignore[arg-type]
    frame[top:bottom, left:right] = camera.blur_and_grain(part, rng, rng.uniform(0.3, 0.8), rng.uniform(1, 3))
    shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
    return truth.moved(lambda place: map_quad(place, shift))
