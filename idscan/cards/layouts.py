"""Positions of the fields on each card generation, as fractions of the card from its top left corner.

Boxes are as wide as the field, not as its value, so that a covered box tells nothing of the value's length.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from idscan.cards.fact_tables import FactTable
from idscan.core.enums import CardKind, Field, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the card's width and height."""

SOURCE = (
    "sizes: Circular 06/2021/TT-BCA and Circular 16/2024/TT-BCA, ICAO Doc 9303-5 for the zone; places: two public "
    "calibrations of the chip card's front, the rest estimated from the order of fields in the circulars"
)

_CHIP_FRONT: dict[Field, Box] = {
    Field.NUMBER: (0.36, 0.39, 0.84, 0.50),
    Field.NAME: (0.27, 0.52, 0.98, 0.62),
    Field.DATE_OF_BIRTH: (0.55, 0.60, 0.80, 0.69),
    Field.SEX: (0.43, 0.65, 0.56, 0.74),
    Field.NATIONALITY: (0.69, 0.65, 0.99, 0.74),
    Field.PLACE_OF_ORIGIN: (0.27, 0.785, 0.99, 0.865),
    Field.PLACE_OF_RESIDENCE: (0.27, 0.86, 0.99, 0.985),
    Field.DATE_OF_EXPIRY: (0.02, 0.83, 0.27, 0.95),
    Field.QR: (0.76, 0.03, 0.98, 0.34),
    Field.PORTRAIT: (0.02, 0.28, 0.30, 0.86),
}
_TD1_ZONE: Box = (0.03, 0.62, 0.97, 0.98)

_LAYOUTS: Mapping[tuple[CardKind, Side], Mapping[Field, Box]] = MappingProxyType(
    {
        (CardKind.CCCD_CHIP, Side.FRONT): _CHIP_FRONT,
        (CardKind.CCCD_CHIP, Side.BACK): {
            Field.DATE_OF_ISSUE: (0.25, 0.16, 0.68, 0.27),
            Field.MRZ: _TD1_ZONE,
            Field.FINGERPRINT: (0.68, 0.02, 0.98, 0.62),
            Field.PERSONAL_IDENTIFICATION: (0.02, 0.02, 0.67, 0.19),
        },
        (CardKind.CCCD_BARCODE, Side.FRONT): {
            field: box for field, box in _CHIP_FRONT.items() if field is not Field.QR
        },
        (CardKind.CCCD_BARCODE, Side.BACK): {
            Field.DATE_OF_ISSUE: (0.33, 0.42, 0.98, 0.56),
            Field.BARCODE: (0.01, 0.01, 0.99, 0.24),
            Field.FINGERPRINT: (0.02, 0.24, 0.33, 0.97),
            Field.PERSONAL_IDENTIFICATION: (0.33, 0.24, 0.98, 0.43),
        },
        (CardKind.CAN_CUOC, Side.FRONT): {
            Field.NUMBER: (0.28, 0.41, 0.98, 0.56),
            Field.NAME: (0.28, 0.55, 0.98, 0.72),
            Field.DATE_OF_BIRTH: (0.28, 0.71, 0.98, 0.84),
            Field.SEX: (0.28, 0.83, 0.60, 0.97),
            Field.NATIONALITY: (0.58, 0.83, 0.98, 0.97),
            Field.PORTRAIT: (0.02, 0.36, 0.29, 0.95),
        },
        (CardKind.CAN_CUOC, Side.BACK): {
            Field.PLACE_OF_RESIDENCE: (0.03, 0.03, 0.73, 0.20),
            Field.PLACE_OF_ORIGIN: (0.03, 0.18, 0.73, 0.35),
            Field.DATE_OF_ISSUE: (0.26, 0.34, 0.74, 0.47),
            Field.DATE_OF_EXPIRY: (0.26, 0.44, 0.74, 0.57),
            Field.QR: (0.72, 0.03, 0.99, 0.44),
            Field.MRZ: _TD1_ZONE,
        },
        (CardKind.CMND_9, Side.FRONT): {
            Field.NUMBER: (0.44, 0.23, 0.90, 0.36),
            Field.NAME: (0.40, 0.33, 0.99, 0.53),
            Field.DATE_OF_BIRTH: (0.42, 0.51, 0.99, 0.62),
            Field.PLACE_OF_ORIGIN: (0.30, 0.60, 0.99, 0.80),
            Field.PLACE_OF_RESIDENCE: (0.30, 0.78, 0.99, 0.98),
            Field.PORTRAIT: (0.02, 0.38, 0.31, 0.97),
        },
        (CardKind.CMND_9, Side.BACK): {
            Field.DATE_OF_ISSUE: (0.39, 0.46, 0.99, 0.59),
            Field.FINGERPRINT: (0.02, 0.18, 0.39, 0.97),
            Field.PERSONAL_IDENTIFICATION: (0.39, 0.23, 0.99, 0.47),
        },
        (CardKind.CMND_12, Side.FRONT): {
            **{field: box for field, box in _CHIP_FRONT.items() if field is not Field.QR},
            Field.NAME: (0.27, 0.48, 0.98, 0.62),
        },
        (CardKind.CMND_12, Side.BACK): {
            Field.DATE_OF_ISSUE: (0.33, 0.42, 0.98, 0.58),
            Field.FATHER_NAME: (0.02, 0.22, 0.98, 0.34),
            Field.MOTHER_NAME: (0.02, 0.32, 0.98, 0.44),
            Field.BARCODE: (0.01, 0.01, 0.99, 0.24),
            Field.FINGERPRINT: (0.02, 0.24, 0.33, 0.97),
            Field.PERSONAL_IDENTIFICATION: (0.33, 0.24, 0.98, 0.43),
        },
        (CardKind.GPLX, Side.FRONT): {
            Field.NAME: (0.30, 0.32, 0.98, 0.46),
            Field.DATE_OF_BIRTH: (0.30, 0.44, 0.98, 0.54),
            Field.NATIONALITY: (0.30, 0.52, 0.98, 0.60),
            Field.PLACE_OF_RESIDENCE: (0.30, 0.58, 0.98, 0.74),
            Field.DATE_OF_EXPIRY: (0.02, 0.82, 0.50, 0.94),
            Field.PORTRAIT: (0.02, 0.26, 0.30, 0.82),
        },
        (CardKind.GPLX, Side.BACK): {Field.QR: (0.66, 0.50, 0.99, 0.99)},
        (CardKind.BHYT, Side.FRONT): {Field.QR: (0.01, 0.25, 0.30, 0.80)},
        (CardKind.PASSPORT, Side.FRONT): {
            Field.MRZ: (0.01, 0.78, 0.99, 0.99),
            Field.PORTRAIT: (0.02, 0.15, 0.33, 0.72),
        },
    }
)

