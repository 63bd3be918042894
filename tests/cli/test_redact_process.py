"""`idscan redact` and `idscan verify` as processes, on real pictures: what is published where, and how it ends."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import stat
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from idscan.core.errors import ExitCode
from tests.fakes.process import Ended, idscan, start, tree, wait_for
from tests.synth import small
from tests.synth.planted import PLANTED, encoded, planted_exif

SCHEMA = Path(__file__).parents[2] / "idscan" / "report" / "schema" / "scan-1.schema.json"
COMMENT = b"taken with a made-up camera"
VALUES = (small.NUMBER, small.OLD_NUMBER, small.NAME, "1999-01-15", "15/01/1999")


def with_exif(picture: Image.Image, format_name: str = "JPEG") -> bytes:
    return encoded(picture, format_name, exif=planted_exif())


def put(folder: Path, **files: bytes) -> Path:
    """Write files, whose names are given with two underscores for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder


@dataclass(frozen=True, slots=True)
class Published:
    """A run over a front, a back and a clean picture, and the folder it ran in."""

    home: Path
    ended: Ended
    before: dict[str, bytes]
    after: dict[str, bytes]

    @property
    def out(self) -> Path:
        return self.home / "in" / "out"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    home = tmp_path_factory.mktemp("published")
    folder = put(
        home / "in",
        front__png=encoded(small.front(), "PNG"),
        back__jpg=encoded(small.back(), "JPEG", quality=90),
        notes__txt=b"nothing to see",
    )
    put(folder / "sub", view__jpg=with_exif(small.view()))
    before = tree(folder)
    ended = idscan("redact", "in", "-o", "in/out", "--report", "record.json", "--jobs", "1", cwd=home)
    return Published(home, ended, before, tree(folder))


def test_a_run_that_hid_everything_ends_with_0_and_says_what_comes_next(published: Published) -> None:
    assert (published.ended.code, published.ended.out) == (ExitCode.CLEAN, "")
    assert "record.json" in published.ended.err
    assert "Look at the pictures before you share them, then: idscan verify in/out" in published.ended.err


def test_the_output_holds_the_results_and_nothing_else(published: Published) -> None:
    made = {path for path in published.after if path.startswith("out/")}
    assert made == {"out/front.png", "out/back.jpg", "out/sub/view.jpg"}
    assert sorted(path.name for path in published.home.iterdir()) == ["in", "record.json"]
    assert not list(published.home.rglob(".idscan-tmp"))


def test_originals_stay_as_they_are(published: Published) -> None:
    assert {path: published.after[path] for path in published.before} == published.before


def test_the_record_follows_its_schema_and_tells_the_digest_of_each_result(published: Published) -> None:
    content = (published.home / "record.json").read_text("utf-8")
    record = json.loads(content)
    jsonschema.validate(record, json.loads(SCHEMA.read_text("utf-8")))
    assert [value for value in VALUES if value in content] == []
    told = {
        image["redaction"]["output"]: (image["redaction"]["outcome"], image["redaction"]["sha256"])
        for image in record["images"]
    }
    made = {path: hashlib.sha256(published.after[path]).hexdigest() for path in published.after if path[:4] == "out/"}
    assert told == {
        "in/out/front.png": ("redacted", made["out/front.png"]),
        "in/out/back.jpg": ("redacted", made["out/back.jpg"]),
        "in/out/sub/view.jpg": ("stripped", made["out/sub/view.jpg"]),
    }
    verifications = [image["redaction"]["verification"] for image in record["images"]]
    assert [check["passed"] for check in verifications if check] == [True, True]


def test_what_lies_outside_the_regions_of_a_lossless_picture_is_untouched(published: Published) -> None:
    record = json.loads((published.home / "record.json").read_text("utf-8"))
    (front,) = [image for image in record["images"] if image["path"] == "in/front.png"]
    before, after = (np.asarray(Image.open(published.home / "in" / path)) for path in ("front.png", "out/front.png"))
    changed = (before != after).any(axis=2)
    inside = np.zeros_like(changed)
    for region in front["redaction"]["regions"]:
        # What was a JPEG before may show ink some pixels further out.
        left, top = np.maximum(0, np.array(region["quad"]).min(axis=0).astype(int) - 12)
        right, bottom = np.array(region["quad"]).max(axis=0).astype(int) + 12
        inside[top:bottom, left:right] = True
    assert changed.any()
    assert not inside.all()
    assert not (changed & ~inside).any()


