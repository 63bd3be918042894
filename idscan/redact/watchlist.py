"""Values that no output may hold: those of the image, names and numbers of the run, near-duplicates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from idscan.cards.text.fuzzy import KnownNames, KnownNumbers
from idscan.core.enums import Outcome, Source
from idscan.core.types import Problem, Redaction
from idscan.run.pii_matcher import PiiMatcher
from idscan.vision.perceptual_hash import HASH_BITS, MAX_ASPECT_DIFFERENCE, hash_distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.types import ImageResult, SeenText

_FEWEST_BYTES = 9
"""Bytes of the shortest value that is looked for in files: fewer turn up in compressed pixels by chance."""


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Values to look for.

    Attributes:
        traces: numbers and names of the run, and birth dates of the picture's own people.
    """

    traces: PiiMatcher

    @classmethod
    def of_run(cls, images: Iterable[ImageResult]) -> Watchlist:
        """Return the watch list of a run: every number and every name.

        Birth dates are left to each picture: among many people any date is somebody's.
        """
        return cls(replace(PiiMatcher.of_images(images), birth_dates=frozenset()))

    def with_own(self, images: Iterable[ImageResult]) -> Watchlist:
        """Return the list with what the pages of one file give away in full."""
        return Watchlist(replace(self.traces, birth_dates=frozenset()).joined(PiiMatcher.of_images(images)))

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
def _garbled(spellings: frozenset[str], numbers: frozenset[str]) -> tuple[KnownNames, KnownNumbers]:
    """Return what finds garbled values; kept, as the files of a run have nearly all of one list."""
    return KnownNames(spellings), KnownNumbers(numbers)


_MOST_DIFFERENT = HASH_BITS // 16
"""Bits. Copies of 60 made-up pictures at half and a quarter of the size, or compressed at quality 30, differ in up to
13 of 256 bits; different pictures differ in 44 and more."""

_LEAST_PATTERN = HASH_BITS // 8
"""Bits that must be set, and unset: a nearly empty picture looks like every other one."""


def find_near_duplicate(image: ImageResult, exposed: Sequence[ImageResult]) -> ImageResult | None:
    """Return the exposed picture that looks most like this one; None if none does, or this one is exposed itself."""
    if image.shows_exposed or image.look is None:
        return None
    if not _LEAST_PATTERN < image.look.bit_count() < HASH_BITS - _LEAST_PATTERN:
        return None
    best: tuple[int, ImageResult] | None = None
    for other in exposed:
        if other.look is None or not _have_one_shape(image, other):
            continue
        distance = hash_distance(image.look, other.look)
        if distance <= _MOST_DIFFERENT and (best is None or distance < best[0]):
            best = (distance, other)
    return best[1] if best else None


def _have_one_shape(first: ImageResult, second: ImageResult) -> bool:
    one, other = first.info, second.info
    if not (one.width and one.height and other.width and other.height):
        return False
    return abs(one.width * other.height / (one.height * other.width) - 1) < MAX_ASPECT_DIFFERENCE


STAGE = "publish"
"""Of the problems that keep a file from being published."""

CHANGED = Problem(STAGE, "changed_meanwhile", "The file changed while it was being redacted; run it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionJob:
    """One file and all that is needed to redact it anywhere.

    Attributes:
        path: of the source.
        images: what a thorough scan found on each page, in order.
        twins: for each page an exposed picture that looks the same, where nothing was found on the page itself.
        watch: values that must not be found in the result.
        temporary: an empty private file for the result.
    """

    path: str
    images: tuple[ImageResult, ...]
    twins: tuple[ImageResult | None, ...]
    watch: Watchlist
    temporary: str


def failed_job(path: str, *problems: Problem) -> Redaction:
    """Return the record of a file that is not published."""
    return Redaction(path=path, outcome=Outcome.FAILED, problems=tuple(dict.fromkeys(problems)))
