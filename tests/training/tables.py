"""Small pictures of tables with cards on them, made by the thousand: what the locator of cards learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
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
from tests.training.grounds import draw_page, draw_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.truth import Quad

CELL = 8
"""Pixels of the picture for each cell of what the locator says."""
UNIT = 32.0
"""Pixels that it counts corners in."""

CARD_WIDTH = 400
_GROUND_SIDE, _LARGE_SIDE = 460, 1400
_CORE = 0.5
"""Of a card, around its middle: there the map says "card"; around it, it may say anything."""
_USUAL_CELLS, _MOST_WEIGHT = 30, 4.0
"""Cells of a card that count once each, and how often each cell of a much smaller one counts at most."""
_MOST_TRIES = 12
_SMALLEST, _LARGEST = 32.0, 300.0
"""Pixels along a card's longer side."""
_SMALL = (36.0, 92.0)
"""The same where a large image is searched in blocks: a card of 500 pixels in 50 megapixels has about 140 there, and
a card of 150 pixels is hardly legible and has about 40."""

_KINDS = {
    "plain": 0.36,
    "steep": 0.12,
    "shadow": 0.07,
    "held": 0.10,
    "sleeve": 0.06,
    "bent": 0.06,
    "print": 0.08,
    "busy": 0.05,
    "small": 0.06,
    "sheet": 0.04,
    "empty": 0.15,
}
"""Kinds of tables and their shares. All but plain and empty ones may have traits of other kinds too."""
KINDS = tuple(kind for kind in _KINDS if kind != "empty")
"""Those with cards."""
_OTHER_TRAIT = 0.12
_STEEP = (30.0, 55.0)
"""Degrees by which a card leans on a steep table; beyond, print is hardly legible."""
_LEAST_SEEN = 0.65
"""Of a card at the rim of a sheet: with less of it in the picture it is left out."""
_BEND_MARGIN = 0.15
"""Room around a bent card, of its sides."""
_SKINS = ((214, 168, 140), (188, 140, 110), (232, 194, 168), (140, 96, 72), (92, 62, 48), (226, 176, 160))


@dataclass(frozen=True, slots=True)
class Stock:
    """What tables are set from: cards as RGBA pictures, grounds without any, and pages of dense print."""

    cards: list[NDArray[np.uint8]]
    grounds: list[NDArray[np.uint8]]
    pages: list[NDArray[np.uint8]] = field(default_factory=list)


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
                plain = picture.convert("RGB")
            grounds += [_reduced(plain), *_parts(plain, rng)]
    pages = [draw_page(rng, families) for _ in range(2 * per_face)]
    return Stock(cards, grounds, pages)


def _parts(picture: Image.Image, rng: Random) -> Iterator[NDArray[np.uint8]]:
    """Yield two parts of a large picture, about as a search in blocks sees it."""
    picture = ImageOps.contain(picture, (_LARGE_SIDE, _LARGE_SIDE)) if max(picture.size) > _LARGE_SIDE else picture
    if min(picture.size) < 1.3 * _GROUND_SIDE:
        return
    for _ in range(2):
        left, top = (rng.randint(0, side - _GROUND_SIDE) for side in picture.size)
        yield np.asarray(picture.crop((left, top, left + _GROUND_SIDE, top + _GROUND_SIDE)))


def _reduced(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.contain(picture, (_GROUND_SIDE, _GROUND_SIDE), Image.Resampling.BOX))


def set_table(stock: Stock, rng: Random, side: int, kind: str | None = None) -> tuple[NDArray[np.uint8], list[Quad]]:
    """Return a square picture and the outlines of the cards on it, each from the card's own top-left corner.

    Args:
        stock: what to set it from.
        rng: chance.
        side: of the picture in pixels.
        kind: one of `KINDS`, or "empty"; by chance where it is None.
    """
    kind = kind or rng.choices(list(_KINDS), list(_KINDS.values()))[0]
    others = KINDS[1:] if kind not in {"plain", "empty"} else ()
    traits = {kind} | {other for other in others if rng.random() < _OTHER_TRAIT}
    frame = _ground(stock, rng, side, traits)
    for _ in range(0 if traits & {"sheet", "empty"} else rng.choice((0, 0, 0, 1, 2))):
        _lay(frame, *_other(stock, rng, side), rng, traits)
    quads: list[Quad] = []
    for quad in _places(rng, side, traits):
        if rng.random() < (0.1 if "sheet" in traits else 0.5):
            camera.cast_shadow(frame, quad, rng)
        _lay(frame, _faded(rng.choice(stock.cards), rng), quad, rng, traits)
        if "held" not in traits and rng.random() < (0.25 if "sheet" not in traits else 0.03):
            _cover(frame, quad, rng)
        quads.append(quad)
    if "shadow" in traits:
        _shade(frame, rng)
    if rng.random() < 0.15:
        frame = np.ascontiguousarray(frame[:, ::-1])
        quads = [_mirrored(quad, side) for quad in quads]
    return _seen(frame, rng, is_plain=kind == "plain"), quads


