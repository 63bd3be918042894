"""Store of a run: an encrypted sqlite3 file from which an interrupted run resumes.

The store lists the files that a run has finished, or is about to finish, with what a later run needs of each. In place,
an image that was replaced no longer shows the values that were read from it, so its record holds them: a number or a
name of one image is searched for in all others.

Records are encrypted with a key of their store, which lies in another folder: a copy of the images and of everything
beside them does not disclose a value, a path or a hash. A run that is finished removes store and key.

A record is on the disk when `Store.add` returns. The rollback journal of sqlite is used in mode TRUNCATE with
`synchronous = FULL`: the journal is on the disk before the database changes, and its truncation, which is the commit,
before the call returns. A process that is killed, or a power failure, leaves each record whole or absent. Mode WAL
would need shared memory and locks, which network file systems lack. Two runs are kept apart by the lock of the folder
(`redact.output.workspace`), so sqlite is opened without locks.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import os
import pickle
import re
import secrets
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from idscan.core.errors import OutputError
from idscan.core.messages import message
from idscan.run.atomic import NO_LINK, PRIVATE_FOLDER_MODE, PRIVATE_MODE, as_output_errors, entered

if TYPE_CHECKING:
    from collections.abc import Generator

    from cryptography.fernet import Fernet

Content = TypeVar("Content")

SIDE_FILE_SUFFIX = "-journal"
"""Of the rollback journal beside the store. After a kill it may hold the only intact copy of a page: never remove it
on its own."""
_SCHEMA_VERSION = 3
"""Formats 1 and 2 were text files."""

_SCHEMA = (
    # identity: names the key file. version: of the program that can decode the contents.
    "CREATE TABLE store (identity TEXT NOT NULL, version TEXT NOT NULL, is_finished INTEGER NOT NULL)",
    # digest, encrypted: stands for settings, engines and all sources of a run.
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, digest BLOB NOT NULL)",
    # key: keyed hash of what names the file. content: encrypted.
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        key BLOB NOT NULL,
        state TEXT NOT NULL,
        content BLOB NOT NULL
    )""",
    "CREATE INDEX files_of_key ON files (key)",
)
_TABLES = ("files", "runs", "store")

_TEXT_START = b"idscan journal "
"""How the text files of earlier versions begin."""
_MOST_PATH_BYTES = 480
"""sqlite opens paths of up to 512 bytes, of which the suffix of the side file takes a part."""
_VFS = "vfs=unix-none" if os.name == "posix" else "nolock=1"
"""The VFS without file locks, where there is one."""

_SETTINGS = (
    "trusted_schema = OFF",  # a store may have come with the images, from elsewhere
    "cell_size_check = ON",  # likewise
    "journal_mode = TRUNCATE",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "foreign_keys = ON",
)

_ID_BYTES = 16
"""Random bytes of an identity. Lower: two runs may collide; higher: longer names without use."""
_IDENTITY = re.compile(rf"[0-9a-f]{{{2 * _ID_BYTES}}}")


class FileState(StrEnum):
    """State of a record."""

    CURRENT = "current"
    SUPERSEDED = "superseded"  # the same file was recorded again


@dataclass(frozen=True, slots=True)
class StoredFile(Generic[Content]):
    """One file that a run has recorded.

    Attributes:
        run: digest of the settings, engines and sources of the run.
        state: whether a later record of the same file exists.
        content: what the run recorded.
    """

    run: str
    state: FileState
    content: Content


class LostRecordsError(OutputError):
    """A store exists whose records cannot be read."""

    def __init__(self, *, is_of_other_version: bool = False) -> None:
        """Name the remedy, which depends on whether another version of idscan can read the records."""
        super().__init__(message("lost_records_of_other_version" if is_of_other_version else "lost_records"))


