"""CPU seconds per picture, engines warm: `python -m tests.benchmarks.speed [--folder DIR]`.

Runs idscan, Tesseract and RapidOCR on the same pictures in one process, one after the other on each picture, and
prints each as a multiple of decoding the picture. CPU seconds count child processes (Tesseract is one).
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from idscan.core.enums import Effort
from idscan.core.settings import Settings
from idscan.core.types import ImageRef
from idscan.engines.registry import is_available
from idscan.images.walk import find_images
from idscan.pipeline.scan import scan_image
from tests.benchmarks.readers import rapidocr_reader, tesseract_reader
from tests.synth.fonts import installed_families
from tests.synth.scenes import CARD_SCENES, Supplies, make_scene, save

if TYPE_CHECKING:
    from collections.abc import Callable


def cpu_seconds() -> float:
    """Return CPU seconds of this process and its finished children so far."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def decode(path: Path) -> None:
    """Decode a picture, nothing else."""
    with Image.open(path) as image:
        np.asarray(image.convert("RGB"))


def idscan_reader(effort: Effort) -> Callable[[Path], object]:
    """Return the scan of one picture."""

    def read(path: Path) -> None:
        scan_image(ImageRef(str(path)), Settings(effort=effort))

    return read


def pictures(folder: str | None, count: int, seed: int, out: Path) -> list[Path]:
    """Return the pictures of a folder, or made-up ones."""
    if folder is not None:
        return [Path(entry.path) for entry in find_images([folder], Settings()) if isinstance(entry, ImageRef)][:count]
    paths = []
    for i in range(count):
        scene = make_scene(CARD_SCENES[i % len(CARD_SCENES)], seed + i, supplies=Supplies(installed_families(), None))
        paths.append(out / f"{i:03d}_{scene.name}.{'jpg' if scene.jpeg_quality else 'png'}")
        save(scene, paths[-1])
    return paths


def main() -> None:
    """Measure and print one line per reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", help="measure on the pictures of this folder instead of made-up cards")
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7000)
    options = parser.parse_args()
    readers: dict[str, Callable[[Path], object]] = {
        "decoding": decode,
        "idscan --effort fast": idscan_reader(Effort.FAST),
        "idscan": idscan_reader(Effort.NORMAL),
        "idscan --effort thorough": idscan_reader(Effort.THOROUGH),
        "RapidOCR, whole picture": rapidocr_reader(),
    }
    if is_available("tesseract"):
        readers["Tesseract, whole picture"] = tesseract_reader()
    spent: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        paths = pictures(options.folder, options.count, options.seed, Path(temporary))
        for read in readers.values():
            read(paths[0])
        for path in paths:
            for name, read in readers.items():
                start = cpu_seconds()
                read(path)
                spent[name] += cpu_seconds() - start
    print(f"{len(paths)} pictures")
    for name in readers:
        each = spent[name] / len(paths)
        print(f"  {name:26} {each:7.3f} s a picture   {spent[name] / spent['decoding']:7.1f} x decoding")


if __name__ == "__main__":
    sys.exit(main())
