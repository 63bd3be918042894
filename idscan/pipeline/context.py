"""What the stages of one process share: engines, loaded when first needed, and CPU seconds per stage."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from idscan.engines.registry import is_available
from idscan.vision import preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.settings import EffortProfile
    from idscan.engines.card_detector import CardDetector
    from idscan.engines.rapidocr import RapidOcrReader
    from idscan.engines.registry import PageReader, SymbolReader
    from idscan.engines.text_detector import TextDetector
    from idscan.engines.text_recognizer import TextRecognizer


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

    Tesseract is one of these.
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
        rgb: uint8 array of shape (height, width, 3); colours of equal brightness told apart.
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
        rgb = preprocess.with_hues_apart(pixels)
        return cls(rgb, preprocess.grey(rgb), profile, timer, scale)


@lru_cache(maxsize=1)
def symbol_readers() -> tuple[SymbolReader, ...]:
    """Return the readers of QR codes, fastest first."""
    readers: list[SymbolReader] = []
    if is_available("zxing-cpp"):
        from idscan.engines.zxing import ZxingReader

        readers.append(ZxingReader())
    if is_available("zbar"):
        from idscan.engines.zbar import ZbarReader

        readers.append(ZbarReader())
    return tuple(readers)


@lru_cache(maxsize=1)
def rapidocr_reader() -> RapidOcrReader | None:
    """Return the embedded reader of print, None where its models are missing."""
    if not is_available("rapidocr"):
        return None
    from idscan.engines.rapidocr import RapidOcrReader

    return RapidOcrReader()


@lru_cache(maxsize=1)
def text_recognizer() -> TextRecognizer | None:
    """Return the package's own reader of lines, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.text_recognizer import TextRecognizer

    return TextRecognizer()


@lru_cache(maxsize=1)
def prefilter_recognizer() -> TextRecognizer | None:
    """Return the package's own reader as it serves a first look, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.text_recognizer import TextRecognizer

    return TextRecognizer(is_quick=True)


@lru_cache(maxsize=1)
def text_detector() -> TextDetector | None:
    """Return the package's own detector of lines, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.text_detector import TextDetector

    return TextDetector()


@lru_cache(maxsize=1)
def card_detector() -> CardDetector | None:
    """Return the package's own locator of cards, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.card_detector import CardDetector

    return CardDetector()


@lru_cache(maxsize=1)
def tesseract_reader() -> PageReader | None:
    """Return a reader from outside the package that knows every Vietnamese letter, None where there is none."""
    if not is_available("tesseract"):
        return None
    from idscan.engines.tesseract import TesseractReader

    return TesseractReader()
