from __future__ import annotations

from math import cos, radians, sin
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from idscan.core import geometry
from idscan.core.enums import Source
from idscan.core.geometry import Quad, quad_from_box, quad_from_points
from idscan.core.types import LineReading, PrintedLine, Secret, TextBox
from idscan.engines.registry import CHECKS_LINES, DETECTS_TEXT, DETECTS_TEXT_QUICKLY, READS_LINES, READS_LINES_QUICKLY
from idscan.pipeline import text_lines
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fakes.engines import FakeEngines

TEXTS = ("001099000001", "NGUYEN VAN MAU", "Ngay sinh 15/01/1999")
MIDDLES = ((300, 90), (300, 180), (300, 270))


def page() -> Image.Image:
    """Return a page with a line of text at each of the middles."""
    font = ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), 34)
    picture = Image.new("RGB", (600, 360), (226, 238, 236))
    for text, middle in zip(TEXTS, MIDDLES, strict=True):
        ImageDraw.Draw(picture).text(middle, text, font=font, fill=(25, 25, 30), anchor="mm")
    return picture


class FakeReader:
    """Says of every line the same, or of each line that is asked as it is told to."""

    name = "fake"

    def __init__(self, *upside_down: float, texts: Sequence[str] = ()) -> None:
        self.shares = upside_down or (0.0,)
        self.texts = list(texts)
        self.voters: list[tuple[int, ...]] = []

    def upside_down(self, crops: Sequence[np.ndarray]) -> tuple[float, ...]:
        self.voters = [crop.shape for crop in crops]
        return tuple(self.shares[i % len(self.shares)] for i in range(len(crops)))

    def read_lines(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
        return tuple(LineReading(Secret(text), 0.9, "fake", (0.5,)) for text, _ in zip(self.texts, crops, strict=True))


def use(fake_engines: FakeEngines, reader: FakeReader | None) -> None:
    fake_engines(READS_LINES)
    fake_engines(READS_LINES_QUICKLY)
    fake_engines(CHECKS_LINES, reader)


def blank(width: int = 400, height: int = 300) -> perspective.View:
    return perspective.whole(np.full((height, width, 3), 200, np.uint8))


def boxes(*quads: Quad) -> list[TextBox]:
    return [TextBox(quad, 0.9) for quad in quads]


def aslant(degrees: float, x: float = 200, y: float = 150, width: float = 150, height: float = 20) -> Quad:
    turn = radians(degrees)
    corners = quad_from_box(-width / 2, -height / 2, width / 2, height / 2)
    return quad_from_points((x + a * cos(turn) - b * sin(turn), y + a * sin(turn) + b * cos(turn)) for a, b in corners)


@pytest.mark.parametrize("degrees", [0, 20, 90, 110, 180, 200, 270, -20])
def test_lines_turned_any_way_come_upright_and_are_placed_where_they_stand(degrees: int) -> None:
    turned = page().rotate(-degrees, expand=True, fillcolor=(226, 238, 236), resample=Image.Resampling.BICUBIC)
    view = perspective.whole(np.asarray(turned))
    found = text_lines.read_text_page(view, text_lines.detect_lines(view, 640))
    lines = sorted(found.lines, key=lambda line: geometry.centre(line.quad)[1])
    assert ["".join(line.text.reveal().split()) for line in lines] == ["".join(text.split()) for text in TEXTS]
    turn = radians(degrees)
    for line, (x, y) in zip(lines, MIDDLES, strict=True):
        place = found.view.source_quad(line.quad)
        direction = (geometry.angle(place) - degrees + 180) % 360 - 180
        assert abs(direction) < 4
        a, b = x - 300, y - 180
        middle = (
            turned.width / 2 + a * cos(turn) - b * sin(turn),
            turned.height / 2 + a * sin(turn) + b * cos(turn),
        )
        assert geometry.centre(place) == pytest.approx(middle, abs=8)


def test_without_a_reader_of_print_a_view_has_no_lines(fake_engines: FakeEngines) -> None:
    use(fake_engines, None)
    view = blank()
    line = quad_from_box(10, 10, 200, 40)
    assert text_lines.detect_lines(view, 640) == ()
    assert text_lines.deskew_and_orient(view, boxes(line)) == (view, (line,))
    assert text_lines.read_text_page(view, boxes(line)).lines == ()


def test_a_view_known_to_be_upright_is_left_as_it_is(fake_engines: FakeEngines) -> None:
    reader = FakeReader(1.0)
    use(fake_engines, reader)
    view, line = blank(), aslant(20)
    assert text_lines.deskew_and_orient(view, boxes(line), is_upright=True) == (view, (line,))
    assert reader.voters == []


def test_a_view_without_lines_stays_as_it_is(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader(1.0))
    view = blank()
    assert text_lines.deskew_and_orient(view, []) == (view, ())


def test_lines_on_their_head_turn_the_view_round(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader(0.9))
    view, (line,) = text_lines.deskew_and_orient(blank(400, 300), boxes(quad_from_box(20, 30, 220, 60)))
    assert line == quad_from_box(180, 240, 380, 270)
    assert view.source_quad(line)[0] == pytest.approx((220, 60))


def test_a_slight_slope_is_left_alone(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    view, line = blank(), aslant(1)
    assert text_lines.deskew_and_orient(view, boxes(line)) == (view, (line,))


@pytest.mark.parametrize("degrees", [-75, -40, -8, 8, 40, 75])
def test_a_slope_is_taken_out_on_a_canvas_that_holds_the_whole_view(fake_engines: FakeEngines, degrees: float) -> None:
    use(fake_engines, FakeReader())
    lines = [aslant(degrees, y=100), aslant(degrees, y=200)]
    twice_as_large_and_moved = (2.0, 0.0, 30.0, 0.0, 2.0, 40.0, 0.0, 0.0, 1.0)
    before = perspective.View(blank().pixels, twice_as_large_and_moved)
    view, found = text_lines.deskew_and_orient(before, boxes(*lines))
    for line, after in zip(lines, found, strict=True):
        assert geometry.angle(after) == pytest.approx(0, abs=0.5)
        assert geometry.width(after) == pytest.approx(150, abs=2)
        for corner in after:
            assert -1 <= corner[0] <= view.width + 1
            assert -1 <= corner[1] <= view.height + 1
        place = view.source_quad(after)
        assert geometry.centre(place) == pytest.approx(geometry.centre(before.source_quad(line)), abs=2)
        assert geometry.angle(place) == pytest.approx(degrees, abs=0.5)


def test_the_longest_lines_say_how_the_text_runs(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    lines = [aslant(30, width=160), aslant(30, y=100, width=140), aslant(-50, x=60, width=50), aslant(0, width=25)]
    _, found = text_lines.deskew_and_orient(blank(), boxes(*lines))
    assert [round(geometry.angle(quad)) for quad in found[:2]] == [0, 0]


def test_text_around_the_upright_is_averaged_across_the_half_turn(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    view, found = text_lines.deskew_and_orient(blank(), boxes(aslant(88), aslant(-88, x=260)))
    assert (view.width, view.height) == pytest.approx((300, 400), abs=1)
    assert len(found) == 2


def test_blocks_that_are_no_lines_do_not_turn_a_view(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    view = blank()
    assert text_lines.deskew_and_orient(view, boxes(aslant(30, width=30, height=28)))[0] is view


def test_the_longest_lines_vote_and_not_more_than_a_few(fake_engines: FakeEngines) -> None:
    reader = FakeReader(0.1, 0.9)
    use(fake_engines, reader)
    lines = [quad_from_box(5, 10 * i, 60 + 10 * i, 10 * i + 8) for i in range(20)]
    text_lines.deskew_and_orient(blank(), boxes(*lines))
    assert len(reader.voters) == 9
    assert min(width for _, width, _ in reader.voters) >= 55 + 10 * 11


def test_where_some_long_and_short_lines_stand_upright_no_other_is_asked(fake_engines: FakeEngines) -> None:
    reader = FakeReader(0.02)
    use(fake_engines, reader)
    view = blank()
    lines = [quad_from_box(5, 10 * i, 60 + 10 * i, 10 * i + 8) for i in range(20)]
    assert text_lines.deskew_and_orient(view, boxes(*lines))[0] is view
    widths = [width for _, width, _ in reader.voters]
    assert len(widths) == 3
    assert max(widths) - min(widths) >= 50


def test_lines_too_low_to_read_are_left_out(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    low, high = quad_from_box(10, 10, 200, 13), quad_from_box(10, 40, 200, 60)
    assert text_lines.deskew_and_orient(blank(), boxes(low, high))[1] == (high,)


def test_a_wall_of_text_is_read_up_to_a_limit(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader())
    lines = [quad_from_box(10, y, 200, y + 8) for y in range(0, 10 * (text_lines.MAX_LINES + 10), 10)]
    assert text_lines.deskew_and_orient(blank(), boxes(*lines))[1] == tuple(lines[: text_lines.MAX_LINES])


def test_empty_readings_are_no_lines(fake_engines: FakeEngines) -> None:
    use(fake_engines, FakeReader(texts=["Nam", "", "Nữ"]))
    quads = [quad_from_box(10, y, 200, y + 20) for y in (10, 50, 90)]
    lines = text_lines.read_lines(blank(), quads)
    assert [(line.text.reveal(), line.quad) for line in lines] == [("Nam", quads[0]), ("Nữ", quads[2])]
    assert (lines[0].confidence, lines[0].engine, lines[0].columns) == (0.9, "fake", (0.5,))


def test_what_lines_say_is_told_in_pixels_of_the_picture() -> None:
    view = perspective.View(blank().pixels, (2.0, 0.0, 10.0, 0.0, 2.0, 20.0, 0.0, 0.0, 1.0))
    line = PrintedLine(Secret("NGUYEN VAN MAU"), quad_from_box(10, 10, 60, 20), 0.9, "fake")
    (text,) = text_lines.texts_of(text_lines.TextPage(view, (line,)))
    assert (text.text, text.by) == (line.text, Source.PRINT)
    assert geometry.bounds(text.quad) == pytest.approx((30, 40, 130, 60))
    assert text_lines.texts_of(text_lines.TextPage(view, ())) == ()


@pytest.mark.parametrize(
    ("share", "upright", "turned", "is_turned"),
    [
        (0.9, (0.99, 0.5), (0.9, 0.9), False),
        (0.4, (0.8, 0.8), (0.99, 0.5), True),
        (0.9, (0.7, 0.7), (0.8, 0.8), True),
        (0.4, (0.7, 0.7), (0.8, 0.8), False),
        (0.1, (0.5, 0.5), (0.99, 0.99), False),
    ],
)
def test_lines_are_turned_round_as_those_say_that_our_own_reader_is_sure_of(
    fake_engines: FakeEngines,
    share: float,
    upright: tuple[float, ...],
    turned: tuple[float, ...],
    *,
    is_turned: bool,
) -> None:
    class Own:
        calls = iter((upright, turned))

        def read_lines(self, crops: Sequence[np.ndarray]) -> tuple[LineReading, ...]:
            assert len(crops) == 2
            return tuple(LineReading(Secret("abcdef"), confidence, "own", ()) for confidence in next(self.calls))

    use(fake_engines, FakeReader(share))
    fake_engines(READS_LINES_QUICKLY, Own())
    view = blank()
    lines = [quad_from_box(20, y, 220, y + 30) for y in (30, 130)]
    assert (text_lines.deskew_and_orient(view, boxes(*lines))[0] is not view) == is_turned


class DetectorBySize:
    """A text detector that finds other lines at each size."""

    def __init__(self, found: dict[int, tuple[Quad, ...]]) -> None:
        self.found = found

    def detect(self, _pixels: np.ndarray, max_side: int) -> tuple[TextBox, ...]:
        return tuple(TextBox(quad, 0.9) for quad in self.found[max_side])


def test_a_further_size_adds_only_the_lines_that_were_found_at_none_before(fake_engines: FakeEngines) -> None:
    first, again = quad_from_box(10, 10, 110, 30), quad_from_box(12, 9, 108, 31)
    longer, apart = quad_from_box(10, 10, 300, 30), quad_from_box(10, 60, 110, 80)
    detector = DetectorBySize({960: (first,), 640: (again, longer, apart)})
    fake_engines(DETECTS_TEXT, detector)
    fake_engines(DETECTS_TEXT_QUICKLY, detector)
    assert [box.quad for box in text_lines.detect_lines(blank(), 960, 640)] == [first, longer, apart]
    assert [box.quad for box in text_lines.detect_lines(blank(), 960)] == [first]
