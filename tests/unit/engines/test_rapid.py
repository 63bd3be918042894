from __future__ import annotations

import sys
from importlib import metadata
from math import cos, radians, sin
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Never

import cv2
import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.errors import EngineMissingError
from idscan.core.geometry import quad_from_box, quad_from_points
from idscan.engines import rapid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.geometry import Point


def heat_map(*lines: tuple[float, float, float, float, float, float]) -> np.ndarray:
    """Return a map with lines of (x, y, width, height, degrees, confidence) around their middle."""
    heat = np.zeros((200, 320), np.float32)
    for x, y, width, height, degrees, confidence in lines:
        corners = cv2.boxPoints(((x, y), (width, height), degrees)).astype(np.int32)
        cv2.fillPoly(heat, [corners], confidence)
    return heat


def rectangle(degrees: float, width: float = 200, height: float = 40) -> list[Point]:
    """Return the corners of a line running at an angle, clockwise from its own top left."""
    turn = radians(degrees)
    corners = [(-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2)]
    return [(500 + x * cos(turn) - y * sin(turn), 400 + x * sin(turn) + y * cos(turn)) for x, y in corners]


@pytest.fixture
def _fresh_sessions() -> Iterator[None]:
    rapid._session.cache_clear()
    yield
    rapid._session.cache_clear()


def test_a_line_on_the_map_is_a_box_around_it() -> None:
    (box,) = rapid._boxes(heat_map((160, 100, 120, 12, 0, 0.9)), 1, 1)
    left, top, right, bottom = geometry.bounds(box.quad)
    # 2 * 120 * 12 * 1.6 / 264 = 17 px more in all
    assert (left, right) == pytest.approx((160 - 69, 160 + 69), abs=3)
    assert (top, bottom) == pytest.approx((100 - 15, 100 + 15), abs=3)
    assert box.confidence == pytest.approx(0.9, abs=0.1)


def test_boxes_come_in_pixels_of_the_picture() -> None:
    heat = heat_map((160, 100, 120, 12, 0, 0.9))
    (small,), (large,) = rapid._boxes(heat, 1, 1), rapid._boxes(heat, 2, 3)
    expected = quad_from_points((2 * x, 3 * y) for x, y in small.quad)
    for seen, corner in zip(large.quad, expected, strict=True):
        assert seen == pytest.approx(corner)


def test_boxes_stand_in_the_middle_of_what_was_seen() -> None:
    heat = np.zeros((100, 200), np.float32)
    heat[40:50, 50:150] = 1
    (box,) = rapid._boxes(heat, 1, 1)
    # Within the pixel by which the map is widened.
    assert geometry.centre(box.quad) == pytest.approx((100, 45), abs=1)


def test_a_speck_and_a_faint_line_are_no_boxes() -> None:
    assert rapid._boxes(heat_map((60, 60, 1, 1, 0, 1.0), (160, 120, 120, 12, 0, 0.4)), 1, 1) == ()


def test_an_empty_map_has_no_boxes() -> None:
    assert rapid._boxes(np.zeros((64, 64), np.float32), 1, 1) == ()


def test_boxes_run_from_top_to_bottom() -> None:
    found = rapid._boxes(
        heat_map((160, 160, 100, 10, 0, 0.9), (90, 30, 90, 10, 0, 0.9), (230, 90, 90, 10, 0, 0.9)), 1, 1
    )
    tops = [box.quad[0][1] for box in found]
    assert len(tops) == 3
    assert tops == sorted(tops)


def test_a_line_cut_by_the_pictures_edge_is_still_a_box() -> None:
    (box,) = rapid._boxes(heat_map((0, 0, 160, 20, 0, 0.9)), 1, 1)
    assert geometry.contains(box.quad, (30, 4))


@pytest.mark.parametrize("degrees", [-30, -15, 10, 30])
def test_a_line_aslant_keeps_its_direction(degrees: float) -> None:
    (box,) = rapid._boxes(heat_map((160, 100, 150, 12, degrees, 0.9)), 1, 1)
    assert geometry.angle(box.quad) == pytest.approx(degrees, abs=2)
    assert geometry.width(box.quad) > 4 * geometry.height(box.quad)


@pytest.mark.parametrize("degrees", [-30, -10, 0, 10, 30])
@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("is_clockwise", [True, False])
def test_corners_run_clockwise_from_the_top_left_whatever_their_order(
    degrees: float, start: int, *, is_clockwise: bool
) -> None:
    corners = rectangle(degrees)
    shuffled = [*corners[start:], *corners[:start]]
    ordered = rapid._clockwise_from_top_left(shuffled if is_clockwise else shuffled[::-1])
    assert ordered == corners


@pytest.mark.parametrize("degrees", [60, 90, 120, 180])
def test_corners_of_a_steep_line_still_run_clockwise(degrees: float) -> None:
    ordered = rapid._clockwise_from_top_left(rectangle(degrees))
    assert set(ordered) == set(rectangle(degrees))
    assert geometry.signed_area(ordered) == pytest.approx(8000)


