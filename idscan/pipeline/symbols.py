"""QR codes: on the whole frame, then enlarged and sharpened where one should be or was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.pipeline.readers import symbol_readers
from idscan.vision import enhance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import SymbolReading

_SAME_SYMBOL_IOU = 0.3
_MARGIN = 0.25  # of the symbol's side, quiet zone included
_MIN_CROP_SIDE = 40


def read_frame(grey: NDArray[np.uint8], *, every_reader: bool = False) -> tuple[SymbolReading, ...]:
    """Return QR codes anywhere in a frame, decoded or only seen.

    Args:
        grey: uint8 array of shape (height, width).
        every_reader: ask all readers, not only the first: the second costs ten times as much.
    """
    found: list[SymbolReading] = []
    for reader in symbol_readers():
        found = _merged(found, reader.read_symbols(grey, ("qr",)))
        if not every_reader:
            break
    return tuple(_retried(grey, symbol) if symbol.payload is None else symbol for symbol in found)


def read_region(grey: NDArray[np.uint8], region: Quad) -> SymbolReading | None:
    """Climb the ladder of treatments on the part of a picture where a symbol should be.

    Args:
        grey: uint8 array of shape (height, width).
        region: where the symbol lies, with its quiet zone and some room, in pixels of the picture.

    Returns:
        The decoded symbol in pixels of the picture; a seen but undecoded one if there is no better; or None.
    """
    left, top, right, bottom = geometry.bounds(region)
    height, width = grey.shape
    x0, y0 = max(int(left), 0), max(int(top), 0)
    part = grey[y0 : min(int(bottom) + 1, height), x0 : min(int(right) + 1, width)]
    if min(part.shape, default=0) < _MIN_CROP_SIDE:
        return None
    part = np.ascontiguousarray(part)
    seen: SymbolReading | None = None
    for image, factor in enhance.symbol_ladder(part):
        for reader in symbol_readers():
            for symbol in reader.read_symbols(image, ("qr",)):
                quad = geometry.shifted(geometry.scaled(symbol.quad, 1 / factor), x0, y0)
                if symbol.payload is not None:
                    return replace(symbol, quad=quad)
                seen = seen or replace(symbol, quad=quad)
    return seen


def read_barcodes(grey: NDArray[np.uint8]) -> tuple[SymbolReading, ...]:
    """Return PDF417 and Code 128 symbols; only worth its cost where a card is already known to be."""
    readers = symbol_readers()
    return tuple(
        symbol
        for symbol in (readers[0].read_symbols(grey, ("pdf417", "code128")) if readers else ())
        if symbol.payload is not None
    )


def _retried(grey: NDArray[np.uint8], symbol: SymbolReading) -> SymbolReading:
    better = read_region(grey, grown(symbol.quad, _MARGIN))
    return better if better is not None and better.payload is not None else symbol


def grown(quad: Quad, share: float) -> Quad:
    """Return the upright box around a quad, enlarged on each side by a share of its own size."""
    left, top, right, bottom = geometry.bounds(quad)
    dx, dy = (right - left) * share, (bottom - top) * share
    return quad_from_box(left - dx, top - dy, right + dx, bottom + dy)


def _merged(known: list[SymbolReading], more: tuple[SymbolReading, ...]) -> list[SymbolReading]:
    merged = list(known)
    for symbol in more:
        twin = next((i for i, old in enumerate(merged) if geometry.iou(old.quad, symbol.quad) > _SAME_SYMBOL_IOU), None)
        if twin is None:
            merged.append(symbol)
        elif merged[twin].payload is None and symbol.payload is not None:
            merged[twin] = symbol
    return merged
