"""Recover text that is rotated by 90 or 180 degrees, or mirrored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from idscan.cards.extract.key_value import lines_with_facts
from idscan.cards.extract.segments import part_of
from idscan.cards.text.syllables import is_clear, is_mostly_digits, is_wordlike, similarity
from idscan.core import geometry
from idscan.pipeline.context import prefilter_recognizer, second_reader
from idscan.pipeline.text_lines import TextPage, read_lines, read_lines_by, reading_order
from idscan.vision import perspective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.core.geometry import Quad
    from idscan.core.types import PrintedLine
    from idscan.engines.registry import LineChecker, LineReader
    from idscan.vision.perspective import View

_READABLE = 0.7
"""Confidence (0 to 1) of a line that is read another way round. Lower: noise is accepted; higher: blurred lines are
lost."""
_BETTER = 0.1
"""Gain in confidence over the line as it stands. Lower: upright lines are turned; higher: turned ones stay unread."""
_VOTE = 0.6
"""Probability that a line is upside down. Lower: upright lines are read again in vain; higher: turned ones are
missed."""
_LONG = 1.3
"""Ratio of the sides of a line with a clear direction. Lower: square boxes are tried in vain; higher: short words are
not tried."""
_MOST_TRIED = 80
"""Lines tried in other directions per view. Lower: turned text is missed on full pages; higher: takes too long."""
_SAMPLE = 4
"""Lines sampled to find the orientation. Lower: chance decides; higher: every image that is hard to read costs more."""
_ENOUGH = 8.0  # line heights: what a sample shows of each line
_CLEARER = 1.1
"""By how much the first reader is surer of print that is turned the right way: of foreign print it is never sure."""
_MOST_LIKELY = 2
"""Orientations along the lines that the embedded reader checks. Lower: the right one may be left out; higher: costs
more."""
_MANY = 24  # more lines than any card has
_ALIKE = 0.7
"""Similarity (0 to 1) of two readings of one line. Lower: misread lines count as right; higher: right ones are read
again."""
_MOSTLY = 0.6
"""Share of lines that counts as most. Lower: a few bad lines cause further tries; higher: rotated views are not
tried."""
_CONVINCED = 2
"""Lines of a sample that must be readable another way round before all are read so."""


class _Turn(NamedTuple):
    """Orientation of a view: mirrored or not, then rotated clockwise by quarter turns."""

    is_mirrored: bool
    quarters: int

    def of(self, view: View) -> View:
        """Return the view as seen this way."""
        return perspective.rotated_view(perspective.mirrored(view) if self.is_mirrored else view, self.quarters)


_UPSIDE_DOWN = _Turn(is_mirrored=False, quarters=2)
_LENGTHWISE = (_UPSIDE_DOWN, _Turn(is_mirrored=True, quarters=0), _Turn(is_mirrored=True, quarters=2))
_CROSSWISE = tuple(_Turn(is_mirrored, quarters) for is_mirrored in (False, True) for quarters in (1, 3))


def is_hard_to_read(text_page: TextPage, quads: Sequence[Quad]) -> bool:
    """Return whether most lines of a text page are illegible as read."""
    return bool(quads) and len(_unclear(text_page, quads)) > _MOSTLY * len(quads)


def try_orientations(text_page: TextPage, quads: Sequence[Quad]) -> TextPage | None:
    """Return a legible reading of a view that is hard to read, None if there is none.

    Either the embedded reader supports the print better than the first one does, or the view is mirrored or upside
    down.

    Args:
        text_page: what was read.
        quads: all lines of the text_page's view, those without a reading among them.
    """
    judge = second_reader()
    if judge is None:
        return None
    longest = sorted(_unclear(text_page, quads), key=geometry.area, reverse=True)[:_SAMPLE]
    sample = [first_part(quad, _ENOUGH) for quad in longest]
    turns = _likely_turns(text_page.view, sample, judge)
    half = len(sample) // 2
    as_it_stands = read_lines_by(judge, text_page.view, sample[:half])
    if not turns and not any(is_clear(line) for line in as_it_stands):
        return None
    as_it_stands += read_lines_by(judge, text_page.view, sample[half:])
    if any(line.engine != judge.name for line in text_page.lines):
        clear = {line.quad: line.text.reveal() for line in as_it_stands if is_clear(line)}
        if len(clear) > _MOSTLY * len(sample):
            own = {line.quad: line.text.reveal() for line in text_page.lines}
            pairs = [
                (own.get(quad, ""), clear[part]) for quad, part in zip(longest, sample, strict=True) if part in clear
            ]
            if _are_alike(pairs):
                return None
            return _read_by(judge, text_page.view, quads)
    found = _read_otherwise(text_page.view, sample, judge, as_it_stands, turns) if turns else {}
    turn, readable = max(found.items(), key=lambda item: len(item[1]), default=(_UPSIDE_DOWN, []))
    if len(readable) < max(1, min(_CONVINCED, len(sample))):
        return None
    return _read_anew(text_page, turn, quads)


def first_part(quad: Quad, heights: float) -> Quad:
    """Return a line's first part, so many of its heights long."""
    width, height = geometry.width(quad), geometry.height(quad)
    if height > width:
        return geometry.turned(first_part(geometry.turned(quad, 1), heights), -1)
    return part_of(quad, 0.0, min(1.0, heights * height / max(width, 1.0)))


