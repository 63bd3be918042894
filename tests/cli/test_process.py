"""The command as a process of its own, with fake steps: pipes, terminals, signals."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest

from idscan.core.errors import ExitCode
from tests.factories import NAME, NUMBER

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

COMMAND = (sys.executable, "-m", "tests.fakes.command", "scan")


def pictures(folder: Path, *orders: str) -> str:
    for position, order in enumerate(orders):
        (folder / f"{position}.jpg").write_text(order)
    return str(folder)


def start(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*COMMAND, *arguments], **pipes)


def test_the_installed_command_answers() -> None:
    done = subprocess.run([sys.executable, "-m", "idscan", "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("idscan ")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_json_is_utf8_in_every_locale(tmp_path: Path, locale: str) -> None:
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with start(pictures(tmp_path, "show"), "-f", "json", "--reveal", env=environment) as process:
        out, _err = process.communicate(timeout=60)
    assert json.loads(out.decode("utf-8"))["images"][0]["cards"][0]["findings"][2]["value"] == "Nguyễn Văn Mẫu"


def test_the_table_survives_a_terminal_without_vietnamese(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with start(pictures(tmp_path, "show"), "--reveal", env=environment) as process:
        out, _err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.EXPOSED
    assert b"001099000001" in out


LOCALES = {
    "C": {"LC_ALL": "C"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    "UTF-8": {"LC_ALL": "C.UTF-8"},
}
NAMES = {
    "composed": NAME.encode(),
    "decomposed": unicodedata.normalize("NFD", NAME).encode(),
    "windows": unicodedata.normalize("NFD", NAME).encode("cp1258", "ignore"),
    "glued": b"NguyenVanMau",
    "escaped": b"Nguy%E1%BB%85n%20V%C4%83n%20M%E1%BA%ABu",
    "typed": b"Nguyeenx Vawn Maaux",
}


@pytest.mark.parametrize("arguments", [[], ["-f", "json"], ["-o", "findings.json"]], ids=["table", "json", "file"])
@pytest.mark.parametrize("locale", LOCALES)
def test_no_name_of_a_file_tells_who_was_found_whatever_the_locale(
    tmp_path: Path, locale: str, arguments: list[str]
) -> None:
    folder = tmp_path / "in"
    for position, name in enumerate(map(os.fsdecode, NAMES.values())):
        (folder / name).mkdir(parents=True)
        (folder / name / f"front {position}.jpg").write_text("show")
        (folder / f"{name}.jpg").write_text("torn")
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_text("torn")
    environment = {**os.environ, **LOCALES[locale], "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"}
    with start("in", *arguments, env=environment, cwd=tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.EXPOSED, err
    told = out + err + (b"".join(path.read_bytes() for path in tmp_path.glob("*.json")))
    assert told.count(b"***.jpg") >= len(NAMES)
    assert b"front" in told
    assert rb"caf\xe9" in told.replace(rb"\\", b"\\"), "other names are shown"
    assert [piece for piece in (b"Nguy", b"Maaux", b"M%E1", b"Van") if piece in told] == []


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start(pictures(tmp_path, "show"), stdout=writer) as process:
        os.close(writer)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.CANNOT_WRITE
    assert err == b""


def test_help_for_a_reader_that_goes_away_does_not_end_as_exposed() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start("--help", stdout=writer) as process:
        os.close(writer)
        _out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (ExitCode.CANNOT_WRITE, b"")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("jobs", "order"), [("1", "hang"), ("1", "hang in code from text"), ("2", "hang")])
def test_a_signal_ends_a_hanging_run_at_once_and_leaves_no_worker(
    tmp_path: Path, jobs: str, order: str, sent: signal.Signals
) -> None:
    marker = tmp_path / "started"
    folder = tmp_path / "in"
    folder.mkdir()
    path = pictures(folder, order, order, order)
    with start(path, "--jobs", jobs, start_new_session=True, env={**os.environ, "STARTED": str(marker)}) as process:
        wait_for(marker.exists)
        started = time.monotonic()
        if sent is signal.SIGINT:
            os.killpg(process.pid, sent)  # as a terminal does
        else:
            process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert time.monotonic() - started < 10
    assert out == b""
    assert err.decode().strip() == "idscan: interrupted; nothing was changed"
    wait_for(lambda: not group_exists(process.pid))


def test_signals_that_follow_the_first_one_end_in_no_traceback(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    folder = tmp_path / "in"
    folder.mkdir()
    path = pictures(folder, "hang", "hang", "hang")
    with start(path, "--jobs", "2", start_new_session=True, env={**os.environ, "STARTED": str(marker)}) as process:
        wait_for(marker.exists)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert b"Traceback" not in err
    wait_for(lambda: not group_exists(process.pid))


def wait_for(condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_terminal_gets_a_bar_with_rate_and_time_left_and_a_pipe_does_not(tmp_path: Path) -> None:
    path = pictures(tmp_path, *["harmless"] * 5, "show")
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with start(path, "--jobs", "1", "-f", "json", stderr=terminal, env=environment) as process:
        out, _err = process.communicate(timeout=60)
    os.close(terminal)
    shown = os.read(controller, 100_000).decode()
    os.close(controller)
    assert "6/6" in shown
    json.loads(out)
    with start(path, "--jobs", "1", "-f", "json") as process:
        _out, err = process.communicate(timeout=60)
    assert b"/6" not in err
    assert b"\x1b" not in err


@pytest.mark.parametrize("closed", ["2>&-", "<&-"])
def test_closed_streams_other_than_stdout_change_no_exit_code(closed: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    command = f"{shlex.quote(sys.executable)} -m idscan scan {shlex.quote(str(tmp_path))} {closed}"
    assert subprocess.run(command, shell=True, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        "scan in",
        "scan in -f json",
        "redact in -o out",
        "redact in -o out -f json",
        "verify in",
        "verify in -f json",
        f"explain {NUMBER}",
        "doctor",
        "--help",
        "scan --help",
        "--version",
    ],
)
@pytest.mark.parametrize("stdout", [">&-", ">&- 2>&-", "> /dev/full", "| true"])
def test_a_report_that_nobody_can_get_ends_every_command_with_its_own_code(
    arguments: str, stdout: str, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "notes.txt").write_text("nothing to see")
    command = f"{shlex.quote(sys.executable)} -m idscan {arguments}"
    # A pipe whose reader has left by the time that anything is written.
    line = (
        f"(sleep 0.2; {command}; echo $? > code) {stdout}" if "|" in stdout else f"{command} {stdout}; echo $? > code"
    )
    done = subprocess.run(line, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert (tmp_path / "code").read_text().strip() == str(int(ExitCode.CANNOT_WRITE))
    assert "Traceback" not in done.stderr
    if stdout in {">&-", "> /dev/full"}:
        assert "cannot be written" in done.stderr
    assert not (tmp_path / "out").exists() or stdout != ">&-", "nothing is begun whose record nobody gets"
