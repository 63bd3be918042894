"""CPU seconds per picture where one picture in ten shows a card: `python -m tests.benchmarks.mixed --negatives FOLDER`.

The other nine come from a folder of harmless pictures. Every reader looks at each picture before any looks at the next,
so what else the machine does strikes all of them alike.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from idscan.core.enums import Effort
from idscan.engines.registry import is_available
from tests.benchmarks.readers import rapidocr_reader, tesseract_reader, zxing_reader
from tests.benchmarks.speed import cpu_seconds, decode, idscan_reader, pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[Path], object]

SHARE = 10
"""One picture in so many shows a card."""

TESSERACT, RAPIDOCR = "Tesseract, whole picture", "RapidOCR, whole picture"
OPTIONAL = {"tesseract": TESSERACT, "rapidocr": RAPIDOCR}


def mixed(cards: list[Path], harmless: list[Path]) -> list[Path]:
    """Return all harmless pictures with a card after every ninth, cards taken in turn.

    >>> [path.name for path in mixed([Path("card")], [Path(str(i)) for i in range(10)])]
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', 'card', '9']
    """
    shown: list[Path] = []
    for i, path in enumerate(harmless, start=1):
        shown.append(path)
        if cards and i % (SHARE - 1) == 0:
            shown.append(cards[(i // (SHARE - 1) - 1) % len(cards)])
    return shown


def readers(without: list[str]) -> dict[str, Callable[[], Reader]]:
    """Return what makes each reader, by name."""
    made: dict[str, Callable[[], Reader]] = {
        "decoding": lambda: decode,
        "zxing-cpp": zxing_reader,
        "idscan --effort fast": lambda: idscan_reader(Effort.FAST),
        "idscan": lambda: idscan_reader(Effort.NORMAL),
    }
    if is_available("tesseract"):
        made[TESSERACT] = tesseract_reader
    made[RAPIDOCR] = rapidocr_reader
    left_out = {OPTIONAL[name] for name in without}
    return {name: make for name, make in made.items() if name not in left_out}


def started(makers: dict[str, Callable[[], Reader]], first: Path) -> tuple[dict[str, Reader], dict[str, float]]:
    """Return readers that have read one picture, and the CPU seconds that this took each."""
    ready: dict[str, Reader] = {}
    seconds: dict[str, float] = {}
    for name, make in makers.items():
        before = cpu_seconds()
        ready[name] = make()
        ready[name](first)
        seconds[name] = cpu_seconds() - before
    return ready, seconds


def measured(ready: dict[str, Reader], paths: list[Path]) -> tuple[Counter[str], int]:
    """Return CPU seconds by reader over all pictures that every reader can open, and how many those are."""
    spent: Counter[str] = Counter()
    count = 0
    for path in paths:
        once: dict[str, float] = {}
        try:
            for name, read in ready.items():
                before = cpu_seconds()
                read(path)
                once[name] = cpu_seconds() - before
        except Exception as error:  # noqa: BLE001  other readers stumble over odd files in many ways
            print(f"left out, for {name} fails: {path} ({type(error).__name__})")
            continue
        spent.update(once)
        count += 1
    return spent, count


def main() -> None:
    """Measure and print one line per reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--negatives", required=True, help="folder of pictures without a card")
    parser.add_argument("--count", type=int, help="at most so many of them, spread over the folder")
    parser.add_argument("--seed", type=int, default=7000, help="of the first card")
    parser.add_argument("--without", action="append", choices=list(OPTIONAL), default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        harmless = pictures(options.negatives, sys.maxsize, options.seed, Path(temporary))
        harmless = harmless[:: max(1, len(harmless) // options.count)] if options.count else harmless
        cards = pictures(None, -(-len(harmless) // (SHARE - 1)), options.seed, Path(temporary))
        ready, start_up = started(readers(options.without), cards[0])
        spent, count = measured(ready, mixed(cards, harmless))
    print(f"{count} pictures, every {SHARE}th with a card; cards from seed {options.seed} on")
    for name in ready:
        times = f"{spent[name] / spent['decoding']:7.1f} x decoding {spent[name] / spent['idscan']:7.2f} x idscan"
        start = f"(start-up and first picture: {start_up[name]:.1f} s, not counted)"
        print(f"  {name:26} {spent[name] / count:7.3f} s a picture {times}   {start}")


if __name__ == "__main__":
    sys.exit(main())
