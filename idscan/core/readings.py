"""What an engine saw, in pixels of the image that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idscan.core.geometry import Quad
    from idscan.core.secret import Secret


@dataclass(frozen=True, slots=True)
class SymbolReading:
    """One QR code or barcode, decoded or only seen.

    Attributes:
        symbology: "qr", "pdf417", "code128" ...
        payload: the bytes as UTF-8 text (undecodable bytes as surrogates), None when seen but not decoded.
        quad: the symbol without its quiet zone.
        engine: name of the engine.
        modules: modules along one side (QR: 4 x version + 17), None when unknown.
        error_correction: "L", "M", "Q" or "H", None when unknown.
    """

    symbology: str
    payload: Secret | None
    quad: Quad
    engine: str
    modules: int | None = None
    error_correction: str | None = None


@dataclass(frozen=True, slots=True)
class TextReading:
    """One line of print.

    Attributes:
        text: what it says.
        quad: the line's box, clockwise from the top-left corner as read.
        confidence: 0 to 1.
        engine: name of the engine.
    """

    text: Secret
    quad: Quad
    confidence: float
    engine: str
