"""A scan of the sample images finds what it found when `samples.json` was recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.golden.__main__ import SAMPLES_RECORD, samples_found

NEARLY = 3.0
"""Pixels by which places may differ: engines round differently on other machines."""


def without_places(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{key: value for key, value in one.items() if key != "quad"} for one in findings]
        for name, findings in found.items()
    }


@pytest.mark.slow
@pytest.mark.tesseract
@pytest.mark.zbar
def test_the_samples_give_the_values_and_places_that_they_gave() -> None:
    recorded, found = json.loads(SAMPLES_RECORD.read_text(encoding="utf-8")), samples_found()
    assert without_places(found) == without_places(recorded)
    for name, findings in recorded.items():
        for before, now in zip(findings, found[name], strict=True):
            assert (before["quad"] is None) == (now["quad"] is None)
            for one, other in zip(before["quad"] or (), now["quad"] or (), strict=True):
                assert one == pytest.approx(other, abs=NEARLY), (name, before["field"])
