"""The installed command on the sample pictures: what a newcomer runs first."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from idscan.core import geometry
from idscan.engines.registry import is_available
from tests.synth.heif import heif_bytes

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_images"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))["pictures"]
SCHEMA = json.loads((ROOT / "idscan" / "report" / "schema" / "scan-1.schema.json").read_text("utf-8"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "idscan", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)


def fingerprints() -> dict[str, tuple[str, int]]:
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in SAMPLES.iterdir()
    }


@pytest.fixture(scope="module")
def scanned() -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    before = fingerprints()
    done = run("scan", "sample_images", "-f", "json", "--reveal", "--reproducible", "--jobs", "2")
    assert fingerprints() == before, "the scan touched its inputs"
    return json.loads(done.stdout), done


def image(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [image for image in report["images"] if image["path"].endswith("/" + name)]
    return found


def values(image: dict[str, Any], field: str) -> set[str]:
    findings = [*image["findings"], *(finding for card in image["cards"] for finding in card["findings"])]
    return {finding["value"] for finding in findings if finding["field"] == field and finding["value"]}


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()


FACTS = [
    pytest.param(picture["file"], field, fact["value"], fact["sources"], id=f"{picture['file']}-{i}-{field}")
    for picture in MANIFEST
    for i, card in enumerate(picture["cards"])
    for field, fact in card["fields"].items()
]


@pytest.mark.parametrize(("file", "field", "value", "sources"), FACTS)
def test_every_value_of_the_manifest_is_found(
    scanned: tuple[dict[str, Any], object], file: str, field: str, value: str, sources: list[str]
) -> None:
    found = values(image(scanned[0], file), field)
    if field != "name":
        assert value in found
    elif "qr" in sources or (sources == ["print"] and is_available("tesseract")):
        assert value.upper() in {name.upper() for name in found}
    else:
        assert folded(value) in {folded(name) for name in found}


@pytest.mark.parametrize("picture", [one for one in MANIFEST if one["cards"]], ids=lambda one: one["file"])
def test_every_card_is_told_by_kind_and_side(scanned: tuple[dict[str, Any], object], picture: dict[str, Any]) -> None:
    found = sorted((card["kind"], card["side"]) for card in image(scanned[0], picture["file"])["cards"])
    assert found == sorted((card["kind"], card["side"]) for card in picture["cards"])


@pytest.mark.parametrize("picture", [one for one in MANIFEST if not one["cards"]], ids=lambda one: one["file"])
def test_harmless_pictures_have_no_finding(scanned: tuple[dict[str, Any], object], picture: dict[str, Any]) -> None:
    found = image(scanned[0], picture["file"])
    assert found["cards"] == []
    assert found["findings"] == []


def test_exposure_ends_with_1_unless_told_otherwise(scanned: tuple[object, subprocess.CompletedProcess[str]]) -> None:
    assert scanned[1].returncode == 1
    assert run("scan", str(SAMPLES / "chip_front_scan.webp"), "--exit-zero").returncode == 0


def test_the_report_follows_its_schema(scanned: tuple[dict[str, Any], object]) -> None:
    jsonschema.validate(scanned[0], SCHEMA)


def test_the_same_person_on_several_pictures_is_one(scanned: tuple[dict[str, Any], object]) -> None:
    numbers = {
        fact["value"]
        for picture in MANIFEST
        for card in picture["cards"]
        for field, fact in card["fields"].items()
        if field == "number"
    }
    assert scanned[0]["summary"]["people"] <= len(numbers)
    persons = {
        card["person"]
        for name in ("chip_front_scan.webp", "chip_front_photo.jpg", "chip_back.jpg")
        for card in image(scanned[0], name)["cards"]
    }
    assert len(persons) == 1


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same_bytes(
    scanned: tuple[object, subprocess.CompletedProcess[str]],
) -> None:
    serial = run("scan", "sample_images", "-f", "json", "--reveal", "--reproducible", "--jobs", "1")
    assert serial.stdout == scanned[1].stdout


@pytest.mark.slow
def test_nothing_of_the_manifest_shows_without_reveal() -> None:
    done = run("scan", "sample_images", "--stats")
    shown = folded(done.stdout + done.stderr)
    for picture in MANIFEST:
        for card in picture["cards"]:
            for fact in card["fields"].values():
                assert folded(fact["value"]) not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["-f", "json"],
        pytest.param([], marks=pytest.mark.slow),
        pytest.param(["--stats", "--jobs", "2"], marks=pytest.mark.slow),
        pytest.param(["-o", "{folder}/out.json"], marks=pytest.mark.slow),
    ],
    ids=["json", "table", "stats", "file"],
)
def test_a_number_in_a_file_name_does_not_show(tmp_path: Path, arguments: list[str]) -> None:
    number = "001099000001"
    for name in (
        f"{number}.webp",
        f"CCCD {number[:3]} {number[3:6]} {number[6:9]} {number[9:]}.webp",
        "Nguyễn Văn Mẫu.webp",
    ):
        shutil.copy(SAMPLES / "chip_front_scan.webp", tmp_path / name)
    done = run("scan", str(tmp_path), *(name.replace("{folder}", str(tmp_path)) for name in arguments))
    shown = folded(done.stdout + done.stderr)
    assert done.returncode == 1
    for secret in (number, number[3:], f"{number[:3]} {number[3:6]}", "NGUYEN VAN MAU", "VAN MAU"):
        assert secret not in shown


def quad_of(image: dict[str, Any], card: dict[str, Any]) -> Any:
    (found,) = [one for one in image["cards"] if (one["kind"], one["side"]) == (card["kind"], card["side"])]
    return found["quad"]


@pytest.mark.parametrize(
    ("picture", "card"),
    [
        pytest.param(one["file"], card, id=f"{one['file']}-{i}")
        for one in MANIFEST
        for i, card in enumerate(one["cards"])
    ],
)
def test_every_card_is_placed(scanned: tuple[dict[str, Any], object], picture: str, card: dict[str, Any]) -> None:
    seen = geometry.quad_from_points(quad_of(image(scanned[0], picture), card))
    truth = geometry.quad_from_points(card["quad"])
    assert geometry.iou(seen, truth) > 0.85
    corner = max(abs(a - b) for a, b in zip(seen[0], truth[0], strict=True))
    assert corner < 0.2 * geometry.width(truth)


def test_a_photo_in_heic_gives_what_the_jpeg_gives(
    scanned: tuple[dict[str, Any], subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    photo = tmp_path / "IMG_0001.HEIC"
    with Image.open(SAMPLES / "chip_front_photo.jpg") as opened:
        photo.write_bytes(heif_bytes(opened.convert("RGB")))
    done = run("scan", str(photo), "-f", "json", "--reveal")
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)["images"]
    expected = image(scanned[0], "chip_front_photo.jpg")
    assert found["format"] == "HEIF"
    for field in ("number", "old_number", "name", "date_of_birth", "qr"):
        assert values(found, field) == values(expected, field)
    assert values(found, "number")
