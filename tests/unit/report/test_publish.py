from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from idscan.core.errors import ExitCode, OutputError, UnwritableError
from idscan.report import publish
from idscan.report.publish import check_writable, write_privately

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def write_hello(stream: TextIO) -> None:
    stream.write("hello ảnh\n")


def test_a_report_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_privately(str(tmp_path / "r.json"), write_hello, force=False)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o600
    assert (tmp_path / "r.json").read_bytes() == "hello ảnh\n".encode()
    assert names_in(tmp_path) == ["r.json"]


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(str(tmp_path / "r.json"), [str(tmp_path)], force=False)
    assert names_in(tmp_path) == []


def test_an_existing_file_is_not_replaced_without_force(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("precious")
    with pytest.raises(OutputError) as caught:
        check_writable(str(target), [], force=False)
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    with pytest.raises(OutputError):
        write_privately(str(target), write_hello, force=False)
    assert target.read_text() == "precious"
    assert names_in(tmp_path) == ["r.json"]


def test_force_replaces_a_file_elsewhere(tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    target.write_text("old")
    check_writable(str(target), [str(tmp_path / "pictures")], force=True)
    write_privately(str(target), write_hello, force=True)
    assert target.read_text(encoding="utf-8") == "hello ảnh\n"


def test_force_never_replaces_what_is_scanned_except_an_earlier_report(tmp_path: Path) -> None:
    original, report = tmp_path / "a.json", tmp_path / "r.json"
    original.write_text('{"evidence": 1}')
    report.write_text('{"schema_version": 1,')
    for scanned in (str(tmp_path), str(original)):
        with pytest.raises(OutputError):
            check_writable(str(original), [scanned], force=True)
    check_writable(str(report), [str(tmp_path)], force=True)


def test_force_never_replaces_a_file_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "r.json"
    target.write_text('{"schema_version": 1,')

    def refuse(*_args: object) -> None:
        raise PermissionError(errno.EACCES, "made up")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OutputError):
        check_writable(str(target), [str(tmp_path)], force=True)


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_force_never_replaces_a_folder_or_a_link(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "r.json"
    if kind == "folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError):
        check_writable(str(target), [], force=True)


def test_a_folder_that_is_not_there_is_told_before_the_scan(tmp_path: Path) -> None:
    target = str(tmp_path / "missing" / "r.json")
    with pytest.raises(UnwritableError, match="No such file") as checked:
        check_writable(target, [], force=False)
    with pytest.raises(UnwritableError, match="No such file") as written:
        write_privately(target, write_hello, force=False)
    for caught in (checked.value, written.value):
        assert (caught.path, caught.reason) == (target, "No such file or directory")
        assert "missing" not in str(caught)


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(stream: TextIO) -> None:
        stream.write("half")
        raise OSError(errno.ENOSPC, "made up")

    with pytest.raises(OutputError, match="No space left"):
        write_privately(str(tmp_path / "r.json"), fail, force=False)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_file_system_without_hard_links_works_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exists: bool
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.EPERM, "made up")

    monkeypatch.setattr(publish.os, "link", refuse)
    target = tmp_path / "r.json"
    if exists:
        target.write_text("precious")
        with pytest.raises(OutputError):
            write_privately(str(target), write_hello, force=False)
        assert target.read_text() == "precious"
    else:
        write_privately(str(target), write_hello, force=False)
        assert names_in(tmp_path) == ["r.json"]


def test_other_failures_of_linking_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(errno.EIO, "made up")

    monkeypatch.setattr(publish.os, "link", refuse)
    with pytest.raises(OutputError, match="Input/output"):
        write_privately(str(tmp_path / "r.json"), write_hello, force=False)
