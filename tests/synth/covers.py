"""Pictures of cards as people redact them with other programs: well, and in ways that give the values back."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageDraw

from tests.fakes.thumbnails import with_thumbnail
from tests.synth.fonts import face, pick_family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.truth import CardTruth, Quad, Scene

HIDDEN = (
    "number",
    "old_number",
    "name",
    "father_name",
    "mother_name",
    "date_of_birth",
    "date_of_expiry",
    "qr",
    "barcode",
    "mrz",
)
"""Fields that a good redaction covers."""

WORDS = ("ĐÃ CHE", "ĐÃ ẨN", "CHE", "REDACTED", "HIDDEN", "***", "XXXX", "PRIVATE")

Pixels: TypeAlias = "NDArray[np.uint8]"


@dataclass(frozen=True, slots=True)
class Spot:
    """Something to cover.

    Attributes:
        field: what stands there.
        source: "print", "qr", "barcode" or "mrz".
        quad: where, tight around the ink.
    """

    field: str
    source: str
    quad: Quad

    @property
    def line(self) -> float:
        """Pixels of a line of print; of a code a third of its height."""
        high = math.dist(self.quad[0], self.quad[3])
        return high / 3 if self.source in {"qr", "mrz", "barcode"} else high


@dataclass(frozen=True, slots=True)
class Covered:
    """A redacted picture: its file's bytes and the suffix for its name."""

    data: bytes
    suffix: str


def spots_of(cards: Sequence[CardTruth]) -> list[Spot]:
    """Return everything on some cards that a good redaction covers, each place once."""
    spots: dict[tuple[str, Quad], Spot] = {}
    for card in cards:
        for field in (name for name in HIDDEN if name in card.fields):
            for source, quad in card.fields[field].places:
                spots.setdefault((source, quad), Spot(field, source, quad))
    return list(spots.values())


def padded(quad: Quad, room: float) -> Quad:
    """Return a quad with so many pixels of room on each of its own sides."""
    top_left, top_right, _, bottom_left = (np.array(point) for point in quad)
    across, down = top_right - top_left, bottom_left - top_left
    across, down = across / max(np.linalg.norm(across), 1e-6), down / max(np.linalg.norm(down), 1e-6)
    moves = (-across - down, across - down, across + down, -across + down)
    corners = [np.array(point) + room * move for point, move in zip(quad, moves, strict=True)]
    points = [(float(x), float(y)) for x, y in corners]
    return (points[0], points[1], points[2], points[3])


def part_of(quad: Quad, left: float, right: float, top: float = 0.0, bottom: float = 1.0) -> Quad:
    """Return a part of a quad, in shares of its sides."""
    a, b, c, d = (np.array(point) for point in quad)

    def at(x: float, y: float) -> tuple[float, float]:
        point = (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * d + x * c)
        return float(point[0]), float(point[1])

    return (at(left, top), at(right, top), at(right, bottom), at(left, bottom))


def _mask(size: tuple[int, int], quads: Sequence[Quad]) -> NDArray[np.bool_]:
    drawn = np.zeros((size[1], size[0]), np.uint8)
    for quad in quads:
        cv2.fillConvexPoly(drawn, np.array([[round(x), round(y)] for x, y in quad], np.int32), (1,))
    return drawn.astype(np.bool_)


def _room(spot: Spot, rng: Random) -> float:
    return max(3.0, rng.uniform(0.25, 0.5) * spot.line)


