"""Walk folders and open files: find the images below given paths, in sorted order, each file once."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idscan.core.messages import Message, message
from idscan.core.types import ImageRef, Skipped
from idscan.images.formats import handler_of
from idscan.images.formats.base import HEAD_BYTES
from idscan.images.signature import has_image_suffix, image_start, reason_to_skip, without_leading_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from typing import BinaryIO

    from idscan.core.settings import Settings

# O_NONBLOCK: a named pipe put in the file's place between two looks must not hang the run.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NO_ACCESS_TIME = getattr(os, "O_NOATIME", 0)

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotAFileError(OSError):
    """The path leads to something without content of its own: a pipe, a socket, a device."""


def kind_of_special(mode: int) -> str | None:
    """Return the kind of file that a mode stands for if it is neither a regular file nor a folder."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return next((name for test, name in _KINDS if test(mode)), "a special file")


def open_readonly(path: str) -> BufferedReader:
    """Open a regular file for reading; its access time stays as it was where the system permits that.

    Raises:
        NotAFileError: for pipes, sockets and devices, which are never opened.
        IsADirectoryError: for folders.
        OSError: as `os.open`.
    """
    _refuse_other_than_file(os.stat(path), path)
    try:
        descriptor = os.open(path, _FLAGS | _NO_ACCESS_TIME)
    except PermissionError:
        # Only the owner of a file may leave its access time alone.
        descriptor = os.open(path, _FLAGS)
    try:
        _refuse_other_than_file(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_other_than_file(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    special = kind_of_special(status.st_mode)
    if special:
        raise NotAFileError(errno.EINVAL, special, path)


_REASONS = {
    errno.ENOENT: "path_not_found",
    errno.EACCES: "path_not_permitted",
    errno.EPERM: "path_not_permitted",
    errno.ENAMETOOLONG: "path_too_long",
    errno.ELOOP: "path_circular",
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Paths that the walk has visited, so that overlapping arguments list nothing twice.

    Attributes:
        roots: real paths of all arguments; a symbolic link that leads below one adds nothing.
        folders: real path of each listed folder, by identity.
        files: real paths of the files that were named themselves or reached through a symbolic link.
    """

    roots: tuple[str, ...]
    folders: dict[tuple[int, int] | str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


def walk(paths: Sequence[str | os.PathLike[str]], settings: Settings) -> Iterator[ImageRef | Skipped]:
    """Yield each image below the paths, page by page up to `max_pages`, and what is not scanned with its reason.

    Folders are walked to any depth; the order is that of the path strings, whatever the file system and the order of
    the arguments. Symbolic links are followed where they are arguments or lead to a file outside all arguments, and
    listed as skipped elsewhere. Pipes, sockets and devices are never opened.
    """
    arguments = sorted({os.fsdecode(path) for path in paths}, key=_argument_order)
    seen = _Seen(roots=tuple(os.path.realpath(path) for path in arguments if os.path.exists(path)))
    for path in arguments:
        yield from _visit_argument(path, seen, settings)


def _argument_order(path: str) -> str:
    # With its slash a folder is sorted among all path strings as the paths below it are.
    return posixpath.join(path, "") if os.path.isdir(path) else path


def _visit_argument(path: str, seen: _Seen, settings: Settings) -> Iterator[ImageRef | Skipped]:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        yield Skipped(path, _describe(error), is_unreadable=True)
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walk_folder(path, seen, settings)
        return
    real = os.path.realpath(path)
    if real in seen.files or posixpath.dirname(real) in seen.folders.values():
        return
    seen.files.add(real)
    yield from _visit_file(path, status.st_mode, settings)


def _walk_folder(top: str, seen: _Seen, settings: Settings) -> Iterator[ImageRef | Skipped]:
    """Walk one folder without recursion, so that no depth of folders breaks it."""
    listing = _list_folder(top, os.path.realpath(top), seen)
    if isinstance(listing, Skipped):
        yield listing
        return
    pending = [listing]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif entry.is_folder:
            listing = _list_folder(entry.path, entry.real_path, seen)
            if isinstance(listing, Skipped):
                yield listing
            else:
                pending.append(listing)
        elif entry.is_link:
            yield from _visit_link(entry, seen, settings)
        elif entry.real_path not in seen.files:
            yield from _visit_entry(entry, settings)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    real_path: str
    is_folder: bool
    is_link: bool

    @property
    def order(self) -> str:
        return self.path + "/" if self.is_folder else self.path


def _list_folder(path: str, real_path: str, seen: _Seen) -> Iterator[_Entry] | Skipped:
    try:
        identity = _folder_identity(path)
        known_as = seen.folders.get(identity)
        if known_as is not None:
            if known_as == real_path:
                return iter(())
            return Skipped(path, message("same_folder"))
        with os.scandir(path) as entries:
            listing = [
                _Entry(
                    posixpath.join(path, entry.name),
                    posixpath.join(real_path, entry.name),
                    entry.is_dir(follow_symlinks=False),
                    entry.is_symlink(),
                )
                for entry in entries
            ]
    except OSError as error:
        return Skipped(path, message("folder_not_listed", reason=_describe(error)), is_unreadable=True)
    seen.folders[identity] = real_path
    return iter(sorted(listing, key=lambda entry: entry.order))


def _folder_identity(path: str) -> tuple[int, int] | str:
    """Return an identifier of a folder; its real path where the file system has no numbers."""
    status = os.stat(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _visit_link(entry: _Entry, seen: _Seen, settings: Settings) -> Iterator[ImageRef | Skipped]:
    try:
        mode = os.stat(entry.path).st_mode
    except OSError as error:
        is_broken = error.errno == errno.ENOENT
        reason = message("broken_link") if is_broken else message("unreadable_link", reason=_describe(error))
        yield Skipped(entry.path, reason, is_unreadable=error.errno in {errno.EACCES, errno.EPERM})
        return
    real = os.path.realpath(entry.path)
    if real in seen.files or any(real == root or real.startswith(posixpath.join(root, "")) for root in seen.roots):
        yield Skipped(entry.path, message("link_to_scanned_folder" if stat.S_ISDIR(mode) else "link_to_scanned_file"))
    elif stat.S_ISDIR(mode):
        yield Skipped(entry.path, message("link_to_other_folder"))
    else:
        seen.files.add(real)
        yield from _visit_file(entry.path, mode, settings)


def _visit_entry(entry: _Entry, settings: Settings) -> Iterator[ImageRef | Skipped]:
    try:
        mode = os.lstat(entry.path).st_mode
    except OSError as error:
        yield Skipped(entry.path, _describe(error), is_unreadable=True)
        return
    yield from _visit_file(entry.path, mode, settings)


def _visit_file(path: str, mode: int, settings: Settings) -> Iterator[ImageRef | Skipped]:
    special = kind_of_special(mode)
    if special:
        yield Skipped(path, message("not_an_image_special", content=special))
        return
    try:
        with open_readonly(path) as stream:
            head = stream.read(HEAD_BYTES)
            reason = None if image_start(head) else reason_to_skip(head, path)
            pages = 1 if reason else _count_pages(stream)
    except OSError as error:
        if has_image_suffix(path):
            # Listed as an image; loading it reports why it cannot be read.
            yield ImageRef(path)
        else:
            yield Skipped(path, _describe(error), is_unreadable=True)
        return
    if reason:
        yield Skipped(path, reason)
        return
    for page in range(min(pages, max(1, settings.max_pages))):
        yield ImageRef(path, page=page, pages=pages)


def _count_pages(stream: BinaryIO) -> int:
    image, _leading = without_leading_bytes(stream)
    handler = handler_of(image.read(HEAD_BYTES))
    return handler.count_pages(image) if handler else 1


def _describe(error: OSError | ValueError) -> Message:
    if not isinstance(error, OSError) or error.errno is None:
        return message("path_not_understood")
    if error.errno in _REASONS:
        return message(_REASONS[error.errno])
    return message("path_refused", reason=os.strerror(error.errno).lower())
