"""A card to draw on, measured in millimetres, that remembers where its text stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from PIL import Image, ImageDraw

from tests.synth.fonts import cap_ratio, face

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tests.synth.fonts import Family

Colour: TypeAlias = tuple[int, int, int]

WIDTH_MM, HEIGHT_MM = 85.6, 53.98
"""Size ID-1 of ISO/IEC 7810."""
CORNER_MM = 3.18
PX_PER_MM = 19
WIDTH_PX, HEIGHT_PX = round(WIDTH_MM * PX_PER_MM), round(HEIGHT_MM * PX_PER_MM)


class Box(NamedTuple):
    """An upright box in card pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    def joined(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is set.

    Attributes:
        family: typeface.
        cap_mm: height of capitals and digits.
        colour: of the ink.
        is_bold: which face.
        tracking_mm: added between letters.
        squeeze: horizontal factor besides that of the family.
    """

    family: Family
    cap_mm: float
    colour: Colour
    is_bold: bool = False
    tracking_mm: float = 0.0
    squeeze: float = 1.0

    def scaled(self, factor: float) -> Pen:
        """Return the same pen at another size."""
        return replace(self, cap_mm=self.cap_mm * factor)


class Sheet:
    """An opaque card under construction."""

    def __init__(self, ground: NDArray[np.uint8]) -> None:
        self.image = Image.fromarray(ground)

    def write(self, text: str, at_mm: tuple[float, float], pen: Pen, anchor: str = "l", fit_mm: float = 99.0) -> Box:
        """Set one line of text.

        Args:
            text: what to write.
            at_mm: point on the base line.
            pen: how it is set.
            anchor: "l", "m" or "r": whether the point is the left end, the middle or the right end.
            fit_mm: width that the text is squeezed into where it is longer.

        Returns:
            The box around the ink.
        """
        mask, left, ascent = _ink(text, pen)
        over = mask.width / (fit_mm * PX_PER_MM)
        if over > 1:
            mask = mask.resize((round(mask.width / over), mask.height), Image.Resampling.BOX)
            left /= over
        width = mask.width - 2 * left
        x = at_mm[0] * PX_PER_MM - {"l": 0.0, "m": width / 2, "r": width}[anchor] - left
        y = at_mm[1] * PX_PER_MM - ascent
        corner = (round(x), round(y))
        self.image.paste(pen.colour, corner, mask)
        ink = mask.point(lambda value: 255 if value > 96 else 0).getbbox() or (0, 0, 1, 1)
        return Box(corner[0] + ink[0], corner[1] + ink[1], corner[0] + ink[2], corner[1] + ink[3])

    def width_mm(self, text: str, pen: Pen) -> float:
        """Return how far a text advances."""
        mask, left, _ = _ink(text, pen)
        return (mask.width - 2 * left) / PX_PER_MM

    def paste(self, picture: Image.Image, at_mm: tuple[float, float], mask: Image.Image | None = None) -> Box:
        """Put a picture with its top-left corner at a point."""
        x, y = round(at_mm[0] * PX_PER_MM), round(at_mm[1] * PX_PER_MM)
        self.image.paste(picture, (x, y), mask)
        return Box(x, y, x + picture.width, y + picture.height)

    def with_round_corners(self) -> Image.Image:
        """Return the card as RGBA, transparent outside its rounded corners."""
        card = self.image.copy()
        card.putalpha(_outline())
        return card


@lru_cache(maxsize=512)
def _ink(text: str, pen: Pen) -> tuple[Image.Image, float, float]:
    """Return the ink of a line as a mask, the margin at its left and right, and the base line from its top."""
    path = pen.family.bold if pen.is_bold else pen.family.regular
    font = face(path, round(pen.cap_mm * PX_PER_MM / cap_ratio(path), 1))
    squeeze = pen.squeeze * pen.family.squeeze
    tracking = pen.tracking_mm * PX_PER_MM / squeeze
    margin = font.size * 0.25
    ascent = round(font.size * 1.3)
    advance = font.getlength(text) + tracking * (len(text) - 1)
    mask = Image.new("L", (round(advance + 2 * margin) + 1, ascent + round(font.size * 0.45)))
    draw = ImageDraw.Draw(mask)
    if tracking:
        x = margin
        for char in text:
            draw.text((x, ascent), char, fill=255, font=font, anchor="ls")
            x += font.getlength(char) + tracking
    else:
        draw.text((margin, ascent), text, fill=255, font=font, anchor="ls")
    if squeeze != 1:
        mask = mask.resize((max(1, round(mask.width * squeeze)), mask.height), Image.Resampling.BOX)
    return mask, margin * squeeze, float(ascent)


@lru_cache(maxsize=1)
def _outline() -> Image.Image:
    enlarged = Image.new("L", (WIDTH_PX * 2, HEIGHT_PX * 2))
    box = (0, 0, WIDTH_PX * 2 - 1, HEIGHT_PX * 2 - 1)
    ImageDraw.Draw(enlarged).rounded_rectangle(box, radius=CORNER_MM * PX_PER_MM * 2, fill=255)
    return enlarged.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BOX)
