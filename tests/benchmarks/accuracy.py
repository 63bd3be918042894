"""Accuracy on made-up pictures: `python -m tests.benchmarks.accuracy --scenes everyday --per-scene 20 --seed 5000`.

Prints for each scene and each kind of card how many pictures were flagged and how many values were read exactly, for
each source of values how often they were right at which confidence, and how many verified ones were wrong; and says
which figures lie below the floors of a file by more than chance explains. Floors only rise: `--raise-floors` lifts
those that were exceeded.
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

from idscan.core.enums import CardKind, Effort
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline.scan import scan_image
from tests.benchmarks.calibration import Calibration, judge
from tests.benchmarks.floors import FLOORS, Floors
from tests.synth.fonts import installed_families
from tests.synth.scenes import GROUPS, make_scene, save
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idscan.core.types import ImageResult
    from tests.benchmarks.calibration import Judgement
    from tests.synth.truth import CardTruth


Task: TypeAlias = tuple[str, int, str, str | None, str | None]
"""Scene, seed, effort, the folder to keep pictures in, and the folder with backgrounds."""
Measured: TypeAlias = tuple[str, int, "ImageResult", float, list[tuple[str, str, bool]], "list[Judgement]"]
"""Scene, seed, result, CPU seconds, (card, measure, whether right) for each try, and whether each value is right."""


@dataclass(slots=True)
class Tally:
    """How many of how many, by name of the measure."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, *, is_right: bool) -> None:
        """Add one try."""
        self.total[name] += 1
        self.right[name] += is_right

    def shares(self, name: str) -> tuple[int, int]:
        """Return right and all tries of the measures whose name starts so."""
        names = [measure for measure in self.total if measure.startswith(name)]
        return sum(self.right[measure] for measure in names), sum(self.total[measure] for measure in names)

    def share(self, name: str) -> float:
        """Return the share of right tries in per cent."""
        return 100 * self.right[name] / self.total[name]


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
        if card.shows_spelling:
            exact = "name exact (code)" if has_code else "name exact (print)"
            yield exact, truth.upper() in {name.upper() for name in names}
    if card.kind != CardKind.UNKNOWN:
        yield "kind and side", any(found.kind == card.kind and found.side == card.side for found in result.cards)


def _measure(task: Task) -> Measured:
    name, seed, effort, folder, backgrounds = task
    supplies = Supplies(installed_families(), Path(backgrounds) if backgrounds else None)
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
    return scene.name, seed, result, seconds, found, list(judge(scene.cards, result))


def scenes_of(names: str) -> tuple[str, ...]:
    """Return scenes by their names or those of their groups, comma-separated."""
    scenes = [scene for name in names.split(",") for scene in GROUPS.get(name, (name,))]
    return tuple(dict.fromkeys(scenes))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="pictures in all, the scenes in turn")
    parser.add_argument("--per-scene", type=int, help="pictures of each scene; stands for --count")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first picture")
    parser.add_argument("--scenes", default="ordinary", help=f"scenes or groups of them: {', '.join(GROUPS)}")
    parser.add_argument("--effort", default="normal", choices=[effort.value for effort in Effort])
    parser.add_argument("--backgrounds", help="folder with photos to put cards on")
    parser.add_argument("--folder", help="keep the pictures here")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--floors", type=Path, default=FLOORS, help="file with the least share for each figure")
    parser.add_argument("--raise-floors", action="store_true", help="lift the floors that were exceeded")
    return parser.parse_args()


def _print_table(scenes: tuple[str, ...], tallies: dict[str, Tally], seconds: dict[str, list[float]]) -> None:
    columns = ("flagged", "number", "date_of_birth", "name ASCII", "name exact", "kind and side")
    print(f"{'':14}" + "".join(f"{column:>16}" for column in columns) + "   CPU s")
    for scene in (*scenes, "all"):
        cells = []
        for column in columns:
            right, total = tallies[scene].shares(column)
            cells.append(f"{right:3}/{total:3} {100 * right / total:5.1f} %" if total else "-")
        spent = seconds[scene]
        print(f"{scene:14}" + "".join(f"{cell:>16}" for cell in cells) + f"{sum(spent) / len(spent):8.2f}")


@dataclass(slots=True)
class _Outcome:
    """What a run measured, by scene, by kind of card and for all."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    stages: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)

    def take(self, measured: Measured) -> None:
        """Add one picture."""
        scene, seed, result, spent, found, judgements = measured
        self.calibration.take(judgements)
        self.stages.update(dict(result.stage_seconds))
        for group in ("all", scene):
            self.seconds.setdefault(group, []).append(spent)
            self.tallies.setdefault(group, Tally()).count("flagged", is_right=result.is_exposed)
        for card, measure, right in found:
            for group in ("all", scene, card):
                self.tallies.setdefault(group, Tally()).count(measure, is_right=right)
            if not right:
                self.misses.append(f"{scene}_{seed} {card}: {measure}")
        self.misses.extend(
            f"{scene}_{seed}: {one.name} verified and wrong"
            for one in judgements
            if one.is_verified and not one.is_right
        )
        if not result.is_exposed:
            self.misses.append(f"{scene}_{seed}: not flagged")

    def print(self, scenes: tuple[str, ...]) -> None:
        """Print the tables."""
        _print_table(tuple(scene for scene in scenes if scene in self.tallies), self.tallies, self.seconds)
        for group, tally in self.tallies.items():
            if group in scenes:
                continue
            print(f"\n{group}")
            for name in tally.total:
                print(f"  {name:22} {tally.right[name]:4} of {tally.total[name]:4}  {tally.share(name):5.1f} %")
        print("\nmissed:\n  " + "\n  ".join(self.misses) if self.misses else "\nnothing missed")
        print("\n" + "\n".join(self.calibration.lines()))
        spent = self.seconds["all"]
        print(f"\nCPU per picture: mean {sum(spent) / len(spent):.2f} s, worst {max(spent):.2f} s")
        stages = self.stages.most_common()
        print("by stage: " + ", ".join(f"{name} {seconds / len(spent):.3f} s" for name, seconds in stages))


def main() -> int:
    """Run the measurement and print its tables; return 1 where a figure lies below its floor."""
    options = _options()
    if options.folder:
        Path(options.folder).mkdir(parents=True, exist_ok=True)
    scenes = scenes_of(options.scenes)
    count = options.per_scene * len(scenes) if options.per_scene else options.count
    tasks = [
        (scenes[i % len(scenes)], options.seed + i, options.effort, options.folder, options.backgrounds)
        for i in range(count)
    ]
    outcome = _Outcome()
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for measured in pool.map(_measure, tasks):
            outcome.take(measured)
    outcome.print(scenes)
    floors = Floors.read(options.floors)
    counts = {
        scene: {name: (tally.right[name], total) for name, total in tally.total.items()}
        for scene, tally in outcome.tallies.items()
        if scene in scenes
    }
    below = floors.below(counts)
    print("below the floor:\n  " + "\n  ".join(below) if below else "no figure below its floor")
    if options.raise_floors:
        floors.raised(counts).write(options.floors)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
