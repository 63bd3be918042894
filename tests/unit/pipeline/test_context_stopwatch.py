from __future__ import annotations

import subprocess
import sys
import time

import pytest

from idscan.pipeline import context
from idscan.pipeline.context import StageTimer


def set_clock(monkeypatch: pytest.MonkeyPatch, *moments: float) -> None:
    clock = iter(moments)
    monkeypatch.setattr(context.time, "process_time", lambda: next(clock))


def test_the_watch_adds_up_what_a_stage_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, 1.0, 3.0, 10.0, 10.5, 20.0, 21.0)
    timer = StageTimer()
    for name in ("symbols", "print", "symbols"):
        with timer.stage(name):
            pass
    assert timer.seconds == pytest.approx({"symbols": 3.0, "print": 0.5})


def test_a_stage_within_another_counts_for_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, 0.0, 1.0, 5.0, 7.0)
    timer = StageTimer()
    with timer.stage("cards"), context.stage("read lines"):
        pass
    assert timer.seconds == pytest.approx({"cards": 3.0, "read lines": 4.0})


def test_without_a_watch_nothing_is_timed() -> None:
    with context.stage("read lines"):
        pass
    timer = StageTimer()
    with timer.stage("cards"):
        pass
    with context.stage("read lines"):
        pass
    assert list(timer.seconds) == ["cards"]


def test_the_watch_counts_a_stage_that_fails() -> None:
    timer = StageTimer()
    with pytest.raises(ValueError, match="broken"), timer.stage("print"):
        raise ValueError("broken")
    assert "print" in timer.seconds


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell what programs took")
def test_a_program_that_a_stage_runs_counts_and_waiting_does_not() -> None:
    timer = StageTimer()
    with timer.stage("print"):
        subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    with timer.stage("waiting"):
        time.sleep(0.3)
    assert timer.seconds["print"] >= 0.25
    assert timer.seconds["waiting"] < 0.1
