"""Cards whose code already tells everything: print is only asked whether it agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from idscan.cards.evidence import read_mrz
from idscan.cards.layouts import field_box
from idscan.cards.printed import read_print, values_at
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.core.vocabulary import Field
from idscan.pipeline.card_marks import pictures_on
from idscan.pipeline.card_reading import CardReading
from idscan.pipeline.sheet import read_sheet, texts_of
from idscan.vision import warp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from idscan.cards.layouts import Box
    from idscan.cards.printed import PrintReading
    from idscan.core.readings import Fact, TextBox
    from idscan.pipeline.candidates import Candidate
    from idscan.pipeline.sheet import Sheet
    from idscan.vision.warp import View

REREAD_FIELDS = (Field.NUMBER, Field.DATE_OF_BIRTH)
_CODE_CONFIDENCE = 0.99
_INSIDE = 0.4
_ROOM = 0.12
"""Of a card: how far from its place in the layout a value may lie on an outline that is guessed from a code alone."""


def by_code(candidate: Candidate) -> CardReading:
    """Return what the code on a card says alone."""
    code = candidate.codes[0]
    face = (code.kind, code.side)
    return CardReading(*face, candidate.quad, _CODE_CONFIDENCE, code.facts, is_outline_seen=candidate.is_exact)


def is_borne_out(reading: PrintReading, sheet: Sheet, candidate: Candidate) -> bool:
    """Return whether print shows that a card lies where a code alone puts one.

    Codes of cards are shown by apps and printed on slips, too. On a card its heading stands around the code, or its
    values do where the layout has them.
    """
    code = candidate.codes[0]
    to_card = warp.homography(sheet.view.view_quad(candidate.quad), quad_from_box(0, 0, 1, 1))
    return any(
        (box := field_box(code.kind, code.side, found.fact.field)) is not None
        and found.fact.quad is not None
        and _is_near(geometry.centre(geometry.transform(to_card, found.fact.quad)), box)
        for found in reading.by_label
    ) or any(match.is_whole and match.title.is_identity_card for match in reading.titles)


def _is_near(point: geometry.Point, box: Box) -> bool:
    return box[0] - _ROOM < point[0] < box[2] + _ROOM and box[1] - _ROOM < point[1] < box[3] + _ROOM


def borne_out(view: View, boxes: Sequence[TextBox], candidate: Candidate) -> CardReading | None:
    """Read only the lines where the layout prints what the code said; None unless they say the same.

    The code already tells everything; what print adds is that it agrees, and where it stands. None as well where no
    code was read, or the outline is only a guess.
    """
    if not candidate.codes or not candidate.is_exact:
        return None
    code = candidate.codes[0]
    known = {fact.field: fact.value for fact in code.facts}
    to_view = warp.homography(quad_from_box(0, 0, 1, 1), view.view_quad(candidate.quad))
    wanted = [
        (field, geometry.transform(to_view, quad_from_box(*box)))
        for field in (*REREAD_FIELDS, Field.MRZ)
        if (box := field_box(code.kind, code.side, field)) is not None
    ]
    chosen = [box for box in boxes if any(geometry.overlap(box.quad, place) > _INSIDE for _, place in wanted)]
    sheet = read_sheet(view, chosen, is_upright=True)
    facts: list[Fact] = []
    for field, place in wanted:
        lines = [line for line in sheet.lines if geometry.overlap(line.quad, place) > _INSIDE]
        if field is Field.MRZ:
            zone = read_mrz(lines)
            facts.extend(zone.facts if zone is not None else ())
        else:
            facts.extend(fact for fact in read_print(lines, on_card=True).facts if fact.field is field)
            facts.extend(values_at(field, lines))
    facts.extend(pictures_on(sheet.view, candidate.quad, (code.kind, code.side)))
    agreeing = {fact.field for fact in facts if fact.value is not None and fact.value == known.get(fact.field)}
    if not agreeing.issuperset(REREAD_FIELDS):
        return None
    placed = [replace(fact, quad=fact.quad and sheet.view.source_quad(fact.quad)) for fact in facts]
    return replace(by_code(candidate), facts=(*code.facts, *placed), texts=texts_of(sheet))
