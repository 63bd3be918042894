from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from idscan.core.geometry import quad_from_box
from idscan.core.types import PrintedLine, Secret, TextBox
from idscan.pipeline import prefilter as module
from idscan.pipeline.prefilter import UnreadableTextPolicy, is_other_document, is_sampled, prefilter_lines
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.vision.perspective import View

VIEW = perspective.whole(np.full((900, 900, 3), 240, np.uint8))
NUMBER, ZONE = "001099000001", "IDVNM0990000011001099000001<<1"
ENGLISH, VIETNAMESE, LABEL = "Please keep off the grass", "Xin giữ gìn bãi cỏ", "Ngày sinh / Date of birth"


class Page:
    """Stands for the lines of a view: where they are, what they say, and which were read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, texts: Sequence[str], confidence: float = 0.99) -> None:
        self.confidence = confidence
        self.quads = [quad_from_box(20, 10 + 20 * i, 320, 26 + 20 * i) for i in range(len(texts))]
        self.texts = {quad[0][1]: text for quad, text in zip(self.quads, texts, strict=True)}
        self.read, self.votes = 0, 0
        monkeypatch.setattr(module, "detect_lines", lambda *_args, **_more: [TextBox(quad, 0.9) for quad in self.quads])
        monkeypatch.setattr(module, "deskew", lambda view, boxes: (view, tuple(box.quad for box in boxes)))
        monkeypatch.setattr(module, "is_upside_down", self._voted)
        monkeypatch.setattr(module, "read_lines", self._read)

    def _voted(self, *_args: object) -> bool:
        self.votes += 1
        return False

    def _read(self, _view: View, quads: Sequence[Quad], *, is_quick: bool) -> tuple[PrintedLine, ...]:
        assert is_quick
        self.read += len(quads)
        return tuple(PrintedLine(Secret(self.texts[quad[0][1]]), quad, self.confidence, "fake") for quad in quads)


def test_few_lines_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(monkeypatch, [ENGLISH] * 12)
    assert not prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant
    assert page.read == 12


@pytest.mark.parametrize(("text", "share"), [(ENGLISH, 1 / 3), (VIETNAMESE, 1)])
def test_of_many_lines_a_sample_is_read_unless_it_is_vietnamese(
    monkeypatch: pytest.MonkeyPatch, text: str, share: float
) -> None:
    page = Page(monkeypatch, [text] * 42)
    seen = prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED)
    assert (seen.is_relevant, seen.found) == (False, 42)
    assert page.read == round(42 * share)


def test_what_is_nearly_as_high_as_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(monkeypatch, [ENGLISH] * 4)
    page.quads += [quad_from_box(400, 10, 420, 26), quad_from_box(400, 60, 410, 90)]
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).found == 6
    assert page.read == 4


def test_a_card_among_many_lines_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    Page(monkeypatch, [*[ENGLISH] * 20, *[LABEL] * 8, *[ENGLISH] * 14])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant


@pytest.mark.parametrize(("texts", "votes"), [([ENGLISH] * 3, 0), ([NUMBER] * 5, 1), ([ENGLISH] + [NUMBER] * 4, 1)])
def test_which_way_is_up_is_asked_unless_words_are_read(
    monkeypatch: pytest.MonkeyPatch, texts: list[str], votes: int
) -> None:
    page = Page(monkeypatch, texts)
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED)
    assert page.votes == votes


@pytest.mark.parametrize("count", [12, 42])
def test_bare_digits_tell_nothing_where_nothing_looks_like_a_card(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    page = Page(monkeypatch, [*[ENGLISH] * 7, NUMBER, *[ENGLISH] * (count - 8)])
    assert not prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant
    assert page.read == count


@pytest.mark.parametrize(("digits", "tells"), [(NUMBER, True), ("00" * 5 + "12", False), ("999" + "000" * 3, False)])
def test_beside_what_looks_like_a_card_bare_digits_tell_if_they_may_be_its_number(
    monkeypatch: pytest.MonkeyPatch, digits: str, *, tells: bool
) -> None:
    Page(monkeypatch, [*[ENGLISH] * 6, digits, *[ENGLISH] * 5])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.TRIED).is_relevant is tells


@pytest.mark.parametrize(
    ("garbled", "tells"), [(UnreadableTextPolicy.IGNORED, False), (UnreadableTextPolicy.TRIED, True)]
)
def test_digits_among_print_that_is_hard_to_read_tell_where_something_looks_like_a_card(
    monkeypatch: pytest.MonkeyPatch, garbled: UnreadableTextPolicy, *, tells: bool
) -> None:
    Page(monkeypatch, [*[ENGLISH] * 6, NUMBER, *[ENGLISH] * 5], confidence=0.6)
    assert prefilter_lines(VIEW, policy=garbled).is_relevant is tells


@pytest.mark.parametrize(("confidence", "tells"), [(0.9, True), (0.5, False)])
def test_a_zone_has_to_be_read_with_some_confidence_to_tell(
    monkeypatch: pytest.MonkeyPatch, confidence: float, *, tells: bool
) -> None:
    Page(monkeypatch, [ZONE, ENGLISH], confidence)
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant is tells


@pytest.mark.parametrize(
    ("heights", "looks"),
    [([60, 60], 2), ([60, 20, 20], 2), ([30, 20, 20, 20], 1), ([60, 60, 20], 2), ([20, 20], 1), ([], 2)],
)
def test_print_that_is_mostly_too_large_is_looked_for_again(
    monkeypatch: pytest.MonkeyPatch, heights: list[int], looks: int
) -> None:
    page, sides = Page(monkeypatch, []), []
    boxes = [TextBox(quad_from_box(20, 100 * i, 500, 100 * i + height), 0.9) for i, height in enumerate(heights)]
    page.texts = {float(100 * i): ENGLISH for i in range(len(heights))}

    def find(_view: View, side: int, **_more: object) -> list[TextBox]:
        sides.append(side)
        return boxes

    monkeypatch.setattr(module, "detect_lines", find)
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED)
    assert len(sides) == looks


@pytest.mark.parametrize(("count", "is_part", "read"), [(3, False, 4), (3, True, 3), (20, False, 22)])
def test_a_second_look_for_large_print_reads_what_is_new_in_it_and_none_in_a_part(
    monkeypatch: pytest.MonkeyPatch, count: int, read: int, *, is_part: bool
) -> None:
    """Of many lines only some were read at first, so that all that the second look finds are."""
    page = Page(monkeypatch, [])
    pieces = [TextBox(quad_from_box(20, 40 * i, 500, 40 * i + 34), 0.9) for i in range(count)]
    whole = TextBox(quad_from_box(20, 100, 800, 300), 0.9)
    page.texts = {float(place): ENGLISH for place in (*range(0, 40 * count, 40), 100)}
    monkeypatch.setattr(
        module, "detect_lines", lambda _view, side, **_more: pieces if side > 400 else [*pieces[:14], whole]
    )
    prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED, is_part=is_part)
    assert page.read == read


@pytest.mark.parametrize("other", [LABEL, "CĂN CƯỚC CÔNG DÂN", ZONE])
@pytest.mark.parametrize("place", [3, 10])
def test_digits_tell_where_a_word_elsewhere_says_whose_they_are(
    monkeypatch: pytest.MonkeyPatch, other: str, place: int
) -> None:
    texts = [ENGLISH] * 42
    texts[7], texts[place] = NUMBER, other
    Page(monkeypatch, texts)
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant


@pytest.mark.parametrize("columns", [2, 3, 4, 6])
def test_the_lines_that_are_read_first_are_of_every_column(columns: int) -> None:
    for each in (3, 4, 6):
        assert {i % columns for i in range(48) if is_sampled(i, each)} == set(range(columns))
        assert 48 / each <= sum(is_sampled(i, each) for i in range(48)) + 2


def test_digits_that_are_nearly_alone_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    Page(monkeypatch, [NUMBER, ENGLISH])
    assert prefilter_lines(VIEW, policy=UnreadableTextPolicy.IGNORED).is_relevant


def test_lines_on_other_print_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(monkeypatch, [LABEL] * 8)
    assert prefilter_lines(VIEW, [quad_from_box(0, 0, 900, 900)], policy=UnreadableTextPolicy.TRIED).found == 0
    assert page.read == 0


@pytest.mark.parametrize(("text", "is_else"), [(ENGLISH, True), (VIETNAMESE, False), (LABEL, False)])
def test_more_lines_than_a_card_has_speak_of_something_else_unless_they_may_be_a_form(
    monkeypatch: pytest.MonkeyPatch, text: str, *, is_else: bool
) -> None:
    page = Page(monkeypatch, [text] * 40)
    assert is_other_document(VIEW, page.quads) is is_else
    assert not is_other_document(VIEW, page.quads[:12])


@pytest.mark.parametrize(("height", "sides"), [(110, [960, 2000, 400]), (50, [960])])
def test_lines_that_run_together_are_looked_for_at_full_size(
    monkeypatch: pytest.MonkeyPatch, height: int, sides: list[int]
) -> None:
    """However many pieces the detector makes of a full page; 110 pixels of the view are 53 of the detector's."""
    asked: list[int] = []

    def found(_view: View, side: int, **_more: object) -> list[TextBox]:
        asked.append(side)
        return [TextBox(quad_from_box(10, 100 * i, 490, 100 * i + height), 0.9) for i in range(19)]

    Page(monkeypatch, [])
    monkeypatch.setattr(module, "detect_lines", found)
    monkeypatch.setattr(module, "read_lines", lambda *_args, **_more: ())
    prefilter_lines(perspective.whole(np.full((2000, 500, 3), 240, np.uint8)), policy=UnreadableTextPolicy.TRIED)
    assert asked == sides
