"""The installed command as a process of its own, and what it leaves on disk."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_SECONDS = 600
_WAITS = 2400
_WAIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which the command speaks English, on wide lines."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "COLUMNS": "200", **more}


def start(*arguments: str | Path, cwd: Path, module: str = "idscan", **more: str) -> subprocess.Popen[str]:
    """Start the command in a process group of its own."""
    if module != "idscan":
        more = {"PYTHONPATH": str(Path(__file__).parents[2]), **more}
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=cwd,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def idscan(*arguments: str | Path, cwd: Path, **more: str) -> Ended:
    """Run the command to its end."""
    with start(*arguments, cwd=cwd, **more) as process:
        out, err = process.communicate(timeout=_MOST_SECONDS)
    return Ended(process.returncode, out, err)


class _FullOnce(io.RawIOBase):
    """A stream whose first write fails for lack of space; then it leads nowhere, as stdout does after such an error."""

    is_full = True

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        if self.is_full:
            self.is_full = False
            raise OSError(errno.ENOSPC, "made up")
        return memoryview(data).nbytes  # type: ignore[arg-type]


def unwritable(error: int) -> io.TextIOWrapper:
    """Return a stream to a full disk (ENOSPC), or to a pipe whose reader has left (EPIPE)."""
    if error == errno.ENOSPC:
        return io.TextIOWrapper(io.BufferedWriter(_FullOnce()), encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    """Return each file below a folder, temporary ones included, by its way from there."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so, and fail if it never is."""
    for _ in range(_WAITS):
        if condition():
            return
        time.sleep(_WAIT_SECONDS)
    pytest.fail("it did not happen")


def running_in_group(group: int) -> list[int]:
    """Return the processes of a group that still run; those that ended and that nobody asked for do not."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(path.parent.name))
    return found
