"""From the many ways in which pictures store colour to RGB layers in which nothing stays hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from idscan.core.tiling import PixelBox

FIRST_SWAPPED_ORIENTATION = 5
"""From this EXIF orientation on, width and height are exchanged."""

_STRIP_PIXELS = 2**18
"""Pixels converted at a time: a strip that stays in the processor's cache is converted three times as fast."""

_VISIBLE_DIFFERENCE = 24
"""Grey levels from which a pixel counts as different; print that differs less cannot be read."""

_LEGIBLE_PIXELS = 48
"""Fewer different pixels spell no number: a digit four pixels high takes about six, the shortest number has nine."""

_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_DEEP_RANGES = (1.0, 255.0, 65535.0)
"""Whites that files with more than 8 bits mean; the smallest that holds all values (1.0 for floats only)."""

_DEEP_SAMPLES = 2**20
_OUTLIERS_PERCENT = 0.1
_NARROW_SHARE = 0.5
"""A picture whose values fill less than this share of its range is shown with stretched contrast as well."""

# EXIF 2.32, tag Orientation: the turn that brings the stored pixels upright.
_TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FROM_FAR_END = frozenset({3, 4, 6, 7})
"""Orientations that bring the first stored row to the bottom or the right."""

_FROM_RIGHT, _FROM_BOTTOM = frozenset({2, 3, 7, 8}), frozenset({3, 4, 6, 7})
"""Orientations that count stored columns from the right, and stored rows from the bottom."""

_INVERSE = {6: 8, 8: 6}
"""Orientations that the same turn does not undo."""


@dataclass(frozen=True, slots=True)
class _Rendering:
    """How a strip of the picture becomes RGB, one picture per layer."""

    layers: int
    render: Callable[[Image.Image], tuple[Image.Image, ...]]


@dataclass(frozen=True, slots=True)
class _Strip:
    """Rows of the picture that become rows `start` to `stop` of the result; `box` is what of them to resize."""

    image: Image.Image
    start: int
    stop: int
    box: tuple[float, float, float, float] | None


