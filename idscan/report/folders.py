"""Pictures by folder: many people in one folder is the sign of trade."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.results import ImageResult


@dataclass(frozen=True, slots=True)
class Folder:
    """The pictures that lie directly in one folder.

    Attributes:
        path: as the user gave it, "" where pictures were named without a folder.
        images: its pictures, in order.
    """

    path: str
    images: tuple[ImageResult, ...]

    @property
    def exposed(self) -> tuple[ImageResult, ...]:
        """The pictures that give something away."""
        return tuple(image for image in self.images if image.is_exposed)

    @property
    def people(self) -> int:
        """How many persons its pictures tell apart."""
        return len(frozenset().union(*(image.persons for image in self.images)))


def folders_of(images: Sequence[ImageResult]) -> list[Folder]:
    """Return the folders of some pictures, sorted by path."""
    by_folder = sorted(images, key=lambda image: (_folder_of(image), image.ref))
    return [Folder(path, tuple(group)) for path, group in groupby(by_folder, key=_folder_of)]


def folder_of(path: str) -> str:
    """Return the folder part of a path, with its closing slash; "" where it has none."""
    return path[: path.rfind("/") + 1]


def _folder_of(image: ImageResult) -> str:
    return folder_of(image.ref.path)
