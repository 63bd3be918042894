"""What a run that was cut off has published is known to the next one, and to nobody else."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from idscan.core.enums import Outcome
from idscan.core.errors import OutputError
from idscan.core.types import Redaction
from idscan.redact.output import journal as module
from idscan.redact.output.journal import Journal, LostRecordsError, Record, state_folder
from tests.factories import PLANTED, chip_front, image

NAME = "001099000001/a.jpg"
RECORD = Record(
    source="a" * 64,
    digest="b" * 64,
    way=NAME,
    target="renamed-1/a.jpg",
    images=(image(NAME, chip_front(), look=7),),
    redaction=Redaction(path=NAME, outcome=Outcome.REDACTED, sha256="c" * 64),
)
SECOND = replace(RECORD, source="d" * 64, way=os.fsdecode(b"\xff\xfe.jpg"))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "idscan"


def add(path: Path, *records: Record) -> None:
    journal = Journal.open(str(path))
    for record in records:
        journal.add(record)
    journal.close()


def records_in(path: Path) -> tuple[Record, ...]:
    journal = Journal.open(str(path))
    journal.close()
    return journal.records


def test_records_are_known_to_the_next_run_in_their_order(tmp_path: Path) -> None:
    add(tmp_path / "journal", RECORD, SECOND)
    assert records_in(tmp_path / "journal") == (RECORD, SECOND)
    add(tmp_path / "journal", RECORD)
    assert records_in(tmp_path / "journal") == (RECORD, SECOND, RECORD)


def test_neither_value_nor_path_can_be_read_from_it(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "journal", RECORD)
    (key,) = state.iterdir()
    content = (tmp_path / "journal").read_bytes() + key.read_bytes()
    for word in (*PLANTED, NAME, "a.jpg", "renamed", RECORD.source):
        assert word.encode() not in content
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "journal", key)} == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_each_journal_has_a_key_of_its_own(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "one", RECORD)
    add(tmp_path / "two", RECORD)
    assert len({key.read_bytes() for key in state.iterdir()}) == 2
    assert not {*(tmp_path / "one").read_bytes().split()[2:]} & {*(tmp_path / "two").read_bytes().split()[4:]}


def test_journal_and_key_go_together(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "one", RECORD)
    add(tmp_path / "two", RECORD)
    Journal.remove(str(tmp_path / "one"))
    Journal.remove(str(tmp_path / "one"))
    assert not (tmp_path / "one").exists()
    assert len(list(state.iterdir())) == 1
    assert records_in(tmp_path / "two") == (RECORD,)


def test_a_run_that_dies_while_it_removes_the_journal_leaves_nothing_to_go_on_with(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink
    for dying in ("key", "journal"):
        add(tmp_path / "journal", RECORD)

        def die(path: str, dying: str = dying) -> None:
            if path.endswith(dying):
                raise KeyboardInterrupt
            unlink(path)

        with monkeypatch.context() as patched:
            patched.setattr(module.os, "unlink", die)
            with pytest.raises(KeyboardInterrupt):
                Journal.remove(str(tmp_path / "journal"))
        assert records_in(tmp_path / "journal") == ()
        Journal.remove(str(tmp_path / "journal"))
        assert list(state.iterdir()) == []


def test_a_run_that_dies_before_its_key_is_kept_has_begun_nothing(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_identity: str) -> Never:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_write_key", die)
        with pytest.raises(KeyboardInterrupt):
            Journal.open(str(tmp_path / "journal"))
    assert (tmp_path / "journal").exists()
    add(tmp_path / "journal", RECORD)
    assert records_in(tmp_path / "journal") == (RECORD,)
    assert len(list(state.iterdir())) == 1


@pytest.mark.parametrize("lost", ["key", "content", "version"])
def test_records_that_cannot_be_read_are_not_passed_over(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    add(tmp_path / "journal", RECORD)
    (key,) = state.iterdir()
    if lost == "key":
        key.unlink()
    elif lost == "content":
        key.write_bytes(b"")
    else:
        monkeypatch.setattr(module, "__version__", "99")
    before = (tmp_path / "journal").read_bytes()
    with pytest.raises(LostRecordsError):
        Journal.open(str(tmp_path / "journal"))
    assert (tmp_path / "journal").read_bytes() == before


def test_what_somebody_else_wrote_is_never_understood(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "other", RECORD)
    add(tmp_path / "journal", SECOND)
    line = (tmp_path / "other").read_bytes().splitlines()[1]
    with (tmp_path / "journal").open("ab") as stream:
        stream.write(line + b"\n")
    assert records_in(tmp_path / "journal") == (SECOND,)
    assert len(list(state.iterdir())) == 2


@pytest.mark.parametrize("cut", [1, 2, 30, 200])
def test_a_line_cut_off_by_a_power_failure_is_no_record_and_the_next_one_is_not_lost(tmp_path: Path, cut: int) -> None:
    add(tmp_path / "journal", RECORD, SECOND)
    whole = (tmp_path / "journal").read_bytes()
    (tmp_path / "journal").write_bytes(whole[:-cut])
    kept = (RECORD, SECOND)[: 1 + (cut == 1)]
    assert records_in(tmp_path / "journal") == kept
    add(tmp_path / "journal", SECOND)
    assert records_in(tmp_path / "journal") == (*kept, SECOND)


def test_blocks_of_zeros_are_no_record(tmp_path: Path) -> None:
    add(tmp_path / "journal", RECORD)
    with (tmp_path / "journal").open("ab") as stream:
        stream.write(bytes(100))
    add(tmp_path / "journal", SECOND)
    assert records_in(tmp_path / "journal") == (RECORD, SECOND)


@pytest.mark.parametrize("content", [b"", b"idscan journal 2", b"idscan journal 2 0 abc\n", b"something else\nx\n"])
def test_a_journal_without_a_head_begins_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal").write_bytes(content)
    add(tmp_path / "journal", RECORD)
    assert records_in(tmp_path / "journal") == (RECORD,)
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2


def test_every_line_is_on_the_disk_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    journal = Journal.open(str(tmp_path / "journal"))

    def note(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size == (tmp_path / "journal").stat().st_size)

    monkeypatch.setattr(module.os, "fsync", note)
    journal.add(RECORD)
    assert synced == [True]
    assert (tmp_path / "journal").read_bytes().endswith(b"\n")
    journal.close()


def test_a_full_disk_is_told_and_does_not_spoil_the_next_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    journal = Journal.open(str(tmp_path / "journal"))
    written: list[int] = []

    def write_half(descriptor: int, content: bytes) -> int:
        if written:
            raise OSError(errno.ENOSPC, "made up")
        written.append(write(descriptor, content[:50]))
        return written[0]

    with monkeypatch.context() as patched:
        patched.setattr(module.os, "write", write_half)
        with pytest.raises(OutputError, match="No space left"):
            journal.add(RECORD)
    journal.add(SECOND)
    journal.close()
    assert records_in(tmp_path / "journal") == (SECOND,)


def test_a_link_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError):
        Journal.open(str(tmp_path / "journal"))
    assert not (tmp_path / "precious").exists()


def test_a_journal_that_cannot_be_begun_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "made up")

    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(module.os, "write", refuse)
    with pytest.raises(OutputError):
        Journal.open(str(tmp_path / "journal"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("given", ["", "relative"])
def test_without_a_wish_keys_lie_in_the_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", given)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    add(tmp_path / "journal", RECORD)
    assert Path(state_folder()) == tmp_path / "home" / ".local" / "state" / "idscan"
    assert len(list(Path(state_folder()).iterdir())) == 1


def test_where_nobody_knows_the_home_no_folder_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setattr(module.os.path, "expanduser", lambda path: path)
    with pytest.raises(OutputError, match="XDG_STATE_HOME"):
        Journal.open(str(tmp_path / "journal"))
    assert not (tmp_path / "~").exists()
