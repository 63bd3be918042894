"""Values that no output may hold: those of the image, names and numbers of the run, near-duplicates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from idscan.cards.text.fuzzy import KnownNames, KnownNumbers
from idscan.core.enums import Outcome, Source
from idscan.core.memo import remembered
from idscan.core.messages import message
from idscan.core.types import Problem, Redaction
from idscan.run.pii_matcher import PiiMatcher
from idscan.vision.perceptual_hash import HASH_BITS, MAX_ASPECT_DIFFERENCE, hash_distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from idscan.core.types import ImageResult, SeenText

_FEWEST_BYTES = 9
"""Bytes of the shortest number that is searched for in files. With fewer, compressed pixels match by chance and a clean
file is not published; with more, a 9-digit card number in a file is missed."""


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Values to search for.

    Attributes:
        pii: numbers and names of the run, and birth dates of the people in the image itself.
    """

    pii: PiiMatcher

    @classmethod
    def of_run(cls, images: Iterable[ImageResult]) -> Watchlist:
        """Return the watch list of a run: every number and every name.

        Birth dates are added for each image only: among many people, most dates are somebody's birth date.
        """
        return cls(replace(PiiMatcher.of_images(images), birth_dates=frozenset()))

    def with_own(self, images: Iterable[ImageResult]) -> Watchlist:
        """Return the list with all values of the pages of one file, birth dates included."""
        return Watchlist(replace(self.pii, birth_dates=frozenset()).joined(PiiMatcher.of_images(images)))

    def is_in_text(self, text: str) -> bool:
        """Return whether a text contains one of the values, however it is grouped or accented."""
        # The matcher takes a slash for the separator of folders; in print it separates the parts of a date, as a dot.
        return bool(self.pii.find_known(text.replace("/", ".")))

    def seen_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that contain one of the values."""
        return tuple(seen for seen in texts if self.is_in_text(seen.text.reveal()))

    def resembled_in(self, texts: Iterable[SeenText]) -> tuple[SeenText, ...]:
        """Return the texts that contain one of the values; print also where it was read with errors.

        This decides what to hide, where a line too many does little harm. A result is compared exactly: noise of the
        fill, and the name of somebody else, must not prevent an image from being published.
        """
        names, numbers = _fuzzy_matchers(self.pii.spellings, self.pii.numbers)
        return tuple(
            seen
            for seen in texts
            if self.is_in_text(text := seen.text.reveal())
            or (seen.by is Source.PRINT and _resembles(names, numbers, text))
        )

    def is_in_bytes(self, content: bytes) -> bool:
        """Return whether a file holds one of the numbers as plain text, in one byte or two for each digit."""
        patterns = (
            pattern
            for number in self.pii.numbers
            if len(number) >= _FEWEST_BYTES
            for pattern in (number.encode(), number.encode("utf-16-le"), number.encode("utf-16-be"))
        )
        return any(pattern in content for pattern in patterns)


@remembered
def _resembles(names: KnownNames, numbers: KnownNumbers, text: str) -> bool:
    return names.are_in(text) or numbers.are_in(text)


@lru_cache(maxsize=2)
def _fuzzy_matchers(spellings: frozenset[str], numbers: frozenset[str]) -> tuple[KnownNames, KnownNumbers]:
    """Return matchers of values read with errors; cached, as nearly all files of a run have the same values."""
    return KnownNames(spellings), KnownNumbers(numbers)


_MOST_DIFFERENT = HASH_BITS // 16
"""Bits in which near-duplicates may differ. With fewer, a copy is missed; with more, another image is hidden as a copy.
Copies of 60 made-up images at half and a quarter of the size, or compressed at quality 30, differ in up to 13 of 256
bits; different images differ in 44 and more."""
_LEAST_PATTERN = HASH_BITS // 8
"""Bits that must be set, and unset. With fewer, nearly empty images, which resemble each other, count as copies; with
more, copies of images with little structure are missed."""


def find_near_duplicate(image: ImageResult, exposed: Sequence[ImageResult]) -> ImageResult | None:
    """Return the exposed image most similar to this one; None if none is, or if this one is exposed itself."""
    if image.shows_exposed or image.perceptual_hash is None:
        return None
    if not _LEAST_PATTERN < image.perceptual_hash.bit_count() < HASH_BITS - _LEAST_PATTERN:
        return None
    best: tuple[int, ImageResult] | None = None
    for other in exposed:
        if other.perceptual_hash is None or not _have_same_shape(image, other):
            continue
        distance = hash_distance(image.perceptual_hash, other.perceptual_hash)
        if distance <= _MOST_DIFFERENT and (best is None or distance < best[0]):
            best = (distance, other)
    return best[1] if best else None


def _have_same_shape(first: ImageResult, second: ImageResult) -> bool:
    one, other = first.info, second.info
    if not (one.width and one.height and other.width and other.height):
        return False
    return abs(one.width * other.height / (one.height * other.width) - 1) < MAX_ASPECT_DIFFERENCE


STAGE = "publish"
"""Stage of the problems that prevent a file from being published."""
CHANGED = Problem(STAGE, "changed_meanwhile", message("changed_meanwhile"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionJob:
    """One file and everything that a worker needs to redact it.

    Attributes:
        path: of the source.
        images: what a thorough scan found on each page, in order.
        near_duplicates: for each page its exposed near-duplicate, if nothing was found on the page itself.
        watchlist: values that must not be found in the result.
        temporary: an empty private file for the result.
    """

    path: str
    images: tuple[ImageResult, ...]
    near_duplicates: tuple[ImageResult | None, ...]
    watchlist: Watchlist
    temporary: str


def failed_job(path: str, *problems: Problem) -> Redaction:
    """Return the outcome of a file that is not published."""
    return Redaction(path=path, outcome=Outcome.FAILED, problems=tuple(dict.fromkeys(problems)))
