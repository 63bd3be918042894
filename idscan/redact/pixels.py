"""Arrays of pixels as pictures that know nothing but their pixels."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GREYS = 2
"""Pictures with fewer channels than three are grey, with or without alpha."""


def has_alpha(pixels: NDArray[Any]) -> bool:
    """Return whether the last channel is transparency."""
    return pixels.shape[2] in {2, 4}


def in_8_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the high bytes."""
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def with_colours(pixels: NDArray[Any], *, alpha: bool) -> NDArray[Any]:
    """Return RGB, with alpha if asked for: grey three times, opaque where there was none.

    Args:
        pixels: shape (height, width, 1 to 4).
        alpha: whether the result has it; what there is of it is dropped otherwise.
    """
    colours = pixels[..., :1].repeat(3, axis=2) if pixels.shape[2] <= _GREYS else pixels[..., :3]
    if not alpha:
        return np.ascontiguousarray(colours)
    opaque = np.full_like(pixels[..., :1], np.iinfo(pixels.dtype).max)
    return np.concatenate([colours, pixels[..., -1:] if has_alpha(pixels) else opaque], axis=2)


def picture(pixels: NDArray[Any]) -> Image.Image:
    """Return a Pillow picture of mode L, LA, RGB, RGBA or I;16 without anything besides pixels."""
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    return Image.fromarray(np.ascontiguousarray(flat))


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    """Return what Pillow makes of a picture."""
    sink = BytesIO()
    image.save(sink, format_name, **options)
    return sink.getvalue()
