"""Painting over hidden regions with what surrounds them, so that nothing of what they held is left.

Whatever is written inside the mask comes from pixels outside of it and from the mask's shape. The fill is a weighted
mean in which hidden pixels weigh nothing, taken over ever larger surroundings the deeper a pixel lies inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from idscan.core.vocabulary import Style
from idscan.redact.ground import filled_in, ground_of
from idscan.redact.mask import SINGLE_PIXELS, region_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from idscan.core.geometry import Quad
    from idscan.core.redaction import Colour
    from idscan.redact.ground import Ground

_GROUP_CELL = 8
"""Pixels; regions in the same or touching cells of this size are painted as one."""

_LEAST_CONTEXT = 48
"""Pixels around a region that it is filled from, at least; more around a thicker one."""

_SOFTNESS = 1 / 6
"""Radius of the blur as a share of a region's thickness."""

_LEAST_SOFTNESS, _LARGEST_SOFTNESS = 3.0, 128.0
"""Pixels; the largest bounds memory."""

_CELLS_PER_SOFTNESS = 2
"""The fill is computed on cells of half the blur's radius: what is finer is blurred away."""

_FILTER_REACH = 2
"""Cells to either side that the enlarging filter looks at."""

_STRIP_PIXELS = 2**18
"""Pixels computed at a time, so that floats are never held for a whole picture."""

_TILES_ACROSS = 6
_LEAST_TILE = 12
_TILE_SHADES = 6
"""The mosaic: tiles across the shorter side, pixels of a tile at least, levels (of 255) by which tiles differ."""

_LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601, as JPEG and Pillow weigh red, green and blue."""

_COLOUR_CHANNELS = {1: 1, 2: 1, 3: 3, 4: 3}
"""Of grey, grey with alpha, RGB, RGB with alpha."""


@dataclass(frozen=True, eq=False, slots=True)
class _Group:
    """Hidden pixels that hang together.

    Attributes:
        left: of the smallest box around them.
        top: likewise.
        inside: of the box's shape, True for the group's own pixels; read-only.
        thickness: in pixels, at the thickest place.
    """

    left: int
    top: int
    inside: NDArray[np.bool_]
    thickness: float

    @property
    def softness(self) -> float:
        """Radius of the blur in pixels."""
        return min(max(self.thickness * _SOFTNESS, _LEAST_SOFTNESS), _LARGEST_SOFTNESS)

    @property
    def cell(self) -> int:
        """Side in pixels of the cells that the fill is computed on."""
        return max(1, int(self.softness / _CELLS_PER_SOFTNESS))


@dataclass(frozen=True, eq=False, slots=True)
class _Fill:
    """A soft picture of the surroundings, one sample per cell.

    Attributes:
        samples: float32 array of shape (rows, columns, colours), in levels of the picture; read-only.
        cell: pixels that a sample stands for, in both directions.
        left: left edge of the first sample's cell in pixels of the picture.
        top: likewise.
    """

    samples: NDArray[np.float32]
    cell: int
    left: int
    top: int


def paint(
    pixels: NDArray[Any], mask: NDArray[np.bool_], style: Style, colour: Colour, cards: Sequence[Quad] = ()
) -> NDArray[Any]:
    """Return the picture with the masked pixels painted over, opaque; all others stay as they are.

    On a card they take the colour of its ground, elsewhere that of what surrounds them.

    Args:
        pixels: uint8 or uint16 array of shape (height, width, channels): grey, grey and alpha, RGB, or RGB and alpha.
            It is not changed.
        mask: array of shape (height, width), True where hidden.
        style: what hidden regions look like.
        colour: of `Style.SOLID`.
        cards: outlines of the cards.
    """
    result = pixels.copy()
    colours = _COLOUR_CHANNELS[pixels.shape[2]]
    if style is Style.SOLID:
        np.copyto(result[..., :colours], _levels(colour, colours, pixels.dtype), where=mask[..., None])
    else:
        write = _write_tiles if style is Style.MOSAIC else _write_blur
        rest, of_cards = mask.copy(), np.zeros_like(mask)
        for quad in cards:
            on_card = region_mask([quad], (mask.shape[1], mask.shape[0]), SINGLE_PIXELS)
            ground = ground_of(pixels, mask, quad, colours)
            for group in _groups(rest & on_card):
                write(result, group, _fill_of_ground(ground, group))
            rest &= ~on_card
            of_cards |= on_card
        for group in _groups(rest):
            # What lies beside a card is filled from there.
            write(result, group, _fill(pixels, mask | of_cards, group))
    if colours < pixels.shape[2]:
        np.copyto(result[..., colours], np.iinfo(pixels.dtype).max, where=mask)
    return result


def _levels(colour: Colour, colours: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an 8-bit colour as the picture's levels, as its luma where the picture is grey."""
    values = np.array(colour if colours == len(colour) else [np.dot(colour, _LUMA)])
    return np.rint(values * (np.iinfo(dtype).max / 255)).astype(dtype)


