"""Values planted in findings, names of files and exceptions never leave the command unless revealed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from idscan.core.errors import ExitCode
from tests.factories import NAME, NUMBER, OTHER_NUMBER, PLANTED
from tests.fakes.scans import ORDERS

if TYPE_CHECKING:
    from pathlib import Path

SPELLINGS = (*PLANTED, "Nguyen Van Mau", "nguyen_van_mau", "NguyenVanMau", "001 099 000 001", "0010-9900-0001")
NAMES = (
    f"{NUMBER}.jpg",
    f"{OTHER_NUMBER} front.jpg",
    "001 099 000 001.jpg",
    "IMG_0010-9900-0001.jpg",
    f"{NAME}.jpg",
    "nguyen_van_mau.jpg",
    "NguyenVanMau2.jpg",
)
QUICK_ORDERS = tuple(order for order in ORDERS if not order.startswith(("hang", "die", "interrupt")))


def command(*arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, bytes]:
    """Run it; return the exit code and everything it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.command", *arguments],
        check=False,
        capture_output=True,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": os.getcwd(), **environment},
    )
    return done.returncode, done.stdout + done.stderr


def leaks(said: bytes) -> list[str]:
    # Wrapping may break a value over lines; what a person can still put together counts as shown.
    joined = "".join(said.decode("utf-8", "replace").split())
    return [value for value in SPELLINGS if "".join(value.split()) in joined]


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    """Return a folder named like a person, with every behaviour under every hostile name; one card names them all."""
    folder = tmp_path / "in" / f"{NUMBER} {NAME}"
    folder.mkdir(parents=True)
    for position, order in enumerate(QUICK_ORDERS):
        stem, suffix = os.path.splitext(NAMES[position % len(NAMES)])
        (folder / f"{stem} {position}{suffix}").write_text(order)
    (folder / "card.jpg").write_text("show")
    (folder / f"{NUMBER}.txt").write_text("no picture")
    return str(tmp_path / "in")


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_scan_of_everything_at_once_shows_nothing(pictures: str, form: str, jobs: str) -> None:
    code, said = command("scan", pictures, "-f", form, "--jobs", jobs, "--stats")
    assert leaks(said) == []
    assert code == ExitCode.BUG
    assert b"0**********1" in said


@pytest.mark.usefixtures("fake_scan")
@pytest.mark.parametrize("order", ["show", "shout", "crash", "torn", "out of memory", "lie", "talk nonsense"])
@pytest.mark.parametrize("name", NAMES)
def test_a_single_picture_named_like_a_person_shows_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, order: str, name: str
) -> None:
    from idscan.cli.main import run

    (tmp_path / name).write_text(order)
    (tmp_path / "card.jpg").write_text("show")
    monkeypatch.chdir(tmp_path)
    run(["scan", name, "card.jpg"])
    out, err = capfd.readouterr()
    assert leaks((out + err).encode()) == []


def test_a_dying_worker_shows_nothing(tmp_path: Path) -> None:
    for position, order in enumerate(("die", "show", "crash", "show")):
        (tmp_path / f"{NUMBER} {position}.jpg").write_text(order)
    code, said = command("scan", str(tmp_path), "-f", "json", "--jobs", "2")
    assert (code, leaks(said)) == (ExitCode.BUG, [])
    assert b"worker_died" in said


@pytest.mark.parametrize("suffix", ["json", "txt"])
def test_a_written_report_and_what_is_said_beside_it_show_nothing(pictures: str, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"{NAME} {NUMBER}.{suffix}"
    _code, said = command("scan", pictures, "-o", str(target), "--jobs", "1")
    assert leaks(said) == []
    assert leaks(target.read_bytes()) == []
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["in", target.name])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("scan", NUMBER), ExitCode.USAGE),
        (("scan", f"{NUMBER}.jpg", f"missing/{OTHER_NUMBER}"), ExitCode.USAGE),
        (("scan", f"--{NUMBER}"), ExitCode.USAGE),
        (("scan", ".", "--jobs", NUMBER + "x"), ExitCode.USAGE),
        (("scan", ".", "--engine", NUMBER), ExitCode.ENGINE_MISSING),
        (("scan", ".", "-o", f"{NUMBER}/findings.json"), ExitCode.CANNOT_WRITE),
        (("scan", ".", "-o", f"{NUMBER}.xyz"), ExitCode.USAGE),
        (("doctor", NUMBER), ExitCode.USAGE),
        (("explain", NUMBER, NUMBER), ExitCode.USAGE),
        (("explain", f"{NUMBER}x"), ExitCode.UNREADABLE_INPUT),
        ((NUMBER,), ExitCode.USAGE),
    ],
)
def test_an_error_repeats_no_number(tmp_path: Path, arguments: tuple[str, ...], expected: ExitCode) -> None:
    code, said = command(*arguments, cwd=tmp_path)
    assert (code, leaks(said)) == (expected, [])


def test_nothing_is_left_in_the_folder_for_temporary_files(pictures: str, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command("scan", pictures, "--jobs", "2", TMPDIR=str(temporary))
    assert list(temporary.iterdir()) == []
    assert tempfile.gettempdir() != str(temporary)


@pytest.mark.parametrize("form", ["table", "json"])
def test_reveal_shows_what_was_read_but_not_what_a_bug_says(pictures: str, form: str) -> None:
    _code, said = command("scan", pictures, "-f", form, "--jobs", "1", "--reveal")
    assert NUMBER in said.decode()
    assert "cannot parse" not in said.decode()
