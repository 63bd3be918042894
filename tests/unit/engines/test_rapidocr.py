from __future__ import annotations

import sys
from importlib import metadata
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import pytest

from idscan.core.errors import EngineMissingError
from idscan.engines import rapidocr

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _fresh_sessions() -> Iterator[None]:
    rapidocr._session.cache_clear()
    yield
    rapidocr._session.cache_clear()


@pytest.mark.parametrize(
    ("shape", "width"),
    [((48, 300), 300), ((24, 150), 300), ((96, 300), 150), ((48, 5), 32), ((10, 4000), 1600), ((1, 40), 1600)],
)
def test_a_line_keeps_its_proportions_within_what_the_model_takes(shape: tuple[int, int], width: int) -> None:
    assert rapidocr._line_width(np.zeros((*shape, 3), np.uint8)) == width


def test_a_short_line_is_padded_on_the_right_with_the_value_that_means_nothing() -> None:
    padded = rapidocr._padded(np.full((48, 100, 3), 255, np.uint8), 192)
    assert padded.shape == (48, 192, 3)
    assert (padded[:, :100] == 255).all()
    assert (padded[:, 100:] == 127).all()
    assert abs(rapidocr._normalised(padded)[:, :, 100:]).max() < 0.01


def test_a_line_longer_than_the_room_is_squeezed_into_it() -> None:
    crop = np.full((48, 400, 3), 20, np.uint8)
    crop[:, -40:] = 220
    padded = rapidocr._padded(crop, 192)
    assert padded.shape == (48, 192, 3)
    assert padded[24, 185].tolist() == [220, 220, 220]


def test_models_see_blue_green_red_planes_from_minus_one_to_one() -> None:
    rgb = np.zeros((2, 3, 3), np.uint8)
    rgb[0, 1] = (255, 51, 0)
    planes = rapidocr._normalised(rgb)
    assert (planes.shape, planes.dtype) == ((3, 2, 3), np.float32)
    assert planes[:, 0, 1] == pytest.approx([-1, -0.6, 1])
    assert planes.flags.c_contiguous


def test_no_lines_are_read_without_asking_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*_: object) -> Never:
        message = "a model was asked"
        raise AssertionError(message)

    monkeypatch.setattr(rapidocr, "_call", call)
    assert rapidocr.RapidOcrReader().upside_down([]) == ()
    assert rapidocr.RapidOcrReader().read_lines([]) == ()


@pytest.mark.parametrize("shape", [(3, 900), (900, 3), (1, 1)])
def test_pictures_a_few_pixels_wide_are_looked_at_all_the_same(shape: tuple[int, int]) -> None:
    assert rapidocr.RapidOcrReader().detect(np.full((*shape, 3), 200, np.uint8), 640) == ()


class _WheelFile(PurePosixPath):
    def locate(self) -> PurePosixPath:
        return PurePosixPath("/site") / self


def _wheel(*names: str) -> list[_WheelFile]:
    return [_WheelFile(f"rapidocr/models/{name}") for name in names]


def test_a_model_is_the_one_file_of_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    files = _wheel("a_det_small.onnx", "a_rec_small.onnx", "a_cls_mobile.onnx", "a_rec_words.txt")
    monkeypatch.setattr(metadata, "files", lambda _name: files)
    assert rapidocr.model_path("rec") == "/site/rapidocr/models/a_rec_small.onnx"


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
        rapidocr.model_path("rec")


def _not_installed(name: str) -> Never:
    raise metadata.PackageNotFoundError(name)


def test_a_wheel_that_is_not_installed_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", _not_installed)
    with pytest.raises(EngineMissingError, match="rapidocr"):
        rapidocr.model_path("det")


def test_the_version_is_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", {"rapidocr": "3.10.0"}.__getitem__)
    assert rapidocr.version() == "3.10.0"


def test_a_version_is_no_use_without_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError):
        rapidocr.version()


def test_a_version_is_no_use_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "files", lambda _name: [])
    with pytest.raises(EngineMissingError):
        rapidocr.version()


@pytest.mark.usefixtures("_fresh_sessions")
def test_a_session_has_one_thread_and_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, ...]] = []

    def session(path: str, options: Any, providers: list[str]) -> object:
        made.append((path, options.intra_op_num_threads, options.inter_op_num_threads, providers))
        return object()

    runtime = SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=session)
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    monkeypatch.setattr(rapidocr, "model_path", lambda part: f"/models/{part}.onnx")
    assert rapidocr._session("det") is rapidocr._session("det")
    assert made == [("/models/det.onnx", 1, 1, ["CPUExecutionProvider"])]


@pytest.mark.usefixtures("_fresh_sessions")
def test_no_runtime_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineMissingError, match="onnxruntime"):
        rapidocr._session("det")
