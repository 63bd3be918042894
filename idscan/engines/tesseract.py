"""Lines with Vietnamese tone marks by Tesseract, where the system has it with the `vie` model."""

from __future__ import annotations

import csv
import os
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.core.types import LineReading, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LANGUAGE = "vie"
# Measured on made-up name lines: 88 px reads 91 % exactly, 56 px 84 %, 40 px 78 %; a border that repeats the edge
# instead of the ground drags ink outward and costs 6 %.
_LINE_HEIGHT = 88
_BORDER = 20
"""Pixels around a line. Lower: letters at the edge are lost; higher: more area to search."""
_GROUND_PERCENTILE = 85
"""Percentile of brightness. Lower: ink darkens the ground; higher: glare brightens it."""
_FAINTEST_INK = 24  # levels of brightness between the ground and the faintest ink worth a look
_SECONDS = 20
"""Seconds for one call. Lower: slow machines lose readings; higher: an image that hangs Tesseract delays the scan."""
_SINGLE_LINE, _SPARSE = 7, 11  # Tesseract's page segmentation modes


class TesseractReader:
    """Adapter of Tesseract through pytesseract."""

    name = "tesseract"

    def read_lines(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[LineReading, ...]:
        """Return the text of each upright RGB line, with diacritics."""
        return tuple(
            LineReading(Secret(""), 0.0, self.name)
            if _is_blank(crop)
            else _convert(_call(_prepared(crop), _SINGLE_LINE))
            for crop in crops
        )

    def read_page(self, rgb: NDArray[np.uint8]) -> LineReading:
        """Return all words that stand anywhere on an image, as one text."""
        return _convert(_call(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False), _SPARSE))


def _is_blank(crop: NDArray[np.uint8]) -> bool:
    """Return whether an image holds no ink: Tesseract reads letters into an empty one."""
    return bool(np.ptp(crop) < _FAINTEST_INK)


def _prepared(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    scale = _LINE_HEIGHT / max(grey.shape[0], 1)
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    line = cv2.resize(grey, (max(1, round(grey.shape[1] * scale)), _LINE_HEIGHT), interpolation=method)
    ground = int(np.percentile(line, _GROUND_PERCENTILE))
    framed = cv2.copyMakeBorder(line, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_CONSTANT, value=(ground,))
    return framed.astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str = field(repr=False)
    confidence: float


def _call(grey: NDArray[np.uint8], layout: int) -> list[_Word]:
    """Return the words in a grey image; none where Tesseract fails or takes too long.

    pytesseract would write image and text into temporary files, which outlive a worker that is killed; through pipes
    nothing is ever on a disk.
    """
    import pytesseract

    height, width = grey.shape
    image = f"P5 {width} {height} 255\n".encode() + grey.tobytes()
    command = [pytesseract.pytesseract.tesseract_cmd, "stdin", "stdout", "-l", LANGUAGE, "--psm", str(layout), "tsv"]
    # One thread per engine per worker; Tesseract's own threads only wait for one another on a single line.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(  # noqa: S603  a fixed command, the image goes in through a pipe
            command, input=image, capture_output=True, timeout=_SECONDS, check=True, env=environment
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return _words(done.stdout.decode("utf-8", "replace"))


def _words(table: str) -> list[_Word]:
    words = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row["text"] or "").strip()
        if any(character.isalnum() for character in text):
            words.append(_Word(text, max(float(row["conf"]), 0.0) / 100))
    return words


def _convert(words: Sequence[_Word]) -> LineReading:
    letters = sum(len(word.text) for word in words)
    confidence = sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0
    return LineReading(Secret(" ".join(word.text for word in words)), confidence, TesseractReader.name)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Return the installed language models; raises as `Engine.details`."""
    import pytesseract

    try:
        return tuple(pytesseract.get_languages())
    except pytesseract.TesseractNotFoundError as error:
        raise OSError(str(error)) from None


@lru_cache(maxsize=1)
def version() -> str:
    """Return Tesseract's version; raises as `Engine.version`, also without the Vietnamese model."""
    import pytesseract

    if LANGUAGE not in languages():
        message = f"tesseract has no {LANGUAGE} model"
        raise OSError(message)
    try:
        return str(pytesseract.get_tesseract_version())
    except (SystemExit, subprocess.SubprocessError) as error:
        # pytesseract ends the program over a version that it cannot parse.
        message = "the version of tesseract is unknown"
        raise OSError(message) from error
