"""idscan beside what a user has today, on the same pictures in one run: `python -m tests.benchmarks.side_by_side`.

Prints for each reader how many numbers, birth dates and names of made-up cards it told, and CPU seconds a picture with
engines warm; `--markdown` prints the table of BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.engines.registry import is_available
from idscan.pipeline.scan import scan_image
from tests.benchmarks import readers
from tests.benchmarks.accuracy import ascii_of, scenes_of
from tests.benchmarks.readers import Told
from tests.benchmarks.speed import cpu_seconds
from tests.synth.fonts import installed_families
from tests.synth.scenes import GROUPS, make_scene, save
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from tests.benchmarks.readers import Reader
    from tests.synth.truth import Scene

_MEASURES = ("number", "date_of_birth", "name ASCII", "name exact")


def idscan_reader(effort: Effort) -> Reader:
    """Return the findings of a scan."""

    def read(path: Path) -> Told:
        result = scan_image(ImageRef(str(path)), Settings(effort=effort))
        return Told(tuple(found.value.reveal() for found in result.all_findings if found.value is not None))

    return read


def all_readers() -> dict[str, Reader]:
    """Return every reader whose engine is installed, by the name it has in the table."""
    found = {
        "idscan": idscan_reader(Effort.NORMAL),
        "idscan --effort fast": idscan_reader(Effort.FAST),
        "zxing-cpp, whole picture": readers.zxing_reader(),
        "RapidOCR, whole picture": readers.rapidocr_reader(),
    }
    if is_available("tesseract"):
        found["Tesseract `vie`, whole picture"] = readers.tesseract_reader()
        if is_available("zbar"):
            found["largest contour + pyzbar + Tesseract"] = readers.script_reader()
    return found


class _Scores:
    """What the readers told, and what it cost them."""

    def __init__(self) -> None:
        self.right: Counter[tuple[str, str]] = Counter()
        self.total: Counter[tuple[str, str]] = Counter()
        self.seconds: Counter[str] = Counter()
        self.pictures = 0

    def take(self, scene: Scene, path: Path, all_of_them: dict[str, Reader]) -> None:
        """Let every reader read one picture."""
        self.pictures += 1
        for name, read in all_of_them.items():
            start = cpu_seconds()
            told = read(path)
            self.seconds[name] += cpu_seconds() - start
            for card in scene.cards:
                for measure, is_right in readers.measures_of(card, told, ascii_of).items():
                    self.right[name, measure] += is_right
                    self.total[name, measure] += 1

    def rows(self, names: list[str]) -> list[tuple[str, ...]]:
        """Return a row of text for each reader."""
        rows = []
        for name in names:
            shares = []
            for measure in _MEASURES:
                total = self.total[name, measure]
                shares.append(f"{100 * self.right[name, measure] / total:.0f} %" if total else "-")
            rows.append((name, *shares, f"{self.seconds[name] / max(self.pictures, 1):.2f} s"))
        return rows


def main() -> None:
    """Run all readers and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", default="everyday", help=f"scenes or groups of them: {', '.join(GROUPS)}")
    parser.add_argument("--per-scene", type=int, default=3)
    parser.add_argument("--seed", type=int, default=700_000)
    parser.add_argument("--backgrounds", type=Path, help="folder with photos to put cards on")
    parser.add_argument("--without", default="", help="readers to leave out, by the start of their names")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    skipped = tuple(filter(None, options.without.split(",")))
    chosen = {name: read for name, read in all_readers().items() if not skipped or not name.startswith(skipped)}
    scenes = scenes_of(options.scenes)
    supplies = Supplies(installed_families(), options.backgrounds)
    scores = _Scores()
    with tempfile.TemporaryDirectory() as folder:
        warm = Path(folder) / "warm.jpg"
        save(make_scene("flat_scan", 1), warm)
        for read in chosen.values():
            read(warm)
        for i in range(options.per_scene * len(scenes)):
            scene = make_scene(scenes[i % len(scenes)], options.seed + i, supplies=supplies)
            path = Path(folder) / f"picture.{'jpg' if scene.jpeg_quality else 'png'}"
            save(scene, path)
            scores.take(scene, path, chosen)
    head = ("reader", "number", "birth date", "name ASCII", "name", "a picture")
    rows = scores.rows(list(chosen))
    print(f"{scores.pictures} pictures of {len(scenes)} scenes, {max(scores.total.values())} cards")
    if options.markdown:
        print("\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)))
    else:
        print("\n".join(f"{row[0]:38}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in (head, *rows)))


if __name__ == "__main__":
    sys.exit(main())
