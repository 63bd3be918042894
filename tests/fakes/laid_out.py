"""Made-up cards whose findings stand where their layout prints them, as a thorough scan would return them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from idscan.cards.documents import field_box
from idscan.core import geometry
from idscan.core.enums import CardKind, Field, Side, Source
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.types import Card, FileInfo, Finding, ImageRef, ImageResult, Place, Secret, SeenText
from idscan.vision.perspective import homography
from tests.factories import BIRTH_DATE, NAME, NUMBER, PAYLOAD, SHA256

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Box: TypeAlias = tuple[float, float, float, float]

SIZE = (1100, 760)
"""Width and height of the pictures."""

OUTLINE = quad_from_box(120, 100, 976, 640)
CHIP_FRONT = (CardKind.CCCD_CHIP, Side.FRONT)
CHIP_BACK = (CardKind.CCCD_CHIP, Side.BACK)
VALUES = {Field.NUMBER: NUMBER, Field.NAME: NAME, Field.DATE_OF_BIRTH: BIRTH_DATE, Field.QR: PAYLOAD}
_OWN_SOURCES = {Field.QR: Source.QR, Field.BARCODE: Source.BARCODE, Field.MRZ: Source.MRZ}


def on_card(box: Box, outline: Quad = OUTLINE) -> Quad:
    """Return a box in fractions of a card in pixels of the picture."""
    return geometry.transform(homography(quad_from_box(0, 0, 1, 1), outline), quad_from_box(*box))


def value_box(layout: Box, share: float = 0.8) -> Box:
    """Return where a value stands in its field: from the left on, over a share of the width, lower than the field."""
    left, top, right, bottom = layout
    inset = 0.25 * (bottom - top)
    return (left + 0.01, top + inset, left + 0.01 + share * (right - left - 0.02), bottom - inset)


def at(field: Field, quad: Quad, value: str | None = "x", **changes: Any) -> Finding:
    """Return a finding at one place, read from what is usual for its field."""
    by = _OWN_SOURCES.get(field, Source.PRINT)
    facts: dict[str, Any] = {
        "quad": quad,
        "confidence": 0.9,
        "seen_by": (by,),
        "places": (Place(quad, by, 0.9),),
        **changes,
    }
    return Finding(field=field, value=None if value is None else Secret(value), **facts)


def in_layout(field: Field, face: tuple[CardKind, Side] = CHIP_FRONT, share: float = 0.8) -> Finding:
    """Return a finding at the place that the layout of a card on `OUTLINE` has for it."""
    layout = field_box(*face, field)
    assert layout is not None
    return at(field, on_card(value_box(layout, share)), VALUES.get(field, "x"))


def unread(field: Field, face: tuple[CardKind, Side] = CHIP_FRONT) -> Finding:
    """Return a finding of a field that must be there and that nothing could read."""
    layout = field_box(*face, field)
    assert layout is not None
    quad = on_card(layout)
    by = _OWN_SOURCES.get(field, Source.PRINT)
    return at(field, quad, None, seen_by=(), places=(Place(quad, by, 0.5),))


def laid_out(*findings: Finding, face: tuple[CardKind, Side] = CHIP_FRONT, outline: Quad = OUTLINE) -> Card:
    return Card(kind=face[0], side=face[1], quad=outline, confidence=0.9, findings=findings)


def whole_front() -> Card:
    """Return the front of a card with a code, of which everything was read."""
    return laid_out(*(in_layout(field) for field in (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH, Field.QR)))


def seen(text: str, quad: Quad, by: Source = Source.PRINT) -> SeenText:
    return SeenText(Secret(text), quad, by)


def shown(*cards: Card, texts: Sequence[SeenText] = (), **changes: Any) -> ImageResult:
    """Return what is known of a picture of `SIZE`."""
    facts: dict[str, Any] = {"info": FileInfo(SHA256, "PNG", *SIZE), **changes}
    return ImageResult(ref=facts.pop("ref", ImageRef("a.png")), cards=cards, texts=tuple(texts), **facts)


def layout(field: Field, face: tuple[CardKind, Side] = CHIP_FRONT) -> Quad:
    """Return where the layout has a field, on `OUTLINE`."""
    box = field_box(*face, field)
    assert box is not None
    return on_card(box)
