"""Which files a report may replace, and what the command line says where it may not."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from idscan.cli.streams import Delivery
from idscan.core.errors import ExitCode, OutputError
from idscan.report.registry import ReportOptions
from idscan.run import atomic
from tests.factories import chip_front, image, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from idscan.core.types import ScanResult


@pytest.fixture
def result() -> ScanResult:
    return run_of(image("in/a.jpg", chip_front()))


def delivery(file: Path, *, force: bool = False) -> Delivery:
    return Delivery.to(str(file), "json", ReportOptions(), force=force)


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def test_a_report_is_for_its_owner_only(tmp_path: Path, result: ScanResult) -> None:
    assert delivery(tmp_path / "r.json").deliver(result) is ExitCode.CLEAN
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o600
    assert (tmp_path / "r.json").read_bytes().startswith(b'{"schema_version"')
    assert names_in(tmp_path) == ["r.json"]


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    delivery(tmp_path / "r.json").check([str(tmp_path)])
    assert names_in(tmp_path) == []


def test_an_existing_file_is_not_replaced_without_force(
    tmp_path: Path, result: ScanResult, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "r.json"
    target.write_text("precious")
    with pytest.raises(OutputError, match="replace it with --force") as caught:
        delivery(target).check([])
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    assert delivery(target).deliver(result) is ExitCode.CANNOT_WRITE
    assert "the output file exists by now; choose another name" in capsys.readouterr().err
    assert target.read_text() == "precious"
    assert names_in(tmp_path) == ["r.json"]


def test_force_replaces_a_file_elsewhere(tmp_path: Path, result: ScanResult) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")
    forced = delivery(target, force=True)
    forced.check([str(tmp_path / "images")])
    assert forced.deliver(result) is ExitCode.CLEAN
    assert target.read_text(encoding="utf-8").startswith('{"schema_version"')


def test_force_never_replaces_what_is_scanned_except_an_earlier_report(tmp_path: Path) -> None:
    original, report = tmp_path / "a.json", tmp_path / "r.json"
    original.write_text('{"evidence": 1}')
    report.write_text('{"schema_version": 1,')
    for scanned in (str(tmp_path), str(original)):
        with pytest.raises(OutputError, match="one of those to scan"):
            delivery(original, force=True).check([scanned])
    delivery(report, force=True).check([str(tmp_path)])


def test_force_never_replaces_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "r.json"
    target.write_text('{"schema_version": 1,')

    def refuse(*_args: object) -> None:
        raise PermissionError(errno.EACCES, "made up")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OutputError, match="one of those to scan"):
        delivery(target, force=True).check([str(tmp_path)])


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_force_never_replaces_a_folder_or_a_link(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "r.json"
    if kind == "folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="not a plain file"):
        delivery(target, force=True).check([])


def test_a_folder_that_is_missing_is_reported_before_the_scan(
    tmp_path: Path, result: ScanResult, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "missing" / "r.json"
    with pytest.raises(OutputError, match=r"cannot write to .*missing.*: No such file"):
        delivery(target).check([])
    assert delivery(target).deliver(result) is ExitCode.CANNOT_WRITE
    assert "No such file or directory" in capsys.readouterr().err


def test_a_full_disk_is_reported_and_leaves_nothing(
    tmp_path: Path, result: ScanResult, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "made up")

    monkeypatch.setattr(atomic.os, "fsync", refuse)
    assert delivery(tmp_path / "r.json").deliver(result) is ExitCode.CANNOT_WRITE
    assert os.strerror(errno.ENOSPC) in capsys.readouterr().err
    assert names_in(tmp_path) == []
