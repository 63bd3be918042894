"""What else stands outside cards about the people who are hidden in an image: they are hidden as a whole.

A scan reports what it is sure of. What stands behind a label of a hidden field, in the column of a hidden field beside
a hidden person, or is an address, is hidden unread too: the rest of a person gives away whose the hidden fields were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idscan.cards.addresses import find_addresses
from idscan.cards.grid import RowSlope, enclosing_span, overlap_x, share_x, span_x
from idscan.cards.printed import value_places
from idscan.core import geometry
from idscan.core.readings import PrintedLine
from idscan.core.redaction import Region
from idscan.core.vocabulary import Field, Rule, Source
from idscan.redact.margins import line_margin
from idscan.redact.mask import grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from idscan.core.geometry import Quad
    from idscan.core.results import Finding, ImageResult

_OF_ROWS = (Field.NUMBER, Field.NAME, Field.DATE_OF_BIRTH)
_FEWEST_ROWS = 2
_SAME_ROW = 0.8
"""Heights by which the middles of two cells of one row may differ."""
_SAME_COLUMN = 0.5
"""Share of the narrower of two cells under each other that they have in common."""
_NEAR_CARD = 0.05
"""Of a card's height: how far beyond its outline its own print may lie."""


def regions_around(image: ImageResult, wanted: frozenset[Field], scale: float = 1.0) -> Iterator[Region]:
    """Yield what else is hidden in an image that shows somebody.

    Args:
        image: what was found, with `texts`.
        wanted: fields to hide.
        scale: how much wider margins are than usual.
    """
    loose = [finding for finding in image.findings if finding.is_exposed and finding.field in wanted]
    if not loose and not any(finding.is_exposed for card in image.cards for finding in card.findings):
        return
    lines = _lines_off_cards(image)
    found = list(value_places(lines, wanted))
    if Field.PLACE_OF_RESIDENCE in wanted:
        found += [(Field.PLACE_OF_RESIDENCE, quad) for quad in find_addresses(lines)]
    found += _rest_of_rows(loose, lines)
    for field, quad in dict.fromkeys(found):
        yield Region(field, grown(quad, scale * line_margin(quad)), Rule.PRINT)


def _lines_off_cards(image: ImageResult) -> list[PrintedLine]:
    cards = [grown(card.quad, _NEAR_CARD * geometry.height(card.quad)) for card in image.cards]
    return [
        PrintedLine(seen.text, seen.quad, 1.0, "")
        for seen in image.texts
        if seen.by is Source.PRINT and not any(geometry.contains(card, geometry.centre(seen.quad)) for card in cards)
    ]


def _rest_of_rows(findings: Sequence[Finding], lines: Sequence[PrintedLine]) -> Iterator[tuple[Field, Quad]]:
    """Yield what stands beside a person of a table in the column of a field that was not found in this row."""
    slope = RowSlope.of([line.quad for line in lines])
    people: dict[int, dict[Field, Quad]] = {}
    for finding in findings:
        if finding.record is not None and finding.field in _OF_ROWS:
            for place in finding.places[:1]:
                people.setdefault(finding.record, {})[finding.field] = place.quad
    for field in _OF_ROWS:
        column = [person[field] for person in people.values() if field in person]
        for person in people.values():
            if field in person or len(column) < _FEWEST_ROWS or not _are_stacked(column):
                continue
            span = enclosing_span(map(span_x, column))
            yield from ((field, line.quad) for line in _in_row(lines, person.values(), slope) if _is_in(line, span))


def _are_stacked(column: Sequence[Quad]) -> bool:
    """Return whether places stand under each other."""
    return all(share_x(span_x(quad), span_x(column[0])) > _SAME_COLUMN for quad in column)


def _in_row(lines: Iterable[PrintedLine], places: Iterable[Quad], slope: RowSlope) -> list[PrintedLine]:
    places = list(places)
    return [
        line
        for line in lines
        if any(
            abs(slope.row(line.quad) - slope.row(quad)) < _SAME_ROW * geometry.height(quad)
            and overlap_x(span_x(line.quad), span_x(quad)) < 0
            for quad in places
        )
    ]


def _is_in(line: PrintedLine, span: tuple[float, float]) -> bool:
    return share_x(span_x(line.quad), span) > _SAME_COLUMN and any(map(str.isalnum, line.text.reveal()))
