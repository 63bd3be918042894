from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import idscan
from idscan.cli.doctor import _FEATURES
from idscan.cli.main import COMMANDS, run
from idscan.core.errors import ExitCode
from idscan.engines import registry
from idscan.engines.registry import EngineState
from idscan.images.formats import HANDLERS
from tests.factories import NAME, NUMBER, PAYLOAD

if TYPE_CHECKING:
    from typing import TypeAlias

    Captured: TypeAlias = pytest.CaptureFixture[str]

FIT = (
    EngineState(registry.ENGINES["zxing-cpp"], "3.1.1"),
    EngineState(registry.ENGINES["tesseract"], "5.3.0", ("eng", "vie")),
)


def doctor(monkeypatch: pytest.MonkeyPatch, *states: EngineState) -> int:
    monkeypatch.setattr(registry, "engine_states", lambda: states)
    return run(["doctor"])


def test_doctor_names_engines_languages_and_formats(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert doctor(monkeypatch, *FIT) == ExitCode.CLEAN
    out = capsys.readouterr().out
    for fact in (idscan.__version__, sys.version.split()[0], "zxing-cpp", "3.1.1", "eng, vie", "JPEG", "GIF"):
        assert fact in out
    assert "Nothing is missing." in out


def test_doctor_tells_what_is_missed_and_what_mends_it(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert doctor(monkeypatch, FIT[0], EngineState(registry.ENGINES["tesseract"], "")) == ExitCode.CLEAN
    out = capsys.readouterr().out
    assert "Without tesseract these will be missed: a third reading of names" in out
    assert "  apt install tesseract-ocr tesseract-ocr-vie" in out


def test_doctor_fails_without_an_embedded_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor(monkeypatch, EngineState(registry.ENGINES["zxing-cpp"], "")) == 3


def test_doctor_names_formats_that_pillow_lacks(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    from PIL import features

    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    doctor(monkeypatch, *FIT)
    out = capsys.readouterr().out
    assert "not in this build of Pillow: AVIF" in out
    assert "Nothing is missing." not in out


def test_explain_tells_what_a_number_says(capsys: Captured) -> None:
    assert run(["explain", NUMBER]) == ExitCode.CLEAN
    out = capsys.readouterr().out
    assert "Hà Nội" in out
    assert "birth year" in out
    assert "1999" in out


def test_explain_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{PAYLOAD}\n".encode())))
    assert run(["explain", "-"]) == ExitCode.CLEAN
    assert NAME in capsys.readouterr().out


def test_explain_does_not_understand_everything(capsys: Captured) -> None:
    assert run(["explain", "hello"]) == ExitCode.UNREADABLE_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert "no citizen number" in err


def test_the_doctor_checks_every_optional_decoder() -> None:
    checked = {feature for feature, _name in _FEATURES}
    for handler in HANDLERS:
        feature = getattr(handler.pages, "feature", "")
        assert not feature or feature in checked, f"_FEATURES in idscan/cli/doctor.py lacks {feature}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: Captured) -> None:
    assert run([command, "--help"]) == ExitCode.CLEAN
    assert f"Usage: idscan {command}" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: Captured) -> None:
    assert run(["--version"]) == ExitCode.CLEAN
    assert capsys.readouterr().out == f"idscan {idscan.__version__}\n"


def test_no_arguments_show_the_help_and_are_wrong_usage(capsys: Captured) -> None:
    assert run([]) == ExitCode.USAGE
    assert "Commands:" in capsys.readouterr().err


def test_an_unknown_command_is_wrong_usage_and_not_repeated_if_it_is_a_number(capsys: Captured) -> None:
    assert run([NUMBER]) == ExitCode.USAGE
    assert NUMBER not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "x", "--jobs", "0"], "range x>=1. See idscan --help.\n"),
        (["redact", "x", "-o", "y", "--color", "red"], "or black, white or grey. See idscan --help.\n"),
        (["scan", "x", "--max-pixel", "1"], "? See idscan --help.\n"),
    ],
    ids=["with a full stop", "without", "with a question"],
)
def test_wrong_usage_is_told_in_whole_sentences(capsys: Captured, arguments: list[str], said: str) -> None:
    assert run(arguments) == ExitCode.USAGE
    assert capsys.readouterr().err.endswith(said)


def test_starting_loads_no_heavy_library() -> None:
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"  # what measures coverage may have loaded some of them
        "import idscan.cli.main\n"
        "heavy = {'cv2', 'numpy', 'PIL', 'onnxruntime', 'rich', 'rapidocr', 'zxingcpp', 'multiprocessing', 'asyncio'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules) - before) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_of_scan_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom idscan.cli.main import run\nrun(['scan', '--help'])\n"
        "heavy = {'cv2', 'numpy', 'PIL', 'onnxruntime', 'rich'}\nsys.exit(' '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
