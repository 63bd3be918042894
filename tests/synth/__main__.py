"""Write made-up pictures and their truth into a folder: `python -m tests.synth OUT --scenes flat_scan --count 50`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.synth.fonts import installed_families
from tests.synth.scenes import CARD_SCENES, SCENES, make_scene, save
from tests.synth.stock import Supplies

if TYPE_CHECKING:
    from tests.synth.truth import CardTruth, Scene


def card_record(card: CardTruth) -> dict[str, object]:
    """Return the truth about a card as plain data."""
    return {
        "kind": card.kind,
        "side": card.side,
        "quad": card.quad,
        "px_per_module": card.px_per_module,
        "sources": card.sources,
        "fields": {
            name: {
                "value": fact.value,
                "printed": fact.printed,
                "quad": fact.quad,
                "places": [{"by": source, "quad": quad} for source, quad in fact.places],
            }
            for name, fact in card.fields.items()
        },
    }


def scene_record(scene: Scene, file: str) -> dict[str, object]:
    """Return the truth about a picture as plain data."""
    return {
        "file": file,
        "scene": scene.name,
        "seed": scene.seed,
        "width": scene.image.width,
        "height": scene.image.height,
        "cards": [card_record(card) for card in scene.cards],
    }


def write_scenes(out: Path, names: tuple[str, ...], seeds: range, supplies: Supplies) -> list[dict[str, object]]:
    """Write one picture for every seed, the scenes in turn, and `truth.json`; return the truth."""
    out.mkdir(parents=True, exist_ok=True)
    records = []
    for i, seed in enumerate(seeds):
        scene = make_scene(names[i % len(names)], seed, supplies=supplies)
        file = f"{i:04d}_{scene.name}.{'jpg' if scene.jpeg_quality else 'png'}"
        save(scene, out / file)
        records.append(scene_record(scene, file))
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{i + 1}/{len(seeds)}")
    text = json.dumps({"pictures": records}, ensure_ascii=False, indent=1)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    return records


def main() -> None:
    """Read the command line and write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.synth", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the pictures and truth.json")
    parser.add_argument("--scenes", default=",".join(CARD_SCENES), help=f"comma-separated, of {', '.join(SCENES)}")
    parser.add_argument("--count", type=int, default=20, help="pictures in all; the scenes take turns")
    parser.add_argument("--seed", type=int, default=1, help="of the first picture")
    parser.add_argument(
        "--families", default="", help='font families, comma-separated, or "all" for the installed ones'
    )
    parser.add_argument("--backgrounds", type=Path, help="folder with photos to put cards on")
    chosen = parser.parse_args()
    families = installed_families() if chosen.families == "all" else tuple(filter(None, chosen.families.split(",")))
    supplies = Supplies(families or None, chosen.backgrounds)
    seeds = range(chosen.seed, chosen.seed + chosen.count)
    records = write_scenes(chosen.out, tuple(chosen.scenes.split(",")), seeds, supplies)
    sys.stdout.write(f"{len(records)} pictures in {chosen.out}\n")


if __name__ == "__main__":
    main()
