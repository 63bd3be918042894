"""What must not be read in any result: the values of the picture itself, numbers and names of the whole run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from idscan.cards.garbled import GarbledNames, GarbledNumbers
from idscan.core.vocabulary import Source
from idscan.run.traces import Traces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idscan.core.results import ImageResult, SeenText

_FEWEST_BYTES = 9
"""Bytes of the shortest value that is looked for in files: fewer turn up in compressed pixels by chance."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Values to look for.

    Attributes:
        traces: numbers and names of the run, and birth dates of the picture's own people.
    """

    traces: Traces

    @classmethod
    def of_run(cls, images: Iterable[ImageResult]) -> Watch:
        """Return the watch list of a run: every number and every name.

        Birth dates are left to each picture: among many people any date is somebody's.
        """
        return cls(replace(Traces.of_images(images), birth_dates=frozenset()))

    def with_own(self, images: Iterable[ImageResult]) -> Watch:
        """Return the list with what the pages of one file give away in full."""
        return Watch(replace(self.traces, birth_dates=frozenset()).joined(Traces.of_images(images)))

    def is_in_text(self, text: str) -> bool:
        """Return whether a text says one of the values, however it is grouped or accented."""
        # In a path a slash parts folders; in a date as it is printed it stands for what else a dot does.
        return bool(self.traces.find_known(text.replace("/", ".")))

    def seen_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that say one of the values."""
        return tuple(seen for seen in texts if self.is_in_text(seen.text.reveal()))

    def resembled_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that say one of the values, print also where it was read with errors.

        This is for what to hide, where a line too many does little harm. A result is compared exactly: the noise of
        what is painted, and the name of somebody else, must not keep a picture from being published.
        """
        names, numbers = _garbled(self.traces.spellings, self.traces.numbers)
        return tuple(
            seen
            for seen in texts
            if self.is_in_text(text := seen.text.reveal())
            or (seen.by is Source.PRINT and (names.are_in(text) or numbers.are_in(text)))
        )

    def is_in_bytes(self, content: bytes) -> bool:
        """Return whether a file holds one of the numbers as plain text, in one byte or two for each digit."""
        patterns = (
            pattern
            for number in self.traces.numbers
            if len(number) >= _FEWEST_BYTES
            for pattern in (number.encode(), number.encode("utf-16-le"), number.encode("utf-16-be"))
        )
        return any(pattern in content for pattern in patterns)


@lru_cache(maxsize=2)
def _garbled(spellings: frozenset[str], numbers: frozenset[str]) -> tuple[GarbledNames, GarbledNumbers]:
    """Return what finds garbled values; kept, as the files of a run have nearly all of one list."""
    return GarbledNames(spellings), GarbledNumbers(numbers)