@pytest.mark.parametrize(
    ("shape", "width"),
    [((48, 300), 300), ((24, 150), 300), ((96, 300), 150), ((48, 5), 32), ((10, 4000), 1600), ((1, 40), 1600)],
)
def test_a_line_keeps_its_proportions_within_what_the_model_takes(shape: tuple[int, int], width: int) -> None:
    assert rapid._line_width(np.zeros((*shape, 3), np.uint8)) == width


def test_a_short_line_is_padded_on_the_right_with_the_value_that_means_nothing() -> None:
    padded = rapid._padded(np.full((48, 100, 3), 255, np.uint8), 192)
    assert padded.shape == (48, 192, 3)
    assert (padded[:, :100] == 255).all()
    assert (padded[:, 100:] == 127).all()
    assert abs(rapid._normalised(padded)[:, :, 100:]).max() < 0.01


def test_a_line_longer_than_the_room_is_squeezed_into_it() -> None:
    crop = np.full((48, 400, 3), 20, np.uint8)
    crop[:, -40:] = 220
    padded = rapid._padded(crop, 192)
    assert padded.shape == (48, 192, 3)
    assert padded[24, 185].tolist() == [220, 220, 220]


def test_models_see_blue_green_red_planes_from_minus_one_to_one() -> None:
    rgb = np.zeros((2, 3, 3), np.uint8)
    rgb[0, 1] = (255, 51, 0)
    planes = rapid._normalised(rgb)
    assert (planes.shape, planes.dtype) == ((3, 2, 3), np.float32)
    assert planes[:, 0, 1] == pytest.approx([-1, -0.6, 1])
    assert planes.flags.c_contiguous


def test_no_lines_are_read_without_asking_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*_: object) -> Never:
        message = "a model was asked"
        raise AssertionError(message)

    monkeypatch.setattr(rapid, "_call", call)
    assert rapid.RapidReader().upside_down([]) == ()
    assert rapid.RapidReader().read_lines([]) == ()


@pytest.mark.parametrize("shape", [(3, 900), (900, 3), (1, 1)])
def test_pictures_a_few_pixels_wide_are_looked_at_all_the_same(shape: tuple[int, int]) -> None:
    assert rapid.RapidReader().detect(np.full((*shape, 3), 200, np.uint8), 640) == ()


class _WheelFile(PurePosixPath):
    def locate(self) -> PurePosixPath:
        return PurePosixPath("/site") / self


def _wheel(*names: str) -> list[_WheelFile]:
    return [_WheelFile(f"rapidocr/models/{name}") for name in names]


def test_a_model_is_the_one_file_of_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    files = _wheel("a_det_small.onnx", "a_rec_small.onnx", "a_cls_mobile.onnx", "a_rec_words.txt")
    monkeypatch.setattr(metadata, "files", lambda _name: files)
    assert rapid.model_path("rec") == "/site/rapidocr/models/a_rec_small.onnx"


@pytest.mark.parametrize(
    "files",
    [
        _wheel("a_det_small.onnx", "a_cls_mobile.onnx"),
        _wheel("a_rec_small.onnx", "b_rec_large.onnx"),
        _wheel("a_rec_small.yaml"),
        [],
        None,
    ],
    ids=["without it", "with two", "with another file", "empty", "without a list of files"],
)
def test_a_wheel_that_does_not_hold_exactly_one_model_is_a_missing_engine(
    monkeypatch: pytest.MonkeyPatch, files: list[_WheelFile] | None
) -> None:
    monkeypatch.setattr(metadata, "files", lambda _name: files)
    with pytest.raises(EngineMissingError, match="rapidocr is not available: pip install"):
        rapid.model_path("rec")


def _not_installed(name: str) -> Never:
    raise metadata.PackageNotFoundError(name)


def test_a_wheel_that_is_not_installed_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", _not_installed)
    with pytest.raises(EngineMissingError, match="rapidocr"):
        rapid.model_path("det")


def test_the_version_is_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", {"rapidocr": "3.10.0"}.__getitem__)
    assert rapid.version() == "3.10.0"


def test_a_version_is_no_use_without_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError):
        rapid.version()


def test_a_version_is_no_use_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", lambda _name: [])
    with pytest.raises(EngineMissingError):
        rapid.version()


@pytest.mark.usefixtures("_fresh_sessions")
def test_a_session_has_one_thread_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []

    def session(path: str, options: Any, providers: list[str]) -> object:
        made.append((path, options.intra_op_num_threads, options.inter_op_num_threads, providers))
        return object()

    runtime = SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=session)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    monkeypatch.setattr(rapid, "model_path", lambda part: f"/models/{part}.onnx")
    assert rapid._session("det") is rapid._session("det")
    assert made == [("/models/det.onnx", 1, 1, ["CPUExecutionProvider"])]


@pytest.mark.usefixtures("_fresh_sessions")
def test_no_runtime_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineMissingError, match="onnxruntime"):
        rapid._session("det")


def test_a_box_around_the_whole_map_has_its_mean() -> None:
    heat = np.full((20, 30), 0.25, np.float32)
    corners = np.array(quad_from_box(-5, -5, 40, 40), np.float32)
    assert rapid._mean_inside(heat, corners) == pytest.approx(0.25)
