"""Codes that were hidden by hand come back, and ordinary pictures cost little."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Never

import cv2
import numpy as np
import pytest
from PIL import Image

from idscan.cards.code_facts import read_symbol
from idscan.core import geometry
from idscan.core.geometry import Quad, quad_from_box
from idscan.core.types import Secret, SymbolReading
from idscan.engines.registry import READS_CODES
from idscan.pipeline import qr_recovery
from idscan.pipeline.context import symbol_readers
from idscan.pipeline.qr import read_frame
from idscan.pipeline.qr_recovery import recover_codes
from idscan.vision import preprocess
from tests.synth.cards import Face
from tests.synth.payload import SymbolStyle, draw_symbol, symbol_modules
from tests.synth.scenes import HARMLESS_SCENES, make_scene
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from idscan.vision.qr_deconvolution import Estimate
    from idscan.vision.qr_grid import QrGrid
    from tests.fakes.engines import FakeEngines

PAYLOAD = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Phường Thử Nghiệm, Hà Nội|20062022"
MODULES = symbol_modules(PAYLOAD.encode(), SymbolStyle("M", is_mixed=False, has_eci=False))
LEFT, TOP = 90, 70


def paper(px_per_module: float, turn: float = 0.0) -> tuple[np.ndarray, Quad]:
    """Return a picture of a code on pale, slightly uneven paper, and the code's place without its quiet zone."""
    code = draw_symbol(MODULES, round(len(MODULES) * px_per_module), 4)
    side = code.shape[0]
    y, x = np.mgrid[0 : side + 2 * TOP, 0 : side + 2 * LEFT]
    grey = 222 + 8 * np.sin(y / 23) + 5 * np.sin(x / 17)
    grey[TOP : TOP + side, LEFT : LEFT + side] = 30 + 0.8 * code
    middle = (LEFT + side / 2, TOP + side / 2)
    half = side / 2 - 4 * px_per_module
    box = quad_from_box(middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    matrix = cv2.getRotationMatrix2D((middle[0] - 0.5, middle[1] - 0.5), -turn, 1)
    turned = cv2.warpAffine(grey, matrix, grey.shape[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(3).normal(0, 1.5, grey.shape)
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = (np.array(box) - middle) @ spin + middle
    rgb = np.clip(turned + noise, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    return rgb, geometry.quad_from_points(corners.tolist())


def jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer))


def change(rgb: np.ndarray, quad: Quad, margin: float, treat: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Treat the upright box around a code, as somebody does who draws a rectangle in a program."""
    left, top, right, bottom = (int(edge) for edge in geometry.bounds(quad))
    reach = int(margin)
    changed = rgb.copy()
    part = np.s_[max(top - reach, 0) : bottom + reach, max(left - reach, 0) : right + reach]
    changed[part] = treat(changed[part])
    return changed


def blurred(sigma: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda part: cv2.GaussianBlur(part, (0, 0), sigma)


def mosaic(side: int) -> Callable[[np.ndarray], np.ndarray]:
    def treat(part: np.ndarray) -> np.ndarray:
        tiles = part.copy()
        for y in range(0, part.shape[0], side):
            for x in range(0, part.shape[1], side):
                tiles[y : y + side, x : x + side] = part[y : y + side, x : x + side].mean(axis=(0, 1))
        return tiles

    return treat


def veil(colour: tuple[int, int, int], opacity: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda part: np.round(part * (1 - opacity) + np.array(colour) * opacity).astype(np.uint8)


def is_unreadable(rgb: np.ndarray) -> bool:
    """Return whether no reader of other people's making decodes anything as it stands."""
    grey = preprocess.grey(rgb)
    return all(symbol.payload is None for reader in symbol_readers() for symbol in reader.read_symbols(grey, ("qr",)))


def texts(found: Sequence[SymbolReading]) -> list[str]:
    return [symbol.payload.reveal() for symbol in found if symbol.payload is not None]


@pytest.mark.parametrize(("px_per_module", "turn", "modules"), [(3, 0, 0.8), (4, 4, 0.9), (4, 90, 0.8), (6, 178, 1.0)])
def test_a_blurred_code_comes_back(px_per_module: float, turn: float, modules: float) -> None:
    rgb, quad = paper(px_per_module, turn)
    hidden = jpeg(change(rgb, quad, 3 * px_per_module, blurred(modules * px_per_module)), 85)
    assert is_unreadable(hidden)
    found = recover_codes(hidden, [])
    assert texts(found) == [PAYLOAD]
    assert geometry.iou(found[0].quad, quad) > 0.9
    assert read_symbol(found[0]) is not None


@pytest.mark.slow
def test_a_thorough_blur_stays() -> None:
    rgb, quad = paper(4)
    assert recover_codes(change(rgb, quad, 12, blurred(2 * 4)), []) == ()


def test_a_box_blur_comes_back() -> None:
    rgb, quad = paper(6)
    hidden = change(rgb, quad, 18, lambda part: cv2.blur(part, (9, 9)))
    assert is_unreadable(hidden)
    assert texts(recover_codes(hidden, [])) == [PAYLOAD]


def test_tiles_no_larger_than_a_module_come_back() -> None:
    rgb, quad = paper(5, 90)
    hidden = change(rgb, quad, 16, mosaic(5))
    assert is_unreadable(hidden)
    found = recover_codes(hidden, [])
    assert texts(found) == [PAYLOAD]
    assert geometry.iou(found[0].quad, quad) > 0.9


def test_large_tiles_stay() -> None:
    rgb, quad = paper(5)
    assert recover_codes(change(rgb, quad, 15, mosaic(14)), []) == ()


@pytest.mark.parametrize(
    ("corner", "colour"),
    [
        (0, (0, 0, 0)),
        pytest.param(1, (255, 255, 255), marks=pytest.mark.slow),
        pytest.param(3, (90, 90, 90), marks=pytest.mark.slow),
    ],
)
def test_a_code_with_a_covered_finder_pattern_comes_back(colour: tuple[int, int, int], corner: int) -> None:
    rgb, quad = paper(4)
    x, y = (int(value) for value in quad[corner])
    rgb = np.array(rgb)
    rgb[y - 8 : y + 32, x - 8 : x + 32] = colour
    assert is_unreadable(rgb)
    assert texts(recover_codes(rgb, [], [quad])) == [PAYLOAD]


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 30, 30)])
def test_a_code_under_a_dark_veil_comes_back(colour: tuple[int, int, int]) -> None:
    rgb, quad = paper(4, 3)
    hidden = change(rgb, quad, 16, veil(colour, 0.93))
    assert is_unreadable(hidden)
    assert texts(recover_codes(hidden, [quad_from_box(0, 0, 5, 5)], [quad])) == [PAYLOAD]


