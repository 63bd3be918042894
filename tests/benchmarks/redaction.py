"""Redaction of made-up pictures: `python -m tests.benchmarks.redaction --count 200 --seed 71000`.

Redacts a folder, then checks each result against the truth: whether all ink of all identifying values lies inside
painted regions, whether any engine still reads one of them on the straightened card or on the whole picture, how much
changed outside the cards, and whether a scan of the results finds anything. With `--attacks` the straightened cards
are read enlarged two and three times, stretched in contrast, inverted, and by each channel of colour, too.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from PIL import Image

from idscan.core import geometry
from idscan.core.enums import FieldSet, Outcome, Style
from idscan.core.settings import Settings
from idscan.core.types import Destination, RedactSettings
from idscan.images.raster import open_raster
from idscan.pipeline.context import page_reader, second_reader, symbol_readers
from idscan.redact.plan import hidden_mask
from idscan.redact.run import redact
from idscan.run.jobs import limit_threads
from idscan.run.scan import scan
from idscan.vision import perspective, preprocess
from tests.benchmarks.accuracy import ascii_of, scenes_of
from tests.synth.fonts import installed_families
from tests.synth.scenes import GROUPS, make_scene, save
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.types import Redaction, RedactResult
    from tests.synth.truth import CardTruth, Quad

Task: TypeAlias = tuple[str, int]
"""Scene and seed."""

HIDDEN = ("number", "old_number", "name", "father_name", "mother_name", "date_of_birth", "date_of_expiry", "qr", "mrz")
PLACES = ("place_of_origin", "place_of_residence", "personal_identification")
"""What `--fields person` hides besides."""
NOISE = 12
"""Levels by which a second JPEG compression may change a pixel."""

_CARD_SIZE = (1000, 631)
_FEWEST_DIGITS = 6


_TOO_MUCH = 0.05
"""Of what is no card: pictures in which more was changed are named."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one picture.

    Attributes:
        name: of its file.
        outcome: of the redaction.
        rounds: until nothing leaked.
        uncovered: (card, field, source, pixels) of places that are not wholly painted.
        read: (engine, field) of values that can still be read.
        outside: share of the pixels outside all cards that changed by more than noise.
        inside: share of the cards that is painted.
    """

    name: str
    outcome: str
    rounds: int
    uncovered: tuple[tuple[str, str, str, int], ...]
    read: tuple[tuple[str, str], ...]
    outside: float
    inside: float


def file_of(task: Task, folder: Path) -> Path:
    """Return where a picture is."""
    scene, seed = task
    return next(folder.glob(f"{scene}_{seed}.*"))


def draw(folder: Path, families: tuple[str, ...] | None, task: Task) -> None:
    """Make one picture."""
    scene = make_scene(*task, supplies=Supplies(families))
    save(scene, folder / f"{scene.name}_{scene.seed}.{'jpg' if scene.jpeg_quality else 'png'}")


def check(
    folder: Path, families: tuple[str, ...] | None, fields: FieldSet, job: tuple[Task, Redaction], *, attacks: bool
) -> Checked:
    """Compare one result with the truth."""
    limit_threads()
    task, redaction = job
    cards = make_scene(*task, supplies=Supplies(families)).cards
    source = file_of(task, folder)
    rounds = redaction.verification.rounds if redaction.verification else 0
    if redaction.output is None or redaction.outcome is not Outcome.REDACTED:
        return Checked(source.name, redaction.outcome.value, rounds, (), (), 0.0, 0.0)
    before, after = (np.asarray(Image.open(path).convert("RGB")) for path in (source, redaction.output))
    height, width = before.shape[:2]
    with open_raster(str(source), 1, Settings()) as raster:
        painted = hidden_mask(redaction.regions[0], (width, height), raster.grid)
    of_cards = np.zeros((height, width), np.bool_)
    uncovered = []
    for card in cards:
        of_cards |= _filled(card.quad, (width, height))
        for field in (name for name in (*HIDDEN, *_further(fields)) if name in card.fields):
            for place, quad in card.fields[field].places:
                missing = int(np.count_nonzero(_filled(quad, (width, height)) & ~painted))
                if missing:
                    uncovered.append((f"{card.kind} {card.side}", field, place, missing))
    changed = (cv2.absdiff(before, after) > NOISE).any(axis=2)
    return Checked(
        source.name,
        redaction.outcome.value,
        rounds,
        tuple(uncovered),
        tuple(dict.fromkeys(_readable(after, cards, attacks=attacks))),
        float(changed[~of_cards].mean()) if not of_cards.all() else 0.0,
        float(painted[of_cards].mean()),
    )


def _filled(quad: Quad, size: tuple[int, int]) -> NDArray[np.bool_]:
    drawn = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(drawn, np.array([[round(x - 0.5), round(y - 0.5)] for x, y in quad], np.int32), (1,))
    return drawn.astype(np.bool_)


def _further(fields: FieldSet) -> tuple[str, ...]:
    return () if fields is FieldSet.CORE else PLACES


def _readable(rgb: NDArray[np.uint8], cards: Sequence[CardTruth], *, attacks: bool) -> Iterator[tuple[str, str]]:
    """Yield what an engine still reads, on the whole picture and on each card straightened by its true outline."""
    views = [rgb, *(perspective.rectify(rgb, card.quad, _CARD_SIZE).pixels for card in cards)]
    for card in cards if attacks else ():
        views += _attacked(rgb, card)
    for engine, text in (reading for view in views for reading in _readings(view)):
        for card in cards:
            yield from ((engine, field) for field in _told(text, card))


def _attacked(rgb: NDArray[np.uint8], card: CardTruth) -> Iterator[NDArray[np.uint8]]:
    """Yield a straightened card as an attacker would look at it, at the picture's own resolution and enlarged."""
    size = (max(2, round(geometry.width(card.quad))), max(2, round(geometry.height(card.quad))))
    view = perspective.rectify(rgb, card.quad, size).pixels
    for times in (2, 3):
        yield cv2.resize(view, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    low, high = np.percentile(view, (1, 99), axis=(0, 1))
    yield np.clip((view - low) * (255 / np.maximum(high - low, 1)), 0, 255).astype(np.uint8)
    yield 255 - view
    yield from (np.repeat(view[..., [channel]], 3, axis=2) for channel in range(3))


def _readings(view: NDArray[np.uint8]) -> Iterator[tuple[str, str]]:
    grey = preprocess.grey(view)
    for reader in symbol_readers():
        for symbol in reader.read_symbols(grey, ("qr",)):
            if symbol.payload is not None:
                yield reader.name, symbol.payload.reveal()
    rapid, tesseract = second_reader(), page_reader()
    if rapid is not None:
        crops = [perspective.cut_line(view, box.quad) for box in rapid.detect(view, 1280)]
        yield from ((reading.engine, reading.text.reveal()) for reading in rapid.read_lines(crops))
    if tesseract is not None:
        import pytesseract

        yield tesseract.name, pytesseract.image_to_string(grey, lang="vie", config="--psm 11")


def _told(text: str, card: CardTruth) -> Iterator[str]:
    digits = re.sub(r"\D", "", text)
    letters = re.sub(r"[^A-Z]", "", ascii_of(text))
    for field in (name for name in HIDDEN if name in card.fields and card.fields[name].value):
        value = card.fields[field].value or ""
        if field in {"number", "old_number"}:
            pieces = {value[i : i + _FEWEST_DIGITS] for i in range(len(value) - _FEWEST_DIGITS + 1)}
            told = any(piece in digits for piece in pieces)
        elif field.startswith("date"):
            told = "".join(reversed(value.split("-"))) in digits and value.count("-") == 2
        elif field in {"qr", "mrz"}:
            told = value in text
        else:
            told = re.sub(r"[^A-Z]", "", ascii_of(value)) in letters
        if told:
            yield field


def measure(
    folder: Path,
    tasks: Sequence[Task],
    settings: RedactSettings,
    *,
    families: tuple[str, ...] | None = None,
    jobs: int = 2,
    attacks: bool = False,
) -> tuple[list[Checked], RedactResult, list[str]]:
    """Draw pictures into a folder, redact them into `folder`/out, check them, and scan the results.

    Cards are set in the fonts that are there on every machine, unless families are named.

    Returns:
        What became of each picture, the run, and the names of results in which a scan still finds something.
    """
    pictures, out = folder / "in", folder / "out"
    pictures.mkdir(parents=True)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(partial(draw, pictures, families), tasks))
        result = redact([str(pictures)], Destination(folder=str(out)), settings, jobs=jobs)
        by_name = {Path(redaction.path).name: redaction for redaction in result.redactions}
        work = [(task, by_name[file_of(task, pictures).name]) for task in tasks]
        checking = partial(check, pictures, families, settings.fields, attacks=attacks)
        checked = list(pool.map(checking, work))
    again = scan([str(out)], jobs=jobs)
    return checked, result, [Path(image.ref.path).name for image in again.images if image.is_exposed]


