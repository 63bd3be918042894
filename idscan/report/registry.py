"""All report formats by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from typing import TextIO

    from idscan.core.results import ScanResult
    from idscan.report.options import ReportOptions


class WriteReport(Protocol):
    """Writes a whole report to a text stream."""

    def __call__(self, result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One format.

    Attributes:
        name: as for `--format`.
        module: module whose `write` makes it; loaded when needed.
        suffixes: file names that mean this format.
        is_machine: True where programs read it: always UTF-8, the same in every language.
    """

    name: str
    module: str
    suffixes: tuple[str, ...]
    is_machine: bool

    def write(self, result: ScanResult, stream: TextIO, options: ReportOptions) -> None:
        """Write a report in this format."""
        write = cast("WriteReport", import_module(self.module).write)
        write(result, stream, options)


FORMATS = {
    entry.name: entry
    for entry in (
        ReportFormat("table", "idscan.report.table", (".txt",), is_machine=False),
        ReportFormat("json", "idscan.report.json_report", (".json",), is_machine=True),
    )
}

DEFAULT_FORMAT = "table"


def format_of_file(name: str) -> ReportFormat | None:
    """Return the format that a file's suffix means, None if it means none."""
    suffix = PurePath(name).suffix.lower()
    return next((entry for entry in FORMATS.values() if suffix in entry.suffixes), None)