def _places(rng: Random, side: int, traits: set[str]) -> list[Quad]:
    """Return where cards lie: strewn about, or in rows."""
    if "empty" in traits:
        return []
    if "sheet" in traits:
        return _rows(rng, side)
    quads: list[Quad] = []
    is_small = "small" in traits
    for _ in range(rng.choice((1, 2, 4, 8, 14)) if is_small else rng.choice((0, 1, 1, 1, 1, 1, 2, 2, 3, 5))):
        quad = _free_place(quads, rng, side, traits)
        if quad is not None:
            quads.append(quad)
    return quads


def _rows(rng: Random, side: int) -> list[Quad]:
    """Return places side by side, as on a contact sheet or a scanner's glass."""
    wide = math.exp(rng.uniform(math.log(_SMALL[0]), math.log(1.6 * _SMALL[1])))
    corners = camera.project(camera.Pose(rng.gauss(0, 2), rng.gauss(0, 3), rng.gauss(0, 3), 4.0)) * wide
    across, down = (corners[1] - corners[0]) * rng.uniform(1.0, 1.4), (corners[3] - corners[0]) * rng.uniform(1.0, 1.7)
    origin = np.array([rng.uniform(0, side), rng.uniform(0, side)])
    reach = math.ceil(1.2 * side / (wide / 2))
    rows = rng.randint(1, 3) if rng.random() < 0.35 else 2 * reach
    is_mixed, filled = rng.random() < 0.3, rng.choice((1.0, 1.0, 0.8))
    quads: list[Quad] = []
    for row in range(rows):
        for column in range(2 * reach):
            middle = origin + across * (column - reach) + down * (row - min(rows // 2, reach))
            middle = middle + np.array([rng.gauss(0, 0.01) * wide for _ in range(2)])
            inside = np.clip(corners + middle, 0, side)
            seen = cv2.contourArea(inside.astype(np.float32)) / cv2.contourArea(corners.astype(np.float32))
            if seen < _LEAST_SEEN or rng.random() > filled:
                continue
            turned = np.roll(corners, rng.choice((0, 2)) if is_mixed else 0, axis=0) + middle
            quads.append(_quad(turned))
    if rng.random() < 0.25:
        turn = rng.randint(1, 3)
        quads = [_quad(_quarter_turns(np.array(quad), turn, side)) for quad in quads]
    return quads


def _quarter_turns(corners: NDArray[np.float64], turns: int, side: int) -> NDArray[np.float64]:
    for _ in range(turns):
        corners = np.stack([side - corners[:, 1], corners[:, 0]], axis=1)
    return corners


def _quad(corners: NDArray[np.float64]) -> Quad:
    points = [(float(x), float(y)) for x, y in corners]
    return (points[0], points[1], points[2], points[3])


def _lay(frame: NDArray[np.uint8], card: NDArray[np.uint8], quad: Quad, rng: Random, traits: set[str]) -> None:
    """Draw something flat with what the traits add to it: a pocket around it, a bend, hands."""
    is_in_pocket = "sleeve" in traits and rng.random() < 0.8
    if is_in_pocket:
        _draw_pocket(frame, quad, rng)
    if "bent" in traits and rng.random() < 0.8:
        _paint(frame, _bent(card, rng), quad, _BEND_MARGIN)
    else:
        _paint(frame, card, quad)
    if is_in_pocket:
        _draw_window(frame, quad, rng)
    if "held" in traits and rng.random() < 0.8:
        for _ in range(rng.choice((1, 1, 2))):
            _hold(frame, quad, rng)


def _ground(stock: Stock, rng: Random, side: int, traits: set[str]) -> NDArray[np.uint8]:
    if "print" in traits and stock.pages:
        page = rng.choice(stock.pages)
        extent = min(len(page), round(side * rng.uniform(0.8, 2.6)))
        left, top = (rng.randint(0, len(page) - extent) for _ in range(2))
        part = np.rot90(page[top : top + extent, left : left + extent], rng.choice((0, 0, 0, 1, 2, 3)))
        return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.uint8).copy()
    if "busy" in traits:
        return draw_pattern(rng, side)
    if "sheet" in traits and rng.random() < 0.5:
        return np.full((side, side, 3), rng.randint(215, 255), np.uint8)
    chance = rng.random() if "empty" not in traits else 1.0
    if chance < 0.15:
        return make_backdrop((side, side), rng)
    if chance < 0.3:
        tone = [rng.randint(150, 255) if rng.random() < 0.6 else rng.randint(0, 120)] * 3
        tint = np.array([part + rng.randint(-12, 12) for part in tone]).clip(0, 255)
        return np.full((side, side, 3), tint, np.uint8)
    ground = rng.choice(stock.grounds)
    height, width = ground.shape[:2]
    share = rng.uniform(0.55 if traits & {"small", "empty"} else 0.35, 1.0)
    high, wide = max(16, int(height * share)), max(16, int(width * share))
    top, left = rng.randint(0, height - high), rng.randint(0, width - wide)
    part = np.rot90(ground[top : top + high, left : left + wide], rng.choice((0, 0, 0, 1, 2, 3)))
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8).copy()


