"""QR codes and barcodes by zxing-cpp: fast, raw bytes, corners in symbol order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from idscan.core.geometry import quad_from_points
from idscan.core.readings import SymbolReading
from idscan.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_FORMATS = {"qr": "QRCode", "pdf417": "PDF417", "code128": "Code128"}


class ZxingReader:
    """Adapter of zxing-cpp."""

    name = "zxing-cpp"

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str] = ("qr",)) -> tuple[SymbolReading, ...]:
        """Return decoded symbols, and symbols that were seen but failed error correction (payload None).

        Args:
            grey: uint8 array of shape (height, width).
            symbologies: names out of "qr", "pdf417", "code128".
        """
        return tuple(_convert(barcode) for barcode in _call(grey, symbologies))


def _call(grey: NDArray[np.uint8], symbologies: Sequence[str]) -> list[Any]:
    import zxingcpp  # noqa: PLC0415  loads when first used

    formats = [getattr(zxingcpp, _FORMATS[name]) for name in symbologies]
    # The stub asks for a type of its own, the library takes any sequence of formats.
    found = zxingcpp.read_barcodes(grey, formats=cast("Any", formats), return_errors=symbologies == ("qr",))
    # A symbol with a format error has neither place nor version.
    return [barcode for barcode in found if barcode.valid or barcode.extra]


def _convert(barcode: Any) -> SymbolReading:  # noqa: ANN401  the library's barcode type is not exported for typing
    position = barcode.position
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    symbology = next(
        (name for name, text in _FORMATS.items() if text.lower() in str(barcode.format).replace(" ", "").lower()),
        "other",
    )
    version = str(barcode.extra.get("Version", "")) if symbology == "qr" else ""
    return SymbolReading(
        symbology=symbology,
        payload=Secret(bytes(barcode.bytes).decode("utf-8", "surrogateescape")) if barcode.valid else None,
        quad=quad_from_points((corner.x, corner.y) for corner in corners),
        engine=ZxingReader.name,
        modules=4 * int(version) + 17 if version.isdigit() else None,
        error_correction=barcode.ec_level or None,
    )


def version() -> str:
    """Return the installed version.

    Raises:
        ImportError: if zxing-cpp is not installed.
    """
    from importlib.metadata import version as distribution_version  # noqa: PLC0415

    import zxingcpp  # noqa: F401, PLC0415  proves that the native module loads

    return distribution_version("zxing-cpp")
