"""The progress bar's stages."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from idscan.cli.progress import Passes, rate_words


@pytest.mark.parametrize(
    ("reports", "passes"),
    [
        ([(0, None), (0, 2), (1, 2), (2, 2)], [0, 0, 0, 0]),
        ([(0, None), (0, 2), (2, 2), (0, 2), (1, 2)], [0, 0, 0, 1, 1]),
        ([(0, None), (0, 3), (3, 3), (1, 2), (2, 2)], [0, 0, 0, 1, 1]),
        ([(0, 1), (1, 1), (0, None), (0, 1), (1, 1)], [0, 0, 1, 1, 1]),
        ([(0, None), (0, 0), (0, 0)], [0, 0, 0]),
    ],
)
def test_a_count_that_falls_begins_a_pass(reports: list[tuple[int, int | None]], passes: list[int]) -> None:
    noticed = Passes()
    seen = []
    for done, total in reports:
        noticed.notice(done, total)
        seen.append(noticed.current)
    assert seen == passes


@pytest.mark.parametrize(
    ("speed", "words"),
    [(12.34, "12.3 per second"), (1.0, "1.0 per second"), (0.5, "30.0 per minute"), (0.01, "0.6 per minute")],
)
def test_a_slow_rate_is_never_none(speed: float, words: str) -> None:
    assert rate_words(speed) == words


SLOW_RUN = """
import time
from idscan.cli.progress import progress_bar
with progress_bar(["Reading pictures", "Hiding and checking"]) as progress:
    progress(0, None)
    for seconds in (0.02, 1.2):
        progress(0, 3)
        for done in range(1, 4):
            time.sleep(seconds)
            progress(done, 3)
"""


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C.UTF-8"}, pytest.param(ASCII, marks=pytest.mark.slow)], ids=["UTF-8", "ASCII"]
)
def test_every_pass_shows_its_rate_and_the_time_left_on_every_terminal(locale: dict[str, str]) -> None:
    controller, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "PYTHONPATH": os.pathsep.join(sys.path), **locale}
    command = [sys.executable, "-c", SLOW_RUN]
    with subprocess.Popen(command, stderr=terminal, env=environment) as process:
        os.close(terminal)
        shown = b"".join(iter(lambda: read(controller), b"")).decode(errors="replace")
    os.close(controller)
    assert process.returncode == 0
    lines = re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown))
    bars = [line for line in lines if "Hiding and checking" in line]
    assert any(re.search(r"2/3 \d\d\.\d per minute 0:00:0[1-9]", line) for line in bars), bars[-3:]


def read(terminal: int) -> bytes:
    """Read from a terminal; nothing once its other end is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
