"""Pixels of images: colour profiles, full depth, orientation, layers that show what is hidden, channels.

Our own profiles are data (`profiles/*.icc`), made by `tests.synth.profiles`. LittleCMS can write a profile of sRGB, but
one with a date and of several kilobytes, and none of the wider spaces through Pillow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias, get_args

import cv2
import numpy as np
from PIL import Image, ImageCms

from idscan.images.formats.base import FIRST_SWAPPED_ORIENTATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import PixelBox

ProfileName: TypeAlias = Literal["srgb", "display_p3", "adobe_rgb"]
"""Colour spaces whose pixels are kept: IEC 61966-2-1, Apple's Display P3 and Adobe RGB (1998)."""
_COMMON_GREYS = ("grey_srgb", "grey_gamma_2_2")
"""Tone curves of untagged grey images; pixels under them are kept untagged."""
_LEVELS = (0, 16, 48, 96, 144, 192, 240, 255)
"""Levels of the patches by which profiles are compared: more of them where the eye sees most."""
_LAB_TOLERANCE = 2
"""Steps of 8-bit L, a and b by which profiles of one space differ; plain gamma 2.2 is 7 off the curve of sRGB."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Treatment of the pixels under an embedded profile.

    Attributes:
        name: a space whose pixels are kept as they are; None where they are kept untagged or converted.
        to_srgb: converts an image of the mode that was asked about to RGB in sRGB; None where pixels are kept.
    """

    name: ProfileName | None = None
    to_srgb: Callable[[Image.Image], Image.Image] | None = None


_NO_PROFILE = Profile()


@lru_cache(maxsize=8)
def read_profile(icc: bytes, mode: str, *, keeps: bool = True) -> Profile:
    """Return how pixels of a mode ("L", "RGB" or "CMYK") under a profile are treated; a broken or unfit one is ignored.

    A profile is recognised by the colours that it gives to patches, never by its name. Without `keeps`, pixels of wide
    colour spaces are converted, as only sRGB can be written.
    """
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        space = {"L": "GRAY"}.get(mode, mode)
        if profile.profile.xcolor_space.strip() != space:
            return _NO_PROFILE
        if mode == "L":
            return _NO_PROFILE if _is_common_grey(profile) else _converting(profile, mode)
        name = _recognised(profile) if mode == "RGB" else None
        if name == "srgb" or (name and keeps):
            return Profile(name if keeps else None)
        return _converting(profile, mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return _NO_PROFILE


def _converting(profile: ImageCms.ImageCmsProfile, mode: str) -> Profile:
    intent = ImageCms.Intent.PERCEPTUAL
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
    return Profile(None, lambda image: _applied(image, transform))


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return image if converted is None else converted


def _recognised(profile: ImageCms.ImageCmsProfile) -> ProfileName | None:
    seen = _patch_colours(profile, "RGB")
    names: tuple[ProfileName, ...] = get_args(ProfileName)
    return next((name for name in names if _have_equal_patches(seen, _reference_colours(name, "RGB"))), None)


def _is_common_grey(profile: ImageCms.ImageCmsProfile) -> bool:
    seen = _patch_colours(profile, "L")
    return any(_have_equal_patches(seen, _reference_colours(name, "L")) for name in _COMMON_GREYS)


def _have_equal_patches(seen: NDArray[np.int64], expected: NDArray[np.int64]) -> bool:
    return bool(np.abs(seen - expected).max() <= _LAB_TOLERANCE)


@lru_cache(maxsize=8)
def _reference_colours(name: str, mode: str) -> NDArray[np.int64]:
    colours = _patch_colours(ImageCms.ImageCmsProfile(BytesIO(profile_bytes(name))), mode)
    colours.setflags(write=False)
    return colours


def _patch_colours(profile: ImageCms.ImageCmsProfile, mode: str) -> NDArray[np.int64]:
    """Return L, a and b of patches under a profile, shape (patches, 3), a and b from -128 to 127."""
    levels = np.array(_LEVELS, np.uint8)
    grid = levels if mode == "L" else np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    patches = Image.fromarray(grid[None])
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("LAB"), mode, "LAB", intent)
    seen = np.asarray(_applied(patches, transform)).reshape(-1, 3)
    # Pillow stores a and b as signed bytes.
    return np.concatenate([seen[:, :1].astype(np.int64), seen[:, 1:].astype(np.int8).astype(np.int64)], axis=1)


