"""How well lines are read: `python -m tests.training.evaluate --count 400`.

Lines are cut out of made-up cards that are set in faces the reader was not trained with, photographed and compressed,
400 to 1,600 pixels wide and 200 to 320; the other readers of print read the same crops in the same run.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache, partial
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from idscan.cards.text.grammars import GRAMMARS
from idscan.cards.text.syllables import all_spellings
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.engines.text_recognizer import TextRecognizer
from idscan.pipeline.context import page_reader, second_reader, text_recognizer
from idscan.pipeline.reread import name_lexicon
from idscan.run.jobs import limit_threads
from idscan.vision import perspective
from tests.benchmarks.accuracy import ascii_of
from tests.benchmarks.speed import cpu_seconds
from tests.synth import camera
from tests.synth.cards import FACES, draw_card
from tests.synth.fonts import installed_families
from tests.synth.people import make_person
from tests.training import MODELS
from tests.training.faces import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.engines.registry import LineReader

    Read = Callable[[Sequence["Crop"]], Sequence[str]]

SIZES = {"400 to 1600 px": (400, 1600), "200 to 320 px": (200, 320)}
_FIELDS = {
    "number": "number",
    "old_number": "number",
    "name": "name",
    "date_of_birth": "date",
    "date_of_expiry": "date",
}
_RARE = 4
"""One card in so many bears a name of syllables drawn evenly, which no table of names helps to read."""
_ZONE_LINES = 3
_ZONE_GAP = 0.22
"""Of a zone's height: between two of its lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A line of a card: what it is, what it says, and its pixels."""

    kind: str
    text: str
    pixels: NDArray[np.uint8]


def crops_of(seed: int, widths: tuple[int, int]) -> Iterator[Crop]:
    """Yield the telling lines of one made-up card."""
    rng = Random(f"crops {seed} {widths}")
    face = rng.choice(FACES)
    person = make_person(seed, face.kind, child=face.is_child)
    has_rare_name = seed % _RARE == 0
    if has_rare_name:
        words = rng.choices(sorted(all_spellings()), k=rng.randint(2, 4))
        person = replace(person, name=" ".join(words).title())
    card = draw_card(face, seed, families=never_trained_on(), person=person)
    width = round(widths[0] * math.exp(rng.random() * math.log(widths[1] / widths[0])))
    picture, scale = _photographed(card.image, width, rng)
    for field, fact in card.truth.fields.items():
        quads = [quad for source, quad in fact.places if source == "print"]
        kind = _FIELDS.get(field)
        if kind is not None and len(quads) == 1 and fact.printed:
            kind = "rare name" if kind == "name" and has_rare_name else kind
            yield Crop(kind, fact.printed, _cut(picture, quads[0], scale, rng))
        if field == "mrz" and fact.value:
            zone = next(quad for source, quad in fact.places if source == "mrz")
            for text, quad in zip(fact.value.splitlines(), _zone_lines(zone), strict=True):
                yield Crop("zone", text, _cut(picture, quad, scale, rng))


@cache
def never_trained_on() -> tuple[str, ...]:
    """Return the installed families that the reader has never seen: DejaVu at least, which comes with pip."""
    return tuple(family for family in installed_families() if family.startswith(HELD_OUT))


def _zone_lines(zone: Quad) -> Iterator[Quad]:
    (left, top), _, (right, bottom), _ = zone
    height = (bottom - top) * (1 - (_ZONE_LINES - 1) * _ZONE_GAP) / _ZONE_LINES
    step = (bottom - top - height) / (_ZONE_LINES - 1)
    for row in range(_ZONE_LINES):
        yield quad_from_box(left, top + row * step, right, top + row * step + height)


def _photographed(card: Image.Image, width: int, rng: Random) -> tuple[NDArray[np.uint8], float]:
    scale = width / card.width
    size = (width, round(card.height * scale))
    flat = Image.new("RGB", card.size, (200, 200, 200))
    flat.paste(card, mask=card.getchannel("A"))
    frame = np.asarray(cv2.resize(np.asarray(flat), size, interpolation=cv2.INTER_AREA), np.uint8).copy()
    frame = camera.light(frame, rng, rng.uniform(0.05, 0.4))
    frame = camera.blur_and_grain(frame, rng, rng.uniform(0.0, 0.45 + 0.0006 * width), rng.uniform(0.5, 5))
    picture = camera.recompress(Image.fromarray(frame), rng.randint(70, 95))
    return np.asarray(picture), scale


