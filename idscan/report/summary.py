"""Counts of a run, the same in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.report.verdicts import is_harmless, shows_something

if TYPE_CHECKING:
    from idscan.core.results import ImageResult, ScanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    Attributes:
        files: files looked at, pictures or not; a file of many pages counts once.
        images: pictures, each page or frame of a file counted.
        exposed_images: those that give something away.
        harmless_images: those that were read in full and without trouble, and show neither a card nor a fact of one.
        seen_images: those that show a card or a fact of one, but nothing that gives a person away by itself.
        doubtful_images: the other ones that were examined, with a problem that leaves something to look at.
        cards: cards in all pictures.
        people: persons told apart by their numbers.
        unreadable: pictures, folders and arguments that could not be read.
        unexamined: pictures that were read, but not all that their files hold.
        skipped: paths that were not scanned.
    """

    files: int
    images: int
    exposed_images: int
    harmless_images: int
    seen_images: int
    doubtful_images: int
    cards: int
    people: int
    unreadable: int
    unexamined: int
    skipped: int

    @classmethod
    def of(cls, result: ScanResult) -> Summary:
        """Count."""
        return cls(
            files=len({image.ref.path for image in result.images}) + len(result.skipped),
            images=len(result.images),
            exposed_images=sum(image.is_exposed for image in result.images),
            harmless_images=sum(map(is_harmless, result.images)),
            seen_images=sum(shows_something(image) and not image.is_exposed for image in result.images),
            doubtful_images=sum(map(_is_doubtful, result.images)),
            cards=sum(len(part.cards) for image in result.images for part in image.parts),
            people=result.people,
            unreadable=result.unreadable,
            unexamined=result.unexamined,
            skipped=len(result.skipped),
        )


def _is_doubtful(image: ImageResult) -> bool:
    return image.is_readable and image.is_examined and bool(image.problems) and not shows_something(image)
