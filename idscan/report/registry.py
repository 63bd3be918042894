"""Registry of report formats: one row per format; and the options that all of them take."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from idscan.core.types import RedactResult, ScanResult, VerifyResult
from idscan.report.masking import PathMask
from idscan.run.pii_matcher import PiiMatcher

if TYPE_CHECKING:
    from typing import TextIO

RunResult: TypeAlias = ScanResult | RedactResult | VerifyResult
"""Result of a run of `scan`, `redact` or `verify`, each of which can be reported."""


def scan_of(result: RunResult) -> ScanResult:
    """Return what a run has read."""
    return result if isinstance(result, ScanResult) else result.scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Options that every format understands.

    Attributes:
        reveal: whether values and paths are shown as they are.
        reproducible: whether run times are left out.
    """

    reveal: bool = False
    reproducible: bool = False

    def mask_for(self, result: RunResult) -> PathMask:
        """Return the mask for paths and messages of a run."""
        return PathMask(reveal=True) if self.reveal else PathMask(PiiMatcher.of_run(scan_of(result)))


class WriteReport(Protocol):
    """Writes a whole report to a text stream."""

    def __call__(self, result: RunResult, stream: TextIO, options: ReportOptions, /) -> None:
        """Write it."""


@dataclass(frozen=True, slots=True)
class LateWriter:
    """The function `write` of a module of this room, which is imported when it is called."""

    module: str

    def __call__(self, result: RunResult, stream: TextIO, options: ReportOptions, /) -> None:
        """Write a report."""
        write = cast("WriteReport", import_module(f"idscan.report.{self.module}").write)
        write(result, stream, options)


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One row of the registry: a format.

    Attributes:
        name: as for `--format`.
        write: writes a report.
        suffixes: file names that mean this format.
        is_machine: True where programs read it: always UTF-8, the same in every language.
        kinds: results that can be reported in this format.
    """

    name: str
    write: WriteReport
    suffixes: tuple[str, ...]
    is_machine: bool
    kinds: tuple[type[RunResult], ...] = (ScanResult, RedactResult, VerifyResult)


FORMATS = {
    entry.name: entry
    for entry in (
        ReportFormat("table", LateWriter("table"), (".txt",), is_machine=False),
        ReportFormat("json", LateWriter("json_report"), (".json",), is_machine=True),
    )
}

DEFAULT_FORMAT = "table"


def formats_of(kind: type[RunResult]) -> list[str]:
    """Return the names of the formats in which a kind of run can be reported."""
    return [entry.name for entry in FORMATS.values() if kind in entry.kinds]


def format_of_file(name: str) -> ReportFormat | None:
    """Return the format that a file's suffix means, None if it means none."""
    suffix = PurePath(name).suffix.lower()
    return next((entry for entry in FORMATS.values() if suffix in entry.suffixes), None)
