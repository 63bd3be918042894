"""An interrupted run resumes from its store, which discloses nothing without its key."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Never

import pytest

from idscan.core.enums import Outcome
from idscan.core.errors import OutputError
from idscan.core.types import Redaction
from idscan.redact.output.workspace import Record
from idscan.run import store as module
from idscan.run.store import SIDE_FILE_SUFFIX, FileState, LostRecordsError, Store, StoredFile, state_folder
from tests.factories import PLANTED, chip_front, image

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "001099000001/a.jpg"
RECORD = Record(
    source="a" * 64,
    source_path=NAME,
    target="renamed-1/a.jpg",
    images=(image(NAME, chip_front(), perceptual_hash=7),),
    redaction=Redaction(path=NAME, outcome=Outcome.REDACTED, sha256="c" * 64),
)
SECOND = replace(RECORD, source="d" * 64, target=os.fsdecode(b"\xff\xfe.jpg"))
RUN = "b" * 64
VERSION = "1"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "idscan"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made" / "store"


def opened(path: Path, version: str = VERSION) -> Store[Record]:
    return Store.open(str(path), Record, version=version)


def add(path: Path, *records: Record, run: str = RUN) -> None:
    with closing(opened(path)) as store:
        for record in records:
            store.add(run, record.target, record)


def files_in(path: Path) -> tuple[StoredFile[Record], ...]:
    with closing(opened(path)) as store:
        assert store.is_empty == (not store.files)
        return store.files


def records_in(path: Path) -> tuple[Record, ...]:
    return tuple(file.content for file in files_in(path))


def changed(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_records_are_known_to_the_next_run_in_their_order(path: Path) -> None:
    add(path, RECORD, SECOND)
    assert records_in(path) == (RECORD, SECOND)
    add(path, RECORD)
    assert records_in(path) == (RECORD, SECOND, RECORD)


def test_of_one_file_the_last_record_is_current(path: Path) -> None:
    again = replace(RECORD, source="e" * 64)
    add(path, RECORD, SECOND, again)
    add(path, SECOND)
    assert [(file.state, file.content) for file in files_in(path)] == [
        (FileState.SUPERSEDED, RECORD),
        (FileState.SUPERSEDED, SECOND),
        (FileState.CURRENT, again),
        (FileState.CURRENT, SECOND),
    ]


def test_records_are_told_apart_by_their_run(path: Path) -> None:
    add(path, RECORD, SECOND)
    add(path, RECORD, run="other")
    add(path, RECORD)
    assert [file.run for file in files_in(path)] == [RUN, RUN, "other", RUN]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_store_without_records_is_empty(path: Path) -> None:
    with closing(opened(path)) as store:
        assert store.is_empty
        store.add(RUN, "a", RECORD)
        assert not store.is_empty


def test_neither_value_nor_path_nor_hash_can_be_read_from_it(path: Path, state: Path) -> None:
    add(path, RECORD)
    (key,) = state.iterdir()
    content = path.read_bytes() + key.read_bytes()
    for word in (*PLANTED, NAME, "a.jpg", "renamed", RECORD.source, RUN):
        assert word.encode() not in content
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, key)} == {0o600}
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_the_side_file_is_private_and_gone_once_the_store_is_closed(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(opened(path)) as store:
            store.add(RUN, "a", RECORD)
            (side,) = (file for file in path.parent.iterdir() if file != path)
            assert side.name == path.name + SIDE_FILE_SUFFIX
            assert stat.S_IMODE(side.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert names_in(path.parent) == {path.name}


def test_each_store_has_a_key_of_its_own(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "one", RECORD)
    add(tmp_path / "two", RECORD)
    assert len({key.read_bytes() for key in state.iterdir()}) == 2
    hashes = set()
    for name in ("one", "two"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            hashes |= set(connection.execute("SELECT key FROM files"))
    assert len(hashes) == 2, "so a file is not recognised in another store either"


def test_store_and_key_are_removed_together(tmp_path: Path, state: Path) -> None:
    add(tmp_path / "one", RECORD)
    add(tmp_path / "two", RECORD)
    Store.remove(str(tmp_path / "one"))
    Store.remove(str(tmp_path / "one"))
    assert names_in(tmp_path) == {"two", "state"}
    assert len(list(state.iterdir())) == 1
    assert records_in(tmp_path / "two") == (RECORD,)


@pytest.mark.parametrize("content", [b"", b"something else\nx\n", bytes(5000)])
def test_a_file_that_is_no_store_can_be_removed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    Store.remove(str(path))
    assert names_in(path.parent) == set()


def test_a_run_that_dies_while_it_removes_the_store_leaves_nothing_to_resume(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink
    for dying in (".key", "store"):
        add(path, RECORD)

        def die(name: str, dying: str = dying) -> None:
            if name.endswith(dying):
                raise KeyboardInterrupt
            unlink(name)

        with monkeypatch.context() as patched:
            patched.setattr(module.os, "unlink", die)
            with pytest.raises(KeyboardInterrupt):
                Store.remove(str(path))
        assert records_in(path) == ()
        Store.remove(str(path))
        assert list(state.iterdir()) == []


def test_a_run_that_dies_before_its_key_is_kept_has_begun_nothing(
    path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **_named: object) -> Never:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "makedirs", die)
        with pytest.raises(KeyboardInterrupt):
            opened(path)
    assert path.exists()
    add(path, RECORD)
    assert records_in(path) == (RECORD,)
    assert len(list(state.iterdir())) == 1


@pytest.mark.parametrize("lost", ["key", "content"])
def test_records_without_their_key_are_not_ignored(path: Path, state: Path, lost: str) -> None:
    add(path, RECORD)
    (key,) = state.iterdir()
    if lost == "key":
        key.unlink()
    else:
        key.write_bytes(b"")
    before = path.read_bytes()
    with pytest.raises(LostRecordsError, match="cannot be read"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("of", ["program", "schema"])
def test_records_of_another_version_are_left_to_it(path: Path, of: str) -> None:
    add(path, RECORD)
    if of == "schema":
        changed(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(LostRecordsError, match="another version"):
        opened(path, version=VERSION if of == "schema" else "2")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"idscan journal 2 0.1.0 " + b"0" * 32 + b"\nrecord\n", b"idscan journal 2"])
def test_a_text_file_of_an_earlier_version_is_refused_and_stays(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LostRecordsError, match="another version"):
        opened(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"something else\nx\n", bytes(5000)])
def test_a_file_that_is_no_store_is_refused_and_stays(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LostRecordsError, match="cannot be read"):
        opened(path)
    assert path.read_bytes() == content


def test_a_damaged_store_is_refused(path: Path) -> None:
    add(path, *(RECORD,) * 20)
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    content[page:] = b"\xff" * (len(content) - page)
    path.write_bytes(content)
    with pytest.raises(LostRecordsError):
        opened(path)


def test_a_record_that_somebody_else_wrote_is_refused(tmp_path: Path, path: Path) -> None:
    add(tmp_path / "other", RECORD)
    add(path, SECOND)
    with closing(sqlite3.connect(tmp_path / "other")) as connection:
        ((content,),) = connection.execute("SELECT content FROM files")
    changed(path, "UPDATE files SET content = ?", content)
    with pytest.raises(LostRecordsError):
        opened(path)


def test_a_store_cannot_name_another_file_as_its_key(tmp_path: Path, path: Path, state: Path) -> None:
    add(path, RECORD)
    (key,) = state.iterdir()
    precious = tmp_path / "precious.key"
    precious.write_bytes(key.read_bytes())
    (state / "store-").mkdir()
    changed(path, "UPDATE store SET identity = '/../../../precious'")
    assert Path(module._key_path("/../../../precious")).resolve() == precious
    with pytest.raises(LostRecordsError):
        opened(path)
    Store.remove(str(path))
    assert precious.exists()


def test_a_database_that_is_no_store_is_refused(path: Path) -> None:
    changed(path, "CREATE TABLE precious (x)")
    with pytest.raises(LostRecordsError, match="another version"):
        opened(path)
    changed(path, f"PRAGMA user_version = {module._SCHEMA_VERSION}")
    with pytest.raises(OutputError):
        opened(path)
    changed(path, "CREATE TABLE store (identity)")
    with pytest.raises(LostRecordsError):
        opened(path)


def test_contents_of_another_class_are_refused(path: Path) -> None:
    with closing(Store.open(str(path), str, version=VERSION)) as store:
        store.add(RUN, "a", "text")
    with pytest.raises(LostRecordsError):
        opened(path)


@pytest.fixture
def _died_in_the_middle(path: Path) -> Iterator[None]:
    """Leave the files of a process that died while it wrote a record: a part of it, and the rollback journal."""
    add(path, RECORD)
    whole = path.read_bytes()
    with closing(opened(path)) as store:
        store._connection.execute("PRAGMA cache_spill = 1")
        store._connection.execute("PRAGMA cache_size = 1")
        store._connection.execute("BEGIN")
        for _ in range(200):
            store._connection.execute("INSERT INTO runs (digest) VALUES (?)", (b"x" * 3000,))
        left = {name: (path.parent / name).read_bytes() for name in names_in(path.parent)}
        store._connection.rollback()
    assert left[path.name] != whole
    assert left[path.name + SIDE_FILE_SUFFIX]
    for name, content in left.items():
        (path.parent / name).write_bytes(content)
    yield
    assert names_in(path.parent) <= {path.name}


@pytest.mark.usefixtures("_died_in_the_middle")
def test_half_of_a_record_is_none_and_the_others_stay(path: Path) -> None:
    assert records_in(path) == (RECORD,)
    add(path, SECOND)
    assert records_in(path) == (RECORD, SECOND)


@pytest.mark.usefixtures("_died_in_the_middle")
def test_a_store_that_was_half_written_is_removed_with_its_key(path: Path, state: Path) -> None:
    Store.remove(str(path))
    assert list(state.iterdir()) == []


def test_whenever_a_process_is_killed_every_record_that_was_added_is_there(path: Path) -> None:
    code = (
        "import sys\n"
        "from idscan.run.store import Store\n"
        "store = Store.open(sys.argv[1], str, version='1')\n"
        "for number in range(100000):\n"
        "    store.add('run', str(number % 7), str(number) * 500)\n"
        "    print(number, flush=True)\n"
    )
    added = 0
    for moment in range(3):
        command = [sys.executable, "-c", code, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for _ in range(10 + 7 * moment):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
            added += 10 + 7 * moment + rest.count("\n")
        with closing(Store.open(str(path), str, version=VERSION)) as store:
            assert added <= len(store.files) <= added + 1
            added = len(store.files)
            assert sum(file.state is FileState.CURRENT for file in store.files) == 7


def test_every_record_is_on_the_disk_before_the_run_goes_on(path: Path) -> None:
    with closing(opened(path)) as store:
        settings = {
            name: store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        }
        store.add(RUN, "a", RECORD)
        assert (path.parent / (path.name + SIDE_FILE_SUFFIX)).stat().st_size == 0, "committed"
    assert settings == {"journal_mode": "truncate", "synchronous": 2}


def test_a_full_disk_is_reported_and_does_not_spoil_the_next_record(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(opened(path)) as store:
        store.add(RUN, "a", RECORD)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
        try:
            with pytest.raises(OutputError, match="cannot be written"):
                store.add("other", "b", replace(RECORD, source="e" * 100_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        store.add("third", "c", SECOND)
        store.add("other", "d", RECORD)
    assert [(file.run, file.content) for file in files_in(path)] == [
        (RUN, RECORD),
        ("third", SECOND),
        ("other", RECORD),
    ]


def test_no_space_is_reported_in_the_words_of_the_system(path: Path) -> None:
    with closing(opened(path)) as store:
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(OutputError, match="No space left on device"):
            store.add(RUN, "a", replace(RECORD, source="e" * 100_000))


def test_a_link_in_the_place_of_the_store_is_refused(tmp_path: Path, path: Path) -> None:
    path.symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError):
        opened(path)
    assert not (tmp_path / "precious").exists()


def test_a_path_that_is_too_long_for_sqlite_is_reported(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["x" * 100] * 5)
    folder.mkdir(parents=True)
    with pytest.raises(OutputError, match="File name too long"):
        opened(folder / "store")


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a?b=c#d%20 e", "Ảnh".encode()])
def test_a_folder_may_have_any_name(tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / os.fsdecode(name)
    folder.mkdir()
    add(folder / "store", RECORD)
    monkeypatch.chdir(tmp_path)
    assert records_in(Path(folder.name) / "store") == (RECORD,)
    assert names_in(folder) == {"store"}


def test_a_store_that_cannot_be_made_leaves_nothing_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> int:
        raise OSError(errno.ENOSPC, "made up")

    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(module.os, "fsync", refuse)
    with pytest.raises(OutputError, match="No space left"):
        opened(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("given", ["", "relative"])
def test_keys_lie_in_the_state_folder_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", given)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    add(tmp_path / "store", RECORD)
    assert Path(state_folder()) == tmp_path / "home" / ".local" / "state" / "idscan"
    assert len(list(Path(state_folder()).iterdir())) == 1


def test_without_a_home_folder_no_key_is_made_and_no_store_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setattr(module.os.path, "expanduser", lambda path: path)
    with pytest.raises(OutputError, match="XDG_STATE_HOME"):
        opened(path)
    assert names_in(path.parent) == set()
