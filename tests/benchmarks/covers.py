"""Redactions by other means: `python -m tests.benchmarks.covers --count 40 --seed 81000`.

Draws cards in scenes, covers them well and badly, and runs `verify` on each picture alone: covers that hold nothing
must pass, those that give something back must be told of. Run by hand.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from idscan.redact.verify import verify
from idscan.run.jobs import limit_threads
from tests.synth.covers import BAD_KINDS, GOOD_KINDS, badly_covered, well_covered
from tests.synth.fonts import installed_families
from tests.synth.scenes import make_scene
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Sequence

SCENES = ("flat_scan", "hand_held", "social", "turned", "older", "held", "documents")
"""Scenes whose cards can be read, so that what comes back is a matter of the cover."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` said of one picture.

    Attributes:
        name: of its file.
        kind: of its cover.
        leaks: (kind, field) of what came back.
        cpu: seconds of processor time.
        slowest: stages of the scan by seconds, the slowest first.
    """

    name: str
    kind: str
    leaks: tuple[tuple[str, str], ...]
    cpu: float
    slowest: tuple[tuple[str, float], ...]


def drawn(folder: Path, kind: str, scene: str, seed: int, *, is_good: bool) -> Path:
    """Draw one picture, cover it and write it."""
    shown = make_scene(scene, seed, supplies=Supplies(installed_families()))
    cover = well_covered if is_good else badly_covered
    covered = cover(shown, kind, Random(f"{kind} {seed}"))
    path = folder / f"{'good' if is_good else 'bad'}_{kind}_{scene}_{seed}.{covered.suffix}"
    path.write_bytes(covered.data)
    return path


def verified(path: Path, kind: str) -> Verified:
    """Run `verify` on one picture in this process."""
    start = time.process_time()
    result = verify([path], jobs=1)
    cpu = time.process_time() - start
    leaks = [(leak.kind, leak.field.value if leak.field else "-") for _, own in result.leaks for leak in own]
    stages = [stage for image in result.scan.images for stage in image.stage_seconds]
    return Verified(
        path.name, kind, tuple(dict.fromkeys(leaks)), cpu, tuple(sorted(stages, key=lambda stage: -stage[1]))
    )


def summary(results: Sequence[Verified], *, is_good: bool) -> str:
    """Return how many pictures got the right verdict."""
    right = sum(bool(one.leaks) is not is_good for one in results)
    word = "good passed" if is_good else "bad told"
    cpu = sorted(one.cpu for one in results)
    return (
        f"{word:12} {right:3} of {len(results):3} ({right / max(1, len(results)):.0%}); CPU per image: median "
        f"{median(cpu):.1f} s, worst {cpu[-1]:.1f} s"
    )


def main() -> None:
    """Run the measurement and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="pictures of each sort")
    parser.add_argument("--seed", type=int, default=81000, help="seed of the first picture")
    parser.add_argument("--sorts", default="good,bad", help="good, bad or both")
    parser.add_argument("--kinds", default="", help="only these kinds of covers, by commas")
    parser.add_argument("--folder", help="keep the pictures here")
    options = parser.parse_args()
    limit_threads()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        summaries = [_measured(folder, options, is_good=sort == "good") for sort in options.sorts.split(",")]
    for line in summaries:
        print(line)


def _measured(folder: Path, options: argparse.Namespace, *, is_good: bool) -> str:
    wanted = options.kinds.split(",") if options.kinds else None
    kinds = GOOD_KINDS if is_good else BAD_KINDS
    results = []
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for i in range(options.count):
        kind = kinds[i % len(kinds)]
        if wanted and kind not in wanted:
            continue
        path = drawn(folder, kind, SCENES[(i + i // len(kinds)) % len(SCENES)], options.seed + i, is_good=is_good)
        one = verified(path, kind)
        is_right = bool(one.leaks) is not is_good
        by_kind[kind].append(is_right)
        stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in one.slowest[:3])
        print(
            f"{'ok   ' if is_right else 'WRONG'} {one.name}: {one.cpu:.1f} s ({stages}) {list(one.leaks)}", flush=True
        )
        results.append(one)
    print({kind: f"{sum(right)}/{len(right)}" for kind, right in by_kind.items()})
    return summary(results, is_good=is_good)


if __name__ == "__main__":
    sys.exit(main())