def _cut(picture: NDArray[np.uint8], quad: Quad, scale: float, rng: Random) -> NDArray[np.uint8]:
    """Cut a line out as a detector would: some room around the ink, never quite the same."""
    (left, top), _, (right, bottom), _ = quad
    height = bottom - top
    above, below, beside = (rng.uniform(low, high) * height for low, high in ((0.02, 0.25), (0.02, 0.25), (0.05, 0.5)))
    box = quad_from_box(left - beside, top - above, right + beside, bottom + below)
    return perspective.cut_line(picture, geometry.scaled(box, scale))


def _score(kind: str, text: str, said: str) -> dict[str, bool]:
    bare, expected = "".join(said.split()), "".join(text.split())
    if kind.endswith("name"):
        return {f"{kind} exact": said.upper() == text.upper(), f"{kind} ASCII": ascii_of(bare) == ascii_of(expected)}
    return {kind: bare == expected}


def measure(
    crops: Sequence[Crop], read: Callable[[Sequence[Crop]], Sequence[str]]
) -> tuple[dict[str, list[bool]], float]:
    """Return for each measure which lines were right, and the CPU seconds a line."""
    start = cpu_seconds()
    said = read(crops)
    spent = cpu_seconds() - start
    right: dict[str, list[bool]] = defaultdict(list)
    for crop, text in zip(crops, said, strict=True):
        for name, is_right in _score(crop.kind, crop.text, text).items():
            right[name].append(is_right)
    return right, spent / max(len(crops), 1)


def main() -> None:
    """Print a table for each range of sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="cards for each range of sizes")
    parser.add_argument("--seed", type=int, default=90_000)
    parser.add_argument("--only-own", action="store_true", help="leave the other readers out")
    parser.add_argument("--record", action="store_true", help="write the figures beside the model")
    options = parser.parse_args()
    limit_threads()
    print("faces:", ", ".join(never_trained_on()))
    figures: dict[str, dict[str, float]] = {}
    for label, widths in SIZES.items():
        crops = [crop for i in range(options.count) for crop in crops_of(options.seed + i, widths)]
        print(f"\n{label}: {len(crops)} lines of {options.count} cards")
        for name, read in _readers(only_own=options.only_own):
            right, seconds = measure(crops, read)
            shares = "  ".join(f"{key} {sum(values) / len(values):6.1%}" for key, values in sorted(right.items()))
            print(f"  {name:10} {shares}  {1000 * seconds:.1f} ms a line")
            if name == TextRecognizer.name:
                figures[label] = {key: round(sum(values) / len(values), 4) for key, values in sorted(right.items())}
    if options.record:
        path = MODELS / "lines.json"
        card = json.loads(path.read_text("utf-8")) | {"cards": options.count, "figures": figures}
        path.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _readers(*, only_own: bool) -> Iterator[tuple[str, Read]]:
    own, rapid, tesseract = text_recognizer(), second_reader(), page_reader()
    if own is not None:
        yield "viet-lines", lambda crops: [best_reading(own, crop) for crop in crops]
        yield "best path", partial(_lines, own)
    if only_own:
        return
    if rapid is not None:
        yield "RapidOCR", partial(_lines, rapid)
    if tesseract is not None:
        yield "Tesseract", partial(_lines, tesseract)


def _lines(reader: LineReader, crops: Sequence[Crop]) -> list[str]:
    return [reading.text.reveal() for reading in reader.read_lines([crop.pixels for crop in crops])]


def best_reading(reader: TextRecognizer, crop: Crop) -> str:
    """Return a line as the pipeline reads it: names as syllables that can be spelt."""
    named = reader.read_names([crop.pixels], name_lexicon())[0] if crop.kind.endswith("name") else None
    return (named or reader.read_lines([crop.pixels], GRAMMARS)[0]).text.reveal()


if __name__ == "__main__":
    sys.exit(main())
