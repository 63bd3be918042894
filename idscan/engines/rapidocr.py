"""Detect and recognise text lines with the PP-OCRv6 models of the `rapidocr` wheel, run directly on ONNX Runtime.

rapidocr's own pipeline enlarges small images, keeps its switches between calls and downloads a model whose
checksum is off. Its models are used here without it: one session each, one thread, files from the installed
wheel only.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.memo import remembered
from idscan.core.types import LineReading, Secret
from idscan.engines import ctc, onnx
from idscan.engines.registry import missing
from idscan.engines.text_detector import boxes_of, reduced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from idscan.core.types import TextBox

_STRIDE = 32
"""Pixels: the detector takes sides that are multiples of it."""
_LINE_HEIGHT = 48
"""Pixels: the height that the recogniser and the classifier take."""
_MIN_LINE_WIDTH = 32
"""Pixels. Lower: single letters get too few columns; higher: they are stretched."""
_MAX_LINE_WIDTH = 1600
"""Pixels. Lower: long lines are compressed and misread; higher: false lines take much time and memory."""
_COLUMN = 8  # pixels of the line's width per column of probabilities
_TURN_WIDTH = 192
"""Pixels: the width that the upside-down classifier takes."""


class RapidOcrReader:
    """Adapter of the bundled detector, recogniser and upside-down classifier."""

    name = "rapidocr"

    def detect(self, rgb: NDArray[np.uint8], max_side: int) -> tuple[TextBox, ...]:
        """Return the boxes of text lines in an RGB image, whose longer side is reduced to at most `max_side` pixels."""
        height, width = rgb.shape[:2]
        small = reduced(rgb, max_side, _STRIDE)
        return boxes_of(probability_map(small), width / small.shape[1], height / small.shape[0])

    def read_lines(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[LineReading, ...]:
        """Return the text of each upright line (best path)."""
        return tuple(_read_line(_Crop(np.ascontiguousarray(crop))) for crop in crops)

    def upside_down(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[float, ...]:
        """Return for each line the probability that it stands on its head."""
        if not crops:
            return ()
        batch = np.stack([_normalised(_padded(crop, _TURN_WIDTH)) for crop in crops])
        return tuple(float(row[1]) for row in _call("cls", batch))


class _Crop:
    """A line's pixels, equal to those of the same line cut out again."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels
        self._key = (pixels.shape, hashlib.blake2b(pixels.tobytes(), digest_size=16).digest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Crop) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@remembered
def _read_line(crop: _Crop) -> LineReading:
    """Return the text of a line; several steps of a thorough scan ask for the same line."""
    # One line a call: on one thread a batch is no faster, and costs the padding to its widest line.
    width = -(-_line_width(crop.pixels) // _COLUMN) * _COLUMN
    probabilities = _call("rec", _normalised(_padded(crop.pixels, width))[None])[0]
    decoded = ctc.greedy(probabilities, _alphabet())
    return LineReading(
        Secret(decoded.text), decoded.confidence, RapidOcrReader.name, decoded.columns, decoded.confidences
    )


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


def probability_map(rgb: NDArray[Any]) -> NDArray[np.float32]:
    """Return how surely each pixel lies in the middle of a line; sides are multiples of 32 pixels."""
    heat: NDArray[np.float32] = _call("det", _normalised(rgb)[None])[0, 0]
    return heat


def _call(part: str, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    session = _session(part)
    result: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: batch})[0]
    return result


@lru_cache(maxsize=3)
def _session(part: str) -> Any:  # onnxruntime ships no types
    try:
        return onnx.open_session(model_path(part))
    except ImportError as error:
        raise missing(RapidOcrReader.name) from error


def model_path(part: str) -> str:
    """Return the file of a bundled model: "det", "rec" or "cls".

    Raises:
        EngineMissingError: if rapidocr is not installed or the wheel does not hold exactly one such model.
    """
    try:
        files = metadata.files("rapidocr") or []
    except metadata.PackageNotFoundError as error:
        raise missing(RapidOcrReader.name) from error
    names = [file for file in files if file.suffix == ".onnx" and f"_{part}_" in file.name]
    if len(names) != 1:
        raise missing(RapidOcrReader.name)
    return str(names[0].locate())


@lru_cache(maxsize=1)
def _alphabet() -> tuple[str, ...]:
    characters = _session("rec").get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *characters, " ")


def version() -> str:
    """Return the version of the rapidocr wheel whose models are used; raises as `Engine.version`."""
    from importlib.util import find_spec

    if find_spec("onnxruntime") is None:
        raise ImportError(name="onnxruntime")
    for part in ("det", "rec", "cls"):
        model_path(part)
    return metadata.version("rapidocr")
