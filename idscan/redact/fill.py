"""Fill hidden regions from visible pixels: by the background of the card, elsewhere by the surroundings.

The background is the most common, slowly varying colour among the visible pixels of the card. Print, portrait, emblem
and chip have weight 0. Under covers it is interpolated.

Fills depend only on pixels outside the mask and on its shape: they are weighted means in which hidden pixels have
weight 0, over surroundings that grow with the depth inside the mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.enums import Style
from idscan.core.geometry import quad_from_box
from idscan.core.messages import N_
from idscan.redact.mask import SINGLE_PIXELS, region_mask
from idscan.vision.perspective import homography

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.types import Colour

_SAMPLES = (120, 76)
"""Samples of the background across and down a card."""
_INSET = 0.02
"""Share of the card on each side without samples: an outline may be off by some pixels, and corners are rounded."""

_CARD = quad_from_box(
    *(-_INSET / (1 - 2 * _INSET) * (count - 1) for count in _SAMPLES),
    *((1 - _INSET) / (1 - 2 * _INSET) * (count - 1) for count in _SAMPLES),
)
"""A card's outline in columns and rows of samples."""

_MIN_SAMPLES = 40
"""About one sample in 200: fewer do not determine the colour of a card."""
_MAX_SATURATION = 0.45
"""Difference of the strongest and weakest channel by the strongest: backgrounds reach 0.35 in warm light, gold 0.5."""
_BINS = 24
"""Bins of brightness, of which the most common one is the background's: more split it, fewer join it with print."""
_ROUNDS = 6
"""Iterations of the robust fit."""
_MIN_SPREAD, _MAX_OUTLIER = 0.012, 3.0
"""Deviation of the background by noise, as a share of white, and by how many deviations its pixels may differ."""
_MAX_VARIATION = 0.1
"""Share of white by which backgrounds that change from hue to hue and back differ from a linear gradient."""
_BACKGROUND_SIGMA = 3.0
"""Samples over which the background is smoothed: fewer show remains of print, more blur its hues."""
_DEFAULT_BACKGROUND = 0.82
"""Share of white, in all channels: used where nothing of the card is visible."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """The background of a card.

    Attributes:
        samples: float32 array of shape (rows, columns, colours), from the card's first corner; read-only.
        to_samples: float64 array of shape (3, 3), from pixels to columns and rows.
    """

    samples: NDArray[np.float32]
    to_samples: NDArray[np.float64]

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return the colours at the places (x, y), shape (len(y), len(x), colours)."""
        places = np.stack(np.meshgrid(x, y), axis=-1)
        columns, rows = np.moveaxis(cv2.perspectiveTransform(places, self.to_samples).astype(np.float32), -1, 0)
        colours = cv2.remap(self.samples, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(colours, np.float32).reshape(len(y), len(x), -1)


def ground_of(pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int) -> Ground:
    """Return the background of a card, from its pixels outside the mask only.

    Args:
        pixels: array of shape (height, width, channels).
        mask: array of shape (height, width), True where hidden.
        quad: the card's outline.
        colours: number of colour channels, without alpha.
    """
    white = int(np.iinfo(pixels.dtype).max)
    levels, is_seen = _card_samples(pixels, mask, quad, colours)
    is_background = is_seen.copy()
    is_background[is_seen] = _is_background(np.argwhere(is_seen), levels[is_seen].astype(np.float64), white)
    if is_background.sum() < _MIN_SAMPLES:
        samples = np.full_like(levels, white * _DEFAULT_BACKGROUND)
    else:
        weighted = np.dstack([np.where(is_background[..., None], levels, 0), is_background]).astype(np.float32)
        soft = cv2.GaussianBlur(weighted, (0, 0), _BACKGROUND_SIGMA, borderType=cv2.BORDER_REPLICATE)
        samples = push_pull_fill(np.asarray(soft, np.float32), white)
    samples.setflags(write=False)
    return Ground(samples, np.array(homography(quad, _CARD)).reshape(3, 3))


def push_pull_fill(sums: NDArray[np.float32], white: int) -> NDArray[np.float32]:
    """Return colours for all cells by push-pull interpolation: missing weight comes from coarser levels.

    Args:
        sums: array of shape (rows, columns, colours + 1): colours times their weight and, last, the weight.
        white: half of it is used if all weights are 0.

    Returns:
        Array of shape (rows, columns, colours).
    """
    levels = [sums]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), dtype=np.float32))
    coarsest = levels.pop()
    weight = coarsest[..., -1:]
    # 128 in 8 bits, 0x8080 in 16 bits.
    middle = np.float32(white * 128 / 255)
    colours = np.where(weight > 0, coarsest[..., :-1] / np.maximum(weight, np.finfo(np.float32).tiny), middle)
    for level in reversed(levels):
        rows, columns = level.shape[:2]
        wider = cv2.pyrUp(colours, dstsize=(columns, rows)).reshape(rows, columns, -1)
        colours = level[..., :-1] + (1 - level[..., -1:]) * wider
    return np.asarray(colours, dtype=np.float32)


