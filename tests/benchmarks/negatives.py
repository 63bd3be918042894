"""False alarms on pictures without a card: `python -m tests.benchmarks.negatives FOLDER`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.images.walk import find_images
from idscan.pipeline.scan import scan_image

if TYPE_CHECKING:
    from idscan.core.types import ImageResult


def _scan(task: tuple[ImageRef, str]) -> tuple[ImageRef, ImageResult, float]:
    ref, effort = task
    start = time.process_time()
    result = scan_image(ref, Settings(effort=Effort(effort)))
    return ref, result, time.process_time() - start


def main() -> None:
    """Scan a folder of harmless pictures and print every finding by its field; values stay masked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--effort", default="normal", choices=[effort.value for effort in Effort])
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    refs = [entry for entry in find_images([options.folder], Settings()) if isinstance(entry, ImageRef)]
    stages: Counter[str] = Counter()
    spent: list[tuple[float, str]] = []
    alarms = 0
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for ref, result, seconds in pool.map(_scan, [(ref, options.effort) for ref in refs], chunksize=2):
            stages.update(dict(result.stage_seconds))
            spent.append((seconds, ref.path))
            if result.is_exposed or result.cards:
                alarms += 1
                fields = [f"{found.field} {found.confidence:.2f} {found.seen_by}" for found in result.all_findings]
                print(f"{ref.path}: {[f'{card.kind} {card.side}' for card in result.cards]} {fields}")
    total = sum(seconds for seconds, _ in spent)
    print(f"\n{alarms} of {len(refs)} pictures raised an alarm; CPU per picture {total / len(refs):.3f} s")
    print("by stage: " + ", ".join(f"{name} {value / len(refs):.3f} s" for name, value in stages.most_common()))
    print("slowest: " + ", ".join(f"{path} {seconds:.1f} s" for seconds, path in sorted(spent, reverse=True)[:8]))


if __name__ == "__main__":
    sys.exit(main())
