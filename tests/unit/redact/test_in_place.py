"""Originals are replaced whole or not at all, and kept first where that is asked for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from idscan.core.errors import OutputError, UnwritableError, UsageError
from idscan.core.settings import Settings
from idscan.images.walk import find_images
from idscan.redact.output import in_place
from idscan.redact.output.in_place import InPlace, folders_with_pii
from idscan.redact.output.names import Target, plan_in_place
from idscan.run import atomic
from idscan.run.atomic import PublishedState, TargetExistsError, write_durably
from idscan.run.pii_matcher import PiiMatcher

NUMBER = "001099000001"


@pytest.fixture
def pics(tmp_path: Path) -> Path:
    put(tmp_path / "pics" / "a" / "b.jpg", b"clear")
    return tmp_path / "pics"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def target_of(*parts: str | Path, arguments: list[str | Path]) -> Target:
    source = str(Path(*parts))
    return plan_in_place([source], [str(argument) for argument in arguments], PiiMatcher())[source]


def opened(pics: Path, kept: Path | None = None) -> InPlace:
    return InPlace.open(inputs=[str(pics)], backup_folder=str(kept) if kept else None)


def finished(place: InPlace, target: Target, content: bytes = b"hidden") -> str:
    path = place.new_file(target)
    write_durably(path, lambda stream: stream.write(content))  # type: ignore[arg-type,return-value]
    return path


def publish(place: InPlace, target: Target, content: bytes = b"hidden", *, may_replace: bool = False) -> PublishedState:
    return place.publish(finished(place, target, content), target, may_replace=may_replace)


def test_a_source_is_replaced_and_nothing_else_is_left(pics: Path) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics) as place:
        assert place.problem_of(target) is None
        path = finished(place, target)
        assert Path(path).parent == pics / ".idscan-tmp"
        assert place.publish(path, target, may_replace=False) is PublishedState.REPLACED
        assert place.path_of(target) == str(pics / "a" / "b.jpg")
    assert files_in(pics) == {"a/b.jpg": b"hidden"}
    assert not (pics / ".idscan-tmp").exists()


def test_the_original_is_kept_first_privately_and_with_its_time(pics: Path, kept: Path) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    os.utime(pics / "a" / "b.jpg", (1_000_000_000, 1_000_000_000))
    with opened(pics, kept) as place:
        publish(place, target)
    assert files_in(kept) == {"a/b.jpg": b"clear"}
    assert not (kept / ".idscan-tmp").exists()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, kept / "a", kept / "a" / "b.jpg")] == [
        0o700,
        0o700,
        0o600,
    ]
    assert (kept / "a" / "b.jpg").stat().st_mtime == 1_000_000_000


def test_nothing_is_replaced_where_the_original_cannot_be_kept(
    pics: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])

    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "made up", NUMBER)

    with opened(pics, kept) as place:
        path = finished(place, target)
        monkeypatch.setattr(in_place.shutil, "copyfileobj", fail)
        with pytest.raises(OutputError, match="No space left") as caught:
            place.publish(path, target, may_replace=True)
        assert NUMBER not in str(caught.value)
        assert {entry.name for entry in (kept / ".idscan-tmp").iterdir()} == {"lock"}
    assert files_in(pics) == {"a/b.jpg": b"clear"}
    assert files_in(kept) == {}


def test_a_kept_original_is_never_replaced_by_another(tmp_path: Path, kept: Path) -> None:
    roots = [tmp_path / name for name in ("x", "y", "z")]
    with InPlace.open(inputs=[str(root) for root in roots], backup_folder=str(kept)) as place:
        for root, content in zip(roots, (b"one", b"two", b"one"), strict=True):
            put(root / "a.jpg", content)
            publish(place, target_of(root, "a.jpg", arguments=[root]))
    assert files_in(kept) == {"a.jpg": b"one", "a-2.jpg": b"two"}


def test_a_picture_that_is_redacted_already_is_neither_replaced_nor_kept(pics: Path, kept: Path) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics, kept) as place:
        assert publish(place, target, b"clear") is PublishedState.UNCHANGED
        assert {entry.name for entry in (pics / ".idscan-tmp").iterdir()} == {"lock"}
    assert files_in(kept) == {}


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_a_result_takes_the_permissions_of_its_source(pics: Path, mode: int) -> None:
    (pics / "a" / "b.jpg").chmod(mode)
    with opened(pics) as place:
        publish(place, target_of(pics, "a/b.jpg", arguments=[pics]))
    assert stat.S_IMODE((pics / "a" / "b.jpg").stat().st_mode) == mode


def test_a_source_whose_name_tells_is_replaced_under_another(pics: Path, kept: Path) -> None:
    put(pics / NUMBER / "deeper" / f"{NUMBER}.jpg", b"clear")
    target = target_of(pics, NUMBER, "deeper", f"{NUMBER}.jpg", arguments=[pics])
    assert target.path == "renamed-1/deeper/renamed-2.jpg"
    with opened(pics, kept) as place:
        assert place.problem_of(target) is None
        assert publish(place, target) is PublishedState.CREATED
    assert files_in(pics) == {"a/b.jpg": b"clear", "renamed-1/deeper/renamed-2.jpg": b"hidden"}
    assert not (pics / NUMBER).exists()
    assert files_in(kept) == {f"{NUMBER}/deeper/{NUMBER}.jpg": b"clear"}


def test_a_folder_with_other_files_stays(pics: Path) -> None:
    put(pics / NUMBER / "b.jpg", b"clear")
    put(pics / NUMBER / "notes.txt", b"notes")
    with opened(pics) as place:
        publish(place, target_of(pics, NUMBER, "b.jpg", arguments=[pics]))
    assert files_in(pics) == {"a/b.jpg": b"clear", "renamed-1/b.jpg": b"hidden", f"{NUMBER}/notes.txt": b"notes"}


def test_a_folder_whose_name_tells_is_named_as_long_as_it_stays(pics: Path) -> None:
    pii = PiiMatcher()
    for name in ("deep/b.jpg", "c.jpg", "deep/notes.txt"):
        put(pics / NUMBER / name, b"clear")
    put(pics / f"more {NUMBER}" / "d.jpg", b"clear")
    sources = [str(pics / NUMBER / "deep/b.jpg"), str(pics / NUMBER / "c.jpg"), str(pics / f"more {NUMBER}/d.jpg")]
    targets = plan_in_place([*sources, str(pics / "a" / "b.jpg")], [str(pics)], pii)
    assert folders_with_pii(targets.values(), pii) == (str(pics / NUMBER), str(pics / f"more {NUMBER}"))
    with opened(pics) as place:
        for source in sources:
            publish(place, targets[source])
    assert folders_with_pii(targets.values(), pii) == (str(pics / NUMBER),)


def test_a_telling_folder_that_was_named_itself_stays_and_is_named(tmp_path: Path) -> None:
    folder = put(tmp_path / "Nguyễn Văn Mẫu" / "a.jpg", b"clear").parent
    pii = PiiMatcher(names=frozenset({"nguyenvanmau"}))
    targets = plan_in_place([str(folder / "a.jpg")], [str(folder)], pii)
    assert folders_with_pii(targets.values(), pii) == (str(folder),)


def test_a_renamed_result_does_not_replace_another_file(pics: Path) -> None:
    put(pics / f"{NUMBER}.jpg", b"clear")
    put(pics / "renamed-1.jpg", b"precious")
    target = target_of(pics, f"{NUMBER}.jpg", arguments=[pics])
    with opened(pics) as place:
        with pytest.raises(TargetExistsError):
            publish(place, target)
        assert (pics / "renamed-1.jpg").read_bytes() == b"precious"
        assert (pics / f"{NUMBER}.jpg").read_bytes() == b"clear"
        assert publish(place, target, may_replace=True) is PublishedState.REPLACED
    assert files_in(pics) == {"a/b.jpg": b"clear", "renamed-1.jpg": b"hidden"}


def test_a_run_that_dies_before_the_original_is_removed_is_finished_by_the_next(
    pics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(pics / f"{NUMBER}.jpg", b"clear")
    target = target_of(pics, f"{NUMBER}.jpg", arguments=[pics])
    unlink = os.unlink

    def die(path: str, **named: Any) -> None:
        if path == f"{NUMBER}.jpg":
            raise KeyboardInterrupt
        unlink(path, **named)

    with opened(pics) as place, monkeypatch.context() as patched:
        patched.setattr(in_place.os, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            publish(place, target)
    assert files_in(pics) == {"a/b.jpg": b"clear", "renamed-1.jpg": b"hidden", f"{NUMBER}.jpg": b"clear"}
    with opened(pics) as place:
        assert publish(place, target) is PublishedState.UNCHANGED
    assert files_in(pics) == {"a/b.jpg": b"clear", "renamed-1.jpg": b"hidden"}


def test_a_run_that_dies_before_the_exchange_changes_nothing(pics: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics) as place, monkeypatch.context() as patched:
        patched.setattr(atomic.os, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            publish(place, target)
    assert files_in(pics) == {"a/b.jpg": b"clear"}
    assert not (pics / ".idscan-tmp").exists()


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_picture_with_another_name_is_refused(tmp_path: Path, pics: Path, kept: Path, kind: str) -> None:
    original = put(tmp_path / "elsewhere.jpg", b"clear")
    link = pics / "link.jpg"
    if kind == "hard":
        link.hardlink_to(original)
    else:
        link.symlink_to(original)
    target = target_of(link, arguments=[pics])
    with opened(pics, kept) as place:
        problem = place.problem_of(target)
        assert problem is not None
        assert (problem.stage, problem.kind) == ("publish", "linked_file")
        path = finished(place, target)
        with pytest.raises(OutputError, match="link"):
            place.publish(path, target, may_replace=True)
        place.discard(path)
        place.discard(path)
        assert not Path(path).exists()
    assert original.read_bytes() == link.read_bytes() == b"clear"
    assert files_in(kept) == {}


def test_a_second_name_that_a_killed_run_left_is_none(pics: Path) -> None:
    (pics / ".idscan-tmp").mkdir()
    (pics / ".idscan-tmp" / "3f2a").hardlink_to(pics / "a" / "b.jpg")
    with opened(pics) as place:
        assert place.problem_of(target_of(pics, "a/b.jpg", arguments=[pics])) is None


def test_a_picture_that_is_gone_is_told(pics: Path) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics) as place:
        path = finished(place, target)
        (pics / "a" / "b.jpg").unlink()
        problem = place.problem_of(target)
        assert problem is not None
        assert problem.kind == "changed_meanwhile"
        with pytest.raises(OutputError, match="moved or removed"):
            place.publish(path, target, may_replace=True)
    assert files_in(pics) == {}


def test_a_folder_exchanged_for_a_link_is_told(tmp_path: Path, pics: Path) -> None:
    put(tmp_path / "elsewhere" / "b.jpg", b"precious")
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics) as place:
        path = finished(place, target)
        (pics / "a" / "b.jpg").unlink()
        (pics / "a").rmdir()
        (pics / "a").symlink_to(tmp_path / "elsewhere")
        problem = place.problem_of(target)
        assert problem is not None
        assert problem.kind == "cannot_write"
        with pytest.raises(OutputError):
            place.publish(path, target, may_replace=True)
    assert files_in(tmp_path / "elsewhere") == {"b.jpg": b"precious"}


def test_two_runs_on_one_folder_are_told_apart(pics: Path) -> None:
    target = target_of(pics, "a/b.jpg", arguments=[pics])
    with opened(pics) as first, opened(pics) as second:
        path = finished(first, target)
        problem = second.problem_of(target)
        assert problem is not None
        assert problem.kind == "cannot_write"
        with pytest.raises(OutputError, match="another run"):
            second.new_file(target)
        first.publish(path, target, may_replace=False)


def test_one_folder_under_two_names_is_held_once(pics: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(pics / "c.jpg", b"clear")
    monkeypatch.chdir(pics)
    with opened(pics) as place:
        publish(place, target_of("c.jpg", arguments=["c.jpg"]))
        publish(place, target_of(pics, "a/b.jpg", arguments=[pics]))
    assert files_in(pics) == {"a/b.jpg": b"hidden", "c.jpg": b"hidden"}


def test_only_so_many_folders_are_held_at_a_time(tmp_path: Path) -> None:
    files = [put(tmp_path / name / "a.jpg", b"clear") for name in map(str, range(100, 166))]
    targets = [target_of(file, arguments=[file]) for file in files]
    assert [target.root for target in targets] == [str(file.parent) for file in files]
    with InPlace.open(inputs=[str(file) for file in files], backup_folder=None) as place:
        first = finished(place, targets[0])
        for target in targets[1:]:
            publish(place, target)
        held = [file.parent.name for file in files if (file.parent / ".idscan-tmp").exists()]
        assert held == ["100", "164", "165"]
        place.publish(first, targets[0], may_replace=False)
    assert set(files_in(tmp_path).values()) == {b"hidden"}


@pytest.mark.parametrize(
    ("kept", "inputs"),
    [
        ("pics", ["pics"]),
        ("pics/kept", ["pics"]),
        (".", ["pics"]),
        ("pics", ["pics/a.jpg"]),
        ("link/kept", ["more", "pics"]),
    ],
)
def test_originals_are_kept_outside_of_what_is_redacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str, inputs: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "pics" / "a.jpg", b"clear")
    (tmp_path / "link").symlink_to("pics")
    with pytest.raises(UsageError):
        InPlace.open(inputs=inputs, backup_folder=kept)
    assert files_in(tmp_path / "pics") == {"a.jpg": b"clear"}
    assert not (tmp_path / "pics" / "kept").exists()


def test_a_folder_for_originals_that_cannot_be_made_is_told(tmp_path: Path, pics: Path) -> None:
    taken = put(tmp_path / "file", b"")
    with pytest.raises(UnwritableError, match="Not a directory") as caught:
        opened(pics, taken)
    assert caught.value.path == str(taken)


def test_what_the_walk_finds_can_be_replaced_under_every_spelling_of_its_folder(
    pics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pics)
    for argument in (".", "./", "a", "./a//", "a/b.jpg", "../pics", str(pics), "a/../a"):
        put(pics / "a" / "b.jpg", b"\x89PNG\r\n\x1a\n clear")
        (found,) = find_images([argument], Settings())
        with InPlace.open(inputs=[argument], backup_folder=None) as place:
            target = plan_in_place([found.path], [argument], PiiMatcher())[found.path]
            assert place.problem_of(target) is None
            assert publish(place, target) is PublishedState.REPLACED
        assert files_in(pics) == {"a/b.jpg": b"hidden"}
