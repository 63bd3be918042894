"""Whatever was found, more caution never hides less, and what was read is hidden at every level."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idscan.core import geometry
from idscan.core.enums import EXPOSED_FIELDS, CardKind, Field, FieldSet, Side, Source
from idscan.core.geometry import Quad, quad_from_points
from idscan.core.types import Card, Finding, ImageResult, Place, Problem, Secret, SeenText
from idscan.redact.plan import Level, PlanOptions, hidden_mask, plan_regions
from idscan.redact.watchlist import Watchlist
from idscan.run.pii_matcher import PiiMatcher
from tests.fakes.laid_out import SIZE, shown
from tests.fakes.stored import CODED_BLOCKS, SINGLE_PIXELS, place_of

if TYPE_CHECKING:
    from idscan.images.pixels import Grid

NUMBER = "001099000001"
WATCH = Watchlist(PiiMatcher(frozenset({NUMBER})))
TEXTS = ("Họ và tên", "15/01/1999", f"No {NUMBER}", "12 34 56")
careful = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

quads = st.builds(
    place_of,
    st.tuples(st.integers(4, 300), st.integers(4, 60)),
    st.tuples(st.integers(0, SIZE[0]), st.integers(0, SIZE[1])),
    st.sampled_from([0.0, 0.0, 5.0, -40.0, 90.0, 180.0]),
)


@st.composite
def outlines(draw: st.DrawFn) -> Quad:
    """Draw a card's outline: small or large, turned, a little aslant."""
    width = draw(st.integers(120, 900))
    centre = (draw(st.integers(200, 900)), draw(st.integers(200, 560)))
    quad = place_of((width, round(width / 1.586)), centre, draw(st.floats(-180, 180)))
    slant = draw(st.floats(-0.04, 0.04)) * width
    return quad_from_points([(quad[0][0] + slant, quad[0][1] - slant), *quad[1:]])


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    by = draw(st.sampled_from(Source))
    quad = draw(quads)
    return Finding(
        field=draw(st.sampled_from(Field)),
        value=draw(st.sampled_from([None, Secret("x")])),
        quad=quad,
        confidence=0.9,
        seen_by=draw(st.sampled_from([(), (by,)])),
        places=(Place(quad, by, 0.9),),
    )


cards = st.builds(
    Card,
    kind=st.sampled_from(CardKind),
    side=st.sampled_from(Side),
    quad=outlines(),
    confidence=st.just(0.9),
    findings=st.lists(findings(), max_size=5).map(tuple),
)
images = st.builds(
    lambda cards, loose, texts, symbols: shown(*cards, texts=texts, findings=tuple(loose), problems=tuple(symbols)),
    st.lists(cards, max_size=2),
    st.lists(findings(), max_size=2),
    st.lists(st.builds(SeenText, st.sampled_from(TEXTS).map(Secret), quads, st.sampled_from(Source)), max_size=3),
    st.lists(quads.map(lambda quad: Problem("read", "undecoded_symbol", "seen", quad)), max_size=1),
)
grids = st.sampled_from([SINGLE_PIXELS, CODED_BLOCKS["4:2:0"]])


@careful
@given(image=images, fields=st.sampled_from(FieldSet), grid=grids)
def test_each_level_hides_all_that_the_one_before_hid(image: ImageResult, fields: FieldSet, grid: Grid) -> None:
    masks = [hidden_mask(plan_regions(image, PlanOptions(fields, WATCH, level)), SIZE, grid) for level in Level]
    for before, after in pairwise(masks):
        assert not (before & ~after).any()


@careful
@given(image=images, fields=st.sampled_from(FieldSet), level=st.sampled_from(Level))
def test_what_was_read_and_exposes_somebody_is_hidden_wherever_it_was_seen(
    image: ImageResult, fields: FieldSet, level: Level
) -> None:
    regions = plan_regions(image, PlanOptions(fields, WATCH, level))
    for finding in image.all_findings:
        if finding.field in EXPOSED_FIELDS and (finding.value is not None or finding.seen_by):
            for place in finding.places:
                assert any(
                    geometry.overlap(place.quad, region.quad) == pytest.approx(1, abs=1e-6) for region in regions
                )
