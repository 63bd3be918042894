"""Redaction against the truth of made-up pictures; `python -m tests.benchmarks.redaction` measures more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idscan.core.enums import Outcome, Style
from idscan.core.types import RedactSettings
from tests.benchmarks.redaction import measure
from tests.synth.scenes import CARD_SCENES

if TYPE_CHECKING:
    from pathlib import Path

_PICTURES = 10


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("style", Style)
def test_no_value_of_any_card_is_left_visible_or_readable(style: Style, tmp_path: Path) -> None:
    first_seed = 81_000 + 100 * list(Style).index(style)
    tasks = [(CARD_SCENES[i % len(CARD_SCENES)], first_seed + i) for i in range(_PICTURES)]
    checked, result, exposed = measure(tmp_path / "pictures", tasks, RedactSettings(style=style))
    assert [one.name for one in checked if one.outcome != Outcome.REDACTED] == []
    assert [(one.name, one.uncovered) for one in checked if one.uncovered] == []
    assert [(one.name, one.read) for one in checked if one.read] == []
    assert exposed == []
    assert result.leaks == 0
    changed = sum(one.outside for one in checked) / len(checked)
    assert changed < 0.01, "what the cards lie on is to be left alone"