class Store(Generic[Content]):
    """The store of one folder; `open` makes one.

    Attributes:
        files: what interrupted runs have recorded, the oldest first.
        is_empty: whether nothing would be lost with the store.
    """

    def __init__(self, path: str, connection: sqlite3.Connection, key: bytes) -> None:
        """Take an open database and its key."""
        self._path = path
        self._connection = connection
        self._key = key
        self._cipher = _cipher(key)
        self._runs: dict[str, int] = {}
        self.files: tuple[StoredFile[Content], ...] = ()
        self.is_empty = True

    @classmethod
    def open(cls, path: str, content_type: type[Content], *, version: str) -> Self:
        """Open the store that an interrupted run left, or make one.

        Args:
            path: of the store, in a folder that only this user and only this run can write to.
            content_type: class of what is recorded for each file.
            version: of the program; contents are pickled, so that no other version is sure to read them.

        Raises:
            LostRecordsError: if it holds records that cannot be read.
            OutputError: if it cannot be read or written.
        """
        with _sqlite_as_output_errors(), ExitStack() as opened:
            _check_format(path)
            connection = opened.enter_context(closing(_connect(path)))
            identity = _identity_of_left(connection)
            if identity is not None and _holds_records(connection):
                store = cls(path, connection, _key_of_left(connection, identity, version))
                store._load(content_type)
            else:
                store = cls(path, connection, _begin(path, connection, identity, version))
            opened.pop_all()
        return store

    def add(self, run: str, key: str, content: Content) -> None:
        """Record a file; the record is on the disk when this returns.

        Args:
            run: digest of the settings, engines and sources of the run.
            key: names the file; a later record with the same key supersedes this one.
            content: what a later run needs of the file; an instance of the class given to `open`.

        Raises:
            OutputError: if it cannot be written.
        """
        self.is_empty = False
        hashed = hmac.digest(self._key, key.encode("utf-8", "surrogateescape"), "sha256")
        encrypted = self._cipher.encrypt(pickle.dumps(content))
        with _sqlite_as_output_errors(), self._connection:
            number = self._runs.get(run) or self._insert_run(run, len(self._runs) + 1)
            self._connection.execute("UPDATE files SET state = ? WHERE key = ?", (FileState.SUPERSEDED, hashed))
            self._connection.execute(
                "INSERT INTO files (run, key, state, content) VALUES (?, ?, ?, ?)",
                (number, hashed, FileState.CURRENT, encrypted),
            )
        self._runs[run] = number

    def close(self) -> None:
        """Leave the store to the next run."""
        self._connection.close()
        _remove_empty_side_file(self._path)

    @staticmethod
    def remove(path: str) -> None:
        """Remove a store, its key first: what a disk keeps of removed files then discloses nothing.

        The store is marked as finished before, so that a next start does not take the key for lost.

        Raises:
            OSError: if the system refuses.
            OutputError: if the mark cannot be written.
        """
        if not os.path.lexists(path):
            return
        identity = _mark_finished(path)
        if identity is not None:
            _remove_if_there(_key_path(identity))
        _remove_if_there(path + SIDE_FILE_SUFFIX)
        os.unlink(path)

    def _insert_run(self, run: str, number: int) -> int:
        encrypted = self._cipher.encrypt(run.encode())
        self._connection.execute("INSERT INTO runs (id, digest) VALUES (?, ?)", (number, encrypted))
        return number

    def _load(self, content_type: type[Content]) -> None:
        runs = dict(self._connection.execute("SELECT id, digest FROM runs"))
        digests = {number: self._decrypted(digest).decode() for number, digest in runs.items()}
        rows = self._connection.execute("SELECT run, state, content FROM files ORDER BY id")
        files = [StoredFile(digests[run], FileState(state), self._content(content)) for run, state, content in rows]
        if not all(isinstance(file.content, content_type) for file in files):
            raise LostRecordsError(is_of_other_version=True)
        self._runs = {digest: number for number, digest in digests.items()}
        self.files = tuple(files)
        self.is_empty = False

    def _content(self, encrypted: bytes) -> Content:
        # Only a holder of the key can have written it.
        content: Content = pickle.loads(self._decrypted(encrypted))  # noqa: S301
        return content

    def _decrypted(self, encrypted: bytes) -> bytes:
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(encrypted)
        except InvalidToken:
            raise LostRecordsError from None


