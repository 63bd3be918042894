"""What a report may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from idscan.core.redaction import RedactResult, VerifyResult
from idscan.core.results import ScanResult
from idscan.report.paths import PathMask
from idscan.run.traces import Traces

RunResult: TypeAlias = ScanResult | RedactResult | VerifyResult
"""What a report can be about: a run of `scan`, `redact` or `verify`."""


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
        return PathMask(reveal=True) if self.reveal else PathMask(Traces.of_run(scan_of(result)))
