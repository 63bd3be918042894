"""The least share of each scene's figures that a change may leave: a file of floors that only rise."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOORS = Path(__file__).with_name("floors.json")

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

    def below(self, shares: Mapping[str, Mapping[str, float]]) -> list[str]:
        """Return which figures lie below their floors, one sentence each."""
        return [
            f"{scene}, {name}: {share:.1f} % where {self.least[scene][name]:.1f} % is the least"
            for scene, of_scene in shares.items()
            for name, share in of_scene.items()
            if share < self.least.get(scene, {}).get(name, 0.0)
        ]

    def raised(self, shares: Mapping[str, Mapping[str, float]]) -> Floors:
        """Return floors a little below these figures, none lower than before."""
        raised = {scene: dict(of_scene) for scene, of_scene in self.least.items()}
        for scene, of_scene in shares.items():
            floors = raised.setdefault(scene, {})
            for name, share in of_scene.items():
                floors[name] = round(max(floors.get(name, 0.0), share - _ROOM), 1)
        return Floors(raised)