def test_a_covered_code_stays() -> None:
    rgb, quad = paper(4)
    assert recover_codes(change(rgb, quad, 16, np.zeros_like), [], [quad]) == ()


def test_a_code_that_is_known_is_left_alone() -> None:
    rgb, quad = paper(4)
    hidden = change(rgb, quad, 12, blurred(3.2))
    assert recover_codes(hidden, [quad]) == ()
    assert recover_codes(hidden, [quad], [quad]) == ()
    assert texts(recover_codes(hidden, [])) == [PAYLOAD]


def test_a_code_that_is_suspected_and_looks_like_one_is_returned_once() -> None:
    rgb, quad = paper(4)
    hidden = change(rgb, quad, 12, blurred(3.2))
    assert texts(recover_codes(hidden, [], [quad, quad])) == [PAYLOAD]


def test_without_a_budget_nothing_is_read() -> None:
    rgb, quad = paper(4)
    assert recover_codes(change(rgb, quad, 12, blurred(3.2)), [], [quad], budget=0) == ()


def test_the_budget_bounds_what_readers_are_shown(monkeypatch: pytest.MonkeyPatch, fake_engines: FakeEngines) -> None:
    shown = []

    class Blind:
        name = "blind"

        def read_symbols(self, grey: np.ndarray, symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
            shown.append((grey.shape, tuple(symbologies)))
            return (SymbolReading("qr", None, quad_from_box(0, 0, 9, 9), self.name),)

    def told(estimate: Estimate, lattice: QrGrid) -> None:
        shown.append((lattice.modules, estimate.darkness.shape))

    fake_engines(READS_CODES, Blind())
    monkeypatch.setattr(qr_recovery.qr, "decoded", told)
    rgb, quad = paper(4)
    hidden = change(rgb, quad, 12, blurred(3.2))
    assert recover_codes(hidden, [], [quad], budget=25) == ()
    assert len(shown) == 25
    fake_engines(READS_CODES)
    assert recover_codes(hidden, [], [quad], budget=25) == ()


def test_a_place_off_the_picture_is_no_matter() -> None:
    rgb = np.full((200, 300, 3), 200, np.uint8)
    for quad in (quad_from_box(-90, -90, -20, -20), quad_from_box(400, 400, 600, 600), quad_from_box(10, 10, 12, 12)):
        assert recover_codes(rgb, [], [quad]) == ()


def test_a_reading_is_placed_in_the_whole_picture(fake_engines: FakeEngines) -> None:
    class Certain:
        name = "certain"

        def read_symbols(self, grey: np.ndarray, symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
            height, width = grey.shape
            return (SymbolReading("qr", Secret("x"), quad_from_box(0, 0, width, height), self.name),)

    fake_engines(READS_CODES, Certain())
    drawn_on = np.random.default_rng(1).integers(60, 120, (300, 400, 3), np.uint8)
    found = recover_codes(drawn_on, [], [quad_from_box(100, 100, 200, 200)])
    assert [geometry.bounds(symbol.quad) for symbol in found] == [pytest.approx((78, 78, 222, 222), abs=1)]


def test_a_place_of_one_colour_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Never:
        raise AssertionError

    monkeypatch.setattr(qr_recovery, "_recovered", fail)
    picture = np.random.default_rng(1).integers(60, 120, (300, 400, 3), np.uint8)
    picture[95:205, 95:205] = 0
    assert recover_codes(picture, [], [quad_from_box(100, 100, 200, 200)]) == ()


def test_a_blurred_code_on_a_photographed_card_comes_back() -> None:
    scene = make_scene("turned", 0, supplies=Supplies(faces=(Face("cccd_chip", "front"),)))
    truth = scene.cards[0]
    quad, size = truth.fields["qr"].quad, truth.px_per_module or 0.0
    hidden = change(np.array(scene.image), quad, 3 * size, blurred(0.8 * size))
    assert is_unreadable(hidden)
    codes = [read_symbol(symbol) for symbol in recover_codes(hidden, [])]
    assert [code.number.reveal() for code in codes if code and code.number] == [truth.fields["number"].value]


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS_SCENES)
def test_nothing_comes_back_from_harmless_pictures(name: str) -> None:
    rgb = np.array(make_scene(name, 1).image)
    known = [symbol.quad for symbol in read_frame(preprocess.grey(rgb)) if symbol.payload is not None]
    assert all(read_symbol(symbol) is None for symbol in recover_codes(rgb, known))


@pytest.mark.slow
@pytest.mark.parametrize(("modules", "floor"), [(0.6, 0.9), (0.8, 0.8), (1.0, 0.75)])
def test_most_blurred_codes_come_back(modules: float, floor: float) -> None:
    results = []
    for px_per_module in (3, 5, 8):
        for turn in (0, 3, -7, 45):
            rgb, quad = paper(px_per_module, turn)
            hidden = jpeg(change(rgb, quad, 3 * px_per_module, blurred(modules * px_per_module)), 80)
            results.append(not is_unreadable(hidden) or texts(recover_codes(hidden, [])) == [PAYLOAD])
    assert sum(results) / len(results) >= floor
