"""Engines by role, loaded when first needed, and CPU seconds per stage."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.engines import registry
from idscan.vision import preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.settings import EffortProfile
    from idscan.engines.registry import CardLocator, LexiconReader, LineChecker, LineDetector, PageReader, SymbolReader


@dataclass(slots=True)
class StageTimer:
    """CPU seconds spent per stage, those of a stage inside another not counted for the outer one.

    Attributes:
        seconds: by name of the stage.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _since: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a stage; `stage` of this module does so as well, wherever it is called."""
        token = _running.set(self)
        self._turn_over()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn_over()
            self._open.pop()
            _running.reset(token)

    def _turn_over(self) -> None:
        now = _cpu_seconds()
        if self._open:
            self.seconds[self._open[-1]] = self.seconds.get(self._open[-1], 0.0) + now - self._since
        self._since = now


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process on all of its threads, and of the programs that it ran to their end.

    Some engines are such programs.
    """
    if sys.platform == "win32":
        return time.process_time()
    helpers = os.times()
    return time.process_time() + helpers.children_user + helpers.children_system


# Steps deep inside the cascade are timed without a timer in the signature of everything above them.
_running: ContextVar[StageTimer | None] = ContextVar("running stopwatch", default=None)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time spent inside to a stage of the timer that runs, if one does."""
    timer = _running.get()
    if timer is None:
        yield
        return
    with timer.stage(name):
        yield


@dataclass(frozen=True, eq=False, slots=True)
class PageContext:
    """One image on its way through the stages.

    Attributes:
        rgb: uint8 array of shape (height, width, 3); colours of equal brightness kept distinct.
        grey: its brightness, uint8 array of shape (height, width).
        profile: how much may be spent.
        timer: CPU seconds per stage.
        scale: pixels of `rgb` for each pixel of the image at full size.
    """

    rgb: NDArray[np.uint8]
    grey: NDArray[np.uint8]
    profile: EffortProfile
    timer: StageTimer
    scale: float = 1.0

    @classmethod
    def of(
        cls, pixels: NDArray[np.uint8], profile: EffortProfile, timer: StageTimer, scale: float = 1.0
    ) -> PageContext:
        """Prepare upright pixels, a uint8 array of shape (height, width, 3)."""
        rgb = preprocess.with_hue_contrast(pixels)
        return cls(rgb, preprocess.grey(rgb), profile, timer, scale)


def symbol_readers() -> tuple[SymbolReader, ...]:
    """Return the readers of QR codes, fastest first."""
    return registry.engines_for(registry.READS_CODES)


def text_recognizer() -> LexiconReader | None:
    """Return the reader of lines with every Vietnamese letter, None where it cannot run."""
    return registry.first_for(registry.READS_LINES)


def prefilter_recognizer() -> LexiconReader | None:
    """Return the quicker, less exact reader of lines, None where it cannot run."""
    return registry.first_for(registry.READS_LINES_QUICKLY)


def second_reader() -> LineChecker | None:
    """Return the engine that gives a second reading and classifies orientation, None where it cannot run."""
    return registry.first_for(registry.CHECKS_LINES)


def page_reader() -> PageReader | None:
    """Return the engine that reads whole images, None where there is none; it gives a third reading of lines."""
    return registry.first_for(registry.READS_PAGES)


def text_detector(*, is_quick: bool = False) -> LineDetector | None:
    """Return the detector of text lines, the most exact or the quickest one, None where none can run."""
    return registry.first_for(registry.DETECTS_TEXT_QUICKLY if is_quick else registry.DETECTS_TEXT)


def card_detector() -> CardLocator | None:
    """Return the detector of cards, None where it cannot run."""
    return registry.first_for(registry.DETECTS_CARDS)
