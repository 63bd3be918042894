from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.types import LineReading, Secret, TextBox
from idscan.engines.registry import CHECKS_LINES, DETECTS_TEXT, DETECTS_TEXT_QUICKLY, READS_LINES, READS_LINES_QUICKLY
from idscan.pipeline.prefilter import UnreadableTextPolicy, is_other_document, is_sampled, prefilter_lines
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import Grammar
    from idscan.vision.perspective import View
    from tests.fakes.engines import FakeEngines

STEP = 4
"""Rows of a made-up view of the same colour."""


def view_of(height: int, width: int) -> View:
    """Return a view whose blue channel encodes the row, by which the reader identifies a line."""
    pixels = np.full((height, width, 3), 240, np.uint8)
    pixels[..., 2] = np.minimum(np.arange(height) // STEP, 255)[:, None]
    return perspective.whole(pixels)


VIEW = view_of(900, 900)
NUMBER, ZONE = "001099000001", "IDVNM0990000011001099000001<<1"
ENGLISH, VIETNAMESE, LABEL = "Please keep off the grass", "Xin giữ gìn bãi cỏ", "Ngày sinh / Date of birth"


class Page:
    """Print of a made-up view: the quick engines for detecting and for reading its lines.

    Attributes:
        quads: what the detector finds.
        large: what it finds where the view is reduced most, as for large print.
        texts: what the reader reads, by the middle of the line.
        sides: the sizes at which lines were detected.
        read: how many lines were read.
        checker: the engine that classifies the orientation of lines.
    """

    name = "fake"

    def __init__(self, fake_engines: FakeEngines, texts: Sequence[str], confidence: float = 0.99) -> None:
        self.confidence = confidence
        self.quads = [quad_from_box(20, 10 + 20 * i, 320, 26 + 20 * i) for i in range(len(texts))]
        self.large: list[Quad] | None = None
        self.texts = {geometry.centre(quad)[1]: text for quad, text in zip(self.quads, texts, strict=True)}
        self.sides: list[int] = []
        self.read = 0
        self.checker = UprightChecker()
        fake_engines(DETECTS_TEXT)
        fake_engines(DETECTS_TEXT_QUICKLY, self)
        fake_engines(READS_LINES)
        fake_engines(READS_LINES_QUICKLY, self)
        fake_engines(CHECKS_LINES, self.checker)

    def detect(self, _rgb: np.ndarray, max_side: int) -> tuple[TextBox, ...]:
        self.sides.append(max_side)
        return tuple(
            TextBox(quad, 0.9) for quad in (self.quads if self.large is None or max_side > 400 else self.large)
        )

    def read_lines(self, crops: Sequence[np.ndarray], _grammars: Sequence[Grammar] = ()) -> tuple[LineReading, ...]:
        self.read += len(crops)
        return tuple(LineReading(Secret(self._text_on(crop)), self.confidence, self.name) for crop in crops)

    def _text_on(self, crop: np.ndarray) -> str:
        middle = float(crop[..., 2].mean()) * STEP
        return self.texts[min(self.texts, key=lambda place: abs(place - middle))] if self.texts else ""


class UprightChecker:
    """Classifies all lines as upright, and reads none; counts its calls."""

    name = "checker"

    def __init__(self) -> None:
        self.votes = 0

    def upside_down(self, crops: Sequence[np.ndarray]) -> tuple[float, ...]:
        self.votes += 1
        return (0.0,) * len(crops)

    def read_lines(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
        return (LineReading(Secret(""), 0.0, self.name),) * len(crops)


def test_few_lines_are_all_read(fake_engines: FakeEngines) -> None:
    page = Page(fake_engines, [ENGLISH] * 12)
    assert not prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant
    assert page.read == 12


@pytest.mark.parametrize(("text", "share"), [(ENGLISH, 1 / 3), (VIETNAMESE, 1)])
def test_of_many_lines_a_sample_is_read_unless_it_is_vietnamese(
    fake_engines: FakeEngines, text: str, share: float
) -> None:
    page = Page(fake_engines, [text] * 42)
    seen = prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED)
    assert (seen.is_relevant, seen.found) == (False, 42)
    assert page.read == round(42 * share)


def test_what_is_nearly_as_high_as_long_is_not_read(fake_engines: FakeEngines) -> None:
    page = Page(fake_engines, [ENGLISH] * 4)
    page.quads += [quad_from_box(400, 10, 420, 26), quad_from_box(400, 60, 410, 90)]
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).found == 6
    assert page.read == 4


def test_a_card_among_many_lines_is_noticed(fake_engines: FakeEngines) -> None:
    Page(fake_engines, [*[ENGLISH] * 20, *[LABEL] * 8, *[ENGLISH] * 14])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant


@pytest.mark.parametrize(("texts", "votes"), [([ENGLISH] * 3, 0), ([NUMBER] * 5, 1), ([ENGLISH] + [NUMBER] * 4, 1)])
def test_orientation_is_classified_unless_words_are_read(
    fake_engines: FakeEngines, texts: list[str], votes: int
) -> None:
    page = Page(fake_engines, texts)
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED)
    assert page.checker.votes == votes


@pytest.mark.parametrize("count", [12, 42])
def test_bare_digits_are_not_relevant_where_nothing_looks_like_a_card(fake_engines: FakeEngines, count: int) -> None:
    page = Page(fake_engines, [*[ENGLISH] * 7, NUMBER, *[ENGLISH] * (count - 8)])
    assert not prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant
    assert page.read == count


