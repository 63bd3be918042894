"""Keeps what third-party code prints away from the report and from the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT, _STDERR = 1, 2


def silence_process() -> None:
    """Send everything this process prints from now on to nowhere, that of C libraries included."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (_STDOUT, _STDERR):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Silence this process for a while.

    Both the descriptors (C libraries print there) and `sys.stdout` and `sys.stderr` (they may be something else,
    under a test or in a notebook) lead nowhere inside the block.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (_STDOUT, _STDERR)]
    try:
        silence_process()
        with (
            open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: PTH123  a device, not a file
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            yield
    finally:
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)
