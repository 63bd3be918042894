"""Parts of a large image at full size when they are asked for: brightness piece by piece, colours where needed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.tiling import tile_boxes
from idscan.sources.decode import open_picture, pillow_limits
from idscan.sources.layers import turned_upright, upright_box, upright_layers, upright_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

    from idscan.core.tiling import PixelBox

_PIECE_SIDE, _PIECE_OVERLAP = 5000, 400
"""Pixels: a piece of 25 MB; lines of fine print are shorter than the overlap."""


class FullSizeImage:
    """A loaded image of which parts are turned upright when they are asked for."""

    def __init__(self, image: Image.Image, orientation: int) -> None:
        """Take a loaded image and its EXIF orientation, 1 to 8."""
        self._image = image
        self._orientation = orientation
        self.size = upright_size(image.size, orientation)

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, upright, one after the other."""
        return _greys_of(self._image, self._orientation)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part, upright.

        Args:
            box: of the part in the upright image.
            longest: pixels of its longer side at most; a larger one is reduced by whole pixels.
        """
        stored = upright_box(box, self.size, self._orientation, is_inverse=True)
        part = self._image.crop(stored)
        divisor = -(-max(part.size) // longest)
        size = (max(1, part.width // divisor), max(1, part.height // divisor))
        return upright_layers(part, self._orientation, size)


class FullSizeJpeg:
    """A JPEG of which the brightness alone is decoded at first: a third of the time, a quarter of the memory."""

    def __init__(self, data: bytes, stored_size: tuple[int, int], orientation: int) -> None:
        """Take the whole file, width and height of the stored image, and its EXIF orientation."""
        self._data = data
        self._orientation = orientation
        self._max_pixels = stored_size[0] * stored_size[1]
        self._colours: FullSizeImage | None = None
        self.size = upright_size(stored_size, orientation)

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, upright, one after the other."""
        with pillow_limits(self._max_pixels):
            image = self._opened()
            image.draft("L", image.size)
            image.load()
        yield from _greys_of(image, self._orientation)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part, upright, as `FullSizeImage.part` does; decodes the colours when first called."""
        if self._colours is None:
            with pillow_limits(self._max_pixels):
                image = self._opened()
                image.load()
            self._colours = FullSizeImage(image, self._orientation)
        return self._colours.part(box, longest)

    def _opened(self) -> Image.Image:
        return open_picture(BytesIO(self._data), "JPEG", len(self._data))


def _greys_of(image: Image.Image, orientation: int) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    for box in tile_boxes(image.size, _PIECE_SIDE, _PIECE_OVERLAP):
        left, top, _, _ = upright_box(box, image.size, orientation)
        if image.mode == "L":
            yield left, top, np.asarray(turned_upright(image.crop(box), orientation))
            continue
        part = image.crop(box)
        for layer in upright_layers(part, orientation, part.size):
            yield left, top, np.asarray(cv2.cvtColor(layer, cv2.COLOR_RGB2GRAY), np.uint8)
