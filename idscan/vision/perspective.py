"""Homographies between an image and a rectified part of it; cut out text lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core import geometry
from idscan.core.arrays import halved, resized_fast
from idscan.core.geometry import Homography, Quad, quad_from_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TO_EDGES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_CENTRES = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
"""Convert coordinates that count from pixel centres to pixel edges, and back."""
_MAX_LINE_HEIGHT = 64
"""Pixels: recognisers reduce lines to fewer."""


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A rectified part of an image.

    Attributes:
        pixels: read-only uint8 array of shape (height, width, 3), RGB.
        to_source: homography from view pixels to pixels of the source image.
    """

    pixels: NDArray[np.uint8]
    to_source: Homography

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    def source_quad(self, quad: Quad) -> Quad:
        """Map a quad of this view to the source image."""
        return geometry.transform(self.to_source, quad)

    def view_quad(self, quad: Quad) -> Quad:
        """Map a quad of the source image to this view."""
        return geometry.transform(inverse(self.to_source), quad)


def homography(source: Quad, target: Quad) -> Homography:
    """Return the homography that maps the four corners of `source` to those of `target`."""
    matrix = cv2.getPerspectiveTransform(np.array(source, np.float32), np.array(target, np.float32))
    return _as_tuple(matrix)


def widened(quad: Quad, share: float) -> Quad:
    """Return a card's outline with a margin on each side, a share of the side, in the card's own perspective."""
    around = quad_from_box(-share, -share, 1 + share, 1 + share)
    return geometry.transform(homography(quad_from_box(0, 0, 1, 1), quad), around)


def inverse(matrix: Homography) -> Homography:
    """Return the inverse homography."""
    return _as_tuple(np.linalg.inv(_as_array(matrix)))


def compose(first: Homography, then: Homography) -> Homography:
    """Return the homography that applies `first`, then `then`."""
    return _as_tuple(_as_array(then) @ _as_array(first))


def whole(rgb: NDArray[np.uint8]) -> View:
    """Return an image as a view of itself."""
    return View(rgb, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))


def rectify(rgb: NDArray[np.uint8], quad: Quad, size: tuple[int, int]) -> View:
    """Rectify a quad of an image.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: clockwise from the corner that becomes the top-left one.
        size: (width, height) of the result in pixels.
    """
    width, height = size
    to_source = homography(quad_from_box(0, 0, width, height), quad)
    whole = quad_from_box(0, 0, rgb.shape[1], rgb.shape[0])
    if quad == whole and rgb.shape[1] >= width and rgb.shape[0] >= height:
        return View(_read_only(resized_fast(rgb, size)), to_source)
    # cv2 counts from pixel centres, quads from pixel edges.
    centred = _as_tuple(_TO_CENTRES @ _as_array(to_source) @ _TO_EDGES)
    shrink = max(geometry.width(quad) / width, geometry.height(quad) / height)
    source, centred = _halved_for(rgb, centred, shrink)
    pixels = cv2.warpPerspective(
        source,
        _as_array(centred),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return View(_read_only(pixels), to_source)


def _halved_for(rgb: NDArray[np.uint8], centred: Homography, shrink: float) -> tuple[NDArray[np.uint8], Homography]:
    """Halve the source once per octave that the view is coarser, so that the warp does not alias."""
    while shrink >= 2:  # noqa: PLR2004  one octave
        height, width = rgb.shape[:2]
        smaller = halved(rgb)
        factor_x, factor_y = smaller.shape[1] / width, smaller.shape[0] / height
        down = (factor_x, 0.0, factor_x / 2 - 0.5, 0.0, factor_y, factor_y / 2 - 0.5, 0.0, 0.0, 1.0)
        rgb, centred, shrink = smaller, compose(centred, down), shrink / 2
    return rgb, centred


def rotated_view(view: View, quarter_turns: int) -> View:
    """Return the view rotated clockwise by quarter turns."""
    turns = quarter_turns % 4
    if turns == 0:
        return view
    width, height = view.width, view.height
    corners = quad_from_box(0, 0, width, height)
    # A clockwise turn moves the bottom-left corner to the top left.
    old = geometry.turned(corners, -turns)
    new_width, new_height = (width, height) if turns == 2 else (height, width)  # noqa: PLR2004  half a turn
    back = homography(quad_from_box(0, 0, new_width, new_height), old)
    return View(_read_only(np.rot90(view.pixels, -turns)), compose(back, view.to_source))


def mirrored(view: View) -> View:
    """Return the view mirrored left to right."""
    back: Homography = (-1.0, 0.0, float(view.width), 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    return View(_read_only(view.pixels[:, ::-1]), compose(back, view.to_source))


def cut_line(rgb: NDArray[np.uint8], quad: Quad, max_height: int = _MAX_LINE_HEIGHT) -> NDArray[np.uint8]:
    """Cut out one line of text, upright, never enlarged.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: the line, clockwise from its top-left corner as read.
        max_height: a higher line is reduced to this many pixels.
    """
    height = max(geometry.height(quad), 1.0)
    scale = min(1.0, max_height / height)
    size = (max(2, round(geometry.width(quad) * scale)), max(2, round(height * scale)))
    left, top, right, bottom = geometry.bounds(quad)
    x0, y0 = max(int(left) - 2, 0), max(int(top) - 2, 0)
    part = rgb[y0 : max(int(bottom) + 3, y0 + 1), x0 : max(int(right) + 3, x0 + 1)]
    if part.size == 0:
        return np.full((size[1], size[0], 3), 127, np.uint8)
    return rectify(part, geometry.shifted(quad, -x0, -y0), size).pixels


def _as_array(matrix: Homography) -> NDArray[np.float64]:
    return np.array(matrix, dtype=np.float64).reshape(3, 3)


def _as_tuple(matrix: NDArray[Any]) -> Homography:
    values = (matrix / matrix[2, 2]).ravel().tolist() if abs(matrix[2, 2]) > 1e-12 else matrix.ravel().tolist()  # noqa: PLR2004
    return (
        values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8],
    )  # fmt: skip


def _read_only(pixels: object) -> NDArray[np.uint8]:
    array: NDArray[np.uint8] = np.ascontiguousarray(pixels, dtype=np.uint8)
    array.setflags(write=False)
    return array