def test_published_files_are_as_readable_as_the_umask_lets_them_be(published: Published) -> None:
    mask = os.umask(0o022)
    os.umask(mask)
    for name in ("front.png", "back.jpg", "sub/view.jpg"):
        assert stat.S_IMODE((published.out / name).stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((published.home / "record.json").stat().st_mode) == 0o600


def test_nothing_comes_back_from_the_output(published: Published) -> None:
    assert idscan("verify", "in/out", "--jobs", "1", cwd=published.home).code == ExitCode.CLEAN


def test_verifying_originals_ends_with_6_and_does_not_repeat_them(published: Published) -> None:
    ended = idscan("verify", "in/front.png", "-f", "json", "--jobs", "1", cwd=published.home)
    assert ended.code == ExitCode.STILL_LEAKS
    jsonschema.validate(json.loads(ended.out), json.loads(SCHEMA.read_text("utf-8")))
    assert "Do not share these" in ended.err
    assert [value for value in VALUES if value in ended.out + ended.err] == []


@pytest.mark.slow
def test_a_second_run_over_a_finished_output_changes_no_byte(published: Published) -> None:
    ended = idscan("redact", "in", "-o", "in/out", "--jobs", "2", cwd=published.home)
    assert (ended.code, tree(published.home / "in")) == (ExitCode.CLEAN, published.after)


@pytest.mark.slow
@pytest.mark.parametrize("style", [("blur",), ("solid", "--color", "#ff8000"), ("mosaic",)], ids=lambda style: style[0])
def test_no_style_leaves_anything_to_find(tmp_path: Path, style: tuple[str, ...]) -> None:
    put(tmp_path / "in", front__png=encoded(small.front(), "PNG"), back__jpg=encoded(small.back(), "JPEG", quality=90))
    assert idscan("redact", "in", "-o", "out", "--style", *style, cwd=tmp_path).code == ExitCode.CLEAN
    assert set(tree(tmp_path / "out")) == {"front.png", "back.jpg"}
    assert idscan("scan", "out", cwd=tmp_path).code == ExitCode.CLEAN


@pytest.mark.parametrize(
    "arguments",
    [
        ("redact", "in"),
        ("redact", "lost", "-o", "out"),
        ("redact", "in", "-o", "in"),
        ("redact", "in/sub", "-o", "in"),
        ("redact", "in", "--in-place"),
        ("redact", "in", "--in-place", "--backup-dir", "in/kept"),
        ("redact", "in", "-o", "out", "--report", "out/record.json"),
        ("verify", "lost"),
        ("verify",),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_writes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    put(tmp_path / "in" / "sub", view__jpg=with_exif(small.view()))
    before = tree(tmp_path)
    ended = idscan(*arguments, cwd=tmp_path)
    assert (ended.code, ended.out, tree(tmp_path)) == (ExitCode.USAGE, "", before)
    assert ended.err.startswith("idscan: ")
    assert not list(tmp_path.rglob(".idscan-tmp"))


def test_an_unreadable_picture_among_good_ones_ends_with_4_and_is_never_published(tmp_path: Path) -> None:
    view = with_exif(small.view())
    put(tmp_path / "in", good__jpg=view, torn__jpg=view[: len(view) * 2 // 3], noise__png=b"\x89PNG\r\n\x1a\nnothing")
    ended = idscan("redact", "in", "lost.jpg", "-o", "out", "--jobs", "1", cwd=tmp_path)
    assert ended.code == ExitCode.UNREADABLE_INPUT
    assert set(tree(tmp_path / "out")) == {"good.jpg"}
    assert "torn.jpg" in ended.out
    assert "noise.png" in ended.out
    assert "lost.jpg" in ended.out
    plain = encoded(small.view(), "JPEG")
    put(tmp_path / "in", plain__jpg=plain[: len(plain) * 2 // 3])
    assert idscan("verify", "in/plain.jpg", "--jobs", "1", cwd=tmp_path).code == ExitCode.UNREADABLE_INPUT
    # What its metadata says comes back, however little of its pixels can be read.
    assert idscan("verify", "in/torn.jpg", "--jobs", "1", cwd=tmp_path).code == ExitCode.STILL_LEAKS


@pytest.mark.slow
def test_another_file_where_a_result_goes_stays_unless_forced(tmp_path: Path) -> None:
    put(tmp_path / "in", a__jpg=with_exif(small.view()), b__jpg=with_exif(small.view(1)))
    put(tmp_path / "out", a__jpg=b"precious", other__txt=b"mine")
    ended = idscan("redact", "in", "-o", "out", "--jobs", "1", cwd=tmp_path)
    assert ended.code == ExitCode.CANNOT_WRITE
    assert "--force" in ended.out
    made = tree(tmp_path / "out")
    assert set(made) == {"a.jpg", "b.jpg", "other.txt"}
    assert (made["a.jpg"], made["other.txt"]) == (b"precious", b"mine")
    assert idscan("redact", "in", "-o", "out", "--force", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    forced = tree(tmp_path / "out")
    assert (forced["a.jpg"][:2], forced["b.jpg"], forced["other.txt"]) == (b"\xff\xd8", made["b.jpg"], b"mine")


@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_an_interruption_ends_with_130_says_how_to_go_on_and_leaves_nothing_half_written(
    tmp_path: Path, jobs: str
) -> None:
    put(tmp_path / "in", front__png=encoded(small.front(), "PNG"), view__jpg=with_exif(small.view()))
    unfinished = tmp_path / "out" / ".idscan-tmp"
    with start("redact", "in", "-o", "out", "--jobs", jobs, cwd=tmp_path) as process:
        wait_for(lambda: unfinished.exists() and len(list(unfinished.iterdir())) > 2)  # a lock, a store, and results
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (ExitCode.INTERRUPTED, "")
    said = "idscan: interrupted; finished pictures stand in the output, run the same command again to go on"
    assert err.strip() == said
    left = set(tree(tmp_path / "out"))
    assert left <= {"view.jpg", ".idscan-tmp/journal", ".idscan-tmp/lock"}
    if "view.jpg" in left:
        assert PLANTED not in (tmp_path / "out" / "view.jpg").read_bytes()
        Image.open(tmp_path / "out" / "view.jpg").load()


def test_what_happens_to_clean_pictures_is_chosen(tmp_path: Path) -> None:
    content = encoded(small.view(), "JPEG", comment=COMMENT)
    put(tmp_path / "in", view__jpg=content)
    ended = {
        mode: idscan("redact", "in", "-o", mode, "--clean", mode, "--jobs", "1", cwd=tmp_path)
        for mode in ("strip", "skip", "as-is")
    }
    assert {mode: run.code for mode, run in ended.items()} == dict.fromkeys(ended, ExitCode.CLEAN)
    assert {mode: set(tree(tmp_path / mode)) for mode in ended} == {
        "strip": {"view.jpg"},
        "skip": set(),
        "as-is": {"view.jpg"},
    }
    stripped = (tmp_path / "strip" / "view.jpg").read_bytes()
    assert COMMENT not in stripped
    assert np.array_equal(*(np.asarray(Image.open(io.BytesIO(data))) for data in (stripped, content)))
    assert (tmp_path / "as-is" / "view.jpg").read_bytes() == content
    assert "with its metadata" in ended["as-is"].err
    assert not any("metadata" in ended[mode].err for mode in ("strip", "skip"))


def test_a_clean_picture_that_verify_would_complain_about_is_not_copied_as_it_is(tmp_path: Path) -> None:
    put(tmp_path / "in", view__jpg=with_exif(small.view()))
    ended = idscan("redact", "in", "-o", "out", "--clean", "as-is", "--jobs", "1", cwd=tmp_path)
    assert (ended.code, tree(tmp_path / "out")) == (ExitCode.STILL_LEAKS, {})
    assert "publish it with --clean strip" in " ".join(ended.out.split())
    assert idscan("verify", "in", "--jobs", "1", cwd=tmp_path).code == ExitCode.STILL_LEAKS


def test_in_place_keeps_each_original_where_it_was_told_to(tmp_path: Path) -> None:
    put(tmp_path / "in", view__png=with_exif(small.view(1), "PNG"), notes__txt=b"mine")
    put(tmp_path / "in" / "sub", view__jpg=with_exif(small.view()))
    before = tree(tmp_path / "in")
    ended = idscan("redact", "in", "--in-place", "--backup-dir", "kept", "--jobs", "1", cwd=tmp_path)
    assert ended.code == ExitCode.CLEAN
    assert "The originals in kept still show everything" in ended.err
    after = tree(tmp_path / "in")
    assert set(after) == set(before)
    assert {path for path in after if after[path] != before[path]} == {"view.png", "sub/view.jpg"}
    assert tree(tmp_path / "kept") == {path: before[path] for path in ("view.png", "sub/view.jpg")}
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert [path for path in after if PLANTED in after[path]] == []


@pytest.mark.slow
def test_cards_are_hidden_in_place(tmp_path: Path) -> None:
    put(tmp_path / "in", front__png=encoded(small.front(), "PNG"), back__jpg=encoded(small.back(), "JPEG"))
    before = tree(tmp_path)
    in_place = ("redact", "in", "--in-place", "--no-backup", "--jobs", "1")
    assert idscan(*in_place, cwd=tmp_path).code == ExitCode.CLEAN
    after = tree(tmp_path)
    assert set(after) == set(before)
    assert [path for path in after if after[path] == before[path]] == []
    assert idscan("verify", "in", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN


def test_in_place_without_backup_leaves_no_original_anywhere(tmp_path: Path) -> None:
    put(tmp_path / "in", view__jpg=with_exif(small.view()))
    assert idscan("redact", "in", "--in-place", "--no-backup", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    assert set(tree(tmp_path)) == {"in/view.jpg"}
    assert PLANTED not in (tmp_path / "in" / "view.jpg").read_bytes()


def test_a_picture_that_is_named_in_several_ways_is_published_once(tmp_path: Path) -> None:
    put(tmp_path / "in" / "sub", view__jpg=with_exif(small.view()))
    put(tmp_path / "other", alone__jpg=with_exif(small.view(1)))
    given = ("in", "in", "in/sub", "in/sub/view.jpg", "./in", "other/alone.jpg")
    assert idscan("redact", *given, "-o", "out", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    made = tree(tmp_path / "out")
    assert set(made) == {"sub/view.jpg", "alone.jpg"}
    assert idscan("redact", *reversed(given), "-o", "out", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    assert tree(tmp_path / "out") == made


@pytest.mark.slow
def test_pictures_of_one_name_do_not_take_each_others_place(tmp_path: Path) -> None:
    names = {"one/same.jpg": 1, "two/same.jpg": 2, "one/a.jpg": 3, "one/A.JPG": 4}
    for name, shift in names.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(with_exif(small.view(shift)))
    if len(tree(tmp_path)) < len(names):
        pytest.skip("this file system takes a.jpg and A.JPG for the same")
    assert idscan("redact", "one", "two", "-o", "out", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    made = {name: Image.open(io.BytesIO(content)).size for name, content in tree(tmp_path / "out").items()}
    assert made == {
        "A.JPG": small.view(4).size,
        "a-2.jpg": small.view(3).size,
        "same.jpg": small.view(1).size,
        "same-2.jpg": small.view(2).size,
    }
    shutil.rmtree(tmp_path / "out")
    assert idscan("redact", ".", "-o", "out", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    assert set(tree(tmp_path / "out")) == {"one/A.JPG", "one/a-2.jpg", "one/same.jpg", "two/same.jpg"}
