"""Floors only rise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.floors import FLOORS, Floors
from tests.synth.scenes import EVERY_CARD_SCENE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_figure_below_its_floor_is_named() -> None:
    floors = Floors({"dark": {"number": 90.0, "flagged": 95.0}})
    (sentence,) = floors.below({"dark": {"number": (12, 20), "flagged": (17, 20)}, "free": {"number": (0, 5)}})
    assert sentence == "dark, number: 12 of 20 where 90.0 % is the least"


@pytest.mark.parametrize(
    ("right", "total", "is_below"), [(2, 3, False), (18, 20, False), (180, 200, True), (0, 3, True)]
)
def test_the_fewer_tries_the_more_is_left_to_chance(right: int, total: int, *, is_below: bool) -> None:
    assert bool(Floors({"dark": {"number": 96.0}}).below({"dark": {"number": (right, total)}})) is is_below


def test_floors_rise_to_a_little_below_what_was_measured_and_never_fall() -> None:
    floors = Floors({"dark": {"number": 90.0, "flagged": 94.0}})
    raised = floors.raised({"dark": {"number": (20, 20), "flagged": (12, 20)}, "free": {"number": (99, 100)}})
    assert raised.least == {"dark": {"number": 95.0, "flagged": 94.0}, "free": {"number": 94.0}}


def test_a_few_tries_lift_no_floor() -> None:
    assert Floors({"dark": {"number": 50.0}}).raised({"dark": {"number": (9, 9)}}).least == {"dark": {"number": 50.0}}


def test_floors_are_kept_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert Floors.read(path).least == {}
    Floors({"dark": {"number": 90.0}}).write(path)
    assert Floors.read(path).least == {"dark": {"number": 90.0}}


def test_every_scene_has_a_floor() -> None:
    assert set(Floors.read(FLOORS).least) == set(EVERY_CARD_SCENE)
