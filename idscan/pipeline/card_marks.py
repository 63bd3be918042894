"""What a card bears besides print and QR code: portrait, fingerprints, barcodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idscan.cards.evidence import read_barcode
from idscan.cards.layouts import field_box
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.readings import Fact
from idscan.core.vocabulary import CardKind, Field, Side, Source
from idscan.pipeline import symbols
from idscan.vision import warp
from idscan.vision.enhance import is_drawn_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.cards.classify import Classification
    from idscan.cards.evidence import CodeEvidence
    from idscan.core.geometry import Quad
    from idscan.vision.warp import View

_PICTURE_SIZE, _PICTURE_CONFIDENCE = (96, 96), 0.7


def pictures_on(view: View, quad: Quad, face: tuple[CardKind, Side]) -> list[Fact]:
    """Return portrait and fingerprints where the layout has them and the place is not bare, as a child's may be."""
    to_view = warp.homography(quad_from_box(0, 0, 1, 1), view.view_quad(quad))
    found = []
    for field in (Field.PORTRAIT, Field.FINGERPRINT):
        box = field_box(*face, field)
        if box is None:
            continue
        place = geometry.transform(to_view, quad_from_box(*box))
        if is_drawn_on(warp.rectify(view.pixels, place, _PICTURE_SIZE).pixels):
            found.append(Fact(field=field, value=None, by=Source.PRINT, quad=place, confidence=_PICTURE_CONFIDENCE))
    return found


def may_bear_barcode(recognition: Classification, codes: Sequence[CodeEvidence], zone: CodeEvidence | None) -> bool:
    """Return whether looking for a barcode is worth ten times the cost of looking for a QR code."""
    if codes or zone is not None or recognition.side is Side.FRONT:
        return False
    return recognition.kind in {CardKind.CMND_12, CardKind.CCCD_BARCODE, CardKind.UNKNOWN}


def barcodes_on(grey: NDArray[np.uint8], quad: Quad) -> tuple[Fact, ...]:
    """Return what the barcodes on a card give away, in pixels of the picture."""
    left, top, right, bottom = geometry.bounds(quad)
    x0, y0 = max(int(left), 0), max(int(top), 0)
    part = np.ascontiguousarray(grey[y0 : int(bottom) + 1, x0 : int(right) + 1])
    return tuple(
        replace(fact, quad=fact.quad and geometry.shifted(fact.quad, x0, y0))
        for symbol in (symbols.read_barcodes(part) if part.size else ())
        for fact in read_barcode(symbol)
    )
