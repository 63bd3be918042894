"""Pictures as files store them: blocks, JPEG round trips, and values drawn on a made-up card's ground."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np
import segno
from PIL import Image, ImageDraw

from idscan.core.geometry import quad_from_points
from idscan.images.pixels import Grid
from tests.synth.fonts import DEFAULT_FAMILIES, _known, face

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

GROUND = (196, 222, 208)
INK = (120, 20, 30)


SINGLE_PIXELS = Grid()
CODED_BLOCKS = {"4:4:4": Grid(8, 8), "4:2:2": Grid(16, 8), "4:2:0": Grid(16, 16)}
"""Units that JPEG codes by themselves, by how it thins out colour."""


def through_jpeg(pixels: NDArray[np.uint8], quality: int, subsampling: str) -> NDArray[np.uint8]:
    """Return what is left of an RGB picture after it was stored as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(buffer))


def text_patch(text: str, pixels: int, squeeze_to: tuple[int, int] | None = None) -> Image.Image:
    """Return text as a mask of ink, cut to its ink or stretched to a size that tells nothing about it."""
    font = face(_known()[DEFAULT_FAMILIES[0]].regular, pixels)
    box = font.getbbox(text, anchor="ls")
    patch = Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])), 0)
    ImageDraw.Draw(patch).text((-box[0], -box[1]), text, fill=255, font=font, anchor="ls")
    return patch if squeeze_to is None else patch.resize(squeeze_to)


def code_patch(text: str, module: int) -> Image.Image:
    """Return a QR code as a mask of ink."""
    matrix = np.array([list(row) for row in segno.make(text, error="m", version=6, mask=2).matrix], dtype=np.uint8)
    return Image.fromarray(np.kron(matrix, np.ones((module, module), np.uint8)) * np.uint8(255))


def stamped(
    ground: NDArray[np.uint8], patch: Image.Image, centre: tuple[float, float], degrees: float
) -> NDArray[np.uint8]:
    """Return a copy of an RGB picture with ink on it, turned about its centre."""
    height, width = ground.shape[:2]
    turn = math.radians(degrees)
    cosine, sine = math.cos(turn), math.sin(turn)
    middle_x, middle_y = patch.width / 2, patch.height / 2
    back = (
        cosine, sine, middle_x - cosine * centre[0] - sine * centre[1],
        -sine, cosine, middle_y + sine * centre[0] - cosine * centre[1],
    )  # fmt: skip
    ink = patch.transform((width, height), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
    picture = Image.fromarray(ground)
    picture.paste(INK, (0, 0), ink)
    return np.asarray(picture)


def place_of(size: tuple[int, int], centre: tuple[float, float], degrees: float) -> Quad:
    """Return the quad around a patch of that size, stamped there."""
    turn = math.radians(degrees)
    cosine, sine = math.cos(turn), math.sin(turn)
    right, below = size[0] / 2, size[1] / 2
    return quad_from_points(
        (centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine)
        for x, y in ((-right, -below), (right, -below), (right, below), (-right, below))
    )


def safe_margin(line_height: float) -> float:
    """Return the pixels by which ink is covered wider than it is."""
    return max(8.0, 0.35 * line_height)