def _is_background(places: NDArray[np.int64], levels: NDArray[np.float64], white: float) -> NDArray[np.bool_]:
    """Return which of the samples at some rows and columns show the background, a bool array of shape (n,)."""
    # Backgrounds are pale; emblem, chip and portrait are not, and may be all that is visible.
    pale = levels.max(axis=1) - levels.min(axis=1) < _MAX_SATURATION * np.maximum(levels.max(axis=1), 1)
    is_background = np.array(pale, np.bool_)
    if pale.sum() < _MIN_SAMPLES:
        return is_background
    terms = np.column_stack([np.ones(len(places)), places / max(_SAMPLES)])
    is_background[pale] = _most_common(levels[pale].mean(axis=1), white)
    for _ in range(_ROUNDS):
        if is_background.sum() < _MIN_SAMPLES:
            break
        slopes = np.linalg.lstsq(terms[is_background], levels[is_background], rcond=None)[0]
        apart = np.abs(levels - terms @ slopes).max(axis=1)
        spread = max(_MIN_SPREAD * white, float(np.median(apart[is_background])))
        is_background = pale & (apart < max(_MAX_OUTLIER * spread, _MAX_VARIATION * white))
    return is_background


def _card_samples(
    pixels: NDArray[Any], mask: NDArray[np.bool_], quad: Quad, colours: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the colours of a card, shape (rows, columns, colours), and the mask of visible ones, (rows, columns)."""
    height, width = mask.shape
    columns, rows = np.meshgrid(*(np.arange(count, dtype=np.float64) for count in _SAMPLES))
    to_pixels = np.array(homography(_CARD, quad)).reshape(3, 3)
    places = np.floor(cv2.perspectiveTransform(np.stack([columns, rows], axis=-1), to_pixels))
    x, y = np.moveaxis(places.astype(np.int64), -1, 0)
    is_seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    x, y = np.where(is_seen, x, 0), np.where(is_seen, y, 0)
    is_seen &= ~mask[y, x]
    if colours < pixels.shape[2]:
        is_seen &= pixels[y, x, colours] > 0
    return np.where(is_seen[..., None], pixels[y, x, :colours], 0).astype(np.float32), is_seen


def _most_common(light: NDArray[np.float64], white: float) -> NDArray[np.bool_]:
    """Return which samples have about the most common brightness, lighter ones preferred, as print is darker."""
    counts, edges = np.histogram(light, bins=_BINS, range=(0, white))
    smooth = np.convolve(counts, (1, 2, 1), mode="same") * np.linspace(0.8, 1.2, _BINS)
    bin_index = int(smooth.argmax())
    room = white / _BINS
    return np.asarray((light >= edges[bin_index] - room) & (light <= edges[bin_index + 1] + room), np.bool_)


_GROUP_CELL = 8
"""Pixels: regions in the same or adjacent cells of this size are filled as one group."""
_MIN_CONTEXT = 48
"""Pixels around a group that it is filled from, or its thickness if that is more."""
_RELATIVE_SIGMA, _MIN_SIGMA, _MAX_SIGMA = 1 / 6, 3.0, 128.0
"""Sigma of the blur by a group's thickness, and its limits in pixels; the upper one bounds memory."""
_CELLS_PER_SIGMA = 2
"""Cells of the fill per sigma of the blur: more would resolve nothing."""
_FILTER_REACH = 2
"""Cells to either side that the bicubic enlargement uses."""
_STRIP_PIXELS = 2**18
"""Pixels computed at a time, as floats for a whole image would take too much memory."""
_TILES_ACROSS, _MIN_TILE, _TILE_SHADES = 6, 12, 6
"""Tiles of the mosaic across the shorter side, least pixels of a tile, levels (of 255) by which tiles differ."""
_LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue by ITU-R BT.601, as in JPEG and Pillow."""
_COLOUR_CHANNELS = {1: 1, 2: 1, 3: 3, 4: 3}
"""Number of colours by number of channels: grey, grey with alpha, RGB, RGB with alpha."""


@dataclass(frozen=True, eq=False, slots=True)
class _Group:
    """A connected group of hidden pixels.

    Attributes:
        left: of its bounding box.
        top: likewise.
        inside: mask of the shape of the box, True for the group's own pixels; read-only.
        thickness: in pixels, at the thickest place.
    """

    left: int
    top: int
    inside: NDArray[np.bool_]
    thickness: float

    @property
    def sigma(self) -> float:
        """Sigma of the blur in pixels."""
        return min(max(self.thickness * _RELATIVE_SIGMA, _MIN_SIGMA), _MAX_SIGMA)

    @property
    def cell(self) -> int:
        """Side of the fill's cells in pixels."""
        return max(1, int(self.sigma / _CELLS_PER_SIGMA))


@dataclass(frozen=True, eq=False, slots=True)
class _Fill:
    """Colours of a fill, one sample per cell.

    Attributes:
        samples: float32 array of shape (rows, columns, colours), in levels of the image; read-only.
        cell: side of a cell in pixels.
        left: left edge of the first cell in pixels of the image.
        top: likewise.
    """

    samples: NDArray[np.float32]
    cell: int
    left: int
    top: int


def fill_regions(
    pixels: NDArray[Any], mask: NDArray[np.bool_], style: Style, colour: Colour, cards: Sequence[Quad] = ()
) -> NDArray[Any]:
    """Return the image with the masked pixels filled, opaque; all others unchanged.

    On a card they take the colour of its background, elsewhere that of their surroundings.

    Args:
        pixels: uint8 or uint16 array of shape (height, width, channels): grey, grey and alpha, RGB, or RGB and alpha.
            It is not changed.
        mask: array of shape (height, width), True where hidden.
        style: what hidden regions look like.
        colour: of the styles that take one.
        cards: outlines of the cards.
    """
    result = pixels.copy()
    colours = _COLOUR_CHANNELS[pixels.shape[2]]
    FILLS[style].paint(Canvas(result, pixels, mask, colours, colour, tuple(cards)))
    if colours < pixels.shape[2]:
        np.copyto(result[..., colours], np.iinfo(pixels.dtype).max, where=mask)
    return result


@dataclass(frozen=True, eq=False, slots=True)
class Canvas:
    """An image in which a fill function paints the hidden pixels.

    Attributes:
        result: array of shape (height, width, channels) that is painted on; all other pixels have to stay.
        pixels: the image as it was; only pixels outside the mask may be used.
        mask: array of shape (height, width), True where hidden.
        colours: how many of the channels are colours; the alpha channel is not the fill function's business.
        colour: the colour that the user chose.
        cards: outlines of the cards.
    """

    result: NDArray[Any]
    pixels: NDArray[Any]
    mask: NDArray[np.bool_]
    colours: int
    colour: Colour
    cards: tuple[Quad, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillStyle:
    """One row of the table of styles.

    Attributes:
        paint: the fill function.
        guarantee: what the result depends on, whatever was hidden.
        words: sentence about the style in reports.
        takes_colour: whether the user may choose a colour.
    """

    paint: Callable[[Canvas], None]
    guarantee: str
    words: str
    takes_colour: bool = False


def _paint_flat(canvas: Canvas) -> None:
    levels = _levels(canvas.colour, canvas.colours, canvas.pixels.dtype)
    np.copyto(canvas.result[..., : canvas.colours], levels, where=canvas.mask[..., None])


def _paint_soft(canvas: Canvas) -> None:
    _paint_groups(canvas, _write_blur)


def _paint_tiles(canvas: Canvas) -> None:
    _paint_groups(canvas, _write_tiles)


def _paint_groups(canvas: Canvas, write: Callable[[NDArray[Any], _Group, _Fill], None]) -> None:
    """Paint each group of hidden pixels from the ground of its card, elsewhere from what surrounds it."""
    pixels, mask = canvas.pixels, canvas.mask
    rest, of_cards = mask.copy(), np.zeros_like(mask)
    for quad in canvas.cards:
        on_card = region_mask([quad], (mask.shape[1], mask.shape[0]), SINGLE_PIXELS)
        ground = ground_of(pixels, mask, quad, canvas.colours)
        for group in _connected_groups(rest & on_card):
            write(canvas.result, group, _background_fill(ground, group))
        rest &= ~on_card
        of_cards |= on_card
    for group in _connected_groups(rest):
        # A region beside a card is filled from beside the card.
        write(canvas.result, group, _fill(pixels, mask | of_cards, group))


FILLS: dict[Style, FillStyle] = {
    Style.BLUR: FillStyle(
        paint=_paint_soft,
        guarantee="depends on the visible pixels and the mask only: a mean in which hidden pixels have no weight",
        words=N_("Hidden places look blurred, but are made from their surroundings alone."),
    ),
    Style.SOLID: FillStyle(
        paint=_paint_flat,
        guarantee="depends on the chosen colour only",
        words=N_("Hidden places are covered with a flat colour."),
        takes_colour=True,
    ),
    Style.MOSAIC: FillStyle(
        paint=_paint_tiles,
        guarantee="depends on the visible pixels and the mask only: tiles of that mean in shades fixed by their index",
        words=N_("Hidden places are covered with tiles whose shades do not depend on what was there."),
    ),
}
"""The styles of redaction, each with its fill function."""


def _levels(colour: Colour, colours: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an 8-bit colour in levels of the image, as luma if the image is grey."""
    values = np.array(colour if colours == len(colour) else [np.dot(colour, _LUMA)])
    return np.rint(values * (np.iinfo(dtype).max / 255)).astype(dtype)


def _connected_groups(mask: NDArray[np.bool_]) -> Iterator[_Group]:
    height, width = mask.shape
    cells = np.logical_or.reduceat(mask, np.arange(0, height, _GROUP_CELL), axis=0)
    cells = np.logical_or.reduceat(cells, np.arange(0, width, _GROUP_CELL), axis=1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    for label in range(1, count):
        x, y, columns, rows = stats[label, :4].tolist()
        own = labels[y : y + rows, x : x + columns] == label
        depth = cv2.distanceTransform(np.pad(own, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5).max()
        left, top = x * _GROUP_CELL, y * _GROUP_CELL
        inside = np.repeat(np.repeat(own, _GROUP_CELL, axis=0), _GROUP_CELL, axis=1)
        inside = inside[: height - top, : width - left]
        inside &= mask[top : top + inside.shape[0], left : left + inside.shape[1]]
        used_rows, used_columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        inside = inside[used_rows[0] : used_rows[-1] + 1, used_columns[0] : used_columns[-1] + 1]
        inside.setflags(write=False)
        thickness = (2 * float(depth) - 1) * _GROUP_CELL
        yield _Group(left + int(used_columns[0]), top + int(used_rows[0]), inside, thickness)


def _fill(pixels: NDArray[Any], mask: NDArray[np.bool_], group: _Group) -> _Fill:
    """Return the fill of a group, from the pixels around it outside the mask only."""
    sigma, cell = group.sigma, group.cell
    context = int(max(_MIN_CONTEXT, group.thickness))
    left, top = max(0, group.left - context), max(0, group.top - context)
    height, width = group.inside.shape
    box = (slice(top, group.top + height + context), slice(left, group.left + width + context))
    sums = _cell_sums(pixels[box], mask[box], cell)
    soft = cv2.GaussianBlur(sums, (0, 0), sigma / cell, borderType=cv2.BORDER_REPLICATE)
    samples = push_pull_fill(np.asarray(soft, dtype=np.float32), int(np.iinfo(pixels.dtype).max))
    samples.setflags(write=False)
    return _Fill(samples, cell, left, top)


def _background_fill(background: Ground, group: _Group) -> _Fill:
    """Return the fill of a group on a card."""
    height, width = group.inside.shape
    cell = group.cell
    room = _FILTER_REACH * cell
    left, top = group.left - room, group.top - room
    columns, rows = (-(-(side + 2 * room) // cell) for side in (width, height))
    x, y = (start + (np.arange(count) + 0.5) * cell for start, count in ((left, columns), (top, rows)))
    samples = background.at(x, y)
    samples.setflags(write=False)
    return _Fill(samples, cell, left, top)


def _cell_sums(pixels: NDArray[Any], mask: NDArray[np.bool_], cell: int) -> NDArray[np.float32]:
    """Return for each cell the mean of its colours times their weight and, last, the mean weight.

    Hidden pixels, transparent ones and those outside the image have weight 0.

    Returns:
        Array of shape (rows, columns, colours + 1).
    """
    height, width, channels = pixels.shape
    colours = _COLOUR_CHANNELS[channels]
    rows, columns = -(-height // cell), -(-width // cell)
    sums = np.empty((rows, columns, colours + 1), np.float32)
    step = max(1, _STRIP_PIXELS // (columns * cell * cell))
    for start in range(0, rows, step):
        stop = min(rows, start + step)
        part, hidden = pixels[start * cell : stop * cell], mask[start * cell : stop * cell]
        strip = np.zeros(((stop - start) * cell, columns * cell, colours + 1), np.float32)
        used = strip[: len(part), :width]
        used[..., colours] = ~hidden
        if colours < channels:
            used[..., colours] *= part[..., colours] / np.float32(np.iinfo(pixels.dtype).max)
        np.multiply(part[..., :colours], used[..., colours:], out=used[..., :colours])
        sums[start:stop] = cv2.resize(strip, (columns, stop - start), interpolation=cv2.INTER_AREA)
    return sums


def _write_blur(result: NDArray[Any], group: _Group, fill: _Fill) -> None:
    height, width = group.inside.shape
    cell, colours = fill.cell, fill.samples.shape[2]
    first, last = (group.left - fill.left) // cell, -(-(group.left + width - fill.left) // cell)
    near = fill.samples[:, max(0, first - _FILTER_REACH) : last + _FILTER_REACH]
    skipped = group.left - fill.left - max(0, first - _FILTER_REACH) * cell
    step = max(1, _STRIP_PIXELS // (near.shape[1] * cell * cell))
    stop = -(-(group.top + height - fill.top) // cell)
    for start in range((group.top - fill.top) // cell, stop, step):
        above = max(0, start - _FILTER_REACH)
        part = near[above : min(start + step, stop) + _FILTER_REACH]
        size = (part.shape[1] * cell, part.shape[0] * cell)
        enlarged = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC).reshape(size[1], size[0], colours)
        y0 = max(group.top, fill.top + start * cell)
        y1 = min(group.top + height, fill.top + min(start + step, stop) * cell)
        offset = y0 - fill.top - above * cell
        soft = _to_levels(enlarged[offset : offset + y1 - y0, skipped : skipped + width], result.dtype)
        target = result[y0:y1, group.left : group.left + width, :colours]
        np.copyto(target, soft, where=group.inside[y0 - group.top : y1 - group.top, :, None])


def _write_tiles(result: NDArray[Any], group: _Group, fill: _Fill) -> None:
    height, width = group.inside.shape
    side = max(_MIN_TILE, round(min(height, width) / _TILES_ACROSS))
    rows, columns = -(-height // side), -(-width // side)
    # The fill varies little within a tile, so its centre gives the mean.
    x = (group.left - fill.left + (np.arange(columns, dtype=np.float32) + 0.5) * side) / fill.cell - 0.5
    y = (group.top - fill.top + (np.arange(rows, dtype=np.float32) + 0.5) * side) / fill.cell - 0.5
    places = [np.ascontiguousarray(axis, dtype=np.float32) for axis in np.meshgrid(x, y)]
    means = cv2.remap(fill.samples, places[0], places[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shades = _tile_offsets(rows, columns)[..., None] * (np.iinfo(result.dtype).max / 255)
    tiles = _to_levels(means.reshape(rows, columns, -1) + shades, result.dtype)
    for row in range(rows):
        inside = group.inside[row * side : (row + 1) * side, :, None]
        line = np.repeat(tiles[row : row + 1], side, axis=1)[:, :width]
        target = result[group.top + row * side :, group.left : group.left + width, : tiles.shape[2]]
        np.copyto(target[: len(inside)], line, where=inside)


def _tile_offsets(rows: int, columns: int) -> NDArray[np.int64]:
    """Return the offset of each tile in levels of 255, the same for all images."""
    row, column = np.arange(rows, dtype=np.uint32)[:, None], np.arange(columns, dtype=np.uint32)
    # Hash of the tile's index: golden ratio times the row, then the finaliser of MurmurHash3.
    mixed: NDArray[np.uint32] = row * np.uint32(0x9E3779B1) + column
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    levels: NDArray[np.int64] = mixed.astype(np.int64) % (2 * _TILE_SHADES + 1) - _TILE_SHADES
    return levels


def _to_levels(levels: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    rounded: NDArray[Any] = np.clip(np.rint(levels), 0, np.iinfo(dtype).max).astype(dtype)
    return rounded
