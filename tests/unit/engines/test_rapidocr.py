from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec, module_from_spec
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Never

import numpy as np
import pytest

from idscan.core.errors import EngineMissingError
from idscan.engines import rapidocr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _WheelFile(PurePosixPath):
    def locate(self) -> PurePosixPath:
        return PurePosixPath("/site") / self


def _wheel(*names: str) -> list[_WheelFile]:
    return [_WheelFile(f"rapidocr/models/{name}") for name in names]


@dataclass
class FakeRuntime:
    """What was asked of a fake ONNX Runtime.

    Attributes:
        made: the file, the numbers of threads and the providers of each session.
        batches: what the models were shown.
    """

    made: list[tuple[object, ...]] = field(default_factory=list)
    batches: list[NDArray[np.float32]] = field(default_factory=list)

    def session(self, path: str, options: Any, providers: list[str]) -> SimpleNamespace:
        """Return a session that finds nothing."""
        self.made.append((path, options.intra_op_num_threads, options.inter_op_num_threads, providers))

        def run(_: None, inputs: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
            (batch,) = inputs.values()
            self.batches.append(batch)
            count, _, height, width = batch.shape
            shape = {"det": (count, 1, height, width), "rec": (count, width // 8, 4), "cls": (count, 2)}
            return [np.zeros(shape[path.split("_")[1]], np.float32)]

        meta = SimpleNamespace(custom_metadata_map={"character": "A\nB"})
        return SimpleNamespace(run=run, get_inputs=lambda: [SimpleNamespace(name="x")], get_modelmeta=lambda: meta)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    """Put a fake ONNX Runtime and a wheel with made-up models in place of the installed ones."""
    fake = FakeRuntime()
    module = SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=fake.session)
    monkeypatch.setitem(sys.modules, "onnxruntime", module)
    files = _wheel("a_det_small.onnx", "a_rec_small.onnx", "a_cls_mobile.onnx")
    monkeypatch.setattr(metadata, "files", lambda _name: files)
    return fake


@pytest.fixture
def fresh() -> Any:
    """Return a copy of the module that holds no session yet; the one that others use keeps its own."""
    spec = find_spec(rapidocr.__name__)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("shape", "width"),
    [((48, 300), 300), ((24, 150), 300), ((96, 300), 150), ((48, 5), 32), ((10, 4000), 1600), ((1, 40), 1600)],
)
def test_a_line_keeps_its_proportions_within_what_the_model_takes(
    runtime: FakeRuntime, fresh: Any, shape: tuple[int, int], width: int
) -> None:
    fresh.RapidOcrReader().read_lines([np.zeros((*shape, 3), np.uint8)])
    (batch,) = runtime.batches
    assert batch.shape[:3] == (1, 3, 48)
    assert width <= batch.shape[3] < width + 8
    assert (batch[0, 0, 24] == -1).sum() == width


def test_a_short_line_is_padded_on_the_right_with_the_value_that_means_nothing(
    runtime: FakeRuntime, fresh: Any
) -> None:
    fresh.RapidOcrReader().upside_down([np.full((48, 100, 3), 255, np.uint8)])
    (batch,) = runtime.batches
    assert batch.shape == (1, 3, 48, 192)
    assert batch[..., :100] == pytest.approx(1)
    assert abs(batch[..., 100:]).max() < 0.01


def test_a_line_longer_than_the_room_is_squeezed_into_it(runtime: FakeRuntime, fresh: Any) -> None:
    crop = np.full((48, 400, 3), 20, np.uint8)
    crop[:, -40:] = 220
    fresh.RapidOcrReader().upside_down([crop])
    (batch,) = runtime.batches
    assert batch.shape == (1, 3, 48, 192)
    assert batch[0, :, 24, 185] == pytest.approx(220 / 127.5 - 1)


def test_models_see_blue_green_red_planes_from_minus_one_to_one(runtime: FakeRuntime, fresh: Any) -> None:
    rgb = np.zeros((32, 64, 3), np.uint8)
    rgb[0, 1] = (255, 51, 0)
    fresh.probability_map(rgb)
    (batch,) = runtime.batches
    assert (batch.shape, batch.dtype) == ((1, 3, 32, 64), np.float32)
    assert batch[0, :, 0, 1] == pytest.approx([-1, -0.6, 1])
    assert batch.flags.c_contiguous


def test_no_lines_are_read_without_asking_the_models(runtime: FakeRuntime, fresh: Any) -> None:
    assert fresh.RapidOcrReader().upside_down([]) == ()
    assert fresh.RapidOcrReader().read_lines([]) == ()
    assert (runtime.made, runtime.batches) == ([], [])


@pytest.mark.parametrize("shape", [(3, 900), (900, 3), (1, 1)])
def test_pictures_a_few_pixels_wide_are_looked_at_all_the_same(shape: tuple[int, int]) -> None:
    assert rapidocr.RapidOcrReader().detect(np.full((*shape, 3), 200, np.uint8), 640) == ()


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


def test_a_session_has_one_thread_and_is_made_once(runtime: FakeRuntime, fresh: Any) -> None:
    for _ in range(2):
        fresh.RapidOcrReader().detect(np.zeros((64, 64, 3), np.uint8), 64)
    assert len(runtime.batches) == 2
    assert runtime.made == [("/site/rapidocr/models/a_det_small.onnx", 1, 1, ["CPUExecutionProvider"])]


def test_no_runtime_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch, fresh: Any) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineMissingError, match="onnxruntime"):
        fresh.RapidOcrReader().detect(np.zeros((64, 64, 3), np.uint8), 64)
