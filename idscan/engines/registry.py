"""Registry of reading engines: one row per engine with its roles, rank, version, cost of absence and remedy.

Nothing heavy is loaded here: adapters are imported when they are asked for, and made once per process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast, runtime_checkable

from idscan.core.errors import EngineMissingError, UsageError
from idscan.core.messages import message
from idscan.core.types import EngineInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.types import Grammar, LineReading, SymbolReading, TextBox
    from idscan.engines.card_detector import DetectedCard
    from idscan.engines.ctc import Lexicon

Adapter = TypeVar("Adapter")


@runtime_checkable
class SymbolReader(Protocol):
    """Finds and decodes QR codes (and barcodes, where it can)."""

    name: str

    def read_symbols(self, grey: NDArray[np.uint8], symbologies: Sequence[str]) -> tuple[SymbolReading, ...]:
        """Return the symbols in a grey image of shape (height, width)."""


@runtime_checkable
class LineDetector(Protocol):
    """Finds lines of text."""

    name: str

    def detect(self, rgb: NDArray[np.uint8], max_side: int) -> tuple[TextBox, ...]:
        """Return the boxes of text lines in pixels of an RGB image, whose longer side is reduced to `max_side`."""


@runtime_checkable
class LineReader(Protocol):
    """Reads images of single, upright lines."""

    name: str

    def read_lines(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[LineReading, ...]:
        """Return one reading per RGB crop, in order; an empty text where nothing can be read."""


@runtime_checkable
class LexiconReader(Protocol):
    """Reads lines with every Vietnamese letter, on request by the rules of a grammar or as words of a lexicon."""

    name: str

    def read_lines(
        self, crops: Sequence[NDArray[np.uint8]], grammars: Sequence[Grammar] = ()
    ) -> tuple[LineReading, ...]:
        """Return one reading per RGB crop; parts that break the rules of a grammar are decoded again by it."""

    def read_names(
        self, crops: Sequence[NDArray[np.uint8]], lexicon: Lexicon, *, is_zone: bool = False
    ) -> tuple[LineReading | None, ...]:
        """Return each crop read as words of a lexicon; None where no sequence of words fits it."""


@runtime_checkable
class LineChecker(LineReader, Protocol):
    """Reads lines for a second opinion, and classifies their orientation."""

    def upside_down(self, crops: Sequence[NDArray[np.uint8]]) -> tuple[float, ...]:
        """Return for each RGB crop of a line the probability that it is upside down."""


@runtime_checkable
class PageReader(LineReader, Protocol):
    """Reads lines, and whole images without the places of their lines."""

    def read_page(self, rgb: NDArray[np.uint8]) -> LineReading:
        """Return all words that stand anywhere on an RGB image, as one text."""


@runtime_checkable
class CardLocator(Protocol):
    """Finds cards and their orientation."""

    name: str

    def locate(self, rgb: NDArray[np.uint8], scale: float = 1.0) -> tuple[DetectedCard, ...]:
        """Return likely cards in pixels of an RGB image, the likeliest first; `scale` is its size by the full size."""


@dataclass(frozen=True, slots=True)
class Role(Generic[Adapter]):
    """A task that engines are asked for.

    Attributes:
        name: of the task.
        protocol: what an adapter for it must offer.
    """

    name: str
    protocol: type


READS_CODES: Role[SymbolReader] = Role("reads_codes", SymbolReader)
DETECTS_TEXT: Role[LineDetector] = Role("detects_text", LineDetector)
DETECTS_TEXT_QUICKLY: Role[LineDetector] = Role("detects_text_quickly", LineDetector)
READS_LINES: Role[LexiconReader] = Role("reads_lines", LexiconReader)
READS_LINES_QUICKLY: Role[LexiconReader] = Role("reads_lines_quickly", LexiconReader)
CHECKS_LINES: Role[LineChecker] = Role("checks_lines", LineChecker)
READS_DIACRITICS: Role[LineReader] = Role("reads_diacritics", LineReader)
READS_PAGES: Role[PageReader] = Role("reads_pages", PageReader)
DETECTS_CARDS: Role[CardLocator] = Role("detects_cards", CardLocator)


@dataclass(frozen=True, slots=True)
class Late:
    """A class or function of a module of this room; the module is imported when it is called."""

    module: str
    attribute: str

    def __call__(self) -> Any:
        """Import the module and call what it holds."""
        return getattr(import_module(f"idscan.engines.{self.module}"), self.attribute)()


@dataclass(frozen=True, slots=True)
class Duty:
    """The part of an engine that plays one role.

    Attributes:
        rank: the available engine of the lowest rank is asked first.
        factory: makes the adapter; equal factories are called once per process.
    """

    rank: int
    factory: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One row of the registry.

    Attributes:
        name: as in the report and for `--engine`.
        version: returns the version; raises ImportError, OSError or EngineMissingError where it cannot be used.
        roles: what it is asked for.
        absence: key of the text in `report.messages` on what is missed without it.
        remedy: the command that installs it.
        details: returns further facts, such as languages, also of an engine that cannot be used; raises likewise.
        is_embedded: whether pip alone brings it.
    """

    name: str
    version: Callable[[], str]
    roles: Mapping[Role[Any], Duty]
    absence: str
    remedy: str
    details: Callable[[], tuple[str, ...]] = tuple
    is_embedded: bool = False


