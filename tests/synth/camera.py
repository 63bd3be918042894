"""How a card gets into a picture: placed in perspective, lit, blurred, grained, compressed."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from tests.synth.truth import box_quad, map_quad

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.truth import CardTruth, Quad

_HALF_PIXEL = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
"""From coordinates of pixel edges to coordinates of pixel centres, which cv2 counts in."""
_ID1_ASPECT = 85.6 / 53.98


@dataclass(frozen=True, slots=True)
class Pose:
    """How a card lies before the camera.

    Attributes:
        turn: degrees clockwise within the picture.
        tilt: degrees by which the card leans back.
        swing: degrees by which its right edge goes away.
        distance: of the camera, in card widths.
    """

    turn: float = 0.0
    tilt: float = 0.0
    swing: float = 0.0
    distance: float = 3.0


@dataclass(frozen=True, slots=True)
class Bend:
    """How a card is bent: as a part of a cylinder.

    Attributes:
        angle: radians that the card takes of the cylinder; its edges come nearer where it is negative.
        is_lengthwise: the axis runs parallel to the short sides, so that lines of print are bent.
    """

    angle: float
    is_lengthwise: bool = True


def project(pose: Pose, aspect: float = _ID1_ASPECT) -> NDArray[np.float64]:
    """Return the four corners of a card of width 1 as a pinhole camera sees them, around the origin."""
    x, y = 0.5, 0.5 / aspect
    return _seen(np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]]), pose)


def _seen(points: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    """Return points of a card's space as a pinhole camera sees them."""
    seen = points @ _rotation(pose).T
    flat: NDArray[np.float64] = seen[:, :2] * pose.distance / (pose.distance + seen[:, 2:])
    return flat


def _rotation(pose: Pose) -> NDArray[np.float64]:
    tilt, swing, turn = (math.radians(angle) for angle in (pose.tilt, pose.swing, pose.turn))
    lean = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    yaw = np.array([[math.cos(swing), 0, math.sin(swing)], [0, 1, 0], [-math.sin(swing), 0, math.cos(swing)]])
    roll = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    return np.asarray(roll @ yaw @ lean)


def fit_corners(corners: NDArray[np.float64], size: tuple[int, int], share: float, rng: Random) -> Quad:
    """Return the corners enlarged to a share of the frame's width and moved to a random place within the frame."""
    extent = corners.max(axis=0) - corners.min(axis=0)
    scale = min(share * size[0] / extent[0], 0.96 * size[1] / extent[1])
    placed = (corners - corners.min(axis=0)) * scale
    room = np.array(size) - extent * scale
    margin = np.minimum(0.02 * np.array(size), room / 2)
    placed += [rng.uniform(margin[i], room[i] - margin[i]) for i in range(2)]
    points = [(float(x), float(y)) for x, y in placed]
    return (points[0], points[1], points[2], points[3])


def put(frame: NDArray[np.uint8], card: Image.Image, truth: CardTruth, quad: Quad) -> CardTruth:
    """Draw an RGBA card into a frame, its corners on the quad, and return its truth in frame pixels."""
    paint(frame, card, quad)
    outline = np.array(box_quad(0, 0, card.width, card.height), np.float32)
    homography = np.asarray(cv2.getPerspectiveTransform(outline, np.array(quad, np.float32)), np.float64)
    return truth.moved(lambda inner: map_quad(inner, homography))


def paint(frame: NDArray[np.uint8], picture: Image.Image, quad: Quad) -> None:
    """Draw an RGBA picture into a frame, its corners on the quad."""
    left, top, right, bottom = _reach(quad, frame.shape)
    width = max(math.dist(quad[0], quad[1]), math.dist(quad[3], quad[2]))
    factor = min(1.0, 1.15 * width / picture.width)
    pixels = np.asarray(picture)
    size = (round(picture.width * factor), round(picture.height * factor))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    within = np.array(quad, np.float32) - np.array([left, top], np.float32)
    edges = cv2.getPerspectiveTransform(np.array(box_quad(0, 0, *size), np.float32), within)
    centres = _HALF_PIXEL @ edges @ np.linalg.inv(_HALF_PIXEL)
    warped = cv2.warpPerspective(small, centres, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3:].astype(np.float32) / 255
    region = frame[top:bottom, left:right]
    region[:] = (region * (1 - alpha) + warped[..., :3] * alpha + 0.5).astype(np.uint8)