def _size(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[1], pixels.shape[0]


# Good covers: functions of pixels, spots and chance that change the pixels.


def _flat(*colours: tuple[int, int, int]) -> Cover:
    def cover(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
        colour = rng.choice(colours)
        pixels[_mask(_size(pixels), [padded(spot.quad, _room(spot, rng)) for spot in spots])] = colour

    return cover


def _noise(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    mask = _mask(_size(pixels), [padded(spot.quad, _room(spot, rng)) for spot in spots])
    drawn = np.random.default_rng(rng.randrange(1 << 30))
    pixels[mask] = drawn.integers(0, 256, (int(mask.sum()), 3), np.uint8)


def _smears(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Fill each place with a smooth run from one colour to another."""
    for spot in spots:
        quad = padded(spot.quad, _room(spot, rng))
        mask = _mask(_size(pixels), [quad])
        first, second = (np.array([rng.randrange(256) for _ in range(3)], float) for _ in range(2))
        xs = [x for x, _ in quad]
        run = np.clip((np.arange(pixels.shape[1]) - min(xs)) / max(1.0, max(xs) - min(xs)), 0, 1)[:, None]
        pixels[mask] = np.broadcast_to(first + run * (second - first), pixels.shape)[mask].astype(np.uint8)


def _stickers(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Lay a box with a word over each place, as a phone's editor writes text."""
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    bold = pick_family(rng, "sans").bold
    ground, ink = rng.choice(
        (((255, 255, 255), (200, 20, 20)), ((255, 225, 60), (20, 20, 20)), ((20, 20, 20), (255,) * 3))
    )
    for spot in spots:
        quad = padded(spot.quad, _room(spot, rng))
        draw.polygon(quad, fill=ground)
        word = rng.choice(WORDS)
        high = min(math.dist(quad[0], quad[3]) * 0.6, math.dist(quad[0], quad[1]) / (0.75 * len(word)))
        font = face(bold, max(6, round(high)))
        centre = tuple(float(value) for value in np.mean(quad, axis=0))
        draw.text(centre, word, font=font, fill=ink, anchor="mm")
    pixels[:] = np.asarray(picture)


def _faces(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Lay round yellow faces side by side over each place."""
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for spot in spots:
        quad = padded(spot.quad, _room(spot, rng))
        (ax, ay), (bx, by) = np.mean(quad[::3], axis=0), np.mean(quad[1:3], axis=0)
        radius = 0.75 * min(math.dist(quad[0], quad[3]), math.dist(quad[0], quad[1]))
        count = max(2, math.ceil(math.dist((ax, ay), (bx, by)) / (0.8 * radius)) + 1)
        for share in np.linspace(0, 1, count):
            x, y = ax + share * (bx - ax), ay + share * (by - ay)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 204, 51), outline=(180, 120, 0))
            for side in (-1, 1):
                eye, size = (x + side * 0.35 * radius, y - 0.25 * radius), 0.12 * radius
                draw.ellipse((eye[0] - size, eye[1] - size, eye[0] + size, eye[1] + size), fill=(90, 60, 0))
            smile = (x - 0.5 * radius, y - 0.4 * radius, x + 0.5 * radius, y + 0.6 * radius)
            draw.arc(smile, 20, 160, fill=(90, 60, 0), width=max(1, round(0.1 * radius)))
    pixels[:] = np.asarray(picture)


def mosaic(pixels: Pixels, spots: Sequence[Spot], tile_of: Callable[[Spot], float]) -> None:
    """Average each place by square tiles."""
    before = pixels.copy()
    for spot in spots:
        side = max(2, round(tile_of(spot)))
        mask = _mask(_size(pixels), [padded(spot.quad, 0.3 * spot.line)])
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not rows.size or not columns.size:
            continue
        for y in range(rows[0], rows[-1] + 1, side):
            for x in range(columns[0], columns[-1] + 1, side):
                tile = (slice(y, y + side), slice(x, x + side))
                pixels[tile] = before[tile].reshape(-1, 3).mean(axis=0)


def blur(pixels: Pixels, spots: Sequence[Spot], sigma_of: Callable[[Spot], float]) -> None:
    """Blur each place by a Gaussian of its own."""
    before = pixels.copy()
    for spot in spots:
        mask = _mask(_size(pixels), [padded(spot.quad, 0.4 * spot.line)])
        pixels[mask] = cv2.GaussianBlur(before, (0, 0), max(0.3, sigma_of(spot)))[mask]


def _coarse_mosaic(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    share = rng.uniform(0.9, 1.5)
    mosaic(pixels, spots, lambda spot: share * spot.line)


def _heavy_blur(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    share = rng.uniform(1.1, 1.6)
    blur(pixels, spots, lambda spot: share * spot.line)


Cover: TypeAlias = "Callable[[Pixels, Sequence[Spot], Random], None]"

GOOD: Mapping[str, Cover] = {
    "black": _flat((0, 0, 0)),
    "white": _flat((255, 255, 255)),
    "grey": _flat((128, 128, 128), (90, 90, 90), (200, 200, 200)),
    "coloured": _flat((220, 30, 30), (30, 60, 200), (250, 220, 0), (40, 160, 70)),
    "gradient": _smears,
    "noise": _noise,
    "sticker": _stickers,
    "faces": _faces,
    "coarse_mosaic": _coarse_mosaic,
    "heavy_blur": _heavy_blur,
}
"""Covers of single fields that hold nothing."""

_BLACK = GOOD["black"]


def well_covered(scene: Scene, kind: str, rng: Random) -> Covered:
    """Return a picture of which nothing comes back.

    Args:
        scene: cards and their truth.
        kind: one of `GOOD_KINDS`.
        rng: source of chance.
    """
    pixels = np.array(scene.image.convert("RGB"))
    spots = spots_of(scene.cards)
    if kind == "whole_card":
        colour = rng.choice(((0, 0, 0), (255, 255, 255), (128, 128, 128)))
        pixels[_mask(_size(pixels), [padded(card.quad, 6.0) for card in scene.cards])] = colour
    elif kind == "crop":
        pixels = _cropped(pixels, spots)
    else:
        GOOD[kind](pixels, spots, rng)
    return _encoded(pixels, scene.jpeg_quality)


def _cropped(pixels: Pixels, spots: Sequence[Spot]) -> Pixels:
    """Return the largest part of a picture beside, above or below everything that is to be hidden."""
    height, width = pixels.shape[:2]
    points = np.array([point for spot in spots for point in padded(spot.quad, 0.5 * spot.line)])
    left, top = (max(0, int(value)) for value in points.min(axis=0))
    right, bottom = (int(value) + 1 for value in points.max(axis=0))
    parts = (pixels[:, :left], pixels[:top], pixels[:, min(right, width) :], pixels[min(bottom, height) :])
    return np.ascontiguousarray(max(parts, key=lambda part: part.size))


GOOD_KINDS = (*GOOD, "whole_card", "crop")


# Bad covers.


def _half_bars(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    is_left = rng.random() < 0.5
    halves = [
        replace(spot, quad=part_of(spot.quad, 0, 0.4) if is_left else part_of(spot.quad, 0.6, 1))
        if spot.source in {"print", "mrz"}
        else spot
        for spot in spots
    ]
    _BLACK(pixels, [replace(spot, quad=padded(spot.quad, 0)) for spot in halves], rng)


def _thin_strokes(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    for spot in spots:
        count = 1 if spot.source == "print" else 3
        for row in range(count):
            y = (row + rng.uniform(0.4, 0.6)) / count
            line = part_of(spot.quad, -0.02, 1.02, y - 0.06 / count, y + 0.06 / count)
            pixels[_mask(_size(pixels), [line])] = (0, 0, 0)


def _weak_mosaic(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    share = rng.uniform(0.12, 0.16)
    mosaic(pixels, spots, lambda spot: share * spot.line)


def _weak_blur(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    share = rng.uniform(0.08, 0.12)
    blur(pixels, spots, lambda spot: share * spot.line)


def _two_levels(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Cover each place in black, its ink by some levels apart from its ground."""
    apart = rng.choice((1, 2, 3))
    for spot in spots:
        mask = _mask(_size(pixels), [padded(spot.quad, _room(spot, rng))])
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        middle = (float(np.percentile(grey[mask], 3)) + float(np.percentile(grey[mask], 60))) / 2
        pixels[mask] = np.where(grey > middle, apart, 0).astype(np.uint8)[mask][:, None]


def _veil(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    strength = rng.uniform(0.7, 0.9)
    mask = _mask(_size(pixels), [padded(spot.quad, _room(spot, rng)) for spot in spots])
    pixels[mask] = np.rint(pixels[mask] * (1 - strength)).astype(np.uint8)


def _forgotten(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Cover everything but one field, wherever it is printed."""
    wanted = sorted({spot.field for spot in spots} & {"number", "name", "date_of_birth", "mrz", "qr", "barcode"})
    left = rng.choice(wanted)
    _BLACK(pixels, [spot for spot in spots if spot.field != left], rng)


def _only_code(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Cover the code and leave the print; on a card without a code cover the name alone."""
    codes = [spot for spot in spots if spot.source in {"qr", "barcode"}]
    _BLACK(pixels, codes or [spot for spot in spots if spot.field == "name"], rng)


def _half_number(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Leave six or seven digits of the number, or most of a zone where there is no number."""
    marks = [_half(spot, rng) if spot.source in {"print", "mrz"} else spot for spot in spots]
    _BLACK(pixels, marks, rng)


def _half(spot: Spot, rng: Random) -> Spot:
    """Return the part of a number or of a zone that is covered; all of anything else."""
    if spot.source == "mrz":
        return replace(spot, quad=part_of(spot.quad, 0.0, 0.4))
    if spot.field != "number":
        return spot
    ends = (0.0, 0.42) if rng.random() < 0.5 else (0.58, 1.0)
    return replace(spot, quad=padded(part_of(spot.quad, *ends), -_room(spot, rng) / 2))


def _veiled_channel(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Leave the values in one channel, faint enough to look black."""
    channel = rng.choice((0, 2))
    mask = _mask(_size(pixels), [padded(spot.quad, _room(spot, rng)) for spot in spots])
    kept = pixels[..., channel][mask] // 8
    pixels[mask] = 0
    pixels[..., channel][mask] = kept


def _corner_of_code(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Cover all print, and of codes a part; without a code, half of the print."""
    codes = [spot for spot in spots if spot.source in {"qr", "barcode"}]
    if not codes:
        _half_bars(pixels, spots, rng)
        return
    _BLACK(pixels, [spot for spot in spots if spot not in codes], rng)
    for code in codes:
        pixels[_mask(_size(pixels), [part_of(code.quad, 0.4, 0.68, 0.4, 0.68)])] = 0


def _blurred_code(pixels: Pixels, spots: Sequence[Spot], rng: Random) -> None:
    """Cover all print, and blur codes by less than a module; without a code, blur the print."""
    codes = [spot for spot in spots if spot.source == "qr"]
    if not codes:
        _weak_blur(pixels, spots, rng)
        return
    _BLACK(pixels, [spot for spot in spots if spot not in codes], rng)
    blur(pixels, codes, lambda spot: 0.6 * spot.line * 3 / 45)


BAD: Mapping[str, Cover] = {
    "half_bars": _half_bars,
    "thin_strokes": _thin_strokes,
    "weak_mosaic": _weak_mosaic,
    "weak_blur": _weak_blur,
    "two_levels": _two_levels,
    "veil": _veil,
    "forgotten": _forgotten,
    "only_code": _only_code,
    "half_number": _half_number,
    "channel": _veiled_channel,
    "corner_of_code": _corner_of_code,
    "blurred_code": _blurred_code,
}
"""Covers that give something back."""

_LOSSLESS = frozenset({"two_levels", "channel"})
"""Covers whose traces JPEG would quantise away."""

BAD_KINDS = (*BAD, "thumbnail", "tail")

_THUMBNAIL = (480, 480)


def badly_covered(scene: Scene, kind: str, rng: Random) -> Covered:
    """Return a picture of which something comes back.

    Args:
        scene: cards and their truth.
        kind: one of `BAD_KINDS`.
        rng: source of chance.
    """
    pixels = np.array(scene.image.convert("RGB"))
    spots = spots_of(scene.cards)
    if kind == "thumbnail":
        _BLACK(pixels, spots, rng)
        small = scene.image.convert("RGB")
        small.thumbnail(_THUMBNAIL)
        return Covered(with_thumbnail(Image.fromarray(pixels), small), "jpg")
    if kind == "tail":
        _BLACK(pixels, spots, rng)
        covered = _encoded(pixels, scene.jpeg_quality)
        return replace(covered, data=covered.data + _encoded(np.asarray(scene.image.convert("RGB")), 85).data)
    BAD[kind](pixels, spots, rng)
    return _encoded(pixels, None if kind in _LOSSLESS else scene.jpeg_quality)


def _encoded(pixels: Pixels, quality: int | None) -> Covered:
    stream = io.BytesIO()
    picture = Image.fromarray(pixels)
    if quality is None:
        picture.save(stream, "PNG", compress_level=3)
    else:
        picture.save(stream, "JPEG", quality=quality, subsampling="4:2:0")
    return Covered(stream.getvalue(), "png" if quality is None else "jpg")
