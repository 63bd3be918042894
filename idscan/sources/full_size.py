"""Parts of a large image at full size when they are asked for: brightness piece by piece, colours where needed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from idscan.core.tiling import tile_boxes
from idscan.sources.decode import open_picture, pillow_limits
from idscan.sources.layers import turned_upright, upright_box, upright_layers, upright_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

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
        return _reduced_layers(self._image.crop(stored), self._orientation, longest)


class FullSizeJpeg:
    """A JPEG of which brightness is decoded at full size and colour at half of it, as most files store it.

    Both together take half of the memory of all channels at full size; brightness alone, which is enough where nothing
    shows, a third of the time.
    """

    def __init__(self, data: bytes, stored_size: tuple[int, int], orientation: int) -> None:
        """Take the whole file, width and height of the stored image, and its EXIF orientation."""
        self._data = data
        self._stored_size = stored_size
        self._orientation = orientation
        self._decoded: dict[int, Image.Image] = {}
        self.size = upright_size(stored_size, orientation)

    def greys(self) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Yield left, top and brightness of pieces that cover the image, upright, one after the other."""
        return _greys_of(self._at(1), self._orientation)

    def part(self, box: PixelBox, longest: int) -> tuple[NDArray[np.uint8], ...]:
        """Return the layers of a part, upright, as `FullSizeImage.part` does."""
        stored = upright_box(box, self.size, self._orientation, is_inverse=True)
        brightness, colours = self._at(1).crop(stored), self._at(2)
        left, top = stored[0] // 2, stored[1] // 2
        around = colours.crop((left, top, -(-stored[2] // 2), -(-stored[3] // 2)))
        around = around.resize((around.width * 2, around.height * 2), Image.Resampling.BILINEAR)
        x, y = stored[0] - 2 * left, stored[1] - 2 * top
        around = around.crop((x, y, x + brightness.width, y + brightness.height))
        part = Image.merge("YCbCr", (brightness, *around.split()[1:])).convert("RGB")
        return _reduced_layers(part, self._orientation, longest)

    def _at(self, divisor: int) -> Image.Image:
        """Return brightness for 1, YCbCr reduced by 2 for 2; decoded once."""
        if divisor not in self._decoded:
            width, height = self._stored_size
            with pillow_limits(width * height):
                image = open_picture(BytesIO(self._data), "JPEG", len(self._data))
                mode = "L" if divisor == 1 else "YCbCr"
                image.draft(mode, (width // divisor, height // divisor))
                image.load()
            self._decoded[divisor] = image if image.mode == mode else image.convert("RGB").convert(mode)
        return self._decoded[divisor]


def _reduced_layers(part: Image.Image, orientation: int, longest: int) -> tuple[NDArray[np.uint8], ...]:
    """Return the layers of a part, reduced by whole pixels where its longer side has too many."""
    divisor = -(-max(part.size) // longest)
    size = (max(1, part.width // divisor), max(1, part.height // divisor))
    return upright_layers(part, orientation, size)


def _greys_of(image: Image.Image, orientation: int) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    for box in tile_boxes(image.size, _PIECE_SIDE, _PIECE_OVERLAP):
        left, top, _, _ = upright_box(box, image.size, orientation)
        if image.mode == "L":
            yield left, top, np.asarray(turned_upright(image.crop(box), orientation))
            continue
        part = image.crop(box)
        for layer in upright_layers(part, orientation, part.size):
            yield left, top, np.asarray(cv2.cvtColor(layer, cv2.COLOR_RGB2GRAY), np.uint8)
