"""A report becomes a file: whole or not at all, for its owner's eyes only, never over something else."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from idscan.core.errors import OutputError, UnwritableError
from idscan.report.messages import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

_OWN_REPORT_START = b'{"schema_version"'
"""How idscan's own reports begin."""

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def check_writable(target: str, scanned: Sequence[str], *, force: bool) -> None:
    """Make sure, before any work, that a report can be written.

    Args:
        target: the file to be.
        scanned: files and folders that are scanned; nothing among them is replaced but an earlier report.
        force: whether an existing file may be replaced.

    Raises:
        UnwritableError: if the system refuses.
        OutputError: if something is there that must stay; no message names a path.
    """
    path = Path(target)
    if os.path.lexists(path):
        if not force:
            raise OutputError(_("the output file exists; choose another name, or replace it with --force"))
        if path.is_symlink() or not path.is_file():
            raise OutputError(_("the output is not a plain file; choose another name"))
        if _is_among(path, scanned) and not _is_own_report(path):
            raise OutputError(_("the output file is one of those to scan, which are never changed; choose another"))
    try:
        probe = _temporary_file(path)
    except OSError as error:
        raise _unwritable(target, error) from None
    probe.unlink()


def write_privately(target: str, write: Callable[[TextIO], None], *, force: bool) -> None:
    """Write a file through a temporary one beside it; only its owner may read it.

    Raises:
        UnwritableError: if the system refuses.
        OutputError: if it exists by now and `force` is not set.
    """
    path = Path(target)
    try:
        temporary = _temporary_file(path)
        try:
            # A byte that is no UTF-8 cannot reach here: paths and values are made printable first.
            with temporary.open("w", encoding="utf-8", newline="\n") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            _publish(temporary, path, force=force)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
    except FileExistsError:
        raise OutputError(_("the output file exists by now; choose another name")) from None
    except OSError as error:
        raise _unwritable(target, error) from None


def _publish(temporary: Path, path: Path, *, force: bool) -> None:
    if not force:
        try:
            os.link(temporary, path)  # unlike a rename, fails if something is there
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            if os.path.lexists(path):
                raise FileExistsError from None
        else:
            return
    temporary.replace(path)


def _temporary_file(path: Path) -> Path:
    """Create an empty file that only its owner may read, in the folder of the file to be."""
    descriptor, name = tempfile.mkstemp(prefix=".idscan-", dir=path.parent)
    os.close(descriptor)
    return Path(name)


def _is_among(path: Path, scanned: Sequence[str]) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(Path(given).resolve()) for given in scanned)


def _is_own_report(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_OWN_REPORT_START)) == _OWN_REPORT_START
    except OSError:
        return False


def _unwritable(target: str, error: OSError) -> UnwritableError:
    reason = os.strerror(error.errno or 0)
    message = _("the output file cannot be written: {reason}").format(reason=reason)
    return UnwritableError(message, path=target, reason=reason)