def put_bent(
    frame: NDArray[np.uint8],
    card: Image.Image,
    truth: CardTruth,
    *,
    pose: Pose,
    bend: Bend,
    share: float,
    rng: Random,
) -> CardTruth:
    """Draw an RGBA card that is bent into a frame, so large and at a random place; return its truth in frame pixels."""
    aspect = card.width / card.height
    outline = np.array(
        [(u, v) for u, v in np.stack([np.linspace(-0.5, 0.5, 33)] * 2, 1)]
        + [(u, s) for s in (-0.5, 0.5) for u in np.linspace(-0.5, 0.5, 33)]
        + [(s, v) for s in (-0.5, 0.5) for v in np.linspace(-0.5, 0.5, 33)]
    ) / [1, aspect]
    rim = _seen(_on_cylinder(outline, bend, aspect), pose)
    low, high = rim.min(axis=0), rim.max(axis=0)
    height, width = frame.shape[:2]
    scale = min(share * width / (high - low)[0], 0.96 * height / (high - low)[1])
    room = np.array([width, height]) - (high - low) * scale
    at = np.array([rng.uniform(0.05, 0.95) * part for part in room]) - low * scale
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    flat = (np.stack([x, y], axis=-1) - at) / scale
    u, v = _hit(flat, pose, bend, aspect)
    factor = min(1.0, 1.15 * scale / card.width)
    size = (round(card.width * factor), round(card.height * factor))
    small = cv2.resize(np.asarray(card), size, interpolation=cv2.INTER_AREA)
    columns = ((u + 0.5) * size[0] - 0.5).astype(np.float32)
    rows = ((v * aspect + 0.5) * size[1] - 0.5).astype(np.float32)
    drawn = cv2.remap(small, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))
    alpha = drawn[..., 3:].astype(np.float32) / 255
    frame[:] = (frame * (1 - alpha) + drawn[..., :3] * alpha + 0.5).astype(np.uint8)

    def moved(quad: Quad) -> Quad:
        inner = np.array(quad) / card.width - [0.5, 0.5 / aspect]
        points = [
            (round(float(x), 2), round(float(y), 2))
            for x, y in _seen(_on_cylinder(inner, bend, aspect), pose) * scale + at
        ]
        return (points[0], points[1], points[2], points[3])

    return truth.moved(moved)


def _on_cylinder(points: NDArray[np.float64], bend: Bend, aspect: float) -> NDArray[np.float64]:
    """Return points of the flat card (around its middle, width 1) where they lie once it is bent."""
    along, across = (points[:, 0], points[:, 1]) if bend.is_lengthwise else (points[:, 1], points[:, 0])
    radius = (1.0 if bend.is_lengthwise else 1 / aspect) / abs(bend.angle)
    bent = radius * np.sin(along / radius)
    away = math.copysign(1, bend.angle) * radius * (1 - np.cos(along / radius))
    return np.stack([bent, across, away] if bend.is_lengthwise else [across, bent, away], axis=1)


