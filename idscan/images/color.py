"""Colour profiles: interpret embedded ones, convert to sRGB, build our own."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

ProfileName: TypeAlias = Literal["srgb", "display_p3", "adobe_rgb"]
Chromaticity: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """An RGB colour space with the white point D65.

    Attributes:
        red: CIE 1931 chromaticity of the red primary.
        green: likewise.
        blue: likewise.
        gamma: exponent of the tone curve; None for the curve of sRGB.
    """

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    gamma: float | None = None


COLOUR_SPACES: dict[ProfileName, ColourSpace] = {
    # IEC 61966-2-1:1999
    "srgb": ColourSpace((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    # SMPTE RP 431-2:2011 primaries with the white and the curve of sRGB, as Apple defines Display P3
    "display_p3": ColourSpace((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    # Adobe RGB (1998) Color Image Encoding, version 2005-05, section 4.3
    "adobe_rgb": ColourSpace((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), gamma=563 / 256),
}

_D65 = (0.3127, 0.3290)
"""White of all three, IEC 61966-2-1."""

D50 = (0.9642, 1.0, 0.8249)
"""XYZ of the white of the profile connection space, ICC.1:2010 section 7.2.16."""

# Bradford cone responses, ICC.1:2010 annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_GREY_GAMMA = 2.2
_LEVELS = (0, 16, 48, 96, 144, 192, 240, 255)
_LAB_TOLERANCE = 2
"""Steps of 8-bit L, a and b by which profiles of one space differ; plain gamma 2.2 is 7 off the curve of sRGB."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an embedded profile asks for.

    Attributes:
        name: a space whose pixels are kept as they are; None where they are kept untagged or converted.
        to_srgb: brings a picture of the mode that was asked about to RGB in sRGB; None where pixels are kept.
    """

    name: ProfileName | None = None
    to_srgb: Callable[[Image.Image], Image.Image] | None = None


_NO_PROFILE = Profile()


@lru_cache(maxsize=8)
def read_profile(icc: bytes, mode: str, *, keeps: bool = True) -> Profile:
    """Return what a profile means; a broken or unfit one means nothing.

    It is recognised by the colours that it gives to patches, never by what it calls itself.

    Args:
        icc: its bytes.
        mode: of the pictures: "L", "RGB" or "CMYK".
        keeps: whether pixels of wide colour spaces may be kept; False where none but sRGB can be written.
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


def colorants(space: ColourSpace) -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), from linear red, green and blue to XYZ under D50."""
    primaries = np.array([_xyz(point) for point in (space.red, space.green, space.blue)]).T
    white = _xyz(_D65)
    to_xyz = primaries * np.linalg.solve(primaries, white)
    to_d50: NDArray[np.float64] = chromatic_adaptation() @ to_xyz
    return to_d50


def chromatic_adaptation() -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), from XYZ under D65 to XYZ under D50 (Bradford)."""
    gains = (_BRADFORD @ np.array(D50)) / (_BRADFORD @ _xyz(_D65))
    adaptation: NDArray[np.float64] = np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD
    return adaptation


def _xyz(point: Chromaticity) -> NDArray[np.float64]:
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _converting(profile: ImageCms.ImageCmsProfile, mode: str) -> Profile:
    intent = ImageCms.Intent.PERCEPTUAL
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
    return Profile(None, lambda image: _applied(image, transform))


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return image if converted is None else converted


def _recognised(profile: ImageCms.ImageCmsProfile) -> ProfileName | None:
    grid = np.array(np.meshgrid(_LEVELS, _LEVELS, _LEVELS)).reshape(3, -1).T.astype(np.uint8)
    seen = _lab_seen(profile, Image.fromarray(grid[None]))
    for name, space in COLOUR_SPACES.items():
        linear = _linear(grid / 255, space.gamma)
        if np.abs(seen - _lab_bytes(linear @ colorants(space).T)).max() <= _LAB_TOLERANCE:
            return name
    return None


def _is_common_grey(profile: ImageCms.ImageCmsProfile) -> bool:
    ramp = np.array(_LEVELS, np.uint8)
    seen = _lab_seen(profile, Image.fromarray(ramp[None]))[:, 0]
    for gamma in (None, _GREY_GAMMA):
        luminance = _linear(ramp / 255, gamma)[:, None] * np.array(D50)
        if np.abs(seen - _lab_bytes(luminance)[:, 0]).max() <= _LAB_TOLERANCE:
            return True
    return False


