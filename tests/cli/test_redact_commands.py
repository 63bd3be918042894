"""`idscan redact` and `idscan verify` in this process, with made-up results: options, reports, exit codes."""

from __future__ import annotations

import errno
import io
import json
import stat
import sys
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from idscan.cli.main import run
from idscan.core.enums import Clean, Effort, FieldSet, Outcome, Style
from idscan.core.errors import EngineMissingError, ExitCode, NothingToScanError, OutputError, UnwritableError
from idscan.core.messages import message
from idscan.core.settings import Settings
from idscan.core.types import LEAKS_BESIDE, Destination, Problem, RedactSettings, VerifyResult
from idscan.report.messages import catalogue
from tests.factories import (
    NAME,
    NUMBER,
    PLANTED,
    chip_front,
    image,
    redact_run_of,
    redacted,
    run_of,
    stripped,
    typical_redact_run,
    typical_verify_run,
    unpublished,
)
from tests.fakes.process import unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from idscan.core.types import RedactResult

    Captured: TypeAlias = pytest.CaptureFixture[str]


@dataclass
class Calls:
    """What the library was asked for, and what it answers."""

    redact_result: RedactResult | BaseException = field(default_factory=typical_redact_run)
    verify_result: VerifyResult | BaseException = field(default_factory=typical_verify_run)
    given: list[dict[str, Any]] = field(default_factory=list)
    before_answer: Callable[[], object] = lambda: None

    def redact(
        self, paths: Any, destination: Destination, settings: RedactSettings, *, jobs: int | None, progress: Any
    ) -> RedactResult:
        self.given.append({"paths": paths, "destination": destination, "settings": settings, "jobs": jobs})
        assert progress is None
        self.before_answer()
        return answer(self.redact_result)

    def verify(self, paths: Any, settings: Settings, *, jobs: int | None, progress: Any) -> VerifyResult:
        self.given.append({"paths": paths, "settings": settings, "jobs": jobs})
        assert progress is None
        return answer(self.verify_result)


def answer(result: Any) -> Any:
    if isinstance(result, BaseException):
        raise result
    return result


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    for name, function in (("redact.run", calls.redact), ("redact.verify", calls.verify)):
        module = ModuleType(f"idscan.{name}")
        setattr(module, function.__name__, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return calls


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one_thread: None) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "vi")
    catalogue.cache_clear()
    yield
    monkeypatch.undo()
    catalogue.cache_clear()


def one(outcome: Outcome = Outcome.REDACTED, **changes: Any) -> RedactResult:
    done = {"redacted": redacted, "copied": stripped, "stripped": stripped}.get(outcome, unpublished)
    redaction = replace(done("photos/a.jpg", outcome=outcome), **changes)
    return redact_run_of(run_of(image("photos/a.jpg", chip_front())), redaction)


def test_defaults_are_thorough_and_touch_no_original(calls: Calls) -> None:
    calls.redact_result = one()
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.CLEAN
    assert calls.given == [
        {
            "paths": ("photos",),
            "destination": Destination(folder="out"),
            "settings": RedactSettings(),
            "jobs": None,
        }
    ]


def test_options_reach_the_library(calls: Calls) -> None:
    calls.redact_result = one()
    options = ["--style", "solid", "--color", "#Ff8000", "--fields", "card", "--clean", "skip", "--engine", "zbar"]
    run(["redact", "photos", "-o", "out", *options, "-j", "3", "--max-pixels", "9", "--force"])
    (given,) = calls.given
    settings = given["settings"]
    assert (settings.style, settings.colour, settings.fields) == (Style.SOLID, (255, 128, 0), FieldSet.CARD)
    assert settings.clean is Clean.SKIP
    assert (settings.scan.required_engines, settings.scan.max_pixels) == (("zbar",), 9)
    assert (given["jobs"], given["destination"].force) == (3, True)


@pytest.mark.parametrize(
    ("name", "colour"),
    [("black", (0, 0, 0)), ("White", (255, 255, 255)), ("grey", (128, 128, 128)), ("gray", (128, 128, 128))],
)
def test_colours_have_names(calls: Calls, name: str, colour: tuple[int, int, int]) -> None:
    run(["redact", "photos", "-o", "out", "--style", "solid", "--color", name])
    assert calls.given[0]["settings"].colour == colour


