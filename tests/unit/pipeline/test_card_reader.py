"""An outline is the card's only if all of its print stands within."""

from __future__ import annotations

import numpy as np
import pytest

from idscan.core import geometry
from idscan.core.vocabulary import Effort, Field
from idscan.pipeline.candidates import Candidate
from idscan.pipeline.card_reader import CardReading, read_candidate
from idscan.vision import enhance, warp
from idscan.vision.contours import find_outlines
from tests.synth import small

CUT = {"right": (0, 0, 0.93, 1), "left": (0.09, 0, 1, 1)}


def reading(box: tuple[float, float, float, float]) -> CardReading:
    """Read the back of a card by an outline around a part of it, given in fractions of the card."""
    rgb = np.asarray(small.back())
    outline = find_outlines(rgb, 1)[0].quad
    quad = geometry.transform(
        warp.homography(geometry.quad_from_box(0, 0, 1, 1), outline), geometry.quad_from_box(*box)
    )
    card = read_candidate(rgb, enhance.grey(rgb), Candidate(quad), Effort.THOROUGH)
    assert card is not None
    return card


def test_an_outline_around_all_print_is_the_cards() -> None:
    assert reading((0, 0, 1, 1)).is_outline_seen


@pytest.mark.parametrize("box", CUT.values(), ids=CUT)
def test_an_outline_that_print_runs_across_is_only_a_guess(box: tuple[float, float, float, float]) -> None:
    card = reading(box)
    assert not card.is_outline_seen
    assert {fact.field for fact in card.facts} & {Field.MRZ, Field.NUMBER, Field.DATE_OF_ISSUE}