@lru_cache(maxsize=8)
def profile_bytes(name: str) -> bytes:
    """Return a profile of a few hundred bytes: primaries, white and tone curve; the same bytes at all times."""
    return (resources.files("idscan.images") / "profiles" / f"{name}.icc").read_bytes()


CONVERTED_TO_SRGB = "converted_to_srgb"
REDUCED_TO_8_BITS = "reduced_to_8_bits"

_STRIP_PIXELS = 2**18
"""Pixels converted at a time. Lower: more calls; higher: strips leave the processor's cache, three times as slow."""
_GREY_MODES = frozenset({"1", "L", "LA", "La"})
_OWN_COLOUR_MODES = frozenset({"CMYK", "LAB"})
"""Modes whose values are no RGB, so that a profile for RGB does not apply to them."""
_OPAQUE_MODES = frozenset({"CMYK", "LAB", "HSV", "YCbCr", "RGBX"})
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_WHITE_16 = 65535  # largest value of 16 bits
_DEEP_RANGES = (1.0, 255.0, 65535.0)
"""Whites that files with more than 8 bits mean; the smallest that holds all values (1.0 for floats only)."""


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
    """Return the pixels of a loaded image: 1 channel for grey, 2 with alpha, 3 for RGB, 4 with alpha.

    Palettes become the colours they stand for. Other colour spaces become sRGB, by the embedded profile where there is
    one; wide ones stay as they are with `keeps_profile`.
    """
    if image.mode in _DEEP_MODES:
        return _deep_grey(image)
    profile = embedded_profile(image, keeps=keeps_profile)
    has_alpha = image.mode not in _OPAQUE_MODES and image.has_transparency_data
    target = ("L" if image.mode in _GREY_MODES else "RGB") + ("A" if has_alpha else "")
    convert = _conversion(target, image.mode, profile)
    pixels = np.empty((image.height, image.width, len(target)), np.uint8)
    for start, stop, strip in _channel_strips(image):
        pixels[start:stop] = convert(strip)
    if image.mode in {"P", "PA"} and has_alpha and pixels[..., -1].min() == 255:  # fully opaque
        pixels = pixels[..., :-1]
    return Channels(pixels, () if profile.to_srgb is None else (CONVERTED_TO_SRGB,))


def embedded_profile(image: Image.Image, *, keeps: bool = False) -> Profile:
    """Return the treatment that the profile in an opened image requires; `keeps` as for `read_profile`."""
    icc = image.info.get("icc_profile")
    if not isinstance(icc, bytes) or image.mode in {"LAB", "I", "F"}:
        return Profile()
    kind = "CMYK" if image.mode == "CMYK" else "L" if image.mode in _GREY_MODES | _DEEP_MODES else "RGB"
    return read_profile(icc, kind, keeps=keeps)


