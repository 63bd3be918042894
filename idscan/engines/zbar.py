"""QR codes by zbar in binary mode: the second opinion where the system has libzbar.

pyzbar's own `decode` lets zbar guess a character set, and zbar tries Shift-JIS and Big5 before UTF-8. With the
binary switch the payload comes back as the bytes that were printed; pyzbar offers no argument for it, hence the
scan loop here.
"""

from __future__ import annotations

import contextlib
from ctypes import c_char_p, c_void_p, cast, string_at
from typing import TYPE_CHECKING

from idscan.core.geometry import bounds, quad_from_box, quad_from_points
from idscan.core.types import Secret, SymbolReading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Point, Quad

_FOURCC_GREY = 0x30303859  # "Y800" as zbar wants it: one byte of grey per pixel
_QRCODE = 64
"""ZBAR_QRCODE of zbar.h."""
_CFG_ENABLE = 0
"""ZBAR_CFG_ENABLE of zbar.h."""
_CFG_BINARY = 4
"""ZBAR_CFG_BINARY of zbar.h."""
_CORNERS = 4
"""Points of a located symbol."""


class ZbarReader:
    """Adapter of zbar through pyzbar's wrapper."""

    name = "zbar"

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str] = ("qr",)) -> tuple[SymbolReading, ...]:
        """Return the decoded QR codes of a uint8 image of shape (height, width).

        Other symbologies than "qr" are ignored: zbar sees too many ghosts of them.
        """
        if "qr" not in symbologies:
            return ()
        return tuple(_convert(data, points) for data, points in _call(grey))


def _call(grey: NDArray[np.uint8]) -> list[tuple[bytes, list[Point]]]:
    from pyzbar import wrapper

    height, width = grey.shape
    pixels = grey.tobytes()
    found = []
    with contextlib.ExitStack() as stack:
        scanner = wrapper.zbar_image_scanner_create()
        stack.callback(wrapper.zbar_image_scanner_destroy, scanner)
        wrapper.zbar_image_scanner_set_config(scanner, 0, _CFG_ENABLE, 0)
        wrapper.zbar_image_scanner_set_config(scanner, _QRCODE, _CFG_ENABLE, 1)
        wrapper.zbar_image_scanner_set_config(scanner, _QRCODE, _CFG_BINARY, 1)
        image = wrapper.zbar_image_create()
        stack.callback(wrapper.zbar_image_destroy, image)
        wrapper.zbar_image_set_format(image, _FOURCC_GREY)
        wrapper.zbar_image_set_size(image, width, height)
        wrapper.zbar_image_set_data(image, cast(c_char_p(pixels), c_void_p), len(pixels), None)
        wrapper.zbar_scan_image(scanner, image)
        for symbol in _symbols(wrapper.zbar_image_first_symbol(image), wrapper.zbar_symbol_next):
            data = string_at(wrapper.zbar_symbol_get_data(symbol), wrapper.zbar_symbol_get_data_length(symbol))
            points = [
                (float(wrapper.zbar_symbol_get_loc_x(symbol, i)), float(wrapper.zbar_symbol_get_loc_y(symbol, i)))
                for i in range(wrapper.zbar_symbol_get_loc_size(symbol))
            ]
            found.append((data, points))
    return found


def _symbols(first: object, following: object) -> Iterator[object]:
    symbol = first
    while symbol:
        yield symbol
        symbol = following(symbol)  # type: ignore[operator]  # a ctypes function


def _convert(data: bytes, points: list[Point]) -> SymbolReading:
    return SymbolReading(
        symbology="qr",
        payload=Secret(data.decode("utf-8", "surrogateescape")),
        quad=_quad(points),
        engine=ZbarReader.name,
    )


def _quad(points: list[Point]) -> Quad:
    # zbar lists a QR code's corners counter-clockwise from its own top-left one.
    if len(points) == _CORNERS:
        return quad_from_points((points[0], points[3], points[2], points[1]))
    return quad_from_box(*bounds(points or [(0.0, 0.0)]))


def version() -> str:
    """Return the version of the system's libzbar; raises as `Engine.version`."""
    from ctypes import byref, c_uint

    from pyzbar import zbar_library

    library, _ = zbar_library.load()
    major, minor, patch = c_uint(), c_uint(), c_uint()
    library.zbar_version(byref(major), byref(minor), byref(patch))
    return f"{major.value}.{minor.value}.{patch.value}"
