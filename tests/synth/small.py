"""Small pictures of whole made-up cards that are read within seconds, and pictures with nothing on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tests.synth.cards import Face, draw_card
from tests.synth.fonts import face, pick_family
from tests.synth.people import make_person
from tests.synth.planted import scenery
from tests.synth.shots import scan

if TYPE_CHECKING:
    from tests.synth.people import Person

NUMBER = "001099000001"
OLD_NUMBER = "012345678"
NAME = "Nguyễn Văn Mẫu"
BIRTH = date(1999, 1, 15)

_PX_PER_MM = 6
_BED_MM = (96.0, 64.0)
"""Of sides that fill whole blocks of a JPEG whichever way the picture is turned."""


def holder() -> Person:
    """Return the holder of all cards here."""
    return replace(
        make_person(1),
        name=NAME,
        number=NUMBER,
        old_number=OLD_NUMBER,
        birth=BIRTH,
        is_female=False,
        issued=date(2022, 6, 20),
        expires=date(2039, 1, 15),
    )


@lru_cache(maxsize=2)
def _drawn(side: str) -> Image.Image:
    card = draw_card(Face("cccd_chip", side), 2, person=holder(), has_watermark=True)
    picture, _truths = scan([card], Random(f"small {side}"), _PX_PER_MM, _BED_MM)
    return picture


def front() -> Image.Image:
    """Return the front of a chip card, 576 x 384 pixels."""
    return _drawn("front").copy()


def back() -> Image.Image:
    """Return the back of the same card, 576 x 384 pixels."""
    return _drawn("back").copy()


def view(shift: int = 0) -> Image.Image:
    """Return a picture of nothing; another one for each number."""
    return scenery(120 + 2 * shift, 90 + shift)


def captioned(text: str) -> Image.Image:
    """Return a picture of nothing with a line of text below it."""
    picture = Image.new("RGB", (760, 160), (250, 250, 247))
    picture.paste(scenery(760, 90), (0, 0))
    sans = pick_family(Random(1), "sans")
    ImageDraw.Draw(picture).text((24, 104), text, font=face(sans.regular, 30), fill=(20, 20, 30))
    return picture
