"""Accuracy on made-up pictures never falls below what is promised."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.engines.registry import is_available
from idscan.pipeline.scan import scan_image
from tests.benchmarks.accuracy import measures
from tests.synth.scenes import CARD_SCENES, make_scene, save

if TYPE_CHECKING:
    from pathlib import Path

FLOORS = {
    "number": 0.97,
    "date_of_birth": 0.95,
    "name ASCII (code)": 0.98,
    "name exact (code)": 0.98,
    "name ASCII (print)": 0.75,
    "kind and side": 0.95,
}
PICTURES = 48
FIRST_SEED = 31_000


@pytest.mark.slow
def test_values_of_made_up_cards_are_read(tmp_path: Path) -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for i in range(PICTURES):
        scene = make_scene(CARD_SCENES[i % len(CARD_SCENES)], FIRST_SEED + i)
        path = tmp_path / f"{i}.{'jpg' if scene.jpeg_quality else 'png'}"
        save(scene, path)
        result = scan_image(ImageRef(str(path)), Settings())
        assert result.is_exposed, path.name
        for card in scene.cards:
            for name, is_right in measures(card, result):
                total[name] += 1
                right[name] += is_right
    floors = {**FLOORS, "name exact (print)": 0.85 if is_available("tesseract") else 0.7}
    shares = {name: right[name] / total[name] for name in floors}
    assert {name: share for name, share in shares.items() if share < floors[name]} == {}
