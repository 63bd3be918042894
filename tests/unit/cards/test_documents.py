from __future__ import annotations

import sys
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pytest

from idscan.cards import documents
from idscan.cards.code_facts import read_symbol
from idscan.cards.documents import (
    DocumentSpec,
    QrReading,
    SideSpec,
    all_documents,
    document_of,
    faces_headed,
    faces_labelled,
    faces_of_mrz,
    field_box,
    fields_of,
    generations,
    qr_box,
    symbol_box,
    value_box,
)
from idscan.cards.labels import LABELS, STOPS, Label, label_named
from idscan.cards.labels.headings import Heading, find_headings
from idscan.cards.labels.search import find_labels
from idscan.core.enums import CardKind, Field, Side
from idscan.core.geometry import quad_from_box
from idscan.core.types import Secret, SymbolReading
from tests.unit.cards import specimens
from tests.unit.cards.specimens import classify_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = all_documents()
FACES = [(kind, side) for kind in CardKind for side in Side if fields_of(kind, side)]
HEADINGS = list(dict.fromkeys(heading for one in DOCUMENTS for side in one.sides.values() for heading in side.headings))


def _name(value: object) -> str:
    return value.source if isinstance(value, DocumentSpec) else getattr(value, "key", ascii(value))


@pytest.mark.parametrize("document", DOCUMENTS, ids=[name.rpartition(".")[2] for name in documents.MODULES])
def test_document_is_whole(document: DocumentSpec) -> None:
    assert len(document.source) > 10
    assert document.sides
    for side, spec in document.sides.items():
        for heading in spec.headings:
            assert (document.kind, side) in faces_headed(heading)
        for label in spec.labels:
            assert (document.kind, side) in faces_labelled(label)
            for text in label.matching:
                assert any(label in {match.label, match.partner} for match in find_labels(text))
        for left, top, right, bottom in filter(None, (*spec.boxes.values(), spec.qr_modules)):
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
        assert set(spec.boxes) <= set(Field)
        assert not (spec.boxes_hold_labels or spec.labels_stand_above) or spec.boxes
    assert (document.mrz is None) == (document.faces_with(Field.MRZ) == ())
    assert document.read_qr is None or len(document.faces_with(Field.QR)) == 1
    days = [date.fromisoformat(f"{day}-01-01"[:10]) for day in document.issued if day is not None]
    assert days == sorted(days)
    assert list(document.renewal_ages) == sorted(document.renewal_ages)
    if document.is_identity_card and document.kind is not CardKind.UNKNOWN:
        assert document.number_digits in {9, 12}
        assert {Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH} <= set(document.sides[Side.FRONT].boxes)


@pytest.mark.parametrize("heading", HEADINGS, ids=_name)
def test_heading_is_found_in_its_examples_only(heading: Heading) -> None:
    assert heading.matching
    assert heading.not_matching
    for text in heading.matching:
        assert heading in [match.heading for match in find_headings(text)]
    for text in heading.not_matching:
        assert heading not in [match.heading for match in find_headings(text)]


def test_every_kind_is_one_document_and_every_label_is_on_one() -> None:
    kinds = [document.kind for document in DOCUMENTS if document.kind is not CardKind.UNKNOWN]
    hint = "every CardKind but UNKNOWN needs one module in MODULES of idscan/cards/documents/__init__.py"
    assert sorted(kinds) == sorted(set(CardKind) - {CardKind.UNKNOWN}), hint
    assert document_of(CardKind.UNKNOWN) is None
    assert len({heading.key for heading in HEADINGS}) == len(HEADINGS)
    for label in (*LABELS, *STOPS):
        assert label_named(label.variants[0]) is label
        assert faces_labelled(label)


@pytest.mark.parametrize(("kind", "side"), FACES, ids=str)
def test_symbols_lie_within_the_box_that_covers_them(kind: CardKind, side: Side) -> None:
    symbol, box = symbol_box(kind, side), qr_box(kind, side)
    if symbol is None:
        assert (kind, side) not in {(CardKind.CCCD_CHIP, Side.FRONT), (CardKind.CAN_CUOC, Side.BACK)}
        return
    assert box is not None
    assert box[0] < symbol[0] < symbol[2] < box[2]
    assert box[1] < symbol[1] < symbol[3] < box[3]


def test_codes_stand_where_each_generation_puts_them() -> None:
    assert qr_box(CardKind.CCCD_CHIP, Side.FRONT) is not None
    assert qr_box(CardKind.CAN_CUOC, Side.FRONT) is None
    assert qr_box(CardKind.CAN_CUOC, Side.BACK) is not None
    zones = [field_box(kind, Side.BACK, Field.MRZ) for kind in (CardKind.CCCD_CHIP, CardKind.CAN_CUOC)]
    assert zones[0] == zones[1] is not None
    assert field_box(CardKind.CMND_9, Side.FRONT, Field.PORTRAIT) is not None
    assert field_box(CardKind.CMND_9, Side.BACK, Field.PORTRAIT) is None


