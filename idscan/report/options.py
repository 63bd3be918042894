"""What a report may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idscan.report.paths import PathMask
from idscan.run.traces import Traces

if TYPE_CHECKING:
    from idscan.core.results import ScanResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Options that every format understands.

    Attributes:
        reveal: whether values and paths are shown as they are.
        reproducible: whether run times are left out.
    """

    reveal: bool = False
    reproducible: bool = False

    def mask_for(self, result: ScanResult) -> PathMask:
        """Return the mask for paths and messages of a run."""
        return PathMask(reveal=True) if self.reveal else PathMask(Traces.of_run(result))
