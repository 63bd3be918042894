"""Finding the pictures of a folder, each once, in a stable order, whatever lies in it."""

from __future__ import annotations

import errno
import io
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from idscan.core.settings import Settings
from idscan.core.types import ImageRef, Skipped
from idscan.images.walk import find_images

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = Settings()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, "PNG")
    return buffer.getvalue()


PNG = png()


def put(path: Path, content: bytes = PNG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def pictures(*paths: str | os.PathLike[str]) -> list[str]:
    return [item.path for item in find_images(paths, SETTINGS) if isinstance(item, ImageRef)]


def skipped(*paths: str | os.PathLike[str]) -> dict[str, Skipped]:
    return {item.path: item for item in find_images(paths, SETTINGS) if isinstance(item, Skipped)}


def test_order_is_that_of_the_path_strings_across_folders(tmp_path: Path) -> None:
    for name in ("a/b.png", "a-b.png", "a.png", "a/b/c.png", "ab/a.png", "B.png", "á.png"):
        put(tmp_path / name)
    found = pictures(tmp_path)
    assert found == sorted(found)
    assert len(found) == 7


def test_order_does_not_depend_on_the_file_system_or_on_the_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        put(tmp_path / "one" / f"{number}.png")
        put(tmp_path / "two" / f"{number}.png")
    expected = pictures(tmp_path / "one", tmp_path / "two")
    real_scandir = os.scandir

    class Shuffled:
        def __init__(self, path: str) -> None:
            with real_scandir(path) as entries:
                self.entries = list(entries)
            random.Random(1).shuffle(self.entries)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Shuffled)
    assert pictures(tmp_path / "two", tmp_path / "one") == expected


def test_paths_are_the_argument_joined_with_the_way_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "in" / "deep" / "a.png")
    monkeypatch.chdir(tmp_path)
    assert pictures("in") == ["in/deep/a.png"]
    assert pictures("in/") == ["in/deep/a.png"]
    assert pictures(".") == ["./in/deep/a.png"]
    assert pictures("in/deep/a.png") == ["in/deep/a.png"]


def test_overlapping_arguments_list_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "in" / "deep" / "a.png")
    put(tmp_path / "in" / "b.png")
    monkeypatch.chdir(tmp_path)
    arguments = ["in", "in/", "./in", "in/deep", "in/deep/a.png", "./in/b.png", str(tmp_path / "in"), "in/../in/b.png"]
    found = pictures(*arguments)
    assert sorted(os.path.realpath(path) for path in found) == [
        str(tmp_path / "in" / "b.png"),
        str(tmp_path / "in" / "deep" / "a.png"),
    ]
    assert skipped(*arguments) == {}


def test_a_file_named_before_its_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "in" / "b.png")
    monkeypatch.chdir(tmp_path)
    assert pictures("./in/b.png", "in") == ["./in/b.png"]


def test_a_folder_that_is_mounted_twice_is_listed_once_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a" / "x.png")
    put(tmp_path / "b" / "x.png")
    real_stat = os.stat

    def same_folder(path: str) -> os.stat_result:
        return real_stat(str(tmp_path / "a") if path == str(tmp_path / "b") else path)

    monkeypatch.setattr(os, "stat", same_folder)
    assert pictures(tmp_path) == [str(tmp_path / "a" / "x.png")]
    assert "another name" in skipped(tmp_path)[str(tmp_path / "b")].reason


def test_hard_links_are_two_names_that_each_expose_the_picture(tmp_path: Path) -> None:
    first = put(tmp_path / "a.png")
    os.link(first, tmp_path / "b.png")
    assert len(pictures(tmp_path)) == 2


def test_files_are_told_by_content_and_not_by_name(tmp_path: Path) -> None:
    put(tmp_path / "picture.txt")
    put(tmp_path / "no_suffix")
    put(tmp_path / "page.jpg", b"<html><body>Not found</body></html>")
    put(tmp_path / "notes.txt", b"text")
    put(tmp_path / "empty.txt", b"")
    assert pictures(tmp_path) == [str(tmp_path / "no_suffix"), str(tmp_path / "picture.txt")]
    assert {path.rsplit("/", 1)[1]: item.reason for path, item in skipped(tmp_path).items()} == {
        "page.jpg": "not a picture (content is HTML)",
        "notes.txt": "not a picture",
        "empty.txt": "not a picture",
    }


def test_broken_and_empty_files_named_like_pictures_are_listed_among_the_pictures(tmp_path: Path) -> None:
    put(tmp_path / "empty.jpg", b"")
    put(tmp_path / "noise.jpg", b"\x00\x17\x99\x02")
    assert len(pictures(tmp_path)) == 2


def test_a_missing_argument_is_listed_as_unreadable_with_a_way_on(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    missing = str(tmp_path / "nowhere")
    entries = skipped(missing, tmp_path)
    assert entries[missing].is_unreadable
    assert "check the spelling" in entries[missing].reason
    assert pictures(missing, tmp_path) == [str(tmp_path / "a.png")]


@pytest.mark.parametrize("argument", ["", "a\0b", "x" * 5000])
def test_a_path_that_the_system_refuses_is_listed_as_unreadable(argument: str) -> None:
    assert skipped(argument)[argument].is_unreadable


def refuse(path: Path, real: Callable[..., object]) -> Callable[..., object]:
    def wrapper(target: str, *arguments: object) -> object:
        if target == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), target)
        return real(target, *arguments)

    return wrapper


