"""Whole made-up cards: a person, a layout, a style, and the truth about what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tests.synth import draw_barcode, draw_can_cuoc, draw_chip, draw_cmnd, draw_free
from tests.synth.draft import Draft, pick_style
from tests.synth.people import Person, make_person
from tests.synth.sheet import HEIGHT_PX, WIDTH_PX, Pen, Sheet
from tests.synth.truth import CardTruth, box_quad

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.ornament import Ground


@dataclass(frozen=True, slots=True)
class Face:
    """One side of one generation of cards.

    Attributes:
        kind: generation.
        side: "front" or "back".
        is_child: card of a child below the age of six.
    """

    kind: str
    side: str
    is_child: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCard:
    """A card at full size: RGBA pixels with round corners, and the truth in card pixels."""

    image: Image.Image
    truth: CardTruth


FACES = (
    Face("cmnd_9", "front"),
    Face("cccd_chip", "front"),
    Face("cccd_chip", "back"),
    Face("can_cuoc", "front"),
    Face("can_cuoc", "back"),
    Face("can_cuoc", "front", is_child=True),
    Face("can_cuoc", "back", is_child=True),
)

OLDER_FACES = (Face("cccd_barcode", "front"), Face("cccd_barcode", "back"), Face("cmnd_12", "front"))
"""Plastic cards before the chip."""

CMND_BACK = Face("cmnd_9", "back")
"""The other side of the paper card, which shows nothing that identifies its holder but fingerprints and marks."""

FREE_FACE = Face("unknown", "front")
"""Laid out as no real card is."""

_WATERMARK = (146, 164, 176)

_LAYOUTS: dict[tuple[str, str], tuple[Callable[[Draft], None], Ground]] = {
    ("cmnd_9", "front"): (draw_cmnd.draw_front, draw_cmnd.GROUND),
    ("cmnd_9", "back"): (draw_cmnd.draw_back, draw_cmnd.GROUND),
    ("unknown", "front"): (draw_free.draw, draw_free.GROUND),
    ("cmnd_12", "front"): (draw_barcode.draw_front_of_2012, draw_barcode.GROUND),
    ("cccd_barcode", "front"): (draw_barcode.draw_front, draw_barcode.GROUND),
    ("cccd_barcode", "back"): (draw_barcode.draw_back, draw_barcode.GROUND),
    ("cccd_chip", "front"): (draw_chip.draw_front, draw_chip.GROUND),
    ("cccd_chip", "back"): (draw_chip.draw_back, draw_chip.GROUND),
    ("can_cuoc", "front"): (draw_can_cuoc.draw_front, draw_can_cuoc.GROUND),
    ("can_cuoc", "back"): (draw_can_cuoc.draw_back, draw_can_cuoc.GROUND),
}


def draw_card(
    face: Face,
    seed: int,
    *,
    families: tuple[str, ...] | None = None,
    person: Person | None = None,
    has_watermark: bool = False,
) -> DrawnCard:
    """Draw one card.

    Args:
        face: which card, which side.
        seed: the same seed gives the same card.
        families: names of font families to choose from; DejaVu alone where None.
        person: its holder; made up from the seed where None.
        has_watermark: whether it says that it is a specimen.
    """
    rng = Random(f"card {seed} {face}")
    holder = person or make_person(seed, face.kind, child=face.is_child)
    role = "serif" if face.kind == "cmnd_9" and rng.random() < 0.7 else "sans"
    style = pick_style(rng, role, families, has_watermark=has_watermark)
    layout, ground = _LAYOUTS[face.kind, face.side]
    draft = Draft(holder, style, ground, rng)
    if has_watermark:
        _draw_watermark(draft)
    layout(draft)
    outline = box_quad(0, 0, WIDTH_PX, HEIGHT_PX)
    truth = CardTruth(face.kind, face.side, outline, holder, draft.facts(), draft.px_per_module)
    return DrawnCard(draft.sheet.with_round_corners(), truth)


def _draw_watermark(draft: Draft) -> None:
    """Write "specimen" across the ground, below everything else and pale."""
    size = draft.sheet.image.size
    blank = Sheet(np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8))
    blank.write("MẪU / SPECIMEN", (52, 31), Pen(draft.style.text, 4.6, (255, 255, 255), is_bold=True), "m")
    mask = blank.image.convert("L").rotate(8, Image.Resampling.BILINEAR).point(lambda value: value * 3 // 10)
    draft.sheet.image.paste(Image.new("RGB", size, _WATERMARK), (0, 0), mask)
