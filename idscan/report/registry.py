"""All report formats by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, cast

from idscan.core.redaction import RedactResult, VerifyResult
from idscan.core.results import ScanResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from idscan.report.options import ReportOptions, RunResult


class WriteReport(Protocol):
    """Writes a whole report to a text stream."""

    def __call__(self, result: RunResult, stream: TextIO, options: ReportOptions) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One format.

    Attributes:
        name: as for `--format`.
        modules: for each kind of run that can be told in this format, the module whose `write` tells it; loaded
            when needed.
        suffixes: file names that mean this format.
        is_machine: True where programs read it: always UTF-8, the same in every language.
    """

    name: str
    modules: Mapping[type[RunResult], str]
    suffixes: tuple[str, ...]
    is_machine: bool

    def write(self, result: RunResult, stream: TextIO, options: ReportOptions) -> None:
        """Write a report in this format."""
        write = cast("WriteReport", import_module(self.modules[type(result)]).write)
        write(result, stream, options)


_TABLES = {
    ScanResult: "idscan.report.table",
    RedactResult: "idscan.report.redact_table",
    VerifyResult: "idscan.report.verify_table",
}
_JSON = dict.fromkeys(_TABLES, "idscan.report.json_report")

FORMATS = {
    entry.name: entry
    for entry in (
        ReportFormat("table", _TABLES, (".txt",), is_machine=False),
        ReportFormat("json", _JSON, (".json",), is_machine=True),
    )
}

DEFAULT_FORMAT = "table"


def formats_of(kind: type[RunResult]) -> list[str]:
    """Return the names of the formats in which a kind of run can be told."""
    return [entry.name for entry in FORMATS.values() if kind in entry.modules]


def format_of_file(name: str) -> ReportFormat | None:
    """Return the format that a file's suffix means, None if it means none."""
    suffix = PurePath(name).suffix.lower()
    return next((entry for entry in FORMATS.values() if suffix in entry.suffixes), None)