def test_in_place_with_a_backup_or_without(calls: Calls) -> None:
    run(["redact", "photos", "--in-place", "--backup-dir", "originals"])
    run(["redact", "photos", "--in-place", "--no-backup"])
    assert [given["destination"] for given in calls.given] == [
        Destination(in_place=True, backup_dir="originals"),
        Destination(in_place=True),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("photos",),
        ("-o", "out"),
        ("photos", "-o", "out", "--in-place", "--no-backup"),
        ("photos", "--in-place"),
        ("photos", "--in-place", "--no-backup", "--backup-dir", "originals"),
        ("photos", "-o", "out", "--no-backup"),
        ("photos", "-o", "out", "--backup-dir", "originals"),
        ("photos", "-o", "out", "--color", "black"),
        ("photos", "-o", "out", "--style", "mosaic", "--color", "black"),
        ("photos", "-o", "out", "--style", "solid", "--color", "reddish"),
        ("photos", "-o", "out", "--style", "solid", "--color", "#12345"),
        ("photos", "-o", "out", "--style", "smear"),
        ("photos", "-o", "out", "--fields", "none"),
        ("photos", "-o", "out", "--clean", "burn"),
        ("photos", "-o", "out", "--report", "out/r.json"),
        ("photos", "-o", "out", "--report", "photos/r.json"),
        ("photos", "-o", "out", "--report", "photos/../out/sub/r.json"),
        ("photos", "--in-place", "--no-backup", "--report", "photos/r.json"),
        ("photos", "-o", "out", "--report", "report.xyz"),
        ("photos", "-0", "-o", "out"),
    ],
)
def test_wrong_usage_ends_before_work_starts(calls: Calls, capsys: Captured, arguments: tuple[str, ...]) -> None:
    assert run(["redact", *arguments]) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert (out, calls.given) == ("", [])
    assert err.startswith("idscan: ")


