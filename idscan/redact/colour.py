"""Colour profiles of our own making, so that none is ever copied from a picture."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from idscan.sources.profiles import COLOUR_SPACES, D50, ProfileName, chromatic_adaptation, colorants

if TYPE_CHECKING:
    from collections.abc import Iterable

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
            b"wtpt": _xyz(D50),
            b"chad": b"sf32\0\0\0\0" + _fixed(chromatic_adaptation().ravel()),
            b"rXYZ": _xyz(red),
            b"gXYZ": _xyz(green),
            b"bXYZ": _xyz(blue),
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


def _xyz(values: Iterable[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _parametric(function: int, parameters: Iterable[float]) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", function, 0) + _fixed(parameters)


def _text(text: str) -> bytes:
    """Return a multiLocalizedUnicodeType (10.13) with one record."""
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded
