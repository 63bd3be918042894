"""The progress bar's stages."""

from __future__ import annotations

import pytest

from idscan.cli.progress import Passes


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
