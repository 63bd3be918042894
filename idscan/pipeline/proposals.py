"""Propose card regions: from decoded codes, contours, the card detector and the image frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idscan.cards.documents import symbol_box
from idscan.cards.text.syllables import is_wordlike
from idscan.core import geometry
from idscan.core.geometry import quad_from_box
from idscan.pipeline.context import card_detector
from idscan.vision import perspective, preprocess
from idscan.vision.card_contours import CARD_ASPECT, find_card_contours
from idscan.vision.card_pose import card_from_symbol, match_outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from idscan.cards.code_facts import CodeEvidence
    from idscan.core.geometry import Quad
    from idscan.engines.card_detector import DetectedCard
    from idscan.pipeline.context import PageContext
    from idscan.pipeline.text_lines import TextPage
    from idscan.vision.perspective import View

_LIKELY, _SURE = 0.5, 0.9
"""Confidence (0 to 1) of the locator for a place worth reading, and for one that makes further search needless."""
_INSIDE = 0.85
"""Share of an outline within a larger one. Lower: neighbours count as inner ones; higher: inner ones are missed."""
_APART = 0.15
"""Largest overlap of two cards side by side. Lower: inexact outlines of two cards count as one; higher: two outlines of
one card count as two."""
_ALIKE = 1.5
"""Largest ratio of the areas of two cards on a page. Lower: perspective parts them; higher: anything passes."""
_LEAST_SHARE = 0.2
"""Area of an inner outline by that of the outer one. Lower: portrait and chip count as cards; higher: pages with more
than a few cards are not recognised."""
_FRAME_ASPECT_TOLERANCE = 0.12
"""Relative deviation from a card's aspect ratio. Lower: loosely cropped scans are left out; higher: photos are."""
_MAX_CORNER_DISTANCE = 1 / 8
"""Share of a card's width: largest distance between a corner by the locator and that of the outline.

The locator is off by some hundredths of a card, more on small ones; what strays further is drawn around a finger or
along a shadow.
"""
_MAX_SHAPE_DIFFERENCE = 0.05
"""Of a card's width: by how much more an outline that is seen may be out of true than the place the locator gives."""
_LEAST_CARD = 90
"""Pixels along a card's longer side: on smaller ones print is three pixels high, which nobody reads."""
_ROOM = 0.12
"""Margin around a place by its longer side. Lower: edges are cut off; higher: outlines of other things are found."""
_LEAST_SIDE = 24  # pixels of a part of an image; on smaller ones no outline can be traced
_NEAR = 4
"""Outlines kept per place. Lower: a finger's may be the only one; higher: costs more time."""
_NEAR_SIDE = 400
"""Pixels at which outlines near a place are sought. Lower: corners are inexact; higher: costs more time."""


@dataclass(frozen=True, slots=True)
class CardProposal:
    """A place where a card may be.

    Attributes:
        quad: its outline in pixels of the image.
        codes: codes on it that were decoded.
        is_oriented: the quad starts at the card's own top-left corner.
        is_exact: the outline was seen, not only extrapolated.
        fills_frame: the place is the whole image, a card only if print fills it.
        is_located: the locator is sure of it, and of which corner is the card's top-left one: the quad starts there.
        located: where the locator itself has it, if an outline that is seen there stands for it.
        is_other_way_up: the place is read upside down relative to the orientation given by the locator.
        is_cleared: noise is taken out of the view, and its contrast raised.
    """

    quad: Quad
    codes: tuple[CodeEvidence, ...] = ()
    is_oriented: bool = False
    is_exact: bool = True
    fills_frame: bool = False
    is_located: bool = False
    located: Quad | None = None
    is_other_way_up: bool = False
    is_cleared: bool = False

    @property
    def is_seen(self) -> bool:
        """Whether more than a code supports a card here; a code alone may be printed on anything."""
        return self.is_exact or self.is_located or not self.codes


@dataclass(frozen=True, slots=True)
class Proposals:
    """Places to search in an image.

    Attributes:
        proposals: places to look for cards, those with a decoded code first.
        may_show_more: whether anything looks like a card, even faintly, without being a proposal.
        located: places that the locator takes for cards.
    """

    proposals: tuple[CardProposal, ...]
    may_show_more: bool
    located: tuple[Quad, ...] = ()


