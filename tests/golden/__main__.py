"""Compare what scan and redact make of a fixed set of images before and after a change that must not change it.

    python -m tests.golden record FOLDER --count 200 --also OTHER_FOLDER
    python -m tests.golden compare FOLDER
    python -m tests.golden samples

`samples` stores what a scan finds on the sample images in `samples.json`, with which a slow test compares.

`record` copies the sample images and the files of other folders, draws made-up images of every scene, and stores the
reports of `scan` (normal and thorough) and the SHA-256 of each file that `redact` writes: in the default style for all
images, in the other styles for all but the made-up images of `made_up/one_style`. `compare` runs the same commands
again and lists each file with the keys whose values differ. Both take about 8 s for each image on two cores; results
are equal on one machine only, as engines round differently elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from idscan.core.enums import Effort, Style
from tests.synth.fonts import installed_families
from tests.synth.scenes import SCENES, make_scene, save
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLES = Path(__file__).parents[2] / "sample_images"
SEED = 700_000
"""Seed of the first made-up image."""

SAMPLES_RECORD = Path(__file__).with_name("samples.json")
"""What a scan finds on the sample images: values and places, which are nearly the same on all machines."""

EFFORTS = (Effort.NORMAL, Effort.THOROUGH)
_IMAGES, _RECORD = "images", "golden.json"
_ALL_STYLES, _ONE_STYLE = Path("made_up/all_styles"), Path("made_up/one_style")
_EVERY = 4
"""One made-up image in so many is redacted in all styles: a style only fills what the plan of any style hides."""

Outputs: TypeAlias = dict[str, dict[str, Any]]
"""By command, then by file: what the command reported of it or wrote."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 1 if outputs differ."""
    options = _options().parse_args(arguments)
    if options.command == "samples":
        SAMPLES_RECORD.write_text(json.dumps(samples_found(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return 0
    folder = Path(options.folder)
    if options.command == "record":
        _draw(folder / _IMAGES, options.count, [Path(other) for other in options.also])
        (folder / _RECORD).write_text(json.dumps(outputs_of(folder / _IMAGES), indent=1), encoding="utf-8")
        return 0
    before: Outputs = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    differences = list(differing(before, outputs_of(folder / _IMAGES)))
    print("\n".join(differences) or "equal")
    return 1 if differences else 0


def outputs_of(folder: Path) -> Outputs:
    """Return the outputs of all commands on a folder of images."""
    found: Outputs = {f"scan {effort.value}": _scanned(folder, effort) for effort in EFFORTS}
    few = [path.name for path in folder.iterdir() if path.name != _ONE_STYLE.parent.name] + [str(_ALL_STYLES)]
    return found | {
        f"redact {style.value}": _redacted(folder, style, ["."] if style is Style.BLUR else sorted(few))
        for style in Style
    }


def samples_found() -> dict[str, list[dict[str, Any]]]:
    """Return for each sample image what a scan finds: card, field, value and place of each finding."""
    report = _reported(SAMPLES, ["."], "scan", "--exit-zero", "-f", "json")
    return {Path(image["path"]).name: list(_found_on(image)) for image in report["images"]}


def _found_on(image: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for card in [*image["cards"], {"findings": image["findings"]}]:
        for finding in card["findings"]:
            found = {key: finding[key] for key in ("field", "value", "verified", "quad")}
            yield {"card": f"{card['kind']} {card['side']}" if "kind" in card else None, **found}


def differing(before: Outputs, after: Outputs) -> Iterator[str]:
    """Yield a line for each file on which a command has another output than before."""
    for command in sorted(before.keys() | after.keys()):
        one, other = before.get(command, {}), after.get(command, {})
        for name in sorted(one.keys() | other.keys()):
            keys = sorted(set(_differing_keys(one.get(name), other.get(name), "")))
            if keys:
                yield f"{command}: {name}: {', '.join(keys)}"


def _differing_keys(one: Any, other: Any, key: str) -> Iterator[str]:
    """Yield the dotted keys below which two values differ, without the places of entries in lists."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from _differing_keys(one.get(name), other.get(name), f"{key}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            yield from _differing_keys(first, second, key)
    elif one != other:
        yield key or "whole file"


def _draw(folder: Path, count: int, others: Sequence[Path]) -> None:
    folder.mkdir(parents=True)
    shutil.copytree(SAMPLES, folder / "samples", ignore=shutil.ignore_patterns("*.json"))
    for number, other in enumerate(others, start=1):
        shutil.copytree(other, folder / f"other_{number}")
    for part in (_ALL_STYLES, _ONE_STYLE):
        (folder / part).mkdir(parents=True)
    supplies = Supplies(tuple(installed_families()))
    for index in range(count):
        scene = make_scene(SCENES[index % len(SCENES)], SEED + index, supplies=supplies)
        part = _ONE_STYLE if index % _EVERY else _ALL_STYLES
        save(scene, folder / part / f"{scene.name}_{scene.seed}.{'jpg' if scene.jpeg_quality else 'png'}")


def _scanned(folder: Path, effort: Effort) -> dict[str, Any]:
    report = _reported(folder, ["."], "scan", "--effort", effort.value, "--exit-zero", "-f", "json")
    skipped = {entry["path"]: entry for entry in report["skipped"]}
    return skipped | {_name_of(image): image for image in report["images"]}


def _redacted(folder: Path, style: Style, paths: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as out:
        _reported(folder, paths, "redact", "--style", style.value, "-o", out, "-f", "json")
        files = sorted(path for path in Path(out).rglob("*") if path.is_file())
        return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _reported(folder: Path, paths: Sequence[str], command: str, *options: str) -> dict[str, Any]:
    """Return the report of a command; it may end with any code but that of a bug."""
    run = subprocess.run(
        [sys.executable, "-m", "idscan", command, *options, "--reproducible", "--reveal", *paths],
        cwd=folder,
        stdout=subprocess.PIPE,
        check=False,
    )
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def _name_of(image: dict[str, Any]) -> str:
    return f"{image['path']} {image['member'] or ''} {image['page']}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("record", "compare", "samples"))
    parser.add_argument("folder", nargs="?", default=".", help="where images and outputs are kept")
    parser.add_argument("--count", type=int, default=200, help="made-up images; the scenes in turn")
    parser.add_argument("--also", action="append", default=[], help="another folder of files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
