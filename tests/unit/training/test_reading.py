"""How well the shipped reader reads faces that it was never trained on, and what the package says of that."""

from __future__ import annotations

import json

import pytest

from idscan.pipeline.context import text_recognizer
from tests.training import MODELS, evaluate

FLOORS = {
    "400 to 1600 px": {"name exact": 0.95, "name ASCII": 0.98, "date": 0.97, "number": 0.99, "zone": 0.98},
    "200 to 320 px": {"name ASCII": 0.9, "date": 0.8, "number": 0.97, "zone": 0.93},
}


@pytest.mark.slow
@pytest.mark.parametrize("label", FLOORS)
def test_lines_of_cards_in_unseen_faces_are_read(label: str) -> None:
    crops = [crop for seed in range(70) for crop in evaluate.crops_of(40_000 + seed, evaluate.SIZES[label])]
    reader = text_recognizer()
    assert reader is not None
    right, _ = evaluate.measure(crops, lambda lines: [evaluate.best_reading(reader, line) for line in lines])
    shares = {name: sum(values) / len(values) for name, values in right.items()}
    assert {name: share for name, share in shares.items() if share < FLOORS[label].get(name, 0.0)} == {}


@pytest.mark.parametrize("label", FLOORS)
def test_the_figures_beside_the_model_keep_what_is_promised(label: str) -> None:
    card = json.loads((MODELS / "lines.json").read_text("utf-8"))
    assert card["cards"] >= 100
    assert all(card["figures"][label][name] >= floor for name, floor in FLOORS[label].items())