def propose_cards(page: PageContext, codes: Sequence[CodeEvidence]) -> Proposals:
    """Return places to look for cards.

    Args:
        page: the image.
        codes: codes read on the whole of it.
    """
    rgb, profile = page.rgb, page.profile
    locator = card_detector()
    seen = locator.locate(rgb, page.scale) if locator is not None else ()
    show_cards = bool(seen or codes) or locator is None
    is_sure = any(place.confidence > _SURE for place in seen)
    likely = [place for place in seen if place.confidence > _LIKELY]
    located = [_with_outline(rgb, place) for place in likely if _has_room_for_print(place.quad)]
    proposals = _on_codes(rgb, codes, located)
    proposals += [one for one in located if _is_new(one.quad, proposals)]
    if (show_cards and not is_sure) or profile.uses_all_engines:
        # Outlines cost as much as all else; where nothing looks like a card, only print can show one.
        found = find_card_contours(rgb, profile.max_contours, is_thorough=profile.uses_all_engines)
        others = [outline.quad for outline in found]
        proposals = [_sharpened(one, others) for one in proposals]
        for quad in sorted(others, key=lambda quad: _holds_several(quad, others)):
            if _is_new(quad, proposals) and _has_room_for_print(quad):
                proposals.append(CardProposal(quad))
    return Proposals(
        tuple(proposals), may_show_more=show_cards and not likely, located=tuple(place.quad for place in likely)
    )


def _on_codes(
    rgb: NDArray[np.uint8], codes: Sequence[CodeEvidence], located: Sequence[CardProposal]
) -> list[CardProposal]:
    """Return the places of cards whose code was read, with the outline that fits it if there is one."""
    frame = frame_quad(rgb)
    seen = [unmirrored(proposal.quad) for proposal in located if proposal.is_exact]
    rough = [unmirrored(proposal.quad) for proposal in located if proposal.is_located]
    proposals = []
    for code in codes:
        box = symbol_box(code.kind, code.side)
        if box is None or code.is_barcode:
            continue
        exact = match_outline(seen, code.quad, box) or match_outline([frame], code.quad, box, is_strict=True)
        guess = card_from_symbol(code.quad, box)
        exact = exact or match_outline(_outlines_near(rgb, guess), code.quad, box)
        is_located = exact is None and match_outline(rough, code.quad, box) is not None
        proposals.append(
            CardProposal(exact or guess, (code,), is_oriented=True, is_exact=exact is not None, is_located=is_located)
        )
    return proposals


def _has_room_for_print(quad: Quad) -> bool:
    """Return whether a card at a place is large enough for anything on it to be read."""
    return max(geometry.width(quad), geometry.height(quad)) >= _LEAST_CARD


def _is_new(quad: Quad, proposals: Sequence[CardProposal]) -> bool:
    return not any(geometry.is_same_quad(unmirrored(quad), unmirrored(other.quad)) for other in proposals)


def unmirrored(quad: Quad) -> Quad:
    """Return the same outline with its corners clockwise."""
    return geometry.flipped(quad) if geometry.is_mirrored(quad) else quad


def _with_outline(rgb: NDArray[np.uint8], place: DetectedCard) -> CardProposal:
    """Return where a card was located, with the outline that is seen there if there is one."""
    place_of_card = CardProposal(place.quad, is_exact=False, is_located=place.confidence > _SURE)
    near = unmirrored(place.quad)
    sharpened = _sharpened(place_of_card, _outlines_near(rgb, near))
    if not sharpened.is_exact or _shape_difference(sharpened.quad, place.quad) < _MAX_SHAPE_DIFFERENCE:
        return sharpened
    # A shadow took one of its corners: with more ground around it another outline may show.
    again = _sharpened(place_of_card, _outlines_near(rgb, near, 2 * _ROOM))
    is_better = again.is_exact and _shape_difference(again.quad, place.quad) < _MAX_SHAPE_DIFFERENCE
    return again if is_better else sharpened


def _sharpened(proposal: CardProposal, outlines: Sequence[Quad]) -> CardProposal:
    """Return a place that is only guessed with the outline that is seen there after all."""
    if proposal.is_exact:
        return proposal
    outline = _matching(proposal.quad, outlines)
    return proposal if outline is None else replace(proposal, quad=outline, is_exact=True, located=proposal.quad)


def _matching(quad: Quad, outlines: Sequence[Quad]) -> Quad | None:
    """Return the outline that is nearest to a place, its corners in the same order; None where none is near."""
    is_mirrored = geometry.is_mirrored(quad)
    turned = (
        geometry.turned(geometry.flipped(outline) if is_mirrored else outline, turns)
        for outline in outlines
        for turns in range(4)
    )
    nearest = min(turned, key=lambda outline: _corner_distance(outline, quad), default=None)
    return nearest if nearest is not None and _corner_distance(nearest, quad) < _MAX_CORNER_DISTANCE else None


def _corner_distance(outline: Quad, quad: Quad) -> float:
    """Return the largest distance between corresponding corners, as a share of the second quad's width."""
    return max(math.dist(*corners) for corners in zip(outline, quad, strict=True)) / max(geometry.width(quad), 1.0)


