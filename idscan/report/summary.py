"""Counts of a run, the same in every format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idscan.core.results import ScanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    Attributes:
        files: files looked at, pictures or not; a file of many pages counts once.
        images: pictures, each page or frame of a file counted.
        exposed_images: those that give something away.
        harmless_images: those that were read in full and give nothing away.
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
            harmless_images=sum(
                image.is_readable and image.is_examined and not image.is_exposed for image in result.images
            ),
            cards=sum(len(part.cards) for image in result.images for part in image.parts),
            people=result.people,
            unreadable=result.unreadable,
            unexamined=result.unexamined,
            skipped=len(result.skipped),
        )