def upright_layers(image: Image.Image, orientation: int, size: tuple[int, int]) -> tuple[NDArray[np.uint8], ...]:
    """Return read-only RGB arrays of a loaded picture, upright and reduced to `size`.

    The first layer is the stored colour. Others follow only where they show something else: the picture on white and
    on black where it is transparent, and with stretched contrast where it has more than 8 bits but uses few of them.

    Args:
        image: loaded; it is not changed.
        orientation: EXIF orientation, 1 to 8.
        size: width and height to reduce to, before turning.
    """
    rendering = _rendering(image)
    width, height = size
    shape = (width, height, 3) if orientation >= FIRST_SWAPPED_ORIENTATION else (height, width, 3)
    arrays = [np.empty(shape, np.uint8) for _ in range(rendering.layers)]
    for strip in _strips(image, size):
        for array, layer in zip(arrays, rendering.render(strip.image), strict=True):
            reduced = layer
            if strip.box is not None:
                reduced = layer.resize((width, strip.stop - strip.start), Image.Resampling.HAMMING, box=strip.box)
            _place(array, reduced, orientation, (strip.start, strip.stop))
    kept: list[NDArray[np.uint8]] = []
    for array in arrays:
        if all(_differ_visibly(array, other) for other in kept):
            array.setflags(write=False)
            kept.append(array)
    return tuple(kept)


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return width and height of a stored size once it is turned upright."""
    return size[::-1] if orientation >= FIRST_SWAPPED_ORIENTATION else size


def turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return an image as its EXIF orientation says that it is to be seen."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def upright_box(box: PixelBox, size: tuple[int, int], orientation: int, *, is_inverse: bool = False) -> PixelBox:
    """Return where a box of an image lies once the image is turned upright.

    Args:
        box: in the stored image; in the upright one where `is_inverse`.
        size: width and height of the image that the box is given in.
        orientation: EXIF orientation, 1 to 8.
        is_inverse: go from the upright image to the stored one.
    """
    if is_inverse:
        orientation = _INVERSE.get(orientation, orientation)
    (left, top, right, bottom), (width, height) = box, size
    across = (width - right, width - left) if orientation in _FROM_RIGHT else (left, right)
    down = (height - bottom, height - top) if orientation in _FROM_BOTTOM else (top, bottom)
    if orientation >= FIRST_SWAPPED_ORIENTATION:
        across, down = down, across
    return (across[0], down[0], across[1], down[1])


def _strips(image: Image.Image, size: tuple[int, int]) -> Iterator[_Strip]:
    height = size[1]
    factor = image.height / height
    rows = max(1, int(_STRIP_PIXELS / image.width / factor))
    # The filter reaches one result pixel beyond the strip; the other is for rounding.
    margin = 0 if size == image.size else math.ceil(2 * factor) + 1
    for start in range(0, height, rows):
        stop = min(height, start + rows)
        top, bottom = start * factor, stop * factor
        first, last = max(0, math.floor(top) - margin), min(image.height, math.ceil(bottom) + margin)
        box = None if size == image.size else (0.0, top - first, float(image.width), min(bottom, last) - first)
        yield _Strip(image.crop((0, first, image.width, last)), start, stop, box)


def _place(array: NDArray[np.uint8], layer: Image.Image, orientation: int, rows: tuple[int, int]) -> None:
    """Write a strip of stored rows to where it belongs in the upright array."""
    turn = _TURNS.get(orientation)
    pixels = np.asarray(layer if turn is None else layer.transpose(turn))
    is_swapped = orientation >= FIRST_SWAPPED_ORIENTATION
    start, stop = rows
    if orientation in _FROM_FAR_END:
        extent = array.shape[1 if is_swapped else 0]
        start, stop = extent - stop, extent - start
    if is_swapped:
        array[:, start:stop] = pixels
    else:
        array[start:stop] = pixels


def _rendering(image: Image.Image) -> _Rendering:
    if image.mode in _DEEP_MODES:
        return _deep_rendering(image)
    if image.has_transparency_data and not _is_opaque(image):
        return _Rendering(3, _render_transparent)
    return _Rendering(1, lambda strip: (_rgb(strip),))


def _rgb(strip: Image.Image) -> Image.Image:
    return strip if strip.mode == "RGB" else _not_premultiplied(strip).convert("RGB")


def _not_premultiplied(strip: Image.Image) -> Image.Image:
    # Pillow knows no direct way from premultiplied grey to RGB.
    return strip.convert("LA") if strip.mode == "La" else strip


def _is_opaque(image: Image.Image) -> bool:
    bands = image.getbands()
    return bands[-1] in {"A", "a"} and image.getchannel(len(bands) - 1).getextrema()[0] == 255  # noqa: PLR2004


def _render_transparent(strip: Image.Image) -> tuple[Image.Image, ...]:
    """Return the colour under the transparency, the strip on white, and the strip on black."""
    rgba = _not_premultiplied(strip).convert("RGBA")
    colour, alpha = rgba.convert("RGB"), rgba.getchannel("A")
    layers = [colour]
    for background in ("white", "black"):
        composed = Image.new("RGB", strip.size, background)
        composed.paste(colour, mask=alpha)
        layers.append(composed)
    return tuple(layers)


def _deep_rendering(image: Image.Image) -> _Rendering:
    """Show 16-bit and float greys by their high bits, and stretched where the values fill a small range."""
    values = _samples(image)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    ranges = _DEEP_RANGES if image.mode == "F" else _DEEP_RANGES[-1:]
    base, white = 0.0, next((white for white in ranges if high <= white), high)
    if low < 0 or high > ranges[-1]:
        base, white = low, high
    mapped = [(base, white)]
    if values.size:
        dark, bright = (float(value) for value in np.percentile(values, (_OUTLIERS_PERCENT, 100 - _OUTLIERS_PERCENT)))
        if dark == bright:
            dark, bright = low, high
        if 0 < bright - dark < _NARROW_SHARE * (white - base):
            mapped.append((dark, bright))
    return _Rendering(len(mapped), lambda strip: tuple(_grey(strip, dark, bright) for dark, bright in mapped))


def _samples(image: Image.Image) -> NDArray[Any]:
    """Return up to about a million finite values from all over the picture."""
    step = max(1, math.isqrt(image.width * image.height // _DEEP_SAMPLES))
    values = np.concatenate([np.asarray(strip.image)[::step, ::step].ravel() for strip in _strips(image, image.size)])
    finite: NDArray[Any] = values[np.isfinite(values)]
    return finite


def _grey(strip: Image.Image, black: float, white: float) -> Image.Image:
    values = np.nan_to_num(np.asarray(strip).astype(np.float32), nan=black, posinf=white, neginf=black)
    scaled = np.clip((values - black) * (255.0 / max(white - black, 1e-12)), 0, 255)
    return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")


def _differ_visibly(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    different = 0
    rows = max(1, _STRIP_PIXELS // first.shape[1])
    for start in range(0, len(first), rows):
        one, other = first[start : start + rows], second[start : start + rows]
        visible = np.maximum(one, other) - np.minimum(one, other) > _VISIBLE_DIFFERENCE
        different += int(np.count_nonzero(visible[..., 0] | visible[..., 1] | visible[..., 2]))
        if different >= _LEGIBLE_PIXELS:
            return True
    return False
