from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.cards.text.syllables import similarity
from idscan.core import geometry
from idscan.core.enums import Effort, Field
from idscan.core.geometry import quad_from_box
from idscan.engines.registry import DETECTS_TEXT, DETECTS_TEXT_QUICKLY, first_for
from idscan.pipeline import free_text
from idscan.pipeline.free_text import group_lines_by_card, read_free_text, split_by_card
from idscan.vision import perspective
from tests import factories
from tests.fakes.pages import page_of
from tests.unit.cards.specimens import CHIP_OR_CAN_CUOC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine, TextBox
    from idscan.engines.registry import LineDetector
    from idscan.pipeline.free_text import FreeTextReading
    from tests.fakes.engines import FakeEngines

CARD = (
    "CĂN CƯỚC CÔNG DÂN",
    "Citizen Identity Card",
    "Số / No.: {number}",
    "Họ và tên / Full name: {name}",
    "Ngày sinh / Date of birth: {date}",
)
FIRST = {"number": "001099000001", "name": "NGUYEN VAN MAU", "date": "15/01/1999"}
SECOND = {"number": "001305000002", "name": "TRAN THI VI", "date": "20/02/2005"}


line = partial(factories.line, height=20, advance=10, confidence=0.9)


def block(texts: Sequence[str], x: float, y: float, step: float = 40) -> list[PrintedLine]:
    return [line(text, x, y + step * i) for i, text in enumerate(texts)]


def card(person: dict[str, str], x: float, y: float) -> list[PrintedLine]:
    return block([text.format(**person) for text in CARD], x, y)


def said(groups: Sequence[Sequence[PrintedLine]]) -> list[list[str]]:
    return sorted(sorted(one.text.reveal() for one in group) for group in groups)


def picture(
    *texts: tuple[str, int, int], size: tuple[int, int] = (900, 600), face: str = "DejaVuSans.ttf"
) -> np.ndarray:
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / face), 26)
    page = Image.new("RGB", size, (232, 236, 238))
    for text, x, y in texts:
        ImageDraw.Draw(page).text((x, y), text, font=font, fill=(25, 25, 30))
    return np.asarray(page)


def read(rgb: np.ndarray, covered: Sequence[Quad] = (), effort: Effort = Effort.NORMAL) -> FreeTextReading:
    return read_free_text(page_of(rgb, effort), covered)


def values(facts: Sequence[object]) -> dict[Field, str]:
    return {one.field: one.value.reveal() for one in facts if one.value is not None}  # type: ignore[attr-defined]


def test_lines_that_stand_apart_are_groups_of_their_own() -> None:
    left, right, below = block(["a", "b", "c"], 0, 0), block(["d", "e"], 300, 0), block(["f"], 0, 400)
    assert said(group_lines_by_card([*left, *below, *right])) == [["a", "b", "c"], ["d", "e"], ["f"]]


def test_lines_hang_together_through_others() -> None:
    chain = [line("aaaaaaaa", 0, 70 * i) for i in range(6)]
    assert len(group_lines_by_card([chain[0], chain[5], *chain[1:5]])) == 1


@pytest.mark.parametrize(("gap", "groups"), [(55, 1), (65, 2)])
def test_three_heights_between_lines_part_them(gap: float, groups: int) -> None:
    assert len(group_lines_by_card([line("aaa", 0, 0), line("bbb", 0, 20 + gap)])) == groups


@pytest.mark.parametrize(("gap", "groups"), [(75, 1), (85, 2)])
def test_four_heights_beside_lines_part_them(gap: float, groups: int) -> None:
    assert len(group_lines_by_card([line("aaa", 0, 0), line("bbb", 30 + gap, 0)])) == groups


def test_no_lines_are_no_groups() -> None:
    assert group_lines_by_card([]) == []


def test_two_people_side_by_side_are_split_between_them() -> None:
    both = [*card(FIRST, 0, 0), *card(SECOND, 440, 0)]
    assert len(group_lines_by_card(both)) == 1
    assert said(split_by_card(both)) == said([card(FIRST, 0, 0), card(SECOND, 440, 0)])


