"""What a run has published already, so that one that was cut off can go on.

A line holds two digests: a salted one of what went in (source, settings, target), and that of the file that came out.
Neither path nor value can be read from it; a target's name, which may be a person's number behind a plain digest, is
hidden by a salt that leaves with the journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING, Self

from idscan.core.errors import OutputError
from idscan.redact.durable import PRIVATE_MODE, entered, told_failures

if TYPE_CHECKING:
    from types import TracebackType

_HEAD = re.compile(rb"idscan journal 1 ([0-9a-f]{64})")
_ENTRY = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64})")
_SALT_BYTES = 32
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Journal:
    """The journal of one output folder; a context manager."""

    def __init__(self, descriptor: int, folder: str) -> None:
        """Use `open` instead: it finds out where the journal is."""
        self._descriptor = descriptor
        self._folder = folder
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            *lines, torn = stream.read().split(b"\n")
        head = _HEAD.fullmatch(lines[0]) if lines else None
        # A power cut may leave half a line at the end, or blocks of zeros.
        self._is_torn = bool(torn)
        self._entries = {match[1]: match[2].decode() for line in lines if (match := _ENTRY.fullmatch(line))}
        if head:
            self._salt = bytes.fromhex(head[1].decode())
        else:
            self._salt = secrets.token_bytes(_SALT_BYTES)
            os.ftruncate(descriptor, 0)
            self._is_torn = False
            self._append(b"idscan journal 1 " + self._salt.hex().encode())

    @classmethod
    def open(cls, path: str, folder: str) -> Self:
        """Open the journal of an earlier run, or begin one.

        Args:
            path: of the journal, as `Workplace.journal_path` tells it.
            folder: the output folder.

        Raises:
            OutputError: if it cannot be read or written.
        """
        with told_failures(folder), contextlib.ExitStack() as opened:
            descriptor = os.open(path, _FLAGS, PRIVATE_MODE)
            opened.callback(os.close, descriptor)
            journal = cls(descriptor, folder)
            opened.pop_all()
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def done(self, source_sha256: str, settings_digest: str, target: str) -> str | None:
        """Return the SHA-256 of the result that was published for a source.

        None if there is none, or if there is no plain file with these bytes at its place any more.

        Args:
            source_sha256: of the source's bytes, in hex.
            settings_digest: stands for all that the result depends on besides.
            target: path of the result below the output folder.
        """
        published = self._entries.get(self._key(source_sha256, settings_digest, target))
        if published is None:
            return None
        *parents, name = target.split("/")
        with contextlib.suppress(OSError, OutputError), entered(self._folder, parents, mode=None) as folder:
            return published if folder.digest(name) == published else None
        return None

    def add(self, source_sha256: str, settings_digest: str, target: str, published_sha256: str) -> None:
        """Remember a result, on the disk, after it was published.

        Raises:
            OutputError: if it cannot be written.
        """
        key = self._key(source_sha256, settings_digest, target)
        with told_failures():
            self._append(key + b" " + published_sha256.encode())
        self._entries[key] = published_sha256

    def _append(self, line: bytes) -> None:
        pending = b"\n" * self._is_torn + line + b"\n"
        self._is_torn = True  # until the whole line is written
        while pending:
            pending = pending[os.write(self._descriptor, pending) :]
        self._is_torn = False
        os.fsync(self._descriptor)

    def _key(self, *facts: str) -> bytes:
        # A zero byte stands in no path, so the facts cannot run into each other.
        text = "\0".join(facts).encode("utf-8", "surrogateescape")
        return hmac.new(self._salt, text, hashlib.sha256).hexdigest().encode()
