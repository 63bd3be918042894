"""`idscan` with real processes, files and stores, but made-up reading and painting: `python -m tests.fakes.quick`.

An image is a text. A line `card NUMBER | NAME` is a card, which is found; any other line is found only by whoever knows
what to look for. What is hidden becomes a row of stars.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import idscan.run.scan
from idscan.cli.main import main
from idscan.core.enums import Field, Outcome, Rule
from idscan.core.types import FileInfo, ImageRef, ImageResult, Redaction, Region, Verification
from idscan.run.atomic import digest_of
from idscan.run.jobs import Backend, LocalPool, prepare_worker
from tests.factories import BOX, chip_front, finding
from tests.fakes import scans

if TYPE_CHECKING:
    from idscan.core.settings import Settings
    from idscan.core.types import RedactSettings
    from idscan.redact.watchlist import RedactionJob
    from idscan.run.scan import Steps

SECONDS = 0.2
"""What the work on one image takes, so long that a run can be killed between two of them."""

LOOK = 0x5A5A << 64 | 0xFF0F << 128 | 0x33CC33CC << 200 | 0xFFFF
STARS = "*" * 12


def scan_image(ref: ImageRef, _settings: Settings) -> ImageResult:
    """Read the cards of a text."""
    text = Path(ref.path).read_text("utf-8")
    facts = [line.removeprefix("card ").split(" | ") for line in text.splitlines() if line.startswith("card ")]
    cards = tuple(
        replace(chip_front(), findings=(finding(Field.NUMBER, number), finding(Field.NAME, name)))
        for number, name in facts
    )
    info = FileInfo(digest_of(ref.path), "PNG", 600, 400)
    return ImageResult(ref=ref, info=info, cards=cards, perceptual_hash=LOOK if "like the card" in text else 1)


def redact_image(assignment: RedactionJob, settings: RedactSettings) -> Redaction:
    """Hide what is watched for, line by line; all lines of what looks like a card."""
    watch = assignment.watchlist.with_own(assignment.images)
    is_twin = any(twin is not None for twin in assignment.near_duplicates)
    lines = Path(assignment.path).read_text("utf-8").splitlines()
    hidden = [STARS if is_twin or watch.is_in_text(line) else line for line in lines]
    with Path(assignment.temporary).open("r+", encoding="utf-8") as stream:
        for line in hidden:
            stream.write(f"{line}\n")
            stream.flush()
            time.sleep(SECONDS / len(hidden))
    return Redaction(
        path=assignment.path,
        outcome=Outcome.REDACTED if hidden != lines else Outcome.STRIPPED,
        sha256=digest_of(assignment.temporary),
        style=settings.style,
        regions=((Region(None, BOX, Rule.CARD),),),
        verification=Verification(passed=True, rounds=1, engines=("zxing-cpp",)),
    )


def patch() -> None:
    """Put the painting of this module in the place of the real one, which loads slowly."""
    fake = ModuleType("idscan.redact.image")
    fake.redact_image = redact_image  # type: ignore[attr-defined]
    sys.modules["idscan.redact.image"] = fake


def prepare() -> None:
    """Set up a worker."""
    prepare_worker()
    patch()


class Pool(LocalPool):
    """Workers with the functions of this module."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._initializer = prepare


def steps() -> Steps:
    backend = Backend(open_pool=Pool, open_isolated=lambda: Pool(1))
    return replace(scans.steps(), scan_image=scan_image, backend=backend)


if __name__ == "__main__":
    from tests.fakes import quick  # what is defined here as __main__ is nothing that a worker could import

    idscan.run.scan.default_steps = quick.steps
    patch()
    main()