def main() -> None:
    """Run the measurement and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first picture")
    parser.add_argument("--scenes", default="ordinary", help=f"scenes or groups of them: {', '.join(GROUPS)}")
    parser.add_argument("--style", default="blur", choices=[style.value for style in Style])
    parser.add_argument("--fields", default="person", choices=[fields.value for fields in FieldSet])
    parser.add_argument("--folder", help="keep the pictures here")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--attacks", action="store_true", help="read enlarged, stretched, inverted, by channel, too")
    options = parser.parse_args()
    scenes = scenes_of(options.scenes)
    tasks = [(scenes[i % len(scenes)], options.seed + i) for i in range(options.count)]
    settings = RedactSettings(style=Style(options.style), fields=FieldSet(options.fields))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        checked, result, exposed = measure(
            Path(options.folder or temporary),
            tasks,
            settings,
            families=installed_families(),
            jobs=options.jobs,
            attacks=options.attacks,
        )
    for one in checked:
        if one.uncovered or one.read or one.outcome != Outcome.REDACTED or one.rounds > 1:
            print(f"{one.name}: {one.outcome}, round {one.rounds}, uncovered {one.uncovered}, read {one.read}")
    done = [one for one in checked if one.outcome == Outcome.REDACTED]
    print(f"redacted                      {len(done):4} of {len(checked)}")
    print(f"all ink painted over          {sum(not one.uncovered for one in done):4} of {len(done)}")
    print(f"no engine reads a value       {sum(not one.read for one in done):4} of {len(done)}")
    print(f"a scan finds nothing          {len(done) - len(exposed):4} of {len(done)}  {exposed}")
    print(f"verified in the first round   {sum(one.rounds == 1 for one in done):4} of {len(done)}")
    outside = [one.outside for one in done]
    small = sum(share < 0.01 for share in outside)
    print(
        f"changed outside the cards     mean {np.mean(outside):.2%}, worst {max(outside):.2%}, "
        f"below 1 % in {small} of {len(done)}"
    )
    too_much = sorted((one.outside, one.name) for one in done if one.outside > _TOO_MUCH)
    print("most outside: " + ", ".join(f"{name} {share:.0%}" for share, name in reversed(too_much)))
    print(f"painted share of the cards    mean {np.mean([one.inside for one in done]):.0%}")
    print(f"leaks {result.leaks}, failed {result.failed}; {time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
