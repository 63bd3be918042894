"""Pictures of made-up cards, and harmless pictures, each from a name and a seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.synth import camera, harmless, scenes_hard, scenes_shared, scenes_surroundings
from tests.synth.shots import scan, snap
from tests.synth.stock import Supplies
from tests.synth.truth import Scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.cards import DrawnCard
    from tests.synth.stock import Taken

_SOCIAL_SIDES = (2048, 1600, 1280, 1080, 960, 720)
_SCAN_DPI = (150, 200, 200, 300, 300)
_MM_PER_INCH = 25.4


def make_scene(
    name: str,
    seed: int,
    families: tuple[str, ...] | None = None,
    backgrounds: Path | None = None,
    *,
    supplies: Supplies | None = None,
) -> Scene:
    """Make one picture.

    Args:
        name: one of `SCENES`.
        seed: the same name, seed and supplies give the same pixels.
        families: names of font families to choose from (`tests.synth.fonts.installed_families`).
        backgrounds: folder with photos to put cards on.
        supplies: families and backgrounds together with which cards to show; stands for both where given.
    """
    stock = supplies or Supplies(families, backgrounds)
    rng = Random(f"{name} {seed}")
    if name in _CARD_SCENES:
        image, cards, quality = _CARD_SCENES[name](rng, stock)
    else:
        image, quality = harmless.HARMLESS[name](rng, stock.families, stock.backgrounds)
        cards = ()
    return Scene(name, seed, image, quality, cards)


def _flat_scan(rng: Random, stock: Supplies) -> Taken:
    """Lay one card, two people's cards, or both sides of one card on a scanner."""
    px_per_mm = rng.choice(_SCAN_DPI) / _MM_PER_INCH
    shown = [stock.draw(rng)]
    if rng.random() < 0.35:
        shown.append(_second_card(shown[0], rng, stock))
    image, truths = scan(shown, rng, px_per_mm)
    if rng.random() < 0.12:
        image = image.convert("L").convert("RGB")
    return image, truths, rng.choice((None, 95, 90, 85))


def _second_card(first: DrawnCard, rng: Random, stock: Supplies) -> DrawnCard:
    """Return the other side of the first card where it has one among the faces, or somebody else's card."""
    other = stock.other_face(first)
    if other is not None and rng.random() < 0.6:
        return stock.draw(rng, other, first.truth.person)
    return stock.draw(rng)


def _hand_held(rng: Random, stock: Supplies) -> Taken:
    """A photo as a phone takes it."""
    return *snap(rng, stock, rng.gauss(0, 5), (0.35, 0.9)), rng.choice((95, 92, 88))


def _turned(rng: Random, stock: Supplies) -> Taken:
    """A photo of a card that lies on its side, upside down or askew."""
    quarter = rng.choice((90, 180, 270)) + rng.gauss(0, 3)
    turn = quarter if rng.random() < 0.6 else rng.uniform(0, 360)
    return *snap(rng, stock, turn, (0.45, 0.9)), rng.choice((95, 92, 88))


def _social(rng: Random, stock: Supplies) -> Taken:
    """A photo with a large card as social media hand it out: resized, compressed once or twice."""
    turn = rng.gauss(0, 4) if rng.random() < 0.85 else rng.choice((90, 180, 270)) + rng.gauss(0, 3)
    image, truths = snap(rng, stock, turn, (0.7, 0.96))
    image, truths = camera.resize(image, truths, rng.choice(_SOCIAL_SIDES))
    if rng.random() < 0.35:
        image = camera.recompress(image, rng.randint(75, 90))
    return image, truths, rng.randint(70, 85)


ORDINARY: dict[str, Callable[[Random, Supplies], Taken]] = {
    "flat_scan": _flat_scan,
    "hand_held": _hand_held,
    "turned": _turned,
    "social": _social,
}
EVERYDAY: dict[str, Callable[[Random, Supplies], Taken]] = {
    **ORDINARY,
    "reposted": scenes_shared.reposted,
    "distant": scenes_hard.distant,
    "photocopy": scenes_shared.photocopy,
    "collage": scenes_shared.collage,
    "chat": scenes_shared.chat,
    "phone": scenes_shared.phone,
    "held": scenes_shared.held,
    "several": scenes_shared.several,
    "documents": scenes_shared.documents,
    "child": scenes_hard.child,
    "older": scenes_hard.older,
    "free": scenes_hard.free,
}
HARD: dict[str, Callable[[Random, Supplies], Taken]] = {
    "worn": scenes_hard.worn,
    "pale": scenes_hard.pale,
    "sleeve": scenes_hard.in_sleeve,
    "covered": scenes_hard.covered,
    "cropped": scenes_hard.cropped,
    "only_code": scenes_hard.only_code,
    "only_number": scenes_hard.only_number,
    "only_zone": scenes_hard.only_zone,
}
HEAVY: dict[str, Callable[[Random, Supplies], Taken]] = {
    **{f"small_{width}": scenes_hard.small(width) for width in (160, 200, 250, 320, 420)},
    "dark": scenes_hard.dark,
    "shaken": scenes_hard.shaken,
    "screen": scenes_hard.screen,
    "mirrored": scenes_shared.mirrored_selfie,
}
_CARD_SCENES = {**EVERYDAY, **HARD, **HEAVY, **scenes_surroundings.SURROUNDINGS}

CARD_SCENES = tuple(ORDINARY)
"""Scenes that are read without exception."""
EVERY_CARD_SCENE = tuple(_CARD_SCENES)
GROUPS = {
    "ordinary": tuple(ORDINARY),
    "everyday": tuple(EVERYDAY),
    "hard": tuple(HARD),
    "heavy": tuple(HEAVY),
    "surroundings": tuple(scenes_surroundings.SURROUNDINGS),
    "all": tuple(_CARD_SCENES),
}
"""Names for several scenes at once."""

HARMLESS_SCENES = tuple(harmless.HARMLESS)
SCENES = EVERY_CARD_SCENE + HARMLESS_SCENES


def save(scene: Scene, path: Path) -> None:
    """Write the picture in the format of the path's suffix; the scene's own quality and 4:2:0 for JPEG."""
    if path.suffix == ".png":
        scene.image.save(path, compress_level=6)
    elif path.suffix == ".webp":
        scene.image.save(path, quality=scene.jpeg_quality or 85, method=4)
    else:
        scene.image.save(path, quality=scene.jpeg_quality or 92, subsampling="4:2:0")