def test_missing_paths_are_named(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = NothingToScanError(["lost"])
    assert run(["redact", "lost", "-o", "out"]) == ExitCode.USAGE
    assert "lost" in capsys.readouterr().err


def test_a_missing_engine_ends_with_3(calls: Calls) -> None:
    calls.redact_result = calls.verify_result = EngineMissingError("zbar", "apt install libzbar0")
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.ENGINE_MISSING
    assert run(["verify", "photos"]) == ExitCode.ENGINE_MISSING


@pytest.mark.usefixtures("vietnamese")
def test_what_ends_a_run_below_is_told_in_the_readers_language(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = OutputError(message("output_not_writable", reason="made up"))
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.CANNOT_WRITE
    assert capsys.readouterr().err == "idscan: không ghi được kết quả: made up\n"


def test_an_output_that_cannot_be_written_is_named_with_what_to_do(calls: Calls, capsys: Captured) -> None:
    for path, shown in (("afile", "afile"), (f"out/{NUMBER}", "out/***")):
        calls.redact_result = UnwritableError("made up", path=path, reason="Not a directory")
        assert run(["redact", "photos", "-o", path]) == ExitCode.CANNOT_WRITE
        said = (
            f"cannot write to {shown}: Not a directory; choose another place, or check the folder and its permissions"
        )
        assert capsys.readouterr().err == f"idscan: {said}\n"


def test_a_record_that_cannot_be_written_is_named_with_what_to_do(calls: Calls, capsys: Captured) -> None:
    for path, shown in (("lost/r.json", "lost/r.json"), (f"{NUMBER}/r.json", "***/r.json")):
        assert run(["redact", "photos", "-o", "out", "--report", path]) == ExitCode.CANNOT_WRITE
        err = capsys.readouterr().err
        assert f"cannot write to {shown}: No such file or directory; choose another place" in err
    assert calls.given == []


def test_a_record_that_cannot_be_written_in_the_end_is_named_masked(
    calls: Calls, capsys: Captured, tmp_path: Path
) -> None:
    (tmp_path / NAME).mkdir()
    calls.redact_result = one()
    calls.before_answer = (tmp_path / NAME).rmdir
    assert run(["redact", "photos", "-o", "out", "--report", f"{NAME}/r.json"]) == ExitCode.CANNOT_WRITE
    err = capsys.readouterr().err
    assert "cannot write to ***/r.json: No such file or directory" in err
    assert NAME not in err


def test_the_record_goes_to_standard_output(calls: Calls, capsys: Captured) -> None:
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.STILL_LEAKS
    assert calls.given
    out, err = capsys.readouterr()
    assert "verified, round 1" in out
    assert "Still leaks" in out
    assert [value for value in PLANTED if value in out + err] == []


def test_the_record_goes_to_a_private_file_outside(calls: Calls, capsys: Captured, tmp_path: Path) -> None:
    calls.redact_result = one()
    assert run(["redact", "photos", "-o", "out", "--report", "record.json"]) == ExitCode.CLEAN
    out, err = capsys.readouterr()
    assert (out, "record.json" in err) == ("", True)
    target = tmp_path / "record.json"
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["images"][0]["redaction"]["outcome"] == "redacted"
    assert document["run"]["settings"]["effort"] == "normal"  # that of the made-up scan
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_existing_record_ends_the_run_before_any_work(calls: Calls, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text("precious")
    assert run(["redact", "photos", "-o", "out", "--report", "record.json"]) == ExitCode.CANNOT_WRITE
    assert (calls.given, (tmp_path / "record.json").read_text()) == ([], "precious")
    assert run(["redact", "photos", "-o", "out", "--report", "record.json", "--force"]) == ExitCode.STILL_LEAKS


def test_json_may_be_asked_for_revealed_and_reproducible(calls: Calls, capsys: Captured) -> None:
    run(["redact", "photos", "-o", "out", "-f", "json", "--reveal", "--reproducible"])
    assert calls.given
    document = json.loads(capsys.readouterr().out)
    assert document["run"]["revealed"]
    assert "started_at" not in document["run"]
    assert document["images"][2]["cards"][0]["findings"][0]["value"] == NUMBER


def test_paths_come_from_standard_input(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"photos\0more\0")))
    run(["redact", "-", "-0", "-o", "out"])
    assert calls.given[0]["paths"] == ("photos", "more")


def test_the_closing_line_names_looking_and_verifying(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = one()
    run(["redact", "photos", "-o", "out"])
    assert "Look at the pictures before you share them, then: idscan verify out\n" in capsys.readouterr().err
    run(["redact", "photos", "--in-place", "--backup-dir", "originals"])
    err = capsys.readouterr().err
    assert "idscan verify photos\n" in err
    assert "The originals in originals still show everything" in err


def test_where_nothing_was_published_there_is_nothing_to_verify(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = one(Outcome.LEAKS)
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.STILL_LEAKS
    err = capsys.readouterr().err
    assert "idscan verify" not in err


def test_the_closing_line_advises_what_helps_against_the_leak_at_hand(calls: Calls, capsys: Captured) -> None:
    pixels, beside = Problem("verify", "still_leaks", "made up"), Problem("verify", LEAKS_BESIDE, "made up")
    by_hand, card, strip = "has to be hidden by hand", "by --fields card", "--clean strip"
    read, hidden = chip_front(), replace(chip_front(), findings=())
    for problem, shown, fields, advised in (
        # A card that was read is hidden as a whole before a file is given up, whatever was asked for.
        (pixels, read, RedactSettings().fields, by_hand),
        (pixels, hidden, RedactSettings().fields, card),
        (pixels, hidden, FieldSet.CARD, by_hand),
        (beside, read, RedactSettings().fields, strip),
    ):
        leaking = unpublished("photos/a.jpg", Outcome.LEAKS, problem)
        calls.redact_result = redact_run_of(run_of(image("photos/a.jpg", shown)), leaking, fields=fields)
        assert run(["redact", "photos", "-o", "out", "--clean", "as-is"]) == ExitCode.STILL_LEAKS
        err = capsys.readouterr().err
        assert [each for each in (by_hand, card, strip) if each in err] == [advised]


def test_copied_pictures_are_warned_of(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = one(Outcome.COPIED)
    run(["redact", "photos", "-o", "out", "--clean", "as-is"])
    assert "1 picture was copied as it is, with its metadata" in capsys.readouterr().err
    calls.redact_result = one(Outcome.STRIPPED)
    run(["redact", "photos", "-o", "out"])
    assert "metadata" not in capsys.readouterr().err


def test_a_folder_that_gives_a_person_away_is_not_named(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = one()
    run(["redact", "photos", "-o", f"out/{NUMBER}"])
    err = capsys.readouterr().err
    assert NUMBER not in err
    assert "idscan verify PATH..." in err


@pytest.mark.parametrize(("count", "shown"), [(1, "photos/***\n"), (4, "photos/***, photos/1, photos/2, ...\n")])
def test_folders_whose_names_still_give_a_person_away_are_told_masked(
    calls: Calls, capsys: Captured, count: int, shown: str
) -> None:
    folders = (f"photos/{NAME}", *(f"photos/{number}" for number in range(1, count)))
    calls.redact_result = replace(one(), telling_folders=folders)
    run(["redact", "photos", "--in-place", "--no-backup"])
    err = capsys.readouterr().err
    assert f"The names of these folders still give somebody away; rename them: {shown}" in err
    assert NAME not in err


def test_statistics_go_to_people(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = one()
    run(["redact", "photos", "-o", "out", "--stats"])
    run(["verify", "photos", "--stats"])
    out, err = capsys.readouterr()
    assert "(hiding, reading results again, writing, start and the report)" in err
    assert "(trying to undo what hides, start and the report)" in err
    assert err.count("CPU time of the run, with all workers") == err.count("Time on the clock") == 2
    assert "CPU" not in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "out"), "finished pictures stand in the output, run the same command again"),
        (("--in-place", "--no-backup"), "finished pictures are replaced, run the same command again"),
    ],
)
def test_an_interruption_says_what_it_leaves(
    calls: Calls, capsys: Captured, options: tuple[str, ...], words: str
) -> None:
    calls.redact_result = KeyboardInterrupt()
    assert run(["redact", "photos", *options]) == ExitCode.INTERRUPTED
    assert words in capsys.readouterr().err


def test_an_interrupted_verification_changes_nothing(calls: Calls, capsys: Captured) -> None:
    calls.verify_result = KeyboardInterrupt()
    assert run(["verify", "photos"]) == ExitCode.INTERRUPTED
    assert "nothing was changed" in capsys.readouterr().err


@pytest.mark.parametrize("error", [errno.EPIPE, errno.ENOSPC])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("redact", "photos", "-o", "out"), ExitCode.CANNOT_WRITE),
        (("redact", "photos", "-o", "out"), ExitCode.STILL_LEAKS),
        (("verify", "photos"), ExitCode.STILL_LEAKS),
    ],
)
def test_a_leak_outranks_a_report_that_cannot_be_written(
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    error: int,
    arguments: tuple[str, ...],
    code: ExitCode,
) -> None:
    calls.redact_result = one(Outcome.LEAKS if code == ExitCode.STILL_LEAKS else Outcome.REDACTED)
    with unwritable(error) as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert run(list(arguments)) == code
        monkeypatch.undo()
    err = capsys.readouterr().err
    assert ("cannot be written" in err) == (error == errno.ENOSPC)
    assert "idscan verify" not in err


