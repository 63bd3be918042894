"""Replace sources in place: back up the original first, resume an interrupted run.

An image that was replaced no longer shows its values, so the record of the earlier run is used for it: its values are
searched for in all other images, copies of it are found, and the result is that of an uninterrupted run.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shutil
import stat
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Self

from idscan.core.errors import OutputError, UsageError
from idscan.core.messages import message
from idscan.core.types import ImageRef, Problem
from idscan.redact.output.names import TEMPORARY_FOLDER, is_temporary, numbered_name
from idscan.redact.output.workspace import InUseError, TemporaryFolder, is_any_inside
from idscan.run.atomic import (
    PRIVATE_FOLDER_MODE,
    PublishedState,
    TargetExistsError,
    as_output_errors,
    digest_of,
    entered,
    install,
    write_durably,
)
from idscan.run.scan import assign_persons
from idscan.run.store import FileState, LostRecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from idscan.core.settings import Settings
    from idscan.core.types import ImageResult, Redaction, ScanResult, Skipped
    from idscan.redact.output.names import Target
    from idscan.redact.output.workspace import Record, StoredRecord
    from idscan.run.atomic import Below
    from idscan.run.pii_matcher import PiiMatcher
    from idscan.run.scan import WalkFunction

_MOST_OPEN = 64
"""Roots held at a time. With fewer, roots are locked and released again and again; with more, their descriptors, two
each, use up the some hundreds of a process."""
_PERMISSIONS = 0o777
"""Permission bits of a mode, without set-user-ID, set-group-ID and sticky bits."""


class InPlace:
    """The folders of the sources, held by one run; a context manager, made by `open`."""

    def __init__(self, backup: TemporaryFolder | None, backup_folder: str) -> None:
        """Take the folder for originals, open and by its path."""
        self._backup = backup
        self._backup_folder = backup_folder
        self._roots: dict[str, TemporaryFolder] = {}
        self._with_records: set[str] = set()
        self._is_kept = False
        self._home: dict[str, TemporaryFolder] = {}

    @classmethod
    def open(cls, *, inputs: Sequence[str], backup_folder: str | None) -> Self:
        """Make the folder of originals, if one is asked for.

        Args:
            inputs: files and folders whose images are replaced.
            backup_folder: where originals are copied to; None to keep none.

        Raises:
            UsageError: if the folder of originals is an input, lies inside one or holds one.
            OutputError: if it cannot be written to, or another run does.
        """
        if backup_folder is None:
            return cls(None, "")
        if is_any_inside(inputs, backup_folder) or any(is_any_inside([backup_folder], given) for given in inputs):
            raise UsageError(message("originals_misplaced"))
        with as_output_errors(backup_folder):
            os.makedirs(backup_folder, PRIVATE_FOLDER_MODE, exist_ok=True)
        return cls(TemporaryFolder.open(backup_folder), backup_folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_complete = kind is None and not self._is_kept
        for held in self._roots.values():
            held.close(is_complete=is_complete)
        for folder in self._with_records - self._roots.keys() if is_complete else ():
            with contextlib.suppress(OutputError):
                TemporaryFolder.open(folder).close(is_complete=True)
        if self._backup is not None:
            self._backup.close(is_complete=False)

    def left_records(self, given: Iterable[str], more: Iterable[str]) -> list[tuple[str, StoredRecord]]:
        """Return what interrupted runs have recorded, as (real path of the folder, record), the oldest first.

        Their unfinished files are swept. At the end of this run, their stores in and below what is given are removed.

        Args:
            given: files and folders whose images are replaced.
            more: folders below them in which something was left.

        Raises:
            LostRecordsError: if there are records that cannot be read.
        """
        left = records_left(given, more, _has_temporary)
        self._with_records.update(one.folder for one in left if one.is_below)
        return [(one.folder, record) for one in left for record in one.records]

    def finish(self, folder: str, record: Record) -> bool:
        """Remove a source whose result exists under another name already; return whether there was one."""
        if record.source_path == record.target:
            return False
        with contextlib.suppress(OSError, OutputError):
            *parents, name = record.target.split("/")
            with entered(folder, parents, mode=None) as there:
                if there.digest(name) != record.redaction.sha256:
                    return False
            *parents, name = record.source_path.split("/")
            with entered(folder, parents, mode=None) as there:
                if there.digest(name) != record.source:
                    return False
                os.unlink(there.at(name), dir_fd=there.descriptor)
                there.sync()
            _remove_empty(folder, parents)
            return True
        return False

    def remember(self, target: Target, record: Record, run: str) -> None:
        """Record what was read from a source, and its outcome, before it is replaced.

        Raises:
            OutputError: if that cannot be written.
        """
        self._held(target.root).store.add(run, target.path, record)

    def keep_records(self) -> None:
        """Keep the records after the end of this run, for a run that retries what failed in this one."""
        self._is_kept = True

    def problem_of(self, target: Target) -> Problem | None:
        """Return why a source cannot be replaced, before any work on it; None if it can."""
        try:
            # This sweeps what an interrupted run left, hard links to its sources among them.
            _ = self._held(target.root).store
            *parents, name = target.source_path.split("/")
            with as_output_errors(), entered(target.root, parents, mode=None) as folder:
                return _problem(folder.status(name))
        except OutputError as error:
            return Problem("publish", "cannot_write", error.message)

    def new_file(self, target: Target) -> str:
        """Return the path of a fresh empty file, in the root of the target, that only its owner may read.

        Raises:
            OutputError: if it cannot be made, or another run works there.
        """
        held = self._held(target.root)
        temporary = held.new_file()
        self._home[temporary] = held
        return temporary

    def discard(self, temporary: str) -> None:
        """Remove a file that is not published, if it is still there."""
        held = self._home.pop(temporary, None)
        if held is not None:
            held.discard(temporary)

    def path_of(self, target: Target) -> str:
        """Return the path of the result once it is published."""
        return posixpath.join(target.root, target.path)

    def publish(self, temporary: str, target: Target, *, may_replace: bool) -> PublishedState:
        """Move a finished file, written by `write_durably`, to the place of its source, whose permissions it takes.

        The original is copied first, if a folder for originals was named. Where the result has another name, the
        original is removed once the result is in place, and so are the folders that this leaves empty.

        Args:
            temporary: from `new_file`.
            target: from `plan_in_place`.
            may_replace: whether another file than the source may be replaced.

        Raises:
            TargetExistsError: if another file exists there that must not be replaced.
            OutputError: if the source is a link or has further names, or the system refuses.
        """
        *parents, name = target.source_path.split("/")
        is_own = target.source_path == target.path
        with as_output_errors(), entered(target.root, parents, mode=None) as folder:
            status = _checked(folder, name)
            if is_own and folder.digest(name) == digest_of(temporary):
                self.discard(temporary)
                return PublishedState.UNCHANGED
            os.chmod(temporary, stat.S_IMODE(status.st_mode) & _PERMISSIONS)
            self._keep_original(folder, parents, name)
            if is_own:
                state = install(temporary, folder, name, may_replace=True)
            else:
                state = _install_elsewhere(temporary, target, may_replace=may_replace)
                os.unlink(folder.at(name), dir_fd=folder.descriptor)
                folder.sync()
        self.discard(temporary)
        if not is_own:
            _remove_empty(target.root, parents)
        return state

    def _held(self, root: str) -> TemporaryFolder:
        """Return the folder of unfinished files in a root, locked and swept."""
        real = os.path.realpath(root)
        if real not in self._roots:
            if len(self._roots) >= _MOST_OPEN:
                for idle in [known for known, folder in self._roots.items() if folder.is_idle]:
                    self._with_records.add(idle)
                    self._roots.pop(idle).close(is_complete=False)
            self._roots[real] = TemporaryFolder.open(real)
        return self._roots[real]

    def _keep_original(self, folder: Below, parents: Sequence[str], name: str) -> None:
        """Copy a source to the folder for originals; a file that exists there under its name stays."""
        if self._backup is None:
            return
        copy = self._backup.new_file()
        try:
            with folder.open_file(name) as source:
                write_durably(copy, lambda sink: shutil.copyfileobj(source, sink))
                status = os.fstat(source.fileno())
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
            with entered(self._backup_folder, parents, mode=PRIVATE_FOLDER_MODE) as kept:
                number = 1
                while not _is_installed(copy, kept, numbered_name(name, number)):
                    number += 1
        finally:
            self._backup.discard(copy)


def folders_with_pii(targets: Iterable[Target], pii: PiiMatcher) -> tuple[str, ...]:
    """Return the folders whose names contain personal data and that still exist, since other files lie in them.

    A folder that was named on the command line is among them as well: it is never renamed.

    Args:
        targets: of everything that was to be replaced, from `plan_in_place`.
        pii: values that no name may contain.
    """
    folders: set[str] = set()
    for target in targets:
        if pii.find(PurePosixPath(target.root).name):
            folders.add(target.root)
        folder = target.root
        for part, replacement in zip(target.source_path.split("/")[:-1], target.path.split("/"), strict=False):
            folder = posixpath.join(folder, part)
            if part != replacement:
                folders.add(folder)
    return tuple(sorted(folder for folder in folders if os.path.lexists(folder)))


def _parent(path: str) -> str:
    return posixpath.dirname(path) or "."


def _folders_above(folders: Iterable[str]) -> Iterator[str]:
    """Yield each folder above the given ones once."""
    seen: set[str] = set()
    for folder in folders:
        above = posixpath.dirname(folder)
        while above not in seen:
            seen.add(above)
            yield above
            above = posixpath.dirname(above)


class LeftRecords(NamedTuple):
    """Records that interrupted runs have left in one folder.

    Attributes:
        folder: its real path.
        is_below: whether it lies in or below what is given.
        records: the oldest first.
    """

    folder: str
    is_below: bool
    records: tuple[StoredRecord, ...]


def holds_records(folder: str) -> bool:
    """Return whether an interrupted run has left a store in a folder."""
    return _has_temporary(folder) and TemporaryFolder.is_store_in(folder)


def records_left(given: Iterable[str], more: Iterable[str], is_opened: Callable[[str], bool]) -> list[LeftRecords]:
    """Return the records that interrupted runs have left; folders held by another run are left alone.

    Args:
        given: files and folders; the folders above them may have records as well.
        more: folders below them in which something was left.
        is_opened: whether a folder is opened, and so swept.

    Raises:
        LostRecordsError: if there are records that cannot be read.
        OutputError: if a folder that is given cannot be opened.
    """
    roots = {os.path.realpath(path if os.path.isdir(path) else _parent(path)) for path in given}
    below = sorted({*roots, *map(os.path.realpath, more)})
    left: list[LeftRecords] = []
    for folder in filter(is_opened, (*below, *(above for above in _folders_above(roots) if above not in below))):
        try:
            records = _left_in(folder)
        except LostRecordsError:
            raise
        except OutputError as error:
            if folder in below and not isinstance(error, InUseError):
                raise
            continue
        if records:
            left.append(LeftRecords(folder, folder in below, records))
    return left


def _left_in(folder: str) -> tuple[StoredRecord, ...]:
    """Sweep a folder of unfinished files, and return the records in it."""
    held = TemporaryFolder.open(folder)
    try:
        return held.left_records()
    finally:
        held.close(is_complete=False)


def _has_temporary(folder: str) -> bool:
    """Return whether a run of this user has left something in a folder."""
    path = posixpath.join(folder, TEMPORARY_FOLDER)
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def _checked(folder: Below, name: str) -> os.stat_result:
    """Return the status of a source.

    Raises:
        OutputError: if it must not be replaced.
    """
    status = folder.status(name)
    problem = _problem(status)
    if status is None or problem is not None:
        raise OutputError(problem.message if problem else _GONE.message)
    return status


_GONE = Problem("publish", "changed_meanwhile", message("source_gone"))


def _problem(status: os.stat_result | None) -> Problem | None:
    if status is None:
        return _GONE
    if not stat.S_ISREG(status.st_mode):
        return Problem("publish", "linked_file", message("source_is_link"))
    if status.st_nlink > 1:
        return Problem("publish", "linked_file", message("source_has_names"))
    return None


def _is_installed(copy: str, folder: Below, name: str) -> bool:
    try:
        install(copy, folder, name, may_replace=False)
    except TargetExistsError:
        return False
    return True


def _install_elsewhere(temporary: str, target: Target, *, may_replace: bool) -> PublishedState:
    *parents, name = target.path.split("/")
    with entered(target.root, parents) as folder:
        return install(temporary, folder, name, may_replace=may_replace)


def _remove_empty(root: str, parents: Sequence[str]) -> None:
    """Remove folders from the innermost on, as far as they are empty; `folders_with_pii` lists the others."""
    with contextlib.suppress(OSError, OutputError):
        for depth in range(len(parents) - 1, -1, -1):
            with entered(root, parents[:depth], mode=None) as folder:
                os.rmdir(folder.at(parents[depth]), dir_fd=folder.descriptor)
                folder.sync()


class Replaced:
    """Files of this run that interrupted runs have replaced; `walk` fills it.

    Attributes:
        known: what was read from all sources that were replaced.
        redactions: the outcome of each file that needs no more work, by the path of its source.
    """

    def __init__(self, place: InPlace, walk: WalkFunction) -> None:
        """Start empty.

        Args:
            place: the folders of the sources.
            walk: finds the files.
        """
        self._place = place
        self._walk = walk
        self._records: dict[str, StoredRecord] = {}
        self._held_back: dict[str, tuple[StoredRecord, list[ImageRef]]] = {}
        self.known: tuple[ImageResult, ...] = ()
        self.redactions: dict[str, Redaction] = {}

    def walk(self, paths: Sequence[str], settings: Settings) -> Iterator[ImageRef | Skipped]:
        """Yield the files below the paths, except those that idscan wrote and those that need no more work."""
        entries = list(self._walk(paths, settings))
        left = self._place.left_records(paths, temporary_parents(entry.path for entry in entries))
        self.known = tuple(image for _folder, stored in left for image in stored.content.images)
        # When a superseded record was made, its file was not replaced yet.
        self._records = {
            _real(folder, stored.content.target): stored for folder, stored in left if stored.state is FileState.CURRENT
        }
        records = [(folder, stored.content) for folder, stored in left]
        gone = {_real(folder, record.source_path) for folder, record in records if self._place.finish(folder, record)}
        for entry in entries:
            if is_temporary(entry.path) or (gone and os.path.realpath(entry.path) in gone):
                continue
            if not isinstance(entry, ImageRef) or not self._is_held_back(entry):
                yield entry

    def held_back(self, paths: Sequence[str], settings: Settings) -> Iterator[ImageRef]:
        """Yield the images that `walk` has left out as needing no more work."""
        return (ref for _stored, refs in self._held_back.values() for ref in refs)

    def joined(self, found: ScanResult) -> ScanResult:
        """Return the result of a scan together with what was read from the sources that are replaced by now."""
        images: list[ImageResult] = list(found.images)
        for path, (stored, _refs) in self._held_back.items():
            record = stored.content
            source = _source_path(path, record)
            images += (_moved(image, source) for image in record.images)
            self.redactions[source] = replace(record.redaction, path=source, output=path)
        return replace(found, images=assign_persons(sorted(images, key=lambda image: image.ref)))

    def is_of(self, run: str) -> bool:
        """Return whether all files that need no more work were made with the same settings, among the same images."""
        return all(stored.run == run for stored, _refs in self._held_back.values())

    def give_up(self) -> None:
        """Have every file made anew; what was read from the sources stays known."""
        self._held_back.clear()
        self.redactions.clear()

    def _is_held_back(self, ref: ImageRef) -> bool:
        if ref.path in self._held_back:
            self._held_back[ref.path][1].append(ref)
            return True
        stored = self._records.get(os.path.realpath(ref.path)) if self._records else None
        if stored is None or _digest(ref.path) != stored.content.redaction.sha256:
            return False
        self._held_back[ref.path] = (stored, [ref])
        return True


def without_texts(image: ImageResult) -> ImageResult:
    """Return a result without the texts in full: other images are compared with its values and perceptual hash."""
    return replace(image, texts=(), embedded=tuple(map(without_texts, image.embedded)))


def temporary_parents(paths: Iterable[str]) -> set[str]:
    """Return the folders in which interrupted runs have left something."""
    split = (path.partition(f"/{TEMPORARY_FOLDER}/") for path in paths)
    return {parent for parent, found, _name in split if found}


def _real(folder: str, path: str) -> str:
    return os.path.realpath(os.path.join(folder, path))


def _digest(path: str) -> str | None:
    try:
        return digest_of(path)
    except OSError:
        return None


def _source_path(path: str, record: Record) -> str:
    """Return the path that the source of a result had, with the root as in the path of the result."""
    root = path.removesuffix(record.target)
    return root + record.source_path if root != path and root[-1:] in {"", "/"} else path


def _moved(image: ImageResult, path: str) -> ImageResult:
    embedded = tuple(_moved(part, path) for part in image.embedded)
    return replace(image, ref=replace(image.ref, path=path), embedded=embedded)
