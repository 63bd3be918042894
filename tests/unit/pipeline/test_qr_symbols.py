from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import zxingcpp

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.types import Secret, SymbolReading
from idscan.engines.registry import READS_CODES
from idscan.engines.zxing import ZxingReader
from idscan.pipeline import qr
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from tests.fakes.engines import FakeEngines

PAYLOAD = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20062022"
PLACE = quad_from_box(20, 20, 80, 80)


def small_symbol(px_per_module: float) -> np.ndarray:
    """Return a card's symbol with its quiet zone at a small size."""
    modules = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
    large = draw_symbol(modules, modules.shape[0] * 8, 4)
    side = round(large.shape[0] * px_per_module / 8)
    return np.minimum(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), 235)


def on_ground(symbol: np.ndarray, x: int, y: int, blur: float) -> np.ndarray:
    picture = np.full((260, 320), 235, np.uint8)
    picture[y : y + symbol.shape[0], x : x + symbol.shape[1]] = symbol
    return cv2.GaussianBlur(picture, (0, 0), blur)


def text_of(symbol: SymbolReading | None) -> str | None:
    return symbol.payload.reveal() if symbol is not None and symbol.payload is not None else None


@dataclass
class FakeReader:
    """Returns what it was told to, and notes the pictures that it was shown."""

    answers: list[tuple[SymbolReading, ...]]
    name: str = "fake"
    shown: list[tuple[tuple[int, ...], tuple[str, ...]]] = field(default_factory=list)

    def read_symbols(self, grey: np.ndarray, symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
        self.shown.append((grey.shape, tuple(symbologies)))
        return self.answers.pop(0) if self.answers else ()


def seen(quad: Quad = PLACE, payload: str | None = None, engine: str = "fake") -> SymbolReading:
    return SymbolReading("qr", None if payload is None else Secret(payload), quad, engine)


@pytest.fixture
def use(fake_engines: FakeEngines) -> object:
    def install(*readers: FakeReader) -> None:
        fake_engines(READS_CODES, *readers)

    return install


@pytest.mark.parametrize("px_per_module", [1.5, 1.7])
def test_a_small_blurred_symbol_is_read_by_treating_its_place(px_per_module: float) -> None:
    symbol = small_symbol(px_per_module)
    picture = on_ground(symbol, 100, 60, blur=0.8)
    assert all(reading.payload is None for reading in ZxingReader().read_symbols(picture, ("qr",)))
    place = quad_from_box(100, 60, 100 + symbol.shape[1], 60 + symbol.shape[0])
    assert text_of(qr.read_region(picture, place)) == PAYLOAD


def test_a_symbol_that_was_only_seen_on_the_frame_is_tried_again_closely() -> None:
    picture = on_ground(small_symbol(1.7), 100, 60, blur=0.8)
    assert [text_of(symbol) for symbol in qr.read_frame(picture)] == [PAYLOAD]


def test_a_symbol_is_placed_in_the_whole_picture() -> None:
    symbol = small_symbol(3)
    found = qr.read_region(on_ground(symbol, 120, 50, blur=0.5), quad_from_box(110, 40, 310, 240))
    assert found is not None
    assert geometry.bounds(found.quad) == pytest.approx((132, 62, 279, 209), abs=3)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (320 - 97, 0), (0, 260 - 97), (320 - 97, 260 - 97)])
def test_a_region_that_reaches_over_the_pictures_edge_is_cut_there(x: int, y: int) -> None:
    symbol = small_symbol(1.7)
    side = symbol.shape[0]
    picture = on_ground(symbol, x, y, blur=0.5)
    found = qr.read_region(picture, quad_from_box(x - 40, y - 40, x + side + 40, y + side + 40))
    assert text_of(found) == PAYLOAD
    assert found is not None
    assert geometry.centre(found.quad) == pytest.approx((x + side / 2, y + side / 2), abs=3)


