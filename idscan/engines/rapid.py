"""Text lines by the PP-OCRv6 models that the `rapidocr` wheel carries, run directly on ONNX Runtime.

rapidocr's own pipeline enlarges small pictures, keeps its switches between calls and downloads a model whose
checksum is off. Its models are used here without it: one session each, one thread, files from the installed
wheel only.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.errors import EngineMissingError
from idscan.core.geometry import quad_from_points
from idscan.core.readings import LineReading, TextBox
from idscan.core.secret import Secret
from idscan.engines import ctc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

REMEDY = "pip install 'rapidocr>=3.10,<4' onnxruntime"

# The values below are those that the PP-OCR models were published with (rapidocr's config.yaml).
_STRIDE = 32
_SEGMENT_THRESHOLD = 0.3
_BOX_THRESHOLD = 0.5
_UNCLIP_RATIO = 1.6
_MIN_SIDE = 3
_LINE_HEIGHT = 48
_MIN_LINE_WIDTH = 32
_MAX_LINE_WIDTH = 1600
_COLUMN = 8  # pixels of the line's width per column of probabilities
_TURN_WIDTH = 192


class RapidReader:
    """Adapter of the bundled detector, recogniser and upside-down classifier."""

    name = "rapidocr"

    def detect(self, rgb: NDArray[np.uint8], max_side: int) -> tuple[TextBox, ...]:
        """Return the boxes of text lines, in pixels of `rgb`.

        Args:
            rgb: uint8 array of shape (height, width, 3).
            max_side: the longer side is reduced to this many pixels; a smaller picture is never enlarged.
        """
        height, width = rgb.shape[:2]
        scale = min(1.0, max_side / max(height, width))
        size = [max(_STRIDE, round(side * scale / _STRIDE) * _STRIDE) for side in (width, height)]
        small = cv2.resize(rgb, (size[0], size[1]), interpolation=cv2.INTER_AREA)
        heat = _call("det", _normalised(small)[None])[0, 0]
        return _boxes(heat, width / size[0], height / size[1])

    def read_lines(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[LineReading, ...]:
        """Return what each upright line says (best path)."""
        alphabet = _alphabet()
        readings = []
        for probabilities in self._probabilities(crops):
            decoded = ctc.greedy(probabilities, alphabet)
            readings.append(LineReading(Secret(decoded.text), decoded.confidence, self.name, decoded.columns))
        return tuple(readings)

    def upside_down(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[float, ...]:
        """Return for each line the probability that it stands on its head."""
        if not crops:
            return ()
        batch = np.stack([_normalised(_padded(crop, _TURN_WIDTH)) for crop in crops])
        return tuple(float(row[1]) for row in _call("cls", batch))

    def _probabilities(self, crops: Sequence[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        # One line a call: on one thread a batch is no faster, and costs the padding to its widest line.
        for crop in crops:
            width = -(-_line_width(crop) // _COLUMN) * _COLUMN
            yield _call("rec", _normalised(_padded(crop, width))[None])[0]


def _line_width(crop: NDArray[np.uint8]) -> int:
    height, width = crop.shape[:2]
    return int(min(max(round(width * _LINE_HEIGHT / max(height, 1)), _MIN_LINE_WIDTH), _MAX_LINE_WIDTH))


def _padded(crop: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    own = min(_line_width(crop), width)
    line = cv2.resize(crop, (own, _LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
    if own == width:
        return line.astype(np.uint8, copy=False)
    # The models were trained with padding at the value that normalises to 0.
    return cv2.copyMakeBorder(line, 0, 0, 0, width - own, cv2.BORDER_CONSTANT, value=(127, 127, 127)).astype(
        np.uint8, copy=False
    )


def _normalised(rgb: NDArray[Any]) -> NDArray[np.float32]:
    """Return BGR planes, shape (3, height, width), scaled to -1 .. 1."""
    planes = rgb[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)
    planes *= 1 / 127.5
    planes -= 1
    return np.ascontiguousarray(planes)


def _boxes(heat: NDArray[np.float32], x_scale: float, y_scale: float) -> tuple[TextBox, ...]:
    mask = cv2.dilate((heat > _SEGMENT_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        if min(width, height) < _MIN_SIDE:
            continue
        confidence = _mean_inside(heat, cv2.boxPoints(((x, y), (width, height), degrees)))
        if confidence < _BOX_THRESHOLD:
            continue
        # The detector paints lines thinner than they are; this undoes it.
        grow = 2 * width * height * _UNCLIP_RATIO / (2 * (width + height))
        corners = cv2.boxPoints(((x, y), (width + grow, height + grow), degrees))
        # Contours stand on pixel centres, quads on pixel edges.
        points = [((px + 0.5) * x_scale, (py + 0.5) * y_scale) for px, py in corners.tolist()]
        found.append(TextBox(quad_from_points(_clockwise_from_top_left(points)), confidence))
    found.sort(key=lambda box: (box.quad[0][1], box.quad[0][0]))
    return tuple(found)


def _clockwise_from_top_left(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Order a rotated rectangle's corners clockwise from the one nearest the picture's top left."""
    middle = (sum(x for x, _ in points) / 4, sum(y for _, y in points) / 4)
    ring = sorted(points, key=lambda p: np.arctan2(p[1] - middle[1], p[0] - middle[0]))
    start = min(range(4), key=lambda i: ring[i][0] + ring[i][1])
    return [ring[(start + i) % 4] for i in range(4)]


def _mean_inside(heat: NDArray[np.float32], corners: NDArray[Any]) -> float:
    height, width = heat.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (x0, y0)).astype(np.int32)], 1)
    return float(cv2.mean(heat[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _call(part: str, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    session = _session(part)
    result: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return result


@lru_cache(maxsize=3)
def _session(part: str) -> Any:  # noqa: ANN401  onnxruntime ships no types
    # ONNX Runtime 1.32 collects usage data and sends them home; it looks at this when it is loaded.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime  # noqa: PLC0415  loads when first used
    except ImportError as error:
        raise EngineMissingError(RapidReader.name, REMEDY) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model_path(part), options, providers=["CPUExecutionProvider"])


def model_path(part: str) -> str:
    """Return the file of a bundled model: "det", "rec" or "cls".

    Raises:
        EngineMissingError: if rapidocr is not installed or the wheel does not hold exactly one such model.
    """
    try:
        files = metadata.files("rapidocr") or []
    except metadata.PackageNotFoundError as error:
        raise EngineMissingError(RapidReader.name, REMEDY) from error
    names = [file for file in files if file.suffix == ".onnx" and f"_{part}_" in file.name]
    if len(names) != 1:
        raise EngineMissingError(RapidReader.name, REMEDY)
    return str(names[0].locate())


@lru_cache(maxsize=1)
def _alphabet() -> tuple[str, ...]:
    characters = _session("rec").get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *characters, " ")


def version() -> str:
    """Return the version of the rapidocr wheel whose models are used.

    Raises:
        ImportError: if it or ONNX Runtime is not installed.
        EngineMissingError: if the wheel holds no models.
    """
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("onnxruntime") is None:
        raise ImportError(name="onnxruntime")
    for part in ("det", "rec", "cls"):
        model_path(part)
    return metadata.version("rapidocr")