def test_two_people_one_under_the_other_are_split_between_them() -> None:
    both = [*card(FIRST, 0, 0), *card(SECOND, 0, 230)]
    assert len(group_lines_by_card(both)) == 1
    assert said(split_by_card(both)) == said([card(FIRST, 0, 0), card(SECOND, 0, 230)])


def test_a_front_is_split_from_the_back_under_it() -> None:
    front, back = card(FIRST, 0, 0), block(CHIP_OR_CAN_CUOC, 0, 240)
    assert said(split_by_card([*front, *back])) == said([front, back])


def test_one_card_is_not_split() -> None:
    assert said(split_by_card(card(FIRST, 0, 0))) == said([card(FIRST, 0, 0)])


def test_people_whose_lines_leave_no_gap_stay_together() -> None:
    both = [
        line(one.text.reveal(), 12 * i, 15 * i, height=18)
        for i, one in enumerate([*card(FIRST, 0, 0), *card(SECOND, 0, 0)])
    ]
    assert split_by_card(both) == [both]


def test_the_widest_gap_splits_whichever_way_it_runs() -> None:
    top, bottom = [line("aaa", 0, 0), line("bbb", 50, 0)], [line("ccc", 0, 60), line("ddd", 50, 60)]
    assert said(free_text._split([*top, *bottom])) == said([top, bottom])
    left, right = [line("aaa", 0, 0), line("bbb", 0, 25)], [line("ccc", 90, 0), line("ddd", 90, 25)]
    assert said(free_text._split([*left, *right])) == said([left, right])


def test_a_line_across_both_columns_closes_the_gap_beside_it() -> None:
    wide = line("a" * 40, 0, 0)
    lines = [wide, line("bbb", 0, 40), line("ccc", 200, 40)]
    assert said(free_text._split(lines)) == said([[wide], lines[1:]])


def test_a_small_picture_is_looked_at_as_it_is_and_a_large_one_reduced() -> None:
    small = np.full((300, 400, 3), 200, np.uint8)
    assert free_text._frame_view(small, ()).pixels is small
    view = free_text._frame_view(np.full((1500, 4000, 3), 200, np.uint8), ())
    assert (view.width, view.height) == (2000, 750)
    assert view.source_quad(quad_from_box(0, 0, 2000, 750))[2] == pytest.approx((4000, 1500))


def test_cards_that_were_read_are_painted_over() -> None:
    rgb = np.full((1500, 4000, 3), 200, np.uint8)
    view = free_text._frame_view(rgb, [quad_from_box(400, 400, 1200, 800)])
    assert (view.pixels[205:395, 205:595] == 127).all()
    assert (view.pixels[:, 620:] == 200).all()
    assert not view.pixels.flags.writeable
    assert (rgb == 200).all()


FRAME = quad_from_box(0, 0, 1000, 800)
REGION = quad_from_box(300, 300, 700, 500)


@pytest.mark.parametrize(
    ("estimate", "is_taken"),
    [
        (quad_from_box(200, 250, 800, 628), True),
        (None, False),
        (quad_from_box(600, 250, 1200, 628), False),
        (quad_from_box(290, -600, 1900, 520), False),
        (quad_from_box(0, 0, 990, 625), False),
    ],
    ids=["around the lines", "none", "beside the lines", "mostly outside the picture", "far larger than the lines"],
)
def test_an_estimated_outline_must_bear_the_lines(estimate: Quad | None, *, is_taken: bool) -> None:
    assert free_text._plausible(estimate, REGION, FRAME) == (estimate if is_taken else None)


@pytest.mark.parametrize("region", [REGION, quad_from_box(300, 100, 400, 700)], ids=["flat", "high"])
def test_a_box_around_lines_has_a_cards_proportions(region: Quad) -> None:
    around = free_text._around(region)
    assert geometry.width(around) / geometry.height(around) == pytest.approx(85.6 / 53.98, rel=0.01)
    assert geometry.overlap(region, around) == pytest.approx(1)
    assert geometry.centre(around) == pytest.approx(geometry.centre(region))


