"""The output folder: held by one run, left clean, and never written outside of."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from idscan.core.enums import Outcome
from idscan.core.errors import ExitCode, OutputError, UsageError
from idscan.core.types import Redaction
from idscan.redact.output import workspace
from idscan.redact.output.names import Target
from idscan.redact.output.workspace import Record, Workspace, current_umask
from idscan.run.atomic import PublishedState, TargetExistsError, write_durably

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idscan.redact.output.in_place import InPlace

RESULT = Target("a/b.jpg")
RECORD = Record(
    source="a" * 64,
    source_path="a/b.jpg",
    target="a/b.jpg",
    images=(),
    redaction=Redaction(path="a/b.jpg", outcome=Outcome.STRIPPED),
)
RUN = "b" * 64


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def opened(out: Path) -> Workspace:
    return Workspace.open(str(out), inputs=[])


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def finished(place: Workspace | InPlace, target: Target = RESULT, content: bytes = b"new") -> str:
    path = place.new_file(target)
    write_durably(path, lambda stream: stream.write(content))  # type: ignore[arg-type,return-value]
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refuse(number: int) -> Callable[..., Any]:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, "made up", "/home/001099000001")

    return fail


def test_after_a_run_nothing_but_the_results_is_left(out: Path) -> None:
    with opened(out) as place:
        finished(place)
        assert place.publish(finished(place), RESULT, may_replace=False) is PublishedState.CREATED
        assert place.path_of(RESULT) == str(out / "a" / "b.jpg")
        place.remember(RESULT, RECORD, RUN)
    assert names_in(out) == {"a"}
    assert (out / "a" / "b.jpg").read_bytes() == b"new"


def test_a_run_without_results_leaves_an_empty_folder(out: Path) -> None:
    with opened(out / "deeper"):
        pass
    assert names_in(out / "deeper") == set()
    assert mode(out / "deeper") == 0o755


def test_unfinished_files_are_private_and_look_like_no_picture(out: Path) -> None:
    os.umask(0)
    with opened(out) as place:
        path = Path(place.new_file())
        assert path.parent == out / ".idscan-tmp"
        assert (mode(path.parent), mode(path)) == (0o700, 0o600)
        assert path.suffix == ""
        assert path.read_bytes() == b""
        assert place.new_file() != str(path)


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0, 0o644)])
def test_results_can_be_read_by_whom_the_user_lets_read(out: Path, umask: int, expected: int) -> None:
    os.umask(umask)
    with opened(out) as place:
        place.publish(finished(place), RESULT, may_replace=False)
    assert mode(out / "a" / "b.jpg") == expected
    assert mode(out / "a") == 0o755 & ~umask
    assert current_umask() == umask


def test_a_result_that_is_there_already_is_left_alone(out: Path) -> None:
    with opened(out) as place:
        place.publish(finished(place), RESULT, may_replace=False)
        assert place.publish(finished(place), RESULT, may_replace=False) is PublishedState.UNCHANGED
        other = finished(place, content=b"other")
        with pytest.raises(TargetExistsError):
            place.publish(other, RESULT, may_replace=False)
        assert (out / "a" / "b.jpg").read_bytes() == b"new"
        assert place.publish(other, RESULT, may_replace=True) is PublishedState.REPLACED
        assert names_in(out / ".idscan-tmp") == {"lock"}
    assert (out / "a" / "b.jpg").read_bytes() == b"other"


def test_a_file_that_is_not_published_can_be_thrown_away_twice(out: Path) -> None:
    with opened(out) as place:
        path = place.new_file()
        place.discard(path)
        place.discard(path)
        assert not Path(path).exists()


def test_a_source_is_no_obstacle_whatever_it_is(out: Path) -> None:
    with opened(out) as place:
        assert place.problem_of(RESULT) is None


@pytest.mark.parametrize("end", [KeyboardInterrupt, OutputError])
def test_an_interrupted_run_leaves_its_store_and_no_unfinished_file(out: Path, end: type[BaseException]) -> None:
    def run(place: Workspace) -> None:
        with place:
            finished(place)
            place.remember(RESULT, RECORD, RUN)
            raise end

    with pytest.raises(end):
        run(opened(out))
    assert names_in(out / ".idscan-tmp") == {"journal", "lock"}
    with opened(out) as place:
        assert [(stored.run, stored.content) for stored in place.left_records()] == [(RUN, RECORD)]
    assert names_in(out) == set()


def test_what_a_killed_run_left_is_swept_except_its_store(out: Path) -> None:
    left = out / ".idscan-tmp"
    left.mkdir(parents=True)
    for name in ("3f2a", "journal", "journal-journal", "lock"):
        (left / name).write_text("clear")
    (left / "link").symlink_to(out)
    (left / "folder").mkdir()
    left.chmod(0o755)
    with opened(out) as place:
        assert names_in(left) == {"journal", "journal-journal", "lock", "folder"}
        assert mode(left) == 0o700
        finished(place)
    assert names_in(left) == {"folder"}
    assert names_in(out) == {".idscan-tmp"}


@pytest.mark.parametrize("kind", ["link", "file", "stranger"])
def test_a_folder_for_unfinished_files_that_is_not_ours_is_refused(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    out.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    if kind == "link":
        (out / ".idscan-tmp").symlink_to(elsewhere)
    elif kind == "file":
        (out / ".idscan-tmp").touch()
    else:
        (out / ".idscan-tmp").mkdir()
        monkeypatch.setattr(workspace.os, "getuid", lambda: 12345)
    with pytest.raises(OutputError, match="not a folder of yours"):
        opened(out)
    assert names_in(elsewhere) == {"precious"}


def test_a_second_run_in_the_same_folder_is_refused(out: Path) -> None:
    with opened(out) as place:
        path = finished(place)
        with pytest.raises(OutputError, match="another run"):
            opened(out)
        place.publish(path, RESULT, may_replace=False)
    with opened(out):
        pass


def test_the_lock_of_another_process_holds_until_it_dies(out: Path) -> None:
    code = (
        "import sys\n"
        "from idscan.redact.output.workspace import Workspace\n"
        "place = Workspace.open(sys.argv[1], inputs=[])\n"
        "open(place.new_file(), 'w').write('clear')\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(OutputError, match="another run"):
            opened(out)
        assert len(names_in(out / ".idscan-tmp")) == 2
        process.kill()
    with opened(out):
        assert names_in(out / ".idscan-tmp") == {"lock"}


def test_a_lock_that_its_run_removed_while_it_was_being_taken_is_taken_anew(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat
    ends = ["lock", "folder"]

    def end_another_run(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        if ends:
            (out / ".idscan-tmp" / "lock").unlink()
            if ends.pop() == "lock":
                (out / ".idscan-tmp" / "lock").touch()
            else:
                (out / ".idscan-tmp").rmdir()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(workspace.os, "fstat", end_another_run)
        place = opened(out)
    with place, pytest.raises(OutputError, match="another run"):
        opened(out)
    assert not ends


def test_a_folder_that_keeps_vanishing_is_given_up(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lstat = os.lstat

    def vanish(path: str) -> os.stat_result:
        Path(path).rmdir()
        return lstat(path)

    monkeypatch.setattr(workspace.os, "lstat", vanish)
    before = names_in(Path("/proc/self/fd"))
    with pytest.raises(OutputError, match="another run"):
        opened(out)
    assert names_in(Path("/proc/self/fd")) == before


@pytest.mark.parametrize("lacking", ["module", "file system"])
def test_without_locks_of_the_system_a_file_of_its_own_is_one(
    out: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    if lacking == "module":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        monkeypatch.setattr("fcntl.flock", refuse(errno.ENOLCK))
    with opened(out) as place:
        with pytest.raises(OutputError, match="another run"):
            opened(out)
        finished(place)
    assert names_in(out) == set()


def test_without_locks_of_the_system_a_run_that_is_cut_off_frees_the_folder(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    place = opened(out)
    with pytest.raises(KeyboardInterrupt), place:
        raise KeyboardInterrupt
    with opened(out):
        pass


def test_a_lock_that_fails_otherwise_is_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcntl.flock", refuse(errno.EIO))
    with pytest.raises(OutputError, match="Input/output"):
        opened(out)


@pytest.mark.parametrize(
    ("output", "inputs"),
    [
        ("pics", ["pics"]),
        ("pics", ["./pics/"]),
        ("pics", ["more", "pics/a.jpg"]),
        ("pics", ["pics/deeper"]),
        (".", ["pics"]),
        ("link", ["pics"]),
        ("pics", ["link/a.jpg"]),
        ("pics", ["pics/missing.jpg"]),
    ],
)
def test_an_output_that_is_or_holds_an_input_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, inputs: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics" / "deeper").mkdir(parents=True)
    (tmp_path / "pics" / "a.jpg").touch()
    (tmp_path / "link").symlink_to("pics")
    with pytest.raises(UsageError) as caught:
        Workspace.open(output, inputs=inputs)
    assert caught.value.exit_code is ExitCode.USAGE
    assert not (tmp_path / "pics" / ".idscan-tmp").exists()


def test_one_folder_under_two_names_is_known_by_its_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pics").mkdir()
    (tmp_path / "PICS").mkdir()
    same = (tmp_path / "pics").stat()
    stat_of = os.stat

    def fold(path: str, **named: Any) -> os.stat_result:
        return same if str(path).lower().endswith("/pics") else stat_of(path, **named)

    monkeypatch.setattr("idscan.redact.output.workspace.os.stat", fold)
    with pytest.raises(UsageError):
        Workspace.open(str(tmp_path / "PICS"), inputs=[str(tmp_path / "pics" / "a.jpg")])


def test_an_output_inside_an_input_knows_its_own_files(tmp_path: Path, out: Path) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "out-of-town").mkdir()
    with Workspace.open(str(out), inputs=[str(tmp_path), str(tmp_path / "missing")]) as place:
        (out / "link").symlink_to(tmp_path)
        assert place.is_inside(str(out))
        assert place.is_inside(f"{tmp_path}/./out/b.jpg")
        assert not place.is_inside(str(tmp_path / "a.jpg"))
        assert not place.is_inside(str(tmp_path / "out-of-town" / "a.jpg"))


@pytest.mark.parametrize("target", ["link/b.jpg", "a/link/b.jpg"])
def test_no_link_in_the_output_leads_a_result_out_of_it(tmp_path: Path, out: Path, target: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with opened(out) as place:
        (out / "a").mkdir()
        (out / target).parent.symlink_to(outside)
        with pytest.raises(OutputError):
            place.publish(finished(place), Target(target), may_replace=True)
    assert names_in(outside) == set()


@pytest.mark.parametrize("function", ["chmod", "link", "mkdir"])
def test_what_the_system_refuses_is_told_without_a_path(
    out: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    with opened(out) as place:
        path = finished(place)
        monkeypatch.setattr(os, function, refuse(errno.EACCES))
        with pytest.raises(OutputError, match="Permission denied") as caught:
            place.publish(path, RESULT, may_replace=False)
        assert "001099000001" not in str(caught.value)
        monkeypatch.undo()
        assert place.publish(path, RESULT, may_replace=False) is PublishedState.CREATED


def test_an_output_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Not a directory"):
        opened(tmp_path / "file")
    monkeypatch.setattr(workspace.os, "mkdir", refuse(errno.EROFS))
    with pytest.raises(OutputError, match="Read-only"):
        opened(tmp_path)


def test_leftovers_that_cannot_be_swept_are_told_and_the_folder_is_free_again(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / ".idscan-tmp").mkdir(parents=True)
    (out / ".idscan-tmp" / "3f2a").touch()
    with monkeypatch.context() as patched:
        patched.setattr(workspace.os, "unlink", refuse(errno.EACCES))
        with pytest.raises(OutputError, match="Permission denied"):
            opened(out)
    with opened(out):
        pass


def test_a_new_file_that_cannot_be_made_is_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(out) as place:
        monkeypatch.setattr(workspace.os, "open", refuse(errno.ENOSPC))
        with pytest.raises(OutputError, match="No space left"):
            place.new_file()
        monkeypatch.undo()


def test_what_cannot_be_removed_at_the_end_does_not_spoil_the_run(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(out) as place:
        finished(place)
        monkeypatch.setattr(workspace.os, "unlink", refuse(errno.EACCES))
    monkeypatch.undo()
    with opened(out):
        pass
    assert names_in(out) == set()