def _hit(
    flat: NDArray[np.float64], pose: Pose, bend: Bend, aspect: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return which points of the flat card the rays through points of the camera's plane meet."""
    back = _rotation(pose)
    start = np.array([0, 0, -pose.distance]) @ back
    rays = np.concatenate([flat, np.full((*flat.shape[:2], 1), pose.distance)], axis=2) @ back
    bent, across = (0, 1) if bend.is_lengthwise else (1, 0)
    sign = math.copysign(1, bend.angle)
    radius = (1.0 if bend.is_lengthwise else 1 / aspect) / abs(bend.angle)
    deep = start[2] - sign * radius
    a = rays[..., bent] ** 2 + rays[..., 2] ** 2
    b = rays[..., bent] * start[bent] + rays[..., 2] * deep
    c = start[bent] ** 2 + deep**2 - radius**2
    under = b * b - a * c
    far = (-b - sign * np.sqrt(np.maximum(under, 0))) / a
    point = start[bent] + far * rays[..., bent]
    depth = start[2] + far * rays[..., 2]
    along = radius * np.arctan2(point, radius - sign * depth)
    along[under < 0] = 9.0  # beyond any card
    other = start[across] + far * rays[..., across]
    return (along, other) if bend.is_lengthwise else (other, along)


def _reach(quad: Quad, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    xs, ys = zip(*quad, strict=True)
    left, top = max(0, math.floor(min(xs)) - 2), max(0, math.floor(min(ys)) - 2)
    return (left, top, min(shape[1], math.ceil(max(xs)) + 2), min(shape[0], math.ceil(max(ys)) + 2))


def cast_shadow(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Darken the ground beside a card that will lie on the quad."""
    height, width = frame.shape[:2]
    reach = 0.02 * math.dist(quad[0], quad[1])
    shift = np.array([rng.uniform(-reach, reach), rng.uniform(0, reach)])
    coarse = np.zeros((height // 4, width // 4), np.uint8)
    cv2.fillConvexPoly(coarse, ((np.array(quad) + shift) / 4).astype(np.int32), 255)
    soft = cv2.GaussianBlur(coarse, (0, 0), max(1.0, reach / 4))
    shade = 1 - rng.uniform(0.25, 0.55) * cv2.resize(soft, (width, height)).astype(np.float32)[..., None] / 255
    frame[:] = (frame * shade).astype(np.uint8)


def draw_thumb(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Let a thumb hold the card at its left edge, over the margin that nothing is printed on."""
    corners = np.array(quad)
    edge = corners[0] + (corners[3] - corners[0]) * rng.uniform(0.45, 0.7)
    inward = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
    width = np.linalg.norm(corners[1] - corners[0])
    thickness = 0.16 * width
    tip = edge + inward * (0.022 * width - thickness / 2)
    root = tip - inward * width * 0.9 + (corners[3] - corners[0]) * 0.4
    skin = rng.choice(((214, 168, 140), (188, 140, 110), (232, 194, 168)))
    layer = np.zeros(frame.shape[:2], np.uint8)
    start, end = (tuple(int(part) for part in point) for point in (tip, root))
    cv2.line(layer, start, end, 255, int(thickness), cv2.LINE_AA)
    soft = cv2.GaussianBlur(layer, (0, 0), max(0.8, 0.002 * float(width)))
    x = np.linspace(0.92, 1.06, frame.shape[1], dtype=np.float32)[None, :, None]
    alpha = soft.astype(np.float32)[..., None] / 255
    frame[:] = np.clip(frame * (1 - alpha) + np.array(skin, np.float32) * x * alpha, 0, 255).astype(np.uint8)


def light(frame: NDArray[np.uint8], rng: Random, strength: float) -> NDArray[np.uint8]:
    """Return the frame under uneven light of a slightly wrong colour."""
    height, width = frame.shape[:2]
    corners = np.array([[rng.uniform(1 - strength, 1.06) for _ in range(2)] for _ in range(2)], np.float32)
    field = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    warmth = rng.uniform(-0.06, 0.06)
    tint = np.array([1 + warmth, 1, 1 - warmth], np.float32) * rng.uniform(0.85, 1.06)
    return np.clip(frame * (field * tint), 0, 255).astype(np.uint8)


def add_glare(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Add a pale reflection somewhere on the card; print stays legible in it."""
    height, width = frame.shape[:2]
    (ax, ay), _, (cx, cy), _ = quad
    share = rng.uniform(0.2, 0.8)
    at = (int((ax + (cx - ax) * share) / 8), int((ay + (cy - ay) * share) / 8))
    radius = max(2, int(math.dist(quad[0], quad[1]) * rng.uniform(0.06, 0.14) / 8))
    spot = np.zeros((height // 8, width // 8), np.uint8)
    cv2.ellipse(spot, at, (radius * 2, radius), rng.uniform(0, 180), 0, 360, 255, -1)
    soft = cv2.resize(cv2.GaussianBlur(spot, (0, 0), radius * 0.8), (width, height))
    frame[:] = cv2.add(frame, cv2.merge([cv2.convertScaleAbs(soft, alpha=rng.uniform(0.1, 0.25))] * 3))


def blur_and_grain(frame: NDArray[np.uint8], rng: Random, sigma: float, grain: float) -> NDArray[np.uint8]:
    """Return the frame out of focus by a Gaussian of `sigma` pixels, with sensor noise of `grain` grey levels."""
    soft = cv2.GaussianBlur(frame, (0, 0), sigma) if sigma > 0.2 else frame
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, grain, (384, 384, 3)).astype(np.float32)
    noise = 0.8 * noise[..., :1] + 0.5 * noise
    height, width = frame.shape[:2]
    tiles = np.tile(noise, (height // 384 + 1, width // 384 + 1, 1))[:height, :width]
    return np.asarray(np.clip(soft + tiles, 0, 255), np.uint8)


def recompress(picture: Image.Image, quality: int) -> Image.Image:
    """Return the picture after a JPEG round trip with halved colour resolution, as social media store it."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(buffer) as again:
        return again.convert("RGB")


def resize(
    picture: Image.Image, cards: tuple[CardTruth, ...], long_side: int
) -> tuple[Image.Image, tuple[CardTruth, ...]]:
    """Return the picture with a given long side, and the cards at their new places."""
    factor = long_side / max(picture.size)
    size = (round(picture.width * factor), round(picture.height * factor))
    scale = np.diag([size[0] / picture.width, size[1] / picture.height, 1.0])
    moved = tuple(card.moved(lambda quad: map_quad(quad, scale)) for card in cards)
    return picture.resize(size, Image.Resampling.LANCZOS), moved
