"""What scenes are made from: faces of type, photos to lie on, cards to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image

from tests.synth.cards import FACES, DrawnCard, Face, draw_card
from tests.synth.truth import CardTruth

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.synth.people import Person

Shown: TypeAlias = tuple[Image.Image, tuple[CardTruth, ...]]
"""A picture and the cards on it."""

Taken: TypeAlias = tuple[Image.Image, tuple[CardTruth, ...], int | None]
"""A picture, the cards on it and the quality to store it with; None for PNG."""


@dataclass(frozen=True, slots=True)
class Supplies:
    """What scenes are made from.

    Attributes:
        families: names of font families; DejaVu alone where None.
        backgrounds: folder with photos to put cards on; grounds are drawn where None.
        faces: cards to choose from.
        has_watermark: whether cards say that they are specimens.
    """

    families: tuple[str, ...] | None = None
    backgrounds: Path | None = None
    faces: tuple[Face, ...] = FACES
    has_watermark: bool = False

    def draw(self, rng: Random, face: Face | None = None, person: Person | None = None) -> DrawnCard:
        """Return a card: of a given face or any, of a given person or a new one."""
        chosen = face or rng.choice(self.faces)
        seed = rng.randrange(1 << 30)
        return draw_card(chosen, seed, families=self.families, person=person, has_watermark=self.has_watermark)

    def other_face(self, card: DrawnCard) -> Face | None:
        """Return the other side of a card; None where it is not among the faces."""
        truth = card.truth
        other = "back" if truth.side == "front" else "front"
        sides = (
            face
            for face in self.faces
            if (face.kind, face.side) == (truth.kind, other) and face.is_child == truth.person.is_child
        )
        return next(sides, None)