def _free_place(taken: list[Quad], rng: Random, side: int, traits: set[str]) -> Quad | None:
    """Return a place that overlaps no other, partly outside the picture at times; None where none is found."""
    for _ in range(_MOST_TRIES):
        turn = rng.uniform(0, 360) if rng.random() < 0.4 else rng.gauss(0, 7) + rng.choice((0, 0, 0, 90, 180, 270))
        pose = camera.Pose(turn, rng.gauss(0, 11), rng.gauss(0, 11), rng.uniform(2.2, 5))
        if "steep" in traits:
            leaning = [rng.uniform(*_STEEP) * rng.choice((-1, 1)), rng.gauss(0, 11)]
            rng.shuffle(leaning)
            pose = camera.Pose(turn, leaning[0], leaning[1], rng.uniform(1.5, 5))
        smallest, largest = _SMALL if "small" in traits else (_SMALLEST, _LARGEST)
        size = math.exp(rng.uniform(math.log(smallest), math.log(largest)))
        size = size * 0.5 if taken and size > side / 2 else size
        corners = camera.project(pose) * size
        extent = corners.max(axis=0) - corners.min(axis=0)
        loss = rng.uniform(0, 0.3) if rng.random() < 0.2 else 0.0
        low, high = -loss * extent, side - (1 - loss) * extent
        middle = (low + high) / 2
        at = np.array([rng.uniform(*sorted(pair)) for pair in zip(low, high, strict=True)])
        at = np.where(high > low, at, middle)
        quad = _quad(corners - corners.min(axis=0) + at)
        if not any(_touch(quad, other) for other in taken):
            return quad
    return None


def _touch(first: Quad, second: Quad) -> bool:
    area, _ = cv2.intersectConvexConvex(np.array(first, np.float32), np.array(second, np.float32))
    return bool(area > 0)


def _paint(frame: NDArray[np.uint8], card: NDArray[np.uint8], quad: Quad, margin: float = 0.0) -> None:
    """Draw a card on a quad, its parts outside the frame left out.

    Args:
        frame: drawn into.
        card: RGBA.
        quad: where its corners come.
        margin: share of the card's sides that lies outside of the quad, on each side.
    """
    width = max(math.dist(quad[0], quad[1]), math.dist(quad[3], quad[2])) * (1 + 2 * margin)
    size = (max(8, min(card.shape[1], round(1.2 * width))), max(6, round(1.2 * width * card.shape[0] / card.shape[1])))
    small = cv2.resize(card, size, interpolation=cv2.INTER_AREA)
    inset = margin / (1 + 2 * margin)
    box = box_quad(inset * size[0], inset * size[1], (1 - inset) * size[0], (1 - inset) * size[1])
    reach = np.array(quad).min(axis=0) - 2, np.array(quad).max(axis=0) + 2
    room = margin * (reach[1] - reach[0])
    left, top = (max(0, math.floor(edge)) for edge in reach[0] - room)
    right, bottom = (min(side, math.ceil(edge)) for side, edge in zip(frame.shape[1::-1], reach[1] + room, strict=True))
    if right <= left or bottom <= top:
        return
    within = np.array(quad, np.float32) - np.array([left, top], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(box, np.float32), within)
    warped = cv2.warpPerspective(small, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3:].astype(np.float32) / 255
    region = frame[top:bottom, left:right]
    region[:] = (region * (1 - alpha) + warped[..., :3] * alpha + 0.5).astype(np.uint8)


