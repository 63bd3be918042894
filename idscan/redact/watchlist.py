"""Watchlist of values that no output may contain; near-duplicates of exposed images; redaction jobs."""

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

_MIN_BYTES = 9
"""Digits of the shortest number that is searched for in files: shorter ones occur in compressed pixels by chance."""


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Values that must not be readable in an output.

    Attributes:
        traces: numbers and names of the run, and dates of birth of the people in the image.
    """

    traces: PiiMatcher

    @classmethod
    def of_run(cls, images: Iterable[ImageResult]) -> Watchlist:
        """Return the watchlist of a run: all numbers and names.

        Dates of birth are added per image, as any date may be that of one of many people.
        """
        return cls(replace(PiiMatcher.of_images(images), birth_dates=frozenset()))

    def with_own(self, images: Iterable[ImageResult]) -> Watchlist:
        """Return the watchlist with all values, dates of birth included, that were read from the pages of one file."""
        return Watchlist(replace(self.traces, birth_dates=frozenset()).joined(PiiMatcher.of_images(images)))

    def is_in_text(self, text: str) -> bool:
        """Return whether a text contains one of the values, in any grouping and accentuation."""
        # A slash separates folders in a path; in printed dates it is equivalent to a dot.
        return bool(self.traces.find_known(text.replace("/", ".")))

    def seen_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that contain one of the values."""
        return tuple(seen for seen in texts if self.is_in_text(seen.text.reveal()))

    def resembled_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that contain one of the values, for print also with recognition errors.

        Plans use this match, as hiding a line too many does little harm. Outputs are matched exactly: noise in a
        fill, or a similar name, must not prevent publication.
        """
        names, numbers = _fuzzy_matchers(self.traces.spellings, self.traces.numbers)
        return tuple(
            seen
            for seen in texts
            if self.is_in_text(text := seen.text.reveal())
            or (seen.by is Source.PRINT and (names.are_in(text) or numbers.are_in(text)))
        )

    def is_in_bytes(self, content: bytes) -> bool:
        """Return whether a file contains one of the numbers as ASCII or UTF-16."""
        patterns = (
            pattern
            for number in self.traces.numbers
            if len(number) >= _MIN_BYTES
            for pattern in (number.encode(), number.encode("utf-16-le"), number.encode("utf-16-be"))
        )
        return any(pattern in content for pattern in patterns)


@lru_cache(maxsize=2)
def _fuzzy_matchers(spellings: frozenset[str], numbers: frozenset[str]) -> tuple[KnownNames, KnownNumbers]:
    """Return the matchers of misread values, cached, as most files of a run have the same watchlist."""
    return KnownNames(spellings), KnownNumbers(numbers)


_MAX_DISTANCE = HASH_BITS // 16
"""Bits. Copies of 60 made-up images at half and a quarter of the size, or compressed at quality 30, differ in up to 13
of 256 bits; different images differ in 44 and more."""

_MIN_PATTERN = HASH_BITS // 8
"""Bits that must be set, and unset: nearly empty images resemble each other."""


def find_near_duplicate(image: ImageResult, exposed: Sequence[ImageResult]) -> ImageResult | None:
    """Return the exposed image closest to this one; None if none is near, or if this one is exposed itself."""
    if image.shows_exposed or image.look is None:
        return None
    if not _MIN_PATTERN < image.look.bit_count() < HASH_BITS - _MIN_PATTERN:
        return None
    best: tuple[int, ImageResult] | None = None
    for other in exposed:
        if other.look is None or not _have_same_aspect(image, other):
            continue
        distance = hash_distance(image.look, other.look)
        if distance <= _MAX_DISTANCE and (best is None or distance < best[0]):
            best = (distance, other)
    return best[1] if best else None


def _have_same_aspect(first: ImageResult, second: ImageResult) -> bool:
    one, other = first.info, second.info
    if not (one.width and one.height and other.width and other.height):
        return False
    return abs(one.width * other.height / (one.height * other.width) - 1) < MAX_ASPECT_DIFFERENCE


STAGE = "publish"
"""Stage of the problems that prevent the publication of a file."""

CHANGED = Problem(STAGE, "changed_meanwhile", "The file changed while it was being redacted; run it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionJob:
    """One file with all that is needed to redact it in any process.

    Attributes:
        path: of the source.
        images: result of a thorough scan of each page, in order.
        near_duplicates: for each page without findings, an exposed image with the same appearance.
        watchlist: values that must not be found in the result.
        temporary: an empty private file for the result.
    """

    path: str
    images: tuple[ImageResult, ...]
    near_duplicates: tuple[ImageResult | None, ...]
    watchlist: Watchlist
    temporary: str


def failed_job(path: str, *problems: Problem) -> Redaction:
    """Return the record of a file that is not published."""
    return Redaction(path=path, outcome=Outcome.FAILED, problems=tuple(dict.fromkeys(problems)))
