"""What a run that was cut off has published is known to the next one, and to nobody else."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from idscan.core.errors import OutputError
from idscan.redact import journal as module
from idscan.redact.journal import Journal

SOURCE, SETTINGS = "a" * 64, "b" * 64
TARGET = "001099000001/a.jpg"


def publish(folder: Path, target: str = TARGET, content: bytes = b"result") -> str:
    (folder / target).parent.mkdir(parents=True, exist_ok=True)
    (folder / target).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def opened(folder: Path) -> Journal:
    return Journal.open(str(folder / "journal"), str(folder))


def add(folder: Path, target: str = TARGET, content: bytes = b"result") -> str:
    digest = publish(folder, target, content)
    with opened(folder) as journal:
        journal.add(SOURCE, SETTINGS, target, digest)
    return digest


def done(folder: Path, source: str = SOURCE, settings: str = SETTINGS, target: str = TARGET) -> str | None:
    with opened(folder) as journal:
        return journal.done(source, settings, target)


def test_what_was_published_is_known_at_once_and_to_the_next_run(tmp_path: Path) -> None:
    digest = publish(tmp_path)
    with opened(tmp_path) as journal:
        assert journal.done(SOURCE, SETTINGS, TARGET) is None
        journal.add(SOURCE, SETTINGS, TARGET, digest)
        assert journal.done(SOURCE, SETTINGS, TARGET) == digest
    assert done(tmp_path) == digest


@pytest.mark.parametrize("changed", ["source", "settings", "target"])
def test_anything_else_is_not_done(tmp_path: Path, changed: str) -> None:
    add(tmp_path)
    publish(tmp_path, "other.jpg")
    value = {"source": "c" * 64, "settings": "d" * 64, "target": "other.jpg"}[changed]
    assert done(tmp_path, **{changed: value}) is None


def test_facts_do_not_run_into_each_other(tmp_path: Path) -> None:
    add(tmp_path)
    assert done(tmp_path, source=SOURCE + "b", settings=SETTINGS[1:]) is None


def test_a_result_that_was_changed_or_removed_or_is_a_link_is_not_done(tmp_path: Path) -> None:
    digest = add(tmp_path)
    publish(tmp_path, content=b"other")
    assert done(tmp_path) is None
    (tmp_path / TARGET).unlink()
    assert done(tmp_path) is None
    publish(tmp_path, "elsewhere.jpg")
    (tmp_path / TARGET).symlink_to(tmp_path / "elsewhere.jpg")
    assert done(tmp_path) is None
    (tmp_path / TARGET).unlink()
    (tmp_path / TARGET).parent.rmdir()
    assert done(tmp_path) is None
    (tmp_path / TARGET).parent.symlink_to(tmp_path)
    publish(tmp_path, "a.jpg")
    assert done(tmp_path) is None
    (tmp_path / TARGET).parent.unlink()
    publish(tmp_path)
    assert done(tmp_path) == digest


def test_neither_path_nor_any_digest_that_can_be_guessed_is_written(tmp_path: Path) -> None:
    add(tmp_path)
    content = (tmp_path / "journal").read_text()
    for guess in (TARGET, "001099000001", SOURCE, SETTINGS, hashlib.sha256(TARGET.encode()).hexdigest()):
        assert guess not in content
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o600


def test_each_journal_has_a_salt_of_its_own(tmp_path: Path) -> None:
    contents = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        add(tmp_path / name)
        contents |= set((tmp_path / name / "journal").read_text().splitlines())
    assert len(contents) == 4


def test_a_path_with_undecodable_bytes_is_remembered(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.jpg")
    digest = add(tmp_path, name)
    assert done(tmp_path, target=name) == digest


@pytest.mark.parametrize("cut", [1, 2, 30, 64, 66, 129])
def test_a_line_cut_off_by_a_power_failure_is_ignored_and_the_next_one_is_not_lost(tmp_path: Path, cut: int) -> None:
    first = add(tmp_path, "first.jpg")
    add(tmp_path)
    whole = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(whole[:-cut])
    assert done(tmp_path) is None
    digest = add(tmp_path)
    assert done(tmp_path) == digest
    assert done(tmp_path, target="first.jpg") == first


def test_blocks_of_zeros_are_ignored(tmp_path: Path) -> None:
    digest = add(tmp_path)
    with (tmp_path / "journal").open("ab") as stream:
        stream.write(bytes(100))
    assert add(tmp_path, "second.jpg") == done(tmp_path, target="second.jpg")
    assert done(tmp_path) == digest


@pytest.mark.parametrize("content", [b"", b"idscan journal 1", b"idscan journal 1 abc\n", b"something else\nx\n"])
def test_a_journal_without_a_head_begins_anew(tmp_path: Path, content: bytes) -> None:
    entry = b"a" * 64 + b" " + b"b" * 64 + b"\n"
    (tmp_path / "journal").write_bytes(content + entry if content.endswith(b"\n") else content)
    digest = add(tmp_path)
    assert done(tmp_path) == digest
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2


def test_every_line_is_on_the_disk_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def note(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(module.os, "fsync", note)
    add(tmp_path)
    assert synced == [82, 82 + 130]


def test_a_full_disk_is_told_and_does_not_spoil_the_next_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = publish(tmp_path)
    write = os.write
    with opened(tmp_path) as journal:

        def write_half(descriptor: int, content: bytes) -> int:
            if len(content) < 100:
                raise OSError(errno.ENOSPC, "made up")
            return write(descriptor, content[:50])

        with monkeypatch.context() as patched:
            patched.setattr(module.os, "write", write_half)
            with pytest.raises(OutputError, match="No space left"):
                journal.add(SOURCE, SETTINGS, TARGET, digest)
        assert journal.done(SOURCE, SETTINGS, TARGET) is None
        journal.add(SOURCE, SETTINGS, TARGET, digest)
    assert done(tmp_path) == digest


def test_a_link_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError):
        opened(tmp_path)
    assert not (tmp_path / "precious").exists()


def test_a_journal_that_cannot_be_begun_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "made up")

    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(module.os, "write", refuse)
    with pytest.raises(OutputError):
        opened(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
