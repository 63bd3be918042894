from __future__ import annotations

import numpy as np
import pytest

from idscan.cards.fields.numbers import CitizenNumber
from tests.synth.papers import KINDS, make_paper


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_paper(kind: str) -> None:
    first, second = make_paper(kind, 3), make_paper(kind, 3)
    assert first.rows == second.rows
    assert np.array_equal(np.asarray(first.image), np.asarray(second.image))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_lists_people_and_its_harmless_twin_nobody(kind: str) -> None:
    paper = make_paper(kind, 5)
    assert paper.rows
    assert all(row.number and CitizenNumber.parse(row.number) for row in paper.rows)
    assert make_paper(kind, 5, is_harmless=True).rows == ()
