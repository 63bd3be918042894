"""Read what covers still show once the contrast of their few levels is stretched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.cover_words import is_written_on_covers
from idscan.core import geometry
from idscan.core.redaction import Leak
from idscan.pipeline.readers import symbol_readers
from idscan.pipeline.sheet import find_boxes, lay_upright, read_lines
from idscan.vision import enhance, warp
from idscan.vision.faint import MOST_LEVELS, amplified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.results import Frame
    from idscan.vision.faint import Amplified

_DETECTOR_SIDE = 960
_VIEW_SIDE = 1600
_ON_COVER = 0.5
"""Share of a line or code that lies in a place whose contrast was stretched."""

_LEAST_DIGITS, _LEAST_LETTERS = 6, 6
_SURE = 0.7
"""Characters of a line, and confidence of its reader, that noise and the blocks of JPEG do not reach."""

_OUTLIERS = 3
"""Per cent of the pixels of a line on either side that may lie beside its cover."""

_ROOM = 0.02
_MESSAGE = "it comes back from under a cover when its contrast is stretched"


def faint_print(frame: Frame, cards: Sequence[Quad]) -> Iterator[Leak]:
    """Yield print and codes that covers of nearly one colour let through.

    Args:
        frame: pixels of an image.
        cards: where cards were located, in pixels of the full-size image; the whole image is looked at where none was.
    """
    rgb = frame.layers[0]
    found = amplified(rgb)
    if found is None:
        return
    height, width = rgb.shape[:2]
    whole = geometry.quad_from_box(0, 0, width, height)
    areas = [geometry.scaled(warp.widened(quad, _ROOM), frame.scale) for quad in cards] or [whole]
    for area in areas:
        if any(geometry.overlap(place, area) > 0 for place in found.places):
            for quad in (*_codes(rgb, found, area), *_lines(rgb, found, area)):
                yield Leak("faint", None, geometry.scaled(quad, 1 / frame.scale), _MESSAGE)


def _codes(rgb: NDArray[np.uint8], found: Amplified, area: Quad) -> Iterator[Quad]:
    left, top, right, bottom = (max(0, round(edge)) for edge in geometry.bounds(area))
    part = enhance.grey(found.pixels)[top:bottom, left:right]
    for reader in symbol_readers()[:1] if part.size else ():
        for symbol in reader.read_symbols(part.copy(), ("qr", "pdf417", "code128")):
            quad = geometry.shifted(symbol.quad, left, top)
            if symbol.payload is not None and _is_on_cover(rgb, found, quad):
                yield quad


def _lines(rgb: NDArray[np.uint8], found: Amplified, area: Quad) -> Iterator[Quad]:
    scale = min(1.0, _VIEW_SIDE / max(geometry.width(area), geometry.height(area)))
    size = (max(2, round(geometry.width(area) * scale)), max(2, round(geometry.height(area) * scale)))
    view = warp.rectify(found.pixels, area, size)
    boxes = [
        box
        for box in find_boxes(view, _DETECTOR_SIDE, is_glance=True)
        if _is_on_cover(rgb, found, view.source_quad(box.quad))
    ]
    if not boxes:
        return
    upright, quads = lay_upright(view, boxes)
    for line in read_lines(upright, quads, is_glance=True):
        text = line.text.reveal()
        digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
        is_said = digits >= _LEAST_DIGITS or letters >= _LEAST_LETTERS
        if is_said and line.confidence >= _SURE and not is_written_on_covers(text):
            yield upright.source_quad(line.quad)


def _is_on_cover(rgb: NDArray[np.uint8], found: Amplified, quad: Quad) -> bool:
    """Return whether something lies under a cover; what can be seen without stretching is none of this."""
    if sum(geometry.overlap(quad, place) for place in found.places) <= _ON_COVER:
        return False
    part = warp.cut_line(rgb, quad)
    low, high = np.percentile(part, (_OUTLIERS, 100 - _OUTLIERS), axis=(0, 1))
    return bool((high - low).max() <= MOST_LEVELS)
