"""Registry of identity documents: one module per card generation and related document, each with a `DOCUMENT`.

To add a document, write its module and add it to `MODULES`. Modules are imported on first use, as they need the parsers
of names and numbers, which in turn search for the headings and labels of documents.

Boxes are fractions of the card from its top left corner. They are as wide as the field, not as its value, so that a
covered box does not reveal the length of the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from idscan.cards import words
from idscan.core.enums import EXPOSED_FIELDS, CardKind, Field, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idscan.cards.fields.dates import CardDate
    from idscan.cards.labels import Label
    from idscan.cards.labels.headings import Heading
    from idscan.core.geometry import CardBox

Face: TypeAlias = tuple[CardKind, Side]
"""One side of a kind of document."""
NINE_DIGITS, TWELVE_DIGITS = 9, 12
"""Digits of a number: of the cards until 2012, and of all cards since."""
_BELOW_LABEL = 0.6
"""Share of a box that holds the value where the label stands above it in the same box."""

_EMBLEM_OR_CHIP: Mapping[Side, CardBox] = MappingProxyType(
    {Side.FRONT: (0.03, 0.04, 0.25, 0.28), Side.BACK: (0.04, 0.28, 0.24, 0.56)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QrReading:
    """The contents of a document's QR code.

    Attributes:
        values: fields of a report with their values.
        details: all that the code states, by a stable key, in the order in which it is best read.
        is_strict: whether every field stands where the document puts it; otherwise the fields were named by their form.
    """

    values: tuple[tuple[Field, str | None], ...] = field(repr=False)
    details: tuple[tuple[str, str | CardDate | None], ...] = field(repr=False)
    is_strict: bool = True


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SideSpec:
    """One side of a document.

    Attributes:
        headings: its headings.
        labels: its printed labels, and the lines of the issuer that end a value.
        boxes: places of its fields, empty where the layout is not known.
        boxes_hold_labels: whether boxes are whole rows, as the order of fields in the circulars gives them; otherwise
            they were calibrated on values.
        labels_stand_above: whether each box has the label above the value.
        qr_modules: place of the QR code's modules, without quiet zone: an estimate to start from, not to cover by.
    """

    headings: tuple[Heading, ...] = ()
    labels: tuple[Label, ...] = ()
    boxes: Mapping[Field, CardBox] = field(default_factory=dict)
    boxes_hold_labels: bool = False
    labels_stand_above: bool = False
    qr_modules: CardBox | None = None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DocumentSpec:
    """A card generation or a related document.

    Attributes:
        kind: as reported; `UNKNOWN` for documents that have no kind of their own.
        source: laws, standards and surveys that the facts come from.
        sides: what stands on each side; `Side.UNKNOWN` for headings whose side is not known.
        issued: first and last day of issue, ISO 8601, as far as known.
        is_identity_card: False for licences, insurance cards, passports and papers.
        number_digits: digits of the citizen number or of the old number that it prints, None where it prints neither.
        has_lookalike_number: its own number has the form of a citizen number and is none.
        quotes_citizen_number: it prints the holder's citizen number beside its own number, under a label that
            otherwise only papers have, so that only its heading or its machine-readable zone is evidence of it.
        mrz: format of its machine-readable zone.
        read_qr: parser of its QR payload: the contents, or None where the text is no payload of this document.
        renewal_ages: ages of the holder, in years, at which it expires.
    """

    kind: CardKind
    source: str
    sides: Mapping[Side, SideSpec]
    issued: tuple[str | None, str | None] = (None, None)
    is_identity_card: bool = True
    number_digits: int | None = None
    has_lookalike_number: bool = False
    quotes_citizen_number: bool = False
    mrz: Literal["td1", "td3"] | None = None
    read_qr: Callable[[str], QrReading | None] | None = None
    renewal_ages: tuple[int, ...] = ()

    def faces_with(self, wanted: Field) -> tuple[Face, ...]:
        """Return the sides whose layout has a field."""
        return tuple((self.kind, side) for side, spec in self.sides.items() if wanted in spec.boxes)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of all sides."""
        return tuple(label for side in self.sides.values() for label in side.labels)


MODULES: tuple[str, ...] = words(
    """
    idscan.cards.documents.cccd_chip
    idscan.cards.documents.can_cuoc
    idscan.cards.documents.cmnd_9
    idscan.cards.documents.cmnd_12
    idscan.cards.documents.cccd_barcode
    idscan.cards.documents.gplx
    idscan.cards.documents.bhyt
    idscan.cards.documents.passport
    idscan.cards.documents.certificate
    idscan.cards.documents.papers
    """
)
"""The documents. Where the evidence leaves several generations open, the first one counts: the commonest one."""


@cache
def all_documents() -> tuple[DocumentSpec, ...]:
    """Return all documents in the order of the registry."""
    return tuple(import_module(name).DOCUMENT for name in MODULES)


def generations() -> tuple[DocumentSpec, ...]:
    """Return the generations of the identity card in the order of the registry."""
    return tuple(one for one in _index(all_documents()).by_kind.values() if one.is_identity_card)


