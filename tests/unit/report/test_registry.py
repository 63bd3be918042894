from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from idscan.cli.streams import Delivery
from idscan.core.errors import ExitCode
from idscan.core.types import RedactResult, ScanResult, VerifyResult
from idscan.report.registry import (
    DEFAULT_FORMAT,
    FORMATS,
    LateWriter,
    ReportFormat,
    ReportOptions,
    format_of_file,
    formats_of,
    scan_of,
)
from tests.factories import typical_redact_run, typical_run, typical_verify_run

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from idscan.report.registry import RunResult


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(
    ("result", "word"), [(typical_run(), "front"), (typical_redact_run(), "redacted"), (typical_verify_run(), "back")]
)
def test_every_format_writes_a_report_of_the_runs_that_it_takes(name: str, result: RunResult, word: str) -> None:
    if type(result) not in FORMATS[name].kinds:
        return
    stream = io.StringIO()
    FORMATS[name].write(result, stream, ReportOptions())
    assert "photos/shop/" in stream.getvalue()
    assert word in stream.getvalue()


def test_a_format_is_offered_only_for_what_it_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {kind: formats_of(kind) for kind in (ScanResult, RedactResult, VerifyResult)}
    scans_only = ReportFormat("csv", LateWriter("somewhere"), (".csv",), is_machine=True, kinds=(ScanResult,))
    monkeypatch.setitem(FORMATS, "csv", scans_only)
    assert {kind: formats_of(kind) for kind in before} == {**before, ScanResult: [*before[ScanResult], "csv"]}


def test_a_new_format_is_one_row_and_writes_a_scan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write(result: RunResult, stream: TextIO, options: ReportOptions) -> None:
        mask = options.mask_for(result)
        stream.writelines(f"{mask.path(image.ref.path).text}\n" for image in scan_of(result).images)

    made_up = ReportFormat("paths", write, (".paths",), is_machine=True, kinds=(ScanResult,))
    monkeypatch.setitem(FORMATS, made_up.name, made_up)
    report = tmp_path / "scan.paths"
    assert Delivery.to(str(report), None, ReportOptions(), force=False).deliver(typical_run()) == ExitCode.CLEAN
    assert len(report.read_text().splitlines()) == len(typical_run().images)


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT_FORMAT in FORMATS


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.json", "json"), ("a/B.JSON", "json"), ("a.txt", "table"), ("json", None), ("a.jpg", None)],
)
def test_a_suffix_means_a_format(name: str, expected: str | None) -> None:
    found = format_of_file(name)
    assert (found.name if found else None) == expected