def test_a_region_is_looked_at_again_only_where_that_shows_it_larger() -> None:
    rgb = np.zeros((1600, 2000, 3), np.uint8)
    view = perspective.whole(rgb)
    zoomed = free_text._zoomed(rgb, view, quad_from_box(200, 300, 800, 700))
    assert zoomed is not None
    assert geometry.bounds(zoomed.source_quad(quad_from_box(0, 0, zoomed.width, zoomed.height))) == pytest.approx(
        (176, 276, 824, 724)
    )
    small = np.zeros((400, 600, 3), np.uint8)
    assert free_text._zoomed(small, perspective.whole(small), quad_from_box(0, 0, 600, 400)) is None


def test_a_second_look_stays_inside_the_picture() -> None:
    rgb = np.zeros((1600, 2000, 3), np.uint8)
    zoomed = free_text._zoomed(rgb, perspective.whole(rgb), quad_from_box(-50, -50, 500, 300))
    assert zoomed is not None
    assert geometry.bounds(zoomed.source_quad(quad_from_box(0, 0, zoomed.width, zoomed.height)))[:2] == (0, 0)


def test_a_card_without_outline_is_found_by_its_print() -> None:
    texts = [(text.format(**FIRST), 200, 150 + 50 * i) for i, text in enumerate(CARD)]
    reading = read(picture(*texts))
    (found,) = reading.cards
    assert values(found.facts)[Field.NUMBER] == "001099000001"
    assert values(found.facts)[Field.DATE_OF_BIRTH] == "1999-01-15"
    assert geometry.contains(found.quad, (400, 250))
    assert not found.is_outline_seen
    (number,) = {one.quad for one in found.facts if one.field is Field.NUMBER}
    assert geometry.centre(number)[1] == pytest.approx(265, abs=12)
    assert reading.facts == ()


def test_a_card_that_was_read_is_not_read_again() -> None:
    texts = [(text.format(**FIRST), 200, 150 + 50 * i) for i, text in enumerate(CARD)]
    reading = read(picture(*texts), covered=[quad_from_box(150, 120, 860, 420)])
    assert (reading.cards, reading.facts) == ((), ())


def test_labelled_values_off_any_card_are_facts_in_pixels_of_the_picture() -> None:
    texts = [
        ("Kính gửi nhà trường", 150, 150),
        ("Họ và tên: NGUYEN VAN MAU", 150, 300),
        ("Số CCCD: 001099000001", 150, 350),
    ]
    reading = read(picture(*texts))
    assert reading.cards == ()
    assert values(reading.facts)[Field.NUMBER] == "001099000001"
    (place,) = {one.quad for one in reading.facts if one.field is Field.NUMBER}
    assert geometry.centre(place)[1] == pytest.approx(365, abs=12)


def test_a_zone_off_any_card_counts_by_its_check_digits() -> None:
    rgb = picture(
        *((text, 60, 200 + 60 * i) for i, text in enumerate(CHIP_OR_CAN_CUOC)),
        size=(700, 600),
        face="DejaVuSansMono.ttf",
    )
    reading = read(rgb)
    facts = [*reading.facts, *(one for found in reading.cards for one in found.facts)]
    assert values(facts)[Field.NUMBER] == "001099000001"


def test_a_picture_with_next_to_no_text_is_left_at_that() -> None:
    reading = read(picture(("001099000001", 200, 200)))
    assert (reading.cards, reading.facts, reading.problems) == ((), (), ())


def test_what_was_read_is_told_whether_it_means_anything_or_not() -> None:
    reading = read(picture(("Receipt No 17", 200, 150), ("Thank you", 200, 300)))
    assert (reading.cards, reading.facts, reading.problems) == ((), (), ())
    said = {text.text.reveal().casefold(): geometry.centre(text.quad) for text in reading.texts}
    first, second = sorted(said, key=lambda text: said[text][1])
    assert similarity(first, "receipt no 17") > 0.9
    assert similarity(second, "thank you") > 0.85
    assert said[second][1] == pytest.approx(315, abs=12)