def test_only_documents_with_a_zone_have_a_place_for_it() -> None:
    with_zone = {(CardKind.CCCD_CHIP, Side.BACK), (CardKind.CAN_CUOC, Side.BACK), (CardKind.PASSPORT, Side.FRONT)}
    assert {face for face in FACES if field_box(*face, Field.MRZ) is not None} == with_zone
    assert {*faces_of_mrz("td1"), *faces_of_mrz("td3")} == with_zone


def test_value_stands_below_the_label_that_its_box_holds() -> None:
    box = field_box(CardKind.CAN_CUOC, Side.FRONT, Field.NAME)
    value = value_box(CardKind.CAN_CUOC, Side.FRONT, Field.NAME)
    assert box is not None
    assert value is not None
    assert (value[0], value[2:]) == (box[0], box[2:])
    assert value[1] > box[1]
    assert value_box(CardKind.CCCD_CHIP, Side.FRONT, Field.NAME) == field_box(
        CardKind.CCCD_CHIP, Side.FRONT, Field.NAME
    )


def test_fields_come_in_the_order_of_the_report() -> None:
    fields = fields_of(CardKind.CCCD_CHIP, Side.FRONT)
    assert list(fields) == [field for field in Field if field in fields]
    assert fields[0] is Field.NUMBER
    assert fields_of(CardKind.UNKNOWN, Side.FRONT) == ()
    assert field_box(CardKind.UNKNOWN, Side.FRONT, Field.NUMBER) is None


def test_payload_is_that_of_one_document() -> None:
    texts = {
        specimens.CHIP_PAYLOAD: CardKind.CCCD_CHIP,
        specimens.CAN_CUOC_PAYLOAD: CardKind.CAN_CUOC,
        specimens.INSURANCE_PAYLOAD: CardKind.BHYT,
        specimens.LICENCE_PAYLOAD: CardKind.GPLX,
    }
    for text, kind in texts.items():
        readers = [document.kind for document in DOCUMENTS if document.read_qr and document.read_qr(text) is not None]
        assert readers == [kind]


GLOBAL_CARD = cast("CardKind", "global_card")

MADE_UP = DocumentSpec(
    kind=GLOBAL_CARD,
    source="made up for this test",
    read_qr=lambda text: QrReading(values=((Field.NAME, text[1:]),), details=()) if text[0] == "@" else None,
    sides={
        Side.FRONT: SideSpec(
            headings=(Heading(key="global_card", variants=("THẺ CÔNG DÂN TOÀN CẦU",)),),
            labels=(Label(field=Field.NUMBER, variants=("Mã toàn cầu",)),),
            boxes={Field.NUMBER: (0.3, 0.4, 0.9, 0.5), Field.QR: (0.7, 0.1, 0.9, 0.3)},
        )
    },
)


@pytest.fixture
def _with_global_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("global_card")
    vars(module)["DOCUMENT"] = MADE_UP
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(documents, "MODULES", (*documents.MODULES, module.__name__))
    all_documents.cache_clear()
    yield
    all_documents.cache_clear()


@pytest.mark.usefixtures("_with_global_card")
def test_a_further_generation_is_its_module_and_a_line_of_the_registry() -> None:
    found = classify_lines(["THẺ CÔNG DÂN TOÀN CẦU", "Mã toàn cầu: 001099000001"])
    assert (found.kind, found.side, found.is_identity_card) == (GLOBAL_CARD, Side.FRONT, True)
    assert [match.field for match in find_labels("Mã toàn cầu: 001099000001")] == [Field.NUMBER]
    assert fields_of(GLOBAL_CARD, Side.FRONT) == (Field.NUMBER, Field.QR)
    assert MADE_UP in generations()
    code = read_symbol(SymbolReading("qr", Secret("@Nguyễn Văn Mẫu"), quad_from_box(0, 0, 9, 9), "test"))
    assert code is not None
    assert (code.kind, code.side, code.facts[1].field) == (GLOBAL_CARD, Side.FRONT, Field.NAME)


def test_a_generation_that_is_not_registered_is_not_known() -> None:
    assert GLOBAL_CARD not in [document.kind for document in all_documents()]
    assert not classify_lines(["THẺ CÔNG DÂN TOÀN CẦU", "Mã toàn cầu: 001099000001"]).is_card
