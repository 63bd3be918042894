"""Frames of animations: those that show what an earlier frame shows are not read again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.results import Frame, ImageResult
from idscan.core.vocabulary import Effort
from idscan.pipeline import symbols
from idscan.sources.load import load
from idscan.vision import enhance
from idscan.vision.look import look_of
from idscan.vision.textlike import may_hold_print

if TYPE_CHECKING:
    from collections.abc import Callable

    from idscan.core.results import ImageRef
    from idscan.core.settings import Settings
    from idscan.pipeline.stopwatch import Stopwatch

    ReadFrame: TypeAlias = Callable[[Frame, Settings, Stopwatch], ImageResult]

_Key: TypeAlias = "tuple[ImageRef, str | None, Settings]"

_MOST_READINGS = 32
_MARGIN = 16
"""Pixels around what has changed that are looked at with it: strokes of print stand side by side."""

_readings: OrderedDict[_Key, ImageResult] = OrderedDict()
"""Of the last frames of animations. Another process reads a frame itself, to the same result."""


def read_page(frame: Frame, settings: Settings, watch: Stopwatch, read: ReadFrame) -> ImageResult:
    """Return what a page gives away; of a frame that shows nothing new, what the earlier one gave.

    Args:
        frame: one page.
        settings: as for the scan.
        watch: takes the time per stage.
        read: reads the pixels of a frame.
    """
    result = _read(frame, settings, watch, read)
    return replace(result, problems=(*frame.problems, *result.problems), stage_seconds=tuple(watch.seconds.items()))


def _read(frame: Frame, settings: Settings, watch: Stopwatch, read: ReadFrame) -> ImageResult:
    """Return what the pixels of a page give away, without the problems of the file."""
    earlier = _earlier_reading(frame, settings, watch, read)
    if earlier is None:
        result = read(replace(frame, problems=()), settings, watch)
    else:
        look = look_of(frame.layers[0]) if settings.keep_texts else None
        result = replace(earlier, ref=frame.ref, info=frame.info, look=look)
    if frame.ref.pages > 1:
        _readings[_key(frame, frame.ref.page, settings)] = result
        while len(_readings) > _MOST_READINGS:
            _readings.popitem(last=False)
    return result


def _key(frame: Frame, page: int, settings: Settings) -> _Key:
    return replace(frame.ref, page=page), frame.info.sha256, settings


def _earlier_reading(frame: Frame, settings: Settings, watch: Stopwatch, read: ReadFrame) -> ImageResult | None:
    """Return what the frame gave that this one is like; None where this one has to be read."""
    if frame.like is None or (frame.like.changed is not None and settings.effort is Effort.THOROUGH):
        return None
    if frame.like.changed is not None and _may_show_something(frame, frame.like.changed):
        return None
    key = _key(frame, frame.like.page, settings)
    earlier = _readings.get(key)
    if earlier is None:
        with watch.stage("decode"):
            loaded = load(key[0], settings)
        if not isinstance(loaded, Frame) or loaded.info.sha256 != frame.info.sha256:
            return None
        earlier = _read(loaded, settings, watch, read)
    if frame.like.changed is not None and _touches(earlier, frame, frame.like.changed):
        return None
    return earlier


def _may_show_something(frame: Frame, changed: tuple[int, int, int, int]) -> bool:
    """Return whether a code or print may stand in what has changed: the first questions to any image."""
    left, top, right, bottom = changed
    for layer in frame.layers:
        part = layer[max(0, top - _MARGIN) : bottom + _MARGIN, max(0, left - _MARGIN) : right + _MARGIN]
        grey = enhance.grey(part)
        if may_hold_print(grey) or symbols.read_frame(grey, every_reader=False):
            return True
    return False


def _touches(earlier: ImageResult, frame: Frame, changed: tuple[int, int, int, int]) -> bool:
    """Return whether anything that the earlier frame gave stands where something has changed."""
    left, top, right, bottom = (edge / frame.scale for edge in changed)
    box = quad_from_box(left, top, right, bottom)
    quads = [card.quad for card in earlier.cards]
    quads += [finding.quad for finding in earlier.shown_findings if finding.quad is not None]
    quads += [problem.quad for problem in earlier.problems if problem.quad is not None]
    return any(geometry.intersection_area(quad, box) > 0 for quad in quads)