def test_a_number_with_its_label_alone_in_a_picture_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = read(picture(("Số: 001099000001", 200, 200)))
    assert [fact.value.reveal() for fact in reading.facts if fact.value] == ["001099000001"]
    monkeypatch.setattr(free_text, "MAX_CROPPED_LINES", 0)
    assert read(picture(("Số: 001099000001", 200, 200))).facts == ()


def test_a_single_line_is_read() -> None:
    rgb = picture(("001099000001", 200, 200))
    seen = {effort: read(rgb, effort=effort).texts for effort in Effort}
    # Digits are read upside down as well.
    for texts in seen.values():
        assert {text.text.reveal() for text in texts if abs(geometry.angle(text.quad)) < 90} == {"001099000001"}


def test_more_text_than_is_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_text, "MAX_LINES", 1)
    rgb = picture(("Receipt No 17", 200, 150), ("Thank you", 200, 300))
    (problem,) = read(rgb).problems
    assert (problem.stage, problem.kind) == ("read", "text_not_read")


@dataclass
class FakeDetector:
    """Notes the sizes at which lines are searched for, and finds those that a real detector finds, or none."""

    sides: list[int]
    real: LineDetector | None = None

    def detect(self, rgb: np.ndarray, max_side: int) -> tuple[TextBox, ...]:
        self.sides.append(max_side)
        return self.real.detect(rgb, max_side) if self.real else ()


def fake_detectors(fake_engines: FakeEngines) -> tuple[FakeDetector, FakeDetector]:
    """Install a quick and an exact detector that find nothing."""
    quick, exact = FakeDetector([]), FakeDetector([])
    fake_engines(DETECTS_TEXT_QUICKLY, quick)
    fake_engines(DETECTS_TEXT, exact)
    return quick, exact


@pytest.mark.parametrize("covered", [(), (FRAME,)])
@pytest.mark.parametrize("effort", Effort)
def test_only_a_thorough_scan_looks_closely_at_once(
    fake_engines: FakeEngines, effort: Effort, covered: Sequence[Quad]
) -> None:
    detectors = fake_detectors(fake_engines)
    read(np.full((300, 400, 3), 200, np.uint8), covered, effort)
    quick, exact = (detector.sides for detector in detectors)
    glances = {Effort.NORMAL: [960, 400], Effort.FAST: [800, 400]}
    assert (quick, exact) == ((glances[effort], []) if effort in glances else ([], [1280, 800]))


@pytest.mark.parametrize(
    ("text", "expected"), [("Thank you for your visit", [960, 400]), ("Số CCCD: 001099000001", [960, 640])]
)
def test_beside_a_card_a_glance_decides_whether_to_look_closely(
    fake_engines: FakeEngines, text: str, expected: list[int]
) -> None:
    sides: list[int] = []
    for role in (DETECTS_TEXT, DETECTS_TEXT_QUICKLY):
        fake_engines(role, FakeDetector(sides, first_for(role)))
    reading = read(picture((text, 150, 420), (text, 150, 480)), covered=[quad_from_box(100, 60, 400, 250)])
    assert sides == expected
    assert bool(reading.facts) is ("CCCD" in text)


def test_what_only_a_glance_sees_is_read(fake_engines: FakeEngines) -> None:
    fake_engines(DETECTS_TEXT, FakeDetector([]))
    lines = (("MINH NHÂN DÂN", 0, 40), ("Số 012345678", 60, 420), ("Họ tên: TRẦN MẪU", 60, 800))
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 200)
    page = Image.new("RGB", (1900, 1200), (225, 235, 235))
    for text, x, y in lines:
        ImageDraw.Draw(page).text((x, y), text, font=font, fill=(20, 20, 30))
    rgb = np.asarray(page)
    reading = read(rgb)
    facts = [*reading.facts, *(one for found in reading.cards for one in found.facts)]
    assert values(facts).get(Field.NUMBER) == "012345678"
