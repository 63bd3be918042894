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
from tests.fakes.process import idscan, start, tree
from tests.synth import small
from tests.synth.planted import PLANTED, encoded, planted_exif

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
KILLS_PER_OUTPUT = 10
UNFINISHED = ".idscan-tmp/"


def put_pictures(folder: Path) -> None:
    """Write a card and five clean pictures, one of them in a folder named like a person."""
    named = folder / small.NUMBER
    named.mkdir(parents=True)
    (folder / "front.png").write_bytes(encoded(small.front(), "PNG", exif=planted_exif()))
    for position, format_name in enumerate(("jpeg", "png", "webp", "tiff", "jpeg")):
        content = encoded(small.view(20 * position), format_name.upper(), exif=planted_exif())
        where = named if format_name == "png" else folder
        (where / f"view {position}.{format_name}").write_bytes(content)


def killed_after(seconds: float, home: Path, output: str) -> bool:
    """Run, kill the whole process group after a time, and return whether it was still at work."""
    with start("redact", "in", "-o", output, "--jobs", "2", cwd=home) as process:
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
            return True
    return False


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whenever_a_run_is_killed_only_whole_results_stand_and_the_next_run_completes_them(tmp_path: Path) -> None:
    put_pictures(tmp_path / "in")
    started = time.monotonic()
    assert idscan("redact", "in", "-o", "undisturbed", "--jobs", "2", cwd=tmp_path).code == ExitCode.CLEAN
    whole_seconds = time.monotonic() - started
    whole = tree(tmp_path / "undisturbed")
    assert len(whole) == 6
    moments = Random("moments of death")
    partly = 0
    for kill in range(KILLS):
        output = f"out {kill // KILLS_PER_OUTPUT}"
        # Nothing is published while the command loads, so the first part of a run is left alone.
        was_at_work = killed_after(whole_seconds * moments.uniform(0.15, 1.0), tmp_path, output)
        left = tree(tmp_path / output) if (tmp_path / output).exists() else {}
        standing = {path: content for path, content in left.items() if not path.startswith(UNFINISHED)}
        assert {path: whole.get(path) for path in standing} == standing
        assert [path for path, content in left.items() if PLANTED in content or small.NUMBER in path] == []
        partly += was_at_work and len(standing) < len(whole)
        if kill % KILLS_PER_OUTPUT == KILLS_PER_OUTPUT - 1:
            assert idscan("redact", "in", "-o", output, "--jobs", "2", cwd=tmp_path).code == ExitCode.CLEAN
            assert tree(tmp_path / output) == whole
            assert not (tmp_path / output / UNFINISHED).exists()
    assert partly >= KILLS // 4
