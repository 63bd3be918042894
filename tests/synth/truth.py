"""What a made-up picture shows, as values: the truth that readings are measured against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from PIL import Image

    from tests.synth.people import Person

READABLE_PX_PER_MODULE = 1.4
"""Smallest QR code that is asked to be read: the best decoder reads nine of ten there, enlarged and sharpened."""

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]


def box_quad(x0: float, y0: float, x1: float, y1: float) -> Quad:
    """Return the corners of an upright box, clockwise from the top left."""
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def map_quad(quad: Quad, homography: NDArray[np.float64]) -> Quad:
    """Return the quad as a 3x3 homography moves it."""
    points = np.array([[x, y, 1.0] for x, y in quad]) @ homography.T
    moved = [(round(float(x / w), 2), round(float(y / w), 2)) for x, y, w in points]
    return (moved[0], moved[1], moved[2], moved[3])


@dataclass(frozen=True, slots=True)
class FieldTruth:
    """One fact on a card.

    Attributes:
        value: normalised: digits, ISO 8601 dates (year only where the card shows no more), NFC names; None where the
            field has no such value (portrait, "no expiry").
        printed: as it stands in print; None where it stands only in a code or a machine-readable zone.
        quad: its best place: the print where there is one, else the machine-readable zone, else the code.
        places: every place with the source that shows it ("print", "mrz" or "qr").
    """

    value: str | None
    printed: str | None
    quad: Quad
    places: tuple[tuple[str, Quad], ...]

    def moved(self, move: Callable[[Quad], Quad]) -> FieldTruth:
        """Return the same fact at other places."""
        places = tuple((source, move(quad)) for source, quad in self.places)
        return replace(self, quad=move(self.quad), places=places)

    def seen(self, is_visible: Callable[[str, Quad], bool]) -> FieldTruth | None:
        """Return the same fact with the places that can be seen; None if there are none."""
        places = tuple((source, quad) for source, quad in self.places if is_visible(source, quad))
        return replace(self, quad=places[0][1], places=places) if places else None


@dataclass(frozen=True, slots=True)
class CardTruth:
    """One card and what it shows.

    Attributes:
        kind: "cmnd_9", "cmnd_12", "cccd_barcode", "cccd_chip", "can_cuoc"; "unknown" for a layout of no real
            card.
        side: "front" or "back".
        quad: its outline, clockwise from the card's own top-left corner.
        person: the made-up person.
        fields: facts by the name that the report gives them.
        sources: for number, old_number, name and date_of_birth: which of qr, mrz and print show it.
        px_per_module: picture pixels per QR module; None without a QR code.
    """

    kind: str
    side: str
    quad: Quad
    person: Person
    fields: Mapping[str, FieldTruth]
    px_per_module: float | None = None

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Which of qr, mrz and print show the facts that matter most; a code too small for any reader shows nothing."""
        is_code_readable = (self.px_per_module or 0) >= READABLE_PX_PER_MODULE
        order = ("qr", "mrz", "print") if is_code_readable else ("mrz", "print")
        return {
            name: tuple(source for source in order if source in dict(self.fields[name].places))
            for name in ("number", "old_number", "name", "date_of_birth")
            if name in self.fields and any(source in order for source, _ in self.fields[name].places)
        }

    @property
    def shows_spelling(self) -> bool:
        """Whether print or a QR code shows the name with its diacritics."""
        return bool({"print", "qr"} & set(self.sources.get("name", ())))

    def moved(self, move: Callable[[Quad], Quad]) -> CardTruth:
        """Return the same card at another place of another picture."""
        quad = move(self.quad)
        scale = _side(quad) / _side(self.quad)
        modules = None if self.px_per_module is None else round(self.px_per_module * scale, 2)
        fields = {name: fact.moved(move) for name, fact in self.fields.items()}
        return replace(self, quad=quad, fields=fields, px_per_module=modules)

    def seen(self, is_visible: Callable[[str, Quad], bool]) -> CardTruth:
        """Return the same card with what can be seen of it.

        Args:
            is_visible: whether a place of a source ("print", "mrz" or "qr") is neither covered nor cut off.
        """
        fields = {name: left for name, fact in self.fields.items() if (left := fact.seen(is_visible)) is not None}
        return replace(self, fields=fields)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A made-up picture with its truth.

    Attributes:
        name: which kind of scene.
        seed: what it was made from.
        image: RGB pixels.
        jpeg_quality: quality to store it with; None for PNG.
        cards: the cards it shows; empty for a harmless picture.
    """

    name: str
    seed: int
    image: Image.Image
    jpeg_quality: int | None
    cards: tuple[CardTruth, ...]


def _side(quad: Quad) -> float:
    """Return the mean length of the upper and lower edge."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return (float(np.hypot(bx - ax, by - ay)) + float(np.hypot(cx - dx, cy - dy))) / 2
