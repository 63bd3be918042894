"""Go on where a run in place was cut off: what it has replaced is not scanned again, but is still known.

An image that was replaced shows nothing any more, so the record of the earlier run stands for it: the values that it
showed are looked for in all other images, copies of it are found, and the result is that of a run without a break.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.core.results import ImageRef
from idscan.redact.durable import digest_of
from idscan.redact.targets import TEMPORARY_FOLDER, is_temporary
from idscan.run.persons import assign_persons

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.core.redaction import Redaction
    from idscan.core.results import ImageResult, ScanResult, Skipped
    from idscan.core.settings import Settings
    from idscan.redact.in_place import InPlace
    from idscan.redact.journal import Record
    from idscan.run.scan import WalkFunction


class Replaced:
    """What earlier runs, which were cut off, have replaced among the files of this one.

    Attributes:
        known: what was read from all sources that were replaced.
        redactions: by the path of its source, what became of each file that needs no more work.
    """

    def __init__(self, place: InPlace, walk: WalkFunction) -> None:
        """Know nothing yet; `walk` finds out.

        Args:
            place: the folders of the sources.
            walk: finds the files.
        """
        self._place = place
        self._walk = walk
        self._records: dict[str, Record] = {}
        self._held_back: dict[str, tuple[Record, list[ImageRef]]] = {}
        self.known: tuple[ImageResult, ...] = ()
        self.redactions: dict[str, Redaction] = {}

    def walk(self, paths: Sequence[str], settings: Settings) -> Iterator[ImageRef | Skipped]:
        """Yield what is found below the paths, without what idscan wrote and without what needs no more work."""
        entries = list(self._walk(paths, settings))
        left = self._place.left_records(paths, temporary_parents(entry.path for entry in entries))
        self.known = tuple(image for _folder, record in left for image in record.images)
        # The last record counts: of the ones before, the file was not replaced yet when the run was cut off.
        self._records = {_real(folder, record.target): record for folder, record in left}
        gone = {_real(folder, record.way) for folder, record in left if self._place.finish(folder, record)}
        for entry in entries:
            if is_temporary(entry.path) or (gone and os.path.realpath(entry.path) in gone):
                continue
            if not isinstance(entry, ImageRef) or not self._is_held_back(entry):
                yield entry

    def held_back(self, paths: Sequence[str], settings: Settings) -> Iterator[ImageRef]:  # noqa: ARG002  a walk function
        """Yield the images that `walk` has left out as needing no more work."""
        return (ref for _record, refs in self._held_back.values() for ref in refs)

    def joined(self, found: ScanResult) -> ScanResult:
        """Return the result of a scan together with what was read from the sources that are replaced by now."""
        images: list[ImageResult] = list(found.images)
        for path, (record, _refs) in self._held_back.items():
            source = _source_path(path, record)
            images += (_moved(image, source) for image in record.images)
            self.redactions[source] = replace(record.redaction, path=source, output=path)
        return replace(found, images=assign_persons(sorted(images, key=lambda image: image.ref)))

    def is_of(self, digest: str) -> bool:
        """Return whether all that needs no more work was made with the same wishes, among the same images."""
        return all(record.digest == digest for record, _refs in self._held_back.values())

    def give_up(self) -> None:
        """Let everything be made anew; what was read from the sources stays known."""
        self._held_back.clear()
        self.redactions.clear()

    def _is_held_back(self, ref: ImageRef) -> bool:
        if ref.path in self._held_back:
            self._held_back[ref.path][1].append(ref)
            return True
        record = self._records.get(os.path.realpath(ref.path)) if self._records else None
        if record is None or _digest(ref.path) != record.redaction.sha256:
            return False
        self._held_back[ref.path] = (record, [ref])
        return True


def without_texts(image: ImageResult) -> ImageResult:
    """Return a result without the texts in full: values and looks are what other images are compared with."""
    return replace(image, texts=(), embedded=tuple(map(without_texts, image.embedded)))


def temporary_parents(paths: Iterable[str]) -> set[str]:
    """Return the folders in which runs that were cut off have left something."""
    split = (path.partition(f"/{TEMPORARY_FOLDER}/") for path in paths)
    return {parent for parent, found, _name in split if found}


def _real(folder: str, way: str) -> str:
    return os.path.realpath(os.path.join(folder, way))  # noqa: PTH118  undecodable bytes


def _digest(path: str) -> str | None:
    try:
        return digest_of(path)
    except OSError:
        return None


def _source_path(path: str, record: Record) -> str:
    """Return the path that the source of a result had, spelled as the path of the result."""
    root = path.removesuffix(record.target)
    return root + record.way if root != path and root[-1:] in {"", "/"} else path


def _moved(image: ImageResult, path: str) -> ImageResult:
    embedded = tuple(_moved(part, path) for part in image.embedded)
    return replace(image, ref=replace(image.ref, path=path), embedded=embedded)
