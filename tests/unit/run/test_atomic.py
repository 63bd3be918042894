"""Files that are whole or not there, and never outside the folder that was named."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from idscan.core.errors import ExitCode, OutputError, UnwritableError
from idscan.run import atomic
from idscan.run.atomic import (
    PublishedState,
    TargetExistsError,
    as_output_errors,
    check_writable,
    entered,
    install,
    write_durably,
    write_privately,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


@pytest.fixture(params=[True, False], ids=["open folders", "whole paths"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "HAS_OPEN_FOLDERS", request.param)


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def finished(folder: Path, content: bytes = b"new") -> str:
    path = folder / "finished"
    path.write_bytes(content)
    return str(path)


def installed(base: Path, temporary: str, *, may_replace: bool = False) -> PublishedState:
    with entered(str(base), ["a"]) as folder:
        return install(temporary, folder, "b.jpg", may_replace=may_replace)


def refuse(number: int) -> Callable[..., None]:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, "made up")

    return fail


@pytest.mark.usefixtures("_both_ways")
def test_a_new_file_is_created_in_new_folders(tmp_path: Path) -> None:
    temporary = finished(tmp_path)
    assert installed(tmp_path, temporary) is PublishedState.CREATED
    assert (tmp_path / "a" / "b.jpg").read_bytes() == b"new"
    assert names_in(tmp_path) == ["a"]


@pytest.mark.usefixtures("_both_ways")
def test_the_same_bytes_stay_as_they_are(tmp_path: Path) -> None:
    installed(tmp_path, finished(tmp_path))
    before = (tmp_path / "a" / "b.jpg").stat()
    assert installed(tmp_path, finished(tmp_path)) is PublishedState.UNCHANGED
    after = (tmp_path / "a" / "b.jpg").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names_in(tmp_path) == ["a"]


@pytest.mark.usefixtures("_both_ways")
def test_another_file_is_replaced_only_if_it_may_be(tmp_path: Path) -> None:
    installed(tmp_path, finished(tmp_path, b"old"))
    temporary = finished(tmp_path)
    with pytest.raises(TargetExistsError) as caught:
        installed(tmp_path, temporary)
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    assert (tmp_path / "a" / "b.jpg").read_bytes() == b"old"
    assert installed(tmp_path, temporary, may_replace=True) is PublishedState.REPLACED
    assert (tmp_path / "a" / "b.jpg").read_bytes() == b"new"


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "pipe"])
@pytest.mark.usefixtures("_both_ways")
def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a" / "b.jpg"
    target.parent.mkdir()
    precious = tmp_path / "precious"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to(precious)
    if kind == "link":
        precious.write_bytes(b"new")
    with pytest.raises(TargetExistsError):
        installed(tmp_path, finished(tmp_path), may_replace=True)
    assert precious.exists() == (kind == "link")


@pytest.mark.parametrize("kind", ["link", "file"])
@pytest.mark.usefixtures("_both_ways")
def test_a_folder_on_the_way_must_be_one(tmp_path: Path, kind: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    base = tmp_path / "base"
    base.mkdir()
    if kind == "link":
        (base / "a").symlink_to(outside)
    else:
        (base / "a").write_bytes(b"precious")
    with pytest.raises(OutputError, match="stands where the output needs a folder"):
        installed(base, finished(tmp_path))
    assert names_in(outside) == []


def test_a_folder_swapped_for_a_link_at_the_last_moment_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    base = tmp_path / "base"
    (base / "a").mkdir(parents=True)
    stat = os.stat

    def swap(path: str, **named: Any) -> os.stat_result:
        found = stat(path, **named)
        if path == "a":
            (base / "a").rmdir()
            (base / "a").symlink_to(outside)
        return found

    monkeypatch.setattr(os, "stat", swap)
    with pytest.raises(NotADirectoryError):
        installed(base, finished(tmp_path))
    assert names_in(outside) == []


@pytest.mark.usefixtures("_both_ways")
def test_the_base_itself_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert installed(tmp_path / "link", finished(tmp_path)) is PublishedState.CREATED
    assert (tmp_path / "real" / "a" / "b.jpg").exists()


@pytest.mark.parametrize("part", ["..", ".", "", "a/b", "a\0b"])
def test_a_target_that_leads_elsewhere_is_a_bug(tmp_path: Path, part: str) -> None:
    with pytest.raises(ValueError, match="downwards"), entered(str(tmp_path), ["a", part]):
        pass


@pytest.mark.usefixtures("_both_ways")
def test_folders_that_must_exist_are_not_made(tmp_path: Path) -> None:
    for base, parts in ((tmp_path, ["a"]), (tmp_path / "missing", [])):
        with pytest.raises(FileNotFoundError), entered(str(base), parts, mode=None):
            pass
    assert names_in(tmp_path) == []


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(names_in(Path("/proc/self/fd")))
    installed(tmp_path, finished(tmp_path))
    with pytest.raises(FileNotFoundError), entered(str(tmp_path), ["a", "missing"], mode=None):
        pass
    with pytest.raises(ValueError, match="downwards"), entered(str(tmp_path), ["a", ".."]):
        pass
    assert len(names_in(Path("/proc/self/fd"))) == before


@pytest.mark.parametrize("step", ["link", "unlink", "replace"])
def test_a_run_that_dies_between_two_steps_leaves_the_old_file_or_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class KilledError(BaseException):
        pass

    def die(*_args: object, **_named: object) -> None:
        raise KilledError

    old = step == "replace"
    if old:
        installed(tmp_path, finished(tmp_path, b"old"))
    temporary = finished(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, step, die)
        with pytest.raises(KilledError):
            installed(tmp_path, temporary, may_replace=True)
    expected = {"link": None, "unlink": b"new", "replace": b"old"}[step]
    target = tmp_path / "a" / "b.jpg"
    assert (target.read_bytes() if target.exists() else None) == expected
    assert installed(tmp_path, temporary, may_replace=True) in PublishedState
    assert target.read_bytes() == b"new"
    assert not (tmp_path / "finished").exists()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_hard_links_works_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(atomic.os, "link", refuse(number))
    assert installed(tmp_path, finished(tmp_path)) is PublishedState.CREATED
    with pytest.raises(TargetExistsError):
        installed(tmp_path, finished(tmp_path, b"other"))
    assert (tmp_path / "a" / "b.jpg").read_bytes() == b"new"


def test_a_file_that_appears_at_the_last_moment_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def appear(source: str, target: str, **named: int) -> None:
        (tmp_path / "a" / "b.jpg").write_bytes(b"precious")
        link(source, target, **named)

    monkeypatch.setattr(atomic.os, "link", appear)
    with pytest.raises(TargetExistsError):
        installed(tmp_path, finished(tmp_path))
    assert (tmp_path / "a" / "b.jpg").read_bytes() == b"precious"


def test_other_failures_of_linking_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic.os, "link", refuse(errno.EIO))
    with pytest.raises(OSError, match="made up"):
        installed(tmp_path, finished(tmp_path))


def test_the_folders_on_the_way_are_on_the_disk_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        atomic.os, "fsync", lambda number: synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
    )
    installed(tmp_path, finished(tmp_path))
    assert synced == [str(tmp_path), str(tmp_path / "a")]


def test_a_folder_that_cannot_be_synced_is_an_error_unless_its_file_system_knows_no_such_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, "fsync", refuse(errno.EINVAL))
        assert installed(tmp_path, finished(tmp_path)) is PublishedState.CREATED
    monkeypatch.setattr(atomic.os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError, match="made up"):
        installed(tmp_path, finished(tmp_path, b"other"), may_replace=True)


def test_a_file_is_written_through_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    path = tmp_path / "f"
    path.write_bytes(b"much longer than before")
    monkeypatch.setattr(atomic.os, "fsync", lambda _number: synced.append(path.read_bytes()))
    write_durably(str(path), lambda stream: stream.write(b"new"))  # type: ignore[arg-type,return-value]
    assert synced == [b"new"]


def test_a_file_that_was_swept_away_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        write_durably(str(tmp_path / "gone"), lambda _stream: None)
    (tmp_path / "gone").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError):
        write_durably(str(tmp_path / "gone"), lambda _stream: None)
    assert names_in(tmp_path) == ["gone"]


def test_only_what_the_system_refuses_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "f").touch()

    def fill(_stream: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, "made up", "/home/001099000001")

    def break_encoder(_stream: BinaryIO) -> None:
        message = "encoder error"
        raise OSError(message)

    with pytest.raises(OutputError, match="No space left") as caught:
        write_durably(str(tmp_path / "f"), fill)
    assert "001099000001" not in str(caught.value)
    with pytest.raises(OSError, match="encoder error"):
        write_durably(str(tmp_path / "f"), break_encoder)


def test_a_system_error_is_told_without_its_path() -> None:
    with pytest.raises(OutputError) as caught, as_output_errors():
        os.stat("/missing/001099000001")
    assert str(caught.value) == "the output cannot be written: No such file or directory"


def test_a_folder_that_the_user_named_is_kept_apart_from_the_message() -> None:
    with pytest.raises(UnwritableError) as caught, as_output_errors("out/001099000001"):
        os.stat("/missing")
    assert str(caught.value) == "the output cannot be written: No such file or directory"
    assert (caught.value.path, caught.value.reason) == ("out/001099000001", "No such file or directory")


def test_a_file_where_a_folder_is_wanted_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(UnwritableError, match="Not a directory"), as_output_errors("out"):
        (tmp_path / "f").mkdir()


@pytest.mark.usefixtures("_both_ways")
def test_the_digest_is_that_of_plain_files_only(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to("f")
    with entered(str(tmp_path), []) as folder:
        assert folder.digest("f") == hashlib.sha256(b"x").hexdigest() == atomic.digest_of(str(tmp_path / "f"))
        assert folder.digest("link") is None
        assert folder.digest("missing") is None


def write_hello(stream: BinaryIO) -> None:
    stream.write(b"hello")


def test_a_private_file_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_privately(str(tmp_path / "r.json"), write_hello, may_replace=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o600
    assert (tmp_path / "r.json").read_bytes() == b"hello"
    assert names_in(tmp_path) == ["r.json"]


@pytest.mark.parametrize("content", [b"old", b"hello"])
def test_a_file_that_is_replaced_becomes_private_even_if_its_bytes_stay(tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "r.json"
    target.write_bytes(content)
    target.chmod(0o644)
    with pytest.raises(TargetExistsError):
        write_privately(str(target), write_hello, may_replace=False)
    assert target.read_bytes() == content
    write_privately(str(target), write_hello, may_replace=True)
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"hello", 0o600)
    assert names_in(tmp_path) == ["r.json"]


def test_a_private_file_may_be_named_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_writable("r.json")
    write_privately("r.json", write_hello, may_replace=False)
    assert names_in(tmp_path) == ["r.json"]


def test_checking_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(str(tmp_path / "r.json"))
    assert names_in(tmp_path) == []


def test_a_folder_that_is_missing_is_reported_with_the_path_apart(tmp_path: Path) -> None:
    target = str(tmp_path / "missing" / "r.json")
    with pytest.raises(UnwritableError, match="No such file") as checked:
        check_writable(target)
    with pytest.raises(UnwritableError, match="No such file") as written:
        write_privately(target, write_hello, may_replace=False)
    for caught in (checked.value, written.value):
        assert (caught.path, caught.reason) == (target, "No such file or directory")
        assert "missing" not in str(caught)


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "made up")

    with pytest.raises(UnwritableError, match="No space left"):
        write_privately(str(tmp_path / "r.json"), fail, may_replace=False)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_private_file_is_written_without_hard_links_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exists: bool
) -> None:
    monkeypatch.setattr(atomic.os, "link", refuse(errno.EPERM))
    target = tmp_path / "r.json"
    if exists:
        target.write_text("precious")
        with pytest.raises(TargetExistsError):
            write_privately(str(target), write_hello, may_replace=False)
        assert target.read_text() == "precious"
    else:
        write_privately(str(target), write_hello, may_replace=False)
        assert target.read_bytes() == b"hello"
    assert names_in(tmp_path) == ["r.json"]


def test_a_private_file_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(atomic.os, "fsync", lambda _number: synced.append((tmp_path / "r.json").exists()))
    write_privately(str(tmp_path / "r.json"), write_hello, may_replace=False)
    assert synced == [False, True], "the content, and then the folder"
