"""The report of a run on its way out: to standard output or to a private file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.cli.inputs import name_unwritable
from idscan.cli.streams import ReaderGoneError, check_stdout, complain, report_stdout
from idscan.core.errors import ExitCode, OutputError, UsageError
from idscan.report.i18n import _
from idscan.report.paths import PathMask
from idscan.report.publish import check_writable, write_privately
from idscan.report.registry import DEFAULT_FORMAT, FORMATS, format_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.report.options import ReportOptions, RunResult
    from idscan.report.registry import ReportFormat

STDOUT = "-"


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
        """Understand what the command line says of a report.

        Raises:
            UsageError: if nothing tells its format.
        """
        file = None if output in {None, STDOUT} else output
        report_format = FORMATS[format_name] if format_name else _format_for(file)
        return cls(report_format=report_format, file=file, force=force, options=options)

    @property
    def shows_table(self) -> bool:
        """Whether people are shown the report itself, rather than a file or text for programs."""
        return self.file is None and not self.report_format.is_machine

    def check(self, scanned: Sequence[str]) -> None:
        """Make sure, before any work, that the report can be written.

        Raises:
            OutputError: if it cannot.
        """
        if self.file:
            with name_unwritable(PathMask(reveal=self.options.reveal)):
                check_writable(self.file, scanned, force=self.force)
        else:
            check_stdout()

    def deliver(self, result: RunResult) -> ExitCode:
        """Write the report; tell people if that fails, and let the run end as it did unless this is worse."""
        try:
            with name_unwritable(self.options.mask_for(result)):
                self._write(result)
        except ReaderGoneError as error:
            return error.exit_code
        except OutputError as error:
            complain(str(error))
            return error.exit_code
        return ExitCode.CLEAN

    def _write(self, result: RunResult) -> None:
        if self.file:
            write_privately(
                self.file,
                lambda stream: self.report_format.write(result, stream, self.options),
                force=self.force,
            )
        else:
            with report_stdout(is_machine=self.report_format.is_machine) as stream:
                self.report_format.write(result, stream, self.options)


def _format_for(file: str | None) -> ReportFormat:
    if file is None:
        return FORMATS[DEFAULT_FORMAT]
    report_format = format_of_file(file)
    if report_format is None:
        raise UsageError(_("the name of the output file does not tell its format; choose one with --format"))
    return report_format