def document_of(kind: CardKind) -> DocumentSpec | None:
    """Return the document of a kind, None for `UNKNOWN`.

    >>> document_of(CardKind.CMND_9).number_digits
    9
    """
    return _index(all_documents()).by_kind.get(kind)


def documents_headed(heading: Heading) -> tuple[DocumentSpec, ...]:
    """Return the documents that bear a heading; none for a heading of the state, which any document may bear."""
    return tuple(_index(all_documents()).headed.get(heading.key, {}))


def faces_headed(heading: Heading) -> frozenset[Face]:
    """Return the sides that bear a heading."""
    return frozenset(face for faces in _index(all_documents()).headed.get(heading.key, {}).values() for face in faces)


def faces_labelled(label: Label) -> frozenset[Face]:
    """Return the sides that print a label."""
    return frozenset(_index(all_documents()).labelled[label.variants[0]])


def faces_of_mrz(zone_format: str) -> tuple[Face, ...]:
    """Return the sides with a machine-readable zone of a format.

    >>> [(kind.value, side.value) for kind, side in faces_of_mrz("td1")]
    [('cccd_chip', 'back'), ('can_cuoc', 'back')]
    """
    documents = (document for document in all_documents() if document.mrz == zone_format)
    return tuple(face for document in documents for face in document.faces_with(Field.MRZ))


def read_qr_payload(text: str) -> tuple[DocumentSpec, QrReading] | None:
    """Return the document that has a text as its QR payload, and the contents; None for every other text."""
    for document in all_documents():
        reading = None if document.read_qr is None else document.read_qr(text)
        if reading is not None:
            return document, reading
    return None


def field_box(kind: CardKind, side: Side, wanted: Field) -> CardBox | None:
    """Return the place of a field on a card, None if that side does not show it or its layout is not known.

    >>> field_box(CardKind.CAN_CUOC, Side.FRONT, Field.QR) is None
    True
    """
    return _side(kind, side).boxes.get(wanted)


def fields_of(kind: CardKind, side: Side) -> tuple[Field, ...]:
    """Return the fields that a side shows, in the order of `Field`; empty where the layout is not known."""
    shown = _side(kind, side).boxes
    return tuple(field for field in Field if field in shown)


def exposing_fields_of(kind: CardKind, side: Side) -> frozenset[Field]:
    """Return the fields of a side whose finding makes an image count as exposed."""
    return EXPOSED_FIELDS.intersection(_side(kind, side).boxes)


def value_box(kind: CardKind, side: Side, wanted: Field) -> CardBox | None:
    """Return the place of a field's value, without a label above it; None if the side does not print the field."""
    spec = _side(kind, side)
    box = spec.boxes.get(wanted)
    if box is None or not spec.labels_stand_above:
        return box
    left, top, right, bottom = box
    return (left, bottom - _BELOW_LABEL * (bottom - top), right, bottom)


def box_holds_label(kind: CardKind, side: Side) -> bool:
    """Return whether the boxes of a side begin where its labels do, rather than where the values do.

    >>> box_holds_label(CardKind.CCCD_CHIP, Side.BACK), box_holds_label(CardKind.CCCD_CHIP, Side.FRONT)
    (True, False)
    """
    return _side(kind, side).boxes_hold_labels


def qr_box(kind: CardKind, side: Side) -> CardBox | None:
    """Return where the QR code is to be looked for or covered, quiet zone and tolerance included."""
    return field_box(kind, side, Field.QR)


def symbol_box(kind: CardKind, side: Side) -> CardBox | None:
    """Return where the modules of the QR code stand, without quiet zone: an estimate to start from, not to cover by."""
    return _side(kind, side).qr_modules


def sign_box(side: Side) -> CardBox | None:
    """Return where a card of any generation has its emblem, or on its back a chip; None where the side is not known."""
    return _EMBLEM_OR_CHIP.get(side)


_NOTHING_KNOWN = SideSpec()


def _side(kind: CardKind, side: Side) -> SideSpec:
    document = document_of(kind)
    return _NOTHING_KNOWN if document is None else document.sides.get(side, _NOTHING_KNOWN)


class _Index(NamedTuple):
    """Documents by kind, faces by the key of a heading and its document, and faces by the name of a label."""

    by_kind: dict[CardKind, DocumentSpec]
    headed: dict[str, dict[DocumentSpec, list[Face]]]
    labelled: dict[str, list[Face]]


@cache
def _index(documents: tuple[DocumentSpec, ...]) -> _Index:
    index = _Index({one.kind: one for one in documents if one.kind is not CardKind.UNKNOWN}, {}, {})
    for document in documents:
        for side, spec in document.sides.items():
            for heading in spec.headings:
                index.headed.setdefault(heading.key, {}).setdefault(document, []).append((document.kind, side))
            for label in spec.labels:
                index.labelled.setdefault(label.variants[0], []).append((document.kind, side))
    return index