@pytest.mark.parametrize(
    ("digits", "is_relevant"), [(NUMBER, True), ("00" * 5 + "12", False), ("999" + "000" * 3, False)]
)
def test_bare_digits_where_something_looks_like_a_card_are_relevant_if_they_may_be_its_number(
    fake_engines: FakeEngines, digits: str, *, is_relevant: bool
) -> None:
    Page(fake_engines, [*[ENGLISH] * 6, digits, *[ENGLISH] * 5])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant is is_relevant


@pytest.mark.parametrize(
    ("garbled", "is_relevant"), [(UnreadableTextPolicy.IGNORED, False), (UnreadableTextPolicy.TRIED, True)]
)
def test_digits_among_illegible_print_are_relevant_where_something_looks_like_a_card(
    fake_engines: FakeEngines, garbled: UnreadableTextPolicy, *, is_relevant: bool
) -> None:
    Page(fake_engines, [*[ENGLISH] * 6, NUMBER, *[ENGLISH] * 5], confidence=0.6)
    assert prefilter_lines(VIEW, policy=garbled).is_relevant is is_relevant


@pytest.mark.parametrize(("confidence", "is_relevant"), [(0.9, True), (0.5, False)])
def test_a_zone_is_relevant_only_if_read_with_some_confidence(
    fake_engines: FakeEngines, confidence: float, *, is_relevant: bool
) -> None:
    Page(fake_engines, [ZONE, ENGLISH], confidence)
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant is is_relevant


@pytest.mark.parametrize(
    ("heights", "searches"),
    [([60, 60], 2), ([60, 20, 20], 2), ([30, 20, 20, 20], 1), ([60, 60, 20], 2), ([20, 20], 1), ([], 2)],
)
def test_print_that_is_mostly_too_large_is_detected_again(
    fake_engines: FakeEngines, heights: list[int], searches: int
) -> None:
    page = Page(fake_engines, [ENGLISH])
    page.quads = [quad_from_box(20, 100 * i, 500, 100 * i + height) for i, height in enumerate(heights)]
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED)
    assert len(page.sides) == searches


@pytest.mark.parametrize(("count", "is_part", "read"), [(3, False, 4), (3, True, 3), (20, False, 22)])
def test_a_second_detection_for_large_print_reads_only_new_lines_and_none_in_a_part(
    fake_engines: FakeEngines, count: int, read: int, *, is_part: bool
) -> None:
    """Of many lines only some were read at first, so all lines of the second detection are read."""
    page = Page(fake_engines, [ENGLISH])
    page.quads = [quad_from_box(20, 40 * i, 500, 40 * i + 34) for i in range(count)]
    page.large = [*page.quads[:14], quad_from_box(20, 100, 800, 300)]
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED, is_part=is_part)
    assert page.read == read


@pytest.mark.parametrize("other", [LABEL, "CĂN CƯỚC CÔNG DÂN", ZONE])
@pytest.mark.parametrize("place", [3, 10])
def test_digits_are_relevant_beside_a_label_or_heading_or_zone(
    fake_engines: FakeEngines, other: str, place: int
) -> None:
    texts = [ENGLISH] * 42
    texts[7], texts[place] = NUMBER, other
    Page(fake_engines, texts)
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant


@pytest.mark.parametrize("columns", [2, 3, 4, 6])
def test_the_lines_that_are_read_first_are_of_every_column(columns: int) -> None:
    for each in (3, 4, 6):
        assert {i % columns for i in range(48) if is_sampled(i, each)} == set(range(columns))
        assert 48 / each <= sum(is_sampled(i, each) for i in range(48)) + 2


def test_digits_that_are_nearly_alone_are_relevant(fake_engines: FakeEngines) -> None:
    Page(fake_engines, [NUMBER, ENGLISH])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant


def test_lines_on_other_print_are_left_out(fake_engines: FakeEngines) -> None:
    page = Page(fake_engines, [LABEL] * 8)
    assert prefilter_lines(VIEW, [quad_from_box(0, 0, 900, 900)], policy=UnreadableTextPolicy.TRIED).found == 0
    assert page.read == 0


@pytest.mark.parametrize(("text", "is_else"), [(ENGLISH, True), (VIETNAMESE, False), (LABEL, False)])
def test_more_lines_than_a_card_has_are_another_document_unless_they_may_be_a_form(
    fake_engines: FakeEngines, text: str, *, is_else: bool
) -> None:
    page = Page(fake_engines, [text] * 40)
    assert is_other_document(VIEW, page.quads) is is_else
    assert not is_other_document(VIEW, page.quads[:12])


@pytest.mark.parametrize(("height", "sides"), [(110, [960, 2000, 400]), (50, [960])])
def test_lines_that_run_together_are_detected_at_full_size(
    fake_engines: FakeEngines, height: int, sides: list[int]
) -> None:
    """However many pieces the detector makes of a full page; 110 pixels of the view are 53 of the detector's."""
    page = Page(fake_engines, [])
    page.quads = [quad_from_box(10, 100 * i, 490, 100 * i + height) for i in range(19)]
    prefilter_lines(view_of(2000, 500), policy=UnreadableTextPolicy.TRIED)
    assert page.sides == sides