@contextlib.contextmanager
def _sqlite_as_output_errors() -> Generator[None, None, None]:
    """Turn errors of sqlite and the system into OutputError without a path, of a damaged file into LostRecordsError."""
    with as_output_errors():
        try:
            yield
        except sqlite3.OperationalError as error:
            is_full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
            reason = os.strerror(errno.ENOSPC) if is_full else str(error)
            raise OutputError(message("output_not_writable", reason=reason)) from None
        except sqlite3.DatabaseError:
            raise LostRecordsError from None


def _check_format(path: str) -> None:
    """Make an empty private file if there is none; LostRecordsError if it is a text file of an earlier version."""
    if len(os.fsencode(os.path.abspath(path))) > _MOST_PATH_BYTES:
        raise OSError(errno.ENAMETOOLONG, "")
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | NO_LINK, PRIVATE_MODE), "rb") as stream:
        start = stream.read(len(_TEXT_START))
    if start == _TEXT_START:
        raise LostRecordsError(is_of_other_version=True)


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=rw&{_VFS}", uri=True)
    try:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _identity_of_left(connection: sqlite3.Connection) -> str | None:
    """Return the identity of a store that was made earlier; None of an empty database.

    LostRecordsError if the schema is that of another version, or the identity is none that idscan makes.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _SCHEMA_VERSION:
        (identity,) = connection.execute("SELECT identity FROM store").fetchone() or ("",)
        # Whatever made the store must not choose which file is read as its key, or removed with it.
        if not _IDENTITY.fullmatch(str(identity)):
            raise LostRecordsError
        return str(identity)
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise LostRecordsError(is_of_other_version=True)
    return None


def _holds_records(connection: sqlite3.Connection) -> bool:
    (is_finished,) = connection.execute("SELECT is_finished FROM store").fetchone()
    return not is_finished and connection.execute("SELECT count(*) FROM files").fetchone() != (0,)


def _key_of_left(connection: sqlite3.Connection, identity: str, version: str) -> bytes:
    (stored,) = connection.execute("SELECT version FROM store").fetchone()
    if stored != version:
        raise LostRecordsError(is_of_other_version=True)
    key = _read_key(identity)
    if key is None:
        raise LostRecordsError
    return key


def _begin(path: str, connection: sqlite3.Connection, identity: str | None, version: str) -> bytes:
    """Make the tables, then a key, and return the key: tables without a key, of a run that died between, hold nothing.

    The identity is that of a store without records that is made anew, whose key is overwritten. If the key cannot be
    kept, the store is removed and OutputError raised.
    """
    identity = identity or secrets.token_hex(_ID_BYTES)
    with connection:
        connection.execute("BEGIN")
        for table in _TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO store VALUES (?, ?, 0)", (identity, version))
        connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    with entered(os.path.dirname(path), [], mode=None) as folder:
        folder.sync()
    try:
        return _write_key(identity)
    except OutputError:
        connection.close()
        _remove_if_there(path + SIDE_FILE_SUFFIX)
        os.unlink(path)
        raise


def _mark_finished(path: str) -> str | None:
    """Mark a store as finished and return its identity; None if it is no store that this version can read."""
    try:
        with _sqlite_as_output_errors(), closing(_connect(path)) as connection:
            identity = _identity_of_left(connection)
            if identity is not None:
                with connection:
                    connection.execute("UPDATE store SET is_finished = 1")
            return identity
    except LostRecordsError:
        return None


def _remove_empty_side_file(path: str) -> None:
    """Remove the side file of a closed store, which mode TRUNCATE leaves; one with content is needed to recover."""
    with contextlib.suppress(OSError):
        if os.lstat(path + SIDE_FILE_SUFFIX).st_size == 0:
            os.unlink(path + SIDE_FILE_SUFFIX)


def _remove_if_there(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def state_folder() -> str:
    """Return the folder for the state of this user's programs (XDG base directories, 0.8)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    # Where the home folder is not known, "~" stays, and no folder of that name is made.
    base = given if os.path.isabs(given) else os.path.expanduser("~/.local/state")
    return os.path.join(base, "idscan")


def _key_path(identity: str) -> str:
    return os.path.join(state_folder(), f"store-{identity}.key")


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
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | NO_LINK
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