def _groups(mask: NDArray[np.bool_]) -> Iterator[_Group]:
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
    """Return soft colours for a group and its surroundings, from the pixels outside the mask only."""
    softness, cell = group.softness, group.cell
    context = int(max(_LEAST_CONTEXT, group.thickness))
    left, top = max(0, group.left - context), max(0, group.top - context)
    height, width = group.inside.shape
    box = (slice(top, group.top + height + context), slice(left, group.left + width + context))
    sums = _cell_sums(pixels[box], mask[box], cell)
    soft = cv2.GaussianBlur(sums, (0, 0), softness / cell, borderType=cv2.BORDER_REPLICATE)
    samples = filled_in(np.asarray(soft, dtype=np.float32), int(np.iinfo(pixels.dtype).max))
    samples.setflags(write=False)
    return _Fill(samples, cell, left, top)


def _fill_of_ground(ground: Ground, group: _Group) -> _Fill:
    """Return the ground of a card below a group."""
    height, width = group.inside.shape
    cell = group.cell
    room = _FILTER_REACH * cell
    left, top = group.left - room, group.top - room
    columns, rows = (-(-(side + 2 * room) // cell) for side in (width, height))
    x, y = (start + (np.arange(count) + 0.5) * cell for start, count in ((left, columns), (top, rows)))
    samples = ground.at(x, y)
    samples.setflags(write=False)
    return _Fill(samples, cell, left, top)


def _cell_sums(pixels: NDArray[Any], mask: NDArray[np.bool_], cell: int) -> NDArray[np.float32]:
    """Return for each cell the mean of its colours times their weight and, last, the mean weight.

    Hidden pixels, transparent ones and those beyond the picture weigh nothing.

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
        soft = _rounded(enlarged[offset : offset + y1 - y0, skipped : skipped + width], result.dtype)
        target = result[y0:y1, group.left : group.left + width, :colours]
        np.copyto(target, soft, where=group.inside[y0 - group.top : y1 - group.top, :, None])


def _write_tiles(result: NDArray[Any], group: _Group, fill: _Fill) -> None:
    height, width = group.inside.shape
    side = max(_LEAST_TILE, round(min(height, width) / _TILES_ACROSS))
    rows, columns = -(-height // side), -(-width // side)
    # The fill is softer than a tile is wide: its value in the middle is the mean.
    x = (group.left - fill.left + (np.arange(columns, dtype=np.float32) + 0.5) * side) / fill.cell - 0.5
    y = (group.top - fill.top + (np.arange(rows, dtype=np.float32) + 0.5) * side) / fill.cell - 0.5
    places = [np.ascontiguousarray(axis, dtype=np.float32) for axis in np.meshgrid(x, y)]
    means = cv2.remap(fill.samples, places[0], places[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shades = _shades(rows, columns)[..., None] * (np.iinfo(result.dtype).max / 255)
    tiles = _rounded(means.reshape(rows, columns, -1) + shades, result.dtype)
    for row in range(rows):
        inside = group.inside[row * side : (row + 1) * side, :, None]
        line = np.repeat(tiles[row : row + 1], side, axis=1)[:, :width]
        target = result[group.top + row * side :, group.left : group.left + width, : tiles.shape[2]]
        np.copyto(target[: len(inside)], line, where=inside)


def _shades(rows: int, columns: int) -> NDArray[np.int64]:
    """Return for each tile by how many levels of 255 it is lighter or darker; the same for all pictures."""
    row, column = np.arange(rows, dtype=np.uint32)[:, None], np.arange(columns, dtype=np.uint32)
    # Hash of the tile's index: golden ratio to tell rows apart, then the finaliser of MurmurHash3.
    mixed: NDArray[np.uint32] = row * np.uint32(0x9E3779B1) + column
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    levels: NDArray[np.int64] = mixed.astype(np.int64) % (2 * _TILE_SHADES + 1) - _TILE_SHADES
    return levels


def _rounded(levels: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    rounded: NDArray[Any] = np.clip(np.rint(levels), 0, np.iinfo(dtype).max).astype(dtype)
    return rounded
