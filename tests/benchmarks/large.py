"""Cards in large photos: `python -m tests.benchmarks.large --widths 0,200,300 --megapixels 12,50 --backgrounds FOLDER`.

Prints for each size of card and photo how many were flagged and how many values were read exactly, the highest memory
of a process, and the CPU time of a scan as a multiple of decoding the JPEG; for photos without a card likewise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from PIL import Image

from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.pipeline.scan import scan_image
from tests.benchmarks.accuracy import measures
from tests.synth.backdrops import make_backdrop
from tests.synth.fonts import installed_families
from tests.synth.large import large_photo
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from tests.synth.truth import CardTruth

_KB = 1024


@dataclass(frozen=True, slots=True)
class _Task:
    """One photo to make and scan; a card width of 0 stands for none."""

    megapixels: float
    width: int
    seed: int
    effort: str
    backgrounds: str | None


@dataclass(frozen=True, slots=True)
class _Measured:
    """What a scan gave: whether the photo was flagged, each value tried, seconds, and the process's peak in MB."""

    is_flagged: bool
    values: tuple[tuple[str, bool], ...]
    seconds: float
    decoding: float
    peak: float


def _make(task: _Task, path: Path) -> tuple[CardTruth, ...]:
    stock = Supplies(installed_families(), Path(task.backgrounds) if task.backgrounds else None)
    Image.MAX_IMAGE_PIXELS = None
    if task.width:
        image, truths = large_photo(task.seed, stock, task.megapixels, task.width)
    else:
        height = round((task.megapixels * 1e6 * 3 / 4) ** 0.5)
        ground = make_backdrop((4000, 3000), Random(f"harmless {task.seed}"), stock.backgrounds)
        image, truths = Image.fromarray(ground).resize((round(height * 4 / 3), height), Image.Resampling.BICUBIC), ()
    image.save(path, quality=92, subsampling="4:2:0")
    return truths


def _scan(path: str, effort: str) -> tuple[object, float, float, float]:
    settings = Settings(effort=Effort(effort))
    scan_image(ImageRef("sample_images/cmnd_front.jpg"), settings)  # engines load once a worker
    start = time.process_time()
    result = scan_image(ImageRef(path), settings)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB
    start = time.process_time()
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        image.load()
    return result, seconds, time.process_time() - start, peak


def _measure(task: _Task) -> _Measured:
    with tempfile.TemporaryDirectory() as folder:  # a process each: the peak of memory belongs to the scan alone
        path = Path(folder) / "photo.jpg"
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as maker:
            truths = maker.submit(_make, task, path).result()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as scanner:
            result, seconds, decoding, peak = scanner.submit(_scan, str(path), task.effort).result()
    values = tuple(pair for truth in truths for pair in measures(truth, result))  # type: ignore[arg-type]
    return _Measured(result.is_exposed, values, seconds, decoding, peak)  # type: ignore[attr-defined]


def main() -> None:
    """Run the measurement and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", default="200,300,500,900", help="pixels of the cards; 0 for photos without one")
    parser.add_argument("--megapixels", default="12,50,108,199")
    parser.add_argument("--count", type=int, default=5, help="photos of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effort", default="normal", choices=[effort.value for effort in Effort])
    parser.add_argument("--backgrounds", help="folder with photos to put cards on")
    options = parser.parse_args()
    print("  MP  card px  flagged   number  birth date  name ASCII   CPU s  x decoding  peak MB")
    for megapixels in (float(part) for part in options.megapixels.split(",")):
        for width in (int(part) for part in options.widths.split(",")):
            seeds = range(options.seed, options.seed + options.count)
            seen = [_measure(_Task(megapixels, width, seed, options.effort, options.backgrounds)) for seed in seeds]
            cells = [f"{sum(one.is_flagged for one in seen):4}/{len(seen):<3}"]
            for name in ("number", "date_of_birth", "name ASCII"):
                tries = [right for one in seen for measure, right in one.values if measure.startswith(name)]
                cells.append(f"{sum(tries):4}/{len(tries):<3}")
            spent, decoding = sum(one.seconds for one in seen), sum(one.decoding for one in seen)
            peak = max(one.peak for one in seen)
            print(
                f"{megapixels:4.0f} {width:8}  " + "  ".join(cells),
                f"{spent / len(seen):9.2f} {spent / decoding:10.1f} {peak:10.0f}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
