"""`-v` and `-vv` log what the stages did, of workers as well, and never a value that was read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_images"
CARD, HARMLESS = "chip_front_scan.webp", "harmless_receipt.jpg"
(NUMBER_ON_CARD,) = (
    card["fields"]["number"]["value"]
    for image in json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))["pictures"]
    if image["file"] == CARD
    for card in image["cards"]
)


def logged(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "idscan", *arguments], cwd=SAMPLES, check=False, capture_output=True, text=True
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("idscan.")]
    return done.returncode, "\n".join(lines)


def test_stages_are_logged_without_values() -> None:
    code, log = logged("scan", "-v", "-j", "1", CARD, HARMLESS)
    assert code == 1
    assert log.count("idscan.pipeline.scan: image of SHA-256 ") == 2
    assert "idscan.pipeline.page: 1 symbols seen, 1 of them codes" in log
    assert "proposal at" not in log
    assert NUMBER_ON_CARD not in log


def test_places_are_logged_if_asked_for_twice_and_stand_with_their_image() -> None:
    _, log = logged("scan", "-vv", "-j", "2", CARD, HARMLESS)
    of_images = log.split("idscan.pipeline.scan: image of SHA-256 ")[1:]
    (card,) = [text for text in of_images if "proposal at" in text and "cccd_chip front, read: " in text]
    assert "number" in card
    assert len(of_images) == 2
    assert NUMBER_ON_CARD not in log


def test_nothing_is_logged_unasked() -> None:
    assert logged("scan", HARMLESS) == (0, "")


@pytest.mark.slow
def test_rounds_of_a_redaction_are_logged(tmp_path: Path) -> None:
    _, log = logged("redact", "-v", "-o", str(tmp_path / "out"), CARD)
    assert "idscan.redact.image: round 1: " in log
    assert NUMBER_ON_CARD not in log
