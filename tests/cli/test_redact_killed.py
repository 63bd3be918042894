"""A run that is killed at any moment loses and forgets nothing, and running again completes it as if it never had been.

`python -m tests.benchmarks.interruptions` does the same at many more moments.
"""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from idscan.core.errors import ExitCode
from tests.fakes.killed import Interrupted, drawn_images, quick_images, readable
from tests.fakes.process import idscan
from tests.fakes.quick import STARS
from tests.synth import small
from tests.synth.planted import PLANTED

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = 5
VALUES = (small.NUMBER, small.NAME, "001305000002", "Tran Thi Vi Du", "Trần Thị Ví Dụ", PLANTED.decode())


@pytest.mark.slow
@pytest.mark.parametrize("is_in_place", [False, True], ids=["folder", "in place"])
def test_whenever_a_run_is_killed_the_next_one_completes_it(tmp_path: Path, *, is_in_place: bool) -> None:
    runs = Interrupted(tmp_path, quick_images(), is_in_place, module="tests.fakes.quick")
    assert readable(runs.whole, VALUES) == []
    assert runs.whole["b.png"].decode() == STARS + "\n"
    assert runs.whole["c copy.png"].decode() == STARS + "\n"
    moments = Random("moments of death")
    for moment in range(MOMENTS):
        runs.kill_and_finish(f"run {moment}", moments)
    assert runs.between


def is_changed(before: bytes, after: bytes) -> bool:
    one, other = (np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for content in (before, after))
    return not np.array_equal(one, other)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("is_in_place", [False, True], ids=["folder", "in place"])
def test_whenever_a_run_over_real_images_is_killed_the_next_one_completes_it(
    tmp_path: Path, *, is_in_place: bool
) -> None:
    runs = Interrupted(tmp_path, drawn_images(), is_in_place)
    assert readable(runs.whole, VALUES) == []
    told_by_the_card = ("b.png", "c copy.png")
    (tmp_path / "alone").mkdir()
    for name in told_by_the_card:
        (tmp_path / "alone" / name).write_bytes(runs.images[name])
    assert idscan("redact", "alone", "-o", "alone out", "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
    for name in told_by_the_card:
        assert not is_changed(runs.images[name], (tmp_path / "alone out" / name).read_bytes())
        assert is_changed(runs.images[name], runs.whole[name])
    moments = Random("moments of death")
    for moment in range(2):
        runs.kill_and_finish(f"run {moment}", moments)
    assert runs.kills
    where = "undisturbed/in" if is_in_place else "undisturbed/out"
    assert idscan("verify", where, "--jobs", "1", cwd=tmp_path).code == ExitCode.CLEAN