def _likely_turns(view: View, quads: Sequence[Quad], judge: LineChecker) -> list[_Turn]:
    """Return the few orientations in which lines are most likely to be legible.

    The first reader costs a sixth of the embedded one. It errs more often, but ranks the orientations well.
    """
    first = prefilter_recognizer() or judge
    as_it_stands = sum(line.confidence for line in read_lines_by(first, view, quads) if is_wordlike(line))
    ranked: list[tuple[float, _Turn]] = []
    for turn in (*_LENGTHWISE, *_CROSSWISE):
        lines = _seen_by(first, view, quads, turn)
        total = sum(line.confidence for line in lines)
        if turn in _CROSSWISE or total > _CLEARER * as_it_stands:
            ranked.append((total, turn))
    ranked.sort(reverse=True)
    likely = [turn for _, turn in ranked if turn in _LENGTHWISE][:_MOST_LIKELY]
    likely += [turn for _, turn in ranked if turn in _CROSSWISE][:1]
    some = quads[: -(-len(quads) // 2)]
    return [
        turn
        for turn in likely
        if turn in _CROSSWISE or any(line.confidence > _READABLE for line in _seen_by(judge, view, some, turn))
    ]


def _seen_by(reader: LineReader, view: View, quads: Sequence[Quad], turn: _Turn) -> list[PrintedLine]:
    """Return those lines of a view that read like words in another orientation."""
    fitting = [quad for quad in quads if _may_run(quad, turn)]
    if not fitting:
        return []
    seen = turn.of(view)
    return [
        line for line in read_lines_by(reader, seen, [_on(seen, view, quad) for quad in fitting]) if is_wordlike(line)
    ]


def _read_by(judge: LineChecker, view: View, quads: Sequence[Quad]) -> TextPage | None:
    """Read lines by the embedded reader; of many, a sample first, and the others only if it has facts."""
    if len(quads) > _MANY:
        step = -(-len(quads) // _MANY)
        if not lines_with_facts(read_lines_by(judge, view, quads[::step])):
            return None
    return TextPage(view, read_lines_by(judge, view, quads))


def _are_alike(pairs: Sequence[tuple[str, str]]) -> bool:
    """Return whether most lines start like the readings of their starts by another reader, at any confidence."""
    alike = [similarity(whole[: len(part)], part) > _ALIKE for whole, part in pairs]
    return sum(alike) > _MOSTLY * len(alike)


def rotated_text_pages(text_page: TextPage, quads: Sequence[Quad]) -> tuple[TextPage, ...]:
    """Read lines of a view in other directions than its main one, a text page for each direction.

    Args:
        text_page: what was read.
        quads: all lines of the text_page's view, those without a reading among them.
    """
    judge = second_reader()
    if judge is None:
        return ()
    unclear = _unclear(text_page, quads)
    tried = [*unclear, *(quad for quad in _perhaps_upside_down(judge, text_page, quads) if quad not in unclear)]
    tried = tried[:_MOST_TRIED]
    found = _read_otherwise(text_page.view, tried, judge, read_lines_by(judge, text_page.view, tried))
    return tuple(_read_anew(text_page, turn, places) for turn, places in found.items())


def _unclear(text_page: TextPage, quads: Sequence[Quad]) -> list[Quad]:
    clear = {line.quad for line in text_page.lines if is_clear(line)}
    return [quad for quad in quads if quad not in clear or geometry.height(quad) > _LONG * geometry.width(quad)]


def _perhaps_upside_down(judge: LineChecker, text_page: TextPage, quads: Sequence[Quad]) -> list[Quad]:
    """Return lines that look so; digits upside down are digits still, whatever they look like."""
    digits = {line.quad for line in text_page.lines if is_mostly_digits(line)}
    votes = judge.upside_down([perspective.cut_line(text_page.view.pixels, quad) for quad in quads])
    return [quad for quad, vote in zip(quads, votes, strict=True) if vote > _VOTE or quad in digits]


def _read_otherwise(
    seen: View,
    quads: Sequence[Quad],
    judge: LineChecker,
    as_they_stand: Sequence[PrintedLine],
    turns: Sequence[_Turn] = (*_LENGTHWISE, *_CROSSWISE),
) -> dict[_Turn, list[Quad]]:
    """Read each line in every other way; return the places of those that are readable, by the way that suits each best.

    The embedded reader decides: it supports print in any language, and so does not take a mirrored line of one for
    Vietnamese.

    Args:
        seen: the view that the lines stand on.
        quads: the lines.
        judge: the embedded reader.
        as_they_stand: what it reads when nothing is turned.
        turns: the ways to try.
    """
    own = {line.quad: line.confidence for line in as_they_stand if is_wordlike(line)}
    best: dict[Quad, tuple[_Turn, float]] = {}
    for turn in turns:
        fitting = [quad for quad in quads if _may_run(quad, turn)]
        view = turn.of(seen) if fitting else seen
        moved = {_on(view, seen, quad): quad for quad in fitting}
        for line in read_lines_by(judge, view, list(moved)):
            quad = moved[line.quad]
            least = _READABLE if turn == _UPSIDE_DOWN else max(_READABLE, own.get(quad, 0.0) + _BETTER)
            is_best = quad not in best or line.confidence > best[quad][1]
            if is_best and line.confidence > least and is_wordlike(line):
                best[quad] = (turn, line.confidence)
    found: dict[_Turn, list[Quad]] = {}
    for quad, (turn, _) in best.items():
        found.setdefault(turn, []).append(quad)
    return found


def _may_run(quad: Quad, turn: _Turn) -> bool:
    """Return whether a line's shape fits an orientation."""
    width, height = geometry.width(quad), geometry.height(quad)
    return height > _LONG * width if turn in _CROSSWISE else width > _LONG * height


def _read_anew(text_page: TextPage, turn: _Turn, quads: Sequence[Quad]) -> TextPage:
    """Read lines of a text page in another orientation of its view."""
    view = turn.of(text_page.view)
    return TextPage(view, read_lines(view, [_on(view, text_page.view, quad) for quad in quads]))


def _on(other: View, view: View, quad: Quad) -> Quad:
    """Return a place of a view on another view of the same part."""
    return reading_order(other.view_quad(view.source_quad(quad)))
