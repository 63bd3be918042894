"""The engines of this process, each made once and only when first needed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from idscan.engines.registry import is_available

if TYPE_CHECKING:
    from idscan.engines.base import PageReader, SymbolReader
    from idscan.engines.finder import LineFinder
    from idscan.engines.lines import VietReader
    from idscan.engines.locator import CardLocator
    from idscan.engines.rapid import RapidReader


@lru_cache(maxsize=1)
def symbol_readers() -> tuple[SymbolReader, ...]:
    """Return the readers of QR codes, fastest first."""
    readers: list[SymbolReader] = []
    if is_available("zxing-cpp"):
        from idscan.engines.zxing import ZxingReader  # noqa: PLC0415

        readers.append(ZxingReader())
    if is_available("zbar"):
        from idscan.engines.zbar import ZbarReader  # noqa: PLC0415

        readers.append(ZbarReader())
    return tuple(readers)


@lru_cache(maxsize=1)
def text_reader() -> RapidReader | None:
    """Return the embedded reader of print, None where its models are missing."""
    if not is_available("rapidocr"):
        return None
    from idscan.engines.rapid import RapidReader  # noqa: PLC0415

    return RapidReader()


@lru_cache(maxsize=1)
def line_reader() -> VietReader | None:
    """Return the package's own reader of lines, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.lines import VietReader  # noqa: PLC0415

    return VietReader()


@lru_cache(maxsize=1)
def quick_reader() -> VietReader | None:
    """Return the package's own reader as it serves a first look, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.lines import VietReader  # noqa: PLC0415

    return VietReader(is_quick=True)


@lru_cache(maxsize=1)
def line_finder() -> LineFinder | None:
    """Return the package's own detector of lines, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.finder import LineFinder  # noqa: PLC0415

    return LineFinder()


@lru_cache(maxsize=1)
def card_locator() -> CardLocator | None:
    """Return the package's own locator of cards, None where it cannot run."""
    if not is_available("viet-lines"):
        return None
    from idscan.engines.locator import CardLocator  # noqa: PLC0415

    return CardLocator()


@lru_cache(maxsize=1)
def third_reader() -> PageReader | None:
    """Return a reader from outside the package that knows every Vietnamese letter, None where there is none."""
    if not is_available("tesseract"):
        return None
    from idscan.engines.tesseract import TesseractReader  # noqa: PLC0415

    return TesseractReader()
