"""The least share of each scene's figures that a change may leave: a file of floors that only rise."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOORS = Path(__file__).with_name("floors.json")

Counts: TypeAlias = "Mapping[str, Mapping[str, tuple[int, int]]]"
"""How many of how many tries were right, by scene and measure."""

_UNLIKELY = 0.002
"""A run looks at some 250 figures: less likely ones than this are no accident."""
_ENOUGH_TRIES = 10  # of fewer, all right says little
_ROOM = 5.0
"""Percentage points between a measured figure and the floor that it sets: other seeds give other pictures."""


@dataclass(frozen=True, slots=True)
class Floors:
    """Floors in per cent, by scene and measure."""

    least: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(cls, path: Path) -> Floors:
        """Read a file of floors; there are none where it does not exist."""
        return cls(json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {})

    def write(self, path: Path) -> None:
        """Write the floors, scenes and measures in alphabetical order."""
        path.write_text(json.dumps(self.least, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def below(self, counts: Counts) -> list[str]:
        """Return which figures lie below their floors by more than chance explains, one sentence each."""
        return [
            f"{scene}, {name}: {right} of {total} where {self.least[scene][name]:.1f} % is the least"
            for scene, of_scene in counts.items()
            for name, (right, total) in of_scene.items()
            if chance_of_at_most(right, total, self.least.get(scene, {}).get(name, 0.0) / 100) < _UNLIKELY
        ]

    def raised(self, counts: Counts) -> Floors:
        """Return floors a little below figures that rest on enough tries, none lower than before."""
        raised = {scene: dict(of_scene) for scene, of_scene in self.least.items()}
        for scene, of_scene in counts.items():
            floors = raised.setdefault(scene, {})
            for name, (right, total) in of_scene.items():
                if total >= _ENOUGH_TRIES:
                    floors[name] = round(max(floors.get(name, 0.0), 100 * right / total - _ROOM), 1)
        return Floors(raised)


def chance_of_at_most(right: int, total: int, share: float) -> float:
    """Return how likely so few of some tries succeed where each does with a probability.

    >>> round(chance_of_at_most(1, 2, 0.5), 2)
    0.75
    """
    return sum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(right + 1))
