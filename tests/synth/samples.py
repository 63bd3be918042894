"""Write `sample_images/`: a dozen pictures of made-up cards and what they show: `python -m tests.synth.samples`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from PIL import Image

from tests.synth import camera
from tests.synth.cards import DrawnCard, Face, draw_card
from tests.synth.people import Person, expiry, make_person
from tests.synth.places import Address
from tests.synth.scenes import make_scene, save
from tests.synth.shots import Shot, photograph, scan
from tests.synth.truth import Scene

if TYPE_CHECKING:
    from tests.synth.truth import CardTruth

_PALETTE = 96
"""Colours of the one PNG sample, a palette picture."""

FOLDER = Path(__file__).resolve().parents[2] / "sample_images"

_ABOUT = (
    "Every card, person and number in these pictures is made up. 'sources' says where a value stands: in a QR code, "
    "in the machine-readable zone or in print. Quads run clockwise from the card's own top-left corner, in pixels."
)

CMND = Face("cmnd_9", "front")
CHIP_FRONT, CHIP_BACK = Face("cccd_chip", "front"), Face("cccd_chip", "back")
NEW_FRONT, NEW_BACK = Face("can_cuoc", "front"), Face("can_cuoc", "back")
CHILD_FRONT, CHILD_BACK = Face("can_cuoc", "front", is_child=True), Face("can_cuoc", "back", is_child=True)


@dataclass(frozen=True, slots=True)
class _Identity:
    """The part of a made-up person that is chosen by hand."""

    name: str
    number: str
    birth: date
    old_number: str | None = None


_MAU = _Identity("Nguyễn Văn Mẫu", "001099000001", date(1999, 1, 15), "012345678")
_VI_DU = _Identity("Trần Thị Ví Dụ", "001305000002", date(2005, 2, 20))
_THU = _Identity("Đỗ Đức Thử", "079224000003", date(2024, 3, 1))
_NGHIEM = _Identity("Lê Thị Thử Nghiệm", "001174000004", date(1974, 4, 10), "012345679")
_HOA = _Identity("Phạm Hữu Minh Họa", "048088000005", date(1988, 9, 2), "200000005")
_KIEU = _Identity("Võ Ngọc Kiểu Mẫu", "092192000006", date(1992, 12, 24))


def _person(identity: _Identity, kind: str, issued: date) -> Person:
    """Complete a person; street and ward are as made up as the rest."""
    is_two_level = issued >= date(2025, 7, 1)
    home = Address("Số 1 Đường Mẫu", "Phường Thử Nghiệm", None if is_two_level else "Quận Ví Dụ", "Hà Nội")
    return replace(
        make_person(1, kind),
        name=identity.name,
        number=identity.number,
        old_number=identity.old_number,
        birth=identity.birth,
        is_birth_year_only=False,
        is_female=int(identity.number[3]) % 2 == 1,
        origin=", ".join(part for part in ("Xã Thử Nghiệm", None if is_two_level else "Huyện Ví Dụ", "Hà Nội") if part),
        residence=home,
        issued=issued,
        expires=expiry(identity.birth, issued, kind),
        father="Đỗ Văn Mẫu",
        mother="Lý Thị Mẫu",
    )


def _card(face: Face, identity: _Identity, issued: date, seed: int) -> DrawnCard:
    return draw_card(face, seed, person=_person(identity, face.kind, issued), has_watermark=True)


_Picture = tuple[str, str, Image.Image, "tuple[CardTruth, ...]", int]


def _pictures() -> list[_Picture]:
    """Return file name, description, pixels, cards and quality of every sample that shows a card."""
    landscape, portrait = (1400, 1050), (1050, 1400)

    def photo(card: DrawnCard, seed: int, shot: Shot) -> tuple[Image.Image, tuple[CardTruth, ...]]:
        return photograph(card, Random(f"sample {seed}"), replace(shot, harshness=0.5))

    old = _card(CMND, _NGHIEM, date(2009, 5, 6), 1)
    chip = _card(CHIP_FRONT, _MAU, date(2022, 6, 20), 2)
    chip_back = _card(CHIP_BACK, _MAU, date(2022, 6, 20), 3)
    new = _card(NEW_FRONT, _VI_DU, date(2024, 8, 20), 4)
    new_back = _card(NEW_BACK, _VI_DU, date(2024, 8, 20), 5)
    child, child_back = (_card(face, _THU, date(2024, 9, 2), 6 + i) for i, face in enumerate((CHILD_FRONT, CHILD_BACK)))
    first = _card(CHIP_FRONT, _HOA, date(2021, 4, 30), 8)
    second = _card(NEW_FRONT, _KIEU, date(2025, 7, 15), 9)
    shared = camera.resize(*photo(_card(CHIP_FRONT, _HOA, date(2021, 4, 30), 10), 10, Shot((1600, 1200), 0.9)), 1080)
    return [
        ("cmnd_front.jpg", "old paper card, front", *photo(old, 2, Shot(landscape, 0.8)), 80),
        ("chip_front_scan.webp", "chip card, front, scanned", *scan([chip], Random("sample scan"), 11, (110, 72)), 80),
        ("chip_front_photo.jpg", "chip card, front, photographed", *photo(chip, 5, Shot(landscape, 0.72, -6)), 80),
        ("chip_back.jpg", "chip card, back", *photo(chip_back, 4, Shot(landscape, 0.8, 3)), 80),
        ("can_cuoc_front.jpg", "card of 2024, front", *photo(new, 6, Shot(landscape, 0.78, 2)), 80),
        ("can_cuoc_back.webp", "card of 2024, back", *photo(new_back, 7, Shot(landscape, 0.8, -2)), 80),
        (
            "child_front.png",
            "child's card of 2024, front, scanned",
            *scan([child], Random("sample child"), 9, (100, 70)),
            0,
        ),
        ("child_back.jpg", "child's card of 2024, back", *photo(child_back, 9, Shot(landscape, 0.78, 4)), 80),
        (
            "two_people.jpg",
            "two people's cards, scanned",
            *scan([first, second], Random("sample two"), 9.5, (104, 132)),
            80,
        ),
        ("turned.jpg", "chip card, front, lying on its side", *photo(chip, 11, Shot(portrait, 0.72, 88)), 80),
        ("shared_1080.jpg", "chip card, front, as a social network hands it out", *shared, 78),
    ]


def _card_record(card: CardTruth) -> dict[str, object]:
    fields = {name: {"value": card.fields[name].value, "sources": shown} for name, shown in card.sources.items()}
    return {"kind": card.kind, "side": card.side, "quad": card.quad, "fields": fields}


def write_samples(folder: Path) -> None:
    """Write all sample pictures and `manifest.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for file, shows, image, cards, quality in _pictures():
        if file.endswith(".png"):
            image.quantize(_PALETTE, dither=Image.Dither.NONE).save(folder / file, optimize=True)
        else:
            save(Scene("sample", 0, image, quality, cards), folder / file)
        entries.append({"file": file, "shows": shows, "cards": [_card_record(card) for card in cards]})
    for name, seed, shows in (("receipt", 3, "till receipt with twelve-digit codes"), ("bank_card", 4, "bank card")):
        scene = make_scene(name, seed)
        image, _ = camera.resize(scene.image, (), 1200)
        save(replace(scene, image=image, jpeg_quality=80), folder / f"harmless_{name}.jpg")
        entries.append({"file": f"harmless_{name}.jpg", "shows": shows, "cards": []})
    entries.sort(key=lambda entry: str(entry["file"]))
    text = json.dumps({"about": _ABOUT, "pictures": entries}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(entries)} pictures in {folder}\n")


if __name__ == "__main__":
    write_samples(FOLDER)
