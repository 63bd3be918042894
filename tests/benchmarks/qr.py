"""QR codes of made-up cards, small or covered in part, beside other decoders: `python -m tests.benchmarks.qr`.

With `--suite FOLDER`, the pictures that come with other decoders (columns file, expected_file, payload_kind) instead.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageOps

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.engines.zxing import ZxingReader
from idscan.pipeline import qr
from idscan.vision import preprocess
from idscan.vision.perspective import homography
from tests.synth.payload import can_cuoc_payload, chip_payload, pick_symbol_style, symbol_modules
from tests.synth.people import make_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad

    Decoder = Callable[[NDArray[np.uint8]], list[str]]

SIZES = (1.0, 1.2, 1.4, 1.6, 2.0, 3.0)
COVERED = (0.05, 0.08, 0.1, 0.12, 0.15)
_FINE = 6  # samples to the pixel before the lens
_AREA_OF_ONE_FINDER = 49


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """A picture of one code, what it says and where it is, in pixels of the picture."""

    grey: NDArray[np.uint8]
    payload: str
    quad: Quad
    modules: int


def shown(rng: Random, px_per_module: float, covered: float = 0.0) -> Shown:
    """Draw the code of a made-up card as a camera or a resized picture would show it.

    Args:
        rng: decides all else: phase, turn, perspective, blur, contrast, noise, compression, the way of reducing.
        px_per_module: pixels of the picture.
        covered: share of the code that something lies on, with or without one finder pattern.
    """
    person = make_person(rng.randrange(10**6))
    payload = chip_payload(person) if rng.random() < 0.7 else can_cuoc_payload(person, rng)
    modules = symbol_modules(payload, pick_symbol_style(rng))
    count = len(modules)
    quiet = rng.choice((2, 3, 4))
    drawn = np.pad(modules, quiet, constant_values=255).astype(np.float32)
    # The sheet around the code is not always as bright as its quiet zone.
    drawn = np.pad(drawn, 6, constant_values=rng.choice((255, 225, 200)))
    if covered:
        _cover(drawn, rng, covered, quiet + 6, count)
    side = round(count * px_per_module * 1.9) + 40
    quad = _placed(rng, count * px_per_module, side)
    around = quiet + 6
    total = count + 2 * around
    per = 8
    large = np.kron(drawn, np.ones((per, per), np.float32))
    to_fine = homography(
        quad_from_box(around * per, around * per, (around + count) * per, (around + count) * per),
        geometry.scaled(quad, _FINE),
    )
    fine = cv2.warpPerspective(
        large,
        np.array(to_fine, np.float64).reshape(3, 3),
        (side * _FINE, side * _FINE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=rng.choice((255.0, 180.0, 120.0)),
    )
    assert total * per == len(large)
    small = _reduced(fine, rng, side)
    dark, light = rng.uniform(10, 80), rng.uniform(180, 250)
    slope = np.linspace(1, rng.uniform(0.8, 1.0), side, dtype=np.float32)
    small = (dark + small / 255 * (light - dark)) * (slope[None] if rng.random() < 0.5 else slope[:, None])
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(0.5, 3.0), small.shape)
    rgb = np.stack([np.clip(small * tint + noise, 0, 255).astype(np.uint8) for tint in (1.0, 0.99, 0.95)], axis=2)
    stored = _compressed(rgb, rng.choice((60, 70, 75, 80, 85, 90)))
    return Shown(preprocess.grey(stored), payload.decode(), quad, count)


def _placed(rng: Random, length: float, side: int) -> Quad:
    """Return a square of a length, a little turned, in perspective, at any phase, perhaps by quarters as well."""
    unit = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * length
    unit *= 1 + np.array([[rng.uniform(-0.02, 0.02) for _ in range(2)] for _ in range(4)])
    angle = np.radians(rng.uniform(-8, 8) + 90 * rng.choice((0, 0, 0, 1, 2, 3)))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = side / 2 + np.array([rng.uniform(-3, 3), rng.uniform(-3, 3)])
    return geometry.quad_from_points((unit @ turn + centre).tolist())


def _cover(drawn: NDArray[np.float32], rng: Random, share: float, start: int, count: int) -> None:
    """Lay a sticker, a finger's end or a spot of glare on a share of the code's area."""
    area = share * count * count
    corner = rng.choice(((0, 0), (0, count), (count, 0))) if area > _AREA_OF_ONE_FINDER and rng.random() < 0.4 else None
    ratio = rng.uniform(0.6, 1.6)
    height, width = np.sqrt(area * ratio), np.sqrt(area / ratio)
    if corner is not None:
        top = corner[0] - height if corner[0] else 0.0
        left = corner[1] - width if corner[1] else 0.0
    else:
        top, left = rng.uniform(0, count - height), rng.uniform(0, count - width)
    y, x = np.mgrid[0 : len(drawn), 0 : len(drawn)] + 0.5 - start
    if rng.random() < 0.5:
        inside = (abs(y - top - height / 2) < height / 2) & (abs(x - left - width / 2) < width / 2)
    else:  # an ellipse of the same area
        stretch = np.sqrt(4 / np.pi)
        inside = np.hypot((y - top - height / 2) / height, (x - left - width / 2) / width) < stretch / 2
    drawn[inside] = rng.choice((255.0, 255.0, 150.0, 90.0, 0.0))


def _reduced(fine: NDArray[np.float32], rng: Random, side: int) -> NDArray[np.float32]:
    """Bring the fine picture to pixels: through a lens onto a sensor, or by a program's resizing."""
    way = rng.choice(("camera", "camera", "linear", "cubic", "lanczos"))
    if way == "camera":
        soft = cv2.GaussianBlur(fine, (0, 0), rng.uniform(0.2, 0.55) * _FINE)
        return np.asarray(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    filters = {"linear": Image.Resampling.BILINEAR, "cubic": Image.Resampling.BICUBIC}
    picture = Image.fromarray(np.clip(fine, 0, 255).astype(np.uint8))
    return np.asarray(picture.resize((side, side), filters.get(way, Image.Resampling.LANCZOS)), np.float32)


def _compressed(rgb: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    _, stored = cv2.imencode(
        ".jpg",
        bgr,
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420],
    )
    return np.ascontiguousarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1]).astype(np.uint8, copy=False)