def _faded(card: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    if rng.random() < 0.65:
        return card
    changed = card.astype(np.float32)
    towards = np.array(rng.choice(((250, 250, 246), (226, 214, 184), (200, 200, 205))), np.float32)
    share = rng.uniform(0.1, 0.55)
    changed[..., :3] = changed[..., :3] * (1 - share) + towards * share
    return changed.astype(np.uint8)


def _other(stock: Stock, rng: Random, side: int) -> tuple[NDArray[np.uint8], Quad]:
    """Return something flat that is no card, and its place: a part of a harmless picture or a plain sheet."""
    ground = rng.choice(stock.grounds)
    high, wide = (rng.randint(30, max(31, extent)) for extent in ground.shape[:2])
    part = ground[:high, :wide] if rng.random() < 0.7 else np.full((high, wide, 3), rng.randint(190, 255), np.uint8)
    sheet = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
    pose = camera.Pose(rng.gauss(0, 20), rng.gauss(0, 8), rng.gauss(0, 8), rng.uniform(2.5, 5))
    corners = camera.project(pose, wide / high) * rng.uniform(0.2, 0.9) * side
    return sheet, _quad(corners + np.array([rng.uniform(0.2, 0.8) * side, rng.uniform(0.2, 0.8) * side]))


def _bent(card: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Return a card that is bowed between its corners, in a picture with room for the bow, and lighter on one side."""
    height, width = card.shape[:2]
    across, down = round(_BEND_MARGIN * width), round(_BEND_MARGIN * height)
    y, x = np.indices((height + 2 * down, width + 2 * across), np.float32)
    x, y = x - across, y - down
    bow = rng.uniform(0.02, 0.11) * height * rng.choice((-1, 1))
    along_x = rng.random() < 0.5
    share = np.clip(x / width if along_x else y / height, 0, 1)
    moved = bow * 4 * share * (1 - share)
    warped = cv2.remap(card, x if along_x else x + moved, y + moved if along_x else y, cv2.INTER_LINEAR)
    shade = 1 + rng.uniform(-0.3, 0.3) * np.cos(math.pi * (share + rng.uniform(-0.3, 0.3)))
    warped[..., :3] = np.clip(warped[..., :3] * shade[..., None], 0, 255)
    return np.asarray(warped, np.uint8)


def _around(quad: Quad, margins: tuple[float, float]) -> NDArray[np.float64]:
    """Return a quad's corners moved outwards by shares of its sides, or inwards where they are negative."""
    corners = np.array(quad)
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return np.asarray(corners + signs[:, :1] * margins[0] * right + signs[:, 1:] * margins[1] * down)


def _draw_pocket(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Draw what a card is stuck into: leather, or another sleeve, that shows around it."""
    tone = rng.choice(((60, 40, 28), (28, 26, 26), (120, 84, 52), (150, 30, 40), (236, 236, 240), (90, 110, 150)))
    colour = tuple(int(np.clip(part * rng.uniform(0.7, 1.2), 0, 255)) for part in tone)
    for margin in (rng.uniform(0.1, 0.4), rng.uniform(0.02, 0.08)):
        outline = np.rint(_around(quad, (margin, 1.4 * margin))).astype(np.int32)
        cv2.fillConvexPoly(frame, outline, colour, cv2.LINE_AA)
        colour = tuple(int(0.75 * part) for part in colour)


def _draw_window(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Cover a card by foil that is slightly milky and glints, and by its seam or the rim of a window."""
    inset = rng.uniform(-0.03, 0.05)
    outline = np.rint(_around(quad, (inset, 1.5 * inset))).astype(np.int32)
    layer = np.zeros(frame.shape, np.uint8)
    cv2.fillConvexPoly(layer, outline, (rng.randint(0, 60),) * 3, cv2.LINE_AA)
    corners = np.array(quad)
    for _ in range(rng.randint(0, 3)):
        start, end = (corners[i] + (corners[(i + 1) % 4] - corners[i]) * rng.random() for i in (0, rng.randint(1, 3)))
        points = [(round(float(point[0])), round(float(point[1]))) for point in (start, end)]
        cv2.line(layer, points[0], points[1], (rng.randint(60, 200),) * 3, rng.randint(1, 6), cv2.LINE_AA)
    frame[:] = cv2.add(frame, cv2.GaussianBlur(layer, (0, 0), 1.5))
    if rng.random() < 0.7:
        thickness = max(1, round(math.dist(quad[0], quad[1]) * rng.uniform(0.005, 0.04)))
        tone = rng.choice((20, 60, 120, 230))
        cv2.polylines(frame, [outline], isClosed=True, color=(tone,) * 3, thickness=thickness, lineType=cv2.LINE_AA)


def _hold(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Draw a hand that holds something at an edge or a corner: one to four fingers that reach over it."""
    corners = np.array(quad)
    wide = max(math.dist(quad[0], quad[1]), math.dist(quad[1], quad[2]))
    i, share = rng.randrange(4), rng.uniform(-0.05, 1.05)
    along = corners[(i + 1) % 4] - corners[i]
    along = along / max(float(np.linalg.norm(along)), 1.0)
    outward = np.array([along[1], -along[0]])
    outward = outward if outward @ (corners[i] - corners.mean(axis=0)) > 0 else -outward
    outward = outward + along * rng.uniform(-0.9, 0.9)
    at = corners[i] + (corners[(i + 1) % 4] - corners[i]) * share
    skin = np.array(rng.choice(_SKINS), np.float32) * rng.uniform(0.75, 1.1)
    thickness = wide * rng.uniform(0.13, 0.25)
    for finger in range(rng.choice((1, 1, 2, 3, 4))):
        tip = at + along * finger * thickness * 1.05 - outward * wide * rng.uniform(0.0, 0.3)
        root = tip + outward * wide * rng.uniform(0.6, 1.5)
        for share_of in (1.0, 0.75, 0.45):  # lighter towards the middle, as something round is
            colour = np.clip(skin * (1.12 - 0.3 * share_of), 0, 255)
            points = [(round(float(point[0])), round(float(point[1]))) for point in (tip, root)]
            tones = tuple(int(part) for part in colour)
            cv2.line(frame, points[0], points[1], tones, max(1, round(thickness * share_of)), cv2.LINE_AA)


def _shade(frame: NDArray[np.uint8], rng: Random) -> None:
    """Cast shadows over everything: of an edge, of bars, or of something like an arm or a head."""
    side = len(frame)
    mask = np.zeros((side, side), np.uint8)
    for _ in range(rng.choice((1, 1, 2, 3))):
        middle = np.array([rng.uniform(0, side), rng.uniform(0, side)])
        angle, width = rng.uniform(0, math.tau), rng.uniform(0.1, 1.2) * side
        along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
        if rng.random() < 0.3:
            axes = (max(2, round(width / 2)), max(2, round(rng.uniform(0.1, 0.4) * side)))
            centre = (round(float(middle[0])), round(float(middle[1])))
            cv2.ellipse(mask, centre, axes, math.degrees(angle), 0, 360, 255, -1)
            continue
        taper = rng.uniform(0.5, 1.0)
        band = [
            middle + along * 2 * side,
            middle - along * 2 * side,
            middle - along * 2 * side + across * width * taper,
            middle + along * 2 * side + across * width,
        ]
        cv2.fillConvexPoly(mask, np.rint(np.array(band)).astype(np.int32), 255)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.choice((0.6, 1.5, 4.0, 10.0))).astype(np.float32)[..., None] / 255
    tint = np.array([1.0, rng.uniform(0.97, 1.03), rng.uniform(0.97, 1.12)], np.float32)
    frame[:] = np.clip(frame * (1 - soft * (1 - rng.uniform(0.25, 0.7) * tint)), 0, 255).astype(np.uint8)


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


def _seen(frame: NDArray[np.uint8], rng: Random, *, is_plain: bool) -> NDArray[np.uint8]:
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
        # With shadows and foil on top, the darkest would show nothing at all.
        changed = (changed * rng.uniform(0.15 if is_plain else 0.3, 0.6)).astype(np.uint8)
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
    """Return what the network should say: where cards are (0, 1), how much that counts, their corners.

    Shapes (rows, columns), (rows, columns) and (8, rows, columns); corners in units, seen from each cell's middle.
    A cell of a small card counts for more: else those of a large one would outweigh it.
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
        cores[rows, columns] = 1
        counts[rows, columns] = min(_MOST_WEIGHT, max(1.0, (_USUAL_CELLS / max(1, len(rows))) ** 0.5))
        for i, (x, y) in enumerate(points):
            corners[2 * i, rows, columns] = (x - centres[columns]) / UNIT
            corners[2 * i + 1, rows, columns] = (y - centres[rows]) / UNIT
    return cores, counts, corners
