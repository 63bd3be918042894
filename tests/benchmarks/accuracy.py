"""Accuracy on made-up pictures: `python -m tests.benchmarks.accuracy --count 200 --seed 5000`.

Prints for each scene and each kind of card how many pictures were flagged and how many values were read exactly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from idscan.core.results import ImageRef
from idscan.core.settings import Settings
from idscan.core.vocabulary import Effort
from idscan.pipeline.scan import scan_image
from tests.synth.fonts import installed_families
from tests.synth.scenes import CARD_SCENES, Supplies, make_scene, save

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.results import ImageResult
    from tests.synth.truth import CardTruth


Task: TypeAlias = tuple[str, int, str, str | None]
"""Scene, seed, effort, and the folder to keep pictures in."""
Measured: TypeAlias = tuple[str, int, "ImageResult", float, list[tuple[str, str, bool]]]
"""Scene, seed, result, CPU seconds, and (card, measure, whether right) for each try."""


@dataclass(slots=True)
class Tally:
    """How many of how many, by name of the measure."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def count(self, name: str, *, is_right: bool) -> None:
        """Add one try."""
        self.total[name] += 1
        self.right[name] += is_right


def ascii_of(text: str) -> str:
    """Return capitals without diacritics."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()


def measures(card: CardTruth, result: ImageResult) -> Iterator[tuple[str, bool]]:
    """Yield the name of each measure that applies to a card and whether the scan got it right."""
    read: dict[str, set[str]] = {}
    for finding in result.all_findings:
        if finding.value is not None:
            read.setdefault(finding.field, set()).add(finding.value.reveal())
    for name in ("number", "old_number", "date_of_birth"):
        if name in card.sources and card.fields[name].value is not None:
            yield name, card.fields[name].value in read.get(name, ())
    if "name" in card.sources:
        truth = card.fields["name"].value or ""
        has_code = {"qr", "mrz"} & set(card.sources["name"])
        names = read.get("name", set())
        source = "name ASCII (code)" if has_code else "name ASCII (print)"
        yield source, ascii_of(truth) in {ascii_of(name) for name in names}
        if "mrz" not in card.sources["name"] or "qr" in card.sources["name"]:
            exact = "name exact (code)" if has_code else "name exact (print)"
            yield exact, truth.upper() in {name.upper() for name in names}
    yield "kind and side", any(found.kind == card.kind and found.side == card.side for found in result.cards)


def _measure(
    task: tuple[str, int, str, str | None],
) -> tuple[str, int, ImageResult, float, list[tuple[str, str, bool]]]:
    name, seed, effort, folder = task
    supplies = Supplies(installed_families(), None)
    scene = make_scene(name, seed, supplies=supplies)
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(folder or temporary)
        path = where / f"{scene.name}_{seed}.{'jpg' if scene.jpeg_quality else 'png'}"
        save(scene, path)
        start = time.process_time()
        result = scan_image(ImageRef(str(path)), Settings(effort=Effort(effort)))
        seconds = time.process_time() - start
    found = [
        (f"{card.kind} {card.side}", measure, right)
        for card in scene.cards
        for measure, right in measures(card, result)
    ]
    return scene.name, seed, result, seconds, found


def main() -> None:
    """Run the measurement and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first picture")
    parser.add_argument("--scenes", default=",".join(CARD_SCENES))
    parser.add_argument("--effort", default="normal", choices=[effort.value for effort in Effort])
    parser.add_argument("--folder", help="keep the pictures here")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if options.folder:
        Path(options.folder).mkdir(parents=True, exist_ok=True)
    scenes = options.scenes.split(",")
    tasks = [(scenes[i % len(scenes)], options.seed + i, options.effort, options.folder) for i in range(options.count)]
    tallies: dict[str, Tally] = {"all": Tally()}
    seconds: list[float] = []
    stages: Counter[str] = Counter()
    misses: list[str] = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for scene, seed, result, spent, found in pool.map(_measure, tasks):
            seconds.append(spent)
            stages.update(dict(result.stage_seconds))
            groups = ["all", scene]
            for group in groups:
                tallies.setdefault(group, Tally()).count("flagged", is_right=result.is_exposed)
            for card, measure, right in found:
                for group in (*groups, card):
                    tallies.setdefault(group, Tally()).count(measure, is_right=right)
                if not right:
                    misses.append(f"{scene}_{seed} {card}: {measure}")
            if not result.is_exposed:
                misses.append(f"{scene}_{seed}: not flagged")
    for group, tally in tallies.items():
        print(f"\n{group}")
        for name in tally.total:
            share = 100 * tally.right[name] / tally.total[name]
            print(f"  {name:22} {tally.right[name]:4} of {tally.total[name]:4}  {share:5.1f} %")
    print("\nmissed:\n  " + "\n  ".join(misses) if misses else "\nnothing missed")
    print(f"\nCPU per picture: mean {sum(seconds) / len(seconds):.2f} s, worst {max(seconds):.2f} s")
    print("by stage: " + ", ".join(f"{name} {spent / len(seconds):.3f} s" for name, spent in stages.most_common()))


if __name__ == "__main__":
    sys.exit(main())
