"""Journal of a run in place, so that an interrupted run continues.

A run needs what it read for as long as it lasts: a number or a name of one image is looked for in all others. In place,
an image that was replaced no longer shows what was read from it, so its record keeps that. Every record is encrypted
with a key of its journal, and the key lies in another folder: whoever gets the images with all that lies beside them
cannot read it. A run that is finished removes both.

The journal is a text file to which a line is added for each record. A line proves by itself that it is whole, so one
that was half written when the power went is no record; a database would add locks and a second file for the same.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from idscan import __version__
from idscan.core.errors import OutputError
from idscan.core.messages import message
from idscan.run.atomic import PRIVATE_FOLDER_MODE, PRIVATE_MODE, entered, told_failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.fernet import Fernet

    from idscan.core.types import ImageResult, Redaction

_HEAD = re.compile(rb"idscan journal 2 (\S+) ([0-9a-f]{32})")
_FINISHED = b"finished"
_ID_BYTES = 16
_NO_LINK = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One file that was published, or was about to be.

    Attributes:
        source: SHA-256 of the source, in hex.
        digest: stands for all else that the result depends on: settings, engines and the other sources of the run.
        way: of the source below its root.
        target: of the result below the folder in which the journal lies.
        images: what was read from the source where it is replaced, without the texts in full; () elsewhere.
        redaction: what became of it.
    """

    source: str
    digest: str
    way: str
    target: str
    images: tuple[ImageResult, ...]
    redaction: Redaction


class LostRecordsError(OutputError):
    """There is a journal, but nothing that can read it."""

    def __init__(self) -> None:
        """Say what to do about it."""
        super().__init__(message("lost_records"))


class Journal:
    """The journal of one folder.

    Attributes:
        records: what earlier runs, which were cut off, have left in it.
        is_empty: whether nothing would be lost with it.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        """Use `open` instead: it finds out where the journal is."""
        self._descriptor = descriptor
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            lines = stream.read().split(b"\n")
        head = _HEAD.fullmatch(lines[0])
        is_left = head is not None and any(lines[1:]) and _FINISHED not in lines
        identity = head[2].decode() if head else secrets.token_hex(_ID_BYTES)
        self._is_torn = bool(lines[-1])
        self._cipher = self._continued(head, identity) if head and is_left else self._begun(path, identity)
        self.records = tuple(self._decrypted(lines[1:])) if is_left else ()
        self.is_empty = not is_left

    @classmethod
    def open(cls, path: str) -> Self:
        """Open the journal that a run left, or begin one.

        Raises:
            LostRecordsError: if there is one with records that cannot be read any more.
            OutputError: if it cannot be read or written.
        """
        with told_failures(), contextlib.ExitStack() as opened:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | _NO_LINK
            descriptor = os.open(path, flags, PRIVATE_MODE)
            opened.callback(os.close, descriptor)
            journal = cls(path, descriptor)
            opened.pop_all()
        return journal

    def add(self, record: Record) -> None:
        """Remember a file, on the disk, before it is published.

        Raises:
            OutputError: if it cannot be written.
        """
        self.is_empty = False
        with told_failures():
            self._append(self._cipher.encrypt(pickle.dumps(record)))

    def close(self) -> None:
        """Leave the journal to the next run."""
        os.close(self._descriptor)

    @staticmethod
    def remove(path: str) -> None:
        """Remove a journal, and its key first: what a disk keeps of removed files then tells nothing.

        A line that says so comes before, lest the next start takes the key for lost.

        Raises:
            OSError: if the system refuses.
        """
        with contextlib.suppress(FileNotFoundError):
            with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | _NO_LINK), "r+b") as stream:
                head = _HEAD.fullmatch(stream.readline().rstrip(b"\n"))
                stream.write(b"\n" + _FINISHED + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            if head:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(_key_path(head[2].decode()))
            os.unlink(path)

    def _continued(self, head: re.Match[bytes], identity: str) -> Fernet:
        key = _read_key(identity)
        if key is None or head[1] != __version__.encode():  # another version may not understand the records
            raise LostRecordsError
        return _cipher(key)

    def _begun(self, path: str, identity: str) -> Fernet:
        """Write the head of a new journal, and then its key: a head alone, of a run that died between, begins anew."""
        os.ftruncate(self._descriptor, 0)
        self._is_torn = False
        self._append(b" ".join((b"idscan journal 2", __version__.encode(), identity.encode())))
        with entered(os.path.dirname(path), [], mode=None) as folder:
            folder.sync()
        try:
            return _cipher(_write_key(identity))
        except OutputError:
            os.unlink(path)
            raise

    def _append(self, line: bytes) -> None:
        pending = b"\n" * self._is_torn + line + b"\n"
        self._is_torn = True  # until the whole line is written
        while pending:
            pending = pending[os.write(self._descriptor, pending) :]
        self._is_torn = False
        os.fsync(self._descriptor)

    def _decrypted(self, lines: Iterable[bytes]) -> Iterator[Record]:
        from cryptography.fernet import InvalidToken

        for line in lines:
            with contextlib.suppress(InvalidToken):
                # Only whoever holds the key can have written it.
                record = pickle.loads(self._cipher.decrypt(line))  # noqa: S301
                if isinstance(record, Record):
                    yield record


def state_folder() -> str:
    """Return the folder for what programs of this user remember of their runs (XDG base directories, 0.8)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    # Where nobody knows the user's home, "~" stays, and no folder of that name is made.
    base = given if os.path.isabs(given) else os.path.expanduser("~/.local/state")
    return os.path.join(base, "idscan")


def _key_path(identity: str) -> str:
    return os.path.join(state_folder(), f"journal-{identity}.key")


def _read_key(identity: str) -> bytes | None:
    try:
        with open(_key_path(identity), "rb") as stream:
            return stream.read() or None
    except FileNotFoundError:
        return None


def _write_key(identity: str) -> bytes:
    from cryptography.fernet import Fernet

    key = Fernet.generate_key()
    folder = state_folder()
    try:
        if not os.path.isabs(folder):
            raise FileNotFoundError(errno.ENOENT, "")
        os.makedirs(folder, PRIVATE_FOLDER_MODE, exist_ok=True)
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | _NO_LINK
        with os.fdopen(os.open(_key_path(identity), flags, PRIVATE_MODE), "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
        with entered(folder, [], mode=None) as opened:
            opened.sync()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise OutputError(message("key_not_writable", reason=reason)) from None
    return key


def _cipher(key: bytes) -> Fernet:
    from cryptography.fernet import Fernet

    return Fernet(key)