def _shape_difference(outline: Quad, quad: Quad) -> float:
    """Return by how much two quads differ in deviation from a parallelogram, as a share of the second one's width.

    One misplaced corner causes a difference; another size or rotation does not.
    """
    (x, y), (other_x, other_y) = _skewness(outline), _skewness(quad)
    return math.hypot(x - other_x, y - other_y) / max(geometry.width(quad), 1.0)


def _skewness(quad: Quad) -> geometry.Point:
    first, second, third, fourth = quad
    return first[0] - second[0] + third[0] - fourth[0], first[1] - second[1] + third[1] - fourth[1]


def _outlines_near(rgb: NDArray[np.uint8], quad: Quad, share: float = _ROOM) -> list[Quad]:
    """Return outlines in the part of an image around a place, in pixels of the image."""
    left, top, right, bottom = geometry.bounds(quad)
    room = share * max(right - left, bottom - top)
    height, width = rgb.shape[:2]
    x0, y0 = max(int(left - room), 0), max(int(top - room), 0)
    part = rgb[y0 : min(int(bottom + room) + 1, height), x0 : min(int(right + room) + 1, width)]
    if min(part.shape[:2], default=0) < _LEAST_SIDE:
        return []
    found = find_card_contours(part, _NEAR, working_side=_NEAR_SIDE, near=geometry.shifted(quad, -x0, -y0))
    return [geometry.shifted(outline.quad, x0, y0) for outline in found]


def _holds_several(quad: Quad, outlines: Sequence[Quad]) -> bool:
    """Return whether an outline is drawn around two or more cards, as around a page of them: alike, side by side."""
    least = _LEAST_SHARE * geometry.area(quad)
    inner = [
        other
        for other in outlines
        if other is not quad and geometry.area(other) > least and geometry.overlap(other, quad) > _INSIDE
    ]
    return any(
        geometry.intersection_area(first, second) < _APART * geometry.area(first)
        and 1 / _ALIKE < geometry.area(first) / geometry.area(second) < _ALIKE
        for i, first in enumerate(inner)
        for second in inner[i + 1 :]
    )


def frame_quad(rgb: NDArray[np.uint8]) -> Quad:
    """Return the whole image as a quad whose first side is a long one."""
    height, width = rgb.shape[:2]
    quad = quad_from_box(0, 0, width, height)
    return quad if width >= height else geometry.turned(quad, 1)


def is_card_shaped(rgb: NDArray[np.uint8]) -> bool:
    """Return whether the image has a card's proportions, as a scan cut to the card has."""
    height, width = rgb.shape[:2]
    aspect = max(height, width) / max(min(height, width), 1)
    return bool(abs(aspect / CARD_ASPECT - 1) < _FRAME_ASPECT_TOLERANCE)


VIEW_WIDTH = 1000
"""Pixels across a straightened card: 0.086 mm each, enough for the smallest print; larger images are reduced."""
_MIN_VIEW_WIDTH = 640  # smaller cards are enlarged: the detector misses print lower than about 10 px
_EXACT_MARGIN = 0.02
"""Margin around a seen outline, by its size. Lower: print at the edge is cut; higher: the background is read."""
_ROUGH_MARGIN = 0.15
"""The same for an estimated outline. Lower: print beyond it is lost; higher: the card gets small in the view."""


def rectify_proposal(rgb: NDArray[np.uint8], proposal: CardProposal) -> View:
    """Cut a place out of an image with a margin around it, wider where its outline is a guess."""
    margin = _EXACT_MARGIN if proposal.is_exact else _ROUGH_MARGIN
    grown = perspective.widened(proposal.quad, margin)
    native = geometry.width(proposal.quad)
    width = round(min(max(native, _MIN_VIEW_WIDTH), VIEW_WIDTH) * (1 + 2 * margin))
    view = perspective.rectify(rgb, grown, (width, round(width / CARD_ASPECT)))
    return perspective.View(preprocess.denoised(view.pixels), view.to_source) if proposal.is_cleared else view


_BEYOND = 0.012
"""Share of a card's size by which a line must cross its edge; boxes of lines are a little larger than their ink."""


def cuts_print(quad: Quad, text_page: TextPage) -> bool:
    """Return whether lines run across an outline's edge: then it is the edge of something else, or of a shadow."""
    to_card = perspective.homography(text_page.view.view_quad(quad), quad_from_box(0, 0, 1, 1))
    reach = [geometry.bounds(geometry.transform(to_card, line.quad)) for line in text_page.lines if is_wordlike(line)]
    return any(
        min(left, top) < -_BEYOND or max(right, bottom) > 1 + _BEYOND
        for left, top, right, bottom in reach
        if _is_within((left + right) / 2) and _is_within((top + bottom) / 2)
    )


def _is_within(share: float) -> bool:
    return _BEYOND < share < 1 - _BEYOND