def _channel_strips(image: Image.Image) -> Iterator[tuple[int, int, Image.Image]]:
    rows = max(1, _STRIP_PIXELS // image.width)
    for start in range(0, image.height, rows):
        stop = min(image.height, start + rows)
        yield start, stop, image.crop((0, start, image.width, stop))


def _conversion(target: str, mode: str, profile: Profile) -> Callable[[Image.Image], NDArray[np.uint8]]:
    """Return a function that converts a strip of `mode` to an array of shape (height, width, channels)."""

    def convert(strip: Image.Image) -> NDArray[np.uint8]:
        if profile.to_srgb is not None and mode in _OWN_COLOUR_MODES:
            return np.asarray(profile.to_srgb(strip))
        # Pillow has no direct conversion from premultiplied grey to anything else.
        straight = strip.convert("LA") if strip.mode == "La" else strip
        pixels = np.asarray(straight if straight.mode == target else straight.convert(target))
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels  # Pillow drops the only channel
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
    if image.mode == "F" and low >= 0 and high <= _DEEP_RANGES[-1]:
        black, white = 0.0, next(white for white in _DEEP_RANGES if high <= white)
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


_ROWS = 64
"""Rows compared at a time. Lower: more calls of NumPy; higher: larger temporary arrays."""
_ROUNDING = 1
"""8-bit levels by which two decoders may differ. Lower: rounding discards 16 bits; higher: other pixels pass."""
_MOST_FILE_BYTES = 2**30
"""OpenCV needs the file in memory; a larger one is reduced instead."""


def deep_pixels(stream: BinaryIO, page: int, shallow: NDArray[np.uint8]) -> NDArray[np.uint16] | None:
    """Return a page with 16 bits, None where it cannot be decoded.

    Two decoders may decode a rare file differently, so the high bytes must agree with what Pillow read: `shallow`, the
    same page (from 0) with 8 bits, shape (height, width, channels), not turned.
    """
    size = stream.seek(0, 2)
    if size > _MOST_FILE_BYTES:
        return None
    stream.seek(0)
    content = np.frombuffer(stream.read(), np.uint8)
    try:
        has_read, decoded = cv2.imdecodemulti(content, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
    except cv2.error:
        return None
    if not has_read or decoded[0].dtype != np.uint16:
        return None
    pixels = _in_channels(decoded[0], shallow.shape[2])
    if pixels is None or pixels.shape != shallow.shape:
        return None
    for start in range(0, len(pixels), _ROWS):
        high = (pixels[start : start + _ROWS] >> 8).astype(np.int16)
        if np.abs(high - shallow[start : start + _ROWS]).max() > _ROUNDING:
            return None
    return pixels


def _in_channels(decoded: NDArray[Any], channels: int) -> NDArray[np.uint16] | None:
    """Return grey (and alpha) or RGB (and alpha) from what OpenCV has as BGR."""
    if decoded.ndim == 2:  # a single channel
        return decoded[..., None]
    order = {(3, 1): [0], (3, 3): [2, 1, 0], (4, 2): [0, 3], (4, 3): [2, 1, 0], (4, 4): [2, 1, 0, 3]}
    chosen = order.get((decoded.shape[2], channels))
    return None if chosen is None else decoded[..., chosen]


_MIRRORED_X = frozenset({2, 3, 6, 7})
"""EXIF orientations in whose upright image the columns run against the stored axis that they come from."""
_MIRRORED_Y = frozenset({3, 4, 7, 8})
"""Likewise for the rows."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Blocks of the stored lossy codec, in upright pixels; 1 x 1 where nothing is lost.

    Attributes:
        width: of a block.
        height: of a block.
        left: where a boundary lies, 0 <= left < width.
        top: likewise, 0 <= top < height.
    """

    width: int = 1
    height: int = 1
    left: int = 0
    top: int = 0


def upright_grid(block: tuple[int, int], size: tuple[int, int], turn: int) -> Grid:
    """Return where the blocks of a stored image lie once it is upright.

    Width and height of a block and of the stored image are in pixels, the turn is an EXIF orientation, 1 to 8.

    >>> upright_grid((16, 16), (100, 80), 2)
    Grid(width=16, height=16, left=4, top=0)
    """
    if turn >= FIRST_SWAPPED_ORIENTATION:
        block, size = block[::-1], size[::-1]
    left = size[0] % block[0] if turn in _MIRRORED_X else 0
    top = size[1] % block[1] if turn in _MIRRORED_Y else 0
    return Grid(block[0], block[1], left, top)


def upright_pixels(pixels: NDArray[Any], turn: int) -> NDArray[Any]:
    """Return a read-only copy turned as the EXIF orientation asks; the pixels themselves where it asks nothing."""
    if turn >= FIRST_SWAPPED_ORIENTATION:
        pixels = pixels.transpose(1, 0, 2)
    if turn in _MIRRORED_X:
        pixels = pixels[:, ::-1]
    if turn in _MIRRORED_Y:
        pixels = pixels[::-1]
    upright = np.ascontiguousarray(pixels)
    upright.setflags(write=False)
    return upright


_VISIBLE_DIFFERENCE = 24
"""Grey levels from which a pixel counts as different; print that differs less cannot be read."""
LEGIBLE_PIXELS = 48
"""Fewer different pixels show no number: a digit four pixels high takes about six, the shortest number has nine."""
_DEEP_SAMPLES = 2**20
"""Values sampled for the range, about. Lower: small bright or dark places are missed; higher: more time."""
_OUTLIERS_PERCENT = 0.1
"""Percent of values ignored at each end. Lower: defective pixels keep contrast low; higher: small print is clipped."""
_NARROW_SHARE = 0.5
"""An image whose values fill less than this share of its range is shown with stretched contrast as well."""

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
_FROM_RIGHT, _FROM_BOTTOM = frozenset({2, 3, 7, 8}), frozenset({3, 4, 6, 7})
"""Orientations that count stored columns from the right, and stored rows from the bottom."""
_INVERSE = {6: 8, 8: 6}
"""Orientations that the same turn does not undo."""


@dataclass(frozen=True, slots=True)
class _Rendering:
    """Conversion of a strip of the image to RGB, one image per layer."""

    layers: int
    render: Callable[[Image.Image], tuple[Image.Image, ...]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of the image that become rows `start` to `stop` of the result; `box` is what of them to resize."""

    image: Image.Image
    start: int
    stop: int
    box: tuple[float, float, float, float] | None


def upright_layers(image: Image.Image, orientation: int, size: tuple[int, int]) -> tuple[NDArray[np.uint8], ...]:
    """Return read-only RGB arrays of a loaded image, turned by its EXIF orientation; `size` holds before turning.

    The first layer is the stored colour. Others follow only where they show something else: the image on white and
    on black where it is transparent, and with stretched contrast where it has more than 8 bits but uses few of them.
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
    """Return an image turned upright by its EXIF orientation."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def upright_box(box: PixelBox, size: tuple[int, int], orientation: int, *, is_inverse: bool = False) -> PixelBox:
    """Return where a box of an image of that size lies once the image is turned by its EXIF orientation; or back."""
    if is_inverse:
        orientation = _INVERSE.get(orientation, orientation)
    (left, top, right, bottom), (width, height) = box, size
    across = (width - right, width - left) if orientation in _FROM_RIGHT else (left, right)
    down = (height - bottom, height - top) if orientation in _FROM_BOTTOM else (top, bottom)
    if orientation >= FIRST_SWAPPED_ORIENTATION:
        across, down = down, across
    return (across[0], down[0], across[1], down[1])


def _strips(image: Image.Image, size: tuple[int, int]) -> Iterator[_Rows]:
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
        yield _Rows(image.crop((0, first, image.width, last)), start, stop, box)


def _place(array: NDArray[np.uint8], layer: Image.Image, orientation: int, rows: tuple[int, int]) -> None:
    """Write a strip of stored rows to where it belongs in the upright array."""
    size = upright_size((array.shape[1], array.shape[0]), orientation)
    left, top, right, bottom = upright_box((0, rows[0], size[0], rows[1]), size, orientation)
    array[top:bottom, left:right] = np.asarray(turned_upright(layer, orientation))


def _rendering(image: Image.Image) -> _Rendering:
    if image.mode in _DEEP_MODES:
        return _deep_rendering(image)
    if image.has_transparency_data and not _is_opaque(image):
        return _Rendering(3, _render_transparent)
    return _Rendering(1, lambda strip: (_rgb(strip),))


def _rgb(strip: Image.Image) -> Image.Image:
    return strip if strip.mode == "RGB" else _not_premultiplied(strip).convert("RGB")


def _not_premultiplied(strip: Image.Image) -> Image.Image:
    # Pillow has no direct conversion from premultiplied grey to RGB.
    return strip.convert("LA") if strip.mode == "La" else strip


def _is_opaque(image: Image.Image) -> bool:
    bands = image.getbands()
    return bands[-1] in {"A", "a"} and image.getchannel(len(bands) - 1).getextrema()[0] == 255


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
    """Return up to about a million finite values from all over the image."""
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
        if different >= LEGIBLE_PIXELS:
            return True
    return False


_GREYS = 2
"""Images with fewer channels than three are grey, with or without alpha."""


def has_alpha(pixels: NDArray[Any]) -> bool:
    """Return whether the last channel is transparency."""
    return pixels.shape[2] in {2, 4}


def in_8_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the high bytes."""
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def with_colours(pixels: NDArray[Any], *, alpha: bool) -> NDArray[Any]:
    """Return RGB from 1 to 4 channels, with alpha if asked for: grey three times, opaque where there was none."""
    colours = pixels[..., :1].repeat(3, axis=2) if pixels.shape[2] <= _GREYS else pixels[..., :3]
    if not alpha:
        return np.ascontiguousarray(colours)
    opaque = np.full_like(pixels[..., :1], np.iinfo(pixels.dtype).max)
    return np.concatenate([colours, pixels[..., -1:] if has_alpha(pixels) else opaque], axis=2)


def to_pillow(pixels: NDArray[Any]) -> Image.Image:
    """Return a Pillow image of mode L, LA, RGB, RGBA or I;16 without anything besides pixels."""
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    return Image.fromarray(np.ascontiguousarray(flat))


def pillow_bytes(image: Image.Image, format_name: str, **options: object) -> bytes:
    """Return an image as Pillow encodes it."""
    sink = BytesIO()
    image.save(sink, format_name, **options)
    return sink.getvalue()
