"""Engine protocols, and which engines are available on this machine, found without loading a model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from idscan.core.errors import EngineMissingError, UsageError
from idscan.core.types import EngineInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.types import LineReading, SymbolReading


class SymbolReader(Protocol):
    """Finds and decodes QR codes (and barcodes, where it can)."""

    name: str

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
        """Return the symbols in a grey image of shape (height, width)."""


class LineReader(Protocol):
    """Reads pictures of single, upright lines."""

    name: str

    def read_lines(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[LineReading, ...]:
        """Return one reading per RGB crop, in order; an empty text where nothing can be read."""


class PageReader(LineReader, Protocol):
    """Reads lines, and whole pictures without being told where the lines are."""

    def read_page(self, rgb: NDArray[np.uint8]) -> LineReading:
        """Return all words that stand anywhere on an RGB picture, as one text."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """One engine on this machine.

    Attributes:
        name: as in the report and for `--engine`.
        is_available: whether it can be used.
        version: "" where it is not available.
        remedy: the command that installs it.
        provides: what is missed without it.
        details: further facts, such as Tesseract's languages.
        is_embedded: whether pip alone brings it.
    """

    name: str
    is_available: bool
    version: str
    remedy: str
    provides: str
    details: tuple[str, ...] = ()
    is_embedded: bool = True


def _zxing() -> str:
    from idscan.engines.zxing import version

    return version()


def _zbar() -> str:
    from idscan.engines.zbar import version

    return version()


def _rapidocr() -> str:
    from idscan.engines.rapidocr import version

    return version()


def _viet_lines() -> str:
    from idscan.engines.text_recognizer import version

    return version()


def _tesseract() -> str:
    from idscan.engines.tesseract import version

    return version()


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    version: Callable[[], str]
    remedy: str
    provides: str
    is_embedded: bool


_ENTRIES = (
    _Entry("zxing-cpp", _zxing, "pip install 'zxing-cpp>=3,<4'", "QR codes and barcodes", is_embedded=True),
    _Entry(
        "rapidocr",
        _rapidocr,
        "pip install 'rapidocr>=3.10,<4' onnxruntime",
        "where print stands, and a second reading of numbers and dates",
        is_embedded=True,
    ),
    _Entry(
        "viet-lines",
        _viet_lines,
        "pip install onnxruntime",
        "printed lines with every Vietnamese letter",
        is_embedded=True,
    ),
    _Entry("zbar", _zbar, "apt install libzbar0", "a second opinion on QR codes", is_embedded=False),
    _Entry(
        "tesseract",
        _tesseract,
        "apt install tesseract-ocr tesseract-ocr-vie",
        "a third reading of names, numbers and dates in thorough scans",
        is_embedded=False,
    ),
)

NAMES = tuple(entry.name for entry in _ENTRIES)


@lru_cache(maxsize=1)
def engine_states() -> tuple[EngineState, ...]:
    """Return the state of every engine idscan knows, in a fixed order."""
    return tuple(_state(entry) for entry in _ENTRIES)


def _state(entry: _Entry) -> EngineState:
    try:
        version = entry.version()
    except (ImportError, OSError, EngineMissingError):
        version = ""
    return EngineState(
        name=entry.name,
        is_available=bool(version),
        version=version,
        remedy=entry.remedy,
        provides=entry.provides,
        details=_tesseract_languages() if entry.name == "tesseract" else (),
        is_embedded=entry.is_embedded,
    )


def _tesseract_languages() -> tuple[str, ...]:
    from idscan.engines.tesseract import languages

    try:
        return languages()
    except (ImportError, OSError):
        return ()


def available_engines() -> tuple[EngineInfo, ...]:
    """Return name and version of the engines that can be used, in a fixed order."""
    return tuple(EngineInfo(state.name, state.version) for state in engine_states() if state.is_available)


def is_available(name: str) -> bool:
    """Return whether an engine can be used."""
    return any(state.name == name and state.is_available for state in engine_states())


def require(names: Iterable[str]) -> None:
    """Check that all named engines can be used.

    Raises:
        UsageError: if a name is not one of `NAMES`.
        EngineMissingError: for the first engine that is missing.
    """
    states = {state.name: state for state in engine_states()}
    for name in names:
        if name not in states:
            message = f"unknown engine {name}; known are {', '.join(NAMES)}"
            raise UsageError(message)
        if not states[name].is_available:
            raise EngineMissingError(name, states[name].remedy)
