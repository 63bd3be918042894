"""What spoils a picture: darkness, motion, a screen's dots, plastic, stickers, wear."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from tests.synth import camera
from tests.synth.backdrops import clouds
from tests.synth.truth import box_quad, map_quad

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    from tests.synth.truth import CardTruth, Quad

_SUB_PIXELS = 3
"""Stripes of red, green and blue that make a pixel of a screen."""


def darken(frame: NDArray[np.uint8], rng: Random, exposure: float, noise: float) -> NDArray[np.uint8]:
    """Return the frame as a sensor sees it by little light: dim, with noise that is strongest where it is darkest.

    Args:
        frame: uint8 array of shape (height, width, 3).
        rng: source of chance.
        exposure: share of the light that is left.
        noise: standard deviation in grey levels of the result.
    """
    linear = (frame.astype(np.float32) / 255) ** 2.2 * exposure
    grey = linear ** (1 / 2.2) * 255
    return camera.blur_and_grain(np.clip(grey, 0, 255).astype(np.uint8), rng, 0.6, noise)


def shake(frame: NDArray[np.uint8], length: float, degrees: float) -> NDArray[np.uint8]:
    """Return the frame as a moving camera sees it: each point drawn out into a line of a length in pixels."""
    reach = math.ceil(length / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    radians = math.radians(degrees)
    for step in np.linspace(-length / 2, length / 2, 8 * reach):
        x, y = reach + step * math.cos(radians), reach + step * math.sin(radians)
        left, top = math.floor(x), math.floor(y)
        for column, row in ((left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)):
            kernel[row, column] += (1 - abs(x - column)) * (1 - abs(y - row))
    return np.asarray(cv2.filter2D(frame, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _lit(picture: Image.Image) -> NDArray[np.float32]:
    """Return what a screen shows of a picture, close up: each pixel is a red, a green and a blue stripe on black."""
    pixels = np.asarray(picture.convert("RGB"), np.float32)
    height, width = pixels.shape[:2]
    lit = np.zeros((height * _SUB_PIXELS, width * _SUB_PIXELS, 3), np.float32)
    for colour in range(3):
        for row in range(_SUB_PIXELS - 1):
            lit[row::_SUB_PIXELS, colour::_SUB_PIXELS, colour] = pixels[..., colour]
    return lit


def draw_screen(
    frame: NDArray[np.uint8], picture: Image.Image, quad: Quad, truths: tuple[CardTruth, ...], rng: Random
) -> tuple[CardTruth, ...]:
    """Draw a lit screen into a frame, sampled point by point as a sensor does, so that its dots beat with the pixels.

    Returns:
        The cards of the picture where they lie in the frame.
    """
    lit = _lit(picture)
    height, width = lit.shape[:2]
    matrix = np.asarray(
        cv2.getPerspectiveTransform(np.array(box_quad(0, 0, width, height), np.float32), np.array(quad, np.float32))
    )
    size = (frame.shape[1], frame.shape[0])
    # A pixel of the sensor gathers light over most of its own width, less than a dot of the screen is apart.
    gathered = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.8, 1.3))
    exposure = rng.uniform(0.75, 1.0) * _SUB_PIXELS**2 / (_SUB_PIXELS - 1)
    shown = np.clip(cv2.warpPerspective(gathered, matrix, size, flags=cv2.INTER_LINEAR) * exposure, 0, 255)
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR)
    alpha = covered[..., None].astype(np.float32) / 255
    frame[:] = (frame * (1 - alpha) + shown * alpha + 0.5).astype(np.uint8)
    to_frame = matrix @ np.diag([_SUB_PIXELS, _SUB_PIXELS, 1.0])
    return tuple(truth.moved(lambda inner: map_quad(inner, to_frame)) for truth in truths)


def sleeve(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Put a card on the quad into a plastic sleeve: an edge around it, haze, and bright streaks along its folds."""
    height, width = frame.shape[:2]
    corners = np.array(quad)
    middle = corners.mean(axis=0)
    outer = (middle + (corners - middle) * rng.uniform(1.06, 1.14)).astype(np.int32)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, outer, 255)
    mask = inside[..., None].astype(np.float32) / 255
    haze = rng.uniform(0.06, 0.2)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    uneven = np.clip(haze + 0.05 * clouds((width, height), noise, (4, 9)), 0, 0.4)[..., None]
    side = math.dist(quad[0], quad[1])
    streaks = np.zeros((height, width), np.float32)
    for _ in range(rng.randint(1, 3)):
        along = rng.uniform(0, math.pi)
        at = middle + np.array([rng.uniform(-0.4, 0.4), rng.uniform(-0.25, 0.25)]) * side
        reach = np.array([math.cos(along), math.sin(along)]) * side * rng.uniform(0.15, 0.5)
        ends = [tuple(int(part) for part in point) for point in (at - reach, at + reach)]
        line = np.zeros((height, width), np.uint8)
        cv2.line(line, ends[0], ends[1], 255, max(2, int(side * rng.uniform(0.01, 0.035))), cv2.LINE_AA)
        soft = cv2.GaussianBlur(line, (0, 0), side * rng.uniform(0.006, 0.02)).astype(np.float32) / 255
        streaks = np.maximum(streaks, soft * rng.uniform(0.35, 0.75))
    light = np.clip(uneven + streaks[..., None], 0, 0.85) * mask
    frame[:] = np.clip(frame * (1 - light) + 250 * light, 0, 255).astype(np.uint8)
    cv2.polylines(frame, [outer], isClosed=True, color=(225, 228, 232), thickness=max(1, int(side * 0.004)))


