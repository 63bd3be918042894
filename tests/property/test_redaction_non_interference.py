"""What is hidden leaves no mark on the result: not directly, and not through the file it was stored in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idscan.core import geometry
from idscan.core.enums import Style
from idscan.core.geometry import Quad, quad_from_points
from idscan.images.pixels import Grid
from idscan.redact.fill import fill_regions
from idscan.redact.mask import CHROMA_REACH, expanded_quad, region_mask
from tests.fakes.stored import (
    CODED_BLOCKS,
    GROUND,
    SINGLE_PIXELS,
    code_patch,
    place_of,
    safe_margin,
    stamped,
    text_patch,
    through_jpeg,
)

if TYPE_CHECKING:
    from PIL import Image

COLOUR = (30, 60, 90)
NUMBERS = ("001099000001", "079188000004")
SIZE = (208, 120)
moderate = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def quads(draw: st.DrawFn, width: int, height: int) -> Quad:
    """Draw a quad in any direction, inside the picture, across its border, without width or as large as all of it."""
    centre = (draw(st.floats(-10, width + 10)), draw(st.floats(-10, height + 10)))
    size = (draw(st.integers(0, width)), draw(st.integers(0, height)))
    quad = place_of(size, centre, draw(st.floats(0, 360)))
    quad = quad_from_points((x + draw(st.floats(-3, 3)), y) for x, y in quad)
    return quad if draw(st.booleans()) else quad_from_points(quad[::-1])


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    width, height = draw(st.sampled_from([(1, 1), (8, 8), (16, 8), (8, 16), (16, 16), (32, 8)]))
    return Grid(width, height, draw(st.integers(-40, 40)), draw(st.integers(-40, 40)))


@moderate
@given(data=st.data(), style=st.sampled_from(Style), channels=st.integers(1, 4), is_deep=st.booleans())
def test_pictures_that_differ_only_inside_become_equal(
    data: st.DataObject,
    style: Style,
    channels: int,
    is_deep: bool,
) -> None:
    width, height = data.draw(st.integers(1, 90), "width"), data.draw(st.integers(1, 70), "height")
    regions = data.draw(st.lists(quads(width, height), min_size=1, max_size=4), "quads")
    mask = region_mask(regions, (width, height), data.draw(grids(), "grid"))
    dtype: Any = np.uint16 if is_deep else np.uint8
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), "seed"))
    one, other = rng.integers(0, np.iinfo(dtype).max, (2, height, width, channels), dtype=dtype, endpoint=True)
    extremes = data.draw(st.sampled_from([None, 0, np.iinfo(dtype).max]), "inside")
    other[~mask] = one[~mask]
    if extremes is not None:
        other[mask] = extremes
    assert np.array_equal(fill_regions(one, mask, style, COLOUR), fill_regions(other, mask, style, COLOUR))


def redacted(stored: np.ndarray, quad: Quad, grid: Grid, style: Style, rim: int = CHROMA_REACH) -> np.ndarray:
    return fill_regions(stored, region_mask([quad], (stored.shape[1], stored.shape[0]), grid, rim), style, COLOUR)


def stored_pair(patches: tuple[Image.Image, ...], turn: float, at: tuple[float, float], way: tuple[int, str]) -> Any:
    """Return two decoded pictures on one noisy ground that differ in what is stamped at the same place."""
    noise = np.random.default_rng(11).integers(-12, 13, (SIZE[1], SIZE[0], 1))
    ground = np.clip(np.array(GROUND) + noise, 0, 255).astype(np.uint8)
    return [through_jpeg(stamped(ground, patch, at, turn), *way) for patch in patches]


@st.composite
def values(draw: st.DrawFn) -> tuple[Image.Image, ...]:
    """Draw two different values of the same outline: numbers of any size, or QR codes."""
    if draw(st.booleans()):
        height = draw(st.integers(7, 24))
        patches = [text_patch(number, height) for number in NUMBERS]
        outline = (max(patch.width for patch in patches), max(patch.height for patch in patches))
        return tuple(text_patch(number, height, outline) for number in NUMBERS)
    module = draw(st.integers(1, 2))
    return tuple(code_patch(number, module) for number in NUMBERS)


@moderate
@given(
    patches=values(),
    turn=st.one_of(st.sampled_from([0.0, 90.0, 180.0]), st.floats(0, 360)),
    at=st.tuples(st.floats(30, SIZE[0] - 30), st.floats(20, SIZE[1] - 20)),
    way=st.tuples(st.sampled_from([60, 75, 90]), st.sampled_from(list(CODED_BLOCKS))),
    has_margin=st.booleans(),
    style=st.sampled_from(Style),
)
def test_two_values_stored_in_the_same_place_become_equal(
    patches: tuple[Image.Image, ...],
    turn: float,
    at: tuple[float, float],
    way: tuple[int, str],
    has_margin: bool,
    style: Style,
) -> None:
    one, other = stored_pair(patches, turn, at, way)
    assert not np.array_equal(one, other)
    place = place_of(patches[0].size, at, turn)
    # Stamping spreads ink by the half pixel that lies between two samples.
    quad = expanded_quad(place, safe_margin(geometry.height(place)) if has_margin else 1.5)
    grid = CODED_BLOCKS[way[1]]
    assert np.array_equal(redacted(one, quad, grid, style), redacted(other, quad, grid, style))


@moderate
@given(
    width=st.integers(130, 160),
    height=st.integers(90, 120),
    quarter_turns=st.integers(0, 3),
    is_flipped=st.booleans(),
    subsampling=st.sampled_from(list(CODED_BLOCKS)),
)
def test_pictures_that_are_turned_upright_are_hidden_by_their_turned_blocks(
    width: int,
    height: int,
    quarter_turns: int,
    is_flipped: bool,
    subsampling: str,
) -> None:
    patches = tuple(text_patch(number, 14, (60, 12)) for number in NUMBERS)
    grid = CODED_BLOCKS[subsampling]
    pair, place = [], np.zeros((height, width), dtype=np.bool_)
    for patch in patches:
        ground = np.full((height, width, 3), GROUND, np.uint8)
        inked = stamped(ground, patch, (65, 45), 0)
        place |= (inked != ground).any(axis=2)
        pair.append(through_jpeg(inked, 75, subsampling))

    def upright(pixels: np.ndarray) -> np.ndarray:
        turned = np.rot90(pixels, quarter_turns)
        return turned[:, ::-1] if is_flipped else turned

    block = (grid.height, grid.width) if quarter_turns % 2 else (grid.width, grid.height)
    first = np.zeros((height, width), dtype=np.bool_)
    first[0, 0] = True
    size = upright(first).shape[::-1]
    y, x = np.argwhere(upright(first))[0].tolist()
    # Stored blocks begin at the stored top left corner, wherever that is now.
    blocks = Grid(*block, left=size[0] if x else 0, top=size[1] if y else 0)
    ys, xs = np.nonzero(upright(place))
    quad = geometry.quad_from_box(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    mask = region_mask([quad], size, blocks)
    one, other = (fill_regions(upright(pixels), mask, Style.BLUR, COLOUR) for pixels in pair)
    assert np.array_equal(one, other)


def leaks(grid: Grid | None, rim: int, margin: float) -> int:
    """Return in how many of some places two values can be told apart afterwards."""
    patches = tuple(text_patch(number, 18, (100, 14)) for number in NUMBERS)
    told_apart = 0
    for step in range(16):
        at = (90.0 + step, 60.0 + step)
        one, other = stored_pair(patches, 0, at, (75, "4:2:0"))
        quad = expanded_quad(place_of(patches[0].size, at, 0), margin)
        blocks = grid or CODED_BLOCKS["4:2:0"]
        told_apart += not np.array_equal(
            redacted(one, quad, blocks, Style.SOLID, rim), redacted(other, quad, blocks, Style.SOLID, rim)
        )
    return told_apart


def test_values_could_be_told_apart_without_the_blocks_or_without_their_rim() -> None:
    # So that equality above is no property of pictures that never differed.
    assert leaks(None, CHROMA_REACH, 1.5) == 0
    assert leaks(SINGLE_PIXELS, CHROMA_REACH, 1.5) > 8
    assert leaks(None, 0, 1.5) > 8
