"""Write the ICC profiles that the package holds as data, from primaries, white and tone curve of each colour space.

`python -m tests.synth.profiles` writes them to `idscan/images/profiles`; the bytes are always the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

import idscan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FOLDER = Path(idscan.__file__).parent / "images" / "profiles"

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


COLOUR_SPACES: dict[str, ColourSpace] = {
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


_DESCRIPTIONS: dict[str, str] = {"srgb": "sRGB", "display_p3": "Display P3", "adobe_rgb": "Adobe RGB"}
_COPYRIGHT = "CC0"

# ICC.1:2010 (profile version 4.3); section numbers below are of that document.
_HEADER_BYTES = 128
_VERSION = 0x04300000
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Parameters of the curve function of type 3 (10.15) for IEC 61966-2-1."""


def rgb_profile(name: str) -> bytes:
    """Return a profile of a few hundred bytes: primaries, white and tone curve; the same bytes at all times.

    Raises:
        KeyError: if there is no colour space of that name.
    """
    space = COLOUR_SPACES[name]
    red, green, blue = colorants(space).T
    curve = _curve(space.gamma)
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


def grey_profile(gamma: float | None) -> bytes:
    """Return a profile for grey images: a tone curve, that of sRGB if `gamma` is None."""
    return _assembled(
        {
            b"desc": _text("Grey, sRGB curve" if gamma is None else f"Grey, gamma {gamma:g}"),
            b"cprt": _text(_COPYRIGHT),
            b"wtpt": _xyz_type(D50),
            b"kTRC": _curve(gamma),
        },
        b"GRAY",
    )


def white_cmyk_profile() -> bytes:
    """Return a profile for CMYK images under which every colour is white."""
    ramp, white = bytes(range(256)), b"\xff\x80\x80"
    # lut8Type (10.9): 4 channels, a grid of 2 points each, 3 channels.
    head = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed(np.eye(3).ravel())
    tags = {b"desc": _text("White"), b"cprt": _text(_COPYRIGHT), b"wtpt": _xyz_type(D50)}
    return _assembled({**tags, b"A2B0": head + ramp * 4 + white * 2**4 + ramp * 3}, b"CMYK", b"Lab ")


def profiles() -> dict[str, bytes]:
    """Return all profiles of the package by the name of their file."""
    contents = {name: rgb_profile(name) for name in COLOUR_SPACES}
    contents |= {"grey_srgb": grey_profile(None), "grey_gamma_2_2": grey_profile(2.2)}
    return {f"{name}.icc": content for name, content in contents.items()}


def _assembled(tags: dict[bytes, bytes], space: bytes = b"RGB ", connection: bytes = b"XYZ ") -> bytes:
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
    # The date is all zeros, so that the bytes do not depend on when they were written.
    header = struct.pack(
        ">I4sI4s4s4s12s4s28x12s48x",
        start + len(data),
        bytes(4),
        _VERSION,
        b"mntr",
        space,
        connection,
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


def _curve(gamma: float | None) -> bytes:
    return _parametric(3, _SRGB_CURVE) if gamma is None else _parametric(0, (gamma,))


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType (10.13) with one record."""
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, profile in profiles().items():
        (FOLDER / file_name).write_bytes(profile)
