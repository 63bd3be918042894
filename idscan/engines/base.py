"""What every engine adapter offers to the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.core.readings import LineReading, SymbolReading


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
