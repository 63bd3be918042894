"""Opening files without blocking and without a trace."""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from idscan.core.memo import image_memory
from idscan.images.walk import NotAFileError, kind_of_special, open_readonly, open_source, release

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_opened_for_reading_only(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    with open_readonly(str(path)) as stream:
        assert stream.read() == b"content"
        assert not stream.writable()


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="the system cannot leave the access time alone")
def test_reading_asks_to_leave_the_access_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    flags_seen = []
    real_open = os.open

    def recording_open(name: str, flags: int) -> int:
        flags_seen.append(flags)
        return real_open(name, flags)

    monkeypatch.setattr(os, "open", recording_open)
    with open_readonly(str(path)):
        pass
    assert flags_seen[0] & os.O_NOATIME
    assert not flags_seen[0] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="the system cannot leave the access time alone")
def test_a_file_of_somebody_else_is_opened_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    real_open = os.open

    def refusing_open(name: str, flags: int) -> int:
        if flags & os.O_NOATIME:
            raise PermissionError(1, "Operation not permitted", name)
        return real_open(name, flags)

    monkeypatch.setattr(os, "open", refusing_open)
    with open_readonly(str(path)) as stream:
        assert stream.read() == b"content"


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    with pytest.raises(NotAFileError, match="named pipe"):
        open_readonly(str(path))


def test_a_pipe_that_takes_the_place_of_a_file_is_refused_without_hanging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular, pipe = tmp_path / "a", tmp_path / "pipe"
    regular.write_bytes(b"")
    os.mkfifo(pipe)
    status = regular.stat()
    monkeypatch.setattr(os, "stat", lambda _path: status)
    with pytest.raises(NotAFileError):
        open_readonly(str(pipe))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_readonly(str(tmp_path))


def test_special_files_have_names(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert kind_of_special(path.lstat().st_mode) == "a socket"
    assert kind_of_special(stat.S_IFCHR) == "a device"
    assert kind_of_special(stat.S_IFREG) is None
    assert kind_of_special(stat.S_IFDIR) is None


def test_a_source_stays_open_for_one_image_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"first")
    with image_memory():
        with open_source(str(path)) as first:
            digest = first.sha256
        with open_source(str(path)) as again:
            assert again is first
            assert again.stream.read() == b"first"
        (tmp_path / "b").write_bytes(b"other")
        (tmp_path / "b").replace(path)
        with open_source(str(path)) as other:
            assert other != first
            assert other.sha256 != digest
            assert other.content() == b"other"
        release(str(path))
        assert other.stream.closed
        with open_source(str(path)) as last:
            assert last == other
    assert last.stream.closed
    with open_source(str(path)) as alone:
        assert alone.stream.read() == b"other"
    assert alone.stream.closed
