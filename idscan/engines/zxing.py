"""QR codes and barcodes by zxing-cpp: fast, raw bytes, corners in symbol order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from idscan.core.geometry import quad_from_points
from idscan.core.types import Secret, SymbolReading
from idscan.engines.qr_decoder import format_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MID_GREY = 127
"""Level of brightness: darker modules of the drawn symbol are dark."""
_FORMATS = {"qr": "QRCode", "pdf417": "PDF417", "code128": "Code128", "aztec": "Aztec", "data_matrix": "DataMatrix"}


class ZxingReader:
    """Adapter of zxing-cpp."""

    name = "zxing-cpp"

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str] = ("qr",)) -> tuple[SymbolReading, ...]:
        """Return decoded symbols, and symbols that were seen but failed error correction (payload None).

        Symbologies are "qr" (with "micro_qr" and "rmqr"), "pdf417", "code128", "aztec" and "data_matrix".
        """
        return tuple(_facing(_convert(barcode), barcode) for barcode in _call(grey, symbologies))


def _call(grey: NDArray[np.uint8], symbologies: Sequence[str]) -> list[Any]:
    import zxingcpp

    formats = [getattr(zxingcpp, _FORMATS[name]) for name in symbologies]
    # The stub asks for a type of its own, the library takes any sequence of formats.
    found = zxingcpp.read_barcodes(grey, formats=cast("Any", formats), return_errors=symbologies == ("qr",))
    # A symbol with a format error has neither place nor version.
    return [barcode for barcode in found if barcode.valid or barcode.extra]


def _convert(barcode: Any) -> SymbolReading:  # the library's barcode type is not exported for typing
    position = barcode.position
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    format_name = str(barcode.format).replace(" ", "").lower()
    symbology = next((name for name, text in _FORMATS.items() if text.lower() in format_name), "other")
    symbology = "qr" if "qrcode" in format_name else symbology
    version = str(barcode.extra.get("Version", "")) if symbology == "qr" else ""
    if symbology == "qr" and not version.isdigit():
        symbology = "rmqr" if version.startswith("R") else "micro_qr"
    return SymbolReading(
        symbology=symbology,
        payload=Secret(bytes(barcode.bytes).decode("utf-8", "surrogateescape")) if barcode.valid else None,
        quad=quad_from_points((corner.x, corner.y) for corner in corners),
        engine=ZxingReader.name,
        modules=4 * int(version) + 17 if version.isdigit() else None,
    )


def _facing(reading: SymbolReading, barcode: Any) -> SymbolReading:  # as above
    """Return a reading whose quad is the symbol's own: the library reads symbols in a mirror, but does not report it.

    Its modules are then transposed, and so are the corners that it gives.
    """
    if reading.payload is None or reading.modules is None:
        return reading
    drawn = np.asarray(barcode.to_image())
    rim = (len(drawn) - reading.modules) // 2
    dark = drawn[rim : rim + reading.modules, rim : rim + reading.modules] < _MID_GREY
    if _format_errors(dark) <= _format_errors(dark.T):
        return reading
    top_left, top_right, bottom_right, bottom_left = reading.quad
    return replace(reading, quad=(top_left, bottom_left, bottom_right, top_right))


def _format_errors(dark: NDArray[np.bool_]) -> int:
    """Return how many modules of the format information beside the first finder pattern are wrong at least."""
    seen = [*dark[8, :6], dark[8, 7], dark[8, 8], dark[7, 8], *dark[5::-1, 8]]
    bits = int("".join("01"[bool(module)] for module in seen), 2)
    return min((bits ^ word).bit_count() for word in format_words())


def version() -> str:
    """Return the installed version; raises as `Engine.version`."""
    from importlib.metadata import version as distribution_version

    import zxingcpp  # noqa: F401  proves that the native module loads

    return distribution_version("zxing-cpp")
