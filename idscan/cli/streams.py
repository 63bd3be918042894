"""Standard streams: stdout carries the report, stderr is for people."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from idscan.cli.options import name_unwritable
from idscan.core.errors import ExitCode, OutputError, UsageError
from idscan.report.masking import PathMask
from idscan.report.messages import _, translated
from idscan.report.registry import DEFAULT_FORMAT, FORMATS, format_of_file
from idscan.run.atomic import TargetExistsError, check_writable, write_privately

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from idscan.report.registry import ReportFormat, ReportOptions, RunResult


class ReaderGoneError(OutputError):
    """The reader of stdout has closed it, as `head` does; there is no one to inform."""


def open_missing_streams() -> None:
    """Put the null device where the caller closed a standard stream, so that nothing else is opened in its place.

    That of stdout refuses what is written to it: a report without a reader was not delivered.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, which is this one.
            os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def complain(message: str) -> None:
    """Print an error for people; digits of the shape of a citizen number are masked, control characters shown."""
    mask = PathMask()
    tell("\n".join(mask.message(line) for line in f"idscan: {message}".split("\n")))


def tell(message: str) -> None:
    """Print a line for people; a stderr that is gone is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        _spell_anything(sys.stderr)
        sys.stderr.write(message + "\n")
        sys.stderr.flush()


@contextlib.contextmanager
def report_stdout(*, is_machine: bool = False) -> Iterator[TextIO]:
    """Give stdout for a report: UTF-8 for machines, the terminal's encoding for people; raises as `flush_stdout`."""
    try:
        _spell_anything(sys.stdout)
        if is_machine and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        yield sys.stdout
    except OSError as error:
        raise unwritable_stdout(error) from None
    except SystemExit:
        # So ends rich where the reader is gone.
        abandon_stdout()
        raise ReaderGoneError from None
    flush_stdout()


def check_stdout() -> None:
    """Raise OutputError, before any work, if the caller closed stdout."""
    try:
        os.write(sys.stdout.fileno(), b"")
    except io.UnsupportedOperation:
        return  # no file of the system, which cannot be closed like one
    except OSError as error:
        raise unwritable_stdout(error) from None


def flush_stdout() -> None:
    """Write what is still held back; ReaderGoneError if the reader is gone, OutputError if it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        raise unwritable_stdout(error) from None


def abandon_stdout() -> None:
    """Lead stdout nowhere, so that Python's own flush at its end stays silent."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def is_of_click(error: OSError) -> bool:
    """Return whether an error comes of click, which prints help and version to stdout and opens no file here."""
    *_above, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__", "")).startswith("click.")


def unwritable_stdout(error: OSError) -> OutputError:
    """Return what to end with where stdout cannot be written, and write no more to it."""
    abandon_stdout()
    if isinstance(error, BrokenPipeError):
        return ReaderGoneError()
    if error.errno == errno.EBADF:
        return OutputError(_("the report cannot be written: standard output is closed"))
    return OutputError(_("the report cannot be written: {reason}").format(reason=os.strerror(error.errno or 0)))


def _spell_anything(stream: TextIO) -> None:
    """Let a stream write letters its encoding lacks as escapes, rather than fail."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


STDOUT = "-"

_OWN_REPORT_START = b'{"schema_version"'
"""First bytes of a report of idscan itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a report goes and what it may show.

    Attributes:
        report_format: how it is written.
        file: None for standard output.
        force: whether the file may be replaced.
        options: what it may show.
    """

    report_format: ReportFormat
    file: str | None
    force: bool
    options: ReportOptions

    @classmethod
    def to(cls, output: str | None, format_name: str | None, options: ReportOptions, *, force: bool) -> Delivery:
        """Parse the options of a report; UsageError if its format cannot be determined."""
        file = None if output in {None, STDOUT} else output
        report_format = FORMATS[format_name] if format_name else _format_for(file)
        return cls(report_format=report_format, file=file, force=force, options=options)

    @property
    def shows_table(self) -> bool:
        """Whether people are shown the report itself, rather than a file or text for programs."""
        return self.file is None and not self.report_format.is_machine

    def check(self, scanned: Sequence[str]) -> None:
        """Raise OutputError, before any work, if the report cannot be written."""
        if self.file:
            _check_replaceable(self.file, scanned, force=self.force)
            with name_unwritable(PathMask(reveal=self.options.reveal)):
                check_writable(self.file)
        else:
            check_stdout()

    def deliver(self, result: RunResult) -> ExitCode:
        """Write the report; print a message if that fails, and let the run end as it did unless this is worse."""
        try:
            with name_unwritable(self.options.mask_for(result)):
                self._write(result)
        except ReaderGoneError as error:
            return error.exit_code
        except OutputError as error:
            complain(translated(error.message))
            return error.exit_code
        return ExitCode.CLEAN

    def _write(self, result: RunResult) -> None:
        if self.file:
            try:
                write_privately(self.file, partial(self._write_text, result), may_replace=self.force)
            except TargetExistsError:
                raise OutputError(_("the output file exists by now; choose another name")) from None
        else:
            with report_stdout(is_machine=self.report_format.is_machine) as stream:
                self.report_format.write(result, stream, self.options)

    def _write_text(self, result: RunResult, stream: BinaryIO) -> None:
        # A byte that is no UTF-8 cannot reach here: paths and values are made printable first.
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
        try:
            self.report_format.write(result, text, self.options)
        finally:
            text.detach()  # flushes, and leaves the file open


def _check_replaceable(file: str, scanned: Sequence[str], *, force: bool) -> None:
    """Raise OutputError, without a path in its message, if a file would be replaced which must stay.

    Among the files and folders that are scanned only an earlier report is replaced.
    """
    path = Path(file)
    if not os.path.lexists(path):
        return
    if not force:
        raise OutputError(_("the output file exists; choose another name, or replace it with --force"))
    if path.is_symlink() or not path.is_file():
        raise OutputError(_("the output is not a plain file; choose another name"))
    real = path.resolve()
    if any(real.is_relative_to(Path(given).resolve()) for given in scanned) and not _is_own_report(path):
        raise OutputError(_("the output file is one of those to scan, which are never changed; choose another"))


def _is_own_report(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_OWN_REPORT_START)) == _OWN_REPORT_START
    except OSError:
        return False


def _format_for(file: str | None) -> ReportFormat:
    if file is None:
        return FORMATS[DEFAULT_FORMAT]
    report_format = format_of_file(file)
    if report_format is None:
        raise UsageError(_("the format does not follow from the name of the output file; choose one with --format"))
    return report_format