def test_an_unreadable_folder_is_listed_and_the_walk_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "closed" / "a.png")
    put(tmp_path / "open" / "b.png")
    monkeypatch.setattr(os, "scandir", refuse(tmp_path / "closed", os.scandir))
    entry = skipped(tmp_path)[str(tmp_path / "closed")]
    assert entry.is_unreadable
    assert "permission" in entry.reason
    assert pictures(tmp_path) == [str(tmp_path / "open" / "b.png")]


def test_an_unreadable_folder_given_as_argument_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "scandir", refuse(tmp_path, os.scandir))
    assert skipped(tmp_path)[str(tmp_path)].is_unreadable


def test_an_unreadable_file_is_never_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, other = put(tmp_path / "a.jpg"), put(tmp_path / "other")
    monkeypatch.setattr(os, "open", refuse(photo, refuse(other, os.open)))
    assert pictures(tmp_path) == [str(photo)]
    assert skipped(tmp_path)[str(other)].is_unreadable


def test_a_file_that_vanishes_during_the_walk_is_listed(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    last = put(tmp_path / "b")
    found = find_images([tmp_path], SETTINGS)
    next(found)
    last.unlink()
    entry = next(found)
    assert isinstance(entry, Skipped)
    assert entry.is_unreadable


def test_links_in_a_circle_end_and_are_listed(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "self").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    (tmp_path / "in" / "ring1").symlink_to(tmp_path / "in" / "ring2")
    (tmp_path / "in" / "ring2").symlink_to(tmp_path / "in" / "ring1")
    (tmp_path / "in" / "broken").symlink_to(tmp_path / "nowhere")
    entries = skipped(tmp_path)
    assert pictures(tmp_path) == [str(tmp_path / "in" / "a.png")]
    assert {path.rsplit("/", 1)[1] for path in entries} == {"self", "up", "ring1", "ring2", "broken"}
    assert "circle" in entries[str(tmp_path / "in" / "ring1")].reason
    assert "broken" in entries[str(tmp_path / "in" / "broken")].reason


def test_a_link_to_a_file_inside_the_tree_is_skipped_and_the_file_scanned_once(tmp_path: Path) -> None:
    put(tmp_path / "z.png")
    (tmp_path / "a.png").symlink_to(tmp_path / "z.png")
    assert pictures(tmp_path) == [str(tmp_path / "z.png")]
    assert "own name" in skipped(tmp_path)[str(tmp_path / "a.png")].reason


def test_links_to_a_file_outside_the_tree_show_it_once(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "x.png")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.png").symlink_to(outside)
    (inside / "b.png").symlink_to(outside)
    assert pictures(inside) == [str(inside / "a.png")]
    assert "own name" in skipped(inside)[str(inside / "b.png")].reason


def test_a_link_to_a_folder_elsewhere_is_not_followed_but_listed(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "x.png")
    put(tmp_path / "inside" / "a.png")
    (tmp_path / "inside" / "link").symlink_to(tmp_path / "elsewhere")
    assert pictures(tmp_path / "inside") == [str(tmp_path / "inside" / "a.png")]
    assert "not followed" in skipped(tmp_path / "inside")[str(tmp_path / "inside" / "link")].reason


def test_a_link_given_as_argument_is_followed(tmp_path: Path) -> None:
    put(tmp_path / "real" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert pictures(tmp_path / "link") == [str(tmp_path / "link" / "a.png")]


@pytest.mark.timeout(20)
def test_pipes_and_devices_are_listed_and_never_opened(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.jpg")
    entries = skipped(tmp_path, "/dev/null")
    assert entries[str(tmp_path / "pipe.jpg")].reason == "not a picture (a named pipe)"
    assert entries["/dev/null"].reason == "not a picture (a device)"
    assert pictures(tmp_path) == [str(tmp_path / "a.png")]


HOSTILE_NAMES = [
    b"new\nline.png",
    b"esc\x1b[2J.png",
    b"-rf.png",
    b"--help",
    b"[red]markup[bold].png",
    b"undecodable \xff\xfe.png",
    b"%s{0}$(id)`id`.png",
    b" leading and trailing .png ",
    "right to left \u202egnp.exe".encode(),
]


def test_hostile_names_are_kept_as_they_are(tmp_path: Path) -> None:
    for name in HOSTILE_NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(PNG)
    found = pictures(tmp_path)
    assert {os.fsencode(path).rpartition(b"/")[2] for path in found} == set(HOSTILE_NAMES)
    assert pictures(*found) == sorted(found)


def test_folders_deeper_than_any_recursion_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    depth = 1200
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    put(Path("a.png"))
    monkeypatch.chdir(tmp_path)
    found = pictures("d")
    # The recursion of shutil.rmtree, which clears up behind the tests, does not reach this deep.
    os.chdir("d/" * depth)
    Path("a.png").unlink()
    for _ in range(depth):
        os.chdir("..")
        Path("d").rmdir()
    assert found == ["d/" * depth + "a.png"]


def test_a_path_too_long_for_the_system_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(30):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    monkeypatch.chdir(tmp_path)
    (entry,) = skipped(".").values()
    assert entry.is_unreadable
    assert "too long" in entry.reason


def test_the_pages_of_a_file_are_listed_up_to_the_limit(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in range(0, 250, 50)]
    path = str(tmp_path / "scan.tif")
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert list(find_images([path], SETTINGS)) == [ImageRef(path, page=page, pages=5) for page in range(5)]
    assert list(find_images([path], Settings(max_pages=2))) == [ImageRef(path, page=page, pages=5) for page in range(2)]