ONNX_RUNTIME = "pip install onnxruntime"
"""Installs what the package's own networks run on."""

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(
            name="zxing-cpp",
            version=Late("zxing", "version"),
            roles={READS_CODES: Duty(1, Late("zxing", "ZxingReader"))},
            absence="codes",
            remedy="pip install 'zxing-cpp>=3,<4'",
            is_embedded=True,
        ),
        Engine(
            name="rapidocr",
            version=Late("rapidocr", "version"),
            roles={
                DETECTS_TEXT: Duty(1, Late("rapidocr", "RapidOcrReader")),
                DETECTS_TEXT_QUICKLY: Duty(2, Late("rapidocr", "RapidOcrReader")),
                CHECKS_LINES: Duty(1, Late("rapidocr", "RapidOcrReader")),
            },
            absence="places_of_print",
            remedy="pip install 'rapidocr>=3.10,<4' onnxruntime",
            is_embedded=True,
        ),
        Engine(
            name="viet-lines",
            version=Late("text_recognizer", "version"),
            roles={
                READS_LINES: Duty(1, Late("text_recognizer", "TextRecognizer")),
                READS_LINES_QUICKLY: Duty(1, Late("text_recognizer", "quick_recognizer")),
                READS_DIACRITICS: Duty(1, Late("text_recognizer", "TextRecognizer")),
                DETECTS_TEXT: Duty(2, Late("text_detector", "TextDetector")),
                DETECTS_TEXT_QUICKLY: Duty(1, Late("text_detector", "TextDetector")),
                DETECTS_CARDS: Duty(1, Late("card_detector", "CardDetector")),
            },
            absence="vietnamese_print",
            remedy=ONNX_RUNTIME,
            is_embedded=True,
        ),
        Engine(
            name="zbar",
            version=Late("zbar", "version"),
            roles={READS_CODES: Duty(2, Late("zbar", "ZbarReader"))},
            absence="second_reading_of_codes",
            remedy="apt install libzbar0",
        ),
        Engine(
            name="tesseract",
            version=Late("tesseract", "version"),
            roles={
                READS_DIACRITICS: Duty(2, Late("tesseract", "TesseractReader")),
                READS_PAGES: Duty(1, Late("tesseract", "TesseractReader")),
            },
            absence="third_reading",
            remedy="apt install tesseract-ocr tesseract-ocr-vie",
            details=Late("tesseract", "languages"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class EngineState:
    """One engine on this machine.

    Attributes:
        engine: its row.
        version: "" where it cannot be used.
        details: further facts, such as languages.
    """

    engine: Engine
    version: str
    details: tuple[str, ...] = ()

    @property
    def is_available(self) -> bool:
        """Whether it can be used."""
        return bool(self.version)


@lru_cache(maxsize=1)
def engine_states() -> tuple[EngineState, ...]:
    """Return the state of every registered engine, in the order of the registry, without loading a model."""
    return tuple(map(_state, ENGINES.values()))


def _state(engine: Engine) -> EngineState:
    try:
        version = engine.version()
    except (ImportError, OSError, EngineMissingError):
        version = ""
    try:
        details = engine.details()
    except (ImportError, OSError):
        details = ()
    return EngineState(engine, version, details)


@lru_cache(maxsize=32)
def names_for(role: Role[Any]) -> tuple[str, ...]:
    """Return the names of the engines that have a role, installed or not, the first to be asked first."""
    having = (engine for engine in ENGINES.values() if role in engine.roles)
    return tuple(engine.name for engine in sorted(having, key=lambda engine: engine.roles[role].rank))


@lru_cache(maxsize=32)
def engines_for(role: Role[Adapter]) -> tuple[Adapter, ...]:
    """Return the available engines that have a role, the first to be asked first."""
    factories = (ENGINES[name].roles[role].factory for name in names_for(role) if is_available(name))
    return tuple(cast("Adapter", _made(factory)) for factory in factories)


def first_for(role: Role[Adapter]) -> Adapter | None:
    """Return the engine to ask first for a role; None where there is none."""
    return next(iter(engines_for(role)), None)


@lru_cache(maxsize=64)
def _made(factory: Callable[[], object]) -> object:
    return factory()


def available_engines() -> tuple[EngineInfo, ...]:
    """Return name and version of the engines that can be used, in the order of the registry."""
    return tuple(EngineInfo(state.engine.name, state.version) for state in engine_states() if state.is_available)


def is_available(name: str) -> bool:
    """Return whether an engine can be used."""
    return any(state.engine.name == name and state.is_available for state in engine_states())


def missing(name: str) -> EngineMissingError:
    """Return the error that an engine cannot be used, with the command that installs it."""
    return EngineMissingError(name, ENGINES[name].remedy)


def require(names: Iterable[str]) -> None:
    """Check that all named engines can be used.

    Raises:
        UsageError: if a name is not that of a registered engine.
        EngineMissingError: for the first engine that is missing.
    """
    for name in names:
        if name not in ENGINES:
            raise UsageError(message("unknown_engine", name=name, known=", ".join(ENGINES)))
        if not is_available(name):
            raise missing(name)
