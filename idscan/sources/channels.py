"""From the many ways in which pictures store colour to arrays of the same channels and depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from idscan.sources.profiles import Profile, read_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

CONVERTED_TO_SRGB = "converted_to_srgb"
REDUCED_TO_8_BITS = "reduced_to_8_bits"

_STRIP_PIXELS = 2**18
"""Pixels converted at a time, so that no second copy of the whole picture is needed."""

_GREY_MODES = frozenset({"1", "L", "LA", "La"})
_OWN_COLOUR_MODES = frozenset({"CMYK", "LAB"})
"""Modes whose values are no RGB, so that a profile for RGB does not apply to them."""

_OPAQUE_MODES = frozenset({"CMYK", "LAB", "HSV", "YCbCr", "RGBX"})
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_WHITE_16 = 65535
_WHITES = (1.0, 255.0, 65535.0)
"""Whites that floats mean; the smallest that holds all values."""


@dataclass(frozen=True, eq=False, slots=True)
class Channels:
    """Stored pixels, not yet turned.

    Attributes:
        pixels: (height, width, channels), uint8 or uint16.
        notes: what changed: `CONVERTED_TO_SRGB`, `REDUCED_TO_8_BITS`.
    """

    pixels: NDArray[Any]
    notes: tuple[str, ...] = ()


def stored_channels(image: Image.Image, *, keeps_profile: bool) -> Channels:
    """Return the pixels of a loaded picture: 1 channel for grey, 2 with alpha, 3 for RGB, 4 with alpha.

    Palettes become the colours they stand for. Colours of other spaces become sRGB, by the embedded profile where
    there is one.

    Args:
        image: loaded; it is not changed.
        keeps_profile: whether pixels in wide colour spaces may stay as they are; they become sRGB otherwise.
    """
    if image.mode in _DEEP_MODES:
        return _deep_grey(image)
    profile = embedded_profile(image, keeps=keeps_profile)
    has_alpha = image.mode not in _OPAQUE_MODES and image.has_transparency_data
    target = ("L" if image.mode in _GREY_MODES else "RGB") + ("A" if has_alpha else "")
    convert = _conversion(target, image.mode, profile)
    pixels = np.empty((image.height, image.width, len(target)), np.uint8)
    for start, stop, strip in _strips(image):
        pixels[start:stop] = convert(strip)
    if image.mode in {"P", "PA"} and has_alpha and pixels[..., -1].min() == 255:  # noqa: PLR2004  fully opaque
        pixels = pixels[..., :-1]
    return Channels(pixels, () if profile.to_srgb is None else (CONVERTED_TO_SRGB,))


def embedded_profile(image: Image.Image, *, keeps: bool = False) -> Profile:
    """Return what the profile in an opened picture asks for.

    Args:
        image: opened, not necessarily decoded.
        keeps: whether pixels in wide colour spaces may stay as they are; they become sRGB otherwise.
    """
    icc = image.info.get("icc_profile")
    if not isinstance(icc, bytes) or image.mode in {"LAB", "I", "F"}:
        return Profile()
    kind = "CMYK" if image.mode == "CMYK" else "L" if image.mode in _GREY_MODES | _DEEP_MODES else "RGB"
    return read_profile(icc, kind, keeps=keeps)


def _strips(image: Image.Image) -> Iterator[tuple[int, int, Image.Image]]:
    rows = max(1, _STRIP_PIXELS // image.width)
    for start in range(0, image.height, rows):
        stop = min(image.height, start + rows)
        yield start, stop, image.crop((0, start, image.width, stop))


def _conversion(target: str, mode: str, profile: Profile) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Return what turns a strip of `mode` into an array of shape (height, width, channels)."""

    def convert(strip: Image.Image) -> NDArray[np.uint8]:
        if profile.to_srgb is not None and mode in _OWN_COLOUR_MODES:
            return np.asarray(profile.to_srgb(strip))
        # Pillow knows no direct way from premultiplied grey to anything else.
        straight = strip.convert("LA") if strip.mode == "La" else strip
        pixels = np.asarray(straight if straight.mode == target else straight.convert(target))
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels  # noqa: PLR2004  Pillow drops the only channel
        if profile.to_srgb is None:
            return pixels
        colours = 1 if target.startswith("L") else 3
        converted = _to_srgb(pixels[..., :colours], profile.to_srgb)
        return np.concatenate([converted, pixels[..., colours:]], axis=2)

    return convert


def _to_srgb(pixels: NDArray[np.uint8], to_srgb: Callable[[Image.Image], Image.Image]) -> NDArray[np.uint8]:
    colours = pixels.shape[2]
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if colours == 1 else pixels))
    # Grey comes back as three equal channels.
    return np.asarray(to_srgb(image))[..., :colours]


def _deep_grey(image: Image.Image) -> Channels:
    values = np.asarray(image)
    if image.mode not in {"I", "F"}:
        return _deep_channels(values.astype(np.uint16), image)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if image.mode == "I" and low >= 0 and high <= _WHITE_16:
        return Channels(values.astype(np.uint16)[..., None])
    black, white = low, high
    if image.mode == "F" and low >= 0 and high <= _WHITES[-1]:
        black, white = 0.0, next(white for white in _WHITES if high <= white)
    pixels = np.empty((*values.shape, 1), np.uint8)
    for start in range(0, len(values), 256):
        rows = np.nan_to_num(values[start : start + 256].astype(np.float64), nan=black, posinf=white, neginf=black)
        pixels[start : start + 256, :, 0] = np.clip((rows - black) * (255 / max(white - black, 1e-12)), 0, 255)
    return Channels(pixels, (REDUCED_TO_8_BITS,))


def _deep_channels(values: NDArray[np.uint16], image: Image.Image) -> Channels:
    """Return 16-bit grey as it is, with alpha where one value stands for transparency."""
    to_srgb = embedded_profile(image).to_srgb
    if to_srgb is not None:
        shallow = (values >> 8).astype(np.uint8)[..., None]
        return Channels(_to_srgb(shallow, to_srgb), (CONVERTED_TO_SRGB, REDUCED_TO_8_BITS))
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return Channels(values[..., None])
    alpha = np.where(values == transparent, 0, _WHITE_16).astype(np.uint16)
    return Channels(np.stack([values, alpha], axis=2))
