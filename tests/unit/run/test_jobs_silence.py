from __future__ import annotations

import os
import sys
from typing import Never

import pytest

from idscan.run.jobs import quiet_stdio


def shout() -> None:
    sys.stdout.write("python out")
    sys.stderr.write("python err")
    os.write(1, b"library out")
    os.write(2, b"library err")


def test_nothing_printed_inside_shows_and_everything_after_does(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stdio():
        shout()
    assert capfd.readouterr() == ("", "")
    shout()
    out, err = capfd.readouterr()
    assert ("library out" in out, "python err" in err) == (True, True)


def test_output_is_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> Never:
    with pytest.raises(ZeroDivisionError), quiet_stdio():
        _ = 1 // 0
    shout()
    assert "python out" in capfd.readouterr().out
