"""What a file gives away beside its pixels, as whoever publishes it must know and whoever checks it will find."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from idscan.cards.mrz import find_mrz
from idscan.cards.payloads import parse_payload
from idscan.core.redaction import Leak
from idscan.core.results import Frame, Problem
from idscan.pipeline.scan import scan_frame
from idscan.redact.read_back import exposures
from idscan.run.traces import Traces
from idscan.sources.hidden import hidden_parts
from idscan.sources.trailing import Trailing
from idscan.vision import enhance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from idscan.core.settings import Settings
    from idscan.redact.watch import Watch
    from idscan.sources.hidden import HiddenParts, HiddenPicture

_BLOCK = 8
"""Pixels of a thumbnail, across and down, that are compared at a time."""

_PATTERN, _FLATTENED = 18.0, 0.35
"""Levels by which a block of a thumbnail must vary, and the share of it below which the picture has lost it."""

_LOST_BLOCKS = 3
_SHAPE = 0.03

_TELLING: Mapping[Trailing, Leak] = {
    Trailing.ARCHIVE: Leak("archive", None, None, "an archive stands behind the picture's end"),
    Trailing.OLDER_PICTURE: Leak(
        "older_picture", None, None, "the rest of an older picture stands behind the end and can be restored"
    ),
}
_UNREAD: Mapping[Trailing, Problem] = {
    Trailing.VIDEO: Problem(
        "verify",
        "trailing_video",
        "A video that nobody looked at stands behind the picture's end; use idscan redact to leave it out.",
    ),
    Trailing.UNKNOWN: Problem(
        "verify",
        "trailing_bytes",
        "Something unknown stands behind the picture's end; use idscan redact to leave it out.",
    ),
}
"""What behind a picture's end counts as a leak, and what is left for a person to look at."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came back of a picture, and what might but could not be looked at."""

    leaks: tuple[Leak, ...]
    problems: tuple[Problem, ...] = ()


def beside_the_pixels(path: str, frame: Frame, watch: Watch, settings: Settings) -> Found:
    """Return what comes back of a file from anything but its pixels.

    Args:
        path: of the file; its name is not looked at.
        frame: the pixels of its first page.
        watch: values that nothing in it may say.
        settings: how thoroughly hidden pictures are read.
    """
    parts = hidden_parts(path, settings)
    problem = _UNREAD.get(parts.trailing) if parts.trailing else None
    return Found(tuple(_leaks(path, parts, frame, watch, settings)), (problem,) if problem else ())


def _leaks(path: str, parts: HiddenParts, frame: Frame, watch: Watch, settings: Settings) -> Iterator[Leak]:
    if parts.trailing is not None and parts.trailing in _TELLING:
        yield _TELLING[parts.trailing]
    for picture in parts.pictures:
        yield from _leaks_of_picture(picture, frame, settings)
    telling = [text.where for text in parts.texts if _is_telling(text.text.reveal(), watch)]
    for where in telling:
        yield Leak("metadata", None, None, f"text beside the pixels ({where}) gives somebody away")
    if not telling and watch.is_in_bytes(Path(path).read_bytes()):
        yield Leak("metadata", None, None, "the bytes of the file hold what another picture gives away")


def _leaks_of_picture(picture: HiddenPicture, frame: Frame, settings: Settings) -> Iterator[Leak]:
    inner = scan_frame(Frame(frame.ref, frame.info, picture.layers), settings)
    telling = list(exposures(inner))
    what = f"a hidden picture ({picture.kind})"
    yield from (Leak("embedded_picture", leak.field, None, f"{what} shows it") for leak in telling)
    if not telling and _shows_more(picture.layers[0], frame.layers[0]):
        yield Leak("embedded_picture", None, None, f"{what} shows more than the picture")


def _is_telling(text: str, watch: Watch) -> bool:
    """Return whether metadata says a watched value, a citizen number, a card's payload or a machine-readable zone."""
    if watch.is_in_text(text) or Traces().find(text):
        return True
    return parse_payload(text) is not None or find_mrz(text.splitlines()) is not None


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