_WITH_LABELS = frozenset(
    {(kind, side) for kind, side in _LAYOUTS if side is Side.BACK} | {(CardKind.CAN_CUOC, Side.FRONT)}
)
"""Sides whose boxes are whole rows, as the order of fields in the circulars gives them; the others were calibrated on
values."""

_LABELS_ABOVE = frozenset({(CardKind.CAN_CUOC, Side.FRONT)})
"""Sides whose boxes have the label above the value (Circular 16/2024/TT-BCA, annex)."""

_BELOW_LABEL = 0.6
"""Share of such a box that is the value's."""

CHIP_FRONT_TEXT_ZONES: tuple[Box, ...] = ((0.27, 0.38, 1.0, 1.0), (0.02, 0.82, 0.27, 0.97))
"""All print of a chip card's front that tells something of its holder, in two boxes."""


_SYMBOLS: Mapping[tuple[CardKind, Side], Box] = MappingProxyType(
    {
        (CardKind.CCCD_CHIP, Side.FRONT): (0.785, 0.09, 0.945, 0.32),
        # 18 mm square (Circular 16/2024/TT-BCA, article 3).
        (CardKind.CAN_CUOC, Side.BACK): (0.75, 0.07, 0.96, 0.40),
    }
)


_SIGNS: Mapping[Side, Box] = MappingProxyType(
    {Side.FRONT: (0.03, 0.04, 0.25, 0.28), Side.BACK: (0.04, 0.28, 0.24, 0.56)}
)


def field_box(kind: CardKind, side: Side, field: Field) -> Box | None:
    """Return where a field stands on a card, None if that side does not show it or its layout is not known.

    >>> field_box(CardKind.CAN_CUOC, Side.FRONT, Field.QR) is None
    True
    """
    return _LAYOUTS.get((kind, side), {}).get(field)


def fields_of(kind: CardKind, side: Side) -> tuple[Field, ...]:
    """Return the fields that a side shows, in the order of `Field`; empty where the layout is not known."""
    shown = _LAYOUTS.get((kind, side), {})
    return tuple(field for field in Field if field in shown)


def value_box(kind: CardKind, side: Side, field: Field) -> Box | None:
    """Return where the value of a field stands, without a label above it; None if the side does not print the field."""
    box = field_box(kind, side, field)
    if box is None or (kind, side) not in _LABELS_ABOVE:
        return box
    left, top, right, bottom = box
    return (left, bottom - _BELOW_LABEL * (bottom - top), right, bottom)


def box_holds_label(kind: CardKind, side: Side) -> bool:
    """Return whether the boxes of a side begin where its labels do, rather than where the values do.

    >>> box_holds_label(CardKind.CCCD_CHIP, Side.BACK), box_holds_label(CardKind.CCCD_CHIP, Side.FRONT)
    (True, False)
    """
    return (kind, side) in _WITH_LABELS


def qr_box(kind: CardKind, side: Side) -> Box | None:
    """Return where the QR code is to be looked for or covered, quiet zone and tolerance included."""
    return field_box(kind, side, Field.QR)


def symbol_box(kind: CardKind, side: Side) -> Box | None:
    """Return where the modules of the QR code stand, without quiet zone: a guess to start from, not to cover by."""
    return _SYMBOLS.get((kind, side))


def mrz_box(kind: CardKind, side: Side) -> Box | None:
    """Return where the machine-readable zone stands."""
    return field_box(kind, side, Field.MRZ)


def sign_box(side: Side) -> Box | None:
    """Return where a card of any generation has its emblem, or on its back a chip; None where the side is not known."""
    return _SIGNS.get(side)


def portrait_box(kind: CardKind, side: Side) -> Box | None:
    """Return where the portrait stands; cards of children under six leave the place empty."""
    return field_box(kind, side, Field.PORTRAIT)


def _has_layout(text: str) -> bool:
    kind, _, side = text.partition("/")
    return any((kind, side) == (known_kind.value, known_side.value) for known_kind, known_side in _LAYOUTS)


TABLES = (
    FactTable(
        name="layouts of cards",
        source=SOURCE,
        recognise=_has_layout,
        matching=(
            "cccd_chip/front",
            "cccd_chip/back",
            "can_cuoc/front",
            "can_cuoc/back",
            "cmnd_9/front",
            "cmnd_9/back",
        ),
        not_matching=("unknown/front", "cccd_chip/unknown", ""),
    ),
)
