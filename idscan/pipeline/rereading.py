"""Read the place of a known card once more with every reader, to check that nothing on it can be read any longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import read_mrz, read_symbol
from idscan.cards.names import is_surely_name
from idscan.cards.printed import read_print
from idscan.core import geometry
from idscan.core.results import SeenText
from idscan.core.vocabulary import NAME_FIELDS, Effort, Source
from idscan.pipeline import symbols
from idscan.pipeline.opinions import other_readings
from idscan.pipeline.readers import third_reader
from idscan.pipeline.sheet import find_boxes, read_sheet, texts_of
from idscan.vision import enhance, warp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.readings import Fact
    from idscan.core.vocabulary import CardKind, Side
    from idscan.vision.warp import View

_ROOM = 0.04
"""Of a card on each side: its outline may be off, and covers reach over it."""

_ROOM_FOR_LINES = 0.12
"""Likewise where lines must not be cut: corners of steep cards are off by a tenth."""

_WIDTHS = (640, 1280)
"""Pixels of the straightened card at least and at most: small print is enlarged, and more shows no reader more."""

_DETECTOR_SIDE = 960


@dataclass(frozen=True, slots=True)
class Rereading:
    """What every reader makes of the place of a card.

    Attributes:
        texts: lines of print and contents of codes, in pixels of the image; several for a line that readers read
            differently.
        facts: what they say of a person by the rules for such a card, with a value, likewise.
        page: what the reader of whole pages makes of the place; None where there is none.
    """

    texts: tuple[SeenText, ...]
    facts: tuple[Fact, ...]
    page: str | None


def read_again(rgb: NDArray[np.uint8], quad: Quad, face: tuple[CardKind, Side]) -> Rereading:
    """Read the place of a card.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: the card's outline, its first corner being the top left one as read.
        face: generation of the card and its side, which print some fields only.
    """
    view = _view_of(rgb, quad)
    sheet = read_sheet(view, find_boxes(view, _DETECTOR_SIDE), is_upright=True)
    others = other_readings(sheet, Effort.THOROUGH)
    readings = (sheet.lines, *others)
    print_facts = [fact for lines in readings for fact in read_print(lines, on_card=True).facts_on(*face)]
    zones = (read_mrz(lines) for lines in readings)
    print_facts += [fact for zone in zones if zone is not None for fact in zone.facts]
    facts = [replace(fact, quad=fact.quad and sheet.view.source_quad(fact.quad)) for fact in print_facts]
    decoded = [
        symbol
        for symbol in symbols.read_frame(enhance.grey(view.pixels), every_reader=True)
        if symbol.payload is not None
    ]
    codes = (read_symbol(symbol) for symbol in decoded)
    of_codes = [fact for code in codes if code is not None for fact in code.facts]
    facts += [replace(fact, quad=fact.quad and view.source_quad(fact.quad)) for fact in of_codes]
    third = third_reader()
    return Rereading(
        texts=(
            *texts_of(sheet, *others),
            *(SeenText(code.payload, view.source_quad(code.quad), Source.QR) for code in decoded if code.payload),
        ),
        facts=tuple(fact for fact in facts if fact.value is not None and not _is_garbled(fact)),
        page=None if third is None else third.read_page(view.pixels).text.reveal(),
    )


def read_labelled(rgb: NDArray[np.uint8], quad: Quad) -> Rereading:
    """Return the lines of a known card whose code or zone left its print unread, and what stands behind its labels.

    Args:
        rgb: uint8 array of shape (height, width, 3).
        quad: the card's outline, its first corner being the top left one as read.
    """
    view = _view_of(rgb, quad, _ROOM_FOR_LINES)
    sheet = read_sheet(view, find_boxes(view, _DETECTOR_SIDE), is_upright=True)
    facts = (found.fact for found in read_print(sheet.lines, on_card=True).by_label)
    placed = (replace(fact, quad=sheet.view.source_quad(fact.quad)) for fact in facts if fact.quad is not None)
    return Rereading(texts_of(sheet), tuple(placed), None)


def _view_of(rgb: NDArray[np.uint8], quad: Quad, room: float = 0.0) -> View:
    around = warp.widened(quad, max(room, _ROOM))
    least, most = _WIDTHS
    width = min(max(round(geometry.width(around)), least), most)
    height = max(2, round(width * geometry.height(around) / max(geometry.width(around), 1.0)))
    return warp.rectify(rgb, around, (width, height))


def _is_garbled(fact: Fact) -> bool:
    """Return whether what stands behind the label of a name is none: a sign on a cover, its edge, a part of a label."""
    return fact.field in NAME_FIELDS and fact.value is not None and not is_surely_name(fact.value.reveal())