def _lab_seen(profile: ImageCms.ImageCmsProfile, patches: Image.Image) -> NDArray[np.int64]:
    """Return L, a and b of the patches as the profile sees them, shape (patches, 3), a and b from -128 to 127."""
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    transform = ImageCms.buildTransform(profile, ImageCms.createProfile("LAB"), patches.mode, "LAB", intent)
    seen = np.asarray(_applied(patches, transform)).reshape(-1, 3)
    # Pillow stores a and b as signed bytes.
    return np.concatenate([seen[:, :1].astype(np.int64), seen[:, 1:].astype(np.int8).astype(np.int64)], axis=1)


def _linear(values: NDArray[np.float64], gamma: float | None) -> NDArray[np.float64]:
    if gamma is not None:
        return np.power(values, gamma)
    # IEC 61966-2-1, section 5.2
    return np.where(values <= 0.04045, values / 12.92, np.power((values + 0.055) / 1.055, 2.4))


def _lab_bytes(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE 1976 L*a*b* of XYZ under D50, L scaled to 255 and a and b held within a signed byte."""
    ratio = xyz / np.array(D50)
    # ISO 11664-4: the cube root, and a straight line near black.
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    lightness = (116 * root[:, 1] - 16) * 2.55
    a = np.clip(500 * (root[:, 0] - root[:, 1]), -128, 127)
    b = np.clip(200 * (root[:, 1] - root[:, 2]), -128, 127)
    return np.stack([lightness, a, b], axis=1)


_DESCRIPTIONS: dict[ProfileName, str] = {"srgb": "sRGB", "display_p3": "Display P3", "adobe_rgb": "Adobe RGB"}
_COPYRIGHT = "CC0"

# ICC.1:2010 (profile version 4.3); section numbers below are of that document.
_HEADER_BYTES = 128
_VERSION = 0x04300000
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Parameters of the curve function of type 3 (10.15) for IEC 61966-2-1."""


@lru_cache(maxsize=8)
def profile_bytes(name: ProfileName) -> bytes:
    """Return a profile of a few hundred bytes: primaries, white and tone curve; the same bytes at all times.

    Raises:
        KeyError: if there is no colour space of that name.
    """
    space = COLOUR_SPACES[name]
    red, green, blue = colorants(space).T
    curve = _parametric(3, _SRGB_CURVE) if space.gamma is None else _parametric(0, (space.gamma,))
    return _assembled(
        {
            b"desc": _text(_DESCRIPTIONS[name]),
            b"cprt": _text(_COPYRIGHT),
            b"wtpt": _xyz_type(D50),
            b"chad": b"sf32\0\0\0\0" + _fixed(chromatic_adaptation().ravel()),
            b"rXYZ": _xyz_type(red),
            b"gXYZ": _xyz_type(green),
            b"bXYZ": _xyz_type(blue),
            b"rTRC": curve,
            b"gTRC": curve,
            b"bTRC": curve,
        }
    )


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    """Join header (7.2), tag table (7.3) and data; equal data is stored once."""
    table = struct.pack(">I", len(tags))
    start = _HEADER_BYTES + 4 + 12 * len(tags)
    data = b""
    places: dict[bytes, int] = {}
    for signature, content in tags.items():
        if content not in places:
            places[content] = start + len(data)
            data += content + bytes(-len(content) % 4)
        table += signature + struct.pack(">II", places[content], len(content))
    # The date is all zeros, so that the bytes tell nothing about when they were written.
    header = struct.pack(
        ">I4sI4s4s4s12s4s28x12s48x",
        start + len(data),
        bytes(4),
        _VERSION,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        bytes(12),
        b"acsp",
        _fixed(D50),
    )
    return header + table + data


def _fixed(values: Iterable[float]) -> bytes:
    """Return numbers as s15Fixed16Number (4.6)."""
    scaled = np.rint(np.asarray(list(values), np.float64) * 65536).astype(">i4")
    return scaled.tobytes()


def _xyz_type(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _parametric(function: int, parameters: Iterable[float]) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", function, 0) + _fixed(parameters)


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType (10.13) with one record."""
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