def test_a_region_that_is_turned_is_looked_at_by_its_bounds(use: object) -> None:
    reader = FakeReader([(seen(payload="x"),)])
    use(reader)  # type: ignore[operator]
    qr.read_region(np.zeros((300, 300), np.uint8), ((100, 50), (150, 100), (100, 150), (50, 100)))
    assert reader.shown[0][0] == (2 * 101, 2 * 101)


@pytest.mark.parametrize("region", [quad_from_box(10, 10, 40, 200), quad_from_box(400, 400, 500, 500)])
def test_a_region_too_small_for_a_symbol_or_off_the_picture_is_not_looked_at(use: object, region: Quad) -> None:
    reader = FakeReader([(seen(payload="x"),)])
    use(reader)  # type: ignore[operator]
    assert qr.read_region(np.zeros((300, 300), np.uint8), region) is None
    assert reader.shown == []


def test_the_ladder_stops_at_the_first_reader_that_decodes(use: object) -> None:
    first, second = FakeReader([(), (seen(payload="x"),)]), FakeReader([])
    use(first, second)  # type: ignore[operator]
    assert text_of(qr.read_region(np.zeros((100, 100), np.uint8), quad_from_box(0, 0, 100, 100))) == "x"
    assert (len(first.shown), len(second.shown)) == (2, 1)


def test_a_symbol_that_no_treatment_decodes_stays_seen_where_it_was_first(use: object) -> None:
    use(FakeReader([(), (seen(quad_from_box(30, 60, 90, 120)),), (seen(PLACE),)]))  # type: ignore[operator]
    found = qr.read_region(np.zeros((200, 200), np.uint8), quad_from_box(100, 50, 200, 150))
    assert found is not None
    assert found.payload is None
    assert geometry.bounds(found.quad) == pytest.approx((110, 70, 130, 90))  # a third of it, moved


def test_nothing_seen_is_none(use: object) -> None:
    use(FakeReader([]))  # type: ignore[operator]
    assert qr.read_region(np.zeros((200, 200), np.uint8), quad_from_box(0, 0, 200, 200)) is None


def drawn(symbology: str, payload: str, px_per_module: int, degrees: float) -> np.ndarray:
    """Return a grey page with a symbol of another kind on it, turned."""
    made = zxingcpp.create_barcode(payload, getattr(zxingcpp.BarcodeFormat, symbology))
    plain = np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False))
    modules = np.pad(plain, 2, constant_values=255)
    large = cv2.resize(modules, None, fx=px_per_module, fy=px_per_module, interpolation=cv2.INTER_NEAREST)
    height, width = large.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += (450 - width / 2, 400 - height / 2)
    page = cv2.warpAffine(large, turn, (900, 800), flags=cv2.INTER_LINEAR, borderValue=255)
    return cv2.GaussianBlur(np.minimum(page, 240), (0, 0), 0.6).astype(np.uint8)


@pytest.mark.parametrize(
    ("symbology", "px_per_module", "degrees"),
    [
        ("Aztec", 2, 0),
        ("Aztec", 4, 12),
        ("DataMatrix", 3, 0),
        ("DataMatrix", 5, 20),
        ("PDF417", 2, 0),
        ("PDF417", 3, 12),
        ("PDF417", 3, 90),
        ("RMQRCode", 3, 5),
        ("RMQRCode", 4, 180),
    ],
)
def test_a_code_of_another_kind_with_a_cards_payload_is_decoded(
    symbology: str, px_per_module: int, degrees: float
) -> None:
    (found,) = qr.read_frame(drawn(symbology, PAYLOAD, px_per_module, degrees))
    assert text_of(found) == PAYLOAD
    assert found.symbology == {"Aztec": "aztec", "DataMatrix": "data_matrix", "PDF417": "pdf417"}.get(symbology, "rmqr")
    assert geometry.contains(found.quad, (450, 400))


@pytest.mark.parametrize("symbology", ["Aztec", "DataMatrix", "PDF417"])
def test_a_code_of_another_kind_counts_only_with_a_cards_payload(symbology: str) -> None:
    assert qr.read_frame(drawn(symbology, "parcel 17 of 30 " * 6, 3, 0)) == ()