def test_verify_reads_thoroughly_and_keeps_what_it_reads(calls: Calls) -> None:
    assert run(["verify", "photos", "--engine", "zbar", "-j", "2", "--max-pixels", "9"]) == ExitCode.STILL_LEAKS
    settings = Settings(effort=Effort.THOROUGH, keep_texts=True, required_engines=("zbar",), max_pixels=9)
    assert calls.given == [{"paths": ("photos",), "settings": settings, "jobs": 2}]


def test_verify_tells_what_came_back_and_what_to_do(calls: Calls, capsys: Captured) -> None:
    run(["verify", "photos"])
    assert calls.given
    out, err = capsys.readouterr()
    assert "Something came back from 2 pictures." in out
    assert "Do not share these; to hide what came back: idscan redact --fields card -o redacted photos" in err


def test_verify_is_content_where_nothing_came_back(calls: Calls, capsys: Captured, tmp_path: Path) -> None:
    calls.verify_result = VerifyResult(scan=run_of(image("photos/a.jpg")), leaks=())
    assert run(["verify", "photos", "-o", "check.json"]) == ExitCode.CLEAN
    out, err = capsys.readouterr()
    assert (out, "idscan redact" in err, "check.json" in err) == ("", False, True)
    assert json.loads((tmp_path / "check.json").read_text(encoding="utf-8"))["summary"]["leaking_images"] == 0


@pytest.mark.parametrize(
    "arguments", [(), ("photos", "--effort", "fast"), ("photos", "-o", "check.xyz"), ("photos", "-0")]
)
def test_wrong_usage_of_verify_ends_before_work_starts(calls: Calls, arguments: tuple[str, ...]) -> None:
    assert run(["verify", *arguments]) == ExitCode.USAGE
    assert calls.given == []


def test_a_bug_in_the_library_tells_its_place_and_nothing_else(calls: Calls, capsys: Captured) -> None:
    calls.redact_result = LookupError(f"{NUMBER} {NAME}")
    assert run(["redact", "photos", "-o", "out"]) == ExitCode.BUG
    out, err = capsys.readouterr()
    assert "LookupError" in err
    assert [value for value in PLANTED if value in out + err] == []
