"""Readers that a user has without idscan, each as a function from a picture to what it tells.

All look at the picture as it comes. `Told` holds every value that can be made of their output with labels left aside,
so that no reader is marked down for its layout: digits in a row count as a number wherever they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.synth.truth import CardTruth

Reader: TypeAlias = "Callable[[Path], Told]"

_ID1 = (1000, 630)


@dataclass(frozen=True, slots=True)
class Told:
    """All text that a reader gave, codes and print together, one string a line."""

    lines: tuple[str, ...]

    def tells_number(self, number: str) -> bool:
        """Return whether the digits stand in a row, spaces and dots between them aside."""
        return any(number in re.sub(r"[ .]", "", line) for line in self.lines)

    def tells_date(self, iso: str) -> bool:
        """Return whether a date (or a year alone) is told as print, QR payload or machine-readable zone write it."""
        year, _, rest = iso.partition("-")
        if not rest:
            return any(re.search(rf"(?<!\d){year}(?!\d)", line) for line in self.lines)
        month, day = rest.split("-")
        forms = (f"{day}{month}{year}", f"{year[2:]}{month}{day}")
        return any(form in re.sub(r"[ ./\-]", "", line) for line in self.lines for form in forms)

    def tells_name(self, name: str, spelling: Callable[[str], str]) -> bool:
        """Return whether a name is told, both spelt by a function; a zone writes fillers instead of spaces."""
        wanted = re.sub(r"\s+", "", spelling(name))
        return any(wanted in re.sub(r"[\s<]+", "", spelling(line)) for line in self.lines)


def measures_of(card: CardTruth, told: Told, spelling: Callable[[str], str]) -> dict[str, bool]:
    """Return for each measure that applies to a card whether a reader told it."""
    result: dict[str, bool] = {}
    for name, tells in (("number", told.tells_number), ("date_of_birth", told.tells_date)):
        value = card.fields[name].value if name in card.sources else None
        if value is not None:
            result[name] = tells(value)
    if "name" in card.sources:
        value = card.fields["name"].value or ""
        result["name ASCII"] = told.tells_name(value, spelling)
        if card.shows_spelling:
            result["name exact"] = told.tells_name(value, str.upper)
    return result


def _pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def zxing_reader() -> Reader:
    """Return zxing-cpp over the whole picture."""
    import zxingcpp

    def read(path: Path) -> Told:
        found = zxingcpp.read_barcodes(cv2.cvtColor(_pixels(path), cv2.COLOR_RGB2GRAY), formats=[zxingcpp.QRCode])
        return Told(tuple(code.bytes.decode("utf-8", "replace") for code in found))

    return read


def tesseract_reader() -> Reader:
    """Return Tesseract with the Vietnamese model over the whole picture."""
    import pytesseract

    def read(path: Path) -> Told:
        with Image.open(path) as image:
            return Told(tuple(pytesseract.image_to_string(image.convert("RGB"), lang="vie").splitlines()))

    return read


def rapidocr_reader() -> Reader:
    """Return RapidOCR as it comes, on one thread, over the whole picture."""
    from rapidocr import RapidOCR

    threads = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Global.log_level": "critical",
    }
    reader: Any = RapidOCR(params=threads)

    def read(path: Path) -> Told:
        return Told(tuple(reader(str(path), use_det=True, use_cls=True, use_rec=True).txts or ()))

    return read


def script_reader() -> Reader:
    """Return what a script of an afternoon does: the largest contour, pyzbar, Tesseract."""
    import pytesseract
    from pyzbar import pyzbar

    def read(path: Path) -> Told:
        rgb = _pixels(path)
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        codes = tuple(code.data.decode("utf-8", "replace") for code in pyzbar.decode(grey))
        card = _largest_quad(rgb)
        text = pytesseract.image_to_string(Image.fromarray(card), lang="vie")
        return Told((*codes, *text.splitlines()))

    return read


def _largest_quad(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the inside of the largest four-sided contour, straightened; the picture where there is none."""
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (5, 5), 0), 50, 150)
    contours, _ = cv2.findContours(cv2.dilate(edges, np.ones((3, 3))), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:5]:
        corners = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, closed=True), closed=True)
        if len(corners) == 4 and cv2.contourArea(corners) > 0.02 * rgb.shape[0] * rgb.shape[1]:
            points = corners.reshape(4, 2).astype(np.float32)
            total, difference = points.sum(axis=1), np.diff(points, axis=1).ravel()
            ordered = points[[total.argmin(), difference.argmin(), total.argmax(), difference.argmax()]]
            width, height = _ID1
            target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
            matrix = cv2.getPerspectiveTransform(ordered, target)
            return np.asarray(cv2.warpPerspective(rgb, matrix, _ID1), np.uint8)
    return rgb