def test_a_small_kind_of_code_that_was_only_seen_is_none(use: object) -> None:
    use(FakeReader([(SymbolReading("micro_qr", None, PLACE, "fake"),)]))  # type: ignore[operator]
    assert qr.read_frame(np.zeros((200, 200), np.uint8)) == ()


def test_without_readers_there_are_no_symbols(use: object) -> None:
    use()  # type: ignore[operator]
    grey = np.zeros((200, 200), np.uint8)
    assert qr.read_frame(grey, every_reader=True) == ()
    assert qr.read_barcodes(grey) == ()
    assert qr.read_region(grey, PLACE) is None


def test_every_reader_is_asked_when_told_so_and_one_symbol_stays_one(use: object) -> None:
    nearby, elsewhere = quad_from_box(22, 21, 83, 80), quad_from_box(150, 150, 190, 190)
    readers = (
        FakeReader([(seen(PLACE),)]),
        FakeReader([(seen(nearby, "x", "other"), seen(elsewhere, "y", "other"))]),
        FakeReader([(seen(PLACE, "z", "third"), seen(elsewhere, None, "third"))]),
    )
    use(*readers)  # type: ignore[operator]
    found = qr.read_frame(np.zeros((200, 200), np.uint8), every_reader=True)
    assert [(symbol.quad, text_of(symbol), symbol.engine) for symbol in found] == [
        (nearby, "x", "other"),
        (elsewhere, "y", "other"),
    ]


def test_a_closer_look_that_decodes_nothing_leaves_the_symbol_as_it_was_seen(use: object) -> None:
    symbol = seen(PLACE)
    use(FakeReader([(symbol,), (seen(quad_from_box(1, 1, 2, 2)),)]))  # type: ignore[operator]
    assert qr.read_frame(np.zeros((200, 200), np.uint8)) == (symbol,)


def test_barcodes_are_looked_for_by_the_first_reader_and_count_when_decoded(use: object) -> None:
    barcode = SymbolReading("pdf417", Secret("001099000001"), PLACE, "fake")
    first, second = FakeReader([(barcode, SymbolReading("code128", None, PLACE, "fake"))]), FakeReader([])
    use(first, second)  # type: ignore[operator]
    assert qr.read_barcodes(np.zeros((200, 200), np.uint8)) == (barcode,)
    assert first.shown == [((200, 200), ("pdf417", "code128"))]
    assert second.shown == []


def test_a_grown_quad_has_room_on_every_side() -> None:
    assert qr.enlarged_box(((10, 20), (50, 20), (50, 40), (10, 40)), 0.25) == quad_from_box(0, 15, 60, 45)


def test_small_kinds_of_codes_that_a_damaged_one_is_taken_for_do_not_count(use: object) -> None:
    micro = SymbolReading("micro_qr", Secret("409518"), PLACE, "fake")
    use(FakeReader([(), (micro,), (seen(payload="x"),)]))  # type: ignore[operator]
    assert text_of(qr.read_region(np.zeros((100, 100), np.uint8), PLACE)) == "x"


def test_what_was_seen_where_another_is_decoded_is_no_second_symbol(use: object) -> None:
    part = quad_from_box(50, 50, 82, 82)
    use(FakeReader([(seen(PLACE, "x"), seen(part))]))  # type: ignore[operator]
    assert qr.read_frame(np.zeros((200, 200), np.uint8)) == (seen(PLACE, "x"),)


def test_a_symbol_that_no_reader_sees_is_read_by_its_modules(use: object) -> None:
    use(FakeReader([]))  # type: ignore[operator]
    (found,) = qr.read_frame(on_ground(small_symbol(1.5), 100, 60, blur=0.5))
    assert (text_of(found), found.engine) == (PAYLOAD, "soft-qr")
    assert found.modules == 49
    assert geometry.bounds(found.quad) == pytest.approx((106, 66, 180, 140), abs=1)
