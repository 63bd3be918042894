"""Paths from the command line and from standard input."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from idscan.core.errors import OutputError, UnwritableError, UsageError
from idscan.report.i18n import _
from idscan.report.paths import PathMask
from idscan.run.scan import NothingToScanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from idscan.report.options import ReportOptions

STDIN = "-"
_MOST_NAMED = 5


def expand_paths(paths: Sequence[str], *, is_null: bool) -> tuple[str, ...]:
    """Return the paths to scan, those of standard input in the place of "-".

    Raises:
        UsageError: if there is none, or `is_null` without "-".
    """
    if is_null and STDIN not in paths:
        raise UsageError(_("-0 is about paths on standard input; add the path -"))
    expanded = [path for given in paths for path in (_from_stdin(is_null=is_null) if given == STDIN else [given])]
    if not expanded:
        raise UsageError(_("name at least one picture or folder; see --help"))
    return tuple(expanded)


def _from_stdin(*, is_null: bool) -> list[str]:
    separator = b"\0" if is_null else b"\n"
    entries = sys.stdin.buffer.read().split(separator)
    return [os.fsdecode(entry if is_null else entry.removesuffix(b"\r")) for entry in entries if entry.strip(b"\r")]


@contextlib.contextmanager
def name_missing(options: ReportOptions) -> Iterator[None]:
    """Name the paths, as safely as the report would, when none of them exists."""
    try:
        yield
    except NothingToScanError as error:
        mask = PathMask(reveal=options.reveal)
        names = [mask.path(path).text for path in error.paths[:_MOST_NAMED]]
        if len(error.paths) > _MOST_NAMED:
            names.append("...")
        raise UsageError(_("no such file or folder: {paths}").format(paths=", ".join(names))) from None


@contextlib.contextmanager
def name_unwritable(mask: PathMask) -> Iterator[None]:
    """Name the place that cannot be written to, as safely as the report would, and what to do about it."""
    try:
        yield
    except UnwritableError as error:
        sentence = _("cannot write to {path}: {reason}; choose another place, or check the folder and its permissions")
        raise OutputError(sentence.format(path=mask.path(error.path).text, reason=error.reason)) from None
