"""The command in this process, with fake steps: options, formats, exit codes."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import stat
from typing import TYPE_CHECKING

import pytest

from idscan.cli.main import run
from idscan.core.errors import ExitCode
from tests.factories import NAME, NUMBER, PLANTED
from tests.fakes.process import unwritable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeAlias

    MakeFolder: TypeAlias = Callable[..., str]
    Captured: TypeAlias = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, fake_scan: None) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    def make(*orders: str) -> str:
        (tmp_path / "in").mkdir()
        for position, order in enumerate(orders):
            (tmp_path / "in" / f"{position}.jpg").write_text(order)
        return str(tmp_path / "in")

    return make


@pytest.mark.parametrize(
    ("orders", "options", "code"),
    [
        (("harmless",), (), ExitCode.CLEAN),
        ((), (), ExitCode.CLEAN),
        (("show", "harmless"), (), ExitCode.EXPOSED),
        (("show outside",), (), ExitCode.EXPOSED),
        (("show",), ("--exit-zero",), ExitCode.CLEAN),
        (("torn", "harmless"), (), ExitCode.UNREADABLE_INPUT),
        (("torn", "harmless"), ("--exit-zero",), ExitCode.UNREADABLE_INPUT),
        (("torn", "show"), (), ExitCode.EXPOSED),
        (("torn", "show"), ("--exit-zero",), ExitCode.UNREADABLE_INPUT),
        (("crash", "show", "torn"), (), ExitCode.BUG),
        (("out of memory",), (), ExitCode.UNREADABLE_INPUT),
        (("show",), ("--engine", "tesseract"), ExitCode.ENGINE_MISSING),
        (("show",), ("--engine", "zxing-cpp"), ExitCode.EXPOSED),
    ],
)
def test_the_exit_code_tells_how_it_ended(
    folder: MakeFolder, orders: tuple[str, ...], options: tuple[str, ...], code: ExitCode
) -> None:
    assert run(["scan", folder(*orders), *options]) == code


def test_a_report_is_written_even_if_one_picture_brings_out_a_bug(folder: MakeFolder, capsys: Captured) -> None:
    assert run(["scan", folder("crash", "show"), "-f", "json"]) == ExitCode.BUG
    images = json.loads(capsys.readouterr().out)["images"]
    assert [len(entry["cards"]) for entry in images] == [0, 2]
    assert images[0]["problems"][0]["kind"] == "internal_error"


def test_the_table_is_the_default_and_people_are_told_what_next(folder: MakeFolder, capsys: Captured) -> None:
    path = folder("show")
    run(["scan", path])
    out, err = capsys.readouterr()
    assert "CCCD (chip), front" in out
    assert f"idscan scan -o findings.json {path}" in err
    assert "idscan doctor" in err


@pytest.mark.parametrize(
    ("order", "options", "is_advised"),
    [
        ("harmless", [], False),
        ("harmless", ["--effort", "fast"], True),
        ("torn", [], False),
        ("show", [], True),
        ("show", ["--effort", "thorough"], False),
    ],
)
def test_looking_harder_is_advised_only_where_it_may_find_more(
    folder: MakeFolder, capsys: Captured, order: str, options: list[str], *, is_advised: bool
) -> None:
    path = folder(order)
    run(["scan", path, *options])
    assert (f"idscan scan --effort thorough {path}" in capsys.readouterr().err) is is_advised


def test_many_or_masked_paths_are_not_spelled_out_in_the_next_command(folder: MakeFolder, capsys: Captured) -> None:
    path = folder("show", "show", "show", "show")
    run(["scan", *(f"{path}/{position}.jpg" for position in range(4))])
    assert "-o findings.json PATH..." in capsys.readouterr().err


def test_a_path_with_a_leading_dash_can_be_typed_as_told(
    folder: MakeFolder, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder())
    with open("-a.jpg", "w", encoding="utf-8") as stream:  # the bare name matters
        stream.write("show")
    run(["scan", "--", "-a.jpg"])
    assert "idscan scan -o findings.json -- -a.jpg" in capsys.readouterr().err


def test_output_goes_to_a_private_file_whose_suffix_tells_the_format(
    folder: MakeFolder, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "findings.json"
    assert run(["scan", folder("show"), "-o", str(target)]) == ExitCode.EXPOSED
    out, err = capsys.readouterr()
    assert out == ""
    assert "findings.json" in err
    assert json.loads(target.read_text(encoding="utf-8"))["summary"]["exposed_images"] == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_table_can_be_written_to_a_file(folder: MakeFolder, tmp_path: Path) -> None:
    run(["scan", folder("show"), "-o", str(tmp_path / "report.txt")])
    assert "CCCD (chip), front" in (tmp_path / "report.txt").read_text(encoding="utf-8")


def test_an_unknown_suffix_needs_a_format(folder: MakeFolder, tmp_path: Path, capsys: Captured) -> None:
    path = folder("show")
    assert run(["scan", path, "-o", str(tmp_path / "report.xyz")]) == ExitCode.USAGE
    assert "--format" in capsys.readouterr().err
    assert run(["scan", path, "-o", str(tmp_path / "report.xyz"), "-f", "json"]) == ExitCode.EXPOSED


def test_a_dash_as_output_is_standard_output(folder: MakeFolder, capsys: Captured) -> None:
    run(["scan", folder("show"), "-f", "json", "-o", "-"])
    assert json.loads(capsys.readouterr().out)["schema_version"] == 1


def test_an_existing_output_ends_the_run_before_any_work(folder: MakeFolder, tmp_path: Path) -> None:
    target = tmp_path / "findings.json"
    target.write_text("precious")

    path = folder("interrupt")
    assert run(["scan", path, "-o", str(target)]) == ExitCode.CANNOT_WRITE
    assert run(["scan", path, "-o", str(tmp_path / "missing" / "x.json")]) == ExitCode.CANNOT_WRITE
    assert target.read_text() == "precious"


def test_force_replaces_the_output(folder: MakeFolder, tmp_path: Path) -> None:
    target = tmp_path / "findings.json"
    target.write_text("old")
    assert run(["scan", folder("show"), "-o", str(target), "--force"]) == ExitCode.EXPOSED
    assert json.loads(target.read_text(encoding="utf-8"))["schema_version"] == 1


@pytest.mark.parametrize(
    ("given", "options"),
    [(b"{0}/0.jpg\n{0}/1.jpg\n", ()), (b"{0}/0.jpg\r\n\r\n{0}/1.jpg", ()), (b"{0}/0.jpg\0{0}/1.jpg\0", ("-0",))],
)
def test_paths_come_from_standard_input(
    folder: MakeFolder, capsys: Captured, monkeypatch: pytest.MonkeyPatch, given: bytes, options: tuple[str, ...]
) -> None:
    path = folder("show", "harmless", "show")
    content = given.replace(b"{0}", os.fsencode(path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    run(["scan", "-", "-f", "json", *options])
    images = json.loads(capsys.readouterr().out)["images"]
    assert [entry["path"][-5:] for entry in images] == ["0.jpg", "1.jpg"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-0", "in"),
        ("in", "--jobs", "0"),
        ("in", "--effort", "heroic"),
        ("in", "--unheard-of"),
        ("in", "--max-pixels", "x"),
        ("in", "-f", "xml"),
        ("missing/x", "missing/y"),
    ],
)
def test_wrong_usage_ends_before_work_starts(
    folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, capsys: Captured, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(os.path.dirname(folder("show")))
    assert run(["scan", *arguments]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("idscan: ")


def test_all_missing_paths_are_named_some_of_them(tmp_path: Path, capsys: Captured) -> None:
    run(["scan", *(str(tmp_path / f"missing{position}") for position in range(7))])
    err = capsys.readouterr().err
    assert "missing0" in err
    assert "missing6" not in err


def test_one_missing_path_among_others_is_an_unreadable_input(folder: MakeFolder, capsys: Captured) -> None:
    path = folder("harmless")
    assert run(["scan", path, path + "/missing.jpg"]) == ExitCode.UNREADABLE_INPUT
    assert "missing.jpg" in capsys.readouterr().out


def test_reveal_shows_what_was_read(folder: MakeFolder, capsys: Captured) -> None:
    run(["scan", folder("show"), "--reveal"])
    assert NUMBER in capsys.readouterr().out


def test_reproducible_reports_are_equal_for_any_number_of_jobs(folder: MakeFolder, capsys: Captured) -> None:
    path = folder("show", "harmless", "show other", "torn", "show outside")
    reports = []
    for jobs in ("1", "2", "3"):
        run(["scan", path, "-f", "json", "--reproducible", "--jobs", jobs])
        reports.append(capsys.readouterr().out)
    assert reports[0] == reports[1] == reports[2]
    assert "started_at" not in reports[0]


def test_settings_stand_in_the_report(folder: MakeFolder, capsys: Captured) -> None:
    run(["scan", folder("show"), "-f", "json", "--effort", "fast", "--max-pixels", "5", "--engine", "zxing-cpp"])
    settings = json.loads(capsys.readouterr().out)["run"]["settings"]
    assert (settings["effort"], settings["max_pixels"], settings["required_engines"]) == ("fast", 5, ["zxing-cpp"])


def test_statistics_go_to_people(folder: MakeFolder, capsys: Captured) -> None:
    run(["scan", folder("harmless", "harmless"), "--stats"])
    out, err = capsys.readouterr()
    assert "read                  3.00 s" in err
    assert "85.7%   1500.0 ms  2 images" in err
    assert "CPU time of reading: 3.50 s, 1.750 s an image" in err
    assert re.search(r"CPU time of the run, with all workers: \d+\.\d\d s", err)
    assert re.search(r"Time on the clock: \d+\.\d\d s", err)
    assert "1.750" not in out


def test_what_an_engine_shouts_reaches_neither_report_nor_terminal(
    folder: MakeFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    run(["scan", folder("shout"), "-f", "json"])
    out, err = capfd.readouterr()
    json.loads(out)
    assert [value for value in PLANTED if value in out + err] == []


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ENOSPC])
def test_a_report_that_cannot_be_written_is_an_error(
    folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, capsys: Captured, error: int
) -> None:
    path = folder("show")
    with unwritable(error) as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert run(["scan", path]) == ExitCode.CANNOT_WRITE
        monkeypatch.undo()
    assert ("cannot be written" in capsys.readouterr().err) == (error == errno.ENOSPC)


def test_an_interruption_ends_with_130(folder: MakeFolder, capsys: Captured) -> None:
    assert run(["scan", folder("interrupt")]) == ExitCode.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err


def test_an_unexpected_error_is_reported_by_its_type_and_place_only(
    folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        message = f"{NUMBER} {NAME}"
        raise LookupError(message)

    path = folder("show")
    monkeypatch.setattr("os.path.lexists", fail)
    assert run(["scan", path]) == ExitCode.BUG
    err = capsys.readouterr().err
    assert "LookupError" in err
    assert "idscan/cli/scan.py:" in err
    assert NUMBER not in err
    assert NAME not in err
    assert "Traceback" not in err