def _by_idscan(grey: NDArray[np.uint8]) -> list[str]:
    return [symbol.payload.reveal() for symbol in qr.read_frame(grey) if symbol.payload is not None]


def _by_zxing(grey: NDArray[np.uint8]) -> list[str]:
    return [symbol.payload.reveal() for symbol in ZxingReader().read_symbols(grey) if symbol.payload is not None]


def _by_zxing_enlarged(grey: NDArray[np.uint8]) -> list[str]:
    large = cv2.resize(grey, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
    return _by_zxing(preprocess.sharpened(large, sigma=2.4))


def _by_zbar(grey: NDArray[np.uint8]) -> list[str]:
    from idscan.engines.zbar import ZbarReader

    return [symbol.payload.reveal() for symbol in ZbarReader().read_symbols(grey) if symbol.payload is not None]


def _by_opencv(grey: NDArray[np.uint8]) -> list[str]:
    try:
        text = cv2.QRCodeDetector().detectAndDecode(grey)[0]
    except (cv2.error, UnicodeDecodeError):
        return []
    return [text] if text else []


def _decoders() -> dict[str, Decoder]:
    known: dict[str, Decoder] = {
        "idscan": _by_idscan,
        "zxing-cpp": _by_zxing,
        "zxing-cpp x3": _by_zxing_enlarged,
        "zbar": _by_zbar,
        "OpenCV": _by_opencv,
    }
    try:
        _by_zbar(np.zeros((40, 40), np.uint8))
    except ImportError:
        del known["zbar"]
    return known


def _row(name: str, pictures: list[Shown], decoders: dict[str, Decoder]) -> None:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for picture in pictures:
        for decoder, read in decoders.items():
            start = time.process_time()
            texts = read(picture.grey)
            seconds[decoder] += time.process_time() - start
            right[decoder] += picture.payload in texts
            wrong[decoder] += any(text != picture.payload for text in texts)
    cells = [
        f"{right[decoder] / len(pictures):6.1%} ({seconds[decoder] / len(pictures):.2f} s)" for decoder in decoders
    ]
    own = "idscan" in decoders
    not_seen = sum(not qr.read_frame(picture.grey) for picture in pictures) if own else 0
    print(
        f"{name:>14}  "
        + "  ".join(f"{cell:>16}" for cell in cells)
        + (f"  {wrong['idscan']:3d} wrong {not_seen:3d} not seen" if own else ""),
        flush=True,
    )


def _small_and_covered(count: int, seed: int, chosen: list[str]) -> None:
    decoders = {name: read for name, read in _decoders().items() if not chosen or name in chosen}
    print(f"{count} pictures a row, seed {seed}; share decoded (CPU seconds a picture)")
    print(f"{'':>14}  " + "  ".join(f"{name:>16}" for name in decoders) + "  by idscan")
    for size in SIZES:
        pictures = [shown(Random(f"{seed} {size} {i}"), size) for i in range(count)]
        _row(f"{size} px/module", pictures, decoders)
    for share in COVERED:
        rngs = [Random(f"{seed} covered {share} {i}") for i in range(count)]
        _row(f"{share:.0%} covered", [shown(rng, rng.uniform(2.0, 5.0), share) for rng in rngs], decoders)


def _suite(folder: Path) -> None:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["payload_kind"] != "sqcode"]
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for row in rows:
        with Image.open(folder / row["file"]) as picture:
            rgb = np.asarray((ImageOps.exif_transpose(picture) or picture).convert("RGB"))
        grey = preprocess.grey(rgb)
        start = time.process_time()
        found = qr.read_frame(grey)
        seconds["idscan"] += time.process_time() - start
        mine = {symbol.payload.reveal() for symbol in found if symbol.payload is not None}
        start = time.process_time()
        plain = set(_by_zxing(grey))
        seconds["zxing-cpp"] += time.process_time() - start
        counts["more texts than zxing-cpp"] += bool(mine - plain)
        counts["fewer texts than zxing-cpp"] += bool(plain - mine)
        expected = _expected(folder, row)
        if expected is not None:
            counts["with a known text"] += 1
            counts["idscan right"] += expected in mine
            counts["zxing-cpp right"] += expected in plain
        if mine != plain:
            is_right = "right" if expected in mine else "not what is expected"
            print(f"{row['file']}: {len(mine)} texts, zxing-cpp {len(plain)}; {is_right}, by {found[0].engine}")
    for name, value in counts.items():
        print(f"{name}: {value} of {len(rows)}")
    print("CPU a picture: " + ", ".join(f"{name} {value / len(rows):.3f} s" for name, value in seconds.items()))


def _expected(folder: Path, row: dict[str, str]) -> str | None:
    if not row["expected_file"]:
        return None
    text = (folder / row["expected_file"]).read_bytes()
    encoding = "utf-8" if not row["expected_file"].endswith(".bin") else "latin-1"
    return text.decode(encoding, "surrogateescape")


def main() -> None:
    """Print what is decoded, by size and by covered share, or of a suite of pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="pictures a row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="a decoder's name; may be repeated")
    parser.add_argument("--suite", type=Path, help="folder with a manifest.csv")
    options = parser.parse_args()
    if options.suite:
        _suite(options.suite)
    else:
        _small_and_covered(options.count, options.seed, options.only)


if __name__ == "__main__":
    sys.exit(main())
