"""Floors only rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.floors import FLOORS, Floors
from tests.synth.scenes import EVERY_CARD_SCENE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_figure_below_its_floor_is_named() -> None:
    floors = Floors({"dark": {"number": 90.0, "flagged": 95.0}})
    (sentence,) = floors.below({"dark": {"number": 89.9, "flagged": 95.0}, "free": {"number": 0.0}})
    assert sentence.startswith("dark, number: 89.9 %")


def test_floors_rise_to_a_little_below_what_was_measured_and_never_fall() -> None:
    floors = Floors({"dark": {"number": 90.0, "flagged": 94.0}})
    raised = floors.raised({"dark": {"number": 100.0, "flagged": 60.0}, "free": {"number": 99.0}})
    assert raised.least == {"dark": {"number": 95.0, "flagged": 94.0}, "free": {"number": 94.0}}


def test_floors_are_kept_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert Floors.read(path).least == {}
    Floors({"dark": {"number": 90.0}}).write(path)
    assert Floors.read(path).least == {"dark": {"number": 90.0}}


def test_every_scene_has_a_floor() -> None:
    assert set(Floors.read(FLOORS).least) == set(EVERY_CARD_SCENE)
