"""A run that is killed at any moment leaves whole results only, and running again completes the job."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from idscan.core.errors import ExitCode
from tests.fakes.process import idscan, start, tree, wait_for
from tests.synth import small
from tests.synth.planted import PLANTED, encoded, planted_exif

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
COMPLETED = 4
"""So many runs that were killed are completed."""
UNFINISHED = ".idscan-tmp"


def put_pictures(folder: Path) -> None:
    """Write a card and five clean pictures, one of them in a folder named like a person."""
    named = folder / small.NUMBER
    named.mkdir(parents=True)
    (folder / "front.png").write_bytes(encoded(small.front(), "PNG", exif=planted_exif()))
    for position, format_name in enumerate(("jpeg", "png", "webp", "tiff", "jpeg")):
        content = encoded(small.view(20 * position), format_name.upper(), exif=planted_exif())
        where = named if format_name == "png" else folder
        (where / f"view {position}.{format_name}").write_bytes(content)


def seconds_of_publishing(home: Path) -> float:
    """Run undisturbed, and return the time from the first unfinished result to the end."""
    with start("redact", "in", "-o", "undisturbed", "--jobs", "2", cwd=home) as process:
        wait_for(lambda: has_unfinished(home / "undisturbed"))
        began = time.monotonic()
        process.communicate(timeout=600)
        assert process.returncode == ExitCode.CLEAN
        return time.monotonic() - began


def has_unfinished(output: Path) -> bool:
    """Return whether results are in work: there is more than a lock and a journal."""
    return (output / UNFINISHED).is_dir() and len(list((output / UNFINISHED).iterdir())) > 2


def kill_while_publishing(seconds: float, home: Path, output: str) -> None:
    """Run, and kill the whole process group some time after the first unfinished result is there."""
    with start("redact", "in", "-o", output, "--jobs", "2", cwd=home) as process:
        wait_for(lambda: has_unfinished(home / output))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_whenever_a_run_is_killed_only_whole_results_stand_and_the_next_run_completes_them(tmp_path: Path) -> None:
    put_pictures(tmp_path / "in")
    span = seconds_of_publishing(tmp_path)
    whole = tree(tmp_path / "undisturbed")
    assert len(whole) == 6
    moments = Random("moments of death")
    unfinished = []
    for kill in range(KILLS):
        output = f"out {kill}"
        kill_while_publishing(span * moments.random(), tmp_path, output)
        left = tree(tmp_path / output)
        standing = {path: content for path, content in left.items() if not path.startswith(UNFINISHED + "/")}
        assert {path: whole.get(path) for path in standing} == standing
        assert [path for path, content in left.items() if PLANTED in content or small.NUMBER in path] == []
        if len(standing) < len(whole):
            unfinished.append(output)
    assert len(unfinished) >= KILLS // 4
    for output in unfinished[:COMPLETED]:
        assert idscan("redact", "in", "-o", output, "--jobs", "2", cwd=tmp_path).code == ExitCode.CLEAN
        assert tree(tmp_path / output) == whole
        assert not (tmp_path / output / UNFINISHED).exists()
