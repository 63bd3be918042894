"""The sample pictures in the repository are the ones that their manifest describes."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.synth.samples import FOLDER, write_samples

MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
MOST_BYTES = 250_000


def test_the_manifest_names_exactly_the_pictures_in_the_folder() -> None:
    files = sorted(path.name for path in FOLDER.iterdir() if path.name != "manifest.json")
    assert [picture["file"] for picture in MANIFEST["pictures"]] == files


def test_two_samples_are_harmless_and_the_others_show_all_kinds() -> None:
    harmless = [picture for picture in MANIFEST["pictures"] if not picture["cards"]]
    assert len(harmless) == 2
    faces = {(card["kind"], card["side"]) for picture in MANIFEST["pictures"] for card in picture["cards"]}
    assert len(faces) == 5


@pytest.mark.parametrize("picture", MANIFEST["pictures"], ids=lambda picture: picture["file"])
def test_every_sample_is_small_and_its_cards_lie_inside(picture: dict) -> None:
    path = FOLDER / picture["file"]
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as image:
        width, height = image.size
        image.load()
    for card in picture["cards"]:
        assert all(0 <= x <= width and 0 <= y <= height for x, y in card["quad"])
        assert {"number", "name", "date_of_birth"} <= set(card["fields"])


def test_the_generator_still_makes_the_samples_of_the_manifest(tmp_path: Path) -> None:
    write_samples(tmp_path)
    made = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["pictures"]
    assert [picture["file"] for picture in made] == [picture["file"] for picture in MANIFEST["pictures"]]
    for new, stored in zip(made, MANIFEST["pictures"], strict=True):
        for card, kept in zip(new["cards"], stored["cards"], strict=True):
            assert card["fields"] == kept["fields"]
            for point, kept_point in zip(card["quad"], kept["quad"], strict=True):
                assert point == pytest.approx(kept_point, abs=0.1)
