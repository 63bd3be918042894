"""What comes back of one picture: by plain reading, by restoring codes, and from what the file carries besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.layouts import qr_box
from idscan.cards.mrz import find_mrz
from idscan.cards.payloads import parse_payload
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.redaction import Leak
from idscan.core.results import Frame, Unreadable
from idscan.core.vocabulary import Field
from idscan.pipeline.scan import scan_frame
from idscan.redact.read_back import exposures, restored_codes
from idscan.run.traces import Traces
from idscan.sources.hidden import hidden_parts
from idscan.sources.load import load
from idscan.vision import enhance
from idscan.vision.warp import homography

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.results import ImageResult
    from idscan.core.settings import Settings
    from idscan.redact.watch import Watch

_GUESSES = 600
_UNIT = quad_from_box(0, 0, 1, 1)

_BLOCK = 8
"""Pixels of a thumbnail, across and down, that are compared at a time."""

_PATTERN, _FLATTENED = 18.0, 0.35
"""Levels by which a block of a thumbnail must vary, and the share of it below which the picture has lost it."""

_LOST_BLOCKS = 3
_SHAPE = 0.03


def leaks_of(image: ImageResult, watch: Watch, settings: Settings) -> tuple[Leak, ...]:
    """Return everything that comes back of a picture.

    Args:
        image: what a thorough scan found, with `texts`.
        watch: numbers and names of all pictures of the run.
        settings: as for the scan.
    """
    return tuple(dict.fromkeys(_leaks(image, watch, settings)))


def _leaks(image: ImageResult, watch: Watch, settings: Settings) -> Iterator[Leak]:
    yield from exposures(image)
    known = [finding.quad for finding in image.all_findings if finding.quad is not None]
    for seen in watch.seen_in(image.texts):
        if not any(geometry.overlap(quad, seen.quad) > 0 for quad in known):
            yield Leak("watched_text", None, seen.quad, "text that says what another picture gives away can be read")
    frame = load(image.ref, settings)
    if isinstance(frame, Unreadable):
        return
    decoded = [
        finding.quad
        for finding in image.all_findings
        if finding.field is Field.QR and finding.value is not None and finding.quad is not None
    ]
    yield from restored_codes(frame, decoded, list(_suspects(image)), _GUESSES)
    if image.ref.page == 0:
        yield from _beside_the_pixels(image, frame, settings)


def _suspects(image: ImageResult) -> Iterator[Quad]:
    """Yield where a code was seen, and where recognised cards must have one."""
    for problem in image.problems:
        if problem.quad is not None:
            yield problem.quad
    for card in image.cards:
        box = qr_box(card.kind, card.side)
        has_code = any(finding.field is Field.QR and finding.value is not None for finding in card.findings)
        if box is not None and not has_code:
            yield geometry.transform(homography(_UNIT, card.quad), quad_from_box(*box))


def _beside_the_pixels(image: ImageResult, frame: Frame, settings: Settings) -> Iterator[Leak]:
    parts = hidden_parts(image.ref.path, settings)
    for picture in parts.pictures:
        inner = scan_frame(Frame(image.ref, image.info, picture.layers), settings)
        telling = list(exposures(inner))
        what = f"a hidden picture ({picture.kind})"
        yield from (Leak("embedded_picture", leak.field, None, f"{what} shows it") for leak in telling)
        if not telling and _shows_more(picture.layers[0], frame.layers[0]):
            yield Leak("embedded_picture", None, None, f"{what} shows more than the picture")
    for text in parts.texts:
        if _is_telling(text.text.reveal()):
            yield Leak("metadata", None, None, f"text beside the pixels ({text.where}) gives somebody away")
    if Traces().find(image.ref.path.rpartition("/")[2]):
        yield Leak("metadata", Field.NUMBER, None, "the name of the file holds a number")


def _is_telling(text: str) -> bool:
    """Return whether metadata holds a citizen number, the payload of a card's code, or a machine-readable zone."""
    return bool(Traces().find(text)) or parse_payload(text) is not None or find_mrz(text.splitlines()) is not None


def _shows_more(thumbnail: NDArray[np.uint8], picture: NDArray[np.uint8]) -> bool:
    """Return whether a thumbnail has patterns where the picture is smooth, as it was made before something was hidden.

    Args:
        thumbnail: uint8 array of shape (height, width, 3).
        picture: likewise, larger; another shape of frame is not compared.
    """
    height, width = thumbnail.shape[:2]
    if abs(width * picture.shape[0] / (height * picture.shape[1]) - 1) > _SHAPE:
        return False
    smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    before, now = _deviations(thumbnail), _deviations(smaller)
    lost = (before > _PATTERN) & (now < _FLATTENED * before)
    return int(np.count_nonzero(lost)) >= _LOST_BLOCKS


def _deviations(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = enhance.grey(rgb).astype(np.float64)
    rows, columns = grey.shape[0] // _BLOCK, grey.shape[1] // _BLOCK
    blocks = grey[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    deviations: NDArray[np.float64] = blocks.std(axis=(1, 3))
    return deviations
