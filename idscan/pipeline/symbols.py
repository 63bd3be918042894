"""Codes: QR on the whole frame, then enlarged and sharpened where one should be or was seen.

Other symbologies cost up to ten times as much and see ghosts, so they are read only at places that look like a code and
hold no QR code, and count only with the payload of a card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.evidence import read_symbol
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.pipeline import grids
from idscan.pipeline.grids import EXPECTED_WORTH_FITTING, WORTH_FITTING, Tries, read_outlines
from idscan.pipeline.readers import symbol_readers
from idscan.pipeline.strips import read_strip
from idscan.vision import enhance
from idscan.vision.code_places import find_code_places
from idscan.vision.finders import Outline, find_outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import SymbolReading

_SAME_SYMBOL_IOU = 0.3
_MARGIN = 0.25  # of the symbol's side, quiet zone included
_MIN_CROP_SIDE = 40
_MOST_PLACES, _MOST_STRIPS = 3, 2
_OTHER_SQUARES = ("aztec", "data_matrix")
_CLOSE_SIDE = 480  # pixels of a place that is read for them: 4 and more to a module of a card's payload
_CLOSE_ENLARGED = 2.0  # at most: two pixels to a module are too few for the reader, and more than four no better
_KNOWN = 0.4
_USUAL_TRIES, _MOST_TRIES = 24, 120
_SMALL_KINDS = frozenset({"micro_qr", "rmqr"})


def read_frame(grey: NDArray[np.uint8], *, every_reader: bool = False) -> tuple[SymbolReading, ...]:
    """Return QR codes anywhere in a frame, decoded or only seen, and decoded codes of other kinds that are a card's.

    Args:
        grey: uint8 array of shape (height, width).
        every_reader: ask all readers, not only the first, and try longer: the second costs ten times as much.
    """
    found: list[SymbolReading] = []
    for reader in symbol_readers():
        found = _merged(found, reader.read_symbols(grey, ("qr",)))
        if not every_reader:
            break
    tries = Tries(_MOST_TRIES if every_reader else _USUAL_TRIES)
    places = find_code_places(grey, _MOST_PLACES, _MOST_STRIPS)
    for place in places.squares:
        if not _is_read(place, found):
            found = _merged(found, _noticed(grey, place, tries) or _of_other_kinds(grey, place))
    for reader in symbol_readers()[:1]:
        for strip in places.strips:
            symbol = None if _is_read(strip, found) else read_strip(grey, strip, reader)
            if symbol is not None and read_symbol(symbol) is not None:
                found = _merged(found, (symbol,))
    for symbol in [symbol for symbol in found if symbol.payload is None]:
        if not _is_read(symbol.quad, found):
            found = _merged(found, _retried(grey, symbol, tries))
    on_grids = [symbol for symbol in found if symbol.engine == grids.ENGINE]
    return tuple(
        symbol
        for symbol in found
        if symbol.payload is not None
        # A Micro QR code has a single finder pattern, and anything dark in a frame looks like one.
        or not (
            symbol.symbology in _SMALL_KINDS
            or _is_read(symbol.quad, found)
            or (symbol not in on_grids and _is_taken(symbol.quad, on_grids))
        )
    )


def _is_read(place: Quad, found: list[SymbolReading]) -> bool:
    """Return whether a symbol that was decoded takes a place more or less."""
    return _is_taken(place, [symbol for symbol in found if symbol.payload is not None])


def _is_taken(place: Quad, symbols: list[SymbolReading]) -> bool:
    return any(
        max(geometry.overlap(place, symbol.quad), geometry.overlap(symbol.quad, place)) > _KNOWN for symbol in symbols
    )


def read_region(grey: NDArray[np.uint8], region: Quad) -> SymbolReading | None:
    """Climb the ladder of treatments on the part of a picture where a symbol should be.

    Args:
        grey: uint8 array of shape (height, width).
        region: where the symbol lies, with its quiet zone and some room, in pixels of the picture.

    Returns:
        The decoded symbol in pixels of the picture; a seen but undecoded one if there is no better; or None.
    """
    part = _Part.around(grey, region)
    return _climbed(part, [], Tries(_USUAL_TRIES)) if part is not None else None


def _climbed(part: _Part, seen: list[Outline], tries: Tries) -> SymbolReading | None:
    """Return what treatments or guesses at the modules give where there should be a symbol."""
    symbol = _treated(part)
    if symbol is not None and symbol.payload is not None:
        return symbol
    found = [outline for outline in find_outlines(part.pixels) if outline.score > EXPECTED_WORTH_FITTING]
    return part.placed(read_outlines(part.pixels, [*seen, *found], tries)) or symbol


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """An upright part of a picture and where it was cut."""

    pixels: NDArray[np.uint8]
    left: int
    top: int

    @classmethod
    def around(cls, grey: NDArray[np.uint8], region: Quad) -> _Part | None:
        """Return the part within the bounds of a region, None where that is too small for a symbol."""
        left, top, right, bottom = geometry.bounds(region)
        height, width = grey.shape
        x0, y0 = max(int(left), 0), max(int(top), 0)
        pixels = grey[y0 : min(int(bottom) + 1, height), x0 : min(int(right) + 1, width)]
        if min(pixels.shape, default=0) < _MIN_CROP_SIDE:
            return None
        return cls(np.ascontiguousarray(pixels), x0, y0)

    def placed(self, symbol: SymbolReading | None, factor: float = 1.0) -> SymbolReading | None:
        """Return a symbol that was read on this part, enlarged by a factor, in the whole picture."""
        if symbol is None:
            return None
        return replace(symbol, quad=geometry.shifted(geometry.scaled(symbol.quad, 1 / factor), self.left, self.top))


def _treated(part: _Part) -> SymbolReading | None:
    """Return what readers decode from a part under any treatment; otherwise the first that they see."""
    seen: SymbolReading | None = None
    for image, factor in enhance.symbol_ladder(part.pixels):
        for reader in symbol_readers():
            # Small kinds of codes have few check bytes and are read into what is left of a damaged one.
            for symbol in (found for found in reader.read_symbols(image, ("qr",)) if found.symbology == "qr"):
                if symbol.payload is not None:
                    return part.placed(symbol, factor)
                seen = seen or part.placed(symbol, factor)
    return seen


def _noticed(grey: NDArray[np.uint8], place: Quad, tries: Tries) -> tuple[SymbolReading, ...]:
    """Return the symbol at a place that looks like one, if finder patterns show that it is."""
    part = _Part.around(grey, grown(place, _MARGIN))
    if part is None:
        return ()
    left, top, right, bottom = geometry.bounds(place)
    outlines = find_outlines(part.pixels, max(right - left, bottom - top))
    outlines = tuple(outline for outline in outlines if outline.score > WORTH_FITTING)
    if not outlines:
        return ()
    symbol = _treated(part)
    if symbol is None or symbol.payload is None:
        symbol = part.placed(read_outlines(part.pixels, outlines, tries)) or symbol
    return () if symbol is None else (symbol,)


def _of_other_kinds(grey: NDArray[np.uint8], place: Quad) -> tuple[SymbolReading, ...]:
    """Return an Aztec or Data Matrix symbol with the payload of a card at a place that looks like a square code."""
    part = _Part.around(grey, grown(place, _MARGIN))
    if part is None:
        return ()
    factor = min(_CLOSE_ENLARGED, _CLOSE_SIDE / max(part.pixels.shape))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    image = cv2.resize(part.pixels, None, fx=factor, fy=factor, interpolation=how).astype(np.uint8)
    for reader in symbol_readers()[:1]:
        for symbol in reader.read_symbols(image, _OTHER_SQUARES):
            if read_symbol(symbol) is not None and (placed := part.placed(symbol, factor)) is not None:
                return (placed,)
    return ()


def read_barcodes(grey: NDArray[np.uint8]) -> tuple[SymbolReading, ...]:
    """Return PDF417 and Code 128 symbols; only worth its cost where a card is already known to be."""
    readers = symbol_readers()
    return tuple(
        symbol
        for symbol in (readers[0].read_symbols(grey, ("pdf417", "code128")) if readers else ())
        if symbol.payload is not None
    )


def _retried(grey: NDArray[np.uint8], symbol: SymbolReading, tries: Tries) -> tuple[SymbolReading, ...]:
    """Return what a closer look decodes where a symbol was seen."""
    part = _Part.around(grey, grown(symbol.quad, _MARGIN))
    if part is None:
        return ()
    if symbol.engine == grids.ENGINE:  # its modules were looked at already
        better = _treated(part)
    else:
        own = geometry.shifted(symbol.quad, -part.left, -part.top)
        better = _climbed(part, [Outline(own, symbol.modules, None, 1.0)] if symbol.modules else [], tries)
    return () if better is None or better.payload is None else (better,)


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
        elif merged[twin].payload is None and (symbol.payload is not None or symbol.engine == grids.ENGINE):
            merged[twin] = symbol
    return merged
