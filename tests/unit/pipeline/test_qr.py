"""Codes that are read module by module, and payloads that are not believed."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.engines.qr_decoder import SoftDecoding
from idscan.pipeline import qr
from idscan.pipeline.qr import Tries, read_frame, read_lattice, read_module_grids
from idscan.vision.qr_deconvolution import Estimate
from idscan.vision.qr_detection import find_code_outlines
from idscan.vision.qr_grid import QrGrid
from tests.benchmarks.qr import Shown, shown

CARD = "001099000001|012345678|Nguyễn Văn Mẫu|15011999|Nam|Số 1 Đường Mẫu, Hà Nội|20062022"
LENIENT = "001099000001|Nguyễn Văn Mẫu|15011999|Nam|Hà Nội|20062022"


def texts(picture: Shown) -> list[str]:
    return [symbol.payload.reveal() for symbol in read_frame(picture.grey) if symbol.payload is not None]


@pytest.mark.parametrize("seed", range(6))
def test_a_code_of_little_more_than_a_pixel_to_the_module_is_read(seed: int) -> None:
    picture = shown(Random(f"tiny {seed}"), 1.25)
    symbol = read_module_grids(picture.grey, find_code_outlines(picture.grey), Tries(30))
    assert symbol is not None
    assert symbol.payload is not None
    assert (symbol.payload.reveal(), symbol.modules) == (picture.payload, picture.modules)
    assert geometry.iou(symbol.quad, picture.quad) > 0.9
    assert texts(picture) == [picture.payload]


@pytest.mark.parametrize("seed", range(6))
def test_a_code_that_something_lies_on_is_read(seed: int) -> None:
    picture = shown(Random(f"under something {seed}"), 3.0, 0.06)
    assert texts(picture) == [picture.payload]


def test_a_code_that_cannot_be_read_is_seen_with_its_size() -> None:
    picture = shown(Random("covered a lot"), 1.6, 0.0)
    x, y = (round(value) for value in geometry.centre(picture.quad))
    picture.grey[y - 16 : y + 16, x - 16 : x + 16] = 240
    (symbol,) = read_frame(picture.grey)
    assert symbol.payload is None
    assert symbol.modules == pytest.approx(picture.modules, abs=4)  # what tells the size may be covered
    assert geometry.iou(symbol.quad, picture.quad) > 0.9


def test_without_tries_nothing_is_fitted_or_solved() -> None:
    picture = shown(Random("tiny 0"), 1.25)
    assert read_module_grids(picture.grey, find_code_outlines(picture.grey), Tries(0)) is None
    tries = Tries(1)
    flat = np.full((90, 90), 128, np.uint8)
    assert read_lattice(flat, QrGrid(picture.quad, picture.modules, 1.0), tries) is None
    assert tries.left == 0


@pytest.mark.parametrize(
    ("payload", "evidence", "is_believed"),
    [
        (CARD.encode(), 8.0, True),
        (LENIENT.encode(), 8.0, False),
        (LENIENT.encode(), 24.0, True),
        (CARD.replace("Mẫu,", "M\x07u,").encode(), 16.0, False),
        (CARD.encode().replace(b"M\xe1", b"M\xff"), 16.0, False),
        (b"https://example.com/", 39.0, False),
        (b"https://example.com/", 40.0, True),
    ],
)
def test_a_payload_that_may_be_put_right_by_chance_has_to_look_like_a_card(
    monkeypatch: pytest.MonkeyPatch, payload: bytes, evidence: float, *, is_believed: bool
) -> None:
    monkeypatch.setattr(qr.qr_decoder, "decode", lambda *_: SoftDecoding(payload, "M", evidence))
    lattice = QrGrid(geometry.quad_from_box(0, 0, 45, 45), 45, 1.0)
    symbol = qr.decoded(Estimate(np.zeros((45, 45)), 0.0, 255.0, 200.0), lattice)
    assert (symbol is not None) == is_believed


@pytest.mark.slow
def test_nothing_untrue_is_read_from_damaged_codes() -> None:
    for seed in range(6):
        picture = shown(Random(f"damaged {seed}"), 2.5, 0.22)
        assert set(texts(picture)) <= {picture.payload}


def test_a_chessboard_and_print_are_no_codes() -> None:
    checks = np.kron(np.indices((25, 25)).sum(axis=0) % 2 * 200, np.ones((8, 8))).astype(np.uint8)
    print_like = np.full((300, 400), 230, np.uint8)
    for row in range(20, 280, 16):
        cv2.putText(print_like, "0010 9900 0001 MADE UP TEXT", (10, row), cv2.FONT_HERSHEY_PLAIN, 1, 30)
    assert read_frame(checks) == ()
    assert read_frame(print_like) == ()
