"""An outline is the card's only if all of its print stands within."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.code_facts import read_mrz
from idscan.core import geometry
from idscan.core.enums import Effort, Field
from idscan.core.types import Secret
from idscan.engines.registry import DETECTS_TEXT, DETECTS_TEXT_QUICKLY, first_for
from idscan.pipeline import card as card_module
from idscan.pipeline.card import IDENTIFYING, exposed_fields_read, read_proposal
from idscan.pipeline.fusion import fuse
from idscan.pipeline.proposals import CardProposal
from idscan.vision import perspective
from idscan.vision.card_contours import find_card_contours
from tests.fakes.pages import page_of
from tests.synth import small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.code_facts import CodeEvidence
    from idscan.core.types import PrintedLine, TextBox
    from idscan.engines.registry import LineDetector, Role
    from idscan.pipeline.card import CardReading
    from tests.fakes.engines import FakeEngines

CUT = {"right": (0, 0, 0.93, 1), "left": (0.09, 0, 1, 1)}


def reading(box: tuple[float, float, float, float]) -> CardReading:
    """Read the back of a card by an outline around a part of it, given in fractions of the card."""
    rgb = np.asarray(small.back())
    outline = find_card_contours(rgb, 1)[0].quad
    quad = geometry.transform(
        perspective.homography(geometry.quad_from_box(0, 0, 1, 1), outline), geometry.quad_from_box(*box)
    )
    card = read_proposal(page_of(rgb, Effort.THOROUGH), CardProposal(quad)).card
    assert card is not None
    return card


def test_an_outline_around_all_print_is_the_cards() -> None:
    assert reading((0, 0, 1, 1)).is_outline_seen


@pytest.mark.parametrize("box", CUT.values(), ids=CUT)
def test_an_outline_that_print_runs_across_is_only_a_guess(box: tuple[float, float, float, float]) -> None:
    card = reading(box)
    assert not card.is_outline_seen
    assert {fact.field for fact in card.facts} & {Field.MRZ, Field.NUMBER, Field.DATE_OF_ISSUE}


class Detector:
    """An installed text detector that notes each search, whether it is the quick one."""

    name = "fake"

    def __init__(self, role: Role[LineDetector], noted: list[bool], *, is_quick: bool, is_blind: bool) -> None:
        real = first_for(role)
        assert real is not None
        self.real, self.noted, self.is_quick, self.is_blind = real, noted, is_quick, is_blind

    def detect(self, rgb: np.ndarray, max_side: int) -> tuple[TextBox, ...]:
        self.noted.append(self.is_quick)
        boxes = self.real.detect(rgb, max_side)
        return boxes[-4:] if self.is_blind else boxes


def searches(fake_engines: FakeEngines, *, is_blind: bool = False) -> list[bool]:
    """Note each search for lines, whether it is quick; a blind quick search finds the lowest lines only."""
    noted: list[bool] = []
    quick = Detector(DETECTS_TEXT_QUICKLY, noted, is_quick=True, is_blind=is_blind)
    fake_engines(DETECTS_TEXT, Detector(DETECTS_TEXT, noted, is_quick=False, is_blind=False))
    fake_engines(DETECTS_TEXT_QUICKLY, quick)
    return noted


def read_back_of_a_card(effort: Effort) -> CardReading | None:
    rgb = np.asarray(small.back())
    return read_proposal(page_of(rgb, effort), CardProposal(find_card_contours(rgb, 1)[0].quad)).card


def test_a_quick_search_that_finds_all_fields_settles_a_card(fake_engines: FakeEngines) -> None:
    noted = searches(fake_engines)
    card = read_back_of_a_card(Effort.NORMAL)
    assert card is not None
    assert exposed_fields_read(card).issuperset(IDENTIFYING)
    assert noted == [True]


def test_a_quick_search_that_finds_too_little_is_followed_by_a_slow_one(fake_engines: FakeEngines) -> None:
    noted = searches(fake_engines, is_blind=True)
    card = read_back_of_a_card(Effort.NORMAL)
    assert card is not None
    assert exposed_fields_read(card).issuperset(IDENTIFYING)
    assert noted == [True, False]


def test_checked_values_of_a_zone_in_a_quick_search_outlive_a_slow_one_that_misreads_it(
    fake_engines: FakeEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = searches(fake_engines, is_blind=True)
    real = read_mrz

    def read(lines: Sequence[PrintedLine]) -> CodeEvidence | None:
        zone = real(lines)
        if zone is None or all(noted):
            return zone
        facts = (
            replace(fact, is_checked=False, confidence=0.85, value=Secret("1931-01-01"))
            if fact.field is Field.DATE_OF_BIRTH
            else fact
            for fact in zone.facts
            if fact.field is not Field.NAME or all(noted)
        )
        return replace(zone, facts=tuple(facts))

    monkeypatch.setattr(card_module, "read_mrz", read)
    card = read_back_of_a_card(Effort.NORMAL)
    assert card is not None
    assert noted[-1] is False
    (birth,) = [finding for finding in fuse(card.facts) if finding.field is Field.DATE_OF_BIRTH]
    assert birth.verified
    assert birth.value != Secret("1931-01-01")
    assert [conflict.value for conflict in birth.conflicts] == [Secret("1931-01-01")]


def test_a_thorough_scan_makes_no_quick_search(fake_engines: FakeEngines) -> None:
    noted = searches(fake_engines)
    assert read_back_of_a_card(Effort.THOROUGH) is not None
    assert noted == [False, False]


@pytest.mark.parametrize(
    ("lines", "is_located", "asked"),
    [
        pytest.param(5, False, [True], id="an outline with other print"),
        pytest.param(5, True, [True], id="what looks like a card, with other print"),
        pytest.param(3, False, [True], id="an outline with little print"),
        pytest.param(3, True, [True, False] * 3, id="what looks like a card, with little print"),
        pytest.param(0, False, [True], id="an outline without print"),
        pytest.param(0, True, [True, True] * 2, id="what looks like a card, without print"),
    ],
)
def test_a_quick_search_settles_a_place_without_a_card_unless_it_looks_like_one_and_has_little_print(
    fake_engines: FakeEngines, lines: int, asked: list[bool], *, is_located: bool
) -> None:
    noted = searches(fake_engines)
    sign = Image.new("RGB", (640, 400), (240, 240, 240))
    for x in range(280, 360, 6):
        ImageDraw.Draw(sign).line((x, 372, x, 392), fill=(20, 20, 20), width=2)
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 30)
    for row in range(lines):
        ImageDraw.Draw(sign).text((40, 40 + 64 * row), "Please keep off the grass", font=font, fill=(20, 20, 20))
    rgb = np.asarray(sign)
    frame = CardProposal(geometry.quad_from_box(0, 0, 640, 400), is_located=is_located)
    assert read_proposal(page_of(rgb, Effort.NORMAL), frame).card is None
    assert noted == asked