def fade(card: Image.Image, rng: Random, share: float, towards: tuple[int, int, int]) -> Image.Image:
    """Return a card whose print and ground have gone pale by a share, more in some places than in others."""
    pixels = np.asarray(card).copy()
    noise = np.random.default_rng(rng.randrange(1 << 30))
    uneven = np.clip(share * (1 + 0.4 * clouds(card.size, noise, (3, 7))), 0, 0.85)[..., None]
    pixels[..., :3] = pixels[..., :3] * (1 - uneven) + np.array(towards, np.float32) * uneven
    return Image.fromarray(pixels)


def wear(card: Image.Image, rng: Random) -> Image.Image:
    """Return a card after twenty years in a pocket: yellowed, stained, scratched and creased."""
    worn = fade(card, rng, rng.uniform(0.1, 0.3), (226, 214, 184))
    pixels = np.asarray(worn).copy()
    height, width = pixels.shape[:2]
    noise = np.random.default_rng(rng.randrange(1 << 30))
    stain = np.clip(clouds((width, height), noise, (5, 11)) - 0.9, 0, 1)[..., None] * rng.uniform(0.1, 0.3)
    pixels[..., :3] = pixels[..., :3] * (1 - stain) + np.array((126, 96, 60), np.float32) * stain
    for _ in range(rng.randint(3, 14)):
        start = (rng.randrange(width), rng.randrange(height))
        reach = (start[0] + rng.randint(-width // 3, width // 3), start[1] + rng.randint(-height // 4, height // 4))
        tone = rng.choice((246, 236, 120))
        cv2.line(pixels, start, reach, (tone, tone, tone - 8, 255), rng.randint(1, 3), cv2.LINE_AA)
    for _ in range(rng.randint(0, 2)):
        x = rng.uniform(0.2, 0.8) * width
        ends = ((int(x + rng.gauss(0, 20)), 0), (int(x + rng.gauss(0, 20)), height))
        if rng.random() < 0.4:
            y = rng.uniform(0.2, 0.8) * height
            ends = ((0, int(y + rng.gauss(0, 14))), (width, int(y + rng.gauss(0, 14))))
        cv2.line(pixels, ends[0], ends[1], (250, 246, 236, 255), 3, cv2.LINE_AA)
        shade = tuple((point[0] + 3, point[1] + 3) for point in ends)
        cv2.line(pixels, shade[0], shade[1], (120, 110, 96, 255), 2, cv2.LINE_AA)
    pixels[..., 3] = np.asarray(card)[..., 3]
    return Image.fromarray(pixels)


def photocopied(picture: Image.Image, rng: Random) -> Image.Image:
    """Return a picture as a copier gives it: black on white, mid-tones torn to either side, specks of toner."""
    grey = np.asarray(picture.convert("L"), np.float32)
    steep, middle = rng.uniform(1.4, 3.2), rng.uniform(118, 150)
    toned = 255 / (1 + np.exp(-steep * (grey - middle) / 40))
    noise = np.random.default_rng(rng.randrange(1 << 30))
    specks = noise.random(grey.shape) < 10 ** rng.uniform(-5, -3.7)
    toned[specks] = 40
    if rng.random() < 0.3:
        column = rng.randrange(toned.shape[1])
        toned[:, column : column + 2] *= 0.75
    soft = cv2.GaussianBlur(np.clip(toned, 0, 255), (0, 0), rng.uniform(0.4, 0.9))
    return Image.fromarray(soft.astype(np.uint8)).convert("RGB")


def stick(frame: NDArray[np.uint8], place: Quad, rng: Random) -> Quad:
    """Cover a place with a paper sticker or a fingertip and return its outline."""
    corners = np.array(place)
    middle = corners.mean(axis=0)
    if rng.random() < 0.5:
        colour = rng.choice(((250, 250, 246), (250, 226, 90), (240, 90, 110), (40, 40, 44)))
        cv2.fillConvexPoly(frame, corners.astype(np.int32), colour, cv2.LINE_AA)
        return place
    skin = rng.choice(((214, 168, 140), (188, 140, 110), (232, 194, 168)))
    axes = (max(2, int(math.dist(place[0], place[1]) / 2)), max(2, int(math.dist(place[1], place[2]) / 2)))
    angle = math.degrees(math.atan2(place[1][1] - place[0][1], place[1][0] - place[0][0]))
    centre = (int(middle[0]), int(middle[1]))
    cv2.ellipse(frame, centre, axes, angle, 0, 360, skin, -1, cv2.LINE_AA)
    return place


def throw_shadow(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> None:
    """Lay a shadow with a hard or soft edge over a part of a frame, its edge across the card on the quad."""
    height, width = frame.shape[:2]
    corners = np.array(quad)
    middle = corners.mean(axis=0) + np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.15, 0.15)]) * np.ptp(corners)
    along = rng.uniform(0, 2 * math.pi)
    side = np.array([math.cos(along), math.sin(along)])
    across = np.array([-side[1], side[0]])
    far = 2.0 * max(width, height)
    wide = far if rng.random() < 0.5 else rng.uniform(0.2, 0.5) * math.dist(quad[0], quad[1])
    edge = [middle + side * far, middle - side * far]
    outline = np.array([edge[0], edge[1], edge[1] + across * wide, edge[0] + across * wide])
    coarse = np.zeros((height // 4, width // 4), np.uint8)
    cv2.fillConvexPoly(coarse, (outline / 4).astype(np.int32), 255)
    soft = cv2.GaussianBlur(coarse, (0, 0), rng.uniform(0.5, 8))
    shade = 1 - rng.uniform(0.4, 0.75) * cv2.resize(soft, (width, height)).astype(np.float32)[..., None] / 255
    frame[:] = (frame * shade).astype(np.uint8)


def hold(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> list[Quad]:
    """Let one to three finger tips reach over edges of the card on the quad and return the places that they cover."""
    corners = np.array(quad)
    middle = corners.mean(axis=0)
    wide = math.dist(quad[0], quad[1])
    skin = np.array(rng.choice(((214, 168, 140), (150, 104, 80), (232, 194, 168), (110, 74, 56))), np.float32)
    covers: list[Quad] = []
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(4)
        edge = corners[start] + (corners[(start + 1) % 4] - corners[start]) * rng.uniform(0.15, 0.85)
        inward = (middle - edge) / np.linalg.norm(middle - edge)
        thick = rng.uniform(0.11, 0.17) * wide
        tip = edge + inward * (rng.uniform(0.02, 0.11) * wide - thick / 2)
        root = tip - inward * wide * 1.2
        layer = np.zeros(frame.shape[:2], np.uint8)
        ends = [tuple(int(part) for part in point) for point in (tip, root)]
        cv2.line(layer, ends[0], ends[1], 255, int(thick), cv2.LINE_AA)
        round_off = cv2.GaussianBlur(layer, (0, 0), thick * 0.2).astype(np.float32)[..., None] / 255
        alpha = cv2.GaussianBlur(layer, (0, 0), 1.0).astype(np.float32)[..., None] / 255
        frame[:] = np.clip(frame * (1 - alpha) + skin * (0.45 + 0.6 * round_off) * alpha, 0, 255).astype(np.uint8)
        beside = np.array([-inward[1], inward[0]]) * thick / 2
        reach = tip + inward * thick / 2
        shape = [reach - beside, reach + beside, root + beside, root - beside]
        points = [(float(x), float(y)) for x, y in shape]
        covers.append((points[0], points[1], points[2], points[3]))
    return covers


def frame_window(frame: NDArray[np.uint8], quad: Quad, rng: Random) -> list[Quad]:
    """Lay a wallet's leather around a window over the edges of the card on the quad and return what it covers."""
    height, width = frame.shape[:2]
    unit = np.array(box_quad(0, 0, 1, 1), np.float32)
    to_frame = np.asarray(cv2.getPerspectiveTransform(unit, np.array(quad, np.float32)), np.float64)
    inset = [rng.uniform(-0.02, 0.025) for _ in range(4)]
    window = np.array(map_quad(box_quad(inset[0], inset[1], 1 - inset[2], 1 - inset[3]), to_frame))
    outer = np.array(map_quad(box_quad(-0.25, -0.3, 1.25, 1.3), to_frame))
    layer = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(layer, outer.astype(np.int32), 255)
    cv2.fillConvexPoly(layer, window.astype(np.int32), 0)
    alpha = cv2.GaussianBlur(layer, (0, 0), 1.2).astype(np.float32)[..., None] / 255
    leather = np.array(rng.choice(((60, 38, 28), (28, 28, 32), (120, 78, 48), (150, 30, 40))), np.float32)
    noise = np.random.default_rng(rng.randrange(1 << 30))
    grain = 1 + 0.12 * clouds((width, height), noise, (60, 160))[..., None]
    frame[:] = np.clip(frame * (1 - alpha) + leather * grain * alpha, 0, 255).astype(np.uint8)
    strips = (
        box_quad(-0.25, -0.3, 1.25, inset[1]),
        box_quad(-0.25, 1 - inset[3], 1.25, 1.3),
        box_quad(-0.25, -0.3, inset[0], 1.3),
        box_quad(1 - inset[2], -0.3, 1.25, 1.3),
    )
    return [map_quad(strip, to_frame) for strip in strips]
